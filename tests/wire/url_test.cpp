#include "wire/url.hpp"

#include <gtest/gtest.h>

namespace tocsin::wire {
namespace {

TEST(Urls, AreBroughtIntoOneForm) {
  const auto url = parse_url(" HTTPS://Example.ORG/a/../b?x=1#part ");
  ASSERT_TRUE(url) << url.error().message();
  EXPECT_EQ(url->text, "https://Example.ORG/b?x=1");
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->shown, "https://Example.ORG/b?…");
}

struct Host {
  const char* url;
  const char* host;
};
class HostsInUrls : public testing::TestWithParam<Host> {};
TEST_P(HostsInUrls, AreWhatWillBeConnected) {
  const auto url = parse_url(GetParam().url);
  ASSERT_TRUE(url) << url.error().message();
  EXPECT_EQ(url->host, GetParam().host);
}
INSTANTIATE_TEST_SUITE_P(, HostsInUrls,
                         testing::Values(Host{"http://0x7f.1/", "127.0.0.1"}, Host{"http://2130706433/", "127.0.0.1"},
                                         Host{"http://0177.0.0.1/", "127.0.0.1"}, Host{"http://127.1/", "127.0.0.1"},
                                         Host{"http://[::1]:80/", "::1"},
                                         Host{"http://[::FFFF:10.0.0.1]/", "::ffff:10.0.0.1"},
                                         Host{"http://EXAMPLE.org./", "example.org."}));

struct Bad {
  const char* url;
  Code code;
  const char* what;
};
class UrlsRefused : public testing::TestWithParam<Bad> {};
TEST_P(UrlsRefused, WithoutTheirSecrets) {
  const auto url = parse_url(GetParam().url);
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, GetParam().code) << url.error().message();
  EXPECT_NE(url.error().message().find(GetParam().what), std::string::npos) << url.error().message();
  EXPECT_EQ(url.error().message().find("secret"), std::string::npos) << url.error().message();
  EXPECT_EQ(url.error().message().find('\n'), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(, UrlsRefused,
                         testing::Values(Bad{"http://me:secret@example.org/", Code::refused, "password"},
                                         Bad{"http://secret@example.org/", Code::refused, "password"},
                                         Bad{"https://:secret@example.org/?q", Code::refused, "password"},
                                         Bad{"ftp://example.org/", Code::refused, "only http"},
                                         Bad{"gopher://example.org/", Code::refused, "only http"},
                                         Bad{"zzz://me:secret@example.org/", Code::refused, "only http"},
                                         Bad{"http://me:sec ret:secret@example.org/", Code::malformed, "not a URL"},
                                         Bad{"http://me:a/secret@b c/", Code::malformed, ""},
                                         Bad{"http://", Code::malformed, "not a URL"},
                                         Bad{"http://a b/", Code::malformed, "not a URL"},
                                         Bad{"http://exa\nmple.org/", Code::malformed, "not a URL"},
                                         Bad{"http://example.org:99999/", Code::malformed, "not a URL"},
                                         Bad{"http://[::1/", Code::malformed, "not a URL"},
                                         Bad{"http://h/?key=secret\x01", Code::malformed, "not a URL"}));

TEST(UrlsNobodyParsed, AreShownWithoutUserAndQuery) {
  for (const auto& [text, shown] :
       {std::pair{"http://h/a?k=v", "http://h/a?…"}, std::pair{"http://u:p@h/a?k=v", "http://…@h/a?…"},
        std::pair{"http://u:p/?x@h/a", "http://…?…"}, std::pair{"a?k=http://v", "a?…"}, std::pair{"u:p@h", "…@h"},
        std::pair{"http://h/\x1b[31m", "http://h/\\x1b[31m"}})
    EXPECT_EQ(shown_url(text), shown);
}
TEST(LongUrls, AreRefusedBeyondSixteenKilobytes) {
  const auto url = parse_url("http://example.org/" + std::string(20'000, 'a'));
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, Code::refused);
  EXPECT_LT(url.error().message().size(), 1000u);
}

struct Hop {
  const char* from;
  const char* reference;
  const char* to;  // "" = refused
};
class References : public testing::TestWithParam<Hop> {};
TEST_P(References, AreFollowedFromWhereTheyStand) {
  const auto from = parse_url(GetParam().from);
  ASSERT_TRUE(from);
  const auto to = follow(*from, GetParam().reference);
  if (*GetParam().to == '\0') {
    ASSERT_FALSE(to) << to->text;
    EXPECT_EQ(to.error().code, Code::refused) << to.error().message();
    EXPECT_EQ(to.error().message().find("secret"), std::string::npos) << to.error().message();
  } else {
    ASSERT_TRUE(to) << to.error().message();
    EXPECT_EQ(to->text, GetParam().to);
  }
}
INSTANTIATE_TEST_SUITE_P(, References,
                         testing::Values(Hop{"https://h/a/b?x", "c", "https://h/a/c"},
                                         Hop{"https://h/a/b?x", "/c", "https://h/c"},
                                         Hop{"https://h/a/b?x", "?y", "https://h/a/b?y"},
                                         Hop{"https://h/a/b", "//other/c", "https://other/c"},
                                         Hop{"http://h/", "https://h/", "https://h/"},
                                         Hop{"http://h/", "/a b", "http://h/a%20b"}, Hop{"https://h/", "http://h/", ""},
                                         Hop{"http://h/", "file:///etc/passwd", ""}, Hop{"http://h/", "ftp://h/", ""},
                                         Hop{"http://h/", "gopher://h/", ""}, Hop{"http://h/", "data:text/plain,x", ""},
                                         Hop{"http://h/", "http://me:secret@h/", ""}));

struct Scheme {
  const char* text;
  const char* scheme;
};
class Schemes : public testing::TestWithParam<Scheme> {};
TEST_P(Schemes, TellUrlsFromPaths) {
  EXPECT_EQ(scheme_of(GetParam().text), GetParam().scheme) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(, Schemes,
                         testing::Values(Scheme{"http://h", "http"}, Scheme{"FILE:///a", "file"},
                                         Scheme{"file:/a", "file"}, Scheme{"ftp://h", "ftp"}, Scheme{"a/b.json", ""},
                                         Scheme{"./a:b", ""}, Scheme{"a:b", ""}, Scheme{"", ""}, Scheme{":", ""},
                                         Scheme{"/x/http://y", ""}));

struct File {
  const char* url;
  const char* path;  // "" = an error
};
class FileUrls : public testing::TestWithParam<File> {};
TEST_P(FileUrls, NameAPath) {
  const auto path = path_of_file_url(GetParam().url);
  ASSERT_EQ(path.has_value(), *GetParam().path != '\0') << GetParam().url;
  EXPECT_EQ(path.value_or(""), GetParam().path);
}
INSTANTIATE_TEST_SUITE_P(, FileUrls,
                         testing::Values(File{"file:///a/b.json", "/a/b.json"}, File{"file:/a", "/a"},
                                         File{"file://localhost/a%20b", "/a b"}, File{"FILE:///a?x#y", "/a"},
                                         File{"file:///%C3%A4", "/\xc3\xa4"}, File{"file://host/a", ""},
                                         File{"file:a", ""}, File{"file:///a%0", ""}, File{"file:///a%zz", ""},
                                         File{"file:///a%00b", ""}, File{"file://", ""}, File{"http://h/", ""}));

}  // namespace
}  // namespace tocsin::wire
