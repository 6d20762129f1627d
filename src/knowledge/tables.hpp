// The facts as constant tables. The build writes one set (knowledge/*.yaml through src/knowledge/compiler), a workspace
// that brings its own facts makes another at run time; both look the same from knowledge.hpp. Views live as long as the
// tables do.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tocsin::knowledge {

using Words = std::span<const std::string_view>;

enum class NodeKind : std::uint8_t { architecture, family };

// A model family or an architecture: one node of the is-a graph.
struct Node {
  std::string_view id;         // "llama-3"
  std::string_view title;      // "Llama 3"
  std::string_view developer;  // "Meta"; "" for architectures
  NodeKind kind = NodeKind::family;
  bool hosted = false;  // weights are not public: reached through an API only
  bool broad = false;   // too general to tie two families together ("transformer", "neural-network")
  Words parents;        // ids, nearest first
  Words input;          // modalities, its own or inherited
  Words output;
  std::string_view source;  // where this is written down
};

// What a word or phrase in a text, a configuration file or an estate may stand for.
enum class Means : std::uint8_t {
  family,        // Node::id
  architecture,  // Node::id
  modality,
  task,
  exposure,  // Exposure::id
  access,    // what the attacker has: white-box, query, training-data, supply-chain-file, physical, weights
  dataset,
  subject,      // security, attack, defence, privacy, safety, harm, survey, benchmark, not-security …
  threat,       // Threat::id
  product,      // "PyPI/torch": software that is installed as this package
  name,         // Node::id, in names of models only: too ambiguous for running text ("opt", "sam")
  model_type,   // Node::id, `model_type` of a config.json or general.architecture of a GGUF
  model_class,  // Node::id, `architectures[]` of a config.json
};
std::string_view to_string(Means means);  // the word used in intel::Facet::facet

struct Meaning {
  Means means = Means::subject;
  std::string_view value;
  std::uint8_t weight = 1;  // 1: needs company, 2: says it alone, 3: could mean nothing else
  std::string_view phrase;  // as in the YAML, for evidence
};

// A task, domain or setting ("face-recognition", "federated-learning").
struct Task {
  std::string_view id;
  std::string_view title;
  bool special = false;  // work on it says little about systems that do something else
  Words implied_by;      // node ids: an asset of that kind does this task
  Words within;          // tasks that this one is a kind of
  Words input;           // modalities that it is done on; empty: not told
  std::string_view source;
};

// A condition an attack needs: any one of `any` (exposure words or derived facts, see exposures.yaml).
struct Need {
  Words any;
};

// A mechanism of attack: what it needs to work on an asset, and what answers it.
struct Threat {
  std::string_view id;  // "indirect-prompt-injection"
  std::string_view title;
  std::string_view effect;      // evasion, poisoning, privacy, misuse, supply-chain, availability, theft, harm
  Words assets;                 // model, dataset, library, endpoint
  Words input;                  // modalities, any of; empty: any
  Words output;                 // any of; empty: any
  Words usually;                // modalities that are meant where a text names none
  Words generally;              // node or task ids: an attack on such that a text names no further is this
  Words architectures;          // node ids, any of; empty: any
  Words tasks;                  // any of; empty: any
  Words within;                 // threats that this one is a kind of
  std::span<const Need> needs;  // all of them
  std::string_view action;      // fix, test, filter, block, gate, inform, accept
  std::string_view proposal;    // one sentence, without a full stop
  std::uint8_t impact = 2;      // 1 nuisance, 2 harm, 3 grave: when it works
  std::string_view source;
};

// An id of a framework: what of the above it stands for. Edition in `framework`: "OWASP LLM 2025".
struct Technique {
  std::string_view id;  // "AML.T0051.001", "LLM01:2025", "NISTAML.015"
  std::string_view title;
  std::string_view framework;
  bool preparation = false;  // done on the attacker's own side: nothing of ours is touched by it
  Words threats;             // ids; empty with !preparation: not mapped
  std::string_view source;
};

