// The names that things go by: CVE-2025-32434, GHSA-…, arXiv:2307.15043, AML.T0051, LLM03:2025, AIID-1073 …
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intel {

// An external id. `scheme` is one of the words below, `value` the normalised spelling that people write:
//   cve CVE-2025-32434 · ghsa GHSA-xxxx-xxxx-xxxx (suffix in lower case) · pysec PYSEC-2026-2 · mal MAL-2026-2144 · osv
//   (other OSV ids) · avid AVID-2026-R0001 · arxiv arXiv:2307.15043 (no version) · atlas AML.T0051.001, AML.M0001,
//   AML.CS0010, AML.TA0002 · owasp LLM03:2025 · aiid AIID-1073 (incident) · aiid-report AIID-1073#1342 · attack
//   T1059.001, G0007 … · stix attack-pattern--UUID · url https://… · guid (feed entry id)
struct Id {
  std::string scheme;
  std::string value;
  auto operator<=>(const Id&) const = default;
};

// What a text is an id of, if it has the exact form of one of the schemes above (any case, blanks around it).
// "arXiv:2307.15043v2", "2307.15043v1" and "http://arxiv.org/abs/2307.15043" are the same id (as are its DOI and OAI
// name); so are "AIID-1073" and "https://incidentdatabase.ai/cite/1073"; "LLM03" without an edition is none. OSV-style
// ids of unknown prefix ("RUSTSEC-2021-0001") are `osv`. URLs and guids are not recognised here: their source says what
// they are.
std::optional<Id> recognise(std::string_view text);

// Ids that say "this is the same thing" when two records share one: cve ghsa pysec mal osv avid arxiv atlas owasp aiid
// aiid-report attack stix (and guid, url: only within one source, see fold).
bool is_identity(std::string_view scheme);

// Order in which people prefer a name: cve, ghsa, pysec, mal, osv, avid, arxiv, atlas, owasp, aiid, aiid-report,
// attack, stix, url, guid. Smaller is better.
int preference(std::string_view scheme);
// Whether `a` is preferred: by scheme, then by value. A strict order.
bool is_better(const Id& a, const Id& b);
// The best of `ids` by preference, then by value. nullptr when empty.
const Id* best(const std::vector<Id>& ids);

}  // namespace tocsin::intel
