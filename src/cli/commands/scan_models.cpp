#include <array>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/version.hpp"
#include "cli/views.hpp"
#include "scan/models/job.hpp"
#include "scan/reports.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"PATH", "", "files and folders; - reads standard input", false, true},
    {"--from-manifest", "FILE",
     "scan the files of a list: a path a line, or what sha256sum writes; - reads it from standard input"},
    {"--as", "FORM", "text (the default), json, jsonl, sarif or junit", false, false, "text|json|jsonl|sarif|junit"},
    {"--output", "FILE", "write there instead of to stdout"},
    {"--fail-on", "SEVERITY", "lowest severity that makes the exit code 1 (default suspicious)", false, false,
     "info|suspicious|malicious"},
    {"--require-supported", "", "files in no format that is known make the exit code 3"},
    {"--indicators", "FILE",
     "CSV of digests that are known: a file, or a pickle in it, that is one of them is a finding"},
    {"--config", "FILE", "obey the suppressions in FILE; no file is obeyed that is not named here"},
    {"--no-hash", "", "do not work out digests: only what has to be looked at is read"},
    {"--hashes", "", "list the digests of each file and of the pickles in it"},
    {"--all", "", "list files without an alarm as well"},
    {"--threads", "N", "files scanned at once (default: one a processor)"},
};
constexpr Example kExamples[] = {
    {"tocsin scan models ~/.cache/huggingface", "everything that was ever downloaded"},
    {"tocsin scan models model.pt --as sarif --output scan.sarif", "for code scanning"},
    {"tocsin scan models - <model.pkl", "from standard input"},
    {"tocsin scan models --from-manifest SHA256SUMS", "what was published, and nothing else"},
    {"tocsin scan models . --config tocsin.toml", "without what you have looked at"},
    {"tocsin scan models . --indicators known.csv", "with the digests of somebody else"},
};

Exit run(Context& context) {
  scan::models::Job job;
  for (const std::string& path : context.args.all("PATH")) job.paths.emplace_back(path);
  const auto file = [&](const char* option, std::optional<std::filesystem::path>& into) {
    if (context.args.has(option)) into = context.args.get(option);
  };
  file("from-manifest", job.manifest);
  file("indicators", job.indicators);
  file("config", job.config);
  if (job.paths.empty() && !job.manifest) return context.usage("no file was named");
  const std::string form = context.args.get("as", "text");
  job.options.hash = !context.args.has("no-hash");
  job.options.streams = job.options.hash && (context.args.has("hashes") || form == "json" || form == "jsonl");
  const auto threads = number_option(context.args, "threads", 0, 1, 256);
  if (!threads) return context.usage(threads.error().message());
  job.threads = static_cast<unsigned>(*threads);
  const knowledge::Knowledge facts;
  const scan::models::Names names(facts);
  job.require_supported = context.args.has("require-supported");
  const std::string fail_on = context.args.get("fail-on", "suspicious");
  job.fail_on = fail_on == "info"        ? scan::Severity::info
                : fail_on == "malicious" ? scan::Severity::malicious
                                         : scan::Severity::suspicious;
  auto result = scan::models::run(job, names, context.clock->now(), context.progress());
  if (!result && result.error().where.empty()) return context.usage(result.error().message());
  if (!result) return context.fail(result.error());
  result->version = kVersion;
  result->knowledge = facts.version();
  const bool to_file = context.args.has("output");
  const std::string text = form == "text"
                               ? scan::as_text(*result, {to_file ? 100 : context.width, context.colour && !to_file,
                                                         context.args.has("all"), context.args.has("hashes")})
                               : scan::find_report(form)->write(*result);
  if (!to_file) {
    context.print(text);
  } else {
    const std::string output = context.args.get("output");
    if (const auto written = write_file(output, text, "export"); !written) return context.fail(written.error());
    context.note("wrote " + printable(output, 200));
  }
  return static_cast<Exit>(scan::exit_code(*result));
}

}  // namespace

extern const Command scan_models;
const Command scan_models{
    "scan models",
    "Scan",
    "look for code and tricks in model files, without loading any",
    "Reads pickles, PyTorch, joblib, NumPy, Keras, TensorFlow, ONNX, GGUF, safetensors, archives and "
    "configurations by their content, whatever they are called. Nothing is loaded or executed. Exit code "
    "1: something was found; 3: nothing was found, but a part could not be read (docs/scan.md).",
    kOptions,
    kExamples,
    run,
    "--format --workspace"};

}  // namespace tocsin::cli::commands
