// Models that libraries wrote (honest/README.md), and weights that are any bytes: silent and complete. And what the same
// libraries would run if the file said so.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <random>

#include "base/file.hpp"
#include "scans.hpp"

namespace tocsin {
namespace {

using tests::scan_text;
using tests::told;
using namespace std::string_literals;

TEST(HonestModels, OfEveryLibraryAreSilentAndComplete) {
  std::size_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(TOCSIN_TEST_DATA) / "models" / "honest")) {
    if (entry.path().extension() == ".md") continue;
    ++files;
    const auto report = scan::models::scan_file(entry.path(), tests::names());
    EXPECT_LE(report.worst(), scan::Severity::info) << entry.path() << "\n" << told(report);
    EXPECT_TRUE(report.supported && report.complete()) << entry.path() << "\n" << told(report);
  }
  EXPECT_GT(files, 30u);
}

void put(std::string& out, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
}
// A ZIP of stored members; checksums are left at zero where the reader would have to believe them.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string out, directory;
  for (const auto& [name, content] : members) {
    std::uint32_t crc = ~0u;
    for (const char c : content) {
      crc ^= static_cast<std::uint8_t>(c);
      for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    std::string facts;
    put(facts, 20, 2), put(facts, 0, 8), put(facts, ~crc, 4), put(facts, content.size(), 4),
        put(facts, content.size(), 4), put(facts, name.size(), 2), put(facts, 0, 2);
    directory += "PK\1\2"s;
    put(directory, 20, 2);
    directory += facts;
    put(directory, 0, 10), put(directory, out.size(), 4);
    directory += name;
    out += "PK\3\4"s + facts + name + content;
  }
  const auto at = out.size();
  out += directory + "PK\5\6"s;
  put(out, 0, 4), put(out, members.size(), 2), put(out, members.size(), 2), put(out, directory.size(), 4),
      put(out, at, 4), put(out, 0, 2);
  return out;
}

std::string weights(std::mt19937& random, int kind) {
  std::string out;
  const std::size_t n = 64 + random() % 1000;
  for (std::size_t i = 0; i < n; ++i) {
    if (kind == 0) {
      put(out, random(), 4);
    } else if (kind == 1) {
      const float value = std::normal_distribution<float>()(random);
      out.append(reinterpret_cast<const char*>(&value), 4);
    } else {
      put(out, kind == 2 ? 0 : random() % 128, kind == 2 ? 4 : 8);
    }
  }
  return out;
}

TEST(HonestModels, WeightsMayBeAnyBytes) {
  std::mt19937 random(20240501);
  const std::string pickle = "\x80\x02}q\x00."s;
  for (int round = 0; round < 100; ++round) {
    std::vector<std::pair<std::string, std::string>> torch = {{"archive/data.pkl", pickle}}, arrays;
    std::string header, data;
    for (int i = 0; i < 10; ++i) {
      const auto content = weights(random, (round + i) % 4);
      torch.emplace_back("archive/data/" + std::to_string(i), content);
      std::string npy =
          "{'descr': '|u1', 'fortran_order': False, 'shape': (" + std::to_string(content.size()) + ",), }";
      npy.resize(117, ' ');
      arrays.emplace_back("a" + std::to_string(i) + ".npy", "\x93NUMPY\1\0\x76\0"s + npy + "\n" + content);
      header += (i == 0 ? "{" : ",") + ("\"t" + std::to_string(i)) + "\":{\"dtype\":\"U8\",\"shape\":[" +
                std::to_string(content.size()) + "],\"data_offsets\":[" + std::to_string(data.size()) + "," +
                std::to_string(data.size() + content.size()) + "]}";
      data += content;
    }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    std::string safetensors;
    put(safetensors, header.size(), 8);
    for (const std::string& file : {zip_of(torch), zip_of(arrays), safetensors + header + data}) {
      const auto report = scan_text(file);
      EXPECT_TRUE(report.findings.empty() && report.complete() && report.supported) << round << "\n" << told(report);
    }
  }
}

struct Gadget {
  const char* name;
  std::string bytes;
};
class Gadgets : public testing::TestWithParam<Gadget> {};
TEST_P(Gadgets, OfListedLibrariesAreFound) {
  const auto report = scan_text(GetParam().bytes);
  EXPECT_GT(report.worst(), scan::Severity::info) << told(report);
}
INSTANTIATE_TEST_SUITE_P(
    Pickle, Gadgets,
    testing::Values(
        Gadget{"distribution",
               "\x80\x02"
               "cscipy.stats._continuous_distns\nnorm_gen\n)\x81}U\x13_parse_arg_templateU\x0eprint(open(0))sb."s},
        // The harmful item comes after the ones that are kept.
        Gadget{
            "distribution_in_parts",
            "\x80\x02"
            "cscipy.stats._continuous_distns\nnorm_gen\n)\x81}U\x01xK\x01sU\x13_parse_arg_templateU\x08print(1)sb."s},
        Gadget{"distribution_of_pairs",
               "\x80\x02"
               "cscipy.stats._continuous_distns\nnorm_gen\n)\x81]U\x13_parse_arg_templateU\x08print(1)\x86\x61\x62."s},
        Gadget{
            "distribution_protocol_0",
            "ccopy_reg\n_reconstructor\n(cscipy.stats._continuous_distns\nnorm_gen\nc__builtin__\nobject\nNtR(dS'x'\nI1\nsS'_parse_arg_template'\nS'print(1)'\nsb."s},
        Gadget{"formula",
               "\x80\x02"
               "cstatsmodels.base.data\nPandasData\n)\x81}(U\x13restore_design_info\x88U\x07"
               "formulaU\x10y ~ print(open)~aub."s},
        Gadget{"booster_of_a_path",
               "\x80\x02"
               "cxgboost.core\nBooster\nNN\x8c\x0b/etc/passwd\x87R."s},
        Gadget{"model_of_text",
               "\x80\x02"
               "cultralytics.nn.tasks\nDetectionModel\n}U\x0a"
               "activationU\x08print(1)s\x85R."s},
        Gadget{"getattr_of_a_module",
               "\x80\x02"
               "c__builtin__\ngetattr\ncos\nsystem\nU\x08_entropy\x86R."s},
        Gadget{"getattr_of_anything",
               "\x80\x02"
               "c__builtin__\ngetattr\nccollections\nOrderedDict\n)RU\x09__class__\x86R."s},
        Gadget{"load_encoded",
               "\x80\x02"
               "ctorch.storage\n_load_from_bytes\nc_codecs\nencode\nX\x14\x00\x00\x00"
               "cos\nsystem\n(S'id'\ntR.\nU\x06latin1\x86R\x85R."s}),
    [](const testing::TestParamInfo<Gadget>& test) { return test.param.name; });

}  // namespace
}  // namespace tocsin
