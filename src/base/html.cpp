// HTML to plain text in one pass, without building a tree: enough for the summaries of feeds, and safe on anything.
//
// Tags end as the HTML standard's tokenizer ends them (quotes in attributes count); what is not a tag is text. Every
// search that fails is remembered, so that a text of a million '<' costs one pass and not a million.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace tocsin {
namespace {

struct Entity {
  std::string_view name;
  char32_t code;
};
// HTML 4.01, section 24, and &apos; of XML; sorted by name.
constexpr Entity kEntities[] = {
    {"AElig", 0xc6},     {"Aacute", 0xc1},   {"Acirc", 0xc2},    {"Agrave", 0xc0},   {"Alpha", 0x391},
    {"Aring", 0xc5},     {"Atilde", 0xc3},   {"Auml", 0xc4},     {"Beta", 0x392},    {"Ccedil", 0xc7},
    {"Chi", 0x3a7},      {"Dagger", 0x2021}, {"Delta", 0x394},   {"ETH", 0xd0},      {"Eacute", 0xc9},
    {"Ecirc", 0xca},     {"Egrave", 0xc8},   {"Epsilon", 0x395}, {"Eta", 0x397},     {"Euml", 0xcb},
    {"Gamma", 0x393},    {"Iacute", 0xcd},   {"Icirc", 0xce},    {"Igrave", 0xcc},   {"Iota", 0x399},
    {"Iuml", 0xcf},      {"Kappa", 0x39a},   {"Lambda", 0x39b},  {"Mu", 0x39c},      {"Ntilde", 0xd1},
    {"Nu", 0x39d},       {"OElig", 0x152},   {"Oacute", 0xd3},   {"Ocirc", 0xd4},    {"Ograve", 0xd2},
    {"Omega", 0x3a9},    {"Omicron", 0x39f}, {"Oslash", 0xd8},   {"Otilde", 0xd5},   {"Ouml", 0xd6},
    {"Phi", 0x3a6},      {"Pi", 0x3a0},      {"Prime", 0x2033},  {"Psi", 0x3a8},     {"Rho", 0x3a1},
    {"Scaron", 0x160},   {"Sigma", 0x3a3},   {"THORN", 0xde},    {"Tau", 0x3a4},     {"Theta", 0x398},
    {"Uacute", 0xda},    {"Ucirc", 0xdb},    {"Ugrave", 0xd9},   {"Upsilon", 0x3a5}, {"Uuml", 0xdc},
    {"Xi", 0x39e},       {"Yacute", 0xdd},   {"Yuml", 0x178},    {"Zeta", 0x396},    {"aacute", 0xe1},
    {"acirc", 0xe2},     {"acute", 0xb4},    {"aelig", 0xe6},    {"agrave", 0xe0},   {"alefsym", 0x2135},
    {"alpha", 0x3b1},    {"amp", 0x26},      {"and", 0x2227},    {"ang", 0x2220},    {"apos", 0x27},
    {"aring", 0xe5},     {"asymp", 0x2248},  {"atilde", 0xe3},   {"auml", 0xe4},     {"bdquo", 0x201e},
    {"beta", 0x3b2},     {"brvbar", 0xa6},   {"bull", 0x2022},   {"cap", 0x2229},    {"ccedil", 0xe7},
    {"cedil", 0xb8},     {"cent", 0xa2},     {"chi", 0x3c7},     {"circ", 0x2c6},    {"clubs", 0x2663},
    {"cong", 0x2245},    {"copy", 0xa9},     {"crarr", 0x21b5},  {"cup", 0x222a},    {"curren", 0xa4},
    {"dArr", 0x21d3},    {"dagger", 0x2020}, {"darr", 0x2193},   {"deg", 0xb0},      {"delta", 0x3b4},
    {"diams", 0x2666},   {"divide", 0xf7},   {"eacute", 0xe9},   {"ecirc", 0xea},    {"egrave", 0xe8},
    {"empty", 0x2205},   {"emsp", 0x2003},   {"ensp", 0x2002},   {"epsilon", 0x3b5}, {"equiv", 0x2261},
    {"eta", 0x3b7},      {"eth", 0xf0},      {"euml", 0xeb},     {"euro", 0x20ac},   {"exist", 0x2203},
    {"fnof", 0x192},     {"forall", 0x2200}, {"frac12", 0xbd},   {"frac14", 0xbc},   {"frac34", 0xbe},
    {"frasl", 0x2044},   {"gamma", 0x3b3},   {"ge", 0x2265},     {"gt", 0x3e},       {"hArr", 0x21d4},
    {"harr", 0x2194},    {"hearts", 0x2665}, {"hellip", 0x2026}, {"iacute", 0xed},   {"icirc", 0xee},
    {"iexcl", 0xa1},     {"igrave", 0xec},   {"image", 0x2111},  {"infin", 0x221e},  {"int", 0x222b},
    {"iota", 0x3b9},     {"iquest", 0xbf},   {"isin", 0x2208},   {"iuml", 0xef},     {"kappa", 0x3ba},
    {"lArr", 0x21d0},    {"lambda", 0x3bb},  {"lang", 0x2329},   {"laquo", 0xab},    {"larr", 0x2190},
    {"lceil", 0x2308},   {"ldquo", 0x201c},  {"le", 0x2264},     {"lfloor", 0x230a}, {"lowast", 0x2217},
    {"loz", 0x25ca},     {"lrm", 0x200e},    {"lsaquo", 0x2039}, {"lsquo", 0x2018},  {"lt", 0x3c},
    {"macr", 0xaf},      {"mdash", 0x2014},  {"micro", 0xb5},    {"middot", 0xb7},   {"minus", 0x2212},
    {"mu", 0x3bc},       {"nabla", 0x2207},  {"nbsp", 0xa0},     {"ndash", 0x2013},  {"ne", 0x2260},
    {"ni", 0x220b},      {"not", 0xac},      {"notin", 0x2209},  {"nsub", 0x2284},   {"ntilde", 0xf1},
    {"nu", 0x3bd},       {"oacute", 0xf3},   {"ocirc", 0xf4},    {"oelig", 0x153},   {"ograve", 0xf2},
    {"oline", 0x203e},   {"omega", 0x3c9},   {"omicron", 0x3bf}, {"oplus", 0x2295},  {"or", 0x2228},
    {"ordf", 0xaa},      {"ordm", 0xba},     {"oslash", 0xf8},   {"otilde", 0xf5},   {"otimes", 0x2297},
    {"ouml", 0xf6},      {"para", 0xb6},     {"part", 0x2202},   {"permil", 0x2030}, {"perp", 0x22a5},
    {"phi", 0x3c6},      {"pi", 0x3c0},      {"piv", 0x3d6},     {"plusmn", 0xb1},   {"pound", 0xa3},
    {"prime", 0x2032},   {"prod", 0x220f},   {"prop", 0x221d},   {"psi", 0x3c8},     {"quot", 0x22},
    {"rArr", 0x21d2},    {"radic", 0x221a},  {"rang", 0x232a},   {"raquo", 0xbb},    {"rarr", 0x2192},
    {"rceil", 0x2309},   {"rdquo", 0x201d},  {"real", 0x211c},   {"reg", 0xae},      {"rfloor", 0x230b},
    {"rho", 0x3c1},      {"rlm", 0x200f},    {"rsaquo", 0x203a}, {"rsquo", 0x2019},  {"sbquo", 0x201a},
    {"scaron", 0x161},   {"sdot", 0x22c5},   {"sect", 0xa7},     {"shy", 0xad},      {"sigma", 0x3c3},
    {"sigmaf", 0x3c2},   {"sim", 0x223c},    {"spades", 0x2660}, {"sub", 0x2282},    {"sube", 0x2286},
    {"sum", 0x2211},     {"sup", 0x2283},    {"sup1", 0xb9},     {"sup2", 0xb2},     {"sup3", 0xb3},
    {"supe", 0x2287},    {"szlig", 0xdf},    {"tau", 0x3c4},     {"there4", 0x2234}, {"theta", 0x3b8},
    {"thetasym", 0x3d1}, {"thinsp", 0x2009}, {"thorn", 0xfe},    {"tilde", 0x2dc},   {"times", 0xd7},
    {"trade", 0x2122},   {"uArr", 0x21d1},   {"uacute", 0xfa},   {"uarr", 0x2191},   {"ucirc", 0xfb},
    {"ugrave", 0xf9},    {"uml", 0xa8},      {"upsih", 0x3d2},   {"upsilon", 0x3c5}, {"uuml", 0xfc},
    {"weierp", 0x2118},  {"xi", 0x3be},      {"yacute", 0xfd},   {"yen", 0xa5},      {"yuml", 0xff},
    {"zeta", 0x3b6},     {"zwj", 0x200d},    {"zwnj", 0x200c}};
constexpr std::size_t kLongestEntity = 8;  // "thetasym"
constexpr std::size_t kMaxDigits = 16;     // of a numeric reference: no code needs more than 7

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

enum class Gap { none, blank, line };

// What a tag means for the text around it.
Gap gap_of(std::string_view tag) {
  constexpr std::string_view kLines[] = {"address", "article", "aside", "blockquote", "dd",   "div", "dl", "dt",
                                         "figure",  "footer",  "form",  "h1",         "h2",   "h3",  "h4", "h5",
                                         "h6",      "header",  "hr",    "li",         "main", "nav", "ol", "p",
                                         "pre",     "section", "table", "tr",         "ul"};
  if (std::binary_search(std::begin(kLines), std::end(kLines), tag)) return Gap::line;
  return tag == "td" || tag == "th" ? Gap::blank : Gap::none;
}

class Reader {
 public:
  explicit Reader(std::string_view html) : html_(html) { out_.reserve(html.size()); }

