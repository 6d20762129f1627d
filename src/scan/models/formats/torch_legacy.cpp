// PyTorch's format before 1.6 (torch/serialization.py, _legacy_save): five pickles in a row, which are a magic number, a
// version, facts of the machine, the object, and the keys of its storages; then the storages, raw: a count of 64 bits and
// the elements.
#include <fmt/format.h>

#include "scan/models/formats.hpp"
#include "scan/models/pickle/reader.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr int kPickles = 5;

Fit fits(const Part& part) {
  return begins_as_torch_legacy(part.bytes) ? Fit::sure : Fit::no;
}

bool scan_torch_legacy(Scan& scan, const Part& part) {
  std::uint64_t at = 0, storages = 0, bytes = 0;
  for (int i = 0; i < kPickles; ++i) {
    // Before any of the later ones, whatever stands there is run all the same: all are read.
    if (i > 0 && !begins_as_pickle(scan.names(), part.bytes.subspan(at))) {
      scan.find(rules::pickle_broken, fmt::format("pickle {} of {} is missing", i + 1, kPickles),
                {part.member, at, {}});
      scan.not_read(part, at, part.size(), "the pickle before it breaks off");
      return true;
    }
    const PickleRead read = read_pickle(scan, part, at, Loader::torch);
    storages += read.storages;
    bytes += read.storage_bytes;
    at = read.ended.end;
    if (read.ended.how != pickle::Stop::stopped) {
      scan.not_read(part, at, part.size(), "the pickle before it breaks off");
      return true;
    }
  }
  // Storages that are views of others stand once: no more than what the pickles name.
  const std::uint64_t most = at + bytes + storages * 8;
  if (most < part.size()) {
    const Part behind{part.bytes.subspan(most), fmt::format("{}+{}", part.member, most), part.depth + 1, part.whole};
    if (!scan.look_into(behind))
      scan.find(rules::trailing_data, fmt::format("{} bytes behind the storages", part.size() - most),
                {part.member, most, {}});
  }
  return true;
}

}  // namespace

extern const Format torch_legacy;
const Format torch_legacy{"torch-legacy", "PyTorch checkpoint (before 1.6)", fits, scan_torch_legacy};

}  // namespace tocsin::scan::models::formats
