// TensorFlow graphs: saved_model.pb, frozen graphs (.pb), .meta, the Keras metadata beside a SavedModel, and the same as
// text (.pbtxt). A graph is a program: what its operations do to files, to the network and to the interpreter is decided by
// their names, in the graph and in its library of functions (tensorflow/core/protobuf, tensorflow/core/framework/*.proto).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/keras/config.hpp"
#include "scan/models/protobuf.hpp"
#include "scan/models/tensorflow.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models {
namespace {

using protobuf::Field;
using protobuf::Fields;

// TensorFlow's operations that reach outside of the computation. Reading and writing checkpoints (SaveV2, RestoreV2), tables
// filled from a vocabulary, and printing to stderr are what every saved model does; those are looked at by what they name.
// clang-format off
constexpr std::array<std::pair<std::string_view, std::string_view>, 77> kDangerous = {{
    {"ReadFile", "reads a file"},
    {"WriteFile", "writes a file"},
    {"MatchingFiles", "lists files"},
    {"MatchingFilesDataset", "lists files"},
    {"WholeFileReader", "reads files"},
    {"WholeFileReaderV2", "reads files"},
    {"TextLineReader", "reads files"},
    {"TextLineReaderV2", "reads files"},
    {"TFRecordReader", "reads files"},
    {"TFRecordReaderV2", "reads files"},
    {"FixedLengthRecordReader", "reads files"},
    {"FixedLengthRecordReaderV2", "reads files"},
    {"LMDBReader", "reads files"},
    {"RecordInput", "reads files"},
    {"TextLineDataset", "reads files"},
    {"TFRecordDataset", "reads files"},
    {"TFRecordDatasetV2", "reads files"},
    {"FixedLengthRecordDataset", "reads files"},
    {"FixedLengthRecordDatasetV2", "reads files"},
    {"LMDBDataset", "reads files"},
    {"ExperimentalLMDBDataset", "reads files"},
    {"CSVDataset", "reads files"},
    {"CSVDatasetV2", "reads files"},
    {"ExperimentalCSVDataset", "reads files"},
    {"SqlDataset", "opens a database"},
    {"ExperimentalSqlDataset", "opens a database"},
    {"SaveDataset", "writes files"},
    {"SaveDatasetV2", "writes files"},
    {"LoadDataset", "reads files"},
    {"SnapshotDataset", "writes files"},
    {"SnapshotDatasetV2", "writes files"},
    {"SnapshotDatasetReader", "reads files"},
    {"SnapshotNestedDatasetReader", "reads files"},
    {"DistributedSave", "writes files"},
    {"DatasetToTFRecord", "writes a file"},
    {"ExperimentalDatasetToTFRecord", "writes a file"},
    {"CreateSummaryFileWriter", "writes files"},
    {"CreateSummaryDbWriter", "writes a database"},
    {"ImportEvent", "writes files"},
    {"ImmutableConst", "maps a file into memory"},
    {"DebugIdentityV2", "writes what it sees to files"},
    {"PyFunc", "runs Python code"},
    {"PyFuncStateless", "runs Python code"},
    {"EagerPyFunc", "runs Python code"},
    {"PyCall", "runs Python code"},
    {"PyOp", "runs Python code"},
    {"NumpyFunction", "runs Python code"},
    {"XlaCustomCall", "calls native code by name"},
    {"XlaCustomCallV2", "calls native code by name"},
    {"LoadLibrary", "loads native code"},
    {"LoadOpLibrary", "loads native code"},
    {"ShellExecute", "runs a program"},
    {"SystemConfig", "changes the system"},
    {"ExecuteCommand", "runs a program"},
    {"Rpc", "talks to the network"},
    {"TryRpc", "talks to the network"},
    {"RpcCall", "talks to the network"},
    {"RpcClient", "talks to the network"},
    {"RpcServer", "talks to the network"},
    {"RpcServerStart", "talks to the network"},
    {"DataServiceDataset", "talks to the network"},
    {"DataServiceDatasetV2", "talks to the network"},
    {"DataServiceDatasetV3", "talks to the network"},
    {"DataServiceDatasetV4", "talks to the network"},
    {"RegisterDataset", "talks to the network"},
    {"RegisterDatasetV2", "talks to the network"},
    {"BigQueryReader", "talks to the network"},
    {"GenerateBigQueryReaderPartitions", "talks to the network"},
    {"GcsConfigureCredentials", "changes credentials"},
    {"GcsConfigureBlockCache", "changes how files are read"},
    {"FileSystemSetConfiguration", "changes how files are read"},
    {"Abort", "ends the program that runs it"},
    {"CloudBigtableClient", "talks to the network"},
    {"BigtableClient", "talks to the network"},
    {"KafkaDataset", "talks to the network"},
    {"IO>KafkaDataset", "talks to the network"},
    {"DecodeAndReadFile", "reads a file"},
}};
// clang-format on

constexpr std::size_t kMaxPaths = 100'000;   // nodes of one graph that are remembered: texts, and what is made of them
constexpr std::size_t kMaxInputs = 200'000;  // of all of them together
constexpr std::size_t kMaxSteps = 500;       // back along the way of a text
constexpr int kMaxSniffed =
    100'000;  // fields that are stepped over in search of a graph: unknown ones may stand before it

bool is_op_name(std::string_view name) {
  return !name.empty() && name.size() < 200 &&
         ((name[0] >= 'A' && name[0] <= 'Z') || name[0] == '_' || (name[0] >= 'a' && name[0] <= 'z')) &&
         std::all_of(
             name.begin(), name.end(),
             [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                      c == '>' || c == '.' || c == '/' || c == '-';
             });
}

bool is_node(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  bool name = false, op = false;
  while (fields.next(field)) {
    if (field.message(1)) name = !field.bytes.empty();
    if (field.message(2)) op = is_op_name(field.text());
    if (field.number <= 4 && field.wire != Field::bytes_) return false;
  }
  return name && op && !fields.bad();
}

// FunctionDef: signature (an OpDef with a name) and nodes.
bool is_function(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  while (fields.next(field))
    if (field.message(3) && is_node(field.bytes)) return true;
  return false;
}

bool is_graph(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  for (int looked = 0; looked < kMaxSniffed && fields.next(field); ++looked) {
    if (field.message(1) && is_node(field.bytes)) return true;
    if (field.message(1)) return false;
    if (!field.message(2)) continue;
    Fields library(field.bytes);
    Field inner;
    while (library.next(inner))
      if (inner.message(1) && is_function(inner.bytes)) return true;
  }
  return false;
}

bool is_meta_graph(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  while (fields.next(field))
    if (field.message(2) && is_graph(field.bytes)) return true;
  return false;
}

enum class Kind : std::uint8_t { none, saved_model, meta_graph, graph, keras_metadata, text };

bool is_keras_metadata(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  while (fields.next(field))
    if (field.message(4) && (field.text().starts_with("_tf_keras_") || field.text().starts_with("tf_keras")))
      return true;
  return false;
}

// A message of the text format begins: node {, node<, node: {.
bool opens(std::string_view text, std::string_view field) {
  for (std::size_t at = text.find(field); at != std::string_view::npos; at = text.find(field, at + 1)) {
    const auto next = text.find_first_not_of(" \t\r\n:", at + field.size());
    if (next != std::string_view::npos && (text[next] == '{' || text[next] == '<')) return true;
  }
  return false;
}

// Strings of the text format, one or several in a row, with escapes as C has them; "" for anything else.
std::string text_value(std::string_view text, std::size_t at) {
  std::string out;
  for (;;) {
    at = text.find_first_not_of(" \t\r\n", at);
    if (at == std::string_view::npos || (text[at] != '"' && text[at] != '\'')) return out;
    const char quote = text[at++];
    while (at < text.size() && text[at] != quote && out.size() < 200) {
      char c = text[at++];
      if (c == '\\' && at < text.size()) {
        c = text[at++];
        const int base = c == 'x' || c == 'X' ? 16 : c >= '0' && c <= '7' ? 8 : 0;
        if (base != 0) {
          unsigned code = 0;
          if (base == 8) --at;
          const auto digits = text.substr(at, base == 16 ? 2 : 3);
          const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), code, base).ptr;
          at += static_cast<std::size_t>(end - digits.data());
          c = static_cast<char>(code);
        }
      }
      out += c;
    }
    if (at >= text.size() || text[at] != quote) return {};
    ++at;
  }
}

