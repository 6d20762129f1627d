// A chain of questions, cheapest and most telling first: is it aimed at such a thing at all, does it come in by a
// modality that the asset takes, is the asset of the architecture (by the is-a graph), does it do the task, does the
// attacker get the access and the way in that he needs. The first "no" is the answer, with its code; what the estate
// does not tell leaves the answer open.
#include "assess/match.hpp"

#include <algorithm>

namespace tocsin::assess {
namespace {

using estate::AssetKind;
using judgement::Reason;
using knowledge::Means;

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string evidence_of(const Facets& facets, Means means, std::string_view value, std::string_view otherwise) {
  const Found* found = facets.find(means, value);
  return found == nullptr || found->stated || found->evidence.empty() ? std::string(otherwise) : found->evidence;
}

bool is_access(const knowledge::Exposure& word) {
  return word.derived && word.id != "untrusted-input" && word.id != "untrusted-context" &&
         word.id != "untrusted-images" && word.id != "untrusted-audio" && word.id != "outside-queries" &&
         word.id != "physical-sensor" && word.id != "agent";
}

// Incidental against the strongest of its kind: below a third.
std::vector<const Found*> salient(const Facets& facets, Means means, int at_least) {
  std::vector<const Found*> out;
  int strongest = 0;
  for (const Found& f : facets.found)
    if (f.means == means) strongest = std::max(strongest, f.weight);
  for (const Found& f : facets.found)
    if (f.means == means && f.weight >= at_least && f.weight * 3 >= strongest) out.push_back(&f);
  return out;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " or ") + word;
  return out;
}

}  // namespace

Subject subject_of(const intel::Item& item, const Facets& facets, const knowledge::Knowledge& knowledge) {
  Subject out;
  out.item = &item;
  out.facets = &facets;
  out.by_id = item.kind == intel::Kind::technique || item.kind == intel::Kind::risk_category;
  for (const std::string& id : facets.threats)
    if (const auto* threat = knowledge.threat(id)) out.threats.push_back(threat);
  if (out.by_id) {
    out.general = true;
    return out;
  }
  for (const Means means : {Means::family, Means::architecture})
    for (const Found* f : salient(facets, means, 2))
      if (const auto* node = knowledge.node(f->value); node != nullptr && (!node->broad || f->weight >= 3))
        out.nodes.push_back(node);
  out.general = out.nodes.empty();
  for (const Found* f : salient(facets, Means::modality, 3)) out.modalities.push_back(f->value);
  if (out.modalities.empty())
    for (const Found* f : salient(facets, Means::modality, 2)) out.modalities.push_back(f->value);
  // What its models take is a modality of it too, said or not.
  for (const auto* node : out.nodes)
    for (const std::string_view word : node->input)
      if (!node->broad && node->input.size() == 1 && !has(out.modalities, word)) out.modalities.emplace_back(word);
  int strongest = 0;
  for (const Found& f : facets.found)
    if (f.means == Means::task)
      if (const auto* task = knowledge.task(f.value); task != nullptr && task->special)
        strongest = std::max(strongest, f.weight);
  for (const Found& f : facets.found) {
    if (f.means != Means::task || f.weight < 4 || f.weight * 2 < strongest) continue;
    if (const auto* task = knowledge.task(f.value); task != nullptr && task->special) out.tasks.push_back(task);
  }
  const auto weight = [&](std::string_view access) {
    const Found* f = facets.find(Means::access, access);
    return f == nullptr ? 0 : f->weight;
  };
  out.white_box = weight("white-box") > 0 && weight("query") == 0 && weight("transfer") == 0;
  return out;
}

