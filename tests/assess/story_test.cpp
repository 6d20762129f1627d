// The seed of it all: a paper, and what it means for one estate and not for another. Two estates of other names and
// other families, so that no verdict can hang on a name.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "assess/assess.hpp"
#include "assess/estates.hpp"
#include "assess/layers.hpp"
#include "assess/reasons.hpp"
#include "base/file.hpp"

namespace tocsin::assess {
namespace {

using judgement::ActionKind;
using judgement::Status;

constexpr const char* kShop = R"(
models:
  - name: support-bot
    family: llama-3
    base: ["meta-llama/Meta-Llama-3-8B-Instruct"]
    input: [text]
    output: [text]
    format: safetensors
    exposure: [public-api, retrieves-web]
  - name: shelf-eye
    family: resnet
    base: ["microsoft/resnet-50"]
    relation: finetune
    task: image-classification
    input: [image]
    format: pickle
    datasets: [shelves]
    exposure: [closed-network]
datasets:
  - name: shelves
    collection: own
    modality: [image]
)";

constexpr const char* kClinic = R"(
models:
  - name: ward-writer
    purl: pkg:huggingface/Qwen/Qwen2.5-7B-Instruct@0123456789abcdef0123456789abcdef01234567
    task: text-generation
    format: gguf
    exposure: [internal]
  - name: gatekeeper
    family: mistral
    hosted: true
    exposure: [public-api, reads-mail, calls-tools]
  - name: dictation
    base: ["openai/whisper-large-v3"]
    format: safetensors
    exposure: [takes-audio]
  - name: risk
    family: lightgbm
    task: fraud-detection
    input: [tabular]
    format: joblib
    datasets: [claims]
    trained_here: true
    exposure: [partner-api]
  - name: painter
    family: stable-diffusion-xl
    format: safetensors
    exposure: [public-api]
  - name: reader
    family: roberta
    relation: finetune
    task: text-classification
    datasets: [comments]
    exposure: [public-api]
datasets:
  - name: claims
    collection: own
    modality: [tabular]
  - name: comments
    collection: crawl
    public_contribution: true
    modality: [text]
endpoints:
  - name: front-door
    models: [ward-writer]
    exposure: [internal]
)";

intel::Item paper(const char* title, const char* summary = "") {
  intel::Item item;
  item.kind = intel::Kind::research;
  item.name = "arXiv:0000.00000";
  item.id = intel::item_id("test", title);
  item.title = Foreign(title);
  item.summary = Foreign(summary);
  item.sources = {"arxiv"};
  item.published = parse_time("2026-07-20").value();
  return item;
}

struct World {
  explicit World(const char* yaml) : estate(tests::estate_of(yaml)), view(estate, knowledge::Knowledge()) {
    context.now = *parse_time("2026-08-01");
  }
  judgement::Assessment pair(const intel::Item& item, const char* asset) const {
    const auto row = assess_pair(item, view, asset, context);
    EXPECT_TRUE(row.has_value()) << asset;
    return row.value_or(judgement::Assessment{});
  }
  Judgement all(const intel::Item& item) const { return assess(item, view, context); }
  estate::Estate estate;
  EstateView view;
  Context context;
};

bool has_code(const judgement::Assessment& row, std::string_view code) {
  return std::any_of(row.reasons.begin(), row.reasons.end(), [&](const auto& r) { return r.code == code; });
}
std::string paths(const judgement::Assessment& row) {
  std::string out;
  for (const auto& r : row.reasons) out += r.path + ";";
  return out;
}
bool may_apply(Status status) {
  return status == Status::affected || status == Status::under_investigation;
}

const intel::Item kTriggers = paper(
    "Universal Adversarial Triggers for GPT-style Models",
    "We search for short token sequences that make GPT-style language models produce chosen text whatever the input.");

