// ZIP archives that are archives, nearly: the mutator builds members, headers and directories that agree for the most
// part. Besides what holds of any report: every member lies inside the bytes, and a payload in a member that either
// directory names is found.
#include <cstring>
#include <random>
#include <vector>

#include "reports.hpp"
#include "scan/models/zip/zip.hpp"

namespace {

using namespace tocsin;
using namespace tocsin::scan;
using namespace std::string_literals;

std::string number(std::uint64_t value, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

class Builder {
 public:
  explicit Builder(unsigned seed) : random_(seed) {}

  std::string archive() {
    const std::size_t members = below(6);
    if (below(8) == 0) out_ += "prefix";
    for (std::size_t i = 0; i < members; ++i) member();
    const std::size_t directory = out_.size();
    out_ += directory_;
    if (below(8) == 0) {
      const std::size_t at64 = out_.size();
      out_ += "PK\6\6" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) + number(odd(entries_), 8) +
              number(odd(entries_), 8) + number(odd(directory_.size()), 8) + number(odd(directory), 8);
      out_ += "PK\6\7" + number(0, 4) + number(odd(at64), 8) + number(1, 4);
    }
    const std::string comment = below(6) == 0 ? "PK\5\6 a comment that looks like more" : "";
    out_ += "PK\5\6" + number(0, 4) + number(odd(entries_), 2) + number(odd(entries_), 2) +
            number(odd(directory_.size()), 4) + number(odd(directory), 4) + number(odd(comment.size()), 2) + comment;
    return out_;
  }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  // Now and then another number.
  std::uint64_t odd(std::uint64_t value) {
    switch (below(40)) {
      case 0:
        return random_();
      case 1:
        return value + 1;
      case 2:
        return UINT64_MAX;
      case 3:
        return 0;
      default:
        return value;
    }
  }
  void member() {
    static constexpr std::string_view kNames[] = {"data.pkl",    "a/data.pkl", "a/data/0", "../x",
                                                  "config.json", "x.npy",      "dir/",     ""};
    static const std::string kBodies[] = {"\x80\x02}."s, "cos\nsystem\n(S'id'\ntR."s, "{}", std::string(64, '\0'), "",
                                          "PK\3\4"s};
    const std::string name(kNames[below(std::size(kNames))]);
    const std::string body = kBodies[below(std::size(kBodies))];
    const std::uint64_t method = below(4) == 0 ? 8 : 0;
    std::string packed = body;
    // Deflate with one stored block.
    if (method == 8) packed = "\1"s + number(body.size(), 2) + number(~body.size(), 2) + body;
    const std::uint64_t at = out_.size(), flags = below(6) == 0 ? 8 : below(12) == 0 ? 1 : 0;
    const bool later = (flags & 8) != 0;
    const std::string extra =
        below(6) == 0 ? "\1\0\x18\0"s + number(odd(body.size()), 8) + number(odd(packed.size()), 8) + number(odd(at), 8)
                      : ""s;
    const bool big = !extra.empty() && below(2) == 0;
    out_ += "PK\3\4" + number(20, 2) + number(flags, 2) + number(odd(method), 2) + number(0, 4) + number(0, 4) +
            number(later ? 0 : odd(packed.size()), 4) + number(later ? 0 : odd(body.size()), 4) +
            number(odd(name.size()), 2) + number(odd(extra.size()), 2) + name + extra + packed;
    if (later) out_ += "PK\7\10"s + number(0, 4) + number(packed.size(), 4) + number(body.size(), 4);
    if (below(8) == 0) return;  // the directory does not name it
    const std::size_t times = below(12) == 0 ? 2 : 1;
    for (std::size_t i = 0; i < times; ++i) {
      directory_ += "PK\1\2" + number(20, 2) + number(20, 2) + number(odd(flags), 2) + number(odd(method), 2) +
                    number(0, 4) + number(0, 4) + number(big ? UINT64_MAX : odd(packed.size()), 4) +
                    number(big ? UINT64_MAX : odd(body.size()), 4) + number(name.size(), 2) + number(extra.size(), 2) +
                    number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(big ? UINT64_MAX : odd(at), 4) +
                    name + extra;
      ++entries_;
    }
  }
  std::mt19937 random_;
  std::string out_, directory_;
  std::size_t entries_ = 0;
};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  Builder builder(seed);
  if (size != 0 && builder.below(4) != 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string bytes = builder.archive();
  const std::size_t n = std::min(bytes.size(), max_size);
  std::memcpy(data, bytes.data(), n);
  return n;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto span = std::as_bytes(std::span(bytes.data(), bytes.size()));
  const auto archive = models::zip::read(span, 200);
  TOCSIN_EXPECT(archive.members.size() <= 200 && archive.begin <= size && archive.end <= size);
  for (const auto& member : archive.members) {
    TOCSIN_EXPECT(member.data <= size && member.packed <= size - member.data);
    TOCSIN_EXPECT(member.name.empty() || (member.name.data() >= bytes.data() &&
                                          member.name.data() + member.name.size() <= bytes.data() + size));
  }
  for (const auto& list : {archive.disagreements, archive.damages})
    for (const auto& one : list)
      TOCSIN_EXPECT(!one.what.empty() && is_shown_as_it_is(one.what) && is_shown_as_it_is(one.name));
  check(scanned(bytes), size);
  // A member with a payload before everything else: the chain of headers finds it, whatever the directory says.
  static const std::string kBody = "cos\nsystem\n(S'id'\ntR.";
  const std::string with = "PK\3\4"s + number(20, 2) + number(0, 4) + number(0, 4) + number(0, 4) +
                           number(kBody.size(), 4) + number(kBody.size(), 4) + number(8, 2) + number(0, 2) +
                           "data.pkl" + kBody + std::string(bytes);
  const Report report = scanned(with);
  check(report, with.size());
  TOCSIN_EXPECT(report.worst() > Severity::info);
  return 0;
}
