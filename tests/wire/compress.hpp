// Bodies as servers compress them, and as attackers do.
#pragma once

#include <string>
#include <string_view>

#include <zlib.h>
#include <zstd.h>

namespace tocsin::wire {

// window: 15 + 16 gzip, 15 zlib, -15 raw.
inline std::string deflated(std::string_view text, int window) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string in(text), out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
inline std::string gzipped(std::string_view text) {
  return deflated(text, 15 + 16);
}

inline std::string zstd_of(std::string_view text, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 9);
  if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer made{out.data(), out.size(), 0};
  // In two steps, so that the frame does not know its size and keeps the window that was asked for.
  while (in.pos < in.size) ZSTD_compressStream2(context, &made, &in, ZSTD_e_continue);
  while (ZSTD_compressStream2(context, &made, &in, ZSTD_e_end) != 0) {
  }
  ZSTD_freeCCtx(context);
  out.resize(made.pos);
  return out;
}

}  // namespace tocsin::wire
