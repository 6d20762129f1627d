// Feeds as XML: cut into entries first, each entry parsed by itself, so that one broken entry never costs the others
// and each has bytes of its own for its digest. No document type, no entity and no external thing is ever loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace tocsin::collect {

// One element with its names resolved: "title" for the feed's own vocabularies (RSS of all versions, Atom 0.3 and 1.0,
// OAI-PMH), "dc:creator", "content:encoded", "xhtml:div", "arxiv:comment" … by namespace, whatever prefix the file
// uses. A prefix that is not declared stands for itself; one bound to a namespace not known here becomes "?:name".
struct Element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;  // names as written; values unescaped
  std::string text;    // character data directly inside, unescaped, CDATA included
  std::string markup;  // what is inside as XML text, when it has child elements (only on children of an entry)
  std::vector<Element> children;

  const Element* child(std::string_view wanted) const;         // the first, nullptr when there is none
  std::string_view attribute(std::string_view wanted) const;   // "" when there is none
  std::string_view child_text(std::string_view wanted) const;  // trimmed text of child(), ""
};

struct Slice {
  std::string_view raw;  // from "<item" to behind "</item>", in Xml::text
  std::string place;     // "item[3]"
  std::uint32_t line = 1;
  bool closed = true;  // false: the end tag is missing
};

struct Xml {
  std::string text;  // UTF-8; slices point into it, so an Xml stays where it was made
  Element root;      // without the entries
  std::vector<Slice> entries;
  std::vector<std::string>
      notes;  // encoding repairs, a document type that was ignored, a frame that is not well-formed
  std::vector<std::pair<std::string, std::string>> spaces;  // prefix -> namespace, of the root

  Xml() = default;
  Xml(const Xml&) = delete;
  Xml& operator=(const Xml&) = delete;
};

// Finds elements of the feed's own vocabulary with one of `entry_names`. A second start tag before the end tag ends the
// first entry as not closed: feeds do not nest. `malformed` when there is no element at all, `truncated` when there are
// no bytes, `refused` over a limit. `charset` as of decode_xml().
Result<> open_xml(std::string_view bytes, const std::vector<std::string_view>& entry_names, Xml& out,
                  std::string_view charset = "");

// One entry as elements. When it is not well-formed, the fields named are looked for one by one in its text, `mended`
// is set and the error of the parser is in `why`; fails only when nothing is found that way.
Result<Element> read_entry(const Xml& xml, const Slice& slice, const std::vector<std::string_view>& fields,
                           bool& mended, std::string& why);

}  // namespace tocsin::collect
