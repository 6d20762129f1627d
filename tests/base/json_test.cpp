#include "base/json.hpp"

#include <gtest/gtest.h>

#include <cstring>

using namespace std::string_literals;

namespace tocsin {
namespace {

TEST(AJsonText, KeepsOrderTypesAndSixtyFourBits) {
  const auto json = parse_json(
      "\xef\xbb\xbf {\"b\": [1, -9223372036854775808, 18446744073709551615, 1.5, 1e2], \"a\": {\"t\": true, \"n\": "
      "null}}\n");
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ(json->dump(),
            "{\"b\":[1,-9223372036854775808,18446744073709551615,1.5,100.0],\"a\":{\"t\":true,\"n\":null}}");
  EXPECT_EQ((*json)["b"].as_array()[1].as_int(), INT64_MIN);
  EXPECT_EQ((*json)["b"].as_array()[2].as_uint(), UINT64_MAX);
  EXPECT_FALSE((*json)["b"].as_array()[2].as_int());
  EXPECT_FALSE((*json)["b"].as_array()[4].is_integer());
  EXPECT_EQ((*json)["b"].as_array()[0].as_double(), 1.0);
  EXPECT_EQ((*json)["a"]["t"].as_bool(), true);
  EXPECT_TRUE((*json)["a"]["n"].is_null());
  EXPECT_NE(json->find("a"), nullptr);
  EXPECT_EQ(json->find("c"), nullptr);
}

TEST(AJsonValue, AnswersEmptyToTheWrongQuestion) {
  const Json text("x");
  EXPECT_TRUE(text["a"]["b"].is_null());
  EXPECT_TRUE(text.as_array().empty());
  EXPECT_TRUE(text.as_object().empty());
  EXPECT_FALSE(text.as_int());
  EXPECT_EQ(Json(1).as_string(), "");
  EXPECT_EQ(Json(1.0).as_int(), std::nullopt);
  EXPECT_EQ(text.size(), 0u);
}

TEST(AJsonValue, IsBuiltBySettingAndPushing) {
  Json value;
  value.set("a", 1).set("b", Json::array()).set("a", "new");
  value.make_object()[1].second.push(true).push(Json::object({{"k", 2u}}));
  EXPECT_EQ(value.dump(), R"({"a":"new","b":[true,{"k":2}]})");
  EXPECT_EQ(value.dump_pretty(), "{\n  \"a\": \"new\",\n  \"b\": [\n    true,\n    {\n      \"k\": 2\n    }\n  ]\n}");
  EXPECT_EQ(Json::object().dump_pretty(), "{}");
  EXPECT_EQ(value.size(), 2u);
  EXPECT_EQ(Json(std::uint64_t{5}), Json(5));
}

TEST(AJsonValue, NamesItsType) {
  EXPECT_EQ(Json().type_name(), "null");
  EXPECT_EQ(Json(true).type_name(), "boolean");
  EXPECT_EQ(Json(1).type_name(), "number");
  EXPECT_EQ(Json(1.5).type_name(), "number");
  EXPECT_EQ(Json("").type_name(), "string");
  EXPECT_EQ(Json::array().type_name(), "array");
  EXPECT_EQ(Json::object().type_name(), "object");
}

TEST(AJsonString, EscapesWhatItMust) {
  std::string out;
  append_json_string(out, "a\"\\/\b\f\n\r\t\x01\x1f\x7f€\xff"s + "\0"s);
  EXPECT_EQ(out, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f€\ufffd\\u0000\"");
  EXPECT_EQ(parse_json(out)->as_string(), "a\"\\/\b\f\n\r\t\x01\x1f\x7f€\ufffd"s + "\0"s);
}

struct BadRow {
  const char* name;
  std::string text;
  Code code;
  std::optional<std::uint64_t> offset;
};

const BadRow kBad[] = {
    {"empty", "", Code::truncated, 0},
    {"blanks", " \n", Code::truncated, 2},
    {"mark_only", "\xef\xbb\xbf", Code::truncated, 3},
    {"word", "nothing", Code::malformed, 0},
    {"binary", "\x00\x01\x02"s, Code::malformed, 0},
    {"html", "<html>", Code::malformed, 0},
    {"two_values", "{} {}", Code::malformed, 3},
    {"trailing_comma", "[1,]", Code::malformed, 3},
    {"trailing_comma_in_object", R"({"a":1,})", Code::malformed, 7},
    {"no_comma", "[1 2]", Code::malformed, 3},
    {"no_colon", R"({"a" 1})", Code::malformed, 5},
    {"no_key", "{1:2}", Code::malformed, 1},
    {"single_quotes", "{'a':1}", Code::malformed, 1},
    {"other_bracket", "[1}", Code::malformed, 2},
    {"leading_zero", "[01]", Code::malformed, 1},
    {"plus", "[+1]", Code::malformed, 1},
    {"no_digit_after_point", "[1.]", Code::malformed, 3},
    {"no_digit_in_exponent", "[1e]", Code::malformed, 3},
    {"nan", "[NaN]", Code::malformed, 1},
    {"infinity", "[-Infinity]", Code::malformed, 2},
    {"huge_double", "[1e400]", Code::refused, 1},
    {"huge_exponent", "[1e999999999999]", Code::refused, 1},
    {"a_million_digits", "[" + std::string(1'000'000, '9') + "]", Code::refused, 1},
    {"invalid_utf8", "[\"a\xff\"]", Code::malformed, 3},
    {"overlong", "[\"\xc0\xaf\"]", Code::malformed, 2},
    {"raw_surrogate", "[\"\xed\xa0\x80\"]", Code::malformed, 2},
    {"latin1_key", "{\"\xfc\":1}", Code::malformed, 2},
    {"half_a_pair", R"(["\ud800"])", Code::malformed, 2},
    {"second_half_alone", R"(["\udc00"])", Code::malformed, 2},
    {"two_first_halves", R"(["\ud800\ud800"])", Code::malformed, 2},
    {"bad_escape", R"(["\x"])", Code::malformed, 3},
    {"bad_hex", R"(["\u12g4"])", Code::malformed, 6},
    {"line_end_in_string", "[\"a\nb\"]", Code::malformed, 3},
    {"nul_in_string", "[\"a\0b\"]"s, Code::malformed, 3},
    {"utf16", "{\0\"\0"s, Code::malformed, 1},
    {"duplicate_keys", R"({"a":1,"b":2,"a":3})", Code::malformed, std::nullopt},
    {"duplicate_keys_by_escape", R"({"a":1,"\u0061":3})", Code::malformed, std::nullopt},
    {"duplicate_keys_inside", R"([{"x":{"a":1,"a":1}}])", Code::malformed, std::nullopt},
    {"a_million_open", std::string(1'000'000, '['), Code::refused, 128},
    {"a_million_objects",
     [] {
       std::string text;
       for (int i = 0; i < 1'000'000; ++i) text += "{\"a\":";
       return text;
     }(),
     Code::refused, 128 * 5},
};

TEST(ABadJsonText, IsRefusedWithTheByteThatIsWrong) {
  for (const BadRow& row : kBad) {
    const auto json = parse_json(row.text);
    ASSERT_FALSE(json) << row.name;
    EXPECT_EQ(to_string(json.error().code), to_string(row.code)) << row.name << ": " << json.error().message();
    EXPECT_EQ(json.error().offset, row.offset) << row.name << ": " << json.error().message();
  }
}

TEST(ABadJsonText, CutAnywhereIsCalledTruncated) {
  const std::string whole =
      R"( {"k\u00e9y": [1, -2.5e+10, true, false, null, "s\ud83d\ude00\\", {}, []], "é€🎉": {"a": "b"}})";
  ASSERT_TRUE(parse_json(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto json = parse_json(std::string_view(whole).substr(0, n));
    ASSERT_FALSE(json) << n;
    EXPECT_EQ(to_string(json.error().code), "truncated") << n << ": " << json.error().message();
    EXPECT_EQ(json.error().offset, n);
  }
}

TEST(ABadJsonText, NeverReadsPastItsEnd) {
  // A heap buffer of the exact size: the sanitizers see one byte too far.
  const std::pair<const char*, bool> texts[] = {{"1", true},    {"12345", true},    {"\"a\"", true},    {"[1]", true},
                                                {"tru", false}, {"\"\\u12", false}, {"{\"a\":", false}, {"-", false}};
  for (const auto& [text, whole] : texts) {
    const std::vector<char> exact(text, text + std::strlen(text));
    const auto json = parse_json(std::string_view(exact.data(), exact.size()));
    ASSERT_EQ(json.has_value(), whole) << text;
    if (whole) continue;
    EXPECT_EQ(to_string(json.error().code), "truncated") << text;
    EXPECT_EQ(json.error().offset, exact.size()) << text;
  }
}

TEST(TheLimitsOfJson, AreKeptAndNamed) {
  EXPECT_EQ(parse_json("[1,2,3]", {.bytes = 6}).error().code, Code::refused);
  EXPECT_TRUE(parse_json("[1,2,3]", {.bytes = 7}));
  EXPECT_EQ(parse_json("[1,2,3]", {.values = 3}).error().code, Code::refused);
  EXPECT_TRUE(parse_json("[1,2,3]", {.values = 4}));
  EXPECT_TRUE(parse_json("[[1]]", {.depth = 2}));
  const auto deep = parse_json("[[[1]]]", {.depth = 2});
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, Code::refused);
  EXPECT_EQ(deep.error().offset, 2u);
  EXPECT_NE(deep.error().what.find('2'), std::string::npos);
  EXPECT_TRUE(parse_json(std::string(128, '[') + std::string(128, ']')));
  EXPECT_FALSE(parse_json(std::string(129, '[') + std::string(129, ']')));
  EXPECT_TRUE(parse_json("1", {.depth = 0}));
  EXPECT_FALSE(parse_json("[]", {.depth = 0}));
  EXPECT_FALSE(parse_json(std::string(100'000, '[') + std::string(100'000, ']'), {.depth = SIZE_MAX}));
}

TEST(AnInteger, BeyondSixtyFourBitsBecomesADouble) {
  const auto json = parse_json(
      "\xef\xbb\xbf{\"model_max_length\": 1000000000000000019884624838656, \"x\": [1, -9223372036854775809,"
      "18446744073709551616, 1e-400, 7]}");
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ((*json)["model_max_length"].as_double(), 1e30);
  EXPECT_FALSE((*json)["model_max_length"].is_integer());
  EXPECT_EQ((*json)["x"].dump(), "[1,-9223372036854775808.0,18446744073709551616.0,0.0,7]");
  const auto wrong = parse_json("[100000000000000000000, 1e-400, x]");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().offset, 32u);
}

TEST(AnObjectOfManyKeys, IsCheckedForDuplicatesInLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 300'000; ++i) text += "\"key" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(parse_json(text + "\"last\":0}"));
  EXPECT_FALSE(parse_json(text + "\"key7\":0}"));
}

TEST(ADouble, ReadsBackAsItself) {
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -2.5, 1e21, 123456789.0}) {
    const std::string text = Json(value).dump();
    EXPECT_EQ(parse_json(text)->as_double(), value) << text;
    EXPECT_FALSE(parse_json(text)->is_integer()) << text;
  }
}

TEST(AJsonText, RoundTrips) {
  for (const char* text : {R"({"a":[1,2.5,-3,"x",true,null,{},[]],"":{"ü":"€"}})", "[]", "{}", "\"\"", "0", "true"}) {
    const auto json = parse_json(text);
    ASSERT_TRUE(json);
    EXPECT_EQ(json->dump(), text);
    EXPECT_EQ(*parse_json(json->dump_pretty()), *json);
  }
}

}  // namespace
}  // namespace tocsin
