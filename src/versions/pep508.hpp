// Requirements of Python projects: PEP 508 (now "dependency specifiers"), one requirement a call.
//
// What only pip's requirements files know (comments, options, hashes, line continuation, -r) is the business of the
// reader of those files; it hands over the requirement itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "versions/specifiers.hpp"

namespace tocsin::versions {

inline constexpr std::size_t kMaxRequirementBytes = 32'768;  // real lines with many markers stay under 1 KiB
inline constexpr std::size_t kMaxMarkerDepth = 64;           // parentheses; the parser recurses
inline constexpr std::size_t kMaxExtras = 1024;

// The machine a marker is judged for. The defaults are a common server: CPython 3.11 on x86-64 Linux.
struct MarkerEnvironment {
  std::string implementation_name = "cpython";
  std::string implementation_version = "3.11.0";
  std::string os_name = "posix";
  std::string platform_machine = "x86_64";
  std::string platform_release = "6.1.0";
  std::string platform_system = "Linux";
  std::string platform_version;
  std::string python_full_version = "3.11.0";
  std::string platform_python_implementation = "CPython";
  std::string python_version = "3.11";
  std::string sys_platform = "linux";
  std::vector<std::string> extras;             // those asked for; compared normalised
  std::vector<std::string> dependency_groups;  // the same
};

// A marker: comparisons joined by `and` and `or`.
class Marker {
 public:
  enum class Kind : std::uint8_t { comparison, all, any };
  struct Operand {
    bool is_variable = false;
    std::string text;  // the variable's current name ("os_name"), or the value without quotes
  };
  struct Node {
    Kind kind = Kind::comparison;
    std::vector<Node> parts;  // of all and any, at least two
    Operand left;             // of a comparison
    std::string op;           // < <= != == >= > ~= === in, "not in"
    Operand right;
  };

  static Result<Marker> parse(std::string_view text);
  explicit Marker(Node root) : root_(std::move(root)) {}

  const Node& root() const { return root_; }
  // Canonical: double quotes, one blank between words, no needless parentheses.
  std::string text() const;
  // `malformed` when a comparison has no meaning (`os_name ~= "posix"`).
  Result<bool> evaluate(const MarkerEnvironment& environment) const;

 private:
  Node root_;
};

struct Requirement {
  std::string name;                 // as written
  std::string normalized_name;      // PEP 503
  std::vector<std::string> extras;  // as written, sorted, each once
  SpecifierSet specifiers;
  std::string url;  // `name @ url`; then there are no specifiers
  std::optional<Marker> marker;

  std::string text() const;  // canonical
};
// `malformed` with the byte where the parser gave up, or `refused` by a limit.
Result<Requirement> parse_requirement(std::string_view text);

}  // namespace tocsin::versions
