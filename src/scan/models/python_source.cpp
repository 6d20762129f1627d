#include "scan/models/python_source.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::scan::models::python {
namespace {

constexpr std::size_t kMaxUses = 100;
constexpr std::size_t kMaxNames = 4096;  // imported names that are remembered

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool in_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9');
}

struct Token {
  enum Kind : std::uint8_t { name, literal, sign, line, end } kind = end;
  std::string_view text;
  std::uint64_t at = 0;
  bool indented = false;  // the first of a line, with blanks before it
};

class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}
  Token next() {
    bool blanks = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
        blanks = true;
        ++at_;
      } else if (c == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r')) {
        at_ += 2;  // a line goes on
      } else if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        break;
      }
    }
    Token out{Token::end, {}, at_, blanks};
    if (at_ >= text_.size()) return out;
    const char c = text_[at_];
    if (c == '\n') {
      ++at_;
      out.kind = Token::line;
      return out;
    }
    if (begins_name(c)) {
      while (at_ < text_.size() && in_name(text_[at_])) ++at_;
      out.text = text_.substr(out.at, at_ - out.at);
      if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'') && out.text.size() <= 2)
        return string(out);  // r"…", b'…'
      out.kind = Token::name;
      return out;
    }
    if (c == '"' || c == '\'') return string(out);
    ++at_;
    out.kind = Token::sign;
    out.text = text_.substr(out.at, 1);
    return out;
  }

 private:
  Token string(Token out) {
    const char quote = text_[at_];
    const bool three = text_.substr(at_, 3) == std::string(3, quote);
    at_ += three ? 3 : 1;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\') {
        at_ += 2;
        continue;
      }
      if (!three && text_[at_] == '\n') break;  // an error in Python
      if (text_[at_] == quote && (!three || text_.substr(at_, 3) == std::string(3, quote))) {
        at_ += three ? 3 : 1;
        break;
      }
      ++at_;
    }
    at_ = std::min(at_, text_.size());
    out.kind = Token::literal;
    out.text = text_.substr(out.at, at_ - out.at);
    return out;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

// Whole modules of which nearly everything does one of these.
constexpr std::array<std::string_view, 31> kModules = {
    "subprocess", "pty",    "commands",     "popen2",           "runpy",     "code",    "codeop",   "ctypes",
    "cffi",       "socket", "socketserver", "urllib",           "urllib2",   "urllib3", "requests", "httpx",
    "aiohttp",    "http",   "ftplib",       "smtplib",          "telnetlib", "poplib",  "imaplib",  "paramiko",
    "pexpect",    "posix",  "nt",           "_posixsubprocess", "_socket",   "pycurl",  "websocket"};
// Names of modules that are otherwise harmless.
constexpr std::array<std::string_view, 21> kNames = {"os.system",
                                                     "os.popen",
                                                     "os.startfile",
                                                     "os.posix_spawn",
                                                     "os.posix_spawnp",
                                                     "os.fork",
                                                     "os.forkpty",
                                                     "os.kill",
                                                     "shutil.rmtree",
                                                     "marshal.loads",
                                                     "builtins.exec",
                                                     "builtins.eval",
                                                     "builtins.compile",
                                                     "builtins.execfile",
                                                     "builtins.__import__",
                                                     "types.CodeType",
                                                     "types.FunctionType",
                                                     "asyncio.create_subprocess_exec",
                                                     "asyncio.create_subprocess_shell",
                                                     "webbrowser.open",
                                                     "torch.utils.cpp_extension.load_inline"};
// Constants and exceptions of the modules above are no danger: names that begin large and are only referred to.
constexpr std::array<std::string_view, 5> kBuiltins = {"exec", "eval", "compile", "execfile", "__import__"};
constexpr std::array<std::string_view, 6> kReach = {"__builtins__", "__subclasses__", "__globals__",
                                                    "__code__",     "__bases__",      "__mro__"};

template <class Range>
bool holds(const Range& range, std::string_view word) {
  return std::find(range.begin(), range.end(), word) != range.end();
}

