#include "cli/views.hpp"
#include "cycle/sources.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Example kExamples[] = {
    {"tocsin source list", "which sources there are, which are on, when they last answered"}};

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  const auto all = cycle::sources(**workspace);
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  List list;
  list.name = "sources";
  // The kind, most often the name itself, and the licence give way to names that can be typed.
  list.columns = {{"source"},
                  {"on"},
                  {"grade"},
                  {"licence", 10, true, true},
                  {"last answer"},
                  {"title", 18, true},
                  {"kind", 0, false, true}};
  list.csv = {"id",           "kind",         "enabled",     "grade",    "licence",    "url",      "title",
              "last_attempt", "last_success", "last_answer", "failures", "last_error", "cadence_s"};
  for (const cycle::Source& source : all) {
    auto state = (*reader)->source(source.id);
    if (!state) return context.fail(state.error());
    Row row;
    const store::LiveAnswers live = store::live_answers(*state);
    const std::string last =
        !state->last_error.empty()
            ? "failed " + (state->last_attempt ? ago(*state->last_attempt, context.clock->now()) : "")
        : live.answered       ? ago(*live.answered, context.clock->now())
        : live.file           ? "only from files"
        : state->last_success ? "shipped facts"
                              : "never";
    row.cells = {printable(source.id, 40),
                 source.enabled ? "yes" : "no",
                 std::string(1, source.grade),
                 printable(source.licence, 60),
                 last,
                 printable(source.title, 120),
                 std::string(source.kind->id)};
    row.paint = !source.enabled ? Paint::dim : state->last_error.empty() ? Paint::none : Paint::red;
    Json object = Json::object({{"id", source.id},
                                {"kind", source.kind->id},
                                {"enabled", source.enabled},
                                {"own", source.own},
                                {"title", source.title},
                                {"url", source.url},
                                {"licence", source.licence},
                                {"attribution", source.attribution},
                                {"grade", std::string(1, source.grade)}});
    object.set("cadence_s", static_cast<std::int64_t>(source.cadence.count()));
    object.set("pace_ms", static_cast<std::int64_t>(source.policy.pace.count()));
    object.set("last_attempt", state->last_attempt ? Json(to_rfc3339(*state->last_attempt)) : Json());
    object.set("last_success", state->last_success ? Json(to_rfc3339(*state->last_success)) : Json());
    object.set("last_answer", live.answered ? Json(to_rfc3339(*live.answered)) : Json());
    object.set("last_file", live.file ? Json(to_rfc3339(*live.file)) : Json());
    object.set("failures", static_cast<std::int64_t>(state->failures));
    object.set("last_error", state->last_error);
    row.object = std::move(object);
    list.rows.push_back(std::move(row));
  }
  print_list(context, list);
  for (const Error& problem : cycle::settings_problems(**workspace)) context.complain(problem.message());
  return Exit::done;
}

}  // namespace

extern const Command source_list;
const Command source_list{
    "source list", "Collect", "the sources: which are on, their licence and grade, when they last answered", "", {},
    kExamples,     run};

}  // namespace tocsin::cli::commands
