// Reads the sample archives of OSV records for the tests of floors that may not use `collect`, which has the real reader.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/json.hpp"
#include "versions/osv.hpp"

namespace tocsin {

// Calls `each(const Json& record)` for every file of the zip, in its order. A file that cannot be read fails the test.
template <typename Each>
void each_osv_record(const std::filesystem::path& zip, Each each) {
  const std::unique_ptr<archive, int (*)(archive*)> in(archive_read_new(), archive_read_free);
  archive_read_support_format_zip(in.get());
  ASSERT_EQ(archive_read_open_filename(in.get(), zip.c_str(), 1 << 16), ARCHIVE_OK) << archive_error_string(in.get());
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in.get(), &entry) == ARCHIVE_OK) {
    std::string body;
    char block[1 << 16];
    for (la_ssize_t got = 0; (got = archive_read_data(in.get(), block, sizeof block)) > 0;)
      body.append(block, static_cast<std::size_t>(got));
    if (body.empty()) continue;
    const auto json = parse_json(body);
    ASSERT_TRUE(json.has_value()) << archive_entry_pathname(entry);
    each(*json);
  }
}

// One entry of a record's `affected`.
inline versions::AffectedPackage affected_of(const Json& json) {
  using versions::Event;
  using versions::RangeType;
  versions::AffectedPackage out;
  out.ecosystem = json["package"]["ecosystem"].as_string();
  out.name = json["package"]["name"].as_string();
  for (const Json& version : json["versions"].as_array()) out.versions.emplace_back(version.as_string());
  for (const Json& range : json["ranges"].as_array()) {
    versions::Range one;
    const auto type = range["type"].as_string();
    one.type = type == "GIT" ? RangeType::git : type == "SEMVER" ? RangeType::semver : RangeType::ecosystem;
    for (const Json& event : range["events"].as_array())
      for (const auto& [key, value] : event.as_object())
        one.events.push_back({key == "introduced" ? Event::Kind::introduced
                              : key == "fixed"    ? Event::Kind::fixed
                              : key == "limit"    ? Event::Kind::limit
                                                  : Event::Kind::last_affected,
                              std::string(value.as_string())});
    out.ranges.push_back(std::move(one));
  }
  return out;
}

}  // namespace tocsin
