// The pickle machine and its verdicts, on streams written out opcode by opcode.
#include <gtest/gtest.h>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

struct Case {
  const char* name;
  std::string bytes;
  const char* rule;
};

class Tricks : public testing::TestWithParam<Case> {};

TEST_P(Tricks, IsFound) {
  const auto report = scan_text(GetParam().bytes);
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

INSTANTIATE_TEST_SUITE_P(
    Pickle, Tricks,
    testing::Values(
        Case{"plain_call", "cos\nsystem\n(S'id'\ntR.", "pickle-dangerous-call"},
        Case{"inst", "(S'id'\nios\nsystem\n.", "pickle-dangerous-call"},
        Case{"obj", "(cos\nsystem\nS'id'\no.", "pickle-dangerous-call"},
        Case{"popped_result", "\x80\x04(cos\nsystem\n\x8c\x02id\x85R0N."s, "pickle-dangerous-call"},
        Case{"newobj", "\x80\x04\x8c\x0asubprocess\x8c\x05Popen\x93\x8c\x02id\x85\x81."s, "pickle-dangerous-call"},
        Case{"import_only", "cos\nsystem\n.", "pickle-dangerous-import"},
        Case{"escaped_text", "\x80\x04V\\u006fs\nS'\\x73ystem'\n\x93\x8c\x02id\x85R."s, "pickle-dangerous-call"},
        // The memo gives the name, not the opcode before it.
        Case{"memo",
             "\x80\x04\x8c\x02osq\x07\x30\x8c\x06systemq\x08\x30\x8c\x04math\x30h\x07h\x08\x93\x8c\x02id\x85R."s,
             "pickle-dangerous-call"},
        Case{"memoize_counts", "\x80\x04\x8c\x02os\x94\x30\x8c\x06system\x94\x30h\x00h\x01\x93\x8c\x02id\x85R."s,
             "pickle-dangerous-call"},
        Case{"dup", "\x80\x04\x8c\x02os2\x30\x8c\x06system\x93\x8c\x02id\x85R."s, "pickle-dangerous-call"},
        Case{"dotted", "\x80\x04\x8c\x05torch\x8c\x0dstorage.os.fn\x93)R."s, "pickle-dotted-name"},
        Case{"computed_name", "\x80\x04\x8c\x02osc_codecs\nencode\n\x8c\x06system\x85R\x93."s, "pickle-computed-name"},
        Case{"computed_call",
             "\x80\x04"
             "ccollections\nOrderedDict\n)R)R."s,
             "pickle-computed-call"},
        Case{"unknown_call", "\x80\x04\x8c\x07mylib.x\x8c\x05thing\x93)R."s, "pickle-unknown-call"},
        Case{"extension", "\x80\x02\x82\x01."s, "pickle-extension"},
        Case{"build_on_class",
             "\x80\x02"
             "ccollections\nOrderedDict\n}b."s,
             "pickle-changed-import"},
        Case{"setitem_on_global",
             "\x80\x02"
             "csys\nmodules\nU\x01xU\x01ys."s,
             "pickle-changed-import"},
        Case{"append_to_global",
             "\x80\x02"
             "csys\npath\nU\x01xa."s,
             "pickle-changed-import"},
        Case{"special_attribute",
             "\x80\x02"
             "ccollections\nOrderedDict\n)R}U\x09__class__ccollections\nCounter\nsb."s,
             "pickle-special-attribute"},
        Case{"frame_crossed", "\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00\x8c\x05hello."s, "pickle-frame"},
        Case{"frame_in_frame", "\x80\x04\x95\x20\x00\x00\x00\x00\x00\x00\x00\x95\x01\x00\x00\x00\x00\x00\x00\x00N."s,
             "pickle-frame"},
        Case{"broken_after_payload", "cos\nsystem\n(S'id'\ntR\xff", "pickle-dangerous-call"},
        Case{"broken", "\x80\x04\x8c\x02osq"s, "pickle-broken"}, Case{"no_stop", "\x80\x04N"s, "pickle-broken"},
        Case{"missing_memo", "\x80\x04h\x05."s, "pickle-broken"}, Case{"underflow", "\x80\x04R."s, "pickle-broken"},
        Case{"unknown_protocol", "\x80\x04N.\x80\x05\x80\x09N."s, "pickle-broken"},
        Case{"second_pickle", "\x80\x04N.cos\nsystem\n(S'id'\ntR."s, "pickle-dangerous-call"},
        // A fresh memo after STOP: pickle 2 cannot take names from pickle 1, and an unpickler breaks there.
        Case{"memo_across_pickles", "\x80\x02U\x02osq\x01U\x06systemq\x02.\x80\x02h\x01h\x02\x93)R."s, "pickle-broken"},
        Case{"nested",
             "\x80\x04\x42\x14\x00\x00\x00"
             "cos\nsystem\n(S'id'\ntR.\n."s,
             "pickle-dangerous-call"},
        Case{"helper_calls",
             "\x80\x02"
             "ccopyreg\n_reconstructor\ncos\nsystem\nc__builtin__\nobject\nN\x87R."s,
             "pickle-unsafe-argument"},
        Case{"factory",
             "\x80\x02"
             "ccollections\ndefaultdict\ncos\nsystem\n\x85R."s,
             "pickle-unsafe-argument"},
        Case{"bit_generator",
             "\x80\x02"
             "cnumpy.random._pickle\n__bit_generator_ctor\nU\x06system\x85R."s,
             "pickle-unsafe-argument"},
        Case{"load_from_bytes",
             "\x80\x02"
             "ctorch.storage\n_load_from_bytes\nccollections\nOrderedDict\n)R\x85R."s,
             "pickle-unsafe-argument"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

TEST(Pickle, SaysTheCallAsPythonWouldWriteIt) {
  const auto report = scan_text("cos\nsystem\n(S'id'\ntR.");
  ASSERT_EQ(report.findings.size(), 1u) << told(report);
  EXPECT_EQ(report.findings[0].call, "os.system(\"id\")");
  EXPECT_EQ(report.findings[0].place.offset, 19u);
  EXPECT_EQ(report.findings[0].place.opcode, "REDUCE");
}

TEST(Pickle, HonestOnesAreSilent) {
  for (const std::string& bytes : {
           "\x80\x04N."s,
           "\x80\x04\x95\x09\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01K\x02"
           "e."s,
           "\x80\x02"
           "ccollections\nOrderedDict\nq\x00)Rq\x01U\x01"
           "aK\x01s."s,
           "(dp0\nS'a'\np1\nI1\ns."s,
           "\x80\x02"
           "ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R."s,
       }) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(report.findings.empty()) << told(report);
    EXPECT_TRUE(report.complete()) << told(report);
    EXPECT_EQ(report.formats, std::vector<std::string>{"pickle"});
  }
}

TEST(Pickle, ListsOfWordsAreNone) {
  for (const std::string text :
       {"cffi\nchardet\nrequests\ncryptography\n", "cython\nopencv\nobjgraph\n", "MAINTAINERS\ncpython\nreviewers\n",
        "(see below)\ncmake\nninja\n", "itertools\nfunctools\nre\n"})
    EXPECT_LE(scan_text(text).worst(), Severity::info) << text << told(scan_text(text));
}

TEST(Pickle, CutAnywhereItIsNeverClean) {
  const auto whole =
      "\x80\x04\x8c\x0b"
      "collections\x8c\x0bOrderedDict\x93)R}(\x8c\x01"
      "aG\x3f\xf0\x00\x00\x00\x00\x00\x00u."s;
  ASSERT_TRUE(scan_text(whole).findings.empty()) << told(scan_text(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto report = scan_text(std::string_view(whole).substr(0, n));
    EXPECT_TRUE(!report.complete() || report.worst() > Severity::info) << n << "\n" << told(report);
  }
}

}  // namespace
}  // namespace tocsin
