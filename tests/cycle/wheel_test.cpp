// One turn of the wheel, in a folder of its own: what is collected is folded, judged and decided on; what changes
// re-opens; what did not change costs nothing.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "cycle/assess.hpp"
#include "cycle/collect.hpp"
#include "cycle/doctor.hpp"
#include "cycle/first.hpp"
#include "cycle/sources.hpp"

namespace tocsin::cycle {
namespace {

namespace fs = std::filesystem;

class Wheel : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("tocsin-wheel-" + std::to_string(::getpid()) + "-" +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write("requirements.txt", "torch==2.1.0\nnumpy==1.26.0\n");
    auto made = Workspace::create(folder_ / "ws",
                                  {"[organisation]\nname = \"Test\"\n[people.ana]\nname = \"Ana\"\n",
                                   "libraries:\n  - name: serving\n    path: requirements.txt\n"},
                                  clock_, system_random());
    ASSERT_TRUE(made) << made.error().message();
    write("ws/requirements.txt", "torch==2.1.0\nnumpy==1.26.0\n");
    reopen();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void reopen() {
    workspace_.reset();
    auto opened = Workspace::open(folder_ / "ws", clock_, system_random());
    ASSERT_TRUE(opened) << opened.error().message();
    workspace_ = std::move(*opened);
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  static std::string advisory(const std::string& id, const std::string& aliases, const std::string& package,
                              const std::string& fixed, const std::string& modified = "2026-01-01T00:00:00Z") {
    return R"({"id":")" + id + R"(","aliases":[)" + aliases + R"(],"modified":")" + modified +
           R"(","summary":"made up about )" + package + R"(","affected":[{"package":{"ecosystem":"PyPI","name":")" +
           package + R"("},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":")" + fixed +
           R"("}]}]}]})";
  }
  CollectReport collect(const std::string& text) {
    write("in.json", text);
    const auto osv = source(*workspace_, "osv");
    EXPECT_TRUE(osv);
    auto report = collect_from(*workspace_, *osv, (folder_ / "in.json").string(), no_progress());
    EXPECT_TRUE(report) << (report ? "" : report.error().message());
    return report ? *report : CollectReport();
  }
  AssessReport judge() {
    auto report = assess(*workspace_, false, no_progress());
    EXPECT_TRUE(report) << (report ? "" : report.error().message());
    return report ? *report : AssessReport();
  }
  store::ItemRow item(const std::string& name) {
    auto reader = workspace_->store().read();
    const auto found = (*reader)->find(name);
    EXPECT_TRUE(found && !found->empty()) << name;
    if (!found || found->empty()) return {};  // the one that is called so comes first
    auto row = (*reader)->item(found->front());
    EXPECT_TRUE(row && *row);
    return std::move(**row);
  }
  std::uint64_t ledger_size() { return (*workspace_->store().read())->ledger_size().value_or(0); }
  Decided decide_on(const std::string& name, judgement::Verdict verdict) {
    NewDecision wanted;
    wanted.item = item(name).id;
    wanted.verdict = verdict;
    wanted.by = "ana";
    wanted.rationale = Foreign("because");
    auto decided = decide(*workspace_, wanted);
    EXPECT_TRUE(decided) << (decided ? "" : decided.error().message());
    return decided ? *decided : Decided();
  }

  ManualClock clock_{Time{1'767'225'600'000'000}};
  fs::path folder_;
  std::unique_ptr<Workspace> workspace_;
};

TEST_F(Wheel, ASecondRunChangesNothingButItsOwnEntry) {
  const std::string feed = "[" + advisory("PYSEC-2026-1", "", "torch", "2.2") + "," +
                           advisory("PYSEC-2026-2", "", "numpy", "1.20") + ",{\"no\":\"id\"}]";
  const CollectReport first = collect(feed);
  EXPECT_EQ(first.counts.added, 2u);
  EXPECT_EQ(first.counts.rejected, 1u);
  EXPECT_EQ(first.counts.entries, 3u);
  judge();
  const std::uint64_t before = ledger_size();
  const CollectReport second = collect(feed);
  EXPECT_EQ(second.counts.added + second.counts.changed + second.counts.reparsed, 0u);
  EXPECT_EQ(second.counts.unchanged, 2u);
  EXPECT_EQ(judge().judged, 0u);
  EXPECT_EQ(ledger_size(), before + 1);
}

// The folder belongs to others, who may write in it while it is read.
TEST_F(Wheel, AFileThatIsCutShortWhileAFolderIsReadEndsNobody) {
  static fs::path victim;
  static std::string seen;
  fs::create_directories(folder_ / "in");
  victim = folder_ / "in" / "a.json";
  write("in/a.json", std::string(1 << 20, ' ') + "{}");
  const collect::SourceKind cutter{"cutter",
                                   "cuts a file short when it is asked about it",
                                   1,
                                   [](std::string_view, std::string_view head) {
                                     EXPECT_FALSE(head.empty());
                                     fs::resize_file(victim, 10);
                                     return true;
                                   },
                                   [](const collect::Document& document, collect::Findings&) -> Result<> {
                                     seen = document.bytes;
                                     return {};
                                   },
                                   [](collect::Session&) -> Result<> { return {}; }};
  Source source;
  source.id = "cutter";
  source.kind = &cutter;
  const auto report = collect_from(*workspace_, source, (folder_ / "in").string(), no_progress());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->documents, 1u);
  EXPECT_EQ(seen, std::string(10, ' '));
}

TEST_F(Wheel, FilesOfAFolderThatAreNotForTheSourceAreNamedAndNotRead) {
  fs::create_directories(folder_ / "in");
  write("in/weights.bin", "x");
  fs::resize_file(folder_ / "in/weights.bin", std::uintmax_t{1} << 40);
  write("in/a.json", advisory("PYSEC-2026-1", "", "torch", "2.2"));
  const auto report = collect_from(*workspace_, *source(*workspace_, "osv"), (folder_ / "in").string(), no_progress());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->skipped, 1u);
  EXPECT_EQ(report->counts.rejected, 0u);
  EXPECT_EQ(report->counts.added, 1u);
}

// Ids of the incident database: given to files that a person names as the source `aiid`, and to no feed that only says
// so.
TEST_F(Wheel, AFileOfTheIncidentDatabaseIsReadAsOneAndAFeedThatClaimsToBeIsNot) {
  write("rss.xml",
        "<rss version='2.0'><channel><link>https://incidentdatabase.ai</link><item><title>t</title>"
        "<description>words (https://incidentdatabase.ai/cite/12#345)</description>"
        "<guid isPermaLink='false'>abc</guid></item></channel></rss>");
  const auto ids_of = [&](const char* as) {
    const auto trial = try_source(*workspace_, *source(*workspace_, as), (folder_ / "rss.xml").string(), no_progress());
    EXPECT_TRUE(trial && trial->findings.records.size() == 1) << as;
    return trial && !trial->findings.records.empty() ? trial->findings.records[0].external_id : std::string();
  };
  EXPECT_EQ(ids_of("aiid"), "AIID-12#345");
  EXPECT_EQ(ids_of("trail-of-bits"), "https://incidentdatabase.ai abc");
  EXPECT_EQ(ids_of("feed"), "https://incidentdatabase.ai abc");
  const auto imported = import_files(*workspace_, {(folder_ / "rss.xml").string()}, "", no_progress());
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(imported->counts.added, 1u);
  EXPECT_FALSE((*workspace_->store().read())->find("AIID-12#345").value().size());
}

