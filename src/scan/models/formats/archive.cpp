// tar, 7z, rar, cab, cpio, ISO 9660 and what else libarchive reads: PyTorch 0.1.1 (tar), NeMo (tar), and the archives that
// models are hidden in because scanners know ZIP only. Links and paths that leave the folder are findings: unlike ZIP,
// these are unpacked by programs that follow them.
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/pickle/reader.hpp"
#include "scan/models/unpack.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

using namespace std::string_view_literals;

bool is_tar(const Part& part) {
  if (part.size() < 512) return false;
  if (part.text().substr(257, 5) == "ustar"sv) return true;
  // Before ustar: the checksum of the head, in octal digits, over the head with the checksum as blanks.
  std::uint64_t sum = 0, stated = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += i >= 148 && i < 156 ? 0x20u : part[i];
  bool digits = false;
  for (std::size_t i = 148; i < 156; ++i) {
    if (part[i] >= '0' && part[i] <= '7')
      stated = stated * 8 + (part[i] - '0'), digits = true;
    else if (part[i] != ' ' && part[i] != 0)
      return false;
  }
  return digits && sum == stated && part[0] != 0;
}

bool is_unusual(const Part& part) {
  const std::string_view text = part.text();
  return text.starts_with("7z\xbc\xaf\x27\x1c"sv) || text.starts_with("Rar!\x1a\x07"sv) ||
         text.starts_with("MSCF\0\0\0\0"sv) || text.starts_with("070701"sv) || text.starts_with("070707"sv) ||
         (text.size() > 0x8006 && !part.raw && text.substr(0x8001, 5) == "CD001"sv);
}

Fit fits(const Part& part) {
  return is_unusual(part) || is_tar(part) ? Fit::sure : Fit::no;
}

// After the blocks of zeros that end a tar: other readers go on there, or begin.
void behind(Scan& scan, const Part& part, la_int64_t end) {
  if (end <= 0 || static_cast<std::uint64_t>(end) >= part.size()) return;
  const auto rest = part.bytes.subspan(static_cast<std::size_t>(end));
  const auto first = static_cast<std::uint64_t>(
      std::find_if(rest.begin(), rest.end(), [](std::byte b) { return b != std::byte{0}; }) - rest.begin());
  if (first == rest.size()) return;
  const std::uint64_t at = static_cast<std::uint64_t>(end) + first;
  scan.find(rules::trailing_data, fmt::format("{} bytes behind the archive", part.size() - at), {part.member, at, {}});
  scan.look_into({part.bytes.subspan(at), fmt::format("{}+{}", part.member, at), part.depth + 1, part.whole});
}

bool scan_archive(Scan& scan, const Part& part) {
  // The name of the first member is whatever the file likes: a pickle as well.
  if (is_tar(part) && parses_as_pickle(scan.names(), part.bytes.first(512))) {
    scan.find(rules::polyglot, "can be read as tar and as pickle", {part.member, 0, {}});
    read_pickles(scan, part, 0, Loader::plain);
  }
  const std::unique_ptr<::archive, int (*)(::archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_7zip(reader.get());
  archive_read_support_format_rar(reader.get());
  archive_read_support_format_rar5(reader.get());
  archive_read_support_format_cab(reader.get());
  archive_read_support_format_cpio(reader.get());
  archive_read_support_format_iso9660(reader.get());
  const auto why = [&] {
    const char* text = archive_error_string(reader.get());
    return text == nullptr ? std::string("it cannot be read") : printable(text, 160);
  };
  const auto damaged = [&](const std::string& what) {
    scan.find(rules::archive_damaged, what, {part.member, {}, {}});
    scan.not_read(part, 0, part.size(), "the archive is damaged");
    return true;
  };
  if (is_unusual(part))
    scan.find(rules::archive_odd, "packed in a way that no framework writes or loads", {part.member, 0, {}});
  if (archive_read_open_memory(reader.get(), part.bytes.data(), part.size()) != ARCHIVE_OK) return damaged(why());
  for (std::uint64_t members = 0;; ++members) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) {
      if (is_tar(part)) behind(scan, part, archive_filter_bytes(reader.get(), -1));
      return true;
    }
    if (status == ARCHIVE_FATAL || (status != ARCHIVE_OK && status != ARCHIVE_WARN)) return damaged(why());
    if (members >= scan.limits().members) {
      scan.find(rules::archive_limit, fmt::format("more than {} members", scan.limits().members),
                {part.member, {}, {}});
      scan.not_read(part, 0, part.size(), "too many members");
      return true;
    }
    const char* raw = archive_entry_pathname(entry);
    const std::string name = raw == nullptr ? "?" : raw;
    const std::string path = inside(part.member, name);
    if (leaves_its_folder(name))
      scan.find(rules::archive_path, printable(name, 200) + " leaves the folder it is unpacked into", {path, {}, {}});
    const char* hard = archive_entry_hardlink(entry);
    const char* soft = archive_entry_symlink(entry);
    if (const char* link = hard != nullptr ? hard : soft; link != nullptr) {
      const bool leaves = leaves_its_folder(link);
      if (leaves)
        scan.find(rules::archive_path, fmt::format("{} is a link to {}", printable(name, 200), printable(link, 200)),
                  {path, {}, {}});
      continue;
    }
    if (archive_entry_filetype(entry) == AE_IFDIR) continue;
    if (archive_entry_filetype(entry) != AE_IFREG) {
      scan.find(rules::archive_path, Severity::suspicious, printable(name, 200) + " is a device, pipe or socket",
                {path, {}, {}});
      continue;
    }
    Unpacked out(scan);
    for (;;) {
      constexpr std::size_t kChunk = 256u << 10;
      std::byte* room = out.bytes.extend(kChunk);
      if (room == nullptr) {
        out.why = "it unpacks to more than there is room for";
        break;
      }
      const auto n = archive_read_data(reader.get(), room, kChunk);
      out.bytes.cut(out.bytes.size() - kChunk + static_cast<std::uint64_t>(std::max<la_ssize_t>(n, 0)));
      if (n < 0) out.why = why();
      if (n > 0 && !scan.may_unpack(static_cast<std::uint64_t>(n)))
        out.why = "the archive unpacks to too much", out.over_limit = true;
      if (n <= 0 || out.over_limit) break;
    }
    out.bytes.give_back(0, out.bytes.size());
    const Part inner{out.view(), path, part.depth + 1, out.why.empty()};
    if (!out.why.empty()) {
      scan.find(out.over_limit ? rules::archive_limit : rules::archive_damaged, printable(name, 200) + ": " + out.why,
                {path, {}, {}});
      scan.not_read(inner, inner.size(), inner.size() + 1, out.why);
    }
    scan.look_into(inner);
    if (out.over_limit) return true;
  }
}

}  // namespace

extern const Format archive;
const Format archive{"archive", "tar or another archive", fits, scan_archive};

}  // namespace tocsin::scan::models::formats
