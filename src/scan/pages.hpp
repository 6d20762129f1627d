// The pages of the rules: docs/rules/<id>.md, inside the program.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "scan/finding.hpp"

namespace tocsin::scan {

struct EmbeddedFile {
  std::string_view path;  // "pickle-dangerous-call.md"
  std::string_view bytes;
};
std::span<const EmbeddedFile> pages_files();

// Its facts, then its page. For a terminal or a file.
std::string page_of(const Rule& rule);

}  // namespace tocsin::scan
