#include "scan/models/hdf5/file.hpp"

#include <algorithm>
#include <bit>

namespace tocsin::scan::models::hdf5 {
namespace {

constexpr std::string_view kMark = "\x89HDF\r\n\x1a\n";
constexpr std::size_t kMaxBlocks = 4096;         // continuation blocks of one object header; real ones have two
constexpr std::size_t kMaxNodes = 500'000;       // B-tree nodes of one file
constexpr std::uint64_t kMaxWork = 50'000'000;   // entries of trees and collections read in one file
constexpr std::size_t kMaxAttributes = 100'000;  // of one object
constexpr std::size_t kMaxLinks = 300'000;       // of one group
constexpr std::size_t kMaxProblems = 20;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

unsigned log2_of(std::uint64_t value) {
  return value == 0 ? 0 : static_cast<unsigned>(std::bit_width(value)) - 1;
}
unsigned bytes_for(std::uint64_t limit) {
  return log2_of(limit) / 8 + 1;
}

}  // namespace

std::uint64_t Cursor::number(unsigned size) {
  if (left() < size) {
    bad_ = true;
    at_ = bytes_.size();
    return 0;
  }
  std::uint64_t out = 0;
  for (unsigned i = 0; i < size && i < 8; ++i)
    out |= static_cast<std::uint64_t>(std::to_integer<std::uint8_t>(bytes_[at_ + i])) << (8 * i);
  at_ += size;
  return out;
}

std::span<const std::byte> Cursor::take(std::uint64_t n) {
  if (left() < n) {
    bad_ = true;
    at_ = bytes_.size();
    return {};
  }
  const auto out = bytes_.subspan(at_, n);
  at_ += n;
  return out;
}

bool Cursor::is(std::string_view mark) {
  return as_text(take(mark.size())) == mark;
}

std::string_view Cursor::text() {
  const auto rest = as_text(bytes_.subspan(at_));
  const auto end = rest.find('\0');
  if (end == std::string_view::npos) {
    bad_ = true;
    at_ = bytes_.size();
    return {};
  }
  at_ += end + 1;
  return rest.substr(0, end);
}

std::optional<std::uint64_t> File::begins(std::span<const std::byte> bytes) {
  const auto text = as_text(bytes);
  if (text.starts_with(kMark)) return 0;
  for (std::uint64_t at = 512; at + kMark.size() <= bytes.size(); at *= 2)
    if (text.substr(at, kMark.size()) == kMark) return at;
  return std::nullopt;
}

File::File(std::span<const std::byte> bytes) : bytes_(bytes) {
  if (const auto at = begins(bytes)) superblock(*at);
}

void File::problem(std::string what, std::uint64_t at) {
  if (problems_.size() < kMaxProblems) problems_.push_back({std::move(what), at});
}
void File::skip(std::string what, std::uint64_t at) {
  if (skipped_.size() < kMaxProblems) skipped_.push_back({std::move(what), at});
}

bool File::spend(std::uint64_t entries) {
  if (spent_ > kMaxWork) return false;
  spent_ += entries;
  if (spent_ > kMaxWork) skip("more entries than any model has", 0);
  return spent_ <= kMaxWork;
}

bool File::visit(std::uint64_t node, std::string_view what) {
  if (nodes_.size() >= kMaxNodes) {
    skip("a tree with too many nodes", node);
    return false;
  }
  if (nodes_.insert(node).second) return true;
  problem(std::string(what) + " is made of the same node twice", node);
  return false;
}

std::uint64_t File::offset(Cursor& in) {
  const std::uint64_t value = in.number(offsets_);
  return offsets_ < 8 && value == (1ull << (8 * offsets_)) - 1 ? kNowhere : value;
}

std::span<const std::byte> File::from(std::uint64_t address, std::string_view what) {
  if (address == kNowhere || address > bytes_.size() - std::min<std::uint64_t>(base_, bytes_.size()) ||
      address + base_ >= bytes_.size()) {
    problem(std::string(what) + " stands outside the file", address == kNowhere ? 0 : address);
    return {};
  }
  return bytes_.subspan(base_ + address);
}

std::span<const std::byte> File::piece(std::uint64_t address, std::uint64_t size, std::string_view what) {
  const auto rest = from(address, what);
  if (rest.empty()) return {};
  if (size > rest.size()) {
    problem(std::string(what) + " runs past the end of the file", address);
    return {};
  }
  return rest.first(size);
}

void File::superblock(std::uint64_t at) {
  Cursor in(bytes_.subspan(at));
  in.skip(8);
  const unsigned version = in.u8();
  if (version <= 1) {
    in.skip(4);  // versions of free space, root group; reserved; version of shared headers
    offsets_ = in.u8();
    lengths_ = in.u8();
    in.skip(1 + 2 + 2 + 4);  // reserved, two K, flags
    if (version == 1) in.skip(4);
  } else if (version <= 3) {
    offsets_ = in.u8();
    lengths_ = in.u8();
    in.skip(1);
  } else {
    return problem("superblock version " + std::to_string(version) + " is not known", at);
  }
  const auto fine = [](unsigned size) { return size == 2 || size == 4 || size == 8; };
  if (!fine(offsets_) || !fine(lengths_)) {
    offsets_ = lengths_ = 8;
    return problem("addresses of an impossible size", at);
  }
  base_ = offset(in);
  const std::uint64_t second = offset(in);  // free space, or the superblock's extension
  promised_ = offset(in);
  if (base_ > bytes_.size()) {
    base_ = at;
    problem("the base address stands outside the file", at);
  }
  // A user block before the superblock: addresses count from the base, which may be given as 0 for the superblock itself.
  if (base_ != at && base_ == 0) base_ = at;
  if (version <= 1) {
    in.skip(offsets_);  // driver information
    in.skip(offsets_);  // link name
    root_ = offset(in);
    const std::uint32_t cached = in.u32();
    in.skip(4);
    if (cached == 1) {
      root_tree_ = offset(in);
      root_heap_ = offset(in);
    }
  } else {
    root_ = offset(in);
    if (second != kNowhere) static_cast<void>(from(second, "the superblock's extension"));
  }
  if (in.bad()) {
    root_ = kNowhere;
    problem("the superblock is cut short", at);
  }
}

Object File::object(std::uint64_t address) {
  Object out;
  const auto whole = from(address, "an object");
  if (whole.empty()) return out;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> more;
  Cursor in(whole);
  const bool second = as_text(whole).starts_with("OHDR");
  bool ordered = false;
  if (second) {
    in.skip(4);
    if (in.u8() != 2) problem("an object header of an unknown version", address);
    const unsigned flags = in.u8();
    if (flags & 0x20) in.skip(16);
    if (flags & 0x10) in.skip(4);
    ordered = (flags & 0x04) != 0;
    const std::uint64_t size = in.number(1u << (flags & 3));
    const auto chunk = in.take(size);
    if (in.bad()) problem("an object header runs past the end of the file", address);
    messages_v2(out, Cursor(chunk), ordered, more);
  } else if (std::to_integer<int>(whole[0]) == 1) {
    in.skip(2);
    in.skip(2 + 4);  // number of messages, references
    const std::uint64_t size = in.u32();
    in.skip(4);
    const auto chunk = in.take(size);
    if (in.bad()) problem("an object header runs past the end of the file", address);
    messages_v1(out, Cursor(chunk), more);
  } else {
    problem("something else stands where an object header should be", address);
    return out;
  }
  std::unordered_set<std::uint64_t> seen;
  for (std::size_t i = 0; i < more.size(); ++i) {
    if (i >= kMaxBlocks || !seen.insert(more[i].first).second) {
      problem("an object header goes round in circles", more[i].first);
      break;
    }
    const auto block = piece(more[i].first, more[i].second, "a part of an object header");
    if (block.empty()) continue;
    Cursor inner(block);
    if (second) {
      if (!inner.is("OCHK") || block.size() < 8) {
        problem("a part of an object header has no mark", more[i].first);
        continue;
      }
      messages_v2(out, Cursor(block.subspan(4, block.size() - 8)), ordered, more);
    } else {
      messages_v1(out, inner, more);
    }
  }
  if (address == root_ && root_tree_ != kNowhere && !nodes_.contains(root_tree_))
    symbol_table(out, root_tree_, root_heap_);
  return out;
}

void File::messages_v1(Object& out, Cursor in, std::vector<std::pair<std::uint64_t, std::uint64_t>>& more) {
  while (in.left() >= 8) {
    const unsigned type = in.u16();
    const std::uint64_t size = in.u16();
    const unsigned flags = in.u8();
    in.skip(3);
    const auto body = in.take(size);
    if (in.bad()) return problem("a header message runs past its block", 0);
    message(out, type, flags, body, more);
  }
}

void File::messages_v2(Object& out, Cursor in, bool ordered,
                       std::vector<std::pair<std::uint64_t, std::uint64_t>>& more) {
  const unsigned head = ordered ? 6 : 4;
  while (in.left() >= head) {
    const unsigned type = in.u8();
    const std::uint64_t size = in.u16();
    const unsigned flags = in.u8();
    if (ordered) in.skip(2);
    const auto body = in.take(size);
    if (in.bad()) return problem("a header message runs past its block", 0);
    message(out, type, flags, body, more);
  }
}

void File::message(Object& out, unsigned type, unsigned flags, std::span<const std::byte> body,
                   std::vector<std::pair<std::uint64_t, std::uint64_t>>& more) {
  Cursor in(body);
  const bool shared = (flags & 2) != 0;
  switch (type) {
    case 0x00:
      return;
    case 0x01:
      if (!shared) out.elements = dataspace(in);
      return;
    case 0x02: {  // link info
      in.skip(1);
      const unsigned own = in.u8();
      if (own & 1) in.skip(8);
      const auto heap = offset(in);
      const auto tree = offset(in);
      if (in.bad()) return problem("a link info message is cut short", 0);
      if (heap != kNowhere && tree != kNowhere) dense(out, heap, tree, false);
      return;
    }
    case 0x03:
      out.type = shared ? shared_datatype(body) : datatype(in);
      return;
    case 0x06:
      link(out, body);
      return;
    case 0x07:
      external(out, body);
      return;
    case 0x08:
      layout(out, body);
      return;
    case 0x0b:
      return filters(out, body);
    case 0x0c:
      if (shared) return skip("a shared attribute", 0);
      return attribute(out, body);
    case 0x10: {
      const auto at = offset(in);
      const auto size = length(in);
      if (in.bad()) return problem("a continuation is cut short", 0);
      if (more.size() > kMaxBlocks) return problem("an object header in too many parts", at);
      more.emplace_back(at, size);
      return;
    }
    case 0x11: {
      const auto tree = offset(in);
      const auto heap = offset(in);
      if (in.bad()) return problem("a symbol table message is cut short", 0);
      return symbol_table(out, tree, heap);
    }
    case 0x15: {  // attribute info
      in.skip(1);
      const unsigned own = in.u8();
      if (own & 1) in.skip(2);
      const auto heap = offset(in);
      const auto tree = offset(in);
      if (in.bad()) return problem("an attribute info message is cut short", 0);
      if (heap != kNowhere && tree != kNowhere) dense(out, heap, tree, true);
      return;
    }
    default:
      return;
  }
}

Datatype File::datatype(Cursor in) {
  Datatype out;
  const unsigned head = in.u8();
  const std::uint32_t bits = static_cast<std::uint32_t>(in.number(3));
  out.kind = static_cast<Datatype::Class>(head & 0x0f);
  out.size = in.u32();
  if (out.kind == Datatype::sequence) {
    out.text = (bits & 0x0f) == 1;
    in.skip(4);
    out.base_size = in.u32();
    if (out.text || out.base_size == 0) out.base_size = 1;
  }
  if (out.kind == Datatype::string) out.text = true;
  if (in.bad()) {
    problem("a datatype is cut short", 0);
    out.kind = Datatype::none;
  }
  return out;
}

// A committed datatype: it stands in an object of its own.
Datatype File::shared_datatype(std::span<const std::byte> body) {
  Cursor in(body);
  const unsigned version = in.u8();
  const unsigned type = in.u8();
  if (version == 1) in.skip(6);
  if (version == 3 && type == 1) {
    skip("a datatype in the heap of shared messages", 0);
    return {};
  }
  const std::uint64_t at = offset(in);
  // Only its datatype message is looked for: no step further.
  const auto whole = in.bad() ? std::span<const std::byte>() : from(at, "a committed datatype");
  if (whole.empty()) return {};
  Cursor head(whole);
  std::vector<std::span<const std::byte>> bodies;
  if (as_text(whole).starts_with("OHDR")) {
    head.skip(5);
    const unsigned flags = head.u8();
    if (flags & 0x20) head.skip(16);
    if (flags & 0x10) head.skip(4);
    const auto size = head.number(1u << (flags & 3));
    Cursor chunk(head.take(size));
    while (chunk.left() >= 4) {
      const unsigned kind = chunk.u8();
      const auto bytes = chunk.u16();
      const unsigned shared = chunk.u8();
      if (flags & 4) chunk.skip(2);
      const auto one = chunk.take(bytes);
      if (kind == 3 && (shared & 2) == 0) return datatype(Cursor(one));
    }
  } else {
    head.skip(8);
    const auto size = head.u32();
    head.skip(4);
    Cursor chunk(head.take(size));
    while (chunk.left() >= 8) {
      const unsigned kind = chunk.u16();
      const auto bytes = chunk.u16();
      const unsigned shared = chunk.u8();
      chunk.skip(3);
      const auto one = chunk.take(bytes);
      if (kind == 3 && (shared & 2) == 0) return datatype(Cursor(one));
    }
  }
  skip("a committed datatype", at);
  return {};
}

// The number of elements; the largest number there is when it does not fit.
std::uint64_t File::dataspace(Cursor in) {
  const unsigned version = in.u8();
  const unsigned rank = in.u8();
  in.skip(1);
  const unsigned type = version == 2 ? in.u8() : 1;
  if (version == 1) in.skip(5);
  if (version == 2 && type == 2) return 0;  // null
  std::uint64_t elements = 1;
  for (unsigned i = 0; i < rank; ++i) {
    const auto size = length(in);
    if (__builtin_mul_overflow(elements, size, &elements)) elements = UINT64_MAX;
  }
  if (in.bad()) {
    problem("a dataspace is cut short", 0);
    return 0;
  }
  return elements;
}

void File::attribute(Object& out, std::span<const std::byte> body) {
  Cursor in(body);
  const unsigned version = in.u8();
  const unsigned flags = in.u8();
  const std::uint64_t name = in.u16(), type = in.u16(), space = in.u16();
  if (version == 3) in.skip(1);
  if (version < 1 || version > 3) return problem("an attribute of an unknown version", 0);
  const auto padded = [&](std::uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
  Attribute found;
  found.name = as_text(in.take(padded(name))).substr(0, name);
  found.name = found.name.substr(0, found.name.find('\0'));
  const auto type_bytes = in.take(padded(type));
  const auto space_bytes = in.take(padded(space));
  if (in.bad()) return problem("an attribute is cut short", 0);
  found.type = version > 1 && (flags & 1) ? shared_datatype(type_bytes) : datatype(Cursor(type_bytes));
  if (version > 1 && (flags & 2))
    skip("a shared dataspace", 0);
  else
    found.elements = dataspace(Cursor(space_bytes));
  found.data = in.take(in.left());
  if (out.attributes.size() >= kMaxAttributes) return skip("an object with too many attributes", 0);
  out.attributes.push_back(found);
}

void File::link(Object& out, std::span<const std::byte> body) {
  Cursor in(body);
  in.skip(1);
  const unsigned flags = in.u8();
  Link found;
  found.type = flags & 8 ? in.u8() : 0;
  if (flags & 4) in.skip(8);
  if (flags & 16) in.skip(1);
  const auto size = in.number(1u << (flags & 3));
  found.name = as_text(in.take(size));
  if (found.type == 0) {
    found.object = offset(in);
  } else {
    const auto value = in.take(in.u16());
    if (found.type == 1) {
      found.kind = Link::soft;
      found.target = as_text(value);
    } else if (found.type == 64) {
      found.kind = Link::external;
      Cursor inner(value);
      inner.skip(1);
      found.target = inner.text();
    } else {
      found.kind = Link::user;
    }
  }
  if (in.bad()) return problem("a link is cut short", 0);
  if (out.links.size() >= kMaxLinks) return skip("a group with too many links", 0);
  out.links.push_back(found);
}

void File::layout(Object& out, std::span<const std::byte> body) {
  Cursor in(body);
  const unsigned version = in.u8();
  Layout& to = out.layout;
  unsigned kind = 0;
  if (version == 1 || version == 2) {
    const unsigned rank = in.u8();
    kind = in.u8();
    in.skip(5);
    const auto at = kind == 0 ? kNowhere : offset(in);
    std::uint64_t bytes = 1;
    for (unsigned i = 0; i < rank; ++i)
      if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(in.u32()), &bytes)) bytes = UINT64_MAX;
    if (kind == 0) {
      to.kind = Layout::compact;
      to.data = in.take(in.u32());
    } else if (kind == 1) {
      to.kind = Layout::contiguous;
      if (at != kNowhere) to.data = piece(at, bytes, "the data of a dataset");
    } else if (kind == 2) {
      to.kind = Layout::chunked;
      to.index = at;
      to.rank = rank;
    }
  } else if (version == 3 || version == 4) {
    kind = in.u8();
    if (kind == 0) {
      to.kind = Layout::compact;
      to.data = in.take(in.u16());
    } else if (kind == 1) {
      to.kind = Layout::contiguous;
      const auto at = offset(in);
      const auto size = length(in);
      if (at != kNowhere && size > 0) to.data = piece(at, size, "the data of a dataset");
    } else if (kind == 2 && version == 3) {
      to.kind = Layout::chunked;
      to.rank = in.u8();
      to.index = offset(in);
    } else if (kind == 2) {
      to.kind = Layout::chunked;
      to.other_index = true;
    } else if (kind == 3) {
      to.kind = Layout::virtual_;
      Datatype type;
      type.base_size = 1;
      // The place of the list is like that of a value, without the length before it.
      std::vector<std::byte> element(4 + offsets_ + 4, std::byte{0xff});
      const auto rest = in.take(offsets_ + 4);
      if (!in.bad()) std::copy(rest.begin(), rest.end(), element.begin() + 4);
      const auto list = in.bad() ? std::span<const std::byte>() : value(element, type);
      Cursor entries(list);
      entries.skip(1 + lengths_);
      to.source = entries.text();
    }
  } else {
    return problem("a data layout of an unknown version", 0);
  }
  if (in.bad()) problem("a data layout is cut short", 0);
}

