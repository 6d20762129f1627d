#include "cycle/workspace.hpp"

#include <algorithm>
#include <system_error>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/signature.hpp"
#include "estate/read.hpp"

namespace tocsin::cycle {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKeyFile = "keys/ledger.pem";
constexpr const char* kDatabase = "tocsin.db";

Result<> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return fail(Code::unavailable, "cannot make the folder " + printable(folder.string()) + ": " + error.message());
  return {};
}

std::string store_url(const fs::path& folder, const Config& config) {
  if (config.store_url.empty()) return (folder / kDatabase).string();
  if (config.store_url.find(':') != std::string::npos || fs::path(config.store_url).is_absolute())
    return config.store_url;
  return (folder / config.store_url).string();
}

Result<std::unique_ptr<store::Store>> open_store(const fs::path& folder, const Config& config, const Clock& clock,
                                                 Random& random, bool create) {
  store::Options options;
  options.create = create;
  options.clock = &clock;
  options.random = &random;
  options.snapshots = folder / "snapshots";
  options.origin =
      "tocsin/" + store::ledger::safe_origin(config.organisation.empty() ? "workspace" : config.organisation);
  const fs::path key = folder / kKeyFile;
  std::error_code error;
  const bool there = fs::exists(key, error);
  if (error && !create) {
    // keys/ is for its owner alone: whether there is a key, others do not see.
    options.why_no_key = std::string(kKeyFile) + " cannot be seen: " + error.message();
  } else if (there) {
    // Who may read the workspace need not have its key: without one nothing can be written.
    if (auto loaded = SigningKey::load(key))
      options.key = std::move(*loaded);
    else if (create)
      return tl::make_unexpected(std::move(loaded).error());
    else
      options.why_no_key = loaded.error().message();
  } else if (create) {
    TOCSIN_CHECK(make_folder(key.parent_path()));
    fs::permissions(key.parent_path(), fs::perms::owner_all, error);  // the key file itself is 0600 from its first byte
    TOCSIN_TRY(options.key, SigningKey::create(key));
  } else {
    options.why_no_key = std::string(kKeyFile) + " is not there; put it back from your safe copy";
  }
  return store::open(store_url(folder, config), options);
}

}  // namespace

bool Workspace::exists(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / kConfigFile, error);
}

Result<std::unique_ptr<Workspace>> Workspace::open(const fs::path& folder, const Clock& clock, Random& random) {
  if (!exists(folder))
    return fail(Code::unavailable, "no workspace in " +
                                       printable(fs::absolute(folder).lexically_normal().string(), 400) +
                                       ": no tocsin.toml; `tocsin init` makes one, --workspace names another folder");
  std::unique_ptr<Workspace> workspace(new Workspace());
  workspace->folder_ = folder;
  workspace->clock_ = &clock;
  workspace->random_ = &random;
  TOCSIN_TRY(workspace->config_, read_config(folder / kConfigFile));
  TOCSIN_TRY(workspace->knowledge_, knowledge::Knowledge::with_overrides(folder / "knowledge"));
  TOCSIN_TRY(workspace->store_, open_store(folder, workspace->config_, clock, random, false));
  return workspace;
}

bool Workspace::has_store(const fs::path& folder) {
  const auto config = read_config(folder / kConfigFile);
  if (!config) return true;  // what is broken is not begun anew
  const std::string url = store_url(folder, *config);
  std::error_code error;
  return url.find(':') != std::string::npos || fs::exists(url, error);
}

Result<std::unique_ptr<Workspace>> Workspace::create(const fs::path& folder, const NewWorkspace& parts,
                                                     const Clock& clock, Random& random) {
  TOCSIN_CHECK(make_folder(folder));
  std::error_code error;
  if (fs::exists(folder / kDatabase, error))
    return fail(Code::conflict, "there is a workspace in " + printable(folder.string(), 400) +
                                    " already (tocsin.db); nothing was changed");
  if (!fs::exists(folder / kConfigFile, error)) TOCSIN_CHECK(write_new_file(folder / kConfigFile, parts.config));
  if (!fs::exists(folder / std::string(estate::kEstateFile), error))
    TOCSIN_CHECK(write_new_file(folder / std::string(estate::kEstateFile), parts.estate));
  TOCSIN_TRY(const Config config, read_config(folder / kConfigFile));
  TOCSIN_TRY(auto store, open_store(folder, config, clock, random, true));
  store.reset();
  return open(folder, clock, random);
}

Result<const estate::Estate*> Workspace::estate() {
  if (!estate_) {
    std::error_code error;
    // A link that leads nowhere, a folder that may not be looked into: reading says what is wrong.
    if (fs::symlink_status(folder_ / std::string(estate::kEstateFile), error).type() != fs::file_type::not_found) {
      TOCSIN_TRY(estate_, estate::read_estate(folder_));
    } else {
      TOCSIN_TRY(auto reader, store_->read());
      TOCSIN_TRY(const auto last, reader->estate());
      if (last && std::any_of(last->files.begin(), last->files.end(),
                              [](const auto& file) { return file.path == estate::kEstateFile; })) {
        Error missing =
            fail(Code::unavailable, "is not there: put it back, or `tocsin estate add` begins a new one").value();
        missing.where = estate::kEstateFile;
        return tl::make_unexpected(std::move(missing));
      }
      estate_.emplace();
    }
  }
  return &*estate_;
}

Result<Workspace::Changes> Workspace::record_files() {
  TOCSIN_TRY(const estate::Estate* now, estate());
  Changes changes;
  estate::Estate before;
  {
    TOCSIN_TRY(auto reader, store_->read());
    TOCSIN_TRY(const auto config, reader->config(kConfigFile));
    changes.config = !config || config->text != config_.text;
    TOCSIN_TRY(auto last, reader->estate());
    // A comment that changed leaves the digest of the estate as it was, but the files are others: what is in use is
    // kept.
    auto same_files = [&] {
      return std::equal(
          now->files.begin(), now->files.end(), last->files.begin(), last->files.end(),
          [](const estate::ReadFile& a, const auto& b) { return a.path == b.path && a.digest == b.digest; });
    };
    changes.estate = !last || last->digest != now->digest || !same_files();
    if (last) before.assets = std::move(last->assets);
  }
  if (!changes.config && !changes.estate) return changes;
  if (changes.estate) {
    changes.difference = estate::difference(before, *now);
    std::vector<std::string_view> contents;
    contents.reserve(now->files.size());
    for (const estate::ReadFile& file : now->files) contents.push_back(file.content);
    TOCSIN_CHECK(store_->snapshots().put_all(contents));
  }
  TOCSIN_CHECK(store_->write("record the workspace's files", [&](store::Transaction& t) -> Result<> {
    if (changes.config) TOCSIN_CHECK(t.put_config(kConfigFile, config_.text));
    if (changes.estate) {
      for (const estate::ReadFile& file : now->files)
        TOCSIN_CHECK(t.add_snapshot(file.digest, file.content.size(), "text/plain", file.path));
      TOCSIN_CHECK(t.put_estate(*now, changes.difference));
    }
    return {};
  }));
  return changes;
}

}  // namespace tocsin::cycle
