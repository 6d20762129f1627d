// Grouping in four passes over a bipartite graph of records and ids, all of it on dense integers.
//
// 1. Seeds: records with a CVE of their own; one class per CVE.
// 2. Rounds: a settled record claims its ids for its group. A record without a group that touches claimed ids joins
// when they are
//    all of one group, and is contested (and claims nothing) when they are of two. A round sees only the claims of
//    earlier rounds, so the order of records does not matter. Where a record's own id is concerned, its claim beats
//    those of records that merely name it as an alias.
// 3. What no CVE reaches joins by shared ids alone.
// 4. Bonds. Joins unite groups; when that unites two CVEs, 2 and 3 run again, so that records in between find their
// place.
//    Parts come last: the group that holds both ids is divided by the same kind of rounds, from the holders of either.
//
// Each list of records under an id is walked a fixed number of times (a claim changes at most four times), so one
// record with 10,000 aliases or a chain of 100,000 costs what its ids cost.
#include "intel/fold.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/hash.hpp"

namespace tocsin::intel {
namespace {

using Node = std::uint32_t;    // an id
using Handle = std::uint32_t;  // a group in the making
constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::uint32_t kMany = 0xfffffffe;

bool is_local(std::string_view scheme) {
  return scheme == "guid" || scheme == "url";
}
bool joins(std::string_view scheme) {
  return is_identity(scheme) || is_local(scheme);
}

class UnionFind {
 public:
  std::uint32_t add() {
    parents_.push_back(static_cast<std::uint32_t>(parents_.size()));
    return parents_.back();
  }
  void grow(std::size_t size) {
    while (parents_.size() < size) add();
  }
  std::uint32_t find(std::uint32_t at) const {
    while (parents_[at] != at) at = parents_[at] = parents_[parents_[at]];
    return at;
  }
  // The smaller root stays, so that the result does not depend on the order of unions.
  bool unite(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    parents_[std::max(a, b)] = std::min(a, b);
    return true;
  }
  std::size_t size() const { return parents_.size(); }

 private:
  mutable std::vector<std::uint32_t> parents_;
};

struct NodeKey {
  std::string_view scheme;
  std::string_view value;
  std::string_view source;  // guid and url only
  bool operator==(const NodeKey&) const = default;
};
struct NodeHash {
  std::size_t operator()(const NodeKey& key) const {
    std::uint64_t h = xxh3(key.value) * 0x9e3779b97f4a7c15u + xxh3(key.scheme);
    if (!key.source.empty()) h = h * 0x9e3779b97f4a7c15u + xxh3(key.source);
    return static_cast<std::size_t>(h);
  }
};

// The ids as integers, each with the records that hold it.
class Grouping {
 public:
  Grouping(std::span<const Identity> records, std::span<const Bond> bonds) : records_(records) {
    intern();
    read_bonds(bonds);
    strike();
    index();
  }

  std::vector<Group> run() {
    find_own_cves();
    UnionFind classes;
    classes.grow(class_count_);
    // A run unites at least one pair of classes more than the one before, or is the last.
    do {
      settle_seeds(classes);
      rounds();
      settle_rest();
    } while (apply_joins(classes));
    apply_parts();
    return collect();
  }

 private:
  struct Pair {
    std::vector<Node> a, b;  // a guid without a source may be several
  };

  // A view over the nodes of a record. `claimed` are those that it speaks for.
  std::span<const Node> nodes(std::size_t record) const {
    return {flat_.data() + begin_[record], begin_[record + 1] - begin_[record]};
  }
  std::span<const std::uint32_t> holders(Node node) const {
    return {holders_.data() + holders_begin_[node], holders_begin_[node + 1] - holders_begin_[node]};
  }
  bool owns(std::size_t record, Node node) const { return own_[record] == node || own_cve_[record] == node; }
  bool is_cve(Node node) const { return keys_[node].scheme == "cve"; }

