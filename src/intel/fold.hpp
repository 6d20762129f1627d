// Identity: which records are one item, and what that item says. The rules with examples: docs/identity.md.
//
// Records that share an id of an identity scheme are one item, with one guard: two records that each have a CVE of
// their own (their own id, or the only CVE among their ids) are never joined by a third that names both; only a person
// does that. A record that would join two such groups stands alone and is reported as contested. guid and url ids join
// only within one source. The result depends on the set of records and their order of arrival only, so it is
// recomputed, never patched: withdraw an alias and the old items are back under their old ids. The order of arrival
// only chooses ids for life and the order of output.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "intel/item.hpp"

namespace tocsin::intel {

// What folding needs to know of a record, in order of first arrival. Each (source, external_id) is given once, as its
// latest record has it.
struct Identity {
  std::uint64_t key = 0;  // the caller's handle
  std::string source;
  std::string external_id;
  std::vector<Id> ids;  // own first; schemes that are not identity are skipped
  bool primary = true;  // false: an alias-only source: it finds a group by its aliases, but speaks only for its own id
};

// What a person said: these two external ids are the same thing (join), or are not (part).
// A join joins the groups of the records whose own id (or own CVE) it names; an id that is nobody's own, the one group
// that carries it. A part keeps every record that holds `b` out of the group that holds `a`; what hangs on both stays
// with `a`. Of bonds over one pair the last counts; where different pairs contradict each other, parts win: a split
// shows twice, a wrong merge hides. A bond over an id that no record holds waits for it.
struct Bond {
  Id a;
  Id b;
  bool join = true;
  std::string a_source;  // only for guid and url ids: whose; "" = any source
  std::string b_source;
};

struct Group {
  Uuid id;                           // item_id of its first record
  std::vector<std::size_t> members;  // indices into the input, in order of arrival
  bool contested =
      false;  // one record that names what others hold apart (two CVEs, two sides of a part) and so joins neither
  // Ids that members name but that are not this group's, sorted, for fold(): what a person parted from it, and all but
  // the own id of a contested record.
  std::vector<Id> struck;
};

// Groups in order of their first record. Every input record is in exactly one group. Cost: linear in the number of ids,
// times the length of the longest chain of joins that depend on each other.
std::vector<Group> group(std::span<const Identity> records, std::span<const Bond> bonds);

// Two records can only come into one group over ids that they share and bonds, so a store may regroup one connected
// component: it asks for the records that hold any of these ids, and repeats with theirs, until nothing new comes. guid
// and url ids connect within their source only. Deduplicated, in order.
std::vector<Id> identity_ids(const Identity& record);
// The CVE that is the record's own: its own id if that is one, else the only one among its ids; nullptr otherwise.
const Id* own_cve(const std::vector<Id>& ids);

inline constexpr std::size_t kMaxItemReferences = 200;  // people read ten; the most cited CVE of the OSV sample has 60

// Folds the records of one group (in order of arrival, at least one) into an item; layers are left empty. `struck` =
// Group::struck.
//
// Records speak in order of rank: those in force before withdrawn ones, then by the preference of their own id's scheme
// (a CVE record before a GHSA, a PYSEC, a feed entry), then by arrival. Title and summary are each the first that is
// not empty; kind is the gravest word (malicious-package, vulnerability, incident, malware …), severity the worst known
// with the vector it came from; references in order of rank, each URL once; packages, facets, kind and severity of
// records in force only, so that a withdrawn one never matches (kind and severity fall back to all when none is in
// force). published and modified are what the records say, nothing is inferred from an id's year. The name is the own
// CVE if there is one, else the best id that is not somebody else's CVE.
Item fold(std::span<const Record* const> records, std::span<const Id> struck = {});

}  // namespace tocsin::intel
