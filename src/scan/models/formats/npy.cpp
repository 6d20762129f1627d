// NumPy's .npy (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1.0 to 3.0): a head that
// is a Python literal, then raw numbers. Arrays of objects carry a pickle instead, and so do records with an object in
// them (CVE-2019-6446).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/pickle/reader.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

using namespace std::string_view_literals;
constexpr std::string_view kMagic = "\x93NUMPY"sv;
constexpr std::uint64_t kMaxHead = 1u << 20;  // NumPy refuses more than 10,000 bytes unless told otherwise

Fit fits(const Part& part) {
  return part.text().starts_with(kMagic) && part.size() >= 10 ? Fit::sure : Fit::no;
}

struct Item {
  std::uint64_t bytes = 0;  // one element
  bool objects = false;
};

// A value of the head, as ast.literal_eval gives it to numpy.load.
struct Literal {
  enum Kind : std::uint8_t { other, text, number, list, tuple, dict } kind = other;
  std::string string;
  std::uint64_t value = 0;     // of a number, when it is one that counts
  bool counts = false;         // a natural number
  std::vector<Literal> items;  // of a dict: key, value, key, value
};

// Python's literals: escapes, raw and triple-quoted texts, texts in a row, comments, numbers of all bases. A search for
// 'descr' and |O would be told another story than Python is.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : text_(text) {}

  std::optional<Literal> whole() {
    Literal out;
    if (!read(out, 0)) return std::nullopt;
    blank();
    return at_ == text_.size() ? std::optional(std::move(out)) : std::nullopt;
  }

 private:
  static constexpr int kDepth = 32;
  static constexpr std::size_t kValues = 20'000;  // NumPy takes heads of 10,000 bytes

  bool at_end() const { return at_ >= text_.size(); }
  char here(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void blank() {
    for (; !at_end(); ++at_) {
      if (here() == '#') at_ = std::min(text_.find('\n', at_), text_.size() - 1);
      if (std::string_view(" \t\r\n\f").find(here()) == std::string_view::npos) return;
    }
  }

  bool read(Literal& out, int depth) {
    if (depth > kDepth || ++values_ > kValues) return false;
    blank();
    const char c = here();
    if (c == '(' || c == '[' || c == '{') return container(out, depth);
    if (c == '\'' || c == '"' || (prefix() > 0)) return texts(out);
    if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.') return number(out);
    for (const std::string_view word : {"True"sv, "False"sv, "None"sv})
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return true;
      }
    return false;
  }

  bool container(Literal& out, int depth) {
    const char open = text_[at_++], close = open == '(' ? ')' : open == '[' ? ']' : '}';
    out.kind = open == '(' ? Literal::tuple : open == '[' ? Literal::list : Literal::dict;
    bool comma = false;
    for (;;) {
      blank();
      if (at_end()) return false;
      if (here() == close) break;
      if (!out.items.empty() && !comma) return false;
      Literal one;
      if (!read(one, depth + 1)) return false;
      out.items.push_back(std::move(one));
      blank();
      if (open == '{') {
        if (here() != ':') return false;
        ++at_;
        Literal value;
        if (!read(value, depth + 1)) return false;
        out.items.push_back(std::move(value));
        blank();
      }
      comma = here() == ',';
      if (comma) ++at_;
    }
    ++at_;
    // ('a') is a text in brackets.
    if (open == '(' && out.items.size() == 1 && !comma) out = Literal(std::move(out.items[0]));
    return true;
  }

  // Length of r, b, u and their like before a quote; 0 when there is none.
  std::size_t prefix() const {
    std::size_t n = 0;
    while (n < 2 && std::string_view("rRbBuU").find(here(n)) != std::string_view::npos && here(n) != '\0') ++n;
    return n > 0 && (here(n) == '\'' || here(n) == '"') ? n : 0;
  }

  bool texts(Literal& out) {
    out.kind = Literal::text;
    for (;;) {
      const std::size_t n = prefix();
      const bool raw = text_.substr(at_, n).find_first_of("rR") != std::string_view::npos;
      at_ += n;
      const char quote = here();
      if (quote != '\'' && quote != '"') return true;
      const bool triple = here(1) == quote && here(2) == quote;
      at_ += triple ? 3 : 1;
      for (;;) {
        if (at_end()) return false;
        if (here() == quote && (!triple || (here(1) == quote && here(2) == quote))) break;
        if (here() == '\n' && !triple) return false;
        if (here() == '\\' && !raw) {
          if (!escape(out.string)) return false;
        } else {
          if (here() == '\\') out.string += text_[at_++];
          if (at_end()) return false;
          out.string += text_[at_++];
        }
      }
      at_ += triple ? 3 : 1;
      blank();
    }
  }

  bool escape(std::string& out) {
    ++at_;
    const char c = here();
    if (at_end()) return false;
    ++at_;
    const auto code = [&](std::size_t digits, int base) {
      std::uint32_t value = 0;
      const std::string_view there = text_.substr(at_, digits);
      const auto [end, error] = std::from_chars(there.data(), there.data() + there.size(), value, base);
      const auto used = static_cast<std::size_t>(end - there.data());
      if (error != std::errc() || (base == 16 && used != digits)) return false;
      at_ += used;
      append_utf8(out, value);
      return true;
    };
    switch (c) {
      case '\n':
        return true;
      case 'x':
        return code(2, 16);
      case 'u':
        return code(4, 16);
      case 'U':
        return code(8, 16);
      case 'N':
        return false;  // by its name: no writer does
      case '\\':
      case '\'':
      case '"':
        out += c;
        return true;
      default:
        if (c >= '0' && c <= '7') {
          --at_;
          return code(3, 8);
        }
        if (const auto known = std::string_view("abfnrtv").find(c); known != std::string_view::npos)
          out += "\a\b\f\n\r\t\v"[known];
        else
          (out += '\\') += c;
        return true;
    }
  }

  bool number(Literal& out) {
    out.kind = Literal::number;
    std::string digits;
    while (!at_end() && (here() == '_' || here() == '.' || here() == '-' || here() == '+' ||
                         (here() >= '0' && here() <= '9') || ((here() | 32) >= 'a' && (here() | 32) <= 'z'))) {
      if (here() != '_') digits += here();
      ++at_;
    }
    if (digits.ends_with('L')) digits.pop_back();  // Python 2
    int base = 10;
    std::string_view rest = digits;
    if (rest.size() > 2 && rest[0] == '0' && (rest[1] | 32) >= 'a') {
      base = (rest[1] | 32) == 'x' ? 16 : (rest[1] | 32) == 'o' ? 8 : 2;
      rest.remove_prefix(2);
    }
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out.value, base);
    out.counts = error == std::errc() && end == rest.data() + rest.size();
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0, values_ = 0;
};

