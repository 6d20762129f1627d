// Pickles as they are: .pkl, joblib without compression, torch's checkpoints of distributed training, cloudpickle. Any
// number of them one after the other.
#include "scan/models/formats.hpp"
#include "scan/models/pickle/opcodes.hpp"
#include "scan/models/pickle/reader.hpp"

namespace tocsin::scan::models::formats {
namespace {

Fit fits(const Part& part) {
  if (part.size() < 2 || begins_as_torch_legacy(part.bytes)) return Fit::no;
  // Weights inside an archive may begin with any two bytes: there the mark is believed after a trial only.
  // A zero is no opcode: the length of a safetensors header may be 0x0480.
  if (part[0] == pickle::PROTO && part.size() > 2 && part[2] == 0) return Fit::no;
  if (part[0] == pickle::PROTO) return part[1] > 5 ? Fit::no : part.depth == 0 ? Fit::sure : Fit::maybe;
  return pickle::opcode_name(part[0]).empty() ? Fit::no : Fit::maybe;
}

bool scan_pickle(Scan& scan, const Part& part) {
  if (fits(part) != Fit::sure && !parses_as_pickle(scan.names(), part.bytes, &scan)) return false;
  read_pickles(scan, part, 0, Loader::joblib);
  return true;
}

}  // namespace

extern const Format pickle;
const Format pickle{"pickle", "Python pickle", fits, scan_pickle};

}  // namespace tocsin::scan::models::formats