// A word of `exposure:` in estate.yaml, or a fact that is derived from the other keys of an asset.
struct Exposure {
  std::string_view id;  // "retrieves-web"
  bool derived = false;
  bool way_in = true;        // something comes in by it; else it is what an attacker has: weights, training data, files
  bool usual = false;        // nearly every model meets it: that one does ties it to no text
  std::string_view title;    // "retrieves pages from the web"
  std::string_view lets_in;  // who or what comes in by it
  std::string_view missing;  // sentence fragment when it is not so: "reads nothing from the web"
  Words implies;             // exposures that follow from it
  Words excludes;            // exposures that it rules out
  std::string_view source;
};

// An entry of the catalogue of sources.
struct Source {
  std::string_view id;    // "atlas"
  std::string_view kind;  // word of a plug-in of src/collect/sources/; not checked down here
  std::string_view title;
  std::string_view publisher;
  Words urls;
  std::string_view licence;      // SPDX expression of the data, or a short name
  std::string_view attribution;  // what the licence asks to be shown; "" = nothing
  std::uint32_t pace_ms = 1000;  // least delay between two requests
  std::string_view cadence;      // hourly, daily, weekly
  Words layers;                  // strategic, tactical, operational: what its items mostly are
  char grade = 'F';              // Admiralty letter of the source
  bool internal = false;         // may lie on private addresses
  bool enabled = true;           // listened to unless tocsin.toml says otherwise
  std::string_view settings;     // JSON object for the plug-in, compact
  std::string_view source;
};

struct Package {
  std::string_view ecosystem;  // "PyPI"
  std::string_view name;       // normalised
  std::string_view role;  // framework, serving, training, agent, data, tracking, format, notebook, interface, scanner
};

// What a name that a pickle imports may do.
enum class PickleTrust : std::uint8_t {
  safe,     // harmless to import and to call
  caution,  // safe with a look at the arguments: `word` says at what
  danger,   // `word` says what it does
};
struct PickleName {
  std::string_view module;
  std::string_view name;  // "" = all of the module and what is below it
  PickleTrust trust = PickleTrust::safe;
  std::string_view
      word;  // caution: callee, factory, name, data, pickle, attributes, value, method; danger: runs-program, runs-code …
  Words allowed;           // caution `name`: the constants it may be given
  std::string_view entry;  // id of the entry it was written in
  std::string_view source;
};
// A package whose plain classes are no alarm.
struct PickleClasses {
  std::string_view package;  // "torch.nn.modules"
  Words suffixes;            // the class name ends in one of these; empty: any
  std::string_view source;
};

// The phrase automaton: a trie over words, its two tables open-addressed (capacity a power of two, at most half full).
struct WordSlot {
  std::string_view word;  // "" = free
  std::uint32_t id = 0;   // from 1
};
struct StepSlot {
  std::uint32_t node = 0;  // state
  std::uint32_t word = 0;  // 0 = free
  std::uint32_t next = 0;
};
struct StateRow {
  std::uint32_t first = 0;  // into `meanings`
  std::uint32_t count = 0;
};

struct Tables {
  std::string_view version;     // hexadecimal digest over all facts
  std::span<const Node> nodes;  // sorted by id, as all below
  std::span<const Task> tasks;
  std::span<const Threat> threats;
  std::span<const Technique> techniques;
  std::span<const Exposure> exposures;
  std::span<const Source> sources;
  std::span<const Package> packages;              // by ecosystem, then name
  std::span<const PickleName> pickle_names;       // by module, then name
  std::span<const PickleClasses> pickle_classes;  // by package
  Words modalities;                               // sorted
  Words subjects;
  Words accesses;
  Words datasets;  // named public data sets; those strangers can write into are in `open_datasets`
  Words open_datasets;
  std::span<const WordSlot> words;
  std::span<const StepSlot> steps;
  std::span<const StateRow> states;  // 0 is the root
  std::span<const Meaning> meanings;
};

// What the build wrote.
extern const Tables kBuiltin;

}  // namespace tocsin::knowledge
