// OSV evaluation, twice: once as the schema words it (judge(): the plain reference), once prepared for speed.
//
// The schema (osv-schema, "Evaluation"): walk the events in version order; `introduced` at or below the version turns
// "affected" on, `fixed` at or below it and `last_affected` below it turn it off; a version at or above every `limit`
// is out. Events that carry the same version are settled together: `fixed` and `introduced` at one place leave things
// as they were (a window that ends there and one that begins there join; an empty window stays empty), so the order in
// the file never matters.
//
// Both forms work on keys (order_key), on which "2.0.1 or any local version of it" is an interval:
// `last_affected: 2.0.1` ends after its local versions. That is the rule "a local version is judged as its public
// version" without an exception, and it still lets an event that names a local version mean just that.
#include "versions/osv.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.hpp"
#include "versions/names.hpp"
#include "versions/pep440.hpp"
#include "versions/semver.hpp"

namespace tocsin::versions {
namespace {

using Window = PreparedAffected::Window;

// A point between keys where things change.
struct Point {
  std::string key;
  bool on = false;
};

struct EventKey {
  std::string at;     // the version itself
  std::string after;  // right after it (and after its local versions, when it is public)
};

std::optional<EventKey> event_key(Scheme scheme, std::string_view version) {
  if (scheme == Scheme::pep440) {
    const auto key = pep440_key(version);
    if (!key) return std::nullopt;
    const bool is_local = key->public_size < key->key.size();
    // A local version ends at the next possible byte string: no other version's key lies between.
    return EventKey{key->key, is_local ? key->key + '\0' : after_locals(key->key)};
  }
  auto key = semver_key(version);
  if (!key) return std::nullopt;
  std::string after = *key + '\0';
  return EventKey{std::move(*key), std::move(after)};
}

// How the versions of a range are compared; nothing when it cannot be judged at all.
std::optional<Scheme> scheme_of_range(Scheme ecosystem, RangeType type) {
  if (type == RangeType::git) return std::nullopt;
  if (ecosystem != Scheme::literal) return ecosystem;
  return type == RangeType::semver ? std::optional(Scheme::semver) : std::nullopt;
}

struct Limits {
  bool any = false;
  bool endless = false;
  std::string highest;
};

// The windows of one range, sorted and apart; nothing when an event cannot be read.
std::optional<std::vector<Window>> windows_of(Scheme scheme, const Range& range) {
  std::vector<Point> points;
  Limits limits;
  for (const auto& event : range.events) {
    if (event.kind == Event::Kind::introduced && event.version == "0") {
      points.push_back({std::string(), true});
      continue;
    }
    if (event.kind == Event::Kind::limit && event.version == "*") {
      limits.any = limits.endless = true;
      continue;
    }
    auto key = event_key(scheme, event.version);
    if (!key) return std::nullopt;
    switch (event.kind) {
      case Event::Kind::introduced:
        points.push_back({std::move(key->at), true});
        break;
      case Event::Kind::fixed:
        points.push_back({std::move(key->at), false});
        break;
      case Event::Kind::last_affected:
        points.push_back({std::move(key->after), false});
        break;
      case Event::Kind::limit:
        limits.any = true;
        limits.highest = std::max(limits.highest, key->at);
        break;
    }
  }
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.key < b.key; });

  std::vector<Window> windows;
  bool on = false;
  for (std::size_t at = 0; at < points.size();) {
    bool turns_on = false;
    bool turns_off = false;
    const std::size_t first = at;
    for (; at < points.size() && points[at].key == points[first].key; ++at)
      (points[at].on ? turns_on : turns_off) = true;
    if (turns_on == turns_off || turns_on == on) continue;
    on = turns_on;
    if (on)
      windows.push_back({points[first].key, {}, true});
    else
      windows.back().until = points[first].key, windows.back().open = false;
  }
  if (limits.any && !limits.endless) {
    for (auto& window : windows)
      if (window.open || window.until > limits.highest) window.until = limits.highest, window.open = false;
    std::erase_if(windows, [](const Window& w) { return !w.open && w.from >= w.until; });
  }
  return windows;
}

