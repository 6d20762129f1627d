// SemVer 2.0.0 order on leniently read versions, and node-semver's ranges.
//
// A range is turned into sets of plain comparators while it is read: `^1.2` is `>=1.2.0 <2.0.0-0`. The upper bounds end
// in `-0`, the lowest pre-release there is, so that pre-releases of the excluded version stay out too. A pre-release
// passes only when a comparator names a pre-release of the same major.minor.patch, unless `include_prerelease` is set;
// then lower bounds made from partial versions begin at `-0` as well. The rules are those of node-semver's README and
// of its fixtures; the parser reads tokens where node-semver rewrites text with regular expressions.
#include "versions/semver.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::versions {
namespace {

constexpr std::size_t kMaxSemverBytes = 4096;              // as kMaxVersionBytes; npm's own limit is lower
constexpr std::size_t kMaxNpmVersionBytes = 256;           // node-semver's MAX_LENGTH
constexpr std::string_view kMaxSafe = "9007199254740991";  // 2^53-1, its MAX_SAFE_INTEGER
constexpr std::size_t kMaxRangeBytes = 65'536;             // ranges in real lock files stay under 1 KiB
constexpr std::size_t kMaxComparators = 8192;

// Keys: release without trailing zeros, end mark; pre-release 0x01, parts, end mark; none 0x02.
constexpr char kEnd = '\x00';
constexpr char kPrerelease = '\x01';
constexpr char kNoPrerelease = '\x02';
constexpr char kPartNumber = '\x01';
constexpr char kPartText = '\x02';

bool is_npm_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_identifier(char c) {
  return is_digit(c) || is_letter(c) || c == '-';
}

bool too_large(std::string_view digits) {
  return Number(digits) > Number(kMaxSafe);
}

// `a.b.c` of letters, digits and hyphens, into `parts`. With `strict`, numbers have no leading zeros.
bool take_identifiers(std::string_view& text, bool strict, std::vector<std::variant<Number, std::string>>* parts) {
  for (;;) {
    std::size_t size = 0;
    bool number = true;
    while (size < text.size() && is_identifier(text[size])) {
      number = number && is_digit(text[size]);
      ++size;
    }
    if (size == 0) return false;
    const auto part = text.substr(0, size);
    if (parts != nullptr) {
      if (number) {
        if (strict && size > 1 && part.front() == '0') return false;
        parts->emplace_back(Number(part));
      } else {
        parts->emplace_back(std::string(part));
      }
    }
    text.remove_prefix(size);
    if (text.empty() || text.front() != '.') return true;
    text.remove_prefix(1);
  }
}

std::strong_ordering compare_parts(const std::variant<Number, std::string>& a,
                                   const std::variant<Number, std::string>& b) {
  const auto* left = std::get_if<Number>(&a);
  const auto* right = std::get_if<Number>(&b);
  if (left != nullptr && right != nullptr) return *left <=> *right;
  if (left != nullptr) return std::strong_ordering::less;
  if (right != nullptr) return std::strong_ordering::greater;
  return std::get<std::string>(a).compare(std::get<std::string>(b)) <=> 0;
}

}  // namespace

const Number& Semver::part(std::size_t index) const {
  static const Number zero;
  return index < release.size() ? release[index] : zero;
}

std::string Semver::text() const {
  std::string out;
  for (std::size_t at = 0; at < release.size(); ++at) {
    if (at > 0) out += '.';
    out += release[at].digits();
  }
  char before = '-';
  for (const auto& one : prerelease) {
    out += before;
    before = '.';
    if (const auto* number = std::get_if<Number>(&one))
      out += number->digits();
    else
      out += std::get<std::string>(one);
  }
  if (!build.empty()) out += '+' + build;
  return out;
}

std::strong_ordering Semver::operator<=>(const Semver& other) const {
  for (std::size_t at = 0; at < std::max(release.size(), other.release.size()); ++at)
    if (const auto order = part(at) <=> other.part(at); order != 0) return order;
  if (is_prerelease() != other.is_prerelease())
    return is_prerelease() ? std::strong_ordering::less : std::strong_ordering::greater;
  for (std::size_t at = 0; at < std::min(prerelease.size(), other.prerelease.size()); ++at)
    if (const auto order = compare_parts(prerelease[at], other.prerelease[at]); order != 0) return order;
  return prerelease.size() <=> other.prerelease.size();
}

