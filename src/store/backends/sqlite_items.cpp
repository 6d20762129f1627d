// Reading items: lists with filters, names, search.
//
// Lists walk the index of scores and look the rest up for the rows they give; a page ends at a key (score, row), never
// at an offset. Every item has a judgement row from the beginning, so that no list needs an outer join.
//
// Search takes apart what a person typed at blanks. A part that has letters or digits is a phrase for FTS5, quoted, so
// that none of its bytes is syntax; parts of letters also match as a beginning ("jailbreak" finds "jailbreaks"). What
// FTS5 cannot see (the ++ of "C++", an emoji) is looked for as it stands. Text that names an item by its id gives that
// item first.
#include <utf8proc.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "store/backends/sqlite.hpp"

namespace tocsin::store::sqlite {
namespace {

using judgement::Status;

constexpr std::size_t kMaxSearchBytes = 1024;  // what a person types or pastes; the rest is not looked at
constexpr std::size_t kMaxSearchParts = 16;
constexpr std::size_t kMaxFilterHits = 100'000;  // of a text filter; a list of ids of 700 KB in the statement

// Columns of read_item(); `body` only where it is asked for.
constexpr std::string_view kItemColumns =
    "i.id, i.uuid, i.name, i.title, i.kind, i.severity, i.published, i.modified, i.withdrawn, i.contested, i.created, "
    "i.changed, "
    "j.layers, j.score, j.status, j.affected, j.investigating, j.changed, j.judged = i.digest, length(j.judged), "
    "j.facets";

bool is_word_character(char32_t code) {
  if (code < 0x80) return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_CO:
      return true;
    default:
      return false;
  }
}

// Marks around words in running text; other symbols at the edge of a part belong to it ("C++", "C#", ".NET").
bool is_punctuation(char c) {
  return std::string_view("\"'`,;:!?()[]{}<>").find(c) != std::string_view::npos;
}

struct SearchPlan {
  std::string match;                 // an FTS5 expression; "" when no part has a word
  std::vector<std::string> literal;  // must stand in the text, in any case
  std::vector<std::string> parts;    // all of them, as literals, for the last resort
};

SearchPlan plan_search(std::string_view text) {
  SearchPlan plan;
  std::string clean = cut_utf8(to_utf8_lossy(text.substr(0, kMaxSearchBytes)), kMaxSearchBytes);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  for (std::string_view part : split(clean, ' ')) {
    while (!part.empty() && is_punctuation(part.front())) part.remove_prefix(1);
    while (!part.empty() && (is_punctuation(part.back()) || (part.size() > 1 && part.back() == '.')))
      part.remove_suffix(1);
    if (part.empty() || part == "\xef\xbf\xbd") continue;
    if (plan.parts.size() == kMaxSearchParts) break;
    plan.parts.emplace_back(part);
    bool any_word = false;
    bool all_letters = true;
    bool first_is_word = false;
    bool last_is_word = false;
    for (std::size_t at = 0; at < part.size();) {
      const Character c = utf8_at(part, at);
      last_is_word = c.valid && is_word_character(c.code);
      if (at == 0) first_is_word = last_is_word;
      any_word = any_word || last_is_word;
      all_letters = all_letters && last_is_word && !(c.code >= '0' && c.code <= '9');
      at += c.size;
    }
    if (any_word) {
      if (!plan.match.empty()) plan.match += " AND ";
      plan.match += '"' + replace_all(part, "\"", "\"\"") + '"';
      constexpr std::size_t kShortestBeginning = 4;
      if (all_letters && part.size() >= kShortestBeginning) plan.match += '*';
    }
    if (!any_word || !first_is_word || !last_is_word) plan.literal.emplace_back(part);
  }
  return plan;
}

// A pattern for LIKE ... ESCAPE '\' that finds `text` anywhere.
std::string like_pattern(std::string_view text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + '%';
}

struct Cursor {
  std::int64_t score = 0;
  std::int64_t row = 0;
};
Result<Cursor> parse_cursor(std::string_view text) {
  Cursor out;
  const auto colon = text.find(':');
  const auto number = [](std::string_view digits, std::int64_t& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size();
  };
  if (colon == std::string_view::npos || !number(text.substr(0, colon), out.score) ||
      !number(text.substr(colon + 1), out.row))
    return fail(Code::refused, "a page is continued with the 'next' of the page before");
  return out;
}

}  // namespace

