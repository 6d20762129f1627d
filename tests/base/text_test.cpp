#include "base/text.hpp"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "base/utf8.hpp"

namespace tocsin {
namespace {

using Strings = std::vector<std::string>;
using Views = std::vector<std::string_view>;

TEST(SmallTextOperations, DoWhatTheirNamesSay) {
  EXPECT_EQ(trim(" \t\r\n a b \v\f"), "a b");
  EXPECT_EQ(trim("   "), "");
  EXPECT_EQ(to_lower("ABC-xyz-Ä"), "abc-xyz-Ä");
  EXPECT_EQ(split("a,b,,c", ','), (Views{"a", "b", "", "c"}));
  EXPECT_EQ(split("", ','), Views{""});
  EXPECT_EQ(split_lines("a\r\nb\n\nc\n"), (Views{"a", "b", "", "c"}));
  EXPECT_EQ(split_lines(""), Views{});
  EXPECT_EQ(split_lines("\n"), Views{""});
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(collapse_blanks("  a \n\t b  c "), "a b c");
  EXPECT_EQ(replace_all("aaaa", "aa", "b"), "bb");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
}

struct Utf8Row {
  const char* name;
  std::string text;
  std::string lossy;
};

// What browsers do (Unicode 15, section 3.9, table 3-8: maximal subparts).
const Utf8Row kInvalid[] = {
    {"lone_continuation", "a\x80z", "a\ufffdz"},
    {"overlong_slash", "\xc0\xaf", "\ufffd\ufffd"},
    {"surrogate", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
    {"beyond_unicode", "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},
    {"cut_three", "\xe2\x82", "\ufffd"},
    {"cut_four_then_text", "\xf0\x9f\x98zz", "\ufffdzz"},
    {"never_a_lead", "\xfe\xff", "\ufffd\ufffd"},
    {"after_a_long_ascii_run", std::string(37, 'x') + "\xc3", std::string(37, 'x') + "\ufffd"},
};

TEST(Utf8, IsToldFromWhatIsNot) {
  for (const Utf8Row& row : kInvalid) {
    EXPECT_FALSE(is_utf8(row.text)) << row.name;
    EXPECT_EQ(to_utf8_lossy(row.text), row.lossy) << row.name;
    EXPECT_TRUE(is_utf8(to_utf8_lossy(row.text))) << row.name;
  }
  for (const char* good :
       {"", "plain", "ü", "€", "🎉", "\u0080\u07ff\u0800\uffff\U00010000\U0010ffff", "\ud7ff\ue000"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
    EXPECT_EQ(to_utf8_lossy(good), good);
  }
}

TEST(Utf8, RoundTripsEveryCharacter) {
  for (char32_t code = 1; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string text;
    append_utf8(text, code);
    const Character c = utf8_at(text, 0);
    ASSERT_TRUE(c.valid);
    ASSERT_EQ(c.code, code);
    ASSERT_EQ(c.size, text.size());
  }
}

TEST(Latin1, MeansWindows1252) {
  EXPECT_EQ(latin1_to_utf8("\x80\x93x\x94 \xfc\x81"), "€“x” ü\u0081");
}

TEST(CuttingUtf8, NeverSplitsACharacter) {
  const std::string text = "a€🎉b";
  const Strings want = {"", "a", "a", "a", "a€", "a€", "a€", "a€", "a€🎉", "a€🎉b", "a€🎉b"};
  for (std::size_t n = 0; n < want.size(); ++n) EXPECT_EQ(cut_utf8(text, n), want[n]) << n;
  EXPECT_EQ(cut_utf8("\x80\x80\x80\x80\x80\x80", 5).size(), 5u);
}

TEST(FoldedText, ComparesEqualWhereReadersWouldSaySo) {
  EXPECT_EQ(fold_case_nfkc("ABC"), "abc");
  EXPECT_EQ(fold_case_nfkc("Straße"), fold_case_nfkc("STRASSE"));
  EXPECT_EQ(fold_case_nfkc("ﬁne ①"), "fine 1");
  EXPECT_EQ(fold_case_nfkc("e\u0301"), fold_case_nfkc("É"));
  EXPECT_EQ(fold_case_nfkc("a\u200bb\u00ad"), "ab");
  EXPECT_EQ(fold_case_nfkc("\xff"), "\ufffd");
  EXPECT_EQ(fold_case_nfkc(""), "");
}

// The library's own way, which is the definition as well, but exchanges neighbours to put marks in order.
std::string folded_by_the_library(const std::string& text) {
  utf8proc_uint8_t* folded = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const utf8proc_ssize_t size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &folded, options);
  std::string out(reinterpret_cast<const char*>(folded), static_cast<std::size_t>(size));
  std::free(folded);
  return out;
}

TEST(FoldedText, IsWhatTheLibraryMakesOfIt) {
  // Letters, marks of many classes, starters that fall apart into marks (U+0344, U+0F73, U+FF9E), what is left out
  // between marks (U+034F, U+200D), Hangul, the longest decomposition, the first and last codes.
  const std::vector<char32_t> pool = {
      'a',    'E',    'I',     0xdf,    0x130,   0x300,  0x301,  0x316,    0x323, 0x327,  0x334, 0x345,  0x344, 0x34f,
      0x1100, 0x1161, 0x11a8,  0xac00,  0x3099,  0xff9e, 0x304b, 0xf71,    0xf72, 0xf73,  0xf81, 0x5b0,  0x5c1, 0x200d,
      0xad,   0xfdfa, 0x1d165, 0x1d16d, 0x1d15e, 0xfe0f, 0x2126, 0x10ffff, 0x1,   0x1e9b, 0x3ff, 0x2f868};
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto n = random() % 12; n > 0; --n) append_utf8(text, pool[random() % pool.size()]);
    ASSERT_EQ(fold_case_nfkc(text), folded_by_the_library(text)) << "round " << round;
  }
}

// Exchanging neighbours would take 10^12 steps here: days.
TEST(FoldedText, OrdersAMillionMarks) {
  constexpr std::size_t kMarks = 1'000'000;
  std::string text = "x", want = "x";
  for (std::size_t i = 0; i < kMarks; ++i) append_utf8(text, i % 2 == 0 ? 0x301 : 0x316);  // classes 230 and 220
  for (std::size_t i = 0; i < kMarks; ++i) append_utf8(want, i < kMarks / 2 ? 0x316 : 0x301);
  EXPECT_TRUE(fold_case_nfkc(text) == want);
}

TEST(CleanText, IsWhatEveryStoreCanHold) {
  EXPECT_EQ(clean("plain ü 世界\n"), "plain ü 世界\n");
  EXPECT_EQ(clean(std::string_view("a\0b", 3)), "a\ufffdb");
  EXPECT_EQ(clean("a\xff"), "a\ufffd");
  EXPECT_EQ(clean("\u0093quoted\u0094 \u009b1m"), "“quoted” ›1m");
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("世界"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(cut_to_width("世界abc", 7), "世界abc");
  EXPECT_EQ(cut_to_width("世界abc", 6), "世界a…");
  EXPECT_EQ(cut_to_width("世界abc", 4), "世…");
  EXPECT_EQ(cut_to_width("世界", 2), "…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(WrappedText, HasLinesNoLongerThanAsked) {
  EXPECT_EQ(wrap("the quick brown fox", 10), (Strings{"the quick", "brown fox"}));
  EXPECT_EQ(wrap("abcdefghij", 4), (Strings{"abcd", "efgh", "ij"}));
  // Names are broken after a mark where that helps.
  EXPECT_EQ(wrap("retrieves-documents", 12), (Strings{"retrieves-", "documents"}));
  EXPECT_EQ(wrap("see requirements-serving.txt", 14), (Strings{"see", "requirements-", "serving.txt"}));
  EXPECT_EQ(wrap("a-b", 3), Strings{"a-b"});
  EXPECT_EQ(wrap("ab-cd-efgh", 6), (Strings{"ab-cd-", "efgh"}));
  EXPECT_EQ(wrap("ab-世世", 6), (Strings{"ab-", "世世"}));
  EXPECT_EQ(wrap("---", 2), (Strings{"--", "-"}));
  EXPECT_EQ(wrap("世界世界", 5), (Strings{"世界", "世界"}));
  EXPECT_EQ(wrap("", 10), Strings{""});
  EXPECT_EQ(wrap("a\n\nb", 10), (Strings{"a", "", "b"}));
  EXPECT_EQ(wrap("ab", 0), (Strings{"a", "b"}));
  EXPECT_EQ(wrap("  a   b  ", 10), Strings{"a b"});
}

struct HtmlRow {
  const char* html;
  const char* text;
};

TEST(Html, BecomesPlainText) {
  constexpr HtmlRow kRows[] = {
      {"", ""},
      {"plain", "plain"},
      {"<p>One <b>bold</b> word.</p><p>Two.</p>", "One bold word.\nTwo."},
      {"a<br>b<br/>c", "a\nb\nc"},
      {"a<br><br><br>b", "a\n\nb"},
      {"<ul><li>x</li><li>y</li></ul>z", "x\ny\nz"},
      {"<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"},
      {"a\n   b\t c", "a b c"},
      {"a&amp;b &lt;tag&gt; &quot;q&quot; &apos;s&apos;", "a&b <tag> \"q\" 's'"},
      {"&amp;lt;", "&lt;"},
      {"&eacute;&ndash;&mdash;&lsquo;&rsquo;&ldquo;&rdquo;&hellip;&copy;&reg;&trade;&thetasym;", "é–—‘’“”…©®™ϑ"},
      {"a&nbsp;b", "a b"},
      {"&#8217;&#x2019;&#X2019;&#39", "’’’'"},
      {"&#0;&#xD800;&#x110000;&#99999999999999;", "\ufffd\ufffd\ufffd\ufffd"},
      {"&#150;", "–"},
      {"&unknown; &; & &#; &#x; a&b", "&unknown; &; & &#; &#x; a&b"},
      {"?a=1&copy=2", "?a=1&copy=2"},
      {"x<script>alert('<p>')</script>y", "xy"},
      {"x<STYLE type=a>p{}</Style >y", "xy"},
      {"x<script>never closed", "x"},
      {"<!-- comment > -->a<!---->b", "ab"},
      {"a<!-- never closed", "a"},
      {"<![CDATA[a<b]]>c", "a<bc"},
      {"<!DOCTYPE html><?xml?>a", "a"},
      {"<a title=\"x > y\" href='z>'>link</a>", "link"},
      {"<a title=\"never closed>text", "text"},
      {"1 < 2 and 3 > 2", "1 < 2 and 3 > 2"},
      {"a <", "a <"},
      {"a </", "a </"},
      {"<unclosed", "<unclosed"},
      {"<img src=x onerror=alert(1)>", ""},
      {"\xff<b>", "\xff"},
  };
  for (const HtmlRow& row : kRows) EXPECT_EQ(html_to_text(row.html), row.text) << row.html;
}

TEST(Html, IsReadInOnePassWhateverItIs) {
  for (const std::string_view part :
       {"<", "<a \"", "<a '\" ", "<!--", "<![CDATA[", "<script>", "</", "&", "&#", "<a \"<b '>", "<a>\"'"}) {
    std::string html;
    while (html.size() < 1'000'000) html += part;
    EXPECT_LE(html_to_text(html).size(), html.size()) << part;  // nothing is made up, nothing read twice
  }
  // A quadratic pass would not end within ctest's time limit.
}

}  // namespace
}  // namespace tocsin
