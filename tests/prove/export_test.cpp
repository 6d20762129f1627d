// What leaves the house as STIX, and when it says that it changed.
#include "prove/export.hpp"

#include "base/json.hpp"
#include "exchange/stix.hpp"
#include "prove/register.hpp"
#include "prove/views.hpp"
#include "store/world.hpp"

namespace tocsin::prove {
namespace {

using namespace store::test;

class ADecisionLeavesTheHouse : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open(world_.url(), world_.options());
    ASSERT_OK(opened);
    store_ = std::move(*opened);
    ASSERT_OK(collect(*store_, {record("osv", "A", {"CVE-2026-0001"}, "title")}));
    id_ = (*store_->read())->find("CVE-2026-0001").value().at(0);
  }
  void decide(const judgement::Decision& one) {
    ASSERT_OK(store_->write("decide", [&](store::Transaction& tx) { return tx.put_decision(one); }));
  }
  Json exported() {
    auto reader = store_->read();
    const auto out = export_stix(**reader, {}, "Example");
    EXPECT_OK(out);
    const auto bundle = parse_json(out->bundle);
    EXPECT_OK(bundle);
    for (const auto& breach : exchange::stix::check_bundle(*bundle))
      ADD_FAILURE() << breach.rule << ": " << breach.what;
    for (const Json& object : (*bundle)["objects"].as_array())
      if (object["type"].as_string() == "vulnerability") return object;
    ADD_FAILURE() << "the item is missing";
    return {};
  }
  static Json decision_of(const Json& object) { return object["extensions"].as_object().begin()->second["decision"]; }

  World world_;
  std::unique_ptr<store::Store> store_;
  Uuid id_;
};

TEST_F(ADecisionLeavesTheHouse, WithItsScopeAndItsEnd) {
  auto put_off = decision(id_, "put off", judgement::Verdict::defer);
  put_off.until = world_.clock.now() + std::chrono::hours(24);
  decide(put_off);
  Json told = decision_of(exported());
  EXPECT_EQ(told["verdict"].as_string(), "defer");
  EXPECT_EQ(told["state"].as_string(), "in_force");
  EXPECT_EQ(told["until"].as_string(), to_rfc3339(*put_off.until));
  EXPECT_TRUE(told["scope"].is_null()) << "for all";
  EXPECT_TRUE(told["by"].is_null());
  auto narrow = decision(id_, "narrow", judgement::Verdict::act);
  narrow.scope = {"bot", "sorter"};
  decide(narrow);
  EXPECT_EQ(decision_of(exported())["verdict"].as_string(), "defer") << "for all, and it holds";
  world_.clock.advance(std::chrono::hours(25));
  const Json object = exported();
  told = decision_of(object);
  EXPECT_EQ(told["verdict"].as_string(), "act") << "the other one holds no more";
  ASSERT_EQ(told["scope"].as_array().size(), 2u);
  EXPECT_EQ(told["scope"].as_array()[0].as_string(), "bot");
  EXPECT_EQ(object["modified"].as_string(), to_rfc3339_ms(*put_off.until)) << "since then it says something else";
}

TEST_F(ADecisionLeavesTheHouse, AsExpiredWhereverItIsPrinted) {
  auto put_off = decision(id_, "put off", judgement::Verdict::defer);
  put_off.until = world_.clock.now() + std::chrono::hours(24);
  decide(put_off);
  world_.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(decision_of(exported())["state"].as_string(), "expired");
  auto reader = store_->read();
  const auto row = (*reader)->item(id_);
  ASSERT_OK(row);
  const Json view = item_view(**row)["decision"];
  EXPECT_EQ(view["state"].as_string(), "expired");
  EXPECT_EQ(view["until"].as_string(), to_rfc3339(*put_off.until));
  EXPECT_EQ(view["scope"].as_string(), "all");
  const auto sheet = intelligence_register(**reader, {});
  ASSERT_OK(sheet);
  const auto rows = parse_json(exchange::to_json_text(*sheet));
  ASSERT_OK(rows);
  EXPECT_EQ(rows->as_array().at(0)["decision_state"].as_string(), "expired");
  EXPECT_NE(rows->as_array()[0]["decisions"].as_array().at(0).as_string().find(", expired ("), std::string::npos);
}

}  // namespace
}  // namespace tocsin::prove
