// Cutting is one pass over the text that knows comments, CDATA, declarations and quoted attributes, and nothing else of
// XML: it finds the same entries in a broken file as in a sound one. pugixml (no validation, no document types) then
// reads each entry and the frame that is left without them. Namespaces, which pugixml does not know, are resolved from
// the root's and the entry's declarations.
#include "collect/xml.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <pugixml.hpp>
#include <sstream>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "collect/encoding.hpp"

namespace tocsin::collect {
namespace {

constexpr std::size_t kMaxEntries = 200'000;        // the largest real document, an arXiv page, has 2,000
constexpr std::size_t kMaxElements = 20'000;        // of one entry, or of the frame
constexpr int kMaxDepth = 24;                       // fields of feeds need 3; deeper content stays in `markup`
constexpr std::size_t kMaxDeclaration = 64 * 1024;  // of a document type; beyond it ends at the next '>'
constexpr std::size_t kMaxDeclarations = 1u << 20;  // bytes looked at for declarations that do not end, in one document
constexpr std::size_t kMaxSpaceBytes = 256;         // of a namespace or a prefix; the longest known has 49
constexpr int kMaxUnclosedFields = 100;             // of an entry that is read field by field: each costs a search
constexpr std::size_t kMaxMarkup = 1u << 20;

using Attributes = std::vector<std::pair<std::string, std::string>>;

struct Space {
  std::string_view uri;  // lower case, without a slash at its end
  std::string_view name;
};
constexpr std::array<Space, 27> kSpaces = {{{"http://www.w3.org/2005/atom", ""},
                                            {"http://purl.org/atom/ns#", ""},
                                            {"http://example.com/newformat#", ""},
                                            {"http://example.com/necho", ""},
                                            {"http://purl.org/echo", ""},
                                            {"uri/of/echo/namespace#", ""},
                                            {"http://purl.org/pie", ""},
                                            {"http://purl.org/rss/1.0", ""},
                                            {"http://purl.org/net/rss1.1#", ""},
                                            {"http://my.netscape.com/rdf/simple/0.9", ""},
                                            {"http://channel.netscape.com/rdf/simple/0.9", ""},
                                            {"http://backend.userland.com/rss", ""},
                                            {"http://backend.userland.com/rss2", ""},
                                            {"http://backend.userland.com/rss091", ""},
                                            {"http://blogs.law.harvard.edu/tech/rss", ""},
                                            {"http://www.openarchives.org/oai/2.0", ""},
                                            {"http://arxiv.org/oai/arxiv", ""},
                                            {"http://purl.org/dc/elements/1.0", "dc"},
                                            {"http://purl.org/dc/elements/1.1", "dc"},
                                            {"http://purl.org/dc/terms", "dcterms"},
                                            {"http://purl.org/rss/1.0/modules/content", "content"},
                                            {"http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"},
                                            {"http://www.w3.org/1999/xhtml", "xhtml"},
                                            {"http://arxiv.org/schemas/atom", "arxiv"},
                                            {"http://a9.com/-/spec/opensearch/1.1", "opensearch"},
                                            {"http://a9.com/-/spec/opensearchrss/1.0", "opensearch"},
                                            {"http://www.w3.org/xml/1998/namespace", "xml"}}};

// "dc" of the namespace; nullptr when it is not known.
const std::string_view* known_space(std::string_view uri) {
  if (uri.size() > kMaxSpaceBytes) return nullptr;
  std::string key = to_lower(trim(uri));
  while (key.ends_with('/')) key.pop_back();
  for (const Space& space : kSpaces)
    if (space.uri == key) return &space.name;
  return nullptr;
}

bool is_name_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || byte >= 0x80 || c == '_' || c == '-' || c == '.' || c == ':';
}

std::string_view local_of(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}
std::string_view prefix_of(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}

// Names resolved against a stack of declarations: innermost last.
class Names {
 public:
  explicit Names(const Attributes& root) {
    for (const auto& [name, value] : root) bind(name, value);
  }
  std::size_t mark() const { return bound_.size(); }
  void bind(std::string_view attribute, std::string_view uri) {
    if (attribute == "xmlns")
      bound_.emplace_back("", known_space(uri));
    else if (attribute.starts_with("xmlns:") && attribute.size() <= kMaxSpaceBytes)
      bound_.emplace_back(attribute.substr(6), known_space(uri));
  }
  void release(std::size_t mark) { bound_.resize(mark); }

