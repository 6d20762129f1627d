// ExecuTorch programs (.pte; schema/program.fbs): a flat buffer. Operations are chosen by name from what the runtime was
// built with, nothing is brought along: what can be wrong are its offsets.
#include "scan/models/flatbuffer.hpp"
#include "scan/models/formats.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

using flatbuffer::Buffer;
using flatbuffer::Table;
using flatbuffer::Vector;

// "ET12": the number is the version of the schema.
Fit fits(const Part& part) {
  return part.size() > 16 && part.text().substr(4, 2) == "ET" && part[6] >= '0' && part[6] <= '9' && part[7] >= '0' &&
                 part[7] <= '9'
             ? Fit::sure
             : Fit::no;
}

bool scan_executorch(Scan& scan, const Part& part) {
  Buffer buffer(part.bytes);
  const Table program = buffer.root();
  const Vector plans = buffer.vector(program, 1, 4);
  // Operations are chosen by name from what the runtime was built with: nothing is brought along.
  for (std::uint64_t i = 0; i < plans.count && i < 10'000 && !buffer.bad(); ++i)
    buffer.vector(buffer.element(plans, i), 1, 4);
  if (buffer.bad()) {
    scan.find(rules::graph_broken, buffer.why(), {part.member, {}, {}});
    scan.not_read(part, 0, part.size(), "what stands behind a damaged place");
  }
  return true;
}

}  // namespace

extern const Format executorch;
const Format executorch{"executorch", "ExecuTorch program", fits, scan_executorch};

}  // namespace tocsin::scan::models::formats
