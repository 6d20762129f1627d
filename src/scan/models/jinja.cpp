// A reader of Jinja templates (jinja.palletsprojects.com/en/stable/templates; jinja2/lexer.py, parser.py) that follows what
// expressions are made of instead of what they give.
//
// A template that attacks its renderer must leave the objects it was given: by attributes with underscores (CVE-2024-34359),
// by the same names put together from pieces so that no search finds them, by the objects that Jinja itself brings along, or
// by never coming to an end. So strings are computed as far as they are constant, everything else is marked as "put together"
// or "has underscores in it", and subscripts with such keys are told. Calls, filters and tests are held against the lists of
// what chat templates use; names of variables are free, for callers pass what they like.
#include "scan/models/jinja.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models {
namespace {

constexpr int kDepth = 120;                  // brackets in brackets; Python's own parser gives up near 100
constexpr std::size_t kTemplate = 2u << 20;  // bytes; the longest that is known has 50 kB
constexpr std::size_t kText = 1024;          // bytes of a constant that are kept
constexpr std::size_t kItems = 128;          // elements of a constant list that are kept
constexpr std::size_t kKept = 4u << 20;      // bytes of all constants that variables hold
constexpr std::size_t kMacros = 20'000;
constexpr std::int64_t kLongLoop = 1'000'000;  // more turns than any prompt has messages or tokens to show
constexpr std::int64_t kLongText = 10'000'000;

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Filters of Jinja but attr, which is judged by itself; those that renderers of chat templates add.
constexpr auto kFilters =
    std::to_array<std::string_view>({"abs",        "batch",       "capitalize", "center",   "count",          "d",
                                     "default",    "dictsort",    "e",          "escape",   "filesizeformat", "first",
                                     "float",      "forceescape", "format",     "groupby",  "indent",         "int",
                                     "items",      "join",        "last",       "length",   "list",           "lower",
                                     "map",        "max",         "min",        "pprint",   "random",         "reject",
                                     "rejectattr", "replace",     "reverse",    "round",    "safe",           "select",
                                     "selectattr", "slice",       "sort",       "string",   "striptags",      "sum",
                                     "title",      "tojson",      "trim",       "truncate", "unique",         "upper",
                                     "urlencode",  "urlize",      "wordcount",  "wordwrap", "xmlattr",        "strip",
                                     "to_json",    "from_json",   "fromjson",   "json",     "keys",           "values",
                                     "split",      "dump",        "strftime"});
constexpr auto kTests = std::to_array<std::string_view>(
    {"boolean",  "callable", "defined", "divisibleby", "eq",    "equalto",   "escaped",  "even", "false",  "filter",
     "float",    "ge",       "gt",      "greaterthan", "in",    "integer",   "iterable", "le",   "lower",  "lt",
     "lessthan", "mapping",  "ne",      "none",        "None",  "null",      "number",   "odd",  "sameas", "sequence",
     "string",   "test",     "true",    "True",        "False", "undefined", "upper",    "==",   "!=",     ">",
     ">=",       "<",        "<=",      "startswith",  "match", "containing"});
// Methods of text, lists and dictionaries that only compute. `format` is judged by its text.
constexpr auto kMethods = std::to_array<std::string_view>(
    {"append",     "capitalize",   "casefold",     "center",    "clear",      "copy",         "count",
     "endswith",   "expandtabs",   "extend",       "find",      "get",        "index",        "insert",
     "isalnum",    "isalpha",      "isascii",      "isdecimal", "isdigit",    "isidentifier", "islower",
     "isnumeric",  "isprintable",  "isspace",      "istitle",   "isupper",    "items",        "join",
     "keys",       "ljust",        "lower",        "lstrip",    "partition",  "pop",          "popitem",
     "remove",     "removeprefix", "removesuffix", "replace",   "reverse",    "rfind",        "rindex",
     "rjust",      "rpartition",   "rsplit",       "rstrip",    "setdefault", "sort",         "split",
     "splitlines", "startswith",   "strip",        "swapcase",  "title",      "upper",        "update",
     "values",     "zfill",        "add",          "discard",   "union",      "intersection", "difference",
     "next",       "reset",        "cycle",        "changed",   "strftime",   "isoformat",    "now",
     "today",      "date",         "contains",     "format",    "is_integer"});
// Functions that renderers of chat templates and Jinja give to a template.
constexpr auto kFunctions = std::to_array<std::string_view>(
    {"range", "namespace", "dict", "raise_exception", "strftime_now", "caller", "super", "loop", "gettext", "ngettext",
     "pgettext", "npgettext", "_", "now", "tojson", "cycler", "joiner", "len", "str"});
// What Jinja, Flask and others put into every template: doors, not data.
constexpr auto kDoors = std::to_array<std::string_view>(
    {"self", "config", "request", "session", "url_for", "get_flashed_messages", "current_app", "lipsum", "g",
     "application", "app", "handler", "settings", "environment", "context"});
constexpr auto kPython = std::to_array<std::string_view>(
    {"eval",    "exec",   "open",     "getattr",    "setattr",  "globals",    "locals",  "vars",
     "compile", "os",     "sys",      "subprocess", "builtins", "importlib",  "popen",   "system",
     "pickle",  "socket", "requests", "urllib",     "shutil",   "breakpoint", "delattr", "execfile"});
// Ways from a generator, a function or a class to the interpreter that have no underscores (jinja2/sandbox.py).
constexpr auto kUnsafe = std::to_array<std::string_view>(
    {"gi_frame", "gi_code", "cr_frame", "cr_code",  "ag_frame",  "ag_code",      "f_globals",    "f_builtins",
     "f_locals", "f_back",  "f_code",   "tb_frame", "tb_next",   "func_globals", "func_code",    "func_closure",
     "im_func",  "im_self", "im_class", "co_code",  "co_consts", "mro",          "gi_yieldfrom", "cr_await"});
constexpr auto kActions = std::to_array<std::string_view>(
    {"popen", "system", "check_output", "check_call", "communicate", "execv", "spawn", "import_module", "load_module",
     "urlopen", "environ", "getenv", "Popen", "get_data"});
// Of the names with underscores, those that lead from any object to the interpreter: never in honest text either.
constexpr auto kWayOut = std::to_array<std::string_view>(
    {"__globals__", "__builtins__", "__subclasses__", "__mro__", "__bases__", "__base__", "__import__",
     "__getattribute__", "__code__", "__closure__", "__loader__", "__reduce__", "__reduce_ex__"});

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

// "__x__" somewhere in the text; empty when there is none.
std::string_view dunder_in(std::string_view text) {
  for (std::size_t at = text.find("__"); at != std::string_view::npos; at = text.find("__", at + 1)) {
    std::size_t end = at + 2;
    while (end < text.size() && is_name(text[end]) && text[end] != '_') ++end;
    // A single underscore may stand inside: __reduce_ex__.
    while (end + 1 < text.size() && text[end] == '_' && text[end + 1] != '_' && is_name(text[end + 1])) {
      ++end;
      while (end < text.size() && is_name(text[end]) && text[end] != '_') ++end;
    }
    if (end > at + 2 && text.substr(end, 2) == "__") return text.substr(at, end + 2 - at);
  }
  return {};
}

// What is known of a value without running anything.
struct Value {
  std::optional<std::string> text;  // it is this text
  std::optional<std::int64_t> number;
  std::vector<std::string> items;  // it is a list of these texts, if `list`
  bool list = false;
  bool literal = false;  // stands there as one piece
  bool built = false;    // a text put together from pieces that are not all known
  bool dirty = false;    // has two underscores somewhere
  bool large = false;    // a number that is out of all proportion
  std::string path;      // "message", "ns.index": what it is read from

