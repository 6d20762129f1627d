// The fetcher against servers that behave: conditional requests, redirects, pace, waiting, headers, proxies.
#include "wire/fetch.hpp"

#include <gtest/gtest.h>
#include <httplib.h>

#include <cstdlib>

#include "base/text.hpp"
#include "compress.hpp"
#include "play.hpp"
#include "wire/http.hpp"

namespace tocsin::wire {
namespace {

using std::chrono::milliseconds;
using Slept = std::vector<std::int64_t>;

// A source as there are many, on a port of its own.
class Source : public testing::Test {
 protected:
  void SetUp() override {
    port = server.bind_to_any_port("127.0.0.1");
    ASSERT_GT(port, 0);
    server.Get("/feed.json", [this](const httplib::Request& request, httplib::Response& response) {
      seen = request.headers;
      ++hits;
      response.set_header("ETag", "\"v1\"");
      response.set_header("Last-Modified", "Mon, 30 Mar 2026 10:00:00 GMT");
      response.set_header("Date", "Tue, 31 Mar 2026 12:00:00 GMT");
      if (request.get_header_value("If-None-Match") == "\"v1\"") {
        response.status = 304;
        return;
      }
      response.set_header("Link", "</feed.json?page=2>; rel=\"next\"");
      response.set_content("{\"a\":1}", "Application/JSON; charset=UTF-8");
    });
    server.Post("/query", [this](const httplib::Request& request, httplib::Response& response) {
      seen = request.headers;
      response.set_content(request.body + "!", "text/plain");
    });
    for (const int status : {301, 302, 303, 307, 308})
      server.Get("/to-feed/" + std::to_string(status), [status](const httplib::Request&, httplib::Response& response) {
        response.status = status;
        response.set_header("Location", "../feed.json#top");
      });
    server.Get(R"(/hops/(\d+))", [](const httplib::Request& request, httplib::Response& response) {
      const int left = std::stoi(request.matches[1]);
      response.status = 302;
      response.set_header("Location", left > 1 ? "/hops/" + std::to_string(left - 1) : "/feed.json");
    });
    thread = std::thread([this] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
  }
  void TearDown() override {
    desk.fetcher.reset();  // its connection would keep the server waiting
    server.stop();
    thread.join();
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port) + path; }
  std::string header(const std::string& name) const {
    const auto found = seen.find(name);
    return found == seen.end() ? "" : found->second;
  }

