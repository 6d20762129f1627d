#include "scan/reports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::scan {

Verdict verdict_of(const Report& report) {
  const Severity worst = report.worst();
  if (worst == Severity::malicious) return Verdict::malicious;
  if (worst == Severity::suspicious) return Verdict::suspicious;
  if (!report.supported) return report.error ? Verdict::incomplete : Verdict::unsupported;
  if (report.error || (!report.unread.empty() && !report.unread_suppressed)) return Verdict::incomplete;
  const bool suppressed = report.unread_suppressed ||
                          std::any_of(report.findings.begin(), report.findings.end(), [](const Finding& finding) {
                            return finding.suppressed && finding.severity > Severity::info;
                          });
  return suppressed ? Verdict::suppressed : Verdict::clean;
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::clean:
      return "clean";
    case Verdict::suppressed:
      return "suppressed";
    case Verdict::unsupported:
      return "unsupported";
    case Verdict::incomplete:
      return "incomplete";
    case Verdict::suspicious:
      return "suspicious";
    case Verdict::malicious:
      return "malicious";
  }
  return "";
}

bool is_unread(const Report& report) {
  if (report.error) return true;
  if (report.supported && !report.unread.empty() && !report.unread_suppressed) return true;
  return std::any_of(report.findings.begin(), report.findings.end(), [](const Finding& finding) {
    return finding.rule->unread && finding.severity > Severity::info && !finding.suppressed;
  });
}

Counts count(const Run& run) {
  Counts out;
  for (const Report& report : run.reports) {
    ++out.files;
    out.bytes += report.bytes;
    if (report.error) ++out.failed;
    switch (verdict_of(report)) {
      case Verdict::malicious:
        ++out.malicious;
        break;
      case Verdict::suspicious:
        ++out.suspicious;
        break;
      case Verdict::unsupported:
        ++out.unsupported;
        break;
      case Verdict::incomplete:
        ++out.incomplete;
        break;
      case Verdict::suppressed:
        ++out.suppressed;
        break;
      case Verdict::clean:
        ++(report.findings.empty() ? out.clean : out.information);
        break;
    }
  }
  return out;
}

int exit_code(const Run& run) {
  bool unread = !run.problems.empty();
  for (const Report& report : run.reports) {
    if (std::any_of(report.findings.begin(), report.findings.end(),
                    [&](const Finding& finding) { return finding.severity >= run.fail_on && !finding.suppressed; }))
      return 1;
    if (is_unread(report) || (run.require_supported && !report.supported)) unread = true;
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

// "looked at by us, until 2027-03-31 (tocsin.toml:12)"
std::string accepted(const Run& run, std::size_t suppression) {
  const Suppression& by = run.suppressions[suppression];
  return fmt::format("{}, until {} ({})", by.reason, by.expires, by.where);
}

void wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t width) {
  const std::string blanks(indent, ' ');
  for (const auto& line : wrap(text, std::max<std::size_t>(width, indent + 20) - indent)) out += blanks + line + "\n";
}

void show_finding(std::string& out, const Run& run, const Finding& finding, const TextOptions& options) {
  const std::size_t width = options.width;
  const std::string word(finding.suppressed ? "suppressed" : to_string(finding.severity));
  out += "  ";
  if (options.colour) out += finding.suppressed ? "\x1b[2m" : colour_of(finding.severity);
  out += word;
  if (options.colour) out += "\x1b[0m";
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
  if (!finding.reference.empty()) wrapped(out, finding.reference, 14, width);
  if (finding.suppressed) {
    wrapped(out, accepted(run, *finding.suppressed), 14, width);
  } else if (finding.severity > Severity::info) {
    wrapped(out, std::string(finding.rule->consequence) + ".", 14, width);
    wrapped(out, "→ " + std::string(finding.rule->next), 14, width);
  }
}

void show_digests(std::string& out, const Report& report, std::size_t width) {
  if (report.sha256) wrapped(out, "sha256   " + report.sha256->hex(), 2, width);
  for (const Stream& stream : report.streams) {
    wrapped(out,
            fmt::format("pickle {}{}bytes {} to {}, {} opcodes", stream.member, stream.member.empty() ? "" : ", ",
                        stream.begin, stream.end, stream.counted),
            2, width);
    if (stream.sha256) wrapped(out, "sha256   " + stream.sha256->hex(), 4, width);
    if (stream.opcodes) wrapped(out, "opcodes  " + stream.opcodes->hex(), 4, width);
  }
  if (report.streams_left_out > 0) wrapped(out, fmt::format("and {} more pickles", report.streams_left_out), 2, width);
}

// What became of the lists that the run was given.
void show_lists(std::string& out, const Run& run, std::size_t width) {
  const std::size_t before = out.size();
  for (const Error& problem : run.problems) wrapped(out, "not used: " + problem.message(), 0, width);
  for (const Suppression& suppression : run.suppressions) {
    if (suppression.expired)
      wrapped(out,
              fmt::format("{}: the suppression of {} expired on {}", suppression.where, suppression.rule,
                          suppression.expires),
              0, width);
    else if (suppression.matched == 0 && suppression.declined == 0)
      wrapped(out, fmt::format("{}: the suppression of {} matches nothing", suppression.where, suppression.rule), 0,
              width);
    if (suppression.declined > 0)
      wrapped(out,
              fmt::format("{}: {} of {} not suppressed: what is malicious or was not read needs the sha256 of the file",
                          suppression.where, suppression.declined, suppression.rule),
              0, width);
  }
  if (out.size() > before) out += "\n";
}

}  // namespace

std::string as_text(const Run& run, const TextOptions& options) {
  const std::size_t width = options.width;
  std::string out;
  for (const Report& report : run.reports) {
    const bool suppressed =
        report.unread_suppressed || std::any_of(report.findings.begin(), report.findings.end(),
                                                [](const Finding& finding) { return finding.suppressed.has_value(); });
    const bool quiet = report.findings.empty() && report.complete() && report.supported;
    const bool only_info = report.worst() == Severity::info && report.complete() && !suppressed;
    if ((quiet || only_info) && !options.all && !options.hashes) continue;
    std::string head = report.path;
    if (!report.formats.empty()) {
      std::vector<std::string> formats = report.formats;
      head += "  (" + join(formats, ", ") + ")";
    }
    wrapped(out, head, 0, width);
    if (quiet) out += "  clean\n";
    for (const Finding& finding : report.findings)
      if (options.all || finding.severity > Severity::info || finding.suppressed || !report.supported)
        show_finding(out, run, finding, options);
    if (report.left_out > 0)
      wrapped(out, fmt::format("and {} more findings, none of them worse", report.left_out), 2, width);
    for (const Unread& unread : report.unread)
      if (report.supported)
        wrapped(out,
                fmt::format("not read: {}{}bytes {} to {}: {}", unread.member, unread.member.empty() ? "" : ", ",
                            unread.begin, unread.end, unread.why),
                2, width);
    if (report.unread_suppressed) wrapped(out, "suppressed: " + accepted(run, *report.unread_suppressed), 2, width);
    if (report.error) wrapped(out, "could not be scanned: " + report.error->what, 2, width);
    if (options.hashes) show_digests(out, report, width);
    out += "\n";
  }
  show_lists(out, run, width);
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
  part(counts.suppressed, "with suppressed findings only");
  part(counts.clean + counts.information, "without an alarm");
  summary += parts.empty() ? "nothing to scan" : join(parts, ", ");
  wrapped(out, summary, 0, width);
  return out;
}

}  // namespace tocsin::scan
