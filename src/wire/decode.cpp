// zlib (gzip, deflate) and zstd, fed piece by piece into one buffer; the caps are checked after each piece of output,
// so that a bomb costs one piece more than its cap. libcurl could decode as well, but takes a gzip stream that ends
// early for whole, and does not count both sides.
#include "wire/decode.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::wire {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr int kZstdWindowLog = 23;                      // 8 MiB: the largest that HTTP allows (RFC 9659)
constexpr int kGzip = 15 + 16, kZlib = 15, kRaw = -15;  // zlib.h, inflateInit2

enum class Coding { none, gzip, deflate, zstd };

}  // namespace

struct Body::State {
  State(Coding c, BodyLimits l) : coding(c), limits(l) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (inflating) inflateEnd(&inflater);
    if (zstd != nullptr) ZSTD_freeDCtx(zstd);
  }

  Coding coding;
  BodyLimits limits;
  std::string out;
  std::uint64_t consumed = 0;  // compressed bytes that were turned into `out`
  bool ended = true;           // at the end of a stream; an empty body is one
  bool inflating = false;
  z_stream inflater{};
  ZSTD_DCtx* zstd = nullptr;
  std::string first;  // bytes awaited: two that tell zlib from raw deflate, four that begin a zstd frame
  std::array<char, kPiece> piece;

  Result<> keep(std::string_view bytes) {
    const std::uint64_t made = out.size() + bytes.size();
    if (consumed > limits.max_bytes)  // a stream may go on for ever and decompress to nothing
      return fail(Code::refused,
                  fmt::format("the reply is larger than the cap of {} bytes before decompression", limits.max_bytes));
    if (made > limits.max_bytes)
      return fail(Code::refused,
                  coding == Coding::none
                      ? fmt::format("the reply is larger than the cap of {} bytes", limits.max_bytes)
                      : fmt::format("the reply is larger than the cap of {} bytes: {} bytes from {} compressed",
                                    limits.max_bytes, made, consumed));
    if (coding != Coding::none && made > kRatioFloor && made / std::max<std::uint64_t>(consumed, 1) > limits.max_ratio)
      return fail(Code::refused, fmt::format("the reply decompresses to {} bytes from {}, more than {} times", made,
                                             consumed, limits.max_ratio));
    try {
      out += bytes;
    } catch (const std::bad_alloc&) {
      return fail(Code::refused, fmt::format("not enough memory for {} bytes", made));
    }
    return {};
  }

  Result<> start_inflate(int window) {
    if (inflateInit2(&inflater, window) != Z_OK) return fail(Code::unavailable, "zlib does not start");
    inflating = true;
    return {};
  }

  Result<> inflate_bytes(std::string_view bytes) {
    if (!inflating && coding == Coding::gzip) TOCSIN_CHECK(start_inflate(kGzip));
    if (!inflating) {
      // "deflate" means zlib (RFC 9110, 8.4.1.2), but some servers send the bare stream, and browsers take it. A zlib
      // header is known by its check bits (RFC 1950, 2.2).
      const std::size_t wanted = std::min(bytes.size(), 2 - first.size());
      first += bytes.substr(0, wanted);
      bytes.remove_prefix(wanted);
      if (first.size() < 2) return {};
      const auto a = static_cast<unsigned char>(first[0]);
      const auto b = static_cast<unsigned char>(first[1]);
      TOCSIN_CHECK(start_inflate((a & 0x0f) == Z_DEFLATED && (a * 256 + b) % 31 == 0 ? kZlib : kRaw));
      TOCSIN_CHECK(run_inflate(first));
    }
    return run_inflate(bytes);
  }

  Result<> run_inflate(std::string_view bytes) {
    inflater.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    inflater.avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
      if (ended) {
        if (inflater.avail_in == 0) return {};
        if (coding != Coding::gzip && consumed > 0)
          return fail(Code::malformed, "bytes after the end of the deflate stream");
        if (consumed > 0 && inflateReset(&inflater) != Z_OK) return fail(Code::internal, "zlib does not start again");
        ended = false;
      }
      inflater.next_out = reinterpret_cast<Bytef*>(piece.data());
      inflater.avail_out = kPiece;
      const uInt before = inflater.avail_in;
      const int status = inflate(&inflater, Z_NO_FLUSH);
      consumed += before - inflater.avail_in;
      const std::size_t made = kPiece - inflater.avail_out;
      TOCSIN_CHECK(keep({piece.data(), made}));
      if (status == Z_STREAM_END) {
        ended = true;
      } else if (status == Z_BUF_ERROR || (status == Z_OK && inflater.avail_in == 0 && made < kPiece)) {
        return {};  // wants more input
      } else if (status != Z_OK) {
        return fail(Code::malformed, fmt::format("damaged compression after {} bytes", consumed));
      }
    }
  }

  // libzstd also reads what zstd was before RFC 8878, by decoders that nobody looks after: so the magic number of each
  // frame is ours to check (section 3.1).
  Result<> unzstd_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!ended) {
        TOCSIN_CHECK(run_zstd(bytes));
        continue;
      }
      const std::size_t wanted = std::min(bytes.size(), 4 - first.size());
      first += bytes.substr(0, wanted);
      bytes.remove_prefix(wanted);
      if (first.size() < 4) return {};
      if (first != "\x28\xb5\x2f\xfd" && !((first[0] & 0xf0) == 0x50 && first.ends_with("\x2a\x4d\x18")))
        return fail(Code::malformed, fmt::format("not a zstd frame after {} bytes", consumed));
      const std::string magic = std::exchange(first, {});
      std::string_view in = magic;
      ended = false;
      TOCSIN_CHECK(run_zstd(in));
    }
    return {};
  }

  // Takes from `bytes` up to the end of the frame, or all.
  Result<> run_zstd(std::string_view& bytes) {
    if (zstd == nullptr) {
      zstd = ZSTD_createDCtx();
      if (zstd == nullptr || ZSTD_isError(ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, kZstdWindowLog)) != 0)
        return fail(Code::unavailable, "zstd does not start");
    }
    for (;;) {
      ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
      ZSTD_outBuffer made{piece.data(), kPiece, 0};
      const std::size_t left = ZSTD_decompressStream(zstd, &made, &in);
      bytes.remove_prefix(in.pos);
      consumed += in.pos;
      if (ZSTD_isError(left) != 0) {
        if (ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge)
          return fail(Code::refused, "zstd with a window of more than 8 MiB");
        return fail(Code::malformed, fmt::format("damaged compression after {} bytes", consumed));
      }
      TOCSIN_CHECK(keep({piece.data(), made.pos}));
      ended = left == 0;
      if (ended || (bytes.empty() && made.pos < kPiece)) return {};
    }
  }
};

