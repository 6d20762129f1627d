#include "cli/views.hpp"
#include "cycle/collect.hpp"
#include "prove/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"SOURCE", "", "its id", true},
    {"--from", "PATH|URL", "read a file, a folder or an address instead of asking the source"},
    {"--limit", "N", "records shown (default 10)"},
};
constexpr Example kExamples[] = {
    {"tocsin source try arxiv --from query.xml", "what would be collected; nothing is kept"}};

Exit run(Context& context) {
  const auto limit = number_option(context.args, "limit", 10, 1);
  if (!limit) return context.usage(limit.error().message());
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  for (const Error& problem : cycle::settings_problems(**workspace)) context.complain(problem.message());
  auto source = cycle::source(**workspace, context.args.get("SOURCE"));
  if (!source) return context.unknown(source.error().message());
  if (auto there = cycle::check_path(context.args.get("from")); context.args.has("from") && !there)
    return context.usage("--from: " + there.error().message());
  auto trial = cycle::try_source(**workspace, *source, context.args.get("from"), context.progress());
  if (!trial) return context.fail(trial.error());
  List list;
  list.name = "records";
  list.columns = {{"id", 12}, {"kind"}, {"published"}, {"title", 24, true}};
  list.csv = {"external_id", "kind", "published", "title"};
  list.empty = "no records";
  const bool all = context.format != Format::table;
  for (std::size_t i = 0; i < trial->findings.records.size() && (all || i < *limit); ++i) {
    const intel::Record& record = trial->findings.records[i];
    Json object = Json::object({{"external_id", record.external_id},
                                {"digest", record.digest.hex()},
                                {"content", prove::record_content(record)}});
    list.rows.push_back({{printable(record.external_id, 60), std::string(intel::to_string(record.kind)),
                          record.published ? to_date(*record.published) : "", record.title.terminal()},
                         record.withdrawn ? Paint::dim : Paint::none,
                         std::move(object)});
  }
  Json bad = Json::array();
  for (const collect::Reject& reject : trial->findings.rejects)
    bad.push(Json::object({{"place", reject.place}, {"message", reject.error.message()}}));
  list.about.set("documents", static_cast<std::int64_t>(trial->documents));
  list.about.set("rejects", bad);
  list.about.set("error", trial->error);
  print_list(context, list);
  if (!all) {
    context.line();
    context.line(counted(trial->documents, "document", "documents") + ", " +
                 counted(trial->findings.records.size(), "record", "records") + ", " +
                 counted(trial->findings.rejects.size(), "reject", "rejects") + "; nothing was kept");
    for (std::size_t i = 0; i < trial->findings.rejects.size() && i < 10; ++i)
      print_labelled(context, Paint::yellow, "rejected",
                     printable(trial->findings.rejects[i].place, 200) + ": " +
                         printable(trial->findings.rejects[i].error.message(), 300));
    for (std::size_t i = 0; i < trial->findings.notes.size() && i < 10; ++i)
      print_labelled(context, Paint::dim, "note", printable(trial->findings.notes[i], 300));
  }
  if (!trial->error.empty()) {
    context.complain(trial->error);
    return Exit::incomplete;
  }
  return Exit::done;
}

}  // namespace

extern const Command source_try;
const Command source_try{"source try", "Collect", "dry run: what a source would bring; nothing is kept", "", kOptions,
                         kExamples,    run};

}  // namespace tocsin::cli::commands
