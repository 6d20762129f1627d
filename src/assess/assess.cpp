// Packages are judged by version, everything else by mechanism (match.hpp). Of several mechanisms that an item
// describes, the one that comes closest to an asset speaks for it. What no asset is touched by is told once per class
// of assets, with the code of the answer that came closest.
#include "assess/assess.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "assess/layers.hpp"
#include "assess/match.hpp"
#include "assess/packages.hpp"
#include "assess/reasons.hpp"
#include "assess/score.hpp"
#include "assess/versions_in_text.hpp"
#include "assess/wording.hpp"
#include "base/text.hpp"
#include "versions/osv.hpp"

namespace tocsin::assess {
namespace {

using estate::AssetKind;
using intel::Kind;
using judgement::ActionKind;
using judgement::Assessment;
using judgement::Reason;
using judgement::Status;
using knowledge::Means;

constexpr std::size_t kMaxReasons = 12;     // of one row: more is not read
constexpr std::size_t kAdditionBytes = 32;  // behind the name of a product: two or three words
constexpr int kNamedAgain = 4;              // two mentions in a summary
constexpr std::size_t kMaxPinReasons = 6;   // places of one package in one library entry
// Closeness of "nobody can tell": a line that names the package for another environment does not answer it, one that pins
// it does.
constexpr int kUnknown = 25;

// The answer for one asset before it becomes a row or part of a class.
struct Answered {
  Status status = Status::not_affected;
  std::vector<Reason> reasons;
  std::optional<ActionKind> proposed;
  std::string proposal;
  std::string package;  // that the proposal is about
  std::vector<std::string> fixed_in;
  std::string code;  // when not affected
  std::string detail;
  int closeness = 0;  // of several answers for a class, the closest speaks
  int impact = 2;
  bool weak = false;    // nothing but being a model ties the two
  bool silent = false;  // the item has nothing to say about this kind of asset at all
};

Answered none(std::string code, std::string item_fact, std::string asset_fact, std::string detail, int closeness) {
  Answered out;
  out.reasons = {Reason{code, std::move(item_fact), std::move(asset_fact), ""}};
  out.code = std::move(code);
  out.detail = std::move(detail);
  out.closeness = closeness;
  return out;
}

std::string place_of(const estate::Place& place) {
  if (place.file.empty()) return "";
  return place.file + (place.line == 0 ? "" : ":" + std::to_string(place.line));
}
std::string place_of(const estate::Pin& pin) {
  return place_of(pin.place);
}

int rank(Status status) {
  switch (status) {
    case Status::affected:
      return 3;
    case Status::under_investigation:
      return 2;
    case Status::fixed:
      return 1;
    case Status::not_affected:
      return 0;
  }
  return 0;
}

// Everything of an item that does not depend on the asset.
class Judge {
 public:
  Judge(const intel::Item& item, Facets facets, const EstateView& estate, const Context& context)
      : item_(item),
        facets_(std::move(facets)),
        estate_(estate),
        facts_(estate.knowledge()),
        context_(context),
        subject_(subject_of(item_, facets_, facts_)) {
    grade_ = context.grade;
    if (grade_ == 'F')
      for (const std::string& source : item.sources)
        if (const auto* row = facts_.source(source); row != nullptr && (grade_ == 'F' || row->grade < grade_))
          grade_ = row->grade;
    for (const auto& package : item.affects.packages)
      packages_[{package.ecosystem, versions::package_key(package.ecosystem, package.name)}].push_back(&package);
    if (packages_.empty()) find_products();
  }

  const Facets& facets() const { return facets_; }
  bool about_packages() const {
    return !packages_.empty() || !products_.empty() || item_.kind == Kind::vulnerability ||
           item_.kind == Kind::malicious_package;
  }
  char grade() const { return grade_; }

  Answered answer(const AssetView& asset) const {
    if (item_.withdrawn) return none("withdrawn", "its sources have withdrawn it", "", "", 50);
    if (about_packages()) return by_package(asset);
    if (!facets_.security) return none("not-security", "says nothing of attack, defence, privacy or misuse", "", "", 0);
    return by_mechanism(asset);
  }

