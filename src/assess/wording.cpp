#include "assess/wording.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace tocsin::assess {
namespace {

constexpr std::string_view kVowels = "aeiouAEIOU";

// Those whose word is no plain noun; the others take an s or stay ("text", "audio").
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kModalities = {{
    {"tabular", "tables"},
    {"time-series", "time series"},
    {"point-cloud", "point clouds"},
    {"radio", "radio signals"},
    {"sensor", "sensor data"},
    {"interaction", "what users did"},
}};
constexpr std::array<std::string_view, 6> kCounted = {"image", "video", "graph", "label", "embedding", "action"};

// For comparing only: "Backdoor Attacks" and "backdoor-attack" say the same.
std::string plain(std::string_view words) {
  std::string out = replace_all(to_lower(trim(words)), "-", " ");
  if (out.ends_with('s')) out.pop_back();
  return out;
}

}  // namespace

std::string plural(std::string_view title) {
  if (title.empty() || title.ends_with('s')) return std::string(title);
  const bool consonant_y =
      title.size() > 1 && title.ends_with('y') && kVowels.find(title[title.size() - 2]) == std::string_view::npos;
  return consonant_y ? std::string(title.substr(0, title.size() - 1)) + "ies" : std::string(title) + "s";
}

std::string with_article(std::string_view title) {
  if (title.empty() || title.ends_with('s')) return std::string(title);
  return (kVowels.find(title.front()) == std::string_view::npos ? "a " : "an ") + std::string(title);
}

std::string spoken_modality(std::string_view modality) {
  for (const auto& [word, spoken] : kModalities)
    if (word == modality) return std::string(spoken);
  if (std::find(kCounted.begin(), kCounted.end(), modality) != kCounted.end()) return std::string(modality) + "s";
  return replace_all(modality, "-", " ");
}

std::string listed(std::span<const std::string> words, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
    out += words[i];
  }
  return out;
}

std::string with_evidence(std::string_view title, std::string_view evidence) {
  if (evidence.empty() || plain(evidence) == plain(title)) return std::string(title);
  return std::string(title) + " (\"" + std::string(evidence) + "\")";
}

}  // namespace tocsin::assess
