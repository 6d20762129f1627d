// A chain of questions, cheapest and most telling first: is it aimed at such a thing at all, does it come in by a
// modality that the asset takes, is the asset of the architecture (by the is-a graph), does it do the task, does the
// attacker get the access and the way in that he needs. The first "no" is the answer, with its code; what the estate
// does not tell leaves the answer open.
#include "assess/match.hpp"

#include <algorithm>

#include "assess/wording.hpp"

namespace tocsin::assess {
namespace {

using judgement::Reason;
using knowledge::Means;
using knowledge::NodeKind;

constexpr int kDecides = 8;      // four mentions in a summary: what it is about, not what it mentions
constexpr int kTaskInTitle = 6;  // one phrase
constexpr int kTaskAtAll = 4;    // two mentions

template <class List>
bool has_word(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Means means_of(const knowledge::Node& node) {
  return node.kind == NodeKind::family ? Means::family : Means::architecture;
}

std::string evidence_of(const Facets& facets, Means means, std::string_view value) {
  const Found* found = facets.find(means, value);
  return found == nullptr || found->stated ? std::string() : found->evidence;
}

std::string spoken(const knowledge::Node& node) {
  return node.kind == NodeKind::family ? std::string(node.title) : plural(node.title);
}

// What the text calls a node, in quotes since it may be any part of speech; else our own word for it.
std::string named(const Facets& facets, const knowledge::Node& node) {
  const std::string evidence = evidence_of(facets, means_of(node), node.id);
  return evidence.empty() ? spoken(node) : "\"" + evidence + "\"";
}

// One of a kind: "a vision network", "a model of the family BERT".
std::string class_of(const knowledge::Node& node) {
  return node.kind == NodeKind::family ? "a model of the family " + std::string(node.title) : with_article(node.title);
}

std::string kind_of_asset(estate::AssetKind kind) {
  switch (kind) {
    case estate::AssetKind::model:
      return "a model";
    case estate::AssetKind::dataset:
      return "a data set";
    case estate::AssetKind::library:
      return "a library entry";
    case estate::AssetKind::endpoint:
      return "an endpoint";
  }
  return "an asset";
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

template <class List>
std::string modalities_of(const List& words) {
  std::vector<std::string> spoken;
  spoken.reserve(words.size());
  for (const auto& word : words) spoken.push_back(spoken_modality(word));
  return listed(spoken, "or");
}

// "machine learning model", "neural network": classes that nearly everything is of.
bool is_any_model(const knowledge::Node& node, const knowledge::Knowledge& knowledge) {
  return node.broad && node.input.empty() && std::all_of(node.parents.begin(), node.parents.end(), [&](auto parent) {
           const auto* above = knowledge.node(parent);
           return above == nullptr || above->parents.empty();
         });
}

// Whether anything at all in a text speaks of a modality: the word itself, or a task or a model that takes it.
bool hints_at(const Facets& facets, std::string_view modality, const knowledge::Knowledge& knowledge) {
  return std::any_of(facets.found.begin(), facets.found.end(), [&](const Found& f) {
    if (f.means == Means::modality) return f.value == modality;
    if (f.means == Means::task) {
      const auto* task = knowledge.task(f.value);
      return task != nullptr && has_word(task->input, modality);
    }
    const auto* node = f.means == Means::family || f.means == Means::architecture ? knowledge.node(f.value) : nullptr;
    return node != nullptr && has_word(node->input, modality);
  });
}

// The conditions of which one is enough, as what they say of a target: "can be used by strangers or reads what
// strangers write".
std::string any_of(const knowledge::Need& need, const knowledge::Knowledge& knowledge) {
  std::vector<std::string> titles;
  for (const std::string_view word : need.any) titles.emplace_back(knowledge.exposure(word)->title);
  return listed(titles, "or");
}
std::string none_of(const knowledge::Need& need, const knowledge::Knowledge& knowledge) {
  std::vector<std::string> missing;
  for (const std::string_view word : need.any) missing.emplace_back(knowledge.exposure(word)->missing);
  return listed(missing, "and");
}

// What the title names decides; without, what the summary names often enough. Of two classes in a title the narrower is
// meant
// ("vision-language models" are language models, but a text about them is not about all language models).
void find_nodes(Subject& out, const knowledge::Knowledge& knowledge) {
  const Facets& facets = *out.facets;
  std::vector<const Found*> named = salient(facets, Means::family, 2);
  for (const Found* f : salient(facets, Means::architecture, 2)) named.push_back(f);
  const auto is_title_class = [&](const Found* f) {
    const auto* node = knowledge.node(f->value);
    return f->in_title && node != nullptr && !node->broad && node->kind == NodeKind::architecture;
  };
  const bool titled = std::any_of(named.begin(), named.end(), is_title_class);
  for (const Found* f : named) {
    const auto* node = knowledge.node(f->value);
    if (node == nullptr || (node->broad && f->weight < 3)) continue;
    if (titled && !f->in_title) continue;
    out.nodes.push_back(node);
    out.titled = out.titled || f->in_title;
    out.node_weight = std::max(out.node_weight, f->weight);
  }
  if (!titled) return;
  const auto all = out.nodes;
  std::erase_if(out.nodes, [&](const knowledge::Node* general) {
    return std::any_of(all.begin(), all.end(), [&](const knowledge::Node* narrow) {
      return narrow != general && narrow->kind == NodeKind::architecture && knowledge.is_a(*narrow, general->id);
    });
  });
}

// A special field that the title names is what it is about; one in the summary only when it is spoken of as much as the
// attack itself.
void find_tasks(Subject& out, const knowledge::Knowledge& knowledge) {
  int attack = 0;
  for (const Found& f : out.facets->found)
    if (f.means == Means::threat) attack = std::max(attack, f.weight);
  const Found* most = nullptr;
  for (const Found& f : out.facets->found) {
    const auto* task = f.means == Means::task ? knowledge.task(f.value) : nullptr;
    if (task == nullptr || !task->special || f.weight < kTaskAtAll) continue;
    if (f.stated || (f.in_title && f.weight >= kTaskInTitle)) {
      out.tasks.push_back(task);
    } else if (f.weight >= kTaskInTitle && f.weight >= attack && (most == nullptr || f.weight > most->weight)) {
      most = &f;
    }
  }
  if (out.tasks.empty() && most != nullptr) out.tasks.push_back(knowledge.task(most->value));
}

// How a model hangs together with what a text names.
//   is_class  the text names something that the asset is
//   sibling   another family of an architecture that both share
//   narrower  a kind of what we know the asset to be: it may be one
//   other     another architecture for the same kind of input, as two vision networks
enum class Kinship : std::uint8_t { none, other, narrower, sibling, is_class };
struct Tie {
  Kinship kinship = Kinship::none;
  const knowledge::Node* node = nullptr;  // of the text
  const knowledge::Node* mine = nullptr;  // of the asset
  std::optional<knowledge::Lineage> lineage;
};
Tie tie_of(const Subject& subject, const AssetView& asset, const knowledge::Knowledge& knowledge) {
  const auto foreign = [&](const knowledge::Node& node) {
    return !asset.input.empty() && !node.input.empty() &&
           std::none_of(node.input.begin(), node.input.end(),
                        [&](std::string_view w) { return has_word(asset.input, w); });
  };
  Tie out;
  for (const auto* node : subject.nodes) {
    for (const auto* mine : asset.nodes) {
      Kinship kinship = Kinship::none;
      auto lineage = knowledge.lineage(*mine, *node);
      if (foreign(*node)) {
        continue;  // what takes something else by its nature is no kin in the attack, though built alike
      } else if (lineage && lineage->to_distance == 0) {
        kinship = Kinship::is_class;
      } else if (lineage && lineage->from_distance == 0 && mine->kind == NodeKind::architecture) {
        kinship = Kinship::narrower;
      } else if (lineage && node->kind == NodeKind::family) {
        kinship = Kinship::sibling;
      } else if (lineage || knowledge.share_input(*mine, *node)) {
        kinship = Kinship::other;
      }
      const auto steps = [](const std::optional<knowledge::Lineage>& l) {
        return l ? l->from_distance + l->to_distance : SIZE_MAX;
      };
      if (kinship > out.kinship ||
          (kinship == out.kinship && kinship != Kinship::none && steps(lineage) < steps(out.lineage)))
        out = {kinship, node, mine, std::move(lineage)};
    }
  }
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
  if (out.by_id) return out;
  find_nodes(out, knowledge);
  find_tasks(out, knowledge);
  for (const int at_least : {3, 2}) {
    if (!out.modalities.empty()) break;
    for (const Found* f : salient(facets, Means::modality, at_least)) out.modalities.push_back(f->value);
  }
  // What its models take is a modality of it too, said or not.
  for (const auto* node : out.nodes)
    if (!node->broad && node->input.size() == 1 && !has_word(out.modalities, node->input[0]))
      out.modalities.emplace_back(node->input[0]);
  // What they give out and do not take is not what an attack comes in by: "unsafe images" of image generators.
  const auto of_nodes = [&](const std::string& word, knowledge::Words knowledge::Node::* list) {
    return std::any_of(out.nodes.begin(), out.nodes.end(),
                       [&](const auto* node) { return has_word(node->*list, word); });
  };
  const auto only_given_out = [&](const std::string& word) {
    return out.titled && of_nodes(word, &knowledge::Node::output) && !of_nodes(word, &knowledge::Node::input);
  };
  std::erase_if(out.modalities, only_given_out);
  for (const Found* f : salient(facets, Means::modality, 2))
    if (f->in_title && !only_given_out(f->value)) out.own.push_back(f->value);
  if (out.own.empty() && !out.titled)
    for (const Found* f : salient(facets, Means::modality, kDecides))
      if (f->said && !only_given_out(f->value)) out.own.push_back(f->value);
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
  const std::string title(threat.title);
  const std::string said = subject.by_id ? title : with_evidence(title, evidence_of(facets, Means::threat, threat.id));

  if (!has_word(threat.assets, to_string(asset.asset->kind)))
    return stop(Reach::kind, "kind-missing", said, name + " is " + kind_of_asset(asset.asset->kind), title);

  // ---- modality ----
  const bool knows_input = !asset.input.empty();
  const auto takes_any = [&](const auto& words) {
    return std::any_of(words.begin(), words.end(),
                       [&](const auto& w) { return has_word(asset.input, std::string_view(w)); });
  };
  const std::string takes =
      knows_input ? name + (asset.asset->dataset ? " holds " : " takes ") + modalities_of(asset.input)
                  : "the estate does not tell what " + name + (asset.asset->dataset ? " holds" : " takes");
  if (!threat.input.empty() && knows_input && !takes_any(threat.input)) {
    const std::string through = modalities_of(threat.input);
    return stop(Reach::modality, "modality-missing",
                said + (threat.title.find(" through ") == std::string_view::npos ? " through " + through : ""), takes,
                through);
  }
  // Which modality is meant where a text names none must still be hinted at: a task, a model or a word that needs company.
  std::vector<std::string> modalities = subject.modalities;
  if (modalities.empty() && subject.nodes.empty() && !subject.by_id)
    for (const std::string_view word : threat.usually)
      if (hints_at(facets, word, knowledge)) modalities.emplace_back(word);
  // A mechanism that comes in by one modality needs no second one, whatever else the text mentions; only what the text says most plainly
  // stands against it (a jailbreak by images is none of a text-only chat). Else its architectures decide (below).
  const std::vector<std::string>& decisive = threat.input.size() == 1 ? subject.own : modalities;
  if (!decisive.empty() && knows_input && !takes_any(decisive))
    return stop(Reach::modality, "modality-missing", modalities_of(decisive), takes, modalities_of(decisive));

  // ---- architecture, by lineage ----
  const auto gives_any = [&] {
    return std::any_of(threat.output.begin(), threat.output.end(),
                       [&](std::string_view w) { return has_word(asset.output, w); });
  };
  if (!threat.output.empty() && !asset.output.empty() && !gives_any())
    return stop(Reach::architecture, "architecture-missing", "models that give out " + modalities_of(threat.output),
                name + " gives out " + modalities_of(asset.output),
                "a model that gives out " + modalities_of(threat.output));
  const knowledge::Node* of_threat = nullptr;  // the node that makes the asset one of the kind the mechanism works on
  for (const std::string_view id : threat.architectures)
    if (of_threat == nullptr) of_threat = asset.as(id);
  if (!threat.architectures.empty() && of_threat == nullptr) {
    const auto* wanted = knowledge.node(threat.architectures[0]);
    if (!asset.nodes.empty())
      return stop(Reach::architecture, "architecture-missing",
                  said + ", to which " + plural(wanted->title) + " are open", asset.lineage_fact,
                  with_article(wanted->title));
    out.reasons.push_back({"condition-unknown", said + " can only work on " + plural(wanted->title),
                           name + (asset.asset->model ? " is one" : " stands for one"), ""});
  }
  const bool of_unknown_kind = !out.reasons.empty();
  const Tie tie = tie_of(subject, asset, knowledge);
  // Models that a summary only mentions (as the attacker's tool, say) do not decide.
  const bool decides =
      !subject.nodes.empty() && !asset.nodes.empty() && (subject.titled || subject.node_weight >= kDecides);
  const auto* first = subject.nodes.empty() ? nullptr : subject.nodes.front();
  if (decides && tie.kinship == Kinship::none)
    return stop(Reach::architecture, "architecture-missing", named(facets, *first), asset.lineage_fact,
                class_of(*first));

  // ---- task ----
  const std::string unused = name + " is not used for that";
  if (!threat.tasks.empty() && std::none_of(threat.tasks.begin(), threat.tasks.end(),
                                            [&](std::string_view t) { return has_word(asset.tasks, t); })) {
    const auto* task = knowledge.task(threat.tasks[0]);
    return stop(Reach::task, "task-missing", said + " in " + std::string(task->title), unused,
                std::string(task->title));
  }
  for (const auto* task : subject.tasks)
    if (!has_word(asset.tasks, task->id))
      return stop(Reach::task, "task-missing", with_evidence(task->title, evidence_of(facets, Means::task, task->id)),
                  unused, std::string(task->title));
  if (decides && tie.kinship == Kinship::other)
    return stop(Reach::other_architecture, "architecture-other", named(facets, *first), asset.lineage_fact,
                spoken(*first));

  // ---- what ties the two ----
  // A text that names no modality, no architecture and no field is about models in general. For what works through
  // files, packages, keys or load that is as good as naming us; an attack on what a model has learned differs so much
  // from kind to kind that it is told for information only.
  const bool general = !subject.by_id && tie.kinship < Kinship::narrower && of_threat == nullptr &&
                       modalities.empty() && subject.tasks.empty() && threat.input.empty();
  const bool any_model =
      threat.effect == "supply-chain" || threat.effect == "availability" || threat.effect == "misuse";
  // That it names "AI models" says less than the architecture that the mechanism works on.
  const bool says_less = of_threat != nullptr && tie.kinship == Kinship::is_class && is_any_model(*tie.node, knowledge);
  if (tie.kinship >= Kinship::narrower && !says_less) {
    out.named = tie.kinship == Kinship::is_class;
    const bool own = tie.lineage->from_distance == 0 && out.named;
    const std::string what = tie.node->kind == NodeKind::family ? "of the family " + std::string(tie.node->title)
                                                                : with_article(tie.node->title);
    const std::string so = own                                ? ""
                           : out.named                        ? ", " + what
                           : tie.kinship == Kinship::narrower ? ", and may be " + what
                                                              : ", a sibling of it";
    out.reasons.push_back({own         ? "family-named"
                           : out.named ? "lineage-class"
                                       : "lineage-shared",
                           "names " + named(facets, *tie.node), asset.fact_of(*tie.mine) + so,
                           own ? std::string() : tie.lineage->path});
  } else if (of_threat != nullptr) {
    const knowledge::Node* mine = asset.nodes.front();
    for (const auto* node : asset.nodes)
      if (knowledge.is_a(*node, of_threat->id)) {
        mine = node;
        break;
      }
    const auto lineage = knowledge.lineage(*mine, *of_threat);
    out.named = true;
    out.reasons.push_back({"threat-general", said + " can work on " + plural(of_threat->title), asset.fact_of(*mine),
                           lineage ? lineage->path : ""});
  } else if (subject.by_id) {
    out.named = true;
  } else if (knows_input || general) {
    const std::string what = general                  ? std::string("models in general")
                             : !modalities.empty()    ? modalities_of(modalities)
                             : !subject.tasks.empty() ? std::string(subject.tasks.front()->title)
                                                      : modalities_of(threat.input);
    // Of a text on models in general the conditions below say what it has to do with us.
    out.reasons.push_back({"same-modality", "is about " + what + " and " + said,
                           general ? "nothing in it names " + name + " or its kind" : takes, ""});
    out.named = general && any_model;
  }
  for (const auto* task : subject.tasks)
    out.reasons.push_back({"task-shared",
                           "is about " + with_evidence(task->title, evidence_of(facets, Means::task, task->id)),
                           name + " is used for that", ""});

  // ---- access and ways in ----
  if (threat.action == "inform")
    return stop(Reach::background, "background", "is about " + said, "nobody attacks " + name + " by it",
                "about " + title);
  if (subject.white_box && asset.condition("hosted") == Answer::yes) {
    const auto* row = knowledge.exposure("own-weights");
    return stop(Reach::access, "access-missing", "can only work on something that " + std::string(row->title),
                name + " " + std::string(row->missing), std::string(row->missing));
  }
  bool open = of_unknown_kind, says_more = false;
  std::vector<std::string> met, untold;  // titles of conditions
  for (const knowledge::Need& need : threat.needs) {
    Answer answer = Answer::no;
    std::string_view word = need.any.front();
    for (const std::string_view candidate : need.any)
      if (const Answer a = asset.condition(candidate); a > answer) answer = a, word = candidate;
    const auto* row = knowledge.exposure(word);
    // A data set is what its models are, but for what is told of the data themselves.
    const bool of_data = word == "open-training-data" || word == "private-training-data";
    const std::string whose = asset.asset->dataset && !of_data ? "a model that uses " + name : name;
    const std::string wanted = title + " can only work on something that " + any_of(need, knowledge);
    if (answer == Answer::no) {
      const bool access = !row->way_in;
      const std::string missing = none_of(need, knowledge);
      return stop(
          access ? Reach::access : Reach::exposure, access ? "access-missing" : "exposure-missing", wanted,
          std::string(asset.asset->dataset && !of_data ? "what uses " : "").append(name).append(" ").append(missing),
          missing);
    }
    open = open || answer == Answer::unknown;
    (answer == Answer::yes ? met : untold).emplace_back(row->title);
    says_more = says_more || (answer == Answer::yes && !row->usual);
    out.reasons.push_back({answer == Answer::yes ? "exposure-met" : "condition-unknown", wanted,
                           whose + " " + std::string(row->title), ""});
  }
  if (general && !any_model)
    return stop(Reach::background, "background", "is about " + said + " of models in general",
                "nothing in it names what " + name + " is", "about " + title);
  // Nor does an id say more of us than its conditions, where it works on any model, and a text that names "AI models".
  const bool any = of_threat == nullptr && threat.input.empty() && threat.tasks.empty() && threat.output.empty() &&
                   subject.tasks.empty() && modalities.empty();
  const bool unnamed = tie.kinship < Kinship::narrower ? subject.by_id : is_any_model(*tie.node, knowledge);
  out.weak = !says_more && (general || (any && unnamed));
  if (general) {
    out.named = says_more;
    const std::string one = (asset.asset->dataset ? "a model that uses " : "") + name;
    for (Reason& reason : out.reasons)
      if (reason.code == "same-modality" && !untold.empty())
        reason.asset_fact = "the estate does not tell whether " + one + " " + listed(untold, "and");
      else if (reason.code == "same-modality" && !met.empty())
        reason.asset_fact = one + " " + listed(met, "and");
  }
  out.reach = open ? Reach::unknown : Reach::applies;
  return out;
}

}  // namespace tocsin::assess