TEST_F(Wheel, ADocumentOfAnotherSourceIsAFailureAndAnEmptyOneOfItsOwnIsNot) {
  write("rss.xml",
        "<rss version='2.0'><channel><title>t</title><item><title>x</title><guid>1</guid></item></channel></rss>");
  write("empty.xml", "<rss version='2.0'><channel><title>t</title></channel></rss>");
  write("kev.json", R"({"title":"KEV","catalogVersion":"2026.01.01","vulnerabilities":[{"cveID":"CVE-2026-1000"}]})");
  fs::create_directories(folder_ / "in");
  write("in/a.bin", "x");
  const auto run = [&](const char* as, const char* file) {
    const auto report = collect_from(*workspace_, *source(*workspace_, as), (folder_ / file).string(), no_progress());
    EXPECT_TRUE(report) << (report ? "" : report.error().message());
    return report.value_or(CollectReport());
  };
  for (const char* wrong : {"atlas", "owasp", "osv"}) {
    EXPECT_EQ(run(wrong, "rss.xml").outcome, store::Outcome::failed) << wrong;
    EXPECT_TRUE(run(wrong, "rss.xml").error.starts_with(std::string("nothing in it is for ") + wrong)) << wrong;
  }
  EXPECT_EQ(run("osv", "kev.json").error,
            "nothing in it is for osv: it looks like CISA's catalogue of known exploited vulnerabilities (KEV)");
  EXPECT_EQ(run("osv", "in").error, "nothing in it is for osv") << "a folder of which all was skipped";
  EXPECT_EQ(run("trail-of-bits", "rss.xml").outcome, store::Outcome::complete);
  EXPECT_EQ(run("trail-of-bits", "empty.xml").outcome, store::Outcome::complete);
  // One bad record never costs the feed.
  write("two.json", "[" + advisory("PYSEC-2026-1", "", "torch", "2.2") + ",{\"no\":\"id\"}]");
  EXPECT_EQ(run("osv", "two.json").outcome, store::Outcome::complete);
  const auto trial =
      try_source(*workspace_, *source(*workspace_, "atlas"), (folder_ / "rss.xml").string(), no_progress());
  ASSERT_TRUE(trial);
  EXPECT_TRUE(trial->error.starts_with("nothing in it is for atlas")) << trial->error;
}

struct Foreigner {
  const char* name;
  const char* bytes;
  const char* looks;  // "" = of no known format
};
constexpr Foreigner kForeigners[] = {
    {"cve5", R"({"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{"cveId":"CVE-2026-1000"}})",
     "a CVE record (CVE JSON 5)"},
    {"nvd",
     R"({"resultsPerPage":1,"format":"NVD_CVE","version":"2.0","vulnerabilities":[{"cve":{"id":"CVE-2026-1"}}]})",
     "an answer of the NVD (API 2.0)"},
    {"kev", R"({"catalogVersion":"2026.01.01","count":1,"vulnerabilities":[{"cveID":"CVE-2026-1000"}]})",
     "CISA's catalogue of known exploited vulnerabilities (KEV)"},
    {"avid", R"({"data_type":"AVID","data_version":"0.2","metadata":{"report_id":"AVID-2026-R0001"}})",
     "an AVID report"},
    {"page", "<!DOCTYPE html><html><body>hello</body></html>", "a web page"},
    {"words", "just some words", ""},
};

TEST_F(Wheel, AnImportOfWhatIsNotReadHasFailedAndSaysWhatItLooksLike) {
  for (const Foreigner& one : kForeigners) {
    write(one.name, one.bytes);
    const auto report = import_files(*workspace_, {(folder_ / one.name).string()}, "import", no_progress());
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->outcome, store::Outcome::failed) << one.name;
    ASSERT_EQ(report->rejects.size(), 1u) << one.name;
    const std::string& said = report->rejects[0].message;
    const std::string looks = one.looks;
    EXPECT_NE(said.find(looks.empty() ? "it is no format that tocsin reads" : "it looks like " + looks),
              std::string::npos)
        << one.name << ": " << said;
    EXPECT_NE(said.find("STIX 2.1"), std::string::npos) << said;
    EXPECT_TRUE(report->notes.empty()) << one.name << ": " << report->notes[0];
  }
  // What something of ours reads is told with what reads it, by the name or the bytes.
  fs::create_directories(folder_ / "folder");
  struct Reader {
    const char* name;
    std::string bytes;
    const char* says;
  };
  for (const Reader& one :
       {Reader{"requirements.txt", "torch==2.1.0\n", "tocsin estate add library"},
        Reader{"weights", std::string("GGUF\3\0\0\0", 8), "tocsin scan models"},
        Reader{"model.safetensors", std::string("\2\0\0\0\0\0\0\0{}", 10), "tocsin scan models"},
        Reader{"bundle", std::string("PK\3\4\0\0", 6), "unpack it"},
        Reader{"ghsa.json", R"({"ghsa_id":"GHSA-2222-3333-4444","cve_id":null})", "tocsin collect osv"},
        Reader{"folder", "", "--from "}}) {
    if (!fs::is_directory(folder_ / one.name)) write(one.name, one.bytes);
    const auto report = import_files(*workspace_, {(folder_ / one.name).string()}, "import", no_progress());
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->outcome, store::Outcome::failed) << one.name;
    ASSERT_EQ(report->rejects.size(), 1u) << one.name;
    EXPECT_NE(report->rejects[0].message.find(one.says), std::string::npos) << report->rejects[0].message;
  }
  // A list of advisories is no broken list of STIX; a bundle of which nothing can be used is broken STIX.
  write("list.json", "[" + advisory("PYSEC-2026-8", "", "torch", "2.2") + "]");
  const auto list = import_files(*workspace_, {(folder_ / "list.json").string()}, "import", no_progress());
  ASSERT_TRUE(list);
  EXPECT_EQ(list->counts.added, 1u) << list->error;
  for (const char* broken :
       {R"({"type":"bundle","id":"bundle--1","objects":[{"type":"tool"}]})", R"([{"type":"file","oid":"1"}])"}) {
    write("broken.json", broken);
    const auto report = import_files(*workspace_, {(folder_ / "broken.json").string()}, "import", no_progress());
    ASSERT_TRUE(report);
    EXPECT_EQ(report->outcome, store::Outcome::failed) << broken;
    EXPECT_EQ(report->rejects.size(), 1u) << broken;
  }
  const std::string unread = (folder_ / "ws").string();  // a folder is there, and no file
  const auto none = import_files(*workspace_, {unread}, "import", no_progress());
  ASSERT_TRUE(none);
  EXPECT_EQ(none->outcome, store::Outcome::failed);
  write("good.json", advisory("PYSEC-2026-1", "", "torch", "2.2"));
  const auto some = import_files(*workspace_, {unread, (folder_ / "good.json").string()}, "import", no_progress());
  ASSERT_TRUE(some);
  EXPECT_EQ(some->outcome, store::Outcome::partial);
  EXPECT_EQ(some->counts.added, 1u);
  write("empty.xml", "<rss version='2.0'><channel><title>t</title></channel></rss>");
  const auto empty = import_files(*workspace_, {(folder_ / "empty.xml").string()}, "import", no_progress());
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->outcome, store::Outcome::complete) << empty->error;
}

