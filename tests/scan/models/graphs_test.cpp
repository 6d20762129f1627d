// TensorFlow, ONNX, TensorFlow Lite, PaddlePaddle and Core ML: messages written out field by field.
#include <gtest/gtest.h>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

std::string number(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
std::string f(unsigned field, std::uint64_t value) {
  return number(field << 3) + number(value);
}
std::string f(unsigned field, const std::string& bytes) {
  return number(field << 3 | 2) + number(bytes.size()) + bytes;
}

// ---- TensorFlow ----
std::string text_attribute(const std::string& key, const std::string& value) {
  return f(5, f(1, key) + f(2, f(2, value)));
}
std::string op(const std::string& name, const std::string& kind, const std::string& more = "") {
  return f(1, name) + f(2, kind) + more;
}
std::string constant(const std::string& name, const std::string& text) {
  return op(name, "Const", f(5, f(1, "value"s) + f(2, f(8, f(1, 7) + f(8, text)))));
}
const std::string kMatMul = f(1, op("a", "Const")) + f(1, op("m", "MatMul", f(3, "a"s) + f(3, "a"s)));
std::string function(const std::string& node) {
  return f(2, f(1, f(1, f(1, "__inference_f_1"s)) + f(3, op("x", "Identity")) + f(3, node)));
}
std::string saved_model(const std::string& graph, const std::string& more = "") {
  return f(1, 1) + f(2, f(1, f(5, "2.9"s)) + f(2, graph) + more);
}

// ---- ONNX ----
std::string onnx_node(const std::string& kind, const std::string& more = "") {
  return f(1, "x"s) + f(2, "y"s) + f(4, kind) + more;
}
std::string onnx_model(const std::string& graph, const std::string& more = "") {
  return f(1, 8) + f(2, "test"s) + f(7, graph) + f(8, f(1, ""s) + f(2, 13)) + more;
}
std::string external(const std::string& location, const std::string& more = "") {
  return f(1, 2) + f(2, 1) + f(8, "w"s) + f(13, f(1, "location"s) + f(2, location)) + more + f(14, 1);
}
const std::string kRelu = f(1, onnx_node("Relu"));

// ---- flat buffers ----
std::string le(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
  return out;
}
// A model with one operator code of the given name, one graph with one tensor and one operation.
std::string tflite(const std::string& custom, std::uint32_t buffer = 0, std::uint32_t tensor = 0) {
  std::string out(8, '\0');
  out.replace(4, 4, "TFL3");
  const auto put = [&](const std::string& bytes) {
    while (out.size() % 4 != 0) out += '\0';
    const auto at = out.size();
    out += bytes;
    return at;
  };
  // Children stand behind their parents: offsets are filled in afterwards.
  const auto offset = [&](std::size_t at, std::size_t to) { out.replace(at, 4, le(to - at, 4)); };
  const auto table = [&](const std::vector<std::string>& fields) {  // "" = absent; each of 4 bytes
    std::string vtable = le(4 + 2 * fields.size(), 2), body;
    std::uint16_t at = 4;
    std::string offsets;
    for (const auto& field : fields) {
      offsets += field.empty() ? le(0, 2) : le(at, 2);
      if (!field.empty()) at = static_cast<std::uint16_t>(at + 4);
      body += field;
    }
    vtable += le(at, 2) + offsets;
    const auto v = put(vtable);
    const auto t = put(std::string(4, '\0') + body);
    out.replace(t, 4, le(t - v, 4));
    return t;
  };
  const std::string hole(4, '\0');
  const auto model = table({le(3, 4), hole, hole, "", hole});
  out.replace(0, 4, le(model, 4));
  const auto codes = put(le(1, 4) + hole);
  offset(model + 8, codes);
  const auto code = table({le(32, 4), hole});
  offset(codes + 4, code);
  offset(code + 8, put(le(custom.size(), 4) + custom + "\0"s));
  const auto graphs = put(le(1, 4) + hole);
  offset(model + 12, graphs);
  const auto graph = table({hole, "", "", hole});
  offset(graphs + 4, graph);
  const auto tensors = put(le(1, 4) + hole);
  offset(graph + 4, tensors);
  offset(tensors + 4, table({"", "", le(buffer, 4)}));
  const auto operators = put(le(1, 4) + hole);
  offset(graph + 8, operators);
  const auto one = table({le(0, 4), hole});
  offset(operators + 4, one);
  offset(one + 8, put(le(1, 4) + le(tensor, 4)));
  const auto buffers = put(le(1, 4) + hole);
  offset(model + 16, buffers);
  offset(buffers + 4, table({}));
  return out;
}

// A function of the library with arguments, and an attribute that names one.
std::string named(const std::string& name, const std::vector<std::string>& arguments, const std::string& more) {
  std::string signature = f(1, name);
  for (const auto& argument : arguments) signature += f(2, f(1, argument) + f(3, 7));
  return f(1, f(1, signature) + more);
}
std::string calls(const std::string& name, const std::string& key = "f") {
  return f(5, f(1, key) + f(2, f(10, f(1, name))));
}
const std::string kKeys = "/home/u/.ssh/authorized_keys";
const std::string kPath = f(1, constant("k", kKeys));
std::string saved_from(const std::string& input) {
  return f(1, op("s", "SaveV2", f(3, input)));
}
// The path handed to a function that saves, by an operation of some kind.
std::string through(const std::string& kind, const std::string& attribute, const std::string& before = "") {
  return saved_model(kPath + f(1, op("b", "Placeholder")) + f(1, op("c", kind, before + f(3, "k"s) + attribute)) +
                     f(2, named("writer", {"p"}, f(3, op("s", "SaveV2", f(3, "p"s))))));
}
std::string identities(int count) {
  std::string out, last = "k";
  for (int i = 0; i < count; ++i) {
    const std::string name = "i" + std::to_string(i);
    out += f(1, op(name, "Identity", f(3, last)));
    last = name;
  }
  return out + saved_from(last);
}

struct Case {
  const char* name;
  std::string bytes;
  const char* rule;
};
class Graphs : public testing::TestWithParam<Case> {};

TEST_P(Graphs, TrickIsFound) {
  const auto report = scan_text(GetParam().bytes);
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

INSTANTIATE_TEST_SUITE_P(
    , Graphs,
    testing::Values(
        Case{"tf_read_file", saved_model(kMatMul + f(1, op("r", "ReadFile"))), "tf-dangerous-op"},
        Case{"tf_python", saved_model(kMatMul + f(1, op("p", "EagerPyFunc"))), "tf-dangerous-op"},
        Case{"tf_in_a_function", saved_model(kMatMul + function(op("w", "WriteFile"))), "tf-dangerous-op"},
        Case{"tf_only_in_a_function", saved_model(function(op("w", "WriteFile"))), "tf-dangerous-op"},
        Case{"tf_second_meta_graph", saved_model(kMatMul) + f(2, f(2, f(1, op("w", "WriteFile")))), "tf-dangerous-op"},
        Case{"tf_frozen_graph", kMatMul + f(1, op("p", "PyFunc")), "tf-dangerous-op"},
        Case{"tf_print_to_a_file",
             saved_model(kMatMul + f(1, op("p", "PrintV2", text_attribute("output_stream", "file:///home/u/.bashrc")))),
             "tf-dangerous-op"},
        Case{"tf_checkpoint_anywhere",
             saved_model(f(1, constant("c", "/home/u/.ssh/authorized_keys")) + f(1, op("s", "SaveV2", f(3, "c"s)))),
             "tf-dangerous-op"},
        Case{"tf_path_joined",
             saved_model(f(1, constant("a", "/home/u/.ssh")) + f(1, constant("b", "/authorized_keys")) +
                         f(1, op("j", "StringJoin", f(3, "a"s) + f(3, "b"s))) +
                         f(1, op("i", "Identity", f(3, "j:0"s))) + f(1, op("s", "SaveV2", f(3, "i"s)))),
             "tf-dangerous-op"},
        Case{"tf_path_hidden",
             saved_model(f(1, constant("a", "L2hvbWUvdS8uc3No")) + f(1, op("j", "DecodeBase64", f(3, "a"s))) +
                         f(1, op("s", "SaveV2", f(3, "j"s)))),
             "tf-dangerous-op"},
        Case{"tf_path_through_a_call",
             saved_model(f(1, constant("a", "/home/u/x")) +
                         f(1, op("c", "StatefulPartitionedCall",
                                 f(3, "a"s) + f(5, f(1, "f"s) + f(2, f(10, f(1, "__inference_f_1"s)))))) +
                         function(op("s", "SaveV2", f(3, "prefix"s)))),
             "tf-dangerous-op"},
        Case{"tf_cache_elsewhere",
             saved_model(f(1, constant("a", "/home/u/x")) + f(1, op("s", "CacheDataset", f(3, "d"s) + f(3, "a"s)))),
             "tf-dangerous-op"},
        Case{"tf_table_of_a_file",
             saved_model(f(1, constant("a", "/etc/passwd")) +
                         f(1, op("t", "InitializeTableFromTextFileV2", f(3, "h"s) + f(3, "a"s)))),
             "tf-file"},
        Case{"tf_graph_in_a_constant",
             saved_model(f(1, constant("g", f(1, op("r", "ReadFile", f(3, "x"s))) + kMatMul)) +
                         f(1, op("d", "DatasetFromGraph", f(3, "g"s)))),
             "tf-dangerous-op"},
        Case{"tf_text_saves",
             "node {\n  name: \"c\"\n  op: \"Const\"\n  attr { value { tensor { string_val: \"/home/u/.profile\" } } }\n}\n"
             "node {\n  name: \"s\"\n  op: \"SaveV2\"\n}\n",
             "tf-dangerous-op"},
        Case{"tf_debug_urls",
             saved_model(kMatMul + f(1, op("d", "DebugIdentity",
                                           f(5, f(1, "debug_urls"s) + f(2, f(1, f(2, "file:///tmp/x"s))))))),
             "tf-dangerous-op"},
        Case{"tf_asset_outside", saved_model(kMatMul, f(6, f(2, "../../x"s))), "tf-file"},
        Case{"tf_behind_unknown_fields", [] { std::string out; for (int i = 0; i < 500; ++i) out += f(900, "x"s); return out; }() + saved_model(f(1, op("r", "ReadFile"))), "tf-dangerous-op"},
        Case{"tf_behind_a_group", saved_model(f(1, number(99 << 3 | 3) + number(99 << 3 | 4) + op("r", "ReadFile"))),
             "tf-dangerous-op"},
        Case{"tf_keras_inside",
             saved_model(kMatMul,
                         f(7, f(1, f(4, f(1, "_tf_keras_layer"s) +
                                            f(3, R"({"class_name": "Lambda", "config": {"function": "x"}})"s))))),
             "keras-lambda"},
        Case{"tf_keras_metadata",
             f(1,
               f(2, 1) + f(3, "root"s) + f(4, "_tf_keras_layer"s) + f(5, R"({"class_name": "Lambda", "config": {}})"s)),
             "keras-lambda"},
        Case{"tf_text",
             "saved_model_schema_version: 1\nmeta_graphs {\n  graph_def {\n    node {\n      name: \"r\"\n      op: "
             "\"ReadFile\"\n    }\n  }\n}\n",
             "tf-dangerous-op"},
        Case{"tf_text_without_blanks", "node{name:\"a\"op:\"WriteFile\"}", "tf-dangerous-op"},
        Case{"tf_text_behind_a_message", "node{name:\"a\"attr{key:\"x\"}op:\"WriteFile\"}", "tf-dangerous-op"},
        Case{"tf_text_comment_before_colon", "node {\n name: \"a\"\n op # c\n : \"WriteFile\"\n}\n", "tf-dangerous-op"},
        Case{"tf_text_comment_behind_colon", "node {\n name: \"a\"\n op: # \"x\n \"Write\" # y\n 'File'\n}\n",
             "tf-dangerous-op"},
        Case{"tf_text_behind_a_blank", " \tnode { name: \"a\" op: \"WriteFile\" }", "tf-dangerous-op"},
        Case{"tf_text_behind_a_return", "\rnode { name: \"a\" op: \"WriteFile\" }", "tf-dangerous-op"},
        Case{"tf_text_behind_comments", "# " + std::string(70'000, 'x') + "\n \nnode { name: \"a\" op: \"WriteFile\" }",
             "tf-dangerous-op"},
        Case{"tf_text_comment_before_a_message",
             "meta_graphs # c\n { graph_def # {\n : < node [ # d\n { op: \"WriteFile\" }] > }", "tf-dangerous-op"},
        Case{"tf_text_unicode_escape", "node { name: \"a\" op: \"\\u0057rite\\x46ile\" }", "tf-dangerous-op"},
        Case{"tf_text_versions_first",
             "versions { bad_consumers: [" + [] { std::string out; for (int i = 0; i < 5000; ++i) out += "1,"; return out; }() +
                 "1] } node { op: \"WriteFile\" }",
             "tf-dangerous-op"},
        Case{"tf_text_saves_in_other_quotes",
             "node{op:'Const'attr{value{tensor{string_val # c\n:[\"x\", '\\057root/' \".profile\"]}}}}node{op:'Save' \"V2\"}",
             "tf-dangerous-op"},
        Case{"tf_path_from_afar", saved_model(kPath + identities(600)), "tf-dangerous-op"},
        Case{"tf_path_through_gather",
             saved_model(kPath + f(1, op("g", "GatherV2", f(3, "k"s) + f(3, "i"s) + f(3, "a"s))) +
                         f(1, op("e", "EnsureShape", f(3, "g:0"s))) + f(1, op("l", "Slice", f(3, "e"s))) + saved_from("l")),
             "tf-dangerous-op"},
        Case{"tf_path_is_second",
             saved_model(f(1, op("k", "Const", f(5, f(1, "value"s) + f(2, f(8, f(1, 7) + f(8, "ok"s) + f(8, kKeys)))))) +
                         f(1, op("g", "GatherV2", f(3, "k"s))) + saved_from("g")),
             "tf-dangerous-op"},
        Case{"tf_caller_before_the_called",
             saved_model(kPath + f(1, op("c", "PartitionedCall", f(3, "k"s) + calls("outer"))) +
                         f(2, named("outer", {"a"}, f(3, op("c", "PartitionedCall", f(3, "a"s) + calls("middle")))) +
                                  named("middle", {"b"}, f(3, op("c", "PartitionedCall", f(3, "b"s) + calls("inner")))) +
                                  named("inner", {"p"}, f(3, op("s", "SaveV2", f(3, "p"s)))))),
             "tf-dangerous-op"},
        Case{"tf_path_through_if", through("If", calls("none", "else_branch") + calls("writer", "then_branch"), f(3, "b"s)),
             "tf-dangerous-op"},
        Case{"tf_path_through_stateless_if", through("StatelessIf", calls("writer", "else_branch"), f(3, "b"s)),
             "tf-dangerous-op"},
        Case{"tf_path_through_while", through("While", calls("writer", "body")), "tf-dangerous-op"},
        Case{"tf_path_through_stateless_while", through("StatelessWhile", calls("writer", "cond")), "tf-dangerous-op"},
        Case{"tf_path_through_case",
             through("Case", f(5, f(1, "branches"s) + f(2, f(1, f(9, f(1, "none"s)) + f(9, f(1, "writer"s))))), f(3, "b"s)),
             "tf-dangerous-op"},
        Case{"tf_path_through_a_named_call", through("writer", ""), "tf-dangerous-op"},
        Case{"tf_path_returned",
             saved_model(f(1, op("c", "PartitionedCall", calls("giver"))) + saved_from("c") +
                         f(2, named("giver", {}, f(3, constant("k", kKeys)) + f(4, f(1, "o"s) + f(2, "k:output:0"s))))),
             "tf-dangerous-op"},
        Case{"tf_hidden_through_a_call",
             saved_model(f(1, constant("k", "L3Jvb3QvLnNzaA")) + f(1, op("d", "DecodeBase64", f(3, "k"s))) +
                         f(1, op("c", "PartitionedCall", f(3, "d"s) + calls("writer"))) +
                         f(2, named("writer", {"p"}, f(3, op("s", "SaveV2", f(3, "p"s)))))),
             "tf-dangerous-op"},
        Case{"tf_broken_node", saved_model(kMatMul + f(1, op("r", "Identity") + "\xff"s)), "graph-broken"},
        Case{"onnx_parent", onnx_model(kRelu + f(5, external("../../etc/passwd"))), "onnx-external-data"},
        Case{"onnx_windows_parent", onnx_model(kRelu + f(5, external("a\\..\\..\\x"))), "onnx-external-data"},
        Case{"onnx_absolute", onnx_model(kRelu + f(5, external("/proc/self/environ"))), "onnx-external-data"},
        Case{"onnx_drive", onnx_model(kRelu + f(5, external("C:x"))), "onnx-external-data"},
        Case{"onnx_address", onnx_model(kRelu + f(5, external("https://example.org/w"))), "onnx-external-data"},
        Case{"onnx_memory", onnx_model(kRelu + f(5, external("*/_ORT_MEM_ADDR_/*"))), "onnx-external-data"},
        Case{"onnx_attribute_of_python",
             onnx_model(kRelu + f(5, external("w.bin", f(13, f(1, "__class__"s) + f(2, "x"s))))), "onnx-external-data"},
        Case{"onnx_length",
             onnx_model(kRelu + f(5, external("w.bin", f(13, f(1, "length"s) + f(2, "99999999999999999999"s))))),
             "graph-broken"},
        Case{"onnx_negative_offset", onnx_model(kRelu + f(5, external("w.bin", f(13, f(1, "offset"s) + f(2, "-8"s))))),
             "graph-broken"},
        Case{"onnx_in_a_subgraph",
             onnx_model(f(1,
                          onnx_node("If", f(5, f(1, "then_branch"s) +
                                                   f(6, f(1, onnx_node("Constant", f(5, f(5, external("../x")))))))))),
             "onnx-external-data"},
        Case{"onnx_sparse", onnx_model(kRelu + f(15, f(1, external("../x")))), "onnx-external-data"},
        Case{"onnx_in_a_function",
             onnx_model(kRelu,
                        f(25, f(1, "g"s) + f(7, onnx_node("Constant", f(5, f(5, external("../x"))))) + f(10, "own"s))),
             "onnx-external-data"},
        Case{"onnx_in_training", onnx_model(kRelu, f(20, f(1, f(5, external("../x"))))), "onnx-external-data"},
        Case{"onnx_other_domain", onnx_model(f(1, onnx_node("Thing", f(7, "somebody.ops"s)))), "onnx-custom-op"},
        Case{"onnx_python", onnx_model(f(1, onnx_node("PyOp", f(7, "com.microsoft"s)))), "onnx-custom-op"},
        Case{"onnx_too_few_bytes", onnx_model(kRelu + f(5, f(1, 1000) + f(2, 1) + f(8, "w"s) + f(9, "1234"s))),
             "graph-broken"},
        Case{"onnx_overflow", onnx_model(kRelu + f(5, f(1, 1ull << 62) + f(1, 4) + f(2, 1) + f(8, "w"s) + f(9, ""s))),
             "graph-broken"},
        Case{"tflite_flex", tflite("FlexReadFile"), "tf-dangerous-op"},
        Case{"tflite_buffer", tflite("x", 7), "graph-broken"}, Case{"tflite_tensor", tflite("x", 0, 9), "graph-broken"},
        Case{"paddle_python", f(1, f(1, 0) + f(2, UINT64_MAX) + f(3, "v"s) + f(4, f(3, "py_func"s))),
             "tf-dangerous-op"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

const std::vector<std::pair<const char*, std::string>> kHonest = {
    {"tensorflow",
     saved_model(kMatMul + f(1, constant("c", "/tmp/vocabulary.txt")) + f(1, op("s", "SaveV2", f(3, "prefix"s))) +
                     f(1, op("r", "RestoreV2")) + f(1, op("p", "PrintV2", text_attribute("output_stream", "stderr"))) +
                     function(op("x", "AddV2")),
                 f(6, f(2, "vocabulary.txt"s)))},
    {"tensorflow", kMatMul},
    // As tf.saved_model writes it: the saver's own texts, and a table whose constant the loader replaces.
    {"tensorflow",
     saved_model(f(1, op("saver_filename", "Placeholder")) + f(1, constant("part", "_temp_0/part")) +
                     f(1, op("j", "StringJoin", f(3, "saver_filename"s) + f(3, "part"s))) +
                     f(1, op("shard", "ShardedFilename", f(3, "j"s))) + f(1, op("s", "SaveV2", f(3, "shard"s))) +
                     f(1, op("pack", "Pack", f(3, "shard"s) + f(3, "^s"s))) +
                     f(1, op("m", "MergeV2Checkpoints", f(3, "pack"s) + f(3, "saver_filename"s))) +
                     f(1, constant("words", "/home/me/project/words.txt")) +
                     f(1, op("t", "InitializeTableFromTextFileV2", f(3, "h"s) + f(3, "words"s))) +
                     f(1, op("c", "StatefulPartitionedCall",
                             f(3, "saver_filename"s) + f(5, f(1, "f"s) + f(2, f(10, f(1, "__inference_f_1"s)))))) +
                     function(op("s", "SaveV2", f(3, "prefix"s))),
                 f(6, f(1, f(1, "words:0"s)) + f(2, "words.txt"s)))},
    // Which argument is the file, the signature says; paths that are saved, and control inputs, are no names of files.
    {"tensorflow",
     saved_model(kPath + f(1, op("name", "Placeholder")) + f(1, op("n", "NoOp", f(3, "^k"s))) +
                 f(1, op("c", "StatefulPartitionedCall", f(3, "name"s) + f(3, "k"s) + f(3, "^n"s) + calls("save"))) +
                 f(1, op("i", "Identity", f(3, "c"s) + f(3, "^k"s))) +
                 f(2, named("save", {"file_prefix", "words"},
                            f(3, constant("part", ".part")) + f(3, constant("temp", "_temp/part")) +
                                f(3, op("m", "StaticRegexFullMatch",
                                        f(3, "file_prefix"s) + text_attribute("pattern", "^s3://.*"))) +
                                f(3, op("sel", "Select",
                                        f(3, "m:output:0"s) + f(3, "part:output:0"s) + f(3, "temp:output:0"s))) +
                                f(3, op("j", "StringJoin", f(3, "file_prefix"s) + f(3, "sel:output:0"s))) +
                                f(3, op("f", "ShardedFilename", f(3, "j:output:0"s))) +
                                f(3, op("s", "SaveV2", f(3, "f:filename:0"s) + f(3, "words"s))) +
                                f(3, op("p", "Pack", f(3, "f:filename:0"s) + f(3, "^s"s))) +
                                f(3, op("x", "MergeV2Checkpoints", f(3, "p:output:0"s) + f(3, "file_prefix"s))) +
                                f(3, op("o", "Identity", f(3, "file_prefix"s) + f(3, "^x"s))) +
                                f(4, f(1, "identity"s) + f(2, "o:output:0"s)))))},
    {"onnx", onnx_model(kRelu + f(5, f(1, 2) + f(2, 1) + f(8, "w"s) + f(9, "12345678"s)) +
                        f(5, external("weights/model.onnx_data", f(13, f(1, "offset"s) + f(2, "0"s)))))},
    {"onnx", onnx_model(f(1, onnx_node("Gelu", f(7, "com.microsoft"s))) + f(1, onnx_node("G", f(7, "own"s))),
                        f(25, f(1, "G"s) + f(7, onnx_node("Relu")) + f(10, "own"s)))},
    {"paddle", f(1, f(1, 0) + f(2, UINT64_MAX) + f(3, "v"s) + f(4, f(3, "conv2d"s)))},
    {"coreml", f(1, 4) + f(2, f(1, f(1, "x"s))) + f(500, f(1, f(1, "layer"s)))},
};

TEST(Graph, HonestOnesAreSilent) {
  for (const auto& [name, bytes] : kHonest) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(report.findings.empty()) << name << "\n" << told(report);
    EXPECT_TRUE(report.complete()) << told(report);
    ASSERT_FALSE(report.formats.empty()) << name;
    EXPECT_EQ(report.formats.front(), name);
  }
}

// Once hung: each of 500 operations went back over all of the 100,000 inputs.
TEST(Graph, WaysThatMeetAreGoneOnce) {
  std::string inputs, savers, library;
  for (int i = 0; i < 100'000; ++i) inputs += f(3, "p"s);
  for (int i = 0; i < 500; ++i) savers += f(1, op("s" + std::to_string(i), "SaveV2", f(3, "pack"s)));
  const std::string graph = f(1, op("p", "Placeholder")) + f(1, op("pack", "Pack", inputs)) + savers;
  EXPECT_TRUE(scan_text(saved_model(graph)).complete());
  EXPECT_EQ(scan_text(saved_model(kPath + f(1, op("pack", "Pack", inputs + f(3, "k"s))) + savers)).worst(),
            Severity::malicious);
  // More than is followed is told: every argument of a function that 3,000 calls with as many inputs name.
  std::string arguments, callers;
  for (int i = 0; i < 3000; ++i) arguments += f(3, "a" + std::to_string(i));
  for (int i = 0; i < 3000; ++i)
    callers += f(1, op("c" + std::to_string(i), "If", f(3, "p"s) + f(3, "p"s) + calls("w")));
  const auto report = scan_text(saved_model(
      callers + f(2, named("w", {}, f(3, op("j", "Pack", arguments)) + f(3, op("s", "SaveV2", f(3, "j"s)))))));
  EXPECT_FALSE(report.complete());
}

TEST(Graph, OperationsOfOtherLibrariesAreWorthKnowing) {
  const auto report = scan_text(tflite("SomebodysOperation"));
  EXPECT_TRUE(found(report, "tf-custom-op")) << told(report);
  EXPECT_EQ(report.worst(), Severity::info) << told(report);
  EXPECT_EQ(report.formats, std::vector<std::string>{"tflite"});
}

TEST(Graph, LabelsBehindATfliteModelAreNoPolyglot) {
  const std::string name = "labels.txt", text = "cat\ndog\n";
  const auto local = "PK\3\4\x14\0\0\0\0\0\0\0\0\0"s + le(0xf1229021, 4) + le(text.size(), 4) + le(text.size(), 4) +
                     le(name.size(), 2) + le(0, 2) + name + text;
  const auto model = tflite("x");
  const auto entry = "PK\1\2\x14\0\x14\0\0\0\0\0\0\0\0\0"s + le(0xf1229021, 4) + le(text.size(), 4) +
                     le(text.size(), 4) + le(name.size(), 2) + le(0, 12) + le(model.size(), 4) + name;
  const auto end = "PK\5\6\0\0\0\0\1\0\1\0"s + le(entry.size(), 4) + le(model.size() + local.size(), 4) + le(0, 2);
  const auto report = scan_text(model + local + entry + end);
  EXPECT_FALSE(found(report, "polyglot")) << told(report);
  EXPECT_TRUE(found(report, "tf-custom-op")) << told(report);
}

TEST(Graph, CutAnywhereItIsNeverClean) {
  auto all = kHonest;
  all.emplace_back("tflite", tflite("x"));
  for (const auto& [name, whole] : all) {
    // Messages have no mark, and where a field ends one may end: that much is whole in itself.
    for (std::size_t n = 8; n < whole.size(); ++n) {
      const auto report = scan_text(std::string_view(whole).substr(0, n));
      const bool whole_again = name != "tflite"s && !report.formats.empty() && report.formats.front() == name;
      EXPECT_TRUE(!report.complete() || report.worst() > Severity::info || whole_again) << name << " " << n << "\n"
                                                                                        << told(report);
    }
  }
}

TEST(Graph, AnyByteMayBeWrong) {
  auto all = kHonest;
  all.emplace_back("tflite", tflite("x"));
  for (const auto& [name, whole] : all)
    for (std::size_t n = 0; n < whole.size(); ++n)
      for (const char c : {'\xff', '\0', '\x7f'}) {
        auto bytes = whole;
        bytes[n] = c;
        EXPECT_LE(scan_text(bytes).findings.size(), 50u);
      }
}

}  // namespace
}  // namespace tocsin
