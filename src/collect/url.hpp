// Relative references of feeds (`xml:base`), by RFC 3986.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::collect {

// Resolves `reference` against `base` (section 5.2). A reference with a scheme of its own stays as it is, so does any
// reference when `base` is no absolute URL with a host.
std::string resolve_url(std::string_view base, std::string_view reference);
// "incidentdatabase.ai" of "https://incidentdatabase.ai/cite/10", lower case, without port and user; "" when there is
// none.
std::string host_of(std::string_view url);
bool has_scheme(std::string_view text);  // "https:", "tag:", "urn:" …

}  // namespace tocsin::collect
