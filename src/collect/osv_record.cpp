// The OSV schema, read leniently: an advisory with one broken range still protects by its other ranges.
//
// Where a field that narrows the advisory cannot be read, the reading that warns more is taken (an event of an unknown
// kind is left out, `withdrawn` without a readable time does not withdraw), and extra.defects says so. Identity is `id`
// and `aliases`; `related` and `upstream` are links: the schema says that they are not the same vulnerability.
#include "collect/osv_record.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/text.hpp"
#include "collect/entry.hpp"
#include "intel/ids.hpp"
#include "versions/cvss.hpp"

namespace tocsin::collect {
namespace {

// Caps of one advisory. The longest seen: 1,200 versions of one package, 60 packages (tensorflow's builds), 40 ranges.
constexpr std::size_t kMaxAffected = 10'000;
constexpr std::size_t kMaxRanges = 10'000;
constexpr std::size_t kMaxEvents = 100'000;
constexpr std::size_t kMaxVersions = 200'000;
constexpr std::size_t kMaxListed = 200;  // of imports, repositories, CWE ids

// Fields that are read, or left out on purpose (credits names people and is not needed to act).
constexpr std::array<std::string_view, 15> kKnown = {
    "schema_version", "id",      "modified", "published", "withdrawn",  "aliases", "related",          "upstream",
    "summary",        "details", "severity", "affected",  "references", "credits", "database_specific"};

// Who publishes under a prefix and on which terms (https://google.github.io/osv.dev/data/, read 2026-08). Others: not
// known.
struct Terms {
  std::string_view prefix;
  std::string_view licence;
};
constexpr std::array<Terms, 9> kTerms = {{{"PYSEC-", "CC-BY-4.0"},
                                          {"GHSA-", "CC-BY-4.0"},
                                          {"MAL-", "Apache-2.0"},
                                          {"OSV-", "CC-BY-4.0"},
                                          {"GO-", "CC-BY-4.0"},
                                          {"RUSTSEC-", "CC0-1.0"},
                                          {"PSF-", "CC-BY-4.0"},
                                          {"CVE-", "CC0-1.0"},
                                          {"GSD-", "CC0-1.0"}}};

std::string_view licence_of(std::string_view id) {
  for (const Terms& terms : kTerms)
    if (id.starts_with(terms.prefix)) return terms.licence;
  return "NOASSERTION";
}

intel::Id id_of(std::string_view text) {
  if (auto known = intel::recognise(text)) return *known;
  return {"osv", clean(trim(text))};
}

// A text field; another type is a defect.
std::string_view text_of(intel::Record& record, const Json& holder, std::string_view key) {
  const Json& value = holder[key];
  if (!value.is_null() && !value.is_string())
    add_defect(record, std::string(key) + " is not a text but of type " + std::string(value.type_name()));
  return value.as_string();
}

const Json::Array& list_of(intel::Record& record, const Json& holder, std::string_view key) {
  const Json& value = holder[key];
  if (!value.is_null() && !value.is_array())
    add_defect(record, std::string(key) + " is not a list but of type " + std::string(value.type_name()));
  return value.as_array();
}

intel::Severity severity_of(versions::Severity severity) {
  switch (severity) {
    case versions::Severity::none:
      return intel::Severity::none;
    case versions::Severity::low:
      return intel::Severity::low;
    case versions::Severity::unknown:
      return intel::Severity::unknown;
    case versions::Severity::medium:
      return intel::Severity::medium;
    case versions::Severity::high:
      return intel::Severity::high;
    case versions::Severity::critical:
      return intel::Severity::critical;
  }
  return intel::Severity::unknown;
}

// The vector with the highest score wins; of equal ones the newer version of the standard. A word stands in only when
// no vector can be read.
struct Rating {
  std::optional<versions::Cvss> best;
  std::string vector;
  versions::Severity word = versions::Severity::unknown;

