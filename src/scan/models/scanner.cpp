#include "scan/models/scanner.hpp"

#include <algorithm>
#include <functional>
#include <thread>
#include <tuple>
#include <utility>

#include "base/foreign.hpp"
#include "scan/mapped.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models {
namespace {

constexpr std::uint64_t kHashStep = 1u << 20;
constexpr std::uint64_t kOwnThread = 1u << 20;  // below this a thread costs more than it saves

void look_at(Scan& scan, Report& report, const Part& whole) {
  if (whole.bytes.empty()) {
    report.supported = false;
    report.error = Error{Code::truncated, "the file is empty", report.path, {}, {}, {}};
    return;
  }
  scan.look_into(whole);
  if (!report.supported) {
    scan.find(rules::unsupported, "no format that is known fits", {});
    scan.not_read(whole, 0, whole.size(), "no format fits");
  }
  std::stable_sort(report.findings.begin(), report.findings.end(), [](const Finding& a, const Finding& b) {
    return std::make_tuple(-static_cast<int>(a.severity), std::string_view(a.place.member), a.place.offset.value_or(0)) <
           std::make_tuple(-static_cast<int>(b.severity), std::string_view(b.place.member), b.place.offset.value_or(0));
  });
}

}  // namespace

Report scan_bytes(std::string path, std::span<const std::byte> bytes, const Names& names, const Options& options) {
  Report report;
  report.path = printable(path, 4096);
  report.bytes = bytes.size();
  Scan scan(report, names, options.limits);
  const Part whole{bytes, "", 0, true};
  look_at(scan, report, whole);
  if (options.hash) report.sha256 = sha256(whole.text());
  return report;
}

Report scan_file(const std::filesystem::path& path, const Names& names, const Options& options) {
  Report report;
  report.path = printable(path.native(), 4096);
  auto file = Mapped::open(path);
  if (!file) {
    report.error = std::move(file).error();
    return report;
  }
  return scan_mapped(std::move(report.path), *file, names, options);
}

Report scan_mapped(std::string path, const Mapped& file, const Names& names, const Options& options) {
  Report report;
  report.path = std::move(path);
  const auto bytes = file.bytes();
  report.bytes = bytes.size();
  const auto hash = [&] {
    Sha256 sha;
    Trail trail(file);
    for (std::uint64_t at = 0; at < bytes.size(); at += kHashStep) {
      const auto step = bytes.subspan(at, std::min<std::uint64_t>(kHashStep, bytes.size() - at));
      file.will_read(at, at + step.size());
      sha.add({reinterpret_cast<const char*>(step.data()), step.size()});
      trail.passed(at);
    }
    report.sha256 = sha.finish();
  };
  // The digest wants all bytes, the scan few of them: side by side.
  std::thread second;
  if (options.hash && bytes.size() >= kOwnThread) second = std::thread(hash);
  Scan scan(report, names, options.limits);
  Trail trail(file);
  scan.on_passed([&](const std::byte* address) {
    const std::less<> before;
    if (!before(address, bytes.data()) && before(address, bytes.data() + bytes.size()))
      trail.passed(static_cast<std::uint64_t>(address - bytes.data()));
  });
  look_at(scan, report, {bytes, "", 0, true});
  if (second.joinable())
    second.join();
  else if (options.hash)
    hash();
  if (file.changed()) {
    report.error = Error{Code::conflict, "the file changed while it was read", report.path, {}, {}, {}};
    report.sha256.reset();
  }
  return report;
}

}  // namespace tocsin::scan::models