void File::filters(Object& out, std::span<const std::byte> body) {
  Cursor in(body);
  const unsigned version = in.u8();
  const unsigned count = in.u8();
  if (version == 1) in.skip(6);
  for (unsigned i = 0; i < count && !in.bad(); ++i) {
    out.filters.push_back(in.u16());
    const std::uint64_t name = version == 1 || out.filters.back() >= 256 ? in.u16() : 0;
    in.skip(2);
    const std::uint64_t values = in.u16();
    in.skip(version == 1 ? (name + 7) / 8 * 8 : name);
    in.skip(4 * values + (version == 1 && values % 2 != 0 ? 4 : 0));
  }
  if (in.bad()) problem("a list of filters is cut short", 0);
  if (out.filters.empty()) out.filters.push_back(0);
}

void File::external(Object& out, std::span<const std::byte> body) {
  Cursor in(body);
  in.skip(4);
  in.skip(2);
  const unsigned used = in.u16();
  Cursor heap(from(offset(in), "the heap of external file names"));
  if (!heap.is("HEAP")) problem("the names of external files cannot be read", 0);
  heap.skip(4);
  const auto size = length(heap);
  heap.skip(lengths_);
  const auto names = piece(offset(heap), size, "the names of external files");
  for (unsigned i = 0; i < used && !in.bad(); ++i) {
    const auto at = length(in);
    in.skip(2 * lengths_);
    if (in.bad()) break;
    Cursor name(names);
    name.skip(at);
    out.external_files.push_back(name.text());
  }
  if (out.external_files.empty()) out.external_files.push_back("");
}