  void offer_word(std::string_view text) {
    const versions::Severity severity = versions::severity_from_word(text);
    if (severity == versions::Severity::unknown) return;
    if (word == versions::Severity::unknown || severity > word) word = severity;
  }
  void offer(intel::Record& record, const Json& entry, std::string_view where) {
    const std::string_view score = trim(entry["score"].as_string());
    if (score.empty()) return add_defect(record, std::string(where) + ": an entry without a score");
    if (score.find('/') == std::string_view::npos) {
      offer_word(score);  // Ubuntu writes {"type": "Ubuntu", "score": "medium"}
      if (versions::severity_from_word(score) == versions::Severity::unknown)
        add_defect(record, std::string(where) + ": cannot read the score '" + printable(score, 60) + "'");
      return;
    }
    auto parsed = versions::parse_cvss(score);
    if (!parsed) return add_defect(record, std::string(where) + ": " + parsed.error().message());
    if (best && (parsed->overall() < best->overall() ||
                 (parsed->overall() == best->overall() && parsed->version <= best->version)))
      return;
    best = *parsed;
    vector = std::string(score);
  }
  void settle(intel::Record& record) const {
    if (best) {
      record.severity = severity_of(best->severity());
      record.cvss = vector;
    } else {
      record.severity = severity_of(word);
    }
  }
};

std::string version_text(const Json& value) {
  if (value.is_string()) return clean(value.as_string());
  if (value.is_number()) return value.dump();  // seen: "introduced": 0
  return {};
}

std::optional<versions::RangeType> range_type(std::string_view text) {
  const std::string word = to_lower(text);
  if (word == "ecosystem") return versions::RangeType::ecosystem;
  if (word == "semver") return versions::RangeType::semver;
  if (word == "git") return versions::RangeType::git;
  return std::nullopt;
}

class AffectedReader {
 public:
  explicit AffectedReader(std::vector<std::string>& defects) : defects_(defects) {}

  void read(const Json& entry, std::size_t index, std::vector<versions::AffectedPackage>& out) {
    at_ = "affected[" + std::to_string(index) + "]";
    if (!entry.is_object()) return defect("is not an object");
    const Json& package = entry["package"];
    versions::AffectedPackage found;
    if (!package.is_null() && !package.is_object()) defect("package is not an object");
    found.ecosystem = clean(trim(package["ecosystem"].as_string()));
    found.name = clean(trim(package["name"].as_string()));
    if (package.is_object() && (found.ecosystem.empty() || found.name.empty()))
      defect("package has no ecosystem or no name");

    const Json& ranges = entry["ranges"];
    if (!ranges.is_null() && !ranges.is_array()) defect("ranges is not a list");
    for (const Json& range : ranges.as_array()) {
      if (found.ranges.size() >= kMaxRanges) {
        defect("more ranges than " + std::to_string(kMaxRanges));
        break;
      }
      read_range(range, found);
    }
    const Json& versions = entry["versions"];
    if (!versions.is_null() && !versions.is_array()) defect("versions is not a list");
    for (const Json& version : versions.as_array()) {
      std::string text = version_text(version);
      if (!version.is_string()) defect("a version is not a text");
      if (text.empty()) continue;
      if (found.versions.size() >= kMaxVersions) {
        defect("more versions than " + std::to_string(kMaxVersions));
        break;
      }
      found.versions.push_back(std::move(text));
    }
    // Without a package there is nothing to compare with: GIT ranges of a source tree. Their repositories are in
    // extra.repositories.
    if (!found.ecosystem.empty() && !found.name.empty()) out.push_back(std::move(found));
  }

 private:
  void defect(std::string what) {
    if (defects_.size() <= kMaxDefects) defects_.push_back(at_ + ": " + std::move(what));
  }

  void read_range(const Json& range, versions::AffectedPackage& found) {
    if (!range.is_object()) return defect("a range is not an object");
    const auto type = range_type(range["type"].as_string());
    if (!type) return defect("a range is of unknown type '" + printable(range["type"].as_string(), 40) + "'");
    versions::Range read;
    read.type = *type;
    const Json& events = range["events"];
    if (!events.is_array()) defect("a range has no list of events");
    for (const Json& event : events.as_array()) {
      if (!event.is_object()) {
        defect("an event is not an object");
        continue;
      }
      for (const auto& [key, value] : event.as_object()) {
        using Kind = versions::Event::Kind;
        std::optional<Kind> kind;
        if (key == "introduced")
          kind = Kind::introduced;
        else if (key == "fixed")
          kind = Kind::fixed;
        else if (key == "last_affected")
          kind = Kind::last_affected;
        else if (key == "limit")
          kind = Kind::limit;
        if (!kind) {
          defect("an event is of unknown kind '" + printable(key, 40) + "'");
          continue;
        }
        if (!value.is_string()) defect("the version of an event is not a text");
        std::string version = version_text(value);
        if (version.empty()) continue;
        if (read.events.size() >= kMaxEvents) return defect("more events than " + std::to_string(kMaxEvents));
        read.events.push_back({*kind, std::move(version)});
      }
    }
    if (!read.events.empty()) found.ranges.push_back(std::move(read));
  }

