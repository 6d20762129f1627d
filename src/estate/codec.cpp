// Assets as JSON, with the keys of estate.yaml, and the difference of two estates, found by comparing that JSON key by
// key: a field that is added to the nouns shows in differences without a word here.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/foreign.hpp"
#include "base/json_read.hpp"
#include "base/text.hpp"
#include "estate/estate.hpp"

namespace tocsin::estate {
namespace {

constexpr std::array<std::pair<AssetKind, std::string_view>, 4> kKinds{{
    {AssetKind::model, "model"},
    {AssetKind::dataset, "dataset"},
    {AssetKind::library, "library"},
    {AssetKind::endpoint, "endpoint"},
}};

// --- writing: what is empty is left out, so that a new field changes no old digest ---

class Writer {
 public:
  Writer& add(std::string_view key, std::string_view value) {
    if (!value.empty()) out_.set(key, value);
    return *this;
  }
  Writer& add(std::string_view key, const std::vector<std::string>& values) {
    if (!values.empty()) out_.set(key, Json::Array(values.begin(), values.end()));
    return *this;
  }
  Writer& add_true(std::string_view key, bool value) {
    if (value) out_.set(key, true);
    return *this;
  }
  Writer& add_place(const Place& place, Places places) {
    if (places == Places::without || place == Place{}) return *this;
    Json at = Json::object({{"file", place.file}});
    if (place.line != 0) at.set("line", place.line);
    out_.set("place", std::move(at));
    return *this;
  }
  Json& json() { return out_; }

 private:
  Json out_ = Json::object();
};

void write(const Model& model, Writer& out) {
  out.add("purl", model.purl)
      .add("version", model.version)
      .add("sha256", model.sha256)
      .add("family", model.family)
      .add("architecture", model.architecture)
      .add("base", model.base)
      .add("relation", model.relation)
      .add("task", model.task)
      .add("input", model.input)
      .add("output", model.output)
      .add("format", model.format)
      .add("quantization", model.quantization)
      .add("datasets", model.datasets)
      .add("runtime", model.runtime)
      .add_true("hosted", model.hosted)
      .add_true("trained_here", model.trained_here);
}

void write(const Dataset& dataset, Writer& out) {
  out.add("origin", dataset.origin)
      .add("revision", dataset.revision)
      .add("sha256", dataset.sha256)
      .add("collection", dataset.collection)
      .add_true("public_contribution", dataset.public_contribution)
      .add("modality", dataset.modality);
}

void write(const Library& library, Writer& out, Places places) {
  out.add("path", library.path);
  Json pins = Json::array();
  for (const Pin& pin : library.pins) pins.push(to_json(pin, places));
  if (pins.size() > 0) out.json().set("pins", std::move(pins));
  Json unread = Json::array();
  for (const Unread& part : library.unread) {
    Writer one;
    one.add("what", part.what).add_place(part.place, places);
    unread.push(std::move(one.json()));
  }
  if (unread.size() > 0) out.json().set("unread", std::move(unread));
}

void write(const Endpoint& endpoint, Writer& out) {
  out.add("url", endpoint.url)
      .add("models", endpoint.models)
      .add("logs", endpoint.logs)
      .add("callers", endpoint.callers);
}

// --- reading: absent is fine, another type is damage. The first error is kept. ---

class JsonReader {
 public:
  explicit JsonReader(const Json& body, std::string_view what) : body_(body) { take(check_object(body, what)); }
  JsonReader& read(std::string_view key, std::string& into) {
    if (!error_) take(read_member(body_, key, into));
    return *this;
  }
  JsonReader& read(std::string_view key, std::vector<std::string>& into) {
    if (!error_) take(read_member(body_, key, into));
    return *this;
  }
  JsonReader& read(std::string_view key, bool& into) {
    if (const Json* found = member(key)) {
      if (const auto value = found->as_bool())
        into = *value;
      else
        wrong(key, "true or false", *found);
    }
    return *this;
  }
  JsonReader& read(std::string_view key, std::uint32_t& into) {
    if (const Json* found = member(key)) {
      const auto value = found->as_uint();
      if (value && *value <= UINT32_MAX)
        into = static_cast<std::uint32_t>(*value);
      else
        wrong(key, "a small number", *found);
    }
    return *this;
  }
  JsonReader& read(Place& place) {
    if (const Json* found = member("place")) {
      JsonReader at(*found, "'place'");
      at.read("file", place.file).read("line", place.line);
      take(at);
    }
    return *this;
  }
  // nullptr when absent, null or after an error.
  const Json* member(std::string_view key) const { return error_ ? nullptr : member_of(body_, key); }
  void take(JsonReader& inner) {
    if (!error_) error_ = std::move(inner.error_);
  }
  void take(Result<> read) {
    if (!read && !error_) error_ = std::move(read).error();
  }
  JsonReader& wrong(std::string_view key, std::string_view wanted, const Json& found) {
    take(Result<>(wrong_type(key, wanted, found)));
    return *this;
  }
  Result<> done() {
    if (error_) return tl::make_unexpected(*error_);
    return {};
  }