  void intern() {
    std::size_t total = 0;
    for (const Identity& record : records_) total += record.ids.size();
    nodes_.reserve(total);
    flat_.reserve(total);
    begin_.reserve(records_.size() + 1);
    own_.assign(records_.size(), kNone);
    own_cve_.assign(records_.size(), kNone);
    begin_.push_back(0);
    for (std::size_t r = 0; r < records_.size(); ++r) {
      const Identity& record = records_[r];
      for (std::size_t i = 0; i < record.ids.size(); ++i) {
        const Id& id = record.ids[i];
        if (id.value.empty() || !joins(id.scheme)) continue;
        const NodeKey key{id.scheme, id.value,
                          is_local(id.scheme) ? std::string_view(record.source) : std::string_view()};
        const auto [at, fresh] = nodes_.try_emplace(key, static_cast<Node>(keys_.size()));
        if (fresh) {
          keys_.push_back(key);
          seen_.push_back(kNone);
        }
        const Node node = at->second;
        if (i == 0) own_[r] = node;
        if (seen_[node] == r) continue;
        seen_[node] = static_cast<std::uint32_t>(r);
        flat_.push_back(node);
      }
      begin_.push_back(flat_.size());
    }
  }

  std::vector<Node> resolve(const Id& id, const std::string& source) const {
    if (!joins(id.scheme)) return {};
    if (!is_local(id.scheme) || !source.empty()) {
      const auto found =
          nodes_.find({id.scheme, id.value, is_local(id.scheme) ? std::string_view(source) : std::string_view()});
      return found == nodes_.end() ? std::vector<Node>{} : std::vector<Node>{found->second};
    }
    std::vector<Node> found;
    for (Node node = 0; node < keys_.size(); ++node)
      if (keys_[node].scheme == id.scheme && keys_[node].value == id.value) found.push_back(node);
    return found;
  }

  // The last bond of a pair counts; afterwards the order of bonds is that of their ids.
  void read_bonds(std::span<const Bond> bonds) {
    using End = std::tuple<std::string_view, std::string_view, std::string_view>;
    const auto end = [](const Id& id, const std::string& source) {
      return End{id.scheme, id.value, is_local(id.scheme) ? std::string_view(source) : std::string_view()};
    };
    std::map<std::pair<End, End>, const Bond*> last;
    for (const Bond& bond : bonds) {
      const End a = end(bond.a, bond.a_source);
      const End b = end(bond.b, bond.b_source);
      if (a != b) last[std::minmax(a, b)] = &bond;
    }
    for (const auto& [ends, bond] : last) {
      Pair pair{resolve(bond->a, bond->a_source), resolve(bond->b, bond->b_source)};
      if (pair.a.empty() || pair.b.empty()) continue;
      if (bond->join)
        for (const Node a : pair.a)
          for (const Node b : pair.b) {
            partners_[a].push_back(b);
            partners_[b].push_back(a);
          }
      (bond->join ? joins_ : parts_).push_back(std::move(pair));
    }
  }

  // Takes from a record what a person parted from its own id; a record that owns neither side but names both is
  // contested.
  void strike() {
    contested_.assign(records_.size(), false);
    torn_.assign(records_.size(), false);
    if (parts_.empty()) return;
    std::unordered_map<Node, std::vector<std::pair<std::uint32_t, bool>>> sides;  // node → (part, is b)
    for (std::uint32_t i = 0; i < parts_.size(); ++i) {
      for (const Node node : parts_[i].a) sides[node].emplace_back(i, false);
      for (const Node node : parts_[i].b) sides[node].emplace_back(i, true);
    }
    std::vector<Node> kept;
    std::vector<std::size_t> begin{0};
    kept.reserve(flat_.size());
    for (std::size_t r = 0; r < records_.size(); ++r) {
      std::set<std::pair<std::uint32_t, bool>> own;
      if (own_[r] != kNone)
        if (const auto at = sides.find(own_[r]); at != sides.end()) own.insert(at->second.begin(), at->second.end());
      std::set<std::pair<std::uint32_t, bool>> held;
      for (const Node node : nodes(r)) {
        const auto at = sides.find(node);
        bool parted = false;
        if (at != sides.end() && node != own_[r])
          for (const auto& [part, side] : at->second) parted = parted || own.count({part, !side}) > 0;
        if (parted) {
          struck_[r].push_back(node);
          continue;
        }
        kept.push_back(node);
        if (at != sides.end()) held.insert(at->second.begin(), at->second.end());
      }
      for (const auto& [part, side] : held) torn_[r] = torn_[r] || held.count({part, !side}) > 0;
      // Should a person join it to something, it speaks for neither side there.
      if (torn_[r])
        for (const Node node : nodes(r))
          if (const auto at = sides.find(node); at != sides.end() && node != own_[r])
            for (const auto& [part, side] : at->second)
              if (held.count({part, !side}) > 0) struck_[r].push_back(node);
      begin.push_back(kept.size());
    }
    flat_ = std::move(kept);
    begin_ = std::move(begin);
  }

