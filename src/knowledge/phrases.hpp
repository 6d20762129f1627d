// Words of a text, as phrases are compared: ASCII lower case, a word ends where letters turn into digits ("GPT4" is
// "gpt 4"), hyphens, underscores, slashes and blanks all part words alike. Words are `joined` when a phrase may run
// across what stands between them: not across the end of a sentence, brackets, commas and the like.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tocsin::knowledge {

struct Token {
  std::string_view word;  // lower case; lives in the tokeniser until the next call
  std::size_t begin = 0;  // bytes in the text
  std::size_t end = 0;
  bool joined = false;  // to the word before
};

class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}
  // False at the end. Words of more than kMaxWord bytes are given as an empty word, which no phrase holds.
  bool next(Token& token);
  static constexpr std::size_t kMaxWord = 64;  // the longest class name of a hub model has 49

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool first_ = true;
  char buffer_[kMaxWord];
};

// FNV-1a, 64 bit: places words in the table that the build writes, so it is ours and fixed.
constexpr std::uint64_t hash_word(std::string_view word) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : word) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return h ^ (h >> 29);
}
constexpr std::uint64_t hash_step(std::uint32_t node, std::uint32_t word) {
  std::uint64_t h = (static_cast<std::uint64_t>(node) << 32 | word) * 0x9e3779b97f4a7c15u;
  return h ^ (h >> 31);
}

// Phrases as the YAML writes them: "jailbreak(s|ing|ed|)", "(large |)language model(s)", "llama 3(.1)". A group with
// bars is one of its parts, a group without is there or not. `malformed` for brackets that do not close, for nesting,
// and for more than kMaxSpellings.
Result<std::vector<std::string>> spell_out(std::string_view pattern);
inline constexpr std::size_t kMaxSpellings = 4096;

}  // namespace tocsin::knowledge