 private:
  // An advisory is about each product that it names. Of other texts (news of a campaign against one product) those count that their title
  // names, or that they name again and again, and only where no attack on models is what they are about.
  void find_products() {
    const bool advisory = item_.kind == Kind::vulnerability;
    if (!advisory && !(tells_of_events() && is_about_software())) return;
    told_ = versions_in(item_.title.raw());
    if (told_.empty()) told_ = versions_in(item_.summary.raw());
    const bool company = !told_.empty() || facets_.find(Means::subject, "software") != nullptr;
    for (const Found& f : facets_.found) {
      if (f.means != Means::product || names_an_addition(f.evidence)) continue;
      if (!advisory && !f.in_title && f.weight < kNamedAgain) continue;
      if (!f.said && !company) continue;  // a common word, with nothing of software around it
      const std::size_t slash = f.value.find('/');
      products_.push_back({f.value.substr(0, slash), f.value.substr(slash + 1), f.evidence});
    }
    if (products_.empty()) told_ = {};
  }
  bool tells_of_events() const {
    return item_.kind == Kind::news || item_.kind == Kind::report || item_.kind == Kind::other ||
           item_.kind == Kind::case_study;
  }
  bool is_about_software() const {
    if (!facets_.security || facets_.stance == Stance::survey) return false;
    return std::all_of(subject_.threats.begin(), subject_.threats.end(), works_on_libraries);
  }
  static bool works_on_libraries(const knowledge::Threat* threat) {
    return std::find(threat->assets.begin(), threat->assets.end(), "library") != threat->assets.end();
  }

  // "Apache Airflow JDBC Provider" is another product than Apache Airflow.
  bool names_an_addition(std::string_view product) const {
    for (const std::string_view text : {item_.title.raw(), item_.summary.raw()}) {
      const std::size_t at = text.find(product);
      if (at == std::string_view::npos) continue;
      const std::string next = to_lower(text.substr(at + product.size(), kAdditionBytes));
      const std::string_view phrase = std::string_view(next).substr(0, next.find_first_of(".,;:("));
      for (const std::string_view word :
           {" provider", " plugin", " plug-in", " extension", " connector", " integration", " wrapper", " client"})
        if (phrase.find(word) != std::string_view::npos) return true;
      return false;
    }
    return false;
  }

  // Pins of one asset for one package: those of a library entry, those that a model names itself, and those of its
  // runtime entries.
  std::vector<PinnedAt> pins_of(const AssetView& asset, std::string_view ecosystem, std::string_view name) const {
    std::vector<PinnedAt> out;
    const std::size_t self = static_cast<std::size_t>(&asset - estate_.assets().data());
    for (const PinnedAt& pin : estate_.pins(ecosystem, name))
      if (pin.asset == self || std::find(asset.runtime.begin(), asset.runtime.end(), pin.asset) != asset.runtime.end())
        out.push_back(pin);
    return out;
  }

  std::string package_names() const {
    std::string out;
    std::size_t shown = 0;
    for (const auto& [key, unused] : packages_) {
      if (++shown > 3) return out + " and others";
      out += (out.empty() ? "" : ", ") + key.second;
    }
    for (const Product& p : products_) out += (out.empty() ? "" : ", ") + p.written;
    return out;
  }
  std::string about_what() const {
    const std::string names = package_names();
    return names.empty() ? "a product that no entry of the estate is known to be" : names;
  }

  Answered by_package(const AssetView& asset) const {
    const bool runs_packages = asset.asset->kind == AssetKind::library || asset.asset->kind == AssetKind::model;
    if (!runs_packages) {
      Answered out =
          none("product-not-used", about_what(), asset.asset->name + " installs no packages", package_names(), 1);
      out.silent = true;
      return out;
    }
    Answered best = without_pin(asset);
    for (const auto& [key, entries] : packages_) {
      std::size_t told = 0;
      for (const PinnedAt& at : pins_of(asset, key.first, key.second)) {
        if (is_installed(at) && ++told > kMaxPinReasons) break;
        take(best, judge(asset, at, entries));
      }
    }
    for (const Product& product : products_)
      for (const PinnedAt& at : pins_of(asset, product.ecosystem, product.name)) take(best, judge(asset, at, product));
    if (best.status != Status::not_affected) return best;
    for (const auto& [key, entries] : packages_)
      if (auto unread = hidden_in(asset, key.first, key.second)) return std::move(*unread);
    for (const Product& product : products_)
      if (auto unread = hidden_in(asset, product.ecosystem, product.name)) return std::move(*unread);
    return best;
  }

