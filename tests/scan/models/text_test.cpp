// JSON, YAML and other text: what settings make a loader do, and silence for the rest.
#include <gtest/gtest.h>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

struct Case {
  const char* name;
  std::string text;
  const char* rule;
};

class SettingsTricks : public testing::TestWithParam<Case> {};

TEST_P(SettingsTricks, AreFound) {
  const auto report = scan_text(GetParam().text);
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

std::string aliases() {
  std::string out = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    out += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) out += (k == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    out += "]\n";
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Text, SettingsTricks,
    testing::Values(
        Case{"auto_map_elsewhere", R"({"auto_map": {"AutoModel": "x/y--modeling.X"}})", "config-remote-code"},
        Case{"auto_map_elsewhere_in_a_list", R"({"auto_map": {"AutoTokenizer": ["x/y--tok.X", null]}})",
             "config-remote-code"},
        Case{"auto_map_path", R"({"auto_map": {"AutoModel": "../../x.X"}})", "config-remote-code"},
        Case{"auto_map_address", R"({"auto_map": {"AutoModel": "https://x.y/z.X"}})", "config-remote-code"},
        Case{"template_list", R"({"chat_template": [{"name": "default", "template": "{{ ''.__class__.__mro__ }}"}]})",
             "template-escape"},
        Case{"template_map", R"({"chat_template": {"default": "{{ ''.__class__.__mro__ }}"}})", "template-escape"},
        Case{"template_deep_inside", R"({"a": [{"chat_template": "{{ ''.__class__.__mro__ }}"}]})", "template-escape"},
        Case{"template_escaped_in_json", "{\"chat_template\": \"\\u007b\\u007b ''.__class__.__mro__ }}\"}",
             "template-escape"},
        Case{"key_escaped_in_json", "{\"chat\\u005ftemplate\": \"{{ ''|attr('x') }}\"}", "template-escape"},
        Case{"key_given_twice", R"({"chat_template": "{{ ''.__class__.__mro__ }}", "chat_template": "x"})",
             "template-escape"},
        Case{"template_in_json_lines", "{\"a\": 1}\n{\"chat_template\": \"{{ ''.__class__.__mro__ }}\"}\n",
             "template-escape"},
        Case{"template_before_a_fault", "{\"chat_template\": \"{{ ''.__class__.__mro__ }}\", \"b\": tru }",
             "template-escape"},
        Case{"template_with_nan", "{\"a\": NaN, \"chat_template\": \"{{ ''.__class__.__mro__ }}\"}", "template-escape"},
        Case{"langchain_prompt",
             R"({"_type": "prompt", "template_format": "jinja2", "template": "{{ ''|attr('x') }}"})",
             "template-escape"},
        Case{"yaml_template", "name: x\nchat_template: |\n  {{ ''.__class__.__mro__ }}\n", "template-escape"},
        Case{"yaml_template_in_second_document", "a: 1\n---\nchat_template: \"{{ ''.__class__.__mro__ }}\"\n",
             "template-escape"},
        Case{"target", R"({"model": {"_target_": "os.system", "command": "id"}})", "config-dangerous-object"},
        Case{"target_popen", "model:\n  _target_: subprocess.Popen\n  args: [id]\n", "config-dangerous-object"},
        Case{"target_builtin", "_target_: builtins.eval\n_args_: ['1']\n", "config-dangerous-object"},
        Case{"target_through_a_module", "_target_: torch.storage.os.system\n", "config-dangerous-object"},
        Case{"target_resolver", "_target_: hydra.utils.get_method\npath: os.system\n", "config-dangerous-object"},
        Case{"target_hub", "_target_: torch.hub.load\nrepo_or_dir: x/y\n", "config-dangerous-object"},
        Case{"target_unknown", "_target_: evil.payload.run\n", "config-unknown-object"},
        Case{"target_function_of_known_package", "_target_: nemo.utils.something.run\n", "config-unknown-object"},
        Case{"ldm_target", "model:\n  target: os.system\n  params: {command: id}\n", "config-dangerous-object"},
        Case{"jsonpickle", R"({"py/object": "subprocess.Popen"})", "config-dangerous-object"},
        Case{"jsonpickle_reduce", R"({"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]})",
             "config-dangerous-object"},
        Case{"jsonpickle_repr", R"x({"py/repr": "os/os.system('id')"})x", "config-dangerous-object"},
        Case{"jsonpickle_unknown", R"({"py/object": "evil.Thing"})", "config-unknown-object"},
        Case{"yaml_apply", "a: !!python/object/apply:os.system ['id']\n", "config-dangerous-object"},
        Case{"yaml_new", "a: !!python/object/new:subprocess.Popen [['id']]\n", "config-dangerous-object"},
        Case{"yaml_name", "a: !!python/name:os.system\n", "config-dangerous-object"},
        Case{"yaml_module", "a: !!python/module:os\n", "config-dangerous-object"},
        Case{"yaml_eval", "a: !!python/object/apply:eval ['1']\n", "config-dangerous-object"},
        Case{"yaml_full_tag", "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['id']\n",
             "config-dangerous-object"},
        Case{"yaml_tag_directive", "%TAG !x! tag:yaml.org,2002:python/object/apply:\n---\na: !x!os.system ['id']\n",
             "config-dangerous-object"},
        Case{"yaml_encoded_tag", "a: !!python/object/apply:os%2esystem ['id']\n", "config-dangerous-object"},
        Case{"yaml_in_a_key", "!!python/object/apply:os.system ['id']: 1\n", "config-dangerous-object"},
        Case{"yaml_flow", "{a: !!python/object/apply:os.system ['id']}\n", "config-dangerous-object"},
        Case{"yaml_flow_like_json", "{\"a\": !!python/object/apply:os.system ['id']}\n", "config-dangerous-object"},
        Case{"yaml_unknown_object", "a: !!python/object:evil.Thing {}\n", "config-unknown-object"},
        Case{"yaml_root", "!!python/object/apply:os.system ['id']\n", "config-dangerous-object"},
        Case{"yaml_broken_behind", "a: !!python/object/apply:os.system ['id']\nb: [\n", "config-dangerous-object"},
        Case{"yaml_java", "a: !!javax.script.ScriptEngineManager [x]\n", "config-dangerous-object"},
        Case{"hyperpyyaml", "a: !apply:os.system [id]\n", "config-dangerous-object"},
        Case{"hyperpyyaml_shell", "a: !apply:speechbrain.utils.superpowers.run_shell [id]\n",
             "config-dangerous-object"},
        Case{"mlflow_loader", "flavors:\n  python_function:\n    loader_module: subprocess\n",
             "config-dangerous-object"},
        Case{"diffusers_component", R"({"_class_name": "P", "unet": ["os", "system"]})", "config-dangerous-object"},
        Case{"sentence_transformers_module", R"([{"idx": 0, "name": "0", "path": "", "type": "os.system"}])",
             "config-dangerous-object"},
        Case{"endpoint", R"({"api_endpoint": "https://evil.example.net/in", "api_key": "0123456789abcdef"})",
             "config-endpoint"},
        Case{"aliases", aliases(), "config-expands"},
        Case{"nested_json", std::string(100'000, '[') + std::string(100'000, ']'), "config-expands"},
        Case{"serialized_pickle", R"({"policy": {":type:": "x", ":serialized:": "Y29zCnN5c3RlbQooUydpZCcKdFIu"}})",
             "pickle-dangerous-call"},
        Case{"skops_method",
             R"({"__class__": "X", "__module__": "sklearn.svm", "__loader__": "MethodNode", "content": {"func": "x"}})",
             "skops-unsafe-node"},
        Case{"skops_operator",
             R"({"__class__": "methodcaller", "__module__": "operator", "__loader__": "OperatorFuncNode"})",
             "skops-unsafe-node"},
        Case{"skops_danger", R"({"__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode"})",
             "skops-unsafe-node"},
        Case{"skops_unknown_class", R"({"__class__": "Thing", "__module__": "evil", "__loader__": "ObjectNode"})",
             "skops-unsafe-node"},
        Case{"skops_unknown_node", R"({"__class__": "dict", "__module__": "builtins", "__loader__": "EvilNode"})",
             "skops-unsafe-node"},
        Case{
            "skops_function",
            R"({"__class__": "function", "__module__": "builtins", "__loader__": "FunctionNode", "content": {"module_path": "os", "function": "system"}})",
            "config-dangerous-object"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

TEST(Text, HonestTextIsSilent) {
  for (
      const std::string_view text : {
          "{}",
          "[]",
          "[1, 2.5e3, -1, \"x\", null, true]",
          "{\"a\": {\"b\": [NaN, Infinity]}}\n",
          "{\"a\": 1}\n{\"a\": 2}\n",
          R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "rope_scaling": {"type": "linear", "factor": 2.0}, "eos_token_id": [1, 2]})",
          R"({"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0", "unet": ["diffusers", "UNet2DConditionModel"], "safety_checker": [null, null], "tokenizer": ["transformers", "CLIPTokenizer"]})",
          R"([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}])",
          R"({"bos_token": "<s>", "eos_token": {"__type": "AddedToken", "content": "</s>"}, "added_tokens_decoder": {"0": {"content": "{{", "special": true}}})",
          R"({"_target_": "torch.optim.AdamW", "lr": 0.1})",
          R"({"optimizer": {"_target_": "nemo.core.optim.NovoGrad"}, "f": {"_target_": "torch.nn.functional.relu"}})",
          R"({"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy", "file": "1.npy"})",
          R"({"__class__": "LogisticRegression", "__module__": "sklearn.linear_model._logistic", "__loader__": "ObjectNode", "content": {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode"}})",
          R"({"lc": 1, "type": "constructor", "id": ["langchain", "prompts", "PromptTemplate"]})",
          "a: 1\nb: [x, y]\nc:\n  - d: {e: f}\n",
          "- a\n- b\n",
          "a: &x [1]\nb: *x\n",
          "a: !!python/tuple [1, 2]\nb: !!str 5\n",
          "model:\n  _target_: nemo.collections.asr.models.EncDecCTCModel\n  target: nemo.x.Y\n",
          "lin: !new:torch.nn.Linear\n  in_features: 3\nseed: !apply:torch.manual_seed [1]\n",
          "model:\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params: {a: 1}\n",
          "# A model\n\nSome *prose*: with [links](https://x) and `!!python/object/apply:os.system` in quotes.\n",
          "just words\n",
          "merges\n#version: 0.2\ni n\nt h\n",
          "@{a}\n) } ] , : \n%\n",
          "<html><body>x</body></html>\n",
          "key = value\n[section]\nx = \"1\"\n",
          "\xef\xbb\xbf{\"a\": 1}",
          "caf\xe9 in Latin-1\n",
          "- hosts: all\n  tasks:\n    - debug: msg=\"{{ vars['a' ~ b] | combine(c) }}\"\n",
      }) {
    const auto report = scan_text(text);
    EXPECT_TRUE(report.findings.empty()) << text << "\n" << told(report);
    EXPECT_TRUE(report.supported && report.complete()) << text << "\n" << told(report);
  }
}

