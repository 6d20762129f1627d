// What people work on: the records that share an identity, folded into one. How: intel/fold.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "intel/record.hpp"

namespace tocsin::intel {

struct Item {
  Uuid id;           // for life: UUIDv5 of its first record's source and external id
  std::string name;  // its best external id: what people call it
  Kind kind = Kind::other;
  Layers layers;  // by rule (assess/layers), set after folding
  Foreign title;
  Foreign summary;
  std::vector<Id> ids;               // all, best first
  std::vector<std::string> sources;  // sorted, unique
  std::vector<Reference> references;
  std::vector<std::string> techniques;  // sorted, unique
  std::vector<Link> links;
  std::optional<Time> published;          // earliest
  std::optional<Time> modified;           // latest
  std::optional<Time> withdrawn;          // only when every record says so
  Severity severity = Severity::unknown;  // worst known
  std::string cvss;
  Affects affects;              // union
  std::vector<Digest> records;  // digests of the records folded in, in order of arrival
};

// UUIDv5 in tocsin's namespace of "item", source and external id, a zero byte between them.
Uuid item_id(std::string_view source, std::string_view external_id);
// Keys as of a record (record.hpp), all of them always (times null when unknown), and: id (the name), uuid, layers
// (words), sources, records (hex digests). No external_id, licence, parser_version, extra. Errors as of
// record_from_json.
Json to_json(const Item& item);
Result<Item> item_from_json(const Json& body);

}  // namespace tocsin::intel
