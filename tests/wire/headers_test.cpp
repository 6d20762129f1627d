#include "wire/headers.hpp"

#include <gtest/gtest.h>

namespace tocsin::wire {
namespace {

using std::chrono::milliseconds;
constexpr Time kNow{784'111'777'000'000};  // 1994-11-06T08:49:37Z

TEST(HttpDates, AreReadInTheirThreeForms) {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994", "  Sun, 06 Nov 1994 08:49:37 GMT "}) {
    const auto time = parse_http_date(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(*time, kNow) << text;
  }
}
TEST(HttpDates, ThatAreNoneAreMalformed) {
  for (const char* text :
       {"", "yesterday", "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 94 08:49:37 GMT",
        "Sunday, 06-Nov-9x 08:49:37 GMT", "1994-11-06T08:49:37Z", "Sun, 0666 Nov 1994 08:49:37 GMT"})
    EXPECT_FALSE(parse_http_date(text)) << text;
}
TEST(HttpDates, ArePrintedAsTheyAreRead) {
  EXPECT_EQ(to_http_date(kNow), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(to_http_date({0}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(to_http_date({-1}), "Wed, 31 Dec 1969 23:59:59 GMT");
  EXPECT_EQ(*parse_http_date(to_http_date({1'774'958'400'000'000})), Time{1'774'958'400'000'000});
}

struct Wait {
  const char* text;
  std::optional<std::int64_t> ms;
};
class RetryAfter : public testing::TestWithParam<Wait> {};
TEST_P(RetryAfter, IsSecondsOrADate) {
  const auto wait = parse_retry_after(GetParam().text, kNow);
  ASSERT_EQ(wait.has_value(), GetParam().ms.has_value()) << GetParam().text;
  EXPECT_EQ(wait.value_or(milliseconds(0)).count(), GetParam().ms.value_or(0)) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(
    , RetryAfter,
    testing::Values(Wait{"0", 0}, Wait{"120", 120'000}, Wait{" 7 ", 7'000},
                    Wait{"Sun, 06 Nov 1994 08:50:07 GMT", 30'000}, Wait{"Sun, 06 Nov 1994 08:00:00 GMT", 0},
                    Wait{"99999999999999999999999", 31'536'000'000}, Wait{"31536001", 31'536'000'000},
                    Wait{"Fri, 31 Dec 9999 23:59:59 GMT", 31'536'000'000}, Wait{"-1", std::nullopt},
                    Wait{"1.5", std::nullopt}, Wait{"+3", std::nullopt}, Wait{"", std::nullopt},
                    Wait{"soon", std::nullopt}, Wait{"12 s", std::nullopt}));

class RateLimit : public testing::TestWithParam<Wait> {};
TEST_P(RateLimit, IsWaitedForWhenAPolicyIsUsedUp) {
  const auto wait = parse_rate_limit(GetParam().text);
  ASSERT_EQ(wait.has_value(), GetParam().ms.has_value()) << GetParam().text;
  EXPECT_EQ(wait.value_or(milliseconds(0)).count(), GetParam().ms.value_or(0)) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(, RateLimit,
                         testing::Values(Wait{"\"api\";r=0;t=55", 55'000}, Wait{"\"api\";r=3;t=55", std::nullopt},
                                         Wait{"\"a\";r=0;t=5, \"b\";r=0;t=9,\"c\";r=1;t=99", 9'000},
                                         Wait{"\"a,b;r=0\";r=0;t=5", 5'000}, Wait{"\"api\";r=0", std::nullopt},
                                         Wait{"\"api", std::nullopt}, Wait{"", std::nullopt}));

struct Type {
  const char* text;
  const char* type;
  const char* charset;
};
class MediaTypes : public testing::TestWithParam<Type> {};
TEST_P(MediaTypes, AreLowerCaseWithTheirCharset) {
  const MediaType media = parse_media_type(GetParam().text);
  EXPECT_EQ(media.type, GetParam().type) << GetParam().text;
  EXPECT_EQ(media.charset, GetParam().charset) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(, MediaTypes,
                         testing::Values(Type{"application/json", "application/json", ""},
                                         Type{"Text/XML; Charset=\"UTF-8\"", "text/xml", "utf-8"},
                                         Type{"text/html;charset=ISO-8859-1 ; q=1", "text/html", "iso-8859-1"},
                                         Type{"application/taxii+json;version=2.1", "application/taxii+json", ""},
                                         Type{"text/plain; x=\"a;charset=no\"; charset=yes", "text/plain", "yes"},
                                         Type{"text/plain; charset=a; charset=b", "text/plain", "a"},
                                         Type{"text/plain; charset=\"a b\"", "text/plain", ""}, Type{"text", "", ""},
                                         Type{"", "", ""}, Type{"a/b/c", "", ""}, Type{"/json", "", ""},
                                         Type{"text/<script>", "", ""}));

struct Next {
  const char* text;
  std::optional<std::string> target;
};
class LinkHeaders : public testing::TestWithParam<Next> {};
TEST_P(LinkHeaders, GiveTheNextPage) {
  EXPECT_EQ(next_target(GetParam().text), GetParam().target) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(
    , LinkHeaders,
    testing::Values(Next{"<https://h/api?cursor=a,b;c>; rel=\"next\"", "https://h/api?cursor=a,b;c"},
                    Next{"</2>; rel=next", "/2"}, Next{"<?page=2>;rel=\"prev next\"", "?page=2"},
                    Next{"<a>; rel=prev, <b>; title=\"x, <c>; rel=next\"; rel=NEXT", "b"},
                    Next{"<a>; rel=\"last\" , <b> ; REL=\"next\"", "b"}, Next{", ,<a>;rel=next", "a"},
                    Next{"<a>; rel=prev; rel=next", std::nullopt}, Next{"<a>; anchor=\"#x\"; rel=next", std::nullopt},
                    Next{"<a>; rel=nextish", std::nullopt}, Next{"<a", std::nullopt}, Next{"a; rel=next", std::nullopt},
                    Next{"<a>; title=\"open; rel=next", std::nullopt}, Next{"", std::nullopt}, Next{"<>; rel=next", ""},
                    Next{"<a>", std::nullopt}, Next{"<a>, <b>;rel=next", "b"}));

TEST(ManyLinks, AreReadUpToAHundred) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += "<a>; rel=x, ";
  EXPECT_EQ(parse_links(many).size(), 100u);
}

Result<Head> read(std::initializer_list<std::string_view> lines) {
  Head head;
  for (const std::string_view line : lines) TOCSIN_CHECK(head.add_line(line));
  return head;
}

TEST(Heads, KeepWhatWeUse) {
  const auto head = read({"HTTP/1.1 200 OK\r\n", "content-type: Text/CSV\r\n", "ETag: W/\"a\"\r\n",
                          "Content-Length: 12\r\n", "Link: <a>; rel=prev\r\n", "Link: <b>; rel=next\r\n", "\r\n"});
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->complete());
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->content_type, "Text/CSV");
  EXPECT_EQ(head->etag, "W/\"a\"");
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_EQ(next_target(head->link), "b");
}
TEST(Heads, BeginAnewAfterAnInterimReply) {
  const auto head =
      read({"HTTP/1.1 103 Early Hints\r\n", "ETag: \"early\"\r\n", "\r\n", "HTTP/1.1 404 Not Found\r\n", "\r\n"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 404);
  EXPECT_EQ(head->etag, "");
}
TEST(Heads, DoNotListenToTrailers) {
  const auto head = read({"HTTP/1.1 200 OK\r\n", "\r\n", "ETag: \"late\"\r\n", "HTTP/1.1 304 Not Modified\r\n"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->etag, "");
  EXPECT_EQ(head->status, 200);
}
TEST(Heads, PassOverWhatIsNotWellFormed) {
  const auto head = read({"HTTP/1.1 200 OK\r\n", "no colon\r\n", " ETag: \"folded\"\r\n", "ETag : \"blank\"\r\n",
                          "ETag: \"a\x01\"\r\n", ": x\r\n", "\r\n"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->etag, "");
}
TEST(Heads, DropValidatorsTooLongToKeep) {
  const std::string line = "ETag: \"" + std::string(5000, 'a') + "\"\r\n";
  const auto head = read({"HTTP/1.1 200 OK\r\n", line, "\r\n"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->etag, "");
}

struct Bad {
  const char* name;
  std::vector<std::string> lines;
  Code code;
};
class HeadsRefuse : public testing::TestWithParam<Bad> {};
TEST_P(HeadsRefuse, WhatTwoReadersCouldReadTwice) {
  Head head;
  Result<> last;
  for (const std::string& line : GetParam().lines) {
    last = head.add_line(line);
    if (!last) break;
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, GetParam().code) << last.error().what;
}
INSTANTIATE_TEST_SUITE_P(
    , HeadsRefuse,
    testing::Values(
        Bad{"a_status_of_letters", {"HTTP/1.1 2OO OK\r\n"}, Code::malformed},
        Bad{"a_status_of_four_digits", {"HTTP/1.1 2000 OK\r\n"}, Code::malformed},
        Bad{"a_status_of_999", {"HTTP/1.1 999 \r\n"}, Code::malformed},
        Bad{"no_status", {"HTTP/1.1\r\n"}, Code::malformed},
        Bad{"two_lengths", {"HTTP/1.1 200 OK\r\n", "Content-Length: 1\r\n", "Content-Length: 2\r\n"}, Code::malformed},
        Bad{"a_negative_length", {"HTTP/1.1 200 OK\r\n", "Content-Length: -1\r\n"}, Code::malformed},
        Bad{"a_length_beyond_64_bits",
            {"HTTP/1.1 200 OK\r\n", "Content-Length: 99999999999999999999\r\n"},
            Code::malformed},
        Bad{"two_locations", {"HTTP/1.1 302 Found\r\n", "Location: /a\r\n", "Location: /b\r\n"}, Code::malformed},
        Bad{"a_megabyte", std::vector<std::string>(1100, "X: " + std::string(1000, 'a') + "\r\n"), Code::refused}),
    [](const auto& row) { return row.param.name; });

TEST(HeaderFields, MustNotBeginAnotherLine) {
  EXPECT_TRUE(is_header_name("X-Api-Key"));
  for (const char* name : {"", "A B", "A:", "A\r\nB", "\xc3\xa4"}) EXPECT_FALSE(is_header_name(name)) << name;
  EXPECT_TRUE(is_header_value("a\tb \xc3\xa4"));
  for (const std::string_view value :
       {std::string_view("a\r\nb"), std::string_view("a\nb"), std::string_view("a\0b", 3), std::string_view("\x7f")})
    EXPECT_FALSE(is_header_value(value));
}

}  // namespace
}  // namespace tocsin::wire
