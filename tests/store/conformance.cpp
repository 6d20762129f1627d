#include "store/conformance.hpp"

#include <set>

#include <fmt/format.h>

#include "base/text.hpp"

namespace tocsin::store::test {

using judgement::Status;
using judgement::Verdict;

TEST_P(Conformance, ANewStoreHoldsAndIsEmpty) {
  expect_verified();
  const auto reader = read();
  EXPECT_EQ(reader->ledger_size().value(), 1u);
  EXPECT_EQ(reader->counts()->items, 0u);
  EXPECT_TRUE(reader->items({})->rows.empty());
  EXPECT_EQ(store_->info().origin, "tocsin/test");
}

TEST_P(Conformance, VerifyingSaysByWhoseKey) {
  fill(*store_, world_);
  const PublicKey own = key_of("the workspace").public_key(), other = key_of("another").public_key();
  const auto verified = store_->verify({});
  ASSERT_OK(verified);
  EXPECT_EQ(verified->key_from, KeyFrom::workspace);
  ASSERT_TRUE(verified->key);
  EXPECT_EQ(verified->key->fingerprint(), own.fingerprint());
  VerifyOptions given;
  given.key = other;
  const auto against = store_->verify(given);
  ASSERT_OK(against);
  EXPECT_FALSE(against->holds());
  EXPECT_EQ(against->key_from, KeyFrom::given);
  EXPECT_EQ(against->key->fingerprint(), other.fingerprint());
  if (!GetParam().lasts) return;
  store_.reset();
  auto options = world_.options();
  options.key.reset();
  auto keyless = store::open(world_.url(), options);
  ASSERT_OK(keyless);
  const auto by_itself = (*keyless)->verify({});
  ASSERT_OK(by_itself);
  EXPECT_EQ(by_itself->key_from, KeyFrom::store);
  EXPECT_EQ(by_itself->key->fingerprint(), own.fingerprint());
  EXPECT_EQ(by_itself->notes.size(), 1u);
}

TEST_P(Conformance, HoldsAfterEverythingWasWritten) {
  fill(*store_, world_);
  expect_verified();
  if (!GetParam().lasts) return;
  open();
  expect_verified();
  EXPECT_EQ(item_of("CVE-2026-1111"), item_of("PYSEC-2026-1"));
}

// ---- collecting ----

TEST_P(Conformance, CountsWhatARunBrought) {
  const auto first =
      collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "one"), record("osv", "B", {"CVE-2026-0002"}, "two")},
              {{"file: 3", Code::malformed, "no title", Foreign("<x>")}});
  ASSERT_OK(first);
  EXPECT_EQ(first->run.counts.entries, 3u);
  EXPECT_EQ(first->run.counts.added, 2u);
  EXPECT_EQ(first->run.counts.rejected, 1u);
  const auto rejects = read()->rejects(first->run.key);
  ASSERT_OK(rejects);
  ASSERT_EQ(rejects->size(), 1u);
  EXPECT_EQ(rejects->front().place, "file: 3");
  EXPECT_EQ(rejects->front().excerpt.raw(), "<x>");
}

TEST_P(Conformance, TheSameRunAgainChangesNothingAndAppendsOneEntry) {
  const std::vector<intel::Record> records = {record("osv", "A", {"CVE-2026-0001"}, "one"),
                                              record("osv", "B", {"CVE-2026-0002"}, "two")};
  const auto first = collect(*store_, records);
  ASSERT_OK(first);
  const auto before = read()->ledger_size().value();
  const auto second = collect(*store_, records);
  ASSERT_OK(second);
  EXPECT_EQ(second->run.counts.added, 0u);
  EXPECT_EQ(second->run.counts.changed, 0u);
  EXPECT_EQ(second->run.counts.unchanged, 2u);
  EXPECT_EQ(second->run.list, first->run.list);
  EXPECT_EQ(second->run.root, first->run.root);
  EXPECT_EQ(read()->ledger_size().value(), before + 1);
  expect_verified();
}

TEST_P(Conformance, TellsChangedFromReparsedAndKeepsEveryVersion) {
  auto one = record("osv", "A", {"CVE-2026-0001"}, "one");
  ASSERT_OK(collect(*store_, {one}));
  auto better = one;
  better.parser_version = 2;
  better.summary = Foreign("understood more");
  EXPECT_EQ(collect(*store_, {better})->run.counts.reparsed, 1u);
  EXPECT_EQ(collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "other words")})->run.counts.changed, 1u);
  EXPECT_EQ(collect(*store_, {better})->run.counts.changed, 1u) << "what it said earlier, said again";
  const Uuid item = item_of("CVE-2026-0001");
  EXPECT_EQ(read()->records_of(item)->size(), 1u);
  EXPECT_EQ(read()->records_of(item)->front().record.summary.raw(), "understood more");
  EXPECT_EQ(read()->history_of(item)->size(), 3u);
  expect_verified();
}

TEST_P(Conformance, TheFirstOfTwoInOneRunIsCurrentAndARepetitionIsStable) {
  const std::vector<intel::Record> twice = {record("feed", "guid-1", {"CVE-2026-0001"}, "newest"),
                                            record("feed", "guid-1", {"CVE-2026-0001"}, "older")};
  const auto first = collect(*store_, twice);
  ASSERT_OK(first);
  EXPECT_EQ(first->run.counts.added, 1u);
  EXPECT_EQ(first->run.counts.repeated, 1u);
  const auto again = collect(*store_, twice);
  ASSERT_OK(again);
  EXPECT_EQ(again->run.counts.changed, 0u);
  EXPECT_EQ(again->run.counts.unchanged, 1u);
  EXPECT_EQ(read()->item(item_of("CVE-2026-0001"))->value().title.raw(), "newest");
  expect_verified();
}

TEST_P(Conformance, GivesRecordsBackAsTheyCame) {
  auto one = record("osv", "A\xf0\x9f\x90\x8d", {"CVE-2026-0001"}, "t\xc3\xa4st \x1b[31m", "line\nline \xe2\x80\xae");
  one.affects.packages.push_back({"PyPI", "Torch_Vision", {}, {"1.0"}});
  one.extra.set("edition", "5.6");
  ASSERT_OK(collect(*store_, {one}));
  const auto rows = read()->records_of(item_of("CVE-2026-0001"));
  ASSERT_OK(rows);
  ASSERT_EQ(rows->size(), 1u);
  const intel::Record& back = rows->front().record;
  EXPECT_EQ(intel::to_json(back).canonical(), intel::to_json(one).canonical());
  EXPECT_EQ(back.source, one.source);
  EXPECT_EQ(back.digest, one.digest);
  EXPECT_EQ(back.reply, one.reply);
  EXPECT_EQ(back.retrieved, one.retrieved);
  EXPECT_EQ(read()->items_of_packages(std::vector<std::string>{package_of("PyPI", "torch.vision")})->size(), 1u);
}

TEST_P(Conformance, ARunCommitsItsCursorWithItsBatchOrNeither) {
  const auto failed = store_->write("collect", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_run("osv", tx.now()));
    TOCSIN_CHECK(tx.add_record(record("osv", "A", {"CVE-2026-0001"}, "one")));
    TOCSIN_CHECK(tx.put_cursor("page 2", Json::object()));
    TOCSIN_CHECK(tx.end_run({}));
    return fail(Code::unavailable, "the line went dead");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "the line went dead");
  EXPECT_EQ(read()->source("osv")->cursor, "");
  EXPECT_EQ(read()->counts()->records, 0u);
  EXPECT_EQ(read()->ledger_size().value(), 1u);
  expect_verified();
}

