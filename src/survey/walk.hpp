// One folder at a time: its names by kind, without following links to folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::survey {

struct Listed {
  std::vector<std::string> files;    // regular files and links to anything but known non-files, sorted by bytes
  std::vector<std::string> folders;  // sorted
  std::vector<std::string> others;   // pipes, sockets, devices
};

// Names in `folder`. At most `limit` entries are looked at; `left` tells how many of the limit remain. Names for which
// `wanted` (a file name) is false are counted, not kept.
Result<Listed> list_folder(const std::filesystem::path& folder, bool (*wanted)(std::string_view), std::size_t& left);

struct Head {
  std::string bytes;       // at most as many as asked for
  std::uint64_t size = 0;  // of the file
};
// The beginning of a regular file. Follows a link only when it ends inside `root` (canonical). Never blocks on a pipe.
Result<Head> head_inside(const std::filesystem::path& root, const std::filesystem::path& file, std::uint64_t bytes);

}  // namespace tocsin::survey
