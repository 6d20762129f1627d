// Which versions an advisory is about: `affected` entries of the OSV schema, evaluated by its rules.
//
// - A version is affected when it is in the list of versions OR inside any range; several entries of a package in one
//   record add up.
// - Events may stand in any order. `introduced: "0"` lies before every version, also before pre-releases of 0.
// - GIT ranges never judge a version. An entry with neither ranges nor versions matches nothing.
// - A local version (2.0.1+cu118) is judged as its public version, as pip's `==2.0.1` would, unless the advisory names
//   that very local version.
// - A version that its scheme cannot read matches only the literally equal string in the list; whether a range means
// it,
//   nobody can tell.
// - A range with an event that cannot be read does not judge: the answer is `cannot_tell` unless the list says more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "versions/specifiers.hpp"

namespace tocsin::versions {

// How versions of an ecosystem are compared.
enum class Scheme : std::uint8_t {
  pep440,   // PyPI
  semver,   // npm, crates.io, Go, Hex, Pub, SwiftURL
  literal,  // everything else: strings are equal or not, ranges cannot be judged (SEMVER ranges can)
};
// `ecosystem` as OSV writes it; a suffix after ':' ("Debian:12") is not looked at.
Scheme scheme_of(std::string_view ecosystem);
// What names of packages are compared by: PEP 503 for PyPI, as it stands elsewhere.
std::string package_key(std::string_view ecosystem, std::string_view name);

struct Event {
  enum class Kind : std::uint8_t { introduced, fixed, last_affected, limit };
  Kind kind = Kind::introduced;
  std::string version;
  bool operator==(const Event&) const = default;
};
enum class RangeType : std::uint8_t { ecosystem, semver, git };
struct Range {
  RangeType type = RangeType::ecosystem;
  std::vector<Event> events;
  bool operator==(const Range&) const = default;
};
struct AffectedPackage {
  std::string ecosystem;
  std::string name;
  std::vector<Range> ranges;
  std::vector<std::string> versions;
  bool operator==(const AffectedPackage&) const = default;
};

enum class Verdict : std::uint8_t { not_affected, affected, cannot_tell };
std::string_view to_string(Verdict verdict);

// The version part only: whether `package` is the package in question is the caller's comparison of package_key().
Verdict judge(const AffectedPackage& package, std::string_view version);
// judge() says affected.
bool affects(const AffectedPackage& package, std::string_view version);

// A version read once, to be judged against many advisories.
class PreparedVersion {
 public:
  PreparedVersion(Scheme scheme, std::string_view text);
  PreparedVersion(std::string_view ecosystem, std::string_view text) : PreparedVersion(scheme_of(ecosystem), text) {}

  std::string_view text() const { return text_; }
  bool readable() const { return readable_; }  // by its scheme

 private:
  friend class PreparedAffected;
  Scheme scheme_ = Scheme::literal;
  bool readable_ = false;
  std::size_t public_size_ = 0;
  std::string key_;  // in its scheme's order (of SemVer for `literal`: SEMVER ranges); empty when it cannot be read
  std::string text_;
};

// An `affected` entry with its versions turned into sorted keys: overlapping windows of all ranges are merged, listed
// versions inside a window are dropped, the rest are sorted. Judging is two binary searches. Gives the same answers as
// judge() (a test and a fuzzer compare them).
class PreparedAffected {
 public:
  PreparedAffected() = default;
  explicit PreparedAffected(const AffectedPackage& package);
  // Adds a second entry of the same package and ecosystem: the union.
  void add(const AffectedPackage& package);

  Verdict judge(const PreparedVersion& version) const;
  bool affects(const PreparedVersion& version) const { return judge(version) == Verdict::affected; }
  Scheme scheme() const { return scheme_; }
  // Whether a version behind this one and its local ones is affected, or may be: true as well when the version or a range
  // cannot be read.
  bool reaches_beyond(const PreparedVersion& version) const;

  struct Window {
    std::string from;   // first key inside
    std::string until;  // first key outside, unless `open`
    bool open = false;  // no end
    bool operator==(const Window&) const = default;
  };
  const std::vector<Window>& windows() const { return windows_; }  // sorted, apart

 private:
  Scheme scheme_ = Scheme::literal;
  bool judged_range_ = false;         // some range could be read
  bool unreadable_range_ = false;     // some range could not
  std::vector<Window> windows_;       // in the scheme's keys (SemVer's for `literal`); sorted, apart
  std::vector<std::string> listed_;   // keys, sorted
  std::vector<std::string> literal_;  // listed versions that are compared as written, sorted
};

// What a range in a manifest (`transformers>=4.40,<5`) means for an advisory: a range is a set, not a pin.
enum class SetVerdict : std::uint8_t {
  none,         // no allowed known version is affected
  some,         // some are: show the tightened range
  all,          // every allowed known version is
  cannot_tell,  // no known version is allowed, or the advisory has a part that cannot be read
};
std::string_view to_string(SetVerdict verdict);
struct SetAnswer {
  SetVerdict verdict = SetVerdict::cannot_tell;
  std::size_t allowed = 0;   // known versions that the specifiers allow
  std::size_t affected = 0;  // of those, affected ones
};
// PyPI only. `known` are the versions known to exist. Pre-releases follow the rule of pip: they count when the set
// names one, or nothing else is allowed.
SetAnswer judge_set(const PreparedAffected& package, const SpecifierSet& allowed, std::span<const std::string> known);

// Records that are one vulnerability: those that share an id or alias, transitively.
class AliasGroups {
 public:
  // `ids` of one record: its own and its aliases. Empty strings are skipped.
  void add(std::span<const std::string> ids);
  // Two ids are in one group; an id never added is only the same as itself.
  bool same(std::string_view a, std::string_view b) const;
  // A number for the group that holds until the next add(); SIZE_MAX for an id never added.
  std::size_t group(std::string_view id) const;
  // How many different vulnerabilities `ids` name; unknown ids count one each.
  std::size_t distinct(std::span<const std::string> ids) const;

 private:
  std::size_t node(std::string_view id);
  std::size_t root(std::size_t at) const;

  std::unordered_map<std::string, std::size_t> nodes_;
  std::vector<std::size_t> parents_;
};

}  // namespace tocsin::versions
