#include "versions/names.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::versions {
namespace {

// Longer file names do not exist on the systems that hold wheels (NAME_MAX is 255); a little slack for odd archives.
constexpr std::size_t kMaxFilenameBytes = 1024;

bool is_name_byte(char c) {
  // Wheels may carry letters outside ASCII in their name part; whole-name validity as UTF-8 is checked apart.
  return is_digit(c) || is_letter(c) || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string normalize_pypi_name(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  bool in_run = false;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (!in_run) out += '-';
      in_run = true;
      continue;
    }
    in_run = false;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

bool is_pypi_name(std::string_view name) {
  const auto solid = [](char c) { return is_digit(c) || is_letter(c); };
  if (name.empty() || !solid(name.front()) || !solid(name.back())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return solid(c) || c == '-' || c == '_' || c == '.'; });
}

Result<Distribution> parse_wheel_filename(std::string_view filename) {
  constexpr std::string_view kEnding = ".whl";
  if (filename.size() > kMaxFilenameBytes) return fail(Code::refused, "wheel file name is too long");
  if (!filename.ends_with(kEnding)) return fail(Code::malformed, "wheel file name does not end in .whl");
  const auto parts = split(filename.substr(0, filename.size() - kEnding.size()), '-');
  // name-version(-build)?-python-abi-platform
  if (parts.size() != 5 && parts.size() != 6)
    return fail(Code::malformed, "wheel file name does not have five or six parts");
  const auto name = parts[0];
  if (name.empty() || name.find("__") != std::string_view::npos || !is_utf8(name) ||
      !std::all_of(name.begin(), name.end(), is_name_byte))
    return fail(Code::malformed, "wheel file name has an invalid project name");
  auto version = parse_pep440(parts[1]);
  if (!version) return fail(Code::malformed, "wheel file name has an invalid version");
  if (parts.size() == 6 && (parts[2].empty() || !is_digit(parts[2].front())))
    return fail(Code::malformed, "wheel file name has a build number that does not begin with a digit");
  for (std::size_t at = parts.size() - 3; at < parts.size(); ++at)
    for (const auto tag : split(parts[at], '.'))
      if (tag.empty()) return fail(Code::malformed, "wheel file name has an empty tag");
  return Distribution{normalize_pypi_name(name), std::move(*version)};
}

Result<Distribution> parse_sdist_filename(std::string_view filename) {
  if (filename.size() > kMaxFilenameBytes) return fail(Code::refused, "source archive file name is too long");
  std::string_view stem;
  for (const std::string_view ending : {".tar.gz", ".zip"})
    if (filename.ends_with(ending)) stem = filename.substr(0, filename.size() - ending.size());
  if (stem.empty()) return fail(Code::malformed, "source archive file name does not end in .tar.gz or .zip");
  const auto dash = stem.rfind('-');
  if (dash == std::string_view::npos || dash == 0)
    return fail(Code::malformed, "source archive file name has no name and version");
  auto version = parse_pep440(stem.substr(dash + 1));
  if (!version) return fail(Code::malformed, "source archive file name has an invalid version");
  return Distribution{normalize_pypi_name(stem.substr(0, dash)), std::move(*version)};
}

}  // namespace tocsin::versions
