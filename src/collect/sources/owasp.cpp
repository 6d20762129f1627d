// OWASP Top 10 lists for LLM applications, agents and machine learning, as markdown. docs/sources/owasp.md
//
// The only machine-readable form is prose: an entry is a heading with a number of a list ("## LLM03:2025 Supply
// Chain"), its sections are the headings below it. Numbers moved between editions, so the edition is always part of the
// id. Where the title does not say it (2023), the folder decides, and failing that the fact that only the editions 1.0
// and 1.1 of 2023 had titles without a year.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "collect/entry.hpp"
#include "collect/sources.hpp"

namespace tocsin::collect::sources {
namespace {

constexpr std::uint32_t kParserVersion = 1;
constexpr std::size_t kMaxBytes = 8u << 20;  // real files have below 40 KiB
constexpr std::size_t kMaxSections = 200;    // of one entry
constexpr std::size_t kMaxSectionBytes = 64 * 1024;
constexpr std::size_t kMaxEntries = 1000;

// Where the two editions lie in the project's repository (read 2026-08). The list is the default of `urls`.
constexpr std::string_view kRepository =
    "https://raw.githubusercontent.com/OWASP/www-project-top-10-for-large-language-model-applications/main/";
constexpr std::array<std::string_view, 20> kFiles = {"2_0_vulns/LLM01_PromptInjection.md",
                                                     "2_0_vulns/LLM02_SensitiveInformationDisclosure.md",
                                                     "2_0_vulns/LLM03_SupplyChain.md",
                                                     "2_0_vulns/LLM04_DataModelPoisoning.md",
                                                     "2_0_vulns/LLM05_ImproperOutputHandling.md",
                                                     "2_0_vulns/LLM06_ExcessiveAgency.md",
                                                     "2_0_vulns/LLM07_SystemPromptLeakage.md",
                                                     "2_0_vulns/LLM08_VectorAndEmbeddingWeaknesses.md",
                                                     "2_0_vulns/LLM09_Misinformation.md",
                                                     "2_0_vulns/LLM10_UnboundedConsumption.md",
                                                     "Archive/1_1_vulns/LLM01_PromptInjection.md",
                                                     "Archive/1_1_vulns/LLM02_InsecureOutputHandling.md",
                                                     "Archive/1_1_vulns/LLM03_TrainingDataPoisoning.md",
                                                     "Archive/1_1_vulns/LLM04_ModelDoS.md",
                                                     "Archive/1_1_vulns/LLM05_SupplyChainVulnerabilities.md",
                                                     "Archive/1_1_vulns/LLM06_SensitiveInformationDisclosure.md",
                                                     "Archive/1_1_vulns/LLM07_InsecurePluginDesign.md",
                                                     "Archive/1_1_vulns/LLM08_ExcessiveAgency.md",
                                                     "Archive/1_1_vulns/LLM09_Overreliance.md",
                                                     "Archive/1_1_vulns/LLM10_ModelTheft.md"};

struct Heading {
  std::size_t level = 0;
  std::string_view text;
};
// "### Description", with closing hashes and bold taken away; level 0 when the line is none.
Heading heading_of(std::string_view line) {
  std::size_t indent = 0;
  while (indent < line.size() && line[indent] == ' ') ++indent;
  if (indent > 3) return {};
  line.remove_prefix(indent);
  std::size_t level = 0;
  while (level < line.size() && line[level] == '#') ++level;
  if (level == 0 || level > 6 || (level < line.size() && line[level] != ' ' && line[level] != '\t')) return {};
  std::string_view text = trim(line.substr(level));
  while (text.ends_with('#')) text.remove_suffix(1);
  text = trim(text);
  if (text.starts_with("**") && text.ends_with("**") && text.size() > 4) text = trim(text.substr(2, text.size() - 4));
  return {level, text};
}
// A line "**Description:**" stands for a heading in the drafts of the agentic list.
std::string_view bold_heading(std::string_view line) {
  line = trim(line);
  if (!line.starts_with("**") || !line.ends_with("**") || line.size() < 6 || line.find("**", 2) != line.size() - 2)
    return {};
  std::string_view text = trim(line.substr(2, line.size() - 4));
  if (!text.ends_with(':')) return {};
  text.remove_suffix(1);
  return trim(text);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "LLM03:2025 Supply Chain", "LLM01: Prompt Injection", "ASI02 – Tool Misuse", "ML01:2023 Input Manipulation Attack"
struct Title {
  std::string list;    // "LLM", "ASI", "ML"
  std::string number;  // "03"
  std::string year;    // "" when the title does not say
  std::string name;
};
std::optional<Title> title_of(std::string_view text) {
  Title title;
  for (const std::string_view list : {"LLM", "ASI", "ML"})
    if (title.list.empty() && text.starts_with(list) && text.size() > list.size() + 1 && is_digit(text[list.size()]))
      title.list = list;
  if (title.list.empty()) return std::nullopt;
  text.remove_prefix(title.list.size());
  while (!text.empty() && is_digit(text.front()) && title.number.size() < 3) {
    title.number += text.front();
    text.remove_prefix(1);
  }
  if (title.number.size() == 1) title.number = "0" + title.number;
  if (title.number.size() != 2) return std::nullopt;
  // The year: after a colon, a blank, a dash or a bracket, and nothing but an end behind it.
  std::string_view rest = text;
  while (!rest.empty() && std::string_view(" :-_(/").find(rest.front()) != std::string_view::npos)
    rest.remove_prefix(1);
  if (rest.size() >= 4 && rest.starts_with("20") && is_digit(rest[2]) && is_digit(rest[3]) &&
      (rest.size() == 4 || !is_digit(rest[4]))) {
    title.year = rest.substr(0, 4);
    text = rest.substr(4);
  }
  for (bool again = true; again && !text.empty();) {
    again = true;
    if (std::string_view(" \t:-_)/.|").find(text.front()) != std::string_view::npos)
      text.remove_prefix(1);
    else if (text.starts_with("\xe2\x80\x93") || text.starts_with("\xe2\x80\x94"))
      text.remove_prefix(3);  // en and em dash
    else if (text.starts_with("\xef\xbc\x9a"))
      text.remove_prefix(3);  // full-width colon
    else
      again = false;
  }
  title.name = collapse_blanks(clean(text));
  return title;
}

// The edition that a path speaks of: "2_0_vulns", "1_1_vulns", "2025", "2023-v1.1". Only whole parts of it count.
std::string edition_of_path(std::string_view path) {
  std::string found;
  for (std::string_view part : split(path, '/')) {
    const std::string word = to_lower(part);
    if (word.starts_with("2_0") || word == "v2.0" || word.starts_with("2_0_"))
      found = "2025";
    else if (word.starts_with("1_1") || word.starts_with("1_0") || word.starts_with("0_"))
      found = "2023";
    else if (word.size() >= 4 && word.starts_with("20") && is_digit(word[2]) && is_digit(word[3]) &&
             (word.size() == 4 || !is_digit(word[4])))
      found = word.substr(0, 4);
  }
  return found;
}

// "de-DE" of "translations/de-DE/LLM01.md": a translation is another record of the same risk.
std::string language_of_path(std::string_view path) {
  const auto parts = split(path, '/');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const std::string_view part = parts[i];
    if (part.size() == 5 && part[2] == '-' && std::islower(static_cast<unsigned char>(part[0])) != 0 &&
        std::islower(static_cast<unsigned char>(part[1])) != 0 &&
        std::isupper(static_cast<unsigned char>(part[3])) != 0 &&
        std::isupper(static_cast<unsigned char>(part[4])) != 0)
      return std::string(part);
  }
  return {};
}

std::string normal(std::string_view heading) {
  return to_lower(collapse_blanks(heading));
}
bool is_references(std::string_view heading) {
  const std::string word = normal(heading);
  return word == "reference links" || word == "references" || word == "reference link" ||
         word == "related frameworks and taxonomies";
}
bool is_section(std::string_view heading) {
  const std::string word = normal(heading);
  return is_references(heading) || word == "description" || word.starts_with("common examples of") ||
         word.starts_with("prevention and mitigation") || word == "how to prevent" ||
         word.ends_with("attack scenarios") || word.starts_with("example attack scenario");
}

struct Section {
  std::string_view name;
  std::string text;
};

// [title](address), images left out; an address may hold one level of parentheses. Bare <https://…> too.
void add_links(intel::Record& record, std::string_view text) {
  int unclosed = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '<' && text.substr(at).starts_with("<http")) {
      const std::size_t end = text.find_first_of("> \n", at + 1);
      if (end != std::string_view::npos && text[end] == '>')
        add_reference(record, text.substr(at + 1, end - at - 1), "");
      continue;
    }
    if (text[at] != '[' || (at > 0 && text[at - 1] == '!') || unclosed > 1000) continue;
    int depth = 0;
    std::size_t close = at;
    for (; close < text.size() && close - at < 2000; ++close) {
      if (text[close] == '[')
        ++depth;
      else if (text[close] == ']' && --depth == 0)
        break;
    }
    if (close >= text.size() || text[close] != ']' || close + 1 >= text.size() || text[close + 1] != '(') {
      if (close - at >= 2000 || close >= text.size()) ++unclosed;
      continue;
    }
    int brackets = 0;
    std::size_t end = close + 1;
    for (; end < text.size() && end - close < kMaxUrlBytes; ++end) {
      if (text[end] == '(')
        ++brackets;
      else if (text[end] == ')' && --brackets == 0)
        break;
      else if (text[end] == '\n')
        break;
    }
    if (end >= text.size() || text[end] != ')') continue;
    std::string_view address = trim(text.substr(close + 2, end - close - 2));
    address = address.substr(0, address.find_first_of(" \t"));  // [x](url "title")
    add_reference(record, address, text.substr(at + 1, close - at - 1));
    at = end;
  }
}

