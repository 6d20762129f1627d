#include "base/foreign.hpp"
#include "cli/estate.hpp"
#include "cycle/estate_file.hpp"
#include "estate/read.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Example kExamples[] = {
    {"tocsin estate check", "before a commit of estate.yaml: 1 when something in it cannot be understood"}};

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto estate = (*workspace)->estate();
  std::vector<Error> problems;
  std::size_t assets = 0, files = 0;
  if (!estate) {
    // Of estate.yaml itself: that is what was asked. Of anything else: the question was not answered.
    if (estate.error().where != estate::kEstateFile) return context.fail(estate.error());
    problems.push_back(estate.error());
  } else {
    assets = (*estate)->assets.size();
    files = (*estate)->files.size();
    problems = (*estate)->problems;
    for (cycle::UnknownKind& unknown : cycle::unknown_kinds(**estate, (*workspace)->knowledge())) {
      unknown.problem.what += meant_kind((*workspace)->knowledge(), unknown.key, unknown.written);
      problems.push_back(std::move(unknown.problem));
    }
  }
  List list;
  list.name = "problems";
  list.columns = {{"place", 16}, {"problem", 30, true}};
  list.csv = {"file", "line", "problem"};
  for (const Error& problem : problems) {
    const std::string line = problem.line ? std::to_string(*problem.line) : "";
    list.rows.push_back(
        {{printable(problem.where, 80) + (line.empty() ? "" : ":" + line), printable(problem.what, 400)},
         Paint::yellow,
         Json::object({{"file", problem.where},
                       {"line", problem.line ? Json(static_cast<std::int64_t>(*problem.line)) : Json()},
                       {"problem", problem.what}})});
  }
  list.about.set("assets", static_cast<std::int64_t>(assets));
  list.about.set("files", static_cast<std::int64_t>(files));
  print_list(context, list);
  if (context.format == Format::table)
    context.line(counted(assets, "asset", "assets") + " from " + counted(files, "file", "files") + ", " +
                 counted(problems.size(), "problem", "problems"));
  return problems.empty() ? Exit::done : Exit::no;
}

}  // namespace

extern const Command estate_check;
const Command estate_check{"estate check", "Estate", "is estate.yaml understood, with every file it names?", "", {},
                           kExamples,      run};

}  // namespace tocsin::cli::commands
