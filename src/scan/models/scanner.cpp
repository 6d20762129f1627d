#include "scan/models/scanner.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
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

constexpr std::uint64_t kHashStep = 256u << 10;
constexpr std::uint64_t kOwnThread = 1u << 20;  // below this a thread costs more than it saves

void look_at(Scan& scan, Report& report, const Part& whole) {
  if (whole.bytes.empty()) {
    report.supported = false;
    report.error = Error{Code::truncated, "the file is empty", report.path, {}, {}, {}};
    return;
  }
  try {
    scan.look_into(whole);
  } catch (const std::exception& error) {
    // Of the machine, as when there is no memory. The file was not read to its end, and whoever called goes on.
    report.error =
        Error{Code::internal, "the scan broke off: " + printable(error.what(), 200), report.path, {}, {}, {}};
    return;
  }
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

// The digest of a file by two threads. One works the digest out, and copies the bytes that it needs next by itself; the
// other scans, and when it is done with that, copies ahead. Declined: pages of a mapping, of which each costs as much as
// hashing half of it does.
class Digesting {
 public:
  // `on_read`: told, by the thread that works, of the bytes that are done.
  Digesting(const Mapped& file, const std::function<void(std::uint64_t)>& on_read)
      : file_(file), on_read_(on_read), size_(file.bytes().size()), steps_((size_ + kHashStep - 1) / kHashStep) {}

  void work() {
    const auto own = room(1);
    for (std::uint64_t i = 0; i < steps_ && !lost_; ++i) {
      std::uint64_t expected = i;
      const std::byte* bytes = own.get();
      if (claimed_.compare_exchange_strong(expected, i + 1)) {
        if (!file_.read(i * kHashStep, {own.get(), length(i)})) lost_ = true;
      } else {
        auto& filled = filled_[i % kAhead];
        for (std::uint64_t seen = filled; seen != i + 1; seen = filled) filled.wait(seen);
        bytes = ahead_.get() + i % kAhead * kHashStep;
      }
      if (!lost_) sha_.add({reinterpret_cast<const char*>(bytes), length(i)});
      if (on_read_) on_read_(length(i));
      done_ = i + 1;
      done_.notify_one();
    }
    done_ = steps_;
    done_.notify_one();
  }
  // Until all is read.
  void copy_ahead() {
    ahead_ = room(kAhead);
    for (;;) {
      std::uint64_t i = claimed_;
      if (i >= steps_ || lost_) return;
      if (const std::uint64_t done = done_; i >= done + kAhead) {
        done_.wait(done);
        continue;
      }
      if (!claimed_.compare_exchange_strong(i, i + 1)) continue;
      if (!file_.read(i * kHashStep, {ahead_.get() + i % kAhead * kHashStep, length(i)})) lost_ = true;
      filled_[i % kAhead] = i + 1;
      filled_[i % kAhead].notify_one();
    }
  }
  // After work(); nullopt when the file ends before its size.
  std::optional<Digest> finish() { return lost_ ? std::nullopt : std::optional(sha_.finish()); }

 private:
  static std::unique_ptr<std::byte[]> room(std::uint64_t steps) {
    return std::make_unique_for_overwrite<std::byte[]>(steps * kHashStep);
  }
  std::uint64_t length(std::uint64_t i) const { return std::min(kHashStep, size_ - i * kHashStep); }

  static constexpr std::uint64_t kAhead = 8;
  const Mapped& file_;
  const std::function<void(std::uint64_t)>& on_read_;
  std::uint64_t size_, steps_;
  Sha256 sha_;
  std::unique_ptr<std::byte[]> ahead_;
  std::array<std::atomic<std::uint64_t>, kAhead> filled_{};  // by place: the step that stands there, from 1
  std::atomic<std::uint64_t> claimed_ = 0;                   // steps from here on are nobody's yet
  std::atomic<std::uint64_t> done_ = 0;                      // steps that are in the digest
  std::atomic<bool> lost_ = false;
};

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
  // The digest wants all bytes, the scan few of them: side by side.
  Digesting digesting(file, options.on_read);
  std::thread second;
  if (options.hash && bytes.size() >= kOwnThread) second = std::thread([&] { digesting.work(); });
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
  if (second.joinable()) {
    digesting.copy_ahead();
    second.join();
    report.sha256 = digesting.finish();
  } else if (options.hash) {
    report.sha256 = sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  if (file.changed()) {
    report.error = Error{Code::conflict, "the file changed while it was read", report.path, {}, {}, {}};
    report.sha256.reset();
  }
  identified(scan, report);
  return report;
}

}  // namespace tocsin::scan::models
