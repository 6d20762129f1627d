// The backends that there are, and what only SQLite files can go through.
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include <sqlite3.h>

#include "store/conformance.hpp"

namespace tocsin::store::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, Conformance,
                         testing::Values(Backend{"file", [](const World& world) { return world.url(); }},
                                         Backend{"memory", [](const World&) { return std::string(":memory:"); }, false,
                                                 false}),
                         [](const auto& backend) { return backend.param.name; });

void run_sql(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, &error), SQLITE_OK) << (error ? error : "");
  sqlite3_free(error);
  sqlite3_close(db);
}

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}
// The database, its log and its index of the log, as they lie on disk.
std::string everything_of(const World& world) {
  std::string out;
  for (const auto& entry : fs::directory_iterator(world.folder.path())) {
    if (entry.is_regular_file()) out += bytes_of(entry.path());
  }
  return out;
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

// What `look` gives in a process of somebody who may write nothing here: for root every folder is its own.
int as_nobody(const std::function<int()>& look) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 &&
        (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0))
      ::_exit(99);
    ::_exit(look());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
// The files of a world for reading by all, and for writing by nobody.
void close_to_writers(const World& world) {
  for (const auto& entry : fs::recursive_directory_iterator(world.folder.path()))
    fs::permissions(entry.path(), entry.is_directory() ? fs::perms(0555) : fs::perms(0444));
  fs::permissions(world.folder.path(), fs::perms(0555));
}
void open_to_writers(const World& world) {
  fs::permissions(world.folder.path(), fs::perms(0755));
  for (const auto& entry : fs::recursive_directory_iterator(world.folder.path()))
    fs::permissions(entry.path(), fs::perms(0755));
}

TEST(ReadingAStore, IsPossibleWhereNothingCanBeWritten) {
  World world;
  {
    const auto opened = open(world.url(), world.options());
    ASSERT_OK(opened);
    ASSERT_OK((*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); }));
  }
  ASSERT_FALSE(fs::exists(world.url() + "-wal")) << "the last to close it leaves one file";
  close_to_writers(world);
  const int code = as_nobody([&] {
    Options options = world.options();
    options.create = false;
    const auto opened = open(world.url(), options);
    if (!opened) return 1;
    const auto reader = (*opened)->read();
    if (!reader || (*reader)->ledger_size().value_or(0) != 2) return 2;
    if (const auto verified = (*opened)->verify({}); !verified || !verified->holds()) return 3;
    const auto written = (*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); });
    if (written || written.error().what.find("reading only") == std::string::npos) return 4;
    return (*opened)->info().cannot_write.empty() ? 5 : 0;
  });
  open_to_writers(world);
  EXPECT_EQ(code, 0);
}

TEST(ReadingAStore, SeesWhatAnotherCommitsWhereItCannotWriteItself) {
  World world;
  const auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  const auto note = [](Transaction& tx) { return tx.note("test", "", Json::object()); };
  ASSERT_OK((*opened)->write("test", note));
  fs::permissions(world.folder.path(), fs::perms(0555));
  for (const char* file : {"", "-wal", "-shm"}) fs::permissions(world.url() + file, fs::perms(0644));
  const auto entries = [&] {
    Options options = world.options();
    options.create = false;
    const auto again = open(world.url(), options);
    return again ? static_cast<int>((*(*again)->read())->ledger_size().value_or(0)) : 97;
  };
  const int before = as_nobody(entries);
  const auto written = (*opened)->write("test", note);
  const int after = as_nobody(entries);
  open_to_writers(world);
  EXPECT_EQ(before, 2);
  // Who is not root cannot write here either, so that there is nothing to see.
  EXPECT_EQ(after, written ? 3 : 2);
}

// A world that nobody can write but for the database itself, so that it is taken as it is and can be changed under who
// reads it. `look` gets the opened store.
int beside_a_file_that_changes(World& world, const std::function<int(Store&)>& look) {
  {
    const auto opened = open(world.url(), world.options());
    if (!opened || !(*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); }))
      return 97;
  }
  close_to_writers(world);
  fs::permissions(world.url(), fs::perms(0666));
  const int code = as_nobody([&] {
    Options options = world.options();
    options.create = false;
    const auto opened = open(world.url(), options);
    return opened ? look(**opened) : 96;
  });
  open_to_writers(world);
  return code;
}
// True when reading it tells that the file is another now.
bool tells_of_the_change(Reader& reader) {
  const auto items = reader.count_items({});
  return !items && items.error().code == Code::conflict &&
         items.error().what.find("changed while it was read") != std::string::npos;
}

