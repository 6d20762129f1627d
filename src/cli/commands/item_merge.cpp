#include "cli/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"ID", "", "an external id of the one", true},
    {"OTHER", "", "an external id of the other", true},
    {"--as", "PERSON", "who says so: a key of [people] in tocsin.toml", true},
    {"--because", "TEXT", "the reason, in words", true},
};
constexpr Example kExamples[] = {
    {"tocsin item merge CVE-2025-1234 PYSEC-2025-7 --as ines --because 'same flaw, the alias is missing'",
     "one item from now on"}};

Exit run(Context& context) {
  return say_bond(context, true);
}

}  // namespace

extern const Command item_merge;
const Command item_merge{"item merge",
                         "Decide",
                         "two items are one thing",
                         "What a person joins stays joined until a person parts it; decisions on either re-open.",
                         kOptions,
                         kExamples,
                         run};

}  // namespace tocsin::cli::commands
