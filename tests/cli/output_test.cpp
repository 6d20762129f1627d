// What a list becomes on its way out.
#include "cli/output.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/text.hpp"

namespace tocsin::cli {
namespace {

const std::string kHostile = "\x1b]0;owned\a a\u009b31m \u202etxt.exe\nnext \u200b line";

std::string printed(const std::function<void()>& print) {
  testing::internal::CaptureStdout();
  print();
  return testing::internal::GetCapturedStdout();
}

std::string csv_of(bool terminal) {
  Context context;
  context.terminal = terminal;
  context.format = Format::csv;
  List list;
  list.csv = {"title"};
  list.rows.push_back({{}, Paint::none, Json::object({{"title", kHostile}})});
  return printed([&] { print_list(context, list); });
}

TEST(ACsvList, IsExactForPrograms) {
  EXPECT_EQ(csv_of(false), "title\n\"" + kHostile + "\"\n");
}

TEST(ACsvList, HoldsNothingThatATerminalObeys) {
  EXPECT_EQ(csv_of(true), "title\n\"\\x1b]0;owned\\x07 a<U+009B>31m <U+202E>txt.exe\nnext <U+200B> line\"\n");
}

List items() {
  List list;
  list.columns = {{"id", 19, true},           {"score"},    {"status"},
                  {"layers", 0, false, true}, {"decision"}, {"title", 24, true}};
  const std::string uuid = "28bb3599-77cd-5a82-a950-b5bc3caf07c4";
  list.rows.push_back({{"CVE-2026-0001", "70", "under investigation", "operational tactical", "",
                        "a title of many words that does not fit into one line of a narrow terminal"},
                       Paint::none,
                       Json()});
  list.rows.push_back({{uuid, "7", "affected", "strategic", "", "short"}, Paint::none, Json()});
  return list;
}

std::vector<std::string> table(std::size_t width, const List& list) {
  Context context;
  context.width = width;
  const std::string text = printed([&] { print_list(context, list); });
  std::vector<std::string> lines;
  for (std::string_view line : split_lines(text)) lines.emplace_back(line);
  return lines;
}

// All text of the table, line breaks and blanks apart.
std::string squeezed(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += replace_all(line, " ", "");
  return out;
}

TEST(ATable, IsNeverWiderThanTheTerminalAndCutsNothing) {
  for (std::size_t width : {40u, 60u, 80u, 120u}) {
    const auto lines = table(width, items());
    for (const std::string& line : lines) EXPECT_LE(display_width(line), width) << line;
    EXPECT_EQ(squeezed(lines).find("…"), std::string::npos);
    EXPECT_NE(squeezed(lines).find("short"), std::string::npos);
  }
  const auto wide = table(200, items());
  EXPECT_EQ(wide.size(), 3u);
  EXPECT_NE(wide[1].find("one line of a narrow terminal"), std::string::npos);
}

TEST(ATable, LeavesOutColumnsWithoutAWordAndOptionalOnesWhereItIsTooNarrow) {
  const auto wide = table(160, items()), narrow = table(80, items());
  EXPECT_EQ(wide[0].find("decision"), std::string::npos) << wide[0];
  EXPECT_NE(wide[0].find("layers"), std::string::npos) << wide[0];
  EXPECT_EQ(narrow[0].find("layers"), std::string::npos) << narrow[0];
  for (const char* title : {"id", "score", "status", "title"}) EXPECT_NE(narrow[0].find(title), std::string::npos);
}

TEST(AnObject, IsARowOfCsvWithWhatHasOneCell) {
  Context context;
  context.format = Format::csv;
  const Json object = Json::object({{"id", "a,b"},
                                    {"score", 7},
                                    {"none", Json()},
                                    {"words", Json::array().push("x").push("y")},
                                    {"rows", Json::array().push(Json::object({{"a", 1}}))},
                                    {"inner", Json::object({{"a", 1}})}});
  EXPECT_EQ(printed([&] { print_object(context, object); }), "id,score,none,words\n\"a,b\",7,,x y\n");
}

TEST(AWordForAShell, IsQuotedWhereItHasToBe) {
  EXPECT_EQ(shell_word("CVE-2026-1"), "CVE-2026-1");
  EXPECT_EQ(shell_word("/tmp/my demo"), "'/tmp/my demo'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("$(rm)"), "'$(rm)'");
}

TEST(Data, IsWrittenAsItIsUnlessATerminalReadsIt) {
  Context context;
  EXPECT_EQ(printed([&] { context.data(kHostile + "\r\n"); }), kHostile + "\r\n");
  context.terminal = true;
  EXPECT_EQ(printed([&] { context.data("plain, \"ü\"\r\n{\x7f}\n"); }), "plain, \"ü\"\n{\\x7f}\n");
}

}  // namespace
}  // namespace tocsin::cli
