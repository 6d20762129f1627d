// The scan of model files: opcode-dense pickles, folders of small ones, a large PyTorch archive with and without digest, the
// largest memory of each (in a process of its own), a cold start, and how the time grows. All inputs are made here; the
// answers are checked before anything is timed.
//   bench_scan TOCSIN-SCAN
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "scan/mapped.hpp"
#include "scan/models/run.hpp"
#include "timing.hpp"

extern char** environ;

namespace {

using namespace tocsin;
using namespace std::string_literals;
namespace fs = std::filesystem;
namespace models = scan::models;

const models::Names& names() {
  static const models::Names names{knowledge::Knowledge()};
  return names;
}

std::string number(std::uint64_t value, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

// A list of small dicts with texts, numbers, lists and references to what was memoized: two to three bytes an opcode.
std::string dense(int protocol, std::size_t bytes, bool evil = false) {
  std::string out;
  if (protocol >= 2) out = "\x80"s + static_cast<char>(protocol);
  std::uint64_t memo = 0;
  const auto put = [&] {
    if (protocol >= 4)
      out += '\x94';
    else if (protocol == 0)
      out += "p" + std::to_string(memo) + "\n";
    else if (memo < 256)
      out += "q" + number(memo, 1);
    else
      out += "r" + number(memo, 4);
    ++memo;
  };
  const auto text = [&](const std::string& t) {
    if (protocol >= 4)
      out += "\x8c" + number(t.size(), 1) + t;
    else if (protocol == 0)
      out += "V" + t + "\n";
    else
      out += "X" + number(t.size(), 4) + t;
    put();
  };
  const auto integer = [&](unsigned n) { out += protocol == 0 ? "I" + std::to_string(n) + "\n" : "K" + number(n, 1); };
  const auto get = [&](unsigned n) { out += protocol == 0 ? "g" + std::to_string(n) + "\n" : "h" + number(n, 1); };
  out += protocol == 0 ? "(l"s : "]"s;
  put();
  bool told = false;
  for (unsigned i = 0; out.size() < bytes; ++i) {
    out += protocol == 0 ? "(d"s : "}"s;
    put();
    if (protocol != 0) out += '(';
    const auto set = [&] {
      if (protocol == 0) out += 's';
    };
    if (i == 0)
      text("alpha");
    else
      get(2);
    integer(i % 200);
    set();
    text("k" + std::to_string(i % 97));
    out += protocol == 0 ? "(l"s : "]"s;
    put();
    if (protocol != 0) out += '(';
    for (unsigned j = 0; j < 6; ++j) {
      integer((i + j) % 250);
      if (protocol == 0) out += 'a';
    }
    if (protocol != 0) out += 'e';
    set();
    text("t" + std::to_string(i % 89));
    if (protocol == 0) {
      out += "(F0.5\nNtp" + std::to_string(memo++) + "\ns";
    } else {
      out += "G\x3f\xe0\0\0\0\0\0\0N\x86"s;
      put();
      out += 'u';
    }
    out += 'a';
    if (evil && !told && out.size() > bytes / 2)
      out += protocol == 0 ? "cos\nsystem\n(Vid\ntR0" : "cos\nsystem\nX\x02\0\0\0id\x85R0"s, told = true;
  }
  return out + ".";
}

// A scikit-learn-like pickle of about 1.5 kB.
std::string small(unsigned i) {
  std::string out = "\x80\x04\x8c\x14sklearn.linear_model\x8c\x10LinearRegression\x93)\x81}("s;
  out += "\x8c\x02id"s + "J" + number(i, 4);
  while (out.size() < 1450)
    out +=
        "\x8c\x05"
        "param"s +
        "]\x94(K\1K\2K\3e";
  return out + "ub.";
}

struct Member {
  std::string name;
  std::string_view bytes;
  std::uint64_t zeros = 0;  // instead of bytes
  std::uint32_t crc = 0;
};
std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
  }
  return ~crc;
}
void write_zip(const fs::path& path, const std::vector<Member>& members) {
  std::ofstream out(path, std::ios::binary);
  std::string directory;
  std::uint64_t at = 0;
  for (const Member& member : members) {
    const std::uint64_t size = member.zeros != 0 ? member.zeros : member.bytes.size();
    const std::string facts = number(0, 4) + number(member.crc, 4) + number(size, 4) + number(size, 4) +
                              number(member.name.size(), 2) + number(0, 2);
    directory += "PK\1\2"s + number(20, 2) + number(20, 2) + number(0, 4) + facts + number(0, 6) + number(0, 4) +
                 number(at, 4) + member.name;
    const std::string head = "PK\3\4"s + number(20, 2) + number(0, 4) + facts + member.name;
    out.seekp(static_cast<std::streamoff>(at));
    out << head << member.bytes;
    at += head.size() + size;
  }
  out.seekp(static_cast<std::streamoff>(at));
  const bool many = members.size() > 0xfffe;
  out << directory;
  if (many)
    out << "PK\6\6"s + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) + number(members.size(), 8) +
               number(members.size(), 8) + number(directory.size(), 8) + number(at, 8) + "PK\6\7"s + number(0, 4) +
               number(at + directory.size(), 8) + number(1, 4);
  const std::uint64_t count = many ? 0xffff : members.size();
  out << "PK\5\6"s + number(0, 4) + number(count, 2) + number(count, 2) + number(directory.size(), 4) + number(at, 4) +
             number(0, 2);
}

