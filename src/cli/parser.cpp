// The only file that includes CLI11: it is slow to compile. A parser is built for the one command that is
// run, so that the number of commands costs nothing at start-up.
#include "cli/parser.hpp"

#include <algorithm>
#include <deque>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "cli/nearest.hpp"

namespace tocsin::cli {
namespace {

struct Slot {
  const Option* option;
  std::vector<std::string> values;
  bool flag = false;
  CLI::Option* parsed = nullptr;
};

std::string plain_name(const Option& option) {
  std::string_view name = option.name;
  while (!name.empty() && name.front() == '-') name.remove_prefix(1);
  return std::string(name);
}

std::vector<Option> options_of(const Command& command) {
  std::vector<Option> out(command.options.begin(), command.options.end());
  const auto shared = shared_options(command);
  out.insert(out.end(), shared.begin(), shared.end());
  return out;
}

void define(CLI::App& app, Slot& slot) {
  const Option& option = *slot.option;
  if (option.is_positional()) {
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
  const std::vector<Option> options = options_of(command);
  std::deque<Slot> slots;  // addresses must not move: CLI11 keeps references
  for (const Option& option : options) slots.push_back({&option, {}, false, nullptr});
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
        for (const Option& option : shared_options())
          if (name == option.name) {
            const auto as = std::find_if(options.begin(), options.end(),
                                         [](const Option& o) { return std::string_view(o.name) == "--as"; });
            const bool forms = name == "--format" && as != options.end() && std::string_view(as->value) != "PERSON";
            return fail(Code::refused, "tocsin " + std::string(command.words) + " takes no " + name +
                                           (forms ? "; its forms are told by --as" : ""));
          }
        std::vector<std::string> names;
        for (const Option& option : options)
          if (!option.is_positional()) names.emplace_back(option.name);
        const auto near = nearest(name, names);
        return fail(Code::refused, "there is no option " + printable(name) +
                                       (near.empty() ? "" : "; did you mean " + near.front() + "?"));
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
    if (slot.option->value[0] == '\0' && !slot.option->is_positional()) {
      given.add(plain_name(*slot.option), {"yes"});
      continue;
    }
    for (const std::string& value : slot.values) {
      TOCSIN_CHECK(check_choice(*slot.option, value));
      const std::string_view takes = slot.option->value;
      if (value.empty() && (takes.starts_with("FILE") || takes.starts_with("DIR") || takes.starts_with("PATH")))
        return fail(Code::refused, std::string(slot.option->name) + " is empty; it takes the name of a file or folder");
    }
    given.add(plain_name(*slot.option), slot.values);
  }
  return given;
}

}  // namespace tocsin::cli
