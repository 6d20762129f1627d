// The store: what tocsin knows, with the proof of how it came to know it. One interface in our terms over every
// backend.
//
// - Reading: `store->read()` gives a Reader, a view of one moment that no writer blocks or changes. Keep it for one
//   job, not for ever.
// - Writing: a closure that gets a Transaction. All of it happens, with its ledger entries and one signed checkpoint,
//   or none of it. The backend may run the closure again (it lost a race): it must work on the Transaction only and
//   have no other effect that adds up. An error from the closure undoes everything and is given back.
// - The ledger cannot be switched off or gone around: every method that changes what people answer for appends its own
//   entry, every changed row is sealed in the list that the transaction's last entry names, a transaction that changes
//   rows without an entry is refused, and if the entry cannot be appended nothing happens.
//
// A Store belongs to one thread at a time and outlives its Readers; other threads open their own. Layout of the SQLite
// backend: docs/formats/store.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/signature.hpp"
#include "base/time.hpp"
#include "store/ledger.hpp"
#include "store/rows.hpp"
#include "store/snapshots.hpp"

namespace tocsin::store {

// A view of one moment. Not const, because a backend prepares statements; it changes nothing.
class Reader {
 public:
  virtual ~Reader() = default;

  // ---- items ----
  virtual Result<ItemPage> items(const ItemQuery& query) = 0;
  // All that match, in order of arrival, one at a time: for exports and for assess. An error from `each` stops and is
  // given back.
  virtual Result<> each_item(const ItemQuery& query, const std::function<Result<>(ItemRow&)>& each) = 0;
  virtual Result<std::uint64_t> count_items(const ItemFilter& filter) = 0;
  // The items that go by this name: an external id in any spelling intel::recognise knows, an item id, at least 4 hex
  // digits that begin one, a URL or a name. Redirects are followed. Best first; several only where the text is
  // ambiguous.
  virtual Result<std::vector<Uuid>> find(std::string_view name) = 0;
  // By id, redirects followed; everything filled. nullopt when there is none.
  virtual Result<std::optional<ItemRow>> item(const Uuid& id) = 0;
  // Any bytes: items with that very id first, then those with all the words, best match first, then those that contain
  // the text where words cannot be told ("C++", an emoji); everything filled. Never an error because of the text.
  virtual Result<std::vector<ItemRow>> search(std::string_view text, std::size_t limit) = 0;
  // Where this id leads now: itself, or what it was merged into; nullopt when it was never an item.
  virtual Result<std::optional<Uuid>> resolve(const Uuid& id) = 0;
  virtual Result<std::vector<RecordRow>> records_of(const Uuid& item) = 0;  // current ones, in order of arrival
  virtual Result<std::vector<RecordRow>> history_of(const Uuid& item) = 0;  // all versions, newest first
  virtual Result<std::optional<RecordRow>> record(RecordKey key) = 0;

  // ---- what an assessment needs ----
  // Items whose body is newer than their judgement, in order of arrival.
  virtual Result<std::vector<Uuid>> stale_items() = 0;
  // Items that name one of these packages; keys as package_of() makes them. Sorted, unique.
  virtual Result<std::vector<Uuid>> items_of_packages(std::span<const std::string> keys) = 0;
  virtual Result<std::vector<judgement::Assessment>> assessments_of(const Uuid& item) = 0;
  virtual Result<std::vector<judgement::Assessment>> assessments_of_asset(std::string_view asset) = 0;  // by score
  virtual Result<Counts> counts() = 0;
  virtual Result<std::vector<NoiseRow>> noise() = 0;  // most items first
  virtual Result<std::optional<AssessmentRun>> last_assessment() = 0;

  // ---- folding ----
  // The records that the given ones can fall together with: all that share, directly or through others, an id that
  // joins, a bond or an item. In order of arrival, `primary` true.
  virtual Result<std::vector<intel::Identity>> component(std::span<const HeadKey> heads) = 0;
  // Current records of these heads, in the order asked for.
  virtual Result<std::vector<intel::Record>> records(std::span<const HeadKey> heads) = 0;
  // The heads whose current record carries this id.
  virtual Result<std::vector<HeadKey>> heads_with(const intel::Id& id) = 0;
  virtual Result<std::vector<BondRow>> bonds() = 0;

  // ---- sources and runs ----
  virtual Result<std::vector<SourceState>> sources() = 0;         // by name
  virtual Result<SourceState> source(std::string_view name) = 0;  // an empty state when it never ran
  virtual Result<std::vector<Run>> runs(std::string_view source_or_all, std::size_t limit) = 0;  // newest first
  virtual Result<std::vector<Reject>> rejects(RunKey run) = 0;
  virtual Result<std::optional<SnapshotRow>> snapshot(const Digest& digest) = 0;

