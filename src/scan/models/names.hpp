// What is known about the names that pickles import (knowledge/pickle.yaml). The tables are searched as they stand: laying
// them out anew takes longer than scanning a small file.
#pragma once

#include <cstdint>
#include <string_view>

#include "knowledge/knowledge.hpp"

namespace tocsin::scan::models {

enum class Trust : std::uint8_t {
  safe,     // on the list
  caution,  // on the list; its arguments matter
  plain,    // a plain class of a known package
  unknown,  // on no list
  danger,   // known to do harm
  dotted,   // reaches through an attribute: on no list whatever it is
};

struct Known {
  Trust trust = Trust::unknown;
  const knowledge::PickleName* fact = nullptr;  // for safe, caution and danger
};

class Names {
 public:
  explicit Names(const knowledge::Knowledge& facts) : facts_(facts) {}
  // Exact pair; then the module and what is around it, for whole modules that are dangerous; then plain classes.
  Known about(std::string_view module, std::string_view name) const;

 private:
  const knowledge::PickleName* row(std::string_view module, std::string_view name) const;  // nullptr: not on the list
  knowledge::Knowledge facts_;                                                             // keeps the rows alive
};

// "runs a program", for the effect words of knowledge/pickle.yaml.
std::string_view effect_in_words(std::string_view effect);

}  // namespace tocsin::scan::models
