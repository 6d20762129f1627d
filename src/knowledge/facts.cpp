// Reading is driven by one table: a section knows which keys its entries may have and fills one row. All problems are
// collected, so that one run of the build shows them all. Checking comes last, over all files together, since any file
// may refer to any other.
#include "knowledge/facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <initializer_list>
#include <set>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "knowledge/phrases.hpp"

namespace tocsin::knowledge {
namespace {

constexpr std::size_t kMaxPhrases = 100'000;  // ten times the built-in facts
constexpr std::array<std::string_view, 8> kEffects = {"evasion", "poisoning",    "privacy",      "misuse",
                                                      "theft",   "supply-chain", "availability", "harm"};
constexpr std::array<std::string_view, 7> kActions = {"fix", "test", "filter", "block", "gate", "inform", "accept"};
constexpr std::array<std::string_view, 4> kAssets = {"model", "dataset", "library", "endpoint"};
constexpr std::array<std::string_view, 4> kCadences = {"hourly", "daily", "weekly", "monthly"};
constexpr std::array<std::string_view, 10> kPickleRules = {"callee",     "factory", "name",   "data",   "pickle",
                                                           "attributes", "value",   "method", "getter", "kind"};
constexpr std::array<std::string_view, 9> kPickleEffects = {"runs-program",   "runs-code",     "native-code",
                                                            "loads-code",     "opens-file",    "network",
                                                            "resolves-names", "nested-pickle", "disables-scanner"};
constexpr std::array<std::string_view, 2> kGives = {"way-in", "access"};
constexpr std::array<std::string_view, 3> kLayers = {"strategic", "tactical", "operational"};

bool is_one_of(std::string_view word, Words words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A YAML value as JSON: unquoted numbers and booleans become such.
Json as_json(const Yaml& value) {
  switch (value.type) {
    case Yaml::Type::null:
      return Json();
    case Yaml::Type::sequence: {
      Json out = Json::array();
      for (const Yaml& item : value.items) out.push(as_json(item));
      return out;
    }
    case Yaml::Type::map: {
      Json out = Json::object();
      for (const auto& [key, member] : value.members) out.set(key, as_json(member));
      return out;
    }
    case Yaml::Type::scalar:
      break;
  }
  if (!value.quoted) {
    if (value.scalar == "true") return Json(true);
    if (value.scalar == "false") return Json(false);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.scalar.data(), value.scalar.data() + value.scalar.size(), number);
    if (error == std::errc() && end == value.scalar.data() + value.scalar.size()) return Json(number);
  }
  return Json(value.scalar);
}

}  // namespace

// Reads the entries of one file into Facts.
class FactsReader {
 public:
  FactsReader(Facts& facts, std::string_view file) : facts_(facts), file_(facts.keep(file)) {}

  void document(const Yaml& top) {
    if (top.is_null()) return;
    if (!top.is_map()) return error(top, "the file must be a map of sections");
    for (const auto& [name, section] : top.members) {
      const Section* known = nullptr;
      for (const Section& s : kSections)
        if (s.name == name) known = &s;
      if (known == nullptr) {
        error(section, "unknown section '" + name + "'");
      } else if (!section.is_map()) {
        error(section, "section '" + name + "' must map ids to entries");
      } else {
        for (const auto& [id, entry] : section.members) read_entry(*known, id, entry);
      }
    }
  }

 private:
  struct Section {
    std::string_view name;
    std::string_view kind;  // for messages
    std::string_view keys;  // allowed, blank-separated
    void (FactsReader::*add)(std::string_view id, const Yaml& entry);
    void (*remove)(Facts& facts, std::string_view id);
  };
  static const std::array<Section, 17> kSections;

  void error(const Yaml& at, std::string what) { facts_.error(file_, at.line, std::move(what)); }

  void read_entry(const Section& section, const std::string& id, const Yaml& entry) {
    if (id.empty() || id.size() > 200) return error(entry, "an id must have 1 to 200 bytes");
    if (!entry.is_map()) return error(entry, std::string(section.kind) + " '" + id + "' must be a map");
    if (entry["remove"].truth()) {
      section.remove(facts_, id);
      return;
    }
    bool good = true;
    const std::string allowed = " " + std::string(section.keys) + " source ";
    for (const auto& [key, value] : entry.members)
      if (allowed.find(" " + key + " ") == std::string::npos)
        error(value, std::string(section.kind) + " '" + id + "' has the unknown key '" + key + "'"), good = false;
    if (text(entry, "source").empty())
      error(entry, std::string(section.kind) + " '" + id + "' names no source"), good = false;
    const std::string place = std::string(section.kind) + " " + id;
    if (const auto before = facts_.origins_.find(place);
        before != facts_.origins_.end() && before->second.file == file_)
      error(entry, place + " stands twice in this file"), good = false;
    if (!good) return;
    section.remove(facts_, id);  // a later file replaces the entry whole, phrases and all
    facts_.origins_[place] = {file_, entry.line};
    (this->*section.add)(facts_.keep(id), entry);
  }

