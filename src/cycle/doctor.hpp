// What is wrong with a workspace, and how to mend it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cycle/workspace.hpp"

namespace tocsin::cycle {

enum class Health : std::uint8_t { good, warning, bad };

struct Check {
  std::string name;  // "key", "source osv"
  Health health = Health::good;
  std::string what;    // one sentence; printable
  std::string repair;  // what to do; may be ""
};

// All checks of an open workspace, in the order in which they should be read. An error when the store cannot be asked.
Result<std::vector<Check>> examine(Workspace& workspace);

}  // namespace tocsin::cycle
