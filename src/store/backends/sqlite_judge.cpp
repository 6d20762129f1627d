// Writing an assessment: only what differs, and one root over the results of all items.
//
// The result of an item (its judgement, its rows, its classes) has one digest, kept beside it: comparing that is all it
// takes to see that nothing changed, and the root of a run is the Merkle root over (item id ‖ digest) of all items that
// were ever judged, in order of id.
#include <algorithm>

#include "store/backends/sqlite.hpp"

namespace tocsin::store::sqlite {

Result<> SqliteTransaction::begin_assessment(const AssessmentInputs& inputs) {
  if (assessment_) return fail(Code::internal, "an assessment run is open already");
  assessment_.emplace();
  assessment_->inputs = inputs;
  return {};
}

Result<> SqliteTransaction::status_turned(const Uuid& item, std::string_view name, std::string_view asset,
                                          std::optional<judgement::Status> from, std::optional<judgement::Status> to,
                                          Json reasons) {
  const auto word = [](std::optional<judgement::Status> status) {
    return status ? Json(judgement::to_string(*status)) : Json();
  };
  append("status", item.text(),
         Json::object({{"asset", asset},
                       {"from", word(from)},
                       {"item", item.text()},
                       {"name", name},
                       {"reasons", std::move(reasons)},
                       {"to", word(to)}}));
  return {};
}

Result<bool> SqliteTransaction::replace_assessments(const Uuid& item, const Judged& judged,
                                                    std::span<const judgement::Assessment> rows,
                                                    std::span<const ClassVerdict> classes) {
  using judgement::Status;
  if (!assessment_) return fail(Code::internal, "an item is judged inside an assessment run");
  std::vector<const judgement::Assessment*> sorted;
  for (const auto& row : rows) sorted.push_back(&row);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->asset < b->asset; });
  std::vector<std::string> bodies;
  Json all = Json::array();
  std::uint32_t affected = 0;
  std::uint32_t investigating = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i]->asset == sorted[i - 1]->asset)
      return fail(Code::internal, "two assessments of '" + sorted[i]->asset + "'");
    affected += sorted[i]->status == Status::affected ? 1 : 0;
    investigating += sorted[i]->status == Status::under_investigation ? 1 : 0;
    Json body = judgement::to_json(*sorted[i]);
    bodies.push_back(body.canonical());
    all.push(std::move(body));
  }
  std::vector<ClassVerdict> verdicts(classes.begin(), classes.end());
  std::sort(verdicts.begin(), verdicts.end());
  Json set_aside = Json::array();
  for (const ClassVerdict& verdict : verdicts)
    set_aside.push(strings_json({verdict.assets, verdict.code, verdict.detail}));
  const std::string facets = judged.facets.canonical();
  const Digest digest =
      sha256(Json::object({{"assessments", std::move(all)},
                           {"classes", std::move(set_aside)},
                           {"facets", judged.facets},
                           {"layers", static_cast<int>(judged.layers.bits())},
                           {"score", judged.score},
                           {"status", judged.status ? Json(judgement::to_string(*judged.status)) : Json()}})
                 .canonical());
  ++assessment_->judged;

  std::int64_t row = 0;
  Digest body_digest;
  std::string name;
  {
    TOCSIN_TRY(
        Query q,
        db_.query("SELECT i.id, i.digest, j.judged, j.digest, i.name FROM item i JOIN judgement j ON j.item = i.id "
                  "WHERE i.uuid = ?",
                  item));
    TOCSIN_TRY(const bool found, q.next());
    if (!found) return fail(Code::internal, "there is no item " + item.text());
    row = q.i64(0);
    body_digest = q.digest(1);
    name = q.string(4);
    const bool current = q.text(2) == body_digest.view();
    if (q.text(3) == digest.view()) {
      if (!current) TOCSIN_CHECK(db_.run("UPDATE judgement SET judged = ? WHERE item = ?", body_digest, row));
      return false;
    }
  }
  ++assessment_->changed;
  TOCSIN_CHECK(
      db_.run("UPDATE judgement SET layers = ?, score = ?, status = ?, affected = ?, investigating = ?, judged = ?, "
              "changed = ?, "
              "digest = ?, facets = ? WHERE item = ?",
              static_cast<int>(judged.layers.bits()), judged.score,
              judged.status ? std::optional(static_cast<int>(*judged.status)) : std::nullopt, affected, investigating,
              body_digest, context_.now, digest, facets, row));

  // Rows: what stays the same stays untouched.
  std::map<std::string, std::pair<Status, std::string>> before;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT asset, status, body FROM assessment WHERE item = ?", row));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      before.emplace(q.string(0), std::pair(static_cast<Status>(q.i64(1)), q.string(2)));
    }
  }
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const judgement::Assessment& now = *sorted[i];
    const auto old = before.find(now.asset);
    const std::optional<Status> from = old == before.end() ? std::nullopt : std::optional(old->second.first);
    if ((from == Status::affected) != (now.status == Status::affected)) {
      Json reasons = Json::array();
      for (const auto& reason : now.reasons) reasons.push(reason.code);
      TOCSIN_CHECK(status_turned(item, name, now.asset, from, now.status, std::move(reasons)));
    }
    if (old == before.end()) {
      TOCSIN_CHECK(db_.run("INSERT INTO assessment(item, asset, status, score, body) VALUES(?, ?, ?, ?, ?)", row,
                           now.asset, static_cast<int>(now.status), now.score, bodies[i]));
      continue;
    }
    if (old->second.second != bodies[i])
      TOCSIN_CHECK(db_.run("UPDATE assessment SET status = ?, score = ?, body = ? WHERE item = ? AND asset = ?",
                           static_cast<int>(now.status), now.score, bodies[i], row, now.asset));
    before.erase(old);
  }
  for (const auto& [asset, old] : before) {
    if (old.first == Status::affected)
      TOCSIN_CHECK(status_turned(item, name, asset, old.first, std::nullopt, Json::array()));
    TOCSIN_CHECK(db_.run("DELETE FROM assessment WHERE item = ? AND asset = ?", row, asset));
  }

  std::vector<ClassVerdict> old_verdicts;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT assets, code, detail FROM class_verdict WHERE item = ?", row));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      old_verdicts.push_back({q.string(0), q.string(1), q.string(2)});
    }
  }
  std::sort(old_verdicts.begin(), old_verdicts.end());
  if (old_verdicts != verdicts) {
    if (!old_verdicts.empty()) TOCSIN_CHECK(db_.run("DELETE FROM class_verdict WHERE item = ?", row));
    for (const ClassVerdict& verdict : verdicts)
      TOCSIN_CHECK(db_.run("INSERT INTO class_verdict(item, assets, code, detail) VALUES(?, ?, ?, ?)", row,
                           verdict.assets, verdict.code, verdict.detail));
  }
  return true;
}

