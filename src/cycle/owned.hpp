// Which files an export must not replace.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "cycle/workspace.hpp"

namespace tocsin::cycle {

// `refused` when `output`, through whatever links, is a file that the workspace lives on: its settings, estate, store,
// keys, snapshots, overrides, or a file that estate.yaml names. Anything else may be written.
// `unavailable` when there is no folder to write it in.
Result<> refuse_owned(Workspace& workspace, const std::filesystem::path& output);

}  // namespace tocsin::cycle
