// Seals: how the ledger comes to speak of every row.
//
// SQLite tells a transaction which rows it touches and what they were (sqlite3_preupdate_hook), so that no writing
// method can forget one. When the transaction ends, each touched row is read once more and hashed; the sorted list of
// (table, row, hash before, hash after) is kept in `list` under its digest, and the transaction's last entry names that
// digest as "rows". Verification folds these lists, oldest first, and compares. The hash before is there for rows that
// are changed in part: an edit from outside between two changes of ours would else be sealed by the second.
#define SQLITE_ENABLE_PREUPDATE_HOOK 1  // Debian's library has it; the header shows it on demand
#include <sqlite3.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/text.hpp"
#include "store/backends/sqlite.hpp"

namespace tocsin::store::sqlite {
namespace {

constexpr std::uint64_t kMaxList = std::uint64_t{1} << 30;  // 20 million seals; SQLite's own limit of a value

constexpr SealedTable kSealed[] = {
    {1, "meta", "id", "name, value", ""},
    {2, "snapshot", "id", "digest, size, media, name, first_seen, pruned", ""},
    {3, "source", "id", "source, what, changed", ""},
    {4, "source_state", "id", "source, cursor, validators, last_attempt, last_success, last_error, failures", ""},
    {5, "run", "id", "source, started, finished, outcome, error, counts, list, root, leaf", ""},
    {6, "head", "id", "source, external_id, record, first_seen", ""},
    {7, "record", "id", "head, digest, parser_version, content, reply, retrieved, run", "body"},
    {8, "reject", "id", "run, place, code, message, excerpt", ""},
    {9, "stix_object", "id",
     "key, modified, digest, source, stix_id, type, run, from_key, to_key, from_id, relation, to_id", "bytes"},
    {10, "identity", "id", "head, scheme, value, scope", ""},
    {11, "bond", "id",
     "uuid, a_scheme, a_value, b_scheme, b_value, a_source, b_source, joined, by_text, reason_text, at", ""},
    {12, "item", "id",
     "uuid, name, title, kind, severity, published, modified, withdrawn, contested, created, changed, digest, body",
     ""},
    {13, "member", "head", "item", ""},
    {14, "redirect", "id", "old, new, head", ""},
    {15, "package", "id", "item, key", ""},
    {16, "item_fts_content", "id", "c0, c1, c2", ""},
    {17, "judgement", "item", "layers, score, status, affected, investigating, judged, changed, digest, facets", ""},
    {18, "assessment", "id", "item, asset, status, score, body", ""},
    {19, "class_verdict", "id", "item, assets, code, detail", ""},
    {20, "assessment_run", "id", "at, estate, knowledge, rules, judged, changed, root, leaf", ""},
    {21, "text", "id", "owner, hash, erased", "salt, value"},
    {22, "decision", "id",
     "uuid, item, scope, verdict, rationale_text, by_text, at, until, duplicate_of, state, changed, leaf, difference, "
     "basis",
     ""},
    {23, "action", "id", "uuid, decision, item, kind, what_text, owner_text, due, state, created, leaf", ""},
    {24, "estate_version", "id", "digest, at, leaf, files, difference_text, assets", ""},
    {25, "config_version", "id", "name, digest, at, leaf, value_text", ""},
};

void put_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}
void put_u64(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

constexpr std::size_t kSealSize = 1 + 8 + 32;  // and 32 more with a hash before
constexpr std::uint8_t kHasBefore = 0x80;      // in the byte of the table

// For each column that is not NULL: its position, 'i' and 8 bytes, or 't' / 'b', the length in 4 bytes and the bytes;
// numbers big-endian.
void seal_integer(std::string& out, int position, std::int64_t value) {
  out += static_cast<char>(position);
  out += 'i';
  put_u64(out, static_cast<std::uint64_t>(value));
}
void seal_bytes(std::string& out, int position, bool blob, std::string_view bytes) {
  out += static_cast<char>(position);
  out += blob ? 'b' : 't';
  put_u32(out, static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
}

}  // namespace

std::span<const SealedTable> sealed_tables() {
  return kSealed;
}

const SealedTable* sealed_table(std::string_view name) {
  for (const SealedTable& table : kSealed) {
    if (name == table.name) return &table;
  }
  return nullptr;
}

Digest seal_of(const Query& row, std::string& scratch) {
  scratch.clear();
  const int columns = row.columns();
  for (int i = 1; i < columns; ++i) {
    const int type = row.type(i);
    if (type == SQLITE_INTEGER)
      seal_integer(scratch, i, row.i64(i));
    else if (type != SQLITE_NULL)
      seal_bytes(scratch, i, type == SQLITE_BLOB, row.text(i));
  }
  return sha256(scratch);
}

std::string print_seals(const std::vector<Seal>& seals) {
  std::string out;
  out.reserve(seals.size() * kSealSize);
  for (const Seal& seal : seals) {
    out += static_cast<char>(seal.table | (seal.before ? kHasBefore : 0));
    put_u64(out, static_cast<std::uint64_t>(seal.row));
    if (seal.before) out += seal.before->view();
    out += seal.digest.view();
  }
  return out;
}

Result<std::vector<Seal>> parse_seals(std::string_view bytes) {
  std::vector<Seal> out;
  out.reserve(bytes.size() / kSealSize);
  while (!bytes.empty()) {
    Seal seal;
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    const std::size_t size = kSealSize + ((first & kHasBefore) != 0 ? 32 : 0);
    if (bytes.size() < size) return fail(Code::malformed, "a list of rows ends in the middle of an entry");
    seal.table = first & static_cast<std::uint8_t>(~kHasBefore);
    std::uint64_t row = 0;
    for (std::size_t i = 1; i <= 8; ++i) row = row << 8 | static_cast<unsigned char>(bytes[i]);
    seal.row = static_cast<std::int64_t>(row);
    if (size > kSealSize) std::memcpy(seal.before.emplace().bytes.data(), bytes.data() + 9, 32);
    std::memcpy(seal.digest.bytes.data(), bytes.data() + size - 32, 32);
    out.push_back(seal);
    bytes.remove_prefix(size);
  }
  return out;
}

std::optional<std::string> pack(std::string_view bytes) {
  constexpr std::size_t kWorthPacking = 512;
  if (bytes.size() < kWorthPacking) return std::nullopt;
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t n = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1);
  if (ZSTD_isError(n) != 0 || n > bytes.size() - bytes.size() / 8) return std::nullopt;
  out.resize(n);
  return out;
}

Result<std::string> unpack(std::string_view bytes, bool packed) {
  if (!packed) return std::string(bytes);
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > kMaxList)
    return fail(Code::malformed, "the packed list cannot be read");
  std::string out(size, '\0');
  const std::size_t n = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(n) != 0 || n != out.size()) return fail(Code::malformed, "the packed list cannot be read");
  return out;
}

