// estate.yaml: what an entry gives, what is told with its line, what never costs the rest.
#include "estate/read.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/json.hpp"
#include "estate/keys.hpp"
#include "estate/write.hpp"

namespace tocsin::estate {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string, std::less<>>;

Estate read(std::string yaml, Files files = {}) {
  files.emplace("estate.yaml", std::move(yaml));
  Result<Estate> out = read_estate(MemoryReader(std::move(files)));
  EXPECT_TRUE(out) << (out ? "" : out.error().message());
  return out ? std::move(*out) : Estate();
}

std::string messages(const Estate& estate) {
  std::string out;
  for (const Error& error : estate.problems) out += error.message() + "\n";
  return out;
}

TEST(Estate, IsReadWithAllFourSections) {
  const Estate estate = read(R"(python: 3.10
models:
  - name: helper
    family: llama-3
    base: [llama-3-8b]
    relation: finetune
    purl: pkg:huggingface/Team/Helper@ABCDEF
    sha256: SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    datasets: tickets
    runtime: [serving, pkg:pypi/vllm]
    trained_here: yes
    version: 1.10
    exposure: [takes-files, public-api, public-api]
datasets:
  - name: tickets
    public_contribution: true
libraries:
  - name: serving
    path: ./deps/../deps/requirements.txt
  - name: inline
    pins: ["alpha==1", "beta ; python_version >= '3.11'"]
endpoints:
  - name: chat
    url: https://api.example.org
    models: [helper]
    criticality: high
)",
                             {{"deps/requirements.txt", "gamma==2\n-r more.txt\n"}, {"deps/more.txt", "delta\n"}});
  EXPECT_EQ(messages(estate), "");
  ASSERT_EQ(estate.assets.size(), 5u);
  const Asset& helper = *estate.find("helper");
  EXPECT_EQ(helper.place, (Place{"estate.yaml", 3}));
  EXPECT_EQ(helper.exposure, (Exposures{"public-api", "takes-files"}));
  EXPECT_EQ(helper.model->version, "1.10");
  EXPECT_EQ(helper.model->sha256, std::string(64, 'a'));
  EXPECT_EQ(helper.model->purl, "pkg:huggingface/Team/Helper@abcdef");
  EXPECT_EQ(helper.model->datasets, std::vector<std::string>{"tickets"});
  EXPECT_TRUE(helper.model->trained_here);
  EXPECT_FALSE(helper.model->hosted);
  EXPECT_TRUE(estate.find("tickets")->dataset->public_contribution);
  const Library& serving = *estate.find("serving")->library;
  EXPECT_EQ(serving.path, "deps/requirements.txt");
  ASSERT_EQ(serving.pins.size(), 2u);
  EXPECT_EQ(serving.pins[1].place, (Place{"deps/more.txt", 1}));
  const Library& inline_pins = *estate.find("inline")->library;
  ASSERT_EQ(inline_pins.pins.size(), 2u);
  EXPECT_EQ(inline_pins.pins[0].place, (Place{"estate.yaml", 21}));
  EXPECT_FALSE(inline_pins.pins[1].applies) << "python: 3.10";
  EXPECT_EQ(estate.find("chat")->criticality, "high");
  ASSERT_EQ(estate.files.size(), 3u);
  EXPECT_EQ(estate.files[0].path, "estate.yaml");
  EXPECT_EQ(estate.files[1].path, "deps/more.txt");
  EXPECT_EQ(estate.files[2].digest, sha256(estate.files[2].content));
}

