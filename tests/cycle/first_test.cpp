// The first minute in a project: what `init` writes, and what it leaves alone.
#include "cycle/first.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.hpp"
#include "estate/keys.hpp"

namespace tocsin::cycle {
namespace {

namespace fs = std::filesystem;

class First : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("tocsin-first-" + std::to_string(::getpid()) + "-" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write("requirements.txt", "torch==2.1.0\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string read(const std::string& name) const { return read_file(folder_ / name, 1u << 20).value_or("(no file)"); }
  // Whether the schema there was another one.
  bool init() {
    auto made = make_workspace(folder_, "Test", clock_, system_random());
    EXPECT_TRUE(made) << (made ? "" : made.error().message());
    return made && made->other_schema;
  }

  const std::string schema_ = estate::schema().dump_pretty() + "\n";
  const std::string hint_ = estate::schema_hint(kSchemaFile);
  ManualClock clock_{Time{1'767'225'600'000'000}};
  fs::path folder_;
};

TEST_F(First, EstateIsWrittenWithTheSchemaForEditorsBesideIt) {
  EXPECT_FALSE(init());
  EXPECT_EQ(read("estate.schema.json"), schema_);
  ASSERT_FALSE(hint_.empty());
  EXPECT_TRUE(read("estate.yaml").starts_with(hint_)) << read("estate.yaml");
  EXPECT_NE(read("estate.yaml").find("path: requirements.txt"), std::string::npos);
}

TEST_F(First, ASchemaOfTheUsersStaysAndIsNotNamed) {
  write("estate.schema.json", "{\"mine\": true}");
  EXPECT_TRUE(init());
  EXPECT_EQ(read("estate.schema.json"), "{\"mine\": true}");
  EXPECT_EQ(read("estate.yaml").find("estate.schema.json"), std::string::npos);
}

TEST_F(First, TheSameSchemaIsNamedAgain) {
  write("estate.schema.json", schema_);
  EXPECT_FALSE(init());
  EXPECT_TRUE(read("estate.yaml").starts_with(hint_));
}

TEST_F(First, ALinkIsNotWrittenThrough) {
  fs::create_symlink(folder_ / "elsewhere", folder_ / "estate.schema.json");
  EXPECT_TRUE(init());
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
}

TEST_F(First, AnEstateOfTheUsersStays) {
  write("estate.yaml", "# mine\nlibraries: []\n");
  EXPECT_FALSE(init());
  EXPECT_EQ(read("estate.yaml"), "# mine\nlibraries: []\n");
  EXPECT_EQ(read("estate.schema.json"), schema_);
}

TEST_F(First, AFileIsCalledAFile) {
  for (const bool demo : {false, true}) {
    const auto made = make_workspace(folder_ / "requirements.txt", "Test", clock_, system_random());
    const auto shown = make_demo(folder_ / "requirements.txt", clock_, system_random());
    const std::string said = demo ? (shown ? "" : shown.error().what) : (made ? "" : made.error().what);
    EXPECT_NE(said.find("is a file, not a folder"), std::string::npos) << said;
  }
  EXPECT_EQ(read("requirements.txt"), "torch==2.1.0\n");
}

TEST_F(First, AFolderThatIsNotThereIsAMistypedOne) {
  const auto made = make_workspace(folder_ / "my-projct", "Test", clock_, system_random());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::refused);
  EXPECT_FALSE(fs::exists(folder_ / "my-projct"));
}

TEST_F(First, TheDemoMakesOneFolderAndNotTheWayToIt) {
  const auto lost = make_demo(folder_ / "no" / "demo", clock_, system_random());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::refused);
  EXPECT_NE(lost.error().what.find("there is no folder"), std::string::npos) << lost.error().what;
  EXPECT_FALSE(fs::exists(folder_ / "no"));
  for (const char* name : {"demo", "demo2/"}) {
    const auto made = make_demo(folder_ / name, clock_, system_random());
    EXPECT_TRUE(made) << made.error().message();
    EXPECT_TRUE(Workspace::exists(folder_ / name));
  }
}

TEST_F(First, RuntimeIsOfferedToModelsAndCountedByNobodyUntilItIsTold) {
  fs::create_directories(folder_ / "models/bot");
  write("models/bot/config.json", R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"]})");
  EXPECT_FALSE(init());
  EXPECT_NE(read("estate.yaml").find("    # runtime: [requirements]\n"), std::string::npos) << read("estate.yaml");
}

}  // namespace
}  // namespace tocsin::cycle
