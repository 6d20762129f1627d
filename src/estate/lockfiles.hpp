// Files that say which packages may be installed: one parser a file in lockfiles/.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estate/estate.hpp"
#include "estate/read.hpp"
#include "versions/pep508.hpp"

namespace tocsin::estate {

// What was read, whatever went wrong on the way.
struct Lockfile {
  std::vector<Pin> pins;        // in the order of the files
  std::vector<ReadFile> files;  // the file itself and what it includes, each once, in the order of reading
  std::vector<Error> problems;  // with file and line
  // Those of the problems behind which a package may hide: a line that makes no sense, a file that is not there. The
  // first kMaxUnread.
  std::vector<Unread> unread;
};

struct LockfileKind {
  std::string_view word;   // "requirements"
  std::string_view title;  // for people
  // Whether this parser reads a file of that name (the last part of the path).
  bool (*claims)(std::string_view file_name);
  // `path` is inside the workspace already; files it includes come through `reader` too. Never fails whole.
  void (*read)(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
               Lockfile& into);
};

namespace lockfiles {
std::span<const LockfileKind* const> all();  // written by cmake/kinds.cmake
}

// The parser for a file of that name, or null.
const LockfileKind* lockfile_kind(std::string_view path);

// Reads it with the parser for its name; a problem when there is none or the path leads outside.
Lockfile read_lockfile(const Reader& reader, std::string_view path,
                       const versions::MarkerEnvironment& environment = {});

// One requirement as a line of a requirements file (`torch==2.1.0 ; python_version < "3.12"`), for inline pins.
Result<Pin> parse_pin(std::string_view line, const versions::MarkerEnvironment& environment = {});

// The environment markers are judged for on CPython `version` ("3.10" or "3.10.4") on Linux.
Result<versions::MarkerEnvironment> environment_of_python(std::string_view version);

}  // namespace tocsin::estate
