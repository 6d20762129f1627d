#include <gtest/gtest.h>

#include <archive.h>
#include <archive_entry.h>
#include <filesystem>

#include "base/file.hpp"
#include "base/json.hpp"
#include "exchange/sheet.hpp"

namespace tocsin::exchange {
namespace {

Sheet sample() {
  Sheet sheet;
  sheet.name = "register";
  sheet.columns = {"id", "title"};
  sheet.rows = {{"CVE-2026-1", "=cmd|' /C calc'!A0"},
                {"a,b", "two\nlines and \"quotes\""},
                {"+1", std::string("bell\x07 and \xff")}};
  return sheet;
}

TEST(SheetAsCsv, QuotesAndDefusesFormulas) {
  EXPECT_EQ(to_csv(sample()),
            "id,title\r\nCVE-2026-1,'=cmd|' /C calc'!A0\r\n\"a,b\",\"two\nlines and \"\"quotes\"\"\"\r\n'+1,bell\x07 "
            "and \xff\r\n");
}

TEST(SheetAsJson, IsAListOfObjects) {
  const auto json = parse_json(to_json_text(sample()));
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ((*json).as_array()[0]["title"].as_string(), "=cmd|' /C calc'!A0");
}

std::string member(const std::filesystem::path& file, const std::string& name) {
  archive* in = archive_read_new();
  archive_read_support_format_zip(in);
  archive_read_open_filename(in, file.c_str(), 1 << 16);
  std::string out;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(in, &entry) == ARCHIVE_OK) {
    if (archive_entry_pathname(entry) != name) continue;
    std::string buffer(1 << 16, '\0');
    for (la_ssize_t n = 0; (n = archive_read_data(in, buffer.data(), buffer.size())) > 0;)
      out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  archive_read_free(in);
  return out;
}

TEST(SheetAsXlsx, HoldsEveryCellAsTextAndIsTheSameTwice) {
  const std::filesystem::path folder = testing::TempDir();
  const auto one = folder / "tocsin-sheet-1.xlsx", two = folder / "tocsin-sheet-2.xlsx";
  ASSERT_TRUE(write_xlsx(one, sample(), Time{1'767'225'600'000'000}));
  ASSERT_TRUE(write_xlsx(two, sample(), Time{1'767'225'600'000'000}));
  EXPECT_EQ(*read_file(one, 1 << 20), *read_file(two, 1 << 20));
  const std::string strings = member(one, "xl/sharedStrings.xml");
  EXPECT_NE(strings.find("=cmd|' /C calc'!A0"), std::string::npos);
  EXPECT_EQ(member(one, "xl/worksheets/sheet1.xml").find("<f>"), std::string::npos) << "a formula in the sheet";
}

TEST(SheetAsXlsx, SaysWhereItCannotWrite) {
  const auto written = write_xlsx("/nonexistent/folder/x.xlsx", sample(), Time{0});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message().find("/nonexistent/folder/x.xlsx"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::exchange
