// safetensors: the length of a JSON header, the header, the tensors. The whole of the specification is checked, as the
// reference loader has it (safetensors/src/tensor.rs): nothing is left for two readers to disagree about, and no byte of
// the file stands outside of a tensor.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/json_reader.hpp"
#include "scan/rules.hpp"
#include "scan/spill.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000;  // MAX_HEADER_SIZE of the reference loader
constexpr std::uint64_t kMaxTensors =
    1u << 19;  // of one file; the largest models have 100,000 in all, and each takes memory here
constexpr std::uint64_t kPrefix = 8;

std::uint64_t header_bytes(const Part& part) {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < 8; ++i) n |= std::uint64_t{part[i]} << (8 * i);
  return n;
}

// In bits; types of less than a byte are packed.
std::optional<std::uint64_t> bits_of(std::string_view dtype) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 22> kTypes = {{
      {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6},     {"F6_E3M2", 6},     {"U8", 8},   {"I8", 8},
      {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8},     {"I16", 16},        {"U16", 16}, {"F16", 16},
      {"BF16", 16},   {"I32", 32},    {"U32", 32},        {"F32", 32},        {"C64", 64}, {"F64", 64},
      {"I64", 64},    {"U64", 64},    {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
  }};
  for (const auto& [name, bits] : kTypes)
    if (name == dtype) return bits;
  return std::nullopt;
}

std::optional<std::uint64_t> natural(std::string_view digits) {
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    if (__builtin_mul_overflow(value, std::uint64_t{10}, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, static_cast<std::uint64_t>(c - '0'), &value)) return std::nullopt;
  }
  return value;
}

constexpr std::uint64_t kTold = 100;  // faults of one file; more say nothing new

Fit fits(const Part& part) {
  if (part.size() < kPrefix + 2 || part[kPrefix] != '{') return Fit::no;
  const char second = part.text()[kPrefix + 1];
  if (second != '"' && second != '}' && second != ' ' && second != '\n' && second != '\t') return Fit::no;
  const std::uint64_t n = header_bytes(part);
  if (n >= 2 && n <= kMaxHeader && n <= part.size() - kPrefix) return Fit::sure;
  // A length that is a lie: told from text by the bytes that no text has.
  const bool text = std::all_of(part.bytes.begin(), part.bytes.begin() + kPrefix,
                                [](std::byte b) { return b >= std::byte{9} && b < std::byte{127}; });
  return part.depth == 0 && !text ? Fit::sure : Fit::no;
}

struct Tensor {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t hash = 0;
  std::uint32_t at = 0, length = 0;  // the name in the header, as it stands
};

class SafetensorsScan {
 public:
  SafetensorsScan(Scan& scan, const Part& part) : scan_(scan), part_(part) {}

  void run() {
    const std::uint64_t n = header_bytes(part_);
    if (n > kMaxHeader) {
      broken(0, fmt::format("its header is said to have {} bytes; no loader takes more than {}", n, kMaxHeader));
      return scan_.not_read(part_, 0, part_.size(), "the header is too long");
    }
    if (n > part_.size() - kPrefix) {
      broken(0, fmt::format("its header is said to have {} bytes; the file has {}", n, part_.size()));
      return scan_.not_read(part_, 0, part_.size(), "the header is cut");
    }
    header_ = part_.text().substr(kPrefix, n);
    data_ = part_.size() - kPrefix - n;
    if (!is_utf8(header_)) broken(kPrefix, "its header is not UTF-8");
    read_header();
    layout();
  }

 private:
  void broken(std::uint64_t at, std::string what) {
    if (++told_ <= kTold) scan_.find(rules::safetensors_header, std::move(what), {part_.member, at, {}});
  }
  void misplaced(std::string what) {
    if (++told_ <= kTold)
      scan_.find(rules::safetensors_layout, std::move(what), {part_.member, kPrefix + header_.size(), {}});
  }
  std::string name_of(const Tensor& tensor) const {
    return printable(json_text(header_.substr(tensor.at, tensor.length), 200), 100);
  }