// Values stand as numbers in the SQL where they are numbers, and are bound where they are text.
struct SqliteReader::Where {
  std::string sql;  // "" or " AND …"
  std::vector<std::string> values;
  void bind(Query& q) const {
    for (std::size_t i = 0; i < values.size(); ++i) q.bind(static_cast<int>(i) + 1, values[i]);
  }
  std::string value(std::string text) {
    values.push_back(std::move(text));
    return fmt::format("?{}", values.size());
  }
};

namespace {
constexpr int kInForce = static_cast<int>(DecisionState::in_force);
constexpr int kReopened = static_cast<int>(DecisionState::reopened);
constexpr int kSuperseded = static_cast<int>(DecisionState::superseded);
constexpr int kExpired = static_cast<int>(DecisionState::expired);
}  // namespace

std::string decision_state(std::string_view d, std::string_view now) {
  return fmt::format("CASE WHEN {0}.state = {1} AND {0}.until <= {2} THEN {3} ELSE {0}.state END", d, kInForce, now,
                     kExpired);
}

std::string SqliteReader::waits() const {
  static_assert(static_cast<int>(Status::affected) == 0 && static_cast<int>(Status::under_investigation) == 1);
  return fmt::format(
      "i.withdrawn IS NULL AND a.status IN (0, 1) AND NOT EXISTS(SELECT 1 FROM decision d WHERE d.item = i.uuid AND "
      "{} = {} AND (d.scope = '[]' OR EXISTS(SELECT 1 FROM json_each(d.scope) s WHERE s.value = a.asset)))",
      decision_state("d", std::to_string(now_.us)), kInForce);
}

// Who decided on a part of its scope since it re-opened has seen it.
std::string SqliteReader::waits_again() const {
  return fmt::format(
      "d.state = {} AND NOT EXISTS(SELECT 1 FROM decision e WHERE e.item = d.item AND e.at >= d.changed AND {} = {} "
      "AND "
      "(d.scope = '[]' OR e.scope = '[]' OR EXISTS(SELECT 1 FROM json_each(d.scope) s JOIN json_each(e.scope) t ON "
      "s.value = t.value)))",
      kReopened, decision_state("e", std::to_string(now_.us)), kInForce);
}

