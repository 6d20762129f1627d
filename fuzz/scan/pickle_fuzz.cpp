// The pickle machine on streams that are pickles, nearly. A generator keeps the discipline of stack, marks and memo for
// most of a stream and breaks it now and then; a mutator takes streams apart at their opcodes. Besides what holds of any
// report: a payload that an unpickler would run is found, whatever stands around it.
#include <cstring>
#include <random>
#include <vector>

#include "reports.hpp"
#include "scan/models/pickle/opcodes.hpp"

namespace {

using namespace tocsin;
using namespace tocsin::scan;
using namespace std::string_literals;
namespace op = tocsin::scan::pickle;

enum class Argument { none, one, two, four, eight, line, lines, sized1, sized4, sized8 };
struct Row {
  std::uint8_t code;
  int protocol;
  Argument argument;
};
constexpr Row kRows[] = {
    {op::MARK, 0, Argument::none},
    {op::STOP, 0, Argument::none},
    {op::POP, 0, Argument::none},
    {op::POP_MARK, 1, Argument::none},
    {op::DUP, 0, Argument::none},
    {op::FLOAT, 0, Argument::line},
    {op::INT, 0, Argument::line},
    {op::BININT, 1, Argument::four},
    {op::BININT1, 1, Argument::one},
    {op::LONG, 0, Argument::line},
    {op::BININT2, 1, Argument::two},
    {op::NONE, 0, Argument::none},
    {op::PERSID, 0, Argument::line},
    {op::BINPERSID, 1, Argument::none},
    {op::REDUCE, 0, Argument::none},
    {op::STRING, 0, Argument::line},
    {op::BINSTRING, 1, Argument::sized4},
    {op::SHORT_BINSTRING, 1, Argument::sized1},
    {op::UNICODE, 0, Argument::line},
    {op::BINUNICODE, 1, Argument::sized4},
    {op::APPEND, 0, Argument::none},
    {op::BUILD, 0, Argument::none},
    {op::GLOBAL, 0, Argument::lines},
    {op::DICT, 0, Argument::none},
    {op::APPENDS, 1, Argument::none},
    {op::EMPTY_DICT, 1, Argument::none},
    {op::GET, 0, Argument::line},
    {op::BINGET, 1, Argument::one},
    {op::INST, 0, Argument::lines},
    {op::LONG_BINGET, 1, Argument::four},
    {op::LIST, 0, Argument::none},
    {op::EMPTY_LIST, 1, Argument::none},
    {op::OBJ, 1, Argument::none},
    {op::PUT, 0, Argument::line},
    {op::BINPUT, 1, Argument::one},
    {op::LONG_BINPUT, 1, Argument::four},
    {op::SETITEM, 0, Argument::none},
    {op::TUPLE, 0, Argument::none},
    {op::EMPTY_TUPLE, 1, Argument::none},
    {op::SETITEMS, 1, Argument::none},
    {op::BINFLOAT, 1, Argument::eight},
    {op::PROTO, 2, Argument::one},
    {op::NEWOBJ, 2, Argument::none},
    {op::EXT1, 2, Argument::one},
    {op::EXT2, 2, Argument::two},
    {op::EXT4, 2, Argument::four},
    {op::TUPLE1, 2, Argument::none},
    {op::TUPLE2, 2, Argument::none},
    {op::TUPLE3, 2, Argument::none},
    {op::NEWTRUE, 2, Argument::none},
    {op::NEWFALSE, 2, Argument::none},
    {op::LONG1, 2, Argument::sized1},
    {op::LONG4, 2, Argument::sized4},
    {op::BINBYTES, 3, Argument::sized4},
    {op::SHORT_BINBYTES, 3, Argument::sized1},
    {op::SHORT_BINUNICODE, 4, Argument::sized1},
    {op::BINUNICODE8, 4, Argument::sized8},
    {op::BINBYTES8, 4, Argument::sized8},
    {op::EMPTY_SET, 4, Argument::none},
    {op::ADDITEMS, 4, Argument::none},
    {op::FROZENSET, 4, Argument::none},
    {op::NEWOBJ_EX, 4, Argument::none},
    {op::STACK_GLOBAL, 4, Argument::none},
    {op::MEMOIZE, 4, Argument::none},
    {op::FRAME, 4, Argument::eight},
    {op::BYTEARRAY8, 5, Argument::sized8},
    {op::NEXT_BUFFER, 5, Argument::none},
    {op::READONLY_BUFFER, 5, Argument::none},
};
const Row* row_of(std::uint8_t code) {
  for (const Row& row : kRows)
    if (row.code == code) return &row;
  return nullptr;
}

constexpr std::string_view kNames[] = {"collections\nOrderedDict",
                                       "torch._utils\n_rebuild_tensor_v2",
                                       "torch\nFloatStorage",
                                       "numpy\ndtype",
                                       "_codecs\nencode",
                                       "numpy.core.multiarray\n_reconstruct",
                                       "builtins\nset",
                                       "copyreg\n_reconstructor",
                                       "joblib.numpy_pickle\nNumpyArrayWrapper",
                                       "collections\ndefaultdict",
                                       "sklearn.svm._classes\nSVC",
                                       "my.own\nThing",
                                       "os\nsystem",
                                       "torch\nstorage.os.fn",
                                       "torch.storage\n_load_from_bytes",
                                       "builtins\neval",
                                       "a\n",
                                       "\nb",
                                       "\x80\n\xff"};
constexpr std::string_view kTexts[] = {"",
                                       "os",
                                       "system",
                                       "f8",
                                       "O8",
                                       "<U4",
                                       "shape",
                                       "dtype",
                                       "order",
                                       "storage",
                                       "cpu",
                                       "__class__",
                                       "\x80\x04N.",
                                       "cos\nsystem\n(tR.",
                                       "numpy_array_alignment_bytes",
                                       "\xff\xfe",
                                       "\xc2\x80\x02N.",
                                       "latin1"};

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::string pickle(std::size_t most) {
    protocol_ = static_cast<int>(below(6));
    if (protocol_ >= 2) out_ += "\x80"s + static_cast<char>(protocol_);
    const bool framed = protocol_ >= 4 && below(2) == 0;
    const std::size_t head = out_.size();
    const std::size_t steps = 1 + below(60);
    for (std::size_t i = 0; i < steps && out_.size() + 64 < most; ++i) step();
    finish();
    if (framed) {
      const std::uint64_t size = out_.size() - head + (below(8) == 0 ? below(9) : 0);
      out_.insert(head, "\x95"s + number(size, 8));
    }
    return std::move(out_);
  }
  // One opcode with an argument, whatever the stack holds.
  std::string any_opcode() {
    const Row& row = kRows[below(std::size(kRows))];
    return opcode(row);
  }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  static std::string number(std::uint64_t value, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
  }
  std::string text() { return std::string(kTexts[below(std::size(kTexts))]); }
  std::string opcode(const Row& row) {
    std::string out(1, static_cast<char>(row.code));
    const auto lie = [&](std::uint64_t n) { return below(64) == 0 ? random_() : n; };
    switch (row.argument) {
      case Argument::none:
        break;
      case Argument::one:
        out += number(row.code == op::PROTO ? below(7) : below(4), 1);
        break;
      case Argument::two:
        out += number(random_(), 2);
        break;
      case Argument::four:
        out += number(below(8) == 0 ? random_() : below(300), 4);
        break;
      case Argument::eight:
        out += number(row.code == op::FRAME ? below(80) : random_(), 8);
        break;
      case Argument::line:
        if (row.code == op::STRING)
          out += "'" + (below(3) == 0 ? "\\x6fs\\137"s : "os"s) + "'\n";
        else if (row.code == op::UNICODE)
          out += (below(3) == 0 ? "\\u006fs"s : "plain"s) + "\n";
        else if (row.code == op::FLOAT)
          out += "1.5e3\n";
        else
          out += std::to_string(below(5)) + (row.code == op::LONG && below(2) == 0 ? "L\n" : "\n");
        break;
      case Argument::lines:
        out += std::string(kNames[below(std::size(kNames))]) + "\n";
        break;
      case Argument::sized1: {
        const auto t = text();
        out += number(lie(t.size()), 1) + t;
        break;
      }
      case Argument::sized4: {
        const auto t = text();
        out += number(lie(t.size()), 4) + t;
        break;
      }
      case Argument::sized8: {
        const auto t = text();
        out += number(lie(t.size()), 8) + t;
        break;
      }
    }
    return out;
  }
  void emit(std::uint8_t code) { out_ += opcode(*row_of(code)); }

