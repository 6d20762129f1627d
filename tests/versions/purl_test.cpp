#include "versions/purl.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "corpus.hpp"
#include "table.hpp"

namespace tocsin::versions {
namespace {

TEST(Purl, IsNormalisedByItsType) {
  constexpr std::pair<std::string_view, std::string_view> kCases[] = {
      {"pkg:PyPI/Open_Clip.torch@2.0.0RC1", "pkg:pypi/open-clip-torch@2.0.0rc1"},
      {"pkg:huggingface/Org-A/Model.B@0123456789ABCDEF", "pkg:huggingface/Org-A/Model.B@0123456789abcdef"},
      {"pkg:huggingface/gpt2", "pkg:huggingface/gpt2"},
      {"pkg:huggingface/o/m@ab#q4/Model-Q4_K_M.gguf", "pkg:huggingface/o/m@ab#q4/Model-Q4_K_M.gguf"},
      {"pkg:mlflow/Fraud@3?repository_url=https://adb-1.2.azuredatabricks.net/api",
       "pkg:mlflow/fraud@3?repository_url=https:%2F%2Fadb-1.2.azuredatabricks.net%2Fapi"},
      {"pkg:mlflow/Fraud@3?repository_url=https://notdatabricks.com.example/",
       "pkg:mlflow/Fraud@3?repository_url=https:%2F%2Fnotdatabricks.com.example%2F"},
      {"pkg:npm/@Scope/Name@1.0.0", "pkg:npm/%40scope/name@1.0.0"},
      {"pkg:oci/Image@sha256%3Aab?Tag=v1&arch=amd64&empty=", "pkg:oci/image@sha256:ab?arch=amd64&tag=v1"},
      {"pkg:github/Org/Repo@V1#/a/../b/", "pkg:github/org/repo@V1#a/b"},
      {"pkg:docker//library//ubuntu@22.04", "pkg:docker/library/ubuntu@22.04"},
      {"pkg:conda/absl-py@0.4.1?subdir=linux-64&build=b_0", "pkg:conda/absl-py@0.4.1?build=b_0&subdir=linux-64"},
      {"pkg:generic/a%20b@1%2B2?k=a%26b", "pkg:generic/a%20b@1%2B2?k=a%26b"},
      {"pkg:unheard-of/Some/Name@V", "pkg:unheard-of/Some/Name@V"},
  };
  for (const auto& [text, canonical] : kCases) {
    const auto purl = parse_purl(text);
    ASSERT_TRUE(purl) << text << ": " << purl.error().message();
    EXPECT_EQ(purl->text(), canonical);
    const auto again = parse_purl(purl->text());
    ASSERT_TRUE(again) << canonical;
    EXPECT_EQ(*again, *purl) << canonical;
  }
}

TEST(Purl, RefusesWhatIsBroken) {
  for (const std::string_view text :
       {"", "pkg:", "pkg:pypi", "pkg:pypi/", "pkg:pypi/@1", "npm:a/b", "pkg:1a/b", "pkg:a b/c", "pkg:pypi/a%2",
        "pkg:pypi/a%zz", "pkg:pypi/%ff", "pkg:pypi/a?k=1&K=2", "pkg:pypi/a?=1", "pkg:pypi/ns/a", "pkg:generic/a#b%2Fc",
        "pkg:github/a"})
    EXPECT_FALSE(parse_purl(text)) << text;
  const auto long_one = parse_purl("pkg:pypi/" + std::string(kMaxPurlBytes, 'a'));
  ASSERT_FALSE(long_one);
  EXPECT_EQ(long_one.error().code, Code::refused);
}

std::string text_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  return value == nullptr || value->is_null() ? std::string() : std::string(value->as_string());
}

Purl purl_of(const Json& object) {
  Purl purl{
      text_of(object, "type"),   text_of(object, "namespace"), text_of(object, "name"), text_of(object, "version"), {},
      text_of(object, "subpath")};
  if (const Json* qualifiers = object.find("qualifiers"); qualifiers != nullptr && qualifiers->is_object())
    for (const auto& [key, value] : qualifiers->as_object()) purl.qualifiers.emplace_back(key, value.as_string());
  return purl;
}

TEST(PurlCorpus, PassesTheTestsOfTheStandard) {
  TOCSIN_NEEDS_CORPUS(data);
  std::size_t tests_run = 0;
  for (const auto& file : std::filesystem::directory_iterator(data / "versions/purl")) {
    const auto json = parse_json(tests::slurp(file.path()));
    ASSERT_TRUE(json) << file.path();
    for (const Json& test : json->find("tests")->as_array()) {
      ++tests_run;
      const auto kind = text_of(test, "test_type");
      const Json& input = *test.find("input");
      const Json& expected = *test.find("expected_output");
      const auto label = file.path().filename().string() + ": " + text_of(test, "description") + ": " + input.dump();
      const auto purl = kind == "build" ? normalize(purl_of(input)) : parse_purl(input.as_string());
      if (test["expected_failure"].as_bool().value_or(false)) {
        EXPECT_FALSE(purl) << label;
        continue;
      }
      ASSERT_TRUE(purl) << label << ": " << purl.error().message();
      if (kind == "parse") {
        auto wanted = purl_of(expected);
        std::sort(wanted.qualifiers.begin(), wanted.qualifiers.end());
        EXPECT_EQ(*purl, wanted) << label << ": " << purl->text();
      } else {
        EXPECT_EQ(purl->text(), expected.as_string()) << label;
      }
    }
  }
  EXPECT_GT(tests_run, 0u);
}

}  // namespace
}  // namespace tocsin::versions
