#include "cli/commands.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tocsin::cli {

std::string Arguments::get(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::string(otherwise) : found->second.back();
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

void Arguments::add(std::string_view name, std::vector<std::string> values) {
  auto& kept = values_[std::string(name)];
  kept.insert(kept.end(), values.begin(), values.end());
}

std::span<const Option> shared_options() {
  static constexpr Option kShared[] = {
      {"--workspace", "DIR", "the workspace (default: $TOCSIN_WORKSPACE, else the current folder)"},
      {"--format", "FORMAT", "table for people; json, jsonl or csv for programs", false, false, "table|json|jsonl|csv"},
      {"--quiet", "", "no progress and no notes on stderr"},
      {"--help", "", "this text"},
  };
  return kShared;
}

std::vector<Option> shared_options(const Command& command) {
  const auto refused = split(command.without, ' ');
  std::vector<Option> out;
  for (const Option& option : shared_options())
    if (std::find(refused.begin(), refused.end(), option.name) == refused.end()) out.push_back(option);
  return out;
}

const Command* find_command(std::span<const std::string> words, std::size_t& used) {
  const Command* best = nullptr;
  used = 0;
  for (const Command* command : commands::all()) {
    const auto parts = split(command->words, ' ');
    if (parts.size() > words.size() || parts.size() <= used) continue;
    bool same = true;
    for (std::size_t i = 0; same && i < parts.size(); ++i) same = parts[i] == words[i];
    if (same) best = command, used = parts.size();
  }
  return best;
}

}  // namespace tocsin::cli
