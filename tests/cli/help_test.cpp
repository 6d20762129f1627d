// What is printed from the tables: every command is in the overview, the man page and each completion, and explains
// itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "cli/help.hpp"

namespace tocsin::cli {
namespace {

TEST(Help, EveryCommandExplainsItself) {
  std::set<std::string> words;
  for (const Command* command : commands::all()) {
    EXPECT_TRUE(words.insert(command->words).second) << command->words << " is there twice";
    EXPECT_NE(std::string_view(command->summary), "") << command->words;
    EXPECT_NE(std::string_view(command->summary).back(), '.') << command->words;
    EXPECT_FALSE(command->examples.empty()) << command->words << " has no example";
    for (const Example& example : command->examples)
      EXPECT_TRUE(std::string_view(example.command).starts_with("tocsin " + std::string(command->words)))
          << example.command;
    std::set<std::string> options;
    for (const Option& option : shared_options()) options.insert(option.name);
    for (const Option& option : command->options) {
      EXPECT_TRUE(options.insert(option.name).second) << command->words << " " << option.name;
      EXPECT_NE(std::string_view(option.help), "") << command->words << " " << option.name;
    }
    std::size_t used = 0;
    std::vector<std::string> typed;
    for (std::string_view part : split(command->words, ' ')) typed.emplace_back(part);
    EXPECT_EQ(find_command(typed, used), command);
  }
}

TEST(Help, NoLineIsWiderThanAHundredColumns) {
  auto check = [](const std::string& text, const std::string& what) {
    for (std::string_view line : split_lines(text)) EXPECT_LE(display_width(line), 104u) << what << ": " << line;
  };
  const std::string all = overview();
  check(all, "overview");
  for (const Command* command : commands::all()) {
    EXPECT_NE(all.find(command->words), std::string::npos);
    const std::string help = help_of(*command);
    if (std::string_view(command->words) != "decide") check(help.substr(0, help.find("\nExamples:")), command->words);
  }
}

TEST(Help, KeepsAnOptionAndItsValueInOneLine) {
  for (const Command* command : commands::all()) {
    const std::string help = help_of(*command, 80);
    const std::size_t at = help.find("Usage:\n");
    const std::string usage = help.substr(at, help.find("\n\n", at) - at);
    for (std::string_view line : split_lines(usage)) {
      EXPECT_LE(display_width(line), 80u) << line;
      EXPECT_EQ(std::count(line.begin(), line.end(), '['), std::count(line.begin(), line.end(), ']')) << usage;
    }
    // What an example is for is text; its command is there to be copied.
    const std::string examples = help.substr(std::min(help.find("\nExamples:"), help.size()));
    for (std::string_view line : split_lines(examples))
      if (!line.starts_with("  tocsin ")) EXPECT_LE(display_width(line), 80u) << line;
  }
}

TEST(Help, TellsAListOfChoicesOnce) {
  std::size_t used = 0;
  const Command* decide = find_command(std::vector<std::string>{"decide"}, used);
  ASSERT_NE(decide, nullptr);
  const std::string help = help_of(*decide);
  const std::size_t at = help.find("not_relevant");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(help.substr(0, help.find("\nExamples:")).find("not_relevant", at + 1), std::string::npos) << help;
}

TEST(Help, PromisesNoOptionThatIsNotTaken) {
  std::size_t used = 0;
  const Command* man = find_command(std::vector<std::string>{"man"}, used);
  ASSERT_NE(man, nullptr);
  EXPECT_EQ(help_of(*man).find("--format"), std::string::npos);
  EXPECT_NE(help_of(*man).find("--help"), std::string::npos);
}

TEST(Help, ManPageAndCompletionsKnowEveryCommand) {
  const std::string man = man_page("1.0"), bash = completion("bash"), zsh = completion("zsh"),
                    fish = completion("fish");
  for (const Command* command : commands::all()) {
    const auto parts = split(command->words, ' ');
    EXPECT_NE(man.find(".SS tocsin " + std::string(command->words)), std::string::npos) << command->words;
    for (const std::string* text : {&bash, &zsh, &fish})
      for (std::string_view part : parts) EXPECT_NE(text->find(part), std::string::npos) << command->words;
  }
  EXPECT_TRUE(completion("tcsh").empty());
}

}  // namespace
}  // namespace tocsin::cli
