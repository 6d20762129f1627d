#include "cycle/owned.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "base/foreign.hpp"
#include "estate/read.hpp"

namespace tocsin::cycle {
namespace {

namespace fs = std::filesystem;

fs::path real(const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  if (error) return path.lexically_normal();  // no name at all: who writes there tells it
  fs::path out = fs::weakly_canonical(whole, error);
  return error ? whole.lexically_normal() : out;
}

bool inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

}  // namespace

Result<> refuse_owned(Workspace& workspace, const fs::path& output) {
  const fs::path folder = real(workspace.folder());
  const fs::path path = real(output);
  const auto refuse = [&](std::string_view what) {
    return fail(Code::refused, printable(output.string(), 300) + " is " + std::string(what) +
                                   "; it was not overwritten: give --output another name");
  };
  const std::string name = path.filename().string();
  if (path.parent_path() == folder) {
    if (name == "tocsin.toml" || name == estate::kEstateFile || name == "estate.schema.json")
      return refuse("a file of the workspace");
    if (name.starts_with("tocsin.db")) return refuse("the workspace's store");
  }
  for (const std::string_view part : {"keys", "snapshots", "knowledge"})
    if (inside(path, folder / part)) return refuse("in the workspace's folder " + std::string(part));
  // A store or a key elsewhere, another name of one of these files (a hard link): the same file is the same file.
  std::error_code error;
  for (const std::string_view part : {"tocsin.toml", "tocsin.db", "keys/ledger.pem"})
    if (fs::equivalent(path, folder / part, error))
      return refuse("another name of the workspace's " + std::string(part));
  // An estate that cannot be read names nothing; that is told elsewhere.
  if (const auto estate = workspace.estate()) {
    for (const estate::ReadFile& file : (*estate)->files)
      if (real(folder / file.path) == path || fs::equivalent(path, folder / file.path, error))
        return refuse("a file that estate.yaml names");
  }
  if (const fs::path parent = fs::absolute(output, error).parent_path();
      !error && fs::status(parent, error).type() == fs::file_type::not_found)
    return fail(Code::unavailable,
                "--output: there is no folder " + printable(parent.string(), 300) + "; nothing was written");
  return {};
}

}  // namespace tocsin::cycle
