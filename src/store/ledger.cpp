// An RFC 9162 tree without the tree: every hash that is ever needed is one of a full subtree, or a fold of at most 64
// of them.
//
// A range of leaves [first, first + n) that occurs in a proof always begins at a multiple of the largest power of two
// below its length, so it is either one full subtree (one stored node) or splits at that power into two such ranges:
// `range_hash`. Proofs are written down with the recursive definitions of sections 2.1.3.1 and 2.1.4.1, checked with
// the loops of 2.1.3.2 and 2.1.4.2.
#include "store/ledger.hpp"

#include <bit>
#include <charconv>

#include <fmt/format.h>

#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::store::ledger {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // em dash and blank: how a signature line of a note begins
constexpr std::size_t kMaxNote = 64 * 1024;          // notes have a few hundred bytes; a person may hand us any file
constexpr char kEd25519 = 0x01;                      // signature type of C2SP signed-note

// The largest power of two below n; n >= 2.
std::uint64_t split_of(std::uint64_t n) {
  return std::uint64_t{1} << (std::bit_width(n - 1) - 1);
}

Result<Digest> range_hash(std::uint64_t first, std::uint64_t n, const Nodes& nodes) {
  if (std::has_single_bit(n)) {
    const unsigned level = static_cast<unsigned>(std::countr_zero(n));
    return nodes(level, first >> level);
  }
  const std::uint64_t k = split_of(n);
  TOCSIN_TRY(const Digest left, range_hash(first, k, nodes));
  TOCSIN_TRY(const Digest right, range_hash(first + k, n - k, nodes));
  return node_hash(left, right);
}

Result<> path_of(std::uint64_t index, std::uint64_t first, std::uint64_t n, const Nodes& nodes,
                 std::vector<Digest>& path) {
  if (n == 1) return {};
  const std::uint64_t k = split_of(n);
  const bool left = index < k;
  TOCSIN_CHECK(left ? path_of(index, first, k, nodes, path) : path_of(index - k, first + k, n - k, nodes, path));
  TOCSIN_TRY(const Digest sibling, left ? range_hash(first + k, n - k, nodes) : range_hash(first, k, nodes));
  path.push_back(sibling);
  return {};
}

// SUBPROOF(m, D[first, first + n), whole) of section 2.1.4.1.
Result<> subproof(std::uint64_t m, std::uint64_t first, std::uint64_t n, bool whole, const Nodes& nodes,
                  std::vector<Digest>& path) {
  if (m == n) {
    if (whole) return {};
    TOCSIN_TRY(const Digest hash, range_hash(first, n, nodes));
    path.push_back(hash);
    return {};
  }
  const std::uint64_t k = split_of(n);
  if (m <= k) {
    TOCSIN_CHECK(subproof(m, first, k, whole, nodes, path));
    TOCSIN_TRY(const Digest right, range_hash(first + k, n - k, nodes));
    path.push_back(right);
    return {};
  }
  TOCSIN_CHECK(subproof(m - k, first + k, n - k, false, nodes, path));
  TOCSIN_TRY(const Digest left, range_hash(first, k, nodes));
  path.push_back(left);
  return {};
}

std::string note_text(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, to_base64(checkpoint.root.view()));
}

std::string key_id(std::string_view name, const PublicKey& key) {
  std::string text(name);
  text += '\n';
  text += kEd25519;
  text += key.raw;
  return std::string(sha256(text).view().substr(0, 4));
}

struct Note {
  std::string_view text;  // what is signed, with its last line break
  std::vector<std::string_view> signatures;
};

Result<Note> split_note(std::string_view note) {
  if (note.size() > kMaxNote) return fail(Code::refused, fmt::format("a checkpoint has at most {} bytes", kMaxNote));
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos)
    return fail(Code::malformed, "a checkpoint has a blank line before its signatures");
  Note out;
  out.text = note.substr(0, blank + 1);
  for (const std::string_view line : split_lines(note.substr(blank + 2))) {
    if (!line.starts_with(kDash)) return fail(Code::malformed, "a signature line of a checkpoint begins with a dash");
    out.signatures.push_back(line.substr(kDash.size()));
  }
  if (out.signatures.empty()) return fail(Code::malformed, "the checkpoint has no signature line");
  return out;
}

