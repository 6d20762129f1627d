#include "scan/models/pickle/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "scan/models/pickle/constants.hpp"
#include "scan/models/pickle/fingerprint.hpp"
#include "scan/models/pickle/opcodes.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models {
namespace {

using pickle::Ended;
using pickle::Global;
using pickle::Machine;
using pickle::Stop;
using pickle::Tag;
using pickle::Value;

constexpr int kNesting = 12;  // pickles in constants of pickles
constexpr std::string_view kTorchMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);  // torch/serialization.py

// Attributes that make another thing of an object when a stream sets them.
constexpr std::array<std::string_view, 8> kSpecial = {"__class__", "__dict__",     "__call__",    "__reduce__",
                                                      "__init__",  "__setstate__", "__getattr__", "__reduce_ex__"};

// What classes that are no more than a choice are called: IntervalStrategy("steps") is one of them, and an argument of one
// word is all they take.
constexpr std::array<std::string_view, 18> kChoices = {
    "Backend", "Environment", "Dtype", "Format", "Policy", "Method", "Strategy", "Type",  "Option",
    "Names",   "Mode",        "Enum",  "Fn",     "Kind",   "Stage",  "Level",    "State", "Status"};

// More than any model has: what a call would take of memory without bringing it along.
constexpr std::uint64_t kAmount = 1ull << 33;

// dtype strings as numpy.dtype takes them: "f8", "<U12", "|O". nullopt: not one of a plain kind.
struct ItemType {
  std::uint64_t bytes = 0;
  bool objects = false;
};
std::optional<ItemType> item_type(std::string_view text) {
  while (!text.empty() && std::string_view("<>=|").find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (text.front() == 'O') return ItemType{8, true};
  std::uint64_t n = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9' || n > (1u << 30)) return std::nullopt;
    n = n * 10 + static_cast<std::uint64_t>(text[i] - '0');
  }
  if (text.front() == '?') return ItemType{1, false};
  if (std::string_view("biufcSaVMm").find(text.front()) != std::string_view::npos) return ItemType{n, false};
  if (text.front() == 'U') return ItemType{n * 4, false};
  return std::nullopt;
}

class Judge final : public pickle::Sink {
 public:
  // `quiet`: a trial, findings are only counted.
  Judge(Scan* scan, const Names& names, const Part& part, Loader loader, int nesting)
      : scan_(scan), names_(names), part_(part), loader_(loader), nesting_(nesting), machine_(part.bytes, *this) {}

  void only_harm() { only_harm_ = true; }
  void tell(Scan* pages) { pages_ = pages; }

  PickleRead read(std::uint64_t at) {
    out_ = {};
    begin_ = at;
    out_.ended = machine_.run(at);
    report_imports();
    if (out_.ended.how == Stop::broken || out_.ended.how == Stop::exhausted)
      find(rules::pickle_broken, out_.ended.why, out_.ended.end);
    else if (out_.ended.how == Stop::refused)
      find(rules::pickle_budget, out_.ended.why, out_.ended.end);
    return out_;
  }

  // Tells the digests of the pickle that was read. `to_the_end`: where it breaks off nobody can say how long it was meant to
  // be, and it is taken to end with the part; once a part only, or the cost is quadratic.
  void identify(bool to_the_end, bool harmful) {
    if (scan_ == nullptr || !scan_->identifies()) return;
    Stream stream;
    stream.member = part_.member;
    stream.begin = begin_;
    stream.end = out_.ended.how == Stop::stopped || !to_the_end ? out_.ended.end : part_.size();
    const auto passed = [&](std::uint64_t at) { scan_->passed(part_.bytes.data() + at); };
    if (!holes_full_) {
      const auto fingerprint = pickle::fingerprint(part_.bytes, begin_, out_.ended.end, holes_, passed);
      stream.opcodes = fingerprint.digest;
      stream.counted = fingerprint.opcodes;
    }
    // The digest of a file that is one pickle is worked out with the file.
    const bool is_file = part_.member.empty() && begin_ == 0 && stream.end == scan_->report().bytes;
    if (!is_file && part_.whole) {
      constexpr std::uint64_t kStep = 4u << 20;
      Sha256 sha;
      for (std::uint64_t at = begin_; at < stream.end; at += kStep) {
        sha.add(part_.text().substr(at, std::min(kStep, stream.end - at)));
        passed(std::min(at + kStep, stream.end) - 1);
      }
      stream.sha256 = sha.finish();
    }
    scan_->stream(std::move(stream), harmful);
  }

  // ---- what the machine tells ----

  void imported(Machine& machine, std::uint32_t index, std::uint64_t at) override {
    Global& global = machine.global(index);
    out_.imports = out_.imports || (global.resolved && is_identifier(global.module) && is_identifier(global.name));
    State state;
    state.known = global.resolved ? names_.about(global.module, global.name) : Known{Trust::dotted, nullptr};
    state.at = at;
    state.fills = state.known.trust == Trust::safe && fills(global);
    states_.push_back(state);
    out_.acts = out_.acts || (out_.imports && state.known.trust == Trust::danger);
    if (!global.resolved)
      find(rules::pickle_computed_name, fmt::format("imports {}, of which a part is not a constant", shown(global)),
           at);
    else if (is_joblib_wrapper(global))
      out_.joblib_arrays = true;
  }

  std::uint8_t called(Machine& machine, Value callee, Value arguments, std::uint64_t at) override {
    calls_ = true;
    out_.acts = out_.acts || out_.imports;
    judge_call(machine, callee, arguments, at);
    return callee.tag() == Tag::global ? note_of(machine, callee, arguments) : std::uint8_t{0};
  }

