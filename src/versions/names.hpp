// Names of Python projects, and what the file name of a distribution says.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "versions/pep440.hpp"

namespace tocsin::versions {

// PEP 503: ASCII lower case, each run of - _ . becomes one '-'. Any text is accepted.
std::string normalize_pypi_name(std::string_view name);
// PEP 508: ASCII letters and digits, with - _ . inside.
bool is_pypi_name(std::string_view name);

struct Distribution {
  std::string name;  // normalised
  Pep440 version;
};
// "foo_bar-1.0-1-py3-none-any.whl". Takes a bare file name, no folders.
Result<Distribution> parse_wheel_filename(std::string_view filename);
// "foo-1.0.tar.gz", "foo-1.0.zip".
Result<Distribution> parse_sdist_filename(std::string_view filename);

}  // namespace tocsin::versions
