// A batch goes through four stages, each finished for all files before the next begins: write under temporary names,
// make the bytes durable, rename, make the names durable. Only whole files ever have the name of a digest, so "the name
// is there" means "the bytes are there", and a crash leaves temporary files at worst, which the next writer sweeps.
#include "store/snapshots.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>

#include <fmt/format.h>

#include "base/descriptor.hpp"
#include "base/failpoint.hpp"
#include "base/file.hpp"
#include "base/random.hpp"

namespace tocsin::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTemporary = ".new-";
constexpr std::string_view kPacked = ".zst";
constexpr std::size_t kWorthPacking = 4096;  // one block of the file system: smaller files take as much room packed
constexpr int kPackLevel = 1;                // the fastest: higher ones win little on JSON and cost much
constexpr std::size_t kFewFiles = 8;  // up to here one fsync a file is cheaper than a sync of the whole file system
constexpr auto kTemporaryAge = std::chrono::hours(1);

Failure fail_system(std::string_view what, const fs::path& path, int error) {
  const Code code = error == ENOSPC || error == EDQUOT ? Code::refused : Code::unavailable;
  Failure failure = fail(code, fmt::format("{}: {}", what, std::generic_category().message(error)));
  failure.value().where = path.string();
  return failure;
}

Result<> write_temporary(const fs::path& path, std::string_view content) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.get() < 0) return fail_system("cannot create", path, errno);
  while (!content.empty()) {
    const ssize_t n = ::write(file.get(), content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_system("cannot write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<> sync_path(const fs::path& path, int flags) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
  if (file.get() < 0) return fail_system("cannot open", path, errno);
  if (::fsync(file.get()) != 0) return fail_system("cannot sync", path, errno);
  return {};
}

Result<> sync_file_system(const fs::path& folder) {
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (file.get() < 0) return fail_system("cannot open", folder, errno);
  if (::syncfs(file.get()) != 0) return fail_system("cannot sync", folder, errno);
  return {};
}

// The packed form when it saves at least an eighth.
struct Packed {
  std::unique_ptr<char[]> bytes;  // not a string: that would first be filled with zeros
  std::size_t size = 0;
  std::string_view view() const { return {bytes.get(), size}; }
};
std::optional<Packed> packed(std::string_view content) {
  if (content.size() < kWorthPacking) return std::nullopt;
  const std::size_t room = content.size() - content.size() / 8;
  Packed out{std::unique_ptr<char[]>(new char[room]), 0};
  out.size = ZSTD_compress(out.bytes.get(), room, content.data(), content.size(), kPackLevel);
  if (ZSTD_isError(out.size) != 0) return std::nullopt;
  return out;
}

// The size of what a packed file holds, by its header.
std::optional<std::uint64_t> packed_size(std::string_view head) {
  const auto size = ZSTD_getFrameContentSize(head.data(), head.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) return std::nullopt;
  return size;
}

fs::path plain_path(const fs::path& folder, const Digest& digest) {
  const std::string hex = digest.hex();
  return folder / hex.substr(0, 2) / hex;
}

fs::path packed_path(const fs::path& folder, const Digest& digest) {
  return plain_path(folder, digest).concat(kPacked);
}

bool present(const fs::path& folder, const Digest& digest, std::uint64_t size) {
  struct stat info{};
  if (::stat(plain_path(folder, digest).c_str(), &info) == 0 && static_cast<std::uint64_t>(info.st_size) == size)
    return true;
  const Descriptor file(::open(packed_path(folder, digest).c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return false;
  char head[32];
  const ssize_t n = ::read(file.get(), head, sizeof head);
  return n > 0 && packed_size({head, static_cast<std::size_t>(n)}) == size;
}

struct Writing {
  fs::path temporary;
  fs::path target;
};

// Removes what was not renamed.
struct Cleanup {
  std::vector<Writing>& files;
  ~Cleanup() {
    for (const Writing& file : files) {
      if (!file.temporary.empty()) ::unlink(file.temporary.c_str());
    }
  }
};

Result<Digest> digest_of_name(std::string name) {
  if (name.ends_with(kPacked)) name.resize(name.size() - kPacked.size());
  return parse_digest(name);
}

}  // namespace

Snapshots::Snapshots(fs::path folder) : folder_(std::move(folder)) {}

Result<std::vector<Digest>> Snapshots::put_all(std::span<const std::string_view> contents) {
  std::vector<Digest> digests;
  digests.reserve(contents.size());
  std::set<Digest> seen;
  std::vector<Writing> files;
  std::set<fs::path> folders;
  const Cleanup cleanup{files};

  TOCSIN_CHECK(failpoint("snapshot.write.before"));
  std::error_code error;
  for (const std::string_view content : contents) {
    const Digest digest = sha256(content);
    digests.push_back(digest);
    if (!seen.insert(digest).second || present(folder_, digest, content.size())) continue;
    fs::path target = plain_path(folder_, digest);
    if (folders.insert(target.parent_path()).second) {
      fs::create_directories(target.parent_path(), error);
      if (error) return fail_system("cannot create the folder", target.parent_path(), error.value());
    }
    const auto small = packed(content);
    if (small) target += kPacked;
    // By chance: two machines that share the folder have processes of the same number.
    files.push_back({folder_ / fmt::format("{}{}", kTemporary, to_hex(system_random().bytes(8))), std::move(target)});
    TOCSIN_CHECK(write_temporary(files.back().temporary, small ? small->view() : content));
  }
  TOCSIN_CHECK(failpoint("snapshot.write.after"));
  if (files.empty()) return digests;
  sweep();

  TOCSIN_CHECK(failpoint("snapshot.fsync.before"));
  if (files.size() <= kFewFiles) {
    for (const Writing& file : files) TOCSIN_CHECK(sync_path(file.temporary, 0));
  } else {
    TOCSIN_CHECK(sync_file_system(folder_));
  }
  TOCSIN_CHECK(failpoint("snapshot.fsync.after"));

  TOCSIN_CHECK(failpoint("snapshot.rename.before"));
  for (Writing& file : files) {
    if (::rename(file.temporary.c_str(), file.target.c_str()) != 0)
      return fail_system("cannot rename to", file.target, errno);
    file.temporary.clear();
  }
  TOCSIN_CHECK(failpoint("snapshot.rename.after"));

  TOCSIN_CHECK(failpoint("snapshot.fsync-dir.before"));
  if (files.size() <= kFewFiles) {
    folders.insert(folder_);
    folders.insert(fs::absolute(folder_).parent_path());
    for (const fs::path& folder : folders) TOCSIN_CHECK(sync_path(folder, O_DIRECTORY));
  } else {
    TOCSIN_CHECK(sync_file_system(folder_));
  }
  TOCSIN_CHECK(failpoint("snapshot.fsync-dir.after"));
  return digests;
}

Result<Digest> Snapshots::put(std::string_view content) {
  TOCSIN_TRY(const auto digests, put_all({&content, 1}));
  return digests.front();
}

Result<std::string> Snapshots::get(const Digest& digest, std::uint64_t limit_bytes) const {
  std::error_code error;
  const fs::path plain = plain_path(folder_, digest);
  std::string content;
  fs::path path = plain;
  if (fs::exists(plain, error)) {
    TOCSIN_TRY(content, read_file(plain, limit_bytes));
  } else {
    path = packed_path(folder_, digest);
    if (!fs::exists(path, error)) {
      Failure failure = fail(Code::unavailable, "there is no such snapshot");
      failure.value().where = plain.string();
      return failure;
    }
    TOCSIN_TRY(const std::string small, read_file(path, limit_bytes));
    const auto size = packed_size(small);
    if (!size || *size > limit_bytes) {
      Failure failure = size ? fail(Code::refused, fmt::format("the snapshot has more than {} bytes", limit_bytes))
                             : fail(Code::malformed, "the snapshot is not what was written");
      failure.value().where = path.string();
      return failure;
    }
    content.resize(*size);
    const std::size_t n = ZSTD_decompress(content.data(), content.size(), small.data(), small.size());
    if (ZSTD_isError(n) != 0 || n != content.size()) {
      Failure failure = fail(Code::malformed, "the snapshot is not what was written");
      failure.value().where = path.string();
      return failure;
    }
  }
  if (sha256(content) != digest) {
    Failure failure = fail(Code::malformed, "the bytes of the snapshot have another digest");
    failure.value().where = path.string();
    return failure;
  }
  return content;
}

bool Snapshots::has(const Digest& digest) const {
  std::error_code error;
  return fs::exists(plain_path(folder_, digest), error) || fs::exists(packed_path(folder_, digest), error);
}

Result<> Snapshots::remove(const Digest& digest) {
  for (const fs::path& path : {plain_path(folder_, digest), packed_path(folder_, digest)}) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_system("cannot remove", path, errno);
  }
  return {};
}

Result<std::vector<Digest>> Snapshots::list() const {
  std::vector<Digest> out;
  std::error_code error;
  if (!fs::exists(folder_, error)) return out;
  TOCSIN_TRY(const Listing listing, list_files(folder_));
  if (!listing.errors.empty()) return tl::make_unexpected(listing.errors.front());
  for (const fs::path& file : listing.files) {
    const std::string name = file.filename().string();
    const auto digest = digest_of_name(name);
    if (digest && (file == fs::path(name.substr(0, 2)) / name)) out.push_back(*digest);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// What cannot be removed is tried again by the next writer: leftovers cost room, nothing else.
void Snapshots::sweep() {
  const auto now = fs::file_time_type::clock::now();
  std::error_code error;
  std::error_code removed;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    if (!entry->path().filename().string().starts_with(kTemporary)) continue;
    const auto written = fs::last_write_time(entry->path(), removed);
    if (!removed && now - written > kTemporaryAge) fs::remove(entry->path(), removed);
  }
}

}  // namespace tocsin::store
