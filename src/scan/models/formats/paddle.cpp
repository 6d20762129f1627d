// PaddlePaddle programs (paddle/fluid/framework/framework.proto: ProgramDesc): blocks of operations. Python functions and
// files are reached by operations, as in TensorFlow.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/protobuf.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

using protobuf::Field;
using protobuf::Fields;

// Reading and writing tensors belongs to programs of training, not to a model that is published.
constexpr std::array<std::string_view, 8> kDangerous = {"py_func", "py_layer",     "save",      "save_combine",
                                                        "load",    "load_combine", "read_file", "pyfunc"};

bool is_op_type(std::string_view text) {
  return !text.empty() && text.size() < 100 &&
         std::all_of(
             text.begin(), text.end(),
             [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
             });
}

// BlockDesc: idx, parent_idx, variables, operations with a type.
bool is_block(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  bool index = false, parent = false;
  while (fields.next(field)) {
    if (field.is(1, Field::varint)) index = true;
    if (field.is(2, Field::varint)) parent = true;
    if (!field.message(4) || !index || !parent) continue;
    Fields op(field.bytes);
    Field inner;
    while (op.next(inner))
      if (inner.message(3) && is_op_type(inner.text())) return true;
    return false;
  }
  return false;
}

Fit fits(const Part& part) {
  if (part.size() < 16 || part[0] != 0x0a) return Fit::no;
  Fields fields(part.bytes);
  Field field;
  return fields.next(field) && field.message(1) && is_block(field.bytes) ? Fit::maybe : Fit::no;
}

bool scan_paddle(Scan& scan, const Part& part) {
  Fields blocks(part.bytes);
  Field block;
  bool bad = false;
  while (blocks.next(block)) {
    if (!block.message(1)) continue;
    Fields ops(block.bytes);
    Field op;
    while (ops.next(op)) {
      if (!op.message(4)) continue;
      Fields facts(op.bytes);
      Field fact;
      while (facts.next(fact)) {
        if (!fact.message(3)) continue;
        const auto type = fact.text();
        if (std::find(kDangerous.begin(), kDangerous.end(), type) != kDangerous.end())
          scan.find(
              rules::tf_dangerous_op, type.starts_with("py") ? Severity::malicious : Severity::suspicious,
              "the operation " + printable(type, 100) +
                  (type.starts_with("py") ? " runs Python code" : " reads or writes files"),
              {part.member, static_cast<std::uint64_t>(fact.bytes.data() - part.bytes.data()), printable(type, 60)});
      }
      bad = bad || facts.bad();
    }
    bad = bad || ops.bad();
  }
  if (bad || blocks.bad()) {
    scan.find(rules::graph_broken, "a part of the program cannot be read", {part.member, {}, {}});
    scan.not_read(part, 0, part.size(), "what stands behind a damaged place");
  }
  return true;
}

}  // namespace

extern const Format paddle;
const Format paddle{"paddle", "PaddlePaddle program", fits, scan_paddle};

}  // namespace tocsin::scan::models::formats
