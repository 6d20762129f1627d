// Vectors are read against a table of metrics per version; the scores follow the equations of the standards: CVSS 2.0
// (section 3.2), 3.0 and 3.1 (section 7 and appendix A), 4.0 (cvss4.cpp).
//
// Temporal scores of version 3 are products of hundredths and are computed in integers. The others need powers and
// products with more digits than matter; there, values within 1e-9 of a tenth are taken for it (a double is good to
// 1e-14 here, and the exact values that are not tenths lie farther away).
#include "versions/cvss.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "versions/cvss4.hpp"

namespace tocsin::versions {
namespace {

constexpr std::size_t kMaxVectorBytes = 1024;  // a version 4 vector with all 32 metrics has under 250
constexpr double kTolerance = 1e-9;

enum class Group : unsigned char { base, temporal, environmental, supplemental };
struct Metric {
  std::string_view name;
  Group group;
  std::string_view values;  // separated by blanks; the first of a metric that is not base is "not defined"
};

constexpr Metric kMetrics2[] = {
    {"AV", Group::base, "L A N"},
    {"AC", Group::base, "H M L"},
    {"Au", Group::base, "M S N"},
    {"C", Group::base, "N P C"},
    {"I", Group::base, "N P C"},
    {"A", Group::base, "N P C"},
    {"E", Group::temporal, "ND U POC F H"},
    {"RL", Group::temporal, "ND OF TF W U"},
    {"RC", Group::temporal, "ND UC UR C"},
    {"CDP", Group::environmental, "ND N L LM MH H"},
    {"TD", Group::environmental, "ND N L M H"},
    {"CR", Group::environmental, "ND L M H"},
    {"IR", Group::environmental, "ND L M H"},
    {"AR", Group::environmental, "ND L M H"},
};
constexpr Metric kMetrics3[] = {
    {"AV", Group::base, "N A L P"},
    {"AC", Group::base, "L H"},
    {"PR", Group::base, "N L H"},
    {"UI", Group::base, "N R"},
    {"S", Group::base, "U C"},
    {"C", Group::base, "H L N"},
    {"I", Group::base, "H L N"},
    {"A", Group::base, "H L N"},
    {"E", Group::temporal, "X H F P U"},
    {"RL", Group::temporal, "X U W T O"},
    {"RC", Group::temporal, "X C R U"},
    {"CR", Group::environmental, "X H M L"},
    {"IR", Group::environmental, "X H M L"},
    {"AR", Group::environmental, "X H M L"},
    {"MAV", Group::environmental, "X N A L P"},
    {"MAC", Group::environmental, "X L H"},
    {"MPR", Group::environmental, "X N L H"},
    {"MUI", Group::environmental, "X N R"},
    {"MS", Group::environmental, "X U C"},
    {"MC", Group::environmental, "X H L N"},
    {"MI", Group::environmental, "X H L N"},
    {"MA", Group::environmental, "X H L N"},
};
constexpr Metric kMetrics4[] = {
    {"AV", Group::base, "N A L P"},
    {"AC", Group::base, "L H"},
    {"AT", Group::base, "N P"},
    {"PR", Group::base, "N L H"},
    {"UI", Group::base, "N P A"},
    {"VC", Group::base, "H L N"},
    {"VI", Group::base, "H L N"},
    {"VA", Group::base, "H L N"},
    {"SC", Group::base, "H L N"},
    {"SI", Group::base, "H L N"},
    {"SA", Group::base, "H L N"},
    {"E", Group::temporal, "X A P U"},
    {"CR", Group::environmental, "X H M L"},
    {"IR", Group::environmental, "X H M L"},
    {"AR", Group::environmental, "X H M L"},
    {"MAV", Group::environmental, "X N A L P"},
    {"MAC", Group::environmental, "X L H"},
    {"MAT", Group::environmental, "X N P"},
    {"MPR", Group::environmental, "X N L H"},
    {"MUI", Group::environmental, "X N P A"},
    {"MVC", Group::environmental, "X H L N"},
    {"MVI", Group::environmental, "X H L N"},
    {"MVA", Group::environmental, "X H L N"},
    {"MSC", Group::environmental, "X H L N"},
    {"MSI", Group::environmental, "X S H L N"},
    {"MSA", Group::environmental, "X S H L N"},
    {"S", Group::supplemental, "X N P"},
    {"AU", Group::supplemental, "X N Y"},
    {"R", Group::supplemental, "X A U I"},
    {"V", Group::supplemental, "X D C"},
    {"RE", Group::supplemental, "X L M H"},
    {"U", Group::supplemental, "X Clear Green Amber Red"},
};

Failure wrong(std::string what) {
  return fail(Code::malformed, "CVSS vector: " + std::move(what));
}

// The values of a vector: one view per metric of its table, empty where it is not given.
struct Values {
  std::span<const Metric> metrics;
  std::vector<std::string_view> values;

