// package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3 (docs.npmjs.com, "package-lock.json"). Versions 2 and 3
// have `packages` by place in node_modules, version 1 a tree of `dependencies`; 2 has both, and the first is read unless
// it is empty.
// docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <algorithm>
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

// Registries whose tarballs lie at HOST/…/NAME/… without a "/-/".
constexpr std::string_view kOtherRegistries[] = {
    "npm.pkg.github.com", "npm.jsr.io",         "registry.npmmirror.com", "registry.npm.taobao.org",
    "cdn.npmmirror.com",  "registry.nlark.com", "cdn.npm.taobao.org"};

// A registry's tarballs lie at HOST/…/NAME/-/FILE, on mirrors and private ones too: hosts tell nothing, the name does.
// Any other address is one of its own.
void set_tarball(Harvest& in, std::string_view url, Pin& pin) {
  std::string_view rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find_first_of("?#"));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string path =
      replace_all(replace_all(replace_all(rest.substr(slash), "%2f", "/"), "%2F", "/"), "%40", "@");
  if (const std::size_t end = path.find("/-/"); end != std::string::npos) {
    const std::string_view before = std::string_view(path).substr(0, end);
    std::size_t begin = before.rfind('/');
    if (begin != std::string_view::npos && begin != 0)
      if (const std::size_t scope = before.rfind('/', begin - 1);
          scope != std::string_view::npos && before.substr(scope + 1).starts_with('@'))
        begin = scope;
    const std::string_view name = before.substr(begin == std::string_view::npos ? 0 : begin + 1);
    if (name == pin.name) return;
    in.problem(pin.place.line, Code::malformed,
               fmt::format("what is installed is '{}', by its address {}", for_message(name), for_message(url)));
  } else {
    std::string_view host = rest.substr(0, slash);
    host = host.substr(host.rfind('@') + 1);  // npos + 1 is 0
    const bool registry =
        std::find(std::begin(kOtherRegistries), std::end(kOtherRegistries), host) != std::end(kOtherRegistries);
    if (registry && path.find(fmt::format("/{}/", pin.name)) != std::string::npos) return;
  }
  in.set_origin(pin, "url", url);
}

void set_source(Harvest& in, std::string_view resolved, Pin& pin) {
  if (resolved.empty()) return;
  if (is_git(resolved))
    in.set_origin(pin, "git", resolved);
  else if (resolved.starts_with("file:"))
    in.set_origin(pin, "path", resolved.substr(5));
  else if (resolved.find("://") != std::string_view::npos)
    set_tarball(in, resolved, pin);
}

void add(Harvest& in, const Yaml& entry, Pin pin) {
  pin.dev = in.truth(entry, "dev");
  in.add_integrity(pin, in.text(entry, "integrity"));
  in.add(std::move(pin));
}

// A link leads to a member of the workspace, which has an entry of its own.
void link(Harvest& in, const Members& places, const std::string& key, const Yaml& entry) {
  std::string_view target = in.text(entry, "resolved");
  while (target.starts_with("./")) target.remove_prefix(2);
  while (target.ends_with('/')) target.remove_suffix(1);
  const Yaml* place = entry.find("resolved") == nullptr ? nullptr : find(places, target);
  if (place == nullptr || (*place)["link"].truth())
    in.problem(entry.line, Code::malformed,
               fmt::format("'{}' is a link to '{}', which is not there", for_message(key), for_message(target)));
}

// Key: "node_modules/a/node_modules/@b/c".
void place_in_tree(Harvest& in, const Members& places, const std::string& key, const Yaml& entry) {
  in.about("");
  if (!in.is_map(entry, fmt::format("'{}'", for_message(key, 120)))) return;
  if (key.empty()) return;  // the project itself
  if (in.truth(entry, "link")) return link(in, places, key, entry);
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
  const Yaml& packages = in.table(*top, "packages");
  const Members places = members_of(packages);
  // With nothing but the project itself in it, the tree says what there is.
  if (std::any_of(places.begin(), places.end(), [](const auto& place) { return !place.first.empty(); })) {
    for (const auto& [key, entry] : packages.members) place_in_tree(in, places, key, entry);
    return;
  }
  dependencies(in, *top);
  in.about("");
  const Yaml& wanted = packages[""]["dependencies"];
  if (!wanted.members.empty() && (*top)["dependencies"].members.empty())
    in.problem(wanted.line, Code::malformed, "the project needs packages, and none is listed");
}

}  // namespace

extern const LockfileKind package_lock;
const LockfileKind package_lock{"package-lock", "package-lock.json", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
