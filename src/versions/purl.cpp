// Package URLs: scheme:type/namespace/name@version?qualifiers#subpath, taken apart from the right as the standard says
// (ECMA-427, "How to parse"), then normalised by a table of types.
//
// Two leniencies, both for purls found in the wild: an '@' right after a '/' belongs to an npm scope that was not
// encoded and is no version mark, and slashes after the scheme are skipped. A Hugging Face model without an
// organisation ("gpt2") is accepted, since such models exist.
#include "versions/purl.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "versions/names.hpp"
#include "versions/number.hpp"

namespace tocsin::versions {
namespace {

enum class Case : unsigned char { keep, lower };
enum class NameSpace : unsigned char { optional, required, none };

struct TypeRule {
  std::string_view type;
  NameSpace name_space;
  Case space_case;
  Case name_case;
  Case version_case;
};
// From the type definitions of purl-spec. A type that is not here keeps every case and may have a namespace.
constexpr std::array kTypes{
    TypeRule{"alpm", NameSpace::required, Case::lower, Case::lower, Case::keep},
    TypeRule{"apk", NameSpace::required, Case::lower, Case::lower, Case::keep},
    TypeRule{"bitbucket", NameSpace::required, Case::lower, Case::lower, Case::keep},
    TypeRule{"bitnami", NameSpace::none, Case::keep, Case::lower, Case::keep},
    TypeRule{"cargo", NameSpace::none, Case::keep, Case::keep, Case::keep},
    TypeRule{"cocoapods", NameSpace::none, Case::keep, Case::keep, Case::keep},
    TypeRule{"composer", NameSpace::required, Case::lower, Case::lower, Case::keep},
    TypeRule{"conda", NameSpace::none, Case::keep, Case::keep, Case::keep},
    TypeRule{"cran", NameSpace::none, Case::keep, Case::keep, Case::keep},
    TypeRule{"deb", NameSpace::required, Case::lower, Case::lower, Case::keep},
    TypeRule{"gem", NameSpace::none, Case::keep, Case::keep, Case::keep},
    TypeRule{"github", NameSpace::required, Case::lower, Case::lower, Case::keep},
    TypeRule{"golang", NameSpace::required, Case::lower, Case::lower, Case::keep},
    TypeRule{"hackage", NameSpace::none, Case::keep, Case::keep, Case::keep},
    TypeRule{"hex", NameSpace::optional, Case::lower, Case::lower, Case::keep},
    TypeRule{"huggingface", NameSpace::optional, Case::keep, Case::keep, Case::lower},
    TypeRule{"luarocks", NameSpace::optional, Case::lower, Case::lower, Case::keep},
    TypeRule{"maven", NameSpace::required, Case::keep, Case::keep, Case::keep},
    TypeRule{"mlflow", NameSpace::none, Case::keep, Case::keep, Case::keep},  // name: see below
    TypeRule{"npm", NameSpace::optional, Case::lower, Case::lower, Case::keep},
    TypeRule{"nuget", NameSpace::none, Case::keep, Case::keep, Case::keep},
    TypeRule{"oci", NameSpace::none, Case::keep, Case::lower, Case::keep},
    TypeRule{"pub", NameSpace::none, Case::keep, Case::lower, Case::keep},
    TypeRule{"pypi", NameSpace::none, Case::keep, Case::lower, Case::lower},
    TypeRule{"qpkg", NameSpace::required, Case::lower, Case::keep, Case::keep},
    TypeRule{"rpm", NameSpace::required, Case::lower, Case::keep, Case::keep},
    TypeRule{"swift", NameSpace::required, Case::keep, Case::keep, Case::keep},
    TypeRule{"vscode-extension", NameSpace::required, Case::lower, Case::lower, Case::lower},
};

const TypeRule* rule_of(std::string_view type) {
  for (const auto& rule : kTypes)
    if (rule.type == type) return &rule;
  return nullptr;
}

// Databricks' registry ignores the case of model names, Azure's keeps it (mlflow type definition).
bool is_databricks(std::string_view repository) {
  const std::string lower = to_lower(repository);
  auto host = std::string_view(lower);
  if (const auto scheme = host.find("://"); scheme != std::string_view::npos) host.remove_prefix(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (const auto port = host.find(':'); port != std::string_view::npos) host = host.substr(0, port);
  for (const std::string_view domain : {"databricks.com", "azuredatabricks.net"})
    if (host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.')) return true;
  return false;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent-decoding; a '%' that no two hex digits follow is an error, and so are bytes that are not UTF-8.
Result<std::string> decode(std::string_view text, std::string_view part) {
  const auto broken = [&](std::string why) {
    return fail(Code::malformed, "purl: the " + std::string(part) + ' ' + std::move(why));
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return broken("has a broken percent-encoding");
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    if (high < 0 || low < 0) return broken("has a broken percent-encoding");
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  if (!is_utf8(out)) return broken("is not UTF-8");
  return out;
}

void encode(std::string& out, std::string_view text, bool keep_slash) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == ':';
    if (plain || (keep_slash && c == '/')) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

bool is_type(std::string_view type) {
  if (type.empty() || !is_letter(type.front())) return false;
  return std::all_of(type.begin(), type.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; });
}

bool is_key(std::string_view key) {
  if (key.empty() || !is_letter(key.front())) return false;
  return std::all_of(key.begin(), key.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_'; });
}

Failure wrong(std::string what) {
  return fail(Code::malformed, "purl: " + std::move(what));
}

// Decoded segments joined by '/', without empty ones; with `dots`, also without "." and "..".
Result<std::string> decode_segments(std::string_view text, std::string_view part, bool dots) {
  std::string out;
  for (const auto raw : split(text, '/')) {
    TOCSIN_TRY(const std::string segment, decode(raw, part));
    if (segment.empty() || (dots && (segment == "." || segment == ".."))) continue;
    if (segment.find('/') != std::string::npos)
      return wrong("the " + std::string(part) + " has an encoded slash in a segment");
    if (!out.empty()) out += '/';
    out += segment;
  }
  return out;
}

std::string clean_segments(std::string_view text, bool dots) {
  std::string out;
  for (const auto segment : split(text, '/')) {
    if (segment.empty() || (dots && (segment == "." || segment == ".."))) continue;
    if (!out.empty()) out += '/';
    out += segment;
  }
  return out;
}

}  // namespace

Result<Purl> parse_purl(std::string_view text) {
  if (text.size() > kMaxPurlBytes)
    return fail(Code::refused, "purl has more than " + std::to_string(kMaxPurlBytes) + " bytes");
  text = trim(text);
  Purl purl;

  if (const auto hash = text.rfind('#'); hash != std::string_view::npos) {
    TOCSIN_TRY(purl.subpath, decode_segments(text.substr(hash + 1), "subpath", true));
    text = text.substr(0, hash);
  }
  if (const auto mark = text.rfind('?'); mark != std::string_view::npos) {
    for (const auto pair : split(text.substr(mark + 1), '&')) {
      if (pair.empty()) continue;
      if (purl.qualifiers.size() == kMaxPurlQualifiers)
        return fail(Code::refused, "purl has more than " + std::to_string(kMaxPurlQualifiers) + " qualifiers");
      const auto equals = pair.find('=');
      const auto key = to_lower(pair.substr(0, equals));
      TOCSIN_TRY(auto value, decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1), "qualifier"));
      purl.qualifiers.emplace_back(key, std::move(value));
    }
    text = text.substr(0, mark);
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || to_lower(text.substr(0, colon)) != "pkg")
    return wrong("it does not begin with pkg:");
  text.remove_prefix(colon + 1);
  while (!text.empty() && text.front() == '/') text.remove_prefix(1);

  const auto slash = text.find('/');
  purl.type = std::string(text.substr(0, slash));
  if (!is_type(purl.type))
    return wrong("the type is missing or has other characters than letters, digits, '.' and '-'");
  if (slash == std::string_view::npos) return wrong("the name is missing");
  text.remove_prefix(slash + 1);

  const auto begins_scope = [&](std::size_t at) {
    return (at == 0 || text[at - 1] == '/') && text.find('/', at) != std::string_view::npos;
  };
  if (const auto at = text.rfind('@'); at != std::string_view::npos && !begins_scope(at)) {
    TOCSIN_TRY(purl.version, decode(text.substr(at + 1), "version"));
    text = text.substr(0, at);
  }
  while (!text.empty() && text.back() == '/') text.remove_suffix(1);
  const auto last = text.rfind('/');
  TOCSIN_TRY(purl.name, decode(last == std::string_view::npos ? text : text.substr(last + 1), "name"));
  if (last != std::string_view::npos) {
    TOCSIN_TRY(purl.name_space, decode_segments(text.substr(0, last), "namespace", false));
  }
  return normalize(std::move(purl));
}

Result<Purl> normalize(Purl purl) {
  if (!is_type(purl.type))
    return wrong("the type is missing or has other characters than letters, digits, '.' and '-'");
  purl.type = to_lower(purl.type);
  if (purl.name.empty()) return wrong("the name is missing");
  purl.name_space = clean_segments(purl.name_space, false);
  purl.subpath = clean_segments(purl.subpath, true);

  std::vector<std::pair<std::string, std::string>> qualifiers;
  for (auto& [key, value] : purl.qualifiers) {
    if (!is_key(key))
      return wrong("a qualifier has other characters in its key than letters, digits, '.', '-' and '_'");
    if (!value.empty()) qualifiers.emplace_back(to_lower(key), std::move(value));
  }
  std::sort(qualifiers.begin(), qualifiers.end());
  const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::adjacent_find(qualifiers.begin(), qualifiers.end(), same_key) != qualifiers.end())
    return wrong("a qualifier stands twice");
  purl.qualifiers = std::move(qualifiers);

  if (const auto* rule = rule_of(purl.type)) {
    if (rule->name_space == NameSpace::required && purl.name_space.empty())
      return wrong("type " + purl.type + " needs a namespace");
    if (rule->name_space == NameSpace::none && !purl.name_space.empty())
      return wrong("type " + purl.type + " has no namespace");
    if (rule->space_case == Case::lower) purl.name_space = to_lower(purl.name_space);
    if (rule->name_case == Case::lower) purl.name = to_lower(purl.name);
    if (rule->version_case == Case::lower) purl.version = to_lower(purl.version);
  }
  if (purl.type == "pypi") purl.name = normalize_pypi_name(purl.name);
  if (purl.type == "pub") std::replace(purl.name.begin(), purl.name.end(), '-', '_');
  if (purl.type == "mlflow" && is_databricks(purl.qualifier("repository_url"))) purl.name = to_lower(purl.name);
  if (purl.type == "cpan" && !purl.name_space.empty()) {
    std::transform(purl.name_space.begin(), purl.name_space.end(), purl.name_space.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  }
  return purl;
}

std::string_view Purl::qualifier(std::string_view key) const {
  for (const auto& [one, value] : qualifiers)
    if (one == key) return value;
  return {};
}

std::string Purl::package_text() const {
  std::string out = "pkg:" + type + '/';
  if (!name_space.empty()) {
    encode(out, name_space, true);
    out += '/';
  }
  encode(out, name, false);
  return out;
}

std::string Purl::text() const {
  std::string out = package_text();
  if (!version.empty()) {
    out += '@';
    encode(out, version, false);
  }
  char before = '?';
  for (const auto& [key, value] : qualifiers) {
    out += before;
    before = '&';
    out += key;
    out += '=';
    encode(out, value, false);
  }
  if (!subpath.empty()) {
    out += '#';
    encode(out, subpath, true);
  }
  return out;
}

}  // namespace tocsin::versions
