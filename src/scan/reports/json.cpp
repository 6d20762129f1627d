// One object a run; `reports` has one a file (docs/json.md).
#include "scan/reports/json.hpp"

#include <utility>

#include "base/foreign.hpp"

namespace tocsin::scan {

namespace {
Json suppression_of(const std::optional<std::size_t>& index, const Run& run) {
  if (!index) return {};
  const Suppression& by = run.suppressions[*index];
  return Json::object({{"reason", by.reason}, {"expires", by.expires}, {"where", by.where}});
}
Json digest(const std::optional<Digest>& value) {
  return value ? Json(value->hex()) : Json();
}
}  // namespace

Json as_json(const Finding& finding, const Run& run) {
  Json references = Json::array();
  if (!finding.reference.empty()) references.push(finding.reference);
  return Json::object({{"rule", finding.rule->id},
                       {"severity", to_string(finding.severity)},
                       {"title", finding.rule->title},
                       {"what", finding.what},
                       {"call", finding.call.empty() ? Json() : Json(finding.call)},
                       {"member", finding.place.member},
                       {"offset", finding.place.offset ? Json(*finding.place.offset) : Json()},
                       {"opcode", finding.place.opcode.empty() ? Json() : Json(finding.place.opcode)},
                       {"times", finding.times},
                       {"technique", finding.rule->technique},
                       {"references", std::move(references)},
                       {"consequence", finding.rule->consequence},
                       {"next", finding.rule->next},
                       {"suppressed", suppression_of(finding.suppressed, run)}});
}

Json as_json(const Report& report, const Run& run) {
  Json formats = Json::array(), findings = Json::array(), unread = Json::array(), pickles = Json::array();
  for (const auto& format : report.formats) formats.push(format);
  for (const auto& finding : report.findings) findings.push(as_json(finding, run));
  for (const auto& range : report.unread)
    unread.push(
        Json::object({{"member", range.member}, {"begin", range.begin}, {"end", range.end}, {"why", range.why}}));
  for (const auto& stream : report.streams)
    pickles.push(Json::object({{"member", stream.member},
                               {"begin", stream.begin},
                               {"end", stream.end},
                               {"sha256", digest(stream.sha256)},
                               {"opcodes", digest(stream.opcodes)},
                               {"opcodes_counted", stream.counted}}));
  return Json::object({{"path", report.path},
                       {"bytes", report.bytes},
                       {"sha256", digest(report.sha256)},
                       {"formats", std::move(formats)},
                       {"verdict", to_string(verdict_of(report))},
                       {"supported", report.supported},
                       {"complete", report.complete()},
                       {"findings", std::move(findings)},
                       {"findings_left_out", report.left_out},
                       {"unread", std::move(unread)},
                       {"unread_suppressed", suppression_of(report.unread_suppressed, run)},
                       {"pickles", std::move(pickles)},
                       {"pickles_left_out", report.streams_left_out},
                       {"error", report.error ? Json(report.error->message()) : Json()}});
}

namespace reports {
namespace {

std::string write_json(const Run& run) {
  Json files = Json::array(), suppressions = Json::array(), problems = Json::array();
  for (const Report& report : run.reports) files.push(as_json(report, run));
  for (const Suppression& one : run.suppressions)
    suppressions.push(Json::object({{"rule", one.rule},
                                    {"path", one.path.empty() ? Json() : Json(printable(one.path, 1024))},
                                    {"sha256", digest(one.sha256)},
                                    {"reason", one.reason},
                                    {"expires", one.expires},
                                    {"where", one.where},
                                    {"expired", one.expired},
                                    {"matched", one.matched},
                                    {"declined", one.declined}}));
  for (const Error& problem : run.problems) problems.push(problem.message());
  return Json::object({{"tool", "tocsin"},
                       {"version", run.version},
                       {"knowledge", run.knowledge},
                       {"reports", std::move(files)},
                       {"suppressions", std::move(suppressions)},
                       {"problems", std::move(problems)}})
             .dump_pretty() +
         "\n";
}

}  // namespace

extern const ReportKind json;
const ReportKind json{"json", "JSON", write_json};

}  // namespace reports
}  // namespace tocsin::scan
