#include "scan/models/run.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/foreign.hpp"
#include "scan/rules.hpp"
#include "scan/spill.hpp"
#include "scan/window.hpp"

namespace tocsin::scan::models {
namespace {

namespace fs = std::filesystem;

using Identity = std::pair<dev_t, ino_t>;

struct File {
  fs::path path;
  std::uint64_t bytes = 0;
  Error error;  // of a path that cannot be scanned
  bool readable = true;
  Identity identity;
};

class Walk {
 public:
  void add(const fs::path& path, const Listed* listed = nullptr) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return failed(path, errno);
    if (listed != nullptr && listed->sha256) {
      if (S_ISDIR(status.st_mode)) return refused(path, "is a folder, which has no digest (" + listed->where + ")");
      listed_[{status.st_dev, status.st_ino}].push_back(listed);
    }
    if (S_ISDIR(status.st_mode)) return folder(path);
    if (!S_ISREG(status.st_mode)) return refused(path, "is a pipe, a device or a socket");
    file(path, status);
  }
  // The digests that the file of this identity should have, whatever it was called in the list.
  std::vector<const Listed*> listed(const Identity& identity) const {
    const auto found = listed_.find(identity);
    return found == listed_.end() ? std::vector<const Listed*>() : found->second;
  }
  std::vector<File> take() {
    // A link to a folder leads to files that are loaded like the others: scanned where they are, or told.
    for (const auto& [path, folder] : links_)
      if (!folders_.contains(folder))
        refused(path, "is a link to a folder, which is not followed: name the folder as well");
    std::sort(files_.begin(), files_.end(),
              [](const File& a, const File& b) { return a.path.native() < b.path.native(); });
    return std::move(files_);
  }

 private:
  void file(const fs::path& path, const struct stat& status) {
    if (!seen_.emplace(status.st_dev, status.st_ino).second) return;
    files_.push_back({path, static_cast<std::uint64_t>(status.st_size), {}, true, {status.st_dev, status.st_ino}});
  }
  void folder(const fs::path& top) {
    std::vector<fs::path> open{top};
    while (!open.empty()) {
      const fs::path here = std::move(open.back());
      open.pop_back();
      struct stat itself{};
      if (::stat(here.c_str(), &itself) == 0 && !folders_.emplace(itself.st_dev, itself.st_ino).second) continue;
      std::error_code error;
      fs::directory_iterator entries(here, error);
      if (error) {
        failed(here, error.value());
        continue;
      }
      std::vector<fs::path> names;
      for (const fs::directory_iterator end; entries != end; entries.increment(error)) {
        names.push_back(entries->path());
        if (error) break;
      }
      if (error) failed(here, error.value());
      std::sort(names.begin(), names.end());  // the first of several names for a file is the same everywhere
      for (const fs::path& path : names) {
        struct stat own{}, target{};
        if (::lstat(path.c_str(), &own) != 0) {
          failed(path, errno);
        } else if (S_ISDIR(own.st_mode)) {
          open.push_back(path);
        } else if (S_ISLNK(own.st_mode)) {
          if (::stat(path.c_str(), &target) != 0)
            failed(path, errno);  // dangling, or a circle
          else if (S_ISREG(target.st_mode))
            file(path, target);
          else if (S_ISDIR(target.st_mode))
            links_.emplace_back(path, Identity(target.st_dev, target.st_ino));
          else
            refused(path, "leads to a pipe, a device or a socket");
        } else if (S_ISREG(own.st_mode)) {
          file(path, own);
        } else {
          refused(path, "is a pipe, a device or a socket");
        }
      }
    }
  }
  void failed(const fs::path& path, int error) {
    refused(path, "cannot be read: " + std::generic_category().message(error));
  }
  void refused(const fs::path& path, std::string what) {
    files_.push_back(
        {path, 0, Error{Code::refused, std::move(what), printable(path.native(), 4096), {}, {}, {}}, false, {}});
  }
  std::vector<File> files_;
  std::set<Identity> seen_, folders_;
  std::map<Identity, std::vector<const Listed*>> listed_;
  std::vector<std::pair<fs::path, Identity>> links_;
};

void compare(Report& report, const std::vector<const Listed*>& listed) {
  for (const Listed* one : listed) {
    if (report.error || report.sha256 == one->sha256) continue;
    Finding finding;
    finding.rule = &rules::digest_mismatch;
    finding.severity = rules::digest_mismatch.severity;
    finding.what = fmt::format("its SHA-256 is not the one of {}: {}", one->where, one->sha256->hex());
    report.findings.push_back(std::move(finding));
    report.sort_findings();
  }
}

// Standard input, kept where it may be larger than memory.
Report scan_input(const Names& names, const Options& options) {
  constexpr std::size_t kChunk = 1u << 20;
  SpillArray<std::byte> bytes(1ull << 40);
  const auto chunk = std::make_unique_for_overwrite<std::byte[]>(kChunk);  // system calls want no window (window.hpp)
  for (;;) {
    const ssize_t n = ::read(STDIN_FILENO, chunk.get(), kChunk);
    std::byte* room = n <= 0 ? chunk.get() : bytes.extend(static_cast<std::uint64_t>(n));
    if (room == nullptr) {
      Report report;
      report.path = "-";
      report.error = Error{Code::unavailable, "no room for what the scan has to read", "-", {}, {}, {}};
      return report;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      Report report;
      report.path = "-";
      report.error =
          Error{Code::unavailable, "cannot be read: " + std::generic_category().message(errno), "-", {}, {}, {}};
      return report;
    }
    if (n == 0) break;
    std::memcpy(room, chunk.get(), static_cast<std::size_t>(n));
  }
  return scan_bytes("-", {bytes.empty() ? nullptr : &bytes[0], bytes.size()}, names, options);
}

}  // namespace

std::vector<Report> run(const Request& request, const Names& names, Progress& progress) {
  show_in_pieces();
  std::vector<Report> out;
  Walk walk;
  for (const fs::path& path : request.paths) {
    if (path == "-")
      out.push_back(scan_input(names, request.options));
    else
      walk.add(path);
  }
  for (Report& report : out) report.given = report.path;
  for (const Listed& listed : request.listed) walk.add(listed.path, &listed);
  const std::vector<File> files = walk.take();
  std::uint64_t total = 0;
  for (const File& file : files) total += file.bytes;
  progress.stage("scanning", total, Progress::Unit::bytes);
  const std::size_t first = out.size();
  out.resize(first + files.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint64_t> done = 0;
  // Whoever comes draws, unless somebody does already.
  std::mutex drawing;
  const auto advance = [&](std::uint64_t bytes) {
    const std::uint64_t now = done += bytes;
    if (const std::unique_lock lock(drawing, std::try_to_lock); lock) progress.advance(now);
  };
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      Report& report = out[first + i];
      std::atomic<std::uint64_t> told = 0;
      if (files[i].readable) {
        Options options = request.options;
        options.on_read = [&](std::uint64_t bytes) {
          told += bytes;
          advance(bytes);
        };
        report = scan_file(files[i].path, names, options);
        compare(report, walk.listed(files[i].identity));
      } else {
        report.path = printable(files[i].path.native(), 4096);
        report.error = files[i].error;
      }
      report.given = files[i].path.native();
      advance(files[i].bytes - std::min<std::uint64_t>(told, files[i].bytes));
    }
  };
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const auto threads = std::min<std::size_t>(request.threads == 0 ? cores : request.threads, files.size());
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  progress.finish();
  return out;
}

}  // namespace tocsin::scan::models