  httplib::Server server;
  httplib::Headers seen;
  int hits = 0;
  int port = 0;
  std::thread thread;
  Desk desk;
};

TEST_F(Source, IsReadWithItsTypeValidatorsDateAndNextPage) {
  const auto reply = desk.get(url("/feed.json"));
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "{\"a\":1}");
  EXPECT_EQ(reply->media_type, "application/json");
  EXPECT_EQ(reply->charset, "utf-8");
  EXPECT_EQ(reply->validators.etag, "\"v1\"");
  EXPECT_EQ(reply->validators.last_modified, "Mon, 30 Mar 2026 10:00:00 GMT");
  EXPECT_EQ(reply->url, url("/feed.json"));
  EXPECT_EQ(reply->next_link, url("/feed.json?page=2"));
  EXPECT_FALSE(reply->not_modified);
  EXPECT_EQ(header("User-Agent"), "tocsin/test (+mailto:ops@example.org)");
  EXPECT_EQ(header("If-None-Match"), "");
}
TEST_F(Source, IsAskedWhetherItChanged) {
  const auto first = desk.get(url("/feed.json"));
  ASSERT_TRUE(first);
  const auto second = desk.fetcher->fetch({url("/feed.json"), first->validators, {}, {}}, at_home());
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_TRUE(second->not_modified);
  EXPECT_EQ(second->body, "");
  EXPECT_EQ(second->validators.etag, "\"v1\"");
  EXPECT_EQ(header("If-Modified-Since"), "Mon, 30 Mar 2026 10:00:00 GMT");
}
TEST_F(Source, GetsWhatThePersonAsked) {
  const auto reply = desk.fetcher->fetch(
      {url("/query"), {}, {{"Content-Type", "application/json"}, {"X-Key", "k1"}}, "{\"q\":1}"}, at_home());
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->body, "{\"q\":1}!");
  EXPECT_EQ(header("X-Key"), "k1");
  EXPECT_EQ(header("Content-Type"), "application/json");
  EXPECT_EQ(header("Expect"), "");
}
TEST_F(Source, IsFollowedWhereItMoved) {
  for (const char* status : {"301", "302", "303", "307", "308"}) {
    const auto reply = desk.get(url("/to-feed/" + std::string(status)));
    ASSERT_TRUE(reply) << status << " " << reply.error().message();
    EXPECT_EQ(reply->url, url("/feed.json")) << status;
  }
}
TEST_F(Source, IsFollowedOnlySoFar) {
  EXPECT_TRUE(desk.get(url("/hops/5")));
  const auto reply = desk.get(url("/hops/6"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::refused);
  EXPECT_NE(reply.error().what.find("5 redirects"), std::string::npos) << reply.error().what;
}
TEST_F(Source, IsGivenItsPace) {
  Policy policy = at_home();
  policy.pace = milliseconds(3000);
  ASSERT_TRUE(desk.get(url("/feed.json"), policy));
  EXPECT_EQ(desk.sleeper.slept, Slept{});
  ASSERT_TRUE(desk.get(url("/feed.json"), policy));
  EXPECT_EQ(desk.sleeper.slept, (Slept{3000}));
  desk.clock.advance(std::chrono::seconds(2));
  ASSERT_TRUE(desk.get(url("/feed.json"), policy));
  EXPECT_EQ(desk.sleeper.slept, (Slept{3000, 1000}));
  desk.clock.advance(std::chrono::seconds(60));
  ASSERT_TRUE(desk.get(url("/feed.json"), policy));
  EXPECT_EQ(desk.sleeper.slept, (Slept{3000, 1000}));
  desk.clock.advance(-std::chrono::hours(1));  // somebody set the clock back
  ASSERT_TRUE(desk.get(url("/feed.json"), policy));
  EXPECT_EQ(desk.sleeper.slept, (Slept{3000, 1000, 3000}));
}
TEST_F(Source, KeepsItsPaceThroughRedirectsToo) {
  Policy policy = at_home();
  policy.pace = milliseconds(3000);
  ASSERT_TRUE(desk.get(url("/to-feed/301"), policy));
  EXPECT_EQ(desk.sleeper.slept, (Slept{3000}));
}
TEST_F(Source, OfNoNeedForHurryKeepsItsConnection) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(desk.get(url("/feed.json")));
  EXPECT_EQ(hits, 5);
}
TEST_F(Source, OnLoopbackIsRefusedToStrangers) {
  const auto reply = desk.get(url("/feed.json"), {});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::refused);
  EXPECT_NE(reply.error().message().find("127.0.0.1 is a loopback address"), std::string::npos)
      << reply.error().message();
  EXPECT_EQ(hits, 0);
}

// Headers

