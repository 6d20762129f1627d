#include "cycle/foreign_formats.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"
#include "estate/lockfiles.hpp"

namespace tocsin::cycle {
namespace {

constexpr std::size_t kHead = 16u << 10;  // the members that name a format stand at the beginning

constexpr std::string_view kLibrary =
    "`tocsin estate add library NAME --set path=FILE` says that you run what it names";

// All of `marks` in the beginning, in lower case; the first row that fits is the answer.
struct Format {
  std::array<std::string_view, 2> marks;
  std::string_view title;
  std::string_view next = "";
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
    {{"\"bomformat\"", "\"cyclonedx\""}, "a CycloneDX bill of materials", kLibrary},
    {{"cyclonedx.org/schema/bom", ""}, "a CycloneDX bill of materials"},
    {{"\"spdxversion\"", ""}, "an SPDX bill of materials", kLibrary},
    {{"spdxversion:", ""}, "an SPDX bill of materials"},
    {{"stix.mitre.org/", ""}, "STIX 1 (XML)"},
    {{"\"event\"", "\"attribute\""}, "a MISP event"},
    {{"sarif-", "\"runs\""}, "a SARIF report"},
    {{"\"ghsa_id\"", "\"cve_id\""}, "an advisory of GitHub's API", "OSV has the same advisories: `tocsin collect osv`"},
    {{"\"dependencies\"", "\"vulns\""}, "a report of pip-audit"},
    {{"logsource:", "detection:"}, "a Sigma rule"},
    {{"<cvrfdoc", ""}, "a CVRF advisory"},
};

constexpr std::string_view kScan = "`tocsin scan models` looks into it, `tocsin estate add model` says that you run it";
constexpr std::string_view kUnpack =
    "unpack it and import what is in it; an archive of OSV is read by `tocsin collect osv --from FILE`";

// What begins a file of bytes.
struct Magic {
  std::string_view bytes;
  Looks looks;
};
constexpr Magic kMagics[] = {
    {"%PDF-", {"a PDF", ""}},
    {"GGUF", {"a model (GGUF)", kScan}},
    {"\x89HDF\r\n", {"a model (HDF5)", kScan}},
    {"PK\x03\x04", {"a ZIP archive", kUnpack}},
    {"\x1f\x8b", {"a gzip archive", kUnpack}},
    {"\x28\xb5\x2f\xfd", {"a zstd archive", kUnpack}},
    {"\xfd\x37zXZ", {"an xz archive", kUnpack}},
};
// How the names of files end that are read elsewhere; an office document is a ZIP archive by its bytes.
struct Ending {
  std::string_view end;
  Looks looks;
};
constexpr Ending kEndings[] = {
    {"estate.yaml", {"an estate", "it is read where it lies in a workspace: `tocsin estate check`"}},
    {"tocsin.toml", {"the settings of a workspace", "--workspace names its folder"}},
    {".safetensors", {"a model (safetensors)", kScan}},
    {".pt", {"a model (PyTorch)", kScan}},
    {".pth", {"a model (PyTorch)", kScan}},
    {".pkl", {"a pickle", kScan}},
    {".onnx", {"a model (ONNX)", kScan}},
    {".keras", {"a model (Keras)", kScan}},
    {".xlsx", {"a spreadsheet", ""}},
    {".docx", {"an office document", ""}},
};

}  // namespace

Looks looks_like(std::string_view file, std::string_view bytes) {
  const std::string name = to_lower(file);
  for (const Ending& ending : kEndings)
    if (name.ends_with(ending.end)) return ending.looks;
  if (estate::lockfile_kind(file) != nullptr) return {"a file of packages", kLibrary};
  for (const Magic& magic : kMagics)
    if (bytes.starts_with(magic.bytes)) return magic.looks;
  const std::string head = to_lower(trim(bytes.substr(0, kHead)));
  if (head.starts_with("<!doctype html") || head.starts_with("<html")) return {"a web page", ""};
  for (const Format& format : kFormats)
    if (std::all_of(format.marks.begin(), format.marks.end(),
                    [&](std::string_view mark) { return head.find(mark) != std::string::npos; }))
      return {format.title, format.next};
  return {};
}

}  // namespace tocsin::cycle