// The drafts of the agentic list ship titles over the words of the template.
bool is_template(std::string_view description) {
  const std::string text = normal(description);
  return text.starts_with("a brief description of the vulnerability that includes its potential effects") ||
         text.starts_with("a brief description of the vulnerability");
}

class EntryReader {
 public:
  EntryReader(const Document& document, const Title& title, std::string_view raw, const Json& front)
      : document_(document), title_(title), raw_(raw), front_(front) {}

  Result<intel::Record> read() {
    const std::vector<Section> sections = cut();
    const Section* description = nullptr;
    for (const Section& section : sections)
      if (normal(section.name) == "description") description = &section;
    if (description != nullptr && is_template(description->text))
      return fail(Code::malformed, "the entry holds nothing but the text of the template");
    std::string prose = description != nullptr ? description->text : std::string();
    if (trim(prose).empty() && !sections.empty()) prose = sections.front().text;
    if (trim(prose).empty()) return fail(Code::malformed, "the entry has a title and no text");

    std::string edition = title_.year, from = "title";
    if (edition.empty()) {
      edition = edition_of_path(document_.name);
      from = "path";
    }
    if (edition.empty()) {
      edition = title_.list == "LLM" ? "2023" : "draft";
      from = "title without a year";
    }
    const std::string number = title_.list + title_.number + ":" + edition;
    const std::string language = language_of_path(document_.name);

    intel::Record record;
    record.source = "owasp";
    record.external_id = language.empty() ? number : number + "@" + language;
    record.digest = sha256(raw_);
    record.licence = "CC-BY-SA-4.0";
    record.parser_version = kParserVersion;
    record.kind = intel::Kind::risk_category;
    add_id(record, {"owasp", number});
    record.title = title_text(title_.name.empty() ? number : title_.name);
    record.summary = summary_text(prose);
    record.extra.set("edition", edition);
    record.extra.set("edition_from", from);
    record.extra.set("list", title_.list == "LLM"   ? "OWASP Top 10 for LLM Applications"
                             : title_.list == "ASI" ? "OWASP Top 10 for Agentic Applications"
                                                    : "OWASP Machine Learning Security Top 10");
    if (!language.empty()) record.extra.set("language", language);
    // The year of the edition is all that the files tell.
    if (edition.size() == 4)
      if (auto year = parse_time(edition)) record.published = *year;
    for (const std::string_view key : {"exploitability", "detectability", "technical"})
      if (const auto value = front_[key].as_string(); !value.empty())
        record.extra.set(key, std::string(value.substr(0, 20)));

    Json kept = Json::array();
    for (const Section& section : sections) {
      if (is_references(section.name)) {
        add_links(record, section.text);
      } else if (section.text.size() > kMaxSectionBytes) {
        add_defect(record, "section '" + printable(section.name, 60) + "' is longer than 64 KiB and was cut");
      }
      if (trim(section.text).empty()) continue;
      if (kept.size() >= kMaxSections) {
        add_defect(record, "more sections than " + std::to_string(kMaxSections));
        break;
      }
      kept.push(Json::object(
          {{"name", clean(section.name)}, {"text", cut_utf8(trim(clean(section.text)), kMaxSectionBytes)}}));
    }
    record.extra.set("sections", std::move(kept));
    note_mentions(record, raw_);
    return record;
  }

