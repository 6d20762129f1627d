// Verification, in the order in which one thing can be believed after another:
//
//   1. the schema is the one that the migrations make (a trigger or view put in would change what later steps see),
//      and the indexes hold what the tables hold (a row that its index does not know is there for a walk, and gone for
//      every question);
//   2. the entries: numbered without gaps, hashed as their leaf says, their columns as the entry says, the tree's nodes
//   over them;
//   3. the checkpoints: one for each transaction, its size and root those of the tree, its signature by the key; and
//      the checkpoints kept elsewhere: their root is the tree's at their size (that is what finds a rewrite with the
//      stolen key);
//   4. the lists: their digests; each named by an entry, none besides;
//   5. the rows: the seals of all transactions folded, oldest first, and compared with every row of every sealed table;
//   6. what rows carry beside their seal: bodies against content digests, texts against their hashes, decisions
//      against the entry that recorded them (their row lives on: an edit between two changes would else be sealed by
//      the second);
//   7. the search index: it follows from the items, so it is not sealed but worked out again;
//   8. the runs: root and list as their entry says, records and objects stored = delivered;
//   9. the files of snapshots/.
//
// Before a migration steps 1 to 6 without the decisions are enough: what it seals anew.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/text.hpp"
#include "store/backends/sqlite.hpp"
#include "store/migrations/migrations.hpp"

namespace tocsin::store::sqlite {
namespace {

struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t out = 0;
    std::copy_n(digest.bytes.begin(), sizeof out, reinterpret_cast<unsigned char*>(&out));
    return out;
  }
};

struct TransactionEnd {
  std::uint64_t tx = 0;
  std::uint64_t size = 0;
  Digest root;
  Time at;
};

struct NamedList {
  std::uint64_t seq = 0;
  bool layout = false;  // of a migration: rows are sealed anew, without what they were
  Digest digest;
};

struct RunEntry {
  std::uint64_t seq = 0;
  std::string source;
  Json body;
};

class Verifier {
 public:
  Verifier(Database& db, const Snapshots& snapshots, const StoreInfo& info, const VerifyOptions& options, Steps steps)
      : db_(db), snapshots_(snapshots), info_(info), options_(options), steps_(steps) {}

  Result<Verification> run() {
    Progress& progress = options_.progress ? *options_.progress : no_progress();
    TOCSIN_CHECK(check_rows(progress));
    TOCSIN_CHECK(check_decisions());
    progress.stage("search", 0);
    TOCSIN_CHECK(check_search());
    progress.stage("runs", runs_.size());
    TOCSIN_CHECK(check_runs());
    check_lists();
    if (options_.snapshots) {
      progress.stage("snapshots", 0);
      TOCSIN_CHECK(check_snapshots());
    }
    progress.finish();
    out_.entries = leaves_.size();
    return std::move(out_);
  }

  Result<Verification> run_before_migration() {
    TOCSIN_CHECK(check_rows(no_progress()));
    out_.entries = leaves_.size();
    return std::move(out_);
  }

 private:
  Result<> check_rows(Progress& progress) {
    progress.stage("schema", 0);
    TOCSIN_CHECK(check_schema());
    TOCSIN_CHECK(check_indexes());
    progress.stage("ledger", 0);
    TOCSIN_CHECK(walk_entries());
    TOCSIN_CHECK(check_tree());
    progress.stage("checkpoints", 0);
    TOCSIN_CHECK(check_checkpoints());
    check_against();
    progress.stage("lists", 0);
    TOCSIN_CHECK(read_lists());
    TOCSIN_CHECK(fold_seals());
    progress.stage("rows", sealed_tables().size());
    for (std::size_t i = 0; i < sealed_tables().size(); ++i) {
      TOCSIN_CHECK(check_table(sealed_tables()[i]));
      progress.advance(i + 1);
    }
    return {};
  }

  void found(std::string_view table, std::string row, std::string what) {
    if (out_.findings.size() < options_.max_findings) {
      out_.findings.push_back({std::string(table), std::move(row), std::move(what)});
    } else if (!full_) {
      full_ = true;
      out_.notes.push_back(
          fmt::format("there are more than {} findings; the rest is not listed", options_.max_findings));
    }
  }

