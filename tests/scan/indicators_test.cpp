// Lists of digests: what they may say, what they may not, and what a hit is.
#include "scan/indicators.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "models/scans.hpp"

namespace tocsin::scan {
namespace {

using namespace std::string_literals;

const std::string kA(64, 'a'), kB(64, 'b');

std::string row(std::string_view type, const std::string& value, std::string_view rest) {
  return std::string(type) + "," + value + "," + std::string(rest) + "\n";
}

TEST(Indicators, AreReadWhateverTheOrderOfColumns) {
  const auto list =
      Indicators::parse("\xef\xbb\xbfReference,name,VALUE,seen,type\r\n"s + "https://x.example,\"a \"\"b\"\",\r\nc\"," +
                            std::string(64, 'A') + ",2026,SHA256\r\n,plain," + kB + ",,opcodes",
                        "list.csv");
  ASSERT_TRUE(list) << list.error().message();
  EXPECT_TRUE(list->problems().empty());
  ASSERT_EQ(list->size(), 2u);
  const auto a = list->find(Indicator::Kind::sha256, *parse_digest(kA));
  ASSERT_EQ(a.size(), 1u);
  EXPECT_EQ(a[0].reference, "https://x.example");
  EXPECT_TRUE(a[0].name.starts_with("a \"b\",")) << a[0].name;
  EXPECT_EQ(a[0].name.find('\n'), std::string::npos);
  EXPECT_EQ(a[0].severity, Severity::malicious);
  EXPECT_EQ(a[0].where, "list.csv:2");
  const auto b = list->find(Indicator::Kind::opcodes, *parse_digest(kB));
  ASSERT_EQ(b.size(), 1u);
  EXPECT_EQ(b[0].severity, Severity::suspicious);
  EXPECT_EQ(b[0].where, "list.csv:4") << "a record of two lines counts as two";
  EXPECT_TRUE(list->find(Indicator::Kind::sha256, *parse_digest(kB)).empty());
}

TEST(Indicators, OfOneValueAreAllFound) {
  const auto list = Indicators::parse(
      "type,value,name\n" + row("sha256", kA, "one") + row("sha256", kB, "x") + row("sha256", kA, "two"), "l");
  ASSERT_TRUE(list);
  const auto found = list->find(Indicator::Kind::sha256, *parse_digest(kA));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "one");
  EXPECT_EQ(found[1].name, "two");
}

struct Bad {
  const char* name;
  std::string line;
  std::string_view says;
};
class IndicatorsTell : public testing::TestWithParam<Bad> {};
TEST_P(IndicatorsTell, TheLineThatIsWrongAndGoOn) {
  const auto list = Indicators::parse("type,value,name,severity\n" + row("sha256", kA, "before,") + GetParam().line +
                                          "\n" + row("sha256", kB, "after,info"),
                                      "list.csv");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->size(), 2u);
  EXPECT_EQ(list->find(Indicator::Kind::sha256, *parse_digest(kB)).size(), 1u);
  ASSERT_EQ(list->problems().size(), 1u);
  const std::string message = list->problems()[0].message();
  EXPECT_TRUE(message.starts_with("list.csv:3: ")) << message;
  EXPECT_NE(message.find(GetParam().says), std::string::npos) << message;
  for (const char c : message) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
}
INSTANTIATE_TEST_SUITE_P(
    , IndicatorsTell,
    testing::Values(Bad{"type", row("sha255", kA, "n,"), "sha255"}, Bad{"value", "sha256,abc,n,", "abc"},
                    Bad{"escape", "sha256,\x1b[31m,n,", "64 hex"},
                    Bad{"nothing", "sha256,e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855,n,",
                        "nothing"},
                    Bad{"no_name", "sha256," + kA + ", ,", "name"},
                    Bad{"severity", "sha256," + kA + ",n,fatal", "fatal"},
                    Bad{"columns", "sha256," + kA + ",n,info,more", "5 columns instead of 4"},
                    Bad{"open_quote", "sha256," + kA + ",\"n,info", "quote"},
                    Bad{"behind_a_quote", "sha256," + kA + ",\"n\"x,info", "quote"}),
    [](const auto& of) { return std::string(of.param.name); });

TEST(Indicators, OfOtherKindsAreNoFault) {
  const auto list = Indicators::parse("type,value,name\nmd5,x,y\nip,192.0.2.1,z\n# a word\n\n", "l");
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->problems().empty());
  EXPECT_EQ(list->size(), 0u);
}

TEST(Indicators, WithoutTheirColumnsAreNone) {
  for (const std::string_view text : {"", "\n", "sha256,a,b\n", "type,value\n", "\"type,value,name\n", "\0\0\0"}) {
    const auto list = Indicators::parse(text, "l");
    ASSERT_FALSE(list) << text;
    EXPECT_EQ(list.error().line, 1u);
  }
}

TEST(Indicators, OfAFileOfQuotesCostNoMoreThanTheFile) {
  std::string text = "type,value,name\n";
  while (text.size() < (8u << 20)) text += "\"a\n";
  const auto list = Indicators::parse(text, "l");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->problems().size(), Indicators::kProblems);
  EXPECT_GT(list->bad_rows(), 1000u);
}

// ---- what a hit is ----

Report scanned(std::string_view bytes, const Indicators& known) {
  models::Options options;
  options.indicators = &known;
  return models::scan_bytes("test", std::as_bytes(std::span(bytes.data(), bytes.size())), tests::names(), options);
}
Indicators known(std::string_view type, const Digest& digest, std::string_view severity = "") {
  auto list =
      Indicators::parse(fmt::format("type,value,name,severity,reference\n{},{},the name,{},https://ref.example\n", type,
                                    digest.hex(), severity),
                        "list.csv");
  EXPECT_TRUE(list);
  return *list;
}
const Finding* hit(const Report& report) {
  for (const Finding& finding : report.findings)
    if (finding.rule->id == "known-malicious") return &finding;
  return nullptr;
}

TEST(KnownFiles, AreFindingsWhateverTheyAre) {
  for (const std::string& bytes :
       {"\x80\x04N."s, "cos\nsystem\n(S'id'\ntR."s, "nothing that any format fits, of no kind"s}) {
    const Report report = scanned(bytes, known("sha256", sha256(bytes)));
    const Finding* finding = hit(report);
    ASSERT_NE(finding, nullptr) << bytes;
    EXPECT_EQ(finding->severity, Severity::malicious);
    EXPECT_NE(finding->what.find("the name"), std::string::npos);
    EXPECT_EQ(finding->reference, "https://ref.example");
    EXPECT_EQ(report.worst(), Severity::malicious);
    EXPECT_EQ(hit(scanned(bytes, known("sha256", sha256(bytes + " ")))), nullptr);
  }
}

TEST(KnownFiles, AreAsBadAsTheListSays) {
  const std::string bytes = "\x80\x04N.";
  EXPECT_EQ(hit(scanned(bytes, known("sha256", sha256(bytes), "info")))->severity, Severity::info);
}

}  // namespace
}  // namespace tocsin::scan
