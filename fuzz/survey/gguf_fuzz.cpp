// read_gguf on any bytes, whole and as the beginning of a longer file.
#include "survey/gguf.hpp"

#include "../base/expect.hpp"

using namespace tocsin;
using namespace tocsin::survey;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::uint64_t more : {std::uint64_t{0}, std::uint64_t{1} << 20, UINT64_MAX - size}) {
    Gguf out;
    const Result<> read = read_gguf(bytes, size + more, out);
    if (!read) TOCSIN_EXPECT(!read.error().what.empty() && read.error().offset.value_or(0) <= size);
    TOCSIN_EXPECT(!read || out.pairs <= kMaxGgufPairs);
    for (const auto& [key, value] : out.texts) TOCSIN_EXPECT(value.size() <= kMaxGgufTextBytes);
  }
  return 0;
}
