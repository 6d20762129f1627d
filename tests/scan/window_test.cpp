// Whoever reads a file or an array that is larger than memory, and how: only a few pieces of it are in memory.
#include "scan/window.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/hash.hpp"
#include "scan/mapped.hpp"
#include "scan/models/scanner.hpp"
#include "scan/spill.hpp"

namespace tocsin::scan {
namespace {

constexpr std::uint64_t kLarge = 64u << 20;
// The window, and what else a test has; under the sanitizer, its notes about that much more memory.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TOCSIN_TESTS_SANITIZED
#endif
#endif
#ifdef TOCSIN_TESTS_SANITIZED
constexpr std::uint64_t kMost = 48u << 20;
#else
constexpr std::uint64_t kMost = 20u << 20;
#endif

// Of this process, pages of files and of nothing.
std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

class LargeFile : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("tocsin-window-" + std::to_string(::getpid()));
    std::ofstream out(path_, std::ios::binary);
    for (std::uint64_t i = 0; i < kLarge / 8; ++i) out.write(reinterpret_cast<const char*>(&i), sizeof i);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::filesystem::path path_;
};

TEST_F(LargeFile, IsReadFromEndToEndInLittleMemory) {
  show_in_pieces();
  const auto file = Mapped::open(path_);
  ASSERT_TRUE(file);
  const std::uint64_t before = resident_bytes();
  std::uint64_t most = 0, wrong = 0;
  for (std::uint64_t at = 0; at < kLarge; at += 8) {
    std::uint64_t value = 0;
    std::memcpy(&value, file->bytes().data() + at, sizeof value);
    wrong += value != at / 8;
    if (at % (1u << 20) == 0) most = std::max(most, resident_bytes());
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_LT(most, before + kMost);
}

TEST_F(LargeFile, IsReadAtRandom) {
  show_in_pieces();
  const auto file = Mapped::open(path_);
  ASSERT_TRUE(file);
  std::uint64_t state = 1, wrong = 0;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t number = (state >> 20) % (kLarge / 8);
    std::uint64_t value = 0;
    std::memcpy(&value, file->bytes().data() + number * 8, sizeof value);
    wrong += value != number;
  }
  EXPECT_EQ(wrong, 0u);
}

TEST_F(LargeFile, WritingToItIsStillAFault) {
  show_in_pieces();
  const auto file = Mapped::open(path_);
  ASSERT_TRUE(file);
  EXPECT_DEATH(const_cast<std::byte&>(file->bytes()[5]) = std::byte{1}, "");
  EXPECT_DEATH(*reinterpret_cast<volatile int*>(16) = 1, "");
}

TEST_F(LargeFile, HasTheDigestOfItsBytes) {
  // By two threads, whose bytes come from a copy of their own.
  models::Names names{knowledge::Knowledge()};
  std::ifstream in(path_, std::ios::binary);
  Sha256 sha;
  std::string chunk(1u << 20, '\0');
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()))) sha.add(chunk);
  EXPECT_EQ(models::scan_file(path_, names).sha256, sha.finish());
  std::filesystem::resize_file(path_, kLarge - 12'345);
  std::ifstream again(path_, std::ios::binary);
  std::string all(kLarge - 12'345, '\0');
  again.read(all.data(), static_cast<std::streamsize>(all.size()));
  EXPECT_EQ(models::scan_file(path_, names).sha256, sha256(all));
}

TEST(Spill, ArraysOfAllSizesKeepWhatTheyWereGiven) {
  show_in_pieces();
  const std::uint64_t before = resident_bytes();
  std::uint64_t most = 0;
  SpillArray<std::uint64_t> small(1u << 30), large(1u << 30), other(1u << 30);
  for (std::uint64_t i = 0; i < kLarge / 8; ++i) {
    ASSERT_TRUE(large.push(i));
    ASSERT_TRUE(i % 3 != 0 || other.push(~i));
    ASSERT_TRUE(i >= 1000 || small.push(i * 7));
    if (i % (1u << 17) == 0) most = std::max(most, resident_bytes());
  }
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kLarge / 8; ++i) {
    wrong += large[i] != i;
    if (i % 3 == 0) wrong += other[i / 3] != ~i;
    if (i < 1000) wrong += small[i] != i * 7;
    if (i % (1u << 17) == 0) most = std::max(most, resident_bytes());
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_LT(most, before + kMost + (28u << 20));  // and what all arrays may have in memory
}

// Each question would change a mapping, and a file may ask a million of them: it must end.
TEST(Spill, IsAskedAtRandomAsOftenAsAFileLikes) {
  show_in_pieces();
  SpillArray<std::uint64_t> large(1u << 30);
  constexpr std::uint64_t kElements = 8u << 20;
  for (std::uint64_t i = 0; i < kElements; ++i) ASSERT_TRUE(large.push(i));
  std::uint64_t wrong = 0;
  std::uint32_t random = 1;
  for (int i = 0; i < 1'000'000; ++i) {
    random = random * 1664525 + 1013904223;
    const std::uint64_t at = random % kElements;
    wrong += large[at] != at;
  }
  EXPECT_EQ(wrong, 0u);
}

TEST(Spill, BeyondItsLimitNothingIsAdded) {
  SpillArray<std::uint64_t> few(10);
  for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(few.push(i));
  while (few.push(1)) ASSERT_LT(few.size(), 100'000u);
  EXPECT_GE(few.size(), 10u);
}

}  // namespace
}  // namespace tocsin::scan
