#include "prove/register.hpp"

#include "base/time.hpp"
#include "intel/words.hpp"
#include "judgement/judgement.hpp"
#include "prove/views.hpp"

namespace tocsin::prove {
namespace {

std::string date(const std::optional<Time>& time) {
  return time ? to_date(*time) : "";
}

void add(std::string& cell, std::string_view part, std::string_view between = "; ") {
  if (part.empty()) return;
  if (!cell.empty()) cell += between;
  cell += part;
}

std::string ids_of(const intel::Item& item, std::string_view scheme) {
  std::string cell;
  for (const intel::Id& id : item.ids)
    if (id.scheme == scheme) add(cell, id.value, " ");
  return cell;
}

}  // namespace

Result<exchange::Sheet> intelligence_register(store::Reader& reader, const RegisterOptions& options) {
  exchange::Sheet sheet;
  sheet.name = "intelligence";
  sheet.columns = {"id",       "title",     "layer",     "type",        "sources",    "published",
                   "modified", "severity",  "score",     "status",      "applies to", "reason",
                   "atlas",    "owasp",     "cve",       "ghsa",        "arxiv",      "incident",
                   "proposal", "decision",  "rationale", "decided by",  "decided at", "decision state",
                   "actions",  "reference", "uuid",      "ledger index"};
  store::ItemQuery query;
  query.order = store::Order::arrival;
  query.with_item = query.with_assessments = query.with_decisions = true;
  TOCSIN_CHECK(reader.each_item(query, [&](store::ItemRow& row) -> Result<> {
    const bool matters = row.affected > 0 || row.investigating > 0 || !row.decisions.empty();
    if (!matters && !options.everything) return {};
    std::string layers, applies, reasons, proposal, sources;
    if (row.judged)
      for (std::string_view layer : row.judged->layers.words()) add(layers, layer, " ");
    for (const judgement::Assessment& assessment : row.assessments) {
      add(applies, assessment.asset + " (" + std::string(judgement::to_string(assessment.status)) + ")");
      if (!assessment.reasons.empty()) add(reasons, assessment.asset + ": " + sentence(assessment.reasons.front()));
      if (proposal.empty()) proposal = assessment.proposal;
    }
    for (const store::ClassVerdict& verdict : row.classes) add(reasons, sentence(verdict));
    for (const std::string& source : row.item->sources) add(sources, source, " ");
    std::string verdict, rationale, by, at, state, leaf;
    for (const store::DecisionRow& decision : row.decisions) {
      if (decision.state == store::DecisionState::superseded) continue;
      verdict = judgement::to_string(decision.decision.verdict);
      rationale = decision.decision.rationale.raw();
      by = decision.decision.by;
      at = to_rfc3339(decision.decision.at);
      state = store::to_string(decision.state);
      leaf = std::to_string(decision.leaf);
      break;
    }
    std::string actions;
    TOCSIN_TRY(const auto taken, reader.actions_of(row.id));
    for (const judgement::Action& action : taken)
      add(actions, std::string(judgement::to_string(action.kind)) + ": " + std::string(action.what.raw()) + " (" +
                       action.owner + (action.due ? ", due " + to_date(*action.due) : "") + ", " + action.state + ")");
    const std::string status =
        row.judged && row.judged->status ? std::string(judgement::to_string(*row.judged->status)) : "";
    sheet.rows.push_back({row.name,
                          std::string(row.title.raw()),
                          layers,
                          std::string(intel::to_string(row.kind)),
                          sources,
                          date(row.published),
                          date(row.modified),
                          std::string(intel::to_string(row.severity)),
                          row.judged ? std::to_string(row.judged->score) : "",
                          status,
                          applies,
                          reasons,
                          ids_of(*row.item, "atlas"),
                          ids_of(*row.item, "owasp"),
                          ids_of(*row.item, "cve"),
                          ids_of(*row.item, "ghsa"),
                          ids_of(*row.item, "arxiv"),
                          ids_of(*row.item, "aiid"),
                          proposal,
                          verdict,
                          rationale,
                          by,
                          at,
                          state,
                          actions,
                          row.item->references.empty() ? "" : row.item->references.front().url,
                          row.id.text(),
                          leaf});
    return {};
  }));
  return sheet;
}

}  // namespace tocsin::prove
