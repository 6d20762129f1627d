// Tiny model files, made here byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::survey::tests {

template <class T>
std::string le(T value) {
  std::string out;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
  return out;
}
inline std::string text(std::string_view value) {
  return le<std::uint64_t>(value.size()) + std::string(value);
}
inline std::string pair(std::string_view key, std::string_view value) {
  return text(key) + le<std::uint32_t>(8) + text(value);
}
inline std::string pair(std::string_view key, std::uint32_t value) {
  return text(key) + le<std::uint32_t>(4) + le(value);
}
inline std::string gguf(const std::vector<std::string>& pairs, std::uint64_t tensors = 0) {
  std::string out = "GGUF" + le<std::uint32_t>(3) + le(tensors) + le<std::uint64_t>(pairs.size());
  for (const std::string& one : pairs) out += one;
  return out;
}
inline std::string safetensors(std::string_view json, std::size_t data = 4) {
  return le<std::uint64_t>(json.size()) + std::string(json) + std::string(data, '\0');
}

}  // namespace tocsin::survey::tests
