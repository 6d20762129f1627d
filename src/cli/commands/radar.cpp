#include "cli/radar.hpp"

#include <cstdlib>

#include "cli/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"--layer", "LAYER", "only this layer", false, false, "strategic|tactical|operational"},
    {"--top", "N", "items shown a layer (default 5)"},
    {"--as-is", "", "do not judge again although estate.yaml or a file it names changed"},
};
constexpr Example kExamples[] = {
    {"tocsin radar", "what matters now, by layer, why, and what was set aside"},
    {"tocsin radar --layer strategic --top 20", "one layer, longer"},
};

Exit run(Context& context) {
  RadarOptions options;
  if (context.args.has("layer")) options.layer = intel::parse_layer(context.args.get("layer"));
  options.refresh = !context.args.has("as-is");
  const auto top = number_option(context.args, "top", 5, 1, 100'000);
  if (!top) return context.usage(top.error().message());
  options.top = *top;
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  return print_radar(context, **workspace, options);
}

}  // namespace

extern const Command radar;
const Command radar{"radar",
                    "What matters",
                    "what matters now, by layer, and what was set aside and why",
                    "Shows what is open: items that are affected or under investigation for an asset that no "
                    "decision in force is about, and decisions that what they rested on left. When estate.yaml or a "
                    "file it names changed, what that touches is judged first.",
                    kOptions,
                    kExamples,
                    run};

}  // namespace tocsin::cli::commands
