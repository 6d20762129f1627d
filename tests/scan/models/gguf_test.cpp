// GGUF: every count, length and offset against the file.
#include <gtest/gtest.h>

#include <functional>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;

// Writes GGUF, also such as no writer would.
struct Gguf {
  int version = 3;
  bool big = false;
  std::uint64_t pairs = 0, tensors = 0;
  std::string body;

  static std::string number(std::uint64_t value, int bytes, bool big) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * (big ? bytes - 1 - i : i)));
    return out;
  }
  std::string n(std::uint64_t value, int bytes) const { return number(value, bytes, big); }
  std::string count(std::uint64_t value) const { return n(value, version == 1 ? 4 : 8); }
  std::string string(std::string_view text) const { return count(text.size()) + std::string(text); }

  Gguf& raw(std::string_view key, int type, std::string_view value) {
    ++pairs;
    body += string(key) + n(static_cast<std::uint64_t>(type), 4) + std::string(value);
    return *this;
  }
  Gguf& text(std::string_view key, std::string_view value) { return raw(key, 8, string(value)); }
  Gguf& u32(std::string_view key, std::uint64_t value) { return raw(key, 4, n(value, 4)); }
  Gguf& texts(std::string_view key, const std::vector<std::string>& values) {
    std::string list = n(8, 4) + count(values.size());
    for (const auto& value : values) list += string(value);
    return raw(key, 9, list);
  }
  Gguf& numbers(std::string_view key, int type, int bytes, const std::vector<std::uint64_t>& values) {
    std::string list = n(static_cast<std::uint64_t>(type), 4) + count(values.size());
    for (const auto value : values) list += n(value, bytes);
    return raw(key, 9, list);
  }
  Gguf& tensor(std::string_view name, const std::vector<std::uint64_t>& shape, int type, std::uint64_t offset) {
    ++tensors;
    body += string(name) + n(shape.size(), 4);
    for (const auto dimension : shape) body += count(dimension);
    body += n(static_cast<std::uint64_t>(type), 4) + n(offset, 8);
    return *this;
  }
  std::string file(std::size_t data = 0, std::size_t alignment = 32) const {
    std::string out = "GGUF" + n(static_cast<std::uint64_t>(version), 4) + count(tensors) + count(pairs) + body;
    if (data == 0) return out;
    out.resize((out.size() + alignment - 1) / alignment * alignment);
    return out + std::string(data, '\0');
  }
};

Gguf model(int version = 3, bool big = false) {
  Gguf out{version, big, 0, 0, {}};
  out.text("general.architecture", "llama").u32("llama.block_count", 2);
  out.texts("tokenizer.ggml.tokens", {"<s>", "<0x0A>", "<0x", "a"})
      .numbers("tokenizer.ggml.token_type", 5, 4, {3, 6, 1, 1});
  out.numbers("tokenizer.ggml.scores", 6, 4, {0, 0, 0, 0});
  return out;
}

struct Case {
  const char* name;
  std::function<std::string()> bytes;
  const char* rule;
};

class GgufFaults : public testing::TestWithParam<Case> {};

