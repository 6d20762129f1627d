// Replies and files as they were read, kept by the SHA-256 of their bytes: snapshots/ab/abcdef….zst (or without .zst).
//
// A snapshot is written to a temporary name, synced, renamed, its folder synced: when put_all() returns, every digest
// it gave survives a power cut, so that a row may name it. Files never change afterwards. Compression is a matter of
// the disk only: digests and sizes are those of the bytes that were given.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace tocsin::store {

class Snapshots {
 public:
  // The folder is made when the first snapshot is written.
  explicit Snapshots(std::filesystem::path folder);

  // Keeps all of them, in one go: thousands of small files cost one sync of the file system instead of one each.
  // Digests in the order given; what is there already with the right size is left alone. Fails as a whole; what was
  // written by then stays and is found again by the next attempt.
  // Failpoints: snapshot.{write,fsync,rename,fsync-dir}.{before,after}.
  Result<std::vector<Digest>> put_all(std::span<const std::string_view> contents);
  Result<Digest> put(std::string_view content);

  // The bytes, checked against the digest: `malformed` when they are others. `unavailable` when there is no such file,
  // `refused` when it is larger than `limit_bytes`.
  Result<std::string> get(const Digest& digest, std::uint64_t limit_bytes = kLimitBytes) const;
  bool has(const Digest& digest) const;
  // Deletes the file; nothing when there is none. Only for what a ledgered prune named
  // (Transaction::prune_snapshots).
  Result<> remove(const Digest& digest);
  // Digests of all files, sorted; files of other names are not listed. Changes nothing.
  Result<std::vector<Digest>> list() const;
  // Deletes the temporary files of crashed writers: those older than an hour. put_all() does it whenever it writes.
  void sweep();

  const std::filesystem::path& folder() const { return folder_; }

  static constexpr std::uint64_t kLimitBytes = std::uint64_t{2} << 30;  // the largest reply that wire accepts, twice

 private:
  std::filesystem::path folder_;
};

}  // namespace tocsin::store