struct Case {
  const char* name;
  std::string yaml;
  std::string message;
};
class AProblem : public testing::TestWithParam<Case> {};
TEST_P(AProblem, IsToldWithItsLineAndTheRestHolds) {
  const Estate estate = read(GetParam().yaml + "datasets:\n  - name: rest\n");
  EXPECT_EQ(messages(estate), GetParam().message + "\n");
  EXPECT_NE(estate.find("rest"), nullptr);
}
INSTANTIATE_TEST_SUITE_P(
    , AProblem,
    testing::Values(
        Case{"unknown_top_key", "modells:\n  - name: a\n",
             "estate.yaml:2: unknown key 'modells'; did you mean 'models'?"},
        Case{"unknown_key", "models:\n  - name: a\n    famly: x\n",
             "estate.yaml:3: model 'a': unknown key 'famly'; did you mean 'family'?"},
        Case{"section_is_no_list", "models:\n  a: b\n",
             "estate.yaml:2: 'models' must be a list of maps, each with a name"},
        Case{"entry_is_no_map", "models:\n  - llama\n",
             "estate.yaml:2: an entry of 'models' must be a map with a name"},
        Case{"no_name", "models:\n  - family: x\n", "estate.yaml:2: an entry of 'models' needs a name"},
        Case{"name_taken", "models:\n  - name: a\nendpoints:\n  - name: a\n",
             "estate.yaml:4: the name 'a' is taken by the entry at line 2; this one was left out"},
        Case{"control_characters_in_a_name", "models:\n  - name: \"a\\e[31m\"\n",
             "estate.yaml:2: a name has at most 200 bytes and no control characters"},
        Case{"list_for_a_text", "models:\n  - name: a\n    family: [x]\n",
             "estate.yaml:3: model 'a': 'family' must be one value, not a list"},
        Case{"text_for_a_truth", "models:\n  - name: a\n    hosted: maybe\n",
             "estate.yaml:3: model 'a': 'hosted' must be true or false"},
        Case{"unknown_word", "models:\n  - name: a\n    criticality: huge\n",
             "estate.yaml:3: model 'a': 'criticality' must be one of low, medium, high, critical; not 'huge'"},
        Case{"unknown_exposure", "models:\n  - name: a\n    exposure: [public-api, call-tools]\n",
             "estate.yaml:3: model 'a': unknown exposure 'call-tools'; did you mean 'calls-tools'?"},
        Case{"bad_digest", "models:\n  - name: a\n    sha256: 12ab\n",
             "estate.yaml:3: model 'a': 'sha256' must be 64 hexadecimal digits"},
        Case{"dangling_model", "models:\n  - name: helper\nendpoints:\n  - name: e\n    models: [helpr]\n",
             "estate.yaml:5: endpoint 'e': 'models' names 'helpr', but no model of that name is here; did you mean "
             "'helper'?"},
        Case{"dangling_runtime", "models:\n  - name: a\n    runtime: [serving]\n",
             "estate.yaml:3: model 'a': 'runtime' names 'serving', but no library of that name is here"},
        Case{"reference_to_another_kind", "models:\n  - name: a\n    runtime: [rest]\n",
             "estate.yaml:3: model 'a': 'runtime' names 'rest', which is a data set, not a library"},
        Case{"own_base", "models:\n  - name: a\n    base: [b]\n  - name: b\n    base: [a]\n",
             "estate.yaml:4: model 'b': 'a' is its base and is built on it as well"},
        Case{"path_outside", "libraries:\n  - name: l\n    path: ../x.txt\n",
             "estate.yaml:3: library 'l': ../x.txt leads out of the workspace"},
        Case{"absolute_path", "libraries:\n  - name: l\n    path: /etc/passwd\n",
             "estate.yaml:3: library 'l': /etc/passwd is not a path inside the workspace"},
        Case{"no_such_file", "libraries:\n  - name: l\n    path: no.txt\n",
             "estate.yaml:3: library 'l': cannot read no.txt: No such file or directory"},
        Case{"no_packages", "libraries:\n  - name: l\n",
             "estate.yaml:2: library 'l' needs 'path' (a lockfile or requirements file) or 'pins'"},
        Case{"bad_pin", "libraries:\n  - name: l\n    pins:\n      - alpha==1\n      - b c\n",
             "estate.yaml:5: library 'l': invalid specifier: no operator: b c"},
        Case{"bad_python", "python: three\n",
             "estate.yaml:1: estate: 'python': a Python version is written like \"3.11\" or \"3.11.4\""},
        Case{"password_in_a_url", "endpoints:\n  - name: e\n    url: https://u:hunter2@api.example.org\n",
             "estate.yaml:3: endpoint 'e': 'url' has a password or token in its URL; it was left out here, take it out "
             "of "
             "the file"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Estate, WithAPasswordInAUrlKeepsItNowhere) {
  const Estate estate = read("endpoints:\n  - name: e\n    url: https://u:hunter2@api.example.org\n");
  EXPECT_EQ(estate.find("e")->endpoint->url, "https://api.example.org");
  EXPECT_EQ(estate.files[0].content.find("hunter2"), std::string::npos);
}

TEST(Estate, ThatIsNoYamlIsAnErrorWithItsPlace) {
  for (const char* bad : {"models: [", "- a\n- b\n", "just text", "a: 1\na: 2\n", "models: *nobody\n", "\x01\x02"}) {
    const Result<Estate> estate = read_estate(MemoryReader(Files{{"estate.yaml", bad}}));
    ASSERT_FALSE(estate) << bad;
    EXPECT_TRUE(estate.error().where.starts_with("estate.yaml")) << estate.error().message();
    EXPECT_TRUE(estate.error().line) << estate.error().message();
  }
  const Result<Estate> missing = read_estate(MemoryReader({}));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::unavailable);
}

TEST(Estate, ThatIsEmptyHasNoAssets) {
  for (const char* empty : {"", "# nothing\n", "models:\ndatasets: []\n"}) EXPECT_TRUE(read(empty).assets.empty());
}

TEST(Estate, ThatLaughsABillionTimesIsRefused) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) yaml += before + ", ";
    yaml += "]\n";
  }
  const Result<Estate> estate = read_estate(MemoryReader(Files{{"estate.yaml", yaml}}));
  ASSERT_FALSE(estate);
  EXPECT_EQ(estate.error().code, Code::refused);
}

