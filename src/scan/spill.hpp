// A growing array that stays small in memory: past what all such arrays of the process share its elements live in an
// unlinked temporary file, and pages that were not used for a while are given back to the system. A file to be scanned
// decides how long such an array becomes, and no file may decide how much memory the scanner takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "base/result.hpp"
#include "scan/window.hpp"

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
  void release();
  bool grow_in_memory(std::uint64_t bytes);
  Result<> move_to_disk(std::uint64_t bytes);
  std::uint64_t limit_;
  std::byte* data_ = nullptr;
  std::uint64_t capacity_ = 0;
  int fd_ = -1;
  std::uint64_t mapped_ = 0;  // `data_` is a mapping of so many bytes; 0: of malloc
  Window window_;             // where it lives on disk
};

// `T` is copied as bytes. Not for threads to share.
template <class T>
class SpillArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit SpillArray(std::uint64_t limit_elements) : buffer_(limit_elements * sizeof(T)) {}

  std::uint64_t size() const { return static_cast<std::uint64_t>(top_ - at_); }
  bool empty() const { return top_ == at_; }
  T& operator[](std::uint64_t i) { return at_[i]; }
  const T& operator[](std::uint64_t i) const { return at_[i]; }
  T& back() { return top_[-1]; }

  // False when the limit (or the disk) says no: nothing was added then.
  bool push(const T& value) {
    if (top_ == end_) [[unlikely]]
      return push_after_growing(value);
    *top_++ = value;
    return true;
  }
  // `n` more elements, uninitialised: the first of them, or nullptr.
  T* extend(std::uint64_t n) {
    if (static_cast<std::uint64_t>(end_ - top_) < n && !grow(n)) return nullptr;
    T* first = top_;
    top_ += n;
    return first;
  }
  void cut(std::uint64_t size) { top_ = at_ + size; }  // size <= size()
  // Out of memory where they live on disk; they come back when touched.
  void give_back(std::uint64_t begin, std::uint64_t end) { buffer_.give_back(begin * sizeof(T), end * sizeof(T)); }
  void clear() { top_ = at_; }

 private:
  [[gnu::noinline]] bool push_after_growing(T value) {  // a copy: it may be one of these
    if (!grow(1)) return false;
    *top_++ = value;
    return true;
  }
  bool grow(std::uint64_t more) {
    const std::uint64_t n = size();
    if (n + more < n) return false;
    if (buffer_.on_disk()) {
      // What was written some while ago is rarely asked for again.
      const std::uint64_t now = n * sizeof(T);
      if (now > kHot) buffer_.give_back(0, now - kHot);
    }
    if (!buffer_.reserve((n + more) * sizeof(T))) return false;
    at_ = reinterpret_cast<T*>(buffer_.data());
    top_ = at_ + n;
    end_ = at_ + buffer_.capacity() / sizeof(T);
    return true;
  }
  static constexpr std::uint64_t kHot = 1u << 20;
  SpillBuffer buffer_;
  T* at_ = nullptr;
  T* top_ = nullptr;  // behind the last
  T* end_ = nullptr;  // of the room
};

}  // namespace tocsin::scan
