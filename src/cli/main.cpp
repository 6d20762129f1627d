// tocsin: reads the words, finds the command in the table, parses its options, runs it.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/foreign.hpp"
#include "base/version.hpp"
#include "cli/context.hpp"
#include "cli/help.hpp"
#include "cli/nearest.hpp"
#include "cli/parser.hpp"

namespace tocsin::cli {
namespace {

std::size_t terminal_width() {
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
    const std::string_view text = columns;
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error == std::errc() && end == text.data() + text.size() && n >= 40 && n <= 1000) return n;
  }
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
    return size.ws_col;
  return 100;
}

// "; did you mean `tocsin radar`?", of one word or of two ("sorce list").
std::string meant_command(const std::vector<std::string>& words) {
  std::vector<std::string> one, two;
  for (const Command* command : commands::all()) {
    const std::string name = command->words;
    const std::size_t blank = name.find(' ');
    (blank == std::string::npos ? one : two).push_back(name);
    if (blank != std::string::npos) one.push_back(name.substr(0, blank));
  }
  std::vector<std::string> near;
  if (words.size() > 1) near = nearest(words[0] + " " + words[1], two);
  if (near.empty()) near = nearest(words[0], one);
  return near.empty() ? "" : "; did you mean `tocsin " + near.front() + "`?";
}

Exit run(const std::vector<std::string>& words) {
  Context context;
  context.width = terminal_width();
  const char* no_colour = std::getenv("NO_COLOR");
  context.terminal = ::isatty(STDOUT_FILENO) != 0;
  context.colour = context.terminal && (no_colour == nullptr || *no_colour == '\0');

  const std::size_t help_columns = std::min(context.width, kHelpColumns);
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || (words[0] == "help" && words.size() == 1)) {
    context.print(overview(help_columns));
    return words.empty() ? Exit::usage : Exit::done;
  }
  if (words[0] == "--version" || words[0] == "-V") {
    context.line("tocsin " + std::string(kVersion));
    return Exit::done;
  }
  if (words[0].starts_with('-'))
    return context.usage("'" + printable(words[0]) +
                         "' stands before the command; write tocsin COMMAND [ARGUMENTS] [OPTIONS]: `tocsin --help`");
  std::size_t used = 0;
  std::vector<std::string> rest = words;
  const bool asks_help = rest[0] == "help";
  if (asks_help) rest.erase(rest.begin());
  const Command* command = find_command(rest, used);
  if (command == nullptr) {
    if (const std::string nouns = help_of_noun(rest[0], help_columns); !nouns.empty()) {
      const bool wants_help = asks_help || (rest.size() > 1 && (rest[1] == "--help" || rest[1] == "-h"));
      if (!wants_help && rest.size() > 1 && !rest[1].starts_with('-'))
        context.complain("there is no command '" + printable(rest[0]) + " " + printable(rest[1]) + "'" +
                         meant_command(rest));
      context.print(nouns);
      return wants_help ? Exit::done : Exit::usage;
    }
    const std::string meant = meant_command(rest);
    return context.usage("there is no command '" + printable(rest[0]) + "'" + meant + (meant.empty() ? ";" : "") +
                         " `tocsin --help` lists them");
  }
  const std::span<const std::string> after(rest.begin() + static_cast<std::ptrdiff_t>(used), rest.end());
  for (const std::string& word : after) {
    if (word == "--") break;
    if (word == "--help" || word == "-h") {
      context.print(help_of(*command, help_columns));
      return Exit::done;
    }
  }
  if (asks_help) {
    context.print(help_of(*command, help_columns));
    return Exit::done;
  }
  auto arguments = parse_arguments(*command, after);
  if (!arguments) {
    context.complain(arguments.error().message());
    context.complain("`tocsin " + std::string(command->words) + " --help` shows how it is used");
    return Exit::usage;
  }
  context.args = std::move(*arguments);
  const std::string format = context.args.get("format", "table");
  context.format = format == "json"    ? Format::json
                   : format == "jsonl" ? Format::jsonl
                   : format == "csv"   ? Format::csv
                                       : Format::table;
  const char* from_environment = std::getenv("TOCSIN_WORKSPACE");
  context.folder =
      context.args.get("workspace", from_environment != nullptr && *from_environment != '\0' ? from_environment : ".");
  return command->run(context);
}

}  // namespace
}  // namespace tocsin::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return static_cast<int>(tocsin::cli::run(std::vector<std::string>(argv + 1, argv + argc)));
  } catch (const std::exception& bug) {
    // Expected failures are values; what still arrives here is our bug or a machine out of memory, and must say so.
    const std::string text = std::string("tocsin: internal error: ") + tocsin::printable(bug.what()) + "\n";
    const auto ignored = ::write(STDERR_FILENO, text.data(), text.size());
    static_cast<void>(ignored);
    return 3;
  }
}
