// Records are written as words: the first letter is the scheme (c cve, g ghsa, p pysec, x arxiv, i guid, u url), the
// first word is the record's own id. "feed/i1 cA" comes from the source "feed", "~g1 cA" from an alias-only source.
// Groups print as the own ids of their members, '!' before a contested one, '|' between groups.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>

#include "base/text.hpp"
#include "intel/fold.hpp"

namespace tocsin::intel {
namespace {

Id id_of(std::string_view word) {
  static const std::map<char, std::string> schemes{{'c', "cve"},  {'g', "ghsa"}, {'p', "pysec"},     {'x', "arxiv"},
                                                   {'i', "guid"}, {'u', "url"},  {'?', "unheard-of"}};
  return {schemes.at(word.front()), std::string(word)};
}

Identity record(std::string_view text) {
  Identity out;
  out.source = "osv";
  if (text.front() == '~') {
    out.primary = false;
    out.source = "aliases";
    text.remove_prefix(1);
  }
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    out.source = std::string(text.substr(0, slash));
    text.remove_prefix(slash + 1);
  }
  for (const std::string_view word : split(text, ' ')) out.ids.push_back(id_of(word));
  out.external_id = out.ids.front().value;
  return out;
}

std::vector<Identity> records(const std::vector<std::string>& texts) {
  std::vector<Identity> out;
  for (const std::string& text : texts) out.push_back(record(text));
  return out;
}

Bond join(const char* a, const char* b) {
  return {id_of(a), id_of(b), true, "", ""};
}
Bond part(const char* a, const char* b) {
  return {id_of(a), id_of(b), false, "", ""};
}

std::string print(const std::vector<Identity>& input, const std::vector<Group>& groups) {
  std::string out;
  for (const Group& group : groups) {
    if (!out.empty()) out += " | ";
    for (const std::size_t member : group.members) {
      if (member != group.members.front()) out += ' ';
      if (group.contested) out += '!';
      if (input[member].source != "osv" && input[member].source != "aliases") out += input[member].source + '/';
      out += input[member].ids.front().value;
    }
  }
  return out;
}

std::string grouped(const std::vector<std::string>& texts, const std::vector<Bond>& bonds = {}) {
  const auto input = records(texts);
  return print(input, group(input, bonds));
}

TEST(Records, ThatShareAnIdAreOneItem) {
  EXPECT_EQ(grouped({"g1 cA", "p1 cA", "p2"}), "g1 p1 | p2");
  EXPECT_EQ(grouped({"p1 g1", "g1"}), "p1 g1");
  EXPECT_EQ(grouped({"p1 g1", "p2 g2", "g2 g1"}), "p1 p2 g2");
  EXPECT_EQ(grouped({}), "");
}

TEST(Records, AreFoundOverChainsAndCyclesOfAliases) {
  EXPECT_EQ(grouped({"p1 p2", "p2 p3", "p3 p4", "p4 p1"}), "p1 p2 p3 p4");
  EXPECT_EQ(grouped({"cA", "p3 p2", "p1 cA", "p2 p1"}), "cA p3 p1 p2");
}

TEST(Records, WithoutKnownIdsStandAlone) {
  std::vector<Identity> input = records({"?1", "?1 ?2", "g1 ?1"});
  EXPECT_EQ(group(input, {}).size(), 3u);
  input[0].ids.clear();
  EXPECT_EQ(group(input, {}).size(), 3u);
}

TEST(Records, OfTwoFeedsAreNotJoinedByGuidOrUrl) {
  EXPECT_EQ(grouped({"a/i1 u1", "b/i1 u1", "a/i2 u1"}), "a/i1 a/i2 | b/i1");
  EXPECT_EQ(grouped({"a/i1 cA", "b/i1 cA"}), "a/i1 b/i1");
}

TEST(Bonds, OverAGuidSayWhoseItIs) {
  Bond of_a = join("i1", "i2"), of_any = of_a;
  of_a.a_source = of_a.b_source = "a";
  const std::vector<std::string> feeds{"a/i1", "a/i2", "b/i1", "b/i2"};
  EXPECT_EQ(grouped(feeds, {of_a}), "a/i1 a/i2 | b/i1 | b/i2");
  EXPECT_EQ(grouped(feeds, {of_any}), "a/i1 a/i2 b/i1 b/i2") << "no source: whoever says so";
  Bond across = join("i1", "i1");
  across.a_source = "a", across.b_source = "b";
  EXPECT_EQ(grouped(feeds, {across}), "a/i1 b/i1 | a/i2 | b/i2") << "one guid in two feeds, said to be one thing";
}

TEST(Bonds, ThatPartLeaveWithTheFirstWhatHangsOnBoth) {
  const std::vector<std::string> texts{"g1 cA p3", "p2 cA p3", "p3"};
  EXPECT_EQ(grouped(texts), "g1 p2 p3");
  EXPECT_EQ(grouped(texts, {part("cA", "g1")}), "g1 | p2 p3");
  EXPECT_EQ(grouped(texts, {part("g1", "cA")}), "g1 p3 | p2");
}

TEST(LateCve, JoinsUnderTheIdOfTheFirstRecord) {
  const auto before = records({"g1", "p1 g1"});
  const auto after = records({"g1 cA", "p1 g1", "cA"});
  EXPECT_EQ(print(after, group(after, {})), "g1 p1 cA");
  EXPECT_EQ(group(before, {})[0].id, group(after, {})[0].id);
  EXPECT_EQ(group(after, {})[0].id, item_id("osv", "g1"));
}

TEST(LateCve, TakesTheFirstPlaceOnlyWhenItCameFirst) {
  const auto input = records({"cA", "g1 cA"});
  EXPECT_EQ(group(input, {})[0].id, item_id("osv", "cA"));
}

TEST(PoisonedAlias, DoesNotMergeTwoCves) {
  EXPECT_EQ(grouped({"cA", "cB", "g1 cA cB"}), "cA | cB | !g1");
  EXPECT_EQ(grouped({"g1 cA cB", "cB", "cA"}), "!g1 | cB | cA");
  // Its own id is a CVE: it stays with that one.
  EXPECT_EQ(grouped({"cA cB", "cB"}), "cA | cB");
  // Over ids that are no CVEs.
  EXPECT_EQ(grouped({"g1 cA", "g2 cB", "p1 g1 g2"}), "g1 | g2 | !p1");
}

TEST(PoisonedAlias, LeavesTheNeighboursWhereTheyWere) {
  const std::vector<std::string> good{"g1 cA", "cA", "g2 cB", "p1 g1", "p2 g2", "p3 p2"};
  EXPECT_EQ(grouped(good), "g1 cA p1 | g2 p2 p3");
  auto poisoned = good;
  poisoned.insert(poisoned.begin(), "p9 cA cB g1 g2 p1 p2 p3");
  EXPECT_EQ(grouped(poisoned), "!p9 | g1 cA p1 | g2 p2 p3");
}

TEST(PoisonedAlias, OfOneRecordDoesNotTakeAwayAnotherRecordsOwnId) {
  // g2 is cB's by the word of g2's own record; p9 (of cA) merely names it.
  EXPECT_EQ(grouped({"cA", "p9 cA g2", "g2 cB", "p1 g2"}), "cA p9 | g2 p1");
}

TEST(PoisonedAlias, WithHundredsOfCvesJoinsNone) {
  std::vector<std::string> texts;
  std::string poison = "p0";
  for (int i = 0; i < 300; ++i) {
    texts.push_back("g" + std::to_string(i) + " c" + std::to_string(i));
    poison += " c" + std::to_string(i);
  }
  texts.push_back(poison);
  const auto input = records(texts);
  const auto groups = group(input, {});
  ASSERT_EQ(groups.size(), 301u);
  EXPECT_TRUE(groups.back().contested);
  EXPECT_EQ(groups.back().struck.size(), 300u);
}

TEST(RecordOfTwoCves, JoinsTheOneThatIsThere) {
  EXPECT_EQ(grouped({"g1 cA cB"}), "g1");
  EXPECT_EQ(grouped({"g1 cA cB", "cA"}), "g1 cA");
  EXPECT_EQ(grouped({"g1 cA cB", "p1 cA cB"}), "g1 p1");
}

TEST(WithdrawnAlias, GivesTheOldItemsBackUnderTheirOldIds) {
  const auto before = records({"g1", "x1"});
  const auto joined = records({"g1 x1", "x1"});
  const auto after = records({"g1", "x1"});
  EXPECT_EQ(group(joined, {}).size(), 1u);
  const auto a = group(before, {});
  const auto b = group(after, {});
  ASSERT_EQ(b.size(), 2u);
  EXPECT_EQ(a[0].id, b[0].id);
  EXPECT_EQ(a[1].id, b[1].id);
}

TEST(OrderOfArrival, ChoosesTheIdAndTheOrderOfGroups) {
  EXPECT_EQ(grouped({"p1 g1", "p2", "g1"}), "p1 g1 | p2");
  EXPECT_EQ(grouped({"p2", "g1", "p1 g1"}), "p2 | g1 p1");
}

TEST(AliasOnlySource, FindsItsGroupButJoinsNothing) {
  EXPECT_EQ(grouped({"g1", "p1", "~x1 g1 p1"}), "g1 | p1 | !x1");
  EXPECT_EQ(grouped({"g1", "p1", "~x1 g1"}), "g1 x1 | p1");
  EXPECT_EQ(grouped({"cA", "~x1 cA g1", "g1"}), "cA x1 | g1");
  EXPECT_EQ(grouped({"~x1 g9", "~x2 g9"}), "x1 | x2");
  EXPECT_EQ(grouped({"cA", "~x1 cA", "p1 x1"}), "cA x1 p1");
}

TEST(Person, JoinsWhatRecordsDoNot) {
  EXPECT_EQ(grouped({"cA", "cB", "g1 cB"}, {join("cA", "cB")}), "cA cB g1");
  EXPECT_EQ(grouped({"x1", "g1 cA"}, {join("x1", "g1")}), "x1 g1");
  EXPECT_EQ(grouped({"x1", "p1"}, {join("x1", "p1")}), "x1 p1");
  // An id that is nobody's own: the group that carries it.
  EXPECT_EQ(grouped({"g1 p7", "x1"}, {join("p7", "x1")}), "g1 x1");
}

TEST(Person, WhoJoinsTwoCvesSettlesWhatWasContested) {
  EXPECT_EQ(grouped({"cA", "cB", "g1 cA cB", "p1 g1"}), "cA | cB | !g1 | p1");
  EXPECT_EQ(grouped({"cA", "cB", "g1 cA cB", "p1 g1"}, {join("cA", "cB")}), "cA cB g1 p1");
}

TEST(Person, JoinsTheGroupsOfRecordsThatHaveNoCveThemselves) {
  EXPECT_EQ(grouped({"cA g1", "g1", "cB g2", "g2"}, {join("g1", "g2")}), "cA g1 cB g2");
}

TEST(Person, JoinsChainsOfBonds) {
  EXPECT_EQ(grouped({"cA", "cB", "cC", "x1"}, {join("cA", "x1"), join("x1", "cB"), join("cC", "cB")}), "cA cB cC x1");
}

TEST(Person, PartsWhatAnAliasJoins) {
  EXPECT_EQ(grouped({"cA", "g1 cA", "p1 cA"}, {part("cA", "p1")}), "cA g1 | p1");
  EXPECT_EQ(grouped({"g1 x1", "x1"}, {part("g1", "x1")}), "g1 | x1");
  // What hung on the parted record goes with it; what hangs on both stays.
  EXPECT_EQ(grouped({"cA", "g1 cA", "p1 cA", "p2 p1", "x1 g1 p2"}, {part("cA", "p1")}), "cA g1 x1 | p1 p2");
}

TEST(Person, PartsOverAnyNumberOfStepsBetween) {
  EXPECT_EQ(grouped({"x1 p1", "p1 p2", "p2 p3", "p3 x2"}, {part("x1", "x2")}), "x1 p1 | p2 p3");
}

TEST(Person, PartsTwoRecordsOfOneCve) {
  const auto input = records({"g1 cA", "p1 cA", "cA"});
  const auto groups = group(input, std::vector{part("g1", "p1")});
  EXPECT_EQ(print(input, groups), "g1 cA | p1");
  EXPECT_EQ(groups[1].struck, std::vector{id_of("cA")});
}

TEST(Person, WhoPartsLeavesTheRecordThatNamesBothContested) {
  EXPECT_EQ(grouped({"cA", "g2 cA", "p9 cA g2"}, {part("cA", "g2")}), "cA | g2 | !p9");
}

TEST(Person, PartsAPoisonedAliasSoThatTheRecordFindsItsOwnCve) {
  // g2 names cA wrongly and belongs to cB.
  EXPECT_EQ(grouped({"cA", "cB", "g2 cA cB"}), "cA | cB | !g2");
  EXPECT_EQ(grouped({"cA", "cB", "g2 cA cB"}, {part("cA", "g2")}), "cA | cB g2");
}

TEST(Person, StrikesTheAliasFromTheItem) {
  const auto input = records({"cA g1", "g1 cA"});
  const auto groups = group(input, std::vector{part("cA", "g1")});
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].struck, std::vector{id_of("g1")});
  EXPECT_EQ(groups[1].struck, std::vector{id_of("cA")});
}