 private:
  // Sections begin at headings of the first level below the title, and at any heading with one of the names that the
  // lists use (one file has "#### Reference Links").
  std::vector<Section> cut() const {
    std::size_t top = 7;
    const auto lines = split_lines(raw_);
    bool fenced = false;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      if (trim(lines[i]).starts_with("```")) fenced = !fenced;
      if (const Heading heading = heading_of(lines[i]); !fenced && heading.level > 0)
        top = std::min(top, heading.level);
    }
    std::vector<Section> sections;
    fenced = false;
    std::string before;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      if (trim(lines[i]).starts_with("```")) fenced = !fenced;
      const Heading heading = fenced ? Heading{} : heading_of(lines[i]);
      const std::string_view bold = fenced || heading.level > 0 ? std::string_view{} : bold_heading(lines[i]);
      if (heading.level > 0 && (heading.level == top || is_section(heading.text))) {
        sections.push_back({heading.text, {}});
      } else if (!bold.empty() && is_section(bold)) {
        sections.push_back({bold, {}});
      } else {
        std::string& text = sections.empty() ? before : sections.back().text;
        (text += lines[i]) += '\n';
      }
    }
    if (!trim(before).empty()) sections.insert(sections.begin(), Section{"", std::move(before)});
    return sections;
  }

  const Document& document_;
  const Title& title_;
  std::string_view raw_;
  const Json& front_;
};

