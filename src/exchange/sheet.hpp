// A table of text as CSV, JSON or XLSX, for registers that people file and auditors read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace tocsin::exchange {

struct Sheet {
  std::string name;  // of the worksheet, up to 31 characters
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`
};

// RFC 4180 with \r\n. Cells that a spreadsheet would run (= + - @ tab CR first) get a leading apostrophe.
std::string to_csv(const Sheet& sheet);
// A list of objects with the column names as keys.
std::string to_json_text(const Sheet& sheet);
// Every cell a string, header frozen and filtered; byte-identical for the same sheet and `created`.
Result<> write_xlsx(const std::filesystem::path& path, const Sheet& sheet, Time created);

}  // namespace tocsin::exchange
