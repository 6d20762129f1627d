// Lists, as tables for people and as JSON, JSON lines or CSV for programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/counted.hpp"
#include "base/json.hpp"
#include "cli/context.hpp"

namespace tocsin::cli {

enum class Paint { none, bold, dim, red, yellow, green, cyan };
// The text with the escape codes of `paint`, if the context wants colour.
std::string painted(const Context& context, Paint paint, std::string_view text);

struct Column {
  std::string title;
  std::size_t least = 0;  // columns it needs at least; 0 = its widest cell, while there is room
  bool wrap = false;      // long cells go on in the next line instead of being cut
  bool optional = false;  // left out of a table that gets too wide; programs have it all the same
};
struct Row {
  std::vector<std::string> cells;  // printable
  Paint paint = Paint::none;       // of the first cell
  Json object;                     // for json, jsonl, csv
};
struct List {
  std::string name;  // key of the array in --format json
  std::vector<Column> columns;
  std::vector<std::string> csv;  // keys of the objects to print as CSV columns, in order
  std::vector<Row> rows;
  Json about = Json::object();  // further members of the JSON document: counts, "incomplete"
  std::string empty;            // said instead of an empty table
};
// Prints by context.format. Tables fit context.width: columns without a word are left out, then optional ones from the
// right; the others share what there is, and go on in the next line rather than beyond the edge.
void print_list(Context& context, const List& list);

// One object: pretty for json, one line for jsonl, names and values of what is no list of objects and no object for csv.
void print_object(Context& context, const Json& object);

// Left margin, wrapped to the width.
void print_block(Context& context, std::string_view text, std::size_t indent);
// "rejected place: reason": a painted label, the text beside it, wrapped under itself.
void print_labelled(Context& context, Paint paint, std::string_view label, std::string_view text);

// Says why --output cannot be written (cycle::refuse_owned); its exit code.
Exit no_output(Context& context, const Error& error);
// As one word for a shell, quoted where it has to be.
std::string shell_word(std::string_view text);

std::string csv_cell(
    const Json& value);  // quoted where needed; cells that a spreadsheet would run (= + - @) get a leading '

// "3 days ago", "in 2 hours", for people.
std::string ago(Time then, Time now);

}  // namespace tocsin::cli
