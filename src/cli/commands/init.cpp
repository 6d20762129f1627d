#include "cycle/first.hpp"

#include "cli/radar.hpp"
#include "cli/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"DIR", "", "the folder of your project (default: the workspace, else the current folder)"},
    {"--organisation", "NAME", "the name in tocsin.toml (default: the folder's)"},
};
constexpr Example kExamples[] = {
    {"tocsin init", "in a project: proposes estate.yaml from what lies there and shows the radar"},
    {"tocsin init ~/models --organisation 'Example Ltd'", "for another folder"},
};

Exit run(Context& context) {
  if (context.args.has("DIR")) context.folder = context.args.get("DIR");
  context.progress().stage("looking at " + printable(context.folder.string(), 60), 0);
  auto proposed =
      cycle::make_workspace(context.folder, context.args.get("organisation"), *context.clock, *context.random);
  context.progress().finish();
  if (!proposed) {
    if (proposed.error().code == Code::conflict)
      return context.usage(proposed.error().message() +
                           "; `tocsin radar` shows it, `tocsin estate check` looks at estate.yaml");
    if (proposed.error().code == Code::refused) return context.usage(proposed.error().message());
    return context.fail(proposed.error());
  }
  cycle::Workspace& workspace = *proposed->workspace;
  const survey::Survey& found = proposed->survey;

  if (context.format == Format::table) {
    List list;
    list.columns = {{"found"}, {"kind"}, {"what", 16, true}, {"where", 16, true}};
    list.empty =
        "Found no models, adapters or lockfiles here: estate.yaml is empty, for you to fill (docs/estate.md), "
        "or `tocsin estate add`.";
    for (const estate::Asset& asset : found.assets) {
      std::string what;
      if (asset.model) what = asset.model->family.empty() ? "family not recognised" : asset.model->family;
      if (asset.model && !asset.model->format.empty()) what += ", " + asset.model->format;
      if (asset.library) what = asset.library->path;
      const auto evidence = found.evidence.find(asset.name);
      list.rows.push_back({{printable(asset.name, 60), std::string(estate::to_string(asset.kind)), printable(what, 120),
                            evidence == found.evidence.end() ? "" : evidence->second.where},
                           Paint::bold,
                           Json()});
    }
    print_list(context, list);
    for (std::size_t i = 0; i < found.notes.size() && i < 8; ++i)
      print_labelled(context, Paint::dim, "note", printable(found.notes[i].message(), 300));
    if (found.notes.size() > 8) context.line("     and " + counted(found.notes.size() - 8, "more note", "more notes"));
    if (proposed->other_schema) {
      std::string note(cycle::kSchemaFile);
      note += " was there and is not the schema of this tocsin: it was left as it is, and estate.yaml does not name it";
      print_labelled(context, Paint::dim, "note", note);
    }
    context.line();
  }
  auto reports = cycle::collect_shipped(workspace, context.progress());
  if (!reports) return context.fail(reports.error());
  auto assessed = cycle::assess(workspace, false, context.progress());
  context.progress().finish();
  if (!assessed) return context.fail(assessed.error());
  RadarOptions options;
  if (context.args.has("DIR")) options.workspace_argument = context.folder.string();
  const Exit exit = print_radar(context, workspace, options);
  if (context.format == Format::table) {
    context.line();
    context.line(painted(context, Paint::bold, "This was judged from what ships with tocsin."));
    print_block(context,
                "Say in estate.yaml what each model runs on (runtime:) and who reaches it (exposure:), then `tocsin "
                "radar` again. `tocsin collect` asks the real sources; "
                "put yourself into [people] of tocsin.toml to record decisions.",
                0);
  }
  return found.complete ? exit : Exit::incomplete;
}

}  // namespace

extern const Command init;
const Command init{"init",
                   "Start",
                   "a workspace for your own project: proposes its estate, shows its radar",
                   "Finds lockfiles (requirements, Poetry, uv, conda, npm …), Hugging Face caches and model folders, "
                   "Ollama manifests, GGUF and "
                   "safetensors files; loads none of them. Writes tocsin.toml, estate.yaml and the schema that "
                   "editors check it by (estate.schema.json) where they are missing, and never over an existing file.",
                   kOptions,
                   kExamples,
                   run};

}  // namespace tocsin::cli::commands