TEST_P(Conformance, AFailedRunIsKeptAndCounted) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK(store_->write("collect", [&](Transaction& tx) -> Result<> {
      TOCSIN_CHECK(tx.begin_run("osv", tx.now()));
      TOCSIN_CHECK(tx.end_run({Outcome::failed, "503", Json::array()}));
      return {};
    }));
  }
  const auto state = read()->source("osv");
  ASSERT_OK(state);
  EXPECT_EQ(state->failures, 2u);
  EXPECT_EQ(state->last_error, "503");
  EXPECT_FALSE(state->last_success);
  EXPECT_EQ(read()->runs("osv", 10)->front().outcome, Outcome::failed);
}

TEST_P(Conformance, KeepsForeignObjectsByteForByte) {
  const std::string a = "{\"id\": \"tool--1\",\n\"x\": 1.50}";
  const std::string b = "{\"id\": \"tool--1\",\n\"x\": 1.5}";
  const auto put = [&](std::string_view modified, std::string_view bytes) {
    Kept kept = Kept::unchanged;
    EXPECT_OK(store_->write("import", [&](Transaction& tx) -> Result<> {
      TOCSIN_CHECK(tx.begin_run("mitre", tx.now()));
      TOCSIN_TRY(kept, tx.add_object({"tool--1", "tool", modified, bytes, {}, {}, {}}));
      TOCSIN_CHECK(tx.end_run({}));
      return {};
    }));
    return kept;
  };
  EXPECT_EQ(put("2020", a), Kept::added);
  EXPECT_EQ(put("2020", a), Kept::unchanged);
  EXPECT_EQ(put("2020", b), Kept::conflict);
  EXPECT_EQ(put("2021", b), Kept::changed);
  const auto versions = read()->stix_versions("mitre", "tool--1");
  ASSERT_OK(versions);
  ASSERT_EQ(versions->size(), 3u);
  EXPECT_EQ((*versions)[0].bytes, a);
  EXPECT_EQ((*versions)[1].bytes, b);
  expect_verified();
}

TEST_P(Conformance, FindsTheEdgesOfAnObject) {
  fill(*store_, world_);
  ASSERT_EQ(read()->edges_of("attack", "malware--1")->size(), 1u);
  EXPECT_EQ(read()->edges_of("attack", "tool--1")->front().relation, "uses");
  EXPECT_TRUE(read()->edges_of("attack", "tool--2")->empty());
}

TEST_P(Conformance, ProvesThatARunDeliveredARecord) {
  std::vector<intel::Record> many;
  for (int i = 0; i < 700; ++i)
    many.push_back(record("osv", "R-" + std::to_string(i), {"CVE-2026-" + std::to_string(10000 + i)}, "t"));
  const auto run = collect(*store_, many);
  ASSERT_OK(run);
  const auto proof = read()->prove_delivery(run->run.key, "R-350");
  ASSERT_OK(proof);
  EXPECT_EQ(proof->root, run->run.root);
  EXPECT_EQ(proof->size, 700u);
  EXPECT_EQ(ledger::leaf_hash(proof->entry), proof->leaf);
  EXPECT_OK(ledger::verify_inclusion(proof->leaf, proof->index, proof->size, proof->path, proof->root));
  EXPECT_FALSE(read()->prove_delivery(run->run.key, "R-701"));
  expect_verified();
}

// ---- folding ----

TEST_P(Conformance, AnAliasThatComesLateMergesAndItsWithdrawalGivesTheOldItemsAndDecisionsBack) {
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-1", {"PYSEC-2026-1", "CVE-2026-1111"}, "first"),
                              record("osv", "GHSA-aaaa-bbbb-cccc", {"GHSA-aaaa-bbbb-cccc"}, "second")}));
  const Uuid first = item_of("CVE-2026-1111");
  const Uuid second = item_of("GHSA-aaaa-bbbb-cccc");
  ASSERT_NE(first, second);
  ASSERT_OK(store_->write("decide", [&](Transaction& tx) {
    return tx.put_decision(decision(second, "dismissed", Verdict::not_relevant));
  }));

  const auto merged =
      collect(*store_, {record("osv", "GHSA-aaaa-bbbb-cccc", {"GHSA-aaaa-bbbb-cccc", "CVE-2026-1111"}, "second")});
  ASSERT_OK(merged);
  ASSERT_EQ(merged->folding.merges.size(), 1u);
  EXPECT_EQ(merged->folding.merges[0].into, first);
  EXPECT_EQ(merged->folding.merges[0].from, std::vector<Uuid>{second});
  EXPECT_EQ(read()->resolve(second).value(), first);
  EXPECT_EQ(item_of("GHSA-aaaa-bbbb-cccc"), first);
  EXPECT_EQ(item_of(second.text().substr(0, 8)), first) << "the beginning of an old id leads on";
  EXPECT_FALSE(read()->item(first)->value().verdict) << "the merge carried a dismissal over";
  EXPECT_EQ(read()->decisions_of(first)->size(), 1u) << "but it is shown";
  EXPECT_EQ(read()->ledger(0, 100, {.kind = "merge"})->size(), 1u);
  expect_verified();

  const auto parted = collect(*store_, {record("osv", "GHSA-aaaa-bbbb-cccc", {"GHSA-aaaa-bbbb-cccc"}, "second")});
  ASSERT_OK(parted);
  ASSERT_EQ(parted->folding.splits.size(), 1u);
  EXPECT_EQ(item_of("GHSA-aaaa-bbbb-cccc"), second);
  EXPECT_EQ(read()->resolve(second).value(), second);
  const auto back = read()->item(second);
  ASSERT_OK(back);
  EXPECT_EQ((*back)->verdict, Verdict::not_relevant);
  EXPECT_EQ(read()->ledger(0, 100, {.kind = "split"})->size(), 1u);
  expect_verified();
}

TEST_P(Conformance, RedirectsFollowAChainOfMergesAndComeApartAgain) {
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-1", {"PYSEC-2026-1"}, "a"),
                              record("osv", "PYSEC-2026-2", {"PYSEC-2026-2"}, "b"),
                              record("osv", "PYSEC-2026-3", {"PYSEC-2026-3"}, "c")}));
  const Uuid a = item_of("PYSEC-2026-1");
  const Uuid b = item_of("PYSEC-2026-2");
  const Uuid c = item_of("PYSEC-2026-3");
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-3", {"PYSEC-2026-3", "PYSEC-2026-2"}, "c")}));
  EXPECT_EQ(read()->resolve(c).value(), b);
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-2", {"PYSEC-2026-2", "PYSEC-2026-1"}, "b")}));
  EXPECT_EQ(read()->resolve(c).value(), a);
  EXPECT_EQ(read()->resolve(b).value(), a);
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-2", {"PYSEC-2026-2"}, "b")}));
  EXPECT_EQ(read()->resolve(b).value(), b);
  EXPECT_EQ(read()->resolve(c).value(), b);
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-3", {"PYSEC-2026-3"}, "c")}));
  EXPECT_EQ(read()->resolve(c).value(), c);
  expect_verified();
}

TEST_P(Conformance, GrowthIsNoMerge) {
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-1", {"PYSEC-2026-1", "CVE-2026-0001"}, "a")}));
  const auto grown = collect(*store_, {record("feed", "https://example.org/1", {"CVE-2026-0001"}, "news")});
  ASSERT_OK(grown);
  EXPECT_TRUE(grown->folding.merges.empty());
  EXPECT_TRUE(grown->folding.added.empty());
  EXPECT_EQ(grown->folding.updated.size(), 1u);
  EXPECT_EQ(read()->ledger(0, 100, {.kind = "merge"})->size(), 0u);
  EXPECT_EQ(read()->items({{.source = "feed"}})->rows.size(), 1u);
}