TEST(UniversalTriggers, ConcernAChatBuiltOnASiblingOfGpt) {
  const World shop(kShop);
  const auto row = shop.pair(kTriggers, "support-bot");
  EXPECT_TRUE(may_apply(row.status));
  EXPECT_NE(paths(row).find("llama-3 → decoder-only-transformer ← gpt"), std::string::npos) << paths(row);
  ASSERT_TRUE(row.proposed.has_value());
  EXPECT_EQ(*row.proposed, ActionKind::test);
  EXPECT_FALSE(row.proposal.empty());
  ASSERT_FALSE(row.reasons.empty());
  EXPECT_NE(sentence(row.reasons[0]).find("GPT-style"), std::string::npos) << sentence(row.reasons[0]);
  EXPECT_NE(sentence(row.reasons[0]).find("support-bot"), std::string::npos);
}

TEST(UniversalTriggers, DoNotConcernAnImageClassifierAndSayWhatIsMissing) {
  const World shop(kShop);
  const auto row = shop.pair(kTriggers, "shelf-eye");
  EXPECT_EQ(row.status, Status::not_affected);
  EXPECT_TRUE(has_code(row, "modality-missing")) << row.reasons[0].code;
  EXPECT_NE(sentence(row.reasons[0]).find("image"), std::string::npos)
      << "names what the asset takes instead: " << sentence(row.reasons[0]);
  EXPECT_FALSE(row.proposed.has_value());
}

TEST(UniversalTriggers, AreJudgedAlikeInAnEstateOfOtherNames) {
  const World clinic(kClinic);
  const auto mailed = clinic.pair(kTriggers, "gatekeeper");
  EXPECT_TRUE(may_apply(mailed.status));
  EXPECT_NE(paths(mailed).find("mistral → decoder-only-transformer ← gpt"), std::string::npos) << paths(mailed);
  const auto inside = clinic.pair(kTriggers, "ward-writer");
  EXPECT_EQ(inside.status, Status::not_affected) << "nobody from outside reaches it";
  EXPECT_TRUE(has_code(inside, "exposure-missing"));
  for (const char* other : {"dictation", "risk", "painter"})
    EXPECT_EQ(clinic.pair(kTriggers, other).status, Status::not_affected) << other;
}

TEST(Verdicts, DoNotDependOnWhatAssetsAreCalled) {
  std::string renamed = kShop;
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"support-bot", "resnet-killer"}, {"shelf-eye", "llama-3-chat"}})
    for (std::size_t at = renamed.find(from); at != std::string::npos; at = renamed.find(from, at + to.size()))
      renamed.replace(at, from.size(), to);
  const World before(kShop), after(renamed.c_str());
  EXPECT_EQ(before.pair(kTriggers, "support-bot").status, after.pair(kTriggers, "resnet-killer").status);
  EXPECT_EQ(before.pair(kTriggers, "shelf-eye").status, after.pair(kTriggers, "llama-3-chat").status);
}

