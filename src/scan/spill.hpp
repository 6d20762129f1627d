// A growing array that stays small in memory: past a threshold its elements live in an unlinked temporary file, and
// pages that were not used for a while are given back to the system. A file to be scanned decides how long such an array
// becomes, and no file may decide how much memory the scanner takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "base/result.hpp"

namespace tocsin::scan {

// Bytes behind SpillArray; the view `data()` moves when it grows.
class SpillBuffer {
 public:
  explicit SpillBuffer(std::uint64_t limit_bytes) : limit_(limit_bytes) {}
  ~SpillBuffer();
  SpillBuffer(const SpillBuffer&) = delete;
  SpillBuffer& operator=(const SpillBuffer&) = delete;

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  std::uint64_t capacity() const { return capacity_; }
  // At least `bytes`; what was there stays. `refused` past the limit, `unavailable` when the disk is full.
  Result<> reserve(std::uint64_t bytes);
  // Takes the pages before `bytes` out of memory where they live in the file; they come back when touched.
  void give_back(std::uint64_t begin, std::uint64_t end);
  bool on_disk() const { return fd_ >= 0; }

 private:
  Result<> move_to_disk(std::uint64_t bytes);
  std::uint64_t limit_;
  std::byte* data_ = nullptr;
  std::uint64_t capacity_ = 0;
  int fd_ = -1;
};

// `T` is copied as bytes. Not for threads to share.
template <class T>
class SpillArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit SpillArray(std::uint64_t limit_elements) : buffer_(limit_elements * sizeof(T)) {}

  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::uint64_t i) { return at_[i]; }
  const T& operator[](std::uint64_t i) const { return at_[i]; }
  T& back() { return at_[size_ - 1]; }

  // False when the limit (or the disk) says no: nothing was added then.
  bool push(const T& value) {
    if (size_ == room_ && !grow(1)) return false;
    at_[size_++] = value;
    return true;
  }
  // `n` more elements, uninitialised: the first of them, or nullptr.
  T* extend(std::uint64_t n) {
    if (room_ - size_ < n && !grow(n)) return nullptr;
    T* first = at_ + size_;
    size_ += n;
    return first;
  }
  void cut(std::uint64_t size) { size_ = size; }  // size <= size()
  // Out of memory where they live on disk; they come back when touched.
  void give_back(std::uint64_t begin, std::uint64_t end) { buffer_.give_back(begin * sizeof(T), end * sizeof(T)); }
  void clear() { size_ = 0; }

 private:
  bool grow(std::uint64_t more) {
    if (size_ + more < size_) return false;
    if (buffer_.on_disk()) {
      // What was written some while ago is rarely asked for again.
      const std::uint64_t now = size_ * sizeof(T);
      if (now > kHot) buffer_.give_back(0, now - kHot);
    }
    if (!buffer_.reserve((size_ + more) * sizeof(T))) return false;
    at_ = reinterpret_cast<T*>(buffer_.data());
    room_ = buffer_.capacity() / sizeof(T);
    return true;
  }
  static constexpr std::uint64_t kHot = 1u << 20;
  SpillBuffer buffer_;
  T* at_ = nullptr;
  std::uint64_t size_ = 0, room_ = 0;
};

}  // namespace tocsin::scan
