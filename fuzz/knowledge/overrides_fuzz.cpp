// Facts of a workspace, as any bytes: an error or a set of facts that hangs together.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "knowledge/knowledge.hpp"

using namespace tocsin::knowledge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;  // each run lays all facts out anew
  const Knowledge::File file{"fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size)};
  const auto facts = Knowledge::with_overrides(std::span(&file, 1));
  if (!facts) {
    if (facts.error().what.empty()) std::abort();
    return 0;
  }
  for (const Node& node : facts->nodes())
    for (const auto parent : node.parents)
      if (facts->node(parent) == nullptr) std::abort();
  if (facts->by_spelling("llama-2") == nullptr && facts->node("llama-2") != nullptr) std::abort();
  return 0;
}