Kind kind_of(const Part& part) {
  const std::string_view text = part.text();
  if (text.size() < 4) return Kind::none;
  // Text: "node {" or the name of a field first.
  if ((text[0] >= 'a' && text[0] <= 'z') || text[0] == '#' || text[0] == '\n') {
    const auto head = text.substr(0, 4096);
    if (head.find("saved_model_schema_version") != std::string_view::npos || opens(head, "node") ||
        opens(head, "meta_graphs") || opens(head, "node_def") || opens(head, "graph_def"))
      if (text.find("op") != std::string_view::npos) return Kind::text;
  }
  Fields fields(part.bytes);
  Field field;
  for (int looked = 0; looked < kMaxSniffed && fields.next(field); ++looked) {
    if (field.wire != Field::bytes_) continue;
    if (field.number == 1 && is_node(field.bytes)) return Kind::graph;
    if (field.number == 1 && is_keras_metadata(field.bytes)) return Kind::keras_metadata;
    if (field.number != 2) continue;
    if (is_meta_graph(field.bytes)) return Kind::saved_model;
    if (is_graph(field.bytes)) return Kind::meta_graph;
    Fields library(field.bytes);
    Field inner;
    while (library.next(inner))
      if (inner.message(1) && is_function(inner.bytes)) return Kind::graph;
  }
  return Kind::none;
}

