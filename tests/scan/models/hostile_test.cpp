// Bad input: cut, endless, nested, shared, changing. Whatever it is, a report comes back that says so; none of it is clean.
#include <bzlib.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "corpus.hpp"
#include "scan/mapped.hpp"
#include "scan/models/run.hpp"
#include "scans.hpp"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using scan::Report;
using scan::Severity;
using tests::found;
using tests::names;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

std::string number(std::uint64_t value, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
  return out;
}

bool is_clean(const Report& report) {
  return report.complete() && report.findings.empty();
}

// ---- builders ----

struct Packed {
  std::string name, body;
};
std::string zip_of(const std::vector<Packed>& members) {
  std::string out, directory;
  for (const auto& [name, body] : members) {
    const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
    const std::string facts = number(0, 4) + number(crc, 4) + number(body.size(), 4) + number(body.size(), 4) +
                              number(name.size(), 2) + number(0, 2);
    directory += "PK\1\2"s + number(20, 2) + number(20, 2) + number(0, 2) + number(0, 2) + facts + number(0, 6) +
                 number(0, 4) + number(out.size(), 4) + name;
    out += "PK\3\4"s + number(20, 2) + number(0, 2) + number(0, 2) + facts + name + body;
  }
  return out + directory + "PK\5\6"s + number(0, 4) + number(members.size(), 2) + number(members.size(), 2) +
         number(directory.size(), 4) + number(out.size(), 4) + number(0, 2);
}

std::string gzip_of(std::string_view bytes) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, bytes.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string bzip2_of(std::string bytes) {
  unsigned n = static_cast<unsigned>(bytes.size() / 100 * 101 + 1000);
  std::string out(n, '\0');
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &n, bytes.data(), static_cast<unsigned>(bytes.size()), 9, 0, 0),
            BZ_OK);
  out.resize(n);
  return out;
}

std::string xz_of(std::string_view bytes, std::uint32_t level = 0) {
  std::string out(lzma_stream_buffer_bound(bytes.size()), '\0');
  std::size_t n = 0;
  EXPECT_EQ(
      lzma_easy_buffer_encode(level, LZMA_CHECK_CRC32, nullptr, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                              bytes.size(), reinterpret_cast<std::uint8_t*>(out.data()), &n, out.size()),
      LZMA_OK);
  out.resize(n);
  return out;
}

// RFC 8878: a frame of blocks that each repeat one byte 128 KiB times.
std::string zstd_of_zeros(int blocks) {
  std::string out = "\x28\xb5\x2f\xfd"s + number(0, 1) + "\x38"s;  // a window of 128 KiB
  for (int i = 0; i < blocks; ++i) out += number(131072u << 3 | 1u << 1 | (i + 1 == blocks ? 1u : 0u), 3) + "\0"s;
  return out;
}

const std::string kPickle =
    "\x80\x04\x95\x14\0\0\0\0\0\0\0}\x94(\x8c\x01"
    "a\x94]\x94(K\x01K\x02\x8c\x01zeu."s;
const std::string kProtocol0 = "(dp0\nVa\np1\n(lp2\nI1\naI2\nas."s;

std::string safetensors() {
  const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  return number(header.size(), 8) + header + std::string(8, '\0');
}
std::string gguf() {
  const auto text = [](std::string_view t) { return number(t.size(), 8) + std::string(t); };
  std::string out = "GGUF"s + number(3, 4) + number(1, 8) + number(1, 8) + text("general.architecture") + number(8, 4) +
                    text("llama") + text("w") + number(1, 4) + number(8, 8) + number(0, 4) + number(0, 8);
  out.resize((out.size() + 31) / 32 * 32);
  return out + std::string(32, '\1');
}
std::string npy() {
  std::string head = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }";
  head.resize(117, ' ');
  return "\x93NUMPY\x01\0"s + number(118, 2) + head + "\n" + std::string(16, '\2');
}
std::string tar() {
  std::string head(512, '\0');
  head.replace(0, 8, "data.pkl");
  head.replace(100, 7, "0000644");
  head.replace(124, 11, "00000000056");  // 46 bytes
  head[156] = '0';
  head.replace(257, 8, "ustar\00000"s);
  head.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : head) sum += static_cast<unsigned char>(c);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  head.replace(148, 8, std::string(digits) + "\0 "s);
  std::string body = kPickle;
  body.resize(512);
  return head + body + std::string(1024, '\0');
}