  std::string resolve(std::string_view name) const {
    const std::string_view prefix = prefix_of(name);
    const std::string_view local = local_of(name);
    for (auto it = bound_.rbegin(); it != bound_.rend(); ++it) {
      if (it->first != prefix) continue;
      if (const std::string_view* space = it->second)
        return space->empty() ? std::string(local) : std::string(*space) + ":" + std::string(local);
      // A default namespace not known is somebody's own RSS; a prefix is a module not known.
      return prefix.empty() ? std::string(local) : "?:" + std::string(local);
    }
    return std::string(name);
  }

 private:
  std::vector<std::pair<std::string, const std::string_view*>> bound_;  // nullptr: a namespace not known
};

struct Tag {
  enum class Kind : std::uint8_t { none, start, empty, end, other } kind = Kind::none;
  std::string_view name;
  std::size_t end = 0;   // behind it
  bool complete = true;  // false: the text ends inside
};

// What begins with the '<' at `at`. `declarations` is what is left of kMaxDeclarations: a declaration that does not end
// costs a walk, and a document may be made of nothing else.
Tag tag_at(std::string_view text, std::size_t at, std::size_t& declarations) {
  const std::string_view rest = text.substr(at);
  const auto skip_to = [&](std::string_view close, std::size_t from) -> Tag {
    const std::size_t found = rest.find(close, from);
    if (found == std::string_view::npos) return {Tag::Kind::other, {}, text.size(), false};
    return {Tag::Kind::other, {}, at + found + close.size(), true};
  };
  if (rest.starts_with("<!--")) return skip_to("-->", 4);
  if (rest.starts_with("<![CDATA[")) return skip_to("]]>", 9);
  if (rest.starts_with("<?")) return skip_to("?>", 2);
  if (rest.starts_with("<!")) {
    int brackets = 0;
    char quote = 0;
    const std::size_t longest = std::min({rest.size(), kMaxDeclaration, declarations});
    for (std::size_t i = 2; i < longest; ++i) {
      const char c = rest[i];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '[') {
        ++brackets;
      } else if (c == ']') {
        --brackets;
      } else if (c == '>' && brackets <= 0) {
        return {Tag::Kind::other, {}, at + i + 1, true};
      }
    }
    // A quote that never closes (an apostrophe in a declaration): up to the next '>'.
    declarations -= longest;
    return skip_to(">", 2);
  }
  std::size_t i = 1;
  const bool end_tag = i < rest.size() && rest[i] == '/';
  if (end_tag) ++i;
  const std::size_t name_begin = i;
  while (i < rest.size() && is_name_char(rest[i])) ++i;
  if (i == name_begin || std::isdigit(static_cast<unsigned char>(rest[name_begin])) != 0)
    return {Tag::Kind::none, {}, at + 1, true};
  const std::string_view name = rest.substr(name_begin, i - name_begin);
  char quote = 0;
  for (std::size_t j = i; j < rest.size(); ++j) {
    const char c = rest[j];
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else if (c == '<' && j - i > 8192)
        break;  // no attribute is that long: the quote was not closed
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '<') {
      return {Tag::Kind::none, name, at + j, true};  // a tag that never closed
    } else if (c == '>') {
      const bool empty = !end_tag && j > i && rest[j - 1] == '/';
      const bool empty_bare = !end_tag && j == i && rest[j - 1] == '/';
      return {end_tag ? Tag::Kind::end : (empty || empty_bare ? Tag::Kind::empty : Tag::Kind::start), name, at + j + 1,
              true};
    }
  }
  const std::size_t close = rest.find('>', i);
  if (close == std::string_view::npos) return {end_tag ? Tag::Kind::end : Tag::Kind::start, name, text.size(), false};
  return {end_tag ? Tag::Kind::end : Tag::Kind::start, name, at + close + 1, true};
}

