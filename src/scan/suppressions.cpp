// Who writes a model may write a tocsin.toml beside it. So: no file is looked for; a path alone suppresses nothing that is
// malicious, and nothing that was not read, since whoever may write to that path would choose the bytes; and whatever is
// suppressed is shown with its reason.
#include "scan/suppressions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "scan/reports.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kConfigBytes = 1u << 20;  // as much as tocsin.toml may have (cycle/config.cpp)
constexpr std::size_t kMostSuppressions = 1000;   // people write and read them
constexpr std::size_t kMostPattern = 1024;

class SuppressionReader {
 public:
  SuppressionReader(Suppressions& out, std::string_view file, const fs::path& folder)
      : out_(out), file_(file), folder_(folder) {}

  void read(const toml::node& section) {
    const auto* list = section.as_array();
    if (list == nullptr) return problem(section, "suppressions are written as [[suppression]]");
    for (const auto& element : *list) {
      if (out_.all.size() == kMostSuppressions) return problem(element, "more than 1000 suppressions");
      one(element);
    }
  }

 private:
  void one(const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) return problem(node, "suppressions are written as [[suppression]]");
    Suppression out;
    out.where = fmt::format("{}:{}", file_, node.source().begin.line);
    bool good = true;
    const auto wrong = [&](const toml::node& at, std::string what) {
      problem(at, std::move(what));
      good = false;
    };
    const auto text = [&](const toml::node& value, std::string_view key, std::string& into) {
      const auto* given = value.as_string();
      if (given == nullptr || trim(given->get()).empty())
        return wrong(value, std::string(key) + " needs text in quotes");
      into = trim(given->get());
    };
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      if (name == "rule") {
        text(value, name, out.rule);
        if (good && find_rule(out.rule) == nullptr)
          wrong(value, "there is no rule '" + printable(out.rule, 80) + "' (tocsin explain lists them)");
      } else if (name == "path") {
        text(value, name, out.path);
        if (out.path.size() > kMostPattern) wrong(value, "a path of more than 1024 bytes");
      } else if (name == "sha256") {
        std::string hex;
        text(value, name, hex);
        const auto digest = parse_digest(to_lower(hex));
        if (digest)
          out.sha256 = *digest;
        else if (good)
          wrong(value, "sha256 needs 64 hexadecimal digits");
      } else if (name == "reason") {
        text(value, name, out.reason);
        out.reason = printable(out.reason, 1000);
      } else if (name == "expires") {
        day(value, out.expires, wrong);
      } else {
        wrong(value, "unknown key '" + printable(name) + "' in [[suppression]]");
      }
    }
    const auto needs = [&](bool there, std::string_view what) {
      if (!there && good) wrong(node, "a suppression needs " + std::string(what));
    };
    needs(!out.rule.empty(), "a rule");
    needs(!out.path.empty() || out.sha256.has_value(), "a path or a sha256");
    needs(!out.reason.empty(), "a reason");
    needs(!out.expires.empty(), "a day on which it expires");
    if (!good) return;
    if (!out.path.empty()) out.pattern = (folder_ / out.path).lexically_normal().native();
    out_.all.push_back(std::move(out));
  }

  template <class F>
  void day(const toml::node& value, std::string& into, F&& wrong) {
    if (const auto* date = value.as_date()) {
      const toml::date given = date->get();
      into = fmt::format("{:04}-{:02}-{:02}", given.year, given.month, given.day);
    } else if (const auto* written = value.as_string()) {
      into = trim(written->get());
    }
    if (into.size() != 10 || !parse_time(into)) {
      into.clear();
      wrong(value, "expires needs a day, as in 2027-03-31");
    }
  }

  void problem(const toml::node& node, std::string what) {
    out_.problems.push_back({Code::malformed, std::move(what), std::string(file_), {}, node.source().begin.line, {}});
  }

  Suppressions& out_;
  std::string_view file_;
  const fs::path& folder_;
};

fs::path absolute_of(const fs::path& path) {
  std::error_code error;
  const fs::path out = fs::absolute(path, error);
  return (error ? path : out).lexically_normal();
}

}  // namespace

Result<Suppressions> parse_suppressions(std::string_view text, std::string_view file_name, const fs::path& folder) {
  Suppressions out;
  if (auto safe = check_toml(text); !safe) return tl::make_unexpected(std::move(safe).error().at(file_name));
  try {
    const toml::table top = toml::parse(text, file_name);
    if (const auto* section = top.get("suppression")) SuppressionReader(out, file_name, folder).read(*section);
  } catch (const toml::parse_error& error) {
    // Not what the library says: it quotes the line, and that may hold the password of a proxy.
    Failure failure =
        fail_line(Code::malformed, "this is no TOML", error.source().begin.line, error.source().begin.column);
    failure.value().where = file_name;
    return failure;
  }
  return out;
}

Result<Suppressions> read_suppressions(const fs::path& file) {
  TOCSIN_TRY(const std::string text, read_file(file, kConfigBytes));
  return parse_suppressions(text, printable(file.native(), 4096), absolute_of(file).parent_path());
}

void suppress(Run& run, Time now) {
  for (Suppression& suppression : run.suppressions) {
    const auto until = parse_time(suppression.expires);
    suppression.expired = !until || now >= *until;
    suppression.matched = suppression.declined = 0;
  }
  for (Report& report : run.reports) {
    std::string path;
    const auto is_about = [&](const Suppression& suppression) {
      if (suppression.expired) return false;
      if (suppression.sha256 && suppression.sha256 != report.sha256) return false;
      if (suppression.pattern.empty()) return true;
      if (path.empty()) path = absolute_of(report.given).native();
      return matches_pattern(suppression.pattern, path);
    };
    for (std::size_t i = 0; i < run.suppressions.size(); ++i) {
      Suppression& suppression = run.suppressions[i];
      std::optional<bool> about;
      for (Finding& finding : report.findings) {
        if (finding.suppressed || finding.rule->id != suppression.rule) continue;
        if (!about) about = is_about(suppression);
        if (!*about) break;
        if ((finding.severity == Severity::malicious || finding.rule->unread) && !suppression.sha256) {
          ++suppression.declined;
          continue;
        }
        finding.suppressed = i;
        ++suppression.matched;
      }
      if (suppression.rule != rules::not_read.id || report.unread.empty() || report.unread_suppressed) continue;
      if (!is_about(suppression)) continue;
      if (suppression.sha256) {
        report.unread_suppressed = i;
        ++suppression.matched;
      } else {
        ++suppression.declined;
      }
    }
  }
}

// Row by row, as for an edit distance: no pattern makes it slow.
bool matches_pattern(std::string_view pattern, std::string_view path) {
  std::vector<char> reach(path.size() + 1, 0), next(path.size() + 1, 0);
  reach[0] = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    std::fill(next.begin(), next.end(), char{0});
    if (pattern[i] == '*') {
      const bool deep = i + 1 < pattern.size() && pattern[i + 1] == '*';
      if (deep) ++i;
      char open = 0;
      for (std::size_t at = 0; at <= path.size(); ++at) {
        open = static_cast<char>(open | reach[at]);
        next[at] = open;
        if (!deep && at < path.size() && path[at] == '/') open = 0;
      }
    } else {
      for (std::size_t at = 0; at < path.size(); ++at)
        next[at + 1] = static_cast<char>(reach[at] && (pattern[i] == '?' ? path[at] != '/' : path[at] == pattern[i]));
    }
    std::swap(reach, next);
  }
  return reach[path.size()] != 0;
}

}  // namespace tocsin::scan
