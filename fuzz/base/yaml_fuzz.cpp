// parse_yaml on any bytes: a tree within its limits, or an error that says something.
#include "base/yaml.hpp"

#include <algorithm>

#include "expect.hpp"

using namespace tocsin;

namespace {

constexpr YamlLimits kLimits = {.bytes = 1 << 16, .depth = 32, .nodes = 5'000};

std::size_t count(const Yaml& node, std::size_t level) {
  TOCSIN_EXPECT(level <= kLimits.depth + 1);
  std::size_t nodes = 1;
  for (const Yaml& item : node.items) nodes += count(item, level + 1);
  for (const auto& [key, value] : node.members) {
    TOCSIN_EXPECT(node.find(key) == &value);  // the first of its name: there is no second
    nodes += count(value, level + 1);
  }
  return nodes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto yaml = parse_yaml(std::string_view(reinterpret_cast<const char*>(data), size), kLimits);
  if (yaml)
    TOCSIN_EXPECT(count(*yaml, 1) <= kLimits.nodes);
  else
    TOCSIN_EXPECT(!yaml.error().what.empty());
  return 0;
}
