// Named places where a test can make the process die or an operation fail.
//
// TOCSIN_FAILPOINT="collect.commit.before=kill" (or "=error", "=kill@3" for the third visit) arms one;
// TOCSIN_FAILPOINT_LOG=FILE writes the name of each point visited, one a line, so that a test can visit them all.
// Unset, a point costs one load of a static.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace tocsin {

// Dies by SIGKILL, gives an `internal` error, or (nearly always) does nothing.
Result<> failpoint(std::string_view name);

}  // namespace tocsin