TEST_P(Conformance, ABondJoinsAndTheNextOneParts) {
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-1", {"PYSEC-2026-1"}, "a"),
                              record("osv", "PYSEC-2026-2", {"PYSEC-2026-2"}, "b")}));
  intel::Bond bond;
  bond.a = {"pysec", "PYSEC-2026-1"};
  bond.b = {"pysec", "PYSEC-2026-2"};
  const auto put = [&](bool join) {
    bond.join = join;
    Folding out;
    EXPECT_OK(store_->write("merge", [&](Transaction& tx) -> Result<> {
      TOCSIN_CHECK(tx.put_bond(bond, "ana", Foreign("seen by eye")));
      TOCSIN_TRY(auto heads, tx.heads_with(bond.a));
      TOCSIN_TRY(const auto others, tx.heads_with(bond.b));
      heads.insert(heads.end(), others.begin(), others.end());
      TOCSIN_TRY(out, fold_heads(tx, heads));
      return {};
    }));
    return out;
  };
  EXPECT_EQ(put(true).merges.size(), 1u);
  EXPECT_EQ(item_of("PYSEC-2026-2"), item_of("PYSEC-2026-1"));
  EXPECT_EQ(put(false).splits.size(), 1u);
  EXPECT_NE(item_of("PYSEC-2026-2"), item_of("PYSEC-2026-1"));
  ASSERT_EQ(read()->bonds()->size(), 1u) << "the last one of a pair counts";
  EXPECT_EQ(read()->bonds()->front().by, "ana");
  expect_verified();
}

TEST_P(Conformance, ABondKeepsWhoseItsIdsAre) {
  intel::Bond of_one{{"guid", "1"}, {"guid", "2"}, true, "feed-a", "feed-a"};
  intel::Bond across{{"guid", "1"}, {"guid", "1"}, true, "feed-a", "feed-b"};
  intel::Bond back{{"guid", "2"}, {"guid", "1"}, false, "feed-a", "feed-a"};
  ASSERT_OK(store_->write("merge", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.put_bond(of_one, "ana", Foreign("told twice")));
    return tx.put_bond(across, "ana", Foreign("one took it from the other"));
  }));
  auto bonds = read()->bonds();
  ASSERT_OK(bonds);
  ASSERT_EQ(bonds->size(), 2u) << "guids of other feeds are other ids";
  EXPECT_EQ((*bonds)[0].bond.a_source, "feed-a");
  EXPECT_EQ((*bonds)[0].bond.b_source, "feed-a");
  EXPECT_EQ((*bonds)[1].bond.a_source, "feed-a");
  EXPECT_EQ((*bonds)[1].bond.b_source, "feed-b");
  // The same pair the other way round: the last word counts, with its order.
  ASSERT_OK(
      store_->write("split", [&](Transaction& tx) { return tx.put_bond(back, "ana", Foreign("two after all")); }));
  bonds = read()->bonds();
  ASSERT_EQ(bonds->size(), 2u);
  EXPECT_FALSE((*bonds)[0].bond.join);
  EXPECT_EQ((*bonds)[0].bond.a.value, "2");
  expect_verified();
}

TEST_P(Conformance, LeavingAMemberOutIsRefused) {
  ASSERT_OK(collect(*store_, {record("osv", "PYSEC-2026-1", {"PYSEC-2026-1", "CVE-2026-0001"}, "a"),
                              record("osv", "GHSA-aaaa-bbbb-cccc", {"CVE-2026-0001"}, "b")}));
  const auto heads = read()->heads_with({"cve", "CVE-2026-0001"});
  ASSERT_EQ(heads->size(), 2u);
  const auto row = read()->item(item_of("CVE-2026-0001"));
  EXPECT_FALSE(store_->write("fold", [&](Transaction& tx) -> Result<> {
    const std::vector<Folded> items = {{*row->value().item, {heads->front()}, false}};
    TOCSIN_CHECK(tx.replace_items(items));
    return {};
  }));
}

// ---- judging ----

TEST_P(Conformance, AnUnchangedJudgementWritesNothingAndStatusesThatTurnAreLedgered) {
  ASSERT_OK(collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "one")}));
  const Uuid item = item_of("CVE-2026-0001");
  EXPECT_EQ(read()->stale_items().value(), std::vector<Uuid>{item});
  const auto judge = [&](Status status) {
    AssessmentRun out;
    bool changed = false;
    EXPECT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
      TOCSIN_CHECK(tx.begin_assessment({sha256("estate"), "k", "r"}));
      Judged judged{intel::Layer::operational | intel::Layer::tactical, 60, status,
                    Json::object({{"modality", "text"}})};
      const std::vector<judgement::Assessment> rows = {assessment(item, "bot", status, 60),
                                                       assessment(item, "other", Status::fixed, 5)};
      TOCSIN_TRY(changed, tx.replace_assessments(item, judged, rows, {}));
      TOCSIN_TRY(out, tx.end_assessment());
      return {};
    }));
    EXPECT_EQ(out.changed, changed ? 1u : 0u);
    return std::pair(changed, out.root);
  };
  const auto first = judge(Status::affected);
  EXPECT_TRUE(first.first);
  EXPECT_EQ(read()->ledger(0, 100, {.kind = "status"})->size(), 1u);
  EXPECT_TRUE(read()->stale_items()->empty());
  const auto again = judge(Status::affected);
  EXPECT_FALSE(again.first);
  EXPECT_EQ(again.second, first.second);
  EXPECT_EQ(read()->ledger(0, 100, {.kind = "status"})->size(), 1u);
  const auto row = read()->item(item);
  ASSERT_OK(row);
  EXPECT_EQ((*row)->judged->facets["modality"].as_string(), "text");
  EXPECT_EQ((*row)->affected, 1u);
  ASSERT_EQ((*row)->assessments.size(), 2u);
  EXPECT_EQ((*row)->assessments[0].reasons, assessment(item, "bot", Status::affected, 60).reasons);
  EXPECT_NE(judge(Status::under_investigation).second, first.second);
  EXPECT_EQ(read()->ledger(0, 100, {.kind = "status"})->size(), 2u);
  EXPECT_EQ(read()->ledger(0, 100, {.subjects = {item.text()}})->size(), 2u);
  expect_verified();
}

TEST_P(Conformance, AJudgementGoesStaleWithItsItem) {
  ASSERT_OK(collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "one")}));
  const Uuid item = item_of("CVE-2026-0001");
  ASSERT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    TOCSIN_CHECK(tx.replace_assessments(item, {}, {}, {}));
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  EXPECT_TRUE(read()->stale_items()->empty());
  ASSERT_OK(collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "changed")}));
  EXPECT_EQ(read()->stale_items().value(), std::vector<Uuid>{item});
  EXPECT_TRUE(read()->item(item)->value().stale);
}

// ---- deciding ----

TEST_P(Conformance, ALaterDecisionSupersedesWhatLiesInItsScope) {
  ASSERT_OK(collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "one")}));
  const Uuid item = item_of("CVE-2026-0001");
  auto narrow = decision(item, "narrow");
  narrow.scope = {"bot"};
  auto other = decision(item, "other", Verdict::act);
  other.scope = {"classifier"};
  const auto put = [&](const judgement::Decision& one) {
    return store_->write("decide", [&](Transaction& tx) { return tx.put_decision(one); });
  };
  ASSERT_OK(put(narrow));
  ASSERT_OK(put(other));
  auto wider = decision(item, "wider", Verdict::inform);
  wider.scope = {"bot", "app"};
  ASSERT_OK(put(wider));
  EXPECT_EQ(read()->decision(narrow.id)->value().state, DecisionState::superseded);
  EXPECT_EQ(read()->decision(other.id)->value().state, DecisionState::in_force);
  ASSERT_OK(put(decision(item, "all", Verdict::defer)));
  EXPECT_EQ(read()->decision(wider.id)->value().state, DecisionState::superseded);
  EXPECT_EQ(read()->item(item)->value().verdict, Verdict::defer);
  const auto back = read()->decision(narrow.id);
  EXPECT_EQ(back->value().decision.rationale.raw(), "because of narrow");
  EXPECT_EQ(back->value().decision.by, "ana");
  EXPECT_TRUE(back->value().decision.basis.same(narrow.basis));
  auto without = decision(item, "without");
  without.rationale = Foreign("");
  EXPECT_FALSE(put(without));
  EXPECT_FALSE(put(narrow)) << "an id is given once";
  expect_verified();
}

