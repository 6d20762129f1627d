#include "scan/models/pickle/constants.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/text.hpp"
#include "scan/models/pickle/opcodes.hpp"

namespace tocsin::scan::pickle {
namespace {

std::string_view as_text(std::span<const std::byte> raw) {
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

std::uint64_t le(std::span<const std::byte> raw) {
  std::uint64_t value = 0;
  for (std::size_t i = std::min<std::size_t>(raw.size(), 8); i-- > 0;)
    value = value << 8 | std::to_integer<std::uint8_t>(raw[i]);
  return value;
}

void put_utf8(std::uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// Python 2 strings: ASCII by default, Latin-1 where the loader asks for it (NumPy, PyTorch). Latin-1 reads both.
void put_latin1(std::string_view raw, std::string& out) {
  for (const char c : raw) put_utf8(static_cast<std::uint8_t>(c), out);
}

int digit(char c, int base) {
  const int value = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : 99;
  return value < base ? value : -1;
}

// Exactly `digits` hexadecimal digits at `at`; -1 when they are not there.
std::int64_t hex(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) return -1;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int d = digit(text[at + i], 16);
    if (d < 0) return -1;
    value = value * 16 + d;
  }
  return value;
}

// STRING: the repr of a byte string. CPython strips white space, wants one pair of quotes, and decodes the escapes
// (PyBytes_DecodeEscape): \n \x41 \101 and the like; an unknown escape stays as it is.
void read_string(std::string_view line, std::size_t most, Decoded& out) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.size() < 2 || (line.front() != '"' && line.front() != '\'') || line.back() != line.front()) {
    out.valid = false;
    put_latin1(line.substr(0, most), out.text);
    return;
  }
  line = line.substr(1, line.size() - 2);
  std::string raw;
  for (std::size_t i = 0; i < line.size() && raw.size() < most; ++i) {
    if (line[i] != '\\') {
      raw += line[i];
      continue;
    }
    if (++i == line.size()) {
      out.valid = false;  // trailing backslash
      break;
    }
    const char c = line[i];
    static constexpr std::string_view kFrom = "\\'\"bfnrtva", kTo = "\\'\"\b\f\n\r\t\v\a";
    if (const auto known = kFrom.find(c); known != std::string_view::npos) {
      raw += kTo[known];
    } else if (c == '\n') {
    } else if (c == 'x') {
      const auto value = hex(line, i + 1, 2);
      if (value < 0) {
        out.valid = false;
        break;
      }
      raw += static_cast<char>(value);
      i += 2;
    } else if (digit(c, 8) >= 0) {
      int value = 0;
      std::size_t n = 0;
      for (; n < 3 && i + n < line.size() && digit(line[i + n], 8) >= 0; ++n) value = value * 8 + digit(line[i + n], 8);
      raw += static_cast<char>(value);
      i += n - 1;
    } else {
      raw += '\\';
      raw += c;
    }
  }
  put_latin1(raw, out.text);
}

// UNICODE: raw-unicode-escape, \uXXXX and \UXXXXXXXX in Latin-1.
void read_unicode(std::string_view line, std::size_t most, Decoded& out) {
  for (std::size_t i = 0; i < line.size() && out.text.size() < most; ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      put_utf8(static_cast<std::uint8_t>(line[i]), out.text);
      continue;
    }
    const char c = line[++i];
    if (c != 'u' && c != 'U') {
      out.text += '\\';
      put_utf8(static_cast<std::uint8_t>(c), out.text);
      continue;
    }
    const std::size_t digits = c == 'u' ? 4 : 8;
    const auto value = hex(line, i + 1, digits);
    if (value < 0 || value > 0x10ffff) {
      out.valid = false;
      return;
    }
    put_utf8(static_cast<std::uint32_t>(value), out.text);
    i += digits;
  }
}

// INT and LONG: as int(text, 0) reads them, plus "00" and "01", which are False and True, and LONG's trailing L.
void read_decimal(std::string_view line, Decoded& out) {
  line = trim(line);
  if (!line.empty() && line.back() == 'L') line.remove_suffix(1);
  const bool negative = !line.empty() && line.front() == '-';
  if (!line.empty() && (line.front() == '-' || line.front() == '+')) line.remove_prefix(1);
  int base = 10;
  if (line.size() > 2 && line[0] == '0') {
    const char c = line[1];
    base = c == 'x' || c == 'X' ? 16 : c == 'o' || c == 'O' ? 8 : c == 'b' || c == 'B' ? 2 : 10;
    if (base != 10) line.remove_prefix(2);
  }
  std::uint64_t value = 0;
  out.valid = !line.empty();
  for (const char c : line) {
    if (c == '_') continue;
    const int d = digit(c, base);
    if (d < 0) {
      out.valid = false;
      return;
    }
    if (value > (INT64_MAX - 15) / 16) out.fits = false;
    if (out.fits) value = value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(d);
  }
  out.integer = out.fits ? (negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value)) : 0;
}

