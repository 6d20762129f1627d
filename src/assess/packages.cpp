// An advisory is a set of windows of versions by package. `affected` entries of one package are turned into sorted
// windows once (versions::PreparedAffected); a pin is read once per scheme and asked against each advisory of its
// package only.
#include "assess/packages.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include "intel/ids.hpp"
#include "versions/pep440.hpp"
#include "versions/reach.hpp"
#include "versions/semver.hpp"
#include "versions/specifiers.hpp"

namespace tocsin::assess {
namespace {

using versions::AffectedPackage;
using versions::Event;
using versions::PreparedAffected;
using versions::PreparedVersion;
using versions::Scheme;
using versions::SetVerdict;
using versions::Verdict;

// An entry without versions and without a range that can judge one matches nothing by OSV's rules; where the package is
// used, a person should know.
bool names_versions(const AffectedPackage& entry) {
  return !entry.versions.empty() || std::any_of(entry.ranges.begin(), entry.ranges.end(), [](const auto& r) {
    return r.type != versions::RangeType::git && !r.events.empty();
  });
}

// Orders versions as their scheme does; those that cannot be read come last, by text.
struct VersionLess {
  Scheme scheme;
  bool operator()(const std::string& a, const std::string& b) const {
    if (scheme == Scheme::pep440) {
      const auto x = versions::parse_pep440(a), y = versions::parse_pep440(b);
      if (x && y) return *x < *y;
      if (x.has_value() != y.has_value()) return x.has_value();
    } else if (scheme == Scheme::semver) {
      const auto x = versions::parse_semver(a), y = versions::parse_semver(b);
      if (x && y) return *x < *y;
      if (x.has_value() != y.has_value()) return x.has_value();
    }
    return a < b;
  }
};

constexpr std::size_t kMaxShownVersion = 64;  // a feed's text must not become an instruction of its own

// How the versions of a range are put in order; `literal`: not at all.
Scheme order_of(Scheme ecosystem, const versions::Range& range) {
  if (range.type == versions::RangeType::git) return Scheme::literal;
  return ecosystem == Scheme::literal && range.type == versions::RangeType::semver ? Scheme::semver : ecosystem;
}
bool readable(Scheme order, std::string_view text) {
  return order == Scheme::pep440   ? versions::parse_pep440(text).has_value()
         : order == Scheme::semver ? versions::parse_semver(text).has_value()
                                   : false;
}
bool is_word(const Event& event) {
  return (event.kind == Event::Kind::introduced && event.version == "0") ||
         (event.kind == Event::Kind::limit && event.version == "*");
}

// The versions of the ranges that say where it ends; one that cannot be compared goes to `unreadable`.
struct Bounds {
  std::vector<std::string> fixes, lasts;
  std::string unreadable;
};
void add_bounds(Scheme ecosystem, const AffectedPackage& entry, Bounds& out) {
  for (const auto& range : entry.ranges) {
    if (range.type == versions::RangeType::git) continue;
    const Scheme order = order_of(ecosystem, range);
    for (const Event& event : range.events) {
      if (is_word(event)) continue;
      if (!readable(order, event.version)) {
        if (out.unreadable.empty()) out.unreadable = event.version.substr(0, kMaxShownVersion);
      } else if (event.version.size() <= kMaxShownVersion) {
        if (event.kind == Event::Kind::fixed) out.fixes.push_back(event.version);
        if (event.kind == Event::Kind::last_affected) out.lasts.push_back(event.version);
      }
    }
  }
}

// Stands for what is published after the last version that an advisory names: `>=0.6` allows it, and of advisories that end
// it is not touched. Without it such a pin would be judged by the affected versions alone.
constexpr const char* kLaterThanAll = "1000!1000000";

// The highest of the versions that are called the last affected one; "" when there is none, or when something behind it is
// affected all the same: by a range without an end, by a list that goes on.
std::string last_affected_of(const PreparedAffected& affected, Scheme order, const std::vector<std::string>& lasts) {
  const auto last = std::max_element(lasts.begin(), lasts.end(), VersionLess{order});
  if (last == lasts.end() || affected.reaches_beyond(PreparedVersion(order, *last))) return "";
  return *last;
}

void add_known(const AffectedPackage& entry, std::set<std::string>& known) {
  known.insert(entry.versions.begin(), entry.versions.end());
  for (const auto& range : entry.ranges) {
    if (range.type == versions::RangeType::git) continue;
    for (const Event& event : range.events)
      if (event.kind == Event::Kind::fixed || event.kind == Event::Kind::last_affected) known.insert(event.version);
  }
}

// A version right behind this one, before any other that somebody would publish; "" behind what is no final version.
std::string right_after(const versions::Pep440& version) {
  if (version.is_prerelease() || version.is_postrelease() || !version.local.empty()) return "";
  return version.text() + ".0.0.0.1";
}
void add_point(const versions::Pep440& version, std::set<std::string>& points) {
  points.insert(version.text());
  if (std::string after = right_after(version); !after.empty()) points.insert(std::move(after));
}

// Ranges do not say which versions exist. Whether they and a manifest have any in common is asked at zero, at the ends of
// both, and right behind them. That finds what is affected; that nothing is, only versions::may_reach() shows.
void add_points(const AffectedPackage& entry, std::set<std::string>& points) {
  points.insert("0");
  for (const auto& range : entry.ranges) {
    if (range.type == versions::RangeType::git) continue;
    for (const Event& event : range.events)
      if (const auto version = versions::parse_pep440(event.version)) add_point(*version, points);
  }
}
void add_points(const versions::SpecifierSet& allowed, std::set<std::string>& points) {
  for (const versions::Specifier& clause : allowed.clauses())
    if (clause.op() != versions::Operator::arbitrary) add_point(clause.version(), points);
}

// What a manifest allows against one advisory. `known`: versions of the package that exist, `points`: of add_points() for
// the advisory.
SetVerdict judge_allowed(const PreparedAffected& affected, const versions::SpecifierSet& allowed,
                         std::span<const std::string> known, const std::set<std::string>& points) {
  SetVerdict verdict = SetVerdict::cannot_tell;
  if (affected.windows().empty()) {
    verdict = versions::judge_set(affected, allowed, known).verdict;
  } else {
    std::set<std::string> all(known.begin(), known.end());
    all.insert(points.begin(), points.end());
    add_points(allowed, all);
    verdict = versions::judge_set(affected, allowed, std::vector<std::string>(all.begin(), all.end())).verdict;
  }
  const bool shown = verdict != SetVerdict::none || !versions::may_reach(affected.windows(), allowed);
  return shown ? verdict : SetVerdict::some;
}

std::string pinned_fact(const estate::Pin& pin) {
  if (!pin.version) return pin.name + (pin.specifier.empty() ? " in any version" : " " + pin.specifier);
  const std::size_t plus = pin.version->find('+');
  std::string out = pin.name + " " + *pin.version;
  if (pin.ecosystem == "PyPI" && plus != std::string::npos) out += ", judged as " + pin.version->substr(0, plus);
  return out;
}

bool is_final(Scheme scheme, const std::string& text) {
  if (scheme == Scheme::semver) {
    const auto version = versions::parse_semver(text);
    return version && version->prerelease.empty();
  }
  const auto version = versions::parse_pep440(text);
  return version && !version->is_prerelease() && version->local.empty();
}

// As pip writes it: databases spell one version in several ways.
std::string spelled(Scheme scheme, const std::string& text) {
  return scheme == Scheme::pep440 ? versions::parse_pep440(text)->text() : text;
}

// The lowest of the versions that `fits` takes, as it is spelled; nullopt when there is none.
template <class Fits>
std::optional<std::string> lowest(Scheme scheme, std::span<const std::string> versions, Fits fits) {
  const VersionLess less{scheme};
  const std::string* out = nullptr;
  for (const std::string& text : versions)
    if (text != kLaterThanAll && text.size() <= kMaxShownVersion && (out == nullptr || less(text, *out)) && fits(text))
      out = &text;
  if (out == nullptr) return std::nullopt;
  return spelled(scheme, *out);
}

// What names the same thing elsewhere; a feed's guid and an address do not.
std::vector<std::string> names_of(const std::vector<intel::Id>& ids) {
  std::vector<std::string> out;
  for (const intel::Id& id : ids)
    if (intel::is_identity(id.scheme) && id.scheme != "guid" && id.scheme != "url") out.push_back(id.value);
  return out;
}
// A malicious package that is named without versions is malicious in every one.
std::vector<AffectedPackage> packages_of(intel::Kind kind, std::vector<AffectedPackage> packages) {
  if (kind == intel::Kind::malicious_package)
    for (AffectedPackage& package : packages)
      if (!names_versions(package))
        package.ranges.push_back({versions::RangeType::ecosystem, {{Event::Kind::introduced, "0"}}});
  return packages;
}

}  // namespace

PackageVerdict judge_pin(std::span<const AffectedPackage* const> entries, const estate::Pin& pin,
                         std::span<const std::string> known) {
  PackageVerdict out;
  out.fact = pinned_fact(pin);
  if (entries.empty()) return out;
  const Scheme scheme = versions::scheme_of(pin.ecosystem);
  std::set<std::string> exist, points;
  PreparedAffected prepared;
  Bounds bounds;
  Scheme order = scheme;
  bool versions_named = false, first = true;
  for (const AffectedPackage* entry : entries) {
    if (first) {
      prepared = PreparedAffected(*entry);
    } else {
      prepared.add(*entry);
    }
    first = false;
    versions_named = versions_named || names_versions(*entry);
    add_bounds(scheme, *entry, bounds);
    add_known(*entry, exist);
    for (const auto& range : entry->ranges)
      if (order == Scheme::literal) order = order_of(scheme, range);
  }
  const VersionLess less{order};
  const auto compares = [&](const std::string& text) { return readable(order, text); };
  std::vector<std::string>& fixes = bounds.fixes;
  std::sort(fixes.begin(), fixes.end(), less);
  fixes.erase(std::unique(fixes.begin(), fixes.end()), fixes.end());
  for (const std::string& fix : fixes)
    if ((!pin.version || !compares(*pin.version) || less(*pin.version, fix)) &&
        prepared.judge(PreparedVersion(scheme, fix)) == Verdict::not_affected)
      out.fixes.push_back(fix);
  if (out.fixes.empty()) out.last_affected = last_affected_of(prepared, order, bounds.lasts);
  out.unreadable = bounds.unreadable;
  out.names_versions = versions_named;
  if (!versions_named) {
    out.verdict = Verdict::cannot_tell;
    out.code = "package-version-unknown";
    return out;
  }
  if (pin.version) {
    out.verdict = prepared.judge(PreparedVersion(scheme, *pin.version));
    if (out.verdict == Verdict::affected) {
      out.code = "package-version-affected";
    } else if (out.verdict == Verdict::cannot_tell) {
      out.code = "package-version-unknown";
    } else {
      out.fixed = compares(*pin.version) && std::any_of(fixes.begin(), fixes.end(), [&](const std::string& fix) {
                    return !less(*pin.version, fix);
                  });
      out.code = out.fixed ? "version-fixed" : "version-not-affected";
    }
    return out;
  }
  out.verdict = Verdict::cannot_tell;
  out.code = "package-version-unknown";
  if (scheme != Scheme::pep440) return out;
  const auto allowed = versions::SpecifierSet::parse(pin.specifier);
  if (!allowed) return out;
  exist.insert(known.begin(), known.end());
  exist.emplace(kLaterThanAll);
  for (const AffectedPackage* entry : entries) add_points(*entry, points);
  switch (judge_allowed(prepared, *allowed, std::vector<std::string>(exist.begin(), exist.end()), points)) {
    case SetVerdict::none:
      out.verdict = Verdict::not_affected;
      out.code = "version-not-affected";
      break;
    case SetVerdict::all:
      out.verdict = Verdict::affected;
      out.code = "package-range-affected";
      break;
    case SetVerdict::some:
      out.code = "package-range-open";
      break;
    case SetVerdict::cannot_tell:
      break;
  }
  return out;
}

struct AdvisoryIndex::State {
  struct Advisory {
    std::string name;
    std::vector<std::string> ids;
    bool withdrawn = false;
    std::vector<AffectedPackage> packages;
  };
  struct Entry {
    std::size_t group = 0;
    PreparedAffected prepared;
    std::set<std::string> points;  // of add_points()
  };
  struct ByPackage {
    std::vector<Entry> entries;      // one a group, by group
    std::vector<std::string> known;  // versions that any advisory of the package names, by text, and kLaterThanAll
    PreparedAffected all;            // everything that is in force
    std::vector<std::string> lasts;  // versions that one in force calls the last affected
  };
  struct Group {
    std::string name;
    std::vector<std::string> ids;  // sorted
    bool in_force = false;
  };
  std::vector<Advisory> advisories;
  std::vector<Group> groups;
  std::unordered_map<std::string, ByPackage> packages;
  std::size_t in_force = 0;

