#include "versions/cvss.hpp"

#include <gtest/gtest.h>

#include "corpus.hpp"
#include "table.hpp"

namespace tocsin::versions {
namespace {

TEST(Cvss, ScoresTheVectorsOfTheGuides) {
  struct Case {
    const char* vector;
    const char* base;
    const char* temporal;
    const char* environmental;
    const char* overall;
    Severity severity;
  };
  for (const Case& c : std::initializer_list<Case>{
           // CVSS 2.0 guide, section 3.3: CVE-2002-0392, CVE-2003-0818, CVE-2003-0062.
           {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", "7.8", "6.4", "9.2", "9.2",
            Severity::high},
           {"(AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C)", "10.0", "8.3", "8.3", "8.3", Severity::high},
           {"AV:L/AC:H/Au:N/C:C/I:C/A:C", "6.2", "6.2", "6.2", "6.2", Severity::medium},
           {"AV:N/AC:L/Au:N/C:N/I:N/A:N", "0.0", "0.0", "0.0", "0.0", Severity::low},
           {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "9.8", "9.8", "9.8", "9.8", Severity::critical},
           {"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "10.0", "10.0", "10.0", "10.0", Severity::critical},
           {"CVSS:3.1/A:N/I:N/C:N/S:U/UI:R/PR:L/AC:H/AV:P", "0.0", "0.0", "0.0", "0.0", Severity::none},
           {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "10.0", "10.0", "10.0", "10.0",
            Severity::critical},
           {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", "9.3", "8.1", "8.1", "8.1",
            Severity::high},
       }) {
    const auto cvss = parse_cvss(c.vector);
    ASSERT_TRUE(cvss) << c.vector << ": " << cvss.error().message();
    EXPECT_EQ(cvss->base.text(), c.base) << c.vector;
    EXPECT_EQ(cvss->temporal.text(), c.temporal) << c.vector;
    EXPECT_EQ(cvss->environmental.text(), c.environmental) << c.vector;
    EXPECT_EQ(cvss->overall().text(), c.overall) << c.vector;
    EXPECT_EQ(cvss->severity(), c.severity) << c.vector;
  }
}

TEST(Cvss, RefusesBrokenVectors) {
  for (const std::string_view text :
       {"", "CVSS:3.1", "CVSS:3.1/", "CVSS:5.0/AV:N", "AV:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
        "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/XX:Y", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:", "9.8",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:S/SI:H/SA:H"})
    EXPECT_FALSE(parse_cvss(text)) << text;
}

TEST(Cvss, KnowsTheWordsForSeverity) {
  EXPECT_EQ(severity_from_word(" Moderate"), Severity::medium);
  EXPECT_EQ(severity_from_word("IMPORTANT"), Severity::high);
  EXPECT_EQ(severity_from_word("?"), Severity::unknown);
  EXPECT_GT(Severity::unknown, Severity::low);
  EXPECT_EQ(severity_of(CvssScore(69)), Severity::medium);
  EXPECT_EQ(severity_of(CvssScore(70)), Severity::high);
}

TEST(CvssCorpus, ScoresEveryVector) {
  TOCSIN_NEEDS_CORPUS(data);
  std::size_t rows = 0;
  for (const auto& row : tests::table(data / "versions/cvss.tsv")) {
    ASSERT_EQ(row.size(), 6u);
    const auto cvss = parse_cvss(row[0]);
    ASSERT_TRUE(cvss) << row[0] << ": " << cvss.error().message();
    EXPECT_EQ(to_string(cvss->version), row[1]);
    const auto same = [&](CvssScore score, const std::string& wanted) {
      if (wanted != "-") {
        EXPECT_EQ(score.text(), wanted) << row[0];
      }
    };
    same(cvss->base, row[2]);
    same(cvss->temporal, row[3]);
    same(cvss->environmental, row[4]);
    same(cvss->overall(), row[5]);
    ++rows;
  }
  EXPECT_GT(rows, 0u);
}

}  // namespace
}  // namespace tocsin::versions
