// One object a run; `reports` has one a file (docs/json.md).
#include "scan/reports/json.hpp"

#include <utility>

#include "scan/reports.hpp"

namespace tocsin::scan {

Json as_json(const Finding& finding) {
  Json out = Json::object({{"rule", finding.rule->id},
                           {"severity", to_string(finding.severity)},
                           {"title", finding.rule->title},
                           {"what", finding.what},
                           {"call", finding.call.empty() ? Json() : Json(finding.call)},
                           {"member", finding.place.member},
                           {"offset", finding.place.offset ? Json(*finding.place.offset) : Json()},
                           {"opcode", finding.place.opcode.empty() ? Json() : Json(finding.place.opcode)},
                           {"times", finding.times},
                           {"technique", finding.rule->technique},
                           {"consequence", finding.rule->consequence},
                           {"next", finding.rule->next}});
  return out;
}

Json as_json(const Report& report) {
  Json formats = Json::array(), findings = Json::array(), unread = Json::array();
  for (const auto& format : report.formats) formats.push(format);
  for (const auto& finding : report.findings) findings.push(as_json(finding));
  for (const auto& range : report.unread)
    unread.push(
        Json::object({{"member", range.member}, {"begin", range.begin}, {"end", range.end}, {"why", range.why}}));
  const bool clean = report.findings.empty() && report.complete() && report.supported;
  return Json::object({{"path", report.path},
                       {"bytes", report.bytes},
                       {"sha256", report.sha256 ? Json(report.sha256->hex()) : Json()},
                       {"formats", std::move(formats)},
                       {"verdict", report.worst() > Severity::info                    ? to_string(report.worst())
                                   : clean || (report.complete() && report.supported) ? "clean"
                                   : report.supported                                 ? "incomplete"
                                                                                      : "unsupported"},
                       {"supported", report.supported},
                       {"complete", report.complete()},
                       {"findings", std::move(findings)},
                       {"findings_left_out", report.left_out},
                       {"unread", std::move(unread)},
                       {"error", report.error ? Json(report.error->message()) : Json()}});
}

namespace reports {
namespace {

std::string write_json(const Run& run) {
  Json files = Json::array();
  for (const Report& report : run.reports) files.push(as_json(report));
  return Json::object({{"tool", "tocsin"},
                       {"version", run.version},
                       {"knowledge", run.knowledge},
                       {"reports", std::move(files)}})
             .dump_pretty() +
         "\n";
}

}  // namespace

extern const ReportKind json;
const ReportKind json{"json", "JSON", write_json};

}  // namespace reports
}  // namespace tocsin::scan
