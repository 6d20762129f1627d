// JUnit XML, as CI systems show it: a test case a file, a failure an alarm, an error what could not be read.
#include <fmt/format.h>

#include "base/foreign.hpp"
#include "scan/reports.hpp"

namespace tocsin::scan::reports {
namespace {

// As for HTML, and without the two characters that no XML may have (U+FFFE, U+FFFF): a parser would drop the whole report.
std::string escaped(std::string_view text) {
  std::string out = Foreign(std::string(text)).html().text;
  for (std::size_t at = out.find("\xef\xbf"); at != std::string::npos; at = out.find("\xef\xbf", at + 3))
    if (at + 2 < out.size() && (out[at + 2] == '\xbe' || out[at + 2] == '\xbf')) out[at + 2] = '\xbd';
  return out;
}

std::string write_junit(const Run& run) {
  const Counts counts = count(run);
  std::string cases;
  std::size_t failures = 0, errors = 0, skipped = 0;
  for (const Report& report : run.reports) {
    std::string inner, accepted;
    for (const Finding& finding : report.findings) {
      if (finding.severity < run.fail_on) continue;
      if (finding.suppressed) {
        const Suppression& by = run.suppressions[*finding.suppressed];
        accepted += fmt::format("{}: {}. Accepted: {}, until {} ({})\n", finding.rule->id, finding.what, by.reason,
                                by.expires, by.where);
        continue;
      }
      inner += fmt::format("      <failure type=\"{}\" message=\"{}\">{}\n{}. {}.</failure>\n", finding.rule->id,
                           escaped(finding.what), escaped(finding.call.empty() ? finding.what : finding.call),
                           escaped(finding.rule->consequence), escaped(finding.rule->next));
    }
    if (!inner.empty()) ++failures;
    const std::size_t before = inner.size();
    if (report.error || (report.supported && !report.unread.empty() && !report.unread_suppressed) ||
        (run.require_supported && !report.supported)) {
      const std::string why = report.error            ? report.error->message()
                              : report.unread.empty() ? "no format that is known fits"
                                                      : report.unread.front().why;
      inner += fmt::format("      <error type=\"not-read\" message=\"{}\"/>\n", escaped(why));
    } else if (inner.empty() && is_unread(report)) {
      // Below what fails, but it could not be read as it should.
      for (const Finding& finding : report.findings)
        if (finding.rule->unread && finding.severity > Severity::info && !finding.suppressed)
          inner += fmt::format("      <error type=\"{}\" message=\"{}\"/>\n", finding.rule->id, escaped(finding.what));
    }
    if (inner.size() > before) ++errors;
    if (!accepted.empty() && inner.empty()) {
      ++skipped;
      inner = fmt::format("      <skipped message=\"{}\"/>\n", escaped(accepted.substr(0, accepted.size() - 1)));
    } else if (!accepted.empty()) {
      inner += fmt::format("      <system-out>{}</system-out>\n", escaped(accepted));
    }
    cases += fmt::format("    <testcase classname=\"tocsin.scan.models\" name=\"{}\"{}", escaped(report.path),
                         inner.empty() ? "/>\n" : ">\n" + inner + "    </testcase>\n");
  }
  // A list that could not be used as it is: no file's fault, but the run is not what was asked for.
  std::string lists;
  for (const Error& problem : run.problems)
    lists += fmt::format("      <error type=\"not-used\" message=\"{}\"/>\n", escaped(problem.message()));
  const std::size_t tests = counts.files + (lists.empty() ? 0u : 1u);
  if (!lists.empty()) {
    ++errors;
    cases += "    <testcase classname=\"tocsin.scan.models\" name=\"lists\">\n" + lists + "    </testcase>\n";
  }
  const std::string totals =
      fmt::format("name=\"tocsin scan models\" tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {}>\n  <testsuite {} skipped=\"{}\">\n{}  "
      "</testsuite>\n</testsuites>\n",
      totals, totals, skipped, cases);
}

}  // namespace

extern const ReportKind junit;
const ReportKind junit{"junit", "JUnit XML", write_junit};

}  // namespace tocsin::scan::reports
