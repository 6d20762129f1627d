// A URL's authority ends at the first '/', '?', '#' or blank (RFC 3986, section 3.2); what stands before its last '@'
// is user information. Query parameters are judged by their names alone: values of secrets have no shape of their own.
// A URL may be the value of a parameter of another one, as it stands or percent-encoded (download_url= of a package URL).
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

// One character, or three bytes "%3A" that stand for one.
struct Unit {
  char value = '\0';
  std::size_t bytes = 1;
};
Unit unit_at(std::string_view text, std::size_t at) {
  const auto digit = [&](std::size_t i) {
    const char c = text[i];
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  if (text[at] != '%' || text.size() - at < 3 || digit(at + 1) < 0 || digit(at + 2) < 0) return {text[at], 1};
  return {static_cast<char>(digit(at + 1) * 16 + digit(at + 2)), 3};
}

// Bytes of "://" at `at`, whichever of the three are encoded; 0 when it is not there.
std::size_t scheme_end_at(std::string_view text, std::size_t at) {
  std::size_t bytes = 0;
  for (const char wanted : {':', '/', '/'}) {
    if (at + bytes >= text.size()) return 0;
    const Unit unit = unit_at(text, at + bytes);
    if (unit.value != wanted) return 0;
    bytes += unit.bytes;
  }
  return bytes;
}

}  // namespace

std::string without_credentials(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_url = false, in_query = false;
  bool encoded = false;  // the URL is the value of a parameter: its own signs are encoded
  std::size_t name_begin = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    if (!in_url) {  // most of a lockfile
      std::size_t next = at;
      while (next < text.size() && text[next] != ':' && text[next] != '%') ++next;
      out.append(text.substr(at, next - at));
      at = next;
      if (at == text.size()) break;
    }
    const char raw = text[at];
    if (const std::size_t bytes = raw == ':' || raw == '%' ? scheme_end_at(text, at) : 0) {
      encoded = encoded || bytes != 3;
      in_url = true;
      out.append(text.substr(at, bytes));
      at += bytes;
      // The authority: skip to its end, remember the last '@'. No host has an encoded one.
      std::size_t host = at;
      while (at < text.size()) {
        if (const std::size_t joined = continuation_at(text, at)) {
          at += joined;
          continue;
        }
        const Unit unit = unit_at(text, at);
        const char c = encoded ? unit.value : text[at];
        if (ends_url(text[at]) || c == '/' || c == '?' || c == '#' || (text[at] == '&' && (encoded || in_query))) break;
        at += encoded || unit.value == '@' ? unit.bytes : 1;
        if (unit.value == '@') host = at;
      }
      out.append(text.substr(host, at - host));
      name_begin = at;
      continue;
    }
    if (ends_url(raw)) in_url = in_query = encoded = false;
    const Unit unit = encoded ? unit_at(text, at) : Unit{raw, 1};
    const std::size_t sign = at;
    out.append(text.substr(at, unit.bytes));
    at += unit.bytes;
    if (!in_url) continue;
    // The rest of the URL: only values of the query are touched.
    const char c = unit.value;
    if (c == '?' || c == '&' || c == '#') {
      in_query = c != '#' && (in_query || encoded || c == '?');
      name_begin = at;
    }
    if (!in_query || c != '=') continue;
    const std::string_view name = text.substr(name_begin, sign - name_begin);
    name_begin = at;  // each byte is looked at once, however many '=' a parameter has
    if (!is_secret_name(name)) continue;
    while (at < text.size()) {
      if (const std::size_t joined = continuation_at(text, at)) {
        at += joined;
        continue;
      }
      const Unit part = encoded ? unit_at(text, at) : Unit{text[at], 1};
      if (ends_url(text[at]) || part.value == '&' || part.value == '#') break;
      at += part.bytes;
    }
    out.append(kMask);
  }
  return out;
}

}  // namespace tocsin::estate
