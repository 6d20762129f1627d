#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "cycle/estate_file.hpp"
#include "estate/read.hpp"

namespace tocsin::cycle {
namespace {

const std::string kWritten =
    "# ours\nmodels:\n    - name: bot   # the old one\n      family: llama-3\n\n    - name: second\n      exposure: "
    "[internal]\nendpoints:\n- name: api\n  url: https://a.example\n";

Result<std::string> add(const std::string& text, estate::AssetKind kind, const std::string& name,
                        std::vector<std::pair<std::string, std::string>> values = {}) {
  return with_asset(text, kind, name, values, testing::TempDir());
}

TEST(EstateAdd, PutsAnEntryBehindTheLastOfItsSectionAndLeavesTheRest) {
  const auto out =
      add(kWritten, estate::AssetKind::model, "third", {{"family", "mistral"}, {"exposure", "internal,calls-tools"}});
  ASSERT_TRUE(out) << out.error().message();
  const std::string added = "    - name: third\n      family: mistral\n      exposure: [internal, calls-tools]\n";
  const std::size_t at = out->find(added);
  ASSERT_NE(at, std::string::npos) << *out;
  EXPECT_EQ(out->substr(0, at) + out->substr(at + added.size()), kWritten);
}

TEST(EstateAdd, LeavesTheCommentsOfAnEntryWithIt) {
  const std::string before =
      "models:\n  - name: bot\n    family: llama-3\n    # exposure: []\n    # runtime: [serving]\n";
  const std::string after = "  # found: elsewhere\n\nlibraries: []\n";
  const auto out = add(before + after, estate::AssetKind::model, "second");
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_EQ(*out, before + "  - name: second\n" + after);
}

TEST(EstateAdd, MakesASectionAndAFile) {
  auto out = add("", estate::AssetKind::dataset, "crawl", {{"public_contribution", "true"}});
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_EQ(*out, "datasets:\n  - name: crawl\n    public_contribution: true\n");
  out = add(kWritten, estate::AssetKind::dataset, "crawl");
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_TRUE(out->starts_with(kWritten));
}

TEST(EstateAdd, RefusesWhatWouldBeAProblem) {
  struct Case {
    estate::AssetKind kind;
    const char* name;
    std::vector<std::pair<std::string, std::string>> values;
    const char* says;
  };
  for (const Case& one : {Case{estate::AssetKind::model, "bot", {}, "the name 'bot' is taken (estate.yaml:3"},
                          Case{estate::AssetKind::dataset, "api", {}, "nothing was added"},
                          Case{estate::AssetKind::model, "x", {{"colour", "red"}}, "colour"},
                          Case{estate::AssetKind::model, "x", {{"exposure", "everybody"}}, "everybody"},
                          Case{estate::AssetKind::library, "x", {{"path", "../../etc/passwd"}}, "passwd"}}) {
    const auto out = add(kWritten, one.kind, one.name, one.values);
    ASSERT_FALSE(out) << *out;
    EXPECT_NE(out.error().what.find(one.says), std::string::npos) << out.error().what;
  }
}

TEST(EstateAdd, NamesThatNeedQuotesReadBack) {
  for (const char* name : {"yes", "1.10", "a: b", "- x", "#no", "\"quoted\"", "null"}) {
    const auto out = add(kWritten, estate::AssetKind::model, name);
    ASSERT_TRUE(out) << name << ": " << out.error().message();
    const auto read = estate::read_estate(estate::MemoryReader({{"estate.yaml", *out}}));
    ASSERT_TRUE(read);
    EXPECT_NE(read->find(name), nullptr) << *out;
  }
}

TEST(EstateCheck, NamesKindsThatAreNotKnownWhereNothingElseTellsWhatTheModelIs) {
  const std::map<std::string, std::string, std::less<>> files = {{"estate.yaml", R"(models:
  - name: typo
    family: lama-3
  - name: told
    family: our-own
    architecture: decoder-only-transformer
  - name: based
    family: our-own
    base: ["meta-llama/Llama-3.1-8B"]
  - name: known
    family: llama-3
  - name: odd
    architecture: perceiver-of-things
)"}};
  const auto estate = estate::read_estate(estate::MemoryReader(files));
  ASSERT_TRUE(estate);
  const auto unknown = unknown_kinds(*estate, knowledge::Knowledge());
  ASSERT_EQ(unknown.size(), 2u);
  EXPECT_EQ(unknown[0].asset, "typo");
  EXPECT_EQ(unknown[0].written, "lama-3");
  EXPECT_EQ(unknown[0].problem.line, 2u);
  EXPECT_NE(unknown[0].problem.what.find("'lama-3' is not known, so no text that names a kind of model"),
            std::string::npos)
      << unknown[0].problem.what;
  EXPECT_EQ(unknown[1].key, "architecture");
}

}  // namespace
}  // namespace tocsin::cycle
