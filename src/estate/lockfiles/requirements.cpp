// pip's requirements files and constraints (pip's documentation, "Requirements File Format"; behaviour as in pip 23 to
// 26: req_file.py and constructors.py). Grammar and what is kept of it: docs/estate.md.
//
// A file goes through four steps. Its bytes become text (byte order mark, PEP 263 coding line), the text becomes
// logical lines (continuations joined, comments cut, the number of the first line kept), each line is told apart by its
// first option (-r, -c, -e, options of the index, a requirement), and requirements are handed to PEP 508. Nothing is
// fetched or expanded: `${NAME}` stays as written, and a version that hangs on one is not known. After the last file,
// constraints narrow the pins of their name, since pip would install what both allow.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "estate/credentials.hpp"
#include "estate/harvest.hpp"
#include "estate/lockfiles.hpp"
#include "versions/names.hpp"
#include "versions/pep508.hpp"

namespace tocsin::estate {
namespace lockfiles {
namespace {

constexpr std::size_t kMaxDepth = 32;            // -r in -r; real projects nest three
constexpr std::size_t kMaxFiles = 1'000;         // of one entry, all includes together
constexpr std::uint64_t kMaxBytes = 256u << 20;  // of all of them; each is read once
constexpr std::size_t kMaxLineBytes = 1u << 20;  // 200 hashes with continuations make 20 KiB
constexpr std::size_t kMaxHashes = 10'000;       // of one requirement: a wheel a platform, a few hundred
constexpr std::size_t kMaxConstraints = 16;      // on one name; teams have one or two
constexpr std::size_t kShown = 120;              // bytes of a bad line in its message

struct Line {
  std::uint32_t number = 0;  // of its first physical line, from 1
  std::string text;          // continuations joined, comment cut, trimmed
  bool too_long = false;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == '\r' || c == '\n';
}

// ---- bytes to text

std::string utf16_to_utf8(std::string_view bytes, bool big_endian) {
  std::string out;
  const auto unit = [&](std::size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]), second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<char32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t code = unit(i);
    if (code >= 0xd800 && code < 0xdc00 && i + 3 < bytes.size()) {
      const char32_t low = unit(i + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i += 2;
      }
    }
    append_utf8(out, code);
  }
  return out;
}

// "# -*- coding: latin-1 -*-" in the first two lines (PEP 263), lower case; "" when there is none.
std::string declared_coding(std::string_view text) {
  for (int line = 0; line < 2; ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view first = text.substr(0, end);
    if (!first.empty() && first[0] == '#') {
      std::size_t at = first.find("coding");
      if (at != std::string_view::npos && at + 6 < first.size() && (first[at + 6] == ':' || first[at + 6] == '=')) {
        at += 7;
        while (at < first.size() && is_blank(first[at])) ++at;
        std::size_t stop = at;
        while (stop < first.size() && !is_blank(first[stop]) && first[stop] != ';') ++stop;
        return to_lower(first.substr(at, stop - at));
      }
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return "";
}

std::string to_text(std::string bytes) {
  const std::string_view view = bytes;
  if (view.starts_with("\xff\xfe")) return utf16_to_utf8(view.substr(2), false);
  if (view.starts_with("\xfe\xff")) return utf16_to_utf8(view.substr(2), true);
  if (view.starts_with("\xef\xbb\xbf")) bytes.erase(0, 3);
  if (is_utf8(bytes)) return bytes;
  const std::string coding = declared_coding(bytes);
  if (coding == "latin-1" || coding == "latin1" || coding == "iso-8859-1" || coding == "cp1252" ||
      coding == "windows-1252")
    return latin1_to_utf8(bytes);
  return to_utf8_lossy(bytes);
}

// ---- text to logical lines

// Where a comment begins: '#' at the start or behind a blank.
std::size_t comment_in(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1))
    if (at == 0 || is_blank(line[at - 1])) return at;
  return std::string_view::npos;
}

bool is_comment(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && is_blank(line[at])) ++at;
  return at < line.size() && line[at] == '#';
}

