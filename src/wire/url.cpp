// http and https are parsed by CURLU. file: is ours, since we open the file: a host that is empty or "localhost", a
// path, %XX.
#include "wire/url.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "wire/curl_library.hpp"

namespace tocsin::wire {
namespace {

constexpr std::size_t kMaxUrl = 16'384;  // servers answer 414 from 8 KiB on
constexpr std::size_t kMaxShown = 300;

class Handle {
 public:
  explicit Handle(const CurlLibrary& curl) : curl_(curl), handle_(curl.url()) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_.url_cleanup(handle_); }

  Result<> set(std::string_view text, unsigned flags) {
    if (handle_ == nullptr) return fail(Code::unavailable, "not enough memory for a URL");
    if (text.size() > kMaxUrl)
      return fail(Code::refused, fmt::format("a URL of {} bytes, the limit is {}", text.size(), kMaxUrl));
    if (text.find('\0') != std::string_view::npos) return fail(Code::malformed, "a zero byte in a URL");
    const CURLUcode code = curl_.url_set(handle_, CURLUPART_URL, std::string(text).c_str(), flags);
    if (code == CURLUE_UNSUPPORTED_SCHEME) return fail(Code::refused, "only http, https and file are fetched");
    if (code == CURLUE_OUT_OF_MEMORY) return fail(Code::unavailable, "not enough memory for a URL");
    if (code != CURLUE_OK)
      return fail(Code::malformed, fmt::format("not a URL: {}", to_lower(curl_.url_strerror(code))));
    return {};
  }
  void drop(CURLUPart part) { curl_.url_set(handle_, part, nullptr, 0); }
  std::string get(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_.url_get(handle_, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
    std::string out = text;
    curl_.free(text);
    return out;
  }

 private:
  const CurlLibrary& curl_;
  CURLU* handle_;
};

Failure at(Failure failure, std::string_view place) {
  return Failure(std::move(failure.value()).at(place));
}

Result<Url> read(Handle& handle, std::string_view given) {
  Url url;
  url.scheme = handle.get(CURLUPART_SCHEME);
  if (url.scheme != "http" && url.scheme != "https")
    return at(
        fail(Code::refused, fmt::format("only http, https and file are fetched, not '{}'", printable(url.scheme, 20))),
        shown_url(given));
  if (!handle.get(CURLUPART_USER).empty() || !handle.get(CURLUPART_PASSWORD).empty() ||
      !handle.get(CURLUPART_OPTIONS).empty())
    return at(fail(Code::refused, "a user or password in a URL"), shown_url(given));
  // An empty user ("https://@host/") is nobody's URL either.
  handle.drop(CURLUPART_USER);
  handle.drop(CURLUPART_PASSWORD);
  handle.drop(CURLUPART_FRAGMENT);
  url.host = to_lower(handle.get(CURLUPART_HOST));
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  url.port = handle.get(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  url.text = handle.get(CURLUPART_URL);
  if (url.host.empty() || url.text.empty()) return at(fail(Code::malformed, "not a URL: no host"), shown_url(given));
  const std::string_view plain = std::string_view(url.text).substr(0, url.text.find('?'));
  url.shown = printable(plain, kMaxShown) + (plain.size() < url.text.size() ? "?…" : "");
  return url;
}

bool is_scheme_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  auto curl = curl_library();
  if (!curl) return at(Failure(curl.error()), shown_url(text));
  Handle handle(**curl);
  if (auto set = handle.set(trim(text), 0); !set) return at(Failure(std::move(set).error()), shown_url(text));
  return read(handle, text);
}

Result<Url> follow(const Url& from, std::string_view reference) {
  auto curl = curl_library();
  if (!curl) return at(Failure(curl.error()), from.shown);
  Handle handle(**curl);
  if (auto set = handle.set(from.text, 0); !set) return at(Failure(std::move(set).error()), from.shown);
  // Blanks and bytes beyond ASCII are common in Location; curl encodes them when it follows redirects itself, too.
  if (auto set = handle.set(trim(reference), CURLU_URLENCODE | CURLU_ALLOW_SPACE); !set)
    return at(Failure(std::move(set).error()), shown_url(reference));
  TOCSIN_TRY(Url url, read(handle, reference));
  if (from.scheme == "https" && url.scheme == "http")
    return at(fail(Code::refused, "leads from https to http"), url.shown);
  return url;
}

std::string scheme_of(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_scheme_char(text[end])) ++end;
  if (end == 0 || end == text.size() || text[end] != ':') return {};
  const std::string scheme = to_lower(text.substr(0, end));
  return scheme == "file" || text.substr(end).starts_with("://") ? scheme : std::string();
}

Result<std::string> path_of_file_url(std::string_view text) {
  if (scheme_of(text) != "file") return fail(Code::malformed, "not a file: URL");
  std::string_view rest = text.substr(5);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (!host.empty() && to_lower(host) != "localhost") return fail(Code::refused, "a file: URL with a host");
    rest.remove_prefix(host.size());
  }
  rest = rest.substr(0, rest.find_first_of("?#"));
  if (!rest.starts_with('/')) return fail(Code::malformed, "a file: URL needs a full path: file:///…");
  std::string path;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    char c = rest[i];
    if (c == '%') {
      const int high = i + 2 < rest.size() ? hex_digit(rest[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(rest[i + 2]) : -1;
      if (low < 0) return fail(Code::malformed, "a % that is not followed by two hexadecimal digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return fail(Code::malformed, "a zero byte in a path");
    path += c;
  }
  return path;
}

std::string shown_url(std::string_view text) {
  const auto slashes = text.find("//");
  const std::size_t begin = slashes > text.find_first_of("?#") || slashes == std::string_view::npos ? 0 : slashes + 2;
  std::string shown(text.substr(0, begin));
  std::string_view rest = text.substr(begin);
  const auto query = rest.find_first_of("?#");
  // Nobody has parsed this text yet: whatever stands before an @ may be a password, one with slashes and question marks
  // too.
  if (const auto user = rest.rfind('@'); user != std::string_view::npos) {
    shown += "…";
    rest = query < user ? std::string_view{} : rest.substr(user);
  }
  shown += rest.substr(0, rest.find_first_of("?#"));
  if (query != std::string_view::npos) shown += "?…";
  return printable(shown, kMaxShown);
}

}  // namespace tocsin::wire
