// The header fields of a reply, and each value in them that we read: within their budgets, and nothing kept that could
// begin another line.
#include "wire/headers.hpp"

#include <algorithm>

#include "../base/expect.hpp"
#include "base/text.hpp"

using namespace tocsin;
using namespace tocsin::wire;

namespace {
constexpr std::chrono::milliseconds kYear = std::chrono::hours(365 * 24);
constexpr Time kNow{1'774'958'400'000'000};

bool is_lower(std::string_view text) {
  return to_lower(text) == text;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  for (const auto& wait : {parse_retry_after(text, kNow), parse_rate_limit(text)})
    if (wait) TOCSIN_EXPECT(wait->count() >= 0 && *wait <= kYear);
  if (const auto time = parse_http_date(text)) {
    const auto again = parse_http_date(to_http_date(*time));
    TOCSIN_EXPECT(again && *again == *time);
  }
  const MediaType media = parse_media_type(text);
  TOCSIN_EXPECT(is_lower(media.type) && is_lower(media.charset));
  TOCSIN_EXPECT(media.type.empty() ? media.charset.empty()
                                   : std::count(media.type.begin(), media.type.end(), '/') == 1);
  const auto links = parse_links(text);
  TOCSIN_EXPECT(links.size() <= 100);
  for (const Link& link : links) {
    TOCSIN_EXPECT(text.find(link.target) != std::string_view::npos && link.target.find('>') == std::string::npos);
    TOCSIN_EXPECT(link.rels.size() <= 20);
  }
  if (const auto target = next_target(text)) TOCSIN_EXPECT(target->size() <= size);

  Head head;
  for (std::size_t at = 0; at < size;) {
    const std::size_t end = std::min(text.find('\n', at), size - 1) + 1;
    if (const auto added = head.add_line(text.substr(at, end - at)); !added) {
      TOCSIN_EXPECT(!added.error().what.empty() && is_utf8(added.error().what));
      break;
    }
    at = end;
  }
  TOCSIN_EXPECT(head.status == 0 || (head.status >= 100 && head.status <= 599));
  for (const std::string* field :
       {&head.etag, &head.last_modified, &head.location, &head.link, &head.content_type, &head.retry_after})
    TOCSIN_EXPECT(is_header_value(*field));
  return 0;
}
