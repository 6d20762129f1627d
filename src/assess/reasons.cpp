// One table; everything that people read about a reason is made from it.
#include "assess/reasons.hpp"

#include <array>

#include "base/text.hpp"

namespace tocsin::assess {
namespace {

constexpr ReasonCode kCodes[] = {
    // why it applies
    {"package-version-affected", "{item}; {asset}", "a pinned version lies in a range that the advisory names", false},
    {"package-range-affected", "{item}; {asset}", "every known version that the manifest allows is affected", false},
    {"package-range-open", "{item}; {asset}", "the manifest allows versions that are affected and others that are not",
     false},
    {"package-version-unknown", "{item}; {asset}",
     "the package is used, but which version, or which versions are meant, cannot be told", false},
    {"package-malicious", "{item}; {asset}", "the advisory calls the package itself malicious", false},
    {"product-named", "{item}; {asset}",
     "the text names a product that is pinned, without a range that a machine can read", false},
    {"runtime-library", "{asset}", "a model runs on a library entry that is affected", false},
    {"family-named", "{item}; {asset} ({path})", "the text names the very family of the model", false},
    {"lineage-class", "{item}; {asset} ({path})", "the text names a class of models that this one belongs to", false},
    {"lineage-shared", "{item}; {asset} ({path})",
     "the text names another family of the same architecture, or one that this may be", false},
    {"same-modality", "{item}; {asset}", "only the modality ties the two: whether the architecture matters is open",
     false},
    {"threat-general", "{item}; {asset}", "the mechanism works on all models of this kind", false},
    {"task-shared", "{item}; {asset}", "the text is about the task that the model does", false},
    {"exposure-met", "{item}; {asset}", "a condition of the attack is met", false},
    {"condition-unknown", "{item}; the estate does not tell whether {asset}",
     "a condition of the attack cannot be told from the estate", false},
    {"technique-applies", "{item}; {asset}", "a technique or risk category whose conditions are met", false},
    {"defence-available", "{item}; {asset}",
     "the text describes a defence or a measurement for an attack that this asset is open to", false},
    {"version-fixed", "{item}; {asset}", "the pinned version is the fix or comes after it", false},
    // why it does not: of our kind, but
    {"version-not-affected", "{item}; {asset}", "the package is used in a version that the advisory does not name",
     false},
    {"pin-does-not-apply", "is about {item}; {asset}",
     "the pin's marker is false in this environment, or it is only a constraint", false},
    {"exposure-missing", "{item}; {asset}", "a way in that the attack needs is closed", false},
    {"access-missing", "{item}; {asset}",
     "access to weights, training data or files that the attack needs is not there", false},
    {"architecture-other", "is about {item}; {asset}", "about another architecture for the same kind of input", false},
    {"background", "{item}; {asset}",
     "about the same kind of system, but nobody attacks ours by it: an overview, harm elsewhere, theory", false},
    {"preparation", "{item}; {asset}", "what attackers do on their own side: nothing of ours is touched by it", false},
    {"withdrawn", "{item}", "every record says that it is no longer valid", false},
    // why nobody can tell
    {"runtime-unknown", "is about {item}; {asset}",
     "the estate does not tell which packages a model runs on, so whether it uses this one is not known", false, true},
    {"packages-unread", "is about {item}; {asset}",
     "a part of the files that name our packages could not be read, so whether this one is among them is not known",
     false, true},
    // why it does not: nothing of ours is of the kind
    {"not-security", "{item}", "not about security", true},
    {"product-not-used", "is about {item}; {asset}", "no asset uses the package or product", true},
    {"modality-missing", "is about {item}; {asset}", "no asset takes that kind of input", true},
    {"architecture-missing", "is about {item}; {asset}", "no asset is of that architecture", true},
    {"task-missing", "is about {item}; {asset}", "no asset does that task", true},
    {"kind-missing", "is about {item}; {asset}", "no asset of the kind that the attack is aimed at", true},
    {"mechanism-unknown", "{item}; {asset}", "about security, but of no mechanism that could be compared with an asset",
     true},
};

// "{item}; {asset} ({path})" with what is empty left out, together with the punctuation that leads to it.
std::string fill(std::string_view sentence, std::string_view item, std::string_view asset, std::string_view path) {
  std::string out = replace_all(sentence, "{item}", item);
  out = replace_all(out, "{asset}", asset);
  if (path.empty()) {
    out = replace_all(out, " ({path})", "");
  } else {
    out = replace_all(out, "{path}", path);
  }
  std::string_view view = trim(out);
  while (view.starts_with(";") || view.starts_with(" ")) view.remove_prefix(1);
  while (view.ends_with(";") || view.ends_with(" ")) view.remove_suffix(1);
  return std::string(view);
}

// For a class of assets. A detail that is empty (a count over many items has none) takes the second sentence.
struct ClassText {
  std::string_view code;
  std::string_view sentence;  // {assets}, {is}, {takes} and {detail}
  std::string_view without;
};
constexpr ClassText kClassTexts[] = {
    {"not-security", "not about attack, defence, privacy or misuse", ""},
    {"product-not-used", "none of our {assets} uses {detail}", "none of our {assets} uses the product"},
    {"runtime-unknown",
     "whether our {assets} use {detail} cannot be told: estate.yaml does not say what each of them runs on (runtime:)",
     "estate.yaml does not say what each of our {assets} runs on: name its libraries with runtime: [NAME]"},
    {"packages-unread", "whether our {assets} use it cannot be told: {detail}",
     "a file that names what our {assets} install was not read whole: `tocsin estate check` says which line"},
    {"version-not-affected", "our {assets} use {detail}, which is not affected",
     "our {assets} use a version that is not affected"},
    {"pin-does-not-apply", "{detail} is not installed by our {assets}", "our {assets} do not install the product"},
    {"modality-missing", "none of our {assets} {takes} {detail}", "none of our {assets} {takes} that kind of data"},
    {"architecture-missing", "none of our {assets} {is} {detail}", "none of our {assets} {is} that kind of model"},
    {"architecture-other", "about {detail}; our {assets} are built otherwise",
     "about another architecture than those of our {assets}"},
    {"task-missing", "none of our {assets} is used for {detail}", "none of our {assets} is used for that task"},
    {"kind-missing", "aimed at something else than our {assets}", ""},
    // Models may fail for several reasons: the detail is that of the one which comes closest.
    {"exposure-missing", "no way in to our {assets}: the closest {detail}", "no way in to our {assets}"},
    {"access-missing", "no access as the attack needs it to our {assets}: the closest {detail}",
     "no access as the attack needs it to our {assets}"},
    {"background", "for information only ({detail}): nobody attacks our {assets} by it",
     "for information only: nobody attacks our {assets} by it"},
    {"preparation", "done on the attackers' own side: it touches none of our {assets}", ""},
    {"withdrawn", "withdrawn by its sources", ""},
    {"mechanism-unknown", "describes no attack that could be compared with our {assets}", ""},
};

// How a class has to do with models and their input: a model is one, an endpoint serves one.
struct ClassVerbs {
  std::string_view assets;
  std::string_view is, takes;
};
constexpr ClassVerbs kClassVerbs[] = {
    {"models", "is", "takes"},
    {"endpoints", "serves", "takes"},
    {"data sets", "goes into", "holds"},
    {"assets", "is or serves", "takes or holds"},
};

}  // namespace

std::span<const ReasonCode> reason_codes() {
  return kCodes;
}

const ReasonCode* reason_code(std::string_view code) {
  for (const ReasonCode& row : kCodes)
    if (row.code == code) return &row;
  return nullptr;
}

bool cannot_tell(std::string_view code) {
  const ReasonCode* row = reason_code(code);
  return row != nullptr && row->unknown;
}

std::string sentence(const judgement::Reason& reason) {
  const ReasonCode* row = reason_code(reason.code);
  if (row == nullptr) return fill("{item}; {asset} ({path})", reason.item_fact, reason.asset_fact, reason.path);
  return fill(row->sentence, reason.item_fact, reason.asset_fact, reason.path);
}

std::string class_sentence(std::string_view assets, std::string_view code, std::string_view detail) {
  const std::string_view named = assets == "all" ? "assets" : assets;
  const std::string_view kind = named.starts_with("other ") ? named.substr(6) : named;
  ClassVerbs verbs = kClassVerbs[3];
  for (const ClassVerbs& row : kClassVerbs)
    if (row.assets == kind) verbs = row;
  for (const ClassText& row : kClassTexts) {
    if (row.code != code) continue;
    std::string out(detail.empty() && !row.without.empty() ? row.without : row.sentence);
    out = replace_all(replace_all(out, "{is}", verbs.is), "{takes}", verbs.takes);
    return replace_all(replace_all(out, "{assets}", named), "{detail}", detail);
  }
  return std::string(code);
}

std::string reasons_as_markdown() {
  std::string out = "| code | sentence | meaning | sets aside as noise |\n| --- | --- | --- | --- |\n";
  for (const ReasonCode& row : kCodes)
    out += "| `" + std::string(row.code) + "` | " + std::string(row.sentence) + " | " + std::string(row.meaning) +
           " | " +
           (row.noise     ? "yes"
            : row.unknown ? "no: nobody can tell"
                          : "") +
           " |\n";
  return out;
}

}  // namespace tocsin::assess
