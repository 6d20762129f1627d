// MITRE ATLAS: tactics, techniques, mitigations and case studies of one ATLAS.yaml. docs/sources/atlas.md
//
// The file has changed its layout over the years (sections at the top until 3.x, below `matrices` since 4.x), and real
// editions have wrong types inside entries. So the reader looks for sections by name wherever they may stand, and reads
// each entry by itself: a wrong field is told in extra.defects, and only an entry without an id of its kind is a
// reject. When the YAML as a whole does not parse, the file is cut into entries by indentation and each is parsed
// alone, so that one broken entry does not cost the others.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <unordered_map>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "collect/entry.hpp"
#include "collect/sources.hpp"

namespace tocsin::collect::sources {
namespace {

constexpr std::uint32_t kParserVersion = 1;
constexpr std::string_view kUrl = "https://raw.githubusercontent.com/mitre-atlas/atlas-data/main/dist/ATLAS.yaml";
constexpr std::string_view kSite = "https://atlas.mitre.org/";
constexpr int kNewestMajor = 5;  // editions 3.0 to 5.6 are known
// Edition 5.6 has 10,561 values in 450 KB, seven levels deep. What stands on one line waits in yaml-cpp until the line
// ends, and takes memory before it is known that it is no ATLAS file.
constexpr YamlLimits kYamlLimits{.bytes = 16u << 20, .depth = 32, .nodes = 200'000};

struct Section {
  std::string_view key;          // in the file
  std::string_view object_type;  // what its entries call themselves
  std::string_view letters;      // of the id: AML.TA0002, AML.T0051.001, AML.M0001, AML.CS0010
  std::string_view path;         // on the site
  intel::Kind kind;
};
constexpr std::array<Section, 4> kSections = {
    {{"tactics", "tactic", "TA", "tactics/", intel::Kind::tactic},
     {"techniques", "technique", "T", "techniques/", intel::Kind::technique},
     {"mitigations", "mitigation", "M", "mitigations/", intel::Kind::mitigation},
     {"case-studies", "case-study", "CS", "studies/", intel::Kind::case_study}}};

// Keys that are read or need no keeping (object-type repeats the section).
constexpr std::array<std::string_view, 23> kKnown = {"id",
                                                     "name",
                                                     "description",
                                                     "object-type",
                                                     "ATT&CK-reference",
                                                     "created_date",
                                                     "modified_date",
                                                     "tactics",
                                                     "maturity",
                                                     "references",
                                                     "techniques",
                                                     "category",
                                                     "ml-lifecycle",
                                                     "summary",
                                                     "incident-date",
                                                     "procedure",
                                                     "target",
                                                     "actor",
                                                     "reporter",
                                                     "reported-by",
                                                     "incident-date-granularity",
                                                     "case-study-type",
                                                     "subtechnique-of"};

const Section* section_of(std::string_view key) {
  for (const Section& section : kSections)
    if (section.key == key) return &section;
  return nullptr;
}

// "AML.T0051.001" for letters "T": upper-case words and dots before, four digits, and for techniques three more.
bool is_id(std::string_view id, std::string_view letters) {
  if (id.size() > 64) return false;
  const auto digits = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (letters == "T")
    if (const auto dot = id.rfind('.');
        dot != std::string_view::npos && id.size() - dot == 4 && digits(id.substr(dot + 1)))
      id = id.substr(0, dot);
  const auto dot = id.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view last = id.substr(dot + 1);
  if (!last.starts_with(letters) || last.size() != letters.size() + 4 || !digits(last.substr(letters.size())))
    return false;
  const std::string_view before = id.substr(0, dot);
  return before.front() >= 'A' && before.front() <= 'Z' && std::all_of(before.begin(), before.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
         });
}

intel::Id atlas_id(std::string_view id) {
  return {"atlas", std::string(id)};
}

// What entries of the whole file need to know about each other: a sub-technique has the tactics of its parent.
struct Parents {
  std::unordered_map<std::string, std::vector<std::string>> tactics;  // technique -> its own tactics
};

class EntryReader {
 public:
  EntryReader(const Section& section, const Parents& parents) : section_(section), parents_(parents) {}

