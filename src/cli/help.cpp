#include "cli/help.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace tocsin::cli {
namespace {

// Two columns of text, the right one from `at` on.
std::string column(std::string_view left, std::string_view right, std::size_t at, std::size_t columns) {
  std::string out;
  std::string head = "  " + std::string(left);
  const auto lines = wrap(right, columns > at + 20 ? columns - at : 20);
  if (head.size() + 2 > at) {
    out = head + "\n";
    head.clear();
  }
  head.resize(at, ' ');
  out += head + lines[0] + "\n";
  for (std::size_t i = 1; i < lines.size(); ++i) out += std::string(at, ' ') + lines[i] + "\n";
  return out;
}

std::string option_head(const Option& option) {
  std::string head = option.name;
  if (option.value[0] != '\0') head += std::string(" ") + option.value;
  return head;
}

std::string option_text(const Option& option) {
  std::string text = option.help;
  const auto choices = split(option.choices, '|');
  const bool told = std::all_of(choices.begin(), choices.end(), [&](std::string_view choice) {
    return text.find(choice) != std::string::npos;  // all of them stand in the help already, or there are none
  });
  if (!told && text.ends_with(')'))
    text.replace(text.size() - 1, 1, "; " + replace_all(option.choices, "|", ", ") + ")");
  else if (!told)
    text += " (" + replace_all(option.choices, "|", ", ") + ")";
  if (option.repeatable && !option.is_positional()) text += "; may be given again";
  if (option.required && !option.is_positional()) text += "; required";
  return text;
}

// "tocsin items", "[--kind KIND]" …: what stays together in a line.
std::vector<std::string> usage_parts(const Command& command) {
  std::vector<std::string> parts = {std::string("tocsin ") + command.words};
  for (const Option& option : command.options) {
    std::string word = option_head(option);
    if (option.is_positional() && option.repeatable) word += "…";
    parts.push_back(option.required ? word : "[" + word + "]");
  }
  return parts;
}

std::string usage_line(const Command& command) {
  return join(usage_parts(command), " ");
}

std::string usage_block(const Command& command, std::size_t columns) {
  std::string out, line = " ";
  for (const std::string& part : usage_parts(command)) {
    if (display_width(line) + 1 + display_width(part) > columns && !trim(line).empty()) {
      out += line + "\n";
      line = "     ";
    }
    line += " " + part;
  }
  return out + line + "\n";
}

std::vector<const char*> groups() {
  std::vector<const char*> order;
  for (const Command* command : commands::all())
    if (std::none_of(order.begin(), order.end(), [&](const char* g) { return std::string_view(g) == command->group; }))
      order.push_back(command->group);
  return order;
}

std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  if (!out.empty() && (out[0] == '.' || out[0] == '\'')) out.insert(0, "\\&");
  return out;
}

// Single-quoted for a shell.
std::string shell(std::string_view text) {
  return "'" + replace_all(text, "'", "'\\''") + "'";
}

std::string option_words(const Command& command) {
  std::string words;
  for (const Option& option : command.options)
    if (!option.is_positional()) words += std::string(words.empty() ? "" : " ") + option.name;
  for (const Option& option : shared_options(command)) words += std::string(words.empty() ? "" : " ") + option.name;
  return words;
}

}  // namespace

std::string overview(std::size_t columns) {
  std::string out =
      "tocsin: threat intelligence for teams that build AI\n\n"
      "Usage: tocsin COMMAND [ARGUMENTS] [OPTIONS]   tocsin COMMAND --help for examples\n";
  for (const char* group : groups()) {
    out += std::string("\n") + group + "\n";
    for (const Command* command : commands::all())
      if (std::string_view(command->group) == group) out += column(command->words, command->summary, 24, columns);
  }
  out += "\nEvery command\n";
  for (const Option& option : shared_options()) out += column(option_head(option), option_text(option), 24, columns);
  out += "\n";
  for (const std::string& line : wrap(
           "Exit codes: 0 done · 1 the answer is no · 2 wrong use · 3 incomplete (what was found is printed)", columns))
    out += line + "\n";
  return out;
}

