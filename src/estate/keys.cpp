// One table a section. The reader takes its types from here, the schema and the manual are printed from here.
#include "estate/keys.hpp"

#include <fmt/format.h>

#include <array>

#include "base/text.hpp"

namespace tocsin::estate {
namespace {

constexpr std::array<std::string_view, 4> kCriticalities = {"low", "medium", "high", "critical"};
// How a model came from another: the words of Hugging Face's base_model_relation, and distill.
constexpr std::array<std::string_view, 5> kRelations = {"finetune", "quantize", "merge", "adapter", "distill"};

constexpr std::array<std::string_view, 14> kExposures = {
    "public-api",       "partner-api", "internal",     "retrieves-web", "retrieves-documents",
    "calls-tools",      "takes-files", "takes-images", "takes-audio",   "fine-tunable-by-users",
    "returns-logprobs", "reads-mail",  "runs-code",    "closed-network"};

constexpr Key kOwner{"owner", KeyType::text, "the person or team who answers for it", "ml-platform",
                     "property `tocsin:owner`"};
constexpr Key kCriticality{"criticality",
                           KeyType::word,
                           "what an outage or a leak would cost; medium when not said",
                           "high",
                           "property `tocsin:criticality`",
                           kCriticalities};
constexpr Key kEnvironment{"environment", KeyType::text, "where it runs", "prod", "property `tocsin:environment`"};

constexpr Key kModels[] = {
    {"name", KeyType::name, "what you call it", "support-bot", "`name`"},
    {"purl", KeyType::purl, "which model exactly, as a package URL",
     "pkg:huggingface/example/support-8b@3c0f1d9a7b5e4f2d8c6b1a0e9d7f5c3b2a1e0d4f", "`purl`"},
    {"version", KeyType::text, "commit, tag or release", "v3", "`version`"},
    {"sha256", KeyType::digest, "digest of the weights file",
     "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "`hashes[]`, SHA-256"},
    {"family", KeyType::text, "family of models it belongs to", "llama-3",
     "`modelCard.modelParameters.architectureFamily`"},
    {"architecture", KeyType::text, "what kind of network; found through family and base when not said",
     "decoder-only-transformer", "`modelCard.modelParameters.modelArchitecture`"},
    {"base", KeyType::texts, "what it was made from: models of this file, package URLs or families",
     "[llama-3-8b-instruct]", "`pedigree.ancestors[]`"},
    {"relation", KeyType::word, "how it was made from its base", "finetune", "`pedigree.notes`", kRelations},
    {"task", KeyType::text, "what it is used for", "text-generation", "`modelCard.modelParameters.task`"},
    {"input", KeyType::texts, "kinds of data that go in", "[text]", "`modelCard.modelParameters.inputs[].format`"},
    {"output", KeyType::texts, "kinds of data that come out", "[text]", "`modelCard.modelParameters.outputs[].format`"},
    {"format", KeyType::text, "how the weights are stored", "safetensors", "property `tocsin:format`"},
    {"quantization", KeyType::text, "how the weights were made smaller", "Q4_K_M", "property `tocsin:quantization`"},
    {"datasets", KeyType::texts, "what it was trained or tuned on: data sets of this file, or words",
     "[support-tickets]", "`modelCard.modelParameters.datasets[]`"},
    {"runtime", KeyType::texts, "what runs it: libraries of this file, or package URLs", "[serving]",
     "`dependencies[].dependsOn`"},
    {"hosted", KeyType::truth, "somebody else's model behind an API: there are no weights here", "false",
     "`services[]` instead of a component"},
    {"trained_here", KeyType::truth, "you train or fine-tune it yourselves", "true", "property `tocsin:trained_here`"},
    kOwner,
    kCriticality,
    kEnvironment,
    {"exposure", KeyType::words, "who and what reaches it", "[public-api, retrieves-web]", "property `tocsin:exposure`",
     kExposures},
};
constexpr Key kDatasets[] = {
    {"name", KeyType::name, "what you call it", "support-tickets", "`name`"},
    {"origin", KeyType::text, "where it comes from: URL or package URL", "https://data.example.org/tickets",
     "`externalReferences[]`, distribution"},
    {"revision", KeyType::text, "commit, date or release", "2026-10", "`version`"},
    {"sha256", KeyType::digest, "digest of its file or manifest",
     "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "`hashes[]`, SHA-256"},
    {"collection", KeyType::text, "how it was collected: crawl, licensed, own, crowd, synthetic", "own",
     "`data[].description`"},
    {"public_contribution", KeyType::truth, "strangers can put something into it", "false",
     "property `tocsin:public_contribution`"},
    {"modality", KeyType::texts, "kinds of data", "[text]", "property `tocsin:modality`"},
    kOwner,
    kCriticality,
    kEnvironment,
    {"exposure", KeyType::words, "who and what reaches it", "[internal]", "property `tocsin:exposure`", kExposures},
};
constexpr Key kLibraries[] = {
    {"name", KeyType::name, "what you call this set of packages", "serving", "`name`"},
    {"path", KeyType::path,
     "lockfile, requirements file, SBOM or installed site-packages, relative to estate.yaml and inside its folder",
     "serving/requirements.txt", "`components[]`, one a package"},
    {"pins", KeyType::pins, "packages written here instead of in a file", "[\"torch==2.6.0\", \"vllm>=0.8\"]",
     "`components[]`, one a package"},
    {"python", KeyType::python, "Python for which markers are judged; 3.11 when not said", "\"3.10\"",
     "property `tocsin:python`"},
    kOwner,
    kCriticality,
    kEnvironment,
    {"exposure", KeyType::words, "who and what reaches it", "[internal]", "property `tocsin:exposure`", kExposures},
};
constexpr Key kEndpoints[] = {
    {"name", KeyType::name, "what you call it", "support-api", "`services[].name`"},
    {"url", KeyType::text, "its address, without credentials", "https://api.example.org/v1/chat",
     "`services[].endpoints[]`"},
    {"models", KeyType::texts, "models of this file that answer here", "[support-bot]", "`dependencies[].dependsOn`"},
    {"logs", KeyType::texts, "where its logs lie", "[/var/log/support/*.jsonl]", "property `tocsin:logs`"},
    {"callers", KeyType::text, "who may call it", "signed-in customers", "`services[].description`"},
    kOwner,
    kCriticality,
    kEnvironment,
    {"exposure", KeyType::words, "who and what reaches it", "[public-api]", "property `tocsin:exposure`", kExposures},
};
constexpr Key kTop[] = {
    {"python", KeyType::python, "Python for which markers are judged, where a library does not say", "\"3.11\"",
     "not part of an SBOM"},
};

constexpr std::array<AssetKind, 4> kAssetKinds = {AssetKind::model, AssetKind::dataset, AssetKind::library,
                                                  AssetKind::endpoint};

Json text_or_number() {
  return Json::object({{"type", Json(Json::Array{"string", "number"})}});
}

Json enumeration(std::span<const std::string_view> words) {
  Json out = Json::array();
  for (std::string_view word : words) out.push(word);
  return Json::object({{"enum", std::move(out)}});
}

// The scalar itself, or a list of such.
Json one_or_many(const Json& one) {
  return Json::object({{"anyOf", Json(Json::Array{one, Json::object({{"type", "array"}, {"items", one}})})}});
}

Json schema_of(const Key& key) {
  Json out;
  switch (key.type) {
    case KeyType::text:
      out = text_or_number();
      break;
    case KeyType::truth:
      out = Json::object({{"type", "boolean"}});
      break;
    case KeyType::texts:
      out = one_or_many(text_or_number());
      break;
    case KeyType::word:
      out = enumeration(key.words);
      break;
    case KeyType::words:
      out = one_or_many(enumeration(key.words));
      break;
    case KeyType::digest:
      out = Json::object({{"type", "string"}, {"pattern", "^(sha256:)?[0-9A-Fa-f]{64}$"}});
      break;
    case KeyType::purl:
      out = Json::object({{"type", "string"}, {"pattern", "^pkg:"}});
      break;
    case KeyType::name:
      out = Json::object({{"type", Json(Json::Array{"string", "number"})}, {"minLength", 1}, {"maxLength", 200}});
      break;
    case KeyType::path:
      out = Json::object({{"type", "string"}, {"pattern", "^(?!/)(?!(.*/)?\\.\\.(/|$)).+$"}});
      break;
    case KeyType::pins:
      out = Json::object({{"type", "array"}, {"items", Json::object({{"type", "string"}})}});
      break;
    case KeyType::python:
      out = Json::object({{"type", Json(Json::Array{"string", "number"})}, {"pattern", "^[0-9]+(\\.[0-9]+){1,2}$"}});
      break;
  }
  out.set("description", key.meaning);
  return out;
}

}  // namespace

std::string_view section_of(AssetKind kind) {
  switch (kind) {
    case AssetKind::model:
      return "models";
    case AssetKind::dataset:
      return "datasets";
    case AssetKind::library:
      return "libraries";
    case AssetKind::endpoint:
      return "endpoints";
  }
  return "";
}

std::span<const Key> keys(AssetKind kind) {
  switch (kind) {
    case AssetKind::model:
      return kModels;
    case AssetKind::dataset:
      return kDatasets;
    case AssetKind::library:
      return kLibraries;
    case AssetKind::endpoint:
      return kEndpoints;
  }
  return {};
}

std::span<const Key> top_keys() {
  return kTop;
}

std::span<const std::string_view> exposure_words() {
  return kExposures;
}

Json schema() {
  Json properties = Json::object();
  for (const Key& key : kTop) properties.set(key.name, schema_of(key));
  for (AssetKind kind : kAssetKinds) {
    Json members = Json::object();
    for (const Key& key : keys(kind)) members.set(key.name, schema_of(key));
    const Json item = Json::object({{"type", "object"},
                                    {"required", Json(Json::Array{"name"})},
                                    {"additionalProperties", false},
                                    {"properties", std::move(members)}});
    properties.set(section_of(kind), Json::object({{"type", Json(Json::Array{"array", "null"})}, {"items", item}}));
  }
  return Json::object({{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                       {"title", "tocsin estate.yaml"},
                       {"description", "What a team runs: models, data sets, libraries and endpoints"},
                       {"type", Json(Json::Array{"object", "null"})},
                       {"additionalProperties", false},
                       {"properties", std::move(properties)}});
}

std::string schema_hint(std::string_view schema_file) {
  return fmt::format("# yaml-language-server: $schema={}\n", schema_file);
}

std::string keys_as_markdown() {
  std::string out;
  const auto table = [&](std::span<const Key> rows) {
    out += "| key | meaning | example | place in CycloneDX 1.6 |\n| --- | --- | --- | --- |\n";
    for (const Key& key : rows)
      out += fmt::format("| `{}` | {} | `{}` | {} |\n", key.name, key.meaning, key.example, key.cyclonedx);
  };
  for (AssetKind kind : kAssetKinds) {
    out += fmt::format("### {}\n\n", section_of(kind));
    table(keys(kind));
    out += '\n';
  }
  out += "### beside the sections\n\n";
  table(kTop);
  return out;
}

}  // namespace tocsin::estate
