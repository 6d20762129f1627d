// Passwords and tokens that people leave in URLs: taken out before anything is kept or shown.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::estate {

// The text without `user:password@` in its URLs, and with *** for the values of query parameters that are named like
// secrets (token=, X-Amz-Signature=, api_key=); so too in a URL that is percent-encoded in another (%3A%2F%2Fuser:p%40host).
// Takes time by the size of the text alone. A URL that goes on behind a backslash at the end of a line is one URL.
// Everything else is as it was.
std::string without_credentials(std::string_view text);

}  // namespace tocsin::estate
