#include "cli/context.hpp"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "base/foreign.hpp"

namespace tocsin::cli {
namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      if (fd == STDOUT_FILENO && errno == EPIPE) std::_Exit(0);  // `tocsin items | head` is no error
      if (fd == STDOUT_FILENO) std::_Exit(3);                    // a full disk must not look like success
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

void Context::print(std::string_view text) {
  write_all(STDOUT_FILENO, text);
}

void Context::line(std::string_view text) {
  std::string with_end(text);
  with_end += '\n';
  print(with_end);
}

void Context::data(std::string_view text) {
  if (terminal)
    print(Foreign(std::string(text)).terminal_block());
  else
    print(text);
}

// Errors carry paths, keys and words of files: whoever made the error should have made them printable, and here is the
// last door.
void Context::complain(std::string_view text) {
  write_all(STDERR_FILENO, "tocsin: " + Foreign(std::string(text)).terminal_block() + "\n");
}

void Context::note(std::string_view text) {
  if (!args.has("quiet")) write_all(STDERR_FILENO, Foreign(std::string(text)).terminal_block() + "\n");
}

Exit Context::fail(const Error& error, std::string_view hint) {
  complain(error.message());
  if (!hint.empty()) complain(hint);
  return no_workspace_ ? Exit::usage : Exit::incomplete;
}

Exit Context::usage(std::string_view what) {
  complain(what);
  return Exit::usage;
}

Exit Context::unknown(std::string_view what) {
  complain(what);
  return Exit::no;
}

Progress& Context::progress() {
  if (args.has("quiet")) return no_progress();
  if (!progress_) progress_ = terminal_progress(STDERR_FILENO);
  return *progress_;
}

Result<std::unique_ptr<cycle::Workspace>> Context::open() {
  auto opened = cycle::Workspace::open(folder, *clock, *random);
  no_workspace_ = !opened && !cycle::Workspace::exists(folder);
  return opened;
}

Result<std::size_t> number_option(const Arguments& args, std::string_view option, std::size_t otherwise,
                                  std::size_t low, std::size_t high) {
  if (!args.has(option)) return otherwise;
  const std::string text = args.get(option);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high)
    return tocsin::fail(Code::refused, "--" + std::string(option) + ": '" + printable(text) +
                                           "' is no whole number from " + std::to_string(low) + " to " +
                                           std::to_string(high));
  return number;
}

}  // namespace tocsin::cli
