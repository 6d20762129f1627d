// The SQLite backend, inside. Who uses the store includes store/store.hpp.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "store/backends/database.hpp"
#include "store/migrations/migrations.hpp"
#include "store/store.hpp"

namespace tocsin::store::sqlite {

using Steps = std::span<const migrations::Migration* const>;
// `steps`: others than ours in tests only.
Result<std::unique_ptr<Store>> open_store(const std::string& path, const Options& options,
                                          Steps steps = migrations::all());

// ---- what is sealed ----

// A table whose every row is covered by the ledger: each transaction writes down which rows it left how, and its last
// entry names that list. The seal of a row is a hash over all `columns` that are not NULL; `covered` columns are
// checked against a digest among them instead.
struct SealedTable {
  std::uint8_t number;  // in lists: never reused
  const char* name;
  const char* key;      // the integer primary key
  const char* columns;  // comma-separated, in an order that only grows at the end
  const char* covered;  // comma-separated, "" = none
};
std::span<const SealedTable> sealed_tables();
const SealedTable* sealed_table(std::string_view name);
// Over a row of "SELECT key, columns": the seal. `scratch` is reused between calls.
Digest seal_of(const Query& row, std::string& scratch);

struct Seal {
  std::uint8_t table = 0;
  std::int64_t row = 0;
  std::optional<Digest> before;  // what the row was when the transaction found it; nullopt: it was not there
  Digest digest;                 // what it left; zeros: the row is gone
};
std::string print_seals(const std::vector<Seal>& seals);
Result<std::vector<Seal>> parse_seals(std::string_view bytes);

// ---- small shared things ----

// How a value of `list` is packed.
std::optional<std::string> pack(std::string_view bytes);
Result<std::string> unpack(std::string_view bytes, bool packed);

// One line of a run's list.
std::string delivered_record(std::string_view source, const intel::Record& record, const Digest& content);
std::string delivered_object(std::string_view source, const StixObjectView& object, const Digest& digest);

std::int64_t stix_key(std::string_view source, std::string_view id);
Uuid bond_uuid(const intel::Bond& bond);
Json strings_json(const std::vector<std::string>& strings);
std::vector<std::string> strings_from(const Json& json);
Result<RunCounts> counts_from_json(const Json& body);
// The state of the decision `d` (a name of its table in a statement) at the moment `now` (a number or a parameter): the
// only place that knows when one expires.
std::string decision_state(std::string_view d, std::string_view now);
// The texts that search looks at.
struct SearchTexts {
  std::string name, title, summary;
};
SearchTexts search_texts(const intel::Item& item);

// ---- reading ----

// A connection for reading, given back when the view ends.
class Lease {
 public:
  Lease(std::unique_ptr<Database> db, std::vector<std::unique_ptr<Database>>* pool) : db_(std::move(db)), pool_(pool) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();
  Database& db() { return *db_; }

 private:
  std::unique_ptr<Database> db_;
  std::vector<std::unique_ptr<Database>>* pool_;
};

class SqliteReader : public virtual Reader {
 public:
  // `now`: of the moment that is read; a decision may have been made until then.
  SqliteReader(Database& db, std::unique_ptr<Lease> lease, Time now) : lease_(std::move(lease)), now_(now), db_(db) {}
  Database& database() { return db_; }

  Result<ItemPage> items(const ItemQuery& query) override;
  Result<> each_item(const ItemQuery& query, const std::function<Result<>(ItemRow&)>& each) override;
  Result<std::uint64_t> count_items(const ItemFilter& filter) override;
  Result<std::vector<Uuid>> find(std::string_view name) override;
  Result<std::optional<ItemRow>> item(const Uuid& id) override;
  Result<std::vector<ItemRow>> search(std::string_view text, std::size_t limit) override;
  Result<std::optional<Uuid>> resolve(const Uuid& id) override;
  Result<std::vector<RecordRow>> records_of(const Uuid& item) override;
  Result<std::vector<RecordRow>> history_of(const Uuid& item) override;
  Result<std::optional<RecordRow>> record(RecordKey key) override;

  Result<std::vector<Uuid>> stale_items() override;
  Result<std::vector<Uuid>> items_of_packages(std::span<const std::string> keys) override;
  Result<std::vector<judgement::Assessment>> assessments_of(const Uuid& item) override;
  Result<std::vector<judgement::Assessment>> assessments_of_asset(std::string_view asset) override;
  Result<Counts> counts() override;
  Result<std::vector<NoiseRow>> noise() override;
  Result<std::optional<AssessmentRun>> last_assessment() override;

  Result<std::vector<intel::Identity>> component(std::span<const HeadKey> heads) override;
  Result<std::vector<intel::Record>> records(std::span<const HeadKey> heads) override;
  Result<std::vector<HeadKey>> heads_with(const intel::Id& id) override;
  Result<std::vector<BondRow>> bonds() override;