// One logical line a call. Lines are counted as editors do (\n, \r\n, \r); form feeds end a line as well, uncounted.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  std::optional<Line> next() {
    while (at_ < text_.size()) {
      Line line;
      bool begun = false;
      while (at_ < text_.size()) {
        const std::uint32_t number = number_;
        std::string_view physical = take_physical();
        const bool comment = is_comment(physical);
        const bool goes_on = !comment && physical.ends_with('\\');
        if (!begun) line.number = number;
        begun = true;
        if (comment) {  // ends what came before; never continued itself
          break;
        }
        while (goes_on && physical.ends_with('\\')) physical.remove_suffix(1);
        if (line.text.size() + physical.size() > kMaxLineBytes)
          line.too_long = true;
        else
          line.text.append(physical);
        if (!goes_on) break;
      }
      if (line.too_long) {
        line.text.clear();
        return line;
      }
      if (const std::size_t comment = comment_in(line.text); comment != std::string_view::npos)
        line.text.resize(comment);
      line.text = std::string(trim(line.text));
      if (!line.text.empty()) return line;
    }
    return std::nullopt;
  }

 private:
  // \n \v \f \r are neighbours: one comparison a byte, and lines of 100 MB are met.
  static bool ends_line(char c) { return static_cast<unsigned char>(c - '\n') <= '\r' - '\n'; }

  std::string_view take_physical() {
    std::size_t end = at_;
    while (end < text_.size() && !ends_line(text_[end])) ++end;
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = end;
    if (at_ < text_.size()) {
      const char by = text_[at_++];
      if (by == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
      if (by == '\n' || by == '\r') ++number_;
    }
    return line;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t number_ = 1;
};

// ---- options

enum class Option : std::uint8_t { requirement, constraint, editable, hash, ignored, ignored_with_value };
struct OptionName {
  std::string_view name;
  Option option;
};
constexpr std::array kOptions = {
    OptionName{"--requirement", Option::requirement},
    OptionName{"--constraint", Option::constraint},
    OptionName{"--editable", Option::editable},
    OptionName{"--hash", Option::hash},
    OptionName{"--index-url", Option::ignored_with_value},
    OptionName{"--pypi-url", Option::ignored_with_value},
    OptionName{"--extra-index-url", Option::ignored_with_value},
    OptionName{"--find-links", Option::ignored_with_value},
    OptionName{"--no-binary", Option::ignored_with_value},
    OptionName{"--only-binary", Option::ignored_with_value},
    OptionName{"--trusted-host", Option::ignored_with_value},
    OptionName{"--use-feature", Option::ignored_with_value},
    OptionName{"--config-settings", Option::ignored_with_value},
    OptionName{"--config-setting", Option::ignored_with_value},
    OptionName{"--global-option", Option::ignored_with_value},
    OptionName{"--install-option", Option::ignored_with_value},
    OptionName{"--build-option", Option::ignored_with_value},
    OptionName{"--proxy", Option::ignored_with_value},
    OptionName{"--cert", Option::ignored_with_value},
    OptionName{"--client-cert", Option::ignored_with_value},
    OptionName{"--timeout", Option::ignored_with_value},
    OptionName{"--retries", Option::ignored_with_value},
    OptionName{"--uploaded-prior-to", Option::ignored_with_value},
    OptionName{"--allow-external", Option::ignored_with_value},
    OptionName{"--allow-unverified", Option::ignored_with_value},
    OptionName{"--no-index", Option::ignored},
    OptionName{"--prefer-binary", Option::ignored},
    OptionName{"--require-hashes", Option::ignored},
    OptionName{"--pre", Option::ignored},
    OptionName{"--use-wheel", Option::ignored},
    OptionName{"--no-use-wheel", Option::ignored},
    OptionName{"--allow-all-external", Option::ignored},
    OptionName{"--process-dependency-links", Option::ignored},
    OptionName{"--always-unzip", Option::ignored},
};
constexpr std::array<std::pair<char, Option>, 7> kShortOptions = {{{'r', Option::requirement},
                                                                   {'c', Option::constraint},
                                                                   {'e', Option::editable},
                                                                   {'i', Option::ignored_with_value},
                                                                   {'f', Option::ignored_with_value},
                                                                   {'C', Option::ignored_with_value},
                                                                   {'Z', Option::ignored}}};

struct Given {
  Option option = Option::ignored;
  std::string name;
  std::string value;
};

// Words as a POSIX shell splits them (Python's shlex): quotes and backslashes are taken away.
Result<std::vector<std::string>> shell_words(std::string_view text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    std::string word;
    while (at < text.size() && !is_blank(text[at])) {
      const char c = text[at++];
      if (c == '\\' && at < text.size()) {
        word += text[at++];
      } else if (c == '\'' || c == '"') {
        const std::size_t begin = at;
        while (at < text.size() && text[at] != c) {
          if (c == '"' && text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\'))
            ++at;
          word += text[at++];
        }
        if (at == text.size()) return fail_at(Code::malformed, "a quotation mark is not closed", begin - 1);
        ++at;
      } else {
        word += c;
      }
    }
    out.push_back(std::move(word));
  }
  return out;
}

// A line of options that could be understood would perhaps have led to packages: -r, -e, or a beginning of their long names.
bool names_packages(std::string_view options) {
  for (std::string_view word : split(options, ' ')) {
    word = trim(word);
    if (word.starts_with("-r") || word.starts_with("-e") || word.starts_with("--r") || word.starts_with("--e"))
      return true;
  }
  return false;
}

// optparse's rules: `--name=value`, `--name value`, unique beginnings of names, `-rfile`, `-r file`.
Result<std::vector<Given>> parse_options(std::string_view text) {
  TOCSIN_TRY(const std::vector<std::string> words, shell_words(text));
  std::vector<Given> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    Given given;
    std::optional<std::string> value;
    if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      if (equals != std::string::npos) value = word.substr(equals + 1);
      const OptionName* found = nullptr;
      int candidates = 0;
      for (const OptionName& known : kOptions) {
        if (known.name == name) {
          found = &known;
          candidates = 1;
          break;
        }
        if (name.size() > 2 && known.name.starts_with(name)) {
          found = &known;
          ++candidates;
        }
      }
      if (candidates != 1) return fail(Code::malformed, fmt::format("unknown option {}", printable(name, kShown)));
      given.option = found->option;
      given.name = found->name;
    } else if (word.size() >= 2 && word[0] == '-') {
      const auto known = std::find_if(kShortOptions.begin(), kShortOptions.end(),
                                      [&](const auto& option) { return option.first == word[1]; });
      if (known == kShortOptions.end())
        return fail(Code::malformed, fmt::format("unknown option {}", printable(word.substr(0, 2))));
      given.option = known->second;
      given.name = word.substr(0, 2);
      if (word.size() > 2) value = word.substr(2);
    } else {
      return fail(Code::malformed, "text behind the options of a line");
    }
    if (given.option == Option::ignored) {
      if (value) return fail(Code::malformed, fmt::format("option {} takes no value", given.name));
    } else {
      if (!value) {
        if (i + 1 == words.size()) return fail(Code::malformed, fmt::format("option {} needs a value", given.name));
        value = words[++i];
      }
      given.value = std::move(*value);
    }
    out.push_back(std::move(given));
  }
  return out;
}

