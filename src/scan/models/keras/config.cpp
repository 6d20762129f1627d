#include "scan/models/keras/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <list>
#include <string>
#include <vector>

#include "base/ascii.hpp"
#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "scan/models/json_value.hpp"
#include "scan/models/keras/names.hpp"
#include "scan/models/pickle/reader.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::keras {
namespace {

// The largest configurations known (large functional graphs) have some megabytes; as values they take ten times that, and a
// scan has 64 MB. What is larger is said to be.
constexpr std::size_t kMaxText = 4u << 20;
constexpr JsonLimits kJson{kMaxText, 512, 300'000};
constexpr int kTextsInTexts = 4;  // JSON inside strings of JSON

// Names in Python bytecode that no layer of a model has use for. Strings in marshal are a length byte and the text.
std::vector<std::string_view> names_in_bytecode(std::string_view code) {
  static constexpr std::array<std::string_view, 46> kNames = {
      "os",         "posix",        "nt",        "sys",         "system",         "popen",         "Popen",
      "subprocess", "exec",         "eval",      "compile",     "__import__",     "import_module", "importlib",
      "builtins",   "__builtins__", "open",      "socket",      "urlopen",        "urllib",        "urllib.request",
      "requests",   "pty",          "spawn",     "ctypes",      "shutil",         "pickle",        "marshal",
      "base64",     "getattr",      "globals",   "__globals__", "__subclasses__", "__class__",     "environ",
      "execv",      "execve",       "fork",      "remove",      "unlink",         "check_output",  "run",
      "call",       "write_file",   "read_file", "http.client"};
  std::vector<std::string_view> out;
  for (const auto name : kNames)
    for (std::size_t at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1))
      if (at > 0 && static_cast<unsigned char>(code[at - 1]) == name.size()) {
        out.push_back(name);
        break;
      }
  return out;
}

std::string unpacked_base64(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (const char c : text)
    if (c != '\n' && c != '\r' && c != ' ') plain += c == '-' ? '+' : c == '_' ? '/' : c;
  while (plain.size() % 4 != 0) plain += '=';
  auto bytes = tocsin::from_base64(plain);
  return bytes ? std::move(*bytes) : std::string();
}

// Code objects of Python: TYPE_CODE with or without the reference flag, then small numbers of arguments.
bool is_bytecode(std::string_view bytes) {
  return bytes.size() > 24 && (bytes[0] == '\xe3' || bytes[0] == 'c') && bytes[2] == 0 && bytes[3] == 0 &&
         bytes[4] == 0 && bytes[6] == 0 && bytes[7] == 0;
}

// Latin-1 text that holds raw bytes (Keras 1 and early 2 wrote bytecode that way).
std::string latin1(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < 65536; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c & 0xe0) == 0xc0 && i + 1 < text.size())
      out += static_cast<char>(((c & 0x1f) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3f));
    else
      out += text[i];
  }
  return out;
}

