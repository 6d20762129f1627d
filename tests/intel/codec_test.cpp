#include <gtest/gtest.h>

#include "intel/fold.hpp"
#include "intel/item.hpp"
#include "intel/record.hpp"

namespace tocsin::intel {
namespace {

Record full_record() {
  Record record;
  record.source = "osv";
  record.external_id = "PYSEC-2026-2";
  record.digest = sha256("bytes");
  record.licence = "CC-BY-4.0";
  record.parser_version = 3;
  record.kind = Kind::vulnerability;
  record.title = Foreign("a \"title\" with \x1b[31m and \xE2\x86\x92");
  record.summary = Foreign("two\nlines");
  record.ids = {{"pysec", "PYSEC-2026-2"}, {"cve", "CVE-2025-32434"}};
  record.references = {{"https://example.org/a", Foreign("A")}, {"https://example.org/b", Foreign()}};
  record.techniques = {"AML.T0010"};
  record.links = {{"mitigates", {"atlas", "AML.T0051"}}};
  record.published = *parse_time("2026-01-05T10:00:00Z");
  record.modified = *parse_time("2026-01-06T10:00:00.123456Z");
  record.withdrawn = *parse_time("2026-01-07");
  record.severity = Severity::critical;
  record.cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
  using Kind = versions::Event::Kind;
  record.affects.packages = {
      {"PyPI",
       "torch",
       {{versions::RangeType::ecosystem, {{Kind::introduced, "0"}, {Kind::fixed, "2.6.0"}, {Kind::limit, "3"}}},
        {versions::RangeType::git, {{Kind::introduced, "abc"}, {Kind::last_affected, "def"}}},
        {versions::RangeType::semver, {}}},
       {"2.5.0", "2.5.1"}}};
  record.affects.facets = {{"family", "llama-3", "stated"}};
  record.extra = Json::object({{"database_specific", Json::object({{"n", 1}})}});
  return record;
}

TEST(RecordJson, ReadsBackAsWritten) {
  const Record record = full_record();
  const Json json = to_json(record);
  const auto back = record_from_json(*parse_json(json.dump()));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(to_json(*back), json);
  EXPECT_EQ(content_digest(*back), content_digest(record));
  EXPECT_EQ(back->title, record.title);
  EXPECT_EQ(back->ids, record.ids);
  EXPECT_EQ(back->references, record.references);
  EXPECT_EQ(back->links, record.links);
  EXPECT_EQ(back->modified, record.modified);
  EXPECT_EQ(back->withdrawn, record.withdrawn);
  EXPECT_EQ(back->affects.packages, record.affects.packages);
  EXPECT_EQ(back->affects.facets, record.affects.facets);
  EXPECT_EQ(back->parser_version, 3u);
  EXPECT_EQ(back->extra, record.extra);
}

TEST(RecordJson, HasTheseKeys) {
  std::string keys;
  const Json json = to_json(full_record());
  for (const Json::Member& member : json.as_object()) keys += member.first + " ";
  EXPECT_EQ(keys,
            "external_id licence parser_version kind title summary ids references techniques links published modified "
            "withdrawn severity cvss affects extra ");
  EXPECT_EQ(to_json(full_record())["affects"]["packages"].as_array()[0]["ranges"].as_array()[0].dump(),
            R"({"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.6.0"},{"limit":"3"}]})");
  EXPECT_EQ(to_json(full_record())["modified"].as_string(), "2026-01-06T10:00:00.123456Z");
}

TEST(RecordJson, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(to_json(Record{}).dump(), R"({"parser_version":1,"kind":"other"})");
  const auto back = record_from_json(Json::object());
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(Record{}));
  EXPECT_TRUE(back->extra.is_object());
}

TEST(RecordJson, DigestIsOfTheUnderstoodPartOnly) {
  Record a = full_record();
  Record b = full_record();
  b.digest = sha256("other bytes");
  b.reply = sha256("reply");
  b.retrieved = {5};
  EXPECT_EQ(content_digest(a), content_digest(b));
  b.title = Foreign("another title");
  EXPECT_NE(content_digest(a), content_digest(b));
}

TEST(RecordJson, OfAnotherTypeIsDamage) {
  const std::pair<const char*, const char*> cases[] = {
      {R"([])", "a record should be an object"},
      {R"("x")", "a record should be an object"},
      {R"({"title":1})", "'title' should be a string but is number"},
      {R"({"kind":"alien"})", "'kind' has the unknown word 'alien'"},
      {R"({"severity":"bad"})", "'severity' has the unknown word 'bad'"},
      {R"({"ids":{}})", "'ids' should be an array"},
      {R"({"ids":["CVE-2025-1111"]})", "an id should be an object"},
      {R"({"ids":[{"scheme":1}]})", "'scheme' should be a string"},
      {R"({"links":[{"relation":"uses"}]})", "an id should be an object"},
      {R"({"references":[null]})", "a reference should be an object"},
      {R"({"techniques":[1]})", "should be a string but is number"},
      {R"({"published":"yesterday"})", "'published'"},
      {R"({"parser_version":-1})", "'parser_version'"},
      {R"({"parser_version":4294967296})", "'parser_version'"},
      {R"({"affects":[]})", "'affects' should be an object"},
      {R"({"affects":{"packages":[{"ranges":[{"type":"MAGIC"}]}]}})", "'type' has the unknown word 'MAGIC'"},
      {R"({"affects":{"packages":[{"ranges":[{"events":[{}]}]}]}})", "an event has none of"},
      {R"({"extra":[]})", "'extra' should be an object"},
  };
  for (const auto& [text, what] : cases) {
    const auto record = record_from_json(*parse_json(text));
    ASSERT_FALSE(record) << text;
    EXPECT_EQ(record.error().code, Code::malformed) << text;
    EXPECT_NE(record.error().message().find(what), std::string::npos) << text << " gave " << record.error().message();
  }
}

TEST(ItemJson, ReadsBackAsWrittenAndHasEveryKey) {
  const Record record = full_record();
  const Record* records[] = {&record};
  Item item = fold(records);
  item.layers = Layer::tactical | Layer::operational;
  const Json json = to_json(item);
  const auto back = item_from_json(*parse_json(json.dump()));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(to_json(*back), json);
  EXPECT_EQ(back->id, item.id);
  EXPECT_EQ(back->layers, item.layers);
  EXPECT_EQ(back->records, item.records);
  const Json empty = to_json(Item{});
  for (const char* key :
       {"id", "uuid", "title", "kind", "layers", "sources", "published", "modified", "withdrawn", "severity", "cvss",
        "techniques", "affects", "references", "links", "ids", "summary", "records"}) {
    EXPECT_NE(json.find(key), nullptr) << key;
    EXPECT_NE(empty.find(key), nullptr) << key;
  }
  EXPECT_EQ(json["id"].as_string(), "CVE-2025-32434");
  EXPECT_EQ(json["layers"].dump(), R"(["tactical","operational"])");
  EXPECT_TRUE(empty["published"].is_null());
}

TEST(ItemJson, WithoutItsIdIsDamage) {
  EXPECT_FALSE(item_from_json(Json::object()));
  Json json = to_json(Item{});
  EXPECT_TRUE(item_from_json(json));
  EXPECT_FALSE(item_from_json(json.set("layers", Json::array().push("cosmic"))));
  json = to_json(Item{});
  EXPECT_FALSE(item_from_json(json.set("records", Json::array().push("abc"))));
}

TEST(ItemId, IsTheSameEverywhere) {
  EXPECT_EQ(item_id("osv", "PYSEC-2026-2"),
            uuid_v5(tocsin_namespace(), std::string_view("item\0osv\0PYSEC-2026-2", 21)));
  EXPECT_NE(item_id("os", "vX"), item_id("osv", "X"));
}

}  // namespace
}  // namespace tocsin::intel
