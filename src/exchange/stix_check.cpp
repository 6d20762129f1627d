// The MUSTs of STIX 2.1 that an object can break by itself (docs/formats/stix.md lists them with their sections).
// Import never depends on them; export does: nothing of ours leaves that breaks one.
#include <algorithm>
#include <set>

#include "base/ascii.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "exchange/stix.hpp"

namespace tocsin::exchange::stix {
namespace {

enum class Family { sdo, sro, sco, meta, extension, custom };

struct Type {
  std::string_view name;
  Family family;
  std::vector<std::string_view> required;  // besides the common ones
};

// Sections 4 to 7 of the standard.
const std::vector<Type>& types() {
  using enum Family;
  static const std::vector<Type> kTypes = {
      {"attack-pattern", sdo, {"name"}},
      {"campaign", sdo, {"name"}},
      {"course-of-action", sdo, {"name"}},
      {"grouping", sdo, {"context", "object_refs"}},
      {"identity", sdo, {"name"}},
      {"incident", sdo, {"name"}},
      {"indicator", sdo, {"pattern", "pattern_type", "valid_from"}},
      {"infrastructure", sdo, {"name"}},
      {"intrusion-set", sdo, {"name"}},
      {"location", sdo, {}},
      {"malware", sdo, {"is_family"}},
      {"malware-analysis", sdo, {"product"}},
      {"note", sdo, {"content", "object_refs"}},
      {"observed-data", sdo, {"first_observed", "last_observed", "number_observed"}},
      {"opinion", sdo, {"opinion", "object_refs"}},
      {"report", sdo, {"name", "published", "object_refs"}},
      {"threat-actor", sdo, {"name"}},
      {"tool", sdo, {"name"}},
      {"vulnerability", sdo, {"name"}},
      {"relationship", sro, {"relationship_type", "source_ref", "target_ref"}},
      {"sighting", sro, {"sighting_of_ref"}},
      {"artifact", sco, {}},
      {"autonomous-system", sco, {"number"}},
      {"directory", sco, {"path"}},
      {"domain-name", sco, {"value"}},
      {"email-addr", sco, {"value"}},
      {"email-message", sco, {"is_multipart"}},
      {"file", sco, {}},
      {"ipv4-addr", sco, {"value"}},
      {"ipv6-addr", sco, {"value"}},
      {"mac-addr", sco, {"value"}},
      {"mutex", sco, {"name"}},
      {"network-traffic", sco, {"protocols"}},
      {"process", sco, {}},
      {"software", sco, {"name"}},
      {"url", sco, {"value"}},
      {"user-account", sco, {}},
      {"windows-registry-key", sco, {}},
      {"x509-certificate", sco, {}},
      {"marking-definition", meta, {}},
      {"language-content", meta, {"object_ref", "contents"}},
      {"extension-definition", extension, {"name", "schema", "version", "extension_types", "created_by_ref"}},
  };
  return kTypes;
}

const Type* find_type(std::string_view name) {
  const auto found = std::find_if(types().begin(), types().end(), [&](const Type& t) { return t.name == name; });
  return found == types().end() ? nullptr : &*found;
}

// The four TLP 1.0 markings, whose bytes the standard fixes (section 7.2.1.4).
struct TlpOne {
  std::string_view id, word;
};
constexpr TlpOne kTlpOne[] = {
    {"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "white"},
    {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "green"},
    {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "amber"},
    {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red"},
};

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// RFC 3339 in UTC with a Z, seconds always there, any number of digits after the point (section 3.17).
bool is_timestamp(std::string_view text, std::size_t* decimals = nullptr) {
  if (text.size() < 20 || text.back() != 'Z' || text[10] != 'T') return false;
  if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return false;
  std::string_view rest = text.substr(19, text.size() - 20);
  if (!rest.empty() && (rest[0] != '.' || !digits(rest.substr(1)))) return false;
  if (decimals != nullptr) *decimals = rest.empty() ? 0 : rest.size() - 1;
  return parse_time(text).has_value();
}

// "type--UUID", lower case, RFC 4122 (section 2.9).
bool is_identifier(std::string_view text, std::string_view type = "") {
  const std::size_t dashes = text.find("--");
  if (dashes == std::string_view::npos || dashes == 0) return false;
  if (!type.empty() && text.substr(0, dashes) != type) return false;
  const std::string_view uuid = text.substr(dashes + 2);
  const auto parsed = parse_uuid(uuid);
  if (!parsed || parsed->text() != uuid) return false;
  const int version = parsed->bytes[6] >> 4;
  return version >= 1 && version <= 8 && (parsed->bytes[8] >> 6) == 2;
}

bool is_type_name(std::string_view text) {
  if (text.size() < 3 || text.size() > 250) return false;
  if (text.find("--") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_property_name(std::string_view text) {
  return text.size() >= 3 && text.size() <= 250 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_dictionary_key(std::string_view text) {
  return !text.empty() && text.size() <= 250 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
}

class Checker {
 public:
  explicit Checker(const Json& object) : object_(object) {}

  std::vector<Breach> check() {
    if (!object_.is_object()) {
      say("object", "a " + std::string(object_.type_name()) + " where an object should be");
      return std::move(breaches_);
    }
    const std::string_view name = object_["type"].as_string();
    if (name.empty())
      say("required", "type is missing");
    else if (!is_type_name(name))
      say("type-name", "type '" + printable(name, 60) + "' is not 3 to 250 of a-z 0-9 -");
    type_ = find_type(name);
    family_ = type_ != nullptr                                                            ? type_->family
              : object_.find("created") != nullptr || object_.find("modified") != nullptr ? Family::sdo
                                                                                          : Family::sco;
    identifier(name);
    common(name);
    if (type_ != nullptr)
      for (std::string_view property : type_->required) require(property);
    for (const auto& [key, value] : object_.as_object()) property(key, value);
    order();
    specific(name);
    references();
    extensions(name);
    return std::move(breaches_);
  }

 private:
  void say(std::string rule, std::string what) { breaches_.push_back({std::move(rule), std::move(what)}); }

  void require(std::string_view property) {
    if (object_.find(property) == nullptr) say("required", std::string(property) + " is missing");
  }

  void identifier(std::string_view type) {
    const std::string_view id = object_["id"].as_string();
    if (id.empty()) return say("required", "id is missing");
    if (!is_identifier(id, type)) say("id", "id '" + printable(id, 80) + "' is not " + printable(type, 60) + "--UUID");
    // Section 2.9: the SCO rule's namespace must not be used for anything else. A version 5 id of an SCO must be the
    // computed one.
    const auto uuid =
        id.size() > 36 ? parse_uuid(id.substr(id.size() - 36)) : Result<Uuid>(fail(Code::malformed, "short"));
    if (uuid && family_ == Family::sco && type_ != nullptr && (uuid->bytes[6] >> 4) == 5) {
      if (const auto computed = sco_id(object_); computed && *computed != id)
        say("sco-id", "a version 5 id of " + std::string(type) + " must be " + *computed);
    }
  }

  void common(std::string_view type) {
    if (const Json* version = object_.find("spec_version"); version != nullptr) {
      if (version->as_string() != "2.1") say("spec-version", "spec_version must be \"2.1\"");
    } else if (family_ != Family::sco) {
      say("required", "spec_version is missing");
    }
    if (family_ != Family::sco) {
      require("created");
      if (type != "marking-definition") require("modified");
    }
    if (type == "marking-definition" && object_.find("modified") != nullptr)
      say("marking-modified", "a marking-definition has no modified");
    if (family_ == Family::sco && type_ != nullptr)
      for (std::string_view property :
           {"created", "modified", "created_by_ref", "revoked", "labels", "confidence", "lang", "external_references"})
        if (object_.find(property) != nullptr) say("sco-common", std::string(property) + " does not belong on an SCO");
    if (const Json* confidence = object_.find("confidence"); confidence != nullptr) {
      const auto value = confidence->as_int();
      if (!value || *value < 0 || *value > 100) say("confidence", "confidence must be a whole number from 0 to 100");
    }
    if (const Json* revoked = object_.find("revoked"); revoked != nullptr && !revoked->is_bool())
      say("boolean", "revoked must be true or false");
    for (std::string_view key : {"created", "modified"}) {
      std::size_t decimals = 0;
      const Json* value = object_.find(key);
      if (value != nullptr && is_timestamp(value->as_string(), &decimals) && family_ != Family::sco && decimals < 3)
        say("timestamp-precision", std::string(key) + " must have at least milliseconds");
    }
  }

  // What holds for every property by its name and value.
  void property(const std::string& key, const Json& value) {
    if (key == "id" || key == "type") return;
    if (!is_property_name(key))
      say("property-name", "property name '" + printable(key, 60) + "' is not 3 to 250 of a-z 0-9 _");
    // Properties of their owner's own making: their names are judged, what is inside is not ours to read (ATT&CK's have
    // names that end in _ref and hold text, and empty lists; the validator of the standard's authors takes them).
    if (key.starts_with("x_")) return;
    values(key, value, 0);
    static const std::set<std::string_view> kTimes = {
        "created",   "modified",       "first_seen",    "last_seen", "valid_from", "valid_until", "start_time",
        "stop_time", "first_observed", "last_observed", "published", "start",      "end"};
    if (kTimes.count(key) != 0 && !is_timestamp(value.as_string()))
      say("timestamp", key + " must be an RFC 3339 time in UTC with a Z");
    if (key.ends_with("_ref") && !is_identifier(value.as_string())) say("reference", key + " must be an identifier");
    if (key.ends_with("_refs")) {
      if (!value.is_array()) say("reference", key + " must be a list of identifiers");
      for (const Json& element : value.as_array())
        if (!is_identifier(element.as_string())) say("reference", key + " must be a list of identifiers");
    }
    if (key == "created_by_ref" && !value.as_string().starts_with("identity--"))
      say("creator", "created_by_ref must name an identity");
    if (key == "object_marking_refs")
      for (const Json& element : value.as_array())
        if (!element.as_string().starts_with("marking-definition--"))
          say("marking-reference", "object_marking_refs must name marking-definitions");
    if (key == "hashes") hashes(value);
    if (key == "labels" || key == "aliases" || key == "goals") strings(key, value);
    if (key == "external_references") external(value);
    if (key == "granular_markings") granular(value);
    if (key == "kill_chain_phases")
      for (const Json& phase : value.as_array())
        for (std::string_view part : {"kill_chain_name", "phase_name"})
          if (phase[part].as_string().empty()) say("kill-chain", "a kill chain phase needs " + std::string(part));
  }

  // Lists are never empty, nothing is null (sections 3.1 and 3.9), dictionary keys are short and plain (3.4).
  void values(const std::string& path, const Json& value, int depth) {
    if (depth > 40) return;
    if (value.is_null()) return say("null", path + " is null: leave it out");
    if (value.is_array()) {
      if (value.size() == 0) return say("empty-list", path + " is an empty list: leave it out");
      for (const Json& element : value.as_array()) values(path, element, depth + 1);
    } else if (value.is_object()) {
      for (const auto& [key, member] : value.as_object()) {
        if (!is_dictionary_key(key))
          say("dictionary-key", "key '" + printable(key, 60) + "' in " + path + " is not 1 to 250 of A-Z a-z 0-9 _ -");
        values(path + "." + key, member, depth + 1);
      }
    }
  }

  void strings(const std::string& key, const Json& value) {
    if (!value.is_array()) say("list", key + " must be a list of strings");
    for (const Json& element : value.as_array())
      if (!element.is_string()) say("list", key + " must be a list of strings");
  }

  void hashes(const Json& value) {
    if (!value.is_object()) return say("hashes", "hashes must be a dictionary");
    struct Length {
      std::string_view name;
      std::size_t digits;
    };
    static constexpr Length kLengths[] = {{"MD5", 32},      {"SHA-1", 40},    {"SHA-256", 64},
                                          {"SHA-512", 128}, {"SHA3-256", 64}, {"SHA3-512", 128}};
    for (const auto& [name, hash] : value.as_object()) {
      for (const Length& length : kLengths)
        if (length.name == name && (hash.as_string().size() != length.digits || !from_hex(hash.as_string())))
          say("hashes", "the " + name + " must be " + std::to_string(length.digits) + " hexadecimal digits");
    }
  }

  void external(const Json& value) {
    if (!value.is_array()) return say("external-reference", "external_references must be a list");
    for (const Json& reference : value.as_array()) {
      if (reference["source_name"].as_string().empty())
        say("external-reference", "an external reference needs a source_name");
      if (reference.find("description") == nullptr && reference.find("url") == nullptr &&
          reference.find("external_id") == nullptr)
        say("external-reference", "an external reference needs a description, a url or an external_id");
    }
  }

  void granular(const Json& value) {
    if (!value.is_array()) return say("granular-marking", "granular_markings must be a list");
    for (const Json& marking : value.as_array()) {
      if (marking["selectors"].size() == 0) say("granular-marking", "a granular marking needs selectors");
      if (marking.find("marking_ref") == nullptr && marking.find("lang") == nullptr)
        say("granular-marking", "a granular marking needs a marking_ref or a lang");
    }
  }

  std::optional<Time> time(std::string_view key) const {
    const auto parsed = parse_time(object_[key].as_string());
    return parsed ? std::optional<Time>(*parsed) : std::nullopt;
  }

  void order() {
    struct Pair {
      std::string_view earlier, later;
      bool strict;
    };
    static constexpr Pair kPairs[] = {{"created", "modified", false},
                                      {"valid_from", "valid_until", true},
                                      {"start_time", "stop_time", true},
                                      {"first_seen", "last_seen", false},
                                      {"first_observed", "last_observed", false},
                                      {"start", "end", false}};
    for (const Pair& pair : kPairs) {
      const auto a = time(pair.earlier), b = time(pair.later);
      if (a && b && (*b < *a || (pair.strict && *a == *b)))
        say("order", std::string(pair.later) + " must be " + (pair.strict ? "later than " : "no earlier than ") +
                         std::string(pair.earlier));
    }
  }

  void specific(std::string_view type) {
    if (type == "relationship") {
      const std::string_view word = object_["relationship_type"].as_string();
      if (!word.empty() &&
          !std::all_of(word.begin(), word.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; }))
        say("relationship-type", "relationship_type must be of a-z 0-9 -");
    }
    if (type == "indicator" && object_.find("pattern") != nullptr && object_["pattern"].as_string().empty())
      say("pattern", "pattern must be text and not empty");
    if (type == "malware" && object_.find("is_family") != nullptr) {
      if (!object_["is_family"].is_bool()) say("boolean", "is_family must be true or false");
      if (object_["is_family"].as_bool().value_or(false) && object_["name"].as_string().empty())
        say("required", "a malware family needs a name");
    }
    if (type == "location" && object_.find("latitude") == nullptr && object_.find("region") == nullptr &&
        object_.find("country") == nullptr)
      say("required", "a location needs region, country, or latitude and longitude");
    if (type == "sighting") {
      const auto count = object_["count"].as_int();
      if (object_.find("count") != nullptr && (!count || *count < 0 || *count > 999'999'999))
        say("count", "count must be from 0 to 999,999,999");
    }
    if (type == "observed-data") {
      const auto number = object_["number_observed"].as_int();
      if (object_.find("number_observed") != nullptr && (!number || *number < 1 || *number > 999'999'999))
        say("count", "number_observed must be from 1 to 999,999,999");
    }
    if (type == "file" && object_.find("hashes") == nullptr && object_.find("name") == nullptr)
      say("required", "a file needs hashes or a name");
    if (type == "artifact") {
      if (object_.find("payload_bin") != nullptr && object_.find("url") != nullptr)
        say("artifact", "an artifact has payload_bin or url, not both");
      if (object_.find("url") != nullptr && object_.find("hashes") == nullptr)
        say("artifact", "an artifact with a url needs hashes");
    }
    if (type == "marking-definition") marking();
    if (type == "extension-definition") {
      static const std::set<std::string_view> kWords = {"new-sdo", "new-sco", "new-sro", "property-extension",
                                                        "toplevel-property-extension"};
      for (const Json& word : object_["extension_types"].as_array())
        if (kWords.count(word.as_string()) == 0)
          say("extension-type", "extension_types holds the unknown word '" + printable(word.as_string(), 40) + "'");
    }
  }

  void marking() {
    const std::string_view kind = object_["definition_type"].as_string();
    const bool by_extension = object_.find("extensions") != nullptr;
    if (!by_extension && (kind.empty() || object_.find("definition") == nullptr))
      return say("required", "a marking-definition needs definition_type and definition, or extensions");
    if (kind != "tlp") return;
    // TLP 1.0: "the following standard marking definitions MUST be used", byte for byte.
    const std::string_view word = object_["definition"]["tlp"].as_string();
    for (const TlpOne& tlp : kTlpOne) {
      if (tlp.word != word) continue;
      if (object_["id"].as_string() != tlp.id || object_["created"].as_string() != "2017-01-20T00:00:00.000Z")
        say("tlp", "TLP:" + std::string(word) + " must be the standard's own marking " + std::string(tlp.id));
      return;
    }
    say("tlp", "TLP '" + printable(word, 40) + "' is not white, green, amber or red");
  }

  void references() {
    if (object_["source_ref"].is_string() && (object_["source_ref"].as_string().starts_with("relationship--") ||
                                              object_["source_ref"].as_string().starts_with("sighting--")))
      say("relationship-ends", "source_ref must not be a relationship");
    if (object_["target_ref"].is_string() && (object_["target_ref"].as_string().starts_with("relationship--") ||
                                              object_["target_ref"].as_string().starts_with("sighting--")))
      say("relationship-ends", "target_ref must not be a relationship");
  }

  void extensions(std::string_view type) {
    const Json* all = object_.find("extensions");
    bool defines_type = false;
    if (all != nullptr) {
      if (!all->is_object() || all->size() == 0)
        return say("extensions", "extensions must be a dictionary that is not empty");
      for (const auto& [key, value] : all->as_object()) {
        if (!value.is_object()) say("extensions", "extension " + printable(key, 80) + " must be a dictionary");
        if (!key.starts_with("extension-definition--")) continue;
        if (!is_identifier(key)) say("extensions", "extension key '" + printable(key, 80) + "' is no identifier");
        const std::string_view kind = value["extension_type"].as_string();
        if (kind.empty()) say("extensions", "extension " + printable(key, 80) + " needs an extension_type");
        defines_type = defines_type || kind.starts_with("new-");
      }
    }
    // 2.1: a type of one's own is declared by an extension-definition; a bare x- type is the deprecated form and may
    // stay.
    if (type_ == nullptr && !type.empty() && !defines_type && !type.starts_with("x-"))
      say("unknown-type", "type '" + printable(type, 60) + "' is not of the standard and no extension declares it");
  }

  const Json& object_;
  const Type* type_ = nullptr;
  Family family_ = Family::custom;
  std::vector<Breach> breaches_;
};

}  // namespace

std::vector<Breach> check(const Json& object) {
  return Checker(object).check();
}

std::vector<Breach> check_bundle(const Json& bundle) {
  std::vector<Breach> breaches;
  if (bundle["type"].as_string() != "bundle") breaches.push_back({"bundle", "type must be \"bundle\""});
  if (!is_identifier(bundle["id"].as_string(), "bundle"))
    breaches.push_back({"id", "id of the bundle is not bundle--UUID"});
  if (bundle.find("spec_version") != nullptr)
    breaches.push_back({"bundle-spec-version", "a 2.1 bundle has no spec_version"});
  if (const Json* objects = bundle.find("objects"); objects != nullptr) {
    if (!objects->is_array())
      breaches.push_back({"bundle", "objects must be a list"});
    else if (objects->size() == 0)
      breaches.push_back({"empty-list", "objects is an empty list: leave it out"});
    std::set<std::pair<std::string, std::string>> seen;
    for (const Json& object : objects->as_array()) {
      const std::string id(object["id"].as_string());
      for (Breach& breach : check(object)) {
        breach.what = printable(id, 80) + ": " + breach.what;
        breaches.push_back(std::move(breach));
      }
      if (!seen.insert({id, std::string(object["modified"].as_string())}).second)
        breaches.push_back({"version", printable(id, 80) + ": the same id and modified twice"});
    }
  }
  return breaches;
}

}  // namespace tocsin::exchange::stix
