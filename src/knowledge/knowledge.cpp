// Lookups are binary searches in sorted rows; the phrase automaton is two open-addressed tables that are read as they
// lie in the program.
#include "knowledge/knowledge.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "knowledge/facts.hpp"
#include "knowledge/phrases.hpp"

namespace tocsin::knowledge {
namespace {

constexpr std::uint64_t kMaxFileBytes = 16u << 20;  // the built-in facts are under 1 MiB together

template <class Row>
const Row* find_row(std::span<const Row> rows, std::string_view id) {
  const auto at =
      std::lower_bound(rows.begin(), rows.end(), id, [](const Row& row, std::string_view key) { return row.id < key; });
  return at != rows.end() && at->id == id ? &*at : nullptr;
}
bool has_word(Words sorted, std::string_view word) {
  return std::binary_search(sorted.begin(), sorted.end(), word);
}

std::uint32_t word_id(const Tables& t, std::string_view word) {
  if (word.empty() || t.words.empty()) return 0;
  const std::size_t mask = t.words.size() - 1;
  for (std::size_t at = hash_word(word) & mask; t.words[at].id != 0; at = (at + 1) & mask)
    if (t.words[at].word == word) return t.words[at].id;
  return 0;
}
// 0: no such step (the root is never stepped to).
std::uint32_t step(const Tables& t, std::uint32_t node, std::uint32_t word) {
  const std::size_t mask = t.steps.size() - 1;
  for (std::size_t at = hash_step(node, word) & mask; t.steps[at].word != 0; at = (at + 1) & mask)
    if (t.steps[at].node == node && t.steps[at].word == word) return t.steps[at].next;
  return 0;
}

struct Word {
  std::uint32_t id = 0;
  std::size_t begin = 0, end = 0;
  bool joined = false;
};
std::vector<Word> words_of(const Tables& t, std::string_view text) {
  std::vector<Word> out;
  out.reserve(text.size() / 6);
  Tokens tokens(text);
  for (Token token; tokens.next(token);) out.push_back({word_id(t, token.word), token.begin, token.end, token.joined});
  return out;
}

std::span<const Meaning> meanings_at(const Tables& t, std::uint32_t state) {
  return t.meanings.subspan(t.states[state].first, t.states[state].count);
}
// Those of running text stand first.
std::span<const Meaning> text_meanings(std::span<const Meaning> all) {
  std::size_t n = 0;
  while (n < all.size() && all[n].means < Means::name) ++n;
  return all.first(n);
}

}  // namespace

std::string_view to_string(Means means) {
  switch (means) {
    case Means::family:
      return "family";
    case Means::architecture:
      return "architecture";
    case Means::modality:
      return "modality";
    case Means::task:
      return "task";
    case Means::exposure:
      return "exposure";
    case Means::access:
      return "access";
    case Means::dataset:
      return "dataset";
    case Means::subject:
      return "subject";
    case Means::threat:
      return "threat";
    case Means::product:
      return "product";
    case Means::name:
      return "name";
    case Means::model_type:
      return "model-type";
    case Means::model_class:
      return "model-class";
  }
  return "";
}

struct Knowledge::Own {
  Facts facts;
  Tables tables;
};

Result<Knowledge> Knowledge::with_overrides(std::span<const File> files) {
  if (files.empty()) return Knowledge();
  auto own = std::make_shared<Own>();
  own->facts.start_from(kBuiltin);
  for (const File& file : files) own->facts.read(file.name, file.text);
  own->facts.check();
  if (!own->facts.errors().empty()) {
    Error first = own->facts.errors().front();
    if (own->facts.errors().size() > 1)
      first.what += " (and " + std::to_string(own->facts.errors().size() - 1) + " more)";
    return tl::make_unexpected(std::move(first));
  }
  own->tables = own->facts.tables();
  Knowledge out;
  out.tables_ = &own->tables;
  out.own_ = std::move(own);
  return out;
}

Result<Knowledge> Knowledge::with_overrides(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) return Knowledge();
  auto listing = list_files(folder, {.files = 10'000, .depth = 1});
  if (!listing) return tl::make_unexpected(std::move(listing).error());
  if (!listing->errors.empty()) return tl::make_unexpected(std::move(listing->errors.front()));
  std::vector<File> files;
  for (const auto& name : listing->files) {
    if (name.extension() != ".yaml") continue;
    auto text = read_file(folder / name, kMaxFileBytes);
    if (!text) return tl::make_unexpected(std::move(text).error());
    files.push_back({"knowledge/" + printable(name.string()), std::move(*text)});
  }
  return with_overrides(files);
}

const Node* Knowledge::node(std::string_view id) const {
  return find_row(tables_->nodes, id);
}
const Threat* Knowledge::threat(std::string_view id) const {
  return find_row(tables_->threats, id);
}
const Exposure* Knowledge::exposure(std::string_view id) const {
  return find_row(tables_->exposures, id);
}
const Task* Knowledge::task(std::string_view id) const {
  return find_row(tables_->tasks, id);
}
const Source* Knowledge::source(std::string_view id) const {
  return find_row(tables_->sources, id);
}
bool Knowledge::is_modality(std::string_view word) const {
  return has_word(tables_->modalities, word);
}

const Technique* Knowledge::technique(std::string_view id) const {
  if (const Technique* exact = find_row(tables_->techniques, id)) return exact;
  if (!id.starts_with("AML.T")) return nullptr;
  const std::size_t dot = id.find('.', 5);
  return dot == std::string_view::npos ? nullptr : find_row(tables_->techniques, id.substr(0, dot));
}

const Package* Knowledge::package(std::string_view ecosystem, std::string_view name) const {
  const auto rows = tables_->packages;
  const auto at =
      std::lower_bound(rows.begin(), rows.end(), std::pair(ecosystem, name),
                       [](const Package& row, const auto& key) { return std::pair(row.ecosystem, row.name) < key; });
  return at != rows.end() && at->ecosystem == ecosystem && at->name == name ? &*at : nullptr;
}

std::vector<std::string_view> Knowledge::exposure_words() const {
  std::vector<std::string_view> out;
  for (const Exposure& e : tables_->exposures)
    if (!e.derived) out.push_back(e.id);
  return out;
}

bool Knowledge::is_task(std::string_view task_id, std::string_view kind) const {
  std::vector<std::string_view> open{task_id};
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (open[i] == kind) return true;
    if (const Task* row = task(open[i]))
      for (const std::string_view w : row->within)
        if (std::find(open.begin(), open.end(), w) == open.end()) open.push_back(w);
  }
  return false;
}

bool Knowledge::is_open_dataset(std::string_view name) const {
  if (has_word(tables_->open_datasets, name)) return true;
  for (const Match& m : match(name))
    for (const Meaning& meaning : m.meanings)
      if (meaning.means == Means::dataset && has_word(tables_->open_datasets, meaning.value)) return true;
  return false;
}

std::vector<Match> Knowledge::match(std::string_view text) const {
  const Tables& t = *tables_;
  std::vector<Match> out;
  const std::vector<Word> words = words_of(t, text.substr(0, kMaxTextBytes));
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint32_t state = 0;
    std::size_t longest = 0;
    std::span<const Meaning> meanings;
    for (std::size_t j = i; j < words.size(); ++j) {
      if (words[j].id == 0 || (j > i && !words[j].joined)) break;
      state = step(t, state, words[j].id);
      if (state == 0) break;
      if (const auto here = text_meanings(meanings_at(t, state)); !here.empty()) longest = j + 1 - i, meanings = here;
    }
    // What lies wholly inside a longer phrase is said by that; what runs beyond it says something of its own.
    if (longest != 0 && (out.empty() || words[i + longest - 1].end > out.back().end))
      out.push_back({words[i].begin, words[i + longest - 1].end, meanings});
  }
  return out;
}

