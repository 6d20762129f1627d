// What goes into the store and comes out of it, beside the nouns of intel, estate and judgement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "estate/estate.hpp"
#include "intel/fold.hpp"
#include "intel/item.hpp"
#include "intel/record.hpp"
#include "judgement/judgement.hpp"

namespace tocsin::store {

// Handles of rows: opaque, never reused, meaningless outside this store. HeadKeys are in the order of first arrival.
using RecordKey = std::int64_t;  // one version of what a source said
using HeadKey = std::int64_t;    // one (source, external id), whatever its current record
using RunKey = std::int64_t;

// ---- collection ----

enum class Change : std::uint8_t {
  added,     // a (source, external id) never seen
  changed,   // the source says something else than last time (also: again what it said earlier)
  reparsed,  // same bytes, understood differently: a new parser
  unchanged,
  repeated,  // delivered before in the same run: kept, but the first one is current
};
std::string_view to_string(Change change);

struct Added {
  HeadKey head = 0;
  RecordKey record = 0;
  Change change = Change::added;
};

struct Reject {
  std::string place;  // "ATLAS.yaml: techniques[12]"
  Code code = Code::malformed;
  std::string message;  // Error::message()
  Foreign excerpt;      // up to 200 bytes of what was there
};

// A foreign STIX object, byte for byte.
struct StixObject {
  std::string source;
  std::string id;  // "attack-pattern--…"
  std::string type;
  std::string modified;  // as written; "" for SCOs
  Digest digest;         // SHA-256 of bytes
  std::string bytes;
  // set for relationships (and *_ref of sightings) only
  std::string from, relation, to;
};
struct StixObjectView {  // the same for writing, without copies
  std::string_view id, type, modified, bytes;
  std::string_view from, relation, to;
};
enum class Kept : std::uint8_t {
  added,      // never seen
  changed,    // a new version of a known id
  unchanged,  // these bytes were there
  conflict,   // same id and modified, other bytes: both are kept
};
std::string_view to_string(Kept kept);

struct RunCounts {
  std::uint64_t entries = 0;                                                        // records + objects + rejects
  std::uint64_t added = 0, changed = 0, reparsed = 0, unchanged = 0, repeated = 0;  // of records
  std::uint64_t objects_added = 0, objects_changed = 0, objects_unchanged = 0, objects_conflict = 0;
  std::uint64_t rejected = 0;
  bool operator==(const RunCounts&) const = default;
};
Json to_json(const RunCounts& counts);

enum class Outcome : std::uint8_t { complete, partial, failed };  // partial: some documents came, then it stopped
std::string_view to_string(Outcome outcome);

struct Run {
  RunKey key = 0;
  std::string source;
  Time started;
  Time finished;
  Outcome outcome = Outcome::complete;
  std::string error;  // of a partial or failed run
  RunCounts counts;
  Digest list;             // of the kept list of everything delivered
  Digest root;             // its Merkle root
  std::uint64_t leaf = 0;  // its entry in the ledger
};

struct SourceState {
  std::string source;
  std::string cursor;
  Json validators = Json::object();  // URL → {"etag", "last_modified"}; and live_answers()
  std::optional<Time> last_attempt;
  std::optional<Time> last_success;
  std::string last_error;      // "" after a success
  std::uint32_t failures = 0;  // in a row
  bool operator==(const SourceState&) const = default;
};

// When a source itself was asked, and when it last answered in full. Files that were read in its name are no answers of
// its: last_attempt and last_success speak of those as well, `file` of those that somebody gave, not of what ships with
// the program. Kept among the validators, under a word that is no URL.
struct LiveAnswers {
  std::optional<Time> asked, answered, file;
};
LiveAnswers live_answers(const SourceState& state);
void set_live_answers(Json& validators, const LiveAnswers& answers);

struct SnapshotRow {
  Digest digest;
  std::uint64_t size = 0;
  std::string media_type;
  std::string name;  // URL or file name it came under
  Time first_seen;
  std::optional<Time> pruned;
};

// What documents that ship with the program are called, and no others.
inline constexpr std::string_view kShippedFolder = "shipped/";

// A record as stored, with where it came from.
struct RecordRow {
  RecordKey key = 0;
  HeadKey head = 0;
  RunKey run = 0;        // the run that brought it first
  bool current = false;  // it is what its source says now
  intel::Record record;
  std::string document;  // that it came in, as it was called when its bytes first came; "" from records()
  // Not said by its source: it ships with the program, in our words.
  bool shipped() const { return document.starts_with(kShippedFolder); }
};

// ---- items ----

// What group() and fold() made of some records.
struct Folded {
  intel::Item item;              // layers are not looked at: they come with the judgement
  std::vector<HeadKey> members;  // in order of arrival
  bool contested = false;
};

struct Folding {
  std::vector<Uuid> added, updated, removed;  // item ids; an item whose body stayed the same is in none
  std::uint64_t unchanged = 0;
  struct Merge {
    Uuid into;
    std::vector<Uuid> from;  // the others, sorted
  };
  struct Split {
    Uuid from;
    std::vector<Uuid> into;  // sorted; may include `from`
  };
  std::vector<Merge> merges;
  std::vector<Split> splits;
};

// What is computed of an item as a whole.
struct Judged {
  intel::Layers layers;
  int score = 0;
  // The worst over its assets: affected, under_investigation, fixed, not_affected. nullopt: nobody can tell, the estate
  // does not say enough (a class verdict says what) or names no asset.
  std::optional<judgement::Status> status;
  Json facets = Json::object();  // assess's own: kept and given back
  bool operator==(const Judged&) const = default;
};

// Why a whole class of assets is not affected; its sentence is made when shown.
struct ClassVerdict {
  std::string assets;  // "models", "vision models", "all"
  std::string code;    // reason code
  std::string detail;  // the fact, "text"; may be empty
  auto operator<=>(const ClassVerdict&) const = default;
};

// What has become of a decision, at the moment that a Reader is a view of: everything that asks whether it holds asks
// this. `expired` is never stored: it is what was in force until its `until` came, and is so from that very moment on.
enum class DecisionState : std::uint8_t { in_force, reopened, superseded, expired };
std::string_view to_string(DecisionState state);

struct DecisionRow {
  judgement::Decision decision;  // rationale and by are "" when erased
  DecisionState state = DecisionState::in_force;
  std::vector<std::string> difference;  // why it was reopened
  std::optional<Time> changed;          // when the state last changed
  std::uint64_t leaf = 0;
};

struct ItemRow {
  Uuid id;
  std::string name;
  Foreign title;
  intel::Kind kind = intel::Kind::other;
  intel::Severity severity = intel::Severity::unknown;
  std::optional<Time> published, modified, withdrawn;
  bool contested = false;
  Time created;  // when its first record was retrieved
  Time changed;  // transaction that last changed its body
  std::optional<Judged> judged;
  std::optional<Time> judged_at;  // transaction that last changed the judgement
  bool stale = true;              // the body changed since it was judged (or it never was)
  std::uint32_t affected = 0;     // assets affected
  std::uint32_t investigating = 0;
  // The decision that counts: made for this very id and not superseded; one that expired only where there is no other;
  // of scope all if there is one, else the latest.
  std::optional<Uuid> decision;
  std::optional<judgement::Verdict> verdict;
  DecisionState decision_state = DecisionState::in_force;
  std::optional<intel::Item> item;                 // when asked for; layers set from the judgement
  std::vector<judgement::Assessment> assessments;  // when asked for; score desc, then asset
  std::vector<ClassVerdict> classes;               // when asked for
  std::vector<DecisionRow> decisions;              // when asked for; newest first
};

// Is this decision, made for an item, in force for this asset of it?
bool holds(const DecisionRow& decision, std::string_view asset);
// Does this assessment of the item wait for a person (Counts::open)? The row has to have its decisions.
bool waits(const ItemRow& row, const judgement::Assessment& assessment);

// Empty members do not filter.
struct ItemFilter {
  std::optional<intel::Kind> kind = {};
  std::optional<intel::Layer> layer = {};
  std::string source = {};
  std::optional<Time> since = {};  // modified (or published, where it has no modified) at or after
  // Has an assessment row for it (with `status`: of that status; not_affected: or none, and no class verdict of `untold`).
  std::string asset = {};
  std::optional<judgement::Status> status =
      {};  // some asset (with `asset`: that one) has it; not_affected: the item's worst is that
  // "none": no decision but superseded ones · "open": as in Counts::open; `status` and `asset` are then those of the
  // answer that waits, or that a re-opened decision is about · "reopened" · "expired" · or a verdict in force: "act",
  // "watch" …
  std::string decision = {};
  // Of the open ones: true, where an assessment waits; false, where nothing but a re-opened decision does.
  std::optional<bool> waits = {};
  std::string text = {};     // as in search()
  bool cannot_tell = false;  // only those that nobody can judge (Judged::status); goes with no `status`
  bool withdrawn = true;     // false leaves out withdrawn items
  // Class verdicts after which `asset` is not known to be not affected: what they call its class, by their codes.
  struct Untold {
    std::vector<std::string> assets, codes;
  };
  Untold untold = {};
};

enum class Order : std::uint8_t {
  score,    // highest first, then arrival
  arrival,  // in order of row: for exports
};

struct ItemQuery {
  ItemFilter filter = {};
  Order order = Order::score;
  std::string after = {};  // `next` of the page before; "" for the first
  std::size_t limit = 100;
  bool with_item = false;         // fill `item`
  bool with_assessments = false;  // fill `assessments` and `classes`
  bool with_decisions = false;
};

struct ItemPage {
  std::vector<ItemRow> rows;
  std::string next;  // "" when this was the last one
};

struct Counts {
  std::uint64_t items = 0;
  std::uint64_t records = 0;  // current ones
  std::uint64_t rejects = 0;  // of the last run of each source
  std::uint64_t stale = 0;    // items whose judgement is older than their body
  // Items by worst status; of `cannot_tell` nobody can say it, `unjudged` were never judged.
  std::uint64_t affected = 0, under_investigation = 0, fixed = 0, not_affected = 0, cannot_tell = 0, unjudged = 0;
  std::uint64_t strategic = 0, tactical = 0, operational = 0;
  // Items that wait for a person: not withdrawn, and affected or under investigation for an asset that no decision in
  // force is about (none was made, it re-opened, its `until` has passed); or, whatever their status is now, with a
  // decision that re-opened and since when nobody decided on what it is about. Of these, those affected for such an
  // asset, and those that wait because of a re-opened decision alone.
  std::uint64_t open = 0, open_affected = 0, open_reopened = 0;
};

// Items that are not affected or that nobody can judge, by reason.
struct NoiseRow {
  std::string assets;
  std::string code;
  std::uint64_t items = 0;
  bool cannot_tell = false;  // of the items that nobody can judge
};

// What an assessment rests on; goes into its leaf.
struct AssessmentInputs {
  Digest estate;
  std::string knowledge;  // version or digest of the facts
  std::string rules;      // version of the rules
};
struct AssessmentRun {
  std::int64_t key = 0;
  Time at;
  AssessmentInputs inputs;
  std::uint64_t judged = 0, changed = 0;  // items looked at, items whose result differs
  Digest root;                            // Merkle root over the results of all items, by id
  std::uint64_t leaf = 0;
};

// ---- what people and files say ----

// Two external ids are one thing, or are not.
struct BondRow {
  Uuid id;  // of the pair, whichever way it is written: for erase_text
  intel::Bond bond;
  std::string by;
  Foreign reason;
  Time at;
};

struct EstateVersion {
  std::int64_t seq = 0;
  Digest digest;
  std::vector<estate::Asset> assets;
  struct File {
    std::string path;
    Digest digest;
  };
  std::vector<File> files;
  std::vector<std::string> difference;
  Time at;
};

struct ConfigVersion {
  std::int64_t seq = 0;
  std::string name;  // "tocsin.toml", "knowledge", "rules"
  std::string text;  // "" when erased
  Time at;
};

// ---- the ledger ----

struct LedgerEntry {
  std::uint64_t seq = 0;
  std::uint64_t tx = 0;
  Time at;
  std::string kind;     // "run", "decision" …: docs/formats/ledger.md
  std::string subject;  // what it is about: an item id, a source, an asset
  std::string entry;    // the canonical JSON that was hashed
  Digest leaf;
};

// Empty members do not filter.
struct LedgerFilter {
  std::string kind = {};
  // Entries about one of these, or that name this asset: a status of it that turned, a decision made for it, an estate
  // that got, lost or changed it.
  std::vector<std::string> subjects = {};
  std::string asset = {};
};

struct CheckpointRow {
  std::uint64_t tx = 0;
  std::uint64_t size = 0;
  Digest root;
  Time at;
  std::string note;
};

// Whose word the signatures were checked by: a key that the caller gave, the one that the workspace signs with, or, for
// want of both, the one that the store itself names, which proves nothing about who made the store.
enum class KeyFrom : std::uint8_t { given, workspace, store };
std::string_view to_string(KeyFrom from);

struct InclusionProof {
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  Digest leaf;
  Digest root;
  std::vector<Digest> path;
  std::string entry;  // what the leaf is the hash of
};

}  // namespace tocsin::store
