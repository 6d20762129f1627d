// Semantic versions and npm ranges: first line a range and a version, second line a version.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "versions/semver.hpp"

using namespace tocsin::versions;

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find('\n');
  const auto left = text.substr(0, line);
  const auto right = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
  const auto a = parse_semver(left);
  const auto b = parse_semver(right);
  if (a) {
    const auto again = parse_semver(a->text());
    require(again && *again == *a);
  }
  if (a && b) {
    const auto order = *a <=> *b;
    const int by_key = order_key(*a).compare(order_key(*b));
    require((order < 0) == (by_key < 0) && (order > 0) == (by_key > 0));
  }
  for (const bool loose : {false, true}) {
    for (const bool prerelease : {false, true}) {
      const NpmOptions options{loose, prerelease};
      const auto range = NpmRange::parse(left, options);
      if (!range) continue;
      // What is printed is plain comparators and allows the same.
      const auto again = NpmRange::parse(range->text(), options);
      require(again.has_value() && again->contains(right) == range->contains(right));
    }
  }
  return 0;
}
