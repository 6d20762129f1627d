// pip's requirements files: what a line means, what is refused, and how files include each other.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "estate/credentials.hpp"
#include "lockfile_texts.hpp"

namespace tocsin::estate {
namespace {

Lockfile read(Files files, std::string_view first = "requirements.txt",
              const versions::MarkerEnvironment& environment = {}) {
  return read_lockfile(MemoryReader(std::move(files)), first, environment);
}
Lockfile read(std::string text) {
  return read(Files{{"requirements.txt", std::move(text)}});
}

// name|version or -|specifier|marker|applies or not|kind|line
std::string shown(const Pin& pin) {
  return pin.name + "|" + pin.version.value_or("-") + "|" + pin.specifier + "|" + pin.marker + "|" +
         (pin.applies ? "yes" : "no") + "|" + pin.kind + "|" + std::to_string(pin.place.line);
}

struct LineCase {
  const char* name;
  std::string text;
  std::string want;  // of the only pin
};
class ALine : public testing::TestWithParam<LineCase> {};
TEST_P(ALine, GivesOnePinAndNoProblem) {
  const Lockfile lockfile = read(GetParam().text);
  EXPECT_EQ(messages(lockfile), "");
  ASSERT_EQ(lockfile.pins.size(), 1u);
  EXPECT_EQ(shown(lockfile.pins[0]), GetParam().want);
  EXPECT_EQ(lockfile.pins[0].place.file, "requirements.txt");
  EXPECT_EQ(lockfile.pins[0].ecosystem, "PyPI");
}
INSTANTIATE_TEST_SUITE_P(
    , ALine,
    testing::Values(
        LineCase{"bare_name", "Example_Pkg", "example-pkg|-|||yes|registry|1"},
        LineCase{"pinned", "alpha==1.2.3", "alpha|1.2.3|==1.2.3||yes|registry|1"},
        LineCase{"arbitrary_equality", "alpha===1.2+local", "alpha|1.2+local|===1.2+local||yes|registry|1"},
        LineCase{"wildcard_is_no_pin", "alpha==1.2.*", "alpha|-|==1.2.*||yes|registry|1"},
        LineCase{"pin_beside_a_range", "alpha>=1,==1.5", "alpha|1.5|>=1,==1.5||yes|registry|1"},
        LineCase{"pin_against_a_range", "alpha>=2,==1.5", "alpha|-|>=2,==1.5||yes|registry|1"},
        LineCase{"blanks_and_parentheses", "alpha [x, y] ( >=1.0 , <2 )", "alpha|-|>=1.0 , <2||yes|registry|1"},
        LineCase{"marker_that_holds", "alpha>=1;python_version>='3.8'",
                 "alpha|-|>=1|python_version >= \"3.8\"|yes|registry|1"},
        LineCase{"marker_that_does_not", "alpha ; sys_platform == \"win32\"",
                 "alpha|-||sys_platform == \"win32\"|no|registry|1"},
        LineCase{"comment_behind", "alpha==1 # why", "alpha|1|==1||yes|registry|1"},
        LineCase{"hash_sign_in_a_url", "alpha @ https://files.example.org/a.zip#egg=alpha",
                 "alpha|-|@ https://files.example.org/a.zip#egg=alpha||yes|url|1"},
        LineCase{"continued", "alpha==1 \\\n  --hash=sha256:" + std::string(64, 'a') + "\n",
                 "alpha|1|==1||yes|registry|1"},
        LineCase{"continued_in_the_middle", "\n\nalpha\\\n>=1\\\n,<2\n", "alpha|-|>=1,<2||yes|registry|3"},
        LineCase{"byte_order_mark",
                 "\xef\xbb\xbf"
                 "alpha==1",
                 "alpha|1|==1||yes|registry|1"},
        LineCase{"utf16", std::string("\xff\xfe", 2) + std::string("a\0=\0=\0001\0\n\0", 10),
                 "a|1|==1||yes|registry|1"},
        LineCase{"carriage_returns", "# one\r\n\r\nalpha==1\r\n", "alpha|1|==1||yes|registry|3"},
        LineCase{"git", "git+https://git.example.org/team/tool.git@v1#egg=Tool",
                 "tool|-|@ git+https://git.example.org/team/tool.git@v1#egg=Tool||yes|git|1"},
        LineCase{"git_by_name", "tool @ git+ssh://git@git.example.org/team/tool",
                 "tool|-|@ git+ssh://git.example.org/team/tool||yes|git|1"},
        LineCase{"editable_folder", "-e ./src/tool", "|-|@ ./src/tool||yes|editable|1"},
        LineCase{"editable_git", "--editable=git+https://git.example.org/t.git#egg=tool",
                 "tool|-|@ git+https://git.example.org/t.git#egg=tool||yes|editable|1"},
        LineCase{"wheel_by_address", "https://files.example.org/My_Lib-1.0.post1-py3-none-any.whl",
                 "my-lib|1.0.post1|@ https://files.example.org/My_Lib-1.0.post1-py3-none-any.whl||yes|url|1"},
        LineCase{"wheel_in_a_folder", "./wheels/my_lib-2.0+cpu-py3-none-any.whl ; os_name == 'posix'",
                 "my-lib|2.0+cpu|@ ./wheels/my_lib-2.0+cpu-py3-none-any.whl|os_name == \"posix\"|yes|path|1"},
        LineCase{"variable_in_an_address", "alpha @ https://${TOKEN}@files.example.org/a.zip",
                 "alpha|-|@ https://files.example.org/a.zip||yes|url|1"},
        LineCase{"options_of_the_index_are_skipped",
                 "--index-url https://user:secret@index.example.org/simple\n-f ./wheels --pre\n--extra-index "
                 "https://x.example.org\nalpha\n",
                 "alpha|-|||yes|registry|4"},
        LineCase{"per_requirement_options", "alpha==1 --config-settings \"a=b c\" --global-option=x",
                 "alpha|1|==1||yes|registry|1"}),
    [](const auto& tested) { return tested.param.name; });

struct BadCase {
  const char* name;
  std::string text;
  std::string message;  // a part of it
};
class ABadLine : public testing::TestWithParam<BadCase> {};
TEST_P(ABadLine, IsToldWithItsPlaceAndTheRestGoesOn) {
  const Lockfile lockfile = read("first==1\n" + GetParam().text + "\nlast==2\n");
  ASSERT_FALSE(lockfile.problems.empty());
  EXPECT_EQ(lockfile.problems[0].where, "requirements.txt");
  EXPECT_EQ(lockfile.problems[0].line, 2u);
  EXPECT_NE(messages(lockfile).find(GetParam().message), std::string::npos) << messages(lockfile);
  ASSERT_GE(lockfile.pins.size(), 2u);
  EXPECT_EQ(lockfile.pins.front().name, "first");
  EXPECT_EQ(lockfile.pins.back().name, "last");
}
INSTANTIATE_TEST_SUITE_P(
    , ABadLine,
    testing::Values(BadCase{"not_a_requirement", "this is prose", "this is prose"},
                    BadCase{"bad_specifier", "alpha=>1", "alpha=>1"},
                    BadCase{"bad_marker", "alpha ; nonsense", "alpha ; nonsense"},
                    BadCase{"unknown_option", "--frobnicate yes", "unknown option --frobnicate"},
                    BadCase{"ambiguous_option", "--no yes", "unknown option --no"},
                    BadCase{"option_without_value", "-r", "needs a value"},
                    BadCase{"open_quote", "-f \"wheels", "quotation mark"},
                    BadCase{"short_hash", "alpha==1 --hash=sha256:abc", "64 hexadecimal digits"},
                    BadCase{"weak_hash", "alpha==1 --hash=md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:"},
                    BadCase{"missing_file", "-r missing.txt", "cannot read missing.txt"},
                    BadCase{"outside", "-r ../../etc/passwd", "leads out of the workspace"},
                    BadCase{"absolute", "-c /etc/passwd", "not a path inside the workspace"},
                    BadCase{"fetched", "-r https://u:secret@files.example.org/r.txt", "files are not fetched"},
                    BadCase{"variable_path", "-r ${WHERE}/r.txt", "variable of the environment"},
                    BadCase{"version_in_a_variable", "alpha==${ALPHA}", "variable of the environment"},
                    BadCase{"nameless_address", "https://files.example.org/archive/main.zip", "does not say its name"},
                    BadCase{"terminal_escape", "\x1b[31mred", "\\x1b"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Requirements, KeepAPackageWhoseVersionHangsOnAVariable) {
  const Lockfile lockfile = read("alpha[x]==${ALPHA_VERSION}");
  ASSERT_EQ(lockfile.pins.size(), 1u);
  EXPECT_EQ(shown(lockfile.pins[0]), "alpha|-|==${ALPHA_VERSION}||yes|registry|1");
}

TEST(Requirements, TakeEveryHashOfALine) {
  const std::string one(64, 'a'), two(128, 'B');
  const Lockfile lockfile = read("alpha==1 \\\n    --hash=sha256:" + one + " \\\n    --hash sha512:" + two + "\n");
  ASSERT_EQ(lockfile.pins.size(), 1u);
  EXPECT_EQ(lockfile.pins[0].hashes, (std::vector<std::string>{"sha256:" + one, "sha512:" + std::string(128, 'b')}));
}

TEST(Requirements, AreReadFromTheFilesTheyIncludeRelativeToEach) {
  const Lockfile lockfile = read({{"requirements.txt", "-r deps/base.txt\nalpha==1\n"},
                                  {"deps/base.txt", "beta==2\n-rmore.txt\n"},
                                  {"deps/more.txt", "--requirement=../top.txt\ngamma==3\n"},
                                  {"top.txt", "delta==4\n"}});
  EXPECT_EQ(messages(lockfile), "");
  std::vector<std::string> got;
  for (const Pin& pin : lockfile.pins) got.push_back(pin.name + " " + pin.place.file);
  EXPECT_EQ(got, (std::vector<std::string>{"beta deps/base.txt", "delta top.txt", "gamma deps/more.txt",
                                           "alpha requirements.txt"}));
  EXPECT_EQ(lockfile.files.size(), 4u);
}

TEST(Requirements, SayWhenAFileIncludesItselfAndEnd) {
  const Lockfile lockfile = read({{"requirements.txt", "-r b.txt\nalpha\n"}, {"b.txt", "-r requirements.txt\nbeta\n"}});
  EXPECT_EQ(messages(lockfile), "b.txt:1: requirements.txt includes itself\n");
  EXPECT_EQ(lockfile.pins.size(), 2u);
}

TEST(Requirements, EndWhereFilesIncludeEachOtherTooDeep) {
  Files files;
  for (int i = 0; i < 200; ++i)
    files[i == 0 ? "requirements.txt" : "r" + std::to_string(i) + ".txt"] =
        "-r r" + std::to_string(i + 1) + ".txt\npkg" + std::to_string(i) + "\n";
  const Lockfile lockfile = read(files);
  EXPECT_NE(messages(lockfile).find("more than 32 deep"), std::string::npos);
  EXPECT_EQ(lockfile.pins.size(), 32u);
}

TEST(Requirements, ReadAFileOnceHoweverManyIncludeIt) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "-r b.txt\n";
  const Lockfile lockfile = read({{"requirements.txt", many}, {"b.txt", "alpha\n"}});
  EXPECT_EQ(lockfile.pins.size(), 1u);
}

TEST(Requirements, GiveALineOnceHoweverItIsReached) {
  const Lockfile lockfile =
      read({{"requirements-dev.txt", "-r requirements.txt\n-r r/base.txt\n-r ./r/../r/base.txt\npytest\n"},
            {"requirements.txt", "-r r/base.txt\n-c r/c.txt\nalpha\n"},
            {"r/base.txt", "-c c.txt\nbeta\n"},
            {"r/c.txt", "beta==1\n"}},
           "requirements-dev.txt");
  EXPECT_EQ(messages(lockfile), "");
  std::vector<std::string> got;
  for (const Pin& pin : lockfile.pins) got.push_back(pin.place.file + " " + shown(pin));
  EXPECT_EQ(got, (std::vector<std::string>{
                     "r/c.txt beta|1|==1||yes|constraint|1", "r/base.txt beta|1|==1||yes|registry|2",
                     "requirements.txt alpha|-|||yes|registry|3", "requirements-dev.txt pytest|-|||yes|registry|4"}));
}

TEST(Constraints, NarrowThePinsOfTheirName) {
  const Lockfile lockfile = read({{"requirements.txt", "-c constraints.txt\nalpha>=1\nbeta\n"},
                                  {"constraints.txt", "Alpha==1.5\ngamma==3\nbeta!=2.0 ; sys_platform == 'win32'\n"}});
  EXPECT_EQ(messages(lockfile), "");
  std::vector<std::string> got;
  for (const Pin& pin : lockfile.pins) got.push_back(shown(pin));
  EXPECT_EQ(got, (std::vector<std::string>{"alpha|1.5|==1.5||yes|constraint|1", "gamma|3|==3||yes|constraint|2",
                                           "beta|-|!=2.0|sys_platform == \"win32\"|no|constraint|3",
                                           "alpha|1.5|>=1,==1.5||yes|registry|2", "beta|-|||yes|registry|3"}));
}

TEST(Constraints, ThatExcludeAPinAreToldAndThePinStays) {
  const Lockfile lockfile = read({{"requirements.txt", "alpha==1\n-c c.txt\n"}, {"c.txt", "alpha<1\n"}});
  EXPECT_EQ(messages(lockfile), "requirements.txt:1: alpha==1 is excluded by the constraint at c.txt:1\n");
  EXPECT_EQ(shown(lockfile.pins[0]), "alpha|1|==1||yes|registry|1");
}

TEST(Markers, AreJudgedForThePythonAsked) {
  const Result<versions::MarkerEnvironment> old = environment_of_python("3.8");
  ASSERT_TRUE(old);
  const Lockfile lockfile =
      read({{"requirements.txt", "a ; python_version < '3.9'\nb ; python_full_version >= '3.8.1'\n"}},
           "requirements.txt", *old);
  ASSERT_EQ(lockfile.pins.size(), 2u);
  EXPECT_TRUE(lockfile.pins[0].applies);
  EXPECT_FALSE(lockfile.pins[1].applies);
  for (const char* bad : {"", "3", "3.x", "3.11.1.1", "03.1111", "3.", "three"})
    EXPECT_FALSE(environment_of_python(bad)) << bad;
}

TEST(Credentials, AreNeverKeptNorShown) {
  const Lockfile lockfile = read(
      "--index-url https://user:hunter2@index.example.org/simple\n"
      "alpha @ https://hunter2@files.example.org/a.zip?token=hunter2&x=1\n"
      "git+https://bob:hunter2@git.example.org/t.git\n"
      "bad line https://u:hunter2@files.example.org\n"
      "-r https://u:hunter2@files.example.org/r.txt\n"
      "https://u:hun\\\nter2@files.example.org/b-1.0-py3-none-any.whl\n"
      "--proxy u:hunter2@proxy.example.org:3128\n");
  std::string all = messages(lockfile);
  for (const Pin& pin : lockfile.pins) all += shown(pin) + pin.written + "\n";
  for (const ReadFile& file : lockfile.files) all += file.content;
  EXPECT_EQ(all.find("hunter2"), std::string::npos) << all;
  EXPECT_EQ(all.find("ter2"), std::string::npos) << all;
  EXPECT_NE(all.find("https://files.example.org/a.zip?token=***&x=1"), std::string::npos) << all;
}

TEST(Credentials, AreTheOnlyThingTakenOutOfAText) {
  for (const char* same : {"", "plain", "a://", "https://host/a@b", "https://host/?q=a@b:c", "mail@example.org",
                           "x: https://h/p?monkey=1 y", "://", "https://host#a@b"})
    EXPECT_EQ(without_credentials(same), same);
  EXPECT_EQ(without_credentials("a https://u:p@h/x, https://q@h2:1/?api_key=1;2 z"),
            "a https://h/x, https://h2:1/?api_key=*** z");
  EXPECT_EQ(without_credentials("https://u:p@@h"), "https://h");
  EXPECT_EQ(without_credentials("https://h/?a=b=token=x&c=d"), "https://h/?a=b=token=***&c=d");
}

TEST(Credentials, OfAUrlInAUrlAreTakenOutHoweverItIsEncoded) {
  for (const char* same : {"pkg:pypi/a@1?download_url=https%3A%2F%2Fh%2Fx%40y.whl", "https://h/%40scope%2Fname", "100%",
                           "%3A%2F%2F", "%3a%2", "a%3A%2F%2Fh%2F?x=y%40z&b=u:p@h"})
    EXPECT_EQ(without_credentials(same), same);
  EXPECT_EQ(without_credentials("pkg:pypi/a@1.0?download_url=https%3A%2F%2Fu:hunter2%40h%2Fx.whl"),
            "pkg:pypi/a@1.0?download_url=https%3A%2F%2Fh%2Fx.whl");
  EXPECT_EQ(without_credentials("vcs_url=git%2bhttps%3a%2f%2Fu%3Ap%40h%2Fx%3Ftoken%3Dt1%26b%3Dc&token=t2 z@y"),
            "vcs_url=git%2bhttps%3a%2f%2Fh%2Fx%3Ftoken%3D***%26b%3Dc&token=*** z@y");
  EXPECT_EQ(without_credentials("?download_url=https://u:p%40h/x"), "?download_url=https://h/x");
  EXPECT_EQ(without_credentials("https://u:pa%2Fss@h/?next=https://v:q@g&sig=1"), "https://h/?next=https://g&sig=***");
}

// Either would take days if each '=' looked at the whole query before it.
TEST(Credentials, AreFoundInTimeByTheSizeOfTheText) {
  for (const char* part : {"a=", "a=?", "://", "%3A%2F%2F", "a=&", "="}) {
    std::string text = "# https://a/?";
    while (text.size() < (8u << 20)) text += part;
    EXPECT_EQ(without_credentials(text), text) << part;
  }
  const std::string name(8u << 20, 'a');
  EXPECT_EQ(without_credentials("https://a/?" + name + "token=x"), "https://a/?" + name + "token=***");
}

TEST(Requirements, OfManyKindsOfRubbishNeverFailWhole) {
  EXPECT_NE(messages(read(std::string("\x7f"
                                      "ELF\0\0\0",
                                      7)))
                .find("NUL"),
            std::string::npos);
  EXPECT_EQ(read("").pins.size(), 0u);
  std::string prose;
  for (int i = 0; i < 100'000; ++i) prose += "not a requirement at all\n";
  EXPECT_LE(read(prose).problems.size(), 202u);
  EXPECT_EQ(messages(read_lockfile(MemoryReader(Files{{"notes.md", "x"}}), "notes.md")).substr(0, 22),
            "no reader for notes.md");
}

TEST(Requirements, SkipALineOfAHundredMegabytes) {
  const Lockfile lockfile = read("alpha==1\nb" + std::string(100'000'000, 'x') + "\ngamma==3\n");
  EXPECT_EQ(lockfile.pins.size(), 2u);
  EXPECT_NE(messages(lockfile).find("requirements.txt:2: a line of more than"), std::string::npos);
}

TEST(Requirements, SkipAMillionContinuedLines) {
  std::string text = "alpha\\\n";
  for (int i = 0; i < 1'000'000; ++i) text += "xxxxxxxx\\\n";
  const Lockfile lockfile = read(text + "\nlast==1\n");
  ASSERT_EQ(lockfile.pins.size(), 1u);
  EXPECT_EQ(lockfile.pins[0].place.line, 1'000'003u);
}

// Looking for the '@' of each line in all lines before it would take longer than ctest waits.
TEST(Requirements, HideThePasswordsOfManyProxiesInLinearTime) {
  for (const std::string line : {"--proxy\n", "--proxy u:hunter2@h:1\n"}) {
    std::string text;
    for (int i = 0; i < 800'000; ++i) text += line;
    const Lockfile lockfile = read(text);
    ASSERT_EQ(lockfile.files.size(), 1u);
    EXPECT_EQ(lockfile.files[0].content.find("hunter2"), std::string::npos);
  }
}

TEST(Requirements, HideOnlyWhatStandsBetweenAProxyAndItsHost) {
  const Lockfile lockfile =
      read("# me@example.org\n--proxy h:1\n--proxy a:b@h:2 --proxy c:d@h:3\r\n--proxy=x@h\nmail@example.org\n");
  ASSERT_EQ(lockfile.files.size(), 1u);
  EXPECT_EQ(lockfile.files[0].content,
            "# me@example.org\n--proxy h:1\n--proxy=***@h:3\r\n--proxy=***@h\nmail@example.org\n");
}

TEST(InlinePins, AreOneRequirement) {
  const Result<Pin> pin = parse_pin("Alpha[x]==1.0 ; python_version < '4'");
  ASSERT_TRUE(pin);
  EXPECT_EQ(pin->name, "alpha");
  EXPECT_EQ(pin->version, "1.0");
  for (const char* bad : {"", "a\nb", "-r x.txt", "-c x.txt", "a b", "--pre"}) EXPECT_FALSE(parse_pin(bad)) << bad;
}

// "3: what", of each part behind which a package may hide.
std::string unread_in(const std::string& text) {
  std::string out;
  for (const Unread& part :
       read({{"requirements.txt", text}, {"good.txt", "beta\n"}, {"c.txt", "=x\n-r none.txt\n"}}).unread)
    out += (out.empty() ? "" : " ") + part.place.file + ":" + std::to_string(part.place.line);
  return out;
}

TEST(Unread, IsWhatMayNameAPackage) {
  EXPECT_EQ(unread_in("alpha==1\n-r good.txt\n"), "");
  EXPECT_EQ(unread_in("alpha==1\n=nonsense=\n"), "requirements.txt:2");
  EXPECT_EQ(unread_in("-r missing.txt\n"), "requirements.txt:1");
  EXPECT_EQ(unread_in("-r ../outside.txt\n"), "requirements.txt:1");
  EXPECT_EQ(unread_in("-r https://example.org/r.txt\n"), "requirements.txt:1");
  EXPECT_EQ(unread_in("-r ${WHERE}.txt\n"), "requirements.txt:1");
  EXPECT_EQ(unread_in("https://example.org/archive.tar.gz\n"), "requirements.txt:1");
  EXPECT_EQ(unread_in("--requirement\n"), "requirements.txt:1");
  // What takes no package away.
  EXPECT_EQ(unread_in("alpha==1 --nonsense\n--unheard-of\nbeta==${VERSION}\nalpha==1 --hash=md5:1\n"), "");
  // Constraints install nothing; a -r among them does.
  EXPECT_EQ(unread_in("-c missing.txt\n-c https://example.org/c.txt\n"), "");
  EXPECT_EQ(unread_in("-c c.txt\n"), "c.txt:2");
  // That there are some is what counts.
  std::string many;
  for (int i = 0; i < 100; ++i) many += "=nonsense=\n";
  EXPECT_EQ(read(many).unread.size(), kMaxUnread);
}

}  // namespace
}  // namespace tocsin::estate
