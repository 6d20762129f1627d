#include "base/yaml.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

using namespace std::string_literals;

namespace tocsin {
namespace {

// As JSON, so that trees can be compared in one line: nulls, quoted scalars in '' and plain ones.
Json shape(const Yaml& node) {
  switch (node.type) {
    case Yaml::Type::null:
      return {};
    case Yaml::Type::scalar:
      return node.quoted ? Json("'" + node.scalar + "'") : Json(node.scalar);
    case Yaml::Type::sequence: {
      Json out = Json::array();
      for (const Yaml& item : node.items) out.push(shape(item));
      return out;
    }
    case Yaml::Type::map: {
      Json::Object members;
      for (const auto& [key, value] : node.members) members.emplace_back(key, shape(value));
      return Json(std::move(members));
    }
  }
  return {};
}

struct GoodRow {
  const char* name;
  std::string yaml;
  const char* want;
};

const GoodRow kGood[] = {
    {"empty", "", "null"},
    {"comment", "# nothing\n", "null"},
    {"scalar", "hello", R"("hello")"},
    {"map", "a: 1\nb: [x, 'y', \"z\"]\n", R"({"a":"1","b":["x","'y'","'z'"]})"},
    {"scalars_stay_text", "v: 1.10\nd: 2025-04-09\nb: yes\nn: 0x1F\n",
     R"({"v":"1.10","d":"2025-04-09","b":"yes","n":"0x1F"})"},
    {"nulls", "a: ~\nb: null\nc:\nd: 'null'\ne: \"\"\n", R"({"a":null,"b":null,"c":null,"d":"'null'","e":"''"})"},
    {"blocks", "a: |\n  x\n  y\nb: >\n  p\n  q\n", R"({"a":"'x\ny\n'","b":"'p q\n'"})"},
    {"list_of_maps", "- id: a\n  n: 1\n- id: b\n", R"([{"id":"a","n":"1"},{"id":"b"}])"},
    {"crlf", "a: 1\r\nb:\r\n  - x\r\n  - y\r\n", R"({"a":"1","b":["x","y"]})"},
    {"mark",
     "\xef\xbb\xbf"
     "a: 1\n",
     R"({"a":"1"})"},
    {"document_start", "---\na: 1\n...\n", R"({"a":"1"})"},
    {"empty_second_document", "a: 1\n---\n", R"({"a":"1"})"},
    {"alias", "a: &x [1, 2]\nb: *x\n", R"({"a":["1","2"],"b":["1","2"]})"},
    {"anchor_again", "a: &x 1\nb: *x\nc: &x 2\nd: *x\n", R"({"a":"1","b":"1","c":"2","d":"2"})"},
    {"merge", "base: &b {x: 1, y: 2}\nz:\n  y: 3\n  <<: *b\n", R"({"base":{"x":"1","y":"2"},"z":{"y":"3","x":"1"}})"},
    {"merge_list", "z:\n  <<: [{a: 1}, {a: 2, b: 2}]\n", R"({"z":{"a":"1","b":"2"}})"},
    {"quoted_merge_key", "z:\n  '<<': x\n", R"({"z":{"<<":"x"}})"},
    {"tags_do_nothing", "a: !!python/object/apply:os.system [ls]\nb: !foo bar\nc: !!str 1\n",
     R"({"a":["ls"],"b":"bar","c":"'1'"})"},
    {"unicode", "ü: 世界 🎉\n", R"({"ü":"世界 🎉"})"},
    {"explicit_key", "? a\n: b\n", R"({"a":"b"})"},
    {"block_as_document", "--- |\n a\n b\n", R"("'a\nb\n'")"},
    {"block_at_the_end", "a: |+\n  x\n\n", R"({"a":"'x\n\n'"})"},
    {"directive", "%YAML 1.2\n---\na: 1\n", R"({"a":"1"})"},
};

TEST(AYamlText, IsReadAsItStands) {
  for (const GoodRow& row : kGood) {
    const auto yaml = parse_yaml(row.yaml);
    ASSERT_TRUE(yaml) << row.name << ": " << yaml.error().message();
    EXPECT_EQ(shape(*yaml).dump(), row.want) << row.name;
  }
}

TEST(AYamlText, KnowsItsLinesAndColumns) {
  const auto yaml = parse_yaml("a: 1\r\nb:\r\n  - x\r\n  - {y: z}\r\n");
  ASSERT_TRUE(yaml);
  EXPECT_EQ((*yaml)["a"].line, 1u);
  EXPECT_EQ((*yaml)["a"].column, 4u);
  const Yaml& items = (*yaml)["b"];
  EXPECT_EQ(items.items[0].line, 3u);
  EXPECT_EQ(items.items[1]["y"].line, 4u);
  EXPECT_EQ(items.items[1]["y"].column, 9u);
  EXPECT_TRUE((*yaml)["none"]["deeper"].is_null());
  EXPECT_EQ(yaml->find("none"), nullptr);
}

TEST(AYamlScalar, IsTrueOnlyWhenItSaysSoPlainly) {
  const auto yaml = parse_yaml("[true, Yes, ON, 'true', no, false, 1, y, [true]]");
  ASSERT_TRUE(yaml);
  const bool want[] = {true, true, true, false, false, false, false, false, false};
  for (std::size_t i = 0; i < yaml->items.size(); ++i) EXPECT_EQ(yaml->items[i].truth(), want[i]) << i;
}

struct BadRow {
  const char* name;
  std::string yaml;
  Code code;
  std::optional<std::uint32_t> line;
};

std::string laughs() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i <= 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += before + (k < 9 ? ", " : "]\n");
  }
  return text;
}

