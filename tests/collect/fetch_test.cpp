// Live runs against services played from memory: what is asked, what is delivered, and where the cursor stands
// afterwards.

#include "collect/playground.hpp"
#include "collect/zip_writer.hpp"

namespace tocsin::collect::tests {
namespace {

using Urls = std::vector<std::string>;

std::string advisory(const std::string& id, const std::string& modified) {
  return "{\"id\":\"" + id + "\",\"modified\":\"" + modified +
         "\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"tinyllm\"},\"versions\":[\"1.0\"]}]}";
}

const std::string kOsv = "https://osv.test";
const std::string kList = kOsv + "/PyPI/modified_id.csv";
const std::string kAll = kOsv + "/PyPI/all.zip";

PlayedSession osv_session() {
  PlayedSession session("osv");
  session.options().set("url", kOsv);
  return session;
}

TEST(OsvLive, TakesTheArchiveFirstAndOnlyWhatChangedAfterwards) {
  PlayedSession session = osv_session();
  session.serve(kList, "2026-08-02T00:00:00Z,PYSEC-2026-2\n2026-08-01T00:00:00Z,PYSEC-2026-1\n");
  session.serve(kAll, zip_of({{"PYSEC-2026-1.json", advisory("PYSEC-2026-1", "2026-08-01T00:00:00Z")},
                              {"PYSEC-2026-2.json", advisory("PYSEC-2026-2", "2026-08-02T00:00:00Z")}}));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.delivered, Urls{kAll});
  EXPECT_EQ(session.found.records.size(), 2u);

  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.asked, Urls{kList});
  EXPECT_TRUE(session.delivered.empty());

  session.serve(kList,
                "2026-08-03T00:00:00Z,PYSEC-2026-3\n2026-08-02T00:00:00Z,PYSEC-2026-4\n2026-08-02T00:00:00Z,PYSEC-2026-"
                "2\n2026-08-01T00:00:00Z,PYSEC-2026-1\n");
  session.serve(kOsv + "/PyPI/PYSEC-2026-3.json", advisory("PYSEC-2026-3", "2026-08-03T00:00:00Z"));
  session.serve(kOsv + "/PyPI/PYSEC-2026-4.json", advisory("PYSEC-2026-4", "2026-08-02T00:00:00Z"));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.delivered, (Urls{kOsv + "/PyPI/PYSEC-2026-3.json", kOsv + "/PyPI/PYSEC-2026-4.json"}));
  ASSERT_TRUE(session.run());
  EXPECT_TRUE(session.delivered.empty());
}

TEST(OsvLive, AStampFromTheFutureHidesNothingAndIsFetchedOnce) {
  PlayedSession session = osv_session();
  session.serve(kList, "2031-01-01T00:00:00Z,PYSEC-2026-9\n2026-08-01T00:00:00Z,PYSEC-2026-1\n");
  session.serve(kAll, zip_of({{"PYSEC-2026-1.json", advisory("PYSEC-2026-1", "2026-08-01T00:00:00Z")}}));
  ASSERT_TRUE(session.run());
  session.serve(
      kList,
      "2031-01-01T00:00:00Z,PYSEC-2026-9\n2026-08-05T00:00:00Z,PYSEC-2026-5\n2026-08-01T00:00:00Z,PYSEC-2026-1\n");
  session.serve(kOsv + "/PyPI/PYSEC-2026-5.json", advisory("PYSEC-2026-5", "2026-08-05T00:00:00Z"));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.delivered, Urls{kOsv + "/PyPI/PYSEC-2026-5.json"});
}

TEST(OsvLive, ManyChangesAreCheaperAsTheArchive) {
  PlayedSession session = osv_session();
  session.options().set("max_single", 2);
  session.serve(kList, "2026-08-01T00:00:00Z,PYSEC-2026-1\n");
  session.serve(kAll, zip_of({{"PYSEC-2026-1.json", advisory("PYSEC-2026-1", "2026-08-01T00:00:00Z")}}));
  ASSERT_TRUE(session.run());
  session.serve(kList,
                "2026-08-04T00:00:00Z,PYSEC-2026-4\n2026-08-03T00:00:00Z,PYSEC-2026-3\n2026-08-02T00:00:00Z,PYSEC-2026-"
                "2\n2026-08-01T00:00:00Z,PYSEC-2026-1\n");
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.delivered, Urls{kAll});
}