// One row: a text, an asset of the clinic or the shop, and the answer.
struct Story {
  const char* name;
  const char* estate;
  const char* title;
  const char* summary;
  const char* asset;
  bool applies;
  const char* code;  // a reason that must be among the reasons
};
class Stories : public testing::TestWithParam<Story> {};
TEST_P(Stories, AreJudgedByMechanism) {
  const Story& s = GetParam();
  const World world(s.estate);
  const auto row = world.pair(paper(s.title, s.summary), s.asset);
  std::string told;
  for (const auto& r : row.reasons) told += r.code + ": " + sentence(r) + "\n";
  EXPECT_EQ(may_apply(row.status), s.applies) << told;
  EXPECT_TRUE(has_code(row, s.code)) << told;
}
constexpr const char* kIndirect = "Indirect Prompt Injection: Web Pages that Command Language Model Assistants";
constexpr const char* kSound = "Hidden Voice Commands: Adversarial Audio against Speech Recognition";
constexpr const char* kFraud = "Adversarial Attacks on Gradient Boosted Trees for Tabular Fraud Detection";
constexpr const char* kPicture = "Jailbreaking Text-to-Image Diffusion Models into Unsafe Image Generation";
constexpr const char* kWhite = "White-Box Gradient Attacks: Universal Adversarial Suffixes for Large Language Models";
constexpr const char* kMember = "Membership Inference against Tabular Models";
constexpr const char* kPoison = "Data Poisoning of Web-Scale Text Classification Corpora";
constexpr const char* kGraph = "Backdoor Attacks on Graph Neural Networks in Federated Learning";
INSTANTIATE_TEST_SUITE_P(
    , Stories,
    testing::Values(
        Story{"web_page_reaches_what_reads_the_web", kShop, kIndirect, "", "support-bot", true, "exposure-met"},
        Story{"mail_reaches_what_reads_mail", kClinic, kIndirect, "", "gatekeeper", true, "exposure-met"},
        Story{"web_page_does_not_reach_what_reads_nothing", kClinic, kIndirect, "", "ward-writer", false,
              "exposure-missing"},
        Story{"injection_is_nothing_to_a_camera", kShop, kIndirect, "", "shelf-eye", false, "modality-missing"},
        Story{"sound_reaches_a_recogniser", kClinic, kSound, "", "dictation", true, "exposure-met"},
        Story{"sound_is_nothing_to_a_chat", kClinic, kSound, "", "gatekeeper", false, "modality-missing"},
        Story{"partners_may_probe_a_score", kClinic, kFraud, "", "risk", true, "exposure-met"},
        Story{"trees_are_no_chat", kShop, kFraud, "", "support-bot", false, "modality-missing"},
        Story{"prompts_reach_a_painter", kClinic, kPicture, "", "painter", true, "exposure-met"},
        Story{"painting_is_not_classifying", kShop, kPicture, "", "shelf-eye", false, "modality-missing"},
        Story{"weights_of_a_hosted_model_are_out_of_reach", kClinic, kWhite, "The attack needs white-box access.",
              "gatekeeper", false, "access-missing"},
        Story{"weights_of_an_open_model_are_not", kShop, kWhite, "The attack needs white-box access.", "support-bot",
              true, "lineage-class"},
        Story{"members_of_our_training_data", kClinic, kMember, "", "risk", true, "exposure-met"},
        Story{"crawled_training_data_can_be_poisoned", kClinic, kPoison, "", "reader", true, "exposure-met"},
        Story{"the_crawl_itself", kClinic, kPoison, "", "comments", true, "exposure-met"},
        Story{"own_training_data_cannot", kShop, "Data Poisoning of Image Classification Training Sets", "",
              "shelf-eye", false, "access-missing"},
        Story{"what_is_not_trained_cannot_be_poisoned", kShop,
              "Poisoning Attacks on Instruction Tuning Data of Large Language Models", "", "support-bot", false,
              "access-missing"},
        Story{"another_setting", kShop, kGraph, "", "shelf-eye", false, "modality-missing"},
        Story{"a_thing_before_the_camera", kShop,
              "Physical Adversarial Patches that Hide Objects from Image Classifiers", "", "shelf-eye", true,
              "exposure-met"},
        Story{"pixels_cannot_be_handed_to_a_closed_camera", kShop, "Imperceptible Adversarial Perturbations of Images",
              "We craft adversarial examples for image classifiers.", "shelf-eye", false, "exposure-missing"},
        Story{"vision_transformers_are_not_convolutions", kShop, "Adversarial Patches against Vision Transformers", "",
              "shelf-eye", false, "architecture-other"},
        Story{"no_attack_at_all", kShop, "Faster Convergence of Residual Networks",
              "We train deeper image classifiers.", "shelf-eye", false, "not-security"},
        Story{"an_overview", kShop, "Jailbreaks of Large Language Models: A Survey", "", "support-bot", false,
              "background"},
        Story{"a_defence_for_what_we_are_open_to", kShop, "Defending Large Language Models against Jailbreaks", "",
              "support-bot", true, "defence-available"},
        Story{"pictures_are_nothing_to_a_chat_that_takes_text", kShop, "Jailbreaking Large Language Models with Images",
              "", "support-bot", false, "modality-missing"},
        Story{"sound_is_nothing_to_a_chat_that_takes_text", kShop, "Prompt Injection by Audio into Language Models",
              "We play sound with instructions to large language models.", "support-bot", false, "modality-missing"},
        Story{"text_among_other_things_reaches_a_chat", kShop, "Prompt Injection through Documents and Images",
              "Large language models follow instructions of the attacker.", "support-bot", true, "exposure-met"},
        Story{"a_recogniser_is_no_language_model_though_built_alike", kClinic, "Jailbreaking Language Models", "",
              "dictation", false, "modality-missing"},
        Story{"theft_of_trees", kClinic, "Stealing Decision Trees by Asking", "", "risk", true, "lineage-class"},
        Story{"what_is_drawn_is_not_what_comes_in", kClinic, "Unsafe Images from Text-to-Image Models: An Attack", "",
              "painter", true, "exposure-met"},
        Story{"endpoints_are_what_they_serve", kClinic, kIndirect, "", "front-door", false, "exposure-missing"}),
    [](const auto& story) { return std::string(story.param.name); });

