// Reads the options of one command by its table.
#pragma once

#include <span>
#include <string>

#include "base/result.hpp"
#include "cli/commands.hpp"

namespace tocsin::cli {

// `words` = what follows the command's own words. The error says what is wrong in words of the table, with the nearest
// option name when one was mistyped.
Result<Arguments> parse_arguments(const Command& command, std::span<const std::string> words);

}  // namespace tocsin::cli
