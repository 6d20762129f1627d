// CatBoost's own models (.cbm): "CBM1", the length of a FlatBuffer with the trees, and behind it the parts that the trees name
// (catboost/libs/model/model.cpp). Data alone; what can go wrong are lengths and offsets.
#include <fmt/format.h>

#include "scan/models/flatbuffer.hpp"
#include "scan/models/formats.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::string_view kMagic = "CBM1";

Fit fits(const Part& part) {
  return part.text().starts_with(kMagic) ? Fit::maybe : Fit::no;
}

bool scan_catboost(Scan& scan, const Part& part) {
  const auto number = [&](std::uint64_t at, unsigned bytes) {
    std::uint64_t n = 0;
    for (unsigned i = 0; i < bytes; ++i) n |= static_cast<std::uint64_t>(part[at + i]) << (8 * i);
    return n;
  };
  // Four bytes say the length, or that eight do (util/ysaveload.h).
  const bool wide = part.size() >= 16 && number(4, 4) == 0xffffffff;
  const std::uint64_t head = wide ? 16 : 8;
  if (part.size() < head) {
    if (part.depth > 0) return false;
    scan.broken(part, part.size(), "it ends before its length");
    return true;
  }
  const std::uint64_t length = wide ? number(8, 8) : number(4, 4);
  if (length > part.size() - head) {
    if (part.depth > 0) return false;
    scan.broken(part, 4, fmt::format("its trees take {} bytes, and {} are there", length, part.size() - head));
    return true;
  }
  flatbuffer::Buffer buffer(part.bytes.subspan(head, length));
  const auto core = buffer.root();
  const auto trees = buffer.child(core, 1);
  buffer.text(core, 0);
  // Splits, sizes and beginnings of the trees; values and weights of their leaves.
  for (const unsigned field : {1u, 2u, 3u}) buffer.vector(trees, field, 4);
  for (const unsigned field : {8u, 9u}) buffer.vector(trees, field, 8);
  const auto names = buffer.vector(core, 3, 4);
  if (buffer.bad()) {
    if (part.depth > 0) return false;
    scan.broken(part, head, buffer.why());
    return true;
  }
  // Statistics of categories and texts stand behind the trees, in a form that only the library reads; the trees name them.
  if (names.count == 0) scan.look_behind(part, head + length, "the model");
  return true;
}

}  // namespace

extern const Format catboost;
const Format catboost{"catboost", "CatBoost model", fits, scan_catboost};

}  // namespace tocsin::scan::models::formats
