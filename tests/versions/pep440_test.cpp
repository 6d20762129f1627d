#include "versions/pep440.hpp"

#include <gtest/gtest.h>

#include "corpus.hpp"
#include "table.hpp"

namespace tocsin::versions {
namespace {

Pep440 version(std::string_view text) {
  auto parsed = parse_pep440(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Pep440{};
}

// Every way of comparing has to say the same.
void expect_order(std::string_view left, std::string_view sign, std::string_view right) {
  const auto a = version(left);
  const auto b = version(right);
  const auto order = a <=> b;
  EXPECT_EQ(sign, order < 0 ? "<" : order > 0 ? ">" : "=") << left << ' ' << right;
  const auto reverse = b <=> a;
  EXPECT_EQ(sign, reverse > 0 ? "<" : reverse < 0 ? ">" : "=") << right << ' ' << left;
  const int by_key = order_key(a).compare(order_key(b));
  EXPECT_EQ(sign, by_key < 0 ? "<" : by_key > 0 ? ">" : "=") << "keys of " << left << ' ' << right;
  const auto quick = pep440_key(left);
  ASSERT_TRUE(quick);
  EXPECT_EQ(order_key(a), quick->key) << left;
  EXPECT_EQ(order_key(a.public_part()), quick->public_key()) << left;
}

TEST(Pep440, OrdersAWholeLifeOfAVersion) {
  constexpr std::string_view kInOrder[] = {"0.dev0",
                                           "0",
                                           "0.0.1",
                                           "0.9.9.9",
                                           "1.dev1",
                                           "1.dev2",
                                           "1a0.dev1",
                                           "1a0",
                                           "1a0.post0.dev0",
                                           "1a0.post0",
                                           "1a1",
                                           "1b0",
                                           "1b2.post345.dev456",
                                           "1b2.post345",
                                           "1rc1.dev9",
                                           "1rc1",
                                           "1",
                                           "1+abc",
                                           "1+abc.5",
                                           "1+abc.7",
                                           "1+5",
                                           "1+5.0",
                                           "1.post0.dev1",
                                           "1.post0",
                                           "1.post1.dev0+x",
                                           "1.post1",
                                           "1.0.1",
                                           "1.1",
                                           "1.10",
                                           "1.238",
                                           "1.239",
                                           "1.65535",
                                           "1.18446744073709551615",
                                           "1.18446744073709551616",
                                           "1.99999999999999999999",
                                           "1.100000000000000000000",
                                           "2",
                                           "1!0.dev0",
                                           "1!0",
                                           "300!0"};
  for (std::size_t left = 0; left < std::size(kInOrder); ++left)
    for (std::size_t right = 0; right < std::size(kInOrder); ++right)
      expect_order(kInOrder[left], left < right ? "<" : left > right ? ">" : "=", kInOrder[right]);
}

TEST(Pep440, TakesEverySpellingAsTheSameVersion) {
  constexpr std::pair<std::string_view, std::string_view> kSame[] = {
      {"v1.0", "1"},
      {" 1.0\n", "1.0.0"},
      {"1.0-1", "1.0.post1"},
      {"1.0.RC-3", "1rc3"},
      {"1.0preview", "1rc0"},
      {"1.0_alpha_2", "1a2"},
      {"1.0a-", "1a0"},
      {"1.0-a.5", "1a5"},
      {"1.0a.dev", "1a0.dev0"},
      {"1.0r4", "1.post4"},
      {"1.0.rev", "1.post0"},
      {"0!01.002", "1.2"},
      {"1.0+AB-c_5", "1+ab.c.5"},
      {"1.0+05", "1+5"},
      {"1a1-2", "1a1.post2"},
      {"1.0a-.post1", "1a0.post1"},
  };
  for (const auto& [left, right] : kSame) expect_order(left, "=", right);
}

TEST(Pep440, RefusesWhatOnlyLooksLikeAVersion) {
  for (const std::string_view text :
       {"",     " ",  ".",  "v",  "1.",   "1..2",    "1.0-",        "1.0+",           "1.0+a+b", "1.0+a..b",  "1.0+.a",
        "1 .0", "!1", "1!", "a1", "1.0x", "1.0a1b2", "1.0post1rc1", "1.0.dev1.post1", "1.0--1",  "\xd9\xa1.0"})
    EXPECT_FALSE(parse_pep440(text)) << text;
  const auto long_one = parse_pep440(std::string(kMaxVersionBytes + 1, '1'));
  ASSERT_FALSE(long_one);
  EXPECT_EQ(long_one.error().code, Code::refused);
}

TEST(Pep440, KeepsWhatAnUpperBoundNeeds) {
  const auto bound = after_locals(pep440_key("2.0.1")->key);
  for (const std::string_view inside : {"2.0.1", "2.0.1+0", "2.0.1+cu118", "2.0.1+zzz.999999999999999999999999999"})
    EXPECT_LT(pep440_key(inside)->key, bound) << inside;
  for (const std::string_view outside : {"2.0.1.post0.dev0", "2.0.1.post0", "2.0.1.0.1", "2.0.2.dev0"})
    EXPECT_GT(pep440_key(outside)->key, bound) << outside;
}

TEST(Pep440Corpus, OrdersEveryPair) {
  TOCSIN_NEEDS_CORPUS(data);
  std::size_t rows = 0;
  for (const auto& row : tests::table(data / "versions/pep440_order.tsv")) {
    ASSERT_EQ(row.size(), 3u);
    expect_order(row[0], row[1], row[2]);
    ++rows;
  }
  EXPECT_GT(rows, 0u);
}

TEST(Pep440Corpus, PrintsEveryForm) {
  TOCSIN_NEEDS_CORPUS(data);
  const auto folder = data / "versions";
  for (const auto& row : tests::table(folder / "pep440_normalize.tsv")) EXPECT_EQ(version(row.at(0)).text(), row.at(1));
  for (const auto& row : tests::table(folder / "pep440_public.tsv")) {
    EXPECT_EQ(version(row.at(0)).public_text(), row.at(1));
    EXPECT_EQ(version(row.at(0)).public_part().text(), row.at(1));
  }
  for (const auto& row : tests::table(folder / "pep440_base_version.tsv"))
    EXPECT_EQ(version(row.at(0)).base_version(), row.at(1));
  for (const auto& row : tests::table(folder / "pep440_is_prerelease.tsv"))
    EXPECT_EQ(version(row.at(0)).is_prerelease() ? "true" : "false", row.at(1)) << row.at(0);
  for (const auto& row : tests::table(folder / "pep440_invalid.txt"))
    EXPECT_FALSE(parse_pep440(row.at(0))) << row.at(0);
}

// What old setuptools made of strings that are no versions has no place here; that they are refused is what matters.
TEST(Pep440Corpus, HasALegacyVersionInEveryLegacyPair) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const auto& row : tests::table(data / "versions/pep440_legacy_order.tsv"))
    EXPECT_FALSE(parse_pep440(row.at(0)) && parse_pep440(row.at(2))) << row.at(0) << ' ' << row.at(2);
}

}  // namespace
}  // namespace tocsin::versions
