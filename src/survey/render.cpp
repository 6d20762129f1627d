// The proposal as text: evidence as comments, so that a person can check each line before they rely on it.
#include <fmt/format.h>

#include "base/text.hpp"
#include "estate/keys.hpp"
#include "estate/write.hpp"
#include "survey/survey.hpp"

namespace tocsin::survey {

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
            "and say for each model who and what reaches it (`exposure`), since no file tells that:\n";
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
  return estate::write_estate(survey.assets, options);
}

}  // namespace tocsin::survey
