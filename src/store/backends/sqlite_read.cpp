// Reading everything but lists of items: one statement a question.
#include <algorithm>
#include <deque>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "store/backends/sqlite.hpp"

namespace tocsin::store::sqlite {
namespace {

using judgement::Status;

Result<Json> own_json(std::string_view text, std::string_view table) {
  auto json = parse_json(text);
  if (!json) return tl::make_unexpected(std::move(json).error().at(table));
  return json;
}

// Makes a list of rows out of a query.
template <class T, class Read>
Result<std::vector<T>> all_rows(Query q, Read&& read) {
  std::vector<T> out;
  while (true) {
    TOCSIN_TRY(const bool more, q.next());
    if (!more) return out;
    Result<T> row = read(q);
    if (!row) return tl::make_unexpected(std::move(row).error());
    out.push_back(std::move(*row));
  }
}

// A limit as SQLite knows it: below zero is none.
std::int64_t limit_of(std::size_t limit) {
  return limit > INT64_MAX ? -1 : static_cast<std::int64_t>(limit);
}

Result<SourceState> read_source(const Query& q) {
  SourceState out;
  out.source = q.string(0);
  out.cursor = q.string(1);
  TOCSIN_TRY(out.validators, own_json(q.text(2), "source_state"));
  out.last_attempt = q.time_or_null(3);
  out.last_success = q.time_or_null(4);
  out.last_error = q.string(5);
  out.failures = static_cast<std::uint32_t>(q.i64(6));
  return out;
}

StixObject read_stix(const Query& q) {
  StixObject out;
  out.source = q.string(0);
  out.id = q.string(1);
  out.type = q.string(2);
  out.modified = q.string(3);
  out.digest = q.digest(4);
  out.from = q.string(5);
  out.relation = q.string(6);
  out.to = q.string(7);
  out.bytes = q.string(8);
  return out;
}

}  // namespace

std::vector<std::string> strings_from(const Json& json) {
  std::vector<std::string> out;
  for (const Json& element : json.as_array()) out.emplace_back(element.as_string());
  return out;
}

Result<RunCounts> counts_from_json(const Json& body) {
  RunCounts out;
  const auto read = [&](std::string_view key, std::uint64_t& value) {
    const auto number = body[key].as_uint();
    if (number) value = *number;
    return number.has_value();
  };
  const bool whole = read("entries", out.entries) && read("added", out.added) && read("changed", out.changed) &&
                     read("reparsed", out.reparsed) && read("unchanged", out.unchanged) &&
                     read("repeated", out.repeated) && read("objects_added", out.objects_added) &&
                     read("objects_changed", out.objects_changed) && read("objects_unchanged", out.objects_unchanged) &&
                     read("objects_conflict", out.objects_conflict) && read("rejected", out.rejected);
  if (!whole) return fail(Code::malformed, "the counts of a run are damaged");
  return out;
}

Lease::~Lease() {
  // Nothing was written, so a failure loses nothing; the connection is then closed instead of kept.
  if (db_->script("ROLLBACK") && pool_) pool_->push_back(std::move(db_));
}

// ---- records ----

Result<std::vector<RecordRow>> SqliteReader::read_records(Query q) {
  return all_rows<RecordRow>(std::move(q), [](const Query& row) -> Result<RecordRow> {
    RecordRow out;
    out.key = row.i64(0);
    out.head = row.i64(1);
    out.run = row.i64(2);
    out.current = row.i64(3) != 0;
    TOCSIN_TRY(const Json body, own_json(row.text(9), "record"));
    TOCSIN_TRY(out.record, intel::record_from_json(body));
    out.record.source = row.string(4);
    out.record.external_id = row.string(5);
    out.record.digest = row.digest(6);
    out.record.reply = row.digest(7);
    out.record.retrieved = row.time(8);
    out.document = row.string(10);
    return out;
  });
}

Result<std::vector<RecordRow>> SqliteReader::records_of(const Uuid& item) {
  TOCSIN_TRY(Query q,
             db_.query("SELECT r.id, h.id, r.run, 1, h.source, h.external_id, r.digest, r.reply, r.retrieved, r.body, "
                       "(SELECT s.name FROM snapshot s WHERE s.digest = r.reply) FROM item i "
                       "JOIN member m ON m.item = i.id JOIN head h ON h.id = m.head JOIN record r ON r.id = h.record "
                       "WHERE i.uuid = ? ORDER BY h.id",
                       item));
  return read_records(std::move(q));
}

Result<std::vector<RecordRow>> SqliteReader::history_of(const Uuid& item) {
  TOCSIN_TRY(
      Query q,
      db_.query(
          "SELECT r.id, h.id, r.run, r.id = h.record, h.source, h.external_id, r.digest, r.reply, r.retrieved, r.body, "
          "(SELECT s.name FROM snapshot s WHERE s.digest = r.reply) FROM item i JOIN member m ON m.item = i.id JOIN "
          "head h ON h.id = m.head JOIN record r ON r.head = h.id "
          "WHERE i.uuid = ? ORDER BY r.id DESC",
          item));
  return read_records(std::move(q));
}

Result<std::optional<RecordRow>> SqliteReader::record(RecordKey key) {
  TOCSIN_TRY(
      Query q,
      db_.query(
          "SELECT r.id, h.id, r.run, r.id = h.record, h.source, h.external_id, r.digest, r.reply, r.retrieved, r.body, "
          "(SELECT s.name FROM snapshot s WHERE s.digest = r.reply) FROM record r JOIN head h ON h.id = r.head WHERE "
          "r.id = ?",
          key));
  TOCSIN_TRY(auto rows, read_records(std::move(q)));
  if (rows.empty()) return std::optional<RecordRow>();
  return std::optional(std::move(rows.front()));
}

Result<std::vector<intel::Record>> SqliteReader::records(std::span<const HeadKey> heads) {
  std::vector<intel::Record> out;
  out.reserve(heads.size());
  for (const HeadKey head : heads) {
    TOCSIN_TRY(Query q, db_.query("SELECT r.id, h.id, r.run, 1, h.source, h.external_id, r.digest, r.reply, "
                                  "r.retrieved, r.body, '' FROM head h "
                                  "JOIN record r ON r.id = h.record WHERE h.id = ?",
                                  head));
    TOCSIN_TRY(auto rows, read_records(std::move(q)));
    if (rows.empty()) return fail(Code::internal, "there is no record with the key " + std::to_string(head));
    out.push_back(std::move(rows.front().record));
  }
  return out;
}

Result<std::vector<HeadKey>> SqliteReader::heads_with(const intel::Id& id) {
  TOCSIN_TRY(Query q, db_.query("SELECT DISTINCT head FROM identity WHERE value = ? AND scheme = ? ORDER BY head",
                                id.value, id.scheme));
  return all_rows<HeadKey>(std::move(q), [](const Query& row) -> Result<HeadKey> { return row.i64(0); });
}

Result<std::vector<BondRow>> SqliteReader::bonds() {
  TOCSIN_TRY(Query q, db_.query("SELECT b.uuid, b.a_scheme, b.a_value, b.b_scheme, b.b_value, b.joined, w.value, "
                                "r.value, b.at, b.a_source, b.b_source FROM bond b "
                                "JOIN text w ON w.id = b.by_text JOIN text r ON r.id = b.reason_text ORDER BY b.id"));
  return all_rows<BondRow>(std::move(q), [](const Query& row) -> Result<BondRow> {
    BondRow out;
    out.id = row.uuid(0);
    out.bond = {
        {row.string(1), row.string(2)}, {row.string(3), row.string(4)}, row.i64(5) != 0, row.string(9), row.string(10)};
    out.by = row.string(6);
    out.reason = Foreign(row.string(7));
    out.at = row.time(8);
    return out;
  });
}

// Breadth first over heads: by ids, by item, by bond. Each id and item is asked for once.
Result<std::vector<intel::Identity>> SqliteReader::component(std::span<const HeadKey> heads) {
  std::map<intel::Id, std::vector<intel::Id>> bonded;
  TOCSIN_TRY(const auto bond_rows, bonds());
  for (const BondRow& row : bond_rows) {
    bonded[row.bond.a].push_back(row.bond.b);
    bonded[row.bond.b].push_back(row.bond.a);
  }
  std::map<HeadKey, intel::Identity> found;
  std::set<std::pair<intel::Id, std::string>> ids_seen;
  std::unordered_set<std::int64_t> items_seen;
  std::deque<HeadKey> queue;
  const auto reach = [&](HeadKey head) {
    if (found.try_emplace(head).second) queue.push_back(head);
  };
  const auto reach_all = [&](Query q) -> Result<> {
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      reach(q.i64(0));
    }
  };
  for (const HeadKey head : heads) reach(head);
  while (!queue.empty()) {
    const HeadKey head = queue.front();
    queue.pop_front();
    intel::Identity& identity = found.at(head);  // a map: stays where it is
    identity.key = static_cast<std::uint64_t>(head);
    {
      TOCSIN_TRY(Query q, db_.query("SELECT source, external_id FROM head WHERE id = ?", head));
      TOCSIN_TRY(const bool there, q.next());
      if (!there) return fail(Code::internal, "there is no record with the key " + std::to_string(head));
      identity.source = q.string(0);
      identity.external_id = q.string(1);
    }
    std::vector<std::optional<std::string>> scopes;
    {
      TOCSIN_TRY(Query q, db_.query("SELECT scheme, value, scope FROM identity WHERE head = ? ORDER BY id", head));
      while (true) {
        TOCSIN_TRY(const bool more, q.next());
        if (!more) break;
        identity.ids.push_back({q.string(0), q.string(1)});
        scopes.push_back(q.null(2) ? std::nullopt : std::optional(q.string(2)));
      }
    }
    for (std::size_t i = 0; i < identity.ids.size(); ++i) {
      const intel::Id& id = identity.ids[i];
      if (scopes[i] && ids_seen.emplace(id, *scopes[i]).second) {
        TOCSIN_TRY(Query q, db_.query("SELECT head FROM identity WHERE value = ? AND scheme = ? AND scope = ?",
                                      id.value, id.scheme, *scopes[i]));
        TOCSIN_CHECK(reach_all(std::move(q)));
      }
      if (bonded.empty()) continue;
      if (const auto others = bonded.find(id); others != bonded.end()) {
        for (const intel::Id& other : others->second) {
          TOCSIN_TRY(Query q,
                     db_.query("SELECT head FROM identity WHERE value = ? AND scheme = ?", other.value, other.scheme));
          TOCSIN_CHECK(reach_all(std::move(q)));
        }
      }
    }
    TOCSIN_TRY(const auto item, db_.value("SELECT item FROM member WHERE head = ?", head));
    if (item && items_seen.insert(*item).second) {
      TOCSIN_TRY(Query q, db_.query("SELECT head FROM member WHERE item = ?", *item));
      TOCSIN_CHECK(reach_all(std::move(q)));
    }
  }
  std::vector<intel::Identity> out;
  out.reserve(found.size());
  for (auto& [head, identity] : found) out.push_back(std::move(identity));
  return out;
}

