// Where an item stands: strategic (months, who and why), tactical (weeks, how), operational (days, act now). By rule,
// from what kind of thing it is and what it says; the table is in docs/scoring.md.
#pragma once

#include "assess/facets.hpp"
#include "intel/item.hpp"

namespace tocsin::assess {

intel::Layers layers_of(const intel::Item& item, const Facets& facets);

}  // namespace tocsin::assess
