#include "cycle/estate_file.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "assess/estate_view.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "estate/keys.hpp"
#include "estate/read.hpp"
#include "estate/write.hpp"

namespace tocsin::cycle {
namespace {

bool is_list(estate::KeyType type) {
  return type == estate::KeyType::texts || type == estate::KeyType::words || type == estate::KeyType::pins;
}

std::string entry_text(estate::AssetKind kind, const std::string& name,
                       const std::map<std::string, std::string>& values) {
  std::string out = "  - name: " + estate::yaml_scalar(name) + "\n";
  for (const estate::Key& key : estate::keys(kind)) {
    const auto value = values.find(std::string(key.name));
    if (value == values.end()) continue;
    out += "    " + std::string(key.name) + ": ";
    if (is_list(key.type)) {
      out += "[";
      bool first = true;
      for (std::string_view part : split(value->second, ',')) {
        out += (first ? "" : ", ") + estate::yaml_scalar(trim(part));
        first = false;
      }
      out += "]";
    } else if (key.type == estate::KeyType::truth) {
      out += value->second;
    } else {
      out += estate::yaml_scalar(value->second);
    }
    out += "\n";
  }
  return out;
}

// The byte where the line after `line` (from 1) begins; the end of the text when there is none.
std::size_t after_line(std::string_view text, std::uint32_t line) {
  std::size_t at = 0;
  for (std::uint32_t n = 0; n < line; ++n) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  return at;
}

std::uint32_t last_line(const Yaml& node) {
  std::uint32_t line = node.line;
  line += static_cast<std::uint32_t>(std::count(node.scalar.begin(), node.scalar.end(), '\n'));
  for (const Yaml& item : node.items) line = std::max(line, last_line(item));
  for (const auto& [key, value] : node.members) line = std::max(line, last_line(value));
  return line;
}

// The byte behind the comments that stand from `at` on and are indented like the keys of an entry: they belong to it.
std::size_t after_comments(std::string_view text, std::size_t at, std::size_t indent) {
  while (at < text.size()) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    const std::size_t first = line.find_first_not_of(' ');
    if (first == std::string_view::npos || line[first] != '#' || first < indent) break;
    at = std::min(at + line.size() + 1, text.size());
  }
  return at;
}

// estate.yaml as given, every other file from the workspace.
class Overlay final : public estate::Reader {
 public:
  Overlay(std::string text, const std::filesystem::path& folder) : text_(std::move(text)), folder_(folder) {}
  Result<std::string> read(std::string_view path, std::uint64_t limit) const override {
    if (path == estate::kEstateFile) return text_;
    return folder_.read(path, limit);
  }
  Result<std::vector<std::string>> list(std::string_view path, std::size_t most) const override {
    return folder_.list(path, most);
  }

 private:
  std::string text_;
  estate::FolderReader folder_;
};

}  // namespace

Result<std::string> with_asset(std::string_view text, estate::AssetKind kind, const std::string& name,
                               const std::vector<std::pair<std::string, std::string>>& values,
                               const std::filesystem::path& workspace) {
  std::map<std::string, std::string> by_key;
  std::string known;
  for (const estate::Key& key : estate::keys(kind)) known += (known.empty() ? "" : ", ") + std::string(key.name);
  for (const auto& [key, value] : values) {
    const auto keys = estate::keys(kind);
    if (std::none_of(keys.begin(), keys.end(), [&](const estate::Key& k) { return k.name == key; }))
      return fail(Code::refused, "a " + std::string(estate::to_string(kind)) + " has no key '" + printable(key) +
                                     "'; it has " + known);
    by_key[key] = value;
  }

  estate::Estate before;
  if (!trim(text).empty()) {
    TOCSIN_TRY(before, estate::read_estate(Overlay(std::string(text), workspace)));
  }
  if (const estate::Asset* taken = before.find(name))
    return fail(Code::refused, "the name '" + printable(name) + "' is taken (" + std::string(estate::kEstateFile) +
                                   ":" + std::to_string(taken->place.line) + ", in " +
                                   std::string(estate::section_of(taken->kind)) + "); nothing was added");

  const std::string section(estate::section_of(kind));
  const std::string entry = entry_text(kind, name, by_key);
  std::string out(text);
  if (!out.empty() && out.back() != '\n') out += '\n';
  const Yaml* there = nullptr;
  Yaml document;
  if (!trim(text).empty()) {
    TOCSIN_TRY(document, parse_yaml(text));
    there = document.find(section);
  }
  if (there != nullptr && there->is_sequence() && !there->items.empty()) {
    // The entries of the section stand where they stand: the new one takes the indentation of the first.
    const std::uint32_t column = there->items.front().column;
    if (column < 3)
      return fail(Code::refused,
                  "'" + section + "' is written in a form that cannot be added to; write one '- name:' entry a line");
    const std::string indent(column - 3, ' ');
    std::string indented;
    for (std::string_view line : split_lines(entry)) indented += indent + std::string(line.substr(2)) + "\n";
    out.insert(after_comments(out, after_line(out, last_line(*there)), column - 1), indented);
  } else if (there != nullptr && !there->is_null() && !(there->is_sequence() && there->items.empty())) {
    return fail(Code::refused, "'" + section + "' is no list");
  } else if (there != nullptr) {
    return fail(Code::refused,
                "'" + section + "' is there but empty; write its first entry by hand, or take the line away");
  } else {
    out += (out.empty() ? "" : "\n") + section + ":\n" + entry;
  }

  TOCSIN_TRY(const estate::Estate after, estate::read_estate(Overlay(out, workspace)));
  std::multiset<std::string> old;
  for (const Error& problem : before.problems) old.insert(problem.what);
  for (const Error& problem : after.problems) {
    const auto same = old.find(problem.what);
    if (same == old.end()) return fail(Code::refused, problem.what);
    old.erase(same);
  }
  if (after.assets.size() != before.assets.size() + 1)
    return fail(Code::refused, "the entry could not be placed in " + section + "; add it by hand:\n" + entry);
  return out;
}

std::vector<UnknownKind> unknown_kinds(const estate::Estate& estate, const knowledge::Knowledge& knowledge) {
  std::vector<UnknownKind> out;
  const assess::EstateView view(estate, knowledge);
  for (const assess::AssetView& asset : view.assets()) {
    if (!asset.asset->model || !asset.nodes.empty()) continue;
    const estate::Model& model = *asset.asset->model;
    const auto add = [&](const char* key, const std::string& written) {
      if (written.empty()) return;
      Error problem{Code::malformed, "", std::string(estate::kEstateFile), {}, {}, {}};
      problem.line = asset.asset->place.line;
      problem.what = asset.asset->name + ": " + key + " '" + printable(written, 100) +
                     "' is not known, so no text that names a kind of model will be tied to it";
      out.push_back({asset.asset->name, key, written, std::move(problem)});
    };
    add("family", model.family);
    add("architecture", model.architecture);
  }
  return out;
}

}  // namespace tocsin::cycle
