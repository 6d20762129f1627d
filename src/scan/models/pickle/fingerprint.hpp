// What stays of a pickle when its constants are taken away: the same for a payload that is packed anew or given other
// strings. Which opcodes count, and as what: docs/formats/pickle-fingerprint.md.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/hash.hpp"
#include "scan/spill.hpp"

namespace tocsin::scan::pickle {

// Data in mid-stream, which is no opcodes: joblib's arrays.
struct Hole {
  std::uint64_t at = 0;
  std::uint64_t bytes = 0;
};

struct Fingerprint {
  Digest digest;
  std::uint64_t opcodes = 0;  // that counted
};

// Of the opcodes that lie in [begin, end) of `input`: a range that the machine has run through, `holes` in their order.
// One pass, linear; `passed` is told now and then how far it is.
Fingerprint fingerprint(std::span<const std::byte> input, std::uint64_t begin, std::uint64_t end,
                        const SpillArray<Hole>& holes, const std::function<void(std::uint64_t)>& passed);

}  // namespace tocsin::scan::pickle
