#include "cli/estate.hpp"

#include "base/foreign.hpp"
#include "cli/nearest.hpp"

namespace tocsin::cli {
namespace {

void add(std::string& line, const std::string& part) {
  if (!part.empty()) line += (line.empty() ? "" : ", ") + printable(part, 120);
}

}  // namespace

std::string asset_line(const estate::Asset& asset) {
  std::string line;
  if (asset.model) {
    add(line, asset.model->family.empty() ? asset.model->architecture : asset.model->family);
    add(line, asset.model->relation);
    add(line, asset.model->format);
    add(line, asset.model->quantization);
    if (asset.model->hosted) add(line, "hosted elsewhere");
    if (line.empty()) add(line, asset.model->purl);
  } else if (asset.dataset) {
    add(line, asset.dataset->collection);
    add(line, asset.dataset->origin);
    if (asset.dataset->public_contribution) add(line, "strangers can contribute");
  } else if (asset.library) {
    add(line, asset.library->path);
    add(line,
        std::to_string(asset.library->pins.size()) + (asset.library->pins.size() == 1 ? " package" : " packages"));
  } else if (asset.endpoint) {
    add(line, asset.endpoint->url);
  }
  return line;
}

std::string exposure_line(const estate::Asset& asset) {
  std::string line;
  for (const std::string& word : asset.exposure) add(line, word);
  return line.empty() && (asset.model || asset.endpoint) ? "not told" : line;
}

Exit print_problems(Context& context, const estate::Estate& estate) {
  for (const Error& problem : estate.problems) context.complain(problem.message());
  return estate.problems.empty() ? Exit::done : Exit::incomplete;
}

std::string meant_kind(const knowledge::Knowledge& knowledge, std::string_view key, std::string_view written) {
  const auto kind = key == "family" ? knowledge::NodeKind::family : knowledge::NodeKind::architecture;
  std::vector<std::string> ids;
  for (const knowledge::Node& node : knowledge.nodes())
    if (node.kind == kind) ids.emplace_back(node.id);
  const std::vector<std::string> near = nearest(written, ids);
  if (!near.empty()) return meant(written, ids);
  return key == "family" ? "; say what it is with architecture:, or describe the family in knowledge/families.yaml"
                         : "";
}

}  // namespace tocsin::cli
