#include "cycle/assess.hpp"

#include "cli/context.hpp"
#include "cli/output.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {{"--all", "", "judge every item again, not only what changed"}};
constexpr Example kExamples[] = {{"tocsin assess", "after estate.yaml or a lockfile changed"}};

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto report = cycle::assess(**workspace, context.args.has("all"), context.progress());
  context.progress().finish();
  if (!report) return context.fail(report.error());
  if (context.format == Format::table) {
    print_block(
        context,
        "judged " + counted(report->judged, "item", "items") + ", " + counted(report->changed, "answer", "answers") +
            " changed (" + report->why + ")" +
            (report->revised == 0 ? "" : ", " + counted(report->revised, "proposal", "proposals") + " for others too"),
        0);
    for (const std::string& name : report->reopened)
      print_labelled(context, Paint::yellow, "re-opened",
                     printable(name) + ": its decision rested on something that changed; `tocsin show " +
                         shell_word(printable(name)) + "`");
  } else {
    Json reopened = Json::array();
    for (const std::string& name : report->reopened) reopened.push(name);
    print_object(context, Json::object({{"judged", report->judged},
                                        {"changed", report->changed},
                                        {"revised", report->revised},
                                        {"why", report->why},
                                        {"reopened", reopened}}));
  }
  return Exit::done;
}

}  // namespace

extern const Command assess;
const Command assess{"assess",
                     "What matters",
                     "judge items against the estate",
                     "Judges what is new, and what a changed estate can touch; records the estate's new version. "
                     "Decisions whose basis changed re-open.",
                     kOptions,
                     kExamples,
                     run};

}  // namespace tocsin::cli::commands
