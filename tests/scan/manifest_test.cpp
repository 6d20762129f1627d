// Lists of files as people have them.
#include "scan/manifest.hpp"

#include <gtest/gtest.h>

namespace tocsin::scan {
namespace {

using namespace std::string_literals;

const std::string kA(64, 'a');

struct Good {
  const char* name;
  std::string text;
  std::string path;
  bool digest;
};
class ManifestReads : public testing::TestWithParam<Good> {};
TEST_P(ManifestReads, OneFile) {
  const Manifest list = parse_manifest(GetParam().text, "list");
  ASSERT_EQ(list.files.size(), 1u);
  EXPECT_TRUE(list.problems.empty());
  EXPECT_EQ(list.files[0].path, GetParam().path);
  EXPECT_EQ(list.files[0].sha256.has_value(), GetParam().digest);
  EXPECT_EQ(list.files[0].sha256 ? list.files[0].sha256->hex() : "", GetParam().digest ? kA : "");
}
INSTANTIATE_TEST_SUITE_P(, ManifestReads,
                         testing::Values(Good{"a_path", "a/b.pkl\n", "a/b.pkl", false},
                                         Good{"no_line_end", "a b.pkl", "a b.pkl", false},
                                         Good{"windows", "a.pkl\r\n\r\n", "a.pkl", false},
                                         Good{"comments", "# made by us\n\na.pkl\n", "a.pkl", false},
                                         Good{"gnu_text", kA + "  a b.pkl\n", "a b.pkl", true},
                                         Good{"gnu_binary", std::string(64, 'A') + " *a.pkl\n", "a.pkl", true},
                                         Good{"gnu_escaped", "\\" + kA + "  a\\nb\\\\c\n", "a\nb\\c", true},
                                         Good{"bsd", "SHA256 (a (1).pkl) = " + kA + "\n", "a (1).pkl", true},
                                         Good{"nul", "a\nb.pkl\0"s, "a\nb.pkl", false},
                                         Good{"nul_digest", kA + "  \\a\nb\0"s, "\\a\nb", true},
                                         Good{"dash", "-\n", "./-", false},
                                         Good{"hexadecimal_name", "abc def.pkl\n", "abc def.pkl", false},
                                         Good{"byte_order_mark",
                                              "\xef\xbb\xbf"
                                              "a.pkl\n",
                                              "a.pkl", false}),
                         [](const auto& of) { return std::string(of.param.name); });

TEST(Manifest, TellsLinesThatNameNothing) {
  const Manifest list =
      parse_manifest(std::string(32, 'a') + "  md5.pkl\n" + std::string(128, 'b') + "  sha512.pkl\ngood.pkl\n\\" + kA +
                         "  bad\\q\nSHA256 (x) = zz\n" + kA + "  \n",
                     "list");
  ASSERT_EQ(list.files.size(), 1u);
  EXPECT_EQ(list.files[0].path, "good.pkl");
  EXPECT_EQ(list.files[0].where, "list:3");
  ASSERT_EQ(list.problems.size(), 5u);
  EXPECT_EQ(list.problems[0].message(), "list:1: a digest that is no SHA-256");
  EXPECT_EQ(list.problems[4].line, 6u);
}

TEST(Manifest, OfNothingIsEmpty) {
  EXPECT_TRUE(parse_manifest("", "l").files.empty());
  EXPECT_TRUE(parse_manifest("\n\n#x\n", "l").files.empty());
}

}  // namespace
}  // namespace tocsin::scan
