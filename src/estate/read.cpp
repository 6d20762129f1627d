// estate.yaml to an Estate. One walk over the YAML by the table of keys, then the lockfiles, then what only the whole
// can tell: names used twice, references that lead nowhere, models that are their own base.
#include "estate/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "base/yaml.hpp"
#include "estate/credentials.hpp"
#include "estate/keys.hpp"
#include "estate/lockfiles.hpp"
#include "versions/purl.hpp"

namespace tocsin::estate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxName = 200;       // bytes; names stand in tables
constexpr std::size_t kMaxText = 16'384;    // bytes of any other value
constexpr std::size_t kMaxValues = 10'000;  // of one list
constexpr std::size_t kMaxTotalPins = 2'000'000;
constexpr std::size_t kMaxPath = 4096;  // PATH_MAX
constexpr YamlLimits kYamlLimits{.bytes = kMaxEstateBytes, .depth = 16, .nodes = 2'000'000};

std::string_view a(AssetKind kind) {
  switch (kind) {
    case AssetKind::model:
      return "model";
    case AssetKind::dataset:
      return "data set";
    case AssetKind::library:
      return "library";
    case AssetKind::endpoint:
      return "endpoint";
  }
  return "";
}

// Number of letters to change, add, drop or swap with the next (optimal string alignment); only for short words.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before(to.size() + 1), row(to.size() + 1), next(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (from[i - 1] == to[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[to.size()];
}

// ", did you mean 'family'?" when one of the words is close.
template <class Words>
std::string hint(std::string_view word, const Words& words) {
  if (word.size() > 40) return "";
  std::string_view best;
  std::size_t least = word.size() < 5 ? 2 : 3;  // at most one change in short words, two in long ones
  for (std::string_view known : words) {
    if (known.size() > 40) continue;
    const std::size_t d = distance(word, known);
    if (d < least) {
      least = d;
      best = known;
    }
  }
  return best.empty() ? "" : fmt::format("; did you mean '{}'?", printable(best));
}

std::vector<std::string_view> names_of(std::span<const Key> table) {
  std::vector<std::string_view> out;
  for (const Key& key : table) out.push_back(key.name);
  return out;
}

bool has_control(std::string_view text, bool lines_too) {
  for (std::size_t at = 0; at < text.size();) {
    const Character c = utf8_at(text, at);
    at += c.size;
    if (!c.valid) return true;
    if ((c.code == '\n' || c.code == '\t') && !lines_too) continue;
    // C0, DEL, C1, and what turns text around or hides in it (Unicode Bidi_Control, zero-width, line separators).
    if (c.code < 0x20 || (c.code >= 0x7f && c.code < 0xa0)) return true;
    if ((c.code >= 0x200b && c.code <= 0x200f) || (c.code >= 0x2028 && c.code <= 0x202e) ||
        (c.code >= 0x2060 && c.code <= 0x2069) || c.code == 0xfeff || c.code == 0x61c)
      return true;
  }
  return false;
}

class Walk {
 public:
  Walk(const Reader& reader, const ReadOptions& options) : reader_(reader) {
    exposures_ = options.exposures.empty() ? exposure_words() : options.exposures;
  }

  Result<Estate> run() {
    Result<std::string> text = reader_.read(kEstateFile, kMaxEstateBytes);
    if (!text) return tl::make_unexpected(named(std::move(text).error()));
    Result<Yaml> yaml = parse_yaml(*text, kYamlLimits);
    if (!yaml) return tl::make_unexpected(named(std::move(yaml).error()));
    if (!yaml->is_map() && !yaml->is_null()) {
      Error error = fail_line(Code::malformed, "not a map with the keys models, datasets, libraries, endpoints",
                              std::max(yaml->line, 1u))
                        .value();
      return tl::make_unexpected(named(std::move(error)));
    }
    std::string content = without_credentials(*text);
    const Digest digest = sha256(content);
    estate_.files.push_back({std::string(kEstateFile), digest, std::move(content)});

    top(*yaml);
    check_references();
    check_bases();
    std::sort(estate_.files.begin() + 1, estate_.files.end(),
              [](const ReadFile& left, const ReadFile& right) { return left.path < right.path; });
    if (unsaid_ != 0)
      estate_.problems.push_back(
          named(fail(Code::refused, fmt::format("{} more problems are not listed", unsaid_)).value()));
    estate_.digest = content_digest(estate_.assets);
    return std::move(estate_);
  }

