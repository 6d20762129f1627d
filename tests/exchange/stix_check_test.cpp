// Every MUST that check() knows, each broken once: the object is good until one thing is wrong with it.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "exchange/stix.hpp"

namespace tocsin::exchange::stix {
namespace {

constexpr const char* kId = "--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69";

Json good(const std::string& type) {
  Json object = Json::object({{"type", type},
                              {"spec_version", "2.1"},
                              {"id", type + kId},
                              {"created", "2026-01-01T00:00:00.000Z"},
                              {"modified", "2026-01-02T00:00:00.000Z"}});
  if (type == "indicator") {
    object.set("pattern", "[ipv4-addr:value = '203.0.113.7']")
        .set("pattern_type", "stix")
        .set("valid_from", "2026-01-01T00:00:00Z");
  } else if (type == "relationship") {
    object.set("relationship_type", "uses")
        .set("source_ref", std::string("campaign") + kId)
        .set("target_ref", std::string("malware") + kId);
  } else if (type == "malware") {
    object.set("is_family", true).set("name", "grey heron");
  } else if (type == "report") {
    object.set("name", "a report")
        .set("published", "2026-01-01T00:00:00Z")
        .set("object_refs", Json(Json::Array{Json(std::string("malware") + kId)}));
  } else if (type == "observed-data") {
    object.set("first_observed", "2026-01-01T00:00:00Z")
        .set("last_observed", "2026-01-01T00:00:00Z")
        .set("number_observed", 3);
  } else if (type == "sighting") {
    object.set("sighting_of_ref", std::string("indicator") + kId);
  } else if (type == "location") {
    object.set("country", "de");
  } else if (type == "extension-definition") {
    object.set("name", "n")
        .set("schema", "s")
        .set("version", "1.0.0")
        .set("created_by_ref", std::string("identity") + kId);
    object.set("extension_types", Json(Json::Array{Json("property-extension")}));
  } else {
    object.set("name", "a name");
  }
  return object;
}

Json good_sco(const std::string& type, const std::string& key, const Json& value) {
  return Json::object({{"type", type}, {"spec_version", "2.1"}, {"id", type + kId}, {key, value}});
}

Json without(const Json& object, std::string_view key) {
  Json out = Json::object();
  for (const auto& [name, value] : object.as_object())
    if (name != key) out.set(name, value);
  return out;
}

struct Case {
  const char* name;
  const char* rule;
  std::function<Json()> broken;
  std::function<Json()> whole;  // the same object before it was broken
};

std::vector<Case> cases() {
  auto ap = [] { return good("attack-pattern"); };
  auto with = [](std::string type, std::string key, Json value) { return [=] { return good(type).set(key, value); }; };
  auto list = [](Json value) { return Json(Json::Array{std::move(value)}); };
  return {
      {"no_type", "required", [=] { return without(ap(), "type"); }, ap},
      {"no_id", "required", [=] { return without(ap(), "id"); }, ap},
      {"no_spec_version", "required", [=] { return without(ap(), "spec_version"); }, ap},
      {"no_created", "required", [=] { return without(ap(), "created"); }, ap},
      {"no_modified", "required", [=] { return without(ap(), "modified"); }, ap},
      {"no_name", "required", [=] { return without(ap(), "name"); }, ap},
      {"indicator_without_pattern", "required", [] { return without(good("indicator"), "pattern"); },
       [] { return good("indicator"); }},
      {"indicator_without_pattern_type", "required", [] { return without(good("indicator"), "pattern_type"); },
       [] { return good("indicator"); }},
      {"indicator_without_valid_from", "required", [] { return without(good("indicator"), "valid_from"); },
       [] { return good("indicator"); }},
      {"malware_without_is_family", "required", [] { return without(good("malware"), "is_family"); },
       [] { return good("malware"); }},
      {"malware_family_without_name", "required", [] { return without(good("malware"), "name"); },
       [] { return good("malware"); }},
      {"relationship_without_type", "required", [] { return without(good("relationship"), "relationship_type"); },
       [] { return good("relationship"); }},
      {"relationship_without_source", "required", [] { return without(good("relationship"), "source_ref"); },
       [] { return good("relationship"); }},
      {"relationship_without_target", "required", [] { return without(good("relationship"), "target_ref"); },
       [] { return good("relationship"); }},
      {"sighting_of_nothing", "required", [] { return without(good("sighting"), "sighting_of_ref"); },
       [] { return good("sighting"); }},
      {"location_nowhere", "required", [] { return without(good("location"), "country"); },
       [] { return good("location"); }},
      {"extension_without_creator", "required", [] { return without(good("extension-definition"), "created_by_ref"); },
       [] { return good("extension-definition"); }},
      {"file_without_name_and_hashes", "required", [] { return without(good_sco("file", "name", "a"), "name"); },
       [] { return good_sco("file", "name", "a"); }},
      {"marking_without_definition", "required",
       [] { return without(without(good("marking-definition"), "modified"), "name"); },
       [] {
         return without(without(good("marking-definition"), "modified"), "name")
             .set("definition_type", "statement")
             .set("definition", Json::object({{"statement", "ours"}}));
       }},
      {"other_spec_version", "spec-version", with("tool", "spec_version", "2.0"), [] { return good("tool"); }},
      {"type_in_capitals", "type-name",
       [] { return good("tool").set("type", "Tool").set("id", std::string("Tool") + kId); },
       [] { return good("tool"); }},
      {"id_of_another_type", "id", with("tool", "id", std::string("malware") + kId), [] { return good("tool"); }},
      {"id_without_uuid", "id", with("tool", "id", "tool--17"), [] { return good("tool"); }},
      {"id_in_capitals", "id", with("tool", "id", "tool--8C3F2F6E-6F0D-4E7C-9A5B-1F2D3C4B5A69"),
       [] { return good("tool"); }},
      {"sco_id_not_the_computed_one", "sco-id",
       [] {
         return good_sco("ipv4-addr", "value", "198.51.100.3")
             .set("id", "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c5");
       },
       [] {
         return good_sco("ipv4-addr", "value", "198.51.100.3")
             .set("id", "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
       }},
      {"sco_with_created", "sco-common",
       [] { return good_sco("url", "value", "https://a.example").set("created", "2026-01-01T00:00:00.000Z"); },
       [] { return good_sco("url", "value", "https://a.example"); }},
      {"modified_before_created", "order", with("tool", "modified", "2025-01-01T00:00:00.000Z"),
       [] { return good("tool"); }},
      {"valid_until_at_valid_from", "order", with("indicator", "valid_until", "2026-01-01T00:00:00Z"),
       with("indicator", "valid_until", "2026-01-01T00:00:01Z")},
      {"stop_at_start", "order",
       [] {
         return good("relationship").set("start_time", "2026-01-01T00:00:00Z").set("stop_time", "2026-01-01T00:00:00Z");
       },
       [] {
         return good("relationship").set("start_time", "2026-01-01T00:00:00Z").set("stop_time", "2026-01-01T00:00:01Z");
       }},
      {"last_seen_before_first", "order",
       [] {
         return good("campaign").set("first_seen", "2026-02-01T00:00:00Z").set("last_seen", "2026-01-01T00:00:00Z");
       },
       [] {
         return good("campaign").set("first_seen", "2026-01-01T00:00:00Z").set("last_seen", "2026-01-01T00:00:00Z");
       }},
      {"observed_backwards", "order", with("observed-data", "last_observed", "2025-01-01T00:00:00Z"),
       [] { return good("observed-data"); }},
      {"time_without_z", "timestamp", with("tool", "created", "2026-01-01T00:00:00.000+00:00"),
       [] { return good("tool"); }},
      {"time_with_blank", "timestamp", with("tool", "created", "2026-01-01 00:00:00.000Z"),
       [] { return good("tool"); }},
      {"time_of_day_25", "timestamp", with("tool", "created", "2026-01-01T25:00:00.000Z"), [] { return good("tool"); }},
      {"date_alone", "timestamp", with("indicator", "valid_from", "2026-01-01"), [] { return good("indicator"); }},
      {"modified_without_milliseconds", "timestamp-precision", with("tool", "modified", "2026-01-02T00:00:00Z"),
       [] { return good("tool"); }},
      {"empty_list", "empty-list", with("tool", "labels", Json::array()), with("tool", "labels", list("a"))},
      {"empty_list_deep_inside", "empty-list",
       with("tool", "extensions",
            Json::object({{std::string("extension-definition") + kId,
                           Json::object({{"extension_type", "property-extension"}, {"inner", Json::array()}})}})),
       with("tool", "extensions",
            Json::object({{std::string("extension-definition") + kId,
                           Json::object({{"extension_type", "property-extension"}, {"inner", 1}})}}))},
      {"null", "null", with("tool", "description", Json()), with("tool", "description", "d")},
      {"property_name_with_dash", "property-name", with("tool", "my-property", 1), with("tool", "my_property", 1)},
      {"property_name_too_short", "property-name", with("tool", "ab", 1), with("tool", "abc", 1)},
      {"property_name_too_long", "property-name", with("tool", std::string(251, 'a'), 1),
       with("tool", std::string(250, 'a'), 1)},
      {"dictionary_key_with_blank", "dictionary-key", with("tool", "own_map", Json::object({{"a b", 1}})),
       with("tool", "own_map", Json::object({{"a-B_1", 1}}))},
      {"dictionary_key_too_long", "dictionary-key", with("tool", "own_map", Json::object({{std::string(251, 'k'), 1}})),
       with("tool", "own_map", Json::object({{std::string(250, 'k'), 1}}))},
      {"confidence_over_100", "confidence", with("tool", "confidence", 101), with("tool", "confidence", 100)},
      {"confidence_below_zero", "confidence", with("tool", "confidence", -1), with("tool", "confidence", 0)},
      {"revoked_as_text", "boolean", with("tool", "revoked", "true"), with("tool", "revoked", true)},
      {"reference_without_uuid", "reference", with("relationship", "target_ref", "malware--x"),
       [] { return good("relationship"); }},
      {"references_no_list", "reference", with("report", "object_refs", std::string("malware") + kId),
       [] { return good("report"); }},
      {"created_by_a_tool", "creator", with("tool", "created_by_ref", std::string("tool") + kId),
       with("tool", "created_by_ref", std::string("identity") + kId)},
      {"marked_with_an_identity", "marking-reference",
       with("tool", "object_marking_refs", list(std::string("identity") + kId)),
       with("tool", "object_marking_refs", list(std::string("marking-definition") + kId))},
      {"external_reference_without_source", "external-reference",
       with("tool", "external_references", list(Json::object({{"url", "https://a.example"}}))),
       with("tool", "external_references", list(Json::object({{"source_name", "a"}, {"url", "https://a.example"}})))},
      {"external_reference_that_refers_to_nothing", "external-reference",
       with("tool", "external_references", list(Json::object({{"source_name", "a"}}))),
       with("tool", "external_references", list(Json::object({{"source_name", "a"}, {"external_id", "1"}})))},
      {"granular_marking_without_selectors", "granular-marking",
       with("tool", "granular_markings",
            list(Json::object({{"marking_ref", std::string("marking-definition") + kId}}))),
       with("tool", "granular_markings",
            list(Json::object(
                {{"marking_ref", std::string("marking-definition") + kId}, {"selectors", list("name")}})))},
      {"kill_chain_without_phase", "kill-chain",
       with("tool", "kill_chain_phases", list(Json::object({{"kill_chain_name", "k"}}))),
       with("tool", "kill_chain_phases", list(Json::object({{"kill_chain_name", "k"}, {"phase_name", "p"}})))},
      {"hash_too_short", "hashes", [] { return good_sco("file", "hashes", Json::object({{"MD5", "0123"}})); },
       [] { return good_sco("file", "hashes", Json::object({{"MD5", "0123456789abcdef0123456789abcdef"}})); }},
      {"labels_no_list", "list", with("tool", "labels", "a"), with("tool", "labels", list("a"))},
      {"relationship_word_with_blank", "relationship-type", with("relationship", "relationship_type", "is used by"),
       [] { return good("relationship"); }},
      {"relationship_of_a_relationship", "relationship-ends",
       with("relationship", "source_ref", std::string("relationship") + kId), [] { return good("relationship"); }},
      {"empty_pattern", "pattern", with("indicator", "pattern", ""), [] { return good("indicator"); }},
      {"sighting_count_below_zero", "count", with("sighting", "count", -1), with("sighting", "count", 0)},
      {"observed_zero_times", "count", with("observed-data", "number_observed", 0),
       [] { return good("observed-data"); }},
      {"artifact_with_payload_and_url", "artifact",
       [] {
         return good_sco("artifact", "payload_bin", "AA==")
             .set("url", "https://a.example")
             .set("hashes", Json::object({{"MD5", "0123456789abcdef0123456789abcdef"}}));
       },
       [] { return good_sco("artifact", "payload_bin", "AA=="); }},
      {"artifact_url_without_hashes", "artifact", [] { return good_sco("artifact", "url", "https://a.example"); },
       [] {
         return good_sco("artifact", "url", "https://a.example")
             .set("hashes", Json::object({{"MD5", "0123456789abcdef0123456789abcdef"}}));
       }},
      {"marking_with_modified", "marking-modified",
       [] {
         return good("marking-definition")
             .set("definition_type", "statement")
             .set("definition", Json::object({{"statement", "ours"}}));
       },
       [] {
         return without(good("marking-definition")
                            .set("definition_type", "statement")
                            .set("definition", Json::object({{"statement", "ours"}})),
                        "modified");
       }},
      {"private_copy_of_tlp", "tlp",
       [] {
         return without(good("marking-definition")
                            .set("definition_type", "tlp")
                            .set("definition", Json::object({{"tlp", "green"}})),
                        "modified");
       },
       [] {
         return Json::object({{"type", "marking-definition"},
                              {"spec_version", "2.1"},
                              {"id", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"},
                              {"created", "2017-01-20T00:00:00.000Z"},
                              {"definition_type", "tlp"},
                              {"name", "TLP:GREEN"},
                              {"definition", Json::object({{"tlp", "green"}})}});
       }},
      {"unknown_extension_type", "extension-type", with("extension-definition", "extension_types", list("new-thing")),
       [] { return good("extension-definition"); }},
      {"empty_extensions", "extensions", with("tool", "extensions", Json::object()),
       with("tool", "extensions",
            Json::object({{std::string("extension-definition") + kId,
                           Json::object({{"extension_type", "property-extension"}})}}))},
      {"extension_without_type", "extensions",
       with("tool", "extensions",
            Json::object({{std::string("extension-definition") + kId, Json::object({{"a", 1}})}})),
       with("tool", "extensions",
            Json::object({{std::string("extension-definition") + kId,
                           Json::object({{"extension_type", "property-extension"}})}}))},
      {"type_of_nobody", "unknown-type",
       [] { return good("tool").set("type", "model").set("id", std::string("model") + kId); },
       [] { return good("tool"); }},
  };
}

class StixCheck : public testing::TestWithParam<Case> {};

bool breaks(const Json& object, const std::string& rule) {
  const auto breaches = check(object);
  return std::any_of(breaches.begin(), breaches.end(), [&](const Breach& b) { return b.rule == rule; });
}

TEST_P(StixCheck, FindsTheBreachAndOnlyThere) {
  EXPECT_TRUE(breaks(GetParam().broken(), GetParam().rule)) << GetParam().broken().dump();
  EXPECT_FALSE(breaks(GetParam().whole(), GetParam().rule)) << GetParam().whole().dump();
}
INSTANTIATE_TEST_SUITE_P(, StixCheck, testing::ValuesIn(cases()), [](const auto& one) { return one.param.name; });

TEST(StixCheckOfAnObject, AcceptsEveryTypeThatIsGood) {
  for (const char* type :
       {"attack-pattern", "campaign", "course-of-action", "identity", "incident", "indicator", "infrastructure",
        "intrusion-set", "location", "malware", "observed-data", "report", "threat-actor", "tool", "vulnerability",
        "relationship", "sighting", "extension-definition"}) {
    const auto breaches = check(good(type));
    EXPECT_TRUE(breaches.empty()) << type << ": " << (breaches.empty() ? "" : breaches.front().what);
  }
}

TEST(StixCheckOfAnObject, SurvivesWhatIsNoObject) {
  for (const Json& value : {Json(), Json(1), Json("text"), Json::array(), Json::object()})
    EXPECT_FALSE(check(value).empty());
}

TEST(StixCheckOfABundle, FindsWhatOnlyABundleCanBreak) {
  const Json whole = Json::object(
      {{"type", "bundle"}, {"id", std::string("bundle") + kId}, {"objects", Json(Json::Array{good("tool")})}});
  EXPECT_TRUE(check_bundle(whole).empty());
  auto rule_of = [](Json bundle) {
    const auto breaches = check_bundle(bundle);
    return breaches.empty() ? std::string() : breaches.front().rule;
  };
  EXPECT_EQ(rule_of(Json(whole).set("spec_version", "2.1")), "bundle-spec-version");
  EXPECT_EQ(rule_of(Json(whole).set("id", "bundle--1")), "id");
  EXPECT_EQ(rule_of(Json(whole).set("type", "bundles")), "bundle");
  EXPECT_EQ(rule_of(Json(whole).set("objects", Json::array())), "empty-list");
  EXPECT_EQ(rule_of(Json(whole).set("objects", Json(Json::Array{good("tool"), good("tool")}))), "version");
}

}  // namespace
}  // namespace tocsin::exchange::stix
