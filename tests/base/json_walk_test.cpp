#include <gtest/gtest.h>

#include "base/json.hpp"

namespace tocsin {
namespace {

struct Walked {
  std::vector<std::string> elements;
  Result<std::size_t> result;
};

Walked walk(std::string_view text, std::string_view path) {
  Walked out;
  out.result = for_each_element(text, path, [&](std::string_view raw, std::uint64_t offset) -> Result<> {
    EXPECT_EQ(text.substr(offset, raw.size()), raw);
    out.elements.emplace_back(raw);
    return {};
  });
  return out;
}

using Strings = std::vector<std::string>;

TEST(WalkingAnArray, HandsOverTheBytesOfEachElement) {
  const auto plain = walk("\xef\xbb\xbf [ {\"a\": [1, \"]\\\"}\"]} ,2, \"x\\\\\" ,[ ], tru,null ] \n", "");
  ASSERT_TRUE(plain.result) << plain.result.error().message();
  EXPECT_EQ(*plain.result, 6u);
  EXPECT_EQ(plain.elements, (Strings{"{\"a\": [1, \"]\\\"}\"]}", "2", "\"x\\\\\"", "[ ]", "tru", "null"}));
  EXPECT_EQ(*walk("[]", "").result, 0u);
  EXPECT_EQ(*walk(" [ ] ", "").result, 0u);
}

TEST(WalkingAMember, FindsItWhereverItStands) {
  const char* text =
      R"({"type": "bundle", "nested": {"objects": [9]}, "objects": [{"id": 1}, {"id": 2}], "after": [3]})";
  const auto walked = walk(text, "objects");
  ASSERT_TRUE(walked.result) << walked.result.error().message();
  EXPECT_EQ(walked.elements, (Strings{"{\"id\": 1}", "{\"id\": 2}"}));
  EXPECT_EQ(walk(R"({"\u006fbjects":[1]})", "objects").elements, Strings{"1"});
}

TEST(WalkingAMember, SaysWhatTheDocumentIsInstead) {
  struct Row {
    const char* text;
    const char* path;
    Code code;
  };
  constexpr Row kRows[] = {
      {"", "", Code::truncated},
      {"{}", "", Code::malformed},
      {"[]", "objects", Code::malformed},
      {"{}", "objects", Code::malformed},
      {R"({"objects": {}})", "objects", Code::malformed},
      {R"({"objects": 1})", "objects", Code::malformed},
      {R"({"objects": [1], "objects": [2]})", "objects", Code::malformed},
      {R"({"objects": [1]} x)", "objects", Code::malformed},
      {R"({"objects": [1],})", "objects", Code::malformed},
      {R"({objects: [1]})", "objects", Code::malformed},
      {R"({"a" 1})", "objects", Code::malformed},
      {R"({"\ud800": 1})", "objects", Code::malformed},
      {"<html>", "", Code::malformed},
      {"[1] [2]", "", Code::malformed},
      {"[1 2]", "", Code::malformed},
      {"[1,]", "", Code::malformed},
      {"[,1]", "", Code::malformed},
      {"[{]}]", "", Code::malformed},
      {"[:]", "", Code::malformed},
      {"[1}", "", Code::malformed},
  };
  for (const Row& row : kRows) {
    const auto walked = walk(row.text, row.path);
    ASSERT_FALSE(walked.result) << row.text;
    EXPECT_EQ(to_string(walked.result.error().code), to_string(row.code)) << row.text;
  }
}

TEST(WalkingATruncatedText, GivesTheElementsThatAreWhole) {
  const std::string text = R"({"spec": "x", "objects": [{"a": "}\""}, [1, 2], 34, "five"], "z": {"y": [0]}})";
  const Strings all = {R"({"a": "}\""})", "[1, 2]", "34", "\"five\""};
  for (std::size_t n = 0; n < text.size(); ++n) {
    const auto walked = walk(std::string_view(text).substr(0, n), "objects");
    ASSERT_FALSE(walked.result) << n;
    EXPECT_EQ(to_string(walked.result.error().code), "truncated") << n << ": " << walked.result.error().message();
    EXPECT_EQ(walked.result.error().offset, n);
    ASSERT_LE(walked.elements.size(), all.size());
    EXPECT_TRUE(std::equal(walked.elements.begin(), walked.elements.end(), all.begin())) << n;
  }
  EXPECT_EQ(walk(text, "objects").elements, all);
}

TEST(WalkingHostileText, StopsAtItsLimits) {
  const auto deep = walk("[" + std::string(1'000'000, '['), "");
  ASSERT_FALSE(deep.result);
  EXPECT_EQ(deep.result.error().code, Code::refused);
  EXPECT_EQ(deep.result.error().offset, 128u);

  struct Nothing final : ElementSink {
    Result<> element(std::string_view, std::uint64_t) override { return {}; }
  } nothing;
  EXPECT_EQ(walk_elements("[1,2,3]", "", nothing, {.values = 2}).error().code, Code::refused);
  EXPECT_EQ(walk_elements("[1,2,3]", "", nothing, {.bytes = 2}).error().code, Code::refused);
}

TEST(WalkingHostileText, IsLinearInBackslashes) {
  std::string text = "[\"";
  while (text.size() < 4'000'000) text += "\\\"";
  EXPECT_TRUE(walk(text + "\"]", "").result);
  std::string slashes(4'000'000, '\\');
  EXPECT_TRUE(walk("[\"" + slashes + "\"]", "").result);
}

TEST(AWalk, EndsWhenTheSinkSaysSo) {
  int seen = 0;
  const auto result = for_each_element("[1,2,3]", "", [&](std::string_view, std::uint64_t) -> Result<> {
    if (++seen == 2) return fail(Code::conflict, "enough");
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::conflict);
  EXPECT_EQ(seen, 2);
}

TEST(AWalk, SeesWhatTheParserSees) {
  const char* text = R"([{"a":[{},{"b":"\\\""}]},"x",-1.5e3,null,[[]],{"\"":"]"}])";
  const auto parsed = parse_json(text);
  ASSERT_TRUE(parsed);
  const auto walked = walk(text, "");
  ASSERT_EQ(walked.elements.size(), parsed->size());
  for (std::size_t i = 0; i < walked.elements.size(); ++i)
    EXPECT_EQ(*parse_json(walked.elements[i]), parsed->as_array()[i]);
}

}  // namespace
}  // namespace tocsin