  // The value given, or the metric's "not defined".
  std::string_view get(std::string_view name) const {
    for (std::size_t at = 0; at < metrics.size(); ++at)
      if (metrics[at].name == name)
        return values[at].empty() ? metrics[at].values.substr(0, metrics[at].values.find(' ')) : values[at];
    return {};
  }
  char letter(std::string_view name) const {
    const auto value = get(name);
    return value.empty() ? '\0' : value.front();
  }
  bool sets(Group group) const {
    for (std::size_t at = 0; at < metrics.size(); ++at)
      if (metrics[at].group == group && !values[at].empty() && values[at] != "X" && values[at] != "ND") return true;
    return false;
  }
  // Version 3 and 4: the modified value where it is set, else the base value.
  char modified(std::string_view name) const {
    const auto value = get('M' + std::string(name));
    return value.empty() || value == "X" ? letter(name) : value.front();
  }
};

Result<Values> read_values(std::string_view text, std::span<const Metric> metrics) {
  Values out{metrics, std::vector<std::string_view>(metrics.size())};
  for (const auto pair : split(text, '/')) {
    const auto colon = pair.find(':');
    if (colon == std::string_view::npos) return wrong("a part is not metric:value");
    const auto name = pair.substr(0, colon);
    const auto value = pair.substr(colon + 1);
    const auto metric = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.name == name; });
    if (metric == metrics.end()) return wrong("unknown metric '" + printable(name, 20) + "'");
    const auto allowed = split(metric->values, ' ');
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      return wrong("metric " + std::string(name) + " has unknown value '" + printable(value, 20) + "'");
    auto& place = out.values[static_cast<std::size_t>(metric - metrics.begin())];
    if (!place.empty()) return wrong("metric " + std::string(name) + " stands twice");
    place = value;
  }
  for (std::size_t at = 0; at < metrics.size(); ++at)
    if (metrics[at].group == Group::base && out.values[at].empty())
      return wrong("metric " + std::string(metrics[at].name) + " is missing");
  return out;
}

double weight(char value, std::initializer_list<std::pair<char, double>> weights) {
  for (const auto& [letter, number] : weights)
    if (letter == value) return number;
  return 0;
}

// ---- version 2

double word_weight(std::string_view value, std::initializer_list<std::pair<std::string_view, double>> weights) {
  for (const auto& [word, number] : weights)
    if (word == value) return number;
  return 1;
}
int round_half_up(double value) {
  return static_cast<int>(std::floor(value * 10 + 0.5 + kTolerance));
}

