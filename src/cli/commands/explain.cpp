#include <algorithm>

#include "base/text.hpp"
#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "cli/views.hpp"
#include "scan/pages.hpp"
#include "scan/rules.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {{"RULE", "", "id of a rule, as `tocsin scan models` prints it; none: all of them"}};
constexpr Example kExamples[] = {{"tocsin explain pickle-dangerous-call", "what it means, how it works, what to do"},
                                 {"tocsin explain", "the rules"}};

// A page for the width of the terminal: paragraphs are filled anew, code stays as it is.
void print_page(Context& context, std::string_view page) {
  std::string paragraph;
  const auto end = [&] {
    if (!paragraph.empty()) print_block(context, paragraph, 0);
    paragraph.clear();
  };
  for (std::string_view line : split_lines(page)) {
    if (line.empty() || line.starts_with("    ") || line.starts_with('#')) {
      end();
      context.line(line);
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
    }
  }
  end();
}

Exit run(Context& context) {
  if (!context.args.has("RULE")) {
    List list;
    list.columns = {{"rule"}, {"severity"}, {"what was found", 20, true}};
    for (const scan::Rule* rule : scan::all_rules())
      list.rows.push_back({{std::string(rule->id), std::string(to_string(rule->severity)), std::string(rule->title)},
                           Paint::none,
                           Json()});
    print_list(context, list);
    return Exit::done;
  }
  const std::string id = context.args.get("RULE");
  const scan::Rule* rule = scan::find_rule(id);
  if (rule == nullptr) {
    std::vector<std::string> known;
    for (const scan::Rule* one : scan::all_rules()) known.emplace_back(one->id);
    const auto near = nearest(id, known);
    context.complain("there is no rule '" + printable(id, 80) + "'" +
                     (near.empty() ? "" : "; did you mean " + join(near, " or ") + "?"));
    context.complain("`tocsin explain` lists them");
    return Exit::no;
  }
  const std::string page = scan::page_of(*rule);
  const std::size_t text = std::min(page.find("\n# "), page.size());
  print_block(context, std::string_view(page).substr(0, text), 0);  // a line each
  print_page(context, std::string_view(page).substr(text));
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
