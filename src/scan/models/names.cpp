#include "scan/models/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::scan::models {
namespace {

bool looks_like_a_class(std::string_view name) {
  while (!name.empty() && name.front() == '_') name.remove_prefix(1);
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

std::string_view around(std::string_view module) {
  const auto dot = module.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : module.substr(0, dot);
}

}  // namespace

const knowledge::PickleName* Names::row(std::string_view module, std::string_view name) const {
  const auto rows = facts_.tables().pickle_names;
  const auto at = std::lower_bound(
      rows.begin(), rows.end(), std::pair(module, name),
      [](const knowledge::PickleName& one, const auto& key) { return std::pair(one.module, one.name) < key; });
  return at != rows.end() && at->module == module && at->name == name ? &*at : nullptr;
}

Known Names::about(std::string_view module, std::string_view name) const {
  using knowledge::PickleTrust;
  if (const auto* fact = name.empty() ? nullptr : row(module, name))
    return {fact->trust == PickleTrust::safe      ? Trust::safe
            : fact->trust == PickleTrust::caution ? Trust::caution
                                                  : Trust::danger,
            fact};
  // A dangerous module is dangerous all the way down, but for the names above.
  for (std::string_view outer = module; !outer.empty(); outer = around(outer))
    if (const auto* all = row(outer, "")) return {Trust::danger, all};
  if (name.find('.') != std::string_view::npos) {
    // The danger may be named further down: numpy + "testing.x.os.system" is what it ends in.
    const auto* first = row(module, name.substr(0, name.find('.')));
    if (first != nullptr && first->trust == PickleTrust::danger) return {Trust::danger, first};
    return {Trust::dotted, nullptr};
  }
  if (looks_like_a_class(name)) {
    const auto classes = facts_.tables().pickle_classes;
    for (std::string_view outer = module; !outer.empty(); outer = around(outer)) {
      const auto at =
          std::lower_bound(classes.begin(), classes.end(), outer,
                           [](const knowledge::PickleClasses& one, std::string_view key) { return one.package < key; });
      if (at == classes.end() || at->package != outer) continue;
      const auto& suffixes = at->suffixes;
      if (suffixes.empty() || std::any_of(suffixes.begin(), suffixes.end(),
                                          [&](std::string_view suffix) { return name.ends_with(suffix); }))
        return {Trust::plain, nullptr};
    }
  }
  return {Trust::unknown, nullptr};
}

std::string_view effect_in_words(std::string_view effect) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kWords = {{
      {"runs-program", "runs programs"},
      {"runs-code", "runs code"},
      {"native-code", "calls native code or touches raw memory"},
      {"loads-code", "loads code"},
      {"opens-file", "reads, writes or removes files"},
      {"network", "talks to the network"},
      {"resolves-names", "turns names into functions, so that anything can be called"},
      {"nested-pickle", "unpickles other data"},
      {"disables-scanner", "reaches into a scanner"},
  }};
  for (const auto& [word, text] : kWords)
    if (word == effect) return text;
  return "is dangerous";
}

}  // namespace tocsin::scan::models
