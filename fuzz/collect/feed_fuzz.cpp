// The source `feed` on any bytes: no crash, the same findings twice, and nothing in them that a store could not hold.
#include "findings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  tocsin::collect::check("feed", "fuzz/2025/in.xml", bytes);
  return tocsin::collect::check("feed", "fuzz/2025/in.xml", bytes, "aiid");
}
