#include "prove/register.hpp"

#include <algorithm>
#include <tuple>

#include "base/text.hpp"
#include "base/time.hpp"
#include "intel/words.hpp"
#include "judgement/judgement.hpp"
#include "prove/views.hpp"

namespace tocsin::prove {
namespace {

using exchange::Cell;
using exchange::Words;

constexpr const char* kBlank = " ";  // between words that hold none: ids, sources

Cell text(std::string_view words) {
  return words.empty() ? Cell() : Cell(std::string(words));
}
Cell day(const std::optional<Time>& time) {
  return time ? Cell(exchange::Day{*time}) : Cell();
}

Cell ids_of(const intel::Item& item, std::string_view scheme) {
  Words ids{{}, kBlank};
  for (const intel::Id& id : item.ids)
    if (id.scheme == scheme) ids.all.push_back(id.value);
  return ids;
}

// "act for bot by ana on 2026-11-24, in force (ledger 14): because": all of them, where several hold for different assets.
std::string decision_line(const store::DecisionRow& row) {
  std::string scope;
  for (const std::string& asset : row.decision.scope) scope += (scope.empty() ? "" : ", ") + asset;
  return std::string(judgement::to_string(row.decision.verdict)) + " for " + (scope.empty() ? "all assets" : scope) +
         " by " + row.decision.by + " on " + to_date(row.decision.at) +
         (row.decision.until ? " until " + to_date(*row.decision.until) : "") + ", " +
         replace_all(store::to_string(row.state), "_", " ") + " (ledger " + std::to_string(row.leaf) +
         "): " + std::string(row.decision.rationale.raw());
}

// Most important first: what is affected, then by score; by name where that is the same, so that the file is stable.
struct Ranked {
  int status = 0, score = 0;
  std::string name, uuid;
  std::vector<Cell> cells;
  auto rank() const { return std::tuple<int, int, const std::string&, const std::string&>(status, -score, name, uuid); }
};
constexpr int kNotJudged = 4;  // after the last status

}  // namespace

Result<exchange::Sheet> intelligence_register(store::Reader& reader, const RegisterOptions& options,
                                              LeftOut* left_out) {
  exchange::Sheet sheet;
  sheet.name = "intelligence";
  sheet.columns = {{"id", "id"},
                   {"title", "title"},
                   {"layer", "layers"},
                   {"type", "kind"},
                   {"sources", "sources"},
                   {"published", "published"},
                   {"modified", "modified"},
                   {"severity", "severity"},
                   {"score", "score"},
                   {"status", "status"},
                   {"applies to", "applies_to"},
                   {"reason", "reasons"},
                   {"atlas", "atlas"},
                   {"owasp", "owasp"},
                   {"cve", "cve"},
                   {"ghsa", "ghsa"},
                   {"arxiv", "arxiv"},
                   {"incident", "incident"},
                   {"proposal", "proposal"},
                   {"decision", "decision"},
                   {"rationale", "rationale"},
                   {"decided by", "decided_by"},
                   {"decided at", "decided_at"},
                   {"decision state", "decision_state"},
                   {"actions", "actions"},
                   {"reference", "reference"},
                   {"uuid", "uuid"},
                   {"ledger index", "ledger"},
                   {"decisions", "decisions"}};
  std::vector<Ranked> ranked;
  store::ItemQuery query;
  query.order = store::Order::arrival;
  query.with_item = query.with_assessments = query.with_decisions = true;
  TOCSIN_CHECK(reader.each_item(query, [&](store::ItemRow& row) -> Result<> {
    const bool fixed = std::any_of(row.assessments.begin(), row.assessments.end(),
                                   [](const auto& one) { return one.status == judgement::Status::fixed; });
    const bool matters = row.affected > 0 || row.investigating > 0 || fixed || !row.decisions.empty();
    if (!matters && !options.everything) {
      if (left_out == nullptr) return {};
      ++(!row.judged ? left_out->unjudged : row.judged->status ? left_out->set_aside : left_out->cannot_tell);
      return {};
    }
    Words layers{{}, kBlank}, applies, reasons, sources{row.item->sources, kBlank}, actions, decisions;
    std::string proposal;
    if (row.judged)
      for (std::string_view layer : row.judged->layers.words()) layers.all.emplace_back(layer);
    for (const judgement::Assessment& assessment : row.assessments) {
      applies.all.push_back(assessment.asset + " (" + std::string(judgement::to_string(assessment.status)) + ")");
      if (!assessment.reasons.empty())
        reasons.all.push_back(assessment.asset + ": " + sentence(assessment.reasons.front()));
      if (proposal.empty()) proposal = assessment.proposal;
    }
    for (const store::ClassVerdict& verdict : row.classes) reasons.all.push_back(sentence(verdict));
    Cell verdict, rationale, by, at, state, leaf;
    if (const store::DecisionRow* counts = decision_that_counts(row); counts != nullptr) {
      verdict = text(judgement::to_string(counts->decision.verdict));
      rationale = text(counts->decision.rationale.raw());
      by = text(counts->decision.by);
      at = counts->decision.at;
      state = text(store::to_string(counts->state));
      leaf = static_cast<std::int64_t>(counts->leaf);
    }
    for (const store::DecisionRow& decision : row.decisions)
      if (decision.state != store::DecisionState::superseded) decisions.all.push_back(decision_line(decision));
    TOCSIN_TRY(const auto taken, reader.actions_of(row.id));
    for (const judgement::Action& action : taken)
      actions.all.push_back(std::string(judgement::to_string(action.kind)) + ": " + std::string(action.what.raw()) +
                            " (" + action.owner + (action.due ? ", due " + to_date(*action.due) : "") + ", " +
                            action.state + ")");
    const std::optional<judgement::Status> status = row.judged ? row.judged->status : std::nullopt;
    Ranked& one = ranked.emplace_back();
    one.status = status ? static_cast<int>(*status) : kNotJudged;
    one.score = row.judged ? row.judged->score : 0;
    one.name = row.name;
    one.uuid = row.id.text();
    one.cells = {row.name,
                 text(row.title.raw()),
                 std::move(layers),
                 text(intel::to_string(row.kind)),
                 std::move(sources),
                 day(row.published),
                 day(row.modified),
                 text(intel::to_string(row.severity)),
                 row.judged ? Cell(std::int64_t{row.judged->score}) : Cell(),
                 status ? text(judgement::to_string(*status)) : Cell(),
                 std::move(applies),
                 std::move(reasons),
                 ids_of(*row.item, "atlas"),
                 ids_of(*row.item, "owasp"),
                 ids_of(*row.item, "cve"),
                 ids_of(*row.item, "ghsa"),
                 ids_of(*row.item, "arxiv"),
                 ids_of(*row.item, "aiid"),
                 text(proposal),
                 std::move(verdict),
                 std::move(rationale),
                 std::move(by),
                 std::move(at),
                 std::move(state),
                 std::move(actions),
                 row.item->references.empty() ? Cell() : text(row.item->references.front().url),
                 one.uuid,
                 std::move(leaf),
                 std::move(decisions)};
    return {};
  }));
  static_assert(static_cast<int>(judgement::Status::affected) == 0 &&
                static_cast<int>(judgement::Status::not_affected) == 3);
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) { return a.rank() < b.rank(); });
  for (Ranked& one : ranked) sheet.rows.push_back(std::move(one.cells));
  return sheet;
}

}  // namespace tocsin::prove
