// What the radar shows, counts and groups.
#include "prove/radar.hpp"

#include "store/world.hpp"

namespace tocsin::prove {
namespace {

using intel::Layer;
using judgement::Assessment;
using judgement::Status;
using namespace store::test;

class TheRadar : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open(world_.url(), world_.options());
    ASSERT_OK(opened);
    store_ = std::move(*opened);
  }
  Uuid item(const std::string& name) {
    EXPECT_OK(collect(*store_, {record("osv", name, {name}, "title of " + name)}));
    return (*store_->read())->find(name).value().at(0);
  }
  void judge(const Uuid& id, intel::Layers layers, int score, const std::vector<Assessment>& rows) {
    ASSERT_OK(store_->write("assess", [&](store::Transaction& tx) -> Result<> {
      TOCSIN_CHECK(tx.begin_assessment({}));
      store::Judged judged;
      judged.layers = layers;
      judged.score = score;
      judged.status = rows.empty() ? Status::not_affected : rows.front().status;
      const std::vector<store::ClassVerdict> aside = {{"vision models", "modality-missing", "text"}};
      TOCSIN_TRY(const bool changed,
                 tx.replace_assessments(id, judged, rows, rows.empty() ? aside : std::vector<store::ClassVerdict>()));
      static_cast<void>(changed);
      TOCSIN_TRY(const auto run, tx.end_assessment());
      static_cast<void>(run);
      return {};
    }));
  }
  void decide(const judgement::Decision& decision) {
    ASSERT_OK(store_->write("decide", [&](store::Transaction& tx) { return tx.put_decision(decision); }));
  }
  Radar look(const RadarOptions& options = {}) {
    auto reader = store_->read();
    EXPECT_OK(reader);
    auto seen = radar(**reader, estate_, world_.clock.now(), options);
    EXPECT_OK(seen);
    return seen ? std::move(*seen) : Radar();
  }
  // "operational: A B · tactical: C · strategic:"
  static std::string names(const Radar& radar) {
    std::string out;
    for (const RadarLayer& layer : radar.layers) {
      out += (out.empty() ? "" : " · ") + std::string(intel::to_string(layer.layer)) + ":";
      for (const RadarItem& item : layer.items) out += " " + item.row.name;
      if (layer.elsewhere) out += " (elsewhere)";
    }
    return out;
  }

  World world_;
  std::unique_ptr<store::Store> store_;
  estate::Estate estate_;
};

// As packages are found: the fact of the item, and the line of the file.
Assessment pinned(const Uuid& item, const std::string& asset, const std::string& line, int score = 60) {
  Assessment out = assessment(item, asset, Status::affected, score);
  out.reasons = {{"package-version-affected", "torch before 2.6", asset + " installs torch 2.5", line}};
  return out;
}

TEST_F(TheRadar, ShowsAnItemOnceWhereItIsMostUrgent) {
  const Uuid both = item("CVE-2026-0001"), tactical = item("CVE-2026-0002"), low = item("CVE-2026-0003"),
             aside = item("CVE-2026-0004");
  judge(both, Layer::tactical | Layer::operational, 70, {assessment(both, "bot", Status::affected, 70)});
  judge(tactical, Layer::tactical, 30, {assessment(tactical, "bot", Status::under_investigation, 30)});
  judge(low, Layer::tactical | Layer::strategic, 20, {assessment(low, "bot", Status::under_investigation, 20)});
  judge(aside, Layer::tactical, 5, {});
  EXPECT_EQ(names(look()),
            "operational: CVE-2026-0001 · tactical: CVE-2026-0002 CVE-2026-0003 · strategic: (elsewhere)");
  EXPECT_EQ(names(look({.layer = {}, .top = 1})),
            "operational: CVE-2026-0001 · tactical: CVE-2026-0002 · strategic: (elsewhere)");
  // One layer that is asked for has all that stands on it.
  EXPECT_EQ(names(look({.layer = Layer::tactical})), "tactical: CVE-2026-0001 CVE-2026-0002 CVE-2026-0003");
  EXPECT_EQ(names(look({.layer = Layer::strategic})), "strategic: CVE-2026-0003");
  const Radar seen = look();
  EXPECT_EQ(seen.shown(), 3u);
  EXPECT_EQ(seen.counts.open, 3u);
  EXPECT_EQ(seen.counts.open_affected, 1u);
  ASSERT_EQ(seen.set_aside.size(), 1u);
  EXPECT_EQ(seen.set_aside[0].items, 1u);
}

