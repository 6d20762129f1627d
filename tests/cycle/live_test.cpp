// What a reply's header says reaches the parser, and stays with the snapshot. The server is ours, on loopback.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/version.hpp"
#include "cycle/collect.hpp"
#include "wire/play.hpp"

namespace tocsin::cycle {
namespace {

namespace fs = std::filesystem;

TEST(Live, TheCharsetOfTheHeaderReachesTheParser) {
  // "test" in Russian, KOI8-R, and nothing in the document that says so.
  const wire::RawServer server(wire::ok(
      "<rss version=\"2.0\"><channel><title>x</title><item><guid>tag:x,2026:1</guid><title>\xd4\xc5\xd3\xd4</title>"
      "</item></channel></rss>",
      "Content-Type: application/rss+xml; charset=KOI8-R\r\n"));
  const fs::path folder = fs::path(testing::TempDir()) / ("tocsin-live-" + std::to_string(::getpid()));
  fs::remove_all(folder);
  ManualClock clock{Time{1'767'225'600'000'000}};
  auto workspace = Workspace::create(
      folder,
      {"[source.news]\nkind = \"feed\"\ninternal = true\nurl = \"" + server.url("/feed") + "\"\n", "libraries: []\n"},
      clock, system_random());
  ASSERT_TRUE(workspace) << workspace.error().message();
  const auto news = source(**workspace, "news");
  ASSERT_TRUE(news) << news.error().message();
  const auto report = collect(**workspace, *news, no_progress());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->outcome, store::Outcome::complete) << report->error;
  ASSERT_FALSE(server.requests().empty());
  EXPECT_NE(server.requests().front().find("User-Agent: tocsin/" + std::string(kVersion) + "\r\n"), std::string::npos)
      << server.requests().front();
  auto reader = (*workspace)->store().read();
  ASSERT_TRUE(reader);
  const auto found = (*reader)->find("tag:x,2026:1");
  ASSERT_TRUE(found && found->size() == 1u);
  const auto row = (*reader)->item(found->front());
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->title.raw(), "\xd1\x82\xd0\xb5\xd1\x81\xd1\x82");
  const auto records = (*reader)->records_of(found->front());
  ASSERT_TRUE(records && records->size() == 1u);
  const auto kept = (*reader)->snapshot(records->front().record.reply);
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->media_type, "application/rss+xml; charset=koi8-r");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tocsin::cycle