Result<Checkpoint> parse_text(std::string_view text) {
  const auto lines = split(text, '\n');
  if (lines.size() < 4) return fail(Code::malformed, "a checkpoint has three lines before its blank one");
  Checkpoint out;
  out.origin = lines[0];
  if (out.origin.empty() || out.origin != safe_origin(out.origin))
    return fail_line(Code::malformed, "the origin of a checkpoint is a name without blanks and '+'", 1);
  const std::string_view size = lines[1];
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), out.size);
  if (error != std::errc() || end != size.data() + size.size() || (size.size() > 1 && size[0] == '0'))
    return fail_line(Code::malformed, "the size in a checkpoint is a decimal number", 2);
  const auto root = from_base64(lines[2]);
  if (!root || root->size() != out.root.bytes.size() || to_base64(*root) != lines[2])
    return fail_line(Code::malformed, "the root in a checkpoint is 32 bytes of base64", 3);
  std::copy(root->begin(), root->end(), out.root.bytes.begin());
  return out;
}

}  // namespace

std::span<const std::string_view> entry_kinds() {
  static constexpr std::string_view kKinds[] = {"store",   "layout", "config",     "source", "run",      "merge",
                                                "split",   "bond",   "estate",     "status", "decision", "reopen",
                                                "restore", "action", "assessment", "erase",  "prune"};
  return kKinds;
}

Digest leaf_hash(std::string_view entry) {
  if (entry.size() < 1024) {
    char bytes[1024 + 1];
    bytes[0] = 0;
    std::copy(entry.begin(), entry.end(), bytes + 1);
    return sha256({bytes, entry.size() + 1});
  }
  return Sha256().add(std::string_view("\0", 1)).add(entry).finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  char bytes[65];
  bytes[0] = 1;
  std::copy(left.bytes.begin(), left.bytes.end(), bytes + 1);
  std::copy(right.bytes.begin(), right.bytes.end(), bytes + 33);
  return sha256({bytes, sizeof bytes});
}

Digest empty_root() {
  return sha256({});
}

Result<Appender> Appender::resume(std::uint64_t size, const Nodes& nodes) {
  Appender out;
  out.size_ = size;
  std::uint64_t first = 0;
  for (int bit = 63; bit >= 0; --bit) {
    if ((size >> bit & 1) == 0) continue;
    TOCSIN_TRY(const Digest peak, nodes(static_cast<unsigned>(bit), first >> bit));
    out.peaks_.push_back(peak);
    first += std::uint64_t{1} << bit;
  }
  return out;
}

void Appender::append(const Digest& leaf, std::vector<Node>& made) {
  Digest hash = leaf;
  unsigned level = 0;
  made.push_back({level, size_, hash});
  for (std::uint64_t left = size_; (left & 1) != 0; left >>= 1) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
    ++level;
    made.push_back({level, size_ >> level, hash});
  }
  peaks_.push_back(hash);
  ++size_;
}

void Appender::append(const Digest& leaf) {
  Digest hash = leaf;
  for (std::uint64_t left = size_; (left & 1) != 0; left >>= 1) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  ++size_;
}

Digest Appender::root() const {
  if (peaks_.empty()) return empty_root();
  Digest root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) root = node_hash(peaks_[i], root);
  return root;
}

Digest root_of(std::span<const Digest> leaves) {
  Appender tree;
  for (const Digest& leaf : leaves) tree.append(leaf);
  return tree.root();
}

Result<Digest> root_at(std::uint64_t size, const Nodes& nodes) {
  TOCSIN_TRY(const Appender tree, Appender::resume(size, nodes));
  return tree.root();
}

Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::uint64_t size, const Nodes& nodes) {
  if (index >= size) return fail(Code::refused, fmt::format("there is no entry {} in a tree of {}", index, size));
  std::vector<Digest> path;
  TOCSIN_CHECK(path_of(index, 0, size, nodes, path));
  return path;
}

Result<std::vector<Digest>> inclusion_proof(std::uint64_t index, std::span<const Digest> leaves) {
  std::vector<std::vector<Digest>> levels(1, std::vector<Digest>(leaves.begin(), leaves.end()));
  while (levels.back().size() > 1) {
    const auto& below = levels.back();
    std::vector<Digest> above;
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) above.push_back(node_hash(below[i], below[i + 1]));
    levels.push_back(std::move(above));
  }
  return inclusion_proof(index, leaves.size(), [&](unsigned level, std::uint64_t at) -> Result<Digest> {
    if (level >= levels.size() || at >= levels[level].size()) return fail(Code::internal, "no such node");
    return levels[level][at];
  });
}

