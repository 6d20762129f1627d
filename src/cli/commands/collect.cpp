#include "cycle/collect.hpp"
#include "cli/views.hpp"
#include "cycle/assess.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"SOURCE", "", "sources to collect (default: all that are on); `tocsin source list` shows them", false, true},
    {"--from", "PATH|URL", "read a file, a folder or an address instead of asking the source"},
    {"--due", "", "only sources whose time has come by their cadence"},
    {"--no-assess", "", "do not judge what came; `tocsin assess` does it later"},
};
constexpr Example kExamples[] = {
    {"tocsin collect", "asks every source that is on"},
    {"tocsin collect osv --from ~/mirror/PyPI/all.zip", "takes an ecosystem archive from a file"},
    {"tocsin collect atlas --from ATLAS.yaml --format json", "with counts and every reject, for programs"},
};

Exit nothing_to_do(Context& context, std::string_view why) {
  if (context.format == Format::table) {
    context.note(why);
    return Exit::done;
  }
  return print_reports(context, {});
}

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  const std::string from = context.args.get("from");
  const auto wanted = context.args.all("SOURCE");
  if (!from.empty() && wanted.size() != 1)
    return context.usage("--from needs the name of the one source that it is read as: tocsin collect osv --from …");

  std::vector<cycle::Source> chosen;
  for (const Error& problem : cycle::settings_problems(**workspace)) context.complain(problem.message());
  if (wanted.empty()) {
    for (cycle::Source& source : cycle::sources(**workspace))
      if (source.enabled && !source.url.empty()) chosen.push_back(std::move(source));
    if (chosen.empty()) return nothing_to_do(context, "no source is on; see `tocsin source list`");
  }
  for (const std::string& id : wanted) {
    auto source = cycle::source(**workspace, id);
    if (!source) return context.unknown(source.error().message());
    chosen.push_back(std::move(*source));
  }
  if (context.args.has("due")) {
    auto reader = (*workspace)->store().read();
    if (!reader) return context.fail(reader.error());
    std::vector<cycle::Source> due;
    for (cycle::Source& source : chosen) {
      auto state = (*reader)->source(source.id);
      if (!state) return context.fail(state.error());
      const auto answered = store::live_answers(*state).answered;
      if (!answered || *answered + source.cadence <= context.clock->now()) due.push_back(std::move(source));
    }
    chosen = std::move(due);
    if (chosen.empty()) return nothing_to_do(context, "no source is due");
  }

  if (!from.empty())
    if (auto there = cycle::check_path(from); !there) return context.usage("--from: " + there.error().message());
  std::vector<cycle::CollectReport> reports;
  for (const cycle::Source& source : chosen) {
    auto report = from.empty() ? cycle::collect(**workspace, source, context.progress())
                               : cycle::collect_from(**workspace, source, from, context.progress());
    if (!report) {
      context.progress().finish();
      if (!reports.empty()) print_reports(context, reports);
      return context.fail(std::move(report).error().at("collect " + source.id));
    }
    reports.push_back(std::move(*report));
  }
  Exit exit = Exit::done;
  if (!context.args.has("no-assess")) {
    auto assessed = cycle::assess(**workspace, false, context.progress());
    context.progress().finish();
    if (!assessed) {
      print_reports(context, reports);
      return context.fail(assessed.error(), "what was collected is kept; `tocsin assess` judges it");
    }
    exit = print_reports(context, reports);
    if (context.format == Format::table && assessed->judged > 0)
      context.note("judged " + std::to_string(assessed->judged) + " items (" + assessed->why +
                   "); `tocsin radar` shows what matters");
    for (const std::string& name : assessed->reopened) context.note("re-opened: " + printable(name));
    return exit;
  }
  context.progress().finish();
  return print_reports(context, reports);
}

}  // namespace

extern const Command collect;
const Command collect{"collect",
                      "Collect",
                      "ask the sources, keep what they say, fold it into items",
                      "Fetches each source (conditional requests, at its pace), keeps the replies byte for byte, and "
                      "commits records, rejects and cursor "
                      "together. One bad record never costs the feed, one bad source never costs the run.",
                      kOptions,
                      kExamples,
                      run};

}  // namespace tocsin::cli::commands