Result<Semver> parse_semver(std::string_view text) {
  const auto invalid = [] { return fail(Code::malformed, "not a semantic version"); };
  if (text.size() > kMaxSemverBytes) return fail(Code::refused, "version is too long");
  text = trim(text);
  while (!text.empty() &&
         (text.front() == 'v' || text.front() == 'V' || text.front() == '=' || is_npm_blank(text.front())))
    text.remove_prefix(1);
  Semver version;
  for (;;) {
    const auto digits = take_digits(text);
    if (digits.empty()) return invalid();
    version.release.emplace_back(digits);
    if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) break;
    text.remove_prefix(1);
  }
  if (!text.empty() && text.front() != '+') {
    if (text.front() == '-' || text.front() == '.') text.remove_prefix(1);
    if (!take_identifiers(text, false, &version.prerelease)) return invalid();
  }
  if (!text.empty()) {
    if (text.front() != '+') return invalid();
    text.remove_prefix(1);
    const auto build = text;
    if (!take_identifiers(text, false, nullptr)) return invalid();
    version.build = std::string(build);
  }
  if (!text.empty()) return invalid();
  return version;
}

std::string order_key(const Semver& version) {
  std::string key;
  std::size_t last = version.release.size();
  while (last > 0 && version.release[last - 1].is_zero()) --last;
  for (std::size_t at = 0; at < last; ++at) append_number_key(key, version.release[at].digits());
  key += kEnd;
  if (!version.is_prerelease()) {
    key += kNoPrerelease;
    return key;
  }
  key += kPrerelease;
  for (const auto& part : version.prerelease) {
    if (const auto* number = std::get_if<Number>(&part)) {
      key += kPartNumber;
      append_number_key(key, number->digits());
    } else {
      key += kPartText;
      key += std::get<std::string>(part);
      key += kEnd;
    }
  }
  key += kEnd;
  return key;
}

std::optional<std::string> semver_key(std::string_view text) {
  const auto version = parse_semver(text);
  if (!version) return std::nullopt;
  return order_key(*version);
}

// A version with holes: `1`, `1.x`, `1.2.*`, `1.2.3-pre+build`. A hole hides everything behind it; where a number is
// hidden so (`1.x.3`), a plain comparator is refused and other forms are not, as in node-semver. It is as strict about
// what stands before a whole version ("v" or nothing), unless the version is taken apart anyway.
struct NpmRange::Partial {
  bool number_behind_hole = false;
  bool plain_prefix = true;

  std::optional<Number> major;
  std::optional<Number> minor;
  std::optional<Number> patch;
  std::vector<std::variant<Number, std::string>> prerelease;
};

struct NpmRangeParser {
  using Op = NpmRange::Op;
  using Partial = NpmRange::Partial;
  using Set = std::vector<NpmRange::Comparator>;
  using Prerelease = std::vector<std::variant<Number, std::string>>;

  NpmOptions options;
  std::string_view text;
  Set set;
  std::size_t comparators = 0;
  bool too_high = false;     // a bound passed 2^53-1 (`^9007199254740991.0.0`): no range for node-semver
  bool nothing = false;      // the set allows nothing, whatever else it says
  bool passed_over = false;  // loose: the set had a part that is no comparator
  bool understood = false;   // the set had a part that is one

  static Prerelease lowest() { return {std::variant<Number, std::string>(Number())}; }
  Prerelease floor() const { return options.include_prerelease ? lowest() : Prerelease{}; }

  void blanks() {
    while (!text.empty() && is_npm_blank(text.front())) text.remove_prefix(1);
  }
  void add(Op op, const Number& major, const Number& minor, const Number& patch, Prerelease prerelease) {
    ++comparators;
    too_high = too_high || major > Number(kMaxSafe) || minor > Number(kMaxSafe) || patch > Number(kMaxSafe);
    Semver version;
    version.release = {major, minor, patch};
    version.prerelease = std::move(prerelease);
    set.push_back({op, std::move(version)});
  }

