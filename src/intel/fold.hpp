// Identity: which records are one item.
//
// Records that share an id of an identity scheme are one item, with one guard: two records that each have a CVE of their own (their
// own id, or the only CVE among their aliases) are never joined by a third that names both; only a person does that. A record that
// would join two such groups stands alone and is reported as contested. guid and url ids join only within one source.
// The result depends on the set of records and their order of arrival only, so it is recomputed, never patched: withdraw an alias
// and the old items are back under their old ids.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "intel/item.hpp"

namespace tocsin::intel {

// What folding needs to know of a record, in order of first arrival of its (source, external_id).
struct Identity {
  std::uint64_t key = 0;       // the caller's handle
  std::string source;
  std::string external_id;
  std::vector<Id> ids;         // own first
  bool primary = true;         // false: an alias-only source whose claims join nothing by themselves
};

// What a person said: these two external ids are the same thing (join), or are not (part).
struct Bond {
  Id a;
  Id b;
  bool join = true;
};

struct Group {
  Uuid id;                           // item_id of its first record
  std::vector<std::size_t> members;  // indices into the input, in order of arrival
  bool contested = false;            // a record that names the CVEs of two others and so joins neither
};

// Groups in order of their first record. Every input record is in exactly one group. Cost: about n log n.
std::vector<Group> group(std::span<const Identity> records, std::span<const Bond> bonds);

// The ids to ask the store for, so that regrouping touches one connected component: the transitive closure is the caller's loop.
// Folds the records of one group (in order of arrival, at least one) into an item; layers are left empty.
Item fold(std::span<const Record* const> records);

}  // namespace tocsin::intel