  void judge_call(Machine& machine, Value callee, Value arguments, std::uint64_t at) {
    if (const auto module = torch_class(machine, machine.persistent_id(callee))) callee = *module;
    if (callee.tag() == Tag::global) {
      State& state = states_[callee.payload()];
      state.called = true;
      switch (state.known.trust) {
        case Trust::safe:
          if (state.fills) [[unlikely]]
            check_amount(machine, callee, arguments, at);
          return;
        case Trust::caution:
          return caution(machine, *state.known.fact, callee, arguments, at);
        case Trust::plain:
          // The class is told with the imports. NEWOBJ leaves out its constructor.
          if (const auto opcode = part_[at]; opcode != pickle::NEWOBJ && opcode != pickle::NEWOBJ_EX)
            constructed(machine, callee, arguments, at);
          return;
        case Trust::unknown:
          if (state.told) return;
          state.told = true;
          return find(rules::pickle_unknown_call, "calls " + shown(machine.global(index_of(callee))), at,
                      call_text(machine, callee, arguments));
        case Trust::danger:
          state.told = true;
          return find(rules::pickle_dangerous_call,
                      fmt::format("calls {}, which {}", shown(machine.global(index_of(callee))),
                                  effect_in_words(state.known.fact->word)),
                      at, call_text(machine, callee, arguments));
        case Trust::dotted:
          state.told = true;
          if (!machine.global(index_of(callee)).resolved) return;  // told when it was imported
          return find(
              rules::pickle_dotted_name,
              fmt::format("calls {}, an attribute reached through a module", shown(machine.global(index_of(callee)))),
              at, call_text(machine, callee, arguments));
      }
      return;
    }
    if (is_listed_method(machine, callee)) return;
    const Severity severity = callee.tag() == Tag::call || callee.tag() == Tag::unknown ||
                                      callee.tag() == Tag::persistent || callee.tag() == Tag::buffer
                                  ? Severity::malicious
                                  : Severity::suspicious;
    find(rules::pickle_computed_call, severity, "calls something that is no import: " + machine.show(callee, 80), at,
         call_text(machine, callee, arguments));
  }

  void built(Machine& machine, Value object, Value state, std::uint64_t at) override {
    if (object.tag() == Tag::global)
      return find(rules::pickle_changed_import,
                  "gives a new state to " + shown(machine.global(index_of(object))) + " itself", at);
    if (is_member(machine, object))
      find(rules::pickle_changed_import, "gives a new state to " + machine.show(object, 120), at);
    note_item_type(machine, object, state);
    check_file(machine, object, state, at);
    check_code(machine, object, state, at);
    set_attributes(machine, state, at);
    // A state of two parts: the second is set by setattr.
    const auto both = machine.elements(state);
    if (state.tag() == Tag::tuple && both.size() == 2) {
      set_attributes(machine, both[0], at);
      set_attributes(machine, both[1], at);
    }
  }

  void changed(Machine& machine, Value object, std::uint64_t at) override {
    if (object.tag() == Tag::global)
      find(rules::pickle_changed_import, "puts something into " + shown(machine.global(index_of(object))), at);
    else if (is_member(machine, object))
      find(rules::pickle_changed_import, "puts something into " + machine.show(object, 120), at);
  }

  void persistent(Machine& machine, Value id, std::uint64_t at) override {
    // ('storage', torch.FloatStorage, '0', 'cpu', 1000)
    const auto parts = machine.elements(id);
    if (parts.size() >= 5 && machine.text(parts[0]) == "storage") {
      out_.storages += 1;
      const auto count = machine.integer(parts[4]);
      if (parts[1].tag() == Tag::global && count && *count >= 0)
        out_.storage_bytes += static_cast<std::uint64_t>(*count) * width_of(machine.global(index_of(parts[1])).name);
      if (loader_ == Loader::torch) return;
    }
    if (torch_class(machine, id)) return;
    find(rules::pickle_persistent_id, "refers to " + machine.show(id, 80), at);
  }

  void passed(Machine& machine, std::uint64_t at) override {
    if (pages_ != nullptr) pages_->passed(machine.input().data() + at);
  }

  void extension(Machine&, std::uint64_t code, std::uint64_t at) override {
    find(rules::pickle_extension, fmt::format("takes number {} of the extension registry", code), at);
  }

  void crossed_frame(Machine&, std::uint64_t at) override {
    find(rules::pickle_frame, "an argument and its frame do not end together", at);
  }

  void nested(Machine&, std::span<const std::byte> content, std::uint64_t at) override {
    if (nesting_ >= kNesting) return find(rules::pickle_budget, "pickles in pickles, too deep to follow", at);
    look_inside(content, at);
  }

  std::uint64_t data_after(Machine& machine, Value object, Value state, std::uint64_t next) override {
    if (loader_ != Loader::joblib) return 0;
    const auto made = machine.callee(object);
    if (!made || !is_joblib_wrapper(machine.global(*made))) return 0;
    if (!machine.global(*made).name.starts_with("Numpy")) return 0;  // the old ones keep arrays elsewhere
    const std::uint64_t bytes = array_bytes(machine, state, next);
    if (bytes > 0 && scan_ != nullptr && scan_->identifies() && !holes_.push({next, bytes})) holes_full_ = true;
    return bytes;
  }

 private:
  struct State {
    Known known;
    std::uint64_t at = 0;
    bool called = false;
    bool told = false;
    bool fills = false;  // makes as much as a number in its arguments says
  };