std::string_view effect_of(std::string_view full, const Names& names) {
  const auto dot = full.rfind('.');
  const std::string_view module = dot == std::string_view::npos ? "builtins" : full.substr(0, dot);
  const std::string_view name = dot == std::string_view::npos ? full : full.substr(dot + 1);
  const std::string_view root = module.substr(0, module.find('.'));
  const bool spawn = module == "os" && (name.starts_with("exec") || name.starts_with("spawn"));
  if (root == "urllib" && module.starts_with("urllib.parse")) return "";
  if (root == "http" && !module.starts_with("http.client") && !module.starts_with("http.server")) return "";
  if (!spawn && !holds(kModules, root) && !holds(kNames, full)) return "";
  if (root == "socket" && (name.starts_with("get") || name.starts_with("inet") || name == "socket.timeout")) return "";
  const Known known = names.about(module, name);
  if (known.trust == Trust::danger && known.fact != nullptr) return effect_in_words(known.fact->word);
  return "reaches outside of the model";
}

class Reader {
 public:
  Reader(std::string_view text, const Names& names) : text_(text), tokens_(text), names_(names) {
    jit_ = text.find("__torch__") != std::string_view::npos ||
           text.find("class Module(Module):\n") != std::string_view::npos;
  }

  Source run() {
    pass();  // imports may stand behind their use
    out_ = {};
    seen_.clear();
    tokens_ = Tokens(text_);
    statements_ = calls_ = 0;
    pass();
    out_.jit = jit_;
    out_.is_python = plausible_ && (statements_ > 0 || calls_ > 0);
    return std::move(out_);
  }

 private:
  Token step() { return tokens_.next(); }

  void pass() {
    Token token = step();
    bool first = true;    // of a statement
    bool dotted = false;  // an attribute of what stands before
    bool begun = false;   // a statement was seen
    while (token.kind != Token::end) {
      if (token.kind == Token::line || (token.kind == Token::sign && (token.text == ";" || token.text == ":"))) {
        first = true;
        dotted = false;
        token = step();
        continue;
      }
      if (!begun) plausible_ = token.kind == Token::literal || is(token, "@") || token.kind == Token::name;
      if (token.kind == Token::name) {
        const std::string_view word = token.text;
        const bool keyword =
            first && (word == "def" || word == "class" || word == "if" || word == "try" || word == "with" ||
                      word == "for" || word == "while" || word == "async" || word == "raise" || word == "assert" ||
                      word == "global" || word == "del" || word == "return");
        if (first && word == "import") {
          token = imports();
        } else if (first && word == "from") {
          token = from();
          if (!begun) plausible_ = statements_ > 0;
        } else if (word == "def" || word == "class") {
          ++statements_;
          token = step();
          if (token.kind == Token::name) token = step();  // what it is called calls nothing
        } else {
          token = chain(token, dotted);
          // Prose begins with two words; a statement with a name goes on with a sign.
          if (!begun && !keyword)
            plausible_ =
                is(token, "=") || is(token, "(") || is(token, "[") || is(token, ",") || is(token, "+") || calls_ > 0;
        }
        begun = true;
        first = false;
        dotted = false;
        continue;
      }
      begun = true;
      dotted = is(token, ".");
      first = false;
      token = step();
    }
  }

  static bool is(const Token& token, std::string_view sign) { return token.kind == Token::sign && token.text == sign; }

  // import a.b as c, d
  Token imports() {
    Token token = step();
    for (;;) {
      std::string name;
      while (token.kind == Token::name || is(token, ".")) {
        if (token.kind == Token::name && token.text == "as") break;
        name += token.text;
        token = step();
      }
      if (name.empty()) return token;
      ++statements_;
      if (token.kind == Token::name && token.text == "as") {
        token = step();
        bind(token.text, name);
        token = step();
      } else {
        bind(name.substr(0, name.find('.')), name.substr(0, name.find('.')));
      }
      if (!is(token, ",")) return token;
      token = step();
    }
  }