  Result<> check_schema() {
    TOCSIN_TRY(auto expected, expected_schema(steps_));
    TOCSIN_TRY(Query q, db_.query("SELECT type, name, coalesce(sql, '') FROM sqlite_master"));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      const auto known = expected.find(std::pair(q.string(0), q.string(1)));
      const std::string row = fmt::format("{} {}", printable(q.text(0)), printable(q.text(1)));
      if (known == expected.end()) {
        if (q.text(1).starts_with("sqlite_stat")) continue;  // left by somebody's ANALYZE: steers the planner only
        found("sqlite_master", row, "no migration makes it");
        continue;
      }
      if (known->second != q.text(2)) found("sqlite_master", row, "it is defined otherwise than by the migrations");
      expected.erase(known);
    }
    for (const auto& [key, sql] : expected) found("sqlite_master", key.first + " " + key.second, "it is missing");
    return {};
  }

  Result<> check_indexes() {
    TOCSIN_TRY(Query q, db_.query("PRAGMA integrity_check"));  // 100 lines at most; one that says "ok" when all is well
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      if (q.text(0) != "ok") found("sqlite_master", "", "SQLite finds the file damaged: " + printable(q.text(0)));
    }
  }

  // The facts of an entry that later steps need. False when the entry cannot be read.
  bool take_entry(std::uint64_t seq, std::string_view text, const Query& q) {
    auto parsed = parse_json(text);
    if (!parsed || !parsed->is_object()) return false;
    Json& entry = *parsed;
    const auto at = parse_time(entry["at"].as_string());
    const auto tx = entry["tx"].as_uint();
    if (!at || !tx || !entry["body"].is_object()) return false;
    const std::string row = std::to_string(seq);
    if (*tx != q.u64(1)) found("ledger", row, fmt::format("its row says transaction {}, its entry {}", q.u64(1), *tx));
    if (*at != q.time(2)) found("ledger", row, "its row says another time than its entry");
    if (entry["kind"].as_string() != q.text(3)) found("ledger", row, "its row says another kind than its entry");
    if (entry["subject"].as_string() != q.text(4)) found("ledger", row, "its row says another subject than its entry");
    if (ends_.empty() || ends_.back().tx != *tx) {
      const std::uint64_t before = ends_.empty() ? 0 : ends_.back().tx;
      if (*tx != before + 1) found("ledger", row, fmt::format("transaction {} follows on {}", *tx, before));
      ends_.push_back({*tx, 0, {}, *at});
    } else if (ends_.back().at != *at) {
      found("ledger", row, "the entries of one transaction have different times");
    }
    if (const Json* rows = entry["body"].find("rows")) {
      const auto digest = parse_digest(rows->as_string());
      const std::string_view kind = entry["kind"].as_string();
      if (digest) rows_.push_back({seq, kind == "store" || kind == "layout", *digest});
      if (!digest) found("ledger", row, "the list of rows that it names is no digest");
    }
    if (entry["kind"].as_string() == "run")
      runs_.push_back({seq, std::string(entry["subject"].as_string()), entry["body"]});
    if (seq == 0) first_key_ = std::string(entry["body"]["key"].as_string());
    return true;
  }

  Result<> walk_entries() {
    TOCSIN_TRY(Query q, db_.query("SELECT seq, tx, at, kind, subject, leaf, entry FROM ledger ORDER BY seq"));
    ledger::Appender tree;
    std::uint64_t next = 0;
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      const std::uint64_t seq = q.u64(0);
      if (q.i64(0) < 0) {
        found("ledger", std::to_string(q.i64(0)), "entries are numbered from 0");
        continue;
      }
      for (; next < seq && seq - next < 1000; ++next) found("ledger", std::to_string(next), "the entry is missing");
      if (next < seq) found("ledger", fmt::format("{} to {}", next, seq - 1), "the entries are missing");
      next = seq + 1;
      const Digest leaf = q.digest(5);
      if (ledger::leaf_hash(q.text(6)) != leaf)
        found("ledger", std::to_string(seq), "its hash is not that of its entry");
      if (!take_entry(seq, q.text(6), q)) found("ledger", std::to_string(seq), "its entry cannot be read");
      leaves_.push_back(leaf);
      tree.append(leaf);
      if (!ends_.empty()) {
        ends_.back().size = tree.size();
        ends_.back().root = tree.root();
      }
    }
    if (leaves_.empty()) found("ledger", "0", "the ledger is empty");
    out_.head = {info_.origin, tree.size(), tree.root()};
    return {};
  }

  Result<> check_tree() {
    std::uint64_t expected = 0;
    ledger::Appender tree;
    std::vector<ledger::Node> made;
    for (const Digest& leaf : leaves_) {
      made.clear();
      tree.append(leaf, made);
      for (const ledger::Node& node : made) {
        if (node.level == 0) continue;
        ++expected;
        TOCSIN_TRY(Query q,
                   db_.query("SELECT hash FROM tree_node WHERE level = ? AND idx = ?", node.level, node.index));
        TOCSIN_TRY(const bool there, q.next());
        const std::string row = fmt::format("level {}, index {}", node.level, node.index);
        if (!there) found("tree_node", row, "it is missing");
        if (there && q.text(0) != node.hash.view()) found("tree_node", row, "it is not the hash of what lies below it");
      }
    }
    TOCSIN_TRY(const auto count, db_.value("SELECT count(*) FROM tree_node"));
    if (static_cast<std::uint64_t>(count.value_or(0)) <= expected) return {};
    TOCSIN_TRY(
        Query q,
        db_.query("SELECT level, idx FROM tree_node WHERE level < 1 OR level > 62 OR idx < 0 OR idx >= (?1 >> level)",
                  leaves_.size()));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      found("tree_node", fmt::format("level {}, index {}", q.i64(0), q.i64(1)), "no entries lie below it");
    }
  }

  void choose_key() {
    if (options_.key) {
      key_ = options_.key;
      return;
    }
    const auto raw = from_hex(first_key_);
    if (raw && raw->size() == 32) {
      key_ = PublicKey{*raw};
      out_.notes.push_back("the key " + key_->fingerprint() +
                           " was taken from the store itself: compare it with the one you were given");
    } else {
      found("ledger", "0", "the first entry names no key, so that no signature can be checked");
    }
  }

  Result<> check_checkpoints() {
    choose_key();
    out_.key = key_;
    std::unordered_map<std::uint64_t, const TransactionEnd*> ends;
    for (const TransactionEnd& end : ends_) ends.emplace(end.tx, &end);
    TOCSIN_TRY(Query q, db_.query("SELECT tx, size, root, at, note FROM checkpoint ORDER BY tx"));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      ++out_.checkpoints;
      const std::string row = std::to_string(q.i64(0));
      if (q.u64(1) > leaves_.size())
        found("ledger", fmt::format("from {}", leaves_.size()),
              fmt::format("checkpoint {} speaks of {} entries: the later ones are missing", row, q.u64(1)));
      const auto end = ends.find(q.u64(0));
      if (end == ends.end()) {
        found("checkpoint", row, "there is no transaction of this number");
        continue;
      }
      const TransactionEnd& want = *end->second;
      if (q.u64(1) != want.size)
        found("checkpoint", row, fmt::format("it says {} entries, the transaction ended with {}", q.u64(1), want.size));
      else if (q.text(2) != want.root.view())
        found("checkpoint", row, "its root is not that of the entries before it");
      if (q.time(3) != want.at) found("checkpoint", row, "its time is not that of its transaction");
      if (key_) {
        const auto note = ledger::open_checkpoint(q.text(4), *key_);
        if (!note)
          found("checkpoint", row, note.error().what);
        else if (note->size != q.u64(1) || note->root.view() != q.text(2) || note->origin != info_.origin)
          found("checkpoint", row, "what was signed is not what its row says");
      }
      ends.erase(end);
    }
    for (const TransactionEnd& end : ends_) {
      if (ends.contains(end.tx))
        found("checkpoint", std::to_string(end.tx), "it is missing: every transaction has one");
    }
    return {};
  }

  void check_against() {
    for (std::size_t i = 0; i < options_.against.size(); ++i) {
      const std::string row = fmt::format("{} given", i + 1);
      const auto checkpoint =
          key_ ? ledger::open_checkpoint(options_.against[i], *key_) : ledger::parse_checkpoint(options_.against[i]);
      if (!checkpoint) {
        found("checkpoint", row, checkpoint.error().what);
        continue;
      }
      ++out_.against;
      if (checkpoint->origin != info_.origin)
        found("checkpoint", row, "it is one of '" + checkpoint->origin + "', this store is '" + info_.origin + "'");
      else if (checkpoint->size > leaves_.size())
        found("ledger", fmt::format("from {}", leaves_.size()),
              fmt::format("the checkpoint kept elsewhere speaks of {} entries: the later ones were cut off",
                          checkpoint->size));
      else if (ledger::root_of(std::span(leaves_).first(checkpoint->size)) != checkpoint->root)
        found("ledger", fmt::format("before {}", checkpoint->size),
              "the entries are not those of the checkpoint kept elsewhere: the past was rewritten");
    }
  }

  // All of them, unpacked only where needed: pieces of run lists and lists of rows are read again by digest.
  Result<> read_lists() {
    TOCSIN_TRY(Query q, db_.query("SELECT id, digest, packed, bytes FROM list ORDER BY id"));
    for (std::int64_t next = 1;; ++next) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      const Digest digest = q.digest(1);
      const std::string row = fmt::format("{} ({})", q.i64(0), digest.short_hex());
      if (q.i64(0) != next)
        found("list", row, fmt::format("lists are numbered without gaps, and this should be {}", next));
      next = q.i64(0);
      const auto bytes = unpack(q.text(3), q.i64(2) != 0);
      if (!bytes || sha256(*bytes) != digest || q.text(1).size() != 32) {
        found("list", row, "its bytes are not those of its digest");
        continue;
      }
      lists_.emplace(digest, q.i64(0));
    }
  }

  // The bytes of a list that an entry names. A missing one is a finding, here.
  Result<std::optional<std::string>> list_named_by(const Digest& digest, std::uint64_t seq) {
    named_.insert(digest);
    if (!lists_.contains(digest)) {
      found("list", digest.short_hex(), fmt::format("entry {} names it, but it is missing or damaged", seq));
      return std::optional<std::string>();
    }
    TOCSIN_TRY(Query q, db_.query("SELECT packed, bytes FROM list WHERE digest = ?", digest));
    TOCSIN_TRY(const bool there, q.next());
    if (!there) return std::optional<std::string>();
    TOCSIN_TRY(std::string bytes, unpack(q.text(1), q.i64(0) != 0));
    return std::optional(std::move(bytes));
  }

  Result<> fold_seals() {
    for (const NamedList& list : rows_) {
      TOCSIN_TRY(const auto bytes, list_named_by(list.digest, list.seq));
      if (!bytes) {
        lost_ = true;
        continue;
      }
      const auto seals = parse_seals(*bytes);
      if (!seals) {
        found("list", list.digest.short_hex(), seals.error().what);
        continue;
      }
      for (const Seal& seal : *seals) {
        auto& table = seals_[seal.table];
        if (!list.layout && !lost_) check_before(seal, list.seq);
        if (seal.digest == Digest())
          table.erase(seal.row);
        else
          table[seal.row] = {seal.digest, list.seq};
      }
    }
    return {};
  }

  // The row was what the last transaction before had left.
  void check_before(const Seal& seal, std::uint64_t seq) {
    const auto known = seals_[seal.table].find(seal.row);
    const bool there = known != seals_[seal.table].end();
    if (there ? seal.before == known->second.first : !seal.before) return;
    std::string_view name = "a table";
    for (const SealedTable& table : sealed_tables()) {
      if (table.number == seal.table) name = table.name;
    }
    std::string what =
        there ? fmt::format("it was not what entry {} had left when entry {} changed it", known->second.second, seq)
              : fmt::format("the ledger did not know of it when entry {} changed it", seq);
    if (there && !seal.before) what = fmt::format("it was gone when entry {} put it in again", seq);
    found(name, std::to_string(seal.row), what + ": somebody changed it from outside in between");
  }

  // The sealed columns as far as this layout has them: one that a later migration adds is NULL until then. nullopt: the
  // table is not there yet.
  Result<std::optional<std::string>> columns_of(const SealedTable& table) {
    std::unordered_set<std::string> there;
    TOCSIN_TRY(Query q, db_.query("SELECT name FROM pragma_table_info(?)", table.name));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      there.insert(q.string(0));
    }
    if (there.empty()) return std::optional<std::string>();
    std::string out;
    for (const std::string_view part : split(table.columns, ',')) {
      const std::string column(trim(part));
      out += (out.empty() ? "" : ", ") + (there.contains(column) ? column : "NULL");
    }
    return std::optional(std::move(out));
  }

  Result<> check_table(const SealedTable& table) {
    auto& seals = seals_[table.number];
    std::string scratch;
    const std::string_view name = table.name;
    TOCSIN_TRY(const auto columns, columns_of(table));
    if (!columns) {
      if (!seals.empty()) found(name, "", "the ledger speaks of its rows, but the table is gone");
      return {};
    }
    TOCSIN_TRY(Query q,
               db_.query_once(fmt::format("SELECT {0}, {1} FROM {2} ORDER BY {0}", table.key, *columns, table.name)));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      ++out_.rows;
      const std::int64_t row = q.i64(0);
      const auto seal = seals.find(row);
      if (seal == seals.end()) {
        found(name, label(q),
              lost_ ? "no list of rows that is left speaks of it"
                    : "the ledger does not know of it: it was put in from outside");
        continue;
      }
      if (seal_of(q, scratch) != seal->second.first)
        found(name, label(q),
              fmt::format("it is not what entry {} left: it was changed from outside", seal->second.second));
      seals.erase(seal);
    }
    for (const auto& [row, seal] : seals)
      found(name, std::to_string(row), fmt::format("entry {} speaks of it, but it is gone", seal.second));
    if (name == "record")
      return check_covered(name, "SELECT id, content, body, digest FROM record",
                           "its body is not that of its content digest");
    if (name == "stix_object")
      return check_covered(name, "SELECT id, digest, bytes, stix_id FROM stix_object",
                           "its bytes are not those of its digest");
    if (name == "text") return check_texts();
    return {};
  }

  Result<> check_covered(std::string_view name, const char* sql, const char* what) {
    TOCSIN_TRY(Query q, db_.query(sql));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      if (sha256(q.text(2)).view() != q.text(1)) found(name, std::to_string(q.i64(0)), what);
    }
  }

  Result<> check_texts() {
    TOCSIN_TRY(Query q, db_.query("SELECT id, hash, erased, salt, value FROM text"));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      const std::string row = std::to_string(q.i64(0));
      if (q.i64(2) != 0) {
        if (!q.null(3) || !q.null(4)) found("text", row, "it was erased, but is there");
      } else if (q.null(3) || q.null(4)) {
        found("text", row, "it is gone, but no entry says that it was erased");
      } else if (sha256(q.string(3) + q.string(4)).view() != q.text(1)) {
        found("text", row, "it is not the text that was signed");
      }
    }
  }

  Result<> check_decisions() {
    TOCSIN_TRY(Query q, db_.query("SELECT d.id, d.uuid, d.item, d.scope, d.verdict, d.at, d.until, d.duplicate_of, "
                                  "d.basis, d.leaf, r.hash, b.hash, "
                                  "l.kind, l.entry FROM decision d LEFT JOIN text r ON r.id = d.rationale_text LEFT "
                                  "JOIN text b ON b.id = d.by_text "
                                  "LEFT JOIN ledger l ON l.seq = d.leaf"));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      const auto entry = parse_json(q.text(13));
      const Json body = entry ? (*entry)["body"] : Json();
      const auto says = [&](std::string_view key, std::string_view value) { return body[key].as_string() == value; };
      const bool same = q.text(12) == "decision" && says("decision", q.uuid(1).text()) &&
                        says("item", q.uuid(2).text()) && body["scope"].canonical() == q.text(3) &&
                        says("verdict", judgement::to_string(static_cast<judgement::Verdict>(q.i64(4)))) &&
                        says("at", to_rfc3339(q.time(5))) &&
                        says("until", q.null(6) ? std::string() : to_rfc3339(q.time(6))) &&
                        says("duplicate_of", q.null(7) ? std::string() : q.uuid(7).text()) &&
                        body["basis"].canonical() == q.text(8) && says("rationale", to_hex(q.text(10))) &&
                        says("by", to_hex(q.text(11)));
      if (!same)
        found("decision", fmt::format("{} ({})", q.i64(0), q.uuid(1).text()),
              fmt::format("it is not what entry {} recorded", q.u64(9)));
    }
  }

  // item_fts_content is sealed. What lies over it, FTS5's own tables, decides what a search finds and in which order.
  // FTS5 can compare them with the content ("integrity-check": words, places, lengths, totals), but only as a write. So
  // that a store that may only be read can be verified, and no writer is kept waiting, this is done on a copy in
  // memory.
  Result<> check_search() {
    {
      TOCSIN_TRY(Query q, db_.query("SELECT i.id, i.name, i.title, c.id, c.c0, c.c1 FROM item i LEFT JOIN "
                                    "item_fts_content c ON c.id = i.id"));
      while (true) {
        TOCSIN_TRY(const bool more, q.next());
        if (!more) break;
        const std::string_view name = q.text(1), known = q.text(4);
        const bool named =
            known.starts_with(name) && (known.size() == name.size() || known[name.size()] == ' ');  // other ids follow
        if (q.null(3))
          found("item_fts", label(q), "search does not know this item");
        else if (!named || q.text(5) != q.text(2))
          found("item_fts", label(q), "search knows this item under another name or title");
      }
    }
    {
      TOCSIN_TRY(
          Query q,
          db_.query("SELECT c.id, c.c0 FROM item_fts_content c LEFT JOIN item i ON i.id = c.id WHERE i.id IS NULL"));
      while (true) {
        TOCSIN_TRY(const bool more, q.next());
        if (!more) break;
        found("item_fts", label(q), "search finds what is no item");
      }
    }
    TOCSIN_TRY(const auto copy, Database::open(":memory:", Database::Mode::create, std::chrono::milliseconds(0)));
    sqlite3_db_config(copy->handle(), SQLITE_DBCONFIG_DEFENSIVE, 0,
                      nullptr);  // else FTS5's tables could not be filled from outside
    for (const migrations::Migration* step : migrations::all()) TOCSIN_CHECK(copy->script(step->sqlite));
    // Settings of an index that we made are the ones it begins with.
    TOCSIN_TRY(const auto settings, rows_of(db_, "SELECT k, v FROM item_fts_config ORDER BY k"));
    TOCSIN_TRY(const auto ours, rows_of(*copy, "SELECT k, v FROM item_fts_config ORDER BY k"));
    if (settings != ours) found("item_fts", "", "its settings are not those that it was made with");
    auto checked = copy_search(*copy);
    if (checked) checked = copy->script("INSERT INTO item_fts(item_fts, rank) VALUES('integrity-check', 1)");
    if (checked) return {};
    // Broken content of these tables shows as corruption, as a constraint or as an error of FTS5 itself.
    if (checked.error().code != Code::malformed && checked.error().code != Code::internal) return checked;
    found("item_fts", "",
          fmt::format(
              "the search index does not follow from the items: searches find other things, or leave some out ({})",
              printable(checked.error().what)));
    return {};
  }

  Result<> copy_search(Database& copy) {
    struct Table {
      const char* clear;
      const char* read;
      const char* write;
      int columns;
    };
    constexpr Table kTables[] = {
        {"DELETE FROM item_fts_content", "SELECT id, c0, c1, c2 FROM item_fts_content",
         "INSERT INTO item_fts_content VALUES(?, ?, ?, ?)", 4},
        {"DELETE FROM item_fts_data", "SELECT id, block FROM item_fts_data", "INSERT INTO item_fts_data VALUES(?, ?)",
         2},
        {"DELETE FROM item_fts_idx", "SELECT segid, term, pgno FROM item_fts_idx",
         "INSERT INTO item_fts_idx VALUES(?, ?, ?)", 3},
        {"DELETE FROM item_fts_docsize", "SELECT id, sz FROM item_fts_docsize",
         "INSERT INTO item_fts_docsize VALUES(?, ?)", 2},
    };
    TOCSIN_CHECK(copy.script("BEGIN"));
    for (const Table& table : kTables) {
      TOCSIN_CHECK(copy.script(table.clear));
      TOCSIN_TRY(Query from, db_.query(table.read));
      TOCSIN_TRY(Query to, copy.query(table.write));
      while (true) {
        TOCSIN_TRY(const bool more, from.next());
        if (!more) break;
        for (int i = 0; i < table.columns; ++i) {
          if (from.type(i) == SQLITE_INTEGER)
            to.bind(i + 1, from.i64(i));
          else if (from.type(i) == SQLITE_BLOB)
            to.bind(i + 1, Blob{from.text(i)});
          else if (from.type(i) == SQLITE_NULL)
            to.bind(i + 1, nullptr);
          else
            to.bind(i + 1, from.text(i));
        }
        TOCSIN_CHECK(to.done());
        to.again();
      }
    }
    return copy.script("COMMIT");
  }

  static Result<std::vector<std::pair<std::string, std::string>>> rows_of(Database& db, const char* sql) {
    std::vector<std::pair<std::string, std::string>> out;
    TOCSIN_TRY(Query q, db.query(sql));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return out;
      out.emplace_back(q.string(0), q.string(1));
    }
  }

  // "17 (CVE-2025-32434)": the key, and the first text among the columns that is a name, no list; else the row's id.
  static std::string label(const Query& q) {
    for (int i = 1; i < q.columns(); ++i) {
      if (q.type(i) == SQLITE_TEXT && !q.text(i).empty() && !q.text(i).starts_with('[') && !q.text(i).starts_with('{'))
        return fmt::format("{} ({})", q.i64(0), printable(q.text(i), 60));
    }
    if (q.columns() > 1 && q.type(1) == SQLITE_BLOB && q.text(1).size() == 16)
      return fmt::format("{} ({})", q.i64(0), q.uuid(1).text());
    return std::to_string(q.i64(0));
  }

  // Leaf hashes of a piece's lines; the lines go into `delivered_`.
  Result<const std::vector<Digest>*> piece(const Digest& digest, std::uint64_t seq) {
    const auto known = pieces_.find(digest);
    if (known != pieces_.end()) return &known->second;
    TOCSIN_TRY(const auto bytes, list_named_by(digest, seq));
    if (!bytes) return nullptr;
    std::vector<Digest> leaves;
    for (const std::string_view line : split_lines(*bytes)) {
      leaves.push_back(ledger::leaf_hash(line));
      delivered_.emplace(leaves.back(), false);
    }
    return &pieces_.emplace(digest, std::move(leaves)).first->second;
  }

  Result<> check_run(const RunEntry& run) {
    const std::string row = fmt::format("{} ({})", run.body["run"].as_int().value_or(0), printable(run.source, 60));
    const auto list = parse_digest(run.body["list"].as_string());
    const auto root = parse_digest(run.body["root"].as_string());
    if (!list || !root) {
      found("ledger", std::to_string(run.seq), "the run names no list or no root");
      return {};
    }
    {
      TOCSIN_TRY(Query q, db_.query("SELECT source, list, root, leaf, counts FROM run WHERE id = ?",
                                    run.body["run"].as_int().value_or(0)));
      TOCSIN_TRY(const bool there, q.next());
      if (there && (q.text(0) != run.source || q.text(1) != list->view() || q.text(2) != root->view() ||
                    q.u64(3) != run.seq || q.text(4) != run.body["counts"].canonical()))
        found("run", row, fmt::format("it is not what entry {} says", run.seq));
    }
    TOCSIN_TRY(const auto index, list_named_by(*list, run.seq));
    if (!index) return {};
    ledger::Appender tree;
    for (std::size_t at = 0; at + 32 <= index->size(); at += 32) {
      Digest digest;
      std::copy_n(index->begin() + static_cast<std::ptrdiff_t>(at), 32, digest.bytes.begin());
      TOCSIN_TRY(const auto* leaves, piece(digest, run.seq));
      if (!leaves) return {};
      for (const Digest& leaf : *leaves) tree.append(leaf);
    }
    if (tree.root() != *root) found("run", row, "its list does not have the root that its entry says");
    return {};
  }

  Result<> check_runs() {
    for (const RunEntry& run : runs_) TOCSIN_CHECK(check_run(run));
    const auto stored = [&](std::string_view table, std::int64_t row, std::string_view line) {
      const auto known = delivered_.find(ledger::leaf_hash(line));
      if (known == delivered_.end())
        found(table, std::to_string(row), "no run delivered it");
      else
        known->second = true;
    };
    {
      TOCSIN_TRY(Query q, db_.query("SELECT r.id, h.source, h.external_id, r.digest, r.parser_version, r.content FROM "
                                    "record r JOIN head h ON h.id = r.head"));
      intel::Record record;
      while (true) {
        TOCSIN_TRY(const bool more, q.next());
        if (!more) break;
        record.external_id = q.string(2);
        record.digest = q.digest(3);
        record.parser_version = static_cast<std::uint32_t>(q.i64(4));
        stored("record", q.i64(0), delivered_record(q.text(1), record, q.digest(5)));
      }
    }
    {
      TOCSIN_TRY(Query q, db_.query("SELECT id, source, stix_id, modified, digest FROM stix_object"));
      while (true) {
        TOCSIN_TRY(const bool more, q.next());
        if (!more) break;
        StixObjectView object;
        object.id = q.text(2);
        object.modified = q.text(3);
        stored("stix_object", q.i64(0), delivered_object(q.text(1), object, q.digest(4)));
      }
    }
    std::uint64_t missing = 0;
    for (const auto& [leaf, there] : delivered_) missing += there ? 0 : 1;
    if (missing > 0)
      found("record", "", fmt::format("{} records or objects that runs delivered are not stored", missing));
    return {};
  }

  void check_lists() {
    for (const auto& [digest, row] : lists_) {
      if (!named_.contains(digest)) found("list", fmt::format("{} ({})", row, digest.short_hex()), "no entry names it");
    }
  }

  Result<> check_snapshots() {
    TOCSIN_TRY(Query q, db_.query("SELECT id, digest, size, name FROM snapshot WHERE pruned IS NULL"));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      ++out_.files;
      const Digest digest = q.digest(1);
      const auto bytes = snapshots_.get(digest);
      const std::string row = fmt::format("{} ({})", digest.short_hex(), printable(q.text(3), 60));
      if (!bytes)
        found("snapshots/", row, bytes.error().code == Code::unavailable ? "the file is missing" : bytes.error().what);
      else if (bytes->size() != q.u64(2))
        found("snapshot", row, "its row says another size");
    }
  }

  Database& db_;
  const Snapshots& snapshots_;
  const StoreInfo& info_;
  const VerifyOptions& options_;
  Steps steps_;
  Verification out_;
  bool full_ = false;
  bool lost_ = false;  // a list of rows is missing: rows it spoke of seem unknown
  std::vector<Digest> leaves_;
  std::vector<TransactionEnd> ends_;
  std::vector<NamedList> rows_;
  std::vector<RunEntry> runs_;
  std::string first_key_;
  std::optional<PublicKey> key_;
  std::unordered_map<Digest, std::int64_t, DigestHash> lists_;
  std::unordered_set<Digest, DigestHash> named_;
  std::array<std::unordered_map<std::int64_t, std::pair<Digest, std::uint64_t>>, 256> seals_;
  std::unordered_map<Digest, std::vector<Digest>, DigestHash> pieces_;
  std::unordered_map<Digest, bool, DigestHash> delivered_;  // line → a row was found for it
};

}  // namespace

Result<Verification> verify_database(Database& db, const Snapshots& snapshots, const StoreInfo& info,
                                     const VerifyOptions& options, Steps steps) {
  return Verifier(db, snapshots, info, options, steps).run();
}

Result<Verification> verify_before_migration(Database& db, const Snapshots& snapshots, const StoreInfo& info,
                                             const VerifyOptions& options, Steps steps) {
  return Verifier(db, snapshots, info, options, steps).run_before_migration();
}

}  // namespace tocsin::store::sqlite
