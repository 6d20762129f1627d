// Diagnostics on stderr. Quiet by default: what a command has to say is its output, not its log.
#pragma once

#include <string_view>

namespace tocsin {

enum class LogLevel { debug, info, warning, error };
void set_log_level(LogLevel lowest);  // default: warning; TOCSIN_LOG=debug|info|warning|error in the environment
// The text must be printable already (Foreign::terminal, printable).
void log(LogLevel level, std::string_view text);

}  // namespace tocsin