// ---- requirements

constexpr std::array<std::string_view, 4> kVersionControl = {"git", "hg", "svn", "bzr"};

// The scheme of a URL that pip knows, lower case, with the "git+" before it; "" for anything else.
std::string url_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return "";
  std::string scheme = to_lower(text.substr(0, colon));
  if (scheme == "http" || scheme == "https" || scheme == "file" || scheme == "ftp") return scheme;
  for (std::string_view vcs : kVersionControl)
    if (scheme == vcs || (scheme.starts_with(vcs) && scheme.size() > vcs.size() && scheme[vcs.size()] == '+'))
      return scheme;
  return "";
}

std::string kind_of_scheme(std::string_view scheme) {
  return scheme == "git" || scheme.starts_with("git+") ? "git" : "url";
}

bool is_archive(std::string_view path) {
  const std::string lower = to_lower(path.substr(0, path.find_first_of("#[")));
  for (std::string_view end : {".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz",
                               ".tar.lz", ".tar.lzma"})
    if (lower.ends_with(end)) return true;
  return false;
}

bool looks_like_path(std::string_view text) {
  return text.starts_with('.') || text.find('/') != std::string_view::npos;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      if (Result<std::string> byte = from_hex(text.substr(i + 1, 2)); byte && byte->size() == 1) {
        out += *byte;
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

// What the address of a distribution says by itself: `#egg=name`, or the name of a wheel.
struct Named {
  std::string written;
  std::optional<std::string> version;
};
Named named_by(std::string_view url) {
  Named out;
  const std::size_t hash = url.find('#');
  std::string_view path = url.substr(0, hash);
  path = path.substr(0, path.find('?'));
  const std::size_t slash = path.rfind('/');
  const std::string file = percent_decoded(slash == std::string_view::npos ? path : path.substr(slash + 1));
  if (Result<versions::Distribution> wheel = versions::parse_wheel_filename(file)) {
    out.written = wheel->name;
    out.version = wheel->version.text();
  }
  if (hash != std::string_view::npos) {
    for (std::string_view part : split(url.substr(hash + 1), '&')) {
      if (!part.starts_with("egg=")) continue;
      std::string egg = percent_decoded(part.substr(4));
      egg.resize(std::min(egg.find('['), egg.size()));
      if (versions::is_pypi_name(egg)) out.written = egg;
    }
  }
  return out;
}

struct Split {
  std::string_view requirement;
  std::string_view marker;
};
// Where pip cuts off the marker of a line that is an address: behind "; ", since ';' may stand in a URL.
Split split_marker(std::string_view text, std::string_view by) {
  const std::size_t at = text.find(by);
  if (at == std::string_view::npos) return {trim(text), {}};
  return {trim(text.substr(0, at)), trim(text.substr(at + by.size()))};
}

// Everything that is judged by a marker is judged here: text in canonical form, and whether it applies.
Result<> set_marker(Pin& pin, const versions::Marker& marker, const versions::MarkerEnvironment& environment) {
  pin.marker = marker.text();
  TOCSIN_TRY(pin.applies, marker.evaluate(environment));
  return {};
}

// The specifier as the line has it: between name and extras, and the marker.
std::string written_specifier(std::string_view requirement) {
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < requirement.size() && is_blank(requirement[at])) ++at;
  };
  skip_blanks();
  while (at < requirement.size() && (is_letter_or_digit(requirement[at]) || requirement[at] == '-' ||
                                     requirement[at] == '_' || requirement[at] == '.'))
    ++at;
  skip_blanks();
  if (at < requirement.size() && requirement[at] == '[') {
    at = std::min(requirement.find(']', at), requirement.size() - 1) + 1;
    skip_blanks();
  }
  std::string_view rest = requirement.substr(at);
  rest = trim(rest.substr(0, rest.find(';')));
  if (rest.starts_with('(') && rest.ends_with(')')) rest = trim(rest.substr(1, rest.size() - 2));
  return std::string(rest);
}