TEST_F(TheRadar, ShowsOnlyTheAssetsThatWaitForADecision) {
  const Uuid id = item("CVE-2026-0001");
  Assessment bot = assessment(id, "bot", Status::affected, 70), sorter = assessment(id, "sorter", Status::affected, 20);
  bot.proposed = judgement::ActionKind::fix;
  bot.proposal = "upgrade the bot";
  sorter.proposed = judgement::ActionKind::test;
  sorter.proposal = "test the sorter";
  judge(id, Layer::operational, 70, {bot, sorter});
  EXPECT_EQ(look().layers.at(0).items.at(0).proposal, "upgrade the bot");
  auto narrow = decision(id, "narrow");
  narrow.scope = {"bot"};
  decide(narrow);
  {
    const Radar seen = look();
    ASSERT_EQ(seen.shown(), 1u);
    const RadarItem& shown = seen.layers.at(0).items.at(0);
    ASSERT_EQ(shown.touches.size(), 1u);
    EXPECT_EQ(shown.touches[0].assets, std::vector<std::string>{"sorter"});
    EXPECT_EQ(shown.proposal, "test the sorter");
  }
  auto later = decision(id, "later", judgement::Verdict::defer);
  later.until = world_.clock.now() + std::chrono::hours(1);
  decide(later);
  EXPECT_EQ(look().shown(), 0u);
  world_.clock.advance(std::chrono::hours(2));
  const Radar seen = look();
  ASSERT_EQ(seen.shown(), 1u);
  EXPECT_EQ(seen.layers.at(0).items.at(0).put_off_until, later.until);
  EXPECT_EQ(seen.layers.at(0).items.at(0).touches.size(), 2u);
}

TEST_F(TheRadar, TellsWhoDecidedThatItAppliesNoLonger) {
  const Uuid id = item("CVE-2026-0001"), other = item("CVE-2026-0002");
  judge(id, Layer::operational, 70, {assessment(id, "bot", Status::affected, 70)});
  judge(other, Layer::operational, 60, {assessment(other, "bot", Status::affected, 60)});
  const auto act = decision(id, "act", judgement::Verdict::act);
  decide(act);
  decide(decision(other, "other"));
  EXPECT_EQ(look().shown(), 0u);
  judge(id, Layer::operational, 3, {});
  ASSERT_OK(store_->write("reopen", [&](store::Transaction& tx) {
    return tx.reopen_decision(act.id, {"bot was affected and is no longer judged"});
  }));
  const Radar seen = look();
  EXPECT_EQ(names(seen), "operational: · tactical: · strategic:");
  ASSERT_EQ(seen.reopened.size(), 1u);
  EXPECT_EQ(seen.reopened[0].row.name, "CVE-2026-0001");
  EXPECT_TRUE(seen.reopened[0].touches.empty());
  EXPECT_EQ(seen.shown(), 1u);
  EXPECT_EQ(seen.counts.open, 1u);
  EXPECT_EQ(seen.counts.open_reopened, 1u);
  EXPECT_EQ(look({.layer = Layer::operational}).reopened.size(), 1u);
  EXPECT_TRUE(look({.layer = Layer::strategic}).reopened.empty());
  const Json view = radar_view(seen);
  const Json& told = view["reopened"].as_array().at(0);
  EXPECT_EQ(told["id"].as_string(), "CVE-2026-0001");
  EXPECT_EQ(told["decision"]["state"].as_string(), "reopened");
  EXPECT_EQ(told["decision"]["reopened_because"].as_array().at(0).as_string(),
            "bot was affected and is no longer judged");
  EXPECT_EQ(view["counts"]["open_reopened"].as_uint(), 1u);
  decide(decision(id, "seen"));
  EXPECT_TRUE(look().reopened.empty());
}

