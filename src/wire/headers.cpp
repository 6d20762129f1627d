// A strict reading of what we need and indifference to the rest: a field that is not well formed is as good as absent,
// except where two readers of one reply could disagree about where it ends or leads (Content-Length, Content-Encoding,
// Location).
#include "wire/headers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::wire {
namespace {

constexpr std::uint64_t kMaxHeadBytes = 256 << 10;  // large sites send some 10 KiB; browsers give up at 256 KiB
constexpr std::size_t kMaxValidator = 1024;         // kept and sent back: not a place to store things with us
constexpr std::size_t kMaxLinks = 100;
constexpr std::size_t kMaxRels = 20;
constexpr std::int64_t kYearSeconds = 365 * 86'400;

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A count of seconds as large as it likes, cut to a year.
std::optional<std::chrono::milliseconds> seconds(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  return std::chrono::seconds(std::min(number<std::int64_t>(text).value_or(kYearSeconds), kYearSeconds));
}

// Walks over `a, "b, c"; d`: what lies between separators outside of quotes.
class Pieces {
 public:
  Pieces(std::string_view text, char by) : text_(text), by_(by) {}
  std::optional<std::string_view> next() {
    if (done_) return std::nullopt;
    bool quoted = false;
    std::size_t at = 0;
    for (; at < text_.size(); ++at) {
      if (quoted && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == '"') {
        quoted = !quoted;
      } else if (text_[at] == by_ && !quoted) {
        break;
      }
    }
    const std::string_view piece = text_.substr(0, at);
    if (at < text_.size()) {
      text_.remove_prefix(at + 1);
    } else {
      done_ = true;
    }
    return trim(piece);
  }

 private:
  std::string_view text_;
  char by_;
  bool done_ = false;
};

std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  std::string out;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

struct Parameter {
  std::string name;  // lower case
  std::string value;
};
std::optional<Parameter> parameter(std::string_view piece) {
  const auto equals = piece.find('=');
  const std::string_view name = trim(piece.substr(0, equals));
  if (!is_token(name)) return std::nullopt;
  return Parameter{to_lower(name), equals == std::string_view::npos ? "" : unquoted(trim(piece.substr(equals + 1)))};
}

Result<> set_once(std::string& field, std::string_view value, std::string_view name) {
  if (!field.empty() && field != value)
    return fail(Code::malformed, fmt::format("the reply has two different {} headers", name));
  field = value;
  return {};
}

void append(std::string& field, std::string_view value) {
  if (!field.empty()) field += ", ";
  field += value;
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Thu", "Fri", "Sat", "Sun",
                                                   "Mon", "Tue", "Wed"};  // 1970-01-01 first

Result<Time> parse_parts(std::string_view year, std::string_view month, std::string_view day, std::string_view clock) {
  const auto name = std::find(kMonths.begin(), kMonths.end(), month);
  if (name == kMonths.end() || day.empty() || day.size() > 2 || clock.size() != 8)
    return fail(Code::malformed, "not an HTTP date");
  return parse_time(fmt::format("{}-{:02}-{:0>2}T{}Z", year, name - kMonths.begin() + 1, day, clock));
}

}  // namespace

bool is_header_name(std::string_view text) {
  return is_token(text);
}
bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

Result<> Head::add_status(std::string_view line) {
  const std::uint64_t bytes = bytes_;
  *this = Head{};
  bytes_ = bytes;
  // "HTTP/1.1 200 OK", "HTTP/2 200"
  const auto blank = line.find(' ');
  const std::string_view rest = blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
  const auto code = number<int>(rest.substr(0, 3));
  if (!code || *code < 100 || *code > 599 || (rest.size() > 3 && rest[3] != ' '))
    return fail(Code::malformed, fmt::format("the reply begins with '{}'", printable(line, 60)));
  status = *code;
  return {};
}

Result<> Head::add_line(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMaxHeadBytes) return fail(Code::refused, fmt::format("more than {} bytes of headers", kMaxHeadBytes));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/") && (status == 0 || (complete_ && status < 200))) return add_status(line);
  if (complete_) return {};
  if (line.empty()) {
    complete_ = status != 0;
    return {};
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return {};  // folded lines as well (RFC 9112, 5.2)
  const std::string name = to_lower(line.substr(0, colon));
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_header_value(value)) return {};

  if (name == "content-length") {
    const auto length = number<std::uint64_t>(value);
    if (!length || (content_length && *content_length != *length))
      return fail(Code::malformed, fmt::format("Content-Length '{}'", printable(value, 60)));
    content_length = length;
  } else if (name == "location") {
    return set_once(location, value, "Location");
  } else if (name == "content-encoding") {
    append(content_encoding, value);
  } else if (name == "transfer-encoding") {
    append(transfer_encoding, value);
  } else if (name == "link") {
    append(link, value);
  } else if (name == "ratelimit") {
    append(rate_limit, value);
  } else if (name == "content-type") {
    content_type = value;
  } else if (name == "retry-after") {
    retry_after = value;
  } else if (name == "date") {
    date = value;
  } else if (name == "etag") {
    if (value.size() <= kMaxValidator) etag = value;
  } else if (name == "last-modified") {
    if (value.size() <= kMaxValidator) last_modified = value;
  }
  return {};
}

