#include "scan/models/pickle/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "scan/models/pickle/constants.hpp"
#include "scan/models/pickle/opcodes.hpp"

namespace tocsin::scan::pickle {
namespace {

constexpr std::uint64_t kTold = 4u << 20;  // bytes between two words on how far it is
constexpr std::size_t kTogether = 128;     // values of a dict that is filled in several steps
constexpr std::size_t kMarks = 1u << 20;   // open at once; honest models nest some dozens deep

std::uint64_t le(const std::uint8_t* p, int n) {
  std::uint64_t value = 0;
  for (int i = n; i-- > 0;) value = value << 8 | p[i];
  return value;
}

// A pickle may begin so: PROTO, or what protocols 0 and 1 begin with and text and numbers do not. A cheap question,
// asked of every constant; the sink looks closer.
bool may_be_pickle(std::span<const std::byte> content) {
  if (content.size() < 4) return false;
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint8_t>(content[i]); };
  if (byte(0) == PROTO) return byte(1) <= 5;
  if (byte(0) == GLOBAL || byte(0) == INST) {
    // module\nname\n
    std::size_t i = 1;
    const std::size_t end = std::min<std::size_t>(content.size(), 200);
    while (i < end && (byte(i) == '.' || byte(i) == '_' || static_cast<unsigned>((byte(i) | 32) - 'a') < 26u ||
                       static_cast<unsigned>(byte(i) - '0') < 10u))
      ++i;
    return i > 1 && i < end && byte(i) == '\n';
  }
  if (byte(0) == MARK) return std::strchr("cildt(}])SVIUXTKJMN", byte(1)) != nullptr && byte(1) != 0;
  return (byte(0) == EMPTY_DICT || byte(0) == EMPTY_LIST || byte(0) == EMPTY_TUPLE) && byte(1) == BINPUT;
}

// Digits alone, as every writer has them; nullopt for what has to be looked at closer.
std::optional<std::uint64_t> plain_number(std::string_view text) {
  if (text.empty() || text.size() > 18 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned>(c - '0');
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::string_view named(Opcode opcode) {
  return opcode_name(opcode);
}

}  // namespace

Machine::Machine(std::span<const std::byte> input, Sink& sink, Limits limits)
    : input_(input), sink_(sink), limits_(limits), stack_(limits.stack), memo_(limits.memo, limits.sparse_memo) {}

Ended Machine::run(std::uint64_t at) {
  stack_.clear();
  marks_.clear();
  memo_.clear();
  heap_.clear();
  full_ = false;
  return loop(at);
}

std::uint32_t Machine::intern(std::string_view module, std::string_view name, bool resolved, std::uint64_t at) {
  std::string key;
  key.reserve(module.size() + name.size() + 2);
  key.append(module).append(1, '\0').append(name);
  if (!resolved) key.append(1, '\1');
  const auto [found, fresh] = global_index_.try_emplace(std::move(key), static_cast<std::uint32_t>(globals_.size()));
  if (!fresh) return found->second;
  name_bytes_ += module.size() + name.size();
  globals_.push_back({std::string(module), std::string(name), resolved, 0});
  const auto index = found->second;
  sink_.imported(*this, index, at);
  return index;
}

// The first elements of a list, the first items of a dict.
void Machine::remember(Value container, const Value* first, std::uint64_t n) {
  if (!heap_.has(container.payload())) return;
  if (const std::uint64_t known = heap_.link(container.payload()); known != 0) {
    // Protocol 0 sets items one by one: the few of an object's state are put together.
    const auto before = heap_.at(known);
    if (container.tag() != Tag::dict || !heap_.is_whole(known) || before.size() + n > kTogether)
      return heap_.set_partial(known);
    Value all[kTogether];
    std::copy(before.begin(), before.end(), all);
    std::copy(first, first + n, all + before.size());
    return heap_.set_link(container.payload(), heap_.add(all, before.size() + n));
  }
  heap_.set_link(container.payload(), heap_.add(first, n));
}

Ended Machine::loop(std::uint64_t start) {
  const auto* const base = reinterpret_cast<const std::uint8_t*>(input_.data());
  const std::uint8_t* const end = base + input_.size();
  const std::uint8_t* p = base + std::min<std::uint64_t>(start, input_.size());
  const std::uint8_t* frame_end = end + 1;  // beyond everything: no frame
  const std::uint8_t* told = p + std::min<std::uint64_t>(kTold, static_cast<std::uint64_t>(end - p));
  // Where the next look at what is rare is due: the end of the input or of a frame, a word on how far it is, a budget.
  const std::uint8_t* due = p;
  std::uint64_t opcodes = 0;
  int protocol = 0;
  std::uint64_t fence = 0;  // stack below the last mark is out of reach, as in CPython
  std::uint64_t at = 0;

  // Inlined all of them, so that the state of the loop can stay in registers.
  const auto finish = [&](Stop how, std::uint64_t stop, std::string why = {}) __attribute__((always_inline)) {
    return ended(how, stop, std::move(why), opcodes, protocol);
  };
  const auto broken = [&](std::string why)
                          __attribute__((always_inline)) { return finish(Stop::broken, at, std::move(why)); };
  const auto cut_short = [&]() __attribute__((always_inline)) { return cut(at, opcodes, protocol); };
  const auto underflow = [&]() __attribute__((always_inline)) { return too_few(at, opcodes, protocol); };
  const auto height = [&]() __attribute__((always_inline)) { return stack_.size() - fence; };
  const auto left = [&]() __attribute__((always_inline)) { return static_cast<std::uint64_t>(end - p); };
  // The argument up to the next newline; nullopt when there is none.
  const auto line = [&]() __attribute__((always_inline)) -> std::optional<std::string_view> {
    const void* newline = p == end ? nullptr : std::memchr(p, '\n', left());
    if (newline == nullptr) return std::nullopt;
    const auto* stop = static_cast<const std::uint8_t*>(newline);
    std::string_view text(reinterpret_cast<const char*>(p), static_cast<std::size_t>(stop - p));
    p = stop + 1;
    return text;
  };
  // Everything above the last mark; the mark is gone. nullptr when there is no mark.
  std::uint64_t count = 0;
  const auto pop_mark = [&]() __attribute__((always_inline)) -> const Value* {
    if (marks_.empty()) return nullptr;
    const std::uint64_t mark = marks_.back();
    marks_.pop_back();
    fence = marks_.empty() ? 0 : marks_.back();
    count = stack_.size() - mark;
    stack_.cut(mark);
    static const Value kNothing;
    return count == 0 ? &kNothing : &stack_[mark];  // still there until the next push
  };
  const auto push = [&](Value value) __attribute__((always_inline)) {
    if (!stack_.push(value)) full_ = true, due = base;
  };
  const auto put = [&](std::uint64_t index, Value value) __attribute__((always_inline)) {
    if (!memo_.put(index, value, at, heap_.top())) full_ = true, due = base;
  };
  const auto tuple_of = [&](const Value* first, std::uint64_t n) __attribute__((always_inline)) {
    return Value(Tag::tuple, n == 0 ? 0 : heap_.add(first, n));
  };
  const auto container = [&](Tag tag) __attribute__((always_inline)) { push(Value(tag, heap_.add_link())); };
  const auto call = [&](Value callee, Value arguments) __attribute__((always_inline)) {
    const std::uint8_t note = sink_.called(*this, callee, arguments, at);
    const Value parts[2] = {callee, arguments};
    push(Value::of_call(callee.tag() == Tag::global ? static_cast<std::uint32_t>(callee.payload()) : Value::kNoGlobal,
                        note, heap_.add(parts, 2)));
  };
  const auto looked_at = [&](std::span<const std::byte> content) __attribute__((always_inline)) {
    if (may_be_pickle(content)) sink_.nested(*this, content, at);
  };
  const auto escaped = [&]() __attribute__((always_inline)) {
    // Text that stands for bytes in protocols 0 to 2. Copied, hence only so far: what imports something does it before.
    const Decoded decoded = decode(input_, at, limits_.escaped_bytes);
    looked_at(std::as_bytes(std::span(decoded.text.data(), decoded.text.size())));
  };

  for (;;) {
    if (p >= due) [[unlikely]] {
      if (p > frame_end) {
        // The last opcode began inside the frame and its argument ends outside: or the frame was over before it began.
        if (base + at < frame_end) sink_.crossed_frame(*this, at);
        frame_end = end + 1;
      }
      at = static_cast<std::uint64_t>(p - base);
      if (full_) return finish(Stop::refused, at, "more to remember than any model needs");
      if (p == end) return cut_short();
      if (p >= told) {
        sink_.passed(*this, at);
        told = p + std::min<std::uint64_t>(kTold, static_cast<std::uint64_t>(end - p));
      }
      due = std::min({frame_end, told, end});
    }
    at = static_cast<std::uint64_t>(p - base);
    const std::uint8_t opcode = *p++;
    ++opcodes;
    switch (opcode) {
      case PROTO:
        if (left() < 1) return cut_short();
        protocol = *p++;
        if (protocol > 5) return broken(fmt::format("protocol {} is not known", protocol));
        break;
      case FRAME: {
        if (left() < 8) return cut_short();
        const std::uint64_t size = le(p, 8);
        p += 8;
        // A frame inside a frame, or one that is longer than the file: unpicklers do not agree on either.
        if ((frame_end <= end && p < frame_end) || size > left()) sink_.crossed_frame(*this, at);
        frame_end = size > left() ? end + 1 : p + size;  // its own argument crosses nothing
        due = base;
        break;
      }
      case STOP:
        if (height() == 0) return underflow();
        return finish(Stop::stopped, at + 1);

      case MARK:
        if (marks_.size() >= kMarks) return finish(Stop::refused, at + 1, "more open marks than any model has");
        marks_.push_back(stack_.size());
        fence = stack_.size();
        break;
      case POP:
        // As CPython: POP on a mark takes the mark.
        if (!marks_.empty() && marks_.back() == stack_.size()) {
          pop_mark();
        } else {
          if (height() == 0) return underflow();
          stack_.cut(stack_.size() - 1);
        }
        break;
      case POP_MARK:
        if (pop_mark() == nullptr) return broken("POP_MARK without a mark");
        break;
      case DUP:
        if (height() == 0) return underflow();
        push(Value(stack_.back()));
        break;

      case NONE:
        push(Value(Tag::none, 0));
        break;
      case NEWTRUE:
        push(Value(Tag::boolean, 1));
        break;
      case NEWFALSE:
        push(Value(Tag::boolean, 0));
        break;
      case BININT1:
        if (left() < 1) return cut_short();
        p += 1;
        push(Value(Tag::integer, at));
        break;
      case BININT2:
        if (left() < 2) return cut_short();
        p += 2;
        push(Value(Tag::integer, at));
        break;
      case BININT:
        if (left() < 4) return cut_short();
        p += 4;
        push(Value(Tag::integer, at));
        break;
      case BINFLOAT:
        if (left() < 8) return cut_short();
        p += 8;
        push(Value(Tag::real, at));
        break;
      case LONG1: {
        if (left() < 1 || left() - 1 < *p) return cut_short();
        p += 1 + *p;
        push(Value(Tag::integer, at));
        break;
      }
      case LONG4: {
        if (left() < 4) return cut_short();
        const std::uint64_t n = le(p, 4);
        if (n > INT32_MAX) return broken("LONG4 with a negative length");
        if (left() - 4 < n) return cut_short();
        p += 4 + n;
        push(Value(Tag::integer, at));
        break;
      }
      case INT: {
        const auto text = line();
        if (!text) return cut_short();
        // 00 and 01 are how protocols 0 and 1 write False and True.
        if (*text == "00" || *text == "01") {
          push(Value(Tag::boolean, (*text)[1] == '1'));
          break;
        }
        if (!plain_number(*text) && !decode(input_, at).valid)
          return broken("INT is no number: " + printable(*text, 40));
        push(Value(Tag::integer, at));
        break;
      }
      case LONG: {
        const auto text = line();
        if (!text) return cut_short();
        if (!decode(input_, at).valid) return broken("LONG is no number: " + printable(*text, 40));
        push(Value(Tag::integer, at));
        break;
      }
      case FLOAT: {
        const auto text = line();
        if (!text) return cut_short();
        if (!decode(input_, at).valid) return broken("FLOAT is no number: " + printable(*text, 40));
        push(Value(Tag::real, at));
        break;
      }

      case SHORT_BINUNICODE:
        if (left() < 1 || left() - 1 < *p) return cut_short();
        p += 1 + *p;
        push(Value(Tag::text, at));
        break;
      case BINUNICODE:
      case BINUNICODE8:
      case BINBYTES:
      case BINBYTES8:
      case BYTEARRAY8:
      case BINSTRING:
      case SHORT_BINSTRING:
      case SHORT_BINBYTES: {
        const int width = opcode == BINUNICODE || opcode == BINBYTES || opcode == BINSTRING ? 4
                          : opcode == SHORT_BINSTRING || opcode == SHORT_BINBYTES           ? 1
                                                                                            : 8;
        if (left() < static_cast<std::uint64_t>(width)) return cut_short();
        const std::uint64_t n = le(p, width);
        if (opcode == BINSTRING && n > INT32_MAX) return broken("BINSTRING with a negative length");
        if (left() - static_cast<std::uint64_t>(width) < n) return cut_short();
        p += width;
        looked_at(input_.subspan(static_cast<std::uint64_t>(p - base), n));
        p += n;
        push(Value(opcode == BINBYTES || opcode == BINBYTES8 || opcode == BYTEARRAY8 || opcode == SHORT_BINBYTES
                       ? Tag::bytes
                       : Tag::text,
                   at));
        break;
      }
      case STRING:
      case UNICODE: {
        const auto text = line();
        if (!text) return cut_short();
        // Without a backslash, and for STRING in quotes, it is what it looks like.
        const bool plain =
            text->find('\\') == std::string_view::npos &&
            (opcode == UNICODE ||
             (text->size() >= 2 && (text->front() == '\'' || text->front() == '"') && text->back() == text->front()));
        if (plain) {
          const std::size_t quote = opcode == STRING ? 1 : 0;
          const auto begin =
              static_cast<std::uint64_t>(reinterpret_cast<const std::uint8_t*>(text->data()) - base) + quote;
          looked_at(input_.subspan(begin, text->size() - 2 * quote));
          push(Value(Tag::text, at));
          break;
        }
        if (!decode(input_, at, 64).valid)
          return broken(fmt::format("{} is not quoted or escaped as it should be", named(static_cast<Opcode>(opcode))));
        escaped();
        push(Value(Tag::text, at));
        break;
      }

      case EMPTY_TUPLE:
        push(Value(Tag::tuple, 0));
        break;
      case TUPLE1:
      case TUPLE2:
      case TUPLE3: {
        const std::uint64_t n = opcode - TUPLE1 + 1u;
        if (height() < n) return underflow();
        const Value made = tuple_of(&stack_[stack_.size() - n], n);
        stack_.cut(stack_.size() - n);
        push(made);
        break;
      }
      case TUPLE: {
        const Value* first = pop_mark();
        if (first == nullptr) return broken("TUPLE without a mark");
        push(tuple_of(first, count));
        break;
      }
      case EMPTY_LIST:
        container(Tag::list);
        break;
      case EMPTY_DICT:
        container(Tag::dict);
        break;
      case EMPTY_SET:
        push(Value(Tag::set, 0));
        break;
      case LIST:
      case DICT: {
        const Value* first = pop_mark();
        if (first == nullptr) return broken(fmt::format("{} without a mark", named(static_cast<Opcode>(opcode))));
        if (opcode == DICT && count % 2 != 0) return broken("DICT of an odd number of values");
        const Value made(opcode == LIST ? Tag::list : Tag::dict, heap_.add_link());
        if (count > 0) remember(made, first, count);
        push(made);
        break;
      }
      case FROZENSET:
        if (pop_mark() == nullptr) return broken("FROZENSET without a mark");
        push(Value(Tag::set, 0));
        break;
      case APPEND: {
        if (height() < 2) return underflow();
        const Value element = stack_.back();
        stack_.cut(stack_.size() - 1);
        const Value target = stack_.back();
        if (target.tag() == Tag::list) {
          remember(target, &element, 1);
        } else {
          sink_.changed(*this, target, at);
        }
        break;
      }
      case APPENDS:
      case ADDITEMS:
      case SETITEMS: {
        const Value* first = pop_mark();
        if (first == nullptr) return broken(fmt::format("{} without a mark", named(static_cast<Opcode>(opcode))));
        if (height() == 0) return underflow();
        const Value target = stack_.back();
        if (opcode == SETITEMS && count % 2 != 0) return broken("SETITEMS of an odd number of values");
        const Tag plain = opcode == APPENDS ? Tag::list : opcode == SETITEMS ? Tag::dict : Tag::set;
        if (target.tag() != plain)
          sink_.changed(*this, target, at);
        else if (plain != Tag::set && count > 0)
          remember(target, first, count);
        break;
      }
      case SETITEM: {
        if (height() < 3) return underflow();
        const Value pair[2] = {stack_[stack_.size() - 2], stack_.back()};
        stack_.cut(stack_.size() - 2);
        const Value target = stack_.back();
        if (target.tag() != Tag::dict)
          sink_.changed(*this, target, at);
        else
          remember(target, pair, 2);
        break;
      }

      case MEMOIZE:
        if (height() == 0) return underflow();
        put(memo_.count(), stack_.back());
        break;
      case BINPUT:
        if (left() < 1) return cut_short();
        if (height() == 0) return underflow();
        put(*p++, stack_.back());
        break;
      case LONG_BINPUT:
        if (left() < 4) return cut_short();
        if (height() == 0) return underflow();
        put(le(p, 4), stack_.back());
        p += 4;
        break;
      case PUT:
      case GET: {
        const auto text = line();
        if (!text) return cut_short();
        // The key of PUT and GET is read as a number, like INT.
        Decoded index;
        if (const auto number = plain_number(*text)) {
          index.integer = static_cast<std::int64_t>(*number);
        } else {
          std::string as_int = "I" + std::string(text->substr(0, 64)) + "\n";
          index = decode(std::as_bytes(std::span(as_int.data(), as_int.size())), 0);
        }
        if (!index.valid || !index.fits || index.integer < 0 || text->size() > 64)
          return broken(fmt::format("{} of {}", named(static_cast<Opcode>(opcode)), printable(*text, 40)));
        if (opcode == PUT) {
          if (height() == 0) return underflow();
          put(static_cast<std::uint64_t>(index.integer), stack_.back());
        } else {
          const auto found = memo_.get(static_cast<std::uint64_t>(index.integer));
          if (!found) return broken(fmt::format("GET of {}, which was never put", index.integer));
          push(*found);
        }
        break;
      }
      case BINGET: {
        if (left() < 1) return cut_short();
        const auto found = memo_.get(*p);
        if (!found) return broken(fmt::format("BINGET of {}, which was never put", *p));
        ++p;
        push(*found);
        break;
      }
      case LONG_BINGET: {
        if (left() < 4) return cut_short();
        const auto found = memo_.get(le(p, 4));
        if (!found) return broken(fmt::format("LONG_BINGET of {}, which was never put", le(p, 4)));
        p += 4;
        push(*found);
        break;
      }

      case GLOBAL:
      case INST: {
        const auto module = line();
        const auto name = module ? line() : std::nullopt;
        if (!name) return cut_short();
        if (module->size() > limits_.name_bytes || name->size() > limits_.name_bytes)
          return broken("a name of more than " + std::to_string(limits_.name_bytes) + " bytes");
        if (globals_.size() >= limits_.globals || name_bytes_ > limits_.all_name_bytes)
          return finish(Stop::refused, static_cast<std::uint64_t>(p - base), "more names than any model imports");
        const bool readable = is_utf8(*module) && is_utf8(*name);
        const Value global(Tag::global, intern(*module, *name, readable, at));
        if (opcode == GLOBAL) {
          push(global);
          if (!readable) return broken("a name that is no UTF-8");
          break;
        }
        const Value* first = pop_mark();
        if (first == nullptr) return broken("INST without a mark");
        const Value arguments = tuple_of(first, count);
        call(global, arguments);
        break;
      }
      case STACK_GLOBAL: {
        if (height() < 2) return underflow();
        const Value name_value = stack_.back(), module_value = stack_[stack_.size() - 2];
        stack_.cut(stack_.size() - 2);
        const auto module = text(module_value), name = text(name_value);
        if (globals_.size() >= limits_.globals || name_bytes_ > limits_.all_name_bytes)
          return finish(Stop::refused, static_cast<std::uint64_t>(p - base), "more names than any model imports");
        if (module && name && module->size() <= limits_.name_bytes && name->size() <= limits_.name_bytes)
          push(Value(Tag::global, intern(*module, *name, true, at)));
        else
          push(Value(Tag::global, intern(module ? module->substr(0, 200) : show(module_value, 200),
                                         name ? name->substr(0, 200) : show(name_value, 200), false, at)));
        break;
      }
      case REDUCE: {
        if (height() < 2) return underflow();
        const Value arguments = stack_.back(), callee = stack_[stack_.size() - 2];
        stack_.cut(stack_.size() - 2);
        call(callee, arguments);
        break;
      }
      case NEWOBJ: {
        if (height() < 2) return underflow();
        const Value arguments = stack_.back(), callee = stack_[stack_.size() - 2];
        stack_.cut(stack_.size() - 2);
        call(callee, arguments);
        break;
      }
      case NEWOBJ_EX: {
        if (height() < 3) return underflow();
        const Value arguments = stack_[stack_.size() - 2], callee = stack_[stack_.size() - 3];
        stack_.cut(stack_.size() - 3);
        call(callee, arguments);
        break;
      }
      case OBJ: {
        const Value* first = pop_mark();
        if (first == nullptr) return broken("OBJ without a mark");
        if (count == 0) return underflow();
        const Value callee = first[0];
        const Value arguments = tuple_of(first + 1, count - 1);
        call(callee, arguments);
        break;
      }
      case BUILD: {
        if (height() < 2) return underflow();
        const Value state = stack_.back(), object = stack_[stack_.size() - 2];
        stack_.cut(stack_.size() - 1);
        sink_.built(*this, object, state, at);
        const std::uint64_t skipped = sink_.data_after(*this, object, state, at + 1);
        if (skipped > left()) {
          at = input_.size();
          return cut_short();
        }
        p += skipped;
        if (skipped > 0 && p > frame_end) frame_end = end + 1;  // data in mid-stream stands outside of frames
        due = base;
        break;
      }
      case EXT1:
      case EXT2:
      case EXT4: {
        const int width = opcode == EXT1 ? 1 : opcode == EXT2 ? 2 : 4;
        if (left() < static_cast<std::uint64_t>(width)) return cut_short();
        const std::uint64_t code = le(p, width);
        p += width;
        sink_.extension(*this, code, at);
        push(Value(Tag::buffer, code));
        break;
      }
      case PERSID: {
        const auto text = line();
        if (!text) return cut_short();
        sink_.persistent(*this, Value(), at);
        push(Value(Tag::persistent, 0));
        break;
      }
      case BINPERSID: {
        if (height() == 0) return underflow();
        const Value id = stack_.back();
        stack_.cut(stack_.size() - 1);
        sink_.persistent(*this, id, at);
        push(Value(Tag::persistent, heap_.add(&id, 1)));
        break;
      }
      case NEXT_BUFFER:
        push(Value(Tag::buffer, 0));
        break;
      case READONLY_BUFFER:
        if (height() == 0) return underflow();
        break;
      default:
        return broken(fmt::format("byte {:#04x} is no opcode", opcode));
    }
  }
}

Ended Machine::ended(Stop how, std::uint64_t end, std::string why, std::uint64_t opcodes, int protocol) const {
  return {how, end, std::move(why), opcodes, memo_.count(), protocol};
}

Ended Machine::cut(std::uint64_t at, std::uint64_t opcodes, int protocol) const {
  return ended(Stop::exhausted, at,
               at < input_.size() ? fmt::format("the file ends inside {}",
                                                named(static_cast<Opcode>(std::to_integer<int>(input_[at]))))
                                  : std::string("the file ends before STOP"),
               opcodes, protocol);
}

Ended Machine::too_few(std::uint64_t at, std::uint64_t opcodes, int protocol) const {
  return ended(Stop::broken, at,
               fmt::format("{} takes more from the stack than is there",
                           named(static_cast<Opcode>(std::to_integer<int>(input_[at])))),
               opcodes, protocol);
}

std::span<const Value> Machine::elements(Value value) const {
  if (value.tag() == Tag::tuple) return heap_.at(value.payload());
  return value.tag() == Tag::list ? heap_.at(heap_.link(value.payload())) : std::span<const Value>();
}

std::span<const Value> Machine::items(Value dict) const {
  return dict.tag() == Tag::dict ? heap_.at(heap_.link(dict.payload())) : std::span<const Value>();
}

bool Machine::remembers(Value value) const {
  switch (value.tag()) {
    case Tag::tuple:
      return value.payload() == 0 || heap_.is_whole(value.payload());
    case Tag::list:
    case Tag::dict: {
      const std::uint64_t link = heap_.link(value.payload());
      return heap_.has(value.payload()) && (link == 0 || heap_.is_whole(link));
    }
    case Tag::call:
      return heap_.has(value.call_place());
    default:
      return true;
  }
}

std::optional<std::uint32_t> Machine::callee(Value call) const {
  if (call.tag() != Tag::call || call.callee() == Value::kNoGlobal) return std::nullopt;
  return call.callee();
}

Value Machine::arguments(Value call) const {
  const auto parts = call.tag() == Tag::call ? heap_.at(call.call_place()) : std::span<const Value>();
  return parts.size() == 2 ? parts[1] : Value();
}

Value Machine::persistent_id(Value value) const {
  const auto id = value.tag() == Tag::persistent ? heap_.at(value.payload()) : std::span<const Value>();
  return id.empty() ? Value() : id[0];
}

std::optional<std::string> Machine::text(Value value) const {
  if (value.tag() != Tag::text) return std::nullopt;
  Decoded decoded = decode(input_, value.payload(), 1u << 16);
  if (!decoded.valid) return std::nullopt;
  return std::move(decoded.text);
}

std::optional<std::span<const std::byte>> Machine::bytes(Value value) const {
  if (value.tag() != Tag::bytes) return std::nullopt;
  return decode(input_, value.payload(), 0).raw;
}

std::optional<std::int64_t> Machine::integer(Value value) const {
  if (value.tag() == Tag::boolean) return static_cast<std::int64_t>(value.payload());
  if (value.tag() != Tag::integer) return std::nullopt;
  const Decoded decoded = decode(input_, value.payload());
  if (!decoded.fits || !decoded.valid) return std::nullopt;
  return decoded.integer;
}

std::string Machine::show(Value value, std::size_t most) const {
  std::string out;
  print(value, most, 0, out);
  return out;
}

// Depth is bounded by us, not by the stream; what was cut is "…".
void Machine::print(Value value, std::size_t most, int depth, std::string& out) const {
  constexpr int kDepth = 6;
  if (out.size() >= most || depth > kDepth) {
    if (!out.ends_with("…")) out += "…";
    return;
  }
  const auto list = [&](std::span<const Value> values) {
    for (std::size_t i = 0; i < values.size() && !out.ends_with("…"); ++i) {
      if (i > 0) out += ", ";
      print(values[i], most, depth + 1, out);
    }
  };
  switch (value.tag()) {
    case Tag::unknown:
      out += "?";
      break;
    case Tag::none:
      out += "None";
      break;
    case Tag::boolean:
      out += value.payload() != 0 ? "True" : "False";
      break;
    case Tag::integer: {
      const auto number = integer(value);
      out += number ? std::to_string(*number) : "…";
      break;
    }
    case Tag::real:
      out += fmt::format("{}", decode(input_, value.payload()).real);
      break;
    case Tag::text: {
      const Decoded decoded = decode(input_, value.payload(), most + 1);
      const std::size_t room = most - out.size();
      out += '"' + printable(decoded.text, std::max<std::size_t>(room, 16)) + '"';
      break;
    }
    case Tag::bytes: {
      const auto raw = decode(input_, value.payload(), 0).raw;
      out += "b\"";
      for (std::size_t i = 0; i < raw.size() && i < 48 && out.size() < most; ++i) {
        const auto byte = std::to_integer<std::uint8_t>(raw[i]);
        if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\')
          out += static_cast<char>(byte);
        else
          out += fmt::format("\\x{:02x}", byte);
      }
      out += raw.size() > 48 ? "…\"" : "\"";
      break;
    }
    case Tag::tuple:
      out += '(';
      list(elements(value));
      out += elements(value).size() == 1 ? ",)" : ")";
      break;
    case Tag::list:
      out += '[';
      list(elements(value));
      out += ']';
      break;
    case Tag::dict: {
      out += '{';
      const auto pairs = items(value);
      for (std::size_t i = 0; i + 1 < pairs.size() && !out.ends_with("…"); i += 2) {
        if (i > 0) out += ", ";
        print(pairs[i], most, depth + 1, out);
        out += ": ";
        print(pairs[i + 1], most, depth + 1, out);
      }
      out += '}';
      break;
    }
    case Tag::set:
      out += "{…}";
      break;
    case Tag::global: {
      const Global& global = globals_[value.payload()];
      out += printable(global.module + "." + global.name, std::max<std::size_t>(most - out.size(), 16));
      break;
    }
    case Tag::call: {
      const auto parts = heap_.at(value.call_place());
      if (parts.size() != 2) {
        print(value.callee() == Value::kNoGlobal ? Value() : Value(Tag::global, value.callee()), most, depth + 1, out);
        out += "(…)";
        break;
      }
      print(parts[0], most, depth + 1, out);
      if (parts[1].tag() == Tag::tuple) {
        out += '(';
        list(elements(parts[1]));
        out += ')';
      } else {
        out += "(*";
        print(parts[1], most, depth + 1, out);
        out += ')';
      }
      break;
    }
    case Tag::persistent:
      out += "<persistent>";
      break;
    case Tag::buffer:
      out += "<buffer>";
      break;
  }
}

}  // namespace tocsin::scan::pickle
