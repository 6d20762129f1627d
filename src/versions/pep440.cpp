// PEP 440, read by hand: one pass over the text, each optional part in its fixed place.
//
// The grammar is regular and needs no looking back: after a pre-, post- or dev-word one separator may follow, then
// digits or nothing; taking that separator whenever it is there never takes one that a later part cannot do without,
// because every later separator is optional too (the exception, `-N` for post-releases, is only tried where no word
// came before it).
//
// Order (PEP 440, "Summary of permitted suffixes and relative ordering"), and its bytes in a key:
//   epoch, release without trailing zeros, end mark,
//   pre:   a lone .dev < a < b < rc < none
//   post:  none < N
//   dev:   N < none
//   local: none < parts; in a part text < number, and a shorter list comes first
#include "versions/pep440.hpp"

#include <array>

#include "base/text.hpp"

namespace tocsin::versions {
namespace {

constexpr char kReleaseEnd = '\x00';
constexpr char kPreDevOnly = '\x01';
constexpr char kPreAlpha = '\x02';
constexpr char kPreBeta = '\x03';
constexpr char kPreCandidate = '\x04';
constexpr char kPreNone = '\x05';
constexpr char kPostNone = '\x01';
constexpr char kPost = '\x02';
constexpr char kDev = '\x01';
constexpr char kDevNone = '\x02';
constexpr char kLocalText = '\x01';
constexpr char kLocalNumber = '\x02';
constexpr char kLocalTextEnd = '\x00';
constexpr char kAfterLocals = '\xff';

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_separator(char c) {
  return c == '-' || c == '_' || c == '.';
}

// White space around a version, as Python's regular expressions see it (\s on text): versions are copied out of web
// pages, where a no-break space or a line separator comes along. Gives the bytes of the white space `text` begins with.
std::size_t leading_blank(std::string_view text) {
  if (text.empty()) return 0;
  const char c = text.front();
  if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f')) return 1;
  constexpr std::string_view kWide[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                        "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
                                        "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  if (static_cast<unsigned char>(c) >= 0x80)
    for (const auto wide : kWide)
      if (text.starts_with(wide)) return wide.size();
  return 0;
}

// The same for the end. UTF-8 tells where its last character begins.
std::size_t trailing_blank(std::string_view text) {
  for (std::size_t size = 1; size <= 3 && size <= text.size(); ++size) {
    const auto last = text.substr(text.size() - size);
    if ((static_cast<unsigned char>(last.front()) & 0xc0) == 0x80) continue;
    return leading_blank(last) == size ? size : 0;
  }
  return 0;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t at = 0; at < word.size(); ++at)
    if (lower(text[at]) != word[at]) return false;
  text.remove_prefix(word.size());
  return true;
}

void take_separator(std::string_view& text) {
  if (!text.empty() && is_separator(text.front())) text.remove_prefix(1);
}

// Digits after a word and its separator; none means 0.
std::string_view take_count(std::string_view& text) {
  take_separator(text);
  const auto digits = take_digits(text);
  return digits.empty() ? std::string_view("0") : digits;
}

struct PreWord {
  std::string_view word;
  PreKind kind;
};
// Longer words before their own beginnings.
constexpr std::array<PreWord, 8> kPreWords{{{"alpha", PreKind::alpha},
                                            {"a", PreKind::alpha},
                                            {"beta", PreKind::beta},
                                            {"b", PreKind::beta},
                                            {"preview", PreKind::candidate},
                                            {"pre", PreKind::candidate},
                                            {"rc", PreKind::candidate},
                                            {"c", PreKind::candidate}}};

// The parts in the order of the text, as views into it, handed to `sink`; false when the text is no version. `Sink`
// sees epoch?, release+, pre?, post?, dev?, local*.
template <class Sink>
bool scan(std::string_view text, Sink& sink) {
  while (const auto blank = leading_blank(text)) text.remove_prefix(blank);
  while (const auto blank = trailing_blank(text)) text.remove_suffix(blank);
  if (!text.empty() && lower(text.front()) == 'v') text.remove_prefix(1);

  auto number = take_digits(text);
  if (number.empty()) return false;
  if (!text.empty() && text.front() == '!') {
    sink.epoch(number);
    text.remove_prefix(1);
    number = take_digits(text);
    if (number.empty()) return false;
  }
  sink.release(number);
  while (text.size() > 1 && text[0] == '.' && is_digit(text[1])) {
    text.remove_prefix(1);
    sink.release(take_digits(text));
  }

  {
    auto rest = text;
    take_separator(rest);
    for (const auto& [word, kind] : kPreWords) {
      if (!take_word(rest, word)) continue;
      const auto count = take_count(rest);
      sink.pre(kind, count);
      text = rest;
      break;
    }
  }
  if (text.size() > 1 && text[0] == '-' && is_digit(text[1])) {
    text.remove_prefix(1);
    sink.post(take_digits(text));
  } else {
    auto rest = text;
    take_separator(rest);
    if (take_word(rest, "post") || take_word(rest, "rev") || take_word(rest, "r")) {
      sink.post(take_count(rest));
      text = rest;
    }
  }
  {
    auto rest = text;
    take_separator(rest);
    if (take_word(rest, "dev")) {
      sink.dev(take_count(rest));
      text = rest;
    }
  }
  if (text.empty()) return true;
  if (text.front() != '+') return false;
  do {
    text.remove_prefix(1);  // the '+', or a separator
    std::size_t size = 0;
    bool number_only = true;
    while (size < text.size() && (is_digit(text[size]) || is_letter(text[size]))) {
      number_only = number_only && is_digit(text[size]);
      ++size;
    }
    if (size == 0) return false;
    auto part = text.substr(0, size);
    text.remove_prefix(size);
    if (number_only)
      sink.local_number(take_digits(part));
    else
      sink.local_text(part);
  } while (!text.empty() && is_separator(text.front()));
  return text.empty();
}

struct IntoVersion {
  Pep440& version;
  void epoch(std::string_view n) { version.epoch = Number(n); }
  void release(std::string_view n) { version.release.emplace_back(n); }
  void pre(PreKind kind, std::string_view n) { version.pre.emplace(kind, Number(n)); }
  void post(std::string_view n) { version.post.emplace(n); }
  void dev(std::string_view n) { version.dev.emplace(n); }
  void local_number(std::string_view n) { version.local.emplace_back(Number(n)); }
  void local_text(std::string_view part) { version.local.emplace_back(to_lower(part)); }
};

// Builds the key while scanning. Zeros of the release wait until a larger number shows that they count.
struct IntoKey {
  enum class At { start, release, pre, post, dev };

