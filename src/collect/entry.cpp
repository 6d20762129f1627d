// Rules for texts, caps and defects. Lists of a record are short (caps in the header), so that "is it there already" is
// a plain walk.
#include "collect/entry.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "intel/ids.hpp"

namespace tocsin::collect {
namespace {

constexpr std::size_t kMaxExcerpt = 200;              // contract of Reject
constexpr std::size_t kMaxMentionBytes = 256 * 1024;  // of a text that is searched for ids

bool starts_with_no_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(text[i])) != lower[i]) return false;
  return true;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The run of characters that an id of one of the schemes may have, from `at`; sentence punctuation at its end is left
// off.
std::string_view id_run(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end - at < 40 &&
         (is_word(text[end]) || text[end] == '-' || text[end] == '.' || text[end] == ':'))
    ++end;
  while (end > at && !is_word(text[end - 1])) --end;
  return text.substr(at, end - at);
}

// "AML.T0051.001" of "AML.T0051.001.html": the longest start that is an ATLAS id.
std::string_view atlas_start(std::string_view run) {
  std::size_t at = 4;
  while (at < run.size() && run[at] >= 'A' && run[at] <= 'Z') ++at;
  const std::size_t digits = at;
  while (at < run.size() && is_digit(run[at]) && at - digits < 4) ++at;
  if (at - digits != 4) return {};
  if (at + 4 <= run.size() && run[at] == '.' && is_digit(run[at + 1]) && is_digit(run[at + 2]) &&
      is_digit(run[at + 3]) && (at + 4 == run.size() || !is_digit(run[at + 4])))
    at += 4;
  else if (at < run.size() && is_digit(run[at]))
    return {};
  return run.substr(0, at);
}

}  // namespace

std::string excerpt(std::string_view raw) {
  return cut_utf8(raw, kMaxExcerpt);
}

Foreign title_text(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kCut = "…";
  constexpr std::size_t kLongestWord = 24;  // a longer one is cut in the middle: identifiers, languages without blanks
  std::string line = collapse_blanks(clean(text));
  if (line.size() <= max_bytes) return Foreign(std::move(line));
  std::string cut = cut_utf8(line, max_bytes - kCut.size());
  const std::size_t blank = line[cut.size()] == ' ' ? cut.size() : cut.rfind(' ');
  if (blank != std::string::npos && cut.size() - blank <= kLongestWord) cut.resize(blank);
  return Foreign(std::string(trim(cut)).append(kCut));
}

Foreign summary_text(std::string_view text) {
  return Foreign(cut_utf8(trim(clean(text)), kMaxSummaryBytes));
}

void add_defect(intel::Record& record, std::string_view what) {
  const Json* there = record.extra.find("defects");
  if (there != nullptr && there->size() > kMaxDefects) return;  // before the copy: a record may have a million of them
  Json defects = there == nullptr ? Json::array() : *there;
  std::string text = defects.size() == kMaxDefects ? "more defects are not listed" : printable(what, 300);
  for (const Json& one : defects.as_array())
    if (one.as_string() == text) return;
  defects.push(std::move(text));
  record.extra.set("defects", std::move(defects));
}

void add_id(intel::Record& record, intel::Id id) {
  if (id.value.empty() || std::find(record.ids.begin(), record.ids.end(), id) != record.ids.end()) return;
  if (record.ids.size() >= kMaxIds)
    return add_defect(record, "more ids than " + std::to_string(kMaxIds) + ": the rest is left out");
  record.ids.push_back(std::move(id));
}

void add_reference(intel::Record& record, std::string_view url, std::string_view title) {
  const std::string trimmed = clean(trim(url));
  if (!starts_with_no_case(trimmed, "http://") && !starts_with_no_case(trimmed, "https://")) return;
  if (trimmed.size() > kMaxUrlBytes)
    return add_defect(record, "a reference is longer than 4,096 bytes and is left out");
  for (const intel::Reference& reference : record.references)
    if (reference.url == trimmed) return;
  if (record.references.size() >= kMaxReferences)
    return add_defect(record, "more references than " + std::to_string(kMaxReferences) + ": the rest is left out");
  record.references.push_back({trimmed, title_text(title)});
}

void add_technique(intel::Record& record, std::string_view id) {
  if (id.empty() || std::find(record.techniques.begin(), record.techniques.end(), id) != record.techniques.end())
    return;
  if (record.techniques.size() >= kMaxLinks)
    return add_defect(record, "more techniques than " + std::to_string(kMaxLinks) + ": the rest is left out");
  record.techniques.emplace_back(id);
}

