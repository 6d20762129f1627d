// Sets of version specifiers: `>=2.0,<3,!=2.1.*`, with the answers that Python's `packaging` 26 gives.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "versions/pep440.hpp"

namespace tocsin::versions {

// More clauses in one set are refused; a hand-made deny list has a few dozen.
inline constexpr std::size_t kMaxSpecifiers = 4096;

// Whether pre-releases may pass. `automatic`: for filter() only when no final version passes, or a specifier names one
// itself; for contains() they pass, since a single version has no final beside it.
enum class Prereleases : unsigned char { automatic, allow, deny };

enum class Operator : unsigned char {
  compatible,     // ~=
  equal,          // ==
  not_equal,      // !=
  less_equal,     // <=
  greater_equal,  // >=
  less,           // <
  greater,        // >
  arbitrary,      // ===, a comparison of strings without regard to (ASCII) case
};
std::string_view to_string(Operator op);

class Specifier {
 public:
  // One clause, blanks around it allowed.
  static Result<Specifier> parse(std::string_view text);

  Operator op() const { return op_; }
  std::string_view version_text() const { return version_text_; }  // as written, with ".*" if it has it
  bool is_wildcard() const { return wildcard_; }
  const Pep440& version() const { return version_; }  // without the wildcard; a default value for ===
  std::string text() const;                           // operator and version, no blank
  bool names_prerelease() const;                      // its own version is one, and the operator is not != or ==X.*

  // Only the comparison; pre-releases are the set's business. `text` is the version as written, for ===.
  bool matches(const Pep440& version, std::string_view text) const;
  bool matches_text(std::string_view text) const;  // for text that is not a version: only === can

 private:
  Operator op_ = Operator::equal;
  bool wildcard_ = false;
  std::string version_text_;
  Pep440 version_;
};

class SpecifierSet {
 public:
  SpecifierSet() = default;  // allows everything
  // Comma-separated; empty parts are skipped, as `packaging` does. `own` is the set's standing policy.
  static Result<SpecifierSet> parse(std::string_view text, Prereleases own = Prereleases::automatic);

  bool empty() const { return clauses_.empty(); }
  std::size_t size() const { return clauses_.size(); }
  std::span<const Specifier> clauses() const { return clauses_; }
  std::string text() const;  // sorted by text, each once, comma between: the form `packaging` prints
  // The one version that a set of a single `==V` (no wildcard) or `===V` names; empty otherwise.
  std::string_view pinned() const;

  bool contains(std::string_view version, Prereleases policy = Prereleases::automatic) const;
  bool contains(const Pep440& version, Prereleases policy = Prereleases::automatic) const;
  // The places in `versions` that pass, in order. Text that is not a version passes only the empty set and ===.
  std::vector<std::size_t> filter(std::span<const std::string> versions,
                                  Prereleases policy = Prereleases::automatic) const;

 private:
  Prereleases effective(Prereleases policy) const;

  std::vector<Specifier> clauses_;
  Prereleases own_ = Prereleases::automatic;
};

}  // namespace tocsin::versions
