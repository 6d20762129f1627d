// What has to be judged again:
// - items whose records changed since they were judged;
// - when pins of libraries changed: the items that name those packages;
// - when a model, data set or endpoint changed, or the facts or rules did: everything, for any item may speak of it.
// Decisions whose basis is no longer what it was re-open in the same transaction.
// A proposal is free of all that is known of its package. So where one item of a package was judged, the proposals of the
// others are made anew, and stored where they differ; nothing else of them is looked at.
#include "cycle/assess.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "assess/assess.hpp"
#include "assess/estate_view.hpp"
#include "assess/packages.hpp"
#include "assess/reasons.hpp"
#include "base/foreign.hpp"

namespace tocsin::cycle {
namespace {

constexpr std::size_t kPage = 500;  // items in memory at a time

// Package keys whose pins differ between two readings of the library entries.
std::vector<std::string> changed_packages(const std::vector<estate::Asset>& before,
                                          const std::vector<estate::Asset>& after) {
  auto pins_of = [](const std::vector<estate::Asset>& assets) {
    std::map<std::string, std::set<std::string>> pins;
    for (const estate::Asset& asset : assets)
      if (asset.library)
        for (const estate::Pin& pin : asset.library->pins)
          pins[store::package_of(pin.ecosystem, pin.name)].insert(asset.name + "\n" + estate::to_json(pin).canonical());
    return pins;
  };
  const auto old_pins = pins_of(before), new_pins = pins_of(after);
  std::vector<std::string> changed;
  for (const auto& [key, pins] : old_pins) {
    const auto now = new_pins.find(key);
    if (now == new_pins.end() || now->second != pins) changed.push_back(key);
  }
  for (const auto& [key, pins] : new_pins)
    if (old_pins.find(key) == old_pins.end()) changed.push_back(key);
  return changed;
}

// Does anything but the pins of libraries differ?
bool more_than_pins(const std::vector<estate::Asset>& before, const std::vector<estate::Asset>& after) {
  auto outline = [](const std::vector<estate::Asset>& assets) {
    std::map<std::string, std::string> out;
    for (const estate::Asset& asset : assets) {
      estate::Asset bare = asset;
      if (bare.library) bare.library->pins.clear();
      bare.place = {};
      out[asset.name] = estate::to_json(bare).canonical();
    }
    return out;
  };
  return outline(before) != outline(after);
}

// Vulnerabilities that name one of these packages as a product in their text only.
Result<> add_items_of_products(store::Reader& reader, const std::vector<std::string>& packages, std::set<Uuid>& items) {
  const std::set<std::string, std::less<>> wanted(packages.begin(), packages.end());
  store::ItemQuery query;
  query.filter.kind = intel::Kind::vulnerability;
  return reader.each_item(query, [&](store::ItemRow& row) -> Result<> {
    if (!row.judged) return {};
    for (const Json& found : row.judged->facets["found"].as_array()) {
      if (found["facet"].as_string() != to_string(knowledge::Means::product)) continue;
      const std::string_view value = found["value"].as_string();
      const std::size_t slash = value.find('/');  // "PyPI/torch"
      if (slash == std::string_view::npos) continue;
      if (wanted.contains(store::package_of(value.substr(0, slash), value.substr(slash + 1)))) items.insert(row.id);
    }
    return {};
  });
}

struct Todo {
  bool everything = false;
  std::vector<Uuid> items;  // when not everything
  std::string why;
};

Result<Todo> what_to_judge(Workspace& workspace, const estate::Estate& estate, bool everything) {
  Todo todo;
  TOCSIN_TRY(auto reader, workspace.store().read());
  TOCSIN_TRY(const auto last, reader->last_assessment());
  auto all = [&](std::string why) {
    todo.everything = true;
    todo.why = std::move(why);
    return todo;
  };
  if (everything) return all("all items, as asked");
  if (!last) return all("all items: the first time");
  if (last->inputs.knowledge != workspace.knowledge().version()) return all("all items: the knowledge changed");
  if (last->inputs.rules != assess::kRulesVersion) return all("all items: the rules changed");
  std::set<Uuid> items;
  if (last->inputs.estate != estate.digest) {
    TOCSIN_TRY(const auto before, reader->estate(last->inputs.estate));
    if (!before || more_than_pins(before->assets, estate.assets)) return all("all items: the estate changed");
    const std::vector<std::string> packages = changed_packages(before->assets, estate.assets);
    TOCSIN_TRY(const std::vector<Uuid> touched, reader->items_of_packages(packages));
    items.insert(touched.begin(), touched.end());
    TOCSIN_CHECK(add_items_of_products(*reader, packages, items));
    todo.why =
        std::to_string(items.size()) + " items of " + std::to_string(packages.size()) + " packages whose pins changed";
  }
  TOCSIN_TRY(const std::vector<Uuid> stale, reader->stale_items());
  items.insert(stale.begin(), stale.end());
  if (!stale.empty())
    todo.why += (todo.why.empty() ? "" : ", ") + std::to_string(stale.size()) + " new or changed items";
  todo.items.assign(items.begin(), items.end());
  if (todo.why.empty()) todo.why = "nothing changed";
  return todo;
}

// What of the assets in scope an item's answer can rest on: of libraries only the pins of packages that it names.
std::string estate_part(const estate::Estate& estate, const store::ItemRow& row,
                        const std::vector<std::string>& scope) {
  std::set<std::string> packages;
  for (const versions::AffectedPackage& package : row.item->affects.packages)
    packages.insert(store::package_of(package.ecosystem, package.name));
  std::set<std::string> names(scope.begin(), scope.end());
  if (scope.empty())
    for (const judgement::Assessment& assessment : row.assessments)
      if (assessment.status != judgement::Status::not_affected) names.insert(assessment.asset);
  std::string text;
  for (const estate::Asset& asset : estate.assets) {
    if (names.find(asset.name) == names.end()) continue;
    estate::Asset part = asset;
    part.place = {};
    if (part.library) {
      auto& pins = part.library->pins;
      pins.erase(std::remove_if(pins.begin(), pins.end(),
                                [&](const estate::Pin& pin) {
                                  return packages.find(store::package_of(pin.ecosystem, pin.name)) == packages.end();
                                }),
                 pins.end());
      for (estate::Pin& pin : pins) pin.place = {};     // a line that moved is no change
      if (!pins.empty()) part.library->unread.clear();  // the answer stands in the lines that were read
    }
    text += estate::to_json(part).canonical() + "\n";
  }
  return text.empty() ? "" : sha256(text).hex();
}

judgement::Basis make_basis(const estate::Estate& estate, std::string_view knowledge, const store::ItemRow& row,
                            const std::vector<std::string>& scope) {
  judgement::Basis basis;
  for (const judgement::Assessment& assessment : row.assessments) {
    if (!scope.empty() && std::find(scope.begin(), scope.end(), assessment.asset) == scope.end()) continue;
    if (scope.empty() && assessment.status == judgement::Status::not_affected) continue;
    basis.statuses.push_back(judgement::status_line(assessment));
  }
  std::sort(basis.statuses.begin(), basis.statuses.end());
  for (const Digest& digest : row.item->records) basis.records.push_back(digest.hex());
  std::sort(basis.records.begin(), basis.records.end());
  basis.estate = estate_part(estate, row, scope);
  basis.knowledge = knowledge;
  return basis;
}

// All advisories of the packages that somebody asks for, each package read once.
class Advisories {
 public:
  explicit Advisories(store::Reader& reader) : reader_(reader) {}

