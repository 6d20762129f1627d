// Does this apply to our models? One item against one estate, with reasons that name the fact on both sides. Pure: the
// same item, estate, knowledge and `now` give the same answer. Method: docs/assessment.md; score: docs/scoring.md.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assess/estate_view.hpp"
#include "assess/facets.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "intel/item.hpp"
#include "judgement/judgement.hpp"

namespace tocsin::assess {

class AdvisoryIndex;

// Raised when the same inputs give other answers.
inline constexpr std::string_view kRulesVersion = "4";

// Why a whole class of assets is not affected.
struct ClassVerdict {
  std::string assets;  // "models", "libraries", "endpoints", "data sets", "all"; "other models": it touches some
  std::string code;    // of reasons.hpp
  std::string detail;  // the fact: "image"; may be empty
  auto operator<=>(const ClassVerdict&) const = default;
};

// How ClassVerdict::assets calls assets of this kind: "models".
std::string_view class_of(estate::AssetKind kind);

// One part of a score, so that it can be explained. Points add up to the score (clipped to 0..100).
struct ScorePart {
  std::string what;  // "severity high", "exposed to the internet"
  int points = 0;
  bool operator==(const ScorePart&) const = default;
};

struct Context {
  Time now;                // for recency
  char grade = 'F';        // best Admiralty letter of the item's sources; 'F': ask the catalogue of the knowledge
  bool exploited = false;  // known to be exploited (a catalogue of exploited vulnerabilities, a sighting)
  // All that is known of a pin's package, so that a proposal is free of all of it; nullptr, and without the function, of
  // the item alone. The index lives as long as the call.
  std::function<const AdvisoryIndex*(const estate::Pin&)> advisories = {};
};

struct Judgement {
  intel::Layers layers;
  Facets facets;
  // affected, under_investigation and fixed, one row an asset: worst first, then by score, then in the order of the
  // estate.
  std::vector<judgement::Assessment> rows;
  std::vector<ClassVerdict> classes;  // for the rest; sorted
  // Over all assets. nullopt when nobody can tell: nothing is affected or under investigation, but of some assets the
  // estate does not say enough (a class verdict says what); and for an empty estate.
  std::optional<judgement::Status> worst;
  int score = 0;  // of the item: the highest of its rows; what is not affected scores below all that may be
  std::vector<ScorePart> score_parts;
  bool noise = false;  // nothing of ours is of the kind it is about: set aside, with the class verdicts as reason
};

Judgement assess(const intel::Item& item, const EstateView& estate, const Context& context);

// The full answer for one pair, also when it is `not_affected`: for pairs that people decided on and for `show`. What nobody
// can tell is under investigation here. nullopt when there is no asset of that name.
std::optional<judgement::Assessment> assess_pair(const intel::Item& item, const EstateView& estate,
                                                 std::string_view asset, const Context& context);

// Makes the proposals of an item's rows anew, where what is known of their package changed; whatever else the rows say
// stays. True when one differs.
bool propose(const intel::Item& item, const EstateView& estate, const Context& context,
             std::span<judgement::Assessment> rows);

// Whether an item can have anything to say about an asset. What an incremental run uses when an asset or pin
// changed: items for which this is false need no new judgement.
bool may_touch(const intel::Item& item, const Facets& facets, const AssetView& asset);

}  // namespace tocsin::assess
