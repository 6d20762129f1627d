// A table as CSV, JSON or XLSX, for registers that people file and auditors read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::exchange {

struct Day {  // a date without a time
  Time time;
};
struct Words {  // a list in JSON, one cell elsewhere
  std::vector<std::string> all;
  std::string between = "; ";
};
// monostate: not known, null in JSON, an empty cell elsewhere.
using Cell = std::variant<std::monostate, std::string, std::int64_t, Day, Time, Words>;

struct Column {
  std::string title;  // for people, in CSV and XLSX
  std::string key;    // in JSON
};

struct Sheet {
  std::string name;  // of the worksheet, up to 31 characters
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
};

// RFC 4180 with \r\n. Cells that a spreadsheet would run (= + - @ tab CR first) get a leading apostrophe.
std::string to_csv(const Sheet& sheet);
// A list of objects: numbers as numbers, days as "2026-11-24", times as RFC 3339, lists as lists.
std::string to_json_text(const Sheet& sheet);
// Text is always text, never a formula; numbers, days and times (UTC) can be counted and sorted. Header frozen and
// filtered; byte-identical for the same sheet and `created`.
Result<> write_xlsx(const std::filesystem::path& path, const Sheet& sheet, Time created);

}  // namespace tocsin::exchange
