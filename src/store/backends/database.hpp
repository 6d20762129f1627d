// One connection to SQLite: prepared statements kept, values bound by their type, errors as ours. No SQL of tocsin
// stands here.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tocsin::store::sqlite {

// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

class Database;

// One run of a prepared statement. Values given by text() and blob() live until the next call of next() or the end of
// the query.
class Query {
 public:
  Query(Query&& other) noexcept : db_(other.db_), pool_(other.pool_), stmt_(std::exchange(other.stmt_, nullptr)) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  Query& operator=(Query&&) = delete;
  ~Query();

  Result<bool> next();  // steps to the next row; false at the end
  Result<> done();      // steps to the end
  void again();         // back to before the first row, for other values

  bool null(int column) const;
  std::int64_t i64(int column) const;
  std::uint64_t u64(int column) const { return static_cast<std::uint64_t>(i64(column)); }
  Time time(int column) const { return {i64(column)}; }
  std::optional<Time> time_or_null(int column) const;
  std::string_view text(int column) const;  // text and blob alike; "" when null
  std::string string(int column) const { return std::string(text(column)); }
  Digest digest(int column) const;  // zeros when it has not 32 bytes
  Uuid uuid(int column) const;      // zeros when it has not 16 bytes
  int type(int column) const;       // SQLITE_INTEGER …
  int columns() const;

  // Parameters count from 1. Text and blobs must live until the query ends.
  void bind(int at, std::int64_t value);
  void bind(int at, int value) { bind(at, static_cast<std::int64_t>(value)); }
  void bind(int at, unsigned value) { bind(at, static_cast<std::int64_t>(value)); }
  void bind(int at, std::uint64_t value) { bind(at, static_cast<std::int64_t>(value)); }
  void bind(int at, bool value) { bind(at, static_cast<std::int64_t>(value)); }
  void bind(int at, std::string_view value);
  void bind(int at, const std::string& value) { bind(at, std::string_view(value)); }
  void bind(int at, const char* value) { bind(at, std::string_view(value)); }
  void bind(int at, Blob value);
  void bind(int at, const Digest& value) { bind(at, Blob{value.view()}); }
  void bind(int at, const Uuid& value) { bind(at, Blob{value.view()}); }
  void bind(int at, Time value) { bind(at, value.us); }
  void bind(int at, std::nullptr_t);
  template <class T>
  void bind(int at, const std::optional<T>& value) {
    if (value)
      bind(at, *value);
    else
      bind(at, nullptr);
  }

 private:
  friend class Database;
  using Pool = std::vector<sqlite3_stmt*>;
  Query(Database* db, Pool* pool, sqlite3_stmt* stmt) : db_(db), pool_(pool), stmt_(stmt) {}
  Database* db_;
  Pool* pool_;  // where the statement goes back to; nullptr: it is finalised
  sqlite3_stmt* stmt_;
};

class Database {
 public:
  // frozen: a file that nobody writes, in a folder where nothing can be made; taken as it is, without its log and without
  // a lock. Nothing keeps others from writing it all the same: a query then fails with `conflict`.
  enum class Mode { read_only, read_write, create, frozen };
  // `path` may be ":memory:". Text of SQL given to query() and run() must live as long as the connection: string
  // literals.
  static Result<std::unique_ptr<Database>> open(const std::string& path, Mode mode, std::chrono::milliseconds busy);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  template <class... Values>
  Result<Query> query(std::string_view sql, const Values&... values) {
    TOCSIN_TRY(Query q, prepared(sql));
    int at = 0;
    (q.bind(++at, values), ...);
    return q;
  }
  // SQL that was put together for one use.
  Result<Query> query_once(const std::string& sql);
  template <class... Values>
  Result<> run(std::string_view sql, const Values&... values) {
    TOCSIN_TRY(Query q, query(sql, values...));
    return q.done();
  }
  // One value of one row; nullopt when there is no row.
  template <class... Values>
  Result<std::optional<std::int64_t>> value(std::string_view sql, const Values&... values) {
    TOCSIN_TRY(Query q, query(sql, values...));
    TOCSIN_TRY(const bool found, q.next());
    if (!found) return std::optional<std::int64_t>();
    return std::optional<std::int64_t>(q.i64(0));
  }
  // Several statements, no values: schemas and pragmas.
  Result<> script(const std::string& sql);

  std::int64_t last_row() const;
  sqlite3* handle() const { return db_; }
  const std::string& path() const { return path_; }
  // An error of ours for the connection's last failure.
  Failure failure(int code) const;
  bool frozen() const { return frozen_; }
  // Of a frozen file: `conflict` when it is no longer the one that was opened, as far as its size and times tell.
  Result<> unchanged() const;

 private:
  friend class Query;
  // What says that a file was written.
  struct Stamp {
    std::uint64_t device = 0, file = 0, size = 0;
    std::int64_t written_ns = 0, changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  Database(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}
  static std::optional<Stamp> stamp_of(const std::string& path);
  Result<Query> prepared(std::string_view sql);
  sqlite3* db_;
  std::string path_;
  bool frozen_ = false;
  std::optional<Stamp> stamp_;  // of a frozen file, before it was opened
  std::unordered_map<std::string_view, Query::Pool> statements_;
};

}  // namespace tocsin::store::sqlite
