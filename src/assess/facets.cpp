// Words are weighed, not counted: a phrase in the title is worth three in the summary, one that could mean nothing else
// twice one that needs company, and many mentions in a long summary are capped. What is far below the strongest of its
// kind is incidental: it is kept with its weight but does not decide. Thresholds are those of one phrase in a title, or
// three in a summary.
#include "assess/facets.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/foreign.hpp"

namespace tocsin::assess {
namespace {

using intel::Kind;
using knowledge::Means;

constexpr int kSalient = 6;                 // one phrase in a title, or three in a summary
constexpr int kCompany = 2;                 // a word of attack, defence or privacy besides
constexpr std::size_t kShortSummary = 500;  // two or three sentences; an abstract has 1,000 to 1,900 bytes
constexpr int kHintCap = 4;                 // of words that need company: many of them are still no company
constexpr int kSummaryCap = 14;             // of one value, so that repetition does not outweigh the title
constexpr int kStated = 100;                // a field of the source: beyond doubt
constexpr std::size_t kMaxEvidence = 120;

int title_weight(int weight) {
  return weight == 1 ? 2 : weight == 2 ? 6 : 9;
}
int summary_weight(int weight) {
  return weight == 1 ? 1 : weight == 2 ? 2 : 4;
}

std::optional<Means> means_of(std::string_view facet) {
  for (const Means m : {Means::family, Means::architecture, Means::modality, Means::task, Means::exposure,
                        Means::access, Means::dataset, Means::subject, Means::threat})
    if (to_string(m) == facet) return m;
  return std::nullopt;
}

class Weigher {
 public:
  explicit Weigher(const knowledge::Knowledge& facts) : facts_(facts) {}

  void text(std::string_view words, bool title) {
    for (const knowledge::Match& match : facts_.match(words)) {
      const std::string_view evidence = words.substr(match.begin, match.end - match.begin);
      for (const knowledge::Meaning& m : match.meanings)
        if (m.means != Means::product || m.weight > 1 || stands_alone(words, match, m.phrase)) take(m, title, evidence);
      inside(match.meanings, evidence, title);
    }
  }
  void take(const knowledge::Meaning& m, bool title, std::string_view evidence) {
    add(m.means, m.value, title ? title_weight(m.weight) : summary_weight(m.weight), title, evidence, false);
    if (m.weight > 1) found_[{m.means, std::string(m.value)}].said = true;
  }
  void add(Means means, std::string_view value, int weight, bool title, std::string_view evidence, bool stated) {
    Found& found = found_[{means, std::string(value)}];
    if (found.value.empty()) {
      found.means = means;
      found.value = value;
    }
    if (found.evidence.empty() || (title && !found.in_title))
      found.evidence = std::string(evidence.substr(0, kMaxEvidence));
    found.in_title = found.in_title || title;
    found.stated = found.stated || stated;
    found.said = found.said || stated;
    if (title || stated) {
      found.weight += weight;
    } else {
      Summary& in_summary = summary_[{means, std::string(value)}];
      int more = std::min(weight, kSummaryCap - in_summary.all);
      if (weight == summary_weight(1)) {
        more = std::min(more, kHintCap - in_summary.hints);
        in_summary.hints += more;
      }
      in_summary.all += more;
      found.weight += more;
    }
  }
  int weight(Means means, std::string_view value) const {
    const auto at = found_.find({means, std::string(value)});
    return at == found_.end() ? 0 : at->second.weight;
  }
  const Found* find(Means means, std::string_view value) const {
    const auto at = found_.find({means, std::string(value)});
    return at == found_.end() ? nullptr : &at->second;
  }
  std::vector<Found> take() const {
    std::vector<Found> out;
    for (const auto& [key, found] : found_) out.push_back(found);
    std::stable_sort(out.begin(), out.end(), [](const Found& a, const Found& b) {
      return std::tuple(a.means, -a.weight, std::string_view(a.value)) <
             std::tuple(b.means, -b.weight, std::string_view(b.value));
    });
    return out;
  }

 private:
  using Key = std::pair<Means, std::string>;