  void index() {
    holders_begin_.assign(keys_.size() + 1, 0);
    for (const Node node : flat_) ++holders_begin_[node + 1];
    for (std::size_t n = 0; n < keys_.size(); ++n) holders_begin_[n + 1] += holders_begin_[n];
    std::vector<std::size_t> at(holders_begin_.begin(), holders_begin_.end() - 1);
    holders_.resize(flat_.size());
    for (std::size_t r = 0; r < records_.size(); ++r)
      for (const Node node : nodes(r)) holders_[at[node]++] = static_cast<std::uint32_t>(r);
  }

  void find_own_cves() {
    class_of_.assign(keys_.size(), kNone);
    for (std::size_t r = 0; r < records_.size(); ++r) {
      if (own_[r] != kNone && is_cve(own_[r])) {
        own_cve_[r] = own_[r];
      } else if (!torn_[r]) {
        Node only = kNone;
        for (const Node node : nodes(r)) {
          if (!is_cve(node)) continue;
          only = only == kNone ? node : kMany;
          if (only == kMany) break;
        }
        if (only != kMany) own_cve_[r] = only;
      }
      if (torn_[r] || own_cve_[r] == kNone) continue;
      Handle& handle = class_of_[own_cve_[r]];
      if (handle == kNone) handle = static_cast<Handle>(class_count_++);
    }
  }

  void settle_seeds(const UnionFind& classes) {
    groups_ = classes;
    settled_.assign(records_.size(), kNone);
    owner_claims_.assign(keys_.size(), kNone);
    alias_claims_.assign(keys_.size(), kNone);
    round_of_.assign(records_.size(), 0);
    frontier_.clear();
    for (std::size_t r = 0; r < records_.size(); ++r) {
      contested_[r] = torn_[r];
      if (torn_[r])
        settled_[r] = groups_.add();
      else if (own_cve_[r] != kNone)
        settle(r, class_of_[own_cve_[r]]);
    }
  }

  void settle(std::size_t record, Handle group) {
    settled_[record] = group;
    if (!records_[record].primary) {
      for (const Node node : {own_[record], own_cve_[record]})
        if (node != kNone) claim(owner_claims_[node], node, group);
      return;
    }
    for (const Node node : nodes(record))
      claim((owns(record, node) ? owner_claims_ : alias_claims_)[node], node, group);
  }

  void claim(Handle& slot, Node node, Handle group) {
    if (slot == kMany) return;
    if (slot == kNone)
      slot = group;
    else if (groups_.find(slot) != groups_.find(group))
      slot = kMany;
    else
      return;
    frontier_.push_back(node);
  }

  // The one group that the claimed ids of a record are of: kNone if they are unclaimed, kMany if there are two.
  Handle touched(std::size_t record) const {
    Handle only = kNone;
    for (const Node node : nodes(record)) {
      const Handle claimed = owner_claims_[node] != kNone ? owner_claims_[node] : alias_claims_[node];
      if (claimed == kNone) continue;
      if (claimed == kMany) return kMany;
      const Handle root = groups_.find(claimed);
      if (only == kNone)
        only = root;
      else if (only != root)
        return kMany;
    }
    return only;
  }

  void rounds() {
    std::vector<std::pair<std::uint32_t, Handle>> decided;
    while (!frontier_.empty()) {
      decided.clear();
      ++round_;
      std::vector<Node> frontier;
      frontier.swap(frontier_);
      for (const Node node : frontier) {
        for (const std::uint32_t r : holders(node)) {
          if (settled_[r] != kNone || round_of_[r] == round_) continue;
          round_of_[r] = round_;
          decided.emplace_back(r, touched(r));
        }
      }
      for (const auto& [r, group] : decided) {
        if (group == kMany) {
          contested_[r] = true;
          settled_[r] = groups_.add();
        } else {
          settle(r, group);
        }
      }
    }
  }

