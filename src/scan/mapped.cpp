#include "scan/mapped.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "base/foreign.hpp"
#include "scan/fault.hpp"

namespace tocsin::scan {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kStep = 4u << 20;    // how much is given back at once
constexpr std::uint64_t kSmall = 64u << 10;  // files up to this size are read
constexpr int kSlots = 256;                  // files mapped at once: a scan has as many as threads

struct Slot {
  std::atomic<std::uintptr_t> begin = 0, end = 0;
  std::atomic<bool> taken = false, changed = false;
};
std::array<Slot, kSlots> g_slots;
struct sigaction g_before;

// Async-signal-safe: atomics that are lock-free, mmap, sigaction.
void on_sigbus(int signal, siginfo_t* info, void* context) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (Slot& slot : g_slots) {
    if (address < slot.begin.load() || address >= slot.end.load()) continue;
    slot.changed = true;
    void* page = reinterpret_cast<void*>(address / kPage * kPage);
    if (::mmap(page, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) return;
  }
  pass_on(signal, info, context, g_before);
}

void install() {
  static std::once_flag once;
  std::call_once(once, [] { handle_faults(SIGBUS, on_sigbus, g_before); });
}

int take_slot(std::uintptr_t begin, std::uintptr_t end) {
  for (int i = 0; i < kSlots; ++i) {
    Slot& slot = g_slots[static_cast<std::size_t>(i)];
    if (slot.taken.exchange(true)) continue;
    slot.changed = false;
    slot.begin = begin;
    slot.end = end;
    return i;
  }
  return -1;
}

std::int64_t modified_ns(const struct stat& status) {
  return static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

Failure failed(const char* what, const std::filesystem::path& path, int error) {
  Failure failure = fail(error == EACCES || error == EPERM ? Code::refused : Code::unavailable,
                         std::string(what) + ": " + std::generic_category().message(error));
  failure.value().where = printable(path.native(), 4096);
  return failure;
}

}  // namespace

Result<Mapped> Mapped::open(const std::filesystem::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  const int fd = file.get();
  if (fd < 0) return failed("cannot open", path, errno);
  struct stat status{};
  Mapped out;
  Failure failure = fail(Code::internal, "");
  bool good = false;
  if (::fstat(fd, &status) != 0) {
    failure = failed("cannot look at", path, errno);
  } else if (!S_ISREG(status.st_mode)) {
    failure = fail(Code::refused, S_ISDIR(status.st_mode)    ? "is a folder, not a file"
                                  : S_ISFIFO(status.st_mode) ? "is a pipe, not a file"
                                                             : "is a device, not a file");
    failure.value().where = printable(path.native(), 4096);
  } else if (status.st_size == 0) {
    good = true;
  } else if (static_cast<std::uint64_t>(status.st_size) <= kSmall) {
    // A read that ends early leaves zeros, as a lost page does; changed() tells of both.
    out.size_ = static_cast<std::uint64_t>(status.st_size);
    out.read_ = std::make_unique<std::byte[]>(out.size_);
    out.data_ = out.read_.get();
    std::uint64_t done = 0;
    good = true;
    while (done < out.size_ && good) {
      const ssize_t n = ::pread(fd, out.read_.get() + done, out.size_ - done, static_cast<off_t>(done));
      if (n == 0) break;
      if (n > 0)
        done += static_cast<std::uint64_t>(n);
      else if (errno != EINTR)
        failure = failed("cannot read", path, errno), good = false;
    }
    out.modified_ns_ = modified_ns(status);
    if (good) out.fd_ = std::move(file);
  } else {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    install();
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
      failure = failed("cannot map", path, errno);
    } else {
      const auto begin = reinterpret_cast<std::uintptr_t>(data);
      out.slot_ = take_slot(begin, begin + size);
      if (out.slot_ < 0) {
        ::munmap(data, size);
        failure = failed("cannot map", path, EMFILE);
      } else {
        out.data_ = static_cast<const std::byte*>(data);
        out.size_ = size;
        out.modified_ns_ = modified_ns(status);
        out.fd_ = std::move(file);
        out.window_ = Window(static_cast<std::byte*>(data), size, false);
        good = true;
      }
    }
  }
  if (!good) return failure;
  return out;
}

Mapped::Mapped(Mapped&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      slot_(std::exchange(other.slot_, -1)),
      window_(std::move(other.window_)),
      read_(std::move(other.read_)),
      fd_(std::move(other.fd_)),
      modified_ns_(other.modified_ns_) {}

Mapped::~Mapped() {
  if (slot_ < 0) return;
  window_ = Window();
  Slot& slot = g_slots[static_cast<std::size_t>(slot_)];
  slot.begin = slot.end = 0;
  ::munmap(const_cast<std::byte*>(data_), size_);
  slot.taken = false;
}

bool Mapped::read(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t n = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    offset += static_cast<std::uint64_t>(n);
    into = into.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

void Mapped::give_back(std::uint64_t begin, std::uint64_t end) const {
  begin = begin / kPage * kPage;
  end = end / kPage * kPage;
  if (slot_ >= 0 && begin < end) ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
}

void Trail::passed(std::uint64_t offset) {
  travelled_ += offset > last_ ? offset - last_ : last_ - offset;
  last_ = offset;
  low_ = std::min(low_, offset);
  high_ = std::max(high_, offset);
  if (travelled_ < kStep) return;
  file_.give_back(low_, high_);
  low_ = high_ = offset;
  travelled_ = 0;
}

bool Mapped::changed() const {
  if (data_ == nullptr) return false;
  if (slot_ >= 0 && g_slots[static_cast<std::size_t>(slot_)].changed) return true;
  // What is lost within a page that stays raises nothing, and neither do bytes that are written anew.
  struct stat status{};
  return ::fstat(fd_.get(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) != size_ ||
         modified_ns(status) != modified_ns_;
}

}  // namespace tocsin::scan
