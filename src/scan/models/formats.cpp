#include "scan/models/formats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/foreign.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models {

std::string inside(std::string_view outer, std::string_view name) {
  std::string out(outer);
  if (!out.empty()) out += '!';
  return out += printable(name, 400);
}

bool Scan::look_into(const Part& part) {
  if (part.depth > limits_.depth) {
    find(rules::archive_limit, fmt::format("more than {} containers in each other", limits_.depth), {part.member, {}, {}});
    not_read(part, 0, part.size(), "nested too deep");
    return true;
  }
  const auto formats = formats::all();
  std::vector<const Format*> sure;
  for (const Format* format : formats)
    if (format->fits(part) == Fit::sure) sure.push_back(format);
  // Two formats that are both sure of themselves: each loader sees its own. All are read.
  if (sure.size() > 1) {
    std::string names;
    for (const Format* format : sure) names += (names.empty() ? "" : " and ") + std::string(format->title);
    find(rules::polyglot, "can be read as " + names, {part.member, {}, {}});
  }
  bool any = false;
  for (const Format* format : sure) {
    if (part.depth == 0) read_as(format->name);
    any = format->scan(*this, part) || any;
  }
  if (any) return true;
  for (const Format* format : formats) {
    if (format->fits(part) != Fit::maybe) continue;
    if (!format->scan(*this, part)) continue;
    if (part.depth == 0) read_as(format->name);
    any = true;
  }
  if (!any && part.depth == 0) report_.supported = false;
  return any;
}

void Scan::read_as(std::string_view format) {
  report_.formats.emplace_back(format);
}

void Scan::find(Finding finding) {
  for (Finding& known : report_.findings) {
    if (known.rule == finding.rule && known.call == finding.call && known.what == finding.what &&
        known.place.member == finding.place.member) {
      if (known.place.offset != finding.place.offset) ++known.times;
      return;
    }
  }
  if (report_.findings.size() < limits_.findings) report_.findings.push_back(std::move(finding));
}

void Scan::find(const Rule& rule, std::string what, Place place) {
  find(rule, rule.severity, std::move(what), std::move(place));
}

void Scan::find(const Rule& rule, Severity severity, std::string what, Place place) {
  Finding finding;
  finding.rule = &rule;
  finding.severity = severity;
  finding.what = std::move(what);
  finding.place = std::move(place);
  find(std::move(finding));
}

void Scan::not_read(const Part& part, std::uint64_t begin, std::uint64_t end, std::string why) {
  if (begin < end) report_.unread.push_back({part.member, begin, end, std::move(why)});
}

bool Scan::may_unpack(std::uint64_t bytes) {
  if (bytes > limits_.unpacked_bytes - unpacked_) return false;
  unpacked_ += bytes;
  return true;
}

}  // namespace tocsin::scan::models
