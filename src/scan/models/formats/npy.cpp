// NumPy's .npy (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, versions 1.0 to 3.0): a head that
// is a Python literal, then raw numbers. Arrays of objects carry a pickle instead, and so do records with an object in
// them (CVE-2019-6446).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/foreign.hpp"
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

// The value of a key of the head's dict: {'descr': …, 'fortran_order': False, 'shape': (3, 4), }. Nested lists of fields
// are taken as they stand, to the bracket that closes them.
std::optional<std::string_view> value_of(std::string_view head, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::string quoted = quote + std::string(key) + quote;
    auto at = head.find(quoted);
    if (at == std::string_view::npos) continue;
    at = head.find_first_not_of(" :", at + quoted.size());
    if (at == std::string_view::npos) return std::nullopt;
    int depth = 0;
    char inside = 0;
    for (std::size_t i = at; i < head.size(); ++i) {
      const char c = head[i];
      if (inside != 0) {
        if (c == inside) inside = 0;
      } else if (c == '\'' || c == '"') {
        inside = c;
      } else if (c == '(' || c == '[' || c == '{') {
        ++depth;
      } else if (c == ')' || c == ']' || c == '}') {
        if (--depth < 0) return head.substr(at, i - at);
      } else if (c == ',' && depth == 0) {
        return head.substr(at, i - at);
      }
    }
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return std::nullopt;
  return out;
}

// "'<f8'" or "[('a', '<i4'), ('b', '|O', (2,))]". Sizes of records are not worked out: an object anywhere is what counts.
std::optional<Item> item_of(std::string_view descr) {
  Item out;
  if (descr.starts_with('[')) {
    // Any quoted type of a field: byte order, then O.
    for (std::size_t i = 0; i + 1 < descr.size(); ++i)
      if ((descr[i] == '|' || descr[i] == '<' || descr[i] == '>' || descr[i] == '=' || descr[i] == '\'' ||
           descr[i] == '"') &&
          descr[i + 1] == 'O')
        out.objects = true;
    return out;
  }
  std::string_view text = descr;
  while (!text.empty() && std::string_view("'\"<>|=").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (text.front() == 'O') return Item{8, true};
  const auto size = number(text.substr(1));
  if (text.front() == '?') return Item{1, false};
  if (!size || std::string_view("biufcSaUVMm").find(text.front()) == std::string_view::npos) return std::nullopt;
  return Item{text.front() == 'U' ? *size * 4 : *size, false};
}

std::optional<std::uint64_t> elements_of(std::string_view shape) {
  std::uint64_t count = 1;
  for (std::size_t at = 0; at < shape.size();) {
    if (shape[at] < '0' || shape[at] > '9') {
      if (std::string_view("(), L").find(shape[at]) == std::string_view::npos) return std::nullopt;
      ++at;
      continue;
    }
    const auto extent = number(shape.substr(at));
    if (!extent || __builtin_mul_overflow(count, *extent, &count)) return std::nullopt;
    while (at < shape.size() && shape[at] >= '0' && shape[at] <= '9') ++at;
  }
  return count;
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
  const auto descr = value_of(head, "descr"), shape = value_of(head, "shape");
  const auto item = descr ? item_of(*descr) : std::nullopt;
  const auto count = shape ? elements_of(*shape) : std::nullopt;
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
  // Raw numbers, whose size a record leaves open.
  std::uint64_t bytes = 0;
  if (item->bytes == 0) return true;
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
