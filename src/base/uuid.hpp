// RFC 4122 UUIDs: version 5 for ids that must come out the same everywhere.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  std::string text() const;  // "28bb3599-77cd-5a82-a950-b5bc3caf07c4"
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};
Result<Uuid> parse_uuid(std::string_view text);
Uuid uuid_v5(const Uuid& name_space, std::string_view name);
Uuid uuid_from_bytes(std::string_view sixteen_bytes);  // asserts the length

// The namespace of every id that tocsin makes: UUIDv5(NameSpace_DNS, "tocsin.dev"). Never the one that STIX reserves
// for SCOs.
const Uuid& tocsin_namespace();

}  // namespace tocsin