void add_link(intel::Record& record, std::string_view relation, intel::Id target) {
  if (target.value.empty()) return;
  intel::Link link{std::string(relation), std::move(target)};
  if (std::find(record.links.begin(), record.links.end(), link) != record.links.end()) return;
  if (record.links.size() >= kMaxLinks)
    return add_defect(record, "more links than " + std::to_string(kMaxLinks) + ": the rest is left out");
  record.links.push_back(std::move(link));
}

void note_mentions(intel::Record& record, std::string_view text) {
  text = text.substr(0, kMaxMentionBytes);
  const std::string own = record.ids.empty() ? std::string() : record.ids.front().scheme;
  const auto is_own = [&](const intel::Id& id) {
    return std::find(record.ids.begin(), record.ids.end(), id) != record.ids.end();
  };
  for (std::size_t at = 0; at + 6 < text.size(); ++at) {
    const char first = text[at];
    if (first != 'A' && first != 'C' && first != 'G' && first != 'L') continue;
    if (at > 0 && (is_word(text[at - 1]) || text[at - 1] == '-')) continue;
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("AML.")) {
      const auto id = intel::recognise(atlas_start(id_run(text, at)));
      if (!id || id->scheme != "atlas" || is_own(*id)) continue;
      const bool technique = id->value.size() > 5 && id->value[4] == 'T' && is_digit(id->value[5]);
      if (!technique || own == "atlas")
        add_link(record, "mentions", *id);
      else
        add_technique(record, id->value);
    } else if (rest.starts_with("CVE-") || rest.starts_with("GHSA-")) {
      std::string_view run = id_run(text, at);
      if (const auto dot = run.find_first_of(".:_"); dot != std::string_view::npos) run = run.substr(0, dot);
      if (const auto id = intel::recognise(run); id && !is_own(*id)) add_link(record, "mentions", *id);
    } else if (rest.starts_with("LLM") && is_digit(rest[3])) {
      if (const auto id = intel::recognise(id_run(text, at).substr(0, 10)); id && id->scheme == "owasp" && !is_own(*id))
        own == "owasp" ? add_link(record, "mentions", *id) : add_technique(record, id->value);
    }
  }
}

std::optional<Time> read_time(intel::Record& record, std::string_view field, std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  if (auto iso = parse_time(text)) return *iso;
  if (auto mail = parse_rfc822(text)) return *mail;
  add_defect(record, std::string(field) + ": cannot read the date '" + printable(text, 60) + "'");
  return std::nullopt;
}

Json to_json(const Yaml& yaml) {
  switch (yaml.type) {
    case Yaml::Type::null:
      return nullptr;
    case Yaml::Type::scalar:
      return clean(yaml.scalar);
    case Yaml::Type::sequence: {
      Json::Array items;
      items.reserve(yaml.items.size());
      for (const Yaml& item : yaml.items) items.push_back(to_json(item));
      return items;
    }
    case Yaml::Type::map: {
      Json::Object members;
      members.reserve(yaml.members.size());
      for (const auto& [key, value] : yaml.members) members.emplace_back(clean(key), to_json(value));
      return members;
    }
  }
  return nullptr;
}

void note_once(Findings& findings, std::string note) {
  if (std::find(findings.notes.begin(), findings.notes.end(), note) == findings.notes.end())
    findings.notes.push_back(std::move(note));
}

void reject(Findings& findings, std::string place, Error error, std::string_view raw) {
  findings.rejects.push_back({std::move(place), std::move(error), excerpt(raw)});
}

void Keeper::keep(intel::Record record, std::string place, std::string_view raw) {
  const auto there = kept_.find(record.external_id);
  if (there == kept_.end()) {
    kept_.emplace(record.external_id, Kept{findings_.records.size(), std::move(place), excerpt(raw)});
    findings_.records.push_back(std::move(record));
    return;
  }
  Kept& kept = there->second;
  intel::Record& first = findings_.records[kept.at];
  const std::string id = printable(record.external_id, 80);
  Kept loser{kept.at, std::move(place), excerpt(raw)};
  const bool same = first.digest == record.digest;
  if (!same && record.modified && (!first.modified || *record.modified > *first.modified)) {
    first = std::move(record);
    std::swap(kept, loser);
  }
  findings_.rejects.push_back({std::move(loser.place),
                               Error{Code::conflict,
                                     id + " is there twice; " + (same ? "the same as " : "kept is ") + kept.place,
                                     {},
                                     {},
                                     {},
                                     {}},
                               std::move(loser.excerpt)});
}

}  // namespace tocsin::collect
