// Text to Json through simdjson's DOM, then a second look for what simdjson does not care about: limits and duplicate
// keys.
//
// simdjson says that a text is wrong, not where. Only then a plain validator (RFC 8259, one pass, no recursion) goes
// over the text to find the byte, and tells a text that ends early from one that is wrong.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace tocsin {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
// Above the caller's limit: printing, comparing and destroying a value recurse, some 200 bytes of stack a level.
constexpr std::size_t kMaxDepth = 1024;
constexpr std::size_t kFewKeys = 8;              // up to here comparing each with each is fastest
constexpr std::size_t kKeptCapacity = 1u << 20;  // a parser that has grown larger is not kept for the next text

bool is_json_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Finds the first thing wrong with a text.
class Validator {
 public:
  Validator(std::string_view text, std::size_t from, const JsonLimits& limits)
      : text_(text), at_(from), limits_(limits) {}

  Result<> run() {
    enum class Expect { value, first_element, first_key, key, after };
    Expect expect = Expect::value;
    for (;;) {
      skip_space();
      if (expect == Expect::after && open_.empty()) {
        if (at_end()) return {};
        return wrong("more text after the value");
      }
      if (at_end()) return early();
      const char c = text_[at_];
      switch (expect) {
        case Expect::after: {
          if (c == ',') {
            ++at_;
            expect = open_.back() == '{' ? Expect::key : Expect::value;
          } else if (c == (open_.back() == '{' ? '}' : ']')) {
            ++at_;
            open_.pop_back();
          } else {
            return wrong(fmt::format("',' or '{}' expected", open_.back() == '{' ? '}' : ']'));
          }
          continue;
        }
        case Expect::first_key:
        case Expect::key: {
          if (c == '}' && expect == Expect::first_key) {
            ++at_;
            open_.pop_back();
            expect = Expect::after;
            continue;
          }
          if (c != '"') return wrong("a key in double quotes expected");
          TOCSIN_CHECK(string());
          skip_space();
          if (at_end()) return early();
          if (text_[at_] != ':') return wrong("':' expected after a key");
          ++at_;
          expect = Expect::value;
          continue;
        }
        case Expect::first_element:
          if (c == ']') {
            ++at_;
            open_.pop_back();
            expect = Expect::after;
            continue;
          }
          [[fallthrough]];
        case Expect::value:
          if (c == '{' || c == '[') {
            if (open_.size() >= limits_.depth)
              return fail_at(Code::refused, fmt::format("nested deeper than {} levels", limits_.depth), at_);
            open_ += c;
            ++at_;
            expect = c == '{' ? Expect::first_key : Expect::first_element;
            continue;
          }
          TOCSIN_CHECK(scalar(c));
          expect = Expect::after;
      }
    }
  }

  // After run(): the byte behind each integer that does not fit 64 bits, but a double.
  const std::vector<std::size_t>& large_integers() const { return large_integers_; }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  void skip_space() {
    while (!at_end() && is_json_space(text_[at_])) ++at_;
  }
  Failure early() const { return fail_at(Code::truncated, "JSON ends early", text_.size()); }
  Failure wrong(std::string what) const { return fail_at(Code::malformed, std::move(what), at_); }

