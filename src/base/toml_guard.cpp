#include "base/toml_guard.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tocsin {
namespace {

// What becomes a value is counted as well. Strings and comments are stepped over, so that their brackets and dots do not
// count.
class TomlGuard {
 public:
  TomlGuard(std::string_view text, const TomlLimits& limits) : text_(text), limits_(limits) {}

  Result<> check() {
    std::size_t values = 0, depth = 0, parts = 0;
    while (at_ < text_.size()) {
      switch (text_[at_]) {
        case '#':
          at_ = std::min(text_.find('\n', at_), text_.size());
          continue;
        case '"':
        case '\'':
          skip_string();
          continue;
        case '\n':
          ++line_;
          parts = 0;
          break;
        case '.':
          if (++parts > limits_.key_parts)
            return refuse("a key of more than " + std::to_string(limits_.key_parts) + " parts");
          break;
        case '[':
        case '{':
          ++values;
          parts = 0;
          if (++depth > limits_.depth) return refuse("nested deeper than " + std::to_string(limits_.depth) + " levels");
          break;
        case ']':
        case '}':
          if (depth != 0) --depth;
          parts = 0;
          break;
        case '=':
        case ',':
          ++values;
          parts = 0;
          break;
        default:
          break;
      }
      if (values > limits_.values) return refuse("more than " + std::to_string(limits_.values) + " values");
      ++at_;
    }
    return {};
  }

 private:
  Failure refuse(std::string what) const { return fail_line(Code::refused, std::move(what), line_); }

  void skip_string() {
    const char quote = text_[at_];
    const std::string triple(3, quote);
    const bool multiline = text_.substr(at_, 3) == triple;
    at_ += multiline ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (!multiline) return;  // never closed: the parser says so
        ++line_;
      }
      if (c == '\\' && quote == '"') {
        // What is escaped may be the end of the line.
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++line_;
        at_ += 2;
        continue;
      }
      if (multiline ? text_.substr(at_, 3) == triple : c == quote) {
        at_ += multiline ? 3 : 1;
        return;
      }
      ++at_;
    }
  }

  std::string_view text_;
  const TomlLimits& limits_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

Result<> check_toml(std::string_view text, const TomlLimits& limits) {
  return TomlGuard(text, limits).check();
}

}  // namespace tocsin
