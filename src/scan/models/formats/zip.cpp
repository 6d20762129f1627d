// ZIP archives: PyTorch checkpoints since 1.6, TorchScript, .npz, .keras, .mar, skops, and whatever somebody packed. Every
// member is looked at by its content, whatever it is called.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/pickle/opcodes.hpp"
#include "scan/models/pickle/reader.hpp"
#include "scan/models/unpack.hpp"
#include "scan/models/zip/zip.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

// Stored members have their checksum checked up to this size where something was found in them, and up to the other in any
// case: the numbers of a storage are not read for that.
constexpr std::uint64_t kChecked = 4u << 20, kAlwaysChecked = 4096;

// Whether byte `at` belongs to a file in a tar. What stands in records of the tar's own, or behind its end, no reader of tar
// hands on.
bool is_in_a_file_of_tar(const Part& part, std::uint64_t at) {
  const std::string_view text = part.text();
  std::optional<std::uint64_t> real;  // of the next file, when its own field is too small
  for (std::uint64_t head = 0; head < at && text.size() - head >= 512 && text.substr(head + 257, 5) == "ustar";) {
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 12; ++i) {
      const std::uint8_t digit = part[head + 124 + i];
      if ((part[head + 124] & 0x80) != 0)
        size = size << 8 | (i == 0 ? digit & 0x7fu : digit);
      else if (digit >= '0' && digit <= '7')
        size = size << 3 | (digit - '0');
    }
    const char type = text[head + 156];
    const std::uint64_t data = head + 512;
    if (type == 'x') {
      const std::string_view records = text.substr(data, std::min<std::uint64_t>(size, 1u << 16));
      if (records.find("sparse") != std::string_view::npos) return false;
      if (const auto key = records.find(" size="); key != std::string_view::npos) {
        std::uint64_t value = 0;
        const auto digits = records.substr(key + 6, 20);
        if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc()) real = value;
      }
    } else if (real && type != 'g') {
      size = *real;
      real.reset();
    }
    if (size > text.size() - data) return false;
    if (at >= data && at - data < size) return type == '0' || type == '\0' || type == '7';
    head = data + (size + 511) / 512 * 512;
  }
  return false;
}

Fit fits(const Part& part) {
  if (zip::begins_as_zip(part.bytes)) return Fit::sure;
  if (part.raw) return Fit::no;
  // A tar whose last file is an archive ends as one: its own reader gets to that.
  if (part.size() >= 512 && part.text().substr(257, 5) == "ustar") {
    constexpr std::size_t kTail = 22 + 0xffff;  // an end record and its comment
    const std::size_t begin = part.size() > kTail ? part.size() - kTail : 0;
    const auto end = part.text().substr(begin).rfind("PK\5\6");
    if (end != std::string_view::npos && is_in_a_file_of_tar(part, begin + end)) return Fit::no;
  }
  // Inside a container the end record must stand at the very end: weights are not searched through.
  return zip::ends_as_zip(part.bytes, part.depth == 0 ? 0xffff : 0) ? Fit::sure : Fit::no;
}

std::optional<Packing> packing_of_method(std::uint16_t method) {
  switch (method) {
    case 8:
      return Packing::deflate;
    case 12:
      return Packing::bzip2;
    case 93:
      return Packing::zstd;
    case 95:
      return Packing::xz;
    default:
      return std::nullopt;
  }
}

class ZipScan {
 public:
  ZipScan(Scan& scan, const Part& part)
      : scan_(scan),
        part_(part),
        archive_(zip::read(part.bytes, scan.limits().members,
                           {[&scan](const std::byte* at, std::span<std::byte> into) { return scan.peek(at, into); },
                            [&scan](const std::byte* at) { scan.passed(at); }})) {}

