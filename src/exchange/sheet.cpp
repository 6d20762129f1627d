// libxlsxwriter stays in this file, and is loaded when the first sheet is written: few commands need it, all would pay
// for it at start-up.
#include "exchange/sheet.hpp"

#include <dlfcn.h>
#include <xlsxwriter.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace tocsin::exchange {
namespace {

constexpr std::size_t kMaxCell = 32'000;  // XLSX holds 32,767 characters a cell

std::string csv_cell(std::string_view text) {
  std::string cell(text);
  // OWASP "CSV injection": a spreadsheet runs what begins like a formula.
  if (!cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos) cell.insert(0, 1, '\'');
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  return "\"" + replace_all(cell, "\"", "\"\"") + "\"";
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i > 0 ? "," : "") + csv_cell(cells[i]);
  return line + "\r\n";
}

// Characters that XML 1.0 does not know would make the file unreadable.
std::string xml_safe(std::string_view text) {
  std::string out = to_utf8_lossy(cut_utf8(text, kMaxCell));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = ' ';
  // U+FFFE and U+FFFF are characters of Unicode, but not of XML.
  return replace_all(replace_all(out, "\xef\xbf\xbe", "\xef\xbf\xbd"), "\xef\xbf\xbf", "\xef\xbf\xbd");
}

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
  decltype(&::worksheet_freeze_panes) worksheet_freeze_panes =
      find<decltype(&::worksheet_freeze_panes)>("worksheet_freeze_panes");
  decltype(&::worksheet_autofilter) worksheet_autofilter =
      find<decltype(&::worksheet_autofilter)>("worksheet_autofilter");
  decltype(&::format_set_bold) format_set_bold = find<decltype(&::format_set_bold)>("format_set_bold");
  decltype(&::format_set_text_wrap) format_set_text_wrap =
      find<decltype(&::format_set_text_wrap)>("format_set_text_wrap");
  decltype(&::format_set_align) format_set_align = find<decltype(&::format_set_align)>("format_set_align");
  decltype(&::lxw_strerror) lxw_strerror = find<decltype(&::lxw_strerror)>("lxw_strerror");
  bool complete() const {
    return workbook_new && workbook_set_properties && workbook_add_worksheet && workbook_add_format && workbook_close &&
           worksheet_set_column && worksheet_write_string && worksheet_freeze_panes && worksheet_autofilter &&
           format_set_bold && format_set_text_wrap && format_set_align && lxw_strerror;
  }
};

}  // namespace

std::string to_csv(const Sheet& sheet) {
  std::string out = csv_line(sheet.columns);
  for (const auto& row : sheet.rows) out += csv_line(row);
  return out;
}

std::string to_json_text(const Sheet& sheet) {
  Json rows = Json::array();
  for (const auto& row : sheet.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < sheet.columns.size(); ++i) object.set(sheet.columns[i], i < row.size() ? row[i] : "");
    rows.push(std::move(object));
  }
  return rows.dump_pretty() + "\n";
}

Result<> write_xlsx(const std::filesystem::path& path, const Sheet& sheet, Time created) {
  static const Xlsx xlsx;
  if (!xlsx.complete())
    return fail(Code::unavailable,
                "writing XLSX needs libxlsxwriter (Debian package libxlsxwriter4); csv and json need nothing");
  // Written beside its place and renamed, so that a crash or a full disk leaves the old file.
  const std::filesystem::path temporary = path.string() + ".part";
  // The library complains on stderr where it cannot write; we say it once, in our words.
  if (auto made = write_file(temporary, "", "sheet"); !made)
    return tl::make_unexpected(std::move(made).error().at(printable(path.string(), 300)));
  lxw_workbook* book = xlsx.workbook_new(temporary.c_str());
  if (book == nullptr) return fail(Code::unavailable, "cannot make " + path.string());
  lxw_doc_properties properties{};
  properties.created =
      static_cast<time_t>(created.us / 1'000'000);  // unset, it is the clock, and no two files are the same
  xlsx.workbook_set_properties(book, &properties);
  lxw_worksheet* page = xlsx.workbook_add_worksheet(book, cut_utf8(sheet.name, 31).c_str());
  lxw_format* head = xlsx.workbook_add_format(book);
  xlsx.format_set_bold(head);
  xlsx.format_set_text_wrap(head);
  lxw_format* cell = xlsx.workbook_add_format(book);
  xlsx.format_set_text_wrap(cell);
  xlsx.format_set_align(cell, LXW_ALIGN_VERTICAL_TOP);
  lxw_error error = LXW_NO_ERROR;
  auto keep = [&](lxw_error e) {
    if (e != LXW_NO_ERROR && error == LXW_NO_ERROR) error = e;
  };
  for (std::size_t i = 0; i < sheet.columns.size(); ++i) {
    std::size_t widest = display_width(sheet.columns[i]);
    for (const auto& row : sheet.rows)
      if (i < row.size()) widest = std::max(widest, std::min<std::size_t>(display_width(row[i]), 60));
    keep(xlsx.worksheet_set_column(page, static_cast<lxw_col_t>(i), static_cast<lxw_col_t>(i),
                                   static_cast<double>(widest) + 2, nullptr));
    keep(xlsx.worksheet_write_string(page, 0, static_cast<lxw_col_t>(i), xml_safe(sheet.columns[i]).c_str(), head));
  }
  for (std::size_t r = 0; r < sheet.rows.size(); ++r)
    for (std::size_t i = 0; i < sheet.rows[r].size(); ++i)
      if (!sheet.rows[r][i].empty())  // always as a string: a cell of ours is never a formula
        keep(xlsx.worksheet_write_string(page, static_cast<lxw_row_t>(r + 1), static_cast<lxw_col_t>(i),
                                         xml_safe(sheet.rows[r][i]).c_str(), cell));
  xlsx.worksheet_freeze_panes(page, 1, 0);
  if (!sheet.columns.empty())
    keep(xlsx.worksheet_autofilter(page, 0, 0, static_cast<lxw_row_t>(sheet.rows.size()),
                                   static_cast<lxw_col_t>(sheet.columns.size() - 1)));
  keep(xlsx.workbook_close(book));
  std::error_code ignored;
  if (error != LXW_NO_ERROR) {
    std::filesystem::remove(temporary, ignored);
    return fail(Code::unavailable, "cannot write " + path.string() + ": " + xlsx.lxw_strerror(error));
  }
  TOCSIN_TRY(const std::string bytes, read_file(temporary, 1u << 30));
  std::filesystem::remove(temporary, ignored);
  return write_file(path, bytes, "sheet");
}

}  // namespace tocsin::exchange
