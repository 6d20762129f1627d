// CVSS vectors: scores stay on their scale.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "versions/cvss.hpp"

using namespace tocsin::versions;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto cvss = parse_cvss(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!cvss) return 0;
  for (const auto score : {cvss->base, cvss->temporal, cvss->environmental})
    if (score.tenths() < 0 || score.tenths() > 100) std::abort();
  if (cvss->temporal > cvss->base) std::abort();
  (void)cvss->severity();
  return 0;
}
