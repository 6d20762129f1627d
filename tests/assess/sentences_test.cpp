// What people read of an answer: plain English, and the fact on both sides.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "assess/assess.hpp"
#include "assess/estates.hpp"
#include "assess/reasons.hpp"
#include "assess/wording.hpp"

namespace tocsin::assess {
namespace {

using judgement::Status;

constexpr const char* kEstate = R"(
models:
  - name: house-made
    input: [tabular]
    exposure: [internal]
  - name: chat
    family: llama-3
    input: [text]
    datasets: [letters]
    exposure: [public-api, calls-tools]
  - name: net
    architecture: convolutional-network
    input: [image]
    output: [label]
    format: pickle
  - name: hub
    purl: pkg:huggingface/Qwen/Qwen2.5-7B-Instruct@0123456789abcdef0123456789abcdef01234567
    exposure: [internal]
datasets:
  - name: letters
    collection: crawl
    modality: [text]
  - name: shelf
    modality: [image]
endpoints:
  - name: front
    models: [house-made, chat]
    exposure: [public-api]
  - name: side
    models: [hub]
    exposure: [internal]
  - name: empty
    url: https://empty.example
libraries:
  - name: serving
    pins: ["torch==2.1.0", "vllm>=0.3 ; sys_platform == 'win32'"]
)";

class Sentences : public testing::Test {
 protected:
  Sentences() : estate(tests::estate_of(kEstate)), view(estate, knowledge::Knowledge()) {
    context.now = *parse_time("2026-08-01");
  }
  static intel::Item paper(const char* title, intel::Kind kind = intel::Kind::research) {
    intel::Item item;
    item.kind = kind;
    item.name = title;
    item.id = intel::item_id("test", title);
    item.title = Foreign(title);
    item.sources = {"arxiv"};
    return item;
  }
  static intel::Item technique(const char* id, intel::Kind kind = intel::Kind::technique) {
    intel::Item item = paper("x", kind);
    item.ids = {{id[0] == 'L' ? "owasp" : "atlas", id}};
    return item;
  }
  std::string told(const intel::Item& item, const char* asset) const {
    const auto row = assess_pair(item, view, asset, context);
    EXPECT_TRUE(row.has_value()) << asset;
    std::string out;
    if (row)
      for (const auto& reason : row->reasons) out += sentence(reason) + "\n";
    return out;
  }
  // All that is said of an item: pairs and classes.
  std::vector<std::string> everything(const intel::Item& item) const {
    std::vector<std::string> out;
    for (const auto& asset : estate.assets) {
      const auto row = assess_pair(item, view, asset.name, context);
      for (const auto& reason : row->reasons) out.push_back(sentence(reason));
    }
    const Judgement judged = assess(item, view, context);
    for (const auto& of : judged.classes)
      for (const auto& detail : {of.detail, std::string()}) out.push_back(class_sentence(of.assets, of.code, detail));
    return out;
  }
  estate::Estate estate;
  EstateView view;
  Context context;
};

TEST_F(Sentences, OfAnEndpointNameTheModelThatTiesItToTheText) {
  // The first of its models is of no known family; the second is what the text is about.
  const std::string front = told(paper("Jailbreaking Large Language Models"), "front");
  EXPECT_NE(
      front.find("names \"Large Language Models\"; front serves chat, which is built on llama-3, a large language "
                 "model (llama-3 → large-language-model)"),
      std::string::npos)
      << front;
  EXPECT_EQ(view.find("front")->lineage_fact, "front serves house-made and chat");
  EXPECT_EQ(view.find("side")->lineage_fact, "side serves hub, which is built on Qwen/Qwen2.5-7B-Instruct");
  EXPECT_EQ(view.find("empty")->lineage_fact, "empty names no model that it serves");
  EXPECT_EQ(view.find("letters")->lineage_fact, "letters goes into chat, which is built on llama-3");
  EXPECT_EQ(view.find("shelf")->lineage_fact, "shelf goes into no model of the estate");
  EXPECT_EQ(view.find("house-made")->lineage_fact, "house-made names no family that is known here");
  EXPECT_EQ(view.find("net")->lineage_fact, "net is a convolutional network");
}

TEST_F(Sentences, CallASiblingASiblingAndWhatIsNotToldSo) {
  const std::string sibling = told(paper("Universal Adversarial Triggers for GPT-style Models"), "chat");
  EXPECT_NE(sibling.find("chat is built on llama-3, a sibling of it (llama-3 → decoder-only-transformer ← gpt)"),
            std::string::npos)
      << sibling;
  const std::string narrower = told(paper("Adversarial Examples against ResNet-50 Image Classifiers"), "net");
  EXPECT_NE(narrower.find("net is a convolutional network, and may be of the family ResNet"), std::string::npos)
      << narrower;
}

TEST_F(Sentences, OfConditionsSayThemOfTheAsset) {
  const std::string met = told(paper("Jailbreaking Large Language Models"), "chat");
  EXPECT_NE(
      met.find(
          "jailbreak can only work on something that can be used by strangers or can be used by partners or customers; "
          "chat can be used by strangers"),
      std::string::npos)
      << met;
  const std::string missing = told(paper("Jailbreaking Large Language Models"), "hub");
  EXPECT_NE(missing.find("hub cannot be used by strangers and cannot be used by partners or customers"),
            std::string::npos)
      << missing;
  const std::string data = told(paper("Membership Inference against Large Language Models"), "letters");
  EXPECT_NE(data.find("a model that uses letters can be asked by outsiders"), std::string::npos) << data;
}

TEST_F(Sentences, DoNotSayThatConditionsAreMetWhenTheEstateDoesNotTell) {
  // Who reaches `net` is written nowhere.
  const auto row = assess_pair(technique("AML.T0043"), view, "net", context);
  ASSERT_TRUE(row && row->status == Status::under_investigation);
  EXPECT_NE(sentence(row->reasons[0]).find("the estate does not tell whether net takes input that outsiders choose"),
            std::string::npos)
      << sentence(row->reasons[0]);
}

TEST_F(Sentences, OfTechniquesNameTheConditionsThatAreMet) {
  const auto row = assess_pair(technique("AML.T0051.000"), view, "chat", context);
  ASSERT_TRUE(row && row->status == Status::affected);
  EXPECT_NE(sentence(row->reasons[0]).find("; chat can be used by strangers"), std::string::npos)
      << sentence(row->reasons[0]);
}

TEST_F(Sentences, DoNotSayOfAModelWhatItRunsOnWhenTheEstateDoesNotTell) {
  intel::Item item = paper("a flaw", intel::Kind::vulnerability);
  item.affects.packages.push_back({"PyPI", "keras", {}, {"2.0.0"}});
  EXPECT_EQ(told(item, "chat"), "is about keras; the estate does not tell what chat runs on (runtime:)\n");
  EXPECT_EQ(told(item, "serving"), "is about keras; serving does not use it\n");
  const auto judged = assess(item, view, context);
  EXPECT_FALSE(judged.noise);
  EXPECT_EQ(judged.worst, std::nullopt) << "nobody can tell";
  std::string all;
  for (const auto& of : judged.classes) all += class_sentence(of.assets, of.code, of.detail) + "\n";
  EXPECT_EQ(
      all,
      "none of our libraries uses keras\n"
      "whether our models use keras cannot be told: estate.yaml does not say what each of them runs on (runtime:)\n");
}

TEST(Runtime, ThatIsToldIsAnAnswer) {
  const auto estate = tests::estate_of(
      "models:\n  - name: by-name\n    family: llama-3\n    runtime: [serving]\n  - name: by-purl\n    family: "
      "llama-3\n    runtime: [\"pkg:pypi/torch@2.1.0\"]\n  - name: far\n    family: claude\n    hosted: true\n"
      "libraries:\n  - name: serving\n    pins: [\"torch==2.1.0\"]\n");
  const EstateView view(estate, knowledge::Knowledge());
  intel::Item item;
  item.kind = intel::Kind::vulnerability;
  item.affects.packages.push_back({"PyPI", "keras", {}, {"2.0.0"}});
  const auto judged = assess(item, view, Context{});
  ASSERT_EQ(judged.classes.size(), 1u);
  EXPECT_EQ(class_sentence(judged.classes[0].assets, judged.classes[0].code, judged.classes[0].detail),
            "none of our assets uses keras");
}

TEST_F(Sentences, CallAPinWhatLeavesNoChoiceOnly) {
  const auto pinned =
      tests::estate_of("libraries:\n  - name: app\n    pins: [\"torch==2.1.0\", \"vllm>=0.3\", numpy]\n");
  const EstateView other(pinned, knowledge::Knowledge());
  const auto fact = [&](const char* package) {
    intel::Item item = paper("a flaw", intel::Kind::vulnerability);
    item.affects.packages.push_back({"PyPI", package, {}, {"2.1.0", "0.4.0"}});
    const auto row = assess_pair(item, other, "app", context);
    return row && !row->reasons.empty() ? row->reasons[0].asset_fact : std::string();
  };
  EXPECT_TRUE(fact("torch").starts_with("app pins torch 2.1.0")) << fact("torch");
  EXPECT_TRUE(fact("vllm").starts_with("app allows vllm >=0.3")) << fact("vllm");
  EXPECT_TRUE(fact("numpy").starts_with("app allows numpy in any version")) << fact("numpy");
}

TEST_F(Sentences, SayWhichVersionsAreFreeWhereNoFixIsNamed) {
  using versions::Event;
  const auto proposed = [&](std::vector<versions::Range> ranges) {
    intel::Item item = paper("a flaw", intel::Kind::vulnerability);
    item.affects.packages.push_back({"PyPI", "torch", std::move(ranges), {}});
    const auto row = assess_pair(item, view, "serving", context);
    return row ? row->proposal.substr(0, row->proposal.find(" (estate.yaml:")) : std::string();
  };
  const auto range = [](std::vector<Event> events) {
    versions::Range out;
    out.type = versions::RangeType::ecosystem;
    out.events = std::move(events);
    return out;
  };
  const Event zero{Event::Kind::introduced, "0"}, last{Event::Kind::last_affected, "2.1.2"},
      again{Event::Kind::introduced, "3.0"};
  EXPECT_EQ(proposed({range({zero, last})}), "upgrade torch to any version after 2.1.2");
  EXPECT_EQ(proposed({range({zero})}), "no fixed version of torch is known");
  EXPECT_EQ(proposed({range({zero, last}), range({again})}), "no fixed version of torch is known")
      << "3.0 comes after 2.1.2 and is affected";
}

TEST_F(Sentences, OfModelsThatAreNotTouchedSpeakOfTheOthersOnly) {
  const auto judged = assess(paper("Jailbreaking Large Language Models"), view, context);
  ASSERT_FALSE(judged.rows.empty());
  std::vector<std::string> classes;
  for (const auto& of : judged.classes) classes.push_back(of.assets);
  EXPECT_NE(std::find(classes.begin(), classes.end(), "other models"), classes.end())
      << testing::PrintToString(classes);
  EXPECT_EQ(std::find(classes.begin(), classes.end(), "models"), classes.end())
      << "`chat` is a model and takes text: nothing may be said of all models";
  EXPECT_EQ(class_sentence("other models", "modality-missing", "text"), "none of our other models takes text");
}

TEST_F(Sentences, OfAClassStandWithoutADetail) {
  EXPECT_EQ(class_sentence("models", "modality-missing", ""), "none of our models takes that kind of data");
  EXPECT_EQ(class_sentence("data sets", "modality-missing", "images"), "none of our data sets holds images");
  EXPECT_EQ(class_sentence("endpoints", "architecture-missing", "a vision network"),
            "none of our endpoints serves a vision network");
  EXPECT_EQ(class_sentence("all", "architecture-missing", ""), "none of our assets is or serves that kind of model");
  EXPECT_EQ(class_sentence("models", "exposure-missing", ""), "no way in to our models");
  EXPECT_EQ(class_sentence("models", "exposure-missing", "takes no input that outsiders choose"),
            "no way in to our models: the closest takes no input that outsiders choose");
  EXPECT_EQ(class_sentence("all", "background", ""), "for information only: nobody attacks our assets by it");
  EXPECT_EQ(class_sentence("libraries", "version-not-affected", "torch 2.1.0"),
            "our libraries use torch 2.1.0, which is not affected");
}

TEST_F(Sentences, HaveBothFactsAndNoSeams) {
  std::vector<intel::Item> items;
  for (const char* title :
       {"Jailbreaking Large Language Models", "Universal Adversarial Triggers for GPT-style Models",
        "Adversarial Patches against Vision Transformers", "Hidden Voice Commands: Adversarial Audio",
        "Backdoor Attacks on Graph Neural Networks in Federated Learning", "Malicious Pickle Files in Model Hubs",
        "Membership Inference against Tabular Models", "Data Poisoning of Web-Scale Text Classification Corpora",
        "Jailbreaks of Large Language Models: A Survey", "Defending Large Language Models against Jailbreaks",
        "Faster Convergence of Residual Networks", "Adversarial Attacks on Gradient Boosted Trees for Fraud Detection",
        "White-Box Gradient Attacks: Universal Adversarial Suffixes for Large Language Models",
        "Indirect Prompt Injection through Copilot: Tools that Read Web Pages",
        "Physical Adversarial Patches that Hide Objects from Image Classifiers", "Model Extraction by Queries",
        "Jailbreaking Text-to-Image Diffusion Models into Unsafe Image Generation"})
    items.push_back(paper(title));
  for (const char* id : {"AML.T0043", "AML.T0051.001", "AML.T0020", "AML.T0021", "AML.T0024", "AML.T0010"})
    items.push_back(technique(id));
  items.push_back(technique("LLM03:2025", intel::Kind::risk_category));
  items.push_back(technique("AML.TA0002", intel::Kind::tactic));
  items.push_back(technique("AML.M0015", intel::Kind::mitigation));
  items.push_back(paper("A flaw in some program", intel::Kind::vulnerability));
  intel::Item pinned = paper("torch loads what it should not", intel::Kind::vulnerability);
  pinned.affects.packages.push_back({"PyPI", "torch", {}, {"2.0.0"}});
  pinned.affects.packages.push_back({"PyPI", "vllm", {}, {"0.4.0"}});
  items.push_back(pinned);
  pinned.withdrawn = *parse_time("2026-07-25");
  items.push_back(pinned);

  const std::regex seams(
      R"re((^|[ ;:(])[;:,.]|  |[;:,]$|\(\)|""|[{}]|\ba [aeiou]|\ban [bcdfghjklmnpqrstvwxyz]|\b(takes|holds) image\b|works on|needs that|ss\b[^a-z]*s\b|known family)re");
  std::size_t read = 0;
  for (const intel::Item& item : items)
    for (const std::string& text : everything(item)) {
      ++read;
      EXPECT_FALSE(text.empty()) << item.name;
      EXPECT_FALSE(std::regex_search(text, seams)) << text;
    }
  EXPECT_GT(read, 200u);
  // Two sides wherever there is a row: what the item says, and what the asset is.
  for (const intel::Item& item : items) {
    const Judgement judged = assess(item, view, context);
    for (const auto& row : judged.rows)
      for (const auto& reason : row.reasons) {
        EXPECT_NE(reason.asset_fact.find(row.asset), std::string::npos) << reason.code << ": " << sentence(reason);
        EXPECT_FALSE(reason.item_fact.empty() && reason.code != "runtime-library") << sentence(reason);
      }
  }
}

TEST_F(Sentences, SayWhyAPinDoesNotCount) {
  intel::Item item = paper("a flaw", intel::Kind::vulnerability);
  item.affects.packages.push_back({"PyPI", "vllm", {}, {"0.4.0"}});
  const std::string text = told(item, "serving");
  EXPECT_NE(text.find("is about vllm; serving names it only for other environments: sys_platform == "),
            std::string::npos)
      << text;
}

// A requirements file that constrains numpy for each Python and installs it once.
TEST(Constraints, GiveNoFindingBesideThePinAndDoNotCrowdItOut) {
  std::string constraints;
  for (int minor = 0; minor < 12; ++minor)
    constraints += "numpy==1.21.0 ; python_version == '3." + std::to_string(minor) + "'\n";
  const auto estate =
      tests::estate_of("libraries:\n  - name: app\n    path: requirements.txt\n",
                       {{"requirements.txt", "-c constraints.txt\nnumpy==1.21.0\n"}, {"constraints.txt", constraints}});
  ASSERT_EQ(estate.assets[0].library->pins.size(), 13u);
  const EstateView view(estate, knowledge::Knowledge());
  intel::Item item;
  item.kind = intel::Kind::vulnerability;
  item.name = "CVE-2099-0001";
  item.affects.packages.push_back({"PyPI", "numpy", {}, {"1.21.0"}});
  Context context;
  context.now = *parse_time("2026-08-01");
  const auto judged = assess(item, view, context);
  ASSERT_EQ(judged.rows.size(), 1u);
  EXPECT_EQ(judged.rows[0].status, Status::affected);
  ASSERT_EQ(judged.rows[0].reasons.size(), 1u);
  EXPECT_EQ(judged.rows[0].reasons[0].path, "requirements.txt:2");
}

TEST(Words, ArePutIntoThePlural) {
  EXPECT_EQ(plural("large language model"), "large language models");
  EXPECT_EQ(plural("gradient boosted trees"), "gradient boosted trees");
  EXPECT_EQ(plural("reinforcement learning policy"), "reinforcement learning policies");
  EXPECT_EQ(with_article("object detector"), "an object detector");
  EXPECT_EQ(with_article("vision network"), "a vision network");
  EXPECT_EQ(with_article("gradient boosted trees"), "gradient boosted trees");
  EXPECT_EQ(spoken_modality("image"), "images");
  EXPECT_EQ(spoken_modality("point-cloud"), "point clouds");
  EXPECT_EQ(spoken_modality("text"), "text");
  EXPECT_EQ(with_evidence("model inversion", "Model-Inversion"), "model inversion");
  EXPECT_EQ(with_evidence("backdoors from training", "Trojan Attacks"), "backdoors from training (\"Trojan Attacks\")");
  const std::vector<std::string> three = {"a", "b", "c"};
  EXPECT_EQ(listed(three, "or"), "a, b or c");
}

}  // namespace
}  // namespace tocsin::assess