  static std::string key(std::string_view ecosystem, std::string_view name) {
    const std::size_t colon = ecosystem.find(':');  // "Debian:12"
    return std::string(ecosystem.substr(0, colon)) + '\n' + versions::package_key(ecosystem, name);
  }
  const ByPackage* find(const estate::Pin& pin) const {
    const auto at = packages.find(key(pin.ecosystem, pin.name));
    return at == packages.end() ? nullptr : &at->second;
  }
  static Verdict judge(const Entry& entry, const ByPackage& package, const estate::Pin& pin,
                       const PreparedVersion* version, const versions::SpecifierSet* allowed) {
    if (version != nullptr) return entry.prepared.judge(*version);
    if (allowed == nullptr || versions::scheme_of(pin.ecosystem) != Scheme::pep440) return Verdict::cannot_tell;
    switch (judge_allowed(entry.prepared, *allowed, package.known, entry.points)) {
      case SetVerdict::none:
        return Verdict::not_affected;
      case SetVerdict::all:
        return Verdict::affected;
      default:
        return Verdict::cannot_tell;
    }
  }
};

AdvisoryIndex::AdvisoryIndex() : state_(std::make_unique<State>()) {}
AdvisoryIndex::~AdvisoryIndex() = default;
AdvisoryIndex::AdvisoryIndex(AdvisoryIndex&&) noexcept = default;
AdvisoryIndex& AdvisoryIndex::operator=(AdvisoryIndex&&) noexcept = default;

void AdvisoryIndex::add(std::string_view name, std::span<const std::string> ids,
                        std::span<const AffectedPackage> packages, bool withdrawn) {
  State::Advisory a;
  a.name = name;
  a.ids.assign(ids.begin(), ids.end());
  if (a.ids.empty()) a.ids.emplace_back(name);
  a.withdrawn = withdrawn;
  a.packages.assign(packages.begin(), packages.end());
  state_->advisories.push_back(std::move(a));
}
void AdvisoryIndex::add(const intel::Item& item) {
  add(item.name, names_of(item.ids), packages_of(item.kind, item.affects.packages), item.withdrawn.has_value());
}
void AdvisoryIndex::add(const intel::Record& record) {
  add(record.external_id, names_of(record.ids), packages_of(record.kind, record.affects.packages),
      record.withdrawn.has_value());
}

void AdvisoryIndex::finish() {
  State& s = *state_;
  versions::AliasGroups aliases;
  for (const auto& a : s.advisories) aliases.add(a.ids);
  std::unordered_map<std::size_t, std::size_t> numbers;  // of the alias groups, in order of first advisory
  std::unordered_map<std::string, std::unordered_map<std::size_t, std::size_t>> places;  // package to group to entry
  std::unordered_map<std::string, std::set<std::string>> known;
  std::unordered_map<std::string, AffectedPackage> all;
  std::unordered_map<std::string, Bounds> bounds;
  s.groups.clear();
  s.packages.clear();
  for (const auto& a : s.advisories) {
    const auto [at, is_new] = numbers.try_emplace(aliases.group(a.ids.front()), s.groups.size());
    const std::size_t group = at->second;
    if (is_new) s.groups.emplace_back();
    State::Group& g = s.groups[group];
    g.ids.insert(g.ids.end(), a.ids.begin(), a.ids.end());
    g.in_force = g.in_force || !a.withdrawn;
    for (const AffectedPackage& package : a.packages) {
      const std::string key = State::key(package.ecosystem, package.name);
      add_known(package, known[key]);  // a version that a withdrawn advisory names exists all the same
      State::ByPackage& by = s.packages[key];
      if (a.withdrawn) continue;
      const auto [place, fresh] = places[key].try_emplace(group, by.entries.size());
      if (fresh) {
        by.entries.push_back({group, PreparedAffected(package), {}});
      } else {
        by.entries[place->second].prepared.add(package);
      }
      AffectedPackage& whole = all[key];
      whole.ecosystem = package.ecosystem;
      whole.ranges.insert(whole.ranges.end(), package.ranges.begin(), package.ranges.end());
      whole.versions.insert(whole.versions.end(), package.versions.begin(), package.versions.end());
      add_bounds(versions::scheme_of(package.ecosystem), package, bounds[key]);
      if (versions::scheme_of(package.ecosystem) == Scheme::pep440)
        add_points(package, by.entries[place->second].points);
    }
  }
  for (auto& [key, by] : s.packages) {
    by.known.assign(known[key].begin(), known[key].end());
    by.known.emplace_back(kLaterThanAll);
    by.all = PreparedAffected(all[key]);
    by.lasts = std::move(bounds[key].lasts);
    std::sort(by.entries.begin(), by.entries.end(), [](const auto& a, const auto& b) { return a.group < b.group; });
  }
  s.in_force = 0;
  for (State::Group& g : s.groups) {
    std::sort(g.ids.begin(), g.ids.end());
    g.ids.erase(std::unique(g.ids.begin(), g.ids.end()), g.ids.end());
    s.in_force += g.in_force ? 1 : 0;
    const std::string* name = &g.ids.front();
    std::optional<intel::Id> best;
    for (const std::string& id : g.ids) {
      auto known_id = intel::recognise(id);
      if (known_id && (!best || intel::is_better(*known_id, *best))) best = std::move(known_id), name = &id;
    }
    g.name = best ? best->value : *name;
  }
}

std::size_t AdvisoryIndex::advisories() const {
  return state_->advisories.size();
}
std::size_t AdvisoryIndex::vulnerabilities() const {
  return state_->in_force;
}

std::vector<AdvisoryIndex::Finding> AdvisoryIndex::judge(std::span<const estate::Pin> pins) const {
  std::vector<Finding> out;
  for (std::size_t i = 0; i < pins.size(); ++i) {
    const estate::Pin& pin = pins[i];
    if (!pin.applies || pin.kind == "constraint") continue;
    const State::ByPackage* package = state_->find(pin);
    if (package == nullptr) continue;
    std::optional<PreparedVersion> version;
    std::optional<versions::SpecifierSet> allowed;
    if (pin.version) {
      version.emplace(pin.ecosystem, *pin.version);
    } else if (auto set = versions::SpecifierSet::parse(pin.specifier)) {
      allowed = std::move(*set);
    }
    for (const State::Entry& entry : package->entries) {
      const Verdict verdict =
          State::judge(entry, *package, pin, version ? &*version : nullptr, allowed ? &*allowed : nullptr);
      if (verdict != Verdict::not_affected) out.push_back({i, entry.group, verdict});
    }
  }
  return out;
}

std::string_view AdvisoryIndex::name(std::size_t vulnerability) const {
  return state_->groups[vulnerability].name;
}
std::span<const std::string> AdvisoryIndex::ids(std::size_t vulnerability) const {
  return state_->groups[vulnerability].ids;
}

std::optional<std::string> AdvisoryIndex::clean_upgrade(const estate::Pin& pin) const {
  const State::ByPackage* package = state_->find(pin);
  if (package == nullptr || !pin.version) return std::nullopt;
  const Scheme scheme = versions::scheme_of(pin.ecosystem);
  const VersionLess less{scheme};
  const auto clean = [&](const std::string& text) {
    const PreparedVersion version(scheme, text);
    return version.readable() && !package->all.affects(version);
  };
  if (clean(*pin.version)) return pin.version;
  return lowest(scheme, package->known, [&](const std::string& text) {
    return is_final(scheme, text) && less(*pin.version, text) && clean(text);
  });
}

std::optional<Upgrade> AdvisoryIndex::upgrade(const estate::Pin& pin, std::string_view at_least) const {
  const Scheme scheme = versions::scheme_of(pin.ecosystem);
  if (scheme == Scheme::literal || (!at_least.empty() && !readable(scheme, at_least))) return std::nullopt;
  static const State::ByPackage kNothing;
  const State::ByPackage* found = state_->find(pin);
  const State::ByPackage& package = found == nullptr ? kNothing : *found;
  const PreparedAffected& all = package.all;
  const VersionLess less{scheme};
  std::vector<std::string> named = package.known;
  const std::string from(at_least);
  if (!from.empty()) named.push_back(from);
  const auto clean = [&](const std::string& text) {
    const PreparedVersion version(scheme, text);
    return version.readable() && !all.affects(version) && (from.empty() || !less(text, from));
  };
  const bool pinned = pin.version && readable(scheme, *pin.version);
  const auto above = [&](const std::string& text) { return !pinned || less(*pin.version, text); };
  const auto onwards = [&](const std::string& text) { return !all.reaches_beyond(PreparedVersion(scheme, text)); };

  if (pinned) {
    for (const bool finals : {true, false})
      if (auto version = lowest(scheme, named, [&](const std::string& text) {
            return is_final(scheme, text) == finals && above(text) && clean(text);
          }))
        return Upgrade{std::move(*version)};
  } else {
    // What the manifest allows from some version on, if that keeps clear of everything; else whatever it allows.
    const auto allowed = versions::SpecifierSet::parse(pin.specifier);
    if (scheme == Scheme::pep440 && allowed) {
      const std::string* dirty = nullptr;  // the highest listed version that it allows and that is affected
      for (const std::string& text : package.known)
        if ((dirty == nullptr || less(*dirty, text)) && all.affects(PreparedVersion(scheme, text)) &&
            allowed->contains(text))
          dirty = &text;
      if (auto version = lowest(scheme, named, [&](const std::string& text) {
            if (!is_final(scheme, text) || (dirty != nullptr && !less(*dirty, text)) || !allowed->contains(text) ||
                !clean(text))
              return false;
            const auto both = versions::SpecifierSet::parse(pin.specifier + ",>=" + spelled(scheme, text));
            return both && !versions::may_reach(all.windows(), *both);
          }))
        return Upgrade{std::move(*version)};
    }
    if (auto version = lowest(scheme, named, [&](const std::string& text) {
          return is_final(scheme, text) && clean(text) && onwards(text);
        }))
      return Upgrade{std::move(*version)};
  }
  std::string last;
  for (const std::string& text : package.lasts)
    if ((last.empty() || less(last, text)) && onwards(text)) last = text;
  if (!last.empty() && (from.empty() || less(from, last))) return Upgrade{spelled(scheme, last), true};
  if (pinned) return std::nullopt;
  const auto allowed = versions::SpecifierSet::parse(pin.specifier);
  if (auto version = lowest(scheme, named, [&](const std::string& text) {
        return is_final(scheme, text) && clean(text) &&
               (scheme != Scheme::pep440 || !allowed || allowed->contains(text));
      }))
    return Upgrade{std::move(*version), false, true};
  return std::nullopt;
}

}  // namespace tocsin::assess