Failure bad_line(std::string_view what, std::string_view line) {
  return fail(Code::malformed, fmt::format("{}: {}", what, printable(without_credentials(line), kShown)));
}

// An address or a path: `git+https://…#egg=name`, `./wheels/x.whl`, `https://…/x-1.0-py3-none-any.whl`.
Result<Pin> parse_address(std::string_view text, std::string kind, std::string_view marker_sign,
                          const versions::MarkerEnvironment& environment) {
  Pin pin;
  pin.ecosystem = "PyPI";
  pin.kind = std::move(kind);
  const Split parts = split_marker(text, marker_sign);
  if (!parts.marker.empty()) {
    Result<versions::Marker> marker = versions::Marker::parse(parts.marker);
    if (!marker) return bad_line(marker.error().what, text);
    if (Result<> judged = set_marker(pin, *marker, environment); !judged) return bad_line(judged.error().what, text);
  }
  Named named = named_by(parts.requirement);
  pin.written = named.written;
  pin.name = versions::normalize_pypi_name(named.written);
  pin.version = std::move(named.version);
  pin.specifier = fmt::format("@ {}", without_credentials(parts.requirement));
  return pin;
}

Result<Pin> parse_editable(std::string_view text, const versions::MarkerEnvironment& environment) {
  // `name @ git+https://…` is a newer pip's form; the name is given then.
  if (const Result<versions::Requirement> direct = versions::parse_requirement(text); direct && !direct->url.empty()) {
    TOCSIN_TRY(Pin pin, parse_address(direct->url, "editable", "; ", environment));
    pin.written = direct->name;
    pin.name = direct->normalized_name;
    if (direct->marker) TOCSIN_CHECK(set_marker(pin, *direct->marker, environment));
    return pin;
  }
  if (trim(text).empty()) return fail(Code::malformed, "-e names nothing");
  return parse_address(text, "editable", url_scheme(text).empty() ? ";" : "; ", environment);
}

