// Every rule has its page, and every page its rule.
#include <gtest/gtest.h>

#include "scan/pages.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan {
namespace {

TEST(Pages, StandForEveryRuleAndNothingElse) {
  for (const Rule* rule : all_rules()) {
    bool there = false;
    for (const EmbeddedFile& page : pages_files()) there = there || page.path == std::string(rule->id) + ".md";
    EXPECT_TRUE(there) << "docs/rules/" << rule->id << ".md is missing";
  }
  for (const EmbeddedFile& page : pages_files()) {
    EXPECT_NE(find_rule(page.path.substr(0, page.path.size() - 3)), nullptr) << page.path;
    EXPECT_TRUE(page.bytes.starts_with("# " + std::string(page.path.substr(0, page.path.size() - 3)) + "\n"))
        << page.path;
  }
}

}  // namespace
}  // namespace tocsin::scan