  // [v=blank]* part [. part [. part [-pre] [+build]]]; nothing when there is none, with `text` as it was.
  std::optional<Partial> partial() {
    auto rest = text;
    Partial out;
    for (bool first = true; !rest.empty() && (rest.front() == 'v' || rest.front() == '=' || is_npm_blank(rest.front()));
         rest.remove_prefix(1)) {
      if (is_npm_blank(rest.front())) continue;
      out.plain_prefix = first && rest.front() == 'v';
      first = false;
    }
    std::optional<Number>* const places[] = {&out.major, &out.minor, &out.patch};
    std::size_t read = 0;
    bool hole = false;
    for (; read < 3; ++read) {
      auto after = rest;
      if (read > 0) {
        if (after.empty() || after.front() != '.') break;
        after.remove_prefix(1);
      }
      if (!after.empty() && (after.front() == 'x' || after.front() == 'X' || after.front() == '*')) {
        after.remove_prefix(1);
        hole = true;
      } else {
        const auto whole = after;
        const auto digits = take_digits(after);
        if (digits.empty()) return std::nullopt;  // "1." and "1.a"
        const bool leading_zero = whole.size() - after.size() > digits.size();
        if ((leading_zero && !options.loose) || too_large(digits)) return std::nullopt;
        if (hole)
          out.number_behind_hole = true;
        else
          places[read]->emplace(digits);
      }
      rest = after;
    }
    if (read == 0) return std::nullopt;
    if (read == 3 && !rest.empty() && !is_npm_blank(rest.front())) {
      if (rest.front() == '-' || (options.loose && is_identifier(rest.front()))) {
        if (rest.front() == '-') rest.remove_prefix(1);
        if (!take_identifiers(rest, !options.loose, &out.prerelease)) return std::nullopt;
      }
    }
    // Build metadata says nothing about order; node-semver strips it wherever it stands.
    if (!rest.empty() && rest.front() == '+') {
      rest.remove_prefix(1);
      if (!take_identifiers(rest, false, nullptr)) return std::nullopt;
    }
    if (hole) out.prerelease.clear();
    if (!rest.empty() && !is_npm_blank(rest.front())) return std::nullopt;
    text = rest;
    return out;
  }

  void caret(const Partial& p) {
    const Number zero;
    if (!p.major) return;
    const Number& major = *p.major;
    if (!p.minor) {
      add(Op::greater_equal, major, zero, zero, floor());
      return add(Op::less, major.next(), zero, zero, lowest());
    }
    const Number& minor = *p.minor;
    add(Op::greater_equal, major, minor, p.patch.value_or(zero), p.patch ? p.prerelease : floor());
    if (!major.is_zero()) return add(Op::less, major.next(), zero, zero, lowest());
    if (!p.patch || !minor.is_zero()) return add(Op::less, major, minor.next(), zero, lowest());
    add(Op::less, major, minor, p.patch->next(), lowest());
  }

  void tilde(const Partial& p) {
    const Number zero;
    if (!p.major) return;
    if (!p.minor) {
      add(Op::greater_equal, *p.major, zero, zero, floor());
      return add(Op::less, p.major->next(), zero, zero, lowest());
    }
    add(Op::greater_equal, *p.major, *p.minor, p.patch.value_or(zero), p.patch ? p.prerelease : floor());
    add(Op::less, *p.major, p.minor->next(), zero, lowest());
  }

