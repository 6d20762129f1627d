// https with a certificate that nobody vouches for.
#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "play.hpp"

namespace tocsin::wire {
namespace {

struct SelfSigned {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  SelfSigned() {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
  }
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;
  ~SelfSigned() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

TEST(Certificates, ThatNobodyVouchesForAreRefused) {
  const SelfSigned self;
  httplib::SSLServer server(self.certificate, self.key);
  ASSERT_TRUE(server.is_valid());
  std::atomic<int> hits{0};
  server.Get("/", [&](const httplib::Request&, httplib::Response& response) {
    ++hits;
    response.set_content("x", "text/plain");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread thread([&] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();

  Desk desk;
  Policy policy = at_home();
  policy.retries = 3;
  const auto reply = desk.get("https://localhost:" + std::to_string(port) + "/", policy);
  desk.fetcher.reset();
  server.stop();
  thread.join();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::refused) << reply.error().message();
  EXPECT_NE(reply.error().what.find("certificate"), std::string::npos) << reply.error().message();
  EXPECT_EQ(hits, 0);
  EXPECT_TRUE(desk.sleeper.slept.empty());
}
TEST(Handshakes, ThatNobodyAnswersAreGivenUpAndTriedAgain) {
  RawServer server(ok("x"));  // waits for an http request
  Desk desk;
  Policy policy = at_home();
  policy.connect_timeout = std::chrono::milliseconds(100);
  policy.retries = 1;
  const auto reply = desk.get("https://127.0.0.1:" + std::to_string(server.port()) + "/", policy);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::unavailable) << reply.error().message();
  EXPECT_NE(reply.error().what.find("no connection in time"), std::string::npos) << reply.error().message();
  EXPECT_EQ(desk.sleeper.slept, std::vector<std::int64_t>{1000});
}

}  // namespace
}  // namespace tocsin::wire
