#include "base/file.hpp"
#include "base/foreign.hpp"
#include "cli/estate.hpp"
#include "cycle/assess.hpp"
#include "cycle/estate_file.hpp"
#include "estate/read.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"KIND", "", "model, dataset, library or endpoint", true, false, "model|dataset|library|endpoint"},
    {"NAME", "", "its name in the estate", true},
    {"--set", "KEY=VALUE", "a key of docs/estate.md; lists with commas", false, true},
    {"--print", "", "show the new estate.yaml instead of writing it"},
};
constexpr Example kExamples[] = {
    {"tocsin estate add model summariser --set family=mistral --set exposure=internal,retrieves-documents", "a model"},
    {"tocsin estate add library training --set path=requirements-train.txt", "a requirements file"},
};

Exit run(Context& context) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const std::string& pair : context.args.all("set")) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return context.usage("--set: write KEY=VALUE, not '" + printable(pair) + "'");
    values.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  const auto kind = estate::parse_asset_kind(context.args.get("KIND"));
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  std::filesystem::path file = (*workspace)->folder() / std::string(estate::kEstateFile);
  std::error_code error;
  std::string text;
  if (std::filesystem::exists(file, error)) {
    // A link is the user's own: what it leads to is the estate.
    if (const auto real = std::filesystem::canonical(file, error); !error) file = real;
    auto read = read_file(file, estate::kMaxEstateBytes);
    if (!read) return context.fail(read.error());
    text = std::move(*read);
  }
  auto changed = cycle::with_asset(text, *kind, context.args.get("NAME"), values, (*workspace)->folder());
  if (!changed) {
    context.complain(changed.error().message());
    return changed.error().code == Code::refused ? Exit::usage : Exit::incomplete;
  }
  if (context.args.has("print")) {
    context.print(Foreign(*changed).terminal_block());
    return Exit::done;
  }
  if (auto written = write_file(file, *changed, "estate"); !written) return context.fail(written.error());
  workspace = context.open();  // the estate is read once
  if (!workspace) return context.fail(workspace.error());
  auto assessed = cycle::assess(**workspace, false, context.progress());
  context.progress().finish();
  if (!assessed) return context.fail(assessed.error(), "estate.yaml is written");
  context.line("added " + printable(context.args.get("NAME")) + " to estate.yaml; judged " +
               counted(assessed->judged, "item", "items") + " (" + assessed->why + ")");
  if (const auto now = (*workspace)->estate())
    for (const cycle::UnknownKind& unknown : cycle::unknown_kinds(**now, (*workspace)->knowledge()))
      if (unknown.asset == context.args.get("NAME"))
        context.complain(unknown.problem.what + meant_kind((*workspace)->knowledge(), unknown.key, unknown.written));
  return Exit::done;
}

}  // namespace

extern const Command estate_add;
const Command estate_add{"estate add", "Estate",  "append an entry to estate.yaml; what stands there keeps its bytes",
                         "",           kOptions,  kExamples,
                         run,          "--format"};

}  // namespace tocsin::cli::commands
