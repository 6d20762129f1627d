// GGUF, the models of llama.cpp: counts, key-value pairs, tensor table, tensors (ggml/docs/gguf.md; ggml/src/gguf.cpp).
// Loaders in C read these fields into sizes and indices, so each count, length, dimension and offset is held against the
// file before it is believed. Versions 1 to 3, little and big endian. The chat template is read as the program it is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/jinja.hpp"
#include "scan/rules.hpp"
#include "scan/spill.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::uint64_t kMaxAlignment = 1u << 20;
constexpr std::uint64_t kMaxKey = 65535;  // gguf.md: keys are at most 2^16-1 bytes
constexpr std::uint64_t kMaxName = 128;   // gguf.md: 64; GGML_MAX_NAME of stable-diffusion.cpp: 128
constexpr std::uint64_t kMaxString =
    1u << 30;                                // GGUF_MAX_STRING_LENGTH; lengths become int further on (CVE-2025-49847)
constexpr std::size_t kMaxNesting = 4;       // arrays in arrays; llama.cpp takes none
constexpr std::uint64_t kMaxDimensions = 4;  // GGML_MAX_DIMS
constexpr std::uint64_t kRows =
    1u << 18;  // keys or tensors; the largest models have some 10,000, and each row takes memory
constexpr std::int32_t kByteToken = 6;  // LLAMA_TOKEN_TYPE_BYTE

enum Type : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64, kTypes };
constexpr std::array<std::uint64_t, kTypes> kSize = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

// Elements and bytes of a block, by ggml_type (ggml.h, ggml-common.h). Those that are gone keep their place.
struct Block {
  std::uint64_t elements = 0, bytes = 0;
};
constexpr std::array<Block, 41> kBlocks = {{
    {1, 4},    {1, 2},    {32, 18},   {32, 20},   {32, 16},   {32, 12},   {32, 22},   {32, 24},  {32, 34},
    {32, 36},  {256, 84}, {256, 110}, {256, 144}, {256, 176}, {256, 210}, {256, 292}, {256, 66}, {256, 74},
    {256, 98}, {256, 50}, {32, 18},   {256, 110}, {256, 82},  {256, 136}, {1, 1},     {1, 2},    {1, 4},
    {1, 8},    {1, 8},    {256, 56},  {1, 2},     {32, 18},   {32, 18},   {32, 18},   {256, 54}, {256, 66},
    {32, 18},  {32, 18},  {32, 18},   {32, 17},   {64, 36},
}};

Fit fits(const Part& part) {
  if (!part.text().starts_with("GGUF")) return Fit::no;
  return part.depth == 0 || part.size() >= 16 ? Fit::sure : Fit::no;
}

struct Row {
  std::uint64_t begin = 0, end = 0;  // tensors: in the data
  std::uint64_t hash = 0;
  std::uint64_t at = 0;  // the name in the file
  std::uint32_t length = 0;
};

// A place in the file. A read past the end fails, and every read after it gives zero.
class Cursor {
 public:
  Cursor(std::string_view text, std::uint64_t at) : text_(text), at_(at) {}
  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return text_.size() - at_; }
  bool failed() const { return failed_; }
  bool swapped = false;
  bool old = false;  // version 1: counts and lengths have 32 bits

  std::uint64_t number(std::size_t bytes) {
    if (failed_ || left() < bytes) return failed_ = true, 0;
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      const auto byte = static_cast<unsigned char>(text_[at_ + (swapped ? bytes - 1 - i : i)]);
      out |= std::uint64_t{byte} << (8 * i);
    }
    at_ += bytes;
    return out;
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t count() { return number(old ? 4 : 8); }
  std::string_view string() {
    const std::uint64_t n = count();
    if (failed_ || n > left()) return failed_ = true, std::string_view();
    at_ += n;
    return text_.substr(at_ - n, n);
  }
  void move_to(std::uint64_t at) { at_ = at; }  // at: inside the file
  bool skip(std::uint64_t n) {
    if (failed_ || n > left()) return failed_ = true, false;
    at_ += n;
    return true;
  }

 private:
  std::string_view text_;
  std::uint64_t at_ = 0;
  bool failed_ = false;
};

constexpr std::uint64_t kTold = 100;  // faults of one file; more say nothing new

class GgufScan {
 public:
  GgufScan(Scan& scan, const Part& part) : scan_(scan), part_(part), in_(part.text(), 4) {}