std::string help_of(const Command& command, std::size_t columns) {
  std::string out;
  for (const std::string& line : wrap(std::string("tocsin ") + command.words + ": " + command.summary, columns))
    out += line + "\n";
  out += "\nUsage:\n" + usage_block(command, columns);
  if (command.description[0] != '\0') {
    out += "\n";
    for (std::string_view paragraph : split_lines(command.description)) {
      for (const std::string& line : wrap(paragraph, columns)) out += line + "\n";
    }
  }
  out += "\nArguments and options:\n";
  for (const Option& option : command.options) out += column(option_head(option), option_text(option), 28, columns);
  for (const Option& option : shared_options(command))
    out += column(option_head(option), option_text(option), 28, columns);
  if (!command.examples.empty()) {
    out += "\nExamples:\n";
    for (const Example& example : command.examples) {
      out += std::string("  ") + example.command + "\n";  // whole, to be copied
      for (const std::string& line : wrap(example.says, columns - 6)) out += "      " + line + "\n";
    }
  }
  return out;
}

std::string help_of_noun(std::string_view first_word, std::size_t columns) {
  std::string out;
  for (const Command* command : commands::all())
    if (split(command->words, ' ')[0] == first_word) out += column(command->words, command->summary, 24, columns);
  return out.empty() ? out : "tocsin " + std::string(first_word) + ":\n" + out;
}

std::string man_page(std::string_view version) {
  std::string out = ".TH TOCSIN 1 \"\" \"tocsin " + roff(version) +
                    "\" \"User Commands\"\n.SH NAME\ntocsin \\- threat intelligence for teams that build AI\n";
  out += ".SH SYNOPSIS\n.B tocsin\n.I COMMAND\n[ARGUMENTS] [OPTIONS]\n";
  out +=
      ".SH DESCRIPTION\nCollects what attackers do to AI systems from sources that matter to AI, works out whether it "
      "applies to the models,\n"
      "data sets, libraries and endpoints of a team, and keeps the proof that ISO/IEC 27001:2022 Annex A 5.7 asks "
      "for.\n";
  out += ".SH OPTIONS OF EVERY COMMAND\n";
  for (const Option& option : shared_options())
    out += ".TP\n.B " + roff(option_head(option)) + "\n" + roff(option_text(option)) + "\n";
  for (const char* group : groups()) {
    out += ".SH " + roff(group) + "\n";
    for (const Command* command : commands::all()) {
      if (std::string_view(command->group) != group) continue;
      out += ".SS " + roff(usage_line(*command)) + "\n" + roff(command->summary) + ".\n";
      for (std::string_view paragraph : split_lines(command->description)) out += ".PP\n" + roff(paragraph) + "\n";
      for (const Option& option : command->options)
        out += ".TP\n.B " + roff(option_head(option)) + "\n" + roff(option_text(option)) + "\n";
      for (const Example& example : command->examples)
        out += ".TP\n.I " + roff(example.command) + "\n" + roff(example.says) + "\n";
    }
  }
  out += ".SH EXIT STATUS\n0 done, 1 the answer is no, 2 wrong use, 3 incomplete.\n";
  out +=
      ".SH ENVIRONMENT\n.TP\n.B TOCSIN_WORKSPACE\nthe workspace, instead of the current folder\n.TP\n.B NO_COLOR\nno "
      "colours\n";
  return out;
}

