#include "scan/reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::scan {

Counts count(const Run& run) {
  Counts out;
  for (const Report& report : run.reports) {
    ++out.files;
    out.bytes += report.bytes;
    if (report.error) ++out.failed;
    const Severity worst = report.worst();
    if (worst == Severity::malicious)
      ++out.malicious;
    else if (worst == Severity::suspicious)
      ++out.suspicious;
    else if (!report.supported)
      ++out.unsupported;
    else if (!report.complete())
      ++out.incomplete;
    else if (!report.findings.empty())
      ++out.information;
    else
      ++out.clean;
  }
  return out;
}

int exit_code(const Run& run) {
  bool unread = false;
  for (const Report& report : run.reports) {
    if (std::any_of(report.findings.begin(), report.findings.end(),
                    [&](const Finding& finding) { return finding.severity >= run.fail_on; }))
      return 1;
    if (report.error || (report.supported && !report.complete()) || (run.require_supported && !report.supported))
      unread = true;
  }
  return unread ? 3 : 0;
}

const ReportKind* find_report(std::string_view name) {
  for (const ReportKind* kind : reports::all())
    if (kind->name == name) return kind;
  return nullptr;
}

namespace {

std::string_view colour_of(Severity severity) {
  return severity == Severity::malicious ? "\x1b[1;31m" : severity == Severity::suspicious ? "\x1b[33m" : "\x1b[2m";
}

std::string amount(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit < 4) value /= 1000, ++unit;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

void wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t width) {
  const std::string blanks(indent, ' ');
  for (const auto& line : wrap(text, std::max<std::size_t>(width, indent + 20) - indent)) out += blanks + line + "\n";
}

void show_finding(std::string& out, const Finding& finding, std::size_t width, bool colour) {
  const std::string word(to_string(finding.severity));
  out += "  ";
  if (colour) out += colour_of(finding.severity);
  out += word;
  if (colour) out += "\x1b[0m";
  out += std::string(12 - std::min<std::size_t>(word.size(), 11), ' ');
  std::string text = finding.what;
  if (finding.times > 1) text += fmt::format(" ({} times)", finding.times);
  const auto lines = wrap(text, std::max<std::size_t>(width, 40) - 14);
  out += lines.front() + "\n";
  for (std::size_t i = 1; i < lines.size(); ++i) out += std::string(14, ' ') + lines[i] + "\n";
  if (!finding.call.empty()) wrapped(out, finding.call, 16, width);
  std::string where = finding.rule->id.empty() ? "" : std::string(finding.rule->id);
  if (!finding.place.member.empty()) where += " · " + finding.place.member;
  if (finding.place.offset) where += fmt::format(" · byte {}", *finding.place.offset);
  if (!finding.place.opcode.empty()) where += " · " + finding.place.opcode;
  if (!finding.rule->technique.empty()) where += " · " + std::string(finding.rule->technique);
  wrapped(out, where, 14, width);
  if (finding.severity > Severity::info) {
    wrapped(out, std::string(finding.rule->consequence) + ".", 14, width);
    wrapped(out, "→ " + std::string(finding.rule->next), 14, width);
  }
}

}  // namespace

std::string as_text(const Run& run, std::size_t width, bool colour, bool all) {
  std::string out;
  for (const Report& report : run.reports) {
    const bool quiet = report.findings.empty() && report.complete() && report.supported;
    const bool only_info = report.worst() == Severity::info && report.complete();
    if ((quiet || only_info) && !all) continue;
    std::string head = report.path;
    if (!report.formats.empty()) {
      std::vector<std::string> formats = report.formats;
      head += "  (" + join(formats, ", ") + ")";
    }
    wrapped(out, head, 0, width);
    if (quiet) out += "  clean\n";
    for (const Finding& finding : report.findings)
      if (all || finding.severity > Severity::info || !report.supported) show_finding(out, finding, width, colour);
    if (report.left_out > 0)
      wrapped(out, fmt::format("and {} more findings, none of them worse", report.left_out), 2, width);
    for (const Unread& unread : report.unread)
      if (report.supported)
        wrapped(out,
                fmt::format("not read: {}{}bytes {} to {}: {}", unread.member, unread.member.empty() ? "" : ", ",
                            unread.begin, unread.end, unread.why),
                2, width);
    if (report.error) wrapped(out, "could not be scanned: " + report.error->what, 2, width);
    out += "\n";
  }
  const Counts counts = count(run);
  std::string summary =
      fmt::format("{} file{}, {}: ", counts.files, counts.files == 1 ? "" : "s", amount(counts.bytes));
  std::vector<std::string> parts;
  const auto part = [&](std::uint64_t n, std::string_view word) {
    if (n > 0) parts.push_back(fmt::format("{} {}", n, word));
  };
  part(counts.malicious, "malicious");
  part(counts.suspicious, "suspicious");
  part(counts.incomplete, "not read to the end");
  part(counts.unsupported, "of no format that is known");
  part(counts.clean + counts.information, "without an alarm");
  summary += parts.empty() ? "nothing to scan" : join(parts, ", ");
  wrapped(out, summary, 0, width);
  return out;
}

}  // namespace tocsin::scan
