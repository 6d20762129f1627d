// One mechanism of attack against one asset: which conditions hold, what ties text and model together, what is missing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assess/assess.hpp"

namespace tocsin::assess {

// What an item is about, once its incidental words are left out.
struct Subject {
  const intel::Item* item = nullptr;
  const Facets* facets = nullptr;
  bool by_id = false;  // a technique or risk category: judged by what its id needs alone
  std::vector<const knowledge::Threat*> threats;
  std::vector<const knowledge::Node*> nodes;  // families and architectures it speaks of
  bool titled = false;                        // the title names one of them
  int node_weight = 0;                        // of the one named most
  std::vector<std::string> modalities;
  std::vector<std::string> own;  // of these, what the text itself says most plainly: in its title, or again and again
  std::vector<const knowledge::Task*> tasks;  // special ones that it is really about
  bool white_box = false;                     // needs weights, and offers no other way
};
Subject subject_of(const intel::Item& item, const Facets& facets, const knowledge::Knowledge& knowledge);

// How far a threat gets: the later, the closer it is to us.
enum class Reach : std::uint8_t {
  kind,
  modality,
  architecture,
  task,
  other_architecture,
  access,
  exposure,
  background,
  unknown,
  applies
};

struct ThreatVerdict {
  Reach reach = Reach::kind;
  const knowledge::Threat* threat = nullptr;
  bool named = false;                      // family or architecture of the asset is named, not only its modality
  bool weak = false;                       // nothing ties the two but that the asset is a model
  std::string missing;                     // reason code, when it does not reach
  std::string detail;                      // the fact of the class verdict
  std::vector<judgement::Reason> reasons;  // naming both sides
};
ThreatVerdict match(const Subject& subject, const knowledge::Threat& threat, const AssetView& asset,
                    const knowledge::Knowledge& knowledge);

}  // namespace tocsin::assess
