// pyproject.toml: what a project asks for. [project] dependencies and optional-dependencies (PEP 621), [dependency-groups]
// (PEP 735), Poetry's tables, and what uv and PDM keep under [tool]. A manifest: versions are known only where it allows a
// single one. docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "estate/credentials.hpp"
#include "estate/harvest.hpp"
#include "versions/names.hpp"
#include "versions/pep440.hpp"

namespace tocsin::estate::lockfiles {
namespace {

// Poetry's own constraints as PEP 440 (python-poetry.org, "Dependency specification"):
//   ^1.2.3  >=1.2.3,<2.0.0    ^0.2.3  >=0.2.3,<0.3.0    ^0.0.3  >=0.0.3,<0.0.4    ^0  >=0,<1
//   ~1.2.3  >=1.2.3,<1.3.0    ~1      >=1,<2
//   1.2.3   ==1.2.3           1.2.*   ==1.2.*           *       (any)
// Clauses are joined by commas or blanks. `||` has no word in PEP 440: nothing then, the text stays as it is written.
std::optional<std::string> clause_of_poetry(std::string_view clause) {
  clause = trim(clause);
  if (clause.empty() || clause == "*") return "";
  if (clause[0] == '^' || (clause[0] == '~' && !clause.starts_with("~="))) {
    const std::string_view text = trim(clause.substr(1));
    const Result<versions::Pep440> version = versions::parse_pep440(text);
    if (!version) return std::nullopt;
    // The parts as written: ^1.2 and ^1.2.0 are the same, ^0 and ^0.0 are not.
    const std::size_t end = text.find_first_not_of("0123456789.", text.starts_with('v') ? 1 : 0);
    std::vector<std::string_view> parts = split(text.substr(0, end), '.');
    std::vector<unsigned long> numbers;
    for (std::string_view part : parts) {
      if (part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != std::string_view::npos) break;
      numbers.push_back(std::stoul(std::string(part)));
    }
    if (numbers.empty()) return std::nullopt;
    std::size_t raised = 0;
    if (clause[0] == '~')
      raised = numbers.size() > 1 ? 1 : 0;
    else
      while (raised + 1 < numbers.size() && numbers[raised] == 0) ++raised;
    std::string upper;
    for (std::size_t i = 0; i <= raised; ++i)
      upper += fmt::format("{}{}", i == 0 ? "" : ".", numbers[i] + (i == raised ? 1 : 0));
    return fmt::format(">={},<{}", text, upper);
  }
  if (std::string_view("<>=!~").find(clause[0]) != std::string_view::npos) {
    // "=1.2" is "==1.2" there.
    if (clause[0] == '=' && !clause.starts_with("==")) return "=" + std::string(clause);
    return std::string(clause);
  }
  return "==" + std::string(clause);
}

std::optional<std::string> specifier_of_poetry(std::string_view text) {
  if (text.find('|') != std::string_view::npos) return std::nullopt;
  std::string joined;  // a blank between clauses is a comma, one behind an operator is nothing
  bool after_operator = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\t') {
      if (!after_operator && !joined.empty() && joined.back() != ',') joined += ',';
      continue;
    }
    after_operator = std::string_view("<>=!~^").find(c) != std::string_view::npos;
    joined += c;
  }
  std::string out;
  for (std::string_view clause : split(joined, ',')) {
    const std::optional<std::string> one = clause_of_poetry(clause);
    if (!one) return std::nullopt;
    if (!one->empty()) out += (out.empty() ? "" : ",") + *one;
  }
  return out;
}

class Project {
 public:
  Project(const Reader& reader, Harvest& in) : reader_(reader), in_(in) {}