TEST(Exposure, ThatNobodyWroteDownLeavesTheQuestionOpen) {
  const World world("models:\n  - name: m\n    family: llama-3\n");
  const auto row = world.pair(paper("Jailbreaking Large Language Models"), "m");
  EXPECT_EQ(row.status, Status::under_investigation);
  EXPECT_TRUE(has_code(row, "condition-unknown"));
}

TEST(Exposure, OfAnEndpointIsThatOfItsModels) {
  const World closed("models:\n  - name: m\n    family: llama-3\n    exposure: [internal]\n");
  const World open(
      "models:\n  - name: m\n    family: llama-3\n    exposure: [internal]\nendpoints:\n  - name: e\n    models: [m]\n "
      "   exposure: [public-api]\n");
  const auto item = paper("Jailbreaking Large Language Models");
  EXPECT_EQ(closed.pair(item, "m").status, Status::not_affected);
  EXPECT_EQ(open.pair(item, "m").status, Status::affected);
  EXPECT_EQ(open.pair(item, "e").status, Status::affected);
}

TEST(Tasks, InTheWordsOfTheHubAreOurs) {
  const World world(
      "models:\n  - name: ears\n    input: [audio]\n    task: automatic-speech-recognition\n    exposure: "
      "[takes-audio]\n");
  const auto& tasks = world.view.find("ears")->tasks;
  for (const char* task : {"automatic-speech-recognition", "speech-recognition"})
    EXPECT_NE(std::find(tasks.begin(), tasks.end(), task), tasks.end()) << task;
  EXPECT_TRUE(may_apply(world.pair(paper(kSound), "ears").status));
}

TEST(Files, ThatRunCodeWhenLoadedConcernModelsStoredSo) {
  const auto item = paper("Malicious Pickle Files in Model Hubs");
  const char* yaml =
      "models:\n  - name: risky\n    family: bert\n    format: pickle\n  - name: safe\n    family: bert\n    format: "
      "safetensors\n  - name: far\n    family: claude\n    hosted: true\n";
  const World world(yaml);
  const auto risky = world.pair(item, "risky");
  EXPECT_TRUE(may_apply(risky.status));
  EXPECT_EQ(risky.proposed, ActionKind::gate);
  EXPECT_EQ(world.pair(item, "safe").status, Status::not_affected);
  EXPECT_TRUE(has_code(world.pair(item, "far"), "access-missing"));
}

TEST(Techniques, ApplyByWhatTheirIdNeeds) {
  intel::Item item;
  item.kind = intel::Kind::technique;
  item.name = "AML.T0051.001";
  item.ids = {{"atlas", "AML.T0051.001"}};
  item.title = Foreign("Some Words About Images");  // the id speaks, not the words
  const World shop(kShop);
  EXPECT_EQ(shop.pair(item, "support-bot").status, Status::affected);
  EXPECT_TRUE(has_code(shop.pair(item, "support-bot"), "technique-applies"));
  EXPECT_EQ(shop.pair(item, "shelf-eye").status, Status::not_affected);
  item.ids = {{"atlas", "AML.T0021"}};
  const auto prepared = shop.all(item);
  EXPECT_TRUE(prepared.rows.empty());
  ASSERT_EQ(prepared.classes.size(), 1u);
  EXPECT_EQ(prepared.classes[0].code, "preparation");
}