// What torch.save writes: data.pkl names the storages, each is a stored member.
void write_torch(const fs::path& path, unsigned storages, std::uint64_t bytes_each) {
  const auto text = [](const std::string& t) { return "X" + number(t.size(), 4) + t; };
  std::string pickle =
      "\x80\x02"
      "ccollections\nOrderedDict\n)R("s;
  std::vector<Member> members;
  const std::uint32_t crc = crc_of(std::string(bytes_each, '\0'));
  for (unsigned i = 0; i < storages; ++i) {
    const std::string key = std::to_string(i);
    pickle += text("layer." + key + ".weight") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
              "ctorch\nFloatStorage\n" + text(key) + text("cpu") + "J" + number(bytes_each / 4, 4) + "tQK\0J"s +
              number(bytes_each / 4, 4) +
              "\x85K\1\x85\x89"
              "ccollections\nOrderedDict\n)RtR"s;
  }
  pickle += "u.";
  members.push_back({"archive/data.pkl", pickle, 0, crc_of(pickle)});
  for (unsigned i = 0; i < storages; ++i) members.push_back({"archive/data/" + std::to_string(i), "", bytes_each, crc});
  members.push_back({"archive/version", "3\n", 0, crc_of("3\n")});
  write_zip(path, members);
}

scan::Report scanned(const std::string& bytes) {
  models::Options options;
  options.hash = false;
  return models::scan_bytes("bench", std::as_bytes(std::span(bytes.data(), bytes.size())), names(), options);
}
bool quiet(const scan::Report& report) {
  return report.complete() && report.supported && report.worst() == scan::Severity::info;
}

double median(int rounds, const std::function<void()>& f) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) times.push_back(bench::seconds(f));
  return bench::spread(times).median;
}

