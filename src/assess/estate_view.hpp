// An estate made ready for judging: per asset its lineage, modalities, tasks and which conditions it meets, per package
// its pins. Made once per estate; immutable afterwards and safe to share between threads.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "estate/estate.hpp"
#include "knowledge/knowledge.hpp"

namespace tocsin::assess {

enum class Answer : std::uint8_t { no, unknown, yes };

struct AssetView {
  const estate::Asset* asset = nullptr;
  std::vector<const knowledge::Node*> nodes;  // what its family, architecture, purl and bases name, most specific first
  std::vector<const knowledge::Node*> closure;  // and all that those are
  std::vector<std::string> node_says;           // for each of `nodes`: "is built on Meta-Llama-3-8B-Instruct"
  std::string lineage_fact;                     // "support-bot is built on llama-3"; of an endpoint: what it serves
  std::vector<std::string> input;               // modalities; of an endpoint: those of its models
  std::vector<std::string> output;
  std::vector<std::string> tasks;                         // words of knowledge, with what they are kinds of
  std::vector<std::size_t> models;                        // of an endpoint: indices of its models
  std::vector<std::size_t> runtime;                       // of a model: indices of the library entries it runs on
  std::vector<estate::Pin> runtime_pins;                  // of a model: packages it names itself by purl
  std::map<std::string, Answer, std::less<>> conditions;  // every word of exposures.yaml
  int criticality = 2;                                    // 1 low … 4 critical

  Answer condition(std::string_view word) const;
  const knowledge::Node* as(std::string_view node_id) const;  // the node, when the asset is one; else nullptr
  // Why the asset is what one of `nodes` is: "chat-api serves support-bot, which is built on llama-3".
  std::string fact_of(const knowledge::Node& node) const;
};

// One place where a package is pinned.
struct PinnedAt {
  std::size_t asset = 0;  // index into assets()
  const estate::Pin* pin = nullptr;
};

class EstateView {
 public:
  // `estate` must outlive the view; of `knowledge` a handle is kept.
  EstateView(const estate::Estate& estate, knowledge::Knowledge knowledge);
  EstateView(const EstateView&) = delete;
  EstateView& operator=(const EstateView&) = delete;

  const estate::Estate& estate() const { return *estate_; }
  const knowledge::Knowledge& knowledge() const { return knowledge_; }
  std::span<const AssetView> assets() const { return assets_; }
  const AssetView* find(std::string_view name) const;
  // Pins of a package in library entries and of models' own runtime, in the order of the estate.
  std::span<const PinnedAt> pins(std::string_view ecosystem, std::string_view name) const;
  std::size_t pin_count() const { return pin_count_; }
  // Models that run on the library entry.
  std::span<const std::size_t> users_of(std::size_t library) const;

 private:
  const estate::Estate* estate_;
  knowledge::Knowledge knowledge_;
  std::vector<AssetView> assets_;
  std::unordered_map<std::string, std::vector<PinnedAt>> pins_;  // key: ecosystem, newline, package_key
  std::map<std::size_t, std::vector<std::size_t>> users_;
  std::size_t pin_count_ = 0;
};

}  // namespace tocsin::assess
