// Real requirements files: the names and versions that pip's own parser finds in them.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "base/text.hpp"
#include "corpus.hpp"
#include "estate/lockfiles.hpp"

namespace tocsin::estate {
namespace {

using Rows = std::set<std::pair<std::string, std::string>>;  // name, version or "-"

std::map<std::string, Rows> expected(const std::filesystem::path& folder, std::string_view format) {
  std::map<std::string, Rows> out;
  std::ifstream in(folder / "expected.tsv");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const std::vector<std::string_view> cells = split(line, '\t');
    if (cells.size() < 5 || cells[1] != format) continue;
    const bool nameless = cells[2].starts_with("(path");
    out[std::string(cells[0])].emplace(nameless ? "" : cells[2], cells[3]);
  }
  return out;
}

Rows found(const std::filesystem::path& folder, const std::string& file, std::string& problems) {
  // Each sample is a workspace of its own: includes stay inside its folder.
  const std::size_t slash = file.find('/');
  const FolderReader reader(slash == std::string::npos ? folder : folder / file.substr(0, slash));
  const Lockfile lockfile = read_lockfile(reader, slash == std::string::npos ? file : file.substr(slash + 1));
  for (const Error& error : lockfile.problems) problems += error.message() + "\n";
  Rows out;
  for (const Pin& pin : lockfile.pins) out.emplace(pin.name, to_lower(pin.version.value_or("-")));
  return out;
}

TEST(RequirementsCorpus, GivesNamesAndVersionsExactly) {
  TOCSIN_NEEDS_CORPUS(corpus);
  const std::filesystem::path folder = corpus / "lockfiles";
  const auto files = expected(folder, "requirements.txt");
  ASSERT_FALSE(files.empty());
  for (const auto& [file, want] : files) {
    std::string problems;
    EXPECT_EQ(found(folder, file, problems), want) << file;
    EXPECT_EQ(problems, "") << file;
  }
}

TEST(RequirementsCorpus, ReadsAPipFreeze) {
  TOCSIN_NEEDS_CORPUS(corpus);
  const std::filesystem::path folder = corpus / "lockfiles";
  for (const auto& [file, want] : expected(folder, "pip freeze")) {
    std::string problems;
    EXPECT_EQ(found(folder, file, problems), want) << problems;
  }
}

}  // namespace
}  // namespace tocsin::estate
