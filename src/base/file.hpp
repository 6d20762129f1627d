// Files: read with a limit, write so that a crash leaves the old or the new one, list.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin {

// Reads a whole regular file. `refused` when it is larger than `limit_bytes` or not a regular file (a folder, a FIFO, a
// device); never blocks on a FIFO.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit_bytes);

// Its first bytes, `most` or fewer, whatever its size.
Result<std::string> read_head(const std::filesystem::path& path, std::size_t most);
// Declined: mapping. Whoever may cut a file short while it is mapped ends the program (SIGBUS), and folders that are
// read belong to others.

// Temporary name, write, fsync, rename, fsync of the folder; each with a failpoint before and after it ("NAME.fsync").
// `mode`: without what the umask, or the file that it replaces, closes. `refused` where no regular file is: links stay.
Result<> write_file(const std::filesystem::path& path, std::string_view content, std::string_view failpoint = "file",
                    unsigned mode = 0644);
// Creates the file; `conflict` when it exists already (whatever it is).
Result<> write_new_file(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644);

struct Listing {
  std::vector<std::filesystem::path> files;  // regular files, sorted by path bytes, relative to the folder asked for
  std::vector<Error> errors;                 // what could not be read, with its path
};
struct ListLimits {
  std::size_t files = 1'000'000;
  std::size_t depth = 64;
};
// All regular files below `folder`. Symbolic links to files inside `folder` are followed (hub caches are made of them),
// links to folders and links that lead outside are not.
Result<Listing> list_files(const std::filesystem::path& folder, ListLimits limits = {});

}  // namespace tocsin
