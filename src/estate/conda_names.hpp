// Packages of conda and their twins on PyPI: advisories speak of the latter. Most Python packages have one name in both
// places; some are called otherwise (pytorch is torch), and much of conda is no Python at all (openssl, cudatoolkit).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::estate {

// What the file tells about a package beside its name.
enum class CondaHint : std::uint8_t {
  none,        // an environment.yml: a name
  python,      // a lockfile: it needs Python
  not_python,  // a lockfile: it does not
};

// The name on PyPI, normalised; "" when it has no twin there.
std::string pypi_twin(std::string_view conda_name, CondaHint hint);

}  // namespace tocsin::estate
