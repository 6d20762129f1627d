// SentencePiece models (tokenizer.model): one message of pieces with their scores, and behind them how it was trained
// (sentencepiece_model.proto). Nothing in it is called; it is here so that a folder of a language model has no file that
// nobody knows, and so that what is no such model does not pass for one.
#include <fmt/format.h>

#include "scan/models/formats.hpp"
#include "scan/models/protobuf.hpp"

namespace tocsin::scan::models::formats {
namespace {

using protobuf::Field;
using protobuf::Fields;

// A piece: its text, its score (32 bits), its type.
bool is_piece(std::span<const std::byte> bytes) {
  Fields fields(bytes);
  Field field;
  bool text = false, score = false;
  while (fields.next(field)) {
    if (field.message(1) && !text)
      text = true;
    else if (field.is(2, Field::fixed32) && text)
      score = true;
    else if (!field.is(3, Field::varint) || field.value > 8)
      return false;
  }
  return text && score && !fields.bad();
}

Fit fits(const Part& part) {
  if (part.size() < 16 || part[0] != 0x0a) return Fit::no;
  Fields fields(part.bytes);
  Field field;
  // Every vocabulary has more than three; they are its specials.
  for (int i = 0; i < 3; ++i)
    if (!fields.next(field) || !field.message(1) || !is_piece(field.bytes)) return Fit::no;
  return Fit::maybe;
}

bool scan_sentencepiece(Scan& scan, const Part& part) {
  Fields fields(part.bytes);
  Field field;
  while (fields.next(field)) {
    // Pieces, training, normaliser, self test, denormaliser; extensions begin at 200.
    const bool known = field.message(1) ? is_piece(field.bytes)
                                        : field.number >= 2 && field.number <= 5 && field.message(field.number);
    if (known || field.number >= 200) continue;
    if (part.depth > 0) return false;
    scan.broken(part, field.at, fmt::format("field {} is nothing that a tokenizer has", field.number));
    return true;
  }
  if (!fields.bad()) return true;
  if (part.depth > 0) return false;
  scan.broken(part, fields.at(), "a length that runs past the end");
  return true;
}

}  // namespace

extern const Format sentencepiece;
const Format sentencepiece{"sentencepiece", "SentencePiece tokenizer", fits, scan_sentencepiece};

}  // namespace tocsin::scan::models::formats
