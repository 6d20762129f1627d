// The radar: what waits for a person, by layer, with the reason for each, and what was set aside and why. Chosen,
// grouped and counted here, so that the table and `--format json` show one thing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "estate/estate.hpp"
#include "intel/words.hpp"
#include "store/store.hpp"

namespace tocsin::prove {

// Assets that an item touches for the same reason: what lies at one line of a requirements file is one thing, however
// many entries install it and models run on it.
struct Touch {
  judgement::Status status = judgement::Status::under_investigation;
  std::vector<std::string> assets;
  std::string why;  // the sentence of the first reason; may hold text from outside
};

struct RadarItem {
  store::ItemRow row;
  std::vector<Touch> touches;     // of the assets that wait for a decision, highest score first; at most kTouches
  std::uint64_t more_assets = 0;  // that wait as well, for other reasons
  std::optional<judgement::ActionKind> proposed;
  std::string proposal;
  std::optional<Time> put_off_until;  // of a decision that ended on that day
};
inline constexpr std::size_t kTouches = 2;  // of one item: more is in `show`

struct RadarLayer {
  intel::Layer layer = intel::Layer::operational;
  std::vector<RadarItem> items;
  bool elsewhere = false;  // open items stand on it, and each is on a more urgent layer as well, where it is shown
};

struct RadarAside {
  std::string assets, code;
  std::uint64_t items = 0;
  std::string text;
};

struct Radar {
  std::string organisation,
      shipped_facts;  // name, and date of the facts: the store does not know them, the caller does
  Time as_of;
  // What the estate has: models, data sets, lines that name a package (one that two entries read is one) and those of
  // them that pin it to one version, endpoints.
  std::uint64_t models = 0, datasets = 0, packages = 0, pinned = 0, endpoints = 0;
  // Sources that answered over the network, and when the first and the last of their latest answers came; those that
  // were asked and never did.
  std::uint64_t answered = 0, unanswered = 0;
  std::optional<Time> oldest_answer, latest_answer;
  // Sources of which a file was read, other than what ships with the program, and when the last of them was.
  std::uint64_t from_files = 0;
  std::optional<Time> latest_file;
  std::vector<RadarLayer> layers;  // most urgent first; items of which an assessment waits
  // Items that nothing but a re-opened decision keeps open: what it rested on changed, and applies to no asset any more.
  std::vector<RadarItem> reopened;  // at most `top`
  store::Counts counts;
  std::vector<RadarAside> set_aside;    // most items first
  std::vector<RadarAside> cannot_tell;  // what the estate would have to say, so that its items can be judged
  std::uint64_t shown() const;
};

struct RadarOptions {
  // Only this layer, with all that stands on it. Without, an item is shown once, on the most urgent of its layers.
  std::optional<intel::Layer> layer;
  std::size_t top = 5;  // items a layer
};
Result<Radar> radar(store::Reader& reader, const estate::Estate& estate, Time now, const RadarOptions& options);

// Names: docs/json.md.
Json radar_view(const Radar& radar);

}  // namespace tocsin::prove
