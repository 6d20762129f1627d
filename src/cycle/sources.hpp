// The sources of a workspace: the catalogue of knowledge/ with what tocsin.toml says over it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "collect/sources.hpp"
#include "cycle/workspace.hpp"
#include "wire/fetch.hpp"

namespace tocsin::cycle {

struct Source {
  std::string id;
  const collect::SourceKind* kind = nullptr;  // never null
  std::string title;
  bool enabled = true;
  bool own = false;  // from tocsin.toml alone, not in the catalogue
  std::string url;
  std::string licence;  // SPDX expression, "" = not told
  std::string attribution;
  char grade = 'F';  // Admiralty letter of the source
  std::chrono::seconds cadence{86'400};
  Json settings = Json::object();
  wire::Policy policy;
};

// All of them, by id; problems of tocsin.toml (an unknown kind, a source without a URL) are appended to `problems`.
std::vector<Source> sources(const Workspace& workspace, std::vector<Error>* problems = nullptr);
// Everything that is wrong with tocsin.toml, its sources included. What is not named here holds.
std::vector<Error> settings_problems(const Workspace& workspace);
// `unavailable`, with the names that there are, when there is none of this id.
Result<Source> source(const Workspace& workspace, std::string_view id);

// What a source of one's own, or files that are imported, can be called.
inline constexpr const char* kSourceNameRule =
    "1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit";
bool is_source_name(std::string_view name);

}  // namespace tocsin::cycle
