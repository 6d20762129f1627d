#include <charconv>

#include "base/foreign.hpp"
#include "cli/output.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"SEQ", "", "number of the entry (tocsin ledger list)", true},
    {"--size", "N", "in the tree of that many entries (default: now)"},
};
constexpr Example kExamples[] = {
    {"tocsin ledger prove 12",
     "the entry, its leaf and the path to the signed root: checkable by anybody with SHA-256"}};

bool number(const std::string& text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

Exit run(Context& context) {
  std::uint64_t seq = 0, size = 0;
  if (!number(context.args.get("SEQ"), seq))
    return context.usage("SEQ: '" + printable(context.args.get("SEQ")) + "' is no number");
  if (context.args.has("size") && !number(context.args.get("size"), size)) return context.usage("--size: no number");
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  auto proof = (*reader)->prove(seq, size);
  if (!proof)
    return proof.error().code == Code::refused ? context.unknown(proof.error().message()) : context.fail(proof.error());
  auto checkpoint = (*reader)->checkpoint();
  if (!checkpoint) return context.fail(checkpoint.error());
  Json path = Json::array();
  for (const Digest& digest : proof->path) path.push(digest.hex());
  if (context.format != Format::table) {
    print_object(context,
                 Json::object({{"index", proof->index},
                               {"size", proof->size},
                               {"entry", proof->entry},
                               {"leaf", proof->leaf.hex()},
                               {"path", path},
                               {"root", proof->root.hex()},
                               {"checkpoint", checkpoint->size == proof->size ? Json(checkpoint->note) : Json()}}));
    return Exit::done;
  }
  context.line("entry " + std::to_string(proof->index) + " of " + std::to_string(proof->size));
  print_block(context, printable(proof->entry, 4000), 2);
  context.line("leaf  " + proof->leaf.hex() + "   SHA-256(0x00, entry)");
  for (const Digest& digest : proof->path) context.line("path  " + digest.hex());
  context.line("root  " + proof->root.hex());
  return Exit::done;
}

}  // namespace

extern const Command ledger_prove;
const Command ledger_prove{"ledger prove", "Proof", "the inclusion proof of one entry (RFC 9162)", "", kOptions,
                           kExamples,      run};

}  // namespace tocsin::cli::commands
