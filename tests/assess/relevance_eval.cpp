// How well do the answers agree with readers? Five organisations written down from their descriptions
// (judged-profiles.md), 177 items graded 0 to 3 by readers. Prints the numbers; asserts a modest floor, so that a
// change that breaks the mechanism is seen. The grades are never tuned to.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "assess/assess.hpp"
#include "assess/estates.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "corpus.hpp"

namespace tocsin {
namespace {

struct Organisation {
  const char* name;
  const char* estate;
};
constexpr Organisation kOrganisations[] = {
    {"support-bot", R"(
models:
  - name: chat
    family: llama-3
    base: ["meta-llama/Meta-Llama-3-8B-Instruct"]
    relation: adapter
    task: text-generation
    input: [text]
    output: [text]
    format: pickle
    datasets: [transcripts]
    trained_here: true
    runtime: [stack]
    criticality: high
    exposure: [public-api, retrieves-web, retrieves-documents, calls-tools]
datasets:
  - name: transcripts
    collection: own
    modality: [text]
libraries:
  - name: stack
    pins: ["torch==2.1.2", "transformers==4.38.1", "peft==0.9.0", "vllm==0.4.0", "langchain==0.1.11", "chromadb==0.4.22"]
)"},
    {"line-inspector", R"(
models:
  - name: classifier
    family: resnet
    base: ["microsoft/resnet-50"]
    relation: finetune
    task: image-classification
    input: [image]
    format: pickle
    datasets: [line-images]
    trained_here: true
    runtime: [stack]
    exposure: [closed-network]
  - name: detector
    family: yolo
    base: ["ultralytics/yolov8"]
    relation: finetune
    task: object-detection
    input: [image]
    format: pickle
    datasets: [line-images]
    trained_here: true
    runtime: [stack]
    exposure: [closed-network]
datasets:
  - name: line-images
    collection: vendor
    modality: [image]
libraries:
  - name: stack
    pins: ["torch==1.13.1", "torchvision==0.14.1", "ultralytics==8.1.0", "opencv-python==4.8.0.74", "Pillow==9.4.0", "onnx==1.14.0", "onnxruntime==1.15.1"]
)"},
    {"voice-agent", R"(
models:
  - name: gpt
    family: gpt-4o
    hosted: true
    task: text-generation
    input: [text, image]
    output: [text]
    runtime: [stack]
    exposure: [retrieves-web, reads-mail, calls-tools, runs-code, takes-images]
  - name: claude
    family: claude
    hosted: true
    task: text-generation
    input: [text, image]
    output: [text]
    runtime: [stack]
    exposure: [retrieves-web, reads-mail, calls-tools, runs-code, takes-images]
  - name: notes
    family: whisper
    base: ["openai/whisper-large-v3"]
    task: automatic-speech-recognition
    input: [audio]
    output: [text]
    format: safetensors
    runtime: [stack]
    exposure: [takes-audio]
libraries:
  - name: stack
    pins: ["langchain==0.1.11", "openai==1.12.0", "transformers==4.38.1", "torch==2.1.2", "fastapi==0.109.0", "aiohttp==3.9.1", "gradio==4.19.1", "playwright"]
)"},
    {"fraud-score", R"(
models:
  - name: score
    family: xgboost
    task: fraud-detection
    input: [tabular]
    format: pickle
    datasets: [transactions]
    trained_here: true
    runtime: [stack]
    criticality: critical
    exposure: [partner-api]
  - name: second-score
    family: lightgbm
    task: fraud-detection
    input: [tabular]
    format: pickle
    datasets: [transactions]
    trained_here: true
    runtime: [stack]
    exposure: [partner-api]
datasets:
  - name: transactions
    collection: own
    modality: [tabular]
libraries:
  - name: stack
    pins: ["xgboost==1.7.6", "scikit-learn==1.2.2", "numpy==1.24.2", "pandas==2.0.3", "joblib==1.2.0", "mlflow==2.8.0", "apache-airflow==2.7.3", "lightgbm", "jupyterlab"]
)"},
    {"open-lab", R"(
models:
  - name: lm
    purl: pkg:huggingface/open-lab/lm-7b
    architecture: decoder-only-transformer
    task: text-generation
    input: [text]
    output: [text]
    format: safetensors
    datasets: [crawl, preferences]
    trained_here: true
    runtime: [stack]
    criticality: high
    exposure: [public-api, returns-logprobs]
  - name: vlm
    purl: pkg:huggingface/open-lab/vlm-7b
    architecture: vision-language-model
    task: image-text-to-text
    input: [image, text]
    output: [text]
    format: safetensors
    datasets: [crawl, pairs]
    trained_here: true
    runtime: [stack]
    exposure: [public-api, takes-images]
datasets:
  - name: crawl
    collection: crawl
    public_contribution: true
    modality: [text]
  - name: pairs
    collection: crawl
    public_contribution: true
    modality: [image, text]
  - name: preferences
    collection: crowd
    public_contribution: true
    modality: [text]
libraries:
  - name: stack
    pins: ["torch==2.2.0", "transformers==4.38.1", "deepspeed==0.13.1", "datasets==2.17.0", "ray==2.9.2", "tensorboard", "wandb", "gradio==4.19.1"]
)"},
};

intel::Kind kind_of(std::string_view set) {
  if (set.starts_with("papers")) return intel::Kind::research;
  if (set.starts_with("incidents")) return intel::Kind::incident;
  if (set.starts_with("atlas")) return intel::Kind::case_study;
  return intel::Kind::vulnerability;
}

struct Row {
  intel::Item item;
  Json body;
};

std::vector<Row> read_rows(const std::filesystem::path& folder) {
  std::vector<Row> out;
  const auto text = read_file(folder / "judged.jsonl", 64u << 20);
  if (!text) return out;
  // What ATLAS and OSV say in fields of their own is in other files of the folder.
  std::map<std::string, std::vector<std::string>> techniques;
  if (const auto cases = read_file(folder / "atlas-case-studies.jsonl", 64u << 20))
    for (const auto line : split_lines(*cases))
      if (const auto body = parse_json(line))
        for (const Json& t : (*body)["labels"]["techniques"].as_array())
          techniques[std::string((*body)["id"].as_string())].emplace_back(t.as_string());
  for (const auto line : split_lines(*text)) {
    auto body = parse_json(line);
    if (!body) continue;
    Row row;
    const std::string id((*body)["id"].as_string());
    row.item.name = id;
    row.item.id = intel::item_id("test", id);
    row.item.kind = kind_of((*body)["set"].as_string());
    row.item.title = Foreign(std::string((*body)["title"].as_string()));
    row.item.summary = Foreign(std::string((*body)["text"].as_string()));
    if (techniques.contains(id)) row.item.techniques = techniques.at(id);
    for (const Json& a : (*body)["affected"].as_array())
      if (!a["name"].as_string().empty() && !a["ecosystem"].as_string().empty())
        row.item.affects.packages.push_back(
            {std::string(a["ecosystem"].as_string()), std::string(a["name"].as_string()), {}, {}});
    row.body = std::move(*body);
    out.push_back(std::move(row));
  }
  return out;
}

TEST(Relevance, AgreesWithReadersOnWhatIsWorthAnHour) {
  TOCSIN_NEEDS_CORPUS(data);
  const std::vector<Row> rows = read_rows(data / "relevance");
  ASSERT_GT(rows.size(), 100u);
  const bool verbose = std::getenv("TOCSIN_EVAL") != nullptr;
  assess::Context context;
  context.now = *parse_time("2026-08-01");
  int hit = 0, miss = 0, false_alarm = 0, quiet = 0, aside = 0, noise_pairs = 0, grade_one_aside = 0, grade_one = 0;
  int whole_noise = 0, noise_items = 0;
  for (const Organisation& organisation : kOrganisations) {
    const estate::Estate estate = tests::estate_of(organisation.estate);
    const assess::EstateView view(estate, knowledge::Knowledge());
    int h = 0, m = 0, f = 0;
    for (const Row& row : rows) {
      const int grade = static_cast<int>(row.body["grade"][organisation.name].as_int().value_or(0));
      const auto judged = assess::assess(row.item, view, context);
      const bool relevant = judged.worst && (*judged.worst == judgement::Status::affected ||
                                             *judged.worst == judgement::Status::under_investigation);
      if (grade >= 2) (relevant ? ++h : ++m);
      if (grade < 2 && relevant) ++f;
      if (grade < 2 && !relevant) ++quiet;
      if (grade == 0) ++noise_pairs, aside += relevant ? 0 : 1, ++noise_items, whole_noise += judged.noise ? 1 : 0;
      if (grade == 1) ++grade_one, grade_one_aside += judged.noise ? 1 : 0;
      const bool wrong = (grade >= 2) != relevant || (grade == 1 && judged.noise);
      if (verbose && wrong) {
        std::string why;
        for (const auto& c : judged.classes) why += " [" + c.assets + ":" + c.code + ":" + c.detail + "]";
        for (const auto& r : judged.rows) {
          why += " {" + r.asset + " " + std::string(to_string(r.status));
          for (const auto& reason : r.reasons)
            why += " " + reason.code + "(" + reason.item_fact + "|" + reason.asset_fact + "|" + reason.path + ")";
          why += "}";
        }
        std::string threats;
        for (const auto& t : judged.facets.threats) threats += " " + t;
        std::printf("%s %s g%d %s | %s |%s\n    %s\n",
                    grade >= 2 ? "MISS"
                    : relevant ? "FALSE"
                               : "AS-NOISE",
                    organisation.name, grade, row.item.name.c_str(), std::string(row.item.title.raw()).c_str(),
                    threats.c_str(), why.c_str());
      }
    }
    std::printf("%-15s grade>=2: found %d, missed %d; raised without need %d\n", organisation.name, h, m, f);
    hit += h, miss += m, false_alarm += f;
  }
  const double recall = static_cast<double>(hit) / (hit + miss),
               precision = static_cast<double>(hit) / (hit + false_alarm);
  std::printf(
      "all: recall %.2f (%d of %d), precision %.2f (%d of %d raised); grade 0 not raised %.3f (%d of %d), marked as "
      "noise %.3f; grade 1 marked as noise %d of %d\n",
      recall, hit, hit + miss, precision, hit, hit + false_alarm, static_cast<double>(aside) / noise_pairs, aside,
      noise_pairs, static_cast<double>(whole_noise) / noise_items, grade_one_aside, grade_one);
  EXPECT_GT(recall, 0.8);
  EXPECT_GT(precision, 0.55);
  EXPECT_GT(static_cast<double>(aside) / noise_pairs, 0.97);
}

intel::Item paper_of(const Json& body) {
  intel::Item item;
  item.kind = intel::Kind::research;
  item.title = Foreign(std::string(body["title"].as_string()));
  item.summary = Foreign(std::string(body["text"].as_string()));
  return item;
}

// The words alone, on other labelled texts of the same folder (weak labels: categories and key words).
TEST(Relevance, TellsSecurityFromOtherPapers) {
  TOCSIN_NEEDS_CORPUS(data);
  const auto text = read_file(data / "relevance" / "papers-arxiv.jsonl", 64u << 20);
  ASSERT_TRUE(text.has_value());
  const bool verbose = std::getenv("TOCSIN_EVAL") != nullptr;
  int yes_found = 0, yes = 0, no_found = 0, no = 0, with_threat = 0;
  for (const auto line : split_lines(*text)) {
    const auto body = parse_json(line);
    if (!body) continue;
    const intel::Item item = paper_of(*body);
    const auto facets = assess::classify(item, knowledge::Knowledge());
    const bool expected = (*body)["labels"]["ai_security"].as_bool().value_or(false);
    (expected ? yes : no) += 1;
    if (facets.security) (expected ? yes_found : no_found) += 1;
    if (expected && facets.security && !facets.threats.empty()) ++with_threat;
    if (verbose && facets.security != expected)
      std::printf("%s %s | %s\n", expected ? "SEC-MISSED" : "SEC-FALSE", std::string(item.title.raw()).c_str(),
                  facets.security_evidence.c_str());
  }
  std::printf("papers: security found in %d of %d, of these with a mechanism %d; found in %d of %d others\n", yes_found,
              yes, with_threat, no_found, no);
  // Of the 900, some 300 are utility papers on federated learning, deepfakes or watermarks that only the key words of
  // the sample call security.
  EXPECT_GT(yes_found, yes / 2);
  EXPECT_LT(no_found, no / 10);
}

TEST(Relevance, NamesTheMechanismOfAPaper) {
  TOCSIN_NEEDS_CORPUS(data);
  const auto text = read_file(data / "relevance" / "papers-lmssp.jsonl", 64u << 20);
  ASSERT_TRUE(text.has_value());
  const bool verbose = std::getenv("TOCSIN_EVAL") != nullptr;
  // A class of that list and the mechanisms that would be right for it.
  const std::map<std::string_view, std::vector<std::string_view>> right = {
      {"jailbreak",
       {"jailbreak", "visual-jailbreak", "audio-jailbreak", "unsafe-image-generation", "universal-trigger",
        "prompt-injection"}},
      {"prompt-injection",
       {"prompt-injection", "indirect-prompt-injection", "tool-poisoning", "visual-jailbreak", "system-prompt-leak"}},
      {"adversarial-example",
       {"adversarial-example", "visual-jailbreak", "physical-adversarial-example", "universal-trigger",
        "text-adversarial-example", "audio-adversarial-example"}},
      {"backdoor", {"backdoor", "data-poisoning", "poisoned-pretrained-model", "rag-poisoning"}},
      {"poisoning-backdoor", {"backdoor", "data-poisoning", "poisoned-pretrained-model", "rag-poisoning"}},
      {"membership-inference", {"membership-inference"}},
      {"model-extraction", {"model-extraction"}},
      {"data-extraction", {"training-data-extraction", "model-inversion", "membership-inference"}},
  };
  std::map<std::string_view, std::pair<int, int>> counts;
  std::map<std::string, int> classes;
  for (const auto line : split_lines(*text)) {
    const auto body = parse_json(line);
    if (!body) continue;
    const intel::Item item = paper_of(*body);
    const auto facets = assess::classify(item, knowledge::Knowledge());
    for (const Json& label : (*body)["labels"]["attack_class"].as_array()) {
      ++classes[std::string(label.as_string())];
      const auto at = right.find(label.as_string());
      if (at == right.end()) continue;
      auto& [found, all] = counts[at->first];
      ++all;
      const bool hit = std::any_of(facets.threats.begin(), facets.threats.end(), [&](const std::string& t) {
        return std::find(at->second.begin(), at->second.end(), t) != at->second.end();
      });
      found += hit ? 1 : 0;
      if (verbose && !hit)
        std::printf("MECH-MISSED %s | %s\n", std::string(label.as_string()).c_str(),
                    std::string(item.title.raw()).c_str());
    }
  }
  int found = 0, all = 0;
  for (const auto& [label, count] : counts) {
    std::printf("%-22s %d of %d\n", std::string(label).c_str(), count.first, count.second);
    found += count.first, all += count.second;
  }
  if (verbose)
    for (const auto& [label, n] : classes) std::printf("class %s %d\n", label.c_str(), n);
  EXPECT_GT(found, all / 2);
}

}  // namespace
}  // namespace tocsin
