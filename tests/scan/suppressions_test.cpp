// Who may suppress what, for how long; and that it shows.
#include "scan/suppressions.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "models/scans.hpp"
#include "scan/reports.hpp"

namespace tocsin::scan {
namespace {

using namespace std::string_literals;

struct Match {
  const char* pattern;
  const char* path;
  bool fits;
};
class Patterns : public testing::TestWithParam<Match> {};
TEST_P(Patterns, Fit) {
  EXPECT_EQ(matches_pattern(GetParam().pattern, GetParam().path), GetParam().fits)
      << GetParam().pattern << " " << GetParam().path;
}
INSTANTIATE_TEST_SUITE_P(, Patterns,
                         testing::Values(Match{"", "", true}, Match{"", "a", false}, Match{"a", "a", true},
                                         Match{"a", "ab", false}, Match{"*", "ab.pkl", true}, Match{"*", "a/b", false},
                                         Match{"**", "a/b", true}, Match{"*.pkl", "a.pkl", true},
                                         Match{"*.pkl", "a.pkl.gz", false}, Match{"m/*/x", "m/a/x", true},
                                         Match{"m/*/x", "m/a/b/x", false}, Match{"m/**/x", "m/a/b/x", true},
                                         Match{"m/**/x", "m/x", false}, Match{"m/**x", "m/x", true},
                                         Match{"?", "a", true}, Match{"?", "/", false}, Match{"?", "", false},
                                         Match{"[a]", "a", false}, Match{"[a]", "[a]", true},
                                         Match{"a*b*c", "axbxbxc", true}, Match{"a*b*c", "axbxbx", false}));

TEST(APattern, OfAnyKindIsQuick) {
  std::string pattern, path(4000, 'a');
  for (int i = 0; i < 500; ++i) pattern += "*a";
  EXPECT_FALSE(matches_pattern(pattern + "b", path));
  EXPECT_TRUE(matches_pattern(pattern, path));
}

Suppressions parsed(std::string_view toml) {
  auto out = parse_suppressions(toml, "tocsin.toml", "/project");
  EXPECT_TRUE(out) << out.error().message();
  return *out;
}

constexpr std::string_view kGood =
    "[[suppression]]\nrule = \"pickle-unknown-call\"\npath = \"models/*.pkl\"\nreason = \"looked at\"\nexpires = "
    "2027-03-31\n";

TEST(Suppressions, AKeyOfTooManyPartsIsRefused) {
  std::string long_key = "a";
  for (int i = 0; i < 200'000; ++i) long_key += ".a";
  const auto out = parse_suppressions(long_key + " = 1\n", "tocsin.toml", "/project");
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().where, "tocsin.toml");
}

TEST(Suppressions, AreReadBesideOtherSections) {
  const auto out = parsed("[organisation]\nname = \"x\"\n" + std::string(kGood));
  EXPECT_TRUE(out.problems.empty());
  ASSERT_EQ(out.all.size(), 1u);
  EXPECT_EQ(out.all[0].pattern, "/project/models/*.pkl");
  EXPECT_EQ(out.all[0].expires, "2027-03-31");
  EXPECT_EQ(out.all[0].where, "tocsin.toml:3");
  EXPECT_TRUE(parsed("").all.empty());
}

struct Bad {
  const char* name;
  std::string toml;
  std::string_view says;
};
class SuppressionsTell : public testing::TestWithParam<Bad> {};
TEST_P(SuppressionsTell, WhatIsWrongAndKeepTheOthers) {
  const auto out = parsed(GetParam().toml + "\n" + std::string(kGood));
  EXPECT_EQ(out.all.size(), 1u);
  ASSERT_EQ(out.problems.size(), 1u);
  EXPECT_NE(out.problems[0].message().find(GetParam().says), std::string::npos) << out.problems[0].message();
  EXPECT_TRUE(out.problems[0].line);
}
const std::string kHead = "[[suppression]]\n", kRule = "rule = \"pickle-broken\"\n", kPath = "path = \"x\"\n",
                  kReason = "reason = \"r\"\n", kDay = "expires = 2027-03-31\n";
INSTANTIATE_TEST_SUITE_P(
    , SuppressionsTell,
    testing::Values(Bad{"no_rule", kHead + kPath + kReason + kDay, "needs a rule"},
                    Bad{"no_place", kHead + kRule + kReason + kDay, "a path or a sha256"},
                    Bad{"no_reason", kHead + kRule + kPath + kDay, "needs a reason"},
                    Bad{"blank_reason", kHead + kRule + kPath + "reason = \"  \"\n" + kDay, "reason needs text"},
                    Bad{"no_day", kHead + kRule + kPath + kReason, "expires"},
                    Bad{"no_such_day", kHead + kRule + kPath + kReason + "expires = \"2027-02-31\"", "needs a day"},
                    Bad{"a_year", kHead + kRule + kPath + kReason + "expires = \"2027\"", "needs a day"},
                    Bad{"no_such_rule", kHead + "rule = \"*\"\n" + kPath + kReason + kDay, "there is no rule '*'"},
                    Bad{"no_digest", kHead + kRule + "sha256 = \"abc\"\n" + kReason + kDay, "64 hex"},
                    Bad{"mistyped", kHead + kRule + kPath + "pth = \"y\"\n" + kReason + kDay, "unknown key 'pth'"}),
    [](const auto& of) { return std::string(of.param.name); });

TEST(Suppressions, OfTextThatIsNoTomlAreRefusedWithoutQuotingIt) {
  const auto out = parse_suppressions("proxy = \"http://u:secret@x\nx", "tocsin.toml", "/");
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code, Code::malformed);
  EXPECT_TRUE(out.error().line);
  EXPECT_EQ(out.error().message().find("secret"), std::string::npos);
}

// ---- a run ----

const std::string kSuspicious = "cmy.own\nthing\n(S'id'\ntR.", kMalicious = "cos\nsystem\n(S'id'\ntR.",
                  kCut = "\x80\x02}";

Run run_of(const std::string& toml, std::string_view day = "2026-11-24") {
  scan::Run run;
  for (const auto& [name, bytes] :
       {std::pair{"models/own.pkl", kSuspicious}, {"models/evil.pkl", kMalicious}, {"models/cut.pkl", kCut}}) {
    Report report = tests::scan_text(bytes);
    report.path = report.given = "/project/"s + name;
    run.reports.push_back(std::move(report));
  }
  auto suppressions = parsed(toml);
  EXPECT_TRUE(suppressions.problems.empty());
  run.suppressions = std::move(suppressions.all);
  suppress(run, *parse_time(day));
  return run;
}
std::string one(std::string_view rule, const std::string& where, std::string_view day = "2027-03-31") {
  return "[[suppression]]\nrule = \"" + std::string(rule) + "\"\n" + where +
         "\nreason = \"looked <at>\"\nexpires = " + std::string(day) + "\n";
}

TEST(Suppressions, OfAPathFailNothingAndShow) {
  scan::Run run = run_of(one("pickle-unknown-call", "path = \"models/*.pkl\""));
  EXPECT_EQ(run.suppressions[0].matched, 1u);
  EXPECT_EQ(verdict_of(run.reports[0]), Verdict::suppressed);
  EXPECT_EQ(run.reports[0].worst(), Severity::info);
  run.reports.resize(1);
  EXPECT_EQ(exit_code(run), 0);
  EXPECT_EQ(count(run).suppressed, 1u);
  const std::string text = as_text(run, {});
  EXPECT_NE(text.find("suppressed"), std::string::npos);
  EXPECT_NE(text.find("looked <at>, until 2027-03-31 (tocsin.toml:1)"), std::string::npos) << text;
  const auto json = parse_json(find_report("json")->write(run));
  ASSERT_TRUE(json);
  const Json& report = (*json)["reports"].as_array()[0];
  EXPECT_EQ(report["verdict"].as_string(), "suppressed");
  EXPECT_EQ(report["findings"].as_array()[0]["suppressed"]["reason"].as_string(), "looked <at>");
  EXPECT_EQ((*json)["suppressions"].as_array()[0]["matched"].as_int(), 1);
  const auto sarif = parse_json(find_report("sarif")->write(run));
  ASSERT_TRUE(sarif);
  const Json& result = (*sarif)["runs"].as_array()[0]["results"].as_array()[0];
  EXPECT_EQ(result["suppressions"].as_array()[0]["kind"].as_string(), "external");
  EXPECT_EQ(result["suppressions"].as_array()[0]["status"].as_string(), "accepted");
  const std::string junit = find_report("junit")->write(run);
  EXPECT_NE(junit.find("<skipped message=\"pickle-unknown-call: "), std::string::npos) << junit;
  EXPECT_NE(junit.find("looked &lt;at&gt;"), std::string::npos);
  EXPECT_NE(junit.find("failures=\"0\""), std::string::npos);
  EXPECT_NE(junit.find("skipped=\"1\""), std::string::npos);
}

TEST(Suppressions, OfAPathDoNotReachWhatIsMalicious) {
  const scan::Run run = run_of(one("pickle-dangerous-call", "path = \"**\""));
  EXPECT_EQ(run.suppressions[0].matched, 0u);
  EXPECT_EQ(run.suppressions[0].declined, 1u);
  EXPECT_EQ(verdict_of(run.reports[1]), Verdict::malicious);
  EXPECT_EQ(exit_code(run), 1);
  EXPECT_NE(as_text(run, {.width = 300}).find("needs the sha256"), std::string::npos);
}

TEST(Suppressions, OfAPathDoNotReachWhatWasNotReadToItsEnd) {
  // A pickle without STOP is only suspicious; what a loader reads behind the place where it ends, nobody has seen.
  scan::Run run = run_of(one("pickle-broken", "path = \"models/cut.pkl\""));
  EXPECT_EQ(run.suppressions[0].matched, 0u);
  EXPECT_EQ(run.suppressions[0].declined, 1u);
  EXPECT_EQ(verdict_of(run.reports[2]), Verdict::suspicious);
  EXPECT_NE(as_text(run, {.width = 300}).find("needs the sha256"), std::string::npos);
  run = run_of(one("pickle-broken", "sha256 = \"" + sha256(kCut).hex() + "\""));
  EXPECT_EQ(run.suppressions[0].matched, 1u);
}

TEST(JUnit, HasNoCharacterThatXmlMayNotHave) {
  scan::Run run;
  run.reports.push_back(tests::scan_text(kMalicious));
  run.reports[0].path =
      "a\xef\xbf\xbe"
      "b\xef\xbf\xbf"
      "c\xef\xbf\xbd"
      "d\xef\xbf";
  const std::string junit = find_report("junit")->write(run);
  EXPECT_EQ(junit.find("\xef\xbf\xbe"), std::string::npos);
  EXPECT_EQ(junit.find("\xef\xbf\xbf"), std::string::npos);
  EXPECT_NE(junit.find("a\xef\xbf\xbd"
                       "b\xef\xbf\xbd"
                       "c\xef\xbf\xbd"
                       "d"),
            std::string::npos)
      << junit;
}

TEST(Suppressions, OfADigestReachWhatIsMalicious) {
  scan::Run run = run_of(one("pickle-dangerous-call", "sha256 = \"" + sha256(kMalicious).hex() + "\""));
  EXPECT_EQ(verdict_of(run.reports[1]), Verdict::suppressed);
  // Of another file they reach nothing.
  run = run_of(one("pickle-dangerous-call", "sha256 = \"" + sha256(kSuspicious).hex() + "\""));
  EXPECT_EQ(verdict_of(run.reports[1]), Verdict::malicious);
  // Both have to fit.
  run = run_of(one("pickle-dangerous-call", "path = \"elsewhere/*\"\nsha256 = \"" + sha256(kMalicious).hex() + "\""));
  EXPECT_EQ(verdict_of(run.reports[1]), Verdict::malicious);
}

TEST(Suppressions, OfAPathFromTheRootCountFromThere) {
  for (const char* path : {"/**/models/*.pkl", "/project/models/own.pkl", "../project/models/own.pkl"})
    EXPECT_EQ(run_of(one("pickle-unknown-call", "path = \""s + path + "\"")).suppressions[0].matched, 1u) << path;
}

TEST(Suppressions, OfAnotherFolderReachNothing) {
  for (const char* path : {"*.pkl", "other/**", "../project2/models/*.pkl", "models/own"}) {
    const scan::Run run = run_of(one("pickle-unknown-call", "path = \""s + path + "\""));
    EXPECT_EQ(run.suppressions[0].matched, 0u) << path;
    EXPECT_NE(as_text(run, {}).find("matches nothing"), std::string::npos);
  }
}

TEST(Suppressions, ExpireOnTheirDay) {
  const std::string toml = one("pickle-unknown-call", "path = \"models/*.pkl\"");
  EXPECT_EQ(verdict_of(run_of(toml, "2027-03-30T23:59:59Z").reports[0]), Verdict::suppressed);
  const scan::Run run = run_of(toml, "2027-03-31");
  EXPECT_EQ(verdict_of(run.reports[0]), Verdict::suspicious);
  EXPECT_TRUE(run.suppressions[0].expired);
  EXPECT_NE(as_text(run, {}).find("tocsin.toml:1: the suppression of pickle-unknown-call expired on 2027-03-31"),
            std::string::npos);
  EXPECT_NE(find_report("sarif")->write(run).find("expired on 2027-03-31"), std::string::npos);
}

TEST(Suppressions, OfOneRuleLeaveTheOthers) {
  const scan::Run run = run_of(one("pickle-class", "path = \"**\""));
  EXPECT_EQ(verdict_of(run.reports[0]), Verdict::suspicious);
}

// ---- the exit code (docs/scan.md) ----

int code_of(const std::string& bytes, Severity fail_on) {
  scan::Run run;
  run.reports.push_back(tests::scan_text(bytes));
  run.fail_on = fail_on;
  return exit_code(run);
}

TEST(ExitCode, OfWhatCouldNotBeReadIsNeverZero) {
  EXPECT_EQ(code_of(kCut, Severity::suspicious), 1);
  EXPECT_EQ(code_of(kCut, Severity::malicious), 3);
  EXPECT_EQ(code_of("PK\3\4"s + std::string(40, '\0'), Severity::malicious), 3);
  EXPECT_EQ(code_of("\x89HDF\r\n\x1a\n"s, Severity::malicious), 3);
  EXPECT_EQ(code_of("GGUF\3\0\0\0"s, Severity::malicious), 3);
  EXPECT_EQ(code_of("\x93NUMPY\1\0\x76\0{'descr'"s, Severity::malicious), 3);
  // What was read and is only suspicious is what was asked for.
  EXPECT_EQ(code_of(kSuspicious, Severity::malicious), 0);
  EXPECT_EQ(code_of("\x80\x02}.", Severity::malicious), 0);
}

TEST(ExitCode, OfAListThatCouldNotBeUsedIsThree) {
  scan::Run run;
  run.reports.push_back(tests::scan_text("\x80\x02}."));
  EXPECT_EQ(exit_code(run), 0);
  run.problems.push_back({Code::malformed, "no", "list.csv", {}, 3u, {}});
  EXPECT_EQ(exit_code(run), 3);
  EXPECT_NE(find_report("junit")->write(run).find("list.csv:3: no"), std::string::npos);
  EXPECT_NE(find_report("sarif")->write(run).find("list.csv:3: no"), std::string::npos);
  run.reports.push_back(tests::scan_text(kMalicious));
  EXPECT_EQ(exit_code(run), 1);
}

}  // namespace
}  // namespace tocsin::scan