void File::symbol_table(Object& out, std::uint64_t tree, std::uint64_t heap_at) {
  Cursor heap(from(heap_at, "a group's heap"));
  if (!heap.is("HEAP")) return problem("a group's heap has no mark", heap_at);
  heap.skip(4);
  const auto size = length(heap);
  heap.skip(lengths_);
  const auto names = piece(offset(heap), size, "a group's names");
  std::vector<std::uint64_t> open;
  if (visit(tree, "a group")) open.push_back(tree);
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    Cursor in(from(at, "a node of a group"));
    const bool leaf = in.is("SNOD");
    if (leaf) {
      in.skip(2);
      const unsigned count = in.u16();
      if (!spend(count)) return;
      for (unsigned i = 0; i < count; ++i) {
        const auto name_at = offset(in);
        Link found;
        found.object = offset(in);
        const std::uint32_t cached = in.u32();
        in.skip(4);
        Cursor scratch(in.take(16));
        if (in.bad()) return problem("a group's entries run past the end of the file", at);
        Cursor name(names);
        name.skip(name_at);
        found.name = name.text();
        if (name.bad()) problem("the name of an entry stands outside its heap", at);
        if (cached == 2) {
          found.kind = Link::soft;
          found.type = 1;
        }
        if (out.links.size() >= kMaxLinks) return skip("a group with too many links", at);
        out.links.push_back(found);
      }
      continue;
    }
    Cursor node(from(at, "a node of a group"));
    if (!node.is("TREE") || node.u8() != 0) {
      problem("something else stands where a group's tree should be", at);
      continue;
    }
    node.skip(1);
    const unsigned used = node.u16();
    node.skip(2 * offsets_);
    if (!spend(used)) return;
    for (unsigned i = 0; i < used; ++i) {
      node.skip(lengths_);
      const auto child = offset(node);
      if (node.bad()) {
        problem("a group's tree runs past the end of the file", at);
        break;
      }
      if (visit(child, "a group")) open.push_back(child);
    }
  }
}