std::string long_laugh() {
  std::string text = "a: &a \"" + std::string(1'000'000, 'x') + "\"\nb: [";
  for (int i = 0; i < 10'000; ++i) text += "*a, ";
  return text + "*a]\n";
}

std::string staircase() {
  std::string text = "- &a0 [x]\n";
  for (int i = 1; i < 200; ++i) text += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  return text;
}

std::string nested(int n) {
  std::string text;
  for (int i = 0; i < n; ++i) text += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  return text;
}

const BadRow kBad[] = {
    {"duplicate", "a: 1\nb: 2\na: 3\n", Code::malformed, 3},
    {"duplicate_inside", "x:\n  - {a: 1, a: 2}\n", Code::malformed, 2},
    {"merge_twice", "z:\n  <<: {a: 1}\n  <<: {b: 1}\n", Code::malformed, 3},
    {"merge_of_a_scalar", "z:\n  <<: 1\n", Code::malformed, 2},
    {"key_is_a_list", "? [a]\n: b\n", Code::malformed, 1},
    {"unknown_alias", "a: *x\n", Code::malformed, 1},
    {"alias_to_itself", "a: &x [*x]\n", Code::malformed, 1},
    {"open_bracket", "a: [1, 2\n", Code::malformed, std::nullopt},
    {"open_quote", "a: 'x\n", Code::malformed, std::nullopt},
    {"open_quote_then_blanks", "a: \"x\n  \n   ", Code::malformed, std::nullopt},
    {"tab_indent", "a:\n\tb: 1\n", Code::malformed, std::nullopt},
    {"bad_indent", "a: 1\n  b: 2\n", Code::malformed, 2},
    {"two_documents", "a: 1\n---\nb: 2\n", Code::malformed, std::nullopt},
    {"nul", "a: 1\nb: \0\n"s, Code::malformed, 2},
    {"latin1", "a: 1\nb: \xfc\n", Code::malformed, 2},
    {"utf16",
     "\xff\xfe"
     "a\0"s,
     Code::malformed, 1},
    {"billion_laughs", laughs(), Code::refused, std::nullopt},
    {"one_long_laugh", long_laugh(), Code::refused, 2},
    {"staircase_of_aliases", staircase(), Code::refused, std::nullopt},
    {"many_brackets", std::string(100'000, '['), Code::refused, 1},
    {"many_braces", std::string(100'000, '{'), Code::refused, 1},
    {"brackets_over_lines",
     [] {
       std::string text;
       for (int i = 0; i < 100'000; ++i) text += "[\n";
       return text;
     }(),
     Code::refused, std::nullopt},
    {"brackets_in_a_quote", "a: 1\nb: \"" + std::string(20'000, '[') + "\"\n", Code::refused, 2},
    {"dashes",
     [] {
       std::string text;
       for (int i = 0; i < 100'000; ++i) text += "- ";
       return text;
     }(),
     Code::refused, 1},
    {"question_marks",
     [] {
       std::string text;
       for (int i = 0; i < 100'000; ++i) text += "? ";
       return text;
     }(),
     Code::refused, 1},
    {"deep_by_indent", nested(1'000), Code::refused, 65},
};

TEST(ABadYamlText, IsRefusedWithItsLine) {
  for (const BadRow& row : kBad) {
    const auto yaml = parse_yaml(row.yaml);
    ASSERT_FALSE(yaml) << row.name;
    EXPECT_EQ(to_string(yaml.error().code), to_string(row.code)) << row.name << ": " << yaml.error().message();
    if (row.line) {
      EXPECT_EQ(yaml.error().line, row.line) << row.name << ": " << yaml.error().message();
    }
  }
}

TEST(AYamlText, CutAnywhereNeverCrashes) {
  const std::string whole =
      "# c\n%TAG ! tag:x,2000:\n---\na: &x [1, 'two', \"thr\\u00e9e\", {f: g}]\nb: |-\n  text\n  more\n? k\n: !t "
      "v\nc:\n  <<: *y\n"
      "  d: *x\nü: 世\n...\n";
  for (std::size_t n = 0; n < whole.size(); ++n) (void)parse_yaml(whole.substr(0, n));
  const std::string good = "a: &x [1, 'two', {f: g}]\nb: |-\n  text\nc: *x\n";
  ASSERT_TRUE(parse_yaml(good));
  std::size_t wrong = 0;
  for (std::size_t n = 0; n < good.size(); ++n) {
    const auto yaml = parse_yaml(good.substr(0, n));
    if (yaml) continue;
    ++wrong;
    EXPECT_EQ(to_string(yaml.error().code), "malformed") << n;
    EXPECT_TRUE(yaml.error().line) << n;
  }
  EXPECT_GT(wrong, 10u);
}

TEST(TheLimitsOfYaml, AreKeptAndNamed) {
  EXPECT_EQ(parse_yaml("abc", {.bytes = 2}).error().code, Code::refused);
  EXPECT_TRUE(parse_yaml("[[a]]", {.depth = 2}));
  EXPECT_EQ(parse_yaml("[[[a]]]", {.depth = 2}).error().code, Code::refused);
  EXPECT_TRUE(parse_yaml("a: \"" + std::string(9'000, '[') + "\""));
  EXPECT_EQ(parse_yaml("a: ',,,,'", {.nodes = 3}).error().code, Code::refused);
  EXPECT_TRUE(parse_yaml("[a, b]", {.nodes = 3}));
  EXPECT_EQ(parse_yaml("[a, b, c]", {.nodes = 3}).error().code, Code::refused);
  std::string deep;
  for (int i = 0; i < 64; ++i) deep += '[';
  EXPECT_TRUE(parse_yaml(deep + std::string(64, ']')));
}

}  // namespace
}  // namespace tocsin