// `---` … `---` at the start: the pages of the machine learning list carry their title and scores there.
Json front_matter(std::string_view text, std::size_t& size) {
  size = 0;
  if (!text.starts_with("---\n") && !text.starts_with("---\r\n")) return Json::object();
  const std::size_t end = text.find("\n---", 3);
  if (end == std::string_view::npos) return Json::object();
  const std::size_t line = text.find('\n', end + 1);
  size = line == std::string_view::npos ? text.size() : line + 1;
  auto yaml = parse_yaml(text.substr(4, end - 3), {.bytes = 64 * 1024, .depth = 8, .nodes = 1000});
  if (!yaml || !yaml->is_map()) return Json::object();
  return to_json(*yaml);
}

bool is_mapping(std::string_view first_title) {
  const std::string word = normal(first_title);
  return word.find("mapped to") != std::string::npos || word.find("mapping") != std::string::npos;
}

bool accepts(std::string_view file_name, std::string_view head) {
  if (!to_lower(file_name).ends_with(".md")) return false;
  // "LLM03_SupplyChain.md" is meant, whatever is in it: damage is to be told, not skipped.
  if (const auto named = title_of(file_name.substr(file_name.rfind('/') + 1))) return named->number != "00";
  std::size_t size = 0;
  const Json front = front_matter(head, size);
  if (title_of(front["title"].as_string())) return true;
  bool first = true;
  for (const std::string_view line : split_lines(head)) {
    const Heading heading = heading_of(line);
    if (heading.level == 0) continue;
    if (first && is_mapping(heading.text)) return false;
    first = false;
    if (heading.level <= 2 && title_of(heading.text)) return !(title_of(heading.text)->number == "00");
  }
  return false;
}

