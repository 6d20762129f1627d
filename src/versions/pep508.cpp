// A recursive-descent parser over the grammar of PEP 508, with the two leniencies that real files need: versions may
// stand in parentheses, and a comma may trail.
//
//   requirement = name [extras] ( '@' url [ blank ';' marker ] | [ specifiers ] [ ';' marker ] )
//   marker      = and ( 'or' and )*        and = primary ( 'and' primary )*
//   primary     = '(' marker ')' | operand operator operand
//
// Evaluation follows `packaging` 26: four variables hold versions and are compared as such when the other side is one;
// everything else is text, which knows equality and containment but no order.
#include "versions/pep508.hpp"

#include <algorithm>
#include <array>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "versions/names.hpp"

namespace tocsin::versions {
namespace {

struct Variable {
  std::string_view spelling;
  std::string_view name;
};
// The spellings with a point, and python_implementation, are from before PEP 508 (setuptools, PEP 345).
constexpr std::array<Variable, 20> kVariables{{{"python_version", "python_version"},
                                               {"python_full_version", "python_full_version"},
                                               {"os_name", "os_name"},
                                               {"os.name", "os_name"},
                                               {"sys_platform", "sys_platform"},
                                               {"sys.platform", "sys_platform"},
                                               {"platform_release", "platform_release"},
                                               {"platform_system", "platform_system"},
                                               {"platform_version", "platform_version"},
                                               {"platform.version", "platform_version"},
                                               {"platform_machine", "platform_machine"},
                                               {"platform.machine", "platform_machine"},
                                               {"platform_python_implementation", "platform_python_implementation"},
                                               {"platform.python_implementation", "platform_python_implementation"},
                                               {"python_implementation", "platform_python_implementation"},
                                               {"implementation_name", "implementation_name"},
                                               {"implementation_version", "implementation_version"},
                                               {"extra", "extra"},
                                               {"extras", "extras"},
                                               {"dependency_groups", "dependency_groups"}}};

constexpr std::array<std::string_view, 8> kMarkerOperators{"===", "==", "~=", "!=", "<=", ">=", "<", ">"};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_word(char c) {
  return is_digit(c) || is_letter(c) || c == '_';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Failure error(std::string what) const { return fail_at(Code::malformed, std::move(what), at_); }
  void blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool at_end() const { return at_ == text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take_keyword(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    const auto after = at_ + word.size();
    if (after < text_.size() && is_word(text_[after])) return false;
    if (at_ > 0 && is_word(text_[at_ - 1])) return false;
    at_ = after;
    return true;
  }
  std::string_view take_identifier() {
    std::size_t size = 0;
    const auto left = rest();
    while (size < left.size() && (is_word(left[size]) || left[size] == '-' || left[size] == '.')) ++size;
    while (size > 0 && !is_digit(left[size - 1]) && !is_letter(left[size - 1])) --size;
    if (size == 0 || !is_pypi_name(left.substr(0, size))) return {};
    at_ += size;
    return left.substr(0, size);
  }

  Result<Marker::Node> marker(std::size_t depth = 0) {
    if (depth > kMaxMarkerDepth)
      return fail_at(Code::refused, "marker nests deeper than " + std::to_string(kMaxMarkerDepth), at_);
    return joined(Marker::Kind::any, depth);
  }

  Result<> requirement(Requirement& out) {
    blanks();
    const auto name = take_identifier();
    if (name.empty()) return error("expected a project name");
    out.name = std::string(name);
    out.normalized_name = normalize_pypi_name(name);
    blanks();
    if (take('[')) TOCSIN_CHECK(extras(out));
    blanks();
    if (take('@')) {
      blanks();
      std::size_t size = 0;
      const auto left = rest();
      while (size < left.size() && !is_blank(left[size])) ++size;
      if (size == 0) return error("expected a URL after '@'");
      out.url = std::string(left.substr(0, size));
      at_ += size;
      blanks();
      if (at_end()) return {};
    } else {
      TOCSIN_CHECK(specifiers(out));
      blanks();
      if (at_end()) return {};
    }
    if (!take(';')) return error("expected ';' or the end of the requirement");
    TOCSIN_TRY(auto node, marker());
    blanks();
    if (!at_end()) return error("expected the end of the marker");
    out.marker.emplace(std::move(node));
    return {};
  }

 private:
  Result<> extras(Requirement& out) {
    blanks();
    if (take(']')) return {};
    for (;;) {
      blanks();
      const auto extra = take_identifier();
      if (extra.empty()) return error("expected the name of an extra");
      if (out.extras.size() == kMaxExtras)
        return fail_at(Code::refused, "more than " + std::to_string(kMaxExtras) + " extras", at_);
      out.extras.emplace_back(extra);
      blanks();
      if (take(']')) break;
      if (!take(',')) return error("expected ',' or ']' after an extra");
    }
    std::sort(out.extras.begin(), out.extras.end());
    out.extras.erase(std::unique(out.extras.begin(), out.extras.end()), out.extras.end());
    return {};
  }

  Result<> specifiers(Requirement& out) {
    const bool parenthesis = take('(');
    const auto left = rest();
    // No specifier contains ';' or ')'; an arbitrary one (===) ends there too.
    const auto end = std::min(left.find_first_of(";)"), left.size());
    const auto begin = at_;
    auto set = SpecifierSet::parse(left.substr(0, end));
    if (!set) {
      Error problem = std::move(set).error();
      problem.offset = begin;
      return tl::make_unexpected(std::move(problem));
    }
    out.specifiers = std::move(*set);
    at_ += end;
    if (parenthesis && !take(')')) return error("expected ')' after the versions");
    return {};
  }

  Result<Marker::Node> joined(Marker::Kind kind, std::size_t depth) {
    const bool any = kind == Marker::Kind::any;
    Marker::Node node;
    node.kind = kind;
    for (;;) {
      TOCSIN_TRY(auto part, any ? joined(Marker::Kind::all, depth) : primary(depth));
      node.parts.push_back(std::move(part));
      blanks();
      if (!take_keyword(any ? "or" : "and")) break;
    }
    if (node.parts.size() == 1) {
      Marker::Node only = std::move(node.parts.front());
      return only;
    }
    return node;
  }

  Result<Marker::Node> primary(std::size_t depth) {
    blanks();
    if (take('(')) {
      TOCSIN_TRY(auto inner, marker(depth + 1));
      blanks();
      if (!take(')')) return error("expected ')' in the marker");
      return inner;
    }
    Marker::Node node;
    TOCSIN_TRY(node.left, operand());
    blanks();
    TOCSIN_TRY(node.op, comparison());
    blanks();
    TOCSIN_TRY(node.right, operand());
    if (node.left.is_variable == node.right.is_variable) return error("a marker compares a variable with a value");
    if (node.left.is_variable && node.left.text == "extra") node.right.text = normalize_pypi_name(node.right.text);
    if (node.right.is_variable && node.right.text == "extra") node.left.text = normalize_pypi_name(node.left.text);
    return node;
  }

  Result<Marker::Operand> operand() {
    if (at_end()) return error("expected a variable or a quoted value");
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      const auto end = text_.find(quote, at_ + 1);
      if (end == std::string_view::npos) return error("quoted value does not end");
      Marker::Operand value{false, std::string(text_.substr(at_ + 1, end - at_ - 1))};
      at_ = end + 1;
      return value;
    }
    std::size_t size = 0;
    const auto left = rest();
    while (size < left.size() && (is_word(left[size]) || left[size] == '.')) ++size;
    for (const auto& variable : kVariables) {
      if (variable.spelling != left.substr(0, size)) continue;
      at_ += size;
      return Marker::Operand{true, std::string(variable.name)};
    }
    return error("expected a variable or a quoted value");
  }

  Result<std::string> comparison() {
    if (take_keyword("in")) return std::string("in");
    if (take_keyword("not")) {
      blanks();
      if (!take_keyword("in")) return error("expected 'in' after 'not'");
      return std::string("not in");
    }
    for (const auto op : kMarkerOperators) {
      if (!rest().starts_with(op)) continue;
      at_ += op.size();
      return std::string(op);
    }
    return error("expected a comparison");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string quoted(const Marker::Operand& operand) {
  if (operand.is_variable) return operand.text;
  const char quote = operand.text.find('"') == std::string::npos ? '"' : '\'';
  return quote + operand.text + quote;
}

void print(const Marker::Node& node, bool inside, std::string& out) {
  if (node.kind == Marker::Kind::comparison) {
    out += quoted(node.left) + ' ' + node.op + ' ' + quoted(node.right);
    return;
  }
  if (inside) out += '(';
  for (std::size_t at = 0; at < node.parts.size(); ++at) {
    if (at > 0) out += node.kind == Marker::Kind::any ? " or " : " and ";
    // `and` binds tighter: only `or` inside `and` needs parentheses.
    print(node.parts[at], node.kind == Marker::Kind::all && node.parts[at].kind == Marker::Kind::any, out);
  }
  if (inside) out += ')';
}

bool holds_version(std::string_view variable) {
  return variable == "python_version" || variable == "python_full_version" || variable == "implementation_version" ||
         variable == "platform_release";
}

const std::string* value_of(std::string_view variable, const MarkerEnvironment& environment) {
  if (variable == "python_version") return &environment.python_version;
  if (variable == "python_full_version") return &environment.python_full_version;
  if (variable == "os_name") return &environment.os_name;
  if (variable == "sys_platform") return &environment.sys_platform;
  if (variable == "platform_release") return &environment.platform_release;
  if (variable == "platform_system") return &environment.platform_system;
  if (variable == "platform_version") return &environment.platform_version;
  if (variable == "platform_machine") return &environment.platform_machine;
  if (variable == "platform_python_implementation") return &environment.platform_python_implementation;
  if (variable == "implementation_name") return &environment.implementation_name;
  if (variable == "implementation_version") return &environment.implementation_version;
  return nullptr;
}

bool has(const std::vector<std::string>& names, std::string_view wanted) {
  const auto key = normalize_pypi_name(wanted);
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return normalize_pypi_name(name) == key; });
}

Failure meaningless(const Marker::Node& node) {
  return fail(Code::malformed, "marker comparison '" +
                                   printable(quoted(node.left) + ' ' + node.op + ' ' + quoted(node.right)) +
                                   "' has no meaning");
}

Result<bool> compare(const Marker::Node& node, const MarkerEnvironment& environment) {
  const auto& variable = node.left.is_variable ? node.left.text : node.right.text;
  const auto& value = node.left.is_variable ? node.right.text : node.left.text;
  if (variable == "extra") {
    const bool asked = value.empty() ? environment.extras.empty() : has(environment.extras, value);
    if (node.op == "==") return asked;
    if (node.op == "!=") return !asked;
    // `"x" in extra`: some files use it; it can only mean the same.
    if (node.op == "in") return asked;
    if (node.op == "not in") return !asked;
    return meaningless(node);
  }
  if (variable == "extras" || variable == "dependency_groups") {
    const auto& names = variable == "extras" ? environment.extras : environment.dependency_groups;
    if (!node.right.is_variable) return meaningless(node);
    if (node.op == "in") return has(names, value);
    if (node.op == "not in") return !has(names, value);
    return meaningless(node);
  }
  const std::string* known = value_of(variable, environment);
  if (known == nullptr) return meaningless(node);
  const std::string& left = node.left.is_variable ? *known : node.left.text;
  const std::string& right = node.right.is_variable ? *known : node.right.text;
  if (node.op == "in") return right.find(left) != std::string::npos;
  if (node.op == "not in") return right.find(left) == std::string::npos;
  if (holds_version(variable)) {
    if (const auto specifier = SpecifierSet::parse(node.op + right); specifier && specifier->size() == 1)
      return specifier->contains(left, Prereleases::allow);
  }
  if (node.op == "==" || node.op == "<=" || node.op == ">=") return left == right;
  if (node.op == "!=") return left != right;
  if (node.op == "<" || node.op == ">") return false;
  return meaningless(node);
}

Result<bool> evaluate_node(const Marker::Node& node, const MarkerEnvironment& environment) {
  if (node.kind == Marker::Kind::comparison) return compare(node, environment);
  const bool decides = node.kind == Marker::Kind::any;  // the value that settles the whole
  bool result = !decides;
  for (const auto& part : node.parts) {
    // All parts are looked at, so that a comparison without meaning is always found.
    TOCSIN_TRY(const bool value, evaluate_node(part, environment));
    if (value == decides) result = decides;
  }
  return result;
}

Result<> fits(std::string_view text) {
  if (text.size() > kMaxRequirementBytes)
    return fail(Code::refused, "requirement has more than " + std::to_string(kMaxRequirementBytes) + " bytes");
  return {};
}

}  // namespace

Result<Marker> Marker::parse(std::string_view text) {
  TOCSIN_CHECK(fits(text));
  Parser parser(text);
  TOCSIN_TRY(auto node, parser.marker());
  parser.blanks();
  if (!parser.at_end()) return parser.error("expected the end of the marker");
  return Marker(std::move(node));
}

std::string Marker::text() const {
  std::string out;
  print(root_, false, out);
  return out;
}

Result<bool> Marker::evaluate(const MarkerEnvironment& environment) const {
  return evaluate_node(root_, environment);
}

std::string Requirement::text() const {
  std::string out = name;
  if (!extras.empty()) out += '[' + join(extras, ",") + ']';
  if (!url.empty())
    out += " @ " + url;
  else
    out += specifiers.text();
  if (marker) out += (url.empty() ? "; " : " ; ") + marker->text();
  return out;
}

Result<Requirement> parse_requirement(std::string_view text) {
  TOCSIN_CHECK(fits(text));
  text = trim(text);
  Parser parser(text);
  Requirement requirement;
  TOCSIN_CHECK(parser.requirement(requirement));
  return requirement;
}

}  // namespace tocsin::versions
