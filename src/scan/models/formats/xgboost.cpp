// XGBoost's binary models: UBJSON (ubjson.org; `save_model("x.ubj")`, the default since 2.1), and the older one of its own that
// begins with "binf" or, in base64, "bs64". Nothing in them is called; what can go wrong are lengths, and depth: the library's
// reader allocates what a count says and goes down a level a bracket.
#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "scan/models/formats.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::size_t kDepth = 512;  // a model has six levels

// Bytes of a number by its marker; 0: it is no number.
unsigned width_of(char type) {
  switch (type) {
    case 'i':
    case 'U':
    case 'C':
      return 1;
    case 'I':
      return 2;
    case 'l':
    case 'd':
      return 4;
    case 'L':
    case 'D':
      return 8;
    default:
      return 0;
  }
}

class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}
  std::uint64_t at() const { return at_; }
  std::uint64_t left() const { return text_.size() - at_; }
  std::optional<char> take() { return left() == 0 ? std::nullopt : std::optional<char>(text_[at_++]); }
  char peek() const { return left() == 0 ? '\0' : text_[at_]; }
  bool skip(std::uint64_t bytes) {
    if (bytes > left()) return false;
    at_ += bytes;
    return true;
  }
  // An integer with its marker: a length, a count. Big-endian, and never below zero.
  std::optional<std::uint64_t> count() {
    const auto type = take();
    const unsigned width = type && *type != 'C' && *type != 'd' && *type != 'D' ? width_of(*type) : 0;
    if (width == 0 || left() < width) return std::nullopt;
    std::uint64_t n = 0;
    for (unsigned i = 0; i < width; ++i) n = n << 8 | static_cast<unsigned char>(text_[at_++]);
    if (*type != 'U' && (n >> (8 * width - 1) & 1) != 0) return std::nullopt;
    return n;
  }
  std::optional<std::string_view> text() {
    const auto length = count();
    if (!length || *length > left()) return std::nullopt;
    at_ += *length;
    return text_.substr(at_ - *length, *length);
  }

 private:
  std::string_view text_;
  std::uint64_t at_ = 0;
};

// One value; "" or what is wrong with it.
std::string read(Walk& walk) {
  struct Frame {
    bool object = false;
    std::optional<std::uint64_t> left;  // entries still to come; none: up to the closing bracket
  };
  std::vector<Frame> open;
  do {
    if (!open.empty()) {
      Frame& frame = open.back();
      if (frame.left ? *frame.left == 0 : walk.peek() == (frame.object ? '}' : ']')) {
        if (!frame.left) walk.take();
        open.pop_back();
        continue;
      }
      if (frame.left) --*frame.left;
      if (frame.object && !walk.text()) return "a key whose length runs past the end";
    }
    const auto marker = walk.take();
    if (!marker) return "it ends before it is whole";
    const char type = *marker;
    if (type == 'Z' || type == 'N' || type == 'T' || type == 'F') continue;
    if (type == 'S' || type == 'H') {
      if (!walk.text()) return "a text whose length runs past the end";
      continue;
    }
    if (const unsigned width = width_of(type); width > 0) {
      if (!walk.skip(width)) return "a number that runs past the end";
      continue;
    }
    if (type != '{' && type != '[')
      return fmt::format("the byte {:#04x}, which begins nothing", static_cast<unsigned char>(type));
    if (open.size() >= kDepth) return fmt::format("values nested deeper than {}", kDepth);
    Frame frame{type == '{', {}};
    if (walk.peek() == '$') {
      walk.take();
      const auto element = walk.take();
      const unsigned width = element ? width_of(*element) : 0;
      if (width == 0 || frame.object || walk.take() != '#') return "an array of a type that has no size";
      const auto count = walk.count();
      if (!count || *count > walk.left() / width) return "an array whose count runs past the end";
      walk.skip(*count * width);
      continue;
    }
    if (walk.peek() == '#') {
      walk.take();
      frame.left = walk.count();
      // Each entry takes a byte at least.
      if (!frame.left || *frame.left > walk.left()) return "a list whose count runs past the end";
    }
    open.push_back(frame);
  } while (!open.empty());
  return {};
}

bool is_old(std::string_view text) {
  return text.starts_with("binf") || text.starts_with("bs64\t");
}

Fit fits(const Part& part) {
  const auto text = part.text();
  if (is_old(text) && part.size() > 64) return Fit::maybe;
  if (!text.starts_with('{')) return Fit::no;
  Walk walk(text.substr(1));
  const auto key = walk.text();
  // What the library writes first: a model, its version, or both with the settings beside them.
  return key && (*key == "learner" || *key == "version" || *key == "Config" || *key == "Model") ? Fit::maybe : Fit::no;
}

// Parameters of the learner: base score, features, classes, and 64-bit lengths of two names (xgboost/learner.h before 2.1).
bool scan_old(Scan& scan, const Part& part) {
  const auto text = part.text();
  if (text.starts_with("bs64\t")) {
    const auto odd = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n", 5);
    if (odd == std::string_view::npos) return true;
    scan.broken(part, odd, "a byte that is not base64");
    return true;
  }
  constexpr std::uint64_t kParameters = 4 + 136;
  const auto number = [&](std::uint64_t at) {
    std::uint64_t n = 0;
    for (unsigned i = 0; i < 8; ++i) n |= static_cast<std::uint64_t>(part[at + i]) << (8 * i);
    return n;
  };
  std::uint64_t at = kParameters;
  for (const std::string_view name : {"objective", "booster"}) {
    if (at > part.size() || part.size() - at < 8 || number(at) > 1024 || number(at) > part.size() - at - 8) {
      scan.broken(part, at, fmt::format("the name of its {} runs past the end, or is no name", name));
      return true;
    }
    at += 8 + number(at);
  }
  return true;
}

bool scan_xgboost(Scan& scan, const Part& part) {
  if (is_old(part.text())) return scan_old(scan, part);
  Walk walk(part.text());
  if (std::string why = read(walk); !why.empty())
    scan.broken(part, walk.at(), std::move(why));
  else
    scan.look_behind(part, walk.at(), "the model");
  return true;
}

}  // namespace

extern const Format xgboost;
const Format xgboost{"xgboost", "XGBoost model", fits, scan_xgboost};

}  // namespace tocsin::scan::models::formats
