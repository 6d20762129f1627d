// The end of a transaction is where the promise is kept: seal the rows that changed, append the entries, sign one
// checkpoint.
//
// Entries get their number when they are made (there is one writer, so nobody else appends) and are hashed only here,
// because the last one names the list of seals. Each transaction has exactly one checkpoint, so that one that was taken
// out or put in is seen.
#include "store/backends/sqlite.hpp"

#include <fmt/format.h>

#include "base/failpoint.hpp"

namespace tocsin::store::sqlite {

Result<> SqliteTransaction::begin() {
  TOCSIN_CHECK(learn_columns());
  TOCSIN_TRY(Query last, db_.query("SELECT tx, size, root, note FROM checkpoint ORDER BY tx DESC LIMIT 1"));
  TOCSIN_TRY(const bool found, last.next());
  std::uint64_t size = 0;
  Digest root = ledger::empty_root();
  bool signed_by_us = true;
  if (found) {
    tx_ = last.u64(0);
    size = last.u64(1);
    root = last.digest(2);
    // The next signature covers all that is below it, so nothing that we did not sign may lie there.
    const auto note = ledger::open_checkpoint(last.text(3), context_.key->public_key());
    signed_by_us = note && note->origin == context_.origin && note->size == size && note->root == root;
  }
  ++tx_;
  TOCSIN_TRY(const auto end, db_.value("SELECT seq + 1 FROM ledger ORDER BY seq DESC LIMIT 1"));
  const auto resumed = ledger::Appender::resume(size, nodes());
  if (!signed_by_us || static_cast<std::uint64_t>(end.value_or(0)) != size || !resumed || resumed->root() != root)
    return fail(Code::refused,
                "the ledger does not agree with its last checkpoint, so nothing is added to it; 'tocsin ledger verify' "
                "says more");
  tree_ = *resumed;
  return {};
}

std::uint64_t SqliteTransaction::append(std::string_view kind, std::string_view subject, Json body) {
  entries_.push_back({std::string(kind), std::string(subject), std::move(body)});
  return tree_.size() + entries_.size() - 1;
}

Result<Digest> SqliteTransaction::put_list(std::string_view bytes) {
  const Digest digest = sha256(bytes);
  TOCSIN_TRY(const auto known, db_.value("SELECT 1 FROM list WHERE digest = ?", digest));
  if (known) return digest;
  const auto small = pack(bytes);
  TOCSIN_CHECK(db_.run("INSERT INTO list(digest, packed, bytes) VALUES(?, ?, ?)", digest, small.has_value(),
                       Blob{small ? std::string_view(*small) : bytes}));
  return digest;
}

Result<SqliteTransaction::Text> SqliteTransaction::put_text(const Uuid& owner, std::string_view value) {
  const std::string salt = context_.random->bytes(16);
  Text out;
  out.hash = sha256(salt + std::string(value));
  TOCSIN_CHECK(db_.run("INSERT INTO text(owner, hash, erased, salt, value) VALUES(?, ?, 0, ?, ?)", owner, out.hash,
                       Blob{salt}, value));
  out.row = db_.last_row();
  return out;
}

Result<> SqliteTransaction::append_entries(const std::optional<Digest>& rows) {
  if (rows) entries_.back().body.set("rows", rows->hex());
  const std::string at = to_rfc3339(context_.now);
  std::vector<ledger::Node> made;
  for (Entry& entry : entries_) {
    const std::string text = Json::object({{"at", at},
                                           {"body", std::move(entry.body)},
                                           {"kind", entry.kind},
                                           {"subject", entry.subject},
                                           {"tx", tx_}})
                                 .canonical();
    const Digest leaf = ledger::leaf_hash(text);
    TOCSIN_CHECK(db_.run("INSERT INTO ledger(seq, tx, at, kind, subject, leaf, entry) VALUES(?, ?, ?, ?, ?, ?, ?)",
                         tree_.size(), tx_, context_.now, entry.kind, entry.subject, leaf, text));
    made.clear();
    tree_.append(leaf, made);
    for (const ledger::Node& node : made) {
      if (node.level == 0) continue;  // the leaf stands in the ledger itself
      TOCSIN_CHECK(
          db_.run("INSERT INTO tree_node(level, idx, hash) VALUES(?, ?, ?)", node.level, node.index, node.hash));
    }
  }
  return {};
}

Result<> SqliteTransaction::put_checkpoint() {
  const ledger::Checkpoint checkpoint{context_.origin, tree_.size(), tree_.root()};
  return db_.run("INSERT INTO checkpoint(tx, size, root, at, note) VALUES(?, ?, ?, ?, ?)", tx_, checkpoint.size,
                 checkpoint.root, context_.now, ledger::sign_checkpoint(checkpoint, *context_.key));
}

Result<bool> SqliteTransaction::finish() {
  if (run_) return fail(Code::internal, "the collection run of '" + run_->source + "' was not ended");
  if (assessment_) return fail(Code::internal, "the assessment run was not ended");
  TOCSIN_CHECK(failpoint("store.seal.before"));
  TOCSIN_TRY(const auto seals, seal_rows());
  if (seals.empty() && entries_.empty()) return false;
  if (entries_.empty())
    return fail(Code::internal, fmt::format("{} rows were changed without an entry in the ledger", seals.size()));
  std::optional<Digest> rows;
  if (!seals.empty()) {
    TOCSIN_TRY(rows, put_list(print_seals(seals)));
  }
  TOCSIN_CHECK(append_entries(rows));
  TOCSIN_CHECK(failpoint("store.seal.after"));
  TOCSIN_CHECK(failpoint("store.checkpoint.before"));
  TOCSIN_CHECK(put_checkpoint());
  TOCSIN_CHECK(failpoint("store.checkpoint.after"));
  return true;
}

Result<std::int64_t> SqliteTransaction::next_row(const char* sql, std::int64_t& next) {
  if (next == 0) {
    TOCSIN_TRY(const auto last, db_.value(sql));
    next = last.value_or(0) + 1;
  }
  return next++;
}

Result<> SqliteTransaction::note(std::string_view kind, std::string_view subject, const Json& body) {
  if (!body.is_object()) return fail(Code::internal, "the body of an entry is an object");
  if (body.find("rows")) return fail(Code::internal, "'rows' in the body of an entry is the store's own");
  append(kind, subject, body);
  return {};
}

}  // namespace tocsin::store::sqlite
