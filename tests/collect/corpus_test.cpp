// The real samples: for every file, records + rejects are as many as the entries that a plain count of our own finds in
// it.
#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "collect/playground.hpp"
#include "corpus.hpp"

namespace tocsin::collect::tests {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  auto bytes = read_file(path, 512u << 20);
  EXPECT_TRUE(bytes) << path;
  return bytes ? std::move(*bytes) : std::string();
}

std::vector<fs::path> files_below(const fs::path& folder, std::string_view end) {
  std::vector<fs::path> out;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().string().ends_with(end)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::size_t count_of_kind(const Findings& findings, intel::Kind kind) {
  return static_cast<std::size_t>(std::count_if(findings.records.begin(), findings.records.end(),
                                                [&](const auto& record) { return record.kind == kind; }));
}

// Start tags of entries, counted without any of the parser's code: comments and CDATA taken out, UTF-16 and UTF-32
// thinned to ASCII.
std::size_t entry_tags(std::string bytes) {
  if (bytes.find('\0') != std::string::npos) std::erase(bytes, '\0');
  for (const auto& [open, close] : {std::pair<std::string, std::string>{"<!--", "-->"}, {"<![CDATA[", "]]>"}})
    for (std::size_t at = bytes.find(open); at != std::string::npos; at = bytes.find(open, at)) {
      const std::size_t end = bytes.find(close, at);
      bytes.erase(at, end == std::string::npos ? std::string::npos : end + close.size() - at);
    }
  static const std::regex tag("<([A-Za-z]+:)?(item|entry|record)[\\s/>]");
  return static_cast<std::size_t>(
      std::distance(std::sregex_iterator(bytes.begin(), bytes.end(), tag), std::sregex_iterator()));
}

TEST(CorpusAtlas, Edition56Has16Tactics170Techniques35Mitigations57CaseStudies) {
  TOCSIN_NEEDS_CORPUS(data);
  const std::string bytes = bytes_of(data / "feeds/atlas/ATLAS.yaml");
  const Parsed parsed = parse("atlas", "ATLAS.yaml", bytes);
  ASSERT_TRUE(parsed.result) << parsed.result.error().message();
  EXPECT_EQ(count_of_kind(parsed.findings, intel::Kind::tactic), 16u);
  EXPECT_EQ(count_of_kind(parsed.findings, intel::Kind::technique), 170u);
  EXPECT_EQ(count_of_kind(parsed.findings, intel::Kind::mitigation), 35u);
  EXPECT_EQ(count_of_kind(parsed.findings, intel::Kind::case_study), 57u);
  EXPECT_EQ(parsed.findings.rejects.size(), 0u);
  std::set<std::string> defective;
  for (const intel::Record& record : parsed.findings.records) {
    if (record.extra.find("defects") != nullptr) defective.insert(record.external_id);
    if (record.kind == intel::Kind::technique) {
      EXPECT_TRUE(std::any_of(record.links.begin(), record.links.end(),
                              [](const intel::Link& link) { return link.relation == "belongs-to"; }))
          << record.external_id << " has no tactic";
      EXPECT_FALSE(record.extra["maturity"].as_string().empty()) << record.external_id;
    }
    if (record.kind == intel::Kind::case_study) {
      EXPECT_FALSE(record.extra["incident_date_granularity"].as_string().empty()) << record.external_id;
    }
    EXPECT_FALSE(record.title.empty());
    EXPECT_FALSE(record.summary.empty()) << record.external_id;
  }
  EXPECT_EQ(defective, (std::set<std::string>{"AML.M0018", "AML.M0034"}));
}

TEST(CorpusAtlas, EachEditionGivesAsManyEntriesAsItHasIdsOfEntries) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const fs::path& path : {data / "feeds/atlas/ATLAS.yaml", data / "feeds/atlas/previous/ATLAS-4.9.1.yaml"}) {
    const std::string bytes = bytes_of(path);
    const Parsed parsed = parse("atlas", path.string(), bytes);
    ASSERT_TRUE(parsed.result) << parsed.result.error().message();
    std::size_t count = 0;
    for (const std::string_view line : split_lines(bytes)) {
      const std::string_view words = trim(line);
      if (words.starts_with("object-type:")) ++count;
    }
    EXPECT_EQ(parsed.entries(), count) << path;
    EXPECT_EQ(lines_of(parsed), lines_of(parse("atlas", path.string(), bytes)));
  }
}

