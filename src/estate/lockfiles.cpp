// The door to the parsers in lockfiles/: which one reads a file, and what they share.
#include "estate/lockfiles.hpp"

#include <fmt/format.h>

#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::estate {

const LockfileKind* lockfile_kind(std::string_view path) {
  for (const LockfileKind* kind : lockfiles::all())
    if (kind->claims(path)) return kind;
  return nullptr;
}

const LockfileKind* lockfile_kind(std::string_view path, std::string_view content) {
  if (const LockfileKind* kind = lockfile_kind(path)) return kind;
  for (const LockfileKind* kind : lockfiles::all())
    if (kind->holds != nullptr && kind->holds(path, content)) return kind;
  return nullptr;
}

bool is_manifest(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "pyproject.toml" || name.ends_with(".in");
}

Lockfile read_lockfile(const Reader& reader, std::string_view path, const versions::MarkerEnvironment& environment) {
  Lockfile out;
  const Result<std::string> inside = inside_workspace("", path);
  if (!inside) {
    out.problems.push_back(inside.error());
    return out;
  }
  const LockfileKind* kind = lockfile_kind(*inside);
  if (kind == nullptr) {
    const Result<std::string> content = reader.read(*inside, kMaxLockfileBytes);
    if (!content) {
      out.problems.push_back(
          fail(content.error().code, fmt::format("cannot read {}: {}", printable(*inside), content.error().what))
              .value());
      return out;
    }
    kind = lockfile_kind(*inside, *content);
  }
  if (kind == nullptr) {
    std::vector<std::string> titles;
    for (const LockfileKind* known : lockfiles::all()) titles.emplace_back(known->title);
    out.problems.push_back(
        fail(Code::refused,
             fmt::format("no reader for {}, neither by its name nor by what it holds (there is one for: {})",
                         printable(*inside), join(titles, ", ")))
            .value());
    return out;
  }
  kind->read(reader, *inside, environment, out);
  return out;
}

Result<versions::MarkerEnvironment> environment_of_python(std::string_view version) {
  const std::vector<std::string_view> parts = split(version, '.');
  bool fits = parts.size() == 2 || parts.size() == 3;
  for (std::string_view part : parts)
    fits = fits && !part.empty() && part.size() <= 3 && part.find_first_not_of("0123456789") == std::string_view::npos;
  if (!fits) return fail(Code::malformed, "a Python version is written like \"3.11\" or \"3.11.4\"");
  versions::MarkerEnvironment environment;
  environment.python_version = fmt::format("{}.{}", parts[0], parts[1]);
  environment.python_full_version =
      parts.size() == 3 ? std::string(version) : fmt::format("{}.0", environment.python_version);
  environment.implementation_version = environment.python_full_version;
  return environment;
}

}  // namespace tocsin::estate
