// Records and items as JSON. Key names are a promise: they stand in the store, in `--format json` (docs/json.md) and
// under the digests of the ledger. A record leaves out what is empty, so that a new field changes no old digest; an
// item always has every key, so that programs that read it need not ask.
#include <array>
#include <cassert>
#include <utility>

#include "base/json_read.hpp"
#include "intel/item.hpp"
#include "intel/record.hpp"

namespace tocsin::intel {
namespace {

// --- reading ---

using tocsin::read_member;  // beside those of our own types

Result<> read_member(const Json& body, std::string_view key, Foreign& into) {
  std::string text;
  TOCSIN_CHECK(read_member(body, key, text));
  into = Foreign(std::move(text));
  return {};
}

Result<> read_member(const Json& body, std::string_view key, std::optional<Time>& into) {
  std::string text;
  TOCSIN_CHECK(read_member(body, key, text));
  if (text.empty()) return {};
  auto time = parse_time(text);
  if (!time) return fail(Code::malformed, "'" + std::string(key) + "': " + time.error().what);
  into = *time;
  return {};
}

template <class T, class Parse>
Result<> read_word(const Json& body, std::string_view key, T& into, Parse&& parse) {
  std::string word;
  TOCSIN_CHECK(read_member(body, key, word));
  if (word.empty()) return {};
  const auto value = parse(word);
  if (!value)
    return fail(Code::malformed, "'" + std::string(key) + "' has the unknown word '" + printable(word, 40) + "'");
  into = *value;
  return {};
}

template <class T, class Parse>
Result<> read_list(const Json& body, std::string_view key, std::vector<T>& into, Parse&& parse) {
  const Json* found = member_of(body, key);
  if (found == nullptr) return {};
  if (!found->is_array()) return wrong_type(key, "an array", *found);
  into.reserve(found->size());
  for (const Json& element : found->as_array()) {
    Result<T> value = parse(element);
    if (!value) return tl::make_unexpected(std::move(value).error().at(key));
    into.push_back(std::move(*value));
  }
  return {};
}

Result<std::string> text_from_json(const Json& body) {
  if (!body.is_string()) return fail(Code::malformed, "should be a string but is " + std::string(body.type_name()));
  return std::string(body.as_string());
}

Result<Reference> reference_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "a reference"));
  Reference reference;
  TOCSIN_CHECK(read_member(body, "url", reference.url));
  TOCSIN_CHECK(read_member(body, "title", reference.title));
  return reference;
}

Result<Link> link_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "a link"));
  Link link;
  TOCSIN_CHECK(read_member(body, "relation", link.relation));
  TOCSIN_TRY(link.target, id_from_json(body["target"]));
  return link;
}

Result<Facet> facet_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "a facet"));
  Facet facet;
  TOCSIN_CHECK(read_member(body, "facet", facet.facet));
  TOCSIN_CHECK(read_member(body, "value", facet.value));
  TOCSIN_CHECK(read_member(body, "evidence", facet.evidence));
  return facet;
}

// --- ranges, spelled as OSV spells them ---

constexpr std::array<std::pair<versions::Event::Kind, std::string_view>, 4> kEvents{{
    {versions::Event::Kind::introduced, "introduced"},
    {versions::Event::Kind::fixed, "fixed"},
    {versions::Event::Kind::last_affected, "last_affected"},
    {versions::Event::Kind::limit, "limit"},
}};
constexpr std::array<std::pair<versions::RangeType, std::string_view>, 3> kRangeTypes{{
    {versions::RangeType::ecosystem, "ECOSYSTEM"},
    {versions::RangeType::semver, "SEMVER"},
    {versions::RangeType::git, "GIT"},
}};

Json to_json(const versions::Range& range) {
  Json events = Json::array();
  for (const versions::Event& event : range.events)
    for (const auto& [kind, word] : kEvents)
      if (kind == event.kind) events.push(Json::object({{std::string(word), event.version}}));
  Json out = Json::object();
  for (const auto& [type, word] : kRangeTypes)
    if (type == range.type) out.set("type", word);
  out.set("events", std::move(events));
  return out;
}

Result<versions::Event> event_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "an event"));
  for (const auto& [kind, word] : kEvents) {
    if (body.find(word) == nullptr) continue;
    versions::Event event;
    event.kind = kind;
    TOCSIN_CHECK(read_member(body, word, event.version));
    return event;
  }
  return fail(Code::malformed, "an event has none of introduced, fixed, last_affected, limit");
}

