// JSON, one file a line: for programs that read while the scan goes on.
#include "scan/reports.hpp"
#include "scan/reports/json.hpp"

namespace tocsin::scan::reports {
namespace {

std::string write_jsonl(const Run& run) {
  std::string out;
  for (const Report& report : run.reports) out += as_json(report, run).dump() + "\n";
  return out;
}

}  // namespace

extern const ReportKind jsonl;
const ReportKind jsonl{"jsonl", "JSON, a line each file", write_jsonl};

}  // namespace tocsin::scan::reports
