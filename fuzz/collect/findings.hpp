// What must hold of the findings of any source on any bytes.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "../base/expect.hpp"
#include "base/text.hpp"
#include "collect/sources.hpp"

namespace tocsin::collect {

inline std::string printed(const Findings& findings) {
  std::string out;
  for (const intel::Record& record : findings.records)
    out += record.external_id + record.digest.hex() + intel::to_json(record).canonical() + "\n";
  for (const Reject& reject : findings.rejects) out += reject.place + reject.error.message() + reject.excerpt + "\n";
  for (const std::string& note : findings.notes) out += note + "\n";
  return out;
}

inline int check(std::string_view source, std::string_view name, std::string_view bytes,
                 std::string_view dialect = "") {
  const SourceKind* kind = find_source(source);
  TOCSIN_EXPECT(kind != nullptr);
  static_cast<void>(kind->accepts(name, bytes.substr(0, 4096)));
  Findings findings;
  const auto result = kind->parse({std::string(name), "", bytes, "", dialect}, findings);
  TOCSIN_EXPECT(result || !result.error().what.empty());
  std::set<std::string_view> ids;
  for (const intel::Record& record : findings.records) {
    TOCSIN_EXPECT(!record.external_id.empty() && !record.title.empty() && !record.ids.empty());
    TOCSIN_EXPECT(ids.insert(record.external_id).second);
    TOCSIN_EXPECT(record.title.size() <= 1024 && record.summary.size() <= 64 * 1024);
    const std::string json = intel::to_json(record).dump();
    TOCSIN_EXPECT(is_utf8(json) && is_utf8(record.external_id));
    const auto parsed = parse_json(json);
    TOCSIN_EXPECT(parsed);
    const auto back = intel::record_from_json(*parsed);
    TOCSIN_EXPECT(back && intel::to_json(*back) == *parsed);
    for (const intel::Reference& reference : record.references)
      TOCSIN_EXPECT(to_lower(reference.url).starts_with("http://") || to_lower(reference.url).starts_with("https://"));
  }
  for (const Reject& reject : findings.rejects)
    TOCSIN_EXPECT(!reject.place.empty() && !reject.error.what.empty() && reject.excerpt.size() <= 200);
  Findings again;
  static_cast<void>(kind->parse({std::string(name), "", bytes, "", dialect}, again));
  TOCSIN_EXPECT(printed(findings) == printed(again));
  return 0;
}

}  // namespace tocsin::collect
