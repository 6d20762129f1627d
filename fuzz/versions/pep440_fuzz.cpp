// Versions, specifiers and requirements from any bytes: two lines make a pair whose order every form must agree on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "versions/names.hpp"
#include "versions/pep440.hpp"
#include "versions/pep508.hpp"
#include "versions/specifiers.hpp"

using namespace tocsin::versions;

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
int sign(int value) {
  return (value > 0) - (value < 0);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find('\n');
  const auto left = text.substr(0, line);
  const auto right = line == std::string_view::npos ? std::string_view() : text.substr(line + 1);

  const auto a = parse_pep440(left);
  const auto b = parse_pep440(right);
  require(a.has_value() == pep440_key(left).has_value());
  if (a) {
    require(order_key(*a) == pep440_key(left)->key);
    const auto again = parse_pep440(a->text());
    require(again && *again == *a && again->text() == a->text());
    require(order_key(a->public_part()) == pep440_key(left)->public_key());
  }
  if (a && b) {
    const auto order = *a <=> *b;
    const int by_key = sign(order_key(*a).compare(order_key(*b)));
    require(by_key == (order < 0 ? -1 : order > 0 ? 1 : 0));
  }
  if (const auto set = SpecifierSet::parse(left)) {
    const auto again = SpecifierSet::parse(set->text());
    require(again.has_value() && again->text() == set->text());
    const bool contained = set->contains(right);
    require(contained == again->contains(right));
    const std::string only[] = {std::string(right)};
    require(contained == !set->filter(only).empty());
  }
  if (const auto requirement = parse_requirement(text)) {
    const auto again = parse_requirement(requirement->text());
    require(again.has_value() && again->text() == requirement->text());
    if (requirement->marker) {
      const MarkerEnvironment here;
      const auto holds = requirement->marker->evaluate(here);
      const auto same = again->marker->evaluate(here);
      require(holds.has_value() == same.has_value() && (!holds || *holds == *same));
    }
  }
  (void)parse_wheel_filename(left);
  (void)parse_sdist_filename(left);
  (void)normalize_pypi_name(left);
  return 0;
}
