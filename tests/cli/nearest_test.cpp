// What is suggested for a word that there is not.
#include "cli/nearest.hpp"

#include <gtest/gtest.h>

namespace tocsin::cli {
namespace {

const std::vector<std::string> kNames = {"parcel-sorter", "support-bot", "chat-api", "requirements"};

TEST(TheNearestWords, AreThoseATypingMistakeAway) {
  EXPECT_EQ(nearest("suport-bot", kNames), std::vector<std::string>{"support-bot"});
  EXPECT_EQ(nearest("Support-Bot", kNames), std::vector<std::string>{"support-bot"});
  EXPECT_EQ(nearest("require", kNames), std::vector<std::string>{"requirements"});
  EXPECT_TRUE(nearest("zebra", kNames).empty());
  EXPECT_TRUE(nearest("", kNames).empty());
  // Three changes make anything of a short word.
  EXPECT_TRUE(nearest("abc", std::vector<std::string>{"osv", "xyz"}).empty());
  EXPECT_EQ(nearest("osw", std::vector<std::string>{"osv", "owasp"}), std::vector<std::string>{"osv"});
  // A word of any length costs no more than one that is typed.
  EXPECT_TRUE(nearest(std::string(1'000'000, 'x'), kNames).empty());
}

TEST(TheNearestWords, AreToldOrElseWhatThereIs) {
  EXPECT_EQ(meant("suport-bot", kNames), "; did you mean support-bot?");
  EXPECT_EQ(meant("zebra", std::vector<std::string>{"a", "b"}), "; there are: a, b");
  EXPECT_EQ(meant("zebra", {}), "");
  std::vector<std::string> many;
  for (int i = 0; i < 12; ++i) many.push_back("name-" + std::to_string(i));
  EXPECT_TRUE(meant("zebra", many).ends_with("name-9 and 2 more")) << meant("zebra", many);
}

}  // namespace
}  // namespace tocsin::cli
