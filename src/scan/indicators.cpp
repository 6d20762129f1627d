// CSV as in RFC 4180: quotes, "" in them, lines that end in \n or \r\n, line breaks inside quotes. The first line names the
// columns. A record that cannot be read ends with its first line: the next line is tried.
#include "scan/indicators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::scan {
namespace {

constexpr std::uint64_t kIndicatorBytes = 256u << 20;  // two million rows
constexpr std::size_t kMostRecord = 64u << 10;         // a quote that nobody closes must not eat the file
constexpr std::size_t kMostFields = 200;

struct Record {
  std::vector<std::string> fields;
  std::uint32_t line = 0;
  std::string_view why;  // "" when it could be read
};

class Records {
 public:
  explicit Records(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }
  bool next(Record& out) {
    if (at_ >= text_.size()) return false;
    out = {};
    out.line = line_;
    const std::size_t begin = at_;
    if (!read(out)) {
      // Its first line is lost, no more.
      at_ = std::min(text_.find('\n', begin), text_.size() - 1) + 1;
      line_ = out.line + 1;
    }
    return true;
  }

 private:
  // False: `why` says what is wrong.
  bool read(Record& out) {
    const std::size_t begin = at_;
    std::string field;
    for (;;) {
      field.clear();
      if (at_ < text_.size() && text_[at_] == '"') {
        for (++at_;; ++at_) {
          if (at_ >= text_.size() || at_ - begin > kMostRecord) return wrong(out, "a quote that is not closed");
          if (text_[at_] == '\n') ++line_;
          if (text_[at_] != '"') {
            field += text_[at_];
          } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
            field += text_[at_++];
          } else {
            ++at_;
            break;
          }
        }
        if (at_ < text_.size() && text_[at_] == '\r') ++at_;
        if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n')
          return wrong(out, "text behind a closing quote");
      } else {
        const std::size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
        if (end - begin > kMostRecord) return wrong(out, "more than 64 kB in one record");
        field = text_.substr(at_, end - at_);
        if (field.ends_with('\r') && (end == text_.size() || text_[end] == '\n')) field.pop_back();
        at_ = end;
      }
      if (out.fields.size() == kMostFields) return wrong(out, "more than 200 columns");
      out.fields.push_back(field);
      if (at_ >= text_.size()) return true;
      if (text_[at_++] == '\n') {
        ++line_;
        return true;
      }
    }
  }
  static bool wrong(Record& out, std::string_view why) {
    out.why = why;
    return false;
  }
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

// Kinds of other indicators, as MISP and feeds of abuse.ch name them: fine in the same file, and no matter of a scan.
constexpr std::array<std::string_view, 20> kOthers = {
    "md5",  "sha1",   "sha224", "sha384", "sha512",   "ssdeep", "tlsh", "imphash", "ip",       "ipv4",
    "ipv6", "ip-dst", "ip-src", "domain", "hostname", "url",    "uri",  "email",   "filename", "asn"};

bool before(const Indicator& a, Indicator::Kind kind, const Digest& value) {
  return std::tie(a.kind, a.value) < std::tie(kind, value);
}

}  // namespace

Result<Indicators> Indicators::read(const std::filesystem::path& file) {
  TOCSIN_TRY(const std::string text, read_file(file, kIndicatorBytes));
  return parse(text, printable(file.native(), 4096));
}

Result<Indicators> Indicators::parse(std::string_view csv, std::string_view file_name) {
  Indicators out;
  Records records(csv);
  Record record;
  const auto bad = [&](std::uint32_t line, std::string what) {
    ++out.bad_;
    if (out.problems_.size() < kProblems)
      out.problems_.push_back({Code::malformed, std::move(what), std::string(file_name), {}, line, {}});
  };
  std::optional<std::size_t> type, value, name, severity, reference;
  const bool any = records.next(record);
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const std::string title = to_lower(trim(record.fields[i]));
    for (auto& [word, column] : {std::pair{"type", &type}, std::pair{"value", &value}, std::pair{"name", &name},
                                 std::pair{"severity", &severity}, std::pair{"reference", &reference}})
      if (title == word && !*column) *column = i;
  }
  if (!any || !record.why.empty() || !type || !value || !name) {
    Failure failure = fail_line(Code::malformed, "the first line has to name the columns type, value and name", 1);
    failure.value().where = file_name;
    return failure;
  }
  const std::size_t columns = record.fields.size();
  while (records.next(record)) {
    if (!record.why.empty()) {
      bad(record.line, std::string(record.why));
      continue;
    }
    if (record.fields.size() == 1 && trim(record.fields[0]).empty()) continue;
    if (record.fields[0].starts_with('#')) continue;
    if (record.fields.size() != columns) {
      bad(record.line, fmt::format("{} columns instead of {}", record.fields.size(), columns));
      continue;
    }
    const auto field = [&](const std::optional<std::size_t>& column) {
      return column ? trim(record.fields[*column]) : std::string_view();
    };
    Indicator row;
    const std::string kind = to_lower(field(type));
    if (kind == "sha256") {
      row.kind = Indicator::Kind::sha256;
    } else if (kind == "opcodes") {
      row.kind = Indicator::Kind::opcodes;
    } else if (std::find(kOthers.begin(), kOthers.end(), kind) != kOthers.end()) {
      continue;  // of another use: addresses, names
    } else {
      bad(record.line, fmt::format("the type '{}' is not known: sha256 or opcodes", printable(kind, 40)));
      continue;
    }
    const auto digest = parse_digest(to_lower(field(value)));
    if (!digest) {
      bad(record.line, fmt::format("'{}' is no SHA-256: 64 hexadecimal digits", printable(field(value), 80)));
      continue;
    }
    row.value = *digest;
    if (row.value == sha256("")) {
      bad(record.line, "this is the SHA-256 of nothing: every empty file would be known");
      continue;
    }
    row.name = printable(field(name), 200);
    if (row.name.empty()) {
      bad(record.line, "it has no name");
      continue;
    }
    const std::string word = to_lower(field(severity));
    if (word.empty()) {
      row.severity = row.kind == Indicator::Kind::sha256 ? Severity::malicious : Severity::suspicious;
    } else if (word == "malicious") {
      row.severity = Severity::malicious;
    } else if (word == "suspicious") {
      row.severity = Severity::suspicious;
    } else if (word == "info") {
      row.severity = Severity::info;
    } else {
      bad(record.line,
          fmt::format("the severity '{}' is not known: info, suspicious or malicious", printable(word, 40)));
      continue;
    }
    row.reference = printable(field(reference), 500);
    row.where = fmt::format("{}:{}", file_name, record.line);
    out.rows_.push_back(std::move(row));
  }
  std::stable_sort(out.rows_.begin(), out.rows_.end(),
                   [](const Indicator& a, const Indicator& b) { return before(a, b.kind, b.value); });
  return out;
}

std::span<const Indicator> Indicators::find(Indicator::Kind kind, const Digest& value) const {
  const auto begin =
      std::partition_point(rows_.begin(), rows_.end(), [&](const Indicator& row) { return before(row, kind, value); });
  auto end = begin;
  while (end != rows_.end() && end->kind == kind && end->value == value) ++end;
  return {begin, end};
}

}  // namespace tocsin::scan
