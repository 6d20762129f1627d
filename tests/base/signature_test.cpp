#include "base/signature.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/folder.hpp"
#include "base/hash.hpp"

namespace tocsin {
namespace {

struct Vector {
  const char* name;
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};

// RFC 8032, section 7.1.
constexpr Vector kVectors[] = {
    {"test_1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246"
     "5514143"
     "8e7a100b"},
    {"test_3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc"
     "027beceea"
     "1ec40a"},
};

TEST(AnEd25519Signature, IsThatOfTheRfc) {
  for (const Vector& row : kVectors) {
    const SigningKey key = SigningKey::from_seed(*from_hex(row.seed));
    const std::string message = *from_hex(row.message);
    EXPECT_EQ(to_hex(key.public_key().raw), row.public_key) << row.name;
    EXPECT_EQ(to_hex(key.sign(message)), row.signature) << row.name;
    EXPECT_TRUE(verify_signature(key.public_key(), message, *from_hex(row.signature))) << row.name;
  }
}

TEST(AnEd25519Signature, HoldsForNothingElse) {
  const SigningKey key = SigningKey::from_seed(std::string(32, 'k'));
  std::string signature = key.sign("message");
  EXPECT_FALSE(verify_signature(key.public_key(), "massage", signature));
  EXPECT_FALSE(verify_signature(SigningKey::from_seed(std::string(32, 'o')).public_key(), "message", signature));
  EXPECT_FALSE(verify_signature(key.public_key(), "message", signature.substr(1)));
  EXPECT_FALSE(verify_signature(PublicKey{"short"}, "message", signature));
  signature[5] = static_cast<char>(signature[5] ^ 1);
  EXPECT_FALSE(verify_signature(key.public_key(), "message", signature));
}

TEST(APublicKey, ReadsBackFromItsPem) {
  const PublicKey key = SigningKey::from_seed(std::string(32, 'k')).public_key();
  EXPECT_TRUE(key.pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
  EXPECT_EQ(parse_public_key_pem(key.pem())->raw, key.raw);
  EXPECT_EQ(key.fingerprint().size(), 12u);
  EXPECT_EQ(parse_public_key_pem("not PEM").error().code, Code::malformed);
  EXPECT_EQ(parse_public_key_pem("").error().code, Code::malformed);
}

TEST(ASigningKey, IsCreatedForItsOwnerOnlyAndLoadsBack) {
  const tests::Folder folder;
  const auto created = SigningKey::create(folder / "key.pem");
  ASSERT_TRUE(created) << created.error().message();
  struct stat status = {};
  ASSERT_EQ(::stat((folder / "key.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  const auto loaded = SigningKey::load(folder / "key.pem");
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->sign("m"), created->sign("m"));
  EXPECT_NE(loaded->sign("m"), SigningKey::create(folder / "another.pem")->sign("m"));
}

TEST(ASigningKey, IsNeverWrittenOverAnother) {
  const tests::Folder folder;
  ASSERT_TRUE(write_file(folder / "key.pem", "something"));
  EXPECT_EQ(SigningKey::create(folder / "key.pem").error().code, Code::conflict);
  EXPECT_EQ(*read_file(folder / "key.pem", 100), "something");
}

TEST(ASigningKey, ThatOthersMayReadIsRefused) {
  const tests::Folder folder;
  ASSERT_TRUE(SigningKey::create(folder / "key.pem"));
  for (const unsigned mode : {0640u, 0604u, 0660u}) {
    ASSERT_EQ(::chmod((folder / "key.pem").c_str(), mode), 0);
    EXPECT_EQ(SigningKey::load(folder / "key.pem").error().code, Code::refused);
  }
}

TEST(ASigningKey, OfAnotherKindOrUnreadableIsMalformed) {
  const tests::Folder folder;
  // An X25519 key: right length, wrong algorithm.
  constexpr const char* kOther =
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr\n-----END PRIVATE "
      "KEY-----\n";
  for (const char* content : {kOther, "", "garbage"}) {
    ASSERT_TRUE(write_file(folder / "key.pem", content, "file", 0600));
    EXPECT_EQ(SigningKey::load(folder / "key.pem").error().code, Code::malformed) << content;
  }
  EXPECT_EQ(SigningKey::load(folder / "none.pem").error().code, Code::unavailable);
}

}  // namespace
}  // namespace tocsin