  // One opcode that the stack allows, mostly.
  void step() {
    if (below(40) == 0) {
      out_ += any_opcode();
      return;
    }
    for (int tries = 0; tries < 20; ++tries) {
      const Row& row = kRows[below(std::size(kRows))];
      if (row.protocol > std::max(protocol_, 1) || !fits(row.code)) continue;
      emit(row.code);
      return;
    }
    push(op::NONE);
  }
  void push(std::uint8_t code) {
    emit(code);
    ++height_;
  }
  std::size_t above_mark() const { return marks_.empty() ? height_ : height_ - marks_.back(); }
  bool take(std::size_t n, std::size_t give) {
    if (above_mark() < n) return false;
    height_ = height_ - n + give;
    return true;
  }
  bool take_mark(std::size_t below_it, std::size_t give, bool even = false, std::size_t least = 0) {
    if (marks_.empty() || above_mark() < least || (even && above_mark() % 2 != 0)) return false;
    const std::size_t under = marks_.size() > 1 ? marks_.back() - marks_[marks_.size() - 2] : marks_.back();
    if (under < below_it) return false;
    height_ = marks_.back() - below_it + give;
    marks_.pop_back();
    return true;
  }
  bool fits(std::uint8_t code) {
    switch (code) {
      case op::MARK:
        marks_.push_back(height_);
        return true;
      case op::STOP:
      case op::PROTO:
      case op::FRAME:
        return false;
      case op::POP:
        return above_mark() > 0 && take(1, 0);
      case op::POP_MARK:
        return take_mark(0, 0);
      case op::DUP:
        return above_mark() > 0 && take(1, 2);
      case op::BINPERSID:
        return take(1, 1);
      case op::REDUCE:
      case op::NEWOBJ:
      case op::BUILD:
      case op::APPEND:
      case op::STACK_GLOBAL:
      case op::TUPLE2:
        return take(2, 1);
      case op::SETITEM:
      case op::NEWOBJ_EX:
      case op::TUPLE3:
        return take(3, 1);
      case op::TUPLE1:
        return take(1, 1);
      case op::APPENDS:
      case op::ADDITEMS:
        return take_mark(1, 1);
      case op::SETITEMS:
        return take_mark(1, 1, true);
      case op::DICT:
        return take_mark(0, 1, true);
      case op::LIST:
      case op::TUPLE:
      case op::FROZENSET:
      case op::INST:
        return take_mark(0, 1);
      case op::OBJ:
        return take_mark(0, 1, false, 1);
      case op::MEMOIZE:
      case op::PUT:
      case op::BINPUT:
      case op::LONG_BINPUT:
        ++memo_;
        return above_mark() > 0;
      case op::GET:
      case op::BINGET:
      case op::LONG_BINGET:
        return memo_ > 4 && take(0, 1);
      case op::READONLY_BUFFER:
        return above_mark() > 0;
      default:
        ++height_;
        return true;
    }
  }
  void finish() {
    while (!marks_.empty()) {
      take_mark(0, 1);
      emit(op::TUPLE);
    }
    if (height_ == 0) push(op::NONE);
    out_ += '.';
  }