  std::vector<std::string>& defects_;
  std::string at_;
};

void push_text(Json& list, std::string_view text) {
  if (text.empty() || list.size() >= kMaxListed) return;
  for (const Json& there : list.as_array())
    if (there.as_string() == text) return;
  list.push(clean(text));
}

// What a scanner or a person needs beyond versions: modules that carry the flaw, repositories of GIT ranges.
void read_extras(intel::Record& record, const Json& advisory) {
  Json imports = Json::array(), repositories = Json::array(), cwes = Json::array();
  for (const Json& entry : advisory["affected"].as_array()) {
    for (const Json& import : entry["ecosystem_specific"]["imports"].as_array()) {
      if (imports.size() >= kMaxListed) break;
      Json kept = Json::object();
      const std::string_view attribute = import["attribute"].as_string();  // PyPA: "module.function" style
      if (import.is_string()) kept.set("path", clean(import.as_string()));
      if (!import["path"].as_string().empty()) kept.set("path", clean(import["path"].as_string()));
      if (!attribute.empty()) kept.set("attribute", clean(attribute));
      Json modules = Json::array(), symbols = Json::array();
      for (const Json& module : import["modules"].as_array()) push_text(modules, module.as_string());
      for (const Json& symbol : import["symbols"].as_array()) push_text(symbols, symbol.as_string());
      if (modules.size() > 0) kept.set("modules", std::move(modules));
      if (symbols.size() > 0) kept.set("symbols", std::move(symbols));
      if (kept.size() > 0) imports.push(std::move(kept));
    }
    for (const Json& range : entry["ranges"].as_array()) push_text(repositories, range["repo"].as_string());
    for (const Json& cwe : entry["database_specific"]["cwes"].as_array()) {
      push_text(cwes, cwe["cweId"].as_string());
      push_text(cwes, cwe["id"].as_string());
    }
  }
  for (const Json& cwe : advisory["database_specific"]["cwe_ids"].as_array()) push_text(cwes, cwe.as_string());
  if (imports.size() > 0) record.extra.set("imports", std::move(imports));
  if (repositories.size() > 0) record.extra.set("repositories", std::move(repositories));
  if (cwes.size() > 0) record.extra.set("cwe", std::move(cwes));
}

// The year in which somebody numbered the flaw: back-filled records are "published" years after it
// (docs/sources/osv.md).
void read_cve_year(intel::Record& record) {
  std::int64_t year = 0;
  for (const intel::Id& id : record.ids) {
    if (id.scheme != "cve" || id.value.size() < 8) continue;
    std::int64_t its = 0;
    for (const char c : id.value.substr(4, 4))
      its = std::isdigit(static_cast<unsigned char>(c)) != 0 ? its * 10 + (c - '0') : 0;
    if (its > 0 && (year == 0 || its < year)) year = its;
  }
  if (year > 0) record.extra.set("cve_year", year);
}

Foreign title_of(const Json& advisory, std::string_view id) {
  if (Foreign title = title_text(advisory["summary"].as_string()); !title.empty()) return title;
  // More than half of PyPA's records have no summary: the first line of the details that says something.
  for (const std::string_view line : split_lines(advisory["details"].as_string())) {
    const std::string_view words = trim(line);
    if (words.empty() || words.starts_with("---") || words.starts_with("_-=") || words.starts_with("#")) continue;
    return title_text(words, 200);
  }
  return title_text(id);
}

}  // namespace

bool is_osv_id(std::string_view text) {
  if (text.empty() || text.size() > 128 || std::isalnum(static_cast<unsigned char>(text.front())) == 0) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == ':' || c == '-';
  });
}