  // Records that no CVE reaches.
  void settle_rest() {
    UnionFind rest;
    rest.grow(records_.size());
    const auto unite = [&](bool primary, auto&& wanted) {
      std::vector<std::uint32_t> first(keys_.size(), kNone);
      for (std::size_t r = 0; r < records_.size(); ++r) {
        if (settled_[r] != kNone || records_[r].primary != primary) continue;
        for (const Node node : nodes(r)) {
          if (!wanted(r, node)) continue;
          if (first[node] == kNone)
            first[node] = static_cast<std::uint32_t>(r);
          else
            rest.unite(first[node], static_cast<std::uint32_t>(r));
        }
      }
      std::vector<Handle> handles(records_.size(), kNone);
      for (std::size_t r = 0; r < records_.size(); ++r) {
        if (settled_[r] != kNone || records_[r].primary != primary) continue;
        Handle& handle = handles[rest.find(static_cast<std::uint32_t>(r))];
        if (handle == kNone) handle = groups_.add();
        settle(r, handle);
      }
    };
    unite(true, [](std::size_t, Node) { return true; });
    rounds();  // only records of alias-only sources are left to find a group
    unite(false, [this](std::size_t r, Node node) { return own_[r] == node; });
    frontier_.clear();
  }

  std::vector<Handle> groups_of(const std::vector<Node>& ids) const {
    std::set<Handle> owners;
    std::set<Handle> aliases;
    for (const Node node : ids)
      for (const std::uint32_t r : holders(node)) {
        if (owns(r, node))
          owners.insert(groups_.find(settled_[r]));
        else if (!contested_[r])
          aliases.insert(groups_.find(settled_[r]));
      }
    if (owners.empty() && aliases.size() == 1) owners = aliases;
    return {owners.begin(), owners.end()};
  }

  // True when classes of different CVEs were united that were not before.
  bool apply_joins(UnionFind& classes) {
    if (joins_.empty()) return false;
    std::vector<std::vector<Handle>> sets;
    for (const Pair& pair : joins_) {
      const std::vector<Handle> a = groups_of(pair.a);
      const std::vector<Handle> b = groups_of(pair.b);
      if (a.empty() || b.empty()) continue;
      sets.push_back(a);
      sets.back().insert(sets.back().end(), b.begin(), b.end());
    }
    for (const std::vector<Handle>& set : sets)
      for (const Handle handle : set) groups_.unite(set.front(), handle);
    // Two classes may have met over groups that have none, so compare what is united now. The smallest handle is the
    // root: a class.
    bool again = false;
    for (Handle c = 0; c < class_count_; ++c) {
      const Handle root = groups_.find(c);
      if (root < class_count_ && classes.unite(root, c)) again = true;
    }
    return again;
  }

  void apply_parts() {
    if (parts_.empty()) return;
    for (const Pair& pair : parts_) {
      std::set<Handle> with_a;
      for (const Node node : pair.a)
        for (const std::uint32_t r : holders(node)) with_a.insert(groups_.find(settled_[r]));
      std::set<Handle> divided;
      for (const Node node : pair.b)
        for (const std::uint32_t r : holders(node))
          if (const Handle group = groups_.find(settled_[r]); !torn_[r] && with_a.count(group) > 0)
            divided.insert(group);
      for (const Handle group : divided) divide(group, pair);
    }
  }