  // nullptr after an error, which state() gives.
  const assess::AdvisoryIndex* of(const estate::Pin& pin) {
    const std::string key = store::package_of(pin.ecosystem, pin.name);
    auto at = known_.find(key);
    if (at == known_.end()) {
      if (!state_) return nullptr;
      Result<assess::AdvisoryIndex> read = load(key);
      if (!read) {
        state_ = tl::make_unexpected(std::move(read).error());
        return nullptr;
      }
      at = known_.emplace(key, std::move(*read)).first;
    }
    return &at->second;
  }
  const Result<>& state() const { return state_; }

 private:
  Result<assess::AdvisoryIndex> load(const std::string& key) {
    assess::AdvisoryIndex index;
    TOCSIN_TRY(const std::vector<Uuid> ids, reader_.items_of_packages(std::span(&key, 1)));
    for (const Uuid& id : ids) {
      TOCSIN_TRY(const auto row, reader_.item(id));
      if (row && row->item) index.add(*row->item);
    }
    index.finish();
    return index;
  }

  store::Reader& reader_;
  std::map<std::string, assess::AdvisoryIndex> known_;
  Result<> state_;
};

class Judge {
 public:
  Judge(const Workspace& workspace, const estate::Estate& estate, store::Transaction& t, AssessReport& report)
      : estate_(estate),
        view_(estate, workspace.knowledge()),
        knowledge_(workspace.knowledge().version()),
        advisories_(t),
        report_(report) {
    context_.now = t.now();
    context_.advisories = [this](const estate::Pin& pin) { return advisories_.of(pin); };
  }
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  Result<> judge(store::Transaction& t, store::ItemRow& row) {
    const assess::Context& context = context_;
    remember(row);
    assess::Judgement judged = assess::assess(*row.item, view_, context);
    // Pairs that somebody decided on keep a row of their own, also when the answer is "not affected".
    for (const store::DecisionRow& decision : row.decisions)
      for (const std::string& asset : decision.decision.scope) {
        if (std::any_of(judged.rows.begin(), judged.rows.end(), [&](const auto& r) { return r.asset == asset; }))
          continue;
        if (auto pair = assess::assess_pair(*row.item, view_, asset, context)) {
          // A pair that nobody can judge waits for a person once somebody decided on it.
          if (pair->status == judgement::Status::under_investigation && (!judged.worst || pair->status < *judged.worst))
            judged.worst = pair->status;
          judged.rows.push_back(std::move(*pair));
        }
      }
    TOCSIN_CHECK(advisories_.state());
    for (judgement::Assessment& one : judged.rows) one.item = row.id;
    store::Judged whole{judged.layers, judged.score, judged.worst, assess::to_json(judged.facets)};
    std::vector<store::ClassVerdict> classes;
    classes.reserve(judged.classes.size());
    for (const assess::ClassVerdict& verdict : judged.classes)
      classes.push_back({verdict.assets, verdict.code, verdict.detail});
    TOCSIN_TRY(const bool changed, t.replace_assessments(row.id, whole, judged.rows, classes));
    ++report_.judged;
    if (changed) ++report_.changed;
    row.assessments = std::move(judged.rows);
    remember(row);
    return reconsider(t, row);
  }