  static bool is_installed(const PinnedAt& at) { return at.pin->applies && at.pin->kind != "constraint"; }

  // The entry itself, or one that the model runs on, may name the package in a part that was not read: an entry that pins
  // it elsewhere does not, no two versions of a package are installed side by side.
  std::optional<Answered> hidden_in(const AssetView& asset, std::string_view ecosystem, std::string_view name) const {
    std::vector<std::size_t> holders = asset.runtime;
    holders.push_back(static_cast<std::size_t>(&asset - estate_.assets().data()));
    const auto pins = estate_.pins(ecosystem, name);
    for (const std::size_t holder : holders) {
      auto unread = unread_part(estate_.assets()[holder]);
      if (unread && std::none_of(pins.begin(), pins.end(),
                                 [&](const PinnedAt& at) { return at.asset == holder && is_installed(at); }))
        return unread;
    }
    return std::nullopt;
  }

  // No pin of ours names the package. Of a library entry that was read that is an answer; of a model only when the estate
  // tells what it runs on: else it may well use what no line says.
  Answered without_pin(const AssetView& asset) const {
    const std::string& name = asset.asset->name;
    if (asset.asset->model && asset.asset->model->hosted)
      return none("product-not-used", about_what(), name + " is run by somebody else: no packages of ours",
                  package_names(), 1);
    if (asset.asset->model && asset.runtime.empty() && asset.runtime_pins.empty())
      return none("runtime-unknown", about_what(), "the estate does not tell what " + name + " runs on (runtime:)",
                  package_names(), kUnknown);
    if (auto unread = unread_part(asset)) return std::move(*unread);
    for (const std::size_t at : asset.runtime)
      if (auto unread = unread_part(estate_.assets()[at])) return std::move(*unread);
    return none("product-not-used", about_what(), name + " does not use it", package_names(), 1);
  }

  // Of a library entry that was not read whole, or holds not one pin (an empty file, one in no form that is read): that it
  // does not name a package says nothing then.
  std::optional<Answered> unread_part(const AssetView& holder) const {
    if (!holder.asset->library) return std::nullopt;
    const estate::Library& library = *holder.asset->library;
    std::string what, where;
    if (!library.unread.empty()) {
      const estate::Unread& part = library.unread.front();
      where = place_of(part.place);
      what = (where.empty() ? "" : where + ": ") + part.what;
      if (library.unread.size() > 1)
        what += ", and " + std::to_string(library.unread.size() - 1) +
                (library.unread.size() < estate::kMaxUnread ? " more" : " or more");
    } else if (library.pins.empty()) {
      where = library.path;
      what = (where.empty() ? holder.asset->name : where) + " names no package that could be read";
    } else {
      return std::nullopt;
    }
    Answered out =
        none("packages-unread", about_what(), holder.asset->name + " was not read whole: " + what, what, kUnknown);
    out.reasons.front().path = where;
    return out;
  }

  static void take(Answered& best, Answered next) {
    if (rank(next.status) > rank(best.status) || (next.status == best.status && next.closeness > best.closeness)) {
      // An affected pin keeps the reasons of other affected pins of the same asset.
      best = std::move(next);
    } else if (next.status == best.status && next.status != Status::not_affected && best.reasons.size() < kMaxReasons) {
      best.reasons.insert(best.reasons.end(), next.reasons.begin(), next.reasons.end());
    }
  }

  Answered pinned(const AssetView& asset, const PinnedAt& at, Status status, const std::string& code,
                  const std::string& item_fact, const std::string& asset_fact) const {
    Answered out;
    out.status = status;
    const AssetView& holder = estate_.assets()[at.asset];
    out.reasons.push_back({code, item_fact, asset_fact, place_of(*at.pin)});
    if (&holder != &asset)
      out.reasons.push_back(
          {"runtime-library", "", asset.asset->name + " runs on " + holder.asset->name, holder.asset->name});
    out.impact = item_.kind == Kind::malicious_package ? 3 : 2;
    return out;
  }

