// Everything that takes text of strangers and gives text for people: the result is UTF-8, and holds nothing that a
// terminal, a browser or a model would obey.
#include "base/text.hpp"

#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "base/uuid.hpp"
#include "expect.hpp"

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Foreign foreign{std::string(text)};

  const std::string line = foreign.terminal();
  TOCSIN_EXPECT(is_utf8(line));
  for (std::size_t at = 0; at < line.size(); at += utf8_at(line, at).size) {
    const char32_t code = utf8_at(line, at).code;
    TOCSIN_EXPECT(code >= 0x20 && !(code >= 0x7f && code <= 0x9f) && !(code >= 0x202a && code <= 0x202e));
    TOCSIN_EXPECT(!(code >= 0x200b && code <= 0x200f) && !(code >= 0xe0000 && code <= 0xe0fff));
  }
  TOCSIN_EXPECT(Foreign(line).terminal() == line);
  TOCSIN_EXPECT(foreign.html().text.find_first_of("<>\"'") == std::string::npos);
  TOCSIN_EXPECT(is_utf8(foreign.html().text));
  std::size_t fences = 0;
  const std::string quoted = foreign.quoted_for_model(100);
  for (const std::string_view part : split(quoted, '\n'))
    if (part.starts_with("<<<QUOTED-DATA") || part.starts_with("QUOTED-DATA")) ++fences;
  TOCSIN_EXPECT(fences == 2);

  const std::string lossy = to_utf8_lossy(text);
  TOCSIN_EXPECT(is_utf8(lossy) && (!is_utf8(text) || lossy == text));
  TOCSIN_EXPECT(is_utf8(latin1_to_utf8(text)));
  const std::string folded = fold_case_nfkc(text);
  TOCSIN_EXPECT(is_utf8(folded));
  for (const std::size_t n : {std::size_t{0}, std::size_t{3}, std::size_t{7}, size / 2}) {
    TOCSIN_EXPECT(cut_utf8(text, n).size() <= n);
    TOCSIN_EXPECT(is_utf8(cut_utf8(lossy, n)));
    TOCSIN_EXPECT(display_width(cut_to_width(text, n)) <= n);
  }
  for (const std::string& wrapped : wrap(lossy, 10)) TOCSIN_EXPECT(display_width(wrapped) <= 10);
  const std::string plain = html_to_text(text);
  TOCSIN_EXPECT(!is_utf8(text) || is_utf8(plain));

  for (const auto& time : {parse_time(text), parse_rfc822(text)})
    if (time) TOCSIN_EXPECT(*parse_time(to_rfc3339(*time)) == *time);
  if (const auto bytes = from_base64(text)) TOCSIN_EXPECT(to_base64(*bytes) == text);
  if (const auto bytes = from_hex(text)) TOCSIN_EXPECT(to_hex(*bytes) == to_lower(text));
  if (const auto uuid = parse_uuid(text)) TOCSIN_EXPECT(uuid->text() == to_lower(text));
  return 0;
}
