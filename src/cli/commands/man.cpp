#include "base/version.hpp"
#include "cli/context.hpp"
#include "cli/help.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Example kExamples[] = {{"tocsin man | man -l -", "read it"}};

Exit run(Context& context) {
  context.print(man_page(kVersion));
  return Exit::done;
}

}  // namespace

extern const Command man;
const Command man{"man",     "Help", "the manual page (roff), on stdout", "", {},
                  kExamples, run,    "--format --workspace --quiet"};

}  // namespace tocsin::cli::commands
