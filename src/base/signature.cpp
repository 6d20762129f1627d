#include "base/signature.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cassert>
#include <memory>
#include <new>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"

namespace tocsin {
namespace {

constexpr std::size_t kRawSize = 32;              // RFC 8032, section 5.1.5
constexpr std::size_t kSignatureSize = 64;        // RFC 8032, section 5.1.6
constexpr std::uint64_t kMaxPemBytes = 64 << 10;  // an Ed25519 key needs 119 bytes

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Key own(EVP_PKEY* key) {
  return Key(key, EVP_PKEY_free);
}
Key private_key(std::string_view seed) {
  return own(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size()));
}
Key public_key_of(std::string_view raw) {
  return own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(raw), raw.size()));
}

std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

// A key with a pass phrase is refused; OpenSSL would otherwise ask on the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

std::string PublicKey::pem() const {
  const Key key = public_key_of(raw);
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
  if (!key || !bio || PEM_write_bio_PUBKEY(bio.get(), key.get()) != 1) return {};
  return text_of(bio);
}

std::string PublicKey::fingerprint() const {
  return sha256(raw).short_hex();
}

Result<PublicKey> parse_public_key_pem(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) return fail(Code::refused, "a public key of more than 64 KiB");
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  if (!bio) throw std::bad_alloc();
  const Key key = own(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!key) return fail(Code::malformed, "not a public key in PEM");
  PublicKey out;
  out.raw.resize(kRawSize);
  std::size_t size = kRawSize;
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(out.raw.data()), &size) != 1 ||
      size != kRawSize)
    return fail(Code::malformed, "the public key is not an Ed25519 key");
  return out;
}

SigningKey SigningKey::from_seed(std::string_view thirty_two_bytes) {
  assert(thirty_two_bytes.size() == kRawSize);
  SigningKey key;
  key.seed_ = thirty_two_bytes;
  key.seed_.resize(kRawSize);
  return key;
}

Result<SigningKey> SigningKey::load(const std::filesystem::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077) != 0)
    return Failure(
        fail(Code::refused, "others than the owner may read this key; chmod 600 it").value().at(path.string()));
  TOCSIN_TRY(const std::string pem, read_file(path, kMaxPemBytes));
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  if (!bio) throw std::bad_alloc();
  const Key key = own(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!key)
    return Failure(fail(Code::malformed, "not a private key in PEM without pass phrase").value().at(path.string()));
  std::string seed(kRawSize, '\0');
  std::size_t size = kRawSize;
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(seed.data()), &size) != 1 ||
      size != kRawSize)
    return Failure(fail(Code::malformed, "the private key is not an Ed25519 key").value().at(path.string()));
  return from_seed(seed);
}

Result<SigningKey> SigningKey::create(const std::filesystem::path& path) {
  SigningKey created = from_seed(system_random().bytes(kRawSize));
  const Key key = private_key(created.seed_);
  const Bio bio(BIO_new(BIO_s_mem()), BIO_free);
  if (!key || !bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, no_pass_phrase, nullptr) != 1)
    return fail(Code::internal, "OpenSSL could not write an Ed25519 key");
  TOCSIN_CHECK(write_new_file(path, text_of(bio), 0600));
  return created;
}

PublicKey SigningKey::public_key() const {
  const Key key = private_key(seed_);
  PublicKey out;
  out.raw.resize(kRawSize);
  std::size_t size = kRawSize;
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(out.raw.data()), &size) != 1)
    throw std::bad_alloc();
  return out;
}

std::string SigningKey::sign(std::string_view message) const {
  const Key key = private_key(seed_);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string out(kSignatureSize, '\0');
  std::size_t size = out.size();
  if (!key || !context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, octets(message),
                     message.size()) != 1)
    throw std::bad_alloc();  // with a valid key, only memory can be missing
  return out;
}

bool verify_signature(const PublicKey& key, std::string_view message, std::string_view signature) {
  if (key.raw.size() != kRawSize || signature.size() != kSignatureSize) return false;
  const Key checked = public_key_of(key.raw);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return checked && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, checked.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

}  // namespace tocsin
