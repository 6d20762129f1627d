// A ZIP archive as its readers see it, and where they do not see the same.
//
// Two directories describe the members of a ZIP: the central one at the end, and a header before each member. Python and
// PyTorch believe the central one and then check the other more or less; streaming readers believe the headers. So both
// are read: what only one of them knows, or they tell differently, is a disagreement, and all readings are members here
// (APPNOTE.TXT 6.3.10; sections in the .cpp).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::scan::models::zip {

struct Member {
  std::string_view name;  // as written; lives as long as the archive's bytes
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::uint32_t crc = 0;
  std::uint64_t header = 0;  // offset of its local header
  std::uint64_t data = 0;    // offset of its bytes
  std::uint64_t packed = 0;
  std::uint64_t size = 0;
  bool link = false;     // a symbolic link, by its Unix mode
  bool central = false;  // the central directory has it
  bool is_folder() const { return name.ends_with('/') && size == 0; }
};

struct Disagreement {
  std::string what;  // printable
  std::string name;  // of the member, printable; "" = the archive
  std::uint64_t at = 0;
};

struct Archive {
  std::vector<Member> members;  // by offset; several readings of one member stand beside each other
  std::vector<Disagreement> disagreements;
  std::vector<Disagreement> damages;  // what could not be read
  std::uint64_t begin = 0;            // bytes before the first local header: a prefix
  std::uint64_t end = 0;              // first byte behind the archive
  bool too_many = false;
};

// The end record and where it is; nullopt when these bytes are no ZIP. `tail`: how far from the end it is looked for.
bool ends_as_zip(std::span<const std::byte> bytes, std::size_t tail);
bool begins_as_zip(std::span<const std::byte> bytes);

// How the headers are looked at where there is a better way than through `bytes`.
struct Access {
  std::function<bool(const std::byte*, std::span<std::byte>)> peek;  // a copy of the bytes at an address; false: none
  std::function<void(const std::byte*)> passed;                      // this header was looked at, its pages may go
};
Archive read(std::span<const std::byte> bytes, std::uint64_t max_members, const Access& access = {});

}  // namespace tocsin::scan::models::zip