TEST_F(TheRadar, TellsAssetsOfOneReasonTogether) {
  const Uuid id = item("CVE-2026-0001");
  judge(id, Layer::operational, 60,
        {pinned(id, "a", "requirements.txt:4"), pinned(id, "b", "requirements.txt:4"), pinned(id, "c", "other.txt:1"),
         pinned(id, "d", "third.txt:1"), pinned(id, "e", "requirements.txt:4")});
  const Radar seen = look();
  const RadarItem& shown = seen.layers.at(0).items.at(0);
  ASSERT_EQ(shown.touches.size(), kTouches);
  EXPECT_EQ(shown.touches[0].assets, (std::vector<std::string>{"a", "b", "e"}));
  EXPECT_EQ(shown.touches[1].assets, std::vector<std::string>{"c"});
  EXPECT_EQ(shown.more_assets, 1u);
  // As data: the same.
  const Json view = radar_view(seen);
  const Json& touches = view["layers"]["operational"].as_array().at(0)["touches"];
  ASSERT_EQ(touches.as_array().size(), 2u);
  EXPECT_EQ(touches.as_array()[0]["assets"].as_array().size(), 3u);
  EXPECT_NE(touches.as_array()[0]["text"].as_string().find("torch"), std::string::npos);
  EXPECT_EQ(view["layers"]["operational"].as_array().at(0)["more_assets"].as_uint(), 1u);
  EXPECT_EQ(view["counts"]["open_affected"].as_uint(), 1u);
}

TEST_F(TheRadar, TellsWhatNobodyCanTellApartFromWhatDoesNotApply) {
  judge(item("CVE-2026-0001"), Layer::operational, 0, {});
  const Uuid unknown = item("CVE-2026-0002");
  ASSERT_OK(store_->write("assess", [&](store::Transaction& tx) -> Result<> {
    TOCSIN_CHECK(tx.begin_assessment({}));
    const std::vector<store::ClassVerdict> classes = {{"libraries", "product-not-used", "keras"},
                                                      {"models", "runtime-unknown", "keras"}};
    TOCSIN_CHECK(tx.replace_assessments(unknown, store::Judged(), {}, classes));
    TOCSIN_CHECK(tx.end_assessment());
    return {};
  }));
  const Radar radar = look();
  EXPECT_EQ(radar.counts.not_affected, 1u);
  EXPECT_EQ(radar.counts.cannot_tell, 1u);
  ASSERT_EQ(radar.cannot_tell.size(), 1u);
  EXPECT_EQ(radar.cannot_tell[0].text,
            "estate.yaml does not say what each of our models runs on: name its libraries with runtime: [NAME]");
  ASSERT_EQ(radar.set_aside.size(), 1u);
  EXPECT_EQ(radar.set_aside[0].code, "modality-missing");
  EXPECT_EQ(radar_view(radar)["counts"]["cannot_tell"].as_int(), 1);
}

TEST_F(TheRadar, TellsAnswersFromFilesAndFromSourcesThatNeverAnswered) {
  const auto run = [&](const char* source, const store::LiveAnswers& answers) {
    ASSERT_OK(store_->write("collect", [&](store::Transaction& tx) -> Result<> {
      TOCSIN_CHECK(tx.begin_run(source, tx.now()));
      Json validators = Json::object();
      store::set_live_answers(validators, answers);
      TOCSIN_CHECK(tx.put_cursor("", validators));
      TOCSIN_CHECK(tx.end_run({}));
      return {};
    }));
  };
  const Time now = world_.clock.now(), before = now - std::chrono::hours(3);
  run("answered", {before, before, {}});
  run("asked", {now, {}, {}});
  run("given", {{}, {}, now});
  run("both", {now, now, before});
  run("shipped", {});
  const Radar seen = look();
  EXPECT_EQ(seen.answered, 2u);
  EXPECT_EQ(seen.unanswered, 1u);
  EXPECT_EQ(seen.oldest_answer, before);
  EXPECT_EQ(seen.latest_answer, now);
  EXPECT_EQ(seen.from_files, 2u);
  EXPECT_EQ(seen.latest_file, now);
  EXPECT_EQ(radar_view(seen)["files"]["sources"].as_uint(), 2u);
}

TEST_F(TheRadar, CountsALineOfARequirementsFileOnce) {
  estate::Asset model, library;
  model.model.emplace();
  library.library.emplace();
  estate::Pin pin;
  pin.name = "torch";
  pin.place = {"requirements.txt", 4};
  estate::Pin limit = pin;
  limit.kind = "constraint";
  limit.place.line = 5;
  estate::Pin fixed = pin;
  fixed.name = "numpy";
  fixed.version = "1.26.4";
  library.library->pins = {pin, limit, fixed};
  estate_.assets = {model, library, library};
  const Radar seen = look();
  EXPECT_EQ(seen.models, 1u);
  EXPECT_EQ(seen.packages, 2u);
  EXPECT_EQ(seen.pinned, 1u) << "one version of torch is not all that may be installed";
  EXPECT_EQ(seen.answered, 0u);
}

}  // namespace
}  // namespace tocsin::prove
