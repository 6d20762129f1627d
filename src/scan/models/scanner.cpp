#include "scan/models/scanner.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models {

Report scan_bytes(std::string path, std::span<const std::byte> bytes, const Names& names, const Options& options) {
  Report report;
  report.path = printable(path, 4096);
  report.bytes = bytes.size();
  Scan scan(report, names, options.limits);
  const Part whole{bytes, "", 0, true};
  scan.look_into(whole);
  if (!report.supported) {
    scan.find(rules::unsupported, bytes.empty() ? "the file is empty" : "no format that is known fits", {});
    scan.not_read(whole, 0, bytes.size(), "no format fits");
  }
  if (options.hash) report.sha256 = sha256(whole.text());
  std::stable_sort(report.findings.begin(), report.findings.end(), [](const Finding& a, const Finding& b) {
    return std::make_tuple(-static_cast<int>(a.severity), std::string_view(a.place.member), a.place.offset.value_or(0)) <
           std::make_tuple(-static_cast<int>(b.severity), std::string_view(b.place.member), b.place.offset.value_or(0));
  });
  return report;
}

Report scan_file(const std::filesystem::path& path, const Names& names, const Options& options) {
  auto content = read_file(path, 4ull << 30);
  if (!content) {
    Report report;
    report.path = printable(path.native(), 4096);
    report.error = std::move(content).error();
    return report;
  }
  return scan_bytes(path.native(), std::as_bytes(std::span(content->data(), content->size())), names, options);
}

}  // namespace tocsin::scan::models