Result<Pin> parse_one(std::string_view text, const versions::MarkerEnvironment& environment) {
  const std::string scheme = url_scheme(text);
  if (!scheme.empty()) return parse_address(text, kind_of_scheme(scheme), "; ", environment);
  const std::string_view head = split_marker(text, ";").requirement;
  const bool direct = text.find('@') != std::string_view::npos && !looks_like_path(text.substr(0, text.find('@')));
  if (!direct && (looks_like_path(head) || is_archive(head))) return parse_address(text, "path", ";", environment);

  Pin pin;
  pin.ecosystem = "PyPI";
  Result<versions::Requirement> parsed = versions::parse_requirement(text);
  if (!parsed) {
    // A version that hangs on a variable of the environment: the name holds, the version is not known.
    const std::size_t end = text.find_first_of(" \t<>=!~;[(");
    const std::string_view name = text.substr(0, end);
    if (text.find("${") != std::string_view::npos && versions::is_pypi_name(name)) {
      pin.written = name;
      pin.name = versions::normalize_pypi_name(name);
      pin.specifier = without_credentials(written_specifier(text));
      return pin;
    }
    return bad_line(parsed.error().what, text);
  }
  pin.written = parsed->name;
  pin.name = parsed->normalized_name;
  if (parsed->marker)
    if (Result<> judged = set_marker(pin, *parsed->marker, environment); !judged)
      return bad_line(judged.error().what, text);
  if (!parsed->url.empty()) {
    const std::string url_kind = url_scheme(parsed->url);
    pin.kind = url_kind.empty() ? "url" : kind_of_scheme(url_kind);
    pin.version = named_by(parsed->url).version;
    pin.specifier = fmt::format("@ {}", without_credentials(parsed->url));
    return pin;
  }
  pin.specifier = written_specifier(text);
  pin.version = only_version(parsed->specifiers);
  return pin;
}

bool hangs_on_variable(const Pin& pin) {
  return pin.specifier.find("${") != std::string::npos && !pin.specifier.starts_with('@');
}

Result<std::string> parse_hash(std::string_view value) {
  const std::size_t colon = value.find(':');
  const std::string algorithm = to_lower(value.substr(0, colon));
  // Those that pip takes (FAVORITE_HASH and STRONG_HASHES), with their hexadecimal lengths.
  constexpr std::array<std::pair<std::string_view, std::size_t>, 3> kAlgorithms = {
      {{"sha256", 64}, {"sha384", 96}, {"sha512", 128}}};
  for (const auto& [name, digits] : kAlgorithms) {
    if (algorithm != name || colon == std::string_view::npos) continue;
    const std::string hex = to_lower(value.substr(colon + 1));
    if (hex.size() == digits && hex.find_first_not_of("0123456789abcdef") == std::string::npos)
      return fmt::format("{}:{}", algorithm, hex);
    return fail(Code::malformed, fmt::format("--hash={} needs {} hexadecimal digits", algorithm, digits));
  }
  return fail(Code::malformed, "--hash is written as sha256:, sha384: or sha512: and the digest");
}

// ---- one reading

class Reading {
 public:
  Reading(const Reader& reader, const versions::MarkerEnvironment& environment, Lockfile& into)
      : reader_(reader), environment_(environment), into_(into) {}