std::vector<versions::AffectedPackage> read_affected(const Json& affected, std::vector<std::string>& defects) {
  std::vector<versions::AffectedPackage> packages;
  if (!affected.is_null() && !affected.is_array()) defects.emplace_back("affected is not a list");
  AffectedReader reader(defects);
  std::size_t index = 0;
  for (const Json& entry : affected.as_array()) {
    if (index >= kMaxAffected) {
      defects.push_back("affected: more entries than " + std::to_string(kMaxAffected));
      break;
    }
    reader.read(entry, index++, packages);
  }
  return packages;
}

Result<intel::Record> read_osv(const Json& advisory, std::string_view raw, std::uint32_t parser_version) {
  if (!advisory.is_object())
    return fail(Code::malformed, "an advisory is an object, this is of type " + std::string(advisory.type_name()));
  const Json& id_field = advisory["id"];
  if (!id_field.is_string())
    return fail(Code::malformed,
                id_field.is_null() ? "the advisory has no id" : "the id of the advisory is not a text");
  const std::string_view id = trim(id_field.as_string());
  if (!is_osv_id(id)) return fail(Code::malformed, "'" + printable(id, 60) + "' cannot be the id of an advisory");

  intel::Record record;
  record.source = "osv";
  record.external_id = std::string(id);
  record.digest = sha256(trim(raw));
  record.licence = licence_of(id);
  record.parser_version = parser_version;
  record.kind = id.starts_with("MAL-") ? intel::Kind::malicious_package : intel::Kind::vulnerability;
  add_id(record, id_of(id));
  for (const Json& alias : list_of(record, advisory, "aliases")) {
    if (!is_osv_id(trim(alias.as_string()))) {
      add_defect(record, "an alias cannot be an id: '" + printable(alias.as_string(), 60) + "'");
      continue;
    }
    intel::Id other = id_of(alias.as_string());
    if (other.scheme == "mal") record.kind = intel::Kind::malicious_package;
    add_id(record, std::move(other));
  }
  for (const std::string_view relation : {std::string_view("related"), std::string_view("upstream")})
    for (const Json& other : list_of(record, advisory, relation)) {
      if (is_osv_id(trim(other.as_string())))
        add_link(record, relation, id_of(other.as_string()));
      else
        add_defect(record, std::string(relation) + ": '" + printable(other.as_string(), 60) + "' cannot be an id");
    }

  static_cast<void>(text_of(record, advisory, "summary"));  // told when of another type; title_of reads it
  record.title = title_of(advisory, id);
  record.summary = summary_text(text_of(record, advisory, "details"));
  record.published = read_time(record, "published", text_of(record, advisory, "published"));
  record.modified = read_time(record, "modified", text_of(record, advisory, "modified"));
  if (advisory["modified"].is_null()) add_defect(record, "modified is missing");
  record.withdrawn = read_time(record, "withdrawn", text_of(record, advisory, "withdrawn"));

  std::vector<std::string> defects;
  record.affects.packages = read_affected(advisory["affected"], defects);
  for (const std::string& defect : defects) add_defect(record, defect);

  Rating rating;
  for (const Json& severity : list_of(record, advisory, "severity")) rating.offer(record, severity, "severity");
  for (const Json& entry : advisory["affected"].as_array()) {
    for (const Json& severity : entry["severity"].as_array()) rating.offer(record, severity, "affected severity");
    rating.offer_word(entry["ecosystem_specific"]["severity"].as_string());
    rating.offer_word(entry["database_specific"]["severity"].as_string());
  }
  rating.offer_word(advisory["database_specific"]["severity"].as_string());
  rating.settle(record);

  for (const Json& reference : list_of(record, advisory, "references")) {
    if (!reference["url"].is_string()) add_defect(record, "a reference has no url");
    add_reference(record, reference["url"].as_string(), reference["type"].as_string());
  }
  read_extras(record, advisory);
  read_cve_year(record);
  note_mentions(record, record.summary.raw());
  if (const std::string_view version = text_of(record, advisory, "schema_version"); !version.empty())
    record.extra.set("schema_version", clean(version));
  Json unread = Json::array();
  for (const auto& [key, value] : advisory.as_object())
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end()) push_text(unread, printable(key, 60));
  if (unread.size() > 0) record.extra.set("unread", std::move(unread));
  return record;
}

}  // namespace tocsin::collect
