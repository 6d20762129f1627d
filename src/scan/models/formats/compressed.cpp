// One compressed stream: joblib's compressed dumps (zlib, gzip, bz2, xz, lzma, lz4), pickles and checkpoints that somebody
// packed, joblib's old ZFILE. What is inside is looked at like a file.
#include <fmt/format.h>

#include "base/text.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/unpack.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

// joblib up to 0.9: "ZF", the length in hexadecimal text of 19 characters ("0x…", blanks), zlib.
constexpr std::string_view kZfile = "ZF0x";
constexpr std::size_t kZfileHead = 2 + 19;

Fit fits(const Part& part) {
  if (part.text().starts_with(kZfile) && part.size() > kZfileHead) return Fit::sure;
  const auto packing = packing_of(part.bytes);
  if (!packing) return Fit::no;
  return *packing == Packing::zlib || *packing == Packing::lzma ? Fit::maybe : Fit::sure;
}

bool scan_compressed(Scan& scan, const Part& part) {
  const bool zfile = part.text().starts_with(kZfile);
  const std::size_t head = zfile ? kZfileHead : 0;
  const Packing packing = zfile ? Packing::zlib : packing_of(part.bytes).value_or(Packing::zlib);
  Unpacked out(scan);
  unpack(scan, packing, part.bytes.subspan(head), out);
  const bool weak = packing == Packing::zlib || packing == Packing::lzma;
  const Part inner{out.view(), inside(part.member, to_string(packing)), part.depth + 1, out.why.empty()};
  // What only looks like zlib breaks off; it is one when something was inside.
  const bool known = !inner.bytes.empty() && scan.look_into(inner);
  if (weak && !out.why.empty() && !known) return false;
  if (part.depth == 0) scan.read_as(to_string(packing));
  if (!out.why.empty()) {
    scan.find(out.over_limit ? rules::archive_limit : rules::zip_damaged, out.why, {part.member, {}, {}});
    scan.not_read(part, head + out.used, part.size(), out.why);
  }
  if (!known && part.depth == 0) scan.not_read(inner, 0, inner.size(), "no format that is known fits");
  const std::uint64_t end = head + out.used;
  if (out.why.empty() && end < part.size()) {
    const Part behind{part.bytes.subspan(end), fmt::format("{}+{}", part.member, end), part.depth + 1, part.whole};
    if (!scan.look_into(behind))
      scan.find(rules::trailing_data,
                fmt::format("{} bytes behind the {} stream", part.size() - end, to_string(packing)),
                {part.member, end, {}});
  }
  return true;
}

}  // namespace

extern const Format compressed;
const Format compressed{"compressed", "compressed stream", fits, scan_compressed};

}  // namespace tocsin::scan::models::formats
