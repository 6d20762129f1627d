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
    {"lineage-class", "{item}; {asset}, which is one ({path})",
     "the text names a class of models that this one belongs to", false},
    {"lineage-shared", "{item}; {asset}, its sibling ({path})",
     "the text names another family of the same architecture", false},
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
    {"pin-does-not-apply", "{item}; {asset}",
     "the pin's marker is false in this environment, or it is only a constraint", false},
    {"exposure-missing", "needs that {item}; {asset}", "a way in that the attack needs is closed", false},
    {"access-missing", "needs that {item}; {asset}",
     "access to weights, training data or files that the attack needs is not there", false},
    {"architecture-other", "about {item}; {asset}", "about another architecture for the same kind of input", false},
    {"background", "{item}",
     "about the same kind of system, but nobody attacks ours by it: an overview, harm elsewhere, theory", false},
    {"preparation", "{item}", "what attackers do on their own side: nothing of ours is touched by it", false},
    {"withdrawn", "its sources have withdrawn it", "every record says that it is no longer valid", false},
    // why it does not: nothing of ours is of the kind
    {"not-security", "says nothing of attack, defence, privacy or misuse", "not about security", true},
    {"product-not-used", "about {item}; {asset}", "no asset uses the package or product", true},
    {"modality-missing", "about {item}; {asset}", "no asset takes that kind of input", true},
    {"architecture-missing", "about {item}; {asset}", "no asset is of that architecture", true},
    {"task-missing", "about {item}; {asset}", "no asset does that task", true},
    {"kind-missing", "about {item}; {asset}", "no asset of the kind that the attack is aimed at", true},
    {"mechanism-unknown", "no attack on models that this program knows is described",
     "about security, but of no mechanism that could be compared with an asset", true},
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

struct ClassText {
  std::string_view code;
  std::string_view sentence;  // {assets} and {detail}
};
constexpr ClassText kClassTexts[] = {
    {"not-security", "not about attack, defence, privacy or misuse"},
    {"product-not-used", "none of our {assets} uses {detail}"},
    {"version-not-affected", "no version of {detail} that we pin is affected"},
    {"pin-does-not-apply", "{detail} is not installed in our environments"},
    {"modality-missing", "none of our {assets} takes {detail}"},
    {"architecture-missing", "none of our {assets} is a {detail}"},
    {"architecture-other", "about {detail}; our {assets} are built otherwise"},
    {"task-missing", "none of our {assets} does {detail}"},
    {"kind-missing", "none of our {assets} is what it is aimed at"},
    {"exposure-missing", "our {assets}: {detail}"},
    {"access-missing", "our {assets}: {detail}"},
    {"background", "for information about {detail}: nobody attacks our {assets} by it"},
    {"preparation", "done on the attackers' own side"},
    {"withdrawn", "withdrawn by its sources"},
    {"mechanism-unknown", "describes no attack on models that could be compared with our {assets}"},
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

std::string sentence(const judgement::Reason& reason) {
  const ReasonCode* row = reason_code(reason.code);
  if (row == nullptr) return fill("{item}; {asset} ({path})", reason.item_fact, reason.asset_fact, reason.path);
  return fill(row->sentence, reason.item_fact, reason.asset_fact, reason.path);
}

std::string class_sentence(std::string_view assets, std::string_view code, std::string_view detail) {
  for (const ClassText& row : kClassTexts) {
    if (row.code != code) continue;
    std::string_view what = detail;
    if (what.empty())
      what = code == "product-not-used" || code == "version-not-affected" || code == "pin-does-not-apply"
                 ? "the product"
             : code == "exposure-missing" ? "a way in is missing"
             : code == "access-missing"   ? "the access it needs is missing"
             : code == "background"       ? "others"
                                          : "that kind";
    return replace_all(replace_all(row.sentence, "{assets}", assets == "all" ? "assets" : assets), "{detail}", what);
  }
  return std::string(code);
}

std::string reasons_as_markdown() {
  std::string out = "| code | sentence | meaning | sets aside as noise |\n| --- | --- | --- | --- |\n";
  for (const ReasonCode& row : kCodes)
    out += "| `" + std::string(row.code) + "` | " + std::string(row.sentence) + " | " + std::string(row.meaning) +
           " | " + (row.noise ? "yes" : "") + " |\n";
  return out;
}

}  // namespace tocsin::assess
