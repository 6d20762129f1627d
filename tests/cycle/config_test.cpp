#include <gtest/gtest.h>

#include "cycle/config.hpp"

namespace tocsin::cycle {
namespace {

TEST(Config, TheFirstOneIsUnderstoodWhole) {
  const auto config = parse_config(first_config("Ex\"ample\nLtd"), "tocsin.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_TRUE(config->problems.empty()) << config->problems.front().message();
  EXPECT_EQ(config->organisation, "Ex\"ample\nLtd");
  EXPECT_NE(config->person("me"), nullptr);
}

TEST(Config, ReadsPeopleSourcesAndObjectives) {
  const auto config = parse_config(R"(
[organisation]
name = "Example"
contact = "security@example.org"
[people.ana]
name = "Ana"
[[objective]]
id = "O1"
text = "know"
owner = "ana"
[source.arxiv]
enabled = false
query = "all:backdoor"
[source.blog]
kind = "feed"
url = "https://blog.example.org/feed"
[[suppression]]
rule = "for the scanner"
)",
                                   "tocsin.toml");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->problems.empty());
  EXPECT_EQ(config->objectives.size(), 1u);
  ASSERT_NE(config->source("arxiv"), nullptr);
  EXPECT_EQ(config->source("arxiv")->enabled, false);
  EXPECT_EQ(config->source("arxiv")->settings["query"].as_string(), "all:backdoor");
  EXPECT_EQ(config->source("blog")->kind, "feed");
}

struct Odd {
  const char* name;
  const char* text;
  std::uint32_t line;
  const char* says;
};
class ConfigTells : public testing::TestWithParam<Odd> {};
TEST_P(ConfigTells, TheLineOfWhatItDoesNotUnderstand) {
  const auto config = parse_config(GetParam().text, "tocsin.toml");
  ASSERT_TRUE(config) << config.error().message();
  ASSERT_EQ(config->problems.size(), 1u);
  EXPECT_NE(config->problems[0].what.find(GetParam().says), std::string::npos) << config->problems[0].what;
  if (GetParam().line != 0) {
    EXPECT_EQ(config->problems[0].line, GetParam().line);
  }
  EXPECT_EQ(config->problems[0].where, "tocsin.toml");
}
INSTANTIATE_TEST_SUITE_P(
    , ConfigTells,
    testing::Values(Odd{"unknown_section", "[organization]\nname = \"x\"\n", 1, "organization"},
                    Odd{"unknown_key", "[organisation]\n\nnmae = \"x\"\n", 3, "nmae"},
                    Odd{"number_for_text", "[organisation]\nname = 3\n", 2, "text"},
                    Odd{"text_for_truth", "[source.osv]\nenabled = \"no\"\n", 2, "true or false"},
                    Odd{"objective_without_text", "[[objective]]\nid = \"O1\"\n", 1, "text"},
                    Odd{"person_without_name", "[people.\"\"]\nname = \"x\"\n", 1, "visible"},
                    Odd{"person_of_blanks", "[people.\"  \"]\nname = \"x\"\n", 1, "visible"},
                    Odd{"person_of_controls", "[people.\"a\\u001b[31m\"]\nname = \"x\"\n", 1, "visible"},
                    Odd{"person_like_a_rule", "[people.\"rule:x\"]\nname = \"x\"\n", 1, "rule"},
                    Odd{"owner_nobody", "[[objective]]\nid = \"O1\"\ntext = \"t\"\nowner = \"eve\"\n", 0, "eve"}),
    [](const auto& one) { return one.param.name; });

TEST(Config, BrokenTomlIsAnErrorWithItsPlace) {
  std::string long_key = "a";
  for (int i = 0; i < 200'000; ++i) long_key += ".a";  // toml++ would end the stack with it
  for (const std::string& text :
       {std::string("[organisation\n"), std::string("a = "), std::string("\x01\x02"), std::string("= 3"),
        std::string("[a]\n[a]\n"), std::string("x = \"\xff\""), long_key + " = 1\n", "[" + long_key + "]\n"}) {
    const auto config = parse_config(text, "tocsin.toml");
    ASSERT_FALSE(config) << text.substr(0, 80);
    EXPECT_EQ(config.error().where, "tocsin.toml");
    EXPECT_TRUE(config.error().line);
  }
}

// A proxy with its password, written as people mistype it.
TEST(Config, AnErrorNeverHoldsAPassword) {
  for (const char* text :
       {"[network]\nproxy = \"http://u:S3cret@p:1", "[network]\nproxy = \"\"\"http://u:\\\n  S3cret@p:1",
        "[network]\nproxy = http://u:S3cret@p:1\n", "[network]\n\"http://u:S3cret@p:1\" = 1\n",
        "[\"http://u:S3cret@p:1\"]\nx = 1\n", "\"http://u:S3cret@p:1\" = 1\n\"http://u:S3cret@p:1\" = 1\n",
        "[network]\nproxy = [\"http://u:S3cret@p:1\"]\n", "[people.\"http://u:S3cret@p:1 \"]\n"}) {
    const auto config = parse_config(text, "tocsin.toml");
    std::string said = config ? "" : config.error().message();
    if (config)
      for (const Error& problem : config->problems) said += problem.message();
    EXPECT_FALSE(said.empty()) << text;
    EXPECT_EQ(said.find("S3cret"), std::string::npos) << said;
  }
}

TEST(Config, CutAnywhereNeverCrashes) {
  const std::string whole = first_config("Example");
  for (std::size_t n = 0; n < whole.size(); ++n) static_cast<void>(parse_config(whole.substr(0, n), "t"));
  EXPECT_TRUE(parse_config("", "t"));
}

}  // namespace
}  // namespace tocsin::cycle
