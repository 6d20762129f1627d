// A forward-only view over untrusted bytes. Every read is checked; none allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"

namespace tocsin {

class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> data) : data_(data) {}
  explicit Bytes(std::string_view text) : data_(std::as_bytes(std::span(text.data(), text.size()))) {}

  std::uint64_t offset() const { return at_; }  // bytes consumed so far
  std::uint64_t left() const { return data_.size() - at_; }
  bool at_end() const { return left() == 0; }

  // Reads one little-endian integer. Fails with `truncated` at the offset where it would begin.
  template <class T>
    requires std::is_integral_v<T>
  Result<T> le() {
    if (left() < sizeof(T)) return short_of(sizeof(T));
    using U = std::make_unsigned_t<T>;
    U value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value |= static_cast<U>(static_cast<U>(std::to_integer<std::uint8_t>(data_[at_ + i])) << (8 * i));
    at_ += sizeof(T);
    return static_cast<T>(value);
  }
  // Takes the next `n` bytes without copying them; the view lives as long as the input does.
  Result<std::span<const std::byte>> take(std::uint64_t n);
  Result<std::string_view> text(std::uint64_t n);
  Result<> skip(std::uint64_t n);

 private:
  Failure short_of(std::uint64_t wanted) const;
  std::span<const std::byte> data_;
  std::uint64_t at_ = 0;
};

}  // namespace tocsin
