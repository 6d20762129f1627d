// libxlsxwriter stays in this file, and is loaded when the first sheet is written: few commands need it, all would pay
// for it at start-up.
#include "exchange/sheet.hpp"

#include <dlfcn.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxCell = 32'000;  // bytes; XLSX holds 32,767 characters a cell

std::string csv_cell(std::string_view text) {
  std::string cell(text);
  // OWASP "CSV injection": a spreadsheet runs what begins like a formula.
  if (!cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos) cell.insert(0, 1, '\'');
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  return "\"" + replace_all(cell, "\"", "\"\"") + "\"";
}

// What a cell is where everything is text.
std::string text_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* day = std::get_if<Day>(&cell)) return to_date(day->time);
  if (const auto* time = std::get_if<Time>(&cell)) return to_rfc3339(*time);
  if (const auto* words = std::get_if<Words>(&cell)) return join(words->all, words->between);
  return "";
}

// A number is no formula, also when it is negative.
std::string csv_of(const Cell& cell) {
  return std::holds_alternative<std::int64_t>(cell) ? text_of(cell) : csv_cell(text_of(cell));
}

Json json_of(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return Json();
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
  if (const auto* words = std::get_if<Words>(&cell)) {
    Json list = Json::array();
    for (const std::string& word : words->all) list.push(word);
    return list;
  }
  return text_of(cell);
}

// Days since the thirtieth of December 1899, as spreadsheets count from March 1900 on (before that they take 1900 for a
// leap year); nullopt: earlier, or after the last year they know.
std::optional<double> spreadsheet_days(Time time) {
  constexpr double kUnixEpoch = 25'569, kFirstOfMarch1900 = 61, kEndOf9999 = 2'958'466;
  const double days = static_cast<double>(time.us) / 86'400e6 + kUnixEpoch;
  if (days < kFirstOfMarch1900 || days >= kEndOf9999) return std::nullopt;
  return days;
}

// Characters that XML 1.0 does not know would make the file unreadable.
std::string xml_safe(std::string_view text) {
  std::string out = to_utf8_lossy(cut_utf8(text, kMaxCell));
  if (text.size() > kMaxCell) out += "…";
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = ' ';
  // U+FFFE and U+FFFF are characters of Unicode, but not of XML.
  return replace_all(replace_all(out, "\xef\xbf\xbe", "\xef\xbf\xbd"), "\xef\xbf\xbf", "\xef\xbf\xbd");
}

// A folder of mode 0700 among the temporary files, gone with all in it when the object ends.
class PrivateFolder {
 public:
  static Result<PrivateFolder> make() {
    std::error_code error;
    const std::filesystem::path temporary = std::filesystem::temp_directory_path(error);
    if (error) return fail(Code::unavailable, "there is no folder for temporary files: " + error.message());
    std::string name = (temporary / "tocsin-sheet-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      error = std::error_code(errno, std::generic_category());
      return fail(Code::unavailable,
                  "cannot make a folder in " + printable(temporary.string(), 300) + ": " + error.message());
    }
    return PrivateFolder(std::move(name));
  }
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit PrivateFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// The functions used, found once by name.
struct Xlsx {
  void* library = ::dlopen("libxlsxwriter.so.4", RTLD_NOW | RTLD_LOCAL);  // soname of Debian 12's, version 1.1
  template <class F>
  F find(const char* name) const {
    return library == nullptr ? nullptr : reinterpret_cast<F>(::dlsym(library, name));
  }
  decltype(&::workbook_new) workbook_new = find<decltype(&::workbook_new)>("workbook_new");
  decltype(&::workbook_set_properties) workbook_set_properties =
      find<decltype(&::workbook_set_properties)>("workbook_set_properties");
  decltype(&::workbook_add_worksheet) workbook_add_worksheet =
      find<decltype(&::workbook_add_worksheet)>("workbook_add_worksheet");
  decltype(&::workbook_add_format) workbook_add_format = find<decltype(&::workbook_add_format)>("workbook_add_format");
  decltype(&::workbook_close) workbook_close = find<decltype(&::workbook_close)>("workbook_close");
  decltype(&::worksheet_set_column) worksheet_set_column =
      find<decltype(&::worksheet_set_column)>("worksheet_set_column");
  decltype(&::worksheet_write_string) worksheet_write_string =
      find<decltype(&::worksheet_write_string)>("worksheet_write_string");
  decltype(&::worksheet_write_number) worksheet_write_number =
      find<decltype(&::worksheet_write_number)>("worksheet_write_number");
  decltype(&::worksheet_freeze_panes) worksheet_freeze_panes =
      find<decltype(&::worksheet_freeze_panes)>("worksheet_freeze_panes");
  decltype(&::worksheet_autofilter) worksheet_autofilter =
      find<decltype(&::worksheet_autofilter)>("worksheet_autofilter");
  decltype(&::format_set_bold) format_set_bold = find<decltype(&::format_set_bold)>("format_set_bold");
  decltype(&::format_set_text_wrap) format_set_text_wrap =
      find<decltype(&::format_set_text_wrap)>("format_set_text_wrap");
  decltype(&::format_set_align) format_set_align = find<decltype(&::format_set_align)>("format_set_align");
  decltype(&::format_set_num_format) format_set_num_format =
      find<decltype(&::format_set_num_format)>("format_set_num_format");
  decltype(&::lxw_strerror) lxw_strerror = find<decltype(&::lxw_strerror)>("lxw_strerror");
  bool complete() const {
    return workbook_new && workbook_set_properties && workbook_add_worksheet && workbook_add_format && workbook_close &&
           worksheet_set_column && worksheet_write_string && worksheet_write_number && worksheet_freeze_panes &&
           worksheet_autofilter && format_set_bold && format_set_text_wrap && format_set_align &&
           format_set_num_format && lxw_strerror;
  }
};

}  // namespace

