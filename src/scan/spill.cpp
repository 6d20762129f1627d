#include "scan/spill.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace tocsin::scan {
namespace {

constexpr std::uint64_t kInMemory =
    20u << 20;  // of all arrays together: they and the rest stay below the 64 MB of a scan
constexpr std::uint64_t kInAnyCase = 64u << 10;  // in any case: a file for each of these would cost more
constexpr std::uint64_t kLarge = 1u << 20;       // from here on large pages are worth it
constexpr std::uint64_t kGrowth = 4u << 20;      // how much the file grows at once
constexpr std::uint64_t kPageSize = 4096;

std::atomic<std::uint64_t> g_in_memory = 0;  // beyond kInAnyCase

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
  window_ = Window();
  release();
  if (fd_ >= 0) ::close(fd_);
}

// What `data_` is now, but for its window.
void SpillBuffer::release() {
  if (mapped_ == 0) return std::free(data_);
  ::munmap(data_, mapped_);
  if (fd_ < 0) g_in_memory -= capacity_;
}

Result<> SpillBuffer::reserve(std::uint64_t bytes) {
  if (bytes <= capacity_) return {};
  if (bytes > limit_) return fail(Code::refused, "more than " + std::to_string(limit_) + " bytes to remember");
  if (fd_ < 0 && bytes <= kInAnyCase) {
    const std::uint64_t wanted = std::min(kInAnyCase, std::max<std::uint64_t>({bytes, capacity_ * 2, 4096}));
    void* moved = std::realloc(data_, wanted);
    if (moved == nullptr) return out_of_room(ENOMEM);
    data_ = static_cast<std::byte*>(moved);
    capacity_ = wanted;
    return {};
  }
  if (fd_ < 0 && grow_in_memory(bytes)) return {};
  return move_to_disk(bytes);
}

// A mapping of its own: of all that may come, so that it grows without being copied and in large pages, which cost the
// system a tenth of small ones.
bool SpillBuffer::grow_in_memory(std::uint64_t bytes) {
  const std::uint64_t had = mapped_ == 0 ? 0 : capacity_;
  std::uint64_t wanted = kInAnyCase;
  while (wanted < std::max(bytes, capacity_ * 2)) wanted *= 2;
  if (wanted > kInMemory) return false;
  if (g_in_memory.fetch_add(wanted - had) + wanted - had > kInMemory) {
    g_in_memory -= wanted - had;
    return false;
  }
  if (wanted > mapped_) {
    const std::uint64_t room = wanted > kLarge ? kInMemory : kLarge;
    void* data = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) {
      g_in_memory -= wanted - had;
      return false;
    }
    if (room == kInMemory) ::madvise(data, room, MADV_HUGEPAGE);
    if (data_ != nullptr) std::memcpy(data, data_, capacity_);
    if (mapped_ == 0)
      std::free(data_);
    else
      ::munmap(data_, mapped_);
    mapped_ = room;
    data_ = static_cast<std::byte*>(data);
  }
  capacity_ = wanted;
  return true;
}

Result<> SpillBuffer::move_to_disk(std::uint64_t bytes) {
  const std::uint64_t wanted = (std::max(bytes, capacity_ + 1) + kGrowth - 1) / kGrowth * kGrowth;
  const bool first = fd_ < 0;
  if (first) {
    fd_ = temporary_file();
    if (fd_ < 0) return out_of_room(errno);
  }
  // The blocks must be there before the mapping is written to: a full disk would end the program (SIGBUS).
  int error = ::posix_fallocate(fd_, 0, static_cast<off_t>(wanted));
  for (std::uint64_t done = 0; first && error == 0 && done < capacity_;) {
    const ssize_t n = ::pwrite(fd_, data_ + done, capacity_ - done, static_cast<off_t>(done));
    if (n < 0 && errno != EINTR) error = errno;
    if (n > 0) done += static_cast<std::uint64_t>(n);
  }
  void* mapped = error != 0 ? MAP_FAILED : ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (mapped == MAP_FAILED) {
    if (error == 0) error = errno;
    if (first) ::close(std::exchange(fd_, -1));
    return out_of_room(error);
  }
  window_ = Window();
  if (first) {
    const int file = std::exchange(fd_, -1);
    release();
    fd_ = file;
  } else {
    release();
  }
  mapped_ = wanted;
  data_ = static_cast<std::byte*>(mapped);
  capacity_ = wanted;
  window_ = Window(data_, capacity_, true);
  return {};
}

void SpillBuffer::give_back(std::uint64_t begin, std::uint64_t end) {
  if (fd_ < 0) return;
  begin = (begin + kPageSize - 1) / kPageSize * kPageSize;
  end = std::min(end, capacity_) / kPageSize * kPageSize;
  if (begin < end) ::madvise(data_ + begin, end - begin, MADV_DONTNEED);  // shared: the file keeps what was written
}

}  // namespace tocsin::scan
