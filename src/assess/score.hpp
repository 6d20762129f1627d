// How much an item deserves attention now, 0..100, from parts that add up and can be shown (docs/scoring.md).
#pragma once

#include <optional>
#include <vector>

#include "assess/assess.hpp"

namespace tocsin::assess {

// What the score looks at besides the item: one asset's answer.
struct Standing {
  judgement::Status status = judgement::Status::not_affected;
  bool background = false;  // not affected, but about the same kind of system
  bool weak = false;        // may apply, but nothing ties the two save that the asset is a model
  int impact = 2;           // of the mechanism, 1..3: stands in for a severity where the item has none
  const AssetView* asset = nullptr;
};
// The parts; their sum, clipped to 0..100, is the score. Not affected is at most 9, what may apply to any model 10 to
// 19, what may apply for a reason of its own at least 20.
std::vector<ScorePart> score_parts(const intel::Item& item, const Facets& facets, const Standing& standing,
                                   const Context& context, char grade);
int total(const std::vector<ScorePart>& parts, judgement::Status status);

}  // namespace tocsin::assess