// A fractal heap: objects of any length in blocks that double in size.
struct File::Heap {
  std::uint64_t address = 0;
  unsigned id_length = 0, flags = 0, width = 0, rows = 0, max_direct_rows = 0, offset_size = 0, length_size = 0;
  std::uint64_t start = 0, max_direct = 0, root = kNowhere, huge = kNowhere;
  bool filtered = false;
};

bool File::open_heap(std::uint64_t address, Heap& heap) {
  Cursor in(from(address, "a heap"));
  heap.address = address;
  if (!in.is("FRHP")) {
    problem("a heap has no mark", address);
    return false;
  }
  in.skip(1);
  heap.id_length = in.u16();
  heap.filtered = in.u16() != 0;
  heap.flags = in.u8();
  const std::uint64_t max_managed = in.u32();
  in.skip(lengths_);
  heap.huge = offset(in);
  in.skip(lengths_);      // free space
  in.skip(offsets_);      // its manager
  in.skip(8 * lengths_);  // sizes and counts of managed, huge and tiny objects
  heap.width = in.u16();
  heap.start = length(in);
  heap.max_direct = length(in);
  const unsigned bits = in.u16();
  in.skip(2);
  heap.root = offset(in);
  heap.rows = in.u16();
  if (in.bad() || heap.width == 0 || heap.start == 0 || !std::has_single_bit(heap.start) ||
      heap.max_direct < heap.start || !std::has_single_bit(heap.max_direct) || bits > 64 || heap.rows > 64) {
    problem("a heap with impossible sizes", address);
    return false;
  }
  heap.offset_size = (bits + 7) / 8;
  heap.length_size = std::min((log2_of(heap.max_direct) + 7) / 8, bytes_for(max_managed));
  heap.max_direct_rows = log2_of(heap.max_direct) - log2_of(heap.start) + 2;
  return true;
}

