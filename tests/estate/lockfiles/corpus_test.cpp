// Real lockfiles and manifests: every package, version, kind and group that independent parsers find in them, and nothing
// else.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "base/text.hpp"
#include "corpus.hpp"
#include "estate/lockfiles.hpp"

namespace tocsin::estate {
namespace {

using Row = std::tuple<std::string, std::string, std::string, std::string>;  // name, version, kind, note
using Rows = std::set<Row>;

struct File {
  std::string format;
  Rows rows;
};

// expected.tsv without the requirements files, which have a test of their own.
std::map<std::string, File> expected(const std::filesystem::path& folder) {
  std::map<std::string, File> out;
  std::ifstream in(folder / "expected.tsv");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const std::vector<std::string_view> cells = split(line, '\t');
    if (cells.size() < 6 || cells[1] == "requirements.txt" || cells[1] == "pip freeze") continue;
    File& file = out[std::string(cells[0])];
    if (file.format != "dist-info") file.format = cells[1];
    if (cells[2] == "(none)") continue;
    // What a row notes for these two is what was asked for, as written; the version says it.
    std::string note = file.format == "environment.yml" ? "" : std::string(cells[5]), version(cells[3]);
    // `=1.2` (without a build) leaves all of 1.2.x: no version, but that range.
    if (file.format == "environment.yml" && cells[5] == "=" + version) version = "=" + version;
    if (file.format == "pyproject.toml") note.resize(std::min(note.find('|'), note.size()));
    std::string kind(cells[4]);
    // Folders are one kind of ours.
    if (kind == "virtual" || kind == "directory") kind = "path";
    file.rows.emplace(cells[2], version, kind, note);
  }
  return out;
}

std::string platform_of(std::string_view marker) {
  const bool arm = marker.find("arm64") != std::string_view::npos || marker.find("aarch64") != std::string_view::npos;
  if (marker.find("darwin") != std::string_view::npos) return arm ? "osx-arm64" : "osx-64";
  if (marker.find("win32") != std::string_view::npos) return "win-64";
  if (marker.find("linux") != std::string_view::npos) return arm ? "linux-aarch64" : "linux-64";
  return std::string(marker);
}

Row row_of(const Pin& pin, std::string_view format) {
  std::string name = pin.kind == "conda" ? pin.written : pin.name;
  std::string version = pin.version.value_or("-"), kind = pin.kind, note;
  if (format == "pyproject.toml") {
    const Result<versions::SpecifierSet> allowed = versions::SpecifierSet::parse(pin.specifier);
    version = !allowed ? pin.specifier : allowed->empty() ? "-" : allowed->text();
    note = pin.group.empty() ? "main" : pin.group;
  }
  // conda's own `=1.2` stays as written, a Python package's is PEP 440.
  if (format == "environment.yml" && !pin.version && pin.kind == "conda") {
    if (pin.specifier.starts_with("==") && pin.specifier.ends_with(".*"))
      version = pin.specifier.substr(1, pin.specifier.size() - 3);
    else if (pin.specifier.starts_with('='))
      version = pin.specifier;
  }
  if (format == "package-lock.json" && pin.dev) note = "dev";
  if (format == "conda-lock.yml") note = platform_of(pin.marker);
  if ((format == "conda-lock.yml" || format == "environment.yml") && kind != "conda") kind = "pip";
  return {name, version, kind, note};
}

std::string text_of(const Rows& rows) {
  std::string out;
  for (const auto& [name, version, kind, note] : rows)
    out += "    " + name + " " + version + " " + kind + " " + note + "\n";
  return out;
}

Rows without(const Rows& rows, const Rows& others) {
  Rows out;
  for (const Row& row : rows)
    if (!others.contains(row)) out.insert(row);
  return out;
}

TEST(LockfileCorpus, EveryRowIsFoundAndNoOther) {
  TOCSIN_NEEDS_CORPUS(corpus);
  const std::filesystem::path folder = corpus / "lockfiles";
  const auto files = expected(folder);
  ASSERT_FALSE(files.empty());
  std::map<std::string, std::size_t> rows;
  for (const auto& [file, want] : files) {
    // Each sample is a workspace of its own.
    const std::size_t slash = file.find('/');
    const FolderReader reader(slash == std::string::npos ? folder : folder / file.substr(0, slash));
    const Lockfile lockfile = read_lockfile(reader, slash == std::string::npos ? file : file.substr(slash + 1));
    Rows found;
    for (const Pin& pin : lockfile.pins) {
      found.insert(row_of(pin, want.format));
      EXPECT_NE(pin.place.line, 0u) << file << " " << pin.name;
    }
    EXPECT_EQ(text_of(without(want.rows, found)), "") << file << " (" << want.format << "): not found";
    EXPECT_EQ(text_of(without(found, want.rows)), "") << file << " (" << want.format << "): found but not expected";
    for (const Error& error : lockfile.problems) ADD_FAILURE() << file << ": " << error.message();
    rows[want.format] += want.rows.size();
  }
  for (const auto& [format, count] : rows) RecordProperty("rows of " + format, static_cast<int>(count));
}

}  // namespace
}  // namespace tocsin::estate
