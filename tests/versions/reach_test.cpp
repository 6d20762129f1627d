// What a manifest allows is only told to be clear of an advisory when it is.
#include <gtest/gtest.h>

#include <random>

#include "versions/reach.hpp"

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
  return may_reach(PreparedAffected(package).windows(), *SpecifierSet::parse(allowed));
}

TEST(Reach, GoesThroughPreAndPostReleasesAndPrefixes) {
  EXPECT_TRUE(reaches(ranged({in("2.0.0rc0"), fix("2.5")}), ">=1.0,<3"));
  EXPECT_TRUE(reaches(ranged({in("2.5"), fix("4.0")}), ">=1.0,!=2.*"));
  EXPECT_TRUE(reaches(ranged({in("0"), fix("2.5")}), ">2.0rc1"));
  EXPECT_TRUE(reaches(ranged({in("0"), fix("1.8")}), ">1.7.post2"));
  EXPECT_TRUE(reaches(ranged({in("1.4.2"), fix("1.4.4")}), "~=1.4.1"));
  EXPECT_TRUE(reaches(ranged({in("2.0")}), ""));
  EXPECT_TRUE(reaches(ranged({in("2.0")}), "===anything"));
  EXPECT_TRUE(reaches(ranged({in("2.0"), fix("2.1")}), ">=1.0,!=2.0")) << "2.0.1 is left";
}

// That one version of a window is listed does not say that there are no others.
TEST(Reach, DoesNotEndAtTheVersionsThatAreListed) {
  EXPECT_TRUE(reaches(ranged({in("0"), fix("5")}, {"1.0"}), ">=3"));
  EXPECT_TRUE(reaches(ranged({in("2.0"), fix("2.5")}, {"0.0.1"}), ">=1.0,<3"));
  EXPECT_TRUE(reaches(ranged({in("2.0"), fix("2.5")}, {"2.1"}), ">=2.2,<3"));
}

TEST(Reach, IsClearOfWhatLiesBeforeAndBehindAndIsTakenOut) {
  EXPECT_FALSE(reaches(ranged({in("0"), fix("2.6.0")}), ">=2.6.0"));
  EXPECT_FALSE(reaches(ranged({in("2.0"), fix("2.5")}), "<2.0"));
  EXPECT_FALSE(reaches(ranged({in("2.0rc1"), fix("2.5")}), "<2.0")) << "pre-releases of 2.0 are not before it";
  EXPECT_FALSE(reaches(ranged({in("2.0"), fix("2.5")}), "==1.*"));
  EXPECT_FALSE(reaches(ranged({in("1.5"), fix("1.6")}), "~=1.4.1"));
  EXPECT_FALSE(reaches(ranged({in("1.0"), {Event::Kind::last_affected, "2.1"}}), ">2.1"));
  EXPECT_FALSE(reaches(ranged({in("2.0"), fix("3.0.dev0")}), ">=1.0,!=2.*"));
  EXPECT_FALSE(reaches(ranged({in("2.0"), {Event::Kind::last_affected, "2.0"}}), ">=1.0,!=2.0"));
  EXPECT_FALSE(reaches(ranged({in("2.0"), fix("2.2.dev0")}), ">=1.0,!=2.1.*,!=2.0.*"));
}

// Against all of a dense set of versions: clear is never said where one is allowed and affected.
TEST(Reach, IsNeverDeniedWhereAVersionIsAllowedAndAffected) {
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
    std::vector<Event> events{in(a), round % 2 == 0 ? fix(b) : Event{Event::Kind::last_affected, b}};
    if (round % 5 == 0) events.push_back(in(any()));  // a second window, or one without an end
    auto package = ranged(events);
    // Of what is affected some versions are listed, as databases do.
    for (std::size_t tries = random() % 4; tries > 0; --tries)
      if (const std::string version = any(); affects(package, version)) package.versions.push_back(version);
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
    if (may_reach(PreparedAffected(package).windows(), *set)) {
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
