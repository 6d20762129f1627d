// Opening a database, handing out views of it, and the frame of a write.
//
// Readers get connections of their own and a read transaction each: WAL gives them one moment that no writer changes.
// There is one writing connection, which takes the write lock when a write begins (BEGIN IMMEDIATE), so that two
// writers queue up before they have read anything. A database in memory has one connection for everything.
//
// WAL wants to make files beside the database even to read it. Where that cannot be (a mount for reading only, another
// person's folder) and no log lies there, everything is in the one file, and SQLite is told to take it as it is
// (https://www.sqlite.org/wal.html#read_only_databases). Whether it stayed as it was is asked of the file with each row,
// and it is not mapped: who may write it may also cut it short. A log that lies there is read if SQLite can; if not, what
// it holds is missing in the file, and an older state must not be shown as the latest.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "base/descriptor.hpp"
#include "base/failpoint.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "store/backends/sqlite.hpp"
#include "store/migrations/migrations.hpp"

namespace tocsin::store::sqlite {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kApplicationId = 0x746f6373;  // "tocs": tells our databases from others (PRAGMA application_id)

std::string busy_message(const std::string& path) {
  // Written by the other writer when it began; a leftover of one that is gone is told apart by its process.
  std::string who;
  if (const auto note = read_file(path + "-writer", 4096)) {
    const auto lines = split_lines(*note);
    if (lines.size() == 2) {
      std::error_code error;
      if (fs::exists("/proc/" + std::string(lines[0]), error))
        who = fmt::format(" ({}, process {})", printable(lines[1]), printable(lines[0]));
    }
  }
  return "another tocsin is writing to this workspace" + who + "; try again when it is done";
}

// Says who writes, in a file beside the database. Only for the message above, so that one that cannot be written does
// no harm; but whoever may put a file there must not choose by a link which file of ours it is written over.
Result<> write_note(const std::string& path, std::string_view what) {
  const auto refused = [&](std::string_view is) {
    return fail(Code::refused,
                fmt::format("{} is {}, not the file that says who is writing; nothing was written, remove it first",
                            printable(path, 400), is));
  };
  // O_NONBLOCK: opening a pipe that nobody reads would wait for ever.
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600));
  if (file.get() < 0) {
    if (errno == ELOOP) return refused("a symbolic link");
    if (errno == EISDIR) return refused("a folder");
    if (errno == ENXIO) return refused("a pipe or socket");
    return {};
  }
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return refused("no regular file");
  if (status.st_nlink != 1) return refused("a second name of another file");
  if (::fchmod(file.get(), 0600) == 0 && ::ftruncate(file.get(), 0) == 0) {
    const std::string note = fmt::format("{}\n{}\n", ::getpid(), printable(what));
    static_cast<void>(!::write(file.get(), note.data(), note.size()));
  }
  return {};
}

enum class Use { reading, writing, others };  // others: reading a file that belongs to somebody else