  void run() {
    std::uint32_t version = in_.u32();
    if (!in_.failed() && (version & 0xffff) == 0 && version != 0) {
      in_.swapped = true;
      version = __builtin_bswap32(version);
    }
    if (in_.failed()) return cut("the header");
    if (version < 1 || version > 3) {
      broken(4, fmt::format("version {} is none that is known", version));
      return scan_.not_read(part_, 4, part_.size(), "unknown version");
    }
    in_.old = version == 1;
    const std::uint64_t tensors = in_.count(), pairs = in_.count();
    if (in_.failed()) return cut("the header");
    // A pair takes a key, a type and a value; a tensor a name, its rank, its type and its offset.
    const std::uint64_t length = in_.old ? 4 : 8;
    if (pairs > in_.left() / (length + 4 + 1)) return too_many(8, "key-value pairs", pairs);
    if (tensors > in_.left() / (length + 4 + 4 + 8)) return too_many(8, "tensors", tensors);
    for (std::uint64_t i = 0; i < pairs; ++i)
      if (!pair()) return;
    tell_twice(keys_, "key");
    vocabulary();
    for (std::uint64_t i = 0; i < tensors; ++i)
      if (!tensor()) return;
    tell_twice(tensors_, "tensor");
    layout();
  }

 private:
  void broken(std::uint64_t at, std::string what) {
    if (++told_ <= kTold) scan_.find(rules::gguf_broken, std::move(what), {part_.member, at, {}});
  }
  void cut(std::string_view what) {
    broken(in_.at(), fmt::format("{} runs past the end of the file", what));
    scan_.not_read(part_, in_.at(), part_.size(), "it runs past the end of the file");
  }
  void too_many(std::uint64_t at, std::string_view what, std::uint64_t n) {
    broken(at, fmt::format("{} {} are said to be in {} bytes", n, what, in_.left()));
    scan_.not_read(part_, in_.at(), part_.size(), "a count is beyond the file");
  }
  bool stop(std::uint64_t at, std::string what) {
    broken(at, std::move(what));
    scan_.not_read(part_, at, part_.size(), "what follows cannot be told");
    return false;
  }

  struct Array {
    std::uint32_t type = kTypes;
    std::uint64_t at = 0, count = 0;
  };

  bool pair() {
    const std::uint64_t at = in_.at();
    const std::string_view key = in_.string();
    const std::uint32_t type = in_.u32();
    if (in_.failed()) return cut("a key"), false;
    const std::string name = printable(key, 100);
    if (key.empty() || key.size() > kMaxKey) broken(at, fmt::format("a key of {} bytes", key.size()));
    if (!keys_.push({0, 0, xxh3(key), in_.at() - 4 - key.size(),
                     static_cast<std::uint32_t>(std::min<std::uint64_t>(key.size(), kMaxKey))}))
      return stop(at, "more keys than are kept");
    if (type >= kTypes) return stop(at, fmt::format("{} is of type {}, which there is not", name, type));
    const std::uint64_t value_at = in_.at();
    if (type == string) {
      const std::string_view value = in_.string();
      if (in_.failed()) return cut(name), false;
      text(key, name, value, value_at);
    } else if (type == array) {
      Array got;
      if (!values(key, name, got)) return false;
      if (key == "tokenizer.ggml.tokens") tokens_ = got;
      if (key == "tokenizer.ggml.token_type") types_ = got;
      if (key == "tokenizer.ggml.scores") scores_ = got;
    } else {
      const std::uint64_t value = in_.number(kSize[type]);
      if (in_.failed()) return cut(name), false;
      if (type == boolean && value > 1)
        broken(value_at, fmt::format("{} is neither true nor false but {}", name, value));
      if (key == "general.alignment") {
        if (type != u32)
          broken(value_at, "general.alignment is not of type u32");
        else if (value == 0 || (value & (value - 1)) != 0 || value > kMaxAlignment)
          broken(value_at, fmt::format("an alignment of {} is no power of two up to {}", value, kMaxAlignment));
        else
          alignment_ = value;
      }
    }
    if ((type == string || type == array) && key == "general.alignment")
      broken(value_at, "general.alignment is not of type u32");
    return true;
  }

  void text(std::string_view key, const std::string& name, std::string_view value, std::uint64_t at) {
    if (value.size() > kMaxString) broken(at, fmt::format("{} has {} bytes", name, value.size()));
    if (key.find("chat_template") != std::string_view::npos)
      check_template(scan_, value, inside(part_.member, name), TemplateUse::rendered);
  }

