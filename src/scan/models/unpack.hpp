// Compressed streams, unpacked as far as their budget goes, into memory that spills to disk: what a file unpacks to may
// be a thousand times its size.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scan/models/formats.hpp"
#include "scan/spill.hpp"

namespace tocsin::scan::models {

enum class Packing : std::uint8_t { zlib, gzip, bzip2, xz, lzma, zstd, lz4, deflate };
std::string_view to_string(Packing packing);

// By the first bytes; nullopt for none. `deflate` has no mark and is never guessed; `zlib` and `lzma` have weak ones: a
// text may look like them, and then fails to unpack.
std::optional<Packing> packing_of(std::span<const std::byte> bytes);

class Unpacked {
 public:
  // Hands pages back while the scan goes through them, where they live on disk.
  explicit Unpacked(Scan& scan);
  ~Unpacked() { scan_.no_more_passed(); }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

  SpillArray<std::byte> bytes;
  std::uint64_t used = 0;   // bytes of the input that were part of the stream
  std::string why;          // "" when it ended well; else a sentence: damaged, cut short, over a limit
  bool over_limit = false;  // a budget said no
  std::span<const std::byte> view() const { return {bytes.empty() ? nullptr : &bytes[0], bytes.size()}; }

 private:
  Scan& scan_;
  std::uint64_t given_back_ = 0;
};

// Unpacks from the beginning of `packed`; bytes behind the stream are left alone (a gzip or xz file may be several
// streams in a row: all of them). What came out before an error is kept. `known_size`: no more than that is wanted.
void unpack(Scan& scan, Packing packing, std::span<const std::byte> packed, Unpacked& out,
            std::uint64_t known_size = UINT64_MAX);

}  // namespace tocsin::scan::models
