// Closed vocabularies: one table of words a type, read both ways.
//
//   constexpr std::array kLayers{Word{Layer::strategic, "strategic"}, Word{Layer::tactical, "tactical"}};
//
// A value may have several spellings; the first is the one that is printed.
#pragma once

#include <optional>
#include <string_view>

namespace tocsin {

template <class E>
struct Word {
  E value;
  std::string_view word;
};

// "" for a value that is not in the table.
template <class Table, class E>
constexpr std::string_view word_of(const Table& table, E value) {
  for (const auto& entry : table)
    if (entry.value == value) return entry.word;
  return "";
}

// Exact; nullopt for a word that is not in the table.
template <class E, class Table>
constexpr std::optional<E> value_of(const Table& table, std::string_view word) {
  for (const auto& entry : table)
    if (entry.word == word) return entry.value;
  return std::nullopt;
}

}  // namespace tocsin