Result<> verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size, std::span<const Digest> path,
                          const Digest& root) {
  if (index >= size) return fail(Code::refused, fmt::format("there is no entry {} in a tree of {}", index, size));
  std::uint64_t fn = index;
  std::uint64_t sn = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : path) {
    if (sn == 0) return fail(Code::malformed, "the proof is longer than the tree is high");
    if ((fn & 1) != 0 || fn == sn) {
      hash = node_hash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      hash = node_hash(hash, sibling);
    }
    fn >>= 1, sn >>= 1;
  }
  if (sn != 0) return fail(Code::malformed, "the proof is shorter than the tree is high");
  if (hash != root) return fail(Code::malformed, "the proof leads to another root");
  return {};
}

Result<std::vector<Digest>> consistency_proof(std::uint64_t older, std::uint64_t newer, const Nodes& nodes) {
  if (older > newer) return fail(Code::refused, fmt::format("a tree of {} is not older than one of {}", older, newer));
  std::vector<Digest> path;
  if (older == 0 || older == newer) return path;
  TOCSIN_CHECK(subproof(older, 0, newer, true, nodes, path));
  return path;
}

Result<> verify_consistency(std::uint64_t older, const Digest& older_root, std::uint64_t newer,
                            const Digest& newer_root, std::span<const Digest> path) {
  if (older > newer) return fail(Code::refused, fmt::format("a tree of {} is not older than one of {}", older, newer));
  if (older == newer || older == 0) {
    if (!path.empty()) return fail(Code::malformed, "the proof should be empty");
    if (older == newer && older_root != newer_root)
      return fail(Code::malformed, "two trees of one size have different roots");
    if (older == 0 && older_root != empty_root())
      return fail(Code::malformed, "the older root is not that of the empty tree");
    return {};
  }
  std::vector<Digest> steps;
  if (std::has_single_bit(older)) steps.push_back(older_root);
  steps.insert(steps.end(), path.begin(), path.end());
  if (steps.empty()) return fail(Code::malformed, "the proof is empty");
  std::uint64_t fn = older - 1;
  std::uint64_t sn = newer - 1;
  while ((fn & 1) != 0) fn >>= 1, sn >>= 1;
  Digest old_hash = steps[0];
  Digest new_hash = steps[0];
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (sn == 0) return fail(Code::malformed, "the proof is longer than the tree is high");
    if ((fn & 1) != 0 || fn == sn) {
      old_hash = node_hash(steps[i], old_hash);
      new_hash = node_hash(steps[i], new_hash);
      while ((fn & 1) == 0 && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      new_hash = node_hash(new_hash, steps[i]);
    }
    fn >>= 1, sn >>= 1;
  }
  if (sn != 0) return fail(Code::malformed, "the proof is shorter than the tree is high");
  if (old_hash != older_root) return fail(Code::malformed, "the proof does not lead to the older root");
  if (new_hash != newer_root) return fail(Code::malformed, "the proof does not lead to the newer root");
  return {};
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  std::string note = note_text(checkpoint);
  const std::string signature = key.sign(note);
  const std::string id = key_id(checkpoint.origin, key.public_key());
  note += fmt::format("\n{}{} {}\n", kDash, checkpoint.origin, to_base64(id + signature));
  return note;
}

Result<Checkpoint> parse_checkpoint(std::string_view note) {
  TOCSIN_TRY(const Note parts, split_note(note));
  return parse_text(parts.text);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const PublicKey& key) {
  TOCSIN_TRY(const Note parts, split_note(note));
  TOCSIN_TRY(Checkpoint out, parse_text(parts.text));
  const std::string id = key_id(out.origin, key);
  bool ours = false;
  for (const std::string_view line : parts.signatures) {
    const auto blank = line.rfind(' ');
    if (blank == std::string_view::npos || line.substr(0, blank) != out.origin) continue;
    const auto bytes = from_base64(line.substr(blank + 1));
    if (!bytes || !bytes->starts_with(id)) continue;
    ours = true;
    if (verify_signature(key, parts.text, std::string_view(*bytes).substr(id.size()))) return out;
  }
  return fail(Code::refused, ours ? "the signature of the checkpoint does not hold"
                                  : "the checkpoint is not signed by the key " + key.fingerprint());
}

std::string safe_origin(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       c == '.' || c == '_' || c == '-' || c == '/' || c == ':';
    out += plain ? c : '-';
  }
  return out;
}

}  // namespace tocsin::store::ledger
