// safetensors: 8 bytes of little-endian length, that many bytes of JSON, then tensors. Only the JSON is read.
#include "survey/safetensors.hpp"

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::survey {
namespace {
constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kMaxTypes = 64;  // the format knows about twenty
constexpr JsonLimits kHeaderLimits{.bytes = kMaxSafetensorsHeader, .depth = 16, .values = 4'000'000};
}  // namespace

std::string_view Safetensors::note(std::string_view key) const {
  const auto found = metadata.find(key);
  return found == metadata.end() ? std::string_view() : found->second;
}

Result<std::uint64_t> safetensors_head(std::string_view head, std::uint64_t file_size) {
  Bytes in(head);
  TOCSIN_TRY(const auto length, in.le<std::uint64_t>());
  if (file_size < kLengthBytes || length > file_size - kLengthBytes)
    return fail_at(Code::malformed, "the header would be longer than the file", 0);
  if (length > kMaxSafetensorsHeader)
    return fail_at(Code::refused, fmt::format("a header of more than {} bytes", kMaxSafetensorsHeader), 0);
  return length + kLengthBytes;
}

Result<Safetensors> read_safetensors(std::string_view head, std::uint64_t file_size) {
  TOCSIN_TRY(const std::uint64_t needed, safetensors_head(head, file_size));
  if (head.size() < needed) return fail_at(Code::truncated, "the header ends early", head.size());
  const std::string_view text = head.substr(kLengthBytes, needed - kLengthBytes);
  if (!text.starts_with('{')) return fail_at(Code::malformed, "the header is no JSON object", kLengthBytes);
  Result<Json> parsed = parse_json(text, kHeaderLimits);
  if (!parsed) {  // all of it is here: what ends early is broken
    Error error = std::move(parsed).error();
    if (error.code == Code::truncated) error.code = Code::malformed;
    if (error.offset) *error.offset += kLengthBytes;
    return tl::make_unexpected(std::move(error));
  }
  const Json& json = *parsed;
  if (!json.is_object()) return fail_at(Code::malformed, "the header is no JSON object", kLengthBytes);
  Safetensors out;
  for (const auto& [name, value] : json.as_object()) {
    if (name == "__metadata__") {
      for (const auto& [key, note] : value.as_object())
        if (note.is_string()) out.metadata.insert_or_assign(key, cut_utf8(note.as_string(), kMaxSafetensorsText));
      continue;
    }
    ++out.tensors;
    const std::string_view type = value["dtype"].as_string();
    if (!type.empty() && type.size() <= 16 && out.types.size() < kMaxTypes) out.types.emplace(type);
  }
  return out;
}

}  // namespace tocsin::survey