TEST(Estate, ListsAtMostAThousandProblemsAndCountsTheRest) {
  std::string yaml = "models:\n";
  for (int i = 0; i < 3000; ++i) yaml += "  - llama\n";
  const Estate estate = read(yaml);
  ASSERT_EQ(estate.problems.size(), kMaxProblems + 1);
  EXPECT_EQ(estate.problems.back().message(), "estate.yaml: 2000 more problems are not listed");
}

TEST(Estate, DigestDependsOnWhatItSaysNotOnItsLines) {
  const Estate one = read("models:\n  - name: a\n    family: x\n"),
               two = read("# new\n\nmodels:\n  - {family: x, name: a}\n");
  EXPECT_EQ(one.digest, two.digest);
  EXPECT_NE(one.digest, read("models:\n  - name: a\n    family: y\n").digest);
}

TEST(Exposures, OfTheCallerReplaceTheOwnList) {
  const std::string_view words[] = {"by-post"};
  const Result<Estate> estate =
      read_estate(MemoryReader(Files{{"estate.yaml", "models:\n  - name: a\n    exposure: [by-post, public-api]\n"}}),
                  {.exposures = words});
  ASSERT_TRUE(estate);
  EXPECT_EQ(messages(*estate), "estate.yaml:3: model 'a': unknown exposure 'public-api'\n");
}

TEST(Keys, AreAllReadIntoTheirFields) {
  for (AssetKind kind : {AssetKind::model, AssetKind::dataset, AssetKind::library, AssetKind::endpoint}) {
    for (const Key& key : keys(kind)) {
      if (key.name == "name" || key.name == "python") continue;
      const std::string head = std::string(section_of(kind)) + ":\n  - name: a\n";
      const std::string with_pins = kind == AssetKind::library && key.name != "path" ? "    pins: [zeta]\n" : "";
      std::string value(key.example);
      if (key.type == KeyType::truth) value = "true";
      const std::string line = "    " + std::string(key.name) + ": " + value + "\n";
      const Files files{{"serving/requirements.txt", "alpha\n"}};
      const Estate with = read(head + (key.name == "pins" ? "" : with_pins) + line, files);
      const Estate without = read(head + with_pins, files);
      EXPECT_NE(with.digest, without.digest) << section_of(kind) << " " << key.name;
      for (const Error& error : with.problems)
        EXPECT_NE(error.message().find("but no"), std::string::npos)
            << "only references may dangle: " << error.message();
      if (key.type == KeyType::digest || key.type == KeyType::pins) continue;
      // ... and written from them.
      ASSERT_EQ(with.assets.size(), 1u) << key.name;
      EXPECT_NE(write_asset(with.assets[0]).find(std::string(key.name) + ": "), std::string::npos) << key.name;
    }
  }
}

