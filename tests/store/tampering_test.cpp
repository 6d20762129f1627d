// Somebody with the file and a SQLite shell. Every table is found by asking the database for its tables, so that a new
// one cannot be forgotten: it is sealed and tampered with here, or it stands below with the reason why it has no seals.
// Those of the search index decide what a person finds: they are compared with what is sealed, and have attacks of
// their own.
#include <map>
#include <set>

#include <sqlite3.h>

#include "store/backends/sqlite.hpp"
#include "store/world.hpp"

namespace tocsin::store::test {
namespace {

const std::map<std::string, std::string> kNotSealed = {
    {"item_fts", "virtual: its content is the table item_fts_content, which is sealed"},
    {"item_fts_data", "the inverted index: follows from item_fts_content, and verification compares the two"},
    {"item_fts_idx", "part of that index"},
    {"item_fts_docsize", "part of that index: lengths for ranking"},
    {"item_fts_config", "part of that index: its format; verification knows what stands in it"},
};

class Shell {
 public:
  explicit Shell(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK); }
  ~Shell() { sqlite3_close(db_); }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  void run(const std::string& sql) {
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK)
        << sql << ": " << (error ? error : "");
    sqlite3_free(error);
  }
  std::vector<std::vector<std::string>> rows(const std::string& sql) {
    std::vector<std::vector<std::string>> out;
    sqlite3_stmt* stmt = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &stmt, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(db_);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
      auto& row = out.emplace_back();
      for (int i = 0; i < sqlite3_column_count(stmt); ++i) {
        const auto* text = sqlite3_column_text(stmt, i);
        row.push_back(text ? reinterpret_cast<const char*>(text) : "");
      }
    }
    sqlite3_finalize(stmt);
    return out;
  }
  std::vector<std::string> tables() {
    std::vector<std::string> out;
    for (const auto& row : rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"))
      out.push_back(row[0]);
    return out;
  }
  // Seat belts off, as an attacker would.
  void drop_triggers() {
    for (const auto& row : rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")) run("DROP TRIGGER " + row[0]);
  }
  struct Column {
    std::string name, type;
    bool key = false;
  };
  std::vector<Column> columns(const std::string& table) {
    std::vector<Column> out;
    for (const auto& row : rows("SELECT name, type, pk FROM pragma_table_info('" + table + "')"))
      out.push_back({row[0], row[1], row[2] != "0"});
    return out;
  }
  sqlite3* db() { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

std::string changed(const Shell::Column& column) {
  if (column.type == "INTEGER") return "coalesce(" + column.name + ", 0) + 1";
  if (column.type == "BLOB") return "CAST(coalesce(" + column.name + ", x'') || 'x' AS BLOB)";
  return "coalesce(" + column.name + ", '') || 'x'";
}

// A full store, copied for each attack.
class Tampering : public testing::Test {
 protected:
  void SetUp() override {
    {
      auto opened = open(world_.url(), world_.options());
      ASSERT_OK(opened);
      fill(**opened, world_);
      const auto verification = (*opened)->verify({});
      ASSERT_OK(verification);
      ASSERT_TRUE(verification->holds()) << list(*verification);
    }
    Shell shell(world_.url());
    shell.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  std::string copy() {
    const std::string to = (world_.folder.path() / "copy.db").string();
    for (const char* tail : {"", "-wal", "-shm"}) fs::remove(to + tail);
    fs::copy_file(world_.url(), to);
    return to;
  }
  Verification verify(const std::string& path, VerifyOptions options = {}) {
    auto opened = open(path, world_.options());
    EXPECT_OK(opened);
    if (!opened) return {};
    auto verification = (*opened)->verify(options);
    EXPECT_OK(verification);
    return verification ? *verification : Verification();
  }
  // What verify finds about `table` after the attack; the dropped triggers are found besides.
  void expect_named(const std::string& path, const std::string& table, const std::string& attack) {
    const Verification verification = verify(path);
    bool named = false;
    for (const Finding& finding : verification.findings) named = named || finding.table == table;
    EXPECT_TRUE(named) << attack << " was not found; what was found:\n" << list(verification);
  }
  World world_;
};

TEST_F(Tampering, EveryTableIsSealedOrSaysWhyNot) {
  Shell shell(world_.url());
  const std::set<std::string> proof = {"ledger", "tree_node", "checkpoint", "list"};
  for (const std::string& table : shell.tables()) {
    const auto* sealed = sqlite::sealed_table(table);
    EXPECT_EQ((sealed ? 1 : 0) + static_cast<int>(proof.count(table)) + static_cast<int>(kNotSealed.count(table)), 1)
        << table;
    if (!sealed) continue;
    // All columns: a new one must be appended to the list.
    const std::string listed = ", " + std::string(sealed->columns) + ", " + sealed->covered + ", ";
    for (const auto& column : shell.columns(table)) {
      EXPECT_TRUE(column.key || listed.find(", " + column.name + ", ") != std::string::npos)
          << table << "." << column.name;
    }
    EXPECT_FALSE(shell.rows("SELECT 1 FROM " + table).empty()) << table << " is empty: nothing would be tested";
  }
}

TEST_F(Tampering, AnEditOfAnyColumnOfAnyTableIsFoundAndNamed) {
  Shell original(world_.url());
  for (const std::string& table : original.tables()) {
    if (kNotSealed.contains(table)) continue;
    for (const auto& column : original.columns(table)) {
      const std::string path = copy();
      const std::string row =
          table == "tree_node"
              ? "(level, idx) = (SELECT level, idx FROM tree_node ORDER BY level DESC, idx DESC LIMIT 1)"
              : "rowid = (SELECT max(rowid) FROM " + table + ")";
      const std::string attack = "UPDATE " + table + " SET " + column.name + " = " + changed(column) + " WHERE " + row;
      {
        Shell shell(path);
        shell.drop_triggers();
        shell.run(attack);
        ASSERT_EQ(sqlite3_changes(shell.db()), 1) << attack;
      }
      expect_named(path, table, attack);
    }
  }
}

TEST_F(Tampering, ADeletedRowOfAnyTableIsFoundAndNamed) {
  Shell original(world_.url());
  for (const std::string& table : original.tables()) {
    if (kNotSealed.contains(table)) continue;
    for (const char* which : {"min", "max"}) {
      const std::string path = copy();
      const std::string row = table == "tree_node"
                                  ? std::string("(level, idx) = (SELECT ") + which + "(level), idx FROM tree_node)"
                                  : "rowid = (SELECT " + std::string(which) + "(rowid) FROM " + table + ")";
      const std::string attack = "DELETE FROM " + table + " WHERE " + row;
      {
        Shell shell(path);
        shell.drop_triggers();
        shell.run(attack);
        ASSERT_EQ(sqlite3_changes(shell.db()), 1) << attack;
      }
      expect_named(path, table, attack);
    }
  }
}

// A copy of a row that is there, under another key and with other values where they must be unique.
TEST_F(Tampering, AnInsertedRowInAnyTableIsFoundAndNamed) {
  Shell original(world_.url());
  for (const std::string& table : original.tables()) {
    if (kNotSealed.contains(table)) continue;
    const std::string path = copy();
    std::set<std::string> unique;
    for (const auto& row : original.rows("SELECT c.name FROM pragma_index_list('" + table +
                                         "') i, pragma_index_info(i.name) c WHERE i.\"unique\" = 1"))
      unique.insert(row[0]);
    std::string names, values;
    for (const auto& column : original.columns(table)) {
      names += (names.empty() ? "" : ", ") + column.name;
      std::string value = column.name;
      if (column.key)
        value = column.name + " + 1000";
      else if (unique.contains(column.name))
        value = changed(column);
      values += (values.empty() ? "" : ", ") + value;
    }
    const std::string attack =
        "INSERT INTO " + table + "(" + names + ") SELECT " + values + " FROM " + table + " LIMIT 1";
    {
      Shell shell(path);
      shell.drop_triggers();
      shell.run(attack);
      ASSERT_EQ(sqlite3_changes(shell.db()), 1) << attack;
    }
    expect_named(path, table, attack);
  }
}

// The index is what searches ask: a word taken out of it hides an item from everybody who does not know its id.
TEST_F(Tampering, ASearchIndexThatDoesNotFollowTheItemsIsFound) {
  for (const char* attack : {
           // The tables of the index, each row of them: other bytes, gone.
           "UPDATE item_fts_data SET block = CAST(block || 'x' AS BLOB) WHERE id > 10",
           "UPDATE item_fts_data SET block = x'00000000' WHERE id = 1",
           "UPDATE item_fts_data SET block = zeroblob(length(block)) WHERE id = 10",
           "DELETE FROM item_fts_data WHERE id = 1",
           "DELETE FROM item_fts_data WHERE id = 10",
           "DELETE FROM item_fts_data WHERE id = (SELECT max(id) FROM item_fts_data)",
           "DELETE FROM item_fts_data",
           "UPDATE item_fts_docsize SET sz = x'010203' WHERE id = (SELECT min(id) FROM item_fts_docsize)",
           "DELETE FROM item_fts_docsize WHERE id = (SELECT max(id) FROM item_fts_docsize)",
           "INSERT INTO item_fts_docsize SELECT id + 1000, sz FROM item_fts_docsize LIMIT 1",
           "UPDATE item_fts_config SET v = '4x' WHERE k = 'version'",
           "UPDATE item_fts_config SET v = 3 WHERE k = 'version'",
           "DELETE FROM item_fts_config",
           "INSERT INTO item_fts_config VALUES('rank', 'bm25(0.0)')",
           "UPDATE item_fts_idx SET pgno = pgno + 2",
       }) {
    const std::string path = copy();
    {
      Shell shell(path);
      shell.run(attack);
      ASSERT_GT(sqlite3_total_changes(shell.db()), 0) << attack;
    }
    expect_named(path, "item_fts", attack);
  }
}

// Through FTS5 itself: the index is in order, but says other things than the sealed texts. A search for "bounds" finds
// nothing.
TEST_F(Tampering, AnIndexMadeOfOtherTextsIsFound) {
  const std::string path = copy();
  {
    Shell shell(path);
    const char* search = "SELECT 1 FROM item_fts WHERE item_fts MATCH 'bounds'";
    ASSERT_EQ(shell.rows(search).size(), 1u);
    shell.run("CREATE TABLE kept AS SELECT * FROM item_fts_content");
    shell.run("UPDATE item_fts SET title = replace(title, 'bounds', 'flowers')");
    shell.run(
        "UPDATE item_fts_content SET (c0, c1, c2) = (SELECT c0, c1, c2 FROM kept WHERE kept.id = item_fts_content.id)");
    shell.run("DROP TABLE kept");
    ASSERT_TRUE(shell.rows(search).empty());
  }
  const Verification verification = verify(path);
  ASSERT_EQ(verification.findings.size(), 1u) << list(verification);
  EXPECT_EQ(verification.findings[0].table, "item_fts");
  EXPECT_NE(verification.findings[0].what.find("does not follow from the items"), std::string::npos);
}

TEST_F(Tampering, ARowIsCalledByANameThatSaysSomething) {
  const std::string path = copy();
  {
    Shell shell(path);
    shell.run("UPDATE decision SET verdict = 3 WHERE id = 1");
  }
  const Verification verification = verify(path);
  const std::string id = uuid_v5(tocsin_namespace(), "first").text();
  ASSERT_FALSE(verification.findings.empty());
  for (const Finding& finding : verification.findings) EXPECT_EQ(finding.row, "1 (" + id + ")") << list(verification);
}

TEST_F(Tampering, AStoreThatMayOnlyBeReadIsVerifiedAsWell) {
  const std::string path = copy();
  Options options = world_.options();
  options.create = false;
  options.read_only = true;
  options.key.reset();
  const auto opened = open(path, options);
  ASSERT_OK(opened);
  const auto verification = (*opened)->verify({});
  ASSERT_OK(verification);
  EXPECT_TRUE(verification->holds()) << list(*verification);
}

TEST_F(Tampering, ASwappedPairOfRowsIsFound) {
  const std::string path = copy();
  {
    Shell shell(path);
    shell.run("UPDATE head SET external_id = external_id || '-', source = 'x' WHERE id = 1");
  }
  expect_named(path, "head", "rename");
}

// The edit is made between two changes of ours, so that the second one would sign it.
TEST_F(Tampering, AnEditThatALaterChangeOfTheSameRowCoversIsFound) {
  struct Case {
    const char* table;
    const char* attack;
    std::function<Result<>(Transaction&)> change;
  };
  const auto run_of = [](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_run("attack", tx.now()));
    TOCSIN_CHECK(tx.end_run({}));
    return {};
  };
  for (const Case& one :
       {Case{"source_state", "UPDATE source_state SET cursor = 'page 900' WHERE source = 'attack'", run_of},
        {"source_state", "DELETE FROM source_state WHERE source = 'attack'", run_of},
        {"decision", "UPDATE decision SET changed = 5",
         [](Transaction& tx) { return tx.reopen_decision(uuid_v5(tocsin_namespace(), "first"), {"x"}); }},
        {"source", "UPDATE source SET what = '{}'",
         [](Transaction& tx) { return tx.put_source("osv", "vetted", Json::object()); }},
        {"text", "UPDATE text SET hash = zeroblob(32)", [](Transaction& tx) -> Result<> {
           TOCSIN_CHECK(tx.erase_text(uuid_v5(tocsin_namespace(), "first"), "ana", "asked"));
           return {};
         }}}) {
    const std::string path = copy();
    {
      Shell shell(path);
      shell.run(one.attack);
    }
    {
      const auto opened = open(path, world_.options());
      ASSERT_OK(opened);
      ASSERT_OK((*opened)->write("a change of ours", one.change));
    }
    expect_named(path, one.table, one.attack);
  }
}

TEST_F(Tampering, ATriggerPutInIsFound) {
  const std::string path = copy();
  {
    Shell shell(path);
    shell.run(
        "CREATE TRIGGER quiet AFTER INSERT ON decision BEGIN UPDATE decision SET verdict = 3 WHERE id = new.id; END");
  }
  expect_named(path, "sqlite_master", "a trigger");
}

TEST_F(Tampering, TextThatWasChangedOrTakenAwayIsFound) {
  for (const char* attack :
       {"UPDATE text SET value = 'nothing' WHERE id = 1", "UPDATE text SET value = NULL, salt = NULL WHERE id = 1",
        "UPDATE text SET value = NULL, salt = NULL, erased = 1 WHERE id = 1"}) {
    const std::string path = copy();
    {
      Shell shell(path);
      shell.run(attack);
    }
    expect_named(path, "text", attack);
  }
}

TEST_F(Tampering, SnapshotFilesThatWereChangedOrTakenAwayAreFound) {
  fs::path file;
  for (const auto& entry : fs::recursive_directory_iterator(world_.folder.path() / "snapshots")) {
    if (entry.is_regular_file()) file = entry.path();
  }
  ASSERT_FALSE(file.empty());
  fs::resize_file(file, fs::file_size(file) - 1);
  expect_named(world_.url(), "snapshots/", "a shorter file");
  fs::remove(file);
  expect_named(world_.url(), "snapshots/", "a missing file");
  VerifyOptions without;
  without.snapshots = false;
  EXPECT_TRUE(verify(world_.url(), without).holds());
}

TEST_F(Tampering, ATailCutOffWithItsCheckpointsIsFoundByACheckpointKeptElsewhere) {
  std::string kept;
  {
    const auto opened = open(world_.url(), world_.options());
    ASSERT_OK(opened);
    kept = (*opened)->read().value()->checkpoint()->note;
  }
  const std::string path = copy();
  fs::remove(path);
  World older;
  Options options = world_.options();
  {
    const auto opened = open(path, options);
    ASSERT_OK(opened);  // an empty history, signed by the same key
  }
  EXPECT_TRUE(verify(path).holds());
  VerifyOptions against;
  against.against = {kept};
  const Verification verification = verify(path, against);
  ASSERT_EQ(verification.findings.size(), 1u) << list(verification);
  EXPECT_NE(verification.findings[0].what.find("cut off"), std::string::npos);
}

TEST_F(Tampering, AFullRewriteSignedWithTheStolenKeyIsFoundByACheckpointKeptElsewhere) {
  std::string kept;
  {
    const auto opened = open(world_.url(), world_.options());
    ASSERT_OK(opened);
    kept = (*opened)->read().value()->checkpoint()->note;
  }
  VerifyOptions against;
  against.against = {kept};
  EXPECT_TRUE(verify(world_.url(), against).holds());

  // The same program, the same key, another past.
  const std::string path = (world_.folder.path() / "rewritten.db").string();
  {
    World other;
    other.clock.set(world_.clock.now());
    Options options = world_.options();
    options.random = &other.random;
    const auto opened = open(path, options);
    ASSERT_OK(opened);
    ASSERT_OK((*opened)->write("a lie", [](Transaction& tx) { return tx.note("lie", "", Json::object()); }));
    fill(**opened, world_);
  }
  EXPECT_TRUE(verify(path).holds()) << "it is consistent with itself";
  const Verification verification = verify(path, against);
  ASSERT_EQ(verification.findings.size(), 1u) << list(verification);
  EXPECT_EQ(verification.findings[0].table, "ledger");
  EXPECT_NE(verification.findings[0].what.find("rewritten"), std::string::npos);
}

TEST_F(Tampering, CheckpointsOfOthersAreNotTaken) {
  VerifyOptions against;
  against.against = {ledger::sign_checkpoint({"tocsin/test", 1, sha256("x")}, key_of("somebody else")), "nonsense"};
  const Verification verification = verify(world_.url(), against);
  EXPECT_EQ(verification.findings.size(), 2u) << list(verification);
  VerifyOptions other_key;
  other_key.key = key_of("somebody else").public_key();
  EXPECT_FALSE(verify(world_.url(), other_key).holds());
}

// A second layout, for these tests only: it touches rows of its own accord, as real ones will.
const migrations::Migration kSecond{2, "second",
                                    "ALTER TABLE action ADD COLUMN remark TEXT;"
                                    "UPDATE source_state SET failures = failures + 1;"
                                    "CREATE TABLE later(id INTEGER PRIMARY KEY) STRICT;"};

class Upgrade : public Tampering {
 protected:
  Upgrade() : steps_(migrations::all().begin(), migrations::all().end()) { steps_.push_back(&kSecond); }
  Result<std::unique_ptr<Store>> upgrade(const std::string& path) {
    return sqlite::open_store(path, world_.options(), steps_);
  }
  std::vector<const migrations::Migration*> steps_;
};

TEST_F(Upgrade, OfAnHonestStoreIsSealedAndHolds) {
  const std::string path = copy();
  const auto opened = upgrade(path);
  ASSERT_OK(opened);
  EXPECT_EQ((*opened)->info().schema, 2);
  const auto verified = (*opened)->verify({});
  ASSERT_OK(verified);
  EXPECT_TRUE(verified->holds()) << list(*verified);
  ASSERT_OK((*opened)->write("go on", [](Transaction& tx) { return tx.put_source("osv", "vetted", Json::object()); }));
  EXPECT_TRUE((*opened)->verify({})->holds());
}

TEST_F(Upgrade, OfAStoreThatWasEditedFromOutsideIsRefusedAndSignsNothing) {
  for (const auto& [attack, table] : std::vector<std::pair<std::string, std::string>>{
           {"UPDATE judgement SET score = score + 1", "judgement"},
           {"INSERT INTO redirect(old, new, head) VALUES(zeroblob(16), zeroblob(16), 1)", "redirect"},
           {"DELETE FROM decision", "decision"},
           {"UPDATE text SET value = 'nothing' WHERE id = 1", "text"},
           {"UPDATE meta SET value = 'tocsin/other' WHERE name = 'origin'", "checkpoint"},
           {"CREATE TRIGGER quiet AFTER UPDATE ON source_state BEGIN UPDATE decision SET verdict = 3; END", "quiet"}}) {
    const std::string path = copy();
    std::vector<std::vector<std::string>> ledger;
    {
      Shell shell(path);
      shell.run(attack);
      ledger = shell.rows("SELECT count(*) FROM ledger");
    }
    const auto opened = upgrade(path);
    ASSERT_FALSE(opened) << attack;
    EXPECT_EQ(opened.error().code, Code::refused) << attack;
    EXPECT_NE(opened.error().what.find("ledger verify"), std::string::npos) << opened.error().what;
    EXPECT_NE(opened.error().what.find(table), std::string::npos) << opened.error().what;
    Shell shell(path);
    EXPECT_EQ(shell.rows("PRAGMA user_version"), (std::vector<std::vector<std::string>>{{"1"}})) << attack;
    EXPECT_EQ(shell.rows("SELECT count(*) FROM ledger"), ledger) << attack;
    EXPECT_TRUE(shell.rows("SELECT 1 FROM sqlite_master WHERE name = 'later'").empty()) << attack;
  }
}

// A layout that lacks what the seals of the latest one cover: a column, and a whole table. Two steps lead to that one.
TEST(UpgradeOverTwoLayouts, SealsWhatIsThereOnTheWay) {
  std::string first(migrations::all().front()->sqlite);
  const auto take_out = [&](const std::string& what) {
    ASSERT_NE(first.find(what), std::string::npos) << what;
    first.replace(first.find(what), what.size(), "");
  };
  const std::string table =
      "CREATE TABLE source(id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, what TEXT NOT NULL, "
      "changed INTEGER NOT NULL) STRICT;";
  take_out(table);
  take_out(", facets TEXT NOT NULL");
  const migrations::Migration oldest{1, "first", first.c_str()};
  const migrations::Migration second{2, "second", "CREATE TABLE later(id INTEGER PRIMARY KEY) STRICT;"};
  const std::string third_sql = table + "ALTER TABLE judgement ADD COLUMN facets TEXT NOT NULL DEFAULT '{}';";
  const migrations::Migration third{3, "third", third_sql.c_str()};
  const std::vector<const migrations::Migration*> all = {&oldest, &second, &third};
  World world;
  // Begun at once with all three, as a new store is.
  {
    const auto opened = sqlite::open_store(world.url(), world.options(), all);
    ASSERT_OK(opened);
    EXPECT_EQ((*opened)->info().schema, 3);
    const auto verified = (*opened)->verify({});
    ASSERT_OK(verified);
    EXPECT_TRUE(verified->holds()) << list(*verified);
    EXPECT_OK(
        (*opened)->write("go on", [](Transaction& tx) { return tx.put_source("osv", "vetted", Json::object()); }));
    EXPECT_TRUE((*opened)->verify({})->holds());
  }
}

TEST_F(Tampering, ARedirectByARecordThatIsNoMemberStopsTheFoldingThatNeedsIt) {
  const std::string path = copy();
  {
    Shell shell(path);
    shell.run("INSERT INTO redirect(old, new, head) VALUES(zeroblob(16), (SELECT new FROM redirect LIMIT 1), 99999)");
  }
  const auto opened = open(path, world_.options());
  ASSERT_OK(opened);
  const auto parted =
      collect(**opened, {record("osv", "GHSA-aaaa-bbbb-cccc", {"GHSA-aaaa-bbbb-cccc"}, "has its own again")});
  ASSERT_FALSE(parted);
  EXPECT_EQ(parted.error().code, Code::internal);
  EXPECT_NE(parted.error().what.find("record 99999, which is a member of no item"), std::string::npos)
      << parted.error().what;
}

}  // namespace
}  // namespace tocsin::store::test