Result<AssessmentRun> SqliteTransaction::end_assessment() {
  if (!assessment_) return fail(Code::internal, "no assessment run is open");
  AssessmentRun out;
  out.at = context_.now;
  out.inputs = assessment_->inputs;
  out.judged = assessment_->judged;
  out.changed = assessment_->changed;
  ledger::Appender tree;
  std::string line;
  {
    TOCSIN_TRY(
        Query q,
        db_.query("SELECT i.uuid, j.digest FROM item i JOIN judgement j ON j.item = i.id WHERE length(j.digest) = 32 "
                  "ORDER BY i.uuid"));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      line.assign(q.text(0));
      line += q.text(1);
      tree.append(ledger::leaf_hash(line));
    }
  }
  out.root = tree.root();
  out.leaf = append("assessment", "",
                    Json::object({{"changed", out.changed},
                                  {"estate", out.inputs.estate.hex()},
                                  {"items", tree.size()},
                                  {"judged", out.judged},
                                  {"knowledge", out.inputs.knowledge},
                                  {"root", out.root.hex()},
                                  {"rules", out.inputs.rules}}));
  TOCSIN_CHECK(db_.run(
      "INSERT INTO assessment_run(at, estate, knowledge, rules, judged, changed, root, leaf) VALUES(?, ?, ?, ?, ?, ?, "
      "?, ?)",
      out.at, out.inputs.estate, out.inputs.knowledge, out.inputs.rules, out.judged, out.changed, out.root, out.leaf));
  out.key = db_.last_row();
  assessment_.reset();
  return out;
}

}  // namespace tocsin::store::sqlite
