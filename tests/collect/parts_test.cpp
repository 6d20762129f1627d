// The parts that sources are made of: encodings, URLs, cutting of entries, mentions, the fields of single formats.
#include <algorithm>
#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"
#include "collect/encoding.hpp"
#include "collect/entry.hpp"
#include "collect/osv_record.hpp"
#include "collect/playground.hpp"
#include "collect/url.hpp"
#include "collect/xml.hpp"
#include "knowledge/knowledge.hpp"

namespace tocsin::collect::tests {
namespace {

using namespace std::string_literals;

// The compiler of knowledge/ takes any word for a kind, and cycle leaves out what is none.
TEST(TheCatalogue, NamesOnlyKindsOfSourcesThatThereAre) {
  const knowledge::Knowledge facts;
  EXPECT_FALSE(facts.sources().empty());
  for (const knowledge::Source& source : facts.sources())
    EXPECT_NE(find_source(source.kind), nullptr)
        << "source '" << source.id << "' in knowledge/sources.yaml is of the kind '" << source.kind
        << "', which is not in tocsin_kinds(collect ...) of src/collect/CMakeLists.txt";
}

TEST(TheCatalogue, HasOfEverySourceAPageExamplesAndAFuzzer) {
  const std::filesystem::path root(TOCSIN_SOURCE_DIR);
  const auto index = read_file(root / "docs/sources/README.md", 1u << 20);
  ASSERT_TRUE(index);
  for (const SourceKind* kind : sources::all()) {
    const std::string word(kind->id);
    EXPECT_TRUE(std::filesystem::is_regular_file(root / "docs/sources" / (word + ".md"))) << word;
    EXPECT_NE(index->find("(" + word + ".md)"), std::string::npos) << word << " is not in docs/sources/README.md";
    EXPECT_TRUE(std::filesystem::is_directory(root / "tests/collect/sources" / word)) << word;
    EXPECT_TRUE(std::filesystem::is_regular_file(root / "fuzz/collect" / (word + "_fuzz.cpp"))) << word;
    EXPECT_TRUE(std::filesystem::is_directory(root / "fuzz/collect" / word)) << word << ": seeds";
  }
}

struct EncodingCase {
  const char* name;
  std::string bytes;
  std::string text;  // what the element <a> holds
  bool noted;
};
class Encodings : public testing::TestWithParam<EncodingCase> {};
TEST_P(Encodings, AreReadAsTheBytesSay) {
  const auto decoded = decode_xml(GetParam().bytes);
  ASSERT_TRUE(decoded);
  const std::size_t begin = decoded->text.find("<a>");
  ASSERT_NE(begin, std::string::npos) << decoded->text;
  EXPECT_EQ(decoded->text.substr(begin + 3, decoded->text.find("</a>") - begin - 3), GetParam().text);
  EXPECT_EQ(!decoded->notes.empty(), GetParam().noted);
  EXPECT_TRUE(is_utf8(decoded->text));
}
std::string wide(std::string_view ascii, bool big, int unit) {
  std::string out;
  for (const char c : ascii) {
    if (!big) out += c;
    out.append(static_cast<std::size_t>(unit - 1), '\0');
    if (big) out += c;
  }
  return out;
}
INSTANTIATE_TEST_SUITE_P(
    , Encodings,
    testing::Values(
        EncodingCase{"utf8", "<?xml version='1.0' encoding='utf-8'?><a>caf\xc3\xa9</a>", "caf\xc3\xa9", false},
        EncodingCase{"none_declared", "<a>caf\xc3\xa9</a>", "caf\xc3\xa9", false},
        EncodingCase{"latin1", "<?xml version='1.0' encoding='iso-8859-1'?><a>caf\xe9</a>", "caf\xc3\xa9", false},
        EncodingCase{"windows_1252_quotes", "<?xml version='1.0' encoding='windows-1252'?><a>\x93x\x94</a>",
                     "\xe2\x80\x9cx\xe2\x80\x9d", false},
        EncodingCase{"says_latin1_is_utf8", "<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xc3\xa9</a>",
                     "caf\xc3\xa9", true},
        EncodingCase{"says_utf8_is_latin1", "<?xml version='1.0' encoding='utf-8'?><a>caf\xe9 \xc3\xa9</a>",
                     "caf\xc3\xa9 \xc3\xa9", true},
        EncodingCase{"unknown_name", "<?xml version='1.0' encoding='x-nothing'?><a>x</a>", "x", true},
        EncodingCase{"koi8_r", "<?xml version='1.0' encoding='koi8-r'?><a>\xd4\xc5\xd3\xd4</a>",
                     "\xd1\x82\xd0\xb5\xd1\x81\xd1\x82", false},
        EncodingCase{"shift_jis", "<?xml version='1.0' encoding='Shift_JIS'?><a>\x83\x65\x83\x58\x83\x67</a>",
                     "\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88", false},
        EncodingCase{"utf16_with_mark", "\xff\xfe" + wide("<a>x</a>", false, 2), "x", false},
        EncodingCase{"utf16_big_with_mark", "\xfe\xff" + wide("<a>x</a>", true, 2), "x", false},
        EncodingCase{"utf16_without_mark", wide("<?xml version='1.0'?><a>x</a>", false, 2), "x", false},
        EncodingCase{"utf32_without_mark", wide("<?xml version='1.0'?><a>x</a>", true, 4), "x", false},
        EncodingCase{"utf16_pair", "\xfe\xff" + wide("<a>", true, 2) + "\xd8\x3d\xde\0"s + wide("</a>", true, 2),
                     "\xf0\x9f\x98\x80", false},
        EncodingCase{"says_utf16_is_not", "<?xml version='1.0' encoding='utf-16'?><a>x</a>", "x", false},
        EncodingCase{"nul_inside", "<a>x\0y</a>"s, "x\xef\xbf\xbdy", true}),
    [](const auto& one) { return std::string(one.param.name); });

struct CharsetCase {
  const char* name;
  const char* charset;  // of the reply's header
  std::string bytes;
  const char* text;
  bool noted;
};
class Charsets : public testing::TestWithParam<CharsetCase> {};
TEST_P(Charsets, OfTheHeaderCountWhereTheDocumentSaysNothing) {
  const auto decoded = decode_xml(GetParam().bytes, GetParam().charset);
  ASSERT_TRUE(decoded);
  const std::size_t begin = decoded->text.find("<a>");
  ASSERT_NE(begin, std::string::npos) << decoded->text;
  EXPECT_EQ(decoded->text.substr(begin + 3, decoded->text.find("</a>") - begin - 3), GetParam().text);
  EXPECT_EQ(!decoded->notes.empty(), GetParam().noted) << testing::PrintToString(decoded->notes);
  EXPECT_TRUE(is_utf8(decoded->text));
}
INSTANTIATE_TEST_SUITE_P(
    , Charsets,
    testing::Values(CharsetCase{"no_declaration", "koi8-r", "<?xml version='1.0'?><a>\xd4\xc5\xd3\xd4</a>",
                                "\xd1\x82\xd0\xb5\xd1\x81\xd1\x82", true},
                    CharsetCase{"latin1", "iso-8859-1", "<a>caf\xe9</a>", "caf\xc3\xa9", true},
                    CharsetCase{"the_declaration_is_nearer", "iso-8859-1",
                                "<?xml version='1.0' encoding='koi8-r'?><a>\xd4</a>", "\xd1\x82", false},
                    CharsetCase{"utf8_is_seen", "iso-8859-1", "<a>caf\xc3\xa9</a>", "caf\xc3\xa9", false},
                    CharsetCase{"a_mark_is_nearer", "koi8-r", "\xef\xbb\xbf<a>caf\xc3\xa9</a>", "caf\xc3\xa9", false},
                    CharsetCase{"wide_is_seen", "koi8-r", "\xff\xfe" + wide("<a>x</a>", false, 2), "x", false},
                    CharsetCase{"ascii", "koi8-r", "<a>x</a>", "x", false},
                    CharsetCase{"utf8_that_is_not", "utf-8", "<a>caf\xe9</a>", "caf\xc3\xa9", true},
                    CharsetCase{"unknown_name", "x-nothing", "<a>caf\xe9</a>", "caf\xc3\xa9", true},
                    CharsetCase{"a_name_for_iconv", "utf-7", "<a>caf\xe9</a>", "caf\xc3\xa9", true}),
    [](const auto& one) { return std::string(one.param.name); });

struct UrlCase {
  const char* reference;
  const char* resolved;
};
TEST(Urls, AreResolvedAsTheStandardSays) {
  // RFC 3986, section 5.4, against its own base.
  for (const UrlCase& one : {UrlCase{"g:h", "g:h"},
                             {"g", "http://a/b/c/g"},
                             {"./g", "http://a/b/c/g"},
                             {"g/", "http://a/b/c/g/"},
                             {"/g", "http://a/g"},
                             {"//g", "http://g"},
                             {"?y", "http://a/b/c/d;p?y"},
                             {"g?y", "http://a/b/c/g?y"},
                             {"#s", "http://a/b/c/d;p?q#s"},
                             {"g#s", "http://a/b/c/g#s"},
                             {"", "http://a/b/c/d;p?q"},
                             {".", "http://a/b/c/"},
                             {"..", "http://a/b/"},
                             {"../g", "http://a/b/g"},
                             {"../..", "http://a/"},
                             {"../../g", "http://a/g"},
                             {"../../../g", "http://a/g"},
                             {"/./g", "http://a/g"},
                             {"/../g", "http://a/g"},
                             {"g.", "http://a/b/c/g."},
                             {"./../g", "http://a/b/g"},
                             {"g;x=1/../y", "http://a/b/c/y"},
                             {"g?y/../x", "http://a/b/c/g?y/../x"}})
    EXPECT_EQ(resolve_url("http://a/b/c/d;p?q", one.reference), one.resolved) << one.reference;
  EXPECT_EQ(resolve_url("", "a/b"), "a/b");
  EXPECT_EQ(resolve_url("urn:x", "a/b"), "a/b");
  EXPECT_EQ(host_of("https://user@Example.ORG:8443/x"), "example.org");
  EXPECT_EQ(host_of("tag:x,2020:1"), "");
}

TEST(Mentions, AreTechniquesAndLinksButNeverIdentity) {
  intel::Record record;
  add_id(record, {"cve", "CVE-2026-0001"});
  note_mentions(record,
                "As in AML.T0051.001, (AML.T0054) and AML.CS0009; see CVE-2026-1234. Not XCVE-2026-9, not "
                "CVE-2026-0001, LLM03:2025 and LLM03, https://x/AML.T0010.html GHSA-aaaa-bbbb-cccc");
  EXPECT_EQ(record.techniques, (std::vector<std::string>{"AML.T0051.001", "AML.T0054", "LLM03:2025", "AML.T0010"}));
  std::vector<std::string> linked;
  for (const intel::Link& link : record.links) linked.push_back(link.relation + " " + link.target.value);
  EXPECT_EQ(linked, (std::vector<std::string>{"mentions AML.CS0009", "mentions CVE-2026-1234",
                                              "mentions GHSA-aaaa-bbbb-cccc"}));
  EXPECT_EQ(record.ids.size(), 1u);
}

TEST(Records, HoldWhatAStoreCanHold) {
  intel::Record record;
  for (int i = 0; i < 1000; ++i) add_reference(record, "https://x.test/" + std::to_string(i), "");
  for (int i = 0; i < 100; ++i) add_defect(record, "defect " + std::to_string(i));
  add_reference(record, "javascript:alert(1)", "");
  add_reference(record, "file:///etc/passwd", "");
  EXPECT_EQ(record.references.size(), kMaxReferences);
  EXPECT_LE(record.extra["defects"].size(), kMaxDefects + 1);
  EXPECT_EQ(summary_text(std::string(1u << 20, 'x')).size(), kMaxSummaryBytes);
  EXPECT_EQ(title_text("a\n  b\0c"s).raw(),
            "a b\xef\xbf\xbd"
            "c");
}

TEST(Records, TakeC1ControlsForTheQuotesThatTheyWere) {
  EXPECT_EQ(title_text("don\xc2\x92t \xc2\xa9").raw(), "don\xe2\x80\x99t \xc2\xa9");
  // What is cut says so, and not in the middle of a word.
  EXPECT_EQ(title_text("a title of words", 16).raw(), "a title of words");
  EXPECT_EQ(title_text("a title of words", 15).raw(), "a title of…");
  EXPECT_EQ(title_text("a title of words", 13).raw(), "a title of…") << "a word that just fits stays";
  EXPECT_EQ(title_text("  two\n\nlines of it  ", 12).raw(), "two lines…");
  EXPECT_EQ(title_text(std::string(100, 'x'), 13).raw(), std::string(10, 'x') + "…");
  EXPECT_EQ(title_text("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 8).raw(), "\xe4\xb8\xad…")
      << "whole characters";
  EXPECT_LE(title_text(std::string(3000, 'x')).raw().size(), kMaxTitleBytes);
}

TEST(FeedLinks, AreTheOneForPeopleWhereverItStands) {
  const auto link_of = [](const std::string& links) -> std::string {
    const Parsed parsed = parse("feed", "f.xml",
                                "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>tag:f,1</id><title>t</title>" +
                                    links + "</entry></feed>");
    if (parsed.findings.records.empty() || parsed.findings.records[0].references.empty()) return "";
    return parsed.findings.records[0].references[0].url;
  };
  EXPECT_EQ(
      link_of("<link rel='enclosure' href='https://f.test/a.mp3'/><link rel='alternate' href='https://f.test/1'/>"),
      "https://f.test/1");
  EXPECT_EQ(link_of("<link rel='enclosure'>https://f.test/a.mp3</link><link rel='alternate'>https://f.test/1</link>"),
            "https://f.test/1");
  EXPECT_EQ(link_of("<link rel='self' href='https://f.test/f'/><link href='https://f.test/1'/>"), "https://f.test/1");
  EXPECT_EQ(link_of("<link rel='http://www.iana.org/assignments/relation/alternate' href='https://f.test/1'/>"),
            "https://f.test/1");
  EXPECT_EQ(link_of("<link rel='self' href='https://f.test/f'/>"), "");
}

TEST(Accepting, TakesWhatIsMeantForASourceAndAlsoWhatIsDamaged) {
  struct Row {
    const char* source;
    const char* name;
    const char* head;
    bool accepted;
  };
  for (const Row& row : {Row{"osv", "PyPI/all.zip", "PK\3\4", true},
                         {"osv", "PyPI/all.zip", "", true},
                         {"osv", "other.zip", "text", false},
                         {"osv", "PYSEC-2026-1.json", "", true},
                         {"osv", "x/GHSA-aaaa-bbbb-cccc.json", "\x7f", true},
                         {"osv", "x.json", "{\"vulns\":[]}", true},
                         {"osv", "package.json", "{\"name\":\"x\"}", false},
                         {"osv", "modified_id.csv", "2026-01-01T00:00:00Z,PYSEC-2026-1", false},
                         {"osv", "PYSEC-2026-1.yaml", "id: PYSEC-2026-1", true},
                         {"osv", "values.yaml", "a: 1", false},
                         {"atlas", "dist/ATLAS.yaml", "", true},
                         {"atlas", "values.yaml", "a: 1", false},
                         {"owasp", "2_0_vulns/LLM03_SupplyChain.md", "", true},
                         {"owasp", "LLM00_Preface.md", "## Letter", false},
                         {"owasp", "README.md", "# Top", false},
                         {"owasp", "one.md", "## LLM03:2025 Supply Chain", true},
                         {"owasp", "mappings/x.md", "# Mapped to y\n## LLM01: Prompt", false},
                         {"arxiv", "query.xml", "<feed xmlns:arxiv=\"http://arxiv.org/x\">", true},
                         {"arxiv", "query.xml", "", true},
                         {"arxiv", "blog.xml", "<rss>", false},
                         {"feed", "blog.xml", "", true},
                         {"feed", "index", "<rss>", true},
                         {"feed", "README.md", "# x", false}})
    EXPECT_EQ(find_source(row.source)->accepts(row.name, row.head), row.accepted)
        << row.source << " " << row.name << " " << row.head;
}

TEST(TwiceInOneDocument, TheNewerStaysAndTheOtherIsRejected) {
  const Parsed parsed = parse("osv", "list.json",
                              "[{\"id\":\"PYSEC-2026-1\",\"modified\":\"2026-01-01T00:00:00Z\"},{\"id\":\"PYSEC-2026-"
                              "1\",\"modified\":\"2026-02-01T00:00:00Z\"},"
                              "{\"id\":\"PYSEC-2026-1\",\"modified\":\"2026-01-15T00:00:00Z\"}]");
  ASSERT_TRUE(parsed.result);
  ASSERT_EQ(parsed.findings.records.size(), 1u);
  EXPECT_EQ(to_date(*parsed.findings.records[0].modified), "2026-02-01");
  ASSERT_EQ(parsed.findings.rejects.size(), 2u);
  EXPECT_EQ(parsed.findings.rejects[0].place, "list.json: [0]");
  EXPECT_EQ(parsed.findings.rejects[0].error.code, Code::conflict);
}

TEST(OsvForms, OneRecordAListAReplyAndAnArchiveOfNothingAreAllRead) {
  const std::string one = "{\"id\":\"PYSEC-2026-1\",\"modified\":\"2026-01-01T00:00:00Z\"}";
  for (const std::string& text : {one, "[" + one + "]", "{\"vulns\":[" + one + "]}", "  \n" + one + "\n",
                                  "\xef\xbb\xbf" + one, "id: PYSEC-2026-1\nmodified: 2026-01-01T00:00:00Z\n"s}) {
    const Parsed parsed = parse("osv", "x", text);
    ASSERT_TRUE(parsed.result) << text;
    EXPECT_EQ(parsed.findings.records.size(), 1u) << text;
  }
  EXPECT_TRUE(parse("osv", "x", "{}").result);
  EXPECT_EQ(parse("osv", "x", "{}").entries(), 0u);
  EXPECT_EQ(parse("osv", "x", "[]").entries(), 0u);
  EXPECT_FALSE(parse("osv", "x", "{\"results\":[{\"vulns\":[{\"id\":\"PYSEC-2026-1\"}]}]}").result);
  const Parsed broken = parse("osv", "x", "{\"vulns\":[" + one + ",{\"id\":},{\"id\":\"PYSEC-2026-2\"}]}");
  ASSERT_TRUE(broken.result);
  EXPECT_EQ(broken.findings.records.size(), 2u);
  EXPECT_EQ(broken.findings.rejects.size(), 1u);
}

TEST(OsvForms, WhatCannotBeIdentifiedIsRejected) {
  for (const char* text : {"{\"modified\":\"2026-01-01T00:00:00Z\"}", "{\"id\":7}", "{\"id\":\"\"}", "{\"id\":\"a b\"}",
                           "{\"id\":\"../x\"}", "{\"id\":null}", "{\"id\":\"PYSEC-1\""}) {
    const Parsed parsed = parse("osv", "x.json", text);
    ASSERT_TRUE(parsed.result) << text;
    EXPECT_EQ(parsed.findings.records.size(), 0u) << text;
    EXPECT_EQ(parsed.findings.rejects.size(), 1u) << text;
  }
}

TEST(OsvAffected, KeepsWhatCanBeReadAndWarnsRatherThanHides) {
  std::vector<std::string> defects;
  const auto json = parse_json(
      "[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"a\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{"
      "\"introduced\":0},{\"fixed\":\"1.2\"},{\"mended\":\"1.1\"},7]},"
      "{\"type\":\"ODD\",\"events\":[]}, \"x\"],\"versions\":[\"1.0\",2,null]}, 5, "
      "{\"ranges\":[{\"type\":\"GIT\",\"repo\":\"https://x.test/r\",\"events\":[{\"introduced\":\"0\"}]}]}]");
  ASSERT_TRUE(json);
  const auto affected = read_affected(*json, defects);
  ASSERT_EQ(affected.size(), 1u);
  ASSERT_EQ(affected[0].ranges.size(), 1u);
  EXPECT_EQ(affected[0].ranges[0].events, (std::vector<versions::Event>{{versions::Event::Kind::introduced, "0"},
                                                                        {versions::Event::Kind::fixed, "1.2"}}));
  EXPECT_EQ(affected[0].versions, (std::vector<std::string>{"1.0", "2"}));
  EXPECT_TRUE(versions::affects(affected[0], "1.1"));
  EXPECT_GE(defects.size(), 6u);
}

struct OwaspCase {
  const char* path;
  const char* heading;
  const char* id;  // "" = no record
};
TEST(OwaspEditions, AreInTheIdWhereverTheyStand) {
  for (const OwaspCase& one :
       {OwaspCase{"LLM03.md", "## LLM03:2025 Supply Chain", "LLM03:2025"},
        {"x/2025/LLM03.md", "## LLM03: Training Data Poisoning", "LLM03:2025"},
        {"LLM03.md", "## LLM03: Training Data Poisoning", "LLM03:2023"},
        {"Archive/1_1_vulns/LLM03.md", "## LLM03: Training Data Poisoning", "LLM03:2023"},
        {"2_0_vulns/LLM03.md", "# LLM03 Supply Chain", "LLM03:2025"},
        {"2023-v1.1/LLM03.md", "## LLM03:2025 Supply Chain", "LLM03:2025"},
        {"x.md", "## LLM3 (2027): Next", "LLM03:2027"},
        {"x.md", "## ML01:2023 Input Manipulation", "ML01:2023"},
        {"x.md", "## ASI02 \xe2\x80\x93 Tool Misuse", "ASI02:draft"},
        {"translations/de-DE/LLM01.md", "## LLM01:2025 Einschleusen von Anweisungen", "LLM01:2025@de-DE"},
        {"x.md", "## LLM00: Preface", ""}}) {
    const Parsed parsed = parse("owasp", one.path, std::string(one.heading) + "\n\n### Description\n\nSome words.\n");
    ASSERT_TRUE(parsed.result) << one.heading << ": " << parsed.result.error().message();
    ASSERT_EQ(parsed.findings.records.size(), *one.id == '\0' ? 0u : 1u) << one.heading;
    if (*one.id != '\0') {
      EXPECT_EQ(parsed.findings.records[0].external_id, one.id) << one.heading;
    }
  }
}

TEST(AtlasParts, BrokenYamlInOneEntryDoesNotCostTheOthers) {
  const Parsed parsed = parse("atlas", "ATLAS.yaml",
                              "version: 5.6.0\nmatrices:\n- id: ATLAS\n  tactics:\n  - id: AML.TA0002\n    name: "
                              "Reconnaissance\n  techniques:\n  - id: AML.T0001\n    name: 'open quote\n"
                              "  - id: AML.T0002\n    name: Second\n    tactics:\n    - AML.TA0002\ncase-studies:\n- "
                              "id: AML.CS0001\n  name: Case: with: colons\n- id: AML.CS0002\n  name: Sound\n");
  ASSERT_TRUE(parsed.result) << parsed.result.error().message();
  std::vector<std::string> ids;
  for (const intel::Record& record : parsed.findings.records) ids.push_back(record.external_id);
  EXPECT_EQ(ids, (std::vector<std::string>{"AML.TA0002", "AML.T0002", "AML.CS0002"}));
  EXPECT_EQ(parsed.findings.rejects.size(), 2u);
}

TEST(AtlasParts, ASubTechniqueChangesWhenItsParentMoves) {
  const auto file = [](const std::string& tactic) {
    return "techniques:\n- id: AML.T0001\n  name: Parent\n  tactics: [" + tactic +
           "]\n- id: AML.T0001.000\n  name: Child\n  subtechnique-of: AML.T0001\n";
  };
  const Parsed before = parse("atlas", "a", file("AML.TA0002"));
  const Parsed after = parse("atlas", "a", file("AML.TA0003"));
  ASSERT_EQ(before.findings.records.size(), 2u);
  ASSERT_EQ(after.findings.records.size(), 2u);
  EXPECT_NE(before.findings.records[1].digest, after.findings.records[1].digest);
}

TEST(ArxivWithdrawal, IsSaidInCommentsAndAbstractsInMoreThanOneWay) {
  struct Row {
    const char* comment;
    const char* abstract;
    bool withdrawn;
  };
  for (const Row& row : {Row{"This paper has been withdrawn by the author due to an error", "A method.", true},
                         {"withdrawn", "A method.", true},
                         {"Withdrawn by arXiv admins", "x", true},
                         {"", "This paper has been withdrawn by the authors.", true},
                         {"12 pages", "We show that a model has been withdrawn from a market.", false},
                         {"Accepted after it was not accepted", "x", false}}) {
    const Parsed parsed = parse("arxiv", "a.xml",
                                std::string("<feed xmlns='http://www.w3.org/2005/Atom' "
                                            "xmlns:arxiv='http://arxiv.org/schemas/atom'><entry><id>http://arxiv.org/"
                                            "abs/2601.00001v3</id><title>T</title>") +
                                    "<updated>2026-01-02T00:00:00Z</updated><summary>" + row.abstract +
                                    "</summary><arxiv:comment>" + row.comment + "</arxiv:comment></entry></feed>");
    ASSERT_EQ(parsed.findings.records.size(), 1u);
    EXPECT_EQ(parsed.findings.records[0].withdrawn.has_value(), row.withdrawn) << row.comment << " / " << row.abstract;
    EXPECT_EQ(parsed.findings.records[0].external_id, "arXiv:2601.00001");
    EXPECT_EQ(parsed.findings.records[0].extra["version"].as_string(), "3");
  }
}

TEST(FeedIds, AreTheGuidOrTheLinkOrAHashAndAlwaysTheSame) {
  const auto id_of = [](const std::string& item) -> std::string {
    const Parsed parsed =
        parse("feed", "f.xml",
              "<rss version='2.0'><channel><title>F</title><link>https://f.test/</link>" + item + "</channel></rss>");
    EXPECT_EQ(parsed.entries(), 1u) << item;
    return parsed.findings.records.empty() ? "" : parsed.findings.records[0].external_id;
  };
  EXPECT_EQ(id_of("<item><title>t</title><guid>https://f.test/1</guid></item>"), "https://f.test/1");
  EXPECT_EQ(id_of("<item><title>t</title><guid isPermaLink='false'>77</guid></item>"), "https://f.test/ 77");
  EXPECT_EQ(id_of("<item><title>t</title><link>/2</link></item>"), "https://f.test/2");
  EXPECT_TRUE(id_of("<item><title>t</title></item>").starts_with("sha256:"));
  EXPECT_EQ(id_of("<item><title>t</title></item>"), id_of("<item>\n<title>t</title></item>"));
  EXPECT_EQ(id_of("<item><author>x</author></item>"), "");
}

// Any feed can claim the database's link and name its incidents; ids of the database come from elsewhere.
TEST(FeedIncidents, OnlyTheDatabasesOwnFeedGivesReportsTheirIds) {
  const auto ids_with = [](std::string_view link, std::string_view dialect, std::string_view address) {
    const Parsed parsed = parse("feed", "f.xml",
                                "<rss version='2.0'><channel><link>" + std::string(link) +
                                    "</link><item><title>t</title><description>words ... "
                                    "(https://incidentdatabase.ai/cite/12#345)</description>"
                                    "<guid isPermaLink='false'>abc</guid></item></channel></rss>",
                                dialect, address);
    EXPECT_EQ(parsed.findings.records.size(), 1u);
    return parsed.findings.records.empty() ? intel::Record() : parsed.findings.records[0];
  };
  for (const auto& [dialect, address] :
       {std::pair("aiid", ""), {"", "https://incidentdatabase.ai/rss.xml"}, {"", "https://www.incidentdatabase.ai/"}}) {
    const intel::Record own = ids_with("https://mirror.test", dialect, address);
    EXPECT_EQ(own.ids.front(), (intel::Id{"aiid-report", "AIID-12#345"})) << dialect << address;
    ASSERT_FALSE(own.links.empty()) << dialect << address;
    EXPECT_EQ(own.links.front(), (intel::Link{"reports-on", {"aiid", "AIID-12"}}));
  }
  for (const auto& [dialect, address] : {std::pair("", ""),
                                         {"", "https://blog.test/feed"},
                                         {"", "http://incidentdatabase.ai/rss.xml"},
                                         {"", "https://incidentdatabase.ai.test/"},
                                         {"", "https://incidentdatabase.ai@blog.test/"},
                                         {"rss", ""},
                                         {"", "file:///incidentdatabase.ai/rss.xml"}}) {
    const intel::Record other = ids_with("https://incidentdatabase.ai", dialect, address);
    EXPECT_EQ(other.external_id.find("AIID"), std::string::npos) << dialect << address;
    for (const intel::Id& id : other.ids) EXPECT_NE(id.scheme, "aiid-report") << dialect << address;
    for (const intel::Link& link : other.links) EXPECT_NE(link.target.scheme, "aiid") << dialect << address;
  }
}

}  // namespace
}  // namespace tocsin::collect::tests