TEST_F(Wheel, ImportsAreRecordedUnderPlainNamesThatNoSourceOfTheCatalogueHas) {
  for (const char* good : {"import", "isac", "Partner_2.x", "feed"})
    EXPECT_TRUE(check_import_name(*workspace_, good)) << good;
  for (const char* bad : {"", " ", "a b", "a\nb", "\x1b[31m", "-x", ".x", "osv", "atlas", "a/b", "\xc3\xa4"})
    EXPECT_FALSE(check_import_name(*workspace_, bad)) << bad;
  EXPECT_FALSE(check_import_name(*workspace_, std::string(65, 'a')));
}

TEST_F(Wheel, ASourceOfOnesOwnTakesNoNameOfTheCatalogue) {
  write("ws/tocsin.toml",
        "[source.atlas]\nkind = \"feed\"\nurl = \"https://a.example/\"\n[source.\"a b\"]\nkind = \"feed\"\nurl = "
        "\"https://b.example/\"\n[sourcs.x]\ny = 1\n");
  reopen();
  const auto atlas = source(*workspace_, "atlas");
  ASSERT_TRUE(atlas);
  EXPECT_EQ(atlas->kind->id, "atlas");
  EXPECT_NE(atlas->url, "https://a.example/");
  EXPECT_FALSE(source(*workspace_, "a b"));
  std::string told;
  for (const Error& problem : settings_problems(*workspace_)) told += problem.message() + "\n";
  EXPECT_NE(told.find("source.atlas: this is the name of a source of the catalogue"), std::string::npos) << told;
  EXPECT_NE(told.find("source.a b: no name for a source"), std::string::npos) << told;
  EXPECT_NE(told.find("sourcs"), std::string::npos) << told;
}

TEST_F(Wheel, AFileReadInTheNameOfASourceIsNoAnswerOfIt) {
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  auto state = (*workspace_->store().read())->source("osv").value();
  EXPECT_TRUE(state.last_success);
  EXPECT_FALSE(store::live_answers(state).asked);
  // A feed that nobody serves: asked, and no answer. An address of our own, so that no resolver and no network is needed:
  // a port that is taken and not listened at refuses.
  const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size), 0);
  Source nowhere;
  nowhere.id = "nowhere";
  nowhere.kind = collect::find_source("feed");
  nowhere.policy.internal = true;
  nowhere.settings.set("url", "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/feed");
  const auto report = cycle::collect(*workspace_, nowhere, no_progress());
  ::close(taken);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->outcome, store::Outcome::failed);
  EXPECT_NE(report->hint.find("--from"), std::string::npos);
  state = (*workspace_->store().read())->source("nowhere").value();
  EXPECT_EQ(store::live_answers(state).asked, clock_.now());
  EXPECT_FALSE(store::live_answers(state).answered);
}

TEST_F(Wheel, ASecondDecisionClosesTheActionOfTheFirst) {
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  const Decided first = decide_on("PYSEC-2026-1", judgement::Verdict::act);
  ASSERT_TRUE(first.action);
  EXPECT_EQ(first.action->kind, judgement::ActionKind::fix) << "as the assessment proposes";
  EXPECT_EQ(first.action->owner, "ana");
  const Decided second = decide_on("PYSEC-2026-1", judgement::Verdict::act);
  ASSERT_EQ(second.closed.size(), 1u);
  EXPECT_EQ(second.closed[0].id, first.action->id);
  const auto actions = (*workspace_->store().read())->actions_of(item("PYSEC-2026-1").id).value();
  ASSERT_EQ(actions.size(), 2u);
  std::map<std::string, std::string> states;
  for (const auto& action : actions) states[action.id.text()] = action.state;
  EXPECT_EQ(states[first.action->id.text()], "superseded");
  EXPECT_EQ(states[second.action->id.text()], "open");
  // A decision to do nothing closes it as well; the ledger knows all of it.
  EXPECT_EQ(decide_on("PYSEC-2026-1", judgement::Verdict::watch).closed.size(), 1u);
  const auto verified = workspace_->store().verify({});
  ASSERT_TRUE(verified) << verified.error().message();
  EXPECT_TRUE(verified->holds()) << verified->findings[0].what;
}

TEST_F(Wheel, AnActionSaysWhatIsProposedForItsKindAndForEveryAssetInScope) {
  write("ws/estate.yaml",
        "libraries:\n  - name: serving\n    path: requirements.txt\n  - name: training\n    path: train.txt\n");
  write("ws/train.txt", "torch==2.0.0\n");
  reopen();
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  NewDecision wanted;
  wanted.item = item("PYSEC-2026-1").id;
  wanted.verdict = judgement::Verdict::act;
  wanted.by = "ana";
  wanted.rationale = Foreign("because");
  const auto what = [&] {
    const auto decided = decide(*workspace_, wanted);
    EXPECT_TRUE(decided && decided->action) << (decided ? "" : decided.error().message());
    return decided && decided->action ? std::string(decided->action->what.raw()) : "";
  };
  const std::string both = what();
  EXPECT_NE(both.find("requirements.txt"), std::string::npos) << both;
  EXPECT_NE(both.find("train.txt"), std::string::npos) << both;
  wanted.scope = {"training"};
  EXPECT_EQ(what().find("requirements.txt"), std::string::npos);
  wanted.action = judgement::ActionKind::accept;
  EXPECT_EQ(what(), "made up about torch") << "who accepts a risk upgrades nothing";
  wanted.what = Foreign("until the spring");
  EXPECT_EQ(what(), "until the spring");
}

TEST_F(Wheel, AnActionForManyPlacesNamesThreeOfThem) {
  std::string estate = "libraries:\n";
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    estate += std::string("  - name: ") + name + "\n    path: " + name + ".txt\n";
    write("ws/" + std::string(name) + ".txt", "torch==2.1.0\n");
  }
  write("ws/estate.yaml", estate);
  reopen();
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  const Decided decided = decide_on("PYSEC-2026-1", judgement::Verdict::act);
  ASSERT_TRUE(decided.action);
  const std::string what(decided.action->what.raw());
  EXPECT_NE(what.find("c.txt"), std::string::npos) << what;
  EXPECT_EQ(what.find("d.txt"), std::string::npos) << what;
  EXPECT_TRUE(what.ends_with("; and 2 more places")) << what;
}