  // ---- foreign objects ----
  // Oldest first.
  virtual Result<std::vector<StixObject>> stix_versions(std::string_view source, std::string_view id) = 0;
  virtual Result<> each_stix(std::string_view source_or_all,
                             const std::function<Result<>(const StixObject&)>& each) = 0;
  virtual Result<std::vector<StixObject>> edges_of(std::string_view source, std::string_view id) = 0;  // from or to it

  // ---- decisions, actions, files ----
  // Newest first, both; those of an item are those of all ids that lead to it.
  virtual Result<std::vector<DecisionRow>> decisions_of(const Uuid& item) = 0;
  virtual Result<std::vector<DecisionRow>> decisions(std::optional<DecisionState> state, std::size_t limit) = 0;
  virtual Result<std::optional<DecisionRow>> decision(const Uuid& id) = 0;
  virtual Result<std::vector<judgement::Action>> actions_of(const Uuid& item) = 0;
  virtual Result<std::vector<judgement::Action>> actions() = 0;                       // by due date, then age
  virtual Result<std::optional<EstateVersion>> estate() = 0;                          // the latest
  virtual Result<std::optional<EstateVersion>> estate(const Digest& digest) = 0;      // the latest with this digest
  virtual Result<std::vector<EstateVersion>> estate_versions(std::size_t limit) = 0;  // newest first
  virtual Result<std::optional<ConfigVersion>> config(std::string_view name) = 0;     // the latest

  // ---- the ledger ----
  virtual Result<std::uint64_t> ledger_size() = 0;
  // From entry `first` on, oldest first.
  virtual Result<std::vector<LedgerEntry>> ledger(std::uint64_t first, std::size_t limit,
                                                  const LedgerFilter& filter = {}) = 0;
  virtual Result<CheckpointRow> checkpoint() = 0;  // the latest
  virtual Result<std::vector<CheckpointRow>> checkpoints(std::uint64_t after_tx, std::size_t limit) = 0;
  // `size`: of the tree to prove it in; 0 = now.
  virtual Result<InclusionProof> prove(std::uint64_t seq, std::uint64_t size = 0) = 0;
  virtual Result<std::vector<Digest>> prove_consistency(std::uint64_t older, std::uint64_t newer = 0) = 0;
  // That a run delivered this: a proof in the tree of the run's own list, whose root is in the run's entry.
  virtual Result<InclusionProof> prove_delivery(RunKey run, std::string_view external_id) = 0;
};

struct RunEnd {
  Outcome outcome = Outcome::complete;
  std::string error;
  Json notes = Json::array();  // sentences of the parsers; kept in the entry
};

// One change of the store, not yet made. Reads see what was written so far, except the ledger: entries get their number
// at the end.
class Transaction : public virtual Reader {
 public:
  // The time of everything in it: one value, taken when it began.
  virtual Time now() const = 0;

  // ---- a collection run: begin, add, fold, end; at most one open ----
  virtual Result<RunKey> begin_run(std::string_view source, Time started) = 0;
  // `record.source` is the run's. Only head, record and change are given back: hold on to the records yourself.
  virtual Result<Added> add_record(const intel::Record& record) = 0;
  virtual Result<Kept> add_object(const StixObjectView& object) = 0;
  virtual Result<> add_reject(const Reject& reject) = 0;
  // Names a file of snapshots/ that was put there before.
  virtual Result<> add_snapshot(const Digest& digest, std::uint64_t size, std::string_view media_type,
                                std::string_view name) = 0;
  // `source` is the run's; last_attempt, last_success, last_error and failures are set by end_run().
  virtual Result<> put_cursor(std::string_view cursor, const Json& validators) = 0;
  // Appends the run's entry.
  virtual Result<Run> end_run(const RunEnd& end) = 0;

  // Makes these the items of their members. Together they must hold every member of every item that any of them
  // belonged to. Old ids that are gone redirect to where their first record went; joining or parting of items that
  // existed is ledgered (growth is not). Judgements of removed items go; decisions stay with the id they were made for.
  virtual Result<Folding> replace_items(std::span<const Folded> items) = 0;

  // ---- an assessment run ----
  virtual Result<> begin_assessment(const AssessmentInputs& inputs) = 0;
  // Replaces what is known of an item; nothing happens when it is the same. Appends an entry for each asset whose
  // status turns to or from `affected`. `rows`: affected, under_investigation, fixed and decided pairs. True when
  // something changed.
  virtual Result<bool> replace_assessments(const Uuid& item, const Judged& judged,
                                           std::span<const judgement::Assessment> rows,
                                           std::span<const ClassVerdict> classes) = 0;
  virtual Result<AssessmentRun> end_assessment() = 0;

