#include "base/file.hpp"
#include "base/foreign.hpp"
#include "cli/output.hpp"
#include "cycle/owned.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"--output", "FILE", "write there instead of to stdout"},
    {"--key", "", "the public key as PEM instead"},
};
constexpr Example kExamples[] = {{"tocsin ledger checkpoint --output checkpoint-2026-11.txt",
                                  "keep it outside the house: mail it, commit it, print it"}};

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  std::string text;
  if (context.args.has("key")) {
    const auto key = (*workspace)->store().info().key;
    if (!key) return context.fail(fail(Code::unavailable, "the store names no key").value());
    text = key->pem();
  } else {
    auto reader = (*workspace)->store().read();
    if (!reader) return context.fail(reader.error());
    auto checkpoint = (*reader)->checkpoint();
    if (!checkpoint) return context.fail(checkpoint.error());
    text = checkpoint->note;
    if (context.format != Format::table) {
      print_object(context, Json::object({{"size", checkpoint->size},
                                          {"root", checkpoint->root.hex()},
                                          {"time", to_rfc3339(checkpoint->at)},
                                          {"note", checkpoint->note}}));
      return Exit::done;
    }
  }
  if (!context.args.has("output")) {
    context.print(text);
    return Exit::done;
  }
  if (auto allowed = cycle::refuse_owned(**workspace, context.args.get("output")); !allowed)
    return no_output(context, allowed.error());
  if (auto written = write_file(context.args.get("output"), text, "checkpoint"); !written)
    return context.fail(written.error());
  context.note("wrote " + printable(context.args.get("output"), 200) +
               "; keep it where who can change this workspace cannot change it");
  return Exit::done;
}

}  // namespace

extern const Command ledger_checkpoint;
const Command ledger_checkpoint{
    "ledger checkpoint", "Proof", "the signed head of the ledger, to be kept elsewhere", "", kOptions, kExamples, run};

}  // namespace tocsin::cli::commands
