// Ids: what is recognised is recognised again in its normal spelling, as the same id of a known scheme.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "intel/ids.hpp"

using namespace tocsin::intel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto id = recognise(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!id) return 0;
  if (!is_identity(id->scheme) || recognise(id->value) != id) std::abort();
  return 0;
}
