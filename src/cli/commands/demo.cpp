#include <cstdlib>
#include <filesystem>

#include "cli/radar.hpp"
#include "cli/views.hpp"
#include "cycle/first.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"DIR", "", "where to put the example workspace (default: a fresh folder in the temporary folder)"},
    {"--live", "", "ask the real sources as well, instead of only what ships with the program"},
};
constexpr Example kExamples[] = {
    {"tocsin demo", "the example organisation, end to end, without network"},
    {"tocsin demo ~/tocsin-demo --live", "with what the sources say today, in a folder of your choice"},
};

// A folder of its own for each run: the demo never writes over anything.
Result<std::filesystem::path> fresh_folder() {
  std::error_code error;
  std::string pattern = (std::filesystem::temp_directory_path(error) / "tocsin-demo-XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr)
    return fail(Code::unavailable, "cannot make a temporary folder; name one: tocsin demo DIR");
  return std::filesystem::path(pattern);
}

Exit run(Context& context) {
  bool made = false;
  if (context.args.has("DIR")) {
    context.folder = context.args.get("DIR");
    std::error_code error;
    made = !std::filesystem::exists(context.folder, error);
  } else {
    auto folder = fresh_folder();
    if (!folder) return context.fail(folder.error());
    context.folder = *folder;
  }
  auto workspace = cycle::make_demo(context.folder, *context.clock, *context.random);
  if (!workspace)
    return workspace.error().code == Code::conflict || workspace.error().code == Code::refused
               ? context.usage(workspace.error().message())
               : context.fail(workspace.error());
  if (made) context.note("made the folder " + printable(context.folder.string(), 300));
  auto reports = cycle::collect_shipped(**workspace, context.progress());
  if (!reports) return context.fail(reports.error());
  Exit exit = Exit::done;
  if (context.args.has("live")) {
    std::vector<cycle::CollectReport> live;
    for (const cycle::Source& source : cycle::sources(**workspace)) {
      if (!source.enabled || source.url.empty()) continue;
      auto report = cycle::collect(**workspace, source, context.progress());
      if (!report) return context.fail(report.error());
      live.push_back(std::move(*report));
    }
    context.progress().finish();
    if (context.format == Format::table) {
      exit = print_reports(context, live);
      context.line();
    } else {
      for (const cycle::CollectReport& report : live)
        if (report.outcome != store::Outcome::complete) exit = Exit::incomplete;
    }
  }
  auto assessed = cycle::assess(**workspace, false, context.progress());
  context.progress().finish();
  if (!assessed) return context.fail(assessed.error());
  RadarOptions options;
  options.workspace_argument = context.folder.string();
  options.demo = true;
  const Exit shown = print_radar(context, **workspace, options);
  return shown == Exit::done ? exit : shown;
}

}  // namespace

extern const Command demo;
const Command demo{"demo",
                   "Start",
                   "the example organisation, end to end: collect, fold, judge, radar",
                   "Harbourlight is fictional: a support bot on Llama-3 with retrieval and tools, a parcel sorter on "
                   "ResNet, a fine-tuning pipeline. The facts it begins "
                   "with ship inside the program.",
                   kOptions,
                   kExamples,
                   run,
                   "--workspace"};

}  // namespace tocsin::cli::commands
