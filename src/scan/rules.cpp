#include "scan/rules.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace tocsin::scan {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::suspicious:
      return "suspicious";
    case Severity::malicious:
      return "malicious";
  }
  return "";
}

Severity Report::worst() const {
  Severity worst = Severity::info;
  for (const Finding& finding : findings)
    if (!finding.suppressed) worst = std::max(worst, finding.severity);
  return worst;
}

void Report::sort_findings() {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::make_tuple(-static_cast<int>(a.severity), std::string_view(a.place.member),
                           a.place.offset.value_or(0)) <
           std::make_tuple(-static_cast<int>(b.severity), std::string_view(b.place.member), b.place.offset.value_or(0));
  });
}

namespace rules {
namespace {
constexpr std::string_view kArtifact = "AML.T0011.000";  // User Execution: Unsafe AI Artifacts
constexpr std::string_view kSupply = "AML.T0010.003";    // AI Supply Chain Compromise: Model
constexpr std::string_view kEvade = "AML.T0076";         // Corrupt AI Model (so that scanners give up)
constexpr std::string_view kDoS = "AML.T0029";           // Denial of AI Service
constexpr std::string_view kDelete = "do not load it; delete it, and tell whoever published it";
constexpr std::string_view kAsk = "do not load it until you know why this is there; ask for safetensors instead";
constexpr bool kUnread = true;
constexpr std::string_view kAgain = "fetch the file again from its publisher and compare the digest";
}  // namespace

// clang-format off
const Rule pickle_dangerous_call{"pickle-dangerous-call", "pickle calls something dangerous", Severity::malicious,
  "loading it does what the call says, before any weight is read", kDelete, kArtifact};
const Rule pickle_dangerous_import{"pickle-dangerous-import", "pickle imports something dangerous", Severity::malicious,
  "loading it puts a dangerous function within reach of the rest of the file", kDelete, kArtifact};
const Rule pickle_dotted_name{"pickle-dotted-name", "pickle reaches through a module", Severity::malicious,
  "loading it follows attributes from a harmless module to whatever that module happens to import", kDelete, kArtifact};
const Rule pickle_unknown_call{"pickle-unknown-call", "pickle calls something that is on no list", Severity::suspicious,
  "loading it runs a function that nobody has looked at", kAsk, kArtifact};
const Rule pickle_unknown_import{"pickle-unknown-import", "pickle imports something that is on no list", Severity::info,
  "loading it imports the module, which runs the module's own code if it is installed",
  "see that the package is one of yours", kSupply};
const Rule pickle_class{"pickle-class", "pickle makes an object of a known package", Severity::info,
  "loading it needs this package and makes this object", "nothing, if you use the package", kSupply};
const Rule pickle_computed_name{"pickle-computed-name", "pickle computes the name it imports", Severity::malicious,
  "loading it imports something that is only known once it runs", kDelete, kEvade};
const Rule pickle_computed_call{"pickle-computed-call", "pickle calls what another call returned", Severity::malicious,
  "loading it calls something that is only known once it runs", kDelete, kEvade};
const Rule pickle_changed_import{"pickle-changed-import", "pickle changes a module or class", Severity::malicious,
  "loading it changes the running program, not only the object that is loaded", kDelete, kArtifact};
const Rule pickle_unsafe_argument{"pickle-unsafe-argument", "pickle gives a helper something it would run", Severity::malicious,
  "loading it lets a harmless function call or resolve what the file hands to it", kDelete, kArtifact};
const Rule pickle_extension{"pickle-extension", "pickle uses the extension registry", Severity::malicious,
  "loading it takes an object from a process-wide table, past the check of names", kDelete, kEvade};
const Rule pickle_frame{"pickle-frame", "pickle breaks its own framing", Severity::malicious,
  "unpicklers do not agree on what this file says; some run what others skip", kDelete, kEvade};
const Rule pickle_broken{"pickle-broken", "pickle cannot be read to its end", Severity::suspicious,
  "whatever stands before this place has run when the unpickler gives up", kAgain, kEvade, kUnread};
const Rule pickle_budget{"pickle-budget", "pickle asks for too much", Severity::suspicious,
  "loading it takes memory or time beyond what any model needs", kAsk, kDoS, kUnread};
const Rule pickle_persistent_id{"pickle-persistent-id", "pickle refers to objects outside itself", Severity::info,
  "loading it asks the loader for these objects", "see that the loader is the one the file was made for", kSupply};
const Rule pickle_special_attribute{"pickle-special-attribute", "pickle sets an attribute that changes what an object is", Severity::suspicious,
  "loading it turns an object into another class, or replaces its methods", kAsk, kArtifact};

const Rule zip_disagreement{"zip-disagreement", "ZIP says two things", Severity::suspicious,
  "one reader sees other files in it than another: a check passes on what is not loaded", kAgain, kEvade};
const Rule zip_flags{"zip-flags", "ZIP claims to be encrypted or patched", Severity::suspicious,
  "checking tools refuse a member that loaders read", kAgain, kEvade};
const Rule zip_damaged{"zip-damaged", "ZIP is damaged", Severity::suspicious,
  "a part of it could not be read here; a more tolerant loader may read it", kAgain, kEvade, kUnread};
const Rule archive_limit{"archive-limit", "archive grows beyond its limits", Severity::suspicious,
  "unpacking it fills memory or disk", kAsk, kDoS, kUnread};
const Rule archive_path{"archive-path", "archive writes outside its folder", Severity::malicious,
  "unpacking it overwrites files elsewhere on the machine", kDelete, kArtifact};
const Rule archive_odd{"archive-odd", "model in an unusual archive", Severity::suspicious,
  "tools that know only the usual archive do not look inside", kAsk, kEvade};
const Rule archive_damaged{"archive-damaged", "archive is damaged", Severity::suspicious,
  "a part of it could not be read here; a more tolerant loader may read it", kAgain, kEvade, kUnread};
const Rule npy_damaged{"npy-damaged", "array does not say what it holds", Severity::suspicious,
  "a loader guesses, or reads what follows as a pickle", kAgain, kEvade, kUnread};
const Rule polyglot{"polyglot", "file is two things at once", Severity::suspicious,
  "what is loaded depends on who loads it", kAsk, kEvade};
const Rule trailing_data{"trailing-data", "bytes after the end", Severity::info,
  "nothing reads them as part of this format", "see what they are if you did not put them there", kEvade};

const Rule keras_lambda{"keras-lambda", "Keras model carries Python code", Severity::suspicious,
  "loading it with safe_mode off, or from .h5 in any mode, makes a Python function of these bytes; using the model runs it", kAsk, kArtifact};
const Rule keras_dangerous_name{"keras-dangerous-name", "Keras configuration names something dangerous", Severity::malicious,
  "loading it imports what is named and calls it with what the file says", kDelete, kArtifact};
const Rule keras_foreign_name{"keras-foreign-name", "Keras configuration names something that is not of Keras", Severity::suspicious,
  "loading it imports a module that the file chooses", kAsk, kArtifact};
const Rule keras_custom_object{"keras-custom-object", "Keras model needs a class of your own", Severity::info,
  "loading it fails unless your program brings a class of this name", "see that your class is the one that was meant", kSupply};
const Rule keras_file{"keras-file", "Keras configuration reads a file or an address", Severity::suspicious,
  "loading it opens what is named, on the machine that loads it (CVE-2025-12058)", kAsk, kArtifact};
const Rule keras_broken{"keras-broken", "Keras configuration cannot be read", Severity::suspicious,
  "it says something else to the loader than to a checking tool, or nothing at all", kAgain, kEvade, kUnread};
const Rule hdf5_external{"hdf5-external", "HDF5 file takes its data from other files", Severity::suspicious,
  "reading it opens the files that it names, on the machine that reads it", kAsk, kArtifact};
const Rule hdf5_broken{"hdf5-broken", "HDF5 file is damaged", Severity::suspicious,
  "a part of it could not be read here; the library may read it, or break", kAgain, kEvade, kUnread};
const Rule tf_dangerous_op{"tf-dangerous-op", "TensorFlow graph reads, writes or runs something", Severity::malicious,
  "running the model does it on the machine that runs it", kDelete, kArtifact};
const Rule tf_custom_op{"tf-custom-op", "graph needs an operation that is not of TensorFlow", Severity::info,
  "it fails unless a library with this operation is loaded before", "see that you trust the library that brings it", kSupply};
const Rule tf_file{"tf-file", "TensorFlow model names a file outside its folder", Severity::malicious,
  "loading it opens that file", kDelete, kArtifact};
const Rule onnx_external_data{"onnx-external-data", "ONNX model takes its weights from elsewhere", Severity::malicious,
  "loading it opens any file that it names (CVE-2022-25882, CVE-2024-27318, CVE-2025-51480)", kDelete, kArtifact};
const Rule onnx_custom_op{"onnx-custom-op", "ONNX model needs operations of somebody else", Severity::info,
  "it fails unless a library with these operations is registered before", "see that you trust the library that brings them", kSupply};
const Rule graph_broken{"graph-broken", "graph is damaged", Severity::suspicious,
  "its loader may read past the end of it, or see something else in it", kAgain, kEvade, kUnread};
const Rule native_code{"native-code", "archive carries native code", Severity::suspicious,
  "whatever loads the library runs it", kAsk, kArtifact};
const Rule source_code{"source-code", "archive carries Python source that does more than computing", Severity::suspicious,
  "serving or importing the model runs it", "read it before you serve the model", kArtifact};

const Rule safetensors_header{"safetensors-header", "safetensors header breaks the format", Severity::suspicious,
  "loaders disagree on what it says, or fail in ways nobody tested", kAgain, kEvade, kUnread};
const Rule safetensors_layout{"safetensors-layout", "tensors do not fill the file", Severity::suspicious,
  "bytes that no tensor owns can hold anything, and tensors that overlap are two things at once", kAgain, kEvade};
const Rule gguf_broken{"gguf-broken", "GGUF fields do not fit the file", Severity::suspicious,
  "loaders in C compute sizes and indices from these fields, and write or read outside of their memory", kAgain, kArtifact, kUnread};
const Rule format_broken{"format-broken", "model breaks its own format", Severity::suspicious,
  "a loader that believes its lengths reads outside of its memory", kAgain, kArtifact, kUnread};

const Rule template_escape{"template-escape", "chat template leaves its sandbox", Severity::malicious,
  "the first prompt that is rendered runs what the template asks for, wherever the renderer has no sandbox", kDelete, kArtifact};
const Rule template_computed{"template-computed-name", "chat template puts names together", Severity::suspicious,
  "rendering it takes attributes that no search of its text can find", kAsk, kEvade};
const Rule template_unknown{"template-unknown-name", "chat template uses what no prompt needs", Severity::suspicious,
  "rendering it calls something that nobody has looked at", kAsk, kArtifact};
const Rule template_endless{"template-endless", "chat template does not come to an end", Severity::suspicious,
  "rendering it takes the time or memory of the server", kAsk, kDoS};
const Rule template_broken{"template-unreadable", "chat template is not Jinja", Severity::info,
  "what it does is not known; most renderers refuse it", "look at it by hand", kEvade};

const Rule config_remote_code{"config-remote-code", "model brings code of its own", Severity::info,
  "with trust_remote_code, loading it runs Python from the repository it names", "read that code, and pin its revision, before you allow it", kSupply};
const Rule config_object{"config-dangerous-object", "settings build something dangerous", Severity::malicious,
  "whoever builds objects from these settings calls it", kDelete, kArtifact};
const Rule config_unknown_object{"config-unknown-object", "settings build something that is on no list", Severity::suspicious,
  "whoever builds objects from these settings runs code that nobody has looked at", kAsk, kSupply};
const Rule config_endpoint{"config-endpoint", "settings name an address and a key for it", Severity::suspicious,
  "what uses these settings talks to that address", "ask why a model needs to call somebody", kArtifact};
const Rule config_expands{"config-expands", "settings grow without measure", Severity::suspicious,
  "reading them fills the memory", kAsk, kDoS};
const Rule skops_node{"skops-unsafe-node", "skops file asks for more than data", Severity::suspicious,
  "loading it calls a function or method that the file chooses", kAsk, kArtifact};
const Rule xml_external{"xml-external", "XML model reaches outside itself", Severity::suspicious,
  "reading it opens other files or addresses, or runs script", kAsk, kArtifact};

const Rule known_malicious{"known-malicious", "known to be malicious", Severity::malicious,
  "loading it does what it is known for", kDelete, kSupply};
const Rule digest_mismatch{"digest-mismatch", "file is not the one that is listed", Severity::suspicious,
  "it is newer, damaged or another file than the one that somebody has looked at", kAgain, kSupply};
const Rule not_a_model{"not-a-model", "program where a model is looked for", Severity::malicious,
  "opening it by mistake runs it", kDelete, kArtifact};
const Rule unsupported{"unsupported", "no format fits", Severity::info,
  "nothing is known about what loading it does", "look at it by hand, or use --require-supported to refuse such files", kSupply};
const Rule not_read{"not-read", "a part was not read", Severity::suspicious,
  "what was not read was not checked", "raise the limit that is named, or do not load it", kEvade, kUnread};
// clang-format on

}  // namespace rules