// LONG1 and LONG4: little endian, two's complement, any length.
void read_long(std::span<const std::byte> raw, Decoded& out) {
  if (raw.size() > 8) {
    out.fits = false;
    return;
  }
  std::uint64_t value = le(raw);
  if (!raw.empty() && raw.size() < 8 && (std::to_integer<std::uint8_t>(raw.back()) & 0x80) != 0)
    value |= ~std::uint64_t{0} << (8 * raw.size());
  out.integer = static_cast<std::int64_t>(value);
}

}  // namespace

Decoded decode(std::span<const std::byte> input, std::uint64_t at, std::size_t most) {
  Decoded out;
  if (at >= input.size()) return out;
  const auto opcode = std::to_integer<std::uint8_t>(input[at]);
  const auto rest = input.subspan(at + 1);
  // What follows a length of `n` bytes.
  const auto sized = [&](std::size_t n) {
    if (rest.size() < n) return std::span<const std::byte>();
    return rest.subspan(n, std::min<std::uint64_t>(le(rest.first(n)), rest.size() - n));
  };
  const auto fixed = [&](std::size_t n) { return rest.first(std::min(n, rest.size())); };
  const auto line = [&] {
    const void* end = rest.empty() ? nullptr : std::memchr(rest.data(), '\n', rest.size());
    return end == nullptr ? rest
                          : rest.first(static_cast<std::size_t>(static_cast<const std::byte*>(end) - rest.data()));
  };
  switch (opcode) {
    case BINUNICODE:
    case SHORT_BINUNICODE:
    case BINUNICODE8:
      out.kind = Constant::text;
      out.raw = sized(opcode == BINUNICODE ? 4 : opcode == SHORT_BINUNICODE ? 1 : 8);
      out.text = as_text(out.raw).substr(0, most);
      break;
    case BINSTRING:
    case SHORT_BINSTRING:
      out.kind = Constant::text;
      out.raw = sized(opcode == BINSTRING ? 4 : 1);
      put_latin1(as_text(out.raw).substr(0, most), out.text);
      break;
    case STRING:
      out.kind = Constant::text;
      out.raw = line();
      out.escaped = true;
      read_string(as_text(out.raw), most, out);
      break;
    case UNICODE:
      out.kind = Constant::text;
      out.raw = line();
      out.escaped = true;
      read_unicode(as_text(out.raw), most, out);
      break;
    case BINBYTES:
    case SHORT_BINBYTES:
    case BINBYTES8:
    case BYTEARRAY8:
      out.kind = Constant::bytes;
      out.raw = sized(opcode == BINBYTES ? 4 : opcode == SHORT_BINBYTES ? 1 : 8);
      break;
    case BININT1:
      out.kind = Constant::integer;
      out.raw = fixed(1);
      out.integer = static_cast<std::int64_t>(le(out.raw));
      break;
    case BININT2:
      out.kind = Constant::integer;
      out.raw = fixed(2);
      out.integer = static_cast<std::int64_t>(le(out.raw));
      break;
    case BININT:
      out.kind = Constant::integer;
      out.raw = fixed(4);
      out.integer = static_cast<std::int32_t>(le(out.raw));
      break;
    case LONG1:
    case LONG4:
      out.kind = Constant::integer;
      out.raw = sized(opcode == LONG1 ? 1 : 4);
      read_long(out.raw, out);
      break;
    case INT:
    case LONG:
      out.kind = Constant::integer;
      out.raw = line();
      read_decimal(as_text(out.raw), out);
      break;
    case BINFLOAT: {
      out.kind = Constant::real;
      out.raw = fixed(8);
      std::uint64_t bits = 0;
      for (const std::byte b : out.raw) bits = bits << 8 | std::to_integer<std::uint8_t>(b);
      out.real = std::bit_cast<double>(bits);
      break;
    }
    case FLOAT: {
      out.kind = Constant::real;
      out.raw = line();
      const auto text = trim(as_text(out.raw));
      out.valid = std::from_chars(text.data(), text.data() + text.size(), out.real).ec == std::errc();
      break;
    }
    default:
      break;
  }
  return out;
}

}  // namespace tocsin::scan::pickle
