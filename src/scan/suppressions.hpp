// Findings that somebody has looked at and accepts, for a time: [[suppression]] in a TOML file that is named on the command
// line, never one that was merely found (docs/suppressions.md). They are shown wherever findings are, and fail nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::scan {

struct Run;

struct Suppression {
  std::string rule;              // an id of rules.hpp
  std::string path;              // a pattern from the folder of the file on; "" = any path
  std::optional<Digest> sha256;  // of the whole file. One of the two is there
  std::string reason;            // printable
  std::string expires;           // "2027-03-31": the first day on which it does not hold
  std::string where;             // "tocsin.toml:12"
  std::string pattern;           // `path`, absolute

  // What became of it in a run.
  bool expired = false;
  std::uint64_t matched = 0;   // findings that it suppresses
  std::uint64_t declined = 0;  // findings that it names, but that only a digest may suppress
};

struct Suppressions {
  std::vector<Suppression> all;
  std::vector<Error> problems;  // file and line; those that they are about do not count
};

// `folder`: of the file, absolute. `malformed` when it is no TOML at all. Other sections are no matter of ours.
Result<Suppressions> parse_suppressions(std::string_view toml, std::string_view file_name,
                                        const std::filesystem::path& folder);
Result<Suppressions> read_suppressions(const std::filesystem::path& file);

// Marks what the suppressions of the run are about, and counts it.
void suppress(Run& run, Time now);

// `*` is any text without a slash, `**` any text, `?` one byte but a slash; everything else is itself.
bool matches_pattern(std::string_view pattern, std::string_view path);

}  // namespace tocsin::scan
