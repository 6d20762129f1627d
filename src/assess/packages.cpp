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

void add_fixes(const AffectedPackage& entry, std::set<std::string>& fixes) {
  for (const auto& range : entry.ranges) {
    if (range.type == versions::RangeType::git) continue;
    for (const Event& event : range.events)
      if (event.kind == Event::Kind::fixed && event.version.size() <= kMaxShownVersion) fixes.insert(event.version);
  }
}
// Stands for what is published after the last version that an advisory names: `>=0.6` allows it, and of advisories that end
// it is not touched. Without it such a pin would be judged by the affected versions alone.
constexpr const char* kLaterThanAll = "1000!1000000";

// The highest version that the entries call the last affected one; "" when there is none, or when a range of theirs has
// no end, so that what comes after it may be affected as well.
std::string last_affected_of(std::span<const AffectedPackage* const> entries, const VersionLess& less) {
  std::string out;
  for (const AffectedPackage* entry : entries)
    for (const auto& range : entry->ranges) {
      if (range.type == versions::RangeType::git) continue;
      for (const Event& event : range.events)
        if (event.kind == Event::Kind::last_affected && (out.empty() || less(out, event.version))) out = event.version;
    }
  // It is the end only if nothing behind it is affected: by the ranges, or by a list that goes on.
  if (out.empty() || out.size() > kMaxShownVersion) return "";
  const auto affected = [&](const std::string& text) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const AffectedPackage* entry) { return versions::affects(*entry, text); });
  };
  for (const AffectedPackage* entry : entries) {
    for (const std::string& listed : entry->versions)
      if (less(out, listed)) return "";
    for (const auto& range : entry->ranges)
      for (const Event& event : range.events)
        if (event.kind == Event::Kind::introduced && event.version != "0" && less(out, event.version)) return "";
  }
  if (less.scheme != Scheme::pep440) return out;
  const auto version = versions::parse_pep440(out);
  return !version || affected(version->base_version() + ".0.0.0.1") || affected(kLaterThanAll) ? "" : out;
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

}  // namespace

PackageVerdict judge_pin(std::span<const AffectedPackage* const> entries, const estate::Pin& pin,
                         std::span<const std::string> known) {
  PackageVerdict out;
  out.fact = pinned_fact(pin);
  if (entries.empty()) return out;
  const Scheme scheme = versions::scheme_of(pin.ecosystem);
  std::set<std::string> fixes, exist, points;
  PreparedAffected prepared;
  bool versions_named = false, first = true;
  for (const AffectedPackage* entry : entries) {
    if (first) {
      prepared = PreparedAffected(*entry);
    } else {
      prepared.add(*entry);
    }
    first = false;
    versions_named = versions_named || names_versions(*entry);
    add_fixes(*entry, fixes);
    add_known(*entry, exist);
  }
  const VersionLess less{scheme};
  for (const std::string& fix : fixes)
    if (!pin.version || less(*pin.version, fix)) out.fixes.push_back(fix);
  std::sort(out.fixes.begin(), out.fixes.end(), less);
  if (out.fixes.empty()) out.last_affected = last_affected_of(entries, less);
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
      out.fixed =
          std::any_of(fixes.begin(), fixes.end(), [&](const std::string& fix) { return !less(*pin.version, fix); });
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
  std::vector<std::string> ids;
  for (const intel::Id& id : item.ids)
    if (intel::is_identity(id.scheme) && id.scheme != "guid" && id.scheme != "url") ids.push_back(id.value);
  add(item.name, ids, item.affects.packages, item.withdrawn.has_value());
}
void AdvisoryIndex::add(const intel::Record& record) {
  std::vector<std::string> ids;
  for (const intel::Id& id : record.ids)
    if (intel::is_identity(id.scheme) && id.scheme != "guid" && id.scheme != "url") ids.push_back(id.value);
  add(record.external_id, ids, record.affects.packages, record.withdrawn.has_value());
}

void AdvisoryIndex::finish() {
  State& s = *state_;
  versions::AliasGroups aliases;
  for (const auto& a : s.advisories) aliases.add(a.ids);
  std::unordered_map<std::size_t, std::size_t> numbers;  // of the alias groups, in order of first advisory
  std::unordered_map<std::string, std::unordered_map<std::size_t, std::size_t>> places;  // package to group to entry
  std::unordered_map<std::string, std::set<std::string>> known;
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
      if (versions::scheme_of(package.ecosystem) == Scheme::pep440)
        add_points(package, by.entries[place->second].points);
    }
  }
  for (auto& [key, by] : s.packages) {
    by.known.assign(known[key].begin(), known[key].end());
    by.known.emplace_back(kLaterThanAll);
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
    return version.readable() && std::all_of(package->entries.begin(), package->entries.end(),
                                             [&](const State::Entry& e) { return !e.prepared.affects(version); });
  };
  const auto final = [&](const std::string& text) {
    if (scheme == Scheme::semver) {
      const auto version = versions::parse_semver(text);
      return version && version->prerelease.empty();
    }
    const auto version = versions::parse_pep440(text);
    return version && !version->is_prerelease() && version->local.empty();
  };
  if (clean(*pin.version)) return pin.version;
  const std::string* lowest = nullptr;
  for (const std::string& text : package->known)
    if (text != kLaterThanAll && final(text) && less(*pin.version, text) &&
        (lowest == nullptr || less(text, *lowest)) && clean(text))
      lowest = &text;
  if (lowest == nullptr) return std::nullopt;
  // As pip writes it: databases spell one version in several ways.
  if (scheme == Scheme::pep440) return versions::parse_pep440(*lowest)->text();
  return *lowest;
}

}  // namespace tocsin::assess