TEST(RiskCategories, KeepTheirEditionApart) {
  const World shop(kShop);
  intel::Item item;
  item.kind = intel::Kind::risk_category;
  item.ids = {{"owasp", "LLM03:2023"}};  // training data poisoning
  EXPECT_EQ(shop.pair(item, "support-bot").status, Status::not_affected);
  item.ids = {{"owasp", "LLM03:2025"}};  // supply chain
  EXPECT_EQ(shop.pair(item, "support-bot").status, Status::affected);
}

TEST(Incidents, AreToldForInformation) {
  const World shop(kShop);
  intel::Item item = paper("Chatbot gave a customer wrong information about refunds",
                           "An airline's chatbot, built on a large language model, hallucinated a policy.");
  item.kind = intel::Kind::incident;
  const auto judged = shop.all(item);
  EXPECT_TRUE(judged.rows.empty());
  EXPECT_FALSE(judged.noise) << "the same kind of system";
  EXPECT_LT(judged.score, 10);
  EXPECT_TRUE(judged.layers.has(intel::Layer::strategic));
}

TEST(Withdrawn, ItemsNeverApply) {
  const World shop(kShop);
  intel::Item item = kTriggers;
  item.withdrawn = *parse_time("2026-07-25");
  const auto judged = shop.all(item);
  EXPECT_TRUE(judged.rows.empty());
  ASSERT_EQ(judged.classes.size(), 1u);
  EXPECT_EQ(judged.classes[0].code, "withdrawn");
}

TEST(Answers, AreTheSameEachTimeAndWholeForEveryAsset) {
  const World clinic(kClinic);
  const auto once = clinic.all(kTriggers), again = clinic.all(kTriggers);
  ASSERT_EQ(once.rows.size(), again.rows.size());
  for (std::size_t i = 0; i < once.rows.size(); ++i)
    EXPECT_EQ(to_json(once.rows[i]).dump(), to_json(again.rows[i]).dump());
  for (const auto& row : once.rows) {
    EXPECT_EQ(clinic.pair(kTriggers, row.asset.c_str()).score, row.score);
    EXPECT_GE(row.score, 10);
    EXPECT_LE(row.score, 100);
    for (const auto& reason : row.reasons) EXPECT_NE(reason_code(reason.code), nullptr) << reason.code;
  }
  for (const auto& c : once.classes) EXPECT_NE(reason_code(c.code), nullptr) << c.code;
}

TEST(Answers, OnAnEmptyEstateAreNone) {
  const World nothing("models: []\n");
  const auto judged = nothing.all(kTriggers);
  EXPECT_FALSE(judged.worst.has_value());
  EXPECT_TRUE(judged.rows.empty());
}

TEST(Scores, AddUpAndPutWhatIsExposedAndFreshFirst) {
  const World shop(kShop);
  auto judged = shop.all(kTriggers);
  int sum = 0;
  for (const ScorePart& part : judged.score_parts) sum += part.points;
  EXPECT_EQ(judged.score, std::clamp(sum, 10, 100));
  intel::Item old = kTriggers;
  old.published = *parse_time("2019-08-20");
  EXPECT_LT(shop.all(old).score, judged.score);
  Context exploited = shop.context;
  exploited.exploited = true;
  EXPECT_GT(assess(kTriggers, shop.view, exploited).score, judged.score);
}

