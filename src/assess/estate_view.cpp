// What an asset is and what reaches it, worked out once. Three answers, never two: what an estate does not tell is
// `unknown`, and an asset whose exposure nobody wrote down is not taken for a closed one. Once somebody did write
// exposures down, those that are not there are `no`.
#include "assess/estate_view.hpp"

#include <algorithm>
#include <array>

#include "assess/wording.hpp"
#include "base/text.hpp"
#include "versions/osv.hpp"
#include "versions/purl.hpp"

namespace tocsin::assess {
namespace {

using knowledge::Means;

// Formats whose loaders run code or may be told to: pickles under their many names, and Keras files (lambda layers).
constexpr std::array<std::string_view, 16> kRunsCode = {
    "pickle", "pkl",   "pt",   "pth", "bin",  "joblib", "torch",       "pytorch",
    "ckpt",   "keras", "hdf5", "h5",  "dill", "npy",    "torchscript", "cloudpickle"};
// What `collection` of a data set says about who can put something in.
constexpr std::array<std::string_view, 14> kOpenCollections = {
    "crawl",  "crawled", "web",    "scraped", "crowd",     "crowdsourced", "crowd-sourced",
    "vendor", "outside", "public", "users",   "user-data", "feedback",     "community"};
constexpr std::array<std::string_view, 7> kOwnCollections = {"own",      "licensed",    "licenced", "synthetic",
                                                             "internal", "first-party", "purchased"};
constexpr std::array<std::string_view, 9> kTuning = {
    "finetune", "fine-tune", "finetuned", "adapter", "lora", "distill", "merge", "distilled", "continued-pretraining"};

constexpr std::string_view kNoFamily = "names no family that is known here";

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}
bool has(const std::vector<const knowledge::Node*>& list, const knowledge::Node* node) {
  return std::find(list.begin(), list.end(), node) != list.end();
}
void add(std::vector<std::string>& list, std::string_view word) {
  if (!word.empty() && !has(list, word)) list.emplace_back(word);
}
Answer either(std::initializer_list<Answer> answers) {
  return std::max(answers);
}

std::string pin_key(std::string_view ecosystem, std::string_view name) {
  return std::string(ecosystem) + '\n' + versions::package_key(ecosystem, name);
}

class Builder {
 public:
  Builder(const estate::Estate& estate, const knowledge::Knowledge& facts) : estate_(estate), facts_(facts) {}

  AssetView view_of(const estate::Asset& asset) {
    AssetView out;
    out.asset = &asset;
    out.criticality = asset.criticality == "low"        ? 1
                      : asset.criticality == "high"     ? 3
                      : asset.criticality == "critical" ? 4
                                                        : 2;
    if (asset.model) look_at(*asset.model, out, 0);
    if (asset.dataset)
      for (const std::string& word : asset.dataset->modality) add_modality(out.input, word);
    finish(out, asset.exposure);
    return out;
  }

