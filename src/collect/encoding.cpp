// Conversion by iconv(3) of the C library, with names from a list of our own: what a document declares is looked up,
// never passed on. Labels and what they mean on the web: https://encoding.spec.whatwg.org/#names-and-labels (iso-8859-1
// is windows-1252, gb2312 is gb18030, and so on).
#include "collect/encoding.hpp"

#include <iconv.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace tocsin::collect {
namespace {

constexpr std::size_t kMaxBytes = 256u << 20;
constexpr std::size_t kDeclarationWithin = 4096;  // comments before the declaration are an error that real feeds make

struct Label {
  std::string_view label;
  std::string_view name;  // iconv's; "" = UTF-8
};
constexpr std::array<Label, 45> kLabels = {{{"utf-8", ""},
                                            {"utf8", ""},
                                            {"unicode-1-1-utf-8", ""},
                                            {"us-ascii", "windows-1252"},
                                            {"ascii", "windows-1252"},
                                            {"iso-8859-1", "windows-1252"},
                                            {"iso8859-1", "windows-1252"},
                                            {"iso_8859-1", "windows-1252"},
                                            {"latin1", "windows-1252"},
                                            {"latin-1", "windows-1252"},
                                            {"windows-1252", "windows-1252"},
                                            {"cp1252", "windows-1252"},
                                            {"iso-8859-2", "ISO-8859-2"},
                                            {"iso-8859-3", "ISO-8859-3"},
                                            {"iso-8859-4", "ISO-8859-4"},
                                            {"iso-8859-5", "ISO-8859-5"},
                                            {"iso-8859-6", "ISO-8859-6"},
                                            {"iso-8859-7", "ISO-8859-7"},
                                            {"iso-8859-8", "ISO-8859-8"},
                                            {"iso-8859-9", "CP1254"},
                                            {"iso-8859-15", "ISO-8859-15"},
                                            {"windows-1250", "CP1250"},
                                            {"windows-1251", "CP1251"},
                                            {"cp1251", "CP1251"},
                                            {"windows-1253", "CP1253"},
                                            {"windows-1254", "CP1254"},
                                            {"windows-1255", "CP1255"},
                                            {"windows-1256", "CP1256"},
                                            {"windows-1257", "CP1257"},
                                            {"windows-1258", "CP1258"},
                                            {"koi8-r", "KOI8-R"},
                                            {"koi8-u", "KOI8-U"},
                                            {"big5", "BIG5-HKSCS"},
                                            {"gb2312", "GB18030"},
                                            {"gbk", "GB18030"},
                                            {"gb18030", "GB18030"},
                                            {"hz-gb-2312", "GB18030"},
                                            {"shift_jis", "CP932"},
                                            {"shift-jis", "CP932"},
                                            {"sjis", "CP932"},
                                            {"euc-jp", "EUC-JP"},
                                            {"iso-2022-jp", "ISO-2022-JP"},
                                            {"euc-kr", "CP949"},
                                            {"ks_c_5601-1987", "CP949"},
                                            {"windows-31j", "CP932"}}};

std::optional<std::string_view> look_up(std::string_view label) {
  for (const Label& one : kLabels)
    if (one.label == label) return one.name;
  return std::nullopt;
}

// What the bytes look like before any declaration can be read: "" = a superset of ASCII.
struct Shape {
  std::string_view name;
  std::size_t mark = 0;  // bytes of the byte order mark
};
Shape shape_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xef\xbb\xbf"sv)) return {"UTF-8", 3};
  if (bytes.starts_with("\x00\x00\xfe\xff"sv)) return {"UTF-32BE", 4};
  if (bytes.starts_with("\xff\xfe\x00\x00"sv)) return {"UTF-32LE", 4};
  if (bytes.starts_with("\xfe\xff"sv)) return {"UTF-16BE", 2};
  if (bytes.starts_with("\xff\xfe"sv)) return {"UTF-16LE", 2};
  if (bytes.starts_with("\0\0\0<"sv)) return {"UTF-32BE", 0};
  if (bytes.starts_with("<\0\0\0"sv)) return {"UTF-32LE", 0};
  if (bytes.starts_with("\0<"sv)) return {"UTF-16BE", 0};
  if (bytes.starts_with("<\0"sv)) return {"UTF-16LE", 0};
  return {};
}

// UTF-16 and UTF-32 by hand: what is odd becomes U+FFFD.
std::string from_wide(std::string_view bytes, bool big, std::size_t unit) {
  std::string out;
  out.reserve(bytes.size());
  const auto read = [&](std::size_t at) {
    char32_t code = 0;
    for (std::size_t i = 0; i < unit; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[at + (big ? i : unit - 1 - i)]);
      code = code << 8 | byte;
    }
    return code;
  };
  std::size_t at = 0;
  for (; at + unit <= bytes.size(); at += unit) {
    char32_t code = read(at);
    if (unit == 2 && code >= 0xd800 && code <= 0xdbff && at + 4 <= bytes.size()) {
      const char32_t low = read(at + 2);
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 2;
      }
    }
    append_utf8(out, code);
  }
  if (at < bytes.size()) append_utf8(out, 0xfffd);
  return out;
}

