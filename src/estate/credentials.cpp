// A URL's authority ends at the first '/', '?', '#' or blank (RFC 3986, section 3.2); what stands before its last '@'
// is user information. Query parameters are judged by their names alone: values of secrets have no shape of their own.
#include "estate/credentials.hpp"

#include <array>
#include <cstddef>

#include "base/text.hpp"

namespace tocsin::estate {
namespace {

constexpr std::string_view kMask = "***";
// Parts of parameter names that carry secrets: OAuth, S3 and GCS signed URLs, Azure SAS (sig), package indexes.
constexpr std::array<std::string_view, 10> kSecretNames = {"token",   "secret",  "passw", "pwd",  "apikey",
                                                           "api_key", "api-key", "sig",   "auth", "credential"};

bool is_secret_name(std::string_view name) {
  const std::string lower = to_lower(name);
  for (std::string_view part : kSecretNames)
    if (lower.find(part) != std::string::npos) return true;
  return lower == "key";
}

// Whether a URL (in a line, a YAML value, a quoted option) cannot go on with this byte.
bool ends_url(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f || c == '"' || c == '\'' || c == '<' || c == '>' || c == '`';
}

// Bytes of a line continuation at `at`: 2 for "\\\n", 3 for "\\\r\n", else 0.
std::size_t continuation_at(std::string_view text, std::size_t at) {
  if (text[at] != '\\') return 0;
  if (text.substr(at + 1, 1) == "\n") return 2;
  return text.substr(at + 1, 2) == "\r\n" ? 3 : 0;
}

}  // namespace

std::string without_credentials(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  for (;;) {
    const std::size_t scheme = text.find("://", at);
    if (scheme == std::string_view::npos) break;
    const std::size_t authority = scheme + 3;
    out.append(text.substr(at, authority - at));
    // The authority: skip to its end, remember the last '@'.
    std::size_t end = authority, host = authority;
    while (end < text.size()) {
      if (const std::size_t joined = continuation_at(text, end)) {
        end += joined;
        continue;
      }
      const char c = text[end];
      if (ends_url(c) || c == '/' || c == '?' || c == '#') break;
      ++end;
      if (c == '@') host = end;
    }
    out.append(text.substr(host, end - host));
    at = end;
    // The rest of the URL: only values of the query are touched.
    bool in_query = false;
    std::size_t name_begin = at;
    while (at < text.size() && !ends_url(text[at])) {
      const char c = text[at];
      if (c == '?' || c == '&' || c == '#') {
        in_query = c != '#' && (in_query || c == '?');
        name_begin = at + 1;
      }
      out += c;
      ++at;
      if (in_query && c == '=' && is_secret_name(text.substr(name_begin, at - 1 - name_begin))) {
        while (at < text.size()) {
          if (const std::size_t joined = continuation_at(text, at)) {
            at += joined;
            continue;
          }
          if (ends_url(text[at]) || text[at] == '&' || text[at] == '#') break;
          ++at;
        }
        out.append(kMask);
      }
    }
  }
  out.append(text.substr(at));
  return out;
}

}  // namespace tocsin::estate
