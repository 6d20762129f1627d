// What a pickle's PUTs put, four bytes each: a pickle of a gigabyte memoizes a hundred million values, and a scan has
// 64 MB. A value is its tag and the distance of its payload from a base that each block of entries has; what does not fit
// stands in a map beside.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "scan/models/pickle/value.hpp"
#include "scan/spill.hpp"

namespace tocsin::scan::pickle {

class Memo {
 public:
  Memo(std::uint64_t entries, std::size_t elsewhere)
      : packed_(entries), bases_(entries / kBlock + 1), most_elsewhere_(elsewhere) {}

  void clear();
  // How many places were put to: MEMOIZE puts to this one.
  std::uint64_t count() const { return count_; }
  // False when a budget says no. `at`, `top`: where the input and the heap are now; what is memoized lies before, most of it
  // close by.
  bool put(std::uint64_t index, Value value, std::uint64_t at, std::uint64_t top) {
    if (index != packed_.size() || !aside_.empty()) [[unlikely]]
      return put_elsewhere(index, value, at, top);
    return put_next(value, at, top);
  }
  std::optional<Value> get(std::uint64_t index) const {
    if (index < packed_.size()) {
      const std::uint32_t word = packed_[index];
      if (word != kElsewhere) return Value::from_memo_word(word, bases_[index / kBlock]);
    }
    const auto found = aside_.find(index);
    if (found == aside_.end()) return std::nullopt;
    return found->second;
  }

 private:
  static constexpr std::uint64_t kBlock = 256;
  // An index this far beyond the others goes to the map. Little: five bytes of a stream must not cost a thousand here.
  static constexpr std::uint64_t kAhead = 64;
  // A word that no value has, tags go to 14: look into the map.
  static constexpr std::uint32_t kElsewhere = 0xffffffff;

  // The entry behind the last.
  bool put_next(Value value, std::uint64_t at, std::uint64_t top) {
    if (packed_.size() % kBlock == 0 && !begin_block(at, top)) return false;
    ++count_;
    if (const auto small = value.memo_word(base_)) [[likely]]
      return packed_.push(*small);
    return packed_.push(kElsewhere) && put_aside(packed_.size() - 1, value);
  }
  // The first entry of a block is to come: from where offsets and places are counted; what lies before goes to the map.
  bool begin_block(std::uint64_t at, std::uint64_t top) {
    constexpr std::uint64_t kBack = 1u << 26;
    base_ = {at > kBack ? at - kBack : 0, top > kBack ? top - kBack : 0};
    return bases_.push(base_);
  }
  bool put_aside(std::uint64_t index, Value value);
  bool put_elsewhere(std::uint64_t index, Value value, std::uint64_t at, std::uint64_t top);

  SpillArray<std::uint32_t> packed_;
  SpillArray<Value::Base> bases_;
  Value::Base base_;  // of the last block
  std::unordered_map<std::uint64_t, Value> aside_;
  std::size_t most_elsewhere_;
  std::uint64_t count_ = 0;
};

}  // namespace tocsin::scan::pickle
