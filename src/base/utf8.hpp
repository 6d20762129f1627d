// One character of text that is meant to be UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

struct Character {
  char32_t code = 0;      // U+FFFD when not valid
  std::uint8_t size = 0;  // bytes it takes; for an invalid sequence the maximal part to replace by one U+FFFD
  bool valid = false;
};

// The character that begins at byte `at` (must be inside). Overlong forms, surrogates and codes above U+10FFFF are
// invalid; invalid sequences are cut as Unicode 15, section 3.9 recommends (and browsers do).
inline Character utf8_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) return {lead, 1, true};
  constexpr Character kInvalid = {0xfffd, 1, false};
  std::size_t more = 0;
  unsigned low = 0x80, high = 0xbf;  // of the second byte
  char32_t code = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    more = 1, code = lead & 0x1f;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    more = 2, code = lead & 0x0f;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    more = 3, code = lead & 0x07;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return kInvalid;
  }
  for (std::size_t i = 1; i <= more; ++i) {
    if (at + i >= text.size() || byte(at + i) < low || byte(at + i) > high)
      return {0xfffd, static_cast<std::uint8_t>(i), false};
    code = code << 6 | (byte(at + i) & 0x3f);
    low = 0x80, high = 0xbf;
  }
  return {code, static_cast<std::uint8_t>(more + 1), true};
}

// Appends `code`; what is no Unicode scalar value becomes U+FFFD.
inline void append_utf8(std::string& out, char32_t code) {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) code = 0xfffd;
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  }
}

// windows-1252 for 0x80..0x9f: what "Latin-1" on the web means (WHATWG Encoding, index windows-1252).
char32_t windows_1252(unsigned char byte);

}  // namespace tocsin