  // Makes the proposals of items anew that were not judged, but whose package is one of an item that was.
  Result<> revise_proposals(store::Transaction& t) {
    std::set<std::string> assets;  // that may hold such a proposal
    for (const std::string& key : packages_) {
      const std::size_t slash = key.find('/');
      for (const assess::PinnedAt& pin : view_.pins(key.substr(0, slash), key.substr(slash + 1))) {
        assets.insert(view_.assets()[pin.asset].asset->name);
        for (const std::size_t user : view_.users_of(pin.asset)) assets.insert(view_.assets()[user].asset->name);
      }
    }
    std::set<Uuid> others;
    for (const std::string& asset : assets) {
      TOCSIN_TRY(const std::vector<judgement::Assessment> rows, t.assessments_of_asset(asset));
      for (const judgement::Assessment& one : rows)
        if (packages_.count(one.package) > 0 && judged_.count(one.item) == 0) others.insert(one.item);
    }
    for (const Uuid& id : others) {
      TOCSIN_TRY(auto row, t.item(id));
      if (!row || !row->item || !row->judged || !assess::propose(*row->item, view_, context_, row->assessments))
        continue;
      TOCSIN_CHECK(advisories_.state());
      TOCSIN_TRY(const bool changed, t.replace_assessments(row->id, *row->judged, row->assessments, row->classes));
      static_cast<void>(changed);
      ++report_.revised;
    }
    return advisories_.state();
  }

 private:
  // The packages of ours that the item says something of, or did when it was judged last.
  void remember(const store::ItemRow& row) {
    judged_.insert(row.id);
    for (const versions::AffectedPackage& package : row.item->affects.packages)
      if (!view_.pins(package.ecosystem, package.name).empty())
        packages_.insert(store::package_of(package.ecosystem, package.name));
    for (const judgement::Assessment& one : row.assessments)
      if (!one.package.empty()) packages_.insert(one.package);
  }