  std::string_view text(const Yaml& entry, std::string_view key) {
    const Yaml* value = entry.find(key);
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_scalar()) {
      error(*value, "'" + std::string(key) + "' must be one text");
      return {};
    }
    return facts_.keep(value->scalar);
  }
  std::string_view word(const Yaml& entry, std::string_view key, Words words, std::string_view otherwise) {
    const std::string_view given = text(entry, key);
    if (given.empty()) return otherwise;
    if (!is_one_of(given, words))
      error(entry[key], "'" + std::string(given) + "' is no word for '" + std::string(key) + "'");
    return given;
  }
  std::uint32_t number(const Yaml& entry, std::string_view key, std::uint32_t otherwise, std::uint32_t low,
                       std::uint32_t high) {
    const std::string_view given = text(entry, key);
    if (given.empty()) return otherwise;
    std::uint32_t out = 0;
    const auto [end, bad] = std::from_chars(given.data(), given.data() + given.size(), out);
    if (bad != std::errc() || end != given.data() + given.size() || out < low || out > high) {
      error(entry[key],
            "'" + std::string(key) + "' must be a number from " + std::to_string(low) + " to " + std::to_string(high));
      return otherwise;
    }
    return out;
  }
  Words list(const Yaml& entry, std::string_view key) {
    const Yaml* value = entry.find(key);
    if (value == nullptr || value->is_null()) return {};
    std::vector<std::string_view> out;
    if (value->is_scalar()) {
      out.push_back(facts_.keep(value->scalar));
    } else if (value->is_sequence()) {
      for (const Yaml& item : value->items) {
        if (!item.is_scalar() || item.scalar.empty()) {
          error(item, "'" + std::string(key) + "' must be a list of words");
        } else {
          out.push_back(facts_.keep(item.scalar));
        }
      }
    } else {
      error(*value, "'" + std::string(key) + "' must be a list of words");
    }
    return facts_.keep_list(std::move(out));
  }
  Words words(const Yaml& entry, std::string_view key, Words allowed) {
    const Words out = list(entry, key);
    for (const std::string_view w : out)
      if (!is_one_of(w, allowed))
        error(entry[key], "'" + std::string(w) + "' is no word for '" + std::string(key) + "'");
    return out;
  }
  void phrases(const Yaml& entry, std::string_view key, Means means, std::string_view value, std::uint8_t weight) {
    const Yaml* list_at = entry.find(key);
    for (const std::string_view pattern : list(entry, key))
      facts_.phrases.push_back({pattern, {means, value, weight, pattern}, file_, list_at->line});
  }
  void three_weights(const Yaml& entry, Means means, std::string_view value) {
    phrases(entry, "hints", means, value, 1);
    phrases(entry, "phrases", means, value, 2);
    phrases(entry, "certain", means, value, 3);
  }