 private:
  const Json& body_;
  std::optional<Error> error_;
};

void read(JsonReader& in, Model& model) {
  in.read("purl", model.purl)
      .read("version", model.version)
      .read("sha256", model.sha256)
      .read("family", model.family)
      .read("architecture", model.architecture)
      .read("base", model.base)
      .read("relation", model.relation)
      .read("task", model.task)
      .read("input", model.input)
      .read("output", model.output)
      .read("format", model.format)
      .read("quantization", model.quantization)
      .read("datasets", model.datasets)
      .read("runtime", model.runtime)
      .read("hosted", model.hosted)
      .read("trained_here", model.trained_here);
}

void read(JsonReader& in, Dataset& dataset) {
  in.read("origin", dataset.origin)
      .read("revision", dataset.revision)
      .read("sha256", dataset.sha256)
      .read("collection", dataset.collection)
      .read("public_contribution", dataset.public_contribution)
      .read("modality", dataset.modality);
}

void read(JsonReader& in, Endpoint& endpoint) {
  in.read("url", endpoint.url)
      .read("models", endpoint.models)
      .read("logs", endpoint.logs)
      .read("callers", endpoint.callers);
}

// --- differences ---

std::string shown(const Json& value) {
  constexpr std::size_t kMaxShownBytes = 200;  // a line for people; the whole is in the estate versions
  if (value.is_null()) return "none";
  if (value.is_string()) return printable(value.as_string(), kMaxShownBytes);
  if (value.is_object() && value.find("what") != nullptr) return shown(value["what"]);
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& element : value.as_array()) parts.push_back(shown(element));
    return printable(join(parts, ", "), kMaxShownBytes);
  }
  return printable(value.dump(), kMaxShownBytes);
}

// What a library allows of each package: "==2.5.0", "any", "==1.0; python_version < '3'". A package may stand there
// several times.
std::map<std::string, std::string> allowed(const Json& pins) {
  std::map<std::string, std::vector<std::string>> found;
  for (const Json& pin : pins.as_array()) {
    std::string text(pin["specifier"].as_string());
    if (text.empty()) text = "any";
    for (const std::string_view key : {"marker", "kind", "group"}) {
      const std::string_view value = pin[key].as_string();
      if (!value.empty()) text += "; " + std::string(value);
    }
    if (pin["dev"].as_bool().value_or(false)) text += "; dev";
    const std::size_t hashes = pin["hashes"].size();
    if (hashes > 0) {
      // Another hash under the same version is another file: it must show.
      std::vector<std::string> sorted;
      for (const Json& hash : pin["hashes"].as_array()) sorted.emplace_back(hash.as_string());
      std::sort(sorted.begin(), sorted.end());
      text += "; " + std::to_string(hashes) + (hashes == 1 ? " hash " : " hashes ") +
              sha256(join(sorted, "\n")).short_hex();
    }
    const std::string ecosystem(pin["ecosystem"].as_string());
    const std::string prefix = ecosystem == "PyPI" ? "" : ecosystem + " ";
    found[prefix + std::string(pin["name"].as_string())].push_back(std::move(text));
  }
  std::map<std::string, std::string> out;
  for (auto& [name, texts] : found) {
    std::sort(texts.begin(), texts.end());
    out[name] = join(texts, " | ");
  }
  return out;
}

void compare_pins(const std::string& head, const Json& before, const Json& after, std::vector<std::string>& lines) {
  const auto old = allowed(before);
  const auto now = allowed(after);
  const std::size_t first = lines.size();
  for (const auto& [name, text] : now) {
    const auto at = old.find(name);
    if (at == old.end())
      lines.push_back(head + "pin " + printable(name) + " added: " + printable(text));
    else if (at->second != text)
      lines.push_back(head + "pin " + printable(name) + " " + printable(at->second) + " -> " + printable(text));
  }
  for (const auto& [name, text] : old)
    if (now.count(name) == 0) lines.push_back(head + "pin " + printable(name) + " removed: " + printable(text));
  if (lines.size() == first) lines.push_back(head + "pins are written in another way or order");
}

void compare(const Asset& before, const Asset& after, Difference& out) {
  const Json old = to_json(before);
  const Json now = to_json(after);
  if (old == now) return;
  out.changed.push_back(after.name);
  const std::string head = "changed " + printable(after.name) + ": ";
  std::vector<std::string> keys;
  for (const Json::Member& member : old.as_object()) keys.push_back(member.first);
  for (const Json::Member& member : now.as_object())
    if (old.find(member.first) == nullptr) keys.push_back(member.first);
  for (const std::string& key : keys) {
    if (old[key] == now[key]) continue;
    if (key == "pins")
      compare_pins(head, old[key], now[key], out.lines);
    else
      out.lines.push_back(head + key + " " + shown(old[key]) + " -> " + shown(now[key]));
  }
}

}  // namespace

std::string_view to_string(AssetKind kind) {
  for (const auto& [value, word] : kKinds)
    if (value == kind) return word;
  return "";
}

std::optional<AssetKind> parse_asset_kind(std::string_view word) {
  for (const auto& [value, known] : kKinds)
    if (known == word) return value;
  return std::nullopt;
}

