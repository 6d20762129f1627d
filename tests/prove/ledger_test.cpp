// The names under which people look for entries.
#include "prove/ledger.hpp"

#include "store/world.hpp"

namespace tocsin::prove {
namespace {

using namespace store::test;

class NamesInTheLedger : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open(world_.url(), world_.options());
    ASSERT_OK(opened);
    store_ = std::move(*opened);
    fill(*store_, world_);
  }
  // The kinds of the entries about it, in order; "unavailable" and so on where there is an error.
  std::string kinds(std::string_view name) {
    auto reader = store_->read();
    EXPECT_OK(reader);
    const auto filter = ledger_about(**reader, name);
    if (!filter) return std::string(to_string(filter.error().code));
    std::string out;
    const auto entries = ledger_entries(**reader, *filter, 0, 1000);
    EXPECT_OK(entries);
    for (const store::LedgerEntry& entry : *entries) out += (out.empty() ? "" : " ") + entry.kind;
    return out;
  }

  World world_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(NamesInTheLedger, AreIdsOfItemsAssetsAndSources) {
  EXPECT_EQ(kinds("CVE-2026-1111"), "merge status decision action bond");
  EXPECT_EQ(kinds("cve-2026-1111"), kinds("CVE-2026-1111"));
  EXPECT_EQ(kinds("support-bot"), "status estate");
  EXPECT_EQ(kinds("osv"), "run run source");
  EXPECT_EQ(kinds("tocsin.toml"), "config");
  EXPECT_EQ(kinds("CVE-2026-9999"), "unavailable");
  EXPECT_EQ(kinds("suport-bot"), "unavailable");
}

TEST_F(NamesInTheLedger, FindWhatWasSaidUnderAnIdOfBefore) {
  // What this item was before it was merged away.
  EXPECT_EQ(kinds(intel::item_id("osv", "GHSA-aaaa-bbbb-cccc").text()), kinds("CVE-2026-1111"));
}

TEST_F(NamesInTheLedger, AreShownForTheirUuids) {
  auto reader = store_->read();
  ASSERT_OK(reader);
  const auto decisions = (*reader)->ledger(0, 10, {.kind = "decision"});
  ASSERT_OK(decisions);
  EXPECT_EQ(subject_name(**reader, decisions->at(0)).value(), "CVE-2026-1111");
  const auto runs = (*reader)->ledger(0, 10, {.kind = "run"});
  ASSERT_OK(runs);
  EXPECT_EQ(subject_name(**reader, runs->at(0)).value(), "osv");
}

TEST_F(NamesInTheLedger, AreFollowedByWhatTheEntrySays) {
  auto reader = store_->read();
  ASSERT_OK(reader);
  const auto words = [&](const char* kind) {
    const auto entries = (*reader)->ledger(0, 100, {.kind = kind});
    EXPECT_OK(entries);
    return entries && !entries->empty() ? entry_words(entries->front()) : "no entry";
  };
  EXPECT_EQ(words("status"), "support-bot: affected");
  EXPECT_EQ(words("decision"), "watch");
  EXPECT_EQ(words("run"), "complete, 3 new, 0 changed");
  EXPECT_EQ(words("estate"), "1 asset");
  EXPECT_EQ(words("bond"), "two things");
  EXPECT_EQ(words("store"), "");
}

TEST_F(NamesInTheLedger, GiveTheLastEntriesUnlessAPlaceIsNamed) {
  auto reader = store_->read();
  ASSERT_OK(reader);
  const auto all = (*reader)->ledger(0, 1000);
  ASSERT_OK(all);
  const auto last = ledger_entries(**reader, {}, std::nullopt, 2);
  ASSERT_OK(last);
  ASSERT_EQ(last->size(), 2u);
  EXPECT_EQ(last->back().seq, all->back().seq);
  const auto run = ledger_entries(**reader, {.kind = "run"}, std::nullopt, 1);
  ASSERT_OK(run);
  ASSERT_EQ(run->size(), 1u);
  EXPECT_EQ(run->front().subject, "attack");
  const auto from = ledger_entries(**reader, {}, 1, 2);
  ASSERT_OK(from);
  EXPECT_EQ(from->front().seq, 1u);
}

}  // namespace
}  // namespace tocsin::prove
