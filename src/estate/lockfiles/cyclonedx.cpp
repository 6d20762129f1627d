// SBOMs in CycloneDX JSON, 1.2 to 1.7 (cyclonedx.org/docs): the packages among the components, at any depth, by their
// package URL. Read leniently, since what tools write is often not valid. docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "estate/harvest.hpp"

namespace tocsin::estate::lockfiles {
namespace {

struct Unnamed {
  std::size_t count = 0;
  std::uint32_t line = 0;
  std::string first;
};

// What a component that is no package of a registry may be; only these say nothing when they have no package URL.
bool is_other(std::string_view type) {
  return type == "machine-learning-model" || type == "data" || type == "file" || type == "operating-system" ||
         type == "device" || type == "firmware" || type == "container" || type == "platform" ||
         type == "device-driver" || type == "cryptographic-asset" || type == "application";
}

void one(Harvest& in, const Yaml& component, Unnamed& unnamed) {
  in.about("");
  if (!in.is_map(component, "a component")) return;
  const std::string_view name = in.text(component, "name");
  const std::string_view purl = in.text(component, "purl");
  if (!purl.empty()) {
    in.about(fmt::format("component {}", for_message(name, 120)));
    if (std::optional<Pin> pin = in.purl(purl, component["purl"].line)) {
      if (!pin->version) in.set_version(*pin, in.text(component, "version"));
      pin->dev = in.text(component, "scope") == "excluded";
      for (const Yaml& hash : in.items(component, "hashes")) {
        if (!in.is_map(hash, "an entry of 'hashes'")) continue;
        const std::string algorithm = replace_all(to_lower(in.text(hash, "alg")), "-", "");
        // SHA-3 and BLAKE say nothing that a lockfile could be compared with.
        if (algorithm.starts_with("sha3") && algorithm != "sha384") continue;
        if (algorithm.starts_with("blake")) continue;
        in.add_hash(*pin, fmt::format("{}:{}", algorithm, in.text(hash, "content")));
      }
      in.add(std::move(*pin));
    }
  } else if (!is_other(in.text(component, "type"))) {
    if (++unnamed.count == 1) {
      unnamed.line = component.line;
      unnamed.first = for_message(name, 120);
    }
  }
  in.about("");
  // The depth is bounded by the document's.
  for (const Yaml& part : in.items(component, "components")) one(in, part, unnamed);
}

bool claims(std::string_view path) {
  return path.ends_with(".cdx.json");
}

bool holds(std::string_view path, std::string_view content) {
  return path.ends_with(".json") && content.find("\"bomFormat\"") != std::string_view::npos &&
         content.find("\"CycloneDX\"") != std::string_view::npos;
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  const std::optional<Yaml> top = in.document(reader, Syntax::json);
  if (!top) return;
  if (in.text(*top, "bomFormat") != "CycloneDX")
    return in.problem(1, Code::malformed, "'bomFormat' is not CycloneDX: this is no such SBOM");
  Unnamed unnamed;
  for (const Yaml& component : in.items(*top, "components")) one(in, component, unnamed);
  in.about("");
  if (unnamed.count != 0)
    in.problem(unnamed.line, Code::unavailable,
               fmt::format("{} without a package URL, which packages these are nobody can tell: {}{}",
                           unnamed.count == 1 ? "1 component" : fmt::format("{} components", unnamed.count),
                           unnamed.first, unnamed.count == 1 ? "" : " and others"));
}

}  // namespace

extern const LockfileKind cyclonedx;
const LockfileKind cyclonedx{"cyclonedx", "CycloneDX JSON", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
