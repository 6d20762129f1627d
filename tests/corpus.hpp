// Where the real sample data lies, if it is on this machine: $TOCSIN_CORPUS, or ../shared/data beside the source tree.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace tocsin::tests {

inline std::optional<std::filesystem::path> corpus() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (const char* named = std::getenv("TOCSIN_CORPUS"); named != nullptr && *named != '\0')
    return fs::is_directory(named, ignored) ? std::optional<fs::path>(named) : std::nullopt;
  const fs::path beside = fs::path(TOCSIN_SOURCE_DIR).parent_path() / "shared" / "data";
  return fs::is_directory(beside, ignored) ? std::optional<fs::path>(beside) : std::nullopt;
}

}  // namespace tocsin::tests

// For a test that needs the corpus: skips it, with the one reason that script/test counts.
#define TOCSIN_NEEDS_CORPUS(name)                                                      \
  const auto name##_if_there = ::tocsin::tests::corpus();                              \
  if (!name##_if_there) GTEST_SKIP() << "no corpus (TOCSIN_CORPUS or ../shared/data)"; \
  const std::filesystem::path name = *name##_if_there
