// Adding to estate.yaml without rewriting it: what people wrote keeps its bytes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "estate/estate.hpp"
#include "knowledge/knowledge.hpp"

namespace tocsin::cycle {

// The text of estate.yaml with one more entry at the end of its section (a new section at the end when there is none).
// `values` are keys of docs/estate.md; a list is written with commas. `refused` for an unknown key or a name that is
// taken, and when the entry would bring a problem of its own: the message says which.
Result<std::string> with_asset(std::string_view text, estate::AssetKind kind, const std::string& name,
                               const std::vector<std::pair<std::string, std::string>>& values,
                               const std::filesystem::path& workspace);

// A family or architecture that the knowledge does not know, of a model of which it knows nothing else either: nothing that names a kind of model
// can be tied to it.
struct UnknownKind {
  std::string asset;
  std::string key;      // "family", "architecture"
  std::string written;  // as estate.yaml has it: to be shown through printable()
  Error problem;        // where it stands, and what it costs
};
// In the order of the estate.
std::vector<UnknownKind> unknown_kinds(const estate::Estate& estate, const knowledge::Knowledge& knowledge);

}  // namespace tocsin::cycle
