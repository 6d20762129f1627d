#include "cycle/foreign_formats.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"

namespace tocsin::cycle {
namespace {

constexpr std::size_t kHead = 16u << 10;  // the members that name a format stand at the beginning

// All of `marks` in the beginning, in lower case; the first row that fits is the answer.
struct Format {
  std::array<std::string_view, 2> marks;
  std::string_view title;
};
constexpr Format kFormats[] = {
    {{"\"datatype\"", "\"cve_record\""}, "a CVE record (CVE JSON 5)"},
    {{"\"data_type\"", "\"cve\""}, "a CVE record (CVE JSON 4)"},
    {{"\"data_type\"", "\"avid\""}, "an AVID report"},
    {{"\"nvd_cve\"", "\"vulnerabilities\""}, "an answer of the NVD (API 2.0)"},
    {{"\"cve_items\"", ""}, "a feed of the NVD (JSON 1.1)"},
    {{"\"catalogversion\"", "\"vulnerabilities\""}, "CISA's catalogue of known exploited vulnerabilities (KEV)"},
    {{"\"csaf_version\"", ""}, "a CSAF advisory"},
    {{"openvex.dev/", ""}, "an OpenVEX document"},
    {{"\"bomformat\"", "\"cyclonedx\""}, "a CycloneDX bill of materials"},
    {{"cyclonedx.org/schema/bom", ""}, "a CycloneDX bill of materials"},
    {{"\"spdxversion\"", ""}, "an SPDX bill of materials"},
    {{"spdxversion:", ""}, "an SPDX bill of materials"},
    {{"stix.mitre.org/", ""}, "STIX 1 (XML)"},
    {{"\"event\"", "\"attribute\""}, "a MISP event"},
    {{"sarif-", "\"runs\""}, "a SARIF report"},
};

}  // namespace

std::string_view looks_like(std::string_view bytes) {
  if (bytes.starts_with("%PDF-")) return "a PDF";
  const std::string head = to_lower(trim(bytes.substr(0, kHead)));
  if (head.starts_with("<!doctype html") || head.starts_with("<html")) return "a web page";
  for (const Format& format : kFormats)
    if (std::all_of(format.marks.begin(), format.marks.end(),
                    [&](std::string_view mark) { return head.find(mark) != std::string::npos; }))
      return format.title;
  return "";
}

}  // namespace tocsin::cycle