  void read(const Yaml& top) {
    const Yaml& tool = in_.table(top, "tool");
    const Yaml& uv = in_.table(tool, "uv");
    for (const auto& [name, value] : in_.table(uv, "sources").members)
      sources_.emplace(versions::normalize_pypi_name(name), &value);

    const Yaml& project = in_.table(top, "project");
    list(project, "dependencies", "");
    const Yaml& optional = in_.table(project, "optional-dependencies");
    for (const auto& [extra, value] : optional.members) list_of(&value, extra, "extra:" + extra);

    groups(in_.table(top, "dependency-groups"));
    list(uv, "dev-dependencies", "group:dev");
    for (const char* key : {"constraint-dependencies", "override-dependencies"}) list(uv, key, "", "constraint");
    groups(in_.table(in_.table(tool, "pdm"), "dev-dependencies"));
    poetry(in_.table(tool, "poetry"));

    // Tables of TOML come sorted by name; people read by line.
    std::stable_sort(pins_.begin(), pins_.end(),
                     [](const Pin& left, const Pin& right) { return left.place.line < right.place.line; });
    for (Pin& pin : pins_) in_.add(std::move(pin));
  }

 private:
  void keep(Pin pin, const std::string& group) {
    pin.group = group;
    pin.dev = group.starts_with("group:") && is_development_group(std::string_view(group).substr(6));
    pins_.push_back(std::move(pin));
  }

  // Where [tool.uv.sources] says that a name comes from.
  void redirect(Pin& pin) {
    const auto found = sources_.find(pin.name);
    if (found == sources_.end() || pin.kind != "registry") return;
    // A list has a source a marker; its first names the kind of place.
    const Yaml* source = found->second;
    if (source->is_sequence() && !source->items.empty()) source = &source->items.front();
    if (!in_.is_map(*source, "a source")) return;
    if (const std::string_view url = in_.text(*source, "git"); !url.empty())
      in_.set_origin(pin, "git", fmt::format("git+{}", url));
    else if (const std::string_view archive = in_.text(*source, "url"); !archive.empty())
      in_.set_origin(pin, "url", archive);
    else if (const std::string_view path = in_.text(*source, "path"); !path.empty())
      in_.set_origin(pin, in_.truth(*source, "editable") ? "editable" : "path", path);
    else if (in_.truth(*source, "workspace"))
      in_.set_origin(pin, "editable", pin.name);
  }

  void one(const Yaml& value, const std::string& group, const char* kind) {
    for (Pin& pin : in_.requirement(reader_, value.scalar, value.line)) {
      redirect(pin);
      if (*kind != '\0') pin.kind = kind;
      keep(std::move(pin), group);
    }
  }

  void list(const Yaml& table, const std::string& key, const std::string& group, const char* kind = "") {
    list_of(table.find(key), key, group, kind);
  }

  void list_of(const Yaml* values, const std::string& key, const std::string& group, const char* kind = "") {
    in_.about(key);
    for (const Yaml& value : in_.items_of(values, key)) {
      if (in_.is_text(value))
        one(value, group, kind);
      else if (!value.is_map() || value.find("include-group") == nullptr)
        in_.problem(value.line, Code::malformed, "a requirement must be a text");
    }
    in_.about("");
  }

  // PEP 735. An included group is listed under its own name; that it is there is checked.
  void groups(const Yaml& table) {
    std::set<std::string> known;
    for (const auto& [name, unused] : table.members) known.insert(versions::normalize_pypi_name(name));
    for (const auto& [name, value] : table.members) {
      list_of(&value, name, "group:" + name);
      for (const Yaml& entry : value.items) {
        const Yaml* included = entry.find("include-group");
        if (included == nullptr) continue;
        if (!known.contains(versions::normalize_pypi_name(included->text())))
          in_.problem(included->line, Code::malformed,
                      fmt::format("{}: includes the group '{}', which is not there", for_message(name),
                                  for_message(included->text(), 80)));
      }
    }
  }

  // ---- Poetry

  void poetry(const Yaml& table) {
    poetry_list(table, "dependencies", "");
    poetry_list(table, "dev-dependencies", "group:dev");
    for (const auto& [name, value] : in_.table(table, "group").members)
      poetry_list(in_.table_of(&value, name), "dependencies", name == "main" ? "" : "group:" + name);
  }

  void poetry_list(const Yaml& table, const char* key, const std::string& group) {
    const Yaml& list = in_.table(table, key);
    for (const auto& [name, value] : list.members) {
      in_.about("");
      if (to_lower(name) == "python") continue;  // the interpreter
      if (value.is_sequence()) {
        for (const Yaml& alternative : value.items) poetry_one(name, alternative, group);
      } else {
        poetry_one(name, value, group);
      }
    }
    in_.about("");
  }

