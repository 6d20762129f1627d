#include "estate/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "base/foreign.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "estate/credentials.hpp"

namespace tocsin::estate {
namespace {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

std::uint32_t line_of(std::string_view text, std::size_t at) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size()));
  return static_cast<std::uint32_t>(1 + std::count(text.begin(), end, '\n'));
}

// What both formats ask for: UTF-8 of a sensible size, without the mark that Windows puts in front.
Result<std::string_view> plain_text(std::string_view text, const DocumentLimits& limits) {
  if (text.size() > limits.bytes) return fail(Code::refused, fmt::format("larger than {} bytes", limits.bytes));
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return fail_line(Code::malformed, "text is UTF-16, only UTF-8 is read", 1);
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
    return fail_line(Code::malformed, "a NUL byte: not a text", line_of(text, nul));
  if (!is_utf8(text)) {
    std::uint32_t line = 0;
    for (std::string_view one : split(text, '\n')) {
      ++line;
      if (!is_utf8(one)) break;
    }
    return fail_line(Code::malformed, "not UTF-8", line);
  }
  return text;
}

// ---- TOML

// Depth is bounded by the guard and by toml++ itself.
Yaml tree_of(const toml::node& node) {
  Yaml out;
  out.line = static_cast<std::uint32_t>(node.source().begin.line);
  out.column = static_cast<std::uint32_t>(node.source().begin.column);
  if (const toml::table* table = node.as_table()) {
    out.type = Yaml::Type::map;
    out.members.reserve(table->size());
    for (const auto& [key, value] : *table) out.members.emplace_back(std::string(key.str()), tree_of(value));
  } else if (const toml::array* array = node.as_array()) {
    out.type = Yaml::Type::sequence;
    out.items.reserve(array->size());
    for (const toml::node& value : *array) out.items.push_back(tree_of(value));
  } else {
    out.type = Yaml::Type::scalar;
    if (const auto* text = node.as_string()) {
      out.quoted = true;
      out.scalar = text->get();
    } else if (const auto* truth = node.as_boolean()) {
      out.scalar = truth->get() ? "true" : "false";
    } else if (const auto* whole = node.as_integer()) {
      out.scalar = fmt::format("{}", whole->get());
    } else if (const auto* number = node.as_floating_point()) {
      out.scalar = fmt::format("{}", number->get());
    } else {
      out.scalar = "date";  // no reader asks for one
    }
  }
  return out;
}

// ---- JSON

// Walks the text in step with the value that parse_json made of it, to find the lines. The text is valid by then.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view text) : text_(text) {}

  Yaml walk(const Json& value) {
    blanks();
    Yaml out;
    out.line = line_;
    if (value.is_object()) {
      out.type = Yaml::Type::map;
      out.members.reserve(value.size());
      ++at_;
      for (const Json::Member& member : value.as_object()) {
        separator();
        string();
        separator();
        out.members.emplace_back(member.first, walk(member.second));
      }
      separator();
    } else if (value.is_array()) {
      out.type = Yaml::Type::sequence;
      out.items.reserve(value.size());
      ++at_;
      for (const Json& element : value.as_array()) {
        separator();
        out.items.push_back(walk(element));
      }
      separator();
    } else if (value.is_string()) {
      out.type = Yaml::Type::scalar;
      out.quoted = true;
      out.scalar = value.as_string();
      string();
    } else {
      const std::size_t from = at_;
      at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
      if (!value.is_null()) {
        out.type = Yaml::Type::scalar;
        out.scalar = text_.substr(from, at_ - from);
      }
    }
    return out;
  }

 private:
  void blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) {
      if (text_[at_] == '\n') ++line_;
      ++at_;
    }
  }
  // Blanks with at most one of , : ] } among them.
  void separator() {
    blanks();
    if (at_ < text_.size() && (text_[at_] == ',' || text_[at_] == ':' || text_[at_] == ']' || text_[at_] == '}')) ++at_;
    blanks();
  }
  void string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

Result<Yaml> parse_toml_document(std::string_view text, const DocumentLimits& limits) {
  TOCSIN_TRY(text, plain_text(text, limits));
  TOCSIN_CHECK(check_toml(text, {limits.depth, limits.values, limits.key_parts}));
  try {
    Yaml out = tree_of(toml::parse(text));
    out.line = 1;
    return out;
  } catch (const toml::parse_error& error) {
    return fail_line(Code::malformed, fmt::format("no TOML: {}", without_credentials(printable(error.description()))),
                     std::max<std::uint32_t>(static_cast<std::uint32_t>(error.source().begin.line), 1),
                     static_cast<std::uint32_t>(error.source().begin.column));
  }
}

Result<Yaml> parse_json_document(std::string_view text, const DocumentLimits& limits) {
  TOCSIN_TRY(text, plain_text(text, limits));
  const Result<Json> parsed = parse_json(text, {limits.bytes, limits.depth, limits.values});
  if (!parsed) {
    Error error = parsed.error();
    error.what = fmt::format("no JSON that can be read: {}", error.what);
    error.line = error.offset ? line_of(text, static_cast<std::size_t>(*error.offset)) : 1;
    return tl::make_unexpected(std::move(error));
  }
  return JsonWalk(text).walk(*parsed);
}

Result<Yaml> parse_yaml_document(std::string_view text, const DocumentLimits& limits) {
  return parse_yaml(text, {.bytes = limits.bytes, .depth = 64, .nodes = limits.yaml_values});
}

}  // namespace tocsin::estate
