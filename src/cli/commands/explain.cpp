#include "cli/nearest.hpp"
#include "cli/views.hpp"
#include "scan/pages.hpp"
#include "scan/rules.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {{"RULE", "", "id of a rule, as `tocsin scan` prints it; none: all of them"}};
constexpr Example kExamples[] = {{"tocsin explain pickle-dangerous-call", "what it means, how it works, what to do"},
                                 {"tocsin explain", "the rules"}};

Exit run(Context& context) {
  if (!context.args.has("RULE")) {
    for (const scan::Rule* rule : scan::all_rules())
      context.line(std::string(rule->id) + std::string(rule->id.size() < 28 ? 28 - rule->id.size() : 1, ' ') +
                   std::string(to_string(rule->severity)) + std::string(12 - to_string(rule->severity).size(), ' ') +
                   std::string(rule->title));
    return Exit::done;
  }
  const std::string id = context.args.get("RULE");
  const scan::Rule* rule = scan::find_rule(id);
  if (rule == nullptr) {
    std::vector<std::string_view> known;
    for (const scan::Rule* one : scan::all_rules()) known.push_back(one->id);
    return context.fail(Error{Code::refused, "there is no rule '" + printable(id, 80) + "'", "", {}, {}, {}},
                        "`tocsin explain` lists them");
  }
  context.print(scan::page_of(*rule));
  return Exit::done;
}

}  // namespace

extern const Command explain;
const Command explain{"explain",
                      "Scan",
                      "what a rule of the scanners means",
                      "Prints the page of a rule: what was found, how it works, what to do, where to read more.",
                      kOptions,
                      kExamples,
                      run,
                      "--format --workspace"};

}  // namespace tocsin::cli::commands