  void file(const std::string& path, bool constraints, const Place& from) {
    if (std::find(stack_.begin(), stack_.end(), path) != stack_.end())
      return problem(from, Code::malformed, fmt::format("{} includes itself", printable(path)));
    if (stack_.size() >= kMaxDepth)
      return unread(from, constraints, Code::refused,
                    fmt::format("files include each other more than {} deep", kMaxDepth));
    if (!seen_.emplace(path, constraints).second) return;  // two ways to the same file
    if (seen_.size() > kMaxFiles) {
      if (!std::exchange(full_, true))
        unread(from, false, Code::refused, fmt::format("more than {} files are included", kMaxFiles));
      return;
    }
    Result<std::string> content = reader_.read(path, std::min(kMaxLockfileBytes, kMaxBytes - bytes_));
    if (!content) {
      Error error = std::move(content).error();
      return unread(from, constraints, error.code, fmt::format("cannot read {}: {}", printable(path), error.what));
    }
    bytes_ += content->size();
    const std::string text = to_text(std::move(*content));
    if (std::none_of(into_.files.begin(), into_.files.end(), [&](const ReadFile& f) { return f.path == path; }))
      keep(path, text);
    if (text.find('\0') != std::string::npos)
      return unread({path, 0}, constraints, Code::malformed, "not a text file: it has NUL bytes");

    stack_.push_back(path);
    std::size_t problems_before = into_.problems.size();
    Lines lines(text);
    while (std::optional<Line> line = lines.next()) {
      if (into_.problems.size() - problems_before > kMaxFileProblems) {
        unread({path, line->number}, constraints, Code::refused,
               fmt::format("more than {} lines of this file make no sense; the rest was not read", kMaxFileProblems));
        break;
      }
      if (into_.pins.size() >= kMaxPins) {
        if (!std::exchange(full_, true))
          unread({path, line->number}, false, Code::refused, fmt::format("more than {} requirements", kMaxPins));
        break;
      }
      one({path, line->number}, *line, constraints);
    }
    stack_.pop_back();
  }

  // A line that stands in a file of another kind.
  void line(const Place& place, std::string_view text) {
    Lines lines(text);
    while (const std::optional<Line> line = lines.next()) one(place, *line, false);
  }

  // What both allow: pip installs nothing else.
  void narrow() {
    struct Constraints {
      std::string specifier;  // all of them, joined
      std::size_t count = 0;
      Place first;
    };
    std::map<std::string, Constraints, std::less<>> constraints;
    for (const Pin& pin : into_.pins) {
      if (pin.kind != "constraint" || !pin.applies || pin.specifier.empty() || pin.specifier.starts_with('@') ||
          hangs_on_variable(pin))
        continue;
      Constraints& known = constraints[pin.name];
      if (++known.count == 1) known.first = pin.place;
      if (known.count == kMaxConstraints + 1)
        problem(pin.place, Code::refused,
                fmt::format("more than {} constraints on {}; the rest was not applied", kMaxConstraints, pin.name));
      if (known.count > kMaxConstraints) continue;
      known.specifier += (known.specifier.empty() ? "" : ",") + pin.specifier;
    }
    std::size_t conflicts = 0;
    for (Pin& pin : into_.pins) {
      if (constraints.empty() || conflicts > kMaxFileProblems) break;
      if (pin.kind != "registry" || hangs_on_variable(pin)) continue;
      const auto found = constraints.find(pin.name);
      if (found == constraints.end()) continue;
      const Constraints& known = found->second;
      std::string specifier = pin.specifier;
      if (specifier != known.specifier) specifier += (specifier.empty() ? "" : ",") + known.specifier;
      const Result<versions::SpecifierSet> both = versions::SpecifierSet::parse(specifier);
      if (!both) {
        ++conflicts;
        problem(pin.place, both.error().code, fmt::format("{} and its constraints: {}", pin.name, both.error().what));
        continue;
      }
      const std::optional<std::string> version = only_version(*both);
      if (pin.version && !version) {
        ++conflicts;
        problem(pin.place, Code::conflict,
                fmt::format("{}{} is excluded by the constraint at {}:{}", pin.name, printable(pin.specifier, kShown),
                            printable(known.first.file), known.first.line));
        continue;  // as written: pip would stop here, and somebody may install without the constraint
      }
      pin.specifier = std::move(specifier);
      pin.version = version;
    }
  }

 private:
  void problem(const Place& place, Code code, std::string what) {
    Error error;
    error.code = code;
    error.what = std::move(what);
    error.where = printable(place.file);
    if (place.line != 0) error.line = place.line;
    into_.problems.push_back(std::move(error));
  }

