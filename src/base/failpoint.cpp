#include "base/failpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace tocsin {
namespace {

enum class What { kill, error };

// The environment, read once: what is armed and where visits are written.
struct Armed {
  std::string name;
  What what = What::error;
  std::uint64_t visit = 1;  // acts on this visit; `error` acts on it and all later ones
  std::string log;
  bool broken = false;  // the variable is set but not understood: every point fails, or a test would pass by a typo
};

const Armed* read_environment() {
  const char* spec = std::getenv("TOCSIN_FAILPOINT");
  const char* log = std::getenv("TOCSIN_FAILPOINT_LOG");
  if ((!spec || !*spec) && (!log || !*log)) return nullptr;
  static Armed armed;
  if (log) armed.log = log;
  if (!spec || !*spec) return &armed;
  const std::string_view text = spec;
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    armed.broken = true;
    return &armed;
  }
  armed.name = text.substr(0, equals);
  std::string_view action = text.substr(equals + 1);
  if (const auto at = action.find('@'); at != std::string_view::npos) {
    const std::string_view digits = action.substr(at + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), armed.visit);
    if (error != std::errc() || end != digits.data() + digits.size() || armed.visit == 0) armed.broken = true;
    action = action.substr(0, at);
  }
  if (action == "kill") {
    armed.what = What::kill;
  } else if (action != "error") {
    armed.broken = true;
  }
  return &armed;
}

void note_visit(const std::string& file, std::string_view name) {
  std::string line(name);
  line += '\n';
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;  // a log for tests only: the visit itself must not change what the program does
  while (::write(fd, line.data(), line.size()) < 0 && errno == EINTR) {
  }
  ::close(fd);
}

}  // namespace

Result<> failpoint(std::string_view name) {
  static const Armed* const armed = read_environment();
  if (!armed) return {};
  if (!armed->log.empty()) note_visit(armed->log, name);
  if (armed->broken) return fail(Code::internal, "TOCSIN_FAILPOINT is not NAME=kill|error[@N]");
  if (armed->name.empty() || name != armed->name) return {};
  static std::atomic<std::uint64_t> visits = 0;
  const std::uint64_t visit = ++visits;
  if (armed->what == What::kill) {
    if (visit == armed->visit) ::kill(::getpid(), SIGKILL);
    return {};
  }
  if (visit < armed->visit) return {};
  return fail(Code::internal, "failpoint " + std::string(name));
}

}  // namespace tocsin
