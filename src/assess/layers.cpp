// The table of docs/scoring.md, section "Layers": by kind of thing first, by what it says second.
#include "assess/layers.hpp"

namespace tocsin::assess {

intel::Layers layers_of(const intel::Item& item, const Facets& facets) {
  using intel::Kind;
  using intel::Layer;
  switch (item.kind) {
    case Kind::technique:
    case Kind::tactic:
    case Kind::mitigation:
      return Layer::tactical;
    case Kind::case_study: {
      // An exercise shows how; what really happened also says who and why.
      const auto* harm = facets.find(knowledge::Means::subject, "harm");
      const auto* actors = facets.find(knowledge::Means::threat, "attackers-use-ai");
      return harm != nullptr || actors != nullptr ? Layer::tactical | Layer::strategic : intel::Layers(Layer::tactical);
    }
    case Kind::risk_category:
    case Kind::incident:
    case Kind::actor:
    case Kind::campaign:
      return Layer::strategic;
    case Kind::vulnerability:
    case Kind::malicious_package:
    case Kind::indicator:
    case Kind::malware:
    case Kind::tool:
      return Layer::operational;
    case Kind::research:
      return facets.stance == Stance::survey ? Layer::tactical | Layer::strategic : intel::Layers(Layer::tactical);
    case Kind::news:
    case Kind::report:
    case Kind::other:
      break;
  }
  if (!item.affects.packages.empty()) return Layer::operational;
  if (!facets.threats.empty() && facets.security)
    return facets.stance == Stance::incident ? Layer::strategic : Layer::tactical;
  return Layer::strategic;
}

}  // namespace tocsin::assess
