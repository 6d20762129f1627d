// What is known about the names that pickles import (knowledge/pickle.yaml), laid out for many quick questions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

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
  explicit Names(const knowledge::Knowledge& facts);
  // Exact pair; then the module and what is around it, for whole modules that are dangerous; then plain classes.
  Known about(std::string_view module, std::string_view name) const;

 private:
  knowledge::Knowledge facts_;  // keeps the rows alive
  std::unordered_map<std::string_view, std::unordered_map<std::string_view, const knowledge::PickleName*>> by_module_;
  std::unordered_map<std::string_view, const knowledge::PickleClasses*> classes_;
};

// "runs a program", for the effect words of knowledge/pickle.yaml.
std::string_view effect_in_words(std::string_view effect);

}  // namespace tocsin::scan::models