  bool is_comparator(const Partial& p) const {
    if (p.number_behind_hole) return false;
    return options.loose || p.plain_prefix || !(p.major && p.minor && p.patch);
  }
  void compared(std::optional<Op> op, const Partial& p) {
    const Number zero;
    if (p.major && p.minor && p.patch) return add(op.value_or(Op::equal), *p.major, *p.minor, *p.patch, p.prerelease);
    if (!p.major) {
      if (op == Op::less || op == Op::greater) nothing = true;
      return;
    }
    const Number& major = *p.major;
    const Number minor = p.minor.value_or(zero);
    const Number next_major = p.minor ? major : major.next();
    const Number next_minor = p.minor ? minor.next() : zero;
    switch (op.value_or(Op::equal)) {
      case Op::equal:
        add(Op::greater_equal, major, minor, zero, floor());
        return add(Op::less, next_major, next_minor, zero, lowest());
      case Op::greater:
        return add(Op::greater_equal, next_major, next_minor, zero, floor());
      case Op::greater_equal:
        return add(Op::greater_equal, major, minor, zero, floor());
      case Op::less:
        return add(Op::less, major, minor, zero, lowest());
      case Op::less_equal:
        return add(Op::less, next_major, next_minor, zero, lowest());
    }
  }

  void hyphen(const Partial& from, const Partial& to) {
    const Number zero;
    if (from.major) {
      const bool whole = from.minor && from.patch;
      add(Op::greater_equal, *from.major, from.minor.value_or(zero), from.patch.value_or(zero),
          whole && !from.prerelease.empty() ? from.prerelease : floor());
    }
    if (!to.major) return;
    if (!to.minor) return add(Op::less, to.major->next(), zero, zero, lowest());
    if (!to.patch) return add(Op::less, *to.major, to.minor->next(), zero, lowest());
    if (to.prerelease.empty() && options.include_prerelease)
      return add(Op::less, *to.major, *to.minor, to.patch->next(), lowest());
    add(Op::less_equal, *to.major, *to.minor, *to.patch, to.prerelease);
  }

  bool try_hyphen() {
    const auto before = text;
    const auto from = partial();
    if (from) {
      blanks();
      if (text.size() > 1 && text[0] == '-' && is_npm_blank(text[1])) {
        text.remove_prefix(1);
        blanks();
        if (const auto to = partial()) {
          blanks();
          // These two are compared as written, not built from their parts.
          const bool from_whole = from->major && from->minor && from->patch;
          const bool to_whole =
              to->major && to->minor && to->patch && to->prerelease.empty() && !options.include_prerelease;
          const bool plain = options.loose || ((!from_whole || from->plain_prefix) && (!to_whole || to->plain_prefix));
          if (text.empty() && plain) {
            hyphen(*from, *to);
            return true;
          }
        }
      }
    }
    text = before;
    return false;
  }

  // One set: what stands between two `||`. False when a part of it is no comparator.
  bool one_set(std::string_view all) {
    text = all;
    set.clear();
    nothing = passed_over = understood = false;
    blanks();
    if (try_hyphen()) return understood = true;
    for (blanks(); !text.empty(); blanks()) {
      if (comparators > kMaxComparators) return false;
      const bool is_tilde = text.front() == '~';
      const bool is_caret = text.front() == '^';
      std::optional<Op> op;
      if (is_tilde || is_caret) {
        text.remove_prefix(1);
        if (is_tilde && !text.empty() && text.front() == '>') text.remove_prefix(1);
      } else if (text.starts_with(">=")) {
        op = Op::greater_equal;
        text.remove_prefix(2);
      } else if (text.starts_with("<=")) {
        op = Op::less_equal;
        text.remove_prefix(2);
      } else if (text.front() == '>' || text.front() == '<' || text.front() == '=') {
        op = text.front() == '>' ? Op::greater : text.front() == '<' ? Op::less : Op::equal;
        text.remove_prefix(1);
      }
      blanks();
      const auto version = partial();
      if (!version || (!is_tilde && !is_caret && !is_comparator(*version))) {
        if (!options.loose) return false;
        passed_over = true;
        while (!text.empty() && !is_npm_blank(text.front())) text.remove_prefix(1);
        continue;
      }
      understood = true;
      if (is_caret)
        caret(*version);
      else if (is_tilde)
        tilde(*version);
      else
        compared(op, *version);
    }
    return true;
  }
};