std::optional<std::uint64_t> elements_of(const Literal& shape) {
  if (shape.kind == Literal::number) return shape.counts ? std::optional(shape.value) : std::nullopt;
  if (shape.kind != Literal::tuple && shape.kind != Literal::list) return std::nullopt;
  std::uint64_t count = 1;
  for (const Literal& extent : shape.items)
    if (extent.kind != Literal::number || !extent.counts || __builtin_mul_overflow(count, extent.value, &count))
      return std::nullopt;
  return count;
}

// "<f8", "|O", "<M8[ns]"; "i4,O" is a record of two. nullopt: none that a writer has, whatever numpy.dtype makes of it.
std::optional<Item> item_of(std::string_view text) {
  if (text.find(',') != std::string_view::npos) {
    Item out;
    for (const std::string_view part : split(text, ',')) {
      const auto one = item_of(trim(part));
      if (!one || __builtin_add_overflow(out.bytes, one->bytes, &out.bytes)) return std::nullopt;
      out.objects = out.objects || one->objects;
    }
    return out;
  }
  while (!text.empty() && std::string_view("<>|=").find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (text == "O" || text == "O8" || text == "O4" || text == "object") return Item{8, true};
  if (text == "?") return Item{1, false};
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), size);
  const bool dated = (text.front() == 'M' || text.front() == 'm') && end < text.data() + text.size() && *end == '[';
  if (error != std::errc() || (end != text.data() + text.size() && !dated) || size > (1u << 30) ||
      std::string_view("biufcSaVMmU").find(text.front()) == std::string_view::npos)
    return std::nullopt;
  return Item{text.front() == 'U' ? size * 4 : size, false};
}

