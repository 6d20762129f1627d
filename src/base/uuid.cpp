#include "base/uuid.hpp"

#include <openssl/evp.h>

#include <cassert>
#include <cstring>
#include <new>

#include "base/hash.hpp"

namespace tocsin {
namespace {

constexpr bool is_dash(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

// RFC 4122, appendix C.
constexpr Uuid kNameSpaceDns = {
    {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}};

}  // namespace

std::string Uuid::text() const {
  std::string out = to_hex(view());
  for (const std::size_t at : {8, 13, 18, 23}) out.insert(at, 1, '-');
  return out;
}

Result<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return fail(Code::malformed, "a UUID has 36 characters");
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i) != (text[i] == '-')) return fail_at(Code::malformed, "a UUID is 8-4-4-4-12 hex digits", i);
    if (!is_dash(i)) digits += text[i];
  }
  TOCSIN_TRY(const std::string raw, from_hex(digits));
  return uuid_from_bytes(raw);
}

Uuid uuid_v5(const Uuid& name_space, std::string_view name) {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!method || !context) throw std::bad_alloc();
  std::array<std::uint8_t, 20> digest{};
  EVP_DigestInit_ex2(context.get(), method, nullptr);
  EVP_DigestUpdate(context.get(), name_space.bytes.data(), name_space.bytes.size());
  EVP_DigestUpdate(context.get(), name.data(), name.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), digest.data(), uuid.bytes.size());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x50);  // version 5
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);  // variant of RFC 4122
  return uuid;
}

Uuid uuid_from_bytes(std::string_view sixteen_bytes) {
  assert(sixteen_bytes.size() == 16);
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), sixteen_bytes.data(), std::min<std::size_t>(16, sixteen_bytes.size()));
  return uuid;
}

const Uuid& tocsin_namespace() {
  static const Uuid name_space = uuid_v5(kNameSpaceDns, "tocsin.dev");
  return name_space;
}

}  // namespace tocsin