TEST_F(Wheel, AnAssetIsDecidedOnOnceAndWhatTheItemDoesNotTouchIsTold) {
  write("ws/estate.yaml",
        "libraries:\n  - name: serving\n    path: requirements.txt\n  - name: training\n    path: train.txt\n");
  write("ws/train.txt", "numpy==1.26.0\n");
  reopen();
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  NewDecision wanted;
  wanted.item = item("PYSEC-2026-1").id;
  wanted.verdict = judgement::Verdict::watch;
  wanted.by = "ana";
  wanted.rationale = Foreign("because");
  wanted.scope = {"training", "serving", "training"};
  const auto decided = decide(*workspace_, wanted);
  ASSERT_TRUE(decided) << decided.error().message();
  EXPECT_EQ(decided->decision.scope, (std::vector<std::string>{"serving", "training"}));
  EXPECT_EQ(decided->untouched, std::vector<std::string>{"training"});
}

TEST_F(Wheel, AnItemWithSeveralDecisionsReopensOnce) {
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  NewDecision narrow;
  narrow.item = item("PYSEC-2026-1").id;
  narrow.verdict = judgement::Verdict::watch;
  narrow.by = "ana";
  narrow.rationale = Foreign("because");
  ASSERT_TRUE(decide(*workspace_, narrow));
  narrow.scope = {"serving"};
  ASSERT_TRUE(decide(*workspace_, narrow));
  ASSERT_EQ(item("PYSEC-2026-1").decisions.size(), 2u);
  write("ws/requirements.txt", "torch==2.3.0\nnumpy==1.26.0\n");
  reopen();
  EXPECT_EQ(judge().reopened, std::vector<std::string>{"PYSEC-2026-1"});
}

TEST_F(Wheel, AnEstateThatIsGoneIsNoEmptyOne) {
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  const std::uint64_t size = ledger_size();
  fs::rename(folder_ / "ws/estate.yaml", folder_ / "kept.yaml");
  reopen();
  const auto judged = assess(*workspace_, false, no_progress());
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().code, Code::unavailable);
  EXPECT_EQ(judged.error().message(),
            "estate.yaml: is not there: put it back, or `tocsin estate add` begins a new one");
  EXPECT_EQ(ledger_size(), size);
  EXPECT_EQ(*item("PYSEC-2026-1").judged->status, judgement::Status::affected);
  const auto checks = examine(*workspace_);
  ASSERT_TRUE(checks);
  EXPECT_TRUE(std::any_of(checks->begin(), checks->end(), [](const Check& check) {
    return check.name == "estate" && check.health == Health::bad &&
           check.what.find("is not there") != std::string::npos;
  }));
  fs::rename(folder_ / "kept.yaml", folder_ / "ws/estate.yaml");
  reopen();
  EXPECT_EQ(judge().judged, 0u);
}

TEST_F(Wheel, AWorkspaceThatNeverHadAnEstateIsEmpty) {
  fs::remove(folder_ / "ws/estate.yaml");
  for (int i = 0; i < 2; ++i) {  // an empty estate that was kept is none that is gone
    reopen();
    ASSERT_TRUE(assess(*workspace_, false, no_progress()));
    EXPECT_TRUE((*workspace_->estate())->assets.empty());
  }
}

TEST_F(Wheel, ADecisionOnAnotherAssetLeavesTheActionOpen) {
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  decide_on("PYSEC-2026-1", judgement::Verdict::act);
  NewDecision narrower;
  narrower.item = item("PYSEC-2026-1").id;
  narrower.scope = {"serving"};
  narrower.verdict = judgement::Verdict::watch;
  narrower.by = "ana";
  narrower.rationale = Foreign("for now");
  const auto decided = decide(*workspace_, narrower);
  ASSERT_TRUE(decided) << decided.error().message();
  EXPECT_TRUE(decided->closed.empty());
}

TEST_F(Wheel, DatesOfADecisionLieAhead) {
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  const auto said = [&](std::optional<Time> until, std::optional<Time> due) {
    NewDecision wanted;
    wanted.item = item("PYSEC-2026-1").id;
    wanted.verdict = until ? judgement::Verdict::defer : judgement::Verdict::act;
    wanted.by = "ana";
    wanted.rationale = Foreign("because");
    wanted.until = until;
    wanted.due = due;
    const auto decided = decide(*workspace_, wanted);
    return decided ? std::string() : decided.error().message();
  };
  const Time now = clock_.now();  // 2026-01-01
  EXPECT_NE(said(now - std::chrono::hours(24), {}).find("--until: 2025-12-31 has passed, today is 2026-01-01"),
            std::string::npos);
  EXPECT_NE(said({}, now - std::chrono::hours(24)).find("--due: 2025-12-31 has passed"), std::string::npos);
  EXPECT_NE(said(now, {}).find("is today; give a later day"), std::string::npos);
  EXPECT_EQ(said({}, now), "") << "due today";
  EXPECT_EQ(said(now + std::chrono::hours(24), {}), "");
}

// Who may read a workspace need not have its key.
TEST_F(Wheel, AKeyThatCannotBeUsedKeepsNobodyFromReading) {
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  judge();
  fs::permissions(folder_ / "ws/keys/ledger.pem", fs::perms(0644));
  reopen();
  EXPECT_EQ(item("PYSEC-2026-1").name, "PYSEC-2026-1");
  NewDecision wanted;
  wanted.item = item("PYSEC-2026-1").id;
  wanted.by = "ana";
  wanted.rationale = Foreign("because");
  const auto decided = decide(*workspace_, wanted);
  ASSERT_FALSE(decided);
  EXPECT_NE(decided.error().message().find("chmod 600"), std::string::npos) << decided.error().message();
  const auto checks = examine(*workspace_);
  ASSERT_TRUE(checks) << checks.error().message();
  EXPECT_TRUE(std::any_of(checks->begin(), checks->end(),
                          [](const Check& check) { return check.name == "key" && check.health == Health::bad; }));
}

TEST_F(Wheel, OneNewRecordJudgesOneItemAndOneChangedPinWhatItTouches) {
  collect("[" + advisory("PYSEC-2026-1", "", "torch", "2.2") + "," + advisory("PYSEC-2026-2", "", "numpy", "1.20") +
          "]");
  EXPECT_EQ(judge().judged, 2u);
  collect(advisory("PYSEC-2026-3", "", "torch", "2.0"));
  EXPECT_EQ(judge().judged, 1u);
  EXPECT_EQ(*item("PYSEC-2026-1").judged->status, judgement::Status::affected);
  write("ws/requirements.txt", "torch==2.1.0\nnumpy==1.19.0\n");
  reopen();
  EXPECT_EQ(judge().judged, 1u);  // only the one that speaks of numpy
  EXPECT_EQ(*item("PYSEC-2026-2").judged->status, judgement::Status::affected);
}

