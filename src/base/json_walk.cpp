// Finds the elements of one array in a text without reading their values: matches brackets, knows strings, and leaves
// everything else to whoever parses the element. One pass, a few hundred MB/s to GB/s, no recursion.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/json.hpp"

namespace tocsin {
namespace {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

// What a byte means outside of strings.
enum class Mark : std::uint8_t { plain, quote, open, close, comma, colon, space };
constexpr auto kMarks = [] {
  std::array<Mark, 256> table{};
  table['"'] = Mark::quote;
  table['{'] = table['['] = Mark::open;
  table['}'] = table[']'] = Mark::close;
  table[','] = Mark::comma;
  table[':'] = Mark::colon;
  table[' '] = table['\t'] = table['\n'] = table['\r'] = Mark::space;
  return table;
}();
Mark mark_of(char c) {
  return kMarks[static_cast<unsigned char>(c)];
}

class Walker {
 public:
  Walker(std::string_view text, ElementSink& sink, const JsonLimits& limits)
      : text_(text), sink_(sink), limits_(limits) {
    if (text_.starts_with(kUtf8Mark)) at_ = kUtf8Mark.size();
  }

  Result<std::size_t> walk_text() {
    TOCSIN_CHECK(expect('[', "a JSON array expected"));
    open_ += '[';
    TOCSIN_TRY(const std::size_t count, elements());
    TOCSIN_CHECK(end_of_text());
    return count;
  }

  Result<std::size_t> walk_member(std::string_view name) {
    TOCSIN_CHECK(expect('{', "a JSON object expected"));
    open_ += '{';
    std::optional<std::size_t> count;
    TOCSIN_TRY(bool more, more_members(true));
    while (more) {
      const std::size_t key_at = at_;
      TOCSIN_TRY(const std::string key, this->key());
      TOCSIN_CHECK(expect(':', "':' expected after a key"));
      if (key == name) {
        if (count)
          return fail_at(Code::malformed, fmt::format("key \"{}\" twice in one object", printable(key, 64)), key_at);
        TOCSIN_CHECK(expect('[', fmt::format("\"{}\" is not an array", printable(key, 64))));
        open_ += '[';
        TOCSIN_TRY(count, elements());
      } else {
        skip_space();
        TOCSIN_CHECK(value());
      }
      TOCSIN_TRY(more, more_members(false));
    }
    TOCSIN_CHECK(end_of_text());
    if (!count) return fail(Code::malformed, fmt::format("no member \"{}\" in the object", printable(name, 64)));
    return *count;
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  void skip_space() {
    while (!at_end() && mark_of(text_[at_]) == Mark::space) ++at_;
  }
  Failure early() const { return fail_at(Code::truncated, "JSON ends early", text_.size()); }
  Failure wrong(std::string what) const { return fail_at(Code::malformed, std::move(what), at_); }

  Result<> expect(char c, std::string what) {
    skip_space();
    if (at_end()) return early();
    if (text_[at_] != c) return wrong(std::move(what));
    ++at_;
    return {};
  }

  Result<> end_of_text() {
    skip_space();
    if (!at_end()) return wrong("more text after the value");
    return {};
  }

  // After '[': hands over each element; stands after the ']' in the end.
  Result<std::size_t> elements() {
    std::size_t count = 0;
    skip_space();
    if (!at_end() && text_[at_] == ']') {
      ++at_;
      open_.pop_back();
      return count;
    }
    for (;;) {
      skip_space();
      const std::size_t from = at_;
      TOCSIN_CHECK(value());
      const std::size_t to = at_;
      skip_space();
      // A number at the end of the text may be half a number.
      if (at_end()) return early();
      if (count >= limits_.values)
        return fail_at(Code::refused, fmt::format("more than {} elements", limits_.values), from);
      if (text_[at_] != ',' && text_[at_] != ']') return wrong("',' or ']' expected after an element");
      ++count;
      TOCSIN_CHECK(sink_.element(text_.substr(from, to - from), from));
      if (text_[at_++] == ']') break;
    }
    open_.pop_back();
    return count;
  }

  // Stands before a key afterwards, or gives false and stands after the '}'.
  Result<bool> more_members(bool first) {
    skip_space();
    if (at_end()) return early();
    if (text_[at_] == '}') {
      ++at_;
      open_.pop_back();
      return false;
    }
    if (first) return true;
    if (text_[at_] != ',') return wrong("',' or '}' expected");
    ++at_;
    skip_space();
    return true;
  }

  Result<std::string> key() {
    if (at_end()) return early();
    if (text_[at_] != '"') return wrong("a key in double quotes expected");
    const std::size_t from = at_;
    TOCSIN_CHECK(string());
    const std::string_view raw = text_.substr(from, at_ - from);
    if (raw.find('\\') == std::string_view::npos) return std::string(raw.substr(1, raw.size() - 2));
    auto decoded = parse_json(raw);
    if (!decoded) {
      decoded.error().offset = from + decoded.error().offset.value_or(0);
      return Failure(std::move(decoded).error());
    }
    return std::string(decoded->as_string());
  }

  // Over one value of any kind, to the byte behind it.
  Result<> value() {
    if (at_end()) return early();
    switch (mark_of(text_[at_])) {
      case Mark::quote:
        return string();
      case Mark::open:
        return container();
      case Mark::plain:
        while (!at_end() && mark_of(text_[at_]) == Mark::plain) ++at_;
        return {};
      default:
        return wrong("a value expected");
    }
  }

  Result<> container() {
    const std::size_t outside = open_.size();
    do {
      while (!at_end() && kSkipped[static_cast<unsigned char>(text_[at_])]) ++at_;
      if (at_end()) return early();
      const char c = text_[at_];
      if (c == '"') {
        TOCSIN_CHECK(string());
      } else if (mark_of(c) == Mark::open) {
        if (open_.size() >= limits_.depth)
          return fail_at(Code::refused, fmt::format("nested deeper than {} levels", limits_.depth), at_);
        open_ += c;
        ++at_;
      } else {
        if (c != (open_.back() == '{' ? '}' : ']')) return wrong("a bracket that closes another kind of bracket");
        open_.pop_back();
        ++at_;
      }
    } while (open_.size() > outside);
    return {};
  }

  // From the opening quote to the byte behind the closing one.
  Result<> string() {
    for (++at_;;) {
      const auto* quote = static_cast<const char*>(std::memchr(text_.data() + at_, '"', text_.size() - at_));
      if (!quote) return early();
      const auto to = static_cast<std::size_t>(quote - text_.data());
      // The quote is a character of the string when an odd number of backslashes stands before it.
      std::size_t slashes = 0;
      while (to - slashes > at_ && text_[to - slashes - 1] == '\\') ++slashes;
      at_ = to + 1;
      if (slashes % 2 == 0) return {};
    }
  }

  static constexpr auto kSkipped = [] {
    std::array<bool, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
      table[i] = kMarks[i] != Mark::quote && kMarks[i] != Mark::open && kMarks[i] != Mark::close;
    return table;
  }();

  std::string_view text_;
  ElementSink& sink_;
  JsonLimits limits_;
  std::size_t at_ = 0;
  std::string open_;  // the brackets that are open
};

}  // namespace

Result<std::size_t> walk_elements(std::string_view text, std::string_view path, ElementSink& sink, JsonLimits limits) {
  if (text.size() > limits.bytes) return fail(Code::refused, fmt::format("JSON of more than {} bytes", limits.bytes));
  Walker walker(text, sink, limits);
  return path.empty() ? walker.walk_text() : walker.walk_member(path);
}

}  // namespace tocsin