  void add_node(std::string_view id, const Yaml& entry, NodeKind kind) {
    Node node;
    node.id = id;
    node.title = text(entry, "title").empty() ? id : text(entry, "title");
    node.developer = text(entry, "developer");
    node.kind = kind;
    node.hosted = entry["hosted"].truth();
    node.broad = entry["broad"].truth();
    node.parents = list(entry, "is");
    node.input = list(entry, "input");
    node.output = list(entry, "output");
    node.source = text(entry, "source");
    facts_.nodes[id] = node;
    const Means means = kind == NodeKind::family ? Means::family : Means::architecture;
    facts_.phrases.push_back({id, {Means::name, id, 2, id}, file_, entry.line});  // an id is a spelling of itself
    three_weights(entry, means, id);
    phrases(entry, "names", Means::name, id, 2);
    phrases(entry, "model_types", Means::model_type, id, 2);
    phrases(entry, "classes", Means::model_class, id, 2);
  }
  void family(std::string_view id, const Yaml& entry) { add_node(id, entry, NodeKind::family); }
  void architecture(std::string_view id, const Yaml& entry) { add_node(id, entry, NodeKind::architecture); }
  void modality(std::string_view id, const Yaml& entry) {
    facts_.modalities[id] = true;
    three_weights(entry, Means::modality, id);
  }
  void subject(std::string_view id, const Yaml& entry) {
    facts_.subjects[id] = true;
    three_weights(entry, Means::subject, id);
  }
  void access(std::string_view id, const Yaml& entry) {
    facts_.accesses[id] = true;
    three_weights(entry, Means::access, id);
  }
  void dataset(std::string_view id, const Yaml& entry) {
    facts_.datasets[id] = entry["open"].truth();
    three_weights(entry, Means::dataset, id);
  }
  void task(std::string_view id, const Yaml& entry) {
    Task task;
    task.id = id;
    task.title = text(entry, "title").empty() ? id : text(entry, "title");
    task.special = entry["special"].truth();
    task.implied_by = list(entry, "implied_by");
    task.within = list(entry, "within");
    task.input = list(entry, "input");
    task.source = text(entry, "source");
    facts_.tasks[id] = task;
    three_weights(entry, Means::task, id);
  }
  void exposure(std::string_view id, const Yaml& entry) {
    Exposure row;
    row.id = id;
    row.derived = entry["derived"].truth();
    // Of what people write down, all lets something in; of what follows from other keys, somebody must say it.
    const std::string_view gives = word(entry, "gives", kGives, row.derived ? "" : "way-in");
    row.way_in = gives == "way-in";
    row.usual = entry["usual"].truth();
    if (row.derived && gives.empty())
      error(entry, "exposure '" + std::string(id) + "' is derived and does not say what it 'gives': way-in or access");
    if (!row.derived && !row.way_in)
      error(entry, "exposure '" + std::string(id) + "' is written by people and so a way-in, not an access");
    row.title = text(entry, "title");
    row.lets_in = text(entry, "lets_in");
    row.missing = text(entry, "missing");
    row.implies = list(entry, "implies");
    row.excludes = list(entry, "excludes");
    row.source = text(entry, "source");
    if (row.title.empty() || row.missing.empty())
      error(entry, "exposure '" + std::string(id) + "' needs 'title' and 'missing'");
    facts_.exposures[id] = row;
    three_weights(entry, Means::exposure, id);
  }
  void threat(std::string_view id, const Yaml& entry) {
    Threat row;
    row.id = id;
    row.title = text(entry, "title").empty() ? id : text(entry, "title");
    row.effect = word(entry, "effect", kEffects, "misuse");
    row.assets = words(entry, "assets", kAssets);
    if (row.assets.empty()) error(entry, "threat '" + std::string(id) + "' names no kind of asset");
    row.input = list(entry, "input");
    row.output = list(entry, "output");
    row.usually = list(entry, "usually");
    row.generally = list(entry, "generally");
    row.architectures = list(entry, "architectures");
    row.tasks = list(entry, "tasks");
    row.within = list(entry, "within");
    row.action = word(entry, "action", kActions, "inform");
    row.proposal = text(entry, "proposal");
    row.impact = static_cast<std::uint8_t>(number(entry, "impact", 2, 1, 3));
    row.source = text(entry, "source");
    std::vector<Need> needs;
    if (const Yaml* list_at = entry.find("needs")) {
      if (!list_at->is_sequence())
        error(*list_at, "'needs' must be a list; each element one word, or a list of words of which one is enough");
      for (const Yaml& need : list_at->items) {
        std::vector<std::string_view> any;
        if (need.is_scalar()) any.push_back(facts_.keep(need.scalar));
        for (const Yaml& item : need.items) any.push_back(facts_.keep(item.scalar));
        if (any.empty()) error(need, "an empty need can never be met");
        needs.push_back({facts_.keep_list(std::move(any))});
      }
    }
    facts_.needs_.push_back(std::move(needs));
    row.needs = facts_.needs_.back();
    facts_.threats[id] = row;
    three_weights(entry, Means::threat, id);
  }
  void technique(std::string_view id, const Yaml& entry) {
    Technique row;
    row.id = id;
    row.title = text(entry, "title");
    row.framework = text(entry, "framework");
    row.preparation = entry["preparation"].truth();
    row.threats = list(entry, "threats");
    row.source = text(entry, "source");
    if (row.framework.empty()) error(entry, "technique '" + std::string(id) + "' names no framework");
    if (row.preparation && !row.threats.empty())
      error(entry,
            "technique '" + std::string(id) + "' is either the attacker's own preparation or stands for threats");
    facts_.techniques[id] = row;
  }
  void source(std::string_view id, const Yaml& entry) {
    Source row;
    row.id = id;
    // Any word: which kinds there are is known to the floor above (src/collect/CMakeLists.txt), which says what is none.
    row.kind = entry.find("kind") == nullptr ? "feed" : text(entry, "kind");
    if (row.kind.empty()) error(entry, "source '" + std::string(id) + "' has an empty 'kind'");
    row.title = text(entry, "title");
    row.publisher = text(entry, "publisher");
    row.urls = list(entry, "urls");
    row.licence = text(entry, "licence");
    row.attribution = text(entry, "attribution");
    row.pace_ms = number(entry, "pace_ms", 1000, 0, 3'600'000);
    row.cadence = word(entry, "cadence", kCadences, "daily");
    row.layers = words(entry, "layers", kLayers);
    const std::string_view grade = text(entry, "grade");
    if (grade.size() != 1 || grade[0] < 'A' || grade[0] > 'F') error(entry, "'grade' must be a letter from A to F");
    row.grade = grade.size() == 1 ? grade[0] : 'F';
    row.internal = entry["internal"].truth();
    row.enabled = entry.find("enabled") == nullptr || entry["enabled"].truth();
    if (const Yaml* settings = entry.find("settings")) {
      if (!settings->is_map()) error(*settings, "'settings' must be a map");
      row.settings = facts_.keep(as_json(*settings).dump());
    } else {
      row.settings = "{}";
    }
    row.source = text(entry, "source");
    if (row.title.empty() || row.licence.empty())
      error(entry, "source '" + std::string(id) + "' needs 'title' and 'licence'");
    for (const std::string_view url : row.urls)
      if (!url.starts_with("https://") && !url.starts_with("http://"))
        error(entry["urls"], "'" + std::string(url) + "' is no http(s) address");
    facts_.sources[id] = row;
  }
  void package_list(std::string_view id, const Yaml& entry) {
    const std::string_view ecosystem = text(entry, "ecosystem");
    if (ecosystem.empty()) error(entry, "packages '" + std::string(id) + "' name no ecosystem");
    for (const std::string_view name : list(entry, "names")) facts_.packages[{ecosystem, name}] = {ecosystem, name, id};
  }

