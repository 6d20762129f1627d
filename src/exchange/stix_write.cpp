// Our items as STIX 2.1. Ids are the items' own UUIDv5 (never in the namespace of the SCO rule), times come from the
// records, order is by id: the same items give the same bytes. What STIX has no words for (layers, assessments,
// decisions) travels in one extension.
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "exchange/stix.hpp"

namespace tocsin::exchange::stix {
namespace {

using intel::Kind;

// When the extension-definition below was first published; it changes only with its version.
constexpr std::string_view kExtensionCreated = "2026-11-24T00:00:00.000Z";
constexpr std::size_t kMaxReferences = 100;

std::string with_type(std::string_view type, const Uuid& id) {
  return std::string(type) + "--" + id.text();
}
std::string named(std::string_view type, std::string_view name) {
  return with_type(type, uuid_v5(tocsin_namespace(), name));
}

std::string tool_identity() {
  return named("identity", "stix/identity/tocsin");
}
std::string extension_id() {
  return named("extension-definition", "stix/extension/facts/1");
}

// The nearest SDO. Reports carry what has no type of its own: research and news are texts about something.
std::string_view type_of(const intel::Item& item) {
  switch (item.kind) {
    case Kind::technique:
    case Kind::risk_category:
      return "attack-pattern";
    case Kind::mitigation:
      return "course-of-action";
    case Kind::case_study:
    case Kind::incident:
      return "incident";
    case Kind::vulnerability:
      return "vulnerability";
    case Kind::malicious_package:
    case Kind::malware:
      return "malware";
    case Kind::actor:
      return "intrusion-set";
    case Kind::campaign:
      return "campaign";
    case Kind::tool:
      return "tool";
    case Kind::tactic:
    case Kind::research:
    case Kind::news:
    case Kind::indicator:
    case Kind::report:
    case Kind::other:
      return "report";
  }
  return "report";
}

std::string_view source_name(std::string_view scheme) {
  if (scheme == "atlas") return "mitre-atlas";
  if (scheme == "attack") return "mitre-attack";
  if (scheme == "owasp") return "owasp-llm";
  return scheme;
}

// null and empty lists are not STIX; keys outside the dictionary alphabet are not ours to invent.
Json pruned(const Json& value) {
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& element : value.as_array())
      if (Json kept = pruned(element); !kept.is_null()) out.push(std::move(kept));
    return out.size() == 0 ? Json() : out;
  }
  if (value.is_object()) {
    Json out = Json::object();
    for (const auto& [key, member] : value.as_object())
      if (Json kept = pruned(member); !kept.is_null()) out.set(key, std::move(kept));
    return out.size() == 0 ? Json() : out;
  }
  if (value.is_string()) return Json(to_utf8_lossy(value.as_string()));
  return value;
}

Json external_references(const intel::Item& item) {
  Json out = Json::array();
  for (const intel::Id& id : item.ids) {
    if (id.scheme == "stix" || id.scheme == "url" || id.scheme == "guid") continue;
    out.push(Json::object({{"source_name", std::string(source_name(id.scheme))}, {"external_id", id.value}}));
  }
  for (const intel::Reference& reference : item.references) {
    if (out.size() >= kMaxReferences) break;
    std::string name = to_utf8_lossy(collapse_blanks(reference.title.raw()));
    if (name.empty()) name = "reference";
    out.push(Json::object({{"source_name", name}, {"url", to_utf8_lossy(reference.url)}}));
  }
  return out;
}

// Relationship words are a-z, 0-9 and dashes.
std::string relation_word(std::string_view word) {
  std::string out;
  for (char c : to_lower(word)) out += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
  return out.empty() ? "related-to" : out;
}