std::string completion(std::string_view name) {
  std::set<std::string> first, plain;
  for (const Command* command : commands::all()) first.insert(std::string(split(command->words, ' ')[0]));
  auto second_of = [&](const std::string& word) {
    std::string words;
    for (const Command* command : commands::all()) {
      const auto parts = split(command->words, ' ');
      if (parts.size() > 1 && parts[0] == word) words += (words.empty() ? "" : " ") + std::string(parts[1]);
    }
    return words;
  };
  std::string all;
  for (const std::string& word : first) all += (all.empty() ? "" : " ") + word;

  if (name == "bash") {
    std::string out =
        "# tocsin completion for bash: tocsin completion bash > ~/.local/share/bash-completion/completions/tocsin\n"
        "_tocsin() {\n  local cur=${COMP_WORDS[COMP_CWORD]} words=\"${COMP_WORDS[1]:-} ${COMP_WORDS[2]:-}\"\n"
        "  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W " +
        shell(all) +
        " -- \"$cur\")); return; fi\n"
        "  if [ \"$COMP_CWORD\" -eq 2 ]; then case ${COMP_WORDS[1]} in\n";
    for (const std::string& word : first)
      if (const std::string second = second_of(word); !second.empty())
        out += "    " + word + ") COMPREPLY=($(compgen -W " + shell(second) + " -- \"$cur\")); return ;;\n";
    out += "  esac; fi\n  case $words in\n";
    for (const Command* command : commands::all()) {
      const bool two = std::string_view(command->words).find(' ') != std::string_view::npos;
      out += std::string("    ") + (two ? shell(command->words) : shell(std::string(command->words) + " ") + "*") +
             ") [[ $cur == -* ]] && COMPREPLY=($(compgen -W " + shell(option_words(*command)) + " -- \"$cur\")) ;;\n";
    }
    return out + "  esac\n}\ncomplete -o default -F _tocsin tocsin\n";
  }
  if (name == "zsh") {
    std::string out =
        "#compdef tocsin\n# tocsin completion for zsh: put it as _tocsin into a folder of $fpath\n_tocsin() {\n  if (( "
        "CURRENT == 2 )); then compadd -- " +
        all + "; return; fi\n  case $words[2] in\n";
    for (const std::string& word : first)
      if (const std::string second = second_of(word); !second.empty())
        out.append("    ")
            .append(word)
            .append(") (( CURRENT == 3 )) && { compadd -- ")
            .append(second)
            .append("; return; } ;;\n");
    out += "  esac\n  case \"$words[2] $words[3]\" in\n";
    for (const Command* command : commands::all()) {
      const bool two = std::string_view(command->words).find(' ') != std::string_view::npos;
      out += std::string("    ") + (two ? shell(command->words) : shell(std::string(command->words) + " ") + "*") +
             ") [[ $words[CURRENT] == -* ]] && compadd -- " + option_words(*command) + " ;;\n";
    }
    return out + "  esac\n  [[ $words[CURRENT] == -* ]] || _files\n}\n_tocsin \"$@\"\n";
  }
  if (name == "fish") {
    std::string out = "# tocsin completion for fish: tocsin completion fish > ~/.config/fish/completions/tocsin.fish\n";
    for (const Command* command : commands::all()) {
      const auto parts = split(command->words, ' ');
      if (parts.size() == 1) {
        out += "complete -c tocsin -n __fish_use_subcommand -a " + shell(parts[0]) + " -d " + shell(command->summary) +
               "\n";
      } else {
        if (plain.insert(std::string(parts[0])).second)
          out += "complete -c tocsin -n __fish_use_subcommand -a " + shell(parts[0]) + "\n";
        out += "complete -c tocsin -n '__fish_seen_subcommand_from " + std::string(parts[0]) + "' -a " +
               shell(parts[1]) + " -d " + shell(command->summary) + "\n";
      }
      for (const Option& option : command->options)
        if (!option.is_positional())
          out += "complete -c tocsin -n '__fish_seen_subcommand_from " + std::string(parts[0]) + "' -l " +
                 std::string(option.name + 2) + (option.value[0] != '\0' ? " -r" : "") + " -d " + shell(option.help) +
                 "\n";
    }
    return out;
  }
  return "";
}

}  // namespace tocsin::cli
