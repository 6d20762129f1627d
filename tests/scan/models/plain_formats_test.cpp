// Formats of plain data: Flax checkpoints and models in XML.
#include <gtest/gtest.h>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

// [[2], "float32", 8 bytes] as an extension of type `type`.
std::string array(char type = 1, char length = 2, std::string_view dtype = "float32") {
  const std::string body = "\x93\x91"s + length + static_cast<char>(0xa0 + dtype.size()) + std::string(dtype) +
                           "\xc4\x08"s + std::string(8, '\0');
  return "\xc7"s + static_cast<char>(body.size()) + type + body;
}
std::string checkpoint(const std::string& value) {
  return "\x81\xa6params\x81\xa1w"s + value;
}

TEST(Flax, HonestOnesAreSilent) {
  for (const std::string& bytes :
       {checkpoint(array()), "\x82\xa4step\x05\xa6params\x80"s, checkpoint("\x92\x01\xcb\0\0\0\0\0\0\0\0"s)}) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(report.findings.empty()) << told(report);
    EXPECT_TRUE(report.complete()) << told(report);
    EXPECT_EQ(report.formats, std::vector<std::string>{"flax-msgpack"});
  }
}

TEST(Flax, WhatBreaksTheFormatIsFound) {
  for (const std::string& bytes :
       {checkpoint(array(1, 3)), checkpoint(array(1, 2, "object")), checkpoint(array(42)),
        checkpoint("\xc6\xff\xff\xff\xff"s), checkpoint("\xdd\xff\xff\xff\xff"s), checkpoint("\xc1"s),
        checkpoint(std::string(1000, '\x91') + "\x01"), checkpoint(array()) + "junk"}) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(found(report, "format-broken")) << told(report);
  }
  EXPECT_TRUE(found(scan_text(checkpoint(array()) + "cos\nsystem\n(S'id'\ntR."), "pickle-dangerous-call"));
}

TEST(Flax, CutAnywhereItIsNeverClean) {
  const std::string whole = checkpoint(array());
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto report = scan_text(whole.substr(0, n));
    EXPECT_TRUE(!report.complete() || report.worst() > Severity::info) << n << "\n" << told(report);
  }
}

TEST(Xml, WhatReachesOutsideIsFound) {
  for (const std::string_view text : {
           "<?xml version=\"1.0\"?><!DOCTYPE PMML [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><PMML>&x;</PMML>",
           "<?xml version=\"1.0\"?><!DOCTYPE PMML SYSTEM \"http://x/y.dtd\"><PMML/>",
           "<!DOCTYPE PMML [<!ENTITY % x SYSTEM \"http://x/y\"> %x;]><PMML/>",
           "<?xml version=\"1.0\"?><PMML><xi:include href=\"file:///etc/passwd\"/></PMML>",
           "<PMML><Extension name=\"x\">Runtime.getRuntime().exec(\"id\")</Extension></PMML>",
           "<PMML><SCRIPT>1</SCRIPT></PMML>",
       })
    EXPECT_TRUE(found(scan_text(text), "xml-external")) << text << "\n" << told(scan_text(text));
}

TEST(Xml, WhateverStandsBeforeIt) {
  const std::string attack = "<!DOCTYPE PMML [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><PMML>&x;</PMML>";
  for (const std::string& text :
       {"<!--" + std::string(70'000, 'x') + "-->" + attack, std::string(70'000, ' ') + attack,
        "<?xml version=\"1.0\"?><!--" + std::string(70'000, 'x') + "--><!DOCTYPE PMML><PMML/>",
        "<!DOCTYPE net [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><net name=\"x\">&e;</net>"s,
        "<!DOCTYPE html [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><html>&e;</html>"s,
        "<net><script>1</script></net>"s}) {
    const auto report = scan_text(text);
    EXPECT_TRUE(found(report, "xml-external")) << text.substr(0, 60) << "\n" << told(report);
    EXPECT_EQ(report.worst(), Severity::suspicious) << text.substr(0, 60) << "\n" << told(report);
  }
  const auto page = scan_text("<!DOCTYPE html>\n<html><script>1</script></html>\n");
  EXPECT_TRUE(page.findings.empty()) << told(page);
}

TEST(Xml, HonestModelsAreSilent) {
  for (const std::string_view text : {
           "<?xml version=\"1.0\"?>\n<!-- <!DOCTYPE x> -->\n<PMML version=\"4.4\"><Header><Extension name=\"a\" "
           "value=\"b\"/></Header><DataDictionary/></PMML>\n",
           "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\"><html/>",
       }) {
    const auto report = scan_text(text);
    EXPECT_TRUE(report.findings.empty()) << told(report);
    EXPECT_TRUE(report.supported) << text;
  }
}

TEST(Xml, AnEntityWithATextOfItsOwnIsHarmlessOutsideOfModels) {
  const auto manual =
      scan_text("<?xml version=\"1.0\"?><!DOCTYPE book [<!ENTITY name \"tocsin\">]><book>&name;</book>");
  EXPECT_EQ(manual.worst(), Severity::info) << told(manual);
  const auto bomb =
      scan_text("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"x\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>");
  EXPECT_EQ(bomb.worst(), Severity::suspicious) << told(bomb);
}

std::string be(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}
std::string rds(const std::string& item) {
  return "X\n" + be(2) + be(0x00040300) + be(0x00020300) + item;
}
// list(x = c(1L, 2L)): a vector of one, with its names as attributes.
const std::string kList = be(0x213) + be(1) + be(13) + be(2) + be(1) + be(2) + be(0x402) + be(1) + be(0x40009) + be(5) +
                          "names" + be(16) + be(1) + be(0x40009) + be(1) + "x" + be(254);

TEST(Rds, HonestOnesAreSilent) {
  for (const std::string& bytes : {rds(kList), rds(be(254)), rds(be(14) + be(1) + std::string(8, '\0'))}) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(report.findings.empty()) << told(report);
    EXPECT_TRUE(report.complete()) << told(report);
    EXPECT_EQ(report.formats, std::vector<std::string>{"rds"});
  }
}

TEST(Rds, APromiseIsFound) {
  // As a value, and inside of a list.
  const std::string promise = be(5) + be(242) + be(6) + be(254) + be(254);
  for (const std::string& bytes : {rds(promise), rds(be(19) + be(2) + be(254) + promise)}) {
    const auto report = scan_text(bytes);
    EXPECT_EQ(report.worst(), Severity::malicious) << told(report);
  }
}

TEST(Rds, LengthsBeyondTheFileAreFound) {
  for (const std::string& bytes : {rds(be(13) + be(0x7fffffff)), rds(be(19) + be(0x7fffffff)),
                                   rds(be(14) + be(0xffffffff) + be(0xffffffff) + be(0xffffffff)), rds(be(99))})
    EXPECT_TRUE(found(scan_text(bytes), "format-broken")) << told(scan_text(bytes));
}

TEST(Rds, CutAnywhereItIsNeverClean) {
  const std::string whole = rds(kList);
  for (std::size_t n = 6; n < whole.size(); ++n) {
    const auto report = scan_text(whole.substr(0, n));
    EXPECT_TRUE(!report.complete() || report.worst() > Severity::info) << n << "\n" << told(report);
  }
}

}  // namespace
}  // namespace tocsin
