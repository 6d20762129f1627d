#include <array>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/version.hpp"
#include "cli/views.hpp"
#include "scan/models/run.hpp"
#include "scan/reports.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {
    {"PATH", "", "files and folders; - reads standard input", true, true},
    {"--as", "FORM", "text (the default), json, jsonl, sarif or junit", false, false, "text|json|jsonl|sarif|junit"},
    {"--output", "FILE", "write there instead of to stdout"},
    {"--fail-on", "SEVERITY", "lowest severity that makes the exit code 1 (default suspicious)", false, false,
     "info|suspicious|malicious"},
    {"--require-supported", "", "files in no format that is known make the exit code 3"},
    {"--no-hash", "", "do not work out digests: only what has to be looked at is read"},
    {"--all", "", "list files without an alarm as well"},
    {"--threads", "N", "files scanned at once (default: one a processor)"},
};
constexpr Example kExamples[] = {
    {"tocsin scan models ~/.cache/huggingface", "everything that was ever downloaded"},
    {"tocsin scan models model.pt --as sarif --output scan.sarif", "for code scanning"},
    {"tocsin scan models - <model.pkl", "from standard input"},
};

Exit run(Context& context) {
  scan::models::Request request;
  for (const std::string& path : context.args.all("PATH")) request.paths.emplace_back(path);
  request.options.hash = !context.args.has("no-hash");
  const auto threads = number_option(context.args, "threads", 0, 1, 256);
  if (!threads) return context.usage(threads.error().message());
  request.threads = static_cast<unsigned>(*threads);
  const knowledge::Knowledge facts;
  const scan::models::Names names(facts);
  scan::Run result;
  result.version = kVersion;
  result.knowledge = facts.version();
  result.require_supported = context.args.has("require-supported");
  const std::string fail_on = context.args.get("fail-on", "suspicious");
  result.fail_on = fail_on == "info"        ? scan::Severity::info
                   : fail_on == "malicious" ? scan::Severity::malicious
                                            : scan::Severity::suspicious;
  result.reports = scan::models::run(request, names, context.progress());
  const std::string form = context.args.get("as", "text");
  const bool to_file = context.args.has("output");
  const std::string text = form == "text" ? scan::as_text(result, to_file ? 100 : context.width,
                                                          context.colour && !to_file, context.args.has("all"))
                                          : scan::find_report(form)->write(result);
  if (!to_file) {
    context.print(text);
  } else {
    const std::string file = context.args.get("output");
    if (const auto written = write_file(file, text, "export"); !written) return context.fail(written.error());
    context.note("wrote " + printable(file, 200));
  }
  return static_cast<Exit>(scan::exit_code(result));
}

}  // namespace

extern const Command scan_models;
const Command scan_models{
    "scan models",
    "Scan",
    "look for code and tricks in model files, without loading any",
    "Reads pickles, PyTorch, joblib, NumPy, Keras, TensorFlow, ONNX, GGUF, safetensors, archives and "
    "configurations by their content, whatever they are called. Nothing is loaded or executed. Exit code "
    "1: something was found; 3: nothing was found, but a part could not be read.",
    kOptions,
    kExamples,
    run,
    "--format --workspace"};

}  // namespace tocsin::cli::commands
