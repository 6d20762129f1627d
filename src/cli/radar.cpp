#include "cli/radar.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "assess/reasons.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/views.hpp"
#include "cycle/assess.hpp"
#include "cycle/first.hpp"
#include "prove/views.hpp"

namespace tocsin::cli {
namespace {

constexpr intel::Layer kOrder[] = {intel::Layer::operational, intel::Layer::tactical, intel::Layer::strategic};

const char* layer_line(intel::Layer layer) {
  switch (layer) {
    case intel::Layer::operational:
      return "act now";
    case intel::Layer::tactical:
      return "how you would be attacked";
    case intel::Layer::strategic:
      return "who and why: where to spend";
  }
  return "";
}

// An item that stands on several layers is shown once, where it is most urgent.
intel::Layer home_layer(const store::ItemRow& row) {
  for (intel::Layer layer : kOrder)
    if (row.judged && row.judged->layers.has(layer)) return layer;
  return intel::Layer::tactical;
}

struct Shown {
  intel::Layer layer;
  std::vector<store::ItemRow> rows;
  std::uint64_t affected = 0, investigating = 0;
};

bool may_apply(const store::ItemRow& row) {
  return row.affected > 0 || row.investigating > 0;
}

// The first `top` open items of a layer.
Result<Shown> gather(store::Reader& reader, intel::Layer layer, std::size_t top) {
  Shown shown{layer, {}, 0, 0};
  store::ItemQuery query;
  query.filter.layer = layer;
  query.filter.decision = "open";
  query.filter.withdrawn = false;
  query.limit = std::max<std::size_t>(top * 2, 20);
  query.with_assessments = true;
  query.with_item = true;
  query.with_decisions = true;
  for (;;) {
    TOCSIN_TRY(store::ItemPage page, reader.items(query));
    for (store::ItemRow& row : page.rows) {
      if (!may_apply(row)) return shown;  // by score: what does not apply comes after all that may
      if (home_layer(row) != layer) continue;
      shown.rows.push_back(std::move(row));
      if (shown.rows.size() == top) return shown;
    }
    if (page.next.empty()) return shown;
    query.after = page.next;
  }
}

constexpr std::size_t kShownReasons = 2;  // of one item: more is in `show`
constexpr std::size_t kShownNames = 3;

// Assets that may be touched for the same reason: what lies at one line of a requirements file is one thing, however
// many entries install it and models run on it. `more`: assets beyond the reasons that are shown.
struct Told {
  const judgement::Assessment* first = nullptr;
  std::vector<std::string_view> assets;
};
std::vector<Told> told_of(const store::ItemRow& row, std::size_t& more) {
  const auto is_pin = [](const judgement::Reason& reason) {
    return (reason.code.starts_with("package-") || reason.code == "product-named") && !reason.path.empty();
  };
  const auto same = [&](const judgement::Assessment& a, const judgement::Assessment& b) {
    if (a.status != b.status || a.reasons.empty() || b.reasons.empty()) return false;
    const judgement::Reason &x = a.reasons.front(), &y = b.reasons.front();
    return is_pin(x) && is_pin(y) && x.code == y.code && x.item_fact == y.item_fact && x.path == y.path;
  };
  std::vector<Told> out;
  for (const judgement::Assessment& assessment : row.assessments) {
    if (assessment.status != judgement::Status::affected && assessment.status != judgement::Status::under_investigation)
      continue;
    const auto at = std::find_if(out.begin(), out.end(), [&](const Told& one) { return same(*one.first, assessment); });
    if (at != out.end())
      at->assets.emplace_back(assessment.asset);
    else if (out.size() < kShownReasons)
      out.push_back({&assessment, {assessment.asset}});
    else
      ++more;
  }
  return out;
}

void print_row(Context& context, const store::ItemRow& row) {
  const int score = row.judged ? row.judged->score : 0;
  std::string head = std::to_string(score);
  head.insert(0, 4 - std::min<std::size_t>(3, head.size()), ' ');
  std::string name = printable(row.name, 60);
  const std::string severity = row.severity == intel::Severity::unknown || row.severity == intel::Severity::none
                                   ? ""
                                   : " · " + std::string(intel::to_string(row.severity));
  context.line(head + "  " + painted(context, Paint::bold, name) + severity +
               (row.decision_state == store::DecisionState::reopened && row.verdict ? " · decision re-opened" : ""));
  print_block(context, row.title.terminal(), 6);
  std::size_t more = 0;
  for (const Told& told : told_of(row, more)) {
    const judgement::Assessment& assessment = *told.first;
    std::string names;
    for (std::size_t n = 0; n < told.assets.size() && n < kShownNames; ++n)
      names += (n == 0 ? "" : ", ") + printable(told.assets[n], 60);
    if (told.assets.size() > kShownNames) names += " and " + std::to_string(told.assets.size() - kShownNames) + " more";
    std::string why;
    if (!assessment.reasons.empty()) why = printable(prove::sentence(assessment.reasons.front()), 400);
    const std::string status = replace_all(judgement::to_string(assessment.status), "_", " ");
    const auto lines = wrap(names + ": " + why, context.width > 40 ? context.width - 28 : 40);
    std::string label = status;
    label.resize(20, ' ');
    context.line(
        "      " +
        painted(context, assessment.status == judgement::Status::affected ? Paint::red : Paint::yellow, label) +
        lines[0]);
    for (std::size_t l = 1; l < lines.size(); ++l) context.line(std::string(26, ' ') + lines[l]);
  }
  if (more > 0)
    context.line(std::string(26, ' ') + "and " + std::to_string(more) + (more == 1 ? " more asset" : " more assets"));
  for (const judgement::Assessment& assessment : row.assessments) {
    if (!assessment.proposed || assessment.proposal.empty()) continue;
    std::string label = "→ " + std::string(judgement::to_string(*assessment.proposed));
    label.resize(20 + 2, ' ');  // the arrow takes three bytes and one column
    const auto lines = wrap(printable(assessment.proposal, 400), context.width > 40 ? context.width - 28 : 40);
    context.line("      " + painted(context, Paint::cyan, label) + lines[0]);
    for (std::size_t i = 1; i < lines.size(); ++i) context.line(std::string(26, ' ') + lines[i]);
    break;
  }
}

std::string plural(std::uint64_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

std::string estate_line(const estate::Estate& estate) {
  std::uint64_t models = 0, datasets = 0, endpoints = 0;
  std::set<std::tuple<std::string_view, std::uint32_t, std::string_view>> pins;  // a line that two entries read is one
  for (const estate::Asset& asset : estate.assets) {
    models += asset.model ? 1 : 0;
    datasets += asset.dataset ? 1 : 0;
    endpoints += asset.endpoint ? 1 : 0;
    if (!asset.library) continue;
    for (const estate::Pin& pin : asset.library->pins)
      if (pin.kind != "constraint") pins.emplace(pin.place.file, pin.place.line, pin.name);
  }
  return plural(models, "model", "models") + ", " + plural(datasets, "data set", "data sets") + ", " +
         plural(pins.size(), "pinned package", "pinned packages") + ", " + plural(endpoints, "endpoint", "endpoints");
}

// How old what we know is, and whether anybody was asked.
std::string age_line(const std::vector<store::SourceState>& states, Time now) {
  const cycle::Shipped facts = cycle::shipped();
  std::string line = "shipped facts of " + facts.gathered;
  if (auto time = parse_time(facts.gathered)) line += " (" + ago(*time, now) + ")";
  std::optional<Time> oldest, newest;
  std::size_t asked = 0;
  for (const store::SourceState& state : states) {
    if (!state.last_success || state.validators.size() == 0) continue;  // read from a file: not a live answer
    ++asked;
    if (!oldest || *state.last_success < *oldest) oldest = state.last_success;
    if (!newest || *state.last_success > *newest) newest = state.last_success;
  }
  if (asked == 0) return line + "; no source was asked live yet: tocsin collect";
  return line + "; " + plural(asked, "source", "sources") + " asked live, last " + ago(*newest, now) +
         (asked > 1 ? ", the longest ago " + ago(*oldest, now) : "");
}

Json radar_json(const std::vector<Shown>& layers, const store::Counts& counts,
                const std::vector<store::NoiseRow>& noise, const cycle::Workspace& workspace) {
  Json out = Json::object();
  out.set("organisation", workspace.config().organisation);
  out.set("as_of", to_rfc3339(workspace.clock().now()));
  out.set("shipped_facts", cycle::shipped().gathered);
  Json by_layer = Json::object();
  for (const Shown& shown : layers) {
    Json rows = Json::array();
    for (const store::ItemRow& row : shown.rows) rows.push(prove::item_view(row));
    by_layer.set(intel::to_string(shown.layer), rows);
  }
  out.set("layers", by_layer);
  out.set("counts", Json::object({{"items", counts.items},
                                  {"affected", counts.affected},
                                  {"under_investigation", counts.under_investigation},
                                  {"fixed", counts.fixed},
                                  {"not_affected", counts.not_affected},
                                  {"open", counts.open},
                                  {"stale", counts.stale}}));
  Json aside = Json::array();
  for (const store::NoiseRow& row : noise)
    aside.push(Json::object({{"assets", row.assets},
                             {"code", row.code},
                             {"items", row.items},
                             {"text", assess::class_sentence(row.assets, row.code, "")}}));
  out.set("set_aside", aside);
  return out;
}

}  // namespace

Exit print_radar(Context& context, cycle::Workspace& workspace, const RadarOptions& options) {
  auto estate = workspace.estate();
  if (!estate) return context.fail(estate.error());
  if (options.refresh) {
    auto reader = workspace.store().read();
    if (!reader) return context.fail(reader.error());
    auto last = (*reader)->last_assessment();
    if (!last) return context.fail(last.error());
    reader->reset();
    if (!*last || (*last)->inputs.estate != (*estate)->digest) {
      auto assessed = cycle::assess(workspace, false, context.progress());
      context.progress().finish();
      if (!assessed)
        context.note("tocsin: the estate changed, but could not be judged again: " + assessed.error().message());
      else if (*last)
        context.note("the estate changed: judged " + std::to_string(assessed->judged) + " items again");
    }
  }
  auto reader = workspace.store().read();
  if (!reader) return context.fail(reader.error());
  auto counts = (*reader)->counts();
  if (!counts) return context.fail(counts.error());
  auto noise = (*reader)->noise();
  if (!noise) return context.fail(noise.error());
  auto states = (*reader)->sources();
  if (!states) return context.fail(states.error());
  std::vector<Shown> layers;
  for (intel::Layer layer : kOrder) {
    if (options.layer && *options.layer != layer) continue;
    auto shown = gather(**reader, layer, options.top);
    if (!shown) return context.fail(shown.error());
    layers.push_back(std::move(*shown));
  }
  if (context.format == Format::json) {
    print_object(context, radar_json(layers, *counts, *noise, workspace));
    return Exit::done;
  }
  if (context.format != Format::table) {
    std::vector<store::ItemRow> rows;
    for (Shown& shown : layers) std::move(shown.rows.begin(), shown.rows.end(), std::back_inserter(rows));
    print_list(context, item_list(context, rows));
    return Exit::done;
  }

  const Time now = workspace.clock().now();
  const std::string name =
      workspace.config().organisation.empty() ? "This workspace" : printable(workspace.config().organisation, 80);
  context.line(painted(context, Paint::bold, name + " · radar · " + to_date(now)));
  context.line(estate_line(**estate));
  print_block(context, age_line(*states, now), 0);
  for (const Error& problem : (*estate)->problems)
    context.line(painted(context, Paint::yellow, "estate  ") + printable(problem.message(), 300));

  std::string first;
  for (const Shown& shown : layers) {
    context.line();
    std::string title = to_lower(intel::to_string(shown.layer));
    std::transform(title.begin(), title.end(), title.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    context.line(painted(context, Paint::bold, title) + "  " + painted(context, Paint::dim, layer_line(shown.layer)));
    if (shown.rows.empty()) context.line("      nothing open");
    for (const store::ItemRow& row : shown.rows) {
      if (first.empty()) first = row.name;
      print_row(context, row);
    }
  }

  const std::uint64_t shown_items = [&] {
    std::uint64_t n = 0;
    for (const Shown& shown : layers) n += shown.rows.size();
    return n;
  }();
  context.line();
  context.line(plural(counts->open, "item is", "items are") + " open (" + std::to_string(counts->affected) +
               " affected, " + std::to_string(counts->under_investigation) + " to look into, over all layers); " +
               std::to_string(shown_items) + " shown, --top shows more");
  if (counts->fixed > 0) context.line(plural(counts->fixed, "item is", "items are") + " fixed in the versions you run");
  if (counts->stale > 0)
    context.line(plural(counts->stale, "item waits", "items wait") + " to be judged: tocsin assess");

  context.line();
  context.line(painted(context, Paint::bold, "SET ASIDE") + "  " +
               painted(context, Paint::dim,
                       plural(counts->not_affected, "item that does", "items that do") + " not apply, and why"));
  std::size_t reasons = 0;
  for (const store::NoiseRow& row : *noise) {
    if (++reasons > 8) break;
    std::string number = std::to_string(row.items);
    number.insert(0, 6 - std::min<std::size_t>(5, number.size()), ' ');
    const auto lines = wrap(printable(assess::class_sentence(row.assets, row.code, ""), 300),
                            context.width > 30 ? context.width - 8 : 30);
    context.line(number + "  " + lines[0]);
    for (std::size_t i = 1; i < lines.size(); ++i) context.line(std::string(8, ' ') + lines[i]);
  }
  if (noise->size() > 8)
    context.line("        and " + std::to_string(noise->size() - 8) + " rarer reasons (--format json)");

  const std::string where = options.workspace_argument.empty() ? "" : " --workspace " + options.workspace_argument;
  if (!options.workspace_argument.empty()) context.note("");
  context.line();
  context.line(painted(context, Paint::bold, "NEXT"));
  if (!first.empty()) context.line("  tocsin show " + printable(first, 60) + where);
  context.line("  tocsin items --assessment not_affected" + where);
  context.line(options.workspace_argument.empty() ? "  tocsin collect"
                                                  : "  tocsin init          in a project of your own");
  return Exit::done;
}

}  // namespace tocsin::cli