  std::mt19937 random_;
  std::string out_;
  int protocol_ = 0;
  std::size_t height_ = 0, memo_ = 0;
  std::vector<std::size_t> marks_;
};

// Where each opcode begins; the end of the bytes at last.
std::vector<std::size_t> opcodes_of(std::string_view bytes) {
  std::vector<std::size_t> out;
  std::size_t at = 0;
  while (at < bytes.size()) {
    out.push_back(at);
    const Row* row = row_of(static_cast<std::uint8_t>(bytes[at]));
    ++at;
    const auto number = [&](std::size_t n) {
      std::uint64_t value = 0;
      for (std::size_t i = std::min(n, bytes.size() - at); i-- > 0;)
        value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
      return value;
    };
    const auto skip = [&](std::uint64_t n) { at += std::min<std::uint64_t>(n, bytes.size() - at); };
    const auto line = [&] { at = std::min(bytes.find('\n', at), bytes.size() - 1) + 1; };
    switch (row == nullptr ? Argument::none : row->argument) {
      case Argument::none:
        break;
      case Argument::one:
        skip(1);
        break;
      case Argument::two:
        skip(2);
        break;
      case Argument::four:
        skip(4);
        break;
      case Argument::eight:
        skip(8);
        break;
      case Argument::line:
        line();
        break;
      case Argument::lines:
        line(), line();
        break;
      case Argument::sized1: {
        const auto n = number(1);
        skip(1), skip(n);
        break;
      }
      case Argument::sized4: {
        const auto n = number(4);
        skip(4), skip(n);
        break;
      }
      case Argument::sized8: {
        const auto n = number(8);
        skip(8), skip(n);
        break;
      }
    }
  }
  out.push_back(bytes.size());
  return out;
}