TEST_P(GgufFaults, AreFound) {
  const auto report = scan_text(GetParam().bytes());
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

Gguf with_counts(std::uint64_t tensors, std::uint64_t pairs) {
  Gguf out = model();
  out.tensors = tensors;
  out.pairs = pairs;
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Gguf, GgufFaults,
    testing::Values(
        Case{"version", [] { return model(9).file(); }, "gguf-broken"},
        Case{"version_zero", [] { return model(0).file(); }, "gguf-broken"},
        Case{"pairs", [] { return with_counts(0, 1ull << 40).file(); }, "gguf-broken"},
        Case{"pairs_wrap", [] { return with_counts(0, UINT64_MAX).file(); }, "gguf-broken"},
        Case{"tensors", [] { return with_counts(1ull << 60, 5).file(); }, "gguf-broken"},
        Case{"key_length",
             [] {
               Gguf g = model();
               ++g.pairs;
               g.body += g.n(UINT64_MAX - 3, 8) + "key";
               return g.file();
             },
             "gguf-broken"},
        Case{"text_length", [] { return model().raw("a", 8, Gguf::number(1ull << 33, 8, false) + "abc").file(); },
             "gguf-broken"},
        Case{"key_twice", [] { return model().text("a", "1").text("a", "2").file(); }, "gguf-broken"},
        Case{"empty_key", [] { return model().text("", "1").file(); }, "gguf-broken"},
        Case{"value_type", [] { return model().raw("a", 13, "....").file(); }, "gguf-broken"},
        Case{"list_type",
             [] { return model().raw("a", 9, Gguf::number(99, 4, false) + Gguf::number(1, 8, false)).file(); },
             "gguf-broken"},
        Case{"list_length",
             [] {
               return model()
                   .raw("a", 9, Gguf::number(10, 4, false) + Gguf::number(UINT64_MAX / 8 + 2, 8, false))
                   .file();
             },
             "gguf-broken"},
        Case{"list_of_texts_length",
             [] { return model().raw("a", 9, Gguf::number(8, 4, false) + Gguf::number(1ull << 61, 8, false)).file(); },
             "gguf-broken"},
        Case{"lists_in_lists",
             [] {
               std::string nest;
               for (int i = 0; i < 1000; ++i) nest += Gguf::number(9, 4, false) + Gguf::number(1, 8, false);
               return model().raw("a", 9, nest).file();
             },
             "gguf-broken"},
        Case{"truth_of_two", [] { return model().raw("a", 7, "\x02").file(); }, "gguf-broken"},
        Case{"truths_of_two", [] { return model().numbers("a", 7, 1, {0, 1, 2}).file(); }, "gguf-broken"},
        Case{"alignment_zero", [] { return model().u32("general.alignment", 0).file(); }, "gguf-broken"},
        Case{"alignment_odd", [] { return model().u32("general.alignment", 33).file(); }, "gguf-broken"},
        Case{"alignment_huge", [] { return model().u32("general.alignment", 1u << 31).file(); }, "gguf-broken"},
        Case{"alignment_text", [] { return model().text("general.alignment", "32").file(); }, "gguf-broken"},
        Case{"alignment_u64", [] { return model().raw("general.alignment", 10, Gguf::number(32, 8, false)).file(); },
             "gguf-broken"},
        Case{"five_dimensions", [] { return model().tensor("t", {1, 1, 1, 1, 1}, 0, 0).file(64); }, "gguf-broken"},
        Case{"many_dimensions",
             [] {
               Gguf g = model();
               ++g.tensors;
               g.body += g.string("t") + g.n(0xffffffff, 4) + std::string(64, '\0');
               return g.file();
             },
             "gguf-broken"},
        Case{"dimension_zero", [] { return model().tensor("t", {0, 4}, 0, 0).file(64); }, "gguf-broken"},
        Case{"dimension_negative", [] { return model().tensor("t", {UINT64_MAX}, 0, 0).file(64); }, "gguf-broken"},
        Case{"product_overflows", [] { return model().tensor("t", {1ull << 32, 1ull << 32}, 0, 0).file(64); },
             "gguf-broken"},
        Case{"size_overflows", [] { return model().tensor("t", {1ull << 62}, 28, 0).file(64); }, "gguf-broken"},
        Case{"half_a_block", [] { return model().tensor("t", {33}, 2, 0).file(64); }, "gguf-broken"},
        Case{"tensor_type", [] { return model().tensor("t", {4}, 12345, 0).file(64); }, "gguf-broken"},
        Case{"past_the_end", [] { return model().tensor("t", {1024}, 0, 0).file(64); }, "gguf-broken"},
        Case{"offset_past_the_end", [] { return model().tensor("t", {4}, 0, 1ull << 40).file(64); }, "gguf-broken"},
        Case{"offset_wraps", [] { return model().tensor("t", {8}, 0, UINT64_MAX - 31).file(64); }, "gguf-broken"},
        Case{"offset_unaligned", [] { return model().tensor("t", {4}, 0, 3).file(64); }, "gguf-broken"},
        Case{"overlap", [] { return model().tensor("a", {16}, 0, 0).tensor("b", {4}, 0, 32).file(96); }, "gguf-broken"},
        Case{"hole", [] { return model().tensor("a", {4}, 0, 0).tensor("b", {4}, 0, 128).file(160); }, "gguf-broken"},
        Case{"tensor_twice", [] { return model().tensor("a", {4}, 0, 0).tensor("a", {4}, 0, 32).file(64); },
             "gguf-broken"},
        Case{"long_tensor_name", [] { return model().tensor(std::string(300, 'a'), {4}, 0, 0).file(32); },
             "gguf-broken"},
        Case{"byte_token",
             [] {
               return Gguf()
                   .texts("tokenizer.ggml.tokens", {"<0x-1>"})
                   .numbers("tokenizer.ggml.token_type", 5, 4, {6})
                   .file();
             },
             "gguf-broken"},
        Case{"byte_token_without_kinds", [] { return Gguf().texts("tokenizer.ggml.tokens", {"<0x-1>"}).file(); },
             "gguf-broken"},
        Case{"short_byte_token",
             [] {
               return Gguf()
                   .texts("tokenizer.ggml.tokens", {"<"})
                   .numbers("tokenizer.ggml.token_type", 5, 4, {6})
                   .file();
             },
             "gguf-broken"},
        Case{"fewer_scores_than_tokens",
             [] {
               return Gguf()
                   .texts("tokenizer.ggml.tokens", {"a", "b", "c"})
                   .numbers("tokenizer.ggml.scores", 6, 4, {0})
                   .file();
             },
             "gguf-broken"},
        Case{"fewer_kinds_than_tokens",
             [] {
               return Gguf()
                   .texts("tokenizer.ggml.tokens", {"a", "b", "c"})
                   .numbers("tokenizer.ggml.token_type", 5, 4, {1})
                   .file();
             },
             "gguf-broken"},
        Case{"scores_of_texts",
             [] { return Gguf().texts("tokenizer.ggml.tokens", {"a"}).texts("tokenizer.ggml.scores", {"a"}).file(); },
             "gguf-broken"},
        Case{"chat_template",
             [] { return model().text("tokenizer.chat_template", "{{ ''.__class__.__mro__ }}").file(); },
             "template-escape"},
        Case{"named_template",
             [] { return model().text("tokenizer.chat_template.tool_use", "{{ ''|attr('__class__') }}").file(); },
             "template-escape"},
        Case{"template_in_version_1",
             [] {
               return Gguf{1, false, 0, 0, {}}.text("tokenizer.chat_template", "{{ ''.__class__.__mro__ }}").file();
             },
             "template-escape"},
        Case{
            "template_in_big_endian",
            [] { return Gguf{3, true, 0, 0, {}}.text("tokenizer.chat_template", "{{ ''.__class__.__mro__ }}").file(); },
            "template-escape"},
        Case{"pickle_behind", [] { return model().tensor("t", {8}, 0, 0).file(32) + "cos\nsystem\n(S'id'\ntR."; },
             "pickle-dangerous-call"},
        Case{"junk_behind", [] { return model().tensor("t", {8}, 0, 0).file(32) + std::string(100, '\x91'); },
             "gguf-broken"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

TEST(Gguf, HonestOnesAreSilent) {
  std::vector<std::string> files;
  for (const int version : {1, 2, 3}) {
    for (const bool big : {false, true})
      files.push_back(model(version, big)
                          .tensor("a", {4, 2}, 0, 0)
                          .tensor("b", {256, 2}, 12, 32)
                          .tensor("s", {}, 0, 320)
                          .file(324));
  }
  files.push_back(model().u32("general.alignment", 64).tensor("a", {4}, 1, 0).tensor("b", {4}, 1, 64).file(128, 64));
  files.push_back(
      model()
          .text("tokenizer.chat_template", "{% for m in messages %}{{ m['role'] + m['content'] }}{% endfor %}")
          .file());
  files.push_back(model()
                      .raw("nested", 9,
                           Gguf::number(9, 4, false) + Gguf::number(2, 8, false) + Gguf::number(0, 4, false) +
                               Gguf::number(2, 8, false) + "ab" + Gguf::number(4, 4, false) + Gguf::number(0, 8, false))
                      .file());
  files.push_back(Gguf().file());
  for (const auto& bytes : files) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(report.findings.empty()) << told(report);
    EXPECT_TRUE(report.complete()) << told(report);
    EXPECT_EQ(report.formats, std::vector<std::string>{"gguf"});
  }
}

TEST(Gguf, CutAnywhereItIsNeverClean) {
  const std::string whole = model().tensor("a", {4, 2}, 0, 0).file(32);
  ASSERT_TRUE(scan_text(whole).findings.empty()) << told(scan_text(whole));
  for (std::size_t n = 4; n < whole.size(); ++n) {  // "GGU" is a text like any other
    const auto report = scan_text(std::string_view(whole).substr(0, n));
    EXPECT_TRUE(!report.complete() || report.worst() > Severity::info) << n << "\n" << told(report);
  }
}

}  // namespace
}  // namespace tocsin
