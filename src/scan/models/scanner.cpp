#include "scan/models/scanner.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
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
}

// The digest of the file stands for the one pickle that it is, and is asked for among what is known.
void identified(Scan& scan, Report& report) {
  if (report.sha256) {
    for (Stream& stream : report.streams)
      if (!stream.sha256 && stream.member.empty() && stream.begin == 0 && stream.end == report.bytes)
        stream.sha256 = report.sha256;
    scan.is_known(Indicator::Kind::sha256, *report.sha256, {});
  }
  report.sort_findings();
}

// One thread reads ahead, this one works: a digest as fast as the bytes can be worked on, and four steps of memory.
std::optional<Digest> digest_of(const Mapped& file, const std::function<void(std::uint64_t)>& on_read) {
  const std::uint64_t size = file.bytes().size(), steps = (size + kHashStep - 1) / kHashStep;
  Sha256 sha;
  if (size < kOwnThread) return sha.add({reinterpret_cast<const char*>(file.bytes().data()), size}).finish();
  constexpr std::uint64_t kAhead = 4;
  const auto room = std::make_unique_for_overwrite<std::byte[]>(kAhead * kHashStep);
  const auto step = [&](std::uint64_t i) {
    return std::span(room.get() + i % kAhead * kHashStep, std::min(kHashStep, size - i * kHashStep));
  };
  std::atomic<std::uint64_t> filled = 0, used = 0;
  std::atomic<bool> lost = false;
  std::thread reader([&] {
    for (std::uint64_t i = 0; i < steps; ++i) {
      for (std::uint64_t seen = used; i >= seen + kAhead; seen = used) used.wait(seen);
      if (!lost && !file.read(i * kHashStep, step(i))) lost = true;
      filled = i + 1;
      filled.notify_one();
    }
  });
  for (std::uint64_t i = 0; i < steps; ++i) {
    for (std::uint64_t seen = filled; seen <= i; seen = filled) filled.wait(seen);
    if (!lost) sha.add({reinterpret_cast<const char*>(step(i).data()), step(i).size()});
    if (on_read) on_read(step(i).size());
    used = i + 1;
    used.notify_one();
  }
  reader.join();
  if (lost) return std::nullopt;
  return sha.finish();
}

}  // namespace

Report scan_bytes(std::string path, std::span<const std::byte> bytes, const Names& names, const Options& options) {
  Report report;
  report.path = printable(path, 4096);
  report.bytes = bytes.size();
  Scan scan(report, names, options.limits);
  const Part whole{bytes, "", 0, true};
  scan.identify(options.streams || options.indicators != nullptr, options.indicators);
  look_at(scan, report, whole);
  if (options.hash) report.sha256 = sha256(whole.text());
  identified(scan, report);
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
  const auto hash = [&] { report.sha256 = digest_of(file, options.on_read); };
  // The digest wants all bytes, the scan few of them: side by side.
  std::thread second;
  if (options.hash && bytes.size() >= kOwnThread) second = std::thread(hash);
  Scan scan(report, names, options.limits);
  scan.identify(options.streams || options.indicators != nullptr, options.indicators);
  Trail trail(file);
  std::uint64_t furthest = 0;
  scan.on_passed([&](const std::byte* address) {
    const std::less<> before;
    if (before(address, bytes.data()) || !before(address, bytes.data() + bytes.size())) return;
    const auto at = static_cast<std::uint64_t>(address - bytes.data());
    trail.passed(at);
    // The digest reads every byte and tells of them; without it, this is all there is to tell.
    if (options.hash || !options.on_read || at <= furthest) return;
    options.on_read(at - furthest);
    furthest = at;
  });
  scan.on_peek([&](const std::byte* address, std::span<std::byte> into) {
    const std::less<> before;
    if (before(address, bytes.data()) || !before(address, bytes.data() + bytes.size())) return false;
    const auto at = static_cast<std::uint64_t>(address - bytes.data());
    return into.size() <= bytes.size() - at && file.read(at, into);
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
  identified(scan, report);
  return report;
}

}  // namespace tocsin::scan::models
