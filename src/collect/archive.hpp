// The members of a zip archive in memory. Nothing is written to disk: a member's name is a label, never a path.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::collect {

struct ArchiveLimits {
  std::size_t members = 2'000'000;         // the largest ecosystem (npm) had some 200,000 records in 2026
  std::uint64_t member_bytes = 32u << 20;  // the largest record seen is below 2 MiB
  std::uint64_t total_bytes = 16ull << 30;
  std::uint32_t ratio = 200;             // all members to the archive; JSON reaches about 20
  std::uint64_t ratio_from = 64u << 20;  // below this nothing is a bomb
  int damaged = 64;                      // members whose damage makes the reader start over (each costs a walk)
};

struct Member {
  std::string_view name;       // as written; live during the call
  std::string_view content;    // empty when `error` is set
  std::optional<Error> error;  // this member cannot be read: damaged, encrypted, too large
};

bool looks_like_zip(std::string_view bytes);

// Calls `member` for each file in the archive, in its order; folders are left out. Damage inside one member is told
// with that member and the rest goes on. An error means that the archive as a whole cannot be trusted: it ends early
// (`truncated`), is no archive
// (`malformed`), or goes over a limit (`refused`); members may have been handed over before that was seen.
Result<> for_each_member(std::string_view zip, const std::function<void(const Member&)>& member,
                         ArchiveLimits limits = {});

}  // namespace tocsin::collect
