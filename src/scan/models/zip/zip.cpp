#include "scan/models/zip/zip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <tuple>
#include <utility>

#include "base/foreign.hpp"

namespace tocsin::scan::models::zip {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                        kEnd64Locator = 0x07064b50, kDescriptor = 0x08074b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kEnd64LocatorSize = 20;
constexpr std::uint16_t kHasDescriptor = 0x8;
constexpr std::size_t kTold = 64;  // disagreements that are told one by one

std::uint64_t le(std::span<const std::byte> bytes, std::uint64_t at, int n) {
  std::uint64_t value = 0;
  for (int i = n; i-- > 0;) value = value << 8 | std::to_integer<std::uint8_t>(bytes[at + static_cast<unsigned>(i)]);
  return value;
}
bool has(std::span<const std::byte> bytes, std::uint64_t at, std::uint64_t n) {
  return at <= bytes.size() && bytes.size() - at >= n;
}
bool is(std::span<const std::byte> bytes, std::uint64_t at, std::uint32_t signature) {
  return has(bytes, at, 4) && le(bytes, at, 4) == signature;
}
std::string_view text(std::span<const std::byte> bytes, std::uint64_t at, std::uint64_t n) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, n};
}

struct EndRecord {
  std::uint64_t at = 0;         // of the 22-byte record
  std::uint64_t directory = 0;  // offset as written
  std::uint64_t directory_size = 0;
  std::uint64_t entries = 0;
  std::uint64_t directory_end = 0;  // where the directory must end: the record, or the 64-bit one before it
};

// 4.3.16, 4.3.14, 4.3.15.
std::optional<EndRecord> end_record(std::span<const std::byte> bytes, std::uint64_t at) {
  if (!is(bytes, at, kEnd) || !has(bytes, at, kEndSize)) return std::nullopt;
  EndRecord out;
  out.at = out.directory_end = at;
  out.entries = le(bytes, at + 10, 2);
  out.directory_size = le(bytes, at + 12, 4);
  out.directory = le(bytes, at + 16, 4);
  if (at >= kEnd64LocatorSize && is(bytes, at - kEnd64LocatorSize, kEnd64Locator)) {
    std::uint64_t at64 = le(bytes, at - kEnd64LocatorSize + 8, 8);
    // With a prefix the offset is off by its length; the record then stands right before its locator.
    if (!is(bytes, at64, kEnd64) && at >= kEnd64LocatorSize + kEnd64Size) at64 = at - kEnd64LocatorSize - kEnd64Size;
    if (is(bytes, at64, kEnd64) && has(bytes, at64, kEnd64Size)) {
      out.entries = le(bytes, at64 + 32, 8);
      out.directory_size = le(bytes, at64 + 40, 8);
      out.directory = le(bytes, at64 + 48, 8);
      out.directory_end = at64;
    }
  }
  if (out.directory_size > out.directory_end) return std::nullopt;
  return out;
}

