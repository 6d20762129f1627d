// What the readers in lockfiles/ share: a file becomes a tree, fields are asked for by name and type, and what is wrong
// becomes a problem with file and line while the rest goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "estate/document.hpp"
#include "estate/lockfiles.hpp"

namespace tocsin::estate {

inline constexpr std::size_t kMaxPins = 500'000;          // of one entry; the largest real file has 3,000
inline constexpr std::size_t kMaxFileProblems = 200;      // of one file; more are counted
inline constexpr std::size_t kMaxIncluding = 20;          // lines of one file that take in others; each may be large
inline constexpr std::size_t kMaxPinHashes = 10'000;      // of one package: a wheel a platform, a few hundred
inline constexpr std::size_t kMaxFieldBytes = 16u << 10;  // names, versions, markers, URLs; real ones stay under 2 KiB

// Text of the file for a message: printable, cut, and without credentials.
std::string for_message(std::string_view text, std::size_t max_bytes = 120);

// The members of a map by name, where many names are asked for: Yaml::find() looks at one after the other. Views and
// pointers live as long as `map`.
using Members = std::map<std::string_view, const Yaml*>;
Members members_of(const Yaml& map);
const Yaml* find(const Members& members, std::string_view name);

enum class Syntax : std::uint8_t { toml, json, yaml };

// One file on its way to pins.
class Harvest {
 public:
  Harvest(std::string path, const versions::MarkerEnvironment& environment, Lockfile& into)
      : path_(std::move(path)), environment_(environment), into_(into) {}
  // Says how many problems were not listed.
  ~Harvest();
  Harvest(const Harvest&) = delete;
  Harvest& operator=(const Harvest&) = delete;

  const std::string& path() const { return path_; }
  const versions::MarkerEnvironment& environment() const { return environment_; }

  // The file's text, and a copy without credentials into Lockfile::files; nothing after a problem.
  std::optional<std::string> read(const Reader& reader);
  // read(), parsed; the document is a map.
  std::optional<Yaml> document(const Reader& reader, Syntax syntax);

  // A problem behind which a package may hide: the entry counts as read in part (Lockfile::unread).
  void problem(std::uint32_t line, Code code, std::string what);
  // A problem that takes nothing away but what it names: a hash, a marker, a version that is then not known.
  void flaw(std::uint32_t line, Code code, std::string what);
  // What problems are about from here on: "package 'x'"; "" for the file itself.
  void about(std::string what) { about_ = std::move(what); }

  // Fields of a map. Absent (and null) is empty; another type is a problem and empty as well. Views and references live
  // as long as `map`.
  std::string_view text(const Yaml& map, std::string_view key);
  const std::vector<Yaml>& items(const Yaml& map, std::string_view key);
  const Yaml& table(const Yaml& map, std::string_view key);
  bool truth(const Yaml& map, std::string_view key);
  // The same of a value at hand (null is absent), as loops over the members of a map have it.
  std::string_view text_of(const Yaml* value, std::string_view key);
  const std::vector<Yaml>& items_of(const Yaml* value, std::string_view key);
  const Yaml& table_of(const Yaml* value, std::string_view key);
  // The elements of a list that are texts; others are problems.
  std::vector<std::string_view> texts(const Yaml& map, std::string_view key);
  // Whether a value is a text: quoted in TOML and JSON, any scalar in YAML.
  bool is_text(const Yaml& value) const;
  // Whether it is a map; a problem when it is not.
  bool is_map(const Yaml& value, std::string_view what);

  // A pin of that name, at that line; nothing when the name cannot be one, which is a problem.
  std::optional<Pin> pin(std::string_view ecosystem, std::string_view name, std::uint32_t line);
  // The same for an entry with a text `name`.
  std::optional<Pin> named(std::string_view ecosystem, const Yaml& entry);
  // What a package URL names; nothing for what is no package (a model of a hub), and after a problem.
  std::optional<Pin> purl(std::string_view text, std::uint32_t line);
  // The one version; text that cannot be a version is a problem and leaves it unknown.
  void set_version(Pin& pin, std::string_view version);
  // What is asked for, as PEP 440 specifiers ("*" is any); the version when they leave one.
  void set_requirement(Pin& pin, std::string_view specifier);
  // A marker as written. Parts that ask for extras or groups count as true: they may be installed.
  void set_marker(Pin& pin, std::string_view marker);
  // "sha256:<hex>"; other algorithms that lockfiles use are kept too, anything else is a problem.
  void add_hash(Pin& pin, std::string_view hash);
  // The `hash` of each of a list of files (poetry, pdm: 'files'; uv: 'wheels').
  void add_hashes(Pin& pin, const std::vector<Yaml>& files, std::string_view key);
  // Subresource integrity, as npm writes it: "sha512-<base64> sha1-<base64>".
  void add_integrity(Pin& pin, std::string_view integrity);
  // From elsewhere than a registry: `@ URL`, without its credentials.
  void set_origin(Pin& pin, std::string_view kind, std::string_view url);
  // Keeps it. The same package from the same place for the same use is one pin, at its first line.
  void add(Pin pin);
  // Pins of a line of a requirements file (docs/estate.md), relative to this file; `-r` and `-c` are followed.
  std::vector<Pin> requirement(const Reader& reader, std::string_view line, std::uint32_t number);

 private:
  bool full(std::uint32_t line);

  std::string path_;
  const versions::MarkerEnvironment& environment_;
  Lockfile& into_;
  Syntax syntax_ = Syntax::toml;
  std::string about_;
  std::set<std::string> seen_;
  std::size_t problems_ = 0;
  std::size_t including_ = 0;
  bool full_ = false;
};

// The only version that the set lets pass, as written: some clause is == or === without a wildcard, and the others
// agree.
std::optional<std::string> only_version(const versions::SpecifierSet& set);
// A group of packages that by its name is there for development: dev, test, docs, lint …
bool is_development_group(std::string_view name);

}  // namespace tocsin::estate
