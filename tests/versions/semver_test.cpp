#include "versions/semver.hpp"

#include <gtest/gtest.h>

#include "corpus.hpp"
#include "table.hpp"

namespace tocsin::versions {
namespace {

void expect_order(std::string_view left, std::string_view sign, std::string_view right) {
  const auto a = parse_semver(left);
  const auto b = parse_semver(right);
  ASSERT_TRUE(a) << left;
  ASSERT_TRUE(b) << right;
  const auto order = *a <=> *b;
  EXPECT_EQ(sign, order < 0 ? "<" : order > 0 ? ">" : "=") << left << ' ' << right;
  const int by_key = order_key(*a).compare(order_key(*b));
  EXPECT_EQ(sign, by_key < 0 ? "<" : by_key > 0 ? ">" : "=") << "keys of " << left << ' ' << right;
}

TEST(Semver, OrdersByItsStandard) {
  constexpr std::string_view kInOrder[] = {"0.0.0-0",
                                           "0.0.0",
                                           "1.0.0-0",
                                           "1.0.0-1",
                                           "1.0.0-1.0",
                                           "1.0.0-10",
                                           "1.0.0-9007199254740993",
                                           "1.0.0-99999999999999999999999",
                                           "1.0.0--",
                                           "1.0.0-A",
                                           "1.0.0-alpha",
                                           "1.0.0-alpha.1",
                                           "1.0.0-alpha.beta",
                                           "1.0.0-alpha0",
                                           "1.0.0-beta",
                                           "1.0.0-rc.1",
                                           "1.0.0",
                                           "1.0.0.1",
                                           "1.0.1",
                                           "1.2",
                                           "1.10.0",
                                           "2.0.0-rc",
                                           "2"};
  for (std::size_t left = 0; left < std::size(kInOrder); ++left)
    for (std::size_t right = 0; right < std::size(kInOrder); ++right)
      expect_order(kInOrder[left], left < right ? "<" : left > right ? ">" : "=", kInOrder[right]);
  expect_order("v1.2.3+a", "=", "=1.2.3+b.c");
  expect_order("1.2.3beta", "=", "1.2.3-beta");
  for (const std::string_view bad : {"", "v", "1.2.3-", "1.2.3+", "1.2.3-a..b", "x", "1.2.3 4", "1.2.3-a_b"})
    EXPECT_FALSE(parse_semver(bad)) << bad;
}

TEST(NpmRange, AllowsWhatNpmAllows) {
  struct Case {
    const char* range;
    const char* version;
    bool contains;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", "1.2.3", true},
           {"*", "1.2.3-pre", false},
           {"^1.2", "1.99.0", true},
           {"^0.2.3", "0.3.0", false},
           {"^0.0", "0.1.0", false},
           {"~1.2.3-beta.2", "1.2.3-beta.4", true},
           {"~1.2.3-beta.2", "1.2.4-beta.2", false},
           {">=1.2.3-a <1.2.3", "1.2.3-b", true},
           {"1.2 - 2.3", "2.3.9", true},
           {"1.2.3 - 2.3.4", "2.3.5", false},
           {" >  1 ", "1.9.9", false},
           {">1", "2.0.0", true},
           {"<=2", "2.9.9", true},
           {"<*", "0.0.0", false},
           {"1.x || >=2.5.0 || 5.0.0 - 7.2.3", "6.0.0", true},
           {"1.x || >=2.5.0 || 5.0.0 - 7.2.3", "2.4.0", false},
           {"=v1.2.3", "1.2.3", true},
           {"~x.1", "9.9.9", true},
           {"1.x.3 - 2", "1.0.0", true},
           {"1.2.3-a || *", "1.2.3-b", false},
       }) {
    const auto range = NpmRange::parse(c.range);
    ASSERT_TRUE(range) << c.range;
    EXPECT_EQ(range->contains(c.version), c.contains) << c.range << "  " << c.version << "  " << range->text();
  }
  for (const std::string_view bad : {"blerg", "1.2.3.4", "1.", ">>1", "1.2.3-", "^", "1 | 2", "01.2.3", "latest", "x.1",
                                     "1.x.3", "==1.2.3", "=1.2.3 - 2", "^9007199254740991.0.0", "1.9007199254740991.x"})
    EXPECT_FALSE(NpmRange::parse(bad)) << bad;
}

TEST(SemverCorpus, OrdersEveryPair) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const auto& row : tests::table(data / "versions/semver_order.tsv"))
    expect_order(row.at(0), row.at(1), row.at(2));
}

TEST(SemverCorpus, AnswersEveryRange) {
  TOCSIN_NEEDS_CORPUS(data);
  std::size_t rows = 0;
  for (const auto& row : tests::table(data / "versions/npm_ranges.tsv")) {
    ASSERT_EQ(row.size(), 4u);
    const auto range =
        NpmRange::parse(row[0], {.loose = row[2] == "loose", .include_prerelease = row[2] == "includePrerelease"});
    ASSERT_TRUE(range) << row[0];
    EXPECT_EQ(range->contains(row[1]), row[3] == "true") << testing::PrintToString(row) << range->text();
    ++rows;
  }
  EXPECT_GT(rows, 0u);
  for (const auto& row : tests::table(data / "versions/npm_invalid_versions.txt"))
    EXPECT_FALSE(parse_npm_version(row.at(0))) << row.at(0);
}

}  // namespace
}  // namespace tocsin::versions
