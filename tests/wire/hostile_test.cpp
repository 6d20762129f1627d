// The fetcher against servers that are slow, broken or out to harm.
#include <gtest/gtest.h>

#include "compress.hpp"
#include "play.hpp"
#include "wire/http.hpp"

namespace tocsin::wire {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

std::string head(std::string_view headers) {
  return "HTTP/1.1 200 OK\r\nConnection: close\r\n" + std::string(headers) + "\r\n";
}

struct Reading {
  const char* name;
  std::string reply;
  Code code;
  const char* what;
};
class Replies : public testing::TestWithParam<Reading> {};
TEST_P(Replies, ThatAreBrokenAreNamed) {
  RawServer server(GetParam().reply);
  Desk desk;
  const auto reply = desk.get(server.url());
  ASSERT_FALSE(reply) << reply->body.substr(0, 100);
  EXPECT_EQ(reply.error().code, GetParam().code) << reply.error().message();
  EXPECT_NE(reply.error().what.find(GetParam().what), std::string::npos) << reply.error().message();
  EXPECT_NE(reply.error().where.find("http://127.0.0.1"), std::string::npos) << reply.error().message();
  EXPECT_EQ(reply.error().message().find('\x1b'), std::string::npos);
}
const std::string kZeros(8 << 20, '\0');
INSTANTIATE_TEST_SUITE_P(
    , Replies,
    testing::Values(
        Reading{"nothing", "", Code::unavailable, "without a reply"},
        Reading{"half_a_status_line", "HTTP/1.", Code::unavailable, "without a reply"},
        Reading{"garbage", "\x16\x03\x01 hello\r\n\r\n", Code::malformed, "not an http reply"},
        Reading{"a_status_line_of_letters", "HTTP/1.1 OK\r\n\r\n", Code::malformed, ""},
        Reading{"an_old_page_without_head", "<html>hello</html>", Code::malformed, "not an http reply"},
        Reading{"half_a_head", "HTTP/1.1 200 OK\r\nContent-Ty", Code::malformed, ""},
        Reading{"half_a_body", head("Content-Length: 100\r\n") + "half", Code::truncated, ""},
        Reading{"no_body", head("Content-Length: 100\r\n"), Code::truncated, ""},
        Reading{"two_lengths", head("Content-Length: 4\r\nContent-Length: 40\r\n") + "half", Code::malformed,
                "Content-Length"},
        Reading{"a_length_beyond_the_cap", head("Content-Length: 99999999999\r\n") + "x", Code::refused,
                "announces 99999999999 bytes"},
        Reading{"a_length_of_no_number", head("Content-Length: many\r\n") + "x", Code::malformed, "ontent-"},
        Reading{"chunks_that_stop", head("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n", Code::truncated, ""},
        Reading{"chunks_cut_inside", head("Transfer-Encoding: chunked\r\n") + "5\r\nhel", Code::truncated, ""},
        Reading{"chunks_of_no_size", head("Transfer-Encoding: chunked\r\n") + "zz\r\nhello\r\n0\r\n\r\n",
                Code::malformed, "chunk"},
        Reading{"chunks_of_a_huge_size", head("Transfer-Encoding: chunked\r\n") + "fffffffffffffffffff\r\nhello\r\n",
                Code::malformed, "chunk"},
        Reading{"a_coding_of_transfer_not_asked_for", head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n",
                Code::refused, "Transfer-Encoding"},
        Reading{"a_gzip_bomb", ok(gzipped(kZeros), "Content-Encoding: gzip\r\n"), Code::refused, "more than 200 times"},
        Reading{"a_zstd_bomb", ok(zstd_of(kZeros), "Content-Encoding: zstd\r\n"), Code::refused, "more than 200 times"},
        Reading{"a_bomb_in_a_bomb", ok(gzipped(gzipped(kZeros)), "Content-Encoding: gzip, gzip\r\n"), Code::refused,
                "more than once"},
        Reading{"a_bomb_in_a_bomb_in_two_lines",
                ok(gzipped(gzipped(kZeros)), "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"), Code::refused,
                "more than once"},
        Reading{"half_a_gzip", ok(gzipped("hello hello hello").substr(0, 15), "Content-Encoding: gzip\r\n"),
                Code::truncated, "ends early"},
        Reading{"html_that_says_gzip", ok("<html>", "Content-Encoding: gzip\r\n"), Code::malformed, "damaged"},
        Reading{"brotli", ok("x", "Content-Encoding: br\r\n"), Code::malformed, "not asked for"},
        Reading{"headers_without_end",
                "HTTP/1.1 200 OK\r\n" +
                    [] {
                      std::string s;
                      for (int i = 0; i < 600; ++i)
                        s += "X-" + std::to_string(i) + ": " + std::string(1000, 'a') + "\r\n";
                      return s;
                    }(),
                Code::refused, ""},
        Reading{"one_header_of_a_megabyte", "HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'a') + "\r\n\r\n",
                Code::refused, ""},
        Reading{"an_endless_row_of_hints",
                [] {
                  std::string s;
                  for (int i = 0; i < 12'000; ++i) s += "HTTP/1.1 103 Early Hints\r\n\r\n";
                  return s;
                }(),
                Code::refused, "headers"}),
    [](const auto& row) { return row.param.name; });

TEST(LongReplies, EndWhereTheySaidTheyWould) {
  RawServer server(head("Content-Length: 4\r\n") + "half and much more");
  Desk desk;
  const auto reply = desk.get(server.url());
  ASSERT_TRUE(reply) << reply.error().message();
  EXPECT_EQ(reply->body, "half");
}
TEST(LongReplies, StopAtTheCapThoughTheyNeverSaidHowLong) {
  RawServer server([](Line& line) {
    line.send(head(""));
    const std::string block(16'384, 'x');
    while (line.send(block)) {
    }
  });
  Desk desk;
  Policy policy = at_home();
  policy.max_bytes = 1 << 20;
  const auto reply = desk.get(server.url(), policy);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::refused);
  EXPECT_NE(reply.error().what.find("cap of 1048576 bytes"), std::string::npos) << reply.error().what;
}
TEST(LongReplies, OfErrorsAreNotRead) {
  RawServer server([](Line& line) {
    line.send("HTTP/1.1 404 Not Found\r\n\r\n");
    const std::string block(16'384, 'x');
    while (line.send(block)) {
    }
  });
  Desk desk;
  const auto reply = desk.get(server.url());
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().what.find("404"), std::string::npos) << reply.error().what;
}

TEST(SlowServers, ThatSayNothingAreGivenUp) {
  RawServer server([](Line& line) { line.until_closed(); });
  Desk desk;
  Policy policy = at_home();
  policy.total_timeout = milliseconds(150);
  policy.retries = 5;
  const auto reply = desk.get(server.url(), policy);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::unavailable);
  EXPECT_NE(reply.error().what.find("in time"), std::string::npos) << reply.error().what;
  EXPECT_EQ(server.requests().size(), 1u);
}
TEST(SlowServers, ThatDribbleAreGivenUp) {
  RawServer server([](Line& line) {
    line.send(head("Content-Length: 100000\r\n"));
    while (line.send("x") && !line.closed_within(milliseconds(5))) {
    }
  });
  Desk desk;
  Policy policy = at_home();
  policy.stall_timeout = milliseconds(150);
  policy.min_rate = 10'000;
  const auto reply = desk.get(server.url(), policy);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::unavailable);
  EXPECT_NE(reply.error().what.find("too slow"), std::string::npos) << reply.error().what;
}
TEST(SlowServers, ThatDribbleHeadersAreGivenUp) {
  RawServer server([](Line& line) {
    line.send("HTTP/1.1 200 OK\r\n");
    while (line.send("X: y\r\n") && !line.closed_within(milliseconds(5))) {
    }
  });
  Desk desk;
  Policy policy = at_home();
  policy.total_timeout = milliseconds(150);
  const auto reply = desk.get(server.url(), policy);
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().what.find("in time"), std::string::npos) << reply.error().what;
}
TEST(SlowServers, HaveOneLimitForAllHops) {
  RawServer server([](Line& line) {
    line.closed_within(milliseconds(60));
    const int turn = std::atoi(line.request().c_str() + 5);
    line.send("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: /" + std::to_string(turn + 1) +
              "\r\n\r\n");
  });
  Desk desk;
  Policy policy = at_home();
  policy.total_timeout = milliseconds(200);
  policy.max_redirects = 100;
  const auto reply = desk.get(server.url("/1"), policy);
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().what.find("in time"), std::string::npos) << reply.error().what;
  EXPECT_LT(server.requests().size(), 6u);
}
TEST(BrokenLines, AreTriedAgainForAGetOnly) {
  for (const bool post : {false, true}) {
    int turn = 0;
    RawServer server([&](Line& line) {
      if (turn++ > 0) line.send(ok("x"));
    });
    Desk desk;
    Policy policy = at_home();
    policy.retries = 1;
    const auto reply =
        desk.fetcher->fetch({server.url(), {}, {}, post ? std::optional("body"s) : std::nullopt}, policy);
    EXPECT_EQ(reply.has_value(), !post);
    EXPECT_EQ(server.requests().size(), post ? 1u : 2u);
  }
}

