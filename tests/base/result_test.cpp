#include "base/result.hpp"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(AnError, SaysWhereBeforeWhat) {
  Error error{Code::malformed, "a value expected", "feed.json", 12, std::nullopt, std::nullopt};
  EXPECT_EQ(error.message(), "feed.json: a value expected (at byte 12)");
  error.offset.reset();
  error.line = 3;
  EXPECT_EQ(error.message(), "feed.json:3: a value expected");
  error.column = 7;
  EXPECT_EQ(error.message(), "feed.json:3:7: a value expected");
  error.where.clear();
  EXPECT_EQ(error.message(), "line 3:7: a value expected");
}

TEST(AnError, CollectsPlacesFromInsideOut) {
  Error error = Error{Code::truncated, "input ends early", "", {}, {}, {}}.at("member.json").at("all.zip");
  EXPECT_EQ(error.message(), "all.zip: member.json: input ends early");
}

TEST(AnError, KeepsItsCodeThroughTry) {
  const auto inner = []() -> Result<int> { return fail_at(Code::refused, "too many", 9); };
  const auto outer = [&]() -> Result<std::string> {
    TOCSIN_TRY(const int value, inner());
    return std::to_string(value);
  };
  const auto got = outer();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::refused);
  EXPECT_EQ(got.error().offset, 9u);
}

TEST(AnError, OfALineWithoutColumnHasNone) {
  EXPECT_FALSE(fail_line(Code::malformed, "x", 4).value().column);
  EXPECT_EQ(fail_line(Code::malformed, "x", 4, 2).value().column, 2u);
}

TEST(ACode, HasAWordOfItsOwn) {
  EXPECT_EQ(to_string(Code::malformed), "malformed");
  EXPECT_EQ(to_string(Code::truncated), "truncated");
  EXPECT_EQ(to_string(Code::refused), "refused");
  EXPECT_EQ(to_string(Code::unavailable), "unavailable");
  EXPECT_EQ(to_string(Code::conflict), "conflict");
  EXPECT_EQ(to_string(Code::internal), "internal");
}

}  // namespace
}  // namespace tocsin
