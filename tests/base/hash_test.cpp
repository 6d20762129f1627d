#include "base/hash.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace tocsin {
namespace {

// FIPS 180-4 examples.
TEST(Sha256Of, TheExamplesOfTheStandard) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abc").short_hex(), "ba7816bf8f01");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Of, PartsEqualsThatOfTheWhole) {
  Sha256 parts;
  parts.add("a").add("").add("bc");
  EXPECT_EQ(parts.finish(), sha256("abc"));
}

TEST(ADigest, ReadsBackFromItsHex) {
  const Digest digest = sha256("x");
  EXPECT_EQ(*parse_digest(digest.hex()), digest);
  EXPECT_FALSE(parse_digest(digest.hex().substr(1)));
  EXPECT_FALSE(parse_digest(std::string(64, 'g')));
}

TEST(Xxh3Of, NothingIsTheKnownValue) {
  EXPECT_EQ(xxh3(""), 0x2d06800538d394c2u);
}

TEST(Hex, ReadsEitherCaseAndNamesTheWrongDigit) {
  EXPECT_EQ(to_hex("\xff\x00z"), "ff");  // the literal ends at its NUL
  EXPECT_EQ(to_hex(std::string_view("\xff\x00z", 3)), "ff007a");
  EXPECT_EQ(*from_hex("fF7a"), "\xffz");
  EXPECT_EQ(from_hex("00x0").error().offset, 2u);
  EXPECT_EQ(from_hex("0").error().code, Code::malformed);
}

// RFC 4648, section 10.
TEST(Base64, KeepsTheVectorsOfTheRfc) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {"\xff\xfe\xfb", "//77"}};
  for (const auto& [plain, coded] : rows) {
    EXPECT_EQ(to_base64(plain), coded);
    ASSERT_TRUE(from_base64(coded)) << coded;
    EXPECT_EQ(*from_base64(coded), plain);
  }
}

TEST(Base64, HasOneSpellingPerValue) {
  for (const char* bad : {"Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zg==Zg==", "-_-_"})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(*from_base64(to_base64(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(TheSystemsRandomness, GivesTheLengthAskedForAndNeverTheSameTwice) {
  EXPECT_EQ(system_random().bytes(0).size(), 0u);
  EXPECT_EQ(system_random().bytes(33).size(), 33u);
  EXPECT_NE(system_random().bytes(16), system_random().bytes(16));
}

}  // namespace
}  // namespace tocsin
