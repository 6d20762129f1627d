// Pipfile.lock: JSON that Pipenv writes, pipfile-spec 6 (pipenv.pypa.io, "Pipfile & Pipfile.lock"). One table of packages a
// category: default, develop, and others by name. docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "estate/harvest.hpp"
#include "versions/specifiers.hpp"

namespace tocsin::estate::lockfiles {
namespace {

void set_source(Harvest& in, const Yaml& entry, Pin& pin) {
  const bool editable = in.truth(entry, "editable");
  if (const std::string_view url = in.text(entry, "git"); !url.empty()) {
    const std::string_view revision = in.text(entry, "ref");
    in.set_origin(pin, editable ? "editable" : "git",
                  fmt::format("git+{}{}{}", url, revision.empty() ? "" : "@", revision));
    return;
  }
  if (const std::string_view file = in.text(entry, "file"); !file.empty())
    return in.set_origin(pin,
                         editable                                                                   ? "editable"
                         : file.find("://") != std::string_view::npos && !file.starts_with("file:") ? "url"
                                                                                                    : "path",
                         file);
  if (const std::string_view path = in.text(entry, "path"); !path.empty())
    return in.set_origin(pin, editable ? "editable" : "path", path);
}

void one(Harvest& in, const std::string& group, const std::string& name, const Yaml& entry) {
  in.about("");
  std::optional<Pin> pin = in.pin("PyPI", name, entry.line);
  if (!pin) return;
  in.about(fmt::format("package {}", pin->name));
  pin->dev = group == "develop" || is_development_group(group);
  if (group != "default" && group != "develop") pin->group = "group:" + group;
  if (in.is_text(entry)) {  // old files: "name": "==1.0"
    in.set_requirement(*pin, in.text_of(&entry, name));
    return in.add(std::move(*pin));
  }
  if (!in.is_map(entry, "an entry")) return;
  set_source(in, entry, *pin);
  const std::string_view version = in.text(entry, "version");
  if (pin->kind == "registry") {
    in.set_requirement(*pin, version);
    if (version.empty()) in.flaw(entry.line, Code::malformed, "no version");
  } else if (version.starts_with("==") && !version.starts_with("===")) {
    in.set_version(*pin, trim(version.substr(2)));
  }
  in.set_marker(*pin, in.text(entry, "markers"));
  for (std::string_view hash : in.texts(entry, "hashes")) in.add_hash(*pin, hash);
  in.add(std::move(*pin));
}

bool claims(std::string_view path) {
  return path.substr(path.rfind('/') + 1) == "Pipfile.lock";
}

bool holds(std::string_view path, std::string_view content) {
  return (path.ends_with(".json") || path.ends_with(".lock")) &&
         content.find("\"pipfile-spec\"") != std::string_view::npos;
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  const std::optional<Yaml> top = in.document(reader, Syntax::json);
  if (!top) return;
  if (top->find("_meta") == nullptr && top->find("default") == nullptr)
    return in.problem(1, Code::malformed, "neither '_meta' nor 'default': this is no Pipfile.lock");
  for (const auto& [group, value] : top->members) {
    if (group == "_meta") continue;
    in.about("");
    for (const auto& [name, entry] : in.table_of(&value, group).members) one(in, group, name, entry);
  }
}

}  // namespace

extern const LockfileKind pipfile_lock;
const LockfileKind pipfile_lock{"pipfile-lock", "Pipfile.lock", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