  Answered not_installed(const PinnedAt& at) const {
    const estate::Pin& pin = *at.pin;
    const std::string where = place_of(pin);
    std::string fact = estate_.assets()[at.asset].asset->name + " names it only ";
    fact += pin.kind == "constraint" ? "as a constraint" : "for other environments: " + pin.marker;
    return none("pin-does-not-apply", pin.name, fact + (where.empty() ? "" : " (" + where + ")"), pin.name, 20);
  }

  Answered judge(const AssetView& asset, const PinnedAt& at,
                 const std::vector<const versions::AffectedPackage*>& entries) const {
    const estate::Pin& pin = *at.pin;
    if (!pin.applies || pin.kind == "constraint") return not_installed(at);
    PackageVerdict verdict = judge_pin(entries, pin);
    const std::string fact = asset_fact(at, verdict.fact);
    // An entry without versions of a malicious package means every version of it.
    if (item_.kind == Kind::malicious_package && verdict.verdict != versions::Verdict::not_affected &&
        (verdict.verdict == versions::Verdict::affected || verdict.code == "package-version-unknown")) {
      Answered out = pinned(asset, at, Status::affected, "package-malicious", pin.name + " is malicious", fact);
      propose(out, pin, "remove and block " + pin.name);
      out.proposed = ActionKind::block;
      return out;
    }
    switch (verdict.verdict) {
      case versions::Verdict::affected:
      case versions::Verdict::cannot_tell: {
        const bool sure = verdict.verdict == versions::Verdict::affected;
        Answered out = pinned(asset, at, sure ? Status::affected : Status::under_investigation, verdict.code,
                              item_fact(pin, verdict), fact);
        propose(out, pin, way_out(pin, verdict));
        out.fixed_in = std::move(verdict.fixes);
        return out;
      }
      case versions::Verdict::not_affected:
        break;
    }
    if (verdict.fixed) return pinned(asset, at, Status::fixed, "version-fixed", item_fact(pin, verdict), fact);
    Answered out = none("version-not-affected", item_fact(pin, verdict), fact, verdict.fact, 30);
    return out;
  }

  Answered judge(const AssetView& asset, const PinnedAt& at, const auto& product) const {
    const estate::Pin& pin = *at.pin;
    if (!pin.applies || pin.kind == "constraint") return not_installed(at);
    const std::string said = "names " + product.written + (told_.words.empty() ? "" : " " + told_.words);
    const std::string fact = asset_fact(at, pin.name + (pin.version             ? " " + *pin.version
                                                        : pin.specifier.empty() ? " in any version"
                                                                                : " " + pin.specifier));
    const auto verdict = pin.version ? judge_told(told_, pin.ecosystem, *pin.version) : versions::Verdict::cannot_tell;
    if (verdict == versions::Verdict::not_affected)
      return none("version-not-affected", said, fact, pin.name + " " + *pin.version, 30);
    Answered out =
        pinned(asset, at, verdict == versions::Verdict::affected ? Status::affected : Status::under_investigation,
               verdict == versions::Verdict::affected ? "package-version-affected" : "product-named", said, fact);
    propose(out, pin, way_out(pin, told_));
    out.fixed_in = told_.before;
    // An attack by way of a product needs no flaw in one of its versions: what answers the attack is to be done.
    if (item_.kind != Kind::vulnerability && told_.empty() && !subject_.threats.empty()) {
      const std::string where = place_of(pin);
      out.proposed = judgement::parse_action_kind(subject_.threats.front()->action);
      out.package.clear();  // it is about no version of it
      out.proposal = std::string(subject_.threats.front()->proposal) + (where.empty() ? "" : " (" + where + ")");
    }
    return out;
  }

  static void propose(Answered& out, const estate::Pin& pin, std::string what) {
    const std::string where = place_of(pin);
    out.proposed = ActionKind::fix;
    out.proposal = std::move(what) + (where.empty() ? "" : " (" + where + ")");
    out.package = pin.ecosystem + "/" + versions::package_key(pin.ecosystem, pin.name);
  }