  std::string run() {
    while (at_ < html_.size()) {
      const char c = html_[at_];
      if (c == '<' && markup()) continue;
      if (c == '&' && entity()) continue;
      put(c);
      ++at_;
    }
    return std::move(out_);
  }

 private:
  // Text goes out with the gap that was owed before it; gaps at the beginning and at the end are dropped.
  void gap_before_text() {
    if (!out_.empty()) {
      if (lines_ != 0) {
        out_.append(lines_, '\n');
      } else if (blank_) {
        out_ += ' ';
      }
    }
    lines_ = 0;
    blank_ = false;
  }
  void put(char c) {
    if (is_space(c)) {
      blank_ = true;
      return;
    }
    gap_before_text();
    out_ += c;
  }
  void put_code(char32_t code) {
    if (code == 0xa0 || (code < 0x80 && is_space(static_cast<char>(code)))) {
      blank_ = true;
      return;
    }
    gap_before_text();
    append_utf8(out_, code);
  }

  // Position of `what` at or after `from`; remembers that there is none left.
  struct Seen {
    std::string_view what;
    bool gone = false;
  };
  std::size_t find(Seen& seen, std::size_t from) {
    if (seen.gone) return std::string_view::npos;
    const std::size_t at = html_.find(seen.what, from);
    seen.gone = at == std::string_view::npos;
    return at;
  }

