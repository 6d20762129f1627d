// Text of two or four bytes a character: JSON, YAML and XML may be written so, and Python's json.loads, PyYAML and XML parsers
// read it without being asked to (json.detect_encoding; YAML 1.1, 5.2; XML 1.0, appendix F). Turned into UTF-8 and looked at
// as that.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/utf8.hpp"
#include "scan/models/formats.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::size_t kMost = 8u << 20;  // bytes that are turned; settings have kilobytes

struct Encoding {
  unsigned width = 2;
  bool big = false;
  std::size_t mark = 0;  // bytes of the byte order mark
};

// By the mark, or by the zeros around a bracket.
std::optional<Encoding> encoding_of(const Part& part) {
  if (part.size() < 8 || part.raw) return std::nullopt;
  const auto is = [&](std::initializer_list<int> head) {
    return std::equal(head.begin(), head.end(), part.bytes.begin(),
                      [](int wanted, std::byte b) { return std::to_integer<int>(b) == wanted; });
  };
  if (is({0xff, 0xfe, 0, 0})) return Encoding{4, false, 4};
  if (is({0, 0, 0xfe, 0xff})) return Encoding{4, true, 4};
  if (is({0xff, 0xfe})) return Encoding{2, false, 2};
  if (is({0xfe, 0xff})) return Encoding{2, true, 2};
  for (const int open : {'{', '[', '<'}) {
    if (is({open, 0, 0, 0})) return Encoding{4, false, 0};
    if (is({0, 0, 0, open})) return Encoding{4, true, 0};
    if (is({open, 0}) && part[3] == 0 && part[2] >= 9) return Encoding{2, false, 0};
    if (is({0, open}) && part[2] == 0 && part[3] >= 9) return Encoding{2, true, 0};
  }
  return std::nullopt;
}

Fit fits(const Part& part) {
  return encoding_of(part) ? Fit::maybe : Fit::no;
}

bool scan_wide_text(Scan& scan, const Part& part) {
  const Encoding encoding = *encoding_of(part);
  const std::size_t size = std::min(part.size(), kMost);
  const auto unit = [&](std::size_t at) {
    char32_t value = 0;
    for (unsigned i = 0; i < encoding.width; ++i)
      value |= static_cast<char32_t>(part[at + i]) << 8 * (encoding.big ? encoding.width - 1 - i : i);
    return value;
  };
  std::string text;
  for (std::size_t at = encoding.mark; size - at >= encoding.width; at += encoding.width) {
    char32_t code = unit(at);
    if (encoding.width == 2 && code >= 0xd800 && code < 0xdc00 && size - at >= 4) {
      const char32_t low = unit(at + 2);
      if (low < 0xdc00 || low > 0xdfff) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 2;
    }
    // Numbers that begin like a mark have such soon.
    if ((code < 0x20 && code != '\t' && code != '\n' && code != '\r') || (code >= 0xd800 && code < 0xe000) ||
        code > 0x10ffff || code == 0xffff || code == 0xfffe)
      return false;
    append_utf8(text, code);
  }
  const Part inner{std::as_bytes(std::span(text.data(), text.size())),
                   inside(part.member, encoding.width == 2 ? "utf-16" : "utf-32"), part.depth + 1, size == part.size()};
  if (text.empty() || !scan.look_into(inner)) return false;
  if (size < part.size()) scan.not_read(part, size, part.size(), "a text of more than 8 MB");
  return true;
}

}  // namespace

extern const Format wide_text;
const Format wide_text{"wide-text", "text in UTF-16 or UTF-32", fits, scan_wide_text};

}  // namespace tocsin::scan::models::formats
