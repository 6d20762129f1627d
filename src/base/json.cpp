// The value itself and its three printed forms. Reading is in json_parse.cpp, walking without reading in json_walk.cpp.
#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace tocsin {

bool Json::is_integer() const {
  return std::holds_alternative<std::int64_t>(value_) || std::holds_alternative<std::uint64_t>(value_);
}
bool Json::is_number() const {
  return is_integer() || std::holds_alternative<double>(value_);
}

std::string_view Json::type_name() const {
  if (is_object()) return "object";
  if (is_array()) return "array";
  if (is_string()) return "string";
  if (is_number()) return "number";
  return is_bool() ? "boolean" : "null";
}

std::string_view Json::as_string() const {
  const auto* text = std::get_if<std::string>(&value_);
  return text ? std::string_view(*text) : std::string_view();
}

std::optional<std::int64_t> Json::as_int() const {
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return *value;
  return std::nullopt;
}

std::optional<std::uint64_t> Json::as_uint() const {
  if (const auto* value = std::get_if<std::uint64_t>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_); value && *value >= 0)
    return static_cast<std::uint64_t>(*value);
  return std::nullopt;
}

std::optional<double> Json::as_double() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*value);
  return std::nullopt;
}

std::optional<bool> Json::as_bool() const {
  if (const auto* value = std::get_if<bool>(&value_)) return *value;
  return std::nullopt;
}

const Json::Array& Json::as_array() const {
  static const Array none;
  const auto* array = std::get_if<Array>(&value_);
  return array ? *array : none;
}

const Json::Object& Json::as_object() const {
  static const Object none;
  const auto* object = std::get_if<Object>(&value_);
  return object ? *object : none;
}

Json::Array& Json::make_array() {
  if (is_null()) value_ = Array{};
  assert(is_array());
  return std::get<Array>(value_);
}

Json::Object& Json::make_object() {
  if (is_null()) value_ = Object{};
  assert(is_object());
  return std::get<Object>(value_);
}

const Json& Json::operator[](std::string_view key) const {
  static const Json none;
  const Json* found = find(key);
  return found ? *found : none;
}

const Json* Json::find(std::string_view key) const {
  if (const auto* object = std::get_if<Object>(&value_))
    for (const Member& member : *object)
      if (member.first == key) return &member.second;
  return nullptr;
}

Json& Json::set(std::string_view key, Json value) {
  Object& object = make_object();
  for (Member& member : object) {
    if (member.first != key) continue;
    member.second = std::move(value);
    return *this;
  }
  object.emplace_back(std::string(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  make_array().push_back(std::move(value));
  return *this;
}

std::size_t Json::size() const {
  if (const auto* array = std::get_if<Array>(&value_)) return array->size();
  if (const auto* object = std::get_if<Object>(&value_)) return object->size();
  return 0;
}

// The escapes are those of RFC 8785, section 3.2.2.2, so that plain and canonical output share them.
void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  std::size_t plain_from = 0;
  const auto flush = [&](std::size_t to) { out.append(text.substr(plain_from, to - plain_from)); };
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++at;
      continue;
    }
    if (c >= 0x80) {
      const Character character = utf8_at(text, at);
      if (!character.valid) {
        flush(at);
        append_utf8(out, 0xfffd);
        plain_from = at + character.size;
      }
      at += character.size;
      continue;
    }
    flush(at);
    out += '\\';
    switch (c) {
      case '"':
        out += '"';
        break;
      case '\\':
        out += '\\';
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00";
        out += kDigits[c >> 4];
        out += kDigits[c & 15];
    }
    plain_from = ++at;
  }
  flush(text.size());
  out += '"';
}

namespace {

template <class Number>
void append_integer(std::string& out, Number value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

// Shortest text that reads back as the same double; keeps a mark of being no integer. JSON has no NaN nor infinity.
void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

// ECMAScript's Number::toString (ECMA-262, section 6.1.6.1.20), as RFC 8785, section 3.2.2.3 asks: the shortest digits
// that read back, `point` places of them before the decimal point.
void append_ecmascript(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  if (value < 0) {
    out += '-';
    value = -value;
  }
  std::array<char, 32> buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  int exponent = 0;
  const char* from = text.data() + e + 1;
  if (*from == '+') ++from;
  std::from_chars(from, text.data() + text.size(), exponent);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;
  const auto length = static_cast<std::size_t>(point < 0 ? 0 : point);
  if (count <= point && point <= 21) {
    out += digits;
    out.append(length - digits.size(), '0');
  } else if (0 < point && point <= 21) {
    out += digits.substr(0, length);
    out += '.';
    out += digits.substr(length);
  } else if (-6 < point && point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-point), '0');
    out += digits;
  } else {
    out += digits[0];
    if (count > 1) {
      out += '.';
      out += digits.substr(1);
    }
    out += exponent < 0 ? "e-" : "e+";
    append_integer(out, std::abs(exponent));
  }
}

