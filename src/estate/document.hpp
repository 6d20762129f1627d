// Lockfiles as values with line numbers, whatever they are written in. TOML and JSON become the same tree that parse_yaml
// gives: tables and objects are maps, arrays sequences, text is a quoted scalar, and numbers, truth values and dates are
// scalars as written, not quoted. So the readers in lockfiles/ ask one kind of value for fields and lines.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "base/yaml.hpp"

namespace tocsin::estate {

struct DocumentLimits {
  std::size_t bytes = 64u << 20;        // the largest lockfile seen has 4 MB
  std::size_t depth = 100;              // package-lock.json of npm 6 nests two levels a dependency, some 20 of them
  std::size_t values = 4'000'000;       // 64 MiB of commas would else become gigabytes of values
  std::size_t key_parts = 32;           // of a dotted TOML key; each is a table in a table. Real keys have six
  std::size_t yaml_values = 2'000'000;  // after aliases; a conda-lock of 20 platforms has 100,000
};

// One TOML 1.0 document (by toml++). Errors have line and column: `malformed` for bad syntax and keys given twice,
// `refused` by a limit, which is looked for before the library sees the text.
Result<Yaml> parse_toml_document(std::string_view text, const DocumentLimits& limits = {});
// The same for JSON (by parse_json). Keys given twice are `malformed`.
Result<Yaml> parse_json_document(std::string_view text, const DocumentLimits& limits = {});
// The same for YAML (parse_yaml with these limits).
Result<Yaml> parse_yaml_document(std::string_view text, const DocumentLimits& limits = {});

}  // namespace tocsin::estate
