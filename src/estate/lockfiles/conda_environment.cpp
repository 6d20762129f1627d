// environment.yml of conda (docs.conda.io, "Managing environments"; match specifications: conda's models/match_spec.py): names
// and what is asked of them, and a `pip` part with lines of a requirements file. docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "estate/conda_names.hpp"
#include "estate/credentials.hpp"
#include "estate/harvest.hpp"
#include "versions/specifiers.hpp"

namespace tocsin::estate::lockfiles {
namespace {

struct Asked {
  std::string_view name;
  std::string version;  // what stands behind the name, without the build: "=1.2", ">=1,<2", "1.2.*", ""
};

// [channel::]name[version[build]], where blanks or '=' part them, or name[version='…',build='…'].
Asked parse_match(std::string_view text) {
  Asked out;
  text = trim(text.substr(0, text.find(" #")));
  if (const std::size_t channel = text.find("::"); channel != std::string_view::npos) text.remove_prefix(channel + 2);
  const std::size_t end = std::min(text.find_first_of(" \t=<>!~["), text.size());
  out.name = text.substr(0, end);
  std::string_view rest = trim(text.substr(end));
  if (rest.starts_with('[')) {
    for (std::string_view part :
         {std::string_view("version='"), std::string_view("version=\""), std::string_view("version=")}) {
      const std::size_t at = rest.find(part);
      if (at == std::string_view::npos) continue;
      const std::string_view value = rest.substr(at + part.size());
      const bool quoted = part.back() != '=';
      out.version = value.substr(0, quoted ? value.find(part.back()) : value.find_first_of(",]"));
      if (!out.version.empty() && std::string_view("=<>!~").find(out.version[0]) == std::string_view::npos)
        out.version = "==" + out.version;
      return out;
    }
    return out;
  }
  // The build stands behind a second '=' or blank: "1.0=openblas", "1.8.1 py39_0". Comparisons keep their blanks.
  std::size_t from = std::min(rest.find_first_not_of("=<>!~ \t"), rest.size());
  const std::string_view sign = trim(rest.substr(0, from));
  std::string_view version = rest.substr(from);
  bool build = false;
  if (sign.empty() || sign == "=" || sign == "==") {
    const std::size_t cut = std::min(version.find_first_of("= \t"), version.size());
    build = !trim(version.substr(cut)).empty();
    version = version.substr(0, cut);
  }
  if (version.empty()) return out;
  // "name 1.2" is exact, like ==; "name=1.2" takes 1.2.x as well, but not where a build is named: that is of one version.
  out.version = fmt::format("{}{}", sign.empty() || build ? "==" : sign, version);
  return out;
}

// A clause of conda's as one of PEP 440: `=1.2` takes the newest 1.2.x, so it is ==1.2.* and no single version.
std::string clause_of_conda(std::string_view clause) {
  if (!clause.starts_with('=') || clause.starts_with("==")) return std::string(clause);
  std::string_view version = clause.substr(1);
  const bool starred = version.ends_with('*');
  while (version.ends_with('*') || version.ends_with('.')) version.remove_suffix(1);
  std::string range = fmt::format("=={}.*", version);
  // Below 1.2rc1 or 1.2+cpu there is nothing: the version itself.
  if (!starred && !versions::SpecifierSet::parse(range)) return fmt::format("=={}", version);
  return range;
}

void set_asked(Harvest& in, Pin& pin, std::string asked) {
  if (asked.empty() || asked == "=*" || asked == "==*" || asked == "*") return;
  if (pin.ecosystem != "PyPI") {
    const bool one = asked.starts_with("==") && asked.find_first_of("*,|<>=!~", 2) == std::string::npos;
    if (one)
      in.set_version(pin, std::string_view(asked).substr(2));
    else
      pin.specifier = without_credentials(asked);
    return;
  }
  std::string specifier;
  for (std::string_view clause : split(asked, ','))
    specifier += (specifier.empty() ? "" : ",") + clause_of_conda(trim(clause));
  std::erase(specifier, ' ');
  const Result<versions::SpecifierSet> parsed = versions::SpecifierSet::parse(specifier);
  if (!parsed) {
    pin.specifier = without_credentials(asked);
    in.flaw(pin.place.line, Code::unavailable,
            fmt::format("'{}' is nothing that PEP 440 can say; its versions are not judged", for_message(asked, 80)));
    return;
  }
  in.set_requirement(pin, specifier);
}

void one(Harvest& in, const Yaml& entry) {
  const Asked asked = parse_match(entry.scalar);
  const std::string twin = pypi_twin(asked.name, CondaHint::none);
  in.about("");
  std::optional<Pin> pin = in.pin(twin.empty() ? "conda" : "PyPI", asked.name, entry.line);
  if (!pin) return;
  if (!twin.empty()) pin->name = twin;
  pin->kind = "conda";
  in.about(fmt::format("package {}", for_message(pin->written)));
  set_asked(in, *pin, asked.version);
  in.about("");
  in.add(std::move(*pin));
}

bool claims(std::string_view path) {
  const std::string name = to_lower(path.substr(path.rfind('/') + 1));
  if (!name.ends_with(".yml") && !name.ends_with(".yaml")) return false;
  const std::string_view stem = std::string_view(name).substr(0, name.rfind('.'));
  return stem == "environment" || stem == "conda" || stem == "conda-env" || stem.starts_with("environment-") ||
         stem.starts_with("environment_") || stem.starts_with("environment.") || stem.ends_with("-environment") ||
         stem.ends_with("_environment");
}

bool holds(std::string_view path, std::string_view content) {
  if (!path.ends_with(".yml") && !path.ends_with(".yaml")) return false;
  const bool lists = content.starts_with("dependencies:") || content.find("\ndependencies:") != std::string_view::npos;
  return lists &&
         (content.find("channels:") != std::string_view::npos || content.find("pip:") != std::string_view::npos);
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  const std::optional<Yaml> top = in.document(reader, Syntax::yaml);
  if (!top) return;
  if (top->find("dependencies") == nullptr)
    return in.problem(1, Code::malformed, "no 'dependencies': this is no environment of conda");
  for (const Yaml& entry : in.items(*top, "dependencies")) {
    if (entry.is_scalar()) {
      one(in, entry);
    } else if (entry.is_map()) {
      for (const auto& [key, lines] : entry.members) {
        if (key != "pip") {
          in.problem(lines.line, Code::refused, fmt::format("'{}' is not read", for_message(key, 40)));
          continue;
        }
        for (const Yaml& line : in.items(entry, key)) {
          if (!line.is_scalar()) {
            in.problem(line.line, Code::malformed, "a line of 'pip' must be a text");
            continue;
          }
          for (Pin& pin : in.requirement(reader, line.scalar, line.line)) in.add(std::move(pin));
        }
      }
    } else if (!entry.is_null()) {
      in.problem(entry.line, Code::malformed, "a dependency must be a text");
    }
  }
}

}  // namespace

extern const LockfileKind conda_environment;
const LockfileKind conda_environment{"conda-environment", "environment.yml of conda", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