  // What Python code could import. Text that happens to begin with the letter of an opcode has no such names.
  static bool is_identifier(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             static_cast<unsigned char>(c) >= 0x80;
    });
  }
  static bool is_listed(Trust trust) {
    return trust == Trust::safe || trust == Trust::caution || trust == Trust::plain;
  }
  static bool is_class_name(std::string_view name) {
    while (!name.empty() && name.front() == '_') name.remove_prefix(1);
    return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
  }
  static std::uint32_t index_of(Value global) { return static_cast<std::uint32_t>(global.payload()); }
  static std::string shown(const Global& global) { return printable(global.module + "." + global.name, 200); }
  static bool is_joblib_wrapper(const Global& global) {
    return global.module.ends_with("joblib.numpy_pickle") && global.name.ends_with("ArrayWrapper");
  }
  static std::uint64_t width_of(std::string_view storage) {
    static constexpr std::pair<std::string_view, std::uint64_t> kWidths[] = {
        {"ComplexDouble", 16}, {"ComplexFloat", 8}, {"Double", 8}, {"Float", 4}, {"BFloat16", 2},
        {"Half", 2},           {"Long", 8},         {"Int", 4},    {"Short", 2}, {"QInt32", 4},
        {"Char", 1},           {"Byte", 1},         {"Bool", 1},   {"QInt8", 1}, {"QUInt8", 1}};
    for (const auto& [name, width] : kWidths)
      if (storage == std::string(name) + "Storage") return width;
    return 1;
  }

  std::string call_text(const Machine& machine, Value callee, Value arguments) const {
    std::string out = machine.show(callee, 200);
    if (arguments.tag() != Tag::tuple) return out + "(*" + machine.show(arguments, 160) + ")";
    out += '(';
    bool first = true;
    for (const Value argument : machine.elements(arguments)) {
      if (!first) out += ", ";
      first = false;
      if (out.size() > 400) {
        out += "…";
        break;
      }
      out += machine.show(argument, 160);
    }
    return out + ')';
  }

  void find(const Rule& rule, std::string what, std::uint64_t at, std::string call = {}) {
    find(rule, rule.severity, std::move(what), at, std::move(call));
  }
  void find(const Rule& rule, Severity severity, std::string what, std::uint64_t at, std::string call = {}) {
    if (only_harm_ && severity < Severity::malicious) return;
    if (severity > Severity::info) out_.harmful = true;
    if (scan_ == nullptr) return;
    Finding finding;
    finding.rule = &rule;
    finding.severity = severity;
    finding.what = std::move(what);
    finding.call = std::move(call);
    finding.place = {part_.member, at, at < part_.size() ? std::string(pickle::opcode_name(part_[at])) : std::string()};
    scan_->find(std::move(finding));
  }

  // Imports that no call has told of.
  void report_imports() {
    for (std::size_t i = told_; i < states_.size(); ++i) {
      State& state = states_[i];
      if (state.told) continue;
      const Global& global = machine_.globals()[i];
      if (!global.resolved) continue;
      switch (state.known.trust) {
        case Trust::safe:
        case Trust::caution:
          break;
        case Trust::plain:
          find(rules::pickle_class, "makes " + shown(global), state.at);
          break;
        case Trust::unknown:
          find(rules::pickle_unknown_import, "imports " + shown(global), state.at);
          break;
        case Trust::danger:
          find(rules::pickle_dangerous_import,
               fmt::format("imports {}, which {}", shown(global), effect_in_words(state.known.fact->word)), state.at);
          break;
        case Trust::dotted:
          find(rules::pickle_dotted_name,
               fmt::format("imports {}, an attribute reached through a module", shown(global)), state.at);
          break;
      }
      state.told = true;
    }
    told_ = states_.size();
  }

  // ('module', class, file, source): how torch.save wrote classes of modules before 1.6. The source is compared, never run
  // (torch/serialization.py, persistent_load).
  std::optional<Value> torch_class(const Machine& machine, Value id) const {
    const auto parts = machine.elements(id);
    if (loader_ != Loader::torch || parts.size() < 2 || parts[1].tag() != Tag::global ||
        machine.text(parts[0]) != "module")
      return std::nullopt;
    return parts[1];
  }

  // bytes, list and their like make what a number says: bytearray(2 ** 40), list(range(2 ** 50)).
  static bool fills(const Global& global) {
    static constexpr std::string_view kFill[] = {"bytes", "bytearray", "list",  "tuple",   "set",    "frozenset",
                                                 "dict",  "str",       "deque", "Counter", "ndarray"};
    return (global.module == "builtins" || global.module == "__builtin__" || global.module == "collections" ||
            global.module == "numpy") &&
           std::find(std::begin(kFill), std::end(kFill), global.name) != std::end(kFill);
  }
  void check_amount(Machine& machine, Value callee, Value arguments, std::uint64_t at) {
    const auto given = machine.elements(arguments);
    if (given.empty()) return;
    const Global& global = machine.global(index_of(callee));
    std::uint64_t amount = 0;
    const auto times = [&](Value value, std::uint64_t before) {
      const auto n = machine.integer(value);
      std::uint64_t out = 0;
      if (!n || *n < 0 || __builtin_mul_overflow(before, static_cast<std::uint64_t>(*n), &out)) return before;
      return out;
    };
    if (global.name == "ndarray") {
      amount = 1;
      for (const Value extent : machine.elements(given[0])) amount = times(extent, amount);
    } else if (global.name == "bytes" || global.name == "bytearray") {
      amount = times(given[0], 1);
    }
    if (const auto made = machine.callee(given[0])) {
      const Global& inner = machine.global(*made);
      if ((inner.module == "builtins" && inner.name == "range") ||
          (inner.module == "__builtin__" && inner.name.ends_with("range")))
        for (const Value end : machine.elements(machine.arguments(given[0]))) amount = std::max(amount, times(end, 1));
    }
    if (amount > kAmount)
      find(rules::pickle_budget, fmt::format("makes {} of {}", shown(global), amount), at,
           call_text(machine, callee, arguments));
  }

  // The constructor of a class that is only known to be one: given a place or a name, it may open, fetch or load it, as
  // those of ultralytics.nn.autobackend.AutoBackend and many others do.
  void constructed(Machine& machine, Value callee, Value arguments, std::uint64_t at) {
    const auto tell = [&](std::string_view why) {
      find(rules::pickle_unsafe_argument, Severity::suspicious,
           fmt::format("makes {} with {}: what its constructor does with that is not known",
                       shown(machine.global(index_of(callee))), why),
           at, call_text(machine, callee, arguments));
    };
    if (arguments.tag() != Tag::tuple || !machine.remembers(arguments)) return tell("arguments that are computed");
    const auto given = machine.elements(arguments);
    const std::string_view name = machine.global(index_of(callee)).name;
    const bool choice = given.size() == 1 && std::any_of(kChoices.begin(), kChoices.end(),
                                                         [&](std::string_view word) { return name.ends_with(word); });
    for (const Value one : given) {
      if (one.tag() == Tag::text) {
        const auto text = machine.text(one);
        if (!choice || !text || !is_word(*text)) return tell("a text");
      } else if (one.tag() == Tag::tuple || one.tag() == Tag::list) {
        for (const Value inner : machine.elements(one))
          if (const auto text = machine.text(inner); text && !is_word(*text)) return tell("a text");
      } else if (const auto made = machine.callee(one)) {
        const std::string_view module = machine.global(*made).module;
        if (module == "pathlib" || module == "builtins" || module == "__builtin__" || module == "_codecs")
          return tell("a value that is computed");
      }
    }
  }
  static bool is_word(std::string_view text) {
    return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
             return c == '_' || c == '-' || c == ' ' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
           });
  }

  // What getattr gives: it belongs to a class, and to all who use that.
  bool is_member(const Machine& machine, Value value) const {
    const auto made = machine.callee(value);
    return made && machine.globals()[*made].name == "getattr";
  }

  // What getattr(C, "x") gives, when C.x is on the list of its own: how unpicklers of protocols that know no dots reach it.
  bool is_listed_method(const Machine& machine, Value call) const {
    const auto made = machine.callee(call);
    if (!made || machine.globals()[*made].name != "getattr" || states_[*made].known.trust != Trust::caution)
      return false;
    const auto given = machine.elements(machine.arguments(call));
    const auto name = given.size() == 2 ? machine.text(given[1]) : std::nullopt;
    if (!name || given[0].tag() != Tag::global) return false;
    const Global& owner = machine.globals()[given[0].payload()];
    return names_.about(owner.module, owner.name + "." + *name).trust == Trust::safe;
  }

  // joblib's old wrappers: an array in a file beside, whose name is put behind the folder of the pickle and opened
  // (joblib/numpy_pickle_compat.py).
  void check_file(Machine& machine, Value object, Value state, std::uint64_t at) {
    const auto made = machine.callee(object);
    if (!made || !machine.global(*made).name.ends_with("ArrayWrapper") ||
        machine.global(*made).module.find("joblib.numpy_pickle") == std::string::npos)
      return;
    const auto items = machine.items(state);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      if (machine.text(items[i]) != "filename") continue;
      const auto name = machine.text(items[i + 1]);
      if (!name || leaves_its_folder(*name))
        find(rules::pickle_unsafe_argument, "loads an array from " + machine.show(items[i + 1], 160), at);
    }
  }

  // The argument becomes a callee of its own.
  void check_callee(Machine& machine, Value callee, Value whole, Value arguments, std::uint64_t at) {
    if (callee.tag() == Tag::global) {
      State& state = states_[callee.payload()];
      switch (state.known.trust) {
        case Trust::safe:
        case Trust::plain:
          state.called = true;
          return;
        case Trust::caution:
          state.called = true;
          // Classes may be made so; a function that needs a look at its arguments would have none.
          if (state.known.fact->word != "value" && state.known.fact->word != "factory" &&
              state.known.fact->word != "name" && !is_class_name(machine.global(index_of(callee)).name))
            find(rules::pickle_unsafe_argument,
                 fmt::format("hands {} to {}", shown(machine.global(index_of(callee))), machine.show(whole, 120)), at,
                 call_text(machine, whole, arguments));
          return;
        case Trust::danger:
        case Trust::dotted:
          state.told = true;
          return find(rules::pickle_unsafe_argument,
                      fmt::format("hands {} to {}", shown(machine.global(index_of(callee))), machine.show(whole, 120)),
                      at, call_text(machine, whole, arguments));
        case Trust::unknown:
          if (state.told) return;
          state.told = true;
          return find(
              rules::pickle_unknown_call,
              fmt::format("makes an object of {}, which is on no list", shown(machine.global(index_of(callee)))), at,
              call_text(machine, whole, arguments));
      }
      return;
    }
    if (callee.tag() == Tag::none) return;
    find(rules::pickle_unsafe_argument,
         fmt::format("hands something that is no import to {}", machine.show(whole, 120)), at,
         call_text(machine, whole, arguments));
  }

  void caution(Machine& machine, const knowledge::PickleName& fact, Value callee, Value arguments, std::uint64_t at) {
    const auto given = machine.elements(arguments);
    if (arguments.tag() != Tag::tuple || !machine.remembers(arguments))
      return find(rules::pickle_unsafe_argument, Severity::suspicious,
                  "the arguments of " + machine.show(callee, 120) + " are computed", at,
                  call_text(machine, callee, arguments));
    if (fact.word == "callee") {
      // Some name a class and its base, or a function and a type: all that are imports are looked at.
      if (given.empty()) return;
      check_callee(machine, given[0], callee, arguments, at);
      const bool plain = given[0].tag() == Tag::global && states_[given[0].payload()].known.trust == Trust::plain;
      for (std::size_t i = 1; i < given.size(); ++i) {
        if (given[i].tag() == Tag::global) check_callee(machine, given[i], callee, arguments, at);
        // f(C, …, (arguments,)): some call it with them.
        if (plain && given[i].tag() == Tag::tuple && given[i].payload() != 0)
          constructed(machine, given[0], given[i], at);
      }
    } else if (fact.word == "factory") {
      if (!given.empty()) check_callee(machine, given[0], callee, arguments, at);
    } else if (fact.word == "name") {
      for (const Value argument : given) {
        const auto text = machine.text(argument);
        if (argument.tag() == Tag::global) {
          check_callee(machine, argument, callee, arguments, at);
        } else if (argument.tag() == Tag::call) {
          // An object of a listed class, or of another constructor here.
          const auto made = machine.callee(argument);
          if (!made)
            find(rules::pickle_unsafe_argument, "the argument of " + machine.show(callee, 120) + " is computed", at,
                 call_text(machine, callee, arguments));
          else if (states_[*made].known.trust != Trust::caution || states_[*made].known.fact->word != "name")
            check_callee(machine, Value(Tag::global, *made), callee, arguments, at);
        } else if (!text ||
                   std::find(fact.allowed.begin(), fact.allowed.end(), std::string_view(*text)) == fact.allowed.end()) {
          find(rules::pickle_unsafe_argument,
               fmt::format("{} resolves {}", machine.show(callee, 120), machine.show(argument, 120)), at,
               call_text(machine, callee, arguments));
        }
      }
    } else if (fact.word == "data") {
      // Protocols 0 to 2 write bytes as text and turn them back: what they are is looked into.
      if (!given.empty())
        if (const auto text = machine.text(given[0]); text && may_hide_a_pickle(*text)) look_inside_text(*text, at);
    } else if (fact.word == "pickle") {
      const auto content = given.empty() ? std::nullopt : machine.bytes(given[0]);
      // Protocols 0 to 2 write bytes as text, and the call that turns them back.
      if (const auto encoded = given.empty() ? std::nullopt : encoded_constant(machine, given[0])) {
        if (const auto raw = from_latin1(*encoded))
          return look_into_file(std::as_bytes(std::span(raw->data(), raw->size())), at);
      }
      if (!content)
        return find(rules::pickle_unsafe_argument, machine.show(callee, 120) + " unpickles something computed", at,
                    call_text(machine, callee, arguments));
      look_into_file(*content, at);
    } else if (fact.word == "value") {
      if (!given.empty())
        find(rules::pickle_unsafe_argument, Severity::suspicious,
             "runs " + machine.show(callee, 120) + " with arguments of the file", at,
             call_text(machine, callee, arguments));
    } else if (fact.word == "getter") {
      // itemgetter(1), attrgetter("score"): made here, called by nobody here.
      for (const Value one : given) {
        const auto name = machine.text(one);
        if (name ? name->starts_with('_') || name->find("._") != std::string::npos : !machine.integer(one))
          return find(rules::pickle_unsafe_argument, machine.show(callee, 120) + " reaches for something hidden", at,
                      call_text(machine, callee, arguments));
      }
    } else if (fact.word == "kind") {
      // type(None): how the types of None, Ellipsis and NotImplemented are written.
      const bool singleton =
          given.size() == 1 &&
          (given[0].tag() == Tag::none ||
           (given[0].tag() == Tag::global && (machine.global(index_of(given[0])).name == "Ellipsis" ||
                                              machine.global(index_of(given[0])).name == "NotImplemented")));
      if (!singleton)
        find(rules::pickle_dangerous_call,
             fmt::format("calls {}, which {}", machine.show(callee, 120), effect_in_words("resolves-names")), at,
             call_text(machine, callee, arguments));
    } else if (fact.word == "method") {
      const auto name = given.size() == 2 ? machine.text(given[1]) : std::nullopt;
      if (name && given[0].tag() == Tag::global && !name->empty() && name->front() != '_' && is_identifier(*name) &&
          name->find('.') == std::string::npos) {
        // A member of a class as a value: enumerations of Python 3.11 are written so, and functions of classes by
        // protocols before 4. Whoever calls it is told.
        const Global& owner = machine.global(index_of(given[0]));
        const State& state = states_[given[0].payload()];
        if (is_class_name(owner.name) && is_listed(state.known.trust)) return;
        if (is_class_name(owner.name) && state.known.trust == Trust::unknown)
          return find(rules::pickle_unknown_call,
                      fmt::format("takes {} of {}, which is on no list", printable(*name, 60), shown(owner)), at,
                      call_text(machine, callee, arguments));
      }
      if (name && given[0].tag() == Tag::global) {
        const Global& owner = machine.global(index_of(given[0]));
        if (names_.about(owner.module, owner.name + "." + *name).trust == Trust::safe) return;
      }
      const bool of_object =
          name && (given[0].tag() == Tag::call || torch_class(machine, machine.persistent_id(given[0])) ||
                   (given[0].tag() == Tag::global && is_listed(states_[given[0].payload()].known.trust)));
      if (!of_object ||
          std::find(fact.allowed.begin(), fact.allowed.end(), std::string_view(*name)) == fact.allowed.end())
        find(rules::pickle_dangerous_call,
             fmt::format("calls {}, which {}", machine.show(callee, 120), effect_in_words("resolves-names")), at,
             call_text(machine, callee, arguments));
    } else if (fact.word == "attributes") {
      for (const Value argument : given) {
        set_attributes(machine, argument, at);
        if (argument.tag() == Tag::tuple)  // what stands in __dict__, and what in slots
          for (const Value part : machine.elements(argument)) set_attributes(machine, part, at);
      }
    }
  }

  void set_attributes(Machine& machine, Value state, std::uint64_t at) {
    const auto items = machine.items(state);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      const auto key = machine.text(items[i]);
      if (key && std::find(kSpecial.begin(), kSpecial.end(), *key) != kSpecial.end())
        find(rules::pickle_special_attribute, "sets " + *key, at);
    }
  }

  // Two libraries run text of the state as code when it is set: scipy.stats (rv_generic.__setstate__) the head of a
  // function, statsmodels (ModelData.__setstate__) a formula. Honest text calls nothing but what it is known to.
  void check_code(Machine& machine, Value object, Value state, std::uint64_t at) {
    static constexpr std::string_view kTemplate[] = {"_parse_args", "_parse_args_rvs", "_parse_args_stats",
                                                     "self._argcheck_rvs", "return"};
    static constexpr std::string_view kFormula[] = {
        "C",           "I",        "Q",         "bs",     "cr",      "cc",       "te",      "center",
        "standardize", "scale",    "Treatment", "Sum",    "Poly",    "Diff",     "Helmert", "np.log",
        "np.log1p",    "np.log10", "np.log2",   "np.exp", "np.sqrt", "np.power", "np.abs",  "np.square"};
    const auto items = machine.items(state);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      const auto key = machine.text(items[i]);
      if (!key || (*key != "_parse_arg_template" && *key != "formula")) continue;
      if (*key == "formula" && !of_package(machine, object, "statsmodels")) continue;
      const auto code = machine.text(items[i + 1]);
      if (items[i + 1].tag() == Tag::none) continue;
      if (!code || !calls_only(*code, *key == "formula" ? std::span<const std::string_view>(kFormula) : kTemplate))
        find(rules::pickle_unsafe_argument,
             "sets " + *key + ", which the library runs as code, to " + machine.show(items[i + 1], 120), at);
    }
    const bool plain = state.tag() == Tag::dict && machine.remembers(state);
    if (!plain && (of_package(machine, object, "scipy.stats") || of_package(machine, object, "statsmodels.base.data")))
      find(rules::pickle_unsafe_argument, Severity::suspicious,
           "gives a state that cannot be told to an object that runs text of it", at);
  }
  // Made by a class of this package, or by a helper that was given one.
  bool of_package(Machine& machine, Value object, std::string_view package) const {
    const auto made = machine.callee(object);
    if (!made) return false;
    if (machine.global(*made).module.starts_with(package)) return true;
    for (const Value argument : machine.elements(machine.arguments(object)))
      if (argument.tag() == Tag::global && machine.global(index_of(argument)).module.starts_with(package)) return true;
    return false;
  }
  // Every bracket that opens after a name opens after one of these, and nothing is reached through an attribute but by them.
  static bool calls_only(std::string_view code, std::span<const std::string_view> allowed) {
    if (code.find("__") != std::string_view::npos || code.find("import") != std::string_view::npos ||
        code.find("lambda") != std::string_view::npos)
      return false;
    std::string_view word;
    for (std::size_t i = 0; i < code.size();) {
      std::size_t end = i;
      while (end < code.size() && (code[end] == '_' || code[end] == '.' || (code[end] >= '0' && code[end] <= '9') ||
                                   ((code[end] | 32) >= 'a' && (code[end] | 32) <= 'z')))
        ++end;
      if (end > i) {
        word = code.substr(i, end - i);
        const bool number = word[0] >= '0' && word[0] <= '9';
        if (word.find('.') != std::string_view::npos && !number &&
            std::find(allowed.begin(), allowed.end(), word) == allowed.end())
          return false;
        i = end;
        continue;
      }
      const char c = code[i++];
      if (c == '(' && !word.empty() && std::find(allowed.begin(), allowed.end(), word) == allowed.end()) return false;
      if (c == '[' || c == '{' || c == '@' || c == ';' || c == '\\' || c == '`' ||
          static_cast<unsigned char>(c) >= 0x80)
        return false;
      if (c != ' ' && c != '\n' && c != '\t') word = c == ')' ? std::string_view(")") : std::string_view();
    }
    return true;
  }

  static bool may_hide_a_pickle(std::string_view text) {
    // U+0080 in UTF-8, or a protocol 0 opcode.
    return text.size() > 4 && (text.starts_with("\xc2\x80") || text[0] == 'c' || text[0] == '(' || text[0] == 'i');
  }
  // What _codecs.encode(text, 'latin1') was given; nullopt for other calls, and for a text too long to keep.
  std::optional<std::string> encoded_constant(Machine& machine, Value call) const {
    const auto made = machine.callee(call);
    if (!made || machine.global(*made).module != "_codecs" || machine.global(*made).name != "encode")
      return std::nullopt;
    const auto given = machine.elements(machine.arguments(call));
    if (given.size() != 2 || (machine.text(given[1]) != "latin1" && machine.text(given[1]) != "latin-1"))
      return std::nullopt;
    auto text = machine.text(given[0]);
    return text && text->size() < (1u << 16) ? std::move(text) : std::nullopt;  // text() keeps so much
  }
  static std::optional<std::string> from_latin1(std::string_view text) {
    std::string raw;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<std::uint8_t>(text[i]);
      if (c < 0x80) {
        raw += text[i];
      } else if ((c == 0xc2 || c == 0xc3) && i + 1 < text.size()) {
        raw += static_cast<char>((c & 3) << 6 | (static_cast<std::uint8_t>(text[++i]) & 0x3f));
      } else {
        return std::nullopt;
      }
    }
    return raw;
  }
  void look_inside_text(std::string_view text, std::uint64_t at) {
    if (const auto raw = from_latin1(text)) look_inside(std::as_bytes(std::span(raw->data(), raw->size())), at);
  }

  // A constant that may be a pickle: tried, and reported when it is one that does something.
  void look_inside(std::span<const std::byte> content, std::uint64_t at) {
    Part inner{content, fmt::format("{}@{}", part_.member, at), part_.depth + 1, true};
    Judge trial(nullptr, names_, inner, Loader::plain, nesting_ + 1);
    const PickleRead tried = trial.read(0);
    // Imports or not: a number of bytes that happen to parse are no pickle. A pickle of nothing but a harmful one is.
    const bool carries = tried.harmful && tried.ended.how == Stop::stopped && tried.ended.end == content.size();
    if (!carries && (!tried.imports || (tried.ended.how != Stop::stopped && !trial.calls_))) return;
    if (scan_ == nullptr) {
      out_.harmful = out_.harmful || tried.harmful;
      return;
    }
    Judge judge(scan_, names_, inner, Loader::plain, nesting_ + 1);
    const PickleRead read = judge.read(0);
    judge.identify(true, read.harmful);
    out_.harmful = out_.harmful || read.harmful;
  }

  // A constant that a known function loads: any format.
  void look_into_file(std::span<const std::byte> content, std::uint64_t at) {
    if (scan_ == nullptr) return;
    Part inner{content, fmt::format("{}@{}", part_.member, at), part_.depth + 1, true};
    if (!scan_->look_into(inner))
      find(rules::pickle_unsafe_argument, Severity::suspicious, "a nested file is in no format that is known", at);
  }

  // joblib: the wrapper's state says what follows (joblib/numpy_pickle.py, NumpyArrayWrapper.read_array). 0 when it
  // cannot be told: what follows is then read as opcodes, and breaks.
  std::uint64_t array_bytes(Machine& machine, Value state, std::uint64_t next) {
    std::uint64_t count = 1;
    std::optional<ItemType> type;
    bool aligned = false;
    const auto items = machine.items(state);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      const auto key = machine.text(items[i]);
      const Value value = items[i + 1];
      if (key == "shape") {
        for (const Value extent : machine.elements(value)) {
          const auto n = machine.integer(extent);
          if (!n || *n < 0 || __builtin_mul_overflow(count, static_cast<std::uint64_t>(*n), &count)) return 0;
        }
      } else if (key == "dtype") {
        if (value.tag() == Tag::call && value.note() != 0) type = item_types_[value.note() - 1u];
      } else if (key == "numpy_array_alignment_bytes") {
        aligned = value.tag() != Tag::none;
      }
    }
    if (!type) return 0;
    if (type->objects) {
      // The objects stand there as a pickle of their own.
      Judge judge(scan_, names_, part_, Loader::plain, nesting_ + 1);
      const PickleRead read = judge.read(next);
      judge.identify(false, read.harmful);
      out_.harmful = out_.harmful || read.harmful;
      return read.ended.end - next;
    }
    std::uint64_t skipped = 0;
    if (aligned) {
      if (next >= part_.size()) return 0;
      skipped = 1u + part_[next];
    }
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(count, type->bytes, &bytes) || __builtin_add_overflow(bytes, skipped, &bytes)) return 0;
    return bytes;
  }

  // A numpy.dtype is noted by its number in item_types_, which stays with the value wherever the memo carries it.
  std::uint8_t note_of(Machine& machine, Value callee, Value arguments) {
    const Global& global = machine.global(index_of(callee));
    if (global.name != "dtype" || global.module != "numpy" || item_types_.size() >= 255) return 0;
    const auto given = machine.elements(arguments);
    const auto text = given.empty() ? std::nullopt : machine.text(given[0]);
    item_types_.push_back(text ? item_type(*text) : std::nullopt);
    return static_cast<std::uint8_t>(item_types_.size());
  }
  // BUILD on it: (3, '<', None, names, fields, itemsize, alignment, flags). The size and the flag for objects count, as
  // NumPy believes them.
  void note_item_type(Machine& machine, Value object, Value state) {
    if (object.tag() != Tag::call || object.note() == 0) return;
    const auto parts = machine.elements(state);
    if (parts.size() < 8) return;
    const auto size = machine.integer(parts[5]), flags = machine.integer(parts[7]);
    if (!size || !flags || *size <= 0) return;  // -1: what the name says
    item_types_[object.note() - 1u] = ItemType{static_cast<std::uint64_t>(*size), (*flags & 1) != 0};
  }

  Scan* scan_;
  Scan* pages_ = scan_;
  const Names& names_;
  const Part& part_;
  Loader loader_;
  int nesting_;
  Machine machine_;
  PickleRead out_;
  std::uint64_t begin_ = 0;
  std::vector<State> states_;  // by index of global
  std::size_t told_ = 0;
  SpillArray<pickle::Hole> holes_{1u << 28};
  bool holes_full_ = false;
  bool calls_ = false;
  bool only_harm_ = false;
  std::vector<std::optional<ItemType>> item_types_;  // of the dtypes made so far; nullopt: cannot be told
};

