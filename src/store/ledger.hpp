// The ledger's mathematics: an RFC 9162 Merkle tree and its signed checkpoints. Pure; no storage, no clock.
//
// Leaf hashes are SHA-256(0x00 ‖ entry), nodes SHA-256(0x01 ‖ left ‖ right), the empty tree is SHA-256 of nothing
// (RFC 9162, section 2.1). Only the hashes of full subtrees are kept, (level, index) covering the leaves
// [index·2^level, (index+1)·2^level): they never change once written, so a store may refuse their update. Format of
// entries and checkpoints: docs/formats/ledger.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "base/signature.hpp"

namespace tocsin::store::ledger {

// The kinds of entries (docs/formats/ledger.md), in the order in which they are told.
std::span<const std::string_view> entry_kinds();

Digest leaf_hash(std::string_view entry);
Digest node_hash(const Digest& left, const Digest& right);
Digest empty_root();

// Where hashes of full subtrees come from. `internal` when the node is missing: the tree is damaged.
using Nodes = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

struct Node {
  unsigned level = 0;
  std::uint64_t index = 0;
  Digest hash;
};

// Grows a tree leaf by leaf, keeping one hash a level. Cost: about two hashes a leaf.
class Appender {
 public:
  // Goes on from a tree of `size` leaves: reads one node for each bit set in `size`.
  static Result<Appender> resume(std::uint64_t size, const Nodes& nodes);
  Appender() = default;
  // Adds a leaf; `made` gets every full subtree that it completes, the leaf itself first.
  void append(const Digest& leaf, std::vector<Node>& made);
  void append(const Digest& leaf);
  std::uint64_t size() const { return size_; }
  Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;  // largest subtree first, one for each bit set in size_
};

// Root over a list of leaf hashes.
Digest root_of(std::span<const Digest> leaves);
// Root of the first `size` leaves of a stored tree.
Result<Digest> root_at(std::uint64_t size, const Nodes& nodes);

// Sibling hashes from the leaf upwards (RFC 9162, 2.1.3.1). `refused` unless index < size.
Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size, const Nodes& nodes);
Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::span<const Digest> leaves);
// 2.1.3.2. The error says what does not hold.
Result<> verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size, std::span<const Digest> path,
                          const Digest& root);

// That the first `older` leaves of the tree of `newer` are those of the older tree (2.1.4.1). `refused` unless
// older <= newer.
Result<std::vector<Digest>> consistency_proof(std::uint64_t older, std::uint64_t newer, const Nodes& nodes);
// 2.1.4.2.
Result<> verify_consistency(std::uint64_t older, const Digest& older_root, std::uint64_t newer,
                            const Digest& newer_root, std::span<const Digest> path);

// A C2SP tlog-checkpoint in a C2SP signed note:
//   <origin>\n<size>\n<base64 root>\n\n— <origin> <base64(key id ‖ signature)>\n
// The key id is the first 4 bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key); 0x01 is Ed25519.
struct Checkpoint {
  std::string origin;  // "tocsin/<organisation or workspace id>": no blank, no '+', no line break
  std::uint64_t size = 0;
  Digest root;
  bool operator==(const Checkpoint&) const = default;
};
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);
// What the text says, its signature not looked at. `malformed` with the line. Extension lines are skipped, as C2SP
// asks for.
Result<Checkpoint> parse_checkpoint(std::string_view note);
// What it says, when a signature line by `key` holds; `refused` otherwise. Lines of other signers are ignored.
Result<Checkpoint> open_checkpoint(std::string_view note, const PublicKey& key);

// A name that may stand in a note: other characters become '-'.
std::string safe_origin(std::string_view text);

}  // namespace tocsin::store::ledger
