#include <gtest/gtest.h>

#include <archive.h>
#include <archive_entry.h>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/json.hpp"
#include "exchange/sheet.hpp"

namespace tocsin::exchange {
namespace {

Sheet sample() {
  Sheet sheet;
  sheet.name = "register";
  sheet.columns = {{"id", "id"}, {"applies to", "applies_to"}};
  sheet.rows = {{"CVE-2026-1", "=cmd|' /C calc'!A0"},
                {"a,b", "two\nlines and \"quotes\""},
                {"+1", std::string("bell\x07 and \xff")}};
  return sheet;
}

// One column, a cell of each kind below another: a day and a time of the first of January 2026.
Sheet typed() {
  const Time time{1'767'268'800'000'000};  // noon
  Sheet sheet;
  sheet.name = "types";
  sheet.columns = {{"value", "value"}};
  for (Cell cell : {Cell(), Cell(std::int64_t{-3}), Cell(Day{time}), Cell(time), Cell(Words{{"a", "b"}, " "}),
                    Cell(Words{}), Cell(Day{Time{-3'000'000'000'000'000}})})
    sheet.rows.push_back({cell});
  return sheet;
}

TEST(SheetAsCsv, QuotesAndDefusesFormulas) {
  EXPECT_EQ(to_csv(sample()),
            "id,applies to\r\nCVE-2026-1,'=cmd|' /C calc'!A0\r\n\"a,b\",\"two\nlines and "
            "\"\"quotes\"\"\"\r\n'+1,bell\x07 and \xff\r\n");
}

TEST(SheetAsCsv, WritesNumbersDaysTimesAndLists) {
  EXPECT_EQ(to_csv(typed()), "value\r\n\r\n-3\r\n2026-01-01\r\n2026-01-01T12:00:00Z\r\na b\r\n\r\n1874-12-07\r\n");
}

TEST(SheetAsJson, IsAListOfObjectsUnderTheirKeys) {
  const auto json = parse_json(to_json_text(sample()));
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ((*json).as_array()[0]["applies_to"].as_string(), "=cmd|' /C calc'!A0");
}

TEST(SheetAsJson, KeepsTypes) {
  const auto json = parse_json(to_json_text(typed()));
  ASSERT_TRUE(json) << json.error().message();
  std::string values;
  for (const Json& row : (*json).as_array()) values += row["value"].dump() + " ";
  EXPECT_EQ(values, "null -3 \"2026-01-01\" \"2026-01-01T12:00:00Z\" [\"a\",\"b\"] [] \"1874-12-07\" ");
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

TEST(SheetAsXlsx, HasNumbersAndDatesThatCanBeCounted) {
  const auto file = std::filesystem::path(testing::TempDir()) / "tocsin-sheet-types.xlsx";
  ASSERT_TRUE(write_xlsx(file, typed(), Time{0}));
  const std::string page = member(file, "xl/worksheets/sheet1.xml");
  const auto cell = [&](const std::string& name) {
    const auto at = page.find("<c r=\"" + name + "\"");
    return at == std::string::npos ? "" : page.substr(at, page.find("</c>", at) - at);
  };
  EXPECT_EQ(cell("A2"), "");
  EXPECT_NE(cell("A3").find("<v>-3</v>"), std::string::npos) << cell("A3");
  EXPECT_NE(cell("A4").find("<v>46023</v>"), std::string::npos) << cell("A4");
  EXPECT_NE(cell("A5").find("<v>46023.5</v>"), std::string::npos) << cell("A5");
  EXPECT_NE(cell("A6").find("t=\"s\""), std::string::npos) << cell("A6");
  EXPECT_NE(cell("A8").find("t=\"s\""), std::string::npos) << "before spreadsheets can count: " << cell("A8");
  EXPECT_NE(member(file, "xl/styles.xml").find("yyyy-mm-dd hh:mm:ss"), std::string::npos);
}

// TMPDIR for the time of a test.
class Temporaries {
 public:
  explicit Temporaries(const std::filesystem::path& folder) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  Temporaries(const Temporaries&) = delete;
  Temporaries& operator=(const Temporaries&) = delete;
  ~Temporaries() {
    if (before_)
      ::setenv("TMPDIR", before_->c_str(), 1);
    else
      ::unsetenv("TMPDIR");
  }

 private:
  std::optional<std::string> before_;
};

TEST(SheetAsXlsx, IsMadeWhereNobodyElseWritesAndLeavesNothingBesideIt) {
  namespace fs = std::filesystem;
  const tests::Folder folder;
  fs::create_directory(folder / "temporary");
  ASSERT_TRUE(write_file(folder / "register.xlsx.part", "precious"));
  {
    const Temporaries here(folder / "temporary");
    ASSERT_TRUE(write_xlsx(folder / "register.xlsx", sample(), Time{0}));
    EXPECT_TRUE(fs::is_empty(folder / "temporary"));
    EXPECT_FALSE(write_xlsx(folder / "no/such/register.xlsx", sample(), Time{0}));
    EXPECT_TRUE(fs::is_empty(folder / "temporary"));
  }
  EXPECT_EQ(*read_file(folder / "register.xlsx.part", 100), "precious");
  const Temporaries nowhere(folder / "none");
  const auto written = write_xlsx(folder / "second.xlsx", sample(), Time{0});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::unavailable);
  EXPECT_FALSE(fs::exists(folder / "second.xlsx"));
}

TEST(SheetAsXlsx, SaysWhereItCannotWriteAndNoNameThatNobodyKnows) {
  const auto written = write_xlsx("/nonexistent/folder/x.xlsx", sample(), Time{0});
  ASSERT_FALSE(written);
  EXPECT_TRUE(written.error().message().starts_with("/nonexistent/folder/x.xlsx: ")) << written.error().message();
  EXPECT_EQ(written.error().message().find("part"), std::string::npos) << written.error().message();
}

}  // namespace
}  // namespace tocsin::exchange
