// RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0: blogs, news, and the reports of the AI Incident Database. docs/sources/feed.md
//
// One reader for all dialects: an entry is an <item> or <entry>, and each field is the first of its names that says
// something. Which dialect it is decides one thing only: whether a text without a type is HTML (RSS) or text (Atom).
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "collect/entry.hpp"
#include "collect/feed_text.hpp"
#include "collect/sources.hpp"
#include "collect/url.hpp"
#include "collect/xml.hpp"

namespace tocsin::collect::sources {
namespace {

constexpr std::uint32_t kParserVersion = 1;
constexpr std::string_view kAiidHost = "incidentdatabase.ai";
constexpr std::string_view kAiidDialect = "aiid";                                     // of knowledge/sources.yaml
constexpr std::string_view kRelations = "http://www.iana.org/assignments/relation/";  // RFC 4287 4.2.7.2
constexpr std::size_t kMaxNames = 50;       // authors, categories, enclosures of one entry
constexpr std::size_t kMaxKeyBytes = 1024;  // of an external id; longer ones are named by their hash
constexpr std::size_t kMaxFeeds = 1000;     // of one source in the settings

const std::vector<std::string_view> kEntryNames = {"item", "entry"};
const std::vector<std::string_view> kFields = {"title",
                                               "link",
                                               "guid",
                                               "id",
                                               "description",
                                               "summary",
                                               "content",
                                               "content:encoded",
                                               "pubDate",
                                               "dc:date",
                                               "updated",
                                               "modified",
                                               "published",
                                               "issued",
                                               "created",
                                               "dc:title",
                                               "dc:creator",
                                               "author",
                                               "category",
                                               "dc:subject",
                                               "dc:description",
                                               "enclosure",
                                               "dcterms:created",
                                               "dcterms:issued",
                                               "dcterms:modified",
                                               "dc:identifier"};

// What the frame says for all entries.
struct Feed {
  bool html = true;  // texts without a type are HTML
  std::string title;
  std::string link;  // of the site
  std::string key;   // what ids that are only unique in this feed are prefixed with
  std::string base;  // for relative links
  std::string language;
  bool aiid = false;  // of the AI Incident Database
};

const Element* first_of(const Element& holder, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    for (const Element& one : holder.children)
      if (one.name == name && (!trim(one.text).empty() || !one.children.empty())) return &one;
  return nullptr;
}

std::string first_value(const Element& holder, std::initializer_list<std::string_view> names) {
  const Element* found = first_of(holder, names);
  return found == nullptr ? std::string() : value_of(*found);
}

// RSS has the address as text, Atom as href with a relation; the one for people is "alternate".
std::string link_of(const Element& holder, const std::string& base) {
  std::string any;
  for (const Element& one : holder.children) {
    if (one.name != "link") continue;
    std::string here = base;
    if (const auto own = one.attribute("xml:base"); !own.empty()) here = resolve_url(base, own);
    const std::string_view href = one.attribute("href");
    const std::string target = href.empty() ? value_of(one) : std::string(trim(href));
    if (target.empty()) continue;
    std::string_view relation = trim(one.attribute("rel"));
    if (relation.starts_with(kRelations)) relation.remove_prefix(kRelations.size());
    if (relation.empty() || relation == "alternate") return resolve_url(here, target);
    if (any.empty() && relation != "self" && relation != "enclosure" && relation != "edit" && relation != "replies")
      any = resolve_url(here, target);
  }
  return any;
}

Feed feed_of(const Xml& xml, const Document& document) {
  Feed feed;
  const Element& root = xml.root;
  feed.html = root.name != "feed";
  const Element* channel = root.child("channel");
  const Element& holder = channel == nullptr ? root : *channel;
  if (document.name.starts_with("http://") || document.name.starts_with("https://")) feed.base = document.name;
  for (const Element* one : {&root, &holder})
    if (const auto base = one->attribute("xml:base"); !base.empty()) feed.base = resolve_url(feed.base, base);
  feed.link = link_of(holder, feed.base);
  if (feed.base.empty()) feed.base = feed.link;
  if (const Element* title = first_of(holder, {"title", "dc:title"}))
    feed.title = collapse_blanks(plain_text(*title, feed.html));
  feed.key = first_value(holder, {"id"});
  if (feed.key.empty()) feed.key = feed.link;
  if (feed.key.empty()) feed.key = feed.title;
  feed.language = std::string(trim(root.attribute("xml:lang")));
  if (feed.language.empty()) feed.language = first_value(holder, {"language", "dc:language"});
  return feed;
}

void push_name(Json& list, std::string_view name) {
  const std::string text = cut_utf8(collapse_blanks(clean(name)), 300);
  if (text.empty() || list.size() >= kMaxNames) return;
  for (const Json& there : list.as_array())
    if (there.as_string() == text) return;
  list.push(text);
}

// "… (https://incidentdatabase.ai/cite/10#1342)" or "… (report_number: 1342)" at the end of a description.
struct Cited {
  std::string incident;
  std::string report;
};
std::string digits_from(std::string_view& text) {
  std::string out;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9' && out.size() < 10) {
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}
std::optional<Cited> cited_in(std::string_view text) {
  text = trim(text);
  if (!text.ends_with(')')) return std::nullopt;
  const auto open = text.rfind('(');
  if (open == std::string_view::npos) return std::nullopt;
  std::string_view inside = trim(text.substr(open + 1, text.size() - open - 2));
  Cited cited;
  if (inside.starts_with("report_number:")) {
    inside = trim(inside.substr(14));
    cited.report = digits_from(inside);
    if (cited.report.empty() || !inside.empty()) return std::nullopt;
    return cited;
  }
  for (const std::string_view start :
       {std::string_view("https://incidentdatabase.ai/cite/"), std::string_view("http://incidentdatabase.ai/cite/"),
        std::string_view("https://www.incidentdatabase.ai/cite/")}) {
    if (!inside.starts_with(start)) continue;
    inside.remove_prefix(start.size());
    cited.incident = digits_from(inside);
    if (inside.starts_with("/")) inside.remove_prefix(1);
    if (!cited.incident.empty() && inside.starts_with("#")) {
      inside.remove_prefix(1);
      if (inside.starts_with("r")) inside.remove_prefix(1);
      cited.report = digits_from(inside);
    }
    if (cited.incident.empty() || !inside.empty()) return std::nullopt;
    return cited;
  }
  return std::nullopt;
}

// A feed's own <link> says nothing: any site could put the database's there and give its entries ids of the database.
// So: what the settings call so, or what came from the database's own address by a way that nobody can alter.
bool is_aiid(const Document& document) {
  if (document.dialect == kAiidDialect) return true;
  const std::string host = host_of(document.address);
  return document.address.starts_with("https://") && (host == kAiidHost || host == "www." + std::string(kAiidHost));
}

// A report of the incident database is not the incident: it has an id of its own and points to the incident.
void read_aiid(intel::Record& record, const Feed& feed) {
  if (!feed.aiid) return;
  const auto cited = cited_in(record.summary.raw());
  if (!cited) return add_defect(record, "no incident is named at the end of the description");
  if (!cited->report.empty()) record.extra.set("report_number", cited->report);
  if (cited->incident.empty()) return;
  record.extra.set("incident", "AIID-" + cited->incident);
  add_link(record, "reports-on", {"aiid", "AIID-" + cited->incident});
  if (!cited->report.empty()) {
    const std::string id = "AIID-" + cited->incident + "#" + cited->report;
    record.external_id = id;
    record.ids.insert(record.ids.begin(), intel::Id{"aiid-report", id});
  }
  add_reference(record, "https://incidentdatabase.ai/cite/" + cited->incident, "AI Incident Database");
}

Result<intel::Record> record_of(const Element& entry, const Slice& slice, const Feed& feed) {
  intel::Record record;
  record.source = "feed";
  record.digest = sha256(slice.raw);
  record.parser_version = kParserVersion;
  record.kind = intel::Kind::news;

  std::string base = feed.base;
  if (const auto own = entry.attribute("xml:base"); !own.empty()) base = resolve_url(base, own);
  const Element* title = first_of(entry, {"title", "dc:title"});
  if (title != nullptr) record.title = title_text(plain_text(*title, feed.html));
  // The short text first; the full one only where there is no other.
  if (const Element* text = first_of(
          entry, {"summary", "description", "content", "content:encoded", "xhtml:body", "dc:description", "abstract"}))
    record.summary = summary_text(plain_text(*text, feed.html));

  std::string link = link_of(entry, base);
  const std::string_view about = entry.attribute("rdf:about");
  const Element* guid = first_of(entry, {"guid", "id", "dc:identifier"});
  std::string id = guid == nullptr ? std::string() : value_of(*guid);
  if (id.empty()) id = std::string(trim(about));
  if (link.empty() && guid != nullptr && guid->name == "guid" && to_lower(guid->attribute("isPermaLink")) != "false" &&
      has_scheme(id))
    link = id;
  if (link.empty() && !about.empty()) link = resolve_url(base, about);
  if (link.empty() && guid != nullptr && guid->name == "id" && id.starts_with("http")) link = id;

  if (!id.empty()) {
    const std::string key = clean(id);
    // A bare number or hash is unique in its feed only.
    record.external_id = has_scheme(key) || feed.key.empty() ? key : clean(feed.key) + " " + key;
    add_id(record, {"guid", record.external_id});
  } else if (!link.empty()) {
    record.external_id = clean(link);
  } else if (!record.title.empty() || !record.summary.empty()) {
    record.external_id =
        "sha256:" +
        sha256(std::string(record.title.raw()) + "\n" + std::string(record.summary.raw())).hex().substr(0, 32);
    add_id(record, {"guid", record.external_id});
    record.extra.set("id_from", "title and text");
  } else {
    return fail_line(Code::malformed, "the entry has no id, no link, no title and no text", slice.line);
  }
  if (record.external_id.size() > kMaxKeyBytes) {
    record.external_id = "sha256:" + sha256(record.external_id).hex().substr(0, 32);
    record.ids.clear();
    add_id(record, {"guid", record.external_id});
    add_defect(record, "the id is longer than 1,024 bytes and stands as its hash");
  }
  if (link.starts_with("http://") || link.starts_with("https://")) {
    if (link.size() <= kMaxKeyBytes) add_id(record, {"url", clean(link)});
    add_reference(record, link, "");
  }
  if (record.ids.empty()) add_id(record, {"guid", record.external_id});
  if (record.title.empty()) record.title = title_text(record.summary.raw(), 120);
  if (record.title.empty()) record.title = title_text(record.external_id);

  const auto time_of = [&](std::initializer_list<std::string_view> names) -> std::optional<Time> {
    const Element* found = first_of(entry, names);
    return found == nullptr ? std::nullopt : read_time(record, found->name, found->text);
  };
  record.published =
      time_of({"published", "issued", "pubDate", "dcterms:issued", "dcterms:created", "created", "dc:date", "pubdate"});
  record.modified = time_of({"updated", "modified", "dcterms:modified"});
  if (!record.published && record.modified) record.published = record.modified;

  Json authors = Json::array(), categories = Json::array(), enclosures = Json::array();
  for (const Element& one : entry.children) {
    if (one.name == "author" || one.name == "contributor")
      push_name(authors, one.child("name") != nullptr ? one.child_text("name") : std::string_view(one.text));
    if (one.name == "dc:creator") push_name(authors, one.text);
    if (one.name == "category")
      push_name(categories, one.attribute("term").empty() ? std::string_view(one.text) : one.attribute("term"));
    if (one.name == "dc:subject") push_name(categories, one.text);
    if (one.name == "enclosure") push_name(enclosures, resolve_url(base, one.attribute("url")));
    if (one.name == "link" && one.attribute("rel") == "enclosure")
      push_name(enclosures, resolve_url(base, one.attribute("href")));
    if (one.name == "link" && one.attribute("rel") == "related")
      add_reference(record, resolve_url(base, one.attribute("href")), one.attribute("title"));
  }
  if (authors.size() > 0) record.extra.set("authors", std::move(authors));
  if (categories.size() > 0) record.extra.set("categories", std::move(categories));
  if (enclosures.size() > 0) record.extra.set("enclosures", std::move(enclosures));
  if (!feed.title.empty()) record.extra.set("feed", cut_utf8(clean(feed.title), 300));
  if (!feed.language.empty()) record.extra.set("language", cut_utf8(clean(feed.language), 40));
  read_aiid(record, feed);
  note_mentions(record, record.title.raw());
  note_mentions(record, record.summary.raw());
  return record;
}

bool is_feed(std::string_view root) {
  return root == "rss" || root == "rdf:RDF" || root == "feed" || root == "RDF" || root == "Channel" ||
         root == "channel";
}

bool accepts(std::string_view file_name, std::string_view head) {
  const std::string name = to_lower(file_name);
  for (const std::string_view end : {".xml", ".rss", ".atom", ".rdf", ".feed"})
    if (name.ends_with(end)) return true;
  return head.find("<rss") != std::string_view::npos || head.find("<feed") != std::string_view::npos ||
         head.find("<rdf:RDF") != std::string_view::npos;
}

Result<> parse(const Document& document, Findings& findings) {
  Xml xml;
  TOCSIN_CHECK(open_xml(document.bytes, kEntryNames, xml, document.charset));
  if (!is_feed(xml.root.name)) {
    if (xml.root.name == "html" || xml.root.name == "xhtml:html" || xml.root.name == "HTML")
      return fail(Code::malformed, "a web page, not a feed");
    return fail(Code::malformed,
                "<" + printable(xml.root.name, 40) + "> is not the root of a feed (rss, rdf:RDF or feed)");
  }
  for (std::string& note : xml.notes) note_once(findings, std::move(note));
  Feed feed = feed_of(xml, document);
  feed.aiid = is_aiid(document);
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
    auto record = record_of(*entry, slice, feed);
    if (!record) {
      keeper.reject(place, std::move(record).error(), slice.raw);
      continue;
    }
    if (mended) add_defect(*record, "the entry is not well-formed XML (" + why + "): read field by field");
    keeper.keep(std::move(*record), place, slice.raw);
  }
  if (xml.entries.empty()) findings.notes.emplace_back("the feed has no entries");
  return {};
}

// `url`, or `urls`: one that fails does not cost the others.
Result<> fetch(Session& session) {
  std::vector<std::string> urls;
  if (const auto one = session.settings()["url"].as_string(); !one.empty()) urls.emplace_back(one);
  for (const Json& url : session.settings()["urls"].as_array())
    if (!url.as_string().empty() && urls.size() < kMaxFeeds &&
        std::find(urls.begin(), urls.end(), url.as_string()) == urls.end())
      urls.emplace_back(url.as_string());
  if (urls.empty())
    return fail(Code::refused, "the source has no url: set `url` or `urls` in its section of tocsin.toml");
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

extern const SourceKind feed;
const SourceKind feed{
    "feed",        "RSS, RDF and Atom feeds: blogs, news, incident reports", kParserVersion, accepts, parse, fetch,
    "urls dialect"};
}  // namespace tocsin::collect::sources
