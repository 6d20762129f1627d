// Bodies under each Content-Encoding: never beyond the caps, and the same outcome whether the bytes come at once or one
// by one.
#include "wire/decode.hpp"

#include <array>

#include "../base/expect.hpp"

using namespace tocsin;
using namespace tocsin::wire;

namespace {
constexpr BodyLimits kLimits{100'000, 50};

Result<std::string> decoded(std::string_view encoding, std::string_view bytes, std::size_t step) {
  TOCSIN_TRY(Body body, Body::begin(encoding, kLimits));
  for (std::size_t at = 0; at < bytes.size(); at += step) TOCSIN_CHECK(body.add(bytes.substr(at, step)));
  return body.finish();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array<std::string_view, 4> kEncodings = {"", "gzip", "deflate", "zstd"};
  const std::string_view encoding = kEncodings[data[0] % kEncodings.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = decoded(encoding, bytes, bytes.size() + 1);
  const auto pieces = decoded(encoding, bytes, 1);
  TOCSIN_EXPECT(whole.has_value() == pieces.has_value());
  if (whole) {
    TOCSIN_EXPECT(*whole == *pieces && whole->size() <= kLimits.max_bytes);
  } else {
    TOCSIN_EXPECT(!whole.error().what.empty());
  }
  return 0;
}