// Nothing but zeros and line ends: what files are padded with.
bool is_padding(std::byte b) {
  return b == std::byte{0} || b == std::byte{'\n'} || b == std::byte{'\r'};
}
bool is_padding(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return is_padding(b); });
}

}  // namespace

bool begins_as_torch_legacy(std::span<const std::byte> bytes) {
  // PROTO n, LONG1 of ten bytes, STOP; protocols 0 and 1 write LONG in decimal, which nobody has used.
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.size() > 15 && text[0] == '\x80' && text.substr(2, 2) == "\x8a\x0a" &&
         text.substr(4, 10) == kTorchMagic && text[14] == '.';
}

PickleRead read_pickle(Scan& scan, const Part& part, std::uint64_t at, Loader loader) {
  Judge judge(&scan, scan.names(), part, loader, 0);
  PickleRead read = judge.read(at);
  if (loader == Loader::joblib && read.joblib_arrays) {
    // pickle.load skips no arrays: what their bytes would do as opcodes counts as well.
    Judge plain(&scan, scan.names(), part, Loader::plain, 0);
    plain.only_harm();
    read.harmful = plain.read(at).harmful || read.harmful;
  }
  judge.identify(true, read.harmful);
  return read;
}

namespace {

// Text that is no pickle of protocol 0 has no PUTs and bytes beyond ASCII, or breaks at its first letters.
bool is_plain_text(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(bytes.size(), 256)),
                     [](std::byte b) { return b == std::byte{'\n'} || (b >= std::byte{0x20} && b < std::byte{0x7f}); });
}

