#include "prove/radar.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include "assess/reasons.hpp"
#include "prove/views.hpp"

namespace tocsin::prove {
namespace {

using judgement::Assessment;
using judgement::Status;

constexpr intel::Layer kOrder[] = {intel::Layer::operational, intel::Layer::tactical, intel::Layer::strategic};

intel::Layer home_layer(const store::ItemRow& row) {
  for (intel::Layer layer : kOrder)
    if (row.judged && row.judged->layers.has(layer)) return layer;
  return intel::Layer::tactical;
}

bool is_pin(const judgement::Reason& reason) {
  return (reason.code.starts_with("package-") || reason.code == "product-named") && !reason.path.empty();
}
bool same_reason(const Assessment& a, const Assessment& b) {
  if (a.status != b.status || a.reasons.empty() || b.reasons.empty()) return false;
  const judgement::Reason &x = a.reasons.front(), &y = b.reasons.front();
  return is_pin(x) && is_pin(y) && x.code == y.code && x.item_fact == y.item_fact && x.path == y.path;
}

RadarItem radar_item(store::ItemRow row) {
  RadarItem out;
  std::vector<const Assessment*> firsts;  // of each touch
  for (const Assessment& assessment : row.assessments) {
    if (!store::waits(row, assessment)) continue;
    if (!out.proposed && assessment.proposed && !assessment.proposal.empty()) {
      out.proposed = assessment.proposed;
      out.proposal = assessment.proposal;
    }
    const auto at = std::find_if(firsts.begin(), firsts.end(),
                                 [&](const Assessment* one) { return same_reason(*one, assessment); });
    if (at != firsts.end()) {
      out.touches[static_cast<std::size_t>(at - firsts.begin())].assets.push_back(assessment.asset);
    } else if (firsts.size() < kTouches) {
      firsts.push_back(&assessment);
      out.touches.push_back({assessment.status,
                             {assessment.asset},
                             assessment.reasons.empty() ? "" : sentence(assessment.reasons.front())});
    } else {
      ++out.more_assets;
    }
  }
  for (const store::DecisionRow& one : row.decisions)
    if (one.state == store::DecisionState::expired && one.decision.item == row.id && !out.put_off_until)
      out.put_off_until = one.decision.until;
  out.row = std::move(row);
  return out;
}

Result<RadarLayer> gather(store::Reader& reader, intel::Layer layer, bool at_home, std::size_t top) {
  RadarLayer out;
  out.layer = layer;
  store::ItemQuery query;
  query.filter.layer = layer;
  query.filter.decision = "open";
  query.filter.waits = true;
  query.limit = std::max<std::size_t>(top * 2, 20);
  query.with_item = query.with_assessments = query.with_decisions = true;
  while (true) {
    TOCSIN_TRY(store::ItemPage page, reader.items(query));
    for (store::ItemRow& row : page.rows) {
      if (at_home && home_layer(row) != layer) {
        out.elsewhere = out.items.empty();
        continue;
      }
      out.elsewhere = false;
      out.items.push_back(radar_item(std::move(row)));
      if (out.items.size() == top) return out;
    }
    if (page.next.empty()) return out;
    query.after = page.next;
  }
}

// Those that nothing but a re-opened decision keeps open: their status, and with it their score, has gone down, so that
// they would stand behind everything else.
Result<std::vector<RadarItem>> gather_reopened(store::Reader& reader, const RadarOptions& options) {
  store::ItemQuery query;
  query.filter.layer = options.layer;
  query.filter.decision = "open";
  query.filter.waits = false;
  query.limit = options.top;
  query.with_item = query.with_assessments = query.with_decisions = true;
  TOCSIN_TRY(store::ItemPage page, reader.items(query));
  std::vector<RadarItem> out;
  for (store::ItemRow& row : page.rows) out.push_back(radar_item(std::move(row)));
  return out;
}

void count_estate(const estate::Estate& estate, Radar& out) {
  std::set<std::tuple<std::string_view, std::uint32_t, std::string_view>> lines, pins;
  for (const estate::Asset& asset : estate.assets) {
    out.models += asset.model ? 1 : 0;
    out.datasets += asset.dataset ? 1 : 0;
    out.endpoints += asset.endpoint ? 1 : 0;
    if (!asset.library) continue;
    for (const estate::Pin& pin : asset.library->pins)
      if (pin.kind != "constraint") {
        lines.emplace(pin.place.file, pin.place.line, pin.name);
        if (pin.version) pins.emplace(pin.place.file, pin.place.line, pin.name);
      }
  }
  out.packages = lines.size();
  out.pinned = pins.size();
}

void count_answers(const std::vector<store::SourceState>& states, Radar& out) {
  for (const store::SourceState& state : states) {
    const auto [asked, answered, file] = store::live_answers(state);
    if (file) {
      ++out.from_files;
      if (!out.latest_file || *file > *out.latest_file) out.latest_file = file;
    }
    if (asked && !answered) ++out.unanswered;
    if (!answered) continue;
    ++out.answered;
    if (!out.oldest_answer || *answered < *out.oldest_answer) out.oldest_answer = answered;
    if (!out.latest_answer || *answered > *out.latest_answer) out.latest_answer = answered;
  }
}

}  // namespace

std::uint64_t Radar::shown() const {
  std::uint64_t n = 0;
  for (const RadarLayer& layer : layers) n += layer.items.size();
  return n + reopened.size();
}

Result<Radar> radar(store::Reader& reader, const estate::Estate& estate, Time now, const RadarOptions& options) {
  Radar out;
  out.as_of = now;
  count_estate(estate, out);
  TOCSIN_TRY(const auto states, reader.sources());
  count_answers(states, out);
  for (intel::Layer layer : kOrder) {
    if (options.layer && *options.layer != layer) continue;
    TOCSIN_TRY(RadarLayer gathered, gather(reader, layer, !options.layer, options.top));
    out.layers.push_back(std::move(gathered));
  }
  TOCSIN_TRY(out.reopened, gather_reopened(reader, options));
  TOCSIN_TRY(out.counts, reader.counts());
  TOCSIN_TRY(const auto noise, reader.noise());
  for (const store::NoiseRow& row : noise) {
    // Of an item that nobody can judge, what is known of other classes of assets is no reason.
    if (row.cannot_tell != assess::cannot_tell(row.code)) continue;
    (row.cannot_tell ? out.cannot_tell : out.set_aside)
        .push_back({row.assets, row.code, row.items, assess::class_sentence(row.assets, row.code, "")});
  }
  return out;
}

Json radar_view(const Radar& radar) {
  Json out = Json::object();
  out.set("organisation", radar.organisation);
  out.set("as_of", to_rfc3339(radar.as_of));
  out.set("shipped_facts", radar.shipped_facts);
  out.set("estate", Json::object({{"models", radar.models},
                                  {"datasets", radar.datasets},
                                  {"packages", radar.packages},
                                  {"pinned", radar.pinned},
                                  {"endpoints", radar.endpoints}}));
  out.set("live", Json::object({{"sources", radar.answered},
                                {"unanswered", radar.unanswered},
                                {"latest", time_or_null(radar.latest_answer)},
                                {"oldest", time_or_null(radar.oldest_answer)}}));
  out.set("files", Json::object({{"sources", radar.from_files}, {"latest", time_or_null(radar.latest_file)}}));
  const auto views = [](const std::vector<RadarItem>& items) {
    Json all = Json::array();
    for (const RadarItem& item : items) {
      Json one = item_view(item.row);
      Json touches = Json::array();
      for (const Touch& touch : item.touches) {
        Json assets = Json::array();
        for (const std::string& asset : touch.assets) assets.push(asset);
        touches.push(Json::object(
            {{"status", judgement::to_string(touch.status)}, {"assets", std::move(assets)}, {"text", touch.why}}));
      }
      one.set("touches", std::move(touches));
      one.set("more_assets", item.more_assets);
      all.push(std::move(one));
    }
    return all;
  };
  Json layers = Json::object();
  for (const RadarLayer& layer : radar.layers) layers.set(intel::to_string(layer.layer), views(layer.items));
  out.set("layers", std::move(layers));
  out.set("reopened", views(radar.reopened));
  const store::Counts& counts = radar.counts;
  out.set("counts", Json::object({{"items", counts.items},
                                  {"affected", counts.affected},
                                  {"under_investigation", counts.under_investigation},
                                  {"fixed", counts.fixed},
                                  {"not_affected", counts.not_affected},
                                  {"cannot_tell", counts.cannot_tell},
                                  {"open", counts.open},
                                  {"open_affected", counts.open_affected},
                                  {"open_reopened", counts.open_reopened},
                                  {"stale", counts.stale}}));
  const auto reasons = [](const std::vector<RadarAside>& rows) {
    Json list = Json::array();
    for (const RadarAside& row : rows)
      list.push(Json::object({{"assets", row.assets}, {"code", row.code}, {"items", row.items}, {"text", row.text}}));
    return list;
  };
  out.set("cannot_tell", reasons(radar.cannot_tell));
  out.set("set_aside", reasons(radar.set_aside));
  return out;
}

}  // namespace tocsin::prove
