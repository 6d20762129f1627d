// OSV (docs/sources/osv.md): advisories of package ecosystems, malicious packages among them. Bucket, API and folder
// have one shape.
//
// Live runs follow the bucket's own advice: the first time the whole ecosystem as one archive, later `modified_id.csv`
// (newest first) down to where the last run stopped, and each record by itself; when very much has changed, the archive
// again. Stamps of sources run ahead: a record "modified" next year must not make the cursor skip all that comes
// before. So the cursor is the newest stamp that is not in the future, the ids that carry exactly it, and the list of
// what is ahead.
#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "collect/archive.hpp"
#include "collect/entry.hpp"
#include "collect/osv_record.hpp"
#include "collect/sources.hpp"
#include "intel/ids.hpp"

namespace tocsin::collect::sources {
namespace {

constexpr std::uint32_t kParserVersion = 1;
constexpr std::string_view kBucket = "https://storage.googleapis.com/osv-vulnerabilities";
// Of one advisory: the longest lists of versions have a few thousand. What a value costs: sources/atlas.cpp.
constexpr YamlLimits kYamlLimits{.bytes = 4u << 20, .depth = 32, .nodes = 100'000};
// Records fetched one by one; above this the archive is cheaper for both sides.
constexpr std::size_t kMaxSingle = 500;
constexpr std::size_t kMaxRows = 5'000'000;  // of modified_id.csv
// Records of one run that may fail (deleted in between, seen rarely) before the run does.
constexpr std::size_t kMaxRetry = 20;
// Of one list: more is no list of advisories, and each is kept with what was there.
constexpr std::size_t kMaxRejects = 100'000;
constexpr std::size_t kMaxRemembered = 5'000;     // ids kept in a cursor
constexpr std::size_t kMaxTopObject = 16u << 20;  // a document larger than this is walked, not read as one value

bool ends_with(std::string_view text, std::string_view end) {
  return to_lower(text).ends_with(end);
}

// A file that is named like an advisory is one, whatever is in it: damage is to be told, not skipped. Others must
// look like one.
bool accepts(std::string_view file_name, std::string_view head) {
  std::string_view name = file_name.substr(file_name.rfind('/') + 1);
  const std::string_view stem = name.substr(0, name.rfind('.'));
  const auto says = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return head.find(word) != std::string_view::npos; });
  };
  if (ends_with(name, ".zip")) return stem == "all" || looks_like_zip(head);
  if (ends_with(name, ".json")) {
    if (intel::recognise(stem)) return true;
    const std::string_view begin = trim(head.starts_with("\xef\xbb\xbf") ? head.substr(3) : head);
    return (begin.starts_with('{') || begin.starts_with('[')) &&
           says({"\"id\"", "\"vulns\"", "\"affected\"", "\"modified\"", "\"schema_version\""});
  }
  if (ends_with(name, ".yaml") || ends_with(name, ".yml"))
    return intel::recognise(stem) || (says({"id:"}) && says({"affected:", "modified:"}));
  return false;
}

void take_value(Keeper& keeper, const Json& advisory, std::string_view raw, std::string place) {
  auto record = read_osv(advisory, raw, kParserVersion);
  if (!record) return keeper.reject(std::move(place), std::move(record).error(), raw);
  const std::string_view schema = record->extra["schema_version"].as_string();
  if (!schema.empty() && !schema.starts_with("1.") && schema != "1")
    note_once(keeper.findings(), "schema_version " + printable(schema, 20) +
                                     " is newer than the 1.x that this version knows: read as 1.x");
  keeper.keep(std::move(*record), std::move(place), raw);
}

void take_text(Keeper& keeper, std::string_view raw, std::string place) {
  auto advisory = parse_json(raw, {.bytes = 64u << 20, .depth = 64, .values = 4'000'000});
  if (!advisory) return keeper.reject(std::move(place), std::move(advisory).error(), raw);
  take_value(keeper, *advisory, raw, std::move(place));
}

