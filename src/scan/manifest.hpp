// Lists of files to scan, as people have them: a path a line, or what sha256sum writes (docs/scan.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace tocsin::scan {

struct Listed {
  std::string path;  // its bytes
  std::optional<Digest> sha256;
  std::string where;  // "SHA256SUMS:3"
};

struct Manifest {
  std::vector<Listed> files;    // in the order of the list
  std::vector<Error> problems;  // lines that say nothing that can be scanned: the first hundred
  std::uint64_t bad_lines = 0;  // all of them
};

// Lines end in \n, \r\n, or all of them in NUL (find -print0, sha256sum -z). Empty lines and those that begin with # are
// skipped, as sha256sum does.
Manifest parse_manifest(std::string_view text, std::string_view file_name);
// "-" reads the standard input.
Result<Manifest> read_manifest(const std::filesystem::path& file);

}  // namespace tocsin::scan