  Result<intel::Record> read(const Yaml& entry) {
    if (!entry.is_map())
      return fail_line(Code::malformed, "an entry of " + std::string(section_.key) + " is not a map", entry.line);
    const Yaml& id_field = entry["id"];
    const std::string_view id = trim(id_field.text());
    if (id.empty())
      return fail_line(Code::malformed, "an entry of " + std::string(section_.key) + " has no id", entry.line);
    if (!is_id(id, section_.letters))
      return fail_line(Code::malformed,
                       "'" + printable(id, 60) + "' is not the id of a " + std::string(section_.object_type),
                       entry.line);

    record_ = {};
    record_.source = "atlas";
    record_.external_id = std::string(id);
    record_.digest = sha256(to_json(entry).canonical());
    record_.licence = "Apache-2.0";
    record_.parser_version = kParserVersion;
    record_.kind = section_.kind;
    add_id(record_, atlas_id(id));

    if (const std::string_view type = text(entry, "object-type"); !type.empty() && type != section_.object_type)
      add_defect(record_, "object-type says '" + printable(type, 40) + "' in section " + std::string(section_.key));
    record_.title = title_text(text(entry, "name"));
    if (record_.title.empty()) {
      add_defect(record_, "name is missing");
      record_.title = title_text(id);
    }
    // Case studies have their prose in `summary`, all others in `description`.
    std::string_view prose = text(entry, "description");
    if (prose.empty()) prose = text(entry, "summary");
    record_.summary = summary_text(prose);
    record_.published = read_time(record_, "created_date", text(entry, "created_date"));
    record_.modified = read_time(record_, "modified_date", text(entry, "modified_date"));
    add_reference(record_, std::string(kSite) + std::string(section_.path) + std::string(id), "MITRE ATLAS");

    if (section_.kind == intel::Kind::technique) technique(entry);
    if (section_.kind == intel::Kind::mitigation) mitigation(entry);
    if (section_.kind == intel::Kind::case_study) case_study(entry);
    attack_reference(entry);
    references(entry);
    note_mentions(record_, record_.summary.raw());
    unread(entry);
    return std::move(record_);
  }

 private:
  std::string_view text(const Yaml& entry, std::string_view key) {
    const Yaml& value = entry[key];
    if (!value.is_null() && !value.is_scalar())
      add_defect(record_, std::string(key) + " is not a text (line " + std::to_string(value.line) + ")");
    return value.text();
  }

  void keep_text(const Yaml& entry, std::string_view key, std::string_view name) {
    if (const std::string_view value = trim(text(entry, key)); !value.empty())
      record_.extra.set(name, cut_utf8(clean(value), kMaxSummaryBytes));
  }

  // A list of texts; what is something else inside it is told and left out.
  std::vector<std::string> texts(const Yaml& entry, std::string_view key) {
    std::vector<std::string> out;
    const Yaml& list = entry[key];
    if (list.is_null()) return out;
    if (list.is_scalar()) {
      add_defect(record_, std::string(key) + " is a text, not a list");
      out.push_back(clean(trim(list.text())));
      return out;
    }
    if (!list.is_sequence()) {
      add_defect(record_, std::string(key) + " is not a list (line " + std::to_string(list.line) + ")");
      return out;
    }
    for (const Yaml& item : list.items) {
      if (item.is_scalar() && !trim(item.text()).empty() && out.size() < kMaxLinks)
        out.push_back(clean(trim(item.text())));
      else if (!item.is_scalar())
        add_defect(record_, std::string(key) + " holds a " +
                                (item.is_map()        ? "map"
                                 : item.is_sequence() ? "list"
                                                      : "null") +
                                " where a text belongs (line " + std::to_string(item.line) + ")");
    }
    return out;
  }

  void keep_texts(const Yaml& entry, std::string_view key, std::string_view name) {
    Json list = Json::array();
    for (std::string& one : texts(entry, key)) list.push(std::move(one));
    if (list.size() > 0) record_.extra.set(name, std::move(list));
  }

  void technique(const Yaml& entry) {
    add_technique(record_, record_.external_id);
    std::vector<std::string> tactics = texts(entry, "tactics");
    if (const std::string_view parent = trim(text(entry, "subtechnique-of")); !parent.empty()) {
      add_link(record_, "subtechnique-of", atlas_id(clean(parent)));
      if (tactics.empty()) {
        if (const auto found = parents_.tactics.find(std::string(parent)); found != parents_.tactics.end()) {
          tactics = found->second;
          record_.extra.set("tactics_from", clean(parent));
          // What is inherited is part of what is said here: when the parent moves to another tactic, this entry has
          // changed.
          Json said = to_json(entry);
          Json inherited = Json::array();
          for (const std::string& tactic : tactics) inherited.push(tactic);
          record_.digest = sha256(said.set("tactics", std::move(inherited)).canonical());
        } else {
          add_defect(record_, "the parent '" + printable(parent, 40) + "' is not in this file: no tactics");
        }
      }
    }
    for (const std::string& tactic : tactics) {
      if (is_id(tactic, "TA"))
        add_link(record_, "belongs-to", atlas_id(tactic));
      else
        add_defect(record_, "tactics: '" + printable(tactic, 40) + "' is not the id of a tactic");
    }
    keep_text(entry, "maturity", "maturity");
  }