Result<SqliteReader::Where> SqliteReader::where(const ItemFilter& filter) {
  Where out;
  const bool open = filter.decision == "open";
  if (filter.kind) out.sql += fmt::format(" AND i.kind = {}", static_cast<int>(*filter.kind));
  if (filter.layer) out.sql += fmt::format(" AND (j.layers & {}) <> 0", intel::Layers(*filter.layer).bits());
  if (filter.cannot_tell) out.sql += " AND j.status IS NULL AND length(j.judged) > 0";
  if (!filter.withdrawn) out.sql += " AND i.withdrawn IS NULL";
  if (filter.since) out.sql += fmt::format(" AND coalesce(i.modified, i.published) >= {}", filter.since->us);
  if (!filter.source.empty())
    out.sql += fmt::format(
        " AND EXISTS(SELECT 1 FROM member m JOIN head h ON h.id = m.head WHERE m.item = i.id AND h.source = {})",
        out.value(filter.source));
  if (open) {
    const std::string asset = filter.asset.empty() ? "" : out.value(filter.asset);
    std::string first = "j.status IN (0, 1) AND EXISTS(SELECT 1 FROM assessment a WHERE a.item = i.id AND " + waits();
    if (filter.status) first += fmt::format(" AND a.status = {}", static_cast<int>(*filter.status));
    if (!asset.empty()) first += " AND a.asset = " + asset;
    first += ")";

    std::string again = "EXISTS(SELECT 1 FROM decision d WHERE d.item = i.uuid AND " + waits_again();
    if (!asset.empty())
      again += " AND (d.scope = '[]' OR EXISTS(SELECT 1 FROM json_each(d.scope) s WHERE s.value = " + asset + "))";
    again += ")";
    if (filter.status == Status::not_affected)  // an asset without a row is not affected
      again += asset.empty() ? fmt::format(" AND j.status = {}", static_cast<int>(Status::not_affected))
                             : fmt::format(
                                   " AND NOT EXISTS(SELECT 1 FROM assessment a WHERE a.item = i.id AND a.asset "
                                   "= {} AND a.status <> {})",
                                   asset, static_cast<int>(Status::not_affected));
    else if (filter.status)
      again += fmt::format(" AND EXISTS(SELECT 1 FROM assessment a WHERE a.item = i.id AND a.status = {}{})",
                           static_cast<int>(*filter.status), asset.empty() ? "" : " AND a.asset = " + asset);

    // The walk is over scores; without what its index can tell first it would look at every item and its assessments.
    const std::string reopened = fmt::format(
        "j.item IN (SELECT di.id FROM decision dd JOIN item di ON di.uuid = dd.item WHERE dd.state = {})", kReopened);
    if (!filter.waits)
      out.sql += fmt::format(" AND (j.status IN (0, 1) OR {0}) AND ({1} OR {0} AND {2})", reopened, first, again);
    else if (*filter.waits)
      out.sql += " AND " + first;
    else
      out.sql += fmt::format(" AND {} AND {} AND NOT ({})", reopened, again, first);
  } else if (filter.status == Status::not_affected && filter.asset.empty()) {
    out.sql += fmt::format(" AND j.status = {}", static_cast<int>(Status::not_affected));
  } else if (filter.status == Status::not_affected) {
    // An asset without a row is not affected, unless nobody can tell of its class.
    const std::string row =
        "EXISTS(SELECT 1 FROM assessment a WHERE a.item = i.id AND a.asset = " + out.value(filter.asset);
    const auto listed = [&](const std::vector<std::string>& values) {
      std::string list;
      for (const std::string& value : values) list += (list.empty() ? "" : ", ") + out.value(value);
      return list;
    };
    std::string untold;
    if (!filter.untold.assets.empty() && !filter.untold.codes.empty()) {
      const std::string assets = listed(filter.untold.assets), codes = listed(filter.untold.codes);
      untold = fmt::format(
          " AND NOT EXISTS(SELECT 1 FROM class_verdict c WHERE c.item = i.id AND c.assets IN ({}) AND c.code IN ({}))",
          assets, codes);
    }
    out.sql += fmt::format(" AND length(j.judged) > 0 AND ({0} AND a.status = {1}) OR (NOT {0}){2}))", row,
                           static_cast<int>(Status::not_affected), untold);
  } else if (filter.status || !filter.asset.empty()) {
    std::string what;
    if (filter.status) what += fmt::format(" AND a.status = {}", static_cast<int>(*filter.status));
    if (!filter.asset.empty()) what += fmt::format(" AND a.asset = {}", out.value(filter.asset));
    if (filter.status == Status::affected)
      out.sql += " AND j.affected > 0";
    else if (filter.status == Status::under_investigation)
      out.sql += " AND j.investigating > 0";
    if (!filter.asset.empty() || filter.status == Status::fixed)
      out.sql += fmt::format(" AND EXISTS(SELECT 1 FROM assessment a WHERE a.item = i.id{})", what);
  }
  if (!filter.decision.empty() && !open) {
    const std::string state = decision_state("d", std::to_string(now_.us));
    const auto exists = [](std::string_view more) {
      return fmt::format("EXISTS(SELECT 1 FROM decision d WHERE d.item = i.uuid{})", more);
    };
    if (filter.decision == "none") {
      out.sql += " AND NOT " + exists(fmt::format(" AND d.state <> {}", kSuperseded));
    } else if (filter.decision == "reopened") {
      out.sql += " AND " + exists(fmt::format(" AND d.state = {}", kReopened));
    } else if (filter.decision == "expired") {
      out.sql += " AND " + exists(fmt::format(" AND {} = {}", state, kExpired));
    } else {
      const auto verdict = judgement::parse_verdict(filter.decision);
      if (!verdict)
        return fail(Code::refused,
                    "no decision is called '" + printable(filter.decision) +
                        "': none, open, reopened, expired, act, watch, inform, not_relevant, duplicate, defer");
      out.sql +=
          " AND " + exists(fmt::format(" AND {} = {} AND d.verdict = {}", state, kInForce, static_cast<int>(*verdict)));
    }
  }
  if (!filter.text.empty()) {
    TOCSIN_TRY(const auto rows, search_rows(filter.text, kMaxFilterHits));
    out.sql += fmt::format(" AND i.id IN ({})", fmt::join(rows, ","));
  }
  return out;
}

