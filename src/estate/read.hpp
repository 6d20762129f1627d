// Reads a workspace's estate.yaml and the files it points to (docs/estate.md).
//
// One wrong entry never costs the rest: what could not be understood is in Estate::problems with file and line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "estate/estate.hpp"

namespace tocsin::estate {

inline constexpr std::string_view kEstateFile = "estate.yaml";
inline constexpr std::uint64_t kMaxEstateBytes = 16u << 20;     // 10,000 models take 3 MB
inline constexpr std::uint64_t kMaxLockfileBytes = 128u << 20;  // larger than any lockfile seen (4 MB) by far
inline constexpr std::size_t kMaxAssets = 100'000;
inline constexpr std::size_t kMaxProblems = 1'000;  // more are counted, in one last problem

// Where the files of a workspace come from. Paths are relative to it, with '/' between.
class Reader {
 public:
  virtual ~Reader() = default;
  // `refused` for a path that leads outside, for what is no regular file and for what is too large; `unavailable` when
  // it is not there.
  virtual Result<std::string> read(std::string_view path, std::uint64_t limit_bytes) const = 0;
  // The names in a folder, sorted; `refused` when there are more than `most`. A reader that cannot list says so.
  virtual Result<std::vector<std::string>> list(std::string_view path, std::size_t most) const;
};

// A folder on disk. Symbolic links are followed while they stay inside the folder.
class FolderReader final : public Reader {
 public:
  explicit FolderReader(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<std::string> read(std::string_view path, std::uint64_t limit_bytes) const override;
  Result<std::vector<std::string>> list(std::string_view path, std::size_t most) const override;

 private:
  // Where it really lies, `refused` when that is outside.
  Result<std::filesystem::path> real_path(std::string_view path) const;

  std::filesystem::path folder_;
};

// Files in memory: path to content (snapshots of an earlier reading, tests).
class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(std::map<std::string, std::string, std::less<>> files) : files_(std::move(files)) {}
  Result<std::string> read(std::string_view path, std::uint64_t limit_bytes) const override;
  Result<std::vector<std::string>> list(std::string_view path, std::size_t most) const override;

 private:
  std::map<std::string, std::string, std::less<>> files_;
};

struct ReadOptions {
  // Words that `exposure:` may use; empty: exposure_words() of estate/keys.hpp.
  std::span<const std::string_view> exposures = {};
};

// An error only when estate.yaml is not there, is no YAML or is no map; everything else becomes a problem.
Result<Estate> read_estate(const Reader& reader, const ReadOptions& options = {});
Result<Estate> read_estate(const std::filesystem::path& workspace, const ReadOptions& options = {});

// `path` as a path inside the workspace: '/' between, no empty, "." or ".." part left, relative to the folder of
// `from_file` (a path inside the workspace, "" = its top). `refused` when it is absolute, leads outside, is empty or
// contains control characters.
Result<std::string> inside_workspace(std::string_view from_file, std::string_view path);

}  // namespace tocsin::estate