  // The longest phrase wins, but some of what its words say still counts: attack and defence ("adversarial purification for language
  // models"), the modality that comes in ("speech-to-text"), the model that is attacked ("stealing decision trees"), and all within a phrase that only tells what the
  // authors do ("we attack").
  void inside(std::span<const knowledge::Meaning> outer, std::string_view phrase, bool title) {
    const std::size_t first = phrase.find_first_of(" -"), last = phrase.find_last_of(" -");
    if (first == std::string_view::npos) return;
    bool only_subject = true, threat = false;
    for (const knowledge::Meaning& m : outer) {
      if (m.means == Means::subject && m.value == "not-security") return;  // "heart attack" says nothing of attack
      only_subject = only_subject && m.means == Means::subject;
      threat = threat || m.means == Means::threat;
    }
    const std::string_view tail = phrase.substr(first + 1), head = phrase.substr(0, last);
    std::vector<std::string_view> seen;  // a word in the middle stands in both
    const auto counts = [&](const knowledge::Meaning& m, bool is_tail) {
      if (m.means == Means::modality) return m.weight > 1 && comes_in(outer, m.value);
      if (m.means == Means::family || m.means == Means::architecture) return threat && m.weight > 1;
      return is_tail && (only_subject || m.means == Means::subject);
    };
    const auto look = [&](std::string_view part, bool is_tail) {
      for (const knowledge::Match& inner : facts_.match(part)) {
        const std::string_view evidence = part.substr(inner.begin, inner.end - inner.begin);
        if (std::any_of(seen.begin(), seen.end(), [&](auto s) { return s.data() == evidence.data(); })) continue;
        seen.push_back(evidence);
        for (const knowledge::Meaning& m : inner.meanings)
          if (counts(m, is_tail)) take(m, title, evidence);
      }
    };
    look(tail, true);
    look(head, false);
  }

  // Whether a modality that a phrase speaks of is one that what it stands for takes: "image" in "image classification" is, in "text-to-image
  // model" it is not.
  bool comes_in(std::span<const knowledge::Meaning> outer, std::string_view modality) const {
    bool told = false;
    for (const knowledge::Meaning& m : outer) {
      knowledge::Words input;
      if (m.means == Means::modality) return false;  // said by the phrase itself
      if (m.means == Means::task) {
        if (const auto* task = facts_.task(m.value)) input = task->input;
      } else if (m.means == Means::threat) {
        if (const auto* threat = facts_.threat(m.value)) input = threat->input;
      } else if (m.means == Means::family || m.means == Means::architecture) {
        if (const auto* node = facts_.node(m.value)) input = node->input;
      }
      if (std::find(input.begin(), input.end(), modality) != input.end()) return true;
      told = told || !input.empty();
    }
    return !told;
  }