// How far `bytes` are pickles for an unpickler that is asked again and again; 0 when they are none. Pickles without a mark
// and an import (protocols 0 and 1) could be any text: what they are, those behind them say.
std::uint64_t pickles_in(const Names& names, std::span<const std::byte> bytes, Scan* pages) {
  constexpr int kEnough = 1000;  // so many in a row are no accident
  std::uint64_t at = 0;
  for (int i = 0; i < kEnough; ++i) {
    const auto rest = bytes.subspan(at);
    if (i > 0 && is_padding(rest)) return at;
    if (rest.size() < 2 || pickle::opcode_name(std::to_integer<std::uint8_t>(rest[0])).empty()) return 0;
    const Part part{rest, "", 0, true};
    Judge trial(nullptr, names, part, Loader::plain, 1);
    trial.tell(pages);
    const PickleRead read = trial.read(0);
    // Lists of words hold two lines that read as an import: without a mark it has to do something with it, or to end well.
    if (read.imports && (rest[0] == std::byte{pickle::PROTO} || read.ended.how == Stop::stopped || read.acts))
      return at + read.ended.end;
    // Protocol 0, cut short.
    if (read.ended.how == Stop::exhausted && read.ended.memoized > 0 && read.ended.opcodes > 2 && is_plain_text(rest))
      return bytes.size();
    if (read.ended.how != Stop::stopped) return 0;
    at += read.ended.end;
    if (rest[0] == std::byte{pickle::PROTO}) return at;
    // Not one of two bytes that any text may hold, alone.
    if (i == 0 && read.ended.opcodes <= 2 && is_padding(bytes.subspan(at))) return 0;
  }
  return at;
}

}  // namespace

