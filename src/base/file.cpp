#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"
#include "base/failpoint.hpp"
#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxShownPath = 4096;  // PATH_MAX
constexpr std::size_t kReadChunk = 1 << 20;

std::string shown(const fs::path& path) {
  return printable(path.native(), kMaxShownPath);
}

Failure fail_path(Code code, std::string what, const fs::path& path) {
  Failure failure = fail(code, std::move(what));
  failure.value().where = shown(path);
  return failure;
}

Failure fail_system(std::string_view what, const fs::path& path, int error) {
  Code code = Code::unavailable;
  if (error == EACCES || error == EPERM || error == ELOOP || error == EROFS) code = Code::refused;
  if (error == EEXIST) code = Code::conflict;
  return fail_path(code, fmt::format("{}: {}", what, std::generic_category().message(error)), path);
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISLNK(mode)) return "a symbolic link";
  return "a device";
}

struct Opened {
  Descriptor fd;
  std::uint64_t size;
};

// O_NONBLOCK: opening a FIFO that nobody writes would wait for ever; on regular files it changes nothing.
Result<Opened> open_regular(const fs::path& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (fd.get() < 0) {
    if (errno == ENXIO) return fail_path(Code::refused, "is a socket, not a file", path);
    return fail_system("cannot open", path, errno);
  }
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return fail_system("cannot stat", path, errno);
  if (!S_ISREG(status.st_mode))
    return fail_path(Code::refused, fmt::format("is {}, not a file", kind_of(status.st_mode)), path);
  return Opened{std::move(fd), static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace

Result<std::string> read_file(const fs::path& path, std::uint64_t limit_bytes) {
  TOCSIN_TRY(const Opened file, open_regular(path));
  const auto too_large = [&] {
    return fail_path(Code::refused, fmt::format("is larger than {} bytes", limit_bytes), path);
  };
  if (file.size > limit_bytes) return too_large();
  // One byte more than the size, so that the usual file ends with the first read; it may also grow while it is read.
  std::string content(file.size + 1, '\0');
  std::size_t have = 0;
  for (;;) {
    if (have == content.size()) content.resize(content.size() + kReadChunk);
    const ssize_t got = ::read(file.fd.get(), content.data() + have, content.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_system("cannot read", path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
    if (have > limit_bytes) return too_large();
  }
  content.resize(have);
  return content;
}

Result<std::string> read_head(const fs::path& path, std::size_t most) {
  TOCSIN_TRY(const Opened file, open_regular(path));
  std::string content(most, '\0');
  std::size_t have = 0;
  while (have < most) {
    const ssize_t got = ::read(file.fd.get(), content.data() + have, most - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_system("cannot read", path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  content.resize(have);
  return content;
}

namespace {

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// A file under a name of its own that disappears again unless it is kept.
class Temporary {
 public:
  explicit Temporary(const fs::path& beside)
      : target_(beside),
        path_(folder_of(beside) /
              fmt::format(".{}.{}.tmp", beside.filename().native(), to_hex(system_random().bytes(8)))) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (armed_) ::unlink(path_.c_str());
  }
  const fs::path& path() const { return path_; }
  const fs::path& target() const { return target_; }  // what errors speak of: nobody knows the other name
  void created() { armed_ = true; }
  void keep() { armed_ = false; }

 private:
  fs::path target_, path_;
  bool armed_ = false;
};

Result<> write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_system("cannot write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> sync_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return fail_system("cannot open", folder, errno);
  if (::fsync(fd.get()) != 0 && errno != EINVAL) return fail_system("cannot sync", folder, errno);  // EINVAL: cannot be
  return {};
}

// `old`: the mode of the file that it replaces.
Result<> write_temporary(Temporary& temporary, std::string_view content, const std::string& point, unsigned mode,
                         std::optional<mode_t> old = std::nullopt) {
  const fs::path& path = temporary.target();
  TOCSIN_CHECK(failpoint(point + ".write.before"));
  if (old) mode &= *old & 0777;
  const Descriptor fd(::open(temporary.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                             static_cast<mode_t>(mode)));
  if (fd.get() < 0) return fail_system("cannot create", path, errno);
  temporary.created();
  TOCSIN_CHECK(write_all(fd.get(), content, path));
  // Who may read the old one is not asked of the umask again.
  if (old && ::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0)
    return fail_system("cannot set the mode of", path, errno);
  TOCSIN_CHECK(failpoint(point + ".write.after"));
  TOCSIN_CHECK(failpoint(point + ".fsync.before"));
  if (::fsync(fd.get()) != 0) return fail_system("cannot sync", path, errno);
  TOCSIN_CHECK(failpoint(point + ".fsync.after"));
  return {};
}

}  // namespace

Result<> write_file(const fs::path& path, std::string_view content, std::string_view failpoint_name, unsigned mode) {
  const std::string point(failpoint_name);
  // A rename would put a file in the place of /dev/null, and leave what a link leads to as it was.
  struct stat there = {};
  const bool replaces = ::lstat(path.c_str(), &there) == 0;
  if (replaces && !S_ISREG(there.st_mode))
    return fail_path(Code::refused, fmt::format("is {}, not a file; nothing was written", kind_of(there.st_mode)),
                     path);
  Temporary temporary(path);
  TOCSIN_CHECK(
      write_temporary(temporary, content, point, mode, replaces ? std::optional(there.st_mode) : std::nullopt));
  TOCSIN_CHECK(failpoint(point + ".rename.before"));
  if (::rename(temporary.path().c_str(), path.c_str()) != 0) return fail_system("cannot replace", path, errno);
  temporary.keep();
  TOCSIN_CHECK(failpoint(point + ".rename.after"));
  TOCSIN_CHECK(failpoint(point + ".fsync-dir.before"));
  TOCSIN_CHECK(sync_folder(folder_of(path)));
  return failpoint(point + ".fsync-dir.after");
}

Result<> write_new_file(const fs::path& path, std::string_view content, unsigned mode) {
  Temporary temporary(path);
  TOCSIN_CHECK(write_temporary(temporary, content, "file-new", mode));
  // A hard link fails when the name is taken, on every Linux file system that has links; the others know
  // RENAME_NOREPLACE.
  if (::link(temporary.path().c_str(), path.c_str()) != 0) {
    const int error = errno;
    if (error == EEXIST) return fail_path(Code::conflict, "exists already", path);
    if (error != EPERM && error != EOPNOTSUPP) return fail_system("cannot create", path, error);
    if (::renameat2(AT_FDCWD, temporary.path().c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
      if (errno == EEXIST) return fail_path(Code::conflict, "exists already", path);
      return fail_system("cannot create", path, errno);
    }
    temporary.keep();
  }
  return sync_folder(folder_of(path));
}

namespace {

bool lies_within(const fs::path& real, const fs::path& real_root) {
  const std::string& inner = real.native();
  const std::string& outer = real_root.native();
  if (!inner.starts_with(outer)) return false;
  return inner.size() == outer.size() || outer.back() == '/' || inner[outer.size()] == '/';
}

class Lister {
 public:
  Lister(fs::path root, fs::path real_root, ListLimits limits)
      : root_(std::move(root)), real_root_(std::move(real_root)), limits_(limits) {}

  Listing run() {
    folders_.push_back({fs::path(), 0});
    while (!folders_.empty() && !full_) {
      const Folder folder = std::move(folders_.back());
      folders_.pop_back();
      read_folder(folder);
    }
    std::sort(out_.files.begin(), out_.files.end(),
              [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    return std::move(out_);
  }

 private:
  struct Folder {
    fs::path path;  // relative to the root
    std::size_t depth;
  };

  void report(Failure failure) { out_.errors.push_back(std::move(failure).value()); }

  void read_folder(const Folder& folder) {
    const fs::path whole = folder.path.empty() ? root_ : root_ / folder.path;
    std::error_code error;
    fs::directory_iterator entries(whole, error);
    if (error) return report(fail_system("cannot read the folder", whole, error.value()));
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
      take(*entries, folder);
      if (full_) return;
      if (error) break;
    }
    if (error) report(fail_system("cannot read the folder to its end", whole, error.value()));
  }

  void take(const fs::directory_entry& entry, const Folder& folder) {
    std::error_code error;
    const fs::file_status status = entry.symlink_status(error);
    if (error) return report(fail_system("cannot stat", entry.path(), error.value()));
    fs::path relative = folder.path / entry.path().filename();
    switch (status.type()) {
      case fs::file_type::regular:
        return add(std::move(relative));
      case fs::file_type::directory:
        if (folder.depth + 1 >= limits_.depth)
          return report(
              fail_path(Code::refused, fmt::format("folders nest deeper than {}", limits_.depth), entry.path()));
        folders_.push_back({std::move(relative), folder.depth + 1});
        return;
      case fs::file_type::symlink:
        return take_link(entry.path(), std::move(relative));
      default:
        return;  // pipes, sockets and devices hold no content
    }
  }

  void take_link(const fs::path& path, fs::path relative) {
    std::error_code error;
    const fs::path target = fs::canonical(path, error);
    if (error) return report(fail_system("symbolic link leads nowhere", path, error.value()));
    const fs::file_status status = fs::status(target, error);
    if (error) return report(fail_system("cannot stat", path, error.value()));
    if (!lies_within(target, real_root_))
      return report(fail_path(Code::refused, "symbolic link leads out of the folder", path));
    if (status.type() == fs::file_type::regular) add(std::move(relative));
  }

  void add(fs::path relative) {
    if (out_.files.size() >= limits_.files) {
      full_ = true;
      return report(
          fail_path(Code::refused, fmt::format("more than {} files; the rest is not listed", limits_.files), root_));
    }
    out_.files.push_back(std::move(relative));
  }

  fs::path root_;
  fs::path real_root_;
  ListLimits limits_;
  Listing out_;
  std::vector<Folder> folders_;
  bool full_ = false;
};

}  // namespace

Result<Listing> list_files(const fs::path& folder, ListLimits limits) {
  std::error_code error;
  fs::path real = fs::canonical(folder, error);
  if (error) return fail_system("cannot open the folder", folder, error.value());
  if (!fs::is_directory(real, error)) return fail_path(Code::refused, "is not a folder", folder);
  // Must be readable itself: an unreadable folder has no listing, not an empty one.
  fs::directory_iterator probe(real, error);
  if (error) return fail_system("cannot read the folder", folder, error.value());
  return Lister(folder, std::move(real), limits).run();
}

}  // namespace tocsin
