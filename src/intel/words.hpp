// The closed vocabularies of the threat side: kind, layer, severity, marking, grade. Each has to_string and parse; the
// words are those of the JSON output (docs/json.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intel {

enum class Kind : std::uint8_t {
  technique,  // ATLAS technique, ATT&CK attack-pattern
  tactic,
  mitigation,
  case_study,
  risk_category,  // OWASP LLMnn
  vulnerability,
  malicious_package,
  research,
  incident,
  news,   // feed entries, incident reports
  actor,  // STIX intrusion-set, threat-actor
  campaign,
  malware,
  tool,
  indicator,
  report,
  other,  // listed STIX types with no better word
};
std::string_view to_string(Kind kind);  // "case-study", "malicious-package" …
std::optional<Kind> parse_kind(std::string_view word);
std::vector<std::string_view> kind_words();  // all of them, for help texts and option checks

enum class Layer : std::uint8_t { strategic, tactical, operational };
std::string_view to_string(Layer layer);
std::optional<Layer> parse_layer(std::string_view word);

// A set of layers.
class Layers {
 public:
  constexpr Layers() = default;
  constexpr Layers(Layer layer) : bits_(bit(layer)) {}
  constexpr Layers operator|(Layers other) const { return Layers(static_cast<std::uint8_t>(bits_ | other.bits_)); }
  constexpr bool has(Layer layer) const { return (bits_ & bit(layer)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint8_t bits() const { return bits_; }
  static constexpr Layers from_bits(std::uint8_t bits) { return Layers(static_cast<std::uint8_t>(bits & 7)); }
  bool operator==(const Layers&) const = default;
  std::vector<std::string_view> words() const;  // in the order strategic, tactical, operational

 private:
  static constexpr std::uint8_t bit(Layer layer) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(layer));
  }
  explicit constexpr Layers(std::uint8_t bits) : bits_(bits) {}
  std::uint8_t bits_ = 0;
};
constexpr Layers operator|(Layer a, Layer b) {
  return Layers(a) | Layers(b);
}

// Unknown is not low: it sorts between medium and high wherever things are ordered by urgency.
enum class Severity : std::uint8_t { unknown, none, low, medium, high, critical };
std::string_view to_string(Severity severity);
std::optional<Severity> parse_severity(
    std::string_view word);      // any case; also MODERATE (GitHub) and IMPORTANT (Red Hat)
int urgency(Severity severity);  // 0 none .. 5 critical, with unknown between medium and high

enum class Tlp : std::uint8_t { clear, green, amber, amber_strict, red };
std::string_view to_string(Tlp tlp);                  // "TLP:AMBER+STRICT"
std::optional<Tlp> parse_tlp(std::string_view word);  // with or without "TLP:", any case, WHITE = CLEAR

// Admiralty scale: A reliable … E unreliable, F cannot judge; 1 confirmed … 5 improbable, 6 cannot judge. F and 6 mean
// unknown, not bad.
struct Grade {
  char source = 'F';
  char item = '6';
  bool operator==(const Grade&) const = default;
};
std::string to_string(Grade grade);  // "B2"
std::optional<Grade> parse_grade(std::string_view text);

}  // namespace tocsin::intel
