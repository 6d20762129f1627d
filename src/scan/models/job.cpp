#include "scan/models/job.hpp"

#include <algorithm>
#include <utility>

#include "scan/indicators.hpp"
#include "scan/manifest.hpp"
#include "scan/suppressions.hpp"

namespace tocsin::scan::models {

Result<Run> run(const Job& job, const Names& names, Time now, Progress& progress) {
  if (job.indicators && !job.options.hash) return fail(Code::refused, "indicators are digests: leave --no-hash away");
  if (job.manifest == "-" && std::find(job.paths.begin(), job.paths.end(), "-") != job.paths.end())
    return fail(Code::refused, "the standard input cannot be the list and a file");
  Run out;
  out.require_supported = job.require_supported;
  out.fail_on = job.fail_on;
  // The first problems of a list, and how many more it has.
  const auto add = [&](const std::vector<Error>& problems, std::uint64_t all, std::string_view more) {
    out.problems.insert(out.problems.end(), problems.begin(), problems.end());
    if (all > problems.size())
      out.problems.push_back({Code::malformed,
                              std::to_string(all - problems.size()) + " more bad " + std::string(more),
                              problems.empty() ? "" : problems.front().where,
                              {},
                              {},
                              {}});
  };
  Request request{job.paths, {}, job.options, job.threads};
  Indicators indicators;
  if (job.indicators) {
    TOCSIN_TRY(indicators, Indicators::read(*job.indicators));
    request.options.indicators = &indicators;
    add(indicators.problems(), indicators.bad_rows(), "rows");
  }
  if (job.config) {
    TOCSIN_TRY(Suppressions suppressions, read_suppressions(*job.config));
    add(suppressions.problems, suppressions.problems.size(), "entries");
    out.suppressions = std::move(suppressions.all);
  }
  if (job.manifest) {
    TOCSIN_TRY(Manifest manifest, read_manifest(*job.manifest));
    add(manifest.problems, manifest.bad_lines, "lines");
    if (!job.options.hash && std::any_of(manifest.files.begin(), manifest.files.end(),
                                         [](const Listed& listed) { return listed.sha256.has_value(); }))
      return fail(Code::refused, "the list has digests to compare with: leave --no-hash away");
    request.listed = std::move(manifest.files);
  }
  out.reports = run(request, names, progress);
  suppress(out, now);
  return out;
}

}  // namespace tocsin::scan::models
