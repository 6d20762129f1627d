// One write(2) a line, so that lines of several threads or processes do not mix. Why not spdlog:
// docs/decisions/0001-log-without-spdlog.md.
#include "base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string>

namespace tocsin {
namespace {

constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};

LogLevel level_of_environment() {
  if (const char* wanted = std::getenv("TOCSIN_LOG"))
    for (int i = 0; i < 4; ++i)
      if (kNames[i] == wanted) return static_cast<LogLevel>(i);
  return LogLevel::warning;
}

std::atomic<LogLevel>& lowest_level() {
  static std::atomic<LogLevel> level = level_of_environment();
  return level;
}

}  // namespace

void set_log_level(LogLevel lowest) {
  lowest_level() = lowest;
}

void log(LogLevel level, std::string_view text) {
  if (level < lowest_level().load(std::memory_order_relaxed)) return;
  std::string line = "tocsin: ";
  line += kNames[static_cast<int>(level)];
  line += ": ";
  line += text;
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // stderr is gone: nobody left to tell
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace tocsin