// Called by SQLite before each change of a row, with the connection busy: nothing here may run SQL.
struct SqliteTransaction::Hook {
  static void before_change(void* self, sqlite3* db, int operation, const char*, const char* table,
                            sqlite3_int64 old_row, sqlite3_int64 new_row) {
    auto& tx = *static_cast<SqliteTransaction*>(self);
    const int position = tx_position(tx, table);
    if (position < 0) return;
    const auto at = static_cast<std::size_t>(position);
    if (operation == SQLITE_INSERT) {
      tx.touched_[at].try_emplace(new_row, std::nullopt);
      return;
    }
    // Only the first touch finds the row as the transaction found it.
    const auto [entry, first] = tx.touched_[at].try_emplace(old_row, std::nullopt);
    if (first) entry->second = seal_before(tx, db, at);
    if (new_row != old_row && operation == SQLITE_UPDATE) tx.touched_[at].try_emplace(new_row, std::nullopt);
  }

  // The pointer is the schema's own string: the same one each time, as long as the schema stays.
  static int tx_position(SqliteTransaction& tx, const char* table) {
    for (const auto& [name, known] : tx.table_names_) {
      if (name == table) return known;
    }
    const SealedTable* sealed = sealed_table(table);
    const int position = sealed ? static_cast<int>(sealed - kSealed) : -1;
    tx.table_names_.emplace_back(table, position);
    return position;
  }

