#include "base/foreign.hpp"
#include "cli/context.hpp"
#include "cli/help.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {{"SHELL", "", "bash, zsh or fish", true, false, "bash|zsh|fish"}};
constexpr Example kExamples[] = {
    {"tocsin completion bash > ~/.local/share/bash-completion/completions/tocsin", "from the next shell on"}};

Exit run(Context& context) {
  context.print(completion(context.args.get("SHELL")));
  return Exit::done;
}

}  // namespace

extern const Command completion_script;
const Command completion_script{"completion", "Help", "completion for a shell, on stdout", "", kOptions,
                                kExamples,    run,    "--format --workspace --quiet"};

}  // namespace tocsin::cli::commands