TEST(CorpusOwasp, EachFileOfAnEditionIsOneRecordUnderItsNumberAndEdition) {
  TOCSIN_NEEDS_CORPUS(data);
  std::map<std::string, std::set<std::string>> ids;
  for (const fs::path& path : files_below(data / "feeds/owasp-llm", ".md")) {
    const Parsed parsed = parse("owasp", path.string(), bytes_of(path));
    ASSERT_TRUE(parsed.result) << path << parsed.result.error().message();
    const std::string name = path.filename().string();
    const bool is_entry = name.starts_with("LLM") && !name.starts_with("LLM00");
    EXPECT_EQ(parsed.entries(), is_entry ? 1u : 0u) << path;
    EXPECT_EQ(parsed.findings.rejects.size(), 0u) << path;
    EXPECT_EQ(is_entry, find_source("owasp")->accepts(path.string(), bytes_of(path).substr(0, 4096))) << path;
    if (!is_entry) {
      EXPECT_FALSE(parsed.findings.notes.empty()) << path;
    }
    for (const intel::Record& record : parsed.findings.records) {
      const std::string edition(record.extra["edition"].as_string());
      ids[edition].insert(record.external_id);
      EXPECT_EQ(record.external_id, name.substr(0, 5) + ":" + edition);
      EXPECT_FALSE(record.references.empty()) << path;
      EXPECT_FALSE(record.summary.empty()) << path;
    }
  }
  EXPECT_EQ(ids["2023"].size(), 10u);
  EXPECT_EQ(ids["2025"].size(), 10u);
  EXPECT_EQ(ids.size(), 2u);
}

TEST(CorpusOwasp, DraftsOfTheAgenticListAreRejectedWithTheirReasonAndTheMachineLearningListIsRead) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const fs::path& path : files_below(data / "feeds/owasp-agentic", ".md")) {
    const Parsed parsed = parse("owasp", path.string(), bytes_of(path));
    if (!path.filename().string().starts_with("ASI")) continue;
    ASSERT_TRUE(parsed.result) << path;
    EXPECT_EQ(parsed.entries(), 1u) << path;
    EXPECT_EQ(parsed.findings.rejects.size(), 1u) << path;
  }
  std::size_t records = 0;
  for (const fs::path& path : files_below(data / "feeds/owasp-ml", ".md")) {
    const Parsed parsed = parse("owasp", path.string(), bytes_of(path));
    ASSERT_TRUE(parsed.result) << path << parsed.result.error().message();
    EXPECT_EQ(parsed.entries(), 1u) << path;
    records += parsed.findings.records.size();
    for (const intel::Record& record : parsed.findings.records)
      EXPECT_EQ(record.external_id, path.filename().string().substr(0, 4) + ":2023");
  }
  EXPECT_EQ(records, 10u);
}

TEST(CorpusOsv, TheArchiveAndTheFolderGiveTheSameRecords) {
  TOCSIN_NEEDS_CORPUS(data);
  const Parsed archive = parse("osv", "all.zip", bytes_of(data / "feeds/osv/PyPI/all.zip"));
  ASSERT_TRUE(archive.result) << archive.result.error().message();
  std::map<std::string, Digest> of_archive;
  for (const intel::Record& record : archive.findings.records) of_archive.emplace(record.external_id, record.digest);
  std::size_t files = 0;
  for (const fs::path& path : files_below(data / "feeds/osv/PyPI", ".json")) {
    ++files;
    const Parsed parsed = parse("osv", path.string(), bytes_of(path));
    ASSERT_TRUE(parsed.result) << path;
    EXPECT_EQ(parsed.entries(), 1u) << path;
    for (const Reject& reject : parsed.findings.rejects) ADD_FAILURE() << reject.place << reject.error.message();
    for (const intel::Record& record : parsed.findings.records) {
      EXPECT_EQ(record.external_id, path.stem().string());
      EXPECT_EQ(of_archive[record.external_id], record.digest);
      EXPECT_EQ(record.extra.find("defects"), nullptr) << path << record.extra["defects"].dump();
      EXPECT_EQ(record.extra.find("unread"), nullptr) << path << record.extra["unread"].dump();
      const bool rated = bytes_of(path).find("\"CVSS:") != std::string::npos;
      EXPECT_EQ(rated, !record.cvss.empty()) << path;
    }
  }
  EXPECT_EQ(archive.entries(), files);
  std::size_t withdrawn = 0;
  for (const intel::Record& record : archive.findings.records) withdrawn += record.withdrawn ? 1 : 0;
  EXPECT_GT(withdrawn, 0u);
}

