#include "prove/ledger.hpp"

#include <algorithm>
#include <set>

#include "base/foreign.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "intel/ids.hpp"

namespace tocsin::prove {

Result<store::LedgerFilter> ledger_about(store::Reader& reader, std::string_view name) {
  store::LedgerFilter filter;
  filter.asset = name;
  std::set<std::string> subjects{std::string(name)};
  TOCSIN_TRY(const std::vector<Uuid> items, reader.find(name));
  for (const Uuid& id : items) {
    subjects.insert(id.text());
    // An item's id is made of its first record: what merged into it went by the ids of its other records.
    TOCSIN_TRY(const auto records, reader.records_of(id));
    std::set<intel::Id> ids;
    for (const store::RecordRow& row : records) {
      subjects.insert(intel::item_id(row.record.source, row.record.external_id).text());
      ids.insert(row.record.ids.begin(), row.record.ids.end());
    }
    TOCSIN_TRY(const auto bonds, reader.bonds());
    for (const store::BondRow& row : bonds)
      if (ids.contains(row.bond.a) || ids.contains(row.bond.b)) subjects.insert(row.id.text());
  }
  filter.subjects.assign(subjects.begin(), subjects.end());
  TOCSIN_TRY(const auto first, reader.ledger(0, 1, filter));
  if (first.empty() && items.empty())
    return fail(Code::unavailable, "no entry is about '" + printable(name, 100) +
                                       "': it is no id of an item, no asset, no source and no uuid that stands there");
  return filter;
}

Result<std::vector<store::LedgerEntry>> ledger_entries(store::Reader& reader, const store::LedgerFilter& filter,
                                                       std::optional<std::uint64_t> from, std::size_t limit) {
  if (from) return reader.ledger(*from, limit, filter);
  TOCSIN_TRY(const std::uint64_t size, reader.ledger_size());
  // Back from the end in windows that grow, so that the last ones of a long ledger cost no walk over all of it.
  std::uint64_t window = limit;
  while (true) {
    const std::uint64_t first = size > window ? size - window : 0;
    TOCSIN_TRY(auto entries, reader.ledger(first, SIZE_MAX, filter));
    if (entries.size() >= limit || first == 0) {
      if (entries.size() > limit) entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(limit));
      return entries;
    }
    window *= 16;
  }
}

Result<std::string> subject_name(store::Reader& reader, const store::LedgerEntry& entry) {
  const auto id = parse_uuid(entry.subject);
  if (!id) return entry.subject;
  TOCSIN_TRY(const auto row, reader.item(*id));
  return row ? row->name : entry.subject;
}

std::string entry_words(const store::LedgerEntry& entry) {
  const auto parsed = parse_json(entry.entry);
  if (!parsed) return "";
  const Json& body = (*parsed)["body"];
  const auto text = [&](const char* key) { return std::string(body[key].as_string()); };
  const auto number = [](const Json& value) { return std::to_string(value.as_uint().value_or(0)); };
  if (entry.kind == "status") {
    const bool still = body["to"].is_string();
    return text("asset") + ": " + (still ? replace_all(text("to"), "_", " ") : "no longer " + text("from"));
  }
  if (entry.kind == "run")
    return text("outcome") + ", " + number(body["counts"]["added"]) + " new, " + number(body["counts"]["changed"]) +
           " changed";
  if (entry.kind == "decision") {
    std::string scope;
    for (const Json& asset : body["scope"].as_array())
      scope += (scope.empty() ? " for " : ", ") + std::string(asset.as_string());
    return text("verdict") + scope;
  }
  if (entry.kind == "action") return text("kind") + ", " + text("state");
  if (entry.kind == "bond") return body["join"].as_bool().value_or(false) ? "one thing" : "two things";
  if (entry.kind == "assessment") return number(body["judged"]) + " judged, " + number(body["changed"]) + " changed";
  if (entry.kind == "estate") return number(body["assets"]) + (body["assets"].as_uint() == 1u ? " asset" : " assets");
  if (entry.kind == "source") return text("change");
  return "";
}

}  // namespace tocsin::prove
