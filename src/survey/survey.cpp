// One walk, depth first in the order of names. Each folder is told apart by what lies in it: a repository of a hub
// cache, an Ollama store, a pipeline, a model with its configuration, or loose files; whatever lies below a model
// belongs to it unless it has a configuration of its own. The walk collects drafts; names, families and bases are
// settled when all drafts are known, since an adapter may lie beside the model it is for.
//
// Layouts read here: huggingface_hub's cache (models--org--name/{refs,snapshots,blobs}), Ollama's store
// (manifests/host/namespace/name/tag, blobs/sha256-…), transformers and diffusers folders (config.json,
// adapter_config.json, model_index.json, README.md front matter), GGUF and safetensors headers.
#include "survey/survey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/foreign.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "estate/lockfiles.hpp"
#include "estate/read.hpp"
#include "survey/gguf.hpp"
#include "survey/safetensors.hpp"
#include "survey/walk.hpp"
#include "versions/purl.hpp"

namespace tocsin::survey {
namespace {

namespace fs = std::filesystem;
using estate::Asset;
using estate::AssetKind;

constexpr std::size_t kNone = SIZE_MAX;
constexpr std::size_t kLoose = 8;          // files of one format in one folder that are a model each; more are data
constexpr std::size_t kMaxFacts = 12;      // of one asset
constexpr std::size_t kMaxBases = 16;      // merges name a handful
constexpr std::size_t kMaxShown = 160;     // bytes of a value from outside in a fact
constexpr std::size_t kShownFiles = 6;     // that a requirements file includes, in its fact
constexpr std::size_t kManifestDepth = 6;  // host, namespace, name, tag and two to spare
constexpr std::uint64_t kMagicBytes = 32;
constexpr std::array<std::uint64_t, 3> kGgufWindows = {64u << 10, 2u << 20, 32u << 20};  // vocabularies take 2 to 10 MB
constexpr JsonLimits kJsonLimits{.bytes = 4u << 20, .depth = 64, .values = 500'000};
constexpr YamlLimits kYamlLimits{.bytes = 256u << 10, .depth = 16, .nodes = 20'000};  // front matter takes 2 KiB

// Folders in which other people's code lies, or nothing of ours.
constexpr std::array<std::string_view, 14> kSkipped = {
    ".git",          ".hg",         ".svn",        ".tox",          ".nox",        "node_modules", "site-packages",
    "dist-packages", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".terraform",   "lost+found"};

// File formats by extension, and whether the extension is used for so many other things that the first bytes must
// agree: a pickle or zip (PyTorch) for .bin, HDF5 for the others.
struct Extension {
  std::string_view end;
  std::string_view format;
  bool sniffed;
};
constexpr Extension kExtensions[] = {
    {".gguf", "gguf", false},     {".safetensors", "safetensors", false},
    {".onnx", "onnx", false},     {".keras", "keras", false},
    {".tflite", "tflite", false}, {".pt", "pickle", false},
    {".pth", "pickle", false},    {".ckpt", "pickle", false},
    {".pkl", "pickle", false},    {".pickle", "pickle", false},
    {".joblib", "pickle", false}, {".bin", "pickle", true},
    {".h5", "hdf5", true},        {".hdf5", "hdf5", true},
};
constexpr std::string_view kLfsPointer =
    "version https://git-lfs";  // what a clone without Git LFS has instead of a file
constexpr std::array<std::string_view, 8> kTold = {"config.json",       "adapter_config.json", "model_index.json",
                                                   "README.md",         "modules.json",        "trainer_state.json",
                                                   "training_args.bin", "pyvenv.cfg"};

// What a class of transformers ending so is for: the library's own naming rule; words are the hub's pipeline tags.
struct TaskRule {
  std::string_view class_end;
  std::string_view task;
  std::string_view input;
  std::string_view output;
};
constexpr TaskRule kTasks[] = {
    {"ForCausalLM", "text-generation", "text", "text"},
    {"LMHeadModel", "text-generation", "text", "text"},
    {"ForMaskedLM", "fill-mask", "text", "text"},
    {"ForSequenceClassification", "text-classification", "text", "label"},
    {"ForTokenClassification", "token-classification", "text", "label"},
    {"ForQuestionAnswering", "question-answering", "text", "text"},
    {"ForImageClassification", "image-classification", "image", "label"},
    {"ForObjectDetection", "object-detection", "image", "label"},
    {"ForSemanticSegmentation", "image-segmentation", "image", "image"},
    {"ForCTC", "automatic-speech-recognition", "audio", "text"},
    {"ForAudioClassification", "audio-classification", "audio", "label"},
};

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && to_lower(text.substr(text.size() - end.size())) == end;
}

const Extension* extension_of(std::string_view name) {
  for (const Extension& known : kExtensions)
    if (ends_with_ignoring_case(name, known.end)) return &known;
  return nullptr;
}

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

// A file that says which packages are installed. Constraints narrow what others install, and are read with those.
bool is_packages(std::string_view path) {
  const std::string name = to_lower(path.substr(path.rfind('/') + 1));
  return !name.starts_with("constraints") && estate::lockfile_kind(path) != nullptr;
}

// Whether a lockfile beside a manifest says what it becomes: the one that its tool writes.
bool is_locked(std::string_view manifest, const std::vector<std::string>& beside) {
  if (manifest.ends_with(".in")) {
    const std::string locked = std::string(manifest.substr(0, manifest.size() - 3)) + ".txt";
    return std::find(beside.begin(), beside.end(), locked) != beside.end();
  }
  constexpr std::array<std::string_view, 4> kOfProjects = {"poetry-lock", "uv-lock", "pdm-lock", "pylock"};
  return std::any_of(beside.begin(), beside.end(), [&](const std::string& file) {
    const estate::LockfileKind* kind = estate::lockfile_kind(file);
    return kind != nullptr && std::find(kOfProjects.begin(), kOfProjects.end(), kind->word) != kOfProjects.end();
  });
}

bool is_candidate(std::string_view name) {
  if (name.find('.') == std::string_view::npos) return false;
  return std::find(kTold.begin(), kTold.end(), name) != kTold.end() || name == "saved_model.pb" ||
         ends_with_ignoring_case(name, ".txt") || extension_of(name) != nullptr || is_packages(name);
}
bool is_any(std::string_view) {
  return true;
}

bool has(const std::vector<std::string>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name, std::less<>());
}

std::string_view last_part(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}
std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}
std::string below(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "model-00001-of-00003" -> "model": parts of one file.
std::string_view without_shard(std::string_view stem) {
  const std::size_t of = stem.rfind("-of-");
  if (of == std::string_view::npos || !is_digits(stem.substr(of + 4))) return stem;
  const std::size_t dash = stem.rfind('-', of - (of == 0 ? 0 : 1));
  if (of == 0 || dash == std::string_view::npos || dash >= of || !is_digits(stem.substr(dash + 1, of - dash - 1)))
    return stem;
  return stem.substr(0, dash);
}

// "llama-3-8b.Q4_K_M" -> "llama-3-8b": how people name quantized copies of one model.
std::string_view without_quantization(std::string_view stem) {
  const std::size_t at = stem.find_last_of("-.");
  if (at == std::string_view::npos || at == 0) return stem;
  const std::string tail = to_lower(stem.substr(at + 1));
  const auto digit_at = [&](std::size_t i) {
    return tail.size() > i && std::isdigit(static_cast<unsigned char>(tail[i])) != 0;
  };
  const bool known = tail == "f16" || tail == "bf16" || tail == "f32" || tail == "fp16" || tail == "fp32" ||
                     (tail.starts_with("iq") && digit_at(2)) || (tail.starts_with('q') && digit_at(1)) ||
                     (tail.starts_with("tq") && digit_at(2));
  return known ? stem.substr(0, at) : stem;
}

std::string_view stem_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return without_shard(dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot));
}

