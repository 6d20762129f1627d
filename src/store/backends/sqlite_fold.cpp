// Making items of records: what replace_items() has to find out and write.
//
// Items are replaced a connected component at a time, so it is enough to look at the items that the new members belong
// to now. An item keeps its row when its id lives on. What people must be told is only the joining and parting of items
// that existed: a new record that joins one is growth. Ids that end redirect to where the record that gave them their
// name went, so a redirect remembers that record and is worked out again whenever that place changes.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "store/backends/sqlite.hpp"

namespace tocsin::store::sqlite {

struct SqliteTransaction::OldItem {
  Uuid id;
  Digest digest;
  bool contested = false;
  std::vector<HeadKey> members;
  std::set<std::size_t> goes_to;  // positions in the new items
  bool lives = false;
};

SearchTexts search_texts(const intel::Item& item) {
  SearchTexts out;
  out.name = item.name;
  for (const intel::Id& id : item.ids) {
    if (id.value == item.name) continue;
    out.name += ' ';
    out.name += id.value;
  }
  out.title = item.title.raw();
  out.summary = item.summary.raw();
  return out;
}

Result<> SqliteTransaction::put_packages(std::int64_t row, bool known, const intel::Item& item) {
  std::vector<std::string> keys;
  for (const auto& package : item.affects.packages) keys.push_back(package_of(package.ecosystem, package.name));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (known) {
    TOCSIN_TRY(Query q, db_.query("SELECT key FROM package WHERE item = ? ORDER BY key", row));
    std::vector<std::string> old;
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      old.push_back(q.string(0));
    }
    if (old == keys) return {};
    TOCSIN_CHECK(db_.run("DELETE FROM package WHERE item = ?", row));
  }
  for (const std::string& key : keys) TOCSIN_CHECK(db_.run("INSERT INTO package(item, key) VALUES(?, ?)", row, key));
  return {};
}

Result<> SqliteTransaction::write_item(std::int64_t row, bool known, const Folded& folded, const std::string& body,
                                       const Digest& digest) {
  const intel::Item& item = folded.item;
  Time created = context_.now;
  for (const HeadKey head : folded.members) {
    TOCSIN_TRY(const auto first, db_.value("SELECT first_seen FROM head WHERE id = ?", head));
    if (!first) return fail(Code::internal, "an item has a member that is no record");
    created = std::min(created, Time{*first});
  }
  const auto kind = static_cast<int>(item.kind);
  const auto severity = static_cast<int>(item.severity);
  if (known) {
    TOCSIN_CHECK(db_.run(
        "UPDATE item SET name = ?, title = ?, kind = ?, severity = ?, published = ?, modified = ?, withdrawn = ?, "
        "contested = ?, created = ?, changed = ?, digest = ?, body = ? WHERE id = ?",
        item.name, item.title.raw(), kind, severity, item.published, item.modified, item.withdrawn, folded.contested,
        created, context_.now, digest, body, row));
    TOCSIN_CHECK(db_.run("DELETE FROM item_fts WHERE rowid = ?", row));
  } else {
    TOCSIN_CHECK(db_.run(
        "INSERT INTO item(id, uuid, name, title, kind, severity, published, modified, withdrawn, contested, created, "
        "changed, digest, body) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row, item.id, item.name, item.title.raw(), kind, severity, item.published, item.modified, item.withdrawn,
        folded.contested, created, context_.now, digest, body));
    // Not judged yet: there is always a row, so that lists need no outer join.
    TOCSIN_CHECK(db_.run(
        "INSERT INTO judgement(item, layers, score, status, affected, investigating, judged, changed, digest, facets) "
        "VALUES(?, 0, 0, NULL, 0, 0, x'', 0, x'', '{}')",
        row));
  }
  const SearchTexts texts = search_texts(item);
  TOCSIN_CHECK(db_.run("INSERT INTO item_fts(rowid, name, title, summary) VALUES(?, ?, ?, ?)", row, texts.name,
                       texts.title, texts.summary));
  return put_packages(row, known, item);
}

