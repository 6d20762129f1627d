// TensorFlow graphs: saved_model.pb, frozen graphs (.pb), .meta, the Keras metadata beside a SavedModel, and the same as
// text (.pbtxt). A graph is a program: what its operations do to files, to the network and to the interpreter is decided by
// their names, in the graph and in its library of functions (tensorflow/core/protobuf, tensorflow/core/framework/*.proto).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
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

constexpr std::size_t kMaxNodes =
    150'000;  // of one graph and its library; some 150 bytes each, and a scan has 64 MB in all
constexpr std::size_t kMaxSteps = 1'000'000;  // back along the ways of all texts
constexpr std::size_t kMaxTold = 100;         // paths of one kind
constexpr int kMaxTokens = 4096;              // of a text in search of a graph
constexpr std::size_t kMaxText = 4096;        // bytes of one text of the text format that are kept
constexpr int kMaxSniffed =
    100'000;  // fields that are stepped over in search of a graph: unknown ones may stand before it

bool is_op_name(std::string_view name) {
  return !name.empty() && name.size() < 200 && (is_letter(name[0]) || name[0] == '_') &&
         std::all_of(
             name.begin(), name.end(),
             [](char c) { return is_letter_or_digit(c) || c == '_' || c == '>' || c == '.' || c == '/' || c == '-'; });
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

bool in_name(char c) {
  return is_letter_or_digit(c) || c == '_';
}

// Between tokens: as Python's \s has it, also what begins outside of ASCII.
bool is_blank(unsigned char c) {
  return (c >= 9 && c <= 13) || (c >= 0x1c && c <= ' ') || c >= 0x80;
}
// Lower case, as fields are; blanks; a comment. Blanks outside of ASCII begin with one of four bytes.
bool may_begin_text(unsigned char c) {
  return (c >= 'a' && c <= 'z') || c == '#' || (c < 0x80 && is_blank(c)) || c == 0xc2 || (c >= 0xe1 && c <= 0xe3);
}

// The tokens of protobuf's text format. Between any two of them, and before the first, stand blanks (Python takes those of
// Unicode too) and comments up to the end of their line; between most, nothing need stand at all.
class TextTokens {
 public:
  enum class Kind : std::uint8_t { end, name, text, other };
  struct Token {
    Kind kind = Kind::end;
    std::size_t at = 0;
    std::string_view raw;  // a name, a number, one sign
    std::string text;      // what a text in quotes stands for
  };
  explicit TextTokens(std::string_view text) : text_(text) {}

  void next(Token& token) {
    skip();
    token.at = at_;
    token.text.clear();
    token.raw = {};
    if (at_ >= text_.size()) {
      token.kind = Kind::end;
      return;
    }
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      token.kind = Kind::text;
      return quoted(token.text);
    }
    token.kind = is_letter(c) || c == '_' ? Kind::name : Kind::other;
    std::size_t end = at_ + 1;
    if (in_name(c))
      while (end < text_.size() && in_name(text_[end])) ++end;
    token.raw = text_.substr(at_, end - at_);
    at_ = end;
  }

 private:
  void skip() {
    for (; at_ < text_.size(); ++at_) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '#')
        at_ = std::min(text_.find('\n', at_), text_.size() - 1);
      else if (!is_blank(c))
        return;
    }
  }

  // Escapes as C has them. One that does not end on its line ends there: parsers refuse what stands behind it.
  void quoted(std::string& out) {
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size() && text_[at_] != '\n') {
        c = text_[at_++];
        const bool octal = c >= '0' && c <= '7';
        const std::size_t most = octal ? 3 : c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (most > 0) {
          std::uint32_t code = 0;
          if (octal) --at_;
          const auto digits = text_.substr(at_, most);
          const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), code, octal ? 8 : 16).ptr;
          at_ += static_cast<std::size_t>(end - digits.data());
          c = static_cast<char>(most > 3 && code > 0x7f ? '?' : code);
        }
      }
      if (out.size() < kMaxText) out += c;
    }
    if (at_ < text_.size() && text_[at_] == quote) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The first fields that messages with a graph in them can have, each a message: node {, node<, node: {, node [{.
bool is_graph_field(std::string_view name) {
  // clang-format off
  static constexpr std::array<std::string_view, 19> kFields = {
      "node", "node_def", "versions", "library", "meta_graphs", "meta_info_def", "graph_def", "saver_def", "collection_def", "signature_def",
      "asset_file_def", "object_graph_def", "function", "gradient", "registered_gradients", "signature", "attr", "arg_attr", "debug_info"};
  // clang-format on
  return std::find(kFields.begin(), kFields.end(), name) != kFields.end();
}

// Whether a text is a graph: what comes first is a field of one, whatever stands before it; or one comes soon after.
bool is_text_graph(std::string_view text) {
  using Token = TextTokens::Kind;
  TextTokens tokens(text);
  TextTokens::Token token;
  std::string_view field;
  int looked = 0;
  for (tokens.next(token); token.kind != Token::end && looked < kMaxTokens; tokens.next(token), ++looked) {
    if (token.kind == Token::name) {
      field = token.raw;
      if (field == "saved_model_schema_version") return true;
    } else if (token.raw == "{" || token.raw == "<") {
      if (is_graph_field(field)) return true;
    } else if (token.raw != ":" && token.raw != "[") {
      field = {};
    }
  }
  return false;
}

Kind kind_of(const Part& part) {
  const std::string_view text = part.text();
  if (text.size() < 4) return Kind::none;
  if (may_begin_text(static_cast<unsigned char>(text[0])) && is_text_graph(text) &&
      text.find("op") != std::string_view::npos)
    return Kind::text;
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
    graph_ = {};
    graph_.functions.emplace_back();  // the graph itself
    each(bytes, [&](const Field& field) {
      if (!field.message(2)) return;
      each(field.bytes, [&](const Field& function) {
        if (function.message(1)) declare(function.bytes);
      });
    });
    nodes(bytes, 1, 0);
    for (std::uint32_t i = 1; i < graph_.functions.size(); ++i) nodes(graph_.functions[i].bytes, 3, i);
    join_calls();
    for (const auto asset : assets_)
      if (const auto found = graph_.functions[0].names.find(asset); found != graph_.functions[0].names.end())
        graph_.assets.insert(found->second);
    follow(Use::write);
    follow(Use::restore);
    follow(Use::table);
    if (graph_.cut) scan_.not_read(part_, 0, part_.size(), "it joins more texts than are followed");
    graph_ = {};
  }

  void keras_metadata(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (!field.message(1)) return;
      each(field.bytes, [&](const Field& inner) {
        if (inner.message(5)) metadata(inner.text());
      });
    });
  }

  // As text: every `op: "…"` outside of texts and comments is an operation.
  void text(std::string_view text) {
    using Token = TextTokens::Kind;
    TextTokens tokens(text);
    TextTokens::Token token;
    std::string_view field;  // the last name
    std::size_t field_at = 0, writer_at = 0;
    bool colon = false, prints = false, names_file = false;
    std::string value, writer, path;  // texts in a row are one
    const auto done = [&] {
      if (value.empty()) return;
      if (field == "op") {
        if (const auto effect = tensorflow::effect_of(value); !effect.empty()) tell(value, effect, "", "", field_at);
        prints = prints || value == "PrintV2";
        if (writer.empty() && (is_writer(value) || writes_second(value))) {
          writer = value;
          writer_at = field_at;
        }
      }
      if (field == "string_val" && path.empty() && leads_elsewhere(value)) path = value;
      names_file = names_file || value.starts_with("file://");
      value.clear();
    };
    for (tokens.next(token); token.kind != Token::end; tokens.next(token)) {
      if (token.kind == Token::text) {
        if (colon && value.size() < kMaxText) value += token.text;
        continue;
      }
      done();
      if (token.kind == Token::name) {
        field = token.raw;
        field_at = token.at;
        colon = false;
      } else if (token.raw == ":") {
        colon = true;
      }
    }
    done();
    if (prints && names_file) tell("PrintV2", "writes a file", "", "", 0);
    if (!writer.empty() && !path.empty()) tell(writer, "may write " + printable(path, 200), "", "", writer_at);
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

  // What texts are made from. Every node is remembered by name: any operation may hand a text on.
  struct Node {
    std::string_view op;  // "": an argument of its function, or an input that nothing makes
    std::span<const std::byte> bytes;
    std::uint32_t function = 0;
    std::int32_t argument = -1;  // which one; -1: not known
    std::int32_t calls = -1;     // which of Graph::calls
  };
  struct Call {
    std::uint32_t node = 0;
    bool exact = false;  // its inputs are the arguments, one by one
    std::vector<std::string_view> names, inputs;
    std::vector<std::uint32_t> functions;
  };
  struct Function {
    std::string_view name;
    std::span<const std::byte> bytes;
    std::uint32_t arguments = 0;
    std::vector<std::string_view> returns;
    std::vector<std::uint32_t> callers;  // of Graph::calls
    std::unordered_map<std::string_view, std::uint32_t> names;
  };
  enum class Use : std::uint8_t { write, restore, table };
  // An operation that takes the name of a file, and the input that says which.
  struct Sink {
    std::string_view op, name, input;
    std::uint32_t function = 0;
    std::uint64_t at = 0;
    Use use = Use::write;
  };
  struct Graph {
    std::vector<Node> nodes;
    std::vector<Call> calls;
    std::vector<Function> functions;
    std::unordered_map<std::string_view, std::uint32_t> library;
    std::vector<Sink> sinks;
    std::unordered_set<std::uint32_t> assets;  // nodes of the graph itself
    std::size_t steps = 0;
    bool cut = false;  // there is more than is followed
  };

  bool add(std::string_view name, Node node) {
    if (graph_.nodes.size() >= kMaxNodes) {
      graph_.cut = true;
      return false;
    }
    const auto id = static_cast<std::uint32_t>(graph_.nodes.size());
    if (!graph_.functions[node.function].names.emplace(name, id).second) return false;
    graph_.nodes.push_back(node);
    return true;
  }

  // A function of the library: its name, arguments and what it returns. Its nodes come later, when all names are known.
  void declare(std::span<const std::byte> bytes) {
    const auto id = static_cast<std::uint32_t>(graph_.functions.size());
    graph_.functions.emplace_back().bytes = bytes;
    each(bytes, [&](const Field& field) {
      Function& function = graph_.functions[id];
      if (field.message(1))
        each(field.bytes, [&](const Field& signature) {
          if (signature.message(1)) function.name = signature.text();
          if (!signature.message(2)) return;
          std::string_view name;
          each(signature.bytes, [&](const Field& argument) {
            if (argument.message(1)) name = argument.text();
          });
          add(name, {"", {}, id, static_cast<std::int32_t>(function.arguments++), -1});
        });
      if (field.message(4))
        each(field.bytes, [&](const Field& entry) {
          if (entry.message(2)) function.returns.push_back(entry.text());
        });
    });
    graph_.library.emplace(graph_.functions[id].name, id);
  }

  void nodes(std::span<const std::byte> bytes, std::uint32_t number, std::uint32_t function) {
    each(bytes, [&](const Field& field) {
      if (!field.message(number)) return;
      std::string_view name;
      Node one;
      one.bytes = field.bytes;
      one.function = function;
      each(field.bytes, [&](const Field& part) {
        if (part.message(1)) name = part.text();
        if (part.message(2)) one.op = part.text();
      });
      if (is_constant(one.op))
        texts(field.bytes, [&](std::string_view text) {
          if (text.size() > 16) nested(text, name);
        });
      Call call;
      call.names = called(field.bytes);
      if (graph_.library.contains(one.op)) call.names.push_back(one.op);
      if (!call.names.empty()) {
        call.node = static_cast<std::uint32_t>(graph_.nodes.size());
        one.calls = static_cast<std::int32_t>(graph_.calls.size());
      }
      if (!one.op.empty() && add(name, one) && !call.names.empty()) graph_.calls.push_back(std::move(call));
      node(field.bytes, function, static_cast<std::uint64_t>(field.bytes.data() - part_.bytes.data()));
    });
  }

  void join_calls() {
    for (std::uint32_t i = 0; i < graph_.calls.size(); ++i) {
      Call& call = graph_.calls[i];
      const Node& node = graph_.nodes[call.node];
      call.inputs = inputs_of(node.bytes);
      for (const auto name : call.names) {
        const auto found = graph_.library.find(name);
        if (found == graph_.library.end()) continue;
        Function& function = graph_.functions[found->second];
        call.functions.push_back(found->second);
        function.callers.push_back(i);
        call.exact = call.names.size() == 1 && call.inputs.size() == function.arguments &&
                     (node.op == "PartitionedCall" || node.op == "StatefulPartitionedCall" || node.op == name);
      }
    }
  }

  // A dataset can be kept as a graph in a constant (DatasetFromGraph).
  void nested(std::string_view text, std::string_view name) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    if (!is_graph(bytes)) return;
    scan_.look_into({bytes, inside(part_.member, name), part_.depth + 1, true});
  }

  static bool is_constant(std::string_view op) { return op == "Const" || op == "HostConst"; }
  static bool is_writer(std::string_view op) { return op == "SaveV2" || op == "Save" || op == "SaveSlices"; }
  // Their first input is what they keep or join; the second says where.
  static bool writes_second(std::string_view op) {
    return op == "CacheDataset" || op == "CacheDatasetV2" || op == "MergeV2Checkpoints";
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

  // What hands a value on; not those that only say what comes first.
  std::vector<std::string_view> inputs_of(std::span<const std::byte> node) {
    std::vector<std::string_view> out;
    each(node, [&](const Field& field) {
      if (field.message(3) && !field.text().starts_with('^')) out.push_back(field.text());
    });
    return out;
  }

  // The node that makes an input. What nothing makes is an argument that the signature does not tell of.
  std::optional<std::uint32_t> made_by(std::uint32_t function, std::string_view input) {
    const auto name = name_of(input);
    const auto& names = graph_.functions[function].names;
    if (const auto found = names.find(name); found != names.end()) return found->second;
    if (!add(name, {"", {}, function, -1, -1})) return {};
    return static_cast<std::uint32_t>(graph_.nodes.size() - 1);
  }

  // Back from all operations of one use at once, through every operation, into functions and out of them: each node is seen
  // once. Constants that name a file outside of the model are told where they begin.
  void follow(Use use) {
    std::unordered_map<std::uint32_t, std::uint32_t> sink_of;   // nodes that were reached: from where
    std::vector<std::uint32_t> open, hiding, unknown;           // nodes
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ways;  // from a node to one that it hands its text to
    std::size_t told = 0;
    const auto reach = [&](std::uint32_t function, std::string_view input, std::uint32_t sink,
                           std::optional<std::uint32_t> to) {
      if (++graph_.steps > kMaxSteps) {
        graph_.cut = true;
        return;
      }
      const auto node = made_by(function, input);
      if (!node) return;
      if (to && use == Use::write) ways.emplace_back(*node, *to);
      if (sink_of.emplace(*node, sink).second) open.push_back(*node);
    };
    for (std::uint32_t i = 0; i < graph_.sinks.size(); ++i)
      if (graph_.sinks[i].use == use) reach(graph_.sinks[i].function, graph_.sinks[i].input, i, {});
    while (!open.empty() && graph_.steps <= kMaxSteps) {
      const auto id = open.back();
      open.pop_back();
      const Node node = graph_.nodes[id];
      const auto sink = sink_of[id];
      if (node.op.empty()) {
        const auto& callers = graph_.functions[node.function].callers;
        if (callers.empty()) unknown.push_back(id);
        for (const auto i : callers) {
          if (++graph_.steps > kMaxSteps) break;
          const Call& call = graph_.calls[i];
          const auto caller = graph_.nodes[call.node].function;
          const auto argument = static_cast<std::size_t>(node.argument);
          if (call.exact && node.argument >= 0) {
            if (argument < call.inputs.size()) reach(caller, call.inputs[argument], sink, id);
          } else {
            for (const auto input : call.inputs) reach(caller, input, sink, id);
          }
        }
        continue;
      }
      if (is_constant(node.op)) {
        texts(node.bytes, [&](std::string_view text) {
          if (leads_elsewhere(text) && told < kMaxTold && use_tells(graph_.sinks[sink], text, id)) ++told;
        });
        continue;
      }
      const auto inputs = inputs_of(node.bytes);
      for (const auto input : inputs) reach(node.function, input, sink, id);
      if (node.calls >= 0)
        for (const auto function : graph_.calls[static_cast<std::size_t>(node.calls)].functions) {
          if (++graph_.steps > kMaxSteps) break;
          for (const auto value : graph_.functions[function].returns) reach(function, value, sink, id);
        }
      if (hides(node.op)) hiding.push_back(id);
      if (inputs.empty() && node.calls < 0) unknown.push_back(id);
    }
    if (graph_.steps > kMaxSteps) graph_.cut = true;
    if (use != Use::write || hiding.empty()) return;
    // A name that is computed is hidden when the caller has no part in it.
    std::sort(ways.begin(), ways.end());
    std::unordered_set<std::uint32_t> asked(unknown.begin(), unknown.end());
    while (!unknown.empty()) {
      const auto id = unknown.back();
      unknown.pop_back();
      for (auto at = std::lower_bound(ways.begin(), ways.end(), std::pair(id, std::uint32_t{0}));
           at != ways.end() && at->first == id; ++at)
        if (asked.insert(at->second).second) unknown.push_back(at->second);
    }
    for (const auto id : hiding) {
      if (asked.contains(id)) continue;
      const Sink& sink = graph_.sinks[sink_of[id]];
      scan_.find(rules::tf_dangerous_op, Severity::suspicious,
                 fmt::format("the operation {} writes to a file whose name {} hides", printable(sink.op, 60),
                             printable(graph_.nodes[id].op, 60)),
                 {part_.member, sink.at, printable(sink.op, 60)});
    }
  }

  // A constant that names a file outside of the model reaches an operation. False when that is fine.
  bool use_tells(const Sink& sink, std::string_view path, std::uint32_t constant) {
    const std::string op = printable(sink.op, 60), shown = printable(path, 200);
    const Place place{part_.member, sink.at, op};
    switch (sink.use) {
      case Use::write:
        tell(sink.op, "writes " + shown, sink.name, graph_.functions[sink.function].name, sink.at);
        return true;
      case Use::restore:
        // Graphs of a training name the checkpoint that it began with.
        scan_.find(rules::tf_file, Severity::info, fmt::format("{} reads the checkpoint {}", op, shown), place);
        return true;
      case Use::table:
        // A table of words is filled from a file of the model: the loader puts its path into a constant that is named as an asset.
        if (graph_.assets.contains(constant)) return false;
        scan_.find(rules::tf_file, Severity::suspicious, fmt::format("{} reads {}", op, shown), place);
        return true;
    }
    return true;
  }

  // The functions that a node names: every attribute that is one, or a list of them.
  std::vector<std::string_view> called(std::span<const std::byte> node) {
    std::vector<std::string_view> out;
    const auto name_in = [&](const Field& value) {
      each(value.bytes, [&](const Field& function) {
        if (function.message(1)) out.push_back(function.text());
      });
    };
    each(node, [&](const Field& field) {
      if (!field.message(5)) return;
      each(field.bytes, [&](const Field& part) {
        if (!part.message(2)) return;
        each(part.bytes, [&](const Field& value) {
          if (value.message(10)) name_in(value);
          if (value.message(1))
            each(value.bytes, [&](const Field& one) {
              if (one.message(9)) name_in(one);
            });
        });
      });
    });
    return out;
  }

  // The texts of a Const: AttrValue.tensor.string_val.
  template <class F>
  void texts(std::span<const std::byte> node, F&& f) {
    each(node, [&](const Field& field) {
      if (!field.message(5)) return;
      each(field.bytes, [&](const Field& value) {
        if (!value.message(2)) return;
        each(value.bytes, [&](const Field& tensor) {
          if (!tensor.message(8)) return;
          each(tensor.bytes, [&](const Field& text) {
            if (text.message(8)) f(text.text());
          });
        });
      });
    });
  }

  void node(std::span<const std::byte> bytes, std::uint32_t in, std::uint64_t at) {
    const std::string_view function = graph_.functions[in].name;
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
    const auto uses = [&](Use use, std::string_view input) {
      if (!input.empty()) graph_.sinks.push_back({op, name, input, in, at, use});
    };
    if (is_writer(op)) uses(Use::write, first);
    if (writes_second(op)) uses(Use::write, second);
    if (op == "RestoreV2" || op == "Restore" || op == "RestoreSlice") uses(Use::restore, first);
    if (op.starts_with("InitializeTableFromTextFile") || op == "InitializeTRTResource") uses(Use::table, second);
    if (op.find('>') != std::string_view::npos)
      scan_.find(rules::tf_custom_op, "the operation " + printable(op, 100) + " comes from another library",
                 {part_.member, at, {}});
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
      if (field.message(2) && leads_elsewhere(field.text()))
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
  std::unordered_set<std::string_view> assets_;  // constants that stand for files of the model
  Graph graph_;
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
  return first == 0x0a || first == 0x12 || first == 0x08 || (first & 7) <= 2 || may_begin_text(first) ? Fit::maybe
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
