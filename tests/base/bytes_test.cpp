#include "base/bytes.hpp"

#include <gtest/gtest.h>

using namespace std::string_view_literals;

namespace tocsin {
namespace {

TEST(BytesRead, LittleEndianIntegers) {
  Bytes in("\x01\x02\x03\x04\xff\xff"sv);
  EXPECT_EQ(*in.le<std::uint32_t>(), 0x04030201u);
  EXPECT_EQ(in.offset(), 4u);
  EXPECT_EQ(*in.le<std::int16_t>(), -1);
  EXPECT_TRUE(in.at_end());
}

TEST(BytesRead, ToTheLastByteAndNoFurther) {
  Bytes in("abc"sv);
  EXPECT_EQ(*in.text(2), "ab");
  const auto short_of = in.le<std::uint32_t>();
  ASSERT_FALSE(short_of);
  EXPECT_EQ(short_of.error().code, Code::truncated);
  EXPECT_EQ(short_of.error().offset, 2u);
  EXPECT_EQ(in.left(), 1u) << "a failed read takes nothing";
  EXPECT_EQ(*in.text(1), "c");
  EXPECT_TRUE(in.take(0));
  EXPECT_FALSE(in.skip(1));
}

TEST(BytesRead, RefuseLengthsThatWouldOverflow) {
  Bytes in("abcdefgh"sv);
  ASSERT_TRUE(in.skip(4));
  for (const std::uint64_t n : {std::uint64_t{5}, UINT64_MAX, UINT64_MAX - 3}) {
    const auto taken = in.take(n);
    ASSERT_FALSE(taken) << n;
    EXPECT_EQ(taken.error().offset, 4u);
  }
}

}  // namespace
}  // namespace tocsin
