// The pickle machine: what an unpickler would do with a stream, without doing it.
//
// One loop over the bytes with a real stack, marks and memo, as CPython's Modules/_pickle.c has them (protocols 0 to 5),
// over values that are remembered by what made them. It imports nothing and calls nothing: each import, call and change of
// state is told to a Sink. No recursion; constants are not copied, they stay where they are in the input.
//
// Declined: looking backwards from a STACK_GLOBAL for "the last two strings", as most scanners do: the memo, POP and DUP
// make that guess wrong whenever somebody wants it to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "scan/models/pickle/heap.hpp"
#include "scan/models/pickle/memo.hpp"
#include "scan/models/pickle/value.hpp"
#include "scan/spill.hpp"

namespace tocsin::scan::pickle {

// A name that the stream imports: exactly what find_class is asked for.
struct Global {
  std::string module;
  std::string name;
  bool resolved = true;    // false: computed, not a constant; `module` and `name` are what could be told
  std::uint32_t fact = 0;  // for the sink: what it found out about the name
};

enum class Stop : std::uint8_t {
  stopped,    // at STOP
  broken,     // an unpickler gives up here
  exhausted,  // the input ends before STOP
  refused,    // a budget
};

struct Ended {
  Stop how = Stop::stopped;
  std::uint64_t end = 0;  // first byte that was not read
  std::string why;        // unless stopped: one sentence
  std::uint64_t opcodes = 0;
  std::uint64_t memoized = 0;
  int protocol = 0;
};

class Machine;

// What happens, in the order in which it would. `at` is the offset of the opcode. Values are live until run() ends.
class Sink {
 public:
  virtual ~Sink() = default;
  // A name is imported for the first time (its index is new), by GLOBAL, INST or STACK_GLOBAL.
  virtual void imported(Machine& machine, std::uint32_t global, std::uint64_t at) = 0;
  // REDUCE, NEWOBJ, NEWOBJ_EX, OBJ, INST: `callee` is called with `arguments` (a tuple when all is as it should be).
  // What is returned here stays with the value that the call gives (Value::note()).
  virtual std::uint8_t called(Machine& machine, Value callee, Value arguments, std::uint64_t at) = 0;
  // BUILD: `object` gets `state`.
  virtual void built(Machine& machine, Value object, Value state, std::uint64_t at) = 0;
  // APPEND(S), SETITEM(S), ADDITEMS onto something that is no plain list, dict or set: its own method runs.
  virtual void changed(Machine& machine, Value object, std::uint64_t at) = 0;
  virtual void persistent(Machine& machine, Value id, std::uint64_t at) = 0;
  virtual void extension(Machine& machine, std::uint64_t code, std::uint64_t at) = 0;
  // An argument runs past the end of its FRAME: readers differ on what comes next.
  virtual void crossed_frame(Machine& machine, std::uint64_t at) = 0;
  // Everything before `at` has been read; told now and then, so that its pages can go.
  virtual void passed(Machine& machine, std::uint64_t at) = 0;
  // Bytes or a text that begin like a pickle.
  virtual void nested(Machine& machine, std::span<const std::byte> content, std::uint64_t at) = 0;
  // After BUILD: how many bytes of data follow in mid-stream (joblib's arrays) before the next opcode, at `next`.
  virtual std::uint64_t data_after(Machine& machine, Value object, Value state, std::uint64_t next) = 0;
};

struct Limits {
  std::uint64_t stack = 1ull << 30;  // values: these two live in temporary files when they grow
  std::uint64_t memo = 1ull << 32;
  std::size_t sparse_memo = 1u << 18;     // entries far beyond the others
  std::size_t globals = 60'000;           // names; the largest honest model seen has some 200
  std::size_t name_bytes = 4096;          // of a module or a name
  std::size_t all_name_bytes = 4u << 20;  // of all of them; some 60 bytes each in honest models
  std::size_t escaped_bytes = 4u << 20;   // of a text with escapes that is looked into
};

class Machine {
 public:
  // `input` and `sink` outlive the machine.
  Machine(std::span<const std::byte> input, Sink& sink, Limits limits = {});
  // Runs one pickle from `at` with a fresh stack and memo; the names found so far stay (their indices hold).
  Ended run(std::uint64_t at);

  const std::vector<Global>& globals() const { return globals_; }
  Global& global(std::uint32_t index) { return globals_[index]; }
  std::span<const std::byte> input() const { return input_; }

  // What a value is made of; empty when it is of another tag, or forgotten (remembers()).
  std::span<const Value> elements(Value tuple_or_list) const;
  std::span<const Value> items(Value dict) const;  // key, value, key, value
  // False for a tuple, list, dict or call whose parts lie too far back, or were too many to keep.
  bool remembers(Value value) const;
  // The import that a call called; nullopt for other values and calls of something else.
  std::optional<std::uint32_t> callee(Value call) const;
  Value arguments(Value call) const;  // `unknown` when forgotten
  Value persistent_id(Value value) const;
  // A text as the unpickler decodes it (UTF-8); nullopt when it would refuse, or for other values.
  std::optional<std::string> text(Value value) const;
  // Content of bytes; nullopt for other values. Lives as long as the input.
  std::optional<std::span<const std::byte>> bytes(Value value) const;
  std::optional<std::int64_t> integer(Value value) const;
  // As Python would write it, shortened: os.system("id").
  std::string show(Value value, std::size_t most = 160) const;

 private:
  void print(Value value, std::size_t most, int depth, std::string& out) const;
  Ended loop(std::uint64_t at);
  [[gnu::cold]] Ended ended(Stop how, std::uint64_t end, std::string why, std::uint64_t opcodes, int protocol) const;
  [[gnu::cold]] Ended cut(std::uint64_t at, std::uint64_t opcodes, int protocol) const;      // the input ends
  [[gnu::cold]] Ended too_few(std::uint64_t at, std::uint64_t opcodes, int protocol) const;  // values on the stack
  bool read_name(std::string_view raw, std::string& out);
  std::uint32_t intern(std::string_view module, std::string_view name, bool resolved, std::uint64_t at);
  void remember(Value container, const Value* first, std::uint64_t n);

  std::span<const std::byte> input_;
  Sink& sink_;
  Limits limits_;
  SpillArray<Value> stack_;
  std::vector<std::uint64_t> marks_;
  Memo memo_;
  Heap heap_;
  std::vector<Global> globals_;
  std::unordered_map<std::string, std::uint32_t> global_index_;  // "module\0name"
  std::size_t name_bytes_ = 0;
  bool full_ = false;  // a budget said no
};

}  // namespace tocsin::scan::pickle
