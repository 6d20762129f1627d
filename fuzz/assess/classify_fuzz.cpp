// An item of any text against a small estate: the first line is the title, its first byte chooses the kind. Answers are
// whole, stay in their bounds, have known codes, and are the same twice.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "assess/assess.hpp"
#include "assess/reasons.hpp"
#include "assess/versions_in_text.hpp"
#include "estate/read.hpp"

using namespace tocsin;

namespace {
const estate::Estate& small_estate() {
  static const estate::Estate made = [] {
    auto read = estate::read_estate(estate::MemoryReader(
        {{"estate.yaml",
          "models:\n  - {name: a, family: llama-3, exposure: [public-api, retrieves-web], runtime: [l]}\n"
          "  - {name: b, family: resnet, input: [image], exposure: [closed-network]}\n  - {name: c, family: xgboost, "
          "trained_here: true}\n"
          "libraries:\n  - {name: l, pins: ['torch==2.1.2', 'gradio>=4']}\nendpoints:\n  - {name: e, models: "
          "[a]}\n"}}));
    if (!read) std::abort();
    return std::move(*read);
  }();
  return made;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  intel::Item item;
  const auto kinds = intel::kind_words();
  item.kind = *intel::parse_kind(kinds[data[0] % kinds.size()]);
  item.title = Foreign(std::string(text.substr(0, line)));
  item.summary = Foreign(std::string(text.substr(std::min(line + 1, text.size()))));
  static const assess::EstateView view(small_estate(), knowledge::Knowledge());
  const auto judged = assess::assess(item, view, {});
  const auto again = assess::assess(item, view, {});
  if (judged.score < 0 || judged.score > 100 || judged.score != again.score || judged.rows.size() != again.rows.size())
    std::abort();
  if (!judged.worst && judged.classes.empty()) std::abort();  // nobody can tell: then it says why
  if (judged.rows.empty() && judged.classes.empty()) std::abort();
  for (std::size_t i = 0; i < judged.rows.size(); ++i) {
    if (to_json(judged.rows[i]).dump() != to_json(again.rows[i]).dump() || judged.rows[i].reasons.empty()) std::abort();
    for (const auto& reason : judged.rows[i].reasons)
      if (assess::reason_code(reason.code) == nullptr || assess::sentence(reason).empty()) std::abort();
  }
  for (const auto& c : judged.classes)
    if (assess::reason_code(c.code) == nullptr || assess::class_sentence(c.assets, c.code, c.detail).empty())
      std::abort();
  assess::judge_told(assess::versions_in(text), "PyPI", "1.2.3");
  return 0;
}