  // An endpoint is what its models are; a model is reached by whoever reaches its endpoints.
  void join(std::vector<AssetView>& views) {
    for (AssetView& view : views) {
      if (view.asset->model) continue;
      for (std::size_t i = 0; i < views.size(); ++i) {
        const estate::Asset& other = *views[i].asset;
        if (!other.model) continue;
        const bool serves = view.asset->endpoint && has(view.asset->endpoint->models, other.name);
        const bool feeds = view.asset->dataset && has(other.model->datasets, view.asset->name);
        if (!serves && !feeds) continue;
        view.models.push_back(i);
        const std::string through = (serves ? "serves " : "goes into ") + other.name + ", which ";
        for (std::size_t n = 0; n < views[i].nodes.size(); ++n) {
          if (has(view.nodes, views[i].nodes[n])) continue;
          view.nodes.push_back(views[i].nodes[n]);
          view.node_says.push_back(through + views[i].node_says[n]);
        }
        if (serves)
          for (const std::string& word : views[i].input) add(view.input, word);
        for (const std::string& word : views[i].output) add(view.output, word);
      }
      if (view.asset->endpoint || view.asset->dataset) view.lineage_fact = through_models(view, views);
    }
    std::vector<estate::Exposures> exposures;
    for (const AssetView& view : views) exposures.push_back(view.asset->exposure);
    for (std::size_t e = 0; e < views.size(); ++e) {
      if (!views[e].asset->endpoint) continue;
      for (const std::size_t m : views[e].models) {
        for (const std::string& word : views[e].asset->exposure)
          if (!has(exposures[m], word)) exposures[m].push_back(word);
        for (const std::string& word : views[m].asset->exposure)
          if (!has(exposures[e], word)) exposures[e].push_back(word);
      }
    }
    // Models first: endpoints and data sets take over what theirs are.
    for (std::size_t i = 0; i < views.size(); ++i)
      if (views[i].asset->model && exposures[i] != views[i].asset->exposure) finish(views[i], exposures[i]);
    for (std::size_t i = 0; i < views.size(); ++i) {
      AssetView& view = views[i];
      if (view.asset->model || view.models.empty()) continue;
      finish(view, exposures[i]);
      for (const std::size_t m : view.models) {
        for (const std::string& task : views[m].tasks) add(view.tasks, task);
        for (const knowledge::Exposure& row : facts_.exposures()) {
          Answer& mine = view.conditions[std::string(row.id)];
          const bool of_data = row.id == "open-training-data" || row.id == "private-training-data";
          if (view.asset->dataset && !of_data && m == view.models.front())
            mine = Answer::no;  // only through its models
          if (view.asset->dataset ? !of_data : row.derived) mine = std::max(mine, views[m].condition(row.id));
        }
      }
    }
  }

 private:
  void add_modality(std::vector<std::string>& list, std::string_view written) {
    const std::string word = to_lower(trim(written));
    if (facts_.is_modality(word)) return add(list, word);
    for (const auto& match : facts_.match(word))
      for (const auto& meaning : match.meanings)
        if (meaning.means == Means::modality) add(list, meaning.value);
  }

  // What an endpoint or a data set is by the models behind it: by one its lineage, else their names.
  static std::string through_models(const AssetView& view, const std::vector<AssetView>& views) {
    constexpr std::size_t kNamed = 3;  // more is not read
    const std::string& name = view.asset->name;
    const bool serves = view.asset->endpoint.has_value();
    if (view.models.empty())
      return serves ? name + " names no model that it serves" : name + " goes into no model of the estate";
    if (view.models.size() == 1) {
      const AssetView& model = views[view.models.front()];
      return name + (serves ? " serves " : " goes into ") + model.asset->name + ", which " +
             (model.nodes.empty() ? std::string(kNoFamily) : model.node_says.front());
    }
    std::vector<std::string> names;
    for (const std::size_t m : view.models) {
      if (names.size() == kNamed) break;
      names.push_back(views[m].asset->name);
    }
    const std::size_t more = view.models.size() - names.size();
    if (more > 0) names.push_back(std::to_string(more) + " more");
    return name + (serves ? " serves " : " goes into ") + listed(names, "and");
  }

  void add_node(AssetView& out, const knowledge::Node* node, std::string says) {
    if (node == nullptr || has(out.nodes, node)) return;
    out.nodes.push_back(node);
    out.node_says.push_back(std::move(says));
  }

  // A hub address without its type and revision: what people call the model.
  static std::string plain_name(const std::string& written) {
    const auto purl = versions::parse_purl(written);
    if (!purl || purl->name.empty()) return written;
    return purl->name_space.empty() ? purl->name : purl->name_space + "/" + purl->name;
  }

