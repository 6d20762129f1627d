#include "scan/models/json_reader.hpp"

#include <array>
#include <cstring>

#include "base/utf8.hpp"

namespace tocsin::scan::models {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex(char c) {
  if (is_digit(c)) return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// Four hexadecimal digits at `at`, or -1.
int unit(std::string_view raw, std::size_t at) {
  if (raw.size() - at < 4 || at > raw.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int digit = hex(raw[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

}  // namespace

JsonReader::JsonReader(std::string_view text, std::size_t at) : text_(text), at_(at) {
  if (at_ == 0 && text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

JsonEvent JsonReader::fail(std::string_view why) {
  failed_ = true;
  why_ = why;
  return JsonEvent::error;
}

JsonEvent JsonReader::early() {
  truncated_ = true;
  return fail("it ends early");
}

void JsonReader::blanks() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

bool JsonReader::string() {
  const std::size_t from = ++at_;
  escaped_ = false;
  for (;;) {
    // A vocabulary is mostly strings: the quote is looked for with memchr, what stands before it is looked at once.
    const void* quote = std::memchr(text_.data() + at_, '"', text_.size() - at_);
    const std::size_t end =
        quote == nullptr ? text_.size() : static_cast<std::size_t>(static_cast<const char*>(quote) - text_.data());
    for (std::size_t i = at_; i < end; ++i) {
      const auto c = static_cast<unsigned char>(text_[i]);
      if (c == '\\') {
        escaped_ = true;
        ++i;  // the character behind it, a quote included
        if (i >= end) {
          if (i >= text_.size()) return early(), false;
          at_ = i + 1;
          goto next;
        }
      } else if (c < 0x20) {
        at_ = i;
        return fail("a control character inside a string"), false;
      }
    }
    if (quote == nullptr) {
      at_ = text_.size();
      return early(), false;
    }
    raw_ = text_.substr(from, end - from);
    at_ = end + 1;
    return true;
  next:;
  }
}

JsonEvent JsonReader::scalar() {
  const char c = text_[at_];
  if (c == '"') return string() ? JsonEvent::text : JsonEvent::error;
  for (const std::string_view word : {"true", "false", "null", "NaN", "Infinity", "-Infinity"}) {
    if (word[0] != c) continue;
    const std::string_view there = text_.substr(at_, word.size());
    if (there == word) {
      at_ += word.size();
      raw_ = there;
      return JsonEvent::word;
    }
    if (word.starts_with(there) && word.size() > there.size()) return early();
  }
  if (c != '-' && !is_digit(c)) return fail("a value was expected");
  const std::size_t from = at_++;
  while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E' ||
                                text_[at_] == '+' || text_[at_] == '-'))
    ++at_;
  raw_ = text_.substr(from, at_ - from);
  if (raw_ == "-") return at_ == text_.size() ? early() : fail("a digit was expected");
  return JsonEvent::number;
}

JsonEvent JsonReader::next() {
  if (failed_) return JsonEvent::error;
  for (;;) {
    if (expect_ == Expect::after && open_.empty()) return JsonEvent::end;
    blanks();
    if (at_ >= text_.size()) return early();
    begin_ = at_;
    const char c = text_[at_];
    switch (expect_) {
      case Expect::after:
        if (c == ',') {
          ++at_;
          expect_ = open_.back() == '{' ? Expect::key : Expect::value;
          continue;
        }
        if (c != (open_.back() == '{' ? '}' : ']')) return fail("a comma or a closing bracket was expected");
        break;
      case Expect::first_key:
        if (c == '}') break;
        [[fallthrough]];
      case Expect::key:
        if (c != '"') return fail("a key in double quotes was expected");
        if (!string()) return JsonEvent::error;
        expect_ = Expect::colon;
        return JsonEvent::key;
      case Expect::colon:
        if (c != ':') return fail("a colon was expected behind a key");
        ++at_;
        expect_ = Expect::value;
        continue;
      case Expect::first_element:
        if (c == ']') break;
        [[fallthrough]];
      case Expect::value:
        if (c == '{' || c == '[') {
          if (open_.size() >= kDepth) return fail("it is nested deeper than 900 levels");
          open_ += c;
          ++at_;
          expect_ = c == '{' ? Expect::first_key : Expect::first_element;
          return c == '{' ? JsonEvent::object : JsonEvent::array;
        }
        expect_ = Expect::after;
        return scalar();
    }
    // A closing bracket of the right kind.
    ++at_;
    open_.pop_back();
    expect_ = Expect::after;
    return c == '}' ? JsonEvent::object_end : JsonEvent::array_end;
  }
}

bool JsonReader::skip() {
  const std::size_t outer = depth();
  for (;;) {
    const JsonEvent event = next();
    if (event == JsonEvent::error || event == JsonEvent::end) return false;
    if (depth() <= outer && event != JsonEvent::key) return true;
  }
}

std::string JsonReader::value(std::size_t most) const {
  if (!escaped_) return std::string(raw_.substr(0, most));
  return json_text(raw_, most);
}

std::string json_text(std::string_view raw, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < raw.size() && out.size() < most; ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    switch (const char c = raw[++i]) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'u': {
        const int first = unit(raw, i + 1);
        if (first < 0) break;
        i += 4;
        char32_t code = static_cast<char32_t>(first);
        if (code >= 0xd800 && code < 0xdc00 && raw.substr(i + 1, 2) == "\\u") {
          const int second = unit(raw, i + 3);
          if (second >= 0xdc00 && second < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (static_cast<char32_t>(second) - 0xdc00);
            i += 6;
          }
        }
        append_utf8(out, code);
        break;
      }
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace tocsin::scan::models