 private:
  static Error named(Error error) {
    error.where = kEstateFile;
    return error;
  }

  void keep(Error error) {
    if (estate_.problems.size() >= kMaxProblems) {
      ++unsaid_;
      return;
    }
    estate_.problems.push_back(std::move(error));
  }
  // Costs more than the rest of a problem, so only for those that will be shown.
  template <class Words>
  std::string suggest(std::string_view word, const Words& words) const {
    return estate_.problems.size() < kMaxProblems ? hint(word, words) : "";
  }
  void problem(std::uint32_t line, std::string what, Code code = Code::malformed) {
    keep(named(fail_line(code, std::move(what), line).value()));
  }

  void top(const Yaml& yaml) {
    constexpr AssetKind kKinds[] = {AssetKind::model, AssetKind::dataset, AssetKind::library, AssetKind::endpoint};
    if (const Yaml* python = yaml.find("python")) set_python(*python, "estate", default_environment_);
    for (const auto& [name, value] : yaml.members) {
      const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                     [&](AssetKind known) { return section_of(known) == name; });
      if (kind != std::end(kKinds)) {
        section(*kind, value);
      } else if (name != "python") {
        std::vector<std::string_view> known = names_of(top_keys());
        for (AssetKind one : kKinds) known.push_back(section_of(one));
        problem(value.line, fmt::format("unknown key '{}'{}", printable(name), suggest(name, known)));
      }
    }
  }

  void section(AssetKind kind, const Yaml& list) {
    if (list.is_null()) return;
    if (!list.is_sequence())
      return problem(list.line, fmt::format("'{}' must be a list of maps, each with a name", section_of(kind)));
    for (const Yaml& entry : list.items) {
      if (estate_.assets.size() >= kMaxAssets)
        return problem(entry.line, fmt::format("more than {} entries; the rest was not read", kMaxAssets),
                       Code::refused);
      if (!entry.is_map())
        problem(entry.line, fmt::format("an entry of '{}' must be a map with a name", section_of(kind)));
      else
        one(kind, entry);
    }
  }

  void one(AssetKind kind, const Yaml& entry) {
    const Yaml* name = entry.find("name");
    if (name == nullptr || !name->is_scalar() || trim(name->text()).empty())
      return problem(entry.line, fmt::format("an entry of '{}' needs a name", section_of(kind)));
    if (name->text().size() > kMaxName || has_control(name->text(), true))
      return problem(name->line, fmt::format("a name has at most {} bytes and no control characters", kMaxName));

    Asset asset;
    asset.kind = kind;
    asset.name = trim(name->text());
    asset.place = {std::string(kEstateFile), entry.line};
    switch (kind) {
      case AssetKind::model:
        asset.model.emplace();
        break;
      case AssetKind::dataset:
        asset.dataset.emplace();
        break;
      case AssetKind::library:
        asset.library.emplace();
        break;
      case AssetKind::endpoint:
        asset.endpoint.emplace();
        break;
    }
    if (const auto [first, fresh] = lines_.emplace(asset.name, entry.line); !fresh)
      return problem(entry.line, fmt::format("the name '{}' is taken by the entry at line {}; this one was left out",
                                             printable(asset.name), first->second));
    at_ = fmt::format("{} '{}'", a(kind), printable(asset.name));
    const std::span<const Key> table = keys(kind);
    for (const auto& [word, value] : entry.members) {
      const std::string_view own = word == "env" ? std::string_view("environment") : std::string_view(word);
      const auto key = std::find_if(table.begin(), table.end(), [&](const Key& known) { return known.name == own; });
      if (key == table.end() && says_exposure(asset, word, value)) continue;
      if (key == table.end())
        problem(value.line,
                fmt::format("{}: unknown key '{}'{}", at_, printable(word), suggest(word, names_of(table))));
      else if (!value.is_null())
        set(asset, *key, value);
    }
    std::sort(asset.exposure.begin(), asset.exposure.end());
    asset.exposure.erase(std::unique(asset.exposure.begin(), asset.exposure.end()), asset.exposure.end());
    if (kind == AssetKind::library) read_library(asset, entry);
    estate_.assets.push_back(std::move(asset));
  }

  // Keys that other inventories have for what is an exposure here (docs/estate.md, "Other spellings"). False when it is
  // none.
  static bool says_exposure(Asset& asset, std::string_view word, const Yaml& value) {
    if (!asset.model) return false;
    if (word == "tools") {
      if (!value.items.empty() || !trim(value.text()).empty()) asset.exposure.push_back("calls-tools");
      return true;
    }
    if (word == "fine_tunable_by_users") {
      if (value.truth()) asset.exposure.push_back("fine-tunable-by-users");
      return true;
    }
    return false;
  }

  // One spelling for the words that people use: "public API", "internet" and "public" are public-api.
  static std::string exposure_word(std::string_view given) {
    std::string word = replace_all(replace_all(to_lower(trim(given)), " ", "-"), "_", "-");
    static constexpr std::pair<std::string_view, std::string_view> kOther[] = {
        {"internet", "public-api"},
        {"public", "public-api"},
        {"partner", "partner-api"},
        {"none", "closed-network"},
        {"retrieves-from-the-web", "retrieves-web"},
        {"web", "retrieves-web"},
        {"rag", "retrieves-documents"},
        {"tools", "calls-tools"},
        {"files", "takes-files"}};
    for (const auto& [other, own] : kOther)
      if (word == other) return std::string(own);
    return word;
  }

  // ---- values

  std::optional<std::string> text(const Key& key, const Yaml& value) {
    if (!value.is_scalar()) {
      problem(value.line,
              fmt::format("{}: '{}' must be one value, not a {}", at_, key.name, value.is_map() ? "map" : "list"));
      return std::nullopt;
    }
    const std::string_view raw = trim(value.text());
    if (raw.size() > kMaxText) {
      problem(value.line, fmt::format("{}: '{}' is longer than {} bytes", at_, key.name, kMaxText), Code::refused);
      return std::nullopt;
    }
    if (has_control(raw, false)) {
      problem(value.line, fmt::format("{}: '{}' has control characters", at_, key.name));
      return std::nullopt;
    }
    std::string clean = without_credentials(raw);
    if (clean != raw)
      problem(value.line,
              fmt::format("{}: '{}' has a password or token in its URL; it was left out here, take it out of the file",
                          at_, key.name),
              Code::refused);
    return collapse_blanks(clean);
  }

  std::vector<std::string> texts(const Key& key, const Yaml& value) {
    std::vector<std::string> out;
    const auto add = [&](const Yaml& one) {
      if (std::optional<std::string> word = text(key, one); word && !word->empty()) {
        if (std::find(out.begin(), out.end(), *word) == out.end()) out.push_back(std::move(*word));
      }
    };
    if (!value.is_sequence()) {
      add(value);
      return out;
    }
    for (const Yaml& one : value.items) {
      if (out.size() >= kMaxValues) {
        problem(one.line, fmt::format("{}: '{}' has more than {} values", at_, key.name, kMaxValues), Code::refused);
        break;
      }
      if (!one.is_null()) add(one);
    }
    return out;
  }

  bool truth(const Key& key, const Yaml& value) {
    const std::string word = to_lower(value.text());
    const bool is_word =
        word == "true" || word == "false" || word == "yes" || word == "no" || word == "on" || word == "off";
    if (!value.is_scalar() || value.quoted || !is_word)
      problem(value.line, fmt::format("{}: '{}' must be true or false", at_, key.name));
    return value.truth();
  }

  std::string word(const Key& key, const Yaml& value) {
    std::optional<std::string> given = text(key, value);
    if (!given) return "";
    if (std::find(key.words.begin(), key.words.end(), *given) != key.words.end()) return *given;
    problem(value.line,
            fmt::format("{}: '{}' must be one of {}; not '{}'", at_, key.name, listed(key.words), printable(*given)));
    return "";
  }

  static std::string listed(std::span<const std::string_view> words) {
    std::string out;
    for (std::string_view one : words) out += (out.empty() ? "" : ", ") + std::string(one);
    return out;
  }

  // Unknown words stay: a person meant something by them, and the reader of the problem decides.
  Exposures exposures(const Key& key, const Yaml& value) {
    Exposures out = texts(key, value);
    for (std::string& given : out)
      if (std::find(exposures_.begin(), exposures_.end(), given) == exposures_.end())
        if (std::string own = exposure_word(given);
            std::find(exposures_.begin(), exposures_.end(), own) != exposures_.end())
          given = std::move(own);
    for (const std::string& given : out)
      if (std::find(exposures_.begin(), exposures_.end(), given) == exposures_.end())
        problem(value.line,
                fmt::format("{}: unknown exposure '{}'{}", at_, printable(given), suggest(given, exposures_)));
    std::sort(out.begin(), out.end());
    return out;
  }

  std::string digest(const Key& key, const Yaml& value) {
    const std::optional<std::string> given = text(key, value);
    if (!given) return "";
    std::string hex = to_lower(*given);
    if (hex.starts_with("sha256:")) hex.erase(0, 7);
    if (const Result<Digest> parsed = parse_digest(hex)) return parsed->hex();
    problem(value.line, fmt::format("{}: '{}' must be 64 hexadecimal digits", at_, key.name));
    return "";
  }

  std::string purl(const Key& key, const Yaml& value) {
    const std::optional<std::string> given = text(key, value);
    if (!given || given->empty()) return "";
    const Result<versions::Purl> parsed = versions::parse_purl(*given);
    if (parsed) return parsed->text();
    problem(value.line, fmt::format("{}: '{}' is no package URL: {}", at_, key.name, parsed.error().what));
    return "";
  }

  void set_python(const Yaml& value, std::string_view of, versions::MarkerEnvironment& environment) {
    if (value.is_null()) return;
    Result<versions::MarkerEnvironment> given = environment_of_python(trim(value.text()));
    if (given)
      environment = std::move(*given);
    else
      problem(value.line, fmt::format("{}: 'python': {}", of, given.error().what));
  }

  // By key and kind, so that the table and the fields cannot drift apart unseen: a test sets every key of the table.
  void set(Asset& asset, const Key& key, const Yaml& value) {
    const std::string_view name = key.name;
    const auto put = [&](std::string& field) {
      switch (key.type) {
        case KeyType::word:
          field = word(key, value);
          break;
        case KeyType::digest:
          field = digest(key, value);
          break;
        case KeyType::purl:
          field = purl(key, value);
          break;
        default:
          field = text(key, value).value_or("");
      }
    };
    if (name == "owner") return put(asset.owner);
    if (name == "criticality") return put(asset.criticality);
    if (name == "environment") return put(asset.environment);
    if (name == "exposure") {
      const Exposures said = exposures(key, value);
      asset.exposure.insert(asset.exposure.end(), said.begin(), said.end());
      return;
    }
    if (asset.model) {
      Model& model = *asset.model;
      if (name == "purl") put(model.purl);
      if (name == "version") put(model.version);
      if (name == "sha256") put(model.sha256);
      if (name == "family") put(model.family);
      if (name == "architecture") put(model.architecture);
      if (name == "base") model.base = texts(key, value);
      if (name == "relation") put(model.relation);
      if (name == "task") put(model.task);
      if (name == "input") model.input = texts(key, value);
      if (name == "output") model.output = texts(key, value);
      if (name == "format") put(model.format);
      if (name == "quantization") put(model.quantization);
      if (name == "datasets") model.datasets = references(key, value);
      if (name == "runtime") model.runtime = references(key, value);
      if (name == "hosted") model.hosted = truth(key, value);
      if (name == "trained_here") model.trained_here = truth(key, value);
    } else if (asset.dataset) {
      Dataset& data = *asset.dataset;
      if (name == "origin") put(data.origin);
      if (name == "revision") put(data.revision);
      if (name == "sha256") put(data.sha256);
      if (name == "collection") put(data.collection);
      if (name == "public_contribution") data.public_contribution = truth(key, value);
      if (name == "modality") data.modality = texts(key, value);
    } else if (asset.endpoint) {
      Endpoint& endpoint = *asset.endpoint;
      if (name == "url") put(endpoint.url);
      if (name == "models") endpoint.models = references(key, value);
      if (name == "logs") endpoint.logs = texts(key, value);
      if (name == "callers") put(endpoint.callers);
    }
    // path, pins and python of a library: read_library, which needs all three.
  }

  std::vector<std::string> references(const Key& key, const Yaml& value) {
    std::vector<std::string> out = texts(key, value);
    for (const std::string& to : out) references_.push_back({at_, std::string(key.name), to, value.line});
    return out;
  }

  // ---- libraries

  void read_library(Asset& asset, const Yaml& entry) {
    Library& library = *asset.library;
    versions::MarkerEnvironment environment = default_environment_;
    set_python(entry["python"], at_, environment);
    const std::span<const Key> table = keys(AssetKind::library);
    const auto key = [&](std::string_view name) -> const Key& {
      return *std::find_if(table.begin(), table.end(), [&](const Key& known) { return known.name == name; });
    };
    if (const Yaml& path = entry["path"]; !path.is_null()) {
      if (const std::optional<std::string> given = text(key("path"), path); given && !given->empty()) {
        const Result<std::string> inside = inside_workspace("", *given);
        if (!inside)
          unread(library, path.line, inside.error().what, inside.error().code);
        else
          read_packages(library, *inside, path.line, environment);
      } else if (!given) {
        unread(library, path.line, "");
      }
    } else if (entry["pins"].is_null()) {
      problem(entry.line, fmt::format("{} needs 'path' (a lockfile or requirements file) or 'pins'", at_));
    }
    const Yaml& pins = entry["pins"];
    if (pins.is_null()) return;
    if (!pins.is_sequence()) return unread(library, pins.line, "'pins' must be a list of requirements");
    for (const Yaml& one : pins.items) {
      if (++pins_ > kMaxTotalPins) {
        unread(library, one.line, fmt::format("more than {} packages; the rest was not read", kMaxTotalPins),
               Code::refused);
        break;
      }
      const std::optional<std::string> line = text(key("pins"), one);
      if (!line) unread(library, one.line, "");
      if (!line || line->empty()) continue;
      Result<Pin> pin = parse_pin(*line, environment);
      if (!pin) {
        unread(library, one.line, pin.error().what, pin.error().code);
        continue;
      }
      pin->place = {std::string(kEstateFile), one.line};
      library.pins.push_back(std::move(*pin));
    }
  }

  void read_packages(Library& library, const std::string& path, std::uint32_t line,
                     const versions::MarkerEnvironment& environment) {
    library.path = path;
    if (path == kEstateFile) return unread(library, line, "'path' is this file itself");
    Lockfile lockfile = read_lockfile(reader_, path, environment);
    if (lockfile.files.empty() &&
        !lockfile.problems.empty()) {  // not one file could be read: say it where it is asked for
      return unread(library, line, lockfile.problems.front().what, lockfile.problems.front().code);
    }
    for (Error& error : lockfile.problems) keep(std::move(error));
    for (ReadFile& file : lockfile.files) {
      if (known_files_.insert(file.path).second) estate_.files.push_back(std::move(file));
    }
    pins_ += lockfile.pins.size();
    if (pins_ > kMaxTotalPins)
      return unread(library, line, fmt::format("more than {} packages in all; these were left out", kMaxTotalPins),
                    Code::refused);
    library.pins = std::move(lockfile.pins);
    library.unread = std::move(lockfile.unread);
  }

  // A part of the entry's packages is not known. `what` is "" when it is told as a problem already.
  void unread(Library& library, std::uint32_t line, std::string what, Code code = Code::malformed) {
    if (!what.empty()) problem(line, fmt::format("{}: {}", at_, what), code);
    if (library.unread.size() < kMaxUnread)
      library.unread.push_back({what.empty() ? "not understood" : std::move(what), {std::string(kEstateFile), line}});
  }

  // ---- what only the whole can tell

  struct Reference {
    std::string from;  // "model 'x'"
    std::string key;
    std::string to;
    std::uint32_t line = 0;
  };

  void check_references() {
    std::map<std::string_view, AssetKind> kinds;
    for (const Asset& asset : estate_.assets) kinds.emplace(asset.name, asset.kind);
    for (const Reference& reference : references_) {
      const AssetKind wanted = reference.key == "models"    ? AssetKind::model
                               : reference.key == "runtime" ? AssetKind::library
                                                            : AssetKind::dataset;
      const auto found = kinds.find(reference.to);
      if (found != kinds.end()) {
        if (found->second != wanted)
          problem(reference.line, fmt::format("{}: '{}' names '{}', which is a {}, not a {}", reference.from,
                                              reference.key, printable(reference.to), a(found->second), a(wanted)));
        continue;
      }
      // Data sets may be told in free words, runtimes as package URLs.
      if (wanted == AssetKind::dataset) continue;
      if (wanted == AssetKind::library && reference.to.starts_with("pkg:")) continue;
      std::vector<std::string_view> known;
      for (const auto& [name, kind] : kinds)
        if (kind == wanted) known.push_back(name);
      problem(reference.line, fmt::format("{}: '{}' names '{}', but no {} of that name is here{}", reference.from,
                                          reference.key, printable(reference.to), a(wanted),
                                          known.size() > kMaxHinted ? "" : suggest(reference.to, known)));
    }
  }

  // Walks up from each model along `base`; every model is finished once, so the whole is linear.
  void check_bases() {
    std::map<std::string_view, const Asset*> models;
    for (const Asset& asset : estate_.assets)
      if (asset.model) models.emplace(asset.name, &asset);
    std::set<std::string_view> finished;
    for (const auto& [start_name, start] : models) {
      // Depth first with a stack of our own: a chain of 100,000 models must not be a chain of calls.
      std::vector<std::pair<const Asset*, std::size_t>> path;
      std::set<std::string_view> open;
      if (finished.contains(start_name)) continue;
      path.emplace_back(start, 0);
      open.insert(start_name);
      while (!path.empty()) {
        auto& [asset, next] = path.back();
        if (next == asset->model->base.size()) {
          finished.insert(asset->name);
          open.erase(asset->name);
          path.pop_back();
          continue;
        }
        const std::string& base = asset->model->base[next++];
        const auto found = models.find(base);
        if (found == models.end() || finished.contains(found->first)) continue;
        if (open.contains(found->first)) {
          problem(asset->place.line, fmt::format("model '{}': '{}' is its base and is built on it as well",
                                                 printable(asset->name), printable(base)));
          continue;
        }
        open.insert(found->first);
        path.emplace_back(found->second, 0);
      }
    }
  }

  static constexpr std::size_t kMaxHinted = 2'000;  // names compared for a hint; with more, no hint

  const Reader& reader_;
  std::span<const std::string_view> exposures_;
  Estate estate_;
  versions::MarkerEnvironment default_environment_;
  std::map<std::string, std::uint32_t> lines_;  // of the names taken
  std::vector<Reference> references_;
  std::set<std::string> known_files_;
  std::string at_;  // "model 'x'": the entry that is read
  std::size_t pins_ = 0;
  std::uint64_t unsaid_ = 0;
};

}  // namespace