TEST(Scores, PutWhatCouldBeSaidOfAnyModelBelowWhatNamesOurs) {
  const World world(
      "models:\n  - name: bot\n    base: [\"meta-llama/Meta-Llama-3-8B-Instruct\"]\n    criticality: critical\n    "
      "format: pickle\n    exposure: "
      "[public-api]\n");
  // Nothing in it is about llamas, text or chats; its one condition is met by every model that began somewhere.
  const auto any = world.pair(paper("Backdoored Models: An Attack on the Model Supply Chain"), "bot");
  ASSERT_TRUE(may_apply(any.status)) << any.reasons[0].code << sentence(any.reasons[0]);
  EXPECT_EQ(any.status, Status::under_investigation) << "it names nothing of ours";
  EXPECT_NE(sentence(any.reasons[0]).find("bot begins with weights of somebody else"), std::string::npos)
      << sentence(any.reasons[0]);
  intel::Item old = paper("Defending Large Language Models against Jailbreaks");
  old.published = *parse_time("2019-01-01");
  const auto ours = world.pair(old, "bot");
  ASSERT_TRUE(may_apply(ours.status));
  EXPECT_LT(any.score, 20);
  EXPECT_GE(any.score, 10);
  EXPECT_GE(ours.score, 20);
  const auto judged = world.all(paper("Backdoored Models: An Attack on the Model Supply Chain"));
  int sum = 0;
  for (const ScorePart& part : judged.score_parts) sum += part.points;
  EXPECT_EQ(judged.score, sum);
  // To be called a model by name is no more, and a technique that works on whatever has weights neither.
  EXPECT_LT(world.pair(paper("Supply Chain Attacks: Backdoored Pre-trained Models in AI Systems"), "bot").score, 20);
  intel::Item technique;
  technique.kind = intel::Kind::technique;
  technique.ids = {{"atlas", "AML.T0018"}};
  EXPECT_LT(world.pair(technique, "bot").score, 20);
  technique.ids = {{"atlas", "AML.T0051.000"}};
  EXPECT_GE(world.pair(technique, "bot").score, 20);
  // A format that runs code when it is loaded is no such thing.
  EXPECT_GE(world.pair(paper("Malicious Pickle Files in Model Hubs"), "bot").score, 20);
}

TEST(Words, OfALongerPhraseStillTellWhatComesIn) {
  const knowledge::Knowledge facts;
  const auto modalities = [&](const char* title) {
    std::string out;
    const auto facets = classify(paper(title), facts);  // its values are views into it
    for (const auto value : facets.values(knowledge::Means::modality))
      out += (out.empty() ? "" : " ") + std::string(value);
    return out;
  };
  EXPECT_EQ(modalities("Inaudible Commands for Speech-to-Text Services"), "audio");
  EXPECT_EQ(modalities("Attacks on Image Classification"), "image");
  EXPECT_EQ(modalities("Evading Object Detection in Satellite Images"), "image");
  EXPECT_EQ(modalities("Jailbreaks of Text-to-Image Models"), "") << "an image comes out";
  EXPECT_EQ(modalities("A Study of Speech Synthesis"), "") << "speech comes out";
}

TEST(Words, OfAnotherSenseAreNotLookedInto) {
  const knowledge::Knowledge facts;
  const auto item = paper("Predicting Heart Attacks with Random Forests", "Records of patients with heart attacks.");
  EXPECT_EQ(classify(item, facts).find(knowledge::Means::subject, "security"), nullptr);
  const World clinic(kClinic);
  EXPECT_TRUE(clinic.all(item).rows.empty());
}

TEST(AdversarialExamples, NeedMoreThanTheWord) {
  const knowledge::Knowledge facts;
  const auto word = classify(
      paper("Adversarial Games in Scheduling", "An adversarial player, an adversarial order and an adversarial clock."),
      facts);
  EXPECT_TRUE(word.threats.empty()) << word.threats.front();
  // Which input is meant where none is named must be hinted at.
  const World world(
      "models:\n  - name: sorter\n    family: resnet\n    task: image-classification\n    exposure: [public-api]\n");
  EXPECT_FALSE(may_apply(world.pair(paper("Adversarial Examples from First Principles"), "sorter").status));
  EXPECT_TRUE(may_apply(world
                            .pair(paper("Adversarial Examples from First Principles",
                                        "We mislead networks for image recognition by imperceptible perturbations."),
                                  "sorter")
                            .status));
}

TEST(Stance, OfADefenceIsSeenWithoutAWordForItInTheTitle) {
  const knowledge::Knowledge facts;
  const auto stance = [&](const char* title, const char* summary) {
    return classify(paper(title, summary), facts).stance;
  };
  EXPECT_EQ(
      stance("A Second Look before Answering",
             "Jailbreak attacks make chat models answer harmful requests, and attackers find new jailbreaks daily. We "
             "propose a "
             "filter that rereads the question. It lowers the attack success rate of nine attacks to one per cent."),
      Stance::defence);
  EXPECT_EQ(
      stance(
          "Smoothing Votes of Many Copies",
          "Adversarial attacks fool image classifiers. We certify predictions against such attacks by adding noise."),
      Stance::defence);
  EXPECT_EQ(
      stance("A Second Look before Answering",
             "Chat models resist jailbreaks better than before. Our attack rephrases the question until they answer; "
             "defenses such as smoothing do not help, nor do filters or safeguards."),
      Stance::attack);
}

