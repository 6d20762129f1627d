// Writing what people and files say. Names and free text go to `text` with a salt of their own; entries and rows hold
// the hash and the row of it, so that a text can be forgotten while everything that was signed stays provable.
#include <algorithm>

#include "store/backends/sqlite.hpp"

namespace tocsin::store::sqlite {
namespace {

Json time_json(const std::optional<Time>& time) {
  return time ? Json(to_rfc3339(*time)) : Json();
}
Json uuid_json(const std::optional<Uuid>& id) {
  return id ? Json(id->text()) : Json();
}

// What texts of versions of files belong to: they are erased by this id.
Uuid config_uuid(std::string_view name) {
  return uuid_v5(tocsin_namespace(), "config\n" + std::string(name));
}
// And the reason of a prune.
Uuid prune_uuid(const Json& digests) {
  return uuid_v5(tocsin_namespace(), "prune\n" + digests.canonical());
}
const Uuid& estate_uuid() {
  static const Uuid id = uuid_v5(tocsin_namespace(), "estate");
  return id;
}

}  // namespace

Json strings_json(const std::vector<std::string>& strings) {
  Json out = Json::array();
  for (const std::string& text : strings) out.push(text);
  return out;
}

Uuid bond_uuid(const intel::Bond& bond) {
  // The list form, which copies: of two temporaries the other would keep references.
  const auto [low, high] = std::minmax({std::pair(bond.a, bond.a_source), std::pair(bond.b, bond.b_source)});
  std::string name = "bond";
  for (const auto& side : {low, high}) name += "\n" + side.first.scheme + "\n" + side.first.value + "\n" + side.second;
  return uuid_v5(tocsin_namespace(), name);
}

Result<> SqliteTransaction::put_decision(const judgement::Decision& decision) {
  if (decision.rationale.empty()) return fail(Code::refused, "a decision needs a rationale");
  if (decision.by.empty()) return fail(Code::refused, "a decision needs a person or a rule that it is by");
  TOCSIN_TRY(const auto item, db_.value("SELECT 1 FROM item WHERE uuid = ?", decision.item));
  if (!item) return fail(Code::refused, "there is no item " + decision.item.text());
  TOCSIN_TRY(const auto taken, db_.value("SELECT 1 FROM decision WHERE uuid = ?", decision.id));
  if (taken) return fail(Code::conflict, "there is a decision " + decision.id.text() + " already");
  std::vector<std::string> scope = decision.scope;
  std::sort(scope.begin(), scope.end());

  // What it takes the place of.
  std::vector<Uuid> superseded;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT uuid, scope FROM decision WHERE item = ? AND state <> ? ORDER BY id",
                                  decision.item, static_cast<int>(DecisionState::superseded)));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      TOCSIN_TRY(const Json old, parse_json(q.text(1)));
      const auto old_scope = strings_from(old);
      const bool inside = scope.empty() || (!old_scope.empty() && std::includes(scope.begin(), scope.end(),
                                                                                old_scope.begin(), old_scope.end()));
      if (inside) superseded.push_back(q.uuid(0));
    }
  }
  Json ended = Json::array();
  for (const Uuid& id : superseded) {
    ended.push(id.text());
    TOCSIN_CHECK(db_.run("UPDATE decision SET state = ?, changed = ? WHERE uuid = ?",
                         static_cast<int>(DecisionState::superseded), context_.now, id));
  }

  TOCSIN_TRY(const Text rationale, put_text(decision.id, decision.rationale.raw()));
  TOCSIN_TRY(const Text by, put_text(decision.id, decision.by));
  const Json basis = judgement::to_json(decision.basis);
  const std::uint64_t leaf = append("decision", decision.item.text(),
                                    Json::object({{"basis", basis},
                                                  {"by", by.hash.hex()},
                                                  {"at", to_rfc3339(decision.at)},
                                                  {"decision", decision.id.text()},
                                                  {"duplicate_of", uuid_json(decision.duplicate_of)},
                                                  {"item", decision.item.text()},
                                                  {"rationale", rationale.hash.hex()},
                                                  {"scope", strings_json(scope)},
                                                  {"supersedes", std::move(ended)},
                                                  {"until", time_json(decision.until)},
                                                  {"verdict", judgement::to_string(decision.verdict)}}));
  return db_.run(
      "INSERT INTO decision(uuid, item, scope, verdict, rationale_text, by_text, at, until, duplicate_of, state, "
      "changed, leaf, "
      "difference, basis) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, '[]', ?)",
      decision.id, decision.item, strings_json(scope).canonical(), static_cast<int>(decision.verdict), rationale.row,
      by.row, decision.at, decision.until, decision.duplicate_of, static_cast<int>(DecisionState::in_force), leaf,
      basis.canonical());
}