  void product(std::string_view id, const Yaml& entry) {
    const std::string_view ecosystem = text(entry, "ecosystem");
    const std::string_view package = text(entry, "package");
    if (ecosystem.empty()) error(entry, "product '" + std::string(id) + "' names no ecosystem");
    const std::string_view value =
        facts_.keep(std::string(ecosystem) + "/" + std::string(package.empty() ? id : package));
    facts_.products[id] = value;
    phrases(entry, "hints", Means::product, value, 1);
    phrases(entry, "phrases", Means::product, value, 2);
  }

  // `id` is the module unless `module` says otherwise: a module may need several entries.
  void pickle_names(std::string_view id, const Yaml& entry, PickleTrust trust, std::string_view word) {
    const std::string_view module = text(entry, "module").empty() ? id : text(entry, "module");
    Words names = list(entry, "names");
    static constexpr std::string_view kAll[] = {""};
    if (names.empty() && trust == PickleTrust::danger) names = kAll;
    if (names.empty()) error(entry, "pickle names of '" + std::string(id) + "': there are none");
    for (const std::string_view name : names) {
      const auto known = facts_.pickle_names.find({module, name});
      if (known != facts_.pickle_names.end() && known->second.trust != trust)
        error(entry, "'" + std::string(module) + "." + std::string(name) + "' is both safe and not");
      facts_.pickle_names[{module, name}] = {module, name, trust, word, {}, id, text(entry, "source")};
    }
  }
  void pickle_safe(std::string_view id, const Yaml& entry) { pickle_names(id, entry, PickleTrust::safe, ""); }
  void pickle_danger(std::string_view id, const Yaml& entry) {
    const std::string_view effect = word(entry, "effect", kPickleEffects, "");
    if (effect.empty()) error(entry, "pickle danger '" + std::string(id) + "' names no effect");
    pickle_names(id, entry, PickleTrust::danger, effect);
  }
  // `id` is module and name, or a module with `names`.
  void pickle_caution(std::string_view id, const Yaml& entry) {
    const std::string_view rule = word(entry, "rule", kPickleRules, "");
    if (rule.empty()) error(entry, "pickle caution '" + std::string(id) + "' names no rule");
    if (!list(entry, "names").empty()) return pickle_names(id, entry, PickleTrust::caution, rule);
    const auto dot = id.rfind('.');
    if (dot == std::string_view::npos)
      return error(entry, "pickle caution '" + std::string(id) + "' is no module and name");
    const std::string_view module = id.substr(0, dot), name = id.substr(dot + 1);
    const auto known = facts_.pickle_names.find({module, name});
    if (known != facts_.pickle_names.end() && known->second.trust == PickleTrust::safe)
      error(entry, "'" + std::string(id) + "' is both safe and not");
    facts_.pickle_names[{module, name}] = {
        module, name, PickleTrust::caution, rule, list(entry, "allowed"), id, text(entry, "source")};
  }
  void pickle_class(std::string_view id, const Yaml& entry) {
    facts_.pickle_classes[id] = {id, list(entry, "suffixes"), text(entry, "source")};
  }

  Facts& facts_;
  std::string_view file_;
};

namespace {
void remove_phrases(Facts& facts, std::initializer_list<Means> of, std::string_view value) {
  std::erase_if(facts.phrases, [&](const Phrase& p) {
    return p.meaning.value == value && std::find(of.begin(), of.end(), p.meaning.means) != of.end();
  });
}
template <Means means, class Map>
void remove_from(Map Facts::* map, Facts& facts, std::string_view id) {
  (facts.*map).erase(id);
  remove_phrases(facts, {means}, id);
}
template <PickleTrust trust>
void remove_pickle_names(Facts& facts, std::string_view id) {
  std::erase_if(facts.pickle_names,
                [&](const auto& row) { return row.second.entry == id && row.second.trust == trust; });
}
void remove_node(Facts& facts, std::string_view id) {
  facts.nodes.erase(id);
  remove_phrases(facts, {Means::family, Means::architecture, Means::name, Means::model_type, Means::model_class}, id);
}
}  // namespace

