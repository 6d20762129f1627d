#include "cli/views.hpp"
#include "cycle/assess.hpp"
#include "cycle/collect.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"FILE", "", "STIX 2.1 bundles, lists or objects, or what a source reads (OSV, ATLAS.yaml, Atom …)", true, true},
    {"--as", "SOURCE", "the name it is recorded under (default: import)"},
    {"--no-assess", "", "do not judge what came"},
};
constexpr Example kExamples[] = {
    {"tocsin import partner-bundle.json", "somebody else's STIX"},
    {"tocsin import --as isac report-*.json", "recorded under the name of the sharing group"},
};

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  const std::string as = context.args.get("as", "import");
  if (auto named = cycle::check_import_name(**workspace, as); !named) return context.usage(named.error().message());
  for (const std::string& file : context.args.all("FILE"))
    if (auto there = cycle::check_path(file); !there) return context.usage(there.error().message());
  auto report = cycle::import_files(**workspace, context.args.all("FILE"), as, context.progress());
  context.progress().finish();
  if (!report) return context.fail(report.error());
  if (!context.args.has("no-assess")) {
    auto assessed = cycle::assess(**workspace, false, context.progress());
    context.progress().finish();
    if (!assessed) {
      print_reports(context, {*report});
      return context.fail(assessed.error(), "what was imported is kept; `tocsin assess` judges it");
    }
  }
  return print_reports(context, {*report});
}

}  // namespace

extern const Command import_files;
const Command import_files{
    "import",
    "Collect",
    "other people's files in: STIX 2.1, OSV and what the sources read",
    "Objects of a STIX file are kept byte for byte, also those that break the standard; the listed types become items.",
    kOptions,
    kExamples,
    run};

}  // namespace tocsin::cli::commands