TEST_P(Conformance, ReopensRestoresAndFilters) {
  ASSERT_OK(
      collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "one"), record("osv", "B", {"CVE-2026-0002"}, "two")}));
  const auto one = decision(item_of("CVE-2026-0001"), "one", Verdict::act);
  ASSERT_OK(store_->write("decide", [&](Transaction& tx) { return tx.put_decision(one); }));
  const auto count = [&](std::string_view word) {
    ItemFilter filter;
    filter.decision = word;
    return read()->count_items(filter).value_or(99);
  };
  EXPECT_EQ(count("act"), 1u);
  EXPECT_EQ(count("none"), 1u);
  ASSERT_OK(
      store_->write("reopen", [&](Transaction& tx) { return tx.reopen_decision(one.id, {"bot is affected now"}); }));
  EXPECT_EQ(count("act"), 0u);
  EXPECT_EQ(count("reopened"), 1u);
  EXPECT_EQ(count("none"), 1u);
  EXPECT_EQ(read()->decision(one.id)->value().difference, std::vector<std::string>{"bot is affected now"});
  ASSERT_OK(store_->write("restore", [&](Transaction& tx) { return tx.restore_decision(one.id); }));
  EXPECT_EQ(count("act"), 1u);
  EXPECT_FALSE(read()->count_items({.decision = "nonsense"}));
  expect_verified();
}

// One definition, for lists and for counts: it may apply somewhere, and nobody's decision is in force there.
TEST_P(Conformance, OpenIsWhatMayApplyWhereNoDecisionIsInForce) {
  std::vector<intel::Record> records;
  for (const char* n : {"1", "2", "3", "4", "5", "6"})
    records.push_back(record("osv", n, {std::string("CVE-2026-000") + n}, n));
  records[3].withdrawn = Time{1'750'000'000'000'000};
  ASSERT_OK(collect(*store_, records));
  std::vector<Uuid> ids;
  for (int n = 1; n <= 6; ++n) ids.push_back(item_of("CVE-2026-000" + std::to_string(n)));
  const auto id = [&](std::size_t n) { return ids[n - 1]; };
  ASSERT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    const auto judge = [&](std::size_t n, Status worst, const std::vector<judgement::Assessment>& rows) {
      Judged judged;
      judged.status = worst;
      return tx.replace_assessments(id(n), judged, rows, {});
    };
    TOCSIN_CHECK(judge(1, Status::affected,
                       {assessment(id(1), "bot", Status::affected, 70),
                        assessment(id(1), "sorter", Status::under_investigation, 20)}));
    TOCSIN_CHECK(judge(2, Status::under_investigation, {assessment(id(2), "bot", Status::under_investigation, 30)}));
    TOCSIN_CHECK(judge(3, Status::not_affected, {}));
    TOCSIN_CHECK(judge(4, Status::affected, {assessment(id(4), "bot", Status::affected, 70)}));  // withdrawn
    TOCSIN_CHECK(judge(5, Status::fixed, {assessment(id(5), "bot", Status::fixed, 5)}));
    TOCSIN_CHECK(tx.end_assessment());  // the sixth is not judged
    return {};
  }));
  const auto put = [&](const judgement::Decision& one) {
    EXPECT_OK(store_->write("decide", [&](Transaction& tx) { return tx.put_decision(one); }));
  };
  struct Open {
    std::uint64_t all, affected, listed;
    bool operator==(const Open&) const = default;
  };
  const auto open = [&] {
    const auto counts = read()->counts();
    EXPECT_OK(counts);
    EXPECT_EQ(counts->open, read()->count_items({.decision = "open"}).value_or(99));
    return Open{counts->open, counts->open_affected,
                read()->count_items({.status = Status::affected, .decision = "open"}).value_or(99)};
  };
  EXPECT_EQ(open(), (Open{2, 1, 1}));
  // Decided for the asset that is affected: it stays open for the other one.
  auto narrow = decision(id(1), "narrow");
  narrow.scope = {"bot"};
  put(narrow);
  EXPECT_EQ(open(), (Open{2, 0, 0}));
  EXPECT_EQ(read()->count_items({.asset = "bot", .decision = "open"}).value(), 1u);
  EXPECT_EQ(read()->count_items({.asset = "sorter", .decision = "open"}).value(), 1u);
  put(decision(id(1), "all"));
  EXPECT_EQ(open(), (Open{1, 0, 0}));
  ASSERT_OK(store_->write(
      "reopen", [](Transaction& tx) { return tx.reopen_decision(uuid_v5(tocsin_namespace(), "all"), {"other"}); }));
  EXPECT_EQ(open(), (Open{2, 1, 1}));
  // Put off until a day that comes.
  auto later = decision(id(1), "later", Verdict::defer);
  later.until = world_.clock.now() + std::chrono::hours(24);
  put(later);
  EXPECT_EQ(open(), (Open{1, 0, 0}));
  world_.clock.advance(std::chrono::hours(25));
  EXPECT_EQ(open(), (Open{2, 1, 1}));
  expect_verified();
}