Cvss score2(const Values& v) {
  const auto impact_weight = [](char c) { return weight(c, {{'N', 0.0}, {'P', 0.275}, {'C', 0.660}}); };
  const auto requirement = [&](std::string_view name) {
    return word_weight(v.get(name), {{"L", 0.5}, {"M", 1.0}, {"H", 1.51}});
  };
  const double c = impact_weight(v.letter("C")), i = impact_weight(v.letter("I")), a = impact_weight(v.letter("A"));
  const double exploitability = 20 * weight(v.letter("AV"), {{'L', 0.395}, {'A', 0.646}, {'N', 1.0}}) *
                                weight(v.letter("AC"), {{'H', 0.35}, {'M', 0.61}, {'L', 0.71}}) *
                                weight(v.letter("Au"), {{'M', 0.45}, {'S', 0.56}, {'N', 0.704}});
  const auto base = [&](double impact) {
    return round_half_up((0.6 * impact + 0.4 * exploitability - 1.5) * (impact == 0 ? 0.0 : 1.176));
  };
  const double later = word_weight(v.get("E"), {{"U", 0.85}, {"POC", 0.9}, {"F", 0.95}}) *
                       word_weight(v.get("RL"), {{"OF", 0.87}, {"TF", 0.9}, {"W", 0.95}}) *
                       word_weight(v.get("RC"), {{"UC", 0.9}, {"UR", 0.95}});
  const double adjusted = std::min(
      10.0, 10.41 * (1 - (1 - c * requirement("CR")) * (1 - i * requirement("IR")) * (1 - a * requirement("AR"))));
  double damage = 0;
  if (const auto cdp = v.get("CDP"); cdp != "ND")
    damage = word_weight(cdp, {{"N", 0.0}, {"L", 0.1}, {"LM", 0.3}, {"MH", 0.4}, {"H", 0.5}});
  const double targets = word_weight(v.get("TD"), {{"N", 0.0}, {"L", 0.25}, {"M", 0.75}});

  Cvss out;
  out.version = CvssVersion::v2;
  const int base_tenths = std::max(0, base(10.41 * (1 - (1 - c) * (1 - i) * (1 - a))));
  out.base = CvssScore(base_tenths);
  out.temporal = CvssScore(round_half_up(base_tenths / 10.0 * later));
  const double adjusted_temporal = round_half_up(std::max(0, base(adjusted)) / 10.0 * later) / 10.0;
  out.environmental = CvssScore(round_half_up((adjusted_temporal + (10 - adjusted_temporal) * damage) * targets));
  return out;
}

// ---- version 3

