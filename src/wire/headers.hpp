// The header fields of a reply, read line by line, and the values in them that we use (RFC 9110, RFC 8288).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::wire {

// What we keep of the head of a reply. Lines come in one by one; a status line begins anew (1xx replies come before the
// real one), the empty line ends it, and what follows it (trailers) is not looked at.
class Head {
 public:
  // `refused` over the budget of bytes, `malformed` for a status line that is none and for fields that contradict
  // themselves.
  Result<> add_line(std::string_view line);

  bool complete() const { return complete_; }
  int status = 0;
  std::string content_type, content_encoding, transfer_encoding, location, retry_after, rate_limit, date, link, etag,
      last_modified;
  std::optional<std::uint64_t> content_length;

 private:
  Result<> add_status(std::string_view line);
  std::uint64_t bytes_ = 0;
  bool complete_ = false;
};

// The three forms of RFC 9110, 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6
// 08:49:37 1994".
Result<Time> parse_http_date(std::string_view text);
std::string to_http_date(Time time);

// Retry-After: seconds, or a date counted from `now` (below it: zero). Nothing when it is neither. At most a year.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, Time now);
// RateLimit (draft-ietf-httpapi-ratelimit-headers): `"api";r=0;t=55` of a policy that is used up: its t, the longest of
// several.
std::optional<std::chrono::milliseconds> parse_rate_limit(std::string_view text);

struct MediaType {
  std::string type;     // "application/json"; "" when there is none
  std::string charset;  // "utf-8"; "" when not told
};
MediaType parse_media_type(std::string_view text);

struct Link {
  std::string target;             // as written between < and >
  std::vector<std::string> rels;  // lower case
  bool anchored = false;          // it speaks of another document
};
// Up to the first thing that is no link; at most 100.
std::vector<Link> parse_links(std::string_view text);
std::optional<std::string> next_target(std::string_view text);

bool is_header_name(std::string_view text);  // a token
bool is_header_value(
    std::string_view text);  // no control characters but the tab: nothing that could begin another line

}  // namespace tocsin::wire
