// ONNX models (onnx/onnx.proto): graphs in graphs, functions, training steps; weights that stand in other files, and
// operations of other libraries.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>
#include <vector>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/protobuf.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

using protobuf::Field;
using protobuf::Fields;

constexpr std::size_t kMaxOpen = 1'000'000;  // graphs, nodes and tensors waiting to be read

// Domains of the standard and of the runtimes everybody uses; exporters name functions after themselves.
constexpr std::array<std::string_view, 22> kDomains = {
    "ai.onnx", "com.microsoft", "com.ms",   "org.pytorch",         "pkg.onnxscript", "pkg.torch", "com.nvidia",
    "nvidia",  "trt",           "tensorrt", "org.openvinotoolkit", "com.intel",      "com.amd",   "com.qualcomm",
    "com.qti", "mmdeploy",      "mmcv",     "ai.graphcore",        "onnxscript",     "this",      "quark",
    "qonnx"};
// Operations that call Python where the runtime has been built with it.
constexpr std::array<std::string_view, 5> kPython = {"PyOp", "PythonOp", "PythonOpGrad", "PyCustomOp", "PyFunc"};

bool known_domain(std::string_view domain) {
  if (domain.empty()) return true;
  return std::any_of(kDomains.begin(), kDomains.end(), [&](std::string_view known) {
    return domain == known || (domain.starts_with(known) && domain.size() > known.size() &&
                               (domain[known.size()] == '.' || domain[known.size()] == '_'));
  });
}

// What the path of an external file does; "" when it stays beside the model.
std::string_view where_to(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return "has a NUL in it: one reader sees another path than the next";
  if (path.find("_ORT_MEM_ADDR_") != std::string_view::npos) return "is an address in the memory of the runtime";
  if (path.starts_with('/') || path.starts_with('\\')) return "is an absolute path";
  if (path.size() > 1 && path[1] == ':') return "is an absolute path of Windows";
  if (path.starts_with('~')) return "is in somebody's home";
  if (path.find("://") != std::string_view::npos || path.starts_with("file:")) return "is an address";
  std::size_t at = 0;
  while (at <= path.size()) {  // both separators: the model may be made on one system and loaded on another
    const auto end = std::min(path.find_first_of("/\\", at), path.size());
    const auto one = trim(path.substr(at, end - at));
    if (one == "..") return "leaves the folder of the model";
    at = end + 1;
  }
  if (path.find('%') != std::string_view::npos &&
      (path.find("%2e") != std::string_view::npos || path.find("%2E") != std::string_view::npos ||
       path.find("%2f") != std::string_view::npos))
    return "hides a path behind escapes";
  if (path.find("${") != std::string_view::npos || path.starts_with('$')) return "has a variable in it";
  return "";
}

bool is_tensor_or_node(const Field& field) {
  Fields fields(field.bytes);
  Field inner;
  int seen = 0;
  while (fields.next(inner)) {
    if (field.number == 1 && inner.message(4) && !inner.bytes.empty()) ++seen;   // NodeProto.op_type
    if (field.number == 5 && inner.is(2, Field::varint)) ++seen;                 // TensorProto.data_type
    if ((field.number == 11 || field.number == 12) && inner.message(1)) ++seen;  // ValueInfoProto.name
  }
  return seen > 0;
}

bool is_graph(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  for (int looked = 0; looked < 4096 && fields.next(field); ++looked)
    if ((field.message(1) || field.message(5) || field.message(11) || field.message(12)) && is_tensor_or_node(field))
      return true;
  return false;
}

// ModelProto: ir_version or opset_import, and a graph.
bool is_model(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  bool head = false, graph = false;
  for (int looked = 0; looked < 4096 && fields.next(field); ++looked) {
    if (field.is(1, Field::varint) && field.value < 1000) head = true;
    if (field.message(8) && field.bytes.size() < 4096) head = true;
    if (field.message(7) && !graph) {
      graph = is_graph(field.bytes);
      if (!graph && !field.bytes.empty()) return false;
    }
    if (head && graph) return true;
  }
  return false;
}

unsigned bits_of(std::uint64_t type) {
  switch (type) {
    case 1:
    case 6:
    case 12:
      return 32;  // float, int32, uint32
    case 2:
    case 3:
    case 9:
    case 17:
    case 18:
    case 19:
    case 20:
    case 24:
      return 8;  // uint8, int8, bool, float8 kinds
    case 4:
    case 5:
    case 10:
    case 16:
      return 16;  // uint16, int16, float16, bfloat16
    case 7:
    case 11:
    case 13:
    case 14:
      return 64;  // int64, double, uint64, complex64
    case 15:
      return 128;  // complex128
    case 21:
    case 22:
    case 23:
      return 4;  // uint4, int4, float4
    default:
      return 0;
  }
}

