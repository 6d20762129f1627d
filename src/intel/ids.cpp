// Recognising ids by their exact form. Each scheme is a small function over a cursor that eats what it expects; the
// first that eats the whole text wins. No regular expressions: the forms are short and this runs on every alias of
// every record.
//
// Where the forms are written down: CVE JSON 5 schema (cveId: four to nineteen digits), OSV schema ("id" and the list
// of prefixes), arXiv "Understanding the arXiv identifier", ATLAS.yaml, STIX 2.1 section 2.9, ATT&CK's STIX
// external_references.
#include "intel/ids.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"
#include "base/uuid.hpp"

namespace tocsin::intel {
namespace {

constexpr std::size_t kMaxIdBytes = 300;  // a STIX type may have 250 bytes, "--" and a UUID 38; all else is shorter
constexpr auto kAny = static_cast<std::size_t>(-1);

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
char upper(char c) {
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}

class Cursor {
 public:
  explicit Cursor(std::string_view text) : left_(text) {}
  bool at_end() const { return left_.empty(); }
  std::string_view left() const { return left_; }

  // ASCII, any case; `word` is in lower case.
  bool eat(std::string_view word) {
    if (left_.size() < word.size() || to_lower(left_.substr(0, word.size())) != word) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  // At least `least` and at most `most` digits, greedily; empty when there are fewer or more.
  std::string_view digits(std::size_t least, std::size_t most = kAny) {
    std::size_t n = 0;
    while (n < left_.size() && is_digit(left_[n])) ++n;
    if (n < least || n > most) return {};
    const std::string_view found = left_.substr(0, n);
    left_.remove_prefix(n);
    return found;
  }

 private:
  std::string_view left_;
};

std::optional<Id> cve(std::string_view text) {
  Cursor in(text);
  if (!in.eat("cve-") || in.digits(4, 4).empty() || !in.eat("-") || in.digits(4, 19).empty() || !in.at_end())
    return std::nullopt;
  return Id{"cve", to_upper(text)};
}

std::optional<Id> ghsa(std::string_view text) {
  Cursor in(text);
  if (text.size() != 19 || !in.eat("ghsa")) return std::nullopt;
  std::string value = "GHSA" + to_lower(in.left());
  for (std::size_t i = 4; i < value.size(); ++i)
    if (i % 5 == 4 ? value[i] != '-' : !is_digit(value[i]) && !is_lower(value[i])) return std::nullopt;
  return Id{"ghsa", std::move(value)};
}

// PREFIX-YEAR-NUMBER, a database of its own.
std::optional<Id> year_and_number(std::string_view text, std::string_view prefix, const char* scheme) {
  Cursor in(text);
  if (!in.eat(prefix) || !in.eat("-") || in.digits(4, 4).empty() || !in.eat("-") || in.digits(1, 12).empty() ||
      !in.at_end())
    return std::nullopt;
  return Id{scheme, to_upper(text)};
}

// AVID-2022-V001 (vulnerability), AVID-2023-R0001 (report).
std::optional<Id> avid(std::string_view text) {
  Cursor in(text);
  if (!in.eat("avid-") || in.digits(4, 4).empty() || !in.eat("-") || (!in.eat("r") && !in.eat("v")) ||
      in.digits(3, 9).empty() || !in.at_end())
    return std::nullopt;
  return Id{"avid", to_upper(text)};
}

// Archives of the scheme used until March 2007 ("quant-ph/0201082").
constexpr std::array<std::string_view, 36> kOldArchives{
    "acc-phys", "adap-org", "alg-geom", "ao-sci",  "astro-ph", "atom-ph",  "bayes-an", "chao-dyn", "chem-ph",
    "cmp-lg",   "comp-gas", "cond-mat", "cs",      "dg-ga",    "funct-an", "gr-qc",    "hep-ex",   "hep-lat",
    "hep-ph",   "hep-th",   "math",     "math-ph", "mtrl-th",  "nlin",     "nucl-ex",  "nucl-th",  "patt-sol",
    "physics",  "plasm-ph", "q-alg",    "q-bio",   "quant-ph", "solv-int", "stat",     "supr-con", "q-fin"};

bool eat_arxiv_version(Cursor& in) {
  return !in.eat("v") || !in.digits(1, 4).empty();
}

std::optional<Id> arxiv(std::string_view text) {
  Cursor in(text);
  const bool url = in.eat("https://") || in.eat("http://");
  if (url) {
    if (in.eat("doi.org/") || in.eat("dx.doi.org/")) {
      if (!in.eat("10.48550/arxiv.")) return std::nullopt;
    } else {
      if (!in.eat("www.")) in.eat("export.");
      if (!in.eat("arxiv.org/")) return std::nullopt;
      if (!in.eat("abs/") && !in.eat("pdf/") && !in.eat("html/")) return std::nullopt;
    }
  } else if (!in.eat("arxiv:") && !in.eat("oai:arxiv.org:")) {
    in.eat("10.48550/arxiv.");
  }
  while (in.eat(" ")) {
  }

  std::string value;
  if (const std::string_view month = in.digits(4, 4); !month.empty()) {
    // YYMM.NNNN from April 2007, five digits from January 2015.
    const int mm = (month[2] - '0') * 10 + (month[3] - '0');
    const bool five = month >= "1501";
    if (month < "0704" || mm < 1 || mm > 12 || !in.eat(".")) return std::nullopt;
    const std::string_view number = in.digits(five ? 5 : 4, five ? 5 : 4);
    if (number.empty()) return std::nullopt;
    value = std::string(month) + "." + std::string(number);
  } else {
    const std::size_t slash = in.left().find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    std::string archive = to_lower(in.left().substr(0, slash));
    archive = archive.substr(0, archive.find('.'));  // math.GT/0309136 is math/0309136
    if (std::find(kOldArchives.begin(), kOldArchives.end(), archive) == kOldArchives.end()) return std::nullopt;
    in = Cursor(in.left().substr(slash + 1));
    const std::string_view number = in.digits(7, 7);
    if (number.empty()) return std::nullopt;
    value = archive + "/" + std::string(number);
  }
  if (!eat_arxiv_version(in)) return std::nullopt;
  if (url) {
    in.eat(".pdf");
    in.eat("/");
  }
  if (!in.at_end()) return std::nullopt;
  return Id{"arxiv", "arXiv:" + value};
}

std::optional<Id> atlas(std::string_view text) {
  Cursor in(text);
  if (!in.eat("aml.")) return std::nullopt;
  bool may_have_sub = false;
  if (in.eat("ta") || in.eat("m") || in.eat("cs")) {
  } else if (in.eat("t")) {
    may_have_sub = true;
  } else {
    return std::nullopt;
  }
  if (in.digits(4, 4).empty()) return std::nullopt;
  if (may_have_sub && in.eat(".") && in.digits(3, 3).empty()) return std::nullopt;
  if (!in.at_end()) return std::nullopt;
  return Id{"atlas", to_upper(text)};
}

// The edition is part of the id: LLM03 is another risk in 2023 than in 2025.
std::optional<Id> owasp(std::string_view text) {
  Cursor in(text);
  if (!in.eat("llm") && !in.eat("ml") && !in.eat("asi")) return std::nullopt;
  if (in.digits(2, 2).empty() || !in.eat(":20") || in.digits(2, 2).empty() || !in.at_end()) return std::nullopt;
  return Id{"owasp", to_upper(text)};
}

std::string_view without_zeros(std::string_view number) {
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  return number;
}

// AIID-1073, AIID-1073#1342, https://incidentdatabase.ai/cite/1073#1342
std::optional<Id> aiid(std::string_view text) {
  Cursor in(text);
  bool url = false;
  if (!in.eat("aiid-")) {
    if (!in.eat("https://") && !in.eat("http://")) return std::nullopt;
    in.eat("www.");
    if (!in.eat("incidentdatabase.ai/cite/")) return std::nullopt;
    url = true;
  }
  const std::string_view incident = in.digits(1, 9);
  if (incident.empty()) return std::nullopt;
  if (url) in.eat("/");
  std::string value = "AIID-" + std::string(without_zeros(incident));
  if (in.at_end()) return Id{"aiid", std::move(value)};
  if (!in.eat("#")) return std::nullopt;
  if (url) in.eat("r");  // the site's newer anchors: #r1342
  const std::string_view report = in.digits(1, 9);
  if (report.empty() || !in.at_end()) return std::nullopt;
  return Id{"aiid-report", value + "#" + std::string(without_zeros(report))};
}

// Techniques, tactics, groups, software, mitigations, campaigns, data sources and components, assets, detections,
// analytics.
std::optional<Id> attack(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kPrefixes{"det", "ta", "ds", "dc", "an", "t",
                                                              "g",   "s",  "m",  "c",  "a"};
  Cursor in(text);
  for (const std::string_view prefix : kPrefixes) {
    if (!in.eat(prefix)) continue;
    if (in.digits(4, 4).empty()) return std::nullopt;
    if (prefix == "t" && in.eat(".") && in.digits(3, 3).empty()) return std::nullopt;
    if (!in.at_end()) return std::nullopt;
    return Id{"attack", to_upper(text)};
  }
  return std::nullopt;
}

std::optional<Id> stix(std::string_view text) {
  const std::size_t dashes = text.rfind("--");
  if (dashes == std::string_view::npos || dashes < 3 || dashes > 250 || text.size() - dashes != 38) return std::nullopt;
  const std::string type = to_lower(text.substr(0, dashes));
  if (!is_lower(type.front()) || type.back() == '-') return std::nullopt;
  for (const char c : type)
    if (!is_lower(c) && !is_digit(c) && c != '-') return std::nullopt;
  const auto uuid = parse_uuid(text.substr(dashes + 2));
  if (!uuid) return std::nullopt;
  return Id{"stix", type + "--" + uuid->text()};
}

// Home databases of OSV whose ids have a form of their own, or that people write in lower case.
struct Database {
  std::string_view prefix;  // in lower case, with the hyphen
  std::string_view printed;
  bool year;  // PREFIX-2024-…; otherwise numbers only: DSA-5000-1, ASB-A-123456
};
constexpr std::array kDatabases{
    Database{"rustsec-", "RUSTSEC-", true}, Database{"go-", "GO-", true},
    Database{"psf-", "PSF-", true},         Database{"osv-", "OSV-", true},
    Database{"hsec-", "HSEC-", true},       Database{"rsec-", "RSEC-", true},
    Database{"jlsec-", "JLSEC-", true},     Database{"gsd-", "GSD-", true},
    Database{"eef-", "EEF-", true},         Database{"rhsa-", "RHSA-", true},
    Database{"rlsa-", "RLSA-", true},       Database{"alsa-", "ALSA-", true},
    Database{"suse-su-", "SUSE-SU-", true}, Database{"opensuse-su-", "openSUSE-SU-", true},
    Database{"asb-a-", "ASB-A-", false},    Database{"pub-a-", "PUB-A-", false},
    Database{"dsa-", "DSA-", false},        Database{"dla-", "DLA-", false},
    Database{"dtsa-", "DTSA-", false},      Database{"usn-", "USN-", false},
    Database{"lsn-", "LSN-", false},
};
constexpr std::array<std::string_view, 6> kTakenPrefixes{"CVE", "GHSA", "PYSEC", "MAL", "AVID", "AIID"};

// "2021-0001", "2024:1234-1" after the prefix.
bool is_year_and_number(std::string_view text) {
  Cursor in(text);
  const std::string_view year = in.digits(4, 4);
  if (year < "1980" || year > "2099" || (!in.eat("-") && !in.eat(":")) || in.digits(1, 12).empty()) return false;
  if (in.eat("-") && in.digits(1, 6).empty()) return false;
  return in.at_end();
}

bool is_numbers(std::string_view text) {
  Cursor in(text);
  if (in.digits(1, 12).empty()) return false;
  if (in.eat("-") && in.digits(1, 6).empty()) return false;
  return in.at_end();
}

std::optional<Id> osv(std::string_view text) {
  for (const Database& known : kDatabases) {
    Cursor in(text);
    if (!in.eat(known.prefix)) continue;
    if (!(known.year ? is_year_and_number(in.left()) : is_numbers(in.left()))) return std::nullopt;
    return Id{"osv", std::string(known.printed) + std::string(in.left())};
  }
  // Any other database: capitals, perhaps a package name ("BIT-torch-2024-3660", "ALPINE-CVE-2024-1234"), a year, a
  // number. Capitals are asked for here: "May-2024-12" is a date.
  std::size_t n = 0;
  while (n < text.size() && (is_upper(text[n]) || (n > 0 && is_digit(text[n])))) ++n;
  if (n < 2 || n > 16 || n >= text.size() || text[n] != '-') return std::nullopt;
  if (std::find(kTakenPrefixes.begin(), kTakenPrefixes.end(), text.substr(0, n)) != kTakenPrefixes.end())
    return std::nullopt;
  for (std::size_t at = n; at < text.size(); ++at) {
    if (text[at] == '-' && is_year_and_number(text.substr(at + 1))) return Id{"osv", std::string(text)};
    const char c = text[at];
    if (!is_digit(c) && !is_upper(c) && !is_lower(c) && c != '-' && c != '_' && c != '.') return std::nullopt;
  }
  return std::nullopt;
}

struct Scheme {
  std::string_view name;
  bool identity;
};
// In the order of preference.
constexpr std::array kSchemes{
    Scheme{"cve", true},   Scheme{"ghsa", true}, Scheme{"pysec", true},       Scheme{"mal", true},
    Scheme{"osv", true},   Scheme{"avid", true}, Scheme{"arxiv", true},       Scheme{"atlas", true},
    Scheme{"owasp", true}, Scheme{"aiid", true}, Scheme{"aiid-report", true}, Scheme{"attack", true},
    Scheme{"stix", true},  Scheme{"url", false}, Scheme{"guid", false},
};

}  // namespace

std::optional<Id> recognise(std::string_view text) {
  text = trim(text);
  if (text.size() < 4 || text.size() > kMaxIdBytes) return std::nullopt;
  if (auto id = cve(text)) return id;
  if (auto id = ghsa(text)) return id;
  if (auto id = year_and_number(text, "pysec", "pysec")) return id;
  if (auto id = year_and_number(text, "mal", "mal")) return id;
  if (auto id = avid(text)) return id;
  if (auto id = arxiv(text)) return id;
  if (auto id = atlas(text)) return id;
  if (auto id = owasp(text)) return id;
  if (auto id = aiid(text)) return id;
  if (auto id = attack(text)) return id;
  if (auto id = stix(text)) return id;
  return osv(text);
}

bool is_identity(std::string_view scheme) {
  return std::any_of(kSchemes.begin(), kSchemes.end(),
                     [&](const Scheme& known) { return known.identity && known.name == scheme; });
}

int preference(std::string_view scheme) {
  for (std::size_t i = 0; i < kSchemes.size(); ++i)
    if (kSchemes[i].name == scheme) return static_cast<int>(i);
  return static_cast<int>(kSchemes.size());
}

bool is_better(const Id& a, const Id& b) {
  const int pa = preference(a.scheme);
  const int pb = preference(b.scheme);
  if (pa != pb) return pa < pb;
  return a.value != b.value ? a.value < b.value : a.scheme < b.scheme;
}

const Id* best(const std::vector<Id>& ids) {
  const auto found = std::min_element(ids.begin(), ids.end(), is_better);
  return found == ids.end() ? nullptr : &*found;
}

}  // namespace tocsin::intel
