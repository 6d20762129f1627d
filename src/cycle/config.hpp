// tocsin.toml: the organisation, its objectives and people, which sources it listens to. What people write; never
// rewritten by us.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace tocsin::cycle {

inline constexpr const char* kConfigFile = "tocsin.toml";  // in the folder of the workspace

struct Person {
  std::string id;  // key in [people]: what --as names
  std::string name;
  std::string role;  // free text: "intel lead", "verifier" …
  std::string mail;
};

struct Objective {
  std::string id;
  std::string text;
  std::string owner;  // a person's id
};

// A source of the workspace: an entry of the catalogue (knowledge/sources.yaml), or one's own with a `kind`.
struct SourceChoice {
  std::string id;
  std::optional<bool> enabled;     // unset: as the catalogue says
  std::string kind;                // plug-in word; "" for entries of the catalogue
  Json settings = Json::object();  // everything else, over the catalogue's settings
  std::uint32_t line = 0;
  std::map<std::string, std::uint32_t, std::less<>> lines;  // of each of the settings
};

struct Config {
  std::string organisation;
  std::string contact;    // goes into the User-Agent, so that a source can reach somebody
  std::string store_url;  // "" = tocsin.db in the workspace
  std::string proxy;      // proxy for http(s), "" = none
  std::vector<Objective> objectives;
  std::vector<Person> people;
  std::vector<SourceChoice> sources;
  std::vector<Error> problems;  // unknown keys, wrong types: file and line; the rest holds
  std::string text;             // the bytes that were read

  const Person* person(std::string_view id) const;
  const SourceChoice* source(std::string_view id) const;
};

// `malformed` with line and column when it is no TOML at all.
Result<Config> parse_config(std::string_view text, std::string_view file_name);
Result<Config> read_config(const std::filesystem::path& file);

// A commented tocsin.toml to begin with.
std::string first_config(std::string_view organisation);

}  // namespace tocsin::cycle
