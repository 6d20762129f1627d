// STIX 2.1: lenient in, strict out, foreign objects byte for byte. Grammar, choices and the list of MUSTs:
// docs/formats/stix.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "intel/item.hpp"
#include "intel/record.hpp"

namespace tocsin::exchange::stix {

// One foreign object as it came.
struct Object {
  std::string id;  // "attack-pattern--…"
  std::string type;
  std::string modified;    // as written; `created` where the type has no modified (marking-definition); "" for SCOs
  std::string_view bytes;  // its slice of the text, which must outlive this
  std::uint64_t offset = 0;
  Json json;
};

struct Reject {
  std::string place;  // "bundle.json: objects[12]"
  Error error;
  std::string excerpt;
};

struct Reading {
  std::size_t entries = 0;  // objects in the text: always objects (or calls of `each`) + rejects
  std::vector<Object> objects;
  std::vector<Reject> rejects;     // no JSON object, no usable id or type, over a limit
  std::vector<std::string> notes;  // "a list, not a bundle", "ends in the middle of an object"
};

// A bundle, a list of objects, or one object. Takes what breaks MUSTs (see check), ids in the namespace of the SCO
// rule, missing references, unknown types and properties. The error is for a text that is none of the three. `name` is
// for places.
Result<Reading> read(std::string_view text, std::string_view name);
// The same, handing each object on as it is read, for bundles that would fill the memory: `objects` stays empty, an
// error of `each` stops.
Result<Reading> read_each(std::string_view text, std::string_view name, const std::function<Result<>(Object&)>& each);

// The record of a listed type (reference: kListed in stix_read.cpp) (attack-pattern, intrusion-set, threat-actor,
// campaign, malware, tool, vulnerability, indicator, report, course-of-action, incident, x-mitre-tactic); nullopt for
// others: they are kept as objects only. `source` and the external id (the STIX id) are set, `ids` holds the STIX id,
// and the ATT&CK / ATLAS / CVE ids of its external_references.
std::optional<intel::Record> to_record(const Object& object, std::string_view source);

// A relationship (or an embedded *_ref of a sighting): edges, never items.
struct Edge {
  std::string id;        // of the relationship object
  std::string from;      // STIX id
  std::string relation;  // "uses", "mitigates" …
  std::string to;
};
std::optional<Edge> to_edge(const Object& object);

// What of the standard's MUSTs an object breaks: one sentence each, naming the property; empty = conforming.
struct Breach {
  std::string rule;  // "timestamps", "id", "modified-before-created" …: the word of docs/formats/stix.md
  std::string what;
};
std::vector<Breach> check(const Json& object);
std::vector<Breach> check_bundle(const Json& bundle);

// The deterministic id of an SCO: UUIDv5 in the standard's namespace over the canonical ID-contributing properties;
// nullopt when it has none.
std::optional<std::string> sco_id(const Json& object);

struct Exported {
  const intel::Item* item;
  Time created;                 // earliest record
  Time modified;                // latest change of exported content: never the clock
  Json facts = Json::object();  // goes into our extension: assessments, decisions, score, layers
};
struct WriteOptions {
  std::string organisation;  // the identity that created the objects
  Time since;                // `created` of that identity: when the workspace began
};
// A bundle of our own objects: two identities (tocsin's and the organisation's), the extension-definition, one SDO an
// item, relationships for links among them. Strict: every object passes check(); byte-identical for the same input.
std::string write(std::span<const Exported> items, const WriteOptions& options);

}  // namespace tocsin::exchange::stix
