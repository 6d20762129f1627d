#include "cli/views.hpp"
#include "cycle/sources.hpp"
#include "prove/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"SOURCE", "", "its id", true},
    {"--rejects", "", "every reject of the last run, with what was there"},
};
constexpr Example kExamples[] = {
    {"tocsin source show osv --rejects", "the last runs of a source, and what it could not read"}};

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  for (const Error& problem : cycle::settings_problems(**workspace)) context.complain(problem.message());
  const std::string id = context.args.get("SOURCE");
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  auto runs = (*reader)->runs(id, 10);
  if (!runs) return context.fail(runs.error());
  auto source = cycle::source(**workspace, id);
  if (!source && runs->empty())
    return context.unknown(source.error().message());  // imports have runs but no entry in the catalogue
  std::vector<store::Reject> rejects;
  if (!runs->empty()) {
    auto kept = (*reader)->rejects(runs->front().key);
    if (!kept) return context.fail(kept.error());
    rejects = std::move(*kept);
  }
  auto state = (*reader)->source(id);
  if (!state) return context.fail(state.error());

  if (context.format != Format::table) {
    Json out = Json::object({{"id", id}});
    if (source) {
      out.set("kind", source->kind->id);
      out.set("title", source->title);
      out.set("url", source->url);
      out.set("licence", source->licence);
      out.set("attribution", source->attribution);
      out.set("grade", std::string(1, source->grade));
      out.set("enabled", source->enabled);
      out.set("settings", source->settings);
    }
    out.set("cursor", state->cursor);
    out.set("last_error", state->last_error);
    Json past = Json::array();
    for (const store::Run& one : *runs) past.push(prove::run_view(one));
    out.set("runs", past);
    Json bad = Json::array();
    for (const store::Reject& reject : rejects) bad.push(prove::reject_view(reject));
    out.set("rejects", bad);
    print_object(context, out);
    return Exit::done;
  }
  if (source) {
    const auto told = [&](std::string_view label, std::string_view text) {
      print_labelled(context, Paint::none, label, text);
    };
    print_labelled(context, Paint::bold, printable(source->id) + " ", printable(source->title));
    told("kind       ", std::string(source->kind->id) + ": " + std::string(source->kind->summary));
    told("address    ", source->url.empty() ? "none: collect it with --from" : printable(source->url, 300));
    told("licence    ", (source->licence.empty() ? "not told" : printable(source->licence)) +
                            (source->attribution.empty() ? "" : "; " + printable(source->attribution)));
    told("grade      ", std::string(1, source->grade) + (source->enabled ? "" : "; off"));
  }
  if (!state->last_error.empty()) print_labelled(context, Paint::red, "last error ", printable(state->last_error, 400));
  if (source || !state->last_error.empty()) context.line();
  List list;
  list.columns = {{"run"}, {"started"}, {"outcome"}, {"new"}, {"changed"}, {"unchanged"}, {"rejected"}, {"ledger"}};
  list.empty = "it never ran";
  for (const store::Run& one : *runs)
    list.rows.push_back({{std::to_string(one.key), to_rfc3339(Time{one.started.us - one.started.us % 1'000'000}),
                          std::string(store::to_string(one.outcome)), std::to_string(one.counts.added),
                          std::to_string(one.counts.changed + one.counts.reparsed),
                          std::to_string(one.counts.unchanged + one.counts.repeated),
                          std::to_string(one.counts.rejected), std::to_string(one.leaf)},
                         Paint::none,
                         Json()});
  print_list(context, list);
  const std::size_t shown = context.args.has("rejects") ? rejects.size() : std::min<std::size_t>(rejects.size(), 5);
  if (!rejects.empty()) context.line();
  for (std::size_t i = 0; i < shown; ++i) {
    print_labelled(context, Paint::yellow, "rejected",
                   printable(rejects[i].place, 300) + ": " + printable(rejects[i].message, 400));
    if (context.args.has("rejects") && !rejects[i].excerpt.empty())
      print_block(context, rejects[i].excerpt.terminal(), 9);
  }
  if (shown < rejects.size())
    context.line("         and " + std::to_string(rejects.size() - shown) + " more: --rejects");
  return Exit::done;
}

}  // namespace

extern const Command source_show;
const Command source_show{"source show", "Collect", "one source: address, licence, last runs, rejects", "", kOptions,
                          kExamples,     run};

}  // namespace tocsin::cli::commands
