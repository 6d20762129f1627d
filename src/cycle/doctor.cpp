#include "cycle/doctor.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/counted.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "cycle/sources.hpp"

namespace tocsin::cycle {
namespace {

using Checks = std::vector<Check>;

void check_store(Checks& out, const store::StoreInfo& info) {
  out.push_back({"store", Health::good,
                 info.backend + ", schema " + std::to_string(info.schema) + ", " + printable(info.origin, 80), ""});
  if (!info.cannot_write.empty())
    out.push_back({"store", Health::warning, printable(info.cannot_write, 400) + ": the workspace is for reading only",
                   "collect and decide where it can be written"});
}

// `only_read`: who reads the workspace of others has no key, and needs none.
void check_key(Checks& out, const std::filesystem::path& folder, bool only_read) {
  struct stat info{};
  const std::filesystem::path key = folder / "keys" / "ledger.pem";
  if (::stat(key.c_str(), &info) != 0) {
    const bool hidden = errno == EACCES;  // keys/ belongs to its owner alone
    out.push_back({"key", only_read || hidden ? Health::warning : Health::bad,
                   hidden ? "keys/ledger.pem cannot be seen by you: nothing can be written"
                          : "keys/ledger.pem is missing: nothing can be written",
                   hidden ? "write as the owner of the workspace"
                          : "put it back from your safe copy; a new key would start a new ledger"});
  } else if ((info.st_mode & 077) != 0) {
    out.push_back({"key", Health::bad, "others can read keys/ledger.pem: nothing is written with it",
                   "chmod 600 keys/ledger.pem"});
  } else if (const auto loaded = SigningKey::load(key); !loaded) {
    out.push_back({"key", only_read ? Health::warning : Health::bad,
                   printable(loaded.error().message(), 300) + ": nothing can be written",
                   "write as the owner of the workspace, or put the key back from your safe copy"});
  } else {
    out.push_back({"key", Health::good, "only its owner reads it",
                   "keep a copy of it, and a checkpoint, outside: tocsin ledger checkpoint"});
  }
}

void check_estate(Checks& out, Workspace& workspace) {
  const auto estate = workspace.estate();
  if (!estate) {
    const bool missing = estate.error().code == Code::unavailable;
    out.push_back({"estate", Health::bad, printable(estate.error().message(), 400),
                   missing ? "put it back from your safe copy; nothing is judged until then" : "mend estate.yaml"});
    return;
  }
  for (const Error& problem : (*estate)->problems)
    out.push_back({"estate", Health::warning, printable(problem.message(), 300), "mend it; the rest holds"});
  std::size_t unreached = 0, unplaced = 0, libraries = 0;
  for (const estate::Asset& asset : (*estate)->assets) {
    libraries += asset.library ? 1 : 0;
    if (!asset.model) continue;
    unreached += asset.exposure.empty() ? 1 : 0;
    unplaced += asset.model->runtime.empty() && !asset.model->hosted ? 1 : 0;
  }
  if ((*estate)->assets.empty())
    out.push_back({"estate", Health::warning, "empty: nothing can apply", "write estate.yaml, or tocsin estate add"});
  else
    out.push_back({"estate", Health::good,
                   counted((*estate)->assets.size(), "asset", "assets") + ", " +
                       counted((*estate)->problems.size(), "problem", "problems"),
                   ""});
  if (unreached > 0)
    out.push_back({"exposure", Health::warning,
                   counted(unreached, "model does not say who reaches it", "models do not say who reaches them"),
                   "exposure: in estate.yaml; answers become sharper"});
  if (unplaced > 0)
    out.push_back({"runtime", Health::warning,
                   counted(unplaced, "model does not say what it runs on", "models do not say what they run on") +
                       ": whether advisories on packages concern them is not known",
                   libraries > 0 ? "runtime: in estate.yaml names the libraries"
                                 : "runtime: in estate.yaml names libraries or package URLs"});
}

Result<> check_sources(Checks& out, const Workspace& workspace, store::Reader& reader) {
  std::vector<Error> problems;
  const auto all = sources(workspace, &problems);
  for (const Error& problem : problems)
    out.push_back({"sources", Health::warning, printable(problem.message(), 300), "mend tocsin.toml"});
  const Time now = workspace.clock().now();
  std::size_t on = 0, answered = 0, only_files = 0;
  for (const Source& source : all) {
    if (!source.enabled) continue;
    ++on;
    TOCSIN_TRY(const store::SourceState state, reader.source(source.id));
    const store::LiveAnswers live = store::live_answers(state);
    const std::string id = printable(source.id, 40);
    if (live.answered) ++answered;
    if (!live.answered && state.last_success) ++only_files;
    if (!state.last_error.empty())
      out.push_back({"source " + id, Health::warning, printable(state.last_error, 300), "tocsin collect " + id});
    else if (live.answered && *live.answered + 2 * source.cadence < now)
      out.push_back(
          {"source " + id, Health::warning, "last answered on " + to_date(*live.answered), "tocsin collect --due"});
  }
  std::string what = std::to_string(on) + " on, " + std::to_string(answered) + " have answered";
  if (only_files > 0) what += "; of " + std::to_string(only_files) + " only files or shipped facts were read";
  out.push_back({"sources", answered == 0 ? Health::warning : Health::good, std::move(what),
                 answered == 0 ? "tocsin collect" : ""});
  return {};
}

}  // namespace

Result<std::vector<Check>> examine(Workspace& workspace) {
  Checks out;
  check_store(out, workspace.store().info());
  for (const Error& problem : workspace.config().problems)
    out.push_back(
        {"tocsin.toml", Health::warning, printable(problem.message(), 300), "mend it; the rest of the file holds"});
  if (workspace.config().people.empty())
    out.push_back(
        {"people", Health::warning, "nobody in [people]: nothing can be decided", "add yourself to tocsin.toml"});
  // Decisions carry the key alone: who reads them in a year, an auditor, knows no "me".
  for (const Person& person : workspace.config().people)
    if (trim(person.name).empty())
      out.push_back({"people", Health::warning,
                     "'" + printable(person.id, 64) + "' has no name: who that is cannot be told",
                     "set name in [people." + printable(person.id, 64) + "] of tocsin.toml"});
  if (workspace.config().contact.empty())
    out.push_back(
        {"contact", Health::warning, "sources cannot reach anybody", "set [organisation] contact in tocsin.toml"});
  check_key(out, workspace.folder(), !workspace.store().info().cannot_write.empty());
  check_estate(out, workspace);
  TOCSIN_TRY(auto reader, workspace.store().read());
  TOCSIN_CHECK(check_sources(out, workspace, *reader));
  TOCSIN_TRY(const store::Counts counts, reader->counts());
  out.push_back({"items", counts.stale > 0 ? Health::warning : Health::good,
                 counted(counts.items, "item", "items") + ", " + std::to_string(counts.stale) + " not judged yet, " +
                     std::to_string(counts.open) + " open",
                 counts.stale > 0 ? "tocsin assess" : ""});
  TOCSIN_TRY(const std::uint64_t size, reader->ledger_size());
  out.push_back({"ledger", Health::good, counted(size, "entry", "entries"), "tocsin ledger verify checks them all"});
  return out;
}

}  // namespace tocsin::cycle
