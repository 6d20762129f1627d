// The register that an auditor files.
#include "prove/register.hpp"

#include "exchange/sheet.hpp"
#include "prove/views.hpp"
#include "store/world.hpp"

namespace tocsin::prove {
namespace {

using judgement::Status;
using namespace store::test;

TEST(TheRegister, BeginsWithWhatMattersMostAndKeepsItsTypes) {
  World world;
  auto store = store::open(world.url(), world.options());
  ASSERT_OK(store);
  struct Case {
    const char* name;
    Status status;
    int score;
  };
  // In order of arrival: none of it the order of importance.
  const std::vector<Case> cases = {{"CVE-2026-0005", Status::not_affected, 9},
                                   {"CVE-2026-0004", Status::fixed, 5},
                                   {"CVE-2026-0003", Status::under_investigation, 90},
                                   {"CVE-2026-0007", Status::affected, 40},
                                   {"CVE-2026-0002", Status::affected, 40},
                                   {"CVE-2026-0001", Status::affected, 80}};
  for (const Case& one : cases) {
    ASSERT_OK(collect(**store, {record("osv", one.name, {one.name}, "title")}));
    ASSERT_OK((*store)->write("assess", [&](store::Transaction& tx) -> Result<> {
      TOCSIN_CHECK(tx.begin_assessment({}));
      TOCSIN_TRY(const auto id, tx.find(one.name));
      store::Judged judged;
      judged.status = one.status;
      judged.score = one.score;
      judged.layers = intel::Layer::operational;
      std::vector<judgement::Assessment> rows;
      if (one.status != Status::not_affected) rows = {assessment(id.at(0), "bot", one.status, one.score)};
      TOCSIN_TRY(const bool changed, tx.replace_assessments(id.at(0), judged, rows, {}));
      static_cast<void>(changed);
      TOCSIN_TRY(const auto run, tx.end_assessment());
      static_cast<void>(run);
      return {};
    }));
  }
  auto reader = (*store)->read();
  ASSERT_OK(reader);
  const auto sheet = intelligence_register(**reader, {.everything = true});
  ASSERT_OK(sheet);
  const auto json = parse_json(exchange::to_json_text(*sheet));
  ASSERT_OK(json);
  std::string order;
  for (const Json& row : json->as_array()) order += row["id"].as_string().substr(12);
  EXPECT_EQ(order, "127345");
  const Json& first = json->as_array().at(0);
  EXPECT_EQ(first["score"].as_int(), 80);
  EXPECT_EQ(first["layers"].as_array().size(), 1u);
  EXPECT_EQ(first["applies_to"].as_array().at(0).as_string(), "bot (affected)");
  EXPECT_TRUE(first["decision"].is_null());
  EXPECT_TRUE(first["ledger"].is_null());
  EXPECT_TRUE(first["actions"].is_array());
  EXPECT_EQ(first["published"].as_string(), "2023-11-14");
}

// An auditor asks what was done about a flaw: one that is fixed is the answer.
TEST(TheRegister, HasWhatIsFixedAndLeavesOutWhatTouchesNothing) {
  World world;
  auto store = store::open(world.url(), world.options());
  ASSERT_OK(store);
  ASSERT_OK(collect(**store,
                    {record("osv", "A", {"CVE-2026-0001"}, "fixed"), record("osv", "B", {"CVE-2026-0002"}, "aside")}));
  ASSERT_OK((*store)->write("assess", [&](store::Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    TOCSIN_TRY(const auto fixed, tx.find("CVE-2026-0001"));
    TOCSIN_TRY(const auto aside, tx.find("CVE-2026-0002"));
    store::Judged judged;
    judged.status = Status::fixed;
    TOCSIN_CHECK(
        tx.replace_assessments(fixed.at(0), judged, std::vector{assessment(fixed.at(0), "bot", Status::fixed, 5)}, {}));
    judged.status = Status::not_affected;
    TOCSIN_CHECK(tx.replace_assessments(aside.at(0), judged, {}, {}));
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  auto reader = (*store)->read();
  ASSERT_OK(reader);
  const auto rows = [&](bool everything) {
    LeftOut left_out;
    const auto sheet = intelligence_register(**reader, {.everything = everything}, &left_out);
    EXPECT_EQ(left_out.set_aside, everything ? 0u : 1u);
    EXPECT_EQ(left_out.all(), left_out.set_aside);
    EXPECT_OK(sheet);
    return parse_json(exchange::to_json_text(*sheet)).value();
  };
  ASSERT_EQ(rows(false).size(), 1u);
  EXPECT_EQ(rows(false).as_array()[0]["applies_to"].as_array().at(0).as_string(), "bot (fixed)");
  EXPECT_EQ(rows(true).size(), 2u);
}

TEST(TheRegister, NamesEveryDecisionThatHoldsAndFirstTheOneThatCounts) {
  World world;
  auto store = store::open(world.url(), world.options());
  ASSERT_OK(store);
  ASSERT_OK(collect(**store, {record("osv", "A", {"CVE-2026-0001"}, "title")}));
  const Uuid id = (*(*store)->read())->find("CVE-2026-0001").value().at(0);
  auto narrow = decision(id, "narrow", judgement::Verdict::act);  // later, and only for one asset
  narrow.scope = {"bot"};
  for (const auto& one : {decision(id, "superseded"), decision(id, "all", judgement::Verdict::inform), narrow})
    ASSERT_OK((*store)->write("decide", [&](store::Transaction& tx) { return tx.put_decision(one); }));
  auto reader = (*store)->read();
  ASSERT_OK(reader);
  const auto sheet = intelligence_register(**reader, {});
  ASSERT_OK(sheet);
  const auto json = parse_json(exchange::to_json_text(*sheet));
  ASSERT_OK(json);
  ASSERT_EQ(json->size(), 1u);
  const Json& row = json->as_array()[0];
  EXPECT_EQ(row["decision"].as_string(), "inform");
  EXPECT_EQ(row["rationale"].as_string(), "because of all");
  ASSERT_EQ(row["decisions"].as_array().size(), 2u);
  EXPECT_TRUE(row["decisions"].as_array()[0].as_string().starts_with("act for bot by ana on "));
  EXPECT_TRUE(row["decisions"].as_array()[1].as_string().ends_with("): because of all"));
  // Lists of items and their JSON say the same.
  const auto item = (*reader)->item(id);
  ASSERT_OK(item);
  EXPECT_EQ((*item)->verdict, judgement::Verdict::inform);
  EXPECT_EQ(item_view(**item)["decision"]["verdict"].as_string(), "inform");
}

}  // namespace
}  // namespace tocsin::prove
