// The formats of model files: one file each in models/formats/, listed in src/scan/CMakeLists.txt. What a file is, its
// bytes say, never its name.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scan/finding.hpp"
#include "scan/indicators.hpp"
#include "scan/models/names.hpp"

namespace tocsin::scan::models {

// A file, or what was found inside one: a member of an archive, an unpacked stream, a pickle inside a pickle.
struct Part {
  std::span<const std::byte> bytes;
  std::string member;  // printable path inside the file; "" = the file itself
  int depth = 0;       // containers around it
  bool whole = true;   // false: `bytes` is only the beginning of it
  bool raw =
      false;  // its loader takes the bytes as numbers, whatever they look like: only their beginning is looked at

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  std::uint8_t operator[](std::size_t i) const { return std::to_integer<std::uint8_t>(bytes[i]); }
  std::size_t size() const { return bytes.size(); }
};

struct Limits {
  int depth = 16;  // containers in containers
  // Of all compressed parts of one file together: so much in any case, and so many times the file's size beyond it.
  std::uint64_t unpacked_bytes = 2ull << 30;
  std::uint64_t unpacked_times = 128;
  std::uint64_t ratio = 2000;  // unpacked to packed; deflate cannot do more than 1032
  std::uint64_t members =
      250'000;  // what is remembered of each is 64 bytes and more; the largest models have some thousands
  std::size_t findings = 1000;  // of one file; more are counted, not kept: the worst are
};

// One file being scanned. Formats tell it what they find and hand it what is inside.
class Scan {
 public:
  Scan(Report& report, const Names& names, const Limits& limits) : report_(report), names_(names), limits_(limits) {}

  const Names& names() const { return names_; }
  const Limits& limits() const { return limits_; }

  // Looks at a part by every reading that fits. Parts without a format of their own (weights) are fine inside a
  // container; the file itself is `unsupported` then. True when some format fits.
  bool look_into(const Part& part);

  void find(Finding finding);
  void find(const Rule& rule, std::string what, Place place);
  void find(const Rule& rule, Severity severity, std::string what, Place place);
  void not_read(const Part& part, std::uint64_t begin, std::uint64_t end, std::string why);
  // The format is broken at `at`, and nothing behind it can be read: format-broken, and not read from there on.
  void broken(const Part& part, std::uint64_t at, std::string why);
  // A format of plain data is over at `at`, and there is more: format-broken, and whatever stands there is looked into. `what`
  // is what ends there: "the model".
  void look_behind(const Part& part, std::uint64_t at, std::string_view what);
  void read_as(std::string_view format);
  // Whether pickles are wanted by their digests, and what these are compared with (nullptr: nothing).
  void identify(bool wanted, const Indicators* known) {
    identify_ = wanted;
    known_digests_ = known;
  }
  bool identifies() const { return identify_; }
  // A pickle that was read; `harmful`: something above `info` was found in it.
  void stream(Stream stream, bool harmful);
  void is_known(Indicator::Kind kind, const Digest& digest, Place place, bool harmful = true);
  // Takes `bytes` of the budget for what compressed parts unpack to. False when it is used up.
  bool may_unpack(std::uint64_t bytes);
  std::uint64_t most_unpacked() const;
  // Takes a part's bytes of the budget for looking: honest containers show each byte once a level; those whose members
  // share their bytes could make any scan endless. False when it is used up, and that is told then.
  bool may_look(const Part& part);
  Report& report() { return report_; }
  // Whoever holds pages, of the file or of what was unpacked: told how far the reading is (an address in a part).
  void on_passed(std::function<void(const std::byte*)> told) { passed_.push_back(std::move(told)); }
  void no_more_passed() { passed_.pop_back(); }
  // A copy of the bytes at an address of the file, without touching its pages: for a look at one of thousands of members,
  // a page costs more than the bytes. False where there is no such way.
  void on_peek(std::function<bool(const std::byte*, std::span<std::byte>)> peek) { peek_ = std::move(peek); }
  bool peek(const std::byte* address, std::span<std::byte> into) const { return peek_ && peek_(address, into); }
  void passed(const std::byte* address) {
    for (const auto& told : passed_) told(address);
  }

 private:
  Report& report_;
  const Names& names_;
  const Limits& limits_;
  std::uint64_t unpacked_ = 0, looked_ = 0;
  bool identify_ = false;
  const Indicators* known_digests_ = nullptr;
  std::vector<std::function<void(const std::byte*)>> passed_;
  std::function<bool(const std::byte*, std::span<std::byte>)> peek_;
  std::unordered_multimap<std::size_t, std::size_t>
      known_;  // by a hash of what makes two findings one: where it stands
};

enum class Fit : std::uint8_t { no, maybe, sure };

struct Format {
  std::string_view name;   // "safetensors"
  std::string_view title;  // "safetensors weights"
  Fit (*fits)(const Part& part);
  // Scans it. False: it is no such thing after all (only after Fit::maybe), and nothing was reported.
  bool (*scan)(Scan& scan, const Part& part);
};

namespace formats {
std::span<const Format* const> all();
}

// One more path component: "a.zip!b/c.pkl". `name` is foreign; the result is printable.
std::string inside(std::string_view outer, std::string_view name);
// Absolute, with a drive, or with a part "..": whoever unpacks it without a look writes elsewhere. Both separators count.
bool leaves_its_folder(std::string_view name);
// What a model may not name for its loader to open: what leaves its folder, somebody's home, an address.
bool leads_elsewhere(std::string_view path);

}  // namespace tocsin::scan::models
