#include "base/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/folder.hpp"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using tests::Folder;

void put(const fs::path& path, std::string_view content) {
  fs::create_directories(path.parent_path());
  const auto written = write_file(path, content);
  ASSERT_TRUE(written) << written.error().message();
}

std::vector<std::string> names(const Listing& listing) {
  std::vector<std::string> out;
  for (const fs::path& file : listing.files) out.push_back(file.string());
  return out;
}

TEST(ReadingAFile, GivesItsBytesUpToTheLimit) {
  const Folder folder;
  put(folder / "a", "12345");
  put(folder / "empty", "");
  EXPECT_EQ(*read_file(folder / "a", 5), "12345");
  EXPECT_EQ(*read_file(folder / "empty", 0), "");
  const auto refused = read_file(folder / "a", 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::refused);
  EXPECT_EQ(refused.error().where, (folder / "a").string());
}

TEST(ReadingAFile, ReadsThoseWhoseSizeTheKernelDoesNotSay) {
  const auto status = read_file("/proc/self/status", 1 << 20);
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("Name:"), std::string::npos);
}

TEST(ReadingAFile, RefusesWhatIsNone) {
  const Folder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const fs::path& path : {folder.path(), folder / "pipe", fs::path("/dev/null"), fs::path("/dev/zero")}) {
    const auto read = read_file(path, 1000);
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().code, Code::refused) << path;
    const auto head = read_head(path, 10);
    ASSERT_FALSE(head) << path;
    EXPECT_EQ(head.error().code, Code::refused) << path;
  }
  EXPECT_EQ(read_file(folder / "none", 1000).error().code, Code::unavailable);
  EXPECT_EQ(read_head(folder / "none", 10).error().code, Code::unavailable);
}

TEST(ReadingAFile, NamesItSoThatATerminalIsSafe) {
  const auto read = read_file("/nowhere/\x1b[31m", 10);
  EXPECT_EQ(read.error().where, "/nowhere/\\x1b[31m");
}

TEST(TheHeadOfAFile, IsItsFirstBytesWhateverItsSize) {
  const Folder folder;
  put(folder / "a", "12345");
  EXPECT_EQ(*read_head(folder / "a", 3), "123");
  EXPECT_EQ(*read_head(folder / "a", 5), "12345");
  EXPECT_EQ(*read_head(folder / "a", 9), "12345");
  fs::resize_file(folder / "a", std::uintmax_t{1} << 40);
  EXPECT_EQ(*read_head(folder / "a", 7), std::string("12345\0", 7));
}

TEST(WritingAFile, ReplacesTheOldOneWhole) {
  const Folder folder;
  ASSERT_TRUE(write_file(folder / "a", "a long first content"));
  ASSERT_TRUE(write_file(folder / "a", "short", "file", 0600));
  EXPECT_EQ(*read_file(folder / "a", 100), "short");
  struct stat status = {};
  ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
  EXPECT_EQ(list_files(folder.path())->files.size(), 1u) << "no temporary file stays";
}

// The mode of the file after it was written as 0644 under this umask.
unsigned mode_after_writing(const fs::path& path, mode_t umask) {
  const mode_t before = ::umask(umask);
  EXPECT_TRUE(write_file(path, "x"));
  ::umask(before);
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777u;
}

TEST(WritingAFile, OpensItToNobodyToWhomItWasClosed) {
  const Folder folder;
  EXPECT_EQ(mode_after_writing(folder / "new", 0077), 0600u);
  EXPECT_EQ(mode_after_writing(folder / "wide", 0022), 0644u);
  EXPECT_EQ(mode_after_writing(folder / "wide", 0077), 0644u) << "who may read the old one may read the new one";
  ASSERT_EQ(::chmod((folder / "wide").c_str(), 0640), 0);
  EXPECT_EQ(mode_after_writing(folder / "wide", 0022), 0640u);
}

TEST(WritingAFile, PutsNothingInThePlaceOfWhatIsNoFile) {
  const Folder folder;
  put(folder / "victim", "precious");
  fs::create_symlink("victim", folder / "link");
  fs::create_symlink("nowhere", folder / "dangling");
  fs::create_symlink("/dev/null", folder / "device");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const char* name : {"link", "dangling", "device", "pipe"}) {
    const auto before = fs::symlink_status(folder / name).type();
    const auto written = write_file(folder / name, "x");
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().code, Code::refused) << name;
    EXPECT_NE(written.error().what.find(name == std::string("pipe") ? "is a pipe" : "is a symbolic link"),
              std::string::npos)
        << written.error().what;
    EXPECT_EQ(fs::symlink_status(folder / name).type(), before) << name;
  }
  EXPECT_EQ(*read_file(folder / "victim", 100), "precious");
  EXPECT_FALSE(fs::exists(folder / "nowhere"));
}

TEST(WritingAFile, SaysWhenItCannot) {
  const Folder folder;
  const auto failed = write_file(folder / "no/such/folder", "x");
  EXPECT_EQ(failed.error().code, Code::unavailable);
  // The name that was asked for, not the one it is written under first.
  EXPECT_EQ(failed.error().where, (folder / "no/such/folder").string());
  fs::create_directory(folder / "sub");
  EXPECT_FALSE(write_file(folder / "sub", "x"));
  EXPECT_TRUE(list_files(folder.path())->files.empty());
}

