#include "scan/models/unpack.hpp"

#include <bzlib.h>
#include <fmt/format.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>

namespace tocsin::scan::models {
namespace {

constexpr std::size_t kChunk = 256u << 10;
constexpr std::uint64_t kGivenBack = 4u << 20;   // so much at once
constexpr std::uint64_t kRatioFrom = 16u << 20;  // below this nothing is a bomb

// Where unpacked bytes go; says when it is enough.
class Target {
 public:
  Target(Scan& scan, std::uint64_t packed, Unpacked& out, std::uint64_t wanted)
      : scan_(scan), packed_(packed), out_(out), wanted_(wanted) {}

  // Room for one chunk; empty when a budget says no.
  std::span<std::byte> room() {
    std::byte* at = out_.bytes.extend(kChunk);
    if (at == nullptr) {
      stop("unpacks to more than there is room for");
      return {};
    }
    return {at, kChunk};
  }
  // `n` bytes of the last room were filled. False: enough.
  bool filled(std::size_t n) {
    out_.bytes.cut(out_.bytes.size() - kChunk + n);
    if (!scan_.may_unpack(n)) {
      stop(fmt::format("unpacks to more than {} bytes", scan_.most_unpacked()));
      return false;
    }
    if (out_.bytes.size() > kRatioFrom && out_.bytes.size() / scan_.limits().ratio > packed_) {
      stop(fmt::format("unpacks to more than {} times its size", scan_.limits().ratio));
      return false;
    }
    return out_.bytes.size() < wanted_;
  }
  bool stopped() const { return out_.over_limit; }

 private:
  void stop(std::string why) {
    out_.over_limit = true;
    out_.why = std::move(why);
  }
  Scan& scan_;
  std::uint64_t packed_;
  Unpacked& out_;
  std::uint64_t wanted_;
};

void damaged(Unpacked& out, std::string why) {
  if (out.why.empty()) out.why = std::move(why);
}

constexpr const char* kCutShort = "the stream is cut short";
constexpr const char* kDamaged = "the stream is damaged";

void inflate_into(Packing packing, std::span<const std::byte> packed, Target& target, Unpacked& out) {
  z_stream z{};
  // 15+32: zlib or gzip by header. -15: no header.
  if (inflateInit2(&z, packing == Packing::deflate ? -15 : 15 + 32) != Z_OK) return damaged(out, "no memory for zlib");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&z, inflateEnd);
  std::uint64_t fed = 0;
  bool enough = false;
  while (!enough) {
    if (z.avail_in == 0) {
      const auto n = std::min<std::uint64_t>(packed.size() - fed, 1u << 30);
      z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data() + fed));
      z.avail_in = static_cast<uInt>(n);
      fed += n;
    }
    const auto room = target.room();
    if (room.empty()) return;
    z.next_out = reinterpret_cast<Bytef*>(room.data());
    z.avail_out = static_cast<uInt>(room.size());
    const bool last = fed == packed.size() && z.avail_in == 0;
    const int status = inflate(&z, Z_NO_FLUSH);
    const std::size_t made = room.size() - z.avail_out;
    enough = !target.filled(made);
    out.used = fed - z.avail_in;
    if (target.stopped()) return;
    if (status == Z_STREAM_END) {
      // Another gzip member may follow.
      const auto rest = packed.subspan(out.used);
      if (packing == Packing::gzip && rest.size() > 2 && rest[0] == std::byte{0x1f} && rest[1] == std::byte{0x8b} &&
          inflateReset(&z) == Z_OK)
        continue;
      return;
    }
    if (status == Z_NEED_DICT) return damaged(out, "the stream needs a dictionary");
    if (status != Z_OK && status != Z_BUF_ERROR) return damaged(out, kDamaged);
    if (made == 0 && (last || (fed == packed.size() && z.avail_in == 0))) return damaged(out, kCutShort);
  }
}