bool leaves(std::string_view path) {
  return path.starts_with('/') || path.starts_with('\\') || path.starts_with('~') ||
         (path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/')) ||
         path.find("../") != std::string_view::npos || path.find("..\\") != std::string_view::npos || path == ".." ||
         path.find("://") != std::string_view::npos;
}

class GraphScan {
 public:
  GraphScan(Scan& scan, const Part& part) : scan_(scan), part_(part) {}

  void saved_model(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (field.message(2)) meta_graph(field.bytes);
    });
  }

  void meta_graph(std::span<const std::byte> bytes) {
    // Assets stand behind the graph, and say which of its constants a loader replaces by the path of a file of the model.
    each(bytes, [&](const Field& field) {
      if (field.message(6)) asset(field.bytes);
    });
    each(bytes, [&](const Field& field) {
      if (field.message(2)) graph(field.bytes);
      if (field.message(7)) objects(field.bytes);
    });
  }

  void graph(std::span<const std::byte> bytes) {
    functions_.clear();
    each(bytes, [&](const Field& field) {
      if (!field.message(2)) return;
      each(field.bytes, [&](const Field& function) {
        if (!function.message(1)) return;
        std::string_view name;
        each(function.bytes, [&](const Field& part) {
          if (!part.message(1)) return;
          each(part.bytes, [&](const Field& signature) {
            if (signature.message(1)) name = signature.text();
          });
        });
        nodes(function.bytes, 3, name);
      });
    });
    nodes(bytes, 1, "");
  }

  void keras_metadata(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (!field.message(1)) return;
      each(field.bytes, [&](const Field& inner) {
        if (inner.message(5)) metadata(inner.text());
      });
    });
  }

  // As text: every `op: "…"` outside of the strings of other fields is an operation.
  void text(std::string_view text) {
    for (std::size_t at = text.find("op"); at != std::string_view::npos; at = text.find("op", at + 2)) {
      if (at > 0 && std::string_view(" \n\t\r{<;,").find(text[at - 1]) == std::string_view::npos) continue;
      const auto colon = text.find_first_not_of(" \t\r\n", at + 2);
      if (colon == std::string_view::npos || text[colon] != ':') continue;
      const std::string op = text_value(text, colon + 1);
      if (const auto effect = tensorflow::effect_of(op); !effect.empty()) tell(op, effect, "", "", at);
    }
    if (text.find("file://") != std::string_view::npos && text.find("PrintV2") != std::string_view::npos)
      tell("PrintV2", "writes a file", "", "", 0);
    for (const std::string_view op :
         {"\"SaveV2\"", "\"Save\"", "\"SaveSlices\"", "\"MergeV2Checkpoints\"", "\"CacheDataset"}) {
      const auto at = text.find(op);
      if (at == std::string_view::npos) continue;
      const std::string_view key = "string_val:";
      for (auto value = text.find(key); value != std::string_view::npos; value = text.find(key, value + 1)) {
        const auto open = text.find('"', value);
        const auto close = open == std::string_view::npos ? open : text.find('"', open + 1);
        if (close == std::string_view::npos || !leaves(text.substr(open + 1, close - open - 1))) continue;
        return tell(op.substr(1, op.find('"', 1) - 1),
                    "may write " + printable(text.substr(open + 1, close - open - 1), 200), "", "", value);
      }
    }
  }

  bool broken() const { return broken_; }

 private:
  template <class F>
  void each(std::span<const std::byte> bytes, F&& f) {
    Fields fields(bytes);
    Field field;
    while (fields.next(field)) f(field);
    if (fields.bad() && !broken_) {
      broken_ = true;
      const auto at = bytes.empty() ? 0 : static_cast<std::uint64_t>(bytes.data() - part_.bytes.data()) + fields.at();
      scan_.find(rules::graph_broken, "a part of the graph cannot be read", {part_.member, at, {}});
      scan_.not_read(part_, std::min<std::uint64_t>(at, part_.size() - 1), part_.size(),
                     "what stands behind a damaged place");
    }
  }

  void tell(std::string_view op, std::string_view effect, std::string_view node, std::string_view function,
            std::uint64_t at) {
    Finding finding;
    finding.rule = &rules::tf_dangerous_op;
    finding.severity = Severity::malicious;
    finding.what = fmt::format("the operation {} {}{}", printable(op, 100), effect,
                               function.empty() ? "" : " (in the function " + printable(function, 100) + ")");
    finding.call = printable(op, 100) + (node.empty() ? "" : " as " + printable(node, 100));
    finding.place = {part_.member, at, printable(op, 60)};
    scan_.find(std::move(finding));
  }

  // What a text is made from: constants, what joins and chooses between them, and calls that hand them on.
  struct Source {
    std::string_view op;
    std::string_view text;   // of a constant
    std::string_view calls;  // the function that it hands its inputs to
    std::vector<std::string_view> inputs;
  };
  using Flow = std::unordered_map<std::string_view, Source>;
  struct Origin {
    std::string_view path;      // a constant that names a file outside of the model
    std::string_view computed;  // an operation that hides what the text will be
    bool argument = false;      // the caller decides
  };

  // Two passes over the nodes of one graph or function: what texts are made from, then what uses them.
  void nodes(std::span<const std::byte> bytes, std::uint32_t number, std::string_view function) {
    Flow flow;
    std::size_t inputs = 0;
    each(bytes, [&](const Field& field) {
      if (!field.message(number)) return;
      std::string_view name;
      Source source;
      each(field.bytes, [&](const Field& part) {
        if (part.message(1)) name = part.text();
        if (part.message(2)) source.op = part.text();
      });
      const bool constant = source.op == "Const" || source.op == "HostConst";
      const bool calls = source.op == "PartitionedCall" || source.op == "StatefulPartitionedCall";
      if (!constant && !calls && !is_text_op(source.op)) return;
      each(field.bytes, [&](const Field& part) {
        if (part.message(3) && ++inputs <= kMaxInputs) source.inputs.push_back(part.text());
        if (part.message(5) && constant && source.text.empty()) source.text = text_of(part.bytes);
      });
      if (calls) source.calls = called(field.bytes);
      if (constant && source.text.empty()) return;
      if (constant && source.text.size() > 16) nested(source.text, name);
      if (flow.size() < kMaxPaths) flow.emplace(name, std::move(source));
    });
    if (flow.size() >= kMaxPaths || inputs > kMaxInputs)
      scan_.not_read(part_, 0, part_.size(), "it joins more texts than are followed");
    each(bytes, [&](const Field& field) {
      if (!field.message(number)) return;
      node(field.bytes, function, flow, static_cast<std::uint64_t>(field.bytes.data() - part_.bytes.data()));
    });
  }

  // A dataset can be kept as a graph in a constant (DatasetFromGraph).
  void nested(std::string_view text, std::string_view name) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    if (!is_graph(bytes)) return;
    scan_.look_into({bytes, inside(part_.member, name), part_.depth + 1, true});
  }

  static bool is_text_op(std::string_view op) {
    // clang-format off
    static constexpr std::array<std::string_view, 20> kHandOn = {
        "StringJoin", "Identity", "IdentityN", "ShardedFilename", "ShardedFilespec", "Reshape", "ExpandDims", "Squeeze", "Pack",
        "Concat", "ConcatV2", "PlaceholderWithDefault", "Select", "SelectV2", "Switch", "Merge", "StopGradient", "Fill",
        "BroadcastTo", "ReduceJoin"};
    // clang-format on
    return hides(op) || std::find(kHandOn.begin(), kHandOn.end(), op) != kHandOn.end();
  }
  static bool hides(std::string_view op) {
    // clang-format off
    static constexpr std::array<std::string_view, 14> kComputes = {
        "DecodeBase64", "RegexReplace", "StaticRegexReplace", "Substr", "StringLower", "StringUpper", "StringStrip", "UnicodeEncode",
        "UnicodeTranscode", "DecodeCompressed", "DecodeRaw", "StringFormat", "AsString", "StringSplitV2"};
    // clang-format on
    return std::find(kComputes.begin(), kComputes.end(), op) != kComputes.end();
  }
  static std::string_view name_of(std::string_view input) {
    if (input.starts_with('^')) input.remove_prefix(1);
    return input.substr(0, input.find(':'));
  }

  // Where a text comes from, as far as some hundred steps tell.
  Origin origin_of(std::string_view input, const Flow& flow) const {
    Origin out;
    std::vector<std::string_view> open = {name_of(input)};
    std::unordered_set<std::string_view> seen;
    while (!open.empty() && seen.size() < kMaxSteps) {
      const auto name = open.back();
      open.pop_back();
      if (!seen.insert(name).second) continue;
      const auto found = flow.find(name);
      if (found == flow.end()) {
        out.argument = true;
        continue;
      }
      const Source& source = found->second;
      if (leaves(source.text)) out.path = source.text;
      if (hides(source.op)) out.computed = source.op;
      for (const auto next : source.inputs) open.push_back(name_of(next));
    }
    return out;
  }

  // The function that a call names: its attribute `f`.
  std::string_view called(std::span<const std::byte> node) {
    std::string_view out;
    each(node, [&](const Field& field) {
      if (!field.message(5)) return;
      bool is_f = false;
      each(field.bytes, [&](const Field& part) {
        if (part.message(1)) is_f = part.text() == "f";
        if (part.message(2) && is_f)
          each(part.bytes, [&](const Field& value) {
            if (!value.message(10)) return;
            each(value.bytes, [&](const Field& function) {
              if (function.message(1)) out = function.text();
            });
          });
      });
    });
    return out;
  }

  // The value of an attribute of a Const when it is one text: AttrValue.tensor.string_val.
  std::string_view text_of(std::span<const std::byte> entry) {
    std::string_view out;
    each(entry, [&](const Field& value) {
      if (!value.message(2)) return;
      each(value.bytes, [&](const Field& tensor) {
        if (!tensor.message(8)) return;
        each(tensor.bytes, [&](const Field& text) {
          if (text.message(8) && out.empty()) out = text.text();
        });
      });
    });
    return out;
  }

  void node(std::span<const std::byte> bytes, std::string_view function, const Flow& flow, std::uint64_t at) {
    std::string_view name, op, first, second;
    each(bytes, [&](const Field& field) {
      if (field.message(1)) name = field.text();
      if (field.message(2)) op = field.text();
      if (!field.message(3)) return;
      if (first.empty())
        first = field.text();
      else if (second.empty())
        second = field.text();
    });
    if (const auto effect = tensorflow::effect_of(op); !effect.empty()) return tell(op, effect, name, function, at);
    if (op == "PrintV2") {
      // output_stream: stderr, stdout, log(level), or a file.
      const auto stream = attribute(bytes, "output_stream");
      if (!stream.empty() && stream != "stderr" && stream != "stdout" && !stream.starts_with("log("))
        return tell(op, "writes to " + printable(stream, 200), name, function, at);
    }
    if (op == "DecodeProtoV2" || op == "EncodeProto") {
      const auto source = attribute(bytes, "descriptor_source");
      if (!source.empty() && !source.starts_with("local://") && !source.starts_with("bytes://"))
        return tell(op, "reads " + printable(source, 200), name, function, at);
    }
    if (op.starts_with("Debug")) {
      const auto urls = attribute(bytes, "debug_urls");
      if (!urls.empty()) return tell(op, "sends what it sees to " + printable(urls, 200), name, function, at);
    }
    if (op == "SaveV2" || op == "Save" || op == "SaveSlices") writes(op, first, name, function, flow, at);
    // Their first input is what they keep or join; the second says where.
    if (op == "CacheDataset" || op == "CacheDatasetV2" || op == "MergeV2Checkpoints")
      writes(op, second, name, function, flow, at);
    if (op == "PartitionedCall" || op == "StatefulPartitionedCall") {
      // Functions stand before the graph that calls them; what they do with an argument is known by now.
      const auto writer = functions_.find(called(bytes));
      if (writer != functions_.end())
        each(bytes, [&](const Field& field) {
          if (field.message(3)) writes(writer->second, field.text(), name, function, flow, at);
        });
    }
    if (op == "RestoreV2" || op == "Restore" || op == "RestoreSlice") {
      // Graphs of a training name the checkpoint that it began with.
      if (const auto path = origin_of(first, flow).path; !path.empty())
        scan_.find(rules::tf_file, Severity::info, fmt::format("{} reads the checkpoint {}", op, printable(path, 200)),
                   {part_.member, at, printable(op, 60)});
    }
    if (op.starts_with("InitializeTableFromTextFile") || op == "InitializeTRTResource") {
      const auto path = origin_of(second, flow).path;
      // A table of words is filled from a file of the model: the loader puts its path into a constant that is named as an asset.
      if (!path.empty() && !assets_.contains(name_of(second)))
        scan_.find(rules::tf_file, Severity::suspicious,
                   fmt::format("{} reads {}", printable(op, 60), printable(path, 200)),
                   {part_.member, at, printable(op, 60)});
    }
    if (op.find('>') != std::string_view::npos)
      scan_.find(rules::tf_custom_op, "the operation " + printable(op, 100) + " comes from another library",
                 {part_.member, at, {}});
  }

  // An operation that writes where a text says.
  void writes(std::string_view op, std::string_view input, std::string_view name, std::string_view function,
              const Flow& flow, std::uint64_t at) {
    const Origin origin = origin_of(input, flow);
    if (!origin.path.empty()) return tell(op, "writes " + printable(origin.path, 200), name, function, at);
    if (!origin.computed.empty() && !origin.argument)
      scan_.find(
          rules::tf_dangerous_op, Severity::suspicious,
          fmt::format("the operation {} writes to a file whose name {} hides", printable(op, 60), origin.computed),
          {part_.member, at, printable(op, 60)});
    if (origin.argument && !function.empty()) functions_.emplace(function, op);
  }

  std::string_view attribute(std::span<const std::byte> node, std::string_view wanted) {
    std::string_view out;
    each(node, [&](const Field& field) {
      if (!field.message(5)) return;
      std::string_view key, value;
      each(field.bytes, [&](const Field& part) {
        if (part.message(1)) key = part.text();
        if (part.message(2))
          each(part.bytes, [&](const Field& content) {
            if (content.message(2)) value = content.text();
            if (content.message(1) && value.empty())  // a list: its first text
              each(content.bytes, [&](const Field& one) {
                if (one.message(2) && value.empty()) value = one.text();
              });
          });
      });
      if (key == wanted) out = value;
    });
    return out;
  }

  void asset(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (field.message(1))
        each(field.bytes, [&](const Field& tensor) {
          if (tensor.message(1)) assets_.insert(name_of(tensor.text()));
        });
      if (field.message(2) && leaves(field.text()))
        scan_.find(rules::tf_file, "the asset " + printable(field.text(), 200) + " stands outside the model",
                   {part_.member, {}, {}});
    });
  }

  // SavedObjectGraph: Keras (2.0 to 2.4) keeps its configurations there.
  void objects(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (!field.message(1)) return;
      each(field.bytes, [&](const Field& object) {
        if (!object.message(4)) return;
        each(object.bytes, [&](const Field& user) {
          if (user.message(3)) metadata(user.text());
        });
      });
    });
  }

  void metadata(std::string_view text) {
    if (!keras::may_be_config(text)) return;
    const Part part{std::as_bytes(std::span(text.data(), text.size())), inside(part_.member, "keras metadata"),
                    part_.depth + 1, true};
    keras::check_text(scan_, part, text, keras::Expect::anything);
  }

  Scan& scan_;
  const Part& part_;
  bool broken_ = false;
  std::unordered_set<std::string_view> assets_;                       // constants that stand for files of the model
  std::unordered_map<std::string_view, std::string_view> functions_;  // those that write where they are told: by what
};

}  // namespace

