#include "versions/number.hpp"

#include <cstdint>

namespace tocsin::versions {
namespace {

std::string_view without_leading_zeros(std::string_view digits) {
  const auto first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string_view("0") : digits.substr(first);
}

// Keys. One byte for 0..kLargestInOneByte, so that the usual version has a key of about eight bytes; then a length byte
// and the value big-endian; then, for what 64 bits cannot hold, the count of digits and the digits.
constexpr std::uint64_t kLargestInOneByte = 0xee;  // becomes 0x01..0xef
constexpr unsigned char kBinary = 0xf0;            // 0xf1..0xf8: that many bytes follow
constexpr unsigned char kDecimal = 0xf9;           // four bytes of length, then digits
constexpr std::size_t kSurelyIn64Bits = 19;        // digits: 10^19 - 1 < 2^64

}  // namespace

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  if (count == 0) return {};
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return without_leading_zeros(digits);
}

Number::Number(std::string_view digits) : digits_(without_leading_zeros(digits)) {}

Number Number::next() const {
  Number result = *this;
  for (auto digit = result.digits_.rbegin(); digit != result.digits_.rend(); ++digit) {
    if (*digit != '9') {
      ++*digit;
      return result;
    }
    *digit = '0';
  }
  result.digits_.insert(result.digits_.begin(), '1');
  return result;
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  if (const auto by_length = digits_.size() <=> other.digits_.size(); by_length != 0) return by_length;
  return digits_.compare(other.digits_) <=> 0;
}

void append_number_key(std::string& key, std::string_view digits) {
  if (digits.size() > kSurelyIn64Bits) {
    key += static_cast<char>(kDecimal);
    for (int shift = 24; shift >= 0; shift -= 8) key += static_cast<char>((digits.size() >> shift) & 0xff);
    key += digits;
    return;
  }
  std::uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  if (value <= kLargestInOneByte) {
    key += static_cast<char>(value + 1);
    return;
  }
  int bytes = 8;
  while (bytes > 1 && (value >> ((bytes - 1) * 8)) == 0) --bytes;
  key += static_cast<char>(kBinary + bytes);
  for (int at = bytes - 1; at >= 0; --at) key += static_cast<char>((value >> (at * 8)) & 0xff);
}

}  // namespace tocsin::versions
