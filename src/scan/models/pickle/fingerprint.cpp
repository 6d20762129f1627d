// One table says of each opcode what stays of it and how long its argument is. The machine is not asked: it is the hot
// path of every scan, and the identity of a stream is wanted by few.
#include "scan/models/pickle/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "scan/models/pickle/opcodes.hpp"

namespace tocsin::scan::pickle {
namespace {

enum class ArgumentForm : std::uint8_t { none, one, two, four, eight, sized1, sized4, sized8, line, lines, number };

struct OpcodeRow {
  std::uint8_t counts_as = 0;  // 0: it does not count
  ArgumentForm argument = ArgumentForm::none;
};

// An argument of another length changes the opcode that carries it, so opcodes that differ in nothing else are one.
constexpr std::array<OpcodeRow, 256> kFingerprintRows = [] {
  std::array<OpcodeRow, 256> rows{};
  for (const std::uint8_t plain :
       {MARK,      STOP,     POP,         POP_MARK,  DUP,          NONE,        REDUCE,         BINPERSID,
        APPEND,    BUILD,    DICT,        APPENDS,   EMPTY_DICT,   LIST,        EMPTY_LIST,     OBJ,
        SETITEM,   TUPLE,    EMPTY_TUPLE, SETITEMS,  NEWOBJ,       TUPLE1,      TUPLE2,         TUPLE3,
        EMPTY_SET, ADDITEMS, FROZENSET,   NEWOBJ_EX, STACK_GLOBAL, NEXT_BUFFER, READONLY_BUFFER})
    rows[plain] = {plain, ArgumentForm::none};
  rows[PERSID] = {PERSID, ArgumentForm::line};
  rows[GLOBAL] = {GLOBAL, ArgumentForm::lines};
  rows[INST] = {INST, ArgumentForm::lines};
  // Text.
  rows[STRING] = rows[UNICODE] = {BINUNICODE, ArgumentForm::line};
  rows[SHORT_BINSTRING] = rows[SHORT_BINUNICODE] = {BINUNICODE, ArgumentForm::sized1};
  rows[BINSTRING] = rows[BINUNICODE] = {BINUNICODE, ArgumentForm::sized4};
  rows[BINUNICODE8] = {BINUNICODE, ArgumentForm::sized8};
  // Bytes.
  rows[SHORT_BINBYTES] = {BINBYTES, ArgumentForm::sized1};
  rows[BINBYTES] = {BINBYTES, ArgumentForm::sized4};
  rows[BINBYTES8] = {BINBYTES, ArgumentForm::sized8};
  rows[BYTEARRAY8] = {BYTEARRAY8, ArgumentForm::sized8};
  // Numbers.
  rows[INT] = {BININT, ArgumentForm::number};  // or a boolean
  rows[LONG] = {BININT, ArgumentForm::line};
  rows[BININT] = {BININT, ArgumentForm::four};
  rows[BININT1] = {BININT, ArgumentForm::one};
  rows[BININT2] = {BININT, ArgumentForm::two};
  rows[LONG1] = {BININT, ArgumentForm::sized1};
  rows[LONG4] = {BININT, ArgumentForm::sized4};
  rows[FLOAT] = {BINFLOAT, ArgumentForm::line};
  rows[BINFLOAT] = {BINFLOAT, ArgumentForm::eight};
  rows[NEWTRUE] = rows[NEWFALSE] = {NEWTRUE, ArgumentForm::none};
  // The memo: what is taken from it counts, what is put there is up to the pickler.
  rows[GET] = {BINGET, ArgumentForm::line};
  rows[BINGET] = {BINGET, ArgumentForm::one};
  rows[LONG_BINGET] = {BINGET, ArgumentForm::four};
  rows[PUT] = {0, ArgumentForm::line};
  rows[BINPUT] = {0, ArgumentForm::one};
  rows[LONG_BINPUT] = {0, ArgumentForm::four};
  rows[MEMOIZE] = {0, ArgumentForm::none};
  // Packing.
  rows[PROTO] = {0, ArgumentForm::one};
  rows[FRAME] = {0, ArgumentForm::eight};
  rows[EXT1] = {EXT1, ArgumentForm::one};
  rows[EXT2] = {EXT1, ArgumentForm::two};
  rows[EXT4] = {EXT1, ArgumentForm::four};
  return rows;
}();

constexpr std::uint64_t kFingerprintStep = 4u << 20;

}  // namespace

Fingerprint fingerprint(std::span<const std::byte> input, std::uint64_t begin, std::uint64_t end,
                        const SpillArray<Hole>& holes, const std::function<void(std::uint64_t)>& passed) {
  const auto* const base = reinterpret_cast<const std::uint8_t*>(input.data());
  std::array<char, 1u << 16> kept;
  std::size_t n = 0;
  Sha256 sha;
  Fingerprint out;
  end = std::min<std::uint64_t>(end, input.size());
  std::uint64_t at = begin, next_hole = 0, told = begin;
  while (at < end) {
    if (next_hole < holes.size() && holes[next_hole].at <= at) {
      at = std::max(at, holes[next_hole].at + std::min(holes[next_hole].bytes, end - holes[next_hole].at));
      ++next_hole;
      continue;
    }
    const std::uint8_t opcode = base[at++];
    OpcodeRow row = kFingerprintRows[opcode];
    const std::uint64_t left = end - at;
    const auto sized = [&](std::uint64_t width) {
      std::uint64_t length = 0;
      for (std::uint64_t i = std::min(width, left); i-- > 0;) length = length << 8 | base[at + i];
      return width + std::min(length, end);
    };
    const auto line = [&](std::uint64_t from) {
      const void* newline = from < end ? std::memchr(base + from, '\n', end - from) : nullptr;
      return newline == nullptr ? end
                                : static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(newline) - base) + 1;
    };
    std::uint64_t skipped = 0;
    switch (row.argument) {
      case ArgumentForm::none:
        break;
      case ArgumentForm::one:
        skipped = 1;
        break;
      case ArgumentForm::two:
        skipped = 2;
        break;
      case ArgumentForm::four:
        skipped = 4;
        break;
      case ArgumentForm::eight:
        skipped = 8;
        break;
      case ArgumentForm::sized1:
        skipped = sized(1);
        break;
      case ArgumentForm::sized4:
        skipped = sized(4);
        break;
      case ArgumentForm::sized8:
        skipped = sized(8);
        break;
      case ArgumentForm::line:
        skipped = line(at) - at;
        break;
      case ArgumentForm::lines:
        skipped = line(line(at)) - at;
        break;
      case ArgumentForm::number: {
        skipped = line(at) - at;
        // How protocols 0 and 1 write False and True.
        const std::string_view text(reinterpret_cast<const char*>(base) + at, skipped);
        if (text == "00\n" || text == "01\n") row.counts_as = NEWTRUE;
        break;
      }
    }
    at += std::min(skipped, left);
    if (row.counts_as != 0) {
      kept[n++] = static_cast<char>(row.counts_as);
      ++out.opcodes;
      if (n == kept.size()) {
        sha.add({kept.data(), n});
        n = 0;
      }
    }
    if (at - told >= kFingerprintStep) {
      passed(at);
      told = at;
    }
  }
  sha.add({kept.data(), n});
  out.digest = sha.finish();
  return out;
}

}  // namespace tocsin::scan::pickle