namespace tensorflow {
std::string_view effect_of(std::string_view op) {
  for (const auto& [name, effect] : kDangerous)
    if (name == op) return effect;
  return "";
}
}  // namespace tensorflow

namespace formats {
namespace {

Fit fits(const Part& part) {
  if (part.size() < 8) return Fit::no;
  const auto first = part[0];
  return first == 0x0a || first == 0x12 || first == 0x08 || (first & 7) <= 2 || (first >= 'a' && first <= 'z') ||
                 first == '#'
             ? Fit::maybe
             : Fit::no;
}

bool scan_tensorflow(Scan& scan, const Part& part) {
  const Kind kind = kind_of(part);
  if (kind == Kind::none) return false;
  GraphScan graph(scan, part);
  switch (kind) {
    case Kind::saved_model:
      graph.saved_model(part.bytes);
      break;
    case Kind::meta_graph:
      graph.meta_graph(part.bytes);
      break;
    case Kind::graph:
      graph.graph(part.bytes);
      break;
    case Kind::keras_metadata:
      graph.keras_metadata(part.bytes);
      break;
    case Kind::text:
      graph.text(part.text());
      break;
    case Kind::none:
      break;
  }
  return true;
}

}  // namespace

extern const Format tensorflow;
const Format tensorflow{"tensorflow", "TensorFlow graph", fits, scan_tensorflow};

}  // namespace formats
}  // namespace tocsin::scan::models
