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
  // False when a budget says no. `now`: from where offsets and places of the entries to come are counted; what
  // lies before goes to the map.
  bool put(std::uint64_t index, Value value, const Value::Base& now) {
    if (index != packed_.size() || (!aside_.empty() && aside_.contains(index))) return put_elsewhere(index, value, now);
    const std::uint64_t block = index / kBlock;
    if (block == bases_.size() && !bases_.push(now)) return false;
    const auto small = value.memo_word(bases_[block]);
    if (!small) return append(kElsewhere) && put_aside(index, value);
    return append(*small);
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

  bool append(std::uint32_t word) {
    ++count_;
    return packed_.push(word);
  }
  bool put_aside(std::uint64_t index, Value value);
  bool put_elsewhere(std::uint64_t index, Value value, const Value::Base& now);

  SpillArray<std::uint32_t> packed_;
  SpillArray<Value::Base> bases_;
  std::unordered_map<std::uint64_t, Value> aside_;
  std::size_t most_elsewhere_;
  std::uint64_t count_ = 0;
};

}  // namespace tocsin::scan::pickle
