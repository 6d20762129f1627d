// Words are weighed, not counted: a phrase in the title is worth three in the summary, one that could mean nothing else
// twice one that needs company, and many mentions in a long summary are capped. What is far below the strongest of its
// kind is incidental: it is kept with its weight but does not decide. Thresholds are those of one phrase in a title, or
// three in a summary.
#include "assess/facets.hpp"

#include <algorithm>
#include <map>

#include "base/foreign.hpp"

namespace tocsin::assess {
namespace {

using intel::Kind;
using knowledge::Means;

constexpr int kSalient = 6;      // one phrase in a title, or three in a summary
constexpr int kHintCap = 4;      // of words that need company: many of them are still no company
constexpr int kSummaryCap = 14;  // of one value, so that repetition does not outweigh the title
constexpr int kStated = 100;     // a field of the source: beyond doubt
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
      for (const knowledge::Meaning& m : match.meanings) take(m, title, evidence);
      // The longest phrase wins, but what it says of attack or defence still counts: "adversarial purification for
      // language models".
      const std::size_t inside = evidence.find_first_of(" -");
      if (inside == std::string_view::npos) continue;
      for (const knowledge::Match& inner : facts_.match(evidence.substr(inside + 1)))
        for (const knowledge::Meaning& m : inner.meanings)
          if (m.means == Means::subject)
            take(m, title, evidence.substr(inside + 1 + inner.begin, inner.end - inner.begin));
    }
  }
  void take(const knowledge::Meaning& m, bool title, std::string_view evidence) {
    add(m.means, m.value, title ? title_weight(m.weight) : summary_weight(m.weight), title, evidence, false);
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
  if (defence > attack && defence >= kSalient) return Stance::defence;
  return attack > 0 ? Stance::attack : Stance::other;
}

bool is_attack(const knowledge::Knowledge& facts, std::string_view id) {
  const auto* threat = facts.threat(id);
  return threat != nullptr && threat->effect != "harm";
}

// Of the nodes that mechanisms are general for, the nearest to each model named in the title.
void add_usual_threats(Facets& out, const knowledge::Knowledge& facts) {
  for (const Found& f : out.found) {
    if ((f.means != Means::family && f.means != Means::architecture) || !f.in_title) continue;
    const auto* node = facts.node(f.value);
    if (node == nullptr) continue;
    std::vector<const knowledge::Node*> up = facts.ancestors(*node);
    up.insert(up.begin(), node);
    for (const auto* at : up) {
      bool found = false;
      for (const auto& threat : facts.threats()) {
        if (std::find(threat.generally.begin(), threat.generally.end(), at->id) == threat.generally.end()) continue;
        found = true;
        if (std::find(out.threats.begin(), out.threats.end(), threat.id) == out.threats.end())
          out.threats.emplace_back(threat.id);
      }
      if (found) break;
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
  for (const Found& f : out.found) {
    if (f.means != Means::threat) continue;
    const bool alone = item.summary.raw().empty() && f.in_title;
    if (f.weight < kSalient && !alone && !(f.stated && f.weight * 2 >= strongest)) continue;
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
  if (out.threats.empty() && plain != nullptr && plain->in_title && plain->weight >= kSalient)
    add_usual_threats(out, facts);
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
