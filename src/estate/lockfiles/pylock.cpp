// pylock.toml, the lockfile that is a standard: PEP 751, packaging.python.org "pylock.toml Specification", version 1.0.
// docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "estate/harvest.hpp"

namespace tocsin::estate::lockfiles {
namespace {

// A table of algorithm to digest.
void add_hashes(Harvest& in, const Yaml& file, Pin& pin) {
  const Yaml& hashes = in.table(file, "hashes");
  for (const auto& [algorithm, value] : hashes.members)
    if (const std::string_view digest = in.text_of(&value, algorithm); !digest.empty())
      in.add_hash(pin, fmt::format("{}:{}", algorithm, digest));
}

std::string_view where(Harvest& in, const Yaml& table) {
  const std::string_view url = in.text(table, "url");
  return url.empty() ? in.text(table, "path") : url;
}

// One of vcs, directory, archive; else it comes from an index.
void set_source(Harvest& in, const Yaml& package, Pin& pin) {
  if (const Yaml& vcs = in.table(package, "vcs"); !vcs.is_null()) {
    const std::string_view type = in.text(vcs, "type");
    const std::string_view commit = in.text(vcs, "commit-id");
    in.set_origin(pin, type == "git" ? "git" : "url",
                  fmt::format("{}+{}{}{}", type, where(in, vcs), commit.empty() ? "" : "@", commit));
  } else if (const Yaml& directory = in.table(package, "directory"); !directory.is_null()) {
    in.set_origin(pin, in.truth(directory, "editable") ? "editable" : "path", in.text(directory, "path"));
  } else if (const Yaml& archive = in.table(package, "archive"); !archive.is_null()) {
    in.set_origin(pin, in.text(archive, "url").empty() ? "path" : "url", where(in, archive));
    add_hashes(in, archive, pin);
  }
}

void one(Harvest& in, const Yaml& package) {
  in.about("");
  if (!in.is_map(package, "an entry of 'packages'")) return;
  std::optional<Pin> pin = in.named("PyPI", package);
  if (!pin) return;
  in.about(fmt::format("package {}", pin->name));
  set_source(in, package, *pin);
  in.set_version(*pin, in.text(package, "version"));
  in.set_marker(*pin, in.text(package, "marker"));
  add_hashes(in, in.table(package, "sdist"), *pin);
  for (const Yaml& wheel : in.items(package, "wheels"))
    if (in.is_map(wheel, "an entry of 'wheels'")) add_hashes(in, wheel, *pin);
  in.add(std::move(*pin));
}

// "pylock.toml" and "pylock.NAME.toml", the names that the standard asks for.
bool claims(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml"));
}

bool holds(std::string_view path, std::string_view content) {
  return (path.ends_with(".toml") || path.ends_with(".lock")) && content.find("lock-version") < content.find("[[") &&
         content.find("created-by") != std::string_view::npos;
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  const std::optional<Yaml> top = in.document(reader, Syntax::toml);
  if (!top) return;
  const std::string_view version = in.text(*top, "lock-version");
  if (version.empty()) return in.problem(1, Code::malformed, "no 'lock-version': this is no pylock.toml");
  // "Tools MUST warn for an unknown minor version and raise an error for an unknown major one."
  if (version != "1.0")
    in.problem((*top)["lock-version"].line, Code::refused,
               fmt::format("version {} of the format is not known{}", for_message(version, 20),
                           version.starts_with("1.") ? "; read as version 1.0" : ""));
  if (!version.starts_with("1.")) return;
  for (const Yaml& package : in.items(*top, "packages")) one(in, package);
}

}  // namespace

extern const LockfileKind pylock;
const LockfileKind pylock{"pylock", "pylock.toml", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
