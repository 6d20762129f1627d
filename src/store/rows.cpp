#include "store/rows.hpp"

#include <algorithm>

namespace tocsin::store {
namespace {

constexpr std::string_view kAsked = "asked";

}  // namespace

std::string_view to_string(Change change) {
  switch (change) {
    case Change::added:
      return "added";
    case Change::changed:
      return "changed";
    case Change::reparsed:
      return "reparsed";
    case Change::unchanged:
      return "unchanged";
    case Change::repeated:
      return "repeated";
  }
  return "unchanged";
}

std::string_view to_string(Kept kept) {
  switch (kept) {
    case Kept::added:
      return "added";
    case Kept::changed:
      return "changed";
    case Kept::unchanged:
      return "unchanged";
    case Kept::conflict:
      return "conflict";
  }
  return "unchanged";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::complete:
      return "complete";
    case Outcome::partial:
      return "partial";
    case Outcome::failed:
      return "failed";
  }
  return "failed";
}

std::string_view to_string(DecisionState state) {
  switch (state) {
    case DecisionState::in_force:
      return "in_force";
    case DecisionState::reopened:
      return "reopened";
    case DecisionState::superseded:
      return "superseded";
    case DecisionState::expired:
      return "expired";
  }
  return "superseded";
}

std::string_view to_string(KeyFrom from) {
  switch (from) {
    case KeyFrom::given:
      return "given";
    case KeyFrom::workspace:
      return "workspace";
    case KeyFrom::store:
      return "store";
  }
  return "store";
}

bool holds(const DecisionRow& decision, std::string_view asset) {
  const auto& scope = decision.decision.scope;
  return decision.state == DecisionState::in_force &&
         (scope.empty() || std::find(scope.begin(), scope.end(), asset) != scope.end());
}

bool waits(const ItemRow& row, const judgement::Assessment& assessment) {
  using judgement::Status;
  if (row.withdrawn || (assessment.status != Status::affected && assessment.status != Status::under_investigation))
    return false;
  return std::none_of(row.decisions.begin(), row.decisions.end(), [&](const DecisionRow& one) {
    return one.decision.item == row.id && holds(one, assessment.asset);
  });
}

Json to_json(const RunCounts& counts) {
  return Json::object({{"entries", counts.entries},
                       {"added", counts.added},
                       {"changed", counts.changed},
                       {"reparsed", counts.reparsed},
                       {"unchanged", counts.unchanged},
                       {"repeated", counts.repeated},
                       {"objects_added", counts.objects_added},
                       {"objects_changed", counts.objects_changed},
                       {"objects_unchanged", counts.objects_unchanged},
                       {"objects_conflict", counts.objects_conflict},
                       {"rejected", counts.rejected}});
}

LiveAnswers live_answers(const SourceState& state) {
  const Json& told = state.validators[kAsked];
  // Runs before this was kept: only a live one left validators.
  if (!told.is_object()) {
    if (state.validators.size() == 0) return {};
    return {state.last_attempt, state.last_success, {}};
  }
  LiveAnswers out;
  if (const auto at = parse_time(told["at"].as_string())) out.asked = *at;
  if (const auto at = parse_time(told["answered"].as_string())) out.answered = *at;
  if (const auto at = parse_time(told["file"].as_string())) out.file = *at;
  return out;
}

void set_live_answers(Json& validators, const LiveAnswers& answers) {
  const auto text = [](const std::optional<Time>& time) { return time ? Json(to_rfc3339(*time)) : Json(); };
  validators.set(
      std::string(kAsked),
      Json::object({{"at", text(answers.asked)}, {"answered", text(answers.answered)}, {"file", text(answers.file)}}));
}

}  // namespace tocsin::store
