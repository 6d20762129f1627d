// Findings and reports as JSON (docs/json.md), for every form that is made of it.
#pragma once

#include "base/json.hpp"
#include "scan/reports.hpp"

namespace tocsin::scan {

// `run`: whose suppressions they name.
Json as_json(const Finding& finding, const Run& run);
Json as_json(const Report& report, const Run& run);

}  // namespace tocsin::scan
