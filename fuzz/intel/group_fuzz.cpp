// Grouping: a line a record ("c1 g2 p3": schemes and numbers; "~" before an alias-only one, "/" before one of a second
// source), "+c1 g2" joins, "-c1 g2" parts. Every record is in one group, two own CVEs meet only over bonds, parted ids
// never do, and the reverse order of records gives the same groups.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "intel/fold.hpp"

using namespace tocsin;
using namespace tocsin::intel;

namespace {

std::optional<Id> id_of(std::string_view word) {
  static const std::map<char, std::string> schemes{{'c', "cve"}, {'g', "ghsa"}, {'p', "pysec"}, {'i', "guid"}};
  if (word.size() < 2 || schemes.count(word.front()) == 0) return std::nullopt;
  return Id{schemes.at(word.front()), std::string(word)};
}

using Sets = std::set<std::pair<std::set<std::string>, bool>>;
Sets as_sets(const std::vector<Identity>& records, const std::vector<Group>& groups) {
  Sets out;
  std::size_t members = 0;
  for (const Group& group : groups) {
    std::set<std::string> names;
    for (const std::size_t member : group.members) names.insert(records[member].external_id);
    members += group.members.size();
    out.emplace(std::move(names), group.contested);
  }
  if (members != records.size()) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Identity> records;
  std::vector<Bond> bonds;
  for (std::string_view line : split_lines(std::string_view(reinterpret_cast<const char*>(data), size))) {
    const char mark = line.empty() ? ' ' : line.front();
    if (mark == '+' || mark == '-' || mark == '~' || mark == '/') line.remove_prefix(1);
    std::vector<Id> ids;
    for (const std::string_view word : split(line, ' '))
      if (auto id = id_of(word)) ids.push_back(std::move(*id));
    if (mark == '+' || mark == '-') {
      if (ids.size() == 2) bonds.push_back({ids[0], ids[1], mark == '+', "", ""});
      continue;
    }
    Identity record;
    record.source = mark == '/' ? "b" : "a";
    record.external_id = std::to_string(records.size());
    record.ids = std::move(ids);
    record.primary = mark != '~';
    records.push_back(std::move(record));
  }

  const auto groups = group(records, bonds);
  std::map<std::pair<Id, Id>, bool> last;
  for (const Bond& bond : bonds) {
    last[std::minmax(bond.a, bond.b)] = bond.join;
  }
  for (const Group& group : groups) {
    std::set<Id> ids;
    std::set<Id> cves;
    for (const std::size_t member : group.members) {
      ids.insert(records[member].ids.begin(), records[member].ids.end());
      if (const Id* cve = own_cve(records[member].ids)) cves.insert(*cve);
    }
    for (const Id& id : group.struck) ids.erase(id);
    if (bonds.empty() && cves.size() > 1) std::abort();
    for (const auto& [pair, joined] : last)
      if (!joined && pair.first != pair.second && pair.first.scheme != "guid" && pair.second.scheme != "guid" &&
          ids.count(pair.first) > 0 && ids.count(pair.second) > 0)
        std::abort();
  }

  const Sets want = as_sets(records, groups);
  std::reverse(records.begin(), records.end());
  if (as_sets(records, group(records, bonds)) != want) std::abort();
  return 0;
}
