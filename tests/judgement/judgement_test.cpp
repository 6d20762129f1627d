#include "judgement/judgement.hpp"

#include <gtest/gtest.h>

namespace tocsin::judgement {
namespace {

using Sentences = std::vector<std::string>;

Assessment full_assessment() {
  Assessment out;
  out.item = uuid_v5(tocsin_namespace(), "x");
  out.asset = "support-bot";
  out.status = Status::affected;
  out.score = 87;
  out.reasons = {{"lineage-shared", "names GPT-style decoder-only models", "support-bot is built on Llama-3-8B",
                  "llama-3 → decoder-only-transformer ← gpt"},
                 {"exposure-met", "needs public access", "support-bot is a public API", ""}};
  out.proposed = ActionKind::test;
  out.proposal = "add a red-team case";
  return out;
}

TEST(Words, OfTheAnswerReadBackAsWritten) {
  for (int i = 0; i <= static_cast<int>(Status::not_affected); ++i)
    EXPECT_EQ(parse_status(to_string(static_cast<Status>(i))), static_cast<Status>(i));
  for (int i = 0; i <= static_cast<int>(ActionKind::accept); ++i)
    EXPECT_EQ(parse_action_kind(to_string(static_cast<ActionKind>(i))), static_cast<ActionKind>(i));
  for (int i = 0; i <= static_cast<int>(Verdict::defer); ++i)
    EXPECT_EQ(parse_verdict(to_string(static_cast<Verdict>(i))), static_cast<Verdict>(i));
  EXPECT_EQ(parse_verdict("not-relevant"), Verdict::not_relevant);
  EXPECT_FALSE(parse_verdict("maybe"));
  EXPECT_FALSE(parse_status(""));
  EXPECT_FALSE(parse_action_kind("Fix"));
}

TEST(AssessmentJson, ReadsBackAsWritten) {
  const Assessment assessment = full_assessment();
  const Json json = to_json(assessment);
  const auto back = assessment_from_json(*parse_json(json.dump()));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(to_json(*back), json);
  EXPECT_EQ(back->item, assessment.item);
  EXPECT_EQ(back->reasons, assessment.reasons);
  EXPECT_EQ(back->proposed, ActionKind::test);
  EXPECT_EQ(json["status"].as_string(), "affected");
  EXPECT_EQ(json["reasons"].as_array()[1].dump(),
            R"({"code":"exposure-met","item":"needs public access","asset":"support-bot is a public API","path":""})");

  Assessment bare;
  EXPECT_TRUE(to_json(bare)["proposed"].is_null());
  EXPECT_EQ(to_json(*assessment_from_json(to_json(bare))), to_json(bare));
}

TEST(AssessmentJson, OfAnotherShapeIsDamage) {
  const std::pair<const char*, Json> changes[] = {
      {"item", "no uuid"},    {"item", nullptr},   {"status", "unsure"},
      {"status", nullptr},    {"score", 101},      {"score", -1},
      {"score", "87"},        {"reasons", "none"}, {"reasons", Json::array().push(1)},
      {"proposed", "reboot"}, {"proposal", 1},     {"asset", false},
  };
  for (const auto& [key, value] : changes) {
    Json json = to_json(full_assessment());
    json.set(key, value);
    EXPECT_FALSE(assessment_from_json(json)) << key << " = " << value.dump();
  }
  EXPECT_FALSE(assessment_from_json(Json::array()));
}

TEST(StatusLine, NamesAssetStatusAndCodesOnce) {
  Assessment assessment = full_assessment();
  EXPECT_EQ(status_line(assessment), "support-bot affected exposure-met,lineage-shared");
  assessment.reasons.push_back(assessment.reasons.front());
  EXPECT_EQ(status_line(assessment), "support-bot affected exposure-met,lineage-shared");
  assessment.reasons.clear();
  EXPECT_EQ(status_line(assessment), "support-bot affected");
}

Basis basis() {
  return {{"support-bot affected lineage-shared", "vision models not_affected modality-missing"},
          {std::string(64, 'a'), std::string(64, 'b')},
          std::string(64, 'e'),
          "2026.1"};
}

TEST(Basis, IsTheSameWhateverTheVersionOfKnowledge) {
  Basis now = basis();
  now.knowledge = "2026.2";
  EXPECT_TRUE(basis().same(now));
  EXPECT_EQ(basis().difference(now), Sentences{});
}

struct Change {
  const char* name;
  void (*make)(Basis& now);
  Sentences want;
};

TEST(Basis, SaysWhatChangedInSentences) {
  const Change changes[] = {
      {"status",
       [](Basis& now) { now.statuses[0] = "support-bot fixed version-fixed"; },
       {"support-bot was affected (lineage-shared) and is now fixed (version-fixed)"}},
      {"reasons",
       [](Basis& now) { now.statuses[0] = "support-bot affected exposure-met,lineage-shared"; },
       {"support-bot is still affected, but for other reasons: (lineage-shared) before, (exposure-met, lineage-shared) "
        "now"}},
      {"reasons gone",
       [](Basis& now) { now.statuses[0] = "support-bot affected"; },
       {"support-bot is still affected, but for other reasons: (lineage-shared) before, none now"}},
      {"blanks in names",
       [](Basis& now) { now.statuses[1] = "vision models under_investigation"; },
       {"vision models was not affected (modality-missing) and is now under investigation"}},
      {"new asset",
       [](Basis& now) { now.statuses.push_back("x affected"); },
       {"x is judged for the first time: affected"}},
      {"gone asset",
       [](Basis& now) { now.statuses.pop_back(); },
       {"vision models was not affected (modality-missing) and is no longer judged"}},
      {"new record",
       [](Basis& now) { now.records.push_back(std::string(64, 'c')); },
       {"the sources say more: 1 record new (cccccccccccc)"}},
      {"gone record",
       [](Basis& now) { now.records.pop_back(); },
       {"the sources say less: 1 record gone (bbbbbbbbbbbb)"}},
      {"other record",
       [](Basis& now) { now.records[0] = std::string(64, 'c'); },
       {"the sources say something else: 1 record gone (aaaaaaaaaaaa), 1 record new (cccccccccccc)"}},
      {"many records",
       [](Basis& now) { now.records.insert(now.records.end(), {"c", "d", "e", "f"}); },
       {"the sources say more: 4 records new (c, d, e and 1 more)"}},
      {"estate",
       [](Basis& now) { now.estate = std::string(64, 'f'); },
       {"the assets in scope are described differently (estate eeeeeeeeeeee before, ffffffffffff now)"}},
      {"knowledge beside",
       [](Basis& now) {
         now.knowledge = "2026.2";
         now.statuses.push_back("x affected");
       },
       {"x is judged for the first time: affected", "knowledge was 2026.1 and is now 2026.2"}},
      {"order only",
       [](Basis& now) { std::swap(now.statuses[0], now.statuses[1]); },
       {"the list of statuses is another one"}},
      {"repeated record",
       [](Basis& now) { now.records.push_back(now.records[0]); },
       {"the list of records is another one"}},
      {"foreign lines",
       [](Basis& now) { now.statuses = {"", "word"}; },
       {" is judged for the first time: ", "word is judged for the first time: ",
        "support-bot was affected (lineage-shared) and is no longer judged",
        "vision models was not affected (modality-missing) and is no longer judged"}},
  };
  for (const Change& change : changes) {
    Basis now = basis();
    change.make(now);
    EXPECT_FALSE(basis().same(now)) << change.name;
    EXPECT_EQ(basis().difference(now), change.want) << change.name;
  }
}

TEST(BasisJson, ReadsBackAsWritten) {
  const Json json = to_json(basis());
  const auto back = basis_from_json(*parse_json(json.dump()));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_TRUE(back->same(basis()));
  EXPECT_EQ(back->knowledge, "2026.1");
  EXPECT_TRUE(basis_from_json(Json::object())->same(Basis{}));
  EXPECT_FALSE(basis_from_json(Json::array()));
  EXPECT_FALSE(basis_from_json(Json::object({{"statuses", "x"}})));
  EXPECT_FALSE(basis_from_json(Json::object({{"records", Json::array().push(1)}})));
  EXPECT_FALSE(basis_from_json(Json::object({{"estate", 1}})));
}

}  // namespace
}  // namespace tocsin::judgement