  void read_header() {
    JsonReader in(header_);
    if (header_.empty() || header_.front() != '{' || in.next() != JsonEvent::object)
      return broken(kPrefix, "its header is no JSON object");
    for (;;) {
      const JsonEvent event = in.next();
      if (event == JsonEvent::object_end) break;
      if (event != JsonEvent::key) return not_json(in);
      const bool metadata = in.is("__metadata__");
      Tensor tensor = named(in);
      if (metadata ? !read_metadata(in) : !read_tensor(in, tensor)) return not_json(in);
      if (metadata) {
        if (metadata_) broken(kPrefix + tensor.at, "__metadata__ stands there twice");
        metadata_ = true;
        continue;
      }
      if (!tensors_.push(tensor)) {
        full_ = true;
        scan_.find(rules::safetensors_header, fmt::format("more than {} tensors", kMaxTensors),
                   {part_.member, kPrefix, {}});
        return scan_.not_read(part_, kPrefix + in.begin(), part_.size(), "too many tensors");
      }
    }
    const auto behind = header_.find_first_not_of(" \n\r\t", in.at());
    if (behind != std::string_view::npos) {
      broken(kPrefix + behind, "more than one value stands in its header");
      scan_.look_into({part_.bytes.subspan(kPrefix + behind, header_.size() - behind),
                       fmt::format("{}+{}", part_.member, kPrefix + behind), part_.depth + 1, true});
    }
  }

  void not_json(const JsonReader& in) {
    full_ = true;
    broken(kPrefix + in.at(), fmt::format("its header is not JSON as it should be: {}",
                                          in.why().empty() ? "a value of another kind was expected" : in.why()));
    scan_.not_read(part_, kPrefix + in.at(), part_.size(), "the header cannot be read");
  }

  // The key that was just read.
  static Tensor named(const JsonReader& in) {
    Tensor out;
    out.at = static_cast<std::uint32_t>(in.begin() + 1);
    out.length = static_cast<std::uint32_t>(in.as_written().size());
    out.hash = in.escaped() ? xxh3(in.value()) : xxh3(in.as_written());
    return out;
  }

  void tell_twice(SpillArray<Tensor>& names) {
    if (names.empty()) return;
    Tensor* first = &names[0];
    Tensor* last = first + names.size();
    std::sort(first, last,
              [](const Tensor& a, const Tensor& b) { return a.hash != b.hash ? a.hash < b.hash : a.at < b.at; });
    for (const Tensor* t = first + 1; t < last; ++t)
      if (t->hash == t[-1].hash &&
          json_text(header_.substr(t->at, t->length)) == json_text(header_.substr(t[-1].at, t[-1].length)))
        broken(kPrefix + t->at, name_of(*t) + " stands there twice");
  }

  // False: the text itself breaks. What is only wrong is told, and reading goes on.
  bool read_metadata(JsonReader& in) {
    JsonEvent event = in.next();
    if (event == JsonEvent::word && in.as_written() == "null") return true;
    if (event != JsonEvent::object) {
      broken(kPrefix + in.begin(), "__metadata__ is no object");
      return finish(in, event);
    }
    SpillArray<Tensor> keys(kMaxTensors);
    for (;;) {
      event = in.next();
      if (event == JsonEvent::object_end) {
        tell_twice(keys);
        return true;
      }
      if (event != JsonEvent::key) return false;
      Tensor key = named(in);
      if (!keys.push(key)) return false;
      event = in.next();
      if (event == JsonEvent::text) continue;
      broken(kPrefix + in.begin(), "a value of __metadata__ is no string");
      if (!finish(in, event)) return false;
    }
  }

  // Steps over the rest of a value of which `event` was the first.
  bool finish(JsonReader& in, JsonEvent event) {
    if (event == JsonEvent::error || event == JsonEvent::end) return false;
    if (event != JsonEvent::object && event != JsonEvent::array) return true;
    const std::size_t outer = in.depth() - 1;
    while (in.depth() > outer) {
      event = in.next();
      if (event == JsonEvent::error || event == JsonEvent::end) return false;
    }
    return true;
  }

