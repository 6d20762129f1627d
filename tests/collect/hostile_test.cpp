// Input that wants to hurt: cut at every byte, empty, binary, wrongly encoded, nested without end, huge numbers, bombs.
// Every parser gives an error or findings, never a crash, and what it does not keep it says.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/text.hpp"
#include "collect/archive.hpp"
#include "collect/playground.hpp"
#include "collect/zip_writer.hpp"

namespace tocsin::collect::tests {
namespace {

using namespace std::string_literals;
namespace fs = std::filesystem;

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::vector<std::pair<std::string, std::string>> goldens_of(std::string_view source) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const fs::directory_entry& file :
       fs::recursive_directory_iterator(fs::path(TOCSIN_TEST_DATA) / "sources" / source))
    if (file.path().filename().string().find(".in.") != std::string::npos)
      if (auto bytes = read_file(file.path(), 64u << 20)) out.emplace_back(file.path().string(), std::move(*bytes));
  std::sort(out.begin(), out.end());
  return out;
}

struct Case {
  const char* name;
  std::string bytes;
};
std::vector<Case> hostile() {
  return {{"nothing", ""},
          {"blanks", " \n\t\r\n "},
          {"a_byte_order_mark", "\xef\xbb\xbf"},
          {"one_nul", "\0"s},
          {"binary",
           "\x7f"
           "ELF\x02\x01\x01\0\0\0\0\0\xff\xfe\xfd\x80\x81"s},
          {"a_zip_that_is_none", "PK\3\4 and then nothing of the kind"},
          {"an_empty_zip", "PK\5\6"s + std::string(18, '\0')},
          {"wrong_utf8", "{\"id\": \"\xc3\x28\xff\"}"},
          {"deep_lists", std::string(200'000, '[')},
          {"deep_objects", repeat("{\"a\":", 100'000)},
          {"deep_yaml",
           [] {
             std::string out;
             for (int i = 0; i < 2000; ++i) out += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
             return out;
           }()},
          {"deep_yaml_in_a_line", "tactics: " + std::string(100'000, '[')},
          {"laughs",
           "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d "
           "[*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
           "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g "
           "[*f,*f,*f,*f,*f,*f,*f,*f,*f]\ntechniques: [*g,*g,*g,*g,*g,*g]\n"},
          {"deep_xml", repeat("<a>", 300'000)},
          {"deep_entry", "<rss><channel><item><title>t</title>" + repeat("<a>", 100'000) + repeat("</a>", 100'000) +
                             "</item></channel></rss>"},
          {"items_without_end", "<rss><channel>" + repeat("<item><title>x</title>", 50'000)},
          {"open_quotes", "<rss>" + repeat("<item a=\"", 20'000)},
          {"declarations", "<rss>" + repeat("<!'>", 50'000)},
          {"comments_without_end", "<rss>" + repeat("<!-- ", 100'000)},
          {"cdata_without_end", "<rss><item>" + repeat("<![CDATA[", 100'000)},
          {"ampersands", "<rss><channel><item><title>" + repeat("&", 300'000) + "</title></item></channel></rss>"},
          {"entities",
           "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM "
           "\"file:///etc/passwd\">]><rss><channel><item>"
           "<title>&b;&c;</title></item></channel></rss>"},
          {"open_fields", "<rss><channel><item>" + repeat("<title", 50'000) + "</item></channel></rss>"},
          {"many_attributes", "<feed " + repeat("a=\"b\" ", 50'000) + "><entry/></feed>"},
          {"many_namespaces",
           [] {
             std::string out = "<feed ";
             for (int i = 0; i < 3000; ++i)
               out += "xmlns:p" + std::to_string(i) + "=\"urn:" + std::to_string(i) + "\" ";
             return out + ">" + repeat("<p1:entry/>", 1000) + "</feed>";
           }()},
          {"declarations_that_do_not_end", "<rss>" + repeat("<![>", 400'000)},
          {"a_root_behind_comments", repeat("<!--", 200'000) + "--></x><rss/>"},
          {"a_long_namespace", "<rss xmlns:p=\"" + std::string(1'000'000, 'n') + "\">" + repeat("<p:item/>", 30'000)},
          {"addresses_in_addresses",
           "<feed><entry><id>http://arxiv.org/abs/2307.15043v1</id><title>t</title><arxiv:comment>" +
               repeat("http://a.b/", 200'000) + "</arxiv:comment></entry></feed>"},
          {"huge_number", "{\"id\":\"PYSEC-2026-1\",\"modified\":99999999999999999999999999999999999999e999}"},
          {"twice_the_same_key", "{\"id\":\"PYSEC-2026-1\",\"id\":\"PYSEC-2026-2\"}"},
          {"brackets", "## LLM01:2025 x\n\n### Reference Links\n" + repeat("[", 200'000)},
          {"links", "## LLM01:2025 x\n\n### Reference Links\n" + repeat("[a](", 100'000)},
          {"headings", "## LLM01:2025 x\n" + repeat("### y\n", 100'000)},
          {"titles", repeat("## LLM01:2025 x\ntext\n", 900)},
          {"dashes", "techniques:\n" + repeat("- id: AML.T0001\n", 20'000) + "\t:"},
          {"a_web_page", "<html><head><title>Not found</title></head><body><p>404</p></body></html>"}};
}

class Hostile : public testing::TestWithParam<Case> {};

TEST_P(Hostile, InputIsAnErrorOrFindingsButNeverMore) {
  for (const SourceKind* kind : sources::all()) {
    const auto begin = std::chrono::steady_clock::now();
    Findings findings;
    const auto result = kind->parse({"bad", "", GetParam().bytes}, findings);
    const auto took = std::chrono::steady_clock::now() - begin;
    if (!result) {
      EXPECT_FALSE(result.error().what.empty()) << kind->id;
    } else {
      EXPECT_FALSE(findings.records.empty() && findings.rejects.empty() && findings.notes.empty())
          << kind->id << " says nothing about it";
    }
    for (const Reject& reject : findings.rejects) {
      EXPECT_LE(reject.excerpt.size(), 200u);
      EXPECT_FALSE(reject.place.empty());
      EXPECT_FALSE(reject.error.what.empty());
    }
    EXPECT_LT(took, std::chrono::seconds(20)) << kind->id << ": a slow input";
    static_cast<void>(kind->accepts("bad.xml", std::string_view(GetParam().bytes).substr(0, 4096)));
    static_cast<void>(kind->accepts("bad.md", std::string_view(GetParam().bytes).substr(0, 4096)));
  }
}

INSTANTIATE_TEST_SUITE_P(, Hostile, testing::ValuesIn(hostile()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(CutAnywhere, EverySourceSurvivesEachStartOfItsOwnExamples) {
  for (const SourceKind* kind : sources::all())
    for (const auto& [name, bytes] : goldens_of(kind->id)) {
      const std::size_t step = std::max<std::size_t>(1, bytes.size() / 3000);
      for (std::size_t size = 0; size < bytes.size(); size += step) {
        Findings findings;
        const auto result = kind->parse({name, "", std::string_view(bytes).substr(0, size)}, findings);
        if (!result) {
          EXPECT_FALSE(result.error().what.empty()) << name << " cut at " << size;
        }
      }
    }
}

TEST(CutAnywhere, OfAChangedByteComesAnErrorOrFindingsThatSayWhereTheyAreFrom) {
  for (const SourceKind* kind : sources::all())
    for (const auto& [name, bytes] : goldens_of(kind->id)) {
      const std::size_t step = std::max<std::size_t>(1, bytes.size() / 1000);
      for (std::size_t at = 0; at < bytes.size(); at += step)
        for (const char c : {'\0', '<', '"', '\xff', '\n'}) {
          std::string changed = bytes;
          changed[at] = c;
          Findings findings;
          const auto result = kind->parse({name, "", changed}, findings);
          if (!result) {
            EXPECT_FALSE(result.error().what.empty()) << name << " changed at " << at;
            EXPECT_LE(result.error().offset.value_or(0), changed.size()) << name << " changed at " << at;
          }
          for (const intel::Record& record : findings.records) {
            EXPECT_FALSE(record.external_id.empty()) << name << " changed at " << at;
            EXPECT_NE(record.digest, Digest()) << name << " changed at " << at;
          }
          for (const Reject& reject : findings.rejects) {
            EXPECT_FALSE(reject.place.empty() || reject.error.what.empty()) << name << " changed at " << at;
            EXPECT_LE(reject.excerpt.size(), 200u) << name << " changed at " << at;
          }
        }
    }
}

TEST(FeedCutShort, KeepsTheWholeEntriesAndRejectsTheOneThatIsCut) {
  const std::string whole =
      "<rss "
      "version=\"2.0\"><channel><title>F</title><item><title>one</title><guid>tag:f,1</guid></item><item><title>two</"
      "title><guid>tag:f,2</guid></item></channel></rss>";
  const std::size_t second = whole.find("two");
  const Parsed parsed = parse("feed", "f.xml", whole.substr(0, second));
  ASSERT_TRUE(parsed.result);
  ASSERT_EQ(parsed.findings.records.size(), 1u);
  ASSERT_EQ(parsed.findings.rejects.size(), 1u);
  EXPECT_EQ(parsed.findings.rejects[0].error.code, Code::truncated);
}

const std::string kAdvisory = "{\"id\":\"PYSEC-2026-1\",\"modified\":\"2026-01-01T00:00:00Z\"}";

TEST(Archive, AHundredThousandMembersAreRead) {
  std::vector<std::pair<std::string, std::string>> members;
  for (int i = 0; i < 100'000; ++i)
    members.emplace_back("MAL-2026-" + std::to_string(i) + ".json",
                         "{\"id\":\"MAL-2026-" + std::to_string(i) + "\",\"modified\":\"2026-01-01T00:00:00Z\"}");
  const std::string zip = zip_of(members);
  const Parsed parsed = parse("osv", "all.zip", zip);
  ASSERT_TRUE(parsed.result) << parsed.result.error().message();
  EXPECT_EQ(parsed.findings.records.size(), 100'000u);
}

TEST(Archive, ABombIsRefusedAndNothingOfItIsKept) {
  const std::string bomb = zip_of({{"PYSEC-2026-1.json", kAdvisory},
                                   {"a.json", std::string(30u << 20, ' ')},
                                   {"b.json", std::string(30u << 20, ' ')},
                                   {"c.json", std::string(30u << 20, ' ')}});
  const Parsed parsed = parse("osv", "all.zip", bomb);
  ASSERT_FALSE(parsed.result);
  EXPECT_EQ(parsed.result.error().code, Code::refused);
  EXPECT_EQ(parsed.entries(), 0u);
}

TEST(Archive, AMemberThatIsTooLargeIsOneReject) {
  std::string large(33u << 20, '\0');
  std::uint32_t state = 1;
  for (char& c : large)
    c = static_cast<char>('a' + ((state = state * 1664525 + 1013904223) >> 24) % 26);  // hardly compresses: no bomb
  const std::string zip = zip_of({{"a.json", large}, {"PYSEC-2026-1.json", kAdvisory}});
  const Parsed parsed = parse("osv", "all.zip", zip);
  ASSERT_TRUE(parsed.result) << parsed.result.error().message();
  EXPECT_EQ(parsed.findings.records.size(), 1u);
  ASSERT_EQ(parsed.findings.rejects.size(), 1u);
  EXPECT_EQ(parsed.findings.rejects[0].error.code, Code::refused);
}

TEST(Archive, DamageInOneMemberCostsThatMemberOnly) {
  std::vector<std::pair<std::string, std::string>> members;
  for (int i = 1; i <= 5; ++i)
    members.emplace_back("PYSEC-2026-" + std::to_string(i) + ".json",
                         "{\"id\":\"PYSEC-2026-" + std::to_string(i) + "\",\"details\":\"" +
                             repeat("one two three four five six ", 60) + "\"}");
  std::string zip = zip_of(members);
  const std::size_t third = zip.find("PYSEC-2026-3.json");
  ASSERT_NE(third, std::string::npos);
  const std::size_t data = zip.find("PYSEC-2026-4.json") - 60;
  for (std::size_t i = third + 45; i < data; ++i) zip[i] = '\xff';
  const Parsed parsed = parse("osv", "all.zip", zip);
  ASSERT_TRUE(parsed.result) << parsed.result.error().message();
  EXPECT_EQ(parsed.findings.records.size(), 4u);
  ASSERT_EQ(parsed.findings.rejects.size(), 1u);
  EXPECT_NE(parsed.findings.rejects[0].place.find("PYSEC-2026-3"), std::string::npos);
}

TEST(Archive, NamesOfMembersAreLabelsAndNeverPaths) {
  const std::string zip =
      zip_of({{"../../../etc/PYSEC-2026-1.json", kAdvisory}, {"folder/", ""}, {"README.md", "hello"}});
  const Parsed parsed = parse("osv", "all.zip", zip);
  ASSERT_TRUE(parsed.result) << parsed.result.error().message();
  EXPECT_EQ(parsed.findings.records.size(), 1u);
  ASSERT_EQ(parsed.findings.notes.size(), 1u);
  EXPECT_NE(parsed.findings.notes[0].find("README.md"), std::string::npos);
}

TEST(Archive, CutAtAnyByteItIsAnErrorAndNotHalfAnEcosystem) {
  const std::string zip =
      zip_of({{"PYSEC-2026-1.json", kAdvisory}, {"PYSEC-2026-2.json", "{\"id\":\"PYSEC-2026-2\"}"}});
  for (std::size_t size = 0; size + 22 < zip.size(); ++size) {
    const Parsed parsed = parse("osv", "all.zip", std::string_view(zip).substr(0, size));
    EXPECT_FALSE(parsed.result) << size;
    EXPECT_EQ(parsed.entries(), 0u) << size;
  }
}

TEST(AFolder, InPlaceOfAFileIsAnErrorOfReading) {
  EXPECT_FALSE(read_file(fs::path(TOCSIN_TEST_DATA), 1u << 20));
}

// The most memory that `work` takes, in KiB, in a process of its own: nothing of other tests counts. 0 when it fails.
template <class Work>
long memory_of(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = 0;
  rusage used{};
  if (child < 0 || ::wait4(child, &status, 0, &used) != child || status != 0) return 0;
  return used.ru_maxrss;
}

// A list on one line may be a key until its line ends, so that yaml-cpp keeps all of it: 430 MiB for the first of
// these.
TEST(HostileYaml, OfManyValuesOnALineIsRefusedBeforeItCostsMemory) {
  const std::string list = "matrices: [" + repeat("a,", 3'900'000) + "a]\n";
  const std::string maps =
      "techniques: " + repeat("{a: ", 5'000) + repeat("}", 5'000) + "\n" + repeat("- [a, b]\n", 400'000);
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'h'; ++c)
    bomb += std::string(1, c) + ": &" + c + " [" + repeat("*" + std::string(1, static_cast<char>(c - 1)) + " ,", 9) +
            "*" + std::string(1, static_cast<char>(c - 1)) + " ]\n";
  const long idle = memory_of([] { return true; });
  ASSERT_GT(idle, 0);
  for (const char* word : {"atlas", "osv"}) {
    const SourceKind* source = find_source(word);
    ASSERT_NE(source, nullptr);
    for (const std::string_view text : {std::string_view(list), std::string_view(maps), std::string_view(bomb)}) {
      const auto refused = [&] {
        Findings findings;
        const Document document{"hostile.yaml", "", text};
        const Result<> whole = source->parse(document, findings);
        return !whole && whole.error().code == Code::refused && findings.records.empty();
      };
      const long used = memory_of(refused);
      EXPECT_GT(used, 0) << word << ": not refused: " << text.substr(0, 20);
#ifndef __SANITIZE_ADDRESS__
      EXPECT_LT(used - idle, 150'000) << word << ": " << text.substr(0, 20);
#endif
    }
  }
}

// Where the file as a whole is no YAML its entries are read one by one; together they get no more than the file would.
TEST(HostileYaml, OfBrokenEntriesGetsOneBudget) {
  std::string text = "techniques:\n- {\n";  // not valid from here on
  for (int i = 0; i < 100; ++i)
    text += "- id: AML.T" + std::to_string(1000 + i) + "\n  x:\n" + repeat("  - a\n", 9'000);
  Findings findings;
  const Result<> whole = find_source("atlas")->parse({"hostile.yaml", "", text}, findings);
  ASSERT_TRUE(whole) << whole.error().message();
  std::size_t refused = 0;
  for (const Reject& reject : findings.rejects) refused += reject.error.code == Code::refused ? 1 : 0;
  EXPECT_EQ(refused, 78u) << "22 entries of 9,004 values are within 200,000";
}

}  // namespace
}  // namespace tocsin::collect::tests
