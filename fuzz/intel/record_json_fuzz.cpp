// Records and items from JSON: what is read prints to JSON that reads back as the same, and folds into an item that
// does too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "intel/fold.hpp"

using namespace tocsin;
using namespace tocsin::intel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = parse_json(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!json) return 0;
  if (const auto item = item_from_json(*json)) {
    const Json once = to_json(*item);
    const auto again = item_from_json(once);
    if (!again || to_json(*again) != once) std::abort();
  }
  const auto record = record_from_json(*json);
  if (!record) return 0;
  const Json once = to_json(*record);
  const auto again = record_from_json(once);
  if (!again || to_json(*again) != once || content_digest(*again) != content_digest(*record)) std::abort();
  const Record* both[] = {&*record, &*again};
  const Item item = fold(both);
  const auto back = item_from_json(to_json(item));
  if (!back || to_json(*back) != to_json(item)) std::abort();
  return 0;
}