TEST(Bonds, OverOnePairCountByTheirLast) {
  EXPECT_EQ(grouped({"cA", "cB"}, {join("cA", "cB"), part("cB", "cA")}), "cA | cB");
  EXPECT_EQ(grouped({"cA", "cB"}, {part("cA", "cB"), join("cB", "cA")}), "cA cB");
  EXPECT_EQ(grouped({"g1 x1", "x1"}, {part("g1", "x1"), join("g1", "x1")}), "g1 x1");
}

TEST(Bonds, ThatContradictEachOtherPart) {
  EXPECT_EQ(grouped({"cA", "cB", "g1 cB"}, {join("cA", "cB"), part("cA", "g1")}), "cA cB | g1");
}

TEST(Bonds, OverUnknownIdsWait) {
  EXPECT_EQ(grouped({"cA", "cB"}, {join("cA", "cZ"), part("cY", "cB"), join("cA", "cA")}), "cA | cB");
}

TEST(Bonds, OverGuidsSayWhose) {
  const auto input = records({"a/i1", "b/i1", "cA"});
  EXPECT_EQ(print(input, group(input, std::vector{Bond{id_of("i1"), id_of("cA"), true, "a", ""}})), "a/i1 cA | b/i1");
  EXPECT_EQ(print(input, group(input, std::vector{join("i1", "cA")})), "a/i1 b/i1 cA");
}

