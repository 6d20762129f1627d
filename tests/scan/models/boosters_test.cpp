// Models of boosted trees, vocabularies and the index of a checkpoint: XGBoost, CatBoost, LightGBM, SentencePiece, TensorFlow.
#include <gtest/gtest.h>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

std::string number(std::uint64_t value, int bytes, bool big) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * (big ? bytes - 1 - i : i)));
  return out;
}

// ---- UBJSON ----
std::string key(const std::string& name) {
  return "L" + number(name.size(), 8, true) + name;
}
std::string text(const std::string& value) {
  return "S" + key(value);
}
std::string floats(std::uint64_t said, std::size_t there) {
  return "[$d#L" + number(said, 8, true) + std::string(4 * there, '\0');
}
std::string booster(const std::string& weights) {
  return "{" + key("learner") + "{" + key("attributes") + "{}" + key("feature_names") + "[#L" + number(1, 8, true) +
         text("age") + key("gradient_booster") + "{" + key("name") + text("gbtree") + key("model") + "{" +
         key("base_weights") + weights + key("id") + "l" + number(7, 4, true) + "}}" + "}" + key("version") +
         "[i\2i\1i\4]" + "}";
}

// ---- CatBoost: a table of a text and a table of trees with one vector ----
std::string trees(std::uint32_t splits = 2) {
  // vtable of the core at 4, the core at 16, vtable of the trees at 28, the trees at 40, version at 48, splits at 72.
  std::string out = number(16, 4, false);
  out += number(8, 2, false) + number(12, 2, false) + number(4, 2, false) + number(8, 2, false) + std::string(4, '\0');
  out += number(12, 4, false) + number(28, 4, false) + number(16, 4, false);
  out += number(8, 2, false) + number(8, 2, false) + number(0, 2, false) + number(4, 2, false) + std::string(4, '\0');
  out += number(12, 4, false) + number(28, 4, false);
  out += number(18, 4, false) + "FlabuffersModel_v1" + std::string(2, '\0');
  out += number(splits, 4, false) + number(1, 4, false) + number(2, 4, false);
  return out;
}
std::string catboost(const std::string& core) {
  return "CBM1" + number(core.size(), 4, false) + core;
}

// ---- SentencePiece ----
std::string piece(const std::string& name) {
  const std::string body = "\x0a" + number(name.size(), 1, false) + name + "\x15" + std::string(4, '\0') + "\x18\1";
  return "\x0a" + number(body.size(), 1, false) + body;
}
const std::string kVocabulary = piece("<unk>") + piece("<s>") + piece("</s>") + piece("a") + "\x12\2\x18\1"s;

// ---- an index of LevelDB: two empty blocks ----
std::string index_of(const std::string& handles) {
  const std::string block = std::string(8, '\0') + std::string(5, '\0');  // restarts; compression, sum
  return block + block + handles + std::string(40 - handles.size(), '\0') + number(0xdb4775248b80fb57, 8, false);
}

const std::vector<std::pair<const char*, std::string>> kHonest = {
    {"xgboost", booster(floats(3, 3))},
    {"xgboost", "{" + key("Config") + "{}" + key("Model") + booster(floats(1, 1)) + "}"},
    {"xgboost", "binf" + std::string(136, '\0') + number(15, 8, false) + "binary:logistic" + number(6, 8, false) +
                    "gbtree" + std::string(160, '\0')},
    {"catboost", catboost(trees())},
    {"sentencepiece", kVocabulary},
    {"tensorflow-checkpoint", index_of("\0\x08\x0d\x08"s)},
    {"lightgbm",
     "tree\nversion=v4\nnum_class=1\nmax_feature_idx=3\nobjective=binary sigmoid:1\n\nTree=0\nnum_leaves=2\n"},
};

TEST(Boosters, HonestOnesAreSilent) {
  for (const auto& [name, bytes] : kHonest) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(report.findings.empty()) << name << "\n" << told(report);
    EXPECT_TRUE(report.complete()) << name << "\n" << told(report);
    ASSERT_FALSE(report.formats.empty()) << name;
    EXPECT_EQ(report.formats.front(), name);
  }
}

TEST(Boosters, WhatBreaksTheFormatIsFound) {
  const std::string big = number(std::uint64_t{1} << 62, 8, true);
  for (const std::string& bytes :
       {booster(floats(std::uint64_t{1} << 62, 3)), booster("[#L" + big), booster("S" + ("L" + big)),
        booster("[$S#L" + number(1, 8, true)), booster(std::string(1000, '[')), booster("?"),
        booster(floats(3, 3)) + "more", booster(floats(~std::uint64_t{0}, 0)),
        "binf" + std::string(136, '\0') + number(~std::uint64_t{0}, 8, false) + std::string(100, 'x'),
        "bs64\t" + std::string(80, 'A') + "\x01", catboost(trees(0x7fffffff)),
        "CBM1" + number(0xfffffff0, 4, false) + trees(),
        "CBM1" + number(0xffffffff, 4, false) + number(~std::uint64_t{0}, 8, false) + trees(),
        catboost(trees()) + "more", kVocabulary + "\x3a\1x", kVocabulary + "\x0a\x7f",
        index_of("\0\xff\xff\xff\xff\x7f\x0d\x08"s), index_of("\0\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1"s)}) {
    const auto report = scan_text(bytes);
    EXPECT_TRUE(found(report, "format-broken")) << told(report);
    EXPECT_FALSE(report.complete() && report.worst() < Severity::suspicious);
  }
}

TEST(Boosters, AnAttackBehindAModelIsFound) {
  const std::string attack = "cos\nsystem\n(S'id'\ntR.";
  EXPECT_TRUE(found(scan_text(booster(floats(1, 1)) + attack), "pickle-dangerous-call"));
  EXPECT_TRUE(found(scan_text(catboost(trees()) + attack), "pickle-dangerous-call"));
}

TEST(Boosters, CutAnywhereTheyAreNeverClean) {
  for (const auto& [name, whole] : kHonest) {
    if (name == "lightgbm"s) continue;                // a text has no end of its own
    for (std::size_t n = 5; n < whole.size(); ++n) {  // "{" and "binf" alone are texts
      const auto report = scan_text(whole.substr(0, n));
      // Fields of a message have no count: where one ends, all may.
      const bool whole_again = name == "sentencepiece"s && !report.formats.empty() && report.formats.front() == name;
      // What the old form of XGBoost holds behind its names, only the library can count.
      const bool behind = whole.starts_with("binf") && n >= 177;
      EXPECT_TRUE(!report.complete() || report.worst() > Severity::info || whole_again || behind)
          << name << " " << n << "\n"
          << told(report);
    }
  }
}

TEST(Boosters, AnyByteMayBeWrong) {
  for (const auto& [name, whole] : kHonest)
    for (std::size_t n = 0; n < whole.size(); ++n)
      for (const char c : {'\xff', '\0', '\x7f'}) {
        auto bytes = whole;
        bytes[n] = c;
        EXPECT_LE(scan_text(bytes).findings.size(), 50u) << name;
      }
}

}  // namespace
}  // namespace tocsin