TEST(Text, CodeOfTheOwnRepositoryIsInformation) {
  const auto report = scan_text(
      R"({"auto_map": {"AutoModel": "modeling_x.XModel", "AutoTokenizer": ["tok.X", null]}, "trust_remote_code": true})");
  EXPECT_TRUE(found(report, "config-remote-code")) << told(report);
  EXPECT_EQ(report.worst(), Severity::info) << told(report);
}

// yaml-cpp gives the same empty document for ever at a bracket that closes nothing.
TEST(Text, AStrayBracketEndsTheReading) {
  for (const std::string_view text : {"#!x\n}\n", "a\n)}\n", "]", "},", "--- }\n"})
    EXPECT_TRUE(scan_text(text).supported) << text;
}

TEST(Text, JsonThatIsCutIsNotRead) {
  const std::string_view whole = R"({"a": [1, true, "x\u00e9\\"], "b": {"c": null}, "d": -1.5})";
  ASSERT_TRUE(scan_text(whole).complete());
  for (std::size_t n = 1; n < whole.size(); ++n) EXPECT_FALSE(scan_text(whole.substr(0, n)).complete()) << n;
}

TEST(Text, BytesAreNoText) {
  EXPECT_FALSE(scan_text("abc\x01\x02"s).supported);
  EXPECT_FALSE(scan_text(std::string(600, 'a') + '\0').supported);
}

}  // namespace
}  // namespace tocsin
