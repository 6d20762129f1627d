#include "cycle/sources.hpp"

#include <algorithm>
#include <optional>

#include "base/foreign.hpp"
#include "estate/credentials.hpp"

namespace tocsin::cycle {
namespace {

std::optional<std::chrono::seconds> cadence_of(std::string_view word) {
  if (word == "hourly") return std::chrono::hours(1);
  if (word == "daily") return std::chrono::hours(24);
  if (word == "weekly") return std::chrono::hours(24 * 7);
  if (word == "monthly") return std::chrono::hours(24 * 30);
  return std::nullopt;
}

// Is `word` one of `words`, which stand with blanks between?
bool is_one_of(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

// What tocsin.toml may say of any source, whatever its kind; the rest goes to the plug-in.
void apply(Source& source, const SourceChoice& choice, std::vector<Error>* problems) {
  if (choice.enabled) source.enabled = *choice.enabled;
  auto problem = [&](const std::string& key, std::string_view what) {
    if (problems == nullptr) return;
    const auto line = choice.lines.find(key);
    problems->push_back({Code::malformed, estate::without_credentials(what), kConfigFile, std::nullopt,
                         line == choice.lines.end() ? choice.line : line->second, std::nullopt});
  };
  auto wrong = [&](const std::string& key, const char* should) {
    problem(key, "source." + printable(choice.id) + ": '" + key + "' should be " + should);
  };
  auto text = [&](const std::string& key, const Json& value, std::string& out) {
    if (value.is_string())
      out = value.as_string();
    else
      wrong(key, "text in quotes");
    return value.is_string();
  };
  for (const auto& [key, value] : choice.settings.as_object()) {
    if (key == "url") {
      if (!text(key, value, source.url)) continue;
    } else if (key == "internal") {
      if (const auto flag = value.as_bool())
        source.policy.internal = *flag;
      else
        wrong(key, "true or false");
    } else if (key == "pace_ms") {
      if (const auto n = value.as_int(); n && *n >= 0 && *n <= 3'600'000)
        source.policy.pace = std::chrono::milliseconds(*n);
      else
        wrong(key, "a number of milliseconds");
    } else if (key == "title") {
      if (!text(key, value, source.title)) continue;
    } else if (key == "licence") {
      if (!text(key, value, source.licence)) continue;
    } else if (key == "grade") {
      const std::string_view grade = value.as_string();
      if (grade.size() == 1 && grade[0] >= 'A' && grade[0] <= 'F')
        source.grade = grade[0];
      else
        wrong(key, "a letter from A to F");
    } else if (key == "cadence") {
      if (const auto cadence = cadence_of(value.as_string()))
        source.cadence = *cadence;
      else
        wrong(key, "hourly, daily, weekly or monthly");
    } else if (!is_one_of(source.kind->settings, key)) {
      problem(key, "unknown key '" + printable(key) + "' in [source." + printable(choice.id) + "]");
      continue;
    }
    source.settings.set(key, value);
  }
  if (!source.url.empty()) source.settings.set("url", source.url);
}

}  // namespace

std::vector<Source> sources(const Workspace& workspace, std::vector<Error>* problems) {
  std::vector<Source> all;
  for (const knowledge::Source& entry : workspace.knowledge().sources()) {
    const collect::SourceKind* kind = collect::find_source(entry.kind);
    if (kind == nullptr) {  // of a workspace's own: a test holds the shipped catalogue to the kinds that there are
      if (problems != nullptr)
        problems->push_back({Code::malformed,
                             "source '" + printable(entry.id) + "' cannot be collected: there is no kind '" +
                                 printable(entry.kind) + "'",
                             "knowledge/sources.yaml", std::nullopt, std::nullopt, std::nullopt});
      continue;
    }
    Source source;
    source.id = entry.id;
    source.kind = kind;
    source.title = entry.title;
    source.enabled = entry.enabled;
    if (!entry.urls.empty()) source.url = *entry.urls.begin();
    source.licence = entry.licence;
    source.attribution = entry.attribution;
    source.grade = entry.grade;
    source.cadence = cadence_of(entry.cadence).value_or(source.cadence);  // facts are checked when they are read
    source.policy.pace = std::chrono::milliseconds(entry.pace_ms);
    source.policy.internal = entry.internal;
    if (auto settings = parse_json(entry.settings.empty() ? "{}" : entry.settings))
      source.settings = std::move(*settings);
    Json urls = Json::array();
    for (std::string_view url : entry.urls) urls.push(url);
    source.settings.set("urls", urls);
    if (!source.url.empty()) source.settings.set("url", source.url);
    if (const SourceChoice* choice = workspace.config().source(entry.id)) {
      // Else a feed of one's own would speak in the name, with the licence and the grade of a source of the catalogue.
      if (choice->kind.empty() || choice->kind == entry.kind)
        apply(source, *choice, problems);
      else if (problems != nullptr)
        problems->push_back({Code::malformed,
                             "source." + printable(choice->id) +
                                 ": this is the name of a source of the catalogue, of kind " + printable(entry.kind) +
                                 "; give yours another name. The section is not used",
                             kConfigFile, std::nullopt, choice->line, std::nullopt});
    }
    all.push_back(std::move(source));
  }
  for (const SourceChoice& choice : workspace.config().sources) {
    if (std::any_of(all.begin(), all.end(), [&](const Source& s) { return s.id == choice.id; })) continue;
    auto wrong = [&](std::string what) {
      if (problems != nullptr)
        problems->push_back({Code::malformed,
                             estate::without_credentials("source." + printable(choice.id) + ": " + std::move(what)),
                             kConfigFile, std::nullopt, choice.line, std::nullopt});
    };
    if (!is_source_name(choice.id)) {
      wrong(std::string("no name for a source: ") + kSourceNameRule);
      continue;
    }
    Source source;
    source.id = choice.id;
    source.own = true;
    source.kind = collect::find_source(choice.kind);
    if (source.kind == nullptr) {
      wrong(choice.kind.empty() ? "is not in the catalogue and has no kind"
                                : "there is no kind '" + printable(choice.kind) + "'");
      continue;
    }
    source.title = choice.id;
    apply(source, choice, problems);
    if (source.url.empty()) wrong("has no url: it can be collected with --from only");
    all.push_back(std::move(source));
  }
  std::sort(all.begin(), all.end(), [](const Source& a, const Source& b) { return a.id < b.id; });
  return all;
}

std::vector<Error> settings_problems(const Workspace& workspace) {
  std::vector<Error> problems = workspace.config().problems;
  sources(workspace, &problems);
  return problems;
}

bool is_source_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 64 && plain(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

Result<Source> source(const Workspace& workspace, std::string_view id) {
  std::string names;
  for (Source& one : sources(workspace)) {
    if (one.id == id) return std::move(one);
    names += (names.empty() ? "" : ", ") + one.id;
  }
  // Every plug-in can be named by its own word, to read a file of its format that belongs to no source of the
  // catalogue.
  if (const collect::SourceKind* kind = collect::find_source(id)) {
    Source plain;
    plain.id = id;
    plain.kind = kind;
    plain.own = true;
    plain.title = kind->summary;
    return plain;
  }
  return fail(Code::unavailable, "there is no source '" + printable(id) + "'; there are " + names);
}

}  // namespace tocsin::cycle
