// What a command works with: its arguments, where it writes and for whom, the clock, the workspace.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/progress.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cycle/workspace.hpp"

namespace tocsin::cli {

enum class Format { table, json, jsonl, csv };

class Context {
 public:
  Arguments args;
  Format format = Format::table;
  bool terminal = false;         // stdout is a terminal
  bool colour = false;           // stdout is a terminal and NO_COLOR is not set
  std::size_t width = 100;       // columns of the terminal, or COLUMNS, or 100
  std::filesystem::path folder;  // of the workspace
  const Clock* clock = &system_clock();
  Random* random = &system_random();

  // To stdout. Errors of writing (a closed pipe) end the program quietly.
  void print(std::string_view text);
  void line(std::string_view text = "");
  // To stdout, data that programs read and that holds text of strangers: CSV, a bundle. As it is, unless stdout is a
  // terminal, which would obey some of it: there as Foreign::terminal_block() shows it.
  void data(std::string_view text);
  // To stderr, as "tocsin: …". The text must be printable.
  void complain(std::string_view text);
  void note(std::string_view text);  // to stderr unless --quiet

  // Says what went wrong and what to do next; gives the exit code for it: 3, or 2 where open() found no workspace.
  Exit fail(const Error& error, std::string_view hint = "");
  Exit usage(std::string_view what);
  // There is nothing of the name that was given: the answer is no (docs/json.md, exit codes).
  Exit unknown(std::string_view what);

  Progress& progress();  // a line on stderr when that is a terminal and not --quiet

  // The workspace in `folder`. The error says how to make one.
  Result<std::unique_ptr<cycle::Workspace>> open();

 private:
  std::unique_ptr<Progress> progress_;
  bool no_workspace_ = false;
};

// The whole number that `option` ("limit") was given, `otherwise` when it was not. `refused`, naming the option, for
// anything else ("12abc", "-1", "1e3"), and for what is not between `low` and `high`.
Result<std::size_t> number_option(const Arguments& args, std::string_view option, std::size_t otherwise,
                                  std::size_t low = 0, std::size_t high = 1'000'000'000);

}  // namespace tocsin::cli
