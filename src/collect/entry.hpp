// What all sources share when they turn an entry into a record: cleaning of texts, caps, and a place for what was
// wrong.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/foreign.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "collect/sources.hpp"
#include "intel/record.hpp"

namespace tocsin::collect {

// Caps of one record. Real ones stay far below (the longest list of references seen in 4,000 records has 60 entries);
// what is cut is named in extra.defects.
inline constexpr std::size_t kMaxTitleBytes = 1024;
inline constexpr std::size_t kMaxSummaryBytes = 64 * 1024;  // contract of intel::Record
inline constexpr std::size_t kMaxReferences = 500;
inline constexpr std::size_t kMaxLinks = 2000;
inline constexpr std::size_t kMaxIds = 200;
inline constexpr std::size_t kMaxDefects = 50;
inline constexpr std::size_t kMaxUrlBytes = 4096;

// The first 200 bytes, cut at a character boundary where it is UTF-8.
std::string excerpt(std::string_view raw);
// One line: cleaned, white space collapsed, cut to `max_bytes`: between two words where that is not far back, and with
// "…" at the end, so that what was cut does not look whole.
Foreign title_text(std::string_view text, std::size_t max_bytes = kMaxTitleBytes);
// Cleaned, blanks at both ends removed, cut to kMaxSummaryBytes.
Foreign summary_text(std::string_view text);

// `extra.defects`: what the source got wrong in an entry that was kept all the same. Texts from outside are made
// printable here.
void add_defect(intel::Record& record, std::string_view what);
// Not twice, not empty, not more than kMaxIds.
void add_id(intel::Record& record, intel::Id id);
// http(s) only; the same URL not twice; others are left out, as the contract of Reference says.
void add_reference(intel::Record& record, std::string_view url, std::string_view title);
void add_technique(intel::Record& record, std::string_view id);
void add_link(intel::Record& record, std::string_view relation, intel::Id target);
// Ids that a text names: ATLAS techniques and OWASP risks go to `techniques`; CVE, GHSA, and other ATLAS ids to links
// "mentions". A mention is never identity: a blog about a CVE is not that CVE.
// A page of one catalogue that names its neighbours (ATLAS an ATLAS technique, OWASP another risk) is not about them:
// links as well.
void note_mentions(intel::Record& record, std::string_view text);

// A date field: absent and empty give nothing; unreadable gives nothing and a defect that names the field.
std::optional<Time> read_time(intel::Record& record, std::string_view field, std::string_view text);

// YAML as JSON: maps, lists, texts; null where YAML says null. Scalars stay texts, so `1.10` is "1.10". Texts are
// cleaned.
Json to_json(const Yaml& yaml);

// Adds a note unless it is there already: a feed with a thousand records of a newer schema says so once.
void note_once(Findings& findings, std::string note);
void reject(Findings& findings, std::string place, Error error, std::string_view raw);

// Takes the records of one document. Two entries of one document with the same external id would look changed on every
// run: the one modified later stays (the first, when that does not tell), the other is a reject (`conflict`).
class Keeper {
 public:
  explicit Keeper(Findings& findings) : findings_(findings) {}
  void keep(intel::Record record, std::string place, std::string_view raw);
  void reject(std::string place, Error error, std::string_view raw) {
    collect::reject(findings_, std::move(place), std::move(error), raw);
  }
  Findings& findings() { return findings_; }

 private:
  struct Kept {
    std::size_t at;  // in findings.records
    std::string place;
    std::string excerpt;
  };
  Findings& findings_;
  std::unordered_map<std::string, Kept> kept_;
};

}  // namespace tocsin::collect
