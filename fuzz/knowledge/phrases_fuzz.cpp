// The phrase matcher on any bytes: matches lie inside the text, go forward, none inside another, and are what a search
// from their first word finds by itself. Names of models never crash and give a node of the table.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "knowledge/knowledge.hpp"

using namespace tocsin::knowledge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const Knowledge facts;
  std::size_t begin = 0, end = 0;
  bool first = true;
  for (const Match& m : facts.match(text)) {
    if (m.begin >= m.end || m.end > text.size() || m.meanings.empty()) std::abort();
    if (!first && (m.begin <= begin || m.end <= end)) std::abort();
    first = false, begin = m.begin, end = m.end;
    for (const Meaning& meaning : m.meanings)
      if (meaning.means >= Means::name || meaning.value.empty()) std::abort();
    const auto again = facts.match(text.substr(m.begin, m.end - m.begin));
    if (again.empty() || again.front().end != m.end - m.begin) std::abort();
  }
  for (const Node* node : {facts.by_spelling(text), facts.by_model_type(text), facts.by_class_name(text)})
    if (node != nullptr && facts.node(node->id) != node) std::abort();
  return 0;
}
