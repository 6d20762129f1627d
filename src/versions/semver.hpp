// Semantic versions, leniently read, and the ranges of npm.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "versions/number.hpp"

namespace tocsin::versions {

struct Semver {
  std::vector<Number> release;  // three in a strict version; any count above zero otherwise
  std::vector<std::variant<Number, std::string>> prerelease;  // identifiers; empty for a release
  std::string build;                                          // without '+'; never compared

  bool is_prerelease() const { return !prerelease.empty(); }
  const Number& part(std::size_t index) const;  // 0 where it is missing
  std::string text() const;

  // SemVer 2.0.0 section 11; missing parts count as 0, build metadata is ignored.
  std::strong_ordering operator<=>(const Semver& other) const;
  bool operator==(const Semver& other) const { return (*this <=> other) == 0; }
};

// For advisories and lists, whose versions are nearly SemVer: a leading 'v' or '=', any count of numeric parts, leading
// zeros, a pre-release without its hyphen ("1.0beta") are taken. `malformed` or `refused` otherwise.
Result<Semver> parse_semver(std::string_view text);

// memcmp order is SemVer order, as order_key() for PEP 440.
std::string order_key(const Semver& version);
std::optional<std::string> semver_key(std::string_view text);

// What node-semver's `SemVer` takes: three parts, each at most 2^53-1, at most 256 bytes.
Result<Semver> parse_npm_version(std::string_view text, bool loose = false);

struct NpmOptions {
  bool loose = false;
  bool include_prerelease = false;
};

// A range as package.json has it: `^1.2 || >=2 <3 || 4.x || 5.0 - 6`. Answers are those of node-semver 7.
class NpmRange {
 public:
  static Result<NpmRange> parse(std::string_view text, NpmOptions options = {});
  bool contains(const Semver& version) const;
  bool contains(std::string_view version) const;  // false for text that is not an npm version
  std::string text() const;                       // in plain comparators: ">=1.2.0 <2.0.0-0||..."

 private:
  enum class Op : unsigned char { equal, less, less_equal, greater, greater_equal };
  struct Comparator {
    Op op;
    Semver version;
  };
  struct Partial;  // 1, 1.x, 1.2.3-pre
  friend struct NpmRangeParser;
  std::vector<std::vector<Comparator>> sets_;  // any of these; an empty one allows every release
  NpmOptions options_;
};

}  // namespace tocsin::versions
