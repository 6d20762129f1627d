// What a request becomes: a file is read; a URL goes through a loop whose every turn is one transfer to one host.
// Before each turn the host is judged and its pace kept; after it the answer is taken, followed (redirect), waited for
// (429, 503, no connection) or given up. Redirects are followed here and not by curl, so that each hop passes the same
// checks as the first.
#include "wire/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "wire/file_door.hpp"
#include "wire/headers.hpp"
#include "wire/http.hpp"
#include "wire/proxy.hpp"
#include "wire/transfer.hpp"
#include "wire/url.hpp"

namespace tocsin::wire {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstDelay{1000};  // before the second try when nobody said how long; doubles
constexpr std::size_t kMaxHosts = 10'000;  // whose pace is remembered: more than a run has sources, redirects included
constexpr std::size_t kMaxHeaders = 50;
constexpr std::size_t kMaxHeaderValue = 8192;

// How long to leave a host alone.
struct HostPace {
  Time since;            // the end of the last request
  milliseconds hold{0};  // asked for by the host (Retry-After), or after a failure
};

milliseconds left_of(milliseconds wait, Time since, Time now) {
  // A clock that was set back must not make the wait longer than it was.
  const auto gone = std::max(std::chrono::duration_cast<milliseconds>(now - since), milliseconds(0));
  return std::max(wait - gone, milliseconds(0));
}

std::string in_seconds(milliseconds d) {
  return d.count() % 1000 == 0 ? fmt::format("{} s", d.count() / 1000)
                               : fmt::format("{:.1f} s", static_cast<double>(d.count()) / 1000.0);
}

std::string_view reason(int status) {
  switch (status) {
    case 400:
      return " (bad request)";
    case 401:
      return " (not authorised)";
    case 403:
      return " (forbidden)";
    case 404:
      return " (not found)";
    case 410:
      return " (gone)";
    case 429:
      return " (too many requests)";
    case 500:
      return " (server error)";
    case 502:
      return " (bad gateway)";
    case 503:
      return " (out of service)";
    case 504:
      return " (gateway timeout)";
    default:
      return "";
  }
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Fields that the door writes itself, or that would let a caller undo what it checks.
bool is_ours(const std::string& name) {
  constexpr std::array<std::string_view, 15> kOurs = {
      "accept-encoding",   "connection", "content-length",      "expect",           "host", "if-modified-since",
      "if-none-match",     "keep-alive", "proxy-authorization", "proxy-connection", "te",   "trailer",
      "transfer-encoding", "upgrade",    "user-agent"};
  return std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
}

Result<> check_headers(const Request& request) {
  if (request.headers.size() > kMaxHeaders)
    return fail(Code::refused, fmt::format("more than {} request headers", kMaxHeaders));
  for (const auto& [name, value] : request.headers) {
    if (!is_header_name(name))
      return fail(Code::refused, fmt::format("'{}' is no name of a header", printable(name, 60)));
    if (is_ours(to_lower(name)))
      return fail(Code::refused, fmt::format("the header {} is written by tocsin", printable(name, 60)));
    // Not the value itself: it may be a key.
    if (!is_header_value(value) || value.size() > kMaxHeaderValue)
      return fail(Code::refused,
                  fmt::format("the value of the header {} has control characters or is too long", printable(name, 60)));
  }
  return {};
}

std::vector<std::string> header_lines(const Request& request, bool at_home, bool with_body) {
  std::vector<std::string> lines = {"Accept-Encoding: gzip, zstd, deflate"};
  bool typed = false;
  for (const auto& [name, value] : request.headers) {
    const std::string word = to_lower(name);
    if (!at_home && word != "accept" && word != "accept-language") continue;
    if (word == "content-type") typed = true;
    lines.push_back(trim(value).empty() ? name + ";"
                                        : name + ": " + std::string(trim(value)));  // "name;" is curl's word for empty
  }
  if (with_body) {
    lines.emplace_back("Expect:");
    if (!typed) lines.emplace_back("Content-Type:");  // not curl's guess
  } else {
    const Validators& known = request.validators;
    if (!known.etag.empty() && is_header_value(known.etag)) lines.push_back("If-None-Match: " + known.etag);
    if (!known.last_modified.empty() && is_header_value(known.last_modified))
      lines.push_back("If-Modified-Since: " + known.last_modified);
  }
  return lines;
}

class RealFetcher final : public Fetcher {
 public:
  RealFetcher(Identity identity, const Clock& clock, Sleeper& sleeper, Judge judge)
      : identity_(std::move(identity)), clock_(clock), sleeper_(sleeper), judge_(judge), wire_(std::move(judge)) {}

  Result<Reply> fetch(const Request& request, const Policy& policy) override {
    const std::string scheme = scheme_of(trim(request.url));
    if (scheme.empty() || scheme == "file") {
      if (request.body) return failed(fail(Code::refused, "a file takes no POST"), printable(request.url));
      if (scheme.empty()) return fetch_file(request.url, request.url, request.validators, policy);
      auto path = path_of_file_url(trim(request.url));
      if (!path) return failed(Failure(std::move(path).error()), shown_url(request.url));
      return fetch_file(*path, request.url, request.validators, policy);
    }
    if (auto checked = check_headers(request); !checked)
      return failed(Failure(std::move(checked).error()), shown_url(request.url));
    if (!is_header_value(identity_.user_agent))
      return fail(Code::refused, "the User-Agent has control characters: look at `contact`");
    TOCSIN_TRY(const Url url, parse_url(request.url));
    return fetch_web(request, policy, url);
  }

 private:
  static Failure failed(Failure failure, std::string_view place) {
    return Failure(std::move(failure.value()).at(place));
  }

  Result<Reply> fetch_web(const Request& request, const Policy& policy, const Url& first) {
    Url url = first;
    bool with_body = request.body.has_value();
    int redirects = 0;
    int tries = 0;           // that came to nothing
    milliseconds waited{0};  // because a host asked to, or did not answer
    milliseconds transferred{0};
    std::set<std::pair<std::string, bool>> visited = {{url.text, with_body}};

    for (;;) {
      TOCSIN_TRY(const std::string proxy, gate(url, policy));
      if (auto kept = keep_pace(url.host, policy, waited); !kept)
        return failed(Failure(std::move(kept).error()), url.shown);
      const milliseconds time_left = policy.total_timeout - transferred;
      if (time_left <= milliseconds(0))
        return failed(fail(Code::unavailable,
                           fmt::format("not done in time: gave up after {}", in_seconds(policy.total_timeout))),
                      url.shown);
      const auto lines = header_lines(request, url.same_origin(first), with_body);
      Outcome outcome =
          wire_.run({url, lines, with_body ? &*request.body : nullptr, policy, time_left, proxy, identity_.user_agent});
      transferred += outcome.took;
      const Time now = clock_.now();
      rested(url.host, now, milliseconds(0));

      if (!outcome.answer) {
        Failure failure(std::move(outcome.answer).error());
        if (!outcome.again || tries >= policy.retries) return failed(tried(std::move(failure), tries), url.shown);
        rested(url.host, now, kFirstDelay * (1 << std::min(tries++, 10)));
        continue;
      }
      Answer& answer = *outcome.answer;
      const Head& head = answer.head;

      if (head.status == 429 || head.status == 503) {
        const milliseconds wait = asked_wait(head, now, tries);
        rested(url.host, now, wait);
        if (tries >= policy.retries) {
          Failure failure = fail(Code::unavailable, fmt::format("answered with status {}{}, try again in {}",
                                                                head.status, reason(head.status), in_seconds(wait)));
          return failed(tried(std::move(failure), tries), url.shown);
        }
        ++tries;
        continue;
      }
      if (is_redirect(head.status)) {
        if (head.location.empty())
          return failed(fail(Code::malformed, fmt::format("status {} leads nowhere", head.status)), url.shown);
        if (++redirects > policy.max_redirects)
          return failed(fail(Code::refused, fmt::format("more than {} redirects", policy.max_redirects)), first.shown);
        auto next = follow(url, head.location);
        if (!next) {
          Error error = std::move(next).error();
          error.what = "redirect: " + error.what;
          return failed(Failure(std::move(error)), url.shown);
        }
        if (with_body && (head.status == 307 || head.status == 308) && !next->same_origin(url))
          return failed(fail(Code::refused, "redirect: would send the request's body to another host"), url.shown);
        if (head.status <= 303) with_body = false;  // as browsers do, and RFC 9110, 15.4 allows
        if (!visited.insert({next->text, with_body}).second)
          return failed(fail(Code::refused, "redirects in a circle"), first.shown);
        url = std::move(*next);
        continue;
      }
      return finished(request, url, std::move(answer));
    }
  }

  // What can be said of a host before its name is resolved. The socket is guarded as well; behind a proxy this is all
  // there is.
  Result<std::string> gate(const Url& url, const Policy& policy) {
    if (policy.internal) return std::string();
    auto proxy = proxy_for(url, identity_.proxy, process_environment);
    if (!proxy) return failed(Failure(std::move(proxy).error()), url.shown);
    if (const auto verdict = judge_literal(url.host, judge_); verdict && verdict->reach != Reach::open) {
      std::string what = fmt::format("{} is {}", printable(url.host), verdict->kind);
      if (verdict->reach == Reach::internal) what += ", and the source is not marked internal";
      return failed(fail(Code::refused, std::move(what)), url.shown);
    }
    std::string_view name = url.host;
    if (name.ends_with('.')) name.remove_suffix(1);
    if (!proxy->empty() && (name == "localhost" || name.ends_with(".localhost")))
      return failed(fail(Code::refused, "localhost, and the source is not marked internal"), url.shown);
    return proxy;
  }

  // Waits until `host` may be asked again. `waited` collects what the host itself asked for, within max_wait.
  Result<> keep_pace(const std::string& host, const Policy& policy, milliseconds& waited) {
    const auto known = hosts_.find(host);
    if (known == hosts_.end()) return {};
    const Time now = clock_.now();
    const milliseconds hold = left_of(known->second.hold, known->second.since, now);
    if (waited + hold > policy.max_wait)
      return fail(
          Code::unavailable,
          fmt::format("asks to be left alone for {}, until {}; we wait {} at most", in_seconds(hold),
                      to_rfc3339(now + std::chrono::ceil<std::chrono::seconds>(hold)), in_seconds(policy.max_wait)));
    waited += hold;
    const milliseconds wait = std::max(hold, left_of(policy.pace, known->second.since, now));
    if (wait > milliseconds(0)) sleeper_.sleep(wait);
    hosts_.erase(known);  // what was waited is over, whatever the clock says (it may stand still: TOCSIN_NOW)
    return {};
  }

  void rested(const std::string& host, Time now, milliseconds hold) {
    if (hosts_.size() >= kMaxHosts && !hosts_.contains(host)) {
      const auto oldest = std::min_element(
          hosts_.begin(), hosts_.end(), [](const auto& a, const auto& b) { return a.second.since < b.second.since; });
      hosts_.erase(oldest);
    }
    hosts_[host] = {now, hold};
  }

  // What a 429 or 503 asks for. A date is counted from the server's own clock, where it shows it.
  static milliseconds asked_wait(const Head& head, Time now, int tries) {
    const auto server_now = parse_http_date(head.date);
    if (const auto wait = parse_retry_after(head.retry_after, server_now ? *server_now : now)) return *wait;
    if (const auto wait = parse_rate_limit(head.rate_limit)) return *wait;
    return kFirstDelay * (1 << std::min(tries, 10));
  }

  static Failure tried(Failure failure, int tries) {
    if (tries > 0) failure.value().what += fmt::format(" ({} tries)", tries + 1);
    return failure;
  }

  static Result<Reply> finished(const Request& request, const Url& url, Answer answer) {
    const Head& head = answer.head;
    Reply reply;
    reply.status = head.status;
    reply.url = url.text;
    reply.validators = {head.etag, head.last_modified};
    if (auto date = parse_http_date(head.date)) reply.server_date = *date;
    if (head.status == 304) {
      if (request.validators.empty())
        return failed(fail(Code::malformed, "status 304, but nothing was asked that could be unchanged"), url.shown);
      reply.not_modified = true;
      if (reply.validators.etag.empty()) reply.validators.etag = request.validators.etag;
      if (reply.validators.last_modified.empty()) reply.validators.last_modified = request.validators.last_modified;
      return reply;
    }
    if (head.status == 206)
      return failed(fail(Code::truncated, "sent a part (status 206), but all was asked for"), url.shown);
    if (head.status < 200 || head.status > 299)
      return failed(fail(Code::unavailable, fmt::format("answered with status {}{}", head.status, reason(head.status))),
                    url.shown);
    MediaType media = parse_media_type(head.content_type);
    reply.media_type = std::move(media.type);
    reply.charset = std::move(media.charset);
    if (const auto target = next_target(head.link)) {
      // The caller will send its keys there: only to the host it chose.
      if (auto next = follow(url, *target);
          next && next->host == url.host && (next->port == url.port || next->scheme != url.scheme))
        reply.next_link = next->text;
    }
    reply.body = std::move(answer.body);
    return reply;
  }

  Identity identity_;
  const Clock& clock_;
  Sleeper& sleeper_;
  Judge judge_;
  Wire wire_;
  std::map<std::string, HostPace> hosts_;
};

class RealSleeper final : public Sleeper {
 public:
  void sleep(milliseconds d) override {
    if (d > milliseconds(0)) std::this_thread::sleep_for(d);
  }
};

}  // namespace

Sleeper& real_sleep() {
  static RealSleeper sleeper;
  return sleeper;
}

std::unique_ptr<Fetcher> make_fetcher(Identity identity, const Clock& clock, Sleeper& sleeper) {
  return make_fetcher(std::move(identity), clock, sleeper, judge_address);
}

std::unique_ptr<Fetcher> make_fetcher(Identity identity, const Clock& clock, Sleeper& sleeper, Judge judge) {
  return std::make_unique<RealFetcher>(std::move(identity), clock, sleeper, std::move(judge));
}

}  // namespace tocsin::wire