  // Names of software that are common words ("Ray", "Flask") count only as people write them for that: in just these letters, and not as part
  // of another name ("X-Ray", "Flask-Admin", "Ray Charles").
  static bool stands_alone(std::string_view text, const knowledge::Match& match, std::string_view name) {
    if (text.substr(match.begin, match.end - match.begin) != name) return false;
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto word = [&](char c) { return upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const std::string_view before = text.substr(0, match.begin), after = text.substr(match.end);
    if (!before.empty() && before.back() != ' ' && before.back() != '\n' && before.back() != '(') return false;
    if (after.size() > 1 && (after[0] == '-' || after[0] == '/' || after[0] == '_') && word(after[1])) return false;
    if (after.size() > 1 && after[0] == ' ' && upper(after[1])) return false;
    const std::string_view last = before.substr(0, before.find_last_not_of(' ') + 1);
    const bool begins = last.empty() || !word(last.back());
    if (begins) {
      // Anything is written large there: what follows must speak of a version or of what the software does.
      constexpr std::array<std::string_view, 7> kFollows = {"before",   "prior",  "through", "version",
                                                            "versions", "allows", "is"};
      const std::string_view rest = after.substr(std::min(after.size(), after.find_first_not_of(' ')));
      const std::string_view next = rest.substr(0, rest.find(' '));
      return !next.empty() && ((next[0] >= '0' && next[0] <= '9') ||
                               std::find(kFollows.begin(), kFollows.end(), next) != kFollows.end());
    }
    const std::string_view previous = last.substr(last.find_last_of(" \n(-/") + 1);
    constexpr std::array<std::string_view, 4> kLeading = {"In", "Of", "For", "On"};  // a sentence may begin before it
    return !upper(previous[0]) || std::find(kLeading.begin(), kLeading.end(), previous) != kLeading.end();
  }

  const knowledge::Knowledge& facts_;
  std::map<Key, Found> found_;
  struct Summary {
    int all = 0;
    int hints = 0;
  };
  std::map<Key, Summary> summary_;
};

bool is_about_security_by_kind(Kind kind) {
  switch (kind) {
    case Kind::technique:
    case Kind::tactic:
    case Kind::mitigation:
    case Kind::case_study:
    case Kind::risk_category:
    case Kind::incident:
    case Kind::vulnerability:
    case Kind::malicious_package:
    case Kind::actor:
    case Kind::campaign:
    case Kind::malware:
    case Kind::indicator:
      return true;
    default:
      return false;
  }
}

Stance stance_of(const intel::Item& item, const Weigher& w) {
  switch (item.kind) {
    case Kind::incident:
      return Stance::incident;
    case Kind::mitigation:
      return Stance::defence;
    case Kind::research:
    case Kind::news:
    case Kind::report:
    case Kind::other:
      break;
    default:
      return Stance::attack;
  }
  const auto titled = [&](std::string_view subject) {
    const Found* f = w.find(Means::subject, subject);
    return f != nullptr && f->in_title;
  };
  if (titled("survey")) return Stance::survey;
  if (titled("defence")) return Stance::defence;
  const int defence = w.weight(Means::subject, "defence"), attack = w.weight(Means::subject, "security");
  if (titled("benchmark")) return Stance::benchmark;
  // What the authors say that they do counts for more than how often attacks are mentioned: a defence speaks of little else.
  const int defends = w.weight(Means::subject, "proposes-defence"),
            attacks = w.weight(Means::subject, "proposes-attack");
  if (defends > attacks) return Stance::defence;
  if (attacks > defends) return Stance::attack;
  if (defence > attack && defence >= kSalient) return Stance::defence;
  return attack > 0 ? Stance::attack : Stance::other;
}

bool is_attack(const knowledge::Knowledge& facts, std::string_view id) {
  const auto* threat = facts.threat(id);
  return threat != nullptr && threat->effect != "harm";
}

// The mechanisms that are general for what a text names: for a task in its title, which is the narrower; else, for each model there, those of the
// nearest node that has some. Of a short text that names none in its title, what its summary names.
void add_usual_threats(Facets& out, const knowledge::Knowledge& facts, bool is_short) {
  const auto add_for = [&](std::string_view id) {
    bool found = false;
    for (const auto& threat : facts.threats()) {
      if (std::find(threat.generally.begin(), threat.generally.end(), id) == threat.generally.end()) continue;
      found = true;
      if (std::find(out.threats.begin(), out.threats.end(), threat.id) == out.threats.end())
        out.threats.emplace_back(threat.id);
    }
    return found;
  };
  const auto add_for_node = [&](const knowledge::Node& node) {
    if (add_for(node.id)) return;
    for (const auto* up : facts.ancestors(node))
      if (add_for(up->id)) return;
  };
  for (const bool titled : {true, false}) {
    if (!titled && (!is_short || !out.threats.empty())) return;
    for (const Found& f : out.found)
      if (f.means == Means::task && f.said && f.in_title == titled) add_for(f.value);
    if (!out.threats.empty()) return;
    for (const Found& f : out.found) {
      if ((f.means != Means::family && f.means != Means::architecture) || f.in_title != titled) continue;
      if (!titled && !f.said) continue;
      if (const auto* node = facts.node(f.value)) add_for_node(*node);
    }
  }
}

}  // namespace

std::string_view to_string(Stance stance) {
  switch (stance) {
    case Stance::attack:
      return "attack";
    case Stance::defence:
      return "defence";
    case Stance::survey:
      return "survey";
    case Stance::benchmark:
      return "benchmark";
    case Stance::incident:
      return "incident";
    case Stance::other:
      return "other";
  }
  return "";
}

const Found* Facets::find(Means means, std::string_view value) const {
  for (const Found& f : found)
    if (f.means == means && f.value == value) return &f;
  return nullptr;
}
std::vector<std::string_view> Facets::values(Means means) const {
  std::vector<std::string_view> out;
  for (const Found& f : found)
    if (f.means == means) out.push_back(f.value);
  return out;
}
std::vector<intel::Facet> Facets::as_facets() const {
  std::vector<intel::Facet> out;
  for (const Found& f : found)
    out.push_back({std::string(to_string(f.means)), f.value, f.stated ? "stated" : f.evidence});
  return out;
}

Facets classify(const intel::Item& item, const knowledge::Knowledge& facts) {
  Weigher w(facts);
  w.text(item.title.raw(), true);
  w.text(item.summary.raw(), false);
  for (const intel::Facet& stated : item.affects.facets)
    if (const auto means = means_of(stated.facet)) w.add(*means, stated.value, kStated, false, stated.evidence, true);

  // What it names by id. A technique or risk category is what its id stands for, whatever its text mentions besides.
  const bool is_technique = item.kind == Kind::technique || item.kind == Kind::risk_category;
  std::vector<std::string> ids = item.techniques;
  if (is_technique)
    for (const intel::Id& id : item.ids) ids.push_back(id.value);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::map<std::string_view, int> by_id;
  for (const std::string& id : ids)
    if (const knowledge::Technique* technique = facts.technique(id))
      for (const std::string_view threat : technique->threats) ++by_id[threat];
  for (const auto& [threat, count] : by_id)
    w.add(Means::threat, threat, is_technique ? kStated : 3 + count, false, "stated", true);

  Facets out;
  out.stance = stance_of(item, w);
  out.found = w.take();
  int strongest = 0;
  for (const Found& f : out.found)
    if (f.means == Means::threat) strongest = std::max(strongest, f.weight);
  bool attacked = false;  // some threat that somebody carries out, not only harm
  // One phrase that could mean nothing else is a good part of two or three sentences.
  const bool is_short = item.summary.raw().size() <= kShortSummary;
  const auto speaks_of = [&](std::string_view subject) { return w.weight(Means::subject, subject); };
  const int salient = is_short ? summary_weight(3) : kSalient;
  for (const Found& f : out.found) {
    if (f.means != Means::threat) continue;
    const bool alone = item.summary.raw().empty() && f.in_title;
    if (!f.said || (f.weight < salient && !alone && !(f.stated && f.weight * 2 >= strongest))) continue;
    if (f.weight * 3 < strongest) continue;
    // ATLAS says which techniques a case study shows: words alone do not add to that.
    if ((is_technique || (item.kind == Kind::case_study && !by_id.empty())) && !f.stated) continue;
    out.threats.push_back(f.value);
    const knowledge::Threat* threat = facts.threat(f.value);
    if (threat != nullptr && threat->effect != "harm") {
      attacked = true;
      if (out.security_evidence.empty()) out.security_evidence = f.evidence;
    }
  }
  // An attack that the text names no further: what is usual on the models that its title names.
  const Found* plain = out.find(Means::subject, "security");
  const bool titled = plain != nullptr && plain->in_title && plain->weight >= kSalient;
  if (out.threats.empty() && (titled || (is_short && speaks_of("proposes-attack") > 0)))
    add_usual_threats(out, facts, is_short);
  for (const std::string& t : out.threats) attacked = attacked || is_attack(facts, t);
  if (attacked && out.stance == Stance::other) out.stance = Stance::attack;
  const Found* security = out.find(Means::subject, "security");
  const Found* privacy = out.find(Means::subject, "privacy");
  const Found* harm = out.find(Means::subject, "harm");
  const int security_weight = security == nullptr ? 0 : security->weight;
  const int privacy_weight = privacy == nullptr ? 0 : privacy->weight;
  if (is_about_security_by_kind(item.kind)) {
    out.security = true;
    if (out.security_evidence.empty()) out.security_evidence = to_string(item.kind);
  } else if (attacked) {
    out.security = true;
  } else if (security != nullptr && (security->weight >= 9 || (security->in_title && security->weight > kSalient))) {
    out.security = true;
    out.security_evidence = security->evidence;
  } else if (privacy != nullptr && privacy->in_title && security_weight + privacy_weight > kSalient) {
    out.security = true;
    out.security_evidence = privacy->evidence;
  } else if (item.kind == Kind::news) {
    out.security = harm != nullptr || security_weight >= 4;
    if (out.security) out.security_evidence = harm != nullptr ? harm->evidence : security->evidence;
  }

  out.techniques = item.techniques;
  for (const std::string& threat : out.threats) {
    for (const knowledge::Technique& t : facts.techniques()) {
      // The id that means just this, of the newest editions; ids that stand for several things are not proposed.
      if (t.threats.size() != 1 || t.threats[0] != threat || t.framework == "OWASP LLM 2023") continue;
      out.techniques.emplace_back(t.id);
      break;
    }
  }
  std::sort(out.techniques.begin(), out.techniques.end());
  out.techniques.erase(std::unique(out.techniques.begin(), out.techniques.end()), out.techniques.end());
  return out;
}

Json to_json(const Facets& facets) {
  Json out = Json::object();
  out.set("security", Json(facets.security));
  out.set("security_evidence", Json(facets.security_evidence));
  out.set("stance", Json(std::string(to_string(facets.stance))));
  Json threats = Json::array(), techniques = Json::array(), found = Json::array();
  for (const std::string& t : facets.threats) threats.push(Json(t));
  for (const std::string& t : facets.techniques) techniques.push(Json(t));
  for (const Found& f : facets.found) {
    Json row = Json::object();
    row.set("facet", Json(std::string(to_string(f.means))));
    row.set("value", Json(f.value));
    row.set("weight", Json(std::int64_t{f.weight}));
    row.set("evidence", Json(f.stated ? std::string("stated") : f.evidence));
    found.push(std::move(row));
  }
  out.set("threats", std::move(threats));
  out.set("techniques", std::move(techniques));
  out.set("found", std::move(found));
  return out;
}

}  // namespace tocsin::assess
