#include <gtest/gtest.h>

#include "cli/parser.hpp"

namespace tocsin::cli {
namespace {

Exit nothing(Context&) {
  return Exit::done;
}

constexpr Option kOptions[] = {
    {"ID", "", "one", true},           {"VERDICT", "", "one of two", true, false, "act|watch"},
    {"REST", "", "more", false, true}, {"--asset", "ASSET", "again and again", false, true},
    {"--until", "DATE", "once"},       {"--all", "", "a switch"},
};
constexpr Command kCommand{"decide", "Test", "a command", "", kOptions, {}, nothing, "--quiet"};

Result<Arguments> parse(std::vector<std::string> words) {
  return parse_arguments(kCommand, words);
}

TEST(Parser, SaysThatTheNameOfAFileIsEmpty) {
  static constexpr Option kFiles[] = {{"--output", "FILE", "where to"},
                                      {"--as", "FORMAT", "its form", false, false, "csv|json"}};
  static constexpr Command kExport{"register export", "Test", "a command", "", kFiles, {}, nothing, "--format"};
  const auto empty = parse_arguments(kExport, std::vector<std::string>{"--output", ""});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().what, "--output is empty; it takes the name of a file or folder");
  // The option that people take for it is named.
  const auto format = parse_arguments(kExport, std::vector<std::string>{"--format", "json"});
  ASSERT_FALSE(format);
  EXPECT_EQ(format.error().what, "tocsin register export takes no --format; its forms are told by --as");
}

TEST(Parser, GivesEachPositionalItsWord) {
  const auto given = parse({"CVE-1", "act"});
  ASSERT_TRUE(given) << given.error().message();
  EXPECT_EQ(given->get("ID"), "CVE-1");
  EXPECT_EQ(given->get("VERDICT"), "act");
  EXPECT_FALSE(given->has("REST"));
}

TEST(Parser, TakesOptionsBeforeBetweenAndAfter) {
  const auto given =
      parse({"--asset", "a", "CVE-1", "--until=2026-01-01", "act", "--asset", "b", "--all", "--workspace", "w"});
  ASSERT_TRUE(given) << given.error().message();
  EXPECT_EQ(given->all("asset"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(given->get("until"), "2026-01-01");
  EXPECT_TRUE(given->has("all"));
  EXPECT_EQ(given->get("workspace"), "w");
}

TEST(Parser, TakesWordsThatLookLikeOptionsAfterTwoDashes) {
  const auto given = parse({"CVE-1", "act", "--", "-x", "--all"});
  ASSERT_TRUE(given) << given.error().message();
  EXPECT_EQ(given->all("REST"), (std::vector<std::string>{"-x", "--all"}));
  EXPECT_FALSE(given->has("all"));
}

struct Wrong {
  const char* name;
  std::vector<std::string> words;
  const char* says;
};
class ParserRefuses : public testing::TestWithParam<Wrong> {};
TEST_P(ParserRefuses, AndSaysWhat) {
  const auto given = parse(GetParam().words);
  ASSERT_FALSE(given);
  EXPECT_NE(given.error().what.find(GetParam().says), std::string::npos) << given.error().what;
}
INSTANTIATE_TEST_SUITE_P(
    , ParserRefuses,
    testing::Values(Wrong{"nothing", {}, "required"}, Wrong{"one_word", {"CVE-1"}, "required"},
                    Wrong{"another_verdict", {"CVE-1", "perhaps"}, "act, watch"},
                    Wrong{"mistyped_option", {"CVE-1", "act", "--untl", "2026"}, "--until"},
                    Wrong{"option_twice", {"CVE-1", "act", "--until", "1", "--until", "2"}, "--until"},
                    Wrong{"option_without_value", {"CVE-1", "act", "--until"}, "--until"},
                    Wrong{"option_it_does_not_take", {"CVE-1", "act", "--quiet"}, "takes no --quiet"},
                    Wrong{"unknown_format", {"CVE-1", "act", "--format", "yaml"}, "table"},
                    Wrong{"escape_in_option", {"CVE-1", "act", "--\x1b[31m"}, "\\x1b"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace tocsin::cli
