// What an item is about, read from its fields and words: by phrases of the knowledge, never by names in code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "intel/item.hpp"
#include "knowledge/knowledge.hpp"

namespace tocsin::assess {

struct Found {
  knowledge::Means means = knowledge::Means::subject;
  std::string value;
  int weight = 0;  // title counts more than summary; more mentions count more
  bool in_title = false;
  bool said = false;     // by more than words that need company
  bool stated = false;   // the source has a field for it
  std::string evidence;  // the words in the text, as they stand there
  bool operator==(const Found&) const = default;
};

enum class Stance : unsigned char { attack, defence, survey, benchmark, incident, other };
std::string_view to_string(Stance stance);

struct Facets {
  bool security = false;  // attack, defence, privacy, misuse or harm is what it is about
  std::string security_evidence;
  Stance stance = Stance::other;
  std::vector<Found> found;          // by means, then weight (highest first), then value
  std::vector<std::string> threats;  // what it is about, by weight; the incidental ones are left out
  std::vector<std::string>
      techniques;  // framework ids: stated ones, and those its threats stand for in the newest editions

  const Found* find(knowledge::Means means, std::string_view value) const;
  std::vector<std::string_view> values(knowledge::Means means) const;
  std::vector<intel::Facet> as_facets() const;  // for storing and filtering
};

// Pure. Linear in title and summary.
Facets classify(const intel::Item& item, const knowledge::Knowledge& knowledge);
Json to_json(const Facets& facets);

}  // namespace tocsin::assess