  // A problem behind which a package may hide. Constraints install nothing, so what they hide is none.
  void unread(const Place& place, bool constraints, Code code, std::string what) {
    if (!constraints && into_.unread.size() < kMaxUnread) into_.unread.push_back({what, place});
    problem(place, code, std::move(what));
  }

  // Kept without passwords: the digest is that of what is kept.
  void keep(const std::string& path, std::string_view text) {
    const std::string content = without_credentials(text);
    // `--proxy user:password@host:port` has no scheme, so it is no URL to without_credentials(). Nothing is looked at
    // twice: a file of a million such lines may come from anybody.
    const std::string_view all = content;
    constexpr std::string_view kProxy = "--proxy";
    std::string hidden;
    std::size_t copied = 0;
    for (std::size_t at = all.find(kProxy); at != std::string_view::npos;) {
      const std::size_t value = at + kProxy.size();
      const std::size_t end = std::min(all.find_first_of("\r\n", value), all.size());
      const std::size_t user = all.substr(value, end - value).rfind('@');
      if (user != std::string_view::npos && user > 0) {
        hidden += all.substr(copied, value - copied);
        hidden += "=***";
        copied = value + user;
      }
      at = all.find(kProxy, end);  // the last '@' of the line is behind us
    }
    hidden += all.substr(copied);
    const Digest digest = sha256(hidden);
    into_.files.push_back({path, digest, std::move(hidden)});
  }

  void one(const Place& place, const Line& line, bool constraints) {
    if (line.too_long)
      return unread(place, constraints, Code::refused,
                    fmt::format("a line of more than {} bytes was skipped", kMaxLineBytes));
    const std::string_view text = line.text;
    // Everything up to the first word that begins with '-' is the requirement.
    std::size_t options_at = std::string_view::npos;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '-' && (at == 0 || is_blank(text[at - 1]))) {
        options_at = at;
        break;
      }
    }
    const std::string_view requirement = trim(text.substr(0, options_at));
    std::vector<Given> options;
    if (options_at != std::string_view::npos) {
      Result<std::vector<Given>> given = parse_options(text.substr(options_at));
      if (!given) {
        // Options that make no sense do not take the package away: it may be installed all the same.
        const bool may_name_one = requirement.empty() && names_packages(text);
        unread(place, constraints || !may_name_one, given.error().code, given.error().what);
        if (requirement.empty()) return;
      } else {
        options = std::move(*given);
      }
    }
    if (!requirement.empty()) return add(place, parse_one(requirement, environment_), options, constraints);

    for (const Given& given : options) {
      if (given.option == Option::editable) {
        add(place, parse_editable(given.value, environment_), options, constraints);
      } else if (given.option == Option::requirement || given.option == Option::constraint) {
        include(place, given);
      } else if (given.option == Option::hash) {
        problem(place, Code::malformed, "--hash without a requirement before it");
      }
    }
  }

  void include(const Place& place, const Given& given) {
    // pip: -r inside a constraints file adds requirements again.
    const bool constraints = given.option == Option::constraint;
    if (!url_scheme(given.value).empty())
      return unread(place, constraints, Code::refused,
                    fmt::format("{} {} is not read: files are not fetched", given.name,
                                printable(without_credentials(given.value), kShown)));
    if (given.value.find("${") != std::string::npos)
      return unread(place, constraints, Code::refused,
                    fmt::format("{} {} is not read: it hangs on a variable of the environment", given.name,
                                printable(given.value, kShown)));
    Result<std::string> path = inside_workspace(place.file, given.value);
    if (!path)
      return unread(place, constraints, path.error().code, fmt::format("{} {}", given.name, path.error().what));
    file(*path, constraints, place);
  }

  void add(const Place& place, Result<Pin> parsed, const std::vector<Given>& options, bool constraint) {
    if (!parsed) return unread(place, constraint, parsed.error().code, parsed.error().what);
    Pin pin = std::move(*parsed);
    pin.place = place;
    for (const Given& given : options) {
      if (given.option != Option::hash) continue;
      if (pin.hashes.size() >= kMaxHashes) {
        problem(place, Code::refused, fmt::format("more than {} hashes", kMaxHashes));
        break;
      }
      Result<std::string> hash = parse_hash(given.value);
      if (!hash)
        problem(place, hash.error().code, hash.error().what);
      else
        pin.hashes.push_back(std::move(*hash));
    }
    if (hangs_on_variable(pin))
      problem(place, Code::unavailable,
              fmt::format("the version of {} hangs on a variable of the environment: {}", pin.name,
                          printable(pin.specifier, kShown)));
    if (pin.name.empty() && pin.kind != "editable")
      unread(place, constraint, Code::unavailable,
             fmt::format("the package at {} does not say its name; write `name @ …` or add #egg=name",
                         printable(pin.specifier.substr(2), kShown)));
    if (constraint) pin.kind = "constraint";
    into_.pins.push_back(std::move(pin));
  }

  const Reader& reader_;
  const versions::MarkerEnvironment& environment_;
  Lockfile& into_;
  std::vector<std::string> stack_;
  std::set<std::pair<std::string, bool>> seen_;
  std::uint64_t bytes_ = 0;
  bool full_ = false;
};

