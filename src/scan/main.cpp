// tocsin-scan: the model scanner alone, one static program. The same scan, the same output and the same exit codes as
// `tocsin scan models`.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/time.hpp"
#include "base/version.hpp"
#include "scan/models/job.hpp"
#include "scan/pages.hpp"
#include "scan/reports.hpp"
#include "scan/rules.hpp"

namespace {

using namespace tocsin;

constexpr const char* kUsage =
    "tocsin-scan [OPTIONS] PATH…      looks for code and tricks in model files, without loading any\n"
    "tocsin-scan --explain [RULE]     what a rule means\n"
    "\n"
    "  PATH                files and folders; - reads standard input\n"
    "  --from-manifest FILE the files of a list: a path a line, or what sha256sum writes; - reads standard input\n"
    "  --as FORM           text (the default), json, jsonl, sarif or junit\n"
    "  --output FILE       write there instead of to stdout\n"
    "  --fail-on SEVERITY  info, suspicious (the default) or malicious: the lowest that makes the exit code 1\n"
    "  --require-supported files in no format that is known make the exit code 3\n"
    "  --indicators FILE   CSV of digests that are known; a file, or a pickle in it, that is one of them is a finding\n"
    "  --config FILE       obey the suppressions in FILE; no file is obeyed that is not named here\n"
    "  --no-hash           do not work out digests\n"
    "  --hashes            list the digests of each file and of the pickles in it\n"
    "  --all               list files without an alarm as well\n"
    "  --threads N         files scanned at once\n"
    "  --version\n"
    "\n"
    "Exit code 0: nothing found; 1: something was found; 2: wrong use; 3: a part could not be read.\n";

int wrong(const std::string& what) {
  std::fprintf(stderr, "tocsin-scan: %s\ntocsin-scan --help says how it is used\n", what.c_str());
  return 2;
}

std::size_t width() {
  winsize size{};
  if (const char* columns = std::getenv("COLUMNS"); columns != nullptr)
    if (const int n = std::atoi(columns); n >= 40 && n <= 1000) return static_cast<std::size_t>(n);
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

int explain(std::string_view id) {
  if (id.empty()) {
    for (const scan::Rule* rule : scan::all_rules())
      std::printf("%-28s %-11s %s\n", std::string(rule->id).c_str(), std::string(to_string(rule->severity)).c_str(),
                  std::string(rule->title).c_str());
    return 0;
  }
  const scan::Rule* rule = scan::find_rule(id);
  if (rule == nullptr) return wrong("there is no rule '" + printable(id, 80) + "'");
  const std::string page = scan::page_of(*rule);
  std::fwrite(page.data(), 1, page.size(), stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  scan::models::Job job;
  std::string form = "text", output;
  bool all = false, hashes = false, options = true;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto value = [&]() -> std::string { return i + 1 < argc ? argv[++i] : ""; };
    if (!options || word == "-" || !word.starts_with("-")) {
      job.paths.emplace_back(word);
    } else if (word == "--") {
      options = false;
    } else if (word == "--help" || word == "-h") {
      std::fputs(kUsage, stdout);
      return 0;
    } else if (word == "--version") {
      std::printf("tocsin-scan %s, facts %s\n", std::string(kVersion).c_str(),
                  std::string(knowledge::Knowledge().version()).c_str());
      return 0;
    } else if (word == "--explain") {
      return explain(value());
    } else if (word == "--as") {
      form = value();
      if (form != "text" && scan::find_report(form) == nullptr)
        return wrong("--as takes text, json, jsonl, sarif or junit, not '" + printable(form, 40) + "'");
    } else if (word == "--output") {
      output = value();
      if (output.empty()) return wrong("--output needs a file");
    } else if (word == "--fail-on") {
      const std::string severity = value();
      if (severity == "info")
        job.fail_on = scan::Severity::info;
      else if (severity == "suspicious")
        job.fail_on = scan::Severity::suspicious;
      else if (severity == "malicious")
        job.fail_on = scan::Severity::malicious;
      else
        return wrong("--fail-on takes info, suspicious or malicious");
    } else if (word == "--require-supported") {
      job.require_supported = true;
    } else if (word == "--from-manifest" || word == "--indicators" || word == "--config") {
      const std::string file = value();
      if (file.empty()) return wrong(std::string(word) + " needs a file");
      (word == "--config" ? job.config : word == "--indicators" ? job.indicators : job.manifest) = file;
    } else if (word == "--hashes") {
      hashes = true;
    } else if (word == "--no-hash") {
      job.options.hash = false;
    } else if (word == "--all") {
      all = true;
    } else if (word == "--threads") {
      const int n = std::atoi(value().c_str());
      if (n < 1 || n > 256) return wrong("--threads takes a number from 1 to 256");
      job.threads = static_cast<unsigned>(n);
    } else {
      return wrong("does not know " + printable(word, 40));
    }
  }
  if (job.paths.empty() && !job.manifest) return wrong("no file was named");
  job.options.streams = job.options.hash && (hashes || form == "json" || form == "jsonl");
  const knowledge::Knowledge facts;
  const scan::models::Names names(facts);
  const auto progress = terminal_progress(STDERR_FILENO);
  auto done = scan::models::run(job, names, system_clock().now(), *progress);
  if (!done && done.error().where.empty()) return wrong(done.error().message());
  if (!done) {
    std::fprintf(stderr, "tocsin-scan: %s\n", done.error().message().c_str());
    return 3;
  }
  scan::Run& run = *done;
  run.version = kVersion;
  run.knowledge = facts.version();
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  const bool colour = output.empty() && terminal && std::getenv("NO_COLOR") == nullptr;
  const std::string text = form == "text" ? scan::as_text(run, {output.empty() ? width() : 100, colour, all, hashes})
                                          : scan::find_report(form)->write(run);
  if (!output.empty()) {
    if (const auto written = write_file(output, text); !written) {
      std::fprintf(stderr, "tocsin-scan: %s\n", written.error().message().c_str());
      return 3;
    }
  } else if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return 3;
  }
  return scan::exit_code(run);
}
