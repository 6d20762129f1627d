// The lists that a scan is given: the first byte says which. Bad lines are told and cost nothing else; patterns fit as a slow
// reading of them says.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "../base/expect.hpp"
#include "base/text.hpp"
#include "scan/indicators.hpp"
#include "scan/manifest.hpp"
#include "scan/rules.hpp"
#include "scan/suppressions.hpp"

namespace tocsin::scan {
namespace {

bool is_shown_as_it_is(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

// As it is defined, one step after the other; exponential, hence short ones only.
bool fits(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**"))
    return fits(pattern.substr(2), path) || (!path.empty() && fits(pattern, path.substr(1)));
  if (pattern[0] == '*')
    return fits(pattern.substr(1), path) || (!path.empty() && path[0] != '/' && fits(pattern, path.substr(1)));
  if (path.empty()) return false;
  return (pattern[0] == '?' ? path[0] != '/' : pattern[0] == path[0]) && fits(pattern.substr(1), path.substr(1));
}

void indicators(std::string_view text) {
  const auto list = Indicators::parse(text, "list.csv");
  if (!list) {
    TOCSIN_EXPECT(list.error().line == 1u && list.error().where == "list.csv");
    return;
  }
  TOCSIN_EXPECT(list->bad_rows() >= list->problems().size() && list->problems().size() <= Indicators::kProblems);
  for (const Error& problem : list->problems()) {
    TOCSIN_EXPECT(problem.line && *problem.line > 1 && is_shown_as_it_is(problem.message()));
    TOCSIN_EXPECT(*problem.line <= 2 + static_cast<std::uint32_t>(text.size()));
  }
}

void manifest(std::string_view text) {
  const Manifest list = parse_manifest(text, "list");
  for (const Listed& listed : list.files) {
    TOCSIN_EXPECT(!listed.path.empty() && listed.path != "-" && listed.path.find('\0') == std::string::npos);
    // What it says is written once more and read once more.
    if (!listed.sha256 || listed.path.find_first_of("\n\r\\") != std::string::npos) continue;
    const Manifest again = parse_manifest(listed.sha256->hex() + "  " + listed.path + "\n", "list");
    TOCSIN_EXPECT(again.files.size() == 1 && again.files[0].path == (listed.path == "./-" ? "./-" : listed.path));
    TOCSIN_EXPECT(again.files[0].sha256 == listed.sha256);
  }
  for (const Error& problem : list.problems) TOCSIN_EXPECT(problem.line && is_shown_as_it_is(problem.message()));
}

void suppressions(std::string_view text) {
  const auto list = parse_suppressions(text, "tocsin.toml", "/folder");
  if (!list) {
    TOCSIN_EXPECT(is_shown_as_it_is(list.error().message()));
    return;
  }
  for (const Suppression& one : list->all) {
    TOCSIN_EXPECT(find_rule(one.rule) != nullptr && !one.reason.empty() && one.expires.size() == 10);
    TOCSIN_EXPECT(one.sha256 || !one.path.empty());
    TOCSIN_EXPECT(is_shown_as_it_is(one.reason));
  }
  for (const Error& problem : list->problems) TOCSIN_EXPECT(problem.line && is_shown_as_it_is(problem.message()));
}

void pattern(std::string_view text) {
  const std::size_t split = std::min(text.find('\n'), text.size());
  const std::string_view pattern = text.substr(0, split), path = text.substr(std::min(split + 1, text.size()));
  const bool found = matches_pattern(pattern, path);
  if (pattern.size() <= 8 && path.size() <= 12) TOCSIN_EXPECT(found == fits(pattern, path));
}

}  // namespace
}  // namespace tocsin::scan

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      tocsin::scan::indicators(text);
      break;
    case 1:
      tocsin::scan::manifest(text);
      break;
    case 2:
      tocsin::scan::suppressions(text);
      break;
    default:
      tocsin::scan::pattern(text);
  }
  return 0;
}
