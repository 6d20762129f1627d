// The C face of the scanner (tocsin_scan.h). Each function is a border: nothing is thrown across it, and what memory could
// not be had for is NULL.
#include "scan/library/tocsin_scan.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/version.hpp"
#include "scan/indicators.hpp"
#include "scan/models/scanner.hpp"
#include "scan/reports.hpp"
#include "scan/reports/json.hpp"

struct tocsin_scanner {
  tocsin::scan::models::Names names{tocsin::knowledge::Knowledge()};
  std::optional<tocsin::scan::Indicators> indicators;
};

// Texts are made with the report: a question then changes nothing, and cannot fail.
struct tocsin_report {
  struct Finding {
    tocsin_severity severity;
    std::string rule, what, call, member;
  };
  tocsin_verdict verdict = TOCSIN_INCOMPLETE;
  std::optional<std::string> error, sha256;
  std::string json;
  std::vector<Finding> findings;
};

namespace {

using namespace tocsin;

// What a call makes, or `otherwise` when it throws: std::bad_alloc, or a bug of ours, which must not end the caller.
template <class F, class T>
T guarded(T otherwise, F&& call) noexcept {
  try {
    return call();
  } catch (...) {
    return otherwise;
  }
}

tocsin_verdict word_of(const scan::Report& report) {
  switch (scan::verdict_of(report)) {
    case scan::Verdict::malicious:
      return TOCSIN_MALICIOUS;
    case scan::Verdict::suspicious:
      return TOCSIN_SUSPICIOUS;
    case scan::Verdict::unsupported:
      return TOCSIN_UNSUPPORTED;
    case scan::Verdict::clean:
    case scan::Verdict::suppressed:
      return TOCSIN_CLEAN;
    case scan::Verdict::incomplete:
      break;
  }
  return TOCSIN_INCOMPLETE;
}

tocsin_report* report_of(const scan::Report& report) {
  auto out = std::make_unique<tocsin_report>();
  out->verdict = word_of(report);
  if (report.error) out->error = report.error->message();
  if (report.sha256) out->sha256 = report.sha256->hex();
  out->json = scan::as_json(report, {}).dump();
  for (const scan::Finding& finding : report.findings)
    out->findings.push_back({static_cast<tocsin_severity>(finding.severity), std::string(finding.rule->id),
                             finding.what, finding.call, finding.place.member});
  return out.release();
}

scan::models::Options options_of(const tocsin_scanner& scanner, unsigned wanted) {
  scan::models::Options out;
  out.hash = (wanted & (TOCSIN_SCAN_HASH | TOCSIN_SCAN_PICKLES)) != 0;
  out.streams = (wanted & TOCSIN_SCAN_PICKLES) != 0;
  if (out.hash && scanner.indicators) out.indicators = &*scanner.indicators;
  return out;
}

const tocsin_report::Finding* finding_of(const tocsin_report* report, size_t index) {
  return report != nullptr && index < report->findings.size() ? &report->findings[index] : nullptr;
}

const char* text_of(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}

int say(char* why, size_t size, const std::string& what) {
  if (why == nullptr || size == 0) return -1;
  const size_t n = std::min(size - 1, what.size());
  std::copy_n(what.data(), n, why);
  why[n] = '\0';
  return -1;
}

}  // namespace

extern "C" {

const char* tocsin_scan_version(void) {
  return tocsin::kVersion.data();  // of a literal: a NUL follows
}

tocsin_scanner* tocsin_scanner_new(void) {
  return guarded<>(static_cast<tocsin_scanner*>(nullptr), [] { return new tocsin_scanner; });
}

void tocsin_scanner_free(tocsin_scanner* scanner) {
  delete scanner;
}

int tocsin_scanner_indicators(tocsin_scanner* scanner, const char* csv_file, char* why, size_t size) {
  if (scanner == nullptr || csv_file == nullptr) return say(why, size, "nothing was given");
  return guarded<>(-1, [&] {
    auto read = tocsin::scan::Indicators::read(csv_file);
    if (!read) return say(why, size, read.error().message());
    scanner->indicators = std::move(*read);
    const auto& problems = scanner->indicators->problems();
    return problems.empty() ? 0 : say(why, size, problems.front().message());
  });
}

tocsin_report* tocsin_scan_file(const tocsin_scanner* scanner, const char* path, unsigned options) {
  if (scanner == nullptr || path == nullptr) return nullptr;
  return guarded<>(static_cast<tocsin_report*>(nullptr), [&] {
    return report_of(tocsin::scan::models::scan_file(path, scanner->names, options_of(*scanner, options)));
  });
}

tocsin_report* tocsin_scan_bytes(const tocsin_scanner* scanner, const void* bytes, size_t size, const char* name,
                                 unsigned options) {
  if (scanner == nullptr || (bytes == nullptr && size > 0)) return nullptr;
  return guarded<>(static_cast<tocsin_report*>(nullptr), [&] {
    return report_of(tocsin::scan::models::scan_bytes(name == nullptr ? "bytes" : name,
                                                      {static_cast<const std::byte*>(bytes), size}, scanner->names,
                                                      options_of(*scanner, options)));
  });
}

void tocsin_report_free(tocsin_report* report) {
  delete report;
}

tocsin_verdict tocsin_report_verdict(const tocsin_report* report) {
  return report == nullptr ? TOCSIN_INCOMPLETE : report->verdict;
}

const char* tocsin_verdict_name(tocsin_verdict verdict) {
  switch (verdict) {
    case TOCSIN_CLEAN:
      return "clean";
    case TOCSIN_UNSUPPORTED:
      return "unsupported";
    case TOCSIN_SUSPICIOUS:
      return "suspicious";
    case TOCSIN_MALICIOUS:
      return "malicious";
    case TOCSIN_INCOMPLETE:
      break;
  }
  return "incomplete";
}

const char* tocsin_report_error(const tocsin_report* report) {
  return report == nullptr ? nullptr : text_of(report->error);
}
const char* tocsin_report_sha256(const tocsin_report* report) {
  return report == nullptr ? nullptr : text_of(report->sha256);
}
const char* tocsin_report_json(const tocsin_report* report) {
  return report == nullptr ? nullptr : report->json.c_str();
}
size_t tocsin_report_findings(const tocsin_report* report) {
  return report == nullptr ? 0 : report->findings.size();
}

tocsin_severity tocsin_finding_severity(const tocsin_report* report, size_t index) {
  const auto* finding = finding_of(report, index);
  return finding == nullptr ? TOCSIN_SEVERITY_INFO : finding->severity;
}
const char* tocsin_finding_rule(const tocsin_report* report, size_t index) {
  const auto* finding = finding_of(report, index);
  return finding == nullptr ? nullptr : finding->rule.c_str();
}
const char* tocsin_finding_what(const tocsin_report* report, size_t index) {
  const auto* finding = finding_of(report, index);
  return finding == nullptr ? nullptr : finding->what.c_str();
}
const char* tocsin_finding_call(const tocsin_report* report, size_t index) {
  const auto* finding = finding_of(report, index);
  return finding == nullptr ? nullptr : finding->call.c_str();
}
const char* tocsin_finding_member(const tocsin_report* report, size_t index) {
  const auto* finding = finding_of(report, index);
  return finding == nullptr ? nullptr : finding->member.c_str();
}

}  // extern "C"