std::size_t give(const std::string& bytes, std::uint8_t* data, std::size_t max_size) {
  const std::size_t n = std::min(bytes.size(), max_size);
  std::memcpy(data, bytes.data(), n);
  return n;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  Generator generator(seed);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size == 0 || generator.below(10) == 0) return give(generator.pickle(max_size), data, max_size);
  if (generator.below(6) == 0) return LLVMFuzzerMutate(data, size, max_size);
  const auto at = opcodes_of(bytes);
  const std::size_t n = at.size() - 1;
  const std::size_t i = generator.below(n), j = std::min(n, i + 1 + generator.below(4));
  const std::string some = bytes.substr(at[i], at[j] - at[i]);
  switch (generator.below(7)) {
    case 0:
      bytes.insert(at[i], generator.any_opcode());
      break;
    case 1:
      bytes.erase(at[i], some.size());
      break;
    case 2:
      bytes.insert(at[i], some);
      break;
    case 3:
      bytes.insert(at[generator.below(n)], some);
      break;
    case 4:
      bytes += generator.pickle(400);
      break;
    case 5: {
      // A pickle in a constant of this one.
      const std::string inner = generator.pickle(200);
      if (inner.size() < 256) bytes.insert(at[i], "C" + std::string(1, static_cast<char>(inner.size())) + inner + "0");
      break;
    }
    default: {
      // The argument of one opcode.
      std::string argument = bytes.substr(at[i], at[i + 1] - at[i]);
      const std::size_t before = argument.size();
      argument.resize(before + 16);
      argument.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(argument.data()), before, argument.size()));
      bytes.replace(at[i], before, argument);
    }
  }
  return give(bytes, data, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Report report = scanned(bytes);
  check(report, size);
  // What runs first is found, whatever comes after it.
  static const std::string kPayload = "\x80\x02"s + "cposix\nsystem\nX\x02\0\0\0id\x85R"s;
  const Report before = scanned(kPayload + "0" + std::string(bytes));
  check(before, size + kPayload.size() + 1);
  TOCSIN_EXPECT(before.worst() == Severity::malicious);
  // What comes after pickles that end well runs for whoever loads one after the other.
  bool plain = report.formats == std::vector<std::string>{"pickle"} && report.complete() && bytes.ends_with('.');
  for (const Finding& finding : report.findings)
    plain = plain && finding.place.member.empty() && finding.rule->id != "trailing-data";
  if (plain) {
    const Report after = scanned(std::string(bytes) + kPayload + ".");
    TOCSIN_EXPECT(after.worst() == Severity::malicious);
    // And cut short, it is not what it was. Without a mark it may be a list of words by then.
    const Report cut = scanned(bytes.substr(0, size - 1));
    TOCSIN_EXPECT(bytes[0] != '\x80' || !cut.findings.empty() || !cut.complete());
  }
  return 0;
}
