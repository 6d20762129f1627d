// Python versions: PEP 440 (now the "version specifiers" page of the packaging user guide).
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "versions/number.hpp"

namespace tocsin::versions {

// Longer version strings are refused: the longest real one in 590,000 has under 100 bytes.
inline constexpr std::size_t kMaxVersionBytes = 4096;

enum class PreKind : unsigned char { alpha, beta, candidate };

struct Pep440 {
  Number epoch;
  std::vector<Number> release;  // as written: 1.0 and 1.0.0 differ here, and are equal as versions
  std::optional<std::pair<PreKind, Number>> pre;
  std::optional<Number> post;
  std::optional<Number> dev;
  std::vector<std::variant<Number, std::string>> local;  // empty: none; text is lower case

  bool is_prerelease() const { return pre.has_value() || dev.has_value(); }
  bool is_postrelease() const { return post.has_value(); }
  bool has_local() const { return !local.empty(); }

  std::string text() const;          // normalised: "1.0rc1.post2.dev3+cu118"
  std::string public_text() const;   // the same without the local part
  std::string base_version() const;  // epoch and release only
  Pep440 public_part() const;

  // The order of PEP 440: trailing zeros of the release do not count, a local version follows its public one.
  std::strong_ordering operator<=>(const Pep440& other) const;
  bool operator==(const Pep440& other) const { return (*this <=> other) == 0; }
};

// Accepts every spelling PEP 440 accepts ("v1.0", "1.0-1", "1.0.RC1", blanks around). `malformed` otherwise, `refused`
// when it is too long.
Result<Pep440> parse_pep440(std::string_view text);

// Bytes whose memcmp order (and std::string order) is the order of versions: order_key(a) < order_key(b) exactly when
// a < b. Most keys fit the small string. The key of `1.0+cu118` begins with the key of `1.0`, and nothing else does
// that is not a local version of 1.0.
std::string order_key(const Pep440& version);

// What bounds need: the key of the public part is the first `public_size` bytes.
struct Pep440Key {
  std::string key;
  std::size_t public_size = 0;
  std::string_view public_key() const { return std::string_view(key).substr(0, public_size); }
};
// The key straight from the text, for those who need nothing else (a few times quicker than parse_pep440). Nothing when
// the text is not a PEP 440 version.
std::optional<Pep440Key> pep440_key(std::string_view text);
Pep440Key pep440_key(const Pep440& version);

// Bounds for keys: one byte string that lies after every local version of `key`'s version and before any other version.
std::string after_locals(std::string_view public_key);

}  // namespace tocsin::versions
