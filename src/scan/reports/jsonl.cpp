// JSON, one file a line: for programs that read while the scan goes on.
#include <utility>

#include "scan/reports.hpp"
#include "scan/reports/json.hpp"

namespace tocsin::scan::reports {
namespace {

std::string write_jsonl(const Run& run) {
  std::string out;
  for (const Report& report : run.reports) out += as_json(report, run).dump() + "\n";
  // What could not be used of the lists that were given belongs to no file: a line of its own, the last.
  if (!run.problems.empty()) {
    Json problems = Json::array();
    for (const Error& problem : run.problems) problems.push(problem.message());
    out += Json::object({{"problems", std::move(problems)}}).dump() + "\n";
  }
  return out;
}

}  // namespace

extern const ReportKind jsonl;
const ReportKind jsonl{"jsonl", "JSON, a line each file", write_jsonl};

}  // namespace tocsin::scan::reports