TEST(ReadingAStore, WithoutALockTellsThatTheFileWasChangedMeanwhile) {
  World world;
  const int code = beside_a_file_that_changes(world, [&](Store& store) {
    const auto reader = store.read();
    if (!reader || (*reader)->ledger_size().value_or(0) != 2) return 1;
    std::ofstream(world.url(), std::ios::app) << std::string(16384, '\0');  // a page that nothing uses
    return tells_of_the_change(**reader) ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
}

TEST(ReadingAStore, WithoutALockBeginsAnewOnAFileThatWasChangedBetweenTwoReadings) {
  World world;
  const int code = beside_a_file_that_changes(world, [&](Store& store) {
    if ((*store.read())->ledger_size().value_or(0) != 2) return 1;
    std::ofstream(world.url(), std::ios::app) << std::string(16384, '\0');
    const auto reader = store.read();
    return reader && (*reader)->ledger_size().value_or(0) == 2 ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
}

TEST(ReadingAStore, WithoutALockOutlivesAFileThatIsCutShort) {
  World world;
  const int code = beside_a_file_that_changes(world, [&](Store& store) {
    const auto reader = store.read();
    if (!reader) return 1;
    fs::resize_file(world.url(), 0);
    return tells_of_the_change(**reader) ? 0 : 2;  // mapped, it would be a SIGBUS
  });
  EXPECT_EQ(code, 0);
}

TEST(ReadingAStore, IsPossibleThroughALinkToWhereNothingCanBeWritten) {
  World world;
  const Folder links;
  ASSERT_OK(open(world.url(), world.options()));
  fs::create_symlink(world.url(), links.path() / "tocsin.db");
  fs::permissions(links.path(), fs::perms(0777));
  close_to_writers(world);
  const int code = as_nobody([&] {
    Options options = world.options();
    options.create = false;
    const auto opened = open((links.path() / "tocsin.db").string(), options);
    if (!opened) return 1;
    const auto reader = (*opened)->read();
    return reader && (*reader)->ledger_size().value_or(0) == 1 ? 0 : 2;
  });
  open_to_writers(world);
  EXPECT_EQ(code, 0);
}

TEST(ReadingAStore, DoesNotBlameTheLogForAFileThatIsCutShort) {
  World world;
  const auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  ASSERT_OK((*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); }));
  ASSERT_GT(fs::file_size(world.url() + "-wal"), 0u);
  fs::resize_file(world.url(), 0);
  for (const char* file : {"", "-wal", "-shm"}) fs::permissions(world.url() + file, fs::perms(0644));
  fs::permissions(world.folder.path(), fs::perms(0555));
  const int code = as_nobody([&] {
    Options options = world.options();
    options.create = false;
    const auto again = open(world.url(), options);
    if (again) return 1;
    return again.error().what.find("holds changes") == std::string::npos ? 0 : 2;
  });
  open_to_writers(world);
  EXPECT_EQ(code, 0);
}

TEST(ReadingAStore, ShowsNoOldStateWhereTheLogCannotBeRead) {
  World world;
  const std::string log = world.url() + "-wal", index = world.url() + "-shm";
  {
    const auto opened = open(world.url(), world.options());
    ASSERT_OK(opened);
    const auto reader = (*opened)->read();
    ASSERT_OK((*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); }));
    fs::copy_file(log, log + "-kept");
  }
  // As after a crash: the last change is in the log only.
  fs::rename(log + "-kept", log);
  fs::remove(index);
  close_to_writers(world);
  const int code = as_nobody([&] {
    Options options = world.options();
    options.create = false;
    const auto opened = open(world.url(), options);
    if (opened) return (*(*opened)->read())->ledger_size().value_or(0) == 2 ? 0 : 1;
    return opened.error().what.find("holds changes") == std::string::npos ? 2 : 0;
  });
  open_to_writers(world);
  EXPECT_EQ(code, 0);
}

TEST(WritingAStore, WithoutTheKeySaysWhyThereIsNone) {
  World world;
  ASSERT_OK(open(world.url(), world.options()));
  Options options = world.options();
  options.key.reset();
  options.why_no_key = "keys/ledger.pem: Permission denied";
  const auto opened = open(world.url(), options);
  ASSERT_OK(opened);
  const auto written = (*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); });
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().what.find("Permission denied"), std::string::npos) << written.error().what;
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
  run_sql(world.url(),
          "DROP TRIGGER checkpoint_stays; UPDATE checkpoint SET note = replace(note, char(10) || '1' || char(10), "
          "char(10) || '2' || char(10))");
  const auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  const auto written = (*opened)->write("test", [](Transaction& tx) { return tx.note("test", "", Json::object()); });
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().what.find("ledger verify"), std::string::npos);
}

