// The backends that there are, and what only SQLite files can go through.
#include <fstream>

#include <sqlite3.h>

#include "store/conformance.hpp"

namespace tocsin::store::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, Conformance,
                         testing::Values(Backend{"file", [](const World& world) { return world.url(); }},
                                         Backend{"memory", [](const World&) { return std::string(":memory:"); }, false, false}),
                         [](const auto& backend) { return backend.param.name; });

void run_sql(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, &error), SQLITE_OK) << (error ? error : "");
  sqlite3_free(error);
  sqlite3_close(db);
}

TEST(OpeningAStore, SaysWhatToDoWhenThereIsNone) {
  World world;
  Options options = world.options();
  options.create = false;
  const auto opened = open(world.url(), options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::unavailable);
  EXPECT_NE(opened.error().what.find("tocsin init"), std::string::npos);
}

TEST(OpeningAStore, RefusesOneThatANewerTocsinMade) {
  World world;
  ASSERT_OK(open(world.url(), world.options()));
  run_sql(world.url(), "PRAGMA user_version = 99");
  const auto opened = open(world.url(), world.options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::refused);
  EXPECT_NE(opened.error().what.find("newer tocsin"), std::string::npos);
}

TEST(OpeningAStore, RefusesFilesOfOthers) {
  struct Case {
    const char* name;
    std::string bytes;
  };
  for (const Case& one : {Case{"text", "name = 'tocsin'\n"}, Case{"zeros", std::string(8192, '\0')},
                          Case{"half", std::string("SQLite format 3\0garbage garbage garbage", 39)}}) {
    World world;
    std::ofstream(world.url()) << one.bytes;
    const auto opened = open(world.url(), world.options());
    ASSERT_FALSE(opened) << one.name;
    EXPECT_EQ(opened.error().code, Code::malformed) << one.name << ": " << opened.error().message();
  }
  World world;
  run_sql(world.url(), "CREATE TABLE somebody_elses(x)");
  const auto opened = open(world.url(), world.options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::malformed);
  fs::create_directory(world.folder.path() / "folder");
  EXPECT_FALSE(open((world.folder.path() / "folder").string(), world.options()));
}

TEST(OpeningAStore, RefusesBackendsThatThisBuildHasNot) {
  World world;
  const auto opened = open("postgresql://localhost/tocsin", world.options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::refused);
}

TEST(OpeningAStore, GoesOnWithOneThatWasBegunAndNeverFinished) {
  World world;
  std::ofstream(world.url()).flush();  // what a crash before the first commit leaves
  Options options = world.options();
  options.create = false;
  ASSERT_FALSE(open(world.url(), options));
  ASSERT_OK(open(world.url(), world.options()));
  EXPECT_OK(open(world.url(), options));
}

TEST(WritingAStore, NeedsTheKeyThatItWasBegunWith) {
  World world;
  ASSERT_OK(open(world.url(), world.options()));
  Options options = world.options();
  options.key = key_of("somebody else");
  auto opened = open(world.url(), options);
  ASSERT_OK(opened);
  const auto nothing = [](Transaction& tx) { return tx.note("test", "", Json::object()); };
  const auto other = (*opened)->write("test", nothing);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::refused);
  options.key.reset();
  opened = open(world.url(), options);
  ASSERT_OK(opened);
  ASSERT_FALSE((*opened)->write("test", nothing));
  EXPECT_OK((*opened)->read());
}

TEST(WritingAStore, IsRefusedWhenItWasOpenedForReading) {
  World world;
  ASSERT_OK(open(world.url(), world.options()));
  Options options = world.options();
  options.read_only = true;
  options.create = false;
  const auto opened = open(world.url(), options);
  ASSERT_OK(opened);
  EXPECT_FALSE((*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); }));
}

TEST(WritingAStore, IsRefusedOnALedgerThatDoesNotAgreeWithItsCheckpoint) {
  World world;
  {
    const auto opened = open(world.url(), world.options());
    ASSERT_OK(opened);
    ASSERT_OK((*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); }));
  }
  run_sql(world.url(), "DROP TRIGGER ledger_keeps; DELETE FROM ledger WHERE seq = 1");
  const auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  const auto written = (*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); });
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().what.find("ledger verify"), std::string::npos);
}

TEST(WritingAStore, IsRefusedOnACheckpointThatTheKeyDidNotSign) {
  World world;
  ASSERT_OK(open(world.url(), world.options()));
  // The rows agree with each other; only the signature says that somebody else wrote them.
  run_sql(world.url(), "DROP TRIGGER checkpoint_stays; UPDATE checkpoint SET note = replace(note, char(10) || '1' || char(10), char(10) || '2' || char(10))");
  const auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  const auto written = (*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); });
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().what.find("ledger verify"), std::string::npos);
}

TEST(VerifyingAStore, FindsADecisionThatWasEditedBeforeItsNextChangeSealedIt) {
  World world;
  Uuid id;
  {
    const auto opened = open(world.url(), world.options());
    ASSERT_OK(opened);
    fill(**opened, world);
    const auto decisions = (*opened)->read().value()->decisions(DecisionState::in_force, 1);
    ASSERT_OK(decisions);
    ASSERT_FALSE(decisions->empty());
    id = decisions->front().decision.id;
  }
  run_sql(world.url(), "UPDATE decision SET verdict = verdict + 1 WHERE state = 0");
  const auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  ASSERT_OK((*opened)->write("reopen", [&](Transaction& tx) { return tx.reopen_decision(id, {"other"}); }));
  const auto verified = (*opened)->verify({});
  ASSERT_OK(verified);
  bool named = false;
  for (const Finding& finding : verified->findings) named = named || (finding.table == "decision" && finding.what.find("recorded") != std::string::npos);
  EXPECT_TRUE(named);
}

}  // namespace
}  // namespace tocsin::store::test
