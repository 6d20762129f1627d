#include "scan/spill.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace tocsin::scan {
namespace {

constexpr std::uint64_t kInMemory = 4u << 20;  // three such arrays and the rest stay below the 64 MB of a scan
constexpr std::uint64_t kGrowth = 4u << 20;    // how much the file grows at once
constexpr std::uint64_t kPageSize = 4096;

// No name, or none for long: nothing to clean up after a crash.
int temporary_file() {
  const char* folder = std::getenv("TMPDIR");
  for (const char* where : {folder, "/var/tmp", "/tmp"}) {
    if (where == nullptr || *where == '\0') continue;
    int fd = ::open(where, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
    std::string name = std::string(where) + "/tocsin-scan-XXXXXX";
    fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd >= 0) {
      ::unlink(name.c_str());
      return fd;
    }
  }
  return -1;
}

Failure out_of_room(int error) {
  return fail(Code::unavailable, "no room for what the scan has to remember: " +
                                     std::generic_category().message(error) + " (set TMPDIR to a folder with more)");
}

}  // namespace

SpillBuffer::~SpillBuffer() {
  if (fd_ >= 0) {
    if (data_ != nullptr) ::munmap(data_, capacity_);
    ::close(fd_);
  } else {
    std::free(data_);
  }
}

Result<> SpillBuffer::reserve(std::uint64_t bytes) {
  if (bytes <= capacity_) return {};
  if (bytes > limit_) return fail(Code::refused, "more than " + std::to_string(limit_) + " bytes to remember");
  if (fd_ < 0 && bytes <= kInMemory) {
    const std::uint64_t wanted = std::min(kInMemory, std::max<std::uint64_t>({bytes, capacity_ * 2, 4096}));
    void* moved = std::realloc(data_, wanted);
    if (moved == nullptr) return out_of_room(ENOMEM);
    data_ = static_cast<std::byte*>(moved);
    capacity_ = wanted;
    return {};
  }
  return move_to_disk(bytes);
}

Result<> SpillBuffer::move_to_disk(std::uint64_t bytes) {
  const std::uint64_t wanted = (std::max(bytes, capacity_ + 1) + kGrowth - 1) / kGrowth * kGrowth;
  const bool first = fd_ < 0;
  if (first) {
    fd_ = temporary_file();
    if (fd_ < 0) return out_of_room(errno);
  }
  // The blocks must be there before the mapping is written to: a full disk would end the program (SIGBUS).
  if (const int error = ::posix_fallocate(fd_, 0, static_cast<off_t>(wanted)); error != 0) {
    if (first) ::close(std::exchange(fd_, -1));
    return out_of_room(error);
  }
  void* mapped = first ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0)
                       : ::mremap(data_, capacity_, wanted, MREMAP_MAYMOVE);
  if (mapped == MAP_FAILED) {
    const int error = errno;
    if (first) ::close(std::exchange(fd_, -1));
    return out_of_room(error);
  }
  if (first) {
    if (data_ != nullptr) std::memcpy(mapped, data_, capacity_);
    std::free(data_);
  }
  data_ = static_cast<std::byte*>(mapped);
  capacity_ = wanted;
  return {};
}

void SpillBuffer::give_back(std::uint64_t begin, std::uint64_t end) {
  if (fd_ < 0) return;
  begin = (begin + kPageSize - 1) / kPageSize * kPageSize;
  end = std::min(end, capacity_) / kPageSize * kPageSize;
  if (begin < end) ::madvise(data_ + begin, end - begin, MADV_DONTNEED);  // shared: the file keeps what was written
}

}  // namespace tocsin::scan
