// safetensors headers.
#include "survey/safetensors.hpp"

#include <gtest/gtest.h>

#include "made.hpp"

namespace tocsin::survey {
namespace {

using namespace tests;

const std::string kJson =
    R"({"__metadata__":{"format":"pt","modelspec.title":"Tiny","n":1},"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})";

TEST(Safetensors, GivesNotesAndTypes) {
  const std::string file = safetensors(kJson);
  EXPECT_EQ(safetensors_head(file.substr(0, 8), file.size()).value_or(0), 8 + kJson.size());
  const Result<Safetensors> read = read_safetensors(file, file.size());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->note("modelspec.title"), "Tiny");
  EXPECT_EQ(read->note("n"), "");
  EXPECT_EQ(read->types, std::set<std::string>{"BF16"});
  EXPECT_EQ(read->tensors, 1u);
}

TEST(Safetensors, CutAtAnyByteOfTheHeaderIsAnError) {
  const std::string file = safetensors(kJson);
  for (std::size_t size = 0; size < 8 + kJson.size(); ++size) {
    EXPECT_FALSE(read_safetensors(file.substr(0, size), size)) << size;
    const Result<Safetensors> window = read_safetensors(file.substr(0, size), file.size());
    ASSERT_FALSE(window) << size;
    EXPECT_EQ(window.error().code, Code::truncated) << size;
  }
}

struct Case {
  const char* name;
  std::string bytes;
  std::uint64_t size;
  Code code;
};
class SafetensorsRefuse : public testing::TestWithParam<Case> {};
TEST_P(SafetensorsRefuse, ABrokenHeader) {
  const Result<Safetensors> read = read_safetensors(GetParam().bytes, GetParam().size);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, GetParam().code) << read.error().message();
}
INSTANTIATE_TEST_SUITE_P(
    , SafetensorsRefuse,
    testing::Values(Case{"giant_length", le<std::uint64_t>(UINT64_MAX) + "{}", 10, Code::malformed},
                    Case{"length_beyond_the_file", le<std::uint64_t>(100) + "{}", 10, Code::malformed},
                    Case{"length_over_the_cap", le<std::uint64_t>(1ull << 30) + "{}", 1ull << 40, Code::refused},
                    Case{"no_json", safetensors("hello"), 17, Code::malformed},
                    Case{"an_array", safetensors("[]"), 14, Code::malformed},
                    Case{"empty_header", le<std::uint64_t>(0), 8, Code::malformed},
                    Case{"broken_json", safetensors("{\"a\":"), 17, Code::malformed},
                    Case{"deep_json", safetensors("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}"),
                         2018, Code::refused}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace tocsin::survey