  void look_at(const estate::Model& model, AssetView& out, int depth) {
    constexpr int kMaxDepth = 8;  // bases of bases; real chains have three
    const auto built_on = [&](const std::string& written) {
      const auto* node = facts_.by_spelling(written);
      const bool is_class = node != nullptr && node->kind == knowledge::NodeKind::architecture;
      const std::string what = is_class ? with_article(node->title) : plain_name(written);
      // What a base is made of tells what ours begins with, not what it is.
      add_node(out, node, (is_class && depth == 0 ? "is " : "is built on ") + what);
    };
    if (!model.family.empty()) built_on(model.family);
    if (!model.purl.empty()) built_on(model.purl);
    for (const std::string& base : model.base) {
      if (const estate::Asset* other = estate_.find(base); other != nullptr && other->model && other != out.asset) {
        if (depth < kMaxDepth) look_at(*other->model, out, depth + 1);
      } else {
        built_on(base);
      }
    }
    if (!model.architecture.empty()) built_on(model.architecture);
    if (out.nodes.empty() && depth == 0)
      if (const auto* node = facts_.by_spelling(out.asset->name); node != nullptr)
        add_node(out, node, "has a name like " + std::string(node->title));
    for (const std::string& word : model.input) add_modality(out.input, word);
    for (const std::string& word : model.output) add_modality(out.output, word);
  }

  Answer open_data(const estate::Dataset& data) const {
    const std::string collection = to_lower(data.collection);
    if (data.public_contribution || has(kOpenCollections, collection) || facts_.is_open_dataset(collection))
      return Answer::yes;
    if (has(kOwnCollections, collection)) return Answer::no;
    return facts_.is_open_dataset(data.origin) ? Answer::yes : Answer::unknown;
  }
  Answer own_data(const estate::Dataset& data) const {
    const std::string collection = to_lower(data.collection);
    return has(kOwnCollections, collection) ? Answer::yes : Answer::unknown;
  }

  void finish(AssetView& out, const estate::Exposures& exposure) {
    out.closure = out.nodes;
    for (const auto* node : out.nodes)
      for (const auto* up : facts_.ancestors(*node))
        if (!has(out.closure, up)) out.closure.push_back(up);
    if (out.input.empty() && !out.nodes.empty())
      for (const std::string_view word : out.nodes.front()->input) add(out.input, word);
    if (out.output.empty() && !out.nodes.empty())
      for (const std::string_view word : out.nodes.front()->output) add(out.output, word);
    if (out.lineage_fact.empty())
      out.lineage_fact = out.asset->library  ? out.asset->name + " is a library entry"
                         : out.nodes.empty() ? out.asset->name + " " + std::string(kNoFamily)
                                             : out.asset->name + " " + out.node_says.front();
    conditions(out, exposure);
    tasks(out);
  }

  void conditions(AssetView& out, const estate::Exposures& exposure) {
    auto& c = out.conditions;
    c.clear();
    const Answer untold = exposure.empty() ? Answer::unknown : Answer::no;
    for (const auto& row : facts_.exposures())
      if (!row.derived) c[std::string(row.id)] = has(exposure, row.id) ? Answer::yes : untold;
    for (const auto& row : facts_.exposures()) {
      if (row.derived || !has(exposure, row.id)) continue;
      for (const std::string_view word : row.implies) c[std::string(word)] = Answer::yes;
      for (const std::string_view word : row.excludes)
        if (!has(exposure, word)) c[std::string(word)] = Answer::no;
    }
    const auto is = [&](std::string_view word) { return out.condition(word); };
    const auto takes = [&](std::string_view modality) { return has(out.input, modality); };
    const Answer outsiders = either({is("public-api"), is("partner-api")});
    c["outside-queries"] = outsiders;
    c["untrusted-input"] = either(
        {outsiders, is("takes-files"), is("takes-images"), is("takes-audio"), is("retrieves-web"), is("reads-mail")});
    const Answer strangers = either({is("retrieves-web"), is("reads-mail"), is("takes-files")});
    const bool maybe = is("retrieves-documents") != Answer::no || is("calls-tools") != Answer::no;
    c["untrusted-context"] = strangers == Answer::no && maybe ? Answer::unknown : strangers;
    c["untrusted-images"] = takes("image") ? either({is("takes-images"), is("takes-files"), outsiders}) : Answer::no;
    c["untrusted-audio"] = takes("audio") ? either({is("takes-audio"), is("takes-files"), outsiders}) : Answer::no;
    c["agent"] = either({is("calls-tools"), is("runs-code"), is("reads-mail")});
    // In a closed network a camera is the way in; elsewhere a picture may also come as a file, and the estate does not
    // tell.
    const bool senses = takes("image") || takes("video") || takes("audio") || takes("point-cloud");
    c["physical-sensor"] = !senses ? Answer::no : is("closed-network") == Answer::yes ? Answer::yes : Answer::unknown;

    const estate::Asset& asset = *out.asset;
    if (asset.model) {
      model_conditions(*asset.model, out);
    } else if (asset.dataset) {
      const Answer used = used_by_models(asset.name) ? Answer::yes : Answer::unknown;
      c["trained-here"] = used;
      c["open-training-data"] = open_data(*asset.dataset);
      c["private-training-data"] = own_data(*asset.dataset);
      c["outside-queries"] = c["publishes-weights"] = Answer::unknown;  // the models it went into say more
    }
    for (const auto& row : facts_.exposures()) c.try_emplace(std::string(row.id), Answer::no);
  }

