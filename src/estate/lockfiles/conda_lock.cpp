// conda-lock.yml, version 1 (conda.github.io/conda-lock; conda_lock/lockfile/v1/models.py): one entry a package and platform,
// from conda or from pip. docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "estate/conda_names.hpp"
#include "estate/harvest.hpp"

namespace tocsin::estate::lockfiles {
namespace {

// The platforms of conda (conda/base/constants.py, KNOWN_SUBDIRS) as markers, so that an entry for another system does not
// count as installed.
constexpr std::pair<std::string_view, std::string_view> kPlatforms[] = {
    {"linux-64", "sys_platform == \"linux\" and platform_machine == \"x86_64\""},
    {"linux-aarch64", "sys_platform == \"linux\" and platform_machine == \"aarch64\""},
    {"linux-ppc64le", "sys_platform == \"linux\" and platform_machine == \"ppc64le\""},
    {"linux-s390x", "sys_platform == \"linux\" and platform_machine == \"s390x\""},
    {"osx-64", "sys_platform == \"darwin\" and platform_machine == \"x86_64\""},
    {"osx-arm64", "sys_platform == \"darwin\" and platform_machine == \"arm64\""},
    {"win-64", "sys_platform == \"win32\" and platform_machine == \"AMD64\""},
    {"win-arm64", "sys_platform == \"win32\" and platform_machine == \"ARM64\""},
    {"win-32", "sys_platform == \"win32\" and platform_machine == \"x86\""},
    {"noarch", ""},
};

// A package of conda that needs Python is a Python package; so is one whose build says for which Python it was made.
CondaHint hint_of(const Yaml& package) {
  for (const auto& [name, unused] : package["dependencies"].members)
    if (name == "python" || name == "python_abi") return CondaHint::python;
  std::string_view url = package["url"].text();
  url = url.substr(0, url.find('#'));
  const std::size_t build = url.rfind('-');
  return build != std::string_view::npos && url.substr(build).starts_with("-py") ? CondaHint::python
                                                                                 : CondaHint::not_python;
}

void set_group(Harvest& in, const Yaml& package, Pin& pin) {
  std::string_view category = in.text(package, "category");
  if (category.empty() || category == "main") return;
  pin.dev = is_development_group(category);
  pin.group = fmt::format("group:{}", category);
}

void one(Harvest& in, const Yaml& package) {
  in.about("");
  if (!in.is_map(package, "an entry of 'package'")) return;
  const std::string_view name = in.text(package, "name");
  const std::string_view manager = in.text(package, "manager");
  const std::uint32_t line = name.empty() ? package.line : package["name"].line;
  if (manager != "conda" && manager != "pip")
    return in.problem(
        line, Code::malformed,
        fmt::format("package {}: a manager of no known kind '{}'", for_message(name, 80), for_message(manager, 40)));
  const bool conda = manager == "conda";
  const std::string twin = conda ? pypi_twin(name, hint_of(package)) : "";
  std::optional<Pin> pin = in.pin(conda && twin.empty() ? "conda" : "PyPI", name, line);
  if (!pin) return;
  if (!twin.empty()) pin->name = twin;
  in.about(fmt::format("package {}", for_message(pin->name)));
  if (conda)
    pin->kind = "conda";
  else if (const Yaml& source = in.table(package, "source"); !source.is_null())
    in.set_origin(*pin, "url", in.text(source, "url"));
  in.set_version(*pin, in.text(package, "version"));
  if (!pin->version) in.flaw(line, Code::malformed, "no version");
  set_group(in, package, *pin);

  const std::string_view platform = in.text(package, "platform");
  bool known = platform.empty();
  for (const auto& [word, marker] : kPlatforms) {
    if (word != platform) continue;
    known = true;
    in.set_marker(*pin, marker);
  }
  if (!known)
    in.flaw(line, Code::unavailable,
            fmt::format("the platform '{}' is not known; the package counts as installed", for_message(platform, 40)));
  const Yaml& hashes = in.table(package, "hash");
  for (const auto& [algorithm, value] : hashes.members)
    if (const std::string_view digest = in.text_of(&value, algorithm); !digest.empty())
      in.add_hash(*pin, fmt::format("{}:{}", algorithm, digest));
  in.add(std::move(*pin));
}

bool claims(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "conda-lock.yml" || name == "conda-lock.yaml" || name.ends_with(".conda-lock.yml");
}

bool holds(std::string_view path, std::string_view content) {
  if (!path.ends_with(".yml") && !path.ends_with(".yaml")) return false;
  return content.find("\npackage:") != std::string_view::npos && content.find("manager: ") != std::string_view::npos &&
         content.find("platform: ") != std::string_view::npos;
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  const std::optional<Yaml> top = in.document(reader, Syntax::yaml);
  if (!top) return;
  if (top->find("package") == nullptr) return in.problem(1, Code::malformed, "no 'package': this is no conda-lock.yml");
  if (const Yaml* version = top->find("version"); version != nullptr && version->scalar != "1")
    in.problem(
        version->line, Code::refused,
        fmt::format("version {} of the format is not known; read as version 1", for_message(version->scalar, 20)));
  for (const Yaml& package : in.items(*top, "package")) one(in, package);
}

}  // namespace

extern const LockfileKind conda_lock;
const LockfileKind conda_lock{"conda-lock", "conda-lock.yml", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