// What a list finds, what it counts and what is said of one item in hand are one definition, whatever was decided.
TEST_P(Conformance, WhatHoldsIsOneAnswerInListsAndInHand) {
  const Time now = world_.clock.now() + std::chrono::hours(24);
  struct Made {
    Verdict verdict = Verdict::watch;
    std::vector<std::string> scope = {};
    std::optional<Time> until = {};
    bool reopened = false;
  };
  struct Case {
    const char* name;
    std::vector<Made> decisions;  // in the order in which they are made
    std::string waits;            // of the assets "bot" (affected) and "sorter" (under investigation)
    std::optional<Verdict> counts;
    std::optional<DecisionState> state = {};
    bool withdrawn = false;
  };
  const Time past = now - std::chrono::hours(1), ahead = now + std::chrono::hours(1);
  using enum DecisionState;
  const std::vector<Case> cases = {
      {"none", {}, "bot sorter", {}},
      {"none, withdrawn", {}, "", {}, {}, true},
      {"in force", {{Verdict::act}}, "", Verdict::act, in_force},
      {"in force until a day ahead", {{Verdict::defer, {}, ahead}}, "", Verdict::defer, in_force},
      {"expired", {{Verdict::defer, {}, past}}, "bot sorter", Verdict::defer, expired},
      {"at the boundary", {{Verdict::defer, {}, now}}, "bot sorter", Verdict::defer, expired},
      {"one microsecond before it", {{Verdict::defer, {}, Time{now.us + 1}}}, "", Verdict::defer, in_force},
      {"superseded", {{Verdict::act}, {Verdict::inform}}, "", Verdict::inform, in_force},
      {"superseded by one that expired",
       {{Verdict::act}, {Verdict::defer, {}, past}},
       "bot sorter",
       Verdict::defer,
       expired},
      {"reopened", {{Verdict::act, {}, {}, true}}, "bot sorter", Verdict::act, reopened},
      {"reopened, and its day has come", {{Verdict::defer, {}, past, true}}, "bot sorter", Verdict::defer, reopened},
      {"for one asset", {{Verdict::act, {"bot"}}}, "sorter", Verdict::act, in_force},
      {"for one asset, expired", {{Verdict::act, {"bot"}, past}}, "bot sorter", Verdict::act, expired},
      {"for another name that begins like it", {{Verdict::act, {"bo"}}}, "bot sorter", Verdict::act, in_force},
      {"for both, one of them until yesterday",
       {{Verdict::act, {"bot"}}, {Verdict::defer, {"sorter"}, past}},
       "sorter",
       Verdict::act,
       in_force},
      {"expired for all, and another that holds for one",
       {{Verdict::defer, {}, past}, {Verdict::act, {"bot"}}},
       "sorter",
       Verdict::act,
       in_force},
      {"expired for all, and another that was open again for one",
       {{Verdict::defer, {}, past}, {Verdict::act, {"bot"}, {}, true}},
       "bot sorter",
       Verdict::act,
       reopened},
      {"for all, and a later one for one", {{Verdict::act}, {Verdict::watch, {"bot"}}}, "", Verdict::act, in_force},
  };
  std::vector<intel::Record> records;
  for (std::size_t n = 0; n < cases.size(); ++n) {
    records.push_back(record("osv", std::to_string(n), {fmt::format("CVE-2026-1{:03}", n)}, cases[n].name));
    if (cases[n].withdrawn) records.back().withdrawn = past;
  }
  ASSERT_OK(collect(*store_, records));
  std::vector<Uuid> ids;
  for (std::size_t n = 0; n < cases.size(); ++n) ids.push_back(item_of(fmt::format("CVE-2026-1{:03}", n)));
  ASSERT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    for (const Uuid& id : ids) {
      Judged judged;
      judged.status = Status::affected;
      const std::vector<judgement::Assessment> rows = {assessment(id, "app", Status::fixed, 1),
                                                       assessment(id, "bot", Status::affected, 70),
                                                       assessment(id, "sorter", Status::under_investigation, 20)};
      TOCSIN_CHECK(tx.replace_assessments(id, judged, rows, {}));
    }
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  for (std::size_t n = 0; n < cases.size(); ++n)
    for (std::size_t m = 0; m < cases[n].decisions.size(); ++m) {
      const Made& made = cases[n].decisions[m];
      auto one = decision(ids[n], fmt::format("{} {}", cases[n].name, m), made.verdict);
      one.scope = made.scope;
      one.until = made.until;
      ASSERT_OK(store_->write("decide", [&](Transaction& tx) { return tx.put_decision(one); }));
      if (made.reopened)
        ASSERT_OK(store_->write("reopen", [&](Transaction& tx) { return tx.reopen_decision(one.id, {"other"}); }));
    }
  world_.clock.advance(std::chrono::hours(24));

  const auto reader = read();
  const auto listed = [&](const ItemFilter& filter) {
    std::set<Uuid> out;
    const auto page = reader->items({.filter = filter, .limit = 1000});
    EXPECT_OK(page);
    if (page)
      for (const ItemRow& row : page->rows) out.insert(row.id);
    EXPECT_EQ(reader->count_items(filter).value_or(999), out.size());
    return out;
  };
  const auto open_for = [&](const char* asset) { return listed({.asset = asset, .decision = "open"}); };
  const auto open = listed({.decision = "open"}), bot = open_for("bot"), sorter = open_for("sorter"),
             app = open_for("app");
  std::uint64_t all = 0, affected = 0;
  for (std::size_t n = 0; n < cases.size(); ++n) {
    SCOPED_TRACE(cases[n].name);
    const auto row = reader->item(ids[n]);
    ASSERT_OK(row);
    std::string waiting;
    for (const auto& one : (*row)->assessments)
      if (waits(**row, one)) waiting += (waiting.empty() ? "" : " ") + one.asset;
    EXPECT_EQ(waiting, cases[n].waits);
    const bool is_reopened = (*row)->decision_state == reopened;
    EXPECT_EQ(open.count(ids[n]) == 1, !waiting.empty());
    // Of an asset: its answer waits, or the re-opened decision was about it.
    EXPECT_EQ(bot.count(ids[n]) == 1, waiting.find("bot") != std::string::npos);
    EXPECT_EQ(sorter.count(ids[n]) == 1, waiting.find("sorter") != std::string::npos);
    EXPECT_EQ(app.count(ids[n]) == 1, is_reopened && (*row)->decisions[0].decision.scope.empty());
    EXPECT_EQ((*row)->verdict, cases[n].counts);
    if (cases[n].state) {
      EXPECT_EQ((*row)->decision_state, *cases[n].state);
    }
    EXPECT_EQ((*row)->decision.has_value(), cases[n].counts.has_value());
    for (const DecisionRow& one : (*row)->decisions) {
      if ((*row)->decision == one.decision.id) {
        EXPECT_EQ(one.state, (*row)->decision_state);
      }
    }
    // The lists by verdict have what is in force, and nothing else.
    for (const Verdict verdict : {Verdict::act, Verdict::defer, Verdict::inform, Verdict::watch}) {
      const bool in = std::any_of((*row)->decisions.begin(), (*row)->decisions.end(), [&](const DecisionRow& one) {
        return one.state == in_force && one.decision.verdict == verdict;
      });
      EXPECT_EQ(listed({.decision = std::string(judgement::to_string(verdict))}).count(ids[n]) == 1, in)
          << judgement::to_string(verdict);
    }
    all += waiting.empty() ? 0 : 1;
    affected += waiting.find("bot") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(listed({.decision = "expired"}).size(), 7u);
  EXPECT_EQ(reader->decisions(expired, 1000)->size(), 7u);
  const auto counts = reader->counts();
  ASSERT_OK(counts);
  EXPECT_EQ(counts->open, all);
  EXPECT_EQ(counts->open_affected, affected);
  EXPECT_EQ(counts->open_reopened, 0u) << "what waits anyhow is counted as that";
  expect_verified();
}

// An asset has rows of what touches it alone; what does not, is told by class.
TEST_P(Conformance, AnAssetWithoutARowIsNotAffectedUnlessNobodyCanTell) {
  std::vector<intel::Record> records;
  for (const char* n : {"1", "2", "3", "4", "5", "6", "7"})
    records.push_back(record("osv", n, {std::string("CVE-2026-000") + n}, n));
  ASSERT_OK(collect(*store_, records));
  const auto id = [&](int n) { return item_of("CVE-2026-000" + std::to_string(n)); };
  ASSERT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    const auto judge = [&](int n, std::optional<Status> worst, const std::vector<judgement::Assessment>& rows,
                           const std::vector<ClassVerdict>& classes) {
      Judged judged;
      judged.status = worst;
      return tx.replace_assessments(id(n), judged, rows, classes);
    };
    TOCSIN_CHECK(judge(1, Status::not_affected, {}, {{"all", "kind-missing", ""}}));
    TOCSIN_CHECK(judge(2, Status::affected, {assessment(id(2), "bot", Status::affected, 70)}, {}));
    TOCSIN_CHECK(judge(3, std::nullopt, {}, {{"models", "runtime-unknown", ""}}));
    TOCSIN_CHECK(judge(4, Status::affected, {assessment(id(4), "bot", Status::affected, 70)},
                       {{"other models", "runtime-unknown", ""}}));
    TOCSIN_CHECK(judge(5, Status::fixed, {assessment(id(5), "sorter", Status::fixed, 5)}, {}));
    TOCSIN_CHECK(judge(6, std::nullopt, {assessment(id(6), "sorter", Status::not_affected, 0)},
                       {{"models", "runtime-unknown", ""}}));
    TOCSIN_CHECK(tx.end_assessment());  // the seventh is not judged
    return {};
  }));
  const auto listed = [&](const ItemFilter& filter) {
    std::string out;
    const auto page = read()->items({.filter = filter, .order = Order::arrival});
    EXPECT_OK(page);
    for (const ItemRow& row : page->rows) out += row.name.substr(12);
    EXPECT_EQ(read()->count_items(filter).value_or(99), page->rows.size());
    return out;
  };
  const ItemFilter::Untold models{{"models", "other models", "all"}, {"runtime-unknown", "packages-unread"}};
  const ItemFilter::Untold libraries{{"libraries", "other libraries", "all"}, {"runtime-unknown", "packages-unread"}};
  EXPECT_EQ(listed({.asset = "sorter", .status = Status::not_affected, .untold = models}), "126");
  EXPECT_EQ(listed({.asset = "bot", .status = Status::not_affected, .untold = models}), "15");
  EXPECT_EQ(listed({.asset = "pins", .status = Status::not_affected, .untold = libraries}), "123456");
  EXPECT_EQ(listed({.asset = "sorter", .status = Status::fixed}), "5");
}