// Attributes of a start tag as written: enough to find namespaces.
Attributes attributes_of(std::string_view tag) {
  Attributes out;
  std::size_t i = 1;
  while (i < tag.size() && is_name_char(tag[i])) ++i;
  while (i < tag.size() && out.size() < 200) {
    while (i < tag.size() && !is_name_char(tag[i])) ++i;
    const std::size_t begin = i;
    while (i < tag.size() && is_name_char(tag[i])) ++i;
    const std::string_view name = tag.substr(begin, i - begin);
    while (i < tag.size() && std::isspace(static_cast<unsigned char>(tag[i])) != 0) ++i;
    if (i >= tag.size() || tag[i] != '=') continue;
    ++i;
    while (i < tag.size() && std::isspace(static_cast<unsigned char>(tag[i])) != 0) ++i;
    if (i >= tag.size() || (tag[i] != '"' && tag[i] != '\'')) continue;
    const std::size_t close = tag.find(tag[i], i + 1);
    if (close == std::string_view::npos) break;
    out.emplace_back(std::string(name), std::string(tag.substr(i + 1, close - i - 1)));
    i = close + 1;
  }
  return out;
}

Element convert(const pugi::xml_node& node, Names& names, int depth, std::size_t& budget, bool keep_markup) {
  Element out;
  const std::size_t mark = names.mark();
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    if (out.attributes.size() >= 100) break;
    names.bind(attribute.name(), attribute.value());
    out.attributes.emplace_back(attribute.name(), attribute.value());
  }
  out.name = names.resolve(node.name());
  bool elements = false;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      out.text += child.value();
    } else if (child.type() == pugi::node_element) {
      elements = true;
      if (depth >= kMaxDepth || budget == 0) continue;
      --budget;
      out.children.push_back(convert(child, names, depth + 1, budget, keep_markup && depth == 0));
    }
  }
  if (elements && keep_markup && depth == 1) {
    std::ostringstream stream;
    for (const pugi::xml_node& child : node.children()) {
      child.print(stream, "", pugi::format_raw | pugi::format_no_declaration);
      if (static_cast<std::size_t>(stream.tellp()) > kMaxMarkup) break;
    }
    out.markup = cut_utf8(stream.str(), kMaxMarkup);
  }
  names.release(mark);
  return out;
}

constexpr unsigned kFlags = pugi::parse_default | pugi::parse_ws_pcdata;

// The five entities of XML and numeric references; others stay as they are.
std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      out += text[i];
      continue;
    }
    const std::size_t end = text.find(';', i);
    if (end == std::string_view::npos || end - i > 10) {
      out += '&';
      continue;
    }
    const std::string_view name = text.substr(i + 1, end - i - 1);
    if (name == "lt")
      out += '<';
    else if (name == "gt")
      out += '>';
    else if (name == "amp")
      out += '&';
    else if (name == "quot")
      out += '"';
    else if (name == "apos")
      out += '\'';
    else {
      out += '&';
      continue;
    }
    i = end;
  }
  return out;
}

// The value of a field by its tags alone: CDATA sections as they are, other text unescaped once unless it holds raw
// markup.
std::string loose_text(std::string_view inner) {
  std::string out;
  while (!inner.empty()) {
    const std::size_t open = inner.find("<![CDATA[");
    const std::string_view before = inner.substr(0, open);
    out += before.find('<') == std::string_view::npos ? unescape(before) : std::string(before);
    if (open == std::string_view::npos) break;
    const std::size_t close = inner.find("]]>", open);
    out += inner.substr(open + 9, close == std::string_view::npos ? close : close - open - 9);
    inner = close == std::string_view::npos ? std::string_view{} : inner.substr(close + 3);
  }
  return out;
}

