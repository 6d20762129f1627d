// package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3 (docs.npmjs.com, "package-lock.json"). Versions 2 and 3
// have `packages` by place in node_modules, version 1 a tree of `dependencies`; 2 has both, and the first is read.
// docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "estate/harvest.hpp"

namespace tocsin::estate::lockfiles {
namespace {

constexpr std::string_view kFolder = "node_modules/";

bool is_git(std::string_view text) {
  return text.starts_with("git+") || text.starts_with("git:") || text.starts_with("github:") ||
         text.starts_with("gitlab:") || text.starts_with("bitbucket:") || text.starts_with("git@");
}

// "name" of "npm:name@1.2.3", "@scope/name" of "npm:@scope/name@1.2.3".
std::pair<std::string_view, std::string_view> alias_of(std::string_view text) {
  text.remove_prefix(std::string_view("npm:").size());
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

// A registry's tarballs lie at HOST/NAME/-/NAME-VERSION.tgz; any other address is one of its own.
void set_source(Harvest& in, std::string_view resolved, Pin& pin) {
  if (resolved.empty()) return;
  if (is_git(resolved))
    in.set_origin(pin, "git", resolved);
  else if (resolved.starts_with("file:"))
    in.set_origin(pin, "path", resolved.substr(5));
  else if (resolved.find("://") != std::string_view::npos && resolved.find("/-/") == std::string_view::npos &&
           (resolved.find("codeload.github.com/") != std::string_view::npos ||
            resolved.find("/archive/") != std::string_view::npos))
    in.set_origin(pin, "url", resolved);
}

void add(Harvest& in, const Yaml& entry, Pin pin) {
  pin.dev = in.truth(entry, "dev");
  in.add_integrity(pin, in.text(entry, "integrity"));
  in.add(std::move(pin));
}

// Key: "node_modules/a/node_modules/@b/c".
void place_in_tree(Harvest& in, const std::string& key, const Yaml& entry) {
  in.about("");
  if (!in.is_map(entry, fmt::format("'{}'", for_message(key, 120)))) return;
  // "" is the project itself. A link leads to a member of the workspace, which has an entry of its own.
  if (key.empty() || in.truth(entry, "link")) return;
  const std::size_t at = key.rfind(kFolder);
  const bool member = at == std::string::npos;
  std::string_view name = in.text(entry, "name");
  if (name.empty()) name = std::string_view(key).substr(member ? key.rfind('/') + 1 : at + kFolder.size());
  std::optional<Pin> pin = in.pin("npm", name, entry.line);
  if (!pin) return;
  in.about(fmt::format("package {}", for_message(pin->name)));
  if (member)
    in.set_origin(*pin, "path", key);
  else
    set_source(in, in.text(entry, "resolved"), *pin);
  const std::string_view version = in.text(entry, "version");
  in.set_version(*pin, version);
  if (version.empty() && !member) in.flaw(entry.line, Code::malformed, "no version");
  add(in, entry, std::move(*pin));
}

// Version 1. The depth is bounded by the document's.
void dependencies(Harvest& in, const Yaml& holder) {
  const Yaml& list = in.table(holder, "dependencies");
  for (const auto& [key, entry] : list.members) {
    in.about("");
    if (!in.is_map(entry, fmt::format("'{}'", for_message(key, 120)))) continue;
    std::string_view version = in.text(entry, "version"), name = key;
    if (version.starts_with("npm:")) std::tie(name, version) = alias_of(version);
    if (std::optional<Pin> pin = in.pin("npm", name, entry.line)) {
      in.about(fmt::format("package {}", for_message(pin->name)));
      if (is_git(version) || version.starts_with("file:")) {
        set_source(in, version, *pin);
      } else if (version.find("://") != std::string_view::npos) {
        in.set_origin(*pin, "url", version);
      } else {
        set_source(in, in.text(entry, "resolved"), *pin);
        in.set_version(*pin, version);
        if (version.empty()) in.flaw(entry.line, Code::malformed, "no version");
      }
      add(in, entry, std::move(*pin));
    }
    dependencies(in, entry);
  }
}

bool claims(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "package-lock.json" || name == "npm-shrinkwrap.json" || name == ".package-lock.json";
}

bool holds(std::string_view path, std::string_view content) {
  return path.ends_with(".json") && content.find("\"lockfileVersion\"") != std::string_view::npos;
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  const std::optional<Yaml> top = in.document(reader, Syntax::json);
  if (!top) return;
  const Yaml* version = top->find("lockfileVersion");
  if (version == nullptr && top->find("packages") == nullptr && top->find("dependencies") == nullptr)
    return in.problem(1, Code::malformed, "no 'lockfileVersion': this is no package-lock.json");
  if (version != nullptr && version->scalar != "1" && version->scalar != "2" && version->scalar != "3")
    in.problem(version->line, Code::refused,
               fmt::format("lockfileVersion {} is not known; read like version 3", for_message(version->scalar, 20)));
  if (top->find("packages") != nullptr) {
    for (const auto& [key, entry] : in.table(*top, "packages").members) place_in_tree(in, key, entry);
  } else {
    dependencies(in, *top);
  }
}

}  // namespace

extern const LockfileKind package_lock;
const LockfileKind package_lock{"package-lock", "package-lock.json", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
