// Texts, links and dates of a feed entry, whatever dialect it is written in.
#pragma once

#include <string>
#include <string_view>

#include "collect/xml.hpp"

namespace tocsin::collect {

// The plain text of a text construct. `html_by_default` for RSS, where markup in a title or description is HTML without
// saying so; Atom says what it is by `type` and `mode` (RFC 4287 3.1; Atom 0.3 also has base64).
std::string plain_text(const Element& element, bool html_by_default);
// The value before HTML is taken away: what ids and links are.
std::string value_of(const Element& element);

}  // namespace tocsin::collect
