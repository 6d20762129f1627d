// ZIP archives: PyTorch checkpoints since 1.6, TorchScript, .npz, .keras, .mar, skops, and whatever somebody packed. Every
// member is looked at by its content, whatever it is called.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/pickle/opcodes.hpp"
#include "scan/models/pickle/reader.hpp"
#include "scan/models/unpack.hpp"
#include "scan/models/zip/zip.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::uint64_t kChecked = 4u << 20;  // stored members up to this size have their checksum checked

Fit fits(const Part& part) {
  if (zip::begins_as_zip(part.bytes)) return Fit::sure;
  // Inside a container the end record must stand at the very end: weights are not searched through.
  return zip::ends_as_zip(part.bytes, part.depth == 0 ? 0xffff : 0) ? Fit::sure : Fit::no;
}

bool leaves_its_folder(std::string_view name) {
  if (name.starts_with('/') || name.starts_with('\\') || (name.size() > 2 && name[1] == ':')) return true;
  std::size_t at = 0;
  while (at <= name.size()) {
    const auto end = std::min(name.find_first_of("/\\", at), name.size());
    if (name.substr(at, end - at) == "..") return true;
    at = end + 1;
  }
  return false;
}

std::optional<Packing> packing_of_method(std::uint16_t method) {
  switch (method) {
    case 8: return Packing::deflate;
    case 12: return Packing::bzip2;
    case 93: return Packing::zstd;
    case 95: return Packing::xz;
    default: return std::nullopt;
  }
}

class ZipScan {
 public:
  ZipScan(Scan& scan, const Part& part) : scan_(scan), part_(part), archive_(zip::read(part.bytes, scan.limits().members)) {}

  void run() {
    for (const auto& one : archive_.disagreements) tell(rules::zip_disagreement, one);
    for (const auto& one : archive_.damages) tell(rules::zip_damaged, one);
    if (archive_.too_many) {
      scan_.find(rules::archive_limit, fmt::format("more than {} members", scan_.limits().members), {part_.member, {}, {}});
      scan_.not_read(part_, 0, part_.size(), "too many members");
    }
    torch_ = std::any_of(archive_.members.begin(), archive_.members.end(), [](const zip::Member& member) {
      return member.name == "data.pkl" || member.name.ends_with("/data.pkl") || member.name.ends_with("/constants.pkl");
    });
    if (torch_ && part_.depth == 0) scan_.read_as("torch");
    for (const zip::Member& member : archive_.members) look_at(member);
    ends();
  }

 private:
  void tell(const Rule& rule, const zip::Disagreement& one) {
    scan_.find(rule, one.name.empty() ? one.what : one.name + ": " + one.what, {part_.member, one.at, {}});
  }

  void look_at(const zip::Member& member) {
    const std::string path = inside(part_.member, member.name);
    if (leaves_its_folder(member.name))
      scan_.find(rules::archive_path, printable(member.name, 200) + " leaves the folder it is unpacked into", {path, {}, {}});
    if (member.link) scan_.find(rules::archive_path, Severity::suspicious, printable(member.name, 200) + " is a symbolic link", {path, {}, {}});
    // Encrypted, patched, strong encryption (4.4.4): loaders of models look at none of them.
    if ((member.flags & 0x61) != 0)
      scan_.find(rules::zip_flags, fmt::format("{} has the flags {:#x}", printable(member.name, 200), member.flags & 0x61), {path, {}, {}});
    if (member.packed == 0) return;
    const auto packed = part_.bytes.subspan(member.data, member.packed);
    if (member.method == 0) {
      if (packed.size() <= kChecked && !member.name.empty()) check(member, path, packed);
      return content({packed, path, part_.depth + 1, true});
    }
    const auto packing = packing_of_method(member.method);
    if (!packing && member.method != 14) {
      scan_.find(rules::zip_damaged, fmt::format("{} is packed with method {}, which is not read", printable(member.name, 200), member.method), {path, {}, {}});
      return scan_.not_read({packed, path, part_.depth + 1, false}, 0, packed.size(), "unknown method");
    }
    Unpacked out(scan_.limits().unpacked_bytes);
    if (member.method == 14) {
      // LZMA in ZIP (5.8): version, size of properties, properties, stream without a length.
      scan_.find(rules::zip_damaged, printable(member.name, 200) + " is packed with LZMA, which is not read", {path, {}, {}});
      return scan_.not_read({packed, path, part_.depth + 1, false}, 0, packed.size(), "unknown method");
    }
    unpack(scan_, *packing, packed, out);
    if (!out.why.empty()) {
      scan_.find(out.over_limit ? rules::archive_limit : rules::zip_damaged, printable(member.name, 200) + ": " + out.why, {path, {}, {}});
      scan_.not_read({packed, path, part_.depth + 1, false}, out.used, packed.size(), out.why);
    } else {
      check(member, path, out.view());
    }
    content({out.view(), path, part_.depth + 1, out.why.empty()});
  }

  void check(const zip::Member& member, const std::string& path, std::span<const std::byte> bytes) {
    // Sizes are compared as well: a reader that trusts the directory stops there.
    if (member.size != bytes.size() && member.size != 0)
      scan_.find(rules::zip_disagreement, fmt::format("{} has {} bytes, {} are promised", printable(member.name, 200), bytes.size(), member.size), {path, {}, {}});
    if (!member.central) return;
    const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    if (crc != member.crc)
      scan_.find(rules::zip_disagreement, printable(member.name, 200) + " has another checksum than is promised", {path, {}, {}});
  }

  void content(const Part& part) {
    // PyTorch loads by name: what is named as a pickle is one in any case.
    if (part.member.ends_with(".pkl") && begins_as_pickle(scan_.names(), part.bytes))
      read_pickles(scan_, part, 0, torch_ ? Loader::torch : Loader::joblib);
    else
      scan_.look_into(part);
  }

  // Bytes before the first member and behind the last record.
  void ends() {
    if (archive_.begin > 0) {
      const Part prefix{part_.bytes.first(archive_.begin), fmt::format("{}[0,{}]", part_.member, archive_.begin), part_.depth + 1, true};
      scan_.find(rules::polyglot, fmt::format("{} bytes stand before the archive", archive_.begin), {part_.member, 0, {}});
      scan_.look_into(prefix);
    }
    if (archive_.end != 0 && archive_.end < part_.size()) {
      scan_.find(rules::trailing_data, fmt::format("{} bytes behind the archive", part_.size() - archive_.end), {part_.member, archive_.end, {}});
      scan_.look_into({part_.bytes.subspan(archive_.end), fmt::format("{}+{}", part_.member, archive_.end), part_.depth + 1, true});
    }
  }

  Scan& scan_;
  const Part& part_;
  zip::Archive archive_;
  bool torch_ = false;
};

bool scan_zip(Scan& scan, const Part& part) {
  ZipScan(scan, part).run();
  return true;
}

}  // namespace

extern const Format zip;
const Format zip{"zip", "ZIP archive", fits, scan_zip};

}  // namespace tocsin::scan::models::formats