TEST(OwnCve, IsTheOwnIdOrTheOnlyOne) {
  EXPECT_EQ(own_cve({}), nullptr);
  EXPECT_EQ(own_cve({id_of("g1"), id_of("cA")})->value, "cA");
  EXPECT_EQ(own_cve({id_of("g1"), id_of("cA"), id_of("cA")})->value, "cA");
  EXPECT_EQ(own_cve({id_of("g1"), id_of("cA"), id_of("cB")}), nullptr);
  EXPECT_EQ(own_cve({id_of("cA"), id_of("cB")})->value, "cA");
}

// --- properties over random records ---

struct World {
  std::vector<Identity> records;
  std::vector<Bond> bonds;
};

World random_world(std::mt19937& random, bool with_bonds) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  World world;
  const int n = 2 + below(24);
  const int names = 2 + below(8);
  const auto word = [&] { return std::string(1, "ccgpxiu"[below(7)]) + std::to_string(below(names)); };
  for (int i = 0; i < n; ++i) {
    std::string text = below(8) == 0 ? "~" : below(4) == 0 ? "feed/" : "";
    text += word();
    for (int k = below(4); k > 0; --k) text += " " + word();
    world.records.push_back(record(text));
    world.records.back().external_id += "#" + std::to_string(i);
  }
  for (int i = with_bonds ? below(4) : 0; i > 0; --i)
    world.bonds.push_back({id_of(word()), id_of(word()), below(2) == 0, "", ""});
  return world;
}

