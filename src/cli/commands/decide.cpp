#include "cli/views.hpp"
#include "cycle/assess.hpp"
#include "prove/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"ID", "", "the item", true},
    {"VERDICT", "", "act, watch, inform, not_relevant, duplicate, defer", true, false,
     "act|watch|inform|not_relevant|duplicate|defer"},
    {"--as", "PERSON", "who decides: a key of [people] in tocsin.toml", true},
    {"--because", "TEXT", "the reason, in words", true},
    {"--asset", "ASSET", "only for this asset (default: all)", false, true},
    {"--until", "DATE", "defer until then"},
    {"--duplicate-of", "ID", "the item that this one repeats"},
    {"--action", "KIND", "for act: what is to be done", false, false, "fix|test|filter|block|gate|inform|accept"},
    {"--what", "TEXT", "for act: the action in words (default: the proposals of that kind, else the title)"},
    {"--owner", "PERSON", "for act: who does it (default: who decides)"},
    {"--due", "DATE", "for act: until when"},
};
constexpr Example kExamples[] = {
    {"tocsin decide CVE-2025-32434 act --as ines --because 'loads hub checkpoints' --due 2030-01-31",
     "an action for its owner follows"},
    {"tocsin decide arXiv:1908.07125 not_relevant --as ines --asset parcel-sorter --because 'no text input'",
     "for one asset only"},
};

Result<std::optional<Time>> date_option(const Context& context, const char* name) {
  if (!context.args.has(name)) return std::optional<Time>();
  auto time = parse_time(context.args.get(name));
  if (!time)
    return fail(Code::refused, std::string("--") + name + ": '" + printable(context.args.get(name)) +
                                   "' is no date; write it as 2026-12-15");
  return std::optional<Time>(*time);
}

Exit run(Context& context) {
  cycle::NewDecision wanted;
  wanted.verdict = *judgement::parse_verdict(context.args.get("VERDICT"));
  wanted.by = context.args.get("as");
  wanted.rationale = Foreign(context.args.get("because"));
  wanted.scope = context.args.all("asset");
  auto until = date_option(context, "until");
  if (!until) return context.usage(until.error().message());
  auto due = date_option(context, "due");
  if (!due) return context.usage(due.error().message());
  wanted.until = *until;
  wanted.due = *due;
  const bool acts = wanted.verdict == judgement::Verdict::act;
  for (const char* option : {"action", "what", "owner", "due"})
    if (!acts && context.args.has(option))
      return context.usage(std::string("--") + option + " goes with the verdict act");

  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  {
    auto reader = (*workspace)->store().read();
    if (!reader) return context.fail(reader.error());
    auto row = one_item(**reader, context.args.get("ID"));
    if (!row) return no_item(context, row.error());
    wanted.item = row->id;
    if (context.args.has("duplicate-of")) {
      auto other = one_item(**reader, context.args.get("duplicate-of"));
      if (!other) return no_item(context, other.error());
      if (other->id == row->id) return context.usage("--duplicate-of names the same item");
      wanted.duplicate_of = other->id;
    }
  }
  if (context.args.has("action")) wanted.action = judgement::parse_action_kind(context.args.get("action"));
  wanted.what = Foreign(context.args.get("what"));
  wanted.owner = context.args.get("owner");
  if (auto known = cycle::check_names(**workspace, wanted); !known)
    return known.error().code == Code::unavailable ? context.unknown(known.error().message())
                                                   : context.fail(known.error());
  auto decided = cycle::decide(**workspace, wanted);
  if (!decided) {
    context.complain(decided.error().message());
    return decided.error().code == Code::refused ? Exit::usage : Exit::incomplete;
  }
  for (const std::string& asset : decided->untouched)
    context.note("tocsin: " + printable(context.args.get("ID"), 100) + " does not touch " + printable(asset, 100));
  if (context.format != Format::table) {
    auto reader = (*workspace)->store().read();
    if (!reader) return context.fail(reader.error());
    auto row = (*reader)->decision(decided->decision.id);  // with its number in the ledger
    if (!row) return context.fail(row.error());
    if (!*row) return context.fail(fail(Code::internal, "the decision is gone").value());
    Json out = prove::decision_view(**row);
    out.set("action", decided->action ? prove::action_view(*decided->action) : Json());
    Json closed = Json::array();
    for (const judgement::Action& action : decided->closed) closed.push(prove::action_view(action));
    out.set("closed", closed);
    print_object(context, out);
    return Exit::done;
  }
  const judgement::Decision& decision = decided->decision;
  std::string scope;
  for (const std::string& asset : decision.scope) scope += (scope.empty() ? "" : ", ") + printable(asset, 100);
  print_labelled(context, Paint::none, "decided:",
                 std::string(judgement::to_string(decision.verdict)) + " for " +
                     (scope.empty() ? "all assets" : scope) + ", by " + printable(decision.by) +
                     (decision.until ? ", until " + to_date(*decision.until) + ": from then on it is open again" : ""));
  const auto told = [](const judgement::Action& action) {
    return std::string(judgement::to_string(action.kind)) + ", " + action.what.terminal() + " (" +
           printable(action.owner) + (action.due ? ", due " + to_date(*action.due) : "") + ")";
  };
  if (decided->action) print_labelled(context, Paint::none, "action: ", told(*decided->action));
  for (const judgement::Action& action : decided->closed)
    print_labelled(context, Paint::none, "closed: ", told(action) + ": its decision is superseded by this one");
  return Exit::done;
}

}  // namespace

extern const Command decide;
const Command decide{"decide",
                     "Decide",
                     "record a decision with its reason",
                     "The decision keeps what it rested on (statuses, reasons, records, the assets in scope). When "
                     "that changes, it re-opens and shows the difference.",
                     kOptions,
                     kExamples,
                     run};

}  // namespace tocsin::cli::commands
