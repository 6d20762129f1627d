// What one source said, once. A record is immutable; what the source says later is another record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "intel/ids.hpp"
#include "intel/words.hpp"
#include "versions/osv.hpp"

namespace tocsin::intel {

struct Reference {
  std::string url;  // as given; http(s) only, others are dropped by the parsers
  Foreign title;    // may be empty
  bool operator==(const Reference&) const = default;
};

// What an item needs or touches, by a word of `knowledge/` (facets.yaml): family llama-3 · architecture
// decoder-only-transformer · modality text · task image-classification · exposure retrieves-web · access white-box ·
// data-set common-crawl · subject security …
struct Facet {
  std::string facet;  // "family", "architecture", "modality", "task", "exposure", "access", "dataset", "subject"
  std::string value;
  std::string evidence;  // the words in the text, or "stated" when the source has a field for it
  auto operator<=>(const Facet&) const = default;
};

struct Affects {
  std::vector<versions::AffectedPackage> packages;
  std::vector<Facet> facets;
};

// One edge to another object, by external id: mitigates, uses, subtechnique-of, belongs-to …
struct Link {
  std::string relation;
  Id target;
  auto operator<=>(const Link&) const = default;
};

struct Record {
  // who said it
  std::string source;       // id in the catalogue: "osv"
  std::string external_id;  // the source's own id for it, unique within the source: "PYSEC-2026-2", "AML.T0051"
  Digest digest;            // SHA-256 of this record's own bytes (its slice of the reply)
  Digest reply;             // SHA-256 of the reply it came in (snapshots/); set by the collector
  Time retrieved;           // set by the collector
  std::string licence;      // SPDX expression of the source's data
  std::uint32_t parser_version = 1;  // of the source plug-in: a better parser makes a new record from the same bytes

  // what was understood
  Kind kind = Kind::other;
  Foreign title;
  Foreign summary;      // plain text (HTML and Markdown mark-up may remain as text), at most 64 KiB
  std::vector<Id> ids;  // its own id first, then aliases (identity schemes), deduplicated
  std::vector<Reference> references;
  std::vector<std::string> techniques;  // external ids of ATLAS / OWASP it names: "AML.T0051"
  std::vector<Link> links;
  std::optional<Time> published;
  std::optional<Time> modified;
  std::optional<Time> withdrawn;  // no longer valid since: a tombstone, kept but never matched
  Severity severity = Severity::unknown;
  std::string cvss;  // the vector it came from, "" when none
  Affects affects;
  Json extra = Json::object();  // fields of this source alone, by documented names (docs/sources/<id>.md)
};

// The understood part (everything except source, digests, retrieved) as JSON; and back. Keys, each left out when empty
// (severity when unknown): external_id, licence, parser_version, kind, title, summary, ids [{scheme, value}],
// references [{url, title}], techniques, links [{relation, target {scheme, value}}], published, modified, withdrawn
// (RFC 3339), severity, cvss, affects {packages [{ecosystem, name, ranges [{type, events}], versions}], facets [{facet,
// value, evidence}]}, extra. from_json is lenient with what is absent and an error for what is of the wrong type: it
// reads our own rows, so an error means a damaged store.
Json to_json(const Record& record);
Result<Record> record_from_json(const Json& body);
Json to_json(const Id& id);
Result<Id> id_from_json(const Json& body);
Json to_json(const Affects& affects);
Result<Affects> affects_from_json(const Json& body);
// SHA-256 over to_json(record).canonical(): what the ledger holds of the understood part.
Digest content_digest(const Record& record);

}  // namespace tocsin::intel
