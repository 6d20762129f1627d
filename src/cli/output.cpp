#include "cli/output.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t kGap = 2;            // blanks between two columns
constexpr std::size_t kLeastWrapped = 16;  // a wrapping column is never narrower

std::string padded(std::string text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width < columns) text.append(columns - width, ' ');
  return text;
}

// Fixed columns get their widest cell; wrapping and shortening columns share what is left by what they would like.
std::vector<std::size_t> widths(const Context& context, const List& list) {
  const std::size_t n = list.columns.size();
  std::vector<std::size_t> want(n), got(n);
  for (std::size_t i = 0; i < n; ++i) want[i] = display_width(list.columns[i].title);
  for (const Row& row : list.rows)
    for (std::size_t i = 0; i < n && i < row.cells.size(); ++i)
      want[i] = std::max(want[i], display_width(row.cells[i]));
  std::size_t left = context.width;
  left -= std::min(left, kGap * (n - 1));
  std::vector<std::size_t> flexible;
  for (std::size_t i = 0; i < n; ++i) {
    if (list.columns[i].least == 0 && !list.columns[i].wrap) {
      got[i] = want[i];
      left -= std::min(left, got[i]);
    } else {
      flexible.push_back(i);
    }
  }
  // Narrow wishes first, so that what they leave goes to the wide ones.
  std::sort(flexible.begin(), flexible.end(), [&](auto a, auto b) { return want[a] < want[b]; });
  for (std::size_t k = 0; k < flexible.size(); ++k) {
    const std::size_t i = flexible[k];
    const std::size_t least = std::max(list.columns[i].least, list.columns[i].wrap ? kLeastWrapped : std::size_t{4});
    got[i] = std::max(least, std::min(want[i], left / (flexible.size() - k)));
    left -= std::min(left, got[i]);
  }
  return got;
}

void print_table(Context& context, const List& list) {
  if (list.rows.empty()) {
    if (!list.empty.empty()) context.line(list.empty);
    return;
  }
  const auto width = widths(context, list);
  std::string head;
  for (std::size_t i = 0; i < list.columns.size(); ++i) {
    if (i > 0) head.append(kGap, ' ');
    head += i + 1 < list.columns.size() ? padded(list.columns[i].title, width[i]) : list.columns[i].title;
  }
  context.line(painted(context, Paint::bold, head));
  for (const Row& row : list.rows) {
    std::vector<std::vector<std::string>> cells(list.columns.size());
    std::size_t height = 1;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string text = i < row.cells.size() ? row.cells[i] : "";
      cells[i] = list.columns[i].wrap ? wrap(text, width[i]) : std::vector<std::string>{cut_to_width(text, width[i])};
      height = std::max(height, cells[i].size());
    }
    for (std::size_t h = 0; h < height; ++h) {
      std::string line;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) line.append(kGap, ' ');
        std::string cell = h < cells[i].size() ? cells[i][h] : "";
        if (i + 1 < cells.size()) cell = padded(std::move(cell), width[i]);
        line += i == 0 ? painted(context, row.paint, cell) : cell;
      }
      while (!line.empty() && line.back() == ' ') line.pop_back();
      context.line(line);
    }
  }
}

// What a terminal obeys (DEL, C1) or does not show (text directions, characters without width, tags).
bool is_obeyed_or_hidden(char32_t code) {
  return (code >= 0x7f && code <= 0x9f) || (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xe0000 && code <= 0xe0fff);
}

void append_escape(std::string& out, unsigned unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[unit >> shift & 15];
}

// JSON may be printed on a terminal as well: such characters as JSON's own escapes, so that programs read the same
// values.
std::string inert(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const Character c = utf8_at(json, at);
    const auto code = static_cast<unsigned>(c.code);
    if (!is_obeyed_or_hidden(c.code)) {
      out.append(json, at, c.size);
    } else if (code < 0x10000) {
      append_escape(out, code);
    } else {
      append_escape(out, 0xd800 + ((code - 0x10000) >> 10));
      append_escape(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
    at += c.size;
  }
  return out;
}

std::string csv_quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  return "\"" + replace_all(text, "\"", "\"\"") + "\"";
}

}  // namespace

std::string painted(const Context& context, Paint paint, std::string_view text) {
  if (!context.colour || paint == Paint::none) return std::string(text);
  static constexpr const char* kCode[] = {"", "1", "2", "31", "33", "32", "36"};
  return std::string("\x1b[") + kCode[static_cast<int>(paint)] + "m" + std::string(text) + "\x1b[0m";
}

std::string csv_cell(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_array()) {
    std::string joined;
    for (const Json& element : value.as_array()) {
      if (!joined.empty()) joined += ' ';
      joined += element.is_string() ? std::string(element.as_string()) : element.dump();
    }
    return csv_cell(Json(joined));
  }
  if (!value.is_string()) return csv_quoted(value.dump());
  std::string text(value.as_string());
  // OWASP "CSV injection": a spreadsheet runs what begins like a formula.
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) text.insert(0, 1, '\'');
  return csv_quoted(text);
}

void print_list(Context& context, const List& list) {
  switch (context.format) {
    case Format::table:
      print_table(context, list);
      break;
    case Format::json: {
      Json document = list.about;
      Json rows = Json::array();
      for (const Row& row : list.rows) rows.push(row.object);
      document.set(list.name, std::move(rows));
      context.line(inert(document.dump_pretty()));
      break;
    }
    case Format::jsonl:
      for (const Row& row : list.rows) context.line(inert(row.object.dump()));
      break;
    case Format::csv: {
      std::string line;
      for (const std::string& key : list.csv) line += (line.empty() ? "" : ",") + csv_quoted(key);
      context.data(line + "\n");
      for (const Row& row : list.rows) {
        line.clear();
        for (std::size_t i = 0; i < list.csv.size(); ++i) {
          if (i > 0) line += ',';
          line += csv_cell(row.object[list.csv[i]]);
        }
        context.data(line + "\n");
      }
      break;
    }
  }
}

void print_object(Context& context, const Json& object) {
  context.line(inert(context.format == Format::jsonl ? object.dump() : object.dump_pretty()));
}

void print_block(Context& context, std::string_view text, std::size_t indent) {
  const std::size_t columns = context.width > indent + 20 ? context.width - indent : 20;
  for (std::string_view paragraph : split_lines(text))
    for (const std::string& line : wrap(paragraph, columns))
      context.line(std::string(line.empty() ? 0 : indent, ' ') + line);
}

std::string ago(Time then, Time now) {
  const std::int64_t seconds = (now.us - then.us) / 1'000'000;
  const std::int64_t size = std::abs(seconds);
  auto say = [&](std::int64_t n, const char* unit) {
    const std::string amount = std::to_string(n) + " " + unit + (n == 1 ? "" : "s");
    return seconds >= 0 ? amount + " ago" : "in " + amount;
  };
  if (size < 60) return seconds >= 0 ? "just now" : "in a moment";
  if (size < 3600) return say(size / 60, "minute");
  if (size < 48 * 3600) return say(size / 3600, "hour");
  if (size < 60 * 86400) return say(size / 86400, "day");
  if (size < 730LL * 86400) return say(size / (30 * 86400), "month");
  return say(size / (365 * 86400), "year");
}

}  // namespace tocsin::cli
