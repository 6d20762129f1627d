// Python source beside or inside a model: TorchServe's handlers, remote code of repositories, code/*.py of TorchScript.
#include <fmt/format.h>

#include <algorithm>

#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/python_source.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::size_t kSniffed = 4096;
constexpr std::size_t kMaxSource = 32u << 20;

Fit fits(const Part& part) {
  const auto head = part.text().substr(0, kSniffed);
  if (head.size() < 8 || head.front() == '{' || head.front() == '[' || head.front() == '<') return Fit::no;
  const bool text = std::all_of(head.begin(), head.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
  if (!text) return Fit::no;
  for (const std::string_view word :
       {"import ", "def ", "class ", "exec(", "eval(", "__import__(", "__subclasses__", "__builtins__", "__globals__"})
    if (part.text().substr(0, kMaxSource).find(word) != std::string_view::npos) return Fit::maybe;
  return Fit::no;
}

bool scan_python(Scan& scan, const Part& part) {
  const auto source = python::read(part.text().substr(0, kMaxSource), scan.names());
  if (!source.is_python) return false;
  // A script of a project that lies in the same folder is no model and comes with none: nothing loads it. What a loader would
  // fetch from beside a model is told where the settings name it (config-remote-code).
  const bool project = part.depth == 0 && scan.report().path.ends_with(".py");
  for (const auto& use : source.uses) {
    Finding finding;
    finding.rule = &rules::source_code;
    finding.severity = project ? Severity::info : Severity::suspicious;
    finding.what = fmt::format("the source uses {}, which {}", printable(use.name, 120), use.effect);
    finding.call = printable(use.name, 120);
    finding.place = {part.member, use.at, {}};
    scan.find(std::move(finding));
  }
  if (part.size() > kMaxSource) scan.not_read(part, kMaxSource, part.size(), "more source than is read");
  return true;
}

}  // namespace

extern const Format python;
const Format python{"python", "Python source", fits, scan_python};

}  // namespace tocsin::scan::models::formats
