// The proposal as text: evidence as comments, so that a person can check each line before they rely on it.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "estate/keys.hpp"
#include "estate/write.hpp"
#include "survey/survey.hpp"

namespace tocsin::survey {
namespace {

constexpr std::size_t kOffered = 3;  // requirements files of one model: who has more knows which

// Folders that both paths begin with.
std::size_t shared_folders(std::string_view a, std::string_view b) {
  std::size_t shared = 0;
  for (;; ++shared) {
    const std::size_t x = a.find('/'), y = b.find('/');
    if (x == std::string_view::npos || y == std::string_view::npos || a.substr(0, x) != b.substr(0, y)) return shared;
    a.remove_prefix(x + 1);
    b.remove_prefix(y + 1);
  }
}

// What a model that lies at `place` may run on: the requirements files that lie closest to it. No file says so, which is
// why it is only offered.
std::vector<std::string> runtime_of(std::string_view place, const std::vector<estate::Asset>& assets) {
  std::vector<std::string> out;
  std::size_t closest = 0;
  const std::string inside = std::string(place) + "/";
  for (const estate::Asset& asset : assets) {
    if (!asset.library || is_for_development(asset.library->path)) continue;
    // No model runs on packages of npm.
    if (asset.library->path.ends_with("package-lock.json")) continue;
    const std::size_t shared = shared_folders(inside, asset.library->path);
    if (shared > closest) out.clear();
    if (shared < closest) continue;
    closest = shared;
    if (out.size() < kOffered) out.push_back(asset.name);
  }
  return out;
}

}  // namespace

std::string render_estate_yaml(const Survey& survey, std::string_view schema_file) {
  estate::WriteOptions options;
  options.schema_file = schema_file;
  options.ask_exposure = true;
  std::vector<std::string> words;
  for (std::string_view word : estate::exposure_words()) words.emplace_back(word);
  options.header =
      "What you run: models, data sets, libraries and endpoints. This file is yours; tocsin only reads it.\n"
      "Keys: docs/estate.md. After a change: tocsin estate check\n";
  options.header +=
      survey.assets.empty()
          ? "\nNothing was found in this folder. An entry looks like this:\n"
          : "\nProposed from what lies in this folder; the comments say where it was found. Please check it,\n"
            "and say for each model what no file tells: the libraries it runs on (`runtime`: names of this file;\n"
            "without it nobody can say which advisories concern the model), and who and what reaches it "
            "(`exposure`):\n";
  if (!survey.assets.empty())
    for (const std::string& line : wrap(join(words, ", "), 110)) options.header += "  " + line + "\n";
  else
    options.header += "  models:\n    - name: support-bot\n      family: llama-3\n      exposure: [public-api]\n";
  if (!survey.complete) options.header += "\nThe survey ended early: more may lie here than is listed.\n";
  for (const auto& [name, evidence] : survey.evidence) {
    std::vector<std::string>& lines = options.comments[name];
    lines.push_back(fmt::format("found: {}", evidence.where));
    for (const std::string& fact : evidence.facts) lines.push_back("  " + fact);
  }
  for (const estate::Asset& asset : survey.assets) {
    const auto evidence = survey.evidence.find(asset.name);
    if (!asset.model || evidence == survey.evidence.end()) continue;
    if (auto offer = runtime_of(evidence->second.where, survey.assets); !offer.empty())
      options.offer_runtime.emplace(asset.name, std::move(offer));
  }
  return estate::write_estate(survey.assets, options);
}

}  // namespace tocsin::survey