  // Decisions whose basis is not what it was re-open; those that had re-opened and rest on the old basis again are back
  // in force.
  Result<> reconsider(store::Transaction& t, const store::ItemRow& row) {
    for (const store::DecisionRow& decision : row.decisions) {
      if (decision.state == store::DecisionState::superseded) continue;
      const judgement::Basis now = make_basis(estate_, knowledge_, row, decision.decision.scope);
      const bool same = decision.decision.basis.same(now);
      const bool stood =
          decision.state == store::DecisionState::in_force ||
          decision.state == store::DecisionState::expired;  // who put it off is told what changed as well
      if (stood && !same) {
        TOCSIN_CHECK(t.reopen_decision(decision.decision.id, decision.decision.basis.difference(now)));
        if (report_.reopened.empty() || report_.reopened.back() != row.name)  // an item may have several decisions
          report_.reopened.push_back(row.name);
      } else if (decision.state == store::DecisionState::reopened && same) {
        TOCSIN_CHECK(t.restore_decision(decision.decision.id));
      }
    }
    return {};
  }

  const estate::Estate& estate_;
  assess::EstateView view_;
  std::string knowledge_;
  Advisories advisories_;
  assess::Context context_;
  std::set<Uuid> judged_;
  std::set<std::string> packages_;  // of the judged items, as store::package_of() writes them
  AssessReport& report_;
};

Result<> judge_everything(store::Transaction& t, Judge& judge, Progress& progress) {
  store::ItemQuery query;
  query.order = store::Order::arrival;
  query.limit = kPage;
  query.with_item = query.with_decisions = true;
  TOCSIN_TRY(const std::uint64_t total, t.count_items({}));
  progress.stage("judging", total);
  std::uint64_t done = 0;
  for (;;) {
    TOCSIN_TRY(store::ItemPage page, t.items(query));
    for (store::ItemRow& row : page.rows) {
      TOCSIN_CHECK(judge.judge(t, row));
      progress.advance(++done);
    }
    if (page.next.empty()) return {};
    query.after = page.next;
  }
}

bool in_scope(const std::vector<std::string>& scope, const judgement::Assessment& assessment) {
  return scope.empty() || std::binary_search(scope.begin(), scope.end(), assessment.asset);
}

// What is proposed for the assets in scope, of this kind alone: who accepts a risk is not told to upgrade. Each text
// once, for one action may be for several files.
std::string proposals_of(const store::ItemRow& row, const std::vector<std::string>& scope, judgement::ActionKind kind) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string_view> texts;
  for (const judgement::Assessment& one : row.assessments)
    if (one.proposed == kind && !one.proposal.empty() && in_scope(scope, one) &&
        std::find(texts.begin(), texts.end(), one.proposal) == texts.end())
      texts.push_back(one.proposal);
  std::string out;
  for (std::size_t i = 0; i < texts.size() && i < kShown; ++i) out += (i > 0 ? "; " : "") + std::string(texts[i]);
  if (texts.size() > kShown)
    out += "; and " + std::to_string(texts.size() - kShown) +
           (texts.size() == kShown + 1 ? " more place" : " more places");
  return out;
}

// What was to be done because of decisions that a later one has taken the place of is not to be done any more.
Result<std::vector<judgement::Action>> close_superseded(store::Transaction& t, const Uuid& item) {
  TOCSIN_TRY(const std::vector<store::DecisionRow> decisions, t.decisions_of(item));
  TOCSIN_TRY(const std::vector<judgement::Action> actions, t.actions_of(item));
  std::vector<judgement::Action> closed;
  for (judgement::Action action : actions) {
    const bool over = std::any_of(decisions.begin(), decisions.end(), [&](const store::DecisionRow& row) {
      return row.decision.id == action.decision && row.state == store::DecisionState::superseded;
    });
    if (!over || action.state != "open") continue;
    action.state = "superseded";
    TOCSIN_CHECK(t.put_action(action));
    closed.push_back(std::move(action));
  }
  return closed;
}

}  // namespace