Result<> SqliteTransaction::put_decision_state(const Uuid& decision, DecisionState state,
                                               const std::vector<std::string>& difference, std::string_view kind,
                                               Json body) {
  Uuid item;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT item, state FROM decision WHERE uuid = ?", decision));
    TOCSIN_TRY(const bool found, q.next());
    if (!found) return fail(Code::refused, "there is no decision " + decision.text());
    if (q.i64(1) == static_cast<int>(DecisionState::superseded))
      return fail(Code::refused, "the decision " + decision.text() + " was superseded by a later one");
    if (q.i64(1) == static_cast<int>(state)) return {};
    item = q.uuid(0);
  }
  body.set("decision", decision.text());
  append(kind, item.text(), std::move(body));
  return db_.run("UPDATE decision SET state = ?, difference = ?, changed = ? WHERE uuid = ?", static_cast<int>(state),
                 strings_json(difference).canonical(), context_.now, decision);
}

Result<> SqliteTransaction::reopen_decision(const Uuid& decision, const std::vector<std::string>& difference) {
  return put_decision_state(decision, DecisionState::reopened, difference, "reopen",
                            Json::object({{"difference", strings_json(difference)}}));
}

Result<> SqliteTransaction::restore_decision(const Uuid& decision) {
  return put_decision_state(decision, DecisionState::in_force, {}, "restore", Json::object());
}

Result<> SqliteTransaction::put_action(const judgement::Action& action) {
  TOCSIN_TRY(const Text what, put_text(action.id, action.what.raw()));
  TOCSIN_TRY(const Text owner, put_text(action.id, action.owner));
  const std::uint64_t leaf = append("action", action.item.text(),
                                    Json::object({{"action", action.id.text()},
                                                  {"created", to_rfc3339(action.created)},
                                                  {"decision", action.decision.text()},
                                                  {"due", time_json(action.due)},
                                                  {"item", action.item.text()},
                                                  {"kind", judgement::to_string(action.kind)},
                                                  {"owner", owner.hash.hex()},
                                                  {"state", action.state},
                                                  {"what", what.hash.hex()}}));
  return db_.run(
      "INSERT INTO action(uuid, decision, item, kind, what_text, owner_text, due, state, created, leaf) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT(uuid) DO UPDATE SET decision = ?2, item = ?3, kind "
      "= ?4, "
      "what_text = ?5, owner_text = ?6, due = ?7, state = ?8, created = ?9, leaf = ?10",
      action.id, action.decision, action.item, static_cast<int>(action.kind), what.row, owner.row, action.due,
      action.state, action.created, leaf);
}

Result<> SqliteTransaction::put_bond(const intel::Bond& bond, std::string_view by, const Foreign& reason) {
  if (bond.a == bond.b && bond.a_source == bond.b_source)
    return fail(Code::refused, "an id is always the same thing as itself");
  if (by.empty()) return fail(Code::refused, "a merge or split by hand needs a person that it is by");
  if (reason.empty()) return fail(Code::refused, "a merge or split by hand needs a reason");
  const Uuid id = bond_uuid(bond);
  TOCSIN_TRY(const Text who, put_text(id, by));
  TOCSIN_TRY(const Text why, put_text(id, reason.raw()));
  append("bond", id.text(),
         Json::object({{"a", strings_json({bond.a.scheme, bond.a.value})},
                       {"a_source", bond.a_source},
                       {"b", strings_json({bond.b.scheme, bond.b.value})},
                       {"b_source", bond.b_source},
                       {"by", who.hash.hex()},
                       {"join", bond.join},
                       {"reason", why.hash.hex()}}));
  return db_.run(
      "INSERT INTO bond(uuid, a_scheme, a_value, b_scheme, b_value, a_source, b_source, joined, by_text, reason_text, "
      "at) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(uuid) DO UPDATE SET a_scheme = ?2, a_value = "
      "?3, b_scheme = ?4, "
      "b_value = ?5, a_source = ?6, b_source = ?7, joined = ?8, by_text = ?9, reason_text = ?10, at = ?11",
      id, bond.a.scheme, bond.a.value, bond.b.scheme, bond.b.value, bond.a_source, bond.b_source, bond.join, who.row,
      why.row, context_.now);
}

