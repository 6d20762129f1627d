// XML bytes of whatever encoding to clean UTF-8 text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::collect {

struct Decoded {
  std::string text;                // valid UTF-8 without NUL and without a byte order mark
  std::vector<std::string> notes;  // what had to be guessed or repaired
};

// By byte order mark, else by the shape of the first bytes (UTF-16 and UTF-32 without a mark), else by the XML
// declaration, else UTF-8. A declaration that is contradicted by the bytes is overruled with a note: text that says
// Latin-1 and is valid UTF-8 beyond ASCII is UTF-8; bytes that are not valid UTF-8 in text that should be are taken as
// windows-1252, one by one. `charset` is what the transport says (Content-Type), "" for nothing: servers give one for
// all their files, so that it counts only where the document says nothing itself and is not UTF-8. Never fails for lack
// of a converter: what cannot be converted is read as UTF-8 with that repair. `refused` above 256 MiB.
Result<Decoded> decode_xml(std::string_view bytes, std::string_view charset = "");

}  // namespace tocsin::collect
