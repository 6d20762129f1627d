// What is printed is read back the same, whatever the texts are.
#include "estate/write.hpp"

#include <gtest/gtest.h>

#include "base/yaml.hpp"
#include "estate/keys.hpp"
#include "estate/read.hpp"

namespace tocsin::estate {
namespace {

const std::vector<std::string> kNasty = {"",
                                         "a",
                                         "null",
                                         "true",
                                         "Yes",
                                         "~",
                                         "1.10",
                                         "0x1f",
                                         "2025-01-01",
                                         "- a",
                                         "a: b",
                                         "a #b",
                                         "#a",
                                         "[a]",
                                         "{a}",
                                         "a, b",
                                         "'a'",
                                         "\"a\"",
                                         "a\\b",
                                         "*a",
                                         "&a",
                                         "!a",
                                         "|",
                                         ">",
                                         "%a",
                                         "@a",
                                         "`a",
                                         "?",
                                         ":",
                                         "a:",
                                         " a",
                                         "a ",
                                         "a\nb",
                                         "a\tb",
                                         "\xc3\xa4",
                                         "\xf0\x9f\x90\x9b",
                                         "pkg:pypi/a@1",
                                         "<<",
                                         "=",
                                         "---",
                                         "...",
                                         "a\x01",
                                         "\xe2\x80\xae",
                                         "\xc2\x85",
                                         "key: [x",
                                         "\xef\xbb\xbf",
                                         "Off",
                                         "NaN",
                                         "a - b",
                                         std::string(3000, 'x')};

TEST(Scalars, ReadBackAsTheSameText) {
  for (const std::string& text : kNasty) {
    for (const std::string& yaml : {"k: " + yaml_scalar(text) + "\n"}) {
      const Result<Yaml> read = parse_yaml(yaml);
      ASSERT_TRUE(read) << yaml << read.error().message();
      EXPECT_TRUE((*read)["k"].is_scalar()) << yaml;
      EXPECT_EQ((*read)["k"].text(), text) << yaml;
    }
  }
}

TEST(Estate, ReadsBackAsItWasWritten) {
  std::vector<Asset> assets;
  Asset model;
  model.kind = AssetKind::model;
  model.name = "a: model #1";
  model.owner = "o'brien \"x\"";
  model.criticality = "high";
  model.exposure = {"public-api", "takes-files"};
  model.model.emplace();
  model.model->purl = "pkg:huggingface/team/helper@abc";
  model.model->family = "yes";
  model.model->base = {"pkg:huggingface/a/b", "x, y", "[z]", "- q"};
  model.model->quantization = "4-bit";
  model.model->hosted = true;
  model.model->version = "1.10";
  assets.push_back(model);
  Asset data;
  data.kind = AssetKind::dataset;
  data.name = "data";
  data.dataset.emplace();
  data.dataset->origin = "https://data.example.org/#x";
  data.dataset->modality = {"text"};
  assets.push_back(data);
  Asset library;
  library.kind = AssetKind::library;
  library.name = "null";
  library.library.emplace();
  library.library->path = "a b/requirements.txt";
  assets.push_back(library);
  Asset endpoint;
  endpoint.kind = AssetKind::endpoint;
  endpoint.name = "\xc3\xa4pi";
  endpoint.endpoint.emplace();
  endpoint.endpoint->models = {"a: model #1"};
  endpoint.endpoint->callers = "anyone: \"all\" # of them";
  assets.push_back(endpoint);

  WriteOptions options;
  options.header = "Ours\n\nmodels: [not a key]";
  options.schema_file = "estate.schema.json";
  options.comments["data"] = {"found: x\ny: z", "\x1b[31m"};
  options.ask_exposure = true;
  for (const Asset& asset : assets) options.offer_runtime[asset.name] = {"serving: a", "b"};
  const std::string text = write_estate(assets, options);
  EXPECT_TRUE(text.starts_with("# yaml-language-server: $schema=estate.schema.json\n# Ours\n#\n# models:")) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("    # runtime: [\"serving: a\", b]\n"), std::string::npos) << text;
  EXPECT_EQ(text, write_estate(assets, options));

  const Result<Estate> read = read_estate(MemoryReader(
      std::map<std::string, std::string, std::less<>>{{"estate.yaml", text}, {"a b/requirements.txt", ""}}));
  ASSERT_TRUE(read) << read.error().message() << "\n" << text;
  ASSERT_TRUE(read->problems.empty()) << read->problems[0].message() << "\n" << text;
  ASSERT_EQ(read->assets.size(), assets.size()) << text;
  EXPECT_EQ(read->digest, content_digest(assets)) << text;
}

}  // namespace
}  // namespace tocsin::estate
