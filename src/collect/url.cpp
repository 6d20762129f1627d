#include "collect/url.hpp"

#include <cctype>
#include <vector>

#include "base/text.hpp"

namespace tocsin::collect {
namespace {

struct Parts {
  std::string_view scheme, authority, path, query, fragment;
  bool has_authority = false, has_query = false, has_fragment = false;
};

std::size_t scheme_end(std::string_view text) {
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text.front())) == 0) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') return i;
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '+' && c != '-' && c != '.') return 0;
  }
  return 0;
}

Parts parts_of(std::string_view text) {
  Parts parts;
  if (const std::size_t end = scheme_end(text); end > 0) {
    parts.scheme = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    parts.fragment = text.substr(hash + 1);
    parts.has_fragment = true;
    text = text.substr(0, hash);
  }
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    parts.query = text.substr(mark + 1);
    parts.has_query = true;
    text = text.substr(0, mark);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto slash = text.find('/');
    parts.authority = text.substr(0, slash);
    parts.has_authority = true;
    text = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
  }
  parts.path = text;
  return parts;
}

std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  const bool absolute = path.starts_with('/');
  const auto segments = split(absolute ? path.substr(1) : path, '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (segments[i] == "." || segments[i] == "..") {
      if (segments[i] == ".." && !kept.empty()) kept.pop_back();
      if (last) kept.emplace_back();
    } else {
      kept.push_back(segments[i]);
    }
  }
  std::string out = absolute ? "/" : "";
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i > 0) out += '/';
    out += kept[i];
  }
  return out;
}

}  // namespace

bool has_scheme(std::string_view text) {
  return scheme_end(text) > 0;
}

std::string resolve_url(std::string_view base, std::string_view reference) {
  reference = trim(reference);
  base = trim(base);
  const Parts r = parts_of(reference);
  if (!r.scheme.empty()) return std::string(reference);
  const Parts b = parts_of(base);
  if (b.scheme.empty() || !b.has_authority) return std::string(reference);

  std::string out = std::string(b.scheme) + "://";
  if (r.has_authority) {
    out += r.authority;
    out += without_dots(r.path);
    if (r.has_query) (out += '?') += r.query;
  } else {
    out += b.authority;
    if (r.path.empty()) {
      out += b.path;
      if (r.has_query || b.has_query) (out += '?') += r.has_query ? r.query : b.query;
    } else {
      if (r.path.starts_with('/')) {
        out += without_dots(r.path);
      } else {
        const auto slash = b.path.rfind('/');
        out += without_dots(
            (slash == std::string_view::npos ? std::string("/") : std::string(b.path.substr(0, slash + 1))) +
            std::string(r.path));
      }
      if (r.has_query) (out += '?') += r.query;
    }
  }
  if (r.has_fragment) (out += '#') += r.fragment;
  return out;
}

std::string host_of(std::string_view url) {
  Parts parts = parts_of(trim(url));
  if (!parts.has_authority) return {};
  if (const auto at = parts.authority.rfind('@'); at != std::string_view::npos) parts.authority.remove_prefix(at + 1);
  if (const auto colon = parts.authority.rfind(':');
      colon != std::string_view::npos && parts.authority.find(']') == std::string_view::npos)
    parts.authority = parts.authority.substr(0, colon);
  return to_lower(parts.authority);
}

}  // namespace tocsin::collect
