// What a TOML parser must not be given: toml++ limits nested brackets, but not the parts of a dotted key (`a.a.a = 1`), each of
// which is a table in the one before; the stack would end when they are freed. To be asked before every toml::parse().
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"

namespace tocsin {

struct TomlLimits {
  std::size_t depth = 100;
  std::size_t values = 100'000;
  std::size_t key_parts = 32;  // of a dotted key; real ones have six
};

// `refused` with the line when the text is beyond a limit. Says nothing about whether it is TOML.
Result<> check_toml(std::string_view text, const TomlLimits& limits = {});

}  // namespace tocsin