std::span<const std::byte> File::managed(const Heap& heap, std::uint64_t at, std::uint64_t size) {
  const auto row_size = [&](unsigned row) {
    return row == 0 ? heap.start : heap.start << std::min(row - 1, 63u - log2_of(heap.start));
  };
  std::uint64_t block = heap.root, begin = 0, block_size = heap.start;
  unsigned rows = heap.rows;
  for (int level = 0; rows > 0; ++level) {
    if (level > 16) {
      problem("a heap goes round in circles", block);
      return {};
    }
    // Which entry of this indirect block covers `at`?
    std::uint64_t row_begin = begin;
    unsigned row = 0;
    for (; row < rows; ++row) {
      const auto bytes = row_size(row) * heap.width;
      if (at - row_begin < bytes) break;
      row_begin += bytes;
    }
    if (row == rows) {
      problem("an object stands outside its heap", at);
      return {};
    }
    const std::uint64_t column = (at - row_begin) / row_size(row);
    Cursor in(from(block, "a heap's block"));
    if (!in.is("FHIB")) {
      problem("a heap's block has no mark", block);
      return {};
    }
    in.skip(1 + offsets_ + heap.offset_size);
    in.skip((static_cast<std::uint64_t>(row) * heap.width + column) * offsets_);
    block = offset(in);
    begin = row_begin + column * row_size(row);
    block_size = row_size(row);
    if (in.bad()) {
      problem("a heap's block is cut short", block);
      return {};
    }
    if (row < heap.max_direct_rows) break;
    rows = log2_of(block_size) - log2_of(heap.start * heap.width) + 1;
  }
  const auto bytes = piece(block, block_size, "a heap's block");
  if (bytes.empty()) return {};
  if (!as_text(bytes).starts_with("FHDB") || at < begin || at - begin > bytes.size() ||
      size > bytes.size() - (at - begin)) {
    problem("an object stands outside its heap", at);
    return {};
  }
  return bytes.subspan(at - begin, size);
}

