// Flax checkpoints: one MessagePack map of names to maps and arrays (flax/serialization.py). Arrays are extensions of type
// 1 that hold shape, type and bytes; 2 is a complex number, 3 a NumPy scalar. Nothing in it is called; what can go wrong
// are lengths, and extensions that another reader gives a meaning.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/pickle/reader.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::size_t kDepth = 512;  // what msgpack-python takes

struct Item {
  enum Kind : std::uint8_t { scalar, text, binary, extension, list, map, bad } kind = bad;
  std::uint64_t length = 0;  // bytes of a text, binary or extension; entries of a list or map
  std::uint64_t number = 0;  // of an unsigned integer
  int type = 0;              // of an extension
};

class Walk {
 public:
  explicit Walk(std::string_view text, std::uint64_t at = 0) : text_(text), at_(at) {}
  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return text_.size() - at_; }
  std::string_view take(std::uint64_t n) {
    at_ += n;
    return text_.substr(at_ - n, n);
  }

  // The next head; the bytes of a text, binary or extension follow and are known to be there.
  Item next() {
    Item out;
    if (left() == 0) return out;
    const auto head = static_cast<unsigned char>(text_[at_++]);
    const auto number = [&](std::size_t bytes) -> std::optional<std::uint64_t> {
      if (left() < bytes) return std::nullopt;
      std::uint64_t n = 0;
      for (std::size_t i = 0; i < bytes; ++i) n = n << 8 | static_cast<unsigned char>(text_[at_ + i]);
      at_ += bytes;
      return n;
    };
    const auto sized = [&](Item::Kind kind, std::optional<std::uint64_t> n) {
      // Each entry of a list or map takes a byte at least; so no count is beyond what is left.
      if (!n || *n > left() / (kind == Item::map ? 2 : 1)) return;
      out.kind = kind;
      out.length = *n;
    };
    const auto extension = [&](std::optional<std::uint64_t> n) {
      const auto type = number(1);
      if (!type) return;
      sized(Item::extension, n);
      out.type = static_cast<signed char>(*type);
    };
    const auto plain = [&](std::size_t bytes) {
      const auto n = number(bytes);
      if (!n) return;
      out.kind = Item::scalar;
      out.number = *n;
    };
    if (head <= 0x7f || head >= 0xe0) {
      out.kind = Item::scalar;
      out.number = head;
    } else if (head <= 0x8f) {
      sized(Item::map, head & 0x0f);
    } else if (head <= 0x9f) {
      sized(Item::list, head & 0x0f);
    } else if (head <= 0xbf) {
      sized(Item::text, head & 0x1f);
    } else {
      switch (head) {
        case 0xc0:
        case 0xc2:
        case 0xc3:
          out.kind = Item::scalar;
          break;
        case 0xc4:
        case 0xc5:
        case 0xc6:
          sized(Item::binary, number(std::size_t{1} << (head - 0xc4)));
          break;
        case 0xc7:
        case 0xc8:
        case 0xc9:
          extension(number(std::size_t{1} << (head - 0xc7)));
          break;
        case 0xca:
          plain(4);
          break;
        case 0xcb:
          plain(8);
          break;
        case 0xcc:
        case 0xcd:
        case 0xce:
        case 0xcf:
          plain(std::size_t{1} << (head - 0xcc));
          break;
        case 0xd0:
        case 0xd1:
        case 0xd2:
        case 0xd3:
          plain(std::size_t{1} << (head - 0xd0));
          break;
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8:
          extension(std::uint64_t{1} << (head - 0xd4));
          break;
        case 0xd9:
        case 0xda:
        case 0xdb:
          sized(Item::text, number(std::size_t{1} << (head - 0xd9)));
          break;
        case 0xdc:
        case 0xdd:
          sized(Item::list, number(head == 0xdc ? 2 : 4));
          break;
        case 0xde:
        case 0xdf:
          sized(Item::map, number(head == 0xde ? 2 : 4));
          break;
        default:
          break;  // 0xc1 is never used
      }
    }
    return out;
  }

 private:
  std::string_view text_;
  std::uint64_t at_;
};

// A map whose first key is a name of printable letters.
Fit fits(const Part& part) {
  Walk walk(part.text());
  const Item map = walk.next();
  if (map.kind != Item::map || map.length == 0) return Fit::no;
  const Item key = walk.next();
  if (key.kind != Item::text || key.length == 0 || key.length > 200) return Fit::no;
  const auto name = walk.take(key.length);
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c < 0x7f; }) ? Fit::maybe : Fit::no;
}

