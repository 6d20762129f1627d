#include <cstdlib>

#include "cli/views.hpp"
#include "cycle/doctor.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Example kExamples[] = {{"tocsin doctor", "what is wrong with this workspace, and how to mend it"}};

Exit run(Context& context) {
  std::vector<cycle::Check> checks;
  if (std::getenv("TOCSIN_NOW") != nullptr)
    checks.push_back(
        {"clock", cycle::Health::warning, "TOCSIN_NOW fixes the time", "unset it outside of demos and tests"});
  if (auto workspace = context.open()) {
    auto examined = cycle::examine(**workspace);
    if (!examined) return context.fail(examined.error());
    checks.insert(checks.end(), examined->begin(), examined->end());
  } else {
    checks.push_back({"workspace", cycle::Health::bad, printable(workspace.error().message(), 400), ""});
  }

  List list;
  list.name = "checks";
  list.columns = {{"check"}, {"state"}, {"what", 24, true}, {"to do", 20, true}};
  list.csv = {"check", "state", "what", "to_do"};
  cycle::Health worst = cycle::Health::good;
  for (const cycle::Check& check : checks) {
    const bool good = check.health == cycle::Health::good, bad = check.health == cycle::Health::bad;
    const char* word = good ? "ok" : bad ? "bad" : "warning";
    worst = std::max(worst, check.health);
    list.rows.push_back(
        {{check.name, word, check.what, check.repair},
         good  ? Paint::green
         : bad ? Paint::red
               : Paint::yellow,
         Json::object({{"check", check.name}, {"state", word}, {"what", check.what}, {"to_do", check.repair}})});
  }
  print_list(context, list);
  return worst == cycle::Health::bad ? Exit::no : Exit::done;
}

}  // namespace

extern const Command doctor;
const Command doctor{"doctor",  "Start", "checks of the workspace, and how to mend what is wrong", "", {},
                     kExamples, run};

}  // namespace tocsin::cli::commands