// What a feed takes back: whoever decided on it is told, until somebody has decided since.
TEST_P(Conformance, AReopenedDecisionWaitsWhateverItsItemIsNow) {
  std::vector<intel::Record> records;
  for (const char* n : {"1", "2", "3", "4"}) records.push_back(record("osv", n, {std::string("CVE-2026-000") + n}, n));
  records[1].withdrawn = Time{1'750'000'000'000'000};
  ASSERT_OK(collect(*store_, records));
  std::vector<Uuid> ids;
  for (int n = 1; n <= 4; ++n) ids.push_back(item_of("CVE-2026-000" + std::to_string(n)));
  ASSERT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    Judged judged;
    judged.status = Status::not_affected;
    TOCSIN_CHECK(tx.replace_assessments(ids[0], judged, {}, {}));
    TOCSIN_CHECK(tx.replace_assessments(ids[1], judged, {}, {}));  // withdrawn
    judged.status = Status::fixed;
    TOCSIN_CHECK(tx.replace_assessments(ids[2], judged, std::vector{assessment(ids[2], "bot", Status::fixed, 5)}, {}));
    judged.status = Status::affected;
    TOCSIN_CHECK(
        tx.replace_assessments(ids[3], judged, std::vector{assessment(ids[3], "bot", Status::affected, 70)}, {}));
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  const auto put = [&](const Uuid& item, const std::string& name, std::vector<std::string> scope) {
    world_.clock.advance(std::chrono::seconds(1));
    auto one = decision(item, name, Verdict::act);
    one.scope = std::move(scope);
    one.at = world_.clock.now();
    EXPECT_OK(store_->write("decide", [&](Transaction& tx) { return tx.put_decision(one); }));
    return one.id;
  };
  const auto reopen = [&](const Uuid& id) {
    world_.clock.advance(std::chrono::seconds(1));
    EXPECT_OK(store_->write("reopen", [&](Transaction& tx) { return tx.reopen_decision(id, {"other"}); }));
  };
  const auto open = [&](ItemFilter filter = {}) {
    filter.decision = "open";
    std::string out;
    const auto page = read()->items({.filter = filter, .order = Order::arrival});
    EXPECT_OK(page);
    for (const ItemRow& row : page->rows) out += (out.empty() ? "" : " ") + row.name.substr(12);
    EXPECT_EQ(read()->count_items(filter).value_or(99), page->rows.size());
    return out;
  };
  EXPECT_EQ(open(), "4");
  const Uuid first = put(ids[0], "first", {}), withdrawn = put(ids[1], "withdrawn", {}),
             fixed = put(ids[2], "fixed", {"bot"}), affected = put(ids[3], "affected", {});
  EXPECT_EQ(open(), "");
  for (const Uuid& id : {first, withdrawn, fixed, affected}) reopen(id);
  EXPECT_EQ(open(), "1 2 3 4");
  EXPECT_EQ(open({.waits = true}), "4");
  EXPECT_EQ(open({.waits = false}), "1 2 3");
  EXPECT_EQ(open({.status = Status::affected}), "4");
  EXPECT_EQ(open({.status = Status::fixed}), "3");
  EXPECT_EQ(open({.status = Status::not_affected}), "1 2");
  EXPECT_EQ(open({.withdrawn = false}), "1 3 4");
  EXPECT_EQ(open({.asset = "bot"}), "1 2 3 4");
  EXPECT_EQ(open({.asset = "sorter"}), "1 2 4") << "the third was decided for another asset";
  EXPECT_EQ(open({.asset = "bot", .status = Status::fixed}), "3");
  EXPECT_EQ(open({.asset = "bot", .status = Status::not_affected}), "1 2");
  const auto counts = read()->counts();
  ASSERT_OK(counts);
  EXPECT_EQ(counts->open, 4u);
  EXPECT_EQ(counts->open_affected, 1u);
  EXPECT_EQ(counts->open_reopened, 3u);
  // Decided again, for a part of it or for all; on another asset that says nothing.
  put(ids[0], "again, for one", {"bot"});
  put(ids[1], "again, for all", {});
  put(ids[2], "another asset", {"sorter"});
  EXPECT_EQ(open(), "3 4");
  EXPECT_EQ(read()->counts()->open_reopened, 1u);
  // The basis is again what it was.
  ASSERT_OK(store_->write("restore", [&](Transaction& tx) { return tx.restore_decision(fixed); }));
  EXPECT_EQ(open(), "4");
  expect_verified();
}

TEST_P(Conformance, ListsEntriesOfTheLedgerByWhatTheyAreAbout) {
  fill(*store_, world_);
  const auto count = [&](const LedgerFilter& filter) {
    const auto entries = read()->ledger(0, 1000, filter);
    EXPECT_OK(entries);
    return entries ? entries->size() : 999;
  };
  // Every entry that the store makes is of a kind that can be asked for.
  const auto kinds = ledger::entry_kinds();
  const auto all = read()->ledger(0, 1000, {});
  ASSERT_OK(all);
  for (const LedgerEntry& entry : *all)
    EXPECT_NE(std::find(kinds.begin(), kinds.end(), entry.kind), kinds.end()) << entry.kind;
  const std::size_t osv = count({.subjects = {"osv"}});
  EXPECT_GT(osv, 0u);
  EXPECT_EQ(count({.subjects = {"osv", "tocsin.toml"}}), osv + count({.subjects = {"tocsin.toml"}}));
  EXPECT_EQ(count({.kind = "decision", .subjects = {"osv"}}), 0u);
  // The asset: its status turned, and the estate that got it.
  EXPECT_EQ(count({.kind = "status", .asset = "support-bot"}), 1u);
  EXPECT_EQ(count({.kind = "estate", .asset = "support-bot"}), 1u);
  EXPECT_EQ(count({.asset = "nobody"}), 0u);
  // More names than a statement takes values.
  std::vector<std::string> many(40'000, "nobody");
  many.emplace_back("osv");
  EXPECT_EQ(count({.subjects = many}), osv);
  EXPECT_EQ(count({.subjects = {"\"], \"osv"}}), 0u) << "a name is a name, whatever is in it";
  EXPECT_EQ(count({.subjects = {"osv"}, .asset = "support-bot"}), osv + count({.asset = "support-bot"}));
  const std::uint64_t size = read()->ledger_size().value();
  EXPECT_EQ(count({}), size);
}

TEST_P(Conformance, NamesAndTextCanBeForgottenAndTheLedgerStillHolds) {
  fill(*store_, world_);
  const Uuid first = uuid_v5(tocsin_namespace(), "first");
  std::uint64_t erased = 0;
  ASSERT_OK(store_->write("erase", [&](Transaction& tx) -> Result<> {
    TOCSIN_TRY(erased, tx.erase_text(first, "ben", "asked to"));
    return {};
  }));
  EXPECT_EQ(erased, 2u);
  EXPECT_EQ(read()->decision(first)->value().decision.by, "");
  EXPECT_EQ(read()->decision(first)->value().decision.rationale.raw(), "");
  const auto entries = read()->ledger(0, 1000);
  ASSERT_OK(entries);
  for (const auto& entry : *entries) EXPECT_EQ(entry.entry.find("because of"), std::string::npos);
  expect_verified();
}

TEST_P(Conformance, SettingsAndReasonsEnterTheLedgerSaltedAndCanBeForgotten) {
  fill(*store_, world_);
  const std::string settings = "[organisation]\nname = 'test'\n";
  const auto pruned = store_->snapshots().put("to be pruned");
  ASSERT_OK(pruned);
  ASSERT_OK(store_->write("prune", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.add_snapshot(*pruned, 12, "text/plain", "a name"));
    return tx.prune_snapshots(std::vector{*pruned}, "named a person");
  }));
  const auto prunes = read()->ledger(0, 1000, {.kind = "prune"});
  ASSERT_OK(prunes);
  ASSERT_EQ(prunes->size(), 1u);
  const auto owner = parse_uuid(prunes->front().subject);
  ASSERT_TRUE(owner) << prunes->front().entry;
  // Nobody who guesses a text finds it in an entry, by itself or by its hash.
  const auto entries = read()->ledger(0, 1000);
  ASSERT_OK(entries);
  for (const auto& entry : *entries) {
    for (const std::string& guess : {settings, std::string("named a person")}) {
      EXPECT_EQ(entry.entry.find(guess), std::string::npos) << entry.entry;
      EXPECT_EQ(entry.entry.find(sha256(guess).hex()), std::string::npos) << entry.entry;
    }
  }
  std::uint64_t erased = 0;
  ASSERT_OK(store_->write("erase", [&](Transaction& tx) -> Result<> {
    TOCSIN_TRY(erased, tx.erase_text(*owner, "ben", "asked to"));
    return {};
  }));
  EXPECT_EQ(erased, 1u);
  expect_verified();
}

