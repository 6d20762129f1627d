// The only file that includes CLI11: it takes six seconds to compile. A parser is built for the one command that is
// run, so that the number of commands costs nothing at start-up.
#include "cli/parser.hpp"

#include <algorithm>
#include <deque>

#include <CLI/CLI.hpp>

#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::cli {
namespace {

struct Slot {
  const Option* option;
  std::vector<std::string> values;
  bool flag = false;
  CLI::Option* parsed = nullptr;
};

bool is_positional(const Option& option) {
  return option.name[0] != '-';
}

std::string plain_name(const Option& option) {
  std::string_view name = option.name;
  while (!name.empty() && name.front() == '-') name.remove_prefix(1);
  return std::string(name);
}

// Distance of two words by insertions, deletions and changes; words are short.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t before = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t keep = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, before + (a[i - 1] == b[j - 1] ? 0 : 1)});
      before = keep;
    }
  }
  return row[b.size()];
}

std::string nearest_option(const Command& command, std::string_view mistyped) {
  std::string best;
  std::size_t least = 4;  // further away than three changes is no typing mistake
  auto look = [&](const Option& option) {
    if (is_positional(option)) return;
    if (const std::size_t d = distance(option.name, mistyped); d < least) least = d, best = option.name;
  };
  for (const Option& option : command.options) look(option);
  for (const Option& option : shared_options()) look(option);
  return best;
}

void define(CLI::App& app, Slot& slot) {
  const Option& option = *slot.option;
  if (is_positional(option)) {
    slot.parsed = app.add_option(plain_name(option), slot.values, option.help);
    // One word each, so that `decide ID VERDICT` does not give both to ID; only a repeatable one takes all that is
    // left.
    slot.parsed->expected(option.repeatable ? -1 : 1);
    slot.parsed->allow_extra_args(option.repeatable);
  } else if (option.value[0] == '\0') {
    slot.parsed = app.add_flag(option.name, slot.flag, option.help);
    return;
  } else {
    slot.parsed = app.add_option(option.name, slot.values, option.help);
    slot.parsed->expected(1);
    slot.parsed->allow_extra_args(false);
    slot.parsed->multi_option_policy(option.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                                       : CLI::MultiOptionPolicy::Throw);
  }
  if (option.required) slot.parsed->required();
}

Result<> check_choice(const Option& option, const std::string& value) {
  if (option.choices[0] == '\0') return {};
  const auto choices = split(option.choices, '|');
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return {};
  return fail(Code::refused, std::string(option.name) + " is one of " + replace_all(option.choices, "|", ", ") +
                                 ", not '" + printable(value) + "'");
}

}  // namespace

Result<Arguments> parse_arguments(const Command& command, std::span<const std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.prefix_command(false);
  std::deque<Slot> slots;  // addresses must not move: CLI11 keeps references
  for (const Option& option : command.options) slots.push_back({&option, {}, false, nullptr});
  for (const Option& option : shared_options()) slots.push_back({&option, {}, false, nullptr});
  try {
    for (Slot& slot : slots) define(app, slot);
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // CLI11 takes them from the back
    app.parse(std::move(reversed));
  } catch (const CLI::ExtrasError&) {
    for (const std::string& word : words)
      if (word.size() > 1 && word[0] == '-') {
        const std::string name = word.substr(0, word.find('='));
        const bool known =
            std::any_of(slots.begin(), slots.end(), [&](const Slot& s) { return s.option->name == name; });
        if (known) continue;
        const std::string near = nearest_option(command, name);
        return fail(Code::refused,
                    "there is no option " + printable(name) + (near.empty() ? "" : "; did you mean " + near + "?"));
      }
    return fail(Code::refused, "there is one word too many: '" + printable(words.empty() ? "" : words.back()) + "'");
  } catch (const CLI::ParseError& error) {
    return fail(Code::refused, printable(error.what()));
  } catch (const CLI::Error& error) {
    return fail(Code::internal, std::string("option table of '") + command.words + "': " + printable(error.what()));
  }
  Arguments given;
  for (const Slot& slot : slots) {
    if (slot.parsed->count() == 0) continue;
    if (slot.option->value[0] == '\0' && !is_positional(*slot.option)) {
      given.add(plain_name(*slot.option), {"yes"});
      continue;
    }
    for (const std::string& value : slot.values) TOCSIN_CHECK(check_choice(*slot.option, value));
    given.add(plain_name(*slot.option), slot.values);
  }
  return given;
}

}  // namespace tocsin::cli
