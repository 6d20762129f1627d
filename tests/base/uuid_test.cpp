#include "base/uuid.hpp"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr const char* kDns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
constexpr const char* kUrl = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";

TEST(AUuid, ReadsBackFromItsText) {
  EXPECT_EQ(parse_uuid(kDns)->text(), kDns);
  EXPECT_EQ(parse_uuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8")->text(), kDns);
}

TEST(AUuid, IsRefusedInAnyOtherForm) {
  for (const char* bad : {"", "6ba7b810", "6ba7b8109dad11d180b400c04fd430c8", "{ba7b810-9dad-11d1-80b4-00c04fd430c8}",
                          "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b8109-dad-11d1-80b4-00c04fd430c8",
                          "6ba7b810-9dad-11d1-80b4-00c04fd430c8 "})
    EXPECT_FALSE(parse_uuid(bad)) << bad;
}

// The values that Python's uuid.uuid5 gives; the first two are in its documentation and tests.
TEST(AUuidOfVersion5, IsTheOneThatOthersCompute) {
  EXPECT_EQ(uuid_v5(*parse_uuid(kDns), "python.org").text(), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  EXPECT_EQ(uuid_v5(*parse_uuid(kUrl), "http://python.org/").text(), "4c565f0d-3f5a-5890-b41b-20cf47701c5e");
  EXPECT_EQ(uuid_v5(*parse_uuid(kDns), "tocsin.dev"), tocsin_namespace());
}

TEST(TheNamespaceOfTocsin, NeverChanges) {
  EXPECT_EQ(tocsin_namespace().text(), "990bb541-e5e4-5832-ae0e-b9043f395a79");
}

}  // namespace
}  // namespace tocsin