  bool starts(std::string_view word) const { return html_.substr(at_, word.size()) == word; }

  // At a '<'. False when it is a character of the text.
  bool markup() {
    if (starts("<!--")) {
      const std::size_t end = find(comment_end_, at_ + 4);
      at_ = end == std::string_view::npos ? html_.size() : end + 3;
      return true;
    }
    if (starts("<![CDATA[")) {
      const std::size_t end = find(cdata_end_, at_ + 9);
      const std::string_view text = html_.substr(at_ + 9, end == std::string_view::npos ? end : end - at_ - 9);
      for (const char c : text) put(c);
      at_ = end == std::string_view::npos ? html_.size() : end + 3;
      return true;
    }
    std::size_t name = at_ + 1;
    const bool closing = name < html_.size() && html_[name] == '/';
    if (closing) ++name;
    if (name >= html_.size()) return false;
    if (!is_letter(html_[name]) && (closing || (html_[name] != '!' && html_[name] != '?'))) return false;
    const auto end = tag_end(name);
    if (!end) return false;
    std::size_t name_end = name;
    while (name_end < *end && !is_space(html_[name_end]) && html_[name_end] != '/' && html_[name_end] != '>')
      ++name_end;
    const std::string tag = name_end - name > 16 ? std::string() : to_lower(html_.substr(name, name_end - name));
    at_ = *end;
    if (tag == "br") {
      lines_ = std::min<std::size_t>(lines_ + 1, 2);
    } else if (const Gap gap = gap_of(tag); gap == Gap::line) {
      lines_ = std::max<std::size_t>(lines_, 1);
    } else if (gap == Gap::blank) {
      blank_ = true;
    }
    if (!closing && (tag == "script" || tag == "style")) skip_raw(tag);
    return true;
  }

