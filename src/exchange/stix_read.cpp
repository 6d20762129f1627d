// Reads STIX the way real files need it: an object is found by its bytes first and understood second, so that one
// broken object costs only itself, and what is stored prints back byte for byte.
#include "exchange/stix.hpp"

#include <algorithm>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace tocsin::exchange::stix {
namespace {

constexpr std::size_t kMaxObjectBytes =
    16u << 20;                         // an artifact with its payload inline; larger ones belong in a file of their own
constexpr std::size_t kMaxDepth = 64;  // real objects need 8
constexpr std::size_t kMaxIdBytes = 512;  // "x-" types of 250 characters, two dashes, a UUID, and room for the odd ones
constexpr std::size_t kMaxObjects = 2'000'000;
constexpr std::size_t kMaxRejects = 100'000;  // of one file: more is no STIX, and each is kept with what was there
constexpr std::size_t kMaxIds = 200;  // of one object, as of the records of other sources: each is compared with each

struct Listed {
  std::string_view type;
  intel::Kind kind;
};
// The SDO types that are intelligence by themselves. Others (identities, analytics, data components …) stay objects
// that edges may touch.
constexpr Listed kListed[] = {
    {"attack-pattern", intel::Kind::technique},
    {"course-of-action", intel::Kind::mitigation},
    {"intrusion-set", intel::Kind::actor},
    {"threat-actor", intel::Kind::actor},
    {"campaign", intel::Kind::campaign},
    {"malware", intel::Kind::malware},
    {"tool", intel::Kind::tool},
    {"vulnerability", intel::Kind::vulnerability},
    {"indicator", intel::Kind::indicator},
    {"report", intel::Kind::report},
    {"incident", intel::Kind::incident},
    {"x-mitre-tactic", intel::Kind::tactic},
};

Result<Object> understand(std::string_view raw, std::uint64_t offset) {
  if (raw.size() > kMaxObjectBytes)
    return fail_at(
        Code::refused,
        "object of " + std::to_string(raw.size()) + " bytes; the limit is " + std::to_string(kMaxObjectBytes), offset);
  auto json = parse_json(raw, {.bytes = kMaxObjectBytes, .depth = kMaxDepth, .values = 1'000'000});
  if (!json) {
    Error error = std::move(json).error();
    error.offset = offset + error.offset.value_or(0);
    return tl::make_unexpected(std::move(error));
  }
  if (!json->is_object())
    return fail_at(Code::malformed, "a " + std::string(json->type_name()) + " where an object should be", offset);
  Object object;
  object.type = (*json)["type"].as_string();
  object.id = (*json)["id"].as_string();
  if (object.type.empty()) return fail_at(Code::malformed, "object without a type", offset);
  if (object.type == "bundle") return fail_at(Code::refused, "a bundle inside a bundle", offset);
  if (object.id.empty() || object.id.size() > kMaxIdBytes)
    return fail_at(Code::malformed, "object of type " + printable(object.type, 80) + " without a usable id", offset);
  if (object.id.find("--") == std::string::npos)
    return fail_at(Code::malformed, "the id '" + printable(object.id, 80) + "' has no '--' between type and UUID",
                   offset);
  object.modified = (*json)["modified"].as_string();
  if (object.modified.empty()) object.modified = (*json)["created"].as_string();
  object.bytes = raw;
  object.offset = offset;
  object.json = std::move(*json);
  return object;
}

using Each = std::function<Result<>(Object&)>;

Result<> take(Reading& reading, const Each& each, std::string_view raw, std::uint64_t offset, std::string place) {
  ++reading.entries;
  if (auto object = understand(raw, offset))
    return each(*object);
  else
    reading.rejects.push_back({std::move(place), std::move(object).error(), std::string(raw.substr(0, 200))});
  return {};
}

std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

std::optional<Time> time_of(const Json& json, std::string_view key) {
  const auto time = parse_time(json[key].as_string());
  return time ? std::optional<Time>(*time) : std::nullopt;
}

void add_id(std::vector<intel::Id>& ids, std::optional<intel::Id> id) {
  if (id && ids.size() < kMaxIds && std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(std::move(*id));
}

// ATT&CK names techniques T1059.001, groups G0007, software S0154, mitigations M1036, tactics TA0002, campaigns C0028.
std::optional<intel::Id> attack_id(std::string_view text) {
  auto id = intel::recognise(text);
  return id && (id->scheme == "attack" || id->scheme == "atlas") ? id : std::nullopt;
}

}  // namespace

Result<Reading> read(std::string_view text, std::string_view name) {
  std::vector<Object> objects;
  auto reading = read_each(text, name, [&](Object& object) -> Result<> {
    objects.push_back(std::move(object));
    return {};
  });
  if (reading) reading->objects = std::move(objects);
  return reading;
}

Result<Reading> read_each(std::string_view text, std::string_view name, const Each& each) {
  Reading reading;
  const std::string_view body = trim(without_bom(text));
  if (body.empty()) return fail(Code::malformed, "empty: no STIX in it");
  const std::uint64_t shift = static_cast<std::uint64_t>(body.data() - text.data());
  const std::string file(name);

  auto walk = [&](std::string_view path, std::string_view label) {
    return for_each_element(body, path, [&](std::string_view raw, std::uint64_t offset) -> Result<> {
      if (reading.rejects.size() >= kMaxRejects)
        return fail(Code::refused, "more than " + std::to_string(kMaxRejects) + " rejects: the rest was not read");
      if (reading.entries >= kMaxObjects)
        return fail(Code::refused, "more than " + std::to_string(kMaxObjects) + " objects");
      return take(reading, each, raw, offset + shift,
                  file + ": " + std::string(label) + "[" + std::to_string(reading.entries) + "]");
    });
  };

  if (body.front() == '[') {
    reading.notes.push_back("a list of objects, not a bundle");
    auto walked = walk("", "list");
    if (!walked && reading.entries == 0) return tl::make_unexpected(std::move(walked).error());
    if (!walked) {
      ++reading.entries;  // what the break cut in two is an entry too
      reading.rejects.push_back({file, std::move(walked).error(), ""});
    }
    return reading;
  }
  if (body.front() != '{') return fail_at(Code::malformed, "neither a JSON object nor a list", shift);

  auto walked = walk("objects", "objects");
  if (walked) return reading;
  if (reading.entries > 0) {
    ++reading.entries;
    reading.rejects.push_back({file, std::move(walked).error(), ""});
    return reading;
  }
  // No list of objects in it: a bundle without objects, a single object, or no STIX.
  TOCSIN_TRY(const Json whole, parse_json(body, {.bytes = kMaxObjectBytes, .depth = kMaxDepth, .values = 1'000'000}));
  if (whole["type"].as_string() == "bundle") {
    if (whole.find("objects") != nullptr && !whole["objects"].is_array())
      return fail(Code::malformed, "'objects' of the bundle is no list");
    reading.notes.push_back("a bundle without objects");
    return reading;
  }
  if (whole["type"].as_string().empty() || whole["id"].as_string().find("--") == std::string_view::npos)
    return fail(Code::malformed,
                "no STIX: a JSON object without 'objects', and without the type and id of a single object");
  reading.notes.push_back("one object, not a bundle");
  TOCSIN_CHECK(take(reading, each, body, shift, file));
  return reading;
}

std::optional<intel::Record> to_record(const Object& object, std::string_view source) {
  const auto listed =
      std::find_if(std::begin(kListed), std::end(kListed), [&](const Listed& l) { return l.type == object.type; });
  if (listed == std::end(kListed)) return std::nullopt;
  const Json& json = object.json;
  intel::Record record;
  record.source = source;
  // Texts as the records of other sources have them; the object itself is kept byte for byte.
  const std::string id = clean(object.id);
  record.external_id = id;
  record.digest = sha256(object.bytes);
  record.kind = listed->kind;
  record.title = Foreign(cut_utf8(clean(json["name"].as_string()), 500));
  if (record.title.empty()) record.title = Foreign(cut_utf8(clean(json["pattern"].as_string()), 200));
  if (record.title.empty()) record.title = Foreign(id);
  record.summary = Foreign(cut_utf8(clean(json["description"].as_string()), 64u << 10));
  record.published = time_of(json, "created");
  record.modified = time_of(json, "modified");
  if (json["revoked"].as_bool().value_or(false)) record.withdrawn = record.modified;
  record.ids.push_back({"stix", id});
  for (const Json& reference : json["external_references"].as_array()) {
    const std::string_view name = reference["source_name"].as_string();
    const std::string_view external = reference["external_id"].as_string();
    const std::string_view url = reference["url"].as_string();
    if (name == "mitre-attack" || name == "mitre-ics-attack" || name == "mitre-mobile-attack" || name == "mitre-atlas")
      add_id(record.ids, attack_id(external));
    // A CVE names a vulnerability object; on other types it is only mentioned.
    if (object.type == "vulnerability" && !external.empty()) add_id(record.ids, intel::recognise(external));
    if (url.starts_with("https://") || url.starts_with("http://"))
      if (record.references.size() < 200) record.references.push_back({clean(url), Foreign(clean(name))});
  }
  if (object.type == "vulnerability") add_id(record.ids, intel::recognise(json["name"].as_string()));
  for (const intel::Id& known : record.ids)
    if (listed->kind == intel::Kind::technique && known.scheme == "atlas") record.techniques.push_back(known.value);
  record.extra.set("stix_type", object.type);
  for (const std::string_view key : {"pattern", "pattern_type", "valid_from", "valid_until"}) {
    const Json& value = json[key];
    if (!value.is_null()) record.extra.set(key, value.is_string() ? Json(clean(value.as_string())) : value);
  }
  if (json["x_mitre_deprecated"].as_bool().value_or(false)) record.extra.set("deprecated", true);
  return record;
}

std::optional<Edge> to_edge(const Object& object) {
  const Json& json = object.json;
  if (object.type == "relationship") {
    Edge edge{object.id, std::string(json["source_ref"].as_string()),
              std::string(json["relationship_type"].as_string()), std::string(json["target_ref"].as_string())};
    if (edge.from.empty() || edge.to.empty() || edge.relation.empty()) return std::nullopt;
    return edge;
  }
  if (object.type == "sighting") {
    const std::string_view of = json["sighting_of_ref"].as_string();
    const std::string_view where = json["where_sighted_refs"].as_array().empty()
                                       ? std::string_view()
                                       : json["where_sighted_refs"].as_array()[0].as_string();
    if (of.empty() || where.empty()) return std::nullopt;
    return Edge{object.id, std::string(where), "sighted", std::string(of)};
  }
  return std::nullopt;
}

}  // namespace tocsin::exchange::stix
