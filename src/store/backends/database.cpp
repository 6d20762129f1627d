#include "store/backends/database.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cassert>
#include <cstring>

#include <fmt/format.h>

#include "base/foreign.hpp"

namespace tocsin::store::sqlite {
namespace {

Code code_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::conflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Code::malformed;
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_TOOBIG:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Code::refused;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return Code::unavailable;
    default:
      return Code::internal;
  }
}

// The path as SQLite's URI, so that "immutable" can be said. Everything but plain characters is escaped: what begins an
// option in a URI ("?", "#", "%") is a name here.
std::string frozen_uri(const std::string& path) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = path.starts_with('/') ? "file://" : "file:";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/._-").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return out + "?immutable=1";
}

}  // namespace

Query::~Query() {
  if (!stmt_) return;
  if (!pool_) {
    sqlite3_finalize(stmt_);
    return;
  }
  sqlite3_reset(stmt_);
  pool_->push_back(stmt_);
}

void Query::again() {
  sqlite3_reset(stmt_);
}

Result<bool> Query::next() {
  const int code = sqlite3_step(stmt_);
  // Before anything is made of it: pages of two states together may look like a damaged file, or like an answer.
  if (db_->frozen_) TOCSIN_CHECK(db_->unchanged());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return db_->failure(code);
}

Result<> Query::done() {
  while (true) {
    TOCSIN_TRY(const bool more, next());
    if (!more) return {};
  }
}

bool Query::null(int column) const {
  return sqlite3_column_type(stmt_, column) == SQLITE_NULL;
}
std::int64_t Query::i64(int column) const {
  return sqlite3_column_int64(stmt_, column);
}
int Query::type(int column) const {
  return sqlite3_column_type(stmt_, column);
}
int Query::columns() const {
  return sqlite3_column_count(stmt_);
}

std::optional<Time> Query::time_or_null(int column) const {
  if (null(column)) return std::nullopt;
  return time(column);
}

std::string_view Query::text(int column) const {
  const void* data = sqlite3_column_blob(stmt_, column);
  if (!data) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(stmt_, column))};
}

Digest Query::digest(int column) const {
  Digest out;
  const std::string_view bytes = text(column);
  if (bytes.size() == out.bytes.size()) std::memcpy(out.bytes.data(), bytes.data(), bytes.size());
  return out;
}

Uuid Query::uuid(int column) const {
  Uuid out;
  const std::string_view bytes = text(column);
  if (bytes.size() == out.bytes.size()) std::memcpy(out.bytes.data(), bytes.data(), bytes.size());
  return out;
}

// A value that cannot be bound (no memory, over SQLite's limit of 1 GB) leaves NULL, which the NOT NULL of the column
// refuses.
void Query::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(stmt_, at, value);
}
void Query::bind(int at, std::nullptr_t) {
  sqlite3_bind_null(stmt_, at);
}

void Query::bind(int at, std::string_view value) {
  if (sqlite3_bind_text64(stmt_, at, value.data() ? value.data() : "", value.size(), SQLITE_STATIC, SQLITE_UTF8) !=
      SQLITE_OK)
    sqlite3_bind_null(stmt_, at);
}

void Query::bind(int at, Blob value) {
  if (sqlite3_bind_blob64(stmt_, at, value.bytes.data() ? value.bytes.data() : "", value.bytes.size(), SQLITE_STATIC) !=
      SQLITE_OK)
    sqlite3_bind_null(stmt_, at);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode, std::chrono::milliseconds busy) {
  // Once, before SQLite begins: nobody reads its statistics of memory, which cost a lock for each allocation.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const bool reads = mode == Mode::read_only || mode == Mode::frozen;
  flags |= reads ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == Mode::create) flags |= SQLITE_OPEN_CREATE;
  if (mode == Mode::frozen) flags |= SQLITE_OPEN_URI;
  const auto stamp = mode == Mode::frozen ? stamp_of(path) : std::nullopt;
  sqlite3* handle = nullptr;
  const std::string name = mode == Mode::frozen ? frozen_uri(path) : path;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> db(new Database(handle, path));
  if (code != SQLITE_OK) return db->failure(code);
  db->frozen_ = mode == Mode::frozen;
  db->stamp_ = stamp;
  sqlite3_busy_timeout(handle, static_cast<int>(busy.count()));
  // The file may be somebody else's work: nothing in its schema may call functions with effects or touch internal
  // tables.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  return db;
}

Database::~Database() {
  for (auto& [sql, pool] : statements_) {
    for (sqlite3_stmt* stmt : pool) sqlite3_finalize(stmt);
  }
  [[maybe_unused]] const int code = sqlite3_close(db_);
  assert(code == SQLITE_OK && "a query outlives its connection");
}

Result<Query> Database::prepared(std::string_view sql) {
  Query::Pool& pool = statements_[sql];
  if (!pool.empty()) {
    sqlite3_stmt* stmt = pool.back();
    pool.pop_back();
    return Query(this, &pool, stmt);
  }
  sqlite3_stmt* stmt = nullptr;
  const int code =
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return Query(this, &pool, stmt);
}

Result<Query> Database::query_once(const std::string& sql) {
  sqlite3_stmt* stmt = nullptr;
  const int code = sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &stmt, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return Query(this, nullptr, stmt);
}

Result<> Database::script(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(db_);
}

// By its path, not through a descriptor of our own: closing one would drop the locks that other connections of this
// process hold on the file (https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
std::optional<Database::Stamp> Database::stamp_of(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const auto ns = [](const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; };
  return Stamp{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), ns(status.st_mtim),
               ns(status.st_ctim)};
}

Result<> Database::unchanged() const {
  if (!frozen_ || (stamp_ && stamp_ == stamp_of(path_))) return {};
  return fail(Code::conflict, printable(path_, 400) +
                                  " was changed while it was read, and it cannot be locked where nothing can be "
                                  "written; run this command again");
}

Failure Database::failure(int code) const {
  Failure out = fail(code_of(code), db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(code));
  out.value().where = path_;
  return out;
}

}  // namespace tocsin::store::sqlite