TEST(CorpusOsv, SamplesOfOtherDatabasesAndYamlAreRead) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const char* folder : {"feeds/osv/samples", "feeds/osv/pypa-advisory-yaml", "feeds/psf-advisories"})
    for (const fs::path& path : files_below(data / folder, "")) {
      if (path.extension() != ".json" && path.extension() != ".yaml") continue;
      const Parsed parsed = parse("osv", path.string(), bytes_of(path));
      ASSERT_TRUE(parsed.result) << path << parsed.result.error().message();
      EXPECT_EQ(parsed.findings.records.size(), 1u) << path;
      for (const intel::Record& record : parsed.findings.records)
        EXPECT_EQ(record.kind,
                  record.external_id.starts_with("MAL-") ? intel::Kind::malicious_package : intel::Kind::vulnerability);
    }
}

TEST(CorpusArxiv, EveryFileGivesItsEntriesOrSaysWhatIsWrong) {
  TOCSIN_NEEDS_CORPUS(data);
  std::size_t errors = 0;
  for (const fs::path& path : files_below(data / "feeds/arxiv", ".xml")) {
    const std::string bytes = bytes_of(path);
    const Parsed parsed = parse("arxiv", path.string(), bytes);
    if (!parsed.result) {
      ++errors;
      EXPECT_NE(parsed.result.error().message().find("arXiv answered with an error"), std::string::npos)
          << path << parsed.result.error().message();
      continue;
    }
    EXPECT_EQ(parsed.entries(), entry_tags(bytes)) << path;
    for (const Reject& reject : parsed.findings.rejects)
      ADD_FAILURE() << path << reject.place << reject.error.message();
    for (const intel::Record& record : parsed.findings.records) {
      EXPECT_TRUE(record.external_id.starts_with("arXiv:")) << record.external_id;
      EXPECT_EQ(record.external_id.find("v1"), std::string::npos);
      EXPECT_EQ(record.title.raw().find('\n'), std::string_view::npos);
      EXPECT_EQ(record.extra.find("defects"), nullptr) << path << record.extra["defects"].dump();
    }
  }
  EXPECT_EQ(errors, 1u);  // the one whose entry is titled Error
}

TEST(CorpusFeeds, EveryFileGivesItsEntries) {
  TOCSIN_NEEDS_CORPUS(data);
  std::vector<fs::path> paths = files_below(data / "feeds/rss-atom-quirks", ".xml");
  for (const fs::path& path : files_below(data / "feeds/blogs", ".xml")) paths.push_back(path);
  paths.push_back(data / "feeds/aiid/rss.xml");
  std::size_t entries = 0, records = 0, whole = 0;
  for (const fs::path& path : paths) {
    const std::string bytes = bytes_of(path);
    const Parsed parsed = parse("feed", path.string(), bytes);
    if (!parsed.result) {
      ++whole;
      EXPECT_EQ(entry_tags(bytes), 0u) << path << ": " << parsed.result.error().message();
      continue;
    }
    EXPECT_EQ(parsed.entries(), entry_tags(bytes)) << path;
    if (parsed.entries() == 0) {
      EXPECT_FALSE(parsed.findings.notes.empty()) << path;
    }
    entries += parsed.entries();
    records += parsed.findings.records.size();
    EXPECT_EQ(lines_of(parsed), lines_of(parse("feed", path.string(), bytes))) << path;
    for (const Reject& reject : parsed.findings.rejects) {
      const std::string why = reject.error.message();
      EXPECT_TRUE(why.find("no id, no link, no title and no text") != std::string::npos ||
                  why.find("no end tag") != std::string::npos || reject.error.code == Code::conflict)
          << reject.place << ": " << why;
    }
  }
  EXPECT_LE(whole, 1u);  // the one without any element
  EXPECT_GT(records, 0u);
  RecordProperty("entries", static_cast<int>(entries));
  RecordProperty("records", static_cast<int>(records));
}

TEST(CorpusFeeds, AReportOfTheIncidentDatabaseHasItsOwnIdAndNamesTheIncident) {
  TOCSIN_NEEDS_CORPUS(data);
  const std::string bytes = bytes_of(data / "feeds/aiid/rss.xml");
  const Parsed parsed = parse("feed", "rss.xml", bytes, "aiid");
  ASSERT_TRUE(parsed.result);
  EXPECT_EQ(parsed.findings.rejects.size(), 0u);
  for (const intel::Record& record : parsed.findings.records) {
    EXPECT_EQ(record.kind, intel::Kind::news);
    EXPECT_FALSE(record.extra["report_number"].as_string().empty()) << record.external_id;
    for (const intel::Id& id : record.ids) EXPECT_NE(id.scheme, "aiid") << "a report is not the incident";
    if (record.ids.front().scheme == "aiid-report") {
      EXPECT_TRUE(std::any_of(record.links.begin(), record.links.end(),
                              [](const intel::Link& link) { return link.target.scheme == "aiid"; }));
    }
  }
}

}  // namespace
}  // namespace tocsin::collect::tests