// "llama-3-8b.Q4_K_M.gguf" -> "Q4_K_M"; "" when the name tells none.
std::string_view quantization_in(std::string_view file) {
  const std::string_view stem = stem_of(file);
  const std::size_t rest = without_quantization(stem).size();
  return rest == stem.size() ? std::string_view() : stem.substr(rest + 1);
}

// Names that say nothing: the folder's name is better.
bool is_generic(std::string_view stem) {
  constexpr std::array<std::string_view, 20> kGeneric = {
      "model",      "models",      "pytorch_model", "adapter_model", "diffusion_pytorch_model",
      "tf_model",   "best",        "last",          "final",         "weights",
      "checkpoint", "saved_model", "output",        "outputs",       "results",
      "main",       "latest",      "consolidated",  "ggml-model",    "export"};
  const std::string lower = to_lower(stem);
  return std::find(kGeneric.begin(), kGeneric.end(), lower) != kGeneric.end() || is_digits(lower) ||
         (lower.starts_with("checkpoint-") && is_digits(std::string_view(lower).substr(11)));
}

std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool keep = byte < 0x80 && (std::isalnum(byte) != 0 || c == '.' || c == '_');
    if (keep)
      out += static_cast<char>(std::tolower(byte));
    else if (!out.empty() && out.back() != '-')
      out += '-';
    if (out.size() >= 80) break;
  }
  while (!out.empty() && (out.back() == '-' || out.back() == '.')) out.pop_back();
  while (!out.empty() && (out.front() == '-' || out.front() == '.')) out.erase(0, 1);
  return out;
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// "org/name" as hubs write it.
bool is_repository(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size() || text.size() > 200) return false;
  if (text.find('/', slash + 1) != std::string_view::npos || text.front() == '.' || text.front() == '~') return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") ==
         std::string_view::npos;
}

std::string hub_purl(std::string_view repository, std::string_view revision) {
  versions::Purl purl;
  purl.type = "huggingface";
  if (const std::size_t slash = repository.find('/'); slash != std::string_view::npos) {
    purl.name_space = repository.substr(0, slash);
    repository.remove_prefix(slash + 1);
  }
  purl.name = repository;
  purl.version = revision;
  const Result<versions::Purl> normal = versions::normalize(std::move(purl));
  return normal ? normal->text() : "";
}

