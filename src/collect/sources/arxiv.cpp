// arXiv: papers from the API (Atom, both dialects), the daily listings (RSS, Atom) and OAI-PMH. docs/sources/arxiv.md
//
// A paper is known by its base id; a new version is a new record of the same paper. All formats are plain text with
// LaTeX in it: no markup is taken away, only white space is collapsed (the older dialect wraps lines). Live runs page
// through the API, newest change first, down to the last change seen.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "collect/entry.hpp"
#include "collect/sources.hpp"
#include "collect/url.hpp"
#include "collect/xml.hpp"
#include "intel/ids.hpp"

namespace tocsin::collect::sources {
namespace {

constexpr std::uint32_t kParserVersion = 1;
constexpr std::string_view kEndpoint = "https://export.arxiv.org/api/query";
// What is asked when the settings do not say: attacks on models, in the sections where they appear.
constexpr std::string_view kQuery =
    "(cat:cs.CR OR cat:cs.LG OR cat:cs.CL OR cat:cs.CV OR cat:cs.AI) AND "
    "(abs:\"prompt injection\" OR abs:jailbreak OR abs:backdoor OR abs:\"data poisoning\" OR abs:\"adversarial "
    "attack\" OR "
    "abs:\"adversarial examples\" OR abs:\"model extraction\" OR abs:\"membership inference\")";
constexpr std::int64_t kPage =
    200;  // entries asked for at once; the manual allows 2,000, replies of 200 stay below 1 MiB
constexpr std::int64_t kMaxPage = 2000;       // info.arxiv.org/help/api/user-manual, section 3.1.1.2
constexpr std::int64_t kMaxResults = 30'000;  // the same: more than this is answered with an error
constexpr std::int64_t kFirstDays = 30;       // how far back the first run goes
constexpr int kEmptyTries = 3;                // deep paging sometimes gives an empty page where entries should be
constexpr std::size_t kMaxAuthors = 100;

const std::vector<std::string_view> kEntryNames = {"entry", "item", "record"};
const std::vector<std::string_view> kFields = {"id",
                                               "title",
                                               "updated",
                                               "published",
                                               "summary",
                                               "link",
                                               "guid",
                                               "description",
                                               "pubDate",
                                               "category",
                                               "arxiv:comment",
                                               "arxiv:doi",
                                               "arxiv:announce_type",
                                               "dc:creator"};

std::string one_line(std::string_view text) {
  return collapse_blanks(clean(text));
}

// "…/abs/2307.15043v2", "oai:arXiv.org:2307.15043v2", "2307.15043", "quant-ph/0201082v1"
struct PaperId {
  intel::Id id;
  std::string version;  // "2", "" when not told
};
std::optional<PaperId> paper_id(std::string_view text) {
  text = trim(text);
  for (const std::string_view start : {std::string_view("oai:arXiv.org:"), std::string_view("oai:arxiv.org:")})
    if (text.starts_with(start)) text.remove_prefix(start.size());
  for (const std::string_view path : {std::string_view("/abs/"), std::string_view("/pdf/")})
    if (const auto at = text.find(path); at != std::string_view::npos && host_of(text).ends_with("arxiv.org"))
      text = text.substr(at + path.size());
  auto id = intel::recognise(text);
  if (!id) id = intel::recognise("arXiv:" + std::string(text));
  if (!id || id->scheme != "arxiv") return std::nullopt;
  PaperId out{std::move(*id), {}};
  if (const auto v = text.rfind('v'); v != std::string_view::npos && v + 1 < text.size() && v > 0 &&
                                      std::isdigit(static_cast<unsigned char>(text[v - 1])) != 0) {
    const std::string_view digits = text.substr(v + 1);
    if (digits.size() <= 4 && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
      out.version = digits;
  }
  return out;
}

bool says_withdrawn(std::string_view comment, std::string_view abstract) {
  const std::string note = to_lower(comment);
  const std::string text = to_lower(abstract.substr(0, 200));
  if (note.starts_with("withdrawn")) return true;
  for (const std::string_view words : {"has been withdrawn", "is withdrawn", "was withdrawn", "have withdrawn this",
                                       "withdrawn by the author", "withdrawn by author", "withdrawn by arxiv"})
    if (note.find(words) != std::string::npos) return true;
  for (const std::string_view kind :
       {"this paper", "this submission", "this article", "this manuscript", "this preprint", "the paper"})
    if (text.starts_with(std::string(kind) + " has been withdrawn") ||
        text.starts_with(std::string(kind) + " is withdrawn"))
      return true;
  return false;
}

// Code and project pages stand in comments and abstracts as bare addresses.
void add_urls(intel::Record& record, std::string_view text, std::string_view title) {
  std::size_t next = 0;
  for (std::size_t at = text.find("http"); at != std::string_view::npos; at = text.find("http", next)) {
    const std::string_view rest = text.substr(at);
    next = at + 4;
    if (!rest.starts_with("http://") && !rest.starts_with("https://")) continue;
    std::string_view url = rest.substr(0, rest.find_first_of(" \t\r\n<>\"{}\\|^`"));
    next = at + url.size();  // an address inside of an address is a part of it
    while (!url.empty() && std::string_view(".,;:!?)]}'$").find(url.back()) != std::string_view::npos)
      url.remove_suffix(1);
    if (host_of(url).find('.') != std::string::npos) add_reference(record, url, title);
  }
}

// A record with what every format has: the id.
Result<intel::Record> begin(std::string_view id_text, const Slice& slice, std::string* version = nullptr) {
  const auto id = paper_id(id_text);
  if (!id)
    return fail_line(Code::malformed, "'" + printable(trim(id_text), 80) + "' is not the id of a paper", slice.line);
  intel::Record record;
  record.source = "arxiv";
  record.external_id = id->id.value;
  record.digest = sha256(slice.raw);
  record.licence = "CC0-1.0";  // of the metadata; the papers have their own
  record.parser_version = kParserVersion;
  record.kind = intel::Kind::research;
  add_id(record, id->id);
  const std::string base = id->id.value.substr(id->id.value.find(':') + 1);
  add_reference(record, "https://arxiv.org/abs/" + base, "arXiv");
  if (!id->version.empty()) record.extra.set("version", id->version);
  if (version != nullptr) *version = id->version;
  return record;
}

void finish(intel::Record& record, std::string_view title, std::string_view abstract, std::string_view comment) {
  record.title = title_text(title);
  if (record.title.empty()) {
    add_defect(record, "the title is missing");
    record.title = title_text(record.external_id);
  }
  record.summary = summary_text(one_line(abstract));
  if (const std::string note = one_line(comment); !note.empty()) {
    record.extra.set("comment", cut_utf8(note, 4000));
    add_urls(record, note, "comment");
  }
  add_urls(record, record.summary.raw(), "abstract");
  if (says_withdrawn(one_line(comment), record.summary.raw())) {
    record.withdrawn = record.modified ? record.modified : record.published;
    if (!record.withdrawn) add_defect(record, "withdrawn, but no date is given");
    record.extra.set("withdrawn_by", "comment or abstract");
  }
  note_mentions(record, record.summary.raw());
}

void push_text(Json& list, std::string_view text, std::size_t limit) {
  const std::string one = cut_utf8(one_line(text), 300);
  if (one.empty() || list.size() >= limit) return;
  for (const Json& there : list.as_array())
    if (there.as_string() == one) return;
  list.push(one);
}

void keep_list(intel::Record& record, std::string_view name, Json list) {
  if (list.size() > 0) record.extra.set(name, std::move(list));
}

void keep_text(intel::Record& record, std::string_view name, std::string_view text) {
  if (const std::string one = one_line(text); !one.empty()) record.extra.set(name, cut_utf8(one, 1000));
}

void keep_doi(intel::Record& record, std::string_view text) {
  const std::string doi = one_line(text);
  if (doi.empty()) return;
  record.extra.set("doi", cut_utf8(doi, 300));
  // A field may hold several, with blanks between them.
  const std::string first = doi.substr(0, doi.find(' '));
  if (first.starts_with("10.")) add_reference(record, "https://doi.org/" + first, "DOI");
}

// "arXiv:2608.19463v1 Announce Type: new \nAbstract: …" of the listings.
struct Announced {
  std::string id, type, abstract;
};
Announced announced(std::string_view description) {
  Announced out;
  const std::string text = one_line(description);
  std::string_view rest = text;
  if (rest.starts_with("arXiv:")) out.id = std::string(rest.substr(0, rest.find(' ')));
  if (const auto at = rest.find("Announce Type:"); at < 100) {
    const std::string_view word = trim(rest.substr(at + 14));
    out.type = std::string(word.substr(0, word.find(' ')));
  }
  const auto abstract = rest.find("Abstract:");
  out.abstract = std::string(trim(abstract > 200 ? rest : rest.substr(abstract + 9)));
  return out;
}

Result<intel::Record> from_api(const Element& entry, const Slice& slice) {
  std::string_view id = entry.child_text("id");
  Announced listing;
  if (const Element* type = entry.child("arxiv:announce_type"); type != nullptr || id.starts_with("oai:"))
    listing = announced(entry.child_text("summary"));
  TOCSIN_TRY(intel::Record record, begin(id, slice));
  record.published = read_time(record, "published", entry.child_text("published"));
  record.modified = read_time(record, "updated", entry.child_text("updated"));
  Json authors = Json::array(), categories = Json::array();
  for (const Element& one : entry.children) {
    if (one.name == "author") push_text(authors, one.child_text("name"), kMaxAuthors);
    if (one.name == "category") push_text(categories, one.attribute("term"), 50);
    if (one.name == "link" && one.attribute("title") == "pdf") add_reference(record, one.attribute("href"), "PDF");
  }
  if (const std::string_view creators = entry.child_text("dc:creator"); !creators.empty())
    for (const std::string_view name : split(creators, ',')) push_text(authors, name, kMaxAuthors);
  keep_list(record, "authors", std::move(authors));
  keep_list(record, "categories", std::move(categories));
  if (const Element* primary = entry.child("arxiv:primary_category"))
    keep_text(record, "primary_category", primary->attribute("term"));
  keep_text(record, "journal_ref", entry.child_text("arxiv:journal_ref"));
  keep_doi(record, entry.child_text("arxiv:doi"));
  keep_text(record, "announce_type", entry.child_text("arxiv:announce_type"));
  finish(record, entry.child_text("title"),
         listing.abstract.empty() ? entry.child_text("summary") : std::string_view(listing.abstract),
         entry.child_text("arxiv:comment"));
  return record;
}

Result<intel::Record> from_rss(const Element& item, const Slice& slice) {
  const Announced listing = announced(item.child_text("description"));
  std::string id(item.child_text("guid"));
  if (!paper_id(id)) id = listing.id;
  if (!paper_id(id)) id = std::string(item.child_text("link"));
  TOCSIN_TRY(intel::Record record, begin(id, slice));
  std::string type(item.child_text("arxiv:announce_type"));
  if (type.empty()) type = listing.type;
  keep_text(record, "announce_type", type);
  const auto day = read_time(record, "pubDate", item.child_text("pubDate"));
  if (type.starts_with("replace"))
    record.modified = day;  // a new version of a paper that was published before
  else
    record.published = day;
  Json authors = Json::array(), categories = Json::array();
  for (const std::string_view name : split(item.child_text("dc:creator"), ',')) push_text(authors, name, kMaxAuthors);
  for (const Element& one : item.children)
    if (one.name == "category") push_text(categories, one.text, 50);
  keep_list(record, "authors", std::move(authors));
  keep_list(record, "categories", std::move(categories));
  keep_text(record, "journal_ref", item.child_text("arxiv:journal_reference"));
  keep_doi(record, item.child_text("arxiv:DOI"));
  finish(record, item.child_text("title"), listing.abstract, "");
  return record;
}

Result<intel::Record> from_oai(const Element& holder, const Slice& slice) {
  const Element* header = holder.child("header");
  if (header == nullptr) return fail_line(Code::malformed, "an OAI record without a header", slice.line);
  const Element* metadata = holder.child("metadata");
  const Element* paper = nullptr;
  if (metadata != nullptr)
    for (const std::string_view name : {"arXiv", "arXivRaw"})
      if (paper == nullptr) paper = metadata->child(name);
  std::string_view id = header->child_text("identifier");
  if (!paper_id(id) && paper != nullptr) id = paper->child_text("id");
  TOCSIN_TRY(intel::Record record, begin(id, slice));
  const auto stamp = read_time(record, "datestamp", header->child_text("datestamp"));
  keep_text(record, "datestamp", header->child_text("datestamp"));
  if (header->attribute("status") == "deleted") {
    // A tombstone: the repository says that the paper is gone.
    record.modified = stamp;
    record.withdrawn = stamp;
    record.extra.set("withdrawn_by", "deleted in OAI-PMH");
    record.title = title_text(record.external_id);
    return record;
  }
  if (paper == nullptr)
    return fail_line(Code::malformed, "an OAI record without metadata in the format arXiv or arXivRaw", slice.line);
  record.published = read_time(record, "created", paper->child_text("created"));
  record.modified = read_time(record, "updated", paper->child_text("updated"));
  Json authors = Json::array(), categories = Json::array();
  if (const Element* list = paper->child("authors")) {
    for (const Element& author : list->children)
      push_text(authors, std::string(author.child_text("forenames")) + " " + std::string(author.child_text("keyname")),
                kMaxAuthors);
    if (list->children.empty()) push_text(authors, list->text, kMaxAuthors);  // arXivRaw: one text
  }
  for (const Element& version : paper->children) {
    if (version.name != "version") continue;
    const std::string_view number = version.attribute("version");
    if (number.starts_with("v")) record.extra.set("version", clean(number.substr(1)));
    const auto day = read_time(record, "version date", version.child_text("date"));
    if (!record.published) record.published = day;
    record.modified = day;
  }
  const std::string words = one_line(paper->child_text("categories"));
  for (const std::string_view word : split(words, ' ')) push_text(categories, word, 50);
  keep_list(record, "authors", std::move(authors));
  if (categories.size() > 0) keep_text(record, "primary_category", categories.as_array().front().as_string());
  keep_list(record, "categories", std::move(categories));
  keep_text(record, "journal_ref", paper->child_text("journal-ref"));
  keep_text(record, "paper_licence", paper->child_text("license"));
  keep_doi(record, paper->child_text("doi"));
  finish(record, paper->child_text("title"), paper->child_text("abstract"), paper->child_text("comments"));
  return record;
}

bool accepts(std::string_view file_name, std::string_view head) {
  const std::string name = to_lower(file_name);
  if (!name.ends_with(".xml") && !name.ends_with(".atom") && !name.ends_with(".rss")) return false;
  if (head.find('<') == std::string_view::npos) return true;  // empty or damaged: to be told, not skipped
  return head.find("arxiv.org") != std::string_view::npos || head.find("arXiv.org") != std::string_view::npos ||
         head.find("openarchives.org/OAI") != std::string_view::npos;
}

// What paging needs to know of a reply.
struct Page {
  std::int64_t total = -1;
  std::size_t entries = 0;
  std::optional<Time> newest, oldest;
};

Result<> read(const Document& document, Findings& findings, Page& page) {
  Xml xml;
  TOCSIN_CHECK(open_xml(document.bytes, kEntryNames, xml, document.charset));
  const Element& root = xml.root;
  if (root.name != "feed" && root.name != "rss" && root.name != "OAI-PMH" && root.name != "rdf:RDF")
    return fail(Code::malformed, "<" + printable(root.name, 40) + "> is neither a feed nor an OAI-PMH reply");
  for (std::string& note : xml.notes) note_once(findings, std::move(note));
  if (root.name == "OAI-PMH") {
    for (const Element& error : root.children) {
      if (error.name != "error") continue;
      const std::string_view code = error.attribute("code");
      if (code != "noRecordsMatch")
        return fail(Code::malformed, "arXiv answered with an error: " + printable(code, 60) + ": " +
                                         printable(one_line(error.text), 200));
      findings.notes.emplace_back("no records match the question");
    }
    for (const Element& list : root.children)
      if (!list.child_text("resumptionToken").empty())
        findings.notes.emplace_back("the reply goes on behind a resumption token");
  }
  if (const auto total = root.child_text("opensearch:totalResults");
      !total.empty() && total.size() < 10 &&
      std::all_of(total.begin(), total.end(), [](char c) { return c >= '0' && c <= '9'; }))
    page.total = std::stoll(std::string(total));

  Keeper keeper(findings);
  for (const Slice& slice : xml.entries) {
    bool mended = false;
    std::string why;
    const std::string place = document.name + ": " + slice.place;
    auto entry = read_entry(xml, slice, kFields, mended, why);
    if (!entry) {
      keeper.reject(place, std::move(entry).error(), slice.raw);
      continue;
    }
    // An error is told as a feed whose only entry is titled so; its id is a page on errors.
    if (entry->name == "entry" && one_line(entry->child_text("title")) == "Error" &&
        (entry->child_text("id").find("/api/errors") != std::string_view::npos || !paper_id(entry->child_text("id"))))
      return fail(Code::malformed,
                  "arXiv answered with an error: " + printable(one_line(entry->child_text("summary")), 200));
    auto record = entry->name == "record" ? from_oai(*entry, slice)
                  : entry->name == "item" ? from_rss(*entry, slice)
                                          : from_api(*entry, slice);
    ++page.entries;
    if (!record) {
      keeper.reject(place, std::move(record).error(), slice.raw);
      continue;
    }
    if (mended) add_defect(*record, "the entry is not well-formed XML (" + why + "): read field by field");
    if (record->modified) {
      if (!page.newest || *record->modified > *page.newest) page.newest = record->modified;
      if (!page.oldest || *record->modified < *page.oldest) page.oldest = record->modified;
    }
    keeper.keep(std::move(*record), place, slice.raw);
  }
  if (xml.entries.empty()) findings.notes.emplace_back("no entries");
  return {};
}

Result<> parse(const Document& document, Findings& findings) {
  Page page;
  return read(document, findings, page);
}

std::string form_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_' || c == '~' || c == ':')
      out += c;
    else if (c == ' ')
      out += '+';
    else
      (((out += '%') += kHex[byte >> 4]) += kHex[byte & 15]);
  }
  return out;
}

std::int64_t setting(const Json& settings, std::string_view key, std::int64_t fallback, std::int64_t low,
                     std::int64_t high) {
  return std::clamp(settings[key].as_int().value_or(fallback), low, high);
}

// Down from the newest change to the last one seen. The cursor moves only when all pages between are delivered.
Result<> fetch(Session& session) {
  const Json& settings = session.settings();
  std::string base(settings["url"].as_string());
  if (base.empty()) base = kEndpoint;
  std::string_view query = settings["query"].as_string();
  if (query.empty()) query = kQuery;
  const std::int64_t size = setting(settings, "page", kPage, 1, kMaxPage);
  const std::int64_t limit = setting(settings, "limit", kMaxResults, 1, kMaxResults);
  const std::int64_t first_days = setting(settings, "first_days", kFirstDays, 1, 10'000);

  Time until = session.clock().now() - std::chrono::hours(24 * first_days);
  std::optional<Time> last;
  if (auto stored = parse_json(session.cursor()); stored)
    if (auto time = parse_time((*stored)["updated"].as_string())) last = *time;
  if (last) until = *last;

  std::optional<Time> newest;
  int empty = 0;
  for (std::int64_t start = 0;;) {
    if (start >= limit || start + size > kMaxResults) {
      // The first run may stop anywhere: older papers are not missed by later ones. After that, stopping would leave a
      // gap.
      if (!last) break;
      return fail(Code::refused, "more than " + std::to_string(std::min(limit, kMaxResults)) + " papers since " +
                                     to_rfc3339(until) + ": raise `limit` or narrow `query` of the source");
    }
    const std::string url = base + "?search_query=" + form_encoded(query) +
                            "&sortBy=lastUpdatedDate&sortOrder=descending&start=" + std::to_string(start) +
                            "&max_results=" + std::to_string(size);
    TOCSIN_TRY(const wire::Reply reply, session.get(url));
    if (reply.not_modified) {
      if (start == 0) return {};  // nothing new at the top: nothing new at all
      start += size;
      continue;
    }
    Findings looked;
    Page page;
    if (auto read_page = read({url, reply.media_type, reply.body}, looked, page); !read_page)
      return tl::make_unexpected(std::move(read_page).error().at(url));
    if (page.entries == 0) {
      if (page.total <= start) break;  // also when the reply does not say how many there are
      if (++empty >= kEmptyTries)
        return fail(Code::unavailable,
                    url + ": empty page, although there are " + std::to_string(page.total) + " papers");
      continue;
    }
    empty = 0;
    TOCSIN_CHECK(session.deliver(reply));
    if (page.newest && (!newest || *page.newest > *newest)) newest = page.newest;
    if (page.oldest && *page.oldest < until) break;
    start += size;
    if (page.total >= 0 && start >= page.total) break;
    if (page.total < 0 && static_cast<std::int64_t>(page.entries) < size) break;
  }
  if (newest && (!last || *newest > *last)) {
    // A stamp ahead of our clock must not hide what comes before it.
    const Time reached = std::min(*newest, session.clock().now());
    session.set_cursor(Json::object({{"updated", to_rfc3339(reached)}}).canonical());
  }
  return {};
}

}  // namespace

extern const SourceKind arxiv;
const SourceKind arxiv{"arxiv", "arXiv: research papers",     kParserVersion, accepts, parse,
                       fetch,   "query page limit first_days"};
}  // namespace tocsin::collect::sources
