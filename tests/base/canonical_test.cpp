#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "base/json.hpp"

namespace tocsin {
namespace {

struct NumberRow {
  std::uint64_t bits;
  const char* text;
};

// RFC 8785, appendix B.
constexpr NumberRow kNumbers[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "0"},
    {0x0000000000000001, "5e-324"},
    {0x8000000000000001, "-5e-324"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0xffefffffffffffff, "-1.7976931348623157e+308"},
    {0x4340000000000000, "9007199254740992"},
    {0xc340000000000000, "-9007199254740992"},
    {0x4430000000000000, "295147905179352830000"},
    {0x44b52d02c7e14af5, "9.999999999999997e+22"},
    {0x44b52d02c7e14af6, "1e+23"},
    {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
    {0x444b1ae4d6e2ef4e, "999999999999999700000"},
    {0x444b1ae4d6e2ef4f, "999999999999999900000"},
    {0x444b1ae4d6e2ef50, "1e+21"},
    {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
    {0x3eb0c6f7a0b5ed8d, "0.000001"},
    {0x41b3de4355555553, "333333333.3333332"},
    {0x41b3de4355555554, "333333333.33333325"},
    {0x41b3de4355555555, "333333333.3333333"},
    {0x41b3de4355555556, "333333333.3333334"},
    {0x41b3de4355555557, "333333333.33333343"},
    {0xbecbf647612f3696, "-0.0000033333333333333333"},
    {0x43143ff3c1cb0959, "1424953923781206.2"},
};

TEST(CanonicalJson, WritesNumbersAsTheRfcDoes) {
  for (const NumberRow& row : kNumbers) EXPECT_EQ(Json(std::bit_cast<double>(row.bits)).canonical(), row.text);
}

TEST(CanonicalJson, WritesIntegersAndDoublesOfOneValueAlike) {
  EXPECT_EQ(Json(100).canonical(), "100");
  EXPECT_EQ(Json(100.0).canonical(), "100");
  EXPECT_EQ(Json(-7).canonical(), "-7");
  EXPECT_EQ(Json(std::int64_t{1785342878042882}).canonical(), "1785342878042882");
  EXPECT_EQ(Json(std::uint64_t{18446744073709551615u}).canonical(), "18446744073709552000");
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).canonical(), "null");
}

// RFC 8785, section 3.2.2 and 3.2.3.
TEST(CanonicalJson, ComesOutAsInTheExamplesOfTheRfc) {
  EXPECT_EQ(parse_json(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]})")
                ->canonical(),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  EXPECT_EQ(parse_json(R"({"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis"})")
                ->canonical(),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
            "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\","
            "\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST(CanonicalJson, SortsPrefixesFirstAndDeepInside) {
  EXPECT_EQ(parse_json(R"({"b":1,"aa":{"z":1,"y":[{"d":1,"c":2}]},"a":[],"":{}})")->canonical(),
            R"({"":{},"a":[],"aa":{"y":[{"c":2,"d":1}],"z":1},"b":1})");
}

TEST(CanonicalJson, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(Json("\xff").canonical(), "\"\ufffd\"");
  Json object = Json::object();
  object.set("\xf0\x9f", 1).set("\uffff", 2);
  EXPECT_EQ(object.canonical(), "{\"\ufffd\":1,\"\uffff\":2}");
}

TEST(CanonicalJson, IsItsOwnCanonicalForm) {
  for (const char* text : {R"({"a":[1,2.5,-0.0,1e300,"x\u0000\u001f"],"ü":null})", "[]", "{}", "\"\"", "1e-7"}) {
    const std::string once = parse_json(text)->canonical();
    EXPECT_EQ(parse_json(once)->canonical(), once);
  }
}

}  // namespace
}  // namespace tocsin