// The note that says who writes stands under a fixed name, in a folder that others may be able to write.
TEST(WritingAStore, DoesNotWriteItsNoteThroughALinkOrIntoAnotherFile) {
  const auto nothing = [](Transaction& tx) { return tx.note("test", "", Json::object()); };
  struct Case {
    const char* name;
    std::function<void(const fs::path&, const fs::path&)> lay;  // the note, the victim
    const char* says;
  };
  using Path = fs::path;
  for (const Case& one : {
           Case{"a link", [](const Path& note, const Path& victim) { fs::create_symlink(victim, note); },
                "symbolic link"},
           Case{"a link to nothing",
                [](const Path& note, const Path& victim) { fs::create_symlink(victim.string() + "2", note); },
                "symbolic link"},
           Case{"a hard link", [](const Path& note, const Path& victim) { fs::create_hard_link(victim, note); },
                "second name"},
           Case{"a pipe", [](const Path& note, const Path&) { ASSERT_EQ(::mkfifo(note.c_str(), 0600), 0); }, "pipe"},
           Case{"a folder", [](const Path& note, const Path&) { fs::create_directory(note); }, "folder"},
       }) {
    World world;
    const fs::path note = world.url() + "-writer", victim = world.folder.path() / "victim";
    const auto opened = open(world.url(), world.options());
    ASSERT_OK(opened);
    fs::remove(note);
    std::ofstream(victim) << "precious";
    one.lay(note, victim);
    const auto written = (*opened)->write("test", nothing);
    ASSERT_FALSE(written) << one.name;
    EXPECT_EQ(written.error().code, Code::refused) << one.name;
    EXPECT_NE(written.error().what.find("tocsin.db-writer"), std::string::npos) << written.error().what;
    EXPECT_NE(written.error().what.find(one.says), std::string::npos) << written.error().what;
    EXPECT_EQ(bytes_of(victim), "precious") << one.name;
    EXPECT_FALSE(fs::exists(victim.string() + "2")) << one.name;
    // Nothing is left locked: when it is gone, writing goes on, for this store and for another.
    fs::remove(note);
    EXPECT_OK((*opened)->write("test", nothing));
    EXPECT_OK((*open(world.url(), world.options()))->write("test", nothing));
    struct stat status = {};
    ASSERT_EQ(::stat(note.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
  }
}

TEST(ErasingAText, LeavesItsBytesInNoFileOfTheStore) {
  World world;
  const std::string mark = "Meier of the third floor ";
  std::string huge;  // more than a page: it has pages of its own
  while (huge.size() < 50'000) huge += mark;
  const auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  fill(**opened, world);
  const auto item = (*opened)->read().value()->find("PYSEC-2026-2").value().front();
  // Enough of them that erasing joins pages.
  std::vector<Uuid> ids;
  for (int i = 0; i < 300; ++i) {
    ASSERT_OK((*opened)->write("decide", [&](Transaction& tx) -> Result<> {
      auto one = decision(item, "decision " + std::to_string(i));
      one.rationale = Foreign(i % 50 == 7  ? huge
                              : i % 3 == 0 ? mark + std::to_string(i)
                                           : "harmless " + std::string(100, 'x'));
      ids.push_back(one.id);
      return tx.put_decision(one);
    }));
  }
  ASSERT_NE(everything_of(world).find(mark), std::string::npos) << "there is nothing to erase";
  for (const bool second_half : {false, true}) {
    ASSERT_OK((*opened)->write("erase", [&](Transaction& tx) -> Result<> {
      for (std::size_t i = second_half ? 1 : 0; i < ids.size(); i += 2)
        TOCSIN_CHECK(tx.erase_text(ids[i], "ben", "asked to"));
      return {};
    }));
  }
  EXPECT_EQ(everything_of(world).find(mark), std::string::npos);
  const auto verification = (*opened)->verify({});
  ASSERT_OK(verification);
  EXPECT_TRUE(verification->holds()) << list(*verification);
}

TEST(ErasingAText, SaysSoWhenAReaderKeepsTheLog) {
  World world;
  Options options = world.options();
  options.busy_timeout = std::chrono::milliseconds(20);
  const auto opened = open(world.url(), options);
  ASSERT_OK(opened);
  fill(**opened, world);
  const auto other = open(world.url(), options);
  ASSERT_OK(other);
  const Uuid first = uuid_v5(tocsin_namespace(), "first");
  const auto erase = [&](Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.erase_text(first, "ben", "asked to"));
    return {};
  };
  {
    const auto reader = (*other)->read();
    ASSERT_OK(reader);
    const auto erased = (*opened)->write("erase", erase);
    ASSERT_FALSE(erased);
    EXPECT_EQ(erased.error().code, Code::conflict);
    EXPECT_NE(erased.error().what.find("the text was erased"), std::string::npos) << erased.error().what;
  }
  EXPECT_TRUE((*opened)->read().value()->decision(first)->value().decision.rationale.empty());
  EXPECT_TRUE((*opened)->verify({})->holds());
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
  for (const Finding& finding : verified->findings)
    named = named || (finding.table == "decision" && finding.what.find("recorded") != std::string::npos);
  EXPECT_TRUE(named);
}

}  // namespace
}  // namespace tocsin::store::test
