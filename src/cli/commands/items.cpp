#include "cli/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr auto kOptions =
    joined(kItemFilterOptions,
           std::array{
               Option{"--limit", "N", "at most N items (default: 50 in tables, all in json, jsonl and csv)"},
               Option{"--order", "ORDER", "score: the highest first (default); arrival: as they came", false, false,
                      "score|arrival"},
           });
constexpr Example kExamples[] = {
    {"tocsin items --layer operational --assessment affected", "what to patch now"},
    {"tocsin items --kind technique --format jsonl", "every technique, an item a line"},
    {"tocsin items --decision open", "what waits for a decision"},
};

Exit run(Context& context) {
  auto filter = item_filter(context);
  if (!filter) return context.usage(filter.error().message());
  const auto given = number_option(context.args, "limit", context.format == Format::table ? 50 : SIZE_MAX, 1);
  if (!given) return context.usage(given.error().message());
  const std::size_t limit = *given;
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  if (auto known = check_names(*filter, **workspace, **reader); !known) {
    context.complain(known.error().message());
    return known.error().code == Code::unavailable ? Exit::no : Exit::incomplete;
  }

  store::ItemQuery query;
  query.filter = *filter;
  query.order = context.args.get("order") == "arrival" ? store::Order::arrival : store::Order::score;
  query.with_item = query.with_decisions = context.format != Format::table;
  query.with_assessments = context.format != Format::table || !filter->asset.empty();
  constexpr std::size_t kPage = 500;
  std::vector<store::ItemRow> rows;
  std::size_t printed = 0;
  bool more = false;
  while (printed + rows.size() < limit) {
    query.limit = std::min(kPage, limit - printed - rows.size());
    auto page = (*reader)->items(query);
    if (!page) return context.fail(page.error());
    for (store::ItemRow& row : page->rows) rows.push_back(std::move(row));
    more = !page->next.empty();
    if (context.format == Format::jsonl) {  // a page at a time: a workspace may hold more than memory likes
      print_list(context, item_list(context, rows, *filter));
      printed += rows.size();
      rows.clear();
    }
    if (!more) break;
    query.after = page->next;
  }
  if (context.format == Format::jsonl) return Exit::done;
  print_list(context, item_list(context, rows, *filter));
  if (context.format == Format::table && more) {
    auto total = (*reader)->count_items(*filter);
    if (total)
      context.note("the first " + std::to_string(rows.size()) + " of " + std::to_string(*total) +
                   "; --limit shows more");
  }
  return Exit::done;
}

}  // namespace

extern const Command items;
const Command items{"items", "What matters", "list items, with filters", "", kOptions, kExamples, run};

}  // namespace tocsin::cli::commands