  static Value of(std::string text) {
    Value out;
    out.dirty = text.find("__") != std::string::npos;
    if (text.size() > kText) {
      out.built = true;
      return out;
    }
    out.text = std::move(text);
    return out;
  }
  static Value from(const Value& a) {
    Value out;
    out.built = a.built;
    out.dirty = a.dirty;
    return out;
  }
};

enum class Kind : std::uint8_t { end, name, text, integer, real, op };
struct Token {
  Kind kind = Kind::end;
  std::string_view word;  // name, operator, digits
  std::string text;       // of a string, escapes resolved
  bool hidden = false;    // of a string: it writes an underscore as an escape
  std::size_t at = 0;
};

class Checker {
 public:
  Checker(Scan& scan, std::string_view text, const std::string& member, TemplateUse use)
      : scan_(scan), source_(text), member_(member), use_(use) {}

  // Returns true when there are tags, and all of them could be read.
  bool run() {
    find_macros();
    std::size_t at = 0;
    while (at < source_.size()) {
      const std::size_t open = source_.find('{', at);
      if (open == std::string_view::npos || open + 1 >= source_.size()) break;
      const char kind = source_[open + 1];
      if (kind == '#') {
        const std::size_t end = source_.find("#}", open + 2);
        if (end == std::string_view::npos) {
          broken(open, "a comment without an end");
          break;
        }
        at = end + 2;
      } else if (kind == '{' || kind == '%') {
        ++tags_;
        at = tag(open, kind);
      } else {
        at = open + 1;
      }
    }
    if (!blocks_.empty()) broken(source_.size(), fmt::format("{} without an end", blocks_.back().word));
    report();
    return tags_ > 0 && errors_ == 0;
  }

 private:
  struct Told {
    const Rule* rule = nullptr;
    std::string what;
    std::size_t at = 0;
    bool sure = false;  // can be nothing but an attack
  };
  struct Broken {};  // leaves an expression that is no Jinja; caught in tag()

  void tell(const Rule& rule, std::size_t at, std::string what, bool sure = false) {
    if (told_.size() < 200) told_.push_back({&rule, std::move(what), at, sure});
  }
  void broken(std::size_t at, std::string what) {
    if (errors_++ == 0) {
      why_ = std::move(what);
      where_ = at;
    }
  }

  void report() {
    for (const Told& one : told_) {
      if (use_ != TemplateUse::rendered && !one.sure) continue;
      const bool certain = use_ != TemplateUse::elsewhere;
      scan_.find(*one.rule, certain ? one.rule->severity : Severity::info, one.what, {member_, one.at, {}});
    }
    if (errors_ == 0 || use_ != TemplateUse::rendered) return;
    scan_.find(rules::template_broken, why_, {member_, where_, {}});
    scan_.not_read({std::as_bytes(std::span(source_.data(), source_.size())), member_, 0, true}, 0, source_.size(),
                   "it is no Jinja that could be read");
  }

  // Macros may be called before they stand there.
  void find_macros() {
    for (std::size_t at = source_.find("macro"); at != std::string_view::npos; at = source_.find("macro", at + 5)) {
      std::size_t from = at + 5;
      while (from < source_.size() &&
             (source_[from] == ' ' || source_[from] == '\n' || source_[from] == '\t' || source_[from] == '\r'))
        ++from;
      std::size_t to = from;
      while (to < source_.size() && is_name(source_[to])) ++to;
      if (to > from && from > at + 5 && macros_.size() < kMacros) macros_.insert(source_.substr(from, to - from));
    }
  }

  // ---- tags ----

