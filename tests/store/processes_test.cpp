// Several processes on one workspace, and processes that die at every point where something is made durable.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "store/world.hpp"

namespace tocsin::store::test {
namespace {

// A pipe that tells the other process to go on: tests wait for events, not for time.
class Signal {
 public:
  Signal() { EXPECT_EQ(::pipe(ends_), 0); }
  ~Signal() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  void give() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  void wait() {
    char byte = 0;
    EXPECT_EQ(::read(ends_[0], &byte, 1), 1);
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST(TwoProcesses, AReaderIsNotBlockedAndASecondWriterWaits) {
  World world;
  ASSERT_OK(open(world.url(), world.options()));
  Signal inside, leave;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto opened = open(world.url(), world.options());
    const bool written = opened && (*opened)->write("collect osv", [&](Transaction& tx) -> Result<> {
      TOCSIN_CHECK(tx.note("child", "", Json::object()));
      inside.give();
      leave.wait();
      return {};
    });
    ::_exit(written ? 0 : 1);
  }
  inside.wait();
  auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  EXPECT_EQ((*opened)->read().value()->ledger_size().value(), 1u) << "a reader sees what is committed, at once";

  Options hasty = world.options();
  hasty.busy_timeout = std::chrono::milliseconds(20);
  auto impatient = open(world.url(), hasty);
  ASSERT_OK(impatient);
  const auto note = [](Transaction& tx) { return tx.note("parent", "", Json::object()); };
  const auto refused = (*impatient)->write("decide", note);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_NE(refused.error().what.find("another tocsin is writing"), std::string::npos);
  EXPECT_NE(refused.error().what.find("collect osv, process " + std::to_string(child)), std::string::npos)
      << refused.error().what;

  std::thread release([&] { leave.give(); });
  EXPECT_OK((*opened)->write("decide", note));  // waits for the child
  release.join();
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ((*opened)->read().value()->ledger_size().value(), 3u);
  EXPECT_TRUE((*opened)->verify({})->holds());
}

TEST(TwoProcesses, ManyWritersLoseNothing) {
  World world;
  ASSERT_OK(open(world.url(), world.options()));
  constexpr int kWriters = 4;
  constexpr int kWrites = 8;
  std::vector<pid_t> children;
  for (int w = 0; w < kWriters; ++w) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Options options = world.options();
      options.busy_timeout = std::chrono::seconds(60);
      auto opened = open(world.url(), options);
      bool fine = opened.has_value();
      for (int i = 0; fine && i < kWrites; ++i)
        fine =
            (*opened)
                ->write("note",
                        [&](Transaction& tx) { return tx.note("note", std::to_string(w), Json::object({{"i", i}})); })
                .has_value();
      ::_exit(fine ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  EXPECT_EQ((*opened)->read().value()->ledger(0, 1000, {.kind = "note"})->size(),
            static_cast<std::size_t>(kWriters * kWrites));
  const auto verification = (*opened)->verify({});
  ASSERT_OK(verification);
  EXPECT_TRUE(verification->holds()) << list(*verification);
}

// ---- death ----

// Everything that makes something durable: opening a new store, a snapshot, a collection run with its fold, a decision.
Result<> life(World& world) {
  TOCSIN_TRY(const auto store, open(world.url(), world.options()));
  TOCSIN_TRY(const Digest reply, store->snapshots().put(std::string(20'000, 'r')));
  auto one = record("osv", "PYSEC-2026-1", {"PYSEC-2026-1", "CVE-2026-1111"}, "one");
  one.reply = reply;
  const auto collected = store->write("collect osv", [&](Transaction& tx) -> Result<> {
    TOCSIN_TRY(const auto state, tx.source("osv"));
    if (state.cursor == "page 1") return {};  // done before the crash
    TOCSIN_TRY(const RunKey run, tx.begin_run("osv", tx.now()));
    static_cast<void>(run);
    TOCSIN_CHECK(tx.add_snapshot(reply, 20'000, "text/plain", "reply"));
    TOCSIN_TRY(const Added added, tx.add_record(one));
    TOCSIN_TRY(const Folding folding, fold_heads(tx, {added.head}));
    static_cast<void>(folding);
    TOCSIN_CHECK(tx.put_cursor("page 1", Json::object()));
    TOCSIN_TRY(const Run ended, tx.end_run({}));
    static_cast<void>(ended);
    return {};
  });
  if (!collected) return collected;
  return store->write("decide", [&](Transaction& tx) -> Result<> {
    TOCSIN_TRY(const auto heads, tx.heads_with({"cve", "CVE-2026-1111"}));
    if (heads.size() != 1) return fail(Code::internal, "the record is not there, or twice");
    const Uuid item = intel::item_id("osv", "PYSEC-2026-1");
    TOCSIN_TRY(const auto earlier, tx.decisions_of(item));
    if (!earlier.empty()) return {};
    return tx.put_decision(decision(item, "first"));
  });
}

// After any death: the next life completes, nothing is lost or doubled, the ledger holds.
void expect_recovered(World& world, const std::string& when) {
  const auto again = life(world);
  EXPECT_TRUE(again) << when << ": " << (again ? "" : again.error().message());
  auto opened = open(world.url(), world.options());
  ASSERT_OK(opened);
  {
    const auto reader = (*opened)->read();
    ASSERT_OK(reader);
    EXPECT_EQ((*reader)->counts()->records, 1u) << when;
    EXPECT_EQ((*reader)->counts()->items, 1u) << when;
    EXPECT_EQ((*reader)->runs("osv", 10)->size(), 1u) << when;
    EXPECT_EQ((*reader)->decisions({}, 10)->size(), 1u) << when;
    EXPECT_EQ((*reader)->ledger_size().value(), 3u) << when;
    EXPECT_EQ((*reader)->source("osv")->cursor, "page 1") << when;
  }
  const auto verification = (*opened)->verify({});
  ASSERT_OK(verification);
  EXPECT_TRUE(verification->holds()) << when << "\n" << list(*verification);
}

// The points are read from the environment once a process, so each death is a process of its own: this program again,
// with a filter that runs the one test below.
int run_life(const std::string& folder, const std::string& point, const std::string& log) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("TOCSIN_TEST_LIFE", folder.c_str(), 1);
    ::unsetenv("GTEST_OUTPUT");  // its failure is what the parent waits for, not a result of the run
    if (!point.empty()) ::setenv("TOCSIN_FAILPOINT", point.c_str(), 1);
    if (!log.empty()) ::setenv("TOCSIN_FAILPOINT_LOG", log.c_str(), 1);
    const int quiet = ::open("/dev/null", O_WRONLY);
    ::dup2(quiet, 1);
    ::execl("/proc/self/exe", "test_store", "--gtest_filter=ALife.IsLived", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(ALife, IsLived) {
  const char* folder = std::getenv("TOCSIN_TEST_LIFE");
  if (!folder) GTEST_SKIP() << "only as a child of ADeath";
  World world{fs::path(folder)};
  ASSERT_OK(life(world));
}

std::vector<std::string> visited_points() {
  World world;
  const std::string log = (world.folder.path() / "points").string();
  EXPECT_EQ(run_life(world.folder.path(), "", log), 0);
  std::ifstream in(log);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

TEST(ADeath, AtEveryPointThatMakesSomethingDurableLosesAndDoublesNothing) {
  const auto visits = visited_points();
  std::map<std::string, int> times;
  for (const std::string& point : visits) ++times[point];
  for (const char* name : {"snapshot.write", "snapshot.fsync", "snapshot.rename", "snapshot.fsync-dir", "store.migrate",
                           "store.write", "store.seal", "store.checkpoint", "store.commit"}) {
    EXPECT_TRUE(times.contains(std::string(name) + ".before")) << name;
    EXPECT_TRUE(times.contains(std::string(name) + ".after")) << name;
  }
  for (const auto& [point, n] : times) {
    for (int visit = 1; visit <= n; ++visit) {
      World world;
      const std::string spec = point + "=kill@" + std::to_string(visit);
      const int status = run_life(world.folder.path(), spec, "");
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << spec << " did not kill";
      expect_recovered(world, spec);
    }
  }
}

TEST(ADeath, OrAnErrorAtEveryPointUndoesTheWrite) {
  std::set<std::string> points;
  for (const std::string& point : visited_points()) points.insert(point);
  for (const std::string& point : points) {
    World world;
    const int status = run_life(world.folder.path(), point + "=error", "");
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << point << " was not reported";
    expect_recovered(world, point + "=error");
  }
}

TEST(ADeath, AtRandomLosesAndDoublesNothing) {
  constexpr int kDeaths = 25;
  unsigned state = 12345;  // the same moments in every run, as far as the machine allows
  for (int i = 0; i < kDeaths; ++i) {
    World world;
    state = state * 1664525u + 1013904223u;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(life(world) ? 0 : 1);
    ::usleep(state >> 17);  // 0 to 33 ms; a life takes about 15
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    expect_recovered(world, "random death " + std::to_string(i));
  }
}

}  // namespace
}  // namespace tocsin::store::test
