// Writing a collection run: records, foreign objects, rejects, cursor, and the list of all that was delivered.
//
// The list holds one line for each record and object of the run, known or not, sorted by bytes; the run's entry has its
// Merkle root. A second run that brings the same has the same list, and one that brings nearly the same shares nearly
// all of it: a list is kept in pieces that end where the hash of a line says so, each under its own digest
// (content-defined chunking), and an index of those.
#include <algorithm>

#include <fmt/format.h>

#include "store/backends/sqlite.hpp"

namespace tocsin::store::sqlite {
namespace {

constexpr std::size_t kLongestPiece = 2048;  // lines: a piece ends at one line in 256 on average, here at the latest

void add_string(std::string& out, std::string_view text) {
  append_json_string(out, text);
  out += ',';
}
void add_digest(std::string& out, const Digest& digest) {
  out += '"';
  out += digest.hex();
  out += '"';
}

}  // namespace

std::string delivered_record(std::string_view source, const intel::Record& record, const Digest& content) {
  std::string out = "[\"record\",";
  add_string(out, source);
  add_string(out, record.external_id);
  add_digest(out, record.digest);
  out += fmt::format(",{},", record.parser_version);
  add_digest(out, content);
  out += ']';
  return out;
}

std::string delivered_object(std::string_view source, const StixObjectView& object, const Digest& digest) {
  std::string out = "[\"object\",";
  add_string(out, source);
  add_string(out, object.id);
  add_string(out, object.modified);
  add_digest(out, digest);
  out += ']';
  return out;
}

std::int64_t stix_key(std::string_view source, std::string_view id) {
  std::string text(source);
  text += '\n';
  text += id;
  return static_cast<std::int64_t>(xxh3(text));
}

Result<RunKey> SqliteTransaction::begin_run(std::string_view source, Time started) {
  if (run_) return fail(Code::internal, "a collection run is open already");
  if (source.empty()) return fail(Code::internal, "a run has a source");
  TOCSIN_TRY(const RunKey key, next_row("SELECT max(id) FROM run", next_run_));
  run_.emplace();
  run_->key = key;
  run_->source = source;
  run_->started = started;
  return key;
}

// The id rows of a head are those of its current record, in the record's order.
Result<> SqliteTransaction::put_ids(HeadKey head, const intel::Record& record, bool known) {
  if (known) {
    TOCSIN_TRY(Query q, db_.query("SELECT scheme, value FROM identity WHERE head = ? ORDER BY id", head));
    std::size_t same = 0;
    bool equal = true;
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      equal = equal && same < record.ids.size() && q.text(0) == record.ids[same].scheme &&
              q.text(1) == record.ids[same].value;
      ++same;
    }
    if (equal && same == record.ids.size()) return {};
    TOCSIN_CHECK(db_.run("DELETE FROM identity WHERE head = ?", head));
  }
  for (const intel::Id& id : record.ids) {
    // scope: '' joins everywhere, a source only within it, NULL never
    std::optional<std::string> scope;
    if (id.scheme == "guid" || id.scheme == "url")
      scope = record.source;
    else if (intel::is_identity(id.scheme))
      scope = "";
    TOCSIN_CHECK(db_.run("INSERT INTO identity(head, scheme, value, scope) VALUES(?, ?, ?, ?)", head, id.scheme,
                         id.value, scope));
  }
  return {};
}

