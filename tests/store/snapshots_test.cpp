#include "store/snapshots.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "store/world.hpp"

namespace tocsin::store {
namespace {

using test::Folder;
namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) out.push_back(entry.path());
  }
  return out;
}

TEST(Snapshots, GiveBackWhatWasPut) {
  const Folder folder;
  Snapshots snapshots(folder.path() / "snapshots");
  const std::string long_text(100'000, 'a');
  const std::string empty;
  const std::string zeros("\0\0\1", 3);
  const std::vector<std::string_view> contents = {long_text, empty, zeros, long_text};
  const auto digests = snapshots.put_all(contents);
  ASSERT_OK(digests);
  ASSERT_EQ(digests->size(), 4u);
  EXPECT_EQ((*digests)[0], (*digests)[3]);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    EXPECT_EQ((*digests)[i], sha256(contents[i]));
    const auto back = snapshots.get((*digests)[i]);
    ASSERT_OK(back);
    EXPECT_EQ(*back, contents[i]);
  }
  EXPECT_EQ(snapshots.list()->size(), 3u);
  EXPECT_FALSE(snapshots.get((*digests)[0], 99'999)) << "larger than the limit";
}

TEST(Snapshots, ManyAtOnceAndAgain) {
  const Folder folder;
  Snapshots snapshots(folder.path() / "snapshots");
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back("file " + std::to_string(i));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  ASSERT_OK(snapshots.put_all(views));
  const auto files = files_in(folder.path());
  EXPECT_EQ(files.size(), 300u);
  const auto written = fs::last_write_time(files.front());
  ASSERT_OK(snapshots.put_all(views));
  EXPECT_EQ(fs::last_write_time(files.front()), written) << "what is there is left alone";
  EXPECT_EQ(files_in(folder.path()).size(), 300u);
}

TEST(Snapshots, NoticeOtherBytes) {
  const Folder folder;
  Snapshots snapshots(folder.path() / "snapshots");
  for (const std::string& content : {std::string("short"), std::string(100'000, 'a')}) {
    const auto digest = snapshots.put(content);
    ASSERT_OK(digest);
    for (const fs::path& file : files_in(folder.path())) {
      if (!file.filename().string().starts_with(digest->hex())) continue;
      std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
      out.seekp(3);
      out.put('!');
    }
    const auto back = snapshots.get(*digest);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, Code::malformed);
  }
  EXPECT_EQ(snapshots.get(sha256("never put")).error().code, Code::unavailable);
}

TEST(Snapshots, WriteAgainWhatHasAnotherSize) {
  const Folder folder;
  Snapshots snapshots(folder.path() / "snapshots");
  const auto digest = snapshots.put("content");
  ASSERT_OK(digest);
  fs::resize_file(files_in(folder.path()).front(), 2);
  ASSERT_OK(snapshots.put("content"));
  EXPECT_EQ(snapshots.get(*digest).value(), "content");
}

TEST(Snapshots, SweepWhatACrashedWriterLeft) {
  const Folder folder;
  Snapshots snapshots(folder.path());
  const fs::path old = folder.path() / ".new-1-1";
  const fs::path fresh = folder.path() / ".new-1-2";
  std::ofstream(old) << "half";
  std::ofstream(fresh) << "half";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_TRUE(snapshots.list()->empty());
  EXPECT_TRUE(fs::exists(old)) << "who only reads removes nothing";
  ASSERT_OK(snapshots.put("content"));
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh)) << "another process may be writing it";
}

TEST(Snapshots, AFolderThatCannotBeWrittenIsAnError) {
  const Folder folder;
  std::ofstream(folder.path() / "taken") << "a file";
  Snapshots snapshots(folder.path() / "taken");
  const auto put = snapshots.put("x");
  ASSERT_FALSE(put);
  EXPECT_NE(put.error().where.find("taken"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::store