TEST(Threats, ThatFailAsWhatTheyAreDoNotComeBackAsWhatTheyAreAKindOf) {
  const World closed("models:\n  - name: bot\n    family: llama-3\n    exposure: [public-api]\n");
  const auto pages =
      paper("Indirect Prompt Injection through Web Pages",
            "Prompt injection is old. With prompt injection in a page, an assistant that reads it obeys.");
  const auto row = closed.pair(pages, "bot");
  EXPECT_EQ(row.status, Status::not_affected) << "it reads no pages";
  EXPECT_TRUE(has_code(row, "exposure-missing"));
  // A text about both is about both.
  const auto both = paper("Prompt Injection and Indirect Prompt Injection",
                          "We compare prompt injection by users, prompt injection by tools and by pages.");
  EXPECT_TRUE(may_apply(closed.pair(both, "bot").status));
}

TEST(SideChannels, OfInferenceAreAMechanismAndNoFieldOfHardware) {
  const World world("models:\n  - name: bot\n    family: llama-3\n    exposure: [public-api]\n");
  EXPECT_TRUE(may_apply(
      world
          .pair(paper("A Side Channel of Streaming Chat Models", "Packet sizes of large language models leak topics."),
                "bot")
          .status));
}

constexpr const char* kWithRay = R"(
models:
  - name: feed
    family: dlrm
    exposure: [public-api]
    runtime: [cluster]
libraries:
  - name: cluster
    pins: ["ray==2.9.0", "flask==2.3.0", "guidance==0.1.0", "outlines==0.0.4", "triton==2.1.0", "dask==2023.1.0", "chainlit==1.0.0", "openai-whisper==20231117", "mosaicml==0.2.0", "keras==2.1.0"]
)";
constexpr const char* kWithoutRay = R"(
models:
  - name: feed
    family: dlrm
    exposure: [public-api]
    runtime: [cluster]
libraries:
  - name: cluster
    pins: ["torch==2.2.0"]
)";
intel::Item news(const char* title, const char* summary) {
  intel::Item item = paper(title, summary);
  item.kind = intel::Kind::news;
  return item;
}

TEST(Products, InTheNewsConcernThoseWhoUseThem) {
  const auto item = news("ShadowRay: exposed Ray clusters are used to mine coins",
                         "Attackers submit jobs to the unauthenticated API of Ray on machines that train AI models.");
  const World with(kWithRay), without(kWithoutRay);
  const auto row = with.pair(item, "cluster");
  EXPECT_TRUE(may_apply(row.status));
  EXPECT_TRUE(has_code(row, "product-named"));
  EXPECT_EQ(row.proposed, ActionKind::gate) << "what answers the attack: no version is told";
  EXPECT_TRUE(may_apply(with.pair(item, "feed").status)) << "it runs on that";
  const auto judged = without.all(item);
  EXPECT_TRUE(judged.rows.empty());
  EXPECT_TRUE(judged.noise);
  // What is done to models is judged by mechanism, whatever product the text names.
  const World chat("models:\n  - name: bot\n    family: llama-3\n    exposure: [public-api]\n");
  EXPECT_TRUE(may_apply(
      chat.pair(news("Gradio demos of chatbots jailbroken", "Users jailbreak large language models behind Gradio."),
                "bot")
          .status));
}

