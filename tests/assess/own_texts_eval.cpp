// The same question as relevance_eval.cpp, on texts and organisations of our own (texts/): eight kinds of estates, papers, news, descriptions
// of flaws and incidents. The numbers are printed; the floors are those of the day, so that a change that costs answers is seen.
// TOCSIN_EVAL=1 prints each wrong answer of development.yaml.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>

#include "assess/assess.hpp"
#include "assess/estates.hpp"
#include "base/file.hpp"
#include "base/yaml.hpp"

namespace tocsin {
namespace {

const std::filesystem::path kTexts = std::filesystem::path(TOCSIN_SOURCE_DIR) / "tests" / "assess" / "texts";

struct World {
  estate::Estate estate;
  std::unique_ptr<assess::EstateView> view;
};

struct Tally {
  int found = 0, missed = 0, needless = 0, quiet = 0, noise = 0, not_noise = 0;
  double recall() const { return static_cast<double>(found) / (found + missed); }
  double precision() const { return static_cast<double>(found) / (found + needless); }
  double not_raised() const { return static_cast<double>(quiet) / (quiet + needless); }
  double as_noise() const { return static_cast<double>(noise) / (noise + not_noise); }
};

intel::Kind kind_of(std::string_view word) {
  return word == "news"            ? intel::Kind::news
         : word == "vulnerability" ? intel::Kind::vulnerability
         : word == "incident"      ? intel::Kind::incident
                                   : intel::Kind::research;
}

bool holds(const Yaml& list, std::string_view word) {
  return std::any_of(list.items.begin(), list.items.end(), [&](const Yaml& item) { return item.scalar == word; });
}

class OwnTexts : public testing::Test {
 protected:
  void SetUp() override {
    const auto text = read_file(kTexts / "estates.yaml", 1u << 20);
    ASSERT_TRUE(text.has_value());
    const auto yaml = parse_yaml(*text);
    ASSERT_TRUE(yaml.has_value()) << yaml.error().message();
    for (const auto& [name, estate] : yaml->members) {
      World& world = worlds_[name];
      world.estate = tests::estate_of(estate.scalar);
      world.view = std::make_unique<assess::EstateView>(world.estate, knowledge::Knowledge());
    }
    ASSERT_EQ(worlds_.size(), 8u);
  }

  Tally judge(const char* file, bool verbose) const {
    Tally all;
    const auto text = read_file(kTexts / file, 1u << 20);
    EXPECT_TRUE(text.has_value());
    const auto yaml = parse_yaml(text.value_or(""));
    EXPECT_TRUE(yaml.has_value()) << (yaml ? "" : yaml.error().message());
    if (!yaml) return all;
    assess::Context context;
    context.now = *parse_time("2026-08-01");
    for (const Yaml& row : (*yaml)["texts"].items) {
      intel::Item item;
      item.kind = kind_of(row["kind"].scalar);
      item.name = row["title"].scalar;
      item.id = intel::item_id("test", item.name);
      item.title = Foreign(row["title"].scalar);
      item.summary = Foreign(row["summary"].scalar);
      for (const char* list : {"raises", "may", "tells"})
        for (const Yaml& name : row[list].items) EXPECT_TRUE(worlds_.contains(name.scalar)) << name.scalar;
      for (const auto& [name, world] : worlds_) {
        const bool wanted = holds(row["raises"], name), disputed = holds(row["may"], name),
                   told = holds(row["tells"], name);
        const auto judged = assess::assess(item, *world.view, context);
        const bool raised = judged.worst && (*judged.worst == judgement::Status::affected ||
                                             *judged.worst == judgement::Status::under_investigation);
        if (disputed) continue;
        if (wanted) ++(raised ? all.found : all.missed);
        if (!wanted) ++(raised ? all.needless : all.quiet);
        if (!wanted && !told) ++(judged.noise ? all.noise : all.not_noise);
        if (!verbose || (wanted == raised && (wanted || told || judged.noise))) continue;
        std::string why;
        for (const auto& t : judged.facets.threats) why += " " + t;
        why += " |";
        for (const auto& c : judged.classes) why += " [" + c.assets + ":" + c.code + ":" + c.detail + "]";
        for (const auto& r : judged.rows) {
          why += " {" + r.asset + " " + std::string(to_string(r.status));
          for (const auto& reason : r.reasons) why += " " + reason.code + "(" + reason.item_fact + ")";
          why += "}";
        }
        std::printf("%s %s | %s |%s\n",
                    wanted   ? "MISS"
                    : raised ? "FALSE"
                             : "NOT-NOISE",
                    name.c_str(), item.name.c_str(), why.c_str());
      }
    }
    std::printf(
        "%s: recall %.2f (%d of %d), precision %.2f (%d of %d raised), not raised %.3f (%d of %d), as noise %.3f (%d "
        "of %d)\n",
        file, all.recall(), all.found, all.found + all.missed, all.precision(), all.found, all.found + all.needless,
        all.not_raised(), all.quiet, all.quiet + all.needless, all.as_noise(), all.noise, all.noise + all.not_noise);
    return all;
  }

  std::map<std::string, World> worlds_;
};

// The first number is that of texts which the rules were mended for; the other two are of the same hand, but nothing was mended for them.
TEST_F(OwnTexts, ThatServedToFindFaultsAreJudgedAsAReaderWould) {
  const Tally all = judge("development.yaml", std::getenv("TOCSIN_EVAL") != nullptr);
  EXPECT_GE(all.recall(), 0.95);
  EXPECT_GE(all.precision(), 0.95);
  EXPECT_GE(all.as_noise(), 0.98);
}

TEST_F(OwnTexts, ThatWereHeldBackAreJudgedAsAReaderWould) {
  const Tally all = judge("held-out.yaml", std::getenv("TOCSIN_EVAL_HELD_OUT") != nullptr);
  EXPECT_GE(all.recall(), 0.8);
  EXPECT_GE(all.precision(), 0.9);
}

TEST_F(OwnTexts, ThatWereWrittenLastAreJudgedAsAReaderWould) {
  const Tally all = judge("fresh.yaml", std::getenv("TOCSIN_EVAL_HELD_OUT") != nullptr);
  EXPECT_GE(all.recall(), 0.6);
  EXPECT_GE(all.precision(), 0.9);
}

}  // namespace
}  // namespace tocsin
