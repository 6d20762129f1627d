#include "wire/address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/un.h>

namespace tocsin::wire {
namespace {

struct Case {
  const char* address;
  Reach reach;
  const char* kind;
};

class AddressesAreJudged : public testing::TestWithParam<Case> {};
TEST_P(AddressesAreJudged, ByTheRegistryOfTheirNetwork) {
  const auto verdict = judge_literal(GetParam().address, judge_address);
  ASSERT_TRUE(verdict) << GetParam().address;
  EXPECT_EQ(verdict->reach, GetParam().reach) << GetParam().address << " is " << verdict->kind;
  EXPECT_NE(verdict->kind.find(GetParam().kind), std::string_view::npos)
      << GetParam().address << " is " << verdict->kind;
}
INSTANTIATE_TEST_SUITE_P(
    , AddressesAreJudged,
    testing::Values(
        // IPv4: each net with its first and last address, and the neighbours outside
        Case{"0.0.0.0", Reach::never, "unspecified"}, Case{"0.255.255.255", Reach::never, "unspecified"},
        Case{"1.0.0.0", Reach::open, "public"}, Case{"9.255.255.255", Reach::open, "public"},
        Case{"10.0.0.0", Reach::internal, "private"}, Case{"10.255.255.255", Reach::internal, "private"},
        Case{"11.0.0.0", Reach::open, "public"}, Case{"100.63.255.255", Reach::open, "public"},
        Case{"100.64.0.0", Reach::internal, "carrier-grade"}, Case{"100.127.255.255", Reach::internal, "carrier-grade"},
        Case{"100.128.0.0", Reach::open, "public"}, Case{"126.255.255.255", Reach::open, "public"},
        Case{"127.0.0.1", Reach::internal, "loopback"}, Case{"127.255.255.254", Reach::internal, "loopback"},
        Case{"128.0.0.0", Reach::open, "public"}, Case{"169.253.255.255", Reach::open, "public"},
        Case{"169.254.169.254", Reach::internal, "link-local"}, Case{"169.255.0.0", Reach::open, "public"},
        Case{"172.15.255.255", Reach::open, "public"}, Case{"172.16.0.0", Reach::internal, "private"},
        Case{"172.31.255.255", Reach::internal, "private"}, Case{"172.32.0.0", Reach::open, "public"},
        Case{"192.0.0.8", Reach::never, "reserved"}, Case{"192.0.1.0", Reach::open, "public"},
        Case{"192.0.2.1", Reach::never, "documentation"}, Case{"192.88.99.1", Reach::never, "reserved"},
        Case{"192.167.255.255", Reach::open, "public"}, Case{"192.168.0.1", Reach::internal, "private"},
        Case{"192.169.0.0", Reach::open, "public"}, Case{"198.17.255.255", Reach::open, "public"},
        Case{"198.18.0.1", Reach::internal, "benchmarks"}, Case{"198.19.255.255", Reach::internal, "benchmarks"},
        Case{"198.20.0.0", Reach::open, "public"}, Case{"198.51.100.7", Reach::never, "documentation"},
        Case{"203.0.113.7", Reach::never, "documentation"}, Case{"223.255.255.255", Reach::open, "public"},
        Case{"224.0.0.1", Reach::never, "multicast"}, Case{"239.255.255.255", Reach::never, "multicast"},
        Case{"240.0.0.1", Reach::never, "reserved"}, Case{"255.255.255.255", Reach::never, "reserved"},
        Case{"8.8.8.8", Reach::open, "public"},
        // IPv6
        Case{"::", Reach::never, "unspecified"}, Case{"::1", Reach::internal, "loopback"},
        Case{"::2", Reach::never, "reserved"},
        Case{"::7f00:1", Reach::never, "reserved"},  // 127.0.0.1 in the form that was given up
        Case{"fc00::1", Reach::internal, "unique local"}, Case{"fdff:ffff::1", Reach::internal, "unique local"},
        Case{"fe80::1", Reach::internal, "link-local"}, Case{"fe80::1%eth0", Reach::internal, "link-local"},
        Case{"febf::1", Reach::internal, "link-local"}, Case{"fec0::1", Reach::internal, "site-local"},
        Case{"ff02::1", Reach::never, "multicast"}, Case{"2001:db8::1", Reach::never, "documentation"},
        Case{"3fff::1", Reach::never, "documentation"}, Case{"2001::1", Reach::never, "reserved"},
        Case{"2001:1ff::1", Reach::never, "reserved"}, Case{"2001:200::1", Reach::open, "public"},
        Case{"2606:4700::6810:1", Reach::open, "public"}, Case{"3ffe::1", Reach::open, "public"},
        Case{"4000::1", Reach::never, "reserved"}, Case{"100::1", Reach::never, "reserved"},
        Case{"5f00::1", Reach::never, "reserved"}, Case{"1fff::1", Reach::never, "reserved"},
        // an IPv4 address inside
        Case{"::ffff:127.0.0.1", Reach::internal, "loopback"}, Case{"::ffff:10.1.2.3", Reach::internal, "private"},
        Case{"::ffff:0.0.0.0", Reach::never, "unspecified"}, Case{"::ffff:8.8.8.8", Reach::open, "public"},
        Case{"64:ff9b::10.0.0.1", Reach::internal, "private"}, Case{"64:ff9b::7f00:1", Reach::internal, "loopback"},
        Case{"64:ff9b::a9fe:a9fe", Reach::internal, "link-local"}, Case{"64:ff9b::8.8.8.8", Reach::open, "public"},
        Case{"64:ff9b:1::1", Reach::internal, "NAT64"}, Case{"2002:7f00:1::1", Reach::internal, "loopback"},
        Case{"2002:c0a8:101::1", Reach::internal, "private"}, Case{"2002:808:808::1", Reach::open, "public"},
        Case{"2002:e000:1::1", Reach::never, "multicast"}));

TEST(Addresses, OfOtherFamiliesAreNever) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_EQ(judge_address(reinterpret_cast<const sockaddr&>(local)).reach, Reach::never);
}

TEST(Addresses, NamesAreNoLiterals) {
  for (const char* name : {"localhost", "example.org", "", "10.0.0", "0x7f000001", "1.2.3.4.5"})
    EXPECT_FALSE(judge_literal(name, judge_address)) << name;
}

}  // namespace
}  // namespace tocsin::wire