TEST(Products, WithNamesOfCommonWordsAreNotSeenInThose) {
  const World world(kWithRay);
  for (const auto& [title, summary] : std::initializer_list<std::pair<const char*, const char*>>{
           {"Ray of hope after cyberattack", "The clinic patched its servers after attackers left."},
           {"Ray Tracing Engine", "Version 2.0 before 2.1 lets attackers run code by remote code execution."},
           {"X-Ray viewer flaw", "A vulnerability in X-Ray before 3.1 allows remote code execution."},
           {"Guidance on AI security", "The agency's guidance outlines security risks of AI. See GitHub."},
           {"Guidance Software EnCase flaw", "A vulnerability in Guidance Software EnCase before 8.11."},
           {"Flask of poison found", "Attackers left a flask; a patch of skin was burnt."},
           {"Flask-Admin shows scripts", "The Flask-Admin extension before 1.6 has a vulnerability."},
           {"A composer under attack", "The composer was attacked by hackers; upgrade."},
           {"Whisper campaign by hackers", "A whisper campaign by hackers; the vulnerability is old."},
           {"Triton moon probe hacked", "The probe to Triton was hacked, an upgrade failed."},
           {"Triton malware hits plants", "Triton attacks safety controllers; attackers used vulnerabilities."}})
    for (const auto kind : {intel::Kind::news, intel::Kind::vulnerability}) {
      intel::Item item = news(title, summary);
      item.kind = kind;
      for (const auto& row : world.all(item).rows)
        for (const auto& reason : row.reasons)
          EXPECT_NE(reason.code, "product-named") << title << ": " << sentence(reason);
    }
  for (const char* summary :
       {"In Ray 2.9.0 and earlier a job runs without a password.", "Flask before 2.3.2 shares sessions.",
        "Dask before 2024.1 binds to all interfaces, a vulnerability.", "Chainlit before 1.0.505 leaks files.",
        "The Triton compiler before 3.0 writes out of bounds.", "Keras 2.13 runs code when a model is loaded.",
        "The guidance library before 0.2 runs templates.", "A flaw in MosaicML Composer before 0.20."}) {
    intel::Item item = news("CVE-2099-0007", summary);
    item.kind = intel::Kind::vulnerability;
    EXPECT_EQ(world.all(item).rows.size(), 2u) << summary;
  }
}

TEST(Layers, FollowTheKindOfThing) {
  const knowledge::Knowledge facts;
  const auto layer = [&](intel::Kind kind, const char* title) {
    intel::Item item = paper(title);
    item.kind = kind;
    return layers_of(item, classify(item, facts)).words();
  };
  using Words = std::vector<std::string_view>;
  EXPECT_EQ(layer(intel::Kind::technique, "x"), Words{"tactical"});
  EXPECT_EQ(layer(intel::Kind::risk_category, "x"), Words{"strategic"});
  EXPECT_EQ(layer(intel::Kind::vulnerability, "x"), Words{"operational"});
  EXPECT_EQ(layer(intel::Kind::malicious_package, "x"), Words{"operational"});
  EXPECT_EQ(layer(intel::Kind::incident, "x"), Words{"strategic"});
  EXPECT_EQ(layer(intel::Kind::research, "Jailbreaking LLMs"), Words{"tactical"});
  EXPECT_EQ(layer(intel::Kind::research, "A Survey of Jailbreaks"), (Words{"strategic", "tactical"}));
}

TEST(Reasons, ArePrintedInTheManual) {
  const auto page = read_file(std::filesystem::path(TOCSIN_SOURCE_DIR) / "docs" / "reasons.md", 1u << 20);
  ASSERT_TRUE(page.has_value());
  EXPECT_NE(page->find(reasons_as_markdown()), std::string::npos) << reasons_as_markdown();
}

TEST(Reasons, HaveASentenceForEachCodeAndFactsAreNeverLost) {
  for (const ReasonCode& code : reason_codes()) {
    EXPECT_FALSE(code.meaning.empty()) << code.code;
    const auto text = sentence({std::string(code.code), "ITEM", "ASSET", "PATH"});
    EXPECT_EQ(text.find('{'), std::string::npos) << text;
    EXPECT_EQ(sentence({std::string(code.code), "", "", ""}).find('{'), std::string::npos);
    EXPECT_EQ(class_sentence("models", code.code, "image").find('{'), std::string::npos);
  }
  EXPECT_EQ(sentence({"lineage-class", "names \"LLMs\"", "bot is built on X, a language model", "x → y"}),
            "names \"LLMs\"; bot is built on X, a language model (x → y)");
}

}  // namespace
}  // namespace tocsin::assess