std::span<const std::byte> File::heap_object(const Heap& heap, std::span<const std::byte> id) {
  Cursor in(id);
  const unsigned head = in.u8();
  switch ((head >> 4) & 3) {
    case 0: {
      const auto at = in.number(heap.offset_size);
      const auto size = in.number(heap.length_size);
      if (in.bad()) return {};
      if (heap.filtered) {
        skip("a compressed heap", heap.address);
        return {};
      }
      return managed(heap, at, size);
    }
    case 1: {  // by itself in the file; found through a tree when the id is too short for its place
      if (heap.id_length > offsets_ + lengths_) {
        const auto at = offset(in);
        const auto size = length(in);
        return in.bad() ? std::span<const std::byte>() : piece(at, size, "a large object");
      }
      const auto wanted = in.number(std::min(heap.id_length - 1, lengths_));
      std::span<const std::byte> found;
      tree_records(heap.huge, [&](unsigned type, std::span<const std::byte> record) {
        if (type != 1) return;
        Cursor one(record);
        const auto at = offset(one);
        const auto size = length(one);
        if (length(one) == wanted && !one.bad()) found = piece(at, size, "a large object");
      });
      if (found.empty()) skip("a large object of a heap", heap.address);
      return found;
    }
    case 2:
      return in.take((head & 0x0f) + 1);
    default:
      problem("an object of an unknown kind in a heap", heap.address);
      return {};
  }
}