TEST(RequestHeaders, ThatWouldBeginAnotherLineAreRefused) {
  RawServer server(ok("x"));
  Desk desk;
  using Headers = std::vector<std::pair<std::string, std::string>>;
  for (const Headers& headers : {Headers{{"X-A", "secret\r\nX-B: c"}}, Headers{{"X-A\r\nX-B", "secret"}},
                                 Headers{{"X A", "secret"}}, Headers{{"X-A", std::string("secret\0", 7)}},
                                 Headers{{"X-A", std::string(10'000, 'a')}}, Headers(60, {"X-A", "secret"})}) {
    const auto reply = desk.fetcher->fetch({server.url(), {}, headers, {}}, at_home());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Code::refused);
    EXPECT_EQ(reply.error().message().find("secret"), std::string::npos) << reply.error().message();
  }
  EXPECT_TRUE(server.requests().empty());
}
TEST(RequestHeaders, MayBeEmpty) {
  RawServer server(ok("x"));
  Desk desk;
  ASSERT_TRUE(desk.fetcher->fetch({server.url(), {}, {{"X-Empty", ""}}, {}}, at_home()));
  EXPECT_NE(server.requests().at(0).find("\r\nX-Empty:\r\n"), std::string::npos);
}
TEST(RequestHeaders, ThatTheDoorWritesItselfAreRefused) {
  RawServer server(ok("x"));
  Desk desk;
  for (const char* name : {"Host", "user-agent", "Content-Length", "Transfer-Encoding", "If-None-Match",
                           "Accept-Encoding", "Proxy-Authorization"})
    EXPECT_EQ(desk.fetcher->fetch({server.url(), {}, {{name, "x"}}, {}}, at_home()).error().code, Code::refused)
        << name;
  EXPECT_TRUE(server.requests().empty());
}
TEST(RequestHeaders, OfValidatorsThatWereTamperedWithAreLeftOut) {
  RawServer server(ok("x"));
  Desk desk;
  ASSERT_TRUE(desk.fetcher->fetch({server.url(), {"\"a\"\r\nX-Evil: 1", ""}, {}, {}}, at_home()));
  EXPECT_EQ(server.requests().at(0).find("X-Evil"), std::string::npos);
}
TEST(RequestHeaders, WithKeysStayWithTheHostTheyAreFor) {
  RawServer other(ok("there"));
  RawServer server([&](Line& line) {
    line.send("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: " +
              (line.asks("/away") ? other.url("/") : "/here") + "\r\n\r\n");
    if (line.asks("/here")) line.send("");
  });
  Desk desk;
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"Authorization", "Bearer k"}, {"X-Api-Key", "k"}, {"Accept", "application/json"}};
  ASSERT_TRUE(desk.fetcher->fetch({server.url("/away"), {}, headers, {}}, at_home()));
  EXPECT_NE(server.requests().at(0).find("X-Api-Key: k"), std::string::npos);
  const std::string there = other.requests().at(0);
  EXPECT_EQ(there.find("Authorization"), std::string::npos);
  EXPECT_EQ(there.find("X-Api-Key"), std::string::npos);
  EXPECT_NE(there.find("Accept: application/json"), std::string::npos);
}
TEST(RedirectsOfAPost, BecomeAGetOrStayWithTheHost) {
  RawServer other(ok("there"));
  RawServer server([&](Line& line) {
    const std::string status = line.asks("/found") ? "302 Found" : "307 Temporary Redirect";
    line.send("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\nLocation: " + other.url("/") +
              "\r\n\r\n");
  });
  Desk desk;
  ASSERT_TRUE(desk.fetcher->fetch({server.url("/found"), {}, {}, "data"}, at_home()));
  EXPECT_TRUE(other.requests().at(0).starts_with("GET / ")) << other.requests().at(0);
  EXPECT_EQ(other.requests().at(0).find("data"), std::string::npos);
  const auto reply = desk.fetcher->fetch({server.url("/temporary"), {}, {}, "data"}, at_home());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::refused);
  EXPECT_EQ(other.requests().size(), 1u);
}

// Content-Encoding

