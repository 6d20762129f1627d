// The environment is looked at only when the setting says "environment", and then by the usual rules: the lower-case
// name first; http_proxy in lower case only (HTTP_PROXY can be set by a client of a CGI program, CVE-2016-5385);
// no_proxy is a list of hosts and of domains.
#include "wire/proxy.hpp"

#include <array>
#include <cstdlib>

#include "base/text.hpp"

namespace tocsin::wire {
namespace {

std::string first_set(const Environment& environment, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (std::string value = environment(name); !value.empty()) return value;
  return {};
}

// "example.org" and ".example.org" cover the host and all below it.
bool is_excepted(std::string_view host, std::string_view list) {
  for (const std::string_view part : split(list, ',')) {
    std::string entry = to_lower(trim(part));
    if (entry == "*") return true;
    if (entry.starts_with('.')) entry.erase(0, 1);
    if (entry.empty()) continue;
    if (host == entry || host.ends_with("." + entry)) return true;
  }
  return false;
}

bool is_known_kind(std::string_view proxy) {
  // not socks4, socks5: they have names resolved here, where no guard would see the address
  constexpr std::array<std::string_view, 3> kKinds = {"http", "https", "socks5h"};
  const std::string scheme = scheme_of(proxy);
  for (const std::string_view kind : kKinds)
    if (scheme == kind && proxy.size() > kind.size() + 3) return true;
  return false;
}

}  // namespace

std::string process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value != nullptr ? value : "";
}

Result<std::string> proxy_for(const Url& url, std::string_view setting, const Environment& environment) {
  std::string proxy(trim(setting));
  if (proxy.empty()) return proxy;
  if (proxy == "environment") {
    if (is_excepted(url.host, first_set(environment, {"no_proxy", "NO_PROXY"}))) return std::string();
    proxy = url.scheme == "https" ? first_set(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                                  : first_set(environment, {"http_proxy", "all_proxy", "ALL_PROXY"});
    if (proxy.empty()) return proxy;
    if (scheme_of(proxy).empty()) proxy = "http://" + proxy;  // "proxy.example:3128", as people write it there
  }
  if (!is_known_kind(proxy))
    return fail(Code::refused, "the proxy must be http://, https:// or socks5h://HOST:PORT, or the word environment");
  return proxy;
}

}  // namespace tocsin::wire
