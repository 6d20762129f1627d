// The constants of a pickle, decoded as CPython decodes them: what a reader sees is what the unpickler sees, escapes
// included ("\x6fs" is os).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tocsin::scan::pickle {

enum class Constant : std::uint8_t { none, text, bytes, integer, real };

// One opcode that carries a constant.
struct Decoded {
  Constant kind = Constant::none;
  std::span<const std::byte> raw;  // the argument as it stands in the input, without its length
  std::string text;                // text: UTF-8, lone surrogates as they came; bytes that had escapes: their content
  bool escaped = false;            // `text` holds the content, `raw` does not
  bool valid = true;               // false: the unpickler refuses it
  std::int64_t integer = 0;        // integers that fit
  bool fits = true;
  double real = 0;
};

// The constant whose opcode is at `at`. At most `most` bytes of a text are decoded.
Decoded decode(std::span<const std::byte> input, std::uint64_t at, std::size_t most = SIZE_MAX);

}  // namespace tocsin::scan::pickle