const std::array<FactsReader::Section, 17> FactsReader::kSections = {{
    {"families", "family",
     "title developer is phrases hints certain names model_types classes input output hosted broad",
     &FactsReader::family, remove_node},
    {"architectures", "architecture", "title is phrases hints certain names model_types classes input output broad",
     &FactsReader::architecture, remove_node},
    {"modalities", "modality", "title phrases hints certain", &FactsReader::modality,
     [](Facts& f, std::string_view id) { remove_from<Means::modality>(&Facts::modalities, f, id); }},
    {"subjects", "subject", "title phrases hints certain", &FactsReader::subject,
     [](Facts& f, std::string_view id) { remove_from<Means::subject>(&Facts::subjects, f, id); }},
    {"accesses", "access", "title phrases hints certain", &FactsReader::access,
     [](Facts& f, std::string_view id) { remove_from<Means::access>(&Facts::accesses, f, id); }},
    {"datasets", "data set", "title open phrases hints certain", &FactsReader::dataset,
     [](Facts& f, std::string_view id) { remove_from<Means::dataset>(&Facts::datasets, f, id); }},
    {"tasks", "task", "title special implied_by within input phrases hints certain", &FactsReader::task,
     [](Facts& f, std::string_view id) { remove_from<Means::task>(&Facts::tasks, f, id); }},
    {"exposures", "exposure", "derived gives usual title lets_in missing implies excludes phrases hints certain",
     &FactsReader::exposure,
     [](Facts& f, std::string_view id) { remove_from<Means::exposure>(&Facts::exposures, f, id); }},
    {"threats", "threat",
     "title effect assets input output usually generally architectures tasks within needs action proposal impact "
     "phrases "
     "hints certain",
     &FactsReader::threat, [](Facts& f, std::string_view id) { remove_from<Means::threat>(&Facts::threats, f, id); }},
    {"techniques", "technique", "title framework preparation threats", &FactsReader::technique,
     [](Facts& f, std::string_view id) { f.techniques.erase(id); }},
    {"sources", "source",
     "kind title publisher urls licence attribution pace_ms cadence layers grade internal enabled settings",
     &FactsReader::source, [](Facts& f, std::string_view id) { f.sources.erase(id); }},
    {"products", "product", "ecosystem package phrases hints", &FactsReader::product,
     [](Facts& f, std::string_view id) {
       const auto at = f.products.find(id);
       if (at == f.products.end()) return;
       remove_phrases(f, {Means::product}, at->second);
       f.products.erase(at);
     }},
    {"packages", "packages", "ecosystem names", &FactsReader::package_list,
     [](Facts& f, std::string_view id) {
       std::erase_if(f.packages, [&](const auto& row) { return row.second.role == id; });
     }},
    {"pickle_safe", "pickle names", "module names", &FactsReader::pickle_safe, remove_pickle_names<PickleTrust::safe>},
    {"pickle_cautions", "pickle caution", "module names rule allowed", &FactsReader::pickle_caution,
     remove_pickle_names<PickleTrust::caution>},
    {"pickle_dangers", "pickle danger", "module names effect", &FactsReader::pickle_danger,
     remove_pickle_names<PickleTrust::danger>},
    {"pickle_classes", "pickle classes", "suffixes", &FactsReader::pickle_class,
     [](Facts& f, std::string_view id) { f.pickle_classes.erase(id); }},
}};

std::string_view Facts::keep(std::string_view text) {
  return texts_.emplace_back(text);
}
Words Facts::keep_list(std::vector<std::string_view> list) {
  return lists_.emplace_back(std::move(list));
}
void Facts::error(std::string_view file, std::uint32_t line, std::string what) {
  Error e{Code::malformed, std::move(what), std::string(file), {}, {}, {}};
  if (line != 0) e.line = line;
  errors_.push_back(std::move(e));
}
void Facts::error(std::string_view kind, std::string_view id, std::string what) {
  const auto at = origins_.find(std::string(kind) + " " + std::string(id));
  if (at == origins_.end())
    return error("built-in facts", 0, std::string(kind) + " '" + std::string(id) + "' " + std::move(what));
  error(at->second.file, at->second.line, std::string(kind) + " '" + std::string(id) + "' " + std::move(what));
}