TEST(Schema, InTheTreeIsTheOneOfTheKeys) {
  std::ifstream in(fs::path(TOCSIN_SOURCE_DIR) / "schema" / "estate.schema.json");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::string want = schema().dump_pretty() + "\n";
  if (text != want && std::getenv("TOCSIN_REWRITE") != nullptr)
    std::ofstream(fs::path(TOCSIN_SOURCE_DIR) / "schema" / "estate.schema.json") << want;
  EXPECT_TRUE(text == want) << "run this test with TOCSIN_REWRITE=1 and read the difference";
}

TEST(Manual, HasTheTablesOfTheKeys) {
  std::ifstream in(fs::path(TOCSIN_SOURCE_DIR) / "docs" / "estate.md");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find(keys_as_markdown()), std::string::npos) << keys_as_markdown();
  for (std::string_view word : exposure_words())
    EXPECT_NE(text.find("`" + std::string(word) + "`"), std::string::npos) << word;
}

struct PathCase {
  const char* from;
  const char* path;
  const char* want;  // nullptr: refused
};
TEST(Paths, StayInsideTheWorkspace) {
  for (const PathCase& c :
       {PathCase{"", "a.txt", "a.txt"}, PathCase{"x/y.txt", "a.txt", "x/a.txt"},
        PathCase{"x/y.txt", "../a.txt", "a.txt"}, PathCase{"", "./a//b/./c.txt", "a/b/c.txt"},
        PathCase{"x/y.txt", "../../a.txt", nullptr}, PathCase{"", "..", nullptr}, PathCase{"", "a/../..", nullptr},
        PathCase{"", "/a", nullptr}, PathCase{"", "~/a", nullptr}, PathCase{"", "", nullptr},
        PathCase{"", ".", nullptr}, PathCase{"", "a\nb", nullptr}, PathCase{"", "..a/b..", "..a/b.."}}) {
    const Result<std::string> got = inside_workspace(c.from, c.path);
    EXPECT_EQ(got.has_value(), c.want != nullptr) << c.path;
    if (got && c.want != nullptr) {
      EXPECT_EQ(*got, c.want);
    }
  }
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "tocsin-estate-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    top_ = name;
    root_ = top_ / "workspace";
    fs::create_directories(root_);
    write("../secret.txt", "alpha==1\n");
  }
  void TearDown() override { fs::remove_all(top_); }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  fs::path top_, root_;
};

TEST_F(Folder, LinksAreFollowedInsideAndRefusedOutside) {
  write("real/requirements.txt", "alpha==1\n");
  fs::create_symlink("real/requirements.txt", root_ / "inside.txt");
  fs::create_symlink("../secret.txt", root_ / "outside.txt");
  fs::create_symlink("loop.txt", root_ / "loop.txt");
  fs::create_directory_symlink(top_, root_ / "up");
  write("estate.yaml",
        "libraries:\n"
        "  - {name: a, path: inside.txt}\n"
        "  - {name: b, path: outside.txt}\n"
        "  - {name: c, path: loop.txt}\n"
        "  - {name: d, path: up/secret.txt}\n"
        "  - {name: e, path: real}\n"
        "  - {name: f, path: pipe.txt}\n");
  ASSERT_EQ(::mkfifo((root_ / "pipe.txt").c_str(), 0600), 0);
  const Result<Estate> estate = read_estate(root_);
  ASSERT_TRUE(estate);
  EXPECT_EQ(estate->find("a")->library->pins.size(), 1u);
  for (const char* name : {"b", "c", "d", "e", "f"}) EXPECT_TRUE(estate->find(name)->library->pins.empty()) << name;
  ASSERT_EQ(estate->problems.size(), 5u) << messages(*estate);
  EXPECT_EQ(estate->problems[0].message(),
            "estate.yaml:3: library 'b': cannot read outside.txt: a symbolic link leads out of the workspace");
  for (const Error& error : estate->problems)
    EXPECT_EQ(error.message().find(top_.string()), std::string::npos) << error.message();
}

}  // namespace
}  // namespace tocsin::estate
