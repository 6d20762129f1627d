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

namespace {
std::size_t identity(const Finding& finding) {
  const std::hash<std::string_view> hash;
  return hash(finding.rule->id) ^ hash(finding.what) * 3 ^ hash(finding.call) * 5 ^ hash(finding.place.member) * 7;
}
bool is_same(const Finding& a, const Finding& b) {
  return a.rule == b.rule && a.what == b.what && a.call == b.call && a.place.member == b.place.member;
}
}  // namespace

bool Scan::may_look(const Part& part) {
  const auto times = static_cast<std::uint64_t>(limits_.depth) + 2;
  if (part.size() <= times * (report_.bytes + unpacked_) - looked_) {
    looked_ += part.size();
    return true;
  }
  find(rules::archive_limit,
       fmt::format("its parts together are more than {} times as large as all that is in it", times), {});
  not_read(part, 0, part.size(), "parts share their bytes");
  return false;
}

bool leaves_its_folder(std::string_view name) {
  if (name.starts_with('/') || name.starts_with('\\') || (name.size() > 2 && name[1] == ':')) return true;
  std::size_t at = 0;
  while (at <= name.size()) {
    const auto end = std::min(name.find_first_of("/\\", at), name.size());
    if (name.substr(at, end - at) == "..") return true;
    at = end + 1;
  }
  return false;
}

bool leads_elsewhere(std::string_view path) {
  return leaves_its_folder(path) || path.starts_with('~') || path.find("://") != std::string_view::npos;
}

bool Scan::look_into(const Part& part) {
  if (part.depth > limits_.depth) {
    find(rules::archive_limit, fmt::format("more than {} containers in each other", limits_.depth),
         {part.member, {}, {}});
    not_read(part, 0, part.size(), "nested too deep");
    return true;
  }
  if (part.depth > 0 && !may_look(part)) return true;
  const auto formats = formats::all();
  std::vector<const Format*> sure;
  for (const Format* format : formats)
    if (format->fits(part) == Fit::sure) sure.push_back(format);
  // Two formats that are both sure of themselves: each loader sees its own. All are read.
  // TensorFlow Lite keeps labels in a ZIP behind the model (tflite.dev, Metadata: pack the associated files): one file by design.
  const bool labelled = sure.size() == 2 && std::all_of(sure.begin(), sure.end(), [](const Format* one) {
                          return one->name == "tflite" || one->name == "zip";
                        });
  if (sure.size() > 1 && !labelled) {
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
  auto& kept = report_.findings;
  const std::size_t key = identity(finding);
  const auto [begin, end] = known_.equal_range(key);
  for (auto at = begin; at != end; ++at) {
    Finding& known = kept[at->second];
    if (!is_same(known, finding)) continue;
    if (known.place.offset != finding.place.offset) ++known.times;
    known.severity = std::max(known.severity, finding.severity);
    return;
  }
  if (kept.size() < limits_.findings) {
    known_.emplace(key, kept.size());
    return kept.push_back(std::move(finding));
  }
  // A thousand small things first must not hide the large one behind them.
  ++report_.left_out;
  const auto least = std::min_element(kept.begin(), kept.end(),
                                      [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  if (least == kept.end() || least->severity >= finding.severity) return;
  known_.emplace(key, static_cast<std::size_t>(least - kept.begin()));
  *least = std::move(finding);
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
  // As many as of the findings are kept: one is enough for a file not to be complete.
  if (begin < end && report_.unread.size() < std::max<std::size_t>(limits_.findings, 1))
    report_.unread.push_back({part.member, begin, end, std::move(why)});
}

void Scan::broken(const Part& part, std::uint64_t at, std::string why) {
  find(rules::format_broken, why, {part.member, at, {}});
  not_read(part, std::min<std::uint64_t>(at, part.size() - 1), part.size(), std::move(why));
}

void Scan::look_behind(const Part& part, std::uint64_t at, std::string_view what) {
  if (at >= part.size()) return;
  find(rules::format_broken, fmt::format("{} bytes stand behind {}", part.size() - at, what), {part.member, at, {}});
  if (!look_into({part.bytes.subspan(at), fmt::format("{}+{}", part.member, at), part.depth + 1, part.whole}))
    not_read(part, at, part.size(), fmt::format("it stands behind {}", what));
}

void Scan::stream(Stream stream, bool harmful) {
  constexpr std::size_t kStreams = 1000;  // one pickle after the other may be millions
  const Place place{stream.member, stream.begin, {}};
  if (stream.sha256) is_known(Indicator::Kind::sha256, *stream.sha256, place);
  if (stream.opcodes) is_known(Indicator::Kind::opcodes, *stream.opcodes, place, harmful);
  if (report_.streams.size() < kStreams)
    report_.streams.push_back(std::move(stream));
  else
    ++report_.streams_left_out;
}

void Scan::is_known(Indicator::Kind kind, const Digest& digest, Place place, bool harmful) {
  if (known_digests_ == nullptr) return;
  for (const Indicator& indicator : known_digests_->find(kind, digest)) {
    Finding finding;
    finding.rule = &rules::known_malicious;
    finding.severity = indicator.severity;
    if (kind == Indicator::Kind::sha256) {
      finding.what = fmt::format("its SHA-256 is that of {} ({})", indicator.name, indicator.where);
    } else if (harmful) {
      finding.what = fmt::format("its opcodes are those of {} ({})", indicator.name, indicator.where);
    } else {
      // A call with one text looks the same whatever is called; here it is something harmless.
      finding.severity = Severity::info;
      finding.what =
          fmt::format("its opcodes are those of {} ({}), but nothing it does is", indicator.name, indicator.where);
    }
    finding.reference = indicator.reference;
    finding.place = place;
    find(std::move(finding));
  }
}

std::uint64_t Scan::most_unpacked() const {
  constexpr std::uint64_t kMost = 1ull << 40;
  std::uint64_t most = 0;
  if (__builtin_mul_overflow(report_.bytes, limits_.unpacked_times, &most) ||
      __builtin_add_overflow(most, limits_.unpacked_bytes, &most))
    return kMost;
  return std::min(most, kMost);
}

bool Scan::may_unpack(std::uint64_t bytes) {
  if (bytes > most_unpacked() - unpacked_) return false;
  unpacked_ += bytes;
  return true;
}

}  // namespace tocsin::scan::models
