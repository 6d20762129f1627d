// What somebody may have meant by a word that there is not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::cli {

// The candidates that are at most three insertions, deletions and changes away from `word` (at most half of the shorter
// of the two, but one), or that begin with it (from three bytes on), nearest first; at most three. Case is not compared.
std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

// "; did you mean a or b?", else "; there are: a, b, c" ("and 12 more" beyond ten); "" when there is none at all.
// Printable.
std::string meant(std::string_view word, std::span<const std::string> candidates);

}  // namespace tocsin::cli
