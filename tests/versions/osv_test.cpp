#include "versions/osv.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tocsin::versions {
namespace {

using Kind = Event::Kind;

AffectedPackage package(std::string ecosystem, std::vector<Range> ranges, std::vector<std::string> versions = {}) {
  return {std::move(ecosystem), "demo", std::move(ranges), std::move(versions)};
}
Range range(std::vector<Event> events, RangeType type = RangeType::ecosystem) {
  return {type, std::move(events)};
}

void expect(const AffectedPackage& affected, std::string_view version, Verdict verdict) {
  EXPECT_EQ(to_string(judge(affected, version)), to_string(verdict)) << version;
  const PreparedAffected prepared(affected);
  EXPECT_EQ(to_string(prepared.judge(PreparedVersion(affected.ecosystem, version))), to_string(verdict))
      << "prepared, " << version;
}

TEST(Osv, JudgesByRangesAndList) {
  const auto affected = package(
      "PyPI",
      {range({{Kind::fixed, "2.0"}, {Kind::introduced, "2.0"}, {Kind::introduced, "0"}, {Kind::last_affected, "2.4"}}),
       range({{Kind::introduced, "9"}}, RangeType::git)},
      {"3.0", "4.36.-1", "5.0+cu118"});
  for (const char* version :
       {"0.dev0", "1.9", "2.0", "2.4", "2.4.0", "2.4+cu118", "3", "3.0.0+local", "4.36.-1", "5+CU118"})
    expect(affected, version, Verdict::affected);
  expect(affected, "4.36.-2", Verdict::cannot_tell);
  for (const char* version : {"2.4.post1", "2.5", "3.0.1", "4.36", "5.0", "5.0+cu121", "9", "10"})
    expect(affected, version, Verdict::not_affected);
}

TEST(Osv, DoesNotMatchSubstrings) {
  const auto affected = package("PyPI", {}, {"1.82.7", "1.82.8"});
  expect(affected, "1.82.7", Verdict::affected);
  expect(affected, "1.82.70", Verdict::not_affected);
  expect(affected, "11.82.7", Verdict::not_affected);
}

TEST(Osv, SettlesEventsAtOneVersionTogether) {
  // An empty window stays empty, in any order of the file.
  expect(package("PyPI", {range({{Kind::introduced, "2"}, {Kind::fixed, "2"}})}), "2", Verdict::not_affected);
  expect(package("PyPI", {range({{Kind::fixed, "2"}, {Kind::introduced, "2.0"}})}), "3", Verdict::not_affected);
  // Windows that touch join.
  const auto touching = package(
      "PyPI", {range({{Kind::introduced, "2"}, {Kind::fixed, "2"}, {Kind::fixed, "3"}, {Kind::introduced, "0"}})});
  expect(touching, "1", Verdict::affected);
  expect(touching, "2", Verdict::affected);
  expect(touching, "3", Verdict::not_affected);
  // A single version.
  const auto one = package("PyPI", {range({{Kind::last_affected, "2"}, {Kind::introduced, "2"}})});
  expect(one, "2", Verdict::affected);
  expect(one, "2+x", Verdict::affected);
  expect(one, "2.post0", Verdict::not_affected);
}

TEST(Osv, CutsAtLimits) {
  const auto limited = package("PyPI", {range({{Kind::introduced, "1"}, {Kind::limit, "2"}, {Kind::limit, "3"}})});
  expect(limited, "2.9", Verdict::affected);
  expect(limited, "3", Verdict::not_affected);
  const auto endless = package("PyPI", {range({{Kind::introduced, "1"}, {Kind::limit, "2"}, {Kind::limit, "*"}})});
  expect(endless, "99", Verdict::affected);
}

TEST(Osv, NamesALocalVersionWhenTheAdvisoryDoes) {
  const auto affected = package("PyPI", {range({{Kind::introduced, "2.0.1+cu118"}, {Kind::fixed, "2.0.1+cu119"}})});
  expect(affected, "2.0.1+cu118", Verdict::affected);
  expect(affected, "2.0.1", Verdict::not_affected);
  expect(affected, "2.0.1+cu121", Verdict::not_affected);
}

TEST(Osv, SaysWhenItCannotTell) {
  const auto unreadable =
      package("PyPI", {range({{Kind::introduced, "0"}, {Kind::last_affected, "2.6.0-NA"}})}, {"1.0"});
  expect(unreadable, "1.0", Verdict::affected);
  expect(unreadable, "2.0", Verdict::cannot_tell);
  const auto debian = package("Debian:12", {range({{Kind::introduced, "0"}, {Kind::fixed, "1:2-3"}})}, {"1:1-1"});
  expect(debian, "1:1-1", Verdict::affected);
  expect(debian, "1:1-2", Verdict::cannot_tell);
  const auto semver =
      package("Bitnami", {range({{Kind::introduced, "1.0.0"}, {Kind::fixed, "2.0.0"}}, RangeType::semver)});
  expect(semver, "1.5.0", Verdict::affected);
  expect(semver, "2.5.0", Verdict::not_affected);
  expect(semver, "one", Verdict::cannot_tell);
  expect(package("PyPI", {}), "1", Verdict::not_affected);
  expect(package("npm", {range({{Kind::introduced, "1.0.0"}, {Kind::fixed, "2.0.0"}}, RangeType::semver)}),
         "2.0.0-rc.1", Verdict::affected);
}

TEST(Osv, PreparedFormAgreesWithTheReferenceOnRandomAdvisories) {
  std::mt19937 random(20240607);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  constexpr const char* kPython[] = {"0",     "0.dev0", "1.0",  "1.0.0",  "1.0+a", "1.0+b", "1.0+a.1",    "1.0.post1",
                                     "1.0a1", "1.1rc1", "1.1",  "1.1+cu", "2",     "2.0.1", "10.0",       "1!0",
                                     "bad-x", "1.0+5",  "v1.1", "2.dev3", "0.1",   "1.0.1", "1.0.post1+z"};
  constexpr const char* kSemver[] = {"0",     "0.0.0-0", "1.0.0", "1.0",   "1.0.0-a", "1.0.0-a.1", "1.0.0+b",
                                     "1.1.0", "2.0.0",   "v2",    "bad x", "10.0.0",  "1.0.0-b",   "0.1.0"};
  for (int round = 0; round < 20'000; ++round) {
    const bool python = pick(3) != 0;
    const auto any = [&] {
      return std::string(python ? kPython[pick(std::size(kPython))] : kSemver[pick(std::size(kSemver))]);
    };
    AffectedPackage affected{python ? "PyPI" : pick(4) == 0 ? "Odd" : "npm", "demo", {}, {}};
    for (std::size_t ranges = pick(3); ranges > 0; --ranges) {
      Range one{static_cast<RangeType>(pick(3)), {}};
      for (std::size_t events = pick(6); events > 0; --events) {
        const auto kind = pick(8) == 0 ? Kind::limit : static_cast<Kind>(pick(3));
        one.events.push_back({kind, kind == Kind::limit && pick(4) == 0 ? "*" : any()});
      }
      affected.ranges.push_back(std::move(one));
    }
    for (std::size_t versions = pick(3); versions > 0; --versions) affected.versions.push_back(any());
    const PreparedAffected prepared(affected);
    for (int times = 0; times < 4; ++times) {
      const auto version = any();
      ASSERT_EQ(to_string(judge(affected, version)),
                to_string(prepared.judge(PreparedVersion(affected.ecosystem, version))))
          << affected.ecosystem << ' ' << version << " in round " << round;
    }
  }
}

TEST(OsvSet, TreatsARangeOfAManifestAsASet) {
  const PreparedAffected affected(package("PyPI", {range({{Kind::introduced, "0"}, {Kind::fixed, "4.48.0"}})}));
  const std::vector<std::string> known = {"4.39.0", "4.40.0", "4.47.1", "4.48.0", "4.50.0rc1", "5.0"};
  const auto answer = [&](std::string_view specifiers) {
    return judge_set(affected, *SpecifierSet::parse(specifiers), known);
  };
  EXPECT_EQ(answer(">=4.40,<5").verdict, SetVerdict::some);
  EXPECT_EQ(answer(">=4.40,<5").allowed, 3u);
  EXPECT_EQ(answer(">=4.40,<5").affected, 2u);
  EXPECT_EQ(answer("<4.48").verdict, SetVerdict::all);
  EXPECT_EQ(answer(">=4.48").verdict, SetVerdict::none);
  EXPECT_EQ(answer("==7").verdict, SetVerdict::cannot_tell);
  EXPECT_EQ(answer("").verdict, SetVerdict::some);
}

TEST(AliasGroups, JoinTransitively) {
  AliasGroups groups;
  const std::vector<std::string> records[] = {
      {"GHSA-1", "CVE-1"}, {"PYSEC-1", "CVE-2"}, {"OTHER", "CVE-1", "CVE-2"}, {"GHSA-9"}};
  groups.add(records[0]);
  groups.add(records[1]);
  EXPECT_FALSE(groups.same("GHSA-1", "PYSEC-1"));
  groups.add(records[2]);
  groups.add(records[3]);
  EXPECT_TRUE(groups.same("GHSA-1", "PYSEC-1"));
  EXPECT_FALSE(groups.same("GHSA-1", "GHSA-9"));
  EXPECT_TRUE(groups.same("never", "never"));
  EXPECT_FALSE(groups.same("never", "seen"));
  const std::vector<std::string> found = {"GHSA-1", "PYSEC-1", "GHSA-9", "never", "never"};
  EXPECT_EQ(groups.distinct(found), 3u);
}

}  // namespace
}  // namespace tocsin::versions
