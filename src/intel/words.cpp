// The closed vocabularies: one table each, read both ways.
#include "intel/words.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "base/vocabulary.hpp"

namespace tocsin::intel {
namespace {

constexpr std::array kKinds{
    Word{Kind::technique, "technique"},
    Word{Kind::tactic, "tactic"},
    Word{Kind::mitigation, "mitigation"},
    Word{Kind::case_study, "case-study"},
    Word{Kind::risk_category, "risk-category"},
    Word{Kind::vulnerability, "vulnerability"},
    Word{Kind::malicious_package, "malicious-package"},
    Word{Kind::research, "research"},
    Word{Kind::incident, "incident"},
    Word{Kind::news, "news"},
    Word{Kind::actor, "actor"},
    Word{Kind::campaign, "campaign"},
    Word{Kind::malware, "malware"},
    Word{Kind::tool, "tool"},
    Word{Kind::indicator, "indicator"},
    Word{Kind::report, "report"},
    Word{Kind::other, "other"},
};

constexpr std::array kLayers{
    Word{Layer::strategic, "strategic"},
    Word{Layer::tactical, "tactical"},
    Word{Layer::operational, "operational"},
};

// The word to print comes before other spellings of the same value.
constexpr std::array kSeverities{
    Word{Severity::unknown, "unknown"}, Word{Severity::none, "none"},      Word{Severity::low, "low"},
    Word{Severity::medium, "medium"},   Word{Severity::high, "high"},      Word{Severity::critical, "critical"},
    Word{Severity::medium, "moderate"}, Word{Severity::high, "important"},
};

constexpr std::array kTlps{
    Word{Tlp::clear, "TLP:CLEAR"}, Word{Tlp::green, "TLP:GREEN"},
    Word{Tlp::amber, "TLP:AMBER"}, Word{Tlp::amber_strict, "TLP:AMBER+STRICT"},
    Word{Tlp::red, "TLP:RED"},     Word{Tlp::clear, "TLP:WHITE"},
};

}  // namespace

std::string_view to_string(Kind kind) {
  return word_of(kKinds, kind);
}
std::optional<Kind> parse_kind(std::string_view word) {
  return value_of<Kind>(kKinds, word);
}
std::vector<std::string_view> kind_words() {
  std::vector<std::string_view> words;
  for (const auto& entry : kKinds) words.push_back(entry.word);
  return words;
}

std::string_view to_string(Layer layer) {
  return word_of(kLayers, layer);
}
std::optional<Layer> parse_layer(std::string_view word) {
  return value_of<Layer>(kLayers, word);
}

std::vector<std::string_view> Layers::words() const {
  std::vector<std::string_view> words;
  for (const auto& entry : kLayers)
    if (has(entry.value)) words.push_back(entry.word);
  return words;
}

std::string_view to_string(Severity severity) {
  return word_of(kSeverities, severity);
}
std::optional<Severity> parse_severity(std::string_view word) {
  return value_of<Severity>(kSeverities, to_lower(trim(word)));
}

int urgency(Severity severity) {
  switch (severity) {
    case Severity::none:
      return 0;
    case Severity::low:
      return 1;
    case Severity::medium:
      return 2;
    case Severity::unknown:
      return 3;
    case Severity::high:
      return 4;
    case Severity::critical:
      return 5;
  }
  return 3;
}

std::string_view to_string(Tlp tlp) {
  return word_of(kTlps, tlp);
}
std::optional<Tlp> parse_tlp(std::string_view word) {
  std::string lower = to_lower(trim(word));
  if (lower.starts_with("tlp:")) lower.erase(0, 4);
  for (const auto& entry : kTlps)
    if (to_lower(entry.word.substr(4)) == lower) return entry.value;
  return std::nullopt;
}

std::string to_string(Grade grade) {
  return {grade.source, grade.item};
}
std::optional<Grade> parse_grade(std::string_view text) {
  text = trim(text);
  if (text.size() != 2) return std::nullopt;
  char source = text[0];
  if (source >= 'a' && source <= 'f') source = static_cast<char>(source - 'a' + 'A');
  if (source < 'A' || source > 'F' || text[1] < '1' || text[1] > '6') return std::nullopt;
  return Grade{source, text[1]};
}

}  // namespace tocsin::intel
