// Each clause is a comparison on the order of PEP 440, put so that no version has to be made up:
//
//   >= V   x >= V
//   <= V   public(x) <= V
//   == V   public(x) == V, or x == V when V is local itself          != the opposite
//   ==V.*  same epoch, and the release begins with V's               != the opposite
//   ~= V   x >= V, and the release begins with all but V's last part
//   <  V   x < V; when V is no pre-release, also below V.dev0: pre-releases of V are not "before V"
//   >  V   public(x) > V; when V is neither post- nor dev-release, V's own post-releases are not "after V"
//
// The rule for pre-releases is the one of `packaging` 26: contains() lets them pass unless someone said no.
#include "versions/specifiers.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::versions {
namespace {

struct Spelling {
  std::string_view text;
  Operator op;
};
// Longer ones before their own beginnings.
constexpr Spelling kOperators[] = {{"===", Operator::arbitrary}, {"==", Operator::equal},
                                   {"~=", Operator::compatible}, {"!=", Operator::not_equal},
                                   {"<=", Operator::less_equal}, {">=", Operator::greater_equal},
                                   {"<", Operator::less},        {">", Operator::greater}};

Failure invalid(std::string why) {
  return fail(Code::malformed, "invalid specifier: " + std::move(why));
}

const Number& part(const std::vector<Number>& release, std::size_t at) {
  static const Number zero;
  return at < release.size() ? release[at] : zero;
}

// `version` is of the series that the first `count` parts of `prefix` name; missing parts are zeros.
bool in_series(const Pep440& version, const Pep440& prefix, std::size_t count) {
  if (version.epoch != prefix.epoch) return false;
  for (std::size_t at = 0; at < count; ++at)
    if (part(version.release, at) != prefix.release[at]) return false;
  return true;
}

bool same_release(const Pep440& a, const Pep440& b) {
  if (a.epoch != b.epoch) return false;
  for (std::size_t at = 0; at < std::max(a.release.size(), b.release.size()); ++at)
    if (part(a.release, at) != part(b.release, at)) return false;
  return true;
}

std::strong_ordering compare_public(const Pep440& version, const Pep440& with) {
  return version.has_local() ? version.public_part() <=> with : version <=> with;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && to_lower(a) == to_lower(b);
}

}  // namespace

std::string_view to_string(Operator op) {
  for (const auto& spelling : kOperators)
    if (spelling.op == op) return spelling.text;
  return "";
}

Result<Specifier> Specifier::parse(std::string_view text) {
  text = trim(text);
  Specifier out;
  bool found = false;
  for (const auto& spelling : kOperators) {
    if (!text.starts_with(spelling.text)) continue;
    out.op_ = spelling.op;
    text = trim(text.substr(spelling.text.size()));
    found = true;
    break;
  }
  if (!found) return invalid("no operator");
  if (text.size() > kMaxVersionBytes) return fail(Code::refused, "specifier is longer than a version may be");
  out.version_text_ = std::string(text);

  if (out.op_ == Operator::arbitrary) {
    if (text.empty()) return invalid("=== without a version");
    for (const char c : text)
      if (c == ' ' || (c >= '\t' && c <= '\r') || c == ';' || c == ')') return invalid("=== takes one word");
    return out;
  }
  const bool equality = out.op_ == Operator::equal || out.op_ == Operator::not_equal;
  if (text.ends_with(".*")) {
    if (!equality) return invalid("only == and != take a wildcard");
    out.wildcard_ = true;
    text.remove_suffix(2);
    if (text.empty() || text != trim(text)) return invalid("not a version before the wildcard");
  }
  auto version = parse_pep440(text);
  if (!version) return invalid("not a PEP 440 version");
  out.version_ = std::move(*version);
  const Pep440& v = out.version_;
  if (out.wildcard_ && (v.pre || v.post || v.dev || v.has_local()))
    return invalid("a wildcard follows the release part only");
  if (out.wildcard_ && !is_digit(text.back())) return invalid("a wildcard follows the release part only");
  if (v.has_local() && !equality) return invalid("only == and != take a local version");
  if (out.op_ == Operator::compatible && v.release.size() < 2) return invalid("~= needs two parts of a release");
  return out;
}

std::string Specifier::text() const {
  return std::string(to_string(op_)) + version_text_;
}

bool Specifier::names_prerelease() const {
  if (op_ == Operator::not_equal || wildcard_) return false;
  if (op_ == Operator::arbitrary) {
    const auto version = parse_pep440(version_text_);
    return version && version->is_prerelease();
  }
  return version_.is_prerelease();
}

