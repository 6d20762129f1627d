#include "prove/export.hpp"

#include <algorithm>
#include <deque>

#include "base/hash.hpp"
#include "base/uuid.hpp"
#include "exchange/stix.hpp"
#include "judgement/judgement.hpp"
#include "prove/views.hpp"

namespace tocsin::prove {

Result<StixExport> export_stix(store::Reader& reader, const store::ItemFilter& filter,
                               const std::string& organisation) {
  store::ItemQuery query;
  query.filter = filter;
  query.order = store::Order::arrival;
  query.with_item = query.with_assessments = query.with_decisions = true;
  std::deque<intel::Item> items;  // addresses stay
  std::vector<exchange::stix::Exported> exported;
  std::optional<Time> began;
  TOCSIN_CHECK(reader.each_item(query, [&](store::ItemRow& row) -> Result<> {
    Json facts = Json::object();
    Json layers = Json::array();
    if (row.judged)
      for (std::string_view layer : row.judged->layers.words()) layers.push(layer);
    facts.set("layers", layers);
    if (row.judged) facts.set("score", row.judged->score);
    Json assessments = Json::array();
    for (const judgement::Assessment& assessment : row.assessments) {
      Json one = assessment_view(assessment);
      one.set("proposed", assessment.proposed ? one["proposed"] : Json());
      assessments.push(std::move(one));
    }
    facts.set("assessments", assessments);
    Time changed = row.changed;
    if (row.judged_at) changed = std::max(changed, *row.judged_at);
    if (const store::DecisionRow* counts = decision_that_counts(row); counts != nullptr) {
      // Names and rationale stay in the house: what was decided, for what and when, is enough to exchange.
      Json scope = Json::array();
      for (const std::string& asset : counts->decision.scope) scope.push(asset);
      facts.set("decision", Json::object({{"verdict", judgement::to_string(counts->decision.verdict)},
                                          {"at", to_rfc3339(counts->decision.at)},
                                          {"until", time_or_null(counts->decision.until)},
                                          {"scope", std::move(scope)},
                                          {"state", store::to_string(counts->state)}}));
      changed = std::max(changed, counts->changed.value_or(counts->decision.at));
      // One that expires changes what is exported: its own state, or which decision counts.
      for (const store::DecisionRow& one : row.decisions)
        if (one.state == store::DecisionState::expired && one.decision.item == row.id)
          changed = std::max(changed, *one.decision.until);
    }
    if (!began || row.created < *began) began = row.created;
    items.push_back(std::move(*row.item));
    exported.push_back({&items.back(), row.created, changed, std::move(facts)});
    return {};
  }));
  StixExport out;
  out.items = exported.size();
  out.bundle = exchange::stix::write(exported, {organisation, began.value_or(Time{})});
  return out;
}

Result<StixExport> export_raw(store::Reader& reader, const std::string& source) {
  StixExport out;
  std::string body;
  TOCSIN_CHECK(reader.each_stix(source, [&](const store::StixObject& object) -> Result<> {
    if (!body.empty()) body += ",\n";
    body += object.bytes;
    ++out.items;
    return {};
  }));
  const Uuid id = uuid_v5(tocsin_namespace(), "stix/bundle/raw/" + sha256(body).hex());
  out.bundle = "{\"type\":\"bundle\",\"id\":\"bundle--" + id.text() + "\",\"objects\":[\n" + body + "\n]}\n";
  return out;
}

}  // namespace tocsin::prove
