#include "base/failpoint.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "base/file.hpp"
#include "base/folder.hpp"

namespace tocsin {
namespace {

// The environment is read once in a process, so each case runs in one of its own ("threadsafe" starts the program
// anew).
class AFailpoint : public testing::Test {
 protected:
  void SetUp() override { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }
  static void arm(const char* spec) { ::setenv("TOCSIN_FAILPOINT", spec, 1); }
};

TEST_F(AFailpoint, DoesNothingUnlessItIsArmed) {
  EXPECT_TRUE(failpoint("any"));
}

TEST_F(AFailpoint, KillsWhereItIsNamedOnly) {
  EXPECT_EXIT(
      {
        arm("here=kill");
        if (!failpoint("there")) std::exit(1);
        (void)failpoint("here");
        std::exit(2);
      },
      testing::KilledBySignal(SIGKILL), "");
}

TEST_F(AFailpoint, KillsOnTheVisitAskedFor) {
  EXPECT_EXIT(
      {
        arm("here=kill@3");
        if (!failpoint("here") || !failpoint("here")) std::exit(1);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        arm("here=kill@3");
        for (int i = 0; i < 3; ++i) (void)failpoint("here");
        std::exit(0);
      },
      testing::KilledBySignal(SIGKILL), "");
}

TEST_F(AFailpoint, GivesAnErrorWhenAskedTo) {
  EXPECT_EXIT(
      {
        arm("here=error");
        const auto failed = failpoint("here");
        std::exit(!failed && failed.error().code == Code::internal ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(AFailpoint, FailsLoudlyWhenTheVariableIsMistyped) {
  for (const char* spec : {"here", "here=boom", "here=kill@", "here=kill@0", "here=kill@x"})
    EXPECT_EXIT(
        {
          arm(spec);
          std::exit(failpoint("elsewhere") ? 1 : 0);
        },
        testing::ExitedWithCode(0), "")
        << spec;
}

TEST_F(AFailpoint, IsLoggedOnEachVisit) {
  const tests::Folder folder;
  const std::string log = (folder / "visits").string();
  // The child has a folder of its own: it is started anew. The name reaches it through the environment.
  ::setenv("TOCSIN_TEST_LOG", log.c_str(), 0);
  EXPECT_EXIT(
      {
        ::setenv("TOCSIN_FAILPOINT_LOG", std::getenv("TOCSIN_TEST_LOG"), 1);
        (void)failpoint("one");
        (void)failpoint("two");
        (void)failpoint("one");
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
  ::unsetenv("TOCSIN_TEST_LOG");
  EXPECT_EQ(*read_file(log, 1000), "one\ntwo\none\n");
}

TEST_F(AFailpoint, StandsBeforeAndAfterEachStepOfWritingAFile) {
  const tests::Folder folder;
  ::setenv("TOCSIN_TEST_LOG", (folder / "visits").c_str(), 0);
  EXPECT_EXIT(
      {
        ::setenv("TOCSIN_FAILPOINT_LOG", std::getenv("TOCSIN_TEST_LOG"), 1);
        const tests::Folder inner;
        std::exit(write_file(inner / "a", "text", "x") ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  ::unsetenv("TOCSIN_TEST_LOG");
  EXPECT_EQ(*read_file(folder / "visits", 1000),
            "x.write.before\nx.write.after\nx.fsync.before\nx.fsync.after\n"
            "x.rename.before\nx.rename.after\nx.fsync-dir.before\nx.fsync-dir.after\n");
}

TEST_F(AFailpoint, ThatFailsAWriteLeavesNoTemporaryFileBehind) {
  EXPECT_EXIT(
      {
        arm("x.rename.before=error");
        const tests::Folder inner;
        const bool failed = !write_file(inner / "a", "text", "x");
        std::exit(failed && list_files(inner.path())->files.empty() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

struct KillRow {
  const char* name;
  const char* spec;
  const char* content;
};
class AKilledWrite : public testing::TestWithParam<KillRow> {};

TEST_P(AKilledWrite, LeavesTheOldFileOrTheNewOne) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const tests::Folder folder;
  std::ofstream(folder / "a") << "old";  // not write_file: that would read the environment before it is set
  ::setenv("TOCSIN_TEST_FILE", (folder / "a").c_str(), 0);
  EXPECT_EXIT(
      {
        ::setenv("TOCSIN_FAILPOINT", GetParam().spec, 1);
        (void)write_file(std::getenv("TOCSIN_TEST_FILE"), "new", "x");
        std::exit(0);
      },
      testing::KilledBySignal(SIGKILL), "");
  ::unsetenv("TOCSIN_TEST_FILE");
  EXPECT_EQ(*read_file(folder / "a", 100), GetParam().content);
}

INSTANTIATE_TEST_SUITE_P(, AKilledWrite,
                         testing::Values(KillRow{"before_write", "x.write.before=kill", "old"},
                                         KillRow{"after_write", "x.write.after=kill", "old"},
                                         KillRow{"before_fsync", "x.fsync.before=kill", "old"},
                                         KillRow{"after_fsync", "x.fsync.after=kill", "old"},
                                         KillRow{"before_rename", "x.rename.before=kill", "old"},
                                         KillRow{"after_rename", "x.rename.after=kill", "new"},
                                         KillRow{"before_fsync_of_folder", "x.fsync-dir.before=kill", "new"},
                                         KillRow{"after_fsync_of_folder", "x.fsync-dir.after=kill", "new"}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace tocsin
