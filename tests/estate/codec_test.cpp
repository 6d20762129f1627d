#include <gtest/gtest.h>

#include <algorithm>

#include "estate/estate.hpp"

namespace tocsin::estate {
namespace {

using Names = std::vector<std::string>;

Asset model(std::string name) {
  Asset asset;
  asset.kind = AssetKind::model;
  asset.name = std::move(name);
  asset.model.emplace();
  return asset;
}

Pin pin(std::string name, std::string version) {
  Pin out;
  out.ecosystem = "PyPI";
  out.name = out.written = std::move(name);
  out.version = version;
  out.specifier = "==" + version;
  out.place = {"requirements.txt", 4};
  return out;
}

Asset library(std::vector<Pin> pins) {
  Asset asset;
  asset.kind = AssetKind::library;
  asset.name = "serving";
  asset.place = {"estate.yaml", 12};
  asset.library = Library{"requirements.txt", std::move(pins), {{"cannot read gpu.txt", {"requirements.txt", 7}}}};
  return asset;
}

Asset full_model() {
  Asset asset = model("support-bot");
  asset.owner = "ml-platform";
  asset.criticality = "high";
  asset.environment = "prod";
  asset.exposure = {"calls-tools", "public-api"};
  asset.place = {"estate.yaml", 3};
  asset.model = Model{"pkg:huggingface/example/support-8b@3c0f",
                      "v3",
                      std::string(64, 'a'),
                      "llama-3",
                      "decoder-only-transformer",
                      {"llama-3-8b"},
                      "finetune",
                      "text-generation",
                      {"text"},
                      {"text"},
                      "safetensors",
                      "Q4_K_M",
                      {"tickets"},
                      {"serving"},
                      true,
                      true};
  return asset;
}

std::vector<Asset> one_of_each() {
  Asset dataset;
  dataset.kind = AssetKind::dataset;
  dataset.name = "tickets";
  dataset.dataset =
      Dataset{"https://data.example.org", "2026-10", std::string(64, 'b'), "own", true, {"text", "image"}};
  Asset endpoint;
  endpoint.kind = AssetKind::endpoint;
  endpoint.name = "support-api";
  endpoint.endpoint = Endpoint{"https://api.example.org", {"support-bot"}, {"/var/log/*.jsonl"}, "customers"};
  Pin odd = pin("example", "1.0");
  odd.version.reset();
  odd.specifier = ">=1,<2";
  odd.marker = "python_version < '3.12'";
  odd.applies = false;
  odd.hashes = {"sha256:" + std::string(64, 'c')};
  odd.kind = "url";
  return {full_model(), dataset, library({pin("torch", "2.5.0"), odd}), endpoint};
}

TEST(AssetKind, ReadsBackAsWritten) {
  for (int i = 0; i <= static_cast<int>(AssetKind::endpoint); ++i)
    EXPECT_EQ(parse_asset_kind(to_string(static_cast<AssetKind>(i))), static_cast<AssetKind>(i));
  EXPECT_FALSE(parse_asset_kind("models"));
}

TEST(AssetJson, ReadsBackAsWritten) {
  for (const Asset& asset : one_of_each()) {
    const Json json = to_json(asset, Places::with);
    const auto back = asset_from_json(*parse_json(json.dump()));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(to_json(*back, Places::with), json);
    EXPECT_EQ(back->place, asset.place);
    EXPECT_EQ(back->model.has_value(), asset.kind == AssetKind::model);
    EXPECT_EQ(back->dataset.has_value(), asset.kind == AssetKind::dataset);
    EXPECT_EQ(back->library.has_value(), asset.kind == AssetKind::library);
    EXPECT_EQ(back->endpoint.has_value(), asset.kind == AssetKind::endpoint);
  }
}

TEST(AssetJson, KeepsEveryField) {
  EXPECT_EQ(to_json(full_model()).size(), 22u);
  EXPECT_EQ(to_json(full_model(), Places::with).size(), 23u);
  EXPECT_EQ(to_json(one_of_each()[1]).size(), 8u);
  EXPECT_EQ(to_json(one_of_each()[2])["pins"].as_array()[1].size(), 8u);
  EXPECT_EQ(to_json(one_of_each()[3]).size(), 6u);
  EXPECT_EQ(to_json(model("m")).dump(), R"({"kind":"model","name":"m"})");
  const Asset back = *asset_from_json(to_json(one_of_each()[2]));
  EXPECT_EQ(back.library->pins[0].version, "2.5.0");
  EXPECT_FALSE(back.library->pins[1].version);
  EXPECT_FALSE(back.library->pins[1].applies);
}

TEST(AssetJson, OfAnotherTypeIsDamage) {
  for (const char* text :
       {R"([])", R"({})", R"({"kind":"robot","name":"x"})", R"({"kind":1})", R"({"kind":"model","name":[]})",
        R"({"kind":"model","base":"x"})", R"({"kind":"model","base":[1]})", R"({"kind":"model","hosted":"yes"})",
        R"({"kind":"model","place":"x"})", R"({"kind":"model","place":{"line":-1}})", R"({"kind":"library","pins":{}})",
        R"({"kind":"library","pins":[1]})", R"({"kind":"library","pins":[{"applies":1}]})",
        R"({"kind":"library","path":1,"pins":[]})", R"({"kind":"dataset","modality":1})",
        R"({"kind":"endpoint","url":1})"}) {
    const auto asset = asset_from_json(*parse_json(text));
    ASSERT_FALSE(asset) << text;
    EXPECT_EQ(asset.error().code, Code::malformed) << text;
  }
}

TEST(EstateDigest, DoesNotDependOnTheLinesThatThingsStandIn) {
  std::vector<Asset> assets = one_of_each();
  const Digest digest = content_digest(assets);
  assets[0].place.line = 99;
  assets[2].library->pins[0].place = {"other.txt", 1};
  EXPECT_EQ(content_digest(assets), digest);
  assets[2].library->pins[0].specifier = "==2.6.0";
  EXPECT_NE(content_digest(assets), digest);
}

TEST(Estate, FindsAnAssetByItsName) {
  Estate estate;
  estate.assets = one_of_each();
  EXPECT_EQ(estate.find("tickets"), &estate.assets[1]);
  EXPECT_EQ(estate.find("Tickets"), nullptr);
  EXPECT_EQ(estate.find(""), nullptr);
}

Difference between(std::vector<Asset> before, std::vector<Asset> after) {
  Estate a;
  Estate b;
  a.assets = std::move(before);
  b.assets = std::move(after);
  return difference(a, b);
}

TEST(Difference, IsEmptyForTheSameEstate) {
  auto moved = one_of_each();
  moved[0].place.line = 77;
  std::reverse(moved.begin(), moved.end());
  EXPECT_TRUE(between(one_of_each(), moved).empty());
  EXPECT_TRUE(between({}, {}).lines.empty());
}

TEST(Difference, NamesWhatCameAndWent) {
  const Difference d = between({model("old"), model("same")}, {model("same"), model("new")});
  EXPECT_EQ(d.added, Names{"new"});
  EXPECT_EQ(d.removed, Names{"old"});
  EXPECT_EQ(d.changed, Names{});
  EXPECT_EQ(d.lines, (Names{"added model new", "removed model old"}));
}

TEST(Difference, SaysWhatChangedInAnAsset) {
  Asset before = model("support-bot");
  before.model->base = {"llama-2-7b"};
  Asset after = model("support-bot");
  after.model->base = {"llama-3-8b", "lora"};
  after.exposure = {"public-api"};
  after.model->hosted = true;
  const Difference d = between({before}, {after});
  EXPECT_EQ(d.changed, Names{"support-bot"});
  EXPECT_EQ(d.lines,
            (Names{"changed support-bot: base llama-2-7b -> llama-3-8b, lora",
                   "changed support-bot: exposure none -> public-api", "changed support-bot: hosted none -> true"}));
}

TEST(Difference, SaysWhichPinsMoved) {
  Pin any = pin("numpy", "1");
  any.version.reset();
  any.specifier = "";
  const Difference d = between({library({pin("torch", "2.5.0"), pin("left-pad", "1.0"), pin("same", "1")})},
                               {library({any, pin("torch", "2.6.0"), pin("same", "1")})});
  EXPECT_EQ(d.changed, Names{"serving"});
  EXPECT_EQ(d.lines, (Names{"changed serving: pin numpy added: any", "changed serving: pin torch ==2.5.0 -> ==2.6.0",
                            "changed serving: pin left-pad removed: ==1.0"}));
}

TEST(Difference, ShowsAnotherHashUnderTheSameVersion) {
  Pin before = pin("torch", "2.5.0");
  before.hashes = {"sha256:" + std::string(64, 'a')};
  Pin after = before;
  after.hashes = {"sha256:" + std::string(64, 'b')};
  const Difference d = between({library({before})}, {library({after})});
  ASSERT_EQ(d.lines.size(), 1u);
  EXPECT_NE(d.lines[0].find("hash"), std::string::npos) << d.lines[0];
}

TEST(Difference, SaysSoWhenOnlyTheWritingOfPinsChanged) {
  const Difference d = between({library({pin("a", "1"), pin("b", "1")})}, {library({pin("b", "1"), pin("a", "1")})});
  EXPECT_EQ(d.lines, Names{"changed serving: pins are written in another way or order"});
}

TEST(Difference, IsPrintable) {
  Asset before = model("m\x1b[2J");
  Asset after = before;
  after.owner = "x\ny\x1b[31m";
  for (const std::string& line : between({before}, {after}).lines)
    EXPECT_EQ(line.find_first_of("\x1b\n"), std::string::npos) << line;
}

TEST(Difference, ComparesTheFirstOfEachName) {
  Asset twin = model("a");
  twin.owner = "somebody";
  EXPECT_TRUE(between({model("a"), twin}, {model("a")}).empty());
}

TEST(Difference, OfAnotherKindIsAChange) {
  Asset after;
  after.kind = AssetKind::dataset;
  after.name = "x";
  after.dataset.emplace();
  EXPECT_EQ(between({model("x")}, {after}).lines, Names{"changed x: kind model -> dataset"});
}

}  // namespace
}  // namespace tocsin::estate
