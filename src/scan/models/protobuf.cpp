#include "scan/models/protobuf.hpp"

namespace tocsin::scan::models::protobuf {

bool Fields::number(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at_ >= bytes_.size()) return false;
    const auto byte = std::to_integer<std::uint64_t>(bytes_[at_++]);
    if (shift < 64) value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

bool Fields::next(Field& field) {
  std::uint64_t groups = 0;  // open groups: their ends need not be matched by number to find the last
  while (!bad_ && at_ < bytes_.size()) {
    field = {};
    field.at = at_;
    std::uint64_t tag = 0;
    if (!number(tag) || tag > UINT32_MAX || (tag >> 3) == 0) return stop();
    field.number = static_cast<std::uint32_t>(tag >> 3);
    switch (tag & 7) {
      case 0:
        if (!number(field.value)) return stop();
        field.wire = Field::varint;
        break;
      case 1:
      case 5: {
        const std::uint64_t size = (tag & 7) == 1 ? 8 : 4;
        if (bytes_.size() - at_ < size) return stop();
        for (std::uint64_t i = 0; i < size; ++i)
          field.value |= std::to_integer<std::uint64_t>(bytes_[at_ + i]) << (8 * i);
        at_ += size;
        field.wire = size == 8 ? Field::fixed64 : Field::fixed32;
        break;
      }
      case 2: {
        std::uint64_t size = 0;
        if (!number(size)) return stop();
        field.wire = Field::bytes_;
        if (size > bytes_.size() - at_) {
          field.bytes = bytes_.subspan(at_);
          at_ = bytes_.size();
          bad_ = true;
          return groups == 0;
        }
        field.bytes = bytes_.subspan(at_, size);
        at_ += size;
        break;
      }
      case 3:
        ++groups;
        continue;
      case 4:
        if (groups == 0) return stop();
        --groups;
        continue;
      default:
        return stop();
    }
    if (groups == 0) return true;
  }
  if (groups > 0) bad_ = true;
  return false;
}

bool parses(std::span<const std::byte> message) {
  Fields fields(message);
  Field field;
  bool any = false;
  while (fields.next(field)) any = true;
  return any && !fields.bad();
}

}  // namespace tocsin::scan::models::protobuf