  bool used_by_models(std::string_view dataset) const {
    return std::any_of(estate_.assets.begin(), estate_.assets.end(),
                       [&](const estate::Asset& a) { return a.model && has(a.model->datasets, dataset); });
  }

  void model_conditions(const estate::Model& model, AssetView& out) {
    auto& c = out.conditions;
    const auto answer = [](bool yes) { return yes ? Answer::yes : Answer::no; };
    const std::string relation = to_lower(model.relation);
    const bool from_hub = model.purl.starts_with("pkg:huggingface/") || model.purl.starts_with("pkg:mlflow/");
    const bool tuned = has(kTuning, relation) || !model.datasets.empty();
    // A hosted model is one wherever the estate says so; its family may say so too (a family whose weights were never
    // published).
    const bool hosted = model.hosted || (!out.nodes.empty() && out.nodes.front()->hosted);
    c["hosted"] = answer(hosted);
    c["own-weights"] = answer(!hosted);
    const bool as_it_is = !tuned && (hosted || from_hub || !model.base.empty() || !model.family.empty());
    c["trained-here"] = model.trained_here || tuned ? Answer::yes : as_it_is ? Answer::no : Answer::unknown;
    const Answer trained = c["trained-here"];
    Answer open = Answer::no, own = Answer::no;
    if (trained != Answer::no) {
      open = model.datasets.empty() ? Answer::unknown : Answer::no;
      own = model.datasets.empty() ? trained : Answer::no;
      for (const std::string& name : model.datasets) {
        const estate::Asset* data = estate_.find(name);
        const bool known = data != nullptr && data->dataset;
        open = std::max(open, known                          ? open_data(*data->dataset)
                              : facts_.is_open_dataset(name) ? Answer::yes
                                                             : Answer::unknown);
        own = std::max(own, known ? own_data(*data->dataset) : Answer::unknown);
      }
      open = std::max(open, out.condition("fine-tunable-by-users") == Answer::yes ? Answer::yes : Answer::no);
    }
    c["open-training-data"] = open;
    c["private-training-data"] = own;
    const bool of_others = !model.base.empty() || (from_hub && !model.trained_here);
    c["third-party-weights"] = hosted               ? Answer::no
                               : of_others          ? Answer::yes
                               : model.trained_here ? Answer::no
                                                    : Answer::unknown;
    c["publishes-weights"] = answer(!hosted && model.trained_here && from_hub && model.base.empty());
    const std::string format = to_lower(model.format);
    c["unsafe-format"] = hosted ? Answer::no
                         : format.empty()
                             ? Answer::unknown
                             : answer(has(kRunsCode, format) || format.find("pickle") != std::string::npos);
    c["shared-hardware"] = hosted || out.condition("closed-network") == Answer::yes ? Answer::no : Answer::unknown;
  }

