// Package URLs (purl, ECMA-427): parse, build and normalise by the rules of each type.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tocsin::versions {

inline constexpr std::size_t kMaxPurlBytes = 16'384;  // real ones with long repository addresses stay under 1 KiB
inline constexpr std::size_t kMaxPurlQualifiers = 256;

struct Purl {
  std::string type;        // lower case
  std::string name_space;  // decoded, segments joined by '/'; empty when there is none
  std::string name;
  std::string version;                                          // empty when there is none
  std::vector<std::pair<std::string, std::string>> qualifiers;  // sorted by key; keys lower case
  std::string subpath;

  // Canonical text. Call normalize() first on values that did not come from parse_purl().
  std::string text() const;
  // The same without version, qualifiers and subpath: what identifies the package.
  std::string package_text() const;
  std::string_view qualifier(std::string_view key) const;  // empty when absent
  bool operator==(const Purl& other) const = default;
};

// Parses and normalises. `malformed` says which part is wrong.
Result<Purl> parse_purl(std::string_view text);
// Checks a purl made from parts and applies the rules of its type: pypi names by PEP 503, lower case where the type
// asks for it, Hugging Face revisions in lower case, MLflow names by host, and so on. Types unknown here get the core
// rules.
Result<Purl> normalize(Purl purl);

}  // namespace tocsin::versions
