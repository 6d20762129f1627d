#include "cli/output.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace tocsin::cli {
namespace {

constexpr std::size_t kGap = 2;            // blanks between two columns
constexpr std::size_t kLeastWrapped = 16;  // a wrapping column is not narrower while others can give
constexpr std::size_t kWholeTitle = 12;    // a title up to this stays in one line
constexpr std::size_t kNarrowest = 4;

// How one column of a table is printed.
struct Printed {
  std::size_t index = 0;  // in list.columns
  std::size_t want = 0;   // its widest cell or title
  std::size_t width = 0;
};

// The longest part that wrap() does not break while it need not: of a word, up to a mark inside it.
std::size_t longest_piece(std::string_view text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" -/._,:=&"), text.size() - 1);
    longest = std::max(longest, display_width(text.substr(0, end + 1)) - (text[end] == ' ' ? 1 : 0));
    text.remove_prefix(end + 1);
  }
  return longest;
}

std::size_t total(const std::vector<Printed>& columns) {
  std::size_t sum = columns.empty() ? 0 : kGap * (columns.size() - 1);
  for (const Printed& column : columns) sum += column.width;
  return sum;
}

// Takes from the widest column, one by one, while the table is too wide and somebody can give.
void narrow(std::vector<Printed>& columns, std::size_t width, const std::vector<std::size_t>& floors) {
  while (total(columns) > width) {
    Printed* widest = nullptr;
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].width > floors[i] && (widest == nullptr || columns[i].width > widest->width)) widest = &columns[i];
    if (widest == nullptr) return;
    --widest->width;
  }
}

std::vector<Printed> layout(const Context& context, const List& list) {
  std::vector<Printed> columns;
  for (std::size_t i = 0; i < list.columns.size(); ++i) {
    Printed column{i, display_width(list.columns[i].title), 0};
    bool empty = true;
    for (const Row& row : list.rows) {
      if (i >= row.cells.size() || row.cells[i].empty()) continue;
      column.want = std::max(column.want, display_width(row.cells[i]));
      empty = false;
    }
    if (!empty) columns.push_back(column);
  }
  // What a column needs before another one is left out for it.
  const auto needs = [&](const Printed& printed) {
    const Column& column = list.columns[printed.index];
    if (column.least == 0 && !column.wrap) return printed.want;
    return std::min(printed.want, std::max(column.least, column.wrap ? kLeastWrapped : kNarrowest));
  };
  const auto fits = [&] {
    std::size_t sum = columns.empty() ? 0 : kGap * (columns.size() - 1);
    for (const Printed& column : columns) sum += needs(column);
    return sum <= context.width;
  };
  for (std::size_t i = list.columns.size(); i-- > 0 && !fits();)
    if (list.columns[i].optional) std::erase_if(columns, [&](const Printed& column) { return column.index == i; });

  std::vector<std::size_t> least, pieces;
  for (Printed& column : columns) {
    column.width = column.want;
    least.push_back(needs(column));
    std::size_t piece = std::min(display_width(list.columns[column.index].title), kWholeTitle);
    for (const Row& row : list.rows)
      if (column.index < row.cells.size()) piece = std::max(piece, longest_piece(row.cells[column.index]));
    pieces.push_back(std::min(least.back(), piece));
  }
  narrow(columns, context.width, least);
  narrow(columns, context.width, pieces);
  narrow(columns, context.width, std::vector<std::size_t>(columns.size(), kNarrowest));
  return columns;
}

void print_table(Context& context, const List& list) {
  if (list.rows.empty()) {
    if (!list.empty.empty()) print_block(context, list.empty, 0);
    return;
  }
  const std::vector<Printed> columns = layout(context, list);
  const auto print = [&](const auto& cell_of, Paint first, Paint all) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 1;
    for (const Printed& column : columns) {
      const std::string text = cell_of(column.index);
      const bool cut = list.columns[column.index].least > 0 && !list.columns[column.index].wrap;
      cells.push_back(cut ? std::vector<std::string>{cut_to_width(text, column.width)} : wrap(text, column.width));
      height = std::max(height, cells.back().size());
    }
    for (std::size_t h = 0; h < height; ++h) {
      std::string line;
      std::size_t blanks = 0;  // not yet written: none at the end of a line
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string cell = h < cells[i].size() ? cells[i][h] : "";
        if (!cell.empty()) {
          line.append(blanks, ' ');
          blanks = 0;
          line += i == 0 ? painted(context, first, cell) : cell;
        }
        blanks += columns[i].width - std::min(columns[i].width, display_width(cell)) + kGap;
      }
      context.line(painted(context, all, line));
    }
  };
  print([&](std::size_t i) { return list.columns[i].title; }, Paint::none, Paint::bold);
  for (const Row& row : list.rows)
    print([&](std::size_t i) { return i < row.cells.size() ? row.cells[i] : std::string(); }, row.paint, Paint::none);
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
  if (context.format != Format::csv) {
    context.line(inert(context.format == Format::jsonl ? object.dump() : object.dump_pretty()));
    return;
  }
  std::string names, values;
  for (const auto& [name, value] : object.as_object()) {
    if (value.is_object()) continue;
    if (value.is_array() && std::any_of(value.as_array().begin(), value.as_array().end(),
                                        [](const Json& one) { return one.is_object() || one.is_array(); }))
      continue;
    if (!names.empty()) names += ',', values += ',';
    names += csv_quoted(name);
    values += csv_cell(value);
  }
  context.data(names + "\n" + values + "\n");
}

void print_block(Context& context, std::string_view text, std::size_t indent) {
  const std::size_t columns = context.width > indent + 20 ? context.width - indent : 20;
  for (std::string_view paragraph : split_lines(text))
    for (const std::string& line : wrap(paragraph, columns))
      context.line(std::string(line.empty() ? 0 : indent, ' ') + line);
}

void print_labelled(Context& context, Paint paint, std::string_view label, std::string_view text) {
  const std::size_t indent = display_width(label) + 1;
  const auto lines = wrap(text, context.width > indent + 20 ? context.width - indent : 20);
  context.line(painted(context, paint, label) + " " + lines[0]);
  for (std::size_t i = 1; i < lines.size(); ++i) context.line(std::string(indent, ' ') + lines[i]);
}

Exit no_output(Context& context, const Error& error) {
  return error.code == Code::unavailable ? context.usage(error.message()) : context.fail(error);
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  return "'" + replace_all(text, "'", "'\\''") + "'";
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
