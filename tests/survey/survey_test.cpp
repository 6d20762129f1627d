// A folder as people have it, and what is proposed for it.
#include "survey/survey.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "estate/read.hpp"
#include "made.hpp"
#include "survey/families.hpp"

namespace tocsin::survey {
namespace {

namespace fs = std::filesystem;
using namespace tests;
using estate::Asset;
using estate::AssetKind;

const std::string kCommit = "3c0f1d9a7b5e4f2d8c6b1a0e9d7f5c3b2a1e0d4f";
const std::string kZip("PK\x03\x04rest of an archive");

// What a team's knowledge might say: enough to see who asks for what.
class SomeFamilies final : public Families {
 public:
  Family by_spelling(std::string_view name) const override {
    if (name.find("ursa-3") != std::string_view::npos) return {"ursa-3", "decoder", {"text"}, {"text"}};
    if (name.find("ursa-2") != std::string_view::npos || name.find("Ursa-2") != std::string_view::npos)
      return {"ursa-2", "decoder", {"text"}, {"text"}};
    if (name.find("lynx") != std::string_view::npos) return {"lynx", "convnet", {"image"}, {}};
    return {};
  }
  Family by_type(std::string_view type) const override {
    return type == "ursa" ? Family{"ursa", "decoder", {"text"}, {"text"}} : Family{};
  }
  Family by_class(std::string_view name) const override {
    return name.starts_with("Lynx") ? Family{"lynx", "convnet", {"image"}, {}} : Family{};
  }
};

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "tocsin-survey-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    top_ = name;
    root_ = top_ / "project";
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(top_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  Survey look(const Limits& limits = {}) const {
    Result<Survey> out = survey(root_, families_, limits);
    EXPECT_TRUE(out) << (out ? "" : out.error().message());
    return out ? std::move(*out) : Survey();
  }
  // The proposal must be a good estate.yaml, with the same assets.
  void expect_reads_back(const Survey& found) const {
    const std::string text = render_estate_yaml(found, "estate.schema.json");
    write("estate.yaml", text);
    const Result<estate::Estate> read = estate::read_estate(root_);
    ASSERT_TRUE(read) << read.error().message() << "\n" << text;
    for (const Error& error : read->problems) ADD_FAILURE() << error.message() << "\n" << text;
    ASSERT_EQ(read->assets.size(), found.assets.size()) << text;
    for (const Asset& asset : found.assets) {
      const Asset* back = read->find(asset.name);
      ASSERT_NE(back, nullptr) << asset.name << "\n" << text;
      Asset plain = *back;
      if (plain.library) plain.library->pins.clear();
      EXPECT_EQ(estate::to_json(plain), estate::to_json(asset)) << text;
    }
    EXPECT_EQ(text, render_estate_yaml(found, "estate.schema.json"));
  }
  static const Asset* find(const Survey& found, std::string_view name) {
    for (const Asset& asset : found.assets)
      if (asset.name == name) return &asset;
    return nullptr;
  }
  static std::string names(const Survey& found) {
    std::string out;
    for (const Asset& asset : found.assets) out += (out.empty() ? "" : " ") + asset.name;
    return out;
  }
  static std::string notes(const Survey& found) {
    std::string out;
    for (const Error& note : found.notes) out += note.message() + "\n";
    return out;
  }

  SomeFamilies families_;
  fs::path top_, root_;
};

TEST_F(Folder, OfAHubCacheIsOneModelARepository) {
  const std::string repository = ".cache/huggingface/hub/models--team--Ursa-2-Chat/";
  const std::string blob = repository + "blobs/";
  write(blob + "c1", R"({"model_type": "ursa", "architectures": ["UrsaForCausalLM"]})");
  write(blob + "c2",
        "---\nbase_model: team/ursa-2-base\ndatasets: [talks]\npipeline_tag: text-generation\n---\n# Hello\n");
  write(blob + "c3", safetensors("{}"));
  write(repository + "refs/main", kCommit);
  const std::string snapshot = repository + "snapshots/" + kCommit + "/";
  fs::create_directories(root_ / snapshot);
  fs::create_symlink("../../blobs/c1", root_ / (snapshot + "config.json"));
  fs::create_symlink("../../blobs/c2", root_ / (snapshot + "README.md"));
  fs::create_symlink("../../blobs/c3", root_ / (snapshot + "model-00001-of-00002.safetensors"));
  fs::create_symlink("../../blobs/c3", root_ / (snapshot + "model-00002-of-00002.safetensors"));
  write(repository + "snapshots/0000000000000000000000000000000000000000/config.json", "{}");
  write(".cache/huggingface/hub/datasets--team--talks/snapshots/" + kCommit + "/x.parquet", "x");

  const Survey found = look();
  EXPECT_EQ(names(found), "ursa-2-chat talks") << notes(found);
  const estate::Model& model = *find(found, "ursa-2-chat")->model;
  EXPECT_EQ(model.purl, "pkg:huggingface/team/Ursa-2-Chat@" + kCommit);
  EXPECT_EQ(model.version, kCommit);
  EXPECT_EQ(model.family, "ursa-2");
  EXPECT_EQ(model.architecture, "decoder");
  EXPECT_EQ(model.format, "safetensors");
  EXPECT_EQ(model.base, std::vector<std::string>{"pkg:huggingface/team/ursa-2-base"});
  EXPECT_EQ(model.relation, "finetune");
  EXPECT_EQ(model.task, "text-generation");
  EXPECT_EQ(model.datasets, std::vector<std::string>{"talks"});
  EXPECT_TRUE(find(found, "ursa-2-chat")->exposure.empty());
  EXPECT_EQ(find(found, "talks")->dataset->origin, "hf://datasets/team/talks");
  EXPECT_EQ(notes(found), "");
  expect_reads_back(found);
}

TEST_F(Folder, WithAnAdapterBesideItsBaseTiesThemTogether) {
  write("models/ursa-2-base/config.json", R"({"model_type": "ursa"})");
  write("models/ursa-2-base/pytorch_model.bin", kZip);
  write("models/support-lora/adapter_config.json",
        R"({"base_model_name_or_path": "../ursa-2-base", "peft_type": "LORA"})");
  write("models/support-lora/adapter_model.safetensors", safetensors("{}"));
  write("models/support-lora/training_args.bin", kZip);
  const Survey found = look();
  EXPECT_EQ(names(found), "support-lora ursa-2-base");
  const estate::Model& adapter = *find(found, "support-lora")->model;
  EXPECT_EQ(adapter.base, std::vector<std::string>{"ursa-2-base"});
  EXPECT_EQ(adapter.relation, "adapter");
  EXPECT_EQ(adapter.family, "ursa-2");
  EXPECT_TRUE(adapter.trained_here);
  EXPECT_EQ(find(found, "ursa-2-base")->model->format, "pickle");
  expect_reads_back(found);
}

TEST_F(Folder, WithAnOllamaStoreIsOneModelAManifest) {
  const std::string digest(64, 'a'), config(64, 'b');
  write(".ollama/models/manifests/packages.example.org/library/ursa-2/8b", R"({"config": {"digest": "sha256:)" +
                                                                               config + R"("}, "layers": [
           {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:)" +
                                                                               digest + R"("},
           {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:../../../etc/passwd"}]})");
  write(".ollama/models/manifests/packages.example.org/library/broken/latest", "{\"layers\": [");
  write(".ollama/models/blobs/sha256-" + digest, gguf({pair("general.architecture", "ursa")}));
  write(".ollama/models/blobs/sha256-" + config, R"({"model_family": "ursa", "file_type": "Q4_0"})");
  const Survey found = look();
  EXPECT_EQ(names(found), "ursa-2-8b");
  const estate::Model& model = *found.assets[0].model;
  EXPECT_EQ(model.family, "ursa-2");
  EXPECT_EQ(model.sha256, digest);
  EXPECT_EQ(model.quantization, "Q4_0");
  EXPECT_EQ(model.version, "8b");
  EXPECT_EQ(model.format, "gguf");
  EXPECT_NE(notes(found).find("broken/latest"), std::string::npos) << notes(found);
  expect_reads_back(found);
}

TEST_F(Folder, OfLooseFilesIsOneModelAFileNotOneAShard) {
  write("weights/bear.Q4_K_M.gguf", gguf({pair("general.architecture", "ursa"), pair("general.file_type", 15)}));
  write("weights/bear.Q8_0.gguf", gguf({pair("general.architecture", "ursa"), pair("general.file_type", 7)}));
  write("weights/big-00001-of-00002.gguf",
        gguf({pair("general.architecture", "ursa"), pair("general.basename", "ursa-2")}));
  write("weights/big-00002-of-00002.gguf", gguf({}));
  write("weights/style.safetensors", safetensors(R"({"__metadata__":{"ss_network_module":"networks.lora"}})"));
  write("vision/lynx.onnx", "\x08\x07");
  write("vision/best.pt", kZip);
  write("classic/model.pkl", std::string("\x80\x04\x95", 3));
  write("classic/forest.joblib", std::string("\x80\x03}", 3));
  write("keras/net.h5", std::string("\x89HDF\r\n\x1a\n", 8));
  write("keras/net2.keras", kZip);
  write("firmware/boot.bin", "not a model");
  write("old/protocol0.pkl", "(lp0\n.");
  write("clone/lfs.onnx", "version https://git-lfs.example.org/spec/v1\n");
  const Survey found = look();
  EXPECT_EQ(names(found), "forest classic net net2 protocol0 vision lynx bear big style") << notes(found);
  EXPECT_EQ(notes(found), "clone/lfs.onnx: only a pointer of Git LFS: the file itself was not fetched\n");
  EXPECT_EQ(find(found, "bear")->model->quantization, "Q4_K_M, Q8_0");
  EXPECT_EQ(find(found, "bear")->model->family, "ursa");
  EXPECT_EQ(find(found, "big")->model->family, "ursa-2");
  EXPECT_EQ(find(found, "style")->model->relation, "adapter");
  EXPECT_EQ(find(found, "lynx")->model->family, "lynx");
  EXPECT_EQ(find(found, "vision")->model->format, "pickle");
  EXPECT_EQ(find(found, "net")->model->format, "hdf5");
  expect_reads_back(found);
}

TEST_F(Folder, OfAPipelineIsOneModel) {
  write("pipe/model_index.json", R"({"_class_name": "LynxPipeline"})");
  write("pipe/unet/config.json", R"({"architectures": ["Inner"]})");
  write("pipe/unet/diffusion_pytorch_model.safetensors", safetensors("{}"));
  write("pipe/text_encoder/config.json", R"({"model_type": "inner"})");
  const Survey found = look();
  EXPECT_EQ(names(found), "pipe");
  EXPECT_EQ(found.assets[0].model->family, "lynx");
  EXPECT_EQ(found.assets[0].model->format, "safetensors");
}

TEST_F(Folder, OfATrainingRunIsOneModelNotOneACheckpoint) {
  for (const char* step : {"100", "200", "1000"}) {
    write(std::string("out/checkpoint-") + step + "/config.json",
          R"({"model_type": "ursa", "_name_or_path": "team/ursa-2-base"})");
    write(std::string("out/checkpoint-") + step + "/trainer_state.json", "{}");
    write(std::string("out/checkpoint-") + step + "/model.safetensors", safetensors("{}"));
  }
  const Survey found = look();
  ASSERT_EQ(found.assets.size(), 1u) << names(found);
  EXPECT_EQ(found.evidence.begin()->second.where, "out/checkpoint-1000");
  EXPECT_TRUE(found.assets[0].model->trained_here);
  EXPECT_EQ(found.assets[0].model->base, std::vector<std::string>{"pkg:huggingface/team/ursa-2-base"});
}

TEST_F(Folder, WithRequirementsHasALibraryEach) {
  write("requirements.txt", "alpha==1\nbeta\n");
  write("requirements-dev.txt", "-r requirements.txt\n-c constraints.txt\n");
  write("constraints.txt", "gamma==1\n");
  write("serving/requirements/prod.txt", "delta\n");
  write("notes/requirements.txt", "this is not\nfor a machine\n");
  const Survey found = look();
  EXPECT_EQ(names(found), "requirements-dev requirements serving-requirements-prod");
  EXPECT_EQ(find(found, "requirements")->library->path, "requirements.txt");
  EXPECT_NE(notes(found).find("notes/requirements.txt:1: "), std::string::npos) << notes(found);
  expect_reads_back(found);
}

TEST_F(Folder, WhoseRequirementsAreMadeOfPartsHasAnEntryForTheWhole) {
  write("requirements/base.txt", "-c constraints.txt\nalpha>=1\nbeta==2\n");
  write("requirements/constraints.txt", "alpha==1.5\ngamma==3\n");
  write("requirements.txt", "-r requirements/base.txt\ndelta==4\n");
  write("requirements-dev.txt", "-r requirements.txt\n-r ./requirements/../requirements/base.txt\nepsilon\n");
  const Survey found = look();
  // What only files for development take in is what runs elsewhere: it stays. The base is a part of that.
  EXPECT_EQ(names(found), "requirements-dev requirements") << notes(found);
  const auto facts = [&](const char* name) {
    std::string out;
    for (const std::string& fact : found.evidence.at(name).facts) out += fact + "\n";
    return out;
  };
  EXPECT_EQ(facts("requirements"),
            "3 requirements, 3 of them pinned to one version; 2 constraints\n"
            "reads requirements/base.txt, requirements/constraints.txt as well\n");
  EXPECT_EQ(facts("requirements-dev").find("4 requirements, 3 of them pinned"), 0u) << facts("requirements-dev");
  expect_reads_back(found);
}

TEST_F(Folder, WithRequirementsThatTakeInEachOtherKeepsBoth) {
  write("a-requirements.txt", "-r b-requirements.txt\nalpha\n");
  write("b-requirements.txt", "-r a-requirements.txt\nbeta\n");
  EXPECT_EQ(names(look()), "a-requirements b-requirements");
}

TEST_F(Folder, ProposesLockfilesOfEveryKindAndManifestsOnlyWhereNoneLiesBeside) {
  write("app/pyproject.toml", "[project]\ndependencies = ['alpha']\n");
  write("app/uv.lock", "version = 1\n[[package]]\nname = 'alpha'\nversion = '1'\nsource = {registry = ''}\n");
  write("lib/pyproject.toml", "[project]\ndependencies = ['alpha']\n");
  write("tool/pyproject.toml", "[tool.black]\nline-length = 100\n");
  write("web/package-lock.json",
        "{\"lockfileVersion\": 3, \"packages\": {\"node_modules/a\": {\"version\": \"1.0.0\"}}}");
  write("env/environment.yml", "dependencies: [numpy=1.20]\n");
  write("bad/poetry.lock", "[[package]\n");
  write("in/requirements.in", "alpha\n");
  write("in/requirements.txt", "alpha==1\n");
  write("in/more-requirements.in", "beta\n");
  write("docs/CMakeLists.txt", "project(x)\n");
  const Survey found = look();
  EXPECT_EQ(names(found), "app-uv env-environment in-more-requirements in-requirements lib-pyproject web-package-lock")
      << notes(found);
  EXPECT_EQ(find(found, "in-requirements")->library->path, "in/requirements.txt");
  EXPECT_NE(notes(found).find("bad/poetry.lock:1:"), std::string::npos) << notes(found);
}

TEST_F(Folder, OfOtherPeoplesCodeIsNotLookedInto) {
  for (const char* skipped : {".git/x", "web/node_modules/y", "env/lib/site-packages/z"})
    write(std::string(skipped) + "/model.gguf", gguf({pair("general.architecture", "ursa")}));
  write("venv/pyvenv.cfg", "");
  write("venv/models/m.gguf", gguf({pair("general.architecture", "ursa")}));
  const Survey found = look();
  EXPECT_EQ(names(found), "");
  EXPECT_EQ(found.notes.size(), 4u) << notes(found);
  EXPECT_NE(notes(found).find("venv: not looked into: virtual environment"), std::string::npos);
  EXPECT_TRUE(found.complete);
  expect_reads_back(found);
}

TEST_F(Folder, FullOfTrapsIsSurvivedAndNoted) {
  fs::create_directories(root_ / "pipe");
  ASSERT_EQ(::mkfifo((root_ / "pipe/config.json").c_str(), 0600), 0);
  fs::create_directory_symlink(root_, root_ / "loop");
  fs::create_directories(root_ / "self");
  fs::create_symlink("config.json", root_ / "self/config.json");
  std::ofstream(top_ / "outside.json") << R"({"model_type": "secret"})";
  fs::create_directories(root_ / "out");
  fs::create_symlink("../../outside.json", root_ / "out/config.json");
  write("broken/config.json", "{\"model_type\": ");
  write("deep/config.json", std::string(100'000, '['));
  write("huge/config.json", std::string((4u << 20) + 10, ' '));
  write("odd/config.json", R"([1, 2])");
  write("odd2/config.json", R"({"model_type": 7, "architectures": "x"})");
  write("g/cut.gguf", gguf({pair("general.architecture", "ursa")}).substr(0, 30));
  write("g/empty.gguf", "");
  write("s/cut.safetensors", le<std::uint64_t>(1000) + "{");
  write("bad/requirements.txt", std::string("\x80\x04\0\0", 4));
  write("bad\xff\xfe/config.json", R"({"model_type": "ursa"})");
  write("bad\xff\xfe/requirements.txt", "alpha\n");
  write("esc\x1b[31m/config.json", R"({"model_type": "ursa\u001b[31m"})");
  write("models--x--y/snapshots/../refs/main", "../../../../etc");
  fs::create_directories(root_ / "models--x--y/snapshots");
  const Survey found = look();
  EXPECT_TRUE(found.complete);
  for (const char* place :
       {"pipe/config.json: not a regular file", "self/config.json: ", "out/config.json: a link that leads out",
        "broken/config.json: ", "deep/config.json: ", "huge/config.json: larger than",
        "g/cut.gguf: ", "g/empty.gguf: ", "s/cut.safetensors: the header would be longer",
        "bad/requirements.txt: ", "requirements.txt: its name is not UTF-8", "models--x--y: no snapshot"})
    EXPECT_NE(notes(found).find(place), std::string::npos) << place << "\n" << notes(found);
  EXPECT_EQ(notes(found).find('\x1b'), std::string::npos);
  EXPECT_EQ(names(found), "bad esc-31m cut") << notes(found);  // a GGUF that is cut is a model that lies there
  const std::string text = render_estate_yaml(found);
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  expect_reads_back(found);
}

TEST_F(Folder, LargerThanTheLimitsEndsEarlyAndSaysSo) {
  for (int i = 0; i < 50; ++i) write("d" + std::to_string(i) + "/m.gguf", gguf({pair("general.architecture", "ursa")}));
  Limits few;
  few.entries = 20;
  const Survey cut = look(few);
  EXPECT_FALSE(cut.complete);
  EXPECT_EQ(cut.entries, 20u);
  EXPECT_NE(notes(cut).find("more than 20 files and folders"), std::string::npos);
  EXPECT_NE(render_estate_yaml(cut).find("ended early"), std::string::npos);
  Limits small;
  small.assets = 10;
  EXPECT_EQ(look(small).assets.size(), 10u);
  EXPECT_FALSE(look(small).complete);
  Limits shallow;
  shallow.depth = 0;
  EXPECT_TRUE(look(shallow).assets.empty());
  EXPECT_FALSE(look(shallow).notes.empty());
  const Survey whole = look();
  EXPECT_EQ(whole.assets.size(), 50u);
  EXPECT_TRUE(whole.complete);
  std::set<std::string> distinct;
  for (const Asset& asset : whole.assets) EXPECT_TRUE(distinct.insert(asset.name).second) << asset.name;
}

TEST_F(Folder, WithManyFilesOfOneKindIsTakenTogether) {
  for (int i = 0; i < 40; ++i) write("cache/part" + std::to_string(i) + ".pkl", std::string("\x80\x04.", 3));
  const Survey found = look();
  EXPECT_EQ(names(found), "cache-pickle");
  EXPECT_EQ(found.evidence.at("cache-pickle").facts[0], "40 pickle files in one folder, taken together");
}

TEST_F(Folder, GivesTheSameTwice) {
  write("a/config.json", R"({"model_type": "ursa"})");
  write("b/a/config.json", R"({"model_type": "ursa"})");
  write("requirements.txt", "alpha\n");
  EXPECT_EQ(render_estate_yaml(look()), render_estate_yaml(look()));
}

TEST_F(Folder, KnowsTheFamilyByTheNameThatAConfigurationKeeps) {
  write("bot/config.json", R"({"model_type": "ursa", "_name_or_path": "org/Ursa-2-7B"})");
  const Survey found = look();
  ASSERT_EQ(found.assets.size(), 1u);
  EXPECT_EQ(found.assets[0].model->family, "ursa-2") << "more exact than the declared type";
  EXPECT_TRUE(found.assets[0].model->base.empty());
}

TEST_F(Folder, IsNotBelievedByItsNameWhereTheConfigurationKeepsAnother) {
  write("ursa-3-lookalike/config.json", R"({"model_type": "ursa", "_name_or_path": "org/Ursa-2-7B"})");
  const Survey found = look();
  ASSERT_EQ(found.assets.size(), 1u);
  EXPECT_EQ(found.assets[0].model->family, "ursa-2");
}

TEST_F(Folder, OffersEachModelTheRequirementsThatLieClosest) {
  write("chat/requirements.txt", "alpha==1\n");
  write("chat/models/bot/config.json", R"({"model_type": "ursa"})");
  write("sort/requirements.txt", "beta==1\n");
  write("sort/requirements-dev.txt", "gamma==1\n");
  write("sort/net/config.json", R"({"model_type": "ursa"})");
  const Survey found = look();
  const std::string text = render_estate_yaml(found);
  const auto after = [&](std::string_view name) {
    const std::size_t at = text.find("- name: " + std::string(name));
    const std::size_t line = text.find("# runtime: ", at);
    return at == std::string::npos || line == std::string::npos ? text
                                                                : text.substr(line, text.find('\n', line) - line);
  };
  EXPECT_EQ(after("bot"), "# runtime: [chat-requirements]");
  EXPECT_EQ(after("net"), "# runtime: [sort-requirements]");
  expect_reads_back(found);
}

TEST_F(Folder, ThatIsEmptyGetsAnExampleToStartFrom) {
  const Survey found = look();
  EXPECT_NE(render_estate_yaml(found).find("#     - name: support-bot"), std::string::npos)
      << render_estate_yaml(found);
  expect_reads_back(found);
}

TEST_F(Folder, ThatIsNotThereIsAnError) {
  EXPECT_FALSE(survey(root_ / "nowhere"));
  write("file", "x");
  EXPECT_FALSE(survey(root_ / "file"));
}

TEST_F(Folder, UsesTheShippedKnowledge) {
  const KnownFamilies known{knowledge::Knowledge()};
  write("models--meta-llama--Meta-Llama-3-8B-Instruct/refs/main", kCommit);
  write("models--meta-llama--Meta-Llama-3-8B-Instruct/snapshots/" + kCommit + "/config.json",
        R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"]})");
  const Result<Survey> found = survey(root_, known);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->assets.size(), 1u);
  EXPECT_EQ(found->assets[0].model->family, "llama-3");
  EXPECT_EQ(found->assets[0].model->architecture, "decoder-only-transformer");
}

}  // namespace
}  // namespace tocsin::survey
