// TensorFlow Lite (tensorflow/compiler/mlir/lite/schema/schema.fbs): a flat buffer
// that an interpreter in C++ believes. Every index and length is checked as the interpreter's verifier should; operations by
// name are either another library's, or TensorFlow's own through the Flex delegate.
#include <fmt/format.h>

#include <algorithm>

#include "base/foreign.hpp"
#include "scan/models/flatbuffer.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/tensorflow.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

using flatbuffer::Buffer;
using flatbuffer::Table;
using flatbuffer::Vector;

constexpr std::uint64_t kMaxWork = 20'000'000;  // entries looked at; the largest models have some 100,000

Fit fits(const Part& part) {
  return part.size() > 16 && part.text().substr(4, 4) == "TFL3" ? Fit::sure : Fit::no;
}

class TfliteScan {
 public:
  TfliteScan(Scan& scan, const Part& part) : scan_(scan), part_(part), buffer_(part.bytes) {}

  void run() {
    const Table model = buffer_.root();
    const Vector codes = buffer_.vector(model, 1, 4);
    for (std::uint64_t i = 0; i < codes.count && work(); ++i) code(buffer_.element(codes, i));
    buffers_ = buffer_.vector(model, 4, 4);
    for (std::uint64_t i = 0; i < buffers_.count && work(); ++i) data(buffer_.element(buffers_, i));
    const Vector graphs = buffer_.vector(model, 2, 4);
    for (std::uint64_t i = 0; i < graphs.count && work(); ++i) graph(buffer_.element(graphs, i), codes.count);
    if (graphs.count == 0 && !buffer_.bad()) broken("it has no graph");
    if (buffer_.bad()) broken(buffer_.why());
    if (spent_ > kMaxWork) scan_.not_read(part_, 0, part_.size(), "more entries than any model has");
  }

 private:
  bool work() { return !buffer_.bad() && ++spent_ <= kMaxWork; }

  void broken(std::string what) {
    scan_.find(rules::graph_broken, std::move(what), {part_.member, {}, {}});
    if (buffer_.bad()) scan_.not_read(part_, 0, part_.size(), "what stands behind a damaged place");
  }

  void code(const Table& code) {
    const auto name = buffer_.text(code, 1);
    if (name.empty()) return;
    if (name.starts_with("Flex")) {
      if (const auto effect = tensorflow::effect_of(name.substr(4)); !effect.empty()) {
        scan_.find(rules::tf_dangerous_op, fmt::format("the operation {} {}", printable(name, 100), effect),
                   {part_.member, code.at, printable(name, 60)});
        return;
      }
    }
    scan_.find(rules::tf_custom_op, "the operation " + printable(name, 100) + " is not one of TensorFlow Lite",
               {part_.member, code.at, printable(name, 60)});
  }

  void data(const Table& data) {
    buffer_.vector(data, 0, 1);
    // Beyond 2 GB the bytes stand behind the flat buffer, by place and size; 0 and 1 mean that they do not.
    const auto at = buffer_.number(data, 1, 8, 0);
    const auto size = buffer_.number(data, 2, 8, 0);
    if (at > 1 && (at > part_.size() || size > part_.size() - at))
      broken("the data of a tensor stands outside the file");
  }

  void graph(const Table& graph, std::uint64_t codes) {
    const Vector tensors = buffer_.vector(graph, 0, 4);
    for (std::uint64_t i = 0; i < tensors.count && work(); ++i) {
      const Table tensor = buffer_.element(tensors, i);
      if (buffer_.number(tensor, 2, 4, 0) >= std::max<std::uint64_t>(buffers_.count, 1))
        return broken("a tensor names a buffer that is not there");
      indices_of(tensor, 0, UINT64_MAX);
    }
    if (!indices_of(graph, 1, tensors.count) || !indices_of(graph, 2, tensors.count))
      return broken("a graph names a tensor that is not there");
    const Vector operators = buffer_.vector(graph, 3, 4);
    for (std::uint64_t i = 0; i < operators.count && work(); ++i) {
      const Table one = buffer_.element(operators, i);
      if (buffer_.number(one, 0, 4, 0) >= codes) return broken("an operation names a code that is not there");
      if (!indices_of(one, 1, tensors.count) || !indices_of(one, 2, tensors.count))
        return broken("an operation names a tensor that is not there");
    }
  }

  // A list of tensors: -1 stands for none.
  bool indices_of(const Table& table, unsigned field, std::uint64_t limit) {
    const Vector all = buffer_.vector(table, field, 4);
    if (limit == UINT64_MAX) return true;
    for (std::uint64_t i = 0; i < all.count && work(); ++i) {
      const auto index = static_cast<std::int32_t>(buffer_.scalar(all.at + 4 * i, 4));
      if (index < -1 || (index >= 0 && static_cast<std::uint64_t>(index) >= limit)) return false;
    }
    return true;
  }

  Scan& scan_;
  const Part& part_;
  Buffer buffer_;
  Vector buffers_;
  std::uint64_t spent_ = 0;
};

bool scan_tflite(Scan& scan, const Part& part) {
  TfliteScan(scan, part).run();
  return true;
}

}  // namespace

extern const Format tflite;
const Format tflite{"tflite", "TensorFlow Lite model", fits, scan_tflite};

}  // namespace tocsin::scan::models::formats