// One new record judges one item, and yet no two proposals for one package name two versions.
TEST_F(Wheel, ProposalsOfOnePackageAgreeWhateverCameFirst) {
  const auto proposal = [&](const std::string& name) {
    const auto row = item(name);
    return row.assessments.empty() ? "" : row.assessments.front().proposal;
  };
  collect("[" + advisory("PYSEC-2026-1", "", "torch", "2.2") + "," + advisory("PYSEC-2026-2", "", "numpy", "1.27") +
          "]");
  judge();
  EXPECT_EQ(proposal("PYSEC-2026-1"), "upgrade torch to 2.2 (requirements.txt:1)");
  collect(advisory("PYSEC-2026-3", "", "torch", "2.6"));
  auto report = judge();
  EXPECT_EQ(report.judged, 1u);
  EXPECT_EQ(report.revised, 1u);
  EXPECT_EQ(proposal("PYSEC-2026-1"), "upgrade torch to 2.6 (requirements.txt:1)");
  EXPECT_EQ(proposal("PYSEC-2026-3"), "upgrade torch to 2.6 (requirements.txt:1)");
  EXPECT_EQ(item("PYSEC-2026-1").assessments.front().fixed_in, std::vector<std::string>{"2.2"});
  EXPECT_EQ(proposal("PYSEC-2026-2"), "upgrade numpy to 1.27 (requirements.txt:2)");
  // A record that says less leads the other back.
  collect(advisory("PYSEC-2026-3", "", "torch", "2.3", "2026-02-01T00:00:00Z"));
  report = judge();
  EXPECT_EQ(report.judged, 1u);
  EXPECT_EQ(report.revised, 1u);
  EXPECT_EQ(proposal("PYSEC-2026-1"), "upgrade torch to 2.3 (requirements.txt:1)");
  // Judged all at once they say the same.
  ASSERT_TRUE(assess(*workspace_, true, no_progress()));
  EXPECT_EQ(proposal("PYSEC-2026-1"), "upgrade torch to 2.3 (requirements.txt:1)");
  auto verified = workspace_->store().verify({});
  ASSERT_TRUE(verified);
  EXPECT_TRUE(verified->holds());
}

// A pin that is new touches also what names the product in words alone.
TEST_F(Wheel, AChangedPinJudgesWhatNamesItsProductInTheText) {
  collect(
      R"([{"id":"CVE-2026-9001","modified":"2026-01-01T00:00:00Z","summary":"A flaw in Apache Airflow before 2.9.0"},)" +
      advisory("PYSEC-2026-2", "", "keras", "1.20") + "]");
  judge();
  ASSERT_EQ(item("CVE-2026-9001").kind, intel::Kind::vulnerability);
  EXPECT_EQ(item("CVE-2026-9001").judged->status, judgement::Status::not_affected);
  write("ws/requirements.txt", "torch==2.1.0\nnumpy==1.26.0\napache-airflow==2.7.3\n");
  reopen();
  EXPECT_EQ(judge().judged, 1u);
  EXPECT_EQ(item("CVE-2026-9001").judged->status, judgement::Status::affected);
}

// What nobody can tell is counted as that, not as what does not apply; when the line is mended, it is judged.
TEST_F(Wheel, WhatStandsBehindALineThatCannotBeReadIsNotSetAside) {
  write("ws/requirements.txt", "torch==2.1.0\n-r gpu.txt\n");
  reopen();
  collect("[" + advisory("PYSEC-2026-1", "", "keras", "2.2") + "," + advisory("PYSEC-2026-2", "", "torch", "2.0") +
          "]");
  judge();
  auto counts = *(*workspace_->store().read())->counts();
  EXPECT_EQ(counts.cannot_tell, 1u);
  EXPECT_EQ(counts.not_affected, 0u);
  EXPECT_EQ(counts.fixed, 1u) << "the file pins torch, whatever else it names";
  EXPECT_EQ(item("PYSEC-2026-1").judged->status, std::nullopt);
  decide_on("PYSEC-2026-2", judgement::Verdict::watch);
  write("ws/gpu.txt", "keras==2.1\n");
  reopen();
  const auto report = judge();
  EXPECT_EQ(item("PYSEC-2026-1").judged->status, judgement::Status::affected);
  EXPECT_TRUE(report.reopened.empty()) << "the line of torch is what it was";
  counts = *(*workspace_->store().read())->counts();
  EXPECT_EQ(counts.cannot_tell, 0u);
}

TEST_F(Wheel, ADecisionReopensWhenItsBasisChangesAndOnlyThen) {
  collect("[" + advisory("PYSEC-2026-1", "", "torch", "2.2") + "," + advisory("PYSEC-2026-2", "", "numpy", "1.20") +
          "]");
  judge();
  decide_on("PYSEC-2026-1", judgement::Verdict::watch);
  write("ws/requirements.txt", "torch==2.1.0\nnumpy==1.19.0\n");
  reopen();
  EXPECT_TRUE(judge().reopened.empty()) << "a pin of another package re-opened it";
  write("ws/requirements.txt", "torch==2.3.0\nnumpy==1.19.0\n");
  reopen();
  EXPECT_EQ(judge().reopened.size(), 1u);
  const store::ItemRow row = item("PYSEC-2026-1");
  ASSERT_EQ(row.decisions.size(), 1u);
  EXPECT_EQ(row.decisions[0].state, store::DecisionState::reopened);
  EXPECT_FALSE(row.decisions[0].difference.empty());
}

