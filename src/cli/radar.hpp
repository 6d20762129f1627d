// The radar: what applies to this organisation, by layer, with the reason for each; what was set aside, and why; what
// to type next.
#pragma once

#include <optional>
#include <string>

#include "cli/context.hpp"
#include "intel/words.hpp"

namespace tocsin::cli {

struct RadarOptions {
  std::optional<intel::Layer> layer;
  std::size_t top = 5;
  bool refresh = true;             // judge again what changed files touch
  std::string workspace_argument;  // for the next commands, when the workspace is not the current folder
  bool demo = false;               // the next step is a project of one's own
};
Exit print_radar(Context& context, cycle::Workspace& workspace, const RadarOptions& options);

}  // namespace tocsin::cli