bool is_text_name(std::string_view lower) {
  return lower.ends_with(".txt") || lower.ends_with(".in") || lower.ends_with(".pip");
}

// requirements.txt, dev-requirements.in, requirements/base.txt, constraints.txt, pip-freeze.txt. Other texts are too
// many to claim them all.
bool claims(std::string_view path) {
  const std::string lower = to_lower(path);
  const std::string_view whole = lower;
  const std::size_t slash = whole.rfind('/');
  const std::string_view name = whole.substr(slash + 1);
  const std::string_view folder = slash == std::string_view::npos ? "" : whole.substr(0, slash);
  if (name == "requirements" || name == "constraints") return true;
  if (!is_text_name(name)) return false;
  if (folder == "requirements" || folder.ends_with("/requirements")) return true;
  return name.find("requirements") != std::string_view::npos || name.starts_with("constraints") ||
         name.starts_with("pip-freeze") || name.starts_with("pip_freeze");
}

// A text among whose first lines is one that pip would take, or that says nothing at all.
bool holds(std::string_view path, std::string_view content) {
  if (!is_text_name(to_lower(path))) return false;
  constexpr std::size_t kLooked = 20;  // lines: a list of packages has one among them, prose hardly ever
  const std::string text = to_text(std::string(content.substr(0, kMaxLineBytes)));
  Lines lines(text);
  std::size_t looked = 0;
  while (const std::optional<Line> line = lines.next()) {
    if (++looked > kLooked) break;
    if (line->text.starts_with('-') ? parse_options(line->text).has_value()
                                    : parse_one(trim(line->text.substr(0, line->text.find(" --"))), {}).has_value())
      return true;
  }
  return looked == 0;
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  Reading reading(reader, environment, into);
  reading.file(path, false, {path, 0});
  reading.narrow();
}

}  // namespace

extern const LockfileKind requirements;
const LockfileKind requirements{"requirements", "pip's requirements files", claims, holds, read};

void read_line(const Reader& reader, const Place& place, std::string_view line,
               const versions::MarkerEnvironment& environment, Lockfile& into) {
  Reading reading(reader, environment, into);
  reading.line(place, line);
}

}  // namespace lockfiles

void read_requirement_line(const Reader& reader, const Place& place, std::string_view line,
                           const versions::MarkerEnvironment& environment, Lockfile& into) {
  lockfiles::read_line(reader, place, line, environment, into);
}

Result<Pin> parse_pin(std::string_view line, const versions::MarkerEnvironment& environment) {
  MemoryReader reader({{"pin.txt", std::string(line)}});
  Lockfile read;
  lockfiles::requirements.read(reader, "pin.txt", environment, read);
  if (!read.problems.empty()) return fail(read.problems[0].code, read.problems[0].what);
  if (read.pins.size() != 1 || read.pins[0].kind == "constraint")
    return fail(Code::malformed, fmt::format("not one requirement: {}", printable(without_credentials(line), 120)));
  return std::move(read.pins[0]);
}

}  // namespace tocsin::estate