Result<versions::Range> range_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "a range"));
  versions::Range range;
  TOCSIN_CHECK(read_word(body, "type", range.type, [](std::string_view text) -> std::optional<versions::RangeType> {
    for (const auto& [type, word] : kRangeTypes)
      if (word == text) return type;
    return std::nullopt;
  }));
  TOCSIN_CHECK(read_list(body, "events", range.events, event_from_json));
  return range;
}

Json to_json(const versions::AffectedPackage& package) {
  Json ranges = Json::array();
  for (const versions::Range& range : package.ranges) ranges.push(to_json(range));
  Json listed = Json::array();
  for (const std::string& version : package.versions) listed.push(version);
  return Json::object({{"ecosystem", package.ecosystem},
                       {"name", package.name},
                       {"ranges", std::move(ranges)},
                       {"versions", std::move(listed)}});
}

Result<versions::AffectedPackage> package_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "a package"));
  versions::AffectedPackage package;
  TOCSIN_CHECK(read_member(body, "ecosystem", package.ecosystem));
  TOCSIN_CHECK(read_member(body, "name", package.name));
  TOCSIN_CHECK(read_list(body, "ranges", package.ranges, range_from_json));
  TOCSIN_CHECK(read_list(body, "versions", package.versions, text_from_json));
  return package;
}

// --- lists ---

template <class T, class Print>
Json list(const std::vector<T>& values, Print&& print) {
  Json::Array out;
  out.reserve(values.size());
  for (const T& value : values) out.push_back(print(value));
  return out;
}

Json print_reference(const Reference& reference) {
  return Json::object({{"url", reference.url}, {"title", reference.title.raw()}});
}
Json print_link(const Link& link) {
  return Json::object({{"relation", link.relation}, {"target", to_json(link.target)}});
}
Json print_text(const std::string& text) {
  return text;
}
Json print_id(const Id& id) {
  return to_json(id);
}
Json print_time(const std::optional<Time>& time) {
  return time ? Json(to_rfc3339(*time)) : Json();
}

bool is_empty(const Json& value) {
  return value.is_null() || (value.is_string() && value.as_string().empty()) ||
         ((value.is_array() || value.is_object()) && value.size() == 0);
}

// What records and items have in common, by the same names.
template <class T>
Result<> read_common(const Json& body, T& into) {
  TOCSIN_CHECK(read_word(body, "kind", into.kind, parse_kind));
  TOCSIN_CHECK(read_member(body, "title", into.title));
  TOCSIN_CHECK(read_member(body, "summary", into.summary));
  TOCSIN_CHECK(read_list(body, "ids", into.ids, id_from_json));
  TOCSIN_CHECK(read_list(body, "references", into.references, reference_from_json));
  TOCSIN_CHECK(read_list(body, "techniques", into.techniques, text_from_json));
  TOCSIN_CHECK(read_list(body, "links", into.links, link_from_json));
  TOCSIN_CHECK(read_member(body, "published", into.published));
  TOCSIN_CHECK(read_member(body, "modified", into.modified));
  TOCSIN_CHECK(read_member(body, "withdrawn", into.withdrawn));
  TOCSIN_CHECK(read_word(body, "severity", into.severity, parse_severity));
  TOCSIN_CHECK(read_member(body, "cvss", into.cvss));
  if (const Json* affects = member_of(body, "affects")) {
    TOCSIN_TRY(into.affects, affects_from_json(*affects));
  }
  return {};
}

}  // namespace

Json to_json(const Id& id) {
  return Json::object({{"scheme", id.scheme}, {"value", id.value}});
}

Result<Id> id_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "an id"));
  Id id;
  TOCSIN_CHECK(read_member(body, "scheme", id.scheme));
  TOCSIN_CHECK(read_member(body, "value", id.value));
  return id;
}

Json to_json(const Affects& affects) {
  return Json::object(
      {{"packages", list(affects.packages, [](const versions::AffectedPackage& package) { return to_json(package); })},
       {"facets", list(affects.facets, [](const Facet& facet) {
          return Json::object({{"facet", facet.facet}, {"value", facet.value}, {"evidence", facet.evidence}});
        })}});
}