Result<bool> SqliteTransaction::put_estate(const estate::Estate& estate, const estate::Difference& difference) {
  Json files = Json::array();
  for (const auto& file : estate.files) files.push(strings_json({file.path, file.digest.hex()}));
  {
    TOCSIN_TRY(Query q, db_.query("SELECT digest, files FROM estate_version ORDER BY id DESC LIMIT 1"));
    TOCSIN_TRY(const bool found, q.next());
    if (found && q.digest(0) == estate.digest && q.text(1) == files.canonical()) return false;
  }
  Json assets = Json::array();
  for (const estate::Asset& asset : estate.assets) assets.push(estate::to_json(asset));
  TOCSIN_TRY(const Text lines, put_text(estate_uuid(), strings_json(difference.lines).canonical()));
  const std::uint64_t leaf = append("estate", "",
                                    Json::object({{"added", strings_json(difference.added)},
                                                  {"assets", estate.assets.size()},
                                                  {"changed", strings_json(difference.changed)},
                                                  {"difference", lines.hash.hex()},
                                                  {"digest", estate.digest.hex()},
                                                  {"files", files},
                                                  {"removed", strings_json(difference.removed)}}));
  TOCSIN_CHECK(
      db_.run("INSERT INTO estate_version(digest, at, leaf, files, difference_text, assets) VALUES(?, ?, ?, ?, ?, ?)",
              estate.digest, context_.now, leaf, files.canonical(), lines.row, assets.dump()));
  return true;
}

Result<bool> SqliteTransaction::put_config(std::string_view name, std::string_view text) {
  {
    TOCSIN_TRY(Query q,
               db_.query("SELECT t.value FROM config_version c JOIN text t ON t.id = c.value_text WHERE c.name = ? "
                         "ORDER BY c.id DESC LIMIT 1",
                         name));
    TOCSIN_TRY(const bool found, q.next());
    if (found && !q.null(0) && q.text(0) == text) return false;
  }
  TOCSIN_TRY(const Text value, put_text(config_uuid(name), text));
  // Only the salted hash, in the row as well: a few lines of settings are quickly guessed, and an erased text is not to
  // be.
  const std::uint64_t leaf = append("config", name, Json::object({{"name", name}, {"text", value.hash.hex()}}));
  TOCSIN_CHECK(db_.run("INSERT INTO config_version(name, digest, at, leaf, value_text) VALUES(?, ?, ?, ?, ?)", name,
                       value.hash, context_.now, leaf, value.row));
  return true;
}

Result<> SqliteTransaction::put_source(std::string_view source, std::string_view change, const Json& what) {
  append("source", source, Json::object({{"change", change}, {"source", source}, {"what", what}}));
  return db_.run(
      "INSERT INTO source(source, what, changed) VALUES(?1, ?2, ?3) ON CONFLICT(source) DO UPDATE SET what = ?2, "
      "changed = ?3",
      source, what.canonical(), context_.now);
}

Result<std::uint64_t> SqliteTransaction::erase_text(const Uuid& of, std::string_view by, std::string_view reason) {
  Json hashes = Json::array();
  {
    TOCSIN_TRY(Query q, db_.query("SELECT hash FROM text WHERE owner = ? AND erased = 0 ORDER BY id", of));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      hashes.push(to_hex(q.text(0)));
    }
  }
  const std::uint64_t n = hashes.size();
  if (n == 0) return n;
  TOCSIN_CHECK(db_.run("UPDATE text SET erased = 1, salt = NULL, value = NULL WHERE owner = ?", of));
  erased_ = true;
  // Who erased and why are texts of their own, kept with the erasure.
  const Uuid own = uuid_v5(tocsin_namespace(), "erasure\n" + of.text());
  TOCSIN_TRY(const Text who, put_text(own, by));
  TOCSIN_TRY(const Text why, put_text(own, reason));
  append("erase", of.text(),
         Json::object({{"by", who.hash.hex()}, {"hashes", std::move(hashes)}, {"reason", why.hash.hex()}}));
  return n;
}

Result<> SqliteTransaction::prune_snapshots(std::span<const Digest> digests, std::string_view reason) {
  Json pruned = Json::array();
  for (const Digest& digest : digests) {
    TOCSIN_TRY(const auto kept, db_.value("SELECT 1 FROM snapshot WHERE digest = ? AND pruned IS NULL", digest));
    if (!kept) continue;
    TOCSIN_CHECK(db_.run("UPDATE snapshot SET pruned = ? WHERE digest = ?", context_.now, digest));
    pruned.push(digest.hex());
  }
  if (pruned.size() == 0) return {};
  const Uuid own = prune_uuid(pruned);
  TOCSIN_TRY(const Text why, put_text(own, reason));
  append("prune", own.text(), Json::object({{"reason", why.hash.hex()}, {"snapshots", std::move(pruned)}}));
  return {};
}

}  // namespace tocsin::store::sqlite