// 5,000 ids of one stamp are remembered; the list comes in another order and has one more.
TEST(OsvLive, OfALargeIndexOnlyWhatIsNewIsAskedFor) {
  Json ids = Json::array();
  for (int i = 0; i < 5'000; ++i) ids.push("PYSEC-2026-" + std::to_string(i));
  PlayedSession session = osv_session();
  session.start_at(
      Json::object({{"PyPI", Json::object({{"at", "2026-08-01T00:00:00Z"}, {"ids", std::move(ids)}})}}).canonical());
  std::string list;
  for (int i = 5'000; i >= 0; --i) list += "2026-08-01T00:00:00Z,PYSEC-2026-" + std::to_string(i) + "\n";
  for (int i = 0; i < 5'000; ++i) list += "2026-08-01T00:00:00Z,PYSEC-2026-" + std::to_string(i) + "\n";
  session.serve(kList, list);
  session.serve(kOsv + "/PyPI/PYSEC-2026-5000.json", advisory("PYSEC-2026-5000", "2026-08-01T00:00:00Z"));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.asked, (Urls{kList, kOsv + "/PyPI/PYSEC-2026-5000.json"}));

  // A flood of new ones is the archive, and the cursor goes to the newest all the same.
  list.clear();
  for (int i = 0; i < 400'000; ++i) list += "2026-08-02T00:00:00Z,MAL-2026-" + std::to_string(i) + "\n";
  session.serve(kList, list);
  session.serve(kAll, zip_of({{"MAL-2026-1.json", advisory("MAL-2026-1", "2026-08-02T00:00:00Z")}}));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.delivered, Urls{kAll});
  const auto cursor = parse_json(session.cursor());
  ASSERT_TRUE(cursor);
  EXPECT_EQ((*cursor)["PyPI"]["at"].as_string(), "2026-08-02T00:00:00Z");
  EXPECT_EQ((*cursor)["PyPI"]["ids"].as_array().size(), 5'000u);
}

TEST(OsvLive, ACutArchiveLeavesTheCursorWhereItWas) {
  PlayedSession session = osv_session();
  session.serve(kList, "2026-08-01T00:00:00Z,PYSEC-2026-1\n");
  const std::string whole = zip_of({{"PYSEC-2026-1.json", advisory("PYSEC-2026-1", "2026-08-01T00:00:00Z")}});
  session.serve(kAll, whole.substr(0, whole.size() / 2));
  const auto result = session.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::truncated);
  EXPECT_EQ(session.cursor(), "");
  session.serve(kAll, whole);
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.found.records.size(), 1u);
}

TEST(OsvLive, ARecordThatIsGoneIsSaidAndAskedForAgainWithoutLosingTheRest) {
  PlayedSession session = osv_session();
  session.start_at("{\"PyPI\":{\"at\":\"2026-08-01T00:00:00Z\",\"ids\":[],\"ahead\":{}}}");
  session.serve(kList, "2026-08-03T00:00:00Z,PYSEC-2026-3\n2026-08-02T00:00:00Z,PYSEC-2026-2\n");
  session.serve(kOsv + "/PyPI/PYSEC-2026-2.json", advisory("PYSEC-2026-2", "2026-08-02T00:00:00Z"));
  EXPECT_FALSE(session.run());
  EXPECT_EQ(session.found.records.size(), 1u);
  session.serve(kOsv + "/PyPI/PYSEC-2026-3.json", advisory("PYSEC-2026-3", "2026-08-03T00:00:00Z"));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.delivered, Urls{kOsv + "/PyPI/PYSEC-2026-3.json"});
}

TEST(OsvLive, OneEcosystemThatFailsDoesNotCostTheOthers) {
  PlayedSession session = osv_session();
  session.options().set("ecosystems", Json::array().push("GitHub Actions").push("PyPI"));
  session.serve(kList, "2026-08-01T00:00:00Z,PYSEC-2026-1\n");
  session.serve(kAll, zip_of({{"PYSEC-2026-1.json", advisory("PYSEC-2026-1", "2026-08-01T00:00:00Z")}}));
  EXPECT_FALSE(session.run());
  EXPECT_EQ(session.asked.front(), kOsv + "/GitHub%20Actions/modified_id.csv");
  EXPECT_EQ(session.found.records.size(), 1u);
  EXPECT_NE(session.cursor().find("PyPI"), std::string::npos);
  EXPECT_EQ(session.cursor().find("Actions"), std::string::npos);
}

