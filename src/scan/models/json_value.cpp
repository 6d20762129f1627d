#include "scan/models/json_value.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/text.hpp"
#include "scan/models/json_reader.hpp"

namespace tocsin::scan::models {
namespace {

// RFC 8259, section 6; nullopt when it is no number.
std::optional<Json> number(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || !is_digit(digits[0]) || (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])))
    return std::nullopt;
  if (const auto dot = digits.find('.'); dot != std::string_view::npos)
    if (dot + 1 == digits.size() || !is_digit(digits[dot + 1])) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto whole = [&](auto& value) {
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    return stopped == end && error == std::errc();
  };
  if (std::int64_t small = 0; whole(small)) return Json(small);
  if (std::uint64_t large = 0; whole(large)) return Json(large);
  double real = 0;
  const auto [stopped, error] = std::from_chars(text.data(), end, real);
  if (stopped != end) return std::nullopt;
  return error == std::errc() ? Json(real) : Json();  // too large or too small: nobody asks for it
}

// What is open: its value so far, and under which key it will stand.
struct Open {
  bool object = false;
  Json::Array elements;
  Json::Object members;
  std::string key;
};

bool has_twice(const Json::Object& members) {
  std::unordered_set<std::string_view> seen;
  for (const auto& [key, value] : members)
    if (!seen.insert(key).second) return true;
  return false;
}

}  // namespace

Result<Json> json_value(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) return fail(Code::refused, fmt::format("JSON of more than {} bytes", limits.bytes));
  if (!is_utf8(text)) return fail(Code::malformed, "not UTF-8");
  JsonReader in(text);
  std::vector<Open> open;
  Json root;
  std::size_t values = 0;
  const auto put = [&](Json value) {
    if (open.empty())
      root = std::move(value);
    else if (open.back().object)
      open.back().members.emplace_back(std::move(open.back().key), std::move(value));
    else
      open.back().elements.push_back(std::move(value));
  };
  for (;;) {
    const JsonEvent event = in.next();
    if (event == JsonEvent::error)
      return fail_at(in.truncated() ? Code::truncated : Code::malformed, std::string(in.why()), in.at());
    if (event == JsonEvent::end) break;
    const bool closes = event == JsonEvent::object_end || event == JsonEvent::array_end;
    if (event != JsonEvent::key && !closes && ++values > limits.values)
      return fail_at(Code::refused, fmt::format("more than {} values", limits.values), in.begin());
    switch (event) {
      case JsonEvent::object:
      case JsonEvent::array:
        if (open.size() >= limits.depth)
          return fail_at(Code::refused, fmt::format("nested deeper than {} levels", limits.depth), in.begin());
        open.emplace_back().object = event == JsonEvent::object;
        break;
      case JsonEvent::object_end:
      case JsonEvent::array_end: {
        Open done = std::move(open.back());
        open.pop_back();
        if (has_twice(done.members)) return fail_at(Code::malformed, "a key stands twice in one object", in.begin());
        put(done.object ? Json(std::move(done.members)) : Json(std::move(done.elements)));
        break;
      }
      case JsonEvent::key:
        open.back().key = in.value();
        break;
      case JsonEvent::text:
        put(Json(in.value()));
        break;
      case JsonEvent::number: {
        auto value = number(in.as_written());
        if (!value) return fail_at(Code::malformed, "no number", in.begin());
        put(std::move(*value));
        break;
      }
      default:  // true, false, null, NaN, Infinity
        put(in.as_written() == "true" || in.as_written() == "false" ? Json(in.as_written() == "true") : Json());
    }
  }
  const auto behind = text.find_first_not_of(" \n\r\t", in.at());
  if (behind != std::string_view::npos) return fail_at(Code::malformed, "more text after the value", behind);
  return root;
}

}  // namespace tocsin::scan::models
