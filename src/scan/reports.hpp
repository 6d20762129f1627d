// What was found, in the forms that people and programs read: a file each in reports/. Same reports, same bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scan/finding.hpp"
#include "scan/suppressions.hpp"

namespace tocsin::scan {

// All that a run says.
struct Run {
  std::vector<Report> reports;  // in the order of their paths
  std::string version;          // of the program
  std::string knowledge;        // version of the facts it judged by
  bool require_supported = false;
  Severity fail_on = Severity::suspicious;
  std::vector<Suppression> suppressions;  // that were asked for, with what became of them
  std::vector<Error> problems;            // lines of lists that could not be used
};

// What a report comes to. Each word is one of --as json, "verdict".
enum class Verdict : std::uint8_t { clean, suppressed, unsupported, incomplete, suspicious, malicious };
Verdict verdict_of(const Report& report);
std::string_view to_string(Verdict verdict);

// A part of it could not be read, or only in a way that leaves doubt: a file that ends early, a limit. Whatever is asked to
// fail, this is not clean.
bool is_unread(const Report& report);

// 0 nothing at or above `fail_on`; 1 something; 3 nothing, but something could not be read: a part of a file, a line of a
// list, or (where that is required) a format. What is suppressed counts for nothing.
int exit_code(const Run& run);

struct Counts {
  std::uint64_t files = 0, bytes = 0, malicious = 0, suspicious = 0, information = 0, clean = 0, unsupported = 0,
                incomplete = 0, failed = 0, suppressed = 0;
};
Counts count(const Run& run);

struct ReportKind {
  std::string_view name;  // "sarif"
  std::string_view title;
  std::string (*write)(const Run& run);
};

namespace reports {
std::span<const ReportKind* const> all();
}
const ReportKind* find_report(std::string_view name);

struct TextOptions {
  std::size_t width = 100;  // columns
  bool colour = false;
  bool all = false;     // files without an alarm as well: else they are counted
  bool hashes = false;  // the digests of each file and of the pickles in it
};
std::string as_text(const Run& run, const TextOptions& options);

}  // namespace tocsin::scan