  void poetry_one(const std::string& name, const Yaml& value, const std::string& group) {
    in_.about("");
    std::optional<Pin> pin = in_.pin("PyPI", name, value.line);
    if (!pin) return;
    in_.about(fmt::format("package {}", pin->name));
    if (in_.is_text(value)) {
      poetry_version(*pin, value.scalar);
      return keep(std::move(*pin), group);
    }
    if (!in_.is_map(value, "a requirement")) return;
    const bool editable = in_.truth(value, "develop");
    if (const std::string_view url = in_.text(value, "git"); !url.empty()) {
      std::string_view revision = in_.text(value, "rev");
      if (revision.empty()) revision = in_.text(value, "tag");
      if (revision.empty()) revision = in_.text(value, "branch");
      in_.set_origin(*pin, editable ? "editable" : "git",
                     fmt::format("git+{}{}{}", url, revision.empty() ? "" : "@", revision));
    } else if (const std::string_view archive = in_.text(value, "url"); !archive.empty()) {
      in_.set_origin(*pin, "url", archive);
    } else {
      std::string_view path = in_.text(value, "path");
      if (path.empty()) path = in_.text(value, "file");
      if (!path.empty())
        in_.set_origin(*pin, editable ? "editable" : "path", path);
      else
        poetry_version(*pin, in_.text(value, "version"));
    }
    in_.set_marker(*pin, in_.text(value, "markers"));
    python(*pin, in_.text(value, "python"));
    // An optional one is installed with the extra that names it.
    keep(std::move(*pin), group.empty() && in_.truth(value, "optional") ? "extra:" + name : group);
  }

  // python = ">=3.8,<3.12" is a marker on python_version.
  void python(Pin& pin, std::string_view wanted) {
    if (wanted.empty()) return;
    const std::optional<std::string> specifier = specifier_of_poetry(wanted);
    std::string marker = pin.marker.empty() ? "" : fmt::format("({})", pin.marker);
    if (specifier)
      for (std::string_view clause : split(*specifier, ',')) {
        const std::size_t end = clause.find_first_not_of("<>=!~");
        if (end == 0 || end == std::string_view::npos) continue;
        const bool exact = clause.substr(0, end) == "==";
        marker += fmt::format(
            "{}{} {} \"{}\"", marker.empty() ? "" : " and ",
            exact || std::count(clause.begin(), clause.end(), '.') < 2 ? "python_version" : "python_full_version",
            clause.substr(0, end), clause.substr(end));
      }
    in_.set_marker(pin, marker);
  }

  void poetry_version(Pin& pin, std::string_view text) {
    const std::optional<std::string> specifier = specifier_of_poetry(text);
    if (specifier) return in_.set_requirement(pin, *specifier);
    pin.specifier = without_credentials(text);
    in_.flaw(pin.place.line, Code::unavailable,
             fmt::format("'{}' cannot be written as one set of specifiers; its versions are not judged",
                         for_message(text, 80)));
  }

  const Reader& reader_;
  Harvest& in_;
  std::map<std::string, const Yaml*> sources_;  // by normalised name
  std::vector<Pin> pins_;
};

bool claims(std::string_view path) {
  return path.substr(path.rfind('/') + 1) == "pyproject.toml";
}

bool holds(std::string_view path, std::string_view content) {
  return path.ends_with(".toml") && (content.find("[project]") != std::string_view::npos ||
                                     content.find("[tool.poetry") != std::string_view::npos ||
                                     content.find("[dependency-groups]") != std::string_view::npos);
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Harvest in(path, environment, into);
  if (const std::optional<Yaml> top = in.document(reader, Syntax::toml)) Project(reader, in).read(*top);
}

}  // namespace

extern const LockfileKind pyproject;
const LockfileKind pyproject{"pyproject", "pyproject.toml", claims, holds, read};

}  // namespace tocsin::estate::lockfiles