Result<> parse(const Document& document, Findings& findings) {
  std::string_view text = document.bytes;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (trim(text).empty()) return fail(Code::truncated, "the document is empty");
  if (text.size() > kMaxBytes) return fail(Code::refused, "a markdown file of more than 8 MiB");
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
    return fail(Code::malformed, "the document is not UTF-8 text");

  std::size_t front_size = 0;
  const Json front = front_matter(text, front_size);
  const std::string_view body = text.substr(front_size);

  struct Start {
    Title title;
    std::size_t at;
  };
  std::vector<Start> starts;
  std::string first_heading, nameless;
  bool fenced = false;
  for (std::size_t at = 0; at < body.size();) {
    std::size_t end = body.find('\n', at);
    if (end == std::string_view::npos) end = body.size();
    const std::string_view line = body.substr(at, end - at);
    if (trim(line).starts_with("```")) fenced = !fenced;
    if (const Heading heading = heading_of(line); !fenced && heading.level > 0) {
      if (first_heading.empty()) first_heading = clean(heading.text);
      if (heading.level <= 2) {
        if (auto title = title_of(heading.text)) starts.push_back({std::move(*title), at});
        if (normal(heading.text) == "risk/vuln name") nameless = "the title has no number of the list";
      }
    }
    at = end + 1;
  }
  if (auto title = title_of(front["title"].as_string()); title && starts.empty())
    starts.push_back({std::move(*title), 0});

  if (is_mapping(first_heading)) {
    findings.notes.emplace_back("a mapping to other frameworks, no entries of the list");
    return {};
  }
  Keeper keeper(findings);
  if (starts.empty()) {
    if (!nameless.empty()) {
      keeper.reject(document.name, Error{Code::malformed, nameless, {}, {}, {}, {}}, body);
      return {};
    }
    const std::string first = normal(first_heading);
    if (first.find("letter from the project lead") != std::string::npos || first.find("preface") != std::string::npos ||
        to_lower(document.name).find("llm00") != std::string::npos) {
      findings.notes.emplace_back("the preface, no entry of the list");
      return {};
    }
    return fail(Code::malformed, "no heading with a number of an OWASP list (LLM01, ASI01, ML01:2023)");
  }
  if (starts.size() > kMaxEntries)
    return fail(Code::refused, "more than " + std::to_string(kMaxEntries) + " entries in one file");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t end = i + 1 < starts.size() ? starts[i + 1].at : body.size();
    const std::string_view raw = starts[i].at == 0 && starts.size() == 1 && front_size > 0
                                     ? text
                                     : body.substr(starts[i].at, end - starts[i].at);
    const std::string place = document.name + ": " + starts[i].title.list + starts[i].title.number;
    if (starts[i].title.number == "00") {
      findings.notes.push_back(starts[i].title.list + "00 is the preface, no entry of the list");
      continue;
    }
    // With front matter the title is there and the whole body belongs to the entry.
    const std::string with_title =
        raw.data() == text.data() && front_size > 0 ? "\n" + std::string(body) : std::string(raw);
    auto record = EntryReader(document, starts[i].title, with_title, front).read();
    if (!record) {
      keeper.reject(place, std::move(record).error(), raw);
      continue;
    }
    record->digest = sha256(raw);
    keeper.keep(std::move(*record), place, raw);
  }
  return {};
}

// Where a project's files lie: "https://github.com/OWNER/NAME" is a page for people, its files are on another host.
std::string folder_of(std::string_view url) {
  constexpr std::string_view kPages = "https://github.com/";
  std::string base(url);
  while (base.ends_with('/')) base.pop_back();
  if (base.ends_with(".git")) base.resize(base.size() - 4);
  if (base.starts_with(kPages)) {
    const std::string path = base.substr(kPages.size());
    if (std::count(path.begin(), path.end(), '/') == 1) base = "https://raw.githubusercontent.com/" + path + "/main";
  }
  return base + "/";
}

// `urls` (or `url`): each a markdown file, or a copy of the project's repository, of which the files of `editions` are
// asked for.
Result<> fetch(Session& session) {
  const Json& settings = session.settings();
  std::vector<std::string> named;
  for (const Json& url : settings["urls"].as_array())
    if (!url.as_string().empty()) named.emplace_back(url.as_string());
  if (const auto url = settings["url"].as_string(); !url.empty() && named.empty()) named.emplace_back(url);
  if (named.empty()) named.emplace_back(kRepository);
  const auto wanted = [&](std::string_view edition) {
    const Json::Array& editions = settings["editions"].as_array();
    return editions.empty() ||
           std::any_of(editions.begin(), editions.end(), [&](const Json& one) { return one.as_string() == edition; });
  };
  std::vector<std::string> urls;
  for (const std::string& url : named) {
    if (to_lower(url).ends_with(".md")) {
      urls.push_back(url);
      continue;
    }
    for (const std::string_view file : kFiles)
      if (wanted(edition_of_path(file))) urls.push_back(folder_of(url) + std::string(file));
  }
  std::optional<Error> failed;
  for (const std::string& url : urls) {
    auto reply = session.get(url);
    if (!reply) {
      if (!failed) failed = std::move(reply).error();
      continue;
    }
    if (reply->not_modified) continue;
    if (auto delivered = session.deliver(*reply); !delivered && !failed) failed = std::move(delivered).error();
  }
  if (failed) return tl::make_unexpected(std::move(*failed));
  return {};
}

}  // namespace

extern const SourceKind owasp;
const SourceKind owasp{"owasp",        "OWASP Top 10 for LLM applications, agents and machine learning",
                       kParserVersion, accepts,
                       parse,          fetch,
                       "urls editions"};
}  // namespace tocsin::collect::sources
