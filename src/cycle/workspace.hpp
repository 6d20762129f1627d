// A workspace: a folder with tocsin.toml, estate.yaml, tocsin.db, snapshots/ and keys/, and what is opened on it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "cycle/config.hpp"
#include "estate/estate.hpp"
#include "knowledge/knowledge.hpp"
#include "store/store.hpp"

namespace tocsin::cycle {

struct NewWorkspace {
  std::string config;  // text of tocsin.toml
  std::string estate;  // text of estate.yaml
};

class Workspace {
 public:
  // Opens what is there. `unavailable` when the folder holds no tocsin.toml; a broken tocsin.toml is an error, unknown
  // keys are problems.
  static Result<std::unique_ptr<Workspace>> open(const std::filesystem::path& folder, const Clock& clock,
                                                 Random& random);
  // Makes tocsin.toml and estate.yaml where they are missing (never over an existing file), the key (from the kernel's
  // randomness, whatever `random` is), the database. `random` makes ids and the salts of texts.
  // `conflict` when there is a tocsin.db already.
  static Result<std::unique_ptr<Workspace>> create(const std::filesystem::path& folder, const NewWorkspace& parts,
                                                   const Clock& clock, Random& random);
  // Is there a workspace in this folder?
  static bool exists(const std::filesystem::path& folder);
  // Is its store there, where tocsin.toml says that it is? A store at an address (`scheme:`) is taken to be there.
  static bool has_store(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  const Config& config() const { return config_; }
  const knowledge::Knowledge& knowledge() const { return knowledge_; }
  store::Store& store() { return *store_; }
  const Clock& clock() const { return *clock_; }
  Random& random() { return *random_; }

  // estate.yaml and what it points to, read once. A folder that never had an estate.yaml has an empty estate; where one
  // was read before and is gone, `unavailable` (Error::where is the file): as an empty one it would wipe every answer.
  Result<const estate::Estate*> estate();
  // Ledgers tocsin.toml and the estate if they differ from the last versions kept. What changed, for people; empty when
  // nothing did.
  struct Changes {
    bool config = false;
    bool estate = false;
    estate::Difference difference;
  };
  Result<Changes> record_files();

 private:
  Workspace() = default;
  std::filesystem::path folder_;
  Config config_;
  knowledge::Knowledge knowledge_;
  std::unique_ptr<store::Store> store_;
  std::optional<estate::Estate> estate_;
  const Clock* clock_ = nullptr;
  Random* random_ = nullptr;
};

}  // namespace tocsin::cycle
