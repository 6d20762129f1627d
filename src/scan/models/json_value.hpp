// A small JSON text as a value, as Python's json module reads it: NaN and Infinity are null, an integer beyond 64 bits is a
// double. base/json.hpp parses faster and stricter, with a library that comes as a shared one only: tocsin-scan is static.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

namespace tocsin::scan::models {

// `malformed`, `truncated` or `refused` (a limit, named), with the offset. A key given twice in one object is `malformed`:
// two readers would see two documents.
Result<Json> json_value(std::string_view text, const JsonLimits& limits);

}  // namespace tocsin::scan::models
