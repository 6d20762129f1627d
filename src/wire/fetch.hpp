// One door for bytes from outside: http(s), file: and plain paths, with conditional requests, pace, caps and an address
// guard.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::wire {

// What was kept of the last reply, sent back so that an unchanged document costs one round trip.
struct Validators {
  std::string etag;
  std::string last_modified;
  bool empty() const { return etag.empty() && last_modified.empty(); }
};

struct Request {
  std::string url;  // http:// https:// file:// or a path
  Validators validators;
  // Extra ones, such as Accept or Content-Type. After a redirect to another origin only Accept and Accept-Language are
  // sent again: the others may hold a key. Those that the door itself writes (Host, User-Agent, Accept-Encoding …) are
  // `refused`.
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> body;  // POST when set
};

// How a source is to be treated. Defaults are for a stranger on the internet.
struct Policy {
  bool internal = false;                 // private, loopback and link-local addresses are allowed, and no proxy is used
  std::chrono::milliseconds pace{1000};  // minimum delay between the end of a request to a host and the next one
  std::chrono::milliseconds connect_timeout{15'000};
  std::chrono::milliseconds total_timeout{
      300'000};  // all transfers of one fetch together, without the waits between them
  std::chrono::milliseconds stall_timeout{60'000};  // in each such span at least `min_rate` bytes a second must arrive
  std::uint64_t min_rate = 128;                     // bytes a second; a modem brings 3,000
  std::uint64_t max_bytes = 512u << 20;             // after decompression
  std::uint32_t max_ratio = 200;                    // decompressed to compressed, judged above 1 MiB
  int max_redirects = 5;
  int retries = 2;  // on 429/503 and connection failures, after Retry-After or a growing delay
  std::chrono::milliseconds max_wait{120'000};  // a longer Retry-After is `unavailable` with the time in the message
};

struct Reply {
  int status = 200;
  bool not_modified = false;  // 304, or the file has the same validators
  std::string url;            // where it really came from, after redirects; no fragment
  std::string media_type;     // "application/json", lower case, no parameters; "" when unknown
  std::string charset;        // lower case; "" when not told
  Validators validators;  // of a file: the SHA-256 of its bytes, so that touching it or copying it over changes nothing
  std::optional<Time> server_date;
  std::string next_link;  // Link: <…>; rel="next", resolved; only one that stays on the host and is not less safe
  std::string body;       // decompressed (Content-Encoding); archives stay archives
};

class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // Replies with a status of 200..299 or 304. Others, time-outs, cut bodies and refused addresses are errors:
  // `unavailable` (worth another try), `refused` (address, cap, redirect, scheme), `truncated` (half a body),
  // `malformed`. The message names host and reason. An HTTP error reply that has a body worth reading (arXiv's error
  // feed) is in Error::what only as its status. A URL with a user or password in it is `refused` and not repeated in
  // the message; nor are query strings.
  virtual Result<Reply> fetch(const Request& request, const Policy& policy) = 0;
};

struct Identity {
  std::string user_agent;  // "tocsin/0.1 (+mailto:…)": sources ask for a contact
  // The proxy for http and https: "" (none, whatever the environment says), "http://…", "https://…" or
  // "socks5h://host:port", or the word "environment": https_proxy, http_proxy, all_proxy and no_proxy then count
  // (docs/wire.md). A proxy resolves names itself, so that behind one the address guard sees only addresses that are
  // written in a URL.
  std::string proxy;
};
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  virtual void sleep(std::chrono::milliseconds d) = 0;
};
Sleeper& real_sleep();
// The real one. Not thread-safe; one per collecting thread. Waits through `sleeper`, so a test can turn the clock.
// Holds on to `clock` and `sleeper`, which must outlive it. Keeps connections, and remembers when it last spoke to each
// host. The first http(s) request loads libcurl (docs/decisions/0002-libcurl-on-use.md); without it the request is
// `unavailable`, files are read all the same.
std::unique_ptr<Fetcher> make_fetcher(Identity identity, const Clock& clock, Sleeper& sleeper);

}  // namespace tocsin::wire
