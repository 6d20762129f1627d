// OSV evaluation: the prepared form against the reference. Lines: ecosystem, version, then `i`, `f`, `l`, `m` and a
// version (introduced, fixed, last_affected, limit), `v` and a listed version, or `r` and a range type (0, 1, 2) to
// begin a range.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "versions/osv.hpp"

using namespace tocsin::versions;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return 0;
  const auto lines = tocsin::split(std::string_view(reinterpret_cast<const char*>(data), size), '\n');
  if (lines.size() < 2) return 0;
  AffectedPackage package{std::string(lines[0]), "demo", {}, {}};
  for (std::size_t at = 2; at < lines.size(); ++at) {
    if (lines[at].empty()) continue;
    const auto rest = std::string(lines[at].substr(1));
    switch (lines[at].front()) {
      case 'r':
        package.ranges.push_back(
            {static_cast<RangeType>(rest.empty() ? 0 : static_cast<unsigned char>(rest[0]) % 3), {}});
        break;
      case 'v':
        package.versions.push_back(rest);
        break;
      default: {
        if (package.ranges.empty()) package.ranges.emplace_back();
        const auto kind = std::string_view("iflm").find(lines[at].front());
        if (kind == std::string_view::npos) break;
        package.ranges.back().events.push_back({static_cast<Event::Kind>(kind), rest});
      }
    }
  }
  const PreparedAffected prepared(package);
  if (judge(package, lines[1]) != prepared.judge(PreparedVersion(package.ecosystem, lines[1]))) std::abort();
  return 0;
}
