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
  const int limit = std::atoi(context.args.get("limit", "30").c_str());
  if (limit <= 0)
    return context.usage("--limit: '" + printable(context.args.get("limit")) + "' is no number above zero");
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  auto rows = (*reader)->search(join(context.args.all("WORDS"), " "), static_cast<std::size_t>(limit));
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