std::string tell(const World& world, const Group& group) {
  std::string out;
  for (const std::size_t member : group.members) {
    out += world.records[member].source + ":";
    for (const Id& id : world.records[member].ids) out += " " + id.value;
    out += "; ";
  }
  for (const Bond& bond : world.bonds)
    out += (bond.join ? "join " : "part ") + bond.a.value + " " + bond.b.value + "; ";
  return out;
}

std::set<std::pair<std::set<std::string>, bool>> as_sets(const std::vector<Identity>& input,
                                                         const std::vector<Group>& groups) {
  std::set<std::pair<std::set<std::string>, bool>> out;
  for (const Group& group : groups) {
    std::set<std::string> members;
    for (const std::size_t member : group.members) members.insert(input[member].external_id);
    out.emplace(std::move(members), group.contested);
  }
  return out;
}

TEST(Grouping, DoesNotDependOnTheOrderOfRecords) {
  std::mt19937 random(20260723);
  for (int round = 0; round < 3000; ++round) {
    World world = random_world(random, round % 2 == 1);
    const auto want = as_sets(world.records, group(world.records, world.bonds));
    for (int shuffle = 0; shuffle < 4; ++shuffle) {
      std::shuffle(world.records.begin(), world.records.end(), random);
      ASSERT_EQ(as_sets(world.records, group(world.records, world.bonds)), want) << "round " << round;
    }
  }
}