Result<> SqliteTransaction::remove_item(std::int64_t row, const Uuid& id) {
  std::string name;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT name FROM item WHERE id = ?", row));
    TOCSIN_TRY(const bool found, q.next());
    if (found) name = q.string(0);
  }
  std::vector<std::string> assets;
  {
    TOCSIN_TRY(Query q, db_.query("SELECT asset FROM assessment WHERE item = ? AND status = ? ORDER BY asset", row,
                                  static_cast<int>(judgement::Status::affected)));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      assets.push_back(q.string(0));
    }
  }
  for (const std::string& asset : assets)
    TOCSIN_CHECK(status_turned(id, name, asset, judgement::Status::affected, std::nullopt, Json::array()));
  TOCSIN_CHECK(db_.run("DELETE FROM assessment WHERE item = ?", row));
  TOCSIN_CHECK(db_.run("DELETE FROM class_verdict WHERE item = ?", row));
  TOCSIN_CHECK(db_.run("DELETE FROM judgement WHERE item = ?", row));
  TOCSIN_CHECK(db_.run("DELETE FROM package WHERE item = ?", row));
  TOCSIN_CHECK(db_.run("DELETE FROM item_fts WHERE rowid = ?", row));
  return db_.run("DELETE FROM item WHERE id = ?", row);
}

struct SqliteTransaction::Refolding {
  std::span<const Folded> items;
  Folding out;
  std::unordered_map<HeadKey, std::size_t> new_home;  // position in `items`
  std::unordered_map<HeadKey, std::int64_t> old_home;
  std::map<std::int64_t, OldItem> old_items;  // by row
  std::vector<bool> fresh;                    // of `items`: its id was none's before
};

// Whose members are they now, and whose will they be?
Result<> SqliteTransaction::find_homes(Refolding& work) {
  for (std::size_t i = 0; i < work.items.size(); ++i) {
    if (work.items[i].members.empty()) return fail(Code::internal, "an item without members");
    for (const HeadKey head : work.items[i].members) {
      if (!work.new_home.emplace(head, i).second) return fail(Code::internal, "a record is a member of two items");
      TOCSIN_TRY(const auto row, db_.value("SELECT item FROM member WHERE head = ?", head));
      if (!row) continue;
      work.old_home.emplace(head, *row);
      work.old_items[*row].goes_to.insert(i);
    }
  }
  for (auto& [row, old] : work.old_items) {
    {
      TOCSIN_TRY(Query q, db_.query("SELECT uuid, digest, contested FROM item WHERE id = ?", row));
      TOCSIN_TRY(const bool found, q.next());
      if (!found) return fail(Code::malformed, "a member belongs to an item that is not there");
      old.id = q.uuid(0);
      old.digest = q.digest(1);
      old.contested = q.i64(2) != 0;
    }
    TOCSIN_TRY(Query q, db_.query("SELECT head FROM member WHERE item = ? ORDER BY head", row));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      if (!work.new_home.contains(q.i64(0)))
        return fail(Code::internal, "a member of " + old.id.text() + " was left out");
      old.members.push_back(q.i64(0));
    }
  }
  return {};
}

Result<> SqliteTransaction::write_items(Refolding& work) {
  std::unordered_map<std::string, std::int64_t> old_rows;  // by id
  for (const auto& [row, old] : work.old_items) old_rows.emplace(std::string(old.id.view()), row);
  work.fresh.resize(work.items.size());
  for (std::size_t i = 0; i < work.items.size(); ++i) {
    const Folded& folded = work.items[i];
    Json json = intel::to_json(folded.item);
    json.set("layers", Json::array());  // of the judgement, not of the body
    const std::string body = json.dump();
    const Digest digest = sha256(body);
    const auto known = old_rows.find(std::string(folded.item.id.view()));
    std::int64_t row = 0;
    if (known == old_rows.end()) {
      work.fresh[i] = true;
      TOCSIN_TRY(row, next_row("SELECT max(id) FROM item", next_item_));
      TOCSIN_CHECK(write_item(row, false, folded, body, digest));
      work.out.added.push_back(folded.item.id);
    } else {
      row = known->second;
      OldItem& old = work.old_items.at(row);
      old.lives = true;
      if (old.digest == digest && old.contested == folded.contested) {
        ++work.out.unchanged;
      } else {
        TOCSIN_CHECK(write_item(row, true, folded, body, digest));
        work.out.updated.push_back(folded.item.id);
      }
    }
    for (const HeadKey head : folded.members) {
      const auto before = work.old_home.find(head);
      if (before == work.old_home.end())
        TOCSIN_CHECK(db_.run("INSERT INTO member(head, item) VALUES(?, ?)", head, row));
      else if (before->second != row)
        TOCSIN_CHECK(db_.run("UPDATE member SET item = ? WHERE head = ?", row, head));
    }
  }
  return {};
}