  void mitigation(const Yaml& entry) {
    const Yaml& list = entry["techniques"];
    if (!list.is_null() && !list.is_sequence())
      add_defect(record_, "techniques is not a list (line " + std::to_string(list.line) + ")");
    Json uses = Json::array();
    for (const Yaml& use : list.items) {
      const std::string_view id = trim(use.is_map() ? use["id"].text() : use.text());
      if (!is_id(id, "T")) {
        add_defect(record_, "techniques: '" + printable(id, 40) + "' is not the id of a technique (line " +
                                std::to_string(use.line) + ")");
        continue;
      }
      add_link(record_, "mitigates", atlas_id(id));
      add_technique(record_, id);
      if (const std::string_view how = trim(use["use"].text()); !how.empty() && uses.size() < kMaxLinks)
        uses.push(Json::object({{"technique", std::string(id)}, {"use", cut_utf8(clean(how), kMaxSummaryBytes)}}));
    }
    if (uses.size() > 0) record_.extra.set("uses", std::move(uses));
    keep_texts(entry, "ml-lifecycle", "ml_lifecycle");
    keep_texts(entry, "category", "category");
  }

  void case_study(const Yaml& entry) {
    const std::string_view date = trim(text(entry, "incident-date"));
    if (!date.empty()) record_.extra.set("incident_date", clean(date));
    const auto when = read_time(record_, "incident-date", date);
    if (!record_.published) record_.published = when;
    keep_text(entry, "incident-date-granularity", "incident_date_granularity");
    keep_text(entry, "case-study-type", "case_study_type");
    keep_text(entry, "target", "target");
    keep_text(entry, "actor", "actor");
    keep_text(entry, "reporter", "reporter");
    if (record_.extra.find("reporter") == nullptr) keep_text(entry, "reported-by", "reporter");  // editions 3.x

    const Yaml& steps = entry["procedure"];
    if (!steps.is_null() && !steps.is_sequence())
      add_defect(record_, "procedure is not a list (line " + std::to_string(steps.line) + ")");
    Json procedure = Json::array();
    for (const Yaml& step : steps.items) {
      const std::string_view technique = trim(step["technique"].text());
      const std::string_view tactic = trim(step["tactic"].text());
      if (is_id(technique, "T")) {
        add_link(record_, "uses", atlas_id(technique));
        add_technique(record_, technique);
      } else {
        add_defect(record_, "procedure: a step without the id of a technique (line " + std::to_string(step.line) + ")");
      }
      if (procedure.size() >= kMaxLinks) continue;
      Json kept = Json::object();
      if (!tactic.empty()) kept.set("tactic", clean(tactic));
      if (!technique.empty()) kept.set("technique", clean(technique));
      if (const std::string_view how = trim(step["description"].text()); !how.empty())
        kept.set("description", cut_utf8(clean(how), kMaxSummaryBytes));
      procedure.push(std::move(kept));
    }
    if (procedure.size() > 0) record_.extra.set("procedure", std::move(procedure));
  }

  void attack_reference(const Yaml& entry) {
    const Yaml& attack = entry["ATT&CK-reference"];
    if (attack.is_null()) return;
    const std::string_view id = trim(attack["id"].text());
    if (!attack.is_map() || id.empty())
      return add_defect(record_, "ATT&CK-reference has no id (line " + std::to_string(attack.line) + ")");
    record_.extra.set("attack", clean(id));
    add_link(record_, "corresponds-to", {"attack", clean(id)});
    add_reference(record_, attack["url"].text(), "ATT&CK " + std::string(id));
  }

  void references(const Yaml& entry) {
    const Yaml& list = entry["references"];
    if (!list.is_null() && !list.is_sequence())
      add_defect(record_, "references is not a list (line " + std::to_string(list.line) + ")");
    for (const Yaml& reference : list.items) {
      if (!reference.is_map()) {
        add_defect(record_,
                   "references holds something that is not a map (line " + std::to_string(reference.line) + ")");
        continue;
      }
      add_reference(record_, reference["url"].text(), reference["title"].text());
    }
  }

  void unread(const Yaml& entry) {
    Json names = Json::array();
    for (const auto& [key, value] : entry.members)
      if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end() && names.size() < kMaxDefects)
        names.push(printable(key, 60));
    if (names.size() > 0) record_.extra.set("unread", std::move(names));
  }