  void tasks(AssetView& out) {
    out.tasks.clear();
    if (out.asset->model && !out.asset->model->task.empty()) {
      const std::string_view written = out.asset->model->task;
      if (facts_.task(written) != nullptr) add(out.tasks, written);
      for (const auto& match : facts_.match(written))
        for (const auto& meaning : match.meanings)
          if (meaning.means == Means::task) add(out.tasks, meaning.value);
    }
    for (const auto& task : facts_.tasks())
      for (const std::string_view by : task.implied_by)
        if (out.as(by) != nullptr || out.condition(by) == Answer::yes) add(out.tasks, task.id);
    for (std::size_t i = 0; i < out.tasks.size(); ++i)
      if (const auto* row = facts_.task(out.tasks[i]))
        for (const std::string_view kind : row->within) add(out.tasks, kind);
  }

  const estate::Estate& estate_;
  const knowledge::Knowledge& facts_;
};

}  // namespace

Answer AssetView::condition(std::string_view word) const {
  const auto at = conditions.find(word);
  return at == conditions.end() ? Answer::no : at->second;
}

const knowledge::Node* AssetView::as(std::string_view node_id) const {
  for (const auto* node : closure)
    if (node->id == node_id) return node;
  return nullptr;
}

std::string AssetView::fact_of(const knowledge::Node& node) const {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i] == &node) return asset->name + " " + node_says[i];
  return lineage_fact;
}

EstateView::EstateView(const estate::Estate& estate, knowledge::Knowledge knowledge)
    : estate_(&estate), knowledge_(std::move(knowledge)) {
  Builder builder(estate, knowledge_);
  assets_.reserve(estate.assets.size());
  for (const estate::Asset& asset : estate.assets) assets_.push_back(builder.view_of(asset));
  builder.join(assets_);
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < assets_.size(); ++i) by_name.emplace(assets_[i].asset->name, i);
  for (std::size_t i = 0; i < assets_.size(); ++i) {
    AssetView& view = assets_[i];
    if (view.asset->library) {
      for (const estate::Pin& pin : view.asset->library->pins)
        pins_[pin_key(pin.ecosystem, pin.name)].push_back({i, &pin}), ++pin_count_;
    }
    if (!view.asset->model) continue;
    for (const std::string& runtime : view.asset->model->runtime) {
      if (const auto at = by_name.find(runtime); at != by_name.end() && assets_[at->second].asset->library) {
        view.runtime.push_back(at->second);
        users_[at->second].push_back(i);
      } else if (const auto purl = versions::parse_purl(runtime);
                 purl && (purl->type == "pypi" || purl->type == "npm")) {
        estate::Pin pin;
        pin.ecosystem = purl->type == "pypi" ? "PyPI" : "npm";
        pin.name = versions::package_key(pin.ecosystem,
                                         purl->name_space.empty() ? purl->name : purl->name_space + "/" + purl->name);
        pin.written = runtime;
        if (!purl->version.empty()) pin.version = purl->version, pin.specifier = "==" + purl->version;
        pin.place = view.asset->place;
        view.runtime_pins.push_back(std::move(pin));
      }
    }
  }
  // Only now, when the vectors of pins do not move any more.
  for (std::size_t i = 0; i < assets_.size(); ++i)
    for (const estate::Pin& pin : assets_[i].runtime_pins)
      pins_[pin_key(pin.ecosystem, pin.name)].push_back({i, &pin}), ++pin_count_;
}

const AssetView* EstateView::find(std::string_view name) const {
  for (const AssetView& view : assets_)
    if (view.asset->name == name) return &view;
  return nullptr;
}

std::span<const PinnedAt> EstateView::pins(std::string_view ecosystem, std::string_view name) const {
  const auto at = pins_.find(pin_key(ecosystem, name));
  return at == pins_.end() ? std::span<const PinnedAt>{} : std::span<const PinnedAt>(at->second);
}

std::span<const std::size_t> EstateView::users_of(std::size_t library) const {
  const auto at = users_.find(library);
  return at == users_.end() ? std::span<const std::size_t>{} : std::span<const std::size_t>(at->second);
}

}  // namespace tocsin::assess