TEST(WritingANewFile, LeavesWhatIsThere) {
  const Folder folder;
  ASSERT_TRUE(write_new_file(folder / "a", "first", 0600));
  EXPECT_EQ(write_new_file(folder / "a", "second").error().code, Code::conflict);
  EXPECT_EQ(*read_file(folder / "a", 100), "first");
  fs::create_directory(folder / "sub");
  EXPECT_EQ(write_new_file(folder / "sub", "x").error().code, Code::conflict);
  fs::create_symlink("nowhere", folder / "dangling");
  EXPECT_EQ(write_new_file(folder / "dangling", "x").error().code, Code::conflict);
  EXPECT_FALSE(fs::exists(folder / "nowhere"));
}

TEST(ListingAFolder, GivesAllFilesInOrderOfTheirBytes) {
  const Folder folder;
  for (const char* name : {"b", "a/z", "a/b/c", "a.b", "a b", "A"}) put(folder / name, "x");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const auto listing = list_files(folder.path());
  ASSERT_TRUE(listing);
  EXPECT_EQ(names(*listing), (std::vector<std::string>{"A", "a b", "a.b", "a/b/c", "a/z", "b"}));
  EXPECT_TRUE(listing->errors.empty());
}

TEST(ListingAFolder, FollowsLinksToFilesInsideOnly) {
  const Folder outside;
  put(outside / "secret", "x");
  const Folder folder;
  put(folder / "blobs/1234", "x");
  fs::create_directories(folder / "snapshots/main");
  fs::create_symlink("../../blobs/1234", folder / "snapshots/main/model.bin");
  fs::create_symlink(outside / "secret", folder / "leads-out");
  fs::create_symlink(outside.path(), folder / "leads-out-folder");
  fs::create_symlink("../blobs", folder / "snapshots/blobs-again");
  fs::create_symlink("nowhere", folder / "dangling");
  const auto listing = list_files(folder.path());
  ASSERT_TRUE(listing);
  EXPECT_EQ(names(*listing), (std::vector<std::string>{"blobs/1234", "snapshots/main/model.bin"}));
  EXPECT_EQ(listing->errors.size(), 3u) << "what is left out is said";
}

TEST(ListingAFolder, IsNotFooledByALongerName) {
  const Folder folder;
  put(folder / "root/a", "x");
  put(folder / "root-beside/b", "x");
  fs::create_symlink("../root-beside/b", folder / "root/link");
  const auto listing = list_files(folder / "root");
  ASSERT_TRUE(listing);
  EXPECT_EQ(names(*listing), std::vector<std::string>{"a"});
}

TEST(ListingAFolder, EndsOnLoopsOfLinks) {
  const Folder folder;
  fs::create_symlink("two", folder / "one");
  fs::create_symlink("one", folder / "two");
  fs::create_symlink(".", folder / "self");
  put(folder / "a", "x");
  const auto listing = list_files(folder.path());
  ASSERT_TRUE(listing);
  EXPECT_EQ(names(*listing), std::vector<std::string>{"a"});
  EXPECT_EQ(listing->errors.size(), 2u);
}

TEST(ListingAFolder, StopsAtItsLimitsAndSaysSo) {
  const Folder folder;
  for (const char* name : {"a", "b", "c", "d/e/f/g"}) put(folder / name, "x");
  const auto few = list_files(folder.path(), {.files = 2});
  ASSERT_TRUE(few);
  EXPECT_EQ(few->files.size(), 2u);
  ASSERT_EQ(few->errors.size(), 1u);
  EXPECT_EQ(few->errors[0].code, Code::refused);
  const auto flat = list_files(folder.path(), {.depth = 2});
  ASSERT_TRUE(flat);
  EXPECT_EQ(names(*flat), (std::vector<std::string>{"a", "b", "c"}));
  ASSERT_EQ(flat->errors.size(), 1u);
  EXPECT_TRUE(flat->errors[0].where.ends_with("d/e"));
}

TEST(ListingAFolder, ReportsFoldersThatCannotBeRead) {
  const Folder folder;
  put(folder / "open/a", "x");
  put(folder / "closed/b", "x");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(folder / "closed", fs::perms::none);
  testing::GTEST_FLAG(death_test_style) = "fast";
  EXPECT_EXIT(
      {
        if (::geteuid() == 0 && ::seteuid(65534) != 0)
          std::exit(3);  // nothing is closed to root; _exit below: no leak check as nobody
        const auto listing = list_files(folder.path());
        ::_exit(listing && names(*listing) == std::vector<std::string>{"open/a"} && listing->errors.size() == 1 &&
                        listing->errors[0].code == Code::refused
                    ? 0
                    : 1);
      },
      testing::ExitedWithCode(0), "");
  fs::permissions(folder / "closed", fs::perms(0700));
}

TEST(ListingAFolder, FailsWhenThereIsNone) {
  const Folder folder;
  put(folder / "file", "x");
  EXPECT_EQ(list_files(folder / "none").error().code, Code::unavailable);
  EXPECT_EQ(list_files(folder / "file").error().code, Code::refused);
}

}  // namespace
}  // namespace tocsin
