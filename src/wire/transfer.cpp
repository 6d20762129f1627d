// The guard sits where the socket is made (CURLOPT_OPENSOCKETFUNCTION): there the address is the one that will be
// connected, whatever the name resolved to before or will resolve to later, so a name that changes its address gains
// nothing. A kept connection is one whose address was judged when it was made; since internal sources are judged
// otherwise, they have a pool of their own. Caps on size and ratio are in Body, on headers in Head; time is kept by
// curl (in all) and by a window over the bytes that arrive (stall).
#include "wire/transfer.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <utility>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "wire/curl_library.hpp"
#include "wire/decode.hpp"

namespace tocsin::wire {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr std::uint64_t kMaxIgnored = 64 << 10;  // of a redirect's or an error's page: reading it keeps the connection
constexpr std::uint64_t kMaxReserve =
    64 << 20;  // what a Content-Length may make us set aside before its bytes are here

// The state of one transfer; the callbacks of curl get a pointer to it. None of them may throw through C.
struct Running {
  Running(const Transfer& t, const Judge& j) : transfer(t), judge(j) {}
  const Transfer& transfer;
  const Judge& judge;
  Head head;
  std::optional<Body> body;
  std::optional<Error> stop;  // why we ended it
  std::string refused;        // the last address that the guard turned down
  bool connecting = false;    // an address was let through
  bool enough = false;        // the rest of an ignored page
  std::uint64_t ignored = 0;
  std::uint64_t received = 0;
  Steady::time_point window_begin = Steady::now();
  std::uint64_t window_received = 0;

  bool wanted() const { return head.status >= 200 && head.status < 300; }

  bool take_line(std::string_view line) {
    received += line.size();
    if (auto added = head.add_line(line); !added) {
      stop = std::move(added).error();
      return false;
    }
    if (!head.complete() || !wanted() || body) return true;
    for (const std::string_view coding : split(head.transfer_encoding, ','))
      if (const std::string word = to_lower(trim(coding)); !word.empty() && word != "chunked" && word != "identity") {
        stop = fail(Code::refused, "a compressed Transfer-Encoding, which was not asked for").value();
        return false;
      }
    if (head.content_length && *head.content_length > transfer.policy.max_bytes) {
      stop = fail(Code::refused, fmt::format("the reply announces {} bytes, the cap is {}", *head.content_length,
                                             transfer.policy.max_bytes))
                 .value();
      return false;
    }
    auto begun = Body::begin(head.content_encoding, {transfer.policy.max_bytes, transfer.policy.max_ratio});
    if (!begun) {
      stop = std::move(begun).error();
      return false;
    }
    body = std::move(*begun);
    body->reserve(std::min(head.content_length.value_or(0), kMaxReserve));
    return true;
  }

  bool take_bytes(std::string_view bytes) {
    received += bytes.size();
    if (!body) {
      ignored += bytes.size();
      enough = ignored > kMaxIgnored;
      return !enough;
    }
    if (auto added = body->add(bytes); !added) {
      stop = std::move(added).error();
      return false;
    }
    return true;
  }

  bool keeps_going(std::uint64_t sent) {
    const auto now = Steady::now();
    const auto span = std::chrono::duration_cast<milliseconds>(now - window_begin);
    if (span < transfer.policy.stall_timeout) return true;
    const std::uint64_t moved = received + sent - std::min(window_received, received + sent);
    if (moved < transfer.policy.min_rate * static_cast<std::uint64_t>(span.count()) / 1000) {
      stop = fail(Code::unavailable, fmt::format("too slow: {} bytes in {} ms, gave up", moved, span.count())).value();
      return false;
    }
    window_begin = now;
    window_received = received + sent;
    return true;
  }