  Result<> scalar(char c) {
    if (c == '"') return string();
    if (c == '-' || is_digit(c)) return number();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (word[0] != c) continue;
      const std::string_view found = text_.substr(at_, word.size());
      if (found == word) {
        at_ += word.size();
        return {};
      }
      if (word.starts_with(found) && at_ + found.size() == text_.size()) return early();
    }
    return wrong("a value expected");
  }

  Result<> number() {
    const std::size_t from = at_;
    bool whole = true;
    const auto digits = [&] {
      const std::size_t first = at_;
      while (!at_end() && is_digit(text_[at_])) ++at_;
      return at_ - first;
    };
    const auto missing = [&]() -> Result<> {
      if (at_end()) return early();
      return wrong("a digit expected");
    };
    if (text_[at_] == '-') ++at_;
    const bool zero = !at_end() && text_[at_] == '0';
    const std::size_t count = digits();
    if (count == 0) return missing();
    if (zero && count > 1) return fail_at(Code::malformed, "a number with leading zeros", from);
    if (!at_end() && text_[at_] == '.') {
      whole = false;
      ++at_;
      if (digits() == 0) return missing();
    }
    if (!at_end() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      whole = false;
      ++at_;
      if (!at_end() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (digits() == 0) return missing();
    }
    const char* const begin = text_.data() + from;
    const char* const end = text_.data() + at_;
    std::int64_t small = 0;
    std::uint64_t large = 0;
    double real = 0;
    const auto beyond = [&](auto& value) {
      return std::from_chars(begin, end, value).ec == std::errc::result_out_of_range;
    };
    if (whole && (!beyond(small) || (*begin != '-' && !beyond(large)))) return {};
    if (!beyond(real)) {
      if (whole) large_integers_.push_back(at_);
      return {};
    }
    const std::string_view token(begin, static_cast<std::size_t>(end - begin));
    const std::size_t exponent = token.find_first_of("eE");
    const bool tiny = exponent == std::string_view::npos ? zero : token[exponent + 1] == '-';
    if (tiny) return {};  // read as zero
    return fail_at(Code::refused, "a number that does not fit a double", from);
  }

  Result<> string() {
    for (++at_; !at_end();) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return {};
      }
      if (c < 0x20) return wrong("a control character inside a string");
      if (c == '\\') {
        TOCSIN_CHECK(escape());
        continue;
      }
      const Character character = utf8_at(text_, at_);
      if (!character.valid) {
        if (at_ + character.size == text_.size()) return early();
        return wrong("not UTF-8");
      }
      at_ += character.size;
    }
    return early();
  }

  Result<> escape() {
    const std::size_t from = at_++;
    if (at_end()) return early();
    if (text_[at_] != 'u') {
      if (std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos) return wrong("unknown escape");
      ++at_;
      return {};
    }
    ++at_;
    TOCSIN_TRY(const unsigned unit, four_digits());
    if (unit < 0xd800 || unit > 0xdfff) return {};
    if (unit < 0xdc00) {
      if (text_.substr(at_, 2) == "\\u") {
        at_ += 2;
        TOCSIN_TRY(const unsigned second, four_digits());
        if (second >= 0xdc00 && second <= 0xdfff) return {};
      } else if (text_.size() - at_ < 2 && std::string_view("\\u").starts_with(text_.substr(at_))) {
        return early();
      }
    }
    return fail_at(Code::malformed, "half of a surrogate pair", from);
  }

  Result<unsigned> four_digits() {
    unsigned value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_end()) return early();
      const char c = text_[at_];
      const bool upper = c >= 'A' && c <= 'F';
      const bool lower = c >= 'a' && c <= 'f';
      if (!is_digit(c) && !upper && !lower) return wrong("a hex digit expected");
      value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
  }

  std::string_view text_;
  std::size_t at_;
  JsonLimits limits_;
  std::string open_;  // the brackets that are open
  std::vector<std::size_t> large_integers_;
};

// DOM to Json, within the limits.
class Converter {
 public:
  explicit Converter(const JsonLimits& limits) : limits_(limits), left_(limits.values) {}

  Result<Json> convert(const simdjson::dom::element& element) {
    if (left_ == 0) return fail(Code::refused, fmt::format("more than {} values", limits_.values));
    --left_;
    switch (element.type()) {
      case simdjson::dom::element_type::ARRAY:
        return nested([&] { return array(element.get_array().value_unsafe()); });
      case simdjson::dom::element_type::OBJECT:
        return nested([&] { return object(element.get_object().value_unsafe()); });
      case simdjson::dom::element_type::INT64:
        return Json(std::int64_t{element.get_int64().value_unsafe()});
      case simdjson::dom::element_type::UINT64:
        return Json(std::uint64_t{element.get_uint64().value_unsafe()});
      case simdjson::dom::element_type::DOUBLE:
        return Json(double{element.get_double().value_unsafe()});
      case simdjson::dom::element_type::STRING:
        return Json(std::string_view(element.get_string().value_unsafe()));
      case simdjson::dom::element_type::BOOL:
        return Json(bool{element.get_bool().value_unsafe()});
      case simdjson::dom::element_type::NULL_VALUE:
        break;
    }
    return Json();
  }