const Node* Knowledge::by_spelling(std::string_view name) const {
  if (name.size() > 1024) return nullptr;  // hub names have at most 96 bytes, purls a few hundred
  if (const Node* exact = node(name)) return exact;
  if (name.starts_with("pkg:")) {
    name = name.substr(0, name.find_first_of("@?#"));
    name.remove_prefix(std::min(name.size(), name.find('/') == std::string_view::npos ? 4 : name.find('/') + 1));
  }
  const Tables& t = *tables_;
  // The family that is named first wins, by its longest spelling there ("detr-resnet-50" is a DETR); an architecture
  // only where no family is named. A number may carry a suffix of its own ("yolov8n", "phi-2b").
  const auto best_in = [&](std::string_view part) {
    const Node* architecture = nullptr;
    const std::vector<Word> words = words_of(t, part);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const Node* here = nullptr;
      std::uint32_t state = 0;
      for (std::size_t j = i; j < words.size(); ++j) {
        std::uint32_t next = words[j].id == 0 ? 0 : step(t, state, words[j].id);
        const bool cut = next == 0;
        if (cut) {
          const std::string_view word = part.substr(words[j].begin, words[j].end - words[j].begin);
          const std::size_t digits = word.find_first_not_of("0123456789");
          if (j == i || digits == 0 || digits == std::string_view::npos) break;
          const std::uint32_t number = word_id(t, word.substr(0, digits));
          next = number == 0 ? 0 : step(t, state, number);
        }
        state = next;
        if (state == 0) break;
        for (const Meaning& m : meanings_at(t, state))
          if (m.means == Means::family || m.means == Means::architecture || m.means == Means::name)
            if (const Node* found = node(m.value);
                here == nullptr || here->kind == NodeKind::architecture || found->kind == NodeKind::family)
              here = found;
        if (cut) break;
      }
      if (here != nullptr && here->kind == NodeKind::family) return here;
      if (architecture == nullptr) architecture = here;
    }
    return architecture;
  };
  const std::size_t slash = name.rfind('/');
  if (slash != std::string_view::npos)
    if (const Node* found = best_in(name.substr(slash + 1))) return found;
  return best_in(name);
}