// Order of UTF-16 code units (RFC 8785, section 3.2.3). It differs from that of UTF-8 bytes in one case only:
// characters above U+FFFF (lead byte F0 and up) are surrogates there, and come before U+E000..U+FFFF (lead bytes EE and
// EF).
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_a == a.end() || in_b == b.end()) return a.size() < b.size();
  const auto x = static_cast<unsigned char>(*in_a);
  const auto y = static_cast<unsigned char>(*in_b);
  if (x >= 0xf0 && (y == 0xee || y == 0xef)) return true;
  if (y >= 0xf0 && (x == 0xee || x == 0xef)) return false;
  return x < y;
}

// Works on the public face of Json. Recursive: depth is bounded where values come from (parse_json).
class Printer {
 public:
  Printer(std::string& out, int indent) : out_(out), indent_(indent) {}

  void print(const Json& value, int level) {
    if (value.is_object()) return object(value.as_object(), level);
    if (value.is_array()) return array(value.as_array(), level);
    if (value.is_string()) return append_json_string(out_, value.as_string());
    if (const auto flag = value.as_bool()) {
      out_ += *flag ? "true" : "false";
    } else if (const auto integer = value.as_int()) {
      append_integer(out_, *integer);
    } else if (const auto large = value.as_uint()) {
      append_integer(out_, *large);
    } else if (const auto number = value.as_double()) {
      append_double(out_, *number);
    } else {
      out_ += "null";
    }
  }

 private:
  void line(int level) {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(level), ' ');
  }

  void object(const Json::Object& members, int level) {
    out_ += '{';
    bool first = true;
    for (const auto& [key, value] : members) {
      if (!std::exchange(first, false)) out_ += ',';
      line(level + 1);
      append_json_string(out_, key);
      out_ += indent_ < 0 ? ":" : ": ";
      print(value, level + 1);
    }
    if (!members.empty()) line(level);
    out_ += '}';
  }

  void array(const Json::Array& elements, int level) {
    out_ += '[';
    bool first = true;
    for (const Json& element : elements) {
      if (!std::exchange(first, false)) out_ += ',';
      line(level + 1);
      print(element, level + 1);
    }
    if (!elements.empty()) line(level);
    out_ += ']';
  }

  std::string& out_;
  int indent_;  // below zero: compact
};

void append_canonical(std::string& out, const Json& value) {
  if (value.is_object()) {
    // Keys are compared as they are printed: with U+FFFD for what is no UTF-8.
    std::vector<std::pair<std::string, const Json*>> sorted;
    sorted.reserve(value.size());
    for (const auto& [key, member] : value.as_object())
      sorted.emplace_back(is_utf8(key) ? key : to_utf8_lossy(key), &member);
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return a.first == b.first ? a.second < b.second : utf16_less(a.first, b.first);
    });
    out += '{';
    bool first = true;
    for (const auto& [key, member] : sorted) {
      if (!std::exchange(first, false)) out += ',';
      append_json_string(out, key);
      out += ':';
      append_canonical(out, *member);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const Json& element : value.as_array()) {
      if (!std::exchange(first, false)) out += ',';
      append_canonical(out, element);
    }
    out += ']';
  } else if (const auto number = value.as_double()) {
    append_ecmascript(out, *number);
  } else {
    Printer(out, -1).print(value, 0);
  }
}

}  // namespace

std::string Json::dump() const {
  std::string out;
  Printer(out, -1).print(*this, 0);
  return out;
}

std::string Json::dump_pretty(int indent) const {
  std::string out;
  Printer(out, std::max(indent, 0)).print(*this, 0);
  return out;
}

std::string Json::canonical() const {
  std::string out;
  append_canonical(out, *this);
  return out;
}

}  // namespace tocsin
