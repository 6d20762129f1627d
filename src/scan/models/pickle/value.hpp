// A value of the pickle machine, by what made it: 64 bits, copied freely.
#pragma once

#include <cstdint>
#include <optional>

namespace tocsin::scan::pickle {

enum class Tag : std::uint8_t {
  unknown,  // cannot be told
  none,
  boolean,     // payload: 0 or 1
  integer,     // payload: offset of its opcode
  real,        // the same
  text,        // the same
  bytes,       // the same
  tuple,       // payload: place in the heap
  list,        // the same: its first elements
  dict,        // the same: its first items
  set,         // a set or frozenset
  global,      // payload: index of the name
  call,        // payload: see Value::of_call
  persistent,  // payload: place in the heap: the id
  buffer,      // out of band, or of the extension registry
};

class Value {
 public:
  Value() = default;
  Value(Tag tag, std::uint64_t payload) : bits_((payload << 8) | static_cast<std::uint8_t>(tag)) {}
  Tag tag() const { return static_cast<Tag>(bits_ & 0xff); }
  std::uint64_t payload() const { return bits_ >> 8; }
  bool operator==(const Value&) const = default;

  // What a call returned: which import was called (kNoGlobal: something else), a note of the sink's, and the place of the
  // arguments in the heap.
  static constexpr std::uint32_t kNoGlobal = 0xffff;
  static Value of_call(std::uint32_t global, std::uint8_t note, std::uint64_t place) {
    if (place > UINT32_MAX) place = 0;  // forgotten at once: a stream of gigabytes of calls
    return Value(Tag::call, place << 24 | static_cast<std::uint64_t>(note) << 16 | (global & 0xffff));
  }
  std::uint32_t callee() const { return static_cast<std::uint32_t>(payload() & 0xffff); }
  std::uint8_t note() const { return static_cast<std::uint8_t>(payload() >> 16); }
  std::uint64_t call_place() const { return payload() >> 24; }

  // For the memo: 32 bits, the payload relative to a base where it is an offset of the input or a place in the heap. Of a
  // call the arguments are left out. nullopt when it does not fit.
  struct Base {
    std::uint64_t offset = 0, place = 0;
  };
  std::optional<std::uint32_t> memo_word(const Base& base) const {
    const std::uint64_t small = payload() - relative_to(tag(), base);  // wraps when it lies before: does not fit then
    if (tag() != Tag::call && small > 0xfffffff) return std::nullopt;
    return static_cast<std::uint32_t>(tag()) << 28 |
           static_cast<std::uint32_t>(small & 0xfffffff & (tag() == Tag::call ? 0xffffff : 0xfffffff));
  }
  static Value from_memo_word(std::uint32_t word, const Base& base) {
    const Tag tag = static_cast<Tag>(word >> 28);
    return Value(tag, (word & 0xfffffff) + relative_to(tag, base));
  }

 private:
  // Without a branch: the kinds of values change from one to the next.
  static std::uint64_t relative_to(Tag tag, const Base& base) {
    constexpr auto bit = [](Tag one) { return 1u << static_cast<unsigned>(one); };
    constexpr unsigned kOffsets = bit(Tag::integer) | bit(Tag::real) | bit(Tag::text) | bit(Tag::bytes);
    constexpr unsigned kPlaces = bit(Tag::tuple) | bit(Tag::list) | bit(Tag::dict) | bit(Tag::persistent);
    const auto mask = [&](unsigned tags) {
      return 0 - static_cast<std::uint64_t>(tags >> static_cast<unsigned>(tag) & 1);
    };
    return (mask(kOffsets) & base.offset) | (mask(kPlaces) & base.place);
  }
  std::uint64_t bits_ = 0;
};

}  // namespace tocsin::scan::pickle
