// Findings from what the pickle machine tells: which imports and calls are harmless, which are not, and why.
#pragma once

#include <cstdint>
#include <string_view>

#include "scan/models/formats.hpp"
#include "scan/models/pickle/machine.hpp"

namespace tocsin::scan::models {

enum class Loader : std::uint8_t {
  plain,   // pickle.load
  torch,   // torch.load: persistent ids are storages
  joblib,  // joblib.load: array bytes stand in mid-stream
};

// How one pickle ended, with what the containers around need to know of it.
struct PickleRead {
  pickle::Ended ended;
  bool imports = false;             // it imports something that has a name
  bool acts = false;                // and calls it, or it is known to do harm
  bool harmful = false;             // something above `info` was found
  bool joblib_arrays = false;       // joblib's wrappers were seen
  std::uint64_t storage_bytes = 0;  // torch: what the persistent ids say the storages hold
  std::uint64_t storages = 0;
};

// The number that begins PyTorch's format before 1.6, as a pickle.
bool begins_as_torch_legacy(std::span<const std::byte> bytes);

// Reads one pickle at `at` and reports what it finds.
PickleRead read_pickle(Scan& scan, const Part& part, std::uint64_t at, Loader loader);

// Reads pickle after pickle from `at` to the end of the part; what follows the last is reported. Returns where it
// stopped, and the state of the first.
std::uint64_t read_pickles(Scan& scan, const Part& part, std::uint64_t at, Loader loader);

// A trial, nothing is reported: the bytes are a pickle for an unpickler. It reaches STOP, or imports something before it
// breaks.
// `pages`: told how far the trial is.
bool parses_as_pickle(const Names& names, std::span<const std::byte> bytes, Scan* pages = nullptr);
// The same, but the mark of protocols 2 to 5 is believed without a trial: where a pickle is expected.
bool begins_as_pickle(const Names& names, std::span<const std::byte> bytes, Scan* pages = nullptr);

}  // namespace tocsin::scan::models