void SqliteTransaction::tell_merges(Refolding& work) {
  for (const Folded& folded : work.items) {
    std::set<Uuid> came_from;
    for (const HeadKey head : folded.members) {
      if (const auto before = work.old_home.find(head); before != work.old_home.end())
        came_from.insert(work.old_items.at(before->second).id);
    }
    if (came_from.size() < 2) continue;
    came_from.erase(folded.item.id);
    Folding::Merge merge{folded.item.id, {came_from.begin(), came_from.end()}};
    std::vector<std::string> from;
    for (const Uuid& id : merge.from) from.push_back(id.text());
    append("merge", merge.into.text(),
           Json::object({{"from", strings_json(from)}, {"into", merge.into.text()}, {"name", folded.item.name}}));
    work.out.merges.push_back(std::move(merge));
  }
}

void SqliteTransaction::tell_splits(Refolding& work) {
  for (const auto& [row, old] : work.old_items) {
    if (old.goes_to.size() < 2) continue;
    std::set<Uuid> into;
    for (const std::size_t i : old.goes_to) into.insert(work.items[i].item.id);
    Folding::Split split{old.id, {into.begin(), into.end()}};
    std::vector<std::string> names;
    for (const Uuid& id : split.into) names.push_back(id.text());
    append("split", split.from.text(), Json::object({{"from", split.from.text()}, {"into", strings_json(names)}}));
    work.out.splits.push_back(std::move(split));
  }
}

// Ids that ended, ids that are back, and ids that led to one whose members went elsewhere.
Result<> SqliteTransaction::turn_redirects(Refolding& work) {
  for (const auto& [row, old] : work.old_items) {
    if (old.lives) continue;
    HeadKey named_by = old.members.front();
    for (const HeadKey head : old.members) {
      TOCSIN_TRY(Query q, db_.query("SELECT source, external_id FROM head WHERE id = ?", head));
      TOCSIN_TRY(const bool found, q.next());
      if (found && intel::item_id(q.text(0), q.text(1)) == old.id) named_by = head;
    }
    TOCSIN_CHECK(remove_item(row, old.id));
    TOCSIN_CHECK(db_.run(
        "INSERT INTO redirect(old, new, head) VALUES(?1, ?2, ?3) ON CONFLICT(old) DO UPDATE SET new = ?2, head = ?3",
        old.id, work.items[work.new_home.at(named_by)].item.id, named_by));
    work.out.removed.push_back(old.id);
  }
  for (std::size_t i = 0; i < work.items.size(); ++i) {
    if (work.fresh[i]) TOCSIN_CHECK(db_.run("DELETE FROM redirect WHERE old = ?", work.items[i].item.id));
  }
  for (const auto& [row, old] : work.old_items) {
    if (old.lives && old.goes_to.size() < 2) continue;
    // Every head is a member of an item once it was folded: where it is not, the rows are not ours.
    TOCSIN_TRY(const auto lost, db_.value("SELECT head FROM redirect WHERE new = ? AND NOT EXISTS (SELECT 1 FROM "
                                          "member m JOIN item i ON i.id = m.item WHERE m.head = redirect.head)",
                                          old.id));
    if (lost)
      return fail(Code::internal, fmt::format("an old id leads to item {} by record {}, which is a member of no item; "
                                              "run `tocsin ledger verify`",
                                              old.id.text(), *lost));
    TOCSIN_CHECK(
        db_.run("UPDATE redirect SET new = (SELECT i.uuid FROM member m JOIN item i ON i.id = m.item WHERE m.head = "
                "redirect.head) "
                "WHERE new = ?",
                old.id));
  }
  return {};
}

Result<Folding> SqliteTransaction::replace_items(std::span<const Folded> items) {
  Refolding work{items, {}, {}, {}, {}, {}};
  TOCSIN_CHECK(find_homes(work));
  TOCSIN_CHECK(write_items(work));
  if (work.old_items.empty()) return std::move(work.out);
  tell_merges(work);
  tell_splits(work);
  TOCSIN_CHECK(turn_redirects(work));
  return std::move(work.out);
}

}  // namespace tocsin::store::sqlite
