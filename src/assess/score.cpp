// Points are given for what makes a difference to an analyst at triage; each part has a name, so that the sum can be
// read. A severity that nobody knows counts between medium and high: a record without a vector is not a harmless one.
#include "assess/score.hpp"

#include <algorithm>

namespace tocsin::assess {
namespace {

using intel::Kind;
using intel::Severity;
using judgement::Status;

constexpr std::int64_t kDay = 86'400'000'000;  // µs
constexpr int kLeastSpecific = 20;             // of what may apply for a reason of its own
constexpr int kLeastWeak = 10;                 // of what may apply to any model; they stay below the others

void put(std::vector<ScorePart>& parts, std::string what, int points) {
  if (points != 0) parts.push_back({std::move(what), points});
}

int severity_points(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return 20;
    case Severity::high:
      return 15;
    case Severity::unknown:
      return 11;
    case Severity::medium:
      return 8;
    case Severity::low:
      return 3;
    case Severity::none:
      return 0;
  }
  return 11;
}

int sum_of(const std::vector<ScorePart>& parts) {
  int sum = 0;
  for (const ScorePart& part : parts) sum += part.points;
  return sum;
}

bool standing_knowledge(Kind kind) {
  return kind == Kind::technique || kind == Kind::risk_category || kind == Kind::tactic || kind == Kind::mitigation;
}

}  // namespace

std::vector<ScorePart> score_parts(const intel::Item& item, const Facets& facets, const Standing& standing,
                                   const Context& context, char grade) {
  std::vector<ScorePart> parts;
  if (standing.status == Status::not_affected) {
    put(parts, "about the same kind of system", standing.background ? 5 : 0);
    if (standing.background) put(parts, std::string("source graded ") + grade, grade == 'A' || grade == 'B' ? 2 : 0);
    return parts;
  }
  switch (standing.status) {
    case Status::affected:
      put(parts, "affected", 40);
      break;
    case Status::under_investigation:
      put(parts, "may apply", 20);
      break;
    default:
      put(parts, "fixed here", 5);
      break;
  }
  const bool rated =
      item.severity != Severity::unknown || item.kind == Kind::vulnerability || !item.affects.packages.empty();
  if (item.kind == Kind::malicious_package) {
    put(parts, "malicious package", 20);
  } else if (rated) {
    put(parts, "severity " + std::string(to_string(item.severity)), severity_points(item.severity));
  } else {
    put(parts,
        standing.impact == 3   ? "grave when it works"
        : standing.impact == 2 ? "harmful when it works"
                               : "a nuisance when it works",
        standing.impact == 3   ? 12
        : standing.impact == 2 ? 8
                               : 3);
  }
  if (context.exploited) put(parts, "known to be exploited", 10);
  if (standing.asset != nullptr) {
    const AssetView& a = *standing.asset;
    if (a.condition("public-api") == Answer::yes) {
      put(parts, "open to the internet", 8);
    } else if (a.condition("partner-api") == Answer::yes || a.condition("untrusted-context") == Answer::yes) {
      put(parts, "outsiders reach it", 6);
    } else if (a.condition("public-api") == Answer::unknown) {
      put(parts, "exposure not told", 4);
    } else if (a.condition("internal") == Answer::yes) {
      put(parts, "our own people reach it", 2);
    }
    put(parts,
        a.criticality == 4   ? "critical asset"
        : a.criticality == 3 ? "important asset"
                             : "asset",
        a.criticality == 4   ? 10
        : a.criticality == 3 ? 6
        : a.criticality == 2 ? 3
                             : 0);
  }
  if (!standing_knowledge(item.kind)) {
    const auto when = item.modified ? item.modified : item.published;
    if (!when) {
      put(parts, "date unknown", 3);
    } else {
      const std::int64_t days = std::max<std::int64_t>(0, (context.now.us - when->us) / kDay);
      put(parts,
          days <= 7     ? "this week"
          : days <= 30  ? "this month"
          : days <= 180 ? "this half-year"
                        : "this year",
          days <= 7     ? 10
          : days <= 30  ? 7
          : days <= 180 ? 4
          : days <= 365 ? 2
                        : 0);
    }
  } else {
    put(parts, "standing knowledge, not news", -10);
  }
  if (item.kind == Kind::incident) put(parts, "happened elsewhere", -8);
  if (facets.stance == Stance::defence || facets.stance == Stance::benchmark)
    put(parts, "a defence or measurement", -6);
  put(parts, std::string("source graded ") + grade,
      grade == 'A'   ? 5
      : grade == 'B' ? 4
      : grade == 'C' ? 3
      : grade == 'D' ? 1
      : grade == 'E' ? 0
                     : 2);
  const int sum = sum_of(parts);
  if (standing.status == Status::fixed) return parts;
  if (standing.weak)
    put(parts, "could be said of any model", kLeastWeak + std::clamp(sum, 0, 99) / 10 - sum);
  else
    put(parts, "names what we run", std::max(0, kLeastSpecific - sum));
  return parts;
}

int total(const std::vector<ScorePart>& parts, Status status) {
  const int sum = sum_of(parts);
  if (status == Status::not_affected) return std::clamp(sum, 0, 9);
  if (status == Status::fixed) return std::clamp(sum, 5, 40);
  return std::clamp(sum, 10, 100);
}

}  // namespace tocsin::assess
