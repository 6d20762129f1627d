// The words of the answer, their JSON, and the difference between two bases of a decision in sentences.
#include "judgement/judgement.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/counted.hpp"
#include "base/json_read.hpp"
#include "base/text.hpp"
#include "base/vocabulary.hpp"

namespace tocsin::judgement {
namespace {

constexpr std::array kStatuses{
    Word{Status::affected, "affected"},
    Word{Status::under_investigation, "under_investigation"},
    Word{Status::fixed, "fixed"},
    Word{Status::not_affected, "not_affected"},
};
constexpr std::array kActionKinds{
    Word{ActionKind::fix, "fix"},       Word{ActionKind::test, "test"}, Word{ActionKind::filter, "filter"},
    Word{ActionKind::block, "block"},   Word{ActionKind::gate, "gate"}, Word{ActionKind::inform, "inform"},
    Word{ActionKind::accept, "accept"},
};
constexpr std::array kVerdicts{
    Word{Verdict::act, "act"},
    Word{Verdict::watch, "watch"},
    Word{Verdict::inform, "inform"},
    Word{Verdict::not_relevant, "not_relevant"},
    Word{Verdict::duplicate, "duplicate"},
    Word{Verdict::defer, "defer"},
};

// People type not-relevant, the JSON says not_relevant.
std::string underscored(std::string_view word) {
  return replace_all(word, "-", "_");
}

Result<std::string> text(const Json& body, std::string_view key) {
  std::string out;
  TOCSIN_CHECK(read_member(body, key, out));
  return out;
}

Result<std::vector<std::string>> texts(const Json& body, std::string_view key) {
  std::vector<std::string> out;
  TOCSIN_CHECK(read_member(body, key, out));
  return out;
}

Json to_json(const std::vector<std::string>& values) {
  return Json::Array(values.begin(), values.end());
}

Result<Reason> reason_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "a reason"));
  Reason reason;
  TOCSIN_TRY(reason.code, text(body, "code"));
  TOCSIN_TRY(reason.item_fact, text(body, "item"));
  TOCSIN_TRY(reason.asset_fact, text(body, "asset"));
  TOCSIN_TRY(reason.path, text(body, "path"));
  return reason;
}

// A line of Basis::statuses taken apart. Names of assets may hold blanks, status words and codes do not.
struct StatusLine {
  std::string_view asset;
  std::string_view status;
  std::string_view codes;
};
StatusLine take_apart(std::string_view line) {
  const auto last_word = [](std::string_view& from) {
    const std::size_t blank = from.rfind(' ');
    const std::string_view word = blank == std::string_view::npos ? std::string_view() : from.substr(blank + 1);
    if (blank != std::string_view::npos) from = from.substr(0, blank);
    return word;
  };
  StatusLine parts;
  std::string_view rest = line;
  const std::string_view last = last_word(rest);
  if (parse_status(last)) {
    parts.status = last;
  } else {
    parts.codes = last;
    parts.status = last_word(rest);
  }
  parts.asset = rest;
  return parts;
}

std::string spaced(std::string_view status) {
  return replace_all(status, "_", " ");
}
std::string because(std::string_view codes) {
  return codes.empty() ? std::string() : " (" + replace_all(codes, ",", ", ") + ")";
}

void compare_statuses(const std::vector<std::string>& before, const std::vector<std::string>& now,
                      std::vector<std::string>& out) {
  std::map<std::string_view, StatusLine> old;
  std::map<std::string_view, StatusLine> current;
  for (const std::string& line : before) old[take_apart(line).asset] = take_apart(line);
  for (const std::string& line : now) current[take_apart(line).asset] = take_apart(line);
  const std::size_t first = out.size();
  for (const auto& [asset, is] : current) {
    const std::string name(asset);
    const auto at = old.find(asset);
    if (at == old.end()) {
      out.push_back(name + " is judged for the first time: " + spaced(is.status) + because(is.codes));
      continue;
    }
    const StatusLine& was = at->second;
    if (was.status != is.status)
      out.push_back(name + " was " + spaced(was.status) + because(was.codes) + " and is now " + spaced(is.status) +
                    because(is.codes));
    else if (was.codes != is.codes)
      out.push_back(name + " is still " + spaced(is.status) +
                    ", but for other reasons:" + (was.codes.empty() ? std::string(" none") : because(was.codes)) +
                    " before," + (is.codes.empty() ? std::string(" none") : because(is.codes)) + " now");
  }
  for (const auto& [asset, was] : old)
    if (current.count(asset) == 0)
      out.push_back(std::string(asset) + " was " + spaced(was.status) + because(was.codes) +
                    " and is no longer judged");
  // Two lines over one asset are no form that we write; whatever it is, it differs and must not pass in silence.
  if (out.size() == first && before != now) out.push_back("the list of statuses is another one");
}

// "a, b, c and 4 more", each cut to what people compare.
std::string some_of(const std::vector<std::string>& digests) {
  constexpr std::size_t kShown = 3;
  constexpr std::size_t kDigits = 12;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(kShown, digests.size()); ++i) shown.push_back(digests[i].substr(0, kDigits));
  std::string out = join(shown, ", ");
  if (digests.size() > kShown) out += " and " + std::to_string(digests.size() - kShown) + " more";
  return out;
}

