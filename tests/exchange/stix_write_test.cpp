#include <gtest/gtest.h>

#include "base/json.hpp"
#include "exchange/stix.hpp"

namespace tocsin::exchange::stix {
namespace {

intel::Item item(const std::string& external, intel::Kind kind) {
  intel::Item out;
  out.id = intel::item_id("test", external);
  out.name = external;
  out.kind = kind;
  out.title = Foreign("A title of " + external);
  out.summary = Foreign("What it is.\nIn two lines, with \"quotes\" and \x1b[31m an escape.");
  if (auto id = intel::recognise(external)) out.ids.push_back(*id);
  out.sources = {"test"};
  out.layers = intel::Layer::tactical;
  out.references.push_back({"https://example.org/" + external, Foreign("")});
  return out;
}

constexpr Time kCreated{1'767'225'600'000'000};

std::vector<intel::Kind> every_kind() {
  std::vector<intel::Kind> kinds;
  for (int k = 0; k <= static_cast<int>(intel::Kind::other); ++k) kinds.push_back(static_cast<intel::Kind>(k));
  return kinds;
}

TEST(StixWrite, EveryKindOfItemKeepsEveryMust) {
  std::vector<intel::Item> items;
  for (intel::Kind kind : every_kind())
    items.push_back(item("CVE-2026-1" + std::to_string(static_cast<int>(kind)) + "00", kind));
  std::vector<Exported> exported;
  for (const intel::Item& one : items)
    exported.push_back(
        {&one, kCreated, kCreated, Json::object({{"empty", Json::array()}, {"nothing", Json()}, {"score", 71}})});
  const auto bundle = parse_json(write(exported, {"Example Ltd", kCreated}));
  ASSERT_TRUE(bundle) << bundle.error().message();
  for (const Breach& breach : check_bundle(*bundle)) ADD_FAILURE() << breach.rule << ": " << breach.what;
  EXPECT_EQ((*bundle)["objects"].size(), 3 + items.size());
}

TEST(StixWrite, TheSameItemsInAnyOrderAreTheSameBytes) {
  const intel::Item a = item("AML.T0051", intel::Kind::technique),
                    b = item("CVE-2026-1000", intel::Kind::vulnerability);
  const std::vector<Exported> one = {{&a, kCreated, kCreated, Json::object()},
                                     {&b, kCreated, kCreated, Json::object()}};
  const std::vector<Exported> other = {one[1], one[0]};
  EXPECT_EQ(write(one, {"Example", kCreated}), write(other, {"Example", kCreated}));
  EXPECT_NE(write(one, {"Example", kCreated}), write(one, {"Another", kCreated}));
}

TEST(StixWrite, LinksAmongWhatIsExportedBecomeRelationships) {
  intel::Item control = item("AML.M0015", intel::Kind::mitigation);
  control.links = {{"mitigates", {"atlas", "AML.T0051"}}, {"mitigates", {"atlas", "AML.T9999"}}};
  const intel::Item technique = item("AML.T0051", intel::Kind::technique);
  const auto bundle = parse_json(write(std::vector<Exported>{{&control, kCreated, kCreated, Json::object()},
                                                             {&technique, kCreated, kCreated, Json::object()}},
                                       {"E", kCreated}));
  std::size_t relationships = 0;
  for (const Json& object : (*bundle)["objects"].as_array()) {
    if (object["type"].as_string() != "relationship") continue;
    ++relationships;
    EXPECT_EQ(object["relationship_type"].as_string(), "mitigates");
    EXPECT_EQ(object["target_ref"].as_string(), "attack-pattern--" + technique.id.text());
  }
  EXPECT_EQ(relationships, 1u);  // the other end is not exported: no dangling reference
}

TEST(StixWrite, ModifiedIsNeverBeforeCreatedNorTheClock) {
  const intel::Item a = item("AML.T0051", intel::Kind::technique);
  const auto bundle =
      parse_json(write(std::vector<Exported>{{&a, kCreated, Time{0}, Json::object()}}, {"E", kCreated}));
  EXPECT_EQ((*bundle)["objects"].as_array()[3]["modified"].as_string(), "2026-01-01T00:00:00.000Z");
}

TEST(StixWrite, ReadsBackAsWhatItWas) {
  const intel::Item a = item("AML.T0051", intel::Kind::technique);
  const std::string text = write(std::vector<Exported>{{&a, kCreated, kCreated, Json::object()}}, {"E", kCreated});
  const auto reading = read(text, "own");
  ASSERT_EQ(reading->objects.size(), 4u);
  const auto record = to_record(reading->objects[3], "own");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->title.raw(), "A title of AML.T0051");
  EXPECT_EQ(record->ids[1].value, "AML.T0051");
}

}  // namespace
}  // namespace tocsin::exchange::stix