Result<AssessReport> assess(Workspace& workspace, bool everything, Progress& progress) {
  TOCSIN_TRY(const Workspace::Changes changes, workspace.record_files());
  static_cast<void>(changes);
  TOCSIN_TRY(const estate::Estate* estate, workspace.estate());
  TOCSIN_TRY(const Todo todo, what_to_judge(workspace, *estate, everything));
  AssessReport report;
  report.why = todo.why;
  TOCSIN_TRY(auto reader, workspace.store().read());
  TOCSIN_TRY(const auto last, reader->last_assessment());
  reader.reset();
  // Nothing to judge and the same inputs: no entry in the ledger for looking.
  if (!todo.everything && todo.items.empty() && last && last->inputs.estate == estate->digest) return report;

  TOCSIN_CHECK(workspace.store().write("assess", [&](store::Transaction& t) -> Result<> {
    report.judged = report.changed = report.revised = 0;
    report.reopened.clear();
    Judge judge(workspace, *estate, t, report);
    TOCSIN_CHECK(t.begin_assessment(
        {estate->digest, std::string(workspace.knowledge().version()), std::string(assess::kRulesVersion)}));
    if (todo.everything) {
      TOCSIN_CHECK(judge_everything(t, judge, progress));
    } else {
      progress.stage("judging", todo.items.size());
      std::uint64_t done = 0;
      for (const Uuid& id : todo.items) {
        TOCSIN_TRY(auto row, t.item(id));
        if (row) TOCSIN_CHECK(judge.judge(t, *row));
        progress.advance(++done);
      }
      TOCSIN_CHECK(judge.revise_proposals(t));
    }
    TOCSIN_TRY(const store::AssessmentRun run, t.end_assessment());
    static_cast<void>(run);
    return {};
  }));
  progress.finish();
  return report;
}

store::ItemFilter::Untold untold(const estate::Asset& asset) {
  const std::string name(assess::class_of(asset.kind));
  store::ItemFilter::Untold out{{name, "other " + name, "all"}, {}};
  for (const assess::ReasonCode& code : assess::reason_codes())
    if (code.unknown) out.codes.emplace_back(code.code);
  return out;
}

Result<judgement::Basis> basis_of(Workspace& workspace, const store::ItemRow& item,
                                  const std::vector<std::string>& scope) {
  TOCSIN_TRY(const estate::Estate* estate, workspace.estate());
  return make_basis(*estate, workspace.knowledge().version(), item, scope);
}

Result<> check_names(Workspace& workspace, const NewDecision& wanted) {
  const Config& config = workspace.config();
  const auto somebody = [&](std::string_view id, const char* option) -> Result<> {
    if (config.person(id) != nullptr) return {};
    std::string names;
    for (const Person& person : config.people) names += (names.empty() ? "" : ", ") + person.id;
    return fail(Code::unavailable, std::string(option) + ": '" + printable(id) +
                                       "' is nobody of [people] in tocsin.toml" +
                                       (names.empty() ? "" : " (" + names + ")"));
  };
  TOCSIN_CHECK(somebody(wanted.by, "--as"));
  if (!wanted.owner.empty()) TOCSIN_CHECK(somebody(wanted.owner, "--owner"));
  if (wanted.scope.empty()) return {};
  TOCSIN_TRY(const estate::Estate* estate, workspace.estate());
  for (const std::string& asset : wanted.scope)
    if (estate->find(asset) == nullptr) {
      std::string names;
      for (const estate::Asset& one : estate->assets) names += (names.empty() ? "" : ", ") + printable(one.name, 60);
      return fail(Code::unavailable, "--asset: estate.yaml has no '" + printable(asset) + "'" +
                                         (names.empty() ? "" : "; there are: " + names));
    }
  return {};
}

