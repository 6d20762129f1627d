// Package URLs: what is accepted prints as a canonical text that reads back as itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "versions/purl.hpp"

using namespace tocsin::versions;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto purl = parse_purl(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!purl) return 0;
  const auto text = purl->text();
  if (text.size() > kMaxPurlBytes) return 0;  // encoding may triple it
  const auto again = parse_purl(text);
  if (!again || *again != *purl || again->text() != text) std::abort();
  return 0;
}