void bzip2_into(std::span<const std::byte> packed, Target& target, Unpacked& out) {
  std::uint64_t at = 0;
  // Streams in a row.
  do {
    bz_stream bz{};
    if (BZ2_bzDecompressInit(&bz, 0, 0) != BZ_OK) return damaged(out, "no memory for bzip2");
    const std::unique_ptr<bz_stream, int (*)(bz_stream*)> guard(&bz, BZ2_bzDecompressEnd);
    for (;;) {
      const auto n = std::min<std::uint64_t>(packed.size() - at, 1u << 30);
      bz.next_in = const_cast<char*>(reinterpret_cast<const char*>(packed.data() + at));
      bz.avail_in = static_cast<unsigned>(n);
      const auto room = target.room();
      if (room.empty()) return;
      bz.next_out = reinterpret_cast<char*>(room.data());
      bz.avail_out = static_cast<unsigned>(room.size());
      const int status = BZ2_bzDecompress(&bz);
      const std::size_t made = room.size() - bz.avail_out;
      at += n - bz.avail_in;
      out.used = at;
      if (!target.filled(made)) return;
      if (status == BZ_STREAM_END) break;
      if (status != BZ_OK) return damaged(out, kDamaged);
      if (made == 0 && at == packed.size()) return damaged(out, kCutShort);
    }
  } while (packed.size() - at > 10 && std::memcmp(packed.data() + at, "BZh", 3) == 0);
}

void lzma_into(Packing packing, std::span<const std::byte> packed, Target& target, Unpacked& out) {
  lzma_stream z = LZMA_STREAM_INIT;
  // The scan has 64 MB in all. R packs with a dictionary of 64 MB whatever the size; of a dictionary only as much is used as was
  // unpacked, so that one beyond the limit is fine as long as there is little in it.
  constexpr std::uint64_t kMemory = 80u << 20, kUsual = 32u << 20, kLittle = 24u << 20;
  const lzma_ret begun =
      packing == Packing::xz ? lzma_stream_decoder(&z, kMemory, LZMA_CONCATENATED) : lzma_alone_decoder(&z, kMemory);
  if (begun != LZMA_OK) return damaged(out, "no memory for xz");
  const std::unique_ptr<lzma_stream, void (*)(lzma_stream*)> guard(&z, lzma_end);
  z.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
  z.avail_in = packed.size();
  for (;;) {
    const auto room = target.room();
    if (room.empty()) return;
    z.next_out = reinterpret_cast<std::uint8_t*>(room.data());
    z.avail_out = room.size();
    const lzma_ret status = lzma_code(&z, z.avail_in == 0 ? LZMA_FINISH : LZMA_RUN);
    const std::size_t made = room.size() - z.avail_out;
    out.used = packed.size() - z.avail_in;
    if (!target.filled(made)) return;
    if (status == LZMA_STREAM_END) return;
    if (status == LZMA_MEMLIMIT_ERROR || (z.total_out > kLittle && lzma_memusage(&z) > kUsual)) {
      out.over_limit = true;
      out.why = "its dictionary is larger than 32 MB";
      return;
    }
    // Bytes behind the last stream: it was complete, they are somebody else's.
    if (status == LZMA_FORMAT_ERROR && !out.bytes.empty()) return;
    if (status == LZMA_BUF_ERROR) return damaged(out, kCutShort);
    if (status != LZMA_OK) return damaged(out, kDamaged);
  }
}

void zstd_into(std::span<const std::byte> packed, Target& target, Unpacked& out) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (context == nullptr) return damaged(out, "no memory for zstd");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 25);  // 32 MB, as for xz
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  for (;;) {
    const auto room = target.room();
    if (room.empty()) return;
    ZSTD_outBuffer to{room.data(), room.size(), 0};
    const std::size_t before = in.pos;
    const std::size_t status = ZSTD_decompressStream(context.get(), &to, &in);
    out.used = in.pos;
    if (!target.filled(to.pos)) return;
    if (ZSTD_isError(status) != 0) return damaged(out, kDamaged);
    if (status == 0 && (in.pos == in.size || packed.size() - in.pos < 4 ||
                        std::memcmp(packed.data() + in.pos, "\x28\xb5\x2f\xfd", 4) != 0))
      return;
    if (to.pos == 0 && in.pos == before) return damaged(out, kCutShort);
  }
}

