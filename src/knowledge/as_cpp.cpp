// Prints tables as C++ constants. Lists of words go into one pool, equal lists once, so that rows are plain aggregates
// that need no work at start-up. The text is also what the version of the facts is a digest of.
#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "knowledge/facts.hpp"

namespace tocsin::knowledge {
namespace {

// A C++ string literal: JSON's escapes are a subset of ours, but for \u below 0xA0, which C++ does not take.
std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20 || u == 0x7f) {
      constexpr char kOctal[] = "01234567";
      out += {'\\', kOctal[u >> 6], kOctal[(u >> 3) & 7], kOctal[u & 7]};
    } else {
      out += c;
    }
  }
  return out + "\"sv";
}

class Printer {
 public:
  std::string list(Words words) {
    if (words.empty()) return "Words{}";
    std::string key;
    for (const std::string_view w : words) key += literal(w) + ",";
    const auto [at, is_new] = lists_.try_emplace(key, pool_.size());
    if (is_new) pool_.insert(pool_.end(), words.begin(), words.end());
    return "Words{kPool + " + std::to_string(at->second) + ", " + std::to_string(words.size()) + "}";
  }
  std::string needs(std::span<const Need> list_of) {
    if (list_of.empty()) return "{}";
    const std::size_t first = needs_count_;
    for (const Need& need : list_of) needs_ += "    Need{" + list(need.any) + "},\n", ++needs_count_;
    return "std::span<const Need>{kNeeds + " + std::to_string(first) + ", " + std::to_string(list_of.size()) + "}";
  }
  std::string pool() const {
    std::string out = "constexpr std::string_view kPool[] = {\n";
    for (const std::string_view w : pool_) out += "    " + literal(w) + ",\n";
    return out + "    \"\"sv};\n";
  }
  std::string need_pool() const { return "constexpr Need kNeeds[] = {\n" + needs_ + "    Need{}};\n"; }

 private:
  std::map<std::string, std::size_t> lists_;
  std::vector<std::string_view> pool_;
  std::string needs_;
  std::size_t needs_count_ = 0;
};

std::string truth(bool value) {
  return value ? "true" : "false";
}

template <class Row, class Print>
std::string table(std::string_view type, std::string_view name, std::span<const Row> rows, Print print) {
  std::string out = "constexpr " + std::string(type) + " " + std::string(name) + "[] = {\n";
  for (const Row& row : rows) out += "    {" + print(row) + "},\n";
  if (rows.empty()) out += "    {}\n";
  return out + "};\n";
}

}  // namespace