Json object_of(const Exported& exported, const std::string& organisation) {
  const intel::Item& item = *exported.item;
  const std::string_view type = type_of(item);
  const Time modified = std::max(exported.created, exported.modified);
  Json object = Json::object();
  object.set("type", type);
  object.set("spec_version", "2.1");
  object.set("id", with_type(type, item.id));
  object.set("created_by_ref", organisation);
  object.set("created", to_rfc3339_ms(exported.created));
  object.set("modified", to_rfc3339_ms(modified));
  std::string name = to_utf8_lossy(collapse_blanks(item.title.raw()));
  if (name.empty()) name = item.name;
  object.set("name", type == "vulnerability" && !item.name.empty() ? item.name : name);
  std::string description = to_utf8_lossy(item.summary.raw());
  if (type == "vulnerability" && name != item.name)
    description = description.empty() ? name : name + "\n\n" + description;
  if (!description.empty()) object.set("description", description);
  if (type == "malware") object.set("is_family", false);
  if (type == "report") {
    object.set("published", to_rfc3339_ms(item.published.value_or(exported.created)));
    object.set("report_types", Json(Json::Array{Json("threat-report")}));
    object.set("object_refs", Json(Json::Array{Json(organisation)}));
  }
  if (item.withdrawn) object.set("revoked", true);
  if (Json references = external_references(item); references.size() > 0)
    object.set("external_references", std::move(references));
  Json labels = Json::array();
  labels.push(std::string(intel::to_string(item.kind)));
  for (std::string_view layer : item.layers.words()) labels.push(std::string(layer));
  object.set("labels", std::move(labels));

  Json facts = Json::object({{"extension_type", "property-extension"}});
  facts.set("kind", std::string(intel::to_string(item.kind)));
  facts.set("severity", std::string(intel::to_string(item.severity)));
  facts.set("cvss", item.cvss.empty() ? Json() : Json(item.cvss));
  Json sources = Json::array();
  for (const std::string& source : item.sources) sources.push(source);
  facts.set("sources", std::move(sources));
  Json techniques = Json::array();
  for (const std::string& technique : item.techniques) techniques.push(technique);
  facts.set("techniques", std::move(techniques));
  for (const auto& [key, value] : exported.facts.as_object()) facts.set(key, value);
  object.set("extensions", Json::object({{extension_id(), pruned(facts)}}));
  return object;
}

}  // namespace

std::string write(std::span<const Exported> items, const WriteOptions& options) {
  const std::string organisation_name = options.organisation.empty() ? "tocsin workspace" : options.organisation;
  const std::string organisation = named("identity", "stix/identity/organisation/" + organisation_name);

  std::vector<Json> objects;
  objects.push_back(Json::object({{"type", "identity"},
                                  {"spec_version", "2.1"},
                                  {"id", tool_identity()},
                                  {"created", kExtensionCreated},
                                  {"modified", kExtensionCreated},
                                  {"name", "tocsin"},
                                  {"identity_class", "system"}}));
  objects.push_back(Json::object({{"type", "identity"},
                                  {"spec_version", "2.1"},
                                  {"id", organisation},
                                  {"created", to_rfc3339_ms(options.since)},
                                  {"modified", to_rfc3339_ms(options.since)},
                                  {"name", to_utf8_lossy(organisation_name)},
                                  {"identity_class", "organization"}}));
  objects.push_back(Json::object(
      {{"type", "extension-definition"},
       {"spec_version", "2.1"},
       {"id", extension_id()},
       {"created_by_ref", tool_identity()},
       {"created", kExtensionCreated},
       {"modified", kExtensionCreated},
       {"name", "tocsin facts"},
       {"description",
        "What an organisation knows of an item: layers, severity, sources, assessments of its assets, decisions."},
       {"schema", "docs/formats/stix.md of the tocsin source tree"},
       {"version", "1.0.0"},
       {"extension_types", Json(Json::Array{Json("property-extension")})}}));

  // External ids to the objects that carry them, so that links among exported items become relationships.
  std::map<intel::Id, const Exported*> by_id;
  std::vector<const Exported*> order;
  for (const Exported& exported : items) order.push_back(&exported);
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->item->id < b->item->id; });
  for (const Exported* exported : order)
    for (const intel::Id& id : exported->item->ids) by_id.emplace(id, exported);

  std::map<std::string, Json> relationships;
  for (const Exported* exported : order) {
    Json object = object_of(*exported, organisation);
    const std::string from(object["id"].as_string());
    for (const intel::Link& link : exported->item->links) {
      const auto target = by_id.find(link.target);
      if (target == by_id.end() || target->second == exported) continue;
      const Exported& other = *target->second;
      const std::string to = with_type(type_of(*other.item), other.item->id);
      const std::string word = relation_word(link.relation);
      const std::string id = named("relationship", "stix/relationship/" + from + "/" + word + "/" + to);
      const std::string time = to_rfc3339_ms(std::max(exported->created, other.created));
      relationships.emplace(id, Json::object({{"type", "relationship"},
                                              {"spec_version", "2.1"},
                                              {"id", id},
                                              {"created_by_ref", organisation},
                                              {"created", time},
                                              {"modified", time},
                                              {"relationship_type", word},
                                              {"source_ref", from},
                                              {"target_ref", to}}));
    }
    objects.push_back(std::move(object));
  }
  for (auto& [id, relationship] : relationships) objects.push_back(std::move(relationship));

  // The bundle's id follows its content: equal bundles are equal bytes, different ones are told apart.
  std::string body;
  for (const Json& object : objects) {
    if (!body.empty()) body += ",\n";
    body += object.dump();
  }
  return "{\"type\":\"bundle\",\"id\":\"" + named("bundle", "stix/bundle/" + sha256(body).hex()) +
         "\",\"objects\":[\n" + body + "\n]}\n";
}

}  // namespace tocsin::exchange::stix
