// A command is a table: its words, options, help and a function. The parser, --help, the man page and the shell
// completions are all made from these tables.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::cli {

// Exit codes of every command (docs/architecture.md, section 6).
enum class Exit : int { done = 0, no = 1, usage = 2, incomplete = 3 };

struct Option {
  const char* name = "";   // "--format"; a positional has no dashes: "FILE"
  const char* value = "";  // what follows, "FORMAT"; "" for a switch or a positional
  const char* help = "";
  bool required = false;
  bool repeatable = false;   // options: may be given again; positionals: takes all that is left
  const char* choices = "";  // "table|json|jsonl": checked by the parser; "" = anything

  bool is_positional() const { return name[0] != '-'; }
};

struct Example {
  const char* command;  // "tocsin radar --layer tactical"
  const char* says;     // one line
};

// What was given, by the option's name without its dashes.
class Arguments {
 public:
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  std::string get(std::string_view name, std::string_view otherwise = "") const;
  std::vector<std::string> all(std::string_view name) const;
  void add(std::string_view name, std::vector<std::string> values);

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

class Context;

struct Command {
  const char* words;        // "source list"
  const char* group;        // heading in the overview: "Start", "Sources" …
  const char* summary;      // one line, lower case, no full stop
  const char* description;  // some sentences; may be ""
  std::span<const Option> options;
  std::span<const Example> examples;
  Exit (*run)(Context& context);
  const char* without = "";  // shared options that say nothing here, and are refused: "--format --workspace"
};

// Options of every command: --workspace, --format, --quiet, --help.
std::span<const Option> shared_options();
// Those that this one takes.
std::vector<Option> shared_options(const Command& command);

namespace commands {
std::span<const Command* const> all();
}

// "3 words -> command": the longest command whose words begin `words`. nullptr when there is none; `used` = how many
// words it took.
const Command* find_command(std::span<const std::string> words, std::size_t& used);

}  // namespace tocsin::cli
