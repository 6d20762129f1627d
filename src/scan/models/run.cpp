#include "scan/models/run.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "base/foreign.hpp"
#include "scan/spill.hpp"

namespace tocsin::scan::models {
namespace {

namespace fs = std::filesystem;

struct File {
  fs::path path;
  std::uint64_t bytes = 0;
  Error error;  // of a path that cannot be scanned
  bool readable = true;
};

class Walk {
 public:
  void add(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return failed(path, errno);
    if (S_ISDIR(status.st_mode)) return folder(path);
    if (!S_ISREG(status.st_mode)) return refused(path, "is a pipe, a device or a socket");
    file(path, status);
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
    files_.push_back({path, static_cast<std::uint64_t>(status.st_size), {}, true});
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
        {path, 0, Error{Code::refused, std::move(what), printable(path.native(), 4096), {}, {}, {}}, false});
  }
  std::vector<File> files_;
  using Identity = std::pair<dev_t, ino_t>;
  std::set<Identity> seen_, folders_;
  std::vector<std::pair<fs::path, Identity>> links_;
};

// Standard input, kept where it may be larger than memory.
Report scan_input(const Names& names, const Options& options) {
  constexpr std::size_t kChunk = 1u << 20;
  SpillArray<std::byte> bytes(1ull << 40);
  for (;;) {
    std::byte* room = bytes.extend(kChunk);
    if (room == nullptr) {
      Report report;
      report.path = "-";
      report.error = Error{Code::unavailable, "no room for what the scan has to read", "-", {}, {}, {}};
      return report;
    }
    const ssize_t n = ::read(STDIN_FILENO, room, kChunk);
    bytes.cut(bytes.size() - kChunk + static_cast<std::uint64_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      Report report;
      report.path = "-";
      report.error =
          Error{Code::unavailable, "cannot be read: " + std::generic_category().message(errno), "-", {}, {}, {}};
      return report;
    }
    if (n == 0) break;
  }
  return scan_bytes("-", {bytes.empty() ? nullptr : &bytes[0], bytes.size()}, names, options);
}

}  // namespace

std::vector<Report> run(const Request& request, const Names& names, Progress& progress) {
  std::vector<Report> out;
  Walk walk;
  for (const fs::path& path : request.paths) {
    if (path == "-")
      out.push_back(scan_input(names, request.options));
    else
      walk.add(path);
  }
  const std::vector<File> files = walk.take();
  std::uint64_t total = 0;
  for (const File& file : files) total += file.bytes;
  progress.stage("scanning", total);
  const std::size_t first = out.size();
  out.resize(first + files.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint64_t> done = 0;
  const auto work = [&](bool draws) {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      if (files[i].readable) {
        out[first + i] = scan_file(files[i].path, names, request.options);
      } else {
        out[first + i].path = printable(files[i].path.native(), 4096);
        out[first + i].error = files[i].error;
      }
      done += files[i].bytes;
      if (draws) progress.advance(done);
    }
  };
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const auto threads = std::min<std::size_t>(request.threads == 0 ? cores : request.threads, files.size());
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work, false);
  work(true);
  for (std::thread& other : others) other.join();
  progress.finish();
  return out;
}

}  // namespace tocsin::scan::models