const Window* window_at(const std::vector<Window>& windows, std::string_view key) {
  const auto after = std::upper_bound(windows.begin(), windows.end(), key,
                                      [](std::string_view k, const Window& w) { return k < w.from; });
  if (after == windows.begin()) return nullptr;
  const Window& window = *std::prev(after);
  return window.open || key < window.until ? &window : nullptr;
}

// A listed public version also stands for its local ones: a window makes it needless only when it holds all of them.
bool holds_with_locals(const std::vector<Window>& windows, std::string_view key, bool has_locals) {
  const Window* window = window_at(windows, key);
  return window != nullptr && (window->open || !has_locals || after_locals(key) <= window->until);
}

void merge(std::vector<Window>& windows) {
  std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) { return a.from < b.from; });
  std::vector<Window> merged;
  for (auto& window : windows) {
    if (!merged.empty() && (merged.back().open || window.from <= merged.back().until)) {
      auto& last = merged.back();
      if (last.open) continue;
      if (window.open) {
        last.open = true;
        last.until.clear();
      } else if (last.until < window.until) {
        last.until = std::move(window.until);
      }
      continue;
    }
    merged.push_back(std::move(window));
  }
  windows = std::move(merged);
  windows.shrink_to_fit();
}

template <class T>
void sort_unique(std::vector<T>& all) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  all.shrink_to_fit();
}

// ---- the reference form: the schema's words on parsed versions, one event after the other

// Compares a version under test with the version of an event; local versions as said in the header.
template <class Version>
struct Compared {
  const Version& version;
  std::strong_ordering with(const Version& event) const {
    if constexpr (requires { version.has_local(); }) {
      if (version.has_local() && !event.has_local()) return version.public_part() <=> event;
    }
    return version <=> event;
  }
};

template <class Version, class Parse>
Verdict judge_range(const Range& range, const Version& version, Parse parse) {
  struct Parsed {
    Event::Kind kind;
    bool zero;
    std::optional<Version> at;
  };
  std::vector<Parsed> events;
  bool limited = false;
  bool below_limit = false;
  const Compared<Version> compared{version};
  for (const auto& event : range.events) {
    if (event.kind == Event::Kind::introduced && event.version == "0") {
      events.push_back({event.kind, true, std::nullopt});
      continue;
    }
    if (event.kind == Event::Kind::limit && event.version == "*") {
      limited = below_limit = true;
      continue;
    }
    auto parsed = parse(event.version);
    if (!parsed) return Verdict::cannot_tell;
    if (event.kind == Event::Kind::limit) {
      limited = true;
      below_limit = below_limit || compared.with(*parsed) < 0;
      continue;
    }
    events.push_back({event.kind, false, std::move(*parsed)});
  }
  // Where an event takes effect, relative to others: `last_affected` right after its version.
  const auto is_end = [](const Parsed& e) { return e.kind == Event::Kind::last_affected; };
  // A public `last_affected` also takes in the local versions of its version.
  const auto covers = [&](const Parsed& end, const Parsed& other) {
    if constexpr (requires { end.at->has_local(); })
      return is_end(end) && !end.at->has_local() && other.at->public_part() == *end.at;
    else
      return is_end(end) && *end.at == *other.at;
  };
  const auto before = [&](const Parsed& a, const Parsed& b) {
    if (a.zero || b.zero) return a.zero && !b.zero;
    const bool a_covers = covers(a, b);
    const bool b_covers = covers(b, a);
    if (a_covers != b_covers) return b_covers;
    if (const auto order = *a.at <=> *b.at; order != 0) return order < 0;
    return !is_end(a) && is_end(b);
  };
  std::stable_sort(events.begin(), events.end(), before);
  bool affected = false;
  for (std::size_t at = 0; at < events.size();) {
    const std::size_t first = at;
    bool on = false;
    bool off = false;
    for (; at < events.size() && !before(events[first], events[at]); ++at)
      (events[at].kind == Event::Kind::introduced ? on : off) = true;
    const Parsed& event = events[first];
    const bool reached = event.zero || (event.kind == Event::Kind::last_affected ? compared.with(*event.at) > 0
                                                                                 : compared.with(*event.at) >= 0);
    if (reached && on != off) affected = on;
  }
  return affected && (!limited || below_limit) ? Verdict::affected : Verdict::not_affected;
}

}  // namespace

