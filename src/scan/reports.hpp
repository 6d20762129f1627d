// What was found, in the forms that people and programs read: a file each in reports/. Same reports, same bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scan/finding.hpp"

namespace tocsin::scan {

// All that a run says.
struct Run {
  std::vector<Report> reports;  // in the order of their paths
  std::string version;          // of the program
  std::string knowledge;        // version of the facts it judged by
  bool require_supported = false;
  Severity fail_on = Severity::suspicious;
};

// 0 nothing at or above `fail_on`; 1 something; 3 nothing, but a part was not read (or not supported, where that is
// required).
int exit_code(const Run& run);

struct Counts {
  std::uint64_t files = 0, bytes = 0, malicious = 0, suspicious = 0, information = 0, clean = 0, unsupported = 0,
                incomplete = 0, failed = 0;
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

// For a terminal: `width` columns; clean files are counted, not listed, unless `all`.
std::string as_text(const Run& run, std::size_t width, bool colour, bool all);

}  // namespace tocsin::scan