  // All that is known of the pin's package: the item's own word at least.
  const AdvisoryIndex& advisories(const estate::Pin& pin) const {
    if (context_.advisories)
      if (const AdvisoryIndex* all = context_.advisories(pin)) return *all;
    if (!own_) {
      own_.emplace();
      own_->add(item_);
      own_->finish();
    }
    return *own_;
  }
  static std::string spoken(const estate::Pin& pin, const Upgrade& to) {
    if (to.only_it) return "pin " + pin.name + " to " + to.version;
    if (to.after)
      return (pin.version ? "upgrade " + pin.name + " to any version after " : "require " + pin.name + ">") +
             to.version;
    return (pin.version ? "upgrade " + pin.name + " to " : "require " + pin.name + ">=") + to.version;
  }

  // What to do about a pin: the lowest version that is free of everything that is known of the package, so that two items
  // never name two. Where that cannot be shown, nothing is proposed but to look.
  std::string way_out(const estate::Pin& pin, const PackageVerdict& verdict) const {
    if (!verdict.unreadable.empty())
      return "see which versions of " + pin.name + " are free of it: \"" + verdict.unreadable + "\" cannot be compared";
    if (verdict.code == "package-version-unknown" && !verdict.names_versions)
      return "see which versions of " + pin.name + " are meant";
    if (const auto to = advisories(pin).upgrade(pin)) return spoken(pin, *to);
    if (verdict.fixes.empty()) return "no fixed version of " + pin.name + " is known";
    return "no version of " + pin.name + " is free of all that is known of it; " + verdict.fixes.front() +
           " is free of this";
  }
  std::string way_out(const estate::Pin& pin, const ToldVersions& told) const {
    if (told.before.empty()) return "see which versions of " + pin.name + " are meant";
    if (const auto to = advisories(pin).upgrade(pin, told.before.back())) return spoken(pin, *to);
    return "see which version of " + pin.name + " is free of it: " + told.before.back() + " is named";
  }

  std::string asset_fact(const PinnedAt& at, const std::string& what) const {
    const std::string where = place_of(*at.pin);
    // Only what leaves no choice is pinned; "torch @ URL" is one file, whatever its version.
    const estate::Pin& pin = *at.pin;
    const char* verb = pin.version ? " pins " : pin.specifier.starts_with('@') ? " installs " : " allows ";
    return estate_.assets()[at.asset].asset->name + verb + what + (where.empty() ? "" : " (" + where + ")");
  }
  std::string item_fact(const estate::Pin& pin, const PackageVerdict& verdict) const {
    if (verdict.verdict == versions::Verdict::not_affected) return "affects other versions of " + pin.name;
    if (!verdict.unreadable.empty())
      return "names versions of " + pin.name + " that cannot be compared (\"" + verdict.unreadable + "\")";
    if (verdict.fixes.empty() && !verdict.last_affected.empty())
      return "affects " + pin.name + " up to " + verdict.last_affected;
    if (verdict.fixes.empty()) return "affects " + pin.name;
    std::string out = "affects " + pin.name + ", fixed in " + verdict.fixes.front();
    if (verdict.fixes.size() > 1) out += " and " + std::to_string(verdict.fixes.size() - 1) + " more";
    return out;
  }

