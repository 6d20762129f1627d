// A file as bytes, without reading it: pages come when they are touched and go back when they are done with.
//
// Whoever cuts a file short while it is mapped makes its lost pages raise SIGBUS. base declines mapping for that reason
// (base/file.hpp); a scanner of files of hundreds of gigabytes cannot. So the signal is caught here: the lost page becomes
// a page of zeros, the mapping remembers it, and the scan says that the file changed. The handler does nothing but that,
// for addresses of our own mappings only; every other SIGBUS goes to whoever had it before.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace tocsin::scan {

class Mapped {
 public:
  // Regular files only; never blocks on a FIFO. The file may be empty.
  static Result<Mapped> open(const std::filesystem::path& path);
  Mapped(Mapped&& other) noexcept;
  Mapped& operator=(Mapped&&) = delete;
  ~Mapped();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Pages before `offset` may go: they come back when touched again.
  void done_before(std::uint64_t offset) const;
  // The file became another while it was read, shorter (what was seen may be zeros) or written to.
  bool changed() const;

 private:
  Mapped() = default;
  const std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
  int slot_ = -1;  // in the table that the handler reads
  Descriptor fd_{-1};
  std::int64_t modified_ns_ = 0;
  mutable std::atomic<std::uint64_t> given_back_ = 0;
};

}  // namespace tocsin::scan
