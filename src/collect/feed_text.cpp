#include "collect/feed_text.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"

namespace tocsin::collect {

std::string value_of(const Element& element) {
  std::string value(trim(element.text));
  if (element.attribute("mode") == "base64") {
    std::string packed;
    for (const char c : value)
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') packed += c;
    if (auto bytes = from_base64(packed)) value = to_utf8_lossy(*bytes);
  }
  return value;
}

std::string plain_text(const Element& element, bool html_by_default) {
  if (!element.children.empty()) return html_to_text(element.markup.empty() ? element.text : element.markup);
  std::string value = value_of(element);
  const std::string type = to_lower(trim(element.attribute("type")));
  const std::string mode = to_lower(trim(element.attribute("mode")));
  bool html = html_by_default;
  if (!type.empty())
    html = type.find("html") != std::string::npos;
  else if (mode == "escaped")
    html = true;
  if (!html) return value;
  std::string text = html_to_text(value);
  // A title like "Closing <script> the safe way" loses words as HTML; one that loses all of them was none.
  return trim(text).empty() ? value : text;
}

}  // namespace tocsin::collect
