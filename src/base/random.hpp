// Randomness as a parameter, so that a test can hold it in its hand.
#pragma once

#include <cstddef>
#include <string>

namespace tocsin {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::string bytes(std::size_t n) = 0;
};
// The kernel's generator (getrandom). TOCSIN_SEED in the environment replaces it by a deterministic stream, for
// reproducible demos; `doctor` and the ledger say so when it was set.
Random& system_random();

}  // namespace tocsin
