#include <algorithm>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "prove/ledger.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"--kind", "KIND", "only entries of this kind: run, decision, estate …"},
    {"--subject", "NAME", "only entries about this item (CVE-2025-32434, a uuid), asset or source"},
    {"--from", "SEQ", "from this entry on (default: the last ones)"},
    {"--limit", "N", "at most N entries (default 30)"},
};
constexpr Example kExamples[] = {
    {"tocsin ledger list --kind decision", "every decision, as it was recorded"},
    {"tocsin ledger list --subject CVE-2025-32434", "what was found and decided about one item"},
};

Exit run(Context& context) {
  const auto limit = number_option(context.args, "limit", 30, 1);
  if (!limit) return context.usage(limit.error().message());
  const auto from = number_option(context.args, "from", 0);
  if (!from) return context.usage(from.error().message());
  const std::string kind = context.args.get("kind"), subject = context.args.get("subject");
  if (context.args.has("subject") && subject.empty()) return context.usage("--subject is empty");
  const auto kinds = store::ledger::entry_kinds();
  if (context.args.has("kind") && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    const std::vector<std::string> words(kinds.begin(), kinds.end());
    const auto near = nearest(kind, words);
    return context.usage("--kind: there is no kind '" + printable(kind) + "'" +
                         (near.empty() ? "" : "; did you mean " + near.front() + "?") + " (" + join(words, ", ") + ")");
  }
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  store::LedgerFilter filter;
  if (context.args.has("subject")) {
    auto about = prove::ledger_about(**reader, subject);
    if (!about) {
      context.complain(about.error().message());
      return about.error().code == Code::unavailable ? Exit::no : Exit::incomplete;
    }
    filter = std::move(*about);
  }
  filter.kind = kind;
  auto entries =
      prove::ledger_entries(**reader, filter, context.args.has("from") ? std::optional(*from) : std::nullopt, *limit);
  if (!entries) return context.fail(entries.error());
  List list;
  list.name = "entries";
  list.columns = {{"seq"}, {"time"}, {"kind"}, {"subject", 14, true}, {"what", 28, true}, {"leaf", 0, false, true}};
  list.csv = {"seq", "time", "kind", "subject", "leaf"};
  list.empty = "no entries";
  for (const store::LedgerEntry& entry : *entries) {
    Row row;
    if (context.format == Format::table) {
      auto name = prove::subject_name(**reader, entry);
      if (!name) return context.fail(name.error());
      const std::string time = to_rfc3339(Time{entry.at.us - entry.at.us % 1'000'000});
      row.cells = {std::to_string(entry.seq),
                   time,
                   printable(entry.kind, 40),
                   printable(*name, 80),
                   printable(prove::entry_words(entry), 200),
                   entry.leaf.short_hex()};
    }
    auto body = parse_json(entry.entry);
    row.object = Json::object({{"seq", entry.seq},
                               {"tx", entry.tx},
                               {"time", to_rfc3339(entry.at)},
                               {"kind", entry.kind},
                               {"subject", entry.subject},
                               {"leaf", entry.leaf.hex()},
                               {"entry", body ? std::move(*body) : Json(entry.entry)}});
    list.rows.push_back(std::move(row));
  }
  print_list(context, list);
  if (context.format == Format::table && !context.args.has("from") && entries->size() == *limit)
    context.note("the last " + std::to_string(*limit) + "; --limit and --from show others");
  return Exit::done;
}

}  // namespace

extern const Command ledger_list;
const Command ledger_list{"ledger list", "Proof", "entries of the ledger", "", kOptions, kExamples, run};

}  // namespace tocsin::cli::commands
