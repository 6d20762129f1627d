#include <charconv>

#include "base/foreign.hpp"
#include "cli/output.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"--kind", "KIND", "only entries of this kind: run, decision, estate …"},
    {"--subject", "TEXT", "only entries about this source, item or asset"},
    {"--from", "SEQ", "from this entry on (default: the last 30)"},
    {"--limit", "N", "at most N entries (default 30)"},
};
constexpr Example kExamples[] = {{"tocsin ledger list --kind decision", "every decision, as it was recorded"}};

bool number(const std::string& text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

Exit run(Context& context) {
  std::uint64_t limit = 30, from = 0;
  if (context.args.has("limit") && !number(context.args.get("limit"), limit))
    return context.usage("--limit: no number");
  if (context.args.has("from") && !number(context.args.get("from"), from)) return context.usage("--from: no number");
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  const std::string kind = context.args.get("kind"), subject = context.args.get("subject");
  if (!context.args.has("from") && kind.empty() && subject.empty()) {
    auto size = (*reader)->ledger_size();
    if (!size) return context.fail(size.error());
    from = *size > limit ? *size - limit : 0;
  }
  auto entries = (*reader)->ledger(from, limit, kind, subject);
  if (!entries) return context.fail(entries.error());
  List list;
  list.name = "entries";
  list.columns = {{"seq"}, {"time"}, {"kind"}, {"subject", 12}, {"leaf"}};
  list.csv = {"seq", "time", "kind", "subject", "leaf"};
  list.empty = "no entries";
  for (const store::LedgerEntry& entry : *entries) {
    auto body = parse_json(entry.entry);
    list.rows.push_back({{std::to_string(entry.seq), to_rfc3339(entry.at), printable(entry.kind, 40),
                          printable(entry.subject, 80), entry.leaf.short_hex()},
                         Paint::none,
                         Json::object({{"seq", entry.seq},
                                       {"tx", entry.tx},
                                       {"time", to_rfc3339(entry.at)},
                                       {"kind", entry.kind},
                                       {"subject", entry.subject},
                                       {"leaf", entry.leaf.hex()},
                                       {"entry", body ? std::move(*body) : Json(entry.entry)}})});
  }
  print_list(context, list);
  return Exit::done;
}

}  // namespace

extern const Command ledger_list;
const Command ledger_list{"ledger list", "Proof", "entries of the ledger", "", kOptions, kExamples, run};

}  // namespace tocsin::cli::commands