namespace {
constexpr std::array kRules{
    &rules::pickle_dangerous_call,
    &rules::pickle_dangerous_import,
    &rules::pickle_dotted_name,
    &rules::pickle_unknown_call,
    &rules::pickle_unknown_import,
    &rules::pickle_class,
    &rules::pickle_computed_name,
    &rules::pickle_computed_call,
    &rules::pickle_changed_import,
    &rules::pickle_unsafe_argument,
    &rules::pickle_extension,
    &rules::pickle_frame,
    &rules::pickle_broken,
    &rules::pickle_budget,
    &rules::pickle_persistent_id,
    &rules::pickle_special_attribute,
    &rules::zip_disagreement,
    &rules::zip_flags,
    &rules::zip_damaged,
    &rules::archive_limit,
    &rules::archive_path,
    &rules::archive_odd,
    &rules::archive_damaged,
    &rules::npy_damaged,
    &rules::polyglot,
    &rules::trailing_data,
    &rules::keras_lambda,
    &rules::keras_dangerous_name,
    &rules::keras_foreign_name,
    &rules::keras_custom_object,
    &rules::keras_file,
    &rules::keras_broken,
    &rules::hdf5_external,
    &rules::hdf5_broken,
    &rules::tf_dangerous_op,
    &rules::tf_custom_op,
    &rules::tf_file,
    &rules::onnx_external_data,
    &rules::onnx_custom_op,
    &rules::graph_broken,
    &rules::native_code,
    &rules::source_code,
    &rules::safetensors_header,
    &rules::safetensors_layout,
    &rules::gguf_broken,
    &rules::format_broken,
    &rules::template_escape,
    &rules::template_computed,
    &rules::template_unknown,
    &rules::template_endless,
    &rules::template_broken,
    &rules::config_remote_code,
    &rules::config_object,
    &rules::config_unknown_object,
    &rules::config_endpoint,
    &rules::config_expands,
    &rules::skops_node,
    &rules::xml_external,
    &rules::known_malicious,
    &rules::digest_mismatch,
    &rules::not_a_model,
    &rules::unsupported,
    &rules::not_read,
};
}  // namespace

std::span<const Rule* const> all_rules() {
  static const auto sorted = [] {
    auto out = kRules;
    std::sort(out.begin(), out.end(), [](const Rule* a, const Rule* b) { return a->id < b->id; });
    return out;
  }();
  return sorted;
}

const Rule* find_rule(std::string_view id) {
  for (const Rule* rule : kRules)
    if (rule->id == id) return rule;
  return nullptr;
}

}  // namespace tocsin::scan
