#include "knowledge/phrases.hpp"

namespace tocsin::knowledge {
namespace {

enum class Class : std::uint8_t { letter, digit, join, dot, blank, newline, part };

// Of one byte; bytes from 0x80 up are looked at as characters below.
Class class_of(unsigned char c) {
  if (c >= 'a' && c <= 'z') return Class::letter;
  if (c >= 'A' && c <= 'Z') return Class::letter;
  if (c >= '0' && c <= '9') return Class::digit;
  switch (c) {
    case ' ':
    case '\t':
      return Class::blank;
    case '\n':
    case '\r':
      return Class::newline;
    case '-':
    case '_':
    case '/':
    case '\'':
    case '"':
    case '`':
    case '*':
      return Class::join;
    case '.':
      return Class::dot;
    default:
      return c >= 0x80 ? Class::letter : Class::part;
  }
}

// Typographic punctuation: U+2000..U+206F and the no-break space. Size 0: not such a character.
struct Punctuation {
  std::size_t size = 0;
  bool joins = false;
};
Punctuation punctuation_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (byte(at) == 0xc2 && byte(at + 1) == 0xa0) return {2, true};
  if (byte(at) != 0xe2 || (byte(at + 1) != 0x80 && byte(at + 1) != 0x81) || byte(at + 2) < 0x80) return {};
  const unsigned low = (byte(at + 1) & 1u) << 6 | (byte(at + 2) & 0x3fu);         // of U+20xx
  const bool joins = low <= 0x15 || (low >= 0x18 && low <= 0x1f) || low == 0x2f;  // blanks, dashes, quotes
  return {3, joins};
}

bool is_word_byte(std::string_view text, std::size_t at) {
  const Class c = class_of(static_cast<unsigned char>(text[at]));
  if (c != Class::letter && c != Class::digit) return false;
  return static_cast<unsigned char>(text[at]) < 0x80 || punctuation_at(text, at).size == 0;
}

}  // namespace

bool Tokens::next(Token& token) {
  bool joined = !first_;
  std::size_t newlines = 0;
  while (at_ < text_.size() && !is_word_byte(text_, at_)) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (c >= 0x80) {
      const Punctuation p = punctuation_at(text_, at_);
      joined = joined && p.joins;
      at_ += p.size;
      continue;
    }
    switch (class_of(c)) {
      case Class::newline:
        if (c == '\n' && ++newlines > 1) joined = false;
        break;
      case Class::dot:  // "3.1" goes on, "attack. Model" does not
        if (at_ + 1 >= text_.size() || !is_word_byte(text_, at_ + 1)) joined = false;
        break;
      case Class::blank:
      case Class::join:
        break;
      default:
        joined = false;
    }
    ++at_;
  }
  if (at_ >= text_.size()) return false;
  token.begin = at_;
  token.joined = joined;
  // A word that begins with a digit runs on ("8b", "4o"); one that begins with a letter ends before a digit.
  const bool number = class_of(static_cast<unsigned char>(text_[at_])) == Class::digit;
  std::size_t size = 0;
  while (at_ < text_.size() && is_word_byte(text_, at_)) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (!number && class_of(c) == Class::digit) break;
    if (size < kMaxWord) buffer_[size] = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    ++size;
    ++at_;
  }
  token.end = at_;
  token.word = size <= kMaxWord ? std::string_view(buffer_, size) : std::string_view();
  first_ = false;
  return true;
}

Result<std::vector<std::string>> spell_out(std::string_view pattern) {
  std::vector<std::string> out{""};
  std::size_t at = 0;
  while (at < pattern.size()) {
    if (pattern[at] == ')' || pattern[at] == '|') return fail(Code::malformed, "a ')' or '|' stands outside a group");
    if (pattern[at] != '(') {
      for (std::string& s : out) s += pattern[at];
      ++at;
      continue;
    }
    const std::size_t close = pattern.find(')', at);
    if (close == std::string_view::npos) return fail(Code::malformed, "a '(' does not close");
    std::string_view inside = pattern.substr(at + 1, close - at - 1);
    if (inside.find('(') != std::string_view::npos) return fail(Code::malformed, "groups cannot be nested");
    std::vector<std::string_view> parts;
    const bool optional = inside.find('|') == std::string_view::npos;
    if (optional) parts.push_back("");
    while (true) {
      const std::size_t bar = inside.find('|');
      parts.push_back(inside.substr(0, bar));
      if (bar == std::string_view::npos) break;
      inside.remove_prefix(bar + 1);
    }
    if (out.size() * parts.size() > kMaxSpellings)
      return fail(Code::refused, "the phrase spells out to more than 4096 forms");
    std::vector<std::string> more;
    more.reserve(out.size() * parts.size());
    for (const std::string& s : out)
      for (const std::string_view part : parts) more.push_back(s + std::string(part));
    out = std::move(more);
    at = close + 1;
  }
  return out;
}

}  // namespace tocsin::knowledge