// A feed takes back what somebody decided on: it applies to nothing now, and waits for a person all the same.
TEST_F(Wheel, WhatIsTakenBackAfterADecisionIsToldUntilItIsDecidedAgain) {
  collect("[" + advisory("PYSEC-2026-1", "", "torch", "2.2") + "," + advisory("PYSEC-2026-2", "", "torch", "2.2") +
          "]");
  judge();
  decide_on("PYSEC-2026-1", judgement::Verdict::act);
  NewDecision put_off;
  put_off.item = item("PYSEC-2026-2").id;
  put_off.verdict = judgement::Verdict::defer;
  put_off.by = "ana";
  put_off.rationale = Foreign("later");
  put_off.until = clock_.now() + std::chrono::hours(24);
  ASSERT_TRUE(decide(*workspace_, put_off));
  const auto open = [&] {
    const auto counts = (*workspace_->store().read())->counts();
    EXPECT_TRUE(counts);
    return std::pair(counts->open, counts->open_reopened);
  };
  EXPECT_EQ(open(), std::pair(std::uint64_t{0}, std::uint64_t{0}));
  // The first no longer affects what is installed; the second is withdrawn after the day it was put off to.
  clock_.advance(std::chrono::hours(48));
  std::string withdrawn = advisory("PYSEC-2026-2", "", "torch", "2.2", "2026-02-01T00:00:00Z");
  withdrawn.insert(1, "\"withdrawn\":\"2026-02-01T00:00:00Z\",");
  collect("[" + advisory("PYSEC-2026-1", "", "torch", "1.0", "2026-02-01T00:00:00Z") + "," + withdrawn + "]");
  EXPECT_EQ(judge().reopened.size(), 2u);
  ASSERT_NE(*item("PYSEC-2026-1").judged->status, judgement::Status::affected);
  ASSERT_TRUE(item("PYSEC-2026-2").withdrawn);
  EXPECT_EQ(open(), std::pair(std::uint64_t{2}, std::uint64_t{2}));
  for (const char* name : {"PYSEC-2026-1", "PYSEC-2026-2"}) {
    const store::ItemRow row = item(name);
    ASSERT_EQ(row.decisions.size(), 1u);
    EXPECT_EQ(row.decision_state, store::DecisionState::reopened);
    EXPECT_NE(row.decisions[0].difference.at(0).find("serving was affected"), std::string::npos)
        << row.decisions[0].difference.at(0);
  }
  EXPECT_EQ(decide_on("PYSEC-2026-1", judgement::Verdict::not_relevant).closed.size(), 1u);
  EXPECT_EQ(open(), std::pair(std::uint64_t{1}, std::uint64_t{1}));
}

TEST_F(Wheel, APairDecidedOnHasItsRowAtOnceAndKeepsIt) {
  collect(advisory("PYSEC-2026-1", "", "keras", "2.2"));
  judge();
  ASSERT_TRUE(item("PYSEC-2026-1").assessments.empty()) << "the item touches nothing";
  NewDecision wanted;
  wanted.item = item("PYSEC-2026-1").id;
  wanted.scope = {"serving"};
  wanted.verdict = judgement::Verdict::not_relevant;
  wanted.by = "ana";
  wanted.rationale = Foreign("not installed");
  const auto decided = decide(*workspace_, wanted);
  ASSERT_TRUE(decided) << decided.error().message();
  const auto has_row = [&] {
    const store::ItemRow row = item("PYSEC-2026-1");
    ASSERT_EQ(row.assessments.size(), 1u);
    EXPECT_EQ(row.assessments[0].asset, "serving");
    EXPECT_EQ(row.assessments[0].status, judgement::Status::not_affected);
    ASSERT_EQ(row.decisions.size(), 1u);
    EXPECT_EQ(row.decisions[0].state, store::DecisionState::in_force);
  };
  has_row();
  ASSERT_TRUE(assess(*workspace_, true, no_progress()));
  has_row();
}

TEST_F(Wheel, AFileThatChangedInACommentAloneIsRecordedAndKept) {
  ASSERT_TRUE(workspace_->record_files());
  const Digest before = (*workspace_->estate())->digest;
  write("ws/requirements.txt", "torch==2.1.0\nnumpy==1.26.0\n# reviewed\n");
  reopen();
  ASSERT_EQ((*workspace_->estate())->digest, before) << "the comment is no part of the estate";
  const auto changes = workspace_->record_files();
  ASSERT_TRUE(changes) << changes.error().message();
  EXPECT_TRUE(changes->estate);
  auto reader = workspace_->store().read();
  const auto last = (*reader)->estate();
  ASSERT_TRUE(last && *last);
  for (const estate::ReadFile& file : (*workspace_->estate())->files) {
    EXPECT_TRUE(std::any_of((*last)->files.begin(), (*last)->files.end(), [&](const auto& f) {
      return f.path == file.path && f.digest == file.digest;
    })) << file.path;
    const auto kept = (*reader)->snapshot(file.digest);
    EXPECT_TRUE(kept && *kept) << file.path;
  }
  const auto by_digest = (*reader)->estate(before);
  ASSERT_TRUE(by_digest && *by_digest);
  EXPECT_EQ((*by_digest)->seq, (*last)->seq) << "of two readings with one digest the later one";
  const auto nothing = (*reader)->estate(sha256("no such estate"));
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
  reader->reset();
  EXPECT_FALSE(workspace_->record_files()->estate) << "nothing changed since";
}

TEST_F(Wheel, WhatASectionOfASourceMistypesIsToldWithItsLine) {
  write(
      "ws/tocsin.toml",
      "[source.arxiv]\nenabeld = false\nquery = \"all:backdoor\"\n[source.osv]\ncadence = \"fortnightly\"\ntitle = 3\n"
      "[source.atlas]\ncadence = \"monthly\"\nquery = \"x\"\n[source.blog]\nkind = \"feed\"\nurl = "
      "[\"https://a.example\"]\n"
      "licence = true\n");
  reopen();
  std::vector<Error> problems;
  const auto all = sources(*workspace_, &problems);
  std::set<std::string> told;
  for (const Error& problem : problems)
    told.insert(problem.where + ":" + std::to_string(problem.line.value_or(0)) + ": " + problem.what);
  EXPECT_EQ(told, (std::set<std::string>{
                      "tocsin.toml:2: unknown key 'enabeld' in [source.arxiv]",
                      "tocsin.toml:5: source.osv: 'cadence' should be hourly, daily, weekly or monthly",
                      "tocsin.toml:6: source.osv: 'title' should be text in quotes",
                      "tocsin.toml:9: unknown key 'query' in [source.atlas]",
                      "tocsin.toml:10: source.blog: has no url: it can be collected with --from only",
                      "tocsin.toml:12: source.blog: 'url' should be text in quotes",
                      "tocsin.toml:13: source.blog: 'licence' should be text in quotes",
                  }));
  const auto atlas = std::find_if(all.begin(), all.end(), [](const Source& s) { return s.id == "atlas"; });
  ASSERT_NE(atlas, all.end());
  EXPECT_EQ(atlas->cadence, std::chrono::hours(24 * 30));
  const auto osv = std::find_if(all.begin(), all.end(), [](const Source& s) { return s.id == "osv"; });
  ASSERT_NE(osv, all.end());
  EXPECT_EQ(osv->cadence, std::chrono::hours(1)) << "the catalogue's, since the word is none";
  EXPECT_FALSE(osv->title.empty());
}

