// CVSS vectors of versions 2, 3.0, 3.1 and 4.0, and their scores.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::versions {

enum class CvssVersion : std::uint8_t { v2, v3_0, v3_1, v4_0 };
std::string_view to_string(CvssVersion version);  // "2.0", "3.0", "3.1", "4.0"

// A score in tenths, 0..100: what the standards round to, and exact.
class CvssScore {
 public:
  constexpr CvssScore() = default;
  constexpr explicit CvssScore(int tenths) : tenths_(static_cast<std::uint8_t>(tenths)) {}
  constexpr int tenths() const { return tenths_; }
  constexpr double value() const { return tenths_ / 10.0; }
  std::string text() const;  // "9.8", "10.0"
  constexpr auto operator<=>(const CvssScore&) const = default;

 private:
  std::uint8_t tenths_ = 0;
};

// `unknown` is for advisories without a score; it sorts above low so that it is never taken for harmless by accident.
enum class Severity : std::uint8_t { none, low, unknown, medium, high, critical };
std::string_view to_string(Severity severity);
// The qualitative scale of versions 3 and 4; version 2 has low, medium and high only (as NVD prints it).
Severity severity_of(CvssScore score, CvssVersion version = CvssVersion::v3_1);
// The words other databases use: GitHub's MODERATE is medium, IMPORTANT is high; any case. `unknown` for others.
Severity severity_from_word(std::string_view word);

struct Cvss {
  CvssVersion version = CvssVersion::v3_1;
  CvssScore base;      // the base metrics alone
  CvssScore temporal;  // versions 2 and 3: base and temporal (exploit, fix, confidence); version 4: base and threat
  CvssScore environmental;         // everything; version 4: the whole vector
  bool has_temporal = false;       // the vector sets at least one such metric (not X or ND)
  bool has_environmental = false;  // the same
  // The score of everything that the vector says: environmental, temporal or base, whichever it reaches.
  CvssScore overall() const;
  Severity severity() const { return severity_of(overall(), version); }
};

// "CVSS:3.1/AV:N/...", "CVSS:4.0/...", and version 2 without prefix ("AV:N/AC:L/Au:N/C:P/I:P/A:P", parentheses
// allowed). `malformed` for an unknown, repeated or missing metric or value. Metrics may stand in any order.
Result<Cvss> parse_cvss(std::string_view vector);

}  // namespace tocsin::versions
