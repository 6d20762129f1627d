// Seals: how the ledger comes to speak of every row.
//
// SQLite tells a transaction which rows it touched (sqlite3_update_hook), so that no writing method can forget one. When the transaction
// ends, each touched row is read once more and hashed; the sorted list of (table, row, hash) is kept in `list` under its digest, and the
// transaction's last entry names that digest as "rows". Verification folds these lists, oldest first, and compares.
#include <sqlite3.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

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
    {9, "stix_object", "id", "key, modified, digest, source, stix_id, type, run, from_key, to_key, from_id, relation, to_id", "bytes"},
    {10, "identity", "id", "head, scheme, value, scope", ""},
    {11, "bond", "id", "uuid, a_scheme, a_value, b_scheme, b_value, a_source, b_source, joined, by_text, reason_text, at", ""},
    {12, "item", "id",
     "uuid, name, title, kind, severity, published, modified, withdrawn, contested, created, changed, digest, body", ""},
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
     "uuid, item, scope, verdict, rationale_text, by_text, at, until, duplicate_of, state, changed, leaf, difference, basis", ""},
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

constexpr std::size_t kSealSize = 1 + 8 + 32;

}  // namespace

std::span<const SealedTable> sealed_tables() { return kSealed; }

const SealedTable* sealed_table(std::string_view name) {
  for (const SealedTable& table : kSealed) {
    if (name == table.name) return &table;
  }
  return nullptr;
}

// For each column that is not NULL: its position, 'i' and 8 bytes, or 't' / 'b', the length in 4 bytes and the bytes; numbers big-endian.
Digest seal_of(const Query& row, std::string& scratch) {
  scratch.clear();
  const int columns = row.columns();
  for (int i = 1; i < columns; ++i) {
    const int type = row.type(i);
    if (type == SQLITE_NULL) continue;
    scratch += static_cast<char>(i);
    if (type == SQLITE_INTEGER) {
      scratch += 'i';
      put_u64(scratch, row.u64(i));
      continue;
    }
    scratch += type == SQLITE_BLOB ? 'b' : 't';
    const std::string_view bytes = row.text(i);
    put_u32(scratch, static_cast<std::uint32_t>(bytes.size()));
    scratch += bytes;
  }
  return sha256(scratch);
}

std::string print_seals(const std::vector<Seal>& seals) {
  std::string out;
  out.reserve(seals.size() * kSealSize);
  for (const Seal& seal : seals) {
    out += static_cast<char>(seal.table);
    put_u64(out, static_cast<std::uint64_t>(seal.row));
    out += seal.digest.view();
  }
  return out;
}

Result<std::vector<Seal>> parse_seals(std::string_view bytes) {
  if (bytes.size() % kSealSize != 0) return fail(Code::malformed, "a list of rows has entries of 41 bytes");
  std::vector<Seal> out;
  out.reserve(bytes.size() / kSealSize);
  for (; !bytes.empty(); bytes.remove_prefix(kSealSize)) {
    Seal seal;
    seal.table = static_cast<std::uint8_t>(bytes[0]);
    std::uint64_t row = 0;
    for (std::size_t i = 1; i <= 8; ++i) row = row << 8 | static_cast<unsigned char>(bytes[i]);
    seal.row = static_cast<std::int64_t>(row);
    std::memcpy(seal.digest.bytes.data(), bytes.data() + 9, 32);
    out.push_back(seal);
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

SqliteTransaction::SqliteTransaction(Database& db, Context context)
    : SqliteReader(db, nullptr), context_(std::move(context)), dirty_(std::size(kSealed)) {
  sqlite3_update_hook(db.handle(), &SqliteTransaction::on_change, this);
}

SqliteTransaction::~SqliteTransaction() { sqlite3_update_hook(db_.handle(), nullptr, nullptr); }

void SqliteTransaction::on_change(void* self, int, const char*, const char* table, long long row) {
  auto& tx = *static_cast<SqliteTransaction*>(self);
  int position = -2;
  // The pointer is the schema's own string: the same one each time, as long as the schema stays. The name is compared all the same
  // when it is new; an unknown pointer costs a few string comparisons, a known one a short walk.
  for (const auto& [name, known] : tx.table_names_) {
    if (name == table) {
      position = known;
      break;
    }
  }
  if (position == -2) {
    const SealedTable* sealed = sealed_table(table);
    position = sealed ? static_cast<int>(sealed - kSealed) : -1;
    tx.table_names_.emplace_back(table, position);
  }
  if (position >= 0) tx.dirty_[static_cast<std::size_t>(position)].push_back(row);
}

Result<> SqliteTransaction::mark_all_rows() {
  for (std::size_t i = 0; i < std::size(kSealed); ++i) {
    TOCSIN_TRY(Query q, db_.query_once(fmt::format("SELECT {} FROM {}", kSealed[i].key, kSealed[i].name)));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      dirty_[i].push_back(q.i64(0));
    }
  }
  return {};
}

Result<std::vector<Seal>> SqliteTransaction::seal_rows() {
  std::vector<Seal> out;
  std::string scratch;
  for (std::size_t t = 0; t < std::size(kSealed); ++t) {
    auto& rows = dirty_[t];
    if (rows.empty()) continue;
    const SealedTable& table = kSealed[t];
    if (!std::is_sorted(rows.begin(), rows.end())) std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    out.reserve(out.size() + rows.size());
    TOCSIN_TRY(Query q, db_.query_once(fmt::format("SELECT {0}, {1} FROM {2} WHERE {0} BETWEEN ?1 AND ?2 ORDER BY {0}",
                                                   table.key, table.columns, table.name)));
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
        for (; rows[i] < q.i64(0); ++i) out.push_back({table.number, rows[i], {}});
        out.push_back({table.number, rows[i], seal_of(q, scratch)});
        ++i;
      }
      for (; i < end; ++i) out.push_back({table.number, rows[i], {}});
    }
  }
  return out;
}

}  // namespace tocsin::store::sqlite
