#include "scan/models/pickle/memo.hpp"

namespace tocsin::scan::pickle {

void Memo::clear() {
  packed_.clear();
  bases_.clear();
  aside_.clear();
  count_ = 0;
}

bool Memo::put_aside(std::uint64_t index, Value value) {
  if (aside_.size() >= most_elsewhere_ && !aside_.contains(index)) return false;
  aside_.insert_or_assign(index, value);
  return true;
}

// Not the next one: an entry that is put again, a gap, or an index from nowhere.
bool Memo::put_elsewhere(std::uint64_t index, Value value, std::uint64_t at, std::uint64_t top) {
  if (index == packed_.size() && !aside_.contains(index)) return put_next(value, at, top);
  if (index < packed_.size()) {
    if (packed_[index] == kElsewhere && !aside_.contains(index)) ++count_;
    if (const auto small = value.memo_word(bases_[index / kBlock])) {
      aside_.erase(index);
      packed_[index] = *small;
      return true;
    }
    packed_[index] = kElsewhere;
    return put_aside(index, value);
  }
  if (index - packed_.size() < kAhead) {
    // What was never put, or stands in the map already.
    while (packed_.size() < index) {
      if (packed_.size() % kBlock == 0 && !begin_block(at, top)) return false;
      if (!packed_.push(kElsewhere)) return false;
    }
    // Put again, counted before.
    if (aside_.erase(index) != 0) --count_;
    return put_next(value, at, top);
  }
  if (!aside_.contains(index)) ++count_;
  return put_aside(index, value);
}

}  // namespace tocsin::scan::pickle