std::string to_csv(const Sheet& sheet) {
  std::string out;
  const auto end_line = [&] { out += "\r\n"; };
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) out += (i > 0 ? "," : "") + csv_cell(sheet.columns[i].title);
  end_line();
  for (const auto& row : sheet.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) out += (i > 0 ? "," : "") + csv_of(row[i]);
    end_line();
  }
  return out;
}

std::string to_json_text(const Sheet& sheet) {
  Json rows = Json::array();
  for (const auto& row : sheet.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < sheet.columns.size(); ++i)
      object.set(sheet.columns[i].key, i < row.size() ? json_of(row[i]) : Json());
    rows.push(std::move(object));
  }
  return rows.dump_pretty() + "\n";
}

Result<> write_xlsx(const std::filesystem::path& path, const Sheet& sheet, Time created) {
  static const Xlsx xlsx;
  if (!xlsx.complete())
    return fail(Code::unavailable,
                "writing XLSX needs libxlsxwriter (Debian package libxlsxwriter4); csv and json need nothing");
  // The library opens what it writes by name and through links: it gets a folder that nobody else can put anything in.
  TOCSIN_TRY(const PrivateFolder folder, PrivateFolder::make());
  const std::filesystem::path temporary = folder.path() / "sheet.xlsx";
  lxw_workbook* book = xlsx.workbook_new(temporary.c_str());
  if (book == nullptr) return fail(Code::unavailable, "cannot make " + printable(path.string(), 300));
  lxw_doc_properties properties{};
  properties.created =
      static_cast<time_t>(created.us / 1'000'000);  // unset, it is the clock, and no two files are the same
  xlsx.workbook_set_properties(book, &properties);
  lxw_worksheet* page = xlsx.workbook_add_worksheet(book, cut_utf8(sheet.name, 31).c_str());
  lxw_format* head = xlsx.workbook_add_format(book);
  xlsx.format_set_bold(head);
  xlsx.format_set_text_wrap(head);
  const auto format = [&](const char* number) {
    lxw_format* made = xlsx.workbook_add_format(book);
    xlsx.format_set_text_wrap(made);
    xlsx.format_set_align(made, LXW_ALIGN_VERTICAL_TOP);
    if (number != nullptr) xlsx.format_set_num_format(made, number);
    return made;
  };
  lxw_format* const cell = format(nullptr);
  lxw_format* const day_cell = format("yyyy-mm-dd");
  lxw_format* const time_cell = format("yyyy-mm-dd hh:mm:ss");
  lxw_error error = LXW_NO_ERROR;
  auto keep = [&](lxw_error e) {
    if (e != LXW_NO_ERROR && error == LXW_NO_ERROR) error = e;
  };
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    std::size_t widest = display_width(sheet.columns[i].title);
    for (const auto& row : sheet.rows)
      if (i < row.size()) widest = std::max(widest, std::min<std::size_t>(display_width(text_of(row[i])), 60));
    keep(xlsx.worksheet_set_column(page, static_cast<lxw_col_t>(i), static_cast<lxw_col_t>(i),
                                   static_cast<double>(widest) + 2, nullptr));
    keep(xlsx.worksheet_write_string(page, 0, static_cast<lxw_col_t>(i), xml_safe(sheet.columns[i].title).c_str(),
                                     head));
  }
  for (std::size_t r = 0; r < sheet.rows.size(); ++r)
    for (std::size_t i = 0; i < sheet.rows[r].size(); ++i) {
      const Cell& value = sheet.rows[r][i];
      const auto row = static_cast<lxw_row_t>(r + 1);
      const auto column = static_cast<lxw_col_t>(i);
      const auto* day = std::get_if<Day>(&value);
      const Time* time = day != nullptr ? &day->time : std::get_if<Time>(&value);
      const auto* number = std::get_if<std::int64_t>(&value);
      const std::optional<double> days = time != nullptr ? spreadsheet_days(*time) : std::nullopt;
      if (days) {
        keep(xlsx.worksheet_write_number(page, row, column, day != nullptr ? std::floor(*days) : *days,
                                         day != nullptr ? day_cell : time_cell));
      } else if (number != nullptr) {
        keep(xlsx.worksheet_write_number(page, row, column, static_cast<double>(*number), cell));
      } else if (const std::string text = text_of(value); !text.empty()) {
        // As a string, whatever it says: a cell of ours is never a formula.
        keep(xlsx.worksheet_write_string(page, row, column, xml_safe(text).c_str(), cell));
      }
    }
  xlsx.worksheet_freeze_panes(page, 1, 0);
  if (!sheet.columns.empty())
    keep(xlsx.worksheet_autofilter(page, 0, 0, static_cast<lxw_row_t>(sheet.rows.size()),
                                   static_cast<lxw_col_t>(sheet.columns.size() - 1)));
  keep(xlsx.workbook_close(book));
  if (error != LXW_NO_ERROR)
    return fail(Code::unavailable, "cannot write " + printable(path.string(), 300) + ": " + xlsx.lxw_strerror(error));
  TOCSIN_TRY(const std::string bytes, read_file(temporary, 1u << 30));
  return write_file(path, bytes, "sheet");
}

}  // namespace tocsin::exchange
