// SBOMs in SPDX JSON: 2.2 and 2.3 (packages with external references) and 3.0 (a graph of elements, JSON-LD);
// spdx.github.io/spdx-spec. The packages that have a package URL. docs/formats/lockfiles.md.
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

  void add(const Yaml& package, std::string_view name) {
    if (++count != 1) return;
    line = package.line;
    first = for_message(name, 120);
  }
};

void add_hash(Harvest& in, Pin& pin, std::string_view algorithm, std::string_view value) {
  const std::string word = replace_all(replace_all(to_lower(algorithm), "-", ""), "_", "");
  if (word.starts_with("sha3") ? word == "sha384" : word.starts_with("sha") || word == "md5")
    in.add_hash(pin, fmt::format("{}:{}", word, value));
}

// 2.x
void package(Harvest& in, const Yaml& package, std::string_view described, Unnamed& unnamed) {
  in.about("");
  if (!in.is_map(package, "an entry of 'packages'")) return;
  const std::string_view name = in.text(package, "name");
  in.about(fmt::format("package {}", for_message(name, 120)));
  bool found = false;
  for (const Yaml& reference : in.items(package, "externalRefs")) {
    if (!in.is_map(reference, "an entry of 'externalRefs'") || in.text(reference, "referenceType") != "purl") continue;
    found = true;
    std::optional<Pin> pin = in.purl(in.text(reference, "referenceLocator"), package.line);
    if (!pin) continue;
    if (!pin->version) in.set_version(*pin, in.text(package, "versionInfo"));
    for (const Yaml& sum : in.items(package, "checksums"))
      if (in.is_map(sum, "an entry of 'checksums'"))
        add_hash(in, *pin, in.text(sum, "algorithm"), in.text(sum, "checksumValue"));
    in.add(std::move(*pin));
  }
  // What the document is about has no package URL as a rule.
  if (!found && in.text(package, "SPDXID") != described) unnamed.add(package, name);
}

// 3.0
void element(Harvest& in, const Yaml& element, Unnamed& unnamed) {
  in.about("");
  if (!in.is_map(element, "an element of '@graph'") || in.text(element, "type") != "software_Package") return;
  const std::string_view name = in.text(element, "name");
  in.about(fmt::format("package {}", for_message(name, 120)));
  std::string_view purl = in.text(element, "software_packageUrl");
  for (const Yaml& identifier : in.items(element, "externalIdentifier"))
    if (purl.empty() && identifier.is_map() && in.text(identifier, "externalIdentifierType") == "packageUrl")
      purl = in.text(identifier, "identifier");
  if (purl.empty()) return unnamed.add(element, name);
  std::optional<Pin> pin = in.purl(purl, element.line);
  if (!pin) return;
  if (!pin->version) in.set_version(*pin, in.text(element, "software_packageVersion"));
  for (const Yaml& sum : in.items(element, "verifiedUsing"))
    if (sum.is_map()) add_hash(in, *pin, in.text(sum, "algorithm"), in.text(sum, "hashValue"));
  in.add(std::move(*pin));
}

bool claims(std::string_view path) {
  return path.ends_with(".spdx.json");
}

bool holds(std::string_view path, std::string_view content) {
  if (!path.ends_with(".json") && !path.ends_with(".jsonld")) return false;
  return content.find("\"spdxVersion\"") != std::string_view::npos ||
         (content.find("\"@graph\"") != std::string_view::npos &&
          content.find("spdx.org/rdf/3") != std::string_view::npos);
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  const std::optional<Yaml> top = in.document(reader, Syntax::json);
  if (!top) return;
  Unnamed unnamed;
  if (top->find("spdxVersion") != nullptr) {
    std::string_view described;
    if (const auto list = in.texts(*top, "documentDescribes"); list.size() == 1) described = list.front();
    for (const Yaml& relation : in.items(*top, "relationships"))
      if (relation.is_map() && described.empty() && relation["relationshipType"].text() == "DESCRIBES")
        described = relation["relatedSpdxElement"].text();
    for (const Yaml& one : in.items(*top, "packages")) package(in, one, described, unnamed);
  } else if (top->find("@graph") != nullptr) {
    for (const Yaml& one : in.items(*top, "@graph")) element(in, one, unnamed);
  } else {
    return in.problem(1, Code::malformed, "neither 'spdxVersion' nor '@graph': this is no SPDX document");
  }
  in.about("");
  if (unnamed.count != 0)
    in.problem(unnamed.line, Code::unavailable,
               fmt::format("{} without a package URL, which packages these are nobody can tell: {}{}",
                           unnamed.count == 1 ? "1 package" : fmt::format("{} packages", unnamed.count), unnamed.first,
                           unnamed.count == 1 ? "" : " and others"));
}

}  // namespace

extern const LockfileKind spdx;
const LockfileKind spdx{"spdx", "SPDX JSON", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