  void divide(Handle group, const Pair& pair) {
    constexpr std::uint8_t kA = 1;
    constexpr std::uint8_t kB = 2;
    std::unordered_map<std::uint32_t, std::uint8_t> side;  // members
    std::unordered_map<Node, std::uint8_t> mask;
    std::vector<Node> frontier;
    const auto mark = [&](Node node, std::uint8_t bit) {
      std::uint8_t& bits = mask[node];
      if ((bits & bit) != 0) return false;
      bits |= bit;
      frontier.push_back(node);
      return true;
    };
    const auto claim_for = [&](std::uint32_t r, std::uint8_t bit) {
      side[r] = bit;
      for (const Node node : nodes(r)) {
        if (!mark(node, bit)) continue;
        // What a person joined to it comes along: that word is stronger than an alias.
        std::vector<Node> along{node};
        while (!along.empty()) {
          const auto partners = partners_.find(along.back());
          along.pop_back();
          if (partners == partners_.end()) continue;
          for (const Node partner : partners->second)
            if (mark(partner, bit)) along.push_back(partner);
        }
      }
    };
    // The torn stand apart already, unless a person joined them to this group: then they stay with a.
    const auto seed = [&](const std::vector<Node>& ids, std::uint8_t bit) {
      for (const Node node : ids)
        for (const std::uint32_t r : holders(node))
          if (groups_.find(settled_[r]) == group && side.count(r) == 0) claim_for(r, bit);
    };
    seed(pair.a, kA);
    seed(pair.b, kB);
    while (!frontier.empty()) {
      std::vector<std::uint32_t> reached;
      for (const Node node : frontier)
        for (const std::uint32_t r : holders(node))
          if (groups_.find(settled_[r]) == group && side.try_emplace(r, std::uint8_t{0}).second) reached.push_back(r);
      frontier.clear();
      std::vector<std::uint8_t> bits;
      for (const std::uint32_t r : reached) {
        std::uint8_t touched = 0;
        for (const Node node : nodes(r))
          if (const auto at = mask.find(node); at != mask.end()) touched |= at->second;
        bits.push_back((touched & kA) != 0 ? kA : kB);
      }
      for (std::size_t i = 0; i < reached.size(); ++i) claim_for(reached[i], bits[i]);
    }
    const Handle other = groups_.add();
    std::vector<std::uint32_t> moved;
    for (const auto& [r, bit] : side)
      if (bit == kB) moved.push_back(r);
    for (const std::uint32_t r : moved) {
      settled_[r] = other;
      for (const Node node : nodes(r))
        if ((mask[node] & kA) != 0 && own_[r] != node) struck_[r].push_back(node);
    }
  }

  std::vector<Group> collect() {
    std::unordered_map<Handle, std::size_t> place;
    std::vector<Group> groups;
    for (std::size_t r = 0; r < records_.size(); ++r) {
      const Handle handle = groups_.find(settled_[r]);
      const auto [at, fresh] = place.try_emplace(handle, groups.size());
      if (fresh) {
        groups.emplace_back();
        groups.back().id = item_id(records_[r].source, records_[r].external_id);
      }
      groups[at->second].members.push_back(r);
    }
    for (Group& group : groups) {
      const std::size_t first = group.members.front();
      group.contested = group.members.size() == 1 && contested_[first];
      if (group.contested) strike_all_but_own(first);
      add_struck(group);
    }
    return groups;
  }

  void strike_all_but_own(std::size_t record) {
    for (const Node node : nodes(record))
      if (node != own_[record]) struck_[record].push_back(node);
  }

  // What is struck from one member but another one holds in its own right stays an id of the group.
  void add_struck(Group& group) const {
    std::set<Node> struck;
    for (const std::size_t r : group.members)
      if (const auto at = struck_.find(r); at != struck_.end()) struck.insert(at->second.begin(), at->second.end());
    if (struck.empty()) return;
    for (const std::size_t r : group.members) {
      const auto mine = struck_.find(r);
      const std::set<Node> without =
          mine == struck_.end() ? std::set<Node>{} : std::set<Node>(mine->second.begin(), mine->second.end());
      for (const Node node : nodes(r))
        if (without.count(node) == 0) struck.erase(node);
    }
    for (const Node node : struck)
      group.struck.push_back({std::string(keys_[node].scheme), std::string(keys_[node].value)});
    std::sort(group.struck.begin(), group.struck.end());
    group.struck.erase(std::unique(group.struck.begin(), group.struck.end()), group.struck.end());
  }

