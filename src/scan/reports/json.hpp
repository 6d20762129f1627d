// Findings and reports as JSON (docs/json.md), for every form that is made of it.
#pragma once

#include "base/json.hpp"
#include "scan/finding.hpp"

namespace tocsin::scan {

Json as_json(const Finding& finding);
Json as_json(const Report& report);

}  // namespace tocsin::scan