  const Section& section_;
  const Parents& parents_;
  intel::Record record_;
};

void learn_parents(const Yaml& entry, Parents& parents) {
  const Yaml& tactics = entry["tactics"];
  if (!tactics.is_sequence()) return;
  auto& own = parents.tactics[std::string(trim(entry["id"].text()))];
  if (!own.empty()) return;
  for (const Yaml& tactic : tactics.items)
    if (!trim(tactic.text()).empty()) own.push_back(clean(trim(tactic.text())));
}

struct Found {
  const Section* section;
  const Yaml* entry;
  std::string place;
  std::string broken_text;  // of an entry that is no YAML by itself
  std::optional<Error> broken;
};

void note_edition(std::string_view edition, Findings& findings) {
  if (edition.empty()) {
    findings.notes.emplace_back("the file does not say its edition");
    return;
  }
  findings.notes.push_back("edition " + printable(edition, 40));
  int major = 0;
  for (const char c : edition) {
    if (c < '0' || c > '9' || major > 1000) break;
    major = major * 10 + (c - '0');
  }
  if (major > kNewestMajor)
    findings.notes.emplace_back("this edition is newer than those known (3.0 to 5.6): what is known of it was read");
}

void read_all(const std::vector<Found>& found, const std::string& name, Findings& findings) {
  Parents parents;
  for (const Found& one : found)
    if (one.entry != nullptr && one.section->kind == intel::Kind::technique) learn_parents(*one.entry, parents);
  Keeper keeper(findings);
  for (const Found& one : found) {
    const std::string place = name + ": " + one.place;
    if (one.broken) {
      keeper.reject(place, *one.broken, one.broken_text);
      continue;
    }
    EntryReader reader(*one.section, parents);
    auto record = reader.read(*one.entry);
    const std::string raw = record ? std::string() : to_json(*one.entry).canonical();
    if (record)
      keeper.keep(std::move(*record), place, one.entry->is_map() ? (*one.entry)["name"].text() : std::string_view{});
    else
      keeper.reject(place, std::move(record).error(), raw);
  }
}

// Sections below `top` (the file itself or one matrix). A section may be a list, or a map from id to entry as editions
// to come might have it; another list of entries with ids is told, not read.
void look(const Yaml& top, const std::string& path, std::vector<Found>& found, Findings& findings) {
  for (const auto& [key, value] : top.members) {
    const Section* section = section_of(key);
    const std::string place = path + key;
    if (section == nullptr) {
      if (value.is_sequence() && key != "matrices" && !value.items.empty() && value.items.front().is_map())
        findings.notes.push_back(place + ": " + std::to_string(value.items.size()) +
                                 " entries of a kind that this version does not know were left out");
      continue;
    }
    if (value.is_sequence()) {
      for (std::size_t i = 0; i < value.items.size(); ++i)
        found.push_back({section, &value.items[i], place + "[" + std::to_string(i) + "]", {}, {}});
    } else if (value.is_map()) {
      for (const auto& [name, entry] : value.members)
        found.push_back({section, &entry, place + "." + printable(name, 60), {}, {}});
    } else if (!value.is_null()) {
      findings.notes.push_back(place + " is a text, not a list");
    }
  }
}

// The way around a file that is no YAML: lines `<indent>key:` open a section, `<indent>- ` below it opens an entry,
// which goes on to the next such line. Multi-line texts of ATLAS are indented deeper than the dash, so that they do not
// look like one.
struct Piece {
  const Section* section;
  std::size_t index;
  std::uint32_t line;
  std::string text;
};
std::vector<Piece> cut_by_indent(std::string_view text, std::string& edition) {
  std::vector<Piece> pieces;
  const Section* section = nullptr;
  std::size_t section_indent = 0, dash_indent = 0, index = 0;
  std::uint32_t line_number = 0;
  bool open = false;
  for (const std::string_view line : split_lines(text)) {
    ++line_number;
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view words = line.substr(indent);
    if (edition.empty() && indent == 0 && words.starts_with("version:")) edition = std::string(trim(words.substr(8)));
    const Section* opened = words.ends_with(':') ? section_of(words.substr(0, words.size() - 1)) : nullptr;
    if (opened != nullptr &&
        (section == nullptr || !open || indent < dash_indent || (indent == dash_indent && indent == section_indent))) {
      section = opened;
      section_indent = indent;
      index = 0;
      open = false;
      continue;
    }
    if (section == nullptr) continue;
    const bool dash = words.starts_with("- ") || words == "-";
    if (dash && (open ? indent == dash_indent : indent >= section_indent)) {
      dash_indent = indent;
      open = true;
      pieces.push_back({section, index++, line_number, {}});
    } else if (open && !words.empty() && indent < dash_indent) {
      section = nullptr;  // something else began
      open = false;
    }
    if (open) (pieces.back().text += line) += '\n';
  }
  return pieces;
}

std::size_t count_nodes(const Yaml& yaml) {
  std::size_t n = 1;
  for (const Yaml& one : yaml.items) n += count_nodes(one);
  for (const Yaml::Member& one : yaml.members) n += 1 + count_nodes(one.second);
  return n;
}

Result<> recover(const Document& document, const Error& error, Findings& findings) {
  std::string edition;
  const std::vector<Piece> pieces = cut_by_indent(document.bytes, edition);
  std::size_t left = kYamlLimits.nodes;  // all entries together cost no more than the file would
  std::vector<Yaml> parsed;
  parsed.reserve(pieces.size());  // `found` points into it
  std::vector<Found> found;
  bool any = false;
  for (const Piece& piece : pieces) {
    Found one{
        piece.section, nullptr, std::string(piece.section->key) + "[" + std::to_string(piece.index) + "]", {}, {}};
    auto yaml = parse_yaml(piece.text, {.bytes = kYamlLimits.bytes, .depth = kYamlLimits.depth, .nodes = left});
    if (yaml) left -= std::min(left, count_nodes(*yaml));
    if (yaml && yaml->is_sequence() && yaml->items.size() == 1) {
      parsed.push_back(std::move(yaml->items.front()));
      one.entry = &parsed.back();
      any = true;
    } else {
      Error broken = yaml ? Error{Code::malformed, "is not one entry", {}, {}, {}, {}} : std::move(yaml).error();
      broken.line = piece.line + (broken.line.value_or(1) > 0 ? broken.line.value_or(1) - 1 : 0);
      one.broken = std::move(broken);
      one.broken_text = piece.text;
    }
    found.push_back(std::move(one));
  }
  if (!any) return tl::make_unexpected(error);  // nothing in it can be read: not this format
  findings.notes.push_back("the file is not valid YAML (" + error.message() + "): its entries were read one by one");
  note_edition(edition, findings);
  read_all(found, document.name, findings);
  return {};
}

bool accepts(std::string_view file_name, std::string_view head) {
  const std::string name = to_lower(file_name);
  if (!name.ends_with(".yaml") && !name.ends_with(".yml")) return false;
  return name.find("atlas") != std::string::npos || head.find("id: ATLAS") != std::string_view::npos ||
         head.find("id: AML.") != std::string_view::npos;
}

Result<> parse(const Document& document, Findings& findings) {
  if (trim(document.bytes).empty()) return fail(Code::truncated, "the document is empty");
  if (!is_utf8(document.bytes)) return fail(Code::malformed, "the document is not UTF-8 text");
  auto yaml = parse_yaml(document.bytes, kYamlLimits);
  if (!yaml) {
    if (yaml.error().code == Code::refused) return tl::make_unexpected(std::move(yaml).error());
    return recover(document, yaml.error(), findings);
  }
  if (!yaml->is_map())
    return fail(Code::malformed, "an ATLAS file is a map with 'matrices' or 'techniques', this is not");
  const std::string edition(trim((*yaml)["version"].text()));

  std::vector<Found> found;
  bool sections = false;
  Findings looked;
  look(*yaml, "", found, looked);
  const Yaml& matrices = (*yaml)["matrices"];
  for (std::size_t i = 0; i < matrices.items.size(); ++i)
    look(matrices.items[i], "matrices[" + std::to_string(i) + "].", found, looked);
  for (const Section& section : kSections) {
    sections = sections || yaml->find(section.key) != nullptr;
    for (const Yaml& matrix : matrices.items) sections = sections || matrix.find(section.key) != nullptr;
  }
  if (!sections) return fail(Code::malformed, "no tactics, techniques, mitigations or case-studies: not an ATLAS file");
  note_edition(edition, findings);
  for (std::string& note : looked.notes) findings.notes.push_back(std::move(note));
  read_all(found, document.name, findings);
  return {};
}

Result<> fetch(Session& session) {
  std::string url(session.settings()["url"].as_string());
  if (url.empty()) url = kUrl;
  TOCSIN_TRY(const wire::Reply reply, session.get(url));
  if (reply.not_modified) return {};
  return session.deliver(reply);
}

}  // namespace

extern const SourceKind atlas;
const SourceKind atlas{"atlas",        "MITRE ATLAS: techniques against AI systems, mitigations, case studies",
                       kParserVersion, accepts,
                       parse,          fetch};
}  // namespace tocsin::collect::sources
