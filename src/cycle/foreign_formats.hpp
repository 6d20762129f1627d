// Formats of the field that people may hand to `import` and that this version does not read: told by their names, since
// "no STIX in it" does not help anybody.
#pragma once

#include <string_view>

namespace tocsin::cycle {

// "a CVE record (CVE JSON 5)"; "" when nothing speaks for a format that is known here. A guess from the beginning of the
// document, for messages only.
std::string_view looks_like(std::string_view bytes);

}  // namespace tocsin::cycle
