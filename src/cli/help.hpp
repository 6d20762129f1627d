// What is printed from the command tables: overview, help of one command, man page, shell completion.
#pragma once

#include <string>

#include "cli/commands.hpp"

namespace tocsin::cli {

std::string overview();
std::string help_of(const Command& command);
std::string help_of_noun(std::string_view first_word);  // "source" -> its commands; "" when no command begins so
std::string man_page(std::string_view version);         // roff
std::string completion(std::string_view shell);         // bash, zsh or fish; "" for others

}  // namespace tocsin::cli