Result<std::string> inside_workspace(std::string_view from_file, std::string_view path) {
  if (path.empty()) return fail(Code::malformed, "an empty path");
  if (path.size() > kMaxPath) return fail(Code::refused, fmt::format("a path of more than {} bytes", kMaxPath));
  if (has_control(path, true))
    return fail(Code::refused, fmt::format("a path with control characters: {}", printable(path)));
  // A drive letter or a backslash would mean something else on another system; here it is a name that nobody has.
  if (path.front() == '/' || path.front() == '~')
    return fail(Code::refused, fmt::format("{} is not a path inside the workspace", printable(path)));
  std::vector<std::string_view> parts;
  if (const std::size_t slash = from_file.rfind('/'); slash != std::string_view::npos)
    parts = split(from_file.substr(0, slash), '/');
  for (std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty()) return fail(Code::refused, fmt::format("{} leads out of the workspace", printable(path)));
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  if (parts.empty()) return fail(Code::malformed, fmt::format("{} is no file", printable(path)));
  std::string out;
  for (std::string_view part : parts) {
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

Result<std::vector<std::string>> Reader::list(std::string_view, std::size_t) const {
  return fail(Code::unavailable, "folders are not listed here");
}

Result<fs::path> FolderReader::real_path(std::string_view path) const {
  TOCSIN_TRY(const std::string inside, inside_workspace("", path));
  std::error_code error;
  const fs::path root = fs::canonical(folder_.empty() ? fs::path(".") : folder_, error);
  if (error) return fail(Code::unavailable, fmt::format("the folder cannot be opened: {}", error.message()));
  const fs::path real = fs::canonical(root / inside, error);
  if (error) return fail(error == std::errc::permission_denied ? Code::refused : Code::unavailable, error.message());
  const fs::path relative = real.lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..")
    return fail(Code::refused, "a symbolic link leads out of the workspace");
  return real;
}

Result<std::string> FolderReader::read(std::string_view path, std::uint64_t limit_bytes) const {
  TOCSIN_TRY(const fs::path real, real_path(path));
  Result<std::string> content = read_file(real, limit_bytes);
  if (!content) {
    Error failed = std::move(content).error();
    failed.where.clear();  // the caller knows the place as people wrote it
    return tl::make_unexpected(std::move(failed));
  }
  return content;
}

Result<std::vector<std::string>> FolderReader::list(std::string_view path, std::size_t most) const {
  TOCSIN_TRY(const fs::path real, real_path(path));
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator at(real, error), end; !error && at != end; at.increment(error)) {
    if (out.size() >= most) return fail(Code::refused, fmt::format("a folder of more than {} names", most));
    out.push_back(at->path().filename().native());
  }
  if (error) return fail(Code::unavailable, error.message());
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<std::string>> MemoryReader::list(std::string_view path, std::size_t most) const {
  TOCSIN_TRY(const std::string inside, inside_workspace("", path));
  const std::string folder = inside + "/";
  std::vector<std::string> out;
  for (auto at = files_.lower_bound(folder); at != files_.end() && at->first.starts_with(folder); ++at) {
    const std::string name = at->first.substr(folder.size(), at->first.find('/', folder.size()) - folder.size());
    if (!out.empty() && out.back() == name) continue;
    if (out.size() >= most) return fail(Code::refused, fmt::format("a folder of more than {} names", most));
    out.push_back(name);
  }
  if (out.empty()) return fail(Code::unavailable, "No such file or directory");
  return out;
}

Result<std::string> MemoryReader::read(std::string_view path, std::uint64_t limit_bytes) const {
  TOCSIN_TRY(const std::string inside, inside_workspace("", path));
  const auto found = files_.find(inside);
  if (found == files_.end()) return fail(Code::unavailable, "No such file or directory");
  if (found->second.size() > limit_bytes) return fail(Code::refused, fmt::format("larger than {} bytes", limit_bytes));
  return found->second;
}

Result<Estate> read_estate(const Reader& reader, const ReadOptions& options) {
  return Walk(reader, options).run();
}

Result<Estate> read_estate(const fs::path& workspace, const ReadOptions& options) {
  return read_estate(FolderReader(workspace), options);
}

}  // namespace tocsin::estate