// Also records, [('a', '<i4'), ('b', '|O', (2,))], and ('<f8', (2,)).
std::optional<Item> item_of(const Literal& descr) {
  if (descr.kind == Literal::text) return item_of(std::string_view(descr.string));
  const auto many = [](std::optional<Item> one, const Literal& shape) -> std::optional<Item> {
    const auto count = elements_of(shape);
    if (!one || !count || __builtin_mul_overflow(one->bytes, *count, &one->bytes)) return std::nullopt;
    return one;
  };
  if (descr.kind == Literal::tuple && descr.items.size() == 2) return many(item_of(descr.items[0]), descr.items[1]);
  if (descr.kind != Literal::list) return std::nullopt;
  Item out;
  for (const Literal& field : descr.items) {
    if (field.kind != Literal::tuple || field.items.size() < 2 || field.items.size() > 3) return std::nullopt;
    auto one = item_of(field.items[1]);
    if (field.items.size() == 3) one = many(one, field.items[2]);
    if (!one || __builtin_add_overflow(out.bytes, one->bytes, &out.bytes)) return std::nullopt;
    out.objects = out.objects || one->objects;
  }
  return out;
}

struct Head {
  std::optional<Item> item;
  std::optional<std::uint64_t> count;
};
// Keys that stand twice are nobody's writing, and Python takes the last: nothing is believed then.
Head head_of(std::string_view text) {
  Head out;
  const auto head = LiteralReader(text).whole();
  if (!head || head->kind != Literal::dict || head->items.size() > 6) return out;
  for (std::size_t i = 0; i + 1 < head->items.size(); i += 2) {
    if (head->items[i].string == "descr") out.item = item_of(head->items[i + 1]);
    if (head->items[i].string == "shape") out.count = elements_of(head->items[i + 1]);
  }
  return out;
}

bool scan_npy(Scan& scan, const Part& part) {
  const auto damaged = [&](std::string why, std::uint64_t at) {
    scan.find(rules::npy_damaged, std::move(why), {part.member, at, {}});
    scan.not_read(part, at, part.size(), "the head is damaged");
    return true;
  };
  const std::uint8_t version = part[6];
  if (version < 1 || version > 3) return damaged(fmt::format("version {} is not known", version), 6);
  const std::size_t width = version == 1 ? 2 : 4;
  if (part.size() < 8 + width) return damaged("the file ends inside its head", 8);
  std::uint64_t length = 0;
  for (std::size_t i = width; i-- > 0;) length = length << 8 | part[8 + i];
  const std::uint64_t begin = 8 + width;
  if (length > kMaxHead || length > part.size() - begin) return damaged(fmt::format("a head of {} bytes", length), 8);
  const std::string_view head = part.text().substr(begin, length);
  const auto [item, count] = head_of(head);
  const std::uint64_t data = begin + length;
  if (!item || !count) {
    // Whatever a reader makes of it: if a pickle follows, it is read.
    const Part rest{part.bytes.subspan(data), part.member, part.depth + 1, part.whole};
    if (begins_as_pickle(scan.names(), rest.bytes)) read_pickles(scan, part, data, Loader::plain);
    return damaged("the head does not say what the array is: " + printable(head, 120), begin);
  }
  if (item->objects) {
    if (data == part.size()) return damaged("the pickle of its objects is missing", data);
    read_pickles(scan, part, data, Loader::plain);
    return true;
  }
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(*count, item->bytes, &bytes) || bytes > part.size() - data)
    return damaged(fmt::format("{} elements of {} bytes do not fit the file", *count, item->bytes), data);
  if (const std::uint64_t end = data + bytes; end < part.size()) {
    // numpy.load reads one array; several may stand in a row.
    const Part behind{part.bytes.subspan(end), fmt::format("{}+{}", part.member, end), part.depth + 1, part.whole};
    if (!scan.look_into(behind))
      scan.find(rules::trailing_data, fmt::format("{} bytes behind the array", part.size() - end),
                {part.member, end, {}});
  }
  return true;
}

}  // namespace

extern const Format npy;
const Format npy{"npy", "NumPy array", fits, scan_npy};

}  // namespace tocsin::scan::models::formats
