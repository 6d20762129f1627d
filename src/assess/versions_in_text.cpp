// A small reader, not a grammar: a keyword, then a list of versions. What it does not understand it leaves out, so that
// the answer becomes "cannot tell" and a person looks.
#include "assess/versions_in_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "versions/pep440.hpp"

namespace tocsin::assess {
namespace {

constexpr std::size_t kMaxLooked = 32u << 10;  // the statement stands in the first lines
constexpr std::size_t kMaxVersions = 16;

enum class Role : std::uint8_t { before, through, exact };
struct Keyword {
  std::string_view words;
  Role role;
};
constexpr std::array kKeywords{
    Keyword{"before", Role::before},
    Keyword{"prior to", Role::before},
    Keyword{"earlier than", Role::before},
    Keyword{"lower than", Role::before},
    Keyword{"older than", Role::before},
    Keyword{"below", Role::before},
    Keyword{"<", Role::before},
    Keyword{"fixed in", Role::before},
    Keyword{"patched in", Role::before},
    Keyword{"up to and including", Role::through},
    Keyword{"through", Role::through},
    Keyword{"<=", Role::through},
    Keyword{"up to", Role::through},
    Keyword{"and earlier", Role::through},
    Keyword{"versions", Role::exact},
    Keyword{"version", Role::exact},
};

bool is_boundary(char c) {
  return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
}

// A version at `at` ("v2.2.0", "`1.83.11`"): digits with at least one dot. Moves `at` behind it.
std::optional<std::string> version_at(std::string_view text, std::size_t& at) {
  std::size_t i = at;
  while (i < text.size() &&
         (text[i] == ' ' || text[i] == '`' || text[i] == '*' || text[i] == '"' || text[i] == '=' || text[i] == '\n'))
    ++i;
  for (const std::string_view word : {"version ", "versions ", "release ", "the "})
    if (text.substr(i).starts_with(word)) i += word.size();
  while (i < text.size() && (text[i] == ' ' || text[i] == '`' || text[i] == '*')) ++i;
  if (i < text.size() && text[i] == 'v') ++i;
  const std::size_t start = i;
  bool dot = false;
  while (i < text.size() && ((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'z') ||
                             text[i] == '.' || text[i] == '+' || text[i] == '-')) {
    if (i == start && (text[i] < '0' || text[i] > '9')) return std::nullopt;
    dot = dot || text[i] == '.';
    ++i;
  }
  std::string_view found = text.substr(start, i - start);
  while (found.ends_with(".") || found.ends_with("-")) found.remove_suffix(1);
  if (found.empty() || found.find('.') == std::string_view::npos || found.size() > 40 || !versions::parse_pep440(found))
    return std::nullopt;
  at = start + found.size();
  while (at < text.size() && (text[at] == '`' || text[at] == '*')) ++at;
  return std::string(found);
}

// Behind one version of a list: moves over ", ", " and ", ", and ", " or ".
bool list_goes_on(std::string_view text, std::size_t& at) {
  for (const std::string_view between : {", and ", ", or ", ", ", " and ", " or ", "; "})
    if (text.substr(at).starts_with(between)) {
      at += between.size();
      return true;
    }
  return false;
}

}  // namespace

ToldVersions versions_in(std::string_view original) {
  ToldVersions out;
  const std::string lower = to_lower(original.substr(0, kMaxLooked));
  const std::string_view text = lower;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && !is_boundary(text[i - 1])) continue;
    for (const Keyword& keyword : kKeywords) {
      if (!text.substr(i).starts_with(keyword.words)) continue;
      std::size_t at = i + keyword.words.size();
      if (at < text.size() && !is_boundary(text[at]) && keyword.words != "<" && keyword.words != "<=") continue;
      Role role = keyword.role;
      std::vector<std::string> found;
      while (found.size() < kMaxVersions) {
        std::size_t next = at;
        const auto version = version_at(text, next);
        if (!version) break;
        found.push_back(*version);
        at = next;
        if (!list_goes_on(text, at)) break;
      }
      if (found.empty()) continue;
      // "version 2.1 and earlier", "versions 1.2 through 1.4"
      const std::string_view rest = text.substr(std::min(at, text.size()));
      if (role == Role::exact &&
          (rest.starts_with(" and earlier") || rest.starts_with(" and below") || rest.starts_with(" and prior") ||
           rest.starts_with("earlier") || rest.starts_with("prior") || rest.starts_with("below")))
        role = Role::through;
      auto& list = role == Role::before ? out.before : role == Role::through ? out.through : out.exact;
      if (list.empty()) list = found;
      if (out.words.empty()) out.words = std::string(original.substr(i, at - i));
      i = at > i ? at - 1 : i;
      break;
    }
  }
  return out;
}

versions::Verdict judge_told(const ToldVersions& told, std::string_view ecosystem, std::string_view version) {
  using versions::Verdict;
  if (told.empty() || versions::scheme_of(ecosystem) != versions::Scheme::pep440) return Verdict::cannot_tell;
  const auto mine = versions::parse_pep440(version);
  if (!mine) return Verdict::cannot_tell;
  const versions::Pep440 pinned = mine->public_part();
  const auto limit = [&](const std::vector<std::string>& list) {
    std::optional<versions::Pep440> highest;
    const auto branch = [](std::string_view text) {
      const std::size_t first = text.find('.');
      return text.substr(0, first == std::string_view::npos ? first : text.find('.', first + 1));
    };
    for (const std::string& text : list) {
      const auto read = versions::parse_pep440(text);
      if (!read) continue;
      if (list.size() > 1 && branch(text) == branch(version)) return std::optional(*read);
      if (!highest || *highest < *read) highest = *read;
    }
    return highest;
  };
  if (const auto fixed = limit(told.before)) return pinned < *fixed ? Verdict::affected : Verdict::not_affected;
  if (const auto last = limit(told.through)) return *last < pinned ? Verdict::not_affected : Verdict::affected;
  for (const std::string& text : told.exact)
    if (const auto read = versions::parse_pep440(text); read && *read == pinned) return Verdict::affected;
  return Verdict::cannot_tell;
}

}  // namespace tocsin::assess