Result<Added> SqliteTransaction::add_record(const intel::Record& record) {
  if (!run_) return fail(Code::internal, "a record is added inside a collection run");
  if (record.source != run_->source)
    return fail(Code::internal, "a record of '" + record.source + "' in a run of '" + run_->source + "'");
  if (record.external_id.empty()) return fail(Code::internal, "a record has an external id");
  const std::string body = intel::to_json(record).canonical();
  const Digest content = sha256(body);
  RunCounts& counts = run_->counts;
  Added out;

  std::int64_t current = 0;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT id, record FROM head WHERE source = ? AND external_id = ?", record.source,
                                  record.external_id));
    TOCSIN_TRY(const bool found, q.next());
    if (found) {
      out.head = q.i64(0);
      current = q.i64(1);
    }
  }
  const bool known = out.head != 0;
  bool stored = false;
  if (known) {
    TOCSIN_TRY(const auto row,
               db_.value("SELECT id FROM record WHERE head = ? AND digest = ? AND parser_version = ? AND content = ?",
                         out.head, record.digest, record.parser_version, content));
    stored = row.has_value();
    out.record = row.value_or(0);
  } else {
    TOCSIN_TRY(out.head, next_row("SELECT max(id) FROM head", next_head_));
  }
  if (!stored) {
    TOCSIN_TRY(out.record, next_row("SELECT max(id) FROM record", next_record_));
    TOCSIN_CHECK(
        db_.run("INSERT INTO record(id, head, digest, parser_version, content, reply, retrieved, run, body) "
                "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                out.record, out.head, record.digest, record.parser_version, content, record.reply, record.retrieved,
                run_->key, body));
  }
  ++counts.entries;
  run_->lines.push_back(delivered_record(run_->source, record, content));
  const bool again = !run_->delivered.insert(out.head).second;

  if (again) {
    out.change = Change::repeated;
    ++counts.repeated;
  } else if (!known) {
    TOCSIN_CHECK(db_.run("INSERT INTO head(id, source, external_id, record, first_seen) VALUES(?, ?, ?, ?, ?)",
                         out.head, record.source, record.external_id, out.record, record.retrieved));
    TOCSIN_CHECK(put_ids(out.head, record, false));
    out.change = Change::added;
    ++counts.added;
  } else if (out.record == current) {
    out.change = Change::unchanged;
    ++counts.unchanged;
  } else {
    TOCSIN_TRY(const auto same_bytes, db_.value("SELECT digest = ? FROM record WHERE id = ?", record.digest, current));
    out.change = same_bytes.value_or(0) != 0 ? Change::reparsed : Change::changed;
    ++(out.change == Change::reparsed ? counts.reparsed : counts.changed);
    TOCSIN_CHECK(db_.run("UPDATE head SET record = ? WHERE id = ?", out.record, out.head));
    TOCSIN_CHECK(put_ids(out.head, record, true));
  }
  return out;
}

Result<Kept> SqliteTransaction::add_object(const StixObjectView& object) {
  if (!run_) return fail(Code::internal, "an object is added inside a collection run");
  const Digest digest = sha256(object.bytes);
  const std::int64_t key = stix_key(run_->source, object.id);
  Kept kept = Kept::added;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT modified, digest FROM stix_object WHERE key = ?", key));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      const bool same_time = q.text(0) == object.modified;
      if (same_time && q.digest(1) == digest) {
        kept = Kept::unchanged;
        break;
      }
      if (same_time)
        kept = Kept::conflict;
      else if (kept == Kept::added)
        kept = Kept::changed;
    }
  }
  if (kept != Kept::unchanged) {
    std::optional<std::int64_t> from_key, to_key;
    std::optional<std::string_view> from, relation, to;
    if (!object.from.empty()) from_key = stix_key(run_->source, object.from), from = object.from;
    if (!object.to.empty()) to_key = stix_key(run_->source, object.to), to = object.to;
    if (!object.relation.empty()) relation = object.relation;
    TOCSIN_CHECK(
        db_.run("INSERT INTO stix_object(key, modified, digest, source, stix_id, type, run, from_key, to_key, from_id, "
                "relation, "
                "to_id, bytes) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                key, object.modified, digest, run_->source, object.id, object.type, run_->key, from_key, to_key, from,
                relation, to, Blob{object.bytes}));
  }
  RunCounts& counts = run_->counts;
  ++counts.entries;
  switch (kept) {
    case Kept::added:
      ++counts.objects_added;
      break;
    case Kept::changed:
      ++counts.objects_changed;
      break;
    case Kept::unchanged:
      ++counts.objects_unchanged;
      break;
    case Kept::conflict:
      ++counts.objects_conflict;
      break;
  }
  run_->lines.push_back(delivered_object(run_->source, object, digest));
  return kept;
}

