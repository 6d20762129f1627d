// parse_json, the printers and walk_elements on any bytes: what parses prints, what prints parses to the same value,
// and the walk over a whole array sees the elements that the parser sees.
#include "base/json.hpp"

#include <cmath>

#include "expect.hpp"

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_json(text, {.bytes = 1 << 20, .depth = 32, .values = 10'000});
  if (parsed) {
    const auto again = parse_json(parsed->dump());
    TOCSIN_EXPECT(again && *again == *parsed);
    TOCSIN_EXPECT(*parse_json(parsed->dump_pretty()) == *parsed);
    const std::string canonical = parsed->canonical();
    const auto from_canonical = parse_json(canonical);
    TOCSIN_EXPECT(from_canonical && from_canonical->canonical() == canonical);
  } else {
    TOCSIN_EXPECT(!parsed.error().what.empty());
    TOCSIN_EXPECT(!parsed.error().offset || *parsed.error().offset <= size);
  }
  for (const char* path : {"", "objects"}) {
    std::vector<std::string_view> elements;
    const auto walked = for_each_element(text, path, [&](std::string_view raw, std::uint64_t offset) -> Result<> {
      TOCSIN_EXPECT(offset + raw.size() <= size && raw.data() == text.data() + offset && !raw.empty());
      elements.push_back(raw);
      return {};
    });
    if (walked) TOCSIN_EXPECT(*walked == elements.size());
    const Json* array = !parsed ? nullptr : *path ? parsed->find(path) : &*parsed;
    if (!array || !array->is_array()) continue;
    TOCSIN_EXPECT(walked && elements.size() == array->size());
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const auto element = parse_json(elements[i]);
      TOCSIN_EXPECT(element && *element == array->as_array()[i]);
    }
  }
  return 0;
}