Result<ItemRow> SqliteReader::read_item(Query& q, const ItemQuery& query) {
  ItemRow out;
  out.id = q.uuid(1);
  out.name = q.string(2);
  out.title = Foreign(q.string(3));
  out.kind = static_cast<intel::Kind>(q.i64(4));
  out.severity = static_cast<intel::Severity>(q.i64(5));
  out.published = q.time_or_null(6);
  out.modified = q.time_or_null(7);
  out.withdrawn = q.time_or_null(8);
  out.contested = q.i64(9) != 0;
  out.created = q.time(10);
  out.changed = q.time(11);
  if (q.i64(19) != 0) {
    Judged& judged = out.judged.emplace();
    judged.layers = intel::Layers::from_bits(static_cast<std::uint8_t>(q.i64(12)));
    judged.score = static_cast<int>(q.i64(13));
    if (!q.null(14)) judged.status = static_cast<Status>(q.i64(14));
    if (q.text(20) != "{}") {
      TOCSIN_TRY(judged.facets, parse_json(q.text(20)));
    }
    out.judged_at = q.time(17);
    out.stale = q.i64(18) == 0;
  }
  out.affected = static_cast<std::uint32_t>(q.i64(15));
  out.investigating = static_cast<std::uint32_t>(q.i64(16));
  if (query.with_item) {
    TOCSIN_TRY(const Json body, parse_json(q.text(21)));
    TOCSIN_TRY(out.item, intel::item_from_json(body));
    if (out.judged) out.item->layers = out.judged->layers;
  }
  return out;
}

Result<> SqliteReader::fill(ItemRow& row, const ItemQuery& query) {
  {
    // What has expired last, then of scope all first, then the latest.
    static const std::string sql = fmt::format(
        "SELECT uuid, verdict, now FROM (SELECT d.uuid, d.verdict, {} AS now, d.scope, d.id FROM decision d "
        "WHERE d.item = ?1) WHERE now <> {} ORDER BY now = {}, scope <> '[]', id DESC LIMIT 1",
        decision_state("d", "?2"), kSuperseded, kExpired);
    TOCSIN_TRY(Query q, db_.query(sql, row.id, now_));
    TOCSIN_TRY(const bool found, q.next());
    if (found) {
      row.decision = q.uuid(0);
      row.verdict = static_cast<judgement::Verdict>(q.i64(1));
      row.decision_state = static_cast<DecisionState>(q.i64(2));
    }
  }
  if (query.with_assessments) {
    TOCSIN_TRY(row.assessments, assessments_of(row.id));
    TOCSIN_TRY(
        Query q,
        db_.query(
            "SELECT c.assets, c.code, c.detail FROM item i JOIN class_verdict c ON c.item = i.id WHERE i.uuid = ? "
            "ORDER BY c.assets, c.code, c.detail",
            row.id));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      row.classes.push_back({q.string(0), q.string(1), q.string(2)});
    }
  }
  if (query.with_decisions) {
    TOCSIN_TRY(row.decisions, decisions_of(row.id));
  }
  return {};
}

Result<> SqliteReader::walk_items(const ItemQuery& query, std::size_t limit,
                                  const std::function<Result<bool>(ItemRow&)>& each, std::string* next) {
  TOCSIN_TRY(Where filter, where(query.filter));
  if (!query.after.empty()) {
    TOCSIN_TRY(const Cursor after, parse_cursor(query.after));
    filter.sql += query.order == Order::score
                      ? fmt::format(" AND j.score <= {0} AND (j.score < {0} OR j.item > {1})", after.score, after.row)
                      : fmt::format(" AND i.id > {}", after.row);
  }
  const std::string columns = std::string(kItemColumns) + (query.with_item ? ", i.body" : "");
  // CROSS JOIN keeps the order of the loops: the index of scores outside, or the items in order.
  const std::string sql =
      query.order == Order::score
          ? fmt::format(
                "SELECT {} FROM judgement j CROSS JOIN item i ON i.id = j.item WHERE 1{} ORDER BY j.score DESC, j.item",
                columns, filter.sql)
          : fmt::format("SELECT {} FROM item i CROSS JOIN judgement j ON j.item = i.id WHERE 1{} ORDER BY i.id",
                        columns, filter.sql);
  TOCSIN_TRY(Query q, db_.query_once(sql));
  filter.bind(q);
  std::string last;
  for (std::size_t n = 0;; ++n) {
    TOCSIN_TRY(const bool more, q.next());
    if (!more) return {};
    if (n == limit) {
      if (next) *next = last;
      return {};
    }
    TOCSIN_TRY(ItemRow row, read_item(q, query));
    if (n + 1 == limit) last = fmt::format("{}:{}", q.i64(13), q.i64(0));
    TOCSIN_CHECK(fill(row, query));
    TOCSIN_TRY(const bool go_on, each(row));
    if (!go_on) return {};
  }
}

