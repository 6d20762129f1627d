// The keys of estate.yaml: one table that the reader, the writer, the JSON Schema and docs/estate.md are printed from
// or checked against.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "estate/estate.hpp"

namespace tocsin::estate {

enum class KeyType : std::uint8_t {
  text,    // a scalar; numbers, dates and booleans are taken as the text they are written as
  truth,   // true or false (also yes/no, on/off)
  texts,   // a list of scalars; one scalar stands for a list of one
  word,    // a scalar out of `words`
  words,   // a list of scalars out of `words`
  digest,  // 64 hexadecimal digits, with or without "sha256:"
  purl,    // a package URL
  name,    // a scalar of one line, unique within the estate
  path,    // a path inside the workspace
  pins,    // a list of requirements
  python,  // "3.10" or "3.10.4"
};

struct Key {
  std::string_view name;
  KeyType type = KeyType::text;
  std::string_view meaning;
  std::string_view example;    // as YAML, on one line
  std::string_view cyclonedx;  // its one place in CycloneDX 1.6; what is no part of an SBOM says so
  std::span<const std::string_view> words = {};
};

// "models", "datasets", "libraries", "endpoints".
std::string_view section_of(AssetKind kind);
// Keys of an entry of that section, in the order in which they are written. `name` is first and the only one required.
std::span<const Key> keys(AssetKind kind);
// Keys beside the four sections.
std::span<const Key> top_keys();
// The words that `exposure` takes where the caller brings no list of its own (ReadOptions).
std::span<const std::string_view> exposure_words();

// JSON Schema (draft 2020-12) for editors, as committed in schema/estate.schema.json.
Json schema();
// What `init` writes above estate.yaml, given the place of that file relative to it.
std::string schema_hint(std::string_view schema_file);
// The tables of docs/estate.md.
std::string keys_as_markdown();

}  // namespace tocsin::estate
