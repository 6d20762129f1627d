// Tab-separated tables of the corpus: first line a comment, `\t`, `\n` and `\\` as escapes.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace tocsin::tests {

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string unescaped(std::string_view cell) {
  std::string out;
  for (std::size_t at = 0; at < cell.size(); ++at) {
    if (cell[at] != '\\' || at + 1 == cell.size()) {
      out += cell[at];
      continue;
    }
    const char next = cell[++at];
    out += next == 't' ? '\t' : next == 'n' ? '\n' : next;
  }
  return out;
}

// Rows without the comment lines and, with `header`, without the first line.
inline std::vector<std::vector<std::string>> table(const std::filesystem::path& path, bool header = false) {
  const std::string text = slurp(path);
  std::vector<std::vector<std::string>> rows;
  for (const auto line : split_lines(text)) {
    if (header) {
      header = false;
      continue;
    }
    if (line.starts_with("# ")) continue;
    auto& row = rows.emplace_back();
    for (const auto cell : split(line, '\t')) row.push_back(unescaped(cell));
  }
  return rows;
}

}  // namespace tocsin::tests
