// Lockfiles by somebody who means harm, or by nobody's hand: an error with file and line, and the rest goes on.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "../lockfile_texts.hpp"
#include "base/text.hpp"
#include "estate/document.hpp"
#include "estate/harvest.hpp"

namespace tocsin::estate {
namespace {

Lockfile read(const std::string& name, std::string text) {
  return read_lockfile(MemoryReader(Files{{name, std::move(text)}}), name);
}
std::string names(const Lockfile& lockfile) {
  std::string out;
  for (const Pin& pin : lockfile.pins) out += pin.name + " ";
  return out;
}
std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

struct Case {
  const char* name;
  const char* file;
  std::string text;
  const char* pins;     // names of what is found all the same
  const char* problem;  // how the only problem begins
};
class AHostileLockfile : public testing::TestWithParam<Case> {};
TEST_P(AHostileLockfile, IsToldWithItsLineAndTheRestGoesOn) {
  const Lockfile lockfile = read(GetParam().file, GetParam().text);
  EXPECT_EQ(names(lockfile), GetParam().pins);
  ASSERT_GE(lockfile.problems.size(), 1u);
  EXPECT_EQ(messages(lockfile).substr(0, std::string_view(GetParam().problem).size()), GetParam().problem);
  EXPECT_EQ(lockfile.problems.size(), 1u) << messages(lockfile);
  EXPECT_EQ(lockfile.files.size(), 1u);
}
const std::string kUv = "version = 1\n";
INSTANTIATE_TEST_SUITE_P(
    , AHostileLockfile,
    testing::Values(
        // TOML
        Case{"toml_that_ends_early", "poetry.lock", "[[package]]\nname = \"a", "", "poetry.lock:2:"},
        Case{"toml_key_twice", "uv.lock", kUv + "[[package]]\nname = \"a\"\nname = \"b\"\n", "", "uv.lock:4:"},
        Case{"toml_not_utf8", "uv.lock", kUv + "# \xff\n", "", "uv.lock:2: not UTF-8"},
        Case{"toml_utf16", "uv.lock", std::string("\xff\xfev\0", 4), "", "uv.lock:1: text is UTF-16"},
        Case{"toml_with_a_nul", "uv.lock", kUv + std::string("a\0", 2), "", "uv.lock:2: a NUL byte"},
        Case{"toml_brackets", "uv.lock", kUv + "a = " + std::string(200'000, '['), "", "uv.lock:2: nested deeper than"},
        Case{"toml_dots", "uv.lock", kUv + "a" + repeated(".a", 200'000) + " = 1\n", "",
             "uv.lock:2: a key of more than"},
        Case{"toml_quoted_dots", "uv.lock", kUv + "[\"a\"" + repeated(".\"\"", 200'000) + "]\n", "",
             "uv.lock:2: a key of more than"},
        Case{"toml_commas", "uv.lock", kUv + "a = [" + repeated("1,", 5'000'000) + "]\n", "",
             "uv.lock:2: more than 4000000 values"},
        Case{"dots_in_a_string_are_text", "uv.lock",
             kUv + "[[package]]\nname = \"a\"\nversion = '" + std::string(300, '.') + "'\nsource = {registry = ''}\n",
             "a ", "uv.lock:3: package a: '...."},
        Case{"package_is_no_list", "poetry.lock", "package = 1\n", "",
             "poetry.lock:1: 'package' must be a list, not a number"},
        Case{"package_is_no_table", "poetry.lock", "package = [1, {name = 'b', version = '1'}]\n", "b ",
             "poetry.lock:1: an entry of 'package' must be a table"},
        Case{"name_is_a_number", "pdm.lock",
             "[[package]]\nname = 5\nversion = '1'\n[[package]]\nname = 'b'\nversion = '1'\n", "b ",
             "pdm.lock:2: 'name' must be a text"},
        Case{"version_is_a_table", "pylock.toml", "lock-version = '1.0'\n[[packages]]\nname = 'a'\nversion = {a = 1}\n",
             "a ", "pylock.toml:4: package a: 'version' must be a text, not a table"},
        Case{"version_with_an_escape", "pylock.toml",
             "lock-version = '1.0'\n[[packages]]\nname = 'a'\nversion = \"1\\u001b[31m\"\n", "a ",
             "pylock.toml:3: package a: '1\\x1b[31m' is no version"},
        Case{"name_with_a_path", "poetry.lock", "[[package]]\nname = '../../etc/passwd'\nversion = '1'\n", "",
             "poetry.lock:2: '../../etc/passwd' is no name of a package"},
        Case{"marker_that_is_none", "pdm.lock", "[[package]]\nname = 'a'\nversion = '1'\nmarker = 'rm -rf'\n", "a ",
             "pdm.lock:2: package a: the marker is not understood, the package counts as installed"},
        Case{"hash_that_is_none", "pdm.lock",
             "[[package]]\nname = 'a'\nversion = '1'\nfiles = [{file = 'x', hash = 'sha256:zz'}]\n", "a ",
             "pdm.lock:2: package a: 'sha256:zz' is no hash"},
        Case{"unknown_version_of_uv", "uv.lock", "version = 9\n", "",
             "uv.lock:1: version 9 of the format is not known"},
        Case{"unknown_version_of_pylock", "pylock.toml", "lock-version = '2.0'\n[[packages]]\nname = 'a'\n", "",
             "pylock.toml:1: version 2.0 of the format is not known"},
        Case{"no_poetry_lock", "poetry.lock", "[other]\n", "", "poetry.lock:1: neither 'package' nor 'metadata'"},
        Case{"requirement_that_is_none", "pyproject.toml", "[project]\ndependencies = [\n'a==1',\n'==',\n'b'\n]\n",
             "a b ", "pyproject.toml:4: dependencies:"},
        Case{"poetry_union", "pyproject.toml", "[tool.poetry.dependencies]\na = '^1 || ^2'\n", "a ",
             "pyproject.toml:2: package a: '^1 || ^2' cannot be written as one set of specifiers"},
        Case{"group_that_is_not_there", "pyproject.toml", "[dependency-groups]\na = [{include-group = 'b'}]\n", "",
             "pyproject.toml:2: a: includes the group 'b', which is not there"},
        // JSON
        Case{"json_that_ends_early", "package-lock.json", "{\n\"lockfileVersion\": 3,\n", "", "package-lock.json:"},
        Case{"json_key_twice", "package-lock.json",
             "{\"lockfileVersion\": 3,\n\"packages\": {\"node_modules/a\": {\"version\": \"1.0.0\", \"version\": "
             "\"2.0.0\"}}}",
             "", "package-lock.json:"},
        Case{"json_brackets", "Pipfile.lock", std::string(200'000, '['), "", "Pipfile.lock:"},
        Case{"json_list", "Pipfile.lock", "[]", "", "Pipfile.lock:1: the document must be a table"},
        Case{"json_wrong_types", "package-lock.json",
             "{\"lockfileVersion\": 3, \"packages\": {\n\"node_modules/a\": 5,\n\"node_modules/b\": {\"version\": "
             "\"1.0.0\"}}}",
             "b ", "package-lock.json:2: 'node_modules/a' must be a table"},
        Case{"json_number_of_a_megabyte", "package-lock.json",
             "{\"lockfileVersion\": 3, \"x\": 0." + std::string(1'000'000, '1') +
                 ", \"packages\": {\n\"node_modules/a\": 5}}",
             "", "package-lock.json:2: 'node_modules/a' must be a table"},
        Case{"npm_link_to_nothing", "package-lock.json",
             "{\"lockfileVersion\": 3, \"packages\": {\n\"node_modules/a\": {\"link\": true, \"resolved\": "
             "\"packages/a\"},\n\"node_modules/b\": {\"version\": \"1.0.0\"}}}",
             "b ", "package-lock.json:2: 'node_modules/a' is a link to 'packages/a', which is not there"},
        Case{"npm_link_to_a_link", "package-lock.json",
             "{\"lockfileVersion\": 3, \"packages\": {\n\"node_modules/a\": {\"link\": true, \"resolved\": "
             "\"node_modules/a\"}}}",
             "", "package-lock.json:2: 'node_modules/a' is a link to 'node_modules/a', which is not there"},
        Case{"npm_tarball_of_another", "package-lock.json",
             "{\"lockfileVersion\": 3, \"packages\": {\n\"node_modules/a\": {\"version\": \"1.0.0\", \"resolved\": "
             "\"https://packages.example.org/evil/-/evil-1.0.0.tgz\"}}}",
             "a ", "package-lock.json:2: package a: what is installed is 'evil', by its address https://packages."},
        Case{"npm_tarball_of_a_scope", "package-lock.json",
             "{\"lockfileVersion\": 1, \"dependencies\": {\n\"a\": {\"version\": \"1.0.0\", \"resolved\": "
             "\"https://packages.example.org/@evil/a/-/a-1.0.0.tgz\"}}}",
             "a ", "package-lock.json:2: package a: what is installed is '@evil/a', by its address https://packages."},
        Case{"npm_project_without_its_packages", "package-lock.json",
             "{\"lockfileVersion\": 3, \"packages\": {\"\": {\n\"dependencies\": {\"a\": \"^1\"}}}}", "",
             "package-lock.json:2: the project needs packages, and none is listed"},
        Case{"no_purl", "a.cdx.json",
             "{\"bomFormat\": \"CycloneDX\", \"components\": [\n{\"name\": \"a\", \"purl\": \"nonsense\"}]}", "",
             "a.cdx.json:2: component a: 'nonsense' is no package URL"},
        Case{"no_cyclonedx", "a.cdx.json", "{\"bomFormat\": \"other\"}", "",
             "a.cdx.json:1: 'bomFormat' is not CycloneDX"},
        // YAML
        Case{"billion_laughs", "environment.yml",
             "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c "
             "[*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
             "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
             "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ndependencies: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
             "", "environment.yml:6:"},
        Case{"yaml_depth", "conda-lock.yml",
             "package: " + std::string(50, '[') + std::string(50, ']') + "\nversion: &a 1\n", "",
             "conda-lock.yml:1: an entry of 'package' must be a table, not a list"},
        Case{"yaml_too_deep", "conda-lock.yml", "package:\n" + repeated("- ", 100) + "x\n", "", "conda-lock.yml:2:"},
        Case{"manager_of_no_kind", "conda-lock.yml", "package:\n- {name: a, version: 1, manager: apt}\n", "",
             "conda-lock.yml:2: package a: a manager of no known kind 'apt'"},
        Case{"other_manager_in_an_environment", "environment.yml", "dependencies:\n- a\n- npm:\n  - b\n", "a ",
             "environment.yml:4: 'npm' is not read"},
        Case{"conda_or", "environment.yml", "dependencies:\n- numpy=1.20|1.21\n", "numpy ",
             "environment.yml:2: package numpy: '=1.20|1.21' is nothing that PEP 440 can say"}),
    [](const auto& given) { return given.param.name; });

TEST(HostileLockfiles, OfOneLineOfAHundredMegabytesIsRefusedWhateverItsKind) {
  const std::string line(100'000'000, 'x');
  for (const char* name : {"poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "pyproject.toml", "Pipfile.lock",
                           "package-lock.json", "environment.yml", "conda-lock.yml", "a.cdx.json", "a.spdx.json"}) {
    const Lockfile lockfile = read(name, line);
    EXPECT_EQ(lockfile.pins.size(), 0u) << name;
    ASSERT_EQ(lockfile.problems.size(), 1u) << name;
    EXPECT_NE(messages(lockfile).find("67108864 bytes"), std::string::npos) << name << messages(lockfile);
  }
}

TEST(HostileLockfiles, TellsTwoHundredOfItsProblemsAndCountsTheRest) {
  std::string text = "package = [";
  for (int i = 0; i < 1'000; ++i) text += "1,";
  const Lockfile lockfile = read("poetry.lock", text + "{name='b',version='1'}]\n");
  EXPECT_EQ(names(lockfile), "b ");
  ASSERT_EQ(lockfile.problems.size(), kMaxFileProblems + 1);
  EXPECT_EQ(lockfile.problems.back().message(), "poetry.lock: 800 more problems of this file are not listed");
}

// Of many names in one table each is looked at once: with a search of the table for each, one of these takes minutes.
TEST(HostileLockfiles, OfManyNamesAreReadInTimeByTheirSize) {
  constexpr int kNames = 100'000;
  const auto many = [](const auto& entry, const char* between) {
    std::string out;
    for (int i = 0; i < kNames; ++i) out += (i == 0 ? "" : between) + entry("n" + std::to_string(i));
    return out;
  };
  using Name = const std::string&;
  std::string packages;
  for (int i = 0; i < 20'000; ++i)
    packages += "[[package]]\nname = 'n" + std::to_string(kNames - 1 - i) + "'\nversion = '1'\n";
  const std::string old_files = packages + "[metadata.files]\n" + many([](Name n) { return n + " = []\n"; }, "");
  struct Many {
    const char* file;
    std::string text;
    std::size_t pins;
  };
  const std::vector<Many> kFiles = {
      {"Pipfile.lock", "{\"default\": {" + many([](Name n) { return "\"" + n + "\": \"==1\""; }, ",") + "}}", kNames},
      {"Pipfile.lock", "{\"default\": {}," + many([](Name n) { return "\"" + n + "\": {}"; }, ",") + "}", 0},
      {"poetry.lock", old_files, 20'000},
      {"poetry.lock",
       "[[package]]\nname = 'a'\nversion = '1'\n[package.markers]\n" + many([](Name n) { return n + " = 'x'\n"; }, ""),
       1},
      {"pylock.toml",
       "lock-version = '1.0'\n[[packages]]\nname = 'a'\nversion = '1'\n[packages.archive]\nurl = 'https://h/a'\n"
       "[packages.archive.hashes]\n" +
           many([](Name n) { return n + " = 'x'\n"; }, ""),
       1},
      {"conda-lock.yml",
       "package:\n- {name: a, version: 1, manager: pip, hash: {" + many([](Name n) { return n + ": x"; }, ", ") +
           "}}\n",
       1},
      {"pyproject.toml", "[project.optional-dependencies]\n" + many([](Name n) { return n + " = []\n"; }, ""), 0},
      {"pyproject.toml", "[tool.poetry.group]\n" + many([](Name n) { return n + " = {}\n"; }, ""), 0},
      {"pyproject.toml",
       "[dependency-groups]\na = [" + many([](Name n) { return "{include-group = '" + n + "'}"; }, ",") + "]\n" +
           many([](Name n) { return n + " = []\n"; }, ""),
       0},
      {"pyproject.toml",
       "[project]\ndependencies = [" + many([](Name n) { return "'" + n + "'"; }, ",") + "]\n[tool.uv.sources]\n" +
           many([](Name n) { return "x" + n + " = {workspace = true}\n"; }, ""),
       kNames},
  };
  for (const Many& given : kFiles)
    EXPECT_EQ(read(given.file, given.text).pins.size(), given.pins) << given.file << given.text.substr(0, 200);
}

TEST(HostileLockfiles, KeepsAndShowsNoCredentials) {
  const std::string url = "https://user:hunter2@example.org/a-1.0.tar.gz?token=tok3n";
  const std::pair<const char*, std::string> kFiles[] = {
      {"poetry.lock",
       "[[package]]\nname = 'a'\nversion = '1 " + url + "'\nsource = {type = 'url', url = '" + url + "'}\n"},
      {"uv.lock", kUv + "[[package]]\nname = 'a'\nsource = {git = '" + url + "'}\n"},
      {"pdm.lock", "[[package]]\nname = 'a'\nversion = '1'\nurl = '" + url + "'\nmarker = '" + url + "'\n"},
      {"pylock.toml", "lock-version = '1.0'\n[[packages]]\nname = 'a'\narchive = {url = '" + url + "'}\n"},
      {"pyproject.toml", "[project]\ndependencies = ['a @ " + url + "', 'b " + url +
                             "']\n[tool.poetry.dependencies]\nc = '" + url + "'\nd = {url='" + url + "'}\n"},
      {"Pipfile.lock", "{\"default\": {\"a\": {\"file\": \"" + url + "\"}, \"" + url + "\": {}}}"},
      {"package-lock.json",
       "{\"lockfileVersion\": 1, \"dependencies\": {\"a\": {\"version\": \"" + url + "\"}, \"" + url + "\": 5}}"},
      {"environment.yml", "dependencies:\n- pip:\n  - a @ " + url + "\n  - '" + url + "'\n- a=" + url + "\n"},
      {"conda-lock.yml", "package:\n- {name: a, version: '" + url + "', manager: pip, source: {type: url, url: '" +
                             url + "'}}\n- {name: b, version: 1, manager: '" + url + "', platform: '" + url + "'}\n"},
      {"a.cdx.json", "{\"bomFormat\": \"CycloneDX\", \"components\": [{\"name\": \"" + url + "\", \"purl\": \"" + url +
                         "\"}, {\"name\": \"" + url + "\"}]}"},
      {"a.spdx.json", "{\"spdxVersion\": \"SPDX-2.3\", \"packages\": [{\"name\": \"" + url + "\"}]}"},
      {"b.cdx.json", "{\"bomFormat\": \"CycloneDX\", \"x\": \"https:\\/\\/user:hunter2@example.org\\/a?token=tok3n\"}"},
  };
  for (const auto& [name, text] : kFiles) {
    const Lockfile lockfile = read(name, text);
    std::string all = messages(lockfile);
    for (const Pin& pin : lockfile.pins) all += to_json(pin, Places::with).dump();
    for (const ReadFile& file : lockfile.files) {
      all += file.content;
      EXPECT_EQ(file.digest, sha256(file.content)) << name;
    }
    EXPECT_EQ(all.find("hunter2"), std::string::npos) << name << "\n" << all;
    EXPECT_EQ(all.find("tok3n"), std::string::npos) << name << "\n" << all;
  }
}

TEST(HostileLockfiles, BehindALinkThatLeavesTheFolderIsNotRead) {
  namespace fs = std::filesystem;
  const fs::path top = fs::path(testing::TempDir()) / "tocsin-links";
  fs::remove_all(top);
  fs::create_directories(top / "in" / "site-packages");
  fs::create_directories(top / "out" / "x-1.dist-info");
  std::ofstream(top / "out" / "uv.lock") << "version = 1\n";
  std::ofstream(top / "out" / "x-1.dist-info" / "METADATA") << "Name: x\nVersion: 1\n";
  fs::create_symlink(top / "out" / "uv.lock", top / "in" / "uv.lock");
  fs::create_symlink(top / "out" / "x-1.dist-info", top / "in" / "site-packages" / "x-1.dist-info");
  fs::create_symlink(top / "out", top / "in" / "dist-packages");
  const FolderReader reader(top / "in");
  for (const char* path : {"uv.lock", "site-packages", "dist-packages"}) {
    const Lockfile lockfile = read_lockfile(reader, path);
    EXPECT_EQ(lockfile.pins.size(), 0u) << path;
    EXPECT_NE(messages(lockfile).find("a symbolic link leads out of the workspace"), std::string::npos)
        << path << messages(lockfile);
  }
  fs::remove_all(top);
}

TEST(HostileLockfiles, OfInstalledPackagesAreKeptInPartOnly) {
  const std::string line = "X: " + std::string(996, 'x') + "\n";
  Files files;
  for (int i = 0; i < 1'200; ++i)
    files["site-packages/n" + std::to_string(i) + "-1.dist-info/METADATA"] =
        "Name: n" + std::to_string(i) + "\nVersion: 1\n" + repeated(line, 80);
  const Lockfile lockfile = read_lockfile(MemoryReader(std::move(files)), "site-packages");
  std::size_t kept = 0;
  for (const ReadFile& file : lockfile.files) {
    kept += file.content.size();
    EXPECT_LE(file.content.size(), 64u << 10);
    EXPECT_TRUE(file.content.ends_with("x\n"));
  }
  EXPECT_LE(kept, (64u << 20) + (64u << 10));
  EXPECT_EQ(lockfile.pins.size(), lockfile.files.size());
  EXPECT_GT(lockfile.pins.size(), 1'000u);
  ASSERT_EQ(lockfile.problems.size(), 1u) << messages(lockfile);
  EXPECT_NE(messages(lockfile).find("more than 67108864 bytes of metadata"), std::string::npos) << messages(lockfile);
  EXPECT_EQ(lockfile.unread.size(), 1u);
}

TEST(HostileLockfiles, TakeInOtherFilesTwentyTimesAndNoMore) {
  std::string text = "dependencies:\n- pip:\n";
  for (int i = 0; i < 1'000; ++i) text += "  - -r " + repeated("./", static_cast<std::size_t>(i)) + "more.txt\n";
  const Lockfile lockfile =
      read_lockfile(MemoryReader(Files{{"environment.yml", text}, {"more.txt", "alpha==1\n"}}), "environment.yml");
  EXPECT_EQ(names(lockfile), "alpha ");
  EXPECT_EQ(messages(lockfile), "environment.yml:23: more than 20 lines that take in other files\n");
}

TEST(HostileLockfiles, SayWhetherAPackageMayHideBehindTheirProblems) {
  const Lockfile hidden = read("poetry.lock", "package = [1, {name = 'b', version = '1'}]\n");
  ASSERT_EQ(hidden.unread.size(), 1u);
  EXPECT_EQ(hidden.unread[0].place, (Place{"poetry.lock", 1}));
  EXPECT_EQ(read("uv.lock", "= 1").unread.size(), 1u);
  EXPECT_EQ(read("a.cdx.json", R"({"bomFormat": "CycloneDX", "components": [{"type": "library", "name": "x"}]})")
                .unread.size(),
            1u);
  EXPECT_EQ(read("environment.yml", "dependencies:\n- pip:\n  - -r gone.txt\n").unread.size(), 1u);
  EXPECT_EQ(
      read("package-lock.json", R"({"packages": {"node_modules/a": {"link": true, "resolved": "b"}}})").unread.size(),
      1u);
  EXPECT_EQ(read("package-lock.json",
                 R"({"packages": {"node_modules/a": {"version": "1", "resolved": "https://h/b/-/b.tgz"}}})")
                .unread.size(),
            1u);
  // What names its package all the same.
  const Lockfile flawed =
      read("pdm.lock", "[[package]]\nname = 'a'\nversion = '1 2'\nmarker = 'no'\nfiles = [{hash = 'sha256:zz'}]\n");
  EXPECT_EQ(flawed.unread.size(), 0u);
  EXPECT_EQ(flawed.problems.size(), 4u) << messages(flawed);
}

TEST(HostileLockfiles, OutsideIsNotRead) {
  for (const char* path : {"../uv.lock", "/etc/passwd", "a/../../uv.lock", ""}) {
    const Lockfile lockfile = read_lockfile(MemoryReader(Files{{"uv.lock", "version = 1\n"}}), path);
    EXPECT_EQ(lockfile.pins.size(), 0u);
    EXPECT_EQ(lockfile.problems.size(), 1u);
  }
}

TEST(Documents, HaveTheLinesOfTheirValues) {
  const Result<Yaml> json =
      parse_json_document("{\n \"a\": [\n  \"x\\\"]\",\n  {}, [],\n  {\"b\": null, \"c\": -1.5e3}\n ]\n}");
  ASSERT_TRUE(json);
  const Yaml& list = (*json)["a"];
  ASSERT_EQ(list.items.size(), 4u);
  EXPECT_EQ(list.line, 2u);
  EXPECT_EQ(list.items[0].scalar, "x\"]");
  EXPECT_EQ(list.items[0].line, 3u);
  EXPECT_EQ(list.items[2].line, 4u);
  EXPECT_TRUE(list.items[3]["b"].is_null());
  EXPECT_EQ(list.items[3]["c"].scalar, "-1.5e3");
  EXPECT_EQ(list.items[3]["c"].line, 5u);
  EXPECT_FALSE(list.items[3]["c"].quoted);

  const Result<Yaml> toml =
      parse_toml_document("\xef\xbb\xbf# \"\na = '''\n[[[\n'''\n[t]\nb = [1,\n \"x\"]\nc = 1979-05-27\n");
  ASSERT_TRUE(toml) << toml.error().message();
  EXPECT_EQ((*toml)["a"].scalar, "[[[\n");
  EXPECT_EQ((*toml)["t"]["b"].items[1].line, 7u);
  EXPECT_TRUE((*toml)["t"]["b"].items[1].quoted);
  EXPECT_EQ((*toml)["t"]["b"].items[0].scalar, "1");
}

}  // namespace
}  // namespace tocsin::estate
