// Points in time as the whole program uses them: UTC, microseconds, signed 64 bit.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin {

struct Time {
  std::int64_t us = 0;  // microseconds since 1970-01-01T00:00:00Z
  auto operator<=>(const Time&) const = default;
  Time operator+(std::chrono::microseconds d) const { return {us + d.count()}; }
  Time operator-(std::chrono::microseconds d) const { return {us - d.count()}; }
  std::chrono::microseconds operator-(Time other) const { return std::chrono::microseconds(us - other.us); }
};

// RFC 3339 and the ISO 8601 forms that sources use: "2026-07-23T14:34:38.042882Z", offset "+02:00", blank instead of T,
// no zone (taken as UTC), date alone ("2025-04-09"), year and month ("2025-04"), year ("2025"). Years 0001 to 9999.
Result<Time> parse_time(std::string_view text);
// RFC 822 / 2822 as in RSS: "Mon, 07 Dec 2020 00:00:00 GMT"; day name optional, two-digit years, zone names and
// offsets.
Result<Time> parse_rfc822(std::string_view text);
// "2026-07-23T14:34:38Z", with .sss or .ssssss only where the time has them.
std::string to_rfc3339(Time time);
std::string to_rfc3339_ms(Time time);  // always three digits, as STIX asks (truncated)
std::string to_date(Time time);        // "2026-07-23"

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};
// The machine's clock; TOCSIN_NOW (RFC 3339) in the environment fixes it, for reproducible demos and stories.
const Clock& system_clock();
// A clock that tests turn by hand.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() const override { return now_; }
  void advance(std::chrono::microseconds d) { now_ = now_ + d; }
  void set(Time t) { now_ = t; }

 private:
  Time now_;
};

}  // namespace tocsin