  // Behind the '>' that ends the tag. Quotes count, until once they hide every '>' to the end: such a text has them
  // wrong.
  std::optional<std::size_t> tag_end(std::size_t from) {
    std::size_t at = from;
    while (!quotes_hide_ && at < html_.size()) {
      const char c = html_[at];
      if (c == '>') return at + 1;
      if (c == '"' || c == '\'') {
        const std::size_t close = find(c == '"' ? double_quote_ : single_quote_, at + 1);
        if (close != std::string_view::npos) at = close;
      }
      ++at;
    }
    quotes_hide_ = true;
    const std::size_t close = find(tag_end_, from);
    if (close == std::string_view::npos) return std::nullopt;
    return close + 1;
  }

  // Over the contents of <script> or <style>, to their closing tag or the end.
  void skip_raw(std::string_view tag) {
    for (;;) {
      const std::size_t at = html_.find("</", at_);
      if (at == std::string_view::npos) {
        at_ = html_.size();
        return;
      }
      at_ = at + 2;
      if (to_lower(html_.substr(at_, tag.size())) != tag) continue;
      const std::size_t end = html_.find('>', at_);
      at_ = end == std::string_view::npos ? html_.size() : end + 1;
      return;
    }
  }

  // At a '&'. False when it begins no reference.
  bool entity() {
    std::size_t at = at_ + 1;
    if (at < html_.size() && html_[at] == '#') return numeric(at + 1);
    const std::size_t semicolon = html_.substr(at, kLongestEntity + 1).find(';');
    if (semicolon == std::string_view::npos) return false;
    const std::string_view name = html_.substr(at, semicolon);
    const auto* found =
        std::lower_bound(std::begin(kEntities), std::end(kEntities), name,
                         [](const Entity& entity, std::string_view wanted) { return entity.name < wanted; });
    if (found == std::end(kEntities) || found->name != name) return false;
    at_ = at + semicolon + 1;
    put_code(found->code);
    return true;
  }

  bool numeric(std::size_t at) {
    const bool hex = at < html_.size() && (html_[at] | 0x20) == 'x';
    if (hex) ++at;
    const std::size_t first = at;
    char32_t code = 0;
    for (; at < html_.size() && at - first < kMaxDigits; ++at) {
      const char c = html_[at];
      char32_t digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<char32_t>(c - '0');
      } else if (hex && is_letter(c) && (c | 0x20) <= 'f') {
        digit = static_cast<char32_t>((c | 0x20) - 'a' + 10);
      } else {
        break;
      }
      code = std::min<char32_t>(code * (hex ? 16 : 10) + digit, 0x110000);
    }
    if (at == first) return false;
    if (at < html_.size() && html_[at] == ';') ++at;
    at_ = at;
    if (code == 0) code = 0xfffd;
    put_code(code >= 0x80 && code <= 0x9f ? windows_1252(static_cast<unsigned char>(code)) : code);
    return true;
  }

  std::string_view html_;
  std::size_t at_ = 0;
  std::string out_;
  std::size_t lines_ = 0;
  bool blank_ = false;
  Seen comment_end_{"-->"};
  Seen cdata_end_{"]]>"};
  Seen double_quote_{"\""};
  Seen single_quote_{"'"};
  Seen tag_end_{">"};
  bool quotes_hide_ = false;
};

}  // namespace

std::string html_to_text(std::string_view html) {
  return Reader(html).run();
}

}  // namespace tocsin