int run(const std::vector<std::string>& words, const std::string& output = "/dev/null") {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  pid_t child = 0;
  int status = 0;
  if (posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) return -1;
  waitpid(child, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// The child of memory(): VmHWM of this process alone, in kB (ru_maxrss would count the parent's).
int scan_as_child(const char* path, bool hash) {
  models::Request request;
  request.paths = {path};
  request.options.hash = hash;
  static_cast<void>(models::run(request, names(), no_progress()));
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) std::printf("%s\n", line.substr(6, line.size() - 8).c_str());
  return 0;
}
double memory(const fs::path& folder, const fs::path& path, bool hash) {
  const fs::path out = folder / "memory";
  if (run({"/proc/self/exe", "--child", path.string(), hash ? "hash" : "no"}, out.string()) != 0) return 1e9;
  std::ifstream in(out);
  double kilobytes = 1e12;
  in >> kilobytes;
  return kilobytes / 1000;
}

// Files whose format makes a reader keep something of each of its millions of parts, or see all of it at once.
struct Hog {
  const char* what;
  const char* format;
  bool quiet;
  void (*write)(std::ofstream& out);
};
std::string gguf_text(const std::string& text) {
  return number(text.size(), 8) + text;
}
void write_safetensors(std::ofstream& out, const std::string& header) {
  out << number(header.size(), 8) << header;
}
constexpr unsigned kMillion = 1'000'000;
const Hog kHogs[] = {
    {"safetensors, one text of 90 MB in its header", "safetensors", true,
     [](std::ofstream& out) {
       write_safetensors(out, R"({"__metadata__":{"a":")" + std::string(90 * kMillion, 'x') + R"("}})");
     }},
    {"safetensors, 500,000 tensors", "safetensors", true,
     [](std::ofstream& out) {
       std::string header = "{";
       for (unsigned i = 0; i < 500'000; ++i)
         header += (i == 0 ? "\"layer." : ",\"layer.") + std::to_string(i) +
                   R"(.self_attn.q_proj.weight":{"dtype":"BF16","shape":[0,4096],"data_offsets":[0,0]})";
       write_safetensors(out, header + "}");
     }},
    {"vocabulary of 4,000,000 words as JSON", "text", true,
     [](std::ofstream& out) {
       out << R"({"model_type":"x","vocab":{"a":0)";
       for (unsigned i = 0; i < 4 * kMillion; ++i) out << ",\"tok" << i << "\":" << i;
       out << "}}";
     }},
    {"4,000,000 elements of XML", "xml", true,
     [](std::ofstream& out) {
       out << R"(<?xml version="1.0"?><PMML version="4.4">)";
       for (unsigned i = 0; i < 4 * kMillion; ++i) out << "<a b=\"" << i << "\">text</a>";
       out << "</PMML>";
     }},
    {"GGUF, lists of 3,000,000 tokens and scores", "gguf", true,
     [](std::ofstream& out) {
       out << "GGUF" + number(3, 4) + number(0, 8) + number(2, 8) + gguf_text("tokenizer.ggml.tokens") + number(9, 4) +
                  number(8, 4) + number(3 * kMillion, 8);
       for (unsigned i = 0; i < 3 * kMillion; ++i) out << gguf_text("tok" + std::to_string(i));
       out << gguf_text("tokenizer.ggml.scores") + number(9, 4) + number(6, 4) + number(3 * kMillion, 8);
       for (unsigned i = 0; i < 3 * kMillion; ++i) out << number(0, 4);
     }},
    {"GGUF, 800,000 tensors", "gguf", true,
     [](std::ofstream& out) {
       out << "GGUF" + number(3, 4) + number(800'000, 8) + number(0, 8);
       for (unsigned i = 0; i < 800'000; ++i)
         out << gguf_text("blk." + std::to_string(i) + ".w") + number(1, 4) + number(1, 8) + number(0, 4) +
                    number(std::uint64_t{i} * 32, 8);
       for (unsigned i = 0; i < 800'000; ++i) out << std::string(32, '\1');
     }},
    {"pickle that memoizes 20,000,000 values", "pickle", true,
     [](std::ofstream& out) {
       out << "\x80\x04]\x94"s;
       for (unsigned i = 0; i < 20 * kMillion; ++i) out << "K\1\x94\x30"s;
       out << ".";
     }},
};

int fail(const char* what) {
  std::fprintf(stderr, "wrong answer: %s\n", what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--child") == 0)
    return scan_as_child(argv[2], std::strcmp(argv[3], "hash") == 0);
  if (argc != 2) return std::fprintf(stderr, "bench_scan TOCSIN-SCAN\n"), 2;
  const std::string program = argv[1];
  std::string pattern = (fs::temp_directory_path() / "tocsin-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return 1;
  const fs::path folder = pattern;
  const struct Remove {
    const fs::path& folder;
    ~Remove() { fs::remove_all(folder); }
  } remove{folder};
  constexpr std::size_t kDense = 30'000'000;
  constexpr unsigned kSmall = 20'000, kStorages = 2000;
  constexpr std::uint64_t kStorage = 250'000;

  bench::Goals goals;
  for (const int protocol : {4, 2, 0}) {
    const std::string honest = dense(protocol, kDense);
    if (!quiet(scanned(honest))) return fail("a dense pickle has an alarm");
    if (scanned(dense(protocol, kDense, true)).worst() != scan::Severity::malicious)
      return fail("a dense pickle hides a call");
    if (!write_new_file(folder / ("dense" + std::to_string(protocol)), honest)) return 1;
    const double time = median(5, [&] { static_cast<void>(scanned(honest)); });
    const std::string what = "dense pickle of 30 MB, protocol " + std::to_string(protocol);
    const double rate = static_cast<double>(honest.size()) / 1e6 / time;
    if (protocol == 0)
      std::printf("%s: %.0f MB/s\n", what.c_str(), rate);  // numbers as text, which nobody writes any more: no goal
    else
      goals.at_least(what.c_str(), rate, 200, "MB/s");
  }

  fs::create_directory(folder / "small");
  for (unsigned i = 0; i < kSmall; ++i) {
    std::ofstream(folder / "small" / (std::to_string(i) + ".pkl"), std::ios::binary) << small(i);
  }
  {
    models::Request request;
    request.paths = {folder / "small"};
    const auto reports = models::run(request, names(), no_progress());
    if (reports.size() != kSmall) return fail("not all small pickles were scanned");
    for (const auto& report : reports)
      if (!quiet(report) || !report.sha256) return fail("a small pickle has an alarm");
    const double time = median(5, [&] { static_cast<void>(models::run(request, names(), no_progress())); });
    goals.at_least("20,000 small pickles, with digests", kSmall / time, 20'000, "files/s");
  }

  const fs::path torch = folder / "torch.pt";
  write_torch(torch, kStorages, kStorage);
  {
    models::Options plain, hashed;
    plain.hash = false;
    const auto report = models::scan_file(torch, names(), hashed);
    if (!quiet(report) || !report.findings.empty()) return fail("the PyTorch archive has an alarm");
    const double without = median(7, [&] { static_cast<void>(models::scan_file(torch, names(), plain)); });
    goals.at_most("PyTorch archive of 500 MB, without digest", 1000 * without, 100, "ms");
    // The peer: as many bytes, in blocks of 16 KiB that lie in the cache, as `openssl speed sha256` does it.
    const std::uint64_t size = fs::file_size(torch);
    std::string block(16384, '\1');
    const auto raw = [&] {
      Sha256 sha;
      for (std::uint64_t done = 0; done < size; done += block.size()) sha.add(block);
      static_cast<void>(sha.finish());
    };
    Sha256 sha;
    std::ifstream in(torch, std::ios::binary);
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0)
      sha.add({block.data(), static_cast<std::size_t>(in.gcount())});
    if (report.sha256 != sha.finish()) return fail("the digest is another");
    std::vector<double> ratios;
    double rate = 0;
    for (int i = 0; i < 7; ++i) {
      const double with = bench::seconds([&] { static_cast<void>(models::scan_file(torch, names(), hashed)); });
      const double limit = bench::seconds(raw);
      ratios.push_back(100 * limit / with);
      rate = std::max(rate, static_cast<double>(size) / 1e6 / with);
    }
    std::printf("PyTorch archive with digest: %.0f MB/s at best, %.0f %% of SHA-256 alone at best\n", rate,
                bench::spread(ratios).most);
    goals.at_least("the same with SHA-256, of SHA-256 alone", bench::spread(ratios).median, 90, "%");
  }

  for (const auto& [what, path, hash] : {std::tuple("dense pickle, protocol 4", folder / "dense4", true),
                                         {"dense pickle, protocol 0", folder / "dense0", false},
                                         {"20,000 small pickles", folder / "small", true},
                                         {"PyTorch archive, with digest", torch, true},
                                         {"PyTorch archive, without", torch, false}}) {
    const std::string line = std::string("VmHWM: ") + what;
    goals.at_most(line.c_str(), memory(folder, path, hash), 64, "MB");
  }
  for (const Hog& hog : kHogs) {
    const fs::path path = folder / "hog";
    {
      std::ofstream out(path, std::ios::binary);
      hog.write(out);
    }
    // Looked at as the child does: in pieces.
    models::Request request;
    request.paths = {path};
    request.options.hash = false;
    const auto reports = models::run(request, names(), no_progress());
    if (reports.size() != 1 || reports[0].formats.empty() || reports[0].formats[0] != hog.format)
      return fail((std::string(hog.what) + " is not read as " + hog.format).c_str());
    if (hog.quiet && !quiet(reports[0])) return fail((std::string(hog.what) + " has an alarm").c_str());
    const std::string line = std::string("VmHWM: ") + hog.what;
    goals.at_most(line.c_str(), memory(folder, path, false), 64, "MB");
  }
  {
    // 200,000 members, and a stream that unpacks to 200 times its size.
    std::vector<Member> members;
    for (unsigned i = 0; i < 200'000; ++i) members.push_back({"data/" + std::to_string(i), "x", 0, crc_of("x")});
    write_zip(folder / "many.zip", members);
    goals.at_most("VmHWM: ZIP of 200,000 members", memory(folder, folder / "many.zip", false), 64, "MB");
    if (run({"/bin/sh", "-c",
             "gzip -1 -c '" + (folder / "dense4").string() + "' '" + (folder / "dense2").string() + "' '" +
                 (folder / "dense4").string() + "'"},
            (folder / "dense.gz").string()) == 0)
      goals.at_most("VmHWM: gzip of 90 MB of dense pickles", memory(folder, folder / "dense.gz", false), 64, "MB");
  }

  std::vector<double> cold;
  const std::string one = (folder / "small" / "1.pkl").string();
  if (run({program, one}) != 0) return fail("tocsin-scan does not pass a small pickle");
  for (int i = 0; i < 40; ++i) cold.push_back(1000 * bench::seconds([&] { run({program, one}); }));
  goals.at_most("tocsin-scan on one small file, median of 40", bench::spread(cold).median, 5, "ms");
  std::vector<double> nothing;
  for (int i = 0; i < 40; ++i) nothing.push_back(1000 * bench::seconds([&] { run({"/bin/true"}); }));
  std::printf("at best %.2f ms; /bin/true beside it: %.2f ms at best, %.2f ms in the middle\n",
              bench::spread(cold).least, bench::spread(nothing).least, bench::spread(nothing).median);

  // Growth: twice as much may take twice as long, and what a shared machine adds.
  const auto doubling = [&](const char* what, const std::function<std::string(std::size_t)>& make, std::size_t from) {
    double before = 0, most = 0;
    std::string ratios;
    for (std::size_t n = from; n <= 8 * from; n *= 2) {
      const std::string bytes = make(n);
      const double time = median(5, [&] { static_cast<void>(scanned(bytes)); });
      if (before > 0) {
        char text[16];
        std::snprintf(text, sizeof text, " %.2f", time / before);
        ratios += text;
        most = std::max(most, time / before);
      }
      before = time;
    }
    std::printf("%s, time for twice as much:%s\n", what, ratios.c_str());
    goals.at_most((std::string("growth: ") + what + ", the largest ratio").c_str(), most, 2.5, "x");
  };
  doubling("bytes of a pickle", [](std::size_t n) { return dense(4, n); }, 4'000'000);
  doubling(
      "members of a ZIP",
      [&](std::size_t n) {
        std::vector<Member> members;
        for (unsigned i = 0; i < n; ++i) members.push_back({"data/" + std::to_string(i), "x", 0, crc_of("x")});
        write_zip(folder / "growth.zip", members);
        return *read_file(folder / "growth.zip", 1u << 30);
      },
      20'000);
  doubling(
      "depth of lists", [](std::size_t n) { return "\x80\x02"s + std::string(n, ']') + std::string(n - 1, 'a') + "."; },
      1'000'000);
  doubling(
      "pickles in a row",
      [](std::size_t n) {
        std::string out;
        for (std::size_t i = 0; i < n; ++i) out += "\x80\x02]q\0(K\1K\2e."s;
        return out;
      },
      100'000);
  doubling(
      "names",
      [](std::size_t n) {
        std::string out = "\x80\x02"s;
        for (std::size_t i = 0; i < n; ++i) out += "cmine\nthing" + std::to_string(i) + "\n0";
        return out + "N.";
      },
      5'000);
  return goals.exit_code();
}
