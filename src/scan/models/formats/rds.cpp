// R's .rds (R Internals, 1.8 Serialization Formats; src/main/serialize.c), in XDR form. An .rds of data holds vectors,
// lists and attributes; one that holds a promise runs its code when the value is first touched (CVE-2024-27322). Functions
// and calls are what fitted models of R carry: information. Byte code is not read further.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "scan/models/formats.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

// save() puts a mark of its own before the same: .RData.
std::size_t begin_of(const Part& part) {
  const std::string_view text = part.text().substr(0, 5);
  return text == "RDX2\n" || text == "RDX3\n" || text == "RDA2\n" || text == "RDA3\n" ? 5 : 0;
}

Fit fits(const Part& part) {
  using namespace std::string_view_literals;
  const std::string_view text = part.text().substr(begin_of(part));
  const bool binary = text.starts_with("X\n\0\0\0\2"sv) || text.starts_with("X\n\0\0\0\3"sv);
  const bool ascii = text.starts_with("A\n2\n"sv) || text.starts_with("A\n3\n"sv);
  return part.size() >= 14 && (binary || ascii) ? Fit::sure : Fit::no;
}

class Walk {
 public:
  Walk(Scan& scan, const Part& part) : scan_(scan), part_(part) {}

  void run() {
    at_ = begin_of(part_) + 2;
    ascii_ = part_[at_ - 2] == 'A';
    const std::uint32_t version = u32();
    u32();
    u32();
    if (version == 3) characters(u32());
    // What is still to be read, innermost last: items, or the rest of a pair list.
    left_.push_back(1);
    while (!left_.empty() && why_.empty()) {
      if (left_.back() == 0) {
        left_.pop_back();
        continue;
      }
      --left_.back();
      item();
      if (left_.size() > 1'000'000) why_ = "it is nested beyond every model";
    }
    if (!why_.empty()) {
      scan_.find(rules::format_broken, code_ ? Severity::info : Severity::suspicious, why_, {part_.member, at_, {}});
      return scan_.not_read(part_, std::min<std::uint64_t>(at_, part_.size() - 1), part_.size(), why_);
    }
    if (at_ >= part_.size()) return;
    scan_.find(rules::trailing_data, fmt::format("{} bytes behind the value", part_.size() - at_),
               {part_.member, at_, {}});
    if (!scan_.look_into(
            {part_.bytes.subspan(at_), fmt::format("{}+{}", part_.member, at_), part_.depth + 1, part_.whole}))
      scan_.not_read(part_, at_, part_.size(), "it stands behind the value");
  }

 private:
  // One line of the text form; empty at the end.
  std::string_view line() {
    const std::string_view text = part_.text();
    const auto end = at_ > text.size() ? std::string_view::npos : text.find('\n', at_);
    if (end == std::string_view::npos) {
      if (why_.empty()) why_ = "it ends early";
      return {};
    }
    const auto out = text.substr(at_, end - at_);
    at_ = end + 1;
    return out;
  }
  std::uint32_t u32() {
    if (ascii_) {
      const auto digits = line();
      std::int64_t n = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
      if (error != std::errc() || end != digits.data() + digits.size())
        return digits == "NA" ? 0x80000000u : (why_ = "a number is none", 0u);
      return static_cast<std::uint32_t>(n);
    }
    if (part_.size() < 4 || at_ > part_.size() - 4) {
      why_ = "it ends early";
      return 0;
    }
    std::uint32_t n = 0;
    for (std::size_t i = 0; i < 4; ++i) n = n << 8 | part_[at_ + i];
    at_ += 4;
    return n;
  }
  std::uint64_t length() {
    const std::uint32_t n = u32();
    if (n != 0xffffffff) return n;
    const std::uint64_t high = u32();
    return high << 32 | u32();
  }
  // A text of so many bytes; in the text form a line, with escapes.
  void characters(std::uint64_t n) {
    if (ascii_)
      line();
    else
      skip(n, 1);
  }
  void skip(std::uint64_t n, std::uint64_t size) {
    if (!why_.empty()) return;
    if (ascii_) {
      for (std::uint64_t lines = size == 16 ? 2 * n : n; lines > 0 && why_.empty(); --lines) line();
      return;
    }
    if (n > (part_.size() - at_) / size)
      why_ = "a length runs past the end";
    else
      at_ += n * size;
  }
  void more(std::uint64_t n) {
    if (n > (part_.size() - std::min<std::uint64_t>(at_, part_.size())) / (ascii_ ? 2 : 4))
      why_ = "a length runs past the end";
    else
      left_.push_back(n);
  }

  void item() {
    const std::uint64_t at = at_;
    const std::uint32_t flags = u32();
    const std::uint32_t type = flags & 0xff;
    const std::uint64_t attributes = (flags & 0x200) != 0 ? 1 : 0;
    switch (type) {
      case 254:
      case 253:
      case 252:
      case 251:
      case 250:
      case 242:
      case 241:
        return;  // nil, environments that R has, missing
      case 255:
        if (flags >> 8 == 0) u32();
        return;
      case 1:
        return more(1);  // a symbol: its name
      case 5:
        scan_.find(rules::config_object, "has a promise, whose code runs when the value is touched",
                   {part_.member, at, {}});
        [[fallthrough]];
      case 2:
      case 3:
      case 6:
      case 239:
      case 240:
        if (type == 3 || type == 6) code_ = true;
        return more(attributes + ((flags & 0x400) != 0 ? 1 : 0) + 2);
      case 4:
        u32();
        return more(4);  // an environment: what is around it, frame, table, attributes
      case 7:
      case 8:
        return characters(u32());  // a builtin by name
      case 9: {
        const std::uint32_t n = u32();
        if (n != 0xffffffff) characters(n);
        return;
      }
      case 10:
      case 13:
        skip(length(), 4);
        return more(attributes);
      case 14:
        skip(length(), 8);
        return more(attributes);
      case 15:
        skip(length(), 16);
        return more(attributes);
      case 24:
        skip(length(), 1);
        return more(attributes);
      case 16:
      case 19:
      case 20: {
        const std::uint64_t n = length();
        if (why_.empty()) more(n + attributes);
        return;
      }
      case 25:
        return more(attributes);
      case 238:
        return more(3);  // a compact form: what it is, state, attributes
      case 247:
      case 248:
      case 249: {
        u32();
        const std::uint32_t n = u32();
        return more(n);
      }
      case 22:
        return more(2 + attributes);  // external pointer
      case 23:
        return more(attributes);
      case 21:
        code_ = true;
        why_ = "byte code of R, which is not read";
        return;
      default:
        why_ = fmt::format("a value of type {}, which R does not have", type);
    }
  }

  Scan& scan_;
  const Part& part_;
  std::uint64_t at_ = 0;
  bool ascii_ = false, code_ = false;
  std::string why_;
  std::vector<std::uint64_t> left_;
};

bool scan_rds(Scan& scan, const Part& part) {
  Walk(scan, part).run();
  return true;
}

}  // namespace

extern const Format rds;
const Format rds{"rds", "R data", fits, scan_rds};

}  // namespace tocsin::scan::models::formats