// All records of a B-tree of the second version.
template <class F>
void File::tree_records(std::uint64_t tree, F&& each) {
  Cursor in(from(tree, "a tree"));
  if (!in.is("BTHD")) return problem("a tree has no mark", tree);
  in.skip(1);
  const unsigned type = in.u8();
  const std::uint64_t node_size = in.u32();
  const std::uint64_t record = in.u16();
  const unsigned depth = in.u16();
  in.skip(2);
  const auto root = offset(in);
  const std::uint64_t in_root = in.u16();
  if (in.bad() || record == 0 || node_size < 16 || depth > 16) return problem("a tree with impossible sizes", tree);
  // How many bytes the counts in a node take follows from how many records fit below it.
  struct Level {
    std::uint64_t max, all;
    unsigned all_size;
  };
  std::vector<Level> levels = {{(node_size - 10) / record, (node_size - 10) / record, 0}};
  const unsigned count_size = bytes_for(levels[0].max);
  for (unsigned d = 1; d <= depth; ++d) {
    const std::uint64_t pointer = offsets_ + count_size + levels.back().all_size;
    if (node_size < 10 + pointer) return problem("a tree with impossible sizes", tree);
    const std::uint64_t max = (node_size - 10 - pointer) / (record + pointer);
    std::uint64_t all = 0;
    if (__builtin_mul_overflow(max + 1, levels.back().all, &all) || __builtin_add_overflow(all, max, &all))
      all = UINT64_MAX;
    levels.push_back({max, all, bytes_for(all)});
  }
  struct Node {
    std::uint64_t at, records;
    unsigned depth;
  };
  std::vector<Node> open;
  std::unordered_set<std::uint64_t> seen;
  if (root != kNowhere && seen.insert(root).second) open.push_back({root, in_root, depth});
  while (!open.empty()) {
    const Node at = open.back();
    open.pop_back();
    Cursor node(piece(at.at, node_size, "a node of a tree"));
    if (!node.is(at.depth == 0 ? "BTLF" : "BTIN")) {
      problem("a node of a tree has no mark", at.at);
      continue;
    }
    node.skip(2);
    if (!spend(2 * std::min<std::uint64_t>(at.records, node_size) + 1)) return;
    for (std::uint64_t i = 0; i < at.records; ++i) {
      const auto one = node.take(record);
      if (node.bad()) return problem("a node of a tree has too many records", at.at);
      each(type, one);
    }
    if (at.depth == 0) continue;
    for (std::uint64_t i = 0; i <= at.records; ++i) {
      const auto child = offset(node);
      const auto count = node.number(count_size);
      if (at.depth > 1) node.skip(levels[at.depth - 1].all_size);
      if (node.bad()) return problem("a node of a tree has too many children", at.at);
      if (seen.size() > kMaxNodes) return skip("a tree with too many nodes", at.at);
      if (!seen.insert(child).second) return problem("a tree goes round in circles", at.at);
      open.push_back({child, count, at.depth - 1});
    }
  }
}