class OnnxScan {
 public:
  OnnxScan(Scan& scan, const Part& part) : scan_(scan), part_(part) {}

  void run() {
    // Functions of the model bring domains of their own.
    each(part_.bytes, [&](const Field& field) {
      if (!field.message(25)) return;
      each(field.bytes, [&](const Field& inner) {
        if (inner.message(10)) own_.insert(inner.text());
      });
    });
    each(part_.bytes, [&](const Field& field) {
      if (field.message(7)) push(Kind::graph, field.bytes);
      if (field.message(25)) push(Kind::function, field.bytes);
      if (field.message(20))
        each(field.bytes, [&](const Field& step) {
          if (step.message(1) || step.message(2)) push(Kind::graph, step.bytes);
        });
    });
    while (!open_.empty()) {
      const Step step = open_.back();
      open_.pop_back();
      switch (step.kind) {
        case Kind::graph:
          graph(step.bytes);
          break;
        case Kind::function:
          function(step.bytes);
          break;
        case Kind::node:
          node(step.bytes);
          break;
        case Kind::attribute:
          attribute(step.bytes);
          break;
        case Kind::tensor:
          tensor(step.bytes);
          break;
        case Kind::sparse:
          sparse(step.bytes);
          break;
      }
    }
  }

 private:
  enum class Kind : std::uint8_t { graph, function, node, attribute, tensor, sparse };
  struct Step {
    Kind kind;
    std::span<const std::byte> bytes;
  };

  std::uint64_t place(std::span<const std::byte> bytes) const {
    return bytes.empty() ? 0 : static_cast<std::uint64_t>(bytes.data() - part_.bytes.data());
  }

  template <class F>
  void each(std::span<const std::byte> bytes, F&& f) {
    Fields fields(bytes);
    Field field;
    while (fields.next(field)) f(field);
    if (fields.bad() && !broken_) {
      broken_ = true;
      const auto at = std::min<std::uint64_t>(place(bytes) + fields.at(), part_.size() - 1);
      scan_.find(rules::graph_broken, "a part of the model cannot be read", {part_.member, at, {}});
      scan_.not_read(part_, at, part_.size(), "what stands behind a damaged place");
    }
  }

  void push(Kind kind, std::span<const std::byte> bytes) {
    if (open_.size() < kMaxOpen) return open_.push_back({kind, bytes});
    scan_.not_read(part_, place(bytes), part_.size(), "more parts than are read");
  }

