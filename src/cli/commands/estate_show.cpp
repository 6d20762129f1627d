#include "base/text.hpp"
#include "cli/estate.hpp"
#include "cli/nearest.hpp"
#include "cli/views.hpp"
#include "prove/views.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {{"ASSET", "", "its name in estate.yaml", true},
                               {"--limit", "N", "items shown (default 15)"}};
constexpr Example kExamples[] = {{"tocsin estate show support-bot", "one asset and what applies to it"}};

Exit run(Context& context) {
  const auto limit = number_option(context.args, "limit", 15, 1);
  if (!limit) return context.usage(limit.error().message());
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto estate = (*workspace)->estate();
  if (!estate) return context.fail(estate.error());
  const estate::Asset* asset = (*estate)->find(context.args.get("ASSET"));
  if (asset == nullptr) {
    std::vector<std::string> names;
    names.reserve((*estate)->assets.size());
    for (const estate::Asset& one : (*estate)->assets) names.push_back(one.name);
    context.complain("estate.yaml has no '" + printable(context.args.get("ASSET")) + "'" +
                     meant(context.args.get("ASSET"), names));
    return Exit::no;
  }
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  auto rows = (*reader)->assessments_of_asset(asset->name);
  if (!rows) return context.fail(rows.error());
  if (context.format != Format::table) {
    Json out = estate::to_json(*asset);
    Json assessments = Json::array();
    for (const judgement::Assessment& row : *rows) {
      Json one = prove::assessment_view(row);
      one.set("item", row.item.text());
      assessments.push(std::move(one));
    }
    out.set("assessments", assessments);
    print_object(context, out);
    return Exit::done;
  }
  print_labelled(context, Paint::bold, printable(asset->name) + " ",
                 std::string(estate::to_string(asset->kind)) + ", " + asset_line(*asset));
  if (const std::string exposure = exposure_line(*asset); !exposure.empty())
    print_labelled(context, Paint::none, "exposure   ", exposure);
  if (!asset->owner.empty()) context.line("owner       " + printable(asset->owner));
  if (!asset->criticality.empty()) context.line("criticality " + printable(asset->criticality));
  context.line("written in  " + printable(asset->place.file) + ":" + std::to_string(asset->place.line));
  if (asset->library) {
    context.line();
    List pins;
    pins.columns = {{"package"}, {"version"}, {"allowed", 12, true}, {"line", 16, true}};
    for (const estate::Pin& pin : asset->library->pins)
      pins.rows.push_back(
          {{printable(pin.name, 60), printable(pin.version.value_or(""), 40),
            printable(pin.specifier, 60) + (pin.applies ? "" : " (not here: " + printable(pin.marker, 60) + ")"),
            printable(pin.place.file, 80) + ":" + std::to_string(pin.place.line)},
           Paint::none,
           Json()});
    print_list(context, pins);
  }
  context.line();
  List list;
  list.columns = {{"item"}, {"score"}, {"status"}, {"why", 24, true}};
  list.empty = "nothing applies to it, as far as is known";
  for (const judgement::Assessment& row : *rows) {
    if (list.rows.size() == *limit) break;
    auto item = (*reader)->item(row.item);
    if (!item) return context.fail(item.error());
    list.rows.push_back({{*item ? printable((*item)->name, 60) : row.item.text(), std::to_string(row.score),
                          replace_all(judgement::to_string(row.status), "_", " "),
                          row.reasons.empty() ? "" : printable(prove::sentence(row.reasons.front()), 300)},
                         row.status == judgement::Status::affected ? Paint::red : Paint::yellow,
                         Json()});
  }
  print_list(context, list);
  if (rows->size() > list.rows.size())
    context.line("and " + std::to_string(rows->size() - list.rows.size()) + " more; --limit shows them");
  return Exit::done;
}

}  // namespace

extern const Command estate_show;
const Command estate_show{"estate show", "Estate", "one asset: what it is, its pins, what applies to it", "", kOptions,
                          kExamples,     run};

}  // namespace tocsin::cli::commands
