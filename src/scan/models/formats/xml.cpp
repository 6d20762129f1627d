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

Fit fits(const Part& part) {
  std::string_view text = part.text().substr(0, 1u << 16);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with("<!--")) break;
    text.remove_prefix(std::min(text.find("-->"), text.size() - 3) + 3);
  }
  return text.starts_with("<?xml") || text.starts_with("<PMML") || text.starts_with("<!DOCTYPE PMML") ? Fit::maybe
                                                                                                      : Fit::no;
}

bool scan_xml(Scan& scan, const Part& part) {
  const std::string_view text = part.text();
  std::size_t told = 0;
  // Manuals have document types and inclusions, models have none.
  const auto head_of = text.substr(0, 1u << 16);
  const bool model = head_of.find("<PMML") != std::string_view::npos ||
                     head_of.find("<net ") != std::string_view::npos ||
                     head_of.find("DOCTYPE PMML") != std::string_view::npos;
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