Result<Decided> decide(Workspace& workspace, const NewDecision& wanted) {
  TOCSIN_CHECK(check_names(workspace, wanted));
  const bool acts = wanted.verdict == judgement::Verdict::act;
  if (!acts && (wanted.action || wanted.due || !wanted.owner.empty() || !wanted.what.empty()))
    return fail(Code::refused, "an action goes with the verdict act");
  const std::string owner = wanted.owner.empty() ? wanted.by : wanted.owner;
  if (wanted.rationale.raw().find_first_not_of(" \t\r\n") == std::string_view::npos)
    return fail(Code::refused, "a decision needs its reason: --because TEXT");
  if (wanted.verdict == judgement::Verdict::defer && !wanted.until)
    return fail(Code::refused, "a decision to defer needs a date: --until DATE");
  if (wanted.verdict == judgement::Verdict::duplicate && !wanted.duplicate_of)
    return fail(Code::refused, "name the item that this one repeats: --duplicate-of ID");
  // Nobody means a day that is over; mostly it is the year that is mistyped. What is due today is due in time.
  const Time today = workspace.clock().now();
  if (wanted.until && *wanted.until <= today)
    return fail(Code::refused,
                "--until: " + to_date(*wanted.until) +
                    (to_date(*wanted.until) == to_date(today) ? " is today; give a later day"
                                                              : " has passed, today is " + to_date(today)));
  if (wanted.due && *wanted.due < today && to_date(*wanted.due) != to_date(today))
    return fail(Code::refused, "--due: " + to_date(*wanted.due) + " has passed, today is " + to_date(today));
  TOCSIN_TRY(const estate::Estate* estate, workspace.estate());

  // The decision rests on what is true now, so that is judged first.
  TOCSIN_TRY(const AssessReport fresh, assess(workspace, false, no_progress()));
  static_cast<void>(fresh);
  Decided decided;
  judgement::Decision& decision = decided.decision;
  decision.id = uuid_from_bytes(workspace.random().bytes(16));
  decision.item = wanted.item;
  decision.scope = wanted.scope;
  std::sort(decision.scope.begin(), decision.scope.end());
  decision.scope.erase(std::unique(decision.scope.begin(), decision.scope.end()), decision.scope.end());
  decision.verdict = wanted.verdict;
  decision.rationale = wanted.rationale;
  decision.by = wanted.by;
  decision.until = wanted.until;
  decision.duplicate_of = wanted.duplicate_of;
  const Uuid action_id = uuid_from_bytes(workspace.random().bytes(16));
  TOCSIN_CHECK(workspace.store().write("decide", [&](store::Transaction& t) -> Result<> {
    TOCSIN_TRY(auto row, t.item(wanted.item));
    if (!row) return fail(Code::unavailable, "the item is gone");
    // Pairs decided on get their row, also where the answer is "not affected".
    bool paired = false;
    const assess::EstateView view(*estate, workspace.knowledge());
    Advisories advisories(t);
    assess::Context context;
    context.now = t.now();
    context.advisories = [&](const estate::Pin& pin) { return advisories.of(pin); };
    for (const std::string& asset : decision.scope) {
      if (std::any_of(row->assessments.begin(), row->assessments.end(),
                      [&](const auto& r) { return r.asset == asset; }))
        continue;
      if (auto pair = assess::assess_pair(*row->item, view, asset, context)) {
        pair->item = row->id;
        row->assessments.push_back(std::move(*pair));
        paired = true;
      }
    }
    TOCSIN_CHECK(advisories.state());
    decided.untouched.clear();
    for (const std::string& asset : decision.scope)
      if (std::none_of(row->assessments.begin(), row->assessments.end(),
                       [&](const auto& r) { return r.asset == asset && r.status != judgement::Status::not_affected; }))
        decided.untouched.push_back(asset);
    decision.item = row->id;
    decision.at = t.now();
    decision.basis = make_basis(*estate, workspace.knowledge().version(), *row, decision.scope);
    TOCSIN_CHECK(t.put_decision(decision));
    if (paired) {  // judged with the decision in sight, so that the new rows are there at once
      TOCSIN_TRY(auto decided_on, t.item(row->id));
      if (!decided_on) return fail(Code::internal, "the item is gone");
      AssessReport report;
      Judge judge(workspace, *estate, t, report);
      TOCSIN_CHECK(t.begin_assessment(
          {estate->digest, std::string(workspace.knowledge().version()), std::string(assess::kRulesVersion)}));
      TOCSIN_CHECK(judge.judge(t, *decided_on));
      TOCSIN_TRY(const store::AssessmentRun run, t.end_assessment());
      static_cast<void>(run);
    }
    TOCSIN_TRY(decided.closed, close_superseded(t, row->id));
    if (acts) {
      std::optional<judgement::ActionKind> proposed;
      for (const judgement::Assessment& assessment : row->assessments)
        if (!proposed && in_scope(decision.scope, assessment)) proposed = assessment.proposed;
      judgement::Action action;
      action.id = action_id;
      action.decision = decision.id;
      action.item = row->id;
      action.kind = wanted.action ? *wanted.action : proposed.value_or(judgement::ActionKind::test);
      const std::string proposals = proposals_of(*row, decision.scope, action.kind);
      action.what = !wanted.what.empty() ? wanted.what : !proposals.empty() ? Foreign(proposals) : row->title;
      action.owner = owner;
      action.due = wanted.due;
      action.created = t.now();
      TOCSIN_CHECK(t.put_action(action));
      decided.action = action;
    }
    return {};
  }));
  return decided;
}

}  // namespace tocsin::cycle
