// SARIF 2.1.0 (OASIS), as GitHub code scanning takes it: at most 25,000 results a run, of which 5,000 are shown, 1,000 rules,
// 10 MB packed; what is beyond is counted in the run's properties. Paths are relative URIs where they are relative.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "scan/reports.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::reports {
namespace {

constexpr std::size_t kResults = 25'000;

std::string_view level_of(Severity severity) {
  return severity == Severity::malicious ? "error" : severity == Severity::suspicious ? "warning" : "note";
}
// GitHub's scale: over 9.0 critical, 7.0 high, 4.0 medium.
std::string_view security_severity(Severity severity) {
  return severity == Severity::malicious ? "9.3" : severity == Severity::suspicious ? "6.5" : "1.0";
}

// RFC 3986: what is not unreserved is escaped, "/" stays.
std::string uri_of(std::string_view path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = path.starts_with('/') ? "file://" : "";
  while (path.starts_with("./")) path.remove_prefix(2);
  for (const char c : path) {
    const auto u = static_cast<unsigned char>(c);
    const bool plain = (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9') || u == '-' ||
                       u == '.' || u == '_' || u == '~' || u == '/';
    if (plain)
      out += c;
    else
      out += {'%', kHex[u >> 4], kHex[u & 15]};
  }
  return out;
}

std::string sentence(const Finding& finding) {
  std::string out = finding.what;
  if (!finding.call.empty()) out += ": " + finding.call;
  if (!finding.place.member.empty()) out += " (in " + finding.place.member + ")";
  out += ". " + std::string(finding.rule->consequence) + ".";
  return finding.reference.empty() ? out : out + " " + finding.reference;
}

Json location(const Report& report, const Finding& finding) {
  Json physical = Json::object({{"artifactLocation", Json::object({{"uri", uri_of(report.path)}})}});
  // A binary has no lines; offsets inside members are none of the file.
  if (finding.place.member.empty() && finding.place.offset)
    physical.set("region", Json::object({{"byteOffset", *finding.place.offset}, {"startLine", 1}}));
  else
    physical.set("region", Json::object({{"startLine", 1}}));
  Json out = Json::object({{"physicalLocation", std::move(physical)}});
  if (!finding.place.member.empty()) {
    Json logical = Json::object({{"fullyQualifiedName", finding.place.member}, {"kind", "member"}});
    out.set("logicalLocations", Json(Json::Array{std::move(logical)}));
  }
  return out;
}

// SARIF 2.1.0, 3.35: accepted outside of the file, by whom the justification says.
Json suppressed(const Run& run, std::size_t index) {
  const Suppression& by = run.suppressions[index];
  return Json(
      Json::Array{Json::object({{"kind", "external"},
                                {"status", "accepted"},
                                {"justification", by.reason + " (" + by.where + ", until " + by.expires + ")"}})});
}

Json notification(std::string_view level, std::string text) {
  return Json::object({{"level", level}, {"message", Json::object({{"text", std::move(text)}})}});
}

std::string write_sarif(const Run& run) {
  std::map<std::string_view, std::size_t> index;
  std::size_t results = 0, left_out = 0;
  Json rows = Json::array(), rules = Json::array(), notifications = Json::array(), configuration = Json::array();
  for (const Rule* rule : all_rules()) {
    index.emplace(rule->id, index.size());
    Json tags = Json::array();
    for (const std::string_view tag : {std::string_view("security"), std::string_view("machine-learning")})
      tags.push(tag);
    if (!rule->technique.empty()) tags.push(rule->technique);
    rules.push(Json::object(
        {{"id", rule->id},
         {"name", rule->id},
         {"shortDescription", Json::object({{"text", rule->title}})},
         {"fullDescription",
          Json::object({{"text", std::string(rule->title) + ": " + std::string(rule->consequence) + "."}})},
         {"help", Json::object({{"text", std::string(rule->next) + ". `tocsin explain " + std::string(rule->id) +
                                             "` says more."}})},
         {"defaultConfiguration", Json::object({{"level", level_of(rule->severity)}})},
         {"properties",
          Json::object({{"security-severity", security_severity(rule->severity)}, {"tags", std::move(tags)}})}}));
  }
  for (const Report& report : run.reports) {
    for (const Finding& finding : report.findings) {
      if (results == kResults) {
        ++left_out;
        continue;
      }
      ++results;
      // Stays the same when the file is moved or packed anew: the rule, the call, the member.
      const std::string identity = std::string(finding.rule->id) + "\n" + finding.place.member + "\n" +
                                   (finding.call.empty() ? finding.what : finding.call);
      Json row = Json::object({{"ruleId", finding.rule->id},
                               {"ruleIndex", index.at(finding.rule->id)},
                               {"level", level_of(finding.severity)},
                               {"message", Json::object({{"text", sentence(finding)}})},
                               {"locations", Json(Json::Array{location(report, finding)})},
                               {"partialFingerprints", Json::object({{"tocsin/v1", sha256(identity).hex()}})}});
      // Once one result has the list, all have it: an empty one says "not suppressed" (3.27.23).
      if (!run.suppressions.empty())
        row.set("suppressions", finding.suppressed ? suppressed(run, *finding.suppressed) : Json::array());
      rows.push(std::move(row));
    }
    if (report.error || (report.supported && !report.complete())) {
      std::string why = report.error ? report.error->message() : report.path + ": " + report.unread.front().why;
      if (report.unread_suppressed) why += " (accepted: " + run.suppressions[*report.unread_suppressed].reason + ")";
      notifications.push(notification(report.unread_suppressed ? "note" : "warning", std::move(why)));
    }
  }
  for (const Error& problem : run.problems) configuration.push(notification("warning", problem.message()));
  for (const Suppression& one : run.suppressions) {
    if (one.expired)
      configuration.push(
          notification("note", one.where + ": the suppression of " + one.rule + " expired on " + one.expires));
    else if (one.matched == 0)
      configuration.push(notification("note", one.where + ": the suppression of " + one.rule + " matches nothing"));
  }
  Json driver = Json::object({{"name", "tocsin"}, {"semanticVersion", run.version}, {"rules", std::move(rules)}});
  Json invocation = Json::object({{"executionSuccessful", true}});
  if (notifications.size() > 0) invocation.set("toolExecutionNotifications", std::move(notifications));
  if (configuration.size() > 0) invocation.set("toolConfigurationNotifications", std::move(configuration));
  Json body = Json::object({{"tool", Json::object({{"driver", std::move(driver)}})},
                            {"invocations", Json(Json::Array{std::move(invocation)})},
                            {"columnKind", "utf16CodeUnits"},
                            {"results", std::move(rows)}});
  if (left_out > 0) body.set("properties", Json::object({{"resultsLeftOut", left_out}}));
  return Json::object({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                       {"version", "2.1.0"},
                       {"runs", Json(Json::Array{std::move(body)})}})
             .dump_pretty() +
         "\n";
}

}  // namespace

extern const ReportKind sarif;
const ReportKind sarif{"sarif", "SARIF 2.1.0", write_sarif};

}  // namespace tocsin::scan::reports