  bool read_tensor(JsonReader& in, Tensor& tensor) {
    JsonEvent event = in.next();
    if (event != JsonEvent::object) {
      broken(kPrefix + in.begin(), name_of(tensor) + " is no object");
      return finish(in, event);
    }
    const std::size_t at = in.begin();
    std::optional<std::uint64_t> bits;
    std::uint64_t elements = 1;
    unsigned seen = 0;
    bool overflow = false;
    for (;;) {
      event = in.next();
      if (event == JsonEvent::object_end) break;
      if (event != JsonEvent::key) return false;
      const unsigned field = in.is("dtype") ? 1 : in.is("shape") ? 2 : in.is("data_offsets") ? 4 : 0;
      if (field == 0)
        broken(kPrefix + in.begin(), fmt::format("{} has the field {}, which the format does not know", name_of(tensor),
                                                 printable(in.value(60))));
      if ((seen & field) != 0)
        broken(kPrefix + in.begin(), fmt::format("{} has {} twice", name_of(tensor), printable(in.value(60))));
      seen |= field;
      if (field == 0) {
        if (!in.skip()) return false;
      } else if (field == 1) {
        event = in.next();
        if (event == JsonEvent::text) bits = bits_of(in.value(40));
        if (event != JsonEvent::text || !bits)
          broken(kPrefix + in.begin(), fmt::format("{} is of a type that the format does not know: {}", name_of(tensor),
                                                   printable(in.as_written(), 40)));
        if (!finish(in, event)) return false;
      } else {
        event = in.next();
        if (event != JsonEvent::array) {
          broken(kPrefix + in.begin(),
                 name_of(tensor) + (field == 2 ? " has a shape that is no list" : " has offsets that are no list"));
          if (!finish(in, event)) return false;
          continue;
        }
        std::uint64_t count = 0;
        for (;;) {
          event = in.next();
          if (event == JsonEvent::array_end) break;
          const auto number = event == JsonEvent::number ? natural(in.as_written()) : std::nullopt;
          if (!number) {
            broken(kPrefix + in.begin(),
                   fmt::format("{} is no size: {}", name_of(tensor), printable(in.as_written(), 40)));
            overflow = true;
            if (!finish(in, event)) return false;
            continue;
          }
          if (field == 2)
            overflow = __builtin_mul_overflow(elements, *number, &elements) || overflow;
          else if (count < 2)
            (count == 0 ? tensor.begin : tensor.end) = *number;
          ++count;
        }
        if (field == 4 && count != 2) broken(kPrefix + in.begin(), name_of(tensor) + " has not two offsets");
      }
    }
    if (seen != 7) {
      broken(kPrefix + at, name_of(tensor) + " has not all of dtype, shape and data_offsets");
      return true;
    }
    std::uint64_t all = 0;
    if (overflow || (bits && __builtin_mul_overflow(elements, *bits, &all))) {
      broken(kPrefix + at, name_of(tensor) + " has a shape that overflows 64 bits");
    } else if (tensor.begin > tensor.end) {
      misplaced(fmt::format("{} ends before it begins", name_of(tensor)));
    } else if (bits && (all % 8 != 0 || all / 8 != tensor.end - tensor.begin)) {
      misplaced(fmt::format("{} needs {} bytes and has {}", name_of(tensor), all / 8, tensor.end - tensor.begin));
    }
    return true;
  }

  void layout() {
    if (tensors_.empty()) {
      if (!full_) behind(0);
      return;
    }
    Tensor* first = &tensors_[0];
    Tensor* last = first + tensors_.size();
    tell_twice(tensors_);
    std::sort(first, last,
              [](const Tensor& a, const Tensor& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
    std::uint64_t at = 0;
    for (const Tensor* t = first; t < last; ++t) {
      if (t->end < t->begin) continue;
      if (t->begin > at)
        misplaced(fmt::format("{} bytes before {} belong to no tensor", t->begin - at, name_of(*t)));
      else if (t->begin < at)
        misplaced(fmt::format("{} overlaps another tensor", name_of(*t)));
      if (t->end > data_) {
        misplaced(fmt::format("{} runs past the end of the file", name_of(*t)));
        at = std::max(at, data_);
        break;
      }
      at = std::max(at, t->end);
    }
    if (!full_) behind(at);
  }

  void behind(std::uint64_t at) {
    if (at >= data_) return;
    const std::uint64_t begin = kPrefix + header_.size() + at;
    misplaced(fmt::format("{} bytes stand behind the last tensor", data_ - at));
    if (!scan_.look_into(
            {part_.bytes.subspan(begin), fmt::format("{}+{}", part_.member, begin), part_.depth + 1, part_.whole}))
      scan_.not_read(part_, begin, part_.size(), "it belongs to no tensor");
  }

  Scan& scan_;
  const Part& part_;
  std::uint64_t told_ = 0;
  std::string_view header_;
  std::uint64_t data_ = 0;
  bool metadata_ = false;
  bool full_ = false;
  SpillArray<Tensor> tensors_{kMaxTensors};
};

bool scan_safetensors(Scan& scan, const Part& part) {
  SafetensorsScan(scan, part).run();
  return true;
}

}  // namespace

extern const Format safetensors;
const Format safetensors{"safetensors", "safetensors weights", fits, scan_safetensors};

}  // namespace tocsin::scan::models::formats
