// Archives made by a test.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::tests {

inline std::string little_endian(std::uint64_t value, int width) {
  std::string out;
  for (int i = 0; i < width; ++i) out += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
  return out;
}

// A ZIP of stored members.
inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& members) {
  const auto n = little_endian;
  std::string out, directory;
  for (const auto& [name, content] : members) {
    const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
    const std::string facts =
        n(20, 2) + n(0, 8) + n(crc, 4) + n(content.size(), 4) + n(content.size(), 4) + n(name.size(), 2) + n(0, 2);
    directory += "PK\1\2" + n(20, 2) + facts + n(0, 10) + n(out.size(), 4) + name;
    out += "PK\3\4" + facts + name + content;
  }
  return out + directory + "PK\5\6" + n(0, 4) + n(members.size(), 2) + n(members.size(), 2) + n(directory.size(), 4) +
         n(out.size(), 4) + n(0, 2);
}

}  // namespace tocsin::tests