TEST_F(Wheel, AMergeReopensADismissalAndAWithdrawnAliasBringsEverythingBack) {
  collect("[" + advisory("PYSEC-2026-1", "", "torch", "2.2") + "," +
          advisory("GHSA-2222-3333-4444", "", "torch", "2.2") + "]");
  judge();
  const Uuid one = item("PYSEC-2026-1").id, other = item("GHSA-2222-3333-4444").id;
  ASSERT_NE(one, other);
  decide_on("PYSEC-2026-1", judgement::Verdict::not_relevant);

  const CollectReport joined =
      collect(advisory("GHSA-2222-3333-4444", "\"PYSEC-2026-1\"", "torch", "2.2", "2026-02-01T00:00:00Z"));
  EXPECT_EQ(joined.folding.merges.size(), 1u);
  judge();
  EXPECT_EQ(item("GHSA-2222-3333-4444").id, one);
  ASSERT_EQ(item("PYSEC-2026-1").decisions.size(), 1u);
  EXPECT_EQ(item("PYSEC-2026-1").decisions[0].state, store::DecisionState::reopened);

  const CollectReport parted = collect(advisory("GHSA-2222-3333-4444", "", "torch", "2.2", "2026-03-01T00:00:00Z"));
  EXPECT_EQ(parted.folding.splits.size(), 1u);
  judge();
  EXPECT_EQ(item("PYSEC-2026-1").id, one);
  EXPECT_EQ(item("GHSA-2222-3333-4444").id, other);
  ASSERT_EQ(item("PYSEC-2026-1").decisions.size(), 1u);
  EXPECT_EQ(item("PYSEC-2026-1").decisions[0].state, store::DecisionState::in_force);
  EXPECT_TRUE(item("GHSA-2222-3333-4444").decisions.empty());
}

TEST_F(Wheel, ACveThatArrivesLateJoinsWithoutLosingTheId) {
  collect(advisory("GHSA-2222-3333-4444", "", "torch", "2.2"));
  const Uuid before = item("GHSA-2222-3333-4444").id;
  collect(advisory("GHSA-2222-3333-4444", "\"CVE-2026-1000\"", "torch", "2.2", "2026-02-01T00:00:00Z"));
  EXPECT_EQ(item("CVE-2026-1000").id, before);
  EXPECT_EQ(item("CVE-2026-1000").name, "CVE-2026-1000");
}

TEST_F(Wheel, APoisonedAliasJoinsNothing) {
  collect("[" + advisory("GHSA-2222-2222-2222", "\"CVE-2026-1000\"", "torch", "2.2") + "," +
          advisory("GHSA-3333-3333-3333", "\"CVE-2026-2000\"", "numpy", "1.20") + "]");
  const Uuid one = item("CVE-2026-1000").id, other = item("CVE-2026-2000").id;
  const CollectReport report = collect(advisory("PYSEC-2026-9", "\"CVE-2026-1000\",\"CVE-2026-2000\"", "torch", "9"));
  EXPECT_TRUE(report.folding.merges.empty());
  EXPECT_EQ(report.contested.size(), 1u);
  EXPECT_EQ(item("CVE-2026-1000").id, one);
  EXPECT_EQ(item("CVE-2026-2000").id, other);
}

TEST_F(Wheel, WhatAPersonJoinsStaysJoinedUntilAPersonPartsIt) {
  collect("[" + advisory("GHSA-2222-2222-2222", "\"CVE-2026-1000\"", "torch", "2.2") + "," +
          advisory("GHSA-3333-3333-3333", "\"CVE-2026-2000\"", "torch", "2.2") + "]");
  const Uuid one = item("CVE-2026-1000").id, other = item("CVE-2026-2000").id;
  intel::Bond said;
  said.a = {"cve", "CVE-2026-1000"};
  said.b = {"cve", "CVE-2026-2000"};
  ASSERT_TRUE(bond(*workspace_, said, "ana", Foreign("one flaw")));
  EXPECT_EQ(item("CVE-2026-2000").id, one);
  said.join = false;
  ASSERT_TRUE(bond(*workspace_, said, "ana", Foreign("two after all")));
  EXPECT_EQ(item("CVE-2026-2000").id, other);
  const auto verified = workspace_->store().verify({});
  ASSERT_TRUE(verified);
  for (const auto& finding : verified->findings)
    ADD_FAILURE() << finding.table << " " << finding.row << ": " << finding.what;
}

TEST_F(Wheel, RefusesADecisionWithoutReasonOrByNobody) {
  collect(advisory("PYSEC-2026-1", "", "torch", "2.2"));
  NewDecision wanted;
  wanted.item = item("PYSEC-2026-1").id;
  wanted.by = "ana";
  EXPECT_FALSE(decide(*workspace_, wanted));
  wanted.rationale = Foreign("because");
  wanted.by = "eve";
  EXPECT_FALSE(decide(*workspace_, wanted));
  wanted.by = "ana";
  wanted.verdict = judgement::Verdict::defer;
  EXPECT_FALSE(decide(*workspace_, wanted)) << "deferred for ever";
  wanted.verdict = judgement::Verdict::watch;
  wanted.scope = {"nothing-of-ours"};
  EXPECT_FALSE(decide(*workspace_, wanted));
  wanted.scope = {"serving"};
  EXPECT_TRUE(decide(*workspace_, wanted));
}

TEST_F(Wheel, ASourceThatDoesNotAnswerIsAFailedRunNotALostOne) {
  const auto osv = source(*workspace_, "osv");
  const auto report = collect_from(*workspace_, *osv, "file://" + (folder_ / "nowhere").string(), no_progress());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->outcome, store::Outcome::failed);
  EXPECT_NE(report->error.find("nowhere"), std::string::npos);
  const auto runs = (*workspace_->store().read())->runs("osv", 5);
  ASSERT_TRUE(runs);
  EXPECT_EQ(runs->front().outcome, store::Outcome::failed);
}

// The source did nothing wrong: somebody mistyped.
TEST_F(Wheel, APathThatLeadsToNothingIsNoRun) {
  const auto osv = source(*workspace_, "osv");
  write("in.json", advisory("PYSEC-2026-1", "", "torch", "2.2"));
  const std::uint64_t before = ledger_size();
  const std::string there = (folder_ / "in.json").string(), nowhere = (folder_ / "nowhere.json").string();
  for (const std::string& path : {nowhere, there + "/in.json", nowhere + "/x"}) {
    const auto report = collect_from(*workspace_, *osv, path, no_progress());
    ASSERT_FALSE(report) << path;
    EXPECT_EQ(report.error().code, Code::refused);
    EXPECT_NE(report.error().message().find(path), std::string::npos);
    EXPECT_FALSE(import_files(*workspace_, {there, path}, "", no_progress()));
  }
  EXPECT_EQ(ledger_size(), before);
  EXPECT_EQ((*workspace_->store().read())->source("osv")->failures, 0u);
}