std::string as_cpp(const Tables& t) {
  Printer p;
  const auto means = [](Means m) { return "static_cast<Means>(" + std::to_string(static_cast<int>(m)) + ")"; };
  std::string rows;
  rows += table("Node", "kNodes", t.nodes, [&](const Node& n) {
    return literal(n.id) + ", " + literal(n.title) + ", " + literal(n.developer) + ", " +
           (n.kind == NodeKind::family ? "NodeKind::family, " : "NodeKind::architecture, ") + truth(n.hosted) + ", " +
           truth(n.broad) + ", " + p.list(n.parents) + ", " + p.list(n.input) + ", " + p.list(n.output) + ", " +
           literal(n.source);
  });
  rows += table("Task", "kTasks", t.tasks, [&](const Task& n) {
    return literal(n.id) + ", " + literal(n.title) + ", " + truth(n.special) + ", " + p.list(n.implied_by) + ", " +
           p.list(n.within) + ", " + p.list(n.input) + ", " + literal(n.source);
  });
  rows += table("Threat", "kThreats", t.threats, [&](const Threat& n) {
    return literal(n.id) + ", " + literal(n.title) + ", " + literal(n.effect) + ", " + p.list(n.assets) + ", " +
           p.list(n.input) + ", " + p.list(n.output) + ", " + p.list(n.usually) + ", " + p.list(n.generally) + ", " +
           p.list(n.architectures) + ", " + p.list(n.tasks) + ", " + p.list(n.within) + ", " + p.needs(n.needs) + ", " +
           literal(n.action) + ", " + literal(n.proposal) + ", " + std::to_string(n.impact) + ", " + literal(n.source);
  });
  rows += table("Technique", "kTechniques", t.techniques, [&](const Technique& n) {
    return literal(n.id) + ", " + literal(n.title) + ", " + literal(n.framework) + ", " + truth(n.preparation) + ", " +
           p.list(n.threats) + ", " + literal(n.source);
  });
  rows += table("Exposure", "kExposures", t.exposures, [&](const Exposure& n) {
    return literal(n.id) + ", " + truth(n.derived) + ", " + truth(n.way_in) + ", " + truth(n.usual) + ", " +
           literal(n.title) + ", " + literal(n.lets_in) + ", " + literal(n.missing) + ", " + p.list(n.implies) + ", " +
           p.list(n.excludes) + ", " + literal(n.source);
  });
  rows += table("Source", "kSources", t.sources, [&](const Source& n) {
    return literal(n.id) + ", " + literal(n.kind) + ", " + literal(n.title) + ", " + literal(n.publisher) + ", " +
           p.list(n.urls) + ", " + literal(n.licence) + ", " + literal(n.attribution) + ", " +
           std::to_string(n.pace_ms) + "u, " + literal(n.cadence) + ", " + p.list(n.layers) + ", '" + n.grade + "', " +
           truth(n.internal) + ", " + truth(n.enabled) + ", " + literal(n.settings) + ", " + literal(n.source);
  });
  rows += table("Package", "kPackages", t.packages, [&](const Package& n) {
    return literal(n.ecosystem) + ", " + literal(n.name) + ", " + literal(n.role);
  });
  rows += table("PickleName", "kPickleNames", t.pickle_names, [&](const PickleName& n) {
    return literal(n.module) + ", " + literal(n.name) + ", static_cast<PickleTrust>(" +
           std::to_string(static_cast<int>(n.trust)) + "), " + literal(n.word) + ", " + p.list(n.allowed) + ", " +
           literal(n.entry) + ", " + literal(n.source);
  });
  rows += table("PickleClasses", "kPickleClasses", t.pickle_classes, [&](const PickleClasses& n) {
    return literal(n.package) + ", " + p.list(n.suffixes) + ", " + literal(n.source);
  });
  rows += table("WordSlot", "kWords", t.words, [&](const WordSlot& n) {
    return n.id == 0 ? std::string() : literal(n.word) + ", " + std::to_string(n.id) + "u";
  });
  rows += table("StepSlot", "kSteps", t.steps, [&](const StepSlot& n) {
    return n.word == 0 ? std::string()
                       : std::to_string(n.node) + "u, " + std::to_string(n.word) + "u, " + std::to_string(n.next) + "u";
  });
  rows += table("StateRow", "kStates", t.states,
                [&](const StateRow& n) { return std::to_string(n.first) + "u, " + std::to_string(n.count) + "u"; });
  std::map<std::string_view, std::size_t> phrases;  // a phrase stands at several meanings; its text is wanted once
  std::string phrase_rows = "constexpr std::string_view kPhrases[] = {\n";
  for (const Meaning& m : t.meanings)
    if (phrases.try_emplace(m.phrase, phrases.size()).second) phrase_rows += "    " + literal(m.phrase) + ",\n";
  rows += phrase_rows + "    \"\"sv};\n";
  rows += table("Meaning", "kMeanings", t.meanings, [&](const Meaning& n) {
    return means(n.means) + ", " + literal(n.value) + ", " + std::to_string(n.weight) + ", kPhrases[" +
           std::to_string(phrases.at(n.phrase)) + "]";
  });
  const auto span = [](std::string_view type, std::string_view name, std::size_t size) {
    return size == 0
               ? "std::span<const " + std::string(type) + ">{}"
               : "std::span<const " + std::string(type) + ">{" + std::string(name) + ", " + std::to_string(size) + "}";
  };
  std::string all =
      "constinit const Tables kBuiltin = {\n    " + literal(t.version) + ",\n    " +
      span("Node", "kNodes", t.nodes.size()) + ",\n    " + span("Task", "kTasks", t.tasks.size()) + ",\n    " +
      span("Threat", "kThreats", t.threats.size()) + ",\n    " + span("Technique", "kTechniques", t.techniques.size()) +
      ",\n    " + span("Exposure", "kExposures", t.exposures.size()) + ",\n    " +
      span("Source", "kSources", t.sources.size()) + ",\n    " + span("Package", "kPackages", t.packages.size()) +
      ",\n    " + span("PickleName", "kPickleNames", t.pickle_names.size()) + ",\n    " +
      span("PickleClasses", "kPickleClasses", t.pickle_classes.size()) + ",\n    " + p.list(t.modalities) + ",\n    " +
      p.list(t.subjects) + ",\n    " + p.list(t.accesses) + ",\n    " + p.list(t.datasets) + ",\n    " +
      p.list(t.open_datasets) + ",\n    " + span("WordSlot", "kWords", t.words.size()) + ",\n    " +
      span("StepSlot", "kSteps", t.steps.size()) + ",\n    " + span("StateRow", "kStates", t.states.size()) +
      ",\n    " + span("Meaning", "kMeanings", t.meanings.size()) + ",\n};\n";
  return "// Written by src/knowledge/compiler from knowledge/*.yaml.\n#include \"knowledge/tables.hpp\"\n\nnamespace "
         "tocsin::knowledge {\n"
         "namespace {\nusing namespace std::string_view_literals;\n" +
         p.pool() + p.need_pool() + rows + "}  // namespace\n\n" + all + "}  // namespace tocsin::knowledge\n";
}

}  // namespace tocsin::knowledge
