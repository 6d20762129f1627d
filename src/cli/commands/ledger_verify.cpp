#include "base/file.hpp"
#include "base/foreign.hpp"
#include "cli/output.hpp"
#include "cycle/collect.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"--against", "FILE",
     "a checkpoint kept elsewhere (tocsin ledger checkpoint): finds a ledger rewritten with the stolen key", false,
     true},
    {"--key", "FILE", "the public key to trust, as PEM (default: the workspace's own)"},
    {"--no-snapshots", "", "do not read the files of snapshots/"},
};
constexpr Example kExamples[] = {
    {"tocsin ledger verify", "recomputes the tree, checks every signature and every row that the ledger speaks of"},
    {"tocsin ledger verify --against checkpoint-2026-10.txt", "also that nothing before that checkpoint was rewritten"},
};

// By KeyFrom.
constexpr const char* kKeyFrom[] = {" (as given)", " (the workspace's)", " (as the store names it)"};

Exit run(Context& context) {
  store::VerifyOptions options;
  options.snapshots = !context.args.has("no-snapshots");
  options.progress = &context.progress();
  constexpr std::uint64_t kMaxNote = 1u << 20;  // a note has a few hundred bytes
  for (const std::string& file : context.args.all("against")) {
    if (auto there = cycle::check_path(file); !there) return context.usage("--against: " + there.error().message());
    auto text = read_file(file, kMaxNote);
    if (!text) return context.fail(text.error());
    // A file of another kind says nothing of the ledger.
    if (auto note = store::ledger::parse_checkpoint(*text); !note)
      return context.fail(std::move(note).error().at(printable(file, 300)));
    options.against.push_back(std::move(*text));
  }
  if (context.args.has("key")) {
    if (auto there = cycle::check_path(context.args.get("key")); !there)
      return context.usage("--key: " + there.error().message());
    auto text = read_file(context.args.get("key"), kMaxNote);
    if (!text) return context.fail(text.error());
    auto key = parse_public_key_pem(*text);
    if (!key) return context.fail(std::move(key).error().at(context.args.get("key")));
    options.key = std::move(*key);
  }
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto verified = (*workspace)->store().verify(options);
  context.progress().finish();
  if (!verified) return context.fail(verified.error());
  List list;
  list.name = "findings";
  list.columns = {{"table"}, {"row", 16, true}, {"what", 24, true}};
  list.csv = {"table", "row", "what"};
  for (const store::Finding& finding : verified->findings)
    list.rows.push_back({{printable(finding.table, 40), printable(finding.row, 120), printable(finding.what, 400)},
                         Paint::red,
                         Json::object({{"table", finding.table}, {"row", finding.row}, {"what", finding.what}})});
  list.about.set("holds", verified->holds());
  list.about.set("entries", verified->entries);
  list.about.set("checkpoints", verified->checkpoints);
  list.about.set("rows", verified->rows);
  list.about.set("files", verified->files);
  list.about.set("root", verified->head.root.hex());
  list.about.set("against", verified->against);
  list.about.set("key", verified->key ? Json(verified->key->fingerprint()) : Json());
  list.about.set("key_from", verified->key ? Json(store::to_string(verified->key_from)) : Json());
  Json notes = Json::array();
  for (const std::string& note : verified->notes) notes.push(note);
  list.about.set("notes", std::move(notes));
  print_list(context, list);
  // Lines of findings alone would be silence where there is none, and silence is no answer.
  if (context.format == Format::jsonl) print_object(context, list.about);
  if (context.format == Format::table) {
    for (const std::string& note : verified->notes) print_labelled(context, Paint::dim, "note", printable(note, 300));
    print_labelled(
        context, verified->holds() ? Paint::green : Paint::red, verified->holds() ? "holds:" : "does not hold:",
        counted(verified->entries, "entry", "entries") + ", " +
            counted(verified->checkpoints, "checkpoint", "checkpoints") + ", " +
            counted(verified->rows, "row", "rows") + ", " + counted(verified->files, "file", "files") +
            (verified->against > 0 ? ", " + counted(verified->against, "kept checkpoint", "kept checkpoints") : "") +
            "; root " + verified->head.root.short_hex() +
            (verified->key ? "; key " + verified->key->fingerprint() + kKeyFrom[static_cast<int>(verified->key_from)]
                           : ""));
  }
  return verified->holds() ? Exit::done : Exit::no;
}

}  // namespace

extern const Command ledger_verify;
const Command ledger_verify{"ledger verify",
                            "Proof",
                            "was anything changed behind the ledger's back?",
                            "Exit code 1 when something was: each finding names table and row. What it cannot show is "
                            "in docs/formats/ledger.md.",
                            kOptions,
                            kExamples,
                            run};

}  // namespace tocsin::cli::commands