  // from a.b import (c as d, e)
  Token from() {
    Token token = step();
    std::string module;
    while ((token.kind == Token::name && token.text != "import") || is(token, ".")) {
      module += token.text;
      token = step();
    }
    if (token.kind != Token::name || token.text != "import" || module.empty()) return token;
    ++statements_;
    token = step();
    const bool open = is(token, "(");
    if (open) token = step();
    for (;;) {
      while (open && token.kind == Token::line) token = step();
      if (is(token, "*")) {
        stars_.push_back(module);
        return step();
      }
      if (token.kind != Token::name) return token;
      const std::string name(token.text);
      token = step();
      if (token.kind == Token::name && token.text == "as") {
        token = step();
        bind(token.text, module + "." + name);
        token = step();
      } else {
        bind(name, module + "." + name);
      }
      while (open && token.kind == Token::line) token = step();
      if (!is(token, ",")) return open && is(token, ")") ? step() : token;
      token = step();
    }
  }

  void bind(std::string_view name, std::string target) {
    if (known_.size() < kMaxNames) known_[std::string(name)] = std::move(target);
  }

  // a.b.c, and whether it is called.
  Token chain(const Token& begin, bool attribute) {
    std::string name(begin.text);
    Token token = step();
    bool long_ = false;
    while (is(token, ".")) {
      const Token next = step();
      if (next.kind != Token::name) {
        token = next;
        break;
      }
      if (holds(kReach, next.text)) use(std::string(next.text), "reaches into the interpreter", next.at);
      if (name.size() < 200) name += "." + std::string(next.text);
      long_ = true;
      token = step();
    }
    const bool called = is(token, "(");
    if (called) ++calls_;
    if (holds(kReach, begin.text)) use(name, "reaches into the interpreter", begin.at);
    if (attribute) return token;
    const bool bound = known_.contains(name.substr(0, name.find('.')));
    const std::string full = resolve(name);
    if (called && !long_ && holds(kBuiltins, std::string_view(full))) {
      use(full, "runs text as code", begin.at);
    } else {
      // A name that was not imported is a variable, whatever it is called.
      if (const auto effect = effect_of(full, names_);
          bound && !effect.empty() && (called || effect == "runs programs"))
        use(full, effect, begin.at);
      if (called && !long_ && full == name)
        for (const std::string& module : stars_)
          if (const auto effect = effect_of(module + "." + name, names_); !effect.empty())
            use(module + "." + name, effect, begin.at);
    }
    // What torch.jit writes has no imports: files are opened by operations.
    if (jit_ && called)
      for (const std::string_view bad : {"torch.save", "ops.aten.save", "torch.from_file", "ops.aten.from_file",
                                         "torch.load", "ops.prim.PythonOp", "torch.ops.load_library"})
        if (full == bad || full.ends_with("." + std::string(bad))) use(full, "reads or writes files", begin.at);
    if (called && (full == "getattr" || full == "importlib.import_module" || full == "importlib.__import__")) {
      const Token inner = step();
      const std::string target = inner.kind == Token::name ? resolve(std::string(inner.text)) : quoted(inner.text);
      if (holds(kModules, std::string_view(target)) || target == "os" || target == "builtins" ||
          target == "__builtins__" || target == "sys")
        use(full + "(" + target + ", …)", "turns text into functions", begin.at);
      return inner;  // it is the beginning of the next thing
    }
    return token;
  }

  static std::string quoted(std::string_view text) {
    const auto begin = text.find_first_of("'\"");
    if (begin == std::string_view::npos || text.size() < begin + 2) return "";
    return std::string(text.substr(begin + 1, std::min<std::size_t>(text.size() - begin - 2, 100)));
  }

  std::string resolve(const std::string& name) const {
    const auto dot = std::min(name.find('.'), name.size());
    const auto known = known_.find(name.substr(0, dot));
    return known == known_.end() ? name : known->second + name.substr(dot);
  }

  void use(std::string name, std::string_view effect, std::uint64_t at) {
    if (out_.uses.size() < kMaxUses && seen_.insert(name).second) out_.uses.push_back({std::move(name), effect, at});
  }

  std::string_view text_;
  Tokens tokens_;
  const Names& names_;
  Source out_;
  bool jit_ = false;
  bool plausible_ = false;
  int statements_ = 0, calls_ = 0;
  std::unordered_map<std::string, std::string> known_;
  std::vector<std::string> stars_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

Source read(std::string_view text, const Names& names) {
  return Reader(text, names).run();
}

}  // namespace tocsin::scan::models::python