void compare_records(const std::vector<std::string>& before, const std::vector<std::string>& now,
                     std::vector<std::string>& out) {
  const std::set<std::string> old(before.begin(), before.end());
  const std::set<std::string> current(now.begin(), now.end());
  std::vector<std::string> fresh;
  std::vector<std::string> gone;
  std::set_difference(current.begin(), current.end(), old.begin(), old.end(), std::back_inserter(fresh));
  std::set_difference(old.begin(), old.end(), current.begin(), current.end(), std::back_inserter(gone));
  if (!fresh.empty() && !gone.empty())
    out.push_back("the sources say something else: " + counted(gone.size(), "record", "records") + " gone (" +
                  some_of(gone) + "), " + counted(fresh.size(), "record", "records") + " new (" + some_of(fresh) + ")");
  else if (!fresh.empty())
    out.push_back("the sources say more: " + counted(fresh.size(), "record", "records") + " new (" + some_of(fresh) +
                  ")");
  else if (!gone.empty())
    out.push_back("the sources say less: " + counted(gone.size(), "record", "records") + " gone (" + some_of(gone) +
                  ")");
  else if (before != now)
    out.push_back("the list of records is another one");
}

std::string or_none(const std::string& value) {
  return value.empty() ? "none" : value.substr(0, 12);
}

}  // namespace

std::string_view to_string(Status status) {
  return word_of(kStatuses, status);
}
std::optional<Status> parse_status(std::string_view word) {
  return value_of<Status>(kStatuses, word);
}

std::string_view to_string(ActionKind kind) {
  return word_of(kActionKinds, kind);
}
std::optional<ActionKind> parse_action_kind(std::string_view word) {
  return value_of<ActionKind>(kActionKinds, word);
}

std::string_view to_string(Verdict verdict) {
  return word_of(kVerdicts, verdict);
}
std::optional<Verdict> parse_verdict(std::string_view word) {
  return value_of<Verdict>(kVerdicts, underscored(word));
}

std::string status_line(const Assessment& assessment) {
  std::set<std::string> codes;
  for (const Reason& reason : assessment.reasons)
    if (!reason.code.empty()) codes.insert(reason.code);
  std::string line = assessment.asset + " " + std::string(to_string(assessment.status));
  if (!codes.empty()) line += " " + join({codes.begin(), codes.end()}, ",");
  return line;
}

Json to_json(const Assessment& assessment) {
  Json reasons = Json::array();
  for (const Reason& reason : assessment.reasons)
    reasons.push(Json::object(
        {{"code", reason.code}, {"item", reason.item_fact}, {"asset", reason.asset_fact}, {"path", reason.path}}));
  return Json::object({
      {"item", assessment.item.text()},
      {"asset", assessment.asset},
      {"status", to_string(assessment.status)},
      {"score", assessment.score},
      {"reasons", std::move(reasons)},
      {"proposed", assessment.proposed ? Json(to_string(*assessment.proposed)) : Json()},
      {"proposal", assessment.proposal},
      {"package", assessment.package},
      {"fixed_in", to_json(assessment.fixed_in)},
  });
}

Result<Assessment> assessment_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "an assessment"));
  Assessment assessment;
  TOCSIN_TRY(const std::string item, text(body, "item"));
  TOCSIN_TRY(assessment.item, parse_uuid(item));
  TOCSIN_TRY(assessment.asset, text(body, "asset"));
  TOCSIN_TRY(const std::string status, text(body, "status"));
  if (const auto word = parse_status(status))
    assessment.status = *word;
  else
    return fail(Code::malformed, "'status' has the unknown word '" + printable(status, 40) + "'");
  if (const Json& score = body["score"]; !score.is_null()) {
    const auto value = score.as_int();
    if (!value || *value < 0 || *value > 100)
      return fail(Code::malformed, "'score' should be a whole number from 0 to 100");
    assessment.score = static_cast<int>(*value);
  }
  const Json& reasons = body["reasons"];
  if (!reasons.is_null() && !reasons.is_array()) return wrong_type("reasons", "an array", reasons);
  for (const Json& element : reasons.as_array()) {
    TOCSIN_TRY(Reason reason, reason_from_json(element));
    assessment.reasons.push_back(std::move(reason));
  }
  TOCSIN_TRY(const std::string proposed, text(body, "proposed"));
  if (!proposed.empty()) {
    assessment.proposed = parse_action_kind(proposed);
    if (!assessment.proposed)
      return fail(Code::malformed, "'proposed' has the unknown word '" + printable(proposed, 40) + "'");
  }
  TOCSIN_TRY(assessment.proposal, text(body, "proposal"));
  TOCSIN_TRY(assessment.package, text(body, "package"));
  TOCSIN_TRY(assessment.fixed_in, texts(body, "fixed_in"));
  return assessment;
}

std::vector<std::string> Basis::difference(const Basis& now) const {
  std::vector<std::string> sentences;
  if (same(now)) return sentences;
  if (statuses != now.statuses) compare_statuses(statuses, now.statuses, sentences);
  if (records != now.records) compare_records(records, now.records, sentences);
  if (estate != now.estate)
    sentences.push_back("the assets in scope are described differently (estate " + or_none(estate) + " before, " +
                        or_none(now.estate) + " now)");
  if (knowledge != now.knowledge)
    sentences.push_back("knowledge was " + (knowledge.empty() ? "none" : knowledge) + " and is now " +
                        (now.knowledge.empty() ? "none" : now.knowledge));
  return sentences;
}

Json to_json(const Basis& basis) {
  return Json::object({{"statuses", to_json(basis.statuses)},
                       {"records", to_json(basis.records)},
                       {"estate", basis.estate},
                       {"knowledge", basis.knowledge}});
}

Result<Basis> basis_from_json(const Json& body) {
  TOCSIN_CHECK(check_object(body, "a basis"));
  Basis basis;
  TOCSIN_TRY(basis.statuses, texts(body, "statuses"));
  TOCSIN_TRY(basis.records, texts(body, "records"));
  TOCSIN_TRY(basis.estate, text(body, "estate"));
  TOCSIN_TRY(basis.knowledge, text(body, "knowledge"));
  return basis;
}

}  // namespace tocsin::judgement
