// From YAML to tables: reading, checking and laying out. Used by the build (src/knowledge/compiler) and by
// with_overrides().
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "knowledge/tables.hpp"

namespace tocsin::knowledge {

struct Phrase {
  std::string_view pattern;
  Meaning meaning;
  std::string_view file;
  std::uint32_t line = 0;
};

// Where an entry was written, for messages.
struct Origin {
  std::string_view file;
  std::uint32_t line = 0;
};

// Facts while they are put together. Texts live in `texts`, lists in `lists`: both only grow, so views stay good.
class Facts {
 public:
  Facts() = default;
  Facts(const Facts&) = delete;
  Facts& operator=(const Facts&) = delete;

  // Begins with finished tables; they must outlive this object.
  void start_from(const Tables& tables);
  // Reads one file. Any file may hold any section (families, architectures, modalities, tasks, accesses, exposures,
  // datasets, subjects, threats, techniques, sources, packages, products, pickle_*); `name` is for messages. Every error is
  // collected; what is wrong is left out.
  void read(std::string_view name, std::string_view text);
  // After the last file: references, cycles, ambiguous names. Fills in what nodes inherit.
  void check();
  const std::vector<Error>& errors() const { return errors_; }

  // Lays out sorted tables; views live as long as this object. Only after check() and without errors.
  Tables tables();

  std::map<std::string_view, Node> nodes;
  std::map<std::string_view, Task> tasks;
  std::map<std::string_view, Threat> threats;
  std::map<std::string_view, Technique> techniques;
  std::map<std::string_view, Exposure> exposures;
  std::map<std::string_view, Source> sources;
  std::map<std::pair<std::string_view, std::string_view>, Package> packages;
  std::map<std::string_view, std::string_view> products;  // only those read from files: id to "PyPI/torch"
  std::map<std::pair<std::string_view, std::string_view>, PickleName> pickle_names;
  std::map<std::string_view, PickleClasses> pickle_classes;
  std::map<std::string_view, bool> modalities, subjects, accesses, datasets;  // datasets: true = open
  std::vector<Phrase> phrases;

 private:
  friend class FactsReader;
  std::string_view keep(std::string_view text);
  Words keep_list(std::vector<std::string_view> list);
  void error(std::string_view file, std::uint32_t line, std::string what);
  void error(std::string_view kind, std::string_view id, std::string what);  // at the place of an entry
  void drop_phrases(Means means, std::string_view value);
  void check_nodes();
  void check_threats();
  void check_phrases();
  void lay_out_phrases(Tables& out);

  std::deque<std::string> texts_;
  std::deque<std::vector<std::string_view>> lists_;
  std::deque<std::vector<Need>> needs_;
  std::map<std::string, Origin, std::less<>> origins_;  // "node llama-3"
  std::vector<Error> errors_;

  // laid out
  std::vector<Node> node_rows_;
  std::vector<Task> task_rows_;
  std::vector<Threat> threat_rows_;
  std::vector<Technique> technique_rows_;
  std::vector<Exposure> exposure_rows_;
  std::vector<Source> source_rows_;
  std::vector<Package> package_rows_;
  std::vector<PickleName> pickle_name_rows_;
  std::vector<PickleClasses> pickle_class_rows_;
  std::vector<std::string_view> modality_rows_, subject_rows_, access_rows_, dataset_rows_, open_rows_;
  std::vector<WordSlot> word_rows_;
  std::vector<StepSlot> step_rows_;
  std::vector<StateRow> state_rows_;
  std::vector<Meaning> meaning_rows_;
};

// The tables as one C++ file that defines kBuiltin.
std::string as_cpp(const Tables& tables);

}  // namespace tocsin::knowledge
