// Ranges that nobody lists versions for: what a manifest allows is only told to be clear of them when it is.
#include <gtest/gtest.h>

#include <random>

#include "versions/unlisted.hpp"

namespace tocsin::versions {
namespace {

AffectedPackage ranged(std::vector<Event> events, std::vector<std::string> listed = {}) {
  AffectedPackage out;
  out.ecosystem = "PyPI";
  out.name = "alpha";
  out.ranges.push_back({RangeType::ecosystem, std::move(events)});
  out.versions = std::move(listed);
  return out;
}
Event in(std::string version) {
  return {Event::Kind::introduced, std::move(version)};
}
Event fix(std::string version) {
  return {Event::Kind::fixed, std::move(version)};
}
bool reaches(const AffectedPackage& package, std::string_view allowed) {
  UnlistedWindows windows;
  windows.add(package);
  return windows.may_reach(*SpecifierSet::parse(allowed));
}

TEST(UnlistedWindows, AreReachedThroughPreAndPostReleasesAndPrefixes) {
  EXPECT_TRUE(reaches(ranged({in("2.0.0rc0"), fix("2.5")}), ">=1.0,<3"));
  EXPECT_TRUE(reaches(ranged({in("2.5"), fix("4.0")}), ">=1.0,!=2.*"));
  EXPECT_TRUE(reaches(ranged({in("0"), fix("2.5")}), ">2.0rc1"));
  EXPECT_TRUE(reaches(ranged({in("0"), fix("1.8")}), ">1.7.post2"));
  EXPECT_TRUE(reaches(ranged({in("1.4.2"), fix("1.4.4")}), "~=1.4.1"));
  EXPECT_TRUE(reaches(ranged({in("2.0"), fix("2.5")}, {"0.0.1"}), ">=1.0,<3"));
  EXPECT_TRUE(reaches(ranged({in("2.0")}), ""));
  EXPECT_TRUE(reaches(ranged({in("2.0")}), "===anything"));
}

TEST(UnlistedWindows, AreClearOfWhatLiesBeforeAndBehind) {
  EXPECT_FALSE(reaches(ranged({in("0"), fix("2.6.0")}), ">=2.6.0"));
  EXPECT_FALSE(reaches(ranged({in("2.0"), fix("2.5")}), "<2.0"));
  EXPECT_FALSE(reaches(ranged({in("2.0"), fix("2.5")}), "==1.*"));
  EXPECT_FALSE(reaches(ranged({in("1.5"), fix("1.6")}), "~=1.4.1"));
  // The list says which versions of this window there are.
  EXPECT_FALSE(reaches(ranged({in("2.0"), fix("2.5")}, {"2.1"}), ">=1.0,<3"));
}

// Against all of a dense set of versions: clear is never said where one is allowed and affected.
TEST(UnlistedWindows, NeverSayClearWhereAVersionIsAllowedAndAffected) {
  std::vector<std::string> dense;
  for (int major = 0; major < 4; ++major)
    for (int minor = 0; minor < 3; ++minor)
      for (const char* tail : {".dev0", "a1", "rc1", "rc1.post1", "", ".post0.dev1", ".post2", ".0.0.1", ".1rc1", ".1"})
        dense.push_back(std::to_string(major) + "." + std::to_string(minor) + tail);
  std::mt19937 random(7);
  const auto any = [&] { return dense[random() % dense.size()]; };
  const char* operators[] = {">=", ">", "<", "<=", "==", "!=", "~="};
  int clear = 0, reached = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string a = any(), b = any();
    if (*parse_pep440(b) < *parse_pep440(a)) std::swap(a, b);
    const auto package = ranged({in(a), round % 2 == 0 ? fix(b) : Event{Event::Kind::last_affected, b}});
    std::string allowed;
    for (std::size_t clauses = 1 + random() % 3; clauses > 0; --clauses) {
      const char* op = operators[random() % 7];
      allowed += (allowed.empty() ? "" : ",") + std::string(op) + any();
      if ((std::string_view(op) == "==" || std::string_view(op) == "!=") && random() % 2 == 0) {
        allowed.resize(allowed.find_last_of("=") + 1);
        allowed += std::to_string(random() % 4) + (random() % 2 == 0 ? ".*" : ".1.*");
      }
    }
    const auto set = SpecifierSet::parse(allowed);
    if (!set) continue;
    UnlistedWindows windows;
    windows.add(package);
    if (windows.may_reach(*set)) {
      ++reached;
      continue;
    }
    ++clear;
    for (const std::string& version : dense)
      EXPECT_FALSE(set->contains(version, Prereleases::allow) && affects(package, version))
          << allowed << " " << a << ".." << b << " " << version;
  }
  EXPECT_GT(clear, 500);
  EXPECT_GT(reached, 500);
}

}  // namespace
}  // namespace tocsin::versions
