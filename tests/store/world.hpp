// A small world for tests of the store: a folder, a key, a clock and a generator held in the hand, records in the forms
// sources have.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "base/signature.hpp"
#include "base/time.hpp"
#include "intel/fold.hpp"
#include "store/store.hpp"

namespace tocsin::store::test {

namespace fs = std::filesystem;

// Counts instead of guessing: the same bytes in every run.
class CountingRandom : public Random {
 public:
  std::string bytes(std::size_t n) override {
    std::string out = sha256(std::to_string(++count_)).hex();
    out.resize(n, '.');
    return out;
  }

 private:
  int count_ = 0;
};

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "tocsin-store-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  explicit Folder(fs::path borrowed) : path_(std::move(borrowed)), own_(false) {}
  ~Folder() {
    std::error_code error;
    if (own_) fs::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool own_ = true;
};

inline SigningKey key_of(std::string_view word) {
  return SigningKey::from_seed(sha256(word).view());
}

struct World {
  World() = default;
  explicit World(fs::path borrowed) : folder(std::move(borrowed)) {}
  Folder folder;
  ManualClock clock{Time{1'790'000'000'000'000}};
  CountingRandom random;
  Options options() {
    Options out;
    out.create = true;
    out.clock = &clock;
    out.random = &random;
    out.key = key_of("the workspace");
    out.origin = "tocsin/test";
    out.snapshots = folder.path() / "snapshots";
    out.busy_timeout = std::chrono::milliseconds(2000);
    return out;
  }
  std::string url() const { return (folder.path() / "tocsin.db").string(); }
};

inline std::string message(const Error& error) {
  return error.message();
}
#define EXPECT_OK(expression)                                                 \
  do {                                                                        \
    const auto& expect_ok = (expression);                                     \
    EXPECT_TRUE(expect_ok) << (expect_ok ? "" : expect_ok.error().message()); \
  } while (false)
#define ASSERT_OK(expression)                                                 \
  do {                                                                        \
    const auto& assert_ok = (expression);                                     \
    ASSERT_TRUE(assert_ok) << (assert_ok ? "" : assert_ok.error().message()); \
  } while (false)

inline intel::Record record(std::string source, std::string external_id, std::vector<std::string> ids,
                            std::string title, std::string summary = "") {
  intel::Record out;
  out.source = std::move(source);
  out.external_id = std::move(external_id);
  out.licence = "CC0-1.0";
  out.kind = intel::Kind::vulnerability;
  out.title = Foreign(std::move(title));
  out.summary = Foreign(std::move(summary));
  for (const std::string& text : ids) {
    const auto id = intel::recognise(text);
    out.ids.push_back(id ? *id : intel::Id{"guid", text});
  }
  out.published = Time{1'700'000'000'000'000};
  out.retrieved = Time{1'780'000'000'000'000};
  out.digest = sha256(intel::to_json(out).canonical());
  out.reply = sha256("the reply that it came in");
  return out;
}

// What cycle does with a batch: add, close over what it touches, group, fold, replace.
inline Result<Folding> fold_heads(Transaction& tx, const std::vector<HeadKey>& heads) {
  TOCSIN_TRY(const auto identities, tx.component(heads));
  std::vector<intel::Bond> bonds;
  TOCSIN_TRY(const auto rows, tx.bonds());
  for (const BondRow& row : rows) bonds.push_back(row.bond);
  std::vector<HeadKey> keys;
  for (const auto& identity : identities) keys.push_back(static_cast<HeadKey>(identity.key));
  TOCSIN_TRY(const auto records, tx.records(keys));
  std::vector<Folded> items;
  for (const intel::Group& group : intel::group(identities, bonds)) {
    Folded folded;
    std::vector<const intel::Record*> members;
    for (const std::size_t i : group.members) {
      members.push_back(&records[i]);
      folded.members.push_back(keys[i]);
    }
    folded.item = intel::fold(members, group.struck);
    folded.item.id = group.id;
    folded.contested = group.contested;
    items.push_back(std::move(folded));
  }
  return tx.replace_items(items);
}

struct Collected {
  Run run;
  Folding folding;
};
inline Result<Collected> collect(Store& store, const std::vector<intel::Record>& records,
                                 const std::vector<Reject>& rejects = {}) {
  Collected out;
  const auto written = store.write("collect", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_run(records.empty() ? "empty" : records.front().source, tx.now()));
    std::vector<HeadKey> touched;
    for (const intel::Record& one : records) {
      TOCSIN_TRY(const Added added, tx.add_record(one));
      if (added.change != Change::unchanged && added.change != Change::repeated) touched.push_back(added.head);
    }
    for (const Reject& reject : rejects) TOCSIN_CHECK(tx.add_reject(reject));
    TOCSIN_TRY(out.folding, fold_heads(tx, touched));
    TOCSIN_TRY(out.run, tx.end_run({}));
    return {};
  });
  if (!written) return tl::make_unexpected(written.error());
  return out;
}

inline judgement::Assessment assessment(const Uuid& item, std::string asset, judgement::Status status, int score) {
  judgement::Assessment out;
  out.item = item;
  out.asset = std::move(asset);
  out.status = status;
  out.score = score;
  out.reasons = {{"lineage-shared", "names GPT-style models", "is built on Llama-3-8B", "llama-3"}};
  return out;
}

inline judgement::Decision decision(const Uuid& item, std::string_view name,
                                    judgement::Verdict verdict = judgement::Verdict::watch) {
  judgement::Decision out;
  out.id = uuid_v5(tocsin_namespace(), name);
  out.item = item;
  out.verdict = verdict;
  out.rationale = Foreign("because of " + std::string(name));
  out.by = "ana";
  out.at = Time{1'790'000'000'000'001};
  out.basis.statuses = {"support-bot affected lineage-shared"};
  return out;
}

// A store with something in every table.
inline void fill(Store& store, World& world) {
  const auto digest = store.snapshots().put(std::string(10'000, 'x') + "a reply");
  ASSERT_OK(digest);
  ASSERT_OK(collect(store,
                    {record("osv", "PYSEC-2026-1", {"PYSEC-2026-1", "CVE-2026-1111"}, "torch loads pickles",
                            "Arbitrary code, don't load"),
                     record("osv", "PYSEC-2026-2", {"PYSEC-2026-2"}, "llama.cpp reads out of bounds"),
                     record("osv", "GHSA-aaaa-bbbb-cccc", {"GHSA-aaaa-bbbb-cccc"}, "will be merged")},
                    {{"all.zip: broken.json", Code::malformed, "no id", Foreign("{")}}));
  auto later = record("osv", "GHSA-aaaa-bbbb-cccc", {"GHSA-aaaa-bbbb-cccc", "CVE-2026-1111"}, "was merged");
  later.affects.packages.push_back({"PyPI", "torch", {}, {"2.0"}});
  const auto merged = collect(store, {later});
  ASSERT_OK(merged);
  ASSERT_EQ(merged->folding.merges.size(), 1u);
  const Uuid item = merged->folding.merges[0].into;
  const std::string marking = R"({"type":"marking-definition","id":"marking-definition--1"})";
  const std::string uses = R"({"type":"relationship","id":"relationship--1"})";
  ASSERT_OK(store.write("import", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_run("attack", tx.now()));
    TOCSIN_CHECK(tx.add_snapshot(*digest, 10'007, "application/json", "bundle.json"));
    TOCSIN_CHECK(tx.add_object({"marking-definition--1", "marking-definition", "2020", marking, {}, {}, {}}));
    TOCSIN_CHECK(tx.add_object({"relationship--1", "relationship", "2020", uses, "malware--1", "uses", "tool--1"}));
    TOCSIN_CHECK(tx.put_cursor("page 2", Json::object({{"https://example.org/", Json::object({{"etag", "\"1\""}})}})));
    TOCSIN_CHECK(tx.end_run({}));
    return {};
  }));
  world.clock.advance(std::chrono::seconds(10));
  ASSERT_OK(store.write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({sha256("estate"), "2026.1", "1"}));
    Judged judged;
    judged.layers = intel::Layer::operational;
    judged.score = 70;
    judged.status = judgement::Status::affected;
    const std::vector<judgement::Assessment> rows = {assessment(item, "support-bot", judgement::Status::affected, 70)};
    const std::vector<ClassVerdict> classes = {{"vision models", "modality-missing", "text"}};
    TOCSIN_CHECK(tx.replace_assessments(item, judged, rows, classes));
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  ASSERT_OK(store.write("decide", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.put_decision(decision(item, "first")));
    judgement::Action action;
    action.id = uuid_v5(tocsin_namespace(), "an action");
    action.decision = uuid_v5(tocsin_namespace(), "first");
    action.item = item;
    action.what = Foreign("try the triggers");
    action.owner = "ben";
    action.created = tx.now();
    TOCSIN_CHECK(tx.put_action(action));
    TOCSIN_CHECK(tx.put_bond({{"pysec", "PYSEC-2026-2"}, {"cve", "CVE-2026-1111"}, false, "", ""}, "ana",
                             Foreign("two things")));
    TOCSIN_CHECK(tx.put_config("tocsin.toml", "[organisation]\nname = 'test'\n"));
    TOCSIN_CHECK(tx.put_source("osv", "added", Json::object({{"grade", "B2"}})));
    estate::Estate estate;
    estate::Asset asset;
    asset.name = "support-bot";
    asset.model.emplace();
    estate.assets.push_back(asset);
    estate.files.push_back({"estate.yaml", sha256("files"), "files"});
    estate.digest = sha256("estate");
    estate::Difference difference;
    difference.added = {"support-bot"};
    difference.lines = {"added support-bot"};
    TOCSIN_CHECK(tx.put_estate(estate, difference));
    return {};
  }));
}

// "table row: what", one a line.
inline std::string list(const Verification& verification) {
  std::string out;
  for (const Finding& finding : verification.findings)
    out += finding.table + " " + finding.row + ": " + finding.what + "\n";
  return out;
}

}  // namespace tocsin::store::test
