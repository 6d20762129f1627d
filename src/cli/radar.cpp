#include "cli/radar.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/output.hpp"
#include "cli/views.hpp"
#include "cycle/assess.hpp"
#include "cycle/first.hpp"
#include "prove/radar.hpp"
#include "prove/views.hpp"

namespace tocsin::cli {
namespace {

struct LayerWords {
  intel::Layer layer;
  const char* title;
  const char* says;
};
constexpr LayerWords kLayers[] = {
    {intel::Layer::operational, "OPERATIONAL", "act now"},
    {intel::Layer::tactical, "TACTICAL", "how you would be attacked"},
    {intel::Layer::strategic, "STRATEGIC", "who and why: where to spend"},
};
const LayerWords& words_of(intel::Layer layer) {
  return *std::find_if(std::begin(kLayers), std::end(kLayers),
                       [&](const LayerWords& one) { return one.layer == layer; });
}

constexpr std::size_t kShownNames = 3;  // of assets touched for one reason
constexpr std::size_t kShownAside = 8;  // reasons why items were set aside
constexpr std::size_t kLabel = 20;      // "under investigation " and what is written beside it
constexpr std::size_t kItemIndent = 6;

// "      affected            support-bot: why", wrapped beside the label.
void print_beside(Context& context, Paint paint, const std::string& label, std::string_view text) {
  constexpr std::size_t kIndent = kItemIndent + kLabel;
  const auto lines = wrap(text, context.width > kIndent + 20 ? context.width - kIndent : 20);
  const std::string pad(kLabel - std::min(kLabel, display_width(label)), ' ');
  context.line(std::string(kItemIndent, ' ') + painted(context, paint, label) + pad + lines[0]);
  for (std::size_t i = 1; i < lines.size(); ++i) context.line(std::string(kIndent, ' ') + lines[i]);
}

// What a re-opened decision is told with: the first of what changed, the rest is in `show`.
void print_changes(Context& context, const std::vector<std::string>& difference) {
  if (difference.empty()) return;
  const std::string more = difference.size() > 1 ? " (and " + std::to_string(difference.size() - 1) + " more)" : "";
  print_beside(context, Paint::yellow, "since decided", printable(difference.front(), 400) + more);
}

void print_item(Context& context, const prove::RadarItem& item) {
  const store::ItemRow& row = item.row;
  const store::DecisionRow* decision = prove::decision_that_counts(row);
  const bool reopened = decision != nullptr && decision->state == store::DecisionState::reopened;
  std::string score = std::to_string(row.judged ? row.judged->score : 0);
  score.insert(0, 4 - std::min<std::size_t>(3, score.size()), ' ');
  std::string head = score + "  " + painted(context, Paint::bold, printable(row.name, 60));
  if (row.severity != intel::Severity::unknown && row.severity != intel::Severity::none)
    head += " · " + std::string(intel::to_string(row.severity));
  if (row.withdrawn) head += " · withdrawn " + to_date(*row.withdrawn);
  if (reopened)
    head += " · decision re-opened (" + std::string(judgement::to_string(decision->decision.verdict)) + ", " +
            printable(decision->decision.by, 60) + ")";
  if (item.put_off_until) head += " · put off until " + to_date(*item.put_off_until);
  context.line(head);
  print_block(context, row.title.terminal(), kItemIndent);
  for (const prove::Touch& touch : item.touches) {
    std::string names;
    for (std::size_t n = 0; n < touch.assets.size() && n < kShownNames; ++n)
      names += (n == 0 ? "" : ", ") + printable(touch.assets[n], 60);
    if (touch.assets.size() > kShownNames)
      names += " and " + std::to_string(touch.assets.size() - kShownNames) + " more";
    print_beside(context, touch.status == judgement::Status::affected ? Paint::red : Paint::yellow,
                 replace_all(judgement::to_string(touch.status), "_", " "),
                 names + (touch.why.empty() ? "" : ": " + printable(touch.why, 400)));
  }
  if (reopened) print_changes(context, decision->difference);
  if (item.more_assets > 0)
    print_beside(context, Paint::none, "", "and " + counted(item.more_assets, "more asset", "more assets"));
  if (item.proposed)
    print_beside(context, Paint::cyan, "→ " + std::string(judgement::to_string(*item.proposed)),
                 printable(item.proposal, 400));
}

// How old what we know is, and whether anybody was asked.
std::string age_line(const prove::Radar& radar) {
  std::string line = "shipped facts of " + radar.shipped_facts;
  if (auto time = parse_time(radar.shipped_facts)) line += " (" + ago(*time, radar.as_of) + ")";
  if (radar.from_files > 0)
    line += "; files of " + counted(radar.from_files, "source", "sources") + " read, last " +
            ago(*radar.latest_file, radar.as_of);
  if (radar.answered == 0 && radar.unanswered > 0)
    return line + "; " + counted(radar.unanswered, "source was", "sources were") +
           " asked live, none has answered: tocsin source list";
  if (radar.answered == 0) return line + "; no source was asked live yet: tocsin collect";
  line += "; " + counted(radar.answered, "source has", "sources have") + " answered live, last " +
          ago(*radar.latest_answer, radar.as_of);
  if (radar.answered > 1) line += ", the longest ago " + ago(*radar.oldest_answer, radar.as_of);
  if (radar.unanswered > 0) line += "; " + std::to_string(radar.unanswered) + " never did: tocsin source list";
  return line;
}

std::string package_count(const prove::Radar& radar) {
  if (radar.pinned == radar.packages) return counted(radar.packages, "pinned package", "pinned packages");
  return counted(radar.packages, "package", "packages") + " (" + std::to_string(radar.pinned) + " pinned)";
}

// "97 items are open: 19 affected, 78 more to look into; 15 shown (--top shows more)"
std::string count_line(const prove::Radar& radar) {
  const std::uint64_t open = radar.counts.open, affected = radar.counts.open_affected, shown = radar.shown();
  const std::uint64_t reopened = radar.counts.open_reopened, others = open - affected - reopened;
  std::string line = counted(open, "item is open", "items are open");
  if (affected == open)
    line += open > 1 ? ", all affected" : open == 1 ? ", affected" : "";
  else if (others == open)
    line += ", to look into";
  else if (reopened == open)
    line += ", decided before";
  else
    line += std::string(":") + (affected > 0 ? " " + std::to_string(affected) + " affected," : "") +
            (others > 0 ? " " + std::to_string(others) + (affected > 0 ? " more" : "") + " to look into," : "") +
            (reopened > 0 ? " " + std::to_string(reopened) + " decided before," : "");
  if (line.ends_with(',')) line.pop_back();
  return line + "; " + std::to_string(shown) + " shown" + (shown < open ? " (--top shows more)" : "");
}

void print_reasons(Context& context, const std::vector<prove::RadarAside>& rows) {
  for (std::size_t i = 0; i < rows.size() && i < kShownAside; ++i) {
    std::string number = std::to_string(rows[i].items);
    number.insert(0, 6 - std::min<std::size_t>(5, number.size()), ' ');
    print_labelled(context, Paint::none, number + " ", printable(rows[i].text, 300));
  }
  if (rows.size() > kShownAside)
    context.line("        and " + counted(rows.size() - kShownAside, "rarer reason", "rarer reasons") +
                 " (--format json)");
}

void print_table(Context& context, const prove::Radar& radar, const estate::Estate& estate,
                 const RadarOptions& options) {
  const std::string& folder =
      options.workspace_argument.empty() ? context.args.get("workspace") : options.workspace_argument;
  const std::string where = folder.empty() ? "" : " --workspace " + shell_word(printable(folder, 400));
  const std::string name = radar.organisation.empty() ? "This workspace" : printable(radar.organisation, 80);
  context.line(painted(context, Paint::bold, name + " · radar · " + to_date(radar.as_of)));
  print_block(context,
              counted(radar.models, "model", "models") + ", " + counted(radar.datasets, "data set", "data sets") +
                  ", " + package_count(radar) + ", " + counted(radar.endpoints, "endpoint", "endpoints"),
              0);
  print_block(context, age_line(radar), 0);
  for (const Error& problem : estate.problems)
    print_labelled(context, Paint::yellow, "estate ", printable(problem.message(), 300));
  if (estate.assets.empty()) {
    context.line();
    print_block(context,
                "estate.yaml names nothing yet, so that none of the " +
                    counted(radar.counts.items, "item that is", "items that are") + " known can be judged.",
                0);
    context.line();
    context.line(painted(context, Paint::bold, "NEXT"));
    context.line("  tocsin estate add model my-bot --set family=llama-3" + where);
    context.line("  tocsin radar" + where);
    return;
  }

  std::string first;
  for (const prove::RadarLayer& layer : radar.layers) {
    const LayerWords& words = words_of(layer.layer);
    context.line();
    context.line(painted(context, Paint::bold, words.title) + "  " + painted(context, Paint::dim, words.says));
    if (layer.items.empty())
      context.line(layer.elsewhere ? "      nothing but what is shown above" : "      nothing open");
    for (const prove::RadarItem& item : layer.items) {
      if (first.empty()) first = item.row.name;
      print_item(context, item);
    }
  }
  if (!radar.reopened.empty()) {
    context.line();
    context.line(painted(context, Paint::bold, "DECIDED BEFORE") + "  " +
                 painted(context, Paint::dim, "applies no longer, and what was decided rested on it"));
    for (const prove::RadarItem& item : radar.reopened) {
      if (first.empty()) first = item.row.name;
      print_item(context, item);
    }
  }

  context.line();
  print_block(context, count_line(radar), 0);
  const store::Counts& counts = radar.counts;
  if (counts.fixed > 0)
    print_block(context, counted(counts.fixed, "item is", "items are") + " fixed in the versions you run", 0);
  if (counts.stale > 0)
    print_block(context, counted(counts.stale, "item waits", "items wait") + " to be judged: tocsin assess", 0);

  if (counts.cannot_tell > 0) {
    context.line();
    context.line(painted(context, Paint::bold, "CANNOT TELL") + "  " +
                 painted(context, Paint::dim,
                         counted(counts.cannot_tell, "item", "items") + ", because your estate does not say enough"));
    print_reasons(context, radar.cannot_tell);
  }
  context.line();
  context.line(painted(context, Paint::bold, "SET ASIDE") + "  " +
               painted(context, Paint::dim,
                       counted(counts.not_affected, "item that does", "items that do") + " not apply, and why"));
  print_reasons(context, radar.set_aside);

  context.line();
  context.line(painted(context, Paint::bold, "NEXT"));
  if (!first.empty()) context.line("  tocsin show " + shell_word(printable(first, 200)) + where);
  context.line("  tocsin items --decision open" + where);
  context.line("  tocsin items --assessment not_affected" + where);
  context.line(options.demo ? "  tocsin init          in a project of your own" : "  tocsin collect" + where);
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
        context.note("the estate changed: judged " + counted(assessed->judged, "item", "items") + " again");
    }
  }
  auto reader = workspace.store().read();
  if (!reader) return context.fail(reader.error());
  auto radar = prove::radar(**reader, **estate, workspace.clock().now(), {options.layer, options.top});
  if (!radar) return context.fail(radar.error());
  radar->organisation = workspace.config().organisation;
  radar->shipped_facts = cycle::shipped().gathered;
  if (context.format == Format::json) {
    print_object(context, prove::radar_view(*radar));
  } else if (context.format == Format::table) {
    print_table(context, *radar, **estate, options);
  } else {
    std::vector<store::ItemRow> rows;
    for (prove::RadarLayer& layer : radar->layers)
      for (prove::RadarItem& item : layer.items) rows.push_back(std::move(item.row));
    for (prove::RadarItem& item : radar->reopened) rows.push_back(std::move(item.row));
    print_list(context, item_list(context, rows));
  }
  return Exit::done;
}

}  // namespace tocsin::cli
