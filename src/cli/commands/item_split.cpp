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
    {"tocsin item split CVE-2025-1234 GHSA-2222-3333-4444 --as ines --because 'the alias is wrong'",
     "two items, whatever an alias says"}};

Exit run(Context& context) {
  return say_bond(context, false);
}

}  // namespace

extern const Command item_split;
const Command item_split{
    "item split",
    "Decide",
    "two ids are not one thing",
    "Keeps two ids apart although a source says they are the same; the old items come back under their old ids. What "
    "hangs on both stays with the id that the item goes by.",
    kOptions,
    kExamples,
    run};

}  // namespace tocsin::cli::commands