ThreatVerdict match(const Subject& subject, const knowledge::Threat& threat, const AssetView& asset,
                    const knowledge::Knowledge& knowledge) {
  const Facets& facets = *subject.facets;
  const std::string& name = asset.asset->name;
  ThreatVerdict out;
  out.threat = &threat;
  const auto stop = [&](Reach reach, std::string code, std::string item_fact, std::string asset_fact,
                        std::string detail) {
    out.reach = reach;
    out.missing = std::move(code);
    out.detail = std::move(detail);
    out.reasons = {Reason{out.missing, std::move(item_fact), std::move(asset_fact), ""}};
    return out;
  };
  const std::string said =
      subject.by_id ? std::string(threat.title) : evidence_of(facets, Means::threat, threat.id, threat.title);

  if (!has(threat.assets, to_string(asset.asset->kind)))
    return stop(Reach::kind, "kind-missing", said, name + " is a " + std::string(to_string(asset.asset->kind)),
                std::string(threat.title));

  // ---- modality ----
  const bool knows_input = !asset.input.empty();
  const auto takes_any = [&](const auto& words) {
    return std::any_of(words.begin(), words.end(),
                       [&](const auto& w) { return has(asset.input, std::string_view(w)); });
  };
  const auto takes_text = [&] {
    return knows_input ? name + " takes " + join_words(asset.input) : name + " does not say what it takes";
  };
  if (!threat.input.empty() && knows_input && !takes_any(threat.input)) {
    std::vector<std::string> words(threat.input.begin(), threat.input.end());
    return stop(Reach::modality, "modality-missing", join_words(words), takes_text(), join_words(words));
  }
  std::vector<std::string> modalities;
  for (const std::string& word : subject.modalities)
    if (!has(threat.input, word) || threat.input.size() > 1) modalities.push_back(word);
  // A mechanism that comes in by text needs no second modality, whatever else the text mentions; its architectures
  // decide (below).
  const bool asks_modality = threat.input.size() != 1 && !subject.modalities.empty();
  if (asks_modality && knows_input && !takes_any(subject.modalities))
    return stop(Reach::modality, "modality-missing", join_words(subject.modalities), takes_text(),
                join_words(subject.modalities));

  // ---- architecture, by lineage ----
  if (!threat.architectures.empty() && std::none_of(threat.architectures.begin(), threat.architectures.end(),
                                                    [&](std::string_view id) { return asset.as(id) != nullptr; })) {
    const auto* wanted = knowledge.node(threat.architectures[0]);
    if (asset.nodes.empty()) {
      out.reasons.push_back({"condition-unknown", said, name + " is a " + std::string(wanted->title), ""});
    } else {
      return stop(Reach::architecture, "architecture-missing", std::string(wanted->title) + "s", asset.lineage_fact,
                  std::string(wanted->title));
    }
  }
  const knowledge::Node* tied_to = nullptr;
  std::optional<knowledge::Lineage> best;
  for (const auto* node : subject.nodes) {
    for (const auto* mine : asset.nodes) {
      auto lineage = knowledge.lineage(*mine, *node);
      if (!lineage) continue;
      const std::size_t steps = lineage->from_distance + lineage->to_distance;
      const bool better =
          !best || (lineage->to_distance == 0) > (best->to_distance == 0) ||
          ((lineage->to_distance == 0) == (best->to_distance == 0) && steps < best->from_distance + best->to_distance);
      if (better) best = std::move(lineage), tied_to = node;
    }
  }
  // A sibling that takes something else by its nature (a vision-language model beside a text model) is no sibling in
  // the attack.
  const auto foreign_input = [&](const knowledge::Node& node) {
    return knows_input && !node.input.empty() && !takes_any(node.input);
  };
  if (best && best->to_distance > 0 && foreign_input(*tied_to)) best.reset();
  if (!subject.nodes.empty() && !best && !asset.nodes.empty()) {
    std::string title = std::string(subject.nodes.front()->title);
    return stop(
        Reach::architecture, "architecture-missing",
        evidence_of(facets,
                    subject.nodes.front()->kind == knowledge::NodeKind::family ? Means::family : Means::architecture,
                    subject.nodes.front()->id, title),
        asset.lineage_fact, title);
  }

  // ---- task ----
  const auto does_any = [&](const auto& tasks, auto id_of) {
    return std::any_of(tasks.begin(), tasks.end(), [&](const auto& t) { return has(asset.tasks, id_of(t)); });
  };
  if (!threat.tasks.empty() && !does_any(threat.tasks, [](std::string_view t) { return t; })) {
    const auto* task = knowledge.task(threat.tasks[0]);
    return stop(Reach::task, "task-missing", std::string(task->title), name + " does not do that",
                std::string(task->title));
  }
  if (!subject.tasks.empty() && !does_any(subject.tasks, [](const knowledge::Task* t) { return t->id; })) {
    const auto* task = subject.tasks.front();
    return stop(Reach::task, "task-missing", evidence_of(facets, Means::task, task->id, task->title),
                name + " does not do that", std::string(task->title));
  }

  // ---- what ties the two ----
  if (best) {
    const Means means = tied_to->kind == knowledge::NodeKind::family ? Means::family : Means::architecture;
    const std::string fact = "names " + evidence_of(facets, means, tied_to->id, tied_to->title);
    out.named = !tied_to->broad || best->to_distance == 0;
    const bool own = best->from_distance == 0 && best->to_distance == 0;
    out.reasons.push_back({own                      ? "family-named"
                           : best->to_distance == 0 ? "lineage-class"
                                                    : "lineage-shared",
                           fact, asset.lineage_fact, best->path});
  } else if (!threat.architectures.empty() && !asset.nodes.empty()) {
    const auto* shared = [&]() -> const knowledge::Node* {
      for (const std::string_view id : threat.architectures)
        if (const auto* node = asset.as(id)) return node;
      return nullptr;
    }();
    if (shared != nullptr) {
      const auto lineage = knowledge.lineage(*asset.nodes.front(), *shared);
      out.named = true;
      out.reasons.push_back({"threat-general", said + " works on " + std::string(shared->title) + "s",
                             asset.lineage_fact, lineage ? lineage->path : ""});
    }
  } else if (knows_input) {
    out.reasons.push_back(
        {"same-modality",
         "is about " + (subject.modalities.empty() ? std::string("models in general") : join_words(subject.modalities)),
         takes_text(), ""});
    out.named = !subject.modalities.empty() && subject.nodes.empty() && subject.by_id;
  }
  for (const auto* task : subject.tasks)
    if (has(asset.tasks, task->id))
      out.reasons.push_back({"task-shared", "is about " + std::string(task->title), name + " does it", ""});

  // ---- access and ways in ----
  if (threat.effect == "harm") {
    out.reach = Reach::background;
    out.missing = "background";
    out.detail = std::string(threat.title);
    out.reasons.insert(out.reasons.begin(), Reason{"background", std::string(threat.title), "", ""});
    return out;
  }
  if (subject.white_box && asset.condition("hosted") == Answer::yes) {
    const auto* row = knowledge.exposure("own-weights");
    return stop(Reach::access, "access-missing", std::string(row->title), name + ": " + std::string(row->missing),
                std::string(row->missing));
  }
  bool open = false;
  for (const knowledge::Need& need : threat.needs) {
    Answer answer = Answer::no;
    std::string_view word = need.any.front();
    for (const std::string_view candidate : need.any)
      if (const Answer a = asset.condition(candidate); a > answer) answer = a, word = candidate;
    const auto* row = knowledge.exposure(word);
    if (answer == Answer::no) {
      const bool access = is_access(*row);
      return stop(access ? Reach::access : Reach::exposure, access ? "access-missing" : "exposure-missing",
                  std::string(row->title), name + ": " + std::string(row->missing), std::string(row->missing));
    }
    open = open || answer == Answer::unknown;
    out.reasons.push_back(
        {answer == Answer::yes ? "exposure-met" : "condition-unknown", said + " needs that " + std::string(row->title),
         answer == Answer::yes ? name + ": " + std::string(row->title) : std::string(row->title) + " (" + name + ")",
         ""});
  }
  out.reach = open ? Reach::unknown : Reach::applies;
  return out;
}

}  // namespace tocsin::assess
