// Python source as it comes with models: handlers of TorchServe, custom code beside checkpoints, what torch.jit writes. It is
// not executed and not understood; the names it calls are resolved through its imports and compared with what is known to
// run programs, to run text as code and to talk to the network.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scan/models/names.hpp"

namespace tocsin::scan::models::python {

struct Use {
  std::string name;  // "os.system", resolved
  std::string_view effect;
  std::uint64_t at = 0;
};
struct Source {
  bool is_python = false;  // statements of Python were seen
  bool jit = false;        // written by torch.jit
  std::vector<Use> uses;   // at most a hundred
};
// One pass, linear in the text.
Source read(std::string_view text, const Names& names);

}  // namespace tocsin::scan::models::python
