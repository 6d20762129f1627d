// Ed25519 through OpenSSL: the key of a workspace, signing and checking.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tocsin {

struct PublicKey {
  std::string raw;                  // 32 bytes
  std::string pem() const;          // SubjectPublicKeyInfo, as `openssl pkey -pubout` writes it
  std::string fingerprint() const;  // first 12 hex digits of SHA-256 over raw
};
Result<PublicKey> parse_public_key_pem(std::string_view pem);

class SigningKey {
 public:
  static SigningKey from_seed(std::string_view thirty_two_bytes);
  // PKCS#8 PEM. `refused` when others than the owner may read the file.
  static Result<SigningKey> load(const std::filesystem::path& path);
  // From the kernel's randomness and nobody else's. 0600; `conflict` when it exists. A test that needs a certain key
  // takes from_seed().
  static Result<SigningKey> create(const std::filesystem::path& path);
  PublicKey public_key() const;
  std::string sign(std::string_view message) const;  // 64 bytes

 private:
  std::string seed_;
};
bool verify_signature(const PublicKey& key, std::string_view message, std::string_view signature);

}  // namespace tocsin
