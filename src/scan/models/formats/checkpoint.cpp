// TensorFlow's checkpoints: the index (`model.ckpt.index`) is a table of LevelDB, known by the number at its very end; the
// numbers themselves lie in files beside it. Nothing in it is called. Its blocks are followed by their offsets, as a reader
// does (tensorflow/core/lib/io/format.cc).
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "scan/models/formats.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::uint64_t kFooter = 48, kMagic = 0xdb4775248b80fb57, kTrailer = 5;

std::uint64_t fixed64(const Part& part, std::uint64_t at) {
  std::uint64_t n = 0;
  for (unsigned i = 0; i < 8; ++i) n |= static_cast<std::uint64_t>(part[at + i]) << (8 * i);
  return n;
}

std::optional<std::uint64_t> varint(const Part& part, std::uint64_t& at, std::uint64_t end) {
  std::uint64_t n = 0;
  for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
    const std::uint64_t byte = part[at++];
    n |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return n;
  }
  return std::nullopt;
}

Fit fits(const Part& part) {
  return part.whole && part.size() >= kFooter && fixed64(part, part.size() - 8) == kMagic ? Fit::maybe : Fit::no;
}

bool scan_checkpoint(Scan& scan, const Part& part) {
  const std::uint64_t footer = part.size() - kFooter;
  const auto broken = [&](std::string why, std::uint64_t at) {
    scan.find(rules::format_broken, why, {part.member, at, {}});
    scan.not_read(part, 0, part.size(), std::move(why));
    return true;
  };
  // Two handles, of the index of names and of the index of blocks; behind each block stand a byte for its compression and a sum.
  std::uint64_t at = footer;
  for (const std::string_view name : {"names", "blocks"}) {
    const auto offset = varint(part, at, part.size() - 8),
               size = offset ? varint(part, at, part.size() - 8) : std::nullopt;
    if (!size || *offset > footer || *size > footer - *offset || footer - *offset - *size < kTrailer)
      return part.depth > 0 ? false : broken(fmt::format("its index of {} runs past the end", name), footer);
    const auto type = part[*offset + *size];
    if (type > 1)
      return part.depth > 0 ? false
                            : broken(fmt::format("its index of {} is packed in no known way", name), *offset + *size);
  }
  return true;
}

}  // namespace

extern const Format checkpoint;
const Format checkpoint{"tensorflow-checkpoint", "TensorFlow checkpoint", fits, scan_checkpoint};

}  // namespace tocsin::scan::models::formats
