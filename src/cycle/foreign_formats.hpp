// Formats of the field that people may hand to `import` and that it does not read: told by their names, with what to do
// instead where there is something, since "no STIX in it" does not help anybody.
#pragma once

#include <string_view>

namespace tocsin::cycle {

struct Looks {
  std::string_view title;  // "a CVE record (CVE JSON 5)"; "" when nothing speaks for a format that is known here
  std::string_view next;   // what reads it: "`tocsin scan models` looks into it"; "" = nothing of ours
};
// A guess from the file's name and the beginning of its bytes, for messages only.
Looks looks_like(std::string_view file, std::string_view bytes);

}  // namespace tocsin::cycle
