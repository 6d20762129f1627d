#include "base/progress.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "base/log.hpp"

namespace tocsin {
namespace {

// What has been written to the other end.
std::string drain(int fd) {
  std::string out;
  std::array<char, 4096> buffer;
  for (pollfd wait = {fd, POLLIN, 0}; ::poll(&wait, 1, 100) == 1 && (wait.revents & POLLIN) != 0;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return out;
}

TEST(Progress, DrawsOnATerminalAndClearsItsLine) {
  int ours = -1, theirs = -1;
  winsize size = {24, 30, 0, 0};
  ASSERT_EQ(::openpty(&ours, &theirs, nullptr, nullptr, &size), 0);
  {
    const auto progress = terminal_progress(theirs);
    progress->stage("a stage with a name that is longer than the line", 200);
    const std::string first = drain(ours);
    EXPECT_TRUE(first.starts_with("\ra stage with"));
    EXPECT_NE(first.find("…\x1b[K"), std::string::npos) << "cut to the width";
    for (std::uint64_t i = 0; i < 100'000; ++i) progress->advance(i % 200);
    EXPECT_LT(drain(ours).size(), 2'000u) << "a hundred thousand calls are not a hundred thousand lines";
    progress->stage("short", 200);
    EXPECT_EQ(drain(ours), "\rshort  0 / 200  0 %\x1b[K");
    progress->stage("reading", 3'000'000'000, Progress::Unit::bytes);
    EXPECT_EQ(drain(ours), "\rreading  0 B / 3.0 GB  0 %\x1b[K");
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    progress->advance(1'500'000'000);
    const std::string line = drain(ours);
    EXPECT_TRUE(line.starts_with("\rreading  1.5 GB / 3.0 GB  5")) << line;
    progress->finish();
    EXPECT_EQ(drain(ours), "\r\x1b[K");
  }
  EXPECT_EQ(drain(ours), "") << "cleared once";
  ::close(ours);
  ::close(theirs);
}

TEST(Progress, IsSilentWhereThereIsNoTerminal) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const auto progress = terminal_progress(ends[1]);
  progress->stage("stage", 10);
  progress->advance(5);
  progress->finish();
  no_progress().stage("stage", 1);
  EXPECT_EQ(drain(ends[0]), "");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(TheLog, IsQuietBelowItsLevel) {
  testing::internal::CaptureStderr();
  log(LogLevel::info, "not said");
  log(LogLevel::warning, "said");
  set_log_level(LogLevel::error);
  log(LogLevel::warning, "not said");
  set_log_level(LogLevel::debug);
  log(LogLevel::debug, "said too");
  set_log_level(LogLevel::warning);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "tocsin: warning: said\ntocsin: debug: said too\n");
}

}  // namespace
}  // namespace tocsin
