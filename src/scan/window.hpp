// Keeps mapped files from filling memory, whoever reads them and how.
//
// A mapping that is read from one end to the other is in memory as a whole, and each parser would have to give back what
// it has left behind; a text search inside a library cannot. So a mapping can be shown in pieces: none may be touched at
// first, touching one raises SIGSEGV, the handler opens it and closes the one that was opened longest ago. All mappings of
// the process share the same few open pieces. A piece that is closed costs a few microseconds when it is touched again.
//
// System calls do not raise the signal: what reads such memory for a system call gets EFAULT.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tocsin::scan {

// From now on, for the whole process. For programs of our own: a library does not take SIGSEGV from its host. Faults
// elsewhere go to the handler that was there before.
void show_in_pieces();

// One mapping, shown in pieces where show_in_pieces() was called before; nothing otherwise.
class Window {
 public:
  Window() = default;
  // `data`: a fresh mapping of `size` bytes, page-aligned, which may be read or, with `writable`, written to as well.
  Window(std::byte* data, std::uint64_t size, bool writable);
  Window(Window&& other) noexcept;
  Window& operator=(Window&& other) noexcept;
  ~Window();  // before the mapping goes

  static constexpr std::uint64_t kPiece = 128u << 10;
  static constexpr std::size_t kOpen = 96;  // 12 MB of the 64 that a scan has

 private:
  int slot_ = -1;
};

}  // namespace tocsin::scan
