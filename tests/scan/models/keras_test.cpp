// Keras configurations: what they may name, and what they hide.
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

std::string model(const std::string& layer) {
  return R"({"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [)" + layer +
         R"(]}, "registered_name": null})";
}
std::string dense(const std::string& more) {
  return R"({"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 4)" + more +
         R"(}, "registered_name": null})";
}
std::string wrapped(std::string inner, int times) {
  for (int i = 0; i < times; ++i) inner = R"({"class_name": "Sequential", "config": {"layers": [)" + inner + "]}}";
  return inner;
}
// A code object as marshal writes it, far enough for its head and its names.
std::string bytecode(const std::string& names) {
  return to_base64("\xe3\x01\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\x03\0\0\0\xf3\x04\0\0\0\x97\0t\x01"s + names);
}
std::string lambda(const std::string& code) {
  return R"({"module": "keras.layers", "class_name": "Lambda", "config": {"name": "l", "function": {"class_name": "__lambda__", "config": {"code": ")" +
         code + R"(", "defaults": null, "closure": null}}}})";
}

struct Case {
  const char* name;
  std::string text;
  const char* rule;
};
class Keras : public testing::TestWithParam<Case> {};

TEST_P(Keras, TrickIsFound) {
  const auto report = scan_text(GetParam().text);
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

INSTANTIATE_TEST_SUITE_P(
    , Keras,
    testing::Values(
        Case{"lambda", model(lambda(bytecode("\xda\x02os\xda\x06system"s))), "keras-lambda"},
        Case{"lambda_of_an_old_file",
             model(R"({"class_name": "Lambda", "config": {"function": [")" + bytecode("\xda\x01x"s) +
                   R"(\n", null, null], "function_type": "lambda"}})"),
             "keras-lambda"},
        Case{
            "lambda_that_is_a_name",
            model(
                R"({"class_name": "Lambda", "config": {"function": "system", "function_type": "function", "module": "os"}})"),
            "keras-lambda"},
        Case{"lambda_in_nested_models", wrapped(lambda("AAAA"), 50), "keras-lambda"},
        Case{"lambda_in_a_wrapper",
             model(R"({"class_name": "TimeDistributed", "config": {"layer": )" + lambda("AAAA") + "}}"),
             "keras-lambda"},
        Case{"lambda_outside_of_layers",
             model(dense(R"(, "activation": {"class_name": "__lambda__", "config": {"value": ")" +
                         bytecode("\xda\x04"
                                  "exec"s) +
                         R"("}})")),
             "keras-lambda"},
        Case{"bytecode_under_another_key", model(dense(R"(, "activation": ")" + bytecode("\xda\x01x"s) + R"(")")),
             "keras-lambda"},
        Case{"module_of_anything",
             model(R"({"module": "os", "class_name": "function", "config": "system", "registered_name": "system"})"),
             "keras-dangerous-name"},
        Case{"class_of_the_standard_library",
             model(R"({"module": "subprocess", "class_name": "Popen", "config": {"args": ["id"]}})"),
             "keras-dangerous-name"},
        Case{
            "builtin",
            model(dense(
                R"(, "activation": {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "function"})")),
            "keras-dangerous-name"},
        Case{
            "unknown_builtin",
            model(dense(
                R"(, "activation": {"module": "builtins", "class_name": "function", "config": "vars", "registered_name": "function"})")),
            "keras-dangerous-name"},
        Case{"name_with_its_module", R"({"class_name": "os.system", "config": {"command": "id"}})",
             "keras-dangerous-name"},
        Case{"unknown_module", model(R"({"module": "somebody.layers", "class_name": "Thing", "config": {}})"),
             "keras-foreign-name"},
        Case{
            "get_file",
            model(dense(
                R"(, "activation": {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"})")),
            "keras-dangerous-name"},
        Case{
            "unsafe_mode",
            model(dense(
                R"(, "activation": {"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization"})")),
            "keras-dangerous-name"},
        Case{
            "resolver_of_keras",
            model(dense(
                R"(, "activation": {"module": "keras.activations", "class_name": "function", "config": "deserialize"})")),
            "keras-dangerous-name"},
        Case{"other_part_of_keras",
             model(R"({"module": "keras.src.utils.file_utils", "class_name": "shutil", "config": {}})"),
             "keras-dangerous-name"},
        Case{
            "vocabulary",
            model(
                R"({"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}})"),
            "keras-file"},
        Case{
            "vocabulary_beside_it",
            model(
                R"({"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "secrets.txt"}})"),
            "keras-file"},
        Case{"address", model(dense(R"(, "origin": "https://example.org/x.tar.gz")")), "keras-file"},
        Case{"path_out", model(dense(R"(, "weights": "../../x")")), "keras-file"},
        Case{"torch_module",
             model(R"({"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {"module": ")" +
                   to_base64("cos\nsystem\n(S'id'\ntR.") + R"("}})"),
             "pickle-dangerous-call"},
        Case{"saved_model_layer",
             model(R"({"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "other"}})"),
             "keras-dangerous-name"},
        Case{"operation", model(R"({"class_name": "TFOpLambda", "config": {"function": "io.write_file"}})"),
             "keras-dangerous-name"},
        Case{
            "in_the_compile_config",
            R"({"class_name": "Functional", "config": {}, "compile_config": {"loss": {"module": "os", "class_name": "function", "config": "system"}}})",
            "keras-dangerous-name"},
        Case{"list_at_the_top", R"([{"module": "os", "class_name": "function", "config": "system"}])",
             "keras-dangerous-name"},
        Case{"text_in_text", model(dense(R"(, "x": "{\"class_name\": \"Lambda\", \"config\": {}}")")), "keras-lambda"},
        Case{"escaped_key", R"({"class\u005fname": "Lambda", "config": {"function": "x"}})", "keras-lambda"},
        Case{"key_twice", R"({"class_name": "Sequential", "config": {}, "config": {"layers": []}})", "keras-broken"},
        Case{"cut", model(dense("")).substr(0, 120), "keras-broken"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

TEST(KerasConfig, HonestOnesAreSilent) {
  for (
      const std::string& text : {
          model(dense(
              R"(, "activation": "relu", "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null}})")),
          model(dense(
              R"(, "activation": {"module": "builtins", "class_name": "function", "config": "leaky_relu", "registered_name": "leaky_relu"})")),
          model(dense(
              R"(, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null})")),
          model(dense(R"(, "max_value": Infinity, "min_value": -Infinity, "x": NaN, "doc": "NaN \" Infinity")")),
          model(
              R"({"module": "keras.src.ops.numpy", "class_name": "Add", "config": {"name": "add"}, "registered_name": "Add"})"),
          model(R"({"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": ["a", "b"]}})"),
          R"({"class_name": "Model", "config": {"layers": [{"class_name": "TFOpLambda", "config": {"function": "math.add"}}, {"class_name": "SlicingOpLambda", "config": {"function": "__operators__.getitem"}}]}})"s,
          R"({"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense", "config": {"name": "scope/d", "units": 4}}]}, "keras_version": "2.4.0"})"s,
          R"({"class_name": "Functional", "config": {}, "compile_config": {"optimizer": {"module": "keras.optimizers", "class_name": "Adam", "config": {}}, "loss": "mse"}})"s,
      }) {
    const auto report = scan_text(text);
    EXPECT_TRUE(report.findings.empty()) << text << "\n" << told(report);
    EXPECT_TRUE(report.complete()) << told(report);
    ASSERT_FALSE(report.formats.empty());
    EXPECT_EQ(report.formats.front(), "keras-config") << text;
  }
}

TEST(KerasConfig, ACustomLayerIsWorthKnowingAndNoMore) {
  const auto report = scan_text(
      R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "MyAttention", "config": {}, "registered_name": "Custom>MyAttention"}]}})");
  EXPECT_TRUE(found(report, "keras-custom-object")) << told(report);
  EXPECT_EQ(report.worst(), Severity::info);
}

TEST(KerasConfig, AVersionInTheFileChangesNothing) {
  for (const std::string version : {"1.0.0", "2.13.1", "3.99.0"}) {
    const auto report =
        scan_text(R"({"keras_version": ")" + version + R"(", "class_name": "Lambda", "config": {"function": "x"}})");
    EXPECT_TRUE(found(report, "keras-lambda")) << version;
  }
}

TEST(KerasConfig, CutAnywhereItIsNeverClean) {
  const auto whole = model(dense(R"(, "activation": "relu")"));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto report = scan_text(std::string_view(whole).substr(0, n));
    EXPECT_TRUE(!report.complete() || report.worst() > Severity::info) << n << "\n" << told(report);
  }
}

}  // namespace
}  // namespace tocsin