Json to_json(const Pin& pin, Places places) {
  Writer out;
  out.add("ecosystem", pin.ecosystem).add("name", pin.name).add("written", pin.written);
  if (pin.version) out.json().set("version", *pin.version);
  out.add("specifier", pin.specifier).add("marker", pin.marker);
  if (!pin.applies) out.json().set("applies", false);
  out.add("hashes", pin.hashes);
  if (pin.kind != "registry") out.add("kind", pin.kind);
  out.add("group", pin.group).add_true("dev", pin.dev);
  out.add_place(pin.place, places);
  return std::move(out.json());
}

Result<Pin> pin_from_json(const Json& body) {
  Pin pin;
  JsonReader in(body, "a pin");
  std::string version;
  in.read("ecosystem", pin.ecosystem)
      .read("name", pin.name)
      .read("written", pin.written)
      .read("version", version)
      .read("specifier", pin.specifier)
      .read("marker", pin.marker)
      .read("applies", pin.applies)
      .read("hashes", pin.hashes)
      .read("kind", pin.kind)
      .read("group", pin.group)
      .read("dev", pin.dev)
      .read(pin.place);
  if (in.member("version") != nullptr) pin.version = std::move(version);
  TOCSIN_CHECK(in.done());
  return pin;
}

Json to_json(const Asset& asset, Places places) {
  Writer out;
  out.add("kind", to_string(asset.kind))
      .add("name", asset.name)
      .add("owner", asset.owner)
      .add("criticality", asset.criticality)
      .add("environment", asset.environment)
      .add("exposure", asset.exposure);
  if (asset.model) write(*asset.model, out);
  if (asset.dataset) write(*asset.dataset, out);
  if (asset.library) write(*asset.library, out, places);
  if (asset.endpoint) write(*asset.endpoint, out);
  out.add_place(asset.place, places);
  return std::move(out.json());
}

Result<Asset> asset_from_json(const Json& body) {
  Asset asset;
  JsonReader in(body, "an asset");
  std::string kind;
  in.read("kind", kind)
      .read("name", asset.name)
      .read("owner", asset.owner)
      .read("criticality", asset.criticality)
      .read("environment", asset.environment)
      .read("exposure", asset.exposure)
      .read(asset.place);
  TOCSIN_CHECK(in.done());
  const auto known = parse_asset_kind(kind);
  if (!known) return fail(Code::malformed, "'kind' has the unknown word '" + printable(kind, 40) + "'");
  asset.kind = *known;
  switch (asset.kind) {
    case AssetKind::model:
      read(in, asset.model.emplace());
      break;
    case AssetKind::dataset:
      read(in, asset.dataset.emplace());
      break;
    case AssetKind::endpoint:
      read(in, asset.endpoint.emplace());
      break;
    case AssetKind::library: {
      Library& library = asset.library.emplace();
      in.read("path", library.path);
      if (const Json* unread = in.member("unread")) {
        if (!unread->is_array()) in.wrong("unread", "an array", *unread);
        for (const Json& element : unread->as_array()) {
          JsonReader one(element, "an unread part");
          Unread& part = library.unread.emplace_back();
          one.read("what", part.what).read(part.place);
          in.take(one);
        }
      }
      const Json* pins = in.member("pins");
      if (pins == nullptr) break;
      if (!pins->is_array()) in.wrong("pins", "an array", *pins);
      for (const Json& element : pins->as_array()) {
        TOCSIN_TRY(Pin pin, pin_from_json(element));
        library.pins.push_back(std::move(pin));
      }
      break;
    }
  }
  TOCSIN_CHECK(in.done());
  return asset;
}

Digest content_digest(std::span<const Asset> assets) {
  Json all = Json::array();
  for (const Asset& asset : assets) all.push(to_json(asset));
  return sha256(all.canonical());
}

const Asset* Estate::find(std::string_view name) const {
  for (const Asset& asset : assets)
    if (asset.name == name) return &asset;
  return nullptr;
}

Difference difference(const Estate& before, const Estate& after) {
  // The first asset of a name counts, as in find(); readers refuse the second.
  std::unordered_map<std::string_view, const Asset*> old;
  std::unordered_map<std::string_view, const Asset*> now;
  for (const Asset& asset : before.assets) old.emplace(asset.name, &asset);
  for (const Asset& asset : after.assets) now.emplace(asset.name, &asset);
  Difference out;
  for (const Asset& asset : after.assets) {
    if (now.at(asset.name) != &asset) continue;
    if (const auto at = old.find(asset.name); at != old.end()) {
      compare(*at->second, asset, out);
    } else {
      out.added.push_back(asset.name);
      out.lines.push_back("added " + std::string(to_string(asset.kind)) + " " + printable(asset.name));
    }
  }
  for (const Asset& asset : before.assets) {
    if (old.at(asset.name) != &asset || now.count(asset.name) > 0) continue;
    out.removed.push_back(asset.name);
    out.lines.push_back("removed " + std::string(to_string(asset.kind)) + " " + printable(asset.name));
  }
  return out;
}

}  // namespace tocsin::estate