TEST(OsvLive, AListWithIdsThatAreNoIdsIsRefusedBeforeAnythingIsAsked) {
  for (const char* row :
       {"2026-08-01T00:00:00Z,../../secret", "2026-08-01T00:00:00Z,a?b", "yesterday,PYSEC-2026-1", "no comma"}) {
    PlayedSession session = osv_session();
    session.start_at("{\"PyPI\":{\"at\":\"2026-07-01T00:00:00Z\"}}");
    session.serve(kList, std::string(row) + "\n");
    if (std::string_view(row) == "2026-08-01T00:00:00Z,../../secret") {
      // The part before the last slash is the ecosystem in the list of all; what is left is an ordinary id.
      EXPECT_FALSE(session.run());
      EXPECT_EQ(session.asked.back(), kOsv + "/PyPI/secret.json");
      continue;
    }
    EXPECT_FALSE(session.run()) << row;
    EXPECT_EQ(session.asked, Urls{kList}) << row;
  }
}

const std::string kArxiv = "https://arxiv.test/api/query";
std::string page_url(int start, int size = 2) {
  return kArxiv + "?search_query=cat:cs.CR&sortBy=lastUpdatedDate&sortOrder=descending&start=" + std::to_string(start) +
         "&max_results=" + std::to_string(size);
}
std::string page(int total, const std::vector<std::pair<std::string, std::string>>& papers) {
  std::string out =
      "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:o=\"http://a9.com/-/spec/opensearch/1.1/\"><o:totalResults>" +
      std::to_string(total) + "</o:totalResults>";
  for (const auto& [id, updated] : papers)
    out += "<entry><id>http://arxiv.org/abs/" + id + "v1</id><title>A paper</title><updated>" + updated +
           "</updated><published>" + updated + "</published><summary>On models.</summary></entry>";
  return out + "</feed>";
}
PlayedSession arxiv_session() {
  PlayedSession session("arxiv");
  session.options().set("url", kArxiv).set("query", "cat:cs.CR").set("page", 2);
  return session;
}

TEST(ArxivLive, PagesDownToTheLastChangeSeenAndRemembersTheNewest) {
  PlayedSession session = arxiv_session();
  session.start_at("{\"updated\":\"2026-08-10T00:00:00Z\"}");
  session.serve(page_url(0), page(6, {{"2608.00006", "2026-08-20T00:00:00Z"}, {"2608.00005", "2026-08-15T00:00:00Z"}}));
  session.serve(page_url(2), page(6, {{"2608.00004", "2026-08-10T00:00:00Z"}, {"2608.00003", "2026-08-09T00:00:00Z"}}));
  session.serve(page_url(4), page(6, {{"2608.00002", "2026-08-08T00:00:00Z"}, {"2608.00001", "2026-08-07T00:00:00Z"}}));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.asked, (Urls{page_url(0), page_url(2)}));
  EXPECT_EQ(session.cursor(), "{\"updated\":\"2026-08-20T00:00:00Z\"}");
  EXPECT_EQ(session.found.records.size(), 4u);
}

TEST(ArxivLive, TheFirstRunGoesBackAsManyDaysAsTheSettingsSay) {
  PlayedSession session = arxiv_session();
  session.options().set("first_days", 5);
  session.serve(page_url(0), page(4, {{"2608.00006", "2026-08-21T00:00:00Z"}, {"2608.00005", "2026-08-01T00:00:00Z"}}));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.asked.size(), 1u);
}

TEST(ArxivLive, StopsAtTheEndOfTheResults) {
  PlayedSession session = arxiv_session();
  session.serve(page_url(0), page(3, {{"2608.00006", "2026-08-21T00:00:00Z"}, {"2608.00005", "2026-08-20T00:00:00Z"}}));
  session.serve(page_url(2), page(3, {{"2608.00004", "2026-08-19T00:00:00Z"}}));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.found.records.size(), 3u);
}

TEST(ArxivLive, AnEmptyPageIsAskedForAgainAndThenIsAnError) {
  PlayedSession session = arxiv_session();
  session.serve(page_url(0), page(3, {{"2608.00006", "2026-08-21T00:00:00Z"}, {"2608.00005", "2026-08-20T00:00:00Z"}}));
  session.serve_in_turn(page_url(2), {page(3, {}), page(3, {{"2608.00004", "2026-08-19T00:00:00Z"}})});
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.found.records.size(), 3u);
  const std::string before = session.cursor();

  session.serve(page_url(0), page(3, {{"2608.00008", "2026-08-22T00:00:00Z"}, {"2608.00007", "2026-08-21T23:00:00Z"}}));
  session.serve(page_url(2), page(3, {}));
  const auto result = session.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::unavailable);
  EXPECT_EQ(session.cursor(), before) << "what lies between was not seen";
}

