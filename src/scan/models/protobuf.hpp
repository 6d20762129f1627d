// Protocol Buffers on the wire (protobuf.dev/programming-guides/encoding): field after field of one message, nothing copied.
// What a field means, its reader knows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tocsin::scan::models::protobuf {

struct Field {
  std::uint32_t number = 0;
  enum Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes_ = 2, fixed32 = 5 } wire = varint;
  std::uint64_t value = 0;           // varint, fixed64, fixed32
  std::span<const std::byte> bytes;  // a text, a message, packed numbers
  std::uint64_t at = 0;              // where its tag stands in the message

  bool is(std::uint32_t n, Wire w) const { return number == n && wire == w; }
  bool message(std::uint32_t n) const { return is(n, bytes_); }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

class Fields {
 public:
  explicit Fields(std::span<const std::byte> message) : bytes_(message) {}
  // The next field. False at the end, and where the message is broken. A field that runs past the end is given as far as it
  // goes, and is the last. Groups (deprecated since 2008) are stepped over, as parsers do with fields they do not know.
  bool next(Field& field);
  bool bad() const { return bad_; }
  std::uint64_t at() const { return at_; }

 private:
  bool number(std::uint64_t& value);
  bool stop() {
    bad_ = true;
    return false;
  }
  std::span<const std::byte> bytes_;
  std::uint64_t at_ = 0;
  bool bad_ = false;
};

// Every field of it can be read, and there is one. Only the outer message: what is inside is not looked at.
bool parses(std::span<const std::byte> message);

}  // namespace tocsin::scan::models::protobuf
