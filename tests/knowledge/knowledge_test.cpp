// The facts hold together, and names are read as people write them.
#include "knowledge/knowledge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/file.hpp"
#include "base/json.hpp"
#include "intel/words.hpp"
#include "judgement/judgement.hpp"
#include "knowledge/facts.hpp"
#include "knowledge/phrases.hpp"

namespace tocsin::knowledge {
namespace {

struct Spelling {
  const char* name;
  const char* node;  // nullptr: not known
};
class Spellings : public testing::TestWithParam<Spelling> {};
TEST_P(Spellings, AreReadAsTheMostSpecificFamily) {
  const Knowledge facts;
  const Node* found = facts.by_spelling(GetParam().name);
  if (GetParam().node == nullptr) {
    EXPECT_EQ(found, nullptr) << found->id;
    return;
  }
  ASSERT_NE(found, nullptr) << GetParam().name;
  EXPECT_EQ(found->id, GetParam().node);
}
INSTANTIATE_TEST_SUITE_P(
    , Spellings,
    testing::Values(
        Spelling{"meta-llama/Meta-Llama-3-8B-Instruct", "llama-3"}, Spelling{"Llama-3-8B", "llama-3"},
        Spelling{"llama3:8b", "llama-3"}, Spelling{"meta-llama/Llama-3.1-70B", "llama-3.1"},
        Spelling{"pkg:huggingface/meta-llama/Llama-3.2-1B@0123abcd", "llama-3.2"},
        Spelling{"meta-llama/Llama-3.2-11B-Vision-Instruct", "llama-3.2-vision"},
        Spelling{"Llama-2-7b-chat-hf", "llama-2"}, Spelling{"llama-99", "llama"}, Spelling{"gpt-style", "gpt"},
        Spelling{"GPT2", "gpt-2"}, Spelling{"openai-community/gpt2-medium", "gpt-2"},
        Spelling{"gpt-4o-mini-2024-07-18", "gpt-4o"}, Spelling{"gpt-3.5-turbo", "gpt-3.5"},
        Spelling{"o1-preview", "openai-o"}, Spelling{"claude-3-5-sonnet-20241022", "claude"},
        Spelling{"google/gemma-2-9b-it", "gemma-2"}, Spelling{"mistralai/Mixtral-8x7B-Instruct-v0.1", "mixtral"},
        Spelling{"Qwen/Qwen2.5-7B-Instruct", "qwen-2.5"}, Spelling{"Qwen/Qwen2.5-VL-7B-Instruct", "qwen-vl"},
        Spelling{"deepseek-ai/DeepSeek-R1", "deepseek-r1"},
        Spelling{"deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "deepseek-r1-distill-llama"},
        Spelling{"microsoft/phi-2", "phi-2"}, Spelling{"tiiuae/falcon-7b", "falcon"},
        Spelling{"mosaicml/mpt-7b", "mpt"}, Spelling{"facebook/opt-125m", "opt"},
        Spelling{"EleutherAI/pythia-1.4b", "pythia"}, Spelling{"EleutherAI/gpt-neox-20b", "gpt-neox"},
        Spelling{"bigscience/bloom-560m", "bloom"}, Spelling{"google/flan-t5-base", "flan-t5"},
        Spelling{"bert-base-uncased", "bert"},
        Spelling{"distilbert-base-uncased-finetuned-sst-2-english", "distilbert"},
        Spelling{"FacebookAI/xlm-roberta-base", "roberta"},
        Spelling{"sentence-transformers/all-MiniLM-L6-v2", "sentence-bert"},
        Spelling{"openai/whisper-large-v3", "whisper"}, Spelling{"facebook/wav2vec2-base-960h", "wav2vec2"},
        Spelling{"openai/clip-vit-base-patch32", "clip"}, Spelling{"llava-hf/llava-1.5-7b-hf", "llava"},
        Spelling{"stabilityai/stable-diffusion-xl-base-1.0", "stable-diffusion-xl"},
        Spelling{"black-forest-labs/FLUX.1-dev", "flux"}, Spelling{"resnet50", "resnet"},
        Spelling{"timm/efficientnet_b0.ra_in1k", "efficientnet"}, Spelling{"google/vit-base-patch16-224", "google-vit"},
        Spelling{"microsoft/swin-tiny-patch4-window7-224", "swin"}, Spelling{"yolov8n", "yolo"},
        Spelling{"facebook/detr-resnet-50", "detr"}, Spelling{"facebook/sam-vit-base", "sam"},
        Spelling{"yolov5s", "yolo"}, Spelling{"yolo11n", "yolo"}, Spelling{"yolov8n-seg", "yolo"},
        Spelling{"ultralytics/yolov8", "yolo"}, Spelling{"Ultralytics/YOLOv8", "yolo"}, Spelling{"yolov8n.pt", "yolo"},
        Spelling{"yolo_v8_n", "yolo"}, Spelling{"resnet18", "resnet"}, Spelling{"resnet-50", "resnet"},
        Spelling{"microsoft/resnet-50", "resnet"}, Spelling{"timm/resnet50.a1_in1k", "resnet"},
        Spelling{"wide_resnet50_2", "resnet"}, Spelling{"resnext50_32x4d", "resnet"}, Spelling{"resnet152d", "resnet"},
        Spelling{"google/vit-base-patch16-224-in21k", "google-vit"},
        Spelling{"google/vit-large-patch32-384", "google-vit"},
        Spelling{"google/vit-huge-patch14-224-in21k", "google-vit"}, Spelling{"vit_base_patch16_224", "google-vit"},
        Spelling{"timm/vit_small_patch16_224.augreg_in21k", "google-vit"}, Spelling{"vit_b_16", "google-vit"},
        Spelling{"ViT-B/16", "google-vit"}, Spelling{"WinKawaks/vit-tiny-patch16-224", "google-vit"},
        Spelling{"facebook/deit-base-distilled-patch16-224", "deit"}, Spelling{"alexnet", "alexnet"},
        Spelling{"bvlc_alexnet", "alexnet"}, Spelling{"squeezenet1_1", "squeezenet"},
        Spelling{"squeezenet1.0", "squeezenet"}, Spelling{"shufflenet_v2_x1_0", "shufflenet"},
        Spelling{"lenet5", "lenet"}, Spelling{"mobilenet_v3_large", "mobilenet"},
        Spelling{"google/mobilenet_v2_1.0_224", "mobilenet"}, Spelling{"vgg16_bn", "vgg"},
        Spelling{"xgboost", "xgboost"}, Spelling{"state-spaces/mamba-130m", "mamba"},
        Spelling{"decoder-only-transformer", "decoder-only-transformer"}, Spelling{"totally-unheard-of-thing", nullptr},
        Spelling{"", nullptr}, Spelling{"pkg:", nullptr}, Spelling{"////", nullptr}));

TEST(Configuration, IsReadByTypeAndClass) {
  const Knowledge facts;
  const std::pair<const char*, const char*> types[] = {
      {"llama", "llama"},     {"qwen2", "qwen-2"},    {"gpt_neox", "gpt-neox"}, {"bert", "bert"},
      {"whisper", "whisper"}, {"mixtral", "mixtral"}, {"resnet", "resnet"},     {"t5", "t5"}};
  for (const auto& [type, node] : types) {
    ASSERT_NE(facts.by_model_type(type), nullptr) << type;
    EXPECT_EQ(facts.by_model_type(type)->id, node);
  }
  const std::pair<const char*, const char*> classes[] = {{"LlamaForCausalLM", "llama"},
                                                         {"Qwen2VLForConditionalGeneration", "qwen-vl"},
                                                         {"BertForSequenceClassification", "bert"},
                                                         {"T5ForConditionalGeneration", "t5"}};
  for (const auto& [name, node] : classes) {
    ASSERT_NE(facts.by_class_name(name), nullptr) << name;
    EXPECT_EQ(facts.by_class_name(name)->id, node);
  }
  EXPECT_EQ(facts.by_model_type("llama-but-longer"), nullptr);
  EXPECT_EQ(facts.by_class_name(""), nullptr);
}

TEST(Tasks, OfTheHubAreKindsOfOurs) {
  const Knowledge facts;
  ASSERT_NE(facts.task("automatic-speech-recognition"), nullptr);
  EXPECT_TRUE(facts.is_task("automatic-speech-recognition", "speech-recognition"));
  EXPECT_FALSE(facts.is_task("speech-recognition", "automatic-speech-recognition"));
}

TEST(Families, OfConvolutionalNetworksAreNotOneAnother) {
  const Knowledge facts;
  for (const char* id : {"alexnet", "squeezenet", "lenet", "shufflenet"}) {
    ASSERT_NE(facts.node(id), nullptr) << id;
    EXPECT_TRUE(facts.is_a(*facts.node(id), "convolutional-network")) << id;
    for (const char* other : {"vgg", "mobilenet", "resnet"}) EXPECT_FALSE(facts.is_a(*facts.node(id), other)) << id;
  }
}

TEST(Lineage, IsShownAsAPath) {
  const Knowledge facts;
  const auto path = [&](const char* a, const char* b) {
    const auto lineage = facts.lineage(*facts.node(a), *facts.node(b));
    return lineage ? lineage->path : std::string("none");
  };
  EXPECT_EQ(path("llama-3", "gpt"), "llama-3 → decoder-only-transformer ← gpt");
  EXPECT_EQ(path("llama-3", "decoder-only-transformer"), "llama-3 → decoder-only-transformer");
  EXPECT_EQ(path("llama-3", "llama-3"), "llama-3");
  EXPECT_EQ(path("resnet", "gpt"), "none");
  EXPECT_EQ(path("resnet", "google-vit"), "none") << "only the broad vision-network is common";
  EXPECT_EQ(path("xgboost", "lightgbm"), "xgboost → gradient-boosted-trees ← lightgbm");
  EXPECT_TRUE(facts.share_input(*facts.node("resnet"), *facts.node("google-vit")));
  EXPECT_FALSE(facts.share_input(*facts.node("resnet"), *facts.node("gpt-2")));
}

TEST(Facts, EveryReferenceResolves) {
  const Knowledge facts;
  for (const Node& node : facts.nodes()) {
    EXPECT_FALSE(node.source.empty()) << node.id;
    for (const auto parent : node.parents) EXPECT_NE(facts.node(parent), nullptr) << node.id;
    for (const auto word : node.input) EXPECT_TRUE(facts.is_modality(word)) << node.id;
    for (const Node* up : facts.ancestors(node)) EXPECT_NE(up->id, node.id) << "its own ancestor";
    EXPECT_EQ(facts.by_spelling(node.id), &node);
    EXPECT_TRUE(node.kind == NodeKind::architecture || facts.architecture_of(node) != nullptr) << node.id;
  }
  for (const Technique& t : facts.techniques())
    for (const auto threat : t.threats) EXPECT_NE(facts.threat(threat), nullptr) << t.id;
  for (const Threat& t : facts.threats()) {
    EXPECT_TRUE(judgement::parse_action_kind(t.action).has_value()) << t.id;
    for (const Need& need : t.needs)
      for (const auto word : need.any) EXPECT_NE(facts.exposure(word), nullptr) << t.id;
  }
  for (const Source& s : facts.sources()) {
    EXPECT_TRUE(parse_json(s.settings).has_value()) << s.id;
    EXPECT_TRUE(intel::parse_grade(std::string(1, s.grade) + "6").has_value()) << s.id;
    for (const auto layer : s.layers) EXPECT_TRUE(intel::parse_layer(layer).has_value()) << s.id;
  }
  for (const char* id : {"atlas", "owasp", "osv", "arxiv", "aiid"}) ASSERT_NE(facts.source(id), nullptr) << id;
  EXPECT_EQ(facts.version().size(), 16u);
}

TEST(Techniques, OfUnknownSubIdsCountAsTheirParent) {
  const Knowledge facts;
  ASSERT_NE(facts.technique("AML.T0051.999"), nullptr);
  EXPECT_EQ(facts.technique("AML.T0051.999")->id, "AML.T0051");
  EXPECT_EQ(facts.technique("LLM03"), nullptr) << "without an edition it is ambiguous";
  EXPECT_NE(facts.technique("LLM03:2023")->threats[0], facts.technique("LLM03:2025")->threats[0]);
}

std::vector<std::string> values(const Knowledge& facts, std::string_view text) {
  std::vector<std::string> out;
  for (const Match& m : facts.match(text))
    for (const Meaning& meaning : m.meanings)
      out.push_back(std::string(to_string(meaning.means)) + ":" + std::string(meaning.value));
  return out;
}
bool says(const Knowledge& facts, std::string_view text, std::string_view what) {
  const auto all = values(facts, text);
  return std::find(all.begin(), all.end(), what) != all.end();
}

TEST(Phrases, AreWholeWordsInAnyCaseAcrossHyphensAndLines) {
  const Knowledge facts;
  for (const char* text : {"prompt injection", "Prompt-Injection", "PROMPT\nINJECTION", "prompt\xe2\x80\x91injection",
                           "“prompt injection”,", "prompt injections"})
    EXPECT_TRUE(says(facts, text, "threat:prompt-injection")) << text;
  for (const char* text :
       {"prompt. Injection", "prompt, injection", "promptinjection", "prompt (injection)", "prompt\n\ninjection"})
    EXPECT_FALSE(says(facts, text, "threat:prompt-injection")) << text;
  EXPECT_TRUE(says(facts, "attacks on GPT4", "family:gpt-4"));
  EXPECT_FALSE(says(facts, "we opt for a simple phi coefficient", "family:opt"))
      << "names of models are no words of prose";
  EXPECT_TRUE(says(facts, "generative adversarial network", "architecture:generative-adversarial-network"));
  EXPECT_FALSE(says(facts, "generative adversarial network", "subject:security"));
  EXPECT_FALSE(says(facts, "a heart attack", "subject:security"));
}

TEST(Phrases, LieWhereTheyAreSaidToBe) {
  const Knowledge facts;
  const std::string text = "Ünïcode before — jailbreaking LLMs.";
  for (const Match& m : facts.match(text)) {
    ASSERT_LE(m.end, text.size());
    ASSERT_LT(m.begin, m.end);
    ASSERT_FALSE(m.meanings.empty());
  }
  ASSERT_FALSE(facts.match(text).empty());
  EXPECT_EQ(text.substr(facts.match(text)[0].begin, facts.match(text)[0].end - facts.match(text)[0].begin),
            "jailbreaking");
}

TEST(Phrases, OfHostileTextCostNoMoreThanItsLength) {
  const Knowledge facts;
  EXPECT_TRUE(facts.match(std::string(1u << 20, '\xff')).empty());
  facts.match(std::string(1u << 20, '-'));
  std::string repeated;
  for (int i = 0; i < 60'000; ++i) repeated += "large language ";
  facts.match(repeated);
}

TEST(Patterns, SpellOut) {
  EXPECT_EQ(*spell_out("model(s)"), (std::vector<std::string>{"model", "models"}));
  EXPECT_EQ(*spell_out("(a|b|) c"), (std::vector<std::string>{"a c", "b c", " c"}));
  for (const char* bad : {"a(b", "a)b", "a|b", "((a))"}) EXPECT_FALSE(spell_out(bad).has_value()) << bad;
}

TEST(Overrides, ReplaceAddAndRemoveById) {
  const Knowledge::File file{"families.yaml", R"(
families:
  house-model: {title: House Model, developer: Us, is: [llama-3], phrases: ["House Model", "HM 1"], source: our wiki}
  galactica: {remove: true}
  grok: {title: Grok, developer: xAI, is: [mixture-of-experts-transformer], phrases: ["Grok"], source: our own reading}
)"};
  const auto facts = Knowledge::with_overrides(std::span(&file, 1));
  ASSERT_TRUE(facts.has_value()) << facts.error().message();
  EXPECT_FALSE(facts->is_builtin());
  EXPECT_NE(facts->version(), Knowledge().version());
  ASSERT_NE(facts->by_spelling("our/House-Model-7b"), nullptr);
  EXPECT_EQ(facts->by_spelling("our/House-Model-7b")->id, "house-model");
  EXPECT_TRUE(facts->is_a(*facts->node("house-model"), "decoder-only-transformer"));
  EXPECT_EQ(facts->node("galactica"), nullptr);
  EXPECT_EQ(facts->by_spelling("galactica-1.3b"), nullptr);
  EXPECT_TRUE(facts->is_a(*facts->node("grok"), "mixture-of-experts-transformer"));
  EXPECT_EQ(facts->by_spelling("meta-llama/Meta-Llama-3-8B")->id, "llama-3") << "the built-in ones are still there";
  EXPECT_EQ(facts->match("prompt injection").size(), Knowledge().match("prompt injection").size());
  const Knowledge copy = *facts;
  EXPECT_EQ(copy.version(), facts->version());
}

TEST(Overrides, OfAFolderThatIsNotThereAreTheBuiltInFacts) {
  const auto facts = Knowledge::with_overrides(std::filesystem::path("/nonexistent/knowledge"));
  ASSERT_TRUE(facts.has_value());
  EXPECT_TRUE(facts->is_builtin());
}

struct Wrong {
  const char* name;
  const char* yaml;
  const char* what;
  std::uint32_t line;
};
class WrongFacts : public testing::TestWithParam<Wrong> {};
TEST_P(WrongFacts, AreRefusedWithFileAndLine) {
  Facts facts;
  facts.start_from(kBuiltin);
  facts.read("knowledge/test.yaml", GetParam().yaml);
  facts.check();
  ASSERT_FALSE(facts.errors().empty());
  const Error& error = facts.errors().front();
  EXPECT_NE(error.what.find(GetParam().what), std::string::npos) << error.message();
  EXPECT_EQ(error.where, "knowledge/test.yaml");
  EXPECT_TRUE(GetParam().line == 0 || error.line == GetParam().line) << error.message();
}
INSTANTIATE_TEST_SUITE_P(
    , WrongFacts,
    testing::Values(
        Wrong{"no_source", "families:\n  x: {is: [llama]}\n", "names no source", 2},
        Wrong{"unknown_key", "families:\n  x: {is: [llama], colour: red, source: s}\n", "unknown key 'colour'", 2},
        Wrong{"unknown_section", "famlies:\n  x: {}\n", "unknown section", 0},
        Wrong{"dangling_parent", "families:\n  x: {is: [llama-77], source: s}\n", "which there is not", 2},
        Wrong{"cycle", "architectures:\n  a: {is: [b], source: s}\n  b: {is: [a], source: s}\n", "its own ancestor", 0},
        Wrong{"architecture_of_family", "architectures:\n  a: {is: [llama], source: s}\n", "cannot be a family", 2},
        Wrong{"two_owners", "families:\n  x: {is: [llama], phrases: [\"gpt 4\"], source: s}\n", "names both", 0},
        Wrong{"unknown_need", "threats:\n  t: {assets: [model], needs: [[magic]], source: s}\n", "no exposure", 2},
        Wrong{"unknown_action", "threats:\n  t: {assets: [model], action: pray, source: s}\n", "no word", 2},
        Wrong{"bad_pattern", "threats:\n  t: {assets: [model], phrases: [\"a (b\"], source: s}\n", "does not close", 2},
        Wrong{"unknown_threat", "techniques:\n  T1: {title: x, framework: f, threats: [nothing], source: s}\n",
              "unknown threat", 2},
        Wrong{"bad_grade", "sources:\n  s: {kind: feed, title: t, licence: l, grade: Z, source: s}\n",
              "letter from A to F", 2},
        Wrong{"empty_kind", "sources:\n  s: {kind: \"\", title: t, licence: l, grade: A, source: s}\n", "empty 'kind'",
              2},
        Wrong{"bad_url",
              "sources:\n  s: {kind: feed, title: t, licence: l, grade: A, urls: [\"file:///etc\"], source: s}\n",
              "no http(s) address", 2},
        Wrong{"derived_gives_nothing", "exposures:\n  e: {derived: true, title: t, missing: m, source: s}\n",
              "way-in or access", 2},
        Wrong{"derived_gives_something_else",
              "exposures:\n  e: {derived: true, gives: luck, title: t, missing: m, source: s}\n", "no word for 'gives'",
              2},
        Wrong{"written_but_no_way_in", "exposures:\n  e: {gives: access, title: t, missing: m, source: s}\n",
              "so a way-in", 2},
        Wrong{"kind_of_nothing", "threats:\n  t: {assets: [model], within: [magic], source: s}\n", "which there is not",
              2},
        Wrong{"kind_of_itself",
              "threats:\n  t: {assets: [model], within: [u], source: s}\n  u: {assets: [model], within: [t], source: "
              "s}\n",
              "lies within itself", 2},
        Wrong{"general_for_nothing", "threats:\n  t: {assets: [model], generally: [magic], source: s}\n",
              "no architecture and no task", 2},
        Wrong{"task_on_nothing", "tasks:\n  t: {title: t, input: [magic], source: s}\n", "unknown modality", 2},
        Wrong{"not_yaml", "families: [\n", "", 0}, Wrong{"a_list", "- a\n", "map of sections", 1}),
    [](const auto& wrong) { return std::string(wrong.param.name); });

TEST(BuiltInFacts, PassTheirOwnCheckWhereTheyAreWritten) {
  Facts facts;
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(TOCSIN_SOURCE_DIR) / "knowledge")) {
    const auto text = read_file(entry.path(), 16u << 20);
    ASSERT_TRUE(text.has_value());
    facts.read(entry.path().filename().string(), *text);
    ++files;
  }
  EXPECT_GE(files, 7u);
  facts.check();
  for (const Error& error : facts.errors()) ADD_FAILURE() << error.message();
  ASSERT_TRUE(facts.errors().empty());
  EXPECT_EQ(facts.tables().version, Knowledge().version())
      << "the program was built from these files, in whatever order they are read";
}

}  // namespace
}  // namespace tocsin::knowledge
