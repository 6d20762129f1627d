// URLs as strangers write them: what is shown holds no user and no query; what is parsed parses to itself; what is
// followed stays on the web.
#include "wire/url.hpp"

#include "../base/expect.hpp"
#include "base/text.hpp"

using namespace tocsin;
using namespace tocsin::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string shown = shown_url(text);
  TOCSIN_EXPECT(is_utf8(shown) && shown.size() < 2000);
  if (const auto query = shown.find('?'); query != std::string::npos)
    TOCSIN_EXPECT(shown.find('=', query) == std::string::npos);
  scheme_of(text);
  if (const auto path = path_of_file_url(text))
    TOCSIN_EXPECT(path->starts_with('/') && path->find('\0') == std::string::npos);

  static const auto home = parse_url("https://example.org/a/b?c");
  if (!home) return 0;  // no libcurl here
  for (const auto& url : {parse_url(text), follow(*home, text)}) {
    if (!url) {
      TOCSIN_EXPECT(!url.error().what.empty() && is_utf8(url.error().what));
      continue;
    }
    TOCSIN_EXPECT(url->scheme == "http" || url->scheme == "https");
    TOCSIN_EXPECT(!url->host.empty() && url->text.find('#') == std::string::npos);
    const auto again = parse_url(url->text);
    TOCSIN_EXPECT(again && again->host == url->host && again->port == url->port && again->text == url->text);
  }
  const auto next = follow(*home, text);
  if (next) TOCSIN_EXPECT(next->scheme == "https");
  return 0;
}