  std::string key;
  std::size_t public_size = 0;
  std::size_t zeros = 0;
  At at = At::start;
  bool has_pre = false;
  bool has_post = false;

  void begin() {
    if (at == At::start) {
      key += '\x01';  // epoch 0
      at = At::release;
    }
  }
  void epoch(std::string_view n) {
    append_number_key(key, n);
    at = At::release;
  }
  void release(std::string_view n) {
    begin();
    if (n == "0") {
      ++zeros;
      return;
    }
    for (; zeros > 0; --zeros) key += '\x01';
    append_number_key(key, n);
  }
  void pre(PreKind kind, std::string_view n) {
    key += kReleaseEnd;
    key += kind == PreKind::alpha ? kPreAlpha : kind == PreKind::beta ? kPreBeta : kPreCandidate;
    append_number_key(key, n);
    at = At::pre;
    has_pre = true;
  }
  void post(std::string_view n) {
    if (at == At::release) {
      key += kReleaseEnd;
      key += kPreNone;
    }
    key += kPost;
    append_number_key(key, n);
    at = At::post;
    has_post = true;
  }
  void dev(std::string_view n) {
    if (at == At::release) {
      key += kReleaseEnd;
      key += kPreDevOnly;
    }
    if (at != At::post) key += kPostNone;
    key += kDev;
    append_number_key(key, n);
    at = At::dev;
  }
  void end_public() {
    if (public_size != 0) return;
    if (at == At::release) {
      key += kReleaseEnd;
      key += kPreNone;
      key += kPostNone;
    } else if (at == At::pre) {
      key += kPostNone;
    }
    if (at != At::dev) key += kDevNone;
    public_size = key.size();
  }
  void local_number(std::string_view n) {
    end_public();
    key += kLocalNumber;
    append_number_key(key, n);
  }
  void local_text(std::string_view part) {
    end_public();
    key += kLocalText;
    for (const char c : part) key += lower(c);
    key += kLocalTextEnd;
  }
};

std::strong_ordering compare_releases(const std::vector<Number>& a, const std::vector<Number>& b) {
  const std::size_t most = std::max(a.size(), b.size());
  for (std::size_t at = 0; at < most; ++at) {
    if (at >= a.size()) {
      if (!b[at].is_zero()) return std::strong_ordering::less;
    } else if (at >= b.size()) {
      if (!a[at].is_zero()) return std::strong_ordering::greater;
    } else if (const auto order = a[at] <=> b[at]; order != 0) {
      return order;
    }
  }
  return std::strong_ordering::equal;
}

int pre_rank(const Pep440& version) {
  if (version.pre) return 1 + static_cast<int>(version.pre->first);
  return version.dev && !version.post ? 0 : 4;
}

std::strong_ordering compare_locals(const Pep440& a, const Pep440& b) {
  const std::size_t least = std::min(a.local.size(), b.local.size());
  for (std::size_t at = 0; at < least; ++at) {
    const auto* left = std::get_if<Number>(&a.local[at]);
    const auto* right = std::get_if<Number>(&b.local[at]);
    if ((left != nullptr) != (right != nullptr))
      return left == nullptr ? std::strong_ordering::less : std::strong_ordering::greater;
    const auto order = left != nullptr
                           ? *left <=> *right
                           : std::get<std::string>(a.local[at]).compare(std::get<std::string>(b.local[at])) <=> 0;
    if (order != 0) return order;
  }
  return a.local.size() <=> b.local.size();
}

}  // namespace

Result<Pep440> parse_pep440(std::string_view text) {
  if (text.size() > kMaxVersionBytes)
    return fail(Code::refused, "version has more than " + std::to_string(kMaxVersionBytes) + " bytes");
  Pep440 version;
  IntoVersion sink{version};
  if (!scan(text, sink)) return fail(Code::malformed, "not a PEP 440 version");
  return version;
}

std::string Pep440::base_version() const {
  std::string out;
  if (!epoch.is_zero()) {
    out += epoch.digits();
    out += '!';
  }
  for (std::size_t at = 0; at < release.size(); ++at) {
    if (at > 0) out += '.';
    out += release[at].digits();
  }
  return out;
}

std::string Pep440::public_text() const {
  std::string out = base_version();
  if (pre) {
    out += pre->first == PreKind::alpha ? "a" : pre->first == PreKind::beta ? "b" : "rc";
    out += pre->second.digits();
  }
  if (post) {
    out += ".post";
    out += post->digits();
  }
  if (dev) {
    out += ".dev";
    out += dev->digits();
  }
  return out;
}

std::string Pep440::text() const {
  std::string out = public_text();
  char before = '+';
  for (const auto& part : local) {
    out += before;
    before = '.';
    if (const auto* number = std::get_if<Number>(&part))
      out += number->digits();
    else
      out += std::get<std::string>(part);
  }
  return out;
}

Pep440 Pep440::public_part() const {
  Pep440 copy = *this;
  copy.local.clear();
  return copy;
}

std::strong_ordering Pep440::operator<=>(const Pep440& other) const {
  if (const auto order = epoch <=> other.epoch; order != 0) return order;
  if (const auto order = compare_releases(release, other.release); order != 0) return order;
  if (const auto order = pre_rank(*this) <=> pre_rank(other); order != 0) return order;
  if (pre) {
    if (const auto order = pre->second <=> other.pre->second; order != 0) return order;
  }
  if (post.has_value() != other.post.has_value())
    return post ? std::strong_ordering::greater : std::strong_ordering::less;
  if (post) {
    if (const auto order = *post <=> *other.post; order != 0) return order;
  }
  if (dev.has_value() != other.dev.has_value()) return dev ? std::strong_ordering::less : std::strong_ordering::greater;
  if (dev) {
    if (const auto order = *dev <=> *other.dev; order != 0) return order;
  }
  return compare_locals(*this, other);
}

std::optional<Pep440Key> pep440_key(std::string_view text) {
  if (text.size() > kMaxVersionBytes) return std::nullopt;
  IntoKey sink;
  if (!scan(text, sink)) return std::nullopt;
  sink.end_public();
  return Pep440Key{std::move(sink.key), sink.public_size};
}

Pep440Key pep440_key(const Pep440& version) {
  IntoKey sink;
  sink.epoch(version.epoch.digits());
  for (const auto& number : version.release) sink.release(number.digits());
  if (version.pre) sink.pre(version.pre->first, version.pre->second.digits());
  if (version.post) sink.post(version.post->digits());
  if (version.dev) sink.dev(version.dev->digits());
  sink.end_public();
  for (const auto& part : version.local) {
    if (const auto* number = std::get_if<Number>(&part))
      sink.local_number(number->digits());
    else
      sink.local_text(std::get<std::string>(part));
  }
  return Pep440Key{std::move(sink.key), sink.public_size};
}

std::string order_key(const Pep440& version) {
  return pep440_key(version).key;
}

std::string after_locals(std::string_view public_key) {
  std::string bound(public_key);
  bound += kAfterLocals;
  return bound;
}

}  // namespace tocsin::versions