Result<> set_up(Database& db, Use use) {
  // FULL: a commit that was answered survives a power cut. Readers map the file, so that lists do not copy pages; but a
  // mapped file that is cut short ends the program (SIGBUS).
  std::string sql = fmt::format("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = {};",
                                use == Use::others ? 0 : 268435456);
  // What is deleted or moves to another page is overwritten with zeros, so that a text that is erased one day has left
  // no copies.
  if (use == Use::writing)
    sql += "PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON;";
  return db.script(sql);
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, const Options& options, Steps steps)
      : path_(std::move(path)),
        real_path_(path_),
        memory_(path_ == ":memory:"),
        options_(options),
        steps_(steps),
        snapshots_(options.snapshots.empty()
                       ? (memory_ ? fs::path("snapshots") : fs::path(path_).parent_path() / "snapshots")
                       : options.snapshots) {
    if (!options_.clock) options_.clock = &system_clock();
    if (!options_.random) options_.random = &system_random();
  }

  Result<> open() {
    std::error_code error;
    const bool there = !memory_ && fs::exists(path_, error);
    if (!there && !options_.create)
      return fail(Code::unavailable, "there is no store at " + path_ + "; 'tocsin init' makes one");
    if (there && fs::is_directory(path_, error)) return fail(Code::malformed, path_ + " is a folder, not a store");
    if (!there && options_.read_only) return fail(Code::refused, "a new store cannot be read-only");
    if (there) see_what_may_be_written();
    TOCSIN_TRY(auto db, connect(options_.create));
    if (auto known = identify(*db); !known) return explained(*db, std::move(known).error());
    if (schema_ > latest())
      return fail(
          Code::refused,
          fmt::format("{} was made by a newer tocsin (its layout is {}, this one knows {}); update tocsin to use it",
                      path_, schema_, latest()));
    if (schema_ == 0 && !options_.create)
      return fail(Code::unavailable, path_ + " was begun but never finished; 'tocsin init' goes on with it");
    if (schema_ < latest()) {
      if (options_.read_only)
        return fail(
            Code::refused,
            fmt::format("{} has the layout of an older tocsin; open it for writing once to bring it up to date{}",
                        path_, cannot_write_.empty() ? "" : " (" + cannot_write_ + ")"));
      writer_ = std::move(db);
      TOCSIN_CHECK(migrate());
    } else if (memory_) {
      writer_ = std::move(db);
    } else {
      idle_.push_back(std::move(db));
    }
    return {};
  }

  Result<std::unique_ptr<Reader>> read() override {
    if (memory_) return std::unique_ptr<Reader>(new SqliteReader(*writer_, nullptr, options_.clock->now()));
    // One that took the file as it was has pages of that time.
    while (!idle_.empty() && idle_.back()->frozen() && !(frozen() && idle_.back()->unchanged())) idle_.pop_back();
    std::unique_ptr<Database> db;
    if (!idle_.empty()) {
      db = std::move(idle_.back());
      idle_.pop_back();
    } else {
      TOCSIN_TRY(db, connect(false));
    }
    Database& ref = *db;
    // The first statement that reads is what fixes the moment.
    if (auto begun = ref.script("BEGIN; SELECT 1 FROM meta LIMIT 1"); !begun)
      return explained(ref, std::move(begun).error());
    return std::unique_ptr<Reader>(
        new SqliteReader(ref, std::make_unique<Lease>(std::move(db), &idle_), options_.clock->now()));
  }

  Result<> write(std::string_view what, const std::function<Result<>(Transaction&)>& change) override {
    TOCSIN_CHECK(writable());
    if (writing_) return fail(Code::internal, "a write inside a write");
    if (!writer_) {
      TOCSIN_TRY(writer_, connect(false));
      TOCSIN_CHECK(set_up(*writer_, Use::writing));
    }
    TOCSIN_CHECK(begin(what));
    bool erased = false;
    TOCSIN_CHECK(frame([&]() -> Result<bool> {
      TOCSIN_TRY(const auto version, writer_->value("PRAGMA user_version"));
      if (version.value_or(0) != schema_)
        return fail(Code::refused,
                    "another tocsin changed the layout of this store while it was open; run this command again");
      SqliteTransaction tx(*writer_, context());
      TOCSIN_CHECK(tx.begin());
      TOCSIN_CHECK(failpoint("store.write.before"));
      TOCSIN_CHECK(change(tx));
      TOCSIN_CHECK(failpoint("store.write.after"));
      erased = tx.erased();
      return tx.finish();
    }));
    return erased && !memory_ ? empty_log() : Result<>();
  }

  Result<Verification> verify(const VerifyOptions& options) override {
    TOCSIN_TRY(const auto reader, read());
    auto& sqlite_reader = dynamic_cast<SqliteReader&>(*reader);
    VerifyOptions with_key = options;
    if (!with_key.key && options_.key) with_key.key = options_.key->public_key();
    auto out = verify_database(sqlite_reader.database(), snapshots_, info(), with_key, steps_);
    if (out) out->key_from = options.key ? KeyFrom::given : with_key.key ? KeyFrom::workspace : KeyFrom::store;
    return out;
  }

  StoreInfo info() const override {
    StoreInfo out;
    out.url = path_;
    out.backend = "sqlite";
    out.schema = static_cast<int>(schema_);
    out.origin = origin_;
    out.key = key_;
    out.cannot_write = cannot_write_;
    return out;
  }

  Snapshots& snapshots() override { return snapshots_; }

 private:
  // Where the file or its folder cannot be written, the store is for reading only, whatever was asked.
  void see_what_may_be_written() {
    // SQLite follows a link and keeps its files beside the database itself.
    std::error_code error;
    if (const fs::path real = fs::canonical(path_, error); !error) real_path_ = real.string();
    const fs::path folder = fs::path(real_path_).has_parent_path() ? fs::path(real_path_).parent_path() : fs::path(".");
    const int closed_folder = why_not(folder.string(), W_OK | X_OK);
    const int closed_file = why_not(real_path_, W_OK);
    folder_writable_ = closed_folder == 0;
    if (closed_folder == 0 && closed_file == 0) return;
    others_ = true;
    if (!options_.read_only)
      cannot_write_ =
          fmt::format("{} cannot be written: {}", printable(folder_writable_ ? real_path_ : folder.string(), 400),
                      std::generic_category().message(folder_writable_ ? closed_file : closed_folder));
    options_.read_only = true;
  }

  // 0, or the errno that says why not.
  static int why_not(const std::string& path, int how) {
    return ::faccessat(AT_FDCWD, path.c_str(), how, AT_EACCESS) == 0 ? 0 : errno;
  }

  // No log beside the file, or an empty one: the file is all there is.
  bool whole_without_log() const {
    std::error_code error;
    const auto size = fs::file_size(real_path_ + "-wal", error);
    return error ? error == std::errc::no_such_file_or_directory : size == 0;
  }

  // To be taken as it is: nothing can be made beside it, all is in the one file, and nobody has it open for writing, who
  // would have made the index of the log. With that one SQLite reads as always, under its locks.
  bool frozen() const {
    std::error_code error;
    const bool open_elsewhere = fs::exists(real_path_ + "-wal", error) && fs::exists(real_path_ + "-shm", error);
    return !folder_writable_ && whole_without_log() && !open_elsewhere;
  }

  // Where the log is there and cannot be read, SQLite says so with one of these; any other failure is not about it.
  Failure explained(const Database& db, Error error) const {
    const int code = sqlite3_errcode(db.handle());
    const bool about_log = code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_BUSY;
    if (!about_log || !options_.read_only || folder_writable_ || whole_without_log()) return Failure(std::move(error));
    return fail(
        Code::unavailable,
        fmt::format("{0}-wal holds changes that are not in {0} yet, and they cannot be read where nothing can be "
                    "written; run a command in the workspace once where it can be, or copy the workspace",
                    printable(real_path_, 400)));
  }

  Result<std::unique_ptr<Database>> connect(bool create) {
    using Mode = Database::Mode;
    TOCSIN_TRY(auto db, Database::open(real_path_,
                                       options_.read_only  ? (frozen() ? Mode::frozen : Mode::read_only)
                                       : create || memory_ ? Mode::create
                                                           : Mode::read_write,
                                       options_.busy_timeout));
    if (auto done = set_up(*db, memory_ ? Use::writing : others_ ? Use::others : Use::reading); !done)
      return explained(*db, std::move(done).error());
    return db;
  }

  // Ours? Which layout? Who signs?
  Result<> identify(Database& db) {
    const auto id = db.value("PRAGMA application_id");
    if (!id && id.error().code == Code::malformed) return fail(Code::malformed, path_ + " is no database of tocsin");
    if (!id) return tl::make_unexpected(id.error());
    TOCSIN_TRY(const auto version, db.value("PRAGMA user_version"));
    schema_ = version.value_or(0);
    if (id->value_or(0) != kApplicationId) {
      TOCSIN_TRY(const auto objects, db.value("SELECT count(*) FROM sqlite_master"));
      if (objects.value_or(0) != 0 || schema_ != 0) return fail(Code::malformed, path_ + " is no database of tocsin");
      schema_ = 0;
      return {};
    }
    if (schema_ == 0 || schema_ > latest()) return {};
    return read_meta(db);
  }

  Result<> read_meta(Database& db) {
    TOCSIN_TRY(Query q, db.query("SELECT name, value FROM meta"));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      if (q.text(0) == "origin") origin_ = q.string(1);
      if (q.text(0) == "key") {
        // A damaged one fits no signing key, so that nothing is written; reading and verifying go on.
        key_ = PublicKey{from_hex(q.text(1)).value_or(std::string())};
      }
    }
    return {};
  }

  Result<> writable() const {
    if (!cannot_write_.empty())
      return fail(Code::unavailable, cannot_write_ + "; the workspace was opened for reading only");
    if (options_.read_only) return fail(Code::refused, "the store was opened for reading only");
    if (!options_.key && !options_.why_no_key.empty())
      return fail(Code::unavailable,
                  "nothing can be written without the signing key of the workspace: " + options_.why_no_key);
    if (!options_.key) return fail(Code::refused, "nothing can be written without the signing key of the workspace");
    if (key_ && key_->raw != options_.key->public_key().raw)
      return fail(Code::refused, fmt::format("this store is signed by the key {}, but the key given is {}",
                                             key_->fingerprint(), options_.key->public_key().fingerprint()));
    return {};
  }

  SqliteTransaction::Context context() const {
    return {&*options_.key, options_.random, options_.clock->now(), origin_};
  }

  Result<> begin(std::string_view what) {
    auto begun = writer_->script("BEGIN IMMEDIATE");
    if (!begun && begun.error().code == Code::conflict) return fail(Code::conflict, busy_message(real_path_));
    if (!begun) return begun;
    if (memory_) return {};
    auto noted = write_note(real_path_ + "-writer", what);
    if (!noted && !writer_->script("ROLLBACK")) writer_.reset();  // closing undoes it
    return noted;
  }

  // After an erasure: the database's pages were overwritten, but the write-ahead log still holds them as they were.
  Result<> empty_log() {
    constexpr auto kPatience =
        std::chrono::milliseconds(5000);  // the erasure is done: no reason to make a person wait for half a minute
    sqlite3_busy_timeout(writer_->handle(), static_cast<int>(std::min(kPatience, options_.busy_timeout).count()));
    auto busy = writer_->value("PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_busy_timeout(writer_->handle(), static_cast<int>(options_.busy_timeout.count()));
    if (!busy && busy.error().code != Code::conflict) return tl::make_unexpected(std::move(busy).error());
    if (busy && busy->value_or(1) == 0) return {};
    return fail(
        Code::conflict,
        fmt::format("the text was erased, but somebody reads an older state of this store, so that its bytes are still "
                    "in {}-wal; they go when all that have the store open have closed it",
                    real_path_));
  }

  // Runs `body` in the transaction that was begun; true commits, false and errors undo.
  Result<> frame(const std::function<Result<bool>()>& body) {
    writing_ = true;
    Result<> done;
    auto result = body();
    const bool commits = result.value_or(false);
    if (!result) {
      done = tl::make_unexpected(std::move(result).error());
    } else if (commits) {
      done = failpoint("store.commit.before");
      if (done) done = writer_->script("COMMIT");
    }
    writing_ = false;
    if (!sqlite3_get_autocommit(writer_->handle())) {
      auto undone = writer_->script("ROLLBACK");
      if (!undone) writer_.reset();  // closing undoes whatever is left
      if (!undone && done) done = std::move(undone);
    }
    if (done && commits) return failpoint("store.commit.after");
    return done;
  }

  int latest() const { return steps_.back()->number; }

  // A migration seals every row as it finds it: a row that was edited from outside must not get our seal that way.
  Result<> check_before_migration(int number) {
    TOCSIN_CHECK(writable());
    VerifyOptions verify;
    verify.key = options_.key->public_key();
    verify.max_findings = 3;
    const auto known = std::find_if(steps_.begin(), steps_.end(), [&](const auto* s) { return s->number > schema_; });
    const Steps before = steps_.first(static_cast<std::size_t>(known - steps_.begin()));
    TOCSIN_TRY(const Verification found, verify_before_migration(*writer_, snapshots_, info(), verify, before));
    if (found.holds()) return {};
    std::string what;
    for (const Finding& one : found.findings)
      what += fmt::format("{}{}{}{}: {}", what.empty() ? "" : "; ", one.table, one.row.empty() ? "" : " ", one.row,
                          one.what);
    return fail(Code::refused,
                fmt::format("{} is not what its ledger says, and was not brought to layout {}, which would sign it as "
                            "it is: {}; run `tocsin ledger verify` with the tocsin that made it",
                            path_, number, what));
  }

  Result<> migrate() {
    if (!options_.key)
      return fail(Code::refused, "a store is begun, or brought up to date, with the signing key of the workspace" +
                                     (options_.why_no_key.empty() ? "" : ": " + options_.why_no_key));
    TOCSIN_CHECK(set_up(*writer_, Use::writing));
    // Pages of 16 KiB: objects of a kilobyte and more fill smaller ones badly, and large imports write more of them.
    if (!memory_ && schema_ == 0) TOCSIN_CHECK(writer_->script("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL"));
    for (const migrations::Migration* step : steps_) {
      if (step->number <= schema_) continue;
      TOCSIN_CHECK(begin(fmt::format("bring the store to layout {}", step->number)));
      const auto done = frame([&]() -> Result<bool> {
        // Another process may have been faster.
        TOCSIN_CHECK(identify(*writer_));
        if (step->number <= schema_) return false;
        TOCSIN_CHECK(failpoint("store.migrate.before"));
        if (schema_ > 0) TOCSIN_CHECK(check_before_migration(step->number));
        TOCSIN_CHECK(writer_->script(step->sqlite));
        const bool first = step->number == 1;
        if (first) {
          origin_ = ledger::safe_origin(options_.origin.empty() ? "tocsin" : options_.origin);
          key_ = options_.key->public_key();
          TOCSIN_CHECK(writer_->run("INSERT INTO meta(name, value) VALUES('origin', ?1), ('key', ?2)", origin_,
                                    to_hex(key_->raw)));
        }
        auto with = context();
        with.older = step->number < latest();
        SqliteTransaction tx(*writer_, std::move(with));
        TOCSIN_CHECK(tx.begin());
        TOCSIN_CHECK(tx.mark_all_rows());
        TOCSIN_CHECK(tx.note(
            first ? "store" : "layout", origin_,
            Json::object(
                {{"key", to_hex(key_->raw)}, {"layout", step->number}, {"name", step->name}, {"origin", origin_}})));
        TOCSIN_TRY(const bool changed, tx.finish());
        TOCSIN_CHECK(writer_->script(
            fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, step->number)));
        TOCSIN_CHECK(failpoint("store.migrate.after"));
        return changed;
      });
      if (!done) return done;
      if (schema_ < step->number) schema_ = step->number;
    }
    return {};
  }

  std::string path_;
  std::string real_path_;  // where a link leads: logs and notes lie beside it
  bool memory_;
  Options options_;
  Steps steps_;
  Snapshots snapshots_;
  std::int64_t schema_ = 0;
  std::string origin_;
  std::optional<PublicKey> key_;
  bool folder_writable_ = true;
  bool others_ = false;       // the file or its folder cannot be written: it belongs to somebody else
  std::string cannot_write_;  // why a store that was to be written is for reading only; "" = it is not
  bool writing_ = false;
  std::vector<std::unique_ptr<Database>> idle_;
  std::unique_ptr<Database> writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& path, const Options& options, Steps steps) {
  auto store = std::make_unique<SqliteStore>(path, options, steps);
  TOCSIN_CHECK(store->open());
  return std::unique_ptr<Store>(std::move(store));
}

Result<std::map<std::pair<std::string, std::string>, std::string>> expected_schema(Steps steps) {
  TOCSIN_TRY(const auto db, Database::open(":memory:", Database::Mode::create, std::chrono::milliseconds(0)));
  for (const migrations::Migration* step : steps) TOCSIN_CHECK(db->script(step->sqlite));
  std::map<std::pair<std::string, std::string>, std::string> out;
  TOCSIN_TRY(Query q, db->query("SELECT type, name, coalesce(sql, '') FROM sqlite_master"));
  while (true) {
    TOCSIN_TRY(const bool more, q.next());
    if (!more) return out;
    out.emplace(std::pair(q.string(0), q.string(1)), q.string(2));
  }
}

}  // namespace tocsin::store::sqlite
