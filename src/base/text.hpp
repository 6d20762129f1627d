// Small text operations on bytes that are meant to be UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

std::string_view trim(std::string_view text);                         // ASCII white space
std::string to_lower(std::string_view text);                          // ASCII only
std::vector<std::string_view> split(std::string_view text, char by);  // "" gives one empty part
std::vector<std::string_view> split_lines(std::string_view text);     // \n, \r\n; no trailing empty line
std::string join(const std::vector<std::string>& parts, std::string_view between);
std::string collapse_blanks(std::string_view text);  // runs of white space to one blank, trimmed
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

bool is_utf8(std::string_view text);
std::string to_utf8_lossy(std::string_view text);   // invalid sequences to U+FFFD
std::string latin1_to_utf8(std::string_view text);  // windows-1252 for 0x80..0x9f
// What every store can hold of a text of strangers: valid UTF-8 without NUL; C1 controls as the windows-1252 they were
// (five of them stand for nothing there, and stay).
std::string clean(std::string_view text);
std::string cut_utf8(std::string_view text, std::size_t max_bytes);    // at a character boundary, no ellipsis
std::string fold_case_nfkc(std::string_view text);                     // NFKC_Casefold, for comparison; n log n
std::size_t display_width(std::string_view text);                      // terminal columns (wide, combining)
std::string cut_to_width(std::string_view text, std::size_t columns);  // with "…" when cut
// Lines of at most `columns`, broken at blanks (words longer than a line are broken anywhere). At least one line.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

// HTML to plain text: tags dropped, entities decoded, <p> <br> <li> to line breaks, script/style contents dropped.
std::string html_to_text(std::string_view html);

}  // namespace tocsin
