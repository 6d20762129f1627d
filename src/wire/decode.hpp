// The body of a reply, decompressed as it arrives, within its caps.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::wire {

struct BodyLimits {
  std::uint64_t max_bytes = 0;  // decompressed
  std::uint32_t max_ratio = 0;  // decompressed to compressed, judged above kRatioFloor
};
inline constexpr std::uint64_t kRatioFloor = 1 << 20;  // a small reply of blanks is no attack

class Body {
 public:
  // `encoding` is the value of Content-Encoding: "", identity, gzip, x-gzip, deflate, zstd. Several at once are
  // `refused`, others (we have not asked for them) `malformed`.
  static Result<Body> begin(std::string_view encoding, BodyLimits limits);
  Body(Body&&) noexcept;
  Body& operator=(Body&&) noexcept;
  ~Body();

  // `refused` with the numbers as soon as a cap is passed: at most 64 KiB beyond it are ever made. `malformed` when the
  // stream is damaged.
  Result<> add(std::string_view bytes);
  // `truncated` when the stream has not ended. Gives the body; call once.
  Result<std::string> finish();
  void reserve(std::uint64_t bytes);

 private:
  struct State;
  explicit Body(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::wire
