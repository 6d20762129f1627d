#include "base/result.hpp"

#include <fmt/format.h>

namespace tocsin {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::malformed:
      return "malformed";
    case Code::truncated:
      return "truncated";
    case Code::refused:
      return "refused";
    case Code::unavailable:
      return "unavailable";
    case Code::conflict:
      return "conflict";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::message() const {
  std::string out = where;
  if (line) {
    out += fmt::format("{}{}", out.empty() ? "line " : ":", *line);
    if (column) out += fmt::format(":{}", *column);
  }
  if (!out.empty()) out += ": ";
  out += what;
  if (offset) out += fmt::format(" (at byte {})", *offset);
  return out;
}

Error Error::at(std::string_view outer) && {
  where = where.empty() ? std::string(outer) : fmt::format("{}: {}", outer, where);
  return std::move(*this);
}

Failure fail(Code code, std::string what) {
  Error error;
  error.code = code;
  error.what = std::move(what);
  return Failure(std::move(error));
}

Failure fail_at(Code code, std::string what, std::uint64_t offset) {
  Failure failure = fail(code, std::move(what));
  failure.value().offset = offset;
  return failure;
}

Failure fail_line(Code code, std::string what, std::uint32_t line, std::uint32_t column) {
  Failure failure = fail(code, std::move(what));
  failure.value().line = line;
  if (column != 0) failure.value().column = column;
  return failure;
}

}  // namespace tocsin