Result<NpmRange> NpmRange::parse(std::string_view text, NpmOptions options) {
  if (text.size() > kMaxRangeBytes) return fail(Code::refused, "npm range is too long");
  NpmRange range;
  range.options_ = options;
  NpmRangeParser parser;
  parser.options = options;
  bool understood = false;
  bool everything = false;
  for (bool more = true; more;) {
    const auto bar = text.find("||");
    more = bar != std::string_view::npos;
    const auto piece = text.substr(0, bar);
    if (more) text.remove_prefix(bar + 2);
    if (!parser.one_set(piece) || parser.too_high) return fail(Code::malformed, "not an npm range");
    if (parser.comparators > kMaxComparators) return fail(Code::refused, "npm range has too many comparators");
    if (parser.passed_over && !parser.understood) continue;
    understood = true;
    if (parser.nothing) continue;
    everything = everything || parser.set.empty();
    range.sets_.push_back(std::move(parser.set));
  }
  // "Any version" beside others makes the whole range that: pre-releases named by the others do not count then.
  if (everything) range.sets_ = {{}};
  if (!understood) return fail(Code::malformed, "not an npm range");
  return range;
}

Result<Semver> parse_npm_version(std::string_view text, bool loose) {
  const auto invalid = [] { return fail(Code::malformed, "not an npm version"); };
  if (text.size() > kMaxNpmVersionBytes) return fail(Code::refused, "npm version has more than 256 bytes");
  text = trim(text);
  if (loose)
    while (!text.empty() && (text.front() == 'v' || text.front() == '=' || is_npm_blank(text.front())))
      text.remove_prefix(1);
  else if (!text.empty() && text.front() == 'v')
    text.remove_prefix(1);
  Semver version;
  for (int at = 0; at < 3; ++at) {
    if (at > 0) {
      if (text.empty() || text.front() != '.') return invalid();
      text.remove_prefix(1);
    }
    const auto whole = text;
    const auto digits = take_digits(text);
    if (digits.empty() || too_large(digits)) return invalid();
    if (!loose && whole.size() - text.size() > digits.size()) return invalid();
    version.release.emplace_back(digits);
  }
  if (!text.empty() && text.front() != '+') {
    if (text.front() == '-')
      text.remove_prefix(1);
    else if (!loose)
      return invalid();
    if (!take_identifiers(text, !loose, &version.prerelease)) return invalid();
  }
  if (!text.empty()) {
    if (text.front() != '+') return invalid();
    text.remove_prefix(1);
    const auto build = text;
    if (!take_identifiers(text, false, nullptr)) return invalid();
    version.build = std::string(build);
  }
  if (!text.empty()) return invalid();
  return version;
}

bool NpmRange::contains(std::string_view text) const {
  const auto version = parse_npm_version(text, options_.loose);
  return version && contains(*version);
}

bool NpmRange::contains(const Semver& version) const {
  const auto holds = [&](const Comparator& comparator) {
    const auto order = version <=> comparator.version;
    switch (comparator.op) {
      case Op::equal:
        return order == 0;
      case Op::less:
        return order < 0;
      case Op::less_equal:
        return order <= 0;
      case Op::greater:
        return order > 0;
      case Op::greater_equal:
        return order >= 0;
    }
    return false;
  };
  const auto names_its_prerelease = [&](const Comparator& comparator) {
    return comparator.version.is_prerelease() && comparator.version.part(0) == version.part(0) &&
           comparator.version.part(1) == version.part(1) && comparator.version.part(2) == version.part(2);
  };
  return std::any_of(sets_.begin(), sets_.end(), [&](const auto& set) {
    if (!std::all_of(set.begin(), set.end(), holds)) return false;
    return !version.is_prerelease() || options_.include_prerelease ||
           std::any_of(set.begin(), set.end(), names_its_prerelease);
  });
}

std::string NpmRange::text() const {
  constexpr std::string_view kSpelling[] = {"", "<", "<=", ">", ">="};
  if (sets_.empty()) return "<0.0.0-0";
  std::string out;
  for (std::size_t at = 0; at < sets_.size(); ++at) {
    if (at > 0) out += "||";
    if (sets_[at].empty()) out += '*';
    for (std::size_t one = 0; one < sets_[at].size(); ++one) {
      if (one > 0) out += ' ';
      out += kSpelling[static_cast<std::size_t>(sets_[at][one].op)];
      out += sets_[at][one].version.text();
    }
  }
  return out;
}

}  // namespace tocsin::versions