  curl_socket_t open(const curl_sockaddr& address) {
    if (transfer.proxy.empty()) {  // else it is the proxy's address, which a person has named
      const Verdict verdict = judge(address.addr);
      if (verdict.reach == Reach::never || (verdict.reach == Reach::internal && !transfer.policy.internal)) {
        refused = fmt::format("{} is {}", to_text(address.addr), verdict.kind);
        if (verdict.reach == Reach::internal) refused += ", and the source is not marked internal";
        return CURL_SOCKET_BAD;
      }
    }
    connecting = true;
    return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  }
};

// Keeps exceptions (there is only one that can come) from C.
template <class Work, class Answered>
Answered guarded(Running& running, Answered otherwise, Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    running.stop = Error{Code::refused, "not enough memory for the reply", {}, {}, {}, {}};
    return otherwise;
  }
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& running = *static_cast<Running*>(self);
  return guarded(running, std::size_t{0}, [&] { return running.take_line({data, size}) ? size : 0; });
}
std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& running = *static_cast<Running*>(self);
  const std::size_t stop = size == 0 ? 1 : 0;  // anything but `size` ends the transfer
  return guarded(running, stop, [&] { return running.take_bytes({data, size}) ? size : stop; });
}
int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
  auto& running = *static_cast<Running*>(self);
  return guarded(running, 1, [&] {
    return running.keeps_going(static_cast<std::uint64_t>(std::max<curl_off_t>(sent, 0))) ? 0 : 1;
  });
}
curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& running = *static_cast<Running*>(self);
  return guarded(running, curl_socket_t{CURL_SOCKET_BAD}, [&] { return running.open(*address); });
}

struct Session {
  const CurlLibrary& curl;
  CURL* easy;
  explicit Session(const CurlLibrary& library) : curl(library), easy(library.easy_init()) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (easy != nullptr) curl.easy_cleanup(easy);
  }
};

// A list that may stay empty.
struct HeaderList {
  const CurlLibrary& curl;
  curl_slist* list = nullptr;
  explicit HeaderList(const CurlLibrary& library) : curl(library) {}
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl.slist_free_all(list); }
  bool add(const std::string& line) {
    curl_slist* longer = curl.slist_append(list, line.c_str());
    if (longer != nullptr) list = longer;
    return longer != nullptr;
  }
};

// Every option matters to safety, so one that the library does not take stops the request.
class Options {
 public:
  Options(const CurlLibrary& curl, CURL* easy) : curl_(curl), easy_(easy) {}
  template <class Value>
  void set(CURLoption option, Value value) {
    if (curl_.easy_setopt(easy_, option, value) != CURLE_OK) taken_ = false;
  }
  bool taken() const { return taken_; }

 private:
  const CurlLibrary& curl_;
  CURL* easy_;
  bool taken_ = true;
};

bool set_options(const CurlLibrary& curl, CURL* easy, Running& running, const HeaderList& headers, char* message) {
  const Transfer& transfer = running.transfer;
  Options options(curl, easy);
  options.set(CURLOPT_ERRORBUFFER, message);
  options.set(CURLOPT_NOSIGNAL, 1L);
  options.set(CURLOPT_URL, transfer.url.text.c_str());
  options.set(CURLOPT_PROTOCOLS_STR, "http,https");
  options.set(CURLOPT_FOLLOWLOCATION, 0L);
  options.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  options.set(CURLOPT_SSL_VERIFYPEER, 1L);
  options.set(CURLOPT_SSL_VERIFYHOST, 2L);
  options.set(CURLOPT_HTTP09_ALLOWED, 0L);
  options.set(CURLOPT_PROXY, transfer.proxy.c_str());  // "" also turns the environment off
  options.set(CURLOPT_NOPROXY, "");
  options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  options.set(CURLOPT_OPENSOCKETFUNCTION, &on_socket);
  options.set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&running));
  options.set(CURLOPT_HEADERFUNCTION, &on_header);
  options.set(CURLOPT_HEADERDATA, static_cast<void*>(&running));
  options.set(CURLOPT_WRITEFUNCTION, &on_body);
  options.set(CURLOPT_WRITEDATA, static_cast<void*>(&running));
  options.set(CURLOPT_NOPROGRESS, 0L);
  options.set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  options.set(CURLOPT_XFERINFODATA, static_cast<void*>(&running));
  options.set(CURLOPT_CONNECTTIMEOUT_MS,
              static_cast<long>(std::max<std::int64_t>(transfer.policy.connect_timeout.count(), 1)));
  options.set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(transfer.time_left.count(), 1)));
  options.set(CURLOPT_USERAGENT, transfer.user_agent.c_str());
  options.set(CURLOPT_HTTPHEADER, headers.list);
  if (transfer.body != nullptr) {
    options.set(CURLOPT_POST, 1L);
    options.set(CURLOPT_POSTFIELDS, transfer.body->data());
    options.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.body->size()));
  }
  return options.taken();
}