Result<ItemPage> SqliteReader::items(const ItemQuery& query) {
  ItemPage out;
  TOCSIN_CHECK(walk_items(
      query, query.limit,
      [&](ItemRow& row) -> Result<bool> {
        out.rows.push_back(std::move(row));
        return true;
      },
      &out.next));
  return out;
}

Result<> SqliteReader::each_item(const ItemQuery& query, const std::function<Result<>(ItemRow&)>& each) {
  ItemQuery all = query;
  all.order = Order::arrival;
  return walk_items(
      all, SIZE_MAX,
      [&](ItemRow& row) -> Result<bool> {
        TOCSIN_CHECK(each(row));
        return true;
      },
      nullptr);
}

Result<std::uint64_t> SqliteReader::count_items(const ItemFilter& filter) {
  TOCSIN_TRY(const Where which, where(filter));
  TOCSIN_TRY(Query q,
             db_.query_once("SELECT count(*) FROM item i CROSS JOIN judgement j ON j.item = i.id WHERE 1" + which.sql));
  which.bind(q);
  TOCSIN_CHECK(q.next());
  return q.u64(0);
}

Result<std::optional<Uuid>> SqliteReader::resolve(const Uuid& id) {
  TOCSIN_TRY(const auto here, db_.value("SELECT 1 FROM item WHERE uuid = ?", id));
  if (here) return std::optional(id);
  TOCSIN_TRY(Query q, db_.query("SELECT new FROM redirect WHERE old = ?", id));
  TOCSIN_TRY(const bool found, q.next());
  if (!found) return std::optional<Uuid>();
  return std::optional(q.uuid(0));
}

Result<std::vector<Uuid>> SqliteReader::find(std::string_view name) {
  constexpr std::size_t kMostAnswers = 50;  // of an ambiguous beginning: more is no help to a person
  std::vector<Uuid> out;
  const std::string text = to_utf8_lossy(trim(name));
  if (text.empty()) return out;
  const auto add = [&](const Uuid& id) {
    if (out.size() < kMostAnswers && std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  };
  const auto add_all = [&](Query q) -> Result<> {
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      add(q.uuid(0));
    }
  };
  // An item whose own name it is comes before those that only mention it.
  if (const auto id = intel::recognise(text)) {
    TOCSIN_TRY(Query q,
               db_.query("SELECT i.uuid FROM identity d JOIN member m ON m.head = d.head JOIN item i ON i.id = m.item "
                         "WHERE d.value = ?1 AND d.scheme = ?2 GROUP BY i.id ORDER BY i.name <> ?1, i.id",
                         id->value, id->scheme));
    TOCSIN_CHECK(add_all(std::move(q)));
  }
  TOCSIN_TRY(Query exact,
             db_.query("SELECT i.uuid FROM identity d JOIN member m ON m.head = d.head JOIN item i ON i.id = m.item "
                       "WHERE d.value = ?1 GROUP BY i.id ORDER BY i.name <> ?1, i.id",
                       text));
  TOCSIN_CHECK(add_all(std::move(exact)));
  if (const auto id = parse_uuid(to_lower(text))) {
    TOCSIN_TRY(const auto live, resolve(*id));
    if (live) add(*live);
  }
  if (!out.empty()) return out;
  // The beginning of an id: bytes between it filled up with 0 and with f.
  std::string digits = replace_all(to_lower(text), "-", "");
  const bool hex =
      digits.size() >= 4 && digits.size() <= 32 && digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hex) {
    const std::string low = *from_hex(digits + std::string(32 - digits.size(), '0'));
    const std::string high = *from_hex(digits + std::string(32 - digits.size(), 'f'));
    TOCSIN_TRY(Query q, db_.query("SELECT uuid FROM item WHERE uuid BETWEEN ?1 AND ?2 UNION SELECT new FROM redirect "
                                  "WHERE old BETWEEN ?1 AND ?2",
                                  Blob{low}, Blob{high}));
    TOCSIN_CHECK(add_all(std::move(q)));
  }
  if (out.empty()) {
    TOCSIN_TRY(Query q,
               db_.query("SELECT i.uuid FROM head h JOIN member m ON m.head = h.id JOIN item i ON i.id = m.item "
                         "WHERE h.external_id = ?1 COLLATE NOCASE GROUP BY i.id ORDER BY i.id",
                         text));
    TOCSIN_CHECK(add_all(std::move(q)));
  }
  return out;
}

