#include "intel/words.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tocsin::intel {
namespace {

TEST(Words, OfEachVocabularyReadBackAsWritten) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(Kind::other); ++i) {
    const auto kind = static_cast<Kind>(i);
    EXPECT_EQ(parse_kind(to_string(kind)), kind);
    EXPECT_TRUE(seen.insert(to_string(kind)).second);
  }
  EXPECT_EQ(seen.size(), kind_words().size());
  for (int i = 0; i <= static_cast<int>(Layer::operational); ++i)
    EXPECT_EQ(parse_layer(to_string(static_cast<Layer>(i))), static_cast<Layer>(i));
  for (int i = 0; i <= static_cast<int>(Severity::critical); ++i)
    EXPECT_EQ(parse_severity(to_string(static_cast<Severity>(i))), static_cast<Severity>(i));
  for (int i = 0; i <= static_cast<int>(Tlp::red); ++i)
    EXPECT_EQ(parse_tlp(to_string(static_cast<Tlp>(i))), static_cast<Tlp>(i));
}

TEST(Words, ThatAreUnknownAreNone) {
  EXPECT_FALSE(parse_kind("Technique"));
  EXPECT_FALSE(parse_kind(""));
  EXPECT_FALSE(parse_layer("all"));
  EXPECT_FALSE(parse_severity("severe"));
  EXPECT_FALSE(parse_tlp("TLP:PURPLE"));
  EXPECT_FALSE(parse_tlp("tlp:"));
}

TEST(Words, OfOtherSourcesAreUnderstood) {
  EXPECT_EQ(parse_severity("MODERATE"), Severity::medium);
  EXPECT_EQ(parse_severity("Important"), Severity::high);
  EXPECT_EQ(parse_severity(" CRITICAL "), Severity::critical);
  EXPECT_EQ(parse_tlp("white"), Tlp::clear);
  EXPECT_EQ(parse_tlp("tlp:amber+strict"), Tlp::amber_strict);
  EXPECT_EQ(parse_tlp("Red"), Tlp::red);
}

TEST(Severity, UnknownIsMoreUrgentThanMediumAndLessThanHigh) {
  EXPECT_LT(urgency(Severity::none), urgency(Severity::low));
  EXPECT_LT(urgency(Severity::low), urgency(Severity::medium));
  EXPECT_LT(urgency(Severity::medium), urgency(Severity::unknown));
  EXPECT_LT(urgency(Severity::unknown), urgency(Severity::high));
  EXPECT_LT(urgency(Severity::high), urgency(Severity::critical));
}

TEST(Layers, AreASetInAFixedOrder) {
  const Layers layers = Layer::operational | Layer::strategic;
  EXPECT_EQ(layers.words(), (std::vector<std::string_view>{"strategic", "operational"}));
  EXPECT_FALSE(layers.has(Layer::tactical));
  EXPECT_EQ(Layers::from_bits(layers.bits()), layers);
  EXPECT_EQ(Layers::from_bits(0xff).words().size(), 3u);
  EXPECT_TRUE(Layers().empty());
}

TEST(Grade, IsALetterAndADigit) {
  EXPECT_EQ(to_string(Grade{}), "F6");
  EXPECT_EQ(parse_grade("b2"), (Grade{'B', '2'}));
  for (const char* text : {"", "B", "G1", "A0", "A7", "B22", "2B"}) EXPECT_FALSE(parse_grade(text)) << text;
}

}  // namespace
}  // namespace tocsin::intel
