// JUnit XML, as CI systems show it: a test case a file, a failure an alarm, an error what could not be read.
#include <fmt/format.h>

#include "base/foreign.hpp"
#include "scan/reports.hpp"

namespace tocsin::scan::reports {
namespace {

std::string escaped(std::string_view text) {
  return Foreign(std::string(text)).html().text;
}

std::string write_junit(const Run& run) {
  const Counts counts = count(run);
  std::string cases;
  std::size_t failures = 0, errors = 0;
  for (const Report& report : run.reports) {
    std::string inner;
    for (const Finding& finding : report.findings) {
      if (finding.severity < run.fail_on) continue;
      inner += fmt::format("      <failure type=\"{}\" message=\"{}\">{}\n{}. {}.</failure>\n", finding.rule->id,
                           escaped(finding.what), escaped(finding.call.empty() ? finding.what : finding.call),
                           escaped(finding.rule->consequence), escaped(finding.rule->next));
    }
    if (!inner.empty()) ++failures;
    if (report.error || (report.supported && !report.complete()) || (run.require_supported && !report.supported)) {
      const std::string why = report.error            ? report.error->message()
                              : report.unread.empty() ? "no format that is known fits"
                                                      : report.unread.front().why;
      inner += fmt::format("      <error type=\"not-read\" message=\"{}\"/>\n", escaped(why));
      ++errors;
    }
    cases += fmt::format("    <testcase classname=\"tocsin.scan.models\" name=\"{}\"{}", escaped(report.path),
                         inner.empty() ? "/>\n" : ">\n" + inner + "    </testcase>\n");
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tocsin scan models\" tests=\"{}\" "
      "failures=\"{}\" "
      "errors=\"{}\">\n  <testsuite name=\"tocsin scan models\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n{}  "
      "</testsuite>\n</testsuites>\n",
      counts.files, failures, errors, counts.files, failures, errors, cases);
}

}  // namespace

extern const ReportKind junit;
const ReportKind junit{"junit", "JUnit XML", write_junit};

}  // namespace tocsin::scan::reports
