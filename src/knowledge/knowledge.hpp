// The shipped facts about the field, and questions to them: families and lineage, phrases, threats and what they need,
// the catalogue of sources. Written as YAML in knowledge/ (docs/knowledge.md), compiled into the program: no work at
// start-up.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "knowledge/tables.hpp"

namespace tocsin::knowledge {

// A phrase found in a text.
struct Match {
  std::size_t begin = 0;  // bytes in the text
  std::size_t end = 0;
  std::span<const Meaning> meanings;  // at least one
};

// How two nodes hang together.
struct Lineage {
  const Node* common = nullptr;   // the nearest node that both are
  std::size_t from_distance = 0;  // steps from the first
  std::size_t to_distance = 0;    // steps from the second
  // Both ends and what they share, without the steps between: "llama-3 → decoder-only-transformer ← gpt"; "llama-3 →
  // llama" when the second is an ancestor.
  std::string path;
};

// A handle to one set of facts: cheap to copy, never changes, safe to share between threads. All views that it gives
// out live as long as any copy of it; those of the built-in facts live as long as the program.
class Knowledge {
 public:
  Knowledge() = default;  // the built-in facts

  // The built-in facts with `folder`/*.yaml merged over them: an entry with the id of a built-in one replaces it,
  // `remove: true` takes it away, others are added. No such folder: the built-in facts. Errors name file and line.
  static Result<Knowledge> with_overrides(const std::filesystem::path& folder);
  // The same from memory: (file name, text), where the name says which kind of facts ("families.yaml").
  struct File {
    std::string name;
    std::string text;
  };
  static Result<Knowledge> with_overrides(std::span<const File> files);

  // Digest of the facts: 16 hexadecimal digits. Equal facts, equal version.
  std::string_view version() const { return tables_->version; }
  bool is_builtin() const { return own_ == nullptr; }

  // ---- families and architectures ----
  std::span<const Node> nodes() const { return tables_->nodes; }
  const Node* node(std::string_view id) const;  // nullptr when there is none; exact id
  // The most specific node that a name speaks of: "meta-llama/Meta-Llama-3-8B-Instruct", "Llama-3-8B", "llama3:8b",
  // "gpt-style", "pkg:huggingface/…@…", an id. nullptr when none is known.
  const Node* by_spelling(std::string_view name) const;
  const Node* by_model_type(std::string_view model_type) const;  // config.json `model_type`, GGUF general.architecture
  const Node* by_class_name(std::string_view class_name) const;  // config.json `architectures[]`: "LlamaForCausalLM"
  // All that `node` is, nearest first, without itself.
  std::vector<const Node*> ancestors(const Node& node) const;
  bool is_a(const Node& node, std::string_view id) const;  // also true for itself
  // The nearest architecture a family stands on; the node itself when it is one.
  const Node* architecture_of(const Node& node) const;
  // nullopt when only broad nodes, or none, are common.
  std::optional<Lineage> lineage(const Node& from, const Node& to) const;

  // Both are of one kind of thing by what it takes (two vision networks), however differently they are built: a common
  // node, broad or not, has a modality.
  bool share_input(const Node& a, const Node& b) const;

  // ---- words ----
  // Phrases in running text: whole words, any case, hyphens and blanks alike, the longest from each word on, none
  // inside another. At most kMaxTextBytes are looked at. Linear in the text.
  std::vector<Match> match(std::string_view text) const;
  static constexpr std::size_t kMaxTextBytes = 256u << 10;  // a record's summary has at most 64 KiB

  // ---- what attacks need ----
  std::span<const Threat> threats() const { return tables_->threats; }
  const Threat* threat(std::string_view id) const;
  std::span<const Technique> techniques() const { return tables_->techniques; }
  // By framework id; a sub-technique that is not listed gives its parent. nullptr otherwise.
  const Technique* technique(std::string_view id) const;
  std::span<const Exposure> exposures() const { return tables_->exposures; }
  const Exposure* exposure(std::string_view id) const;
  std::vector<std::string_view> exposure_words() const;  // those that people write, sorted: for estate::ReadOptions
  std::span<const Task> tasks() const { return tables_->tasks; }
  const Task* task(std::string_view id) const;
  bool is_task(std::string_view task, std::string_view kind) const;  // equal, or a kind of it
  bool is_modality(std::string_view word) const;
  bool is_open_dataset(std::string_view name) const;  // strangers can put something into it (Common Crawl, LAION …)

  // ---- sources and packages ----
  std::span<const Source> sources() const { return tables_->sources; }
  const Source* source(std::string_view id) const;
  const Package* package(std::string_view ecosystem,
                         std::string_view normalised_name) const;  // of the field of machine learning

  const Tables& tables() const { return *tables_; }

 private:
  struct Own;
  const Tables* tables_ = &kBuiltin;
  std::shared_ptr<const Own> own_;  // shared by all copies of this handle: keeps the merged tables alive
};

}  // namespace tocsin::knowledge