  // ---- what people and files say ----
  // Earlier decisions of the same item whose scope lies in this one's are superseded. `refused` without a rationale
  // or a name.
  virtual Result<> put_decision(const judgement::Decision& decision) = 0;
  virtual Result<> reopen_decision(const Uuid& decision, const std::vector<std::string>& difference) = 0;
  // A reopened decision whose basis is again what it was (an alias withdrawn, a merge undone) is in force again;
  // ledgered.
  virtual Result<> restore_decision(const Uuid& decision) = 0;
  virtual Result<> put_action(const judgement::Action& action) = 0;  // a new one, or a new state of one
  // The last one of a pair counts.
  virtual Result<> put_bond(const intel::Bond& bond, std::string_view by, const Foreign& reason) = 0;
  // Nothing happens (false) when it says the same as the latest: assets and digests of the files, or the text.
  virtual Result<bool> put_estate(const estate::Estate& estate, const estate::Difference& difference) = 0;
  virtual Result<bool> put_config(std::string_view name, std::string_view text) = 0;
  // A source was added, switched on or off, vetted, retired: `what` is the new description.
  virtual Result<> put_source(std::string_view source, std::string_view change, const Json& what) = 0;
  // Forgets names and free text of a decision, action, bond, file of settings or prune of this id; the entry stays and
  // says that it was erased. After the commit write() empties the write-ahead log, so that the bytes are in no file of
  // the store. When somebody reads an older state all the while, that is a `conflict`: the erasure stands, its message
  // says what is left to do.
  virtual Result<std::uint64_t> erase_text(const Uuid& of, std::string_view by, std::string_view reason) = 0;
  // Forgets files: the caller removes them from snapshots/ after the commit. The reason is a text like others, and can
  // be erased.
  virtual Result<> prune_snapshots(std::span<const Digest> digests, std::string_view reason) = 0;
  // An entry that speaks of no row: a report was made, a key was shown.
  virtual Result<> note(std::string_view kind, std::string_view subject, const Json& body) = 0;
};

// What is wrong with one row, file or proof.
struct Finding {
  std::string table;  // "decision", "ledger", "snapshots/" …
  std::string row;    // its key, readable: "17 (CVE-2025-32434)"
  std::string what;   // one sentence
  auto operator<=>(const Finding&) const = default;
};
struct VerifyOptions {
  std::vector<std::string> against;  // checkpoint notes kept elsewhere
  std::optional<PublicKey> key;  // nullopt: of the signing key given at open, else the one that the store itself names
  bool snapshots = true;         // read and hash every file of snapshots/
  std::size_t max_findings = 1000;  // then it stops looking
  Progress* progress = nullptr;
};
struct Verification {
  std::vector<Finding> findings;
  std::vector<std::string> notes;  // "the key was taken from the store itself"
  std::uint64_t entries = 0, checkpoints = 0, rows = 0, files = 0, against = 0;
  ledger::Checkpoint head;
  std::optional<PublicKey> key;  // nullopt: there was none, which is a finding
  KeyFrom key_from = KeyFrom::store;
  bool holds() const { return findings.empty(); }
};

struct Options {
  bool create = false;  // make the database when there is none; false: `unavailable`
  // Never writes, also no migration. So is every store whose file or folder cannot be written: it can be read, and a
  // write says why not.
  bool read_only = false;
  const Clock* clock = nullptr;     // nullptr: system_clock()
  Random* random = nullptr;         // of salts; nullptr: system_random()
  std::optional<SigningKey> key;    // without it nothing can be written
  std::string why_no_key;           // for the error of a write: "keys/ledger.pem: Permission denied"
  std::string origin;               // of checkpoints, kept when the store is created: "tocsin/example-org"
  std::filesystem::path snapshots;  // folder; "" = "snapshots" beside the database
  std::chrono::milliseconds busy_timeout{30'000};  // how long a writer waits for another
};

struct StoreInfo {
  std::string url;
  std::string backend;  // "sqlite"
  int schema = 0;       // number of the last migration
  std::string origin;
  std::optional<PublicKey> key;  // that the first entry names
  std::string cannot_write;      // why it is for reading only although that was not asked; "" = it is not
};

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<std::unique_ptr<Reader>> read() = 0;
  // `what` for messages: "collect osv". `conflict` when another writer held the store for the whole busy timeout (its
  // command and process id in the message, where known), `refused` without a signing key. Failpoints:
  // store.write.{before,after} around the closure, store.seal.{before,after}, store.checkpoint.{before,after},
  // store.commit.{before,after}.
  virtual Result<> write(std::string_view what, const std::function<Result<>(Transaction&)>& change) = 0;
  // Recomputes the ledger and compares every row that it speaks of. An error only when it cannot look.
  virtual Result<Verification> verify(const VerifyOptions& options) = 0;
  virtual StoreInfo info() const = 0;
  virtual Snapshots& snapshots() = 0;
};

// A path, "sqlite:PATH", or ":memory:". `refused` for what this build has no backend for, and for a database that a
// newer tocsin made; `malformed` when the file is no database of ours. Migrations run here, each in a transaction with
// its entry in the ledger; a store that is not what its ledger says is `refused` one: a migration seals every row anew.
Result<std::unique_ptr<Store>> open(std::string_view url, const Options& options);

// How a package is named in items_of_packages(): "PyPI/torch", the name by versions::package_key().
std::string package_of(std::string_view ecosystem, std::string_view name);

}  // namespace tocsin::store
