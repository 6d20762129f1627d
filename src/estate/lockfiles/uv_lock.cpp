// uv.lock, version 1 (docs.astral.sh/uv, "Project lockfile"; crates/uv-resolver/src/lock in uv). An array of packages, each
// with a source of one kind. What is installed for development only is found by walking the dependencies from the
// projects of the workspace. docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "estate/harvest.hpp"

namespace tocsin::estate::lockfiles {
namespace {

// {registry = "…"}, {git = "URL?rev=…#commit"}, {url = "…"}, {path|directory|editable|virtual = "…"}.
bool set_source(Harvest& in, const Yaml& package, Pin& pin) {
  const Yaml* source = package.find("source");
  if (source == nullptr) {
    in.flaw(package.line, Code::malformed, "no source");
    return false;
  }
  if (in.is_text(*source)) {  // before 0.4: "registry+https://…"
    const std::string_view text = source->scalar;
    const std::string_view kind = text.substr(0, text.find('+'));
    const std::string_view where = kind.size() < text.size() ? text.substr(kind.size() + 1) : "";
    if (kind == "git") in.set_origin(pin, "git", text);
    if (kind == "direct" || kind == "url") in.set_origin(pin, "url", where);
    if (kind == "path" || kind == "directory" || kind == "virtual") in.set_origin(pin, "path", where);
    if (kind == "editable") in.set_origin(pin, "editable", where);
    return kind == "editable" || kind == "virtual";
  }
  if (!in.is_map(*source, "'source'")) return false;
  for (const auto& [key, value] : source->members) {
    const std::string_view where = in.text_of(&value, key);
    if (key == "git") in.set_origin(pin, "git", fmt::format("git+{}", where));
    if (key == "url") in.set_origin(pin, "url", where);
    if (key == "path" || key == "directory" || key == "virtual") in.set_origin(pin, "path", where);
    if (key == "editable") in.set_origin(pin, "editable", where);
    if (key == "editable" || key == "virtual") return true;
    if (key == "registry" || pin.kind != "registry") return false;
  }
  in.flaw(source->line, Code::malformed, "a source of no known kind");
  return false;
}

// Resolutions that differ by platform are entries of their own: any of the markers lets it be installed.
void set_markers(Harvest& in, const Yaml& package, Pin& pin) {
  std::string any;
  for (std::string_view marker : in.texts(package, "resolution-markers"))
    any += fmt::format("{}({})", any.empty() ? "" : " or ", marker);
  in.set_marker(pin, any);
}

void add_hashes(Harvest& in, const Yaml& package, Pin& pin) {
  if (const std::string_view hash = in.text(in.table(package, "sdist"), "hash"); !hash.empty()) in.add_hash(pin, hash);
  in.add_hashes(pin, in.items(package, "wheels"), "wheels");
}

// The names of a list of dependencies. Problems of theirs are not told: only names lead to what is pinned.
void names_of(const Yaml& list, std::vector<std::string_view>& into) {
  for (const Yaml& one : list.items)
    if (const Yaml& name = one["name"]; name.is_scalar()) into.push_back(name.text());
}

struct Graph {
  std::map<std::string_view, std::vector<std::string_view>> needs;  // by name: versions of one package are one
  std::vector<std::string_view> wanted, wanted_for_development;

  void add(std::string_view name, const Yaml& package, bool own) {
    std::vector<std::string_view>& next = needs[name];
    names_of(package["dependencies"], next);
    for (const auto& [extra, list] : package["optional-dependencies"].members) names_of(list, next);
    if (!own) return;
    wanted.push_back(name);
    for (const char* key : {"dev-dependencies", "dependency-groups"})
      for (const auto& [group, list] : package[key].members)
        names_of(list, is_development_group(group) ? wanted_for_development : wanted);
  }
  std::set<std::string_view> reached(std::vector<std::string_view> todo) const {
    std::set<std::string_view> out;
    while (!todo.empty()) {
      const std::string_view name = todo.back();
      todo.pop_back();
      if (!out.insert(name).second) continue;
      if (const auto found = needs.find(name); found != needs.end())
        todo.insert(todo.end(), found->second.begin(), found->second.end());
    }
    return out;
  }
};

bool claims(std::string_view path) {
  return path.substr(path.rfind('/') + 1) == "uv.lock";
}

bool holds(std::string_view path, std::string_view content) {
  if (!path.ends_with(".lock") && !path.ends_with(".toml")) return false;
  return content.starts_with("version = ") && content.find("\nrequires-python = ") != std::string_view::npos;
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  const std::optional<Yaml> top = in.document(reader, Syntax::toml);
  if (!top) return;
  if (top->find("version") == nullptr) return in.problem(1, Code::malformed, "no 'version': this is no uv.lock");
  // A later version may mean something else by the same words; what is understood is read and the rest told.
  if (top->find("version")->scalar != "1")
    in.problem((*top)["version"].line, Code::refused,
               fmt::format("version {} of the format is not known; read as version 1",
                           for_message((*top)["version"].text(), 20)));
  Graph graph;
  std::vector<Pin> pins;
  for (const char* key : {"package", "distribution"}) {
    for (const Yaml& package : in.items(*top, key)) {
      in.about("");
      if (!in.is_map(package, "an entry of 'package'")) continue;
      std::optional<Pin> pin = in.named("PyPI", package);
      if (!pin) continue;
      in.about(fmt::format("package {}", pin->name));
      const bool own = set_source(in, package, *pin);
      in.set_version(*pin, in.text(package, "version"));
      set_markers(in, package, *pin);
      add_hashes(in, package, *pin);
      graph.add(package["name"].scalar, package, own);
      pins.push_back(std::move(*pin));
    }
  }
  in.about("");
  const std::set<std::string_view> always = graph.reached(graph.wanted);
  const std::set<std::string_view> development = graph.reached(graph.wanted_for_development);
  for (Pin& pin : pins) {
    pin.dev = development.contains(pin.written) && !always.contains(pin.written);
    in.add(std::move(pin));
  }
}

}  // namespace

extern const LockfileKind uv_lock;
const LockfileKind uv_lock{"uv-lock", "uv.lock", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