// Redirects

struct Turn {
  const char* name;
  const char* location;
  const char* what;
};
class Redirected : public testing::TestWithParam<Turn> {};
TEST_P(Redirected, ThatLeadAstrayAreRefused) {
  RawServer server("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "s + GetParam().location +
                   "\r\n\r\n");
  Desk desk;
  const auto reply = desk.get(server.url());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::refused) << reply.error().message();
  EXPECT_NE(reply.error().message().find(GetParam().what), std::string::npos) << reply.error().message();
  EXPECT_EQ(reply.error().message().find("secret"), std::string::npos) << reply.error().message();
  EXPECT_EQ(server.requests().size(), 1u);
}
INSTANTIATE_TEST_SUITE_P(
    , Redirected,
    testing::Values(Turn{"to_itself", "/", "circle"}, Turn{"to_a_file", "file:///etc/passwd", "only http"},
                    Turn{"to_ftp", "ftp://example.org/", "only http"},
                    Turn{"to_data", "data:text/plain,x", "only http"},
                    Turn{"to_a_password", "http://me:secret@127.0.0.1/", "password"},
                    Turn{"to_the_unspecified_address", "http://0.0.0.0/", "0.0.0.0 is the unspecified address"},
                    Turn{"to_multicast", "http://224.0.0.1/", "multicast"}),
    [](const auto& row) { return row.param.name; });