void Facts::start_from(const Tables& t) {
  for (const Node& row : t.nodes) nodes[row.id] = row;
  for (const Task& row : t.tasks) tasks[row.id] = row;
  for (const Threat& row : t.threats) threats[row.id] = row;
  for (const Technique& row : t.techniques) techniques[row.id] = row;
  for (const Exposure& row : t.exposures) exposures[row.id] = row;
  for (const Source& row : t.sources) sources[row.id] = row;
  for (const Package& row : t.packages) packages[{row.ecosystem, row.name}] = row;
  for (const PickleName& row : t.pickle_names) pickle_names[{row.module, row.name}] = row;
  for (const PickleClasses& row : t.pickle_classes) pickle_classes[row.package] = row;
  for (const std::string_view word : t.modalities) modalities[word] = true;
  for (const std::string_view word : t.subjects) subjects[word] = true;
  for (const std::string_view word : t.accesses) accesses[word] = true;
  for (const std::string_view word : t.datasets) datasets[word] = false;
  for (const std::string_view word : t.open_datasets) datasets[word] = true;
  // A pattern that spells out to several forms stands at each of them; it is wanted once.
  std::set<std::tuple<std::string_view, Means, std::string_view>> seen;
  for (const Meaning& m : t.meanings)
    if (seen.insert({m.phrase, m.means, m.value}).second) phrases.push_back({m.phrase, m, "built-in facts", 0});
}

void Facts::read(std::string_view name, std::string_view text) {
  const auto yaml = parse_yaml(text);
  if (!yaml) {
    Error e = yaml.error();
    e.where = std::string(name);
    errors_.push_back(std::move(e));
    return;
  }
  FactsReader(*this, name).document(*yaml);
}

void Facts::check_nodes() {
  for (auto& [id, node] : nodes) {
    const std::string_view kind = node.kind == NodeKind::family ? "family" : "architecture";
    if (node.kind == NodeKind::family && node.parents.empty())
      error(kind, id, "stands on no family and no architecture");
    for (const std::string_view parent : node.parents) {
      const auto at = nodes.find(parent);
      if (at == nodes.end()) {
        error(kind, id, "is a '" + std::string(parent) + "', which there is not");
      } else if (node.kind == NodeKind::architecture && at->second.kind == NodeKind::family) {
        error(kind, id, "is an architecture and cannot be a family ('" + std::string(parent) + "')");
      }
    }
    for (const Words words : {node.input, node.output})
      for (const std::string_view word : words)
        if (!modalities.contains(word)) error(kind, id, "has the unknown modality '" + std::string(word) + "'");
  }
  if (!errors_.empty()) return;
  // Cycles: walk up from every node; a walk longer than there are nodes comes round.
  std::map<std::string_view, int> state;  // 1 on the way, 2 done
  const std::function<bool(std::string_view)> walk = [&](std::string_view id) {
    int& mine = state[id];
    if (mine == 2) return true;
    if (mine == 1) return false;
    mine = 1;
    Node& node = nodes.at(id);
    for (const std::string_view parent : node.parents) {
      if (!walk(parent)) {
        error(node.kind == NodeKind::family ? "family" : "architecture", id, "is its own ancestor");
        state[id] = 2;
        return true;  // said once
      }
    }
    // What is not said is what the nearest parent says.
    for (const std::string_view parent : node.parents) {
      if (node.input.empty()) node.input = nodes.at(parent).input;
      if (node.output.empty()) node.output = nodes.at(parent).output;
    }
    state[id] = 2;
    return true;
  };
  for (const auto& [id, node] : nodes) walk(id);
  for (const auto& [id, node] : nodes)
    if (node.kind == NodeKind::family && (node.input.empty() || node.output.empty()))
      error("family", id, "has no modality");
}

namespace {
// Whether following `within` from an entry leads back to it, or to what there is not; the words for the first such.
template <class Map>
std::string fault_of_within(const Map& rows, std::string_view id, Words within) {
  std::set<std::string_view> seen{id};
  std::vector<std::string_view> open(within.begin(), within.end());
  while (!open.empty()) {
    const std::string_view next = open.back();
    open.pop_back();
    if (next == id) return "lies within itself";
    const auto at = rows.find(next);
    if (at == rows.end()) return "lies within '" + std::string(next) + "', which there is not";
    if (seen.insert(next).second) open.insert(open.end(), at->second.within.begin(), at->second.within.end());
  }
  return "";
}
}  // namespace