  void graph(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (field.message(1)) node(field.bytes);
      if (field.message(5)) tensor(field.bytes);
      if (field.message(15)) push(Kind::sparse, field.bytes);
    });
  }

  void function(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (field.message(7)) node(field.bytes);
      if (field.message(11)) push(Kind::attribute, field.bytes);
    });
  }

  void sparse(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (field.message(1) || field.message(2)) push(Kind::tensor, field.bytes);
    });
  }

  void node(std::span<const std::byte> bytes) {
    std::string_view op, domain;
    each(bytes, [&](const Field& field) {
      if (field.message(4)) op = field.text();
      if (field.message(7)) domain = field.text();
      if (field.message(5)) push(Kind::attribute, field.bytes);
    });
    if (op == "EPContext") context(bytes);
    const auto name = printable(domain.empty() ? std::string(op) : std::string(domain) + "." + std::string(op), 160);
    if (std::find(kPython.begin(), kPython.end(), op) != kPython.end())
      scan_.find(rules::onnx_custom_op, Severity::malicious, "the operation " + name + " runs Python code",
                 {part_.member, place(bytes), printable(op, 60)});
    else if (!known_domain(domain) && !own_.contains(domain))
      scan_.find(rules::onnx_custom_op, Severity::suspicious, "operations of the domain " + printable(domain, 100),
                 {part_.member, place(bytes), printable(op, 60)});
  }

  // A graph that was compiled before: the attribute holds it, or names the file it is in (onnxruntime, EP context design).
  void context(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (!field.message(5)) return;
      std::string_view key, value;
      each(field.bytes, [&](const Field& inner) {
        if (inner.message(1)) key = inner.text();
        if (inner.message(4)) value = inner.text();
      });
      const bool path = key == "ep_cache_context" && value.size() < 4096 &&
                        std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
      if (path) entry("location", value, "", place(bytes));
    });
  }

  void attribute(std::span<const std::byte> bytes) {
    each(bytes, [&](const Field& field) {
      if (field.message(5) || field.message(10)) push(Kind::tensor, field.bytes);
      if (field.message(6) || field.message(11)) push(Kind::graph, field.bytes);
      if (field.message(22) || field.message(23)) push(Kind::sparse, field.bytes);
    });
  }

  void tensor(std::span<const std::byte> bytes) {
    std::string_view name, location;
    std::span<const std::byte> raw;
    bool external = false, has_raw = false, has_location = false;
    std::uint64_t type = 0, elements = 1;
    bool negative = false;
    const auto dimension = [&](std::uint64_t size) {
      if (size > INT64_MAX) negative = true;
      if (__builtin_mul_overflow(elements, size, &elements)) elements = UINT64_MAX;
    };
    each(bytes, [&](const Field& field) {
      if (field.is(1, Field::varint)) dimension(field.value);
      if (field.message(1)) packed(field.bytes, dimension);
      if (field.is(2, Field::varint)) type = field.value;
      if (field.message(8)) name = field.text();
      if (field.message(9)) {
        raw = field.bytes;
        has_raw = true;
      }
      if (field.is(14, Field::varint) && field.value == 1) external = true;
    });
    each(bytes, [&](const Field& field) {
      if (!field.message(13)) return;
      std::string_view key, value;
      each(field.bytes, [&](const Field& inner) {
        if (inner.message(1)) key = inner.text();
        if (inner.message(2)) value = inner.text();
      });
      if (key == "location") {
        location = value;
        has_location = true;
      }
      entry(key, value, name, place(bytes));
    });
    const auto label = name.empty() ? std::string("a tensor") : "the tensor " + printable(name, 100);
    if (external && (!has_location || location.empty()))
      broken(label + " stands in another file, and none is named", bytes);
    if (negative) return broken(label + " has a negative size", bytes);
    const unsigned bits = bits_of(type);
    if (!has_raw || external || bits == 0) return;
    std::uint64_t wanted = 0;
    if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(bits), &wanted)) wanted = UINT64_MAX - 8;
    wanted = wanted / 8 + (wanted % 8 != 0 ? 1 : 0);
    if (wanted != raw.size())
      broken(fmt::format("{} should have {} bytes and has {}", label, wanted, raw.size()), bytes);
  }

  template <class F>
  static void packed(std::span<const std::byte> bytes, F&& f) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const std::byte one : bytes) {
      const auto byte = std::to_integer<std::uint64_t>(one);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte & 0x80) continue;
      f(value);
      value = 0;
      shift = 0;
    }
  }

  void broken(std::string what, std::span<const std::byte> bytes) {
    scan_.find(rules::graph_broken, std::move(what), {part_.member, place(bytes), {}});
  }

  // One fact about where a tensor's bytes stand: location, offset, length, checksum.
  void entry(std::string_view key, std::string_view value, std::string_view tensor, std::uint64_t at) {
    const auto of = tensor.empty() ? std::string() : " of " + printable(tensor, 100);
    if (key == "location") {
      if (const auto why = where_to(value); !why.empty()) {
        Finding finding;
        finding.rule = &rules::onnx_external_data;
        finding.severity = Severity::malicious;
        finding.what = fmt::format("the file {} {}", printable(value, 200), why);
        finding.place = {part_.member, at, {}};
        scan_.find(std::move(finding));
      }
      return;
    }
    if (key == "offset" || key == "length") {
      std::uint64_t number = 0;
      const auto digits = trim(value);
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      // 16 TB: no file of weights is larger, and twice of it does not overflow.
      if (error != std::errc() || end != digits.data() + digits.size() || number > (1ull << 44))
        scan_.find(rules::graph_broken, fmt::format("the {}{} in its file is {}", key, of, printable(value, 60)),
                   {part_.member, at, {}});
      return;
    }
    if (key == "checksum" || key == "basepath" || key.starts_with("prepacked")) return;
    // The reference library sets whatever is named as an attribute of its own object.
    scan_.find(rules::onnx_external_data, key.starts_with("_") ? Severity::malicious : Severity::suspicious,
               fmt::format("{}{} is set, which external data has not", printable(key, 60), of), {part_.member, at, {}});
  }

  Scan& scan_;
  const Part& part_;
  std::vector<Step> open_;
  std::unordered_set<std::string_view> own_;
  bool broken_ = false;
};

Fit fits(const Part& part) {
  return part.size() >= 8 && is_model(part.bytes) ? Fit::maybe : Fit::no;
}

bool scan_onnx(Scan& scan, const Part& part) {
  OnnxScan(scan, part).run();
  return true;
}

}  // namespace

extern const Format onnx;
const Format onnx{"onnx", "ONNX model", fits, scan_onnx};

}  // namespace tocsin::scan::models::formats
