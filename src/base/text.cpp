#include "base/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

#include "base/utf8.hpp"

namespace tocsin {
namespace {

constexpr bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// The bytes from `at` that are ASCII.
std::size_t ascii_run(std::string_view text, std::size_t at) {
  const std::size_t from = at;
  for (; text.size() - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080u) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at - from;
}

std::size_t width_of(char32_t code) {
  const int width = utf8proc_charwidth(static_cast<utf8proc_int32_t>(code));
  return width < 0 ? 0 : static_cast<std::size_t>(width);
}

// Canonical ordering (Unicode 15, section 3.11, D109): each run of combining marks is sorted by class, equal ones stay
// as they are. utf8proc_map() does it by exchanging neighbours, which for a text of nothing but marks is quadratic.
void order_marks(std::vector<utf8proc_int32_t>& codes) {
  const auto class_of = [](utf8proc_int32_t code) { return utf8proc_get_property(code)->combining_class; };
  for (auto at = codes.begin(); at != codes.end();) {
    if (class_of(*at) == 0) {
      ++at;
      continue;
    }
    auto end = at;
    while (end != codes.end() && class_of(*end) != 0) ++end;
    std::stable_sort(at, end, [&](auto a, auto b) { return class_of(a) < class_of(b); });
    at = end;
  }
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t at = text.find('\n');
    std::string_view line = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) out += between;
    out += parts[i];
  }
  return out;
}

std::string collapse_blanks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : trim(text)) {
    if (!is_blank(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return std::string(text);
  std::string out;
  for (;;) {
    const std::size_t at = text.find(from);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += to;
    text.remove_prefix(at + from.size());
  }
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    at += ascii_run(text, at);
    if (at == text.size()) return true;
    const Character c = utf8_at(text, at);
    if (!c.valid) return false;
    at += c.size;
  }
  return true;
}

std::string to_utf8_lossy(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = ascii_run(text, at);
    out += text.substr(at, plain);
    at += plain;
    if (at == text.size()) break;
    const Character c = utf8_at(text, at);
    append_utf8(out, c.code);
    at += c.size;
  }
  return out;
}

char32_t windows_1252(unsigned char byte) {
  constexpr std::array<char32_t, 32> kHigh = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                              0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                              0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                              0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};
  return byte >= 0x80 && byte <= 0x9f ? kHigh[byte - 0x80u] : byte;
}

std::string latin1_to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) append_utf8(out, windows_1252(static_cast<unsigned char>(c)));
  return out;
}

std::string clean(std::string_view text) {
  std::string out = is_utf8(text) ? std::string(text) : to_utf8_lossy(text);
  if (out.find('\0') != std::string::npos) out = replace_all(out, std::string_view("\0", 1), "\xef\xbf\xbd");
  // C1 controls (U+0080 to U+009F, bytes c2 80 to c2 9f) are never meant: somebody took windows-1252 for Latin-1.
  if (out.find('\xc2') == std::string::npos) return out;
  std::string mapped;
  mapped.reserve(out.size());
  for (std::size_t at = 0; at < out.size(); ++at) {
    if (out[at] == '\xc2' && at + 1 < out.size() && static_cast<unsigned char>(out[at + 1]) < 0xa0)
      append_utf8(mapped, windows_1252(static_cast<unsigned char>(out[++at])));
    else
      mapped += out[at];
  }
  return mapped;
}

// Cuts before the character that would run over; a sequence that is invalid anyway is cut where the limit is.
std::string cut_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t at = max_bytes;
  for (std::size_t back = 0; back < 3 && at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; ++back) --at;
  const bool inside = at < max_bytes && at + utf8_at(text, at).size > max_bytes;
  return std::string(text.substr(0, inside || at == max_bytes ? at : max_bytes));
}

std::string fold_case_nfkc(std::string_view text) {
  std::string valid;
  if (!is_utf8(text)) {
    valid = to_utf8_lossy(text);
    text = valid;
  }
  if (ascii_run(text, 0) == text.size()) return to_lower(text);
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  std::vector<utf8proc_int32_t> codes;
  codes.reserve(text.size() + 1);
  std::array<utf8proc_int32_t, 64> parts{};  // the longest decomposition that Unicode has is 18 (U+FDFA)
  for (std::size_t at = 0; at < text.size();) {
    const Character c = utf8_at(text, at);
    at += c.size;
    int boundary = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c.code), parts.data(),
                                                       static_cast<utf8proc_ssize_t>(parts.size()), options, &boundary);
    assert(n >= 0 && n <= static_cast<utf8proc_ssize_t>(parts.size()) && "the text is valid UTF-8");
    codes.insert(codes.end(), parts.begin(), parts.begin() + n);
  }
  order_marks(codes);
  codes.push_back(0);  // utf8proc_reencode() ends the text with a zero byte
  const utf8proc_ssize_t size =
      utf8proc_reencode(codes.data(), static_cast<utf8proc_ssize_t>(codes.size()) - 1, options);
  assert(size >= 0 && "decompositions are Unicode");
  return std::string(reinterpret_cast<const char*>(codes.data()), static_cast<std::size_t>(size));
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = utf8_at(text, at);
    width += width_of(c.code);
    at += c.size;
  }
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t width = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Character c = utf8_at(text, at);
    if (width + width_of(c.code) > columns - 1) break;
    width += width_of(c.code);
    at += c.size;
  }
  return std::string(text.substr(0, at)) + "…";
}

namespace {
bool is_break_mark(char c) {
  return std::string_view("-/._,:=&").find(c) != std::string_view::npos;
}
}  // namespace

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 1);
  std::vector<std::string> lines;
  for (const std::string_view paragraph : split(text, '\n')) {
    std::string line;
    std::size_t width = 0;
    for (std::size_t at = 0; at < paragraph.size();) {
      while (at < paragraph.size() && is_blank(paragraph[at])) ++at;
      std::size_t end = at;
      while (end < paragraph.size() && !is_blank(paragraph[end])) ++end;
      if (end == at) break;
      const std::string_view word = paragraph.substr(at, end - at);
      const std::size_t word_width = display_width(word);
      at = end;
      if (width != 0 && width + 1 + word_width > columns) {
        lines.push_back(std::exchange(line, {}));
        width = 0;
      }
      if (width != 0) {
        line += ' ';
        ++width;
      }
      if (width + word_width <= columns) {
        line += word;
        width += word_width;
        continue;
      }
      // Too long for a line: after a mark inside it where there is one ("retrieves-|documents"), else anywhere.
      std::size_t after_mark = 0;  // in `line`
      for (std::size_t in_word = 0; in_word < word.size();) {
        const Character c = utf8_at(word, in_word);
        while (width != 0 && width + width_of(c.code) > columns) {
          std::string rest = after_mark != 0 ? line.substr(after_mark) : "";
          if (after_mark != 0) line.resize(after_mark);
          lines.push_back(std::exchange(line, std::move(rest)));
          width = display_width(line);
          after_mark = 0;
        }
        line += word.substr(in_word, c.size);
        width += width_of(c.code);
        in_word += c.size;
        if (is_break_mark(word[in_word - 1])) after_mark = line.size();
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace tocsin