 private:
  // simdjson counts levels too, but not those that are empty.
  template <class F>
  Result<Json> nested(F&& inside) {
    if (level_ >= limits_.depth) return fail(Code::refused, fmt::format("nested deeper than {} levels", limits_.depth));
    ++level_;
    Result<Json> value = inside();
    --level_;
    return value;
  }

  Result<Json> array(const simdjson::dom::array& elements) {
    Json::Array out;
    out.reserve(std::min(elements.size(), left_));
    for (const simdjson::dom::element element : elements) {
      TOCSIN_TRY(Json value, convert(element));
      out.push_back(std::move(value));
    }
    return Json(std::move(out));
  }

  Result<Json> object(const simdjson::dom::object& members) {
    Json::Object out;
    out.reserve(std::min(members.size(), left_));
    for (const auto& [key, element] : members) {
      TOCSIN_TRY(Json value, convert(element));
      out.emplace_back(std::string(key), std::move(value));
    }
    if (const std::string* twice = duplicate(out))
      return fail(Code::malformed, fmt::format("key \"{}\" twice in one object", printable(*twice, 64)));
    return Json(std::move(out));
  }

  static const std::string* duplicate(const Json::Object& members) {
    if (members.size() <= kFewKeys) {
      for (std::size_t i = 1; i < members.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
          if (members[i].first == members[k].first) return &members[i].first;
      return nullptr;
    }
    std::unordered_set<std::string_view> seen;
    seen.reserve(members.size());
    for (const auto& member : members)
      if (!seen.insert(member.first).second) return &member.first;
    return nullptr;
  }

  JsonLimits limits_;
  std::size_t left_;
  std::size_t level_ = 0;
};

}  // namespace

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes) return fail(Code::refused, fmt::format("JSON of more than {} bytes", limits.bytes));
  limits.depth = std::min(limits.depth, kMaxDepth);
  const std::size_t mark = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::string_view body = text.substr(mark);

  static thread_local std::unique_ptr<simdjson::dom::parser> kept;
  std::unique_ptr<simdjson::dom::parser> parser = kept ? std::move(kept) : std::make_unique<simdjson::dom::parser>();
  // simdjson counts the document itself as a level.
  simdjson::error_code error = simdjson::SUCCESS;
  if (parser->capacity() < body.size() || parser->max_depth() != limits.depth + 1)
    error = parser->allocate(std::max<std::size_t>(body.size(), 4096), limits.depth + 1);
  simdjson::dom::element root;
  if (!error) error = parser->parse(body.data(), body.size()).get(root);
  if (error == simdjson::MEMALLOC)
    return fail(Code::refused, fmt::format("no memory for {} bytes of JSON", body.size()));
  std::string patched;
  if (error) {
    // simdjson has no large integers, and real files do: the `model_max_length` of half of all tokenizers is 10^30.
    // With an exponent behind it, such a number is a double, as it is to JavaScript and to most who write it.
    Validator validator(text, mark, limits);
    TOCSIN_CHECK(validator.run());
    std::size_t copied = mark;
    for (const std::size_t end : validator.large_integers()) {
      patched.append(text, copied, end - copied).append("e0");
      copied = end;
    }
    patched.append(text, copied);
    if (!validator.large_integers().empty()) error = parser->parse(patched).get(root);
    if (error) return fail(Code::malformed, simdjson::error_message(error));
  }
  Result<Json> value = Converter(limits).convert(root);
  if (parser->capacity() <= kKeptCapacity) kept = std::move(parser);
  return value;
}

}  // namespace tocsin
