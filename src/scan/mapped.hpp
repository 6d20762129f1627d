// A file as bytes, without reading it: pages come when they are touched and go back when they are done with.
//
// Whoever cuts a file short while it is mapped makes its lost pages raise SIGBUS. base declines mapping for that reason
// (base/file.hpp); a scanner of files of hundreds of gigabytes cannot. So the signal is caught here: the lost page becomes
// a page of zeros, the mapping remembers it, and the scan says that the file changed. The handler does nothing but that,
// for addresses of our own mappings only; every other SIGBUS goes to whoever had it before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "scan/window.hpp"

namespace tocsin::scan {

class Mapped {
 public:
  // Regular files only; never blocks on a FIFO. The file may be empty.
  static Result<Mapped> open(const std::filesystem::path& path);
  Mapped(Mapped&& other) noexcept;
  Mapped& operator=(Mapped&&) = delete;
  ~Mapped();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // The same bytes without the mapping: for who wants all of them, a copy costs less than the faults. False when the file
  // ends before.
  bool read(std::uint64_t offset, std::span<std::byte> into) const;
  // These pages may go: they come back when touched again.
  void give_back(std::uint64_t begin, std::uint64_t end) const;
  // The file became another while it was read, shorter (what was seen may be zeros) or written to.
  bool changed() const;

 private:
  Mapped() = default;
  const std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
  int slot_ = -1;  // in the table that the handler reads; -1: not mapped
  Window window_;
  std::unique_ptr<std::byte[]> read_;  // a small file: a mapping costs more than its bytes
  Descriptor fd_{-1};
  std::int64_t modified_ns_ = 0;
};

// Follows one reader through the file and gives back what it has left behind.
class Trail {
 public:
  explicit Trail(const Mapped& file) : file_(file) {}
  void passed(std::uint64_t offset);

 private:
  const Mapped& file_;
  std::uint64_t last_ = 0, low_ = 0, high_ = 0, travelled_ = 0;
};

}  // namespace tocsin::scan