// 4.5.3: sizes and offset of more than 32 bits.
void read_zip64(std::string_view extra, bool need_size, bool need_packed, bool need_header, Member& member) {
  std::size_t at = 0;
  const auto number = [&](std::size_t from, std::size_t n) {
    std::uint64_t value = 0;
    for (std::size_t i = n; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(extra[from + i]);
    return value;
  };
  while (extra.size() - at >= 4) {
    const auto id = number(at, 2), size = number(at + 2, 2);
    at += 4;
    if (size > extra.size() - at) return;
    if (id == 1) {
      std::size_t from = at;
      const std::size_t end = at + size;
      const auto take = [&](bool needed, std::uint64_t& into) {
        if (!needed || end - from < 8) return;
        into = number(from, 8);
        from += 8;
      };
      take(need_size, member.size);
      take(need_packed, member.packed);
      take(need_header, member.header);
      return;
    }
    at += size;
  }
}

// The header before a member; nullopt when there is none at `at`.
std::optional<Member> local_header(std::span<const std::byte> bytes, std::uint64_t at) {
  if (!is(bytes, at, kLocal) || !has(bytes, at, kLocalSize)) return std::nullopt;
  const std::uint64_t name = le(bytes, at + 26, 2), extra = le(bytes, at + 28, 2);
  if (!has(bytes, at + kLocalSize, name + extra)) return std::nullopt;
  Member out;
  out.flags = static_cast<std::uint16_t>(le(bytes, at + 6, 2));
  out.method = static_cast<std::uint16_t>(le(bytes, at + 8, 2));
  out.crc = static_cast<std::uint32_t>(le(bytes, at + 14, 4));
  out.packed = le(bytes, at + 18, 4);
  out.size = le(bytes, at + 22, 4);
  out.name = text(bytes, at + kLocalSize, name);
  out.header = at;
  out.data = at + kLocalSize + name + extra;
  std::uint64_t unused = 0;
  static_cast<void>(unused);
  read_zip64(text(bytes, at + kLocalSize + name, extra), out.size == UINT32_MAX, out.packed == UINT32_MAX, false, out);
  return out;
}

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::uint64_t max_members, const Access& access)
      : bytes_(bytes), max_members_(max_members), access_(access) {}

  Archive run() {
    const auto ends = end_records();
    if (ends.empty()) {
      damage("there is no end record: only the headers of the members were read", "", bytes_.size());
      out_.end = bytes_.size();
    }
    std::size_t directories = 0;
    std::uint64_t other = 0;
    for (std::size_t i = 0; i < ends.size() && !out_.too_many; ++i) {
      // An archive that is stored as a member has its own: readers of this one take the last.
      if (i > 0 && is_in_a_member(ends[i])) continue;
      directory(ends[i]);
      if (++directories > 1) other = ends[i].at;
    }
    if (directories > 1)
      disagree(fmt::format("{} end records, each with a directory of its own", directories), "", other);
    walk();
    // Told twice in the same words (by two directories) it is one member; a second name for the same bytes counts.
    std::sort(out_.members.begin(), out_.members.end(), [](const Member& a, const Member& b) {
      return std::tie(a.header, a.data, a.method, a.packed, a.size, a.name, b.central) <
             std::tie(b.header, b.data, b.method, b.packed, b.size, b.name, a.central);
    });
    const auto same = [](const Member& a, const Member& b) {
      return std::tie(a.header, a.data, a.method, a.packed, a.size, a.name) ==
             std::tie(b.header, b.data, b.method, b.packed, b.size, b.name);
    };
    out_.members.erase(std::unique(out_.members.begin(), out_.members.end(), same), out_.members.end());
    duplicates();
    if (hidden_ > kTold) disagree(fmt::format("{} more such disagreements", hidden_ - kTold), "", 0, true);
    return std::move(out_);
  }

 private:
  void disagree(std::string what, std::string_view name, std::uint64_t at, bool last = false) {
    if (!last && ++hidden_ > kTold) return;
    out_.disagreements.push_back({std::move(what), printable(name, 200), at});
  }
  void damage(std::string what, std::string_view name, std::uint64_t at) {
    if (out_.damages.size() < kTold) out_.damages.push_back({std::move(what), printable(name, 200), at});
  }
  void add(const Member& member) {
    if (out_.members.size() >= max_members_) {
      out_.too_many = true;
      return;
    }
    out_.members.push_back(member);
  }

  bool is_in_a_member(const EndRecord& end) const {
    return std::any_of(covered_.begin(), covered_.end(),
                       [&](const auto& one) { return one.first < end.at && end.at + kEndSize <= one.second; });
  }

  // The last record that fits its comment, as readers look for it, and any other in the same stretch that has a
  // directory.
  std::vector<EndRecord> end_records() {
    std::vector<EndRecord> out;
    const std::uint64_t size = bytes_.size();
    if (size < kEndSize) return out;
    const std::uint64_t first = size > kEndSize + 0xffff ? size - kEndSize - 0xffff : 0;
    for (std::uint64_t at = size - kEndSize + 1; at-- > first;) {
      if (bytes_[at] != std::byte{'P'} || !is(bytes_, at, kEnd)) continue;
      const auto record = end_record(bytes_, at);
      if (!record) continue;
      // The directory must be one: a signature in data is none.
      const std::uint64_t start = record->directory_end - record->directory_size;
      if (record->directory_size != 0 && !is(bytes_, start, kCentral) && !is(bytes_, record->directory, kCentral))
        continue;
      if (record->directory_size == 0 && record->entries != 0) continue;
      out.push_back(*record);
      if (out.size() == 8) break;
    }
    if (!out.empty()) {
      out_.end = out[0].at + kEndSize + le(bytes_, out[0].at + 20, 2);
      if (out_.end > size) {
        disagree("its comment is longer than the file", "", out[0].at);
        out_.end = size;
      }
    }
    return out;
  }

  void directory(const EndRecord& end) {
    // Where the directory is: right before its end record, wherever the offset says. Both, if they differ.
    const std::uint64_t found = end.directory_end - end.directory_size;
    const std::uint64_t shift = found >= end.directory ? found - end.directory : 0;
    if (found != end.directory) {
      if (is(bytes_, end.directory, kCentral) && end.directory < end.at) entries(end.directory, end.at, end.entries, 0);
      disagree(fmt::format("the end record says the directory begins at byte {}, it ends right after byte {}",
                           end.directory, found),
               "", end.at);
    }
    if (is(bytes_, found, kCentral)) entries(found, end.directory_end, end.entries, shift);
  }

  void entries(std::uint64_t at, std::uint64_t end, std::uint64_t promised, std::uint64_t shift) {
    std::uint64_t count = 0;
    while (at < end && is(bytes_, at, kCentral) && has(bytes_, at, kCentralSize)) {
      const std::uint64_t name = le(bytes_, at + 28, 2), extra = le(bytes_, at + 30, 2),
                          comment = le(bytes_, at + 32, 2);
      if (!has(bytes_, at + kCentralSize, name + extra + comment)) {
        damage("the directory is cut short", "", at);
        break;
      }
      Member member;
      member.central = true;
      member.flags = static_cast<std::uint16_t>(le(bytes_, at + 8, 2));
      member.method = static_cast<std::uint16_t>(le(bytes_, at + 10, 2));
      member.crc = static_cast<std::uint32_t>(le(bytes_, at + 16, 4));
      member.packed = le(bytes_, at + 20, 4);
      member.size = le(bytes_, at + 24, 4);
      member.link = ((le(bytes_, at + 38, 4) >> 16) & 0170000) == 0120000;
      member.header = le(bytes_, at + 42, 4);
      member.name = text(bytes_, at + kCentralSize, name);
      read_zip64(text(bytes_, at + kCentralSize + name, extra), member.size == UINT32_MAX, member.packed == UINT32_MAX,
                 member.header == UINT32_MAX, member);
      member.header += shift;
      at += kCentralSize + name + extra + comment;
      ++count;
      central(member);
      if (out_.too_many) return;
    }
    if (count != promised)
      disagree(fmt::format("the end record promises {} members, the directory has {}", promised, count), "", at);
  }

  // As it stands in the file; the name is a view into `bytes_`.
  std::optional<Member> header_of(const Member& member) {
    std::array<std::byte, 512> copy;
    if (access_.peek && has(bytes_, member.header, copy.size()) && access_.peek(bytes_.data() + member.header, copy)) {
      auto local = local_header(copy, 0);
      // Like the directory's, as nearly all are: nobody keeps a view of the copy.
      if (local && local->name == member.name) {
        local->name = member.name;
        local->header = member.header;
        local->data += member.header;
        return local;
      }
    }
    auto local = local_header(bytes_, member.header);
    if (access_.passed && member.header < bytes_.size()) access_.passed(bytes_.data() + member.header);
    return local;
  }

  // A member of the central directory against the header before its bytes.
  void central(Member member) {
    const auto local = header_of(member);
    if (!local) {
      damage("the directory names a member that has no header", member.name, member.header);
      return;
    }
    member.data = local->data;
    if (!has(bytes_, member.data, member.packed)) {
      damage("its bytes run past the end of the file", member.name, member.data);
      member.packed = bytes_.size() - std::min<std::uint64_t>(member.data, bytes_.size());
    }
    covered_.emplace_back(member.header, member.data + member.packed);
    add(member);
    const bool later = (local->flags & kHasDescriptor) != 0 && local->packed == 0;  // sizes stand behind the bytes
    const auto differs = [&](std::string_view what, std::uint64_t here, std::uint64_t there) {
      disagree(fmt::format("{} is {} in the directory and {} in the member's own header", what, there, here),
               member.name, member.header);
    };
    bool other = false;
    if (local->name != member.name) {
      disagree(fmt::format("its own header calls it {}", printable(local->name, 200)), member.name, member.header);
      other = true;
    }
    if (local->method != member.method) differs("the method", local->method, member.method), other = true;
    if (!later && local->packed != member.packed && local->packed != UINT32_MAX)
      differs("the packed size", local->packed, member.packed), other = true;
    if (!later && local->size != member.size && local->size != UINT32_MAX)
      differs("the size", local->size, member.size), other = true;
    // Some writers leave the checksum of the header empty; another one than the directory's is told.
    if (!later && local->crc != member.crc && local->crc != 0) differs("the checksum", local->crc, member.crc);
    if (((local->flags ^ member.flags) & 0x1) != 0) differs("the encryption flag", local->flags & 1, member.flags & 1);
    if (other) {
      Member second = *local;
      if (later) second.packed = member.packed, second.size = member.size;
      second.packed = std::min<std::uint64_t>(second.packed, bytes_.size() - second.data);
      second.central = false;
      second.crc = member.crc;
      add(second);
    }
  }

  // The headers, one after the other; where the chain breaks, the next signature in what no member covers.
  void walk() {
    std::sort(covered_.begin(), covered_.end());
    std::uint64_t at = 0;
    std::size_t next = 0;  // in covered_
    const std::uint64_t stop = std::min<std::uint64_t>(out_.end == 0 ? bytes_.size() : out_.end, bytes_.size());
    bool first = true;
    while (at < stop && !out_.too_many) {
      while (next < covered_.size() && covered_[next].second <= at) ++next;
      if (next < covered_.size() && covered_[next].first <= at) {
        if (first) out_.begin = covered_[next].first, first = false;
        if (covered_[next].first < at && covered_[next].first >= inside_)
          disagree("members share bytes", "", covered_[next].first);
        inside_ = at = covered_[next].second;
        continue;
      }
      const std::uint64_t gap_end = next < covered_.size() ? std::min(covered_[next].first, stop) : stop;
      at = gap(at, gap_end, first);
    }
  }

  // Bytes that no member of the directory covers: descriptors, the directory itself, or members that it does not name.
  std::uint64_t gap(std::uint64_t at, std::uint64_t end, bool& first) {
    const auto* base = reinterpret_cast<const char*>(bytes_.data());
    while (at < end) {
      const void* found = ::memmem(base + at, end - at, "PK\3\4", 4);
      if (found == nullptr) return end;
      const auto header = static_cast<std::uint64_t>(static_cast<const char*>(found) - base);
      const auto local = local_header(bytes_, header);
      if (!local || local->method > 99 || local->data > bytes_.size()) {
        at = header + 4;
        continue;
      }
      if (first) out_.begin = header, first = false;
      Member member = *local;
      const bool later = (member.flags & kHasDescriptor) != 0 && member.packed == 0;
      if (later) {
        // The size stands behind the bytes: up to the next signature of any kind, at least.
        const void* behind = ::memmem(base + member.data, end - std::min(member.data, end), "PK\7\10", 4);
        member.packed = behind == nullptr
                            ? end - std::min(member.data, end)
                            : static_cast<std::uint64_t>(static_cast<const char*>(behind) - base) - member.data;
        member.size = member.method == 0 ? member.packed : 0;
      }
      if (!has(bytes_, member.data, member.packed)) member.packed = bytes_.size() - member.data;
      if (!out_.members.empty() || out_.end != bytes_.size() || !out_.damages.empty()) {
        if (out_.damages.empty() || out_.damages[0].at != bytes_.size())
          disagree("a member that the directory does not name", member.name, header);
      }
      add(member);
      at = std::max(member.data + member.packed, header + 4);
    }
    return at;
  }

  void duplicates() {
    // Hashes of the names, with the members' numbers: 16 bytes a member.
    std::vector<std::pair<std::size_t, std::uint32_t>> names;
    names.reserve(out_.members.size());
    for (std::uint32_t i = 0; i < out_.members.size(); ++i)
      names.emplace_back(std::hash<std::string_view>()(out_.members[i].name), i);
    std::sort(names.begin(), names.end());
    for (std::size_t i = 1; i < names.size(); ++i) {
      const Member &one = out_.members[names[i - 1].second], &other = out_.members[names[i].second];
      if (names[i - 1].first == names[i].first && one.name == other.name && one.header != other.header)
        disagree("the name stands twice: readers take the first or the last", other.name, other.header);
    }
  }

  std::span<const std::byte> bytes_;
  std::uint64_t max_members_;
  const Access& access_;
  Archive out_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> covered_;
  std::uint64_t inside_ = 0;
  std::size_t hidden_ = 0;
};

}  // namespace

bool begins_as_zip(std::span<const std::byte> bytes) {
  return local_header(bytes, 0).has_value();
}

bool ends_as_zip(std::span<const std::byte> bytes, std::size_t tail) {
  const std::uint64_t size = bytes.size();
  if (size < kEndSize) return false;
  const std::uint64_t first = size > kEndSize + tail ? size - kEndSize - tail : 0;
  for (std::uint64_t at = size - kEndSize + 1; at-- > first;) {
    if (bytes[at] != std::byte{'P'}) continue;
    const auto record = end_record(bytes, at);
    if (!record || record->entries == 0) continue;
    if (is(bytes, record->directory_end - record->directory_size, kCentral) || is(bytes, record->directory, kCentral))
      return true;
  }
  return false;
}

Archive read(std::span<const std::byte> bytes, std::uint64_t max_members, const Access& access) {
  return Reader(bytes, max_members, access).run();
}

}  // namespace tocsin::scan::models::zip