  static Digest seal_before(SqliteTransaction& tx, sqlite3* db, std::size_t table) {
    tx.scratch_.clear();
    int position = 0;
    for (const int column : tx.columns_[table]) {
      ++position;
      sqlite3_value* value = nullptr;
      if (column < 0 || sqlite3_preupdate_old(db, column, &value) != SQLITE_OK || !value)
        continue;  // another seal then: verification will say so
      const int type = sqlite3_value_type(value);
      if (type == SQLITE_INTEGER) {
        seal_integer(tx.scratch_, position, sqlite3_value_int64(value));
      } else if (type != SQLITE_NULL) {
        const void* bytes = sqlite3_value_blob(value);
        const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
        seal_bytes(tx.scratch_, position, type == SQLITE_BLOB, {bytes ? static_cast<const char*>(bytes) : "", size});
      }
    }
    return sha256(tx.scratch_);
  }
};

SqliteTransaction::SqliteTransaction(Database& db, Context context)
    : SqliteReader(db, nullptr, context.now),
      context_(std::move(context)),
      touched_(std::size(kSealed)),
      selects_(std::size(kSealed)),
      columns_(std::size(kSealed)) {
  sqlite3_preupdate_hook(db.handle(), &Hook::before_change, this);
}

SqliteTransaction::~SqliteTransaction() {
  sqlite3_preupdate_hook(db_.handle(), nullptr, nullptr);
}

// Where the sealed columns stand in their tables, in the order of the seal.
Result<> SqliteTransaction::learn_columns() {
  for (std::size_t t = 0; t < std::size(kSealed); ++t) {
    std::map<std::string, int> places;
    {
      TOCSIN_TRY(Query q, db_.query("SELECT name, cid FROM pragma_table_info(?)", kSealed[t].name));
      while (true) {
        TOCSIN_TRY(const bool more, q.next());
        if (!more) break;
        places.emplace(q.string(0), static_cast<int>(q.i64(1)));
      }
    }
    columns_[t].clear();
    selects_[t].clear();
    if (places.empty() && context_.older) continue;
    for (const std::string_view part : split(kSealed[t].columns, ',')) {
      const std::string name(trim(part));
      const auto place = places.find(name);
      const bool there = place != places.end();
      if (!there && !context_.older)
        return fail(Code::malformed, fmt::format("the table {} has no column {}", kSealed[t].name, name));
      columns_[t].push_back(there ? place->second : -1);
      selects_[t] += (selects_[t].empty() ? "" : ", ") + (there ? name : "NULL");
    }
  }
  return {};
}

Result<> SqliteTransaction::mark_all_rows() {
  for (std::size_t i = 0; i < std::size(kSealed); ++i) {
    if (selects_[i].empty()) continue;
    TOCSIN_TRY(Query q, db_.query_once(fmt::format("SELECT {} FROM {}", kSealed[i].key, kSealed[i].name)));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      touched_[i].try_emplace(q.i64(0), std::nullopt);
    }
  }
  return {};
}

Result<std::vector<Seal>> SqliteTransaction::seal_rows() {
  std::vector<Seal> out;
  for (std::size_t t = 0; t < std::size(kSealed); ++t) {
    auto& touched = touched_[t];
    if (touched.empty()) continue;
    const SealedTable& table = kSealed[t];
    std::vector<std::int64_t> rows;
    rows.reserve(touched.size());
    for (const auto& [row, before] : touched) rows.push_back(row);
    std::sort(rows.begin(), rows.end());
    const auto add = [&](std::int64_t row, const Digest& digest) {
      const auto& before = touched.at(row);
      if (!before && digest == Digest()) return;  // came and went within the transaction
      if (before == digest) return;               // is what it was
      out.push_back({table.number, row, before, digest});
    };
    out.reserve(out.size() + rows.size());
    TOCSIN_TRY(Query q, db_.query_once(fmt::format("SELECT {0}, {1} FROM {2} WHERE {0} BETWEEN ?1 AND ?2 ORDER BY {0}",
                                                   table.key, selects_[t], table.name)));
    // Rows that lie side by side are read with one walk.
    for (std::size_t i = 0; i < rows.size();) {
      std::size_t end = i + 1;
      while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
      q.again();
      q.bind(1, rows[i]);
      q.bind(2, rows[end - 1]);
      while (true) {
        TOCSIN_TRY(const bool more, q.next());
        if (!more) break;
        for (; rows[i] < q.i64(0); ++i) add(rows[i], {});
        add(rows[i], seal_of(q, scratch_));
        ++i;
      }
      for (; i < end; ++i) add(rows[i], {});
    }
  }
  return out;
}

}  // namespace tocsin::store::sqlite
