#include "scan/window.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "scan/fault.hpp"

namespace tocsin::scan {
namespace {

constexpr int kShownAtOnce =
    2048;  // of a thread: its file, and three arrays for each of sixteen containers in containers

constexpr std::uint64_t kJumps = 4000;  // beyond twice its length; each may cost some tenths of a millisecond

struct Shown {
  std::uintptr_t begin = 0, end = 0;  // end == 0: free
  bool writable = false;
  std::uint64_t opened = 0;  // pieces, each as often as it was opened
};
struct Piece {
  int slot = -1;
  std::uint64_t number = 0;
};

// Guarded by g_lock, which nobody holds while touching a window.
std::array<Shown, kShownAtOnce> g_shown;
int g_used = 0;  // slots from here on were never taken
std::array<Piece, Window::kOpen> g_open;
std::size_t g_next = 0;  // the one that was opened longest ago
struct sigaction g_handler_before;

std::atomic<bool> g_on = false;
std::atomic_flag g_lock = ATOMIC_FLAG_INIT;
struct Lock {
  Lock() {
    while (g_lock.test_and_set(std::memory_order_acquire)) ::sched_yield();
  }
  ~Lock() { g_lock.clear(std::memory_order_release); }
};

int protection(const Shown& slot) {
  return slot.writable ? PROT_READ | PROT_WRITE : PROT_READ;
}

std::pair<void*, std::size_t> bytes_of(const Shown& slot, std::uint64_t number) {
  const std::uintptr_t begin = slot.begin + number * Window::kPiece;
  return {reinterpret_cast<void*>(begin), std::min<std::size_t>(Window::kPiece, slot.end - begin)};
}

// False: the fault is none of ours.
bool open_piece(std::uintptr_t address) {
  const Lock lock;
  int found = 0;
  while (found < g_used && (address < g_shown[static_cast<std::size_t>(found)].begin ||
                            address >= g_shown[static_cast<std::size_t>(found)].end))
    ++found;
  if (found == g_used) return false;
  Shown& slot = g_shown[static_cast<std::size_t>(found)];
  const std::uint64_t number = (address - slot.begin) / Window::kPiece;
  for (const Piece& piece : g_open)
    if (piece.slot == found && piece.number == number) {
      // Open: another thread was quicker, or somebody writes to what may only be read.
      static thread_local std::uintptr_t last = 0;
      static thread_local int again = 0;
      again = address == last ? again + 1 : 0;
      last = address;
      return again < 64;
    }
  // An array of ours that is asked for here and there costs a change of its mapping a question: a file of 30 MB could take
  // hours with that. So it is opened for good; how large it may become, its own limit says.
  if (slot.writable && ++slot.opened > 2 * ((slot.end - slot.begin) / Window::kPiece) + kJumps) {
    for (Piece& piece : g_open)
      if (piece.slot == found) piece = {};
    return ::mprotect(reinterpret_cast<void*>(slot.begin), slot.end - slot.begin, protection(slot)) == 0;
  }
  Piece& oldest = g_open[g_next];
  if (oldest.slot >= 0) {
    const auto [old, length] = bytes_of(g_shown[static_cast<std::size_t>(oldest.slot)], oldest.number);
    ::madvise(old, length, MADV_DONTNEED);  // the file keeps what was written
    ::mprotect(old, length, PROT_NONE);
  }
  oldest = {found, number};
  g_next = (g_next + 1) % g_open.size();
  const auto [data, length] = bytes_of(slot, number);
  return ::mprotect(data, length, protection(slot)) == 0;
}

// Async-signal-safe: a lock that this thread cannot hold, madvise, mprotect, sigaction.
void on_sigsegv(int signal, siginfo_t* info, void* context) {
  if (info->si_code == SEGV_ACCERR && open_piece(reinterpret_cast<std::uintptr_t>(info->si_addr))) return;
  pass_on(signal, info, context, g_handler_before);
}

}  // namespace

void show_in_pieces() {
  static std::once_flag once;
  std::call_once(once, [] { g_on = handle_faults(SIGSEGV, on_sigsegv, g_handler_before); });
}

Window::Window(std::byte* data, std::uint64_t size, bool writable) {
  if (!g_on || size <= kPiece) return;
  const Lock lock;
  int free = 0;
  while (free < g_used && g_shown[static_cast<std::size_t>(free)].end != 0) ++free;
  if (free == kShownAtOnce) return;
  if (::mprotect(data, size, PROT_NONE) != 0) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  g_shown[static_cast<std::size_t>(free)] = {begin, begin + size, writable, 0};
  g_used = std::max(g_used, free + 1);
  slot_ = free;
}

Window::Window(Window&& other) noexcept : slot_(std::exchange(other.slot_, -1)) {}

Window& Window::operator=(Window&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}

Window::~Window() {
  if (slot_ < 0) return;
  const Lock lock;
  for (Piece& piece : g_open)
    if (piece.slot == slot_) piece = {};
  g_shown[static_cast<std::size_t>(slot_)] = {};
}

}  // namespace tocsin::scan
