// readdir(3) tells most kinds for nothing; only where it does not know, or for a link, the entry is looked at again.
#include "survey/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "base/descriptor.hpp"

namespace tocsin::survey {
namespace {

namespace fs = std::filesystem;

Failure fail_system(int error) {
  const bool refused = error == EACCES || error == EPERM || error == ELOOP;
  return fail(refused ? Code::refused : Code::unavailable, std::generic_category().message(error));
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

Result<Listed> list_folder(const fs::path& folder, bool (*wanted)(std::string_view), std::size_t& left) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail_system(errno);
  std::unique_ptr<DIR, CloseFolder> open(::fdopendir(fd));
  if (!open) {
    const int error = errno;
    ::close(fd);
    return fail_system(error);
  }
  Listed out;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr) {
      if (errno != 0) return fail_system(errno);
      break;
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (left == 0) break;
    --left;
    unsigned char type = entry->d_type;
    if (type == DT_UNKNOWN) {
      struct stat info{};
      if (::fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone since
      type = static_cast<unsigned char>(IFTODT(info.st_mode));
    }
    if (type == DT_DIR) {
      out.folders.emplace_back(name);
    } else if (wanted(name)) {
      (type == DT_REG || type == DT_LNK ? out.files : out.others).emplace_back(name);
    }
  }
  std::sort(out.files.begin(), out.files.end());
  std::sort(out.folders.begin(), out.folders.end());
  std::sort(out.others.begin(), out.others.end());
  return out;
}

Result<Head> head_inside(const fs::path& root, const fs::path& file, std::uint64_t bytes) {
  fs::path target = file;
  std::error_code error;
  if (fs::is_symlink(fs::symlink_status(file, error))) {
    target = fs::canonical(file, error);
    if (error) return fail(Code::unavailable, fmt::format("a link that leads nowhere: {}", error.message()));
    const fs::path relative = target.lexically_relative(root);
    if (relative.empty() || *relative.begin() == "..")
      return fail(Code::refused, "a link that leads out of the folder");
  }
  const Descriptor in(::open(target.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (in.get() < 0) return fail_system(errno);
  struct stat info{};
  if (::fstat(in.get(), &info) != 0) return fail_system(errno);
  if (!S_ISREG(info.st_mode)) return fail(Code::refused, "not a regular file");
  Head out;
  out.size = static_cast<std::uint64_t>(info.st_size);
  out.bytes.resize(std::min(bytes, out.size));
  std::size_t got = 0;
  while (got < out.bytes.size()) {
    const ssize_t n = ::pread(in.get(), out.bytes.data() + got, out.bytes.size() - got, static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_system(errno);
    if (n == 0) break;  // it has become shorter
    got += static_cast<std::size_t>(n);
  }
  out.bytes.resize(got);
  return out;
}

}  // namespace tocsin::survey
