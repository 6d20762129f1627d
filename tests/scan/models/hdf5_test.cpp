// HDF5 files written out here message by message (File Format Specification 3.0: superblock 2, object headers 2 and 1).
#include <gtest/gtest.h>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

std::string le(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
  return out;
}
const std::string kScalar = "\x02\0\0\0"s;
std::string text_type(std::size_t size) {
  return "\x13\0\0\0"s + le(size, 4);
}
const std::string kVaryingText = "\x19\x01\0\0"s + le(16, 4) + text_type(1);
std::string attribute(const std::string& name, const std::string& type, const std::string& data) {
  return "\x03\0"s + le(name.size() + 1, 2) + le(type.size(), 2) + le(kScalar.size(), 2) + "\0"s + name + "\0"s + type +
         kScalar + data;
}
std::string message(int type, const std::string& body) {
  return le(type, 1) + le(body.size(), 2) + "\0"s + body;
}
std::string header(const std::string& messages) {
  return "OHDR\x02\x02"s + le(messages.size(), 4) + messages + "\0\0\0\0"s;
}
std::string hard_link(const std::string& name, std::uint64_t at) {
  return message(0x06, "\x01\0"s + le(name.size(), 1) + name + le(at, 8));
}
std::string external_link(const std::string& file) {
  const auto value = "\0"s + file + "\0/x\0"s;
  return message(0x06, "\x01\x08\x40"s + "\x01x"s + le(value.size(), 2) + value);
}
constexpr std::uint64_t kRoot = 48;
std::string file(const std::string& root, const std::string& rest = "") {
  const auto body = header(root) + rest;
  return "\x89HDF\r\n\x1a\n\x02\x08\x08\0"s + le(0, 8) + le(UINT64_MAX, 8) + le(kRoot + body.size(), 8) + le(kRoot, 8) +
         "\0\0\0\0"s + body;
}
std::string fixed(const std::string& name, const std::string& value) {
  return message(0x0c, attribute(name, text_type(value.size()), value));
}

const std::string kLambda =
    R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {"function": "x"}}]}})";
const std::string kDense =
    R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"units": 4}}]}})";
const std::string kPickle = "cos\nsystem\n(S'id'\ntR.";

// An attribute whose text stands in the global heap behind the root.
std::string in_the_heap(const std::string& value, std::uint32_t index = 1) {
  const auto root_with = [&](std::uint64_t at) {
    return message(0x0c, attribute("model_config", kVaryingText, le(value.size(), 4) + le(at, 8) + le(index, 4)));
  };
  const std::uint64_t at = kRoot + header(root_with(0)).size();
  const auto padded = value + std::string((8 - value.size() % 8) % 8, '\0');
  const auto object = le(1, 2) + le(1, 2) + le(0, 4) + le(value.size(), 8) + padded;
  return file(root_with(at), "GCOL\x01\0\0\0"s + le(16 + object.size(), 8) + object);
}
// A dataset in a group of the root: contiguous, its bytes last in the file.
std::string dataset(const std::string& type, const std::string& data) {
  const auto object_with = [&](std::uint64_t at) {
    return header(message(0x01, kScalar) + message(0x03, type) +
                  message(0x08, "\x03\x01"s + le(at, 8) + le(data.size(), 8)));
  };
  const std::uint64_t object = kRoot + header(hard_link("d", 0)).size();
  return file(hard_link("d", object), object_with(object + object_with(0).size()) + data);
}

struct Case {
  const char* name;
  std::string bytes;
  const char* rule;
};
class Hdf5 : public testing::TestWithParam<Case> {};

TEST_P(Hdf5, TrickIsFound) {
  const auto report = scan_text(GetParam().bytes);
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

INSTANTIATE_TEST_SUITE_P(
    , Hdf5,
    testing::Values(
        Case{"lambda_in_fixed_text", file(fixed("model_config", kLambda)), "keras-lambda"},
        Case{"lambda_in_varying_text", in_the_heap(kLambda), "keras-lambda"},
        Case{"lambda_under_another_name", file(fixed("x", kLambda)), "keras-lambda"},
        Case{"lambda_behind_a_user_block", std::string(512, '\0') + file(fixed("model_config", kLambda)),
             "keras-lambda"},
        Case{"lambda_in_a_second_block",
             file(message(0x10, le(kRoot + header(message(0x10, le(0, 16))).size(), 8) +
                                    le(8 + fixed("model_config", kLambda).size(), 8)),
                  "OCHK" + fixed("model_config", kLambda) + "\0\0\0\0"s),
             "keras-lambda"},
        Case{"pickle_in_an_attribute", file(fixed("p", kPickle)), "pickle-dangerous-call"},
        Case{"pickle_in_a_dataset", dataset("\x15\0\0\0"s + le(kPickle.size(), 4), kPickle), "pickle-dangerous-call"},
        Case{"external_link", file(external_link("/etc/passwd")), "hdf5-external"},
        Case{"link_of_a_plug_in", file(message(0x06, "\x01\x08\x41\x01x"s + le(1, 2) + "y"s)), "hdf5-external"},
        Case{"config_that_is_no_json", file(fixed("model_config", "{\"class_name\": ")), "keras-broken"},
        Case{"value_not_in_its_heap", in_the_heap(kDense, 7), "hdf5-broken"},
        Case{"link_out_of_the_file", file(hard_link("d", 1u << 20)), "hdf5-broken"},
        Case{"header_in_a_circle",
             file(message(0x10, le(kRoot + header(message(0x10, le(0, 16))).size(), 8) + le(28, 8)),
                  "OCHK"s + message(0x10, le(kRoot + header(message(0x10, le(0, 16))).size(), 8) + le(28, 8)) +
                      "\0\0\0\0"s),
             "hdf5-broken"},
        Case{"header_of_four_gigabytes",
             "\x89HDF\r\n\x1a\n\x02\x08\x08\0"s + le(0, 8) + le(UINT64_MAX, 8) + le(64, 8) + le(48, 8) +
                 "\0\0\0\0OHDR\x02\x02\xff\xff\xff\xff"s,
             "hdf5-broken"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

TEST(Hdf5File, HonestOnesAreSilent) {
  for (const std::string& bytes : {
           file(""),
           file(fixed("model_config", kDense)),
           in_the_heap(kDense),
           file(hard_link("loop", kRoot)),
           dataset("\x11\x20\0\0\x04\0\0\0"s, "\x80\x04\x95."s),
           file(fixed("keras_version", "2.9.0")),
           file(message(0x06, "\x01\x08\x01\x01s"s + le(2, 2) + "/x"s)),
       }) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(report.findings.empty()) << told(report);
    EXPECT_TRUE(report.complete()) << told(report);
    EXPECT_EQ(report.formats, std::vector<std::string>{"hdf5"});
  }
}

TEST(Hdf5File, CutAnywhereItIsNeverClean) {
  for (const std::string& whole : {in_the_heap(kDense), dataset("\x13\0\0\0"s + le(40, 4), std::string(40, 'x'))}) {
    ASSERT_TRUE(scan_text(whole).complete()) << told(scan_text(whole));
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const auto report = scan_text(std::string_view(whole).substr(0, n));
      EXPECT_TRUE(!report.complete() || report.worst() > Severity::info) << n << "\n" << told(report);
    }
  }
}

TEST(Hdf5File, AnyByteMayBeWrong) {
  const auto whole = in_the_heap(kDense);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    auto bytes = whole;
    bytes[n] = '\xff';
    EXPECT_LE(scan_text(bytes).findings.size(), 50u);
  }
}

}  // namespace
}  // namespace tocsin