Element mend(const Xml& xml, const Slice& slice, const std::vector<std::string_view>& fields) {
  Names names(xml.spaces);
  Element entry;
  std::size_t declarations = kMaxDeclaration;
  const Tag own = tag_at(slice.raw, 0, declarations);
  entry.attributes = attributes_of(slice.raw.substr(0, own.end));
  for (const auto& [name, value] : entry.attributes) names.bind(name, value);
  entry.name = names.resolve(own.name);
  std::size_t at = own.end;
  int unclosed = 0;
  while (at < slice.raw.size() && entry.children.size() < 500) {
    const std::size_t open = slice.raw.find('<', at);
    if (open == std::string_view::npos) break;
    const Tag tag = tag_at(slice.raw, open, declarations);
    at = std::max(tag.end, open + 1);
    if (tag.kind != Tag::Kind::start && tag.kind != Tag::Kind::empty) continue;
    const std::string name = names.resolve(tag.name);
    if (std::find(fields.begin(), fields.end(), name) == fields.end()) continue;
    Element field;
    field.name = name;
    field.attributes = attributes_of(slice.raw.substr(open, tag.end - open));
    for (auto& [key, value] : field.attributes) value = unescape(value);
    if (tag.kind == Tag::Kind::start) {
      const std::string close = "</" + std::string(tag.name);
      const std::size_t end = slice.raw.find(close, tag.end);
      if (end == std::string_view::npos) {
        if (++unclosed > kMaxUnclosedFields) break;
        continue;
      }
      field.text = loose_text(slice.raw.substr(tag.end, end - tag.end));
      at = end + close.size();
    }
    entry.children.push_back(std::move(field));
  }
  return entry;
}

}  // namespace

const Element* Element::child(std::string_view wanted) const {
  for (const Element& one : children)
    if (one.name == wanted) return &one;
  return nullptr;
}

std::string_view Element::attribute(std::string_view wanted) const {
  for (const auto& [key, value] : attributes)
    if (key == wanted) return value;
  return {};
}

std::string_view Element::child_text(std::string_view wanted) const {
  const Element* found = child(wanted);
  return found == nullptr ? std::string_view{} : trim(found->text);
}

