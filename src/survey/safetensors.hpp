// The header of a safetensors file: what its writer noted about the model.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::survey {

inline constexpr std::uint64_t kMaxSafetensorsHeader = 32u
                                                       << 20;  // the format allows 100 MB; real ones stay under 1 MB
inline constexpr std::size_t kMaxSafetensorsText = 4'096;      // of a note we keep; longer ones are cut

struct Safetensors {
  std::map<std::string, std::string, std::less<>> metadata;  // `__metadata__`, texts only
  std::set<std::string> types;                               // of tensors: "F16", "BF16", "I8" …
  std::size_t tensors = 0;

  std::string_view note(std::string_view key) const;  // "" when absent
};

// The number of bytes that read_safetensors() needs of the file; `head` has at least its first 8. `malformed` when the
// header would be longer than the file, `refused` when it is over the limit.
Result<std::uint64_t> safetensors_head(std::string_view head, std::uint64_t file_size);
Result<Safetensors> read_safetensors(std::string_view head, std::uint64_t file_size);

}  // namespace tocsin::survey