void lz4_into(std::span<const std::byte> packed, Target& target, Unpacked& out) {
  LZ4F_dctx* raw = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)) != 0) return damaged(out, "no memory for lz4");
  const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(raw, LZ4F_freeDecompressionContext);
  std::uint64_t at = 0;
  for (;;) {
    const auto room = target.room();
    if (room.empty()) return;
    std::size_t made = room.size(), taken = packed.size() - at;
    const std::size_t status = LZ4F_decompress(context.get(), room.data(), &made, packed.data() + at, &taken, nullptr);
    at += taken;
    out.used = at;
    if (!target.filled(made)) return;
    if (LZ4F_isError(status) != 0) return damaged(out, kDamaged);
    if (status == 0) return;
    if (made == 0 && taken == 0) return damaged(out, kCutShort);
  }
}

}  // namespace

Unpacked::Unpacked(Scan& scan) : bytes(scan.most_unpacked() + kChunk), scan_(scan) {
  scan.on_passed([this](const std::byte* address) {
    const auto all = view();
    if (std::less<>()(address, all.data()) || !std::less<>()(address, all.data() + all.size())) return;
    const auto at = static_cast<std::uint64_t>(address - all.data());
    if (at < given_back_) given_back_ = 0;  // read once more
    if (at < given_back_ + kGivenBack) return;
    bytes.give_back(given_back_, at);
    given_back_ = at;
  });
}

std::string_view to_string(Packing packing) {
  switch (packing) {
    case Packing::zlib:
      return "zlib";
    case Packing::gzip:
      return "gzip";
    case Packing::bzip2:
      return "bzip2";
    case Packing::xz:
      return "xz";
    case Packing::lzma:
      return "lzma";
    case Packing::zstd:
      return "zstd";
    case Packing::lz4:
      return "lz4";
    case Packing::deflate:
      return "deflate";
  }
  return "";
}

std::optional<Packing> packing_of(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  using namespace std::string_view_literals;
  if (text.starts_with("\x1f\x8b"sv)) return Packing::gzip;
  if (text.size() > 4 && text.starts_with("BZh"sv) && byte(3) >= '1' && byte(3) <= '9') return Packing::bzip2;
  if (text.starts_with("\xfd\x37\x7a\x58\x5a\x00"sv)) return Packing::xz;
  if (text.starts_with("\x28\xb5\x2f\xfd"sv)) return Packing::zstd;
  if (text.starts_with("\x04\x22\x4d\x18"sv)) return Packing::lz4;
  // lzma: properties, dictionary size (a power of two as encoders write it), size or -1.
  if (text.size() > 13 && byte(0) == 0x5d && byte(1) == 0 && byte(2) == 0 && (byte(4) == 0 || byte(3) <= 0x80) &&
      byte(4) < 4)
    return Packing::lzma;
  // zlib (RFC 1950): method 8, window up to 32 KiB, check bits.
  if (text.size() > 6 && (byte(0) & 0x0f) == 8 && byte(0) <= 0x78 && (byte(0) * 256 + byte(1)) % 31 == 0 &&
      (byte(1) & 0x20) == 0)
    return Packing::zlib;
  return std::nullopt;
}

void unpack(Scan& scan, Packing packing, std::span<const std::byte> packed, Unpacked& out, std::uint64_t known_size) {
  Target target(scan, packed.size(), out, known_size);
  switch (packing) {
    case Packing::zlib:
    case Packing::gzip:
    case Packing::deflate:
      inflate_into(packing, packed, target, out);
      break;
    case Packing::bzip2:
      bzip2_into(packed, target, out);
      break;
    case Packing::xz:
    case Packing::lzma:
      lzma_into(packing, packed, target, out);
      break;
    case Packing::zstd:
      zstd_into(packed, target, out);
      break;
    case Packing::lz4:
      lz4_into(packed, target, out);
      break;
  }
  out.bytes.give_back(0, out.bytes.size());
}

}  // namespace tocsin::scan::models
