// FlatBuffers (flatbuffers.dev/internals): tables, vectors and texts by offset, each checked against the buffer. A reader
// that finds an offset out of bounds is `bad` from then on and gives empty things.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::scan::models::flatbuffer {

struct Table {
  std::uint64_t at = 0;  // 0: there is none
  std::uint64_t vtable = 0;
  std::uint16_t entries = 0;  // fields the vtable has
  std::uint16_t size = 0;
};
struct Vector {
  std::uint64_t at = 0;  // of the first element
  std::uint64_t count = 0;
};

class Buffer {
 public:
  explicit Buffer(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool bad() const { return !why_.empty(); }
  const std::string& why() const { return why_; }

  Table root() { return table(follow(0)); }
  // Fields of a table; the default when it has not got it.
  std::uint64_t number(const Table& table, unsigned field, unsigned size, std::uint64_t otherwise);
  Table child(const Table& table, unsigned field);
  Vector vector(const Table& table, unsigned field, unsigned element_size);
  std::string_view text(const Table& table, unsigned field);
  // Elements of a vector.
  Table element(const Vector& vector, std::uint64_t index) { return table(follow(vector.at + 4 * index)); }
  std::uint64_t scalar(std::uint64_t at, unsigned size);

 private:
  std::uint64_t follow(std::uint64_t at);
  Table table(std::uint64_t at);
  std::uint64_t place(const Table& table, unsigned field, unsigned size);
  void wrong(std::string_view why) {
    if (why_.empty()) why_ = why;
  }
  std::span<const std::byte> bytes_;
  std::string why_;
};

}  // namespace tocsin::scan::models::flatbuffer
