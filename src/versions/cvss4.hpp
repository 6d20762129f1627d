// The scoring of CVSS 4.0, apart from its metrics: private to cvss.cpp.
#pragma once

#include <array>
#include <cstdint>

namespace tocsin::versions::cvss4 {

// Severity levels of the metrics that count, 0 the worst, already with modified values and defaults put in.
enum Metric : std::uint8_t { AV, PR, UI, AC, AT, VC, VI, VA, SC, SI, SA, CR, IR, AR, E, kMetrics };
using Levels = std::array<std::int8_t, kMetrics>;
// AV: N A L P    PR: N L H    UI: N P A    AC: L H    AT: N P    VC VI VA: H L N (0 1 2)
// SC SI SA: S H L N (0 1 2 3; only SI and SA reach S)    CR IR AR: H M L    E: A P U

// The score in tenths.
int score(const Levels& levels);

}  // namespace tocsin::versions::cvss4
