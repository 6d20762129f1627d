// Each source against its golden files: sources/<source>/<case>.in.<ext> is parsed, the findings are printed one a line
// and compared with <case>.want.jsonl. TOCSIN_REWRITE=1 writes the wants anew; its diff is to be read line by line.
#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.hpp"
#include "collect/playground.hpp"

namespace tocsin::collect::tests {
namespace {

namespace fs = std::filesystem;

struct Golden {
  std::string source;
  fs::path in;
  fs::path want;
  std::string name;     // of the test
  std::string dialect;  // as the source's settings would say it: the name of the case
};

std::vector<Golden> all_goldens() {
  std::vector<Golden> out;
  const fs::path folder = fs::path(TOCSIN_TEST_DATA) / "sources";
  for (const fs::directory_entry& source : fs::directory_iterator(folder)) {
    for (const fs::directory_entry& file : fs::recursive_directory_iterator(source.path())) {
      const std::string name = file.path().filename().string();
      const auto dot = name.find(".in.");
      if (!file.is_regular_file() || dot == std::string::npos) continue;
      Golden golden{source.path().filename().string(),
                    file.path(),
                    file.path().parent_path() / (name.substr(0, dot) + ".want.jsonl"),
                    {},
                    name.substr(0, dot)};
      golden.name = golden.source + "_" + fs::relative(file.path().parent_path(), source.path()).string() + "_" +
                    name.substr(0, dot);
      for (char& c : golden.name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
      out.push_back(std::move(golden));
    }
  }
  std::sort(out.begin(), out.end(), [](const Golden& a, const Golden& b) { return a.in < b.in; });
  return out;
}

class Goldens : public testing::TestWithParam<Golden> {};

TEST_P(Goldens, GiveTheRecordsThatAreWantedAndTheSameOnesAgain) {
  const Golden& golden = GetParam();
  auto bytes = read_file(golden.in, 64u << 20);
  ASSERT_TRUE(bytes) << bytes.error().message();
  const std::string name =
      fs::relative(golden.in, fs::path(TOCSIN_TEST_DATA) / "sources" / golden.source).generic_string();
  const std::string got = lines_of(parse(golden.source, name, *bytes, golden.dialect));
  EXPECT_EQ(got, lines_of(parse(golden.source, name, *bytes, golden.dialect))) << "a second parse differs";
  if (const char* rewrite = std::getenv("TOCSIN_REWRITE"); rewrite != nullptr && std::string_view(rewrite) == "1") {
    ASSERT_TRUE(write_file(golden.want, got));
    return;
  }
  auto want = read_file(golden.want, 64u << 20);
  ASSERT_TRUE(want) << golden.want << ": TOCSIN_REWRITE=1 writes it";
  const auto got_lines = split_lines(got);
  const auto want_lines = split_lines(*want);
  for (std::size_t i = 0; i < std::max(got_lines.size(), want_lines.size()); ++i)
    EXPECT_EQ(i < got_lines.size() ? got_lines[i] : "(nothing)", i < want_lines.size() ? want_lines[i] : "(nothing)")
        << golden.want << ":" << i + 1;
}

INSTANTIATE_TEST_SUITE_P(, Goldens, testing::ValuesIn(all_goldens()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(Sources, EachHasGoldenFilesAndAPageInTheManual) {
  std::set<std::string> with_goldens;
  for (const Golden& golden : all_goldens()) with_goldens.insert(golden.source);
  for (const SourceKind* kind : sources::all()) {
    EXPECT_TRUE(with_goldens.contains(std::string(kind->id))) << kind->id;
    EXPECT_TRUE(fs::exists(fs::path(TOCSIN_SOURCE_DIR) / "docs" / "sources" / (std::string(kind->id) + ".md")))
        << kind->id;
    EXPECT_FALSE(kind->summary.empty());
    EXPECT_GE(kind->parser_version, 1u);
    EXPECT_EQ(find_source(kind->id), kind);
  }
  EXPECT_EQ(find_source("nobody"), nullptr);
  EXPECT_EQ(sources::all().size(), 5u);
}

}  // namespace
}  // namespace tocsin::collect::tests