// "Roundup": up to tenths. 3.1 looks at five decimals first, so that noise of a float does not count.
int round_up(double value, bool is_3_1) {
  if (!is_3_1) return static_cast<int>(std::ceil(value * 10 - kTolerance));
  const auto five = static_cast<long>(std::floor(value * 100'000 + 0.5));
  return static_cast<int>(five % 10'000 == 0 ? five / 10'000 : five / 10'000 + 1);
}

// tenths * e * rl * rc with the factors in hundredths, rounded up.
int with_temporal(int tenths, const Values& v, bool is_3_1) {
  const auto hundredths = [](double factor) { return std::lround(factor * 100); };
  const long e = hundredths(weight(v.letter("E"), {{'X', 1.0}, {'H', 1.0}, {'F', 0.97}, {'P', 0.94}, {'U', 0.91}}));
  const long rl = hundredths(weight(v.letter("RL"), {{'X', 1.0}, {'U', 1.0}, {'W', 0.97}, {'T', 0.96}, {'O', 0.95}}));
  const long rc = hundredths(weight(v.letter("RC"), {{'X', 1.0}, {'C', 1.0}, {'R', 0.96}, {'U', 0.92}}));
  const long product = tenths * e * rl * rc;  // millionths of a tenth
  if (!is_3_1) return static_cast<int>((product + 999'999) / 1'000'000);
  const long five = (product + 50) / 100;
  return static_cast<int>(five % 10'000 == 0 ? five / 10'000 : five / 10'000 + 1);
}

struct Exploit {
  char av, ac, pr, ui;
  bool changed;
};
double exploitability3(const Exploit& x) {
  const double pr = x.changed ? weight(x.pr, {{'N', 0.85}, {'L', 0.68}, {'H', 0.5}})
                              : weight(x.pr, {{'N', 0.85}, {'L', 0.62}, {'H', 0.27}});
  return 8.22 * weight(x.av, {{'N', 0.85}, {'A', 0.62}, {'L', 0.55}, {'P', 0.2}}) *
         weight(x.ac, {{'L', 0.77}, {'H', 0.44}}) * pr * weight(x.ui, {{'N', 0.85}, {'R', 0.62}});
}
double impact_weight3(char value) {
  return weight(value, {{'H', 0.56}, {'L', 0.22}, {'N', 0.0}});
}

int combine3(double impact, const Exploit& exploit, bool is_3_1) {
  if (impact <= 0) return 0;
  const double sum = impact + exploitability3(exploit);
  return round_up(std::min(exploit.changed ? 1.08 * sum : sum, 10.0), is_3_1);
}

Cvss score3(const Values& v, bool is_3_1) {
  Cvss out;
  out.version = is_3_1 ? CvssVersion::v3_1 : CvssVersion::v3_0;
  {
    const Exploit exploit{v.letter("AV"), v.letter("AC"), v.letter("PR"), v.letter("UI"), v.letter("S") == 'C'};
    const double sub = 1 - (1 - impact_weight3(v.letter("C"))) * (1 - impact_weight3(v.letter("I"))) *
                               (1 - impact_weight3(v.letter("A")));
    const double impact = exploit.changed ? 7.52 * (sub - 0.029) - 3.25 * std::pow(sub - 0.02, 15) : 6.42 * sub;
    const int tenths = combine3(impact, exploit, is_3_1);
    out.base = CvssScore(tenths);
    out.temporal = CvssScore(with_temporal(tenths, v, is_3_1));
  }
  const Exploit exploit{v.modified("AV"), v.modified("AC"), v.modified("PR"), v.modified("UI"), v.modified("S") == 'C'};
  const auto part = [&](std::string_view metric, std::string_view requirement) {
    return 1 - impact_weight3(v.modified(metric)) *
                   weight(v.letter(requirement), {{'X', 1.0}, {'H', 1.5}, {'M', 1.0}, {'L', 0.5}});
  };
  const double sub = std::min(1 - part("C", "CR") * part("I", "IR") * part("A", "AR"), 0.915);
  const double power = is_3_1 ? std::pow(sub * 0.9731 - 0.02, 13) : std::pow(sub - 0.02, 15);
  const double impact = exploit.changed ? 7.52 * (sub - 0.029) - 3.25 * power : 6.42 * sub;
  out.environmental = CvssScore(with_temporal(combine3(impact, exploit, is_3_1), v, is_3_1));
  return out;
}

// ---- version 4

std::int8_t level(char value, std::string_view worst_first) {
  return static_cast<std::int8_t>(std::max<std::size_t>(worst_first.find(value), 0));
}

int score4(const Values& v, bool threat, bool environment) {
  using namespace cvss4;
  const auto value = [&](std::string_view name) { return environment ? v.modified(name) : v.letter(name); };
  const auto or_worst = [&](std::string_view name, char worst, bool counts) {
    const char given = v.letter(name);
    return !counts || given == 'X' ? worst : given;
  };
  Levels levels{};
  levels[AV] = level(value("AV"), "NALP");
  levels[PR] = level(value("PR"), "NLH");
  levels[UI] = level(value("UI"), "NPA");
  levels[AC] = level(value("AC"), "LH");
  levels[AT] = level(value("AT"), "NP");
  levels[VC] = level(value("VC"), "HLN");
  levels[VI] = level(value("VI"), "HLN");
  levels[VA] = level(value("VA"), "HLN");
  levels[SC] = level(value("SC"), "SHLN");
  levels[SI] = level(value("SI"), "SHLN");
  levels[SA] = level(value("SA"), "SHLN");
  levels[CR] = level(or_worst("CR", 'H', environment), "HML");
  levels[IR] = level(or_worst("IR", 'H', environment), "HML");
  levels[AR] = level(or_worst("AR", 'H', environment), "HML");
  levels[cvss4::E] = level(or_worst("E", 'A', threat), "APU");
  return cvss4::score(levels);
}

}  // namespace

std::string_view to_string(CvssVersion version) {
  switch (version) {
    case CvssVersion::v2:
      return "2.0";
    case CvssVersion::v3_0:
      return "3.0";
    case CvssVersion::v3_1:
      return "3.1";
    case CvssVersion::v4_0:
      return "4.0";
  }
  return "";
}

std::string CvssScore::text() const {
  return std::to_string(tenths_ / 10) + '.' + static_cast<char>('0' + tenths_ % 10);
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::none:
      return "none";
    case Severity::low:
      return "low";
    case Severity::unknown:
      return "unknown";
    case Severity::medium:
      return "medium";
    case Severity::high:
      return "high";
    case Severity::critical:
      return "critical";
  }
  return "";
}

Severity severity_of(CvssScore score, CvssVersion version) {
  const int tenths = score.tenths();
  if (version == CvssVersion::v2) return tenths < 40 ? Severity::low : tenths < 70 ? Severity::medium : Severity::high;
  if (tenths == 0) return Severity::none;
  if (tenths < 40) return Severity::low;
  if (tenths < 70) return Severity::medium;
  return tenths < 90 ? Severity::high : Severity::critical;
}

Severity severity_from_word(std::string_view word) {
  constexpr std::pair<std::string_view, Severity> kWords[] = {
      {"none", Severity::none},         {"low", Severity::low},   {"medium", Severity::medium},
      {"moderate", Severity::medium},   {"high", Severity::high}, {"important", Severity::high},
      {"critical", Severity::critical},
  };
  const auto lower = to_lower(trim(word));
  for (const auto& [name, severity] : kWords)
    if (name == lower) return severity;
  return Severity::unknown;
}

CvssScore Cvss::overall() const {
  if (has_environmental) return environmental;
  return has_temporal ? temporal : base;
}

Result<Cvss> parse_cvss(std::string_view text) {
  if (text.size() > kMaxVectorBytes) return fail(Code::refused, "CVSS vector is too long");
  text = trim(text);
  CvssVersion version = CvssVersion::v2;
  if (text.starts_with("CVSS:")) {
    constexpr std::pair<std::string_view, CvssVersion> kPrefixes[] = {{"CVSS:3.0/", CvssVersion::v3_0},
                                                                      {"CVSS:3.1/", CvssVersion::v3_1},
                                                                      {"CVSS:4.0/", CvssVersion::v4_0},
                                                                      {"CVSS:2.0/", CvssVersion::v2}};
    bool known = false;
    for (const auto& [prefix, meaning] : kPrefixes) {
      if (!text.starts_with(prefix)) continue;
      version = meaning;
      text.remove_prefix(prefix.size());
      known = true;
      break;
    }
    if (!known) return wrong("unknown version");
  } else if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    text = text.substr(1, text.size() - 2);
  }
  while (text.ends_with('/')) text.remove_suffix(1);

  const auto table = version == CvssVersion::v2     ? std::span<const Metric>(kMetrics2)
                     : version == CvssVersion::v4_0 ? std::span<const Metric>(kMetrics4)
                                                    : std::span<const Metric>(kMetrics3);
  TOCSIN_TRY(const auto values, read_values(text, table));
  Cvss out;
  switch (version) {
    case CvssVersion::v2:
      out = score2(values);
      break;
    case CvssVersion::v3_0:
    case CvssVersion::v3_1:
      out = score3(values, version == CvssVersion::v3_1);
      break;
    case CvssVersion::v4_0:
      out.version = version;
      out.base = CvssScore(score4(values, false, false));
      out.temporal = CvssScore(score4(values, true, false));
      out.environmental = CvssScore(score4(values, true, true));
      break;
  }
  out.has_temporal = values.sets(Group::temporal);
  out.has_environmental = values.sets(Group::environmental);
  return out;
}

}  // namespace tocsin::versions
