#include "prove/export.hpp"

#include "base/file.hpp"
#include "cli/views.hpp"
#include "cycle/owned.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr auto kOptions = joined(
    kItemFilterOptions, std::array{
                            Option{"--output", "FILE", "write there instead of to stdout"},
                            Option{"--raw", "", "the foreign objects as they came, byte for byte, instead of our own"},
                        });
constexpr Example kExamples[] = {
    {"tocsin export stix --assessment affected --output affected.json", "what affects us, for a partner's platform"},
    {"tocsin export stix --raw --source import", "what somebody sent, as it was sent"},
};

Exit run(Context& context) {
  auto filter = item_filter(context);
  if (!filter) return context.usage(filter.error().message());
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  if (auto known = check_names(*filter, **workspace, **reader); !known) {
    context.complain(known.error().message());
    return known.error().code == Code::unavailable ? Exit::no : Exit::incomplete;
  }
  if (context.args.has("output")) {
    const auto allowed = cycle::refuse_owned(**workspace, context.args.get("output"));
    if (!allowed) return no_output(context, allowed.error());
  }
  std::string bundle;
  std::uint64_t items = 0;
  if (context.args.has("raw")) {
    auto raw = prove::export_raw(**reader, context.args.get("source"));
    if (!raw) return context.fail(raw.error());
    bundle = std::move(raw->bundle);
    items = raw->items;
  } else {
    auto exported = prove::export_stix(**reader, *filter, (*workspace)->config().organisation);
    if (!exported) return context.fail(exported.error());
    bundle = std::move(exported->bundle);
    items = exported->items;
  }
  if (!context.args.has("output")) {
    context.data(bundle);
    return Exit::done;
  }
  if (auto written = write_file(context.args.get("output"), bundle, "export"); !written)
    return context.fail(written.error());
  const bool raw = context.args.has("raw");
  context.note("wrote " + counted(items, raw ? "object" : "item", raw ? "objects" : "items") + " to " +
               printable(context.args.get("output"), 200));
  return Exit::done;
}

}  // namespace

extern const Command export_stix;
const Command export_stix{"export stix",
                          "Out",
                          "our items as a STIX 2.1 bundle",
                          "Strict STIX: stable ids, times from the records, the same bytes for the same content. What "
                          "STIX has no words for travels in one extension-definition.",
                          kOptions,
                          kExamples,
                          run,
                          "--format"};

}  // namespace tocsin::cli::commands
