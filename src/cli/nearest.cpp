#include "cli/nearest.hpp"

#include <algorithm>

#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t kMostChanges = 3;  // further away is no typing mistake
constexpr std::size_t kMostMeant = 3;
constexpr std::size_t kMostListed = 10;
constexpr std::size_t kMostCompared = 200;  // bytes of a word: the table of distances is square

// Distance of two words by insertions, deletions and changes.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t before = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t keep = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, before + (a[i - 1] == b[j - 1] ? 0 : 1)});
      before = keep;
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  const std::string typed = to_lower(word.substr(0, kMostCompared));
  std::vector<std::pair<std::size_t, std::string>> found;
  if (typed.empty()) return {};
  for (const std::string& candidate : candidates) {
    const std::string other = to_lower(candidate.substr(0, kMostCompared));
    const std::size_t changes = distance(typed, other);
    const std::size_t most = std::min(kMostChanges, std::max<std::size_t>(1, std::min(typed.size(), other.size()) / 2));
    if (changes <= most || (typed.size() > 2 && other.starts_with(typed))) found.emplace_back(changes, candidate);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (auto& [changes, candidate] : found)
    if (out.size() < kMostMeant && std::find(out.begin(), out.end(), candidate) == out.end())
      out.push_back(std::move(candidate));
  return out;
}

std::string meant(std::string_view word, std::span<const std::string> candidates) {
  const std::vector<std::string> near = nearest(word, candidates);
  std::string out;
  for (std::size_t i = 0; i < near.size(); ++i)
    out += (i == 0 ? "; did you mean " : i + 1 == near.size() ? " or " : ", ") + printable(near[i], 100);
  if (!out.empty()) return out + "?";
  for (std::size_t i = 0; i < candidates.size() && i < kMostListed; ++i)
    out += (i == 0 ? "; there are: " : ", ") + printable(candidates[i], 100);
  if (candidates.size() > kMostListed) out += " and " + std::to_string(candidates.size() - kMostListed) + " more";
  return out;
}

}  // namespace tocsin::cli
