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
// The kernel's generator (getrandom), always: nothing in the environment replaces it. Signing keys, and the salts that
// keep a text that was erased from being guessed, come from here; who could choose the stream could sign as us and read
// what was forgotten. A test that needs the same bytes twice passes a Random of its own.
Random& system_random();

}  // namespace tocsin
