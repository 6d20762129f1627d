#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/file.hpp"
#include "play.hpp"

namespace tocsin::wire {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tocsin-wire-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { fs::remove_all(folder); }
  std::string write(const std::string& name, std::string_view text) {
    const fs::path path = folder / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  fs::path folder;
  Desk desk;
};

TEST_F(Files, ComeThroughTheSameDoor) {
  const std::string path = write("a b.json", "{}");
  for (const std::string& url :
       {path, "file://" + (folder / "a%20b.json").string(), "file:" + (folder / "a%20b.json").string()}) {
    const auto reply = desk.get(url);
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->body, "{}");
    EXPECT_EQ(reply->media_type, "application/json");
    EXPECT_EQ(reply->url, url);
    EXPECT_FALSE(reply->not_modified);
  }
  EXPECT_TRUE(desk.sleeper.slept.empty());
}
TEST_F(Files, ThatAreTheSameAreNotModified) {
  const std::string path = write("feed.xml", "<rss/>");
  const auto first = desk.get(path);
  ASSERT_TRUE(first);
  ASSERT_FALSE(first->validators.empty());
  auto second = desk.fetcher->fetch({path, first->validators, {}, {}}, {});
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->not_modified);
  EXPECT_EQ(second->status, 304);
  EXPECT_EQ(second->body, "");
  EXPECT_EQ(second->validators.etag, first->validators.etag);

  write("feed.xml", "<rss/>");  // written again, the same bytes
  second = desk.fetcher->fetch({path, first->validators, {}, {}}, {});
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->not_modified);
}
TEST_F(Files, ThatChangedWithinOneTickAndTheSameSizeAreRead) {
  const std::string path = write("feed.xml", "<rss a/>");
  const auto first = desk.get(path);
  ASSERT_TRUE(first);
  struct stat before{};
  ::stat(path.c_str(), &before);
  write("feed.xml", "<rss b/>");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ::utimensat(AT_FDCWD, path.c_str(), times, 0);
  const auto second = desk.fetcher->fetch({path, first->validators, {}, {}}, {});
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->not_modified);
  EXPECT_EQ(second->body, "<rss b/>");
}
TEST_F(Files, ThatAreNoneAreErrorsWithTheirName) {
  write("big", std::string(100, 'x'));
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  Policy policy;
  policy.max_bytes = 50;
  for (const auto& [name, code] : {std::pair{"none", Code::unavailable}, std::pair{"big", Code::refused},
                                   std::pair{"pipe", Code::refused}, std::pair{".", Code::refused}}) {
    const auto reply = desk.get((folder / name).string(), policy);
    ASSERT_FALSE(reply) << name;
    EXPECT_EQ(reply.error().code, code) << reply.error().message();
    EXPECT_NE(reply.error().message().find(name), std::string::npos) << reply.error().message();
  }
}
TEST_F(Files, TakeNoPostAndNoOtherHost) {
  const std::string path = write("a", "x");
  EXPECT_EQ(desk.fetcher->fetch({path, {}, {}, "body"}, {}).error().code, Code::refused);
  EXPECT_EQ(desk.get("file://other.example" + path).error().code, Code::refused);
  EXPECT_EQ(desk.get("ftp://other.example" + path).error().code, Code::refused);
}

}  // namespace
}  // namespace tocsin::wire
