#include "cli/estate.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Option kOptions[] = {{"--kind", "KIND", "only these", false, false, "model|dataset|library|endpoint"}};
constexpr Example kExamples[] = {{"tocsin estate list", "what we run, and how much of it is affected"}};

Exit run(Context& context) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  auto estate = (*workspace)->estate();
  if (!estate) return context.fail(estate.error());
  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  List list;
  list.name = "assets";
  list.columns = {{"asset", 12, true},      {"kind"},     {"what", 16, true}, {"exposure", 16, true},
                  {"owner", 6, true, true}, {"affected"}, {"to look into"}};
  list.csv = {"name", "kind", "owner", "criticality", "environment", "exposure", "affected", "under_investigation"};
  list.empty = context.args.has("kind") ? "estate.yaml has no " + context.args.get("kind")
                                        : "estate.yaml names nothing yet. Add what you run, and `tocsin radar` judges "
                                          "it: `tocsin estate add model my-bot --set family=llama-3`";
  for (const estate::Asset& asset : (*estate)->assets) {
    if (context.args.has("kind") && estate::to_string(asset.kind) != context.args.get("kind")) continue;
    auto rows = (*reader)->assessments_of_asset(asset.name);
    if (!rows) return context.fail(rows.error());
    std::uint64_t affected = 0, investigating = 0;
    for (const judgement::Assessment& row : *rows) {
      affected += row.status == judgement::Status::affected ? 1 : 0;
      investigating += row.status == judgement::Status::under_investigation ? 1 : 0;
    }
    Json object = estate::to_json(asset);
    object.set("affected", affected);
    object.set("under_investigation", investigating);
    list.rows.push_back(
        {{printable(asset.name, 60), std::string(estate::to_string(asset.kind)), asset_line(asset),
          exposure_line(asset), printable(asset.owner, 40), std::to_string(affected), std::to_string(investigating)},
         affected > 0        ? Paint::red
         : investigating > 0 ? Paint::yellow
                             : Paint::none,
         std::move(object)});
  }
  print_list(context, list);
  return print_problems(context, **estate);
}

}  // namespace

extern const Command estate_list;
const Command estate_list{
    "estate list", "Estate", "models, data sets, libraries and endpoints of estate.yaml", "", kOptions, kExamples, run};

}  // namespace tocsin::cli::commands
