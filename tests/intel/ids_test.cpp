#include "intel/ids.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin::intel {
namespace {

struct Case {
  const char* text;
  const char* scheme;  // "" = none
  const char* value;
};

constexpr Case kCases[] = {
    {"CVE-2025-32434", "cve", "CVE-2025-32434"},
    {"  cve-2025-32434\n", "cve", "CVE-2025-32434"},
    {"CVE-2025-1234567890123456789", "cve", "CVE-2025-1234567890123456789"},
    {"CVE-2025-12345678901234567890", "", ""},
    {"CVE-2025-123", "", ""},
    {"CVE-25-12345", "", ""},
    {"CVE-2025-32434x", "", ""},
    {"CVE-2025-32434 CVE-2025-1234", "", ""},
    {"GHSA-53q9-r3pm-6pq6", "ghsa", "GHSA-53q9-r3pm-6pq6"},
    {"ghsa-53Q9-R3PM-6PQ6", "ghsa", "GHSA-53q9-r3pm-6pq6"},
    {"GHSA-53q9-r3pm", "", ""},
    {"GHSA-53q9-r3pm-6pq66", "", ""},
    {"GHSA_53q9_r3pm_6pq6", "", ""},
    {"PYSEC-2026-2", "pysec", "PYSEC-2026-2"},
    {"pysec-2026-002", "pysec", "PYSEC-2026-002"},
    {"PYSEC-2026-", "", ""},
    {"MAL-2026-2144", "mal", "MAL-2026-2144"},
    {"AVID-2022-V001", "avid", "AVID-2022-V001"},
    {"avid-2026-r0001", "avid", "AVID-2026-R0001"},
    {"AVID-2026-0001", "", ""},
    {"arXiv:2307.15043", "arxiv", "arXiv:2307.15043"},
    {"arXiv:2307.15043v2", "arxiv", "arXiv:2307.15043"},
    {"ARXIV: 2307.15043", "arxiv", "arXiv:2307.15043"},
    {"2307.15043v1", "arxiv", "arXiv:2307.15043"},
    {"http://arxiv.org/abs/2307.15043", "arxiv", "arXiv:2307.15043"},
    {"https://www.arxiv.org/pdf/2307.15043v1.pdf", "arxiv", "arXiv:2307.15043"},
    {"https://export.arxiv.org/abs/2307.15043v10", "arxiv", "arXiv:2307.15043"},
    {"https://arxiv.org/html/2307.15043v1/", "arxiv", "arXiv:2307.15043"},
    {"oai:arXiv.org:2307.15043v1", "arxiv", "arXiv:2307.15043"},
    {"10.48550/arXiv.2307.15043", "arxiv", "arXiv:2307.15043"},
    {"https://doi.org/10.48550/arXiv.2307.15043", "arxiv", "arXiv:2307.15043"},
    {"0704.0001", "arxiv", "arXiv:0704.0001"},
    {"1412.9999", "arxiv", "arXiv:1412.9999"},
    {"1501.00001", "arxiv", "arXiv:1501.00001"},
    {"1412.99999", "", ""},
    {"1501.0001", "", ""},
    {"0703.0001", "", ""},
    {"2313.00001", "", ""},
    {"2300.00001", "", ""},
    {"2307.15043v", "", ""},
    {"2307.15043w1", "", ""},
    {"quant-ph/0201082v1", "arxiv", "arXiv:quant-ph/0201082"},
    {"http://arxiv.org/abs/math.GT/0309136", "arxiv", "arXiv:math/0309136"},
    {"nonsense/0201082", "", ""},
    {"https://arxiv.org.evil.example/abs/2307.15043", "", ""},
    {"https://arxiv.org/list/2307.15043", "", ""},
    {"AML.T0051", "atlas", "AML.T0051"},
    {"aml.t0051.001", "atlas", "AML.T0051.001"},
    {"AML.M0001", "atlas", "AML.M0001"},
    {"AML.CS0010", "atlas", "AML.CS0010"},
    {"AML.TA0002", "atlas", "AML.TA0002"},
    {"AML.M0001.001", "", ""},
    {"AML.T51", "", ""},
    {"AML.X0001", "", ""},
    {"LLM03:2025", "owasp", "LLM03:2025"},
    {"llm03:2023", "owasp", "LLM03:2023"},
    {"ML01:2023", "owasp", "ML01:2023"},
    {"ASI01:2026", "owasp", "ASI01:2026"},
    {"LLM03", "", ""},
    {"LLM3:2025", "", ""},
    {"LLM03:1999", "", ""},
    {"AIID-1073", "aiid", "AIID-1073"},
    {"aiid-0007", "aiid", "AIID-7"},
    {"AIID-0", "aiid", "AIID-0"},
    {"https://incidentdatabase.ai/cite/1073", "aiid", "AIID-1073"},
    {"https://incidentdatabase.ai/cite/1073/", "aiid", "AIID-1073"},
    {"https://incidentdatabase.ai/cite/1073/#r1342", "aiid-report", "AIID-1073#1342"},
    {"https://incidentdatabase.ai/cite/1073#1342", "aiid-report", "AIID-1073#1342"},
    {"AIID-1073#1342", "aiid-report", "AIID-1073#1342"},
    {"AIID-1073#", "", ""},
    {"AIID-", "", ""},
    {"T1059", "attack", "T1059"},
    {"t1059.001", "attack", "T1059.001"},
    {"TA0001", "attack", "TA0001"},
    {"G0007", "attack", "G0007"},
    {"S0002", "attack", "S0002"},
    {"M1036", "attack", "M1036"},
    {"C0001", "attack", "C0001"},
    {"DS0009", "attack", "DS0009"},
    {"DET0001", "attack", "DET0001"},
    {"AN0001", "attack", "AN0001"},
    {"T1059.1", "", ""},
    {"G0007.001", "", ""},
    {"T105", "", ""},
    {"attack-pattern--0BDB64A5-7C40-4D7B-8E0A-2F2B7DA9E6A1", "stix",
     "attack-pattern--0bdb64a5-7c40-4d7b-8e0a-2f2b7da9e6a1"},
    {"x-mitre-tactic--0bdb64a5-7c40-4d7b-8e0a-2f2b7da9e6a1", "stix",
     "x-mitre-tactic--0bdb64a5-7c40-4d7b-8e0a-2f2b7da9e6a1"},
    {"attack-pattern--0bdb64a5", "", ""},
    {"--0bdb64a5-7c40-4d7b-8e0a-2f2b7da9e6a1", "", ""},
    {"RUSTSEC-2021-0001", "osv", "RUSTSEC-2021-0001"},
    {"rustsec-2021-0001", "osv", "RUSTSEC-2021-0001"},
    {"GO-2024-2611", "osv", "GO-2024-2611"},
    {"OSV-2021-777", "osv", "OSV-2021-777"},
    {"DSA-5000-1", "osv", "DSA-5000-1"},
    {"USN-6000-2", "osv", "USN-6000-2"},
    {"RHSA-2024:1234", "osv", "RHSA-2024:1234"},
    {"openSUSE-SU-2024:0001-1", "osv", "openSUSE-SU-2024:0001-1"},
    {"BIT-torch-2024-3660", "osv", "BIT-torch-2024-3660"},
    {"ALPINE-CVE-2024-1234", "osv", "ALPINE-CVE-2024-1234"},
    {"XYZ-2031-1", "osv", "XYZ-2031-1"},
    {"May-2024-12", "", ""},
    {"GPT-4", "", ""},
    {"ISO-27001-2022", "", ""},
    {"X-2024-1", "", ""},
    {"", "", ""},
    {" ", "", ""},
    {"https://example.org/CVE-2025-32434", "", ""},
};

TEST(Ids, AreRecognisedByTheirExactForm) {
  for (const Case& c : kCases) {
    const auto id = recognise(c.text);
    ASSERT_EQ(id.has_value(), *c.scheme != '\0') << "'" << c.text << "'" << (id ? " taken for " + id->scheme : "");
    if (!id) continue;
    EXPECT_EQ(id->scheme, c.scheme) << c.text;
    EXPECT_EQ(id->value, c.value) << c.text;
  }
}

TEST(Ids, AreRecognisedAgainInTheirNormalSpelling) {
  for (const Case& c : kCases) {
    const auto id = recognise(c.text);
    if (!id) continue;
    EXPECT_EQ(recognise(id->value), id) << c.text;
  }
}

TEST(Ids, OfHostileLengthAreNone) {
  EXPECT_FALSE(recognise(std::string(10'000'000, 'A')));
  EXPECT_FALSE(recognise("CVE-2025-" + std::string(300, '1')));
  EXPECT_FALSE(recognise(std::string("CVE-2025-1234\0", 14) + "5"));
}

TEST(Ids, HaveAnOrderInWhichPeoplePreferThem) {
  const char* order[] = {"cve",   "ghsa", "pysec",       "mal",    "osv",  "avid", "arxiv", "atlas",
                         "owasp", "aiid", "aiid-report", "attack", "stix", "url",  "guid"};
  for (std::size_t i = 1; i < std::size(order); ++i)
    EXPECT_LT(preference(order[i - 1]), preference(order[i])) << order[i];
  EXPECT_LT(preference("guid"), preference("unheard-of"));

  EXPECT_EQ(best({}), nullptr);
  const std::vector<Id> ids{{"guid", "1"}, {"ghsa", "GHSA-b"}, {"ghsa", "GHSA-a"}, {"pysec", "PYSEC-2020-1"}};
  EXPECT_EQ(best(ids)->value, "GHSA-a");
}

TEST(Ids, OfFeedsAreNoIdentityByThemselves) {
  EXPECT_TRUE(is_identity("cve"));
  EXPECT_TRUE(is_identity("aiid-report"));
  EXPECT_TRUE(is_identity("stix"));
  EXPECT_FALSE(is_identity("url"));
  EXPECT_FALSE(is_identity("guid"));
  EXPECT_FALSE(is_identity(""));
}

}  // namespace
}  // namespace tocsin::intel