Body::Body(std::unique_ptr<State> state) : state_(std::move(state)) {}
Body::Body(Body&&) noexcept = default;
Body& Body::operator=(Body&&) noexcept = default;
Body::~Body() = default;

Result<Body> Body::begin(std::string_view encoding, BodyLimits limits) {
  const std::string word = to_lower(trim(encoding));
  Coding coding = Coding::none;
  if (word == "gzip" || word == "x-gzip") {
    coding = Coding::gzip;
  } else if (word == "deflate") {
    coding = Coding::deflate;
  } else if (word == "zstd") {
    coding = Coding::zstd;
  } else if (word.find(',') != std::string::npos) {
    return fail(Code::refused, fmt::format("compressed more than once: '{}'", printable(word, 60)));
  } else if (!word.empty() && word != "identity") {
    return fail(Code::malformed, fmt::format("compressed as '{}', which was not asked for", printable(word, 60)));
  }
  return Body(std::make_unique<State>(coding, limits));
}

void Body::reserve(std::uint64_t bytes) {
  state_->out.reserve(bytes);
}

Result<> Body::add(std::string_view bytes) {
  if (bytes.empty()) return {};
  switch (state_->coding) {
    case Coding::none:
      return state_->keep(bytes);
    case Coding::gzip:
    case Coding::deflate:
      return state_->inflate_bytes(bytes);
    case Coding::zstd:
      return state_->unzstd_bytes(bytes);
  }
  return fail(Code::internal, "no such coding");
}

Result<std::string> Body::finish() {
  if (!state_->ended || (!state_->first.empty() && !state_->inflating))
    return fail(Code::truncated, fmt::format("the compressed reply ends early, after {} bytes", state_->consumed));
  return std::move(state_->out);
}

}  // namespace tocsin::wire