Result<> open_xml(std::string_view bytes, const std::vector<std::string_view>& entry_names, Xml& out,
                  std::string_view charset) {
  if (trim(bytes).empty()) return fail(Code::truncated, "the document is empty");
  TOCSIN_TRY(Decoded decoded, decode_xml(bytes, charset));
  out.text = std::move(decoded.text);
  out.notes = std::move(decoded.notes);

  const std::string_view text = out.text;
  std::string frame;
  std::size_t copied = 0;  // of text into the frame
  std::uint32_t line = 1;
  std::size_t counted = 0;
  const auto line_at = [&](std::size_t at) {
    line += static_cast<std::uint32_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                  text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    return line;
  };
  bool root_seen = false;
  bool doctype_seen = false;
  constexpr std::size_t kClosed = std::string_view::npos;
  std::size_t open = kClosed;  // where the entry that is open began
  std::string open_name;
  std::uint32_t open_line = 1;
  const auto take = [&](std::size_t begin, std::size_t end, std::string_view name, std::uint32_t at_line, bool closed) {
    frame.append(text.substr(copied, begin - copied));
    copied = end;
    out.entries.push_back({text.substr(begin, end - begin),
                           std::string(local_of(name)) + "[" + std::to_string(out.entries.size()) + "]", at_line,
                           closed});
  };
  const auto is_entry = [&](std::string_view name) {
    if (std::find(entry_names.begin(), entry_names.end(), local_of(name)) == entry_names.end()) return false;
    const std::string_view prefix = prefix_of(name);
    if (prefix.empty()) return true;
    for (const auto& [key, uri] : out.spaces)
      if (key.size() > 6 && std::string_view(key).substr(6) == prefix) {
        const std::string_view* space = known_space(uri);
        return space != nullptr && space->empty();
      }
    return false;
  };

  std::size_t declarations = kMaxDeclarations;
  for (std::size_t at = text.find('<'); at != std::string_view::npos;) {
    const Tag tag = tag_at(text, at, declarations);
    if (tag.kind == Tag::Kind::other && !doctype_seen && text.substr(at, 9) == "<!DOCTYPE") {
      doctype_seen = true;
      out.notes.emplace_back("the document type declaration was ignored");
    }
    if (!root_seen && (tag.kind == Tag::Kind::start || tag.kind == Tag::Kind::empty)) {
      root_seen = true;
      for (auto& attribute : attributes_of(text.substr(at, tag.end - at)))
        if (attribute.first.starts_with("xmlns")) out.spaces.push_back(std::move(attribute));
    } else if ((tag.kind == Tag::Kind::start || tag.kind == Tag::Kind::empty) && is_entry(tag.name)) {
      if (open != kClosed) take(open, at, open_name, open_line, false);
      open = kClosed;
      if (out.entries.size() >= kMaxEntries)
        return fail(Code::refused, "more than " + std::to_string(kMaxEntries) + " entries in one document");
      if (tag.kind == Tag::Kind::empty) {
        take(at, tag.end, tag.name, line_at(at), true);
      } else {
        open = at;
        open_name = tag.name;
        open_line = line_at(at);
      }
    } else if (tag.kind == Tag::Kind::end && open != kClosed && tag.name == open_name) {
      take(open, tag.end, open_name, open_line, tag.complete);
      open = kClosed;
    }
    at = text.find('<', std::max(tag.end, at + 1));
  }
  if (!root_seen) return fail(Code::malformed, "no XML element in it");
  if (open != kClosed) take(open, text.size(), open_name, open_line, false);
  frame.append(text.substr(copied));

  pugi::xml_document parsed;
  const pugi::xml_parse_result result = parsed.load_buffer(frame.data(), frame.size(), kFlags, pugi::encoding_utf8);
  if (!result) {
    if (result.status == pugi::status_out_of_memory) return fail(Code::refused, "no memory for the document");
    out.notes.push_back(std::string("the frame of the feed is not well-formed (") + result.description() + ")");
  }
  for (const pugi::xml_node& node : parsed.children()) {
    if (node.type() != pugi::node_element) continue;
    Names names(Attributes{});
    std::size_t budget = kMaxElements;
    out.root = convert(node, names, 0, budget, false);
    if (budget == 0)
      out.notes.push_back("the frame of the feed has more than " + std::to_string(kMaxElements) +
                          " elements: the rest was not read");
    break;
  }
  if (out.root.name.empty()) {  // the frame broke before its root was read
    Names names(out.spaces);
    std::size_t next = 0;
    for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', next)) {
      const Tag tag = tag_at(text, at, declarations);
      next = std::max(tag.end, at + 1);
      if (tag.kind != Tag::Kind::start && tag.kind != Tag::Kind::empty) continue;
      out.root.name = names.resolve(tag.name);
      out.root.attributes = attributes_of(text.substr(at, tag.end - at));
      break;
    }
  }
  return {};
}

Result<Element> read_entry(const Xml& xml, const Slice& slice, const std::vector<std::string_view>& fields,
                           bool& mended, std::string& why) {
  mended = false;
  if (!slice.closed) return fail_line(Code::truncated, "the entry has no end tag", slice.line);
  pugi::xml_document parsed;
  const pugi::xml_parse_result result =
      parsed.load_buffer(slice.raw.data(), slice.raw.size(), kFlags, pugi::encoding_utf8);
  if (result) {
    Names names(xml.spaces);
    std::size_t budget = kMaxElements;
    Element entry = convert(parsed.document_element(), names, 0, budget, true);
    if (budget == 0)
      return fail_line(Code::refused, "more than " + std::to_string(kMaxElements) + " elements in one entry",
                       slice.line);
    return entry;
  }
  if (result.status == pugi::status_out_of_memory)
    return fail_line(Code::refused, "no memory for the entry", slice.line);
  why = result.description();
  Element loose = mend(xml, slice, fields);
  if (loose.children.empty()) return fail_line(Code::malformed, "the entry is not well-formed: " + why, slice.line);
  mended = true;
  return loose;
}

}  // namespace tocsin::collect