Result<> take_elements(Keeper& keeper, std::string_view text, std::string_view path, const std::string& name) {
  std::size_t index = 0;
  const std::string prefix = name + ": " + std::string(path) + "[";
  auto walked = for_each_element(text, path, [&](std::string_view raw, std::uint64_t) -> Result<> {
    if (keeper.findings().rejects.size() >= kMaxRejects)
      return fail(Code::refused, "more than " + std::to_string(kMaxRejects) + " rejects: the rest was not read");
    take_text(keeper, raw, prefix + std::to_string(index++) + "]");
    return {};
  });
  if (!walked) {
    if (index == 0) return tl::make_unexpected(std::move(walked).error());
    // The list ends early or breaks off: what was whole is kept, and the place where it broke is one reject.
    keeper.reject(prefix + std::to_string(index) + "]", std::move(walked).error(), {});
  }
  return {};
}

Result<> parse_archive(const Document& document, Findings& findings) {
  Findings found;
  Keeper keeper(found);
  std::size_t others = 0;
  std::string first_other;
  auto read = for_each_member(document.bytes, [&](const Member& member) {
    if (!ends_with(member.name, ".json")) {
      if (others++ == 0) first_other = printable(member.name, 60);
      return;
    }
    std::string place = document.name + ": " + printable(member.name, 120);
    if (member.error) return keeper.reject(std::move(place), *member.error, {});
    take_text(keeper, member.content, std::move(place));
  });
  // An archive that cannot be read to its end is no basis for a cursor: nothing of it is taken.
  if (!read) return tl::make_unexpected(std::move(read).error());
  if (others > 0)
    found.notes.push_back(std::to_string(others) + " members are no JSON files and were left out, the first is " +
                          first_other);
  if (found.records.empty() && found.rejects.empty()) found.notes.emplace_back("the archive holds no records");
  findings = std::move(found);
  return {};
}

// Where an object says what it is: a list of advisories, an API reply without any, or one advisory.
Result<> parse_object(const Document& document, std::string_view text, Findings& findings) {
  Keeper keeper(findings);
  std::optional<Json> top;
  if (text.size() <= kMaxTopObject)
    if (auto whole = parse_json(text)) top = std::move(*whole);
  if (top && top->is_object() && top->find("id") == nullptr) {
    if (top->size() == 0) {
      findings.notes.emplace_back("an empty reply: no advisories");
      return {};
    }
    if (top->find("results") != nullptr && top->find("vulns") == nullptr)
      return fail(Code::malformed, "a reply of querybatch holds ids only, no advisories");
    if (const Json* vulns = top->find("vulns")) {
      if (!vulns->is_array()) return fail(Code::malformed, "'vulns' is no list");
      if (!(*top)["next_page_token"].as_string().empty())
        findings.notes.emplace_back("the reply has another page that is not in this document");
      return take_elements(keeper, text, "vulns", document.name);
    }
  }
  if (top) {
    take_value(keeper, *top, text, document.name);
    return {};
  }
  // Too large for one value, or broken: perhaps a list whose other elements are sound.
  Findings list;
  Keeper list_keeper(list);
  if (auto walked = take_elements(list_keeper, text, "vulns", document.name);
      walked && (!list.records.empty() || !list.rejects.empty())) {
    findings = std::move(list);
    return {};
  }
  take_text(keeper, text, document.name);
  return {};
}

Result<> parse(const Document& document, Findings& findings) {
  if (looks_like_zip(document.bytes)) return parse_archive(document, findings);
  std::string_view text = document.bytes;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::string_view begin = trim(text);
  if (begin.empty()) return fail(Code::truncated, "the document is empty");
  if (begin.front() == '[') {
    Keeper keeper(findings);
    return take_elements(keeper, text, "", document.name);
  }
  if (begin.front() == '{') return parse_object(document, text, findings);
  if (!is_utf8(text)) return fail(Code::malformed, "neither JSON nor a zip archive nor YAML");
  auto yaml = parse_yaml(text, kYamlLimits);
  if (!yaml && yaml.error().code == Code::refused) return tl::make_unexpected(std::move(yaml).error());
  if (!yaml) return fail(Code::malformed, "neither JSON nor a zip archive; as YAML: " + yaml.error().message());
  if (!yaml->is_map() || yaml->find("id") == nullptr)
    return fail(Code::malformed, "neither JSON nor a zip archive, and no YAML advisory");
  Keeper keeper(findings);
  take_value(keeper, to_json(*yaml), text, document.name);
  return {};
}