std::optional<std::uint64_t> bytes_of(std::string_view dtype) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 19> kTypes = {{
      {"bool", 1},      {"int4", 1},        {"uint4", 1},         {"int8", 1},        {"uint8", 1},
      {"int16", 2},     {"uint16", 2},      {"int32", 4},         {"uint32", 4},      {"int64", 8},
      {"uint64", 8},    {"float16", 2},     {"bfloat16", 2},      {"float32", 4},     {"float64", 8},
      {"complex64", 8}, {"complex128", 16}, {"float8_e4m3fn", 1}, {"float8_e5m2", 1},
  }};
  for (const auto& [name, bytes] : kTypes)
    if (name == dtype) return bytes;
  return std::nullopt;
}

// The body of an array: [shape, type, bytes]. A sentence when it is none.
std::string wrong_array(std::string_view body) {
  Walk walk(body);
  const Item whole = walk.next();
  if (whole.kind != Item::list || whole.length != 3) return "an array that is not of shape, type and bytes";
  const Item shape = walk.next();
  if (shape.kind != Item::list) return "an array without a shape";
  std::uint64_t elements = 1;
  for (std::uint64_t i = 0; i < shape.length; ++i) {
    const Item size = walk.next();
    if (size.kind != Item::scalar) return "an array whose shape has no numbers";
    if (__builtin_mul_overflow(elements, size.number, &elements)) return "an array whose shape overflows 64 bits";
  }
  const Item type = walk.next();
  if (type.kind != Item::text) return "an array without a type";
  const std::string name(walk.take(type.length));
  const auto size = bytes_of(name);
  if (!size) return fmt::format("an array of type {}, which is not known", printable(name, 40));
  const Item data = walk.next();
  if (data.kind != Item::binary && data.kind != Item::text) return "an array without bytes";
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(elements, *size, &bytes) || bytes != data.length)
    return fmt::format("an array of {} elements of {} with {} bytes", elements, name, data.length);
  return {};
}

bool scan_msgpack(Scan& scan, const Part& part) {
  // A trial first: inside containers any weights may begin so.
  Walk walk(part.text());
  std::vector<std::uint64_t> open;  // values that are still to come, by level
  std::string why;
  std::vector<std::pair<std::uint64_t, std::string>> odd;
  std::vector<std::string_view> pickles;  // bytes that may be some: other users of this format keep objects so
  do {
    while (!open.empty() && open.back() == 0) open.pop_back();
    if (open.empty() && walk.at() > 0) break;
    if (!open.empty()) --open.back();
    const std::uint64_t at = walk.at();
    const Item item = walk.next();
    if (item.kind == Item::bad) {
      why = "a length that runs past the end, or a byte that begins nothing";
      break;
    }
    if (item.kind == Item::list || item.kind == Item::map) {
      if (open.size() >= kDepth) {
        why = fmt::format("maps nested deeper than {}", kDepth);
        break;
      }
      open.push_back(item.kind == Item::map ? item.length * 2 : item.length);
    } else if (item.kind != Item::scalar) {
      const auto body = walk.take(item.length);
      if (item.kind == Item::binary && body.size() > 4 && body[0] == '\x80' && body[1] <= 5 && pickles.size() < 20)
        pickles.push_back(body);
      if (item.kind != Item::extension) continue;
      const std::string wrong = item.type == 1 || item.type == 3 ? wrong_array(body)
                                : item.type == 2
                                    ? std::string()
                                    : fmt::format("an extension of type {}, which flax does not have", item.type);
      if (!wrong.empty() && odd.size() < 20) odd.emplace_back(at, wrong);
    }
  } while (true);
  if (!why.empty() && part.depth > 0) return false;
  for (const std::string_view one : pickles) {
    const auto bytes = std::as_bytes(std::span(one.data(), one.size()));
    const auto at = static_cast<std::uint64_t>(one.data() - part.text().data());
    if (parses_as_pickle(scan.names(), bytes))
      read_pickles(scan, {bytes, fmt::format("{}@{}", part.member, at), part.depth + 1, true}, 0, Loader::plain);
  }
  for (auto& [at, wrong] : odd) scan.find(rules::format_broken, std::move(wrong), {part.member, at, {}});
  if (!why.empty())
    scan.broken(part, walk.at(), std::move(why));
  else
    scan.look_behind(part, walk.at(), "the checkpoint");
  return true;
}

}  // namespace

extern const Format msgpack;
const Format msgpack{"flax-msgpack", "Flax checkpoint", fits, scan_msgpack};

}  // namespace tocsin::scan::models::formats