struct Honest {
  const char* name;
  std::string bytes;
  std::size_t whole_from = SIZE_MAX;  // cut here or later nothing of the content is missing
};
class Cut : public testing::TestWithParam<Honest> {};
TEST_P(Cut, AtEveryByteIsNeverClean) {
  const Report whole = scan_text(GetParam().bytes);
  EXPECT_TRUE(whole.complete() && whole.worst() == Severity::info) << told(whole);
  for (std::size_t n = 0; n < GetParam().bytes.size(); ++n) {
    const Report report = scan_text(std::string_view(GetParam().bytes).substr(0, n));
    // Some letters alone ("GGU", the name that begins a tar) are a text, and nothing but that.
    const bool letters = n < 9 && report.formats == std::vector<std::string>{"plain", "text"};
    if (n < GetParam().whole_from && !letters) EXPECT_FALSE(is_clean(report)) << "cut at " << n << "\n" << told(report);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Hostile, Cut,
    testing::Values(Honest{"pickle", kPickle}, Honest{"protocol_0", kProtocol0},
                    Honest{"zip", zip_of({{"a/data.pkl", kPickle}, {"a/data/0", std::string(16, '\1')}})},
                    Honest{"safetensors", safetensors()}, Honest{"gguf", gguf()}, Honest{"npy", npy()},
                    Honest{"gzip", gzip_of(kPickle)}, Honest{"bzip2", bzip2_of(kPickle)}, Honest{"xz", xz_of(kPickle)},
                    Honest{"tar", tar(), 512 + kPickle.size()}),
    [](const auto& info) { return info.param.name; });

TEST(HostileCorpus, CutFilesAreNeverClean) {
  TOCSIN_NEEDS_CORPUS(corpus);
  const auto manifest = read_file(corpus / "models" / "manifest.tsv", 16u << 20);
  ASSERT_TRUE(manifest);
  std::size_t files = 0;
  for (const auto line : split_lines(*manifest)) {
    const auto fields = split(line, '\t');
    if (fields.size() < 4 || fields[0] == "file") continue;
    const auto bytes = read_file(corpus / "models" / fields[0], 1u << 20);
    if (!bytes || bytes->size() < 2) continue;
    const Report whole = scan_text(*bytes);
    const std::string format = whole.formats.empty() ? "" : whole.formats[0];
    // Formats that know how long they are. Pickles that stand in a row may be cut between two.
    const bool knows = format == "zip" || format == "safetensors" || format == "gguf" || format == "npy";
    ++files;
    for (std::size_t i = 1; i <= 24; ++i) {
      const std::size_t n = bytes->size() * i / 25;
      const Report report = scan_text(std::string_view(*bytes).substr(0, n));
      if (knows && n >= 9) EXPECT_FALSE(is_clean(report)) << fields[0] << " cut at " << n;
    }
    const Report last = scan_text(std::string_view(*bytes).substr(0, bytes->size() - 1));
    // A last byte that is padding is missed by nobody.
    if ((knows || format == "pickle") && bytes->back() != '\0')
      EXPECT_FALSE(is_clean(last)) << fields[0] << " without its last byte";
  }
  EXPECT_GT(files, 200u);
}

TEST(Pickles, ThatNeedNoImportAndHaveNoMarkHideNoneBehindThem) {
  for (const std::string before : {"(lp0\n.", "(I1\nt.", "N.", "\x80\x02N.(}Q2t.", "I1\n.N.(lp0\n."})
    EXPECT_EQ(scan_text(before + "\x80\x02"s + "cposix\nsystem\nU\x02id\x85R.").worst(), Severity::malicious) << before;
}

TEST(Pickles, WithAnyByteBehindThemSaySo) {
  EXPECT_TRUE(found(scan_text(kPickle + "."), "trailing-data"));
  EXPECT_TRUE(found(scan_text(kPickle + "some text"), "trailing-data"));
}

// ---- numbers that are too large ----

class Length : public testing::TestWithParam<Honest> {};
TEST_P(Length, BeyondTheFileIsFound) {
  const Report report = scan_text(GetParam().bytes);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}
INSTANTIATE_TEST_SUITE_P(Hostile, Length,
                         testing::Values(Honest{"binunicode", "\x80\x02X\xff\xff\xff\xff"s + "a."},
                                         Honest{"binunicode8", "\x80\x04\x8d"s + number(1ull << 32, 8) + "a."},
                                         Honest{"binbytes8", "\x80\x04\x8e"s + number(UINT64_MAX, 8) + "a."},
                                         Honest{"bytearray8", "\x80\x05\x96"s + number(UINT64_MAX - 8, 8) + "."},
                                         Honest{"long4", "\x80\x02\x8b\xff\xff\xff\x7f."s},
                                         Honest{"frame", "\x80\x04\x95"s + number(1ull << 32, 8) + "N."},
                                         Honest{"safetensors", number(1ull << 32, 8) + "{\"w\":{}}"},
                                         Honest{"gguf_tensors", "GGUF"s + number(3, 4) + number(1ull << 32, 8) +
                                                                    number(0, 8) + std::string(64, '\0')},
                                         Honest{"gguf_text", "GGUF"s + number(3, 4) + number(0, 8) + number(1, 8) +
                                                                 number(UINT64_MAX, 8) + std::string(64, '\0')},
                                         Honest{"npy", "\x93NUMPY\x02\0"s + number(0xffffffff, 4) + "{'descr': '<f4'}"},
                                         Honest{"zip_member", "PK\3\4"s + number(20, 2) + number(0, 8) + number(0, 4) +
                                                                  number(0xfffffff0, 4) + number(0xfffffff0, 4) +
                                                                  number(8, 2) + number(0, 2) + "data.pkl" + kPickle}),
                         [](const auto& info) { return info.param.name; });

// ---- floods: many small things that would hide a large one, or never end ----

TEST(Flood, OfSmallFindingsHidesNoLargeOne) {
  std::string bytes = "\x80\x02"s;
  for (int i = 0; i < 3000; ++i) bytes += "cmine\nthing" + std::to_string(i) + "\n0";
  bytes += "N.\x80\x02"s + "cos\nsystem\nU\x02id\x85R.";
  const Report report = scan_text(bytes);
  EXPECT_EQ(report.worst(), Severity::malicious);
  EXPECT_TRUE(found(report, "pickle-dangerous-call"));
  EXPECT_LE(report.findings.size(), 1000u);
  EXPECT_GT(report.left_out, 1900u);
}

TEST(Flood, OfDecoysHidesNoNestedPickle) {
  std::string bytes = "\x80\x03"s;
  for (int i = 0; i < 5000; ++i) bytes += "C\x04\x80\x02N."s + "0";
  const std::string evil = "cos\nsystem\n(U\x02idtR.";
  bytes += "C" + number(evil.size(), 1) + evil + ".";
  EXPECT_EQ(scan_text(bytes).worst(), Severity::malicious);
}

TEST(Flood, OfNamesIsRefused) {
  std::string bytes = "\x80\x02"s;
  for (int i = 0; i < 3000; ++i) bytes += "c" + std::string(2000, 'm') + "\n" + std::to_string(i) + "\n0";
  EXPECT_TRUE(found(scan_text(bytes + "N."), "pickle-budget"));
}

TEST(Flood, OfFarMemoEntriesEnds) {
  // A quarter of a million entries from nowhere, then as many that leave gaps: each gap once looked at all of the first.
  std::string bytes = "\x80\x02N"s;
  for (std::uint32_t i = 0; i < 200'000; ++i) bytes += "r" + number(0x80000000u + i * 2, 4);
  for (std::uint32_t i = 1; i < 200'000; ++i) bytes += "r" + number(i * 3, 4);
  bytes += "0cos\nsystem\nr" + number(0xfffffffe, 4) + "0j" + number(0xfffffffe, 4) + "U\x02id\x85R.";
  const Report report = scan_text(bytes);
  EXPECT_TRUE(found(report, "pickle-dangerous-call")) << told(report);
}

TEST(Flood, OfMemoEntriesThatArePutAgainKeepsTheCount) {
  // MEMOIZE puts to the number of entries: one that stands twice counts once.
  const std::string bytes =
      "\x80\x04\x8c\x02osr\x01\0\0\0"
      "0\x8c\x06systemq\x00"
      "0Nq\x01"
      "0\x8c\x02osq\x01"
      "0Kx\x94"
      "0h\x01h\x00\x93\x8c\x02id\x85R."s;
  EXPECT_TRUE(found(scan_text(bytes), "pickle-dangerous-call")) << told(scan_text(bytes));
  const std::string counted =
      "\x80\x04\x8c\x02osr\x01\0\0\0"
      "0Nq\x00"
      "0Nq\x01"
      "0\x8c\x06system\x94"
      "0\x8c\x02osh\x02\x93\x8c\x02id\x85R."s;
  EXPECT_TRUE(found(scan_text(counted), "pickle-dangerous-call")) << told(scan_text(counted));
}

TEST(Zip, WhoseMembersShareTheirBytesIsRefusedAndNotReadAThousandTimes) {
  // One stored pickle of a megabyte under two thousand names.
  std::string body = "\x80\x02]("s;
  while (body.size() < (1u << 20)) body += "K\1";
  body += "e.";
  std::string bytes = "PK\3\4"s + number(20, 2) + number(0, 2) + number(0, 2) + number(0, 8) + number(body.size(), 4) +
                      number(body.size(), 4) + number(5, 2) + number(0, 2) + "00000" + body;
  const std::size_t at = bytes.size();
  for (int i = 0; i < 2000; ++i) {
    char name[8];
    std::snprintf(name, sizeof name, "%05d", i);
    bytes += "PK\1\2"s + number(20, 2) + number(20, 2) + number(0, 8) + number(0, 4) + number(body.size(), 4) +
             number(body.size(), 4) + number(5, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(0, 4) +
             number(0, 4) + name;
  }
  bytes += "PK\5\6"s + number(0, 4) + number(2000, 2) + number(2000, 2) + number(bytes.size() - at, 4) + number(at, 4) +
           number(0, 2);
  const Report report = scan_text(bytes);
  EXPECT_TRUE(found(report, "archive-limit")) << told(report);
  EXPECT_FALSE(report.complete());
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "tocsin-scan-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    std::error_code ignored;
    fs::permissions(folder_, fs::perms::owner_all, ignored);
    fs::remove_all(folder_, ignored);
  }
  fs::path write(const std::string& name, std::string_view bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  scan::Run scanned(std::vector<fs::path> paths) {
    scan::models::Request request;
    request.paths = std::move(paths);
    scan::Run run;
    run.reports = scan::models::run(request, names(), no_progress());
    return run;
  }
  scan::Run scanned() { return scanned({folder_}); }
  static const Report* of(const scan::Run& run, std::string_view end) {
    for (const Report& report : run.reports)
      if (std::string_view(report.path).ends_with(end)) return &report;
    return nullptr;
  }
  fs::path folder_;
};

TEST_F(Folder, AZipOfAMillionMembersIsRefused) {
  const auto hex = [](int i) { return fmt::format("{:05x}", i); };
  {
    std::ofstream out(folder_ / "million.zip", std::ios::binary);
    const std::string facts = number(0, 4) + number(0, 4) + number(0, 4) + number(0, 4) + number(5, 2) + number(0, 2);
    for (int i = 0; i < 1'000'000; ++i) out << "PK\3\4"s + number(20, 2) + number(0, 4) + facts + hex(i);
    std::string directory;
    for (int i = 0; i < 1'000'000; ++i)
      directory += "PK\1\2"s + number(20, 2) + number(20, 2) + number(0, 4) + facts + number(0, 6) + number(0, 4) +
                   number(static_cast<std::uint64_t>(i) * 35, 4) + hex(i);
    const std::uint64_t end64 = 35'000'000 + directory.size();
    out << directory
        << "PK\6\6"s + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) + number(1'000'000, 8) +
               number(1'000'000, 8) + number(directory.size(), 8) + number(35'000'000, 8) + "PK\6\7"s + number(0, 4) +
               number(end64, 8) + number(1, 4) + "PK\5\6"s + number(0, 4) + number(0xffff, 2) + number(0xffff, 2) +
               number(directory.size(), 4) + number(35'000'000, 4) + number(0, 2);
  }
  const Report report = scan::models::scan_file(folder_ / "million.zip", names());
  EXPECT_TRUE(found(report, "archive-limit")) << told(report);
  EXPECT_FALSE(report.complete());
}

// ---- nesting ----

TEST(Nesting, OfAThousandListsIsJustAPickle) {
  std::string bytes = "\x80\x02"s + std::string(1000, ']') + std::string(999, 'a') + ".";
  EXPECT_TRUE(is_clean(scan_text(bytes))) << told(scan_text(bytes));
  bytes = "\x80\x02"s + std::string(1000, '(') + "N" + std::string(1000, 't') + ".";
  EXPECT_TRUE(is_clean(scan_text(bytes))) << told(scan_text(bytes));
  std::string tuples = "\x80\x02Ncos\nsystem\n("s;
  for (int i = 0; i < 100'000; ++i) tuples += "\x85"s;
  EXPECT_FALSE(is_clean(scan_text(tuples + "R.")));
}

TEST(Nesting, OfAThousandBracketsInJsonEnds) {
  for (const std::size_t n : {std::size_t{1000}, std::size_t{1'000'000}}) {
    const Report report =
        scan_text("{\"class_name\":\"Sequential\",\"config\":" + std::string(n, '[') + std::string(n, ']') + "}");
    EXPECT_FALSE(is_clean(report)) << n;
  }
}

TEST(Nesting, OfAThousandContainersIsRefused) {
  std::string zips = kPickle, streams = kPickle;
  for (int i = 0; i < 1000; ++i) {
    zips = zip_of({{"x", zips}});
    streams = gzip_of(streams);
  }
  for (const std::string& bytes : {zips, streams}) {
    const Report report = scan_text(bytes);
    EXPECT_TRUE(found(report, "archive-limit")) << told(report);
    EXPECT_FALSE(report.complete());
  }
}

TEST(Nesting, OfPicklesInConstantsIsRefused) {
  std::string bytes = "cos\nsystem\n(U\x02idtR.";
  for (int i = 0; i < 100; ++i)
    bytes =
        "\x80\x03"
        "cbuiltins\nset\n0B"s +
        number(bytes.size(), 4) + bytes + ".";
  EXPECT_GT(scan_text(bytes).worst(), Severity::info) << told(scan_text(bytes));
}

// ---- bombs ----

class Bomb : public testing::TestWithParam<Honest> {};
TEST_P(Bomb, IsStoppedByItsRatio) {
  const Report report = scan_text(GetParam().bytes);
  EXPECT_TRUE(found(report, "archive-limit")) << told(report);
  EXPECT_FALSE(report.complete());
}
INSTANTIATE_TEST_SUITE_P(Hostile, Bomb,
                         testing::Values(Honest{"bzip2", bzip2_of(std::string(48u << 20, '\0'))},
                                         Honest{"xz", xz_of(std::string(64u << 20, '\0'))},
                                         Honest{"zstd", zstd_of_zeros(512)}),
                         [](const auto& info) { return info.param.name; });

// R packs so (save(compress = "xz")): level 9, whatever the size.
TEST(Packed, ALittleWithALargeDictionaryIsRead) {
  const auto small = scan_text(xz_of(kPickle, 9));
  EXPECT_TRUE(small.findings.empty() && small.complete()) << told(small);
  std::string much(40u << 20, '\0');
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < much.size(); i += 64)
    much[i] = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  const auto large = scan_text(xz_of(much, 9));
  EXPECT_TRUE(found(large, "archive-limit")) << told(large);
  EXPECT_FALSE(large.complete());
}

TEST(Bombs, OfDeflateAreStoppedByTheBudgetOfTheFile) {
  const std::string zeros = gzip_of(std::string(24u << 20, '\0'));
  scan::models::Options options;
  options.limits.unpacked_bytes = 64u << 20;
  // A gzip stream may have many members: 240 MB from as many kilobytes.
  std::string many;
  for (int i = 0; i < 10; ++i) many += zeros;
  for (const std::string& bytes : {many, zip_of({{"a", zeros}, {"b", zeros}, {"c", zeros}, {"d", zeros}})}) {
    const auto report =
        scan::models::scan_bytes("test", std::as_bytes(std::span(bytes.data(), bytes.size())), names(), options);
    EXPECT_TRUE(found(report, "archive-limit")) << told(report);
    EXPECT_FALSE(report.complete());
  }
}

// ---- files ----

TEST_F(Folder, LinksInACircleDanglingLinksPipesAndSocketsAreTold) {
  fs::create_directory(folder_ / "a");
  fs::create_directory_symlink(folder_, folder_ / "a" / "up");
  fs::create_symlink(folder_ / "one", folder_ / "two");
  fs::create_symlink(folder_ / "two", folder_ / "one");
  fs::create_symlink("nowhere", folder_ / "dangling");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder_ / "to-pipe");
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", (folder_ / "socket").c_str());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  write("a/good.pkl", kPickle);
  const auto run = scanned();
  ::close(fd);
  for (const char* name : {"/one", "/two", "/dangling", "/pipe", "/to-pipe", "/socket"}) {
    ASSERT_NE(of(run, name), nullptr) << name;
    EXPECT_TRUE(of(run, name)->error) << name;
  }
  ASSERT_NE(of(run, "/good.pkl"), nullptr);
  EXPECT_TRUE(is_clean(*of(run, "/good.pkl")));
  EXPECT_EQ(run.reports.size(), 7u);
  EXPECT_EQ(scan::exit_code(run), 3);
  EXPECT_TRUE(scan::models::scan_file(folder_ / "pipe", names()).error);
}

TEST_F(Folder, ALinkToAFolderElsewhereIsTold) {
  fs::create_directory(folder_ / "models");
  fs::create_directory(folder_ / "elsewhere");
  write("elsewhere/evil.pkl", "cos\nsystem\n(S'id'\ntR.");
  fs::create_directory_symlink("../elsewhere", folder_ / "models" / "link");
  auto run = scanned({folder_ / "models"});
  ASSERT_EQ(run.reports.size(), 1u);
  EXPECT_TRUE(run.reports[0].error);
  EXPECT_EQ(scan::exit_code(run), 3);
  // It is scanned where it is, once.
  run = scanned();
  ASSERT_EQ(run.reports.size(), 1u);
  EXPECT_EQ(scan::exit_code(run), 1);
}

TEST_F(Folder, WhatMayNotBeReadIsTold) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  write("secret.pkl", kPickle);
  fs::create_directory(folder_ / "closed");
  ASSERT_EQ(::chmod((folder_ / "secret.pkl").c_str(), 0), 0);
  ASSERT_EQ(::chmod((folder_ / "closed").c_str(), 0), 0);
  const auto run = scanned();
  EXPECT_EQ(run.reports.size(), 2u);
  for (const Report& report : run.reports) EXPECT_TRUE(report.error) << report.path;
  EXPECT_EQ(scan::exit_code(run), 3);
}

TEST_F(Folder, MissingAndEmptyFilesAreTold) {
  write("empty.pkl", "");
  EXPECT_EQ(scan::exit_code(scanned()), 3);
  EXPECT_EQ(scan::exit_code(scanned({folder_ / "missing"})), 3);
}

TEST_F(Folder, NamesWithEscapesAreShownAsSuchInEveryForm) {
  const std::string name = "evil\x1b[2J\n\"<&'\x07\xff\xe2\x80\xae.pkl";
  write(name, "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x12\x1b]0;x\x07\n<b>\"&]]>\xe2\x80\xae\x85R."s);
  write("member.zip", zip_of({{"a\x1b[31m\n<x>\"", "cos\nsystem\n(S'id'\ntR."}}));
  auto run = scanned();
  ASSERT_EQ(run.reports.size(), 2u);
  EXPECT_EQ(scan::exit_code(run), 1);
  for (const auto* kind : scan::reports::all()) {
    const std::string text = kind->write(run);
    EXPECT_TRUE(is_utf8(text)) << kind->name;
    for (const char c : text) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << kind->name;
    EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << kind->name;
    if (kind->name == "json" || kind->name == "sarif") EXPECT_TRUE(parse_json(text)) << kind->name;
    if (kind->name == "jsonl")
      for (const auto line : split_lines(text)) EXPECT_TRUE(line.empty() || parse_json(line)) << line;
    if (kind->name == "junit") {
      EXPECT_EQ(text.find("<b>"), std::string::npos);
      EXPECT_EQ(text.find("<x>"), std::string::npos);
      EXPECT_EQ(text.find("]]>"), std::string::npos);
    }
  }
  const std::string text = scan::as_text(run, {80, false, true, true});
  for (const char c : text) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

// Takes away what was found before it is read.
class Remover final : public Progress {
 public:
  explicit Remover(fs::path gone) : gone_(std::move(gone)) {}
  using Progress::stage;
  void stage(std::string_view, std::uint64_t, Unit) override { fs::remove_all(gone_); }
  void advance(std::uint64_t) override {}
  void finish() override {}

 private:
  fs::path gone_;
};

TEST_F(Folder, FilesAndFoldersThatVanishAreToldByPath) {
  fs::create_directory(folder_ / "deep");
  write("here.pkl", "\x80\x02}.");
  write("deep/gone.pkl", "\x80\x02}.");
  scan::models::Request request;
  request.paths = {folder_};
  Remover remover(folder_ / "deep");
  scan::Run run;
  run.reports = scan::models::run(request, names(), remover);
  ASSERT_EQ(run.reports.size(), 2u);
  const Report* gone = of(run, "deep/gone.pkl");
  ASSERT_NE(gone, nullptr);
  ASSERT_TRUE(gone->error);
  EXPECT_NE(gone->error->message().find("deep/gone.pkl"), std::string::npos);
  EXPECT_EQ(scan::exit_code(run), 3);
}

// Adds up what it is told; from several threads, one after the other.
class Sum final : public Progress {
 public:
  using Progress::stage;
  void stage(std::string_view, std::uint64_t total, Unit unit) override {
    total_ = total;
    bytes_ = unit == Unit::bytes;
  }
  void advance(std::uint64_t done) override {
    EXPECT_GE(done, last_);
    EXPECT_LE(done, total_);
    last_ = done;
    ++steps_;
  }
  void finish() override { finished_ = true; }
  std::uint64_t total_ = 0, last_ = 0, steps_ = 0;
  bool bytes_ = false, finished_ = false;
};

TEST_F(Folder, ProgressIsInBytesAndWithinLargeFiles) {
  std::string bytes = "\x80\x02](";
  while (bytes.size() < (9u << 20)) bytes += "K\1";
  write("large.pkl", bytes + "e.");
  for (const bool hash : {true, false}) {
    scan::models::Request request;
    request.paths = {folder_};
    request.options.hash = hash;
    Sum sum;
    const auto reports = scan::models::run(request, names(), sum);
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_TRUE(sum.bytes_ && sum.finished_);
    EXPECT_EQ(sum.total_, reports[0].bytes);
    EXPECT_EQ(sum.last_, sum.total_);
    EXPECT_GE(sum.steps_, 2u) << hash;
  }
}

TEST_F(Folder, TheOrderIsThatOfThePathsWhateverTheThreads) {
  for (int i = 0; i < 60; ++i)
    write(fmt::format("{:02}.pkl", i), i % 7 == 0 ? "cos\nsystem\n(S'id'\ntR." : "\x80\x02}.");
  std::string first;
  for (const unsigned threads : {1u, 3u, 16u}) {
    scan::models::Request request;
    request.paths = {folder_};
    request.threads = threads;
    scan::Run run;
    run.reports = scan::models::run(request, names(), no_progress());
    const std::string json = scan::find_report("json")->write(run);
    if (first.empty()) first = json;
    EXPECT_EQ(json, first) << threads;
  }
}

TEST_F(Folder, AListNamesFilesAndTheirDigests) {
  const std::string good = "\x80\x02}.", evil = "cos\nsystem\n(S'id'\ntR.";
  write("good.pkl", good);
  write("evil.pkl", evil);
  write("not-listed.pkl", evil);
  fs::create_hard_link(folder_ / "good.pkl", folder_ / "also.pkl");
  const auto listed = [&](const std::string& name, const std::string& content) {
    return sha256(content).hex() + "  " + (folder_ / name).native() + "\n";
  };
  scan::models::Request request;
  request.listed = scan::parse_manifest(listed("good.pkl", good) + listed("also.pkl", evil) + listed("gone.pkl", good) +
                                            listed(".", good) + (folder_ / "evil.pkl").native() + "\n",
                                        "list")
                       .files;
  scan::Run run;
  run.reports = scan::models::run(request, names(), no_progress());
  ASSERT_EQ(run.reports.size(), 4u);
  const Report* one = of(run, "good.pkl");
  ASSERT_NE(one, nullptr);
  ASSERT_EQ(one->findings.size(), 1u) << "the digest of its other name";
  EXPECT_EQ(one->findings[0].rule->id, "digest-mismatch");
  EXPECT_NE(one->findings[0].what.find("list:2"), std::string::npos);
  ASSERT_NE(of(run, "evil.pkl"), nullptr);
  EXPECT_EQ(of(run, "evil.pkl")->worst(), scan::Severity::malicious);
  ASSERT_NE(of(run, "gone.pkl"), nullptr);
  EXPECT_TRUE(of(run, "gone.pkl")->error);
  EXPECT_EQ(of(run, "not-listed.pkl"), nullptr);
}

TEST_F(Folder, AFileThatIsCutWhileItIsReadIsAnErrorAndNoCrash) {
  std::string bytes = "\x80\x02]("s;
  while (bytes.size() < (3u << 20)) bytes += "K\1";
  bytes += "e.";
  for (const std::uint64_t left : {std::uint64_t{0}, std::uint64_t{4096}, bytes.size() - 1}) {
    const auto path = write("shrinks.pkl", bytes);
    const auto file = scan::Mapped::open(path);
    ASSERT_TRUE(file);
    EXPECT_FALSE(file->changed());
    ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(left)), 0);
    const Report report = scan::models::scan_mapped("shrinks.pkl", *file, names());
    ASSERT_TRUE(report.error) << left;
    EXPECT_EQ(report.error->code, Code::conflict);
    EXPECT_FALSE(report.sha256);
  }
}

TEST_F(Folder, AFileThatIsWrittenToWhileItIsReadIsAnError) {
  const auto path = write("grows.pkl", kPickle);
  const auto file = scan::Mapped::open(path);
  ASSERT_TRUE(file);
  std::ofstream(path, std::ios::binary | std::ios::app) << "more";
  EXPECT_TRUE(scan::models::scan_mapped("grows.pkl", *file, names()).error);
}

}  // namespace
}  // namespace tocsin
