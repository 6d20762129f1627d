#include "intel/fold.hpp"

#include <gtest/gtest.h>

#include "intel/ids.hpp"

namespace tocsin::intel {
namespace {

Record record(std::string source, const std::vector<std::string>& ids) {
  Record out;
  out.source = std::move(source);
  for (const std::string& text : ids) {
    const auto id = recognise(text);
    out.ids.push_back(id ? *id : Id{"guid", text});
  }
  out.external_id = ids.front();
  out.digest = sha256(out.source + ids.front());
  return out;
}

Item folded(const std::vector<Record>& records, const std::vector<Id>& struck = {}) {
  std::vector<const Record*> pointers;
  for (const Record& one : records) pointers.push_back(&one);
  return fold(pointers, struck);
}

Time at(const char* text) {
  return *parse_time(text);
}

TEST(Item, IsCalledByItsBestId) {
  EXPECT_EQ(folded({record("osv", {"PYSEC-2026-2", "GHSA-53q9-r3pm-6pq6", "CVE-2025-32434"})}).name, "CVE-2025-32434");
  EXPECT_EQ(folded({record("osv", {"PYSEC-2026-2", "GHSA-53q9-r3pm-6pq6"})}).name, "GHSA-53q9-r3pm-6pq6");
  EXPECT_EQ(folded({record("feed", {"tag:example.org,2026:1"})}).name, "tag:example.org,2026:1");
  Record bare = record("feed", {"17"});
  bare.ids.clear();
  EXPECT_EQ(folded({bare}).name, "17");
}

TEST(Item, IsNotCalledByTheCveOfAnother) {
  // Two CVEs: neither is its own.
  EXPECT_EQ(folded({record("osv", {"PYSEC-2026-2", "CVE-2025-1111", "CVE-2025-2222"})}).name, "PYSEC-2026-2");
  // Its own is the higher one.
  const Item item = folded({record("nvd", {"CVE-2025-2222", "CVE-2025-1111"})});
  EXPECT_EQ(item.name, "CVE-2025-2222");
  EXPECT_EQ(item.ids.front().value, "CVE-2025-2222");
  EXPECT_EQ(item.ids.size(), 2u);
  // Contested: the grouping strikes all but its own.
  EXPECT_EQ(folded({record("osv", {"PYSEC-2026-2", "CVE-2025-1111"})}, {{"cve", "CVE-2025-1111"}}).name,
            "PYSEC-2026-2");
}

TEST(Item, HasAllIdsBestFirstEachOnce) {
  const Item item = folded(
      {record("osv", {"PYSEC-2026-2", "CVE-2025-32434"}), record("osv", {"GHSA-53q9-r3pm-6pq6", "CVE-2025-32434"})});
  ASSERT_EQ(item.ids.size(), 3u);
  EXPECT_EQ(item.ids[0].scheme, "cve");
  EXPECT_EQ(item.ids[1].scheme, "ghsa");
  EXPECT_EQ(item.ids[2].scheme, "pysec");
  EXPECT_EQ(item.id, item_id("osv", "PYSEC-2026-2"));
}

TEST(Item, TakesItsTitleFromTheBestRecordThatHasOne) {
  Record pysec = record("osv", {"PYSEC-2026-2", "CVE-2025-32434"});
  Record ghsa = record("osv", {"GHSA-53q9-r3pm-6pq6", "CVE-2025-32434"});
  Record nvd = record("nvd", {"CVE-2025-32434"});
  pysec.title = Foreign("from PYSEC");
  ghsa.title = Foreign("from GHSA");
  ghsa.summary = Foreign("summary of GHSA");
  nvd.summary = Foreign("summary of NVD");
  EXPECT_EQ(folded({pysec, ghsa, nvd}).title.raw(), "from GHSA");
  EXPECT_EQ(folded({pysec, ghsa, nvd}).summary.raw(), "summary of NVD");
  ghsa.withdrawn = at("2026-01-01");
  EXPECT_EQ(folded({pysec, ghsa, nvd}).title.raw(), "from PYSEC");
  pysec.title = Foreign();
  EXPECT_EQ(folded({pysec, ghsa, nvd}).title.raw(), "from GHSA");
}

TEST(Item, IsTheGravestKindAndTheWorstSeverityOfRecordsInForce) {
  Record a = record("osv", {"PYSEC-2026-2", "CVE-2025-32434"});
  Record b = record("osv", {"MAL-2026-1", "CVE-2025-32434"});
  a.kind = Kind::vulnerability;
  a.severity = Severity::medium;
  a.cvss = "CVSS:3.1/medium";
  b.kind = Kind::malicious_package;
  b.severity = Severity::critical;
  b.cvss = "CVSS:3.1/critical";
  Item item = folded({a, b});
  EXPECT_EQ(item.kind, Kind::malicious_package);
  EXPECT_EQ(item.severity, Severity::critical);
  EXPECT_EQ(item.cvss, "CVSS:3.1/critical");
  b.withdrawn = at("2026-01-01");
  item = folded({a, b});
  EXPECT_EQ(item.kind, Kind::vulnerability);
  EXPECT_EQ(item.severity, Severity::medium);
  EXPECT_EQ(item.cvss, "CVSS:3.1/medium");
  a.withdrawn = at("2026-02-01");
  item = folded({a, b});
  EXPECT_EQ(item.kind, Kind::malicious_package);
  EXPECT_EQ(item.withdrawn, at("2026-02-01"));
}

TEST(Item, UnknownSeverityHidesNothing) {
  Record a = record("osv", {"PYSEC-2026-2"});
  Record b = record("osv", {"PYSEC-2026-3"});
  b.severity = Severity::low;
  EXPECT_EQ(folded({a, b}).severity, Severity::low);
  EXPECT_EQ(folded({a}).severity, Severity::unknown);
}

TEST(Item, IsWithdrawnOnlyWhenEveryRecordIs) {
  Record a = record("osv", {"PYSEC-2026-2"});
  Record b = record("osv", {"PYSEC-2026-3"});
  a.withdrawn = at("2026-03-01");
  EXPECT_FALSE(folded({a, b}).withdrawn);
  b.withdrawn = at("2026-02-01");
  EXPECT_EQ(folded({a, b}).withdrawn, at("2026-03-01"));
}

TEST(Item, MatchesThePackagesOfRecordsInForceOnly) {
  versions::AffectedPackage torch{
      "PyPI",
      "torch",
      {{versions::RangeType::ecosystem,
        {{versions::Event::Kind::introduced, "0"}, {versions::Event::Kind::fixed, "2.6.0"}}}},
      {}};
  versions::AffectedPackage listed{"PyPI", "torch", {}, {"2.5.1"}};
  Record a = record("osv", {"PYSEC-2026-2"});
  Record b = record("osv", {"GHSA-53q9-r3pm-6pq6", "PYSEC-2026-2"});
  a.affects.packages = {torch};
  b.affects.packages = {torch, listed};
  a.affects.facets = {{"family", "llama-3", "llama"}, {"modality", "text", "text"}};
  b.affects.facets = {{"family", "llama-3", "stated"}};
  Item item = folded({a, b});
  EXPECT_EQ(item.affects.packages.size(), 2u);
  ASSERT_EQ(item.affects.facets.size(), 2u);
  EXPECT_EQ(item.affects.facets[0].evidence, "stated");
  b.withdrawn = at("2026-01-01");
  item = folded({a, b});
  EXPECT_EQ(item.affects.packages.size(), 1u);
  EXPECT_EQ(item.affects.facets[0].evidence, "llama");
  a.withdrawn = at("2026-01-01");
  item = folded({a, b});
  EXPECT_TRUE(item.affects.packages.empty());
  EXPECT_TRUE(item.affects.facets.empty());
}

TEST(Item, DatesAreThoseThatRecordsState) {
  // A back-filled record: published in 2026, its CVE is of 2020. No date is made from the id.
  Record a = record("osv", {"PYSEC-2026-2", "CVE-2020-5215"});
  a.published = at("2026-01-05");
  EXPECT_EQ(folded({a}).published, at("2026-01-05"));
  EXPECT_FALSE(folded({a}).modified);
  Record b = record("nvd", {"CVE-2020-5215"});
  b.published = at("2020-01-28");
  b.modified = at("2024-11-21");
  a.modified = at("2026-02-01");
  const Item item = folded({a, b});
  EXPECT_EQ(item.published, at("2020-01-28"));
  EXPECT_EQ(item.modified, at("2026-02-01"));
}

TEST(Item, HasEachReferenceOnceAndAtMostTwoHundred) {
  Record a = record("osv", {"PYSEC-2026-2"});
  Record b = record("osv", {"GHSA-53q9-r3pm-6pq6", "PYSEC-2026-2"});
  a.references = {{"https://example.org/1", Foreign("one")}, {"https://example.org/2", Foreign()}};
  b.references = {{"https://example.org/1", Foreign()}};
  const Item item = folded({a, b});
  ASSERT_EQ(item.references.size(), 2u);
  EXPECT_EQ(item.references[0].title.raw(), "one");
  for (int i = 0; i < 1000; ++i) a.references.push_back({"https://example.org/" + std::to_string(i), Foreign()});
  EXPECT_EQ(folded({a, b}).references.size(), kMaxItemReferences);
}

TEST(Item, ListsSourcesTechniquesAndLinksSortedAndOnce) {
  Record a = record("osv", {"PYSEC-2026-2"});
  Record b = record("feed", {"x"});
  a.techniques = {"AML.T0051", "AML.T0010"};
  b.techniques = {"AML.T0051"};
  a.links = b.links = {{"uses", {"atlas", "AML.T0051"}}};
  const Item item = folded({a, b, a});
  EXPECT_EQ(item.sources, (std::vector<std::string>{"feed", "osv"}));
  EXPECT_EQ(item.techniques, (std::vector<std::string>{"AML.T0010", "AML.T0051"}));
  EXPECT_EQ(item.links.size(), 1u);
  EXPECT_EQ(item.records, (std::vector<Digest>{a.digest, b.digest, a.digest}));
}

TEST(Item, OfManyLargeRecordsIsFoldedQuickly) {
  std::vector<Record> records;
  for (int i = 0; i < 20; ++i) {
    records.push_back(record("osv", {"PYSEC-2026-" + std::to_string(i)}));
    for (int k = 0; k < 10'000; ++k) {
      records.back().ids.push_back({"osv", "X-2024-" + std::to_string(k)});
      records.back().affects.packages.push_back({"PyPI", "torch", {}, {std::to_string(k)}});
      records.back().references.push_back({"https://example.org/" + std::to_string(k), Foreign()});
    }
  }
  const Item item = folded(records);
  EXPECT_EQ(item.ids.size(), 10'020u);
  EXPECT_EQ(item.affects.packages.size(), 10'000u);
}

}  // namespace
}  // namespace tocsin::intel