  // An array, arrays in it included. `top` is the outermost.
  bool values(std::string_view key, const std::string& name, Array& top) {
    struct Open {
      std::uint64_t left = 0;
    };
    std::array<Open, kMaxNesting + 1> open;
    std::size_t depth = 0;
    bool first = true;
    const bool templates = key.find("chat_template") != std::string_view::npos;
    do {
      if (!first) {
        if (open[depth - 1].left == 0) {
          --depth;
          continue;
        }
        --open[depth - 1].left;
      }
      const std::uint64_t at = in_.at();
      const std::uint32_t type = in_.u32();
      const std::uint64_t n = in_.count();
      if (in_.failed()) return cut(name), false;
      if (first) top = {type, in_.at(), n};
      first = false;
      if (type >= kTypes) return stop(at, fmt::format("{} is a list of type {}, which there is not", name, type));
      const std::uint64_t least = type == string ? (in_.old ? 4 : 8) : type == array ? (in_.old ? 8 : 12) : kSize[type];
      if (n > in_.left() / least) {
        too_many(at, "values of " + name, n);
        return false;
      }
      if (type == array) {
        if (depth == kMaxNesting) return stop(at, fmt::format("{} nests lists deeper than {}", name, kMaxNesting));
        open[depth++] = {n};
      } else if (type == string) {
        for (std::uint64_t i = 0; i < n; ++i) {
          const std::uint64_t where = in_.at();
          const std::string_view value = in_.string();
          if (in_.failed()) return cut(name), false;
          if (value.size() > kMaxString) broken(where, fmt::format("a text of {} has {} bytes", name, value.size()));
          if (templates) check_template(scan_, value, inside(part_.member, name), TemplateUse::rendered);
        }
      } else {
        if (type == boolean) {
          const auto bytes = part_.text().substr(in_.at(), n);
          if (std::any_of(bytes.begin(), bytes.end(), [](char c) { return c != 0 && c != 1; }))
            broken(at, name + " has values that are neither true nor false");
        }
        in_.skip(n * least);
      }
    } while (depth > 0);
    return true;
  }

  // Token texts and their kinds go into fixed tables of the loader, which takes their number from the texts.
  void vocabulary() {
    if (tokens_.type == kTypes) return;
    if (tokens_.type != string) return broken(tokens_.at, "tokenizer.ggml.tokens is no list of texts");
    for (const auto& [list, name] : {std::pair{types_, "token_type"}, std::pair{scores_, "scores"}})
      if (list.type != kTypes && list.count != tokens_.count)
        broken(list.at, fmt::format("tokenizer.ggml.{} has {} entries for {} tokens", name, list.count, tokens_.count));
    if (scores_.type != kTypes && scores_.type != f32) broken(scores_.at, "tokenizer.ggml.scores is no list of f32");
    const bool kinds = types_.type == i32 || types_.type == u32;
    if (types_.type != kTypes && !kinds) broken(types_.at, "tokenizer.ggml.token_type is no list of i32");
    Cursor texts = in_, types = in_;
    texts.move_to(tokens_.at);
    if (kinds) types.move_to(types_.at);
    for (std::uint64_t i = 0; i < tokens_.count; ++i) {
      const std::uint64_t at = texts.at();
      const std::string_view text = texts.string();
      const bool byte = kinds && i < types_.count && static_cast<std::int32_t>(types.u32()) == kByteToken;
      const bool hex =
          text.size() == 6 && text.starts_with("<0x") && text[5] == '>' && is_hex(text[3]) && is_hex(text[4]);
      // llama.cpp reads two digits from a byte token with strtol, which takes a sign.
      const bool sign = text.starts_with("<0x") && text.size() <= 8 && text.ends_with('>') && text.size() > 3 &&
                        !is_hex(text[3]) && text[3] != '>';
      if ((byte && !hex) || sign)
        broken(at, fmt::format("the byte token {} is {}, not two hexadecimal digits", i, printable(text, 40)));
    }
  }
  static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