  void run() {
    for (const auto& one : archive_.disagreements) tell(rules::zip_disagreement, one);
    for (const auto& one : archive_.damages) tell(rules::zip_damaged, one);
    if (archive_.too_many) {
      scan_.find(rules::archive_limit, fmt::format("more than {} members", scan_.limits().members),
                 {part_.member, {}, {}});
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
      scan_.find(rules::archive_path, printable(member.name, 200) + " leaves the folder it is unpacked into",
                 {path, {}, {}});
    if (member.link)
      scan_.find(rules::archive_path, Severity::suspicious, printable(member.name, 200) + " is a symbolic link",
                 {path, {}, {}});
    // Encrypted, patched, strong encryption (4.4.4): loaders of models look at none of them.
    if ((member.flags & 0x61) != 0)
      scan_.find(rules::zip_flags,
                 fmt::format("{} has the flags {:#x}", printable(member.name, 200), member.flags & 0x61),
                 {path, {}, {}});
    if (member.packed == 0) return;
    const auto packed = part_.bytes.subspan(member.data, member.packed);
    if (member.method == 0) {
      const bool known = content({packed, path, part_.depth + 1, true, torch_ && is_storage(member.name)});
      check_size(member, path, packed.size());
      if (packed.size() <= (known ? kChecked : kAlwaysChecked)) check_sum(member, path, packed, nullptr);
      return scan_.passed(packed.data());
    }
    const auto packing = packing_of_method(member.method);
    if (!packing && member.method != 14) {
      scan_.find(
          rules::zip_damaged,
          fmt::format("{} is packed with method {}, which is not read", printable(member.name, 200), member.method),
          {path, {}, {}});
      return scan_.not_read({packed, path, part_.depth + 1, false}, 0, packed.size(), "unknown method");
    }
    Unpacked out(scan_);
    if (member.method == 14) {
      // LZMA in ZIP (5.8): version, size of properties, properties, stream without a length.
      scan_.find(rules::zip_damaged, printable(member.name, 200) + " is packed with LZMA, which is not read",
                 {path, {}, {}});
      return scan_.not_read({packed, path, part_.depth + 1, false}, 0, packed.size(), "unknown method");
    }
    unpack(scan_, *packing, packed, out);
    if (!out.why.empty()) {
      scan_.find(out.over_limit ? rules::archive_limit : rules::zip_damaged,
                 printable(member.name, 200) + ": " + out.why, {path, {}, {}});
      scan_.not_read({packed, path, part_.depth + 1, false}, out.used, packed.size(), out.why);
    } else {
      check_size(member, path, out.view().size());
      check_sum(member, path, out.view(), &out);
    }
    content({out.view(), path, part_.depth + 1, out.why.empty()});
  }

  // PyTorch reads these as they are: archive/data/17.
  static bool is_storage(std::string_view name) {
    const auto slash = name.rfind('/');
    return slash != std::string_view::npos && slash + 1 < name.size() && name.substr(0, slash).ends_with("/data") &&
           std::all_of(name.begin() + static_cast<std::ptrdiff_t>(slash) + 1, name.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
  }

  // A reader that trusts the directory stops at its size.
  void check_size(const zip::Member& member, const std::string& path, std::uint64_t size) {
    if (member.size != size && member.size != 0 && !member.name.empty())
      scan_.find(rules::zip_disagreement,
                 fmt::format("{} has {} bytes, {} are promised", printable(member.name, 200), size, member.size),
                 {path, {}, {}});
  }

  // `unpacked`: whose bytes they are; in steps, for its pages to go.
  void check_sum(const zip::Member& member, const std::string& path, std::span<const std::byte> bytes,
                 Unpacked* unpacked) {
    if (!member.central || member.name.empty()) return;
    constexpr std::uint64_t kStep = 4u << 20;
    uLong crc = 0;
    for (std::uint64_t at = 0; at < bytes.size(); at += kStep) {
      const auto step = bytes.subspan(at, std::min<std::uint64_t>(kStep, bytes.size() - at));
      crc = ::crc32_z(crc, reinterpret_cast<const Bytef*>(step.data()), step.size());
      if (unpacked != nullptr) unpacked->bytes.give_back(at, at + step.size());
    }
    if (crc != member.crc)
      scan_.find(rules::zip_disagreement, printable(member.name, 200) + " has another checksum than is promised",
                 {path, {}, {}});
  }

  // Most storages begin like nothing at all.
  bool begins_as_nothing(const Part& part) const {
    std::array<std::byte, 4096> head;
    if (part.size() <= head.size() || !scan_.peek(part.bytes.data(), head)) return false;
    const Part probe{head, part.member, part.depth, false, true};
    const auto formats = all();
    return std::none_of(formats.begin(), formats.end(),
                        [&](const Format* format) { return format->fits(probe) != Fit::no; });
  }

  // True when it is in a format that is known.
  bool content(const Part& part) {
    if (part.raw && begins_as_nothing(part)) return false;
    // PyTorch loads by name: what is named as a pickle is one in any case.
    if (!part.member.ends_with(".pkl") || !begins_as_pickle(scan_.names(), part.bytes, &scan_))
      return scan_.look_into(part);
    if (scan_.may_look(part)) read_pickles(scan_, part, 0, torch_ ? Loader::torch : Loader::joblib);
    return true;
  }

  // Bytes before the first member and behind the last record.
  void ends() {
    // Labels behind a TensorFlow Lite model: the model is read by its own format.
    const bool labels = part_.size() > 8 && archive_.begin > 8 && part_.text().substr(4, 4) == "TFL3";
    if (archive_.begin > 0 && !labels) {
      const Part prefix{part_.bytes.first(archive_.begin), fmt::format("{}[0,{}]", part_.member, archive_.begin),
                        part_.depth + 1, true};
      scan_.find(rules::polyglot, fmt::format("{} bytes stand before the archive", archive_.begin),
                 {part_.member, 0, {}});
      scan_.look_into(prefix);
    }
    if (archive_.end != 0 && archive_.end < part_.size()) {
      scan_.find(rules::trailing_data, fmt::format("{} bytes behind the archive", part_.size() - archive_.end),
                 {part_.member, archive_.end, {}});
      scan_.look_into(
          {part_.bytes.subspan(archive_.end), fmt::format("{}+{}", part_.member, archive_.end), part_.depth + 1, true});
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
