#include "scan/models/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "scan/models/jinja.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models {
namespace {

constexpr std::size_t kKeptStrings = 16;  // strings of a list, pairs of a map: the largest pipelines have ten parts
constexpr std::size_t kKeptBytes = 512;   // bytes of a value that is kept until its map ends
constexpr std::size_t kKeptTemplate = 1u << 18;

template <std::size_t N>
bool among(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Packages whose classes may be built from settings: they make layers, data and optimizers. Their functions are not
// meant: torch.hub.load is one. docs/rules/config-unknown-object.md
constexpr auto kPackages = std::to_array<std::string_view>({"torch.nn",
                                                            "torch.optim",
                                                            "torch.utils.data",
                                                            "torch.amp",
                                                            "torchvision.models",
                                                            "torchvision.transforms",
                                                            "torchvision.ops",
                                                            "torchvision.datasets",
                                                            "torchaudio.transforms",
                                                            "torchaudio.models",
                                                            "torchmetrics",
                                                            "pytorch_lightning",
                                                            "lightning",
                                                            "lightning_fabric",
                                                            "nemo",
                                                            "nemo_text_processing",
                                                            "transformers",
                                                            "diffusers",
                                                            "timm",
                                                            "monai",
                                                            "sklearn",
                                                            "xgboost",
                                                            "lightgbm",
                                                            "catboost",
                                                            "omegaconf",
                                                            "sentence_transformers",
                                                            "peft",
                                                            "accelerate",
                                                            "datasets",
                                                            "tokenizers",
                                                            "speechbrain",
                                                            "espnet",
                                                            "espnet2",
                                                            "fairseq",
                                                            "fairseq2",
                                                            "ldm",
                                                            "sgm",
                                                            "kornia",
                                                            "einops",
                                                            "open_clip",
                                                            "megatron",
                                                            "langchain",
                                                            "langchain_core",
                                                            "langchain_community",
                                                            "langchain_openai",
                                                            "langchain_text_splitters",
                                                            "haystack",
                                                            "llama_index",
                                                            "gymnasium",
                                                            "stable_baselines3",
                                                            "torch_geometric",
                                                            "segmentation_models_pytorch",
                                                            "ultralytics",
                                                            "mmdet",
                                                            "mmcv",
                                                            "mmengine",
                                                            "detectron2",
                                                            "keras",
                                                            "numpy.random",
                                                            "scipy.sparse",
                                                            "scipy.stats",
                                                            "albumentations",
                                                            "audiomentations",
                                                            "sentencepiece",
                                                            "torchtune",
                                                            "torchrl",
                                                            "torchtext",
                                                            "mlflow",
                                                            "hyperpyyaml",
                                                            "pandas",
                                                            "optimum",
                                                            "pyannote"});
// Functions that only compute.
constexpr auto kFunctionsOf = std::to_array<std::string_view>(
    {"torch.nn.functional.", "torch.nn.init.", "speechbrain.nnet.", "speechbrain.processing.", "speechbrain.lobes.",
     "torchmetrics.functional.", "torch.optim.", "torchvision.models.", "scipy.special.", "math."});
constexpr auto kPlainFunctions = std::to_array<std::string_view>({"torch.manual_seed",
                                                                  "random.seed",
                                                                  "numpy.random.seed",
                                                                  "torch.device",
                                                                  "torch.tensor",
                                                                  "torch.zeros",
                                                                  "torch.ones",
                                                                  "torch.Tensor",
                                                                  "torch.Size",
                                                                  "torch.float16",
                                                                  "torch.float32",
                                                                  "torch.bfloat16",
                                                                  "torch.float64",
                                                                  "torch.int64",
                                                                  "torch.int32",
                                                                  "torch.int8",
                                                                  "torch.uint8",
                                                                  "torch.bool",
                                                                  "torch.half",
                                                                  "torch.long",
                                                                  "torch.dtype",
                                                                  "numpy.ndarray",
                                                                  "numpy.dtype",
                                                                  "numpy.array",
                                                                  "numpy.log",
                                                                  "numpy.log1p",
                                                                  "numpy.log2",
                                                                  "numpy.log10",
                                                                  "numpy.exp",
                                                                  "numpy.expm1",
                                                                  "numpy.sqrt",
                                                                  "numpy.square",
                                                                  "numpy.abs",
                                                                  "numpy.absolute",
                                                                  "numpy.sin",
                                                                  "numpy.cos",
                                                                  "numpy.tan",
                                                                  "numpy.tanh",
                                                                  "numpy.sum",
                                                                  "numpy.mean",
                                                                  "numpy.median",
                                                                  "numpy.std",
                                                                  "numpy.var",
                                                                  "numpy.min",
                                                                  "numpy.max",
                                                                  "numpy.maximum",
                                                                  "numpy.minimum",
                                                                  "numpy.sign",
                                                                  "numpy.ravel",
                                                                  "numpy.reshape",
                                                                  "numpy.clip",
                                                                  "numpy.round",
                                                                  "numpy.floor",
                                                                  "numpy.ceil",
                                                                  "numpy.add",
                                                                  "numpy.subtract",
                                                                  "numpy.multiply",
                                                                  "numpy.divide",
                                                                  "numpy.power",
                                                                  "numpy.identity",
                                                                  "builtins.NoneType",
                                                                  "builtins.type",
                                                                  "builtins.method",
                                                                  "builtins.function",
                                                                  "builtins.property",
                                                                  "builtins.builtin_function_or_method",
                                                                  "builtins.wrapper_descriptor",
                                                                  "pathlib.Path",
                                                                  "pathlib.PosixPath",
                                                                  "pathlib.PurePath",
                                                                  "pathlib.PurePosixPath",
                                                                  "functools.partial",
                                                                  "collections.defaultdict",
                                                                  "speechbrain.create_experiment_directory",
                                                                  "numpy.matrix",
                                                                  "numpy.generic",
                                                                  "numpy.bool",
                                                                  "numpy.bool_",
                                                                  "numpy.str_",
                                                                  "numpy.bytes_",
                                                                  "numpy.object_",
                                                                  "numpy.number",
                                                                  "numpy.floating",
                                                                  "numpy.integer"});
// They take a name and give the thing: whatever is on a list, this is not.
constexpr auto kResolvers =
    std::to_array<std::string_view>({"hydra.utils.get_method",
                                     "hydra.utils.get_object",
                                     "hydra.utils.get_class",
                                     "hydra.utils.get_static_method",
                                     "hydra._internal.utils._locate",
                                     "torch.hub.load",
                                     "torch.load",
                                     "torch.jit.load",
                                     "numpy.load",
                                     "joblib.load",
                                     "pydoc.locate",
                                     "nemo.utils.model_utils.import_class_by_path",
                                     "speechbrain.utils.superpowers.run_shell",
                                     "speechbrain.utils.superpowers.import_from_path",
                                     "torch.hub.load_state_dict_from_url",
                                     "transformers.dynamic_module_utils.get_class_from_dynamic_module",
                                     "torch.utils.cpp_extension.load",
                                     "torch.ops.load_library",
                                     "torch.classes.load_library",
                                     "pandas.read_pickle",
                                     "pandas.eval",
                                     "torch.package.PackageImporter",
                                     "omegaconf.OmegaConf.register_new_resolver"});
constexpr auto kPipelinePackages = std::to_array<std::string_view>(
    {"diffusers", "transformers", "stable_diffusion", "onnxruntime", "optimum", "onnx", "paint_by_example",
     "latent_diffusion", "latent_diffusion_uncond", "spectrogram_diffusion", "flax", "jax", "k_diffusion",
     "versatile_diffusion", "kandinsky", "audioldm", "deepfloyd_if"});
constexpr auto kTemplateKeys = std::to_array<std::string_view>(
    {"template", "prompt_template", "jinja_template", "system_template", "user_template", "instruction_template",
     "chat_template_jinja", "prompt", "system_prompt", "default_system_prompt", "template_string", "prompt_str"});

bool is_dotted(std::string_view name) {
  if (name.empty() || name.size() > kKeptBytes || name.find('.') == std::string_view::npos) return false;
  bool first = true;
  for (const char c : name) {
    if (c == '.') {
      if (first) return false;
      first = true;
      continue;
    }
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
    if (!letter && (first || c < '0' || c > '9')) return false;
    first = false;
  }
  return !first;
}

std::string_view last_of(std::string_view name) {
  return name.substr(name.rfind('.') + 1);  // npos + 1 = 0
}
std::string_view module_of(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

bool is_class(std::string_view name) {
  name = last_of(name);
  while (!name.empty() && name.front() == '_') name.remove_prefix(1);
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

bool in_package(std::string_view name, std::string_view package) {
  return name.starts_with(package) && name.size() > package.size() && name[package.size()] == '.';
}

bool is_address(std::string_view value) {
  const std::string low = to_lower(value.substr(0, 64));
  for (const std::string_view scheme : {"http://", "https://", "ftp://", "ws://", "wss://"}) {
    if (!low.starts_with(scheme)) continue;
    const std::string_view host = std::string_view(low).substr(scheme.size());
    if (host.find_first_of("{$<") != std::string_view::npos) return false;  // to be filled in
    return !host.starts_with("localhost") && !host.starts_with("127.") && !host.starts_with("0.0.0.0");
  }
  return false;
}

bool names_an_address(std::string_view key) {
  for (const std::string_view word : {"endpoint", "webhook", "callback", "api_url", "api_base", "base_url",
                                      "server_url", "upload", "exfil", "beacon", "c2"})
    if (key.find(word) != std::string_view::npos) return true;
  return false;
}

bool names_a_secret(std::string_view key) {
  for (const std::string_view word : {"secret", "api_key", "apikey", "api_token", "access_token", "auth_token",
                                      "access_key", "private_key", "credential", "exfil", "hf_token"})
    if (key.find(word) != std::string_view::npos) return true;
  return key.ends_with("_key");
}

// Undoes base64 of either alphabet, with line ends and padding anywhere: as loaders are lenient. False when the text is none.
bool from_loose_base64(std::string_view text, std::string& out) {
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    int value = -1;
    if (c >= 'A' && c <= 'Z')
      value = c - 'A';
    else if (c >= 'a' && c <= 'z')
      value = c - 'a' + 26;
    else if (c >= '0' && c <= '9')
      value = c - '0' + 52;
    else if (c == '+' || c == '-')
      value = 62;
    else if (c == '/' || c == '_')
      value = 63;
    else if (c == '=' || c == '\n' || c == '\r')
      continue;
    else
      return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> have & 0xff);
  }
  return !out.empty();
}

}  // namespace

void Settings::open(bool map, std::size_t at) {
  Frame frame;
  frame.map = map;
  frame.at = at;
  if (!frames_.empty()) {
    Frame& outer = frames_.back();
    ++outer.count;
    frame.templates = (outer.map && outer.key == "chat_template") || (outer.templates && !outer.map);
    frame.remote_code = (outer.map && outer.key == "auto_map") || outer.remote_code;
    if (outer.map && outer.key == "custom_pipelines")
      scan_.find(rules::config_remote_code, "names pipelines that are code of the repository", {part_.member, at, {}});
    if (outer.map && outer.key == "py/repr")
      scan_.find(rules::config_object, "has a py/repr, which jsonpickle evaluates", {part_.member, at, {}});
  }
  frames_.push_back(std::move(frame));
}

void Settings::close() {
  if (frames_.empty()) return;
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  Frame* outer = frames_.empty() ? nullptr : &frames_.back();
  if (!frame.map) {
    if (outer != nullptr && outer->map && frame.count == 2 && frame.strings.size() == 2 &&
        outer->pairs.size() < kKeptStrings)
      outer->pairs.emplace_back(frame.strings[0], frame.strings[1]);
    if (outer != nullptr && outer->map && outer->key == "id" && !frame.strings.empty())
      outer->lc_id = join(frame.strings, ".");
    return;
  }
  if (!frame.url.empty() && !frame.secret.empty())
    scan_.find(rules::config_endpoint,
               fmt::format("names the address {} and {}", printable(frame.url, 100), printable(frame.secret, 60)),
               {part_.member, frame.at, {}});
  if (frame.jinja && !frame.text_template.empty()) render(frame.text_template, "template", frame.at, true);
  if (!frame.loader.empty() && !frame.cls.empty())
    skops(frame);
  else if (!frame.cls.empty() && !frame.module.empty())
    builds("__class__", frame.module + "." + frame.cls, frame.at, false);
  if (!frame.function.empty() && !frame.module_path.empty())
    builds("function", frame.module_path + "." + frame.function, frame.at, true);
  if (frame.has_idx && frame.has_path && is_dotted(frame.type) && !frame.type.starts_with("sentence_transformers.")) {
    std::string why;
    if (judge(frame.type, why) == Judged::danger)
      scan_.find(rules::config_object,
                 fmt::format("has a module of type {}, which {}", printable(frame.type, 100), why),
                 {part_.member, frame.at, {}});
    else
      scan_.find(rules::config_remote_code, fmt::format("has a module of type {}", printable(frame.type, 100)),
                 {part_.member, frame.at, {}});
  }
  if (frame.lc && !frame.lc_id.empty()) builds("lc constructor", frame.lc_id, frame.at, true);
  if (!frame.diffusers) return;
  for (const auto& [package, name] : frame.pairs) {
    std::string why;
    if (judge(package + "." + name, why) == Judged::danger)
      scan_.find(rules::config_object,
                 fmt::format("takes {} from {}, which {}", printable(name, 60), printable(package, 60), why),
                 {part_.member, frame.at, {}});
    else if (!among(package, kPipelinePackages))
      scan_.find(rules::config_remote_code,
                 fmt::format("takes {} from {}, which is code of the repository or another package",
                             printable(name, 60), printable(package, 60)),
                 {part_.member, frame.at, {}});
  }
}

void Settings::key(std::string_view name) {
  if (frames_.empty()) return;
  frames_.back().key = std::string(name.substr(0, kKeptBytes));
  if (name == "_class_name" || name == "_diffusers_version") frames_.back().diffusers = true;
  if (name == "idx") frames_.back().has_idx = true;
  if (name == "path") frames_.back().has_path = true;
}

void Settings::other(std::string_view value, std::size_t at) {
  if (frames_.empty()) return;
  Frame& frame = frames_.back();
  ++frame.count;
  if (!frame.map) return;
  if (frame.key == "trust_remote_code" && to_lower(value) == "true")
    scan_.find(rules::config_remote_code, "asks for trust_remote_code", {part_.member, at, {}});
  if (frame.key == "lc" && value == "1") frame.lc = true;
}

void Settings::text(std::string_view value, std::size_t at) {
  if (frames_.empty()) return;
  Frame& frame = frames_.back();
  ++frame.count;
  const std::string kept(value.substr(0, kKeptBytes));
  if (!frame.map && frame.strings.size() < kKeptStrings) frame.strings.push_back(kept);
  if (frame.remote_code) code_from(value, at);
  const std::string_view key = frame.map ? std::string_view(frame.key) : std::string_view();
  if (has_template_tags(value)) {
    if (key == "chat_template" || (frame.templates && key != "name")) {
      render(value, key == "chat_template" || key.empty() ? "chat_template" : fmt::format("chat_template.{}", key), at,
             true);
    } else if (among(key, kTemplateKeys)) {
      if (value.size() <= kKeptTemplate && frames_.size() < 16) frame.text_template = std::string(value);
      render(value, key, at, false);
    } else {
      check_template(scan_, value, inside(part_.member, key.empty() ? std::string_view("text") : key),
                     TemplateUse::elsewhere);
    }
  }
  if (key.empty() || value.empty()) return;
  if (key == "template_format" && (value == "jinja2" || value == "jinja")) frame.jinja = true;
  if (key == "_target_") {
    builds("_target_", value, at, true);
  } else if (key == "target" && is_dotted(value)) {
    // instantiate_from_config of latent diffusion; the word is common, so only what is dangerous is told.
    std::string why;
    if (judge(value, why) == Judged::danger) builds("target", value, at, true);
  } else if (key.starts_with("py/")) {
    if (key == "py/object" || key == "py/type" || key == "py/function" || key == "py/mod" || key == "py/class")
      builds(key, value, at, key != "py/type");
    else if (key == "py/repr")
      scan_.find(rules::config_object,
                 fmt::format("has a py/repr, which jsonpickle evaluates: {}", printable(value, 100)),
                 {part_.member, at, {}});
  } else if (key == "loader_module" || key == "parent_library") {
    std::string why;
    const Judged judged = judge(fmt::format("{}.x", kept), why);
    const bool known =
        std::any_of(kPackages.begin(), kPackages.end(),
                    [&](std::string_view package) { return kept == package || in_package(kept, package); }) ||
        kept == "torch";
    if (judged == Judged::danger)
      scan_.find(rules::config_object, fmt::format("imports {}, which {}", printable(kept, 100), why),
                 {part_.member, at, {}});
    else if (!known)
      scan_.find(rules::config_remote_code, fmt::format("imports {}", printable(kept, 100)), {part_.member, at, {}});
  } else if (key == ":serialized:") {
    serialized(value, at);
  } else if (key == "auto_map") {
    code_from(value, at);
  } else if (key == "trust_remote_code" && to_lower(value) == "true") {
    other("true", at);
  } else if (key == "__class__" || key == "__module__" || key == "__loader__" || key == "function" ||
             key == "module_path" || key == "type") {
    (key == "__class__"    ? frame.cls
     : key == "__module__" ? frame.module
     : key == "__loader__" ? frame.loader
     : key == "function"   ? frame.function
     : key == "type"       ? frame.type
                           : frame.module_path) = kept;
  }
  if (key == "path" && frame.has_idx && leaves_its_folder(value))
    scan_.find(rules::config_remote_code, Severity::suspicious,
               fmt::format("takes a module from outside: {}", printable(value, 100)), {part_.member, at, {}});
  const std::string low = to_lower(key);
  if (is_address(value) && names_an_address(low)) frame.url = kept;
  if (value.size() >= 8 && !is_address(value) && names_a_secret(low)) frame.secret = frame.key;
}

void Settings::render(std::string_view text, std::string_view name, std::size_t at, bool certain) {
  had_template_ = true;
  (void)at;
  check_template(scan_, text, inside(part_.member, name), certain ? TemplateUse::rendered : TemplateUse::maybe);
}

Settings::Judged Settings::judge(std::string_view name, std::string& why) const {
  if (among(name, kResolvers)) {
    why = "gives whatever it is asked for";
    return Judged::danger;
  }
  const std::string_view module = module_of(name), last = last_of(name);
  // Attributes are followed from package to package: torch.storage.os.system ends in os.system.
  for (std::string_view inner = module;; inner = inner.substr(inner.find('.') + 1)) {
    const Known known = scan_.names().about(inner, last);
    if (known.trust == Trust::danger) {
      why = effect_in_words(known.fact->word);
      return Judged::danger;
    }
    if (inner.find('.') == std::string_view::npos) break;
  }
  const Known known = scan_.names().about(module, last);
  if (known.trust == Trust::safe || known.trust == Trust::caution || among(name, kPlainFunctions))
    return Judged::harmless;
  if (known.trust == Trust::plain) return Judged::plain;
  if (std::any_of(kFunctionsOf.begin(), kFunctionsOf.end(),
                  [&](std::string_view prefix) { return name.starts_with(prefix); }))
    return Judged::harmless;
  if (is_class(name) && std::any_of(kPackages.begin(), kPackages.end(),
                                    [&](std::string_view package) { return in_package(name, package); }))
    return Judged::plain;
  return Judged::unknown;
}

void Settings::builds(std::string_view how, std::string_view name, std::size_t at, bool calls) {
  std::string why;
  const std::string shown = printable(name, 120);
  switch (judge(name, why)) {
    case Judged::harmless:
    case Judged::plain:
      return;
    case Judged::danger:
      return scan_.find(rules::config_object,
                        fmt::format("{} {} {}, which {}", how, calls ? "calls" : "names", shown, why),
                        {part_.member, at, {}});
    case Judged::unknown: {
      // A name that is only compared is no object: "__class__" without a package, jsonpickle's own types.
      const bool weak = !calls && name.find('.') == std::string_view::npos;
      return scan_.find(rules::config_unknown_object, weak ? Severity::info : Severity::suspicious,
                        fmt::format("{} {} {}, which is on no list", how, calls ? "calls" : "names", shown),
                        {part_.member, at, {}});
    }
  }
}

// auto_map: "module.Class" is code beside the file, "owner/repository--module.Class" somebody else's.
void Settings::code_from(std::string_view value, std::size_t at) {
  if (value.empty()) return;
  const std::string shown = printable(value, 120);
  const auto dashes = value.find("--");
  const std::string_view module = dashes == std::string_view::npos ? value : value.substr(dashes + 2);
  if (module.find("..") != std::string_view::npos || module.find_first_of("/\\:") != std::string_view::npos ||
      value.starts_with('/') || value.find("://") != std::string_view::npos || value.starts_with('.'))
    return scan_.find(rules::config_remote_code, Severity::malicious,
                      fmt::format("takes code from outside the repository: {}", shown), {part_.member, at, {}});
  if (dashes != std::string_view::npos)
    // save_pretrained writes such names too, so this is no proof; but what runs is not in the files that were looked at.
    return scan_.find(rules::config_remote_code, Severity::suspicious,
                      fmt::format("takes code from another repository: {}", shown), {part_.member, at, {}});
  scan_.find(rules::config_remote_code, fmt::format("takes code from its own repository: {}", shown),
             {part_.member, at, {}});
}

// skops/io: each node is built by its loader from a class that the file names.
void Settings::skops(const Frame& frame) {
  const std::string name = frame.module.empty() ? frame.cls : frame.module + "." + frame.cls;
  const std::string shown = printable(name, 120);
  static constexpr auto kNodes = std::to_array<std::string_view>({"DictNode",
                                                                  "DefaultDictNode",
                                                                  "ListNode",
                                                                  "SetNode",
                                                                  "TupleNode",
                                                                  "FunctionNode",
                                                                  "PartialNode",
                                                                  "TypeNode",
                                                                  "SliceNode",
                                                                  "ObjectNode",
                                                                  "PropertyNode",
                                                                  "JsonNode",
                                                                  "BytesNode",
                                                                  "BytearrayNode",
                                                                  "NdArrayNode",
                                                                  "MaskedArrayNode",
                                                                  "RandomStateNode",
                                                                  "RandomGeneratorNode",
                                                                  "DtypeNode",
                                                                  "DatetimeTimedeltaNode",
                                                                  "SparseMatrixNode",
                                                                  "LossNode",
                                                                  "TreeNode",
                                                                  "CachedNode",
                                                                  "_DictWithDeprecatedKeysNode",
                                                                  "ReduceNode",
                                                                  "SGDNode",
                                                                  "KDTreeNode",
                                                                  "BallTreeNode",
                                                                  "EnumNode",
                                                                  "NumpyScalarNode",
                                                                  "TimestampNode",
                                                                  "CObjectNode",
                                                                  "QuantileForestNode",
                                                                  "StdRandomStateNode",
                                                                  "BisectingTreeNode",
                                                                  "FrozenSetNode",
                                                                  "ComplexNode"});
  std::string why;
  const Judged judged = judge(name, why);
  if (judged == Judged::danger)
    return scan_.find(rules::skops_node, Severity::malicious,
                      fmt::format("a {} makes {}, which {}", printable(frame.loader, 60), shown, why),
                      {part_.member, frame.at, {}});
  if (frame.loader == "MethodNode")
    return scan_.find(rules::skops_node, fmt::format("a MethodNode takes an attribute of any object: {}", shown),
                      {part_.member, frame.at, {}});
  if (frame.loader == "OperatorFuncNode") {
    const bool getter = (frame.cls == "itemgetter" || frame.cls == "attrgetter") &&
                        (frame.module == "operator" || frame.module == "_operator");
    return scan_.find(rules::skops_node, getter ? Severity::info : Severity::suspicious,
                      fmt::format("an OperatorFuncNode makes {}", shown), {part_.member, frame.at, {}});
  }
  if (!among(frame.loader, kNodes))
    return scan_.find(rules::skops_node,
                      fmt::format("a node of an unknown kind, {}, makes {}", printable(frame.loader, 60), shown),
                      {part_.member, frame.at, {}});
  if (judged == Judged::unknown && frame.loader != "FunctionNode" && frame.module != "numpy" &&
      !in_package(name, "sklearn") && !in_package(name, "scipy"))
    scan_.find(rules::skops_node, fmt::format("a {} makes {}, which is on no list", printable(frame.loader, 60), shown),
               {part_.member, frame.at, {}});
}

// stable-baselines3 keeps pickles of functions as base64 in its JSON.
void Settings::serialized(std::string_view base64, std::size_t at) {
  std::string bytes;
  if (base64.size() <= (16u << 20) && from_loose_base64(base64, bytes)) {
    const Part inner{std::as_bytes(std::span(bytes.data(), bytes.size())),
                     fmt::format("{}+{}", inside(part_.member, ":serialized:"), at), part_.depth + 1, true};
    if (scan_.look_into(inner)) return;
  }
  scan_.not_read(part_, at, at + base64.size(), "a :serialized: value that is no pickle in base64");
}

void Settings::tag(std::string_view tag, std::size_t at) {
  std::string name;  // %xx, as readers resolve it
  for (std::size_t i = 0; i < tag.size() && name.size() < kKeptBytes; ++i) {
    const auto hex = [](char c) {
      return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
    };
    if (tag[i] == '%' && i + 2 < tag.size() && hex(tag[i + 1]) >= 0 && hex(tag[i + 2]) >= 0) {
      name += static_cast<char>(hex(tag[i + 1]) * 16 + hex(tag[i + 2]));
      i += 2;
    } else {
      name += tag[i];
    }
  }
  std::string_view rest = name;
  const std::string shown = printable(name, 120);
  const auto python = rest.find("python/");
  if (python != std::string_view::npos) {
    rest.remove_prefix(python + 7);
    static constexpr auto kPlain = std::to_array<std::string_view>(
        {"none", "bool", "str", "unicode", "int", "long", "float", "complex", "list", "tuple", "dict", "bytes"});
    const auto colon = rest.find(':');
    const std::string_view kind = rest.substr(0, colon);
    const std::string_view what = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    if (among(kind, kPlain) && what.empty()) return;
    std::string target(what);
    if (what.find('.') == std::string_view::npos) target = kind == "module" ? target + ".x" : "builtins." + target;
    if (kind == "module") target = std::string(what) + ".x";
    std::string why;
    switch (judge(target, why)) {
      case Judged::harmless:
      case Judged::plain:
        return;
      case Judged::danger:
        return scan_.find(rules::config_object, fmt::format("the tag {} builds what {}", shown, why),
                          {part_.member, at, {}});
      case Judged::unknown:
        break;
    }
    // Only loaders that are called unsafe follow these tags; then they import and call what stands there.
    return scan_.find(rules::config_unknown_object,
                      fmt::format("the tag {} builds an object that is on no list", shown), {part_.member, at, {}});
  }
  // HyperPyYAML (SpeechBrain): !new:, !name:, !apply:, !module:.
  for (const std::string_view how : {"!new:", "!name:", "!apply:", "!applyref:", "!module:"}) {
    if (!rest.starts_with(how)) continue;
    rest.remove_prefix(how.size());
    return builds(how, how == "!module:" ? std::string(rest) + ".x" : std::string(rest), at, true);
  }
  if (rest.find("ruby/") != std::string_view::npos || rest.find("javax.") != std::string_view::npos ||
      rest.find("java.") != std::string_view::npos || rest.find("com.sun.") != std::string_view::npos ||
      rest.find("org.springframework") != std::string_view::npos ||
      rest.find("js/function") != std::string_view::npos || rest.find("php/object") != std::string_view::npos ||
      rest.find("perl/") != std::string_view::npos)
    scan_.find(rules::config_object, fmt::format("the tag {} builds an object of the program that reads it", shown),
               {part_.member, at, {}});
}

}  // namespace tocsin::scan::models
