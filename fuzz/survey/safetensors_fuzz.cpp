// read_safetensors on any bytes, whole and as the beginning of a longer file.
#include "survey/safetensors.hpp"

#include "../base/expect.hpp"

using namespace tocsin;
using namespace tocsin::survey;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::uint64_t more : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
    const Result<Safetensors> read = read_safetensors(bytes, size + more);
    if (!read) TOCSIN_EXPECT(!read.error().what.empty());
    if (read)
      for (const auto& [key, value] : read->metadata) TOCSIN_EXPECT(value.size() <= kMaxSafetensorsText);
  }
  return 0;
}
