// A workspace in the hands of somebody who is not its owner.
#include "cycle/workspace.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

namespace tocsin::cycle {
namespace {

namespace fs = std::filesystem;

class Workspaces : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("tocsin-workspace-" + std::to_string(::getpid()) + "-" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    auto made =
        Workspace::create(folder_, {"[organisation]\nname = \"Test\"\n", "libraries: []\n"}, clock_, system_random());
    ASSERT_TRUE(made) << made.error().message();
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Why nothing can be written; "" = it can.
  std::string why_not() {
    const auto workspace = Workspace::open(folder_, clock_, system_random());
    if (!workspace) return "not opened: " + workspace.error().message();
    const auto written =
        (*workspace)->store().write("test", [](store::Transaction& tx) { return tx.note("test", "", Json::object()); });
    return written ? "" : written.error().message();
  }

  ManualClock clock_{Time{1'767'225'600'000'000}};
  fs::path folder_;
};

TEST_F(Workspaces, AKeyThatIsGoneIsCalledSo) {
  ASSERT_EQ(why_not(), "");
  fs::remove(folder_ / "keys/ledger.pem");
  EXPECT_NE(why_not().find("keys/ledger.pem is not there"), std::string::npos) << why_not();
}

TEST_F(Workspaces, AKeyThatOthersMayNotSeeIsNotCalledGone) {
  // All but the key for everybody, so that the key alone is why; keys/ is closed to them by its own mode.
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().filename() != "keys") fs::permissions(entry.path(), fs::perms(entry.is_directory() ? 0777 : 0666));
  }
  fs::permissions(folder_, fs::perms(0777));
  if (::geteuid() != 0) fs::permissions(folder_ / "keys", fs::perms(0));  // closed to its owner too
  int result[2];
  ASSERT_EQ(::pipe(result), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 &&
        (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0))
      ::_exit(1);
    const std::string why = why_not();
    ::_exit(::write(result[1], why.data(), why.size()) == static_cast<ssize_t>(why.size()) ? 0 : 1);
  }
  ::close(result[1]);
  std::string why(4096, '\0');
  const ssize_t got = ::read(result[0], why.data(), why.size());
  ::close(result[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  fs::permissions(folder_ / "keys", fs::perms(0700));
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0 && got >= 0);
  why.resize(static_cast<std::size_t>(got));
  EXPECT_NE(why.find("keys/ledger.pem cannot be seen: Permission denied"), std::string::npos) << why;
}

}  // namespace
}  // namespace tocsin::cycle