// ---- what an assessment needs ----

Result<std::vector<Uuid>> SqliteReader::stale_items() {
  TOCSIN_TRY(Query q, db_.query("SELECT i.uuid FROM item i CROSS JOIN judgement j ON j.item = i.id WHERE j.judged <> "
                                "i.digest ORDER BY i.id"));
  return all_rows<Uuid>(std::move(q), [](const Query& row) -> Result<Uuid> { return row.uuid(0); });
}

Result<std::vector<Uuid>> SqliteReader::items_of_packages(std::span<const std::string> keys) {
  std::vector<Uuid> out;
  for (const std::string& key : keys) {
    TOCSIN_TRY(Query q, db_.query("SELECT i.uuid FROM package p JOIN item i ON i.id = p.item WHERE p.key = ?", key));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      out.push_back(q.uuid(0));
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<std::vector<judgement::Assessment>> SqliteReader::read_assessments(Query q) {
  return all_rows<judgement::Assessment>(std::move(q), [](const Query& row) -> Result<judgement::Assessment> {
    TOCSIN_TRY(const Json body, own_json(row.text(0), "assessment"));
    TOCSIN_TRY(judgement::Assessment out, judgement::assessment_from_json(body));
    out.item = row.uuid(1);
    return out;
  });
}

Result<std::vector<judgement::Assessment>> SqliteReader::assessments_of(const Uuid& item) {
  TOCSIN_TRY(Query q, db_.query("SELECT a.body, i.uuid FROM item i JOIN assessment a ON a.item = i.id WHERE i.uuid = ? "
                                "ORDER BY a.score DESC, a.asset",
                                item));
  return read_assessments(std::move(q));
}

Result<std::vector<judgement::Assessment>> SqliteReader::assessments_of_asset(std::string_view asset) {
  TOCSIN_TRY(Query q,
             db_.query("SELECT a.body, i.uuid FROM assessment a JOIN item i ON i.id = a.item WHERE a.asset = ? "
                       "ORDER BY a.score DESC, i.id",
                       asset));
  return read_assessments(std::move(q));
}

Result<Counts> SqliteReader::counts() {
  Counts out;
  {
    // One walk over the index of scores: no bodies.
    TOCSIN_TRY(Query q, db_.query("SELECT status, layers, count(*) FROM judgement j GROUP BY status, layers"));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      const std::uint64_t n = q.u64(2);
      const auto layers = intel::Layers::from_bits(static_cast<std::uint8_t>(q.i64(1)));
      out.items += n;
      out.strategic += layers.has(intel::Layer::strategic) ? n : 0;
      out.tactical += layers.has(intel::Layer::tactical) ? n : 0;
      out.operational += layers.has(intel::Layer::operational) ? n : 0;
      if (q.null(0)) {
        out.unjudged += n;
        continue;
      }
      switch (static_cast<Status>(q.i64(0))) {
        case Status::affected:
          out.affected += n;
          break;
        case Status::under_investigation:
          out.under_investigation += n;
          break;
        case Status::fixed:
          out.fixed += n;
          break;
        case Status::not_affected:
          out.not_affected += n;
          break;
      }
    }
  }
  {
    const std::string sql =
        "SELECT count(*), sum(worst = 0) FROM (SELECT min(a.status) AS worst FROM judgement j CROSS JOIN item i ON "
        "i.id "
        "= j.item CROSS JOIN assessment a ON a.item = i.id WHERE j.status IN (0, 1) AND " +
        waits() + " GROUP BY i.id)";
    TOCSIN_TRY(Query q, db_.query_once(sql));
    TOCSIN_CHECK(q.next());
    out.open = q.u64(0);
    out.open_affected = q.null(1) ? 0 : q.u64(1);
    ItemFilter again;
    again.decision = "open";
    again.waits = false;
    TOCSIN_TRY(out.open_reopened, count_items(again));
    out.open += out.open_reopened;
  }
  const auto count = [&](std::string_view sql) -> Result<std::uint64_t> {
    TOCSIN_TRY(const auto n, db_.value(sql));
    return static_cast<std::uint64_t>(n.value_or(0));
  };
  if (out.unjudged > 0) {
    TOCSIN_TRY(out.cannot_tell, count("SELECT count(*) FROM judgement WHERE status IS NULL AND length(judged) > 0"));
    out.unjudged -= out.cannot_tell;
  }
  TOCSIN_TRY(out.records, count("SELECT count(*) FROM head"));
  TOCSIN_TRY(out.rejects, count("SELECT count(*) FROM reject WHERE run IN (SELECT max(id) FROM run GROUP BY source)"));
  TOCSIN_TRY(out.stale,
             count("SELECT count(*) FROM judgement j JOIN item i ON i.id = j.item WHERE j.judged <> i.digest"));
  return out;
}

Result<std::vector<NoiseRow>> SqliteReader::noise() {
  // Of an item that touches an asset the verdicts tell of the other assets only: it is not set aside.
  static_assert(static_cast<int>(Status::not_affected) == 3);
  TOCSIN_TRY(Query q,
             db_.query("SELECT c.assets, c.code, count(*), j.status IS NULL FROM class_verdict c JOIN judgement j ON "
                       "j.item = c.item WHERE j.status = 3 OR j.status IS NULL GROUP BY c.code, c.assets, 4 ORDER BY 3 "
                       "DESC, 2, 1, 4"));
  return all_rows<NoiseRow>(std::move(q), [](const Query& row) -> Result<NoiseRow> {
    return NoiseRow{row.string(0), row.string(1), row.u64(2), row.i64(3) != 0};
  });
}

Result<std::optional<AssessmentRun>> SqliteReader::last_assessment() {
  TOCSIN_TRY(Query q, db_.query("SELECT id, at, estate, knowledge, rules, judged, changed, root, leaf FROM "
                                "assessment_run ORDER BY id DESC LIMIT 1"));
  TOCSIN_TRY(const bool found, q.next());
  if (!found) return std::optional<AssessmentRun>();
  AssessmentRun out;
  out.key = q.i64(0);
  out.at = q.time(1);
  out.inputs = {q.digest(2), q.string(3), q.string(4)};
  out.judged = q.u64(5);
  out.changed = q.u64(6);
  out.root = q.digest(7);
  out.leaf = q.u64(8);
  return std::optional(std::move(out));
}

// ---- sources and runs ----

Result<std::vector<SourceState>> SqliteReader::sources() {
  TOCSIN_TRY(
      Query q,
      db_.query("SELECT source, cursor, validators, last_attempt, last_success, last_error, failures FROM source_state "
                "ORDER BY source"));
  return all_rows<SourceState>(std::move(q), read_source);
}

Result<SourceState> SqliteReader::source(std::string_view name) {
  TOCSIN_TRY(
      Query q,
      db_.query("SELECT source, cursor, validators, last_attempt, last_success, last_error, failures FROM source_state "
                "WHERE source = ?",
                name));
  TOCSIN_TRY(const bool found, q.next());
  if (found) return read_source(q);
  SourceState out;
  out.source = name;
  return out;
}

Result<std::vector<Run>> SqliteReader::runs(std::string_view source_or_all, std::size_t limit) {
  TOCSIN_TRY(Query q,
             db_.query("SELECT id, source, started, finished, outcome, error, counts, list, root, leaf FROM run "
                       "WHERE ?1 = '' OR source = ?1 ORDER BY id DESC LIMIT ?2",
                       source_or_all, limit_of(limit)));
  return all_rows<Run>(std::move(q), [](const Query& row) -> Result<Run> {
    Run out;
    out.key = row.i64(0);
    out.source = row.string(1);
    out.started = row.time(2);
    out.finished = row.time(3);
    out.outcome = static_cast<Outcome>(row.i64(4));
    out.error = row.string(5);
    TOCSIN_TRY(const Json counts, own_json(row.text(6), "run"));
    TOCSIN_TRY(out.counts, counts_from_json(counts));
    out.list = row.digest(7);
    out.root = row.digest(8);
    out.leaf = row.u64(9);
    return out;
  });
}

Result<std::vector<Reject>> SqliteReader::rejects(RunKey run) {
  TOCSIN_TRY(Query q, db_.query("SELECT place, code, message, excerpt FROM reject WHERE run = ? ORDER BY id", run));
  return all_rows<Reject>(std::move(q), [](const Query& row) -> Result<Reject> {
    return Reject{row.string(0), static_cast<Code>(row.i64(1)), row.string(2), Foreign(row.string(3))};
  });
}

Result<std::optional<SnapshotRow>> SqliteReader::snapshot(const Digest& digest) {
  TOCSIN_TRY(Query q,
             db_.query("SELECT digest, size, media, name, first_seen, pruned FROM snapshot WHERE digest = ?", digest));
  TOCSIN_TRY(const bool found, q.next());
  if (!found) return std::optional<SnapshotRow>();
  return std::optional(SnapshotRow{q.digest(0), q.u64(1), q.string(2), q.string(3), q.time(4), q.time_or_null(5)});
}

// ---- foreign objects ----

Result<std::vector<StixObject>> SqliteReader::stix_versions(std::string_view source, std::string_view id) {
  TOCSIN_TRY(
      Query q,
      db_.query("SELECT source, stix_id, type, modified, digest, from_id, relation, to_id, bytes FROM stix_object "
                "WHERE key = ? AND source = ? AND stix_id = ? ORDER BY modified, id",
                stix_key(source, id), source, id));
  return all_rows<StixObject>(std::move(q), [](const Query& row) -> Result<StixObject> { return read_stix(row); });
}

Result<> SqliteReader::each_stix(std::string_view source_or_all,
                                 const std::function<Result<>(const StixObject&)>& each) {
  TOCSIN_TRY(
      Query q,
      db_.query("SELECT source, stix_id, type, modified, digest, from_id, relation, to_id, bytes FROM stix_object "
                "WHERE ?1 = '' OR source = ?1 ORDER BY id",
                source_or_all));
  while (true) {
    TOCSIN_TRY(const bool more, q.next());
    if (!more) return {};
    TOCSIN_CHECK(each(read_stix(q)));
  }
}

Result<std::vector<StixObject>> SqliteReader::edges_of(std::string_view source, std::string_view id) {
  TOCSIN_TRY(
      Query q,
      db_.query("SELECT source, stix_id, type, modified, digest, from_id, relation, to_id, bytes FROM stix_object "
                "WHERE (from_key = ?1 AND from_id = ?3 OR to_key = ?1 AND to_id = ?3) AND source = ?2 ORDER BY id",
                stix_key(source, id), source, id));
  return all_rows<StixObject>(std::move(q), [](const Query& row) -> Result<StixObject> { return read_stix(row); });
}

// ---- decisions, actions, files ----

Result<DecisionRow> SqliteReader::read_decision(Query& q) {
  DecisionRow out;
  judgement::Decision& d = out.decision;
  d.id = q.uuid(0);
  d.item = q.uuid(1);
  TOCSIN_TRY(const Json scope, own_json(q.text(2), "decision"));
  d.scope = strings_from(scope);
  d.verdict = static_cast<judgement::Verdict>(q.i64(3));
  d.rationale = Foreign(q.string(4));
  d.by = q.string(5);
  d.at = q.time(6);
  d.until = q.time_or_null(7);
  if (!q.null(8)) d.duplicate_of = q.uuid(8);
  out.state = static_cast<DecisionState>(q.i64(9));
  out.changed = q.time_or_null(10);
  out.leaf = q.u64(11);
  TOCSIN_TRY(const Json difference, own_json(q.text(12), "decision"));
  out.difference = strings_from(difference);
  TOCSIN_TRY(const Json basis, own_json(q.text(13), "decision"));
  TOCSIN_TRY(d.basis, judgement::basis_from_json(basis));
  return out;
}

// Built once: query() keeps statements by the text of their SQL, which has to stay. The moment is ?1 in `rest`.
namespace {
std::string decisions_where(std::string_view rest) {
  return "SELECT d.uuid, d.item, d.scope, d.verdict, r.value, w.value, d.at, d.until, d.duplicate_of, " +
         decision_state("d", "?1") +
         ", d.changed, d.leaf, d.difference, d.basis FROM decision d JOIN text r ON r.id = d.rationale_text JOIN text "
         "w "
         "ON w.id = d.by_text " +
         std::string(rest);
}
}  // namespace

Result<std::vector<DecisionRow>> SqliteReader::read_decisions(Query q) {
  return all_rows<DecisionRow>(std::move(q), [this](Query& row) { return read_decision(row); });
}

Result<std::vector<DecisionRow>> SqliteReader::decisions_of(const Uuid& item) {
  static const std::string sql =
      decisions_where("WHERE d.item = ?2 OR d.item IN (SELECT old FROM redirect WHERE new = ?2) ORDER BY d.id DESC");
  TOCSIN_TRY(Query q, db_.query(sql, now_, item));
  return read_decisions(std::move(q));
}

Result<std::vector<DecisionRow>> SqliteReader::decisions(std::optional<DecisionState> state, std::size_t limit) {
  static const std::string sql =
      decisions_where("WHERE ?2 IS NULL OR " + decision_state("d", "?1") + " = ?2 ORDER BY d.id DESC LIMIT ?3");
  TOCSIN_TRY(Query q,
             db_.query(sql, now_, state ? std::optional(static_cast<int>(*state)) : std::nullopt, limit_of(limit)));
  return read_decisions(std::move(q));
}

Result<std::optional<DecisionRow>> SqliteReader::decision(const Uuid& id) {
  static const std::string sql = decisions_where("WHERE d.uuid = ?2");
  TOCSIN_TRY(Query q, db_.query(sql, now_, id));
  TOCSIN_TRY(const bool found, q.next());
  if (!found) return std::optional<DecisionRow>();
  TOCSIN_TRY(DecisionRow out, read_decision(q));
  return std::optional(std::move(out));
}

Result<std::vector<judgement::Action>> SqliteReader::read_actions(Query q) {
  return all_rows<judgement::Action>(std::move(q), [](const Query& row) -> Result<judgement::Action> {
    judgement::Action out;
    out.id = row.uuid(0);
    out.decision = row.uuid(1);
    out.item = row.uuid(2);
    out.kind = static_cast<judgement::ActionKind>(row.i64(3));
    out.what = Foreign(row.string(4));
    out.owner = row.string(5);
    out.due = row.time_or_null(6);
    out.state = row.string(7);
    out.created = row.time(8);
    return out;
  });
}

Result<std::vector<judgement::Action>> SqliteReader::actions_of(const Uuid& item) {
  TOCSIN_TRY(
      Query q,
      db_.query("SELECT a.uuid, a.decision, a.item, a.kind, w.value, o.value, a.due, a.state, a.created FROM action a "
                "JOIN text w ON w.id = a.what_text JOIN text o ON o.id = a.owner_text "
                "WHERE a.item = ?1 OR a.item IN (SELECT old FROM redirect WHERE new = ?1) ORDER BY a.due IS NULL, "
                "a.due, a.id",
                item));
  return read_actions(std::move(q));
}

Result<std::vector<judgement::Action>> SqliteReader::actions() {
  TOCSIN_TRY(
      Query q,
      db_.query(
          "SELECT a.uuid, a.decision, a.item, a.kind, w.value, o.value, a.due, a.state, a.created FROM action a "
          "JOIN text w ON w.id = a.what_text JOIN text o ON o.id = a.owner_text ORDER BY a.due IS NULL, a.due, a.id"));
  return read_actions(std::move(q));
}

Result<EstateVersion> SqliteReader::read_estate(Query& q) {
  EstateVersion out;
  out.seq = q.i64(0);
  out.digest = q.digest(1);
  out.at = q.time(2);
  TOCSIN_TRY(const Json files, own_json(q.text(3), "estate_version"));
  for (const Json& file : files.as_array()) {
    const auto parts = strings_from(file);
    if (parts.size() != 2) return fail(Code::malformed, "estate_version: a file is a path and a digest");
    TOCSIN_TRY(const Digest digest, parse_digest(parts[1]));
    out.files.push_back({parts[0], digest});
  }
  if (!q.null(4)) {
    TOCSIN_TRY(const Json difference, own_json(q.text(4), "text"));
    out.difference = strings_from(difference);
  }
  TOCSIN_TRY(const Json assets, own_json(q.text(5), "estate_version"));
  for (const Json& asset : assets.as_array()) {
    TOCSIN_TRY(estate::Asset one, estate::asset_from_json(asset));
    out.assets.push_back(std::move(one));
  }
  return out;
}

Result<std::vector<EstateVersion>> SqliteReader::estate_versions(std::size_t limit) {
  TOCSIN_TRY(Query q,
             db_.query("SELECT e.id, e.digest, e.at, e.files, t.value, e.assets FROM estate_version e JOIN text t "
                       "ON t.id = e.difference_text ORDER BY e.id DESC LIMIT ?",
                       limit_of(limit)));
  return all_rows<EstateVersion>(std::move(q), [this](Query& row) { return read_estate(row); });
}

Result<std::optional<EstateVersion>> SqliteReader::estate() {
  TOCSIN_TRY(auto versions, estate_versions(1));
  if (versions.empty()) return std::optional<EstateVersion>();
  return std::optional(std::move(versions.front()));
}

Result<std::optional<EstateVersion>> SqliteReader::estate(const Digest& digest) {
  TOCSIN_TRY(Query q,
             db_.query("SELECT e.id, e.digest, e.at, e.files, t.value, e.assets FROM estate_version e JOIN text t "
                       "ON t.id = e.difference_text WHERE e.digest = ? ORDER BY e.id DESC LIMIT 1",
                       digest));
  TOCSIN_TRY(auto versions, all_rows<EstateVersion>(std::move(q), [this](Query& row) { return read_estate(row); }));
  if (versions.empty()) return std::optional<EstateVersion>();
  return std::optional(std::move(versions.front()));
}

Result<std::optional<ConfigVersion>> SqliteReader::config(std::string_view name) {
  TOCSIN_TRY(Query q,
             db_.query("SELECT c.id, c.name, t.value, c.at FROM config_version c JOIN text t ON t.id = c.value_text "
                       "WHERE c.name = ? ORDER BY c.id DESC LIMIT 1",
                       name));
  TOCSIN_TRY(const bool found, q.next());
  if (!found) return std::optional<ConfigVersion>();
  return std::optional(ConfigVersion{q.i64(0), q.string(1), q.string(2), q.time(3)});
}

// ---- the ledger ----

ledger::Nodes SqliteReader::nodes() {
  return [this](unsigned level, std::uint64_t index) -> Result<Digest> {
    TOCSIN_TRY(Query q, level == 0 ? db_.query("SELECT leaf FROM ledger WHERE seq = ?", index)
                                   : db_.query("SELECT hash FROM tree_node WHERE level = ? AND idx = ?", level, index));
    TOCSIN_TRY(const bool found, q.next());
    if (!found) return fail(Code::malformed, fmt::format("the ledger has lost the node {} of level {}", index, level));
    return q.digest(0);
  };
}

Result<std::uint64_t> SqliteReader::ledger_size() {
  TOCSIN_TRY(const auto end, db_.value("SELECT seq + 1 FROM ledger ORDER BY seq DESC LIMIT 1"));
  return static_cast<std::uint64_t>(end.value_or(0));
}

Result<std::vector<LedgerEntry>> SqliteReader::ledger(std::uint64_t first, std::size_t limit,
                                                      const LedgerFilter& filter) {
  std::vector<std::string> values;
  const auto value = [&](const std::string& text) {
    values.push_back(text);
    return fmt::format("?{}", values.size());
  };
  std::string sql = fmt::format("SELECT seq, tx, at, kind, subject, leaf, entry FROM ledger WHERE seq >= {}", first);
  if (!filter.kind.empty()) sql += " AND kind = " + value(filter.kind);
  if (!filter.subjects.empty() || !filter.asset.empty()) {
    std::string about;
    if (!filter.subjects.empty())  // one value, however many there are: SQLite takes 32,766 of them
      about = "subject IN (SELECT value FROM json_each(" + value(strings_json(filter.subjects).dump()) + "))";
    if (!filter.asset.empty()) {
      const std::string asset = value(filter.asset);
      const auto names = [&](std::string_view list) {
        return fmt::format("EXISTS(SELECT 1 FROM json_each(entry, '$.body.{}') WHERE value = {})", list, asset);
      };
      about += fmt::format(
          "{}kind = 'status' AND json_extract(entry, '$.body.asset') = {} OR kind = 'decision' AND {} "
          "OR kind = 'estate' AND ({} OR {} OR {})",
          about.empty() ? "" : " OR ", asset, names("scope"), names("added"), names("removed"), names("changed"));
    }
    sql += " AND (" + about + ")";
  }
  sql += fmt::format(" ORDER BY seq LIMIT {}", limit_of(limit));
  TOCSIN_TRY(Query q, db_.query_once(sql));
  for (std::size_t i = 0; i < values.size(); ++i) q.bind(static_cast<int>(i) + 1, values[i]);
  return all_rows<LedgerEntry>(std::move(q), [](const Query& row) -> Result<LedgerEntry> {
    LedgerEntry out;
    out.seq = row.u64(0);
    out.tx = row.u64(1);
    out.at = row.time(2);
    out.kind = row.string(3);
    out.subject = row.string(4);
    out.leaf = row.digest(5);
    out.entry = row.string(6);
    return out;
  });
}

namespace {
Result<CheckpointRow> read_checkpoint(const Query& q) {
  return CheckpointRow{q.u64(0), q.u64(1), q.digest(2), q.time(3), q.string(4)};
}
}  // namespace

Result<CheckpointRow> SqliteReader::checkpoint() {
  TOCSIN_TRY(Query q, db_.query("SELECT tx, size, root, at, note FROM checkpoint ORDER BY tx DESC LIMIT 1"));
  TOCSIN_TRY(const bool found, q.next());
  if (!found) return fail(Code::malformed, "the store has no checkpoint");
  return read_checkpoint(q);
}

Result<std::vector<CheckpointRow>> SqliteReader::checkpoints(std::uint64_t after_tx, std::size_t limit) {
  TOCSIN_TRY(Query q, db_.query("SELECT tx, size, root, at, note FROM checkpoint WHERE tx > ? ORDER BY tx LIMIT ?",
                                after_tx, limit_of(limit)));
  return all_rows<CheckpointRow>(std::move(q), read_checkpoint);
}

Result<InclusionProof> SqliteReader::prove(std::uint64_t seq, std::uint64_t size) {
  InclusionProof out;
  out.index = seq;
  TOCSIN_TRY(const std::uint64_t all, ledger_size());
  out.size = size == 0 ? all : size;
  if (out.size > all) return fail(Code::refused, fmt::format("the ledger has {} entries, not {}", all, out.size));
  TOCSIN_TRY(out.path, ledger::inclusion_proof(seq, out.size, nodes()));
  TOCSIN_TRY(out.root, ledger::root_at(out.size, nodes()));
  TOCSIN_TRY(const auto entries, ledger(seq, 1, {}));
  if (entries.empty() || entries.front().seq != seq)
    return fail(Code::malformed, fmt::format("the ledger has lost entry {}", seq));
  out.leaf = entries.front().leaf;
  out.entry = entries.front().entry;
  return out;
}

Result<std::vector<Digest>> SqliteReader::prove_consistency(std::uint64_t older, std::uint64_t newer) {
  TOCSIN_TRY(const std::uint64_t all, ledger_size());
  const std::uint64_t to = newer == 0 ? all : newer;
  if (to > all) return fail(Code::refused, fmt::format("the ledger has {} entries, not {}", all, to));
  return ledger::consistency_proof(older, to, nodes());
}

Result<std::string> SqliteReader::list_bytes(const Digest& digest) {
  TOCSIN_TRY(Query q, db_.query("SELECT packed, bytes FROM list WHERE digest = ?", digest));
  TOCSIN_TRY(const bool found, q.next());
  if (!found) return fail(Code::unavailable, "the list " + digest.short_hex() + " is missing");
  TOCSIN_TRY(std::string bytes, unpack(q.text(1), q.i64(0) != 0));
  if (sha256(bytes) != digest) return fail(Code::malformed, "the list " + digest.short_hex() + " has another digest");
  return bytes;
}

Result<std::vector<std::string>> SqliteReader::delivered(const Digest& list) {
  std::vector<std::string> out;
  TOCSIN_TRY(const std::string index, list_bytes(list));
  if (index.size() % 32 != 0) return fail(Code::malformed, "the list " + list.short_hex() + " is no list of pieces");
  for (std::size_t at = 0; at < index.size(); at += 32) {
    Digest piece;
    std::copy_n(index.begin() + static_cast<std::ptrdiff_t>(at), 32, piece.bytes.begin());
    TOCSIN_TRY(const std::string lines, list_bytes(piece));
    for (const std::string_view line : split_lines(lines)) out.emplace_back(line);
  }
  return out;
}

Result<InclusionProof> SqliteReader::prove_delivery(RunKey run, std::string_view external_id) {
  Digest list;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT list FROM run WHERE id = ?", run));
    TOCSIN_TRY(const bool found, q.next());
    if (!found) return fail(Code::refused, fmt::format("there is no run {}", run));
    list = q.digest(0);
  }
  TOCSIN_TRY(const auto lines, delivered(list));
  std::vector<Digest> leaves;
  leaves.reserve(lines.size());
  std::optional<std::size_t> at;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    leaves.push_back(ledger::leaf_hash(lines[i]));
    if (at) continue;
    TOCSIN_TRY(const Json line, own_json(lines[i], "list"));
    if (line.size() > 2 && line.as_array()[2].as_string() == external_id) at = i;
  }
  if (!at) return fail(Code::refused, fmt::format("run {} did not deliver '{}'", run, printable(external_id)));
  InclusionProof out;
  out.index = *at;
  out.size = leaves.size();
  out.leaf = leaves[*at];
  out.entry = lines[*at];
  out.root = ledger::root_of(leaves);
  TOCSIN_TRY(out.path, ledger::inclusion_proof(*at, leaves));
  return out;
}

}  // namespace tocsin::store::sqlite
