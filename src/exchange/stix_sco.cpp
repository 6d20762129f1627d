// Ids of cyber-observables: UUIDv5 over the canonical JSON of the properties that contribute (STIX 2.1, section 2.9 and
// the "ID Contributing Properties" of each type; checked against python-stix2's answers).
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "exchange/stix.hpp"

namespace tocsin::exchange::stix {
namespace {

struct Contributing {
  std::string_view type;
  std::vector<std::string_view> properties;
};

const std::vector<Contributing>& table() {
  static const std::vector<Contributing> kTable = {
      {"artifact", {"hashes", "payload_bin"}},
      {"autonomous-system", {"number"}},
      {"directory", {"path"}},
      {"domain-name", {"value"}},
      {"email-addr", {"value"}},
      {"email-message", {"from_ref", "subject", "body"}},
      {"file", {"hashes", "name", "extensions", "parent_directory_ref"}},
      {"ipv4-addr", {"value"}},
      {"ipv6-addr", {"value"}},
      {"mac-addr", {"value"}},
      {"mutex", {"name"}},
      {"network-traffic", {"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"}},
      {"software", {"name", "cpe", "swid", "vendor", "version"}},
      {"url", {"value"}},
      {"user-account", {"account_type", "user_id", "account_login"}},
      {"windows-registry-key", {"key", "values"}},
      {"x509-certificate", {"hashes", "serial_number"}},
  };
  return kTable;
}

// Only one hash contributes: the first present of this order, else the first there is.
Json one_hash(const Json& hashes) {
  for (std::string_view name : {"MD5", "SHA-1", "SHA-256", "SHA-512"})
    if (const Json* value = hashes.find(name)) return Json::object({{std::string(name), *value}});
  if (hashes.is_object() && hashes.size() > 0) return Json::object({hashes.as_object().front()});
  return hashes;
}

// Times contribute in their shortest form: "…:05.000Z" and "…:05Z" are one time.
Json without_zeros(const Json& value) {
  const auto time = parse_time(value.as_string());
  return time ? Json(to_rfc3339(*time)) : value;
}

// 00abedb4-aa42-466c-9c01-fed23315a9b7: the standard's namespace, for SCO ids and nothing else.
constexpr Uuid kScoNamespace{
    {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}};

}  // namespace

std::optional<std::string> sco_id(const Json& object) {
  const std::string_view type = object["type"].as_string();
  for (const Contributing& entry : table()) {
    if (entry.type != type) continue;
    Json contributing = Json::object();
    for (std::string_view property : entry.properties) {
      const Json* value = object.find(property);
      if (value == nullptr) continue;
      if (property == "hashes")
        contributing.set(property, one_hash(*value));
      else if (property == "start" || property == "end")
        contributing.set(property, without_zeros(*value));
      else
        contributing.set(property, *value);
    }
    if (contributing.size() == 0) return std::nullopt;
    return std::string(type) + "--" + uuid_v5(kScoNamespace, contributing.canonical()).text();
  }
  return std::nullopt;
}

}  // namespace tocsin::exchange::stix
