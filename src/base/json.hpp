// JSON as a value: parsed with limits (by simdjson), printed, and printed canonically (RFC 8785).
//
// Our own small type instead of a library's DOM: headers stay light, a parser's exceptions stay in one file, order of
// keys and duplicate keys survive, and integers keep their 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/foreign.hpp"
#include "base/result.hpp"

namespace tocsin {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;  // order as written; duplicate keys are refused by parse_json

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(unsigned value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::uint64_t value) {  // kept as int64 where it fits, so that equal numbers compare equal
    if (value <= INT64_MAX)
      value_ = static_cast<std::int64_t>(value);
    else
      value_ = value;
  }
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }
  static Json object(std::initializer_list<Member> members) { return Json(Object(members)); }

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  bool is_integer() const;  // fits int64 or uint64
  bool is_number() const;
  std::string_view type_name() const;  // "object", "array", "string", "number", "boolean", "null"

  // Views of the value; empty (or nullopt) when it is of another type, so that chains over hostile input are safe.
  std::string_view as_string() const;  // lives as long as this value
  std::optional<std::int64_t> as_int() const;
  std::optional<std::uint64_t> as_uint() const;
  std::optional<double> as_double() const;
  std::optional<bool> as_bool() const;
  const Array& as_array() const;
  const Object& as_object() const;
  Array& make_array();    // turns null into an array; asserts otherwise
  Object& make_object();  // turns null into an object; asserts otherwise

  // Member by name: a shared null when it is absent or this is not an object. First match in order.
  const Json& operator[](std::string_view key) const;
  const Json* find(std::string_view key) const;  // nullptr when absent
  Json& set(std::string_view key, Json value);   // replaces or appends; returns *this
  Json& push(Json value);                        // appends to an array; returns *this
  std::size_t size() const;                      // members or elements; 0 for scalars

  bool operator==(const Json& other) const = default;

  std::string dump() const;                       // compact, in order
  std::string dump_pretty(int indent = 2) const;  // for people
  // RFC 8785: keys sorted by UTF-16 code units, numbers in ECMAScript form, no blanks. Numbers are IEEE doubles there,
  // so integers beyond 2^53 lose their last digits: put such into strings. Strings must be UTF-8 (they are, when they
  // came from parse_json); other bytes are replaced by U+FFFD.
  std::string canonical() const;

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_ = nullptr;
};

struct JsonLimits {
  std::size_t bytes = 256u << 20;
  std::size_t depth = 128;  // real feeds need 20; the stack must not be the limit
  std::size_t values = 20'000'000;
};
// Whole-text parse. `malformed` (with the offset where the parser gave up, when it knows) or `refused` (a limit,
// named). Integers beyond 64 bits become doubles; numbers beyond those are `refused`. Duplicate keys in one object are
// `malformed`: two readers would see two documents. Leading byte order mark is skipped.
Result<Json> parse_json(std::string_view text, JsonLimits limits = {});

// Calls `element(raw bytes, offset in text)` for each element of the array found by `path` ("" = the text itself is the
// array, "objects" = that member of the top object), without building a value for the whole. The views live as long as
// `text`; an element that is not valid JSON by itself is still handed over when its end can be found. Returns the
// number of elements. `array_at` says what the document is: fails with `malformed` when no such array is there.
template <class F>
Result<std::size_t> for_each_element(std::string_view text, std::string_view path, F&& element);

class ElementSink {
 public:
  virtual ~ElementSink() = default;
  virtual Result<> element(std::string_view raw, std::uint64_t offset) = 0;  // an error stops the walk
};
Result<std::size_t> walk_elements(std::string_view text, std::string_view path, ElementSink& sink,
                                  JsonLimits limits = {});

template <class F>
Result<std::size_t> for_each_element(std::string_view text, std::string_view path, F&& element) {
  struct Sink final : ElementSink {
    explicit Sink(F& f) : f_(f) {}
    Result<> element(std::string_view raw, std::uint64_t offset) override { return f_(raw, offset); }
    F& f_;
  } sink(element);
  return walk_elements(text, path, sink);
}

// `"text"` with JSON escapes; invalid UTF-8 is replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace tocsin