// As stores were begun before: the digest of the settings and the reason of a prune, as they are.
TEST_P(Conformance, EntriesOfBeforeThatHaveNoSaltStayVerifiable) {
  ASSERT_OK(store_->write("config", [&](Transaction& tx) {
    const std::string digest = sha256("x = 1").hex();
    return tx.note("config", "tocsin.toml",
                   Json::object({{"digest", digest}, {"name", "tocsin.toml"}, {"text", digest}}));
  }));
  ASSERT_OK(store_->write("prune", [&](Transaction& tx) {
    return tx.note("prune", "", Json::object({{"reason", "too old"}, {"snapshots", Json::array()}}));
  }));
  expect_verified();
}

TEST_P(Conformance, SettingsThatSayTheSameAreNotPutAgain) {
  const auto put = [&](std::string_view text) {
    bool changed = false;
    EXPECT_OK(store_->write("config", [&](Transaction& tx) -> Result<> {
      TOCSIN_TRY(changed, tx.put_config("tocsin.toml", text));
      return {};
    }));
    return changed;
  };
  EXPECT_TRUE(put("a = 1"));
  EXPECT_FALSE(put("a = 1"));
  EXPECT_TRUE(put("a = 2"));
  EXPECT_TRUE(put("a = 1"));
  expect_verified();
}

// ---- files ----

TEST_P(Conformance, AnEstateVersionIsPutWhenItSaysSomethingElse) {
  fill(*store_, world_);
  const auto latest = read()->estate();
  ASSERT_OK(latest);
  ASSERT_TRUE(*latest);
  EXPECT_EQ((*latest)->assets.front().name, "support-bot");
  EXPECT_EQ((*latest)->difference, std::vector<std::string>{"added support-bot"});
  estate::Estate same;
  same.assets = (*latest)->assets;
  same.digest = (*latest)->digest;
  for (const auto& file : (*latest)->files) same.files.push_back({file.path, file.digest, ""});
  bool put = true;
  ASSERT_OK(store_->write("estate", [&](Transaction& tx) -> Result<> {
    TOCSIN_TRY(put, tx.put_estate(same, {}));
    return {};
  }));
  EXPECT_FALSE(put);
  EXPECT_EQ(read()->config("tocsin.toml")->value().text, "[organisation]\nname = 'test'\n");
  EXPECT_FALSE(read()->config("nothing").value());
}

// ---- the frame ----

TEST_P(Conformance, AWriteThatChangesNothingLeavesNothing) {
  const auto before = read()->checkpoint()->tx;
  ASSERT_OK(store_->write("nothing", [](Transaction&) -> Result<> { return {}; }));
  EXPECT_EQ(read()->checkpoint()->tx, before);
}

TEST_P(Conformance, ChangesWithoutAnEntryAreRefused) {
  const auto refused = store_->write("sneak", [&](Transaction& tx) -> Result<> {
    return tx.add_snapshot(sha256("x"), 1, "text/plain", "x");  // a row, and nothing that says why
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::internal);
  EXPECT_FALSE(read()->snapshot(sha256("x")).value());
  EXPECT_FALSE(store_->write("open end", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_run("osv", tx.now()));
    return {};
  }));
  expect_verified();
}

TEST_P(Conformance, AReaderKeepsItsMoment) {
  if (!GetParam().concurrent) GTEST_SKIP() << "one connection";
  ASSERT_OK(collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "one")}));
  const auto before = read();
  ASSERT_OK(collect(*store_, {record("osv", "B", {"CVE-2026-0002"}, "two")}));
  EXPECT_EQ(before->counts()->items, 1u);
  EXPECT_EQ(read()->counts()->items, 2u);
  ASSERT_OK(store_->write("while reading", [&](Transaction& tx) -> Result<> {
    EXPECT_EQ(before->counts()->items, 1u);
    return tx.note("test", "", Json::object());
  }));
}

TEST_P(Conformance, ProvesEntriesAndConsistency) {
  const ledger::Checkpoint old = ledger::parse_checkpoint(read()->checkpoint()->note).value();
  fill(*store_, world_);
  const auto now = read()->checkpoint();
  ASSERT_OK(now);
  const auto signed_head = ledger::open_checkpoint(now->note, key_of("the workspace").public_key());
  ASSERT_OK(signed_head);
  for (std::uint64_t seq = 0; seq < now->size; ++seq) {
    const auto proof = read()->prove(seq);
    ASSERT_OK(proof);
    EXPECT_EQ(ledger::leaf_hash(proof->entry), proof->leaf);
    EXPECT_OK(ledger::verify_inclusion(proof->leaf, seq, proof->size, proof->path, signed_head->root));
  }
  const auto path = read()->prove_consistency(old.size);
  ASSERT_OK(path);
  EXPECT_OK(ledger::verify_consistency(old.size, old.root, signed_head->size, signed_head->root, *path));
  EXPECT_FALSE(read()->prove(now->size));
}

// ---- lists and search ----

