#include "prove/views.hpp"

#include "assess/reasons.hpp"
#include "base/time.hpp"

namespace tocsin::prove {
namespace {

Json strings(const std::vector<std::string>& values) {
  Json out = Json::array();
  for (const std::string& value : values) out.push(value);
  return out;
}

Json uuids(const std::vector<Uuid>& values) {
  Json out = Json::array();
  for (const Uuid& value : values) out.push(value.text());
  return out;
}

std::string_view word_of(store::DecisionState state) {
  return store::to_string(state);
}

}  // namespace

Json time_or_null(const std::optional<Time>& time) {
  return time ? Json(to_rfc3339(*time)) : Json();
}

Json assessment_view(const judgement::Assessment& assessment) {
  Json reasons = Json::array();
  for (const judgement::Reason& reason : assessment.reasons)
    reasons.push(Json::object({{"code", reason.code},
                               {"item_fact", reason.item_fact},
                               {"asset_fact", reason.asset_fact},
                               {"path", reason.path},
                               {"text", sentence(reason)}}));
  Json out = Json::object({{"asset", assessment.asset},
                           {"status", judgement::to_string(assessment.status)},
                           {"score", assessment.score},
                           {"reasons", reasons}});
  out.set("proposed", assessment.proposed ? Json(judgement::to_string(*assessment.proposed)) : Json());
  out.set("proposal", assessment.proposal);
  out.set("package", assessment.package);
  out.set("fixed_in", strings(assessment.fixed_in));
  return out;
}

Json decision_view(const store::DecisionRow& row) {
  const judgement::Decision& decision = row.decision;
  Json out = Json::object();
  out.set("id", decision.id.text());
  out.set("verdict", judgement::to_string(decision.verdict));
  out.set("state", word_of(row.state));
  out.set("scope", decision.scope.empty() ? Json("all") : strings(decision.scope));
  out.set("rationale", decision.rationale.raw());
  out.set("by", decision.by);
  out.set("at", to_rfc3339(decision.at));
  out.set("until", time_or_null(decision.until));
  out.set("duplicate_of", decision.duplicate_of ? Json(decision.duplicate_of->text()) : Json());
  out.set("reopened_because", strings(row.difference));
  out.set("ledger", static_cast<std::int64_t>(row.leaf));
  return out;
}

Json action_view(const judgement::Action& action) {
  return Json::object({{"id", action.id.text()},
                       {"item", action.item.text()},
                       {"decision", action.decision.text()},
                       {"kind", judgement::to_string(action.kind)},
                       {"what", action.what.raw()},
                       {"owner", action.owner},
                       {"due", time_or_null(action.due)},
                       {"state", action.state},
                       {"created", to_rfc3339(action.created)}});
}

const store::DecisionRow* decision_that_counts(const store::ItemRow& row) {
  for (const store::DecisionRow& one : row.decisions)
    if (row.decision == one.decision.id) return &one;
  return nullptr;
}

Json item_view(const store::ItemRow& row) {
  Json out = Json::object();
  out.set("id", row.name);
  out.set("uuid", row.id.text());
  out.set("title", row.title.raw());
  out.set("kind", intel::to_string(row.kind));
  Json layers = Json::array();
  if (row.judged)
    for (std::string_view layer : row.judged->layers.words()) layers.push(layer);
  out.set("layers", layers);
  const Json body = row.item ? intel::to_json(*row.item) : Json();
  out.set("sources", row.item ? strings(row.item->sources) : Json::array());
  out.set("published", time_or_null(row.published));
  out.set("modified", time_or_null(row.modified));
  out.set("withdrawn", time_or_null(row.withdrawn));
  out.set("severity", intel::to_string(row.severity));
  out.set("cvss", row.item ? row.item->cvss : "");
  out.set("score", row.judged ? Json(row.judged->score) : Json());
  out.set("status", row.judged && row.judged->status ? Json(judgement::to_string(*row.judged->status)) : Json());
  out.set("techniques", row.item ? strings(row.item->techniques) : Json::array());
  out.set("affects",
          row.item ? body["affects"] : Json::object({{"packages", Json::array()}, {"facets", Json::array()}}));
  Json assessments = Json::array();
  for (const judgement::Assessment& assessment : row.assessments) assessments.push(assessment_view(assessment));
  out.set("assessments", assessments);
  Json aside = Json::array();
  for (const store::ClassVerdict& verdict : row.classes)
    aside.push(Json::object(
        {{"assets", verdict.assets}, {"code", verdict.code}, {"detail", verdict.detail}, {"text", sentence(verdict)}}));
  out.set("set_aside", aside);
  if (const store::DecisionRow* decision = decision_that_counts(row); decision != nullptr) {
    out.set("decision", decision_view(*decision));
  } else if (row.verdict) {
    out.set("decision",
            Json::object({{"verdict", judgement::to_string(*row.verdict)}, {"state", word_of(row.decision_state)}}));
  } else {
    out.set("decision", Json());
  }
  out.set("references", row.item ? body["references"] : Json::array());
  out.set("aliases", row.item ? body["ids"] : Json::array());
  out.set("links", row.item ? body["links"] : Json::array());
  out.set("summary", row.item ? Json(row.item->summary.raw()) : Json());
  out.set("contested", row.contested);
  return out;
}

Json record_view(const store::RecordRow& row) {
  Json out = Json::object();
  out.set("source", row.record.source);
  out.set("external_id", row.record.external_id);
  out.set("current", row.current);
  out.set("digest", row.record.digest.hex());
  out.set("snapshot", row.record.reply.hex());
  out.set("document", row.document);
  out.set("shipped", row.shipped());
  out.set("retrieved", to_rfc3339(row.record.retrieved));
  out.set("licence", row.record.licence);
  out.set("parser_version", static_cast<std::int64_t>(row.record.parser_version));
  out.set("run", row.run);
  out.set("content", record_content(row.record));
  return out;
}

Json record_content(const intel::Record& record) {
  return intel::to_json(record);
}

Json run_view(const store::Run& run) {
  return Json::object({{"run", run.key},
                       {"source", run.source},
                       {"started", to_rfc3339(run.started)},
                       {"finished", to_rfc3339(run.finished)},
                       {"outcome", store::to_string(run.outcome)},
                       {"error", run.error},
                       {"counts", store::to_json(run.counts)},
                       {"root", run.root.hex()},
                       {"ledger", static_cast<std::int64_t>(run.leaf)}});
}

Json reject_view(const store::Reject& reject) {
  return Json::object({{"place", reject.place},
                       {"code", tocsin::to_string(reject.code)},
                       {"message", reject.message},
                       {"excerpt", reject.excerpt.raw()}});
}

Json folding_view(const store::Folding& folding) {
  Json merges = Json::array();
  for (const auto& merge : folding.merges)
    merges.push(Json::object({{"into", merge.into.text()}, {"from", uuids(merge.from)}}));
  Json splits = Json::array();
  for (const auto& split : folding.splits)
    splits.push(Json::object({{"from", split.from.text()}, {"into", uuids(split.into)}}));
  return Json::object({{"added", static_cast<std::int64_t>(folding.added.size())},
                       {"updated", static_cast<std::int64_t>(folding.updated.size())},
                       {"removed", static_cast<std::int64_t>(folding.removed.size())},
                       {"merges", merges},
                       {"splits", splits}});
}

std::string sentence(const judgement::Reason& reason) {
  return assess::sentence(reason);
}

bool is_answer(const store::ClassVerdict& verdict) {
  return !assess::cannot_tell(verdict.code);
}

std::string sentence(const store::ClassVerdict& verdict) {
  return assess::class_sentence(verdict.assets, verdict.code, verdict.detail);
}

}  // namespace tocsin::prove
