// The reason codes: a table of sentences (docs/reasons.md is printed from it). Assessments keep code and facts;
// sentences are made when shown.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "judgement/judgement.hpp"

namespace tocsin::assess {

struct ReasonCode {
  std::string_view code;      // "modality-missing"
  std::string_view sentence;  // "{item}; {asset}": {item}, {asset} and {path} stand for the facts; a part whose facts
                              // are empty is left out
  std::string_view meaning;   // for docs/reasons.md
  bool noise = false;    // as the only answer for all assets it sets the item aside: nothing of ours is of that kind
  bool unknown = false;  // no answer: the estate does not say enough to tell
};
std::span<const ReasonCode> reason_codes();
const ReasonCode* reason_code(std::string_view code);  // nullptr when there is none of that name
bool cannot_tell(std::string_view code);               // ReasonCode::unknown

// "names "GPT-style"; support-bot is built on Llama-3-8B, a sibling of it (llama-3 → decoder-only-transformer ← gpt)".
// Facts may hold text from outside: print it as Foreign.
std::string sentence(const judgement::Reason& reason);
// For a class of assets that is not affected: "none of our models takes images". `assets` may be "other models": the
// item touches some. Without a detail, as over many items: "none of our models takes that kind of data".
std::string class_sentence(std::string_view assets, std::string_view code, std::string_view detail);
std::string reasons_as_markdown();

}  // namespace tocsin::assess