bool Specifier::matches_text(std::string_view text) const {
  return op_ == Operator::arbitrary && equal_ignoring_case(text, version_text_);
}

bool Specifier::matches(const Pep440& x, std::string_view text) const {
  const Pep440& v = version_;
  switch (op_) {
    case Operator::arbitrary:
      return matches_text(text);
    case Operator::equal:
    case Operator::not_equal: {
      const bool equal = wildcard_       ? in_series(x, v, v.release.size())
                         : v.has_local() ? x == v
                                         : compare_public(x, v) == 0;
      return equal == (op_ == Operator::equal);
    }
    case Operator::compatible:
      return x >= v && in_series(x, v, v.release.size() - 1);
    case Operator::greater_equal:
      return x >= v;
    case Operator::less_equal:
      return compare_public(x, v) <= 0;
    case Operator::less:
      if (x >= v) return false;
      if (v.is_prerelease()) return true;
      // Below V.dev0 as well: the pre-releases of V itself are x with V's release, and V's post if it has one.
      {
        Pep440 first = v;
        first.dev = Number();
        return x < first;
      }
    case Operator::greater:
      if (compare_public(x, v) <= 0) return false;
      if (v.dev || v.post) return true;
      return !(x.post && same_release(x, v) && x.pre == v.pre);
  }
  return false;
}

Result<SpecifierSet> SpecifierSet::parse(std::string_view text, Prereleases own) {
  SpecifierSet set;
  set.own_ = own;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto piece = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (piece.empty()) continue;
    if (set.clauses_.size() == kMaxSpecifiers)
      return fail(Code::refused, "more than " + std::to_string(kMaxSpecifiers) + " specifiers in one set");
    TOCSIN_TRY(auto clause, Specifier::parse(piece));
    set.clauses_.push_back(std::move(clause));
  }
  return set;
}

std::string SpecifierSet::text() const {
  std::vector<std::string> parts;
  parts.reserve(clauses_.size());
  for (const auto& clause : clauses_) parts.push_back(clause.text());
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return join(parts, ",");
}

std::string_view SpecifierSet::pinned() const {
  if (clauses_.size() != 1) return {};
  const auto& only = clauses_.front();
  const bool pins = only.op() == Operator::arbitrary || (only.op() == Operator::equal && !only.is_wildcard());
  return pins ? only.version_text() : std::string_view();
}

Prereleases SpecifierSet::effective(Prereleases policy) const {
  if (policy != Prereleases::automatic) return policy;
  if (own_ != Prereleases::automatic) return own_;
  const bool named = std::any_of(clauses_.begin(), clauses_.end(), [](const auto& c) { return c.names_prerelease(); });
  return named ? Prereleases::allow : Prereleases::automatic;
}

bool SpecifierSet::contains(std::string_view text, Prereleases policy) const {
  if (const auto version = parse_pep440(text)) {
    if (version->is_prerelease() && effective(policy) == Prereleases::deny) return false;
    return std::all_of(clauses_.begin(), clauses_.end(), [&](const auto& c) { return c.matches(*version, text); });
  }
  return std::all_of(clauses_.begin(), clauses_.end(), [&](const auto& c) { return c.matches_text(text); });
}

bool SpecifierSet::contains(const Pep440& version, Prereleases policy) const {
  if (version.is_prerelease() && effective(policy) == Prereleases::deny) return false;
  const std::string text = version.text();
  return std::all_of(clauses_.begin(), clauses_.end(), [&](const auto& c) { return c.matches(version, text); });
}

std::vector<std::size_t> SpecifierSet::filter(std::span<const std::string> versions, Prereleases policy) const {
  const Prereleases rule = effective(policy);
  std::vector<std::size_t> kept;
  std::vector<bool> is_pre;
  bool any_final = false;
  for (std::size_t at = 0; at < versions.size(); ++at) {
    const auto version = parse_pep440(versions[at]);
    const bool passes = std::all_of(clauses_.begin(), clauses_.end(), [&](const auto& c) {
      return version ? c.matches(*version, versions[at]) : c.matches_text(versions[at]);
    });
    if (!passes) continue;
    const bool pre = version && version->is_prerelease();
    if (pre && rule == Prereleases::deny) continue;
    any_final = any_final || (version && !pre);
    kept.push_back(at);
    is_pre.push_back(pre);
  }
  if (rule != Prereleases::automatic || !any_final) return kept;
  std::vector<std::size_t> finals;
  for (std::size_t at = 0; at < kept.size(); ++at)
    if (!is_pre[at]) finals.push_back(kept[at]);
  return finals;
}

}  // namespace tocsin::versions