Result<> SqliteTransaction::add_reject(const Reject& reject) {
  if (!run_) return fail(Code::internal, "a reject is added inside a collection run");
  ++run_->counts.entries;
  ++run_->counts.rejected;
  return db_.run("INSERT INTO reject(run, place, code, message, excerpt) VALUES(?, ?, ?, ?, ?)", run_->key,
                 reject.place, static_cast<int>(reject.code), reject.message, Blob{reject.excerpt.raw()});
}

Result<> SqliteTransaction::add_snapshot(const Digest& digest, std::uint64_t size, std::string_view media_type,
                                         std::string_view name) {
  TOCSIN_TRY(Query q, db_.query("SELECT pruned FROM snapshot WHERE digest = ?", digest));
  TOCSIN_TRY(const bool known, q.next());
  if (known && q.null(0)) return {};
  if (known) return db_.run("UPDATE snapshot SET pruned = NULL WHERE digest = ?", digest);  // it is there again
  return db_.run("INSERT INTO snapshot(digest, size, media, name, first_seen) VALUES(?, ?, ?, ?, ?)", digest, size,
                 media_type, name, context_.now);
}

Result<> SqliteTransaction::put_cursor(std::string_view cursor, const Json& validators) {
  if (!run_) return fail(Code::internal, "a cursor is put inside a collection run");
  run_->cursor.emplace(std::string(cursor), validators.canonical());
  return {};
}

Result<Run> SqliteTransaction::end_run(const RunEnd& end) {
  if (!run_) return fail(Code::internal, "no collection run is open");
  Run out;
  out.key = run_->key;
  out.source = run_->source;
  out.started = run_->started;
  out.finished = context_.now;
  out.outcome = end.outcome;
  out.error = end.error;
  out.counts = run_->counts;

  auto& lines = run_->lines;
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  ledger::Appender tree;
  std::string index;
  std::string piece;
  std::size_t in_piece = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Digest leaf = ledger::leaf_hash(lines[i]);
    tree.append(leaf);
    piece += lines[i];
    piece += '\n';
    ++in_piece;
    if (leaf.bytes[0] == 0 || in_piece == kLongestPiece || i + 1 == lines.size()) {
      TOCSIN_TRY(const Digest digest, put_list(piece));
      index += digest.view();
      piece.clear();
      in_piece = 0;
    }
  }
  out.root = tree.root();
  TOCSIN_TRY(out.list, put_list(index));

  TOCSIN_TRY(SourceState state, source(out.source));
  const std::string validators = run_->cursor ? run_->cursor->second : state.validators.canonical();
  if (run_->cursor) state.cursor = run_->cursor->first;
  state.last_attempt = out.finished;
  state.failures = end.outcome == Outcome::complete ? 0 : state.failures + 1;
  if (end.outcome == Outcome::complete) state.last_success = out.finished;
  state.last_error = end.outcome == Outcome::complete ? std::string() : end.error;
  TOCSIN_CHECK(db_.run(
      "INSERT INTO source_state(source, cursor, validators, last_attempt, last_success, last_error, failures) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(source) DO UPDATE SET cursor = ?2, validators = ?3, "
      "last_attempt = ?4, last_success = ?5, last_error = ?6, failures = ?7",
      out.source, state.cursor, validators, state.last_attempt, state.last_success, state.last_error, state.failures));
  const Json counts = to_json(out.counts);
  out.leaf = append("run", out.source,
                    Json::object({{"counts", counts},
                                  {"error", out.error},
                                  {"finished", to_rfc3339(out.finished)},
                                  {"list", out.list.hex()},
                                  {"notes", end.notes},
                                  {"outcome", to_string(out.outcome)},
                                  {"root", out.root.hex()},
                                  {"run", out.key},
                                  {"started", to_rfc3339(out.started)}}));
  TOCSIN_CHECK(
      db_.run("INSERT INTO run(id, source, started, finished, outcome, error, counts, list, root, leaf) "
              "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              out.key, out.source, out.started, out.finished, static_cast<int>(out.outcome), out.error,
              counts.canonical(), out.list, out.root, out.leaf));
  run_.reset();
  return out;
}

}  // namespace tocsin::store::sqlite
