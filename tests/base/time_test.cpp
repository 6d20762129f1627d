#include "base/time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <span>

namespace tocsin {
namespace {

struct Row {
  const char* text;
  const char* want;  // RFC 3339, or "" for malformed
};

void check(Result<Time> (*parse)(std::string_view), std::span<const Row> rows) {
  for (const Row& row : rows) {
    const auto time = parse(row.text);
    if (!*row.want) {
      ASSERT_FALSE(time) << row.text << " gave " << to_rfc3339(*time);
      EXPECT_EQ(time.error().code, Code::malformed) << row.text;
    } else {
      ASSERT_TRUE(time) << row.text << ": " << time.error().message();
      EXPECT_EQ(to_rfc3339(*time), row.want) << row.text;
    }
  }
}

TEST(ATime, IsReadInTheFormsThatSourcesUse) {
  constexpr Row kRows[] = {
      {"2026-07-23T14:34:38.042882Z", "2026-07-23T14:34:38.042882Z"},
      {"2026-07-23T14:34:38Z", "2026-07-23T14:34:38Z"},
      {"2026-07-23t14:34:38z", "2026-07-23T14:34:38Z"},
      {"2026-07-23T14:34:38.5Z", "2026-07-23T14:34:38.500Z"},
      {"2026-07-23T14:34:38,25Z", "2026-07-23T14:34:38.250Z"},
      {"2026-07-23T14:34:38.123456789Z", "2026-07-23T14:34:38.123456Z"},
      {"2026-07-23T14:34:38+02:00", "2026-07-23T12:34:38Z"},
      {"2026-07-23T14:34:38-0930", "2026-07-24T00:04:38Z"},
      {"2026-07-23T14:34:38+02", "2026-07-23T12:34:38Z"},
      {"2026-07-23 14:34:38", "2026-07-23T14:34:38Z"},
      {"2026-07-23T14:34:38", "2026-07-23T14:34:38Z"},
      {"2026-07-23 14:34:38 UTC", "2026-07-23T14:34:38Z"},
      {"2026-07-23 14:34:38 +0200", "2026-07-23T12:34:38Z"},
      {"2026-07-23T14:34Z", "2026-07-23T14:34:00Z"},
      {"2025-04-09", "2025-04-09T00:00:00Z"},
      {"2025-04", "2025-04-01T00:00:00Z"},
      {"2025", "2025-01-01T00:00:00Z"},
      {"  2025-04-09\n", "2025-04-09T00:00:00Z"},
      {"2024-02-29", "2024-02-29T00:00:00Z"},
      {"2000-02-29", "2000-02-29T00:00:00Z"},
      {"2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"},
      {"2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.500Z"},
      {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
      {"0001-01-01", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
  };
  check(parse_time, kRows);
}

TEST(ATime, OfNonsenseIsMalformed) {
  constexpr Row kRows[] = {
      {"", ""},
      {"yesterday", ""},
      {"0000-01-01", ""},
      {"2025-00-01", ""},
      {"2025-13-01", ""},
      {"2025-02-30", ""},
      {"2025-02-29", ""},
      {"1900-02-29", ""},
      {"2025-04-31", ""},
      {"2025-04-00", ""},
      {"2025-04-09T25:00:00Z", ""},
      {"2025-04-09T24:00:00Z", ""},
      {"2025-04-09T23:60:00Z", ""},
      {"2025-04-09T23:59:61Z", ""},
      {"2025-04-09T23", ""},
      {"2025-04-09T", ""},
      {"2025-04-09T23:5", ""},
      {"2025-04-09T23:59:59.Z", ""},
      {"2025-04-09T23:59:59+24:00", ""},
      {"2025-04-09T23:59:59+02:60", ""},
      {"2025-04-09T23:59:59+2", ""},
      {"2025-04-09T23:59:59 CEST", ""},
      {"2025-04-09T23:59:59Z Z", ""},
      {"2025-4-9", ""},
      {"20250409", ""},
      {"2025-", ""},
      {"+2025-04-09", ""},
      {"12025-04-09", ""},
      {"0001-01-01T00:00:00+14:00", ""},
      {"9999-12-31T23:59:59-14:00", ""},
      {"2025-04-09T23:59:59\x1b[31m", ""},
  };
  check(parse_time, kRows);
}

TEST(ATimeOfAFeed, IsReadAsRfc822AndItsHeirsSay) {
  constexpr Row kRows[] = {
      {"Mon, 07 Dec 2020 00:00:00 GMT", "2020-12-07T00:00:00Z"},
      {"07 Dec 2020 00:00:00 GMT", "2020-12-07T00:00:00Z"},
      {"7 Dec 2020 00:00 GMT", "2020-12-07T00:00:00Z"},
      {"Mon, 7 Dec 20 01:02:03 +0100", "2020-12-07T00:02:03Z"},
      {"Mon, 7 Dec 99 01:02:03 -0800", "1999-12-07T09:02:03Z"},
      {"Mon, 07 Dec 2020 12:00:00 EST", "2020-12-07T17:00:00Z"},
      {"Mon, 07 Dec 2020 12:00:00 PDT", "2020-12-07T19:00:00Z"},
      {"Mon, 07 Dec 2020 12:00:00 Z", "2020-12-07T12:00:00Z"},
      {"Mon, 07 Dec 2020 12:00:00 UT", "2020-12-07T12:00:00Z"},
      {"Mon, 07 Dec 2020 12:00:00 XYZ", "2020-12-07T12:00:00Z"},
      {"Mon, 07 Dec 2020 12:00:00", "2020-12-07T12:00:00Z"},
      {"Mon, 07 Dec 2020 12:00:00 +02:00", "2020-12-07T10:00:00Z"},
      {"Mon, 07 Dec 2020 12:00:00 GMT+0200", "2020-12-07T10:00:00Z"},
      {"Mon, 07 Dec 2020 12:00:00 +0200 (CEST)", "2020-12-07T10:00:00Z"},
      {"Monday, 07 December 2020 12:00:00 GMT", "2020-12-07T12:00:00Z"},
      {"Tue, 07 Sept 2021 09:05:00 GMT", "2021-09-07T09:05:00Z"},
      {"Wed, 07 Dec 2020", "2020-12-07T00:00:00Z"},
      {"\n   Mon, 07 Dec 2020 00:00:00 GMT  ", "2020-12-07T00:00:00Z"},
      {"Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z"},
      {"", ""},
      {"Mon,", ""},
      {"Mon, 32 Dec 2020 00:00:00 GMT", ""},
      {"Mon, 30 Feb 2020 00:00:00 GMT", ""},
      {"Mon, 07 Foo 2020 00:00:00 GMT", ""},
      {"Mon, 07 Dec 2020 25:00:00 GMT", ""},
      {"Mon, 07 Dec 2020 00:61:00 GMT", ""},
      {"Mon, 07 Dec 2020 00:00:00 GMT trailing", ""},
      {"Mon, 07 Dec 2", ""},
      {"2020-12-07T00:00:00Z", ""},
  };
  check(parse_rfc822, kRows);
}

TEST(ATime, PrintsOnlyTheDigitsItHas) {
  EXPECT_EQ(to_rfc3339({0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339({1'000}), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(to_rfc3339({1}), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(to_rfc3339({-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339_ms({1'999}), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(to_rfc3339_ms({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_date({-1}), "1969-12-31");
}

TEST(ATime, RoundTripsEveryDayOfTheCalendar) {
  constexpr std::int64_t kDay = 86'400'000'000;
  Time time = *parse_time("0001-01-01");
  for (const Time last = *parse_time("9999-12-31"); time <= last; time.us += kDay * 13)
    ASSERT_EQ(*parse_time(to_rfc3339(time)), time);
  for (time = *parse_time("1895-01-01"); time <= *parse_time("2105-01-01"); time.us += kDay)
    ASSERT_EQ(*parse_time(to_date(time)), time);
}

TEST(ManualTime, MovesWhenTurned) {
  ManualClock clock(*parse_time("2026-01-01"));
  clock.advance(std::chrono::hours(25));
  EXPECT_EQ(to_rfc3339(clock.now()), "2026-01-02T01:00:00Z");
}

TEST(TheMachinesClock, StandsStillWhenTheEnvironmentSaysSo) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        ::setenv("TOCSIN_NOW", "2026-07-23T14:34:38Z", 1);
        std::exit(to_rfc3339(system_clock().now()) == "2026-07-23T14:34:38Z" ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        ::setenv("TOCSIN_NOW", "soon", 1);
        system_clock();
      },
      testing::ExitedWithCode(2), "TOCSIN_NOW");
}

}  // namespace
}  // namespace tocsin