TEST_P(Conformance, PagesByScoreWithoutGapsOrRepeats) {
  std::vector<intel::Record> many;
  for (int i = 0; i < 57; ++i)
    many.push_back(record("osv", "R" + std::to_string(i), {"CVE-2026-" + std::to_string(1000 + i)}, "t"));
  ASSERT_OK(collect(*store_, many));
  ASSERT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    TOCSIN_TRY(const auto stale, tx.stale_items());
    for (std::size_t i = 0; i + 7 < stale.size(); ++i) {  // some stay unjudged
      Judged judged;
      judged.score = static_cast<int>(i % 5) * 20;
      judged.layers = i % 2 == 0 ? intel::Layer::tactical : intel::Layer::strategic;
      judged.status = Status::not_affected;
      const std::vector<ClassVerdict> classes = {{"all", i % 3 == 0 ? "no-such-package" : "modality-missing", ""}};
      TOCSIN_CHECK(tx.replace_assessments(stale[i], judged, {}, classes));
    }
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  ItemQuery query;
  query.limit = 10;
  std::vector<std::string> names;
  int last = 101;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = read()->items(query);
    ASSERT_OK(page);
    for (const ItemRow& row : page->rows) {
      names.push_back(row.name);
      const int score = row.judged ? row.judged->score : 0;
      EXPECT_LE(score, last);
      last = score;
    }
    query.after = page->next;
    if (page->next.empty()) break;
  }
  EXPECT_EQ(names.size(), 57u);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
  EXPECT_EQ(read()->count_items({.layer = intel::Layer::tactical}).value(), 25u);
  EXPECT_EQ(read()->counts()->unjudged, 7u);
  EXPECT_EQ(read()->counts()->not_affected, 50u);
  const auto noise = read()->noise();
  ASSERT_OK(noise);
  ASSERT_EQ(noise->size(), 2u);
  EXPECT_EQ((*noise)[0].code, "modality-missing");
  EXPECT_EQ((*noise)[0].items + (*noise)[1].items, 50u);
  // What touches an asset is not set aside, whatever is said of the other assets.
  ASSERT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    TOCSIN_TRY(const auto stale, tx.stale_items());
    Judged judged;
    judged.status = Status::affected;
    const std::vector<ClassVerdict> classes = {{"other models", "modality-missing", "images"}};
    const auto row = assessment(stale.at(0), "support-bot", Status::affected, 70);
    TOCSIN_CHECK(tx.replace_assessments(stale.at(0), judged, std::vector{row}, classes));
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  const auto unchanged = read()->noise();
  ASSERT_OK(unchanged);
  ASSERT_EQ(unchanged->size(), 2u);
  EXPECT_EQ((*unchanged)[0].items + (*unchanged)[1].items, 50u);
  // What nobody can tell is counted for itself, and its reasons are told apart.
  ASSERT_OK(store_->write("assess", [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    TOCSIN_TRY(const auto stale, tx.stale_items());
    const std::vector<ClassVerdict> classes = {{"models", "runtime-unknown", "keras"}};
    TOCSIN_CHECK(tx.replace_assessments(stale.at(0), Judged(), {}, classes));
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  EXPECT_EQ(read()->counts()->cannot_tell, 1u);
  EXPECT_EQ(read()->counts()->unjudged, 5u);
  EXPECT_EQ(read()->count_items({.cannot_tell = true}).value(), 1u);
  const auto told = read()->noise();
  ASSERT_OK(told);
  ASSERT_EQ(told->size(), 3u);
  for (const NoiseRow& row : *told) EXPECT_EQ(row.cannot_tell, row.code == "runtime-unknown");
  query.after = "nonsense";
  EXPECT_FALSE(read()->items(query));
}

TEST_P(Conformance, FiltersByWhatIsAsked) {
  fill(*store_, world_);
  const auto count = [&](ItemFilter filter) { return read()->count_items(filter).value_or(99); };
  EXPECT_EQ(count({}), 2u);
  EXPECT_EQ(count({.kind = intel::Kind::vulnerability}), 2u);
  EXPECT_EQ(count({.kind = intel::Kind::technique}), 0u);
  EXPECT_EQ(count({.asset = "support-bot"}), 1u);
  EXPECT_EQ(count({.asset = "support-bot", .status = Status::affected}), 1u);
  EXPECT_EQ(count({.asset = "support-bot", .status = Status::fixed}), 0u);
  EXPECT_EQ(count({.asset = "' OR 1=1 --"}), 0u);
  EXPECT_EQ(count({.status = Status::affected}), 1u);
  EXPECT_EQ(count({.source = "osv"}), 2u);
  EXPECT_EQ(count({.since = Time{1'700'000'000'000'000}}), 2u);
  EXPECT_EQ(count({.since = Time{1'700'000'000'000'001}}), 0u);
  EXPECT_EQ(count({.text = "arbitrary"}), 1u);
  EXPECT_EQ(count({.text = "zzzz"}), 0u);
}

struct SearchCase {
  const char* text;
  const char* first;  // external id of the best answer; "" = none
};
TEST_P(Conformance, SearchTakesAnyBytes) {
  ASSERT_OK(collect(
      *store_,
      {
          record("osv", "1", {"CVE-2025-32434"}, "PyTorch torch.load runs code",
                 "even with weights_only; see AML.T0051"),
          record("osv", "2", {"CVE-2025-0001"}, "llama.cpp heap overflow", "a C library"),
          record("osv", "3", {"CVE-2025-0002"}, "Parsers in C++", "don't trust \"quoted\" input \xf0\x9f\x94\xa5 100%"),
          record("osv", "AML.T0051", {"AML.T0051"}, "LLM Prompt Injection", "jailbreaks and more"),
          record("osv", "5", {"CVE-2025-0003"}, "\xd0\x90\xd1\x82\xd0\xb0\xd0\xba\xd0\xb0 \xe6\xa8\xa1\xe5\x9e\x8b",
                 "caf\xc3\xa9"),
      }));
  const std::string nul("heap\0overflow", 13);
  for (const SearchCase& one : {SearchCase{"CVE-2025-32434", "CVE-2025-32434"},
                                {" cve-2025-32434 ", "CVE-2025-32434"},
                                {"AML.T0051", "AML.T0051"},
                                {"aml.t0051", "AML.T0051"},
                                {"llama.cpp", "CVE-2025-0001"},
                                {"C++", "CVE-2025-0002"},
                                {"don't", "CVE-2025-0002"},
                                {"\"quoted\"", "CVE-2025-0002"},
                                {"\"quoted", "CVE-2025-0002"},
                                {"\xf0\x9f\x94\xa5", "CVE-2025-0002"},
                                {"100%", "CVE-2025-0002"},
                                {"prompt injection", "AML.T0051"},
                                {"jailbreak", "AML.T0051"},
                                {"ailbre", "AML.T0051"},
                                {"cafe", "CVE-2025-0003"},
                                {"\xd0\xb0\xd1\x82\xd0\xb0\xd0\xba\xd0\xb0", "CVE-2025-0003"},
                                {"weights_only", "CVE-2025-32434"},
                                {"AND", ""},
                                {"NEAR(", ""},
                                {"title:", ""},
                                {"*", ""},
                                {"(((", ""},
                                {"", ""},
                                {"   ", ""},
                                {"'; DROP TABLE item; --", ""},
                                {"\xff\xfe\x80", ""},
                                {"\\", ""},
                                {"_____", ""},
                                {"col1 - col2", ""}}) {
    const auto found = read()->search(one.text, 10);
    ASSERT_TRUE(found) << one.text << ": " << found.error().message();
    if (*one.first == '\0') continue;
    ASSERT_FALSE(found->empty()) << one.text;
    EXPECT_EQ(found->front().name, one.first) << one.text;
  }
  EXPECT_EQ(read()->search("C++", 10)->size(), 1u) << "not every text with a c";
  EXPECT_TRUE(read()->search("zzzz", 10)->empty());
  EXPECT_EQ(read()->search(nul, 10)->size(), 1u);
  EXPECT_OK(read()->search(std::string(100'000, '"'), 10));
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  for (int i = 0; i < 256; ++i) {
    EXPECT_OK(read()->search(every.substr(static_cast<std::size_t>(i), 1), 3));
    EXPECT_OK(read()->search(every.substr(static_cast<std::size_t>(i)), 3));
    EXPECT_OK(read()->find(every.substr(static_cast<std::size_t>(i))));
  }
}

TEST_P(Conformance, FindsAnItemByEveryNameItHas) {
  fill(*store_, world_);
  const Uuid item = item_of("CVE-2026-1111");
  for (const std::string& name :
       {std::string("cve-2026-1111"), std::string("PYSEC-2026-1"), std::string("GHSA-AAAA-BBBB-CCCC"), item.text(),
        item.text().substr(0, 13), item.text().substr(0, 6)})
    EXPECT_EQ(item_of(name), item) << name;
  EXPECT_TRUE(read()->find("CVE-1999-1")->empty());
  EXPECT_TRUE(read()->find("")->empty());
  EXPECT_FALSE(read()->item(uuid_v5(tocsin_namespace(), "nobody")).value());
}

}  // namespace tocsin::store::test
