// Grouping of real advisories against the groups recorded beside them (see the README in the data).
#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "base/json.hpp"
#include "base/text.hpp"
#include "corpus.hpp"
#include "intel/fold.hpp"

namespace tocsin::intel {
namespace {

using Names = std::set<std::string>;

void load(const std::filesystem::path& zip, std::vector<Identity>& out) {
  const std::unique_ptr<archive, int (*)(archive*)> in(archive_read_new(), archive_read_free);
  archive_read_support_format_zip(in.get());
  ASSERT_EQ(archive_read_open_filename(in.get(), zip.c_str(), 1 << 20), ARCHIVE_OK) << zip;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in.get(), &entry) == ARCHIVE_OK) {
    std::string text(static_cast<std::size_t>(std::max<la_int64_t>(archive_entry_size(entry), 0)), '\0');
    if (text.empty()) continue;
    ASSERT_EQ(archive_read_data(in.get(), text.data(), text.size()), static_cast<la_ssize_t>(text.size()));
    const auto json = parse_json(text);
    ASSERT_TRUE(json) << archive_entry_pathname(entry);
    Identity identity;
    identity.source = "osv";
    identity.external_id = std::string((*json)["id"].as_string());
    const auto add = [&](std::string_view name) {
      const auto id = recognise(name);
      identity.ids.push_back(id ? *id : Id{"osv", std::string(name)});
    };
    add(identity.external_id);
    for (const Json& alias : (*json)["aliases"].as_array()) add(alias.as_string());
    out.push_back(std::move(identity));
  }
}

TEST(GroupingOfTheCorpus, FindsTheRecordsThatAreOneVulnerability) {
  TOCSIN_NEEDS_CORPUS(data);
  std::vector<Identity> input;
  load(data / "osv" / "pypi-dev.zip", input);
  ASSERT_GT(input.size(), 1000u);

  std::set<Names> want;
  std::ifstream table(data / "osv" / "alias-groups-dev.tsv");
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line.front() == '#') continue;
    Names names;
    for (const std::string_view name : split(trim(line), '\t')) names.emplace(name);
    want.insert(names);
  }
  std::set<Names> found;
  std::size_t contested = 0;
  for (const Group& group : group(input, {})) {
    contested += group.contested ? 1 : 0;
    Names names;
    for (const std::size_t member : group.members) names.insert(input[member].external_id);
    if (names.size() > 1) found.insert(names);
  }
  EXPECT_EQ(contested, 0u);
  for (const Names& names : want) EXPECT_EQ(found.count(names), 1u) << "missing: " << *names.begin();
  for (const Names& names : found) EXPECT_EQ(want.count(names), 1u) << "too many: " << *names.begin();
}

}  // namespace
}  // namespace tocsin::intel
