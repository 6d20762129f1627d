#include "versions/pep508.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "corpus.hpp"
#include "table.hpp"

namespace tocsin::versions {
namespace {

Requirement requirement(std::string_view text) {
  auto parsed = parse_requirement(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message());
  return parsed ? *parsed : Requirement{};
}

TEST(Requirement, IsPrintedCanonically) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"torch", "torch"},
      {"  Torch == 2.0.1 ", "Torch==2.0.1"},
      {"a[ z , b,b ](>=1,<2);os.name=='nt'", "a[b,z]<2,>=1; os_name == \"nt\""},
      {"a[]>=1,", "a>=1"},
      {"a@https://x/y.whl ; extra == 'My_Extra'", "a @ https://x/y.whl ; extra == \"my-extra\""},
      {"a;python_version<'3' and (os_name=='a' or os_name==\"b\")",
       "a; python_version < \"3\" and (os_name == \"a\" or os_name == \"b\")"},
      {"a;((os_name=='a' or 'b'==os_name))and sys_platform not  in 'x\"y'",
       "a; (os_name == \"a\" or \"b\" == os_name) and sys_platform not in 'x\"y'"},
      {"a;(os_name=='a' and os_name=='b') or os_name=='c'",
       "a; os_name == \"a\" and os_name == \"b\" or os_name == \"c\""},
  };
  for (const auto& [text, canonical] : kCases) {
    EXPECT_EQ(requirement(text).text(), canonical) << text;
    EXPECT_EQ(requirement(canonical).text(), canonical);
  }
}

TEST(Requirement, SaysWhereItIsWrong) {
  struct Case {
    const char* text;
    std::uint64_t offset;
  };
  for (const Case& c : std::initializer_list<Case>{{"", 0},
                                                   {"-e .", 0},
                                                   {"a b", 2},
                                                   {"a[b", 3},
                                                   {"a[b;c]", 3},
                                                   {"a @ ", 3},
                                                   {"a ; ", 3},
                                                   {"a ; os_name", 11},
                                                   {"a ; os_name == ", 14},
                                                   {"a ; os_name == 'x", 15},
                                                   {"a ; os_name == sys_platform", 27},
                                                   {"a ; (os_name == 'x'", 19},
                                                   {"a ; os_name == 'x' nope", 19},
                                                   {"a ; banana == 'x'", 4},
                                                   {"a (>=1 ; os_name == 'x'", 7}}) {
    const auto parsed = parse_requirement(c.text);
    ASSERT_FALSE(parsed) << c.text;
    EXPECT_EQ(parsed.error().code, Code::malformed) << c.text;
    ASSERT_TRUE(parsed.error().offset) << c.text;
    EXPECT_EQ(*parsed.error().offset, c.offset) << c.text << ": " << parsed.error().what;
  }
}

TEST(Requirement, HasLimits) {
  const auto too_deep = parse_requirement("a;" + std::string(100'000, '('));
  ASSERT_FALSE(too_deep);
  EXPECT_EQ(too_deep.error().code, Code::refused);
  const auto deep = parse_requirement("a;" + std::string(kMaxMarkerDepth + 1, '(') + "os_name=='x'");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, Code::refused);
  EXPECT_TRUE(
      parse_requirement("a;" + std::string(kMaxMarkerDepth, '(') + "os_name=='x'" + std::string(kMaxMarkerDepth, ')')));
}

TEST(Marker, ComparesVersionsAsVersionsAndTextAsText) {
  const MarkerEnvironment here;  // CPython 3.11 on Linux
  struct Case {
    const char* text;
    bool holds;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"python_version >= '3.9'", true},
           {"'3.9' <= python_version", true},
           {"python_version in '3.10 3.11'", true},
           {"python_version not in '3.10 3.11'", false},
           {"python_full_version == '3.11.*'", true},
           {"platform_machine == 'X86_64'", false},
           {"sys_platform < 'z'", false},
           {"sys_platform >= 'linux'", true},
           {"os_name == 'nt' and os_name ==  'nt' or os_name == 'posix'", true},
           {"os_name == 'posix' and (os_name == 'nt' or os_name == 'java')", false},
           {"extra == 'test'", false},
           {"extra != 'test'", true},
           {"extra == ''", true},
           {"platform_release >= 'not a version'", false},
       }) {
    const auto marker = Marker::parse(c.text);
    ASSERT_TRUE(marker) << c.text;
    const auto holds = marker->evaluate(here);
    ASSERT_TRUE(holds) << c.text;
    EXPECT_EQ(*holds, c.holds) << c.text;
  }
  MarkerEnvironment tested = here;
  tested.extras = {"Test.Extra", "docs"};
  EXPECT_TRUE(*Marker::parse("extra == 'test_extra'")->evaluate(tested));
  EXPECT_TRUE(*Marker::parse("'docs' in extras")->evaluate(tested));
  EXPECT_FALSE(Marker::parse("os_name ~= 'posix'")->evaluate(here));
}

TEST(RequirementCorpus, ReadsEveryLine) {
  TOCSIN_NEEDS_CORPUS(data);
  for (const auto& row : tests::table(data / "versions/pep508_requirements.tsv")) {
    ASSERT_EQ(row.size(), 6u);
    const auto parsed = requirement(row[0]);
    EXPECT_EQ(parsed.normalized_name, row[1]) << row[0];
    EXPECT_EQ(join(parsed.extras, ","), row[2]) << row[0];
    EXPECT_EQ(parsed.specifiers.text(), row[3]) << row[0];
    EXPECT_EQ(parsed.url, row[4]) << row[0];
    EXPECT_EQ(parsed.marker ? parsed.marker->text() : "", row[5]) << row[0];
  }
}

TEST(RequirementCorpus, EvaluatesEveryMarker) {
  TOCSIN_NEEDS_CORPUS(data);
  const auto json = parse_json(tests::slurp(data / "versions/marker_env.json"));
  ASSERT_TRUE(json);
  const auto value = [&](const char* key) { return std::string(json->find(key)->as_string()); };
  MarkerEnvironment environment{value("implementation_name"),
                                value("implementation_version"),
                                value("os_name"),
                                value("platform_machine"),
                                value("platform_release"),
                                value("platform_system"),
                                value("platform_version"),
                                value("python_full_version"),
                                value("platform_python_implementation"),
                                value("python_version"),
                                value("sys_platform"),
                                {},
                                {}};
  for (const auto& row : tests::table(data / "versions/pep508_markers.tsv")) {
    const auto marker = Marker::parse(row.at(0));
    ASSERT_TRUE(marker) << row.at(0);
    const auto holds = marker->evaluate(environment);
    ASSERT_TRUE(holds) << row.at(0);
    EXPECT_EQ(*holds ? "true" : "false", row.at(1)) << row.at(0);
  }
}

}  // namespace
}  // namespace tocsin::versions
