// What is printed from the command tables: overview, help of one command, man page, shell completion.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/commands.hpp"

namespace tocsin::cli {

// Wrapped at `columns`; what is typed (examples) stays in one line.
inline constexpr std::size_t kHelpColumns = 100;
std::string overview(std::size_t columns = kHelpColumns);
std::string help_of(const Command& command, std::size_t columns = kHelpColumns);
// "source" -> its commands; "" when no command begins so
std::string help_of_noun(std::string_view first_word, std::size_t columns = kHelpColumns);
std::string man_page(std::string_view version);  // roff
std::string completion(std::string_view shell);  // bash, zsh or fish; "" for others

}  // namespace tocsin::cli
