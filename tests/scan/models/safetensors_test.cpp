// safetensors against its specification.
#include <gtest/gtest.h>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

std::string file(std::string header, std::size_t data, std::optional<std::uint64_t> length = {}) {
  std::string out;
  const std::uint64_t n = length.value_or(header.size());
  for (int i = 0; i < 8; ++i) out += static_cast<char>(n >> (8 * i));
  return out + header + std::string(data, '\0');
}

const std::string kHonest =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"e":{"dtype":"F32","shape":[0],"data_offsets":[24,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"s":{"dtype":"I64","shape":[],"data_offsets":[32,40]}}   )";

struct Case {
  const char* name;
  std::string bytes;
  const char* rule;
};

class SafetensorsFaults : public testing::TestWithParam<Case> {};

TEST_P(SafetensorsFaults, AreFound) {
  const auto report = scan_text(GetParam().bytes);
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

std::string one(std::string_view fields, std::size_t data = 16) {
  return file("{\"a\":{" + std::string(fields) + "}}", data);
}

INSTANTIATE_TEST_SUITE_P(
    Safetensors, SafetensorsFaults,
    testing::Values(
        Case{"header_of_an_exabyte", file("{}        ", 0, 1ull << 60), "safetensors-header"},
        Case{"header_past_the_file", file("{\"a\":", 0, 4096), "safetensors-header"},
        Case{"header_over_100_mb", file("{\"a\":", 0, 100'000'001), "safetensors-header"},
        Case{"not_json", file("{\"a\":x}", 0), "safetensors-header"},
        Case{"two_values", file("{}{}", 0), "safetensors-header"},
        Case{"not_utf8", file("{\"\xff\xfe\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
             "safetensors-header"},
        Case{
            "tensor_twice",
            file(
                R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                2),
            "safetensors-header"},
        Case{
            "tensor_twice_by_escape",
            file(
                R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                2),
            "safetensors-header"},
        Case{"field_twice", one(R"("dtype":"U8","dtype":"F32","shape":[4],"data_offsets":[0,16])"),
             "safetensors-header"},
        Case{"unknown_field", one(R"("dtype":"F32","shape":[4],"data_offsets":[0,16],"code":"x")"),
             "safetensors-header"},
        Case{"unknown_type", one(R"("dtype":"OBJ","shape":[4],"data_offsets":[0,16])"), "safetensors-header"},
        Case{"type_is_a_number", one(R"("dtype":1,"shape":[4],"data_offsets":[0,16])"), "safetensors-header"},
        Case{"negative_shape", one(R"("dtype":"F32","shape":[-4],"data_offsets":[0,16])"), "safetensors-header"},
        Case{"real_shape", one(R"("dtype":"F32","shape":[4.0],"data_offsets":[0,16])"), "safetensors-header"},
        Case{"shape_overflows", one(R"("dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,16])"),
             "safetensors-header"},
        Case{"shape_is_no_list", one(R"("dtype":"F32","shape":4,"data_offsets":[0,16])"), "safetensors-header"},
        Case{"one_offset", one(R"("dtype":"F32","shape":[4],"data_offsets":[0])"), "safetensors-header"},
        Case{"no_offsets", one(R"("dtype":"F32","shape":[4])"), "safetensors-header"},
        Case{"tensor_is_a_list", file(R"({"a":[]})", 0), "safetensors-header"},
        Case{"metadata_is_a_list", file(R"({"__metadata__":[]})", 0), "safetensors-header"},
        Case{"metadata_with_a_number", file(R"({"__metadata__":{"a":1}})", 0), "safetensors-header"},
        Case{"metadata_with_an_object", file(R"({"__metadata__":{"a":{"b":[1]}}})", 0), "safetensors-header"},
        Case{"metadata_twice", file(R"({"__metadata__":{},"__metadata__":{}})", 0), "safetensors-header"},
        Case{"metadata_key_twice", file(R"({"__metadata__":{"a":"1","a":"2"}})", 0), "safetensors-header"},
        Case{"size_is_wrong", one(R"("dtype":"F32","shape":[3],"data_offsets":[0,16])"), "safetensors-layout"},
        Case{"half_a_byte", one(R"("dtype":"F4","shape":[31],"data_offsets":[0,16])"), "safetensors-layout"},
        Case{"ends_before_it_begins", one(R"("dtype":"F32","shape":[4],"data_offsets":[16,0])"), "safetensors-layout"},
        Case{"hole_at_the_beginning", one(R"("dtype":"F32","shape":[2],"data_offsets":[8,16])"), "safetensors-layout"},
        Case{"past_the_end", one(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])", 15), "safetensors-layout"},
        Case{"behind_the_last", one(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])", 17), "safetensors-layout"},
        Case{"only_trailing_bytes", file("{}", 1), "safetensors-layout"},
        Case{
            "overlap",
            file(
                R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                6),
            "safetensors-layout"},
        Case{
            "same_place",
            file(
                R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
                4),
            "safetensors-layout"},
        Case{
            "hole",
            file(
                R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                3),
            "safetensors-layout"},
        Case{"pickle_behind",
             file(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1) + "cos\nsystem\n(S'id'\ntR.",
             "pickle-dangerous-call"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

TEST(Safetensors, HonestOnesAreSilent) {
  for (
      const std::string& bytes :
      {file(kHonest, 40), file("{}", 0), file("{\"__metadata__\":{}}     ", 0),
       file(R"({"q":{"dtype":"F4","shape":[4,2],"data_offsets":[0,4]}})", 4),
       // Not in the order of the data, as safetensors itself writes them.
       file(
           R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})",
           2)}) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(report.findings.empty()) << told(report);
    EXPECT_TRUE(report.complete()) << told(report);
    EXPECT_EQ(report.formats, std::vector<std::string>{"safetensors"});
  }
}

// The length of a header may look like the mark of a pickle: 80 04.
TEST(Safetensors, AHeaderOfAnyLengthIsNoPickle) {
  for (const std::size_t n : {0x0280, 0x0380, 0x0480, 0x0580}) {
    std::string header = kHonest;
    header.resize(n, ' ');
    const auto report = scan_text(file(header, 40));
    EXPECT_TRUE(report.findings.empty()) << n << "\n" << told(report);
    EXPECT_EQ(report.formats, std::vector<std::string>{"safetensors"}) << n;
  }
}

TEST(Safetensors, CutAnywhereItIsNeverClean) {
  const std::string whole = file(kHonest, 40);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto report = scan_text(std::string_view(whole).substr(0, n));
    EXPECT_TRUE(!report.complete() || report.worst() > Severity::info) << n << "\n" << told(report);
  }
}

}  // namespace
}  // namespace tocsin