Result<Affects> affects_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "'affects'"));
  Affects affects;
  TOCSIN_CHECK(read_list(body, "packages", affects.packages, package_from_json));
  TOCSIN_CHECK(read_list(body, "facets", affects.facets, facet_from_json));
  return affects;
}

Json to_json(const Record& record) {
  Json out = Json::object();
  const auto add = [&out](std::string_view key, Json value) {
    if (!is_empty(value)) out.set(key, std::move(value));
  };
  add("external_id", record.external_id);
  add("licence", record.licence);
  add("parser_version", record.parser_version);
  add("kind", to_string(record.kind));
  add("title", record.title.raw());
  add("summary", record.summary.raw());
  add("ids", list(record.ids, print_id));
  add("references", list(record.references, print_reference));
  add("techniques", list(record.techniques, print_text));
  add("links", list(record.links, print_link));
  add("published", print_time(record.published));
  add("modified", print_time(record.modified));
  add("withdrawn", print_time(record.withdrawn));
  if (record.severity != Severity::unknown) add("severity", to_string(record.severity));
  add("cvss", record.cvss);
  if (!record.affects.packages.empty() || !record.affects.facets.empty()) add("affects", to_json(record.affects));
  add("extra", record.extra);
  return out;
}

Result<Record> record_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "a record"));
  Record record;
  TOCSIN_CHECK(read_member(body, "external_id", record.external_id));
  TOCSIN_CHECK(read_member(body, "licence", record.licence));
  if (const Json* version = member_of(body, "parser_version")) {
    const auto number = version->as_uint();
    if (!number || *number > UINT32_MAX) return wrong_type("parser_version", "a small number", *version);
    record.parser_version = static_cast<std::uint32_t>(*number);
  }
  TOCSIN_CHECK(read_common(body, record));
  if (const Json* extra = member_of(body, "extra")) {
    if (!extra->is_object()) return wrong_type("extra", "an object", *extra);
    record.extra = *extra;
  }
  return record;
}

Digest content_digest(const Record& record) {
  return sha256(to_json(record).canonical());
}

Uuid item_id(std::string_view source, std::string_view external_id) {
  std::string name = "item";
  name += '\0';
  name += source;
  name += '\0';
  name += external_id;
  return uuid_v5(tocsin_namespace(), name);
}

Json to_json(const Item& item) {
  Json layers = Json::array();
  for (const std::string_view word : item.layers.words()) layers.push(word);
  return Json::object({
      {"id", item.name},
      {"uuid", item.id.text()},
      {"title", item.title.raw()},
      {"kind", to_string(item.kind)},
      {"layers", std::move(layers)},
      {"sources", list(item.sources, print_text)},
      {"published", print_time(item.published)},
      {"modified", print_time(item.modified)},
      {"withdrawn", print_time(item.withdrawn)},
      {"severity", to_string(item.severity)},
      {"cvss", item.cvss},
      {"techniques", list(item.techniques, print_text)},
      {"affects", to_json(item.affects)},
      {"references", list(item.references, print_reference)},
      {"links", list(item.links, print_link)},
      {"ids", list(item.ids, print_id)},
      {"summary", item.summary.raw()},
      {"records", list(item.records, [](const Digest& digest) { return Json(digest.hex()); })},
  });
}

Result<Item> item_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "an item"));
  Item item;
  std::string uuid;
  TOCSIN_CHECK(read_member(body, "uuid", uuid));
  TOCSIN_TRY(item.id, parse_uuid(uuid));
  TOCSIN_CHECK(read_member(body, "id", item.name));
  TOCSIN_CHECK(read_common(body, item));
  std::vector<Layer> layers;
  TOCSIN_CHECK(read_list(body, "layers", layers, [](const Json& word) -> Result<Layer> {
    if (const auto layer = parse_layer(word.as_string())) return *layer;
    return fail(Code::malformed, "unknown layer '" + printable(word.as_string(), 40) + "'");
  }));
  for (const Layer layer : layers) item.layers = item.layers | layer;
  TOCSIN_CHECK(read_list(body, "sources", item.sources, text_from_json));
  TOCSIN_CHECK(read_list(body, "records", item.records, [](const Json& hex) { return parse_digest(hex.as_string()); }));
  return item;
}

}  // namespace tocsin::intel