TEST(Grouping, PutsEachRecordIntoOneGroupInOrderOfArrival) {
  std::mt19937 random(7);
  for (int round = 0; round < 1000; ++round) {
    const World world = random_world(random, round % 2 == 1);
    std::vector<int> seen(world.records.size(), 0);
    std::size_t last_first = 0;
    for (const Group& group : group(world.records, world.bonds)) {
      ASSERT_FALSE(group.members.empty());
      ASSERT_TRUE(std::is_sorted(group.members.begin(), group.members.end()));
      ASSERT_GE(group.members.front(), last_first);
      last_first = group.members.front();
      const Identity& first = world.records[group.members.front()];
      ASSERT_EQ(group.id, item_id(first.source, first.external_id));
      for (const std::size_t member : group.members) ++seen[member];
    }
    for (const int count : seen) ASSERT_EQ(count, 1);
  }
}

TEST(Grouping, NeverJoinsTwoOwnCvesWithoutAPerson) {
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    const World world = random_world(random, false);
    for (const Group& group : group(world.records, {})) {
      std::set<std::string> cves;
      for (const std::size_t member : group.members)
        if (const Id* cve = own_cve(world.records[member].ids)) cves.insert(cve->value);
      ASSERT_LE(cves.size(), 1u) << "round " << round;
      ASSERT_TRUE(!group.contested || group.members.size() == 1);
    }
  }
}

TEST(Grouping, KeepsPartedIdsOutOfOneItem) {
  std::mt19937 random(13);
  for (int round = 0; round < 3000; ++round) {
    World world = random_world(random, true);
    std::map<std::pair<Id, Id>, bool> last;
    for (const Bond& bond : world.bonds) last[std::minmax(bond.a, bond.b)] = bond.join;
    for (const Group& group : group(world.records, world.bonds)) {
      std::set<Id> ids;
      for (const std::size_t member : group.members)
        for (const Id& id : world.records[member].ids) ids.insert(id);
      for (const Id& id : group.struck) ids.erase(id);
      for (const auto& [pair, joined] : last) {
        const auto& [a, b] = pair;
        const bool local = a.scheme == "guid" || a.scheme == "url" || b.scheme == "guid" || b.scheme == "url";
        if (joined || a == b || local) continue;
        ASSERT_FALSE(ids.count(a) > 0 && ids.count(b) > 0)
            << "round " << round << ": " << a.value << " and " << b.value << " in " << tell(world, group);
      }
    }
  }
}

