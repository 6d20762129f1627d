#include "cycle/first.hpp"

#include <map>
#include <system_error>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "cycle/demo.hpp"
#include "estate/keys.hpp"
#include "survey/families.hpp"

namespace tocsin::cycle {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOrganisation = "organisation/";
constexpr std::string_view kFeeds = "feeds/";

std::string_view demo_file(std::string_view path) {
  for (const EmbeddedFile& file : demo_files())
    if (file.path == path) return file.bytes;
  return {};
}

}  // namespace

Shipped shipped() {
  Shipped facts;
  facts.gathered = trim(demo_file("feeds/GATHERED"));
  for (const EmbeddedFile& file : demo_files())
    if (file.path.starts_with(kFeeds)) ++facts.documents;
  return facts;
}

Result<std::unique_ptr<Workspace>> make_demo(const fs::path& folder, const Clock& clock, Random& random) {
  if (Workspace::exists(folder))
    return fail(Code::conflict,
                "there is a workspace in " + printable(folder.string(), 300) + " already; nothing was changed");
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error))
    return fail(Code::refused, printable(folder.string(), 300) + " is a file, not a folder; nothing was made");
  if (!fs::is_directory(folder, error)) {
    fs::path whole = fs::absolute(folder).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();  // "demo/" ends in a slash
    if (std::error_code unseen; !fs::is_directory(whole.parent_path(), unseen))
      return fail(Code::refused, "there is no folder " + printable(whole.parent_path().string(), 300) +
                                     " to make the demo's folder in; nothing was made");
    fs::create_directory(whole, error);
    if (error)
      return fail(Code::unavailable,
                  "cannot make the folder " + printable(whole.string(), 300) + ": " + error.message());
  }
  for (const EmbeddedFile& file : demo_files()) {
    if (!file.path.starts_with(kOrganisation)) continue;
    const fs::path to = folder / file.path.substr(kOrganisation.size());
    fs::create_directories(to.parent_path(), error);
    if (error)
      return fail(Code::unavailable,
                  "cannot make " + printable(to.parent_path().string(), 300) + ": " + error.message());
    TOCSIN_CHECK(write_new_file(to, file.bytes));
  }
  return Workspace::create(folder, {}, clock, random);
}

Result<Proposed> make_workspace(const fs::path& folder, const std::string& organisation, const Clock& clock,
                                Random& random) {
  // With tocsin.toml and without a store, as in a fresh clone, the store is begun and the files stay as they are.
  if (Workspace::exists(folder) && Workspace::has_store(folder))
    return fail(Code::conflict, "there is a workspace in " + printable(folder.string(), 300) +
                                    " already (tocsin.toml); nothing was changed");
  Proposed proposed;
  const survey::KnownFamilies families{knowledge::Knowledge()};
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error))
    return fail(Code::refused, printable(folder.string(), 300) +
                                   " is a file, not a folder; nothing was made: name the folder of your project");
  if (!fs::is_directory(folder, error))
    return fail(Code::refused, "there is no folder " + printable(folder.string(), 300) +
                                   "; nothing was made: name the folder of your project, or make it first");
  TOCSIN_TRY(proposed.survey, survey::survey(folder, families));
  // Written by us or equal to it: then estate.yaml may name it.
  const std::string schema = estate::schema().dump_pretty() + "\n";
  const fs::path schema_file = folder / kSchemaFile;
  const bool has_schema = fs::symlink_status(schema_file, error).type() != fs::file_type::not_found;
  if (has_schema) {
    const auto there = read_file(schema_file, schema.size());
    proposed.other_schema = !there || *there != schema;
  }
  const std::string estate =
      survey::render_estate_yaml(proposed.survey, proposed.other_schema ? std::string_view() : kSchemaFile);
  fs::path here = fs::absolute(folder).lexically_normal();
  if (!here.has_filename()) here = here.parent_path();  // "." ends in a slash
  const std::string name = organisation.empty() ? here.filename().string() : organisation;
  TOCSIN_TRY(proposed.workspace, Workspace::create(folder, {first_config(name), estate}, clock, random));
  if (!has_schema) TOCSIN_CHECK(write_new_file(schema_file, schema));
  return proposed;
}

Result<std::vector<CollectReport>> collect_shipped(Workspace& workspace, Progress& progress) {
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> by_source;
  for (const EmbeddedFile& file : demo_files()) {
    if (!file.path.starts_with(kFeeds)) continue;
    const std::string_view rest = file.path.substr(kFeeds.size());
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) continue;  // feeds/GATHERED
    by_source[std::string(rest.substr(0, slash))].emplace_back(std::string(store::kShippedFolder) + std::string(rest),
                                                               std::string(file.bytes));
  }
  std::vector<CollectReport> reports;
  for (auto& [id, documents] : by_source) {
    TOCSIN_TRY(const Source from, source(workspace, id));
    TOCSIN_TRY(CollectReport report, collect_documents(workspace, from, std::move(documents), progress));
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace tocsin::cycle