// What the last committed run has seen of one ecosystem.
struct Position {
  std::string at;                            // newest stamp not in the future, as the source wrote it; "" = never
  std::vector<std::string> at_ids;           // ids with exactly that stamp
  std::map<std::string, std::string> ahead;  // id -> stamp, of those in the future
  std::vector<std::string> retry;            // ids that could not be fetched: asked for again
};

Position position_of(const Json& cursor) {
  Position position;
  position.at = std::string(cursor["at"].as_string());
  for (const Json& id : cursor["ids"].as_array()) position.at_ids.emplace_back(id.as_string());
  for (const auto& [id, stamp] : cursor["ahead"].as_object()) position.ahead.emplace(id, stamp.as_string());
  for (const Json& id : cursor["retry"].as_array()) position.retry.emplace_back(id.as_string());
  return position;
}

Json to_json(const Position& position) {
  Json ids = Json::array();
  for (const std::string& id : position.at_ids) ids.push(id);
  Json ahead = Json::object();
  for (const auto& [id, stamp] : position.ahead) ahead.set(id, stamp);
  Json retry = Json::array();
  for (const std::string& id : position.retry) retry.push(id);
  return Json::object(
      {{"at", position.at}, {"ids", std::move(ids)}, {"ahead", std::move(ahead)}, {"retry", std::move(retry)}});
}

struct Listing {
  std::vector<std::string> changed;  // ids to fetch, as listed; not all of them once there are too many
  Position reached;
  bool too_many = false;
};

// "2026-07-23T14:34:38.042882Z,PYSEC-2026-3542", newest first. Reading stops at the first row older than the position.
Result<Listing> read_listing(std::string_view csv, const Position& last, Time now, std::size_t max_single) {
  Listing listing;
  std::optional<Time> last_at;
  if (!last.at.empty()) {
    TOCSIN_TRY(const Time t, parse_time(last.at));
    last_at = t;
  }
  // Sorted: each of millions of rows may be looked up in thousands of ids.
  std::vector<std::string_view> seen_at(last.at_ids.begin(), last.at_ids.end());
  std::sort(seen_at.begin(), seen_at.end());
  const auto changed = [&](std::string_view id) {
    if (listing.too_many) return;
    listing.changed.emplace_back(id);
    listing.too_many = listing.changed.size() > max_single;
  };
  std::size_t rows = 0;
  std::uint32_t line = 0;
  std::optional<Time> newest;
  while (!csv.empty()) {
    ++line;
    const std::size_t end = csv.find('\n');
    const std::string_view row = trim(csv.substr(0, end));
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (row.empty()) continue;
    if (++rows > kMaxRows)
      return fail(Code::refused, "more than " + std::to_string(kMaxRows) + " rows in modified_id.csv");
    const std::size_t comma = row.find(',');
    if (comma == std::string_view::npos) return fail_line(Code::malformed, "a row without a comma", line);
    const std::string_view stamp = row.substr(0, comma);
    // The overall list of all ecosystems has "ECOSYSTEM/ID"; the id is what comes last.
    std::string_view id = row.substr(comma + 1);
    if (const auto slash = id.rfind('/'); slash != std::string_view::npos) id.remove_prefix(slash + 1);
    auto time = parse_time(stamp);
    if (!time || !is_osv_id(id))
      return fail_line(Code::malformed, "cannot read the row '" + printable(row, 80) + "'", line);
    if (*time > now) {
      if (listing.reached.ahead.size() < kMaxRemembered) listing.reached.ahead.emplace(id, stamp);
      const auto seen = last.ahead.find(std::string(id));
      if (seen == last.ahead.end() || seen->second != stamp) changed(id);
      continue;
    }
    if (last_at && *time < *last_at) break;
    if (!newest) {
      newest = *time;
      listing.reached.at = std::string(stamp);
    }
    if (*time == *newest && listing.reached.at_ids.size() < kMaxRemembered) listing.reached.at_ids.emplace_back(id);
    const bool seen = last_at && *time == *last_at && std::binary_search(seen_at.begin(), seen_at.end(), id);
    const auto was_ahead = last.ahead.find(std::string(id));
    if (!seen && !(was_ahead != last.ahead.end() && was_ahead->second == stamp)) changed(id);
    if (listing.too_many && !last_at && newest && *time < *newest)
      break;  // the archive comes anyway, the position is known
  }
  if (listing.reached.at.empty()) {
    listing.reached.at = last.at;
    listing.reached.at_ids = last.at_ids;
  }
  return listing;
}

