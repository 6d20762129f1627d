#include "versions/unlisted.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tocsin::versions {
namespace {

// The versions that a set allows lie between these, if not all that do are allowed. Keys of pep440_key().
struct Envelope {
  std::string from;                  // first that may be allowed
  std::optional<std::string> until;  // first that is not; nullopt: no end
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

Envelope envelope_of(const SpecifierSet& allowed) {
  Envelope out;
  for (const Specifier& clause : allowed.clauses()) {
    if (clause.op() == Operator::not_equal) continue;
    if (clause.op() == Operator::arbitrary) {
      out.anything = true;
      continue;
    }
    const Pep440Key key = pep440_key(clause.version());
    switch (clause.op()) {
      case Operator::greater:
      case Operator::greater_equal:
        out.not_below(key.key);
        break;
      case Operator::less:
        out.below(key.key);
        break;
      case Operator::less_equal:
        out.below(after_locals(key.public_key()));
        break;
      case Operator::equal:
        if (!clause.is_wildcard()) {
          out.not_below(key.key);
          out.below(after_locals(key.public_key()));
          break;
        }
        // Everything that begins so, from its first development release.
        if (const auto first = pep440_key(clause.version().text() + ".dev0")) out.not_below(first->key);
        if (auto end = behind_prefix(clause.version(), false)) out.below(std::move(*end));
        break;
      case Operator::compatible:
        out.not_below(key.key);
        if (auto end = behind_prefix(clause.version(), true)) out.below(std::move(*end));
        break;
      case Operator::not_equal:
      case Operator::arbitrary:
        break;
    }
  }
  return out;
}

}  // namespace

void UnlistedWindows::add(const AffectedPackage& package) {
  if (scheme_of(package.ecosystem) != Scheme::pep440) return;
  AffectedPackage ranges = package;
  ranges.versions.clear();
  std::vector<std::string> listed;
  for (const std::string& version : package.versions)
    if (const auto key = pep440_key(version)) listed.push_back(key->key);
  std::sort(listed.begin(), listed.end());
  const PreparedAffected prepared(ranges);
  for (const auto& window : prepared.windows()) {
    const auto first = std::lower_bound(listed.begin(), listed.end(), window.from);
    if (first == listed.end() || (!window.open && *first >= window.until)) windows_.push_back(window);
  }
}

bool UnlistedWindows::may_reach(const SpecifierSet& allowed) const {
  if (windows_.empty()) return false;
  const Envelope envelope = envelope_of(allowed);
  if (envelope.anything) return true;
  return std::any_of(windows_.begin(), windows_.end(), [&](const PreparedAffected::Window& window) {
    if (!window.open && window.until <= envelope.from) return false;
    return !envelope.until || window.from < *envelope.until;
  });
}

}  // namespace tocsin::versions
