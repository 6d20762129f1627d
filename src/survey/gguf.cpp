// GGUF versions 1 to 3, little-endian: magic, version, number of tensors, number of pairs, then the pairs (key, type,
// value). Arrays (vocabularies) are stepped over: fixed-size elements at once, texts one by one, each at least as long
// as its own length field, so that no count costs more than the bytes that are there.
#include "survey/gguf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::survey {
namespace {

constexpr std::uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr std::uint32_t kText = 8, kArray = 9;
// Bytes of a value by its type number; 0 for texts and arrays.
constexpr std::array<std::uint8_t, 13> kSizes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

// Numbers of `general.file_type`: enum llama_ftype of llama.cpp (include/llama.h).
struct FileType {
  std::uint64_t number;
  std::string_view word;
};
constexpr FileType kFileTypes[] = {
    {0, "F32"},     {1, "F16"},     {2, "Q4_0"},     {3, "Q4_1"},    {7, "Q8_0"},    {8, "Q5_0"},    {9, "Q5_1"},
    {10, "Q2_K"},   {11, "Q3_K_S"}, {12, "Q3_K_M"},  {13, "Q3_K_L"}, {14, "Q4_K_S"}, {15, "Q4_K_M"}, {16, "Q5_K_S"},
    {17, "Q5_K_M"}, {18, "Q6_K"},   {19, "IQ2_XXS"}, {20, "IQ2_XS"}, {21, "Q2_K_S"}, {22, "IQ3_XS"}, {23, "IQ3_XXS"},
    {24, "IQ1_S"},  {25, "IQ4_NL"}, {26, "IQ3_S"},   {27, "IQ3_M"},  {28, "IQ2_S"},  {29, "IQ2_M"},  {30, "IQ4_XS"},
    {31, "IQ1_M"},  {32, "BF16"},   {36, "TQ1_0"},   {37, "TQ2_0"},  {38, "MXFP4"}};

class GgufHead {
 public:
  GgufHead(std::string_view head, std::uint64_t file_size, Gguf& into)
      : in_(head), file_size_(file_size), into_(into) {}

  Result<> run() {
    TOCSIN_TRY(const auto magic, in_.le<std::uint32_t>());
    if (magic != kMagic) return fail_at(Code::malformed, "not a GGUF file: it does not begin with GGUF", 0);
    TOCSIN_TRY(into_.version, in_.le<std::uint32_t>());
    if (into_.version < 1 || into_.version > 3)
      return fail_at(Code::refused, fmt::format("GGUF version {} (1 to 3 are read)", into_.version), 4);
    TOCSIN_TRY(into_.tensors, count());
    TOCSIN_TRY(into_.pairs, count());
    if (into_.tensors > kMaxGgufTensors)
      return fail_at(Code::refused, fmt::format("more than {} tensors are declared", kMaxGgufTensors), 8);
    if (into_.pairs > kMaxGgufPairs)
      return fail_at(Code::refused, fmt::format("more than {} key-value pairs are declared", kMaxGgufPairs), 8);
    for (std::uint64_t i = 0; i < into_.pairs; ++i) TOCSIN_CHECK(pair());
    return {};
  }

 private:
  Result<std::uint64_t> count() {
    if (into_.version > 1) return in_.le<std::uint64_t>();
    TOCSIN_TRY(const auto small, in_.le<std::uint32_t>());
    return small;
  }

  // What is longer than the file cannot be there, whatever part of the file we hold.
  Result<std::string_view> text(std::uint64_t limit) {
    const std::uint64_t at = in_.offset();
    TOCSIN_TRY(const std::uint64_t size, count());
    if (size > file_size_ - std::min(file_size_, in_.offset()))
      return fail_at(Code::malformed, "a text runs past the end of the file", at);
    if (size > limit) return fail_at(Code::refused, fmt::format("a key of more than {} bytes", limit), at);
    return in_.text(size);
  }

  Result<> pair() {
    TOCSIN_TRY(const std::string_view key, text(kMaxGgufKeyBytes));
    const std::uint64_t at = in_.offset();
    TOCSIN_TRY(const auto type, in_.le<std::uint32_t>());
    if (type >= kSizes.size()) return fail_at(Code::malformed, fmt::format("value type {} is not known", type), at);
    const bool wanted = key.starts_with("general.");
    if (type == kText) {
      TOCSIN_TRY(const std::string_view value, text(UINT64_MAX));
      if (wanted) into_.texts.insert_or_assign(std::string(key), cut_utf8(value, kMaxGgufTextBytes));
      return {};
    }
    if (type == kArray) return array(0);
    if (!wanted) return in_.skip(kSizes[type]);
    return number(key, type);
  }

  Result<> number(std::string_view key, std::uint32_t type) {
    constexpr std::uint32_t kF32 = 6, kF64 = 12;
    if (type == kF32 || type == kF64) return in_.skip(kSizes[type]);
    std::uint64_t value = 0;
    switch (kSizes[type]) {
      case 1: {
        TOCSIN_TRY(value, in_.le<std::uint8_t>());
        break;
      }
      case 2: {
        TOCSIN_TRY(value, in_.le<std::uint16_t>());
        break;
      }
      case 4: {
        TOCSIN_TRY(value, in_.le<std::uint32_t>());
        break;
      }
      default: {
        TOCSIN_TRY(value, in_.le<std::uint64_t>());
      }
    }
    into_.numbers.insert_or_assign(std::string(key), value);
    return {};
  }

  Result<> array(unsigned depth) {
    const std::uint64_t at = in_.offset();
    if (depth >= kMaxGgufArrayDepth)
      return fail_at(Code::refused, fmt::format("arrays nested more than {} deep", kMaxGgufArrayDepth), at);
    TOCSIN_TRY(const auto type, in_.le<std::uint32_t>());
    if (type >= kSizes.size()) return fail_at(Code::malformed, fmt::format("element type {} is not known", type), at);
    TOCSIN_TRY(const std::uint64_t elements, count());
    const std::uint64_t left = file_size_ - std::min(file_size_, in_.offset());
    const std::uint64_t least = kSizes[type] != 0 ? kSizes[type] : (into_.version > 1 ? 8 : 4);
    if (elements > left / least) return fail_at(Code::malformed, "an array runs past the end of the file", at);
    if (kSizes[type] != 0) return in_.skip(elements * kSizes[type]);
    for (std::uint64_t i = 0; i < elements; ++i) {
      if (type == kArray) {
        TOCSIN_CHECK(array(depth + 1));
      } else if (Result<std::string_view> value = text(UINT64_MAX); !value) {
        return tl::make_unexpected(std::move(value).error());
      }
    }
    return {};
  }

  Bytes in_;
  std::uint64_t file_size_;
  Gguf& into_;
};

}  // namespace

std::string_view Gguf::text(std::string_view key) const {
  const auto found = texts.find(key);
  return found == texts.end() ? std::string_view() : found->second;
}

std::string Gguf::quantization() const {
  const auto found = numbers.find("general.file_type");
  if (found == numbers.end()) return "";
  for (const FileType& type : kFileTypes)
    if (type.number == found->second) return std::string(type.word);
  return "";
}

Result<> read_gguf(std::string_view head, std::uint64_t file_size, Gguf& into) {
  return GgufHead(head, file_size, into).run();
}

}  // namespace tocsin::survey
