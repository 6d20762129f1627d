// Models in XML: PMML. The text is looked at, not parsed: a reader that resolved what is looked for here would do what the
// file wants. Entities and document types, inclusions, style sheets and script; PMML has none of them.
#include <fmt/format.h>

#include <algorithm>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "scan/models/formats.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::size_t kTold = 20;      // alarms; one is enough to refuse the file
constexpr std::size_t kEntity = 4096;  // bytes of a declaration that are read; longer ones are told

constexpr std::string_view kBlank = " \t\r\n";

// What stands behind blanks and comments, however many: a parser passes over all of them.
std::string_view beginning(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (!text.starts_with("<!--")) return text;
    const std::size_t end = text.find("-->", 4);
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 3);
  }
}

// Whether an element of that name begins somewhere: not <network> for <net>.
bool has_element(std::string_view text, std::string_view tag) {
  for (std::size_t at = text.find(tag); at != std::string_view::npos; at = text.find(tag, at + 1))
    if (const std::size_t end = at + tag.size();
        end < text.size() && (kBlank.find(text[end]) != std::string_view::npos || text[end] == '>' || text[end] == '/'))
      return true;
  return false;
}

Fit fits(const Part& part) {
  const std::string_view text = beginning(part.text());
  return text.starts_with("<?xml") || text.starts_with("<!DOCTYPE") || text.starts_with("<PMML") ||
                 has_element(text.substr(0, 5), "<net")
             ? Fit::maybe
             : Fit::no;
}

bool scan_xml(Scan& scan, const Part& part) {
  const std::string_view text = part.text();
  std::size_t told = 0;
  // Manuals have document types and inclusions, models have none.
  const bool model = text.find("<PMML") != std::string_view::npos || has_element(text, "<net") ||
                     text.find("DOCTYPE PMML") != std::string_view::npos;
  // A page of the web that is no XML: nothing that reads models reads it.
  const std::string_view first = beginning(text);
  if (!model && to_lower(first.substr(0, 14)) == "<!doctype html" &&
      first[std::min(first.find_first_of(">[", 1), first.size() - 1)] != '[')
    return false;
  const auto tell = [&](std::size_t at, std::string what, bool always = false) {
    const bool alarm = model || always;
    if (alarm) ++told;
    scan.find(rules::xml_external, alarm ? Severity::suspicious : Severity::info, std::move(what),
              {part.member, at, {}});
  };
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    if (text.substr(at, 4) == "<!--") {
      const std::size_t end = text.find("-->", at + 4);
      if (end == std::string_view::npos) break;
      at = end;
      continue;
    }
    const std::string_view tag = text.substr(at, 512);
    const char kind = tag.size() > 1 ? tag[1] : ' ';
    if (kind != '!' && kind != '?' && kind != 'x' && (kind | 0x20) != 's') continue;
    const std::string_view head = tag.substr(0, tag.find_first_of(">[", 1));
    if (tag.starts_with("<!ENTITY")) {
      // One that stands for a text of its own is harmless in a manual; one that is read from elsewhere is nowhere.
      const std::string low = to_lower(text.substr(at, kEntity));
      const auto end = low.find('>');
      const auto has = [&](std::string_view word) { return low.find(word) < end; };
      tell(at, "declares an entity: " + printable(head, 100),
           end == std::string::npos || has("system") || has("public") || has("&") || has("%"));
    } else if (tag.starts_with("<!DOCTYPE")) {
      const std::string low = to_lower(head);
      // Documents of the web have their own; anything with a part inside, or in a model, is told.
      const bool web =
          low.starts_with("<!doctype html") || low.starts_with("<!doctype svg") || low.starts_with("<!doctype plist");
      if (!web) tell(at, "declares a document type: " + printable(head, 100));
    } else if (tag.starts_with("<xi:include") || tag.starts_with("<xsl:include") || tag.starts_with("<xsl:import")) {
      tell(at, "includes another document: " + printable(head, 100));
    } else if (tag.starts_with("<?xml-stylesheet") || tag.starts_with("<?php")) {
      tell(at, "names a program for the document: " + printable(head, 100));
    } else if (to_lower(tag.substr(0, 7)) == "<script") {
      tell(at, "carries script");
    }
    if (told >= kTold) break;
  }
  // Under any prefix.
  if (const auto at = text.find("//www.w3.org/2001/XInclude"); at != std::string_view::npos && told == 0)
    tell(at, "includes other documents (XInclude)");
  // Extensions are what the writer likes; program text in them is for an interpreter.
  if (text.find("<Extension") == std::string_view::npos) return true;
  for (const std::string_view word : {"Runtime.getRuntime", "ProcessBuilder", "os.system", "subprocess.", "eval(",
                                      "exec(", "__import__", "javax.script", "java.lang.Class"})
    if (const auto at = text.find(word); at != std::string_view::npos)
      tell(at, fmt::format("has extensions, and in them {}", word));
  return true;
}

}  // namespace

extern const Format xml;
const Format xml{"xml", "XML, PMML", fits, scan_xml};

}  // namespace tocsin::scan::models::formats
