#include "base/text.hpp"
#include "cli/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"WORDS", "", "any text: an id, words, llama.cpp, C++", true, true},
    {"--limit", "N", "at most N items (default 30)"},
};
constexpr Example kExamples[] = {{"tocsin search universal trigger", "items with all of the words"},
                                 {"tocsin search llama.cpp", "any characters will do"}};

Exit run(Context& context) {
  const auto limit = number_option(context.args, "limit", 30, 1);
  if (!limit) return context.usage(limit.error().message());
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  auto rows = (*reader)->search(join(context.args.all("WORDS"), " "), *limit);
  if (!rows) return context.fail(rows.error());
  List list = item_list(context, *rows);
  list.empty = "nothing found";
  print_list(context, list);
  return Exit::done;
}

}  // namespace

extern const Command search;
const Command search{"search", "What matters", "full text over items", "", kOptions, kExamples, run};

}  // namespace tocsin::cli::commands
