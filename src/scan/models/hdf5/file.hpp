// As much of HDF5 as is needed to see every name, attribute and small value in a file, and every other file it points to
// (HDF5 File Format Specification 3.0). Nothing is copied, every length and address is checked against the file, and what
// points back into what was read is noticed: a file cannot make the walk long.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tocsin::scan::models::hdf5 {

constexpr std::uint64_t kNowhere = UINT64_MAX;  // the "undefined address"

// Numbers out of a piece of the file. Reading past its end gives zeros and leaves it `bad`.
class Cursor {
 public:
  Cursor() = default;
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t number(unsigned size);  // little-endian, up to 8 bytes
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::span<const std::byte> take(std::uint64_t n);
  void skip(std::uint64_t n) { take(n); }
  bool is(std::string_view mark);
  std::string_view text();  // up to a NUL, which is taken too
  std::uint64_t left() const { return bytes_.size() - at_; }
  std::uint64_t at() const { return at_; }
  bool bad() const { return bad_; }

 private:
  std::span<const std::byte> bytes_;
  std::uint64_t at_ = 0;
  bool bad_ = false;
};

struct Datatype {
  enum Class : std::uint8_t {
    integer = 0,
    real = 1,
    time = 2,
    string = 3,
    bits = 4,
    opaque = 5,
    compound = 6,
    reference = 7,
    enumeration = 8,
    sequence = 9,
    array = 10,
    none = 255
  };
  Class kind = none;
  std::uint32_t size = 0;       // bytes of one element as it is stored
  bool text = false;            // a sequence of characters
  std::uint32_t base_size = 0;  // of the elements of a sequence
};

struct Link {
  enum Kind : std::uint8_t { hard, soft, external, user } kind = hard;
  std::string_view name;
  std::uint64_t object = kNowhere;  // hard
  std::string_view target;          // soft: path; external: file
  int type = 0;                     // as stored
};

struct Attribute {
  std::string_view name;
  Datatype type;
  std::uint64_t elements = 0;
  std::span<const std::byte> data;
};

struct Layout {
  enum Kind : std::uint8_t { none, compact, contiguous, chunked, virtual_ } kind = none;
  std::span<const std::byte> data;  // compact and contiguous
  std::uint64_t index = kNowhere;   // chunked: the old B-tree
  unsigned rank = 0;                // of the chunks, plus one
  bool other_index = false;         // chunked by an index that is not read here
  std::string_view source;          // virtual: the first file it is put together from
};

struct Object {
  std::vector<Link> links;
  std::vector<Attribute> attributes;
  std::vector<std::string_view> external_files;
  Datatype type;
  std::uint64_t elements = 0;
  Layout layout;
  std::vector<std::uint16_t> filters;  // what its chunks went through, in the order of writing
};

struct Chunk {
  std::span<const std::byte> bytes;
  std::uint32_t left_out = 0;  // bit i: filter i was not used on it
};

class File {
 public:
  // Where the superblock stands: 0, 512, 1024, 2048 …; nullopt: it is no HDF5 file.
  static std::optional<std::uint64_t> begins(std::span<const std::byte> bytes);

  explicit File(std::span<const std::byte> bytes);
  std::uint64_t root() const { return root_; }          // address of its object header
  std::uint64_t promised() const { return promised_; }  // size by the superblock, from the superblock's base
  std::uint64_t base() const { return base_; }

  Object object(std::uint64_t address);
  // One value of variable length: its place in the global heap is in `element` (as stored in the dataset).
  std::span<const std::byte> value(std::span<const std::byte> element, const Datatype& type);
  unsigned element_size() const { return 4 + offsets_ + 4; }
  // The chunks of a dataset with the old index, up to `limit`.
  std::vector<Chunk> chunks(const Layout& layout, std::size_t limit);

  struct Problem {
    std::string what;
    std::uint64_t at;
  };
  const std::vector<Problem>& problems() const { return problems_; }
  const std::vector<Problem>& skipped() const { return skipped_; }  // well formed, but not read here

 private:
  struct Heap;  // a fractal heap, opened
  void superblock(std::uint64_t at);
  std::span<const std::byte> piece(std::uint64_t address, std::uint64_t size, std::string_view what);
  std::span<const std::byte> from(std::uint64_t address, std::string_view what);
  std::uint64_t offset(Cursor& in);
  std::uint64_t length(Cursor& in) { return in.number(lengths_); }
  void problem(std::string what, std::uint64_t at);
  void skip(std::string what, std::uint64_t at);
  bool spend(std::uint64_t entries);  // of the work one file may ask for
  bool visit(std::uint64_t node, std::string_view what);

  void messages_v1(Object& out, Cursor in, std::vector<std::pair<std::uint64_t, std::uint64_t>>& more);
  void messages_v2(Object& out, Cursor in, bool ordered, std::vector<std::pair<std::uint64_t, std::uint64_t>>& more);
  void message(Object& out, unsigned type, unsigned flags, std::span<const std::byte> body,
               std::vector<std::pair<std::uint64_t, std::uint64_t>>& more);
  Datatype datatype(Cursor in);
  Datatype shared_datatype(std::span<const std::byte> body);
  std::uint64_t dataspace(Cursor in);
  void attribute(Object& out, std::span<const std::byte> body);
  void link(Object& out, std::span<const std::byte> body);
  void layout(Object& out, std::span<const std::byte> body);
  void filters(Object& out, std::span<const std::byte> body);
  void external(Object& out, std::span<const std::byte> body);
  void symbol_table(Object& out, std::uint64_t tree, std::uint64_t heap);
  void dense(Object& out, std::uint64_t heap, std::uint64_t tree, bool attributes);
  bool open_heap(std::uint64_t address, Heap& heap);
  std::span<const std::byte> heap_object(const Heap& heap, std::span<const std::byte> id);
  std::span<const std::byte> managed(const Heap& heap, std::uint64_t at, std::uint64_t size);
  template <class F>
  void tree_records(std::uint64_t tree, F&& each);

  std::span<const std::byte> bytes_;
  std::uint64_t base_ = 0, root_ = kNowhere, promised_ = 0;
  unsigned offsets_ = 8, lengths_ = 8;
  std::uint64_t root_tree_ = kNowhere, root_heap_ = kNowhere;  // as the superblock has them cached
  std::unordered_set<std::uint64_t> nodes_;                    // tree nodes that were read
  std::uint64_t spent_ = 0;
  struct Collection {
    std::uint64_t address = kNowhere;
    std::vector<std::pair<std::uint16_t, std::span<const std::byte>>> objects;  // by index
  } collection_;
  std::vector<Problem> problems_, skipped_;
};

}  // namespace tocsin::scan::models::hdf5