namespace {
const Node* exact_phrase(const Knowledge& knowledge, std::string_view text, Means means) {
  const Tables& t = knowledge.tables();
  if (text.size() > 256) return nullptr;  // the longest class name seen has 49 bytes
  std::uint32_t state = 0;
  for (const Word& word : words_of(t, text)) {
    state = word.id == 0 ? 0 : step(t, state, word.id);
    if (state == 0) return nullptr;
  }
  if (state == 0) return nullptr;
  for (const Meaning& m : meanings_at(t, state))
    if (m.means == means) return knowledge.node(m.value);
  return nullptr;
}
}  // namespace

const Node* Knowledge::by_model_type(std::string_view model_type) const {
  return exact_phrase(*this, model_type, Means::model_type);
}
const Node* Knowledge::by_class_name(std::string_view class_name) const {
  return exact_phrase(*this, class_name, Means::model_class);
}

std::vector<const Node*> Knowledge::ancestors(const Node& start) const {
  std::vector<const Node*> out{&start};
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const std::string_view parent : out[i]->parents)
      if (const Node* p = node(parent); p != nullptr && std::find(out.begin(), out.end(), p) == out.end())
        out.push_back(p);
  out.erase(out.begin());
  return out;
}

bool Knowledge::is_a(const Node& start, std::string_view id) const {
  if (start.id == id) return true;
  for (const Node* a : ancestors(start))
    if (a->id == id) return true;
  return false;
}

const Node* Knowledge::architecture_of(const Node& start) const {
  if (start.kind == NodeKind::architecture) return &start;
  for (const Node* a : ancestors(start))
    if (a->kind == NodeKind::architecture) return a;
  return nullptr;
}

std::optional<Lineage> Knowledge::lineage(const Node& from, const Node& to) const {
  // Breadth first from both; the common node with the fewest steps in all, of equal ones the nearest to `from`.
  using Map = std::map<const Node*, std::size_t>;  // to the steps it takes
  const auto reach = [&](const Node& start, std::vector<const Node*>& order) {
    Map out{{&start, 0}};
    order = {&start};
    for (std::size_t i = 0; i < order.size(); ++i)
      for (const std::string_view parent : order[i]->parents)
        if (const Node* p = node(parent); p != nullptr && out.try_emplace(p, out.at(order[i]) + 1).second)
          order.push_back(p);
    return out;
  };
  std::vector<const Node*> up, unused;
  const Map a = reach(from, up), b = reach(to, unused);
  const Node* best = nullptr;
  std::size_t best_steps = 0;
  for (const Node* n : up) {
    const auto other = b.find(n);
    // A broad node ties nothing together, but is still itself: "llama-3" is a "transformer" when the item says
    // "transformers".
    if (other == b.end() || (n->broad && n != &to && n != &from)) continue;
    const std::size_t steps = a.at(n) + other->second;
    if (best == nullptr || steps < best_steps) best = n, best_steps = steps;
  }
  if (best == nullptr) return std::nullopt;
  Lineage out{best, a.at(best), b.at(best), std::string(best->id)};
  if (best != &from) out.path = std::string(from.id) + " → " + out.path;
  if (best != &to) out.path += " ← " + std::string(to.id);
  return out;
}

bool Knowledge::share_input(const Node& a, const Node& b) const {
  std::vector<const Node*> mine = ancestors(a);
  mine.insert(mine.begin(), &a);
  for (const Node* up : mine)
    if (!up->input.empty() && is_a(b, up->id)) return true;
  return false;
}

}  // namespace tocsin::knowledge
