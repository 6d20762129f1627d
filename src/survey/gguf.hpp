// The key-value pairs at the head of a GGUF file (docs/estate.md, "What the survey reads").
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin::survey {

inline constexpr std::uint64_t kMaxGgufPairs = 65'536;      // real files have under 100
inline constexpr std::uint64_t kMaxGgufTensors = 1u << 20;  // the largest seen has a few thousand
inline constexpr std::uint64_t kMaxGgufKeyBytes = 65'535;   // the format's own limit
inline constexpr std::uint64_t kMaxGgufTextBytes = 4'096;   // of a value we keep; longer ones are cut
inline constexpr unsigned kMaxGgufArrayDepth = 4;

struct Gguf {
  std::uint32_t version = 0;
  std::uint64_t tensors = 0;
  std::uint64_t pairs = 0;                                    // as declared
  std::map<std::string, std::string, std::less<>> texts;      // `general.*` texts
  std::map<std::string, std::uint64_t, std::less<>> numbers;  // `general.*` whole numbers and booleans

  std::string_view text(std::string_view key) const;  // "" when absent
  std::string quantization() const;                   // of general.file_type, "Q4_K_M"; "" when not known
};

// `head` is the beginning of a file of `file_size` bytes. Pairs that were read stay in `into` whatever stops the
// reading: `truncated` when `head` or the file ends early, `malformed`, or `refused` by a limit; each with the byte.
Result<> read_gguf(std::string_view head, std::uint64_t file_size, Gguf& into);

}  // namespace tocsin::survey
