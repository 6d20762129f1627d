// One run as a person asks for it: what to scan, by what lists, and what makes it fail. Both programs do this and nothing
// else.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "scan/models/run.hpp"
#include "scan/reports.hpp"

namespace tocsin::scan::models {

struct Job {
  std::vector<std::filesystem::path> paths;         // as in Request
  std::optional<std::filesystem::path> manifest;    // a list of files, with digests or without
  std::optional<std::filesystem::path> indicators;  // CSV of what is known
  std::optional<std::filesystem::path> config;      // the file with suppressions
  Options options;                                  // `indicators` is set by the file above
  unsigned threads = 0;
  bool require_supported = false;
  Severity fail_on = Severity::suspicious;
};

// `version` and `knowledge` of the run are the caller's to fill in. An error when a list that was named cannot be read: a scan without it would pass what it should not. Bad lines of a list
// are in Run::problems. `refused` with an empty `where`: wrong use.
Result<Run> run(const Job& job, const Names& names, Time now, Progress& progress);

}  // namespace tocsin::scan::models
