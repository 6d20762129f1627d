// URLs of the web as the library that fetches them reads them: parser and fetcher are the same, so that no gap lies
// between check and use.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::wire {

struct Url {
  std::string text;    // normal form, no fragment
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case, no brackets; numeric forms of IPv4 are dotted
  std::string port;
  std::string shown;  // for messages: printable, without the query, which may hold a key
  bool same_origin(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// `refused` for other schemes and for a user or password in the URL (which the message does not repeat), `malformed`
// for what is no URL, `unavailable` when libcurl is not there.
Result<Url> parse_url(std::string_view text);
// A redirect or a link, against the URL it came from. Also `refused`: from https to http.
Result<Url> follow(const Url& from, std::string_view reference);

// "ftp" of "ftp://…", lower case; "" when the text is a path. "file:" needs no slashes.
std::string scheme_of(std::string_view text);
// The path that file:///a%20b, file://localhost/a or file:/a names.
Result<std::string> path_of_file_url(std::string_view text);
// Any text given as a URL, for a message: printable, without user, password and query.
std::string shown_url(std::string_view text);

}  // namespace tocsin::wire
