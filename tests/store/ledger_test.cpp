#include "store/ledger.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/file.hpp"
#include "base/text.hpp"
#include "store/world.hpp"

namespace tocsin::store::ledger {
namespace {

using test::key_of;

TEST(EntryKinds, AreThoseOfTheFormatsPage) {
  const auto page = read_file(std::filesystem::path(TOCSIN_SOURCE_DIR) / "docs/formats/ledger.md", 1 << 20);
  ASSERT_TRUE(page) << page.error().message();
  const std::size_t table = page->find("| kind | subject | body |");
  ASSERT_NE(table, std::string::npos);
  std::set<std::string> told;
  for (std::string_view line : split_lines(std::string_view(*page).substr(table, page->find("\n\n", table) - table))) {
    const auto cells = ::tocsin::split(line, '|');  // "", "`store`, `layout`", ...
    if (cells.size() < 2 || cells[1].find('`') == std::string_view::npos) continue;
    const auto words = ::tocsin::split(cells[1], '`');
    for (std::size_t i = 1; i < words.size(); i += 2) told.insert(std::string(words[i]));
  }
  const auto kinds = entry_kinds();
  EXPECT_EQ(told, std::set<std::string>(kinds.begin(), kinds.end()));
}

// Section 2.1 of RFC 9162 written down as it stands, with copies and recursion: what the real one is compared with.
std::size_t split(std::size_t n) {
  std::size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
Digest slow_root(std::vector<Digest> d) {
  if (d.empty()) return sha256("");
  if (d.size() == 1) return d[0];
  const auto k = static_cast<std::ptrdiff_t>(split(d.size()));
  return sha256("\x01" + std::string(slow_root({d.begin(), d.begin() + k}).view()) +
                std::string(slow_root({d.begin() + k, d.end()}).view()));
}
std::vector<Digest> slow_path(std::size_t m, std::vector<Digest> d) {
  if (d.size() == 1) return {};
  const std::size_t k = split(d.size());
  const std::vector<Digest> left(d.begin(), d.begin() + static_cast<std::ptrdiff_t>(k));
  const std::vector<Digest> right(d.begin() + static_cast<std::ptrdiff_t>(k), d.end());
  auto path = m < k ? slow_path(m, left) : slow_path(m - k, right);
  path.push_back(m < k ? slow_root(right) : slow_root(left));
  return path;
}
std::vector<Digest> slow_subproof(std::size_t m, std::vector<Digest> d, bool whole) {
  if (m == d.size()) return whole ? std::vector<Digest>{} : std::vector<Digest>{slow_root(d)};
  const std::size_t k = split(d.size());
  const std::vector<Digest> left(d.begin(), d.begin() + static_cast<std::ptrdiff_t>(k));
  const std::vector<Digest> right(d.begin() + static_cast<std::ptrdiff_t>(k), d.end());
  auto path = m <= k ? slow_subproof(m, left, whole) : slow_subproof(m - k, right, false);
  path.push_back(m <= k ? slow_root(right) : slow_root(left));
  return path;
}

// A stored tree: full subtrees by level and index.
struct Stored {
  std::map<std::pair<unsigned, std::uint64_t>, Digest> nodes;
  std::vector<Digest> leaves;
  Appender tree;
  void add(std::string_view entry) {
    leaves.push_back(leaf_hash(entry));
    std::vector<Node> made;
    tree.append(leaves.back(), made);
    for (const Node& node : made)
      EXPECT_TRUE(nodes.emplace(std::pair(node.level, node.index), node.hash).second) << "written twice";
  }
  Nodes source() const {
    return [this](unsigned level, std::uint64_t index) -> Result<Digest> {
      const auto found = nodes.find({level, index});
      if (found == nodes.end()) return fail(Code::internal, "no node");
      return found->second;
    };
  }
};

// The entries of the test vectors of Certificate Transparency (google/certificate-transparency, merkle_tree_test) and
// their roots.
TEST(MerkleTree, HasTheRootsOfThePublishedVectors) {
  const std::vector<std::string> entries = {"",
                                            std::string(1, '\0'),
                                            "\x10",
                                            "\x20\x21",
                                            "\x30\x31",
                                            "\x40\x41\x42\x43",
                                            "\x50\x51\x52\x53\x54\x55\x56\x57",
                                            "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  const std::vector<std::string> roots = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  EXPECT_EQ(empty_root().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Stored stored;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    stored.add(entries[i]);
    EXPECT_EQ(stored.tree.root().hex(), roots[i]) << i + 1;
  }
}

TEST(MerkleTree, AgreesWithTheDefinitionsForEverySizeAndProof) {
  constexpr std::size_t kSizes = 70;
  Stored stored;
  for (std::size_t n = 1; n <= kSizes; ++n) {
    stored.add("entry " + std::to_string(n));
    const Digest root = slow_root(stored.leaves);
    ASSERT_EQ(stored.tree.root(), root) << n;
    ASSERT_EQ(root_of(stored.leaves), root) << n;
    ASSERT_EQ(Appender::resume(n, stored.source())->root(), root) << n;
    for (std::size_t m = 0; m < n; ++m) {
      const auto path = inclusion_proof(m, n, stored.source());
      ASSERT_OK(path);
      ASSERT_EQ(*path, slow_path(m, stored.leaves));
      ASSERT_EQ(*path, *inclusion_proof(m, stored.leaves));
      ASSERT_OK(verify_inclusion(stored.leaves[m], m, n, *path, root));
      ASSERT_FALSE(verify_inclusion(stored.leaves[m], (m + 1) % n, n, *path, root) && n > 1);
      if (!path->empty()) {
        ASSERT_FALSE(verify_inclusion(stored.leaves[m], m, n, std::span(*path).first(path->size() - 1), root));
      }
    }
    for (std::size_t m = 1; m <= n; ++m) {
      const Digest older = *root_at(m, stored.source());
      const auto path = consistency_proof(m, n, stored.source());
      ASSERT_OK(path);
      if (m < n) {
        ASSERT_EQ(*path, slow_subproof(m, stored.leaves, true));
      }
      ASSERT_OK(verify_consistency(m, older, n, root, *path));
      ASSERT_FALSE(verify_consistency(m, sha256("other"), n, root, *path));
      ASSERT_FALSE(verify_consistency(m, older, n, sha256("other"), *path));
    }
  }
  EXPECT_FALSE(inclusion_proof(kSizes, kSizes, stored.source()));
  EXPECT_FALSE(consistency_proof(kSizes + 1, kSizes, stored.source()));
}

TEST(ACheckpoint, IsASignedNote) {
  const SigningKey key = key_of("signer");
  const Checkpoint checkpoint{"tocsin/test", 42, sha256("root")};
  const std::string note = sign_checkpoint(checkpoint, key);
  EXPECT_EQ(note.substr(0, note.find("\n\n") + 2), "tocsin/test\n42\n" + to_base64(checkpoint.root.view()) + "\n\n");
  EXPECT_TRUE(note.substr(note.find("\n\n") + 2).starts_with("\xe2\x80\x94 tocsin/test "));
  const auto opened = open_checkpoint(note, key.public_key());
  ASSERT_OK(opened);
  EXPECT_EQ(*opened, checkpoint);
  EXPECT_EQ(*parse_checkpoint(note), checkpoint);
  EXPECT_EQ(open_checkpoint(note, key_of("other").public_key()).error().code, Code::refused);
  const std::string cosigned = note + "\xe2\x80\x94 witness.example.org " + to_base64(std::string(68, 'w')) + "\n";
  EXPECT_OK(open_checkpoint(cosigned, key.public_key()));
  for (std::size_t i = 0; i < note.size(); ++i) {
    std::string bent = note;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    const auto other = open_checkpoint(bent, key.public_key());
    EXPECT_FALSE(other && !(*other == checkpoint)) << i;
  }
}

TEST(ACheckpoint, IsRefusedWithTheReason) {
  const SigningKey key = key_of("signer");
  const std::string note = sign_checkpoint({"o", 1, sha256("r")}, key);
  for (const std::string& text :
       {std::string(), std::string("\n\n"), std::string("o\n1\n\n"), "o\n01\n" + note.substr(4),
        "o o\n" + note.substr(2), note.substr(0, note.size() / 2), std::string(1 << 20, 'x'),
        std::string("o\n18446744073709551616\n" + note.substr(4))}) {
    const auto opened = open_checkpoint(text, key.public_key());
    ASSERT_FALSE(opened);
    EXPECT_FALSE(opened.error().what.empty());
  }
  EXPECT_EQ(safe_origin("Acme & Söhne+1\n"), "Acme---S--hne-1-");
}

}  // namespace
}  // namespace tocsin::store::ledger