bool has_word(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

enum class Reach : std::uint8_t { none, address, outside };

// A URL, or a path that leaves the model's folder.
Reach reach_of(std::string_view text) {
  if (text.size() < 4 || text.size() > 4096) return Reach::none;
  const auto scheme = text.find("://");
  if (scheme != std::string_view::npos && scheme >= 2 && scheme <= 12 &&
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(scheme), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || (c >= '0' && c <= '9');
      }))
    return Reach::address;
  if (text.find("../") != std::string_view::npos || text.find("..\\") != std::string_view::npos) return Reach::outside;
  for (const std::string_view begin : {"~/", "\\\\", "file:"})
    if (text.starts_with(begin)) return Reach::outside;
  // A file in a folder of the root. A slash alone divides words, and "/x" may be a name.
  if (text[0] == '/' && (is_letter(text[1]) || is_digit(text[1]) || text[1] == '.' || text[1] == '_') &&
      text.find('/', 2) != std::string_view::npos)
    return Reach::outside;
  if (((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z')) && text[1] == ':' &&
      (text[2] == '\\' || text[2] == '/'))
    return Reach::outside;
  return Reach::none;
}

class Check {
 public:
  Check(Scan& scan, const Part& part) : scan_(scan), part_(part) {}

  // Everything in it, with a stack of our own: how deep it goes is the file's choice.
  void walk(const Json& root) {
    open_.push_back({&root, "", "", 0});
    while (!open_.empty()) {
      const Node node = open_.back();
      open_.pop_back();
      if (node.value->is_object()) {
        object(node);
      } else if (node.value->is_array()) {
        for (const Json& one : node.value->as_array()) open_.push_back({&one, node.key, node.owner, node.texts});
      } else if (node.value->is_string()) {
        text(node);
      }
    }
  }

 private:
  struct Node {
    const Json* value;
    std::string_view key;    // under which it stands; that of the array for its elements
    std::string_view owner;  // class_name of the object around it
    int texts;               // strings that were read as JSON on the way here
  };

  void tell(const Rule& rule, Severity severity, std::string what, std::string call = "") {
    Finding finding;
    finding.rule = &rule;
    finding.severity = severity;
    finding.what = std::move(what);
    finding.call = std::move(call);
    finding.place.member = part_.member;
    scan_.find(std::move(finding));
  }

  void object(const Node& node) {
    const Json& value = *node.value;
    const Json* class_name = value.find("class_name");
    std::string_view owner = node.owner;
    if (class_name != nullptr && class_name->is_string() && !class_name->as_string().empty()) {
      owner = class_name->as_string();
      serialised(value, owner);
    }
    for (const auto& [key, inner] : value.as_object()) {
      // "vocabulary": read from a file when it is text (CVE-2025-12058).
      if (inner.is_string() && (key == "vocabulary" || key == "idf_weights") && !inner.as_string().empty())
        file(owner, key, inner.as_string());
      open_.push_back({&inner, key, owner, node.texts});
    }
  }

  static std::string full(std::string_view module, std::string_view name) {
    return printable(module.empty() ? std::string(name) : std::string(module) + "." + std::string(name), 160);
  }

  void serialised(const Json& value, std::string_view name) {
    const std::string_view module = value["module"].as_string();
    const Json& config = value["config"];
    const std::string label =
        config["name"].is_string() ? " (layer " + printable(config["name"].as_string(), 60) + ")" : "";
    if (name == "__lambda__") return lambda(config, "");
    if (name == "Lambda") return lambda(config, label);
    // __tensor__, __numpy__, __bytes__, __tuple__ … are values; __typespec__ names a class.
    if (name == "__typespec__") {
      if (const auto spec = value["spec_name"].as_string(); !spec.empty())
        stand(about_class(module, spec), module, spec, label, false);
      return;
    }
    if (name.starts_with("__") && name.ends_with("__")) return;
    if (name == "function" || name == "class" || name == "type") {
      const std::string_view target = config.is_string()           ? config.as_string()
                                      : config["name"].is_string() ? config["name"].as_string()
                                                                   : config["class_name"].as_string();
      if (target.empty()) {
        // Nothing to resolve: a loader fails here.
        tell(rules::keras_foreign_name, Severity::suspicious,
             "a function without a name, of the module " + printable(module, 100));
        return;
      }
      return stand(name == "function" ? about_function(module, target) : about_class(module, target), module, target,
                   label, true);
    }
    stand(about_class(module, name), module, name, label, false);
    // Operations of TensorFlow as layers: looked up by name in TensorFlow's API and called.
    if (name == "TFOpLambda" || name == "SlicingOpLambda" || name == "ClassMethod") operation(config);
    if (name == "TensorFlowOpLayer") operation_layer(config, label);
  }

  void stand(Standing standing, std::string_view module, std::string_view name, const std::string& label,
             bool function) {
    // The list of what pickles may not import knows the standard library as well.
    const Known known = standing == Standing::known || module.empty() ? Known{Trust::unknown, nullptr}
                                                                      : scan_.names().about(module, name);
    // Without a module the name may bring one ("os.system"), or be a builtin: no Keras resolves it, and no model means it.
    if (module.empty() && standing == Standing::custom) {
      const auto dot = name.rfind('.');
      const Known bare = dot == std::string_view::npos ? scan_.names().about("builtins", name)
                                                       : scan_.names().about(name.substr(0, dot), name.substr(dot + 1));
      if (bare.trust == Trust::danger)
        return tell(rules::keras_dangerous_name, Severity::malicious,
                    fmt::format("{}{} {}", full(module, name), label,
                                bare.fact != nullptr ? effect_in_words(bare.fact->word) : "is dangerous"),
                    full(module, name));
    }
    const std::string_view kind = function ? "function" : "class";
    if (standing == Standing::danger)
      return tell(rules::keras_dangerous_name, Severity::malicious,
                  fmt::format("{}{} {}", full(module, name), label, what_it_does(name)), full(module, name));
    if (standing != Standing::kin && known.trust == Trust::danger)
      return tell(rules::keras_dangerous_name, Severity::malicious,
                  fmt::format("{}{} {}", full(module, name), label,
                              known.fact != nullptr ? effect_in_words(known.fact->word) : "is dangerous"),
                  full(module, name));
    switch (standing) {
      case Standing::foreign:
        return tell(
            rules::keras_foreign_name, Severity::suspicious,
            fmt::format("the {} {}{} is not one of Keras: loading imports its module", kind, full(module, name), label),
            full(module, name));
      case Standing::custom:
        return tell(
            rules::keras_custom_object, Severity::info,
            fmt::format("the {} {}{} must come from the program that loads it", kind, full(module, name), label));
      default:
        return;
    }
  }

  // A layer that is a Python function: bytecode in base64 (marshal), or the name of something.
  void lambda(const Json& config, const std::string& label) {
    std::string_view code;
    std::vector<const Json*> look = {&config};
    for (std::size_t i = 0; i < look.size() && i < 64;
         ++i) {  // function: [code, defaults, closure], or {"config": {"code": …}}
      if (look[i]->is_string() && look[i]->as_string().size() > code.size()) code = look[i]->as_string();
      for (const Json& one : look[i]->as_array()) look.push_back(&one);
      for (const auto& [key, one] : look[i]->as_object())
        if (key == "function" || key == "config" || key == "code" || key == "value") look.push_back(&one);
    }
    const std::string bytes = unpacked_base64(code);
    const std::string raw = is_bytecode(bytes) ? bytes : latin1(code);
    const Json& function = config["function"];
    if (function.is_string() && config["module"].is_string()) {
      const auto known = scan_.names().about(config["module"].as_string(), function.as_string());
      if (known.trust == Trust::danger)
        return tell(
            rules::keras_lambda, Severity::malicious,
            fmt::format("a Lambda layer{} calls {}", label, full(config["module"].as_string(), function.as_string())),
            full(config["module"].as_string(), function.as_string()));
    }
    std::string names;
    for (const auto name : names_in_bytecode(raw)) names += (names.empty() ? "" : ", ") + std::string(name);
    if (!names.empty())
      return tell(rules::keras_lambda, Severity::malicious, fmt::format("Python bytecode{} that uses {}", label, names),
                  names);
    tell(rules::keras_lambda, Severity::suspicious,
         fmt::format("{}{}", is_bytecode(raw) ? "Python bytecode" : "a Lambda layer", label));
  }

  void operation(const Json& config) {
    const std::string_view name =
        config["function"].is_string() ? config["function"].as_string() : config["class_name"].as_string();
    // In TensorFlow's API what reads and writes is in a few modules; what decodes stands beside it.
    const auto dot = name.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? name : name.substr(dot + 1);
    const bool io = name.starts_with("io.") && !last.starts_with("decode_") && !last.starts_with("encode_") &&
                    !last.starts_with("parse_") && !last.starts_with("serialize_");
    const bool file = last.starts_with("Read") || last.starts_with("Write") ||
                      last.find("File") != std::string_view::npos || last.find("PyFunc") != std::string_view::npos ||
                      last.starts_with("Save") || last.starts_with("Restore");
    if (io || file || !what_it_does(last).empty() ||
        (name.find("__") != std::string_view::npos && !name.starts_with("__operators__.")) ||
        has_word(name, {"saved_model.", "load_", "train.", "summary.", "profiler.", "distribute."}))
      tell(rules::keras_dangerous_name, Severity::malicious,
           "calls tf." + printable(name, 100) + " while the model is built", "tf." + printable(name, 100));
  }

  void operation_layer(const Json& config, const std::string& label) {
    const Json& node = config["node_def"];
    const std::string_view text = node.as_string();
    const std::string_view op = node["op"].as_string();
    for (const std::string_view bad :
         {"ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "EagerPyFunc", "Restore", "SaveV2", "SaveSlices"})
      if (op.starts_with(bad) || text.find(bad) != std::string_view::npos)
        return tell(rules::keras_dangerous_name, Severity::malicious,
                    fmt::format("the TensorFlow operation {}{}", bad, label), std::string(bad));
  }

  void file(std::string_view owner, std::string_view key, std::string_view path) {
    if (path.starts_with("{") || path.starts_with("[")) return;
    const bool out = reach_of(path) != Reach::none || path.starts_with('/');
    tell(rules::keras_file, out ? Severity::malicious : Severity::suspicious,
         fmt::format("{} of {} is read from the file {}", printable(key, 40),
                     owner.empty() ? "a layer" : printable(owner, 60), printable(path, 200)));
  }

  void text(const Node& node) {
    const std::string_view value = node.value->as_string();
    if (value.size() < 4) return;
    switch (reach_of(value)) {
      case Reach::none:
        break;
      case Reach::address:
        if (node.key != "description" && node.key != "doc" && node.key != "license")
          tell(rules::keras_file, Severity::suspicious,
               fmt::format("{} is the address {}", printable(node.key, 40), printable(value, 200)));
        break;
      case Reach::outside:
        tell(rules::keras_file, Severity::suspicious,
             fmt::format("{} is the path {}", printable(node.key, 40), printable(value, 200)));
        break;
    }
    if (node.texts < kTextsInTexts && value.find("class_name") != std::string_view::npos &&
        (value.front() == '{' || value.front() == '[')) {
      if (auto inner = json_value(value, kJson); inner) {
        texts_.push_back(std::move(*inner));
        open_.push_back({&texts_.back(), node.key, node.owner, node.texts + 1});
      }
    }
    payload(node, value);
  }

  // Things that are unpickled or run once they are unpacked: a PyTorch module in base64, bytecode outside a Lambda.
  void payload(const Node& node, std::string_view value) {
    if (value.size() < 12) return;
    const bool torch = node.owner == "TorchModuleWrapper" || node.key == "module_bytes";
    const bool marked = value.starts_with("gA") || value.starts_with("UEsD") || value.starts_with("H4sI") ||
                        value.starts_with("4w") || value.starts_with("Yw") || value.starts_with("Y2") ||
                        value.starts_with("KG") || value.starts_with("eJ");
    const std::string bytes = torch || marked ? unpacked_base64(value) : std::string();
    const std::string path = inside(part_.member, node.key.empty() ? "text" : node.key);
    const auto view = std::as_bytes(std::span(bytes.data(), bytes.size()));
    if (bytes.size() > 8) {
      if (is_bytecode(bytes) && node.owner != "Lambda" && node.owner != "__lambda__")
        tell(rules::keras_lambda, Severity::suspicious, fmt::format("Python bytecode in {}", printable(node.key, 40)));
      if (torch || begins_as_pickle(scan_.names(), view) || bytes.starts_with("PK\3\4") ||
          bytes.starts_with("\x1f\x8b"))
        scan_.look_into({view, path, part_.depth + 1, true});
    }
    if (torch) scan_.look_into({std::as_bytes(std::span(value.data(), value.size())), path, part_.depth + 1, true});
  }

  Scan& scan_;
  const Part& part_;
  std::vector<Node> open_;
  std::list<Json> texts_;  // what strings were parsed into; lives as long as the walk
};

}  // namespace

bool is_config(const Json& value) {
  std::vector<const Json*> open = {&value};
  while (!open.empty()) {
    const Json* at = open.back();
    open.pop_back();
    if (at->is_object()) {
      if ((*at)["class_name"].is_string() && at->find("config") != nullptr) return true;
      for (const auto& [key, inner] : at->as_object())
        if (inner.is_object() || inner.is_array()) open.push_back(&inner);
    } else {
      for (const Json& inner : at->as_array())
        if (inner.is_object() || inner.is_array()) open.push_back(&inner);
    }
  }
  return false;
}

bool may_be_config(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return false;
  if (text.find("\"class_name\"") != std::string_view::npos) return true;
  // A key may be written with escapes; plain letters never are, except to hide them.
  return text.size() <= kMaxText && has_word(text, {"\\u005", "\\u006", "\\u007"});
}

bool check_text(Scan& scan, const Part& part, std::string_view text, Expect expect) {
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  const bool sure = expect == Expect::config || (text.find("\"class_name\"") != std::string_view::npos &&
                                                 text.find("\"config\"") != std::string_view::npos);
  auto root = json_value(text, kJson);
  if (!root) {
    if (!sure) return false;
    scan.find(rules::keras_broken, "the configuration cannot be read: " + root.error().what,
              {part.member, root.error().offset, {}});
    scan.not_read(part, 0, part.size(), "not valid JSON");
    return true;
  }
  if (expect == Expect::anything && !is_config(*root)) return false;
  Check(scan, part).walk(*root);
  return true;
}

}  // namespace tocsin::scan::models::keras
