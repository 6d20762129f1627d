// Looks at a folder and proposes an estate: what models, adapters and lockfiles lie there.
//
// One walk; only candidates are opened, only their headers are read, nothing is loaded or executed. What could not be
// read is noted, never taken for absent.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estate/estate.hpp"

namespace tocsin::survey {

struct Limits {
  std::size_t entries = 3'000'000;  // names looked at: a full home folder has a few hundred thousand
  std::size_t depth = 24;           // folders below the one asked for; a hub cache in a home needs ten
  std::size_t assets = 5'000;       // proposed; nobody reads more
  std::size_t notes = 500;
  std::uint64_t json_bytes = 4u << 20;  // of a config.json, manifest or README; real ones are under 100 KiB
  std::chrono::seconds time{60};        // for the whole survey
};

// What the survey knows of one asset it proposes.
struct Evidence {
  std::string where;               // file or folder, relative to the folder surveyed, printable
  std::vector<std::string> facts;  // "config.json: model_type llama", for people; printable
};

// A spelling or a declared type that is known to belong to a family. Empty words: not known.
struct Family {
  std::string family;        // "llama-3"
  std::string architecture;  // "decoder-only-transformer"
  std::vector<std::string> input;
  std::vector<std::string> output;
};
// What the shipped knowledge says; see survey/families.hpp for the one that asks floor `knowledge`.
class Families {
 public:
  virtual ~Families() = default;
  virtual Family by_spelling(std::string_view name) const = 0;     // "meta-llama/Meta-Llama-3-8B-Instruct"
  virtual Family by_type(std::string_view model_type) const = 0;   // config.json model_type, GGUF general.architecture
  virtual Family by_class(std::string_view class_name) const = 0;  // config.json architectures[]
};
const Families& no_families();

struct Survey {
  std::vector<estate::Asset> assets;         // sorted by kind, then place; `exposure` is empty: only people know it
  std::map<std::string, Evidence> evidence;  // by asset name
  std::vector<Error> notes;                  // what was skipped and why, with its place
  std::uint64_t entries = 0;                 // names looked at
  std::uint64_t opened = 0;                  // files opened
  bool complete = true;                      // false when a limit ended it early; a note says which
};

// An error only when `folder` is no readable folder.
Result<Survey> survey(const std::filesystem::path& folder, const Families& families = no_families(),
                      const Limits& limits = {});

// "requirements-dev.txt", "requirements/test.txt": what a team installs to work on the project, not to run it.
bool is_for_development(std::string_view path);

// The proposal as estate.yaml, with comments that say where each asset was found and what to fill in. `schema_file` as
// in estate::WriteOptions.
std::string render_estate_yaml(const Survey& survey, std::string_view schema_file = "");

}  // namespace tocsin::survey