// A value from outside that goes into the estate: one line of valid text, cut.
std::string clean(std::string_view text) {
  std::string out;
  for (const char c : cut_utf8(to_utf8_lossy(text), kMaxShown)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return printable(collapse_blanks(out), 4 * kMaxShown);
}

struct Draft {
  Asset asset;
  std::string place;   // folder or file, relative
  std::string called;  // what the name is made of
  std::vector<std::string> facts;
  std::vector<std::string> spellings;  // names by which the family may be known, best first
  std::string type;                    // model_type, general.architecture
  std::vector<std::string> classes;
  std::vector<std::string> bases;  // as written: repository, path or name
  std::string weak_base;           // `_name_or_path`: the base of what was trained here, else the model itself
  std::string repository;          // "org/name" of a hub cache
  std::set<std::string> formats;
  std::set<std::string> quantizations;
  bool safetensors_read = false;
  std::set<std::string> installs;  // of a requirements file: other files whose lines it installs as well

  void fact(std::string text) {
    if (facts.size() < kMaxFacts && std::find(facts.begin(), facts.end(), text) == facts.end())
      facts.push_back(std::move(text));
  }
};

struct Task {
  std::string path;  // relative; "" = the folder itself
  std::size_t depth = 0;
  std::size_t inside = kNone;  // the draft of the model this lies in
};

class Looker {
 public:
  Looker(fs::path root, const Families& families, const Limits& limits)
      : root_(std::move(root)),
        families_(families),
        limits_(limits),
        left_(limits.entries),
        end_(std::chrono::steady_clock::now() + limits.time) {}

  Survey run() {
    std::vector<Task> todo{{}};
    while (!todo.empty() && !over()) {
      const Task task = std::move(todo.back());
      todo.pop_back();
      const std::size_t first = todo.size();
      visit(task, todo);
      std::reverse(todo.begin() + static_cast<std::ptrdiff_t>(first), todo.end());
    }
    for (const auto& [name, skipped] : skipped_)
      note(skipped.second, Code::refused,
           skipped.first == 1 ? fmt::format("not looked into: {}", name)
                              : fmt::format("not looked into: {} ({} such folders)", name, skipped.first));
    finish();
    out_.entries = limits_.entries - left_;
    return std::move(out_);
  }

 private:
  // ---- limits and notes

  void note(std::string_view place, Code code, std::string what, std::optional<std::uint32_t> line = {}) {
    if (out_.notes.size() > limits_.notes) return;
    Error error;
    if (out_.notes.size() == limits_.notes) {
      what = fmt::format("more than {} notes; the rest is not listed", limits_.notes);
      place = "";
      line.reset();
    }
    error.code = code;
    error.line = line;
    error.what = std::move(what);
    error.where = place.empty() ? "." : printable(place, 4096);
    out_.notes.push_back(std::move(error));
  }
  void note(std::string_view place, const Error& error) {
    note(place, error.code, error.offset ? fmt::format("{} (at byte {})", error.what, *error.offset) : error.what,
         error.line);
  }

  void stop(std::string what) {
    if (!out_.complete) return;
    out_.complete = false;
    // Always said, also when the notes are full: an early end must not look like "nothing there".
    Error error;
    error.code = Code::refused;
    error.what = std::move(what);
    error.where = ".";
    out_.notes.insert(out_.notes.begin(), std::move(error));
  }

  bool over() {
    if (!out_.complete) return true;
    if (left_ == 0) stop(fmt::format("ended early: more than {} files and folders", limits_.entries));
    if (std::chrono::steady_clock::now() > end_)
      stop(fmt::format("ended early: it took more than {} seconds", limits_.time.count()));
    return !out_.complete;
  }

  Draft* draft(std::string place, AssetKind kind) {
    if (drafts_.size() >= limits_.assets) {
      stop(fmt::format("ended early: more than {} assets", limits_.assets));
      return nullptr;
    }
    Draft& out = drafts_.emplace_back();
    out.place = std::move(place);
    out.asset.kind = kind;
    if (kind == AssetKind::model) out.asset.model.emplace();
    if (kind == AssetKind::dataset) out.asset.dataset.emplace();
    if (kind == AssetKind::library) out.asset.library.emplace();
    return &out;
  }

  // ---- reading

  Result<Head> head(std::string_view path, std::uint64_t bytes) {
    ++out_.opened;
    return head_inside(root_, root_ / path, bytes);
  }

  std::optional<std::string> small_file(std::string_view path) {
    Result<Head> got = head(path, limits_.json_bytes);
    if (!got) {
      note(path, got.error());
      return std::nullopt;
    }
    if (got->size > limits_.json_bytes) {
      note(path, Code::refused, fmt::format("larger than {} bytes; not read", limits_.json_bytes));
      return std::nullopt;
    }
    return std::move(got->bytes);
  }

  std::optional<Json> json_file(std::string_view path) {
    const std::optional<std::string> text = small_file(path);
    if (!text) return std::nullopt;
    Result<Json> json = parse_json(*text, kJsonLimits);
    if (!json) {
      note(path, json.error());
      return std::nullopt;
    }
    return std::move(*json);
  }

  Result<Listed> list(std::string_view path, bool (*wanted)(std::string_view)) {
    Result<Listed> out = list_folder(root_ / path, wanted, left_);
    if (!out) note(path, out.error());
    return out;
  }

  // ---- one folder

  void visit(const Task& task, std::vector<Task>& todo) {
    Result<Listed> listed = list(task.path, is_candidate);
    if (!listed) return;
    for (const std::string& other : listed->others)
      if (std::find(kTold.begin(), kTold.end(), other) != kTold.end() || extension_of(other) != nullptr)
        note(below(task.path, other), Code::refused, "not a regular file; not read");
    const std::string name(last_part(task.path));
    if (has(listed->files, "pyvenv.cfg") || has(listed->folders, "conda-meta"))
      return skip("virtual environment", task.path);
    if ((name.starts_with("models--") || name.starts_with("datasets--")) && has(listed->folders, "snapshots"))
      return repository(task, name, *listed);
    if (has(listed->folders, "manifests") && has(listed->folders, "blobs")) {
      ollama(task.path);
      std::erase(listed->folders, "manifests");
      std::erase(listed->folders, "blobs");
    }

    requirements(task, *listed);
    std::size_t inside = task.inside;
    bool descend = true;
    if (const std::size_t found = configured(task.path, *listed); found != kNone) {
      inside = found;
      // A pipeline's parts (unet/, vae/, 1_Pooling/) have configurations of their own and are parts all the same.
      descend = !has(listed->files, "model_index.json") && !has(listed->files, "modules.json");
      if (!descend) {
        for (const std::string& part : listed->folders)
          if (Result<Listed> files = list(below(task.path, part), is_candidate))
            weights(inside, below(task.path, part), files->files);
      }
    } else {
      loose(task, listed->files);
    }
    if (!descend) return;

    std::string last_checkpoint;
    std::size_t last_step = 0, checkpoints = 0;
    for (const std::string& folder : listed->folders) {
      const std::string path = below(task.path, folder);
      if (std::find(kSkipped.begin(), kSkipped.end(), folder) != kSkipped.end()) {
        skip(folder, path);
        continue;
      }
      if (task.path.empty() && root_ == "/" && (folder == "proc" || folder == "sys" || folder == "dev")) continue;
      if (folder.starts_with("checkpoint-") && folder.size() < 24 && is_digits(std::string_view(folder).substr(11))) {
        ++checkpoints;
        const std::size_t step = std::stoull(folder.substr(11));
        if (last_checkpoint.empty() || step > last_step) {
          last_checkpoint = path;
          last_step = step;
        }
        continue;
      }
      descend_into(path, task.depth, inside, todo);
    }
    if (checkpoints == 0) return;
    if (inside != kNone) {  // states of the model that lies here
      drafts_[inside].fact(fmt::format("{} training checkpoints below", checkpoints));
      drafts_[inside].asset.model->trained_here = true;
    } else {
      if (checkpoints > 1)
        note(task.path, Code::refused,
             fmt::format("{} training checkpoints; only the last was looked into", checkpoints));
      descend_into(last_checkpoint, task.depth, kNone, todo);
    }
  }

  void descend_into(const std::string& path, std::size_t depth, std::size_t inside, std::vector<Task>& todo) {
    if (depth + 1 > limits_.depth)
      note(path, Code::refused, fmt::format("not looked into: more than {} folders deep", limits_.depth));
    else
      todo.push_back({path, depth + 1, inside});
  }

  void skip(const std::string& what, const std::string& path) {
    auto& [count, first] = skipped_[what];
    if (++count == 1) first = path;
  }

  // ---- requirements

  void requirements(const Task& task, const Listed& listed) {
    for (const std::string& file : listed.files) {
      const std::string path = below(task.path, file);
      if (!is_packages(path) || (estate::is_manifest(file) && is_locked(file, listed.files))) continue;
      if (!is_utf8(path)) {
        note(path, Code::refused, "its name is not UTF-8; estate.yaml could not point to it");
        continue;
      }
      if (Result<std::string> inside = estate::inside_workspace("", path); !inside || *inside != path) {
        note(path, Code::refused, "estate.yaml could not point to a file of that name");
        continue;
      }
      ++out_.opened;
      const estate::Lockfile lockfile = estate::read_lockfile(estate::FolderReader(root_), path);
      if (lockfile.files.empty() || (lockfile.pins.empty() && !lockfile.problems.empty())) {
        if (lockfile.problems.empty())
          note(path, Code::unavailable, "could not be read");
        else
          note(path, lockfile.problems.front());
        continue;
      }
      // Many a pyproject.toml only configures tools.
      if (lockfile.pins.empty() && estate::is_manifest(file)) continue;
      Draft* out = draft(path, AssetKind::library);
      if (out == nullptr) return;
      out->asset.library->path = path;
      out->called = fmt::format("{} {}", parent_of(path), stem_of(file));
      std::size_t required = 0, pinned = 0, constraints = 0;
      for (const estate::Pin& pin : lockfile.pins) {
        if (pin.kind == "constraint") {
          ++constraints;
          continue;
        }
        ++required;
        pinned += pin.version ? 1 : 0;
        if (pin.place.file != path) out->installs.insert(pin.place.file);
      }
      out->fact(counted(required, "requirement", "requirements") +
                fmt::format(", {} of them pinned to one version", pinned) +
                (constraints == 0 ? "" : "; " + counted(constraints, "constraint", "constraints")));
      std::vector<std::string> others;
      for (const estate::ReadFile& read : lockfile.files)
        if (read.path != path && others.size() < kShownFiles) others.push_back(clean(read.path));
      if (lockfile.files.size() > kShownFiles + 1) others.emplace_back("…");
      if (!others.empty()) out->fact(fmt::format("reads {} as well", join(others, ", ")));
      if (!lockfile.problems.empty())
        out->fact(counted(lockfile.problems.size(), "line that needs", "lines that need") +
                  " a look: `tocsin estate check`");
    }
  }

  // A file that another one installs as well is a part of that one and no environment of its own: proposed twice, each
  // of its lines would be found twice. What only files for development or tests take in stays, since it is what runs
  // elsewhere.
  void leave_out_parts() {
    std::map<std::string_view, std::size_t> libraries;
    for (std::size_t i = 0; i < drafts_.size(); ++i)
      if (drafts_[i].asset.library) libraries.emplace(drafts_[i].asset.library->path, i);
    std::vector<bool> out(drafts_.size(), false);
    for (const Draft& whole : drafts_) {
      if (!whole.asset.library || is_for_development(whole.asset.library->path)) continue;
      for (const std::string& file : whole.installs)
        if (const auto part = libraries.find(file); part != libraries.end())
          // Two that take in each other are a mistake of theirs: both stay.
          out[part->second] = out[part->second] || !drafts_[part->second].installs.contains(whole.asset.library->path);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < drafts_.size(); ++i)
      if (!out[i]) {
        if (kept != i) drafts_[kept] = std::move(drafts_[i]);
        ++kept;
      }
    drafts_.resize(kept);
  }

  // ---- a folder with a configuration

  // The draft of the model that lies in `path`, kNone when no configuration says that one does.
  std::size_t configured(const std::string& path, const Listed& listed) {
    Draft found;
    found.asset.kind = AssetKind::model;
    found.asset.model.emplace();
    found.place = path;
    bool is_model = false;
    if (has(listed.files, "config.json")) is_model |= read_config(below(path, "config.json"), found);
    if (has(listed.files, "adapter_config.json")) is_model |= read_adapter(below(path, "adapter_config.json"), found);
    if (has(listed.files, "model_index.json")) is_model |= read_pipeline(below(path, "model_index.json"), found);
    if (!is_model) return kNone;
    Draft* out = draft(path, AssetKind::model);
    if (out == nullptr) return kNone;
    *out = std::move(found);
    const std::size_t index = drafts_.size() - 1;
    std::string_view called = last_part(path);
    if (is_generic(called) && !parent_of(path).empty())
      called = std::string_view(path).substr(parent_of(parent_of(path)).size());
    drafts_[index].called = called;
    drafts_[index].spellings.emplace_back(last_part(path));
    if (has(listed.files, "README.md")) read_readme(below(path, "README.md"), drafts_[index]);
    if (has(listed.files, "trainer_state.json") || has(listed.files, "training_args.bin")) {
      drafts_[index].asset.model->trained_here = true;
      drafts_[index].fact("a trainer left its state here");
    }
    weights(index, path, listed.files);
    return index;
  }

  bool read_config(const std::string& path, Draft& into) {
    const std::optional<Json> json = json_file(path);
    if (!json) return false;
    const Json& config = *json;
    const std::string_view type = config["model_type"].as_string();
    for (const Json& name : config["architectures"].as_array())
      if (name.is_string() && into.classes.size() < 4) into.classes.push_back(clean(name.as_string()));
    if (type.empty() && into.classes.empty()) return false;
    into.type = clean(type);
    if (!into.type.empty()) into.fact(fmt::format("config.json: model_type {}", into.type));
    if (!into.classes.empty()) into.fact(fmt::format("config.json: {}", into.classes.front()));
    if (const std::string_view name = config["_name_or_path"].as_string(); !name.empty()) into.weak_base = clean(name);
    if (const Json& quantized = config["quantization_config"]; quantized.is_object()) {
      std::string word = clean(quantized["quant_method"].as_string());
      std::optional<std::int64_t> bits = quantized["bits"].as_int();
      if (!bits && quantized["load_in_4bit"].as_bool().value_or(false)) bits = 4;
      if (!bits && quantized["load_in_8bit"].as_bool().value_or(false)) bits = 8;
      if (bits && *bits > 0 && *bits <= 32) word += fmt::format("{}{}-bit", word.empty() ? "" : " ", *bits);
      if (!word.empty()) into.quantizations.insert(word);
    }
    return true;
  }

  bool read_adapter(const std::string& path, Draft& into) {
    const std::optional<Json> json = json_file(path);
    if (!json || !json->is_object()) return false;
    const std::string_view base = (*json)["base_model_name_or_path"].as_string();
    const std::string_view type = (*json)["peft_type"].as_string();
    if (base.empty() && type.empty()) return false;
    into.asset.model->relation = "adapter";
    if (!base.empty()) {
      into.bases = {clean(base)};
      into.fact(fmt::format("adapter_config.json: base {}", clean(base)));
    }
    if (!type.empty()) into.fact(fmt::format("adapter_config.json: {}", clean(type)));
    return true;
  }

  bool read_pipeline(const std::string& path, Draft& into) {
    const std::optional<Json> json = json_file(path);
    if (!json) return false;
    const std::string_view type = (*json)["_class_name"].as_string();
    if (type.empty()) return false;
    into.classes.push_back(clean(type));
    into.fact(fmt::format("model_index.json: {}", clean(type)));
    return true;
  }

  // The YAML between the two "---" at the head of a model card.
  void read_readme(const std::string& path, Draft& into) {
    Result<Head> got = head(path, kYamlLimits.bytes);
    if (!got) return note(path, got.error());
    const std::string_view text = got->bytes;
    if (!text.starts_with("---\n") && !text.starts_with("---\r\n")) return;
    const std::size_t begin = text.find('\n') + 1;
    const std::size_t end = text.find("\n---", begin - 1);
    if (end == std::string_view::npos || end < begin) return;
    const Result<Yaml> yaml = parse_yaml(text.substr(begin, end - begin), kYamlLimits);
    if (!yaml) return note(path, yaml.error().code, fmt::format("its front matter: {}", yaml.error().what));
    const auto words = [&](std::string_view key, auto&& use) {
      const Yaml& value = (*yaml)[key];
      if (value.is_scalar()) use(value.text());
      std::size_t count = 0;
      for (const Yaml& one : value.items)
        if (one.is_scalar() && ++count <= kMaxBases) use(one.text());
    };
    estate::Model& model = *into.asset.model;
    std::vector<std::string> bases;
    words("base_model", [&](std::string_view word) {
      if (!trim(word).empty()) bases.push_back(clean(word));
    });
    if (!bases.empty()) {
      into.fact(fmt::format("README.md: base_model {}", join(bases, ", ")));
      if (into.bases.empty()) into.bases = bases;
      if (model.relation.empty()) {
        // The card's own word, else what the hub assumes when it has none.
        const std::string said = to_lower((*yaml)["base_model_relation"].text());
        if (said == "finetune" || said == "merge" || said == "adapter")
          model.relation = said;
        else if (said == "quantized" || said == "quantize")
          model.relation = "quantize";
        else
          model.relation = bases.size() > 1 ? "merge" : "finetune";
      }
    }
    words("datasets", [&](std::string_view word) {
      if (!trim(word).empty()) model.datasets.push_back(clean(word));
    });
    if (const std::string_view tag = (*yaml)["pipeline_tag"].text(); !tag.empty()) {
      model.task = clean(tag);
      into.fact(fmt::format("README.md: {}", clean(tag)));
    }
  }

  // ---- weights

  // Whether the file is what its extension says; adds format and what its header tells. Only the first safetensors file
  // of a model is opened: shards repeat each other.
  bool weight(Draft& into, const std::string& path) {
    const std::string_view name = last_part(path);
    if (name == "saved_model.pb") {
      into.formats.insert("tensorflow");
      return true;
    }
    const Extension* extension = extension_of(name);
    if (extension == nullptr || name == "training_args.bin") return false;
    if (extension->format == "gguf") return read_gguf_file(into, path);
    if (extension->format == "safetensors") {
      if (!std::exchange(into.safetensors_read, true)) return read_safetensors_file(into, path);
      into.formats.insert("safetensors");
      return true;
    }
    const Result<Head> got = head(path, kMagicBytes);
    if (!got) {
      note(path, got.error());
      return false;
    }
    const std::string_view magic = got->bytes;
    if (was_not_fetched(path, magic)) return false;
    if (extension->sniffed) {
      // pickle from protocol 2 on; a zip as torch.save() makes them; HDF5.
      const bool pickle = magic.size() >= 2 && magic[0] == '\x80' && magic[1] >= 2 && magic[1] <= 5;
      const bool zip = magic.starts_with("PK\x03\x04");
      const bool hdf5 = magic.starts_with("\x89HDF\r\n\x1a\n");
      if (!(extension->format == "hdf5" ? hdf5 : pickle || zip)) return false;
    }
    into.formats.emplace(extension->format);
    return true;
  }

  bool was_not_fetched(std::string_view path, std::string_view begin) {
    if (begin.empty()) note(path, Code::truncated, "an empty file");
    if (begin.starts_with(kLfsPointer))
      note(path, Code::unavailable, "only a pointer of Git LFS: the file itself was not fetched");
    return begin.empty() || begin.starts_with(kLfsPointer);
  }

  void weights(std::size_t index, const std::string& folder, const std::vector<std::string>& files) {
    for (const std::string& file : files) weight(drafts_[index], below(folder, file));
  }

  bool read_gguf_file(Draft& into, const std::string& path) {
    Gguf gguf;
    Result<> read;
    for (const std::uint64_t window : kGgufWindows) {
      Result<Head> got = head(path, window);
      if (!got) {
        note(path, got.error());
        return false;
      }
      if (was_not_fetched(path, got->bytes)) return false;
      gguf = Gguf();
      read = read_gguf(got->bytes, got->size, gguf);
      // `general.*` comes first in every writer we know; with the family at hand the rest is not worth reading.
      if (read || read.error().code != Code::truncated || got->size <= window ||
          !gguf.text("general.architecture").empty())
        break;
    }
    const bool told = !gguf.text("general.architecture").empty();
    if (!read && !(told && read.error().code == Code::truncated)) {
      note(path, read.error());
      if (gguf.version == 0) return false;
    }
    into.formats.insert("gguf");
    const std::string architecture = clean(gguf.text("general.architecture"));
    if (gguf.text("general.type") == "mmproj" || architecture == "clip") {
      into.fact(fmt::format("{}: projector for images or sound", clean(last_part(path))));
      return true;
    }
    if (into.type.empty() && !architecture.empty()) {
      into.type = architecture;
      into.fact(fmt::format("GGUF: general.architecture {}", architecture));
    }
    for (std::string_view key : {"general.basename", "general.name"})
      if (const std::string_view name = gguf.text(key); !name.empty()) into.spellings.push_back(clean(name));
    if (const std::string_view name = gguf.text("general.name"); !name.empty())
      into.fact(fmt::format("GGUF: general.name {}", clean(name)));
    if (const std::string word = gguf.quantization(); !word.empty())
      into.quantizations.insert(word);
    else if (const std::string_view named = quantization_in(last_part(path)); !named.empty())
      into.quantizations.insert(clean(named));
    if (gguf.text("general.type") == "adapter") into.asset.model->relation = "adapter";
    const auto bases = gguf.numbers.find("general.base_model.count");
    for (std::uint64_t i = 0; bases != gguf.numbers.end() && i < std::min<std::uint64_t>(bases->second, kMaxBases);
         ++i) {
      std::string base;
      // ".../org/name": the last two parts of the repository's address.
      const std::string_view url = gguf.text(fmt::format("general.base_model.{}.repo_url", i));
      const std::vector<std::string_view> parts = split(url, '/');
      if (parts.size() >= 5) base = clean(fmt::format("{}/{}", parts[3], parts[4]));
      if (base.empty()) base = clean(gguf.text(fmt::format("general.base_model.{}.name", i)));
      if (!base.empty() && std::find(into.bases.begin(), into.bases.end(), base) == into.bases.end())
        into.bases.push_back(base);
    }
    if (!into.bases.empty() && into.asset.model->relation.empty())
      into.asset.model->relation = into.bases.size() > 1 ? "merge" : "quantize";
    return true;
  }

  bool read_safetensors_file(Draft& into, const std::string& path) {
    Result<Head> got = head(path, kMagicBytes);
    if (!got) {
      note(path, got.error());
      return false;
    }
    if (was_not_fetched(path, got->bytes)) return false;
    const Result<std::uint64_t> needed = safetensors_head(got->bytes, got->size);
    Result<Safetensors> read = tl::make_unexpected(Error{});
    if (!needed) {
      read = tl::make_unexpected(needed.error());
    } else {
      got = head(path, *needed);
      if (!got) {
        note(path, got.error());
        return false;
      }
      read = read_safetensors(got->bytes, got->size);
    }
    if (!read) {
      note(path, read.error());
      return false;
    }
    into.formats.insert("safetensors");
    for (std::string_view key :
         {"modelspec.title", "ss_sd_model_name", "modelspec.architecture", "ss_base_model_version"}) {
      if (const std::string_view value = read->note(key); !value.empty()) {
        into.spellings.push_back(clean(value));
        into.fact(fmt::format("safetensors: {} {}", key, clean(value)));
      }
    }
    if (!read->note("ss_network_module").empty() && into.asset.model->relation.empty()) {
      into.asset.model->relation = "adapter";
      into.fact(fmt::format("safetensors: ss_network_module {}", clean(read->note("ss_network_module"))));
      if (const std::string_view base = read->note("ss_sd_model_name"); !base.empty() && into.bases.empty())
        into.bases.push_back(clean(base));
    }
    return true;
  }

  // ---- files without a configuration

  void loose(const Task& task, const std::vector<std::string>& files) {
    if (task.inside != kNone) return weights(task.inside, task.path, files);
    std::map<std::string_view, std::map<std::string, std::vector<std::string>>> groups;  // format, stem, files
    for (const std::string& file : files) {
      const Extension* extension = extension_of(file);
      if (file == "saved_model.pb")
        groups["tensorflow"]["saved_model"].push_back(file);
      else if (extension != nullptr && file != "training_args.bin")
        groups[extension->format]
              [to_lower(extension->format == "gguf" ? without_quantization(stem_of(file)) : stem_of(file))]
                  .push_back(file);
    }
    for (const auto& [format, stems] : groups) {
      if (stems.size() > kLoose && format != "gguf") {
        together(task, format, stems);
        continue;
      }
      for (const auto& [stem, names] : stems) {
        if (over()) return;
        Draft found;
        found.asset.kind = AssetKind::model;
        found.asset.model.emplace();
        bool any = false;
        for (const std::string& name : names) any |= weight(found, below(task.path, name));
        if (!any) continue;
        const std::string first = below(task.path, names.front());
        // A projector is a part of the model beside it.
        if (format == "gguf" && found.type.empty() && found.spellings.empty() && stem.starts_with("mmproj") &&
            stems.size() > 1) {
          note(first, Code::refused, "a projector; taken for a part of the model beside it");
          continue;
        }
        Draft* out = draft(first, AssetKind::model);
        if (out == nullptr) return;
        *out = std::move(found);
        out->place = first;
        const std::string_view plain =
            format == "gguf" ? without_quantization(stem_of(names.front())) : stem_of(names.front());
        const bool generic = is_generic(plain) && !task.path.empty();
        out->called = generic
                          ? fmt::format("{} {}", last_part(task.path), is_generic(last_part(task.path)) ? plain : "")
                          : std::string(plain);
        out->spellings.emplace_back(plain);
        if (!task.path.empty()) out->spellings.emplace_back(last_part(task.path));
        if (names.size() > 1) out->fact(fmt::format("{} files", names.size()));
        if (format == "pickle") out->fact("pickle: may hold data instead of a model, and runs code when it is loaded");
      }
    }
  }

  // Many files of one kind in one folder: most likely data, shown as one thing.
  void together(const Task& task, std::string_view format,
                const std::map<std::string, std::vector<std::string>>& stems) {
    std::size_t count = 0;
    Draft probe;
    probe.asset.model.emplace();
    for (const auto& [stem, names] : stems) {
      if (over()) return;
      for (const std::string& name : names) {
        probe.safetensors_read = false;
        if (weight(probe, below(task.path, name))) ++count;
      }
    }
    if (count == 0) return;
    Draft* out = draft(task.path, AssetKind::model);
    if (out == nullptr) return;
    out->formats.emplace(format);
    out->called = task.path.empty() ? std::string(root_.filename()) : std::string(last_part(task.path));
    out->called += fmt::format(" {}", format);
    out->fact(fmt::format("{} {} files in one folder, taken together", count, format));
  }

  // ---- a repository in a hub cache

  void repository(const Task& task, const std::string& folder, const Listed& parts) {
    const bool is_dataset = folder.starts_with("datasets--");
    std::string id = folder.substr(folder.find("--") + 2);
    if (const std::size_t dashes = id.find("--"); dashes != std::string::npos) id.replace(dashes, 2, "/");
    id = clean(id);
    const Result<Listed> snapshots = list(below(task.path, "snapshots"), is_any);
    if (!snapshots) return;
    std::string commit;
    // Without refs/main (a download by commit) the last snapshot by name stands for the repository.
    if (has(parts.folders, "refs"))
      if (const Result<Listed> refs = list(below(task.path, "refs"), is_any); refs && has(refs->files, "main"))
        if (Result<Head> main = head(below(task.path, "refs/main"), 200)) commit = std::string(trim(main->bytes));
    const bool of_main = has(snapshots->folders, commit);
    if (!of_main) {
      if (snapshots->folders.empty())
        return note(task.path, Code::unavailable, "no snapshot: the download is not complete");
      commit = snapshots->folders.back();
    }
    const std::string revision = is_hex(commit, 40) ? commit : "";
    Draft* made = draft(task.path, is_dataset ? AssetKind::dataset : AssetKind::model);
    if (made == nullptr) return;
    const std::size_t index = drafts_.size() - 1;
    made->repository = id;
    made->called = last_part(id);
    made->fact(
        fmt::format("hub cache: {}{}", id, revision.empty() ? "" : fmt::format(" at {}", revision.substr(0, 12))));
    if (snapshots->folders.size() > 1)
      made->fact(fmt::format("{} snapshots; this is {}", snapshots->folders.size(),
                             of_main ? "the one of main" : "the last by name"));
    if (is_dataset) {
      made->asset.dataset->origin = fmt::format("hf://datasets/{}", id);
      made->asset.dataset->revision = revision;
      return;
    }
    made->asset.model->purl = hub_purl(id, revision);
    made->asset.model->version = revision;
    made->spellings.push_back(id);

    const std::string snapshot = below(below(task.path, "snapshots"), commit);
    const Result<Listed> listed = list(snapshot, is_candidate);
    if (!listed) return;
    Draft& into = drafts_[index];
    if (has(listed->files, "config.json")) read_config(below(snapshot, "config.json"), into);
    if (has(listed->files, "adapter_config.json")) read_adapter(below(snapshot, "adapter_config.json"), into);
    if (has(listed->files, "model_index.json")) read_pipeline(below(snapshot, "model_index.json"), into);
    if (has(listed->files, "README.md")) read_readme(below(snapshot, "README.md"), into);
    weights(index, snapshot, listed->files);
    for (const std::string& part : listed->folders)
      if (const Result<Listed> files = list(below(snapshot, part), is_candidate))
        weights(index, below(snapshot, part), files->files);
    if (into.formats.empty()) into.fact("no weights in this snapshot");
  }

  // ---- an Ollama store

  void ollama(const std::string& store) {
    std::vector<Task> todo{{below(store, "manifests"), 0, kNone}};
    while (!todo.empty() && !over()) {
      const Task task = std::move(todo.back());
      todo.pop_back();
      const Result<Listed> listed = list(task.path, is_any);
      if (!listed) continue;
      for (const std::string& file : listed->files) manifest(store, below(task.path, file));
      for (auto folder = listed->folders.rbegin(); folder != listed->folders.rend(); ++folder)
        if (task.depth < kManifestDepth) todo.push_back({below(task.path, *folder), task.depth + 1, kNone});
    }
  }

  void manifest(const std::string& store, const std::string& path) {
    if (last_part(path).starts_with('.')) return;
    const std::optional<Json> json = json_file(path);
    if (!json) return;
    const Json& layers = (*json)["layers"];
    if (!layers.is_array()) return note(path, Code::malformed, "not an Ollama manifest: it has no layers");
    Draft* made = draft(path, AssetKind::model);
    if (made == nullptr) return;
    // manifests/host/namespace/name/tag
    const std::string_view tag = last_part(path);
    const std::string_view name = last_part(parent_of(path));
    made->called = fmt::format("{} {}", name, tag == "latest" ? "" : tag);
    made->asset.model->version = clean(tag);
    made->asset.model->format = "gguf";
    made->fact(fmt::format("Ollama: {}:{}", clean(name), clean(tag)));
    made->spellings.push_back(clean(fmt::format("{}:{}", name, tag)));
    made->spellings.push_back(clean(name));

    const auto blob = [&](std::string_view digest) {
      const bool known = digest.starts_with("sha256:") && is_hex(digest.substr(7), 64);
      return known ? below(store, fmt::format("blobs/sha256-{}", digest.substr(7))) : std::string();
    };
    if (const std::string config = blob((*json)["config"]["digest"].as_string()); !config.empty()) {
      if (const std::optional<Json> facts = json_file(config)) {
        made->type = clean((*facts)["model_family"].as_string());
        if (!made->type.empty()) made->fact(fmt::format("Ollama: model_family {}", made->type));
        if (const std::string word = clean((*facts)["file_type"].as_string()); !word.empty())
          made->quantizations.insert(word);
      }
    }
    for (const Json& layer : layers.as_array()) {
      const std::string_view media = layer["mediaType"].as_string();
      const std::string file = blob(layer["digest"].as_string());
      if (file.empty()) continue;
      if (media.ends_with(".model")) {
        if (made->asset.model->sha256.empty()) made->asset.model->sha256 = file.substr(file.size() - 64);
        read_gguf_file(*made, file);
      } else if (media.ends_with(".adapter")) {
        made->fact("Ollama: with an adapter");
      } else if (media.ends_with(".projector")) {
        made->fact("Ollama: with a projector for images or sound");
      }
    }
  }

  // ---- when all drafts are known

  void finish() {
    leave_out_parts();
    std::stable_sort(drafts_.begin(), drafts_.end(), [](const Draft& left, const Draft& right) {
      if (left.asset.kind != right.asset.kind) return left.asset.kind < right.asset.kind;
      return left.place < right.place;
    });
    name_all();
    for (Draft& found : drafts_)
      if (found.asset.model) settle(found);
    for (Draft& found : drafts_) {
      Evidence evidence;
      evidence.where = found.place.empty() ? "." : printable(found.place, 4096);
      evidence.facts = std::move(found.facts);
      out_.evidence.emplace(found.asset.name, std::move(evidence));
      out_.assets.push_back(std::move(found.asset));
    }
  }

  void name_all() {
    std::set<std::string> taken;
    for (Draft& found : drafts_) {
      std::string name = slug(found.called);
      if (name.empty()) name = slug(std::string(root_.filename()));
      if (name.empty()) name = estate::to_string(found.asset.kind);
      if (found.asset.library && taken.contains(name)) name += "-packages";
      std::string unique = name;
      for (std::size_t next = 2; !taken.insert(unique).second; ++next) unique = fmt::format("{}-{}", name, next);
      found.asset.name = std::move(unique);
      if (!found.repository.empty() && found.asset.model)
        by_repository_.emplace(to_lower(found.repository), found.asset.name);
      if (found.asset.model) by_place_.emplace(found.place, found.asset.name);
    }
  }

  void settle(Draft& found) {
    estate::Model& model = *found.asset.model;
    if (model.format.empty() || !found.formats.empty()) {
      // What is loaded when there is a choice comes first; the others are facts.
      for (std::string_view format :
           {"gguf", "safetensors", "pickle", "onnx", "keras", "hdf5", "tensorflow", "tflite"}) {
        if (!found.formats.contains(std::string(format))) continue;
        if (found.formats.size() > 1) {
          std::vector<std::string> all(found.formats.begin(), found.formats.end());
          found.fact(fmt::format("weights as {}", join(all, ", ")));
        }
        model.format = found.formats.contains("safetensors") ? "safetensors" : std::string(format);
        break;
      }
    }
    if (model.quantization.empty())
      model.quantization = join(std::vector<std::string>(found.quantizations.begin(), found.quantizations.end()), ", ");

    if (found.bases.empty() && model.trained_here && is_repository(found.weak_base) &&
        found.weak_base != found.repository) {
      found.bases.push_back(found.weak_base);
      found.fact(fmt::format("config.json: _name_or_path {}", found.weak_base));
    }
    if (!found.bases.empty() && model.relation.empty()) model.relation = "finetune";
    for (const std::string& base : found.bases) {
      std::string resolved = base_of(found, base);
      if (!resolved.empty() && resolved != found.asset.name &&
          std::find(model.base.begin(), model.base.end(), resolved) == model.base.end())
        model.base.push_back(std::move(resolved));
    }

    const Family family = family_of(found);
    model.family = family.family;
    model.architecture = family.architecture;
    model.input = family.input;
    model.output = family.output;
    for (const TaskRule& rule : kTasks) {
      const bool by_class = std::any_of(found.classes.begin(), found.classes.end(),
                                        [&](const std::string& name) { return name.ends_with(rule.class_end); });
      if (model.task.empty() && by_class) model.task = rule.task;
      if (model.task != rule.task) continue;
      if (model.input.empty()) model.input = {std::string(rule.input)};
      if (model.output.empty()) model.output = {std::string(rule.output)};
    }
  }

  // A model of this survey by its name, else a package URL, else the last part of a path (folders of other machines say
  // more about their owners than about the model).
  std::string base_of(const Draft& found, const std::string& base) const {
    if (const auto known = by_repository_.find(to_lower(base)); known != by_repository_.end()) return known->second;
    for (const std::string& from : {found.place, std::string(parent_of(found.place)), std::string()}) {
      const Result<std::string> path = estate::inside_workspace(from.empty() ? "" : from + "/x", base);
      if (!path) continue;
      if (const auto known = by_place_.find(*path); known != by_place_.end()) return known->second;
    }
    if (base.starts_with('/')) {
      const std::string relative = fs::path(base).lexically_relative(root_).generic_string();
      if (const auto known = by_place_.find(relative); known != by_place_.end()) return known->second;
    }
    if (is_repository(base)) {
      if (std::string purl = hub_purl(base, ""); !purl.empty()) return purl;
    }
    std::string_view plain = base;
    while (plain.ends_with('/')) plain.remove_suffix(1);
    return std::string(last_part(plain));
  }

  // A spelling is more exact than a declared type ("llama-3" against "llama"), but people name folders as they like:
  // where the two stand on different architectures, the type wins.
  Family family_of(Draft& found) const {
    Family declared;
    if (!found.type.empty()) declared = families_.by_type(found.type);
    for (const std::string& name : found.classes) {
      if (!declared.architecture.empty() || !declared.family.empty()) break;
      declared = families_.by_class(name);
    }
    std::vector<std::string> spellings = found.spellings;
    spellings.insert(spellings.end(), found.bases.begin(), found.bases.end());
    // The model itself, or what it was tuned from: of one family either way. What its trainer wrote down goes before the name of a folder, but
    // not before its address on a hub or in a store of models.
    if (!found.weak_base.empty()) {
      const bool named_by_folder = found.repository.empty() && is_repository(found.weak_base);
      spellings.insert(named_by_folder ? spellings.begin() : spellings.end(), found.weak_base);
    }
    const bool is_declared = !declared.family.empty() || !declared.architecture.empty();
    for (const std::string& name : spellings) {
      Family spelled = families_.by_spelling(name);
      if (spelled.family.empty()) continue;
      if (!is_declared || declared.architecture.empty() || spelled.architecture == declared.architecture)
        return spelled;
      found.fact(fmt::format("its name sounds like {}, its configuration says otherwise", spelled.family));
    }
    return declared;
  }

  const fs::path root_;
  const Families& families_;
  const Limits limits_;
  std::size_t left_;
  std::chrono::steady_clock::time_point end_;
  Survey out_;
  std::vector<Draft> drafts_;
  std::map<std::string, std::pair<std::size_t, std::string>> skipped_;  // what: how many, the first
  std::map<std::string, std::string> by_repository_;                    // lower case: asset
  std::map<std::string, std::string> by_place_;
};

class NoFamilies final : public Families {
 public:
  Family by_spelling(std::string_view) const override { return {}; }
  Family by_type(std::string_view) const override { return {}; }
  Family by_class(std::string_view) const override { return {}; }
};

}  // namespace

bool is_for_development(std::string_view path) {
  constexpr std::array<std::string_view, 12> kWords = {"dev",  "develop", "development", "test", "tests",  "testing",
                                                       "docs", "doc",     "lint",        "ci",   "typing", "local"};
  std::string word;
  for (const char c : to_lower(path) + ".") {
    if (c >= 'a' && c <= 'z') {
      word += c;
      continue;
    }
    if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
    word.clear();
  }
  return false;
}

const Families& no_families() {
  static const NoFamilies none;
  return none;
}

Result<Survey> survey(const fs::path& folder, const Families& families, const Limits& limits) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  Failure failure = fail(Code::unavailable, error ? error.message() : "not a folder");
  failure.value().where = printable(folder.native(), 4096);
  if (error || !fs::is_directory(root, error)) return failure;
  std::size_t one = 1;
  if (const Result<Listed> readable = list_folder(root, is_candidate, one); !readable) {
    failure.value().what = readable.error().what;
    return failure;
  }
  return Looker(root, families, limits).run();
}

}  // namespace tocsin::survey