  std::size_t tag(std::size_t open, char kind) {
    close_ = kind == '{' ? "}}" : "%}";
    at_ = open + 2;
    if (at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+')) ++at_;
    brackets_ = 0;
    depth_ = 0;
    try {
      next();
      if (kind == '{') {
        if (token_.kind != Kind::end) tuple();
        if (token_.kind != Kind::end) throw fail("more than one expression");
      } else {
        statement(open);
      }
      return at_;
    } catch (const Broken&) {
      // Whatever stands in the rest of the tag is still looked at for the names that matter.
      const std::size_t end = std::min(source_.find(close_, open + 2), source_.size());
      const std::string_view rest = source_.substr(open, end - open);
      for (const std::string_view name : kWayOut) {
        const auto found = rest.find(name);
        // As an attribute or a key; C and logs have __builtins__ of their own.
        if (found != std::string_view::npos)
          tell(rules::template_escape, open, fmt::format("uses {}", name),
               std::string_view(".'\"").find(rest[found - 1]) != std::string_view::npos);
      }
      if (rest.find("__") != std::string_view::npos && !dunder_in(rest).empty())
        tell(rules::template_escape, open, fmt::format("uses {}", printable(dunder_in(rest), 60)));
      return std::min(end + 2, source_.size());
    }
  }

  Broken fail(std::string_view what) {
    broken(token_.at, fmt::format("{} at \"{}\"", what, printable(source_.substr(token_.at, 24), 40)));
    return {};
  }

  struct Block {
    std::string_view word;
    std::int64_t turns = 1;
    std::string target;  // of {% set x %}
  };

  void begin(std::string_view word, std::int64_t turns = 1, std::string target = {}) {
    if (blocks_.size() < 10'000) blocks_.push_back({word, turns, std::move(target)});
  }

  void statement(std::size_t open) {
    if (token_.kind != Kind::name) throw fail("no word at the beginning of a tag");
    const std::string_view word = token_.word;
    next();
    if (word.starts_with("end")) return ending(word.substr(3));
    if (word == "raw") {
      const std::size_t end = find_end_of("endraw", at_);
      if (end == std::string_view::npos) {
        broken(open, "raw without an end");
        at_ = source_.size();
      } else {
        at_ = end;
      }
      return;
    }
    if (word == "if" || word == "elif") {
      if (word == "if") begin("if");
      tuple();
    } else if (word == "else") {
    } else if (word == "for") {
      for_loop();
    } else if (word == "set") {
      set();
    } else if (word == "macro" || word == "call") {
      if (word == "macro") {
        name_of_token();
        parameters();
      } else {
        if (is("(")) parameters();
        expression();
      }
      begin(word);
    } else if (word == "filter") {
      filter(Value(), true);
      begin("filter");
    } else if (word == "with") {
      begin("with");
      while (token_.kind == Kind::name) {
        const std::string target(name_of_token());
        expect("=");
        assign(target, expression());
        if (!accept(",")) break;
      }
    } else if (word == "do" || word == "print") {
      tuple();
    } else if (word == "block") {
      name_of_token();
      while (token_.kind == Kind::name) next();
      begin("block");
    } else if (word == "autoescape") {
      expression();
      begin("autoescape");
    } else if (word == "generation" || word == "trans") {
      while (token_.kind != Kind::end) next();
      begin(word);
    } else if (word == "break" || word == "continue" || word == "pluralize") {
    } else if (word == "include" || word == "import" || word == "from" || word == "extends") {
      tell(rules::template_unknown, open,
           fmt::format("reads another template: {}",
                       printable(source_.substr(open, std::min(source_.find("%}", open), source_.size()) - open), 80)));
      while (token_.kind != Kind::end) next();
    } else {
      throw fail("a tag that is not known");
    }
    if (token_.kind != Kind::end) throw fail("more than the tag needs");
  }

  void ending(std::string_view word) {
    while (token_.kind != Kind::end) next();
    for (std::size_t i = blocks_.size(); i-- > 0;) {
      if (blocks_[i].word != word) continue;
      blocks_.resize(i);
      return;
    }
    throw fail("an end without a beginning");
  }

  std::size_t find_end_of(std::string_view word, std::size_t from) const {
    for (std::size_t at = source_.find(word, from); at != std::string_view::npos; at = source_.find(word, at + 1)) {
      std::size_t before = at;
      while (before > from && (source_[before - 1] == ' ' || source_[before - 1] == '-' || source_[before - 1] == '+' ||
                               source_[before - 1] == '\n' || source_[before - 1] == '\t'))
        --before;
      if (before < from + 2 || source_.substr(before - 2, 2) != "{%") continue;
      const std::size_t end = source_.find("%}", at);
      if (end != std::string_view::npos) return end + 2;
    }
    return std::string_view::npos;
  }

  // "a", "a, b", "(a, b)", "ns.a": the names that get a value.
  std::vector<std::string> targets() {
    std::vector<std::string> out;
    int open = 0;
    for (;;) {
      while (accept("(")) ++open;
      if (token_.kind != Kind::name || token_.word == "in") break;
      std::string name(name_of_token());
      while (accept(".")) name += "." + std::string(name_of_token());
      out.push_back(std::move(name));
      while (open > 0 && accept(")")) --open;
      if (!accept(",")) break;
    }
    while (open > 0 && accept(")")) --open;
    if (out.empty()) throw fail("no name that gets a value");
    return out;
  }

  void for_loop() {
    const auto names = targets();
    if (!(token_.kind == Kind::name && token_.word == "in")) throw fail("no \"in\"");
    next();
    turns_ = 0;
    const std::size_t at = token_.at;
    Value over = tuple(true);
    std::int64_t turns = std::max<std::int64_t>(turns_, 1);
    for (const std::string& name : names) {
      Value each = Value::from(over);
      if (over.list)
        for (const std::string& item : over.items) each.dirty = each.dirty || item.find("__") != std::string::npos;
      assign(name, each);
    }
    if (token_.kind == Kind::name && token_.word == "if") {
      next();
      expression();
    }
    if (token_.kind == Kind::name && token_.word == "recursive") next();
    for (const Block& block : blocks_)
      if (__builtin_mul_overflow(turns, std::max<std::int64_t>(block.turns, 1), &turns)) turns = INT64_MAX;
    if (turns > kLongLoop) tell(rules::template_endless, at, fmt::format("loops that turn {} times", turns));
    begin("for", std::max<std::int64_t>(turns_, 1));
  }

  void set() {
    const auto names = targets();
    if (!accept("=")) {
      while (accept("|")) filter(Value(), true);
      Value value;
      value.built = true;
      for (const std::string& name : names) assign(name, value);
      begin("set");
      return;
    }
    doubled_ = names.size() == 1 ? names[0] : std::string();
    doubles_ = 0;
    const std::size_t at = token_.at;
    Value value = tuple();
    const bool looping =
        std::any_of(blocks_.begin(), blocks_.end(), [](const Block& block) { return block.word == "for"; });
    if (doubles_ > 1 && looping) tell(rules::template_endless, at, printable(doubled_, 60) + " is doubled in a loop");
    doubled_.clear();
    for (const std::string& name : names) {
      for (auto& [key, attribute] : members_) assign(name + "." + key, attribute);
      assign(name, value);
    }
    members_.clear();
  }

  void assign(const std::string& name, Value value) {
    std::size_t bytes = name.size() + (value.text ? value.text->size() : 0);
    for (const std::string& item : value.items) bytes += item.size() + sizeof(std::string);
    kept_ += bytes;
    if (kept_ > kKept) {
      value.built = value.built || value.text || value.list;
      value.text.reset();
      value.items.clear();
      value.list = false;
    }
    const auto known = values_.find(name);
    if (known == values_.end()) {
      if (values_.size() < 20'000) values_.emplace(name, std::move(value));
      return;
    }
    value.built = value.built || known->second.built;
    value.dirty = value.dirty || known->second.dirty;
    value.path.clear();
    known->second = std::move(value);
  }

  void parameters() {
    expect("(");
    while (!is(")")) {
      accept("*");
      accept("**");
      const std::string name(name_of_token());
      Value value;
      if (accept("=")) value = expression();
      value.text.reset();
      assign(name, Value::from(value));
      if (!accept(",")) break;
    }
    expect(")");
  }

  // ---- expressions, in the order of jinja2/parser.py ----

  struct Deeper {
    explicit Deeper(Checker& checker) : checker_(checker) {
      if (++checker_.depth_ > kDepth) {
        --checker_.depth_;
        throw checker_.fail("brackets nested too deep");
      }
    }
    ~Deeper() { --checker_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Checker& checker_;
  };

  Value tuple(bool no_condition = false) {
    Value first = no_condition ? disjunction() : expression();
    if (!is(",")) return first;
    while (accept(",")) {
      if (token_.kind == Kind::end || is(")") || is("=")) break;
      const Value other = no_condition ? disjunction() : expression();
      add_to(first, other);
    }
    return first;
  }

  // As %c and {:c} write a number: that it may be a letter is what matters here.
  static std::string spelled(std::int64_t number) {
    return number > 32 && number < 127 ? std::string(1, static_cast<char>(number)) : fmt::format("{}", number);
  }

  // A list with one more element.
  static void add_to(Value& list, const Value& other) {
    if (!list.list) {
      Value made = Value::from(list);
      made.list = list.text || list.number;
      if (made.list) made.items.push_back(list.text ? *list.text : spelled(*list.number));
      list = std::move(made);
    }
    if ((other.text || other.number) && list.items.size() < kItems)
      list.items.push_back(other.text ? *other.text : spelled(*other.number));
    else
      list.list = false;
    list.built = list.built || other.built;
    list.dirty = list.dirty || other.dirty;
  }

  Value expression() {
    const Deeper deeper(*this);
    Value value = disjunction();
    while (word("if")) {
      disjunction();
      if (word("else")) value = either(value, expression());
    }
    return value;
  }

  static Value either(const Value& a, const Value& b) {
    Value out;
    out.built = a.built || b.built;
    out.dirty = a.dirty || b.dirty;
    if (a.text && b.text && *a.text == *b.text) out.text = a.text;
    return out;
  }

  Value disjunction() {
    Value value = conjunction();
    while (word("or")) value = either(value, conjunction());
    return value;
  }
  Value conjunction() {
    Value value = negation();
    while (word("and")) value = either(value, negation());
    return value;
  }
  Value negation() {
    bool any = false;
    while (word("not")) any = true;
    Value value = comparison();
    return any ? Value() : value;
  }
  Value comparison() {
    Value value = sum();
    for (;;) {
      if (is("==") || is("!=") || is("<") || is(">") || is("<=") || is(">=")) {
        next();
        sum();
      } else if (word("in")) {
        sum();
      } else if (token_.kind == Kind::name && token_.word == "not") {
        next();
        if (!word("in")) throw fail("\"not\" without \"in\"");
        sum();
      } else {
        return value;
      }
      value = Value();
    }
  }

  Value sum() {
    Value value = concat();
    while (is("+") || is("-")) {
      const bool plus = is("+");
      note_double(value);
      next();
      Value other = concat();
      note_double(other);
      if (!plus) {
        value = arithmetic(value, other, '-');
      } else if (value.number || other.number) {
        value = arithmetic(value, other, '+');
      } else if (value.list && other.list) {
        for (const std::string& item : other.items)
          if (value.items.size() < kItems) value.items.push_back(item);
        value.dirty = value.dirty || other.dirty;
      } else {
        value = joined(value, other, value.text || other.text);
      }
    }
    return value;
  }
  Value concat() {
    Value value = product();
    while (is("~")) {
      note_double(value);
      next();
      Value other = product();
      note_double(other);
      if (value.number) value = Value::of(fmt::format("{}", *value.number));
      if (other.number) other = Value::of(fmt::format("{}", *other.number));
      value = joined(value, other, true);
    }
    return value;
  }
  // Of two texts one; `text`: it is known to be a text.
  static Value joined(const Value& a, const Value& b, bool text) {
    if (a.text && b.text) return Value::of(*a.text + *b.text);
    Value out;
    out.built = text || a.built || b.built;
    out.dirty = a.dirty || b.dirty;
    return out;
  }
  void note_double(const Value& value) {
    if (!doubled_.empty() && value.path == doubled_) ++doubles_;
  }

  Value arithmetic(const Value& a, const Value& b, char op) {
    Value out;
    out.built = a.built || b.built;
    out.dirty = a.dirty || b.dirty;
    if (!a.number || !b.number) {
      out.large = a.large || b.large;
      return out;
    }
    std::int64_t n = 0;
    bool over = false;
    switch (op) {
      case '+':
        over = __builtin_add_overflow(*a.number, *b.number, &n);
        break;
      case '-':
        over = __builtin_sub_overflow(*a.number, *b.number, &n);
        break;
      default:
        over = __builtin_mul_overflow(*a.number, *b.number, &n);
        break;
    }
    if (over)
      out.large = true;
    else
      out.number = n;
    return out;
  }

  Value product() {
    Value value = power();
    while (is("*") || is("/") || is("//") || is("%")) {
      const std::string_view op = token_.word;
      const std::size_t at = token_.at;
      next();
      Value other = power();
      if (op == "*") {
        const Value& times = value.number ? value : other;
        const Value& what = value.number ? other : value;
        if (times.number && what.text) {
          if (*times.number > kLongLoop ||
              (*times.number > 0 && static_cast<std::uint64_t>(*times.number) * what.text->size() > kLongText))
            tell(rules::template_endless, at, fmt::format("repeats a text {} times", *times.number));
          std::string repeated;
          for (std::int64_t i = 0; i < *times.number && repeated.size() <= kText; ++i) repeated += *what.text;
          value = Value::of(std::move(repeated));
        } else {
          if ((times.large || (times.number && *times.number > kLongText)) && !what.number)
            tell(rules::template_endless, at, "repeats a value without measure");
          value = arithmetic(value, other, '*');
        }
      } else if (op == "%" && (value.text || value.built)) {
        value = formatted(value, {other});
      } else if (op == "//" && value.number && other.number && *other.number != 0 &&
                 !(*value.number == INT64_MIN && *other.number == -1)) {
        value.number = *value.number / *other.number;
      } else {
        Value out;
        out.dirty = value.dirty || other.dirty;
        value = out;
      }
    }
    return value;
  }

  Value power() {
    Value value = unary();
    while (is("**")) {
      const std::size_t at = token_.at;
      next();
      const Value other = unary();
      Value out;
      if (value.number && other.number && *other.number >= 0) {
        std::int64_t n = 1;
        for (std::int64_t i = 0; i < *other.number && !out.large && std::abs(*value.number) > 1; ++i)
          out.large = __builtin_mul_overflow(n, *value.number, &n);
        if (std::abs(*value.number) <= 1)
          n = *other.number == 0 ? 1 : *value.number == -1 && *other.number % 2 == 0 ? 1 : *value.number;
        if (!out.large) out.number = n;
      } else {
        out.large = value.large || other.large;
      }
      if (out.large) tell(rules::template_endless, at, "raises a number to a power without measure");
      value = out;
    }
    return value;
  }

  Value unary() {
    const Deeper deeper(*this);
    if (is("-") || is("+")) {
      const bool minus = is("-");
      next();
      Value value = filters(unary_operand());
      if (value.number && minus && *value.number != INT64_MIN) value.number = -*value.number;
      return value;
    }
    return filters(unary_operand());
  }
  Value unary_operand() {
    if (is("-") || is("+")) return unary();
    return postfix(primary());
  }

  Value primary() {
    const Deeper deeper(*this);
    if (token_.kind == Kind::name) {
      const std::string_view name = token_.word;
      const std::size_t at = token_.at;
      next();
      if (name == "true" || name == "false" || name == "none" || name == "True" || name == "False" || name == "None")
        return {};
      return variable(name, at);
    }
    if (token_.kind == Kind::text) {
      std::string text;
      while (token_.kind == Kind::text) {
        look_at(token_);
        if (text.size() <= kText) text += token_.text;
        next();
      }
      Value value = Value::of(std::move(text));
      value.literal = true;
      return value;
    }
    if (token_.kind == Kind::integer) {
      Value value;
      std::int64_t n = 0;
      std::string digits;
      for (const char c : token_.word)
        if (c != '_') digits += c;
      const int base = digits.size() > 2 && digits[0] == '0' ? ((digits[1] | 0x20) == 'x'   ? 16
                                                                : (digits[1] | 0x20) == 'o' ? 8
                                                                : (digits[1] | 0x20) == 'b' ? 2
                                                                                            : 10)
                                                             : 10;
      const char* from = digits.data() + (base == 10 ? 0 : 2);
      const auto [end, error] = std::from_chars(from, digits.data() + digits.size(), n, base);
      if (error == std::errc())
        value.number = n;
      else
        value.large = true;
      next();
      return value;
    }
    if (token_.kind == Kind::real) {
      next();
      return {};
    }
    if (accept("(")) {
      Value value;
      if (!is(")")) value = tuple();
      expect(")");
      value.literal = false;
      return value;
    }
    if (accept("[")) {
      Value value;
      value.list = true;
      while (!is("]")) {
        add_to(value, expression());
        if (!accept(",")) break;
      }
      expect("]");
      return value;
    }
    if (accept("{")) {
      Value value;
      while (!is("}")) {
        const Value key = expression();
        expect(":");
        const Value member = expression();
        // A dictionary gives back its values; what it is asked with is the key.
        value.built = value.built || member.built;
        value.dirty = value.dirty || member.dirty || key.dirty;
        if (!accept(",")) break;
      }
      expect("}");
      return value;
    }
    throw fail("a value was expected");
  }

  void look_at(const Token& token) {
    if (token.hidden)
      tell(rules::template_computed, token.at, "writes an underscore as an escape: " + printable(token.text, 60),
           dunder_in(token.text).size() > 4);
    const auto dunder = dunder_in(token.text);
    if (dunder.empty()) return;
    // A prompt may quote a line of Python; the ways out are in none.
    if (one_of(dunder, kWayOut))
      tell(rules::template_escape, token.at, fmt::format("has the text {}", printable(token.text, 80)), true);
  }

  Value variable(std::string_view name, std::size_t at) {
    const auto known = values_.find(std::string(name));
    if (known != values_.end()) {
      Value value = known->second;
      value.path = name;
      value.literal = false;
      return value;
    }
    const auto dunder = dunder_in(name);
    if (!dunder.empty())
      tell(rules::template_escape, at, fmt::format("uses {}", printable(name, 60)), one_of(dunder, kWayOut));
    if (name == "lipsum") tell(rules::template_unknown, at, "uses lipsum, which no prompt needs");
    if ((name == "cycler" || name == "joiner") && !is("("))
      tell(rules::template_unknown, at, fmt::format("takes {} without calling it", name));
    const bool touched = is(".") || is("[") || is("(");
    if (touched && one_of(name, kDoors)) tell(rules::template_unknown, at, fmt::format("reaches into {}", name));
    if (touched && one_of(name, kPython))
      tell(rules::template_escape, at, fmt::format("reaches for Python's {}", name));
    Value value;
    value.path = name;
    return value;
  }

  Value postfix(Value value) {
    for (;;) {
      if (is(".")) {
        next();
        if (token_.kind == Kind::integer) {
          next();
          value = Value::from(value);
          continue;
        }
        const std::size_t at = token_.at;
        const std::string_view name = name_of_token();
        attribute(name, at, value);
        if (is("(")) {
          value = method(value, name, at);
          continue;
        }
        const std::string path = value.path.empty() ? std::string() : value.path + "." + std::string(name);
        const auto known = path.empty() ? values_.end() : values_.find(path);
        Value out = known != values_.end() ? known->second : Value::from(value);
        // What a namespace keeps apart is not mixed.
        out.path = path;
        out.literal = false;
        value = std::move(out);
      } else if (is("[")) {
        value = subscript(value);
      } else if (is("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  void attribute(std::string_view name, std::size_t at, const Value& of) {
    const auto dunder = dunder_in(name);
    if (name.starts_with("__") || !dunder.empty())
      tell(rules::template_escape, at, fmt::format("takes the attribute {}", printable(name, 60)),
           one_of(dunder, kWayOut));
    else if (one_of(name, kUnsafe))
      tell(rules::template_escape, at, fmt::format("takes the attribute {}, which leads to the interpreter", name),
           name != "mro");
    else if (one_of(name, kActions))
      tell(rules::template_escape, at, fmt::format("takes the attribute {}", name));
    else if (name.starts_with("_") && !values_.contains(of.path))
      tell(rules::template_unknown, at, fmt::format("takes the hidden attribute {}", printable(name, 60)));
  }

  Value subscript(const Value& of) {
    const std::size_t at = token_.at;
    expect("[");
    Value key;
    bool slice = false;
    std::array<std::optional<std::int64_t>, 3> bounds;
    std::size_t part = 0;
    std::vector<Value> keys;
    while (!is("]")) {
      if (accept(":")) {
        slice = true;
        if (++part > 2) throw fail("a slice of more than three parts");
        continue;
      }
      key = expression();
      bounds[part] = key.number;
      keys.push_back(key);
      if (!is(":") && !is("]") && !accept(",")) throw fail("a closing bracket was expected");
    }
    expect("]");
    if (slice) {
      if (of.text) return sliced(*of.text, bounds);
      Value out = Value::from(of);
      return out;
    }
    for (const Value& one : keys) {
      if (one.text) {
        attribute_by_text(*one.text, at, one);
      } else if (one.built || one.dirty) {
        tell(
            rules::template_computed, at,
            fmt::format("takes an attribute whose name is put together{}", one.dirty ? ", with underscores in it" : ""),
            one.dirty && errors_ == 0);
      }
    }
    if (of.text && key.number) {
      const auto size = static_cast<std::int64_t>(of.text->size());
      const std::int64_t i = *key.number < 0 ? size + *key.number : *key.number;
      if (i >= 0 && i < size) return Value::of(of.text->substr(static_cast<std::size_t>(i), 1));
    }
    if (of.list && key.number) {
      const auto size = static_cast<std::int64_t>(of.items.size());
      const std::int64_t i = *key.number < 0 ? size + *key.number : *key.number;
      if (i >= 0 && i < size) return Value::of(of.items[static_cast<std::size_t>(i)]);
    }
    if (is("(")) {
      if (!key.text) {
        tell(rules::template_computed, at, "calls a method whose name is not written out");
      } else {
        return method(of, *key.text, at);
      }
    }
    Value out = Value::from(of);
    if (key.text && !of.path.empty()) {
      out.path = of.path + "." + *key.text;
      if (const auto known = values_.find(out.path); known != values_.end()) {
        const std::string path = out.path;
        out = known->second;
        out.path = path;
      }
    }
    return out;
  }

  // A subscript with a text is an attribute when there is no such key.
  void attribute_by_text(const std::string& name, std::size_t at, const Value& key) {
    const auto dunder = dunder_in(name);
    if (!dunder.empty() || name.starts_with("__"))
      tell(
          rules::template_escape, at,
          fmt::format("takes the attribute {}{}", printable(name, 60), key.literal ? "" : ", put together from pieces"),
          one_of(dunder, kWayOut) || !key.literal);
    else if (one_of(name, kUnsafe))
      tell(rules::template_escape, at,
           fmt::format("takes the attribute {}, which leads to the interpreter", printable(name, 60)));
  }

  static Value sliced(const std::string& text, const std::array<std::optional<std::int64_t>, 3>& bounds) {
    const auto size = static_cast<std::int64_t>(text.size());
    const std::int64_t step = bounds[2].value_or(1);
    if (step == 0) return {};
    const auto clamp = [&](std::optional<std::int64_t> bound, std::int64_t otherwise) {
      if (!bound) return otherwise;
      std::int64_t at = *bound < 0 ? size + std::max(*bound, -size - 1) : *bound;
      return step > 0 ? std::clamp<std::int64_t>(at, 0, size) : std::clamp<std::int64_t>(at, -1, size - 1);
    };
    std::int64_t at = clamp(bounds[0], step > 0 ? 0 : size - 1);
    const std::int64_t end = clamp(bounds[1], step > 0 ? size : -1);
    std::string out;
    const std::int64_t stride = std::clamp<std::int64_t>(step, -size - 1, size + 1);
    for (; step > 0 ? at < end : at > end; at += stride) out += text[static_cast<std::size_t>(at)];
    return Value::of(std::move(out));
  }

  struct Arguments {
    std::vector<Value> values;  // by place
    std::vector<std::pair<std::string, Value>> named;
    bool large = false, dirty = false, built = false;
  };

  Arguments arguments() {
    Arguments out;
    expect("(");
    while (!is(")")) {
      if (accept("*") || accept("**")) {
        expression();
      } else {
        std::string name;
        if (token_.kind == Kind::name) {
          // "name=" is an argument with a name; "name ==" a comparison.
          std::size_t at = at_;
          while (at < source_.size() &&
                 (source_[at] == ' ' || source_[at] == '\n' || source_[at] == '\t' || source_[at] == '\r'))
            ++at;
          if (at + 1 < source_.size() && source_[at] == '=' && source_[at + 1] != '=') {
            name = token_.word;
            next();
            next();
          }
        }
        Value value = expression();
        out.large = out.large || value.large || (value.number && std::abs(*value.number) > kLongText);
        out.dirty = out.dirty || value.dirty;
        out.built = out.built || value.built;
        if (name.empty())
          out.values.push_back(std::move(value));
        else
          out.named.emplace_back(std::move(name), std::move(value));
      }
      if (!accept(",")) break;
    }
    expect(")");
    return out;
  }

  Value method(const Value& of, std::string_view name, std::size_t at) {
    const Arguments given = arguments();
    if (!one_of(name, kMethods) && name != "format_map")
      tell(rules::template_unknown, at, fmt::format("calls .{}(), which no prompt needs", printable(name, 60)));
    if (given.large)
      tell(rules::template_endless, at, fmt::format(".{}() with a number without measure", printable(name, 60)));
    Value out = Value::from(of);
    out.dirty = out.dirty || given.dirty;
    const auto argument = [&](std::size_t i) { return i < given.values.size() ? given.values[i] : Value(); };
    if (name == "format" || name == "format_map") {
      if (!of.text) {
        if (!of.path.starts_with("loop"))
          tell(rules::template_computed, at, "formats by a text that is not written out");
        out.built = true;
        return out;
      }
      if (leaves_braces(*of.text))
        tell(rules::template_escape, at, fmt::format("formats by {}, which takes attributes", printable(*of.text, 60)),
             !dunder_in(*of.text).empty());
      return formatted(of, given.values);
    }
    if (name == "join") {
      if (of.text && argument(0).list) return Value::of(join(argument(0).items, *of.text));
      out.built = true;
      return out;
    }
    if (name == "get" || name == "pop" || name == "setdefault") {
      // An attribute is never reached so, only a key; the value is what the dictionary holds.
      return Value::from(of);
    }
    if (of.text) return changed(of, name, given.values).value_or(with(out, given));
    if (name == "replace") out.built = out.built || given.dirty;
    return out;
  }
  static Value with(Value out, const Arguments& given) {
    out.built = out.built || given.built;
    return out;
  }

  // "{0.x}" or "{0[x]}": format takes attributes on its own.
  static bool leaves_braces(std::string_view text) {
    for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
      if (text.substr(at, 2) == "{{") {
        ++at;
        continue;
      }
      const std::string_view field = text.substr(at, text.find_first_of("}:!", at) - at);
      if (field.find_first_of(".[") != std::string_view::npos) return true;
    }
    return false;
  }

  // What text methods and filters make of a constant.
  static std::optional<Value> changed(const Value& of, std::string_view how, const std::vector<Value>& arguments) {
    const std::string& text = *of.text;
    const auto constant = [&](std::size_t i) -> const std::string* {
      return i < arguments.size() && arguments[i].text ? &*arguments[i].text : nullptr;
    };
    if (how == "lower" || how == "casefold") return Value::of(to_lower(text));
    if (how == "upper") {
      std::string out = text;
      for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
      return Value::of(std::move(out));
    }
    if (how == "swapcase" || how == "title" || how == "capitalize") {
      std::string out = to_lower(text);  // letters apart, it is the same text
      return Value::of(std::move(out));
    }
    if (how == "replace" && constant(0) && constant(1)) {
      if (constant(0)->empty()) return std::nullopt;
      return Value::of(replace_all(text, *constant(0), *constant(1)));
    }
    if (how == "strip" || how == "trim" || how == "lstrip" || how == "rstrip") {
      const std::string_view which = constant(0) ? std::string_view(*constant(0)) : std::string_view(" \t\n\r");
      std::string_view out = text;
      if (how != "rstrip") out.remove_prefix(std::min(out.find_first_not_of(which), out.size()));
      if (how != "lstrip") out = out.substr(0, out.find_last_not_of(which) + 1);
      return Value::of(std::string(out));
    }
    if (how == "removeprefix" && constant(0))
      return Value::of(text.starts_with(*constant(0)) ? text.substr(constant(0)->size()) : text);
    if (how == "removesuffix" && constant(0))
      return Value::of(text.ends_with(*constant(0)) ? text.substr(0, text.size() - constant(0)->size()) : text);
    if (how == "reverse") return Value::of(std::string(text.rbegin(), text.rend()));
    if (how == "string" || how == "safe" || how == "e" || how == "escape" || how == "forceescape") return of;
    if (how == "list") {
      Value out;
      out.list = text.size() <= kItems;
      for (std::size_t i = 0; i < text.size() && out.list; ++i) out.items.emplace_back(1, text[i]);
      out.dirty = of.dirty;
      return out;
    }
    if (how == "split" && constant(0) && !constant(0)->empty()) {
      Value out;
      out.dirty = of.dirty;
      out.list = true;
      std::size_t at = 0;
      while (out.items.size() < kItems) {
        const std::size_t end = text.find(*constant(0), at);
        out.items.push_back(text.substr(at, end == std::string::npos ? end : end - at));
        if (end == std::string::npos) break;
        at = end + constant(0)->size();
      }
      return out;
    }
    if (how == "first") return Value::of(text.substr(0, 1));
    if (how == "last") return Value::of(text.empty() ? std::string() : text.substr(text.size() - 1));
    return std::nullopt;
  }

  // "%s%c" and "{}{0}" with constants; anything else is put together from what nobody knows.
  static Value formatted(const Value& of, const std::vector<Value>& arguments) {
    Value unknown;
    unknown.built = true;
    unknown.dirty = of.dirty;
    std::vector<std::string> given;
    for (const Value& value : arguments) {
      unknown.dirty = unknown.dirty || value.dirty;
      if (value.text) {
        given.push_back(*value.text);
      } else if (value.list) {
        given.insert(given.end(), value.items.begin(), value.items.end());
      } else if (value.number) {
        given.push_back(spelled(*value.number));
      } else {
        return unknown;
      }
    }
    if (!of.text) return unknown;
    std::string out;
    std::size_t used = 0;
    for (std::size_t i = 0; i < of.text->size(); ++i) {
      const char c = (*of.text)[i];
      if (c == '%' && i + 1 < of.text->size()) {
        ++i;
        if ((*of.text)[i] == '%') {
          out += '%';
        } else if (used < given.size()) {
          out += given[used++];
        }
      } else if (c == '{') {
        const std::size_t end = of.text->find('}', i);
        if (end == std::string::npos) return unknown;
        const std::string_view field = std::string_view(*of.text).substr(i + 1, end - i - 1);
        const std::size_t index =
            !field.empty() && field[0] >= '0' && field[0] <= '9' ? static_cast<std::size_t>(field[0] - '0') : used++;
        if (index < given.size()) out += given[index];
        i = end;
      } else {
        out += c;
      }
    }
    Value value = Value::of(std::move(out));
    value.dirty = value.dirty || unknown.dirty;
    return value;
  }

  Value call(const Value& callee) {
    const std::size_t at = token_.at;
    const std::string path = callee.path;
    const bool plain = !path.empty() && path.find('.') == std::string::npos;
    const Arguments given = arguments();
    Value out;
    out.dirty = given.dirty || callee.dirty;
    if (!plain) {
      tell(rules::template_computed, at, "calls what an expression gives");
      out.built = true;
      return out;
    }
    if (macros_.contains(path)) {
      if (given.dirty)
        tell(rules::template_computed, at, fmt::format("gives {} a text with underscores in it", printable(path, 60)));
      out.built = true;
      return out;
    }
    if (path == "range") {
      std::int64_t turns = 0;
      bool known = !given.values.empty();
      std::array<std::int64_t, 3> bounds = {0, 0, 1};
      for (std::size_t i = 0; i < given.values.size() && i < 3; ++i) {
        known = known && given.values[i].number.has_value();
        if (known) bounds[given.values.size() == 1 ? 1 : i] = *given.values[i].number;
      }
      if (given.large) known = false;
      if (known && bounds[2] != 0) {
        std::int64_t span = 0;
        if (__builtin_sub_overflow(bounds[1], bounds[0], &span)) span = INT64_MAX;
        turns = bounds[2] == INT64_MIN ? 1 : std::max<std::int64_t>(span / bounds[2], 0);
      }
      if (given.large || turns > kLongLoop) tell(rules::template_endless, at, "counts through a range without measure");
      turns_ = std::max(turns_, turns);
      return Value();
    }
    if (given.large)
      tell(rules::template_endless, at, fmt::format("{}() with a number without measure", printable(path, 60)));
    if (path == "namespace" || path == "dict") {
      members_ = given.named;
      for (const auto& [name, value] : given.named)
        if (!dunder_in(name).empty()) out.dirty = true;
      // dict(a=1)|first is the text "a": a way to write one without quotes.
      if (path == "dict") out.built = !given.named.empty();
      if (path == "namespace") out.dirty = out.built = false;
      return out;
    }
    if (one_of(path, kFunctions)) return out;
    if (one_of(path, kPython) || one_of(path, kDoors)) return out;  // told with the name
    if (values_.contains(path) || !dunder_in(path).empty()) {
      tell(rules::template_unknown, at, fmt::format("calls the value of {}", printable(path, 60)));
      return out;
    }
    tell(rules::template_unknown, at, fmt::format("calls {}(), which no prompt needs", printable(path, 60)));
    out.built = true;
    return out;
  }

  // ---- filters and tests ----

  Value filters(Value value) {
    for (;;) {
      if (accept("|")) {
        value = filter(value, false);
      } else if (token_.kind == Kind::name && token_.word == "is") {
        test();
        value = Value();
      } else if (is("(")) {
        value = call(value);
      } else {
        return value;
      }
    }
  }

  std::string dotted() {
    std::string name(name_of_token());
    while (accept(".")) name += "." + std::string(name_of_token());
    return name;
  }

  Value filter(const Value& of, bool block) {
    const std::size_t at = token_.at;
    const std::string name = dotted();
    Arguments given;
    if (is("(")) given = arguments();
    Value out = Value::from(of);
    out.dirty = out.dirty || given.dirty;
    if (block) {
      while (accept("|")) out = filter(out, false);
      out.built = true;
    }
    if (name == "attr") {
      tell(rules::template_escape, at, "takes an attribute with |attr",
           given.values.empty() || !given.values[0].text || !dunder_in(*given.values[0].text).empty());
      return out;
    }
    if (!one_of(name, kFilters))
      tell(rules::template_unknown, at, fmt::format("uses the filter {}, which no prompt needs", printable(name, 60)));
    if (given.large)
      tell(rules::template_endless, at, fmt::format("|{} with a number without measure", printable(name, 60)));
    const bool by_attribute = name == "selectattr" || name == "rejectattr" || name == "groupby";
    const bool by_name = name == "map" || name == "select" || name == "reject";
    for (const auto& [key, value] : given.named)
      if (key == "attribute") attribute_of_filter(name, value, at);
    if (by_attribute && !given.values.empty()) attribute_of_filter(name, given.values[0], at);
    if (by_name && !given.values.empty()) {
      const Value& inner = given.values[0];
      if (!inner.text)
        tell(rules::template_computed, at, fmt::format("|{} by a filter that is not written out", name));
      else if (*inner.text == "attr")
        tell(rules::template_escape, at, fmt::format("takes attributes with |{}(\"attr\")", name), true);
      else if (!one_of(*inner.text, kFilters) && !one_of(*inner.text, kTests))
        tell(rules::template_unknown, at,
             fmt::format("|{} by {}, which no prompt needs", name, printable(*inner.text, 60)));
    }
    if (name == "join") {
      if (of.list && (given.values.empty() || given.values[0].text))
        return Value::of(join(of.items, given.values.empty() ? std::string() : *given.values[0].text));
      if (of.list || of.built || of.dirty || !given.values.empty()) out.built = true;
      return out;
    }
    if (name == "format") return of.text ? formatted(of, given.values) : (out.built = true, out);
    if (of.text)
      if (auto made = changed(of, name, given.values)) return *made;
    if (of.list && (name == "first" || name == "last") && !of.items.empty())
      return Value::of(name == "first" ? of.items.front() : of.items.back());
    if (of.list && name == "reverse") {
      Value turned = of;
      std::reverse(turned.items.begin(), turned.items.end());
      return turned;
    }
    if (of.list && (name == "list" || name == "safe")) return of;
    if (name == "length" || name == "count" || name == "wordcount" || name == "int" || name == "float") return Value();
    // A text of an object ("<generator object …>") has underscores to pick from.
    if (name == "string" && of.path.empty() && !of.text && !of.number) out.built = true;
    if (name == "pprint" || name == "urlencode" || name == "xmlattr") out.built = true;
    return out;
  }

  void attribute_of_filter(std::string_view filter, const Value& value, std::size_t at) {
    if (value.number) return;
    if (!value.text) {
      if (value.built || value.dirty || value.path.empty())
        tell(rules::template_computed, at, fmt::format("|{} by an attribute that is not written out", filter));
      return;
    }
    for (const auto part : split(*value.text, '.'))
      if (part.starts_with("__") || one_of(part, kUnsafe))
        tell(rules::template_escape, at, fmt::format("|{} by the attribute {}", filter, printable(*value.text, 60)),
             true);
  }

  void test() {
    next();  // is
    if (token_.kind == Kind::name && token_.word == "not") next();
    const std::size_t at = token_.at;
    const std::string name = dotted();
    if (!one_of(name, kTests))
      tell(rules::template_unknown, at, fmt::format("uses the test {}, which no prompt needs", printable(name, 60)));
    if (is("(")) {
      arguments();
    } else if (token_.kind == Kind::text || token_.kind == Kind::integer || token_.kind == Kind::real || is("[") ||
               is("{") ||
               (token_.kind == Kind::name && token_.word != "else" && token_.word != "or" && token_.word != "and" &&
                token_.word != "is" && token_.word != "if" && token_.word != "recursive")) {
      postfix(primary());
    }
  }

  // ---- tokens ----

  bool is(std::string_view op) const { return token_.kind == Kind::op && token_.word == op; }
  bool accept(std::string_view op) {
    if (!is(op)) return false;
    next();
    return true;
  }
  void expect(std::string_view op) {
    if (!accept(op)) throw fail(fmt::format("\"{}\" was expected", op));
  }
  bool word(std::string_view name) {
    if (token_.kind != Kind::name || token_.word != name) return false;
    next();
    return true;
  }
  std::string_view name_of_token() {
    if (token_.kind != Kind::name) throw fail("a name was expected");
    const std::string_view name = token_.word;
    next();
    return name;
  }

  void next() {
    while (at_ < source_.size() &&
           (source_[at_] == ' ' || source_[at_] == '\n' || source_[at_] == '\t' || source_[at_] == '\r'))
      ++at_;
    token_ = Token();
    token_.at = at_;
    if (at_ >= source_.size()) throw fail("the template ends inside a tag");
    const char c = source_[at_];
    if (brackets_ == 0) {
      const std::size_t sign = c == '-' || c == '+' ? 1 : 0;
      if (source_.substr(at_ + sign, 2) == close_) {
        at_ += sign + 2;
        return;
      }
    }
    if (c == '"' || c == '\'') return string(c);
    if (c >= '0' && c <= '9') return number();
    if (is_name(c)) {
      const std::size_t from = at_;
      while (at_ < source_.size() && is_name(source_[at_])) ++at_;
      token_.kind = Kind::name;
      token_.word = source_.substr(from, at_ - from);
      return;
    }
    for (const std::string_view op : {"**", "//", "==", "!=", ">=", "<="}) {
      if (source_.substr(at_, 2) != op) continue;
      token_.kind = Kind::op;
      token_.word = op;
      at_ += 2;
      return;
    }
    if (std::string_view("+-*/%~|.,:;()[]{}<>=").find(c) == std::string_view::npos)
      throw fail("a character that Jinja does not know");
    if (c == '(' || c == '[' || c == '{') ++brackets_;
    if (c == ')' || c == ']' || c == '}') {
      if (brackets_ == 0) throw fail("a bracket is closed that is not open");
      --brackets_;
    }
    token_.kind = Kind::op;
    token_.word = source_.substr(at_++, 1);
  }

  void number() {
    const std::size_t from = at_;
    bool real = false;
    while (at_ < source_.size()) {
      const char c = source_[at_];
      const bool digit = c >= '0' && c <= '9';
      if (digit || c == '_' || (is_name(c) && (c & 0x80) == 0)) {
        ++at_;
        continue;
      }
      // "1.5" but not "x.0.y" and not "1.": a digit must follow.
      if (c == '.' && !real && at_ + 1 < source_.size() && source_[at_ + 1] >= '0' && source_[at_ + 1] <= '9') {
        real = true;
        ++at_;
        continue;
      }
      break;
    }
    token_.word = source_.substr(from, at_ - from);
    const bool hex = token_.word.size() > 2 && token_.word[0] == '0' && (token_.word[1] | 0x20) == 'x';
    token_.kind =
        real || (!hex && token_.word.find_first_of("eE") != std::string_view::npos) ? Kind::real : Kind::integer;
  }

  void string(char quote) {
    ++at_;
    token_.kind = Kind::text;
    while (at_ < source_.size() && source_[at_] != quote) {
      if (source_[at_] != '\\' || at_ + 1 >= source_.size()) {
        token_.text += source_[at_++];
        continue;
      }
      escape();
    }
    if (at_ >= source_.size()) throw fail("a text without an end");
    ++at_;
  }

  void escape() {
    const char c = source_[at_ + 1];
    at_ += 2;
    const auto digits = [&](std::size_t most, int base) {
      std::uint32_t value = 0;
      for (std::size_t i = 0; i < most && at_ < source_.size(); ++i) {
        const char d = source_[at_];
        const int digit = d >= '0' && d <= '9'                     ? d - '0'
                          : (d | 0x20) >= 'a' && (d | 0x20) <= 'f' ? (d | 0x20) - 'a' + 10
                                                                   : 99;
        if (digit >= base) break;
        value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
        ++at_;
      }
      append_utf8(token_.text, value);
      if (value == '_') token_.hidden = true;
    };
    switch (c) {
      case 'n':
        token_.text += '\n';
        break;
      case 't':
        token_.text += '\t';
        break;
      case 'r':
        token_.text += '\r';
        break;
      case 'x':
        digits(2, 16);
        break;
      case 'u':
        digits(4, 16);
        break;
      case 'U':
        digits(8, 16);
        break;
      case 'N': {
        const std::size_t end = source_.find('}', at_);
        if (end == std::string_view::npos || at_ >= source_.size() || source_[at_] != '{') break;
        if (to_lower(source_.substr(at_ + 1, end - at_ - 1)) == "low line") {
          token_.text += '_';
          token_.hidden = true;
        }
        at_ = end + 1;
        break;
      }
      default:
        if (c >= '0' && c <= '7') {
          --at_;
          digits(3, 8);
        } else if (c != '\n') {
          if (c != '\\' && c != '\'' && c != '"') token_.text += '\\';
          token_.text += c;
        }
    }
  }

  Scan& scan_;
  std::string_view source_;
  const std::string& member_;
  TemplateUse use_;
  std::size_t at_ = 0, where_ = 0;
  std::string_view close_;
  int brackets_ = 0, depth_ = 0;
  Token token_;
  std::size_t tags_ = 0, errors_ = 0;
  std::string why_;
  std::vector<Told> told_;
  std::vector<Block> blocks_;
  std::unordered_set<std::string_view> macros_;
  std::unordered_map<std::string, Value> values_;
  std::vector<std::pair<std::string, Value>> members_;  // of the namespace that was just made
  std::int64_t turns_ = 0;                              // of the range in the head of a loop
  std::string doubled_;                                 // the name that {% set %} gives a value
  int doubles_ = 0;
  std::size_t kept_ = 0;  // bytes that values_ holds
};

}  // namespace

bool has_template_tags(std::string_view text) {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
    if (at + 1 < text.size() && (text[at + 1] == '{' || text[at + 1] == '%' || text[at + 1] == '#')) return true;
  return false;
}

bool check_template(Scan& scan, std::string_view text, const std::string& member, TemplateUse use) {
  if (!has_template_tags(text)) return false;
  if (text.size() > kTemplate) {
    scan.find(rules::template_broken, fmt::format("a template of {} bytes", text.size()), {member, {}, {}});
    scan.not_read({std::as_bytes(std::span(text.data(), text.size())), member, 0, true}, 0, text.size(),
                  "a template of more than 2 MB");
    return false;
  }
  return Checker(scan, text, member, use).run();
}

}  // namespace tocsin::scan::models
