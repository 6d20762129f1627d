#include "scan/pages.hpp"

#include <fmt/format.h>

#include <string>

namespace tocsin::scan {

std::string page_of(const Rule& rule) {
  std::string out = fmt::format("{} · {}\n{}\n\nWhen it is loaded: {}.\nWhat to do: {}.\n", rule.id,
                                to_string(rule.severity), rule.title, rule.consequence, rule.next);
  if (!rule.technique.empty())
    out += fmt::format("ATLAS: {} (https://atlas.mitre.org/techniques/{})\n", rule.technique, rule.technique);
  const std::string name = std::string(rule.id) + ".md";
  for (const EmbeddedFile& file : pages_files())
    if (file.path == name) return out + "\n" + std::string(file.bytes);
  return out;
}

}  // namespace tocsin::scan
