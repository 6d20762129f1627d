#include "prove/register.hpp"

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "cycle/owned.hpp"
#include "exchange/sheet.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"--as", "FORMAT", "csv, json or xlsx (default: by the end of --output's name; on stdout csv)", false, false,
     "csv|json|xlsx"},
    {"--output", "FILE", "write there instead of to stdout; required for xlsx"},
    {"--all", "", "every item, also those that touch no asset and nobody decided on"},
};
constexpr Example kExamples[] = {
    {"tocsin register export --output register.xlsx", "the intelligence register, for the auditor"},
    {"tocsin register export --all --as json", "with everything that was set aside, and why"},
};

// --as, else the end of the file's name, which must be one that we write: a register.md of commas helps nobody.
Result<std::string> wanted_format(const Context& context, const std::string& output) {
  if (context.args.has("as")) return context.args.get("as");
  if (output.empty()) return std::string("csv");
  const std::string name = to_lower(output);
  for (const char* known : {"csv", "json", "xlsx"})
    if (name.ends_with(std::string(".") + known)) return std::string(known);
  return fail(Code::refused,
              "--output: '" + printable(output) +
                  "' does not end in .csv, .json or .xlsx; say which it is to be: --as csv, json or xlsx");
}

Exit run(Context& context) {
  const std::string output = context.args.get("output");
  const auto format = wanted_format(context, output);
  if (!format) return context.usage(format.error().message());
  const std::string& as = *format;
  if (as == "xlsx" && output.empty()) return context.usage("xlsx needs a file: --output register.xlsx");
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  if (!output.empty()) {
    if (auto allowed = cycle::refuse_owned(**workspace, output); !allowed) return no_output(context, allowed.error());
  }
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  prove::LeftOut left_out;
  auto sheet = prove::intelligence_register(**reader, {context.args.has("all")}, &left_out);
  if (!sheet) return context.fail(sheet.error());
  // A file that lacks what is uncertain looks like an all-clear.
  if (left_out.all() > 0)
    context.note("not in it (--all has them): " + counted(left_out.cannot_tell, "item", "items") +
                 " that cannot be told, " + std::to_string(left_out.set_aside) + " set aside" +
                 (left_out.unjudged > 0 ? ", " + std::to_string(left_out.unjudged) + " not judged" : ""));
  if (as == "xlsx") {
    // The file's own date: that of the last entry of the ledger, so that the same register is the same file.
    auto checkpoint = (*reader)->checkpoint();
    if (!checkpoint) return context.fail(checkpoint.error());
    if (auto written = exchange::write_xlsx(output, *sheet, checkpoint->at); !written)
      return context.fail(written.error());
  } else {
    const std::string text = as == "json" ? exchange::to_json_text(*sheet) : exchange::to_csv(*sheet);
    if (output.empty()) {
      context.data(text);
      return Exit::done;
    }
    if (auto written = write_file(output, text, "register"); !written) return context.fail(written.error());
  }
  context.note("wrote " + counted(sheet->rows.size(), "row", "rows") + " to " + printable(output, 200));
  return Exit::done;
}

}  // namespace

extern const Command register_export;
const Command register_export{
    "register export",
    "Proof",
    "the intelligence register as csv, json or xlsx",
    "A row an item that touches an asset (affected, under investigation, fixed) or was decided on, the most important "
    "first: what is affected, then by score. Its columns are in docs/json.md.",
    kOptions,
    kExamples,
    run,
    "--format"};

}  // namespace tocsin::cli::commands