std::uint64_t read_pickles(Scan& scan, const Part& part, std::uint64_t at, Loader loader) {
  std::uint64_t believed = 0;  // up to here they were tried
  for (;;) {
    const PickleRead read = read_pickle(scan, part, at, loader);
    if (read.ended.how != Stop::stopped) {
      scan.not_read(part, read.ended.end, part.size(), "the pickle before it breaks off");
      return read.ended.end;
    }
    at = read.ended.end;
    if (at < believed) continue;
    const auto rest = part.bytes.subspan(at);
    if (is_padding(rest)) return part.size();
    if (rest.size() >= 2 && rest[0] == std::byte{pickle::PROTO} && rest[1] <= std::byte{5}) continue;
    if (const auto more = pickles_in(scan.names(), rest, &scan); more > 0) {
      believed = at + more;
      continue;
    }
    // Padding, and something behind it: whoever seeks finds that.
    const auto padding = static_cast<std::uint64_t>(
        std::find_if(rest.begin(), rest.end(), [](std::byte b) { return !is_padding(b); }) - rest.begin());
    Part behind{rest.subspan(padding), fmt::format("{}+{}", part.member, at + padding), part.depth + 1, part.whole};
    // Told in any case: a few letters are a text to look_into, and no unpickler gets past them.
    scan.find(rules::trailing_data, fmt::format("{} bytes after the last pickle", rest.size()), {part.member, at, {}});
    scan.look_into(behind);
    return part.size();
  }
}

bool parses_as_pickle(const Names& names, std::span<const std::byte> bytes, Scan* pages) {
  return pickles_in(names, bytes, pages) > 0;
}

bool begins_as_pickle(const Names& names, std::span<const std::byte> bytes, Scan* pages) {
  if (bytes.size() >= 2 && bytes[0] == std::byte{pickle::PROTO}) return bytes[1] <= std::byte{5};
  return parses_as_pickle(names, bytes, pages);
}

}  // namespace tocsin::scan::models