  Result<std::vector<SourceState>> sources() override;
  Result<SourceState> source(std::string_view name) override;
  Result<std::vector<Run>> runs(std::string_view source_or_all, std::size_t limit) override;
  Result<std::vector<Reject>> rejects(RunKey run) override;
  Result<std::optional<SnapshotRow>> snapshot(const Digest& digest) override;

  Result<std::vector<StixObject>> stix_versions(std::string_view source, std::string_view id) override;
  Result<> each_stix(std::string_view source_or_all, const std::function<Result<>(const StixObject&)>& each) override;
  Result<std::vector<StixObject>> edges_of(std::string_view source, std::string_view id) override;

  Result<std::vector<DecisionRow>> decisions_of(const Uuid& item) override;
  Result<std::vector<DecisionRow>> decisions(std::optional<DecisionState> state, std::size_t limit) override;
  Result<std::optional<DecisionRow>> decision(const Uuid& id) override;
  Result<std::vector<judgement::Action>> actions_of(const Uuid& item) override;
  Result<std::vector<judgement::Action>> actions() override;
  Result<std::optional<EstateVersion>> estate() override;
  Result<std::optional<EstateVersion>> estate(const Digest& digest) override;
  Result<std::vector<EstateVersion>> estate_versions(std::size_t limit) override;
  Result<std::optional<ConfigVersion>> config(std::string_view name) override;

  Result<std::uint64_t> ledger_size() override;
  Result<std::vector<LedgerEntry>> ledger(std::uint64_t first, std::size_t limit, const LedgerFilter& filter) override;
  Result<CheckpointRow> checkpoint() override;
  Result<std::vector<CheckpointRow>> checkpoints(std::uint64_t after_tx, std::size_t limit) override;
  Result<InclusionProof> prove(std::uint64_t seq, std::uint64_t size) override;
  Result<std::vector<Digest>> prove_consistency(std::uint64_t older, std::uint64_t newer) override;
  Result<InclusionProof> prove_delivery(RunKey run, std::string_view external_id) override;

 protected:
  ledger::Nodes nodes();
  Result<std::string> list_bytes(const Digest& digest);  // `unavailable` when there is none
  // Lines of a run's list, in order.
  Result<std::vector<std::string>> delivered(const Digest& list);

 private:
  struct Where;  // SQL of a filter with its values
  // The definition of "open" (Counts::open). Its parts: what is said of an assessment `a` of an item `i` (in C++:
  // store::waits), and of a decision `d`.
  std::string waits() const;
  std::string waits_again() const;
  Result<Where> where(const ItemFilter& filter);
  Result<ItemRow> read_item(Query& q, const ItemQuery& query);
  Result<> fill(ItemRow& row, const ItemQuery& query);
  Result<> walk_items(const ItemQuery& query, std::size_t limit, const std::function<Result<bool>(ItemRow&)>& each,
                      std::string* next);
  // Rows of `item` that match, best first; at most `limit`.
  Result<std::vector<std::int64_t>> search_rows(std::string_view text, std::size_t limit);
  Result<std::vector<RecordRow>> read_records(Query q);
  Result<DecisionRow> read_decision(Query& q);
  Result<std::vector<DecisionRow>> read_decisions(Query q);
  Result<std::vector<judgement::Action>> read_actions(Query q);
  Result<std::vector<judgement::Assessment>> read_assessments(Query q);
  Result<EstateVersion> read_estate(Query& q);

  std::unique_ptr<Lease> lease_;
  Time now_;

 protected:
  Database& db_;
};

// ---- writing ----

// What begin_run and begin_assessment opened. (Inside the class, clang could not yet construct them where
// std::optional asks for it.)
struct OpenRun {
  RunKey key = 0;
  std::string source;
  Time started;
  RunCounts counts;
  std::vector<std::string> lines;  // of the list
  std::unordered_set<HeadKey> delivered;
  std::optional<std::pair<std::string, std::string>> cursor;  // with validators
};
struct OpenAssessment {
  AssessmentInputs inputs;
  std::uint64_t judged = 0, changed = 0;
};

class SqliteTransaction final : public SqliteReader, public Transaction {
 public:
  struct Context {
    const SigningKey* key;
    Random* random;
    Time now;
    std::string origin;
    // In the middle of migrations: what the last of them adds to sealed tables is not there yet, and counts as NULL.
    bool older = false;
  };
  // Registers for the connection's changes; one at a time on a connection.
  SqliteTransaction(Database& db, Context context);
  ~SqliteTransaction() override;

  // Reads where the ledger stands; refuses when it does not agree with its last checkpoint.
  Result<> begin();
  // Seals, appends, signs: everything but the COMMIT. False when nothing was changed.
  Result<bool> finish();
  // For migrations: every row of every table is written down again (its columns may be others now).
  Result<> mark_all_rows();
  // A text was erased: its bytes must leave the files as well.
  bool erased() const { return erased_; }

