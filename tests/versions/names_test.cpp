#include "versions/names.hpp"

#include <gtest/gtest.h>

#include "corpus.hpp"
#include "table.hpp"

namespace tocsin::versions {
namespace {

TEST(PypiNames, AreOneNameInEverySpelling) {
  EXPECT_EQ(normalize_pypi_name("Open_CLIP--torch._x"), "open-clip-torch-x");
  EXPECT_EQ(normalize_pypi_name("-a-"), "-a-");
  EXPECT_TRUE(is_pypi_name("a"));
  EXPECT_TRUE(is_pypi_name("A.b-c_9"));
  for (const std::string_view bad : {"", "-a", "a-", "a b", "a/b", "\xc3\xa9"}) EXPECT_FALSE(is_pypi_name(bad)) << bad;
}

TEST(Distributions, AreReadFromTheirFileNames) {
  const auto wheel = parse_wheel_filename("Flash_Attn-2.5.8+cu122-1-cp311-cp311-linux_x86_64.whl");
  ASSERT_TRUE(wheel);
  EXPECT_EQ(wheel->name, "flash-attn");
  EXPECT_EQ(wheel->version.text(), "2.5.8+cu122");
  const auto sdist = parse_sdist_filename("llama-index-core-0.10.1rc2.tar.gz");
  ASSERT_TRUE(sdist);
  EXPECT_EQ(sdist->name, "llama-index-core");
  EXPECT_EQ(sdist->version.text(), "0.10.1rc2");
  for (const std::string_view bad : {"", ".whl", "a-1-py3-none.whl", "a-1-b1-py3-none-any.whl", "a-x-py3-none-any.whl",
                                     "../a-1-py3-none-any.whl", "a-1-py3-none-any.WHL", "a\xff-1-py3-none-any.whl"})
    EXPECT_FALSE(parse_wheel_filename(bad)) << bad;
  for (const std::string_view bad : {"", ".zip", "a.zip", "-1.zip", "a-.tar.gz", "a-b.tar.gz", "a-1.tar.xz"})
    EXPECT_FALSE(parse_sdist_filename(bad)) << bad;
}

TEST(NamesCorpus, ReadsEveryRow) {
  TOCSIN_NEEDS_CORPUS(data);
  const auto folder = data / "versions";
  for (const auto& row : tests::table(folder / "pypi_name_normalize.tsv"))
    EXPECT_EQ(normalize_pypi_name(row.at(0)), row.at(1));
  for (const auto& row : tests::table(folder / "wheel_filenames.tsv")) {
    const auto wheel = parse_wheel_filename(row.at(0));
    ASSERT_TRUE(wheel) << row.at(0);
    EXPECT_EQ(wheel->name, row.at(1));
    EXPECT_EQ(wheel->version.text(), row.at(2));
  }
  for (const auto& row : tests::table(folder / "wheel_filenames_invalid.txt"))
    EXPECT_FALSE(parse_wheel_filename(row.at(0))) << row.at(0);
  for (const auto& row : tests::table(folder / "sdist_filenames.tsv")) {
    const auto sdist = parse_sdist_filename(row.at(0));
    ASSERT_TRUE(sdist) << row.at(0);
    EXPECT_EQ(sdist->name, row.at(1));
    EXPECT_EQ(sdist->version.text(), row.at(2));
  }
}

}  // namespace
}  // namespace tocsin::versions
