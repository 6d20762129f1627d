// A workspace's first hour: made, filled with what ships in the program, judged.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.hpp"
#include "cycle/assess.hpp"
#include "cycle/collect.hpp"
#include "cycle/workspace.hpp"
#include "survey/survey.hpp"

namespace tocsin::cycle {

// What ships as facts: when they were gathered, and by which rule they may be shown.
struct Shipped {
  std::string gathered;  // date, "2026-11-24"
  std::size_t documents = 0;
};
Shipped shipped();

// The example organisation, written into `folder`, whose last part is made when it is missing; `refused` when the folder
// it should lie in is missing as well, `conflict` when it holds a workspace already.
Result<std::unique_ptr<Workspace>> make_demo(const std::filesystem::path& folder, const Clock& clock, Random& random);
// A workspace in `folder` with an estate proposed from what lies there, and beside it the schema that editors complete
// and check it by. A file that is there already stays as it is. `refused` when there is no such folder: it is a project
// of somebody, and a mistyped one is not.
inline constexpr std::string_view kSchemaFile = "estate.schema.json";
struct Proposed {
  std::unique_ptr<Workspace> workspace;
  survey::Survey survey;
  bool other_schema = false;  // there was a file of that name that says something else; estate.yaml does not name it
};
Result<Proposed> make_workspace(const std::filesystem::path& folder, const std::string& organisation,
                                const Clock& clock, Random& random);

// Collects the shipped facts, source by source, as `collect --from` would.
Result<std::vector<CollectReport>> collect_shipped(Workspace& workspace, Progress& progress);

}  // namespace tocsin::cycle
