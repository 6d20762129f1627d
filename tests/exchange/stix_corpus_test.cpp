// Real bundles: objects in = kept + rejected, each kept one prints back byte for byte, and the standard's own sample
// ids come out.
#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <set>

#include "base/file.hpp"
#include "corpus.hpp"
#include "exchange/stix.hpp"

namespace tocsin::exchange::stix {
namespace {

// By plain JSON, independent of the walker under test.
std::size_t count_objects(const Json& document) {
  if (document.is_array()) return document.size();
  if (document.find("objects") != nullptr) return document["objects"].size();
  return 1;
}

std::string unpacked(const std::filesystem::path& file) {
  archive* in = archive_read_new();
  archive_read_support_filter_xz(in);
  archive_read_support_format_raw(in);
  std::string out;
  archive_entry* entry = nullptr;
  if (archive_read_open_filename(in, file.c_str(), 1 << 16) == ARCHIVE_OK &&
      archive_read_next_header(in, &entry) == ARCHIVE_OK) {
    std::string buffer(1 << 16, '\0');
    for (la_ssize_t n = 0; (n = archive_read_data(in, buffer.data(), buffer.size())) > 0;)
      out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  archive_read_free(in);
  return out;
}

TEST(StixCorpus, EveryObjectOfEveryBundleIsKeptByteForByte) {
  TOCSIN_NEEDS_CORPUS(data);
  const auto listing = list_files(data / "stix");
  ASSERT_TRUE(listing);
  std::size_t files = 0;
  for (const auto& file : listing->files) {
    if (file.extension() != ".json" || file.filename().string().starts_with("golden")) continue;
    const auto text = read_file(data / "stix" / file, 1u << 30);
    ASSERT_TRUE(text);
    const auto document = parse_json(*text);
    ASSERT_TRUE(document) << file << ": " << document.error().message();
    const auto reading = read(*text, file.string());
    ASSERT_TRUE(reading) << file << ": " << reading.error().message();
    EXPECT_EQ(reading->entries, count_objects(*document)) << file;
    EXPECT_EQ(reading->objects.size() + reading->rejects.size(), reading->entries) << file;
    EXPECT_TRUE(reading->rejects.empty()) << file << ": " << reading->rejects.front().error.message();
    const Json& objects = document->is_array() ? *document : (*document)["objects"];
    for (std::size_t i = 0; i < reading->objects.size() && i < objects.size(); ++i) {
      const auto again = parse_json(reading->objects[i].bytes);
      ASSERT_TRUE(again);
      EXPECT_EQ(*again, objects.as_array()[i]) << file << " object " << i;
    }
    ++files;
  }
  EXPECT_GE(files, 10u);
}

TEST(StixCorpus, ReadsTheWholeOfAttackEnterprise) {
  TOCSIN_NEEDS_CORPUS(data);
  const std::string text = unpacked(data / "stix" / "attack-enterprise-18.1-derived21.json.xz");
  ASSERT_GT(text.size(), 30u << 20);
  const auto reading = read(text, "enterprise");
  ASSERT_TRUE(reading) << reading.error().message();
  EXPECT_EQ(reading->objects.size(), 24'771u);
  EXPECT_TRUE(reading->rejects.empty());
  std::size_t records = 0, edges = 0;
  for (const Object& object : reading->objects) {
    records += to_record(object, "attack") ? 1 : 0;
    edges += to_edge(object) ? 1 : 0;
  }
  EXPECT_EQ(edges, 20'048u);
  EXPECT_EQ(records, 835u + 268 + 187 + 52 + 696 + 91 + 14);
}

TEST(StixCorpus, ComputesTheGoldenScoIds) {
  TOCSIN_NEEDS_CORPUS(data);
  const auto text = read_file(data / "stix" / "golden-sco-ids.json", 1u << 20);
  const auto rows = parse_json(*text);
  ASSERT_TRUE(rows);
  ASSERT_GE(rows->size(), 18u);
  for (const Json& row : rows->as_array())
    EXPECT_EQ(sco_id(row["input"]).value_or("none"), row["id"].as_string()) << row["input"].dump();
}

// The validator of the standard's authors says which files break a MUST (README of the data): so must check().
TEST(StixCorpus, AgreesWithTheValidatorOnWhichFilesBreakAMust) {
  TOCSIN_NEEDS_CORPUS(data);
  struct Row {
    const char* file;
    bool conforms;
  };
  for (const Row& row :
       {Row{"attack-ics-18.1.json", true}, Row{"attack-ics-17.1.json", true}, Row{"atlas-5.6.0-stix21.json", false},
        Row{"atlas-opencti-AMLCS0010.json", false}, Row{"atlas-opencti-AMLCS0011.json", false},
        Row{"atlas-opencti-AMLCS0012.json", false}, Row{"atlas-opencti-AMLCS0017.json", false},
        Row{"atlas-opencti-AMLCS0019.json", false}, Row{"atlas-opencti-AMLCS0020.json", false},
        Row{"oasis-examples/indicator-for-c2-ip-address.json", true},
        Row{"oasis-examples/indicator-to-campaign-relationship.json", true},
        Row{"oasis-examples/indicators-for-C2-with-COA.json", true},
        Row{"oasis-examples/malicious-email-indicator-with-attachment.json", true},
        Row{"oasis-examples/poisonivy.json", true}}) {
    const auto text = read_file(data / "stix" / row.file, 1u << 30);
    ASSERT_TRUE(text) << row.file;
    const auto reading = read(*text, row.file);
    ASSERT_TRUE(reading);
    std::string first;
    for (const Object& object : reading->objects)
      for (const Breach& breach : check(object.json))
        if (first.empty()) first = object.id + ": " + breach.rule + ": " + breach.what;
    EXPECT_EQ(first.empty(), row.conforms) << row.file << ": " << first;
  }
}

}  // namespace
}  // namespace tocsin::exchange::stix
