// The rows are those of the IANA special-purpose address registries (RFC 6890; IPv4 and IPv6 tables of 2024) that are
// not "globally reachable", and multicast. IPv4: the first row that covers an address says what it is, anything else is
// open. IPv6 the other way round: only 2000::/3 has been handed out for the internet (RFC 4291, 2.4), anything outside
// it is refused, and addresses that carry an IPv4 address to a gateway are judged by the one they carry. A NAT64 prefix
// of a network's own (RFC 6052) cannot be told from any other address.
#include "wire/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace tocsin::wire {
namespace {

using V6 = std::array<std::uint8_t, 16>;

struct Row4 {
  std::uint32_t net;
  int bits;
  Reach reach;
  std::string_view kind;
};
constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}
constexpr std::string_view kPrivate = "a private address";
constexpr std::string_view kLoopback = "a loopback address";
constexpr std::string_view kLinkLocal = "a link-local address";
constexpr std::string_view kExample = "an address for documentation";
constexpr std::string_view kMulticast = "a multicast address";
constexpr std::string_view kReserved = "a reserved address";
constexpr std::string_view kUnspecified = "the unspecified address";

constexpr Row4 kV4[] = {
    {v4(0, 0, 0, 0), 8, Reach::never, kUnspecified},  // RFC 1122, 3.2.1.3; Linux connects 0.0.0.0 to itself
    {v4(10, 0, 0, 0), 8, Reach::internal, kPrivate},  // RFC 1918
    {v4(100, 64, 0, 0), 10, Reach::internal, "a carrier-grade NAT address"},  // RFC 6598
    {v4(127, 0, 0, 0), 8, Reach::internal, kLoopback},
    {v4(169, 254, 0, 0), 16, Reach::internal, kLinkLocal},  // RFC 3927; cloud metadata services
    {v4(172, 16, 0, 0), 12, Reach::internal, kPrivate},
    {v4(192, 0, 0, 0), 24, Reach::never, kReserved},    // RFC 6890
    {v4(192, 0, 2, 0), 24, Reach::never, kExample},     // RFC 5737
    {v4(192, 88, 99, 0), 24, Reach::never, kReserved},  // RFC 7526: the 6to4 relay that was
    {v4(192, 168, 0, 0), 16, Reach::internal, kPrivate},
    {v4(198, 18, 0, 0), 15, Reach::internal, "an address for benchmarks"},  // RFC 2544; used inside some clouds
    {v4(198, 51, 100, 0), 24, Reach::never, kExample},
    {v4(203, 0, 113, 0), 24, Reach::never, kExample},
    {v4(224, 0, 0, 0), 4, Reach::never, kMulticast},
    {v4(240, 0, 0, 0), 4, Reach::never, kReserved},  // and 255.255.255.255
};

Verdict judge_v4(std::uint32_t address) {
  for (const Row4& row : kV4)
    if ((address ^ row.net) >> (32 - row.bits) == 0) return {row.reach, row.kind};
  return {Reach::open, "a public address"};
}

constexpr int kEmbeds4 = 1;     // the last four bytes are an IPv4 address
constexpr int kEmbeds6to4 = 2;  // bytes 2 to 5 are
struct Row6 {
  V6 net;
  int bits;
  Reach reach;
  std::string_view kind;
  int embeds = 0;
};
constexpr Row6 kV6[] = {
    {{}, 128, Reach::never, kUnspecified},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, Reach::internal, kLoopback},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, Reach::open, "", kEmbeds4},  // ::ffff:0:0/96, mapped
    {{0, 0x64, 0xff, 0x9b}, 96, Reach::open, "", kEmbeds4},                       // NAT64, RFC 6052
    {{0, 0x64, 0xff, 0x9b, 0, 1}, 48, Reach::internal, "a local NAT64 address"},  // RFC 8215
    {{0x20, 0x01, 0, 0}, 23, Reach::never, kReserved},       // Teredo, ORCHID, benchmarks: RFC 2928
    {{0x20, 0x01, 0x0d, 0xb8}, 32, Reach::never, kExample},  // RFC 3849
    {{0x20, 0x02}, 16, Reach::open, "", kEmbeds6to4},        // RFC 3056
    {{0x3f, 0xff}, 20, Reach::never, kExample},              // RFC 9637
    {{0x20}, 3, Reach::open, "a public address"},
    {{0xfc}, 7, Reach::internal, "a unique local address"},  // RFC 4193
    {{0xfe, 0x80}, 10, Reach::internal, kLinkLocal},
    {{0xfe, 0xc0}, 10, Reach::internal, "a site-local address"},  // RFC 3879
    {{0xff}, 8, Reach::never, kMulticast},
};

bool covers(const Row6& row, const V6& address) {
  for (int bit = 0; bit < row.bits; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if (((row.net[byte] ^ address[byte]) & mask) != 0) return false;
  }
  return true;
}

Verdict judge_v6(const V6& a) {
  for (const Row6& row : kV6) {
    if (!covers(row, a)) continue;
    if (row.embeds == kEmbeds4) return judge_v4(v4(a[12], a[13], a[14], a[15]));
    if (row.embeds == kEmbeds6to4) return judge_v4(v4(a[2], a[3], a[4], a[5]));
    return {row.reach, row.kind};
  }
  return {Reach::never, kReserved};
}

}  // namespace

Verdict judge_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return judge_v4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    V6 bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return judge_v6(bytes);
  }
  return {Reach::never, "not an internet address"};
}

std::optional<Verdict> judge_literal(std::string_view host, const Judge& judge) {
  const std::string text(host.substr(0, host.find('%')));  // without a zone: fe80::1%eth0
  sockaddr_in in4{};
  in4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text.c_str(), &in4.sin_addr) == 1) return judge(reinterpret_cast<const sockaddr&>(in4));
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, text.c_str(), &in6.sin6_addr) == 1) return judge(reinterpret_cast<const sockaddr&>(in6));
  return std::nullopt;
}

std::string to_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

}  // namespace tocsin::wire