std::string declared_in(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, kDeclarationWithin);
  const std::size_t begin = head.find("<?xml");
  if (begin == std::string_view::npos) return {};
  const std::string_view declaration = head.substr(begin, head.find("?>", begin) - begin);
  std::size_t at = declaration.find("encoding");
  if (at == std::string_view::npos) return {};
  at = declaration.find_first_of("\"'", at);
  if (at == std::string_view::npos) return {};
  const std::size_t end = declaration.find(declaration[at], at + 1);
  if (end == std::string_view::npos) return {};
  return to_lower(trim(declaration.substr(at + 1, end - at - 1)));
}

// Valid sequences stay; each other byte is what windows-1252 says: mixed files are made by pasting.
std::string repair(std::string_view bytes, std::size_t& repaired) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (std::size_t at = 0; at < bytes.size();) {
    const Character c = utf8_at(bytes, at);
    if (c.valid) {
      out.append(bytes.substr(at, c.size));
      at += c.size;
    } else {
      append_utf8(out, windows_1252(static_cast<unsigned char>(bytes[at])));
      ++at;
      ++repaired;
    }
  }
  return out;
}

bool is_ascii(std::string_view bytes) {
  for (const char c : bytes)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

std::optional<std::string> convert(std::string_view bytes, std::string_view name, std::size_t& replaced) {
  const iconv_t handle = iconv_open("UTF-8", std::string(name).c_str());
  if (handle == reinterpret_cast<iconv_t>(static_cast<std::intptr_t>(-1)))
    return std::nullopt;  // NOLINT: iconv's own sentinel
  std::string in(bytes), out;
  std::string buffer(64 * 1024, '\0');
  char* from = in.data();
  std::size_t left = in.size();
  while (left > 0) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t done = iconv(handle, &from, &left, &to, &room);
    out.append(buffer.data(), buffer.size() - room);
    if (done != static_cast<std::size_t>(-1)) break;
    if (errno == E2BIG) continue;
    append_utf8(out, 0xfffd);  // EILSEQ, or EINVAL at the end
    ++replaced;
    if (left > 0) {
      ++from;
      --left;
    }
  }
  iconv_close(handle);
  return out;
}

}  // namespace

Result<Decoded> decode_xml(std::string_view bytes, std::string_view charset) {
  if (bytes.size() > kMaxBytes) return fail(Code::refused, "the document is larger than 256 MiB");
  Decoded decoded;
  const Shape shape = shape_of(bytes);
  bytes.remove_prefix(shape.mark);
  if (shape.name.starts_with("UTF-16") || shape.name.starts_with("UTF-32")) {
    decoded.text = from_wide(bytes, shape.name.ends_with("BE"), shape.name.starts_with("UTF-16") ? 2 : 4);
  } else {
    const bool valid = is_utf8(bytes);
    std::string declared = shape.mark == 3 ? "utf-8" : declared_in(bytes);
    if (const auto told = look_up(charset); declared.empty() && !valid && told && !told->empty()) {
      declared = charset;
      decoded.notes.push_back("read as " + declared + ", as the reply's header says");
    }
    auto name = declared.empty() ? std::optional<std::string_view>("") : look_up(declared);
    if (!name &&
        (declared.starts_with("utf-16") || declared.starts_with("utf-32") || declared.starts_with("iso-10646"))) {
      name = "";  // the declaration was readable byte by byte, so it is wrong
      if (!is_ascii(bytes)) decoded.notes.push_back("declared as " + printable(declared, 30) + ", which it is not");
    }
    if (!name) {
      decoded.notes.push_back("encoding '" + printable(declared, 30) + "' is not known: read as UTF-8");
      name = "";
    }
    if (name == "windows-1252" && valid && !is_ascii(bytes)) {
      decoded.notes.push_back("declared as " + printable(declared, 30) + " but is UTF-8");
      name = "";
    }
    if (!name->empty() && !is_ascii(bytes)) {
      std::size_t replaced = 0;
      if (name == "windows-1252") {
        decoded.text = latin1_to_utf8(bytes);
      } else if (auto converted = convert(bytes, *name, replaced)) {
        decoded.text = std::move(*converted);
        if (replaced > 0)
          decoded.notes.push_back(std::to_string(replaced) + " bytes are not " + printable(declared, 30) +
                                  " and were replaced");
      } else {
        decoded.notes.push_back("encoding '" + printable(declared, 30) + "' cannot be converted here: read as UTF-8");
        name = "";
      }
    } else if (!name->empty() && (name == "ISO-2022-JP" || declared == "hz-gb-2312")) {
      std::size_t replaced = 0;  // these are written in ASCII bytes
      if (auto converted = convert(bytes, *name, replaced))
        decoded.text = std::move(*converted);
      else
        name = "";
    } else {
      name = "";
    }
    if (name->empty()) {
      if (valid) {
        decoded.text = std::string(bytes);
      } else {
        std::size_t repaired = 0;
        decoded.text = repair(bytes, repaired);
        decoded.notes.push_back(std::to_string(repaired) + " bytes are not UTF-8 and were read as windows-1252");
      }
    }
  }
  if (decoded.text.find('\0') != std::string::npos) {
    decoded.text = replace_all(decoded.text, std::string_view("\0", 1), "\xef\xbf\xbd");
    decoded.notes.emplace_back("NUL bytes were replaced");
  }
  return decoded;
}

}  // namespace tocsin::collect
