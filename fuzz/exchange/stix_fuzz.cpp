// Reading never loses an entry, and what is read can be checked, recorded and read again from its own bytes.
#include <cstdlib>

#include "exchange/stix.hpp"

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reading = exchange::stix::read(text, "fuzz");
  if (!reading) return 0;
  if (reading->entries != reading->objects.size() + reading->rejects.size()) std::abort();
  for (const exchange::stix::Object& object : reading->objects) {
    if (text.substr(object.offset, object.bytes.size()) != object.bytes) std::abort();
    static_cast<void>(exchange::stix::check(object.json));
    static_cast<void>(exchange::stix::to_edge(object));
    static_cast<void>(exchange::stix::sco_id(object.json));
    if (const auto record = exchange::stix::to_record(object, "fuzz")) {
      if (record->external_id != object.id) std::abort();
    }
  }
  return 0;
}