  Answered by_mechanism(const AssetView& asset) const {
    if (asset.asset->kind == AssetKind::library) {
      Answered out = none("kind-missing", "attacks on models and data", asset.lineage_fact, "", 0);
      out.silent = true;
      return out;
    }
    if (item_.kind == Kind::tactic || item_.kind == Kind::mitigation)
      return item_.kind == Kind::tactic
                 ? none("background", "is a tactic", "its techniques tell what " + asset.asset->name + " is open to",
                        "a tactic, told by its techniques", 5)
                 : none("background", "is a mitigation", "nobody attacks " + asset.asset->name + " by it",
                        "a mitigation", 5);
    if (subject_.by_id && subject_.threats.empty())
      return none("preparation", "is done on the attackers' own side", "it touches nothing of " + asset.asset->name, "",
                  5);
    if (subject_.threats.empty()) return without_mechanism(asset);
    std::vector<ThreatVerdict> verdicts;
    for (const auto* threat : subject_.threats) verdicts.push_back(match(subject_, *threat, asset, facts_));
    ThreatVerdict* best = nullptr;
    const auto closeness = [](const ThreatVerdict& v) { return std::tuple(v.reach, v.named, !v.weak); };
    for (ThreatVerdict& next : verdicts)
      if (!overruled(next, verdicts) && (best == nullptr || closeness(next) > closeness(*best))) best = &next;
    if (best == nullptr) best = &verdicts.front();
    Answered out;
    out.impact = best->threat->impact;
    out.closeness = 10 + static_cast<int>(best->reach);
    if (best->reach < Reach::unknown) {
      out.code = best->missing;
      out.detail = best->detail;
      out.reasons = std::move(best->reasons);
      out.silent = best->reach == Reach::kind;
      return out;
    }
    // An overview tells nobody what to do; a person who wants it finds it.
    if (facets_.stance == Stance::survey)
      return none("background", "is an overview of " + std::string(best->threat->title), asset.lineage_fact,
                  "an overview of " + std::string(best->threat->title), 16);
    const bool sure = best->reach == Reach::applies && best->named && (facets_.stance == Stance::attack) &&
                      item_.kind != Kind::incident;
    out.status = sure ? Status::affected : Status::under_investigation;
    out.weak = best->weak;
    out.reasons = std::move(best->reasons);
    const bool told = best->reach == Reach::applies;
    if (subject_.by_id) {
      out.reasons.insert(out.reasons.begin(),
                         Reason{"technique-applies", "stands for " + std::string(best->threat->title),
                                conditions_of(asset, out.reasons, told), ""});
    } else if (facets_.stance == Stance::defence || facets_.stance == Stance::benchmark) {
      const std::string what = facets_.stance == Stance::defence ? "describes a defence against " : "measures ";
      out.reasons.insert(out.reasons.begin(),
                         Reason{"defence-available", what + std::string(best->threat->title),
                                asset.asset->name + (told ? " is open to it" : " may be open to it"), ""});
    }
    if (out.reasons.size() > kMaxReasons) out.reasons.resize(kMaxReasons);
    out.proposed = judgement::parse_action_kind(best->threat->action);
    out.proposal = best->threat->proposal;
    return out;
  }

  // What fails as the very thing that a text is about does not come back by a mechanism that it speaks of less: by the wider one that it is a
  // kind of (injection, where it is injection through pages that ours does not read), or by one that stands only in the summary, where that of
  // the title lacks its task or its way in.
  bool overruled(const ThreatVerdict& looser, const std::vector<ThreatVerdict>& verdicts) const {
    if (subject_.by_id || looser.reach < Reach::unknown) return false;
    const Found* by = facets_.find(Means::threat, looser.threat->id);
    if (by == nullptr) return false;
    return std::any_of(verdicts.begin(), verdicts.end(), [&](const ThreatVerdict& v) {
      const Found* found = facets_.find(Means::threat, v.threat->id);
      if (v.reach >= Reach::unknown || found == nullptr) return false;
      const bool more = std::pair(found->in_title, found->weight) >= std::pair(by->in_title, by->weight);
      const bool lacks = v.reach == Reach::task || v.reach == Reach::access || v.reach == Reach::exposure;
      return more && (is_within(*v.threat, looser.threat->id) || (found->in_title && !by->in_title && lacks));
    });
  }
  bool is_within(const knowledge::Threat& threat, std::string_view wider) const {
    return std::any_of(threat.within.begin(), threat.within.end(), [&](std::string_view id) {
      const auto* above = facts_.threat(id);
      return id == wider || (above != nullptr && is_within(*above, wider));
    });
  }

  // What of its conditions is met, or what of them the estate does not tell; what the asset is when it has none.
  static std::string conditions_of(const AssetView& asset, const std::vector<Reason>& reasons, bool told) {
    std::vector<std::string> facts;
    for (const Reason& reason : reasons)
      if (reason.code == (told ? "exposure-met" : "condition-unknown")) facts.push_back(reason.asset_fact);
    const std::string all = listed(facts, "and");
    if (!told) return "the estate does not tell whether " + all;
    return all.empty() ? asset.lineage_fact : all;
  }