Result<std::optional<ItemRow>> SqliteReader::item(const Uuid& id) {
  ItemQuery query;
  query.with_item = query.with_assessments = query.with_decisions = true;
  TOCSIN_TRY(const auto live, resolve(id));
  if (!live) return std::optional<ItemRow>();
  TOCSIN_TRY(Query q,
             db_.query_once(fmt::format(
                 "SELECT {}, i.body FROM item i JOIN judgement j ON j.item = i.id WHERE i.uuid = ?", kItemColumns)));
  q.bind(1, *live);
  TOCSIN_TRY(const bool found, q.next());
  if (!found) return std::optional<ItemRow>();
  TOCSIN_TRY(ItemRow row, read_item(q, query));
  TOCSIN_CHECK(fill(row, query));
  return std::optional(std::move(row));
}

Result<std::vector<std::int64_t>> SqliteReader::search_rows(std::string_view text, std::size_t limit) {
  std::vector<std::int64_t> out;
  std::unordered_set<std::int64_t> seen;
  const auto add = [&](std::int64_t row) {
    if (out.size() < limit && seen.insert(row).second) out.push_back(row);
  };
  if (limit == 0) return out;
  // Only what has the form of an id is taken for one here: the beginning of an item's id may be a word.
  const std::string whole = to_utf8_lossy(trim(text.substr(0, kMaxSearchBytes)));
  {
    const auto id = intel::recognise(whole);
    TOCSIN_TRY(Query q,
               db_.query("SELECT m.item FROM identity d JOIN member m ON m.head = d.head JOIN item i ON i.id = m.item "
                         "WHERE d.value = ?1 GROUP BY m.item ORDER BY i.name <> ?1, m.item",
                         id ? id->value : whole));
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) break;
      add(q.i64(0));
    }
  }
  const SearchPlan plan = plan_search(text);
  if (plan.parts.empty()) return out;
  const auto look = [&](const std::string& match, const std::vector<std::string>& literals) -> Result<> {
    std::string sql = match.empty() ? "SELECT f.rowid FROM item_fts f JOIN judgement j ON j.item = f.rowid WHERE 1"
                                    : "SELECT f.rowid FROM item_fts f WHERE item_fts MATCH ?1";
    std::vector<std::string> values;
    if (!match.empty()) values.push_back(match);
    for (const std::string& literal : literals) {
      values.push_back(like_pattern(literal));
      sql += fmt::format(
          " AND (f.name LIKE ?{0} ESCAPE '\\' OR f.title LIKE ?{0} ESCAPE '\\' OR f.summary LIKE ?{0} ESCAPE '\\')",
          values.size());
    }
    // A hit in the name weighs more than one in the title, and that more than one in the text.
    sql += match.empty() ? " ORDER BY j.score DESC, f.rowid" : " ORDER BY bm25(item_fts, 10.0, 5.0, 1.0), f.rowid";
    sql += fmt::format(" LIMIT {}", limit);
    TOCSIN_TRY(Query q, db_.query_once(sql));
    for (std::size_t i = 0; i < values.size(); ++i) q.bind(static_cast<int>(i) + 1, values[i]);
    while (true) {
      TOCSIN_TRY(const bool more, q.next());
      if (!more) return {};
      add(q.i64(0));
    }
  };
  TOCSIN_CHECK(look(plan.match, plan.literal));
  if (out.empty()) TOCSIN_CHECK(look({}, plan.parts));
  return out;
}

Result<std::vector<ItemRow>> SqliteReader::search(std::string_view text, std::size_t limit) {
  TOCSIN_TRY(const auto rows, search_rows(text, limit));
  std::vector<ItemRow> out;
  ItemQuery query;
  query.with_item = query.with_assessments = query.with_decisions = true;
  TOCSIN_TRY(Query q,
             db_.query_once(fmt::format(
                 "SELECT {}, i.body FROM item i JOIN judgement j ON j.item = i.id WHERE i.id = ?", kItemColumns)));
  for (const std::int64_t row : rows) {
    q.again();
    q.bind(1, row);
    TOCSIN_TRY(const bool found, q.next());
    if (!found) continue;
    TOCSIN_TRY(ItemRow item, read_item(q, query));
    TOCSIN_CHECK(fill(item, query));
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace tocsin::store::sqlite
