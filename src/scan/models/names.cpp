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

Names::Names(const knowledge::Knowledge& facts) : facts_(facts) {
  for (const auto& row : facts_.tables().pickle_names) by_module_[row.module].emplace(row.name, &row);
  for (const auto& row : facts_.tables().pickle_classes) classes_.emplace(row.package, &row);
}

Known Names::about(std::string_view module, std::string_view name) const {
  using knowledge::PickleTrust;
  const auto own = by_module_.find(module);
  if (own != by_module_.end()) {
    if (const auto found = own->second.find(name); found != own->second.end() && !name.empty()) {
      const auto* fact = found->second;
      return {fact->trust == PickleTrust::safe      ? Trust::safe
              : fact->trust == PickleTrust::caution ? Trust::caution
                                                    : Trust::danger,
              fact};
    }
  }
  // A dangerous module is dangerous all the way down, but for the names above.
  for (std::string_view outer = module; !outer.empty(); outer = around(outer)) {
    const auto at = by_module_.find(outer);
    if (at == by_module_.end()) continue;
    if (const auto all = at->second.find(""); all != at->second.end()) return {Trust::danger, all->second};
  }
  if (name.find('.') != std::string_view::npos) {
    // The danger may be named further down: numpy + "testing.x.os.system" is what it ends in.
    if (own != by_module_.end()) {
      const auto first = own->second.find(name.substr(0, name.find('.')));
      if (first != own->second.end() && first->second->trust == PickleTrust::danger)
        return {Trust::danger, first->second};
    }
    return {Trust::dotted, nullptr};
  }
  if (looks_like_a_class(name)) {
    for (std::string_view outer = module; !outer.empty(); outer = around(outer)) {
      const auto at = classes_.find(outer);
      if (at == classes_.end()) continue;
      const auto& suffixes = at->second->suffixes;
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