void File::dense(Object& out, std::uint64_t heap_at, std::uint64_t tree, bool attributes) {
  Heap heap;
  if (!open_heap(heap_at, heap)) return;
  std::size_t many = 0;
  tree_records(tree, [&](unsigned type, std::span<const std::byte> record) {
    if (++many > kMaxLinks) return;
    Cursor in(record);
    if (type == 5) in.skip(4);
    if (type == 6) in.skip(8);
    const auto object = heap_object(heap, in.take(attributes ? 8 : 7));
    if (object.empty()) return;
    if (attributes)
      attribute(out, object);
    else
      link(out, object);
  });
  if (many > kMaxLinks) skip("more names than are read", heap_at);
}

std::span<const std::byte> File::value(std::span<const std::byte> element, const Datatype& type) {
  Cursor in(element);
  const std::uint64_t count = in.u32();
  const auto at = offset(in);
  const auto index = in.u32();
  if (in.bad() || count == 0 || at == kNowhere || (at == 0 && index == 0)) return {};
  if (collection_.address != at) {
    collection_.address = at;
    collection_.objects.clear();
    Cursor head(from(at, "a collection of values"));
    if (!head.is("GCOL")) {
      problem("a collection of values has no mark", at);
      return {};
    }
    head.skip(4);
    const auto size = length(head);
    const auto whole = piece(at, size, "a collection of values");
    Cursor objects(whole);
    objects.skip(8 + lengths_);
    while (objects.left() >= 8 + lengths_) {
      if (collection_.objects.size() > UINT16_MAX || !spend(1)) break;
      const auto number = objects.u16();
      objects.skip(6);
      const auto bytes = length(objects);
      if (number == 0) break;  // free space to the end
      const auto data = objects.take(bytes);
      if (objects.bad()) {
        problem("a value runs past its collection", at);
        break;
      }
      collection_.objects.emplace_back(number, data);
      objects.skip(std::min<std::uint64_t>((8 - bytes % 8) % 8, objects.left()));
    }
    std::sort(collection_.objects.begin(), collection_.objects.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  const auto found = std::lower_bound(collection_.objects.begin(), collection_.objects.end(), index,
                                      [](const auto& one, std::uint64_t wanted) { return one.first < wanted; });
  if (found == collection_.objects.end() || found->first != index) {
    problem("a value is not in its collection", at);
    return {};
  }
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(std::max(type.base_size, 1u)), &bytes))
    bytes = UINT64_MAX;
  return found->second.first(std::min<std::uint64_t>(bytes, found->second.size()));
}

std::vector<Chunk> File::chunks(const Layout& layout, std::size_t limit) {
  std::vector<Chunk> out;
  if (layout.index == kNowhere || layout.rank == 0) return out;
  std::vector<std::uint64_t> open;
  if (visit(layout.index, "a dataset")) open.push_back(layout.index);
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    Cursor node(from(at, "a node of a dataset"));
    if (!node.is("TREE") || node.u8() != 1) {
      problem("something else stands where a dataset's tree should be", at);
      continue;
    }
    const unsigned level = node.u8();
    const unsigned used = node.u16();
    node.skip(2 * offsets_);
    if (!spend(used)) return out;
    for (unsigned i = 0; i < used; ++i) {
      const std::uint64_t size = node.u32();
      const std::uint32_t left_out = node.u32();
      node.skip(static_cast<std::uint64_t>(layout.rank) * 8);
      const auto child = offset(node);
      if (node.bad()) {
        problem("a dataset's tree runs past the end of the file", at);
        break;
      }
      if (level > 0) {
        if (visit(child, "a dataset")) open.push_back(child);
        continue;
      }
      if (out.size() >= limit) {
        skip("a dataset with more chunks than are read", at);
        return out;
      }
      if (const auto bytes = piece(child, size, "a chunk of a dataset"); !bytes.empty())
        out.push_back({bytes, left_out});
    }
  }
  return out;
}

}  // namespace tocsin::scan::models::hdf5
