#include <gtest/gtest.h>

#include "base/utf8.hpp"
#include "exchange/stix.hpp"

namespace tocsin::exchange::stix {
namespace {

using namespace std::string_literals;

const std::string kOne =
    R"({"type":"attack-pattern","id":"attack-pattern--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z","name":"Prompt smuggling","external_references":[{"source_name":"mitre-atlas","external_id":"AML.T0051"},{"source_name":"cve","external_id":"CVE-2026-1"}]})";
const std::string kTwo =
    R"({ "type" : "relationship", "id":"relationship--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69","relationship_type":"uses","source_ref":"campaign--a","target_ref":"tool--b" })";

std::string bundle(const std::string& objects) {
  return R"({"type":"bundle","id":"bundle--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69","objects":[)" + objects + "]}";
}

TEST(StixRead, KeepsEachObjectByteForByteWithItsPlace) {
  const std::string text = bundle(kOne + ",\n  " + kTwo);
  const auto reading = read(text, "b.json");
  ASSERT_TRUE(reading) << reading.error().message();
  ASSERT_EQ(reading->objects.size(), 2u);
  EXPECT_EQ(reading->objects[0].bytes, kOne);
  EXPECT_EQ(reading->objects[1].bytes, kTwo);
  EXPECT_EQ(text.substr(reading->objects[1].offset, kTwo.size()), kTwo);
  EXPECT_EQ(reading->entries, 2u);
}

TEST(StixRead, TakesAListAndASingleObject) {
  EXPECT_EQ(read("[" + kOne + "," + kTwo + "]", "l")->objects.size(), 2u);
  EXPECT_EQ(read(kOne, "o")->objects.size(), 1u);
  EXPECT_EQ(read("\xEF\xBB\xBF" + bundle(kOne), "bom")->objects.size(), 1u);
}

TEST(StixRead, LosesOnlyTheBrokenObject) {
  const auto reading = read(
      bundle(kOne + R"(,{"type":"tool"},17,{"type":"bundle","id":"bundle--x"},{"id":"a--b","type":"x" "y":1},)" + kTwo),
      "b.json");
  ASSERT_TRUE(reading) << reading.error().message();
  EXPECT_EQ(reading->objects.size(), 2u);
  EXPECT_EQ(reading->rejects.size(), 4u);
  EXPECT_EQ(reading->entries, reading->objects.size() + reading->rejects.size());
  EXPECT_EQ(reading->rejects[0].place, "b.json: objects[1]");
}

TEST(StixRead, CutAnywhereCountsWhatItSaw) {
  const std::string text = bundle(kOne + "," + kTwo);
  for (std::size_t n = 0; n < text.size(); ++n) {
    const auto reading = read(std::string_view(text).substr(0, n), "cut");
    if (!reading) {
      EXPECT_FALSE(reading.error().what.empty());
      continue;
    }
    EXPECT_EQ(reading->entries, reading->objects.size() + reading->rejects.size()) << n;
    EXPECT_FALSE(reading->rejects.empty()) << "cut at " << n << " and nothing said";
  }
}

TEST(StixRead, RefusesWhatIsNoStix) {
  for (const std::string& text : {""s, "   "s, "hello"s, "{}"s, R"({"a":1})"s, "17"s, "null"s,
                                  R"({"type":"bundle","objects":{}})"s, "\0\0\0"s, std::string(300'000, '[')}) {
    const auto reading = read(text, "x");
    EXPECT_TRUE(!reading || (reading->objects.empty() && !reading->rejects.empty())) << text.substr(0, 40);
  }
}

TEST(StixRead, MakesRecordsOfListedTypesAndEdgesOfRelationships) {
  const std::string text = bundle(kOne + "," + kTwo);
  const auto reading = read(text, "b");
  const auto record = to_record(reading->objects[0], "partner");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->source, "partner");
  EXPECT_EQ(record->kind, intel::Kind::technique);
  EXPECT_EQ(record->digest, sha256(kOne));
  ASSERT_EQ(record->ids.size(), 2u);  // a CVE only mentioned by a technique is no name of it
  EXPECT_EQ(record->ids[1].value, "AML.T0051");
  EXPECT_FALSE(to_edge(reading->objects[0]));
  EXPECT_FALSE(to_record(reading->objects[1], "partner"));
  const auto edge = to_edge(reading->objects[1]);
  ASSERT_TRUE(edge);
  EXPECT_EQ(edge->relation, "uses");
  EXPECT_EQ(edge->from, "campaign--a");
}

TEST(StixRead, NamesAVulnerabilityByItsCve) {
  const auto reading = read(
      R"({"type":"vulnerability","id":"vulnerability--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69","name":"CVE-2025-32434","revoked":true,"modified":"2026-01-02T00:00:00.000Z"})",
      "v");
  const auto record = to_record(reading->objects[0], "s");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->ids.back(), (intel::Id{"cve", "CVE-2025-32434"}));
  EXPECT_TRUE(record->withdrawn);
}

// As those of other sources: no NUL that cuts a text short, no C1 controls that a terminal obeys. The object stays as
// it came.
TEST(StixRead, CleansTheTextsOfARecordAndNotTheObject) {
  const std::string raw = R"({"type":"indicator","id":"indicator--a\u009bb","name":"a\u0000b\u009b31mc",)"
                          R"("description":"\u0093quoted\u0094 \u0000","pattern":"[x = '\u0092']","valid_from":"2026",)"
                          R"("external_references":[{"source_name":"s\u0080","url":"https://x.test/\u0085"}]})";
  const auto reading = read(raw, "one.json");
  ASSERT_TRUE(reading) << reading.error().message();
  ASSERT_EQ(reading->objects.size(), 1u);
  EXPECT_EQ(reading->objects[0].bytes, raw);
  const auto record = to_record(reading->objects[0], "import");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->title.raw(), "a\ufffdb›31mc");
  EXPECT_EQ(record->summary.raw(), "“quoted” \ufffd");
  EXPECT_EQ(record->references.at(0).title.raw(), "s€");
  const std::string all = intel::to_json(*record).dump() + record->external_id + record->ids.at(0).value;
  for (std::size_t at = 0; at < all.size(); at += utf8_at(all, at).size)
    EXPECT_FALSE(utf8_at(all, at).code >= 0x7f && utf8_at(all, at).code <= 0x9f) << all.substr(at);
  EXPECT_EQ(all.find("\\u0000"), std::string::npos) << all;
  EXPECT_EQ(all.find('\0'), std::string::npos);
}

TEST(StixSco, KnowsOneHashOnly) {
  const std::string md5 = "0123456789abcdef0123456789abcdef", sha(64, 'a');
  const auto one = sco_id(Json::object({{"type", "file"}, {"hashes", Json::object({{"MD5", md5}})}}));
  const auto both =
      sco_id(Json::object({{"type", "file"}, {"hashes", Json::object({{"SHA-256", sha}, {"MD5", md5}})}}));
  const auto other = sco_id(Json::object({{"type", "file"}, {"hashes", Json::object({{"SHA-256", sha}})}}));
  ASSERT_TRUE(one && both && other);
  EXPECT_EQ(*one, *both);
  EXPECT_NE(*one, *other);
  EXPECT_FALSE(sco_id(Json::object({{"type", "process"}, {"pid", 3}})));
  EXPECT_EQ(*sco_id(Json::object({{"type", "ipv4-addr"}, {"value", "198.51.100.3"}})),
            "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
}

}  // namespace
}  // namespace tocsin::exchange::stix