TEST(CompressedReplies, AreUnpacked) {
  const std::string text(100'000, 'a');
  for (const auto& [encoding, bytes] :
       {std::pair{"gzip", gzipped(text)}, std::pair{"deflate", deflated(text, 15)}, std::pair{"zstd", zstd_of(text)}}) {
    RawServer server(ok(bytes, "Content-Encoding: " + std::string(encoding) + "\r\n"));
    Desk desk;
    const auto reply = desk.get(server.url());
    ASSERT_TRUE(reply) << encoding << reply.error().message();
    EXPECT_EQ(reply->body, text) << encoding;
    EXPECT_NE(server.requests().at(0).find("Accept-Encoding: gzip, zstd, deflate\r\n"), std::string::npos);
  }
}
TEST(CompressedReplies, OfArchivesStayArchives) {
  const std::string archive = gzipped("tar");
  RawServer server(ok(archive, "Content-Type: application/gzip\r\n"));
  Desk desk;
  EXPECT_EQ(desk.get(server.url()).value().body, archive);
}

// Links

TEST(NextLinks, LeaveNeitherTheHostNorSafety) {
  std::string link;
  RawServer server([&](Line& line) { line.send(ok("x", "Link: <" + link + ">; rel=next\r\n")); });
  Desk desk;
  for (const char* away : {"http://example.org/2", "file:///etc/passwd", "http://127.0.0.1:1/2",
                           "http://me:secret@127.0.0.1/2", "http://[::"}) {
    link = away;
    EXPECT_EQ(desk.get(server.url()).value().next_link, "") << away;
  }
  link = "2?x#y";
  EXPECT_EQ(desk.get(server.url("/a/1")).value().next_link, server.url("/a/2?x"));
}

// Statuses and waiting

struct Status {
  const char* line;
  Code code;
  const char* what;
};
class Statuses : public testing::TestWithParam<Status> {};
TEST_P(Statuses, ThatAreNoSuccessAreErrors) {
  RawServer server("HTTP/1.1 " + std::string(GetParam().line) +
                   "\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsorry");
  Desk desk;
  const auto reply = desk.get(server.url("/x?key=secret"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, GetParam().code);
  EXPECT_NE(reply.error().message().find(GetParam().what), std::string::npos) << reply.error().message();
  EXPECT_NE(reply.error().message().find("127.0.0.1"), std::string::npos);
  EXPECT_EQ(reply.error().message().find("secret"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(, Statuses,
                         testing::Values(Status{"400 Bad Request", Code::unavailable, "status 400"},
                                         Status{"404 Not Found", Code::unavailable, "status 404 (not found)"},
                                         Status{"403 \x1b[31mNo", Code::unavailable, "status 403 (forbidden)"},
                                         Status{"500 Oops", Code::unavailable, "status 500"},
                                         Status{"429 Too Many Requests", Code::unavailable, "status 429"},
                                         Status{"300 Multiple Choices", Code::unavailable, "status 300"},
                                         Status{"302 Found", Code::malformed, "leads nowhere"},
                                         Status{"304 Not Modified", Code::malformed, "304"},
                                         Status{"206 Partial Content", Code::truncated, "206"}));

// First the reply given, then success.
std::string busy(std::string_view status, std::string_view headers) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\nConnection: close\r\n" + std::string(headers) +
         "\r\n";
}
struct Busy {
  const char* name;
  std::string headers;
  Slept slept;
};
class BusyHosts : public testing::TestWithParam<Busy> {};
TEST_P(BusyHosts, AreWaitedForAsTheyAsk) {
  for (const char* status : {"429 Too Many Requests", "503 Service Unavailable"}) {
    int turn = 0;
    RawServer server([&](Line& line) { line.send(turn++ < 1 ? busy(status, GetParam().headers) : ok("at last")); });
    Desk desk;
    Policy policy = at_home();
    policy.retries = 2;
    const auto reply = desk.get(server.url(), policy);
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->body, "at last");
    EXPECT_EQ(desk.sleeper.slept, GetParam().slept);
  }
}
INSTANTIATE_TEST_SUITE_P(
    , BusyHosts,
    testing::Values(Busy{"seconds", "Retry-After: 7\r\n", {7000}}, Busy{"at_once", "Retry-After: 0\r\n", {}},
                    Busy{"a_date_by_our_clock", "Retry-After: Tue, 31 Mar 2026 12:00:30 GMT\r\n", {30'000}},
                    Busy{"a_date_by_their_clock",
                         "Date: Tue, 31 Mar 2026 11:00:00 GMT\r\nRetry-After: Tue, 31 Mar 2026 11:00:09 GMT\r\n",
                         {9000}},
                    Busy{"a_date_gone_by", "Retry-After: Mon, 30 Mar 2026 12:00:00 GMT\r\n", {}},
                    Busy{"a_rate_limit", "RateLimit: \"api\";r=0;t=42\r\n", {42'000}}, Busy{"nothing_said", "", {1000}},
                    Busy{"nonsense", "Retry-After: soon\r\n", {1000}}),
    [](const auto& row) { return row.param.name; });

TEST(OverloadedHosts, AreNotAskedForEver) {
  RawServer server(busy("503 Service Unavailable", ""));
  Desk desk;
  Policy policy = at_home();
  policy.retries = 3;
  const auto reply = desk.get(server.url(), policy);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::unavailable);
  EXPECT_NE(reply.error().what.find("(4 tries)"), std::string::npos) << reply.error().what;
  EXPECT_EQ(desk.sleeper.slept, (Slept{1000, 2000, 4000}));
  EXPECT_EQ(server.requests().size(), 4u);
}
TEST(OverloadedHosts, ThatAskForTooLongAreLeftAlone) {
  RawServer server(busy("429 Too Many Requests", "Retry-After: 3600\r\n"));
  Desk desk;
  Policy policy = at_home();
  policy.retries = 2;
  for (int i = 0; i < 2; ++i) {
    const auto reply = desk.get(server.url(), policy);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Code::unavailable);
    EXPECT_NE(reply.error().what.find("3600 s, until 2026-03-31T13:00:00Z"), std::string::npos) << reply.error().what;
  }
  EXPECT_EQ(server.requests().size(), 1u);  // the second time nobody asked
  EXPECT_EQ(desk.sleeper.slept, Slept{});
  desk.clock.advance(std::chrono::hours(2));
  EXPECT_FALSE(desk.get(server.url(), policy));
  EXPECT_EQ(server.requests().size(), 2u);
}
TEST(OverloadedHosts, CannotAddUpTheirWaits) {
  RawServer server(busy("429 Too Many Requests", "Retry-After: 50\r\n"));
  Desk desk;
  Policy policy = at_home();
  policy.retries = 100;
  policy.max_wait = std::chrono::seconds(120);
  EXPECT_FALSE(desk.get(server.url(), policy));
  EXPECT_EQ(desk.sleeper.slept, (Slept{50'000, 50'000}));
}
TEST(OverloadedHosts, AreWaitedForThoughTheClockStandsStill) {
  struct Still final : Sleeper {
    void sleep(milliseconds) override { ++naps; }
    int naps = 0;
  } still;
  int turn = 0;
  RawServer server([&](Line& line) { line.send(turn++ < 1 ? busy("503 No", "Retry-After: 5\r\n") : ok("x")); });
  const ManualClock clock(noon());
  const auto fetcher = make_fetcher({"tocsin/test", ""}, clock, still);
  Policy policy = at_home();
  policy.retries = 1;
  EXPECT_TRUE(fetcher->fetch({server.url(), {}, {}, {}}, policy));
  EXPECT_EQ(still.naps, 1);
}
TEST(ClosedPorts, AreTriedAgainWithGrowingDelays) {
  std::string url;
  {
    RawServer gone(ok("x"));
    url = gone.url();
  }
  Desk desk;
  Policy policy = at_home();
  policy.retries = 2;
  const auto reply = desk.get(url, policy);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::unavailable);
  EXPECT_NE(reply.error().what.find("(3 tries)"), std::string::npos) << reply.error().what;
  EXPECT_EQ(desk.sleeper.slept, (Slept{1000, 2000}));
}

// Proxies. The guard of these desks takes loopback for the internet, so that the sources are those of strangers.

Verdict all_open(const sockaddr&) {
  return {Reach::open, "a public address"};
}
struct Outside : Desk {
  explicit Outside(std::string proxy, Judge judge = all_open) {
    fetcher = make_fetcher({"tocsin/test", std::move(proxy)}, clock, sleeper, std::move(judge));
    policy = at_home();
    policy.internal = false;
  }
  Policy policy;
};
struct Variable {
  Variable(const char* n, const std::string& value) : name(n) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  const char* name;
};

TEST(TheEnvironment, NamesNoProxyUnlessItIsAsked) {
  RawServer proxy(ok("by the proxy"));
  RawServer server(ok("straight"));
  const Variable http("http_proxy", proxy.url(""));
  const Variable all("ALL_PROXY", proxy.url(""));
  EXPECT_EQ(Outside("").get(server.url(), Outside("").policy).value().body, "straight");
  EXPECT_TRUE(proxy.requests().empty());
  Outside desk("environment");
  EXPECT_EQ(desk.get(server.url(), desk.policy).value().body, "by the proxy");
  const Variable no("no_proxy", "127.0.0.1");
  EXPECT_EQ(desk.get(server.url("/2"), desk.policy).value().body, "straight");
}
TEST(AProxy, AreSentTheWholeUrl) {
  RawServer proxy(ok("by the proxy"));
  Outside desk(proxy.url(""), judge_address);  // the proxy's own address is not judged
  const auto reply = desk.get("http://name.example/feed", desk.policy);
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->body, "by the proxy");
  EXPECT_TRUE(proxy.requests().at(0).starts_with("GET http://name.example/feed HTTP/1.1\r\n"))
      << proxy.requests().at(0);
}
TEST(AProxy, AreNotSentToAddressesThatStrangersMayNotName) {
  RawServer proxy(ok("by the proxy"));
  Outside desk(proxy.url(""), judge_address);
  for (const char* url : {"http://127.0.0.1/", "http://0x7f.1/", "http://[::1]/", "http://169.254.169.254/latest",
                          "http://localhost/", "http://a.localhost./", "http://[::ffff:10.0.0.1]/"}) {
    const auto reply = desk.get(url, desk.policy);
    ASSERT_FALSE(reply) << url;
    EXPECT_EQ(reply.error().code, Code::refused) << reply.error().message();
  }
  EXPECT_TRUE(proxy.requests().empty());
}
TEST(AProxy, ThatCannotBeReadIsNotQuotedWithItsPassword) {
  for (const char* proxy :
       {"http://u:S3cret@ho st:1", "http://u:S3cret@p:99999", "http://u:S3c/ret@p:1", "http://u:\nS3cret@p:1"}) {
    Outside desk(proxy);
    const auto reply = desk.get("http://name.example/feed", desk.policy);
    ASSERT_FALSE(reply) << proxy;
    EXPECT_EQ(to_lower(reply.error().message()).find("ret@"), std::string::npos) << reply.error().message();
  }
}
TEST(AProxy, AreNotAskedForInternalSources) {
  RawServer proxy(ok("by the proxy"));
  RawServer server(ok("straight"));
  Outside desk(proxy.url(""));
  EXPECT_EQ(desk.get(server.url(), at_home()).value().body, "straight");
}

}  // namespace
}  // namespace tocsin::wire