  std::span<const Identity> records_;
  std::unordered_map<NodeKey, Node, NodeHash> nodes_;
  std::vector<NodeKey> keys_;
  std::vector<std::uint32_t> seen_;  // by node: the last record that named it
  std::vector<Node> flat_;           // nodes of all records; begin_ says where each one's begin
  std::vector<std::size_t> begin_;
  std::vector<std::uint32_t> holders_;  // records of all nodes, in order of arrival
  std::vector<std::size_t> holders_begin_;
  std::vector<Node> own_;         // by record: the node of its own id
  std::vector<Node> own_cve_;     // by record
  std::vector<Handle> class_of_;  // by CVE node: its class; handles below class_count_ are classes
  std::size_t class_count_ = 0;

  std::vector<Pair> joins_;
  std::vector<Pair> parts_;
  std::unordered_map<Node, std::vector<Node>> partners_;  // joins_, by id
  std::vector<bool> torn_;                                // names both sides of a part
  std::unordered_map<std::size_t, std::vector<Node>> struck_;

  UnionFind groups_;
  std::vector<Handle> settled_;  // by record
  std::vector<bool> contested_;
  std::vector<Handle> owner_claims_;  // by node
  std::vector<Handle> alias_claims_;
  std::vector<Node> frontier_;           // nodes whose claims changed
  std::vector<std::uint64_t> round_of_;  // by record: the round that looked at it last
  std::uint64_t round_ = 0;
};

// --- fold ---

// Kinds from the gravest on: what an item is called when its records disagree.
int gravity(Kind kind) {
  static constexpr Kind kGravest[] = {Kind::malicious_package,
                                      Kind::vulnerability,
                                      Kind::incident,
                                      Kind::malware,
                                      Kind::case_study,
                                      Kind::campaign,
                                      Kind::actor,
                                      Kind::technique,
                                      Kind::risk_category,
                                      Kind::indicator,
                                      Kind::tool,
                                      Kind::tactic,
                                      Kind::mitigation,
                                      Kind::research,
                                      Kind::report,
                                      Kind::news,
                                      Kind::other};
  return static_cast<int>(std::find(std::begin(kGravest), std::end(kGravest), kind) - std::begin(kGravest));
}

std::string package_bytes(const versions::AffectedPackage& package) {
  std::string bytes;
  const auto add = [&bytes](std::string_view text) {
    bytes += std::to_string(text.size());
    bytes += ':';
    bytes += text;
  };
  add(package.ecosystem);
  add(package.name);
  for (const versions::Range& range : package.ranges) {
    bytes += 'r';
    bytes += static_cast<char>('0' + static_cast<int>(range.type));
    for (const versions::Event& event : range.events) {
      bytes += static_cast<char>('a' + static_cast<int>(event.kind));
      add(event.version);
    }
  }
  bytes += 'v';
  for (const std::string& version : package.versions) add(version);
  return bytes;
}

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

void fold_facets(std::span<const Record* const> ranked, std::vector<Facet>& out) {
  std::map<std::pair<std::string_view, std::string_view>, const Facet*> best;
  for (const Record* record : ranked)
    for (const Facet& facet : record->affects.facets) {
      const Facet*& slot = best[{facet.facet, facet.value}];
      if (slot == nullptr || (slot->evidence != "stated" && facet.evidence == "stated")) slot = &facet;
    }
  for (const auto& [name, facet] : best) out.push_back(*facet);
}

std::string name_of(std::span<const Record* const> ranked, const std::vector<Id>& ids, const std::set<Id>& struck) {
  std::vector<Id> own_cves;
  for (const Record* record : ranked) {
    std::vector<Id> held;
    for (const Id& id : record->ids)
      if (struck.count(id) == 0) held.push_back(id);
    if (const Id* cve = own_cve(held)) own_cves.push_back(*cve);
  }
  if (const Id* name = best(own_cves)) return name->value;
  std::vector<Id> others;
  for (const Id& id : ids)
    if (id.scheme != "cve") others.push_back(id);
  if (const Id* name = best(others)) return name->value;
  if (const Id* name = best(ids)) return name->value;
  return ranked.front()->external_id;
}

}  // namespace

std::vector<Group> group(std::span<const Identity> records, std::span<const Bond> bonds) {
  assert(records.size() < kMany);
  if (records.empty()) return {};
  return Grouping(records, bonds).run();
}

std::vector<Id> identity_ids(const Identity& record) {
  std::vector<Id> ids;
  std::set<Id> seen;
  for (const Id& id : record.ids)
    if (!id.value.empty() && joins(id.scheme) && seen.insert(id).second) ids.push_back(id);
  return ids;
}

const Id* own_cve(const std::vector<Id>& ids) {
  if (ids.empty()) return nullptr;
  if (ids.front().scheme == "cve") return &ids.front();
  const Id* only = nullptr;
  for (const Id& id : ids) {
    if (id.scheme != "cve" || (only != nullptr && *only == id)) continue;
    if (only != nullptr) return nullptr;
    only = &id;
  }
  return only;
}

Item fold(std::span<const Record* const> records, std::span<const Id> struck_ids) {
  assert(!records.empty());
  const std::set<Id> struck(struck_ids.begin(), struck_ids.end());

  std::vector<const Record*> ranked(records.begin(), records.end());
  const auto rank = [](const Record* record) {
    return std::pair(record->withdrawn.has_value(),
                     record->ids.empty() ? preference("") : preference(record->ids.front().scheme));
  };
  std::stable_sort(ranked.begin(), ranked.end(), [&](const Record* a, const Record* b) { return rank(a) < rank(b); });
  const auto in_force = static_cast<std::size_t>(
      std::count_if(ranked.begin(), ranked.end(), [](const Record* record) { return !record->withdrawn; }));
  const std::span<const Record* const> all(ranked);
  const std::span<const Record* const> speaking = all.first(in_force);
  const std::span<const Record* const> judged = in_force > 0 ? speaking : all;

  Item item;
  item.id = item_id(records.front()->source, records.front()->external_id);
  for (const Record* record : records) item.records.push_back(record->digest);

  std::unordered_map<std::string_view, std::size_t> url_at;
  for (const Record* record : all) {
    if (item.title.empty()) item.title = record->title;
    if (item.summary.empty()) item.summary = record->summary;
    item.sources.push_back(record->source);
    for (const Id& id : record->ids)
      if (struck.count(id) == 0) item.ids.push_back(id);
    for (const std::string& technique : record->techniques) item.techniques.push_back(technique);
    for (const Link& link : record->links) item.links.push_back(link);
    for (const Reference& reference : record->references) {
      const auto at = url_at.find(reference.url);
      if (at != url_at.end()) {
        if (item.references[at->second].title.empty()) item.references[at->second].title = reference.title;
      } else if (item.references.size() < kMaxItemReferences) {
        url_at.emplace(reference.url, item.references.size());
        item.references.push_back(reference);
      }
    }
    if (record->published && (!item.published || *record->published < *item.published))
      item.published = record->published;
    if (record->modified && (!item.modified || *item.modified < *record->modified)) item.modified = record->modified;
  }
  if (in_force == 0)
    for (const Record* record : all)
      if (!item.withdrawn || *item.withdrawn < *record->withdrawn) item.withdrawn = record->withdrawn;

  item.kind = Kind::other;
  for (const Record* record : judged) {
    if (gravity(record->kind) < gravity(item.kind)) item.kind = record->kind;
    item.severity = std::max(item.severity, record->severity);
  }
  for (const Record* record : judged)
    if (item.cvss.empty() && record->severity == item.severity) item.cvss = record->cvss;

  std::unordered_set<std::string> packages;
  for (const Record* record : speaking)
    for (const versions::AffectedPackage& package : record->affects.packages)
      if (packages.insert(package_bytes(package)).second) item.affects.packages.push_back(package);
  fold_facets(speaking, item.affects.facets);

  sort_unique(item.sources);
  sort_unique(item.techniques);
  sort_unique(item.links);
  std::sort(item.ids.begin(), item.ids.end(), is_better);
  item.ids.erase(std::unique(item.ids.begin(), item.ids.end()), item.ids.end());
  item.name = name_of(all, item.ids, struck);
  const auto named =
      std::find_if(item.ids.begin(), item.ids.end(), [&](const Id& id) { return id.value == item.name; });
  if (named != item.ids.end()) std::rotate(item.ids.begin(), named, named + 1);
  return item;
}

}  // namespace tocsin::intel
