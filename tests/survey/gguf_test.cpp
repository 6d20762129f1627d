// GGUF headers: what is kept, what is stepped over, and that no count or length is believed.
#include "survey/gguf.hpp"

#include <gtest/gtest.h>

#include "made.hpp"

namespace tocsin::survey {
namespace {

using namespace tests;

std::string sample() {
  std::string words =
      text("tokenizer.ggml.tokens") + le<std::uint32_t>(9) + le<std::uint32_t>(8) + le<std::uint64_t>(3);
  for (std::string_view word : {"<s>", "a", ""}) words += text(word);
  const std::string scores = text("tokenizer.ggml.scores") + le<std::uint32_t>(9) + le<std::uint32_t>(6) +
                             le<std::uint64_t>(2) + le<std::uint64_t>(0);
  const std::string nested = text("x.nested") + le<std::uint32_t>(9) + le<std::uint32_t>(9) + le<std::uint64_t>(1) +
                             le<std::uint32_t>(0) + le<std::uint64_t>(3) + "abc";
  const std::string rope = text("llama.rope.freq_base") + le<std::uint32_t>(6) + le<std::uint32_t>(0);
  const std::string flag = text("general.flag") + le<std::uint32_t>(7) + std::string(1, '\1');
  return gguf({pair("general.architecture", "llama"), words, scores, nested, rope, flag, pair("general.file_type", 15),
               pair("general.name", "Tiny")});
}

TEST(Gguf, GivesTheGeneralPairs) {
  const std::string file = sample();
  Gguf out;
  const Result<> read = read_gguf(file, file.size(), out);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(out.version, 3u);
  EXPECT_EQ(out.text("general.architecture"), "llama");
  EXPECT_EQ(out.text("general.name"), "Tiny");
  EXPECT_EQ(out.numbers["general.flag"], 1u);
  EXPECT_EQ(out.quantization(), "Q4_K_M");
  EXPECT_EQ(out.text("absent"), "");
}

TEST(Gguf, OfVersionOneHasShortCounts) {
  const std::string file = "GGUF" + le<std::uint32_t>(1) + le<std::uint32_t>(0) + le<std::uint32_t>(1) +
                           le<std::uint32_t>(12) + "general.name" + le<std::uint32_t>(8) + le<std::uint32_t>(2) + "ab";
  Gguf out;
  ASSERT_TRUE(read_gguf(file, file.size(), out));
  EXPECT_EQ(out.text("general.name"), "ab");
}

TEST(Gguf, CutAtAnyByteIsAnErrorAndNeverACrash) {
  const std::string file = sample();
  for (std::size_t size = 0; size < file.size(); ++size) {
    // A download that stopped: the file itself is short.
    Gguf out;
    EXPECT_FALSE(read_gguf(file.substr(0, size), size, out)) << size;
    // A window of a longer file: asks for more, and keeps what it has.
    Gguf window;
    const Result<> read = read_gguf(file.substr(0, size), file.size(), window);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, Code::truncated) << size;
    EXPECT_LE(read.error().offset.value_or(0), size);
    if (size > 70) {
      EXPECT_EQ(window.text("general.architecture"), "llama");
    }
  }
}

TEST(Gguf, WithAnyByteChangedIsReadOrNamesAByteOfTheFile) {
  const std::string file = sample();
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x08, 0x09, 0x7f, 0x80, 0xff}) {
      std::string changed = file;
      changed[at] = static_cast<char>(value);
      Gguf out;
      const Result<> read = read_gguf(changed, changed.size(), out);
      if (read) {
        EXPECT_LE(out.pairs, kMaxGgufPairs);
        EXPECT_LE(out.texts.size() + out.numbers.size(), out.pairs) << at;
      } else {
        EXPECT_FALSE(read.error().what.empty()) << at;
        ASSERT_TRUE(read.error().offset) << at << ": " << read.error().message();
        EXPECT_LE(*read.error().offset, changed.size()) << at;
      }
      for (const auto& [key, value] : out.texts) EXPECT_LE(value.size(), kMaxGgufTextBytes) << key.size();
    }
  }
}

struct Case {
  const char* name;
  std::string bytes;
  Code code;
  std::uint64_t offset;
};
class GgufRefuses : public testing::TestWithParam<Case> {};
TEST_P(GgufRefuses, WithTheByteThatIsWrong) {
  Gguf out;
  const Result<> read = read_gguf(GetParam().bytes, GetParam().bytes.size(), out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, GetParam().code) << read.error().message();
  EXPECT_EQ(read.error().offset, GetParam().offset) << read.error().message();
}
std::string head(std::uint64_t tensors, std::uint64_t pairs) {
  return "GGUF" + le<std::uint32_t>(3) + le(tensors) + le(pairs);
}
INSTANTIATE_TEST_SUITE_P(
    , GgufRefuses,
    testing::Values(Case{"other_magic", "GGML" + std::string(20, '\0'), Code::malformed, 0},
                    Case{"unknown_version", "GGUF" + le<std::uint32_t>(9) + std::string(16, '\0'), Code::refused, 4},
                    Case{"giant_pair_count", head(0, UINT64_MAX), Code::refused, 8},
                    Case{"giant_tensor_count", head(UINT64_MAX, 1), Code::refused, 8},
                    Case{"giant_key", head(0, 1) + le<std::uint64_t>(UINT64_MAX), Code::malformed, 24},
                    Case{"long_key", head(0, 1) + text(std::string(70'000, 'k')), Code::refused, 24},
                    Case{"unknown_type", head(0, 1) + text("k") + le<std::uint32_t>(13), Code::malformed, 33},
                    Case{"giant_text", head(0, 1) + text("k") + le<std::uint32_t>(8) + le<std::uint64_t>(1ull << 62),
                         Code::malformed, 37},
                    Case{"giant_array",
                         head(0, 1) + text("k") + le<std::uint32_t>(9) + le<std::uint32_t>(10) +
                             le<std::uint64_t>(UINT64_MAX / 4),
                         Code::malformed, 37},
                    Case{"deep_arrays",
                         head(0, 1) + text("k") + le<std::uint32_t>(9) +
                             [] {
                               std::string out;
                               for (int i = 0; i < 100; ++i) out += le<std::uint32_t>(9) + le<std::uint64_t>(1);
                               return out;
                             }(),
                         Code::refused, 37 + 4 * 12}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace tocsin::survey