  bool tensor() {
    const std::uint64_t at = in_.at();
    const std::string_view name = in_.string();
    const std::uint32_t rank = in_.u32();
    if (in_.failed()) return cut("a tensor"), false;
    const std::string shown = printable(name, 100);
    if (name.empty() || name.size() >= kMaxName)
      broken(at, fmt::format("the name of a tensor has {} bytes", name.size()));
    if (rank > kMaxDimensions)
      return stop(at, fmt::format("{} has {} dimensions, at most {} are possible", shown, rank, kMaxDimensions));
    std::uint64_t elements = 1, row = 1;
    bool overflow = false;
    for (std::uint32_t i = 0; i < rank; ++i) {
      const std::uint64_t n = in_.count();
      if (i == 0) row = n;
      if (!in_.failed() && (n == 0 || n > INT64_MAX))
        broken(at, fmt::format("{} has a dimension of {}", shown, static_cast<std::int64_t>(n)));
      overflow = __builtin_mul_overflow(elements, n, &elements) || elements > INT64_MAX || overflow;
    }
    const std::uint32_t type = in_.u32();
    const std::uint64_t offset = in_.number(8);
    if (in_.failed()) return cut(shown), false;
    Row entry{offset, offset, xxh3(name), in_.at() - 12 - rank * (in_.old ? 4u : 8u) - 4 - name.size(),
              static_cast<std::uint32_t>(std::min<std::uint64_t>(name.size(), kMaxKey))};
    std::uint64_t bytes = 0;
    if (type >= kBlocks.size()) {
      broken(at, fmt::format("{} is of type {}, which is not known", shown, type));
      unknown_ = true;
    } else if (overflow || __builtin_mul_overflow(elements / kBlocks[type].elements, kBlocks[type].bytes, &bytes) ||
               bytes > INT64_MAX) {
      broken(at, fmt::format("{} has dimensions whose product overflows 64 bits", shown));
    } else if (row % kBlocks[type].elements != 0) {
      broken(at, fmt::format("a row of {} is no whole number of blocks", shown));
    }
    if (offset % alignment_ != 0) broken(at, fmt::format("{} is not aligned to {} bytes", shown, alignment_));
    if (__builtin_add_overflow(offset, bytes, &entry.end)) {
      broken(at, fmt::format("{} begins at {}", shown, offset));
      entry.end = entry.begin;
    }
    if (!tensors_.push(entry)) return stop(at, "more tensors than are kept");
    return true;
  }

  void tell_twice(SpillArray<Row>& rows, std::string_view what) {
    if (rows.empty()) return;
    Row* first = &rows[0];
    Row* last = first + rows.size();
    std::sort(first, last, [](const Row& a, const Row& b) { return a.hash != b.hash ? a.hash < b.hash : a.at < b.at; });
    for (const Row* row = first + 1; row < last; ++row)
      if (row->hash == row[-1].hash && name_of(*row) == name_of(row[-1]))
        broken(row->at, fmt::format("the {} {} stands there twice", what, printable(name_of(*row), 100)));
  }
  std::string_view name_of(const Row& row) const { return part_.text().substr(row.at, row.length); }

  void layout() {
    const std::uint64_t start = (in_.at() + alignment_ - 1) / alignment_ * alignment_;
    const std::uint64_t data = start < part_.size() ? part_.size() - start : 0;
    std::uint64_t at = 0;
    if (!tensors_.empty()) {
      Row* first = &tensors_[0];
      Row* last = first + tensors_.size();
      std::sort(first, last,
                [](const Row& a, const Row& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
      for (const Row* row = first; row < last; ++row) {
        const std::string shown = printable(name_of(*row), 100);
        if (row->begin < at)
          misplaced(start, shown + " overlaps another tensor");
        else if (row->begin - at >= alignment_ && !unknown_)
          misplaced(start, fmt::format("{} bytes before {} belong to no tensor", row->begin - at, shown));
        if (row->end > data) {
          misplaced(start, fmt::format("{} ends {} bytes past the end of the file", shown, row->end - data));
          return;
        }
        at = std::max(at, row->end);
      }
    }
    if (at >= data || unknown_) return;
    const std::uint64_t behind = start + at;
    // Writers round the size up; what is not zero was put there.
    const auto rest = part_.text().substr(behind);
    if (rest.find_first_not_of('\0') == std::string_view::npos && rest.size() <= kMaxAlignment) return;
    broken(behind, fmt::format("{} bytes stand behind the last tensor", rest.size()));
    if (!scan_.look_into(
            {part_.bytes.subspan(behind), fmt::format("{}+{}", part_.member, behind), part_.depth + 1, part_.whole}))
      scan_.not_read(part_, behind, part_.size(), "it belongs to no tensor");
  }
  void misplaced(std::uint64_t at, std::string what) {
    if (++told_ <= kTold) scan_.find(rules::gguf_broken, std::move(what), {part_.member, at, {}});
  }

  Scan& scan_;
  const Part& part_;
  std::uint64_t told_ = 0;
  Cursor in_;
  std::uint64_t alignment_ = 32;
  bool unknown_ = false;
  Array tokens_, types_, scores_;
  SpillArray<Row> keys_{kRows}, tensors_{kRows};
};

bool scan_gguf(Scan& scan, const Part& part) {
  GgufScan(scan, part).run();
  return true;
}

}  // namespace

extern const Format gguf;
const Format gguf{"gguf", "GGUF model", fits, scan_gguf};

}  // namespace tocsin::scan::models::formats
