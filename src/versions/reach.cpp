#include "versions/reach.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::versions {
namespace {

// Keys of pep440_key(): the first inside, the first outside.
struct Span {
  std::string from, until;
};

// The versions that a set allows lie between two keys, without those of `excluded`.
struct Envelope {
  std::string from;                  // first that may be allowed
  std::optional<std::string> until;  // first that is not; nullopt: no end
  std::vector<Span> excluded;        // sorted by `from`
  bool anything = false;             // `===`: no order

  void not_below(std::string key) { from = std::max(from, std::move(key)); }
  void below(std::string key) { until = until ? std::min(*until, std::move(key)) : std::move(key); }
};

// The first version behind all that begin with `version`'s release, its last part left out when `shorter`.
std::optional<std::string> behind_prefix(const Pep440& version, bool shorter) {
  auto release = version.release;
  if (shorter && release.size() > 1) release.pop_back();
  if (release.empty()) return std::nullopt;
  release.back() = release.back().next();
  std::string text = std::string(version.epoch.digits()) + "!";
  for (std::size_t i = 0; i < release.size(); ++i) text += (i == 0 ? "" : ".") + std::string(release[i].digits());
  const auto key = pep440_key(text + ".dev0");
  return key ? std::optional(key->key) : std::nullopt;
}

// The versions that `==` names: one with its local versions, one local version, or all that begin so.
std::optional<Span> named_by(const Specifier& clause) {
  if (clause.is_wildcard()) {
    const auto first = pep440_key(clause.version().text() + ".dev0");
    auto end = behind_prefix(clause.version(), false);
    if (!first || !end) return std::nullopt;
    return Span{first->key, std::move(*end)};
  }
  const Pep440Key key = pep440_key(clause.version());
  // A local version ends at the next possible byte string.
  return Span{key.key, clause.version().has_local() ? key.key + '\0' : after_locals(key.key)};
}

Envelope envelope_of(const SpecifierSet& allowed) {
  Envelope out;
  for (const Specifier& clause : allowed.clauses()) {
    if (clause.op() == Operator::arbitrary) {
      out.anything = true;
      continue;
    }
    const Pep440Key key = pep440_key(clause.version());
    switch (clause.op()) {
      case Operator::greater_equal:
        out.not_below(key.key);
        break;
      case Operator::greater:
        out.not_below(after_locals(key.public_key()));
        break;
      case Operator::less: {
        // Pre-releases of V are not "before V", unless V is one itself.
        Pep440 end = clause.version();
        if (!end.is_prerelease()) end.dev = Number();
        out.below(pep440_key(end).key);
        break;
      }
      case Operator::less_equal:
        out.below(after_locals(key.public_key()));
        break;
      case Operator::compatible:
        out.not_below(key.key);
        if (auto end = behind_prefix(clause.version(), true)) out.below(std::move(*end));
        break;
      case Operator::equal:
        if (auto named = named_by(clause)) out.not_below(std::move(named->from)), out.below(std::move(named->until));
        break;
      case Operator::not_equal:
        if (auto named = named_by(clause)) out.excluded.push_back(std::move(*named));
        break;
      case Operator::arbitrary:
        break;
    }
  }
  std::sort(out.excluded.begin(), out.excluded.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  return out;
}

bool meets(const PreparedAffected::Window& window, const Envelope& envelope) {
  std::string_view from = std::max<std::string_view>(window.from, envelope.from);
  std::optional<std::string_view> until;
  if (!window.open) until = window.until;
  if (envelope.until) until = until ? std::min<std::string_view>(*until, *envelope.until) : *envelope.until;
  for (const Span& excluded : envelope.excluded)
    if (excluded.from <= from && from < excluded.until) from = excluded.until;
  return !until || from < *until;
}

}  // namespace

bool may_reach(std::span<const PreparedAffected::Window> windows, const SpecifierSet& allowed) {
  if (windows.empty()) return false;
  const Envelope envelope = envelope_of(allowed);
  return std::any_of(windows.begin(), windows.end(), [&](const PreparedAffected::Window& window) {
    return envelope.anything || meets(window, envelope);
  });
}

}  // namespace tocsin::versions