  Time now() const override { return context_.now; }
  Result<RunKey> begin_run(std::string_view source, Time started) override;
  Result<Added> add_record(const intel::Record& record) override;
  Result<Kept> add_object(const StixObjectView& object) override;
  Result<> add_reject(const Reject& reject) override;
  Result<> add_snapshot(const Digest& digest, std::uint64_t size, std::string_view media_type,
                        std::string_view name) override;
  Result<> put_cursor(std::string_view cursor, const Json& validators) override;
  Result<Run> end_run(const RunEnd& end) override;
  Result<Folding> replace_items(std::span<const Folded> items) override;
  Result<> begin_assessment(const AssessmentInputs& inputs) override;
  Result<bool> replace_assessments(const Uuid& item, const Judged& judged, std::span<const judgement::Assessment> rows,
                                   std::span<const ClassVerdict> classes) override;
  Result<AssessmentRun> end_assessment() override;
  Result<> put_decision(const judgement::Decision& decision) override;
  Result<> reopen_decision(const Uuid& decision, const std::vector<std::string>& difference) override;
  Result<> restore_decision(const Uuid& decision) override;
  Result<> put_action(const judgement::Action& action) override;
  Result<> put_bond(const intel::Bond& bond, std::string_view by, const Foreign& reason) override;
  Result<bool> put_estate(const estate::Estate& estate, const estate::Difference& difference) override;
  Result<bool> put_config(std::string_view name, std::string_view text) override;
  Result<> put_source(std::string_view source, std::string_view change, const Json& what) override;
  Result<std::uint64_t> erase_text(const Uuid& of, std::string_view by, std::string_view reason) override;
  Result<> prune_snapshots(std::span<const Digest> digests, std::string_view reason) override;
  Result<> note(std::string_view kind, std::string_view subject, const Json& body) override;

 private:
  struct Entry {
    std::string kind, subject;
    Json body;
  };
  struct Text {
    std::int64_t row = 0;
    Digest hash;
  };
  struct OldItem;
  struct Refolding;  // what the phases of replace_items() tell each other

  struct Hook;
  friend struct Hook;
  Result<> learn_columns();
  // Number of the entry in the ledger: known now, because nobody else appends.
  std::uint64_t append(std::string_view kind, std::string_view subject, Json body);
  Result<Digest> put_list(std::string_view bytes);
  Result<Text> put_text(const Uuid& owner, std::string_view value);
  Result<std::vector<Seal>> seal_rows();
  Result<> append_entries(const std::optional<Digest>& rows);
  Result<> put_checkpoint();
  Result<std::int64_t> next_row(const char* sql, std::int64_t& next);
  Result<> put_ids(HeadKey head, const intel::Record& record, bool known);
  Result<> write_item(std::int64_t row, bool known, const Folded& folded, const std::string& body,
                      const Digest& digest);
  Result<> find_homes(Refolding& work);
  Result<> write_items(Refolding& work);
  void tell_merges(Refolding& work);
  void tell_splits(Refolding& work);
  Result<> turn_redirects(Refolding& work);
  Result<> put_packages(std::int64_t row, bool known, const intel::Item& item);
  Result<> remove_item(std::int64_t row, const Uuid& id);
  Result<> status_turned(const Uuid& item, std::string_view name, std::string_view asset,
                         std::optional<judgement::Status> from, std::optional<judgement::Status> to, Json reasons);
  Result<> put_decision_state(const Uuid& decision, DecisionState state, const std::vector<std::string>& difference,
                              std::string_view kind, Json body);

  Context context_;
  std::uint64_t tx_ = 0;
  ledger::Appender tree_;
  std::vector<Entry> entries_;
  // By position in sealed_tables(): the rows that were touched, with their seal before that; where sealed columns
  // stand in the table.
  std::vector<std::unordered_map<std::int64_t, std::optional<Digest>>> touched_;
  std::vector<std::string> selects_;  // of each sealed table, "" where it is not there yet
  std::vector<std::vector<int>> columns_;
  std::vector<std::pair<const char*, int>> table_names_;  // pointer → position, -1 = not sealed
  std::string scratch_;
  bool erased_ = false;
  std::optional<OpenRun> run_;
  std::optional<OpenAssessment> assessment_;
  std::int64_t next_head_ = 0, next_record_ = 0, next_run_ = 0, next_item_ = 0;
};

Result<Verification> verify_database(Database& db, const Snapshots& snapshots, const StoreInfo& info,
                                     const VerifyOptions& options, Steps steps);
// The part of it that a migration needs, on a database of the layout that `steps` lead to: entries, checkpoints and
// every sealed row. Sealed columns that a later step adds count as NULL, which no seal holds.
Result<Verification> verify_before_migration(Database& db, const Snapshots& snapshots, const StoreInfo& info,
                                             const VerifyOptions& options, Steps steps);
// The CREATE statements that the migrations make: (type, name) → SQL.
Result<std::map<std::pair<std::string, std::string>, std::string>> expected_schema(Steps steps);

}  // namespace tocsin::store::sqlite