Scheme scheme_of(std::string_view ecosystem) {
  constexpr std::string_view kSemver[] = {"npm", "crates.io", "go", "hex", "pub", "swifturl"};
  const auto name = to_lower(ecosystem.substr(0, ecosystem.find(':')));
  if (name == "pypi") return Scheme::pep440;
  for (const auto one : kSemver)
    if (name == one) return Scheme::semver;
  return Scheme::literal;
}

std::string package_key(std::string_view ecosystem, std::string_view name) {
  return scheme_of(ecosystem) == Scheme::pep440 ? normalize_pypi_name(name) : std::string(name);
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::not_affected:
      return "not affected";
    case Verdict::affected:
      return "affected";
    case Verdict::cannot_tell:
      return "cannot tell";
  }
  return "";
}

std::string_view to_string(SetVerdict verdict) {
  switch (verdict) {
    case SetVerdict::none:
      return "none";
    case SetVerdict::some:
      return "some";
    case SetVerdict::all:
      return "all";
    case SetVerdict::cannot_tell:
      return "cannot tell";
  }
  return "";
}

Verdict judge(const AffectedPackage& package, std::string_view text) {
  const Scheme scheme = scheme_of(package.ecosystem);
  std::optional<Pep440> python;
  std::optional<Semver> semantic;
  if (scheme == Scheme::pep440) {
    if (auto version = parse_pep440(text)) python = std::move(*version);
  } else if (auto version = parse_semver(text)) {
    semantic = std::move(*version);
  }
  for (const auto& listed : package.versions) {
    if (listed == text) return Verdict::affected;
    if (scheme == Scheme::pep440 && python) {
      const auto other = parse_pep440(listed);
      if (other && (*other == *python || *other == python->public_part())) return Verdict::affected;
    } else if (scheme == Scheme::semver && semantic) {
      const auto other = parse_semver(listed);
      if (other && *other == *semantic) return Verdict::affected;
    }
  }
  bool unclear = false;
  for (const auto& range : package.ranges) {
    const auto by = scheme_of_range(scheme, range.type);
    if (!by) {
      unclear = unclear || range.type != RangeType::git;
      continue;
    }
    Verdict verdict = Verdict::not_affected;
    if (python) {
      verdict = judge_range(range, *python, parse_pep440);
    } else if (semantic) {
      verdict = judge_range(range, *semantic, parse_semver);
    } else {
      verdict = Verdict::cannot_tell;
    }
    if (verdict == Verdict::affected) return verdict;
    unclear = unclear || verdict == Verdict::cannot_tell;
  }
  return unclear ? Verdict::cannot_tell : Verdict::not_affected;
}

bool affects(const AffectedPackage& package, std::string_view version) {
  return judge(package, version) == Verdict::affected;
}

PreparedVersion::PreparedVersion(Scheme scheme, std::string_view text) : scheme_(scheme), text_(text) {
  if (scheme == Scheme::pep440) {
    if (auto key = pep440_key(text)) {
      key_ = std::move(key->key);
      public_size_ = key->public_size;
      readable_ = true;
    }
  } else if (auto key = semver_key(text)) {
    readable_ = true;
    public_size_ = key->size();
    key_ = std::move(*key);
  }
}

PreparedAffected::PreparedAffected(const AffectedPackage& package) : scheme_(scheme_of(package.ecosystem)) {
  add(package);
}

void PreparedAffected::add(const AffectedPackage& package) {
  for (const auto& range : package.ranges) {
    const auto by = scheme_of_range(scheme_, range.type);
    if (!by) {
      unreadable_range_ = unreadable_range_ || range.type != RangeType::git;
      continue;
    }
    auto windows = windows_of(*by, range);
    if (!windows) {
      unreadable_range_ = true;
      continue;
    }
    judged_range_ = true;
    std::move(windows->begin(), windows->end(), std::back_inserter(windows_));
  }
  merge(windows_);
  for (const auto& version : package.versions) {
    std::optional<std::string> key;
    bool is_public = false;
    if (scheme_ == Scheme::pep440) {
      if (auto read = pep440_key(version)) {
        is_public = read->public_size == read->key.size();
        key = std::move(read->key);
      }
    } else if (scheme_ == Scheme::semver) {
      key = semver_key(version);
    }
    if (!key)
      literal_.push_back(version);
    else if (!holds_with_locals(windows_, *key, is_public))
      listed_.push_back(std::move(*key));
  }
  sort_unique(listed_);
  sort_unique(literal_);
}

