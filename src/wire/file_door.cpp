// The validator of a file is the SHA-256 of its bytes. Size, time and inode would spare the reading, but miss a change
// within one tick of the file system's clock or one that puts the old time back, and call a copy or a fresh checkout of
// the same bytes new. Reading and hashing goes at more than a gigabyte a second, and what follows (parsing) is far
// slower.
#include "wire/file_door.hpp"

#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <utility>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "wire/headers.hpp"

namespace tocsin::wire {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTypes = {{
    {".atom", "application/atom+xml"},
    {".csv", "text/csv"},
    {".gz", "application/gzip"},
    {".html", "text/html"},
    {".json", "application/json"},
    {".jsonl", "application/x-ndjson"},
    {".md", "text/markdown"},
    {".rss", "application/rss+xml"},
    {".tar", "application/x-tar"},
    {".txt", "text/plain"},
    {".xml", "application/xml"},
    {".yaml", "application/yaml"},
    {".yml", "application/yaml"},
    {".zip", "application/zip"},
}};

}  // namespace

Result<Reply> fetch_file(std::string_view path, std::string url, const Validators& known, const Policy& policy) {
  const std::filesystem::path file{std::string(path)};
  TOCSIN_TRY(std::string bytes, read_file(file, policy.max_bytes));
  Reply reply;
  reply.url = std::move(url);
  const std::string extension = to_lower(file.extension().string());
  for (const auto& [ending, type] : kTypes)
    if (extension == ending) reply.media_type = type;
  reply.validators.etag = "\"" + sha256(bytes).hex() + "\"";
  struct stat status{};
  if (::stat(file.c_str(), &status) == 0)
    reply.validators.last_modified = to_http_date({static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000});
  reply.not_modified = known.etag == reply.validators.etag;
  if (reply.not_modified) {
    reply.status = 304;
  } else {
    reply.body = std::move(bytes);
  }
  return reply;
}

}  // namespace tocsin::wire