void Facts::check_threats() {
  for (const auto& [id, task] : tasks) {
    for (const std::string_view word : task.input)
      if (!modalities.contains(word)) error("task", id, "names the unknown modality '" + std::string(word) + "'");
    for (const std::string_view node : task.implied_by)
      if (!nodes.contains(node) && !exposures.contains(node))
        error("task", id, "is implied by '" + std::string(node) + "', which there is not");
    if (std::string fault = fault_of_within(tasks, id, task.within); !fault.empty())
      error("task", id, std::move(fault));
  }
  for (const auto& [id, threat] : threats) {
    if (std::string fault = fault_of_within(threats, id, threat.within); !fault.empty())
      error("threat", id, std::move(fault));
    for (const std::string_view node : threat.architectures)
      if (!nodes.contains(node)) error("threat", id, "names the unknown architecture '" + std::string(node) + "'");
    for (const std::string_view word : threat.generally)
      if (!nodes.contains(word) && !tasks.contains(word))
        error("threat", id, "is general for '" + std::string(word) + "', which is no architecture and no task");
    for (const std::string_view task : threat.tasks)
      if (!tasks.contains(task)) error("threat", id, "names the unknown task '" + std::string(task) + "'");
    for (const Words words : {threat.input, threat.output, threat.usually})
      for (const std::string_view word : words)
        if (!modalities.contains(word)) error("threat", id, "names the unknown modality '" + std::string(word) + "'");
    for (const Need& need : threat.needs)
      for (const std::string_view word : need.any)
        if (!exposures.contains(word)) error("threat", id, "needs '" + std::string(word) + "', which is no exposure");
  }
  for (const auto& [id, technique] : techniques)
    for (const std::string_view threat : technique.threats)
      if (!threats.contains(threat))
        error("technique", id, "stands for the unknown threat '" + std::string(threat) + "'");
  for (const auto& [id, exposure] : exposures)
    for (const Words words : {exposure.implies, exposure.excludes})
      for (const std::string_view word : words)
        if (!exposures.contains(word))
          error("exposure", id, "speaks of '" + std::string(word) + "', which is no exposure");
}

namespace {
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  Tokens tokens(text);
  for (Token token; tokens.next(token);) out.emplace_back(token.word);
  return out;
}
bool names_a_node(Means means) {
  return means == Means::family || means == Means::architecture || means == Means::name;
}
}  // namespace

void Facts::check_phrases() {
  if (phrases.size() > kMaxPhrases) {
    error("", 0, "more than " + std::to_string(kMaxPhrases) + " phrases");
    return;
  }
  struct Owner {
    std::string_view value;
    const Phrase* phrase;
  };
  std::map<std::vector<std::string>, Owner> owners;
  for (const Phrase& p : phrases) {
    const auto forms = spell_out(p.pattern);
    if (!forms) {
      error(p.file, p.line, "phrase '" + std::string(p.pattern) + "': " + forms.error().what);
      continue;
    }
    for (const std::string& form : *forms) {
      const auto words = words_of(form);
      if (words.empty() || std::find(words.begin(), words.end(), "") != words.end()) {
        error(p.file, p.line, "phrase '" + std::string(p.pattern) + "' has no word, or one that is too long");
        continue;
      }
      if (!names_a_node(p.meaning.means)) continue;
      const auto [at, is_new] = owners.try_emplace(words, Owner{p.meaning.value, &p});
      if (!is_new && at->second.value != p.meaning.value)
        error(p.file, p.line,
              "'" + form + "' names both '" + std::string(at->second.value) + "' and '" + std::string(p.meaning.value) +
                  "'");
    }
  }
}

void Facts::check() {
  check_nodes();
  check_threats();
  check_phrases();
}

namespace {
template <class Map>
auto values_of(const Map& map) {
  std::vector<typename Map::mapped_type> out;
  out.reserve(map.size());
  for (const auto& [id, row] : map) out.push_back(row);
  return out;
}
std::vector<std::string_view> keys_of(const std::map<std::string_view, bool>& map) {
  std::vector<std::string_view> out;
  for (const auto& [id, unused] : map) out.push_back(id);
  return out;
}
std::size_t capacity_for(std::size_t entries) {
  std::size_t capacity = 16;
  while (capacity < entries * 2) capacity *= 2;
  return capacity;
}
}  // namespace