Verdict PreparedAffected::judge(const PreparedVersion& version) const {
  const auto listed = [](const std::vector<std::string>& all, std::string_view wanted) {
    return std::binary_search(all.begin(), all.end(), wanted);
  };
  if (version.readable()) {
    const std::string_view key = version.key_;
    if (window_at(windows_, key) != nullptr) return Verdict::affected;
    if (scheme_ != Scheme::literal && (listed(listed_, key) || listed(listed_, key.substr(0, version.public_size_))))
      return Verdict::affected;
  }
  if (listed(literal_, version.text_)) return Verdict::affected;
  return unreadable_range_ || (judged_range_ && !version.readable()) ? Verdict::cannot_tell : Verdict::not_affected;
}

bool PreparedAffected::reaches_beyond(const PreparedVersion& version) const {
  if (!version.readable() || unreadable_range_) return true;
  const bool is_public = scheme_ == Scheme::pep440 && version.public_size_ == version.key_.size();
  const std::string after = is_public ? after_locals(version.key_) : version.key_ + '\0';
  if (!windows_.empty() && (windows_.back().open || windows_.back().until > after)) return true;
  return !listed_.empty() && listed_.back() >= after;
}

SetAnswer judge_set(const PreparedAffected& package, const SpecifierSet& allowed, std::span<const std::string> known) {
  SetAnswer answer;
  bool unclear = false;
  for (const std::size_t at : allowed.filter(known)) {
    ++answer.allowed;
    const auto verdict = package.judge(PreparedVersion(Scheme::pep440, known[at]));
    if (verdict == Verdict::affected) ++answer.affected;
    unclear = unclear || verdict == Verdict::cannot_tell;
  }
  if (answer.allowed == 0)
    answer.verdict = SetVerdict::cannot_tell;
  else if (answer.affected == answer.allowed)
    answer.verdict = SetVerdict::all;
  else if (answer.affected > 0)
    answer.verdict = SetVerdict::some;
  else
    answer.verdict = unclear ? SetVerdict::cannot_tell : SetVerdict::none;
  return answer;
}

std::size_t AliasGroups::node(std::string_view id) {
  const auto [place, fresh] = nodes_.try_emplace(std::string(id), parents_.size());
  if (fresh) parents_.push_back(place->second);
  return place->second;
}

std::size_t AliasGroups::root(std::size_t at) const {
  while (parents_[at] != at) at = parents_[at];
  return at;
}

void AliasGroups::add(std::span<const std::string> ids) {
  std::optional<std::size_t> first;
  for (const auto& id : ids) {
    if (id.empty()) continue;
    std::size_t at = node(id);
    std::size_t top = root(at);
    while (parents_[at] != top && parents_[at] != at) {  // shorten the way for the next walk
      const std::size_t next = parents_[at];
      parents_[at] = top;
      at = next;
    }
    if (!first) {
      first = top;
      continue;
    }
    // The older node becomes the root, so that the result does not depend on the order within a record.
    const std::size_t a = root(*first);
    parents_[std::max(a, top)] = std::min(a, top);
    first = std::min(a, top);
  }
}

std::size_t AliasGroups::group(std::string_view id) const {
  const auto place = nodes_.find(std::string(id));
  return place == nodes_.end() ? std::numeric_limits<std::size_t>::max() : root(place->second);
}

bool AliasGroups::same(std::string_view a, std::string_view b) const {
  if (a == b) return true;
  const auto left = group(a);
  return left != std::numeric_limits<std::size_t>::max() && left == group(b);
}

std::size_t AliasGroups::distinct(std::span<const std::string> ids) const {
  std::vector<std::size_t> groups;
  std::vector<std::string_view> unknown;
  for (const auto& id : ids) {
    const auto one = group(id);
    if (one == std::numeric_limits<std::size_t>::max())
      unknown.push_back(id);
    else
      groups.push_back(one);
  }
  sort_unique(groups);
  sort_unique(unknown);
  return groups.size() + unknown.size();
}

}  // namespace tocsin::versions
