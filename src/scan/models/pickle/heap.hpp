// What tuples, lists, dicts and calls are made of, for as long as it may be asked for: the newest half a megabyte. A call
// is looked at when it happens, and its arguments were made just before; what lies further back is forgotten, and said
// to be (remembers()). So a pickle of any size costs the same.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "scan/models/pickle/value.hpp"

namespace tocsin::scan::pickle {

class Heap {
 public:
  void clear() { top_ = 1; }  // place 0 is nothing
  std::uint64_t top() const { return top_; }

  // Values that stand together; of more than kKept the first. The place is never 0.
  std::uint64_t add(const Value* first, std::uint64_t n) {
    const std::uint64_t kept = n < kKept ? n : kKept;
    if ((top_ & kMask) + kept + 1 > kWords) top_ = (top_ | kMask) + 1;  // never around the corner
    const std::uint64_t place = top_;
    if ((place & kMask) + kept + 1 > words_.size()) [[unlikely]]
      grow();
    Value* at = &words_[place & kMask];
    at[0] = Value(Tag::unknown, kept << 1 | (kept < n ? 1u : 0u));
    if (kept <= 4)  // most tuples and calls: less than the call of memcpy
      for (std::uint64_t i = 0; i < kept; ++i) at[i + 1] = first[i];
    else
      std::memcpy(static_cast<void*>(at + 1), static_cast<const void*>(first), kept * sizeof(Value));
    top_ += kept + 1;
    return place;
  }
  // One word that can be changed: where a list or dict has its first elements; 0 = nowhere yet.
  std::uint64_t add_link() {
    if ((top_ & kMask) + 1 > words_.size()) [[unlikely]]
      grow();
    words_[top_ & kMask] = Value();
    return top_++;
  }
  std::uint64_t link(std::uint64_t place) const { return has(place) ? words_[place & kMask].payload() : 0; }
  void set_link(std::uint64_t place, std::uint64_t to) {
    if (has(place)) words_[place & kMask] = Value(Tag::unknown, to);
  }
  bool has(std::uint64_t place) const { return place != 0 && place < top_ && top_ - place <= kWords - kKept - 1; }
  // Empty when it is forgotten, or nothing.
  std::span<const Value> at(std::uint64_t place) const {
    if (place == 0 || !has(place)) return {};
    const Value* found = &words_[place & kMask];
    return {found + 1, found[0].payload() >> 1};
  }
  // More belongs to it than was kept.
  void set_partial(std::uint64_t place) {
    if (place != 0 && has(place)) words_[place & kMask] = Value(Tag::unknown, words_[place & kMask].payload() | 1u);
  }
  bool is_whole(std::uint64_t place) const { return has(place) && (words_[place & kMask].payload() & 1) == 0; }

  static constexpr std::uint64_t kKept = 256;

 private:
  static constexpr std::uint64_t kWords = 1u << 16, kMask = kWords - 1;
  // Most pickles are small, and most trials fail at once. A step is enough for any add().
  void grow() { words_.resize(words_.empty() ? 2 * kKept : std::min<std::uint64_t>(4 * words_.size(), kWords)); }
  std::vector<Value> words_;
  std::uint64_t top_ = 1;
};

}  // namespace tocsin::scan::pickle