TEST(Circles, OfTwoHopsAreRefused) {
  RawServer server([](Line& line) {
    line.send("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "s +
              (line.asks("/a") ? "/b" : "/a") + "\r\n\r\n");
  });
  Desk desk;
  const auto reply = desk.get(server.url("/a"));
  ASSERT_FALSE(reply);
  EXPECT_NE(reply.error().what.find("circle"), std::string::npos);
  EXPECT_EQ(server.requests().size(), 2u);
}

// The guard. `port` is the internet, everything else on this machine is ours.
Judge open_port(const int& port) {
  return [&port](const sockaddr& address) {
    int at = 0;
    if (address.sa_family == AF_INET) at = ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    if (address.sa_family == AF_INET6) at = ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    if (at == 0 || at == port)
      return Verdict{Reach::open, "a public address"};  // 0: written in a URL, not yet connected
    return Verdict{Reach::internal, "a loopback address"};
  };
}
Policy stranger() {
  Policy policy = at_home();
  policy.internal = false;
  return policy;
}

TEST(TheGuard, RefusesLoopbackAtTheSocketWhateverTheName) {
  RawServer server(ok("x"));
  Desk desk;
  for (const char* host :
       {"127.0.0.1", "localhost", "0x7f.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    const auto reply = desk.get(server.url("/", host), stranger());
    ASSERT_FALSE(reply) << host;
    EXPECT_EQ(reply.error().code, Code::refused) << reply.error().message();
  }
  EXPECT_TRUE(server.requests().empty());
}
TEST(TheGuard, RefusesARedirectFromTheInternetToOurNetwork) {
  RawServer inside(ok("our secrets"));
  RawServer server([&](Line& line) {
    line.send("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: " +
              inside.url("/", "localhost") + "\r\n\r\n");
  });
  const int port = server.port();
  Desk desk;
  desk.fetcher = make_fetcher({"tocsin/test", ""}, desk.clock, desk.sleeper, open_port(port));
  const auto reply = desk.get(server.url(), stranger());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::refused);
  EXPECT_NE(reply.error().what.find("is a loopback address, and the source is not marked internal"), std::string::npos)
      << reply.error().message();
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(inside.requests().empty());
}
TEST(TheGuard, JudgesTheAddressOfEachConnectionNotOfTheName) {
  RawServer server(ok("x"));  // closes after each reply
  int port = server.port();
  Desk desk;
  desk.fetcher = make_fetcher({"tocsin/test", ""}, desk.clock, desk.sleeper, open_port(port));
  ASSERT_TRUE(desk.get(server.url("/", "localhost"), stranger()));
  port = 1;  // the name now stands for an address of ours
  const auto reply = desk.get(server.url("/", "localhost"), stranger());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::refused);
  EXPECT_EQ(server.requests().size(), 1u);
}
TEST(TheGuard, DoesNotLendAConnectionOfAnInternalSource) {
  std::atomic<int> connections{0};
  RawServer server([&](Line& line) {
    ++connections;
    line.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");  // and stays open
    line.until_closed();
  });
  {
    Desk desk;
    ASSERT_TRUE(desk.get(server.url("/", "localhost"), at_home()));
    const auto reply = desk.get(server.url("/", "localhost"), stranger());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Code::refused) << reply.error().message();
    EXPECT_EQ(connections, 1);
  }
}

}  // namespace
}  // namespace tocsin::wire
