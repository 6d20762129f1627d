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
  // Whether a file (or folder) of that path is one by its name alone; nobody else's name is claimed.
  bool (*claims)(std::string_view path);
  // Whether a file whose name nobody claims ("deps.lock", "sbom.json") is one by what it holds. A glance at words that
  // the format cannot do without, not a check: the parser says what is wrong.
  bool (*holds)(std::string_view path, std::string_view content);
  // `path` is inside the workspace already; files it includes come through `reader` too. Never fails whole.
  void (*read)(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
               Lockfile& into);
};

namespace lockfiles {
std::span<const LockfileKind* const> all();  // written by cmake/kinds.cmake
}

// The parser for a file of that name, or null. The one list of names: the survey proposes what this knows.
const LockfileKind* lockfile_kind(std::string_view path);
// By the name, else by the content.
const LockfileKind* lockfile_kind(std::string_view path, std::string_view content);
// Whether the file only says what is wanted (pyproject.toml, requirements.in), so that a lockfile beside it, which says
// what is installed, speaks for it.
bool is_manifest(std::string_view path);

// Reads it with the parser for its name or content; a problem when there is none or the path leads outside.
Lockfile read_lockfile(const Reader& reader, std::string_view path,
                       const versions::MarkerEnvironment& environment = {});

// One requirement as a line of a requirements file (`torch==2.1.0 ; python_version < "3.12"`), for inline pins.
Result<Pin> parse_pin(std::string_view line, const versions::MarkerEnvironment& environment = {});

// One line of a requirements file that stands in another file (the pip part of a conda environment): the pins go to
// `into`, with `place` as where they stand; `-r FILE` is followed from the folder of that file.
void read_requirement_line(const Reader& reader, const Place& place, std::string_view line,
                           const versions::MarkerEnvironment& environment, Lockfile& into);

// The environment markers are judged for on CPython `version` ("3.10" or "3.10.4") on Linux.
Result<versions::MarkerEnvironment> environment_of_python(std::string_view version);

}  // namespace tocsin::estate