TEST(ArxivLive, NothingFoundIsNoErrorAndAnErrorFeedIsOne) {
  PlayedSession session = arxiv_session();
  session.serve(page_url(0), page(0, {}));
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.cursor(), "");
  session.serve(
      page_url(0),
      "<feed "
      "xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>https://arxiv.org/api/errors#incorrect</id><title>Error</title>"
      "<summary>incorrect question</summary></entry></feed>");
  const auto result = session.run();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find("incorrect question"), std::string::npos);
  EXPECT_TRUE(session.delivered.empty());
}

TEST(AtlasLive, AFileThatHasNotChangedIsNotDeliveredAgain) {
  PlayedSession session("atlas");
  session.options().set("url", "https://atlas.test/ATLAS.yaml");
  session.remember_validators(true);
  session.serve("https://atlas.test/ATLAS.yaml",
                "version: 5.6.0\nmatrices:\n- tactics:\n  - id: AML.TA0002\n    name: Reconnaissance\n");
  ASSERT_TRUE(session.run());
  EXPECT_EQ(session.found.records.size(), 1u);
  ASSERT_TRUE(session.run());
  EXPECT_TRUE(session.delivered.empty());
}

TEST(OwaspLive, AsksForTwentyFilesAndTellsWhenOneIsMissing) {
  PlayedSession session("owasp");
  session.options().set("url", "https://owasp.test/main");
  session.serve("https://owasp.test/main/2_0_vulns/LLM03_SupplyChain.md",
                "## LLM03:2025 Supply Chain\n\n### Description\n\nParts of others.\n");
  EXPECT_FALSE(session.run());
  EXPECT_EQ(session.asked.size(), 20u);
  ASSERT_EQ(session.found.records.size(), 1u);
  EXPECT_EQ(session.found.records[0].external_id, "LLM03:2025");
}

TEST(OwaspLive, FindsTheFilesBehindThePageOfARepositoryAndAsksForTheEditionsWanted) {
  PlayedSession session("owasp");
  session.options().set("urls", Json::array().push("https://github.com/someone/lists/"));
  session.options().set("editions", Json::array().push("2023"));
  EXPECT_FALSE(session.run());
  ASSERT_EQ(session.asked.size(), 10u);
  EXPECT_EQ(session.asked.front(),
            "https://raw.githubusercontent.com/someone/lists/main/Archive/1_1_vulns/LLM01_PromptInjection.md");
  session.options().set("urls", Json::array().push("https://owasp.test/one.md"));
  EXPECT_FALSE(session.run());
  EXPECT_EQ(session.asked, Urls{"https://owasp.test/one.md"});
}

TEST(ArxivLive, TheFirstRunMayStopAtItsLimitALaterOneMustNotLeaveAGap) {
  PlayedSession session = arxiv_session();
  session.options().set("limit", 2);
  session.serve(page_url(0), page(9, {{"2608.00006", "2026-08-21T00:00:00Z"}, {"2608.00005", "2026-08-20T00:00:00Z"}}));
  ASSERT_TRUE(session.run());
  const std::string before = session.cursor();
  session.serve(page_url(0), page(9, {{"2608.00009", "2026-08-22T03:00:00Z"}, {"2608.00008", "2026-08-22T02:00:00Z"}}));
  const auto result = session.run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::refused);
  EXPECT_EQ(session.cursor(), before);
}

TEST(FeedLive, OneFeedThatFailsDoesNotCostTheOthers) {
  PlayedSession session("feed");
  session.options().set("urls", Json::array().push("https://a.test/feed").push("https://b.test/feed"));
  session.fail("https://a.test/feed", Error{Code::unavailable, "no answer", {}, {}, {}, {}});
  session.serve("https://b.test/feed",
                "<rss><channel><item><title>News</title><link>https://b.test/1</link></item></channel></rss>");
  EXPECT_FALSE(session.run());
  EXPECT_EQ(session.found.records.size(), 1u);
}

TEST(FeedLive, WithoutAUrlItSaysWhatToSet) {
  PlayedSession session("feed");
  const auto result = session.run();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find("tocsin.toml"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::collect::tests
