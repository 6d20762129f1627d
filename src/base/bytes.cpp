#include "base/bytes.hpp"

#include <fmt/format.h>

namespace tocsin {

Failure Bytes::short_of(std::uint64_t wanted) const {
  return fail_at(Code::truncated, fmt::format("input ends early: {} bytes wanted, {} left", wanted, left()), at_);
}

Result<std::span<const std::byte>> Bytes::take(std::uint64_t n) {
  if (n > left()) return short_of(n);
  auto taken = data_.subspan(at_, n);
  at_ += n;
  return taken;
}

Result<std::string_view> Bytes::text(std::uint64_t n) {
  TOCSIN_TRY(auto taken, take(n));
  return std::string_view(reinterpret_cast<const char*>(taken.data()), taken.size());
}

Result<> Bytes::skip(std::uint64_t n) {
  if (n > left()) return short_of(n);
  at_ += n;
  return {};
}

}  // namespace tocsin
