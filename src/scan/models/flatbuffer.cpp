#include "scan/models/flatbuffer.hpp"

namespace tocsin::scan::models::flatbuffer {

std::uint64_t Buffer::scalar(std::uint64_t at, unsigned size) {
  if (at > bytes_.size() || bytes_.size() - at < size) {
    wrong("a number stands outside the file");
    return 0;
  }
  std::uint64_t out = 0;
  for (unsigned i = 0; i < size; ++i) out |= std::to_integer<std::uint64_t>(bytes_[at + i]) << (8 * i);
  return out;
}

std::uint64_t Buffer::follow(std::uint64_t at) {
  const auto offset = scalar(at, 4);
  if (bad()) return 0;
  if (offset == 0 || at + offset >= bytes_.size()) {
    wrong("an offset points outside the file");
    return 0;
  }
  return at + offset;
}

Table Buffer::table(std::uint64_t at) {
  if (bad() || at == 0) return {};
  const auto back = static_cast<std::int32_t>(scalar(at, 4));
  const std::int64_t vtable = static_cast<std::int64_t>(at) - back;
  if (bad() || vtable < 0 || vtable + 4 > static_cast<std::int64_t>(bytes_.size())) {
    wrong("a table has its fields outside the file");
    return {};
  }
  Table out;
  out.at = at;
  out.vtable = static_cast<std::uint64_t>(vtable);
  const auto bytes = scalar(out.vtable, 2);
  out.size = static_cast<std::uint16_t>(scalar(out.vtable + 2, 2));
  if (bad() || bytes < 4 || bytes % 2 != 0 || out.vtable + bytes > bytes_.size() || at + out.size > bytes_.size()) {
    wrong("a table runs past the end of the file");
    return {};
  }
  out.entries = static_cast<std::uint16_t>((bytes - 4) / 2);
  return out;
}

// 0: the field is not there.
std::uint64_t Buffer::place(const Table& table, unsigned field, unsigned size) {
  if (bad() || table.at == 0 || field >= table.entries) return 0;
  const auto offset = scalar(table.vtable + 4 + 2 * field, 2);
  if (offset == 0) return 0;
  if (offset + size > table.size || table.at + offset + size > bytes_.size()) {
    wrong("a field stands outside its table");
    return 0;
  }
  return table.at + offset;
}

std::uint64_t Buffer::number(const Table& table, unsigned field, unsigned size, std::uint64_t otherwise) {
  const auto at = place(table, field, size);
  return at == 0 ? otherwise : scalar(at, size);
}

Table Buffer::child(const Table& table_, unsigned field) {
  const auto at = place(table_, field, 4);
  return at == 0 ? Table{} : table(follow(at));
}

Vector Buffer::vector(const Table& table, unsigned field, unsigned element_size) {
  const auto at = place(table, field, 4);
  if (at == 0) return {};
  const auto begin = follow(at);
  if (bad()) return {};
  Vector out{begin + 4, scalar(begin, 4)};
  if (bad() || out.at > bytes_.size() || out.count > (bytes_.size() - out.at) / element_size) {
    wrong("a list runs past the end of the file");
    return {};
  }
  return out;
}

std::string_view Buffer::text(const Table& table, unsigned field) {
  const auto all = vector(table, field, 1);
  return all.at == 0 ? std::string_view()
                     : std::string_view(reinterpret_cast<const char*>(bytes_.data()) + all.at, all.count);
}

}  // namespace tocsin::scan::models::flatbuffer