// What happened, for a transfer that curl gave up.
Outcome failed(const CurlLibrary& curl, CURLcode code, const Running& running, std::string_view message, bool connected,
               milliseconds took) {
  // curl quotes an address that it cannot read (a proxy's) whole, with its password.
  const bool quotes = message.find('@') != std::string_view::npos || message.find("://") != std::string_view::npos;
  const std::string why =
      printable(to_lower(trim(message.empty() || quotes ? curl.easy_strerror(code) : message)), 200);
  const bool answered = running.head.status != 0;
  const bool may_repeat = running.transfer.body == nullptr;  // a POST may have done its work before the line broke
  const auto outcome = [&](Code what, std::string text, bool again) {
    return Outcome{fail(what, std::move(text)), again, took};
  };
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return outcome(Code::unavailable, why, false);  // names that do not exist would wait, too
    case CURLE_COULDNT_CONNECT:
      return outcome(Code::unavailable, why, true);
    case CURLE_SSL_CONNECT_ERROR:
      return outcome(Code::unavailable, why, true);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return outcome(Code::refused, "the certificate is not to be trusted: " + why, false);
    case CURLE_OPERATION_TIMEDOUT:
      if (!connected) return outcome(Code::unavailable, "no connection in time: " + why, true);
      return outcome(Code::unavailable, "not done in time: " + why, false);
    case CURLE_GOT_NOTHING:
      return outcome(Code::unavailable, "closed without a reply", may_repeat);
    case CURLE_PARTIAL_FILE:
      return outcome(Code::truncated, why, false);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return outcome(Code::malformed, "not an http reply: " + why, false);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      if (why.find("chunked") != std::string::npos) return outcome(Code::malformed, why, false);
      if (answered) return outcome(Code::truncated, "the line broke: " + why, false);
      return outcome(Code::unavailable, "the line broke: " + why, may_repeat);
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return outcome(answered ? Code::truncated : Code::unavailable, why, false);
    case CURLE_OUT_OF_MEMORY:
      return outcome(Code::refused, why, false);
    default:
      return outcome(Code::unavailable, why, false);
  }
}

}  // namespace

struct Wire::Lines {
  std::optional<Session> open, internal;
};

Wire::Wire(Judge judge) : judge_(std::move(judge)), lines_(std::make_unique<Lines>()) {}
Wire::~Wire() = default;

Outcome Wire::run(const Transfer& transfer) {
  auto library = curl_library();
  if (!library) return {tl::make_unexpected(std::move(library).error())};
  const CurlLibrary& curl = **library;
  std::optional<Session>& session = transfer.policy.internal ? lines_->internal : lines_->open;
  if (!session) session.emplace(curl);
  if (session->easy == nullptr) return {fail(Code::unavailable, "libcurl does not start")};
  curl.easy_reset(session->easy);  // options go, connections stay

  Running running(transfer, judge_);
  HeaderList headers(curl);
  for (const std::string& line : transfer.header_lines)
    if (!headers.add(line)) return {fail(Code::unavailable, "not enough memory for the headers")};
  std::array<char, CURL_ERROR_SIZE> message{};
  if (!set_options(curl, session->easy, running, headers, message.data()))
    return {fail(Code::internal, "libcurl does not know an option that the request needs")};

  const auto begin = Steady::now();
  const CURLcode code = curl.easy_perform(session->easy);
  const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - begin);
  curl.easy_setopt(session->easy, CURLOPT_ERRORBUFFER, nullptr);

  if (running.stop) return {tl::make_unexpected(std::move(*running.stop)), false, took};
  // A status that is not a success says all there is to say, however its page ends.
  const bool settled = running.head.complete() && running.head.status >= 300;
  if (code != CURLE_OK && !settled) {
    if (!running.refused.empty() && !running.connecting) return {fail(Code::refused, running.refused), false, took};
    curl_off_t ready_us = 0;  // connected and, for https, greeted
    curl.easy_getinfo(session->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    return failed(curl, code, running, message.data(), ready_us > 0, took);
  }
  if (!running.head.complete() || running.head.status < 200)
    return {fail(Code::malformed, "a reply without a head"), false, took};
  Answer answer;
  if (running.body) {
    auto body = running.body->finish();
    if (!body) return {tl::make_unexpected(std::move(body).error()), false, took};
    answer.body = std::move(*body);
  }
  answer.head = std::move(running.head);
  return {std::move(answer), false, took};
}

}  // namespace tocsin::wire