TEST_F(Wheel, WhatShipsWithTheProgramIsToldFromWhatASourceSaid) {
  ASSERT_TRUE(collect_shipped(*workspace_, no_progress()));
  const auto records = [&](const std::string& name) {
    const auto rows = (*workspace_->store().read())->records_of(item(name).id);
    EXPECT_TRUE(rows);
    return *rows;
  };
  const auto shipped_one = records("CVE-2025-32434");
  ASSERT_FALSE(shipped_one.empty());
  EXPECT_TRUE(shipped_one[0].shipped());
  EXPECT_TRUE(shipped_one[0].document.starts_with("shipped/osv/")) << shipped_one[0].document;
  const auto state = [&](const char* id) { return store::live_answers(*(*workspace_->store().read())->source(id)); };
  EXPECT_FALSE(state("osv").file);
  // A file that somebody gives cannot pose as shipped, whatever it is called.
  fs::create_directories(folder_ / "given/shipped/osv");
  write("given/shipped/osv/one.json", advisory("PYSEC-2026-1", "", "torch", "2.2"));
  const auto osv = source(*workspace_, "osv");
  ASSERT_TRUE(collect_from(*workspace_, *osv, (folder_ / "given").string(), no_progress()));
  EXPECT_FALSE(records("PYSEC-2026-1").at(0).shipped());
  EXPECT_EQ(records("PYSEC-2026-1").at(0).document, "./shipped/osv/one.json");
  EXPECT_EQ(state("osv").file, clock_.now());
  EXPECT_FALSE(state("osv").asked);
}

TEST_F(Wheel, DoctorMissesTheNameOfAPerson) {
  const auto told = [&] {
    std::string out;
    const auto checks = examine(*workspace_);
    EXPECT_TRUE(checks);
    for (const Check& check : *checks)
      if (check.name == "people") out += check.what;
    return out;
  };
  EXPECT_EQ(told(), "");
  write("ws/tocsin.toml", "[organisation]\nname = \"Test\"\n[people.ana]\nname = \"Ana\"\n[people.me]\nname = \" \"\n");
  reopen();
  EXPECT_EQ(told(), "'me' has no name: who that is cannot be told");
}

TEST_F(Wheel, ImportsStixAndKeepsItByteForByte) {
  const std::string object =
      R"({ "type":"attack-pattern", "id":"attack-pattern--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69","modified":"2026-01-02T00:00:00.000Z","created":"2026-01-01T00:00:00.000Z","name":"A way in" })";
  const std::string changed =
      R"({ "type":"attack-pattern", "id":"attack-pattern--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69","modified":"2026-01-02T00:00:00.000Z","created":"2026-01-01T00:00:00.000Z","name":"Another" })";
  write("one.json",
        R"({"type":"bundle","id":"bundle--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69","objects":[)" + object + "]}");
  write("two.json", "[" + changed + "]");
  auto report = import_files(*workspace_, {(folder_ / "one.json").string()}, "", no_progress());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->counts.objects_added, 1u);
  report = import_files(*workspace_, {(folder_ / "two.json").string(), (folder_ / "ws").string()}, "", no_progress());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->counts.objects_conflict, 1u);
  EXPECT_EQ(report->counts.rejected, 1u);
  const auto versions =
      (*workspace_->store().read())->stix_versions("import", "attack-pattern--8c3f2f6e-6f0d-4e7c-9a5b-1f2d3c4b5a69");
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 2u);
  EXPECT_EQ((*versions)[0].bytes, object);
  EXPECT_EQ((*versions)[1].bytes, changed);
}

TEST_F(Wheel, ASourceOfAKindThatThereIsNotIsSaid) {
  fs::create_directories(folder_ / "ws/knowledge");
  write("ws/knowledge/sources.yaml", "sources:\n  mine: {kind: gopher, title: t, licence: l, grade: A, source: s}\n");
  reopen();
  ASSERT_TRUE(workspace_);
  std::vector<Error> problems;
  for (const Source& one : sources(*workspace_, &problems)) EXPECT_NE(one.id, "mine");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].message().find("source 'mine'"), std::string::npos) << problems[0].message();
  EXPECT_NE(problems[0].message().find("no kind 'gopher'"), std::string::npos) << problems[0].message();
}

TEST_F(Wheel, MoreThanOneRunMayHoldEndsItWhereItStandsAndKeepsWhatCameBefore) {
  fs::create_directories(folder_ / "in");
  const std::string first = advisory("PYSEC-2026-1", "", "torch", "2.2");
  for (const char* name : {"1", "2", "3", "4"})
    write(std::string("in/PYSEC-2026-") + name + ".json",
          advisory(std::string("PYSEC-2026-") + name, "", "torch", "2.2"));
  Limits limits;
  limits.gathered_bytes = first.size() * 2 + 1;
  const auto osv = source(*workspace_, "osv");
  const auto report = collect_from(*workspace_, *osv, (folder_ / "in").string(), no_progress(), limits);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->outcome, store::Outcome::partial);
  EXPECT_NE(report->error.find("PYSEC-2026-3.json"), std::string::npos) << report->error;
  EXPECT_EQ(report->documents, 2u);
  EXPECT_EQ(report->counts.added, 2u);
  ASSERT_EQ(report->rejects.size(), 1u) << "where it stopped, once";
  EXPECT_EQ(report->rejects[0].place, "PYSEC-2026-3.json");
  EXPECT_EQ(report->rejects[0].code, Code::refused);
  item("PYSEC-2026-2");

  limits.gathered_bytes = first.size() * 2;
  std::vector<std::string> files;
  for (const char* name : {"2", "3", "4"}) files.push_back((folder_ / "in/PYSEC-2026-").string() + name + ".json");
  const auto imported = import_files(*workspace_, files, "", no_progress(), limits);
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(imported->outcome, store::Outcome::partial);
  EXPECT_EQ(imported->counts.added, 2u) << "a limit is reached, not passed";
  ASSERT_EQ(imported->rejects.size(), 1u);
  EXPECT_EQ(imported->rejects[0].place, files[2]);
}

// A source that goes on after an error, and moves its cursor: nothing more is asked for, and the cursor stays.
TEST_F(Wheel, ALiveRunThatIsFullAsksForNothingMoreAndKeepsItsCursor) {
  write("page", std::string(100, 'x'));
  static std::string url;
  static int answered = 0;
  answered = 0;
  url = "file://" + (folder_ / "page").string();
  const collect::SourceKind greedy{"greedy",
                                   "asks for ever",
                                   1,
                                   [](std::string_view, std::string_view) { return true; },
                                   [](const collect::Document&, collect::Findings& findings) -> Result<> {
                                     findings.notes.push_back("read");
                                     return {};
                                   },
                                   [](collect::Session& session) -> Result<> {
                                     for (int i = 0; i < 10; ++i) {
                                       const auto reply = session.get(url);
                                       if (!reply) continue;
                                       ++answered;
                                       if (session.deliver(*reply) || i > 3) session.set_cursor(std::to_string(i));
                                     }
                                     session.set_cursor("the end");
                                     return {};
                                   }};
  Source source;
  source.id = "greedy";
  source.kind = &greedy;
  source.policy.internal = true;
  Limits limits;
  limits.gathered_bytes = 250;
  const auto report = cycle::collect(*workspace_, source, no_progress(), limits);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->outcome, store::Outcome::partial);
  EXPECT_EQ(report->documents, 2u);
  EXPECT_EQ(answered, 3);
  ASSERT_EQ(report->rejects.size(), 1u);
  EXPECT_EQ((*workspace_->store().read())->source("greedy").value().cursor, "1");
}

}  // namespace
}  // namespace tocsin::cycle
