// Calendar arithmetic on the proleptic Gregorian calendar, by the day counts of Howard Hinnant ("chrono-Compatible
// Low-Level Date Algorithms"); readers for RFC 3339, the ISO 8601 forms of real sources, and RFC 822 / 2822.
#include "base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

struct Date {
  int year = 1;
  int month = 1;
  int day = 1;
};
struct Moment {
  Date date;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t us = 0;
  int offset_minutes = 0;  // east of Greenwich
};

constexpr std::int64_t days_from_civil(Date d) {
  const std::int64_t y = d.month <= 2 ? d.year - 1 : d.year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr Date civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  Date d;
  d.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  d.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  d.year = static_cast<int>(year_of_era + era * 400 + (d.month <= 2 ? 1 : 0));
  return d;
}

constexpr int days_in_month(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

constexpr std::int64_t kFirst = days_from_civil({1, 1, 1}) * kDay;
constexpr std::int64_t kPast = days_from_civil({10000, 1, 1}) * kDay;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// What is left of the text, eaten from the front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool at_end() const { return at_ == text_.size(); }
  std::size_t offset() const { return at_; }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool eat(char c) {
    if (peek() != c || at_end()) return false;
    ++at_;
    return true;
  }
  bool eat_any(std::string_view set) {
    if (at_end() || set.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  std::size_t skip_blanks() {
    const std::size_t from = at_;
    while (eat_any(" \t\r\n")) {
    }
    return at_ - from;
  }
  std::string_view word() { return run(is_letter); }
  std::string_view digits() { return run(is_digit); }
  // Exactly `n` digits.
  std::optional<int> number(std::size_t n) {
    if (text_.size() - at_ < n) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (!is_digit(text_[at_ + i])) return std::nullopt;
      value = value * 10 + (text_[at_ + i] - '0');
    }
    at_ += n;
    return value;
  }

 private:
  std::string_view run(bool (*belongs)(char)) {
    const std::size_t from = at_;
    while (!at_end() && belongs(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

Failure bad_time(std::string_view text, std::string_view why) {
  return fail(Code::malformed, fmt::format("not a time: \"{}\": {}", printable(text, 64), why));
}

Result<Time> to_time(const Moment& m, std::string_view text) {
  if (m.date.year < 1) return bad_time(text, "years begin with 1");
  if (m.date.month < 1 || m.date.month > 12) return bad_time(text, "no such month");
  if (m.date.day < 1 || m.date.day > days_in_month(m.date.year, m.date.month)) return bad_time(text, "no such day");
  if (m.hour > 23) return bad_time(text, "no such hour");
  if (m.minute > 59) return bad_time(text, "no such minute");
  if (m.second > 60) return bad_time(text, "no such second");
  const std::int64_t seconds =
      m.hour * 3600 + m.minute * 60 + std::min(m.second, 59);  // a leap second is the one before
  const std::int64_t us = days_from_civil(m.date) * kDay + (seconds - m.offset_minutes * 60) * kSecond + m.us;
  if (us < kFirst || us >= kPast) return bad_time(text, "outside the years 0001 to 9999");
  return Time{us};
}

// "+02:00", "+0200", "+02"; hours to 23, minutes to 59.
std::optional<int> read_offset(Reader& in) {
  const bool west = in.peek() == '-';
  if (!in.eat_any("+-")) return std::nullopt;
  const auto hours = in.number(2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (in.eat(':') || is_digit(in.peek())) {
    const auto read = in.number(2);
    if (!read || *read > 59) return std::nullopt;
    minutes = *read;
  }
  const int offset = *hours * 60 + minutes;
  return west ? -offset : offset;
}

std::int64_t microseconds_of(std::string_view digits) {
  std::int64_t us = 0;
  for (std::size_t i = 0; i < 6; ++i) us = us * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return us;
}

// Month by its English name or any beginning of it from three letters on ("Sept" is common).
std::optional<int> month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                        "may",       "june",     "july",     "august",
                                                        "september", "october",  "november", "december"};
  const std::string lower = to_lower(word);
  if (lower.size() < 3) return std::nullopt;
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (kMonths[i].starts_with(lower)) return static_cast<int>(i + 1);
  return std::nullopt;
}

// Zone names: those of RFC 822, and the few others that feeds write. Unknown names mean UTC (RFC 2822, section 4.3).
int offset_of_zone(std::string_view name) {
  struct Zone {
    std::string_view name;
    int hours;
  };
  constexpr Zone kZones[] = {{"est", -5}, {"edt", -4},  {"cst", -6},  {"cdt", -5}, {"mst", -7},
                             {"mdt", -6}, {"pst", -8},  {"pdt", -7},  {"bst", 1},  {"cet", 1},
                             {"cest", 2}, {"eet", 2},   {"eest", 3},  {"msk", 3},  {"jst", 9},
                             {"kst", 9},  {"aest", 10}, {"aedt", 11}, {"hkt", 8},  {"sgt", 8}};
  const std::string lower = to_lower(name);
  for (const Zone& zone : kZones)
    if (zone.name == lower) return zone.hours * 60;
  return 0;
}

}  // namespace

Result<Time> parse_time(std::string_view given) {
  const std::string_view text = trim(given);
  Reader in(text);
  Moment m;
  const auto year = in.number(4);
  if (!year) return bad_time(text, "does not begin with a year");
  m.date.year = *year;
  if (in.at_end()) return to_time(m, text);
  const auto month = in.eat('-') ? in.number(2) : std::nullopt;
  if (!month) return bad_time(text, "no month after the year");
  m.date.month = *month;
  if (in.at_end()) return to_time(m, text);
  const auto day = in.eat('-') ? in.number(2) : std::nullopt;
  if (!day) return bad_time(text, "no day after the month");
  m.date.day = *day;
  if (in.at_end()) return to_time(m, text);

  if (!in.eat_any("Tt ")) return bad_time(text, "no T between date and time");
  const auto hour = in.number(2);
  const auto minute = hour && in.eat(':') ? in.number(2) : std::nullopt;
  if (!minute) return bad_time(text, "the time is not hh:mm:ss");
  m.hour = *hour;
  m.minute = *minute;
  if (in.eat(':')) {
    const auto second = in.number(2);
    if (!second) return bad_time(text, "the time is not hh:mm:ss");
    m.second = *second;
    if (in.eat_any(".,")) {
      const std::string_view digits = in.digits();
      if (digits.empty()) return bad_time(text, "no digits after the point");
      m.us = microseconds_of(digits);
    }
  }
  if (in.at_end()) return to_time(m, text);

  in.eat(' ');
  if (in.peek() == '+' || in.peek() == '-') {
    const auto offset = read_offset(in);
    if (!offset) return bad_time(text, "the offset is not +hh:mm");
    m.offset_minutes = *offset;
  } else {
    const std::string zone = to_lower(in.word());
    if (zone != "z" && zone != "utc" && zone != "gmt") return bad_time(text, "unknown zone");
  }
  if (!in.at_end()) return bad_time(text, "more text after the time");
  return to_time(m, text);
}

Result<Time> parse_rfc822(std::string_view given) {
  const std::string_view text = trim(given);
  Reader in(text);
  Moment m;
  if (is_letter(in.peek())) {  // the day's name; sources get it wrong, so it decides nothing
    in.word();
    in.eat('.');
    in.eat(',');
    in.skip_blanks();
  }
  const std::string_view day = in.digits();
  if (day.empty() || day.size() > 2) return bad_time(text, "no day of the month");
  m.date.day = day.size() == 1 ? day[0] - '0' : (day[0] - '0') * 10 + day[1] - '0';
  in.skip_blanks();
  const auto month = month_of(in.word());
  if (!month) return bad_time(text, "no such month");
  m.date.month = *month;
  in.eat('.');
  in.skip_blanks();
  const std::string_view year = in.digits();
  if (year.size() < 2 || year.size() > 4) return bad_time(text, "no year");
  m.date.year = 0;
  for (const char c : year) m.date.year = m.date.year * 10 + (c - '0');
  if (year.size() == 2) m.date.year += m.date.year < 50 ? 2000 : 1900;  // RFC 2822, section 4.3
  if (year.size() == 3) m.date.year += 1900;
  in.skip_blanks();
  if (in.at_end()) return to_time(m, text);

  const auto field = [&]() -> std::optional<int> {
    const std::string_view digits = in.digits();
    if (digits.empty() || digits.size() > 2) return std::nullopt;
    return digits.size() == 1 ? digits[0] - '0' : (digits[0] - '0') * 10 + digits[1] - '0';
  };
  const auto hour = field();
  const auto minute = hour && in.eat(':') ? field() : std::nullopt;
  if (!minute) return bad_time(text, "the time is not hh:mm:ss");
  m.hour = *hour;
  m.minute = *minute;
  if (in.eat(':')) {
    const auto second = field();
    if (!second) return bad_time(text, "the time is not hh:mm:ss");
    m.second = *second;
    if (in.eat('.')) m.us = microseconds_of(in.digits());
  }
  in.skip_blanks();
  if (in.peek() == '+' || in.peek() == '-') {
    const auto offset = read_offset(in);
    if (!offset) return bad_time(text, "the offset is not +hhmm");
    m.offset_minutes = *offset;
  } else {
    const std::string_view zone = in.word();
    if (zone.size() > 5) return bad_time(text, "unknown zone");
    m.offset_minutes = offset_of_zone(zone);
    if (to_lower(zone) == "gmt" || to_lower(zone) == "utc") {  // "GMT+0200"
      if (in.peek() == '+' || in.peek() == '-') {
        const auto offset = read_offset(in);
        if (!offset) return bad_time(text, "the offset is not +hhmm");
        m.offset_minutes = *offset;
      }
    }
  }
  in.skip_blanks();
  if (!in.at_end() && in.peek() != '(') return bad_time(text, "more text after the time");  // "(CEST)" is a comment
  return to_time(m, text);
}

namespace {

// Date and time to the second, and the microseconds that are left.
std::pair<std::string, int> to_seconds(Time time) {
  std::int64_t days = time.us / kDay;
  std::int64_t rest = time.us % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  const Date d = civil_from_days(days);
  const int seconds = static_cast<int>(rest / kSecond);
  return {fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", d.year, d.month, d.day, seconds / 3600, seconds / 60 % 60,
                      seconds % 60),
          static_cast<int>(rest % kSecond)};
}

}  // namespace

std::string to_rfc3339(Time time) {
  const auto [text, us] = to_seconds(time);
  if (us == 0) return text + "Z";
  if (us % 1000 == 0) return fmt::format("{}.{:03}Z", text, us / 1000);
  return fmt::format("{}.{:06}Z", text, us);
}

std::string to_rfc3339_ms(Time time) {
  const auto [text, us] = to_seconds(time);
  return fmt::format("{}.{:03}Z", text, us / 1000);
}

std::string to_date(Time time) {
  const std::string text = to_seconds(time).first;
  return text.substr(0, text.find('T'));
}

namespace {

class MachineClock final : public Clock {
 public:
  Time now() const override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
  }
};

}  // namespace

const Clock& system_clock() {
  static const MachineClock machine;
  static const std::optional<ManualClock> fixed = []() -> std::optional<ManualClock> {
    const char* now = std::getenv("TOCSIN_NOW");
    if (!now || !*now) return std::nullopt;
    const auto time = parse_time(now);
    if (!time) {  // an unreadable wish must not silently become the machine's clock
      fmt::print(stderr, "tocsin: error: TOCSIN_NOW: {}\n", time.error().message());
      std::exit(2);
    }
    return ManualClock(*time);
  }();
  if (fixed) return *fixed;
  return machine;
}

}  // namespace tocsin