Result<Time> parse_http_date(std::string_view text) {
  text = trim(text);
  std::vector<std::string_view> words;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) words.push_back(word);
  if (words.size() == 6 && words[0].ends_with(',') && words[5] == "GMT" && words[3].size() == 4)
    return parse_parts(words[3], words[2], words[1], words[4]);
  if (words.size() == 4 && words[0].ends_with(',') && words[3] == "GMT") {
    const auto parts = split(words[1], '-');
    const auto short_year = parts.size() == 3 && parts[2].size() == 2 ? number<int>(parts[2]) : std::nullopt;
    if (!short_year) return fail(Code::malformed, "not an HTTP date");
    // RFC 9110: a year more than 50 in the future is of the last century. Seventy years of such servers are behind us.
    return parse_parts(fmt::format("{}", *short_year < 70 ? 2000 + *short_year : 1900 + *short_year), parts[1],
                       parts[0], words[2]);
  }
  if (words.size() == 5 && words[4].size() == 4) return parse_parts(words[4], words[1], words[2], words[3]);
  return fail(Code::malformed, "not an HTTP date");
}

std::string to_http_date(Time time) {
  const std::string text = to_rfc3339_ms(time);  // 2026-07-23T14:34:38.042Z
  constexpr std::int64_t kDay = 86'400'000'000;
  const std::int64_t days = time.us / kDay - (time.us % kDay < 0 ? 1 : 0);
  const auto month = number<std::size_t>(text.substr(5, 2)).value_or(1);
  return fmt::format("{}, {} {} {} {} GMT", kDays[static_cast<std::size_t>(((days % 7) + 7) % 7)], text.substr(8, 2),
                     kMonths[(month + 11) % 12], text.substr(0, 4), text.substr(11, 8));
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, Time now) {
  text = trim(text);
  if (const auto wait = seconds(text)) return wait;
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*date - now);
  return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), std::chrono::seconds(kYearSeconds));
}

std::optional<std::chrono::milliseconds> parse_rate_limit(std::string_view text) {
  std::optional<std::chrono::milliseconds> longest;
  Pieces policies(text, ',');
  for (int count = 0; count < 20; ++count) {
    const auto policy = policies.next();
    if (!policy) break;
    std::optional<std::chrono::milliseconds> reset;
    bool used_up = false;
    Pieces parameters(*policy, ';');
    while (const auto piece = parameters.next()) {
      const auto found = parameter(*piece);
      if (!found) continue;
      if (found->name == "t") reset = seconds(found->value);
      if (found->name == "r") used_up = seconds(found->value) == std::chrono::milliseconds(0);
    }
    if (used_up && reset && (!longest || *longest < *reset)) longest = reset;
  }
  return longest;
}

MediaType parse_media_type(std::string_view text) {
  Pieces pieces(text, ';');
  const std::string_view type = pieces.next().value_or("");
  const auto slash = type.find('/');
  if (slash == std::string_view::npos || !is_token(type.substr(0, slash)) || !is_token(type.substr(slash + 1)))
    return {};
  MediaType media{to_lower(type), ""};
  while (const auto piece = pieces.next()) {
    const auto found = parameter(*piece);
    if (found && found->name == "charset" && is_token(found->value) && media.charset.empty())
      media.charset = to_lower(found->value);
  }
  return media;
}

std::vector<Link> parse_links(std::string_view text) {
  std::vector<Link> links;
  while (links.size() < kMaxLinks) {
    while (!text.empty() && (is_blank(text.front()) || text.front() == ',')) text.remove_prefix(1);
    if (text.empty() || text.front() != '<') break;
    const auto close = text.find('>');
    if (close == std::string_view::npos) break;
    Link link;
    link.target = trim(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
    Pieces values(text, ',');
    const std::string_view parameters = values.next().value_or("");
    bool has_rel = false;
    Pieces pieces(parameters, ';');
    while (const auto piece = pieces.next()) {
      const auto found = parameter(*piece);
      if (!found) continue;
      if (found->name == "anchor") link.anchored = true;
      if (found->name != "rel" || has_rel) continue;  // the first counts (RFC 8288, 3.3)
      has_rel = true;
      for (const std::string_view word : split(found->value, ' '))
        if (!word.empty() && link.rels.size() < kMaxRels) link.rels.push_back(to_lower(word));
    }
    links.push_back(std::move(link));
    // `parameters` is a view into `text`, trimmed: go to the separator behind it.
    const auto end = static_cast<std::size_t>(parameters.data() + parameters.size() - text.data());
    text.remove_prefix(parameters.empty() ? 0 : end);
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    if (!text.empty() && text.front() != ',') break;
  }
  return links;
}

std::optional<std::string> next_target(std::string_view text) {
  for (Link& link : parse_links(text))
    if (!link.anchored && std::find(link.rels.begin(), link.rels.end(), "next") != link.rels.end())
      return std::move(link.target);
  return std::nullopt;
}

}  // namespace tocsin::wire
