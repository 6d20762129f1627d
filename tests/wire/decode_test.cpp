#include "wire/decode.hpp"

#include <gtest/gtest.h>

#include "compress.hpp"

namespace tocsin::wire {
namespace {

constexpr BodyLimits kWide{1 << 30, 1'000'000};

Result<std::string> decoded(std::string_view encoding, std::string_view bytes, BodyLimits limits = kWide,
                            std::size_t step = 4096) {
  TOCSIN_TRY(Body body, Body::begin(encoding, limits));
  for (std::size_t at = 0; at < bytes.size(); at += step) TOCSIN_CHECK(body.add(bytes.substr(at, step)));
  return body.finish();
}

std::string story() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i * 7919 % 20'011) + "\n";
  return text;
}

struct Coded {
  const char* name;
  const char* encoding;
  std::string (*make)(const std::string&);
};
class Bodies : public testing::TestWithParam<Coded> {
 protected:
  std::string bytes() const { return GetParam().make(story()); }
};
TEST_P(Bodies, ComeOutAsTheyWentIn) {
  for (const std::size_t step : {1u, 2u, 3u, 1000u, 1u << 20}) {
    const auto body = decoded(GetParam().encoding, bytes(), kWide, step);
    ASSERT_TRUE(body) << body.error().what;
    EXPECT_EQ(*body, story()) << step;
  }
}
TEST_P(Bodies, OfNothingAreEmpty) {
  EXPECT_EQ(decoded(GetParam().encoding, "").value_or("?"), "");
  EXPECT_EQ(decoded(GetParam().encoding, GetParam().make("")).value_or("?"), "");
}
TEST_P(Bodies, ThatEndEarlyAreTruncated) {
  if (std::string_view(GetParam().encoding).empty()) return;  // plain bytes have no end of their own
  const std::string whole = bytes();
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{9}, whole.size() / 2, whole.size() - 1}) {
    const auto body = decoded(GetParam().encoding, std::string_view(whole).substr(0, size));
    ASSERT_FALSE(body) << size;
    EXPECT_EQ(body.error().code, Code::truncated) << size << ": " << body.error().what;
  }
}
TEST_P(Bodies, StopAtTheCap) {
  const auto body = decoded(GetParam().encoding, bytes(), {1000, 1'000'000});
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::refused);
  EXPECT_NE(body.error().what.find("1000 bytes"), std::string::npos) << body.error().what;
  EXPECT_EQ(decoded(GetParam().encoding, bytes(), {story().size(), 1'000'000}).value_or(""), story());
  EXPECT_FALSE(decoded(GetParam().encoding, bytes(), {story().size() - 1, 1'000'000}));
}
INSTANTIATE_TEST_SUITE_P(
    , Bodies,
    testing::Values(Coded{"plain", "", [](const std::string& s) { return s; }},
                    Coded{"gzip", "gzip", [](const std::string& s) { return gzipped(s); }},
                    Coded{"x_gzip", "X-GZip", [](const std::string& s) { return gzipped(s); }},
                    Coded{"deflate_as_zlib", "deflate", [](const std::string& s) { return deflated(s, 15); }},
                    Coded{"deflate_as_sent_bare", "deflate", [](const std::string& s) { return deflated(s, -15); }},
                    Coded{"zstd", "zstd", [](const std::string& s) { return zstd_of(s); }}),
    [](const auto& row) { return row.param.name; });

TEST(Bombs, StopWithTheirNumbers) {
  const std::string zeros(16 << 20, '\0');
  for (const auto& [encoding, bytes] : {std::pair{"gzip", gzipped(zeros)}, std::pair{"deflate", deflated(zeros, 15)},
                                        std::pair{"zstd", zstd_of(zeros)}}) {
    const auto body = decoded(encoding, bytes, {512u << 20, 200});
    ASSERT_FALSE(body) << encoding;
    EXPECT_EQ(body.error().code, Code::refused);
    EXPECT_NE(body.error().what.find("more than 200 times"), std::string::npos) << body.error().what;
  }
}
TEST(Bombs, AreLetGoBelowAMebibyte) {
  EXPECT_TRUE(decoded("gzip", gzipped(std::string(1 << 20, ' ')), {1 << 30, 2}));
}
TEST(Bombs, OfEmptyMembersStopAtTheCap) {
  std::string members;
  for (int i = 0; i < 1000; ++i) members += gzipped("");
  EXPECT_EQ(decoded("gzip", members).value_or("?"), "");
  const auto body = decoded("gzip", members, {5000, 200});
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::refused);
}
TEST(Bombs, WithAHugeWindowAreRefused) {
  const auto body = decoded("zstd", zstd_of(story(), 27));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::refused);
  EXPECT_NE(body.error().what.find("window"), std::string::npos);
}

TEST(Streams, MayHoldFramesToSkip) {
  const std::string skipped = std::string("\x50\x2a\x4d\x18\x03\x00\x00\x00", 8) + "abc";
  for (const std::size_t step : {1u, 4096u})
    EXPECT_EQ(decoded("zstd", skipped + zstd_of("one ") + skipped + zstd_of("two"), kWide, step).value_or("?"),
              "one two");
}
TEST(Streams, FollowEachOther) {
  EXPECT_EQ(decoded("gzip", gzipped("one ") + gzipped("two")).value_or("?"), "one two");
  EXPECT_EQ(decoded("zstd", zstd_of("one ") + zstd_of("two")).value_or("?"), "one two");
}

struct Bad {
  const char* name;
  const char* encoding;
  std::string bytes;
  Code code;
};
class StreamsRefuse : public testing::TestWithParam<Bad> {};
TEST_P(StreamsRefuse, WhatIsNotWhatItSays) {
  for (const std::size_t step : {1u, 4096u}) {
    const auto body = decoded(GetParam().encoding, GetParam().bytes, kWide, step);
    ASSERT_FALSE(body);
    EXPECT_EQ(body.error().code, GetParam().code) << body.error().what;
  }
}
INSTANTIATE_TEST_SUITE_P(
    , StreamsRefuse,
    testing::Values(Bad{"html_as_gzip", "gzip", "<html>hello</html>", Code::malformed},
                    Bad{"html_as_zstd", "zstd", "<html>hello</html>", Code::malformed},
                    Bad{"garbage_after_gzip", "gzip", gzipped("a") + "garbage", Code::malformed},
                    Bad{"garbage_after_zstd", "zstd", zstd_of("a") + "garbage", Code::malformed},
                    Bad{"garbage_after_deflate", "deflate", deflated("a", 15) + "garbage", Code::malformed},
                    Bad{"a_wrong_checksum", "gzip",
                        [] {
                          std::string s = gzipped("a");
                          s[s.size() - 6] ^= 1;
                          return s;
                        }(),
                        Code::malformed},
                    Bad{"zstd_as_it_was_in_2016", "zstd", "\x26\xb5\x2f\xfd\x04\xff\xff\xff", Code::malformed},
                    Bad{"brotli", "br", "x", Code::malformed},
                    Bad{"twice", "gzip, gzip", gzipped(gzipped("a")), Code::refused},
                    Bad{"an_escape_sequence", "\x1b[31m", "x", Code::malformed}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace tocsin::wire