  // About security, but of no mechanism that we know: told as background where it is about a system like ours, else set
  // aside.
  Answered without_mechanism(const AssetView& asset) const {
    for (const auto* task : subject_.tasks)
      if (std::find(asset.tasks.begin(), asset.tasks.end(), task->id) == asset.tasks.end())
        return none("task-missing", std::string(task->title), asset.asset->name + " is not used for that",
                    std::string(task->title), 4);
    for (const auto* node : subject_.nodes)
      if (asset.as(node->id) != nullptr)
        return none("background", "is about " + spoken(*node), asset.lineage_fact, "about " + spoken(*node), 8);
    if (!subject_.tasks.empty())
      return none("background", "is about " + std::string(subject_.tasks.front()->title),
                  asset.asset->name + " is used for that", "about " + std::string(subject_.tasks.front()->title), 8);
    return none("mechanism-unknown", "describes no attack that is known here",
                "nothing to compare with " + asset.asset->name, "", 2);
  }

  static std::string spoken(const knowledge::Node& node) {
    return node.kind == knowledge::NodeKind::family ? std::string(node.title) : plural(node.title);
  }

  struct Product {
    std::string ecosystem;
    std::string name;
    std::string written;
  };

  const intel::Item& item_;
  Facets facets_;
  const EstateView& estate_;
  const knowledge::Knowledge& facts_;
  const Context& context_;
  Subject subject_;
  char grade_ = 'F';
  std::map<std::pair<std::string, std::string>, std::vector<const versions::AffectedPackage*>> packages_;
  std::vector<Product> products_;
  ToldVersions told_;
  mutable std::optional<AdvisoryIndex> own_;  // made when it is asked for
};

// An answer for an asset of the kind that the item is about.
bool is_background(std::string_view code) {
  const auto* row = reason_code(code);
  return row != nullptr && !row->noise && !row->unknown;
}

Standing standing_of(const Answered& answered, const AssetView& asset) {
  return {answered.status, answered.status == Status::not_affected && is_background(answered.code), answered.weak,
          answered.impact, &asset};
}

Assessment row_of(const intel::Item& item, const Judge& judge, const AssetView& asset, Answered answered,
                  const Context& context) {
  Assessment row;
  row.item = item.id;
  row.asset = asset.asset->name;
  row.status = answered.status;
  row.score =
      total(score_parts(item, judge.facets(), standing_of(answered, asset), context, judge.grade()), answered.status);
  row.reasons = std::move(answered.reasons);
  row.proposed = answered.proposed;
  row.proposal = std::move(answered.proposal);
  row.package = std::move(answered.package);
  row.fixed_in = std::move(answered.fixed_in);
  return row;
}

}  // namespace

std::string_view class_of(AssetKind kind) {
  switch (kind) {
    case AssetKind::model:
      return "models";
    case AssetKind::dataset:
      return "data sets";
    case AssetKind::library:
      return "libraries";
    case AssetKind::endpoint:
      return "endpoints";
  }
  return "assets";
}

Judgement assess(const intel::Item& item, const EstateView& estate, const Context& context) {
  Judgement out;
  const Judge judge(item, classify(item, estate.knowledge()), estate, context);
  out.facets = judge.facets();
  out.layers = layers_of(item, out.facets);

  struct Class {
    std::string code, detail;
    int closeness = -1;
    bool background = false;
    bool unknown = false;  // of one asset at least nobody can tell: that is the answer for the class
  };
  std::map<std::string_view, Class> classes;
  std::set<std::string_view> touched;  // classes with a row: the verdict is of the others
  std::vector<std::pair<std::size_t, Assessment>> rows;
  std::vector<ScorePart> class_parts;
  for (std::size_t i = 0; i < estate.assets().size(); ++i) {
    const AssetView& asset = estate.assets()[i];
    Answered answered = judge.answer(asset);
    if (answered.status != Status::not_affected) {
      const auto parts = score_parts(item, out.facets, standing_of(answered, asset), context, judge.grade());
      Assessment row = row_of(item, judge, asset, std::move(answered), context);
      if (row.score > out.score || out.score_parts.empty()) out.score = row.score, out.score_parts = parts;
      rows.emplace_back(i, std::move(row));
      touched.insert(class_of(asset.asset->kind));
      continue;
    }
    if (answered.silent) continue;
    Class& of = classes[class_of(asset.asset->kind)];
    const bool unknown = cannot_tell(answered.code);
    if (unknown > of.unknown || (unknown == of.unknown && answered.closeness > of.closeness)) {
      of.code = answered.code;
      of.detail = answered.detail;
      of.closeness = answered.closeness;
      of.unknown = unknown;
    }
    if (is_background(answered.code)) {
      of.background = true;
      if (class_parts.empty())
        class_parts = score_parts(item, out.facets, standing_of(answered, asset), context, judge.grade());
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::pair(-rank(a.second.status), -a.second.score) < std::pair(-rank(b.second.status), -b.second.score);
  });
  for (auto& [place, row] : rows) out.rows.push_back(std::move(row));
  bool all_noise = true, unknown = false;
  for (const auto& [name, of] : classes) {
    out.classes.push_back({(touched.contains(name) ? "other " : "") + std::string(name), of.code, of.detail});
    all_noise = all_noise && !of.background;
    unknown = unknown || of.unknown;
  }
  // One sentence when all classes have the same answer.
  if (out.rows.empty() && out.classes.size() > 1 &&
      std::all_of(out.classes.begin(), out.classes.end(), [&](const ClassVerdict& c) {
        return c.code == out.classes.front().code && c.detail == out.classes.front().detail;
      })) {
    out.classes = {{"all", out.classes.front().code, out.classes.front().detail}};
  }
  // An estate that has none of the kinds that were asked is still told why.
  if (out.rows.empty() && out.classes.empty() && !estate.assets().empty()) {
    const bool packages = judge.about_packages();
    out.classes = {{"all",
                    item.withdrawn        ? "withdrawn"
                    : packages            ? "product-not-used"
                    : out.facets.security ? "kind-missing"
                                          : "not-security",
                    ""}};
  }
  std::sort(out.classes.begin(), out.classes.end());
  if (!estate.assets().empty()) out.worst = out.rows.empty() ? Status::not_affected : out.rows.front().status;
  if (unknown && (out.worst == Status::not_affected || out.worst == Status::fixed)) out.worst.reset();
  out.noise = out.rows.empty() && all_noise && !unknown;
  if (out.rows.empty()) {
    out.score_parts = class_parts;
    out.score = total(class_parts, Status::not_affected);
  }
  return out;
}

std::optional<Assessment> assess_pair(const intel::Item& item, const EstateView& estate, std::string_view asset,
                                      const Context& context) {
  const AssetView* view = estate.find(asset);
  if (view == nullptr) return std::nullopt;
  const Judge judge(item, classify(item, estate.knowledge()), estate, context);
  Answered answered = judge.answer(*view);
  if (cannot_tell(answered.code)) answered.status = Status::under_investigation;
  return row_of(item, judge, *view, std::move(answered), context);
}

bool propose(const intel::Item& item, const EstateView& estate, const Context& context,
             std::span<judgement::Assessment> rows) {
  const Judge judge(item, classify(item, estate.knowledge()), estate, context);
  bool differs = false;
  for (judgement::Assessment& row : rows) {
    const AssetView* asset = estate.find(row.asset);
    if (asset == nullptr || row.package.empty()) continue;
    Answered now = judge.answer(*asset);
    if (now.status != row.status || (now.proposal == row.proposal && now.fixed_in == row.fixed_in)) continue;
    row.proposed = now.proposed;
    row.proposal = std::move(now.proposal);
    row.package = std::move(now.package);
    row.fixed_in = std::move(now.fixed_in);
    differs = true;
  }
  return differs;
}

bool may_touch(const intel::Item& item, const Facets& facets, const AssetView& asset) {
  if (item.withdrawn) return false;
  const bool packages =
      !item.affects.packages.empty() || item.kind == Kind::vulnerability || item.kind == Kind::malicious_package;
  if (!packages && facets.security && !facets.values(Means::product).empty()) return true;  // news of a product
  if (packages) return asset.asset->kind == AssetKind::library || asset.asset->kind == AssetKind::model;
  return facets.security && asset.asset->kind != AssetKind::library;
}

}  // namespace tocsin::assess
