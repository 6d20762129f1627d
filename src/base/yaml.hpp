// YAML as a value with line numbers (by yaml-cpp). Scalars stay strings: `1.10` is not a float, `2025-04-09` not a
// date.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tocsin {

class Yaml {
 public:
  enum class Type : std::uint8_t { null, scalar, sequence, map };
  using Member = std::pair<std::string, Yaml>;

  // Defined in yaml.cpp: std::pair asks for them while Yaml is still incomplete, and clang then refuses implicit ones.
  Yaml();
  Yaml(const Yaml&);
  Yaml(Yaml&&) noexcept;
  Yaml& operator=(const Yaml&);
  Yaml& operator=(Yaml&&) noexcept;
  ~Yaml();

  Type type = Type::null;
  bool quoted = false;  // a scalar in quotes or a block: never null, number or boolean
  std::string scalar;
  std::vector<Yaml> items;      // of a sequence
  std::vector<Member> members;  // of a map, as written
  std::uint32_t line = 0;       // from 1
  std::uint32_t column = 0;     // from 1

  bool is_null() const { return type == Type::null; }
  bool is_scalar() const { return type == Type::scalar; }
  bool is_sequence() const { return type == Type::sequence; }
  bool is_map() const { return type == Type::map; }
  const Yaml* find(std::string_view key) const;        // nullptr when absent or not a map
  const Yaml& operator[](std::string_view key) const;  // a shared null when absent
  std::string_view text() const { return scalar; }     // "" unless a scalar
  bool truth() const;                                  // unquoted true / yes / on, any case
};

struct YamlLimits {
  std::size_t bytes = 64u << 20;
  std::size_t depth = 64;
  std::size_t nodes = 4'000'000;  // after aliases are expanded: a billion laughs stops here
};
// One document. Errors carry line and column. Duplicate keys are `malformed`. Aliases are expanded within `nodes`;
// merge keys
// (`<<`) are applied. An unquoted plain `~`, `null` or empty scalar is null. Tags are ignored, never acted upon.
Result<Yaml> parse_yaml(std::string_view text, YamlLimits limits = {});

}  // namespace tocsin
