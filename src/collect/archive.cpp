// Zip through libarchive's seeking reader, which goes by the central directory at the end of the file: a file without
// one was cut off, and is refused as a whole before anything is read (libarchive alone would fall back to reading local
// headers and find only the first part). What the headers say about sizes is never believed: members are read in blocks
// until a cap.
#include "collect/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>

#include "base/foreign.hpp"

namespace tocsin::collect {
namespace {

struct Closer {
  void operator()(archive* a) const { archive_read_free(a); }
};
using Reader = std::unique_ptr<archive, Closer>;

constexpr std::string_view kEndOfDirectory = "PK\5\6";  // APPNOTE.TXT 4.3.16: 22 bytes and a comment of up to 65,535
constexpr std::size_t kEndSearch = 22 + 65535;

std::string reason(archive* a) {
  const char* text = archive_error_string(a);
  return text == nullptr ? std::string("no reason given") : printable(text, 120);
}

Result<Reader> open(std::string_view zip) {
  Reader reader(archive_read_new());
  if (!reader) return fail(Code::internal, "no memory for the archive reader");
  archive_read_support_format_zip_seekable(reader.get());
  if (archive_read_open_memory(reader.get(), zip.data(), zip.size()) != ARCHIVE_OK)
    return fail(Code::malformed, "no zip archive: " + reason(reader.get()));
  return reader;
}

}  // namespace

bool looks_like_zip(std::string_view bytes) {
  return bytes.starts_with("PK\3\4") || bytes.starts_with(kEndOfDirectory);
}

Result<> for_each_member(std::string_view zip, const std::function<void(const Member&)>& member, ArchiveLimits limits) {
  const std::size_t tail = zip.size() > kEndSearch ? zip.size() - kEndSearch : 0;
  if (zip.substr(tail).rfind(kEndOfDirectory) == std::string_view::npos)
    return fail(Code::truncated, "the archive has no directory at its end: it was cut off");

  std::uint64_t total = 0;
  std::size_t count = 0;
  int damaged = 0;
  std::string content;
  std::string buffer(64 * 1024, '\0');
  TOCSIN_TRY(Reader reader, open(zip));
  while (true) {
    archive_entry* entry = nullptr;
    const int got = archive_read_next_header(reader.get(), &entry);
    if (got == ARCHIVE_EOF) return {};
    if (got == ARCHIVE_FATAL || got == ARCHIVE_RETRY || entry == nullptr)
      return fail(Code::malformed,
                  "the archive cannot be read after member " + std::to_string(count) + ": " + reason(reader.get()));
    ++count;
    if (count > limits.members)
      return fail(Code::refused, "more than " + std::to_string(limits.members) + " members in one archive");
    const char* path = archive_entry_pathname_utf8(entry);
    if (path == nullptr) path = archive_entry_pathname(entry);
    const std::string name = path == nullptr ? "member " + std::to_string(count) : path;
    if (archive_entry_filetype(entry) == AE_IFDIR) continue;

    std::optional<Error> error;
    bool fatal = false;
    content.clear();
    if (archive_entry_is_encrypted(entry) != 0) {
      error = Error{Code::refused, "is encrypted", {}, {}, {}, {}};
    } else {
      while (true) {
        const la_ssize_t n = archive_read_data(reader.get(), buffer.data(), buffer.size());
        if (n == 0) break;
        if (n < 0) {
          error = Error{Code::malformed, "cannot be unpacked: " + reason(reader.get()), {}, {}, {}, {}};
          fatal = n == ARCHIVE_FATAL;
          break;
        }
        total += static_cast<std::uint64_t>(n);
        if (total > limits.total_bytes)
          return fail(Code::refused, "unpacks to more than " + std::to_string(limits.total_bytes >> 20) + " MiB");
        if (total > limits.ratio_from && total / limits.ratio > zip.size())
          return fail(Code::refused, "unpacks to more than " + std::to_string(limits.ratio) + " times its size");
        content.append(buffer.data(), static_cast<std::size_t>(n));
        if (content.size() > limits.member_bytes) {
          error = Error{Code::refused,
                        "unpacks to more than " + std::to_string(limits.member_bytes >> 20) + " MiB",
                        {},
                        {},
                        {},
                        {}};
          break;
        }
      }
    }
    if (error) content.clear();
    member({name, content, error});
    if (!fatal) continue;
    // After damage libarchive does not go on: start over behind the damaged member.
    if (++damaged > limits.damaged)
      return fail(Code::malformed, "more than " + std::to_string(limits.damaged) + " damaged members");
    TOCSIN_TRY(reader, open(zip));
    for (std::size_t i = 0; i < count; ++i)
      if (const int skipped = archive_read_next_header(reader.get(), &entry);
          skipped != ARCHIVE_OK && skipped != ARCHIVE_WARN)
        return fail(Code::malformed,
                    "the archive cannot be read after member " + std::to_string(i) + ": " + reason(reader.get()));
  }
}

}  // namespace tocsin::collect
