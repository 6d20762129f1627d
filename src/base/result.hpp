// Expected failures are values. `Result<T>` holds a T or an Error; TOCSIN_TRY unwraps it or returns the error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace tocsin {

// What the caller can do about a failure; the message says what happened.
enum class Code : std::uint8_t {
  malformed,    // the input breaks its own format: skip it and report it
  truncated,    // the input ends early: fetching it again may help
  refused,      // a limit or a policy said no
  unavailable,  // the other side did not answer: try later
  conflict,     // someone else changed it first
  internal,     // our bug
};
std::string_view to_string(Code code);

struct Error {
  Code code = Code::internal;
  std::string what;                     // one sentence, lower case, no full stop
  std::string where;                    // file, URL, table or member; added by whoever knows it
  std::optional<std::uint64_t> offset;  // byte in `where`
  std::optional<std::uint32_t> line;    // line in `where`, from 1, where the format has lines
  std::optional<std::uint32_t> column;  // from 1

  // "where:line:column: what (at byte N)": one line for people; parts that are not known are left out. Text from
  // outside inside `what` must have been made printable by whoever put it there (Foreign::terminal()).
  std::string message() const;
  // The same error with `where` put in front: an outer place and ": " if one is there already.
  Error at(std::string_view outer) &&;
};

template <class T = void>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;
// `return fail(Code::malformed, "...")` in a function that gives a Result.
Failure fail(Code code, std::string what);
Failure fail_at(Code code, std::string what, std::uint64_t offset);
Failure fail_line(Code code, std::string what, std::uint32_t line, std::uint32_t column = 0);

}  // namespace tocsin

#define TOCSIN_JOIN_(a, b) a##b
#define TOCSIN_JOIN(a, b) TOCSIN_JOIN_(a, b)
#define TOCSIN_TRY_(result, target, expression)                         \
  auto result = (expression);                                           \
  if (!result) return ::tl::make_unexpected(std::move(result).error()); \
  target = std::move(*result)
// TOCSIN_TRY(auto n, in.le<std::uint64_t>()); unwraps into `n`, or returns the error from the enclosing function.
#define TOCSIN_TRY(target, expression) TOCSIN_TRY_(TOCSIN_JOIN(tocsin_try_, __LINE__), target, expression)
// TOCSIN_CHECK(write(x)); for a Result<void>. The line is in the name, so that one inside the lambda of another hides
// nothing.
#define TOCSIN_CHECK_(result, expression)                                                             \
  do {                                                                                                \
    if (auto result = (expression); !result) return ::tl::make_unexpected(std::move(result).error()); \
  } while (false)
#define TOCSIN_CHECK(expression) TOCSIN_CHECK_(TOCSIN_JOIN(tocsin_check_, __LINE__), expression)
