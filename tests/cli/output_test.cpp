// What a list becomes on its way out.
#include "cli/output.hpp"

#include <gtest/gtest.h>

#include <functional>

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

TEST(Data, IsWrittenAsItIsUnlessATerminalReadsIt) {
  Context context;
  EXPECT_EQ(printed([&] { context.data(kHostile + "\r\n"); }), kHostile + "\r\n");
  context.terminal = true;
  EXPECT_EQ(printed([&] { context.data("plain, \"ü\"\r\n{\x7f}\n"); }), "plain, \"ü\"\n{\\x7f}\n");
}

}  // namespace
}  // namespace tocsin::cli
