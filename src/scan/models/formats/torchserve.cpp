// MAR-INF/MANIFEST.json of a TorchServe archive: which file is the handler, the model, the list of packages to install.
#include <fmt/format.h>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/json_value.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::size_t kMaxManifest = 1u << 20;

Fit fits(const Part& part) {
  const auto text = part.text();
  if (text.size() > kMaxManifest || text.find_first_not_of(" \t\r\n") == std::string_view::npos ||
      text[text.find_first_not_of(" \t\r\n")] != '{')
    return Fit::no;
  return text.find("\"modelName\"") != std::string_view::npos && text.find("\"model\"") != std::string_view::npos
             ? Fit::maybe
             : Fit::no;
}

bool scan_manifest(Scan& scan, const Part& part) {
  const auto manifest = json_value(part.text(), {kMaxManifest, 64, 100'000});
  if (!manifest || !(*manifest)["model"].is_object()) return false;
  for (const auto& [key, value] : (*manifest)["model"].as_object()) {
    if (!value.is_string() || (key != "handler" && key != "serializedFile" && key != "modelFile" &&
                               key != "requirementsFile" && key != "configFile" && key != "extensions"))
      continue;
    if (leads_elsewhere(value.as_string()))
      scan.find(rules::archive_path,
                fmt::format("the manifest takes its {} from {}", printable(key, 40), printable(value.as_string(), 200)),
                {part.member, {}, {}});
    else if (key == "requirementsFile")
      scan.find(rules::source_code, Severity::info,
                "serving it installs the packages of " + printable(value.as_string(), 100) + " where that is allowed",
                {part.member, {}, {}});
  }
  return true;
}

}  // namespace

extern const Format torchserve;
const Format torchserve{"torchserve", "TorchServe manifest", fits, scan_manifest};

}  // namespace tocsin::scan::models::formats
