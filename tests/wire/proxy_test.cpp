#include "wire/proxy.hpp"

#include <gtest/gtest.h>

#include <map>

namespace tocsin::wire {
namespace {

using Variables = std::map<std::string, std::string>;
Environment of(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::string() : found->second;
  };
}
const Variables kAll = {{"http_proxy", "http://plain:1"},
                        {"https_proxy", "http://secure:1"},
                        {"HTTP_PROXY", "http://trap:1"},
                        {"no_proxy", "in.example, .lan ,10.0.0.1"}};

struct Case {
  const char* name;
  const char* url;
  const char* setting;
  Variables variables;
  const char* proxy;
};
class Proxies : public testing::TestWithParam<Case> {};
TEST_P(Proxies, AreThoseThatWereNamed) {
  const auto url = parse_url(GetParam().url);
  ASSERT_TRUE(url);
  const auto proxy = proxy_for(*url, GetParam().setting, of(GetParam().variables));
  ASSERT_TRUE(proxy) << proxy.error().what;
  EXPECT_EQ(*proxy, GetParam().proxy);
}
INSTANTIATE_TEST_SUITE_P(
    , Proxies,
    testing::Values(
        Case{"none_though_the_environment_has_one", "http://h/", "", kAll, ""},
        Case{"the_one_in_the_configuration", "https://h/", "http://p:3128", kAll, "http://p:3128"},
        Case{"the_one_in_the_configuration_for_all_hosts", "https://in.example/", "socks5h://p:1080", kAll,
             "socks5h://p:1080"},
        Case{"http_from_the_environment", "http://h/", "environment", kAll, "http://plain:1"},
        Case{"https_from_the_environment", "https://h/", "environment", kAll, "http://secure:1"},
        Case{"not_from_http_proxy_in_capitals", "http://h/", "environment", {{"HTTP_PROXY", "http://trap:1"}}, ""},
        Case{"one_for_all", "https://h/", "environment", {{"ALL_PROXY", "p:3128"}}, "http://p:3128"},
        Case{"none_for_an_exception", "https://in.example/", "environment", kAll, ""},
        Case{"none_below_an_exception", "https://a.in.example/", "environment", kAll, ""},
        Case{"one_beside_an_exception", "https://win.example/", "environment", kAll, "http://secure:1"},
        Case{"none_for_a_dotted_exception", "https://a.lan/", "environment", kAll, ""},
        Case{"none_for_an_address", "http://10.0.0.1/", "environment", kAll, ""},
        Case{"none_at_all", "http://h/", "environment", {{"http_proxy", "http://p:1"}, {"no_proxy", "*"}}, ""},
        Case{"none_set", "http://h/", "environment", {}, ""}),
    [](const auto& row) { return row.param.name; });

TEST(OtherProxies, AreRefusedWithoutTheirPassword) {
  const auto url = parse_url("http://h/");
  ASSERT_TRUE(url);
  for (const char* setting : {"socks5://me:secret@p:1", "socks4://secret", "ftp://secret", "secret:3128", "http://"}) {
    const auto proxy = proxy_for(*url, setting, of({}));
    ASSERT_FALSE(proxy) << setting;
    EXPECT_EQ(proxy.error().code, Code::refused);
    EXPECT_EQ(proxy.error().what.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace tocsin::wire
