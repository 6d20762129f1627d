// Prints an estate as estate.yaml. For proposals (`init`, `estate add`): what people wrote is never rewritten.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "estate/estate.hpp"

namespace tocsin::estate {

struct WriteOptions {
  std::string header;       // comment lines above everything, without "# "; may have several lines
  std::string schema_file;  // for the editor's hint, "" = none
  // Comment lines above an asset, by its name, without "# ". Control characters are made visible.
  std::map<std::string, std::vector<std::string>> comments;
  bool ask_exposure = false;  // a commented `exposure:` line where an asset has none
  // A commented `runtime:` line with these libraries, by the model's name, where it has none.
  std::map<std::string, std::vector<std::string>> offer_runtime;
};

// Same assets, same text. Sections in the order models, datasets, libraries, endpoints; assets in their order; keys in
// the order of keys(). Reading it back gives equal assets, except for places (line numbers).
std::string write_estate(const std::vector<Asset>& assets, const WriteOptions& options = {});

// One entry, to be appended below its section by a person or `estate add`.
std::string write_asset(const Asset& asset);

// A YAML scalar that reads back as exactly `text` and as a string: plain where that is safe, else in double quotes.
std::string yaml_scalar(std::string_view text);

}  // namespace tocsin::estate
