// A decimal number of any length, as version strings carry them.
//
// Version numbers come from strangers: twenty digits already overflow 64 bits, and both package indexes and attackers
// use more. The value is kept as digits without leading zeros ("0" for zero), so comparing never overflows.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace tocsin::versions {

class Number {
 public:
  Number() : digits_("0") {}
  // `digits` are ASCII digits, at least one; leading zeros are dropped.
  explicit Number(std::string_view digits);

  std::string_view digits() const { return digits_; }
  bool is_zero() const { return digits_ == "0"; }
  Number next() const;  // one more

  std::strong_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const = default;

 private:
  std::string digits_;
};

// Appends bytes whose memcmp order is the numeric order. The first byte is 0x01..0xf9, never 0x00, so that 0x00 can end
// a list of numbers below every longer list.
void append_number_key(std::string& key, std::string_view digits_without_leading_zeros);

bool is_digit(char c);
bool is_letter(char c);  // ASCII
// The run of ASCII digits at the start of `text`, without its leading zeros ("0" for zeros only); `text` moves past it.
// Empty when there is no digit.
std::string_view take_digits(std::string_view& text);

}  // namespace tocsin::versions
