#include "cli/views.hpp"
#include "prove/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"ID", "", "CVE-2025-32434, AML.T0051, arXiv:2307.15043, LLM01:2025, or the beginning of an item's uuid", true},
    {"--history", "", "every version of what the sources said, not only the current one"},
};
constexpr Example kExamples[] = {{"tocsin show CVE-2025-32434", "one item with its reasons, decisions and sources"}};

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  auto row = one_item(**reader, context.args.get("ID"));
  if (!row) return no_item(context, row.error());
  auto records = context.args.has("history") ? (*reader)->history_of(row->id) : (*reader)->records_of(row->id);
  if (!records) return context.fail(records.error());
  auto actions = (*reader)->actions_of(row->id);
  if (!actions) return context.fail(actions.error());
  if (context.format == Format::table) {
    print_item(context, *row, *records, *actions);
    return Exit::done;
  }
  Json out = prove::item_view(*row);
  Json decisions = Json::array();
  for (const store::DecisionRow& decision : row->decisions) decisions.push(prove::decision_view(decision));
  out.set("decisions", decisions);
  Json taken = Json::array();
  for (const judgement::Action& action : *actions) taken.push(prove::action_view(action));
  out.set("actions", taken);
  Json said = Json::array();
  for (const store::RecordRow& record : *records) said.push(prove::record_view(record));
  out.set("records", said);
  print_object(context, out);
  return Exit::done;
}

}  // namespace

extern const Command show;
const Command show{
    "show", "What matters", "one item: what it is, whether it applies and why, what was decided, who said it",
    "",     kOptions,       kExamples,
    run};

}  // namespace tocsin::cli::commands