// The trie over all spellings is folded from its leaves: states with the same meanings and the same ways on become one,
// as in a word graph (Daciuk et al. 2000). Brackets in patterns make many spellings with equal ends, so this leaves
// about a quarter.
void Facts::lay_out_phrases(Tables& out) {
  struct State {
    std::map<std::uint32_t, std::uint32_t> steps;  // word to state
    std::vector<Meaning> meanings;
  };
  std::map<std::string, std::uint32_t> ids;
  std::vector<State> trie(1);
  // By pattern, so that equal facts give equal tables in whatever order files were read.
  std::stable_sort(phrases.begin(), phrases.end(), [](const Phrase& a, const Phrase& b) {
    return std::tie(a.pattern, a.meaning.means, a.meaning.value) <
           std::tie(b.pattern, b.meaning.means, b.meaning.value);
  });
  for (const Phrase& p : phrases) {
    for (const std::string& form : spell_out(p.pattern).value_or(std::vector<std::string>{})) {
      std::uint32_t state = 0;
      for (const std::string& word : words_of(form)) {
        const std::uint32_t id = ids.try_emplace(word, static_cast<std::uint32_t>(ids.size() + 1)).first->second;
        const auto [at, is_new] = trie[state].steps.try_emplace(id, static_cast<std::uint32_t>(trie.size()));
        state = at->second;
        if (is_new) trie.emplace_back();
      }
      auto& here = trie[state].meanings;
      const bool known = std::any_of(here.begin(), here.end(), [&](const Meaning& m) {
        return m.means == p.meaning.means && m.value == p.meaning.value;
      });
      if (!known) here.push_back(p.meaning);
    }
  }
  using MeaningKey = std::tuple<Means, std::string_view, std::uint8_t, std::string_view>;
  using Key = std::pair<std::vector<MeaningKey>, std::vector<std::pair<std::uint32_t, std::uint32_t>>>;
  std::map<Key, std::uint32_t> known;
  std::map<std::vector<MeaningKey>, std::uint32_t> known_meanings;
  std::vector<std::uint32_t> folded(trie.size());
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> steps;
  state_rows_.assign(1, {});
  // A state's ways on were made after it, so going backwards sees them first. The root is 0 and nothing leads to it.
  for (std::size_t i = trie.size(); i-- > 0;) {
    State& state = trie[i];
    std::stable_sort(state.meanings.begin(), state.meanings.end(), [](const Meaning& a, const Meaning& b) {
      return std::tie(a.means, a.value) < std::tie(b.means, b.value);  // those of running text come first
    });
    Key key;
    for (const Meaning& m : state.meanings) key.first.emplace_back(m.means, m.value, m.weight, m.phrase);
    for (const auto& [word, next] : state.steps) key.second.emplace_back(word, folded[next]);
    if (i != 0) {
      const auto [at, is_new] = known.try_emplace(key, static_cast<std::uint32_t>(state_rows_.size()));
      folded[i] = at->second;
      if (!is_new) continue;
      StateRow row;
      if (!state.meanings.empty()) {
        const auto [first, fresh] =
            known_meanings.try_emplace(key.first, static_cast<std::uint32_t>(meaning_rows_.size()));
        if (fresh) meaning_rows_.insert(meaning_rows_.end(), state.meanings.begin(), state.meanings.end());
        row = {first->second, static_cast<std::uint32_t>(state.meanings.size())};
      }
      state_rows_.push_back(row);
    }
    for (const auto& [word, next] : key.second) steps[{folded[i], word}] = next;
  }
  word_rows_.assign(capacity_for(ids.size()), {});
  for (const auto& [word, id] : ids) {
    std::size_t at = hash_word(word) & (word_rows_.size() - 1);
    while (word_rows_[at].id != 0) at = (at + 1) & (word_rows_.size() - 1);
    word_rows_[at] = {keep(word), id};
  }
  step_rows_.assign(capacity_for(steps.size()), {});
  for (const auto& [key, next] : steps) {
    std::size_t at = hash_step(key.first, key.second) & (step_rows_.size() - 1);
    while (step_rows_[at].word != 0) at = (at + 1) & (step_rows_.size() - 1);
    step_rows_[at] = {key.first, key.second, next};
  }
  out.words = word_rows_;
  out.steps = step_rows_;
  out.states = state_rows_;
  out.meanings = meaning_rows_;
}

Tables Facts::tables() {
  node_rows_ = values_of(nodes);
  task_rows_ = values_of(tasks);
  threat_rows_ = values_of(threats);
  technique_rows_ = values_of(techniques);
  exposure_rows_ = values_of(exposures);
  source_rows_ = values_of(sources);
  package_rows_ = values_of(packages);
  pickle_name_rows_ = values_of(pickle_names);
  pickle_class_rows_ = values_of(pickle_classes);
  modality_rows_ = keys_of(modalities);
  subject_rows_ = keys_of(subjects);
  access_rows_ = keys_of(accesses);
  dataset_rows_ = keys_of(datasets);
  for (const auto& [id, open] : datasets)
    if (open) open_rows_.push_back(id);
  Tables out;
  out.nodes = node_rows_;
  out.tasks = task_rows_;
  out.threats = threat_rows_;
  out.techniques = technique_rows_;
  out.exposures = exposure_rows_;
  out.sources = source_rows_;
  out.packages = package_rows_;
  out.pickle_names = pickle_name_rows_;
  out.pickle_classes = pickle_class_rows_;
  out.modalities = modality_rows_;
  out.subjects = subject_rows_;
  out.accesses = access_rows_;
  out.datasets = dataset_rows_;
  out.open_datasets = open_rows_;
  lay_out_phrases(out);
  out.version = "";
  const std::string digest = sha256(as_cpp(out)).hex();
  out.version = keep(std::string_view(digest).substr(0, 16));
  return out;
}

}  // namespace tocsin::knowledge
