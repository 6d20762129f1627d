// Which addresses a stranger may send us to: the guard against requests into our own network (SSRF).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace tocsin::wire {

enum class Reach {
  open,      // the public internet
  internal,  // ours: only for sources that are marked internal
  never,     // no host answers there, or not only one: unspecified, multicast, reserved
};
struct Verdict {
  Reach reach = Reach::never;
  std::string_view kind;  // "a loopback address"; lives for ever
};

// IPv4 and IPv6; addresses that carry another one inside (mapped, NAT64, 6to4) are judged by it. Other families are
// `never`.
Verdict judge_address(const sockaddr& address);
// What the fetcher asks; a test may give another.
using Judge = std::function<Verdict(const sockaddr&)>;
// Asks `judge` about an address written as text ("10.0.0.1", "::1", no brackets); nothing when the text is a name.
std::optional<Verdict> judge_literal(std::string_view host, const Judge& judge);
// "192.0.2.1", for messages.
std::string to_text(const sockaddr& address);

}  // namespace tocsin::wire