// A name like "crates.io" or "GitHub Actions" as one path segment of the bucket.
std::string path_segment(std::string_view name) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

Result<> fetch_ecosystem(Session& session, const std::string& base, Json& cursor, std::string_view ecosystem,
                         std::size_t max_single) {
  const std::string folder = base + "/" + path_segment(ecosystem);
  const Position last = position_of(cursor[ecosystem]);
  TOCSIN_TRY(const wire::Reply index, session.get(folder + "/modified_id.csv"));
  if (index.not_modified) return {};
  auto listing = read_listing(index.body, last, session.clock().now(), max_single);
  if (!listing) return tl::make_unexpected(std::move(listing).error().at(folder + "/modified_id.csv"));
  std::optional<Error> failed;
  if (last.at.empty() || listing->too_many) {
    TOCSIN_TRY(const wire::Reply archive, session.get(folder + "/all.zip"));
    if (!archive.not_modified) TOCSIN_CHECK(session.deliver(archive));
  } else {
    std::vector<std::string> wanted = last.retry;
    for (const std::string& id : listing->changed)
      if (std::find(wanted.begin(), wanted.end(), id) == wanted.end()) wanted.push_back(id);
    for (const std::string& id : wanted) {
      auto record = session.get(folder + "/" + path_segment(id) + ".json");
      if (!record) {
        failed = std::move(record).error();
        if (listing->reached.retry.size() >= kMaxRetry) return tl::make_unexpected(std::move(*failed));
        listing->reached.retry.push_back(id);
        continue;
      }
      if (!record->not_modified) TOCSIN_CHECK(session.deliver(*record));
    }
  }
  cursor.set(ecosystem, to_json(listing->reached));
  session.set_cursor(cursor.canonical());
  if (failed) return tl::make_unexpected(std::move(*failed));
  return {};
}

// One ecosystem that fails does not cost the others; its part of the cursor stays where it was.
Result<> fetch(Session& session) {
  const Json& settings = session.settings();
  std::string base(settings["url"].as_string());
  if (base.empty()) base = kBucket;
  while (base.ends_with('/')) base.pop_back();
  std::size_t max_single = kMaxSingle;
  if (const auto asked = settings["max_single"].as_int(); asked && *asked >= 0)
    max_single = static_cast<std::size_t>(*asked);
  std::vector<std::string> ecosystems;
  for (const Json& name : settings["ecosystems"].as_array())
    if (!name.as_string().empty()) ecosystems.emplace_back(name.as_string());
  if (ecosystems.empty()) ecosystems.emplace_back("PyPI");

  Json cursor = Json::object();
  if (auto stored = parse_json(session.cursor()); stored && stored->is_object()) cursor = std::move(*stored);
  std::optional<Error> failed;
  for (const std::string& ecosystem : ecosystems) {
    if (auto done = fetch_ecosystem(session, base, cursor, ecosystem, max_single); !done) {
      if (!failed) failed = std::move(done).error();
    }
  }
  if (failed) return tl::make_unexpected(std::move(*failed));
  return {};
}

}  // namespace

extern const SourceKind osv;
const SourceKind osv{"osv",
                     "advisories and malicious packages of package ecosystems (OSV)",
                     kParserVersion,
                     accepts,
                     parse,
                     fetch,
                     "ecosystems max_single"};
}  // namespace tocsin::collect::sources
