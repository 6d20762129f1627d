// The door to the parsers in lockfiles/: which one reads a file, and what they share.
#include "estate/lockfiles.hpp"

#include <fmt/format.h>

#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::estate {

const LockfileKind* lockfile_kind(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  for (const LockfileKind* kind : lockfiles::all())
    if (kind->claims(name)) return kind;
  return nullptr;
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
    std::vector<std::string> titles;
    for (const LockfileKind* known : lockfiles::all()) titles.emplace_back(known->title);
    out.problems.push_back(fail(Code::refused, fmt::format("no reader for a file of the name {} (there is one for: {})",
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
