#include "versions/specifiers.hpp"

#include <gtest/gtest.h>

#include "corpus.hpp"
#include "table.hpp"

namespace tocsin::versions {
namespace {

SpecifierSet set(std::string_view text, Prereleases own = Prereleases::automatic) {
  auto parsed = SpecifierSet::parse(text, own);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : SpecifierSet{};
}

TEST(SpecifierSet, AnswersLikePip) {
  struct Case {
    const char* set;
    const char* version;
    bool contains;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", "anything", true},
           {">=4.40,<5", "4.57.1", true},
           {">=4.40,<5", "5.0.0rc1", false},
           {"!=2.0.1", "2.0.1+cu118", false},
           {"!=2.0.1+cu118", "2.0.1+cu121", true},
           {"==2.0.1", "2.0.1+cu118", true},
           {"==2.0.1+cu118", "2.0.1", false},
           {"==1.82.7", "1.82.70", false},
           {">2.0", "2.0.post1", false},
           {">2.0", "2.0+local", false},
           {">2.0.post1", "2.0.post2.dev0", true},
           {">2.0rc1", "2.0rc1.post1", false},
           {">2.0rc1", "2.0", true},
           {"<2.0", "2.0.dev0", false},
           {"<2.0", "2.0a1.post3", false},
           {"<2.0a1", "2.0a1.dev0", true},
           {"<2.0.post1", "2.0.post1.dev0", false},
           {"<2.0.post1", "2.0", true},
           {"<=2.0", "2.0+cu118", true},
           {"~=2.1", "2.9", true},
           {"~=2.1", "3.0.dev0", false},
           {"~=2.1.0", "2.2", false},
           {"==2.*", "2.0rc1", true},
           {"==2.0.*", "2", true},
           {"==1!2.*", "2.1", false},
           {"!=2.*", "1!2.1", true},
           {"===1.0-FIX", "1.0-fix", true},
           {"===1.0", "1.0.0", false},
           {">=99999999999999999999", "100000000000000000000", true},
       })
    EXPECT_EQ(set(c.set).contains(c.version), c.contains) << c.set << "  " << c.version;
}

TEST(SpecifierSet, RefusesWhatHasNoMeaning) {
  for (const std::string_view text :
       {"1.0", "=1.0", "=>1.0", "~=1", "~=1.0.*", "==1.0a1.*", "==*", ">1.0+x", "==1.0 .*", "==", "===a b", ">=1 2",
        "==1.0.*.*", "!=", "===", "=== ", "~= 1.0+local", "==1.0-.*"})
    EXPECT_FALSE(SpecifierSet::parse(text)) << text;
  std::string many;
  for (std::size_t at = 0; at <= kMaxSpecifiers; ++at) many += "!=1,";
  const auto refused = SpecifierSet::parse(many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::refused);
}

TEST(SpecifierSet, TellsAPinFromARange) {
  EXPECT_EQ(set("==2.0.1+cu118").pinned(), "2.0.1+cu118");
  EXPECT_EQ(set("===oddly").pinned(), "oddly");
  EXPECT_EQ(set("==2.*").pinned(), "");
  EXPECT_EQ(set(">=2").pinned(), "");
  EXPECT_EQ(set("==2,!=3").pinned(), "");
  EXPECT_EQ(set(" >= 2 , < 3 ,").text(), "<3,>=2");
}

Prereleases policy(const std::string& word) {
  return word == "true" ? Prereleases::allow : word == "false" ? Prereleases::deny : Prereleases::automatic;
}

TEST(SpecifierCorpus, ContainsWhatPackagingSays) {
  TOCSIN_NEEDS_CORPUS(data);
  std::size_t rows = 0;
  for (const auto& row : tests::table(data / "versions/pep440_specifiers.tsv")) {
    ASSERT_EQ(row.size(), 4u);
    const auto specifiers = set(row[0]);
    EXPECT_EQ(specifiers.contains(row[1], policy(row[2])), row[3] == "true")
        << row[0] << "  " << row[1] << "  " << row[2];
    ++rows;
  }
  EXPECT_GT(rows, 0u);
}

TEST(SpecifierCorpus, AppliesTheRulesForPrereleases) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const auto& row : tests::table(data / "versions/pep440_specifier_prerelease_rules.tsv")) {
    ASSERT_EQ(row.size(), 5u);
    EXPECT_EQ(set(row[0], policy(row[2])).contains(row[1], policy(row[3])), row[4] == "true")
        << testing::PrintToString(row);
  }
}

TEST(SpecifierCorpus, FiltersLists) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const auto& row : tests::table(data / "versions/pep440_filter.tsv")) {
    ASSERT_EQ(row.size(), 5u) << testing::PrintToString(row);
    std::vector<std::string> versions;
    for (const auto one : split(row[3], ' ')) versions.emplace_back(one);
    std::vector<std::string> kept;
    for (const auto at : set(row[0], policy(row[1])).filter(versions, policy(row[2]))) kept.push_back(versions[at]);
    EXPECT_EQ(join(kept, " "), row[4]) << testing::PrintToString(row);
  }
}

TEST(SpecifierCorpus, RefusesTheInvalid) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const auto& row : tests::table(data / "versions/pep440_specifiers_invalid.txt"))
    EXPECT_FALSE(SpecifierSet::parse(row.at(0))) << row.at(0);
}

}  // namespace
}  // namespace tocsin::versions
