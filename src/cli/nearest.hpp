// What somebody may have meant by a word that there is not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::cli {

// The candidates that are at most three insertions, deletions and changes away from `word` (of a short word: fewer than
// its length), or begin like it, nearest first; at most three.
std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

// "; did you mean `a` or `b`?", else "; there are: a, b, c" ("and 12 more" beyond ten); "" when there is none at all.
// Printable.
std::string meant(std::string_view word, std::span<const std::string> candidates);

}  // namespace tocsin::cli