TEST(Grouping, OfOneConnectedComponentIsThatOfTheWhole) {
  std::mt19937 random(17);
  for (int round = 0; round < 1000; ++round) {
    const World world = random_world(random, true);
    // The closure over shared ids and bonds of the first record, as a store would ask for it.
    std::set<std::size_t> in{0};
    for (std::size_t before = 0; before != in.size();) {
      before = in.size();
      std::set<std::pair<Id, std::string>> reach;
      const auto key = [](const Id& id, const std::string& source) {
        return std::pair(id, id.scheme == "guid" || id.scheme == "url" ? source : std::string());
      };
      for (const std::size_t r : in)
        for (const Id& id : identity_ids(world.records[r])) reach.insert(key(id, world.records[r].source));
      for (const Bond& bond : world.bonds)
        for (const auto& [id, other] : {std::pair(bond.a, bond.b), std::pair(bond.b, bond.a)})
          for (const char* source : {"osv", "feed", "aliases"})
            if (reach.count(key(id, source)) > 0)
              for (const char* to : {"osv", "feed", "aliases"}) reach.insert(key(other, to));
      for (std::size_t r = 0; r < world.records.size(); ++r)
        for (const Id& id : identity_ids(world.records[r]))
          if (reach.count(key(id, world.records[r].source)) > 0) in.insert(r);
    }
    std::vector<Identity> component;
    for (const std::size_t r : in) component.push_back(world.records[r]);
    const auto whole = as_sets(world.records, group(world.records, world.bonds));
    for (const auto& one : as_sets(component, group(component, world.bonds)))
      ASSERT_EQ(whole.count(one), 1u) << "round " << round;
  }
}

// --- size ---

// What is quadratic in these sizes does not come to an end within ctest's time limit: no clock is asked.
std::size_t groups_of(const std::vector<Identity>& input, const std::vector<Bond>& bonds = {}) {
  return group(input, bonds).size();
}

TEST(Grouping, OfAHundredThousandRecordsIsQuick) {
  std::vector<Identity> input;
  for (int i = 0; i < 100'000; ++i) {
    const std::string n = std::to_string(i / 3);
    input.push_back(
        record("g" + std::to_string(i) +
               (i % 3 == 0 ? " c" + n : " p" + n + (i % 3 == 1 ? " c" + n : " g" + std::to_string(i - 1)))));
  }
  EXPECT_EQ(groups_of(input), 33'334u);
}

TEST(Grouping, OfAChainOfAHundredThousandIsQuick) {
  std::vector<Identity> input{record("cA p0")};
  for (int i = 0; i < 100'000; ++i) input.push_back(record("p" + std::to_string(i) + " p" + std::to_string(i + 1)));
  EXPECT_EQ(groups_of(input), 1u);
  EXPECT_EQ(groups_of(input, {part("cA", "p99999")}), 2u);
  input.erase(input.begin());
  EXPECT_EQ(groups_of(input), 1u);
}

TEST(Grouping, OfRecordsWithTenThousandAliasesIsQuick) {
  std::vector<Identity> input;
  std::string greedy;
  for (int i = 0; i < 10'000; ++i) {
    greedy += " c" + std::to_string(i);
    input.push_back(record("c" + std::to_string(i) + " g" + std::to_string(i)));
  }
  for (int i = 0; i < 30; ++i) input.push_back(record("x" + std::to_string(i) + greedy));
  EXPECT_EQ(groups_of(input), 10'030u);
}

TEST(Grouping, OfManyHoldersOfOneIdIsQuick) {
  std::vector<Identity> input;
  for (int i = 0; i < 100'000; ++i) input.push_back(record("g" + std::to_string(i) + " x1"));
  EXPECT_EQ(groups_of(input, {join("g1", "g2"), part("g1", "g99999")}), 2u);
}

}  // namespace
}  // namespace tocsin::intel
